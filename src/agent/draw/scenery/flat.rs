//! Rooms of a flat, one by one, and what stands outside of it.

use super::rooms::{lamp, painting, plant, shelf, view_window};
use super::{Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{drift, hash, sway, wrap};
use crate::agent::draw::paint::Paint;
use crate::agent::draw::path::Path;

fn plaster(brush: &mut Brush<'_>, s: &Scenery<'_>) -> Rgb {
    let base = mix(mix(s.look.lead, s.look.pale, 0.62), [0xe4, 0xda, 0xcc], 0.3);
    let base = if s.is_night() || s.look.is_dark { darker(base, 0.45) } else { base };
    wall(brush, base, (brush.w * 0.3, brush.h * 0.3));
    base
}

/// Boards of wood that run away from the viewer.
fn boards(brush: &mut Brush<'_>, s: &Scenery<'_>, level: f32) {
    let (w, h) = (brush.w, brush.h);
    let oak = s.lit(mix([0xc0, 0x92, 0x62], s.look.tint([0xa8, 0x78, 0x4c]), 0.4));
    let (eye_x, eye_y) = (w * 0.5, level - h * 0.34);
    let ray = |x: f32, y: f32| (eye_x + (x - eye_x) * (y - eye_y) / (h - eye_y), y);
    brush.rect(-20.0, level, w + 40.0, h, Paint::down(level, lighter(oak, 0.12), h, darker(oak, 0.14)));
    for number in 0..16_u64 {
        let x = w * (number as f32 / 15.0 * 2.2 - 0.6);
        let next = w * ((number + 1) as f32 / 15.0 * 2.2 - 0.6);
        if hash(s.seed, number) < 0.5 {
            let tone = if hash(s.seed, number + 40) < 0.5 { lighter(oak, 0.14) } else { darker(oak, 0.14) };
            let (from, to) = (level + (h - level) * 0.5 * hash(s.seed, number + 60), h + 14.0);
            brush.poly(&[ray(x, from), ray(next, from), ray(next, to), ray(x, to)], Paint::from(tone).alpha(0.6));
        }
        brush.line(&[ray(x, level), ray(x, h + 14.0)], 0.3, Paint::from(darker(oak, 0.45)).alpha(0.7));
        let joint = level + (h - level) * (0.15 + 0.8 * hash(s.seed, number + 20));
        brush.line(&[ray(x, joint), ray(next, joint)], 0.3, Paint::from(darker(oak, 0.45)).alpha(0.7));
    }
}

/// An empty room: the sun draws the window on the floorboards.
pub(super) fn sunlit_floor(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = plaster(brush, s);
    let level = h * 0.52;
    s.view.layer(brush, 0.6, |brush| {
        view_window(brush, s, [w * 0.1, h * 0.06, w * 0.34, h * 0.36]);
        // A door to the next room.
        brush.rect(w * 0.66, h * 0.04, w * 0.2, level - h * 0.04, lighter(base, 0.28));
        brush.rect(
            w * 0.68,
            h * 0.07,
            w * 0.16,
            level - h * 0.07,
            Paint::along((w * 0.68, 0.0), darker(base, 0.22), (w * 0.84, 0.0), lighter(base, 0.1)),
        );
        brush.poly(
            &[(w * 0.84, h * 0.07), (w * 0.93, h * 0.03), (w * 0.93, level + 5.0), (w * 0.84, level)],
            lighter(base, 0.36),
        );
        brush.circle(w * 0.915, h * 0.32, 0.8, s.look.pop);
        boards(brush, s, level);
        brush.rect(-20.0, level - 2.4, w * 0.66 + 20.0, 2.6, lighter(base, 0.34));
        let light = mix([0xff, 0xee, 0xc0], s.look.pale, 0.2);
        let drift_x = w * 0.05 + 2.0 * drift(s.t * 0.5, 0.1);
        for row in 0..2_u8 {
            for column in 0..3_u8 {
                let place = |across: f32, down: f32| {
                    let y = level + 5.0 + (h - level) * 0.62 * down;
                    (w * (0.17 + 0.125 * across) + drift_x + (y - level) * (0.5 + 0.22 * across), y)
                };
                let (a, d) = (f32::from(column), f32::from(row) * 0.5);
                brush.poly(
                    &[place(a, d), place(a + 0.88, d), place(a + 0.88, d + 0.44), place(a, d + 0.44)],
                    Paint::from(light).alpha(0.55),
                );
            }
        }
        brush.poly(
            &[(w * 0.1, h * 0.08), (w * 0.44, h * 0.06), (w * 0.9, h), (w * 0.3, h)],
            Paint::down(0.0, light, h, light).fading([0.2, 0.1, 0.02]),
        );
        for mote in 0..16_u64 {
            let share = wrap(hash(s.seed, mote + 90) + s.t * 0.02, 1.0);
            let x = w * (0.2 + 0.4 * hash(s.seed, mote)) + 3.0 * drift(s.t, hash(s.seed, mote + 5));
            brush.circle(
                x,
                h * (0.2 + 0.6 * share),
                0.35,
                Paint::from([0xff; 3]).alpha(0.7 * (share * std::f32::consts::PI).sin()),
            );
        }
    });
    s.view.layer(brush, 0.85, |brush| plant(brush, s, (w * 0.06, level + 11.0), 32.0, s.seed));
}

/// An armchair under the window, a lamp, books within reach.
pub(super) fn reading_corner(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    plaster(brush, s);
    let level = h * 0.74;
    s.view.layer(brush, 0.5, |brush| {
        view_window(brush, s, [w * 0.3, h * 0.06, w * 0.4, h * 0.38]);
        for row in 0..3_u8 {
            shelf(brush, s, (w * 0.76, h * (0.2 + 0.19 * f32::from(row))), w * 0.26, 10.0, s.seed ^ u64::from(row));
        }
        painting(brush, s, [w * 0.06, h * 0.14, 17.0, 20.0], s.seed);
        boards(brush, s, level);
    });
    s.view.layer(brush, 0.85, |brush| {
        let (x, y) = (w * 0.48, h * 0.88);
        brush.ellipse(x, y + 1.0, 44.0, 6.0, mix(s.look.pop, s.look.pale, 0.35));
        lamp(brush, s, (w * 0.2, y), 58.0);
        let cloth = s.look.lead;
        for leg in [-15.0_f32, 14.0] {
            brush.line(&[(x + leg, y - 6.0), (x + leg * 1.1, y)], 1.5, s.lit([0x6a, 0x48, 0x30]));
        }
        brush.path(
            &Path::new().to(x - 17.0, y - 12.0).cubic((x - 20.0, y - 46.0), (x - 14.0, y - 50.0), (x, y - 50.0)).cubic(
                (x + 14.0, y - 50.0),
                (x + 20.0, y - 46.0),
                (x + 17.0, y - 12.0),
            ),
            Paint::down(y - 50.0, lighter(cloth, 0.2), y - 12.0, darker(cloth, 0.16)),
        );
        brush.line(&[(x, y - 48.0), (x, y - 26.0)], 0.4, darker(cloth, 0.3));
        brush.round_rect([x - 15.0, y - 23.0, 30.0, 12.0], 4.0, lighter(cloth, 0.14));
        for side in [-1.0_f32, 1.0] {
            brush.round_rect(
                [x + side * 18.0 - 5.0, y - 29.0, 10.0, 24.0],
                4.6,
                Paint::down(y - 29.0, lighter(cloth, 0.1), y - 5.0, darker(cloth, 0.25)),
            );
        }
        brush.round_rect([x - 20.0, y - 13.0, 40.0, 8.0], 3.0, darker(cloth, 0.1));
        brush.turned(x - 8.0, y - 28.0, -0.2 + 0.01 * sway(s.t, 0.2, 0.0), |brush| {
            brush.round_rect([-6.0, -6.0, 12.0, 12.0], 2.4, s.look.pop);
        });
        // A book left open on the seat, its leaves in the draught.
        let lift = 1.2 + 0.8 * sway(s.t, 0.35, 0.0);
        for side in [-1.0_f32, 1.0] {
            brush.path(
                &Path::new()
                    .to(x + 6.0, y - 22.6)
                    .quad((x + 6.0 + side * 4.0, y - 25.0 - lift), (x + 6.0 + side * 8.0, y - 23.4))
                    .to(x + 6.0 + side * 8.0, y - 22.0)
                    .quad((x + 6.0 + side * 4.0, y - 23.4), (x + 6.0, y - 21.4)),
                [0xfa, 0xf6, 0xec],
            );
        }
        let (tx, ty) = (w * 0.7, y - 1.0);
        brush.rect(tx - 0.8, ty - 17.0, 1.6, 17.0, s.lit([0x6a, 0x48, 0x30]));
        brush.ellipse(tx, ty, 6.0, 1.2, s.lit([0x6a, 0x48, 0x30]));
        brush.ellipse(tx, ty - 17.0, 11.0, 2.2, s.lit([0x8c, 0x62, 0x42]));
        for (book, wide) in [11.0, 9.0, 10.0].into_iter().enumerate() {
            brush.round_rect([tx - 9.0, ty - 20.4 - 2.6 * book as f32, wide, 2.4], 0.5, s.look.turn(book));
        }
        brush.round_rect([tx + 4.0, ty - 22.0, 4.4, 4.6], 0.8, s.look.pop);
        plant(brush, s, (w * 0.93, y + 3.0), 36.0, s.seed);
    });
}

/// An open kitchen: cupboards, a stove, and an island of marble in front.
pub(super) fn open_kitchen(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = plaster(brush, s);
    let front = s.lit(mix(s.look.lead, s.look.pale, 0.2));
    let wood = s.lit([0x84, 0x5a, 0x3c]);
    let counter = h * 0.52;
    s.view.layer(brush, 0.5, |brush| {
        brush.rect(-16.0, h * 0.88, w + 32.0, h * 0.3, s.lit([0xa8, 0x7c, 0x54]));
        brush.rect(-16.0, counter, w + 32.0, 3.0, lighter(base, 0.4));
        brush.rect(-16.0, counter + 3.0, w + 32.0, h * 0.36, Paint::down(counter, front, h * 0.88, darker(front, 0.2)));
        let doors = (w / 21.0).floor().max(3.0);
        let mut at = 0.0_f32;
        while at < doors {
            let x = w * at / doors;
            let wide = w / doors - 1.6;
            brush.round_rect([x + 0.8, counter + 5.6, wide, h * 0.3], 0.6, lighter(front, 0.12));
            brush.rect(x + wide * 0.3, counter + 8.0, wide * 0.4, 0.8, s.look.pop);
            let is_window = (at - (doors / 2.0).floor()).abs() < 0.6;
            if !is_window {
                brush.round_rect([x + 0.8, h * 0.05, wide, h * 0.24], 0.6, lighter(front, 0.06));
                brush.rect(x + wide * 0.3, h * 0.27, wide * 0.4, 0.7, s.look.pop);
            }
            at += 1.0;
        }
        let middle = w * ((doors / 2.0).floor() + 0.5) / doors;
        // The hood and its light over the stove.
        brush.poly(
            &[
                (middle - 5.0, -16.0),
                (middle + 5.0, -16.0),
                (middle + 5.0, h * 0.14),
                (middle + 12.0, h * 0.24),
                (middle - 12.0, h * 0.24),
                (middle - 5.0, h * 0.14),
            ],
            s.lit([0xc4, 0xc8, 0xce]),
        );
        brush.glow(middle, h * 0.3, 16.0, [0xff, 0xe8, 0xb8], 0.5);
        brush.round_rect(
            [middle - 6.0, counter - 8.0, 12.0, 7.4],
            1.0,
            s.lit(mix([0xc0, 0x74, 0x48], s.look.pop, 0.3)),
        );
        brush.rect(middle - 8.0, counter - 6.4, 16.0, 1.2, s.lit(mix([0xc0, 0x74, 0x48], s.look.pop, 0.3)));
        super::rooms::steam(brush, s, (middle, counter - 9.0), 13.0);
        plant(brush, s, (w * 0.1, counter), 15.0, s.seed);
        for jar in 0..3_u8 {
            brush.round_rect(
                [w * 0.84 + 5.6 * f32::from(jar), counter - 8.0 + f32::from(jar), 4.4, 8.0 - f32::from(jar)],
                1.0,
                s.look.turn(usize::from(jar)),
            );
        }
    });
    s.view.layer(brush, 0.9, |brush| {
        for cord in 0..3_u8 {
            let x = w * (0.3 + 0.2 * f32::from(cord)) + 0.5 * sway(s.t, 0.15, f32::from(cord) * 0.3);
            brush.line(&[(x, -16.0), (x, h * 0.2)], 0.4, darker(s.look.deep, 0.1));
            brush.glow(x, h * 0.25, 13.0, [0xff, 0xe0, 0xa4], 0.55);
            brush.path(
                &Path::new().to(x - 5.0, h * 0.25).cubic((x - 5.0, h * 0.18), (x + 5.0, h * 0.18), (x + 5.0, h * 0.25)),
                s.look.pop,
            );
        }
        let (left, wide, top) = (w * 0.14, w * 0.72, h * 0.64);
        let marble = s.lit([0xf2, 0xf0, 0xec]);
        brush.rect(
            left + 3.0,
            top + 5.0,
            wide - 6.0,
            h * 0.4,
            Paint::along((left, 0.0), lighter(wood, 0.1), (left + wide, 0.0), darker(wood, 0.25)),
        );
        for panel in 1..5_u8 {
            brush.rect(left + 3.0 + (wide - 6.0) * f32::from(panel) / 5.0, top + 6.0, 0.5, h * 0.4, darker(wood, 0.4));
        }
        brush.round_rect(
            [left, top, wide, 6.0],
            0.8,
            Paint::down(top, lighter(marble, 0.5), top + 6.0, darker(marble, 0.12)),
        );
        brush.poly(
            &[(left + 5.0, top - 5.0), (left + wide - 5.0, top - 5.0), (left + wide, top + 0.4), (left, top + 0.4)],
            marble,
        );
        for vein in 0..5_u64 {
            let x = left + wide * (0.08 + 0.2 * vein as f32);
            brush.curve(
                &[
                    (x, top - 4.6),
                    (x + 5.0, top - 2.6 + hash(s.seed, vein)),
                    (x + 9.0, top + 1.0),
                    (x + 14.0, top + 5.6),
                ],
                0.35,
                Paint::from([0x8c, 0x90, 0x98]).alpha(0.5),
            );
        }
        brush.ellipse(w * 0.44, top - 3.0, 11.0, 1.8, s.lit(s.look.second));
        for (fruit, colour) in [[0xe0, 0x98, 0x30], [0xc8, 0x44, 0x34], [0x90, 0xac, 0x40]].into_iter().enumerate() {
            brush.circle(
                w * 0.44 - 5.0 + 5.0 * fruit as f32,
                top - 6.0 - if fruit == 1 { 1.6 } else { 0.0 },
                3.0,
                s.lit(colour),
            );
        }
        brush.path(
            &Path::new().to(w * 0.44 - 11.0, top - 4.4).quad((w * 0.44, top + 3.6), (w * 0.44 + 11.0, top - 4.4)),
            lighter(s.lit(s.look.second), 0.1),
        );
        for stool in 0..2_u8 {
            let x = w * (0.62 + 0.12 * f32::from(stool));
            brush.line(&[(x - 4.0, h + 10.0), (x - 2.4, h * 0.78)], 0.9, [0x40, 0x3a, 0x36]);
            brush.line(&[(x + 4.0, h + 10.0), (x + 2.4, h * 0.78)], 0.9, [0x40, 0x3a, 0x36]);
            brush.round_rect([x - 6.0, h * 0.77, 12.0, 3.4], 1.6, s.look.pop);
        }
    });
}
