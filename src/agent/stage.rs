//! Paints the frames of a [`Plan`]. What stands still in a scene is painted once, when the scene begins, and words are
//! added to it as they appear; each frame then only adds what moves.

use image::DynamicImage;
use image::imageops::FilterType;

use super::draw::canvas::{Canvas, Ink, Mask, Rect, round};
use super::draw::portrait;
use super::draw::text::{PlacedWord, Sizes, Typeface};
use super::scenes::{Dice, Panel, Plan, Scene};
use super::{Presenter, Screenplay};

/// How long a new scene takes to wipe over the last, and a name plate to slide in.
const WIPE_S: f32 = 0.45;
const PLATE_S: f32 = 0.5;
/// Words appear at the pace of speech, and all of them in this share of their scene.
const WORDS_PER_S: f32 = 4.0;
const REVEAL_SHARE: f32 = 0.5;
/// How often the speaking mouth may change.
const MOUTH_HZ: f32 = 6.0;
const VOICE_BARS: i32 = 7;

/// Where things are in one scene.
struct Places {
    panel: Rect,
    kicker: Rect,
    text: Rect,
    voice: Rect,
}

pub(super) struct Stage<'a> {
    screenplay: &'a Screenplay,
    plan: Plan,
    typeface: Typeface,
    /// Index of the scene that is set up, and where its things are.
    current: usize,
    places: Places,
    words: Vec<PlacedWord>,
    words_shown: usize,
    /// Seconds since the scene began.
    since: f32,
    text_before_cut: String,
    plate: Option<Mask>,
    /// The presenter with a closed and an open mouth, or the picture that was handed in.
    poses: Vec<Canvas>,
    ground: Canvas,
    frame: Canvas,
    before_cut: Canvas,
}

impl<'a> Stage<'a> {
    pub(super) fn new(screenplay: &'a Screenplay, plan: Plan) -> Self {
        let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
        let frame = Canvas::new(side(screenplay.width), side(screenplay.height));
        let places = places(frame.bounds(), false);
        let mut stage = Self {
            screenplay,
            plan,
            typeface: Typeface::new(),
            current: 0,
            poses: poses(screenplay, places.panel),
            places,
            words: Vec::new(),
            words_shown: 0,
            since: 0.0,
            text_before_cut: String::new(),
            plate: None,
            ground: frame.clone(),
            before_cut: frame.clone(),
            frame,
        };
        stage.set_scene(0);
        stage
    }

    /// Whether a scene begins with this frame.
    pub(super) fn is_cut(&self, number: u32) -> bool {
        self.plan.scenes.iter().any(|scene| scene.frames.start == number)
    }

    /// Paints frame `number`. Frames must be asked for in order.
    pub(super) fn paint(&mut self, number: u32) -> &Canvas {
        if number >= self.scene().frames.end && self.current + 1 < self.plan.scenes.len() {
            self.before_cut.copy_whole(&self.frame);
            self.text_before_cut = self.scene_text();
            self.set_scene(self.current + 1);
        }
        let rate = self.screenplay.frame_rate as f32;
        let since = number.saturating_sub(self.scene().frames.start) as f32 / rate;
        self.since = since;
        self.reveal_words();
        self.frame.copy_whole(&self.ground);
        let total_s = number as f32 / rate;
        match self.scene().panel {
            Panel::Presenter => self.paint_presenter(since, total_s),
            Panel::Discs => self.paint_discs(total_s),
            Panel::Bars => self.paint_bars(since, total_s),
            Panel::Stripes => self.paint_stripes(total_s),
        }
        self.paint_underline(since);
        if self.current > 0 && since < WIPE_S {
            self.wipe(since / WIPE_S);
        }
        self.paint_progress(number + 1);
        &self.frame
    }

    /// The words of the frame that was painted last. A wipe also shows those of the scene before.
    pub(super) fn text(&self) -> String {
        if self.current > 0 && self.since < WIPE_S {
            return format!("{} {}", self.text_before_cut, self.scene_text());
        }
        self.scene_text()
    }

