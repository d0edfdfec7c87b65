//! Reading a prompt: every sentence is taken for an order to the film's makers, for something to be said, or for
//! something to be shown.

use super::clauses::{commission, host_verb, is_style_phrase, without_shot};
use super::notes::{Idea, Kind, Notes, Phrase, Role, kind};
use super::orders::{counts, is_director, item_closes, own_name, role, without_signpost};
use super::phrases::{call, phrase_text};
use super::pieces::{Piece, items, pieces};
use super::subject;
use super::verbs;
use super::words::{bare, is_in, lowered, plain, quoted, sentence, small};

/// Ideas beyond these are more than the longest film can show.
const MOST_IDEAS: usize = 120;

/// Reads a cleaned prompt.
pub(super) fn read(text: &str) -> Notes {
    let pieces = pieces(text);
    let first = pieces.first().map(|piece| plain(&piece.words.join(" "))).unwrap_or_default();
    let mut notes = Notes {
        is_english: super::tongue::is_english(text),
        brand: subject::brand(&pieces),
        kind: kind(text, &first),
        is_about_safety: text.to_lowercase().contains("safe"),
        is_centred: text.to_lowercase().contains("centered") || text.to_lowercase().contains("centred"),
        ..Notes::default()
    };
    if let Some(title) = pieces.first().and_then(|piece| piece.words.iter().find_map(|word| subject::question(word))) {
        notes.subject = Some(small(&title.to_lowercase()));
        notes.title = Some(title);
    }
    let mut reader = Reader { counts: counts(text), notes, group: 0, total: pieces.len() };
    for piece in &pieces {
        reader.group += 1;
        if reader.notes.ideas.len() < MOST_IDEAS {
            reader.piece(piece);
        }
    }
    reader.notes
}

/// Takes one piece after another, and notes what it finds.
pub(super) struct Reader {
    /// Whether the prompt counts: `three mistakes`, and then one, two, three.
    counts: bool,
    pub(super) notes: Notes,
    pub(super) group: usize,
    pub(super) total: usize,
}

impl Reader {
    fn piece(&mut self, piece: &Piece<'_>) {
        if !self.notes.is_english {
            self.foreign(&piece.words);
            return;
        }
        let (words, is_last) = without_signpost(&piece.words);
        if words.is_empty() || self.label(&words, piece.scene) {
            return;
        }
        let hint = is_last.then_some(Role::Closing);
        if self.headed(&words, piece.scene) {
            return;
        }
        if piece.scene.is_some() {
            self.listed(&words, piece.scene, hint);
        } else if let Some(at) = commission(&words, self.group == 1) {
            self.notes.occasion = subject::occasion(&words);
            self.notes.title = self.notes.title.take().or_else(|| self.notes.occasion.clone());
            self.notes.own_name = own_name(&words, at);
            self.commissioned(&words[at + 1..]);
        } else if self.group == 1 && self.announced(&words) {
        } else {
            self.free(&words, None, hint);
        }
    }

    /// Other languages: what is written is said, but for the order itself.
    fn foreign(&mut self, words: &[&str]) {
        if super::tongue::is_foreign_order(words) {
            if self.notes.title.is_none() {
                self.notes.title = self.notes.brand.is_none().then(|| super::tongue::title_of_order(words)).flatten();
            }
            return;
        }
        if super::tongue::is_foreign_style(words) {
            return;
        }
        let words = super::tongue::without_foreign_verb(words);
        let said = Phrase::Said(sentence(&words.join(" ")));
        self.add(Idea { phrases: vec![said], ..Idea::default() });
    }

    pub(super) fn add(&mut self, mut idea: Idea) {
        const NUMBERS: [&str; 10] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
        let number = idea.scene.filter(|_| self.counts).and_then(|number| NUMBERS.get(number as usize - 1));
        if let (Some(number), [Phrase::Seen(text)]) = (number, idea.phrases.as_slice()) {
            let said = sentence(&format!("Number {number}: {}", lowered(text)));
            idea.phrases = vec![Phrase::Said(said)];
        }
        idea.group = self.group;
        idea.phrases.retain(|phrase| phrase.text().chars().any(char::is_alphanumeric));
        let is_empty = idea.phrases.is_empty() && idea.items.is_empty();
        if !is_empty || matches!(idea.role, Role::Opening | Role::Presenter | Role::Closing) {
            self.notes.ideas.push(idea);
        }
    }

