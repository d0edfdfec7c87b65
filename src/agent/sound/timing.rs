//! When each word of a spoken sentence is heard.
//!
//! The program that speaks does not tell. But it can be made to pause between words, and then silence tells: the same
//! sentence is spoken a second time with wide gaps, the pieces between them are measured, the gaps are taken out, and
//! what is left lies where the sentence has it. Pieces and written words need not be as many: `2026` is three pieces,
//! and small words are drawn together. They are matched by how long each word should take.

use std::ops::Range;

use super::pace;
use crate::agent::captions;

/// Sound is looked at in steps of this length.
const STEP_S: f32 = 0.005;
/// The shortest silence that is a gap.
const GAP_S: f32 = 0.165;
/// The shortest silence in a sentence that is a pause, and how far from where it is expected.
const PAUSE_S: f32 = 0.08;
const PAUSE_WITHIN_S: f32 = 0.45;
/// What it costs to lay a word over one piece more, for a number or a word with a hyphen and for others; and to lay a
/// small word and its neighbour over one piece. A word whose length is off by a factor of e costs 1.
const PARTED: f32 = 0.05;
const UNLIKELY: f32 = 2.0;
const DRAWN_TOGETHER: f32 = 0.3;
/// How much of their time words take that are drawn together.
const TOGETHER: f32 = 0.7;
/// The least that is left of a piece.
const LEAST_S: f32 = 0.03;
/// Most pieces for one word, and most words for one piece.
const MOST: usize = 8;

/// Seconds in which each of `words` is heard, from the beginning of `plain`. `gapped` is the same with wide gaps.
pub(super) fn word_times(plain: &[f32], gapped: &[f32], rate: f32, words: &[&str]) -> Vec<Range<f32>> {
    let Some(heard) = sounding(plain, rate) else {
        return vec![0.0..0.0; words.len()];
    };
    let mut apart = pieces(gapped, rate, GAP_S);
    if apart.is_empty() {
        apart.push(heard.clone());
    }
    let lengths: Vec<f32> = apart.iter().map(|piece| piece.end - piece.start).collect();
    let times = matched(&without_gaps(&apart, &heard), &lengths, words);
    anchored(times, words, &pieces(plain, rate, PAUSE_S))
}

/// From the first to the last sound, in seconds.
pub(super) fn sounding(samples: &[f32], rate: f32) -> Option<Range<f32>> {
    let steps = steps(samples, rate);
    let first = steps.iter().position(|is_loud| *is_loud)?;
    let last = steps.iter().rposition(|is_loud| *is_loud)?;
    Some(first as f32 * STEP_S..(last + 1) as f32 * STEP_S)
}

/// Which steps are louder than the noise of a pause.
fn steps(samples: &[f32], rate: f32) -> Vec<bool> {
    let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    let floor = (peak / 150.0).max(0.001);
    let step = super::whole(rate * STEP_S).max(1);
    samples.chunks(step).map(|part| part.iter().any(|sample| sample.abs() > floor)).collect()
}

/// The stretches of sound between silences of at least `gap_s`, in seconds.
fn pieces(samples: &[f32], rate: f32, gap_s: f32) -> Vec<Range<f32>> {
    let mut pieces: Vec<Range<f32>> = Vec::new();
    for (at, _) in steps(samples, rate).iter().enumerate().filter(|(_, is_loud)| **is_loud) {
        let (start, end) = (at as f32 * STEP_S, (at + 1) as f32 * STEP_S);
        match pieces.last_mut() {
            Some(last) if start - last.end < gap_s => last.end = end,
            _ => pieces.push(start..end),
        }
    }
    pieces
}

