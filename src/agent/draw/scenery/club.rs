//! A club at night: somebody behind the turntables, light beams over a crowd and over water.

use super::Scenery;
use super::music::disc;
use super::props::{SKINS, floor};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::camera::OVERSCAN;
use crate::agent::draw::canvas::{mix, round};
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{drift, hash, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;

fn night(s: &Scenery<'_>) -> Rgb {
    mix([0x06, 0x05, 0x12], s.look.deep, 0.4)
}

/// The beat that everything moves to, from 1 at each stroke to 0.
fn beat(s: &Scenery<'_>) -> f32 {
    1.0 - wrap(s.t * 2.1, 1.0)
}

/// How many strokes have passed, so many a second.
fn stroke(s: &Scenery<'_>, rate: f32) -> u64 {
    u64::from(round((s.t * rate).floor()).unsigned_abs())
}

/// Thin beams from a point, in the film's colours.
fn beams(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, count: u8, (middle, spread): (f32, f32)) {
    let far = brush.w.hypot(brush.h);
    for beam in 0..count {
        let share = (f32::from(beam) + 0.5) / f32::from(count) - 0.5;
        let angle = middle + share * spread + 0.22 * sway(s.t, 0.23, share);
        let (sine, cosine) = angle.sin_cos();
        let colour = lighter(s.look.turn(usize::from(beam % 3)), 0.25);
        let end = (x + far * cosine, y + far * sine);
        brush.poly(
            &[(x, y), (end.0 - sine * 2.4, end.1 + cosine * 2.4), (end.0 + sine * 2.4, end.1 - cosine * 2.4)],
            Paint::along((x, y), colour, end, colour).fading([0.95, 0.45, 0.05]),
        );
    }
    brush.glow(x, y, 12.0, [0xff; 3], 0.5 + 0.4 * beat(s));
}

/// People from behind, arms up, jumping; their heads reach up to `level`.
fn dancers(brush: &mut Brush<'_>, s: &Scenery<'_>, level: f32, (rows, light): (u8, Rgb)) {
    let (w, h) = (brush.w, brush.h);
    for row in 0..rows {
        let near = f32::from(row + 1) / f32::from(rows);
        let count = if w > h { 16 - u64::from(row) * 3 } else { 9 - u64::from(row) * 2 };
        let size = 0.8 + 0.7 * near;
        for number in 0..count {
            let key = number + 40 * u64::from(row);
            let x = -8.0 + (w + 16.0) * (number as f32 + hash(s.seed, key)) / count as f32;
            let jump = 5.0 * sway(s.t, 1.05, 0.25 * hash(s.seed, key + 7)).abs() * size;
            let y = level + (h - level) * 0.55 * near + 5.0 * hash(s.seed, key + 20) - jump;
            let shade = mix(mix([0x08, 0x07, 0x12], s.look.deep, 0.3), light, 0.26 * (1.0 - near) + 0.04);
            let rim = Paint::from(mix(light, shade, 0.3)).alpha(0.85);
            brush.circle(x, y - 0.6, 4.1 * size, rim);
            brush.circle(x, y, 4.0 * size, shade);
            brush.path(
                &Path::new()
                    .to(x - 7.0 * size, y + 60.0)
                    .cubic((x - 8.0 * size, y + 6.0), (x - 5.0 * size, y + 4.4 * size), (x, y + 3.6 * size))
                    .cubic((x + 5.0 * size, y + 4.4 * size), (x + 8.0 * size, y + 6.0), (x + 7.0 * size, y + 60.0)),
                shade,
            );
            for side in [-1.0_f32, 1.0] {
                if hash(s.seed, key + if side < 0.0 { 60 } else { 80 }) < 0.62 {
                    let wave = sway(s.t, 1.05, hash(s.seed, key)) * 1.6;
                    let elbow = (x + side * 8.4 * size, y - 1.0 * size);
                    let hand = (x + side * (6.0 + wave) * size, y - 13.0 * size);
                    brush.line(&[(x + side * 5.0 * size, y + 7.0 * size), elbow, hand], 2.3 * size, shade);
                    brush.circle(hand.0, hand.1 - 0.6, 1.7 * size, shade);
                }
            }
        }
    }
}

/// A crowd that jumps before a wall of light.
pub(super) fn crowd(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let dark = night(s);
    let light = mix(s.look.lead, s.look.pop, 0.5 + 0.5 * sway(s.t, 0.17, 0.0));
    brush.everything(Paint::down(0.0, dark, h, mix(dark, light, 0.5)));
    s.view.layer(brush, 0.5, |brush| {
        let (across, down) = (w / 12.0, 6.0);
        let mut lit: [Vec<[f32; 4]>; 3] = [Vec::new(), Vec::new(), Vec::new()];
        for column in 0..12_u64 {
            let level = 0.3 + 0.7 * hash(s.seed, column + stroke(s, 4.2)) * (0.5 + 0.5 * beat(s));
            for row in 0..6_u64 {
                if (row as f32) < level * 6.0 {
                    lit[usize::try_from(column % 3).unwrap_or(0)].push([
                        across * column as f32 + 1.0,
                        h * 0.42 - down * row as f32,
                        across - 2.0,
                        down - 1.6,
                    ]);
                }
            }
        }
        for (number, panels) in lit.iter().enumerate() {
            brush.rects(panels, Paint::from(lighter(s.look.turn(number), 0.12)).alpha(0.85));
        }
    });
    beams(brush, s, (w * 0.2, -2.0), 6, (1.4, 1.5));
    beams(brush, s, (w * 0.8, -2.0), 6, (1.74, 1.5));
    s.view.layer(brush, 1.0, |brush| dancers(brush, s, h * 0.46, (4, light)));
}

/// Somebody behind the decks, two discs turning, steam on both sides.
pub(super) fn booth(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let dark = night(s);
    let pulse = beat(s);
    brush.everything(Paint::down(0.0, dark, h, mix(dark, s.look.lead, 0.35)));
    beams(brush, s, (w * 0.5, h * 0.06), 9, (1.57, 2.6));
    s.view.layer(brush, 0.6, |brush| {
        for ring in 0..4_u8 {
            let radius = 18.0 + 9.0 * f32::from(ring) + 2.0 * pulse;
            brush.arc(
                (w * 0.5, h * 0.36),
                radius,
                (0.0, 1.0),
                1.0,
                Paint::from(lighter(s.look.turn(usize::from(ring)), 0.2)).alpha(0.75 - 0.14 * f32::from(ring)),
            );
        }
        for side in [-1.0_f32, 1.0] {
            for stack in 0..2_u8 {
                let (x, y) = (w * (0.5 + side * 0.4) - 10.0, h * 0.66 - 22.0 * f32::from(stack + 1));
                brush.round_rect([x, y, 20.0, 21.0], 1.4, [0x14, 0x14, 0x1a]);
                brush.circle(x + 10.0, y + 12.0, 6.6 + 0.5 * pulse, [0x34, 0x34, 0x3e]);
                brush.circle(x + 10.0, y + 12.0, 2.8 + 0.4 * pulse, [0x0c; 3]);
                brush.circle(x + 10.0, y + 3.6, 2.0, [0x34, 0x34, 0x3e]);
            }
        }
    });
    let desk = h * 0.62;
    s.view.layer(brush, 0.9, |brush| {
        let nod = sway(s.t, 1.05, 0.0).abs();
        let (x, y) = (w * 0.5 + 1.5 * drift(s.t, 0.2), desk - 24.0 + 1.6 * nod);
        let (cloth, skin) = (darker(s.look.second, 0.35), SKINS[usize::try_from(s.seed % 5).unwrap_or(0)]);
        let skin = mix(skin, s.look.pop, 0.18);
        brush.path(
            &Path::new().to(x - 15.0, desk + 6.0).cubic((x - 16.0, y + 6.0), (x - 9.0, y + 2.0), (x, y + 2.0)).cubic(
                (x + 9.0, y + 2.0),
                (x + 16.0, y + 6.0),
                (x + 15.0, desk + 6.0),
            ),
            Paint::along((x - 15.0, 0.0), lighter(cloth, 0.2), (x + 15.0, 0.0), darker(cloth, 0.2)),
        );
        brush.rect(x - 3.0, y - 4.0, 6.0, 8.0, darker(skin, 0.25));
        brush.ellipse(x, y - 10.0, 7.4, 8.6, skin);
        brush.path(
            &Path::new()
                .to(x - 8.0, y - 10.0)
                .cubic((x - 9.0, y - 23.0), (x + 9.0, y - 23.0), (x + 8.0, y - 10.0))
                .quad((x, y - 15.0), (x - 8.0, y - 10.0)),
            [0x1c, 0x16, 0x1c],
        );
        brush.arc((x, y - 11.0), 9.2, (-0.25, 0.25), 1.7, s.look.pop);
        for side in [-1.0_f32, 1.0] {
            brush.round_rect([x + side * 8.8 - 2.0, y - 13.0, 4.0, 7.0], 1.8, lighter(s.look.pop, 0.1));
        }
        brush.round_rect([x - 6.4, y - 12.0, 5.4, 3.4], 1.2, [0x10, 0x10, 0x16]);
        brush.round_rect([x + 1.0, y - 12.0, 5.4, 3.4], 1.2, [0x10, 0x10, 0x16]);
        brush.line(&[(x - 1.4, y - 10.8), (x + 1.4, y - 10.8)], 0.7, [0x10, 0x10, 0x16]);
        brush.curve(&[(x - 2.4, y - 5.0), (x, y - 4.2), (x + 2.4, y - 5.0)], 0.7, darker(skin, 0.5));
        // One hand on a disc, the other up with the beat.
        let scratch = 1.6 * sway(s.t, 2.1, 0.0);
        brush.line(
            &[(x - 12.0, y + 9.0), (x - 19.0, desk - 8.0), (x - 22.0 + scratch, desk + 2.0)],
            4.4,
            darker(cloth, 0.1),
        );
        brush.circle(x - 22.0 + scratch, desk + 2.0, 2.9, skin);
        let up = (x + 23.0, y - 16.0 - 4.0 * nod);
        brush.line(&[(x + 12.0, y + 9.0), (x + 21.0, y + 2.0), up], 4.4, darker(cloth, 0.1));
        brush.circle(up.0, up.1 - 1.6, 3.0, skin);
        let front = darker(s.look.deep, 0.3);
        brush.poly(
            &[(x - 60.0, desk + 12.0), (x + 60.0, desk + 12.0), (x + 54.0, desk - 1.0), (x - 54.0, desk - 1.0)],
            Paint::down(desk, [0x3a, 0x3c, 0x48], desk + 12.0, [0x24, 0x26, 0x2e]),
        );
        disc(brush, s, (x - 27.0, desk + 5.0), 16.0, 0.3, s.t * 0.55 + scratch * 0.02);
        disc(brush, s, (x + 27.0, desk + 5.0), 16.0, 0.3, s.t * 0.55);
        brush.round_rect([x - 8.0, desk + 0.6, 16.0, 9.6], 1.0, [0x14, 0x16, 0x1c]);
        for fader in 0..4_u8 {
            let fx = x - 5.4 + 3.6 * f32::from(fader);
            brush.rect(fx - 0.2, desk + 2.0, 0.4, 6.8, [0x60, 0x62, 0x6a]);
            brush.rect(
                fx - 1.0,
                desk + 4.6 + 2.0 * sway(s.t, 0.4, f32::from(fader) * 0.3),
                2.0,
                1.2,
                s.look.turn(usize::from(fader)),
            );
        }
        brush.rect(x - 60.0, desk + 12.0, 120.0, h, Paint::down(desk + 12.0, lighter(front, 0.1), h, front));
        for bar in 0..24_u8 {
            let high = (3.0 + 13.0 * hash(s.seed, u64::from(bar)))
                * (0.45 + 0.55 * (pulse * (0.6 + 0.4 * hash(s.seed, u64::from(bar) + 50))));
            brush.rect(
                x - 57.0 + 4.8 * f32::from(bar),
                desk + 33.0 - high,
                3.4,
                high,
                s.look.turn(usize::from(bar) % 3),
            );
        }
        for side in [-1.0_f32, 1.0] {
            for puff in 0..7_u8 {
                let share = wrap(s.t * 0.4 + f32::from(puff) / 7.0, 1.0);
                let (px, py) =
                    (x + side * (48.0 + 6.0 * share + 3.0 * sway(s.t, 0.4, share)), desk + 2.0 - 46.0 * share);
                brush.circle(
                    px,
                    py,
                    3.0 + 8.0 * share,
                    Paint::from(mix([0xff; 3], s.look.turn(usize::from(puff)), 0.3)).alpha(0.26 * (1.0 - share)),
                );
            }
        }
    });
    s.view.layer(brush, 1.1, |brush| dancers(brush, s, h * 0.8, (1, s.look.pop)));
}

/// Beams from a terminal over the water, and again in it.
pub(super) fn over_water(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let dark = night(s);
    let level = h * 0.56;
    brush.everything(Paint::down(0.0, dark, level, mix(dark, s.look.lead, 0.45)));
    for star in 0..40_u64 {
        brush.circle(
            w * hash(s.seed, star),
            level * hash(s.seed, star + 50),
            0.25,
            Paint::from([0xff; 3]).alpha(0.4 + 0.3 * sway(s.t, 0.4, hash(s.seed, star))),
        );
    }
    let from = (w * 0.68, level - 13.0);
    beams(brush, s, from, 9, (-2.3, 1.9));
    s.view.layer(brush, 0.4, |brush| {
        let hall = mix(dark, s.look.deep, 0.5);
        brush.poly(
            &[
                (w * 0.44, level),
                (w * 0.44, level - 13.0),
                (w * 0.5, level - 19.0),
                (w * 0.92, level - 19.0),
                (w * 0.97, level - 13.0),
                (w + 20.0, level - 13.0),
                (w + 20.0, level),
            ],
            darker(hall, 0.2),
        );
        brush.rect(w * 0.8, level - 34.0, 7.0, 16.0, darker(hall, 0.1));
        brush.circle(w * 0.8 + 3.5, level - 29.0, 2.4, lighter(s.look.pop, 0.4));
        for pane in 0..9_u8 {
            let glow = s.look.turn(usize::from(pane) % 3);
            let bright = 0.45 + 0.55 * hash(s.seed, u64::from(pane) + stroke(s, 2.1));
            brush.rect(
                w * (0.46 + 0.053 * f32::from(pane)),
                level - 10.0,
                w * 0.036,
                7.0,
                Paint::from(lighter(glow, 0.25)).alpha(bright),
            );
        }
    });
    let water = mix(dark, s.look.lead, 0.3);
    floor(brush, level, darker(water, 0.5), lighter(water, 0.08));
    s.view.layer(brush, 0.7, |brush| {
        for streak in 0..46_u64 {
            let depth = hash(s.seed, streak + 200);
            let y = level + 1.0 + (h - level) * depth * depth;
            let spread = 0.16 + 0.5 * depth;
            let x =
                w * (0.62 + spread * (hash(s.seed, streak + 260) - 0.62)) + 2.0 * sway(s.t, 0.5, hash(s.seed, streak));
            let long = (4.0 + 10.0 * depth) * (0.6 + 0.4 * sway(s.t, 0.9, hash(s.seed, streak + 9)));
            brush.rect(
                x - long,
                y,
                long * 2.0,
                0.5 + 0.8 * depth,
                Paint::from(lighter(s.look.turn(usize::try_from(streak % 3).unwrap_or(0)), 0.2)).alpha(0.6),
            );
        }
    });
    s.view.layer(brush, 1.0, |brush| {
        let quay = h * 0.88;
        brush.rect(-OVERSCAN, quay, w + 2.0 * OVERSCAN, h, darker(dark, 0.3));
        brush.rect(-OVERSCAN, quay - 8.0, w + 2.0 * OVERSCAN, 0.8, darker(dark, 0.2));
        let mut x = -OVERSCAN;
        while x < w + OVERSCAN {
            brush.rect(x, quay - 8.0, 0.8, 9.0, darker(dark, 0.2));
            x += 9.0;
        }
        dancers(brush, s, quay - 10.0, (1, s.look.pop));
    });
}

/// Where a host stands in a club: beams and panels, out of the way of the face.
pub(super) fn set(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let dark = night(s);
    brush.everything(Paint::down(0.0, mix(dark, s.look.lead, 0.3), h, dark));
    beams(brush, s, (w * 0.06, -2.0), 5, (1.1, 1.1));
    beams(brush, s, (w * 0.94, -2.0), 5, (2.04, 1.1));
    s.view.layer(brush, 0.5, |brush| {
        for tube in 0..4_u8 {
            let x = w * [0.1, 0.24, 0.76, 0.9][usize::from(tube)];
            let colour = lighter(s.look.turn(usize::from(tube) % 3), 0.25);
            let alpha = 0.55 + 0.4 * sway(s.t, 1.05, f32::from(tube) * 0.25).abs();
            brush.round_rect([x - 1.0, h * 0.16, 2.0, h * 0.5], 1.0, Paint::from(colour).alpha(alpha));
        }
        dancers(brush, s, h * 0.62, (2, s.look.pop));
    });
}
