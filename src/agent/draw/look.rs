//! A film's colours: everything that is drawn takes them from one [`Look`], made from the script's palette.

use super::canvas::mix;
use crate::agent::dice::Dice;
use crate::agent::script::{Script, Tone};

pub(in crate::agent) type Rgb = [u8; 3];

pub(in crate::agent) const WHITE: Rgb = [0xff; 3];
pub(in crate::agent) const BLACK: Rgb = [0; 3];
const NEAR_WHITE: Rgb = [0xfb, 0xfa, 0xf7];
const NEAR_BLACK: Rgb = [0x10, 0x12, 0x1a];

/// Text must differ at least this much from what it lies on (WCAG's ratio for normal text).
const READABLE: f32 = 4.5;

#[derive(Debug, Clone, Copy)]
pub(in crate::agent) struct Look {
    /// The colour that leads.
    pub(in crate::agent) lead: Rgb,
    pub(in crate::agent) second: Rgb,
    /// The liveliest colour beside the leading one: for what should be noticed.
    pub(in crate::agent) pop: Rgb,
    /// Behind cards.
    pub(in crate::agent) ground: Rgb,
    /// Beside the ground: a little nearer to the text.
    pub(in crate::agent) raised: Rgb,
    /// Text on the ground.
    pub(in crate::agent) text: Rgb,
    /// The palette's deepest and lightest shade.
    pub(in crate::agent) deep: Rgb,
    pub(in crate::agent) pale: Rgb,
    pub(in crate::agent) is_dark: bool,
}

impl Look {
    pub(in crate::agent) fn new(script: &Script, seed: u64) -> Self {
        let colours: Vec<Rgb> = script.palette.iter().map(|colour| colour.0).collect();
        Self::of(&colours, script.tone, seed)
    }

    /// A look with these colours, the leading one first.
    pub(in crate::agent) fn of(colours: &[Rgb], tone: Tone, seed: u64) -> Self {
        let lead = colours.first().copied().unwrap_or([0x2f, 0x6f, 0xde]);
        let others: Vec<Rgb> = colours.iter().copied().skip(1).collect();
        let second = others.first().copied().unwrap_or_else(|| mix(lead, [0xf2, 0xa5, 0x2a], 0.8));
        let lively = |colour: &Rgb| (vivid(*colour) * 100.0 + contrast(*colour, lead) * 12.0).to_bits();
        let pop = others.iter().copied().max_by_key(lively).unwrap_or(second);
        let pop = if vivid(pop) < 0.15 { mix(pop, [0xf0, 0xa0, 0x30], 0.35) } else { pop };
        let darkest = colours.iter().copied().min_by_key(|colour| luma(*colour)).unwrap_or(lead);
        let lightest = colours.iter().copied().max_by_key(|colour| luma(*colour)).unwrap_or(lead);
        let deep =
            if luma(darkest) < 60 { mix(darkest, mix(lead, BLACK, 0.6), 0.3) } else { mix(lead, [8, 10, 20], 0.78) };
        let pale = if luma(lightest) > 185 { mix(lightest, WHITE, 0.25) } else { mix(lead, WHITE, 0.9) };
        let prefers_dark = match tone {
            Tone::Refined => luma(lead) < 150,
            Tone::Energetic => !Dice(seed ^ 5).roll().is_multiple_of(3),
            Tone::Calm | Tone::Warm | Tone::Plain => luma(darkest) < 40 && luma(lead) < 90,
        };
        let (ground, text) =
            if prefers_dark { (deep, mix(pale, NEAR_WHITE, 0.7)) } else { (pale, mix(deep, NEAR_BLACK, 0.55)) };
        let text = readable(text, ground);
        Self {
            lead,
            second,
            pop,
            ground,
            raised: mix(
                ground,
                if prefers_dark { lead } else { mix(lead, WHITE, 0.35) },
                if prefers_dark { 0.30 } else { 0.22 },
            ),
            text,
            deep,
            pale,
            is_dark: prefers_dark,
        }
    }

    /// A natural colour, as it looks in this film.
    pub(in crate::agent) fn tint(&self, natural: Rgb) -> Rgb {
        mix(natural, if luma(natural) > 130 { mix(self.second, natural, 0.35) } else { self.lead }, 0.2)
    }

