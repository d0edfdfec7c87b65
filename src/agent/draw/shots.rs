//! What a shot of each kind shows at a moment, and which words that are.

use super::brush::Brush;
use super::camera::View;
use super::look::Look;
use super::picture::Portrayed;
use super::scenery::{self, Scenery};
use super::speech::Speech;
use super::zones::Zones;
use super::{cards, lists, overlays, presenter};
use crate::agent::dice::Dice;
use crate::agent::script::{Scene, Script, Shot, ShotKind};

/// All that decides one picture of one shot.
pub(in crate::agent) struct Moment<'a> {
    pub(super) look: &'a Look,
    pub(super) script: &'a Script,
    pub(super) zones: &'a Zones,
    pub(super) scene: &'a Scene,
    pub(super) shot: &'a Shot,
    pub(super) seed: u64,
    pub(super) variant: u64,
    /// The shot's words, the scene's and those of the prompt, in lower case.
    pub(super) hints: [&'a str; 3],
    pub(super) take: u32,
    /// Seconds since the shot began.
    pub(super) seconds: f32,
    pub(super) length_s: f32,
    /// How much of the shot is over; more than 1 while the next one takes its place.
    pub(super) share: f32,
    /// Seconds since the film began.
    pub(super) film_s: f32,
    /// How far the speaker's mouth is open, 0 to 1.
    pub(super) mouth: f32,
    pub(super) view: View,
    pub(super) speech: &'a Speech,
    pub(super) portrayed: Option<&'a Portrayed>,
}

impl Moment<'_> {
    /// The scenery of this shot; others of the same theme differ by their seed.
    pub(super) fn scenery(&self, number: u64) -> Scenery<'_> {
        let seed = Dice(self.seed ^ number.wrapping_mul(0x9e37)).roll();
        let variant = scenery::further(self.shot.theme, self.variant, number, self.hints[2]);
        Scenery { variant, ..Scenery::new(self.look, self.shot.theme, seed, self.seconds + 3.0, self.view, self.hints) }
    }

    pub(super) fn words(&self) -> &[String] {
        &self.shot.on_screen
    }
}

pub(super) fn paint(brush: &mut Brush<'_>, moment: &Moment<'_>) {
    match moment.shot.kind {
        ShotKind::TitleCard => cards::title(brush, moment),
        ShotKind::Presenter => presenter::paint(brush, moment),
        ShotKind::BRoll => {
            scenery::paint(brush, &moment.scenery(0));
            overlays::label(brush, moment);
        }
        ShotKind::Bullets => lists::bullets(brush, moment),
        ShotKind::Montage => lists::montage(brush, moment),
        ShotKind::Counter => lists::counter(brush, moment),
        ShotKind::ClosingCard => cards::closing(brush, moment),
    }
}

/// The words that [`paint`] shows.
pub(super) fn words(moment: &Moment<'_>) -> Vec<String> {
    match moment.shot.kind {
        ShotKind::TitleCard => cards::title_words(moment),
        ShotKind::Presenter | ShotKind::BRoll => moment.words().iter().take(2).cloned().collect(),
        ShotKind::Bullets => lists::bullet_words(moment),
        ShotKind::Montage => lists::montage_words(moment),
        ShotKind::Counter => lists::counter_words(moment),
        ShotKind::ClosingCard => cards::closing_words(moment),
    }
}
