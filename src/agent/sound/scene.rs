//! One scene: its sentences laid into its time, aloud or only to be read.

use std::ops::Range;

use super::voice::{Speech, Voice};
use super::{FASTEST_READING, FASTEST_VOICE, levels, timing, whole};
use crate::agent::SpokenWord;
use crate::agent::pace;
use crate::agent::script::Scene;
use crate::agent::tools::ToolError;

/// Silence before the first word of a scene, after its last one, and between sentences, in seconds; less of the first
/// two in scenes that are short.
const LEAD_S: f32 = 0.3;
const TAIL_S: f32 = 0.25;
const BREATH_S: f32 = 0.3;
const SHORT_BREATH_S: f32 = 0.15;
const LONG_BREATH_S: f32 = 0.6;
/// How often it is tried to cut a sentence so that it fits.
const CUTS: u32 = 4;
/// A sentence that is cut fades out over this time.
const FADE_S: f32 = 0.03;

/// A scene and its place in the film.
pub(super) struct Stretch<'a> {
    pub(super) number: usize,
    pub(super) scene: &'a Scene,
    pub(super) frames: Range<u32>,
    pub(super) frame_rate: u32,
    pub(super) words_a_minute: u32,
}

impl Stretch<'_> {
    pub(super) fn start_s(&self) -> f32 {
        self.frames.start as f32 / self.frame_rate as f32
    }

    fn length_s(&self) -> f32 {
        (self.frames.end - self.frames.start) as f32 / self.frame_rate as f32
    }

    fn lead_s(&self) -> f32 {
        LEAD_S.min(self.length_s() * 0.1)
    }

    /// The time in which words may be heard.
    fn room_s(&self) -> f32 {
        self.length_s() - self.lead_s() - TAIL_S.min(self.length_s() * 0.08)
    }
}

/// What is heard of a scene.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    /// With times of the film.
    pub(super) words: Vec<SpokenWord>,
    /// Sentences at the film's sampling rate, with the second of the film at which each begins.
    pub(super) clips: Vec<(f32, Vec<f32>)>,
    /// What was left out.
    pub(super) note: Option<String>,
}

/// How sentences fit into their room.
#[derive(Debug, PartialEq)]
struct Fit {
    /// How many of them do.
    sentences: usize,
    /// How much faster than naturally they are spoken.
    speed: f32,
    /// The silence between two of them.
    breath_s: f32,
}

/// The most sentences that fit into `room_s`, at a speed of at most `fastest`; `None` when not even the first does.
fn fit(lengths_s: &[f32], room_s: f32, fastest: f32) -> Option<Fit> {
    (1..=lengths_s.len()).rev().find_map(|sentences| {
        let spoken_s: f32 = lengths_s[..sentences].iter().sum();
        let breaths = (sentences - 1) as f32;
        let spare_s = room_s - spoken_s - breaths * BREATH_S;
        if spare_s >= 0.0 {
            let breath_s = (BREATH_S + spare_s / (breaths + 2.0)).min(LONG_BREATH_S);
            return Some(Fit { sentences, speed: 1.0, breath_s });
        }
        let speed = spoken_s / (room_s - breaths * SHORT_BREATH_S).max(0.001);
        // Between the two breaths there is a length at which nobody needs to hurry.
        let breath_s = if speed <= 1.0 { (room_s - spoken_s) / breaths.max(1.0) } else { SHORT_BREATH_S };
        (speed <= fastest).then_some(Fit { sentences, speed: speed.max(1.0), breath_s })
    })
}

/// A sentence's words.
fn words(sentence: &str) -> Vec<&str> {
    sentence.split_whitespace().collect()
}

/// What the notes say of sentences for which there was no time.
fn note(stretch: &Stretch<'_>, kept: usize, is_cut: bool) -> Option<String> {
    let (number, all) = (stretch.number + 1, stretch.scene.narration.len());
    match (all - kept.min(all), is_cut) {
        (0, false) => None,
        (_, true) => {
            Some(format!("scene {number} is too short for its first sentence, of which only the beginning is heard"))
        }
        (left, false) => {
            Some(format!("scene {number} is too short for its last {left} of {all} sentences, which are left out"))
        }
    }
}

/// One sentence as it is spoken.
struct Take {
    text: String,
    sentence: usize,
    speech: Speech,
    /// The seconds of it that are heard: there is silence at either end.
    heard: Range<f32>,
}

impl Take {
    fn length_s(&self) -> f32 {
        self.heard.end - self.heard.start
    }
}

