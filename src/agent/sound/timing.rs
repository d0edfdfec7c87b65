//! When each word of a spoken sentence is heard.
//!
//! The program that speaks does not tell. But it takes commands between words, and one of them is how loud to go on. So a sentence is
//! spoken twice: once with all words alike, and once with a [`LEVELS`] of its own for each word. Nothing else differs, and what is
//! left of the loudness at a moment tells which word is heard.

use std::ops::Range;

use crate::agent::pace;

/// How loud words are that are all alike, in percent.
pub(super) const ALIKE: [u32; 1] = [100];
/// How loud words are, one after the other and from the beginning again, in percent. There are three, so that a word without any
/// sound of its own does not make its neighbours one.
pub(super) const LEVELS: [u32; 3] = [100, 50, 20];

/// Sound is looked at in steps of this length.
const STEP_S: f32 = 0.005;
/// A step's share of loudness may be this far from a level, as a logarithm, before it is all the same how far.
const FAR: f32 = 1.2;
/// A word that is heard for less than this has been drawn together with the one before it, as `of` in `out of the blue`.
const LEAST_S: f32 = 0.025;

/// Seconds in which each of `words` is heard, from the beginning of `alike`. `marked` is the same with [`LEVELS`] for the words that
/// [`pace::word_s`] expects to be heard.
pub(super) fn word_times(alike: &[f32], marked: &[f32], rate: f32, words: &[&str]) -> Vec<Range<f32>> {
    let Some(heard) = sounding(alike, rate) else {
        return vec![0.0..0.0; words.len()];
    };
    let expected: Vec<f32> = words.iter().map(|word| pace::word_s(word)).filter(|seconds| *seconds > 0.0).collect();
    let runs = if alike.len() == marked.len() { runs(alike, marked, rate, expected.len()) } else { Vec::new() };
    let mut times = heard_times(&runs, &heard, &expected).into_iter();
    // Words without a sound stand where the one before them ends.
    let mut end_s = heard.start;
    let place = |word: &&str| {
        let time = if pace::word_s(word) > 0.0 { times.next() } else { None };
        let time = time.unwrap_or(end_s..end_s);
        end_s = time.end;
        time
    };
    words.iter().map(place).collect()
}

/// From the first to the last sound, in seconds.
pub(super) fn sounding(samples: &[f32], rate: f32) -> Option<Range<f32>> {
    let loudness = loudness(samples, rate);
    let floor = floor(&loudness);
    let first = loudness.iter().position(|loud| *loud > floor)?;
    let last = loudness.iter().rposition(|loud| *loud > floor)?;
    Some(first as f32 * STEP_S..(last + 1) as f32 * STEP_S)
}

/// The loudness of each step.
fn loudness(samples: &[f32], rate: f32) -> Vec<f32> {
    let step = super::whole(rate * STEP_S).max(1);
    let power = |part: &[f32]| part.iter().map(|sample| sample * sample).sum::<f32>() / part.len() as f32;
    samples.chunks(step).map(|part| power(part).sqrt()).collect()
}

/// What is louder than the noise of a pause.
fn floor(loudness: &[f32]) -> f32 {
    (loudness.iter().copied().fold(0.0, f32::max) / 150.0).max(0.0005)
}

/// The steps in which each of `count` words is heard, without the silence around them: of all ways to part the sentence into so many
/// runs, the one whose levels are nearest to what is left of the loudness.
fn runs(alike: &[f32], marked: &[f32], rate: f32, count: usize) -> Vec<Range<usize>> {
    let (alike, marked) = (loudness(alike, rate), loudness(marked, rate));
    if count == 0 || alike.len() < count {
        return Vec::new();
    }
    let floor = floor(&alike);
    let levels = LEVELS.map(|level| (level as f32 / 100.0).ln());
    // The cheapest way to be at each word with this step, and whether it came there from the word before.
    let mut costs = vec![f32::INFINITY; count];
    let mut is_first = vec![false; alike.len() * count];
    for (step, (loud, left)) in alike.iter().zip(&marked).enumerate() {
        let share = (left.max(1e-6) / loud.max(1e-6)).ln();
        let off = levels.map(|level| if *loud > floor { (share - level).abs().min(FAR) } else { 0.0 });
        for word in (0..count).rev() {
            let before = if word > 0 { costs[word - 1] } else { f32::INFINITY };
            let comes = before < costs[word];
            is_first[step * count + word] = comes;
            let so_far = if step == 0 && word == 0 { 0.0 } else { costs[word].min(before) };
            costs[word] = so_far + off[word % LEVELS.len()];
        }
    }
    let mut runs = vec![0..0; count];
    let (mut word, mut end) = (count - 1, alike.len());
    for step in (0..alike.len()).rev() {
        if step == 0 || is_first[step * count + word] {
            let is_loud = |step: &usize| alike[*step] > floor;
            let first = (step..end).find(is_loud).unwrap_or(step);
            let last = (step..end).rfind(is_loud).map_or(first, |last| last + 1);
            runs[word] = first..last;
            (word, end) = (word.saturating_sub(1), step);
        }
    }
    runs
}

