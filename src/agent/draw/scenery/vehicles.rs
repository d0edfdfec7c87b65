//! What rolls: a bicycle, a bus, a forklift.

use super::props::SKINS;
use super::{Hour, Scenery};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Affine;

const TYRE: Rgb = [0x1c, 0x1c, 0x22];

fn wheel(brush: &mut Brush<'_>, (x, y): Point, radius: f32, turns: f32) {
    brush.arc((x, y), radius, (0.0, 1.0), radius * 0.16, TYRE);
    for spoke in 0..6_u8 {
        let (sine, cosine) = ((turns + f32::from(spoke) / 6.0) * std::f32::consts::TAU).sin_cos();
        brush.line(&[(x, y), (x + cosine * radius * 0.9, y + sine * radius * 0.9)], 0.35, [0xa8, 0xac, 0xb4]);
    }
    brush.circle(x, y, radius * 0.14, [0x8a, 0x8e, 0x96]);
}

/// A bicycle that stands on the origin, about 40 units high; with a box in front if it carries things.
pub(super) fn bicycle(brush: &mut Brush<'_>, s: &Scenery<'_>, turns: f32, has_box: bool) {
    let frame = s.lit(s.look.lead);
    let (back, front) = ((-17.0, -11.0), (if has_box { 31.0 } else { 18.0 }, -11.0));
    let (seat, crank, head) = ((-7.0, -29.0), (-1.0, -11.0), (12.0, -29.0));
    wheel(brush, back, 11.0, turns);
    wheel(brush, front, if has_box { 8.0 } else { 11.0 }, turns);
    for line in [[back, seat], [back, crank], [crank, seat], [crank, head], [seat, head], [head, front]] {
        brush.line(&line, 1.7, frame);
    }
    brush.line(&[head, (13.5, -36.0), (9.0, -38.0)], 1.5, darker(s.look.deep, 0.2));
    brush.line(&[seat, (-8.0, -33.0)], 1.5, frame);
    brush.round_rect([-13.0, -35.4, 10.0, 2.8], 1.4, darker(s.look.deep, 0.3));
    brush.circle(crank.0, crank.1, 2.6, s.look.pop);
    let (sine, cosine) = (turns * std::f32::consts::TAU).sin_cos();
    for side in [-1.0_f32, 1.0] {
        let at = (crank.0 + side * cosine * 5.4, crank.1 + side * sine * 5.4);
        brush.line(&[crank, at], 0.9, [0x5a, 0x5e, 0x66]);
        brush.rect(at.0 - 1.8, at.1 - 0.5, 3.6, 1.0, TYRE);
    }
    if has_box {
        let wood = s.lit(mix([0xc0, 0x92, 0x5c], s.look.pop, 0.35));
        brush.poly(
            &[(12.0, -24.0), (36.0, -24.0), (33.0, -8.0), (14.0, -8.0)],
            Paint::down(-24.0, lighter(wood, 0.12), -8.0, darker(wood, 0.12)),
        );
        brush.rect(11.0, -25.4, 26.0, 2.0, darker(wood, 0.3));
    }
    brush.circle(if has_box { 37.5 } else { 15.5 }, if has_box { -20.0 } else { -30.0 }, 1.7, [0xff, 0xf0, 0xb8]);
}

/// Somebody on a bicycle, riding to the right.
pub(super) fn cyclist(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32, number: usize, has_box: bool) {
    let turns = s.t * 0.7 + number as f32 * 0.3;
    let (shirt, skin) = (s.lit(s.look.turn(number + 1)), s.lit(SKINS[(number * 2 + 1) % 5]));
    brush.ellipse(x, y, size * 30.0, size * 2.0, Paint::from([0, 0, 0]).alpha(0.25));
    brush.at(x, y, size, |brush| {
        let (sine, cosine) = (turns * std::f32::consts::TAU).sin_cos();
        let hip = (-8.0, -36.0);
        let leg = |side: f32| {
            let foot = (-1.0 + side * cosine * 5.4, -11.6 + side * sine * 5.4);
            [hip, (3.6 + side * cosine * 2.0, -25.0 + side * sine * 2.6), foot]
        };
        brush.line(&leg(-1.0), 3.4, darker(s.look.deep, 0.45));
        bicycle(brush, s, turns, has_box);
        if has_box {
            for (child, place) in [(2_usize, 19.0), (4, 28.0)] {
                brush.round_rect([place - 3.4, -29.0, 6.8, 5.0], 2.4, s.lit(s.look.turn(child)));
                brush.circle(place, -31.6, 3.4, s.lit(SKINS[(number + child) % 5]));
                brush.ellipse(place, -33.4, 3.7, 2.2, s.lit(s.look.pop));
            }
        }
        brush.line(&leg(1.0), 3.6, darker(s.look.deep, 0.2));
        brush.taper(&[hip, (1.0, -51.0)], 7.4, 8.6, shirt);
        brush.line(&[(0.0, -50.0), (6.0, -43.0), (9.6, -38.4)], 2.8, darker(shirt, 0.12));
        brush.circle(9.6, -38.4, 1.6, skin);
        brush.circle(4.4, -58.0, 4.6, skin);
        brush.ellipse(3.6, -60.6, 5.4, 3.4, s.lit(s.look.pop));
    });
}

