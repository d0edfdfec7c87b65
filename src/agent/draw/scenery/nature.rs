//! Nature: a lake, a forest, a meadow.

use super::Scenery;
use super::props::{floor, grass, hills, peaks, sky, tree};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{darker, lighter};
use crate::agent::draw::motion::{drift, hash, sway};
use crate::agent::draw::paint::Paint;

pub(super) fn lake(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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
        );
    });
    s.view.layer(brush, 0.4, |brush| {
        hills(brush, s.seed ^ 4, level - 2.0, (5.0, 26.0), mix(s.haze(), s.lit([0x3e, 0x6c, 0x56]), 0.7));
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

pub(super) fn forest(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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

pub(super) fn meadow(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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
