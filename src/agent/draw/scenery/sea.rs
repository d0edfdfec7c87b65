//! The sea, from above and below.

use super::props::{floor, hills, sky};
use super::{Hour, Scenery};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::camera::OVERSCAN;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{darker, lighter};
use crate::agent::draw::motion::{drift, hash, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::{Affine, Path};

/// Waves below a lighthouse.
pub(super) fn lighthouse_coast(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    waves(brush, s, true);
}

pub(super) fn open_sea(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    waves(brush, s, false);
}

fn waves(brush: &mut Brush<'_>, s: &Scenery<'_>, has_lighthouse: bool) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.5;
    sky(brush, s, level);
    if has_lighthouse {
        s.view.layer(brush, 0.35, |brush| lighthouse(brush, s, (w * 0.8, level + 2.0), h * 0.34));
    }
    let (far, near) = (s.lit([0x58, 0xa6, 0xb8]), s.lit(mix([0x0e, 0x4a, 0x72], s.look.lead, 0.3)));
    for row in 0..7_u8 {
        let share = f32::from(row) / 6.0;
        let at = level + (h - level) * share.powf(1.4) * 0.92;
        let colour = mix(mix(s.haze(), far, 0.6), near, share);
        if row == 3 {
            s.view.layer(brush, 0.6, |brush| {
                boat(brush, s, (wrap(w * 0.3 + s.t * 1.6, w + 40.0) - 20.0, at + 1.5), 20.0);
            });
        }
        s.view.layer(brush, 0.3 + 0.7 * share, |brush| {
            let high = 0.6 + 2.2 * share;
            let mut points: Vec<Point> = vec![(-OVERSCAN, h + OVERSCAN)];
            for step in 0..=56_u8 {
                let x = -OVERSCAN + (w + 2.0 * OVERSCAN) * f32::from(step) / 56.0;
                let phase = x / (16.0 + 16.0 * share) + f32::from(row) * 0.37;
                points.push((
                    x,
                    at + high * sway(s.t, 0.16 + 0.03 * share, phase) + high * 0.4 * sway(s.t, 0.27, phase * 2.3),
                ));
            }
            points.push((w + OVERSCAN, h + OVERSCAN));
            brush.poly(&points, Paint::down(at - 2.0, lighter(colour, 0.16), at + 14.0, colour));
            for foam in 0..5_u64 {
                let x = wrap(w * hash(s.seed, foam + 11 * u64::from(row)) + s.t * (1.0 + share), w + 20.0) - 10.0;
                let phase = x / (16.0 + 16.0 * share) + f32::from(row) * 0.37;
                let y = at + high * sway(s.t, 0.16 + 0.03 * share, phase) + high * 0.4 * sway(s.t, 0.27, phase * 2.3);
                brush.curve(
                    &[(x - 3.0 - 3.0 * share, y + 1.2), (x, y + 0.5), (x + 3.0 + 3.0 * share, y + 1.3)],
                    0.25 + 0.4 * share,
                    Paint::from([0xff; 3]).alpha(0.5),
                );
            }
        });
    }
    for gull in 0..4_u64 {
        let x = wrap(w * hash(s.seed, gull + 70) + s.t * (3.0 + 2.0 * hash(s.seed, gull)), w + 20.0) - 10.0;
        let y = level * (0.3 + 0.4 * hash(s.seed, gull + 80)) + 1.5 * drift(s.t, hash(s.seed, gull));
        let flap = 1.0 + 0.9 * sway(s.t, 0.9, hash(s.seed, gull));
        brush.curve(
            &[(x - 3.0, y - flap), (x - 1.2, y - 0.6 * flap), (x, y), (x + 1.2, y - 0.6 * flap), (x + 3.0, y - flap)],
            0.45,
            s.lit([0xf4, 0xf4, 0xf0]),
        );
    }
}

