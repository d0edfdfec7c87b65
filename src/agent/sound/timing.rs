//! When each word of a spoken sentence is heard.
//!
//! The program that speaks does not tell. But it can be made to pause between words, and then silence tells: the same
//! sentence is spoken a second time with wide gaps, the pieces between them are measured, the gaps are taken out, and what
//! is left is laid over the sentence as it is heard. Pieces and written words need not be as many: `2026` is three
//! pieces, and small words are drawn together. They are matched by how long each word should take.

use std::ops::Range;

use super::pace;

/// Sound is looked at in steps of this length.
const STEP_S: f32 = 0.005;
/// The shortest silence that is a gap.
const GAP_S: f32 = 0.165;
/// Most pieces for one word, and most words for one piece.
const MOST: usize = 8;

/// Seconds in which each of `words` is heard, from the beginning of `plain`. `gapped` is the same with wide gaps.
pub(super) fn word_times(plain: &[f32], gapped: &[f32], rate: f32, words: &[&str]) -> Vec<Range<f32>> {
    let Some(heard) = sounding(plain, rate) else {
        return vec![0.0..0.0; words.len()];
    };
    let mut pieces = without_gaps(&pieces(gapped, rate));
    let total = pieces.last().map_or(0.0, |piece| piece.end);
    if total <= 0.0 {
        pieces = std::iter::once(0.0..1.0).collect();
    }
    let scale = (heard.end - heard.start) / total.max(f32::EPSILON);
    let scale = if total <= 0.0 { heard.end - heard.start } else { scale };
    for piece in &mut pieces {
        *piece = heard.start + piece.start * scale..heard.start + piece.end * scale;
    }
    matched(&pieces, words)
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
    let step = ((rate * STEP_S) as usize).max(1);
    samples.chunks(step).map(|part| part.iter().any(|sample| sample.abs() > floor)).collect()
}

/// The stretches of sound between gaps, in seconds.
fn pieces(samples: &[f32], rate: f32) -> Vec<Range<f32>> {
    let mut pieces: Vec<Range<f32>> = Vec::new();
    for (at, _) in steps(samples, rate).iter().enumerate().filter(|(_, is_loud)| **is_loud) {
        let (start, end) = (at as f32 * STEP_S, (at + 1) as f32 * STEP_S);
        match pieces.last_mut() {
            Some(last) if start - last.end < GAP_S => last.end = end,
            _ => pieces.push(start..end),
        }
    }
    pieces
}

/// The same pieces from 0, with gaps shortened by the shortest one: what is left of a gap is a pause that is spoken.
fn without_gaps(pieces: &[Range<f32>]) -> Vec<Range<f32>> {
    let gaps = pieces.windows(2).map(|pair| pair[1].start - pair[0].end);
    let gap = gaps.fold(f32::INFINITY, f32::min);
    let first = pieces.first().map_or(0.0, |piece| piece.start);
    let shift = |number: usize| first + if number == 0 { 0.0 } else { gap * number as f32 };
    pieces.iter().enumerate().map(|(at, piece)| piece.start - shift(at)..piece.end - shift(at)).collect()
}

/// Lays words over pieces in order: one word over some pieces or some words over one piece, whatever makes the lengths
/// that are heard the most like those that are expected.
fn matched(pieces: &[Range<f32>], words: &[&str]) -> Vec<Range<f32>> {
    let sayable: Vec<usize> = (0..words.len()).filter(|at| pace::word_s(words[*at]) > 0.0).collect();
    let expected: Vec<f32> = sayable.iter().map(|at| pace::word_s(words[*at])).collect();
    let heard: Vec<f32> = pieces.iter().map(|piece| piece.end - piece.start).collect();
    let ratio = heard.iter().sum::<f32>() / expected.iter().sum::<f32>().max(f32::EPSILON);
    let cost = |words: Range<usize>, pieces: Range<usize>| {
        let wanted = expected[words.clone()].iter().sum::<f32>() * ratio;
        let off = (heard[pieces.clone()].iter().sum::<f32>().max(0.01) / wanted.max(0.01)).ln();
        off * off + 0.05 * (words.len() + pieces.len() - 2) as f32
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
    use super::{matched, word_times};

    const RATE: f32 = 1000.0;

    fn sound(parts: &[(f32, bool)]) -> Vec<f32> {
        let part = |(seconds, is_loud): &(f32, bool)| vec![if *is_loud { 0.5 } else { 0.0 }; (seconds * RATE) as usize];
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
        let times = matched(&pieces, &["In", "2026", "the", "old", "—", "harbour"]);
        assert_eq!(times.len(), 6);
        assert!(times.windows(2).all(|pair| pair[0].end <= pair[1].start + 0.001), "{times:?}");
        assert!((times[1].start - 0.3).abs() < 0.01 && times[1].end > 0.7, "{times:?}");
        assert!((times[5].end - 2.1).abs() < 0.001 && times[4].start == times[4].end, "{times:?}");
    }

    #[test]
    fn words_without_any_sound_have_a_time_all_the_same() {
        assert_eq!(word_times(&[0.0; 500], &[], RATE, &["a", "b"]), [0.0..0.0, 0.0..0.0]);
        let times = word_times(&sound(&[(0.5, true)]), &[], RATE, &["so", "what"]);
        assert!(times[0].start < times[1].start && (times[1].end - 0.5).abs() < 0.01, "{times:?}");
        assert!(word_times(&sound(&[(0.5, true)]), &[], RATE, &[]).is_empty());
    }
}
