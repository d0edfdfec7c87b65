//! City: towers from afar, and a street from near.

use super::props::{SKINS, building, car, floor, sky, tree, walker};
use super::vehicles::bus;
use super::{Hour, Scenery};
use crate::agent::dice::Dice;
use crate::agent::draw::brush::Brush;
use crate::agent::draw::camera::OVERSCAN;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{darker, lighter};
use crate::agent::draw::motion::{hash, settle, sway, wrap};
use crate::agent::draw::paint::Paint;

/// Rows of towers behind each other, a road in front.
pub(super) fn skyline(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let horizon = h * 0.74;
    sky(brush, s, horizon);
    for row in 0..3_u8 {
        let near = f32::from(row) / 2.0;
        let base = s.lit(mix([0x4e, 0x5c, 0x7c], s.look.lead, 0.35));
        let colour = mix(s.haze(), base, 0.35 + 0.33 * near);
        s.view.layer(brush, 0.25 + 0.3 * near, |brush| {
            let mut dice = Dice(s.seed ^ u64::from(row));
            let mut x = -OVERSCAN;
            while x < w + OVERSCAN {
                let wide = dice.between(7.0, 15.0) * (0.75 + 0.4 * near);
                let high = h * dice.between(0.18, 0.56) * (1.0 - 0.28 * near);
                let shade = mix(colour, s.look.turn(usize::from(row)), 0.16 * dice.share());
                building(brush, s, [x, horizon + 1.0, wide, high], shade, (dice.roll(), row == 0));
                x += wide + dice.between(0.0, 2.4);
            }
        });
    }
    s.view.layer(brush, 0.9, |brush| road(brush, s, horizon));
}

fn road(brush: &mut Brush<'_>, s: &Scenery<'_>, level: f32) {
    let (w, h) = (brush.w, brush.h);
    floor(brush, level, s.lit([0x30, 0x33, 0x3c]), s.lit([0x4a, 0x4e, 0x58]));
    brush.rect(-OVERSCAN, level, w + 2.0 * OVERSCAN, 2.0, s.lit([0x8c, 0x8c, 0x8e]));
    let middle = level + (h - level) * 0.52;
    for dash in 0..16_u8 {
        brush.rect(
            -OVERSCAN + f32::from(dash) * 14.0,
            middle,
            7.0,
            0.8,
            Paint::from(s.lit([0xe8, 0xdc, 0xb0])).alpha(0.8),
        );
    }
    for lane in 0..2_u8 {
        let way = if lane == 0 { -1.0 } else { 1.0 };
        let (y, size) = (level + (h - level) * (0.40 + 0.42 * f32::from(lane)), 5.4 + 2.6 * f32::from(lane));
        for number in 0..3_u64 {
            let phase = hash(s.seed, number + 10 * u64::from(lane));
            let speed = 12.0 + 9.0 * phase;
            let along = wrap(s.t * speed + (number as f32 + phase) * (w + 60.0) / 3.0, w + 60.0) - 30.0;
            let x = if way > 0.0 { along } else { w - along };
            let colour = s.lit(
                [s.look.pop, s.look.lead, [0xe6, 0xe4, 0xde], s.look.second]
                    [usize::try_from(number + u64::from(lane)).unwrap_or(0) % 4],
            );
            car(brush, s, (x, y), size, colour, way);
        }
    }
}

/// Shop fronts, trees and people on their way.
pub(super) fn street(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.72;
    sky(brush, s, level);
    s.view.layer(brush, 0.3, |brush| {
        let mut dice = Dice(s.seed ^ 2);
        let mut x = -OVERSCAN;
        while x < w + OVERSCAN {
            let wide = dice.between(9.0, 16.0);
            building(
                brush,
                s,
                [x, level, wide, h * dice.between(0.45, 0.62)],
                mix(s.haze(), s.lit([0x5c, 0x66, 0x80]), 0.5),
                (dice.roll(), true),
            );
            x += wide + 1.0;
        }
    });
    s.view.layer(brush, 0.6, |brush| {
        let mut dice = Dice(s.seed ^ 3);
        let mut x = -OVERSCAN;
        let mut number = 0_usize;
        while x < w + OVERSCAN {
            let wide = dice.between(24.0, 36.0);
            shop(brush, s, [x, level, wide, h * dice.between(0.36, 0.5)], number, dice.roll());
            x += wide;
            number += 1;
        }
    });
    s.view.layer(brush, 0.85, |brush| {
        floor(brush, level, s.lit([0x8c, 0x88, 0x84]), s.lit([0xb4, 0xae, 0xa6]));
        for number in 0..4_u64 {
            let x = w * (number as f32 + 0.3 + 0.4 * hash(s.seed, number)) / 4.0;
            tree(brush, s, (x, level + 4.0), 30.0, s.lit([0x5c, 0x92, 0x54]), s.seed ^ number | 1);
        }
        for number in 0..7_u64 {
            let way = if hash(s.seed, number + 5) < 0.5 { 1.0 } else { -1.0 };
            let speed = 4.5 + 2.5 * hash(s.seed, number);
            let along = wrap(s.t * speed + w * hash(s.seed, number + 50) * 1.3, w + 40.0) - 20.0;
            let x = if way > 0.0 { along } else { w - along };
            let depth = hash(s.seed, number + 90);
            let skin = SKINS[usize::try_from(number).unwrap_or(0) % 5];
            let cloth = s.lit(s.look.turn(usize::try_from(number).unwrap_or(0)));
            walker(
                brush,
                (x, level + 5.0 + 10.0 * depth),
                17.0 + 7.0 * depth,
                (cloth, s.lit(skin)),
                s.t * speed * 0.22 + depth,
                way,
            );
        }
    });
}

