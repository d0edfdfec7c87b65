//! City, nature, sea and travel.

use super::props::{SKINS, building, car, cloud, floor, grass, hills, peaks, sky, tree, walker, window};
use super::{Hour, Scenery};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::camera::OVERSCAN;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{darker, lighter};
use crate::agent::draw::motion::{Dice, drift, hash, sway, wrap};
use crate::agent::draw::path::Path;
use crate::agent::draw::raster::{Paint, Point};

pub(super) fn city(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    if s.variant.is_multiple_of(2) { skyline(brush, s) } else { street(brush, s) }
}

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
                building(brush, s, [x, horizon + 1.0, wide, high], shade, dice.roll());
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
fn street(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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
                dice.roll(),
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

pub(super) fn nature(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    match s.variant % 3 {
        0 => lake(brush, s),
        1 => forest(brush, s),
        _ => meadow(brush, s),
    }
}

fn lake(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.6;
    sky(brush, s, level);
    s.view.layer(brush, 0.25, |brush| {
        peaks(
            brush,
            s.seed,
            level,
            h * 0.36,
            mix(s.haze(), s.lit([0x5a, 0x6e, 0x90]), 0.55),
            mix(s.haze(), [0xff; 3], 0.75),
        )
    });
    s.view.layer(brush, 0.4, |brush| {
        hills(brush, s.seed ^ 4, level - 2.0, (5.0, 26.0), mix(s.haze(), s.lit([0x3e, 0x6c, 0x56]), 0.7))
    });
    s.view.layer(brush, 0.55, |brush| {
        let (_, low) = s.sky_colours();
        floor(brush, level, s.lit([0x2a, 0x5e, 0x80]), mix(low, s.lit([0x4a, 0x86, 0xa8]), 0.6));
        for glint in 0..26_u64 {
            let y = level + (h - level) * hash(s.seed, glint).powi(2) + 0.6;
            let x = w * hash(s.seed, glint + 100) + 3.0 * drift(s.t, hash(s.seed, glint + 200));
            let long = 3.0 + (y - level) * 0.3;
            let light = 0.16 + 0.16 * sway(s.t, 0.4, hash(s.seed, glint));
            brush.rect(x - long / 2.0, y, long, 0.35 + (y - level) * 0.008, Paint::from([0xff; 3]).alpha(light));
        }
    });
    s.view.layer(brush, 0.95, |brush| {
        for number in 0..7_u64 {
            let edge = hash(s.seed, number + 8);
            let x = if number % 2 == 0 { w * 0.22 * edge - 6.0 } else { w - w * 0.22 * edge + 6.0 };
            tree(
                brush,
                s,
                (x, h * 0.92 + 6.0 * edge),
                30.0 + 24.0 * hash(s.seed, number),
                s.lit([0x2e, 0x62, 0x4a]),
                s.seed ^ (number * 7),
            );
        }
        grass(brush, s, h + 1.0, s.lit([0x3a, 0x6e, 0x42]));
    });
}

fn forest(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let (_, low) = s.sky_colours();
    let light = mix(low, s.lit([0xd8, 0xec, 0xb8]), 0.5);
    brush.everything(
        Paint::around((w * 0.5, h * 0.3), w.max(h) * 0.8, lighter(light, 0.25), s.lit([0x2c, 0x56, 0x42]))
            .via(0.4, mix(light, s.lit([0x6a, 0x9c, 0x68]), 0.5)),
    );
    for row in 0..4_u8 {
        let near = f32::from(row) / 3.0;
        let trunk = mix(light, s.lit([0x38, 0x2e, 0x28]), 0.25 + 0.65 * near);
        let leaf = mix(light, s.lit([0x2f, 0x64, 0x42]), 0.35 + 0.55 * near);
        s.view.layer(brush, 0.25 + 0.65 * near, |brush| {
            let ground = h * (0.66 + 0.1 * near);
            hills(brush, s.seed ^ u64::from(row), ground + 4.0, (3.0, 30.0), mix(leaf, s.lit([0x4c, 0x5e, 0x34]), 0.3));
            let count = 9 - u64::from(row) * 2;
            for number in 0..count {
                let x = -8.0 + (w + 16.0) * (number as f32 + hash(s.seed, number * 5 + u64::from(row))) / count as f32;
                let wide = 1.2 + 4.6 * near * (0.7 + 0.5 * hash(s.seed, number));
                brush.poly(
                    &[
                        (x - wide * 0.7, ground + 8.0),
                        (x - wide * 0.42, -10.0),
                        (x + wide * 0.42, -10.0),
                        (x + wide * 0.7, ground + 8.0),
                    ],
                    Paint::along((x - wide, 0.0), lighter(trunk, 0.1), (x + wide, 0.0), darker(trunk, 0.2)),
                );
            }
            for number in 0..10_u64 {
                let x = w * hash(s.seed ^ 5, number + 20 * u64::from(row)) * 1.1 - 4.0
                    + sway(s.t, 0.12, hash(s.seed, number)) * 0.8;
                let y = h * (0.02 + 0.12 * hash(s.seed ^ 6, number)) - 4.0 * near;
                brush.circle(x, y, 6.0 + 8.0 * hash(s.seed ^ 7, number), Paint::from(leaf).alpha(0.9));
            }
        });
    }
    for shaft in 0..4_u8 {
        let x = w * (0.2 + 0.22 * f32::from(shaft)) + 2.0 * drift(s.t * 0.5, f32::from(shaft) * 0.3);
        let alpha = 0.10 + 0.05 * sway(s.t, 0.09, f32::from(shaft) * 0.3);
        brush.poly(
            &[(x, -5.0), (x + 7.0, -5.0), (x - 14.0, h), (x - 34.0, h)],
            Paint::down(0.0, [0xff, 0xf6, 0xd0], h * 0.9, [0xff, 0xf6, 0xd0]).fading([alpha * 2.0, alpha, 0.0]),
        );
    }
    s.view.layer(brush, 1.0, |brush| grass(brush, s, h, s.lit([0x34, 0x66, 0x3a])));
}

fn meadow(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.58;
    sky(brush, s, level);
    for row in 0..4_u8 {
        let near = f32::from(row) / 3.0;
        let green = mix(s.haze(), s.lit([0x6a, 0xa0, 0x50]), 0.45 + 0.5 * near);
        s.view.layer(brush, 0.3 + 0.6 * near, |brush| {
            let at = level + (h - level) * near * 0.62;
            hills(
                brush,
                s.seed ^ u64::from(row),
                at,
                (5.0 - 2.0 * near, 40.0),
                Paint::down(at - 6.0, lighter(green, 0.1), at + 24.0, darker(green, 0.16)),
            );
            if row == 1 {
                for number in 0..5_u64 {
                    let x = w * hash(s.seed, number + 3);
                    tree(
                        brush,
                        s,
                        (x, at + 2.0),
                        14.0 + 10.0 * hash(s.seed, number),
                        s.lit([0x4c, 0x86, 0x4a]),
                        s.seed ^ number,
                    );
                }
            }
            if row >= 2 {
                for flower in 0..26_u64 {
                    let number = flower + 40 * u64::from(row);
                    let (x, y) =
                        (w * 1.1 * hash(s.seed, number) - 4.0, at + 4.0 + (h - at) * hash(s.seed, number + 300));
                    let dx = 0.5 * sway(s.t, 0.3, x * 0.03);
                    let size = 0.8 + 1.1 * near * hash(s.seed, number + 600);
                    brush.line(&[(x, y + 3.0), (x + dx, y)], 0.25, darker(green, 0.3));
                    let colour = s.lit(
                        [s.look.pop, [0xff, 0xf4, 0xe0], s.look.second, s.look.lead]
                            [usize::try_from(flower).unwrap_or(0) % 4],
                    );
                    for petal in 0..5_u8 {
                        let (sine, cosine) = (f32::from(petal) * 1.2566).sin_cos();
                        brush.circle(x + dx + cosine * size * 0.7, y + sine * size * 0.7, size * 0.52, colour);
                    }
                    brush.circle(x + dx, y, size * 0.45, [0xf4, 0xc8, 0x3c]);
                }
            }
        });
    }
    for fly in 0..3_u64 {
        let (x, y) = (
            w * (0.3 + 0.2 * fly as f32) + 12.0 * drift(s.t, hash(s.seed, fly)),
            h * 0.6 + 8.0 * drift(s.t * 1.3, hash(s.seed, fly + 9)),
        );
        let flap = 0.35 + 0.65 * sway(s.t, 2.2, hash(s.seed, fly)).abs();
        for side in [-1.0_f32, 1.0] {
            brush.ellipse(
                x + side * flap * 1.1,
                y - 0.5,
                flap * 1.2,
                1.4,
                s.look.turn(usize::try_from(fly).unwrap_or(0)),
            );
        }
        brush.line(&[(x, y - 1.2), (x, y + 1.0)], 0.3, darker(s.look.deep, 0.3));
    }
    s.view.layer(brush, 1.0, |brush| grass(brush, s, h + 2.0, s.lit([0x4a, 0x80, 0x3c])));
}

pub(super) fn sea(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    if s.variant % 3 == 2 { under_water(brush, s) } else { waves(brush, s) }
}

pub(super) fn waves(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.5;
    sky(brush, s, level);
    if s.variant.is_multiple_of(2) {
        s.view.layer(brush, 0.35, |brush| lighthouse(brush, s, (w * 0.8, level + 2.0), h * 0.34));
    }
    let (far, near) = (s.lit([0x58, 0xa6, 0xb8]), s.lit(mix([0x0e, 0x4a, 0x72], s.look.lead, 0.3)));
    for row in 0..7_u8 {
        let share = f32::from(row) / 6.0;
        let at = level + (h - level) * share.powf(1.4) * 0.92;
        let colour = mix(mix(s.haze(), far, 0.6), near, share);
        if row == 3 {
            s.view.layer(brush, 0.6, |brush| {
                boat(brush, s, (wrap(w * 0.3 + s.t * 1.6, w + 40.0) - 20.0, at + 1.5), 20.0)
            });
        }
        s.view.layer(brush, 0.3 + 0.7 * share, |brush| {
            let high = 0.6 + 2.2 * share;
            let mut points: Vec<Point> = vec![(-OVERSCAN, h + OVERSCAN)];
            for step in 0..=56_u8 {
                let x = -OVERSCAN + (w + 2.0 * OVERSCAN) * f32::from(step) / 56.0;
                let phase = x / (16.0 + 16.0 * share) + f32::from(row) * 0.37;
                points.push((
                    x,
                    at + high * sway(s.t, 0.16 + 0.03 * share, phase) + high * 0.4 * sway(s.t, 0.27, phase * 2.3),
                ));
            }
            points.push((w + OVERSCAN, h + OVERSCAN));
            brush.poly(&points, Paint::down(at - 2.0, lighter(colour, 0.16), at + 14.0, colour));
            for foam in 0..5_u64 {
                let x = wrap(w * hash(s.seed, foam + 11 * u64::from(row)) + s.t * (1.0 + share), w + 20.0) - 10.0;
                let phase = x / (16.0 + 16.0 * share) + f32::from(row) * 0.37;
                let y = at + high * sway(s.t, 0.16 + 0.03 * share, phase) + high * 0.4 * sway(s.t, 0.27, phase * 2.3);
                brush.curve(
                    &[(x - 3.0 - 3.0 * share, y + 1.2), (x, y + 0.5), (x + 3.0 + 3.0 * share, y + 1.3)],
                    0.25 + 0.4 * share,
                    Paint::from([0xff; 3]).alpha(0.5),
                );
            }
        });
    }
    for gull in 0..4_u64 {
        let x = wrap(w * hash(s.seed, gull + 70) + s.t * (3.0 + 2.0 * hash(s.seed, gull)), w + 20.0) - 10.0;
        let y = level * (0.3 + 0.4 * hash(s.seed, gull + 80)) + 1.5 * drift(s.t, hash(s.seed, gull));
        let flap = 1.0 + 0.9 * sway(s.t, 0.9, hash(s.seed, gull));
        brush.curve(
            &[(x - 3.0, y - flap), (x - 1.2, y - 0.6 * flap), (x, y), (x + 1.2, y - 0.6 * flap), (x + 3.0, y - flap)],
            0.45,
            s.lit([0xf4, 0xf4, 0xf0]),
        );
    }
}

fn boat(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32) {
    brush.turned(x, y + 0.8 * sway(s.t, 0.2, 0.1), 0.05 * sway(s.t, 0.18, 0.0), |brush| {
        let hull = [
            (-size * 0.42, -size * 0.12),
            (size * 0.5, -size * 0.12),
            (size * 0.34, size * 0.08),
            (-size * 0.32, size * 0.08),
        ];
        brush.line(&[(0.0, -size * 0.1), (0.0, -size)], size * 0.03, s.lit([0x5c, 0x42, 0x30]));
        brush.path(
            &Path::new()
                .to(size * 0.03, -size * 0.96)
                .quad((size * 0.48, -size * 0.4), (size * 0.46, -size * 0.18))
                .to(size * 0.03, -size * 0.16),
            s.lit([0xfa, 0xf6, 0xec]),
        );
        brush.path(
            &Path::new()
                .to(-size * 0.03, -size * 0.86)
                .quad((-size * 0.3, -size * 0.42), (-size * 0.34, -size * 0.2))
                .to(-size * 0.03, -size * 0.18),
            s.lit(s.look.pop),
        );
        brush.poly(&hull, s.lit(mix(s.look.lead, s.look.deep, 0.3)));
        brush.poly(
            &[
                (-size * 0.42, -size * 0.12),
                (size * 0.5, -size * 0.12),
                (size * 0.47, -size * 0.07),
                (-size * 0.4, -size * 0.07),
            ],
            s.lit([0xf4, 0xee, 0xe0]),
        );
    });
}

fn lighthouse(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32) {
    let rock = s.lit([0x5a, 0x56, 0x5a]);
    brush.path(
        &Path::smooth(&[
            (x - size * 0.6, y + 3.0),
            (x - size * 0.4, y - size * 0.1),
            (x, y - size * 0.16),
            (x + size * 0.5, y - size * 0.08),
            (x + size * 0.8, y + 3.0),
            (x, y + 6.0),
        ]),
        rock,
    );
    let (low, top) = (size * 0.11, size * 0.07);
    let (foot, head) = (y - size * 0.1, y - size * 0.84);
    brush.poly(&[(x - low, foot), (x - top, head), (x + top, head), (x + low, foot)], s.lit([0xf4, 0xf0, 0xe8]));
    for band in 0..3_u8 {
        let share = 0.12 + 0.3 * f32::from(band);
        let (y0, y1) = (foot + (head - foot) * share, foot + (head - foot) * (share + 0.15));
        let half = |share: f32| low + (top - low) * share;
        brush.poly(
            &[(x - half(share), y0), (x - half(share + 0.15), y1), (x + half(share + 0.15), y1), (x + half(share), y0)],
            s.lit(s.look.pop),
        );
    }
    brush.rect(x - top * 0.8, head - size * 0.1, top * 1.6, size * 0.1, mix([0xff, 0xe8, 0xa0], s.look.pale, 0.3));
    brush.poly(
        &[(x - top, head - size * 0.1), (x, head - size * 0.18), (x + top, head - size * 0.1)],
        s.lit(s.look.deep),
    );
    if s.hour != Hour::Day {
        let turn = (s.t * 0.6).sin();
        let reach = size * 2.4 * turn;
        brush.poly(
            &[(x, head - size * 0.05), (x - reach, head - size * 0.05 - size * 0.3), (x - reach, head + size * 0.3)],
            Paint::along((x, 0.0), [0xff, 0xf0, 0xb8], (x - reach, 0.0), [0xff, 0xf0, 0xb8]).fading([0.5, 0.2, 0.0]),
        );
        brush.glow(x, head - size * 0.05, size * 0.3, [0xff, 0xee, 0xb0], 0.7);
    }
}

fn under_water(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let deep = mix([0x06, 0x2a, 0x4e], s.look.lead, 0.25);
    brush.everything(
        Paint::down(0.0, mix([0x6c, 0xcc, 0xd8], s.look.lead, 0.2), h, deep)
            .via(0.4, mix([0x1c, 0x78, 0xa4], s.look.lead, 0.25)),
    );
    for ray in 0..5_u8 {
        let x = w * (0.1 + 0.2 * f32::from(ray)) + 4.0 * drift(s.t * 0.7, f32::from(ray) * 0.3);
        brush.poly(
            &[(x, -6.0), (x + 8.0, -6.0), (x + 2.0, h * 0.9), (x - 22.0, h * 0.9)],
            Paint::down(0.0, [0xff; 3], h * 0.85, [0xff; 3]).fading([0.24, 0.1, 0.0]),
        );
    }
    for row in 0..3_u8 {
        let near = f32::from(row) / 2.0;
        s.view.layer(brush, 0.4 + 0.5 * near, |brush| {
            let at = h * (0.82 + 0.06 * near);
            hills(
                brush,
                s.seed ^ u64::from(row),
                at,
                (4.0, 22.0),
                mix(deep, s.lit([0xc8, 0xa8, 0x78]), 0.2 + 0.2 * near),
            );
            for weed in 0..9_u64 {
                let number = weed + 20 * u64::from(row);
                let x = w * hash(s.seed, number);
                let high = 8.0 + 18.0 * hash(s.seed, number + 50);
                let colour = mix(s.look.turn(usize::try_from(weed).unwrap_or(0)), deep, 0.5 - 0.25 * near);
                let lean = |share: f32| x + 2.6 * share * sway(s.t, 0.16, share * 0.3 + hash(s.seed, number));
                let line = [0.0, 0.33, 0.66, 1.0].map(|share| (lean(share), at + 5.0 - high * share));
                brush.taper(&Path::smooth_line(&line, 5), 2.4, 0.5, colour);
            }
        });
    }
    for number in 0..9_u64 {
        let way = if hash(s.seed, number + 5) < 0.6 { 1.0 } else { -1.0 };
        let along =
            wrap(s.t * (4.0 + 5.0 * hash(s.seed, number)) + w * 1.4 * hash(s.seed, number + 20), w + 30.0) - 15.0;
        let x = if way > 0.0 { along } else { w - along };
        let y = h * (0.14 + 0.6 * hash(s.seed, number + 40)) + 1.6 * sway(s.t, 0.25, hash(s.seed, number));
        let size = 3.0 + 4.0 * hash(s.seed, number + 60);
        let colour = s.look.turn(usize::try_from(number).unwrap_or(0));
        let wag = 0.3 * sway(s.t, 1.4, hash(s.seed, number));
        brush.within(crate::agent::draw::path::Affine([size * way, 0.0, 0.0, size, x, y]), |brush| {
            brush.poly(&[(-0.7, 0.0), (-1.5, -0.5 + wag), (-1.3, wag), (-1.5, 0.5 + wag)], darker(colour, 0.2));
            brush.ellipse(0.0, 0.0, 1.0, 0.52, Paint::down(-0.5, lighter(colour, 0.25), 0.5, colour));
            brush.poly(&[(-0.2, -0.45), (0.1, -0.85), (0.4, -0.4)], darker(colour, 0.12));
            brush.circle(0.55, -0.12, 0.13, [0xff; 3]);
            brush.circle(0.58, -0.12, 0.07, [0x10; 3]);
        });
    }
    for bubble in 0..24_u64 {
        let x = w * hash(s.seed, bubble + 400) + 1.2 * sway(s.t, 0.5, hash(s.seed, bubble));
        let y = wrap(h * hash(s.seed, bubble + 500) - s.t * (4.0 + 5.0 * hash(s.seed, bubble)), h + 10.0) - 5.0;
        brush.arc((x, y), 0.5 + 1.1 * hash(s.seed, bubble + 600), (0.0, 1.0), 0.2, Paint::from([0xff; 3]).alpha(0.55));
    }
}

pub(super) fn travel(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    match s.variant % 3 {
        0 => flight(brush, s),
        1 => railway(brush, s),
        _ => map(brush, s),
    }
}

/// An aeroplane above the clouds.
fn flight(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    sky(brush, s, h);
    for row in 0..2_u8 {
        for number in 0..5_u64 {
            let speed = 4.0 + 5.0 * f32::from(row);
            let x = wrap(w * hash(s.seed, number + 30 * u64::from(row)) * 1.5 - s.t * speed, w + 90.0) - 45.0;
            let y = h * (0.6 + 0.2 * f32::from(row)) + 12.0 * hash(s.seed, number);
            s.view
                .layer(brush, 0.4 + 0.3 * f32::from(row), |brush| cloud(brush, s, (x, y), 10.0 + 7.0 * f32::from(row)));
        }
    }
    let (x, y) = (w * 0.5 + 4.0 * drift(s.t, 0.1), h * 0.42 + 3.0 * drift(s.t * 0.8, 0.6));
    let size = (w.min(130.0)) / 110.0;
    s.view.layer(brush, 0.9, |brush| {
        brush.within(
            crate::agent::draw::path::Affine::moved(x, y)
                .after(crate::agent::draw::path::Affine::turned(-0.1 + 0.02 * sway(s.t, 0.15, 0.0)))
                .after(crate::agent::draw::path::Affine::scaled(size, size)),
            |brush| {
                let (white, shade) = (s.lit([0xf8, 0xf6, 0xf2]), s.lit([0xc0, 0xc6, 0xd0]));
                brush.poly(&[(-4.0, 0.0), (-14.0, -13.0), (-9.0, -13.0), (9.0, -1.0)], shade);
                let body = Path::new()
                    .to(-32.0, -1.0)
                    .quad((-20.0, -4.4), (18.0, -4.4))
                    .quad((30.0, -4.0), (33.0, 0.4))
                    .quad((30.0, 3.6), (16.0, 4.0))
                    .quad((-14.0, 4.2), (-32.0, -1.0));
                brush.path(&body, Paint::down(-4.0, white, 4.0, shade));
                brush.poly(&[(-31.0, -2.0), (-37.0, -13.0), (-31.0, -13.0), (-21.0, -3.6)], s.lit(s.look.lead));
                brush.poly(&[(-29.0, -1.0), (-37.0, 2.4), (-33.0, 3.0), (-23.0, 1.0)], s.lit(s.look.pop));
                brush.rect(-22.0, 1.0, 46.0, 1.0, s.lit(s.look.lead));
                for pane in 0..12_u8 {
                    brush.circle(-17.0 + 3.0 * f32::from(pane), -1.2, 0.62, s.lit([0x3a, 0x50, 0x6a]));
                }
                brush.poly(&[(25.0, -3.4), (29.6, -2.4), (30.6, -0.8), (25.4, -0.8)], s.lit([0x2c, 0x3c, 0x52]));
                brush.poly(
                    &[(0.0, 1.6), (10.0, 1.6), (-9.0, 17.0), (-14.0, 17.0)],
                    Paint::down(0.0, white, 17.0, shade),
                );
                brush.round_rect([-3.0, 6.0, 8.0, 3.6], 1.8, s.lit(s.look.lead));
            },
        )
    });
}

/// A train over a viaduct.
fn railway(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.66;
    sky(brush, s, level);
    s.view.layer(brush, 0.2, |brush| {
        peaks(
            brush,
            s.seed,
            level,
            h * 0.38,
            mix(s.haze(), s.lit([0x58, 0x70, 0x94]), 0.6),
            mix(s.haze(), [0xff; 3], 0.8),
        )
    });
    s.view.layer(brush, 0.4, |brush| {
        hills(brush, s.seed ^ 3, level + 2.0, (8.0, 34.0), mix(s.haze(), s.lit([0x56, 0x86, 0x52]), 0.75))
    });
    s.view.layer(brush, 0.6, |brush| {
        let (deck, stone) = (h * 0.58, s.lit([0xa8, 0x98, 0x86]));
        let step = 17.0;
        let mut x = -OVERSCAN;
        while x < w + OVERSCAN {
            brush.rect(x, deck, 3.6, h * 0.4, Paint::along((x, 0.0), stone, (x + 3.6, 0.0), darker(stone, 0.25)));
            brush.arc((x + step / 2.0 + 1.8, deck + 9.0), 8.0, (-0.25, 0.25), 2.6, stone);
            x += step;
        }
        brush.rect(-OVERSCAN, deck - 0.5, w + 2.0 * OVERSCAN, 3.0, lighter(stone, 0.08));
        let front = wrap(s.t * 15.0 + w * 0.55, w * 1.9);
        for wagon in 0..4_u8 {
            let x = front - f32::from(wagon) * 27.0;
            let colour = s.lit(if wagon == 0 { s.look.lead } else { mix(s.look.lead, s.look.pale, 0.12) });
            if wagon == 0 {
                brush.path(
                    &Path::new()
                        .to(x - 26.0, deck - 9.4)
                        .to(x - 8.0, deck - 9.4)
                        .quad((x + 2.0, deck - 8.0), (x + 3.6, deck - 1.0))
                        .to(x - 26.0, deck - 1.0),
                    colour,
                );
            } else {
                brush.round_rect([x - 26.0, deck - 9.4, 26.0, 8.4], 0.8, colour);
            }
            brush.rect(x - 26.0, deck - 3.4, 26.0, 0.9, s.lit(s.look.pop));
            for pane in 0..6_u8 {
                brush.round_rect(
                    [x - 24.4 + 3.9 * f32::from(pane), deck - 8.0, 2.9, 3.0],
                    0.5,
                    if s.is_night() { [0xff, 0xdc, 0x98] } else { s.lit([0x2c, 0x3e, 0x50]) },
                );
            }
        }
    });
    s.view.layer(brush, 0.85, |brush| {
        hills(brush, s.seed ^ 8, h * 0.86, (4.0, 30.0), s.lit([0x4e, 0x7c, 0x46]));
        for number in 0..6_u64 {
            tree(
                brush,
                s,
                (w * hash(s.seed, number), h * 0.93),
                16.0 + 12.0 * hash(s.seed, number + 9),
                s.lit([0x3a, 0x6c, 0x44]),
                s.seed ^ number,
            );
        }
    });
}

/// A map on which a way is drawn from pin to pin.
fn map(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let water = mix([0x9c, 0xcc, 0xdc], s.look.lead, 0.3);
    brush.everything(water);
    s.view.layer(brush, 0.6, |brush| {
        for number in 0..5_u64 {
            let (x, y) = (w * hash(s.seed, number + 3), h * hash(s.seed, number + 13));
            let mut points = Vec::new();
            for corner in 0..11_u64 {
                let (sine, cosine) = (corner as f32 / 11.0 * std::f32::consts::TAU).sin_cos();
                let radius = 22.0 * (0.6 + 0.7 * hash(s.seed, number * 17 + corner));
                points.push((x + radius * 1.35 * cosine, y + radius * sine));
            }
            let land = mix([0xea, 0xe2, 0xc8], s.look.pale, 0.4);
            brush.at(0.0, 0.8, 1.0, |brush| brush.path(&Path::smooth(&points), darker(water, 0.16)));
            brush.path(&Path::smooth(&points), if number % 2 == 0 { land } else { mix(land, [0xb4, 0xcc, 0x98], 0.5) });
        }
        for line in 1..12_u8 {
            let at = f32::from(line) * 18.0 - 14.0;
            brush.line(&[(at, -9.0), (at - 8.0, h + 9.0)], 0.2, Paint::from([0xff; 3]).alpha(0.5));
            brush.line(&[(-9.0, at), (w + 9.0, at + 6.0)], 0.2, Paint::from([0xff; 3]).alpha(0.5));
        }
    });
    s.view.layer(brush, 1.0, |brush| {
        let stops = [(0.16, 0.62), (0.36, 0.34), (0.58, 0.56), (0.82, 0.28)].map(|(x, y): Point| {
            (
                w * x,
                h * (y + 0.12
                    * (hash(s.seed, crate::agent::draw::canvas::round(x * 100.0).unsigned_abs().into()) - 0.5)),
            )
        });
        let line = Path::smooth_line(&stops, 24);
        let shown = (wrap(s.t, 7.0) / 4.5).min(1.0) * (line.len() - 1) as f32;
        for (number, pair) in line.windows(2).enumerate() {
            if number % 2 == 0 && (number as f32) < shown {
                brush.line(pair, 1.0, s.look.lead);
            }
        }
        for (number, (x, y)) in stops.into_iter().enumerate() {
            let reached = shown >= number as f32 * 24.0 - 1.0;
            let hop = if reached { 1.0 + 0.05 * sway(s.t, 0.7, number as f32 * 0.2) } else { 0.6 };
            let colour = if reached { s.look.pop } else { mix(s.look.pop, water, 0.6) };
            brush.ellipse(x, y + 0.3, 2.4, 0.8, Paint::from([0, 0, 0]).alpha(0.25));
            brush.at(x, y, hop, |brush| {
                brush.path(
                    &Path::new()
                        .to(0.0, 0.0)
                        .cubic((-1.6, -4.0), (-4.2, -5.4), (-4.2, -8.6))
                        .cubic((-4.2, -14.2), (4.2, -14.2), (4.2, -8.6))
                        .cubic((4.2, -5.4), (1.6, -4.0), (0.0, 0.0)),
                    colour,
                );
                brush.circle(0.0, -8.8, 1.7, [0xff; 3]);
            });
        }
    });
}

/// What is seen from windows of rooms: small, simple, in motion.
pub(super) fn outside(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    if s.seed.is_multiple_of(2) { skyline(brush, s) } else { lake(brush, s) }
}

/// A window that shows [`outside`].
pub(super) fn view_window(brush: &mut Brush<'_>, s: &Scenery<'_>, rect: [f32; 4]) {
    window(brush, s, rect, |brush| outside(brush, s));
}
