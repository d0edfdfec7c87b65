//! Music: a turntable, a concert, a listening room.

use super::props::floor;
use super::rooms::{bokeh, lamp, table};
use super::{Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{darker, lighter};
use crate::agent::draw::motion::{hash, smooth, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Affine;

pub(super) fn disc(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, radius: f32, flat: f32, turns: f32) {
    brush.within(Affine([1.0, 0.0, 0.0, flat, x, y]), |brush| {
        brush.circle(0.0, 0.0, radius, [0x14, 0x12, 0x16]);
        for groove in 0..6_u8 {
            brush.arc((0.0, 0.0), radius * (0.46 + 0.085 * f32::from(groove)), (0.0, 1.0), 0.2, [0x2c, 0x2a, 0x30]);
        }
        for side in [0.0, 0.5] {
            let start = 0.1 + side + 0.008 * sway(s.t, 0.5, 0.0);
            for (wide, alpha) in [(0.1, 0.10), (0.055, 0.14)] {
                brush.arc(
                    (0.0, 0.0),
                    radius * 0.68,
                    (start - wide / 2.0, start + wide / 2.0),
                    radius * 0.44,
                    Paint::from([0xff; 3]).alpha(alpha),
                );
            }
        }
        brush.circle(0.0, 0.0, radius * 0.36, s.look.lead);
        brush.circle(0.0, 0.0, radius * 0.30, mix(s.look.lead, s.look.pale, 0.2));
        for mark in 0..3_u8 {
            let turn = turns + f32::from(mark) / 3.0;
            brush.arc((0.0, 0.0), radius * 0.22, (turn, turn + 0.16), radius * 0.05, s.look.pop);
        }
        brush.circle(0.0, 0.0, radius * 0.035, [0xf0; 3]);
    });
}

pub(super) fn turntable(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let wood = mix([0x6a, 0x42, 0x2a], s.look.deep, 0.3);
    wall(brush, mix(s.look.deep, s.look.lead, 0.3), (w * 0.25, h * 0.2));
    bokeh(brush, s, [0.0, 0.0, w, h * 0.5], 14, 0.35);
    s.view.layer(brush, 1.0, |brush| {
        table(brush, h * 0.56, wood);
        let (x, y, size) = (w * 0.47, h * 0.66, w.min(130.0) * 0.29);
        brush.poly(
            &[
                (x - size * 1.3, y + size * 0.5),
                (x + size * 1.75, y + size * 0.5),
                (x + size * 1.5, y - size * 0.5),
                (x - size * 1.1, y - size * 0.5),
            ],
            Paint::down(y - size, mix(s.look.deep, [0x50; 3], 0.35), y + size, mix(s.look.deep, [0x18; 3], 0.5)),
        );
        brush.rect(
            x - size * 1.3,
            y + size * 0.5,
            size * 3.05,
            size * 0.16,
            Paint::down(y, lighter(wood, 0.15), y + size, darker(wood, 0.2)),
        );
        disc(brush, s, (x, y), size, 0.46, s.t * 0.55);
        let (px, py) = (x + size * 1.3, y - size * 0.3);
        let swing = 0.02 * sway(s.t, 0.55, 0.0) + 0.02 * (s.t * 0.05).min(3.0);
        brush.circle(px, py, size * 0.12, [0x8c, 0x8e, 0x94]);
        brush.circle(px, py, size * 0.07, mix(s.look.pop, [0xc8; 3], 0.3));
        let tip = (x + size * (0.62 - swing), y + size * 0.2);
        brush.line(&[(px, py), (px - size * 0.1, py + size * 0.44), tip], size * 0.035, [0xd4, 0xd6, 0xda]);
        brush.turned(tip.0, tip.1, 2.4, |brush| brush.round_rect([-1.0, -1.2, 4.6, 2.4], 0.5, [0x2a; 3]));
        brush.circle(x + size * 1.36, y + size * 0.34, size * 0.05, s.look.pop);
        notes(brush, s, (x, y - size * 0.5));
    });
}

fn notes(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point) {
    for number in 0..5_u64 {
        let share = wrap(s.t * 0.16 + number as f32 / 5.0, 1.0);
        let (nx, ny) =
            (x + 40.0 * (hash(s.seed, number) - 0.5) + 4.0 * sway(s.t, 0.3, hash(s.seed, number)), y - 40.0 * share);
        let fade = (share * std::f32::consts::PI).sin() * 0.9;
        let colour = Paint::from(lighter(s.look.turn(usize::try_from(number).unwrap_or(0)), 0.3)).alpha(fade);
        brush.turned(nx, ny, 0.2 * sway(s.t, 0.3, 0.2), |brush| {
            brush.ellipse(0.0, 0.0, 1.7, 1.2, colour);
            brush.line(&[(1.5, -0.4), (1.5, -7.0)], 0.5, colour);
            if number % 2 == 0 {
                brush.curve(&[(1.5, -7.0), (3.4, -5.4), (3.2, -3.4)], 0.6, colour);
            } else {
                brush.line(&[(1.5, -7.0), (6.5, -8.0), (6.5, -1.4)], 0.5, colour);
                brush.ellipse(5.0, -1.0, 1.7, 1.2, colour);
            }
        });
    }
}

pub(super) fn stage(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    brush.everything(Paint::down(0.0, mix(s.look.deep, [0; 3], 0.5), h, mix(s.look.lead, [0; 3], 0.5)));
    for light in 0..6_u8 {
        let x = w * (0.08 + 0.17 * f32::from(light));
        let aim = x + 46.0 * sway(s.t, 0.16, f32::from(light) * 0.19);
        let colour = s.look.turn(light.into());
        let alpha = 0.42 + 0.18 * sway(s.t, 0.9, f32::from(light) * 0.3);
        brush.poly(
            &[(x - 1.2, 0.0), (x + 1.2, 0.0), (aim + 17.0, h * 0.88), (aim - 17.0, h * 0.88)],
            Paint::down(0.0, lighter(colour, 0.4), h * 0.88, colour).fading([alpha, alpha * 0.4, 0.03]),
        );
        brush.glow(x, 1.0, 8.0, lighter(colour, 0.5), 0.9);
    }
    s.view.layer(brush, 0.7, |brush| {
        let floor = h * 0.72;
        brush.poly(
            &[(-16.0, floor + 9.0), (w * 0.1, floor), (w * 0.9, floor), (w + 16.0, floor + 9.0)],
            darker(s.look.deep, 0.4),
        );
        for side in [-1.0_f32, 1.0] {
            for stack in 0..3_u8 {
                let (x, y) = (w * (0.5 + side * 0.38) - 7.0, floor - 15.0 * (f32::from(stack) + 1.0) + 1.0);
                brush.round_rect([x, y, 14.0, 14.6], 1.0, [0x16, 0x16, 0x1a]);
                let beat = 1.0 + 0.06 * sway(s.t, 2.0, 0.0).max(0.0);
                brush.circle(x + 7.0, y + 8.6, 4.6 * beat, [0x30, 0x30, 0x36]);
                brush.circle(x + 7.0, y + 8.6, 2.0 * beat, [0x10; 3]);
                brush.circle(x + 7.0, y + 2.6, 1.4, [0x30, 0x30, 0x36]);
            }
        }
        for player in 0..3_u8 {
            let x = w * (0.32 + 0.18 * f32::from(player));
            let nod = sway(s.t, 1.0, f32::from(player) * 0.2);
            let figure = mix(s.look.deep, [0x08; 3], 0.5);
            brush.at(x, floor + 3.0, 1.15, |brush| {
                brush.line(&[(-3.0, 0.0), (-1.4, -13.0), (0.0, -13.0)], 2.6, figure);
                brush.line(&[(3.0, 0.0), (1.4, -13.0)], 2.6, figure);
                brush.round_rect([-3.6, -25.0, 7.2, 14.0], 3.0, figure);
                brush.circle(nod * 0.5, -28.6 + nod * 0.3, 3.0, figure);
                brush.line(&[(-3.0, -23.0), (-6.4, -17.0), (2.0, -15.0 + nod)], 1.8, figure);
                brush.line(&[(3.0, -23.0), (7.0, -18.0), (9.0, -21.0 - nod)], 1.8, figure);
                brush.line(&[(-3.0, -13.0), (13.0, -23.0)], 1.0, darker(s.look.pop, 0.2));
                brush.ellipse(-2.0, -14.0, 4.6, 3.2, s.look.pop);
            });
        }
    });
    s.view.layer(brush, 1.1, |brush| {
        for head in 0..26_u64 {
            let x = -10.0 + (w + 20.0) * (head as f32 + hash(s.seed, head)) / 26.0;
            let jump = 1.6 * sway(s.t, 1.0, hash(s.seed, head)).abs();
            let y = h * (0.93 + 0.06 * hash(s.seed, head + 50)) - jump;
            let shade = mix([0x06, 0x06, 0x0a], s.look.deep, 0.3);
            brush.circle(x, y, 3.6, shade);
            brush.round_rect([x - 6.0, y + 3.0, 12.0, 20.0], 5.0, shade);
            if head % 3 == 0 {
                brush.line(&[(x - 4.4, y + 6.0), (x - 5.4 + sway(s.t, 1.0, 0.3), y - 9.0)], 1.9, shade);
            }
        }
    });
}

/// Walls of records, a chair and a lamp.
pub(super) fn listening_room(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(mix([0x5a, 0x38, 0x2c], s.look.lead, 0.4), s.look.deep, 0.25);
    wall(brush, base, (w * 0.7, h * 0.3));
    s.view.layer(brush, 0.5, |brush| {
        for row in 0..3_u8 {
            let y = h * (0.2 + 0.22 * f32::from(row));
            let mut x = -6.0;
            let mut number = u64::from(row) * 200;
            while x < w * 0.58 {
                let wide = 0.8 + 0.7 * hash(s.seed, number);
                let pull = if number % 41 == 7 { 3.0 * smooth(sway(s.t, 0.12, hash(s.seed, number))) } else { 0.0 };
                let colour = mix(
                    s.look.turn(usize::try_from(number).unwrap_or(0) % 7),
                    [0x4c, 0x40, 0x3a],
                    0.45 + 0.3 * hash(s.seed, number + 7),
                );
                brush.rect(x, y - 13.0 - pull, wide, 13.0, colour);
                x += wide + 0.14;
                number += 1;
            }
            brush.rect(-16.0, y, w * 0.58 + 16.0, 1.4, mix([0x7c, 0x4e, 0x30], s.look.deep, 0.2));
        }
    });
    s.view.layer(brush, 0.85, |brush| {
        floor(brush, h * 0.82, darker(base, 0.45), darker(base, 0.2));
        lamp(brush, s, (w * 0.9, h * 0.86), h.min(130.0) * 0.5);
        let (x, y) = (w * 0.72, h * 0.88);
        let velvet = mix(s.look.lead, [0x50, 0x20, 0x30], 0.2);
        brush.round_rect(
            [x - 15.0, y - 34.0, 30.0, 30.0],
            8.0,
            Paint::along((x - 15.0, 0.0), lighter(velvet, 0.12), (x + 15.0, 0.0), darker(velvet, 0.25)),
        );
        brush.round_rect([x - 18.0, y - 17.0, 8.0, 16.0], 4.0, lighter(velvet, 0.06));
        brush.round_rect([x + 10.0, y - 17.0, 8.0, 16.0], 4.0, darker(velvet, 0.2));
        brush.round_rect([x - 13.0, y - 14.0, 26.0, 10.0], 3.0, lighter(velvet, 0.16));
        for leg in [-13.0, 12.0] {
            brush.line(&[(x + leg, y - 2.0), (x + leg, y + 3.0)], 1.2, darker(base, 0.6));
        }
        disc(brush, s, (w * 0.3, h * 0.86), 15.0, 0.42, s.t * 0.55);
        notes(brush, s, (w * 0.3, h * 0.7));
    });
}