/// A bus seen from its side, its wheels on `y`, driving to the left; `size` is its height.
pub(super) fn bus(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32) {
    let colour = s.lit(s.look.lead);
    let is_lit = s.is_night() || s.hour == Hour::Dusk;
    let glass = if is_lit { [0xff, 0xe0, 0xa0] } else { mix([0x2c, 0x40, 0x52], s.haze(), 0.3) };
    brush.within(Affine::moved(x, y).after(Affine::scaled(size, size)), |brush| {
        brush.ellipse(0.0, 0.0, 1.5, 0.06, Paint::from([0, 0, 0]).alpha(0.3));
        brush.round_rect(
            [-1.45, -1.05, 2.9, 0.95],
            0.12,
            Paint::down(-1.05, lighter(colour, 0.12), -0.1, darker(colour, 0.14)),
        );
        brush.rect(-1.45, -0.46, 2.9, 0.1, s.lit(s.look.pop));
        for pane in 0..5_u8 {
            brush.round_rect([-0.94 + 0.47 * f32::from(pane), -0.9, 0.4, 0.36], 0.04, glass);
        }
        brush.round_rect([-1.42, -0.92, 0.38, 0.46], 0.06, glass);
        brush.rect(-1.0, -0.5, 0.02, 0.38, darker(colour, 0.35));
        for at in [-0.82, 0.86] {
            brush.circle(at, -0.12, 0.19, TYRE);
            brush.circle(at, -0.12, 0.09, [0x9a, 0x9c, 0xa4]);
        }
        brush.circle(-1.42, -0.26, 0.05, [0xff, 0xf0, 0xb8]);
    });
    if is_lit {
        brush.glow(x - size * 1.45, y - size * 0.26, size * 0.6, [0xff, 0xee, 0xb8], 0.6);
    }
}

/// A forklift with a pallet, its wheels on `y`; `way` is 1 to the right, `lifted` how far its fork is up.
pub(super) fn forklift(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32, way: f32, lifted: f32) {
    let body = mix([0xf2, 0xb8, 0x28], s.look.lead, 0.25);
    let dark = darker(s.look.deep, 0.35);
    brush.within(Affine([size * way, 0.0, 0.0, size, x, y]), |brush| {
        brush.ellipse(0.15, 0.0, 1.1, 0.05, Paint::from([0, 0, 0]).alpha(0.3));
        let up = -0.12 - 0.6 * lifted;
        brush.rect(0.5, -1.5, 0.08, 1.42, dark);
        brush.rect(0.6, up, 0.7, 0.06, dark);
        brush.rect(0.66, up - 0.06, 0.62, 0.06, [0xa8, 0x80, 0x54]);
        brush.rect(0.7, up - 0.5, 0.54, 0.44, mix([0xc8, 0x9c, 0x68], s.look.second, 0.3));
        brush.rect(0.92, up - 0.5, 0.1, 0.44, s.look.pop);
        // The driver in the cage.
        brush.taper(&[(-0.18, -0.6), (-0.14, -0.95)], 0.26, 0.3, s.look.turn(1));
        brush.circle(-0.12, -1.1, 0.12, SKINS[usize::try_from(s.seed % 5).unwrap_or(0)]);
        brush.ellipse(-0.13, -1.18, 0.15, 0.09, s.look.pop);
        brush.line(&[(-0.1, -0.88), (0.12, -0.76)], 0.08, darker(s.look.turn(1), 0.15));
        for bar in [[(-0.5, -0.6), (-0.42, -1.5)], [(-0.42, -1.5), (0.3, -1.5)], [(0.3, -1.5), (0.42, -0.5)]] {
            brush.line(&bar, 0.06, dark);
        }
        brush.poly(
            &[
                (-0.72, -0.18),
                (-0.74, -0.56),
                (-0.3, -0.66),
                (-0.2, -0.46),
                (0.2, -0.46),
                (0.28, -0.62),
                (0.48, -0.62),
                (0.48, -0.18),
            ],
            Paint::down(-0.66, lighter(body, 0.12), -0.18, darker(body, 0.12)),
        );
        for (at, radius) in [(-0.5, 0.17), (0.3, 0.2)] {
            brush.circle(at, -radius, radius, TYRE);
            brush.circle(at, -radius, radius * 0.45, [0x9a, 0x9c, 0xa4]);
        }
        brush.glow(-0.06, -1.58, 0.5, [0x60, 0xa0, 0xff], 0.7);
        brush.round_rect([-0.12, -1.62, 0.12, 0.1], 0.03, [0x50, 0x90, 0xff]);
    });
}