    /// `Announce the Harbour Run, …`, `Three ways to announce Nightjar, …`.
    fn announced(&mut self, words: &[&str]) -> bool {
        let reach = words.len().min(6);
        let verb = words[..reach].iter().position(|word| {
            is_in(
                &bare(word),
                "announce introduce present promote advertise celebrate introducing announcing presenting meet",
            )
        });
        let Some(verb) = verb.filter(|at| *at + 1 < words.len() && host_verb(words).is_none_or(|host| host > *at))
        else {
            return false;
        };
        if verb > 0 && verbs::finite(&words[..verb]).is_some() {
            return false;
        }
        let colon = words.iter().position(|word| word.ends_with(':')).map_or(words.len(), |at| at + 1);
        self.describe(&subject::without_style(&words[verb + 1..colon]));
        self.structure(&words[colon..], None);
        true
    }

    pub(super) fn commissioned(&mut self, after: &[&str]) {
        let (words, list) = subject::ordered(after);
        let colon = after.len() - list.len();
        // A lesson for a club is not about the club.
        let in_it = words.iter().any(|word| quoted(word).is_some());
        let is_audience = !in_it
            && after.first().is_some_and(|word| bare(word) == "for")
            && matches!(self.notes.kind, Kind::Training | Kind::News | Kind::Explainer);
        let asks = self.call(&after[..colon]);
        let is_for_some = is_audience && words.len() + 1 == colon;
        if !(asks || is_for_some) {
            self.describe(&words);
        }
        if !list.is_empty() {
            self.structure(&list, None);
        }
    }

    /// Takes a description of the subject; the first one counts.
    pub(super) fn describe(&mut self, words: &[&str]) -> bool {
        // `A video where a nurse explains how to wash hands`, `a video about me`.
        if let Some(verb) = host_verb(words).filter(|_| self.group == 1) {
            self.hosted(words, verb, None, None);
            return true;
        }
        if words.len() == 1 && is_in(&bare(words[0]), "me us you it this them him her") {
            return false;
        }
        let found = subject::described(words, self.notes.brand.as_ref());
        let is_news = found.topic.is_some() || found.about.is_some();
        if self.notes.subject.is_none() {
            self.notes.subject = found.topic;
        }
        let took = self.notes.about.is_none() && found.about.is_some();
        if took {
            self.notes.about = found.about;
        }
        is_news && took
    }

    /// A list of scenes after a colon.
    pub(super) fn structure(&mut self, words: &[&str], scene: Option<u32>) {
        let mut in_bullets = false;
        for item in items(words) {
            let closes = item_closes(words, &item);
            if in_bullets && role(&item).is_none() && bare(item[0]) != "then" {
                if let Some(idea) = self.notes.ideas.last_mut() {
                    idea.items.push(phrase_text(&item));
                }
                in_bullets = !closes;
                continue;
            }
            let (mut item, is_last) = without_signpost(&item);
            while item.len() > 1 && is_in(&bare(item[0]), "with plus including") {
                item.remove(0);
            }
            let before = self.notes.ideas.len();
            self.listed(&item, scene, is_last.then_some(Role::Closing));
            in_bullets = self.notes.ideas.len() > before
                && self.notes.ideas.last().is_some_and(|idea| idea.role == Role::Bullets)
                && !closes;
        }
    }

    /// An item of a list: a scene, or a sentence like any other.
    pub(super) fn listed(&mut self, words: &[&str], scene: Option<u32>, hint: Option<Role>) {
        if words.is_empty() {
            return;
        }
        // `The problem: nobody reads manuals.`
        if hint.is_none() && is_style_phrase(words) && role(words).is_none() {
            return;
        }
        if without_shot(words).1 && hint.is_none() {
            return self.idea(words, scene, hint);
        }
        let is_sentence = words.last().is_some_and(|word| word.ends_with(['.', '!', '?']));
        let tells = role(words).is_none() && (is_sentence || verbs::finite(words).is_some());
        if hint.is_none() && tells || is_director(words) && (hint.is_some() || role(words).is_none()) {
            self.free(words, scene, hint);
        } else {
            self.idea(words, scene, hint);
        }
    }

    /// Finds what viewers are asked to do, and keeps it.
    pub(super) fn call(&mut self, words: &[&str]) -> bool {
        let Some(call) = call(words) else { return false };
        // `Come to the opening of a bakery.`
        if let Some(subject) = call.strip_prefix("Come to ").filter(|_| self.notes.subject.is_none()) {
            self.notes.subject = Some(subject.trim_end_matches('.').to_owned());
        }
        if self.notes.call.is_none() {
            self.notes.call = Some(call);
        }
        true
    }
}
