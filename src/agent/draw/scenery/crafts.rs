//! Hands that make things: hammers in rhythm, a potter's wheel and its kiln, glass washed in a basin.

use super::glass::shard;
use super::props::SKINS;
use super::rooms::{shelf, table};
use super::serving::{confetti, tiers};
use super::work::arm;
use super::{Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{hash, smooth, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;

fn workshop_wall(brush: &mut Brush<'_>, s: &Scenery<'_>) -> Rgb {
    let (w, h) = (brush.w, brush.h);
    let base = mix(mix([0x8c, 0x74, 0x60], s.look.lead, 0.3), s.look.pale, if s.look.is_dark { 0.0 } else { 0.35 });
    wall(brush, base, (w * 0.5, h * 0.3));
    base
}

/// A board with tools on a wall, and a bench along it.
pub(super) fn workshop(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = workshop_wall(brush, s);
    s.view.layer(brush, 0.45, |brush| {
        brush.round_rect([w * 0.05, h * 0.1, w * 0.54, h * 0.42], 1.5, darker(base, 0.2));
        for tool in 0..9_u8 {
            let x = w * (0.1 + 0.055 * f32::from(tool));
            let (grip, metal) = (s.look.turn(usize::from(tool)), mix([0xb0, 0xb4, 0xbc], s.look.second, 0.2));
            brush.turned(x, h * 0.15, 0.02 * sway(s.t, 0.2, f32::from(tool) * 0.2), |brush| match tool % 3 {
                0 => {
                    brush.rect(-0.8, 0.0, 1.6, 20.0, grip);
                    brush.round_rect([-4.4, -1.0, 8.8, 4.6], 0.8, metal);
                }
                1 => {
                    brush.poly(&[(-3.6, 0.0), (3.6, 0.0), (1.0, 24.0), (-1.0, 24.0)], metal);
                    brush.round_rect([-4.0, -6.0, 8.0, 6.6], 2.0, grip);
                }
                _ => {
                    brush.arc((0.0, 2.0), 3.0, (0.1, 0.9), 1.6, metal);
                    brush.rect(-0.9, 4.4, 1.8, 16.0, metal);
                }
            });
        }
        for row in 0..2_u8 {
            shelf(brush, s, (w * 0.66, h * (0.24 + 0.22 * f32::from(row))), w * 0.32, 10.0, s.seed ^ u64::from(row));
        }
        let wood = s.lit([0x94, 0x68, 0x42]);
        brush.rect(-16.0, h * 0.72, w + 32.0, 4.0, lighter(wood, 0.15));
        brush.rect(-16.0, h * 0.72 + 4.0, w + 32.0, h, Paint::down(h * 0.74, darker(wood, 0.2), h, darker(wood, 0.5)));
        brush.round_rect([w * 0.76, h * 0.72 - 8.0, 15.0, 8.0], 1.4, s.lit(s.look.lead));
        brush.rect(w * 0.76 + 6.0, h * 0.72 - 13.0, 3.0, 5.0, [0x80, 0x84, 0x8c]);
        for board in 0..3_u8 {
            brush.rect(
                w * 0.08,
                h * 0.72 - 2.4 * f32::from(board + 1),
                34.0 - 4.0 * f32::from(board),
                2.0,
                lighter(wood, 0.1 + 0.1 * f32::from(board)),
            );
        }
    });
}

/// Hammers that fall one after the other, sparks at each stroke.
pub(super) fn hammers(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = workshop_wall(brush, s);
    let level = h * 0.7;
    s.view.layer(brush, 0.4, |brush| {
        brush.round_rect([w * 0.06, h * 0.06, w * 0.88, h * 0.3], 1.5, darker(base, 0.2));
        for bunting in 0..15_u8 {
            let x = w * f32::from(bunting) / 14.0;
            let y = h * 0.09 + 5.0 * (f32::from(bunting) * 0.7).sin().abs();
            brush.poly(
                &[(x - 4.0, y), (x + 4.0, y), (x + 0.6 * sway(s.t, 0.6, f32::from(bunting) * 0.1), y + 8.0)],
                s.look.turn(bunting.into()),
            );
        }
    });
    s.view.layer(brush, 0.9, |brush| {
        table(brush, level, s.lit([0x8c, 0x60, 0x3e]));
        if s.is_about("birthday~ cake~ geburtstag~") {
            brush.at(w * 0.5 + 2.0, level + 1.0, 0.62, |brush| tiers(brush, s, (0.0, 0.0)));
        }
        let count: u8 = 2;
        for number in 0..count {
            let at = f32::from(number);
            let x = w * (at + 0.46) / f32::from(count);
            let beat = wrap(s.t * 1.15 - at / f32::from(count), 1.0);
            // Slowly up, fast down, a short rest.
            let up = if beat < 0.55 { smooth(beat / 0.55) } else { (1.0 - smooth((beat - 0.55) / 0.14)).max(0.0) };
            let hit = (1.0 - ((beat - 0.69) / 0.2).abs()).max(0.0);
            let (grip, metal) = (s.lit([0xa8, 0x74, 0x48]), mix([0xa8, 0xae, 0xb8], s.look.second, 0.15));
            // What is struck: a chisel in a block.
            brush.round_rect([x - 13.0, level + 2.0, 26.0, 12.0], 1.4, s.lit([0xc0, 0x94, 0x64]));
            brush.rect(x - 1.3, level - 9.0 + hit * 0.8, 2.6, 12.0, metal);
            brush.round_rect([x - 2.4, level - 14.0 + hit * 0.8, 4.8, 7.0], 1.4, s.look.turn(usize::from(number) + 1));
            brush.turned(x + 34.0, level - 2.0, 0.95 * up, |brush| {
                let skin = s.lit(SKINS[usize::from(number * 2 + 1) % 5]);
                brush.taper(&[(2.0, 32.0), (-3.0, 1.0)], 14.0, 10.0, s.look.turn(usize::from(number)));
                brush.rect(-37.0, -14.6, 42.0, 3.6, grip);
                brush.round_rect(
                    [-39.0, -22.0, 9.0, 15.0],
                    1.6,
                    Paint::along((-39.0, 0.0), lighter(metal, 0.3), (-30.0, 0.0), darker(metal, 0.35)),
                );
                brush.ellipse(-2.0, -11.0, 6.4, 6.0, skin);
                for finger in 0..4_u8 {
                    brush.line(
                        &[(-6.4 + 2.9 * f32::from(finger), -16.0), (-6.6 + 2.9 * f32::from(finger), -10.0)],
                        2.5,
                        if finger % 2 == 0 { skin } else { darker(skin, 0.06) },
                    );
                }
            });
            if hit > 0.0 {
                for spark in 0..8_u64 {
                    let (sine, cosine) = (-0.4 - 2.4 * hash(s.seed, spark + 20 * u64::from(number))).sin_cos();
                    let far = 6.0 + 14.0 * (1.0 - hit);
                    let (sx, sy) = (x + far * cosine, level - 14.0 + far * sine);
                    brush.line(
                        &[(sx, sy), (sx + 2.4 * cosine, sy + 2.4 * sine)],
                        0.8,
                        Paint::from(lighter(s.look.pop, 0.4)).alpha(hit),
                    );
                }
            }
        }
    });
    if s.is_about("confetti birthday~ party celebrat~ geburtstag~") {
        confetti(brush, s, 34);
    }
}

/// A pot grows on a turning wheel; behind it the kiln glows.
pub(super) fn pottery(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = workshop_wall(brush, s);
    let level = h * 0.74;
    s.view.layer(brush, 0.4, |brush| {
        for row in 0..2_u8 {
            let y = h * (0.26 + 0.22 * f32::from(row));
            brush.rect(w * 0.05, y, w * 0.42, 1.6, s.lit([0x7c, 0x56, 0x3a]));
            for pot in 0..5_u64 {
                let x = w * (0.09 + 0.086 * pot as f32);
                let glaze =
                    mix(s.look.turn(usize::try_from(pot).unwrap_or(0) + usize::from(row)), [0xd8, 0xc4, 0xac], 0.35);
                let (half, high) = (
                    2.6 + 1.6 * hash(s.seed, pot + 30 * u64::from(row)),
                    6.0 + 7.0 * hash(s.seed, pot + 7 + 30 * u64::from(row)),
                );
                vessel(brush, (x, y), half, high, 0.5 + 0.5 * hash(s.seed, pot + 90), glaze);
            }
        }
        kiln(brush, s, (w * 0.8, level), base);
    });
    s.view.layer(brush, 0.9, |brush| {
        table(brush, level, s.lit([0x74, 0x5c, 0x4a]));
        let (x, y) = (w * 0.42, level + 2.0);
        let clay = mix([0xb4, 0x7c, 0x58], s.look.lead, 0.15);
        brush.ellipse(x, y + 2.0, 28.0, 6.0, Paint::from([0, 0, 0]).alpha(0.3));
        brush.ellipse(x, y, 26.0, 5.4, s.lit([0x9a, 0x9c, 0xa4]));
        brush.ellipse(x, y - 1.0, 25.0, 4.8, s.lit([0xc0, 0xc2, 0xc8]));
        for mark in 0..3_u8 {
            let (sine, cosine) = ((s.t * 0.9 + f32::from(mark) / 3.0) * std::f32::consts::TAU).sin_cos();
            brush.ellipse(x + 19.0 * cosine, y - 1.0 + 3.5 * sine, 2.2, 0.6, clay);
        }
        let grown = 0.5 + 0.5 * sway(s.t, 0.07, -0.1);
        let (half, high) = (15.0 - 4.0 * grown, 15.0 + 18.0 * grown);
        let wobble = 0.4 * sway(s.t, 1.8, 0.0);
        vessel(brush, (x + wobble, y - 2.0), half, high, 0.75, clay);
        for ring in 0..5_u8 {
            let share = 0.12 + 0.17 * f32::from(ring);
            let wide = half * (0.72 + 0.55 * (share * std::f32::consts::PI).sin());
            brush.curve(
                &[
                    (x + wobble - wide, y - 2.0 - high * share),
                    (x + wobble, y - 0.4 - high * share),
                    (x + wobble + wide, y - 2.0 - high * share),
                ],
                0.5,
                Paint::from(darker(clay, 0.3)).alpha(0.5),
            );
        }
        let skin = s.lit(SKINS[usize::try_from(s.seed % 5).unwrap_or(0)]);
        let muddy = mix(skin, clay, 0.35);
        let reach = y - 2.0 - high * 0.55;
        arm(brush, (x - 62.0, h + 16.0), (x - half * 1.25 - 4.0, reach + 3.0), (s.look.lead, muddy));
        arm(brush, (x + 62.0, h + 16.0), (x + half * 1.25 + 4.0, reach), (s.look.lead, muddy));
    });
}

/// A pot that stands on `(x, y)`: narrow foot, belly, and an open mouth.
fn vessel(brush: &mut Brush<'_>, (x, y): Point, half: f32, high: f32, mouth: f32, clay: Rgb) {
    let (foot, lip) = (half * 0.62, half * mouth);
    let shape = Path::new()
        .to(x - foot, y)
        .cubic((x - half * 1.5, y - high * 0.4), (x - half * 1.2, y - high * 0.7), (x - lip, y - high))
        .to(x + lip, y - high)
        .cubic((x + half * 1.2, y - high * 0.7), (x + half * 1.5, y - high * 0.4), (x + foot, y));
    brush.path(&shape, Paint::along((x - half, 0.0), lighter(clay, 0.25), (x + half, 0.0), darker(clay, 0.35)));
    brush.ellipse(x, y - high, lip, lip * 0.24, darker(clay, 0.4));
}

/// A brick kiln with its fire seen through the door.
fn kiln(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, base: Rgb) {
    let brick = mix([0xa0, 0x5c, 0x44], base, 0.25);
    brush.rect(x - 5.0, -16.0, 10.0, y - 30.0, darker(brick, 0.25));
    brush.path(
        &Path::new()
            .to(x - 25.0, y)
            .to(x - 25.0, y - 34.0)
            .cubic((x - 25.0, y - 58.0), (x + 25.0, y - 58.0), (x + 25.0, y - 34.0))
            .to(x + 25.0, y),
        Paint::along((x - 25.0, 0.0), lighter(brick, 0.1), (x + 25.0, 0.0), darker(brick, 0.3)),
    );
    let mut joints = Vec::new();
    for row in 0..7_u8 {
        let top = y - 6.0 * f32::from(row) - 6.0;
        joints.push([x - 24.0, top, 48.0, 0.5]);
        for column in 0..5_u8 {
            joints.push([x - 22.0 + 10.0 * f32::from(column) + if row % 2 == 0 { 0.0 } else { 5.0 }, top, 0.5, 6.0]);
        }
    }
    brush.rects(&joints, Paint::from(darker(brick, 0.45)).alpha(0.6));
    let heat = 0.75 + 0.15 * sway(s.t, 1.3, 0.0) + 0.1 * sway(s.t, 2.9, 0.4);
    let fire = mix([0xff, 0x80, 0x28], s.look.pop, 0.15);
    brush.glow(x, y - 16.0, 34.0, fire, 0.6 * heat);
    let door = Path::new()
        .to(x - 12.0, y - 3.0)
        .to(x - 12.0, y - 20.0)
        .quad((x, y - 33.0), (x + 12.0, y - 20.0))
        .to(x + 12.0, y - 3.0);
    brush.path(&door, Paint::around((x, y - 12.0), 20.0, [0xff, 0xf0, 0xa8], fire));
    for pot in 0..3_u8 {
        vessel(
            brush,
            (x - 7.0 + 7.0 * f32::from(pot), y - 3.4),
            2.4,
            8.0 + 2.0 * f32::from(pot % 2),
            0.6,
            darker(fire, 0.35),
        );
    }
}

/// Shards of glass, washed by hand in a basin.
pub(super) fn washing(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = workshop_wall(brush, s);
    s.view.layer(brush, 0.95, |brush| {
        let wood = s.lit(mix([0xa8, 0x80, 0x5c], base, 0.2));
        brush.everything(Paint::down(0.0, lighter(wood, 0.1), h, darker(wood, 0.3)));
        for board in 1..6_u8 {
            brush.line(
                &[(-16.0, h * f32::from(board) / 6.0), (w + 16.0, h * f32::from(board) / 6.0)],
                0.3,
                Paint::from(darker(wood, 0.4)).alpha(0.6),
            );
        }
        let (x, y) = (w * 0.5, h * 0.42);
        let rx = (w * 0.34).min(52.0);
        let ry = 34.0;
        let metal = mix([0xd4, 0xd8, 0xde], s.look.pale, 0.3);
        brush.ellipse(x + 1.4, y + 3.0, rx + 4.0, ry + 4.0, Paint::from([0, 0, 0]).alpha(0.28));
        brush.ellipse(
            x,
            y,
            rx + 4.0,
            ry + 4.0,
            Paint::along((x - rx, y - ry), lighter(metal, 0.4), (x + rx, y + ry), darker(metal, 0.3)),
        );
        let water = mix([0x8c, 0xc8, 0xd0], s.look.lead, 0.2);
        brush.ellipse(
            x,
            y,
            rx,
            ry,
            Paint::around((x - rx * 0.3, y - ry * 0.4), rx * 1.3, lighter(water, 0.4), darker(water, 0.15)),
        );
        for piece in 0..26_u64 {
            let (sine, cosine) = (hash(s.seed, piece) * std::f32::consts::TAU).sin_cos();
            let far = 0.84 * hash(s.seed, piece + 40).sqrt();
            let place = (x + rx * far * cosine + 0.6 * sway(s.t, 0.3, hash(s.seed, piece)), y + ry * far * sine);
            shard(brush, s, place, 3.0 + 2.4 * hash(s.seed, piece + 80), piece);
        }
        for ring in 0..4_u8 {
            let share = wrap(s.t * 0.5 + f32::from(ring) * 0.25, 1.0);
            brush.within(crate::agent::draw::path::Affine([1.0, 0.0, 0.0, 0.66, x + 2.0, y - 2.0]), |brush| {
                brush.arc(
                    (0.0, 0.0),
                    6.0 + (rx - 8.0) * share,
                    (0.0, 1.0),
                    0.7,
                    Paint::from([0xff; 3]).alpha(0.6 * (1.0 - share)),
                );
            });
        }
        let skin = s.lit(SKINS[usize::try_from(s.seed % 5).unwrap_or(0)]);
        let rub = 2.4 * sway(s.t, 1.2, 0.0);
        arm(brush, (x - 66.0, h + 16.0), (x - 9.0 + rub, y + 6.0), (s.look.lead, skin));
        arm(brush, (x + 66.0, h + 16.0), (x + 10.0 - rub * 0.6, y + 7.0), (s.look.lead, skin));
        shard(brush, s, (x + 0.6 + rub * 0.4, y + 1.0), 7.0, 1);
        for bubble in 0..12_u64 {
            let share = wrap(s.t * 0.4 + hash(s.seed, bubble + 5), 1.0);
            let (bx, by) =
                (x + 40.0 * (hash(s.seed, bubble + 100) - 0.5), y + 30.0 * (hash(s.seed, bubble + 120) - 0.5));
            brush.circle(bx, by, 0.6 + 1.6 * share, Paint::from([0xff; 3]).alpha(0.7 * (1.0 - share)));
        }
    });
}
