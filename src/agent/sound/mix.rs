//! Voice and music together, at a broadcaster's level.

use super::scene::Spoken;
use super::{RATE, levels, music, whole};
use crate::agent::script::{Script, Transition};
use crate::agent::{Brief, SAMPLE_RATE};

/// Loudness of the whole with a voice, and of music alone, which is to be soft.
const SPOKEN_LUFS: f64 = -16.0;
const MUSIC_LUFS: f64 = -20.0;
/// Loudness of the music where nobody speaks, and how much of it is left where somebody does.
const UNDER_VOICE_LUFS: f64 = -25.0;
const DUCKED: f32 = 0.4;
/// Full scale times this is -3.5 dB: what an encoder adds to a peak stays below -1.5 dB.
const CEILING: f32 = 0.668;
/// How often level and peaks are brought to where they belong, one after the other.
const ROUNDS: u32 = 4;
/// Seconds that ducking begins before a voice and ends after it, and how fast it moves.
const DUCK_BEFORE_S: f32 = 0.15;
const DUCK_AFTER_S: f32 = 0.3;
const DUCK_DOWN_S: f32 = 0.08;
const DUCK_UP_S: f32 = 0.3;
/// The music's fades, or less in a film too short for them.
const FADE_IN_S: f32 = 0.7;
const FADE_OUT_S: f32 = 1.8;

/// The sound of the film, exactly as long as the film.
pub(super) fn mixed(brief: &Brief, script: &Script, scenes: &[Spoken]) -> Vec<i16> {
    let frames = u64::from(script.frames());
    let count = frames * u64::from(SAMPLE_RATE) / u64::from(script.frame_rate.max(1));
    let count = usize::try_from(count).unwrap_or(0);
    let mut sound = music::bed(brief.seed, script.tone, count, &wipes(script));
    let mut voice = vec![0.0; count];
    let clips = || scenes.iter().flat_map(|scene| &scene.clips);
    for (start_s, samples) in clips() {
        let first = whole((start_s * RATE).round());
        voice.iter_mut().skip(first).zip(samples).for_each(|(heard, sample)| *heard += sample);
    }
    let has_voice = clips().next().is_some();
    if has_voice {
        levels::normalise(&mut sound, UNDER_VOICE_LUFS);
        levels::normalise(&mut voice, SPOKEN_LUFS);
        let spoken = clips().map(|(start_s, samples)| (*start_s, start_s + samples.len() as f32 / RATE));
        duck(&mut sound, &spoken.collect::<Vec<_>>());
    }
    fade(&mut sound);
    sound.iter_mut().zip(&voice).for_each(|(sample, voice)| *sample += voice);
    let target = if has_voice { SPOKEN_LUFS } else { MUSIC_LUFS };
    // Limiting takes a little of the loudness, which the next round gives back.
    for _ in 0..ROUNDS {
        levels::normalise(&mut sound, target);
        levels::limit(&mut sound, CEILING);
    }
    sound.into_iter().map(sixteen_bits).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "a cast from float saturates")]
fn sixteen_bits(sample: f32) -> i16 {
    (sample * 32_767.0).round() as i16
}

/// When shots come in by a wipe, in seconds.
fn wipes(script: &Script) -> Vec<f32> {
    let mut frame = 0;
    let mut found = Vec::new();
    for shot in script.scenes.iter().flat_map(|scene| &scene.shots) {
        if shot.transition == Transition::Wipe && frame > 0 {
            found.push(frame as f32 / script.frame_rate.max(1) as f32);
        }
        frame += shot.frames;
    }
    found
}

/// Turns the music down around the stretches in which somebody speaks.
fn duck(music: &mut [f32], spoken: &[(f32, f32)]) {
    let down = 1.0 - (-1.0 / (RATE * DUCK_DOWN_S)).exp();
    let up = 1.0 - (-1.0 / (RATE * DUCK_UP_S)).exp();
    let mut gain = 1.0;
    let mut next = spoken.iter().peekable();
    for (at, sample) in music.iter_mut().enumerate() {
        let seconds = at as f32 / RATE;
        while next.next_if(|(_, end_s)| seconds > end_s + DUCK_AFTER_S).is_some() {}
        let is_spoken = next.peek().is_some_and(|(start_s, _)| seconds >= start_s - DUCK_BEFORE_S);
        let (wanted, speed) = if is_spoken { (DUCKED, down) } else { (1.0, up) };
        gain += (wanted - gain) * speed;
        *sample *= gain;
    }
}

fn fade(music: &mut [f32]) {
    let count = music.len() as f32;
    let fade_in = (FADE_IN_S * RATE).min(count / 6.0).max(1.0);
    let fade_out = (FADE_OUT_S * RATE).min(count / 4.0).max(1.0);
    for (at, sample) in music.iter_mut().enumerate() {
        let (behind, ahead) = (at as f32 / fade_in, (count - 1.0 - at as f32) / fade_out);
        *sample *= behind.min(1.0) * ahead.clamp(0.0, 1.0);
    }
}
