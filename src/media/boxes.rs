//! The boxes of the ISO base media format, ISO/IEC 14496-12 section 4.2.

use std::fmt;

use super::Defect;
use super::cursor::Cursor;

/// Bytes of the longest box header.
pub(super) const HEADER_BYTES: u64 = 16;

/// Bytes of the shortest.
pub(super) const MIN_HEADER_BYTES: u64 = 8;

/// The code that names a box, a brand, a codec.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct FourCc(pub(super) [u8; 4]);

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '?' };
        let name: String = self.0.iter().map(shown).collect();
        f.write_str(name.trim_end())
    }
}

/// Where a box lies; offsets count from wherever the header's own offset did.
pub(super) struct BoxAt {
    pub(super) kind: FourCc,
    pub(super) body: u64,
    pub(super) end: u64,
}

/// Reads the header at offset `at`. A size of 0 means up to `limit`; an end past `limit` is the caller's to judge.
pub(super) fn header(bytes: &[u8], at: u64, limit: u64) -> Result<BoxAt, Defect> {
    let mut cursor = Cursor::new(bytes, "box header");
    let short_size = cursor.u32()?;
    let kind = FourCc(cursor.array()?);
    let (size, header_bytes) = match short_size {
        0 => (limit.saturating_sub(at), MIN_HEADER_BYTES),
        1 => (cursor.u64()?, HEADER_BYTES),
        size => (u64::from(size), MIN_HEADER_BYTES),
    };
    match at.checked_add(size) {
        Some(end) if size >= header_bytes => Ok(BoxAt { kind, body: at + header_bytes, end }),
        _ => Err(Defect::malformed(format!("its box '{kind}' has the impossible size {size}"))),
    }
}

/// The boxes within the body of another. Trailing bytes too few for a header are padding: QuickTime ends lists with four
/// zero bytes.
pub(super) fn children(body: &[u8]) -> Children<'_> {
    Children { left: body }
}

pub(super) struct Children<'a> {
    left: &'a [u8],
}

impl<'a> Iterator for Children<'a> {
    type Item = Result<(FourCc, &'a [u8]), Defect>;

    fn next(&mut self) -> Option<Self::Item> {
        let data = std::mem::take(&mut self.left);
        let len = u64::try_from(data.len()).unwrap_or(u64::MAX);
        if len < MIN_HEADER_BYTES {
            return None;
        }
        let found = match header(data, 0, len) {
            Ok(found) => found,
            Err(defect) => return Some(Err(defect)),
        };
        let ends = (usize::try_from(found.body), usize::try_from(found.end));
        let (Ok(body), Ok(end)) = ends else {
            return Some(Err(overfull(found.kind)));
        };
        let Some(content) = data.get(body..end) else {
            return Some(Err(overfull(found.kind)));
        };
        self.left = data.get(end..).unwrap_or_default();
        Some(Ok((found.kind, content)))
    }
}

fn overfull(kind: FourCc) -> Defect {
    Defect::malformed(format!("its box '{kind}' is larger than the box around it"))
}

/// The first child of the kind asked for.
pub(super) fn child<'a>(body: &'a [u8], kind: &[u8; 4]) -> Result<Option<&'a [u8]>, Defect> {
    for found in children(body) {
        let (found_kind, content) = found?;
        if found_kind.0 == *kind {
            return Ok(Some(content));
        }
    }
    Ok(None)
}

/// The first child of a kind that the format requires.
pub(super) fn required<'a>(body: &'a [u8], kind: &[u8; 4]) -> Result<&'a [u8], Defect> {
    child(body, kind)?.ok_or_else(|| Defect::malformed(format!("a required box '{}' is missing", FourCc(*kind))))
}