/// A quay with a railing; behind it the water, and a lighthouse where one is spoken of.
pub(super) fn quay(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.42;
    sky(brush, s, level);
    s.view.layer(brush, 0.3, |brush| {
        hills(brush, s.seed, level, (5.0, 40.0), mix(s.haze(), s.lit([0x5a, 0x78, 0x80]), 0.5));
        if s.is_about("lighthouse~ coast~ leuchtturm~") {
            lighthouse(brush, s, (w * if s.seed.is_multiple_of(2) { 0.2 } else { 0.8 }, level + 3.0), h * 0.5);
        }
    });
    let (far, near) = (s.lit([0x5c, 0x9c, 0xac]), s.lit(mix([0x16, 0x50, 0x70], s.look.lead, 0.3)));
    s.view.layer(brush, 0.5, |brush| {
        brush.rect(-OVERSCAN, level, w + 2.0 * OVERSCAN, h * 0.5, Paint::down(level, far, h * 0.9, near));
        for glint in 0..26_u64 {
            let depth = hash(s.seed, glint);
            let x = w * hash(s.seed, glint + 60) + 4.0 * drift(s.t, hash(s.seed, glint));
            brush.rect(x, level + 1.0 + h * 0.34 * depth, 4.0 + 6.0 * depth, 0.4, Paint::from([0xff; 3]).alpha(0.3));
        }
        boat(brush, s, (wrap(w * 0.4 + s.t * 1.2, w + 40.0) - 20.0, level + 9.0), 17.0);
    });
    s.view.layer(brush, 0.7, |brush| {
        let deck = h * 0.76;
        let stone = s.lit(mix([0xa4, 0x98, 0x88], s.look.second, 0.15));
        floor(brush, deck, darker(stone, 0.3), lighter(stone, 0.15));
        for joint in 0..10_u8 {
            let x = w * (f32::from(joint) / 9.0 * 1.8 - 0.4);
            brush.line(
                &[(w / 2.0 + (x - w / 2.0) * 0.6, deck), (x, h + 14.0)],
                0.4,
                Paint::from(darker(stone, 0.4)).alpha(0.6),
            );
        }
        let iron = darker(s.look.deep, 0.15);
        for rail in [0.54, 0.62, 0.7] {
            brush.rect(-OVERSCAN, h * rail, w + 2.0 * OVERSCAN, if rail < 0.6 { 1.5 } else { 0.7 }, iron);
        }
        for post in 0..9_u8 {
            brush.rect(w * f32::from(post) / 8.0 - 0.8, h * 0.53, 1.6, deck - h * 0.53 + 2.0, iron);
        }
        // A lifebelt in the film's colours.
        let (x, y) = (w * if s.seed.is_multiple_of(2) { 0.9 } else { 0.1 }, h * 0.64);
        brush.arc((x, y), 7.0, (0.0, 1.0), 3.6, [0xfa, 0xf6, 0xee]);
        for part in 0..4_u8 {
            let start = f32::from(part) / 4.0;
            brush.arc((x, y), 7.0, (start, start + 0.12), 3.6, s.look.pop);
        }
    });
}

fn boat(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32) {
    brush.turned(x, y + 0.8 * sway(s.t, 0.2, 0.1), 0.05 * sway(s.t, 0.18, 0.0), |brush| {
        let hull = [
            (-size * 0.42, -size * 0.12),
            (size * 0.5, -size * 0.12),
            (size * 0.34, size * 0.08),
            (-size * 0.32, size * 0.08),
        ];
        brush.line(&[(0.0, -size * 0.1), (0.0, -size)], size * 0.03, s.lit([0x5c, 0x42, 0x30]));
        brush.path(
            &Path::new()
                .to(size * 0.03, -size * 0.96)
                .quad((size * 0.48, -size * 0.4), (size * 0.46, -size * 0.18))
                .to(size * 0.03, -size * 0.16),
            s.lit([0xfa, 0xf6, 0xec]),
        );
        brush.path(
            &Path::new()
                .to(-size * 0.03, -size * 0.86)
                .quad((-size * 0.3, -size * 0.42), (-size * 0.34, -size * 0.2))
                .to(-size * 0.03, -size * 0.18),
            s.lit(s.look.pop),
        );
        brush.poly(&hull, s.lit(mix(s.look.lead, s.look.deep, 0.3)));
        brush.poly(
            &[
                (-size * 0.42, -size * 0.12),
                (size * 0.5, -size * 0.12),
                (size * 0.47, -size * 0.07),
                (-size * 0.4, -size * 0.07),
            ],
            s.lit([0xf4, 0xee, 0xe0]),
        );
    });
}

