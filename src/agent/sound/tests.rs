//! Whole performances: with `espeak-ng` where it is installed, and without.

use std::io::Write as _;
use std::time::Duration;

use super::voice::Voice;
use super::{perform, timing};
use crate::agent::script::{Camera, Cast, Scene, Script, Shot, ShotKind, Side, Theme, Tone, Transition};
use crate::agent::tools::{Bounds, Process};
use crate::agent::{Brief, Narration, Presenter, SAMPLE_RATE, Tools, captions};

fn scene(seconds: u32, narration: &[&str]) -> Scene {
    let shot = Shot {
        kind: ShotKind::Presenter,
        theme: Theme::Sea,
        camera: Camera::Still,
        transition: Transition::Wipe,
        side: Side::Left,
        on_screen: Vec::new(),
        frames: seconds * 10,
    };
    let narration = narration.iter().map(|sentence| (*sentence).to_owned()).collect();
    Scene { heading: "A scene".to_owned(), narration, shots: vec![shot] }
}

fn script(tone: Tone, scenes: Vec<Scene>) -> Script {
    Script {
        title: "A film".to_owned(),
        brand: None,
        tone,
        palette: Vec::new(),
        presenter: Cast { name: None, look: 3 },
        call_to_action: None,
        frame_rate: 10,
        captions: true,
        scenes,
    }
}

fn brief(script: &Script) -> Brief {
    Brief {
        prompt: String::new(),
        presenter: Presenter::Chosen,
        width: 320,
        height: 180,
        duration_s: script.frames() / 10,
        frame_rate: 10,
        seed: 4,
        take: 0,
    }
}

/// Of the script below.
const WORDS: usize = 36;

fn harbour() -> Script {
    let scenes = vec![
        scene(6, &["The ferry leaves at dawn, and the gulls leave with it.", "Nobody is in a hurry here."]),
        scene(4, &["In 1904 a storm took the pier."]),
        scene(3, &[]),
        scene(5, &["It was built again in 42 days.", "Come and stand on it!"]),
    ];
    script(Tone::Warm, scenes)
}

/// What is installed; says so when a program is missing, which in CI is a failure.
fn tools() -> Tools {
    let tools = Tools::find();
    for (name, found) in [("ffmpeg", &tools.ffmpeg), ("espeak-ng", &tools.espeak)] {
        if found.is_none() {
            assert!(std::env::var("CI").is_err(), "a test may not be skipped where CI is set: there is no {name}");
            let line = format!("SKIPPED {}: there is no {name}\n", std::thread::current().name().unwrap_or("a test"));
            drop(std::io::stderr().write_all(line.as_bytes()));
        }
    }
    tools
}

/// Every word stands in its scene behind the word before it, and in the script's order.
fn assert_in_order(script: &Script, narration: &Narration) {
    let frames = script.scene_frames();
    let mut end_s = 0.0;
    for word in &narration.words {
        assert!(end_s - 0.001 <= word.start_s && word.start_s <= word.end_s, "{word:?} begins before {end_s}");
        end_s = word.end_s;
        let scene = &frames[word.scene];
        let within = scene.start as f32 / 10.0..=scene.end as f32 / 10.0;
        assert!(within.contains(&word.start_s) && within.contains(&word.end_s), "{word:?} is outside of {within:?}");
        let sentence = &script.scenes[word.scene].narration[word.sentence];
        let plain = |text: &str| text.chars().filter(|character| !character.is_control()).collect::<String>();
        assert!(plain(sentence).contains(&word.text), "{word:?}");
    }
    let places: Vec<(usize, usize)> = narration.words.iter().map(|word| (word.scene, word.sentence)).collect();
    assert!(places.is_sorted());
    assert_eq!(narration.mouth.len(), script.frames() as usize);
}

fn power(samples: &[i16]) -> f64 {
    samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>().sqrt() / (samples.len() as f64).sqrt()
}

