//! The frames of a production. [`Stage::paint`] is a pure function of the frame's number: nothing is carried from one
//! frame to the next, so that a scene can be painted alone, and on any thread.

use std::ops::{Range, RangeInclusive};

use super::brush::{Brush, unit_px};
use super::camera::View;
use super::canvas::{Canvas, round};
use super::lettering::Letters;
use super::look::{Look, WHITE};
use super::motion::smooth;
use super::overlays;
use super::phrases::Phrases;
use super::picture::Portrayed;
use super::raster::Raster;
use super::scenery::Chooser;
use super::shots::{self, Moment};
use super::sketch::{self, Sketch};
use super::speech::Speech;
use super::zones::Zones;
use crate::agent::dice::Dice;
use crate::agent::script::{Scene, Script, ShotKind, Transition};
use crate::agent::{Brief, Narration, Presenter};

/// How long one shot takes to give way to the next, if that one lasts twice as long.
const TRANSITION_S: f32 = 0.5;

struct Placed {
    scene: usize,
    shot: usize,
    frames: Range<u32>,
    seed: u64,
    /// What is read and said in the shot, in lower case: things that are named are shown.
    own: String,
    /// What is read and said in its scene.
    hints: String,
    /// Which of the theme's pictures: neighbours in a film show different ones.
    variant: u64,
}

/// Paints a script's frames.
pub(in crate::agent) struct Stage<'a> {
    script: &'a Script,
    narration: &'a Narration,
    frame_rate: f32,
    frames: u32,
    shots: Vec<Placed>,
    look: Look,
    zones: Zones,
    letters: Letters,
    phrases: Phrases,
    speech: Speech,
    portrayed: Option<Portrayed>,
    take: u32,
    is_sketch: bool,
    /// What was asked for, in lower case.
    prompt: String,
    raster: Raster,
    frame: Canvas,
    /// The shot that gives way, while two are seen.
    before: Option<Canvas>,
}

impl<'a> Stage<'a> {
    pub(in crate::agent) fn new(brief: &'a Brief, script: &'a Script, narration: &'a Narration) -> Self {
        let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
        let frame = Canvas::new(side(brief.width), side(brief.height));
        let unit = unit_px(&frame);
        let (w, h) = (frame.width() as f32 / unit, frame.height() as f32 / unit);
        let letters = Letters::new();
        let zones = Zones::new(w, h, script.captions);
        let mut shots = Vec::new();
        let first = Dice(brief.seed ^ (u64::from(brief.take) << 17)).below(12) as u64;
        let prompt = brief.prompt.to_lowercase();
        let mut chooser = Chooser::default();
        let mut next = 0;
        for (scene, content) in script.scenes.iter().enumerate() {
            for (shot, plan) in content.shots.iter().enumerate() {
                // What a shot looks like depends on its own words, not on how many there are before it, so that an
                // edit elsewhere leaves it as it is.
                let words = plan.on_screen.join(" ") + &content.heading;
                let roll = words.bytes().fold(shot as u64 ^ 0x5eed, |seed, byte| Dice(seed ^ u64::from(byte)).roll());
                let own = own_words(content, shot).map(|text| text.to_lowercase());
                let hints = own.join(" ");
                let seed = Dice(roll ^ brief.seed.rotate_left(9) ^ (u64::from(brief.take) << 40)).roll();
                let own_hints = own.each_ref().map(String::as_str);
                let picture = match plan.kind {
                    // A presenter stands in a set, which nobody takes for the picture before.
                    ShotKind::Presenter => first % 2,
                    ShotKind::TitleCard
                    | ShotKind::BRoll
                    | ShotKind::Bullets
                    | ShotKind::Montage
                    | ShotKind::Counter
                    | ShotKind::ClosingCard => {
                        chooser.choose(plan.theme, &own_hints, &prompt, first + (scene + shot) as u64)
                    }
                };
                shots.push(Placed {
                    scene,
                    shot,
                    frames: next..next + plan.frames,
                    seed,
                    variant: picture,
                    own: own[..2].join(" "),
                    hints,
                });
                next += plan.frames;
            }
        }
        let portrayed = match &brief.presenter {
            Presenter::Image(picture) => Some(Portrayed::new(picture, &frame)),
            Presenter::Avatar(_) | Presenter::Chosen => None,
        };
        Self {
            script,
            narration,
            frame_rate: brief.frame_rate.max(1) as f32,
            frames: next.max(1),
            shots,
            look: Look::new(script, brief.seed ^ u64::from(brief.take)),
            phrases: Phrases::new(narration, &letters, &zones),
            speech: Speech::new(narration),
            zones,
            letters,
            portrayed,
            take: brief.take,
            is_sketch: brief.is_sketch(),
            prompt,
            raster: Raster::default(),
            frame,
            before: None,
        }
    }

