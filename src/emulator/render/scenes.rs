//! What is shown when. Pure: a screenplay becomes a [`Plan`] of scenes with texts, places and colours, and nothing is
//! drawn yet.

use std::ops::Range;

use super::canvas::mix;
use super::{Presenter, Screenplay};

/// How long one sentence stays before the next; longer films repeat their sentences in new settings.
const SCENE_S: f32 = 4.5;
/// The title's share of a short film, and its length in a long one.
const TITLE_SHARE: f32 = 0.36;
const TITLE_S: f32 = 3.5;
/// More words than this are hard to read in one scene.
const WORDS_PER_SCENE: usize = 18;
const WORDS_IN_TITLE: usize = 9;

/// Whom the agent casts when the job leaves it to choose.
const CAST: [&str; 8] = ["Amara", "Bruno", "Chiara", "Daniel", "Elif", "Farah", "Goran", "Hana"];

/// Colours a prompt can name, as accents that carry both dark and light text grounds.
const NAMED_COLOURS: [(&str, [u8; 3]); 16] = [
    ("red", [0xd9, 0x3a, 0x3f]),
    ("crimson", [0xb5, 0x1f, 0x3c]),
    ("orange", [0xee, 0x7d, 0x2b]),
    ("amber", [0xf2, 0xa5, 0x2a]),
    ("yellow", [0xf2, 0xc8, 0x3a]),
    ("gold", [0xd9, 0xa8, 0x3c]),
    ("green", [0x35, 0xa3, 0x5a]),
    ("olive", [0x8a, 0x94, 0x3a]),
    ("mint", [0x6f, 0xd0, 0xa6]),
    ("teal", [0x1f, 0x9e, 0x97]),
    ("turquoise", [0x35, 0xc4, 0xc0]),
    ("blue", [0x2f, 0x6f, 0xde]),
    ("navy", [0x2b, 0x4a, 0x9b]),
    ("purple", [0x84, 0x4f, 0xc9]),
    ("violet", [0x9a, 0x62, 0xdb]),
    ("pink", [0xe6, 0x6a, 0xa0]),
];

/// The colours of one film. Everything but the text is derived from two accents, so that any pair sits well together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Palette {
    pub(super) ground_top: [u8; 3],
    pub(super) ground_bottom: [u8; 3],
    pub(super) panel: [u8; 3],
    pub(super) shape: [u8; 3],
    pub(super) accent: [u8; 3],
    pub(super) second: [u8; 3],
    pub(super) text: [u8; 3],
    pub(super) faint_text: [u8; 3],
    /// Text that lies on the accent.
    pub(super) on_accent: [u8; 3],
}

/// What fills the part of the picture that the text leaves free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Panel {
    Presenter,
    Discs,
    Bars,
    Stripes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scene {
    pub(super) frames: Range<u32>,
    /// A short line above the text.
    pub(super) kicker: String,
    pub(super) text: String,
    pub(super) panel: Panel,
    /// Whether the panel comes before the text: to its left, or above it in an upright picture.
    pub(super) panel_first: bool,
    pub(super) is_title: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) palette: Palette,
    /// The name in the lower third; a picture that was handed in has none.
    pub(super) presenter: Option<String>,
    pub(super) scenes: Vec<Scene>,
}

/// A small deterministic source of choices (SplitMix64).
#[derive(Debug, Clone)]
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let count = choices.len() as u64;
        let at = usize::try_from(self.roll() % count).unwrap_or(0);
        &choices[at]
    }

    /// A number from 0 to 1.
    pub(super) fn share(&mut self) -> f32 {
        (self.roll() >> 40) as f32 / (1_u64 << 24) as f32
    }
}

/// Plans the whole film. Scenes follow each other without a gap and end with the last frame.
pub(super) fn plan(screenplay: &Screenplay) -> Plan {
    let mut dice = Dice(screenplay.seed);
    let palette = palette(&screenplay.prompt, &mut dice);
    let presenter = match &screenplay.presenter {
        Presenter::Avatar(name) => Some(name.clone()),
        Presenter::Chosen => Some((*dice.pick(&CAST)).to_owned()),
        Presenter::Image(_) => None,
    };
    let scenes = cut(screenplay, presenter.as_deref(), &mut dice);
    Plan { palette, presenter, scenes }
}