#[test]
fn words_are_in_their_scenes_and_the_sound_is_as_long_as_the_film() {
    let script = harbour();
    for tools in [Tools::NONE, tools()] {
        let narration = perform(&brief(&script), &script, &tools);
        assert_in_order(&script, &narration);
        assert_eq!(narration.words.len(), WORDS, "{:?}", narration.notes);
        assert_eq!(narration.has_voice, tools.espeak.is_some());
        assert_eq!(narration.samples.len(), 18 * SAMPLE_RATE as usize);
        for second in narration.samples.chunks(SAMPLE_RATE as usize) {
            assert!(power(second) > 20.0, "something is heard all the time");
        }
        let (speaking, silent) = (&narration.mouth[5..25], &narration.mouth[102..128]);
        assert!(speaking.iter().any(|open| *open > 180) && speaking.iter().any(|open| *open < 130), "{speaking:?}");
        assert!(silent.iter().all(|open| *open == 0), "{silent:?}");
        assert!(captions::web_vtt(&narration).contains("The ferry leaves at dawn,"));
        assert_eq!(narration.samples, perform(&brief(&script), &script, &tools).samples, "it is the same every time");
    }
}

#[test]
fn a_word_is_heard_where_the_voice_lacks_it_when_it_is_mute() {
    let Some(program) = tools().espeak else { return };
    let text = "In 1904, one of the well-known pilots — Dr. Ames — steered 2,500 tons of coal by night.";
    let words: Vec<&str> = text.split_whitespace().collect();
    let heard: Vec<usize> = (0..words.len()).filter(|at| words[*at] != "—").collect();
    for look in 0..8 {
        let voice = Voice::of(&program, look, text);
        let speak = |levels: &[u32]| voice.speak(text, levels, 158, 60.0).expect("it speaks");
        let (alike, marked) = (speak(&timing::ALIKE), speak(&timing::LEVELS));
        let times = timing::word_times(&alike.samples, &marked.samples, alike.rate, &words);
        let mut lacking = 0;
        for (number, at) in heard.iter().enumerate() {
            let mut levels = vec![100; heard.len()];
            levels[number] = 0;
            let mute = speak(&levels);
            assert_eq!(mute.samples.len(), alike.samples.len(), "only the loudness differs");
            let is_lacking = |at: &usize| (alike.samples[*at] - mute.samples[*at]).abs() > 0.03;
            // A word without a sound of its own, said in one with another, is not lacking.
            let Some(first) = (0..alike.samples.len()).find(is_lacking) else { continue };
            let lacking_s = first as f32 / alike.rate;
            let off_s = times[*at].start - lacking_s;
            assert!(off_s.abs() < 0.15, "{:?} of voice {look} begins {off_s} s after {lacking_s} s", words[*at]);
            lacking += 1;
        }
        assert!(lacking + 2 >= heard.len(), "only {lacking} words of voice {look} have a sound of their own");
    }
}

#[test]
fn a_scene_is_spoken_the_same_whatever_the_others_are() {
    let tools = tools();
    let (script, mut edited) = (harbour(), harbour());
    edited.scenes[0].narration = vec!["Something else altogether.".to_owned()];
    let (before, after) = (perform(&brief(&script), &script, &tools), perform(&brief(&edited), &edited, &tools));
    let last =
        |narration: &Narration| -> Vec<_> { narration.words.iter().filter(|word| word.scene > 0).cloned().collect() };
    assert_eq!(last(&before), last(&after));
    assert_eq!(before.mouth[60..], after.mouth[60..]);
}

#[test]
fn what_takes_too_long_is_left_out_and_it_is_said() {
    let long = "This sentence goes on and on, well beyond what anybody could say in three seconds of film.";
    let scenes = vec![scene(3, &["A short one.", long]), scene(3, &[long]), scene(1, &["Hello there."])];
    let script = script(Tone::Plain, scenes);
    for tools in [Tools::NONE, tools()] {
        let narration = perform(&brief(&script), &script, &tools);
        assert_in_order(&script, &narration);
        let of_scene = |scene| narration.words.iter().filter(|word| word.scene == scene).count();
        assert_eq!(of_scene(0), 3, "{:?}", narration.words);
        assert!((3..15).contains(&of_scene(1)), "{:?}", narration.words);
        assert!(of_scene(2) > 0);
        let said = |text: &str| narration.notes.iter().filter(|note| note.contains(text)).count();
        assert_eq!((said("scene 1 is too short for its last 1"), said("scene 2 is too short for its first")), (1, 1));
    }
}

