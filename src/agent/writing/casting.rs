//! Who speaks, and how.

use super::super::script::{Cast, Tone};
use super::super::{Brief, Presenter};
use super::notes::Kind;
use super::words::{bare, is_in};
use crate::agent::dice::{Dice, hash};

/// Whom the agent casts when the job leaves it to choose.
const CAST: [&str; 12] =
    ["Amara", "Bruno", "Chiara", "Daniel", "Elif", "Farah", "Goran", "Hana", "Ivo", "Lena", "Mateo", "Noor"];

/// Looks of people whose names are known: faces and voices that go with them. A look is a person by its remainder of twelve, and a
/// voice by that of eight; what another name gives is as good as drawn by lot.
const LOOKS: [(&str, u32); 14] = [
    ("judy", 0),
    ("bruno", 1),
    ("amara", 2),
    ("daniel", 3),
    ("chiara", 4),
    ("goran", 5),
    ("elif", 6),
    ("ivo", 7),
    ("farah", 8),
    ("mateo", 9),
    ("hana", 10),
    ("lena", 12),
    ("mara", 16),
    ("noor", 18),
];

const TONES: [(Tone, &str); 5] = [
    (
        Tone::Calm,
        "calm slow soft gentle peaceful soothing relaxing relaxed quiet serene meditative dreamy tranquil unhurried mindful",
    ),
    (
        Tone::Energetic,
        "energetic upbeat fast-paced quick dynamic bold exciting lively punchy vibrant fast high-energy thrilling club party festival fun \
         loud pulsing snappy",
    ),
    (
        Tone::Refined,
        "elegant luxurious luxury premium sophisticated refined upscale poised exquisite sleek boutique prestige fine-art",
    ),
    (
        Tone::Warm,
        "warm friendly welcoming inviting family families heartfelt cosy cozy curious kind personal caring neighbourly homely warmwelcome",
    ),
    (
        Tone::Plain,
        "clear sober factual neutral serious informative businesslike objective precise straightforward concise formal plain newsreading",
    ),
];

/// The tone that most words ask for, or else the one that goes with the kind of film.
pub(super) fn tone(brief: &Brief, text: &str, kind: Kind) -> Tone {
    let manner = match &brief.presenter {
        Presenter::Avatar(name) => parts(name.split_once('_').map_or("", |(_, rest)| rest)),
        Presenter::Image(_) | Presenter::Chosen => String::new(),
    };
    let mut words: Vec<String> = manner.split(' ').map(bare).collect();
    for sentence in text.split(['.', '\n', '!']) {
        // What is said of the tone itself counts more than a quick cut somewhere.
        let speaks = sentence.split_whitespace().any(|word| is_in(&bare(word), "tone pace pacing mood"));
        for _ in 0..if speaks { 3 } else { 1 } {
            words.extend(sentence.split_whitespace().map(bare));
        }
    }
    let mut best = (by_kind(kind), 0);
    for (tone, list) in TONES {
        let count = words.iter().filter(|word| is_in(word, list)).count();
        if count > best.1 {
            best = (tone, count);
        }
    }
    best.0
}

fn by_kind(kind: Kind) -> Tone {
    match kind {
        Kind::News | Kind::Training | Kind::Explainer => Tone::Plain,
        Kind::Event | Kind::Product => Tone::Energetic,
        Kind::Recipe | Kind::Place | Kind::Club | Kind::Story => Tone::Warm,
    }
}

/// `CalmTeaching_Front` as `Calm Teaching Front`.
fn parts(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() {
            text.push(' ');
        }
        text.push(if letter == '_' { ' ' } else { letter });
    }
    text
}

/// The presenter: the person of a preset, a picture without a name, or someone from the cast.
pub(super) fn cast(brief: &Brief, dice: &mut Dice) -> Cast {
    let look = |name: &str| {
        let name = name.to_lowercase();
        let known = LOOKS.iter().find(|(known, _)| *known == name).map(|(_, look)| *look);
        known.unwrap_or_else(|| u32::try_from(hash(name.bytes()) >> 33).unwrap_or_default())
    };
    match &brief.presenter {
        // A preset is named like `Ada_Standing_Front_public`: the person comes first.
        Presenter::Avatar(preset) => {
            let name = preset.split('_').map(str::trim).find(|part| part.chars().any(char::is_alphanumeric));
            let name = name.map(|name| name.chars().filter(|letter| !letter.is_control()).take(40).collect::<String>());
            Cast { look: look(name.as_deref().unwrap_or_default()), name }
        }
        Presenter::Chosen => {
            let name = *dice.pick(&CAST);
            Cast { name: Some(name.to_owned()), look: look(name) }
        }
        // The same picture always has the same voice.
        Presenter::Image(picture) => {
            let bytes = picture.as_raw();
            let step = (bytes.len() / 4096).max(1);
            Cast {
                name: None,
                look: u32::try_from(hash(bytes.iter().step_by(step).copied()) >> 33).unwrap_or_default(),
            }
        }
    }
}
