//! Sport: a shot at the goal, a race.

use super::Scenery;
use super::props::{SKINS, floor, hills, sky, tree};
use super::vehicles::cyclist;
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{drift, hash, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};

fn stands(brush: &mut Brush<'_>, s: &Scenery<'_>, level: f32) {
    let (w, h) = (brush.w, brush.h);
    brush.rect(
        -16.0,
        level - h * 0.24,
        w + 32.0,
        h * 0.24,
        Paint::down(level - h * 0.24, darker(s.lit(s.look.lead), 0.4), level, darker(s.lit(s.look.lead), 0.2)),
    );
    for row in 0..6_u64 {
        let y = level - 2.5 - h * 0.036 * row as f32;
        let mut x = -14.0 + 1.4 * (row % 2) as f32;
        let mut seat = row * 211;
        while x < w + 14.0 {
            let jump = (0.9 * sway(s.t, 0.8, x * 0.012)).max(0.0);
            let colour = [s.look.pop, s.look.second, [0xf0, 0xee, 0xe8], s.look.lead]
                [usize::try_from(seat).unwrap_or(0) * 7 % 4];
            brush.circle(x, y - jump, 1.05, s.lit(mix(colour, [0x40; 3], 0.4 * hash(s.seed, seat))));
            x += 2.9;
            seat += 1;
        }
    }
    for light in [0.1, 0.9] {
        brush.line(&[(w * light, level), (w * light, h * 0.07)], 0.9, s.lit([0x70, 0x74, 0x7c]));
        brush.round_rect([w * light - 6.0, h * 0.05, 12.0, 5.0], 0.8, s.lit([0x50, 0x54, 0x5c]));
        for lamp in 0..4_u8 {
            brush.circle(w * light - 4.4 + 2.9 * f32::from(lamp), h * 0.05 + 2.5, 1.1, [0xff, 0xfc, 0xe8]);
        }
        brush.glow(w * light, h * 0.06 + 2.0, 22.0, [0xff, 0xfa, 0xe0], if s.is_night() { 0.7 } else { 0.3 });
    }
}

/// A ball that flies into a goal.
pub(super) fn pitch(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.54;
    sky(brush, s, level);
    s.view.layer(brush, 0.35, |brush| stands(brush, s, level));
    s.view.layer(brush, 0.7, |brush| {
        floor(brush, level, s.lit([0x34, 0x84, 0x40]), s.lit([0x5c, 0xa8, 0x58]));
        for band in 0..7_u8 {
            let (far, near) = (w * (0.5 + (f32::from(band) - 3.5) * 0.16), w * (0.5 + (f32::from(band) - 3.5) * 0.42));
            if band % 2 == 0 {
                brush.poly(
                    &[(far, level), (far + w * 0.16, level), (near + w * 0.42, h + 16.0), (near, h + 16.0)],
                    Paint::from([0xff; 3]).alpha(0.07),
                );
            }
        }
        let (gx, gw, gh) = (w * 0.5, 23.0, 21.0);
        let white = s.lit([0xfa; 3]);
        for net in 0..9_u8 {
            let x = gx - gw + gw * f32::from(net) / 4.0;
            brush.line(
                &[(x, level + 4.0 - gh), (x * 0.96 + gx * 0.04, level + 4.0)],
                0.16,
                Paint::from([0xff; 3]).alpha(0.6),
            );
            if net < 6 {
                let y = level + 4.0 - gh * f32::from(net) / 6.0;
                brush.line(&[(gx - gw, y), (gx + gw, y)], 0.16, Paint::from([0xff; 3]).alpha(0.6));
            }
        }
        brush.line(
            &[(gx - gw, level + 4.0), (gx - gw, level + 4.0 - gh), (gx + gw, level + 4.0 - gh), (gx + gw, level + 4.0)],
            1.1,
            white,
        );
        brush.line(&[(-16.0, level + 4.0), (w + 16.0, level + 4.0)], 0.6, white);
        brush.line(
            &[(gx - 40.0, level + 4.0), (gx - 52.0, level + 17.0), (gx + 52.0, level + 17.0), (gx + 40.0, level + 4.0)],
            0.7,
            white,
        );
    });
    let turn = wrap(s.t, 2.8) / 2.8;
    let aim = if (s.t / 2.8).floor().rem_euclid(2.0) < 1.0 { -0.12 } else { 0.12 };
    let at = |share: f32| {
        let share = share.clamp(0.0, 1.0);
        let x = w * (0.5 - aim * 0.8 + (aim * 1.7) * share);
        (
            x,
            h * 0.86 + (level - 6.0 - h * 0.86) * share - 26.0 * (share * std::f32::consts::PI).sin(),
            6.4 - 3.6 * share,
        )
    };
    s.view.layer(brush, 0.9, |brush| {
        let flight = ((turn - 0.15) / 0.55).clamp(0.0, 1.0);
        for ghost in 1..6_u8 {
            let (x, y, radius) = at(flight - 0.05 * f32::from(ghost));
            if flight > 0.0 && flight < 1.0 {
                brush.circle(
                    x,
                    y,
                    radius * (1.0 - 0.1 * f32::from(ghost)),
                    Paint::from(s.look.pop).alpha(0.28 - 0.05 * f32::from(ghost)),
                );
            }
        }
        let (x, y, radius) = at(flight);
        brush.ellipse(
            x,
            (h * 0.86 + (level + 4.0 - h * 0.86) * flight) + radius,
            radius,
            radius * 0.22,
            Paint::from([0, 0, 0]).alpha(0.3),
        );
        ball(brush, (x, y), radius, flight * 9.0, s.look.lead);
    });
}

