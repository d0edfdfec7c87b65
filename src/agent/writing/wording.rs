//! Wording: phrases as spoken sentences, greetings, calls and farewells.

use super::super::script::{Cast, Tone};
use super::beats::{Beat, Said};
use super::notes::{Idea, Kind, Notes, Phrase};
use super::words::{capitalised, is_in, is_plural, listing, lowered, plain, sentence};
use crate::agent::dice::Dice;

pub(super) struct Wording<'a> {
    notes: &'a Notes,
    dice: &'a mut Dice,
    /// The pattern used last, which is not used again at once.
    last: usize,
}

impl<'a> Wording<'a> {
    pub(super) fn new(notes: &'a Notes, dice: &'a mut Dice) -> Self {
        Self { notes, dice, last: usize::MAX }
    }

    pub(super) fn is_english(&self) -> bool {
        self.notes.is_english
    }

    /// A number below `count` that was not the last one.
    fn turn(&mut self, count: usize) -> usize {
        let mut at = self.dice.below(count);
        if at == self.last {
            at = (at + 1) % count;
        }
        self.last = at;
        at
    }

    /// The brand as it is spoken, or else the subject.
    pub(super) fn name(&self) -> String {
        let subject = self.notes.subject.as_deref().unwrap_or("this film");
        self.notes.brand.as_ref().map_or_else(|| lowered(subject), super::notes::Name::spoken)
    }

    pub(super) fn sentence(&mut self, phrase: &Phrase) -> String {
        if !self.notes.is_english {
            return sentence(phrase.text());
        }
        match phrase {
            Phrase::Said(text) => sentence(text),
            Phrase::Way(text) => self.way(&lowered(&plain(text))),
            Phrase::Topic(text) => {
                let text = lowered(&plain(text));
                let patterns =
                    [format!("Let us talk about {text}"), format!("A word about {text}"), format!("Now for {text}")];
                sentence(&patterns[self.turn(patterns.len())])
            }
            Phrase::Seen(text) => self.seen(&lowered(&plain(text))),
        }
    }

    fn way(&mut self, text: &str) -> String {
        let patterns = match text.split(' ').next().unwrap_or_default() {
            "how" => [format!("See {text}"), format!("This is {text}"), format!("Here you see {text}")],
            "why" => [format!("Here is {text}"), format!("This is {text}"), format!("You will see {text}")],
            _ => [format!("See {text}"), format!("Here is {text}"), format!("Find out {text}")],
        };
        sentence(&patterns[self.turn(patterns.len())])
    }

    /// What a presenter says where the prompt only wants one to speak.
    pub(super) fn promise(&mut self) -> Option<String> {
        let named = self.notes.is_english && (self.notes.brand.is_some() || self.notes.subject.is_some());
        let is_way = self.name().starts_with("how ") || self.name().starts_with("why ");
        (named && !is_way).then(|| format!("Here is what makes {} special.", self.name()))
    }

    fn seen(&mut self, text: &str) -> String {
        let first = text.split(' ').next().unwrap_or_default();
        let is_fact = super::figures::figure(text).is_some() && !super::words::is_determiner(first);
        if is_fact
            || is_in(first, "every from until on since daily only")
            || first.starts_with(|letter: char| letter.is_ascii_digit())
        {
            return sentence(text);
        }
        let text = &super::phrases::articled(text);
        if is_in(first, "each all both") {
            return sentence(&format!("Look at {text}"));
        }
        let many = is_plural(text);
        let (is, this) = if many { ("are", "These are") } else { ("is", "This is") };
        let starts_bare = !super::words::is_determiner(text.split(' ').next().unwrap_or_default());
        let there = format!("There {is} {text}");
        let patterns = match self.notes.kind {
            Kind::News | Kind::Training | Kind::Explainer => {
                let also = if first == "the" { format!("Now to {text}") } else { there };
                vec![format!("Here {is} {text}"), format!("Look at {text}"), also]
            }
            Kind::Recipe => vec![format!("Here {is} {text}"), format!("Look at {text}")],
            Kind::Event | Kind::Place | Kind::Club | Kind::Product | Kind::Story if starts_bare => {
                vec![format!("Discover {text}"), format!("Here {is} {text}"), format!("Look at {text}")]
            }
            Kind::Event | Kind::Place | Kind::Club | Kind::Product | Kind::Story => {
                vec![
                    format!("Here {is} {text}"),
                    format!("Look at {text}"),
                    format!("{this} {text}"),
                    format!("Picture {text}"),
                ]
            }
        };
        sentence(&patterns[self.turn(patterns.len())])
    }

