//! Safety at work, each thing from near: the walkway, the driver's eyes, an alarm, a light, a mirror, a board of signs.

use super::Scenery;
use super::props::{SKINS, walker};
use super::vehicles::forklift;
use super::work::hall;
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{hash, settle, smooth, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;
use crate::agent::draw::person::{self, LOOKS, Pose};

const YELLOW: Rgb = [0xf6, 0xc6, 0x2c];
const INK: Rgb = [0x20, 0x22, 0x28];

/// The floor of an aisle in perspective: people walk on the yellow side, trucks on the other.
pub(super) fn walkway(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = hall(brush, s);
    let (eye_x, eye_y) = (w * 0.5, h * 0.3);
    let ground = mix([0x9c, 0x9e, 0xa4], base, 0.3);
    s.view.layer(brush, 0.8, |brush| {
        brush.rect(-20.0, eye_y, w + 40.0, h, Paint::down(eye_y, lighter(ground, 0.1), h, darker(ground, 0.25)));
        for side in [-1.0_f32, 1.0] {
            // Racks that run away on both sides.
            let steel = mix([0x3c, 0x54, 0x8c], s.look.second, 0.4);
            let near_x = if side < 0.0 { -8.0 } else { w + 8.0 };
            for tier in 0..4_u8 {
                let near_y = h * (0.92 - 0.34 * f32::from(tier));
                let far = |share: f32| {
                    (
                        near_x + (eye_x + side * 9.0 - near_x) * share,
                        near_y + (eye_y + 6.0 - 2.4 * f32::from(tier) - near_y) * share,
                    )
                };
                if tier < 3 {
                    for place in 0..6_u64 {
                        let at = 0.06 + 0.84 * (1.0 - 0.62_f32.powi(i32::try_from(place).unwrap_or(0)));
                        let (x, y) = far(at);
                        let size = 24.0 * (1.0 - at);
                        let card = mix([0xc4, 0x98, 0x66], s.look.turn(usize::try_from(place).unwrap_or(0)), 0.25);
                        let left = if side < 0.0 { x } else { x - size };
                        brush.rect(
                            left,
                            y - size * 0.8,
                            size,
                            size * 0.8,
                            mix(card, darker(card, 0.35), hash(s.seed, place + 10 * u64::from(tier))),
                        );
                    }
                }
                brush.taper(&[far(0.0), far(1.0)], 3.0, 0.5, mix([0xe8, 0x8c, 0x30], s.look.pop, 0.4));
            }
            for post in 0..5_i32 {
                let share = 1.0 - 0.58_f32.powi(post);
                let x = near_x + (eye_x + side * 9.0 - near_x) * share;
                let reach = 1.0 - share;
                brush.rect(
                    x - 1.4 * reach,
                    eye_y - 34.0 * reach,
                    2.8 * reach + 0.3,
                    34.0 * reach + (h * 0.66) * reach + 6.0,
                    steel,
                );
            }
        }
        let strip = |from: f32, to: f32, colour: Paint, brush: &mut Brush<'_>| {
            let near = |at: f32| (w * at, h + 12.0);
            let far = |at: f32| (eye_x + (at - 0.5) * 12.0, eye_y + 5.0);
            brush.poly(&[far(from), far(to), near(to), near(from)], colour);
        };
        strip(0.12, 0.42, Paint::from(YELLOW).alpha(0.35), brush);
        strip(0.1, 0.13, Paint::from(YELLOW), brush);
        strip(0.41, 0.44, Paint::from(YELLOW), brush);
        // Arrows on the floor light up one after the other.
        for arrow in 0..4_u8 {
            let share = 0.9_f32 - 0.2 * f32::from(arrow);
            let lit = smooth(2.0 - (wrap(s.t * 2.2, 6.0) - f32::from(arrow)).abs());
            let x = eye_x + (w * 0.27 - eye_x) * share;
            let y = eye_y + 5.0 + (h - eye_y) * share * share;
            let (half, long) = (7.0 * share, 7.0 * share * share);
            let (dx, colour) = (0.24 * long, Paint::from([0xff; 3]).alpha(0.3 + 0.65 * lit));
            brush.poly(
                &[
                    (x - half, y),
                    (x + dx, y - long),
                    (x + half, y),
                    (x + half * 0.4, y),
                    (x + half * 0.3, y + long * 0.7),
                    (x - half * 0.5, y + long * 0.7),
                    (x - half * 0.4, y),
                ],
                colour,
            );
        }
        let near = 0.34 + 0.3 * wrap(s.t * 0.07 + hash(s.seed, 3) * 0.6, 1.0);
        let truck = (eye_x + w * 0.2 * near + 4.0, eye_y + 5.0 + (h * 0.62) * near);
        forklift(brush, s, truck, 34.0 * near + 2.0, -1.0, 0.1);
        let step = 0.66 + 0.05 * sway(s.t, 0.1, 0.0);
        let vest = mix([0xf8, 0xd0, 0x30], s.look.pop, 0.2);
        walker(
            brush,
            (eye_x + (w * 0.3 - eye_x) * step, eye_y + h * 0.56 * step),
            42.0 * step,
            (vest, SKINS[1]),
            s.t * 0.8,
            1.0,
        );
    });
}

