//! From notes to beats: the scenes before they have a length, worded and in order.

use super::super::script::{Cast, Theme, Tone};
use super::notes::{Idea, Kind, Notes, Phrase, Role};
use super::pieces;
use super::subject;
use super::themes::{self, World};
use super::tongue;
use super::wording::Wording;
use super::words::{capitalised, plain};
use crate::agent::dice::Dice;

/// Pictures of one list.
const MOST_SHOWS: usize = 6;

/// How often a long film comes back to what it has said.
const MOST_ROUNDS: usize = 2;

/// Sentences of scenery that one scene holds.
const MOST_IN_SCENE: usize = 3;

/// A scene that has no length yet.
#[derive(Debug, Clone)]
pub(super) struct Beat {
    pub(super) role: Role,
    pub(super) heading: String,
    pub(super) said: Vec<Said>,
    /// What is seen, whether or not it is spoken of.
    pub(super) shows: Vec<Show>,
    /// Words for the screen.
    pub(super) items: Vec<String>,
}

/// A sentence, and what it is worth when time is short.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) short: Option<String>,
    pub(super) worth: u8,
}

#[derive(Debug, Clone)]
pub(super) struct Show {
    pub(super) theme: Theme,
    pub(super) label: String,
}

impl Said {
    pub(super) fn new(text: String, worth: u8) -> Self {
        Self { text, short: None, worth }
    }

    fn breaths(self) -> Vec<Self> {
        if self.short.is_some() {
            return vec![self];
        }
        super::words::breaths(&self.text).into_iter().map(|text| Self::new(text, self.worth)).collect()
    }
}

/// What sentences are worth, from what is never missed to what makes the film.
pub(super) const EXTRA: u8 = 10;
pub(super) const FAREWELL: u8 = 20;
const USUAL_CALL: u8 = 45;
const FURTHER: u8 = 50;
const NAME: u8 = 48;
const CONTENT: u8 = 60;
const ABOUT: u8 = 62;
const GREETING: u8 = 85;
const CALL: u8 = 90;

/// The beats that the prompt asks for, in order: an opening, its ideas, a closing.
pub(super) fn beats(
    notes: &Notes,
    title: &str,
    world: World,
    (cast, tone): (&Cast, Tone),
    dice: &mut Dice,
) -> Vec<Beat> {
    let mut wording = Wording::new(notes, dice);
    let mut beats = vec![opening(notes, title, cast, tone, world, &mut wording)];
    let (mut group, mut scene) = (usize::MAX, None);
    let orders = |idea: &&Idea| {
        idea.phrases.first().is_some_and(|phrase| super::verbs::is_order(&phrase.text().split(' ').collect::<Vec<_>>()))
    };
    let steps = notes.ideas.iter().filter(orders).count();
    let mut step = 0;
    for idea in notes.ideas.iter().filter(|idea| idea.role != Role::Opening) {
        if foreign_call(notes).is_some_and(|call| idea.phrases.iter().any(|phrase| phrase.text() == call)) {
            continue;
        }
        if idea.role == Role::Closing && idea.phrases.is_empty() {
            continue;
        }
        let is_same = if idea.scene.is_some() { idea.scene == scene } else { idea.group == group };
        let joins = idea.role == Role::Scenery && is_same;
        (group, scene) = (idea.group, idea.scene);
        let mut beat = beat(idea, world, &mut wording);
        if notes.kind == Kind::Recipe && notes.is_english {
            wording.signpost(&mut beat, &mut step, steps);
        }
        if let Some(last) =
            beats.last_mut().filter(|last| joins && last.role == Role::Scenery && last.said.len() < MOST_IN_SCENE)
        {
            beat.said.iter_mut().for_each(|said| said.worth = FURTHER);
            last.said.append(&mut beat.said);
            last.shows.append(&mut beat.shows);
        } else if !beat.said.is_empty() || !beat.items.is_empty() || !idea.phrases.is_empty() {
            beats.push(beat);
        }
    }
    beats.push(closing(notes, title, world, &mut wording));
    let mut last = String::new();
    for beat in &mut beats {
        beat.said = std::mem::take(&mut beat.said).into_iter().flat_map(Said::breaths).collect();
        // A prompt may repeat itself; a speaker does not.
        beat.said.retain(|said| std::mem::replace(&mut last, said.text.clone()) != said.text);
    }
    beats
}

