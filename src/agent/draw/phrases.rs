//! Captions: what is being spoken, a phrase at a time, the word of the moment in another colour.

use super::brush::Brush;
use super::canvas::mix;
use super::lettering::{Align, Letters, Setting};
use super::look::{Look, Rgb, WHITE, readable};
use super::motion::settle;
use super::paint::Paint;
use super::zones::Zones;
use crate::agent::Narration;

/// How many words are read at a glance.
const WORDS: usize = 7;
/// A phrase stays this long after its last word, unless the next one begins.
const LINGER_S: f32 = 0.6;
/// A pause this long ends a phrase.
const PAUSE_S: f32 = 0.9;

struct Phrase {
    setting: Setting,
    words: Vec<(String, f32, f32)>,
    start_s: f32,
    end_s: f32,
}

/// All phrases of a film, in order.
pub(super) struct Phrases(Vec<Phrase>);

impl Phrases {
    pub(super) fn new(narration: &Narration, letters: &Letters, zones: &Zones) -> Self {
        let mut groups: Vec<Vec<(String, f32, f32)>> = Vec::new();
        let mut before: Option<&crate::agent::SpokenWord> = None;
        for word in &narration.words {
            let goes_on = before.is_some_and(|last| {
                let is_same = (last.scene, last.sentence) == (word.scene, word.sentence);
                is_same && word.start_s - last.end_s < PAUSE_S
            });
            let timed = (word.text.clone(), word.start_s, word.end_s);
            match groups.last_mut() {
                Some(group) if goes_on && !is_full(group) => group.push(timed),
                _ => groups.push(vec![timed]),
            }
            before = Some(word);
        }
        join_orphans(&mut groups, narration);
        let starts: Vec<f32> = groups.iter().map(|group| group[0].1).chain([f32::MAX]).collect();
        let phrases = groups.into_iter().zip(starts.into_iter().skip(1)).map(|(words, next_s)| {
            let text = words.iter().map(|word| word.0.as_str()).collect::<Vec<_>>().join(" ");
            let size = zones.caption_size;
            let align = Align { across: 0.5, down: 0.5 };
            let setting = letters.set(&text, inner(zones), (size, size * 0.5), 2, align);
            let end_s = (words[words.len() - 1].2 + LINGER_S).min(next_s);
            Phrase { setting, start_s: words[0].1, end_s, words }
        });
        Self(phrases.collect())
    }

    fn at(&self, seconds: f32) -> Option<&Phrase> {
        self.0.iter().find(|phrase| (phrase.start_s..phrase.end_s).contains(&seconds))
    }

    /// The phrase that is shown at a time.
    pub(super) fn text(&self, seconds: f32) -> Option<String> {
        let phrase = self.at(seconds)?;
        Some(phrase.words.iter().map(|word| word.0.as_str()).collect::<Vec<_>>().join(" "))
    }

    pub(super) fn paint(&self, brush: &mut Brush<'_>, look: &Look, zones: &Zones, seconds: f32) {
        let Some(phrase) = self.at(seconds) else { return };
        let set = &phrase.setting;
        if brush.pixels(set.size) < 3.0 {
            return;
        }
        let (plate, ink, mark) = colours(look);
        let shown = settle((seconds - phrase.start_s) / 0.16).max(0.25);
        let bottom = zones.captions[1] + zones.captions[3];
        let pad = set.size * 0.5;
        let (w, h) = (set.w + pad * 2.4, set.h + pad * 0.9);
        let rise = bottom - (set.y + set.h + pad * 0.45);
        brush.faded(shown, |brush| {
            brush.at(0.0, rise, 1.0, |brush| {
                brush.round_rect(
                    [set.x - pad * 1.2, set.y - pad * 0.45, w, h],
                    pad * 0.9,
                    Paint::from(plate).alpha(0.84),
                );
                let spoken = phrase.words.iter().rposition(|word| word.1 <= seconds).unwrap_or(0);
                for line in &set.lines {
                    for word in &line.words {
                        let ink = if word.number == spoken { mark } else { ink };
                        brush.word(&word.text, (word.x, line.baseline), set.size, ink);
                    }
                }
            });
        });
    }
}

/// Plate, text and the word of the moment.
pub(super) fn colours(look: &Look) -> (Rgb, Rgb, Rgb) {
    let plate = mix(look.deep, [10, 11, 16], 0.72);
    let mark =
        if super::look::luma(look.pop) > super::look::luma(look.lead) { look.pop } else { mix(look.pop, WHITE, 0.3) };
    (plate, WHITE, readable(mark, mix(plate, WHITE, 0.16)))
}

fn inner(zones: &Zones) -> [f32; 4] {
    let [x, y, w, h] = zones.captions;
    let pad = zones.caption_size * 0.6;
    [x + pad, y, w - 2.0 * pad, h - zones.caption_size * 0.45]
}

fn is_full(group: &[(String, f32, f32)]) -> bool {
    let ends = |marks: &[char]| group.last().is_some_and(|word| word.0.ends_with(marks));
    group.len() >= WORDS || ends(&['.', '!', '?', '…']) || (group.len() >= 4 && ends(&[',', ';', ':']))
}

/// A single word at the end of its sentence is shown with the phrase before it.
fn join_orphans(groups: &mut Vec<Vec<(String, f32, f32)>>, narration: &Narration) {
    let mut starts = std::collections::HashSet::new();
    for pair in narration.words.windows(2) {
        if (pair[0].scene, pair[0].sentence) != (pair[1].scene, pair[1].sentence) {
            starts.insert(pair[1].start_s.to_bits());
        }
    }
    let mut at = 1;
    while at < groups.len() {
        let is_orphan = groups[at].len() == 1 && !starts.contains(&groups[at][0].1.to_bits());
        let fits =
            groups[at - 1].len() <= WORDS && groups[at][0].1 - groups[at - 1][groups[at - 1].len() - 1].2 < PAUSE_S;
        if is_orphan && fits {
            let words = groups.remove(at);
            groups[at - 1].extend(words);
        } else {
            at += 1;
        }
    }
}