/// The seconds of words that should take as long as `expected`. Those that are not heard by themselves share a neighbour's run.
fn heard_times(runs: &[Range<usize>], heard: &Range<f32>, expected: &[f32]) -> Vec<Range<f32>> {
    let seconds = |run: &Range<usize>| run.start as f32 * STEP_S..run.end as f32 * STEP_S;
    let mut groups: Vec<(Range<f32>, usize)> = Vec::new();
    for run in runs.iter().map(seconds) {
        match groups.last_mut() {
            Some((before, words)) if run.end - run.start < LEAST_S || before.end - before.start < LEAST_S => {
                before.end = before.end.max(run.end);
                *words += 1;
            }
            _ => groups.push((run, 1)),
        }
    }
    if groups.is_empty() {
        groups.push((heard.clone(), expected.len()));
    }
    let mut at = 0;
    let parts = groups.into_iter().flat_map(|(whole, words)| {
        at += words;
        shared(&whole, &expected[at - words..at])
    });
    parts.collect()
}

/// A stretch of time in parts as long as expected.
fn shared(whole: &Range<f32>, expected: &[f32]) -> Vec<Range<f32>> {
    let scale = (whole.end - whole.start) / expected.iter().sum::<f32>().max(f32::EPSILON);
    let mut start = whole.start;
    let part = |length: &f32| {
        let part = start..start + length * scale;
        start = part.end;
        part
    };
    expected.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use std::f32::consts::PI;

    use super::{LEVELS, word_times};

    const RATE: f32 = 1000.0;

    /// A hum of so many seconds each, as loud as given.
    fn sound(parts: &[(f32, f32)]) -> Vec<f32> {
        let loudness = parts.iter().flat_map(|(seconds, loud)| vec![*loud; crate::agent::sound::whole(seconds * RATE)]);
        loudness.enumerate().map(|(at, loud)| loud * (at as f32 * 0.4 * PI).sin()).collect()
    }

    /// The same sentence with levels for its words; 0 is silence.
    fn spoken(parts: &[(f32, usize)]) -> (Vec<f32>, Vec<f32>) {
        let level = |word: usize| LEVELS[(word - 1) % LEVELS.len()] as f32 / 100.0;
        let part = |mark: &dyn Fn(usize) -> f32| {
            let parts: Vec<_> =
                parts.iter().map(|(seconds, word)| (*seconds, if *word == 0 { 0.0 } else { mark(*word) })).collect();
            sound(&parts)
        };
        (part(&|_| 0.5), part(&|word| 0.5 * level(word)))
    }

    fn assert_times(times: &[std::ops::Range<f32>], expected: &[(f32, f32)]) {
        assert_eq!(times.len(), expected.len());
        for (time, (start, end)) in times.iter().zip(expected) {
            assert!((time.start - start).abs() < 0.011 && (time.end - end).abs() < 0.011, "{times:?}");
        }
    }

    #[test]
    fn words_are_heard_where_their_level_is() {
        let (alike, marked) = spoken(&[(0.1, 0), (0.3, 1), (0.2, 2), (0.15, 0), (0.15, 3), (0.3, 4), (0.2, 0)]);
        let times = word_times(&alike, &marked, RATE, &["Boats", "go,", "you", "follow"]);
        assert_times(&times, &[(0.1, 0.4), (0.4, 0.6), (0.75, 0.9), (0.9, 1.2)]);
    }

    #[test]
    fn a_number_is_one_word_however_long_and_with_pauses() {
        let (alike, marked) = spoken(&[(0.2, 1), (0.4, 2), (0.1, 0), (0.5, 2), (0.2, 3), (0.5, 4)]);
        let times = word_times(&alike, &marked, RATE, &["In", "2026", "—", "the", "harbour"]);
        assert_times(&times, &[(0.0, 0.2), (0.2, 1.2), (1.2, 1.2), (1.2, 1.4), (1.4, 1.9)]);
    }

    #[test]
    fn a_word_that_is_not_heard_by_itself_shares_the_one_before() {
        let (alike, marked) = spoken(&[(0.4, 1), (0.2, 3), (0.5, 4)]);
        let times = word_times(&alike, &marked, RATE, &["Out", "of", "the", "blue"]);
        assert_times(&times, &[(0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 1.1)]);
    }

    #[test]
    fn words_without_any_sound_have_a_time_all_the_same() {
        assert_eq!(word_times(&[0.0; 500], &[0.0; 500], RATE, &["a", "b"]), [0.0..0.0, 0.0..0.0]);
        let times = word_times(&sound(&[(0.5, 1.0)]), &[], RATE, &["so", "what"]);
        assert_times(&times, &[(0.0, 0.25), (0.25, 0.5)]);
        assert!(word_times(&sound(&[(0.5, 1.0)]), &[], RATE, &[]).is_empty());
    }
}
