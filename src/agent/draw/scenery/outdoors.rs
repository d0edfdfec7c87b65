//! What belongs to a home outdoors: a balcony, a heat pump.

use super::props::{cloud, sky, tree};
use super::rooms::steam;
use super::{Hour, Scenery};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{darker, lighter};
use crate::agent::draw::motion::{hash, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;

/// A balcony in the sun, above roofs and trees.
pub(super) fn balcony(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.66;
    sky(brush, s, level);
    s.view.layer(brush, 0.3, |brush| {
        for house in 0..9_u64 {
            let x = w * (house as f32 / 8.0) - 10.0;
            let high = 9.0 + 12.0 * hash(s.seed, house);
            let wall = mix(
                s.haze(),
                s.lit(mix([0xd8, 0xb8, 0x98], s.look.turn(usize::try_from(house).unwrap_or(0)), 0.3)),
                0.7,
            );
            brush.rect(x, level - high, w * 0.13, h, wall);
            brush.poly(
                &[(x - 1.0, level - high), (x + w * 0.065, level - high - 6.0), (x + w * 0.13 + 1.0, level - high)],
                darker(wall, 0.3),
            );
            for pane in 0..2_u8 {
                brush.rect(
                    x + w * (0.03 + 0.05 * f32::from(pane)),
                    level - high + 3.0,
                    w * 0.025,
                    3.6,
                    darker(wall, 0.45),
                );
            }
        }
        for number in 0..4_u64 {
            tree(
                brush,
                s,
                (w * (0.14 + 0.26 * number as f32), level + 10.0),
                22.0 + 8.0 * hash(s.seed, number),
                s.lit([0x5c, 0x92, 0x54]),
                s.seed ^ number,
            );
        }
    });
    s.view.layer(brush, 0.9, |brush| {
        let rail = h * 0.62;
        let iron = darker(s.look.deep, 0.2);
        let mut x = -10.0;
        while x < w + 12.0 {
            brush.line(&[(x, rail), (x, h * 0.9)], 0.5, iron);
            brush.arc((x + 2.6, rail + 7.0), 2.0, (0.0, 1.0), 0.4, iron);
            x += 5.2;
        }
        brush.rect(-16.0, rail - 1.2, w + 32.0, 2.0, iron);
        brush.rect(-16.0, h * 0.89, w + 32.0, h * 0.2, s.lit([0xb8, 0x94, 0x70]));
        for pot in 0..3_u8 {
            let px = w * (0.1 + 0.17 * f32::from(pot));
            brush.round_rect([px - 8.0, rail + 1.0, 16.0, 7.0], 1.0, s.lit(s.look.pop));
            for flower in 0..6_u64 {
                let number = flower + 10 * u64::from(pot);
                let (fx, fy) = (
                    px - 7.0 + 2.8 * flower as f32 + 0.5 * sway(s.t, 0.3, hash(s.seed, number)),
                    rail - 3.0 - 4.0 * hash(s.seed, number + 7),
                );
                brush.line(&[(fx, rail + 1.0), (fx, fy)], 0.5, s.lit([0x4c, 0x86, 0x40]));
                brush.circle(fx, fy, 1.7, s.lit(mix(s.look.turn(usize::from(pot)), [0xf0, 0x80, 0x80], 0.4)));
            }
        }
        let (x, y) = (w * 0.74, h * 0.93);
        brush.rect(x - 0.8, y - 16.0, 1.6, 16.0, iron);
        brush.ellipse(x, y - 16.0, 12.0, 2.2, lighter(iron, 0.25));
        brush.round_rect([x - 5.0, y - 22.0, 5.0, 5.4], 0.8, s.lit([0xf6, 0xf0, 0xe4]));
        brush.round_rect([x + 2.0, y - 21.0, 5.0, 4.4], 0.8, s.lit(s.look.lead));
        steam(brush, s, (x - 2.4, y - 23.0), 10.0);
        let seat = s.lit(s.look.lead);
        brush.round_rect([x + 16.0, y - 30.0, 4.0, 30.0], 1.4, seat);
        brush.round_rect([x + 12.0, y - 14.0, 18.0, 3.6], 1.4, lighter(seat, 0.1));
        brush.line(&[(x + 28.0, y - 11.0), (x + 29.0, y)], 1.2, darker(seat, 0.3));
    });
    if s.hour == Hour::Day {
        cloud(brush, s, (w * 0.3, h * 0.14), 6.0);
    }
}

/// A heat pump beside a house: its fan turns, warmth goes in.
pub(super) fn heat_pump(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.8;
    sky(brush, s, level);
    s.view.layer(brush, 0.6, |brush| {
        let walls = s.lit(mix([0xf2, 0xe8, 0xd8], s.look.pale, 0.4));
        let right = w * 0.46;
        brush.rect(
            -20.0,
            h * 0.2,
            right + 20.0,
            level - h * 0.2,
            Paint::along((0.0, 0.0), lighter(walls, 0.1), (right, 0.0), darker(walls, 0.1)),
        );
        brush.poly(&[(-20.0, h * 0.2), (-20.0, -20.0), (w * 0.2, -10.0), (right + 8.0, h * 0.2)], s.lit(s.look.lead));
        let warm = mix([0xff, 0xc0, 0x70], s.look.pop, 0.3);
        brush.rect(w * 0.08, h * 0.32, w * 0.2, h * 0.26, lighter(walls, 0.5));
        brush.rect(w * 0.09, h * 0.34, w * 0.18, h * 0.22, mix(warm, [0xff, 0xf0, 0xd0], 0.4));
        brush.glow(w * 0.18, h * 0.45, 22.0, warm, 0.45);
        brush.rect(w * 0.175, h * 0.34, 0.9, h * 0.22, lighter(walls, 0.5));
        brush.rect(
            -20.0,
            level,
            w + 40.0,
            h,
            Paint::down(level, s.lit([0x78, 0xac, 0x5c]), h, s.lit([0x4a, 0x80, 0x42])),
        );
        tree(brush, s, (w * 0.92, level + 3.0), 40.0, s.lit([0x4a, 0x84, 0x48]), s.seed);
    });
    s.view.layer(brush, 0.9, |brush| {
        let (x, y) = (w * 0.64, level + 2.0);
        let pipe = s.lit([0x88, 0x8c, 0x94]);
        for (number, at) in [y - 22.0, y - 15.0].into_iter().enumerate() {
            brush.rect(w * 0.44, at, x - 26.0 - w * 0.44 + 4.0, 2.4, pipe);
            let hot = if number == 0 { mix([0xf0, 0x60, 0x30], s.look.pop, 0.3) } else { [0x50, 0xa0, 0xe0] };
            for drop in 0..4_u8 {
                let share = wrap(s.t * 0.4 + f32::from(drop) * 0.25, 1.0);
                let along = if number == 0 { 1.0 - share } else { share };
                brush.circle(w * 0.44 + (x - 22.0 - w * 0.44) * along, at + 1.2, 1.0, hot);
            }
        }
        let white = s.lit([0xec, 0xee, 0xf0]);
        brush.rect(x - 24.0, y - 2.0, 6.0, 4.0, [0x60, 0x62, 0x68]);
        brush.rect(x + 18.0, y - 2.0, 6.0, 4.0, [0x60, 0x62, 0x68]);
        brush.round_rect(
            [x - 26.0, y - 38.0, 52.0, 37.0],
            2.0,
            Paint::along((x - 26.0, 0.0), lighter(white, 0.3), (x + 26.0, 0.0), darker(white, 0.18)),
        );
        fan(brush, s, (x - 6.0, y - 19.5), 15.0);
        for slot in 0..6_u8 {
            brush.rect(x + 13.0, y - 33.0 + 3.0 * f32::from(slot), 9.0, 1.1, darker(white, 0.35));
        }
        brush.circle(x + 17.5, y - 7.0, 1.6, [0x3c, 0xc0, 0x60]);
        for gust in 0..5_u8 {
            let share = wrap(s.t * 0.5 + f32::from(gust) * 0.2, 1.0);
            let gy = y - 30.0 + 6.0 * f32::from(gust);
            let gx = x + 30.0 + 24.0 * share;
            brush.curve(
                &[(gx, gy), (gx + 4.0, gy - 1.6), (gx + 8.0, gy), (gx + 12.0, gy + 1.6)],
                0.7,
                Paint::from([0xff; 3]).alpha(0.7 * (share * std::f32::consts::PI).sin()),
            );
        }
    });
}

fn fan(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, radius: f32) {
    brush.circle(x, y, radius, [0x2c, 0x30, 0x38]);
    for blade in 0..5_u8 {
        brush.turned(x, y, s.t * 5.0 + f32::from(blade) * 1.2566, |brush| {
            brush.path(
                &Path::new()
                    .to(0.0, 0.0)
                    .quad((radius * 0.34, -radius * 0.5), (radius * 0.16, -radius * 0.9))
                    .quad((-radius * 0.34, -radius * 0.8), (0.0, 0.0)),
                [0x8c, 0x94, 0xa0],
            );
        });
    }
    brush.circle(x, y, radius * 0.2, [0xc0, 0xc4, 0xcc]);
    for ring in 1..4_u8 {
        brush.arc((x, y), radius * f32::from(ring) / 3.0, (0.0, 1.0), 0.5, Paint::from([0xd8, 0xdc, 0xe2]).alpha(0.7));
    }
}