/// Speaks a scene.
pub(super) fn speak(stretch: &Stretch<'_>, voice: &Voice<'_>) -> Result<Spoken, ToolError> {
    let room_s = stretch.room_s();
    let limit_s = room_s * 2.0 + 2.0;
    let natural = stretch.words_a_minute;
    let take = |sentence: usize, text: &str, words_a_minute: u32| -> Result<Take, ToolError> {
        let speech = voice.speak(text, &timing::ALIKE, words_a_minute, limit_s)?;
        let heard = timing::sounding(&speech.samples, speech.rate).unwrap_or(0.0..0.0);
        Ok(Take { text: text.to_owned(), sentence, speech, heard })
    };
    let mut takes: Vec<Take> = Vec::new();
    for (number, sentence) in stretch.scene.narration.iter().enumerate() {
        let so_far: f32 = takes.iter().map(Take::length_s).sum();
        if so_far > room_s * FASTEST_VOICE {
            break;
        }
        // What cannot be said in thrice the room need not be tried.
        let worth_trying = within(sentence, room_s * 3.0, 1.0);
        takes.push(take(number, worth_trying, natural)?);
    }
    let lengths: Vec<f32> = takes.iter().map(Take::length_s).collect();
    let (mut breath_s, mut speed, mut is_cut) = (BREATH_S, 1.0, false);
    match fit(&lengths, room_s, FASTEST_VOICE) {
        Some(fit) => {
            takes.truncate(fit.sentences);
            (breath_s, speed) = (fit.breath_s, fit.speed);
            if speed > 1.0 {
                faster(&mut takes, &mut speed, natural, |breaths| room_s - breaths * breath_s, &take)?;
            }
        }
        None if !takes.is_empty() => {
            speed = FASTEST_VOICE;
            is_cut = true;
            takes = cut(&takes[0].text, lengths[0], room_s, |text| take(0, text, at_speed(natural, speed)))?;
        }
        None => {}
    }
    let mut spoken = Spoken { note: note(stretch, takes.len(), is_cut), ..Spoken::default() };
    let mut at_s = stretch.start_s() + stretch.lead_s();
    for take in takes {
        let marked = voice.speak(&take.text, &timing::LEVELS, at_speed(natural, speed), limit_s)?;
        let length_s = take.length_s();
        add(&mut spoken, stretch, &take, &marked, at_s);
        at_s += length_s + breath_s;
    }
    Ok(spoken)
}

fn at_speed(words_a_minute: u32, speed: f32) -> u32 {
    u32::try_from(whole((words_a_minute as f32 * speed).ceil())).unwrap_or(u32::MAX)
}

/// Speaks the takes again so that they fit; what the program makes of a speed is only nearly what was asked, so it is
/// asked for a little more, and once more if need be. What then does not fit is left out.
fn faster(
    takes: &mut Vec<Take>,
    speed: &mut f32,
    natural: u32,
    room_s: impl Fn(f32) -> f32,
    take: &impl Fn(usize, &str, u32) -> Result<Take, ToolError>,
) -> Result<(), ToolError> {
    for more in [1.02, 1.06] {
        *speed *= more;
        for spoken in takes.iter_mut() {
            *spoken = take(spoken.sentence, &spoken.text, at_speed(natural, *speed))?;
        }
        if takes.iter().map(Take::length_s).sum::<f32>() <= room_s((takes.len() - 1) as f32) {
            return Ok(());
        }
    }
    while takes.len() > 1 && takes.iter().map(Take::length_s).sum::<f32>() > room_s((takes.len() - 1) as f32) {
        takes.pop();
    }
    Ok(())
}

/// As many words of a sentence as fit; none when not even one does.
fn cut(
    text: &str,
    length_s: f32,
    room_s: f32,
    take: impl Fn(&str) -> Result<Take, ToolError>,
) -> Result<Vec<Take>, ToolError> {
    let all = words(text);
    let mut kept = whole(all.len() as f32 * room_s * FASTEST_VOICE / length_s.max(0.001));
    for _ in 0..CUTS {
        if kept == 0 {
            break;
        }
        kept = clause_end(&all, kept.min(all.len()));
        let spoken = take(&all[..kept].join(" "))?;
        if spoken.length_s() <= room_s {
            return Ok(vec![spoken]);
        }
        kept = whole(kept as f32 * room_s / spoken.length_s()).min(kept - 1);
    }
    Ok(Vec::new())
}

/// How many words to keep instead of `kept`, so that they end with a clause if that costs no more than half of them.
fn clause_end(words: &[&str], kept: usize) -> usize {
    let least = kept.div_ceil(2);
    (least.max(1)..=kept).rev().find(|count| pace::pause_s(words[count - 1]) > 0.0).unwrap_or(kept)
}

/// Lays one take into the scene.
fn add(spoken: &mut Spoken, stretch: &Stretch<'_>, take: &Take, marked: &Speech, at_s: f32) {
    let end_s = stretch.start_s() + stretch.lead_s() + stretch.room_s();
    let words = words(&take.text);
    let Take { speech, heard, .. } = take;
    let times = timing::word_times(&speech.samples, &marked.samples, speech.rate, &words);
    let in_film = |seconds: f32| (at_s + seconds - heard.start).min(end_s);
    for (word, time) in words.iter().zip(times) {
        let (start_s, end_s) = (in_film(time.start), in_film(time.end));
        spoken.words.push(word_at(stretch, take.sentence, word, start_s..end_s));
    }
    let at = |seconds: f32| whole(seconds * speech.rate).min(speech.samples.len());
    let mut samples = levels::resample(&speech.samples[at(heard.start)..at(heard.end)], speech.rate);
    let room = whole((end_s - at_s) * super::RATE);
    samples.truncate(room);
    let fade = whole(FADE_S * super::RATE).min(samples.len());
    for (at, sample) in samples.iter_mut().rev().take(fade).enumerate() {
        *sample *= at as f32 / fade as f32;
    }
    if !samples.is_empty() {
        spoken.clips.push((at_s, samples));
    }
}

