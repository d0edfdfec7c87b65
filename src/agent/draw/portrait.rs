//! A picture of a drawn presenter, different for every seed: what a job without a photograph of its own can hand in.

use image::RgbImage;

use super::brush::Brush;
use super::canvas::{Canvas, mix};
use super::lettering::Letters;
use super::look::{Look, Rgb, WHITE};
use super::paint::Paint;
use super::person::{self, LOOKS, Pose};
use super::raster::Raster;
use crate::agent::dice::Dice;
use crate::agent::script::Tone;

const WALLS: [Rgb; 5] =
    [[0x8f, 0xac, 0xc8], [0xc8, 0xac, 0x8b], [0x83, 0xb4, 0x96], [0xb3, 0x93, 0xb2], [0x89, 0x96, 0xb8]];
const CLOTHES: [Rgb; 5] =
    [[0x24, 0x3b, 0x6b], [0x2e, 0x5e, 0x56], [0x7a, 0x2e, 0x3f], [0x8a, 0x6a, 0x2e], [0x54, 0x3c, 0x7c]];
/// The person's size: head and shoulders fill the picture.
const SCALE: f32 = 1.75;
/// Where the hair begins, as a share of the height.
const TOP: f32 = 0.11;

/// A drawn portrait, `size` pixels square (at least 16): the same picture for the same seed.
#[must_use]
pub fn portrait(seed: u64, size: u32) -> RgbImage {
    let side = i32::try_from(size.clamp(16, crate::agent::MAX_SIDE)).unwrap_or(16);
    let (mut canvas, mut raster, letters) = (Canvas::new(side, side), Raster::default(), Letters::new());
    let mut dice = Dice(seed);
    let (wall, clothes, person) = (*dice.pick(&WALLS), *dice.pick(&CLOTHES), &LOOKS[dice.below(LOOKS.len())]);
    let look = Look::of(&[clothes, wall], Tone::Warm, seed);
    let mut brush = Brush::new(&mut canvas, &mut raster, &letters);
    let (w, h) = (brush.w, brush.h);
    brush.everything(Paint::down(0.0, mix(wall, WHITE, 0.45), h, wall));
    brush.glow(w * 0.42, h * 0.35, h * 0.6, WHITE, 0.4);
    brush.at(w / 2.0, h * TOP + person::HEAD_TOP * SCALE, SCALE, |brush| {
        person::paint(brush, person, &Pose::idle(seed, 0.0), &look, -1.0);
    });
    canvas.to_image()
}
