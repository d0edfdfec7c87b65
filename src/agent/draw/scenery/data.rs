//! Data: a dashboard, a network, a field of columns.

use super::{Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{drift, hash, ridge, settle, smooth, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};

fn dark(s: &Scenery<'_>) -> Rgb {
    mix(s.look.deep, [0x08, 0x0c, 0x1c], 0.4)
}

pub(super) fn dashboard(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let ground = if s.look.is_dark { dark(s) } else { mix(s.look.pale, s.look.lead, 0.14) };
    let (card, ink) =
        if s.look.is_dark { (mix(ground, s.look.lead, 0.22), [0xf4; 3]) } else { ([0xff; 3], s.look.deep) };
    wall(brush, ground, (w * 0.3, h * 0.1));
    let time = wrap(s.t, 12.0);
    s.view.layer(brush, 0.8, |brush| {
        let gap = 3.0;
        let (x, y, bw, bh) = (w * 0.06, h * 0.07, w * 0.88, h * 0.84);
        let is_upright = h > w;
        let cells: [[f32; 4]; 4] = if is_upright {
            let row = (bh - gap * 3.0) / 4.0;
            [0.0, 1.0, 2.0, 3.0].map(|number: f32| [x, y + (row + gap) * number, bw, row])
        } else {
            let (big, small) = (bw * 0.6, bw * 0.4 - gap);
            [
                [x, y, big, bh * 0.58],
                [x + big + gap, y, small, bh * 0.58],
                [x, y + bh * 0.58 + gap, bw * 0.34, bh * 0.42 - gap],
                [x + bw * 0.34 + gap, y + bh * 0.58 + gap, bw * 0.66 - gap, bh * 0.42 - gap],
            ]
        };
        for (number, [x, y, w, h]) in cells.into_iter().enumerate() {
            brush.round_rect([x + 0.6, y + 1.2, w, h], 2.4, Paint::from([0, 0, 0]).alpha(0.14));
            brush.round_rect([x, y, w, h], 2.4, card);
            brush.round_rect([x + 3.0, y + 3.0, w * 0.3, 1.6], 0.8, mix(ink, card, 0.5));
            let [px, py, pw, ph] = [x + 4.0, y + 8.0, w - 8.0, h - 12.0];
            match number {
                0 => {
                    for row in 0..5_u8 {
                        let at = py + ph * f32::from(row) / 4.0;
                        brush.line(&[(px, at), (px + pw, at)], 0.2, Paint::from(ink).alpha(0.15));
                    }
                    let shown = settle(time / 2.5);
                    let value =
                        |share: f32| py + ph * (0.78 - 0.6 * share + 0.16 * ridge(s.seed, share * 9.0 + s.t * 0.06));
                    let mut points: Vec<Point> = Vec::new();
                    for step in 0..=40_u8 {
                        let share = f32::from(step) / 40.0;
                        if share <= shown.max(0.03) {
                            points.push((px + pw * share, value(share)));
                        }
                    }
                    let last = points.last().copied().unwrap_or((px, py));
                    let mut area = points.clone();
                    area.extend([(last.0, py + ph), (px, py + ph)]);
                    brush.poly(&area, Paint::down(py, s.look.lead, py + ph, s.look.lead).fading([0.5, 0.25, 0.05]));
                    brush.line(&points, 1.1, s.look.lead);
                    brush.glow(last.0, last.1, 6.0, s.look.pop, 0.7);
                    brush.circle(last.0, last.1, 1.5, s.look.pop);
                }
                1 => {
                    let (cx, cy, radius) = (px + pw / 2.0, py + ph / 2.0, pw.min(ph) * 0.36);
                    let mut from = 0.0;
                    for (part, share) in [0.42, 0.27, 0.19, 0.12].into_iter().enumerate() {
                        let to = from + share * settle(time / 2.0);
                        brush.arc(
                            (cx, cy),
                            radius,
                            (from + 0.008, to - 0.008),
                            radius * 0.34,
                            if part == 3 { mix(ink, card, 0.7) } else { s.look.turn(part) },
                        );
                        from = to;
                    }
                    brush.circle(
                        cx,
                        cy,
                        radius * 0.3,
                        Paint::from(s.look.lead).alpha(0.16 + 0.06 * sway(s.t, 0.4, 0.0)),
                    );
                }
                2 => {
                    for row in 0..4_u8 {
                        let at = py + ph * (f32::from(row) + 0.3) / 4.0;
                        let long =
                            pw * (0.35 + 0.6 * hash(s.seed, row.into())) * settle((time - 0.3 * f32::from(row)) / 1.4);
                        brush.round_rect([px, at, pw, ph * 0.1], ph * 0.05, mix(ink, card, 0.88));
                        brush.round_rect([px, at, long, ph * 0.1], ph * 0.05, s.look.turn(row.into()));
                    }
                }
                _ => {
                    for bar in 0..14_u8 {
                        let share = f32::from(bar) / 14.0;
                        let tall = ph
                            * (0.2
                                + 0.5 * share
                                + 0.24 * hash(s.seed, u64::from(bar) + 40)
                                + 0.05 * sway(s.t, 0.35, share))
                            * settle((time - 0.08 * f32::from(bar)) / 1.2);
                        brush.round_rect(
                            [px + pw * share, py + ph - tall, pw / 14.0 * 0.62, tall],
                            0.6,
                            if bar % 5 == 4 { s.look.pop } else { mix(s.look.lead, card, 0.25) },
                        );
                    }
                }
            }
        }
    });
}

/// Points that find each other, and what runs between them.
pub(super) fn network(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    wall(brush, mix(dark(s), s.look.lead, 0.25), (w * 0.5, h * 0.45));
    let point = |number: u64| -> Point {
        (
            w * (0.04 + 0.92 * hash(s.seed, number)) + 5.0 * drift(s.t * 0.8, hash(s.seed, number + 300)),
            h * (0.06 + 0.86 * hash(s.seed, number + 100)) + 5.0 * drift(s.t * 0.7, hash(s.seed, number + 400)),
        )
    };
    s.view.layer(brush, 0.8, |brush| {
        let points: Vec<Point> = (0..34).map(point).collect();
        for (one, from) in points.iter().enumerate() {
            for (other, to) in points.iter().enumerate().skip(one + 1) {
                let far = (from.0 - to.0).hypot(from.1 - to.1);
                if far < 27.0 {
                    brush.line(
                        &[*from, *to],
                        0.3,
                        Paint::from(lighter(s.look.lead, 0.4)).alpha((1.0 - far / 27.0) * 0.8),
                    );
                    if (one + other) % 5 == 0 {
                        let share = wrap(s.t * 0.5 + hash(s.seed, (one * 40 + other) as u64), 1.0);
                        brush.circle(
                            from.0 + (to.0 - from.0) * share,
                            from.1 + (to.1 - from.1) * share,
                            0.7,
                            s.look.pop,
                        );
                    }
                }
            }
        }
        for (number, (x, y)) in points.iter().enumerate() {
            let radius = 0.9 + 2.0 * hash(s.seed, number as u64 + 200).powi(2);
            let colour = s.look.turn(number);
            brush.glow(*x, *y, radius * 4.0, colour, 0.5 + 0.2 * sway(s.t, 0.4, hash(s.seed, number as u64)));
            brush.circle(*x, *y, radius, lighter(colour, 0.35));
        }
    });
}

/// A field of columns that rise and fall like waves.
pub(super) fn landscape(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    wall(brush, mix(dark(s), s.look.lead, 0.2), (w * 0.5, h * 0.3));
    for row in 0..9_u8 {
        let near = f32::from(row) / 8.0;
        let y = h * (0.38 + 0.6 * near * near + 0.08 * near);
        let step = 3.2 + 5.4 * near;
        s.view.layer(brush, 0.4 + 0.6 * near, |brush| {
            let half = (w / 2.0 / step).ceil() + 3.0;
            let mut column = -half;
            while column <= half {
                let x = w / 2.0 + column * step;
                let wave = 0.5
                    + 0.5
                        * (ridge(s.seed, column * 0.33 + s.t * 0.22) * 0.7
                            + 0.3 * sway(s.t, 0.14, f32::from(row) * 0.13 + column * 0.05));
                let tall = (4.0 + 26.0 * smooth(wave)) * (0.35 + 0.65 * near);
                let colour = mix(mix(s.look.lead, dark(s), 0.55 - 0.5 * near), s.look.pop, smooth(wave * 1.3 - 0.55));
                brush.rect(
                    x - step * 0.36,
                    y - tall,
                    step * 0.5,
                    tall + 1.0,
                    Paint::down(y - tall, lighter(colour, 0.18), y, darker(colour, 0.45)),
                );
                brush.rect(x + step * 0.14, y - tall, step * 0.2, tall + 1.0, darker(colour, 0.4));
                column += 1.0;
            }
        });
    }
}

/// A town as a chart: its houses are the bars, coins fall on them.
pub(super) fn town(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let ground = if s.look.is_dark { dark(s) } else { mix(s.look.pale, s.look.lead, 0.16) };
    wall(brush, ground, (w * 0.5, h * 0.3));
    let level = h * 0.76;
    s.view.layer(brush, 0.8, |brush| {
        for line in 1..6_u8 {
            let y = level - h * 0.11 * f32::from(line);
            brush.rect(w * 0.06, y, w * 0.88, 0.3, Paint::from(s.look.lead).alpha(0.3));
        }
        let count: u8 = if w > h { 6 } else { 4 };
        let step = w * 0.88 / f32::from(count);
        for bar in 0..count {
            let grown = settle((wrap(s.t, 14.0) - 2.4 - 0.3 * f32::from(bar)) / 1.3).max(0.16);
            let goal = [0.42, 0.62, 0.3, 0.5, 0.36, 0.46][usize::from(bar)];
            let (wide, high) = (step * 0.7, h * goal * grown);
            let x = w * 0.06 + step * (f32::from(bar) + 0.15);
            let colour = if bar == 1 { s.look.pop } else { mix(s.look.lead, s.look.second, 0.2 * f32::from(bar % 3)) };
            town_house(brush, [x, level - high, wide, high], colour, bar);
            for coin in 0..3_u8 {
                let share = wrap(s.t * 0.33 + f32::from(coin) / 3.0 + f32::from(bar) * 0.19, 1.0);
                let y = -6.0 + (level - high - wide * 0.4 + 2.0) * share * share;
                let flat = 0.25 + 0.75 * sway(s.t, 0.7, f32::from(coin) * 0.3 + f32::from(bar) * 0.2).abs();
                let gold = mix([0xf0, 0xc0, 0x50], s.look.pop, 0.15);
                let fade = 1.0 - smooth((share - 0.9) * 10.0);
                brush.ellipse(x + wide / 2.0, y, 3.0 * flat, 3.0, Paint::from(darker(gold, 0.2)).alpha(fade));
                brush.ellipse(x + wide / 2.0, y, 2.3 * flat, 2.3, Paint::from(lighter(gold, 0.2)).alpha(fade));
            }
        }
        brush.rect(-16.0, level, w + 32.0, 1.0, s.look.deep);
        brush.rect(-16.0, level + 1.0, w + 32.0, h, Paint::from(mix(ground, s.look.lead, 0.35)));
    });
}

/// A bar with a roof and windows: a town hall with its clock, or a house among others.
fn town_house(brush: &mut Brush<'_>, [x, y, w, h]: [f32; 4], colour: Rgb, number: u8) {
    brush.rect(x, y, w, h, Paint::along((x, 0.0), lighter(colour, 0.14), (x + w, 0.0), darker(colour, 0.16)));
    match number % 3 {
        0 => brush.poly(&[(x - 1.0, y), (x + w / 2.0, y - w * 0.42), (x + w + 1.0, y)], darker(colour, 0.3)),
        1 => {
            brush.rect(x + w * 0.32, y - w * 0.34, w * 0.36, w * 0.34, colour);
            brush.poly(
                &[(x + w * 0.28, y - w * 0.34), (x + w * 0.5, y - w * 0.62), (x + w * 0.72, y - w * 0.34)],
                darker(colour, 0.3),
            );
            brush.circle(x + w * 0.5, y - w * 0.17, w * 0.12, [0xfa; 3]);
            brush.line(
                &[(x + w * 0.5, y - w * 0.25), (x + w * 0.5, y - w * 0.17), (x + w * 0.56, y - w * 0.15)],
                w * 0.03,
                [0x20; 3],
            );
        }
        _ => brush.rect(x - 1.0, y - 1.4, w + 2.0, 2.0, darker(colour, 0.3)),
    }
    let (mut panes, mut row) = (Vec::new(), y + 3.0);
    while row + 4.0 < y + h {
        for column in 0..3_u8 {
            panes.push([x + w * (0.14 + 0.27 * f32::from(column)), row, w * 0.17, 3.4]);
        }
        row += 7.0;
    }
    brush.rects(&panes, lighter(colour, 0.55));
}
