//! Moving scenery for each theme, and the sets that presenters stand in.

mod abstracts;
mod books;
mod catalogue;
mod children;
mod city;
mod club;
mod comets;
mod cooking;
mod crafts;
mod data;
mod flat;
mod food;
mod glass;
mod goods;
mod home;
mod learning;
mod music;
mod nature;
mod observatory;
mod outdoors;
mod people;
mod pictures;
mod product;
mod props;
mod race;
mod rooms;
mod safety;
mod sea;
mod serving;
mod sets;
mod space;
mod sport;
mod trains;
mod travel;
mod vehicles;
mod work;

use super::brush::Brush;
use super::camera::View;
use super::canvas::mix;
use super::look::{Look, Rgb, darker, lighter};
use super::paint::Paint;
use crate::agent::dice::Dice;
use crate::agent::script::Theme;

pub(super) use pictures::{Chooser, further, labelled};
pub(super) use sets::paint as set;

/// The time of day, which colours everything outdoors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agent) enum Hour {
    Morning,
    Day,
    Dusk,
    Night,
}

/// All that decides a piece of scenery at a moment.
#[derive(Clone)]
pub(in crate::agent) struct Scenery<'a> {
    pub(in crate::agent) look: &'a Look,
    pub(in crate::agent) theme: Theme,
    pub(in crate::agent) seed: u64,
    /// Which of a theme's pictures: its place in [`catalogue::of`].
    pub(in crate::agent) variant: u64,
    /// Seconds that have passed in it.
    pub(in crate::agent) t: f32,
    pub(in crate::agent) view: View,
    pub(in crate::agent) hour: Hour,
    /// What the shot says, then the scene, then the prompt, in lower case: things that they name are shown, if known.
    pub(in crate::agent) hints: [&'a str; 3],
}

impl<'a> Scenery<'a> {
    pub(in crate::agent) fn new(
        look: &'a Look,
        theme: Theme,
        seed: u64,
        t: f32,
        view: View,
        hints: [&'a str; 3],
    ) -> Self {
        let mut dice = Dice(seed);
        let told = hints.iter().take(2).find_map(|hints| told_hour(hints));
        // A film about a night, not one that only mentions some night.
        let is_late = pictures::names(hints[2].split('.').next().unwrap_or_default(), "night~ midnight nacht~");
        let hours = if is_late {
            [Hour::Dusk, Hour::Night, Hour::Night, Hour::Night]
        } else if matches!(theme, Theme::Food | Theme::Sport) {
            // By day, what is eaten looks good, and what is run is seen.
            [Hour::Day, Hour::Morning, Hour::Day, Hour::Morning]
        } else if look.is_dark {
            [Hour::Dusk, Hour::Night, Hour::Night, Hour::Morning]
        } else {
            [Hour::Day, Hour::Morning, Hour::Day, Hour::Dusk]
        };
        let hour = told.unwrap_or_else(|| *dice.pick(&hours));
        Self { look, theme, seed, variant: 0, t, view, hour, hints }
    }

    fn dice(&self) -> Dice {
        Dice(self.seed ^ 0xd1ce)
    }

    fn is_night(&self) -> bool {
        self.hour == Hour::Night
    }

    /// A natural colour at this hour and in this film.
    fn lit(&self, natural: Rgb) -> Rgb {
        let colour = self.look.tint(natural);
        match self.hour {
            Hour::Day => colour,
            Hour::Morning => mix(colour, [0xff, 0xd9, 0xb0], 0.14),
            Hour::Dusk => mix(mix(colour, [0x5a, 0x2c, 0x58], 0.32), self.look.pop, 0.08),
            Hour::Night => mix(mix(colour, [0x12, 0x1c, 0x3e], 0.5), self.look.lead, 0.08),
        }
    }

    /// How far away things fade into.
    fn haze(&self) -> Rgb {
        let (top, low) = self.sky_colours();
        mix(top, low, 0.75)
    }

    fn sky_colours(&self) -> (Rgb, Rgb) {
        let look = self.look;
        match self.hour {
            Hour::Day => (mix([0x58, 0xa6, 0xe4], look.lead, 0.28), mix([0xe6, 0xf2, 0xf6], look.pale, 0.4)),
            Hour::Morning => (mix([0x8f, 0xb4, 0xd8], look.lead, 0.25), mix([0xff, 0xdd, 0xb8], look.pale, 0.25)),
            Hour::Dusk => (mix([0x3a, 0x2f, 0x66], look.lead, 0.35), mix([0xf2, 0x8f, 0x62], look.pop, 0.35)),
            Hour::Night => (mix([0x07, 0x0c, 0x20], look.deep, 0.5), mix([0x25, 0x33, 0x62], look.lead, 0.3)),
        }
    }

    /// Whether the shot's or the scene's words name one of these.
    fn names(&self, names: &str) -> bool {
        self.hints.iter().take(2).any(|hints| pictures::names(hints, names))
    }

    /// Whether the scene's words or the prompt's do.
    fn is_about(&self, names: &str) -> bool {
        self.hints.iter().any(|hints| pictures::names(hints, names))
    }
}

/// The time of day that words speak of.
fn told_hour(text: &str) -> Option<Hour> {
    const TOLD: [(Hour, &str); 3] = [
        (Hour::Morning, "morning~ sunrise~ dawn breakfast morgen~"),
        (Hour::Dusk, "evening~ sunset~ dusk twilight abend~"),
        (Hour::Night, "night midnight nightfall nacht moonlight starlight dark black"),
    ];
    TOLD.iter().find(|(_, names)| pictures::names(text, names)).map(|(hour, _)| *hour)
}

/// Paints the whole picture with scenery.
pub(super) fn paint(brush: &mut Brush<'_>, scenery: &Scenery<'_>) {
    let pictures = catalogue::of(scenery.theme);
    let number = usize::try_from(scenery.variant).unwrap_or(0);
    if let Some(picture) = pictures.get(number).or(pictures.last()) {
        (picture.paint)(brush, scenery);
    }
}

/// Ground for indoor pictures: a wall with a pool of light.
fn wall(brush: &mut Brush<'_>, colour: Rgb, at: (f32, f32)) {
    let (w, h) = (brush.w, brush.h);
    brush.everything(Paint::around(at, w.max(h) * 0.8, lighter(colour, 0.14), darker(colour, 0.3)).via(0.5, colour));
}