/// The driver in the cab, who looks up and nods.
pub(super) fn driver(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = hall(brush, s);
    s.view.layer(brush, 0.4, |brush| {
        for bay in 0..6_u8 {
            let x = w * (f32::from(bay) * 0.2 - 0.05);
            for tier in 0..3_u8 {
                let y = h * (0.24 + 0.24 * f32::from(tier));
                let card = mix([0xc4, 0x98, 0x66], s.look.turn(usize::from(bay + tier)), 0.3);
                brush.rect(x, y - 13.0, w * 0.12, 13.0, mix(card, base, 0.45));
                brush.rect(x - 3.0, y, w * 0.19, 1.8, mix([0xe8, 0x8c, 0x30], base, 0.45));
            }
        }
    });
    s.view.layer(brush, 0.95, |brush| {
        let (x, y) = (w * 0.5, h * 0.5);
        let looks = wrap(s.t, 5.0);
        let nod = smooth((looks - 1.6) * 3.0) * (1.0 - smooth((looks - 3.6) * 2.0));
        let seed = s.seed ^ 77;
        let mut pose = Pose::idle(seed, s.t);
        pose.agree(nod, s.t);
        let body = mix([0xf2, 0xb8, 0x28], s.look.lead, 0.2);
        let steel = darker(s.look.deep, 0.35);
        brush.rect(x - 46.0, -20.0, 92.0, 26.0, darker(steel, 0.1));
        brush.round_rect([x - 24.0, y - 26.0, 48.0, 70.0], 8.0, [0x2c, 0x2e, 0x36]);
        let skip = usize::try_from(seed % LOOKS.len() as u64).unwrap_or(0);
        let person = LOOKS.iter().cycle().skip(skip).find(|look| look.is_at_work()).unwrap_or(&LOOKS[0]);
        brush.at(x, y + 3.0, 0.82, |brush| person::paint(brush, person, &pose, s.look, -1.0));
        // A hi-vis vest and a helmet.
        for side in [-1.0_f32, 1.0] {
            brush.line(&[(x + side * 8.0, y + 6.0), (x + side * 9.0, y + 44.0)], 3.0, Paint::from(YELLOW).alpha(0.92));
        }
        brush.rect(x - 13.0, y + 27.0, 26.0, 2.4, [0xf0, 0xf2, 0xf4]);
        for post in [-46.0_f32, 41.0] {
            brush.rect(
                x + post,
                -20.0,
                5.0,
                h + 40.0,
                Paint::along((x + post, 0.0), lighter(steel, 0.25), (x + post + 5.0, 0.0), steel),
            );
        }
        brush.round_rect(
            [x - 50.0, y + 34.0, 100.0, 60.0],
            5.0,
            Paint::down(y + 34.0, lighter(body, 0.15), y + 60.0, darker(body, 0.25)),
        );
        let wheel = 0.15 * sway(s.t, 0.2, 0.0);
        brush.turned(x, y + 34.0, wheel, |brush| {
            brush.arc((0.0, 0.0), 11.0, (0.0, 1.0), 2.2, INK);
            brush.line(&[(-11.0, 0.0), (11.0, 0.0)], 1.6, INK);
            brush.circle(0.0, 0.0, 2.6, [0x3a, 0x3c, 0x44]);
        });
        // Eye contact: a line of sight that turns green when the driver has nodded.
        let seen = mix(s.look.pop, [0x3c, 0xc0, 0x60], nod);
        brush.circle(x + 35.0, y - 30.0, 8.0, [0xfa; 3]);
        brush.circle(x + 35.0, y - 30.0, 6.8, seen);
        if nod > 0.5 {
            brush.line(&[(x + 31.4, y - 30.0), (x + 34.2, y - 27.0), (x + 39.0, y - 33.0)], 1.6, [0xff; 3]);
        } else {
            brush.ellipse(x + 35.0, y - 30.0, 4.2, 2.6, [0xff; 3]);
            brush.circle(x + 35.0, y - 30.0, 1.7, INK);
        }
    });
}

