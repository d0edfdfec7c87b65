//! Files that nobody wrote as a video: a probe ends, within its limits, and never panics.

use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::FutureExt;
use proptest::prelude::{any, prop, proptest};

use super::{CLUSTER, HEAD, cluster_starts, expected, free, golden, probed};
use crate::media::{Defect, RangeSource, Verdict, limits, probe};

/// A file of any size that repeats the same bytes for ever, after a beginning of its own.
struct Endless {
    beginning: Vec<u8>,
    repeats: Vec<u8>,
    spent: Mutex<(u32, u64)>,
}

#[async_trait]
impl RangeSource for Endless {
    type Error = String;

    async fn read(&self, offset: u64, len: u64) -> Result<Bytes, String> {
        let mut spent = self.spent.lock().expect("no test panics while it reads");
        *spent = (spent.0 + 1, spent.1 + len);
        let begins = self.beginning.len() as u64;
        let byte = |at: u64| match at.checked_sub(begins) {
            None => self.beginning[usize::try_from(at).expect("small")],
            Some(at) => self.repeats[usize::try_from(at % self.repeats.len() as u64).expect("small")],
        };
        Ok((offset..offset + len).map(byte).collect())
    }
}

fn probed_endless(beginning: &[u8], repeats: &[u8], size: u64) -> Verdict {
    let source = Endless { beginning: beginning.to_vec(), repeats: repeats.to_vec(), spent: Mutex::new((0, 0)) };
    let verdict = probe(&source, size, Bytes::new()).now_or_never().expect("memory never waits").expect("no error");
    let (reads, bytes) = source.spent.into_inner().expect("no test panics while it reads");
    assert!(reads <= limits::READS && bytes <= limits::BYTES, "{reads} reads, {bytes} bytes");
    verdict
}

#[test]
fn endless_files_are_given_up_within_the_limits() {
    let ftyp = b"\0\0\0\x10ftypisom\0\0\0\0";
    let sparse = free(40_000);
    let moof = [&b"\0\0\0\x10moof"[..], b"\0\0\0\x08mfhd"].concat();
    for repeats in [&b"\0\0\0\x08free"[..], &sparse, &moof] {
        let verdict = probed_endless(ftyp, repeats, 1 << 40);
        assert!(matches!(verdict, Verdict::Broken(Defect::TooComplex { .. })), "{verdict:?}");
    }
    let live = golden("vp8-live.webm");
    let front = &live[..cluster_starts(&live)[0]];
    for repeats in [&b"\xec\x80"[..], &CLUSTER[..], b"\x1f\x43\xb6\x75\xff\xe7\x81\x01", b"\0"] {
        for size in [1 << 40, u64::MAX] {
            let verdict = probed_endless(front, repeats, size);
            assert!(matches!(verdict, Verdict::Broken(_)), "{verdict:?}");
        }
    }
    let huge = b"\0\0\0\x01moov\0\0\0\x7f\0\0\0\0";
    assert!(matches!(probed_endless(huge, b"\0", 1 << 40), Verdict::Broken(Defect::TooComplex { .. })));
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(2000))]

    #[test]
    fn mutated_files_neither_panic_nor_go_beyond_the_limits(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..24),
        among_first in any::<bool>(),
        head in 0_usize..3000,
    ) {
        let names: Vec<String> = expected().into_keys().collect();
        let mut file = golden(&names[which.index(names.len())]);
        let span = if among_first { file.len().min(1200) } else { file.len() };
        for (at, byte) in changes {
            file[at.index(span)] = byte;
        }
        let (_, (reads, bytes)) = probed(&file, head);
        assert!(reads <= limits::READS as usize && bytes <= limits::BYTES);
    }

    #[test]
    fn any_bytes_are_no_video(mut file in prop::collection::vec(any::<u8>(), 0..400), magic in 0_usize..3) {
        let magic: &[u8] = [&b""[..], b"\0\0\0\x08ftyp", b"\x1a\x45\xdf\xa3"][magic];
        file.splice(0..0, magic.iter().copied());
        assert!(matches!(probed(&file, HEAD).0, Verdict::Broken(_)));
    }
}
