//! How far the speaker's mouth is open: with the voice, or with the syllables where there is none.

use super::scene::{Spoken, Stretch};
use super::whole;
use crate::agent::pace;

/// A frame hears at most so much sound around its middle; a whole second would say nothing about one picture.
const LONGEST_S: f32 = 0.06;
/// A mouth closes no faster than to this share from one frame to the next, at 24 frames a second.
const CLOSING: f32 = 0.45;

/// One opening for each frame of the scene, 0 to 255.
pub(super) fn openings(stretch: &Stretch<'_>, spoken: &Spoken) -> Vec<u8> {
    let frame_s = 1.0 / stretch.frame_rate as f32;
    let levels: Vec<f32> = stretch
        .frames
        .clone()
        .map(|frame| {
            let middle_s = (frame as f32 + 0.5) * frame_s;
            let around_s = frame_s.min(LONGEST_S) / 2.0;
            if spoken.clips.is_empty() { syllables(spoken, middle_s) } else { voice(spoken, middle_s, around_s) }
        })
        .collect();
    let loudest = levels.iter().fold(0.0_f32, |loudest, level| loudest.max(*level)).max(1e-4);
    let closing = CLOSING.powf(24.0 * frame_s);
    let mut last = 0.0;
    let opening = |level: f32| {
        let open: f32 = (level / (loudest * 0.85)).min(1.0).powf(0.7);
        last = open.max(if open < 0.02 { last * closing * closing } else { last * closing });
        u8::try_from(whole((last * 255.0).round())).unwrap_or(u8::MAX)
    };
    levels.into_iter().map(opening).collect()
}

/// The voice's mean level around a moment.
fn voice(spoken: &Spoken, middle_s: f32, around_s: f32) -> f32 {
    let heard = spoken.clips.iter().find(|(start_s, samples)| {
        middle_s + around_s > *start_s && middle_s - around_s < start_s + samples.len() as f32 / super::RATE
    });
    let Some((start_s, samples)) = heard else { return 0.0 };
    let at = |seconds: f32| whole((seconds - start_s) * super::RATE).min(samples.len());
    let part = &samples[at(middle_s - around_s)..at(middle_s + around_s)];
    let power = part.iter().map(|sample| sample * sample).sum::<f32>();
    (power / part.len().max(1) as f32).sqrt()
}

/// Once open and closed for each syllable of the word of a moment.
fn syllables(spoken: &Spoken, middle_s: f32) -> f32 {
    let word = spoken.words.iter().find(|word| word.start_s <= middle_s && middle_s < word.end_s);
    word.map_or(0.0, |word| {
        let passed = (middle_s - word.start_s) / (word.end_s - word.start_s);
        let count = pace::syllables(&word.text).max(1) as f32;
        0.15 + 0.85 * (passed * count * std::f32::consts::PI).sin().abs()
    })
}
