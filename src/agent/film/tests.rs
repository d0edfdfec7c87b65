//! Segments and whole files with sound, by both backends, read back by our own walk, by the worker's probe and by
//! ffprobe.

use std::convert::Infallible;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;

use super::{AudioTrack, Backend, Format, Segment, SegmentEncoder, choose, encode_sound, keyframes, mux};
use crate::agent::draw::canvas::Canvas;
use crate::agent::tests::{boxes, child, elements, inside, number};
use crate::agent::{Container, SAMPLE_RATE, Tools};
use crate::media::{self, MediaFacts, RangeSource, Verdict};

const CONTAINERS: [Container; 3] = [Container::Mp4, Container::Mov, Container::Webm];

fn format(container: Container, frame_rate: u32) -> Format {
    Format { container, width: 96, height: 64, frame_rate, quality: 80 }
}

/// A bright bar that moves over a slope.
fn picture(format: &Format, frame: u32) -> Canvas {
    let side = |pixels: u32| i32::try_from(pixels).expect("a side");
    let mut canvas = Canvas::new(side(format.width), side(format.height));
    let width = format.width as usize;
    let bar = (frame as usize * 3) % width;
    for (at, sample) in canvas.planes[0].samples.iter_mut().enumerate() {
        let (x, y) = (at % width, at / width);
        *sample = if (bar..bar + 12).contains(&x) { 220 } else { 40 + u8::try_from((x + y * 3) % 97).expect("small") };
    }
    canvas
}

fn segment(format: &Format, backend: &Backend, frames: std::ops::Range<u32>) -> Segment {
    let keys = keyframes(frames.clone(), format.frame_rate, |_| false);
    let mut encoder = SegmentEncoder::new(format, backend, keys).expect("the encoder starts");
    for frame in frames {
        encoder.push(&picture(format, frame)).expect("the frame is taken");
    }
    encoder.finish().expect("all frames come out")
}

fn hum(seconds: u32) -> Vec<i16> {
    let count = usize::try_from(seconds * SAMPLE_RATE).expect("a film's samples");
    let sample = |at: usize| SINE[at % SINE.len()] * 80;
    (0..count).map(sample).collect()
}

/// A period of a rounded wave of 1000 Hz.
const SINE: [i16; 48] = [
    0, 13, 26, 38, 50, 61, 71, 79, 87, 92, 97, 99, 100, 99, 97, 92, 87, 79, 71, 61, 50, 38, 26, 13, 0, -13, -26, -38,
    -50, -61, -71, -79, -87, -92, -97, -99, -100, -99, -97, -92, -87, -79, -71, -61, -50, -38, -26, -13,
];

fn sound(seconds: u32, container: Container, tools: &Tools) -> AudioTrack {
    let (track, _) = encode_sound(&hum(seconds), container, tools).expect("the sound is encoded");
    track.expect("there is sound")
}

/// A film of two scenes.
fn film(format: &Format, tools: &Tools, seconds: u32) -> Vec<u8> {
    let (backend, _) = choose(format, tools);
    let frames = seconds * format.frame_rate;
    let scenes = [segment(format, &backend, 0..frames / 2), segment(format, &backend, frames / 2..frames)];
    let scenes: Vec<&Segment> = scenes.iter().filter(|scene| scene.frames() > 0).collect();
    mux(format, &scenes, Some(&sound(seconds, format.container, tools))).expect("the segments go together")
}

/// What there is to test with; says so when a program is missing, which in CI is a failure.
fn tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|directory| directory.join(name)).find(|file| file.is_file());
    if found.is_none() {
        assert!(std::env::var("CI").is_err(), "a test may not be skipped where CI is set: there is no {name}");
        let line = format!("SKIPPED {}: there is no {name}\n", std::thread::current().name().unwrap_or("a test"));
        // Not `eprintln!`: the test harness would keep that to itself, as the test passes.
        drop(std::io::stderr().write_all(line.as_bytes()));
    }
    found
}

/// With and without ffmpeg, as far as there is one.
fn backends() -> Vec<Tools> {
    let ffmpeg = tool("ffmpeg");
    std::iter::once(Tools::NONE).chain(ffmpeg.map(|path| Tools { ffmpeg: Some(path), espeak: None })).collect()
}

/// What a program makes of its input, of which it need not read everything.
fn piped(program: &Path, arguments: &str, input: &[u8]) -> Vec<u8> {
    let mut command = Command::new(program);
    command.args(arguments.split_whitespace()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut pipe = child.stdin.take().expect("it has an input");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || drop(pipe.write_all(input)));
        child.wait_with_output().expect("it ends")
    });
    assert!(output.status.success(), "{} fails", program.display());
    output.stdout
}

