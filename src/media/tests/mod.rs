//! The probe against real files: what ffprobe says of them, every way to cut them, and bytes that were never a video.
//! `tests/golden/media/README.md` tells how the files were made.

mod costs;
mod hostile;
mod structure;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::FutureExt;
use serde::Deserialize;

use super::{Defect, Looks, MediaFacts, RangeSource, Verdict, probe};

const HEAD: usize = 64 << 10;

/// A file in memory that keeps account of what is read of it, and fails a test that reads outside.
struct Counted {
    file: Bytes,
    reads: Mutex<Vec<(u64, u64)>>,
}

#[async_trait]
impl RangeSource for Counted {
    type Error = String;

    async fn read(&self, offset: u64, len: u64) -> Result<Bytes, String> {
        assert!(len > 0, "an empty range was asked for");
        self.reads.lock().expect("no test panics while it reads").push((offset, len));
        let range = usize::try_from(offset).expect("small")..usize::try_from(offset + len).expect("small");
        Ok(self.file.slice(range))
    }
}

impl Counted {
    fn spent(&self) -> (usize, u64) {
        let reads = self.reads.lock().expect("no test panics while it reads");
        (reads.len(), reads.iter().map(|(_, len)| len).sum())
    }
}

/// Probes with the first `head` bytes already known; gives the verdict and how many reads and bytes it took.
fn probed(file: &[u8], head: usize) -> (Verdict, (usize, u64)) {
    let source = Counted { file: Bytes::copy_from_slice(file), reads: Mutex::default() };
    let (size, head) = (source.file.len() as u64, source.file.slice(..head.min(file.len())));
    let verdict = probe(&source, size, head).now_or_never().expect("memory never waits").expect("memory never fails");
    (verdict, source.spent())
}

fn sound(file: &[u8], head: usize) -> (MediaFacts, usize) {
    match probed(file, head) {
        (Verdict::Sound(facts), (reads, _)) => (facts, reads),
        (Verdict::Broken(defect), _) => panic!("a sound file was found broken: {defect}"),
    }
}

fn broken(file: &[u8]) -> Defect {
    match probed(file, HEAD) {
        (Verdict::Broken(defect), _) => defect,
        (Verdict::Sound(facts), _) => panic!("a broken file was found sound: {facts:?}"),
    }
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/media")
}

