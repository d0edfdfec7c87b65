//! What the speaker's body does with the words: mouth shapes, gestures at stressed words, nods.

use super::motion::{hash, ramp};
use crate::agent::Narration;
use crate::agent::dice::Dice;

/// Gestures are at least this far apart; hands that never rest look nervous.
const REST_S: f32 = 1.7;

/// What hands do at a stressed word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gesture {
    OpenLeft,
    OpenRight,
    OpenBoth,
    PointUp,
    ToHeart,
    Together,
}

const GESTURES: [Gesture; 6] =
    [Gesture::OpenRight, Gesture::OpenBoth, Gesture::OpenLeft, Gesture::PointUp, Gesture::ToHeart, Gesture::Together];

struct Word {
    start_s: f32,
    end_s: f32,
    vowels: Vec<char>,
}

/// The speech as a body follows it.
pub(in crate::agent) struct Speech {
    words: Vec<Word>,
    gestures: Vec<(Gesture, f32, f32)>,
}

/// What a mouth looks like: how wide, -1 (pursed) to 1 (drawn apart).
pub(super) struct Lips {
    pub(super) wide: f32,
}

impl Speech {
    pub(super) fn new(narration: &Narration) -> Self {
        let words = narration.words.iter().map(|word| {
            let vowels: Vec<char> =
                word.text.to_lowercase().chars().filter(|letter| "aeiouyäöüáéíóúаеиоуыэюя".contains(*letter)).collect();
            Word { start_s: word.start_s, end_s: word.end_s, vowels }
        });
        let words: Vec<Word> = words.collect();
        let mut gestures: Vec<(Gesture, f32, f32)> = Vec::new();
        let mut begins_sentence = true;
        for (number, word) in narration.words.iter().enumerate() {
            let is_stressed = begins_sentence
                || word.text.chars().count() >= 7
                || word.text.contains(|letter: char| letter.is_ascii_digit());
            begins_sentence = word.text.ends_with(['.', '!', '?']);
            let rested = gestures
                .last()
                .is_none_or(|(_, _, end_s)| word.start_s - end_s > REST_S * (0.3 + hash(7, number as u64)));
            if is_stressed && rested {
                let mut dice = Dice(number as u64 ^ (word.text.len() as u64) << 8);
                let gesture = *dice.pick(&GESTURES);
                let start_s = (word.start_s - 0.25).max(0.0);
                gestures.push((gesture, start_s, word.end_s + 0.35 + 0.9 * dice.share()));
            }
        }
        Self { words, gestures }
    }

    /// The gesture of a moment, and how far it is carried out, 0 to 1.
    pub(super) fn gesture(&self, seconds: f32) -> Option<(Gesture, f32)> {
        let (gesture, start_s, end_s) =
            self.gestures.iter().rfind(|(_, start_s, end_s)| (*start_s..*end_s + 0.5).contains(&seconds))?;
        let share = ramp(seconds, *start_s, start_s + 0.38) * (1.0 - ramp(seconds, *end_s, end_s + 0.5));
        Some((*gesture, share))
    }

    /// How the lips stand for the vowel being spoken.
    pub(super) fn lips(&self, seconds: f32) -> Lips {
        let spoken = self.words.iter().rfind(|word| word.start_s <= seconds).filter(|word| seconds < word.end_s);
        let Some(word) = spoken else { return Lips { wide: 0.2 } };
        let share = (seconds - word.start_s) / (word.end_s - word.start_s).max(0.05) * word.vowels.len() as f32;
        let shape = |at: usize| match word.vowels.get(at) {
            Some('o' | 'u' | 'ö' | 'ü' | 'ó' | 'ú' | 'о' | 'у' | 'ю') => -0.9,
            Some('e' | 'i' | 'y' | 'é' | 'í' | 'е' | 'и' | 'ы' | 'э') => 0.8,
            Some(_) | None => 0.15,
        };
        let at = usize::try_from(super::canvas::round(share.floor())).unwrap_or(0);
        let next = shape((at + 1).min(word.vowels.len().saturating_sub(1)));
        Lips { wide: shape(at) + (next - shape(at)) * ramp(share.fract(), 0.5, 1.0) }
    }

    /// How much the word of the moment is stressed, 0 to 1: brows and head follow.
    pub(super) fn stress(&self, seconds: f32) -> f32 {
        self.gesture(seconds).map_or(0.0, |(_, share)| share)
    }
}