#[test]
fn hostile_narration_is_spoken_or_passed_over_and_hurts_nobody() {
    let unbroken = "x".repeat(10_000);
    let endless = "and so on ".repeat(1000);
    let texts = [
        "-f /etc/passwd",
        "--stdout -w /tmp/landfall-was-here.wav",
        "<mark name=\"a\"/> <speak> </speak> [[h@'loU]]",
        "\u{1}+90S\u{0}\u{7f} bell \u{7} and \u{202e}turned",
        "… — ! ?",
        "🎬🎬🎬",
        "",
        "短い文です。",
        &unbroken,
        &endless,
        "$(touch x) `touch y`; touch z | cat",
    ];
    let script = script(Tone::Energetic, texts.iter().map(|text| scene(2, &[text])).collect());
    for tools in [Tools::NONE, tools()] {
        let narration = perform(&brief(&script), &script, &tools);
        assert_in_order(&script, &narration);
        assert_eq!(narration.samples.len(), 22 * SAMPLE_RATE as usize);
        let file = captions::web_vtt(&narration);
        assert!(file.lines().all(|line| line.matches("-->").count() <= 1 && !line.contains('<')), "{file}");
        assert!(!std::path::Path::new("/tmp/landfall-was-here.wav").exists());
    }
}

#[test]
fn tiny_films_are_silent_and_start_no_program() {
    let script = harbour();
    let tools = Tools { ffmpeg: Some("/nowhere/ffmpeg".into()), espeak: Some("/nowhere/espeak-ng".into()) };
    let narration = perform(&Brief { width: 64, height: 64, ..brief(&script) }, &script, &tools);
    assert_in_order(&script, &narration);
    assert!(narration.samples.is_empty() && narration.notes.is_empty() && narration.words.len() == WORDS);
}

#[test]
fn a_voice_that_fails_leaves_the_words_and_a_note() {
    let script = harbour();
    let tools = Tools { ffmpeg: None, espeak: Some("/nowhere/espeak-ng".into()) };
    let narration = perform(&brief(&script), &script, &tools);
    assert!(!narration.has_voice && narration.words.len() == WORDS);
    assert!(narration.notes[0].starts_with("the narration is not spoken: espeak-ng could not be started"));
}

#[test]
fn short_films_have_music_too() {
    let script = script(Tone::Calm, vec![scene(1, &[])]);
    let narration = perform(&brief(&script), &script, &Tools::NONE);
    assert_eq!(narration.samples.len(), SAMPLE_RATE as usize);
    assert!(power(&narration.samples) > 100.0);
    assert_eq!((narration.samples[0], narration.samples[47_999]), (0, 0), "it fades");
}

#[test]
fn loudness_and_true_peak_are_those_of_a_broadcast() {
    let tools = tools();
    let Some(ffmpeg) = &tools.ffmpeg else { return };
    let script = harbour();
    for (tools, wanted) in [(&tools, if tools.espeak.is_some() { -16.0 } else { -20.0 }), (&Tools::NONE, -20.0)] {
        let narration = perform(&brief(&script), &script, tools);
        let arguments = "-v error -f s16le -ar 48000 -ac 1 -i pipe:0 -af \
                         ebur128=peak=true:metadata=1,ametadata=print:file=- -f null -";
        let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
        let bounds = Bounds { patience: Duration::from_secs(60), output_bytes: 16 << 20 };
        let mut process = Process::start(ffmpeg, &arguments, bounds).expect("ffmpeg starts");
        let bytes: Vec<u8> = narration.samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        process.write(&bytes).expect("ffmpeg reads");
        let said = String::from_utf8(process.finish().expect("ffmpeg measures")).expect("text");
        let values = |key: &str| -> Vec<f64> {
            let found = said.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')?.parse().ok());
            found.collect()
        };
        let loudness = *values("lavfi.r128.I").last().expect("a loudness");
        assert!((loudness - wanted).abs() < 1.0, "{loudness} LUFS");
        let peak = values("lavfi.r128.true_peak").into_iter().fold(0.0, f64::max);
        assert!(peak > 0.05 && 20.0 * peak.log10() < -1.5, "{peak}");
    }
}
