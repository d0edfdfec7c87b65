//! Contradictions within a file, made by changing a few of its bytes.

use super::{HEAD, broken, cluster_starts, find, golden, grow_box, probed, put_u32, segment_size_at, sound, u32_at};
use crate::media::{Container, Defect, Verdict};

fn with_unknown_segment_size(mut file: Vec<u8>) -> Vec<u8> {
    let at = segment_size_at(&file);
    file[at..at + 8].copy_from_slice(&[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    file
}

#[test]
fn a_webm_whose_last_clusters_are_missing_ends_before_its_duration() {
    let file = with_unknown_segment_size(golden("vp8-clusters.webm"));
    assert!((sound(&file, HEAD).0.duration_s - 2.0).abs() < 0.05);
    let starts = cluster_starts(&file);
    assert!(starts.len() >= 4, "the file has a cluster every 0.4 s");
    for head in [HEAD, 500] {
        let verdict = probed(&file[..starts[1]], head).0;
        let early = Defect::EndsEarly { states_s: 2.0, lasts_s: 0.4 };
        let Verdict::Broken(defect) = verdict else { panic!("{verdict:?}") };
        assert_eq!(defect.to_string(), early.to_string());
    }
}

#[test]
fn box_sizes_of_64_bits_and_up_to_the_end_are_understood() {
    let file = golden("h264-aac-faststart.mp4");
    let mdat = find(&file, b"mdat") - 4;
    let free_before = mdat - 8;
    assert_eq!(&file[free_before + 4..mdat], b"free", "ffmpeg leaves room for a wide size");
    let mut wide = file.clone();
    let size = u64::from(u32_at(&file, mdat)) + 8;
    put_u32(&mut wide, free_before, 1);
    wide[free_before + 4..mdat].copy_from_slice(b"mdat");
    wide[mdat..mdat + 8].copy_from_slice(&size.to_be_bytes());
    assert_eq!(sound(&wide, HEAD), sound(&file, HEAD));
    wide[mdat..mdat + 8].copy_from_slice(&u64::MAX.to_be_bytes());
    assert!(matches!(broken(&wide), Defect::Malformed { .. }));
    let mut open = file.clone();
    put_u32(&mut open, mdat, 0);
    assert_eq!(sound(&open, HEAD), sound(&file, HEAD));
    // With the payload up to the end whatever that is, only the sample table can tell.
    assert!(matches!(broken(&open[..open.len() - 1]), Defect::CutShort { .. }));
}

#[test]
fn a_sample_table_that_points_past_the_end_is_a_file_cut_short() {
    let mut file = golden("h264-aac-faststart.mp4");
    let first_chunk = find(&file, b"stco") + 12;
    let size = u32::try_from(file.len()).expect("small");
    put_u32(&mut file, first_chunk, size - 1);
    let Defect::CutShort { needs, has } = broken(&file) else { panic!("not noticed") };
    assert!(needs > has && has == u64::from(size));
}

#[test]
fn a_stated_fragment_total_that_is_not_reached_ends_early() {
    let mut file = golden("h264-fragmented.mp4");
    let mut mehd = vec![0, 0, 0, 16];
    mehd.extend_from_slice(b"mehd");
    mehd.extend_from_slice(&[0, 0, 0, 0]);
    mehd.extend_from_slice(&9000_u32.to_be_bytes());
    grow_box(&mut file, b"mvex", &mehd);
    let moov = find(&file, b"moov") - 4;
    let grown = u32_at(&file, moov) + 16;
    put_u32(&mut file, moov, grown);
    assert!(matches!(broken(&file), Defect::EndsEarly { states_s, .. } if states_s > 8.9));
}

#[test]
fn a_compressed_index_is_named() {
    let mut file = golden("h264-aac.mov");
    let at = find(&file, b"mvhd");
    file[at..at + 4].copy_from_slice(b"cmov");
    assert_eq!(broken(&file).to_string(), "the file is malformed or unsupported: its 'moov' is compressed");
}

#[test]
fn a_file_without_a_brand_is_quicktime() {
    let mut file = golden("h264-aac.mov");
    let ftyp = u32_at(&file, 0) as usize;
    file[4..8].copy_from_slice(b"free");
    assert_eq!(sound(&file, HEAD).0.container, Container::Mov);
    assert_eq!(&file[ftyp + 4..ftyp + 8], b"wide");
}
