//! Learning: a blackboard, an open book.

use super::product::sparkle;
use super::props::{SKINS, cloud};
use super::rooms::{bokeh, lamp, shelf, table};
use super::{Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{darker, lighter};
use crate::agent::draw::motion::{drift, hash, smooth, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::{Affine, Path};
use crate::agent::draw::person::{self, LOOKS, Pose};

pub(super) fn blackboard(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(s.look.pale, s.look.lead, if s.look.is_dark { 0.6 } else { 0.2 });
    wall(brush, base, (w * 0.4, h * 0.2));
    s.view.layer(brush, 0.85, |brush| {
        let [x, y, bw, bh] = [w * 0.08, h * 0.08, w * 0.84, h * 0.66];
        brush.round_rect([x - 2.0, y - 2.0, bw + 4.0, bh + 4.0], 1.6, s.lit([0x94, 0x68, 0x42]));
        brush.rect(
            x,
            y,
            bw,
            bh,
            Paint::along(
                (x, y),
                mix([0x2c, 0x52, 0x48], s.look.lead, 0.3),
                (x + bw, y + bh),
                mix([0x1c, 0x38, 0x34], s.look.deep, 0.3),
            ),
        );
        let chalk = Paint::from([0xf4, 0xf4, 0xec]).alpha(0.9);
        let time = wrap(s.t, 10.0);
        let shown = |start: f32| smooth((time - start) / 1.2).max(0.06);
        let (ax, ay, aw, ah) = (x + bw * 0.07, y + bh * 0.86, bw * 0.36, bh * 0.68);
        brush.line(&[(ax, ay - ah), (ax, ay), (ax + aw, ay)], 0.5, chalk);
        let mut curve: Vec<Point> = Vec::new();
        for step in 0..=30_u8 {
            let at = f32::from(step) / 30.0;
            if at <= shown(0.3) {
                curve.push((ax + aw * at, ay - ah * (0.06 + 0.84 * at * at * (1.0 + 0.12 * (at * 15.0).sin()))));
            }
        }
        brush.line(&curve, 0.9, Paint::from(lighter(s.look.pop, 0.25)));
        let (cx, cy, radius) = (x + bw * 0.62, y + bh * 0.36, bh * 0.22);
        brush.arc((cx, cy), radius, (0.0, shown(1.2)), 0.5, chalk);
        let corner = |turn: f32| {
            let (sine, cosine) = (turn * std::f32::consts::TAU).sin_cos();
            (cx + radius * sine, cy - radius * cosine)
        };
        if shown(2.2) > 0.1 {
            for side in 0..3_u8 {
                let (from, to) = (corner(f32::from(side) / 3.0), corner(f32::from(side + 1) / 3.0));
                let share = shown(2.2);
                brush.line(
                    &[from, (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)],
                    0.6,
                    Paint::from(lighter(s.look.second, 0.3)),
                );
            }
        }
        for row in 0..4_u8 {
            let share = shown(3.0 + 0.7 * f32::from(row));
            let long = bw * (0.2 + 0.1 * hash(s.seed, row.into())) * share;
            brush.line(
                &[
                    (x + bw * 0.54, y + bh * (0.68 + 0.07 * f32::from(row))),
                    (x + bw * 0.54 + long, y + bh * (0.68 + 0.07 * f32::from(row))),
                ],
                0.7,
                chalk,
            );
        }
        let (px, py) = (x + bw * 0.88, y + bh * 0.3);
        let turn = s.t * 0.1;
        for ring in 0..3_u8 {
            brush.turned(px, py, f32::from(ring) * 1.05 + turn, |brush| {
                brush.within(Affine::scaled(1.0, 0.36), |brush| {
                    brush.arc((0.0, 0.0), 8.0, (0.0, 1.0), 0.5, Paint::from([0xf4, 0xf4, 0xec]).alpha(0.8));
                });
            });
        }
        brush.circle(px, py, 1.5, s.look.pop);
        brush.rect(x, y + bh + 2.0, bw, 1.8, s.lit([0xa8, 0x7c, 0x50]));
    });
    s.view.layer(brush, 1.1, |brush| {
        for head in 0..7_u64 {
            let x = w * (head as f32 + 0.5) / 7.0 + 1.2 * drift(s.t, hash(s.seed, head));
            let y = h * (0.87 + 0.03 * hash(s.seed, head));
            let at = usize::try_from(head).unwrap_or(0);
            let hair = [[0x2a, 0x20, 0x1e], [0x6a, 0x44, 0x2a], [0xb0, 0x80, 0x48], [0x40, 0x2c, 0x22]][at % 4];
            if head == 2 || (head == 5 && sway(s.t, 0.1, 0.0) > 0.0) {
                brush.line(&[(x + 7.0, y + 9.0), (x + 9.0, y - 16.0 + sway(s.t, 0.5, 0.0))], 3.4, s.lit(SKINS[at % 5]));
            }
            brush.round_rect([x - 9.0, y + 5.0, 18.0, 20.0], 7.0, s.lit(s.look.turn(at)));
            brush.circle(x, y, 5.8, s.lit(SKINS[at % 5]));
            brush.ellipse(x, y - 1.4, 6.2, 5.6, s.lit(hair));
        }
    });
}

/// A book whose pages turn, and what rises from it.
pub(super) fn open_book(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(s.look.lead, s.look.deep, if s.look.is_dark { 0.6 } else { 0.15 });
    wall(brush, base, (w * 0.5, h * 0.5));
    bokeh(brush, s, [0.0, 0.0, w, h], 16, 0.22);
    s.view.layer(brush, 0.9, |brush| {
        let (x, y, half) = (w * 0.5, h * 0.72, w.min(120.0) * 0.3);
        brush.glow(x, y - 12.0, 52.0, mix([0xff, 0xf0, 0xc0], s.look.pop, 0.2), 0.6);
        brush.ellipse(x, y + 9.0, half * 1.15, 6.0, Paint::from([0, 0, 0]).alpha(0.3));
        let paper = mix([0xfb, 0xf7, 0xec], s.look.pale, 0.3);
        for side in [-1.0_f32, 1.0] {
            brush.path(
                &Path::new()
                    .to(x, y + 8.0)
                    .quad((x + side * half * 0.5, y + 2.0), (x + side * half * 1.05, y + 7.0))
                    .to(x + side * half * 1.1, y + 9.6)
                    .quad((x + side * half * 0.5, y + 5.0), (x, y + 11.0)),
                s.look.pop,
            );
            brush.path(
                &Path::new()
                    .to(x, y + 7.0)
                    .quad((x + side * half * 0.5, y - 1.0), (x + side * half, y + 5.0))
                    .to(x + side * half * 0.86, y - 9.0)
                    .quad((x + side * half * 0.44, y - 14.0), (x, y - 8.0)),
                Paint::along((x, 0.0), darker(paper, 0.14), (x + side * half, 0.0), paper),
            );
            for line in 0..5_u8 {
                let dy = -7.6 + 2.6 * f32::from(line);
                brush.curve(
                    &[
                        (x + side * half * 0.14, y + dy),
                        (x + side * half * 0.5, y + dy - 3.4),
                        (x + side * half * 0.84, y + dy - 1.0),
                    ],
                    0.45,
                    Paint::from(s.look.deep).alpha(0.45),
                );
            }
        }
        let flip = wrap(s.t * 0.4, 1.0);
        let reach = (flip * std::f32::consts::PI).cos();
        let lift = (flip * std::f32::consts::PI).sin() * 17.0;
        brush.path(
            &Path::new()
                .to(x, y + 7.0)
                .quad((x + reach * half * 0.5, y - lift * 0.8), (x + reach * half, y + 5.0 - lift))
                .to(x + reach * half * 0.86, y - 9.0 - lift)
                .quad((x + reach * half * 0.44, y - 13.0 - lift), (x, y - 8.0)),
            Paint::from(darker(paper, 0.05)).alpha(0.95),
        );
        for thing in 0..7_u64 {
            let share = wrap(s.t * 0.11 + thing as f32 / 7.0, 1.0);
            let (tx, ty) = (
                x + (hash(s.seed, thing) - 0.5) * half * 1.9 * (0.3 + share)
                    + 2.0 * sway(s.t, 0.2, hash(s.seed, thing)),
                y - 14.0 - h * 0.55 * share,
            );
            let fade = (share * std::f32::consts::PI).sin();
            let colour = lighter(s.look.turn(usize::try_from(thing).unwrap_or(0) + 1), 0.15);
            let size = 3.4 + 2.0 * hash(s.seed, thing + 5);
            brush.faded(fade, |brush| {
                brush.turned(tx, ty, 0.4 * sway(s.t, 0.15, hash(s.seed, thing)), |brush| match thing % 5 {
                    0 => sparkle(brush, (0.0, 0.0), size, colour),
                    1 => brush.poly(&[(0.0, -size), (size, size * 0.8), (-size, size * 0.8)], colour),
                    2 => {
                        brush.circle(0.0, 0.0, size * 0.7, colour);
                        brush.within(Affine::scaled(1.0, 0.35), |brush| {
                            brush.arc((0.0, 0.0), size * 1.2, (0.0, 1.0), 0.7, lighter(colour, 0.4));
                        });
                    }
                    3 => brush.arc((0.0, 0.0), size * 0.8, (0.0, 1.0), 1.0, colour),
                    _ => {
                        brush.circle(0.0, -size * 0.3, size * 0.62, colour);
                        brush.rect(-size * 0.26, size * 0.3, size * 0.52, size * 0.4, lighter(colour, 0.4));
                    }
                });
            });
        }
    });
    if s.seed.is_multiple_of(5) {
        cloud(brush, s, (w * 0.2, h * 0.16), 6.0);
    }
}

/// A wall of books, and somebody's lamp.
pub(super) fn library(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let wood = s.lit(mix([0x6c, 0x4a, 0x32], s.look.deep, 0.2));
    wall(brush, wood, (w * 0.5, h * 0.3));
    s.view.layer(brush, 0.6, |brush| {
        let high = (h / 5.4).min(19.0);
        let mut row = 0_u64;
        while high * (row as f32 + 1.0) < h * 0.86 {
            let y = high * (row as f32 + 1.0);
            brush.rect(-16.0, y - high, w + 32.0, high, darker(wood, 0.3));
            shelf(brush, s, (-14.0, y), w + 28.0, high * 0.86, s.seed ^ (row * 77 + 5));
            row += 1;
        }
        for upright in 0..4_u8 {
            brush.rect(w * (0.02 + 0.32 * f32::from(upright)) - 1.0, -16.0, 2.4, h * 0.9, lighter(wood, 0.06));
        }
    });
    s.view.layer(brush, 0.95, |brush| {
        table(brush, h * 0.84, s.lit([0x9a, 0x6c, 0x46]));
        lamp(brush, s, (w * 0.8, h * 0.9), h.min(120.0) * 0.36);
        let mut y = h * 0.92;
        for (number, wide) in [26.0, 22.0, 24.0, 18.0].into_iter().enumerate() {
            brush.round_rect(
                [w * 0.3 - wide / 2.0 + 2.0 * hash(s.seed, number as u64), y - 4.2, wide, 4.0],
                0.8,
                s.look.turn(number),
            );
            y -= 4.2;
        }
        sparkle(brush, (w * 0.3, y - 6.0), 2.0 + 1.2 * sway(s.t, 0.4, 0.0), [0xff, 0xf4, 0xd8]);
    });
}

/// A lump that smokes in a bowl, and those who have built it.
pub(super) fn experiment(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(s.look.pale, s.look.lead, if s.look.is_dark { 0.6 } else { 0.3 });
    wall(brush, base, (w * 0.5, h * 0.2));
    s.view.layer(brush, 0.4, |brush| {
        brush.round_rect([w * 0.3, h * 0.05, w * 0.4, h * 0.3], 1.4, mix([0x26, 0x4c, 0x44], s.look.deep, 0.4));
        let chalk = Paint::from([0xf4, 0xf4, 0xec]).alpha(0.8);
        brush.circle(w * 0.38, h * 0.2, 2.6, chalk);
        for ray in [-3.0_f32, 0.0, 3.0] {
            brush.line(&[(w * 0.4, h * 0.2), (w * 0.52, h * 0.17 + ray)], 0.5, chalk);
        }
        brush.curve(&[(w * 0.4, h * 0.21), (w * 0.5, h * 0.25), (w * 0.57, h * 0.32)], 0.5, chalk);
        shelf(brush, s, (w * 0.02, h * 0.24), w * 0.22, 8.0, s.seed);
        shelf(brush, s, (w * 0.76, h * 0.24), w * 0.22, 8.0, s.seed ^ 4);
    });
    let count: usize = if w > h { 3 } else { 2 };
    for (number, look) in LOOKS
        .iter()
        .cycle()
        .skip(usize::try_from(s.seed % 9).unwrap_or(0))
        .filter(|look| look.can_be_young())
        .take(count)
        .enumerate()
    {
        let pose = Pose::idle(s.seed ^ number as u64, s.t + 2.0 * number as f32);
        let at = (number as f32 + 0.5) / count as f32;
        s.view.layer(brush, 0.75, |brush| {
            brush.at(w * (0.06 + 0.88 * at), h * 0.5, 0.74, |brush| {
                person::paint_child(brush, look, &pose, s.look, 1.0);
            });
        });
    }
    s.view.layer(brush, 1.0, |brush| {
        let level = h * 0.72;
        table(brush, level, s.lit([0x9a, 0x78, 0x5c]));
        let (x, y) = (w * 0.5, h * 0.8);
        let steel = [0xc8, 0xcc, 0xd4];
        brush.ellipse(x, y + 3.0, 30.0, 4.0, Paint::from([0, 0, 0]).alpha(0.28));
        let rock = mix([0x4a, 0x46, 0x50], s.look.deep, 0.2);
        brush.path(
            &Path::smooth(&[
                (x - 17.0, y - 11.0),
                (x - 12.0, y - 21.0),
                (x - 2.0, y - 19.0),
                (x + 7.0, y - 24.0),
                (x + 16.0, y - 16.0),
                (x + 17.0, y - 8.0),
                (x, y - 4.0),
            ]),
            Paint::along((x - 14.0, y - 22.0), lighter(rock, 0.35), (x + 14.0, y), darker(rock, 0.3)),
        );
        for patch in 0..5_u64 {
            brush.ellipse(
                x - 10.0 + 5.0 * patch as f32,
                y - 17.0 + 6.0 * hash(s.seed, patch),
                2.2,
                1.2,
                [0xec, 0xf4, 0xff],
            );
        }
        brush.path(
            &Path::new()
                .to(x - 25.0, y - 12.0)
                .cubic((x - 23.0, y + 5.0), (x + 23.0, y + 5.0), (x + 25.0, y - 12.0))
                .quad((x, y - 5.0), (x - 25.0, y - 12.0)),
            Paint::along((x - 25.0, 0.0), lighter(steel, 0.35), (x + 25.0, 0.0), darker(steel, 0.35)),
        );
        // Cold fog pours over the rim and along the table.
        for puff in 0..20_u64 {
            let share = wrap(s.t * 0.16 + hash(s.seed, puff), 1.0);
            let side = if puff % 2 == 0 { -1.0 } else { 1.0 };
            let out = 10.0 + 46.0 * share * (0.5 + 0.5 * hash(s.seed, puff + 30));
            let fall = y - 13.0 - 5.0 * (share * std::f32::consts::PI).sin() + 19.0 * share * share;
            brush.ellipse(
                x + side * out,
                fall,
                5.0 + 9.0 * share,
                3.0 + 3.0 * share,
                Paint::from([0xf4, 0xf8, 0xff]).alpha(0.42 * (1.0 - share)),
            );
        }
    });
}