    /// Whether a shot begins with this frame.
    pub(in crate::agent) fn is_cut(&self, number: u32) -> bool {
        self.shots.iter().any(|shot| shot.frames.start == number)
    }

    /// Paints frame `number`, the same whatever was painted before.
    pub(in crate::agent) fn paint(&mut self, number: u32) -> &Canvas {
        let Some(at) = self.shot_at(number) else { return &self.frame };
        if self.is_sketch {
            let words = self.text(number);
            let (seconds, share) = (self.seconds(number), (number + 1) as f32 / self.frames as f32);
            let seen = Sketch { seed: self.shots[at].seed, seconds, share, words: &words };
            sketch::paint(&mut self.frame, &self.look, &seen);
            return &self.frame;
        }
        let mut frame = std::mem::replace(&mut self.frame, Canvas::new(1, 1));
        let mut raster = std::mem::take(&mut self.raster);
        match self.giving_way(at, number) {
            None => self.paint_shot(&mut frame, &mut raster, at, number, None),
            Some((Transition::Wipe, share)) => {
                self.paint_shot(&mut frame, &mut raster, at - 1, number, None);
                self.paint_shot(&mut frame, &mut raster, at, number, Some(share));
            }
            Some((Transition::Cut | Transition::Dissolve, share)) => {
                let mut before = self.before.take().unwrap_or_else(|| frame.clone());
                self.paint_shot(&mut before, &mut raster, at - 1, number, None);
                self.paint_shot(&mut frame, &mut raster, at, number, None);
                frame.dissolve(&before, 1.0 - share);
                self.before = Some(before);
            }
        }
        let mut brush = Brush::new(&mut frame, &mut raster, &self.letters);
        let kind = self.plan(at).kind;
        overlays::progress(&mut brush, &self.look, &self.zones, (number + 1) as f32 / self.frames as f32);
        if let Some(brand) = self.bug(kind) {
            overlays::bug(&mut brush, &self.look, &self.zones, brand);
        }
        if self.script.captions {
            self.phrases.paint(&mut brush, &self.look, &self.zones, self.seconds(number));
        }
        self.raster = raster;
        self.frame = frame;
        &self.frame
    }

    /// The words that a frame shows, as if there were room for all of them.
    pub(in crate::agent) fn text(&self, number: u32) -> String {
        let Some(at) = self.shot_at(number) else { return String::new() };
        let mut words = Vec::new();
        if self.giving_way(at, number).is_some() {
            words.extend(shots::words(&self.moment(at - 1, number)));
        }
        words.extend(shots::words(&self.moment(at, number)));
        if let Some(brand) = self.bug(self.plan(at).kind) {
            words.push(overlays::initials(brand));
        }
        if self.script.captions {
            words.extend(self.phrases.text(self.seconds(number)));
        }
        words.join(" ")
    }

    /// Which pictures the shots of these scenes show. They depend on all shots before them.
    pub(in crate::agent) fn pictures(&self, scenes: RangeInclusive<usize>) -> Vec<u64> {
        self.shots.iter().filter(|shot| scenes.contains(&shot.scene)).map(|shot| shot.variant).collect()
    }

