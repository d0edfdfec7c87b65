//! The contact sheet: every shot of a film on one picture, with its scene, its time and what is said.

use image::RgbImage;
use image::imageops::FilterType;

use super::brush::Brush;
use super::canvas::{Canvas, round};
use super::lettering::{Align, Letters};
use super::look::{Look, WHITE, darker, lighter};
use super::paint::Paint;
use super::raster::Raster;
use super::stage::Stage;
use crate::agent::script::{Scene, ShotKind};

/// Sizes in pixels. A sheet with more columns could not be read on a screen.
const COLUMNS: u32 = 4;
const GAP: u32 = 24;
const THUMB_W: u32 = 360;
const THUMB_W_UPRIGHT: u32 = 230;
const NOTE_H: u32 = 84;
const HEAD_H: u32 = 120;

/// How far into a shot its picture is taken: everything has appeared, nothing has left yet.
const TAKEN_AT: f32 = 0.72;

/// Paints the sheet. The stage may be of any size; pictures are made smaller, never larger.
pub(in crate::agent) fn contact_sheet(stage: &mut Stage<'_>) -> RgbImage {
    let shots: Vec<_> = stage.listing().collect();
    let (script, look, rate) = (stage.script(), *stage.look(), stage.script().frame_rate.max(1));
    let (wide, high) = stage.size();
    let thumb_w = if high > wide { THUMB_W_UPRIGHT } else { THUMB_W }.min(wide.max(160));
    let thumb_h = (thumb_w * high / wide.max(1)).max(1);
    let count = u32::try_from(shots.len()).unwrap_or(u32::MAX).max(1);
    let columns = count.min(COLUMNS);
    let (cell_w, cell_h) = (thumb_w + GAP, thumb_h + NOTE_H + GAP);
    let (sheet_w, sheet_h) = (GAP + columns * cell_w, HEAD_H + count.div_ceil(columns) * cell_h + GAP);
    let mut notes = Notes::new(sheet_w, sheet_h);
    notes.head(
        script.title.as_str(),
        script.brand.as_deref(),
        &look,
        &script.palette.iter().map(|colour| colour.0).collect::<Vec<_>>(),
    );
    let mut thumbs = Vec::new();
    for (number, (frames, scene, shot)) in (0..).zip(shots) {
        let (x, y) = (GAP + number % columns * cell_w, HEAD_H + number / columns * cell_h);
        let length = (frames.end - frames.start) as f32;
        let at = frames.start
            + u32::try_from(round(length * TAKEN_AT)).unwrap_or(0).min((frames.end - frames.start).saturating_sub(1));
        let picture = stage.paint(at).to_image();
        thumbs.push((image::imageops::resize(&picture, thumb_w, thumb_h, FilterType::Triangle), x, y));
        let content = &script.scenes[scene];
        let time = format!("{}  {}", time_code(frames.start, rate), kind_name(content.shots[shot].kind));
        let heading = if shot == 0 { format!("{}. {}", scene + 1, content.heading) } else { String::new() };
        notes.note([x, y + thumb_h + 6, thumb_w, NOTE_H - 10], &time, &heading, &said(content, shot));
    }
    let mut sheet = notes.canvas.to_image();
    for (thumb, x, y) in thumbs {
        image::imageops::replace(&mut sheet, &thumb, x.into(), y.into());
    }
    sheet
}

/// What is said in a scene, beside its first shot.
fn said(scene: &Scene, shot: usize) -> String {
    if shot == 0 { scene.narration.join(" ") } else { String::new() }
}

fn time_code(frame: u32, rate: u32) -> String {
    let tenths = frame * 10 / rate;
    format!("{:02}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
}

fn kind_name(kind: ShotKind) -> &'static str {
    match kind {
        ShotKind::TitleCard => "title",
        ShotKind::Presenter => "presenter",
        ShotKind::BRoll => "B-roll",
        ShotKind::Bullets => "bullets",
        ShotKind::Montage => "montage",
        ShotKind::Counter => "counter",
        ShotKind::ClosingCard => "closing",
    }
}

/// Paper and writing of the sheet; units here are pixels.
struct Notes {
    canvas: Canvas,
    raster: Raster,
    letters: Letters,
}

const PAPER: [u8; 3] = [0x1b, 0x1d, 0x24];

impl Notes {
    fn new(width: u32, height: u32) -> Self {
        let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
        Self { canvas: Canvas::new(side(width), side(height)), raster: Raster::default(), letters: Letters::new() }
    }

    fn brush(&mut self, paint: impl FnOnce(&mut Brush<'_>)) {
        let pixel = 1.0 / super::brush::unit_px(&self.canvas);
        let mut brush = Brush::new(&mut self.canvas, &mut self.raster, &self.letters);
        brush.at(0.0, 0.0, pixel, paint);
    }

    fn head(&mut self, title: &str, brand: Option<&str>, look: &Look, palette: &[[u8; 3]]) {
        let (width, left) = (self.canvas.width() as f32, Align { across: 0.0, down: 0.5 });
        self.brush(|brush| {
            brush.everything(PAPER);
            brush.rect(0.0, 0.0, width, 6.0, look.lead);
            let set = brush.letters().set(title, [GAP as f32, 22.0, width * 0.7, 50.0], (34.0, 12.0), 1, left);
            brush.write(&set, WHITE);
            let set = brush.letters().set(
                brand.unwrap_or("Contact sheet"),
                [GAP as f32, 70.0, width * 0.7, 26.0],
                (17.0, 9.0),
                1,
                left,
            );
            brush.write(&set, lighter(PAPER, 0.6));
            for (number, colour) in (1_u8..).zip(palette) {
                let x = width - GAP as f32 - 34.0 * f32::from(number);
                brush.circle(x + 14.0, 52.0, 13.0, lighter(PAPER, 0.3));
                brush.circle(x + 14.0, 52.0, 12.0, *colour);
            }
        });
    }

    fn note(&mut self, [x, y, w, h]: [u32; 4], time: &str, heading: &str, said: &str) {
        let [x, y, w, h] = [x, y, w, h].map(|side| side as f32);
        let left = Align { across: 0.0, down: 0.0 };
        self.brush(|brush| {
            let set = brush.letters().set(time, [x, y, w, 16.0], (12.0, 8.0), 1, left);
            brush.write(&set, lighter(PAPER, 0.5));
            let set = brush.letters().set(heading, [x, y + 16.0, w, 22.0], (16.0, 9.0), 1, left);
            brush.write(&set, WHITE);
            let set = brush.letters().set(said, [x, y + 38.0, w, h - 38.0], (11.5, 10.0), 3, left);
            brush.write(&set, Paint::from(darker(lighter(PAPER, 0.75), 0.05)));
        });
    }
}
