//! A run through a town or a harbour, step by step: shoes, the start, feet on stone, water on the way.

use super::Scenery;
use super::props::{SKINS, building, floor, hills, sky};
use super::sport::runner;
use super::work::arm;
use crate::agent::draw::brush::Brush;
use crate::agent::draw::camera::OVERSCAN;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{hash, smooth, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;

/// What is behind the road: cranes and ships, or houses.
fn backdrop(brush: &mut Brush<'_>, s: &Scenery<'_>, level: f32) {
    let (w, h) = (brush.w, brush.h);
    sky(brush, s, level);
    s.view.layer(brush, 0.3, |brush| {
        if s.is_about("harbour~ harbor~ dock~ quay~ port hafen pier~") {
            for crane in 0..3_u8 {
                let x = w * (0.12 + 0.34 * f32::from(crane));
                let top = level - h * (0.26 + 0.05 * f32::from(crane % 2));
                let steel = mix(s.haze(), s.lit(s.look.turn(usize::from(crane) + 1)), 0.65);
                for leg in [-4.0_f32, 4.0] {
                    brush.line(&[(x + leg, level), (x + leg * 0.6, top + 2.0)], 1.2, steel);
                }
                brush.line(&[(x - 10.0, top), (x + 26.0, top)], 1.6, steel);
                brush.line(&[(x - 10.0, top), (x, top - 9.0), (x + 26.0, top)], 0.6, steel);
                let hook = x + 14.0 + 5.0 * sway(s.t, 0.07, f32::from(crane) * 0.3);
                brush.line(&[(hook, top), (hook, top + 9.0)], 0.4, steel);
                brush.rect(hook - 4.0, top + 9.0, 8.0, 4.0, s.lit(s.look.turn(usize::from(crane))));
            }
            let hull = mix(s.haze(), s.lit(s.look.second), 0.7);
            let x = w * 0.5 + 3.0 * sway(s.t, 0.04, 0.0);
            brush.poly(
                &[(x - 38.0, level - 8.0), (x + 44.0, level - 8.0), (x + 38.0, level + 1.0), (x - 34.0, level + 1.0)],
                hull,
            );
            for stack in 0..9_u8 {
                let high = 3.4 * f32::from(1 + stack * 7 % 3);
                brush.rect(
                    x - 32.0 + 6.6 * f32::from(stack),
                    level - 8.0 - high,
                    6.0,
                    high,
                    mix(s.haze(), s.lit(s.look.turn(usize::from(stack))), 0.75),
                );
            }
            brush.rect(x + 29.0, level - 21.0, 8.0, 13.0, mix(s.haze(), [0xff; 3], 0.6));
            brush.rect(
                -OVERSCAN,
                level - 1.0,
                w + 2.0 * OVERSCAN,
                4.0,
                s.lit(mix([0x30, 0x60, 0x84], s.look.lead, 0.2)),
            );
        } else {
            hills(brush, s.seed, level, (5.0, 30.0), mix(s.haze(), s.lit([0x5a, 0x80, 0x64]), 0.5));
            for house in 0..8_u64 {
                let walls = mix(
                    s.haze(),
                    s.lit(mix([0xd8, 0xb8, 0x98], s.look.turn(usize::try_from(house).unwrap_or(0)), 0.3)),
                    0.7,
                );
                building(
                    brush,
                    s,
                    [w * 0.14 * house as f32 - 8.0, level, w * 0.13, h * (0.14 + 0.14 * hash(s.seed, house))],
                    walls,
                    (house, true),
                );
            }
        }
    });
}

/// A road of wet cobblestones from `level` down.
fn cobbles(brush: &mut Brush<'_>, s: &Scenery<'_>, level: f32, speed: f32) {
    let (w, h) = (brush.w, brush.h);
    let stone = s.lit([0x6e, 0x70, 0x7c]);
    floor(brush, level, darker(stone, 0.3), darker(stone, 0.1));
    let rows = 9_u8;
    let (mut dark, mut light, mut wet) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..rows {
        let share = (f32::from(row) / f32::from(rows)).powf(1.5);
        let next = (f32::from(row + 1) / f32::from(rows)).powf(1.5);
        let (y, high) = (level + (h + 8.0 - level) * share, (h + 8.0 - level) * (next - share));
        let wide = high * 1.8 + 2.0;
        let shift = wrap(s.t * speed * (0.2 + share), wide * 2.0);
        let mut x = -OVERSCAN - shift + if row % 2 == 0 { 0.0 } else { wide * 0.5 };
        let mut number = u64::from(row) * 61;
        while x < w + OVERSCAN {
            let stones = if number % 2 == 0 { &mut dark } else { &mut light };
            stones.push([x + wide * 0.04, y + high * 0.08, wide * 0.9, high * 0.84]);
            if (number * 7 + u64::from(row)) % 5 < 2 {
                wet.push([x + wide * 0.14, y + high * 0.16, wide * 0.55, high * 0.13]);
            }
            x += wide;
            number += 1;
        }
    }
    brush.rects(&dark, stone);
    brush.rects(&light, lighter(stone, 0.1));
    let (_, low) = s.sky_colours();
    brush.rects(&wet, Paint::from(lighter(low, 0.35)).alpha(0.65));
}

/// A running shoe from its side, the heel at `(x, y)`, pointing to the right.
fn shoe(brush: &mut Brush<'_>, (x, y): Point, size: f32, angle: f32, (upper, sole): (Rgb, Rgb)) {
    brush.turned(x, y, angle, |brush| {
        brush.at(0.0, 0.0, size, |brush| {
            let shape = Path::new()
                .to(-0.06, -0.1)
                .cubic((-0.1, -0.44), (0.0, -0.6), (0.06, -0.66))
                .to(0.36, -0.66)
                .cubic((0.42, -0.46), (0.66, -0.4), (0.92, -0.3))
                .cubic((1.1, -0.24), (1.14, -0.14), (1.12, -0.08));
            brush.path(&shape, Paint::along((0.0, -0.66), lighter(upper, 0.18), (1.0, 0.0), darker(upper, 0.15)));
            brush.path(
                &Path::new()
                    .to(0.2, -0.12)
                    .quad((0.5, -0.2), (0.62, -0.44))
                    .to(0.72, -0.4)
                    .quad((0.62, -0.16), (0.34, -0.1)),
                sole,
            );
            brush.round_rect([-0.1, -0.13, 1.25, 0.15], 0.07, [0xf8, 0xf6, 0xf0]);
            brush.round_rect([-0.08, -0.03, 1.2, 0.06], 0.03, sole);
            for lace in 0..4_u8 {
                let at = f32::from(lace) * 0.085;
                brush.line(&[(0.36 + at, -0.62 + at * 0.7), (0.48 + at, -0.5 + at * 0.55)], 0.035, [0xff; 3]);
            }
        });
    });
}

/// Hands that tie a shoe, the sun low behind.
pub(super) fn tying(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.5;
    backdrop(brush, s, level);
    s.view.layer(brush, 0.95, |brush| {
        cobbles(brush, s, level, 0.0);
        let (x, y) = (w * 0.5 - 34.0, h * 0.78);
        let skin = s.lit(SKINS[usize::try_from(s.seed % 5).unwrap_or(0)]);
        brush.ellipse(x + 34.0, y + 1.0, 44.0, 4.0, Paint::from([0, 0, 0]).alpha(0.35));
        brush.taper(
            &[(x + 14.0, y - 46.0), (x + 2.0, -24.0)],
            15.0,
            21.0,
            Paint::along((x, 0.0), lighter(skin, 0.08), (x + 24.0, 0.0), darker(skin, 0.2)),
        );
        brush.poly(
            &[(x + 5.0, y - 56.0), (x + 21.0, y - 56.0), (x + 24.0, y - 42.0), (x + 3.0, y - 42.0)],
            [0xf4, 0xf2, 0xec],
        );
        brush.rect(x + 5.4, y - 53.0, 15.6, 1.6, s.look.pop);
        shoe(brush, (x, y), 68.0, 0.0, (s.lit(s.look.second), s.lit(s.look.lead)));
        // Loops that are pulled tight.
        let pull = smooth(0.5 + 0.5 * sway(s.t, 0.35, -0.25));
        let knot = (x + 36.0, y - 37.0);
        for side in [-1.0_f32, 1.0] {
            let reach = 8.0 + 5.0 * pull;
            brush.curve(
                &[
                    knot,
                    (knot.0 + side * reach * 0.6, knot.1 - 8.0),
                    (knot.0 + side * reach, knot.1 - 2.0 - 2.0 * pull),
                    (knot.0 + side * reach * 0.4, knot.1 + 1.0),
                    knot,
                ],
                1.2,
                [0xff; 3],
            );
        }
        brush.circle(knot.0, knot.1, 1.8, [0xf4; 3]);
        let sleeve = s.lit(s.look.lead);
        arm(brush, (w * 0.5 + 72.0, -12.0), (knot.0 + 12.0 + 5.0 * pull, knot.1 - 3.0 - 2.0 * pull), (sleeve, skin));
        arm(brush, (w * 0.5 - 78.0, -8.0), (knot.0 - 12.0 - 5.0 * pull, knot.1 - 3.0 - 2.0 * pull), (sleeve, skin));
    });
}

/// Feet, feet, feet on wet stone.
pub(super) fn feet(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.36;
    backdrop(brush, s, level);
    s.view.layer(brush, 0.9, |brush| {
        cobbles(brush, s, level, 26.0);
        for row in 0..3_u8 {
            let near = f32::from(row) / 2.0;
            let count: u64 = if w > h { 6 - u64::from(row) } else { 4 - u64::from(row) };
            for number in 0..count {
                let key = number + 10 * u64::from(row);
                let size = 13.0 + 12.0 * near;
                let x = w * (number as f32 + 0.2 + 0.5 * hash(s.seed, key)) / count as f32 - size * 0.4;
                let y = level + (h - level) * (0.3 + 0.28 * near);
                let at = usize::try_from(key).unwrap_or(0);
                let skin = s.lit(SKINS[at % 5]);
                let colours = (s.lit(s.look.turn(at)), s.lit(s.look.turn(at + 1)));
                for (leg, offset) in [0.0_f32, 0.5].into_iter().enumerate() {
                    let phase = (s.t * 1.5 + hash(s.seed, key + 40) + offset) * std::f32::consts::TAU;
                    let (swing, lift) = (phase.sin(), phase.cos().max(0.0));
                    let foot = (x + size * 0.75 * swing, y - size * 0.85 * lift);
                    let knee = (x + size * (0.45 * swing + 0.4), y - size * (1.9 + 0.3 * lift));
                    let tone = if leg == 0 { darker(skin, 0.3) } else { skin };
                    brush.taper(&[knee, (foot.0 + size * 0.14, foot.1 - size * 0.5)], size * 0.42, size * 0.26, tone);
                    brush.taper(
                        &[(x + size * 0.2, y - size * 3.6), knee],
                        size * 0.6,
                        size * 0.46,
                        if leg == 0 { darker(colours.1, 0.5) } else { darker(colours.1, 0.35) },
                    );
                    shoe(brush, foot, size * 0.8, 0.6 * lift - 0.2 * swing.max(0.0), colours);
                    // A splash where it comes down.
                    if lift < 0.05 && swing > 0.0 {
                        for drop in 0..4_u8 {
                            let out = (f32::from(drop) - 1.5) * size * 0.3;
                            brush.circle(
                                foot.0 + size * 0.4 + out,
                                foot.1 - size * 0.12 * f32::from(drop % 2 + 1),
                                size * 0.035,
                                Paint::from([0xf0, 0xf6, 0xff]).alpha(0.8),
                            );
                        }
                    }
                }
            }
        }
    });
}

/// The arch at the start, runners before the line, a shot.
pub(super) fn start(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.52;
    backdrop(brush, s, level);
    s.view.layer(brush, 0.7, |brush| {
        cobbles(brush, s, level, 0.0);
        arch(brush, s, (w * 0.5, h * 0.74), (w * 0.4).min(66.0));
    });
    s.view.layer(brush, 0.9, |brush| {
        let gone = smooth((wrap(s.t, 9.0) - 4.6) / 1.6);
        for number in 0..7_u8 {
            let at = f32::from(number);
            let x = w * (0.14 + 0.12 * at) + gone * 30.0;
            let y = h * (0.74 + 0.05 * f32::from(number % 3));
            let index = usize::from(number);
            let stride = if gone > 0.0 { s.t * 1.45 + at * 0.3 } else { 0.05 + 0.02 * sway(s.t, 0.8, at * 0.3) };
            runner(
                brush,
                (x, y),
                30.0 + 3.0 * f32::from(number % 3),
                (s.lit(s.look.turn(index)), s.lit(SKINS[(index * 3 + 1) % 5])),
                stride,
            );
        }
    });
    s.view.layer(brush, 1.05, |brush| {
        let skin = s.lit(SKINS[1]);
        let hand = (w * 0.88, h * 0.32);
        brush.taper(&[(w * 0.97, h * 0.86), hand], 15.0, 9.0, s.lit(s.look.second));
        brush.ellipse(hand.0, hand.1 - 2.0, 4.6, 5.0, skin);
        brush.poly(
            &[
                (hand.0 - 1.0, hand.1 - 3.0),
                (hand.0 + 2.4, hand.1 - 3.0),
                (hand.0 + 1.6, hand.1 - 17.0),
                (hand.0 - 1.6, hand.1 - 17.0),
            ],
            [0x2c, 0x2e, 0x36],
        );
        let bang = wrap(s.t, 9.0) - 4.5;
        if (0.0..1.6).contains(&bang) {
            let fade = 1.0 - bang / 1.6;
            brush.glow(hand.0, hand.1 - 20.0, 16.0, [0xff, 0xd8, 0x80], fade);
            for puff in 0..6_u64 {
                let (sine, cosine) = (-1.57 + 2.2 * (hash(s.seed, puff + 3) - 0.5)).sin_cos();
                let far = 3.0 + 11.0 * bang.sqrt() * (0.5 + hash(s.seed, puff + 13));
                brush.circle(
                    hand.0 + far * cosine,
                    hand.1 - 19.0 + far * sine,
                    1.6 + 3.0 * bang,
                    Paint::from([0xf6; 3]).alpha(0.7 * fade),
                );
            }
        }
    });
}

/// An arch over the road with a chequered band; it stands on `(x, y)`.
fn arch(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, half: f32) {
    let colour = s.lit(s.look.lead);
    let top = y - half * 0.95;
    for side in [-1.0_f32, 1.0] {
        let left = x + side * half - 4.5;
        brush.round_rect(
            [left, top, 9.0, y - top],
            3.0,
            Paint::along((left, 0.0), lighter(colour, 0.2), (left + 9.0, 0.0), darker(colour, 0.25)),
        );
    }
    brush.round_rect(
        [x - half - 4.5, top - 3.0, half * 2.0 + 9.0, 15.0],
        5.0,
        Paint::down(top - 3.0, lighter(colour, 0.15), top + 12.0, darker(colour, 0.2)),
    );
    let mut dark = Vec::new();
    let size = half / 14.0;
    brush.rect(x - half * 0.86, top + 1.6, half * 1.72, size * 2.0, [0xf8; 3]);
    for column in 0..24_u8 {
        dark.push([
            x - half * 0.86 + half * 1.72 * f32::from(column) / 24.0,
            top + 1.6 + size * f32::from(column % 2),
            half * 1.72 / 24.0,
            size,
        ]);
    }
    brush.rects(&dark, [0x1c, 0x1e, 0x26]);
    for flag in 0..9_u8 {
        let at = x - half + half * 2.0 * f32::from(flag) / 8.0;
        brush.poly(
            &[
                (at - 2.0, top + 12.0),
                (at + 2.0, top + 12.0),
                (at + 0.6 * sway(s.t, 0.8, f32::from(flag) * 0.13), top + 17.0),
            ],
            s.lit(s.look.turn(usize::from(flag) + 1)),
        );
    }
}

/// A table with cups; helpers hold water out to those who run past.
pub(super) fn water(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.46;
    backdrop(brush, s, level);
    s.view.layer(brush, 0.8, |brush| {
        cobbles(brush, s, level, 0.0);
        for number in 0..3_u8 {
            let x = wrap(s.t * 13.0 + w * 0.42 * f32::from(number), w + 50.0) - 25.0;
            let index = usize::from(number) + 2;
            runner(
                brush,
                (x, h * 0.66),
                31.0,
                (s.lit(s.look.turn(index)), s.lit(SKINS[(index * 3) % 5])),
                s.t * 1.45 + f32::from(number) * 0.4,
            );
        }
    });
    s.view.layer(brush, 1.0, |brush| {
        let top = h * 0.76;
        for helper in 0..2_u8 {
            let x = w * (0.26 + 0.46 * f32::from(helper));
            let index = usize::from(helper) * 2 + 1;
            let (cloth, skin) = (s.lit(s.look.pop), s.lit(SKINS[index]));
            let reach = smooth(0.5 + 0.5 * sway(s.t, 0.4, f32::from(helper) * 0.4));
            brush.path(
                &Path::new()
                    .to(x - 10.0, top + 6.0)
                    .cubic((x - 12.0, top - 18.0), (x - 6.0, top - 21.0), (x, top - 21.0))
                    .cubic((x + 6.0, top - 21.0), (x + 12.0, top - 18.0), (x + 10.0, top + 6.0)),
                Paint::along((x - 10.0, 0.0), lighter(cloth, 0.12), (x + 10.0, 0.0), darker(cloth, 0.15)),
            );
            brush.rect(x - 2.4, top - 24.0, 4.8, 5.0, darker(skin, 0.15));
            brush.circle(x, top - 29.0, 6.6, skin);
            brush.path(
                &Path::new()
                    .to(x - 7.0, top - 30.0)
                    .cubic((x - 7.0, top - 39.0), (x + 7.0, top - 39.0), (x + 7.0, top - 30.0))
                    .quad((x, top - 33.0), (x - 7.0, top - 30.0)),
                s.lit(s.look.lead),
            );
            brush.rect(x + 2.0, top - 32.4, 8.0, 1.6, darker(s.lit(s.look.lead), 0.2));
            let hand = (x + 19.0 + 5.0 * reach, top - 20.0 - 9.0 * reach);
            brush.taper(&[(x + 7.0, top - 16.0), (x + 15.0, top - 10.0), hand], 5.4, 3.6, darker(cloth, 0.1));
            brush.circle(hand.0, hand.1, 2.6, skin);
            cup(brush, s, (hand.0 + 1.6, hand.1 + 1.0));
        }
        brush.rect(-20.0, top, w + 40.0, h, Paint::down(top, [0xf8, 0xf6, 0xf0], h, [0xd0, 0xcc, 0xc4]));
        brush.rect(-20.0, top + 5.0, w + 40.0, 3.0, s.lit(s.look.lead));
        for number in 0..14_u8 {
            let x = w * (0.04 + 0.07 * f32::from(number));
            cup(brush, s, (x, top + if number % 2 == 0 { 0.6 } else { 2.6 }));
        }
    });
}

/// A paper cup with water that stands on `(x, y)`.
fn cup(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point) {
    brush.poly(
        &[(x - 2.8, y - 7.4), (x + 2.8, y - 7.4), (x + 2.0, y), (x - 2.0, y)],
        Paint::along((x - 2.8, 0.0), [0xff; 3], (x + 2.8, 0.0), [0xd0, 0xd8, 0xe0]),
    );
    brush.rect(x - 2.5, y - 5.0, 5.0, 1.6, s.look.second);
    brush.ellipse(x, y - 7.4, 2.8, 0.8, [0x9c, 0xd4, 0xf0]);
}

/// Where somebody stands to speak of a run: the arch behind them.
pub(super) fn set(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.6;
    backdrop(brush, s, level);
    s.view.layer(brush, 0.6, |brush| {
        cobbles(brush, s, level, 0.0);
        arch(brush, s, (w * 0.5, h * 0.92), (w * 0.44).min(74.0));
        for side in [0.07_f32, 0.93] {
            barrier(brush, s, (w * side, h * 0.92));
        }
    });
}

/// A barrier with a banner.
fn barrier(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point) {
    brush.rect(x - 14.0, y - 15.0, 28.0, 11.0, s.lit(s.look.second));
    brush.rect(x - 14.0, y - 11.0, 28.0, 2.0, s.lit(s.look.pop));
    for leg in [-12.0_f32, 12.0] {
        brush.line(&[(x + leg, y - 16.0), (x + leg, y)], 1.0, [0xa0, 0xa4, 0xac]);
    }
}