/// A horn that beeps while a truck backs up.
pub(super) fn alarm(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    hall(brush, s);
    let beep = (1.0 - 2.4 * wrap(s.t * 1.1, 1.0)).max(0.0);
    s.view.layer(brush, 0.95, |brush| {
        let (x, y) = (w * 0.4, h * 0.42);
        // The back of the truck.
        let body = mix([0xf2, 0xb8, 0x28], s.look.lead, 0.2);
        brush.round_rect(
            [-20.0, y - 40.0, x + 8.0, 90.0],
            6.0,
            Paint::along((0.0, 0.0), darker(body, 0.15), (x, 0.0), lighter(body, 0.12)),
        );
        for band in 0..7_u8 {
            let top = y + 20.0;
            let left = -20.0 + 10.0 * f32::from(band);
            brush.poly(&[(left, top + 9.0), (left + 5.0, top), (left + 10.0, top), (left + 5.0, top + 9.0)], INK);
        }
        brush.round_rect([x - 20.0, y - 17.0, 13.0, 34.0], 2.0, INK);
        brush.poly(
            &[(x - 8.0, y - 7.0), (x + 8.0, y - 19.0), (x + 8.0, y + 19.0), (x - 8.0, y + 7.0)],
            Paint::down(y - 19.0, [0x60, 0x64, 0x6e], y + 19.0, [0x2c, 0x2e, 0x36]),
        );
        brush.ellipse(x + 8.0, y, 6.0, 19.0, [0x3c, 0x3e, 0x46]);
        brush.ellipse(x + 8.6, y, 3.4, 12.0, [0x18, 0x1a, 0x20]);
        brush.circle(x - 13.5, y - 11.0, 2.2, mix([0x80, 0x20, 0x20], [0xff, 0x60, 0x40], beep));
        brush.glow(x - 13.5, y - 11.0, 9.0, [0xff, 0x50, 0x30], beep);
        let loud = mix(s.look.second, [0xe8, 0x50, 0x30], 0.35);
        for wave in 0..4_u8 {
            let share = wrap(s.t * 1.1 + f32::from(wave) * 0.25, 1.0);
            brush.arc(
                (x + 4.0, y),
                16.0 + 52.0 * share,
                (0.14, 0.36),
                2.6 - 1.2 * share,
                Paint::from(loud).alpha(0.95 * (1.0 - share)),
            );
        }
    });
    warning_triangle(brush, s, (w * 0.84, h * 0.24), 13.0);
}

fn warning_triangle(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32) {
    let shape = |grow: f32| {
        [
            (x, y - (size + grow)),
            (x + (size + grow) * 0.95, y + (size + grow) * 0.7),
            (x - (size + grow) * 0.95, y + (size + grow) * 0.7),
        ]
    };
    brush.poly(&shape(1.8 + 0.5 * sway(s.t, 1.1, 0.0)), INK);
    brush.poly(&shape(-0.4), YELLOW);
    brush.taper(&[(x, y - size * 0.45), (x, y + size * 0.18)], size * 0.24, size * 0.13, INK);
    brush.circle(x, y + size * 0.44, size * 0.1, INK);
}