/// The theme of most of what is said: `Harbour Bakery` is about bread if its film is.
pub(super) fn world(notes: &Notes, title: &str) -> World {
    let about = [Some(title), notes.subject.as_deref(), notes.about.as_deref()];
    World::new(&about.map(Option::unwrap_or_default).join(" "), general_theme(notes, title))
}

fn general_theme(notes: &Notes, title: &str) -> Theme {
    let ideas = notes.ideas.iter().flat_map(|idea| idea.phrases.iter().map(Phrase::text));
    let all: Vec<&str> =
        [Some(title), notes.subject.as_deref(), notes.about.as_deref()].into_iter().flatten().chain(ideas).collect();
    match themes::theme(&all.join(" ")).unwrap_or(Theme::Abstract) {
        // What is sold is seen by itself, wherever it is used.
        Theme::Home | Theme::Sport if notes.kind == Kind::Product => Theme::Product,
        theme => theme,
    }
}

fn opening(notes: &Notes, title: &str, cast: &Cast, tone: Tone, world: World, wording: &mut Wording<'_>) -> Beat {
    let mut said = Vec::new();
    let mut shows = vec![Show { theme: world.general, label: String::new() }];
    if notes.is_english {
        said.push(Said::new(wording.greeting(), GREETING));
        if let Some(about) = wording.about() {
            said.push(Said::new(about, ABOUT));
        }
        if let Some(mut line) = wording.introduction(cast, tone) {
            line.worth = NAME;
            said.push(line);
        }
    }
    for idea in notes.ideas.iter().filter(|idea| idea.role == Role::Opening) {
        for phrase in &idea.phrases {
            said.push(Said::new(wording.sentence(phrase), CONTENT));
            shows.extend(self::shows(phrase, world));
        }
    }
    said.retain(|said| !said.text.is_empty());
    Beat { role: Role::Opening, heading: title.to_owned(), said, shows, items: Vec::new() }
}

/// In other languages, an exclamation at the end is what viewers are asked to do.
fn foreign_call(notes: &Notes) -> Option<&str> {
    let last = notes.ideas.last().filter(|_| !notes.is_english && notes.ideas.len() > 1)?;
    last.phrases.last().map(Phrase::text).filter(|text| text.ends_with('!'))
}