fn shop(brush: &mut Brush<'_>, s: &Scenery<'_>, [x, y, w, h]: [f32; 4], number: usize, seed: u64) {
    let walls = [[0xd8, 0xb8, 0x98], [0xb8, 0x70, 0x58], [0xe6, 0xdc, 0xc8], [0x8c, 0x9c, 0xa8]];
    let wall = s.lit(mix(walls[number % 4], s.look.turn(number), 0.16));
    brush.rect(x, y - h, w, h, Paint::down(y - h, lighter(wall, 0.05), y, darker(wall, 0.12)));
    brush.rect(x - 0.4, y - h - 1.2, w + 0.8, 2.0, darker(wall, 0.25));
    let is_lit = s.is_night() || s.hour == Hour::Dusk;
    let glass =
        if is_lit { mix([0xff, 0xd8, 0x90], s.look.pop, 0.15) } else { mix([0x3c, 0x50, 0x62], s.haze(), 0.35) };
    let front = h * 0.42;
    for column in 0..3_u8 {
        let wx = x + w * (0.12 + 0.29 * f32::from(column));
        let lit = is_lit && hash(seed, column.into()) < 0.6;
        brush.rect(wx, y - h + 3.0, w * 0.17, h * 0.26, if lit { glass } else { darker(wall, 0.45) });
        brush.rect(wx, y - h + 3.0 + h * 0.27, w * 0.17, 0.6, lighter(wall, 0.25));
    }
    brush.rect(x + w * 0.08, y - front, w * 0.56, front - 1.5, glass);
    brush.rect(x + w * 0.7, y - front, w * 0.2, front, darker(s.lit(s.look.lead), 0.2));
    brush.rect(x + w * 0.73, y - front + 1.4, w * 0.14, front * 0.5, glass);
    for thing in 0..4_u8 {
        let tx = x + w * (0.13 + 0.13 * f32::from(thing));
        brush.round_rect(
            [tx, y - 5.4, w * 0.08, 3.6],
            0.8,
            Paint::from(s.look.turn(number + usize::from(thing))).alpha(0.85),
        );
    }
    let (stripe, top) = (w * 0.88 / 8.0, y - front - 1.4);
    for band in 0..8_u8 {
        let colour = if band % 2 == 0 { s.lit(s.look.turn(number)) } else { s.lit([0xf6, 0xf0, 0xe4]) };
        let (l, sag) = (x + w * 0.06 + stripe * f32::from(band), 5.0 + 0.2 * sway(s.t, 0.4, f32::from(band) * 0.1));
        brush.poly(
            &[
                (l, top),
                (l + stripe, top),
                (l + stripe, top + sag - 1.0),
                (l + stripe / 2.0, top + sag),
                (l, top + sag - 1.0),
            ],
            colour,
        );
    }
}

/// A bus on its way past shop fronts.
pub(super) fn bus_street(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    street(brush, s);
    let level = h * 0.8;
    s.view.layer(brush, 0.95, |brush| {
        floor(brush, level, s.lit([0x30, 0x33, 0x3c]), s.lit([0x4a, 0x4e, 0x58]));
        brush.rect(-OVERSCAN, level, w + 2.0 * OVERSCAN, 1.2, s.lit([0x9c, 0x9c, 0x9a]));
        let size = (h * 0.34).min(w * 0.24);
        let (pole, high) = (w * 0.2, size * 1.5);
        brush.rect(pole, level - high + 2.0, 0.8, high, s.lit([0x70, 0x74, 0x7c]));
        brush.circle(pole + 0.4, level - high, 3.2, s.lit(s.look.pop));
        brush.circle(pole + 0.4, level - high, 2.2, s.lit([0xf6, 0xf0, 0xe4]));
        // It comes in from the right and stops.
        let share = settle(s.t / 4.5);
        bus(brush, s, (w * (0.98 - 0.4 * share), level + (h - level) * 0.42), size);
    });
}