    /// The words of the current scene that have appeared, as if there were room for all of them.
    fn scene_text(&self) -> String {
        let scene = self.scene();
        let words: Vec<&str> = scene.text.split_whitespace().collect();
        let shown = words[..self.words_due(words.len())].join(" ");
        let name = self.plan.presenter.as_deref().filter(|_| self.plate.is_some() && self.since > 0.0);
        format!("{} {shown} {}", scene.kicker, name.unwrap_or_default())
    }

    /// How many of a scene's words have appeared by now. The title stands from the first frame on.
    fn words_due(&self, words: usize) -> usize {
        let scene = self.scene();
        if scene.is_title {
            return words;
        }
        let scene_s = scene.frames.len() as f32 / self.screenplay.frame_rate as f32;
        let pace = WORDS_PER_S.max(words as f32 / (scene_s * REVEAL_SHARE));
        index(round(self.since * pace) + 2).min(words)
    }

    fn scene(&self) -> &Scene {
        &self.plan.scenes[self.current]
    }

    fn set_scene(&mut self, number: usize) {
        self.current = number;
        let scene = self.plan.scenes[number].clone();
        let palette = &self.plan.palette;
        let all = self.frame.bounds();
        let side = all.w.min(all.h) as f32;
        self.places = places(all, scene.panel_first);
        self.ground.gradient(all, palette.ground_top, palette.ground_bottom);
        self.ground.fill(self.places.panel, Ink::rgb(palette.panel));
        let small = Sizes { largest: side * 0.046, smallest: 9.0 };
        let kicker = self.typeface.set(&scene.kicker, self.places.kicker, small);
        for word in &kicker.words {
            self.ground.stamp(&word.mask, word.x, word.y, Ink::rgb(palette.faint_text), 256);
        }
        let largest = side * if scene.is_title { 0.125 } else { 0.092 };
        let block = self.typeface.set(&scene.text, self.places.text, Sizes { largest, smallest: 10.0 });
        self.words = block.words;
        self.words_shown = 0;
        self.places.text = block.area;
        let name = self.plan.presenter.as_deref().filter(|_| scene.panel == Panel::Presenter);
        let room = Rect::new(0, 0, self.places.panel.w * 7 / 10, round(side * 0.1));
        self.plate = name.map(|name| self.plate_text(name, room, side));
    }

    /// The name as one line, as large as fits the plate.
    fn plate_text(&self, name: &str, room: Rect, side: f32) -> Mask {
        let mut shown: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut size = side * 0.06;
        while size > 9.0 && self.typeface.measure(&shown, size) > room.w as f32 {
            size *= 0.93;
        }
        while shown.chars().count() > 1 && self.typeface.measure(&shown, size) > room.w as f32 {
            shown.pop();
        }
        self.typeface.mask(&shown, size)
    }

    /// Adds the words whose time has come to the ground.
    fn reveal_words(&mut self) {
        let due = self.words_due(self.words.len());
        let ink = Ink::rgb(self.plan.palette.text);
        for word in self.words.get(self.words_shown..due).unwrap_or_default() {
            self.ground.stamp(&word.mask, word.x, word.y, ink, 256);
        }
        self.words_shown = self.words_shown.max(due);
    }

    fn paint_presenter(&mut self, since: f32, total_s: f32) {
        let panel = self.places.panel;
        let beat = Dice(self.screenplay.seed ^ beat(total_s)).roll();
        let pose = if beat.is_multiple_of(2) { self.poses.first() } else { self.poses.last() };
        if let Some(pose) = pose {
            self.frame.copy(pose, (panel.x, panel.y), pose.bounds());
        }
        self.paint_voice(total_s);
        let Some(name) = &self.plate else { return };
        let pad = (name.height / 3).max(2);
        let (width, height) = (name.width + 3 * pad, name.height + pad);
        let shown = ease(since / PLATE_S);
        let slide = round((1.0 - shown) * (width + pad) as f32);
        let plate = Rect::new(panel.x + 2 * pad, panel.y + panel.h - height - 3 * pad, width, height);
        let (accent, text) = (Ink::rgb(self.plan.palette.accent), Ink::rgb(self.plan.palette.on_accent));
        let outside = Rect::new(plate.x, plate.y + slide, plate.w, plate.h);
        if shown > 0.02 {
            self.frame.round_rect(outside, pad, accent);
            self.frame.stamp(name, outside.x + pad * 3 / 2, outside.y + pad / 2, text, 256);
        }
    }

