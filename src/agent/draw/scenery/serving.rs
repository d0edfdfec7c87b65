//! What is served: bread and soup, a laid table, a cake.

use super::cooking::soup_bowl;
use super::food::{fruit, kitchen_wall};
use super::rooms::{bokeh, steam, table};
use super::{Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{darker, lighter};
use crate::agent::draw::motion::{hash, settle, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;

/// Loaves on a board, slices toasted, a bowl beside them.
pub(super) fn bread(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.58;
    kitchen_wall(brush, s, level);
    s.view.layer(brush, 0.95, |brush| {
        table(brush, level, s.lit([0x9a, 0x6a, 0x44]));
        let (x, y) = (w * 0.4, h * 0.72);
        let wood = s.lit([0xb8, 0x80, 0x4c]);
        brush.round_rect([x - 42.0, y + 1.0, 84.0, 6.0], 2.0, darker(wood, 0.2));
        brush.round_rect([x - 42.0, y - 1.0, 84.0, 4.6], 2.0, lighter(wood, 0.1));
        steam(brush, s, (x - 6.0, y - 24.0), 24.0);
        let crust = s.lit([0xb8, 0x74, 0x34]);
        let loaf = Path::new().to(x - 34.0, y).cubic((x - 40.0, y - 30.0), (x + 16.0, y - 32.0), (x + 14.0, y));
        brush.path(&loaf, Paint::down(y - 24.0, lighter(crust, 0.28), y, darker(crust, 0.3)));
        for cut in 0..4_u8 {
            let cx = x - 28.0 + 9.6 * f32::from(cut);
            brush.curve(&[(cx, y - 11.0), (cx + 3.0, y - 17.0), (cx + 8.4, y - 19.0)], 1.5, s.lit([0xf0, 0xd4, 0x9c]));
        }
        for slice in 0..3_u8 {
            let sx = x + 19.0 + 8.0 * f32::from(slice);
            brush.turned(sx, y, 0.24 + 0.1 * f32::from(slice), |brush| {
                brush.path(
                    &Path::new()
                        .to(-2.0, 0.0)
                        .to(-2.0, -13.0)
                        .cubic((-4.0, -23.0), (14.0, -23.0), (12.0, -13.0))
                        .to(12.0, 0.0),
                    crust,
                );
                brush.path(
                    &Path::new()
                        .to(-0.6, -1.2)
                        .to(-0.6, -12.6)
                        .cubic((-2.0, -20.6), (12.0, -20.6), (10.6, -12.6))
                        .to(10.6, -1.2),
                    s.lit([0xec, 0xc4, 0x80]),
                );
                for spot in 0..4_u64 {
                    brush.circle(
                        1.0 + 8.4 * hash(s.seed, spot + 7),
                        -4.0 - 10.0 * hash(s.seed, spot + 17),
                        1.1,
                        Paint::from(s.lit([0xb8, 0x78, 0x34])).alpha(0.6),
                    );
                }
            });
        }
        if s.is_about("soup~ suppe~ bowl~ stew~ lentil~") {
            soup_bowl(brush, s, (w * 0.8, h * 0.86), 17.0);
            steam(brush, s, (w * 0.8, h * 0.86 - 13.0), 16.0);
        } else {
            // Rolls in a basket.
            let (bx, by) = (w * 0.82, h * 0.86);
            for (dx, dy) in [(-9.0, -11.0), (8.0, -11.5), (-1.0, -15.0), (-4.0, -9.0), (4.0, -9.0)] {
                let roll =
                    Paint::around((bx + dx - 2.0, by + dy - 3.0), 11.0, lighter(crust, 0.4), darker(crust, 0.12));
                brush.ellipse(bx + dx, by + dy, 7.4, 5.0, roll);
                brush.curve(
                    &[(bx + dx - 4.0, by + dy - 1.0), (bx + dx, by + dy - 2.4), (bx + dx + 4.0, by + dy - 1.0)],
                    0.7,
                    s.lit([0xf0, 0xd4, 0x9c]),
                );
            }
            let wicker = s.lit([0x9a, 0x6c, 0x40]);
            brush.poly(
                &[(bx - 18.0, by - 9.0), (bx + 18.0, by - 9.0), (bx + 14.0, by + 3.0), (bx - 14.0, by + 3.0)],
                wicker,
            );
            for band in 0..3_u8 {
                let y = by - 7.4 + 3.6 * f32::from(band);
                brush.line(
                    &[(bx - 17.0 + f32::from(band), y), (bx + 17.0 - f32::from(band), y)],
                    0.8,
                    darker(wicker, 0.25),
                );
            }
            brush.round_rect([bx - 19.0, by - 10.4, 38.0, 2.8], 1.4, lighter(wicker, 0.12));
        }
        for crumb in 0..12_u64 {
            brush.circle(
                x - 36.0 + 76.0 * hash(s.seed, crumb + 60),
                y + 8.0 + 7.0 * hash(s.seed, crumb + 70),
                0.6,
                crust,
            );
        }
    });
}

/// A laid table from above: a bowl for everybody.
pub(super) fn laid_table(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let wood = s.lit([0xa0, 0x70, 0x48]);
    wall(brush, wood, (w * 0.5, h * 0.4));
    s.view.layer(brush, 1.0, |brush| {
        for board in 0..9_u8 {
            let y = h * f32::from(board) / 8.0;
            brush.line(&[(-16.0, y), (w + 16.0, y)], 0.3, Paint::from(darker(wood, 0.4)).alpha(0.6));
        }
        brush.round_rect([w * 0.5 - 12.0, -16.0, 24.0, h + 32.0], 0.0, mix(s.look.pale, s.look.lead, 0.15));
        for place in 0..4_u8 {
            let (ax, ay) = [(0.22, 0.24), (0.78, 0.24), (0.22, 0.66), (0.78, 0.66)][usize::from(place)];
            let (x, y) = (w * ax, h * ay);
            let china = s.lit(mix(s.look.turn(usize::from(place)), [0xf4, 0xee, 0xe2], 0.35));
            let came = settle((s.t - 2.6 - 0.35 * f32::from(place)) / 0.6).max(0.2);
            brush.circle(x + 1.0, y + 1.6, 17.0 * came, Paint::from([0, 0, 0]).alpha(0.25));
            brush.circle(x, y, 17.0 * came, s.lit([0xf6, 0xf0, 0xe6]));
            brush.circle(x, y, 13.0 * came, china);
            let soup = s.lit([0xd4, 0x74, 0x36]);
            brush.circle(
                x,
                y,
                11.0 * came,
                Paint::around((x - 4.0, y - 4.0), 15.0, lighter(soup, 0.15), darker(soup, 0.1)),
            );
            let swirl = s.t * 0.08 + f32::from(place) * 0.2;
            brush.arc((x, y), 5.4 * came, (swirl, swirl + 0.6), 1.0, s.lit([0xf8, 0xee, 0xda]));
            for leaf in 0..4_u64 {
                let (sine, cosine) =
                    ((hash(s.seed, leaf + u64::from(place) * 9) + s.t * 0.01) * std::f32::consts::TAU).sin_cos();
                brush.ellipse(x + 7.0 * cosine * came, y + 7.0 * sine * came, 1.7, 0.8, s.lit([0x4c, 0x8c, 0x3c]));
            }
            for side in [-1.0_f32, 1.0] {
                let sx = x + side * 20.5;
                brush.line(&[(sx, y - 9.0), (sx, y + 11.0)], 1.0, s.lit([0xd0, 0xd4, 0xda]));
                brush.ellipse(sx, y - 9.6, if side > 0.0 { 2.0 } else { 1.3 }, 3.0, s.lit([0xde, 0xe2, 0xe8]));
            }
        }
        fruit(brush, s, (w * 0.5 - 4.0, h * 0.3), 5.0, [0xf4, 0xc8, 0x28]);
        fruit(brush, s, (w * 0.5 + 5.0, h * 0.34), 4.4, [0xf0, 0xb8, 0x30]);
        for slice in 0..3_u8 {
            brush.round_rect(
                [w * 0.5 - 6.0, h * 0.56 + 6.0 * f32::from(slice), 12.0, 4.6],
                2.0,
                s.lit([0xc8, 0x8c, 0x4c]),
            );
            brush.round_rect(
                [w * 0.5 - 5.2, h * 0.56 + 0.6 + 6.0 * f32::from(slice), 10.4, 3.2],
                1.4,
                s.lit([0xec, 0xc8, 0x88]),
            );
        }
    });
}

/// A cake with one candle, and confetti.
pub(super) fn cake(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(mix(s.look.lead, s.look.pale, 0.45), [0xd0, 0xb0, 0xa0], 0.15);
    let base = if s.look.is_dark || s.is_night() { darker(base, 0.5) } else { base };
    wall(brush, base, (w * 0.5, h * 0.35));
    bokeh(brush, s, [0.0, 0.0, w, h * 0.7], 14, 0.3);
    let level = h * 0.76;
    s.view.layer(brush, 0.9, |brush| {
        table(brush, level, s.lit([0x8c, 0x60, 0x3e]));
        tiers(brush, s, (w * 0.5, level + 4.0));
    });
    confetti(brush, s, 60);
}

/// Two tiers with a candle; they stand on `(x, y)` and are about 55 units high.
pub(super) fn tiers(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point) {
    brush.ellipse(x, y + 1.6, 34.0, 4.6, Paint::from([0, 0, 0]).alpha(0.3));
    brush.ellipse(x, y, 33.0, 4.4, s.lit([0xf6, 0xf2, 0xea]));
    let tiers = [(27.0, 17.0, s.look.pop), (18.0, 13.0, mix(s.look.second, [0xff; 3], 0.25))];
    let mut top = y - 1.0;
    for (half, high, colour) in tiers {
        let cream = s.lit([0xfd, 0xf4, 0xe6]);
        brush.ellipse(x, top, half, half * 0.14, darker(colour, 0.2));
        brush.rect(
            x - half,
            top - high,
            half * 2.0,
            high,
            Paint::along((x - half, 0.0), lighter(colour, 0.2), (x + half, 0.0), darker(colour, 0.2)),
        );
        brush.ellipse(x, top - high, half, half * 0.14, cream);
        for drip in 0..9_u64 {
            let dx = -half + half * 2.0 * (drip as f32 + 0.5) / 9.0;
            let long = 2.6 + 4.0 * hash(s.seed, drip + 3);
            brush.round_rect([x + dx - half * 0.11, top - high, half * 0.22, long], half * 0.11, cream);
        }
        for dot in 0..7_u8 {
            let dx = -half * 0.86 + half * 1.72 * f32::from(dot) / 6.0;
            brush.circle(x + dx, top - 1.8, 1.3, s.look.turn(usize::from(dot)));
        }
        top -= high;
    }
    let flame = 1.0 + 0.12 * sway(s.t, 2.6, 0.0);
    brush.glow(x, top - 17.0, 26.0, [0xff, 0xd8, 0x80], 0.7);
    brush.rect(x - 1.3, top - 12.0, 2.6, 12.6, s.lit(s.look.lead));
    for stripe in 0..3_u8 {
        brush.line(
            &[(x - 1.3, top - 1.6 - 3.6 * f32::from(stripe)), (x + 1.3, top - 3.2 - 3.6 * f32::from(stripe))],
            0.8,
            [0xff; 3],
        );
    }
    let lean = 0.7 * sway(s.t, 1.1, 0.2);
    let drop = |size: f32| {
        Path::new()
            .to(x - size, top - 14.0)
            .quad((x - size + lean * 0.5, top - 17.0), (x + lean, top - 14.0 - 6.6 * size * 0.6 * flame))
            .quad((x + size + lean * 0.5, top - 17.0), (x + size, top - 14.0))
            .quad((x, top - 11.6), (x - size, top - 14.0))
    };
    brush.path(&drop(1.9), [0xff, 0xa8, 0x38]);
    brush.path(&drop(1.1), [0xff, 0xf0, 0xb0]);
}

/// Paper that sinks and tumbles.
pub(super) fn confetti(brush: &mut Brush<'_>, s: &Scenery<'_>, count: u64) {
    let (w, h) = (brush.w, brush.h);
    for piece in 0..count {
        let speed = 13.0 + 12.0 * hash(s.seed, piece + 11);
        let y = wrap(h * 1.2 * hash(s.seed, piece + 31) + s.t * speed, h * 1.2) - h * 0.1;
        let x = w * hash(s.seed, piece + 51) + 3.0 * sway(s.t, 0.4, hash(s.seed, piece));
        let flat = 0.25 + 0.75 * sway(s.t, 0.9, hash(s.seed, piece + 71)).abs();
        let colour = s.look.turn(usize::try_from(piece).unwrap_or(0));
        brush.turned(x, y, s.t * (1.0 + hash(s.seed, piece)) + piece as f32, |brush| {
            if piece % 3 == 0 {
                brush.ellipse(0.0, 0.0, 1.2, 1.2 * flat, colour);
            } else {
                brush.rect(-1.3, -0.8 * flat, 2.6, 1.6 * flat, colour);
            }
        });
    }
}