fn word_at(stretch: &Stretch<'_>, sentence: usize, word: &str, time: Range<f32>) -> SpokenWord {
    let text = word.chars().filter(|character| !character.is_control()).collect();
    SpokenWord { text, scene: stretch.number, sentence, start_s: time.start, end_s: time.end.max(time.start) }
}

/// The beginning of a sentence, as far as it can be said in `room_s` at `speed`.
fn within(sentence: &str, room_s: f32, speed: f32) -> &str {
    let (mut at_s, mut end) = (0.0, 0);
    for word in sentence.split_whitespace() {
        at_s += (pace::word_s(word) + pace::pause_s(word)) / speed;
        if at_s > room_s {
            break;
        }
        // Words are parts of the sentence, which has them in this order.
        end += sentence[end..].find(word).unwrap_or(0) + word.len();
    }
    &sentence[..end]
}

/// Times the words of a scene that nobody speaks.
pub(super) fn read(stretch: &Stretch<'_>) -> Spoken {
    let room_s = stretch.room_s();
    let natural = 165.0 / stretch.words_a_minute as f32;
    let mut sentences: Vec<Vec<&str>> = Vec::new();
    let mut total_s = 0.0;
    for sentence in &stretch.scene.narration {
        if total_s > room_s * FASTEST_READING {
            break;
        }
        let words = words(within(sentence, room_s * 3.0 / natural, 1.0));
        total_s += pace::reading_s(&words) * natural;
        sentences.push(words);
    }
    let lengths: Vec<f32> = sentences.iter().map(|words| pace::reading_s(words) * natural).collect();
    let found = fit(&lengths, room_s, FASTEST_READING);
    let is_cut = found.is_none() && !sentences.is_empty();
    let fit = found.unwrap_or(Fit { sentences: usize::from(is_cut), speed: FASTEST_READING, breath_s: 0.0 });
    let first;
    if is_cut {
        first = sentences[0].join(" ");
        let mut kept = words(within(&first, room_s * 0.98, fit.speed / natural));
        kept.truncate(clause_end(&kept, kept.len()));
        sentences = vec![kept];
    }
    let mut spoken = Spoken { note: note(stretch, fit.sentences, is_cut), ..Spoken::default() };
    let mut at_s = stretch.start_s() + stretch.lead_s();
    for (sentence, words) in sentences.iter().take(fit.sentences).enumerate() {
        let mut pause_s = 0.0;
        for word in words {
            let start_s = at_s + pause_s;
            at_s = start_s + pace::word_s(word) * natural / fit.speed;
            pause_s = pace::pause_s(word) * natural / fit.speed;
            spoken.words.push(word_at(stretch, sentence, word, start_s..at_s));
        }
        at_s += fit.breath_s;
    }
    spoken
}

#[cfg(test)]
mod tests {
    use super::{Fit, fit, within};

    #[test]
    fn sentences_are_hurried_before_they_are_left_out() {
        let speed =
            |lengths: &[f32], room| fit(lengths, room, 1.25).map(|fit| (fit.sentences, (fit.speed * 100.0).round()));
        assert_eq!(speed(&[2.0, 2.0], 10.0), Some((2, 100.0)));
        assert_eq!(speed(&[2.0, 2.0], 4.35), Some((2, 100.0)));
        assert_eq!(speed(&[2.0, 2.0], 4.2), Some((2, 100.0)));
        assert_eq!(speed(&[2.0, 2.0], 3.65), Some((2, 114.0)));
        assert_eq!(speed(&[2.0, 2.0], 3.0), Some((1, 100.0)));
        assert_eq!(speed(&[2.0, 2.0], 1.0), None);
        assert_eq!(speed(&[], 1.0), None);
        assert_eq!(fit(&[1.0], 9.0, 1.25), Some(Fit { sentences: 1, speed: 1.0, breath_s: 0.6 }));
    }

    #[test]
    fn what_fits_of_a_sentence_ends_with_a_word() {
        assert_eq!(within("a  a a\u{3000}b", 100.0, 1.0), "a  a a\u{3000}b");
        assert_eq!(within("boat boat boat", 0.6, 1.0), "boat boat");
        assert_eq!(within("boat boat boat", 0.6, 1.6), "boat boat boat");
        assert_eq!(within("boat", 0.1, 1.0), "");
    }
}