/// All bytes are given with the probe; one that asks for more looks behind the end.
struct Nothing;

#[async_trait]
impl RangeSource for Nothing {
    type Error = Infallible;

    async fn read(&self, offset: u64, len: u64) -> Result<Bytes, Infallible> {
        panic!("the probe asks for {len} bytes at {offset}, and has the whole file");
    }
}

async fn probed(file: &[u8]) -> MediaFacts {
    let verdict = media::probe(&Nothing, file.len() as u64, Bytes::copy_from_slice(file)).await;
    match verdict.expect("nothing is read") {
        Verdict::Sound(facts) => facts,
        Verdict::Broken(defect) => panic!("{defect}"),
    }
}

#[test]
fn mp4_and_mov_have_a_second_track_whose_packets_lie_between_the_pictures() {
    for (container, tools) in [Container::Mp4, Container::Mov].into_iter().zip(backends().into_iter().cycle()) {
        let file = film(&format(container, 12), &tools, 3);
        let names: Vec<&[u8]> = boxes(&file).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, [b"ftyp", b"moov", b"mdat"]);
        let moov = boxes(inside(&file, &[b"moov"]));
        let tracks: Vec<&[u8]> = moov.iter().filter(|(name, _)| *name == b"trak").map(|found| found.1).collect();
        assert_eq!(tracks.len(), 2);
        let mut bytes = 0;
        for (track, (handler, timescale)) in tracks.iter().zip([(b"vide", 12 * 512), (b"soun", 48_000)]) {
            assert_eq!(&inside(track, &[b"mdia", b"hdlr"])[8..12], handler);
            let mdhd = inside(track, &[b"mdia", b"mdhd"]);
            assert_eq!((number(&mdhd[12..16]), number(&mdhd[16..20])), (timescale, 3 * timescale));
            let stbl = inside(track, &[b"mdia", b"minf", b"stbl"]);
            let stts = inside(stbl, &[b"stts"])[8..].chunks(8);
            let ticks: u64 = stts.map(|run| number(&run[..4]) * number(&run[4..])).sum();
            assert_eq!(ticks, 3 * timescale);
            let stsz = inside(stbl, &[b"stsz"]);
            bytes += match number(&stsz[4..8]) {
                0 => stsz[12..].chunks(4).map(number).sum::<u64>(),
                each => each * number(&stsz[8..12]),
            };
            let chunks: Vec<u64> = inside(stbl, &[b"stco"])[8..].chunks(4).map(number).collect();
            assert_eq!(chunks.len(), 3, "a chunk for every second");
            assert!(chunks.is_sorted());
        }
        assert_eq!(bytes, inside(&file, &[b"mdat"]).len() as u64);
    }
}

#[test]
fn webm_has_a_block_of_sound_every_20_ms_and_clusters_begin_with_a_picture() {
    for tools in backends() {
        let file = film(&Format { width: 97, height: 65, ..format(Container::Webm, 12) }, &tools, 3);
        let segment = child(&file, &[0x1853_8067]);
        let tracks = elements(child(segment, &[0x1654_ae6b]));
        assert_eq!(child(tracks[1].1, &[0x86]), b"A_OPUS");
        assert_eq!(&child(tracks[1].1, &[0x63a2])[..8], b"OpusHead");
        let clusters = elements(segment).into_iter().filter(|(id, _)| *id == 0x1f43_b675);
        let mut times = Vec::new();
        for (_, cluster) in clusters {
            let start = number(child(cluster, &[0xe7]));
            let blocks: Vec<&[u8]> =
                elements(cluster).into_iter().filter(|(id, _)| *id == 0xa3).map(|(_, block)| block).collect();
            assert_eq!((blocks[0][0], blocks[0][3]), (0x81, 0x80), "a cluster begins with a keyframe");
            times.extend(blocks.iter().map(|block| (start + number(&block[1..3]), block[0])));
        }
        assert!(times.is_sorted_by_key(|(at, _)| *at));
        assert_eq!(times.iter().filter(|(_, track)| *track == 0x82).count(), 150);
        assert_eq!(times.iter().filter(|(_, track)| *track == 0x81).count(), 36);
    }
}

