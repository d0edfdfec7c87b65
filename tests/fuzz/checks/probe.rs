//! The media probe: it ends within its limits whatever a file holds, and finds the same however much it was given.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::FutureExt;
use landfall::media::{MediaFacts, RangeSource, Verdict, limits, probe};

/// Longest name of a codec, in characters.
const CODEC_MAX_CHARS: usize = 40;

/// How much of a file the worker hands over with its first look.
const HEAD_BYTES: usize = 64 << 10;

/// `input` is a file; its last byte also says how often the whole repeats in a second, larger file.
pub fn check(input: &[u8]) {
    let size = length(input);
    let unaided = look(input, size, &[]);
    let aided = look(input, size, &input[..input.len().min(HEAD_BYTES)]);
    let whole = look(input, size, input);
    for other in [aided, whole] {
        match (&unaided, other) {
            (Verdict::Sound(one), Verdict::Sound(other)) => assert_same(one, &other),
            (Verdict::Broken(_), Verdict::Broken(_)) => {}
            (one, other) => panic!("unaided {one:?}, with a head {other:?}"),
        }
    }
    if let Some(last) = input.last() {
        look(input, size << (last % 24), &[]);
    }
}

/// Probes a file of `size` bytes in which `input` repeats.
fn look(input: &[u8], size: u64, head: &[u8]) -> Verdict {
    let source = Repeated { input, size, reads: AtomicU32::new(0), bytes: AtomicU64::new(0) };
    let verdict = probe(&source, size, Bytes::copy_from_slice(head)).now_or_never();
    let verdict = verdict.expect("nothing is waited for").unwrap_or_else(|never| match never {});
    match &verdict {
        Verdict::Sound(facts) => check_facts(facts),
        Verdict::Broken(defect) => super::assert_fit_to_show("a defect", &defect.to_string(), 200),
    }
    verdict
}

fn check_facts(facts: &MediaFacts) {
    assert!(facts.duration_s.is_finite() && facts.duration_s >= 0.0, "{facts:?}");
    assert!(facts.frame_rate.is_none_or(|rate| rate.is_finite() && rate >= 0.0), "{facts:?}");
    for codec in [&facts.video_codec, &facts.audio_codec].into_iter().flatten() {
        super::assert_fit_to_show("a codec", codec, CODEC_MAX_CHARS);
    }
}

/// A mean frame rate may be that of fewer fragments when less is in hand; all else is the file's.
fn assert_same(one: &MediaFacts, other: &MediaFacts) {
    let facts = |of: &MediaFacts| {
        (of.container, of.video_codec.clone(), of.audio_codec.clone(), of.width, of.height, of.duration_s.to_bits())
    };
    assert_eq!(facts(one), facts(other));
}

fn length(input: &[u8]) -> u64 {
    u64::try_from(input.len()).expect("fits")
}

/// A file, and what was asked of it.
struct Repeated<'a> {
    input: &'a [u8],
    size: u64,
    reads: AtomicU32,
    bytes: AtomicU64,
}

#[async_trait]
impl RangeSource for Repeated<'_> {
    type Error = Infallible;

    async fn read(&self, offset: u64, len: u64) -> Result<Bytes, Infallible> {
        assert!(len > 0 && offset.checked_add(len).is_some_and(|end| end <= self.size), "{len} bytes at {offset}");
        let reads = self.reads.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = self.bytes.fetch_add(len, Ordering::Relaxed) + len;
        assert!(reads <= limits::READS && bytes <= limits::BYTES, "{reads} reads of {bytes} bytes");
        let from = usize::try_from(offset % length(self.input)).expect("within the input");
        let wanted = usize::try_from(len).expect("fits");
        let mut read = Vec::with_capacity(wanted);
        read.extend_from_slice(&self.input[from..][..wanted.min(self.input.len() - from)]);
        while read.len() < wanted {
            read.extend_from_slice(&self.input[..(wanted - read.len()).min(self.input.len())]);
        }
        Ok(read.into())
    }
}