    /// The palette's colours in turn.
    pub(in crate::agent) fn turn(&self, number: usize) -> Rgb {
        [self.lead, self.pop, self.second, mix(self.lead, self.pale, 0.45)][number % 4]
    }
}

pub(in crate::agent) fn luma([r, g, b]: Rgb) -> u32 {
    (u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114) / 1000
}

/// How far from grey, 0 to 1.
fn vivid(colour: Rgb) -> f32 {
    let (most, least) = (colour.iter().max(), colour.iter().min());
    f32::from(most.copied().unwrap_or(0) - least.copied().unwrap_or(0)) / 255.0
}

pub(in crate::agent) fn darker(colour: Rgb, share: f32) -> Rgb {
    mix(colour, [6, 8, 18], share)
}

pub(in crate::agent) fn lighter(colour: Rgb, share: f32) -> Rgb {
    mix(colour, WHITE, share)
}

/// Contrast as WCAG counts it, 1 to 21.
pub(in crate::agent) fn contrast(one: Rgb, other: Rgb) -> f32 {
    let light = |colour: Rgb| {
        let [r, g, b] = colour.map(|channel| {
            let share = f32::from(channel) / 255.0;
            if share <= 0.04 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
    };
    let (one, other) = (light(one), light(other));
    one.max(other) / one.min(other)
}

/// `colour`, moved away from `ground` until it can be read there.
pub(in crate::agent) fn readable(colour: Rgb, ground: Rgb) -> Rgb {
    let goal = if contrast(NEAR_WHITE, ground) > contrast(NEAR_BLACK, ground) { WHITE } else { BLACK };
    let mut steps = (0..=10_u8).map(|step| mix(colour, goal, f32::from(step) / 10.0));
    steps.clone().find(|shade| contrast(*shade, ground) >= READABLE).or_else(|| steps.next_back()).unwrap_or(goal)
}

/// `colour`, dark enough for white text with an accent beside it.
pub(in crate::agent) fn deepened(colour: Rgb) -> Rgb {
    let mut steps = (2..=9_u8).map(|step| darker(colour, f32::from(step) / 10.0));
    steps.clone().find(|shade| contrast(*shade, WHITE) >= 8.0).or_else(|| steps.next_back()).unwrap_or(BLACK)
}

/// Black or white, whichever reads better.
pub(in crate::agent) fn text_on(ground: Rgb) -> Rgb {
    if contrast(NEAR_WHITE, ground) * 1.15 > contrast(NEAR_BLACK, ground) { NEAR_WHITE } else { NEAR_BLACK }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::draw::phrases;
    use crate::agent::script::{Cast, Colour};

    #[test]
    fn text_can_be_read_in_every_palette() {
        let mut dice = Dice(3);
        for number in 0..300_u64 {
            let mut colour = || Colour([0; 3].map(|_: u8| u8::try_from(dice.below(256)).unwrap_or(0)));
            let mut palette = vec![colour(), colour(), colour()];
            palette.truncate(1 + usize::try_from(number % 3).unwrap_or(0));
            let tones = [Tone::Calm, Tone::Energetic, Tone::Refined, Tone::Warm, Tone::Plain];
            let script = Script {
                title: String::new(),
                brand: None,
                tone: tones[usize::try_from(number % 5).unwrap_or(0)],
                palette,
                presenter: Cast { name: None, look: 0 },
                call_to_action: None,
                frame_rate: 24,
                captions: true,
                scenes: Vec::new(),
            };
            let look = Look::new(&script, number);
            let (plate, ink, mark) = phrases::colours(&look);
            // The plate lets a sixth of what is behind it through, which may be white.
            let seen = mix(plate, WHITE, 0.16);
            assert!(contrast(ink, seen) >= READABLE && contrast(mark, seen) >= READABLE, "{number}: {look:?}");
            assert!(contrast(look.text, look.ground) >= READABLE, "{number}: {look:?}");
            for plate in [look.lead, look.pop] {
                assert!(contrast(text_on(plate), plate) >= 3.0, "{number}: {look:?}");
            }
        }
    }

    #[test]
    fn contrast_is_counted_as_the_web_does() {
        assert!((contrast(WHITE, BLACK) - 21.0).abs() < 0.01);
        assert!((contrast([0x77; 3], WHITE) - 4.48).abs() < 0.02);
    }
}