fn ball(brush: &mut Brush<'_>, (x, y): Point, radius: f32, angle: f32, spots: Rgb) {
    brush.circle(
        x,
        y,
        radius,
        Paint::around((x - radius * 0.3, y - radius * 0.4), radius * 1.6, [0xff; 3], [0xb0, 0xb4, 0xbc]),
    );
    brush.turned(x, y, angle, |brush| {
        brush.circle(0.0, 0.0, radius * 0.32, darker(spots, 0.4));
        for spot in 0..5_u8 {
            let (sine, cosine) = (f32::from(spot) * 1.2566).sin_cos();
            brush.circle(cosine * radius * 0.78, sine * radius * 0.78, radius * 0.19, darker(spots, 0.4));
            brush.line(
                &[(cosine * radius * 0.3, sine * radius * 0.3), (cosine * radius * 0.7, sine * radius * 0.7)],
                radius * 0.05,
                [0x50; 3],
            );
        }
    });
}

/// A race on a track.
pub(super) fn runners(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.5;
    sky(brush, s, level);
    s.view.layer(brush, 0.35, |brush| stands(brush, s, level));
    s.view.layer(brush, 0.6, |brush| {
        floor(brush, level, s.lit([0x4c, 0x92, 0x48]), s.lit([0x6c, 0xac, 0x58]));
        let (top, red) = (level + 7.0, s.lit(mix([0xc0, 0x54, 0x3c], s.look.pop, 0.3)));
        floor(brush, top, darker(red, 0.1), lighter(red, 0.08));
        for lane in 0..5_u8 {
            let y = top + (h - top) * (f32::from(lane) / 4.6).powf(1.25);
            brush.line(&[(-16.0, y), (w + 16.0, y)], 0.3 + 0.14 * f32::from(lane), s.lit([0xf6, 0xf2, 0xea]));
        }
        for mark in 0..9_u8 {
            let x = wrap(w * f32::from(mark) / 9.0 * 1.4 - s.t * 30.0, w * 1.4) - w * 0.2;
            brush.poly(
                &[(x, top), (x + 1.2, top), (x - 16.0, h + 14.0), (x - 19.0, h + 14.0)],
                Paint::from([0xff; 3]).alpha(0.14),
            );
        }
    });
    for number in 0..4_u8 {
        let at = f32::from(number);
        let x = w * (0.24 + 0.16 * at) + 7.0 * drift(s.t * 1.3, at * 0.37);
        let y = h * (0.66 + 0.085 * at);
        let index = usize::from(number);
        s.view.layer(brush, 0.7 + 0.1 * at, |brush| {
            runner(
                brush,
                (x, y),
                26.0 + 4.5 * at,
                (s.lit(s.look.turn(index)), s.lit(SKINS[(index * 3 + 1) % 5])),
                s.t * 1.45 + hash(s.seed, u64::from(number)),
            );
        });
    }
}

