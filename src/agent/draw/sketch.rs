//! Films that are too small to be watched: what stands where in them, as blocks and bars.
//!
//! Tests of queues and load make them by the thousand. Letters and faces could not be made out in them and would cost more than all the
//! rest of a film.

use std::ops::Range;

use super::canvas::{Canvas, Ink, index, mix, round};
use super::look::Look;
use crate::agent::dice::Dice;

/// Words that have a bar; there is no room for more.
const WORDS: usize = 24;

/// What is seen of a frame.
pub(in crate::agent) struct Sketch<'a> {
    /// The shot's own: its colours, and where its block begins.
    pub(in crate::agent) seed: u64,
    /// Seconds since the film began.
    pub(in crate::agent) seconds: f32,
    /// How much of the film is over, 0 to 1.
    pub(in crate::agent) share: f32,
    /// Each word becomes a bar.
    pub(in crate::agent) words: &'a str,
}

/// Paints the frame.
pub(in crate::agent) fn paint(frame: &mut Canvas, look: &Look, sketch: &Sketch<'_>) {
    let mut dice = Dice(sketch.seed);
    let (w, h) = (frame.width(), frame.height());
    let ground = mix(look.ground, look.lead, dice.between(0.2, 0.7));
    block(frame, 0..w, 0..h, ground);
    let way = (sketch.seconds * dice.between(0.15, 0.3) + dice.share()).fract();
    let side = h.min(w) / 3;
    let (left, top) = (round(way * w as f32) - side / 2, round(h as f32 * dice.between(0.4, 0.6)));
    block(frame, left..left + side, top..top + side, look.pop);
    let (unit, mut x, mut y) = ((w.min(h) / 16).max(1), w / 12, h / 12);
    for word in sketch.words.split_whitespace().take(WORDS) {
        let letters = i32::try_from(word.chars().count()).unwrap_or(i32::MAX).min(12);
        let length = (letters * unit / 2).max(1);
        if x + length > w - w / 12 {
            (x, y) = (w / 12, y + 2 * unit);
        }
        // So that another word of the same length is another picture.
        let shade = word.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
        block(frame, x..x + length, y..y + unit, mix(look.text, ground, f32::from(shade) / 640.0));
        x += length + unit;
    }
    block(frame, 0..round(sketch.share * w as f32), h - unit..h, look.second);
}

/// Fills a block, as far as it is inside.
fn block(frame: &mut Canvas, columns: Range<i32>, rows: Range<i32>, colour: [u8; 3]) {
    for (plane, value) in frame.planes.iter_mut().zip(Ink::rgb(colour).samples()) {
        let scale = plane.scale();
        let inside = |range: &Range<i32>, limit: i32| {
            let start = (range.start / scale).clamp(0, limit);
            start..((range.end + scale - 1) / scale).clamp(start, limit)
        };
        let width = index(plane.width);
        let (columns, rows) = (inside(&columns, plane.width), inside(&rows, plane.height));
        for y in rows {
            let start = index(y) * width;
            plane.samples[start + index(columns.start)..start + index(columns.end)].fill(value);
        }
    }
}