/// The blue light on a truck, and its spot that runs ahead on the floor.
pub(super) fn blue_light(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = hall(brush, s);
    let blue = [0x3c, 0x8c, 0xff];
    let level = h * 0.5;
    s.view.layer(brush, 0.8, |brush| {
        let ground = mix([0x80, 0x82, 0x88], darker(base, 0.3), 0.4);
        brush.rect(-20.0, level, w + 40.0, h, Paint::down(level, ground, h, darker(ground, 0.4)));
        brush.rect(-20.0, h * 0.9, w + 40.0, 1.6, YELLOW);
        let along = wrap(s.t * 0.1 + 0.35, 1.0);
        let x = w * (1.16 - 0.5 * along);
        forklift(brush, s, (x, h * 0.76), 33.0, -1.0, 0.05);
        let (lx, ly) = (x + 2.0, h * 0.76 - 51.0);
        let (sx, sy) = (x - 62.0, h * 0.78);
        let pulse = 0.8 + 0.2 * sway(s.t, 1.0, 0.0);
        brush.poly(
            &[(lx - 1.5, ly), (sx + 15.0, sy - 2.0), (sx - 17.0, sy + 2.0), (lx - 4.0, ly - 2.0)],
            Paint::along((lx, ly), blue, (sx, sy), blue).fading([0.6, 0.22, 0.1]),
        );
        brush.glow(lx, ly, 24.0, blue, 0.9 * pulse);
        brush.round_rect([lx - 4.0, ly - 3.6, 8.0, 7.0], 3.2, lighter(blue, 0.55 * pulse));
        brush.ellipse(sx, sy, 24.0, 6.4, Paint::from(blue).alpha(0.45));
        brush.ellipse(sx, sy, 16.0, 4.2, Paint::from(lighter(blue, 0.4)).alpha(0.9 * pulse));
        // Whoever sees the spot, waits.
        walker(brush, (w * 0.1, h * 0.86), 38.0, (mix([0xf8, 0xd0, 0x30], s.look.pop, 0.2), SKINS[3]), 0.02, 1.0);
        brush.arc((w * 0.1 + 7.0, h * 0.86 - 40.0), 4.0, (0.0, settle((s.t - 3.0) / 1.5)), 1.0, blue);
    });
}

/// A round mirror at a corner, large: a truck comes nearer in it.
pub(super) fn mirror(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = hall(brush, s);
    let corner = w * 0.58;
    s.view.layer(brush, 0.5, |brush| {
        brush.poly(
            &[(corner, -20.0), (w + 20.0, -20.0), (w + 20.0, h + 20.0), (corner, h + 20.0)],
            Paint::along((corner, 0.0), darker(base, 0.3), (w, 0.0), darker(base, 0.1)),
        );
        for band in 0..14_u8 {
            let y = h - 7.0 * f32::from(band);
            brush.rect(corner - 2.0, y - 7.0, 5.0, 7.0, if band % 2 == 0 { YELLOW } else { INK });
        }
    });
    s.view.layer(brush, 0.95, |brush| {
        let (x, y, radius) = (w * 0.46, h * 0.4, 31.0);
        brush.line(&[(corner, y - 16.0), (x, y)], 2.6, [0x60, 0x64, 0x6c]);
        brush.line(&[(corner, y + 16.0), (x, y)], 2.6, [0x60, 0x64, 0x6c]);
        brush.circle(x, y, radius + 3.4, mix([0xe8, 0x5a, 0x2c], s.look.pop, 0.2));
        brush.circle(
            x,
            y,
            radius,
            Paint::around((x - 9.0, y - 12.0), radius * 1.7, [0xf2, 0xf6, 0xfa], [0x84, 0x98, 0xac]),
        );
        // The hall bends in it.
        let bent = |share: f32, up: f32| (x + radius * 0.94 * share, y + up + 6.0 * share * share);
        for line in 0..3_u8 {
            let up = -14.0 + 9.0 * f32::from(line);
            brush.curve(
                &[bent(-0.9, up), bent(-0.45, up), bent(0.0, up), bent(0.45, up), bent(0.9, up)],
                1.0,
                Paint::from([0xd8, 0x94, 0x50]).alpha(0.75),
            );
            for crate_number in 0..6_u8 {
                let (bx, by) = bent(-0.75 + 0.28 * f32::from(crate_number), up);
                brush.rect(
                    bx,
                    by - 5.0,
                    5.0,
                    4.6,
                    Paint::from(mix([0xb8, 0x90, 0x64], s.look.turn(usize::from(crate_number)), 0.3)).alpha(0.8),
                );
            }
        }
        brush.path(
            &Path::new()
                .to(x - radius * 0.86, y + 14.0)
                .quad((x, y + 2.0), (x + radius * 0.86, y + 14.0))
                .quad((x, y + radius * 1.86), (x - radius * 0.86, y + 14.0)),
            [0x90, 0x9a, 0xa6],
        );
        let near = wrap(s.t * 0.12, 1.0);
        forklift(brush, s, (x + 10.0 - 12.0 * near, y + 10.0 + 10.0 * near), 9.0 + 8.0 * near, -1.0, 0.2);
        brush.arc((x, y), radius * 0.84, (0.8, 0.93), 1.6, Paint::from([0xff; 3]).alpha(0.8));
    });
}