fn lighthouse(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32) {
    let rock = s.lit([0x5a, 0x56, 0x5a]);
    brush.path(
        &Path::smooth(&[
            (x - size * 0.6, y + 3.0),
            (x - size * 0.4, y - size * 0.1),
            (x, y - size * 0.16),
            (x + size * 0.5, y - size * 0.08),
            (x + size * 0.8, y + 3.0),
            (x, y + 6.0),
        ]),
        rock,
    );
    let (low, top) = (size * 0.11, size * 0.07);
    let (foot, head) = (y - size * 0.1, y - size * 0.84);
    brush.poly(&[(x - low, foot), (x - top, head), (x + top, head), (x + low, foot)], s.lit([0xf4, 0xf0, 0xe8]));
    for band in 0..3_u8 {
        let share = 0.12 + 0.3 * f32::from(band);
        let (y0, y1) = (foot + (head - foot) * share, foot + (head - foot) * (share + 0.15));
        let half = |share: f32| low + (top - low) * share;
        brush.poly(
            &[(x - half(share), y0), (x - half(share + 0.15), y1), (x + half(share + 0.15), y1), (x + half(share), y0)],
            s.lit(s.look.pop),
        );
    }
    brush.rect(x - top * 0.8, head - size * 0.1, top * 1.6, size * 0.1, mix([0xff, 0xe8, 0xa0], s.look.pale, 0.3));
    brush.poly(
        &[(x - top, head - size * 0.1), (x, head - size * 0.18), (x + top, head - size * 0.1)],
        s.lit(s.look.deep),
    );
    if s.hour != Hour::Day {
        let turn = (s.t * 0.6).sin();
        let reach = size * 2.4 * turn;
        brush.poly(
            &[(x, head - size * 0.05), (x - reach, head - size * 0.05 - size * 0.3), (x - reach, head + size * 0.3)],
            Paint::along((x, 0.0), [0xff, 0xf0, 0xb8], (x - reach, 0.0), [0xff, 0xf0, 0xb8]).fading([0.5, 0.2, 0.0]),
        );
        brush.glow(x, head - size * 0.05, size * 0.3, [0xff, 0xee, 0xb0], 0.7);
    }
}

