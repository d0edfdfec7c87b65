//! What stands about in rooms. Unless it says otherwise, a thing stands on `(x, y)` and is about `size` units high.

use super::Scenery;
use super::city::skyline;
use super::nature::lake;
use super::props::floor;
use crate::agent::dice::Dice;
use crate::agent::draw::brush::Brush;
use crate::agent::draw::camera::OVERSCAN;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{drift, hash, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;

/// What is seen from windows of rooms: small, simple, in motion.
pub(super) fn outside(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    if s.seed.is_multiple_of(2) { skyline(brush, s) } else { lake(brush, s) }
}

/// A window that shows [`outside`].
pub(super) fn view_window(brush: &mut Brush<'_>, s: &Scenery<'_>, rect: [f32; 4]) {
    window(brush, s, rect, |brush| outside(brush, s));
}

/// A plant in a pot.
pub(super) fn plant(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32, seed: u64) {
    let leaf = s.look.tint([0x3f, 0x7a, 0x4c]);
    let pot = mix(s.look.pop, [0xd8, 0xc8, 0xb4], 0.5);
    for number in 0..9_u8 {
        let share = f32::from(number) / 8.0 - 0.5;
        let bend = share * 1.5 + 0.04 * sway(s.t, 0.2, hash(seed, number.into()));
        let long = size * (0.5 + 0.25 * hash(seed, u64::from(number) + 9)) * (1.0 - share.abs() * 0.5);
        let base = (x + share * size * 0.08, y - size * 0.24);
        let tip = (base.0 + bend * long * 0.62, base.1 - long * (1.0 - bend.abs() * 0.35));
        let side = size * 0.055;
        let shape = Path::new()
            .to(base.0, base.1)
            .quad((mid(base.0, tip.0) - side + bend * 2.0, mid(base.1, tip.1) - side), tip)
            .quad((mid(base.0, tip.0) + side + bend * 2.0, mid(base.1, tip.1) + side), base);
        brush.path(&shape, mix(leaf, if number % 2 == 0 { darker(leaf, 0.35) } else { lighter(leaf, 0.12) }, 0.5));
    }
    let (half, high) = (size * 0.14, size * 0.27);
    brush.poly(
        &[(x - half, y - high), (x + half, y - high), (x + half * 0.72, y), (x - half * 0.72, y)],
        Paint::along((x - half, 0.0), lighter(pot, 0.15), (x + half, 0.0), darker(pot, 0.25)),
    );
    brush.rect(x - half * 1.1, y - high, half * 2.2, size * 0.05, darker(pot, 0.08));
}

fn mid(one: f32, other: f32) -> f32 {
    (one + other) / 2.0
}

/// A lamp on a stand, and its light on the wall.
pub(super) fn lamp(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32) {
    let warm = mix([0xff, 0xdc, 0x9c], s.look.pop, 0.2);
    brush.glow(x, y - size * 0.85, size * 0.95, warm, 0.5);
    brush.line(&[(x, y), (x, y - size * 0.8)], size * 0.02, darker(s.look.deep, 0.2));
    brush.ellipse(x, y, size * 0.13, size * 0.02, darker(s.look.deep, 0.2));
    let (top, low) = (y - size, y - size * 0.74);
    brush.poly(
        &[(x - size * 0.1, top), (x + size * 0.1, top), (x + size * 0.17, low), (x - size * 0.17, low)],
        Paint::down(top, lighter(warm, 0.3), low, warm),
    );
}

/// A shelf board with books and small things; `(x, y)` is its left end.
pub(super) fn shelf(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, long: f32, size: f32, seed: u64) {
    let wood = s.look.tint([0x7c, 0x56, 0x3a]);
    let mut dice = Dice(seed);
    let mut at = x + 1.0;
    while at < x + long - 2.0 {
        if dice.chance(0.16) {
            let gap = dice.between(3.0, 6.0);
            match dice.below(3) {
                0 => brush.circle(at + 2.0, y - 1.9, 1.9, s.look.pop),
                1 => plant(brush, s, (at + 2.0, y), size * 0.8, seed),
                _ => brush.poly(&[(at, y), (at + 2.0, y - size * 0.6), (at + 4.0, y)], s.look.second),
            }
            at += gap + 1.0;
        } else {
            let (wide, high) = (dice.between(0.9, 2.0), size * dice.between(0.55, 0.95));
            let number = dice.below(6);
            let colour = [
                s.look.lead,
                s.look.pop,
                s.look.second,
                mix(s.look.lead, [0xd8, 0xcc, 0xb8], 0.6),
                darker(s.look.lead, 0.4),
                mix(s.look.pop, s.look.deep, 0.5),
            ][number];
            let cover = mix(colour, [0x80, 0x78, 0x70], 0.22);
            brush.rect(at, y - high, wide.min(x + long - at), high, cover);
            brush.rect(at + wide * 0.2, y - high * 0.82, wide * 0.6, 0.5, lighter(cover, 0.35));
            at += wide + 0.12;
        }
    }
    brush.rect(x, y, long, 1.1, Paint::down(y, lighter(wood, 0.1), y + 1.1, darker(wood, 0.2)));
    brush.rect(
        x + 0.5,
        y + 1.1,
        long - 1.0,
        1.6,
        Paint::down(y + 1.1, [0, 0, 0], y + 2.7, [0, 0, 0]).fading([0.25, 0.1, 0.0]),
    );
}

/// A window with what is outside.
pub(super) fn window(brush: &mut Brush<'_>, s: &Scenery<'_>, rect: [f32; 4], outside: impl FnOnce(&mut Brush<'_>)) {
    let [x, y, w, h] = rect;
    let frame = mix(s.look.pale, [0xe8, 0xe2, 0xd8], 0.5);
    let frame = if s.is_night() { darker(frame, 0.5) } else { frame };
    brush.rect(x - 1.4, y - 1.4, w + 2.8, h + 2.8, frame);
    brush.framed(rect, outside);
    for part in [1.0 / 3.0, 2.0 / 3.0] {
        brush.rect(x + w * part - 0.4, y, 0.8, h, frame);
    }
    brush.rect(x, y + h * 0.36, w, 0.7, frame);
    brush.rect(x - 2.4, y + h + 1.0, w + 4.8, 1.6, lighter(frame, 0.1));
    let glint = [(x + w * 0.1, y), (x + w * 0.24, y), (x + w * 0.04, y + h), (x - w * 0.0, y + h * 0.6)];
    brush.poly(&glint, Paint::from([0xff; 3]).alpha(0.08));
}

/// A picture on a wall, with shapes in the film's colours.
pub(super) fn painting(brush: &mut Brush<'_>, s: &Scenery<'_>, rect: [f32; 4], seed: u64) {
    let [x, y, w, h] = rect;
    brush.rect(x - 0.2, y + 0.6, w + 1.2, h + 1.0, Paint::from([0, 0, 0]).alpha(0.18));
    brush.rect(x - 1.0, y - 1.0, w + 2.0, h + 2.0, mix(s.look.pop, [0x6a, 0x50, 0x34], 0.5));
    let paper = mix(s.look.pale, [0xf4, 0xee, 0xe2], 0.5);
    brush.rect(x, y, w, h, paper);
    brush.clipped(rect, |brush| match Dice(seed).below(3) {
        0 => {
            brush.circle(x + w * 0.6, y + h * 0.4, w * 0.24, s.look.pop);
            brush.rect(x, y + h * 0.62, w, h * 0.4, s.look.lead);
            brush.rect(x, y + h * 0.78, w, h * 0.3, mix(s.look.lead, s.look.deep, 0.5));
        }
        1 => {
            brush.poly(&[(x, y + h), (x + w * 0.4, y + h * 0.25), (x + w * 0.8, y + h)], s.look.lead);
            brush.poly(&[(x + w * 0.3, y + h), (x + w * 0.75, y + h * 0.45), (x + w * 1.1, y + h)], s.look.second);
            brush.circle(x + w * 0.75, y + h * 0.22, w * 0.1, s.look.pop);
        }
        _ => {
            for ring in 0..4_u8 {
                let colour = if ring % 2 == 0 { s.look.lead } else { paper };
                brush.circle(x + w / 2.0, y + h / 2.0, w * (0.4 - 0.1 * f32::from(ring)), colour);
            }
        }
    });
}

/// Wisps that rise and fade.
pub(super) fn steam(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32) {
    for wisp in 0..3_u8 {
        let phase = f32::from(wisp) / 3.0;
        let share = wrap(s.t * 0.22 + phase, 1.0);
        let fade = (share * std::f32::consts::PI).sin() * 0.42;
        let mut points: Vec<Point> = Vec::new();
        for step in 0..6_u8 {
            let at = f32::from(step) / 5.0;
            let dx = sway(s.t + at * 2.0, 0.35, phase) * size * 0.12 * (0.4 + at);
            points.push((x + (phase - 0.33) * size * 0.6 + dx, y - size * (share * 0.5 + at * 0.5)));
        }
        brush.taper(&Path::smooth_line(&points, 4), size * 0.06, size * 0.16, Paint::from([0xff; 3]).alpha(fade * 0.7));
    }
}

/// Circles of light out of focus.
pub(super) fn bokeh(brush: &mut Brush<'_>, s: &Scenery<'_>, area: [f32; 4], count: u64, strength: f32) {
    let [x, y, w, h] = area;
    for light in 0..count {
        let (px, py) = (x + w * hash(s.seed, light + 1000), y + h * hash(s.seed, light + 2000));
        let radius = 1.2 + 3.4 * hash(s.seed, light + 3000);
        let colour = mix(s.look.turn(usize::try_from(light).unwrap_or(0)), [0xff, 0xe8, 0xc0], 0.55);
        let alpha = strength * (0.35 + 0.4 * hash(s.seed, light + 4000) + 0.25 * drift(s.t * 1.5, hash(s.seed, light)));
        s.view.layer(brush, 0.35 + radius * 0.08, |brush| {
            brush.circle(px, py, radius, Paint::from(colour).alpha(alpha.max(0.02)));
        });
    }
}

/// A table top across the picture, from `level` down.
pub(super) fn table(brush: &mut Brush<'_>, level: f32, wood: Rgb) {
    let (w, h) = (brush.w, brush.h);
    floor(brush, level, darker(wood, 0.3), lighter(wood, 0.08));
    for board in 0..5_u8 {
        let y = level + (h - level) * (f32::from(board) / 5.0).powf(1.3);
        brush.line(&[(-OVERSCAN, y + 1.0), (w + OVERSCAN, y + 1.0)], 0.25, Paint::from(darker(wood, 0.4)).alpha(0.4));
    }
    brush.rect(-OVERSCAN, level, w + 2.0 * OVERSCAN, 0.7, Paint::from(lighter(wood, 0.3)).alpha(0.6));
}
