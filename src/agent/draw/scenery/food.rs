//! Food: a bowl, a board, a café.

use super::rooms::{bokeh, shelf, steam, table};
use super::{Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{hash, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;

fn is_bakery(s: &Scenery<'_>) -> bool {
    // A soup may be served with bread; that makes no bakery.
    s.names("bread loaf loaves toast~") && !s.names("chop~ onion~ garlic")
        || s.is_about("baker~ bäcker~ sourdough pastr~ loaf loaves dough")
}

pub(super) fn kitchen_wall(brush: &mut Brush<'_>, s: &Scenery<'_>, level: f32) {
    let (w, h) = (brush.w, brush.h);
    let tile = mix(s.lit([0xe8, 0xe0, 0xd2]), s.look.lead, 0.14);
    wall(brush, tile, (w * 0.5, h * 0.25));
    s.view.layer(brush, 0.3, |brush| {
        for row in 0..20_u8 {
            let y = f32::from(row) * 7.0 - 4.0;
            if y < level {
                brush.line(&[(-16.0, y), (w + 16.0, y)], 0.3, Paint::from(darker(tile, 0.25)).alpha(0.5));
                for column in 0..30_u8 {
                    let x = f32::from(column) * 10.0 - 16.0 + if row % 2 == 0 { 0.0 } else { 5.0 };
                    if x < w + 16.0 {
                        brush.line(&[(x, y), (x, y + 7.0)], 0.3, Paint::from(darker(tile, 0.25)).alpha(0.5));
                    }
                }
            }
        }
        shelf(brush, s, (w * 0.06, h * 0.26), w * 0.3, 9.0, s.seed);
        shelf(brush, s, (w * 0.64, h * 0.2), w * 0.32, 9.0, s.seed ^ 5);
        for pan in 0..4_u8 {
            let x = w * 0.42 + 7.0 * f32::from(pan);
            let swing = 0.03 * sway(s.t, 0.3, f32::from(pan) * 0.2);
            brush.turned(x, h * 0.08, swing, |brush| {
                brush.line(&[(0.0, 0.0), (0.0, 9.0)], 0.8, darker(s.look.deep, 0.1));
                brush.circle(0.0, 11.5, 3.4, mix(s.look.pop, [0x8c, 0x5a, 0x34], 0.4));
                brush.circle(0.0, 11.5, 2.6, mix(s.look.pop, [0x6a, 0x40, 0x28], 0.5));
            });
        }
        brush.rect(w * 0.4, h * 0.07, 29.0, 0.8, darker(s.look.deep, 0.2));
    });
}

pub(super) fn bowl(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.62;
    kitchen_wall(brush, s, level);
    s.view.layer(brush, 0.9, |brush| {
        table(brush, level, s.lit([0x9a, 0x6a, 0x44]));
        let (x, y) = (w * 0.5, h * 0.8);
        steam(brush, s, (x, y - 22.0), 30.0);
        brush.ellipse(x, y + 3.0, 33.0, 6.0, Paint::from([0, 0, 0]).alpha(0.3));
        let china = china(s);
        brush.path(
            &Path::new().to(x - 29.0, y - 18.0).cubic((x - 27.0, y + 2.0), (x - 14.0, y + 4.0), (x, y + 4.0)).cubic(
                (x + 14.0, y + 4.0),
                (x + 27.0, y + 2.0),
                (x + 29.0, y - 18.0),
            ),
            Paint::along((x - 29.0, 0.0), lighter(china, 0.2), (x + 29.0, 0.0), darker(china, 0.3)),
        );
        brush.ellipse(x, y - 18.0, 29.0, 7.2, lighter(china, 0.25));
        brush.ellipse(x, y - 17.6, 26.6, 6.0, s.lit([0xc8, 0x6a, 0x34]));
        for number in 0..20_u64 {
            let (sine, cosine) = (hash(s.seed, number) * std::f32::consts::TAU + s.t * 0.05).sin_cos();
            let radius = 23.0 * hash(s.seed, number + 40).sqrt();
            let colour = [[0x5c, 0x9a, 0x40], [0xf0, 0xd8, 0x8c], [0xd8, 0x48, 0x34], [0xf6, 0xf0, 0xdc]]
                [usize::try_from(number).unwrap_or(0) % 4];
            brush.ellipse(x + cosine * radius, y - 18.0 + sine * radius * 0.2, 2.4, 1.3, s.lit(colour));
        }
        brush.rect(x - 22.0, y - 8.0, 44.0, 1.2, Paint::from(s.look.pop).alpha(0.8));
        fruit(brush, s, (w * 0.14, h * 0.82), 6.0, [0xd8, 0x3c, 0x34]);
        fruit(brush, s, (w * 0.2, h * 0.87), 7.0, [0xe8, 0x5a, 0x3c]);
        fruit(brush, s, (w * 0.86, h * 0.84), 6.6, [0xf0, 0xb8, 0x34]);
    });
}

/// The colour of bowls: blue where a blue bowl is asked for.
pub(super) fn china(s: &Scenery<'_>) -> Rgb {
    s.lit(if s.is_about("blue") { [0x3c, 0x6c, 0xb4] } else { mix(s.look.lead, [0xf0, 0xec, 0xe4], 0.2) })
}

pub(super) fn fruit(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, radius: f32, colour: Rgb) {
    let colour = s.lit(colour);
    brush.ellipse(x, y + radius * 0.9, radius * 1.1, radius * 0.24, Paint::from([0, 0, 0]).alpha(0.3));
    brush.circle(
        x,
        y,
        radius,
        Paint::around((x - radius * 0.35, y - radius * 0.4), radius * 1.6, lighter(colour, 0.35), darker(colour, 0.25)),
    );
    brush.path(
        &Path::new()
            .to(x, y - radius * 0.9)
            .quad((x + radius * 0.2, y - radius * 1.6), (x + radius * 0.9, y - radius * 1.4))
            .quad((x + radius * 0.6, y - radius * 0.9), (x, y - radius * 0.9)),
        s.lit([0x4c, 0x8a, 0x3c]),
    );
}

/// A board from above, a knife that cuts.
pub(super) fn board(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(s.lit([0xd8, 0xcc, 0xb8]), s.look.lead, 0.25);
    wall(brush, base, (w * 0.4, h * 0.3));
    s.view.layer(brush, 1.0, |brush| {
        let (bw, bh) = ((w * 0.66).min(120.0), (h * 0.6).min(66.0));
        let (x, y) = ((w - bw) / 2.0, (h * 0.9 - bh) / 2.0);
        let wood = s.lit([0xb8, 0x80, 0x4c]);
        brush.round_rect([x + 1.5, y + 2.5, bw, bh], 4.0, Paint::from([0, 0, 0]).alpha(0.3));
        brush.round_rect(
            [x, y, bw, bh],
            4.0,
            Paint::along((x, y), lighter(wood, 0.15), (x + bw, y + bh), darker(wood, 0.1)),
        );
        for grain in 0..7_u8 {
            let gy = y + bh * (0.1 + 0.125 * f32::from(grain));
            brush.curve(
                &[(x + 3.0, gy), (x + bw * 0.4, gy + 1.4), (x + bw - 3.0, gy - 0.6)],
                0.3,
                Paint::from(darker(wood, 0.35)).alpha(0.5),
            );
        }
        let cut = wrap(s.t * 0.8, 8.0);
        let done = cut.floor();
        for slice in 0..8_u8 {
            let at = f32::from(slice);
            let moved = if at < done { 5.0 + at * 1.4 } else { 0.0 };
            let sx = x + bw * 0.3 + at * 4.6 - moved;
            let colour = s.lit(if is_bakery(s) { [0xc8, 0x8c, 0x4c] } else { [0xe8, 0x70, 0x2c] });
            brush.ellipse(sx, y + bh * 0.55, 3.2, 7.2, darker(colour, 0.2));
            brush.ellipse(
                sx - 0.7,
                y + bh * 0.55,
                2.7,
                6.6,
                Paint::around((sx, y + bh * 0.55), 8.0, lighter(colour, 0.3), colour),
            );
        }
        let down = (cut.fract() * std::f32::consts::TAU).cos() * 3.0;
        let kx = x + bw * 0.32 + done * 4.6;
        brush.turned(kx, y + bh * 0.44 + down, 1.42, |brush| {
            brush.path(
                &Path::new().to(-20.0, -2.4).to(16.0, -2.4).quad((22.0, 0.0), (14.0, 3.4)).to(-20.0, 3.0),
                Paint::down(-2.4, [0xf2, 0xf4, 0xf6], 3.4, [0xa8, 0xb0, 0xba]),
            );
            brush.round_rect([-38.0, -2.6, 19.0, 4.6], 1.6, darker(s.look.deep, 0.1));
        });
        for leaf in 0..7_u64 {
            let (lx, ly) = (x + bw * (0.66 + 0.26 * hash(s.seed, leaf)), y + bh * (0.2 + 0.6 * hash(s.seed, leaf + 9)));
            brush.turned(lx, ly, hash(s.seed, leaf + 19) * 6.0 + 0.06 * sway(s.t, 0.2, hash(s.seed, leaf)), |brush| {
                brush.path(
                    &Path::new().to(-6.0, 0.0).quad((0.0, -5.0), (6.0, 0.0)).quad((0.0, 5.0), (-6.0, 0.0)),
                    s.lit(if is_bakery(s) { [0xd8, 0xa8, 0x48] } else { [0x52, 0x96, 0x44] }),
                );
                brush.line(&[(-5.0, 0.0), (5.0, 0.0)], 0.3, s.lit([0x88, 0xc0, 0x6c]));
            });
        }
        for number in 0..5_u64 {
            let (fx, fy) = if number < 3 {
                (x - 9.0 + 5.0 * hash(s.seed, number), y + bh * (0.15 + 0.3 * number as f32))
            } else {
                (x + bw + 6.0, y + bh * (0.2 + 0.35 * (number - 3) as f32))
            };
            let colour = s.lit(if is_bakery(s) { [0xb8, 0x7c, 0x40] } else { [0xd8, 0x34, 0x30] });
            brush.circle(
                fx,
                fy,
                5.6,
                Paint::around((fx - 2.0, fy - 2.0), 9.0, lighter(colour, 0.35), darker(colour, 0.2)),
            );
            brush.circle(fx, fy, 1.3, s.lit([0x4c, 0x86, 0x38]));
        }
    });
}

/// Coffee and cake by a window full of lights.
pub(super) fn cafe(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(s.lit([0x6a, 0x4a, 0x38]), s.look.lead, 0.3);
    wall(brush, base, (w * 0.3, h * 0.2));
    bokeh(brush, s, [0.0, 0.0, w, h * 0.6], 24, 0.4);
    s.view.layer(brush, 0.9, |brush| {
        table(brush, h * 0.66, s.lit([0x7c, 0x50, 0x34]));
        let (x, y) = (w * 0.38, h * 0.84);
        let china = s.lit(mix([0xf8, 0xf4, 0xec], s.look.pale, 0.3));
        brush.ellipse(x, y + 2.0, 27.0, 5.4, Paint::from([0, 0, 0]).alpha(0.3));
        brush.ellipse(x, y, 26.0, 5.0, darker(china, 0.08));
        brush.ellipse(x, y - 0.8, 20.0, 3.4, lighter(china, 0.3));
        brush.arc((x + 18.0, y - 16.0), 6.6, (0.0, 0.52), 2.4, darker(china, 0.12));
        brush.path(
            &Path::new().to(x - 17.0, y - 27.0).cubic((x - 16.0, y - 8.0), (x - 10.0, y - 1.0), (x, y - 1.0)).cubic(
                (x + 10.0, y - 1.0),
                (x + 16.0, y - 8.0),
                (x + 17.0, y - 27.0),
            ),
            Paint::along((x - 17.0, 0.0), lighter(china, 0.3), (x + 17.0, 0.0), darker(china, 0.25)),
        );
        brush.rect(x - 16.2, y - 18.0, 32.4, 2.0, Paint::from(s.look.lead).alpha(0.9));
        brush.ellipse(x, y - 27.0, 17.0, 4.2, lighter(china, 0.4));
        brush.ellipse(x, y - 26.8, 15.2, 3.4, [0x5a, 0x34, 0x20]);
        brush.ellipse(x + 0.8 * sway(s.t, 0.15, 0.0), y - 26.8, 8.0, 1.8, [0xd8, 0xb0, 0x84]);
        brush.ellipse(x + 0.8 * sway(s.t, 0.15, 0.0), y - 26.7, 4.0, 0.9, [0x7c, 0x4c, 0x2c]);
        steam(brush, s, (x, y - 30.0), 28.0);
        let (cx, cy) = (w * 0.74, h * 0.86);
        brush.ellipse(cx, cy + 1.6, 24.0, 5.0, Paint::from([0, 0, 0]).alpha(0.3));
        brush.ellipse(cx, cy, 23.0, 4.4, china);
        let sponge = s.lit([0xe4, 0xb4, 0x70]);
        for layer in 0..3_u8 {
            let top = cy - 6.4 - 5.4 * f32::from(layer);
            brush.poly(
                &[(cx - 14.0, top + 1.0), (cx + 15.0, top - 1.0), (cx + 15.0, top + 3.6), (cx - 14.0, top + 5.4)],
                darker(sponge, 0.06 * f32::from(layer)),
            );
            brush.poly(
                &[(cx - 14.0, top + 1.0), (cx + 15.0, top - 1.0), (cx + 15.0, top + 0.4), (cx - 14.0, top + 2.4)],
                s.lit(if layer == 2 { s.look.pop } else { [0xfb, 0xf2, 0xe2] }),
            );
        }
        brush.circle(cx + 2.0, cy - 21.4, 3.4, s.lit([0xd8, 0x2c, 0x3c]));
        brush.circle(cx + 1.0, cy - 22.4, 1.0, Paint::from([0xff; 3]).alpha(0.6));
    });
}

/// A pot on the stove, a spoon that stirs.
pub(super) fn pot(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.66;
    kitchen_wall(brush, s, level);
    s.view.layer(brush, 0.5, |brush| {
        let rail = h * 0.14;
        brush.rect(-16.0, rail, w + 32.0, 0.8, s.lit([0x6a, 0x5c, 0x50]));
        for (number, at) in [0.14, 0.26, 0.8, 0.9].into_iter().enumerate() {
            let x = w * at;
            brush.turned(x, rail, 0.03 * sway(s.t, 0.2, at), |brush| {
                let metal = s.lit(mix([0xb8, 0x74, 0x48], s.look.turn(number), 0.3));
                brush.line(&[(0.0, 0.0), (0.0, 13.0)], 1.0, darker(metal, 0.2));
                brush.ellipse(0.0, 15.0, 3.4, 4.2, metal);
            });
        }
    });
    s.view.layer(brush, 0.9, |brush| {
        brush.rect(
            -16.0,
            level,
            w + 32.0,
            h,
            Paint::down(level, s.lit([0x58, 0x58, 0x5e]), h, s.lit([0x30, 0x30, 0x36])),
        );
        brush.rect(-16.0, level, w + 32.0, 1.0, s.lit([0x8c, 0x8c, 0x92]));
        let size = w.min(h) / 100.0;
        let (x, y) = (w * 0.5, h * 0.86);
        for flame in 0..9_u8 {
            let at = x + (f32::from(flame) - 4.0) * 5.4 * size;
            let tall = (4.6 + 1.2 * sway(s.t, 2.2, f32::from(flame) * 0.37)) * size;
            brush.poly(
                &[(at - 1.6 * size, y + 3.0 * size), (at, y + 3.0 * size - tall), (at + 1.6 * size, y + 3.0 * size)],
                [0x6c, 0xb8, 0xff],
            );
        }
        brush.round_rect([x - 30.0 * size, y + 2.4 * size, 60.0 * size, 2.4 * size], size, s.lit([0x1c, 0x1c, 0x20]));
        steam(brush, s, (x, y - 36.0 * size), 34.0 * size);
        let copper = s.lit(mix([0xc8, 0x7c, 0x4a], s.look.lead, 0.35));
        for side in [-1.0_f32, 1.0] {
            brush.round_rect(
                [x + side * 33.0 * size - 5.0 * size, y - 24.0 * size, 10.0 * size, 3.4 * size],
                1.6 * size,
                darker(copper, 0.35),
            );
        }
        brush.round_rect(
            [x - 30.0 * size, y - 32.0 * size, 60.0 * size, 33.0 * size],
            4.0 * size,
            Paint::along((x - 30.0 * size, 0.0), lighter(copper, 0.25), (x + 30.0 * size, 0.0), darker(copper, 0.35))
                .via(0.35, copper),
        );
        brush.ellipse(x, y - 32.0 * size, 30.0 * size, 6.4 * size, darker(copper, 0.2));
        brush.ellipse(x, y - 31.4 * size, 27.6 * size, 5.2 * size, s.lit([0xd0, 0x70, 0x34]));
        for bubble in 0..9_u64 {
            let share = wrap(s.t * 0.7 + hash(s.seed, bubble), 1.0);
            let (bx, by) = (
                x + 44.0 * size * (hash(s.seed, bubble + 9) - 0.5),
                y - 31.4 * size + 5.0 * size * (hash(s.seed, bubble + 19) - 0.5),
            );
            brush.ellipse(
                bx,
                by,
                1.9 * size * share,
                0.9 * size * share,
                Paint::from(s.lit([0xf4, 0xb0, 0x70])).alpha(1.0 - share),
            );
        }
        let turn = s.t * 1.5;
        let dip = (x + 13.0 * size * turn.cos(), y - 31.0 * size + 2.6 * size * turn.sin());
        brush.line(
            &[dip, (dip.0 * 0.4 + (x + 26.0 * size) * 0.6, y - 62.0 * size)],
            2.2 * size,
            s.lit([0xb4, 0x82, 0x52]),
        );
        fruit(brush, s, (x - 48.0 * size, y + 2.0 * size), 6.0 * size, [0xf0, 0xc8, 0x3c]);
        fruit(brush, s, (x + 48.0 * size, y + 3.0 * size), 5.4 * size, [0xd8, 0x3c, 0x34]);
    });
}
