//! People, sport, home, work and learning.

use super::outdoors::view_window;
use super::props::{SKINS, bokeh, cloud, floor, hills, lamp, painting, plant, shelf, sky, table, tree, walker};
use super::{Hour, Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{Dice, drift, hash, smooth, sway, wrap};
use crate::agent::draw::path::{Affine, Path};
use crate::agent::draw::person::{self, LOOKS, Pose};
use crate::agent::draw::raster::{Paint, Point};

pub(super) fn people(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    if s.variant.is_multiple_of(2) { circle_of_friends(brush, s) } else { square(brush, s) }
}

/// Three or four people together at a table.
fn circle_of_friends(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(s.look.lead, s.look.pale, if s.look.is_dark { 0.15 } else { 0.55 });
    wall(brush, base, (w * 0.4, h * 0.2));
    s.view.layer(brush, 0.35, |brush| {
        view_window(brush, s, [w * 0.32, h * 0.06, w * 0.36, h * 0.34]);
        shelf(brush, s, (w * 0.02, h * 0.2), w * 0.24, 8.0, s.seed);
        plant(brush, s, (w * 0.93, h * 0.7), 40.0, s.seed);
    });
    let count = if w > h { 4 } else { 3 };
    let mut dice = Dice(s.seed);
    let first = usize::try_from(dice.below(LOOKS.len() as u64)).unwrap_or(0);
    for number in 0..count {
        let share = (number as f32 + 0.5) / count as f32;
        let person = &LOOKS[(first + number * 5) % LOOKS.len()];
        let seed = s.seed ^ number as u64;
        let mut pose = Pose::idle(seed, s.t + 3.0 * hash(seed, 4));
        // They take turns in talking and look at each other.
        let turn = (s.t * 0.35 + hash(s.seed, 9)).rem_euclid(count as f32);
        let speaks = smooth(1.4 - 2.0 * (turn - number as f32 - 0.5).abs());
        pose.chat(
            speaks * (0.3 + 0.5 * sway(s.t, 2.6, hash(seed, 2)).abs()),
            (turn - 0.5 - number as f32).clamp(-1.0, 1.0),
            speaks,
        );
        let size = w.min(h * 1.2) / 100.0 * if count == 4 { 0.66 } else { 0.7 };
        s.view.layer(brush, 0.75, |brush| {
            let (x, y) = (w * (0.04 + 0.92 * share), h * (0.47 + 0.03 * (number % 2) as f32));
            brush.at(x, y, size, |brush| person::paint(brush, person, &pose, s.look, -1.0));
        });
    }
    s.view.layer(brush, 1.0, |brush| {
        let wood = s.lit([0xa0, 0x70, 0x48]);
        brush.path(
            &Path::new()
                .to(-20.0, h + 20.0)
                .to(-20.0, h * 0.82)
                .quad((w / 2.0, h * 0.74), (w + 20.0, h * 0.82))
                .to(w + 20.0, h + 20.0),
            Paint::down(h * 0.76, lighter(wood, 0.15), h, darker(wood, 0.25)),
        );
        for cup in 0..3_u8 {
            let (x, y) = (w * (0.22 + 0.28 * f32::from(cup)), h * 0.87);
            brush.ellipse(x, y + 0.4, 4.2, 1.0, Paint::from([0, 0, 0]).alpha(0.25));
            brush.poly(
                &[(x - 3.0, y - 6.4), (x + 3.0, y - 6.4), (x + 2.4, y), (x - 2.4, y)],
                s.look.turn(usize::from(cup) + 1),
            );
            brush.ellipse(x, y - 6.4, 3.0, 0.8, [0x4a, 0x2c, 0x1c]);
            brush.arc((x + 3.4, y - 3.4), 1.6, (0.0, 0.5), 0.7, s.look.turn(usize::from(cup) + 1));
        }
    });
}

/// People walking across a square with trees.
fn square(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.56;
    sky(brush, s, level);
    s.view.layer(brush, 0.3, |brush| {
        hills(brush, s.seed, level, (5.0, 24.0), mix(s.haze(), s.lit([0x5c, 0x8c, 0x64]), 0.6))
    });
    s.view.layer(brush, 0.5, |brush| {
        for number in 0..6_u64 {
            tree(
                brush,
                s,
                (w * (number as f32 + hash(s.seed, number)) / 6.0, level + 5.0),
                26.0 + 9.0 * hash(s.seed, number + 5),
                s.lit([0x5c, 0x92, 0x54]),
                s.seed ^ number,
            );
        }
        floor(brush, level + 4.0, s.lit([0xc0, 0xb4, 0xa0]), s.lit([0xd8, 0xd0, 0xc0]));
        for line in 0..9_u8 {
            let x = w * (f32::from(line) / 8.0 * 1.6 - 0.3);
            brush.line(
                &[(w / 2.0 + (x - w / 2.0) * 0.4, level + 4.0), (x, h + 12.0)],
                0.3,
                Paint::from(s.lit([0x98, 0x8c, 0x7c])).alpha(0.5),
            );
        }
    });
    let mut order: Vec<u64> = (0..13).collect();
    order.sort_by(|one, other| hash(s.seed, one + 90).total_cmp(&hash(s.seed, other + 90)));
    for number in order {
        let depth = hash(s.seed, number + 90);
        let way = if hash(s.seed, number + 5) < 0.5 { 1.0 } else { -1.0 };
        let speed = 4.0 + 3.0 * hash(s.seed, number) + 3.0 * depth;
        let along = wrap(s.t * speed + w * 1.4 * hash(s.seed, number + 50), w + 50.0) - 25.0;
        let x = if way > 0.0 { along } else { w - along };
        let at = usize::try_from(number).unwrap_or(0);
        s.view.layer(brush, 0.55 + 0.5 * depth, |brush| {
            walker(
                brush,
                (x, level + 9.0 + (h * 0.92 - level - 9.0) * depth),
                18.0 + 22.0 * depth,
                (s.lit(s.look.turn(at)), s.lit(SKINS[at % 5])),
                s.t * speed * 0.16 + depth,
                way,
            );
        });
    }
}

pub(super) fn sport(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let picked = if s.names(&["run", "marathon", "race", "jog"]) { 1 } else { s.variant % 2 };
    if picked == 0 { pitch(brush, s) } else { runners(brush, s) }
}

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
fn pitch(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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
fn runners(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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
            )
        });
    }
}