/// The same pieces where they are `heard` without gaps. Every gap makes the sentence longer by the same time: by its
/// own length, and by what words lose that run into each other. The pause behind a comma is longer than a gap by what
/// it lasts.
fn without_gaps(pieces: &[Range<f32>], heard: &Range<f32>) -> Vec<Range<f32>> {
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else {
        return Vec::new();
    };
    let surplus_s = last.end - first.start - (heard.end - heard.start);
    let gap_s = (surplus_s / (pieces.len() - 1).max(1) as f32).max(0.0);
    let mut starts: Vec<f32> = Vec::new();
    for (number, piece) in pieces.iter().enumerate() {
        let start_s = heard.start + piece.start - first.start - gap_s * number as f32;
        let earliest_s = starts.last().map_or(heard.start, |before| before + LEAST_S);
        starts.push(start_s.max(earliest_s).min(heard.end));
    }
    let ends = starts.iter().skip(1).copied().chain([heard.end]);
    let ends = ends.zip(pieces).zip(&starts).map(|((next, piece), start)| next.min(start + piece.end - piece.start));
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

/// Lays words over pieces, which last as long as `heard` tells when they stand apart, in order: one word over some
/// pieces or some words over one piece, whatever makes the lengths that are heard the most like those that are
/// expected.
fn matched(pieces: &[Range<f32>], heard: &[f32], words: &[&str]) -> Vec<Range<f32>> {
    let sayable: Vec<usize> = (0..words.len()).filter(|at| pace::word_s(words[*at]) > 0.0).collect();
    let expected: Vec<f32> = sayable.iter().map(|at| pace::word_s(words[*at])).collect();
    let unlikely = |range: &Range<usize>, pieces: usize| {
        let word = |at: usize| words[sayable[at]].trim_matches(|character: char| !character.is_alphanumeric());
        if range.len() == 1 {
            let is_part = |character: char| character.is_ascii_digit() || !character.is_alphanumeric();
            return (pieces - 1) as f32 * if word(range.start).contains(is_part) { PARTED } else { UNLIKELY };
        }
        let leans = |at: usize| word(at).chars().count() <= 2 || captions::is_leaning(word(at));
        (range.start..range.end - 1).map(|at| if leans(at) { DRAWN_TOGETHER } else { UNLIKELY }).sum::<f32>()
    };
    let cost = |words: Range<usize>, pieces: Range<usize>| {
        let together = if words.len() > 1 { TOGETHER } else { 1.0 };
        let wanted = expected[words.clone()].iter().sum::<f32>() * together;
        let off = (heard[pieces.clone()].iter().sum::<f32>().max(0.01) / wanted.max(0.01)).ln();
        // Each word counts, or few long stretches would seem better than many short ones.
        off * off * words.len() as f32 + unlikely(&words, pieces.len())
    };
    // The cheapest way to have laid so many words over so many pieces, and its last step.
    let (word_count, piece_count) = (expected.len(), heard.len());
    let mut best = vec![vec![(f32::INFINITY, 0, 0); piece_count + 1]; word_count + 1];
    best[0][0].0 = 0.0;
    for word in 0..word_count {
        for piece in 0..piece_count {
            let so_far = best[word][piece].0;
            if so_far.is_infinite() {
                continue;
            }
            let steps = (1..=MOST).map(|count| (1, count)).chain((2..=MOST).map(|count| (count, 1)));
            for (more_words, more_pieces) in steps {
                let (to_word, to_piece) = (word + more_words, piece + more_pieces);
                if to_word <= word_count && to_piece <= piece_count {
                    let total = so_far + cost(word..to_word, piece..to_piece);
                    if total < best[to_word][to_piece].0 {
                        best[to_word][to_piece] = (total, more_words, more_pieces);
                    }
                }
            }
        }
    }
    let mut times = vec![None; word_count];
    let (mut word, mut piece) = (word_count, piece_count);
    if best[word][piece].0.is_infinite() {
        let whole = pieces.first().map_or(0.0, |first| first.start)..pieces.last().map_or(0.0, |last| last.end);
        shared(&whole, &expected).into_iter().zip(&mut times).for_each(|(range, time)| *time = Some(range));
        word = 0;
    }
    while word > 0 {
        let (_, words, count) = best[word][piece];
        let whole = pieces[piece - count].start..pieces[piece - 1].end;
        let parts = shared(&whole, &expected[word - words..word]);
        parts.into_iter().zip(&mut times[word - words..word]).for_each(|(range, time)| *time = Some(range));
        (word, piece) = (word - words, piece - count);
    }
    // Words without a sound stand where the one before them ends.
    let mut all = vec![0.0..0.0; words.len()];
    let mut times = times.into_iter().flatten();
    let mut end = pieces.first().map_or(0.0, |piece| piece.start);
    for (at, place) in all.iter_mut().enumerate() {
        let time = if sayable.binary_search(&at).is_ok() { times.next() } else { None };
        *place = time.unwrap_or(end..end);
        end = place.end;
    }
    all
}

/// Moves words so that those behind a comma begin where a pause in the sentence ends, and all between accordingly.
/// `heard` are the stretches of the sentence between pauses.
fn anchored(mut times: Vec<Range<f32>>, words: &[&str], heard: &[Range<f32>]) -> Vec<Range<f32>> {
    let mut anchors = vec![(0.0, 0.0)];
    let mut stops = Vec::new();
    let mut pauses = heard.windows(2).map(|pair| pair[0].end..pair[1].start).peekable();
    for at in 1..words.len() {
        if pace::pause_s(words[at - 1]) == 0.0 {
            continue;
        }
        let expected_s = times[at].start;
        while pauses.next_if(|pause| pause.end < expected_s - PAUSE_WITHIN_S).is_some() {}
        // Of pauses that follow each other, the nearest one.
        let mut found: Option<Range<f32>> = None;
        let off = |pause: &Range<f32>| (pause.end - expected_s).abs();
        while let Some(pause) = pauses
            .next_if(|pause| off(pause) < PAUSE_WITHIN_S && found.as_ref().is_none_or(|best| off(pause) < off(best)))
        {
            found = Some(pause);
        }
        if let Some(pause) = found {
            anchors.push((expected_s, pause.end));
            stops.push((at - 1, pause.start));
        }
    }
    let end_s = times.last().map_or(0.0, |last| last.end);
    anchors.push((end_s, end_s));
    let moved = |seconds: f32| {
        let next = anchors.iter().position(|(from, _)| seconds < *from).unwrap_or(anchors.len() - 1).max(1);
        let ((from, to), (next_from, next_to)) = (anchors[next - 1], anchors[next]);
        to + (seconds - from) * (next_to - to) / (next_from - from).max(f32::EPSILON)
    };
    for time in &mut times {
        *time = moved(time.start)..moved(time.end);
    }
    for (at, stop_s) in stops {
        times[at].end = times[at].end.min(stop_s).max(times[at].start);
    }
    times
}

/// A stretch of time in parts as long as expected.
fn shared(whole: &Range<f32>, expected: &[f32]) -> Vec<Range<f32>> {
    let scale = (whole.end - whole.start) / expected.iter().sum::<f32>().max(f32::EPSILON);
    let mut start = whole.start;
    expected
        .iter()
        .map(|length| {
            let part = start..start + length * scale;
            start = part.end;
            part
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{anchored, matched, word_times};

    const RATE: f32 = 1000.0;

    fn sound(parts: &[(f32, bool)]) -> Vec<f32> {
        let part = |(seconds, is_loud): &(f32, bool)| {
            vec![if *is_loud { 0.5 } else { 0.0 }; crate::agent::sound::whole(seconds * RATE)]
        };
        parts.iter().flat_map(part).collect()
    }

    #[test]
    fn words_are_heard_where_their_pieces_are_without_the_gaps() {
        let plain = sound(&[(0.1, false), (0.5, true), (0.15, false), (0.45, true), (0.2, false)]);
        let gap = (0.2, false);
        let gapped =
            sound(&[(0.3, true), gap, (0.2, true), (0.35, false), (0.15, true), gap, (0.3, true), (0.2, false)]);
        let times = word_times(&plain, &gapped, RATE, &["Boats", "go,", "you", "follow"]);
        let expected = [(0.1, 0.4), (0.4, 0.6), (0.75, 0.9), (0.9, 1.2)];
        for (time, (start, end)) in times.iter().zip(expected) {
            assert!((time.start - start).abs() < 0.02 && (time.end - end).abs() < 0.02, "{times:?}");
        }
    }

    #[test]
    fn a_number_has_several_pieces_and_small_words_share_one() {
        let pieces = [0.0..0.3, 0.3..0.75, 0.75..1.2, 1.2..1.5, 1.5..2.1];
        let lengths = [0.3, 0.45, 0.45, 0.3, 0.6];
        let times = matched(&pieces, &lengths, &["In", "2026", "the", "old", "—", "harbour"]);
        assert_eq!(times.len(), 6);
        assert!(times.windows(2).all(|pair| pair[0].end <= pair[1].start + 0.001), "{times:?}");
        assert!((times[1].start - 0.3).abs() < 0.01 && times[1].end > 0.7, "{times:?}");
        assert!((times[5].end - 2.1).abs() < 0.001 && times[4].start == times[4].end, "{times:?}");
    }

    #[test]
    fn words_behind_a_comma_begin_where_the_pause_ends() {
        let times = vec![0.0..0.5, 0.5..1.0, 1.0..1.5, 1.5..2.0];
        let moved = anchored(times, &["When", "ready,", "we", "go"], &[0.0..1.1, 1.2..2.0]);
        let expected = [(0.0, 0.6), (0.6, 1.1), (1.2, 1.6), (1.6, 2.0)];
        for (time, (start, end)) in moved.iter().zip(expected) {
            assert!((time.start - start).abs() < 0.001 && (time.end - end).abs() < 0.001, "{moved:?}");
        }
    }

    #[test]
    fn words_without_any_sound_have_a_time_all_the_same() {
        assert_eq!(word_times(&[0.0; 500], &[], RATE, &["a", "b"]), [0.0..0.0, 0.0..0.0]);
        let times = word_times(&sound(&[(0.5, true)]), &[], RATE, &["so", "what"]);
        assert!(times[0].start < times[1].start && (times[1].end - 0.5).abs() < 0.01, "{times:?}");
        assert!(word_times(&sound(&[(0.5, true)]), &[], RATE, &[]).is_empty());
    }
}
