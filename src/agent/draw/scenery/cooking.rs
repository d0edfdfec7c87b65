//! Cooking, step by step: what is cut, fried, poured, pressed, blended, baked and served.

use super::food::{china, fruit, kitchen_wall};
use super::props::SKINS;
use super::rooms::table;
use super::work::arm;
use super::{Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{hash, settle, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;

fn skin(s: &Scenery<'_>) -> Rgb {
    s.lit(SKINS[usize::try_from(s.seed % 5).unwrap_or(0)])
}

fn worktop(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    wall(brush, mix(s.lit([0xd8, 0xcc, 0xb8]), s.look.lead, 0.25), (brush.w * 0.4, brush.h * 0.3));
}

/// Onions and garlic: whole, halved, in slices.
pub(super) fn onions(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    worktop(brush, s);
    s.view.layer(brush, 1.0, |brush| {
        let wood = s.lit([0xb8, 0x80, 0x4c]);
        let (x, y) = (w * 0.5, h * 0.44);
        brush.round_rect([x - 62.0, y - 36.0, 124.0, 76.0], 5.0, darker(wood, 0.25));
        brush.round_rect(
            [x - 62.0, y - 38.0, 124.0, 76.0],
            5.0,
            Paint::along((x - 62.0, y - 38.0), lighter(wood, 0.16), (x + 62.0, y + 38.0), darker(wood, 0.1)),
        );
        for grain in 0..6_u8 {
            let gy = y - 30.0 + 12.0 * f32::from(grain);
            brush.curve(
                &[(x - 60.0, gy), (x, gy + 1.6), (x + 60.0, gy - 0.8)],
                0.3,
                Paint::from(darker(wood, 0.35)).alpha(0.5),
            );
        }
        let peel = s.lit([0xc8, 0x84, 0x44]);
        // A whole one rocks a little, a half shows its rings.
        brush.turned(x - 30.0, y - 8.0, 0.5 + 0.05 * sway(s.t, 0.3, 0.0), |brush| {
            brush.ellipse(1.4, 3.0, 17.0, 15.0, Paint::from([0, 0, 0]).alpha(0.25));
            brush.path(
                &Path::new()
                    .to(0.0, -23.0)
                    .cubic((3.0, -14.0), (18.0, -13.0), (17.0, 1.0))
                    .cubic((16.0, 15.0), (4.0, 15.0), (0.0, 18.0))
                    .cubic((-4.0, 15.0), (-16.0, 15.0), (-17.0, 1.0))
                    .cubic((-18.0, -13.0), (-3.0, -14.0), (0.0, -23.0)),
                Paint::along((-15.0, -10.0), lighter(peel, 0.35), (16.0, 10.0), darker(peel, 0.3)),
            );
            for rib in [-9.0_f32, -3.0, 4.0, 10.0] {
                brush.curve(
                    &[(0.4, -17.0), (rib, -6.0), (rib * 1.1, 4.0), (rib * 0.4, 15.0)],
                    0.5,
                    Paint::from(darker(peel, 0.35)).alpha(0.6),
                );
            }
        });
        let white = s.lit([0xf6, 0xf2, 0xe0]);
        for (dx, dy, radius) in [(6.0, 2.0, 17.0), (34.0, -14.0, 14.0)] {
            brush.circle(x + dx + 1.0, y + dy + 1.8, radius, Paint::from([0, 0, 0]).alpha(0.22));
            brush.circle(x + dx, y + dy, radius, peel);
            for ring in 0..6_u8 {
                let inner = radius * (0.94 - 0.16 * f32::from(ring));
                brush.circle(
                    x + dx,
                    y + dy,
                    inner,
                    if ring % 2 == 0 { white } else { mix(white, [0xb8, 0xc8, 0x80], 0.4) },
                );
            }
        }
        // Rings fall from the knife, one by one.
        for slice in 0..7_u8 {
            let came = settle((wrap(s.t, 9.0) - 0.7 * f32::from(slice)) / 0.5).max(0.12);
            let (sx, sy) = (x + 16.0 + 6.4 * f32::from(slice), y + 25.0 + 4.0 * hash(s.seed, slice.into()));
            brush.arc(
                (sx, sy - 7.0 * (1.0 - came)),
                5.4 - 0.3 * f32::from(slice),
                (0.0, 1.0),
                1.5,
                Paint::from(white).alpha(came),
            );
            brush.arc(
                (sx, sy - 7.0 * (1.0 - came)),
                2.8,
                (0.0, 1.0),
                0.9,
                Paint::from(mix(white, [0xb8, 0xc8, 0x80], 0.3)).alpha(came),
            );
        }
        for clove in 0..3_u8 {
            let (cx, cy) = (x - 44.0 + 14.0 * f32::from(clove), y + 25.0 + 3.0 * f32::from(clove % 2));
            brush.turned(cx, cy, 0.7 - 0.5 * f32::from(clove), |brush| {
                brush.path(
                    &Path::new().to(0.0, -8.0).cubic((5.0, -4.0), (7.0, 4.0), (1.0, 6.0)).cubic(
                        (-5.0, 5.0),
                        (-4.0, -4.0),
                        (0.0, -8.0),
                    ),
                    Paint::along((-4.0, 0.0), [0xfc, 0xf6, 0xee], (5.0, 4.0), s.lit([0xd0, 0xb0, 0xc0])),
                );
                brush.curve(&[(0.0, -7.0), (1.6, 0.0), (0.6, 5.0)], 0.4, s.lit([0xb8, 0x90, 0xa8]));
            });
        }
    });
}

/// A pan from above, in which onions turn golden.
pub(super) fn pan(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    worktop(brush, s);
    let (x, y) = (w * 0.48, h * 0.44);
    s.view.layer(brush, 1.0, |brush| {
        let iron = s.lit([0x34, 0x32, 0x36]);
        brush.circle(x, y, 40.0, s.lit([0x4c, 0x4a, 0x4e]));
        for ring in 0..3_u8 {
            let hot = mix([0xff, 0x70, 0x30], s.look.pop, 0.2);
            brush.arc(
                (x, y),
                37.0 + 1.1 * f32::from(ring),
                (0.0, 1.0),
                0.5,
                Paint::from(hot).alpha(0.5 + 0.3 * sway(s.t, 0.4, 0.0)),
            );
        }
        brush.turned(x, y, 0.5, |brush| {
            brush.round_rect([31.0, -3.6, 60.0, 7.2], 3.4, darker(iron, 0.25));
            brush.round_rect([60.0, -3.0, 30.0, 6.0], 3.0, s.lit([0x8a, 0x5c, 0x3a]));
        });
        let copper = s.lit(mix([0xc8, 0x7c, 0x4a], s.look.lead, 0.3));
        // A flat rim with a gleam: a gradient of this size is dear.
        brush.circle(x, y, 35.0, copper);
        brush.arc((x, y), 33.0, (0.78, 0.98), 2.4, lighter(copper, 0.35));
        brush.circle(x, y, 31.0, Paint::around((x - 8.0, y - 10.0), 44.0, mix(iron, [0xc8, 0x90, 0x40], 0.25), iron));
        brush.ellipse(x - 5.0, y + 4.0, 23.0, 19.0, Paint::from([0xf0, 0xc8, 0x60]).alpha(0.22));
        let golden = (s.t * 0.06).clamp(0.1, 0.8);
        for slice in 0..38_u64 {
            let far = 26.0 * hash(s.seed, slice + 70).sqrt();
            let (sine, cosine) =
                (hash(s.seed, slice) * std::f32::consts::TAU + 0.25 * sway(s.t, 0.12, hash(s.seed, slice))).sin_cos();
            let raw = mix([0xf6, 0xee, 0xd0], [0xe0, 0xd0, 0xa0], hash(s.seed, slice + 30));
            let colour = s.lit(mix(raw, [0xd8, 0x8c, 0x2c], golden * (0.6 + 0.5 * hash(s.seed, slice + 9))));
            brush.turned(
                x + far * cosine,
                y + far * sine,
                hash(s.seed, slice + 50) * 6.3 + 0.3 * sway(s.t, 0.3, hash(s.seed, slice)),
                |brush| {
                    brush.arc((0.0, 0.0), 3.2, (0.0, 0.42), 1.5, colour);
                },
            );
        }
        for bubble in 0..14_u64 {
            let share = wrap(s.t * 0.9 + hash(s.seed, bubble + 5), 1.0);
            let (sine, cosine) = (hash(s.seed, bubble + 90) * std::f32::consts::TAU).sin_cos();
            let far = 28.0 * hash(s.seed, bubble + 95).sqrt();
            brush.circle(
                x + far * cosine,
                y + far * sine,
                0.3 + 0.7 * share,
                Paint::from([0xff, 0xf0, 0xb8]).alpha(0.7 * (1.0 - share)),
            );
        }
        // A spoon goes round.
        let (sine, cosine) = (s.t * 1.1).sin_cos();
        let dip = (x + 14.0 * cosine, y + 12.0 * sine);
        let wood = s.lit([0xb4, 0x82, 0x52]);
        brush.line(&[dip, (dip.0 * 0.3 + (x - 50.0) * 0.7, dip.1 * 0.3 + (y + 44.0) * 0.7)], 2.6, wood);
        brush.ellipse(dip.0, dip.1, 4.6, 4.0, lighter(wood, 0.08));
    });
}

/// What goes in: lentils, spices and broth in bowls, and a spoon that pours.
pub(super) fn ingredients(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    worktop(brush, s);
    let is_baking = s.is_about("flour mehl dough bak~ cake~ bread~") && !s.is_about("lentil~ bean~ soup~");
    let main = if is_baking { [0xf0, 0xe6, 0xd2] } else { [0xe0, 0x6a, 0x34] };
    let bowls: [(f32, f32, f32, Rgb); 5] = [
        (0.34, 0.46, 23.0, main),
        (0.66, 0.3, 13.0, [0xb8, 0x84, 0x34]),
        (0.85, 0.5, 11.0, [0xc0, 0x38, 0x24]),
        (0.64, 0.64, 12.0, [0xf2, 0xec, 0xe0]),
        (0.1, 0.22, 10.0, [0x5c, 0x92, 0x40]),
    ];
    s.view.layer(brush, 1.0, |brush| {
        for (number, (ax, ay, radius, filling)) in bowls.into_iter().enumerate() {
            let (x, y) = (w * ax, h * ay);
            let china = s.lit(mix(s.look.turn(number), [0xf4, 0xee, 0xe2], 0.45));
            brush.circle(x + 1.2, y + 2.0, radius + 2.6, Paint::from([0, 0, 0]).alpha(0.24));
            brush.circle(x, y, radius + 2.6, china);
            brush.arc((x, y), radius + 1.4, (0.76, 0.98), 1.2, lighter(china, 0.45));
            let filling = s.lit(filling);
            brush.circle(
                x,
                y,
                radius,
                Paint::around(
                    (x - radius * 0.3, y - radius * 0.4),
                    radius * 1.5,
                    lighter(filling, 0.16),
                    darker(filling, 0.22),
                ),
            );
            let grains = if number == 0 { 60 } else { 9 };
            for grain in 0..grains {
                let key = grain + 200 * number as u64;
                let (sine, cosine) = (hash(s.seed, key) * std::f32::consts::TAU).sin_cos();
                let far = radius * 0.9 * hash(s.seed, key + 7000).sqrt();
                let tone = if grain % 2 == 0 { lighter(filling, 0.22) } else { darker(filling, 0.18) };
                let size = if number == 0 { 1.5 } else { 0.8 };
                brush.ellipse(x + far * cosine, y + far * sine, size, size * 0.75, tone);
            }
        }
        let (x, y) = (w * bowls[0].0, h * bowls[0].1);
        // A spoon lets lentils fall.
        let tip = (x + 9.0 + 2.0 * sway(s.t, 0.3, 0.0), y - 15.0);
        for grain in 0..12_u64 {
            let share = wrap(s.t * 1.2 + grain as f32 / 12.0, 1.0);
            let gx = tip.0 - 3.0 + 3.0 * (hash(s.seed, grain + 40) - 0.5) * (1.0 + share);
            brush.ellipse(gx, tip.1 + 15.0 * share * share, 1.1, 0.8, s.lit(lighter(main, 0.08)));
        }
        brush.line(&[tip, (tip.0 + 40.0, tip.1 - 22.0)], 2.0, s.lit([0xc0, 0xc4, 0xcc]));
        brush.ellipse(tip.0, tip.1, 6.0, 3.8, s.lit([0xd8, 0xdc, 0xe2]));
        brush.ellipse(tip.0 - 0.6, tip.1 - 0.4, 4.6, 2.6, s.lit(main));
    });
}

/// Half a lemon, pressed over a bowl.
pub(super) fn lemon(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.6;
    kitchen_wall(brush, s, level);
    s.view.layer(brush, 0.95, |brush| {
        table(brush, level, s.lit([0x9a, 0x6a, 0x44]));
        let (x, y) = (w * 0.5, h * 0.8);
        soup_bowl(brush, s, (x, y), 27.0);
        let press = 0.5 + 0.5 * sway(s.t, 0.45, 0.0);
        let (lx, ly) = (x - 2.0, h * 0.3);
        for drop in 0..7_u64 {
            let share = wrap(s.t * 0.9 + drop as f32 / 7.0, 1.0);
            let fall = ly + 9.0 + (y - 22.0 - ly - 9.0) * share * share;
            brush.ellipse(
                lx + 5.0 * (hash(s.seed, drop) - 0.5),
                fall,
                0.9,
                1.7,
                Paint::from([0xff, 0xf0, 0x90]).alpha(0.4 + 0.6 * press),
            );
        }
        arm(brush, (w * 0.96, h * 0.02), (lx + 16.0, ly - 4.0), (s.look.lead, skin(s)));
        let rind = s.lit([0xf4, 0xc8, 0x28]);
        brush.turned(lx, ly, 0.15 + 0.05 * press, |brush| {
            brush.path(
                &Path::new().to(-14.0, 0.0).cubic((-13.0, -15.0 + press), (13.0, -15.0 + press), (14.0, 0.0)),
                Paint::down(-13.0, lighter(rind, 0.25), 0.0, darker(rind, 0.12)),
            );
            brush.ellipse(0.0, 0.0, 14.0, 4.6 + press, s.lit([0xfc, 0xf0, 0xc0]));
            brush.ellipse(0.0, 0.0, 12.2, 3.8 + press, s.lit([0xf6, 0xdc, 0x58]));
            for piece in 0..8_u8 {
                let (sine, cosine) = (f32::from(piece) / 8.0 * std::f32::consts::TAU).sin_cos();
                brush.line(&[(0.0, 0.0), (11.6 * cosine, (3.6 + press) * sine)], 0.5, s.lit([0xfc, 0xf0, 0xc0]));
            }
        });
        // The thumb in front.
        brush.line(&[(lx + 17.0, ly - 6.0), (lx + 6.0, ly - 4.0 + press)], 4.2, skin(s));
        fruit(brush, s, (w * 0.13, h * 0.84), 7.0, [0xf4, 0xc8, 0x28]);
        fruit(brush, s, (w * 0.21, h * 0.88), 6.4, [0xf0, 0xbc, 0x20]);
    });
}

/// A bowl of soup that stands on `(x, y)`, half as wide as `half`.
pub(super) fn soup_bowl(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, half: f32) {
    let china = china(s);
    brush.ellipse(x, y + 2.0, half * 1.1, half * 0.2, Paint::from([0, 0, 0]).alpha(0.3));
    brush.path(
        &Path::new()
            .to(x - half, y - half * 0.66)
            .cubic((x - half * 0.94, y), (x - half * 0.5, y + 1.6), (x, y + 1.6))
            .cubic((x + half * 0.5, y + 1.6), (x + half * 0.94, y), (x + half, y - half * 0.66)),
        Paint::along((x - half, 0.0), lighter(china, 0.2), (x + half, 0.0), darker(china, 0.3)),
    );
    brush.ellipse(x, y - half * 0.66, half, half * 0.25, lighter(china, 0.25));
    brush.ellipse(x, y - half * 0.65, half * 0.92, half * 0.21, s.lit([0xd0, 0x70, 0x34]));
    for leaf in 0..6_u64 {
        let (lx, ly) =
            (x + half * 1.3 * (hash(s.seed, leaf) - 0.5), y - half * (0.65 - 0.16 * (hash(s.seed, leaf + 9) - 0.5)));
        brush.ellipse(lx, ly, 2.0, 0.8, s.lit([0x5c, 0x9a, 0x40]));
    }
}

/// A blender stick in a pot: half of it smooth, half as it was.
pub(super) fn blend(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    worktop(brush, s);
    s.view.layer(brush, 1.0, |brush| {
        let (x, y) = (w * 0.46, h * 0.46);
        let copper = s.lit(mix([0xc8, 0x7c, 0x4a], s.look.lead, 0.35));
        for side in [-1.0_f32, 1.0] {
            brush.round_rect([x + side * 41.0 - 5.0, y - 5.0, 10.0, 10.0], 4.0, darker(copper, 0.3));
        }
        brush.circle(x + 1.6, y + 2.6, 40.0, Paint::from([0, 0, 0]).alpha(0.25));
        brush.circle(x, y, 39.0, copper);
        brush.arc((x, y), 37.0, (0.78, 0.98), 2.4, lighter(copper, 0.35));
        let soup = s.lit([0xd0, 0x70, 0x34]);
        brush.circle(x, y, 35.0, Paint::around((x, y), 36.0, lighter(soup, 0.12), darker(soup, 0.12)));
        let turn = s.t * 0.5;
        for arm in 0..5_u8 {
            let points: Vec<Point> = (0..9_u8)
                .map(|step| {
                    let far = 4.0 + 3.5 * f32::from(step);
                    let (sine, cosine) =
                        ((f32::from(arm) / 5.0 - turn + f32::from(step) * 0.09) * std::f32::consts::TAU).sin_cos();
                    (x + far * cosine, y + far * sine)
                })
                .collect();
            brush.taper(&points, 2.4, 0.4, Paint::from(lighter(soup, 0.3)).alpha(0.6));
        }
        for lentil in 0..46_u64 {
            let angle = (hash(s.seed, lentil) - turn * 0.2) * std::f32::consts::TAU;
            let (sine, cosine) = angle.sin_cos();
            let far = 16.0 + 17.0 * hash(s.seed, lentil + 60).sqrt();
            brush.ellipse(
                x + far * cosine,
                y + far * sine,
                1.3,
                1.0,
                if lentil % 3 == 0 { lighter(soup, 0.35) } else { darker(soup, 0.25) },
            );
        }
        let shake = 0.4 * sway(s.t, 7.0, 0.0);
        let tip = (x + shake, y + 0.6 * sway(s.t, 5.0, 0.3));
        brush.circle(tip.0, tip.1, 6.4, s.lit([0xb4, 0xba, 0xc4]));
        brush.taper(&[tip, (tip.0 + 24.0, tip.1 - 20.0)], 6.0, 7.0, s.lit([0xd4, 0xd8, 0xde]));
        brush.taper(
            &[(tip.0 + 22.0, tip.1 - 18.4), (tip.0 + 52.0, tip.1 - 43.0)],
            11.0,
            13.0,
            s.lit(mix(s.look.pop, [0xf4, 0xf0, 0xe8], 0.4)),
        );
        arm(brush, (w + 8.0, -10.0), (tip.0 + 42.0, tip.1 - 34.0), (s.look.lead, skin(s)));
    });
}
