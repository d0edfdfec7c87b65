//! How many reads a probe costs: each is a request to the store, and a wait.

use super::{
    HEAD, box_starts, broken, cluster_starts, find, free, golden, grow_box, probed, put_u32, segment_size_at, sound,
    u32_at, void,
};
use crate::media::{Defect, Verdict, limits};

#[test]
fn a_fast_start_mp4_costs_no_read_beyond_its_head() {
    for name in ["h264-aac-faststart.mp4", "h264-pcm-faststart.mov"] {
        let mut file = golden(name);
        grow_box(&mut file, b"mdat", &vec![7; 3 << 20]);
        assert_eq!(sound(&file, HEAD).1, 0, "{name}");
    }
}

#[test]
fn an_index_larger_than_the_head_costs_one_read() {
    let mut file = golden("h264-aac-faststart.mp4");
    grow_box(&mut file, b"mdat", &vec![7; 3 << 20]);
    grow_box(&mut file, b"moov", &free(100_000));
    assert_eq!(sound(&file, HEAD).1, 1);
}

#[test]
fn an_index_at_the_end_costs_one_read_and_a_huge_one_two() {
    for name in ["h264-aac-moov-last.mp4", "h264-aac.mov", "prores.mov"] {
        let mut file = golden(name);
        grow_box(&mut file, b"mdat", &vec![7; 3 << 20]);
        assert_eq!(sound(&file, HEAD).1, 1, "{name}");
        grow_box(&mut file, b"moov", &free(1_500_000));
        let (verdict, (reads, bytes)) = probed(&file, HEAD);
        assert!(matches!(verdict, Verdict::Sound(_)), "{name}: {verdict:?}");
        assert_eq!(reads, 2, "{name}");
        assert!(bytes < 1_600_000, "{name}: payload was read");
    }
}

#[test]
fn indexed_fragments_are_leapt_over() {
    const MORE: usize = 1 << 20;
    let mut file = golden("h264-aac-sidx.mp4");
    let sidx = find(&file, b"sidx") - 4;
    assert_eq!(file[sidx + 8], 1, "ffmpeg writes the version with wide offsets");
    // The first reference follows the header, the fixed fields and the two wide ones; it covers one fragment.
    let first_reference = sidx + 8 + 4 + 8 + 16 + 4;
    let referred = u32_at(&file, first_reference);
    let first_fragment = find(&file, b"moof") - 4;
    put_u32(&mut file, first_reference, referred + u32::try_from(MORE).expect("small"));
    let second_fragment = first_fragment + referred as usize;
    file.splice(second_fragment..second_fragment, free(MORE));
    let (facts, reads) = sound(&file, HEAD);
    assert!(reads <= 2, "{reads} reads");
    assert!((facts.duration_s - 2.0).abs() < 0.2, "{facts:?}");
    assert_eq!(facts.frame_rate, Some(12.0));
    file.truncate(file.len() - 500);
    assert!(matches!(broken(&file), Defect::CutShort { .. }));
}

#[test]
fn a_webm_of_known_size_and_duration_costs_no_read() {
    for name in ["vp8-vorbis.webm", "vp9-opus.webm", "vp8-clusters.webm", "vp8-cues-first.webm"] {
        let mut file = golden(name);
        let more = void(3 << 20);
        let at = segment_size_at(&file);
        let size = u64::from_be_bytes(file[at..at + 8].try_into().expect("eight bytes")) + more.len() as u64;
        file[at..at + 8].copy_from_slice(&size.to_be_bytes());
        file.extend_from_slice(&more);
        assert_eq!(sound(&file, HEAD).1, 0, "{name}");
    }
}

#[test]
fn a_live_webm_costs_one_read_from_its_end() {
    let mut file = golden("vp8-live.webm");
    let last = *cluster_starts(&file).last().expect("the file has clusters");
    file.splice(last..last, void(3 << 20));
    let (facts, reads) = sound(&file, HEAD);
    assert_eq!(reads, 1);
    assert!((facts.duration_s - 2.0).abs() < 0.05, "{facts:?}");
    file.truncate(file.len() - 3);
    assert!(matches!(broken(&file), Defect::CutShort { .. }));
}

#[test]
fn a_cluster_far_from_the_end_is_found_within_the_limit_and_refused_beyond() {
    let live = golden("vp8-live.webm");
    let last = *cluster_starts(&live).last().expect("the file has clusters");
    let padded = |behind: u32| {
        let mut file = live.clone();
        file.splice(last..last, void(9 << 20));
        file.extend_from_slice(&void(behind));
        file
    };
    let (facts, reads) = sound(&padded(3 << 20), HEAD);
    assert_eq!(reads, 3);
    assert!((facts.duration_s - 2.0).abs() < 0.05, "{facts:?}");
    assert!(matches!(broken(&padded(9 << 20)), Defect::TooComplex { .. }));
}

#[test]
fn a_long_row_of_fragments_is_judged_by_its_end() {
    let mut file = golden("h264-fragmented.mp4");
    let fragments: Vec<usize> =
        box_starts(&file).into_iter().filter(|at| file.get(at + 4..at + 8) == Some(b"moof")).collect();
    let [_, second, .., last] = fragments[..] else { panic!("the file has fragments of half a second") };
    file.splice(last..last, free(2 << 20));
    let hop = free(40_000);
    file.splice(second..second, std::iter::repeat_n(hop, 20).flatten());
    let (facts, reads) = sound(&file, HEAD);
    assert!((facts.duration_s - 2.0).abs() < 0.01, "{facts:?}");
    assert_eq!(facts.frame_rate, Some(12.0));
    assert_eq!(reads, limits::HOPS as usize);
    let payload_end = file.len() - file.windows(4).rev().position(|at| at == b"mfra").expect("it is there") - 8;
    assert!(matches!(broken(&file[..payload_end - 1]), Defect::CutShort { .. }));
    while let Some(at) = file.windows(4).position(|at| at == b"tfdt") {
        file[at..at + 4].copy_from_slice(b"free");
    }
    assert!(matches!(broken(&file), Defect::TooComplex { .. }));
}