#[tokio::test]
async fn the_probe_and_ffprobe_agree_on_size_rate_codecs_and_length_to_the_frame() {
    let ffprobe = tool("ffprobe");
    for container in CONTAINERS {
        for frame_rate in [1, 12, 24, 30, 60] {
            for seconds in 1..=7 {
                // Small, as a hundred films are made.
                let wanted = Format { width: 36, height: 32, ..format(container, frame_rate) };
                let file = film(&wanted, &Tools::NONE, seconds);
                let facts = probed(&file).await;
                let frame_s = 1.0 / f64::from(frame_rate);
                let what = format!("{container:?}, {frame_rate} frames a second, {seconds} s: {facts:?}");
                assert!((facts.duration_s - f64::from(seconds)).abs() < frame_s.min(0.002), "{what}");
                assert_eq!((facts.width, facts.height), (36, 32), "{what}");
                assert!(facts.frame_rate.is_some_and(|rate| (rate - f64::from(frame_rate)).abs() < 0.01), "{what}");
                let sound = if container == Container::Mov { "pcm" } else { "opus" };
                assert_eq!(facts.audio_codec.as_deref(), Some(sound), "{what}");
                if let Some(ffprobe) = ffprobe.as_deref().filter(|_| [1, 7].contains(&seconds)) {
                    assert_ffprobe_agrees(ffprobe, &file, &facts, frame_rate);
                }
            }
        }
    }
}

fn assert_ffprobe_agrees(ffprobe: &Path, file: &[u8], facts: &MediaFacts, frame_rate: u32) {
    let arguments = "-v error -show_entries format=duration:stream=codec_type,codec_name,duration,width,height,\
                     avg_frame_rate,start_time,color_space -of json pipe:0";
    let said: Value = serde_json::from_slice(&piped(ffprobe, arguments, file)).expect("ffprobe writes JSON");
    let seconds = |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok());
    let near = |value: &Value| seconds(value).is_none_or(|found| (found - facts.duration_s).abs() < 0.002);
    assert!(seconds(&said["format"]["duration"]).is_some() && near(&said["format"]["duration"]), "{said}");
    let streams = said["streams"].as_array().expect("streams");
    assert_eq!(streams.len(), 2, "{said}");
    for stream in streams {
        assert!(near(&stream["duration"]), "{said}");
        assert_eq!(seconds(&stream["start_time"]), Some(0.0), "{said}");
    }
    assert_eq!(streams[0]["codec_name"].as_str(), facts.video_codec.as_deref());
    assert_eq!((&streams[0]["width"], &streams[0]["height"]), (&Value::from(facts.width), &Value::from(facts.height)));
    assert_eq!(streams[0]["avg_frame_rate"], format!("{frame_rate}/1"));
    // Two names of one matrix, BT.601; VP9 itself tells no difference.
    assert!([Value::from("smpte170m"), Value::from("bt470bg")].contains(&streams[0]["color_space"]), "{said}");
}

#[tokio::test]
async fn with_ffmpeg_the_parameters_are_the_same_and_every_frame_decodes() {
    let Some(ffmpeg) = tool("ffmpeg") else { return };
    let tools = Tools { ffmpeg: Some(ffmpeg.clone()), espeak: None };
    for (container, frame_rate, sound) in
        [(Container::Mp4, 24, "aac"), (Container::Mov, 60, "aac"), (Container::Webm, 30, "opus")]
    {
        let wanted = format(container, frame_rate);
        let file = film(&wanted, &tools, 5);
        let facts = probed(&file).await;
        assert!((facts.duration_s - 5.0).abs() < 0.002, "{facts:?}");
        assert_eq!(facts.audio_codec.as_deref(), Some(sound));
        if let Some(ffprobe) = tool("ffprobe") {
            assert_ffprobe_agrees(&ffprobe, &file, &facts, frame_rate);
        }
        let raw = "-v error -xerror -i pipe:0 -map 0:v -f rawvideo -pix_fmt yuv420p pipe:1";
        assert_eq!(piped(&ffmpeg, raw, &file).len(), 96 * 64 * 3 / 2 * 5 * frame_rate as usize, "{container:?}");
        assert_sound_begins_in_time(&ffmpeg, &file);
    }
}

/// What is heard is what went in, at the same time: no delay of an encoder is left.
fn assert_sound_begins_in_time(ffmpeg: &Path, file: &[u8]) {
    let decoded = piped(ffmpeg, "-v error -i pipe:0 -map 0:a -f s16le -ac 1 -ar 48000 pipe:1", file);
    let decoded: Vec<f64> = decoded.chunks_exact(2).map(|b| f64::from(i16::from_le_bytes([b[0], b[1]]))).collect();
    let original: Vec<f64> = hum(2).into_iter().map(f64::from).collect();
    // Within a period of the hum, the likeness tells the shift.
    let period = SINE.len();
    let likeness =
        |shift: usize| (40_000..44_800).map(|at| original[at] * decoded[at + shift - period / 2]).sum::<f64>();
    let best = (0..period).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b))).expect("some shift");
    assert!(best.abs_diff(period / 2) < 6, "the sound is {best} - {} samples late", period / 2);
}