/// What is seen of a phrase: each thing of a list for itself, with its name if that is short.
fn shows(phrase: &Phrase, world: World) -> Vec<Show> {
    const LONGEST_LABEL: usize = 4;
    let whole = world.theme(phrase.text()).unwrap_or(world.general);
    let (Phrase::Seen(text) | Phrase::Topic(text)) = phrase else {
        return vec![Show { theme: whole, label: String::new() }];
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let parts = if words.iter().any(|word| word.ends_with(':')) { vec![words] } else { pieces::items(&words) };
    parts
        .iter()
        .take(MOST_SHOWS)
        .map(|part| {
            let label = subject::title(&plain(&part.join(" ")));
            let is_short = label.split(' ').count() <= LONGEST_LABEL;
            let theme = world.theme(&part.join(" ")).unwrap_or(whole);
            Show { theme, label: if is_short { label } else { String::new() } }
        })
        .collect()
}

fn beat(idea: &Idea, world: World, wording: &mut Wording<'_>) -> Beat {
    let mut said: Vec<Said> = Vec::new();
    for (at, phrase) in idea.phrases.iter().enumerate() {
        said.push(Said::new(wording.sentence(phrase), if at == 0 { CONTENT } else { FURTHER }));
    }
    if idea.role == Role::Bullets && said.is_empty() {
        said.extend(wording.bullets(idea).map(|text| Said::new(text, CONTENT)));
    }
    let mut shows: Vec<Show> = idea.phrases.iter().flat_map(|phrase| self::shows(phrase, world)).collect();
    if shows.is_empty() {
        let text = idea.items.join(" ");
        shows.push(Show { theme: world.theme(&text).unwrap_or(world.general), label: String::new() });
    }
    let heading = match (idea.phrases.first(), idea.items.first()) {
        (Some(Phrase::Said(text)), _) => subject::heading(&plain(text)),
        (Some(phrase), _) => subject::title(&plain(phrase.text())),
        (None, Some(_)) if idea.role == Role::Bullets && idea.intro.is_none() && wording.is_english() => {
            "At a glance".to_owned()
        }
        (None, Some(_)) => {
            idea.intro.as_deref().map_or_else(|| subject::title(&plain(&idea.items.join(", "))), capitalised)
        }
        (None, None) => capitalised(&wording.name()),
    };
    if idea.role == Role::Presenter && said.is_empty() {
        said.extend(wording.promise().map(|text| Said::new(text, FURTHER)));
    }
    // The last picture of a prompt is scenery before the closing card.
    let role = if idea.role == Role::Closing { Role::Scenery } else { idea.role };
    Beat { role, heading, said, shows, items: idea.items.iter().map(|item| capitalised(item)).collect() }
}

fn closing(notes: &Notes, title: &str, world: World, wording: &mut Wording<'_>) -> Beat {
    let mut said = Vec::new();
    let shows = vec![Show { theme: world.general, label: String::new() }];
    let foreign = foreign_call(notes).map(str::to_owned);
    if let Some(text) = &foreign {
        said.push(Said::new(text.clone(), CALL));
    }
    let call = notes.call.clone().or(foreign).or_else(|| wording.usual_call());
    if notes.is_english {
        let worth = if notes.call.is_some() { CALL } else { USUAL_CALL };
        said.extend(call.clone().or_else(|| wording.ending()).map(|call| Said::new(call, worth)));
        let is_late = said.is_empty();
        said.extend(wording.farewell(is_late).map(|text| Said::new(text, FAREWELL)));
    }
    let name = notes.brand.as_ref().map_or(title, |brand| &brand.text);
    let mut items = vec![name.to_owned()];
    items.extend(call.map(|call| super::words::on_screen(&call)));
    for line in &notes.closing {
        const ASKED: [&str; 8] =
            ["Opening hours", "Address", "Date", "Location", "Website", "Phone", "Price", "Tickets"];
        // What the prompt asks for without telling it is left open for whoever edits the script.
        let line = if ASKED.contains(&line.as_str()) { format!("{line}: …") } else { line.clone() };
        if items.len() < 5 && !items.contains(&line) {
            items.push(line);
        }
    }
    said.retain(|said| !said.text.is_empty());
    Beat { role: Role::Closing, heading: tongue::closing(notes).to_owned(), said, shows, items }
}

/// More to tell and to see, for films that are longer than what the prompt asks for.
pub(super) struct Extras<'a> {
    notes: &'a Notes,
    world: World,
    /// What the prompt's ideas say, and what is seen of each. Long films come back to them again and again.
    phrases: Vec<(&'a Phrase, Vec<Show>)>,
    wording: Wording<'a>,
}

impl<'a> Extras<'a> {
    pub(super) fn new(notes: &'a Notes, world: World, dice: &'a mut Dice) -> Self {
        let phrases = notes.ideas.iter().flat_map(|idea| &idea.phrases);
        let phrases = phrases.map(|phrase| (phrase, shows(phrase, world))).collect();
        Self { notes, world, phrases, wording: Wording::new(notes, dice) }
    }

    /// The next one. Every second one is silent.
    pub(super) fn beat(&mut self, number: usize) -> Beat {
        let phrases = &self.phrases;
        let pick = |at: usize| phrases.get(at % phrases.len().max(1));
        let turn = number / 2;
        let round = turn / phrases.len().max(1);
        let speaks = number % 2 == 1 && self.notes.is_english && round < MOST_ROUNDS;
        let text =
            if speaks { self.wording.again(pick(turn).map(|(phrase, _)| *phrase), round) } else { String::new() };
        let reach = if speaks { 1 } else { phrases.len().clamp(1, 4) };
        let mut shows: Vec<Show> =
            (turn..turn + reach).filter_map(pick).flat_map(|(_, shows)| shows.iter().cloned()).collect();
        if shows.is_empty() {
            shows.push(Show { theme: self.world.general, label: String::new() });
        }
        let items: Vec<String> =
            shows.iter().map(|show| show.label.clone()).filter(|label| !label.is_empty()).collect();
        let is_montage = !speaks && items.len() > 1;
        let heading = if speaks { "Another look" } else { tongue::impressions(self.notes) };
        let said = if text.is_empty() { Vec::new() } else { vec![Said::new(text, EXTRA)] };
        Beat {
            role: if is_montage { Role::Montage } else { Role::Scenery },
            heading: heading.to_owned(),
            said,
            shows,
            items: if is_montage { items } else { Vec::new() },
        }
    }
}
