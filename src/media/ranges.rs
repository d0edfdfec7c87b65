//! Ranged reads with a memory of what was read and a budget for what may be.

use bytes::{Bytes, BytesMut};

use super::{Defect, RangeSource, limits};

/// Why looking at a file ended before its facts were known.
pub(super) enum Stop<E> {
    /// The bytes could not be had; says nothing about the file.
    Source(E),
    /// The file is not what it should be.
    Defect(Defect),
}

impl<E> From<Defect> for Stop<E> {
    fn from(defect: Defect) -> Self {
        Self::Defect(defect)
    }
}

/// A file of known size, seen through the head it came with and the last range read.
pub(super) struct Ranges<'s, S> {
    source: &'s S,
    size: u64,
    head: Bytes,
    window_at: u64,
    window: Bytes,
    reads_left: u32,
    bytes_left: u64,
}

impl<'s, S: RangeSource> Ranges<'s, S> {
    pub(super) fn new(source: &'s S, size: u64, mut head: Bytes) -> Self {
        head.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        let (reads_left, bytes_left) = (limits::READS, limits::BYTES);
        Self { source, size, head, window_at: 0, window: Bytes::new(), reads_left, bytes_left }
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// All bytes from `at` on that need no read; possibly none.
    pub(super) fn in_hand(&self, at: u64) -> Bytes {
        let from = |start: u64, bytes: &Bytes| {
            let skipped = at.checked_sub(start).and_then(|skipped| usize::try_from(skipped).ok())?;
            (skipped < bytes.len()).then(|| bytes.slice(skipped..))
        };
        let (head, window) = (from(0, &self.head), from(self.window_at, &self.window));
        match (head, window) {
            (Some(head), Some(window)) => {
                if head.len() > window.len() {
                    head
                } else {
                    window
                }
            }
            (head, window) => head.or(window).unwrap_or_default(),
        }
    }

    /// At least `len` bytes from `at`. When that takes a read, it fetches what is missing of the larger of `len` and `ahead`,
    /// as far as the file goes.
    pub(super) async fn get(&mut self, at: u64, len: u64, ahead: u64) -> Result<Bytes, Stop<S::Error>> {
        let end = at.saturating_add(len);
        if end > self.size {
            return Err(Defect::CutShort { needs: end, has: self.size }.into());
        }
        let known = self.in_hand(at);
        let known_len = length(&known);
        if known_len >= len {
            return Ok(known);
        }
        let (from, to) = (at + known_len, at.saturating_add(len.max(ahead)).min(self.size));
        let read = self.read(from, to - from).await?;
        self.window = if known.is_empty() {
            read
        } else {
            let mut joined = BytesMut::with_capacity(known.len() + read.len());
            joined.extend_from_slice(&known);
            joined.extend_from_slice(&read);
            joined.freeze()
        };
        self.window_at = at;
        Ok(self.window.clone())
    }

    async fn read(&mut self, from: u64, len: u64) -> Result<Bytes, Stop<S::Error>> {
        let (Some(reads_left), Some(bytes_left)) = (self.reads_left.checked_sub(1), self.bytes_left.checked_sub(len))
        else {
            let what = format!("it takes more than {} reads or {} bytes", limits::READS, limits::BYTES);
            return Err(Defect::too_complex(what).into());
        };
        (self.reads_left, self.bytes_left) = (reads_left, bytes_left);
        let read = self.source.read(from, len).await.map_err(Stop::Source)?;
        if length(&read) < len {
            return Err(Defect::CutShort { needs: from + len, has: from + length(&read) }.into());
        }
        Ok(read)
    }
}

fn length(bytes: &Bytes) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