#[test]
fn segments_can_be_exchanged_and_those_of_another_encoder_are_refused() {
    for tools in backends() {
        let wanted = format(Container::Mp4, 12);
        let (backend, _) = choose(&wanted, &tools);
        let (first, second) = (segment(&wanted, &backend, 0..30), segment(&wanted, &backend, 30..41));
        assert_eq!((first.frames(), second.frames()), (30, 11));
        let whole = mux(&wanted, &[&first, &second], None).expect("they go together");
        let exchanged = mux(&wanted, &[&second, &first, &second], None).expect("they go together");
        let keys = |file: &[u8]| -> Vec<u64> {
            let stbl = inside(file, &[b"moov", b"trak", b"mdia", b"minf", b"stbl"]);
            inside(stbl, &[b"stss"])[8..].chunks(4).map(number).collect()
        };
        assert_eq!(keys(&whole), [1, 25, 31]);
        assert_eq!(keys(&exchanged), [1, 12, 36, 42]);
        let again = segment(&wanted, &backend, 0..30);
        let again = mux(&wanted, &[&again, &second], None).expect("they go together");
        assert!(again == whole, "the same scene gives the same bytes");
        let larger = Format { width: 128, ..wanted };
        let other = segment(&larger, &backend, 0..2);
        let refusal = mux(&wanted, &[&first, &other], None).expect_err("sizes differ").to_string();
        assert!(refusal.contains("segments of different settings"), "{refusal}");
        assert!(mux(&wanted, &[], None).is_err());
    }
}

#[test]
fn a_higher_quality_costs_more_bytes_with_either_encoder() {
    for tools in backends() {
        for container in [Container::Mp4, Container::Webm] {
            let sizes = [20, 60, 99].map(|quality| {
                let wanted = Format { width: 320, height: 240, quality, ..format(container, 12) };
                segment(&wanted, &choose(&wanted, &tools).0, 0..12).bytes()
            });
            assert!(sizes.is_sorted_by(|less, more| less < more), "{container:?}: {sizes:?}");
        }
    }
}

#[test]
fn a_render_that_is_left_leaves_no_encoder_behind() {
    let Some(ffmpeg) = tool("ffmpeg") else { return };
    let wanted = format(Container::Mp4, 12);
    let mut id = 0;
    let left = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut encoder = SegmentEncoder::new(&wanted, &Backend::Ffmpeg(ffmpeg), vec![0]).expect("it starts");
        encoder.push(&picture(&wanted, 0)).expect("the frame is taken");
        id = encoder.process_id().expect("ffmpeg runs");
        assert!(is_running(id));
        std::panic::resume_unwind(Box::new("cancelled"));
    }));
    assert!(left.is_err());
    assert!(!is_running(id), "ffmpeg {id} outlives its owner");
}

fn is_running(id: u32) -> bool {
    Command::new("kill").args(["-0", &id.to_string()]).output().is_ok_and(|said| said.status.success())
}

#[test]
fn an_ffmpeg_that_cannot_encode_is_not_chosen_and_one_that_fails_says_why() {
    let wanted = format(Container::Mp4, 12);
    let (backend, notes) = choose(&wanted, &Tools::NONE);
    assert_eq!((backend, notes.len()), (Backend::BuiltIn, 1));
    let Some(other) = tool("cat") else { return };
    let (backend, notes) = choose(&wanted, &Tools { ffmpeg: Some(other.clone()), espeak: None });
    assert_eq!(backend, Backend::BuiltIn);
    assert!(notes[0].contains("this ffmpeg has no libx264"), "{notes:?}");
    let mut encoder = SegmentEncoder::new(&wanted, &Backend::Ffmpeg(other), vec![0]).expect("it starts");
    let pushed = (0..200).try_for_each(|frame| encoder.push(&picture(&wanted, frame)));
    let error = pushed.and_then(|()| encoder.finish()).expect_err("cat knows no such options").to_string();
    assert!(error.starts_with("cat failed: ") && error.len() < 600, "{error}");
}

#[test]
fn keyframes_come_first_at_cuts_and_at_least_every_two_seconds() {
    assert_eq!(keyframes(10..30, 4, |frame| [10, 13, 29].contains(&frame)), [0, 3, 11, 19]);
    assert_eq!(keyframes(0..5, 1, |_| false), [0, 2, 4]);
    assert_eq!(keyframes(7..8, 60, |_| false), [0]);
}
