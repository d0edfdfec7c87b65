//! A drawn presenter: face, hair and shoulders from a few ellipses, different for every seed.

use image::RgbImage;

use super::canvas::{Canvas, Ink, Rect, mix};
use crate::agent::dice::Dice;

const SKINS: [[u8; 3]; 6] = [
    [0xf6, 0xd3, 0xb8],
    [0xe8, 0xb8, 0x94],
    [0xd0, 0x98, 0x6e],
    [0xb0, 0x78, 0x50],
    [0x8a, 0x58, 0x3a],
    [0x62, 0x3d, 0x2a],
];
const HAIRS: [[u8; 3]; 6] = [
    [0x22, 0x1c, 0x1c],
    [0x4a, 0x30, 0x22],
    [0x7a, 0x4b, 0x2a],
    [0xc0, 0x8e, 0x4a],
    [0x9a, 0x3c, 0x22],
    [0xb9, 0xb7, 0xb5],
];
const CLOTHES: [[u8; 3]; 6] = [
    [0x24, 0x3b, 0x6b],
    [0x2e, 0x5e, 0x56],
    [0x7a, 0x2e, 0x3f],
    [0x3a, 0x3a, 0x44],
    [0x8a, 0x6a, 0x2e],
    [0x54, 0x3c, 0x7c],
];
const WALLS: [[u8; 3]; 5] =
    [[0xcf, 0xdc, 0xe8], [0xe8, 0xdc, 0xcb], [0xd3, 0xe4, 0xd6], [0xe3, 0xd3, 0xe2], [0xb9, 0xc6, 0xd8]];

/// A drawn portrait, `size` pixels square (at least 16): the same picture for the same seed.
#[must_use]
pub fn portrait(seed: u64, size: u32) -> RgbImage {
    let side = i32::try_from(size.clamp(16, crate::agent::MAX_SIDE)).unwrap_or(16);
    let mut canvas = Canvas::new(side, side);
    paint(&mut canvas, seed, false);
    canvas.to_image()
}

/// Fills the canvas with the portrait of `seed`, head and shoulders resting on its lower edge.
pub(in crate::agent) fn paint(canvas: &mut Canvas, seed: u64, is_speaking: bool) {
    let mut dice = Dice(seed);
    let (skin, hair) = (*dice.pick(&SKINS), *dice.pick(&HAIRS));
    let (clothes, wall) = (*dice.pick(&CLOTHES), *dice.pick(&WALLS));
    let (has_long_hair, has_glasses) = (dice.roll().is_multiple_of(2), dice.roll().is_multiple_of(3));
    let face_width = 0.96 + 0.001 * dice.below(100) as f32;

    let all = canvas.bounds();
    let unit = all.w.min(all.h) as f32;
    let (cx, floor) = (all.w as f32 / 2.0, all.h as f32);
    let cy = floor - unit * 0.56;
    let mut dot = |dx: f32, dy: f32, rx: f32, ry: f32, colour: [u8; 3]| {
        canvas.ellipse(all, (cx + dx * unit, cy + dy * unit), (rx * unit, ry * unit), Ink::rgb(colour));
    };
    let shade = |colour, share| mix(colour, [0, 0, 0], share);

    dot(0.0, 0.0, 2.2, 2.2, wall);
    dot(0.0, -0.02, 0.46, 0.46, mix(wall, [0xff; 3], 0.45));
    if has_long_hair {
        dot(0.0, 0.06, 0.245 * face_width, 0.33, shade(hair, 0.15));
    }
    dot(0.0, 0.62, 0.43, 0.30, clothes);
    dot(0.0, 0.33, 0.115, 0.075, shade(skin, 0.12));
    dot(0.0, 0.24, 0.075, 0.12, shade(skin, 0.16));
    dot(0.0, -0.09, 0.205 * face_width, 0.21, hair);
    for side in [-1.0, 1.0] {
        dot(side * 0.182 * face_width, 0.03, 0.026, 0.045, shade(skin, 0.08));
    }
    dot(0.0, 0.02, 0.18 * face_width, 0.232, skin);
    dot(-0.05, -0.195, 0.16 * face_width, 0.085, hair);
    dot(0.08, -0.185, 0.115 * face_width, 0.07, hair);
    for side in [-1.0, 1.0] {
        dot(side * 0.098, 0.085, 0.04, 0.028, mix(skin, [0xd0, 0x50, 0x50], 0.18));
        if has_glasses {
            dot(side * 0.072, 0.005, 0.054, 0.05, shade(hair, 0.4));
            dot(side * 0.072, 0.005, 0.045, 0.041, mix(skin, [0xff; 3], 0.35));
        }
        dot(side * 0.072, 0.007, 0.030, 0.019, [0xfb, 0xfb, 0xf8]);
        dot(side * 0.072, 0.007, 0.016, 0.018, [0x2a, 0x22, 0x20]);
        dot(side * 0.067, 0.001, 0.005, 0.005, [0xff; 3]);
        dot(side * 0.074, -0.052, 0.038, 0.008, shade(hair, 0.2));
    }
    dot(0.0, 0.075, 0.017, 0.022, shade(skin, 0.14));
    let lips = mix(skin, [0x9a, 0x20, 0x2c], 0.55);
    if is_speaking {
        dot(0.0, 0.152, 0.052, 0.034, lips);
        dot(0.0, 0.154, 0.040, 0.022, [0x4a, 0x14, 0x18]);
        dot(0.0, 0.141, 0.030, 0.007, [0xfb, 0xfb, 0xf8]);
    } else {
        dot(0.0, 0.150, 0.056, 0.019, lips);
        dot(0.0, 0.141, 0.058, 0.014, skin);
    }
    collar(canvas, (cx, cy), unit, mix(clothes, [0xff; 3], 0.75));
}

/// Two slanted strips of shirt between the neck and the jacket.
fn collar(canvas: &mut Canvas, (cx, cy): (f32, f32), unit: f32, shirt: [u8; 3]) {
    let top = super::canvas::round(cy + 0.335 * unit);
    let clip = Rect::new(0, top, canvas.width(), super::canvas::round(unit * 0.10));
    for side in [-1.0_f32, 1.0] {
        let slant = -side * 0.9;
        let left = cx + side * 0.105 * unit - slant * top as f32 - 0.018 * unit;
        canvas.slanted_band(clip, left, 0.036 * unit, slant, Ink::rgb(shirt));
    }
}
