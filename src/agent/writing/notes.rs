//! What was read from a prompt.

use super::words::{bare, is_in};

/// What is known before anything is written.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes {
    pub(super) is_english: bool,
    pub(super) brand: Option<Name>,
    pub(super) title: Option<String>,
    /// What the film is about: a noun phrase, or a clause with `how`.
    pub(super) subject: Option<String>,
    /// A sentence that tells what the brand or the subject is.
    pub(super) about: Option<String>,
    pub(super) kind: Kind,
    pub(super) ideas: Vec<Idea>,
    pub(super) call: Option<String>,
    /// What else the last picture should say: `Opening hours`.
    pub(super) closing: Vec<String>,
    /// What the film calls itself, where nothing else gives it a title: `safety film for a rowing club`.
    pub(super) own_name: Option<String>,
    pub(super) is_centred: bool,
    /// Whether safety is spoken of.
    pub(super) is_about_safety: bool,
    /// Whether the prompt has words of its own for the end.
    pub(super) has_end: bool,
    /// `Happy birthday`, said to whoever the film is for.
    pub(super) occasion: Option<String>,
}

/// A name as it is written, and whether it wants an article in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) has_article: bool,
}

impl Name {
    pub(super) fn new(text: &str) -> Self {
        const KINDS: &str = "museum lounge club festival centre center hall gallery park marathon institute academy library \
            observatory theatre theater hotel zoo market fair games garden gardens foundation conference summit cup tower bridge \
            university exhibition championship initiative fund society collection";
        let text = text.trim_matches(|letter: char| {
            !letter.is_alphanumeric() && !matches!(letter, '!' | '?' | ')' | '(' | '&' | '+')
        });
        let last = bare(text.split(' ').next_back().unwrap_or_default());
        let several = text.contains(' ');
        let is_bare = !bare(text).starts_with("the ") && !text.contains("'s ") && !text.contains("’s ");
        Self { text: text.to_owned(), has_article: several && is_bare && is_in(&last, KINDS) }
    }

    /// As it stands inside of a sentence.
    pub(super) fn spoken(&self) -> String {
        if self.has_article { format!("the {}", self.text) } else { self.text.clone() }
    }
}

/// What kind of film it is: it decides how viewers are greeted and taken leave of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kind {
    News,
    Recipe,
    Training,
    Event,
    Place,
    Club,
    Product,
    Explainer,
    #[default]
    Story,
}

/// One thing to be said or shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Idea {
    pub(super) role: Role,
    pub(super) phrases: Vec<Phrase>,
    /// Words for the screen.
    pub(super) items: Vec<String>,
    /// What the items are.
    pub(super) intro: Option<String>,
    /// Ideas of one sentence have one number.
    pub(super) group: usize,
    /// The number that the prompt gave it.
    pub(super) scene: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Role {
    Opening,
    Presenter,
    #[default]
    Scenery,
    Montage,
    Bullets,
    Card,
    Counter,
    Closing,
}

/// What one sentence is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phrase {
    /// A sentence already.
    Said(String),
    /// Something to be seen, without a verb.
    Seen(String),
    /// A clause with `how`, `why` or `what`.
    Way(String),
    /// Something to be spoken about.
    Topic(String),
}

impl Phrase {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Said(text) | Self::Seen(text) | Self::Way(text) | Self::Topic(text) => text,
        }
    }
}

const KINDS: [(Kind, &str); 8] = [
    (
        Kind::News,
        "news bulletin headline headlines briefing inflation election quarterly newsreader reporter unemployment",
    ),
    (Kind::Recipe, "recipe cook cooking bake chop simmer ingredients stir oven-proof whisk"),
    (
        Kind::Training,
        "safety onboarding compliance employees staff instruction instructions tutorial procedure trainees phishing",
    ),
    (
        Kind::Event,
        "festival concert marathon match party tournament race conference fair gig regatta championship cup derby premiere \
        final summit exhibition fundraiser",
    ),
    (
        Kind::Place,
        "museum guesthouse inn lodge winery cinema theatre library bakery café cafe restaurant hotel gallery city apartment house shop studio park travel library villa bar \
        garden spa school lounge atelier loft neighbourhood island village town hostel coast",
    ),
    (
        Kind::Club,
        "club subscription membership service community podcast radio newsletter channel programme programs program charity",
    ),
    (
        Kind::Product,
        "product launch gadget device app kettle collection headphones sneaker sneakers bike car phone watch software tool \
        platform shoe bottle lamp bag camera backpack e-bike scooter",
    ),
    (
        Kind::Explainer,
        "explain explains explainer how why works educational learn lesson science teaches understand course",
    ),
];

/// The kind that most words speak for; `first` counts three times.
pub(super) fn kind(text: &str, first: &str) -> Kind {
    let known =
        |word: &str, list: &str| is_in(word, list) || word.strip_suffix('s').is_some_and(|single| is_in(single, list));
    let count = |text: &str, list: &str| text.split_whitespace().filter(|word| known(&bare(word), list)).count();
    let mut best = (Kind::Story, 0);
    for (kind, list) in KINDS {
        let mut score = count(text, list) + 2 * count(first, list);
        // A job with training on the way is no training film.
        score += if kind == Kind::Training { 3 * count(first, "training") } else { 0 };
        // What a film calls itself, it is.
        let own = match kind {
            Kind::News => "news",
            Kind::Recipe => "recipe",
            Kind::Training => "training tutorial onboarding safety",
            Kind::Explainer => "explainer explain",
            Kind::Event | Kind::Place | Kind::Club | Kind::Product | Kind::Story => "",
        };
        score += 4 * count(first, own).min(1);
        if score > best.1 {
            best = (kind, score);
        }
    }
    best.0
}