    /// Each shot's frames, the scene's number and its own in it.
    pub(super) fn listing(&self) -> impl Iterator<Item = (Range<u32>, usize, usize)> + '_ {
        self.shots.iter().map(|shot| (shot.frames.clone(), shot.scene, shot.shot))
    }

    pub(super) fn script(&self) -> &'a Script {
        self.script
    }

    pub(super) fn size(&self) -> (u32, u32) {
        let side = |pixels: i32| u32::try_from(pixels).unwrap_or(1);
        (side(self.frame.width()), side(self.frame.height()))
    }

    pub(super) fn look(&self) -> &Look {
        &self.look
    }

    fn seconds(&self, number: u32) -> f32 {
        number as f32 / self.frame_rate
    }

    fn shot_at(&self, number: u32) -> Option<usize> {
        self.shots.iter().position(|shot| shot.frames.contains(&number)).or(self.shots.len().checked_sub(1))
    }

    fn plan(&self, at: usize) -> &'a crate::agent::script::Shot {
        &self.script.scenes[self.shots[at].scene].shots[self.shots[at].shot]
    }

    /// The brand is a mark in the corner, unless the picture is all about it.
    fn bug(&self, kind: ShotKind) -> Option<&'a str> {
        let is_free = !matches!(kind, ShotKind::TitleCard | ShotKind::ClosingCard);
        self.script.brand.as_deref().filter(|_| is_free)
    }

    /// How the shot before still shows in this frame, and how far the new one has come.
    fn giving_way(&self, at: usize, number: u32) -> Option<(Transition, f32)> {
        let (shot, kind) = (&self.shots[at], self.plan(at).transition);
        if at == 0 || kind == Transition::Cut {
            return None;
        }
        let wanted = u32::try_from(round(TRANSITION_S * self.frame_rate)).unwrap_or(0);
        let length = wanted.min((shot.frames.end - shot.frames.start) / 2);
        let since = number.saturating_sub(shot.frames.start);
        (since < length).then(|| (kind, smooth((since + 1) as f32 / (length + 1) as f32)))
    }

    fn moment(&self, at: usize, number: u32) -> Moment<'_> {
        let placed = &self.shots[at];
        let scene = &self.script.scenes[placed.scene];
        let length = placed.frames.end - placed.frames.start;
        let since = number.saturating_sub(placed.frames.start);
        let shot = &scene.shots[placed.shot];
        let share = since as f32 / length.max(1) as f32;
        let seconds = since as f32 / self.frame_rate;
        Moment {
            look: &self.look,
            script: self.script,
            zones: &self.zones,
            scene,
            shot,
            seed: placed.seed,
            variant: placed.variant,
            hints: [&placed.own, &placed.hints, &self.prompt],
            take: self.take,
            seconds,
            length_s: length as f32 / self.frame_rate,
            share,
            film_s: self.seconds(number),
            mouth: self.narration.mouth.get(number as usize).map_or(0.0, |open| f32::from(*open) / 255.0),
            view: View::new(shot.camera, share, seconds),
            speech: &self.speech,
            portrayed: self.portrayed.as_ref(),
        }
    }

    fn paint_shot(&self, canvas: &mut Canvas, raster: &mut Raster, at: usize, number: u32, wiped: Option<f32>) {
        let moment = self.moment(at, number);
        let mut brush = Brush::new(canvas, raster, &self.letters);
        let Some(share) = wiped else {
            shots::paint(&mut brush, &moment);
            return;
        };
        let (w, h) = (brush.w, brush.h);
        let (edge, is_down) = (w * share, h > w * 1.05);
        let (shown, seam) = if is_down {
            ([0.0, 0.0, w, h * share], [0.0, h * share - 0.6, w, 1.2])
        } else {
            ([0.0, 0.0, edge, h], [edge - 0.6, 0.0, 1.2, h])
        };
        brush.clipped(shown, |brush| shots::paint(brush, &moment));
        brush.rect(seam[0], seam[1], seam[2], seam[3], self.look.pop);
        brush.rect(
            seam[0],
            seam[1],
            seam[2] * if is_down { 1.0 } else { 0.3 },
            seam[3] * if is_down { 0.3 } else { 1.0 },
            WHITE,
        );
    }
}

/// The words of a shot, the most telling first: what is read in it, the sentence that falls to it, the heading, and
/// all that is said in the scene.
fn own_words(scene: &Scene, shot: usize) -> [String; 4] {
    let (said, shots) = (scene.narration.len(), scene.shots.len().max(1));
    let sentence = scene.narration.get(shot * said / shots).cloned().unwrap_or_default();
    [scene.shots[shot].on_screen.join(" "), sentence, scene.heading.clone(), scene.narration.join(" ")]
}