pub(super) fn runner(brush: &mut Brush<'_>, (x, y): Point, size: f32, (shirt, skin): (Rgb, Rgb), stride: f32) {
    let phase = stride * std::f32::consts::TAU;
    let hop = 0.04 * (phase * 2.0).sin().abs();
    brush.ellipse(x, y, size * 0.3, size * 0.03, Paint::from([0, 0, 0]).alpha(0.3));
    brush.at(x, y - hop * size, size, |brush| {
        for (number, offset) in [0.0, std::f32::consts::PI].into_iter().enumerate() {
            let swing = (phase + offset).sin();
            let lift = (phase + offset).cos().max(0.0);
            let hip = (0.0, -0.46);
            let knee = (0.2 * swing + 0.05, -0.24 - 0.08 * lift);
            let foot = (knee.0 - 0.18 * lift + 0.12 * swing - 0.02, knee.1 + 0.24 - 0.12 * lift);
            let tone = if number == 0 { darker(skin, 0.25) } else { skin };
            brush.line(&[hip, knee], 0.1, darker(shirt, 0.55));
            brush.line(&[knee, foot], 0.065, tone);
            brush.line(&[foot, (foot.0 + 0.09, foot.1 + 0.01)], 0.06, [0xf4; 3]);
            let elbow = (0.06 - 0.16 * swing, -0.62);
            brush.line(&[(0.07, -0.76), elbow, (elbow.0 + 0.12, -0.66 - 0.1 * (-swing).max(0.0))], 0.055, tone);
        }
        brush.taper(&[(0.01, -0.47), (0.07, -0.77)], 0.17, 0.22, shirt);
        brush.circle(0.11, -0.91, 0.085, skin);
        brush.ellipse(0.09, -0.95, 0.09, 0.06, darker(skin, 0.7));
    });
}

/// People on bicycles on a road between trees.
pub(super) fn riders(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.6;
    sky(brush, s, level);
    s.view.layer(brush, 0.3, |brush| hills(brush, s.seed, level + 2.0, (9.0, 34.0), s.lit([0x6c, 0xa0, 0x70])));
    s.view.layer(brush, 0.5, |brush| {
        floor(brush, level, s.lit([0x4c, 0x86, 0x48]), s.lit([0x74, 0xac, 0x60]));
        for number in 0..7_u64 {
            let x = wrap(w * 1.4 * hash(s.seed, number) - s.t * 9.0, w * 1.4) - w * 0.2;
            tree(brush, s, (x, level + 5.0), 24.0 + 8.0 * hash(s.seed, number + 9), s.lit([0x4a, 0x80, 0x48]), number);
        }
        let road = level + (h - level) * 0.3;
        brush.rect(
            -16.0,
            road,
            w + 32.0,
            h,
            Paint::down(road, s.lit([0x8a, 0x88, 0x88]), h, s.lit([0x66, 0x66, 0x6a])),
        );
        for dash in 0..12_u8 {
            let x = wrap(f32::from(dash) * 22.0 - s.t * 26.0, 264.0) - 30.0;
            brush.rect(x, road + (h - road) * 0.3, 10.0, 0.9, Paint::from([0xf4, 0xf0, 0xe6]).alpha(0.8));
        }
    });
    let has_box = s.is_about("cargo~ box boxes lasten~");
    for number in 0..2_u8 {
        let at = f32::from(number);
        let size = w.min(h * 1.1) / 130.0 * (0.78 + 0.3 * at);
        let place = (w * (0.64 - 0.32 * at) + 6.0 * drift(s.t, at * 0.4), h * (0.78 + 0.13 * at));
        s.view.layer(brush, 0.8 + 0.15 * at, |brush| {
            cyclist(brush, s, place, size, usize::from(number), has_box && number == 1);
        });
    }
}
