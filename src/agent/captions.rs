//! Captions: the narration in phrases that an eye takes in at once, and the WebVTT file beside a video.
//!
//! The painter burns in the same phrases, so that both kinds of captions say the same at the same time.

use std::fmt::Write as _;
use std::ops::Range;

use super::{Narration, SpokenWord};

/// The longest line in characters, as broadcasters have it; more is not read in the time that it takes to be spoken.
pub const LINE_CHARS: usize = 42;
/// The most words in one phrase.
pub const PHRASE_WORDS: usize = 7;

/// A phrase stays for this long behind its last word, unless the next one begins.
const HOLD_S: f32 = 0.4;
/// A scene's last phrase stays for less: it must not be read over the next scene's picture.
const LAST_HOLD_S: f32 = 0.12;
/// What a phrase costs that does not end where a clause ends, in squared characters of ragged edge.
const MID_CLAUSE: u32 = 220;
/// What a phrase costs more that ends with a word that belongs to the next one.
const DANGLING: u32 = 260;
/// Words that nobody pauses behind.
const LEANING: [&str; 26] = [
    "a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "into", "is", "its", "my", "of", "on", "or", "our",
    "that", "the", "their", "to", "we", "with", "you", "your",
];

/// Words that are shown together.
#[derive(Debug, Clone, PartialEq)]
pub struct Phrase {
    /// Which words, of those that the phrases were made of. Never empty.
    pub words: Range<usize>,
    /// When it appears, in seconds from the beginning of the film.
    pub start_s: f32,
    /// When it is gone, in seconds from the beginning of the film: not before its last word was spoken, nor after the
    /// next phrase appears.
    pub end_s: f32,
}

/// Parts words into phrases of at most [`PHRASE_WORDS`] words and [`LINE_CHARS`] characters (a longer word stands
/// alone), none with words of two sentences.
#[must_use]
pub fn phrases(words: &[SpokenWord]) -> Vec<Phrase> {
    let mut found: Vec<Phrase> = Vec::new();
    let mut at = 0;
    for sentence in words.chunk_by(|a, b| (a.scene, a.sentence) == (b.scene, b.sentence)) {
        for part in parted(sentence) {
            let (first, last) = (&sentence[part.start], &sentence[part.end - 1]);
            found.push(Phrase {
                words: at + part.start..at + part.end,
                start_s: first.start_s,
                end_s: last.end_s.max(first.start_s),
            });
        }
        at += sentence.len();
    }
    for index in 0..found.len() {
        let scene = words[found[index].words.start].scene;
        let next = found.get(index + 1).map(|next| (next.start_s, words[next.words.start].scene));
        let spoken_s = found[index].end_s;
        found[index].end_s = match next {
            Some((start_s, next_scene)) if next_scene == scene => start_s.min(spoken_s + HOLD_S),
            Some((start_s, _)) => start_s.min(spoken_s + LAST_HOLD_S),
            None => spoken_s + LAST_HOLD_S,
        };
    }
    found
}

/// The parts of one sentence whose lines are the most even and end where its clauses end: the cheapest way through it,
/// found from its end.
fn parted(sentence: &[SpokenWord]) -> Vec<Range<usize>> {
    let lengths: Vec<usize> = sentence.iter().map(|word| word.text.chars().count()).collect();
    // The cost of what follows each word, and how many words the phrase that begins there has.
    let mut cheapest = vec![(0_u32, 0_usize); sentence.len() + 1];
    for start in (0..sentence.len()).rev() {
        let mut line = 0;
        let mut best = (u32::MAX, 1);
        for count in 1..=PHRASE_WORDS.min(sentence.len() - start) {
            line += lengths[start + count - 1] + usize::from(count > 1);
            if line > LINE_CHARS && count > 1 {
                break;
            }
            let cost = phrase_cost(sentence, start + count, line).saturating_add(cheapest[start + count].0);
            if cost < best.0 {
                best = (cost, count);
            }
        }
        cheapest[start] = best;
    }
    let mut parts = Vec::new();
    let mut start = 0;
    while start < sentence.len() {
        let end = start + cheapest[start].1.max(1);
        parts.push(start..end);
        start = end;
    }
    parts
}

/// How badly a phrase of `line` characters reads that ends before the word at `end`.
fn phrase_cost(sentence: &[SpokenWord], end: usize, line: usize) -> u32 {
    let short = u32::try_from(LINE_CHARS.saturating_sub(line)).unwrap_or(0);
    let ragged = short * short / 4;
    if end == sentence.len() {
        return ragged;
    }
    let last = &sentence[end - 1].text;
    if last.ends_with([',', ';', ':', '–', '—', '.', '!', '?', '、', '。']) {
        return ragged;
    }
    ragged + MID_CLAUSE + if is_leaning(last) { DANGLING } else { 0 }
}

/// Whether a word is said in one breath with the next.
pub(super) fn is_leaning(word: &str) -> bool {
    LEANING.iter().any(|leaning| word.eq_ignore_ascii_case(leaning))
}