pub(super) fn under_water(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let deep = mix([0x06, 0x2a, 0x4e], s.look.lead, 0.25);
    brush.everything(
        Paint::down(0.0, mix([0x6c, 0xcc, 0xd8], s.look.lead, 0.2), h, deep)
            .via(0.4, mix([0x1c, 0x78, 0xa4], s.look.lead, 0.25)),
    );
    for ray in 0..5_u8 {
        let x = w * (0.1 + 0.2 * f32::from(ray)) + 4.0 * drift(s.t * 0.7, f32::from(ray) * 0.3);
        brush.poly(
            &[(x, -6.0), (x + 8.0, -6.0), (x + 2.0, h * 0.9), (x - 22.0, h * 0.9)],
            Paint::down(0.0, [0xff; 3], h * 0.85, [0xff; 3]).fading([0.24, 0.1, 0.0]),
        );
    }
    for row in 0..3_u8 {
        let near = f32::from(row) / 2.0;
        s.view.layer(brush, 0.4 + 0.5 * near, |brush| {
            let at = h * (0.82 + 0.06 * near);
            hills(
                brush,
                s.seed ^ u64::from(row),
                at,
                (4.0, 22.0),
                mix(deep, s.lit([0xc8, 0xa8, 0x78]), 0.2 + 0.2 * near),
            );
            for weed in 0..9_u64 {
                let number = weed + 20 * u64::from(row);
                let x = w * hash(s.seed, number);
                let high = 8.0 + 18.0 * hash(s.seed, number + 50);
                let colour = mix(s.look.turn(usize::try_from(weed).unwrap_or(0)), deep, 0.5 - 0.25 * near);
                let lean = |share: f32| x + 2.6 * share * sway(s.t, 0.16, share * 0.3 + hash(s.seed, number));
                let line = [0.0, 0.33, 0.66, 1.0].map(|share| (lean(share), at + 5.0 - high * share));
                brush.taper(&Path::smooth_line(&line, 5), 2.4, 0.5, colour);
            }
        });
    }
    for number in 0..9_u64 {
        let way = if hash(s.seed, number + 5) < 0.6 { 1.0 } else { -1.0 };
        let along =
            wrap(s.t * (4.0 + 5.0 * hash(s.seed, number)) + w * 1.4 * hash(s.seed, number + 20), w + 30.0) - 15.0;
        let x = if way > 0.0 { along } else { w - along };
        let y = h * (0.14 + 0.6 * hash(s.seed, number + 40)) + 1.6 * sway(s.t, 0.25, hash(s.seed, number));
        let size = 3.0 + 4.0 * hash(s.seed, number + 60);
        let colour = s.look.turn(usize::try_from(number).unwrap_or(0));
        let wag = 0.3 * sway(s.t, 1.4, hash(s.seed, number));
        brush.within(Affine([size * way, 0.0, 0.0, size, x, y]), |brush| {
            brush.poly(&[(-0.7, 0.0), (-1.5, -0.5 + wag), (-1.3, wag), (-1.5, 0.5 + wag)], darker(colour, 0.2));
            brush.ellipse(0.0, 0.0, 1.0, 0.52, Paint::down(-0.5, lighter(colour, 0.25), 0.5, colour));
            brush.poly(&[(-0.2, -0.45), (0.1, -0.85), (0.4, -0.4)], darker(colour, 0.12));
            brush.circle(0.55, -0.12, 0.13, [0xff; 3]);
            brush.circle(0.58, -0.12, 0.07, [0x10; 3]);
        });
    }
    for bubble in 0..24_u64 {
        let x = w * hash(s.seed, bubble + 400) + 1.2 * sway(s.t, 0.5, hash(s.seed, bubble));
        let y = wrap(h * hash(s.seed, bubble + 500) - s.t * (4.0 + 5.0 * hash(s.seed, bubble)), h + 10.0) - 5.0;
        brush.arc((x, y), 0.5 + 1.1 * hash(s.seed, bubble + 600), (0.0, 1.0), 0.2, Paint::from([0xff; 3]).alpha(0.55));
    }
}