    pub(super) fn greeting(&mut self) -> String {
        let notes = self.notes;
        if let Some(wish) = &notes.occasion {
            return wish.clone();
        }
        if let Some(brand) = &notes.brand {
            let name = brand.spoken();
            let patterns = match notes.kind {
                Kind::Place | Kind::Recipe | Kind::Training => {
                    [format!("Welcome to {name}"), format!("Welcome to {name}")]
                }
                Kind::Event => [format!("Welcome to {name}"), format!("Get ready for {name}")],
                Kind::Club => [format!("This is {name}"), format!("Say hello to {name}")],
                Kind::Product => [format!("Meet {name}"), format!("This is {name}")],
                Kind::News | Kind::Explainer | Kind::Story => [format!("This is {name}"), format!("This is {name}")],
            };
            return sentence(self.dice.pick::<String>(&patterns));
        }
        let Some(subject) = notes.subject.as_deref().map(lowered) else {
            let title = notes.title.as_deref();
            let is_part = |title: &&str| {
                is_in(&super::words::bare(title.split(' ').next().unwrap_or_default()), "lesson episode part chapter")
            };
            return match title {
                Some(title) if is_part(&title) => sentence(&format!("Welcome to {}", super::words::small(title))),
                Some(title) if title.ends_with(['?', '!']) => title.to_owned(),
                Some(title) => sentence(&format!("Today: {}", lowered(title))),
                None => "Hello and welcome.".to_owned(),
            };
        };
        if subject.starts_with("how ") || subject.starts_with("why ") || subject.starts_with("what ") {
            let patterns = [
                format!("Let me show you {subject}"),
                format!("Today we look at {subject}"),
                format!("Have you ever wondered {subject}?"),
            ];
            return sentence(self.dice.pick::<String>(&patterns));
        }
        if notes.about.is_some() {
            return "Welcome.".to_owned();
        }
        let patterns = match notes.kind {
            Kind::News => {
                [format!("Here is the latest on {subject}"), format!("Here is what you need to know about {subject}")]
            }
            Kind::Recipe => [format!("Today we make {subject}"), format!("Let us make {subject}")],
            Kind::Place | Kind::Event if subject.starts_with("the ") || subject.starts_with("our ") => {
                [format!("Welcome to {subject}"), format!("Come with me to {subject}")]
            }
            Kind::Product | Kind::Place
                if super::words::is_determiner(subject.split(' ').next().unwrap_or_default()) =>
            {
                [format!("Let me show you {subject}"), format!("Take a look at {subject}")]
            }
            Kind::Product | Kind::Place | Kind::Event | Kind::Club | Kind::Training | Kind::Explainer | Kind::Story => {
                [format!("Let us talk about {subject}"), format!("Today is all about {subject}")]
            }
        };
        sentence(self.dice.pick::<String>(&patterns))
    }

    /// The presenter's own name.
    pub(super) fn introduction(&mut self, cast: &Cast, tone: Tone) -> Option<Said> {
        let name = cast.name.as_deref()?;
        let short = format!("I'm {name}.");
        let tail = match (self.notes.kind, tone) {
            (Kind::News, _) => return None,
            (Kind::Place | Kind::Event, _) => "and I will show you around",
            (Kind::Training | Kind::Explainer | Kind::Recipe, _) => "and I will take you through it",
            (_, Tone::Warm | Tone::Calm) => "and it is good to have you here",
            (Kind::Club | Kind::Product | Kind::Story, Tone::Energetic | Tone::Refined | Tone::Plain) => {
                "and I have something to show you"
            }
        };
        Some(Said { text: format!("I'm {name}, {tail}."), short: Some(short), worth: 0 })
    }

    /// What the film is about; the name itself has just been spoken.
    pub(super) fn about(&self) -> Option<String> {
        let about = self.notes.about.as_deref()?;
        let name = self.notes.brand.as_ref().map(|brand| capitalised(&brand.spoken()));
        let rest = name.and_then(|name| about.strip_prefix(name.as_str()).map(str::to_owned));
        Some(rest.filter(|rest| rest.starts_with(' ')).map_or_else(|| about.to_owned(), |rest| format!("It{rest}")))
    }

    pub(super) fn bullets(&mut self, idea: &Idea) -> Option<String> {
        if !self.notes.is_english || idea.items.is_empty() {
            return None;
        }
        let items: Vec<String> = idea.items.iter().map(|item| lowered(item)).collect();
        let list = listing(&items);
        let intro = idea.intro.as_deref().filter(|intro| !intro.is_empty()).map(str::to_lowercase);
        let patterns = match (&intro, self.notes.kind) {
            (Some(intro), _) if !is_in(intro.split(' ').next_back().unwrap_or_default(), "text points bullets") => {
                let intro = intro.strip_prefix("the ").unwrap_or(intro);
                let many = is_plural(intro);
                if many {
                    [format!("The {intro} are {list}"), format!("The {intro} are {list}")]
                } else {
                    [format!("{intro}: {list}"), format!("{intro}: {list}")]
                }
            }
            (_, Kind::Product | Kind::Club)
                if is_plural(&items[0])
                    || super::words::is_determiner(items[0].split(' ').next().unwrap_or_default()) =>
            {
                [format!("You get {list}"), format!("Look forward to {list}")]
            }
            (_, Kind::Training | Kind::Recipe | Kind::Explainer) => {
                [format!("Remember: {list}"), format!("Keep in mind: {list}")]
            }
            (_, Kind::News | Kind::Event | Kind::Place | Kind::Story | Kind::Product | Kind::Club) => {
                [format!("At a glance: {list}"), format!("In short: {list}")]
            }
        };
        Some(sentence(self.dice.pick::<String>(&patterns)))
    }

