//! On a train and around it: the platform, the bunk, what passes the window, the way over water.

use super::props::{SKINS, floor, hills, peaks, sky, walker};
use super::rooms::steam;
use super::{Hour, Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::camera::OVERSCAN;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{hash, settle, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;

fn is_lit(s: &Scenery<'_>) -> bool {
    matches!(s.hour, Hour::Night | Hour::Dusk)
}

fn pane(s: &Scenery<'_>) -> Rgb {
    if is_lit(s) { [0xff, 0xdc, 0x98] } else { s.lit([0x2c, 0x3e, 0x50]) }
}

/// A carriage seen from its side: its left upper corner, length and height.
fn carriage(brush: &mut Brush<'_>, s: &Scenery<'_>, [x, y, long, high]: [f32; 4]) {
    let colour = s.lit(s.look.lead);
    brush.round_rect(
        [x, y, long, high],
        high * 0.1,
        Paint::down(y, lighter(colour, 0.16), y + high, darker(colour, 0.3)),
    );
    brush.rect(x, y + high * 0.62, long, high * 0.07, s.lit(s.look.pop));
    let glass = pane(s);
    let mut at = x + high * 0.14;
    let mut number = 0_u8;
    while at + high * 0.42 < x + long {
        if number % 5 == 3 {
            brush.round_rect([at, y + high * 0.16, high * 0.36, high * 0.78], high * 0.04, darker(colour, 0.22));
            brush.round_rect([at + high * 0.08, y + high * 0.22, high * 0.2, high * 0.28], high * 0.03, glass);
        } else {
            brush.round_rect([at, y + high * 0.2, high * 0.42, high * 0.34], high * 0.04, glass);
            brush.rect(at, y + high * 0.42, high * 0.42, high * 0.02, darker(glass, 0.3));
        }
        at += high * 0.56;
        number += 1;
    }
    let mut at = x + high * 0.3;
    while at < x + long {
        brush.circle(at, y + high * 1.04, high * 0.11, [0x1c, 0x1c, 0x22]);
        at += if number.is_multiple_of(2) { high * 0.34 } else { high * 0.9 };
        number += 1;
    }
}

/// A platform in the rain: the train waits, lamps and clock are mirrored in the wet ground.
pub(super) fn platform(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    sky(brush, s, h * 0.5);
    let level = h * 0.7;
    s.view.layer(brush, 0.5, |brush| {
        let roof = darker(mix([0x58, 0x5c, 0x68], s.look.lead, 0.35), if is_lit(s) { 0.45 } else { 0.1 });
        carriage(brush, s, [w * 0.12 - 3.0 * settle(s.t / 6.0), level - 36.0, w * 1.3, 32.0]);
        brush.poly(&[(-20.0, h * 0.02), (w + 20.0, h * 0.1), (w + 20.0, h * 0.15), (-20.0, h * 0.09)], roof);
        for post in 0..4_u8 {
            let x = w * (0.06 + 0.3 * f32::from(post));
            brush.rect(x, h * 0.05, 1.8, level - h * 0.05, darker(roof, 0.2));
            brush.poly(
                &[(x - 6.0, h * 0.07), (x + 7.8, h * 0.08), (x + 1.8, h * 0.16), (x, h * 0.16)],
                darker(roof, 0.2),
            );
        }
    });
    s.view.layer(brush, 0.8, |brush| {
        let stone = s.lit([0x74, 0x76, 0x80]);
        floor(brush, level, darker(stone, 0.4), lighter(stone, 0.06));
        brush.rect(-OVERSCAN, level + 3.0, w + 2.0 * OVERSCAN, 1.4, s.lit([0xf0, 0xe8, 0xc8]));
        for lamp in 0..3_u8 {
            let x = w * (0.22 + 0.3 * f32::from(lamp));
            brush.line(&[(x, h * 0.1), (x, h * 0.17)], 0.5, [0x30, 0x32, 0x3a]);
            brush.poly(
                &[(x - 1.0, h * 0.16), (x + 1.0, h * 0.16), (x + 4.0, h * 0.2), (x - 4.0, h * 0.2)],
                [0x30, 0x32, 0x3a],
            );
            let warm = mix([0xff, 0xe0, 0xa0], s.look.pop, 0.15);
            brush.glow(x, h * 0.21, 20.0, warm, 0.75);
            // What the wet ground gives back.
            let long = (h - level) * 0.8;
            let wave = 1.0 + 0.2 * sway(s.t, 0.7, f32::from(lamp) * 0.3);
            brush.ellipse(x, level + 6.0 + long * 0.4, 2.6 * wave, long * 0.42, Paint::from(warm).alpha(0.3));
        }
        for ring in 0..16_u64 {
            let share = wrap(s.t * 0.8 + hash(s.seed, ring), 1.0);
            let (x, y) = (w * hash(s.seed, ring + 20 + 16), level + 6.0 + (h - level) * 0.8 * hash(s.seed, ring + 60));
            brush.within(crate::agent::draw::path::Affine([1.0, 0.0, 0.0, 0.3, x, y]), |brush| {
                brush.arc(
                    (0.0, 0.0),
                    0.5 + 3.0 * share,
                    (0.0, 1.0),
                    0.35,
                    Paint::from([0xff; 3]).alpha(0.4 * (1.0 - share)),
                );
            });
        }
        clock(brush, s, (w * 0.66, h * 0.3), 7.0);
        let way = |number: f32, speed: f32| wrap(s.t * speed + w * number, w + 30.0) - 15.0;
        walker(brush, (way(0.25, 3.0), level + 11.0), 27.0, (s.lit(s.look.second), s.lit(SKINS[1])), s.t * 0.6, 1.0);
        // Somebody with a suitcase.
        let (x, y) = (w * 0.76 - 1.2 * s.t.min(8.0), level + 14.0);
        walker(brush, (x, y), 30.0, (s.lit(s.look.pop), s.lit(SKINS[3])), s.t * 0.5, -1.0);
        brush.line(&[(x + 4.0, y - 14.0), (x + 8.0, y - 9.0)], 0.6, [0x40, 0x42, 0x4a]);
        brush.round_rect([x + 5.0, y - 9.6, 6.4, 9.0], 1.0, s.lit(s.look.lead));
    });
    if s.is_about("rain~ wet regen storm~") {
        for drop in 0..60_u64 {
            let y = wrap(h * hash(s.seed, drop + 210) + s.t * (90.0 + 50.0 * hash(s.seed, drop)), h + 12.0) - 6.0;
            let x = w * hash(s.seed, drop + 310) - y * 0.08;
            brush.line(&[(x, y), (x - 0.5, y + 5.0)], 0.22, Paint::from([0xe8, 0xee, 0xff]).alpha(0.4));
        }
    }
}

fn clock(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, radius: f32) {
    brush.rect(x - 0.6, y - radius * 2.2, 1.2, radius * 1.4, [0x30, 0x32, 0x3a]);
    brush.circle(x, y, radius * 1.14, [0x2a, 0x2c, 0x34]);
    brush.circle(x, y, radius, [0xfa, 0xf8, 0xf0]);
    for hour in 0..12_u8 {
        let (sine, cosine) = (f32::from(hour) / 12.0 * std::f32::consts::TAU).sin_cos();
        brush.line(
            &[
                (x + radius * 0.78 * cosine, y + radius * 0.78 * sine),
                (x + radius * 0.9 * cosine, y + radius * 0.9 * sine),
            ],
            radius * 0.08,
            [0x20; 3],
        );
    }
    for (turns, long, wide) in [(0.86 + s.t / 7200.0, 0.5, 0.14), (0.93 + s.t / 600.0, 0.8, 0.09)] {
        let (sine, cosine) = (turns * std::f32::consts::TAU).sin_cos();
        brush.line(&[(x, y), (x + radius * long * sine, y - radius * long * cosine)], radius * wide, [0x20; 3]);
    }
    let (sine, cosine) = (s.t.floor() / 60.0 * std::f32::consts::TAU).sin_cos();
    brush.line(&[(x, y), (x + radius * 0.76 * sine, y - radius * 0.76 * cosine)], radius * 0.05, s.look.pop);
}

/// The world outside as it passes a window, near things faster than far ones.
fn passing(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.72;
    sky(brush, s, level);
    let shift = |speed: f32| -wrap(s.t * speed, w + 32.0);
    for (number, speed) in [(0.0_f32, 2.2_f32), (1.0, 2.2)] {
        brush.at(shift(speed) + number * (w + 32.0), 0.0, 1.0, |brush| {
            peaks(
                brush,
                s.seed ^ 7,
                level,
                h * 0.5,
                mix(s.haze(), s.lit([0x40, 0x50, 0x74]), 0.7),
                mix(s.haze(), [0xff; 3], 0.55),
            );
        });
    }
    for (number, speed) in [(0.0_f32, 7.0_f32), (1.0, 7.0)] {
        brush.at(shift(speed) + number * (w + 32.0), 0.0, 1.0, |brush| {
            hills(brush, s.seed ^ 9, level + 4.0, (7.0, 26.0), darker(s.lit([0x36, 0x54, 0x4c]), 0.2));
        });
    }
    for light in 0..6_u64 {
        let x = w + 20.0 - wrap(s.t * 10.0 + (w + 40.0) * hash(s.seed, light), w + 40.0);
        let y = level + 2.0 + 8.0 * hash(s.seed, light + 9);
        brush.glow(x, y, 5.0, [0xff, 0xd8, 0x8c], if is_lit(s) { 0.8 } else { 0.0 });
    }
    for pole in 0..2_u8 {
        let x = w + 20.0 - wrap(s.t * 46.0 + (w + 40.0) * 0.5 * f32::from(pole), w + 40.0);
        brush.rect(x, h * 0.2, 1.6, h, darker(s.look.deep, 0.4));
        brush.line(&[(x - 30.0, h * 0.28), (x + 0.8, h * 0.24), (x + 30.0, h * 0.28)], 0.4, darker(s.look.deep, 0.4));
    }
}

fn panelled(brush: &mut Brush<'_>, s: &Scenery<'_>) -> Rgb {
    let (w, h) = (brush.w, brush.h);
    let panel = mix(mix([0x6a, 0x50, 0x3c], s.look.lead, 0.45), s.look.deep, if is_lit(s) { 0.35 } else { 0.1 });
    wall(brush, panel, (w * 0.3, h * 0.35));
    panel
}

/// A window with round corners, and the world that passes it.
fn train_window(brush: &mut Brush<'_>, s: &Scenery<'_>, [x, y, w, h]: [f32; 4], panel: Rgb) {
    brush.round_rect([x - 3.0, y - 3.0, w + 6.0, h + 6.0], 5.0, lighter(panel, 0.22));
    brush.framed([x, y, w, h], |brush| passing(brush, s));
    brush.rect(x, y + h * 0.26, w, 1.0, lighter(panel, 0.22));
    brush.poly(
        &[(x + w * 0.1, y), (x + w * 0.22, y), (x + w * 0.06, y + h), (x, y + h), (x, y + h * 0.6)],
        Paint::from([0xff; 3]).alpha(0.07),
    );
}

/// A bunk beside the window, its small lamp on.
pub(super) fn compartment(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let panel = panelled(brush, s);
    let rock = 0.35 * sway(s.t, 0.8, 0.0);
    let is_upright = h > w;
    s.view.layer(brush, 0.7, |brush| {
        let [x, y, ww, wh] =
            if is_upright { [w * 0.2, h * 0.14, w * 0.6, h * 0.28] } else { [w * 0.1, h * 0.12, w * 0.36, h * 0.5] };
        train_window(brush, s, [x, y, ww, wh], panel);
        let cloth = s.lit(s.look.second);
        for (left, wide) in [(x - 7.0, 9.0), (x + ww - 2.0, 9.0)] {
            let swing = 0.7 * sway(s.t, 0.7, left * 0.01);
            brush.poly(
                &[
                    (left, y - 5.0),
                    (left + wide, y - 5.0),
                    (left + wide - 1.0 + swing, y + wh + 7.0),
                    (left + 1.0 + swing, y + wh + 7.0),
                ],
                Paint::along((left, 0.0), lighter(cloth, 0.1), (left + wide, 0.0), darker(cloth, 0.3)),
            );
        }
    });
    s.view.layer(brush, 0.95, |brush| {
        let left = if is_upright { w * 0.06 } else { w * 0.42 };
        let wood = darker(panel, 0.25);
        for (tier, top) in [(0.0_f32, h * 0.14), (1.0, if is_upright { h * 0.58 } else { h * 0.62 })] {
            if is_upright && tier == 0.0 {
                continue;
            }
            let top = top + rock;
            brush.rect(left, top + 9.0, w, 4.0, wood);
            brush.round_rect([left + 1.0, top + 1.0, w, 9.0], 3.0, [0xf0, 0xec, 0xe6]);
            brush.turned(left + 13.0, top, -0.1, |brush| {
                brush.round_rect([-9.0, -4.4, 20.0, 8.6], 4.0, [0xff, 0xfc, 0xf6]);
            });
            let blanket = s.look.lead;
            brush.path(
                &Path::new()
                    .to(left + 27.0, top + 10.0)
                    .quad((left + 26.0, top - 4.0), (left + 38.0, top - 4.6))
                    .to(w + 24.0, top - 3.0)
                    .to(w + 24.0, top + 10.0),
                Paint::down(top - 5.0, lighter(blanket, 0.2), top + 10.0, darker(blanket, 0.2)),
            );
            brush.rect(left + 27.0, top - 0.4, 3.0, 10.2, s.look.pop);
        }
        if !is_upright {
            for rung in 0..6_u8 {
                brush.rect(w * 0.9, h * 0.26 + 6.0 * f32::from(rung), 8.0, 0.9, [0xb8, 0xb4, 0xac]);
            }
            for side in [0.0, 8.0] {
                brush.rect(w * 0.9 + side - 0.5, h * 0.18, 1.0, h * 0.5, [0xb8, 0xb4, 0xac]);
            }
        }
        let (x, y) = (left + 15.0, if is_upright { h * 0.47 } else { h * 0.4 });
        let warm = mix([0xff, 0xd8, 0x90], s.look.pop, 0.2);
        brush.glow(x, y + 6.0, 40.0, warm, 0.65 + 0.08 * sway(s.t, 0.3, 0.0));
        brush.line(&[(x + 7.0, y - 5.0), (x + 3.0, y - 4.0), (x, y)], 0.8, [0x50, 0x46, 0x40]);
        brush.poly(
            &[(x - 1.6, y - 0.8), (x + 1.6, y - 0.8), (x + 4.4, y + 4.6), (x - 4.4, y + 4.6)],
            lighter(warm, 0.4),
        );
        let low = if is_upright { h * 0.7 } else { h * 0.8 };
        brush.rect(left + 4.0, low, w, h * 0.4, Paint::down(low, darker(panel, 0.4), h, darker(panel, 0.65)));
        brush.round_rect([left + 12.0, low + 5.0, w * 0.3, 9.0], 1.2, Paint::from(darker(panel, 0.75)).alpha(0.8));
    });
}

/// The window alone: mountains pass, and those who look at them are mirrored in it.
pub(super) fn mountains(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let panel = panelled(brush, s);
    let rock = 0.3 * sway(s.t, 0.8, 0.0);
    s.view.layer(brush, 0.8, |brush| {
        let rect =
            if h > w { [w * 0.06, h * 0.12, w * 0.88, h * 0.58] } else { [w * 0.06, h * 0.08, w * 0.88, h * 0.66] };
        train_window(brush, s, [rect[0], rect[1] + rock, rect[2], rect[3]], panel);
        let (x, y) = (rect[0] + rect[2] * 0.7, rect[1] + rect[3]);
        let ghost = Paint::from(mix([0xff, 0xe8, 0xc8], s.look.pale, 0.3)).alpha(if is_lit(s) { 0.2 } else { 0.1 });
        brush.path(
            &Path::new()
                .to(x - 17.0, y)
                .cubic((x - 17.0, y - 16.0), (x - 9.0, y - 20.0), (x - 4.0, y - 21.0))
                .to(x - 4.0, y - 26.0)
                .cubic((x - 13.0, y - 34.0), (x - 8.0, y - 47.0), (x + 2.0, y - 46.0))
                .cubic((x + 12.0, y - 45.0), (x + 13.0, y - 31.0), (x + 5.0, y - 26.0))
                .to(x + 5.0, y - 21.0)
                .cubic((x + 10.0, y - 20.0), (x + 18.0, y - 15.0), (x + 18.0, y)),
            ghost,
        );
        brush.round_rect([rect[0] - 5.0, y + 3.0, rect[2] + 10.0, 4.0], 1.4, lighter(panel, 0.3));
    });
    s.view.layer(brush, 0.95, |brush| {
        let cloth = s.lit(s.look.lead);
        let top = if h > w { h * 0.82 } else { h * 0.86 };
        brush.round_rect(
            [-12.0, top, w + 24.0, h * 0.3],
            6.0,
            Paint::down(top, lighter(cloth, 0.14), h, darker(cloth, 0.4)),
        );
    });
}

/// By the window, with a glass of tea on the little table.
pub(super) fn tea(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let panel = panelled(brush, s);
    s.view.layer(brush, 0.6, |brush| {
        let rect = if h > w { [w * 0.1, h * 0.16, w * 0.8, h * 0.4] } else { [w * 0.12, h * 0.08, w * 0.76, h * 0.52] };
        train_window(brush, s, rect, panel);
    });
    s.view.layer(brush, 0.95, |brush| {
        let level = h * 0.68;
        let wood = s.lit([0x8a, 0x5e, 0x40]);
        brush.round_rect(
            [w * 0.18, level, w * 0.64, 5.0],
            1.6,
            Paint::down(level, lighter(wood, 0.2), level + 5.0, darker(wood, 0.2)),
        );
        brush.rect(w * 0.5 - 2.0, level + 5.0, 4.0, h * 0.4, darker(wood, 0.4));
        let cloth = s.lit(s.look.lead);
        for side in [-1.0_f32, 1.0] {
            let x = if side < 0.0 { -10.0 } else { w * 0.88 };
            brush.round_rect(
                [x, h * 0.48, w * 0.12 + 10.0, h * 0.6],
                5.0,
                Paint::down(h * 0.48, lighter(cloth, 0.12), h, darker(cloth, 0.35)),
            );
        }
        let rock = 0.3 * sway(s.t, 0.9, 0.0);
        tea_glass(brush, s, (w * 0.46 + rock, level));
        let (x, y) = (w * 0.64, level);
        brush.round_rect([x - 9.0, y - 2.4, 18.0, 2.4], 0.6, s.look.pop);
        brush.round_rect([x - 8.0, y - 4.4, 17.0, 2.0], 0.6, s.look.second);
    });
}

/// Tea in a glass with a metal holder.
fn tea_glass(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point) {
    let silver = mix([0xc8, 0xcc, 0xd6], s.look.pale, 0.2);
    steam(brush, s, (x, y - 21.0), 20.0);
    brush.ellipse(x, y - 0.4, 10.0, 1.6, darker(silver, 0.25));
    brush.poly(
        &[(x - 6.4, y - 20.0), (x + 6.4, y - 20.0), (x + 5.4, y - 1.0), (x - 5.4, y - 1.0)],
        Paint::from([0xff; 3]).alpha(0.35),
    );
    let tilt = 0.5 * sway(s.t, 0.9, 0.1);
    brush.poly(
        &[(x - 6.1, y - 16.0 - tilt), (x + 6.1, y - 16.0 + tilt), (x + 5.4, y - 1.0), (x - 5.4, y - 1.0)],
        Paint::down(y - 16.0, [0xd8, 0x8c, 0x34], y, [0x98, 0x48, 0x18]),
    );
    brush.arc((x + 8.0, y - 7.0), 4.0, (0.0, 0.5), 1.3, silver);
    brush.poly(
        &[(x - 6.2, y - 11.0), (x + 6.2, y - 11.0), (x + 5.8, y - 0.6), (x - 5.8, y - 0.6)],
        Paint::along((x - 6.0, 0.0), lighter(silver, 0.3), (x + 6.0, 0.0), darker(silver, 0.4)),
    );
    for flower in 0..3_u8 {
        brush.circle(x - 3.4 + 3.4 * f32::from(flower), y - 5.6, 1.1, darker(silver, 0.35));
    }
    brush.line(&[(x + 2.0, y - 17.0), (x + 5.4, y - 25.0)], 0.6, silver);
}

/// A causeway through a lagoon: the train seems to drive on water, domes and towers ahead.
pub(super) fn lagoon(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.5;
    sky(brush, s, level);
    s.view.layer(brush, 0.25, |brush| {
        let stone = mix(s.haze(), s.lit([0xa8, 0x78, 0x6c]), 0.55);
        let mut x = w * 0.34;
        for house in 0..13_u64 {
            let (wide, high) = (5.0 + 4.0 * hash(s.seed, house), 5.0 + 5.0 * hash(s.seed, house + 20));
            brush.rect(x, level - high, wide, high + 1.0, mix(stone, darker(stone, 0.3), hash(s.seed, house + 40)));
            brush.poly(
                &[(x, level - high), (x + wide * 0.5, level - high - 1.8), (x + wide, level - high)],
                darker(stone, 0.25),
            );
            x += wide;
        }
        for (at, high) in [(0.5, 30.0), (0.86, 21.0)] {
            let x = w * at;
            brush.rect(x - 1.9, level - high, 3.8, high, stone);
            brush.rect(x - 2.4, level - high * 0.86, 4.8, high * 0.14, lighter(stone, 0.12));
            brush
                .poly(&[(x - 2.4, level - high), (x, level - high - 8.0), (x + 2.4, level - high)], darker(stone, 0.3));
        }
        for (at, radius) in [(0.6, 6.4), (0.68, 4.6), (0.77, 5.6)] {
            let x = w * at;
            brush.rect(x - radius, level - radius * 1.5, radius * 2.0, radius * 1.6, lighter(stone, 0.1));
            brush.path(
                &Path::new().to(x - radius, level - radius * 1.4).cubic(
                    (x - radius, level - radius * 3.0),
                    (x + radius, level - radius * 3.0),
                    (x + radius, level - radius * 1.4),
                ),
                mix(stone, s.look.lead, 0.4),
            );
            brush.line(&[(x, level - radius * 2.6), (x, level - radius * 3.3)], 0.5, darker(stone, 0.3));
        }
    });
    let (_, low) = s.sky_colours();
    let (far, near) = (mix(low, s.lit([0x68, 0xa0, 0xb8]), 0.4), s.lit(mix([0x1c, 0x50, 0x78], s.look.lead, 0.35)));
    s.view.layer(brush, 0.5, |brush| {
        floor(brush, level, near, far);
        for glint in 0..34_u64 {
            let depth = hash(s.seed, glint);
            let y = level + 1.5 + (h - level) * depth * depth;
            let x = wrap(w * hash(s.seed, glint + 60) - s.t * (1.0 + 3.0 * depth), w + 20.0) - 10.0;
            brush.rect(
                x,
                y,
                3.0 + 8.0 * depth,
                0.3 + 0.5 * depth,
                Paint::from([0xff; 3]).alpha(0.16 + 0.14 * sway(s.t, 0.5, hash(s.seed, glint + 5))),
            );
        }
        for post in 0..4_u8 {
            let (x, y) = (w * (0.08 + 0.07 * f32::from(post)), level + 7.0 + 4.0 * f32::from(post));
            brush.line(&[(x, y), (x + 0.4, y - 8.0)], 1.2, s.lit([0x5c, 0x44, 0x34]));
        }
    });
    s.view.layer(brush, 0.75, |brush| {
        let deck = level + (h - level) * 0.36;
        let train = -w * 0.7 + wrap(s.t * 9.0 + w * 0.35, w * 1.7);
        for wagon in 0..3_u8 {
            carriage(brush, s, [train - 48.0 * f32::from(wagon), deck - 15.0, 46.0, 13.0]);
        }
        let stone = s.lit([0xa0, 0x94, 0x88]);
        brush.rect(-OVERSCAN, deck, w + 2.0 * OVERSCAN, 2.8, lighter(stone, 0.1));
        let mut x = -OVERSCAN;
        while x < w + OVERSCAN {
            brush.rect(x, deck + 2.8, 3.0, 4.4, darker(stone, 0.2));
            brush.rect(x + 0.4, deck + 7.6, 2.2, 3.0, Paint::from(darker(stone, 0.4)).alpha(0.35));
            x += 9.0;
        }
        if is_lit(s) {
            for light in 0..12_u8 {
                let x = train - 92.0 + 12.0 * f32::from(light);
                brush.ellipse(
                    x,
                    deck + 13.0 + sway(s.t, 0.8, f32::from(light) * 0.2),
                    2.4,
                    3.4,
                    Paint::from([0xff, 0xd8, 0x90]).alpha(0.24),
                );
            }
        }
    });
}