    /// A row of bars under the text that move as if to a voice.
    fn paint_voice(&mut self, total_s: f32) {
        let area = self.places.voice;
        let step = (area.h * 2 / 3).max(3);
        let ink = Ink::rgb(self.plan.palette.accent);
        for bar in 0..VOICE_BARS {
            let phase = total_s * (5.0 + (bar * 5 % 7) as f32) + bar as f32 * 1.7;
            let height = round(area.h as f32 * (0.25 + 0.75 * phase.sin().abs())).max(2);
            let y = area.y + (area.h - height) / 2;
            self.frame.round_rect(Rect::new(area.x + bar * step, y, step / 2 + 1, height), step / 4, ink);
        }
    }

    fn paint_discs(&mut self, total_s: f32) {
        let (panel, palette) = (self.places.panel, &self.plan.palette);
        let mut dice = Dice(self.screenplay.seed ^ self.current as u64);
        let unit = panel.w.min(panel.h) as f32;
        for colour in [palette.shape, palette.second, palette.accent, palette.shape, palette.accent] {
            let (orbit, phase) = (unit * (0.12 + 0.3 * dice.share()), dice.share() * std::f32::consts::TAU);
            let speed = 0.5 + dice.share();
            let radius = unit * (0.06 + 0.2 * dice.share());
            let (sine, cosine) = (phase + total_s * speed).sin_cos();
            let middle = (panel.x as f32 + panel.w as f32 / 2.0, panel.y as f32 + panel.h as f32 / 2.0);
            let centre = (middle.0 + orbit * cosine, middle.1 + 1.3 * orbit * sine);
            self.frame.ellipse(panel, centre, (radius, radius), Ink::rgb(colour));
        }
    }

    fn paint_bars(&mut self, since: f32, total_s: f32) {
        let (panel, palette) = (self.places.panel, &self.plan.palette);
        let mut dice = Dice(self.screenplay.seed ^ self.current as u64);
        let area = panel.inset(panel.w / 7, panel.h / 6);
        let step = area.w / 5;
        for bar in 0..5 {
            let goal = 0.35 + 0.13 * bar as f32 + 0.12 * dice.share();
            let grown = ease(since / (0.7 + 0.15 * bar as f32)) * goal.min(1.0);
            let sway = 1.0 + 0.05 * (total_s * 2.0 + bar as f32).sin();
            let height = round(area.h as f32 * (grown * sway).clamp(0.04, 1.0));
            let colour = if bar == 4 { palette.accent } else { palette.shape };
            let rect = Rect::new(area.x + bar * step, area.y + area.h - height, step * 2 / 3, height);
            self.frame.round_rect(rect, step / 6, Ink::rgb(colour));
        }
    }

    fn paint_stripes(&mut self, total_s: f32) {
        let (panel, palette) = (self.places.panel, &self.plan.palette);
        let phase = Dice(self.screenplay.seed ^ self.current as u64).share();
        let width = panel.w as f32 / 3.2;
        let reach = panel.w as f32 + panel.h as f32 * 0.5 + width;
        for (stripe, colour) in [palette.shape, palette.accent, palette.second].into_iter().enumerate() {
            let travelled = (total_s * 0.16 + phase + stripe as f32 / 3.0).fract() * reach;
            let left = panel.x as f32 - width + travelled + panel.y as f32 * 0.5;
            self.frame.slanted_band(panel, left, width * 0.55, -0.5, Ink::rgb(colour));
        }
    }

