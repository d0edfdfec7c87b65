//! Work: a desk, a workbench, notes on a wall.

use super::props::{SKINS, floor, walker};
use super::rooms::{plant, shelf, steam, table, view_window};
use super::vehicles::forklift;
use super::{Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::camera::OVERSCAN;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{drift, hash, smooth, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};

pub(super) fn desk(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(s.look.pale, s.look.lead, if s.look.is_dark { 0.7 } else { 0.25 });
    wall(brush, base, (w * 0.7, h * 0.2));
    s.view.layer(brush, 0.4, |brush| {
        view_window(brush, s, [w * 0.08, h * 0.08, w * 0.34, h * 0.42]);
        shelf(brush, s, (w * 0.62, h * 0.22), w * 0.3, 9.0, s.seed);
        shelf(brush, s, (w * 0.7, h * 0.42), w * 0.24, 8.0, s.seed ^ 8);
    });
    s.view.layer(brush, 0.95, |brush| {
        table(brush, h * 0.7, s.lit([0xb0, 0x84, 0x5c]));
        let (x, y, half) = (w * 0.5, h * 0.8, w.min(140.0) * 0.2);
        let high = half * 1.2;
        brush.round_rect([x - half, y - high, half * 2.0, high], 1.6, [0x2a, 0x2c, 0x32]);
        let screen = [x - half + 1.2, y - high + 1.2, half * 2.0 - 2.4, high - 3.0];
        brush.rect(screen[0], screen[1], screen[2], screen[3], mix(s.look.deep, s.look.lead, 0.35));
        for row in 0..7_u8 {
            let typed = ((wrap(s.t, 9.0) - f32::from(row) * 0.8) * 1.4).clamp(0.0, 1.0);
            let long = screen[2] * (0.25 + 0.3 * hash(s.seed, row.into())) * typed;
            brush.round_rect(
                [
                    screen[0] + 2.0 + 2.0 * f32::from(row % 3),
                    screen[1] + 2.4 + screen[3] * 0.125 * f32::from(row),
                    long,
                    1.1,
                ],
                0.5,
                [s.look.pop, [0xf0, 0xf2, 0xf6], s.look.second][usize::from(row) % 3],
            );
        }
        for bar in 0..5_u8 {
            let tall = screen[3]
                * (0.2 + 0.4 * hash(s.seed, u64::from(bar) + 30) + 0.08 * sway(s.t, 0.3, f32::from(bar) * 0.2));
            brush.rect(
                screen[0] + screen[2] * (0.68 + 0.06 * f32::from(bar)),
                screen[1] + screen[3] * 0.88 - tall,
                screen[2] * 0.04,
                tall,
                if bar == 4 { s.look.pop } else { lighter(s.look.lead, 0.3) },
            );
        }
        brush.poly(
            &[(x - half * 1.08, y), (x + half * 1.08, y), (x + half * 1.24, y + 5.0), (x - half * 1.24, y + 5.0)],
            Paint::down(y, [0xb8, 0xbc, 0xc4], y + 5.0, [0x84, 0x88, 0x92]),
        );
        brush.rect(x - half * 1.24, y + 5.0, half * 2.48, 1.0, [0x6a, 0x6e, 0x78]);
        let (mx, my) = (w * 0.8, h * 0.87);
        steam(brush, s, (mx, my - 11.0), 16.0);
        brush.arc((mx + 5.0, my - 5.0), 2.6, (0.0, 0.5), 1.1, s.look.pop);
        brush.round_rect(
            [mx - 5.0, my - 10.0, 10.0, 10.0],
            1.4,
            Paint::along((mx - 5.0, 0.0), lighter(s.look.pop, 0.2), (mx + 5.0, 0.0), darker(s.look.pop, 0.2)),
        );
        plant(brush, s, (w * 0.16, h * 0.86), 30.0, s.seed);
        brush.poly(
            &[(w * 0.25, h * 0.92), (w * 0.36, h * 0.9), (w * 0.38, h * 0.96), (w * 0.26, h * 0.985)],
            [0xfa, 0xf6, 0xee],
        );
        brush.line(&[(w * 0.29, h * 0.935), (w * 0.36, h * 0.955)], 0.7, s.look.lead);
    });
}

/// Hands at work on a bench under a lamp.
pub(super) fn bench(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(mix([0x54, 0x48, 0x40], s.look.lead, 0.3), s.look.deep, 0.2);
    wall(brush, base, (w * 0.55, h * 0.35));
    s.view.layer(brush, 0.45, |brush| {
        brush.round_rect([w * 0.08, h * 0.08, w * 0.84, h * 0.4], 1.5, darker(base, 0.25));
        for tool in 0..9_u8 {
            let x = w * (0.13 + 0.092 * f32::from(tool));
            let y = h * 0.14;
            let metal = mix([0xb0, 0xb4, 0xbc], s.look.second, 0.2);
            let grip = s.look.turn(usize::from(tool));
            brush.turned(x, y, 0.02 * sway(s.t, 0.2, f32::from(tool) * 0.2), |brush| match tool % 4 {
                0 => {
                    brush.rect(-0.7, 0.0, 1.4, 16.0, grip);
                    brush.round_rect([-4.0, -1.0, 8.0, 4.0], 0.8, metal);
                }
                1 => {
                    brush.round_rect([-1.2, 9.0, 2.4, 9.0], 1.0, grip);
                    brush.rect(-0.5, -1.0, 1.0, 11.0, metal);
                }
                2 => {
                    brush.arc((0.0, 2.0), 2.6, (0.1, 0.9), 1.4, metal);
                    brush.rect(-0.8, 4.0, 1.6, 13.0, metal);
                }
                _ => {
                    brush.line(&[(-1.8, 18.0), (0.4, 8.0), (-0.8, 0.0)], 1.2, grip);
                    brush.line(&[(1.8, 18.0), (-0.4, 8.0), (0.8, 0.0)], 1.2, grip);
                }
            });
        }
    });
    let (x, y) = (w * 0.5, h * 0.78);
    s.view.layer(brush, 0.9, |brush| {
        table(brush, h * 0.66, s.lit([0x8c, 0x60, 0x3e]));
        brush.glow(x, y, 46.0, [0xff, 0xdc, 0x9c], 0.55);
        brush.poly(
            &[(x - 27.0, y + 8.0), (x + 27.0, y + 8.0), (x + 22.0, y - 9.0), (x - 22.0, y - 9.0)],
            mix([0xf8, 0xf2, 0xe4], s.look.pale, 0.3),
        );
        let drawn = wrap(s.t, 9.0) / 6.0;
        for line in 0..6_u8 {
            let share = (drawn * 6.0 - f32::from(line)).clamp(0.0, 1.0);
            let (sine, cosine) = (f32::from(line) / 6.0 * std::f32::consts::TAU).sin_cos();
            let (fx, fy) = (x + 11.0 * cosine, y + 5.6 * sine);
            let (sine, cosine) = (f32::from(line + 2) / 6.0 * std::f32::consts::TAU).sin_cos();
            brush.line(
                &[(fx, fy), (fx + (x + 11.0 * cosine - fx) * share, fy + (y + 5.6 * sine - fy) * share)],
                0.5,
                s.look.lead,
            );
        }
        let number = (drawn * 6.0).floor().min(5.0);
        let share = (drawn * 6.0 - number).clamp(0.0, 1.0);
        let corner = |line: f32| {
            let (sine, cosine) = (line / 6.0 * std::f32::consts::TAU).sin_cos();
            (x + 11.0 * cosine, y + 5.6 * sine)
        };
        let (from, to) = (corner(number), corner(number + 2.0));
        let tip = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
        let skin = SKINS[usize::try_from(s.seed % 5).unwrap_or(0)];
        arm(brush, (w * 0.88, h + 12.0), (tip.0 + 6.0, tip.1 + 5.0), (s.look.lead, skin));
        brush.line(&[tip, (tip.0 + 9.0, tip.1 - 6.0)], 1.1, s.look.pop);
        arm(brush, (w * 0.1, h + 12.0), (x - 22.0, y + 4.0), (s.look.lead, skin));
    });
}

/// A sleeve and a hand that comes from the lower edge.
pub(super) fn arm(brush: &mut Brush<'_>, from: Point, hand: Point, (sleeve, skin): (Rgb, Rgb)) {
    let wrist = (hand.0 + (from.0 - hand.0) * 0.22, hand.1 + (from.1 - hand.1) * 0.22);
    brush.taper(&[from, wrist], 19.0, 10.5, sleeve);
    brush.taper(&[wrist, hand], 7.4, 7.8, skin);
    let (dx, dy) = (hand.0 - wrist.0, hand.1 - wrist.1);
    let angle = dy.atan2(dx);
    brush.turned(hand.0, hand.1, angle, |brush| {
        brush.ellipse(0.0, 0.0, 5.0, 4.4, skin);
        for finger in 0..4_u8 {
            let row = (f32::from(finger) - 1.5) * 2.0;
            brush.line(
                &[(2.0, row), (7.4 - row.abs() * 0.5, row * 0.8)],
                1.9,
                if finger % 2 == 0 { skin } else { lighter(skin, 0.06) },
            );
        }
        brush.line(&[(-1.0, -3.6), (4.6, -5.4)], 2.1, darker(skin, 0.06));
    });
}

/// Coloured notes, sorted on a wall.
pub(super) fn notes_on_a_wall(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(s.look.pale, s.look.lead, if s.look.is_dark { 0.6 } else { 0.14 });
    wall(brush, base, (w * 0.3, h * 0.2));
    s.view.layer(brush, 0.8, |brush| {
        brush.round_rect([w * 0.06, h * 0.07, w * 0.88, h * 0.72], 2.0, mix([0xfb; 3], s.look.pale, 0.5));
        for column in 0..3_u64 {
            let x = w * (0.1 + 0.285 * column as f32);
            brush.round_rect([x, h * 0.12, w * 0.2, 2.6], 1.3, s.look.turn(usize::try_from(column).unwrap_or(0)));
            for row in 0..3_u64 {
                let number = column * 3 + row;
                let shown = smooth((wrap(s.t, 12.0) - 0.5 * number as f32 + 2.0) * 2.0);
                let (nx, ny, size) =
                    (x + (row % 2) as f32 * w * 0.03, h * (0.2 + 0.19 * row as f32), (w * 0.15).min(20.0));
                brush.turned(
                    nx + size / 2.0,
                    ny + size / 2.0,
                    (hash(s.seed, number) - 0.5) * 0.14 + (1.0 - shown) * 0.3,
                    |brush| {
                        brush.faded(shown, |brush| {
                            let colour =
                                mix(s.look.turn(usize::try_from(number).unwrap_or(0)), [0xff, 0xf0, 0xb0], 0.45);
                            brush.rect(
                                -size / 2.0 + 0.6,
                                -size * 0.38 + 0.8,
                                size,
                                size * 0.82,
                                Paint::from([0, 0, 0]).alpha(0.14),
                            );
                            brush.rect(-size / 2.0, -size * 0.4, size, size * 0.82, colour);
                            for line in 0..3_u8 {
                                brush.round_rect(
                                    [
                                        -size * 0.38,
                                        -size * 0.22 + size * 0.18 * f32::from(line),
                                        size * (0.74 - 0.16 * hash(s.seed, number + u64::from(line))),
                                        0.8,
                                    ],
                                    0.4,
                                    darker(colour, 0.5),
                                );
                            }
                        });
                    },
                );
            }
        }
    });
    s.view.layer(brush, 1.1, |brush| {
        let skin = SKINS[usize::try_from(s.seed % 5).unwrap_or(0)];
        let point = (w * (0.5 + 0.13 * drift(s.t, 0.2)), h * (0.5 + 0.08 * drift(s.t * 1.2, 0.7)));
        arm(brush, (w * 0.9, h + 14.0), point, (s.look.lead, skin));
    });
}

/// Racks full of boxes, a walkway, and a forklift on its way.
pub(super) fn warehouse(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(mix([0xc8, 0xcc, 0xd2], s.look.pale, 0.4), s.look.lead, 0.12);
    let base = if s.look.is_dark { darker(base, 0.5) } else { base };
    wall(brush, base, (w * 0.5, h * 0.05));
    let level = h * 0.68;
    let steel = mix([0x3c, 0x54, 0x8c], s.look.second, 0.4);
    s.view.layer(brush, 0.5, |brush| {
        for lamp in 0..4_u8 {
            brush.round_rect([w * (0.08 + 0.26 * f32::from(lamp)), h * 0.03, w * 0.12, 1.6], 0.8, [0xff, 0xfc, 0xf0]);
        }
        let bay = 32.0;
        let mut x = -OVERSCAN;
        let mut number = 0_u64;
        while x < w + OVERSCAN {
            for tier in 0..3_u64 {
                let y = level - (level - h * 0.1) / 3.0 * tier as f32;
                let mut at = x + 3.0;
                for place in 0..3_u64 {
                    let key = number * 31 + tier * 7 + place;
                    let (wide, high) = (6.0 + 3.0 * hash(s.seed, key), h * (0.08 + 0.07 * hash(s.seed, key + 400)));
                    if hash(s.seed, key + 800) > 0.14 {
                        let card = mix([0xc4, 0x98, 0x66], s.look.turn(usize::try_from(key % 5).unwrap_or(0)), 0.28);
                        brush.rect(
                            at,
                            y - high - 1.6,
                            wide,
                            high,
                            Paint::along((at, 0.0), lighter(card, 0.1), (at + wide, 0.0), darker(card, 0.14)),
                        );
                        brush.rect(
                            at + wide * 0.42,
                            y - high - 1.6,
                            wide * 0.16,
                            high,
                            Paint::from([0xf2, 0xe6, 0xcc]).alpha(0.6),
                        );
                    }
                    at += 9.6;
                }
                brush.rect(x, y - 1.6, bay, 1.6, mix([0xe8, 0x8c, 0x30], s.look.pop, 0.4));
            }
            brush.rect(x, h * 0.06, 1.8, level - h * 0.06, steel);
            x += bay;
            number += 1;
        }
    });
    s.view.layer(brush, 0.8, |brush| {
        floor(brush, level, mix([0x74, 0x78, 0x7e], base, 0.2), mix([0xa8, 0xaa, 0xae], base, 0.4));
        let yellow = [0xf4, 0xc4, 0x30];
        brush.rect(-OVERSCAN, h * 0.86, w + 2.0 * OVERSCAN, 1.4, yellow);
        brush.rect(-OVERSCAN, h * 0.98, w + 2.0 * OVERSCAN, 1.8, yellow);
        let size = (h * 0.27).min(w * 0.24);
        let way = if s.seed.is_multiple_of(2) { 1.0 } else { -1.0 };
        let along = wrap(s.t * 5.0 + w * 0.3, w + size * 3.0) - size * 1.2;
        let x = if way > 0.0 { along } else { w - along };
        forklift(brush, s, (x, h * 0.82), size, way, 0.3 + 0.3 * sway(s.t, 0.12, 0.0));
        let walked = wrap(s.t * 4.0 + w * 0.2, w + 30.0) - 15.0;
        let vest = mix([0xf8, 0xd0, 0x30], s.look.pop, 0.2);
        walker(brush, (walked, h * 0.965), h.min(w) * 0.25, (vest, SKINS[2]), s.t * 0.8, 1.0);
    });
}

/// The wall of a bright hall, whose colour is handed back.
pub(super) fn hall(brush: &mut Brush<'_>, s: &Scenery<'_>) -> Rgb {
    let base = mix(mix([0xc4, 0xc8, 0xce], s.look.pale, 0.35), s.look.lead, 0.18);
    let base = if s.look.is_dark { darker(base, 0.5) } else { base };
    wall(brush, base, (brush.w * 0.5, brush.h * 0.1));
    base
}

/// The gate of a hall: a mirror at the corner, a light that turns, and a painted crossing.
pub(super) fn gate(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(mix([0xb8, 0xbc, 0xc2], s.look.pale, 0.3), s.look.lead, 0.2);
    let base = if s.look.is_dark { darker(base, 0.5) } else { base };
    wall(brush, base, (w * 0.3, h * 0.1));
    let level = h * 0.72;
    let size = w.min(h * 1.2) / 100.0;
    s.view.layer(brush, 0.6, |brush| {
        let [x, y, dw, dh] = [w * 0.34, h * 0.16, w * 0.4, level - h * 0.16];
        brush.rect(x - 3.0, y - 3.0, dw + 6.0, dh + 3.0, darker(base, 0.45));
        brush.framed([x, y, dw, dh], |brush| {
            let mut inside = s.clone();
            inside.seed ^= 2;
            warehouse(brush, &inside);
        });
        let slats = (dh * (0.22 + 0.1 * sway(s.t, 0.08, 0.0)) / 4.0).floor();
        for slat in 0..12_u8 {
            if f32::from(slat) < slats {
                let colour = if slat % 2 == 0 { [0xd8, 0xda, 0xde] } else { [0xc2, 0xc6, 0xcc] };
                brush.rect(x, y + 4.0 * f32::from(slat), dw, 4.0, colour);
            }
        }
        for (post, left) in [x - 4.0, x + dw].into_iter().enumerate() {
            for band in 0..12_u8 {
                let top = level - 4.0 * f32::from(band) - 4.0;
                let colour =
                    if (usize::from(band) + post).is_multiple_of(2) { [0xf4, 0xc4, 0x30] } else { [0x20, 0x20, 0x26] };
                brush.rect(left, top, 4.0, 4.0, colour);
            }
        }
    });
    s.view.layer(brush, 0.8, |brush| {
        floor(brush, level, [0x6a, 0x6e, 0x74], mix([0x9a, 0x9c, 0xa2], base, 0.3));
        for stripe in 0..7_u8 {
            let x = w * (0.3 + 0.075 * f32::from(stripe));
            let out = (x - w * 0.54) * 0.7;
            brush.poly(
                &[(x, level + 4.0), (x + 5.0, level + 4.0), (x + 8.0 + out, h + 4.0), (x - 1.0 + out, h + 4.0)],
                [0xf4, 0xf0, 0xe2],
            );
        }
        // The mirror shows the hall from the other side.
        let (mx, my, radius) = (w * 0.17, h * 0.32, 15.0 * size);
        brush.rect(mx - 0.9, my, 1.8, level - my + 4.0, [0x70, 0x74, 0x7c]);
        brush.circle(mx, my, radius + 2.2 * size, mix([0xe8, 0x5a, 0x2c], s.look.pop, 0.3));
        brush.circle(
            mx,
            my,
            radius,
            Paint::around((mx - radius * 0.3, my - radius * 0.4), radius * 1.7, [0xee, 0xf4, 0xf8], [0x7c, 0x90, 0xa4]),
        );
        let truck = mx + radius * 0.5 * sway(s.t, 0.09, 0.2);
        forklift(brush, s, (truck, my + radius * 0.5), radius * 0.5, 1.0, 0.2);
        brush.poly(
            &[
                (mx - radius * 0.7, my + radius * 0.56),
                (mx + radius * 0.7, my + radius * 0.56),
                (mx, my + radius * 0.98),
            ],
            [0x8c, 0x98, 0xa4],
        );
        // The light, and the spot that it throws on the floor.
        let (lx, ly) = (w * 0.86, h * 0.2);
        let blink = 0.5 + 0.5 * sway(s.t, 0.8, 0.0);
        brush.glow(lx, ly, 22.0 * size, [0x50, 0x98, 0xff], 0.3 + 0.6 * blink);
        brush.round_rect(
            [lx - 5.0 * size, ly - 5.0 * size, 10.0 * size, 9.0 * size],
            4.0 * size,
            lighter([0x30, 0x70, 0xf0], 0.3 * blink),
        );
        brush.rect(lx - 6.4 * size, ly + 3.4 * size, 12.8 * size, 3.0 * size, [0x2a, 0x2c, 0x32]);
        brush.ellipse(
            lx,
            level + (h - level) * 0.4,
            15.0 * size,
            3.6 * size,
            Paint::from([0x50, 0x98, 0xff]).alpha(0.25 + 0.4 * blink),
        );
    });
}
