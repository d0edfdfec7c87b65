//! `landfall storyboard`: the real binary, and what ffprobe says of its drafts.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::support::binary::{assert_exit, landfall};
use super::support::servers::{find_program, skip_or_fail};

/// A prompt of the golden ones, whose name says its length and size.
struct Prompt {
    file: PathBuf,
    seconds: u32,
    size: (u32, u32),
}

fn prompts() -> Vec<Prompt> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/prompts");
    let files = std::fs::read_dir(directory).expect("the prompts").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|it| it == "txt")).collect();
    files.sort();
    let read = |file: PathBuf| {
        let name = file.file_stem()?.to_str()?.to_owned();
        let mut parts = name.split('.').skip(1);
        let seconds = parts.next()?.strip_suffix('s')?.parse().ok()?;
        let (width, height) = parts.next()?.split_once('x')?;
        Some(Prompt { file, seconds, size: (width.parse().ok()?, height.parse().ok()?) })
    };
    files.into_iter().map(|file| read(file).expect("NAME.SECONDSs.WIDTHxHEIGHT.txt")).collect()
}

/// What ffprobe says, as JSON.
fn probed(file: &Path, what: &str) -> Value {
    let program = find_program(&["ffprobe"]).expect("it was looked for");
    let output = Command::new(program)
        .args(["-v", "error", "-of", "json", "-show_entries", what])
        .arg(file)
        .output()
        .expect("ffprobe runs");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

async fn storyboard(arguments: &[&str], out: &Path) -> std::process::Output {
    let mut all: Vec<&OsStr> = vec![OsStr::new("storyboard"), OsStr::new("--out"), out.as_os_str()];
    all.extend(arguments.iter().map(OsStr::new));
    landfall(&all, &[]).await
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("the file is there")).expect("JSON")
}

/// The frames at which scenes begin, from a script.
fn scene_starts(script: &Value) -> Vec<u64> {
    let mut next = 0;
    let mut starts = Vec::new();
    for scene in script["scenes"].as_array().expect("scenes") {
        starts.push(next);
        next += scene["shots"]
            .as_array()
            .expect("shots")
            .iter()
            .map(|shot| shot["frames"].as_u64().expect("frames"))
            .sum::<u64>();
    }
    starts
}

/// Start and end of each cue, in seconds.
fn cues(captions: &str) -> Vec<(f64, f64)> {
    let seconds = |time: &str| -> f64 {
        time.split(':')
            .map(|part| part.trim().parse::<f64>().expect("a number"))
            .fold(0.0, |sum, part| sum * 60.0 + part)
    };
    let times = captions.lines().filter_map(|line| line.split_once(" --> "));
    times.map(|(start, end)| (seconds(start), seconds(end))).collect()
}