fn golden(name: &str) -> Vec<u8> {
    std::fs::read(directory().join(name)).expect("the golden file is part of the repository")
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expected {
    container: String,
    video_codec: String,
    audio_codec: Option<String>,
    width: u32,
    height: u32,
    duration_seconds: f64,
    frame_rate: f64,
}

/// What ffprobe says of every golden file; nothing for those without a video track.
fn expected() -> BTreeMap<String, Option<Expected>> {
    serde_json::from_slice(&golden("expected.json")).expect("ffprobe's account is as the script writes it")
}

/// The offsets at which the top-level boxes of a file begin, and its end.
fn box_starts(file: &[u8]) -> Vec<usize> {
    let mut starts = vec![0];
    while let Some(at) = starts.last().copied().filter(|at| *at < file.len()) {
        starts.push(at + u32_at(file, at) as usize);
    }
    starts
}

fn u32_at(file: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(file[at..at + 4].try_into().expect("four bytes"))
}

fn put_u32(file: &mut [u8], at: usize, value: u32) {
    file[at..at + 4].copy_from_slice(&value.to_be_bytes());
}

fn find(file: &[u8], needle: &[u8]) -> usize {
    file.windows(needle.len()).position(|at| at == needle).expect("the file holds it")
}

/// A `free` box of `len` bytes in all.
fn free(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    put_u32(&mut bytes, 0, u32::try_from(len).expect("small"));
    bytes[4..8].copy_from_slice(b"free");
    bytes
}

/// Puts `more` at the end of the box of this kind and makes the box as much larger.
fn grow_box(file: &mut Vec<u8>, kind: &[u8; 4], more: &[u8]) {
    let at = find(file, kind) - 4;
    let size = u32_at(file, at);
    put_u32(file, at, size + u32::try_from(more.len()).expect("small"));
    let end = at + size as usize;
    file.splice(end..end, more.iter().copied());
}

/// A `Void` element of `len` bytes and its header.
fn void(len: u32) -> Vec<u8> {
    let mut bytes = vec![0xec];
    bytes.extend_from_slice(&(u64::from(len) | 1 << 56).to_be_bytes());
    bytes.resize(bytes.len() + len as usize, 0);
    bytes
}

const SEGMENT: [u8; 4] = [0x18, 0x53, 0x80, 0x67];
const CLUSTER: [u8; 4] = [0x1f, 0x43, 0xb6, 0x75];

/// Where the eight bytes of the segment's size stand, as ffmpeg writes them.
fn segment_size_at(file: &[u8]) -> usize {
    find(file, &SEGMENT) + 4
}

fn cluster_starts(file: &[u8]) -> Vec<usize> {
    file.windows(4).enumerate().filter(|(_, four)| *four == CLUSTER).map(|(at, _)| at).collect()
}

/// Makes a live stream of one whose clusters state their sizes, in one byte or two.
fn with_unknown_cluster_sizes(mut file: Vec<u8>) -> Vec<u8> {
    for at in cluster_starts(&file) {
        let size = at + CLUSTER.len();
        let unknown: &[u8] = if file[size] & 0x80 != 0 { &[0xff] } else { &[0x7f, 0xff] };
        file[size..size + unknown.len()].copy_from_slice(unknown);
    }
    file
}

/// Where the clusters of unknown size from `at` on begin, and the elements in them.
fn element_starts(file: &[u8], mut at: usize) -> Vec<usize> {
    let mut starts = Vec::new();
    while at < file.len() {
        starts.push(at);
        let (id_len, is_cluster) = if file[at..].starts_with(&CLUSTER) { (4, true) } else { (1, false) };
        let size_len = file[at + id_len].leading_zeros() as usize + 1;
        let size = file[at + id_len..][..size_len].iter().fold(0, |size, byte| size << 8 | usize::from(*byte));
        at += id_len + size_len + if is_cluster { 0 } else { size & ((1 << (7 * size_len)) - 1) };
    }
    starts
}

#[test]
fn every_golden_file_gives_the_facts_that_ffprobe_gives() {
    for (name, expected) in expected() {
        let file = golden(&name);
        for head in [file.len(), 1000, 0] {
            let Some(expected) = &expected else {
                assert_eq!(probed(&file, head).0, Verdict::Broken(Defect::NoVideoTrack), "{name}");
                continue;
            };
            let (facts, _) = sound(&file, head);
            assert_eq!(facts.container.as_str(), expected.container, "{name}");
            assert_eq!(facts.video_codec.as_ref(), Some(&expected.video_codec), "{name}");
            assert_eq!(facts.audio_codec, expected.audio_codec, "{name}");
            assert_eq!((facts.width, facts.height), (expected.width, expected.height), "{name}");
            let off_s = (facts.duration_s - expected.duration_seconds).abs();
            assert!(off_s < 0.05, "{name}: {} s, and ffprobe says {} s", facts.duration_s, expected.duration_seconds);
            let rate = facts.frame_rate.unwrap_or_else(|| panic!("{name}: no frame rate"));
            assert!((rate - expected.frame_rate).abs() < 0.01, "{name}: {rate}, not {}", expected.frame_rate);
        }
    }
}

/// The prefixes of a file that cannot be told from a whole one, as the module's documentation names them.
fn undetectable_cuts(name: &str, file: &[u8]) -> Vec<usize> {
    let after_payload = || {
        let boxes = box_starts(file);
        let is_payload = |at: usize| &file[at + 4..at + 8] == b"mdat";
        boxes.windows(2).filter(|pair| is_payload(pair[0])).map(|pair| pair[1]).filter(|at| *at < file.len()).collect()
    };
    match name {
        // Between fragments, when nothing says how many there should be.
        "h264-fragmented.mp4"
        | "h264-fragmented-plain.mp4"
        | "h264-aac-fragmented-after-samples.mp4"
        | "h264-aac-sidx-each.mp4" => after_payload(),
        // Behind all fragments, where only the `mfra` for seeking is lost.
        "h264-aac-sidx.mp4" => vec![find(file, b"mfra") - 4],
        // Between the clusters of a stream whose end was not known when it began.
        "vp8-live.webm" | "vp8-opus-streamed.webm" => cluster_starts(file)[1..].to_vec(),
        _ => Vec::new(),
    }
}

fn sound_prefixes(file: &[u8], head: usize) -> Vec<usize> {
    (0..file.len()).filter(|len| matches!(probed(&file[..*len], head).0, Verdict::Sound(_))).collect()
}

#[test]
fn no_prefix_of_a_file_is_sound_but_those_that_cannot_be_told() {
    for name in expected().into_keys() {
        let file = golden(&name);
        for head in [HEAD, 700] {
            assert_eq!(sound_prefixes(&file, head), undetectable_cuts(&name, &file), "{name}");
        }
    }
}

#[test]
fn a_stream_without_any_sizes_can_only_be_cut_between_blocks() {
    let file = with_unknown_cluster_sizes(golden("vp8-live.webm"));
    let (facts, _) = sound(&file, HEAD);
    assert!((facts.duration_s - 2.0).abs() < 0.05, "{facts:?}");
    let [first, ..] = cluster_starts(&file)[..] else { panic!("the file has clusters") };
    let first_block_end = element_starts(&file, first)[3];
    let cuts: Vec<usize> = element_starts(&file, first).into_iter().filter(|at| *at >= first_block_end).collect();
    for head in [HEAD, 700] {
        assert_eq!(sound_prefixes(&file, head), cuts);
    }
}

#[test]
fn what_is_no_video_is_told_by_its_looks() {
    let cases: [(&[u8], Looks); 14] = [
        (b"<!DOCTYPE html><html></html>", Looks::Html),
        (b"\xef\xbb\xbf\n<!-- page --><HTML>", Looks::Html),
        (b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", Looks::Xml),
        (b" {\"errors\": []}", Looks::Json),
        (b"[]", Looks::Json),
        (b"\x89PNG\r\n\x1a\n", Looks::Image),
        (b"\xff\xd8\xff\xe0", Looks::Image),
        (b"RIFF\x10\0\0\0WEBPVP8 ", Looks::Image),
        (b"\0\0\0\x14ftypavif\0\0\0\0avif", Looks::Image),
        (b"RIFF\x10\0\0\0AVI LIST", Looks::OtherMedia),
        (b"OggS", Looks::OtherMedia),
        (b"hello", Looks::Unknown),
        (b"\0", Looks::Unknown),
        (b"\x1a\x45", Looks::Unknown),
    ];
    for (file, looks_like) in cases {
        assert_eq!(broken(file), Defect::NotAVideo { looks_like }, "{}", String::from_utf8_lossy(file));
    }
    assert_eq!(broken(b""), Defect::Empty);
}

#[test]
fn an_error_of_the_source_is_handed_through() {
    struct Down;
    #[async_trait]
    impl RangeSource for Down {
        type Error = &'static str;
        async fn read(&self, _: u64, _: u64) -> Result<Bytes, &'static str> {
            Err("the store is down")
        }
    }
    let answer = probe(&Down, 10, Bytes::new()).now_or_never().expect("nothing waits");
    assert_eq!(answer, Err("the store is down"));
}