    /// An accent line under a title, drawn from left to right.
    fn paint_underline(&mut self, since: f32) {
        if !self.scene().is_title {
            return;
        }
        let text = self.places.text;
        let side = self.frame.width().min(self.frame.height());
        let thick = (side / 60).max(2) & !1;
        let y = (text.y + text.h + thick * 2) & !1;
        let full = (text.w * 2 / 3).max(side / 4);
        let width = round(full as f32 * (0.12 + 0.88 * ease(since / 1.2)));
        self.frame.fill(Rect::new(text.x & !1, y, width, thick), Ink::rgb(self.plan.palette.accent));
    }

    /// Shows the scene before the cut on the right of an edge that moves to the right.
    fn wipe(&mut self, share: f32) {
        let all = self.frame.bounds();
        let edge = round(ease(share) * all.w as f32) & !1;
        self.frame.copy(&self.before_cut, (edge, 0), Rect::new(edge, 0, all.w - edge, all.h));
        let width = (all.w / 40).max(2) & !1;
        self.frame.fill(Rect::new(edge, 0, width, all.h), Ink::rgb(self.plan.palette.accent));
    }

    fn paint_progress(&mut self, frames_done: u32) {
        let all = self.frame.bounds();
        let height = (all.h / 60).max(2);
        let rule = Rect::new(0, all.h - height, all.w, height);
        let done = frames_done as f32 / (self.screenplay.duration_s * self.screenplay.frame_rate) as f32;
        self.frame.fill(rule, Ink::rgb(self.plan.palette.track));
        let width = round(done * all.w as f32);
        self.frame.fill(Rect::new(0, rule.y, width, height), Ink::rgb(self.plan.palette.accent));
    }
}

/// The panel takes two fifths beside the text, or a little less than half of an upright picture above or below it.
fn places(all: Rect, panel_first: bool) -> Places {
    let margin = (all.w.min(all.h) / 14).max(4);
    let (panel, rest) = if all.h > all.w {
        let cut = (all.h * 11 / 25) & !1;
        let (top, other) = if panel_first { (0, cut) } else { ((all.h - cut) & !1, 0) };
        (Rect::new(0, top, all.w, cut), Rect::new(0, other, all.w, all.h - cut))
    } else {
        let cut = (all.w * 2 / 5) & !1;
        let (left, other) = if panel_first { (0, cut) } else { ((all.w - cut) & !1, 0) };
        (Rect::new(left, 0, cut, all.h), Rect::new(other, 0, all.w - cut, all.h))
    };
    let inner = rest.inset(margin, margin);
    let line = (all.w.min(all.h) / 12).max(12);
    Places {
        panel,
        kicker: Rect::new(inner.x, inner.y, inner.w, line),
        text: Rect::new(inner.x, inner.y + line * 4 / 3, inner.w, inner.h - line * 8 / 3),
        voice: Rect::new(inner.x, inner.y + inner.h - line * 2 / 3, inner.w, line * 2 / 3),
    }
}

fn poses(screenplay: &Screenplay, panel: Rect) -> Vec<Canvas> {
    let seed = match &screenplay.presenter {
        Presenter::Image(picture) => {
            let side = |pixels: i32| u32::try_from(pixels).unwrap_or(1).max(1);
            let fitted = DynamicImage::ImageRgb8(picture.clone());
            let fitted = fitted.resize_to_fill(side(panel.w), side(panel.h), FilterType::Triangle);
            return vec![Canvas::from_image(&fitted.to_rgb8())];
        }
        Presenter::Avatar(name) => name.bytes().fold(7, |hash: u64, byte| Dice(hash ^ u64::from(byte)).roll()),
        Presenter::Chosen => screenplay.seed,
    };
    [false, true]
        .map(|is_speaking| {
            let mut pose = Canvas::new(panel.w, panel.h);
            portrait::paint(&mut pose, seed, is_speaking);
            pose
        })
        .to_vec()
}

/// Fast first, then settling: 0 at 0, 1 from 1 on.
fn ease(share: f32) -> f32 {
    1.0 - (1.0 - share.clamp(0.0, 1.0)).powi(3)
}

fn beat(total_s: f32) -> u64 {
    u64::try_from(round(total_s * MOUTH_HZ)).unwrap_or(0)
}

fn index(count: i32) -> usize {
    usize::try_from(count).unwrap_or(0)
}