#[tokio::test]
async fn every_prompt_becomes_a_draft_of_the_asked_shape_whose_cuts_are_keyframes() {
    if find_program(&["ffprobe"]).is_none() {
        return skip_or_fail("there is no ffprobe to compare with");
    }
    let out = tempfile::tempdir().expect("a directory");
    let prompts = prompts();
    assert!(prompts.len() >= 10);
    for Prompt { file, seconds, size: (width, height) } in prompts {
        // Small and with few frames, for the sake of unoptimised builds. Short films are large enough for sound.
        let part = if seconds > 20 { 16 } else { 8 };
        let (width, height) = (width / part * 2, height / part * 2);
        let (size, duration) = (format!("{width}x{height}"), seconds.to_string());
        let arguments = [
            file.to_str().expect("UTF-8"),
            "--size",
            &size,
            "--duration",
            &duration,
            "--frame-rate",
            "1",
            "--quality",
            "40",
        ];
        assert_exit(&storyboard(&arguments, out.path()).await, 0);

        let script = json(&out.path().join("script.json"));
        let draft = out.path().join("draft.mp4");
        let told = probed(&draft, "stream=codec_type,codec_name,width,height,nb_frames,duration,r_frame_rate");
        let streams = told["streams"].as_array().expect("streams");
        let video = streams.iter().find(|stream| stream["codec_type"] == "video").expect("pictures");
        let name = file.display();
        assert_eq!((&video["width"], &video["height"]), (&width.into(), &height.into()), "{name}");
        assert_eq!(video["nb_frames"], seconds.to_string(), "{name}");
        for stream in streams {
            let length: f64 = stream["duration"].as_str().expect("a text").parse().expect("a number");
            assert!((length - f64::from(seconds)).abs() < 0.1, "{name}: {stream}");
        }
        assert_eq!(streams.len(), if width.min(height) < 128 { 1 } else { 2 }, "{name}");

        let packets = probed(&draft, "packet=stream_index,flags,pts_time");
        let key_frames: Vec<f64> = packets["packets"]
            .as_array()
            .expect("packets")
            .iter()
            .filter(|packet| {
                packet["stream_index"] == 0 && packet["flags"].as_str().is_some_and(|it| it.starts_with('K'))
            })
            .map(|packet| packet["pts_time"].as_str().expect("a text").parse().expect("a number"))
            .collect();
        let starts: Vec<f64> = scene_starts(&script).into_iter().map(|frame| frame as f64).collect();
        for start in &starts {
            assert!(key_frames.iter().any(|key| (key - start).abs() < 0.01), "{name}: no keyframe at {start} s");
        }
        let captions = std::fs::read_to_string(out.path().join("captions.vtt")).expect("captions");
        for (start, end) in cues(&captions) {
            let scene = starts.iter().filter(|scene| **scene <= start + 0.001).count();
            let scene_end = starts.get(scene).copied().unwrap_or(f64::from(seconds));
            assert!(start < end && end <= scene_end + 0.15, "{name}: a cue from {start} to {end} crosses {scene_end}");
        }
        let sheet = image::image_dimensions(out.path().join("contact-sheet.png")).expect("a picture");
        assert!(sheet.0 > 300 && sheet.1 > 200, "{name}: {sheet:?}");
    }
}

#[tokio::test]
async fn an_edited_script_is_drawn_and_its_mistakes_are_told_together() {
    let out = tempfile::tempdir().expect("a directory");
    let prompt = out.path().join("prompt.txt");
    std::fs::write(&prompt, "A tour of a lighthouse. The lamp turns at night.").expect("a file");
    let small = ["--size", "64x64", "--duration", "6", "--frame-rate", "2", "--built-in", "--json"];
    let first: Vec<&str> = [prompt.to_str().expect("UTF-8")].into_iter().chain(small).collect();
    let output = storyboard(&first, out.path()).await;
    assert_exit(&output, 0);
    let told: Value = serde_json::from_slice(&output.stdout).expect("a line of JSON");
    assert_eq!((&told["durationSeconds"], &told["hasVoice"]), (&6.into(), &false.into()));
    let draft = PathBuf::from(told["files"]["draft"].as_str().expect("a path"));
    let before = std::fs::read(&draft).expect("the draft");

    let path = out.path().join("script.json");
    let mut script = json(&path);
    script["palette"] = serde_json::json!(["#ff0000", "#ffffff"]);
    let edited = out.path().join("edited.json");
    std::fs::write(&edited, script.to_string()).expect("a file");
    let from = ["--script", edited.to_str().expect("UTF-8"), "--size", "64x64", "--built-in"];
    assert_exit(&storyboard(&from, out.path()).await, 0);
    assert_ne!(std::fs::read(&draft).expect("the draft"), before, "red and white look otherwise");

    script["palette"] = serde_json::json!(["#ff0000"]);
    script["scenes"][0]["shots"][0]["frames"] = 0.into();
    std::fs::write(&edited, script.to_string()).expect("a file");
    let refused = storyboard(&from, out.path()).await;
    assert_exit(&refused, 78);
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("palette has 1 colours") && told.contains("scenes[0].shots[0].frames is 0"), "{told}");
}

#[tokio::test]
async fn what_is_no_prompt_is_refused_in_words() {
    let out = tempfile::tempdir().expect("a directory");
    let empty = out.path().join("empty.txt");
    std::fs::write(&empty, " \n").expect("a file");
    let empty = empty.to_str().expect("UTF-8");
    for (arguments, code, told) in [
        (vec![empty], 64, "there is no prompt in it"),
        (vec!["nowhere.txt"], 69, "nowhere.txt"),
        (vec![], 64, "PROMPT.txt"),
        (vec!["--size", "large", empty], 64, "write it like 1280x720"),
    ] {
        let output = storyboard(&arguments, out.path()).await;
        assert_exit(&output, code);
        assert!(String::from_utf8_lossy(&output.stderr).contains(told), "{arguments:?}");
    }
}