    /// What viewers of such films are usually asked to do.
    pub(super) fn usual_call(&mut self) -> Option<String> {
        let brand =
            self.notes.brand.as_ref().filter(|_| self.notes.is_english && self.notes.occasion.is_none())?.spoken();
        match self.notes.kind {
            Kind::Place => Some(format!("Come and visit {brand}.")),
            Kind::Event => Some(format!("Be part of {brand}.")),
            Kind::Club => Some(format!("Join {brand} today.")),
            Kind::Product => Some(format!("Discover {brand} today.")),
            Kind::Story => Some(format!("Discover {brand}.")),
            Kind::News | Kind::Recipe | Kind::Training | Kind::Explainer => None,
        }
    }

    /// How a film ends that asks for nothing.
    pub(super) fn ending(&self) -> Option<String> {
        let subject = self.notes.subject.as_deref().map(lowered);
        let way = subject.filter(|subject| subject.starts_with("how ") || subject.starts_with("why "));
        Some(match (self.notes.kind, way) {
            (_, Some(way)) => format!("And that is {way}."),
            (Kind::News, None) => "That is all for now.".to_owned(),
            (Kind::Recipe, None) => "Enjoy your meal.".to_owned(),
            (Kind::Training, None) => "Now you know what to do.".to_owned(),
            (Kind::Explainer, None) => "Now you know.".to_owned(),
            (Kind::Place | Kind::Event | Kind::Club | Kind::Product | Kind::Story, None) => return None,
        })
    }

    /// The last words; `is_all` where nothing else closes the film.
    pub(super) fn farewell(&self, is_all: bool) -> Option<String> {
        if self.notes.occasion.is_some() || self.notes.has_end {
            return None;
        }
        let thanks = "Thank you for watching.";
        let text = match self.notes.kind {
            Kind::Place | Kind::Event if !is_all && self.comes() => "See you there!",
            Kind::Training if self.notes.is_about_safety => "Stay safe.",
            Kind::Place | Kind::Event | Kind::News | Kind::Recipe | Kind::Club | Kind::Product | Kind::Explainer => {
                thanks
            }
            Kind::Story | Kind::Training => thanks,
        };
        Some(text.to_owned())
    }

    /// Whether viewers were asked to come somewhere.
    fn comes(&self) -> bool {
        let first = self.notes.call.as_deref().and_then(|call| call.split(' ').next()).map(super::words::bare);
        first.is_none_or(|first| {
            is_in(&first, "come visit book register join buy be get reserve meet celebrate bring sign")
        })
    }

    /// `First, …`, `Next, …`, `Finally, …` for steps.
    pub(super) fn signpost(&mut self, beat: &mut Beat, step: &mut usize, steps: usize) {
        let Some(said) = beat.said.first_mut() else { return };
        let words: Vec<&str> = said.text.split(' ').collect();
        if !super::verbs::is_order(&words) || steps < 3 {
            return;
        }
        *step += 1;
        let sign = match *step {
            1 => "First",
            at if at == steps => "Finally",
            2 => "Next",
            at if at.is_multiple_of(2) => "Then",
            _ => return,
        };
        said.text = format!("{sign}, {}", super::words::small(&said.text));
    }

    /// A phrase that was spoken before, in other words; `round` counts how often.
    pub(super) fn again(&mut self, phrase: Option<&Phrase>, round: usize) -> String {
        let name = self.name();
        let text = phrase.map(|phrase| lowered(&plain(phrase.text()))).unwrap_or_default();
        let is_order = super::verbs::is_order(&text.split(' ').collect::<Vec<_>>());
        let text = if is_order { super::words::small(&text) } else { text };
        let patterns = match phrase {
            None => vec![
                format!("Take your time for {name}"),
                format!("Look once more at {name}"),
                format!("There is a lot to see here"),
            ],
            Some(Phrase::Said(_)) => vec![
                format!("Once more: {text}"),
                format!("Remember: {text}"),
                format!("As you have seen: {text}"),
                format!("Keep in mind: {text}"),
            ],
            Some(Phrase::Seen(_) | Phrase::Topic(_)) => vec![
                format!("Take a closer look at {text}"),
                format!("Let us stay a moment with {text}"),
                format!("Notice {text}"),
                format!("Come back with me to {text}"),
            ],
            Some(Phrase::Way(_)) => {
                vec![format!("Think once more about {text}"), format!("So, once more: {text}")]
            }
        };
        sentence(&patterns[round % patterns.len()])
    }
}
