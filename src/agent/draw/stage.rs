//! The frames of a production. [`Stage::paint`] is a pure function of the frame's number: nothing is carried from one
//! frame to the next, so that a scene can be painted alone, and on any thread.

use std::ops::Range;

use super::brush::{Brush, unit_px};
use super::camera::View;
use super::canvas::{Canvas, round};
use super::lettering::Letters;
use super::look::{Look, WHITE};
use super::motion::{Dice, smooth};
use super::overlays;
use super::phrases::Phrases;
use super::picture::Portrayed;
use super::raster::Raster;
use super::shots::{self, Moment};
use super::speech::Speech;
use super::zones::Zones;
use crate::agent::script::{Script, ShotKind, Transition};
use crate::agent::{Brief, Narration, Presenter};

/// How long one shot takes to give way to the next, if that one lasts twice as long.
const TRANSITION_S: f32 = 0.5;

struct Placed {
    scene: usize,
    shot: usize,
    frames: Range<u32>,
    seed: u64,
    /// Neighbours in a film show different pictures of one theme.
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
        let first = Dice(brief.seed ^ (u64::from(brief.take) << 17)).below(12);
        let mut next = 0;
        for (scene, content) in script.scenes.iter().enumerate() {
            for (shot, plan) in content.shots.iter().enumerate() {
                // What a shot looks like depends on its own words, not on how many there are before it, so that an
                // edit elsewhere leaves it as it is.
                let words = plan.on_screen.join(" ") + &content.heading;
                let own = words.bytes().fold(shot as u64 ^ 0x5eed, |seed, byte| Dice(seed ^ u64::from(byte)).roll());
                let seed = Dice(own ^ brief.seed.rotate_left(9) ^ (u64::from(brief.take) << 40)).roll();
                shots.push(Placed {
                    scene,
                    shot,
                    frames: next..next + plan.frames,
                    seed,
                    variant: first + (scene + shot) as u64,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::SpokenWord;
    use crate::agent::draw::sheet::contact_sheet;
    use crate::agent::script::{Camera, Cast, Colour, Scene, Shot, Side, Theme, Tone};

    const KINDS: [ShotKind; 7] = [
        ShotKind::TitleCard,
        ShotKind::Presenter,
        ShotKind::BRoll,
        ShotKind::Bullets,
        ShotKind::Montage,
        ShotKind::Counter,
        ShotKind::ClosingCard,
    ];
    const FRAMES: u32 = 24;
    const RATE: u32 = 8;

    fn brief(width: u32, height: u32) -> Brief {
        Brief {
            prompt: String::new(),
            presenter: Presenter::Chosen,
            width,
            height,
            duration_s: FRAMES * 7 / RATE,
            frame_rate: RATE,
            seed: 5,
            take: 0,
        }
    }

    /// A script with every kind of shot, three seconds each.
    fn script(themes: &[Theme], captions: bool) -> Script {
        let transitions = [Transition::Cut, Transition::Dissolve, Transition::Wipe];
        let sides = [Side::Left, Side::Centre, Side::Right];
        let scenes = KINDS.iter().enumerate().map(|(number, kind)| Scene {
            heading: format!("Heading {number}"),
            narration: vec!["Some words.".to_owned()],
            shots: vec![Shot {
                kind: *kind,
                theme: themes[number % themes.len()],
                camera: [Camera::PushIn, Camera::PanLeft, Camera::Still, Camera::Tilt][number % 4],
                transition: transitions[number % 3],
                side: sides[number % 3],
                on_screen: vec!["420 pears".to_owned(), "sold fresh".to_owned(), "每日 🚀".to_owned()],
                frames: FRAMES,
            }],
        });
        Script {
            title: "Pears".to_owned(),
            brand: Some("Pear House".to_owned()),
            tone: Tone::Warm,
            palette: vec![Colour([0x24, 0x55, 0xc4]), Colour([0xf6, 0xec, 0xd8]), Colour([0xf0, 0x75, 0x62])],
            presenter: Cast { name: Some("Ada".to_owned()), look: 3 },
            call_to_action: Some("Taste one".to_owned()),
            frame_rate: RATE,
            captions,
            scenes: scenes.collect(),
        }
    }

    /// One word a second, the mouth open at every other frame.
    fn narration() -> Narration {
        let words = ["alpha", "beta", "gamma", "delta", "omega"].iter().enumerate().map(|(number, text)| SpokenWord {
            text: (*text).to_owned(),
            scene: 0,
            sentence: number,
            start_s: number as f32,
            end_s: number as f32 + 0.9,
        });
        let mouth = (0..FRAMES * 7).map(|frame| if frame % 2 == 0 { 0 } else { 255 }).collect();
        Narration { words: words.collect(), mouth, ..Narration::default() }
    }

    /// How many samples of luma differ visibly, in a part of the picture.
    fn changed(one: &Canvas, other: &Canvas, [x, y, w, h]: [usize; 4]) -> usize {
        let width = usize::try_from(one.width()).expect("it is positive");
        let samples = one.planes[0].samples.iter().zip(&other.planes[0].samples).enumerate();
        samples
            .filter(|(at, _)| (x..x + w).contains(&(at % width)) && (y..y + h).contains(&(at / width)))
            .filter(|(_, (one, other))| one.abs_diff(**other) > 6)
            .count()
    }

    fn same(one: &Canvas, other: &Canvas) -> bool {
        one.planes.iter().zip(&other.planes).all(|(one, other)| one.samples == other.samples)
    }

    #[test]
    fn a_frame_is_the_same_whatever_was_painted_before_it() {
        let (brief, script, narration) = (brief(160, 90), script(&[Theme::City, Theme::Music], true), narration());
        let mut used = Stage::new(&brief, &script, &narration);
        for number in [10, 3, FRAMES, FRAMES + 1, 2 * FRAMES + 2, 3 * FRAMES, 5 * FRAMES + 4, 6 * FRAMES + 9] {
            used.paint(number + 7);
            let again = used.paint(number).clone();
            let fresh = Stage::new(&brief, &script, &narration).paint(number).clone();
            assert!(same(&again, &fresh), "frame {number}");
        }
    }

    #[test]
    fn something_moves_in_every_kind_of_shot() {
        let (brief, script, narration) = (brief(320, 180), script(&[Theme::Sea, Theme::Data], false), narration());
        let mut stage = Stage::new(&brief, &script, &narration);
        for (number, kind) in (0..).zip(KINDS) {
            let middle = number * FRAMES + FRAMES / 2;
            let before = stage.paint(middle).clone();
            let moved = changed(&before, stage.paint(middle + 1), [0, 0, 320, 170]);
            assert!(moved > 40, "{kind:?}: {moved}");
        }
    }

    #[test]
    fn the_mouth_follows_the_narration() {
        let (brief, script) = (brief(640, 360), script(&[Theme::Work], false));
        let open = narration();
        let closed = Narration { mouth: vec![0; (FRAMES * 7) as usize], ..narration() };
        let number = FRAMES + FRAMES / 2 + 1;
        let speaking = Stage::new(&brief, &script, &open).paint(number).clone();
        let silent = Stage::new(&brief, &script, &closed).paint(number).clone();
        assert!(changed(&speaking, &silent, [0, 40, 640, 200]) > 30);
    }

    #[test]
    fn every_theme_is_painted_in_the_films_colours_and_differs_from_the_others() {
        const ALL: [Theme; 15] = [
            Theme::City,
            Theme::Nature,
            Theme::Product,
            Theme::People,
            Theme::Data,
            Theme::Food,
            Theme::Music,
            Theme::Sport,
            Theme::Space,
            Theme::Home,
            Theme::Work,
            Theme::Travel,
            Theme::Learning,
            Theme::Sea,
            Theme::Abstract,
        ];
        let (brief, narration) = (brief(160, 90), Narration::default());
        let mut seen: Vec<Canvas> = Vec::new();
        for theme in ALL {
            let blue = script(&[theme], false);
            let mut red = blue.clone();
            red.palette[0] = Colour([0xc4, 0x24, 0x30]);
            let number = 2 * FRAMES + FRAMES / 2;
            let picture = Stage::new(&brief, &blue, &narration).paint(number).clone();
            let other = Stage::new(&brief, &red, &narration).paint(number).clone();
            let tinted = picture.planes[2].samples.iter().zip(&other.planes[2].samples);
            let share = tinted.filter(|(one, other)| one.abs_diff(**other) > 3).count() * 100 / (80 * 45);
            assert!(share > 10, "{theme:?}: {share} %");
            for before in &seen {
                assert!(changed(before, &picture, [0, 0, 160, 90]) > 1500, "{theme:?}");
            }
            seen.push(picture);
        }
    }

    #[test]
    fn captions_and_text_say_what_is_spoken_and_shown() {
        let (brief, script, narration) = (brief(160, 90), script(&[Theme::Food], true), narration());
        let stage = Stage::new(&brief, &script, &narration);
        for (number, word) in (0..).zip(&narration.words) {
            assert!(stage.text(number * RATE + 2).contains(&word.text), "{}", word.text);
        }
        assert!(!stage.text(RATE + 2).contains("alpha"));
        let middle = |number: u32| stage.text(number * FRAMES + FRAMES * 3 / 4);
        for (number, word) in
            [(0, "420 pears"), (1, "sold fresh"), (2, "420 pears"), (3, "Heading 3"), (5, "420 pears")]
        {
            assert!(middle(number).contains(word), "{number}: {}", middle(number));
        }
        assert!(middle(6).contains("Taste one") && middle(6).contains("Pear House"));
        assert!(!stage.text(3 * FRAMES).contains("每日"), "{}", stage.text(3 * FRAMES));
        // While one shot gives way to the next, the words of both are seen.
        assert!(stage.text(FRAMES).contains("Pears") || stage.text(FRAMES).contains("420 pears"));
    }

    #[test]
    fn captions_change_the_picture_where_they_stand_and_nowhere_else() {
        let (brief, narration) = (brief(640, 360), narration());
        let number = FRAMES + FRAMES / 2;
        let with = script(&[Theme::Work], true);
        let spoken = Stage::new(&brief, &with, &narration).paint(number).clone();
        let silence = Narration { words: Vec::new(), ..narration };
        let quiet = Stage::new(&brief, &with, &silence).paint(number).clone();
        assert!(changed(&spoken, &quiet, [60, 270, 520, 80]) > 500);
        assert_eq!(changed(&spoken, &quiet, [0, 348, 640, 12]), 0);
    }

    #[test]
    fn every_size_and_kind_of_shot_is_painted() {
        let picture = image::RgbImage::from_pixel(30, 50, image::Rgb([0xe8, 0xb8, 0x94]));
        for (width, height) in [(32, 32), (33, 65), (64, 64), (320, 32), (32, 400), (200, 113)] {
            for presenter in [Presenter::Chosen, Presenter::Image(picture.clone())] {
                let brief = Brief { presenter, ..brief(width, height) };
                let (script, narration) = (script(&[Theme::Home, Theme::Space, Theme::People], true), narration());
                let mut stage = Stage::new(&brief, &script, &narration);
                for number in (0..FRAMES * 7 + 3).step_by(7) {
                    let size = (stage.paint(number).width(), stage.paint(number).height());
                    assert_eq!((size.0.unsigned_abs(), size.1.unsigned_abs()), (width, height));
                }
            }
        }
    }

    #[test]
    fn shots_of_one_frame_and_scripts_without_words_are_painted() {
        let mut script = script(&[Theme::Travel, Theme::Learning], true);
        for scene in &mut script.scenes {
            scene.shots[0].frames = 1;
            scene.shots[0].on_screen.clear();
            scene.heading.clear();
        }
        (script.brand, script.call_to_action) = (None, None);
        script.palette.truncate(1);
        let (brief, narration) = (brief(96, 54), Narration::default());
        let mut stage = Stage::new(&brief, &script, &narration);
        for number in 0..9 {
            stage.paint(number);
            assert!(!stage.text(number).contains("pears"));
        }
        assert!((0..7).all(|number| stage.is_cut(number)) && !stage.is_cut(7));
    }

    #[test]
    fn the_contact_sheet_has_a_picture_of_every_shot() {
        let (brief, script, narration) = (brief(160, 90), script(&[Theme::Nature, Theme::Sport], true), narration());
        let sheet = contact_sheet(&mut Stage::new(&brief, &script, &narration));
        let columns = sheet.width() / 160;
        assert!(columns >= 4 && sheet.height() > 2 * 90, "{}x{}", sheet.width(), sheet.height());
    }
}