fn cut(screenplay: &Screenplay, presenter: Option<&str>, dice: &mut Dice) -> Vec<Scene> {
    let frames = screenplay.duration_s * screenplay.frame_rate;
    let seconds = screenplay.duration_s as f32;
    let title_s = (seconds * TITLE_SHARE).min(TITLE_S);
    let title_end = whole(title_s / seconds * frames as f32).clamp(1, frames);
    let count = whole(((seconds - title_s) / SCENE_S).ceil()).clamp(1, frames - title_end.min(frames - 1));
    let sentences = sentences(&screenplay.prompt);
    let mut scenes = vec![Scene {
        frames: 0..title_end,
        kicker: presenter.map_or_else(|| "A short film".to_owned(), |name| format!("Presented by {name}")),
        text: title(&screenplay.prompt),
        panel: *dice.pick(&[Panel::Discs, Panel::Bars, Panel::Stripes]),
        panel_first: false,
        is_title: true,
    }];
    let presenter_first = dice.roll().is_multiple_of(2);
    for number in 0..count {
        let sentence = pick_evenly(number, count, sentences.len());
        let start = title_end + (frames - title_end) * number / count;
        let end = title_end + (frames - title_end) * (number + 1) / count;
        let presented = number.is_multiple_of(2);
        scenes.push(Scene {
            frames: start..end,
            kicker: format!("{} / {count}", number + 1),
            text: sentences.get(sentence).cloned().unwrap_or_default(),
            panel: if presented { Panel::Presenter } else { *dice.pick(&[Panel::Discs, Panel::Bars, Panel::Stripes]) },
            panel_first: (number / 2).is_multiple_of(2) == presenter_first,
            is_title: false,
        });
    }
    scenes.retain(|scene| !scene.frames.is_empty());
    scenes
}

/// The sentence of a scene: in order, spread over a prompt with more sentences than scenes, repeated when it has fewer.
fn pick_evenly(number: u32, scenes: u32, sentences: usize) -> usize {
    let (number, scenes) = (number as usize, scenes.max(1) as usize);
    if sentences > scenes { number * sentences / scenes } else { number % sentences.max(1) }
}

fn title(prompt: &str) -> String {
    let first = prompt.split(['.', '!', '?', ';', ':', '\n']).find(|part| !part.trim().is_empty()).unwrap_or(prompt);
    let words: Vec<&str> = first.split_whitespace().collect();
    let cut = words.len() > WORDS_IN_TITLE;
    let shown = words.into_iter().take(WORDS_IN_TITLE).collect::<Vec<_>>().join(" ");
    if cut { format!("{}…", shown.trim_end_matches([',', '-', '–'])) } else { shown }
}

/// The prompt in pieces of readable length; never empty.
fn sentences(prompt: &str) -> Vec<String> {
    let mut pieces: Vec<Vec<&str>> = vec![Vec::new()];
    for word in prompt.split_whitespace() {
        let last = pieces.last_mut();
        last.into_iter().for_each(|piece| piece.push(word));
        let length = pieces.last().map_or(0, Vec::len);
        let ends = word.ends_with(['.', '!', '?', ';']) && length > 2;
        let pauses = word.ends_with([',', ':', '–', '—']) && length > WORDS_PER_SCENE * 2 / 3;
        if ends || pauses || length >= WORDS_PER_SCENE {
            pieces.push(Vec::new());
        }
    }
    let spoken = pieces.into_iter().filter(|piece| !piece.is_empty()).map(|piece| piece.join(" "));
    let spoken: Vec<String> = spoken.collect();
    if spoken.is_empty() { vec![prompt.to_owned()] } else { spoken }
}

fn palette(prompt: &str, dice: &mut Dice) -> Palette {
    let prompt = prompt.to_lowercase();
    let mut named = prompt
        .split(|letter: char| !letter.is_alphabetic())
        .filter_map(|word| NAMED_COLOURS.iter().find(|(name, _)| *name == word).map(|(_, rgb)| *rgb));
    let rolled = [dice.pick(&NAMED_COLOURS).1, dice.pick(&NAMED_COLOURS).1];
    let accent = named.next().unwrap_or(rolled[0]);
    let second = named.find(|colour| *colour != accent).unwrap_or(rolled[1]);
    let is_dark = !dice.roll().is_multiple_of(3);
    let (far, text) = if is_dark { ([0x0a, 0x0e, 0x1c], [0xf6, 0xf7, 0xfb]) } else { ([0xff; 3], [0x12, 0x16, 0x24]) };
    let ground_top = mix(accent, far, 0.82);
    Palette {
        ground_top,
        ground_bottom: mix(second, far, 0.90),
        panel: mix(accent, far, 0.62),
        shape: mix(second, far, 0.38),
        accent,
        second,
        text,
        faint_text: mix(text, ground_top, 0.30),
        on_accent: if luma(accent) > 150 { [0x12, 0x16, 0x24] } else { [0xff; 3] },
    }
}

fn luma([r, g, b]: [u8; 3]) -> u32 {
    (u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114) / 1000
}

fn whole(value: f32) -> u32 {
    u32::try_from(super::canvas::round(value)).unwrap_or(0)
}
