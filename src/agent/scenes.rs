//! What is shown when. Pure: a screenplay becomes a [`Plan`] of scenes with texts, places and colours, and nothing is
//! drawn yet.

use std::ops::Range;

use super::draw::canvas::mix;
use super::{Presenter, Screenplay};

/// How long one sentence stays. A film too short for the prompt leaves sentences out, a long one repeats them in new
/// settings.
const SHORTEST_SCENE_S: f32 = 1.7;
const LONGEST_SCENE_S: f32 = 6.0;
/// The title's share of a short film, and its length in a long one.
const TITLE_SHARE: f32 = 0.32;
const TITLE_S: f32 = 3.0;
/// More words than this are hard to read in one scene.
const WORDS_PER_SCENE: usize = 18;
const WORDS_IN_TITLE: usize = 9;

/// Whom the agent casts when the job leaves it to choose.
const CAST: [&str; 8] = ["Amara", "Bruno", "Chiara", "Daniel", "Elif", "Farah", "Goran", "Hana"];

/// Colours a prompt can name, as accents that carry both dark and light text grounds.
const NAMED_COLOURS: [(&str, [u8; 3]); 21] = [
    ("red", [0xd9, 0x3a, 0x3f]),
    ("crimson", [0xb5, 0x1f, 0x3c]),
    ("burgundy", [0xa3, 0x2c, 0x50]),
    ("coral", [0xf0, 0x75, 0x62]),
    ("orange", [0xee, 0x7d, 0x2b]),
    ("amber", [0xf2, 0xa5, 0x2a]),
    ("yellow", [0xf2, 0xc8, 0x3a]),
    ("gold", [0xd9, 0xa8, 0x3c]),
    ("brass", [0xb8, 0x93, 0x4a]),
    ("green", [0x35, 0xa3, 0x5a]),
    ("emerald", [0x1d, 0x8f, 0x66]),
    ("olive", [0x8a, 0x94, 0x3a]),
    ("mint", [0x6f, 0xd0, 0xa6]),
    ("teal", [0x1f, 0x9e, 0x97]),
    ("turquoise", [0x35, 0xc4, 0xc0]),
    ("blue", [0x2f, 0x6f, 0xde]),
    ("cobalt", [0x24, 0x55, 0xc4]),
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
    /// The part of the progress rule still to come. Its luma differs from the accent's, because VP9's fastest preset
    /// misses changes of chroma alone.
    pub(super) track: [u8; 3],
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
        // A preset is named like `Ada_Standing_Front_public`: the person comes first.
        Presenter::Avatar(name) => name.split('_').map(str::trim).find(|part| !part.is_empty()).map(str::to_owned),
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
    let title = title(&screenplay.prompt);
    let mut sentences = sentences(&screenplay.prompt);
    if sentences.len() > 1 && sentences[0].trim_end_matches([':', '.', ';']) == title {
        sentences.remove(0);
    }
    let least = whole(((seconds - title_s) / LONGEST_SCENE_S).ceil()).max(1);
    let most = whole(((seconds - title_s) / SHORTEST_SCENE_S).floor()).max(least);
    let count = u32::try_from(sentences.len()).unwrap_or(most).clamp(least, most);
    let mut scenes = vec![Scene {
        frames: 0..title_end,
        kicker: presenter.map_or_else(|| "A short film".to_owned(), |name| format!("Presented by {name}")),
        text: title,
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
            kicker: if count > 1 { format!("{} / {count}", number + 1) } else { String::new() },
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

/// The first sentence, cut at a comma or else after so many words.
fn title(prompt: &str) -> String {
    let words: Vec<&str> = prompt.split_whitespace().collect();
    let end =
        words.iter().position(|word| word.ends_with([':', '.', '!', '?', ';'])).map_or(words.len(), |last| last + 1);
    let words = &words[..end.min(WORDS_IN_TITLE)];
    if end <= WORDS_IN_TITLE {
        return words.join(" ").trim_end_matches([':', '.', ';']).to_owned();
    }
    match words.iter().rposition(|word| word.ends_with(',')).filter(|at| *at > 2) {
        Some(comma) => words[..=comma].join(" ").trim_end_matches(',').to_owned(),
        None => format!("{}…", words.join(" ")),
    }
}

/// The prompt's sentences, long ones in several pieces of like length; never empty.
fn sentences(prompt: &str) -> Vec<String> {
    let words: Vec<&str> = prompt.split_whitespace().collect();
    let mut pieces = Vec::new();
    for sentence in words.split_inclusive(|word| word.ends_with(['.', '!', '?', ';'])) {
        let length = sentence.len().div_ceil(sentence.len().div_ceil(WORDS_PER_SCENE));
        let mut rest = sentence;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(length.min(rest.len()));
            // A comma near the end is a better place to stop.
            let pause = piece.iter().rposition(|word| word.ends_with([',', ':'])).map_or(0, |at| at + 1);
            let end = if after.is_empty() || pause * 3 < length * 2 { piece.len() } else { pause };
            pieces.push(rest[..end].join(" ").trim_end_matches([';', ',']).to_owned());
            rest = &rest[end..];
        }
    }
    if pieces.is_empty() { vec![prompt.to_owned()] } else { pieces }
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
        track: mix(far, text, 0.16),
        on_accent: if luma(accent) > 150 { [0x12, 0x16, 0x24] } else { [0xff; 3] },
    }
}

fn luma([r, g, b]: [u8; 3]) -> u32 {
    (u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114) / 1000
}

fn whole(value: f32) -> u32 {
    u32::try_from(super::draw::canvas::round(value)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Container;

    fn screenplay(prompt: &str, duration_s: u32) -> Screenplay {
        Screenplay {
            prompt: prompt.to_owned(),
            container: Container::Mp4,
            quality: 95,
            width: 640,
            height: 360,
            duration_s,
            seed: 3,
            presenter: Presenter::Chosen,
            frame_rate: 10,
        }
    }

    #[test]
    fn scenes_follow_each_other_without_a_gap_to_the_last_frame() {
        for duration_s in 1..=60 {
            for sentences in [0, 1, 3, 40] {
                let plan = plan(&screenplay(&"Some words here. ".repeat(sentences), duration_s));
                let mut next = 0;
                for scene in &plan.scenes {
                    assert_eq!(scene.frames.start, next);
                    next = scene.frames.end;
                }
                assert_eq!(next, duration_s * 10, "{duration_s} s, {sentences} sentences");
            }
        }
    }

    #[test]
    fn a_short_film_titles_the_first_sentence_and_speaks_the_next() {
        let plan = plan(&screenplay("Meet the new kettle. It boils in a minute. It is quiet.", 7));
        let texts: Vec<&str> = plan.scenes.iter().map(|scene| scene.text.as_str()).collect();
        assert_eq!(texts, ["Meet the new kettle", "It boils in a minute.", "It is quiet."]);
        assert_eq!(plan.scenes[1].panel, Panel::Presenter);
        assert!(CAST.contains(&plan.presenter.as_deref().unwrap_or_default()));
    }

    #[test]
    fn the_lower_third_names_the_person_of_a_preset_and_no_one_for_a_picture() {
        let named = |presenter| plan(&Screenplay { presenter, ..screenplay("A film.", 5) }).presenter;
        assert_eq!(named(Presenter::Avatar("Ada_Standing_Front_public".to_owned())).as_deref(), Some("Ada"));
        assert_eq!(named(Presenter::Avatar(" _ ".to_owned())), None);
        assert_eq!(named(Presenter::Image(image::RgbImage::new(2, 2))), None);
    }

    #[test]
    fn long_sentences_are_cut_where_they_pause() {
        assert_eq!(
            title("A calm, slow explainer about composting, for everyone who has a garden"),
            "A calm, slow explainer about composting"
        );
        assert_eq!(title(&"word ".repeat(30)), format!("{}…", ["word"; 9].join(" ")));
        let long = "One two three four five six seven eight nine ten eleven, twelve thirteen fourteen fifteen \
                    sixteen seventeen eighteen nineteen twenty one.";
        let pieces = ["One two three four five six seven eight nine ten eleven", "twelve thirteen fourteen"];
        assert!(sentences(long).iter().zip(pieces).all(|(is, start)| is.starts_with(start)), "{:?}", sentences(long));
        assert!(sentences(&"word ".repeat(100)).iter().all(|piece| piece.split(' ').count() <= WORDS_PER_SCENE));
    }

    #[test]
    fn colours_named_in_the_prompt_are_the_accents() {
        let palette = palette("A NAVY logo, on orange paper", &mut Dice(0));
        assert_eq!((palette.accent, palette.second), ([0x2b, 0x4a, 0x9b], [0xee, 0x7d, 0x2b]));
    }

    #[test]
    fn text_stands_out_from_its_ground_in_every_palette() {
        for seed in 0..200 {
            let palette = palette("no colour at all", &mut Dice(seed));
            for (text, ground) in [
                (palette.text, palette.ground_top),
                (palette.text, palette.ground_bottom),
                (palette.faint_text, palette.ground_top),
                (palette.on_accent, palette.accent),
            ] {
                assert!(luma(palette.track).abs_diff(luma(palette.accent)) > 20, "seed {seed}: {palette:?}");
                assert!(luma(text).abs_diff(luma(ground)) > 80, "seed {seed}: {palette:?}");
            }
        }
    }
}