/// The narration as a WebVTT file.
#[must_use]
pub fn web_vtt(narration: &Narration) -> String {
    let mut file = "WEBVTT\n".to_owned();
    for phrase in phrases(&narration.words) {
        let words = narration.words[phrase.words.clone()].iter().map(|word| escaped(&word.text));
        let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        let (start_ms, end_ms) = (milliseconds(phrase.start_s), milliseconds(phrase.end_s));
        if !line.is_empty() {
            // A String takes whatever is written to it.
            let _ = write!(file, "\n{} --> {}\n{line}\n", clock(start_ms), clock(end_ms.max(start_ms + 1)));
        }
    }
    file
}

/// Cue text: `-->` and markup begin with characters that have names of their own, and a line break would end the cue.
fn escaped(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    for character in word.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            _ if character.is_control() || character.is_whitespace() => {}
            _ => text.push(character),
        }
    }
    text
}

#[expect(clippy::cast_possible_truncation, reason = "a cast from float saturates, and a film has some minutes")]
fn milliseconds(seconds: f32) -> u32 {
    (f64::from(seconds) * 1000.0).round() as u32
}

fn clock(ms: u32) -> String {
    format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::{LINE_CHARS, PHRASE_WORDS, phrases, web_vtt};
    use crate::agent::{Narration, SpokenWord};

    /// Each sentence in a scene of its own, three words a second, a second between scenes.
    fn spoken(sentences: &[&str]) -> Vec<SpokenWord> {
        let mut words = Vec::new();
        let mut at = 0.0;
        for (scene, sentence) in sentences.iter().enumerate() {
            for text in sentence.split(' ') {
                let (start_s, end_s) = (at, at + 0.3);
                words.push(SpokenWord { text: text.to_owned(), scene, sentence: 0, start_s, end_s });
                at += 1.0 / 3.0;
            }
            at += 1.0;
        }
        words
    }

    fn lines(words: &[SpokenWord]) -> Vec<String> {
        let text = |range: std::ops::Range<usize>| {
            words[range].iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
        };
        phrases(words).into_iter().map(|phrase| text(phrase.words)).collect()
    }

    #[test]
    fn phrases_hold_every_word_once_in_lines_that_fit() {
        let long = "word ".repeat(400) + "end";
        let unbroken = "x".repeat(300);
        let words = spoken(&["One two.", &long, &unbroken, "a b c d e f g h i j k l m n o p"]);
        let phrases = phrases(&words);
        assert_eq!(phrases.first().map(|phrase| phrase.words.start), Some(0));
        assert_eq!(phrases.last().map(|phrase| phrase.words.end), Some(words.len()));
        for pair in phrases.windows(2) {
            assert_eq!(pair[0].words.end, pair[1].words.start);
            assert!(pair[0].start_s < pair[0].end_s && pair[0].end_s <= pair[1].start_s, "{pair:?}");
        }
        for phrase in phrases {
            let words = &words[phrase.words];
            assert!(words.len() <= PHRASE_WORDS);
            let characters = words.iter().map(|word| word.text.chars().count() + 1).sum::<usize>() - 1;
            assert!(characters <= LINE_CHARS || words.len() == 1, "{words:?}");
            assert!(words.iter().all(|word| word.scene == words[0].scene));
        }
    }

    #[test]
    fn phrases_break_where_a_reader_would() {
        let words = spoken(&["When the tide comes in, the boats turn their heads to the harbour of the old town."]);
        let expected = ["When the tide comes in,", "the boats turn their heads", "to the harbour of the old town."];
        assert_eq!(lines(&words), expected);
        assert_eq!(lines(&spoken(&["Short."])), ["Short."]);
        assert!(phrases(&[]).is_empty());
    }

    #[test]
    fn a_phrase_does_not_stay_over_the_next_scene() {
        let phrases = phrases(&spoken(&["First scene.", "Second one."]));
        assert!(phrases[0].end_s < 0.8 && phrases[0].end_s > 0.63, "{phrases:?}");
    }

    #[test]
    fn web_vtt_states_times_and_escapes_what_would_be_markup() {
        let words = spoken(&["Tea & <b>cake</b> --> now\n\nNOTE", "\u{1}"]);
        let file = web_vtt(&Narration { words, ..Narration::default() });
        let expected = "WEBVTT\n\n00:00:00.000 --> 00:00:01.753\nTea &amp; &lt;b&gt;cake&lt;/b&gt; --&gt; nowNOTE\n";
        assert_eq!(file, expected);
        assert_eq!(web_vtt(&Narration::default()), "WEBVTT\n");
        let late = SpokenWord { text: "Hi".to_owned(), scene: 0, sentence: 0, start_s: 3725.5, end_s: 3725.5 };
        let file = web_vtt(&Narration { words: vec![late], ..Narration::default() });
        assert!(file.contains("\n01:02:05.500 --> 01:02:05.620\nHi\n"), "{file}");
    }
}