/// Boats at a quay, cranes behind.
pub(super) fn harbour(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.52;
    sky(brush, s, level);
    s.view.layer(brush, 0.3, |brush| {
        hills(brush, s.seed, level, (6.0, 40.0), mix(s.haze(), s.lit([0x5a, 0x78, 0x80]), 0.5));
        for crane in 0..3_u8 {
            let x = w * (0.16 + 0.3 * f32::from(crane)) + 5.0 * hash(s.seed, crane.into());
            let steel = mix(s.haze(), s.lit(s.look.turn(usize::from(crane))), 0.6);
            let top = level - h * (0.24 + 0.07 * hash(s.seed, u64::from(crane) + 7));
            brush.line(&[(x, level), (x, top)], 1.3, steel);
            brush.line(&[(x - 6.0, top + 2.0), (x, top - 4.0), (x + 20.0, top + 2.0)], 0.7, steel);
            brush.line(&[(x - 6.0, top + 2.0), (x + 20.0, top + 2.0)], 1.1, steel);
            let hook = x + 14.0 + 3.0 * sway(s.t, 0.1, f32::from(crane) * 0.3);
            brush.line(&[(hook, top + 2.0), (hook, top + 10.0)], 0.4, steel);
            brush.rect(hook - 2.4, top + 10.0, 4.8, 3.4, s.lit(s.look.turn(usize::from(crane) + 1)));
        }
        for shed in 0..5_u8 {
            let x = w * f32::from(shed) * 0.21 - 4.0;
            let wall = s.lit(mix([0xb8, 0x6c, 0x54], s.look.turn(usize::from(shed)), 0.4));
            let high = 9.0 + 5.0 * hash(s.seed, u64::from(shed) + 20);
            brush.rect(x, level - high, w * 0.17, high + 1.0, wall);
            brush.poly(
                &[(x - 1.0, level - high), (x + w * 0.085, level - high - 5.0), (x + w * 0.17 + 1.0, level - high)],
                darker(wall, 0.3),
            );
        }
    });
    let (far, near) = (s.lit([0x5c, 0x9c, 0xac]), s.lit(mix([0x16, 0x50, 0x70], s.look.lead, 0.3)));
    s.view.layer(brush, 0.5, |brush| {
        floor(brush, level, near, far);
        for glint in 0..24_u64 {
            let y = level + 2.0 + (h * 0.86 - level) * hash(s.seed, glint);
            let x = w * hash(s.seed, glint + 60) + 4.0 * drift(s.t, hash(s.seed, glint));
            brush.rect(x, y, 4.0 + 4.0 * hash(s.seed, glint + 90), 0.4, Paint::from([0xff; 3]).alpha(0.25));
        }
    });
    for number in 0..3_u8 {
        let at = f32::from(number);
        s.view.layer(brush, 0.6 + 0.1 * at, |brush| {
            let size = w.min(h) * (0.34 + 0.06 * at);
            trawler(brush, s, (w * (0.2 + 0.31 * at), level + (h - level) * (0.28 + 0.14 * at)), size, number);
        });
    }
    s.view.layer(brush, 0.95, |brush| {
        let quay = h * 0.86;
        let stone = s.lit([0x94, 0x8e, 0x86]);
        floor(brush, quay, darker(stone, 0.3), lighter(stone, 0.15));
        for post in 0..5_u8 {
            let x = w * (0.08 + 0.22 * f32::from(post));
            brush.round_rect([x, quay - 3.4, 3.4, 5.0], 1.2, darker(s.look.deep, 0.2));
            brush.ellipse(x + 1.7, quay - 3.4, 2.5, 0.9, darker(s.look.deep, 0.05));
        }
    });
}

/// A small working boat with a cabin and a mast.
fn trawler(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32, number: u8) {
    let hull = s.lit(s.look.turn(usize::from(number)));
    let phase = f32::from(number) * 0.3;
    brush.turned(x, y + 0.7 * sway(s.t, 0.2, phase), 0.025 * sway(s.t, 0.17, phase), |brush| {
        brush.at(0.0, 0.0, size, |brush| {
            let rope = s.lit([0x5c, 0x48, 0x3c]);
            brush.line(&[(0.12, -0.1), (0.12, -0.62)], 0.022, rope);
            brush.line(&[(0.12, -0.6), (0.46, -0.16)], 0.01, rope);
            brush.line(&[(0.12, -0.6), (-0.42, -0.14)], 0.01, rope);
            brush.round_rect([-0.3, -0.38, 0.27, 0.26], 0.03, s.lit([0xf4, 0xf0, 0xe6]));
            brush.rect(-0.33, -0.41, 0.33, 0.05, s.lit(s.look.pop));
            for pane in [-0.26, -0.15] {
                brush.round_rect(
                    [pane, -0.33, 0.08, 0.09],
                    0.01,
                    if s.is_night() { [0xff, 0xdc, 0x98] } else { [0x2c, 0x40, 0x52] },
                );
            }
            brush.path(
                &Path::new()
                    .to(-0.5, -0.16)
                    .to(0.4, -0.15)
                    .quad((0.52, -0.18), (0.58, -0.22))
                    .quad((0.54, -0.02), (0.4, 0.06))
                    .to(-0.42, 0.06),
                Paint::down(-0.2, lighter(hull, 0.1), 0.06, darker(hull, 0.25)),
            );
            brush.line(&[(-0.49, -0.12), (0.5, -0.13)], 0.03, s.lit([0xf6, 0xf0, 0xe4]));
            brush.ellipse(0.0, 0.07, 0.5, 0.025, Paint::from([0xff; 3]).alpha(0.3));
        });
    });
}
