//! Sound: who says what when, in which voice, over which music.
//!
//! Every scene is spoken by itself, so that what is seen and heard in it depends on nothing but the scene: an edited
//! script changes only what was edited. Speech never reaches into the next scene. Where the words of a scene take
//! longer than it lasts they are spoken faster, up to [`FASTEST_VOICE`], and then its last sentences are left out.

mod levels;
mod mix;
mod mouth;
mod music;
mod scene;
#[cfg(test)]
mod tests;
mod timing;
mod voice;

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::script::{Script, Tone};
use super::tools::{ToolError, Tools};
use super::{Brief, Narration, SAMPLE_RATE};
use scene::{Spoken, Stretch};

/// Films whose shorter side is below this are silent: nobody watches them, but load tests make thousands of them, and
/// sound would take longer than all their pictures.
pub const LEAST_SIDE_WITH_SOUND: u32 = 128;
/// How much faster than naturally a voice may speak; more is not understood.
pub const FASTEST_VOICE: f32 = 1.25;
/// How much faster than spoken naturally words may follow each other where they are only read.
const FASTEST_READING: f32 = 1.6;
/// Threads that speak scenes; each of them waits for a process of its own.
const SPEAKERS: usize = 2;

const RATE: f32 = SAMPLE_RATE as f32;

/// A count from a number; what is below 0 is 0.
#[expect(clippy::cast_possible_truncation, reason = "a cast from float saturates, and a film has some million samples")]
fn whole(number: impl Into<f64>) -> usize {
    number.into() as usize
}

/// Speaks the script and sets it to music. What could not be done as asked is in the notes.
#[must_use]
pub fn perform(brief: &Brief, script: &Script, tools: &Tools) -> Narration {
    let is_silent = brief.width.min(brief.height) < LEAST_SIDE_WITH_SOUND;
    let mut notes = Vec::new();
    let mut spoken = None;
    match &tools.espeak {
        Some(program) if !is_silent => {
            let text = script
                .scenes
                .iter()
                .flat_map(|scene| &scene.narration)
                .fold(String::new(), |text, sentence| if text.len() < 4000 { text + " " + sentence } else { text });
            let voice = voice::Voice::of(program, script.presenter.look, &text);
            match speak_scenes(script, &voice) {
                Ok(scenes) => spoken = Some(scenes),
                Err(error) => notes.push(format!("the narration is not spoken: {error}")),
            }
        }
        None if !is_silent => notes.push("the narration is not spoken: there is no espeak-ng".to_owned()),
        Some(_) | None => {}
    }
    let has_voice = spoken.is_some();
    let scenes = spoken.unwrap_or_else(|| stretches(script).map(|stretch| scene::read(&stretch)).collect());
    notes.extend(scenes.iter().filter_map(|scene| scene.note.clone()));
    let mouth = stretches(script).zip(&scenes).flat_map(|(stretch, scene)| mouth::openings(&stretch, scene)).collect();
    let samples = if is_silent { Vec::new() } else { mix::mixed(brief, script, &scenes) };
    let has_voice = has_voice && scenes.iter().any(|scene| !scene.clips.is_empty());
    let words = scenes.into_iter().flat_map(|scene| scene.words).collect();
    Narration { words, mouth, samples, has_voice, notes }
}

/// The scenes with their places in the film.
fn stretches(script: &Script) -> impl Iterator<Item = Stretch<'_>> {
    script.scenes.iter().zip(script.scene_frames()).enumerate().map(|(number, (scene, frames))| Stretch {
        number,
        scene,
        frames,
        frame_rate: script.frame_rate.max(1),
        words_a_minute: words_a_minute(script.tone),
    })
}

fn words_a_minute(tone: Tone) -> u32 {
    match tone {
        Tone::Calm => 148,
        Tone::Refined => 150,
        Tone::Warm => 158,
        Tone::Plain => 162,
        Tone::Energetic => 176,
    }
}

/// All scenes, some at a time; the first failure ends it.
fn speak_scenes(script: &Script, voice: &voice::Voice<'_>) -> Result<Vec<Spoken>, ToolError> {
    let stretches: Vec<Stretch<'_>> = stretches(script).collect();
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<Spoken, ToolError>)>> = Mutex::new(Vec::new());
    let work = || {
        while let Some(stretch) = stretches.get(next.fetch_add(1, Ordering::Relaxed)) {
            let spoken = scene::speak(stretch, voice);
            if spoken.is_err() {
                next.store(stretches.len(), Ordering::Relaxed);
            }
            done.lock().unwrap_or_else(PoisonError::into_inner).push((stretch.number, spoken));
        }
    };
    thread::scope(|scope| {
        for _ in 1..SPEAKERS.min(stretches.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, spoken)| spoken).collect()
}
