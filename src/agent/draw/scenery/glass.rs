//! Glass: polished by the sea, in bottles against the light, hung as a chandelier, shown in a museum.

use super::props::{SKINS, sky, walker};
use super::rooms::bokeh;
use super::{Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::camera::OVERSCAN;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{hash, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;
use crate::agent::draw::scenery::product::sparkle;

/// The colours in which the sea leaves glass, each with something of the film's.
fn tint(s: &Scenery<'_>, number: u64) -> Rgb {
    const GLASS: [Rgb; 5] =
        [[0x58, 0xb4, 0x8c], [0x9c, 0xdc, 0xd4], [0x3c, 0x78, 0xb8], [0xd0, 0x9c, 0x50], [0xe4, 0xf0, 0xea]];
    let at = usize::try_from(number).unwrap_or(0);
    mix(GLASS[at % GLASS.len()], s.look.turn(at), 0.25)
}

/// A piece of glass with edges that water has rounded.
pub(super) fn shard(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32, number: u64) {
    let colour = tint(s, number);
    let outline: Vec<Point> = (0..6_u8)
        .map(|corner| {
            let (sine, cosine) = ((f32::from(corner) / 6.0 + 0.1 * hash(number, 3)) * std::f32::consts::TAU).sin_cos();
            let far = size * (0.72 + 0.5 * hash(number ^ 0x61a5, corner.into()));
            (x + far * cosine, y + far * 0.78 * sine)
        })
        .collect();
    brush.path(
        &Path::smooth(&outline),
        Paint::along((x - size, y - size), lighter(colour, 0.45), (x + size, y + size), darker(colour, 0.18))
            .via(0.5, colour)
            .alpha(0.92),
    );
    brush.ellipse(x - size * 0.3, y - size * 0.3, size * 0.3, size * 0.14, Paint::from([0xff; 3]).alpha(0.55));
}

/// Pebbles of glass on wet sand; the water comes and goes.
pub(super) fn sea_glass(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let sand = s.lit(mix([0xd8, 0xbc, 0x8c], s.look.second, 0.2));
    let level = h * 0.2;
    sky(brush, s, level);
    s.view.layer(brush, 0.9, |brush| {
        brush.rect(
            -OVERSCAN,
            level - 1.0,
            w + 2.0 * OVERSCAN,
            h,
            Paint::down(level, darker(sand, 0.12), h, lighter(sand, 0.12)),
        );
        for grain in 0..70_u64 {
            let tone = if grain % 2 == 0 { darker(sand, 0.25) } else { lighter(sand, 0.3) };
            brush.circle(w * hash(s.seed, grain + 900), level + (h - level) * hash(s.seed, grain + 950), 0.35, tone);
        }
        // Far stones are smaller: painted row by row.
        for number in 0..46_u64 {
            let depth = (number as f32 + hash(s.seed, number)) / 46.0;
            let y = h * 0.42 + h * 0.56 * depth;
            let x = -4.0 + (w + 8.0) * hash(s.seed, number + 70);
            let size = (2.2 + 5.2 * depth) * (0.7 + 0.6 * hash(s.seed, number + 140));
            brush.ellipse(
                x + size * 0.2,
                y + size * 0.5,
                size * 1.05,
                size * 0.4,
                Paint::from(darker(sand, 0.6)).alpha(0.4),
            );
            if number % 5 == 4 {
                let stone = mix([0x8c, 0x88, 0x88], sand, 0.3 * hash(s.seed, number));
                brush.ellipse(
                    x,
                    y,
                    size * 1.1,
                    size * 0.72,
                    Paint::along((x, y - size), lighter(stone, 0.3), (x, y + size), darker(stone, 0.3)),
                );
            } else {
                shard(brush, s, (x, y), size, number);
            }
            let shine = sway(s.t, 0.3, hash(s.seed, number + 200)).max(0.0).powi(8);
            sparkle(brush, (x - size * 0.3, y - size * 0.4), 2.6 * shine, [0xff; 3]);
        }
        // A wave runs up the sand and back.
        let reach = h * (0.36 + 0.09 * sway(s.t, 0.11, 0.0));
        let (deep, shallow) = (s.lit(mix([0x2c, 0x80, 0x94], s.look.lead, 0.3)), s.lit([0x9c, 0xd4, 0xd4]));
        let edge = |lag: f32| -> Vec<Point> {
            let mut points: Vec<Point> = vec![(-OVERSCAN, level - 1.0)];
            points.extend((0..=28_u8).map(|step| {
                let x = -OVERSCAN + (w + 2.0 * OVERSCAN) * f32::from(step) / 28.0;
                (x, reach - lag + 2.4 * sway(s.t, 0.1, x / 46.0) + 1.0 * sway(s.t, 0.17, x / 17.0))
            }));
            points.push((w + OVERSCAN, level - 1.0));
            points
        };
        brush.poly(&edge(-3.0), Paint::from(darker(sand, 0.35)).alpha(0.35));
        brush.poly(&edge(0.0), [0xfa, 0xfc, 0xfa]);
        brush.poly(&edge(2.2), Paint::down(level, deep, reach, shallow).fading([1.0, 0.95, 0.8]));
        let foam: Vec<Point> = edge(6.0).into_iter().skip(1).take(29).collect();
        brush.line(&foam, 0.7, Paint::from([0xff; 3]).alpha(0.6));
    });
}

/// Bottles on a sill, the light behind them.
pub(super) fn bottles(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    for (number, (x, half, high, neck)) in
        [(-26.0, 8.0, 44.0, 2.6), (-8.0, 6.2, 31.0, 2.2), (9.0, 8.6, 49.0, 2.8), (27.0, 7.0, 36.0, 3.0)]
            .into_iter()
            .enumerate()
    {
        let colour = match number % 2 {
            _ if s.is_about("green~") => mix([0x3c, 0x98, 0x5c], tint(s, number as u64), 0.3),
            _ => tint(s, number as u64),
        };
        let shoulder = high * 0.58;
        let shape = Path::new()
            .to(x - half, 0.0)
            .to(x - half, -shoulder)
            .cubic(
                (x - half, -shoulder - high * 0.16),
                (x - neck, -shoulder - high * 0.1),
                (x - neck, -shoulder - high * 0.24),
            )
            .to(x - neck, -high)
            .to(x + neck, -high)
            .to(x + neck, -shoulder - high * 0.24)
            .cubic((x + neck, -shoulder - high * 0.1), (x + half, -shoulder - high * 0.16), (x + half, -shoulder))
            .to(x + half, 0.0);
        // The light that falls through.
        let slant = 9.0 + 2.0 * sway(s.t, 0.1, 0.0);
        brush.poly(
            &[(x - half, 0.0), (x + half, 0.0), (x + half + slant, 8.0), (x - half + slant, 8.0)],
            Paint::from(lighter(colour, 0.3)).alpha(0.5),
        );
        brush.path(
            &shape,
            Paint::along((x - half, 0.0), darker(colour, 0.3), (x + half, 0.0), darker(colour, 0.2))
                .via(0.4, lighter(colour, 0.42))
                .alpha(0.88),
        );
        brush.round_rect([x - neck - 1.0, -high - 1.6, neck * 2.0 + 2.0, 3.4], 1.0, darker(colour, 0.12));
        brush.round_rect(
            [x - half + 1.6, -shoulder + 2.0, 1.6, shoulder - 7.0],
            0.8,
            Paint::from([0xff; 3]).alpha(0.6),
        );
        let shine = sway(s.t, 0.22, number as f32 * 0.27).max(0.0).powi(4);
        sparkle(brush, (x + half * 0.5, -high * 0.7), 4.0 * shine, [0xff; 3]);
    }
}

/// An old ship's lantern on its hook.
pub(super) fn lantern(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let brass = mix([0xc8, 0x98, 0x48], s.look.pop, 0.2);
    let light = 0.8 + 0.2 * sway(s.t, 1.3, 0.0) * sway(s.t, 0.4, 0.3);
    let warm = mix([0xff, 0xc8, 0x70], s.look.pop, 0.2);
    brush.glow(0.0, -22.0, 44.0, warm, 0.75 * light);
    brush.turned(0.0, -62.0, 0.05 * sway(s.t, 0.25, 0.0), |brush| {
        brush.at(0.0, 62.0, 1.0, |brush| {
            brush.arc((0.0, -44.0), 9.0, (-0.25, 0.25), 1.2, darker(brass, 0.3));
            brush.poly(
                &[(-5.0, -46.0), (5.0, -46.0), (11.0, -37.0), (-11.0, -37.0)],
                Paint::along((-11.0, 0.0), lighter(brass, 0.3), (11.0, 0.0), darker(brass, 0.35)),
            );
            brush.round_rect([-11.5, -38.0, 23.0, 3.4], 1.2, darker(brass, 0.15));
            brush.round_rect(
                [-9.4, -35.0, 18.8, 26.0],
                3.0,
                Paint::along((-9.4, 0.0), mix(warm, s.look.lead, 0.35), (9.4, 0.0), mix(warm, s.look.lead, 0.25))
                    .via(0.5, [0xff, 0xf0, 0xc0]),
            );
            let flame = 1.0 + 0.15 * sway(s.t, 2.7, 0.0);
            brush.path(
                &Path::new()
                    .to(-2.4, -14.0)
                    .quad((-3.6, -20.0), (0.0, -17.0 - 11.0 * flame))
                    .quad((3.6, -20.0), (2.4, -14.0)),
                [0xff, 0xfa, 0xe0],
            );
            for bar in [-9.6_f32, -3.4, 3.4, 9.6] {
                brush.line(&[(bar, -35.0), (bar, -9.0)], 0.8, darker(brass, 0.25));
            }
            for ring in [-28.0, -16.0] {
                brush.line(&[(-10.0, ring), (10.0, ring)], 0.7, darker(brass, 0.25));
            }
            brush.round_rect(
                [-12.0, -10.0, 24.0, 8.0],
                2.0,
                Paint::along((-12.0, 0.0), lighter(brass, 0.3), (12.0, 0.0), darker(brass, 0.4)),
            );
            brush.round_rect([-13.5, -3.0, 27.0, 3.0], 1.2, darker(brass, 0.3));
        });
    });
}

/// A great hall, and a chandelier of glass that scatters its light.
pub(super) fn chandelier(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(mix(s.look.lead, s.look.deep, 0.45), [0x40, 0x38, 0x40], 0.2);
    wall(brush, base, (w * 0.5, h * 0.4));
    s.view.layer(brush, 0.35, |brush| {
        for arch in 0..5_u8 {
            let x = w * (0.1 + 0.2 * f32::from(arch));
            let half = w * 0.075;
            brush.path(
                &Path::new()
                    .to(x - half, h * 0.9)
                    .to(x - half, h * 0.5)
                    .quad((x - half, h * 0.3), (x, h * 0.3))
                    .quad((x + half, h * 0.3), (x + half, h * 0.5))
                    .to(x + half, h * 0.9),
                Paint::down(h * 0.3, lighter(base, 0.14), h * 0.9, darker(base, 0.25)),
            );
        }
        brush.rect(-16.0, h * 0.86, w + 32.0, h * 0.3, Paint::down(h * 0.86, darker(base, 0.2), h, darker(base, 0.5)));
    });
    // Spots of coloured light wander over the walls.
    for spot in 0..22_u64 {
        let angle = hash(s.seed, spot) * std::f32::consts::TAU + 0.12 * sway(s.t, 0.07, 0.0);
        let (sine, cosine) = angle.sin_cos();
        let far = 30.0 + 62.0 * hash(s.seed, spot + 30);
        let (x, y) = (w * 0.5 + far * cosine, h * 0.4 + far * 0.6 * sine);
        let alpha = 0.16 + 0.2 * sway(s.t, 0.25, hash(s.seed, spot + 60)).max(0.0);
        brush.ellipse(x, y, 3.4, 2.0, Paint::from(lighter(tint(s, spot), 0.25)).alpha(alpha));
    }
    let size = if w > h { 1.3 } else { 1.1 };
    s.view.layer(brush, 0.9, |brush| {
        brush.at(w * 0.5, -1.0, size, |brush| {
            let (x, h) = (0.0, 100.0);
            let brass = mix([0xd0, 0xa8, 0x60], s.look.pop, 0.25);
            let turn = s.t * 0.035;
            brush.glow(x, h * 0.34, 58.0, mix([0xff, 0xe8, 0xb8], s.look.pale, 0.3), 0.6);
            brush.line(&[(x, -20.0), (x, h * 0.14)], 1.0, darker(brass, 0.3));
            brush.ellipse(x, h * 0.14, 5.0, 1.6, brass);
            for (tier, (level, radius, count)) in
                [(0.2_f32, 17.0_f32, 12_u8), (0.32, 32.0, 20), (0.44, 22.0, 14), (0.53, 10.0, 8)]
                    .into_iter()
                    .enumerate()
            {
                let y = 6.0 + 80.0 * level;
                brush.within(crate::agent::draw::path::Affine([1.0, 0.0, 0.0, 0.22, x, y]), |brush| {
                    brush.arc((0.0, 0.0), radius, (0.0, 1.0), 1.1, brass);
                });
                if tier < 3 {
                    for side in [-1.0_f32, 1.0] {
                        brush.line(&[(x, h * 0.14), (x + side * radius * 0.94, y)], 0.35, darker(brass, 0.2));
                    }
                }
                for drop in 0..count {
                    let (sine, cosine) =
                        ((f32::from(drop) / f32::from(count) + turn) * std::f32::consts::TAU).sin_cos();
                    let (dx, dy) = (x + radius * cosine, y + radius * 0.22 * sine);
                    let long = 5.0 + 4.0 * hash(s.seed, u64::from(drop) + 40 * tier as u64);
                    let colour = tint(s, u64::from(drop) + tier as u64);
                    let light = 0.25 + 0.5 * sway(s.t, 0.3, f32::from(drop) * 0.21 + tier as f32 * 0.4).max(0.0);
                    brush.poly(
                        &[(dx, dy), (dx + 1.7, dy + long * 0.45), (dx, dy + long), (dx - 1.7, dy + long * 0.45)],
                        Paint::from(lighter(colour, light)).alpha(0.92),
                    );
                    brush.poly(
                        &[(dx, dy), (dx, dy + long), (dx - 1.7, dy + long * 0.45)],
                        Paint::from(darker(colour, 0.2)).alpha(0.45),
                    );
                    if drop % 4 == 0 {
                        brush.circle(dx, dy - 1.4, 1.1, [0xff, 0xf8, 0xe0]);
                    }
                    if drop % 5 == 2 {
                        sparkle(brush, (dx, dy + long * 0.4), 3.4 * light * light, [0xff; 3]);
                    }
                }
            }
        });
    });
}

/// Showcases in a museum, people before them.
pub(super) fn showcases(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = if s.look.is_dark {
        mix(s.look.deep, s.look.lead, 0.3)
    } else {
        mix(mix(s.look.lead, s.look.pale, 0.6), [0xd8, 0xd0, 0xc4], 0.2)
    };
    wall(brush, base, (w * 0.5, h * 0.2));
    let level = h * 0.8;
    let is_glass = s.is_about("glass bottle~ shard~ vase~");
    s.view.layer(brush, 0.6, |brush| {
        brush.rect(-16.0, level, w + 32.0, h, Paint::down(level, darker(base, 0.25), h, darker(base, 0.45)));
        let count: u8 = if w > h { 4 } else { 2 };
        for case in 0..count {
            let wide = w / f32::from(count) * 0.66;
            let x = w * (f32::from(case) + 0.5) / f32::from(count);
            let top = h * 0.2;
            let foot = level - 17.0;
            brush.rect(x - wide / 2.0, foot, wide, 19.0, darker(mix(base, s.look.deep, 0.35), 0.1));
            brush.rect(
                x - wide / 2.0,
                top,
                wide,
                foot - top,
                Paint::down(top, lighter(base, 0.35), foot, lighter(base, 0.1)),
            );
            brush.glow(x, top + 6.0, wide * 0.7, [0xff, 0xf8, 0xe4], 0.5);
            brush.rect(x - wide / 2.0, top + (foot - top) * 0.5, wide, 0.9, [0xe8, 0xf0, 0xf2]);
            for thing in 0..6_u64 {
                let row = if thing < 3 { top + (foot - top) * 0.5 } else { foot };
                let tx = x + wide * 0.28 * ((thing % 3) as f32 - 1.0);
                let key = thing + 10 * u64::from(case);
                if is_glass && key % 2 == 0 {
                    brush.at(tx, row, 0.36 + 0.1 * hash(s.seed, key), |brush| bottle(brush, s, key));
                } else if is_glass {
                    for piece in 0..3_u64 {
                        shard(brush, s, (tx - 2.4 + 2.4 * piece as f32, row - 1.8), 2.3, key + piece);
                    }
                } else {
                    let colour = s.look.turn(usize::try_from(key).unwrap_or(0));
                    match key % 3 {
                        0 => brush.poly(&[(tx - 4.0, row), (tx, row - 13.0), (tx + 4.0, row)], colour),
                        1 => brush.circle(
                            tx,
                            row - 4.4,
                            4.4,
                            Paint::around((tx - 1.6, row - 6.0), 7.0, lighter(colour, 0.4), colour),
                        ),
                        _ => brush.round_rect([tx - 4.0, row - 10.0, 8.0, 10.0], 1.0, colour),
                    }
                }
                sparkle(
                    brush,
                    (tx + 1.6, row - 8.0),
                    2.4 * sway(s.t, 0.25, hash(s.seed, key + 60)).max(0.0).powi(4),
                    [0xff; 3],
                );
            }
            for side in [-0.5_f32, 0.5] {
                brush.rect(x + side * wide - 0.6, top, 1.2, foot - top, darker(base, 0.3));
            }
            brush.rect(x - wide / 2.0 - 1.0, top - 2.4, wide + 2.0, 3.0, darker(base, 0.4));
            brush.poly(
                &[
                    (x - wide * 0.36, top),
                    (x - wide * 0.18, top),
                    (x - wide * 0.34, foot),
                    (x - wide * 0.5, foot),
                    (x - wide * 0.5, top + 12.0),
                ],
                Paint::from([0xff; 3]).alpha(0.13),
            );
        }
    });
    bokeh(brush, s, [0.0, 0.0, w, h * 0.2], 6, 0.2);
    s.view.layer(brush, 1.0, |brush| {
        for (number, (at, size)) in [(0.2, 44.0), (0.3, 29.0), (0.74, 46.0)].into_iter().enumerate() {
            let still = sway(s.t, 0.04, at) * 9.0;
            let cloth = s.lit(s.look.turn(number + 1));
            walker(
                brush,
                (w * at + still, h * 0.98),
                size,
                (cloth, s.lit(SKINS[(number * 2 + 1) % 5])),
                wrap(s.t * 0.3, 1.0) * 0.1,
                1.0,
            );
        }
    });
}

/// One bottle that stands on the origin, about 40 units high.
fn bottle(brush: &mut Brush<'_>, s: &Scenery<'_>, number: u64) {
    let colour = tint(s, number);
    let body = Path::new()
        .to(-7.0, 0.0)
        .to(-7.0, -22.0)
        .cubic((-7.0, -28.0), (-2.4, -27.0), (-2.4, -32.0))
        .to(-2.4, -40.0)
        .to(2.4, -40.0)
        .to(2.4, -32.0)
        .cubic((2.4, -27.0), (7.0, -28.0), (7.0, -22.0))
        .to(7.0, 0.0);
    brush.path(
        &body,
        Paint::along((-7.0, 0.0), darker(colour, 0.25), (7.0, 0.0), darker(colour, 0.15))
            .via(0.4, lighter(colour, 0.4)),
    );
}
