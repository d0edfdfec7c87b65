//! Scriptwriting: a prompt is read, put into words, and planned shot by shot. Pure: the same brief gives the same script.
//!
//! ```text
//! prompt ─▶ words, pieces ─▶ read ─▶ Notes ─▶ beats ─▶ budget ─▶ shots ─▶ Script
//! ```
//!
//! No grammar of English is in here, only word lists and a few honest patterns. What they do not understand is said as it
//! was written, or shown and not said.

mod beats;
mod budget;
mod casting;
mod clauses;
mod colours;
mod figures;
mod headings;
mod ideas;
mod notes;
mod orders;
mod phrases;
mod pieces;
mod read;
mod sentences;
mod shots;
mod subject;
#[cfg(test)]
mod tests;
mod themes;
mod tongue;
mod verbs;
mod wording;
mod words;

use super::Brief;
use super::dice::Dice;
use super::script::Script;
use notes::{Notes, Role};
use words::{capitalised, plain};

/// The longest film has no more scenes than this.
const MOST_BEATS: usize = 90;
/// Letters of a title, a heading, a line on screen; what is longer is cut at a word.
const LONGEST_LINE: usize = 90;

/// Writes the script of a brief.
#[must_use]
pub fn write(brief: &Brief) -> Script {
    let mut dice = Dice(brief.seed ^ (u64::from(brief.take) << 32).wrapping_mul(0x9e37_79b9));
    let text = words::clean(&brief.prompt);
    let notes = read::read(&text);
    let tone = casting::tone(brief, &text, notes.kind);
    let presenter = casting::cast(brief, &mut dice);
    let palette = colours::palette(&colours::named(&text), tone, brief.take, &mut dice);
    let title = cut(&title(&notes, &text));
    let world = beats::world(&notes, &title);
    let mut beats = beats::beats(&notes, &title, world, (&presenter, tone), &mut dice);
    let seconds = brief.duration_s as f32;
    fill(&mut beats, beats::Extras::new(&notes, world, &mut dice), tone, seconds);
    let lengths = budget::fit(&mut beats, brief.frames(), brief.frame_rate);
    let call = beats.last().filter(|beat| beat.role == Role::Closing).and_then(|beat| beat.items.get(1).cloned());
    let card = title_card(&notes, &title, &presenter.name);
    let mut direction = shots::Direction {
        tone,
        take: brief.take,
        frame_rate: brief.frame_rate,
        is_centred: notes.is_centred,
        title: &card,
        lower_third: presenter
            .name
            .iter()
            .cloned()
            .chain(notes.brand.as_ref().map(|brand| brand.text.clone()))
            .take(if presenter.name.is_some() { 2 } else { 0 })
            .collect(),
        general: world.general,
        dice: &mut dice,
        seen: shots::Seen::default(),
    };
    let mut scenes: Vec<_> = beats.iter().zip(&lengths).map(|(beat, frames)| direction.scene(beat, *frames)).collect();
    for scene in &mut scenes {
        scene.heading = cut(&scene.heading);
        for shot in &mut scene.shots {
            shot.on_screen.truncate(8);
            shot.on_screen.iter_mut().for_each(|line| *line = cut(line));
        }
    }
    Script {
        brand: notes.brand.as_ref().map(|brand| cut(&brand.text)),
        call_to_action: notes.call.as_deref().map(words::on_screen).or(call).map(|call| cut(&call)),
        title,
        tone,
        palette,
        presenter,
        frame_rate: brief.frame_rate,
        captions: true,
        scenes,
    }
}

/// Adds beats until the film's length is used.
fn fill(beats: &mut Vec<beats::Beat>, mut extras: beats::Extras<'_>, tone: super::script::Tone, seconds: f32) {
    let mut natural_s: Vec<f32> = beats.iter().map(|beat| budget::natural_s(beat, tone)).collect();
    for number in 0.. {
        if natural_s.iter().sum::<f32>() > seconds * 0.55 || beats.len() >= MOST_BEATS {
            return;
        }
        let at = beats.len().saturating_sub(1);
        let extra = extras.beat(number);
        natural_s.insert(at, budget::natural_s(&extra, tone));
        beats.insert(at, extra);
    }
}

fn title(notes: &Notes, text: &str) -> String {
    if let Some(title) = &notes.title {
        return plain(title);
    }
    if let Some(brand) = &notes.brand {
        return brand.text.clone();
    }
    if let Some(subject) = &notes.subject {
        return subject::title(&plain(subject));
    }
    if let Some(name) = &notes.own_name {
        return subject::title(name);
    }
    let first = notes.ideas.iter().find_map(|idea| idea.phrases.first().map(|phrase| phrase.text().to_owned()));
    let title = subject::title(&first.unwrap_or_else(|| plain(text)));
    if title.is_empty() { "A short film".to_owned() } else { title }
}

/// The title and its second line.
fn title_card(notes: &Notes, title: &str, presenter: &Option<String>) -> Vec<String> {
    let subject = notes.subject.as_deref().map(|subject| subject::title(&plain(subject)));
    let about = notes.about.as_deref().and_then(|about| about.split_once(" is ").map(|(_, rest)| subject::title(rest)));
    let second = about.or(subject).filter(|_| notes.occasion.is_none());
    let second = second.filter(|second| second.to_lowercase() != title.to_lowercase() && second.split(' ').count() > 1);
    let second = second.or_else(|| presenter.as_ref().filter(|_| notes.is_english).map(|name| format!("With {name}")));
    std::iter::once(title.to_owned()).chain(second.map(|second| capitalised(&second))).collect()
}

fn cut(line: &str) -> String {
    let line = plain(line);
    if line.chars().count() <= LONGEST_LINE {
        return line;
    }
    let start: String = line.chars().take(LONGEST_LINE - 1).collect();
    let end = start.rfind(' ').filter(|end| *end > LONGEST_LINE / 2).unwrap_or(start.len());
    format!("{}…", start[..end].trim_end_matches([',', ';', ':', ' ']))
}