/// A board with what to do: signs that light up one after the other.
pub(super) fn signs(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    hall(brush, s);
    let turn = wrap(s.t * 0.6, 4.0);
    s.view.layer(brush, 0.9, |brush| {
        let wide = (w * 0.86).min(132.0);
        let is_upright = h > w;
        let [x, y, bw, bh] = [(w - wide) / 2.0, h * 0.1, wide, if is_upright { wide } else { h * 0.6 }];
        brush.round_rect([x + 1.5, y + 2.5, bw, bh], 2.0, Paint::from([0, 0, 0]).alpha(0.25));
        brush.round_rect([x, y, bw, bh], 2.0, [0xf8, 0xf6, 0xf0]);
        brush.round_rect([x, y, bw, 8.0], 2.0, s.look.second);
        let columns = if is_upright { 2_u8 } else { 4 };
        let (cell_w, rows) = (bw / f32::from(columns), 4 / columns);
        let cell_h = (bh - 10.0) / f32::from(rows);
        for sign in 0..4_u8 {
            let (cx, cy) = (
                x + cell_w * (f32::from(sign % columns) + 0.5),
                y + 10.0 + cell_h * (f32::from(sign / columns) + 0.44),
            );
            let is_on = smooth(1.6 - 2.0 * (turn - f32::from(sign) - 0.5).abs());
            let size = cell_w.min(cell_h) * (0.34 + 0.03 * is_on);
            match sign {
                0 => {
                    brush.circle(cx, cy, size, [0x1c, 0x64, 0xc8]);
                    walker(
                        brush,
                        (cx, cy + size * 0.74),
                        size * 1.5,
                        ([0xff; 3], [0xff; 3]),
                        s.t * 0.7 * is_on.max(0.1),
                        1.0,
                    );
                }
                1 => warning_triangle(brush, s, (cx, cy + size * 0.12), size * 0.95),
                2 => {
                    brush.circle(cx, cy, size, [0xd8, 0x30, 0x2c]);
                    brush.circle(cx, cy, size * 0.78, [0xff; 3]);
                    forklift(brush, s, (cx - size * 0.1, cy + size * 0.46), size * 0.58, 1.0, 0.0);
                    brush.line(
                        &[(cx - size * 0.62, cy - size * 0.62), (cx + size * 0.62, cy + size * 0.62)],
                        size * 0.17,
                        [0xd8, 0x30, 0x2c],
                    );
                }
                _ => {
                    brush.round_rect([cx - size, cy - size, size * 2.0, size * 2.0], size * 0.16, [0x24, 0x98, 0x54]);
                    brush.round_rect([cx - size * 0.5, cy - size * 0.66, size, size * 1.3], size * 0.08, [0xff; 3]);
                    for line in 0..4_u8 {
                        brush.rect(
                            cx - size * 0.36,
                            cy - size * 0.46 + size * 0.26 * f32::from(line),
                            size * (0.72 - 0.12 * f32::from(line % 2)),
                            size * 0.09,
                            [0x24, 0x98, 0x54],
                        );
                    }
                    brush.turned(cx + size * 0.3, cy + size * 0.4, -0.7 + 0.1 * sway(s.t, 1.0, 0.0), |brush| {
                        brush.rect(0.0, -size * 0.08, size * 0.7, size * 0.16, YELLOW);
                    });
                }
            }
            let long = cell_w * 0.56;
            brush.round_rect(
                [cx - long / 2.0, cy + size * 1.24, long, 1.6],
                0.8,
                mix([0xc0, 0xbe, 0xb8], s.look.second, is_on),
            );
        }
    });
    s.view.layer(brush, 1.05, |brush| {
        let reads = w * 0.5 + 16.0 * sway(s.t, 0.05, 0.2);
        walker(brush, (reads, h * 1.02), 44.0, (mix([0xf8, 0xd0, 0x30], s.look.pop, 0.2), SKINS[2]), 0.02, 1.0);
    });
}