fn runner(brush: &mut Brush<'_>, (x, y): Point, size: f32, (shirt, skin): (Rgb, Rgb), stride: f32) {
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

pub(super) fn home(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    if s.variant % 3 == 2 { house(brush, s) } else { living_room(brush, s) }
}

pub(super) fn living_room(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(mix(s.look.lead, s.look.pale, 0.6), [0xe0, 0xd4, 0xc4], 0.3);
    let base = if s.is_night() || s.look.is_dark { darker(base, 0.45) } else { base };
    wall(brush, base, (w * 0.3, h * 0.3));
    let ground = h * 0.76;
    s.view.layer(brush, 0.5, |brush| {
        view_window(brush, s, [w * 0.08, h * 0.12, w * 0.3, h * 0.4]);
        for side in [0.055, 0.405] {
            let sway_x = 0.5 * sway(s.t, 0.14, side);
            brush.path(
                &Path::new()
                    .to(w * side - 3.6, h * 0.08)
                    .to(w * side + 3.6, h * 0.08)
                    .quad((w * side + 2.0 + sway_x, h * 0.4), (w * side + 3.4 + sway_x, h * 0.68))
                    .to(w * side - 3.4 + sway_x, h * 0.68),
                Paint::along((w * side - 4.0, 0.0), s.look.second, (w * side + 4.0, 0.0), darker(s.look.second, 0.2)),
            );
        }
        painting(brush, s, [w * 0.58, h * 0.14, w.min(140.0) * 0.13, w.min(140.0) * 0.15], s.seed);
        painting(
            brush,
            s,
            [w * 0.58 + w.min(140.0) * 0.17, h * 0.19, w.min(140.0) * 0.09, w.min(140.0) * 0.11],
            s.seed ^ 3,
        );
        floor(brush, ground, s.lit([0x8a, 0x60, 0x42]), s.lit([0xb4, 0x86, 0x60]));
        brush.rect(-16.0, ground - 2.0, w + 32.0, 2.0, lighter(base, 0.25));
    });
    s.view.layer(brush, 0.8, |brush| {
        brush.ellipse(w * 0.56, h * 0.9, w * 0.4, 8.0, mix(s.look.pop, base, 0.35));
        brush.ellipse(w * 0.56, h * 0.9, w * 0.35, 6.6, mix(s.look.pop, base, 0.55));
        lamp(brush, s, (w * 0.93, h * 0.87), h.min(130.0) * 0.56);
        let (x, y, wide) = (w * 0.63, h * 0.87, w.min(130.0) * 0.24);
        let sofa = s.look.lead;
        brush.round_rect(
            [x - wide, y - 28.0, wide * 2.0, 24.0],
            5.0,
            Paint::down(y - 28.0, lighter(sofa, 0.12), y, darker(sofa, 0.15)),
        );
        brush.line(&[(x, y - 27.0), (x, y - 14.0)], 0.4, darker(sofa, 0.3));
        brush.round_rect([x - wide - 4.0, y - 19.0, 9.0, 17.0], 4.0, darker(sofa, 0.08));
        brush.round_rect([x + wide - 5.0, y - 19.0, 9.0, 17.0], 4.0, darker(sofa, 0.2));
        for seat in [-1.0_f32, 1.0] {
            brush.round_rect(
                [x - wide * 0.5 + seat * wide * 0.44 - wide * 0.43 + wide * 0.5, y - 15.0, wide * 0.86, 10.0],
                2.6,
                lighter(sofa, 0.14),
            );
        }
        brush.turned(x - wide * 0.66, y - 20.0, -0.2, |brush| {
            brush.round_rect([-5.0, -5.0, 10.0, 10.0], 2.2, s.look.pop)
        });
        brush.turned(x + wide * 0.6, y - 20.0, 0.25, |brush| {
            brush.round_rect([-5.0, -5.0, 10.0, 10.0], 2.2, s.look.second)
        });
        cat(brush, s, (x + wide * 0.1, y - 14.4));
        for leg in [-1.0_f32, 1.0] {
            brush.rect(x + leg * wide * 0.86, y - 4.0, 1.4, 4.6, darker(s.look.deep, 0.2));
        }
        plant(brush, s, (w * 0.44, h * 0.86), 34.0, s.seed);
    });
}

fn cat(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point) {
    let fur = mix([0x4a, 0x44, 0x46], s.look.deep, 0.3);
    let breath = 0.25 * sway(s.t, 0.25, 0.0);
    let wag = 1.6 * sway(s.t, 0.3, 0.2);
    brush.curve(
        &[(x + 6.0, y - 0.6), (x + 9.0, y - 0.4), (x + 11.0, y - 2.6 + wag), (x + 10.0, y - 4.6 + wag)],
        1.3,
        fur,
    );
    brush.ellipse(x, y - 2.6 - breath * 0.5, 7.0, 3.2 + breath, fur);
    brush.circle(x - 6.0, y - 4.0, 2.7, fur);
    for ear in [-1.5_f32, 1.2] {
        brush.poly(&[(x - 6.0 + ear - 1.0, y - 5.6), (x - 6.0 + ear, y - 8.4), (x - 6.0 + ear + 1.2, y - 5.8)], fur);
    }
    for eye in [-0.9_f32, 0.9] {
        brush.line(&[(x - 6.0 + eye - 0.5, y - 4.2), (x - 6.0 + eye + 0.5, y - 4.2)], 0.3, [0xf0, 0xd8, 0x60]);
    }
}

/// A house in its garden, its windows lit in the evening.
fn house(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.72;
    sky(brush, s, level);
    s.view.layer(brush, 0.3, |brush| {
        hills(brush, s.seed, level - 2.0, (7.0, 34.0), mix(s.haze(), s.lit([0x5c, 0x8c, 0x60]), 0.6))
    });
    s.view.layer(brush, 0.7, |brush| {
        floor(brush, level, s.lit([0x4a, 0x80, 0x42]), s.lit([0x78, 0xac, 0x5c]));
        let (x, y, half) = (w * 0.5, level + 6.0, w.min(140.0) * 0.22);
        let walls = s.lit(mix([0xf2, 0xe8, 0xd8], s.look.pale, 0.4));
        let roof = s.lit(s.look.lead);
        brush.rect(x + half * 0.5, y - half * 1.55, half * 0.2, half * 0.5, darker(roof, 0.3));
        for puff in 0..4_u8 {
            let share = wrap(s.t * 0.12 + f32::from(puff) / 4.0, 1.0);
            brush.circle(
                x + half * 0.6 + 8.0 * share + sway(s.t, 0.2, share),
                y - half * 1.6 - 22.0 * share,
                1.6 + 3.6 * share,
                Paint::from([0xf4; 3]).alpha(0.4 * (1.0 - share)),
            );
        }
        brush.rect(
            x - half,
            y - half * 0.9,
            half * 2.0,
            half * 0.9,
            Paint::along((x - half, 0.0), lighter(walls, 0.1), (x + half, 0.0), darker(walls, 0.12)),
        );
        brush.poly(
            &[
                (x - half * 1.16, y - half * 0.88),
                (x - half * 0.6, y - half * 1.5),
                (x + half * 0.6, y - half * 1.5),
                (x + half * 1.16, y - half * 0.88),
            ],
            Paint::down(y - half * 1.5, lighter(roof, 0.08), y - half, darker(roof, 0.2)),
        );
        let is_lit = s.is_night() || s.hour == Hour::Dusk;
        let glass = if is_lit { [0xff, 0xd8, 0x8c] } else { s.lit([0x5c, 0x84, 0x9c]) };
        for column in [-0.68_f32, 0.4] {
            let (wx, wy, ww, wh) = (x + half * column, y - half * 0.66, half * 0.34, half * 0.36);
            if is_lit {
                brush.glow(wx + ww / 2.0, wy + wh / 2.0, half * 0.5, [0xff, 0xd0, 0x80], 0.4);
            }
            brush.rect(wx - 0.8, wy - 0.8, ww + 1.6, wh + 1.6, lighter(walls, 0.5));
            brush.rect(wx, wy, ww, wh, glass);
            brush.rect(wx + ww / 2.0 - 0.3, wy, 0.6, wh, lighter(walls, 0.5));
            brush.rect(wx, wy + wh / 2.0, ww, 0.6, lighter(walls, 0.5));
            brush.rect(wx - 1.4, wy + wh + 0.8, ww + 2.8, 1.8, s.lit(s.look.pop));
        }
        brush.round_rect([x - half * 0.14, y - half * 0.6, half * 0.3, half * 0.6], 1.2, s.lit(s.look.pop));
        brush.circle(x + half * 0.1, y - half * 0.3, 0.6, [0xf0, 0xd8, 0x90]);
        brush.poly(
            &[(x - half * 0.14, y), (x + half * 0.16, y), (x + half * 0.6, h + 16.0), (x - half * 0.5, h + 16.0)],
            s.lit([0xd8, 0xcc, 0xb4]),
        );
        for side in 0..4_u64 {
            let tx = if side < 2 { w * (0.05 + 0.13 * side as f32) } else { w * (0.7 + 0.13 * side as f32 - 0.2) };
            tree(
                brush,
                s,
                (tx, level + 8.0 + 4.0 * hash(s.seed, side)),
                32.0 + 14.0 * hash(s.seed, side + 4),
                s.lit([0x4a, 0x84, 0x48]),
                s.seed ^ side,
            );
        }
    });
}

pub(super) fn work(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let picked =
        if s.names(&["craft", "tool", "artisan", "hand", "build", "repair", "workshop"]) { 1 } else { s.variant % 3 };
    match picked {
        0 => desk(brush, s),
        1 => bench(brush, s),
        _ => notes_on_a_wall(brush, s),
    }
}

fn desk(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(s.look.pale, s.look.lead, if s.look.is_dark { 0.7 } else { 0.25 });
    wall(brush, base, (w * 0.7, h * 0.2));
    s.view.layer(brush, 0.4, |brush| {
        view_window(brush, s, [w * 0.08, h * 0.08, w * 0.34, h * 0.42]);
        shelf(brush, s, (w * 0.62, h * 0.22), w * 0.3, 9.0, s.seed);
        shelf(brush, s, (w * 0.7, h * 0.42), w * 0.24, 8.0, s.seed ^ 8);
    });
    s.view.layer(brush, 0.95, |brush| {
        table(brush, h * 0.7, s.lit([0xb0, 0x84, 0x5c]));
        let (x, y, half) = (w * 0.5, h * 0.8, w.min(140.0) * 0.2);
        let high = half * 1.2;
        brush.round_rect([x - half, y - high, half * 2.0, high], 1.6, [0x2a, 0x2c, 0x32]);
        let screen = [x - half + 1.2, y - high + 1.2, half * 2.0 - 2.4, high - 3.0];
        brush.rect(screen[0], screen[1], screen[2], screen[3], mix(s.look.deep, s.look.lead, 0.35));
        for row in 0..7_u8 {
            let typed = ((wrap(s.t, 9.0) - f32::from(row) * 0.8) * 1.4).clamp(0.0, 1.0);
            let long = screen[2] * (0.25 + 0.3 * hash(s.seed, row.into())) * typed;
            brush.round_rect(
                [
                    screen[0] + 2.0 + 2.0 * f32::from(row % 3),
                    screen[1] + 2.4 + screen[3] * 0.125 * f32::from(row),
                    long,
                    1.1,
                ],
                0.5,
                [s.look.pop, [0xf0, 0xf2, 0xf6], s.look.second][usize::from(row) % 3],
            );
        }
        for bar in 0..5_u8 {
            let tall = screen[3]
                * (0.2 + 0.4 * hash(s.seed, u64::from(bar) + 30) + 0.08 * sway(s.t, 0.3, f32::from(bar) * 0.2));
            brush.rect(
                screen[0] + screen[2] * (0.68 + 0.06 * f32::from(bar)),
                screen[1] + screen[3] * 0.88 - tall,
                screen[2] * 0.04,
                tall,
                if bar == 4 { s.look.pop } else { lighter(s.look.lead, 0.3) },
            );
        }
        brush.poly(
            &[(x - half * 1.08, y), (x + half * 1.08, y), (x + half * 1.24, y + 5.0), (x - half * 1.24, y + 5.0)],
            Paint::down(y, [0xb8, 0xbc, 0xc4], y + 5.0, [0x84, 0x88, 0x92]),
        );
        brush.rect(x - half * 1.24, y + 5.0, half * 2.48, 1.0, [0x6a, 0x6e, 0x78]);
        let (mx, my) = (w * 0.8, h * 0.87);
        super::props::steam(brush, s, (mx, my - 11.0), 16.0);
        brush.arc((mx + 5.0, my - 5.0), 2.6, (0.0, 0.5), 1.1, s.look.pop);
        brush.round_rect(
            [mx - 5.0, my - 10.0, 10.0, 10.0],
            1.4,
            Paint::along((mx - 5.0, 0.0), lighter(s.look.pop, 0.2), (mx + 5.0, 0.0), darker(s.look.pop, 0.2)),
        );
        plant(brush, s, (w * 0.16, h * 0.86), 30.0, s.seed);
        brush.poly(
            &[(w * 0.25, h * 0.92), (w * 0.36, h * 0.9), (w * 0.38, h * 0.96), (w * 0.26, h * 0.985)],
            [0xfa, 0xf6, 0xee],
        );
        brush.line(&[(w * 0.29, h * 0.935), (w * 0.36, h * 0.955)], 0.7, s.look.lead);
    });
}

/// Hands at work on a bench under a lamp.
fn bench(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(mix([0x54, 0x48, 0x40], s.look.lead, 0.3), s.look.deep, 0.2);
    wall(brush, base, (w * 0.55, h * 0.35));
    s.view.layer(brush, 0.45, |brush| {
        brush.round_rect([w * 0.08, h * 0.08, w * 0.84, h * 0.4], 1.5, darker(base, 0.25));
        for tool in 0..9_u8 {
            let x = w * (0.13 + 0.092 * f32::from(tool));
            let y = h * 0.14;
            let metal = mix([0xb0, 0xb4, 0xbc], s.look.second, 0.2);
            let grip = s.look.turn(usize::from(tool));
            brush.turned(x, y, 0.02 * sway(s.t, 0.2, f32::from(tool) * 0.2), |brush| match tool % 4 {
                0 => {
                    brush.rect(-0.7, 0.0, 1.4, 16.0, grip);
                    brush.round_rect([-4.0, -1.0, 8.0, 4.0], 0.8, metal);
                }
                1 => {
                    brush.round_rect([-1.2, 9.0, 2.4, 9.0], 1.0, grip);
                    brush.rect(-0.5, -1.0, 1.0, 11.0, metal);
                }
                2 => {
                    brush.arc((0.0, 2.0), 2.6, (0.1, 0.9), 1.4, metal);
                    brush.rect(-0.8, 4.0, 1.6, 13.0, metal);
                }
                _ => {
                    brush.line(&[(-1.8, 18.0), (0.4, 8.0), (-0.8, 0.0)], 1.2, grip);
                    brush.line(&[(1.8, 18.0), (-0.4, 8.0), (0.8, 0.0)], 1.2, grip);
                }
            });
        }
    });
    let (x, y) = (w * 0.5, h * 0.78);
    s.view.layer(brush, 0.9, |brush| {
        table(brush, h * 0.66, s.lit([0x8c, 0x60, 0x3e]));
        brush.glow(x, y, 46.0, [0xff, 0xdc, 0x9c], 0.55);
        brush.poly(
            &[(x - 27.0, y + 8.0), (x + 27.0, y + 8.0), (x + 22.0, y - 9.0), (x - 22.0, y - 9.0)],
            mix([0xf8, 0xf2, 0xe4], s.look.pale, 0.3),
        );
        let drawn = wrap(s.t, 9.0) / 6.0;
        for line in 0..6_u8 {
            let share = (drawn * 6.0 - f32::from(line)).clamp(0.0, 1.0);
            let (sine, cosine) = (f32::from(line) / 6.0 * std::f32::consts::TAU).sin_cos();
            let (fx, fy) = (x + 11.0 * cosine, y + 5.6 * sine);
            let (sine, cosine) = (f32::from(line + 2) / 6.0 * std::f32::consts::TAU).sin_cos();
            brush.line(
                &[(fx, fy), (fx + (x + 11.0 * cosine - fx) * share, fy + (y + 5.6 * sine - fy) * share)],
                0.5,
                s.look.lead,
            );
        }
        let number = (drawn * 6.0).floor().min(5.0);
        let share = (drawn * 6.0 - number).clamp(0.0, 1.0);
        let corner = |line: f32| {
            let (sine, cosine) = (line / 6.0 * std::f32::consts::TAU).sin_cos();
            (x + 11.0 * cosine, y + 5.6 * sine)
        };
        let (from, to) = (corner(number), corner(number + 2.0));
        let tip = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
        let skin = SKINS[usize::try_from(s.seed % 5).unwrap_or(0)];
        arm(brush, (w * 0.88, h + 12.0), (tip.0 + 6.0, tip.1 + 5.0), (s.look.lead, skin));
        brush.line(&[tip, (tip.0 + 9.0, tip.1 - 6.0)], 1.1, s.look.pop);
        arm(brush, (w * 0.1, h + 12.0), (x - 22.0, y + 4.0), (s.look.lead, skin));
    });
}

/// A sleeve and a hand that comes from the lower edge.
pub(super) fn arm(brush: &mut Brush<'_>, from: Point, hand: Point, (sleeve, skin): (Rgb, Rgb)) {
    let wrist = (hand.0 + (from.0 - hand.0) * 0.22, hand.1 + (from.1 - hand.1) * 0.22);
    brush.taper(&[from, wrist], 19.0, 10.5, sleeve);
    brush.taper(&[wrist, hand], 7.4, 7.8, skin);
    let (dx, dy) = (hand.0 - wrist.0, hand.1 - wrist.1);
    let angle = dy.atan2(dx);
    brush.turned(hand.0, hand.1, angle, |brush| {
        brush.ellipse(0.0, 0.0, 5.0, 4.4, skin);
        for finger in 0..4_u8 {
            let row = (f32::from(finger) - 1.5) * 2.0;
            brush.line(
                &[(2.0, row), (7.4 - row.abs() * 0.5, row * 0.8)],
                1.9,
                if finger % 2 == 0 { skin } else { lighter(skin, 0.06) },
            );
        }
        brush.line(&[(-1.0, -3.6), (4.6, -5.4)], 2.1, darker(skin, 0.06));
    });
}

/// Coloured notes, sorted on a wall.
fn notes_on_a_wall(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(s.look.pale, s.look.lead, if s.look.is_dark { 0.6 } else { 0.14 });
    wall(brush, base, (w * 0.3, h * 0.2));
    s.view.layer(brush, 0.8, |brush| {
        brush.round_rect([w * 0.06, h * 0.07, w * 0.88, h * 0.72], 2.0, mix([0xfb; 3], s.look.pale, 0.5));
        for column in 0..3_u64 {
            let x = w * (0.1 + 0.285 * column as f32);
            brush.round_rect([x, h * 0.12, w * 0.2, 2.6], 1.3, s.look.turn(usize::try_from(column).unwrap_or(0)));
            for row in 0..3_u64 {
                let number = column * 3 + row;
                let shown = smooth((wrap(s.t, 12.0) - 0.5 * number as f32 + 2.0) * 2.0);
                let (nx, ny, size) =
                    (x + (row % 2) as f32 * w * 0.03, h * (0.2 + 0.19 * row as f32), (w * 0.15).min(20.0));
                brush.turned(
                    nx + size / 2.0,
                    ny + size / 2.0,
                    (hash(s.seed, number) - 0.5) * 0.14 + (1.0 - shown) * 0.3,
                    |brush| {
                        brush.faded(shown, |brush| {
                            let colour =
                                mix(s.look.turn(usize::try_from(number).unwrap_or(0)), [0xff, 0xf0, 0xb0], 0.45);
                            brush.rect(
                                -size / 2.0 + 0.6,
                                -size * 0.38 + 0.8,
                                size,
                                size * 0.82,
                                Paint::from([0, 0, 0]).alpha(0.14),
                            );
                            brush.rect(-size / 2.0, -size * 0.4, size, size * 0.82, colour);
                            for line in 0..3_u8 {
                                brush.round_rect(
                                    [
                                        -size * 0.38,
                                        -size * 0.22 + size * 0.18 * f32::from(line),
                                        size * (0.74 - 0.16 * hash(s.seed, number + u64::from(line))),
                                        0.8,
                                    ],
                                    0.4,
                                    darker(colour, 0.5),
                                );
                            }
                        });
                    },
                );
            }
        }
    });
    s.view.layer(brush, 1.1, |brush| {
        let skin = SKINS[usize::try_from(s.seed % 5).unwrap_or(0)];
        let point = (w * (0.5 + 0.13 * drift(s.t, 0.2)), h * (0.5 + 0.08 * drift(s.t * 1.2, 0.7)));
        arm(brush, (w * 0.9, h + 14.0), point, (s.look.lead, skin));
    });
}

pub(super) fn learning(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    if s.variant.is_multiple_of(2) { blackboard(brush, s) } else { open_book(brush, s) }
}

fn blackboard(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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
                    brush.arc((0.0, 0.0), 8.0, (0.0, 1.0), 0.5, Paint::from([0xf4, 0xf4, 0xec]).alpha(0.8))
                });
            });
        }
        brush.circle(px, py, 1.5, s.look.pop);
        brush.rect(x, y + bh + 2.0, bw, 1.8, s.lit([0xa8, 0x7c, 0x50]));
    });
    s.view.layer(brush, 1.1, |brush| {
        for head in 0..7_u64 {
            let x = w * (head as f32 + 0.5) / 7.0 + 1.2 * drift(s.t, hash(s.seed, head));
            let y = h * (0.93 + 0.03 * hash(s.seed, head));
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
fn open_book(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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
                    0 => super::things::sparkle(brush, (0.0, 0.0), size, colour),
                    1 => brush.poly(&[(0.0, -size), (size, size * 0.8), (-size, size * 0.8)], colour),
                    2 => {
                        brush.circle(0.0, 0.0, size * 0.7, colour);
                        brush.within(Affine::scaled(1.0, 0.35), |brush| {
                            brush.arc((0.0, 0.0), size * 1.2, (0.0, 1.0), 0.7, lighter(colour, 0.4))
                        });
                    }
                    3 => brush.arc((0.0, 0.0), size * 0.8, (0.0, 1.0), 1.0, colour),
                    _ => {
                        brush.circle(0.0, -size * 0.3, size * 0.62, colour);
                        brush.rect(-size * 0.26, size * 0.3, size * 0.52, size * 0.4, lighter(colour, 0.4));
                    }
                })
            });
        }
    });
    if s.seed.is_multiple_of(5) {
        cloud(brush, s, (w * 0.2, h * 0.16), 6.0);
    }
}
