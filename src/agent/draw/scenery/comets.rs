//! Comets from near and as diagrams.

use super::Scenery;
use super::catalogue::COMET;
use super::space::stars;
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{hash, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;

/// Planets have orbits too.
fn is_about_comets(s: &Scenery<'_>) -> bool {
    s.is_about(COMET)
}

fn dust(s: &Scenery<'_>) -> Rgb {
    mix([0xff, 0xe4, 0xb0], s.look.pop, 0.4)
}

fn gas(s: &Scenery<'_>) -> Rgb {
    mix([0x8c, 0xc8, 0xff], s.look.lead, 0.2)
}

fn sun(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, radius: f32) {
    let light = mix([0xff, 0xd8, 0x80], s.look.pop, 0.35);
    brush.glow(x, y, radius * 3.0, light, 0.7);
    for ray in 0..12_u8 {
        let (sine, cosine) = ((f32::from(ray) / 12.0 + s.t * 0.01) * std::f32::consts::TAU).sin_cos();
        let far = radius * (1.5 + 0.15 * sway(s.t, 0.4, f32::from(ray) * 0.37));
        let near = radius * 1.18;
        brush.line(&[(x + near * cosine, y + near * sine), (x + far * cosine, y + far * sine)], radius * 0.09, light);
    }
    let core = mix([0xff, 0xf2, 0xc8], s.look.pop, 0.15);
    brush.circle(x, y, radius, Paint::around((x, y), radius, core, light));
}

/// A comet's head with both tails, away from the sun at the angle of `away`; `long` is the length of the gas tail.
pub(super) fn tailed(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, away: f32, (size, long): (f32, f32)) {
    let (dust, gas) = (dust(s), gas(s));
    brush.turned(x, y, away, |brush| {
        let bend = long * (0.26 + 0.02 * sway(s.t, 0.2, x * 0.01));
        let tail = Path::new()
            .to(0.0, -size * 0.8)
            .quad((long * 0.5, bend * 0.1), (long * 0.86, bend))
            .to(long * 0.7, bend * 1.5)
            .quad((long * 0.34, bend * 0.6), (0.0, size));
        brush.path(&tail, Paint::along((0.0, 0.0), dust, (long * 0.84, bend), dust).fading([0.75, 0.4, 0.0]));
        for ray in 0..3_u8 {
            let spread = (f32::from(ray) - 1.0) * size * 0.7 - size * 0.8;
            let far = long * (1.0 + 0.05 * sway(s.t, 0.6, f32::from(ray) * 0.3));
            brush.poly(
                &[(0.0, -size * 0.5), (far, spread), (0.0, size * 0.4)],
                Paint::along((0.0, 0.0), gas, (far, spread), gas).fading([0.85, 0.4, 0.0]),
            );
        }
    });
    brush.glow(x, y, size * 3.4, [0xe8, 0xf6, 0xff], 0.8);
    brush.circle(x, y, size, [0xfa, 0xfc, 0xff]);
}

/// The lump of ice and dust itself: jets burst from its sunny side, a probe flies past.
pub(super) fn nucleus(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    stars(brush, s);
    s.view
        .layer(brush, 0.3, |brush| brush.glow(w * 0.02, h * 0.08, 62.0, mix([0xff, 0xd8, 0x80], s.look.pop, 0.4), 0.8));
    let (x, y) = (w * 0.54, h * 0.46);
    let (dust, gas) = (dust(s), gas(s));
    s.view.layer(brush, 0.9, |brush| {
        for jet in 0..7_u8 {
            let number = u64::from(jet);
            let angle = -2.7 + 0.42 * f32::from(jet) + 0.05 * sway(s.t, 0.3, hash(s.seed, number));
            let (sine, cosine) = angle.sin_cos();
            let long = 30.0 + 16.0 * hash(s.seed, number) + 3.0 * sway(s.t, 0.5, hash(s.seed, number + 9));
            let colour = if jet % 2 == 0 { gas } else { dust };
            let (foot, tip) = ((x + 15.0 * cosine, y + 12.0 * sine), (x + long * cosine, y + long * sine));
            let wide = 5.0 + 4.0 * hash(s.seed, number + 20);
            brush.poly(
                &[
                    (foot.0 - sine, foot.1 + cosine),
                    (tip.0 - sine * wide, tip.1 + cosine * wide),
                    (tip.0 + sine * wide, tip.1 - cosine * wide),
                    (foot.0 + sine, foot.1 - cosine),
                ],
                Paint::along(foot, colour, tip, colour).fading([0.75, 0.3, 0.0]),
            );
        }
        brush.turned(x, y, 0.35 * s.t.mul_add(0.06, 0.0).sin(), |brush| lump(brush, s));
        for grain in 0..26_u64 {
            let share = wrap(s.t * (0.06 + 0.06 * hash(s.seed, grain + 7)) + hash(s.seed, grain), 1.0);
            let (sine, cosine) = (-2.8 + 3.0 * hash(s.seed, grain + 60)).sin_cos();
            let far = 20.0 + 40.0 * share;
            let colour = if grain % 3 == 0 { [0xf4, 0xfa, 0xff] } else { dust };
            let (gx, gy) = (x + far * cosine + 16.0 * share * share, y + far * sine * 0.9 + 6.0 * share);
            brush.circle(gx, gy, 0.3 + 0.5 * hash(s.seed, grain + 90), Paint::from(colour).alpha(1.0 - share));
        }
    });
    let along = wrap(s.t * 0.035 + hash(s.seed, 5), 1.0);
    s.view.layer(brush, 1.05, |brush| probe(brush, s, (w * (0.06 + 0.88 * along), h * (0.26 - 0.1 * along)), 1.0));
}

/// Two lobes grown together, dark as coal, with patches of ice.
fn lump(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let rock = mix([0x58, 0x54, 0x60], s.look.lead, 0.18);
    let outline: Vec<Point> = (0..14_u8)
        .map(|corner| {
            let turn = f32::from(corner) / 14.0 * std::f32::consts::TAU;
            let (sine, cosine) = turn.sin_cos();
            let waist = 1.0 - 0.22 * (turn.sin().abs()).powi(3);
            let rough = 0.92 + 0.16 * hash(s.seed, u64::from(corner) + 300);
            (27.0 * cosine * rough, 18.0 * sine * rough * waist)
        })
        .collect();
    brush.path(
        &Path::smooth(&outline),
        Paint::along((-20.0, -18.0), lighter(rock, 0.42), (20.0, 18.0), darker(rock, 0.75)).via(0.45, rock),
    );
    for crater in 0..8_u64 {
        let (sine, cosine) = (hash(s.seed, crater + 40) * std::f32::consts::TAU).sin_cos();
        let far = 0.75 * hash(s.seed, crater + 50).sqrt();
        let (cx, cy, radius) = (24.0 * cosine * far, 14.0 * sine * far, 1.4 + 2.4 * hash(s.seed, crater + 70));
        brush.ellipse(cx - 0.4, cy - 0.4, radius * 1.12, radius * 0.82, Paint::from(lighter(rock, 0.3)).alpha(0.5));
        brush.ellipse(cx, cy, radius, radius * 0.7, Paint::from(darker(rock, 0.55)).alpha(0.8));
    }
    for patch in 0..4_u64 {
        let (px, py) = (-16.0 + 9.0 * patch as f32, -9.0 + 5.0 * hash(s.seed, patch + 81));
        brush.ellipse(px, py, 2.8, 1.3, Paint::from([0xe4, 0xf4, 0xff]).alpha(0.85));
    }
}

fn probe(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32) {
    brush.turned(x, y, 0.12 + 0.06 * sway(s.t, 0.1, 0.0), |brush| {
        brush.at(0.0, 0.0, size, |brush| {
            for side in [-1.0_f32, 1.0] {
                brush.line(&[(0.0, 0.0), (side * 5.0, 0.0)], 0.6, [0xb0, 0xb4, 0xbc]);
                let left = if side < 0.0 { -15.0 } else { 4.6 };
                brush.rect(left, -2.8, 10.4, 5.6, darker(s.look.lead, 0.15));
                for cell in 1..4_u8 {
                    brush.rect(left + 2.6 * f32::from(cell), -2.8, 0.3, 5.6, lighter(s.look.lead, 0.45));
                }
                brush.rect(left, -0.15, 10.4, 0.3, lighter(s.look.lead, 0.45));
            }
            let foil = mix([0xe8, 0xb8, 0x50], s.look.pop, 0.3);
            brush.round_rect(
                [-3.0, -3.6, 6.0, 7.2],
                0.8,
                Paint::along((-3.0, -3.6), lighter(foil, 0.35), (3.0, 3.6), darker(foil, 0.3)),
            );
            brush.line(&[(0.0, 3.4), (0.0, 6.2)], 0.5, [0xd8; 3]);
            brush
                .path(&Path::new().to(-3.6, 6.0).quad((0.0, 9.4), (3.6, 6.0)).quad((0.0, 7.2), (-3.6, 6.0)), [0xf4; 3]);
            let blink = sway(s.t, 0.7, 0.0).max(0.0);
            brush.circle(2.2, -2.8, 0.6, Paint::from([0xff, 0x50, 0x40]).alpha(0.3 + 0.7 * blink));
        });
    });
}

/// The way of a comet around the sun, far out and back: its tails grow near the sun and point away from it.
pub(super) fn orbit(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    stars(brush, s);
    let (cx, cy) = (w * 0.5, h * 0.44);
    let long = (w * 0.4).min(68.0);
    let high = (h * 0.31).min(long * 0.5);
    let focus = (long * long - high * high).max(1.0).sqrt();
    let (sun_x, eccentric) = if is_about_comets(s) { (cx - focus, focus / long) } else { (cx, 0.0) };
    let at = |anomaly: f32| (cx - long * anomaly.cos(), cy + high * anomaly.sin());
    s.view.layer(brush, 0.8, |brush| {
        // The planets' nearly round ways.
        let rings = [13.0_f32, 21.0, 32.0, 45.0, 60.0];
        for (number, far) in rings.into_iter().take(if is_about_comets(s) { 2 } else { 5 }).enumerate() {
            let flat = high / long + 0.3;
            let ring: Vec<Point> = (0..=48_u8)
                .map(|step| {
                    let (sine, cosine) = (f32::from(step) / 48.0 * std::f32::consts::TAU).sin_cos();
                    (sun_x + far * cosine, cy + far * flat * sine)
                })
                .collect();
            brush.line(&ring, 0.3, Paint::from([0xff; 3]).alpha(0.3));
            let (sine, cosine) = (s.t * 0.5 / (1.0 + number as f32) + number as f32 * 2.0).sin_cos();
            brush.circle(
                sun_x + far * cosine,
                cy + far * flat * sine,
                1.5 + 0.5 * number as f32,
                s.look.turn(number * 2),
            );
        }
        if !is_about_comets(s) {
            return sun(brush, s, (sun_x, cy), 5.4);
        }
        for dash in 0..44_u8 {
            let from = f32::from(dash) / 44.0 * std::f32::consts::TAU;
            brush.line(&[at(from), at(from + 0.08)], 0.6, Paint::from(lighter(s.look.pale, 0.3)).alpha(0.75));
        }
        sun(brush, s, (sun_x, cy), 5.4);
        let comet = |brush: &mut Brush<'_>, anomaly: f32, size: f32| {
            let (x, y) = at(anomaly);
            let (dx, dy) = (x - sun_x, y - cy);
            let near = 14.0 / dx.hypot(dy).max(6.0);
            tailed(brush, s, (x, y), dy.atan2(dx), (size, (30.0 * near).clamp(3.0, 26.0)));
        };
        for ghost in [0.95_f32, 2.0, 4.3, 5.35] {
            brush.faded(0.4, |brush| comet(brush, ghost, 1.0));
        }
        // Kepler's equation, so that it hurries near the sun.
        let mean = wrap(s.t * 0.07 + hash(s.seed, 2), 1.0) * std::f32::consts::TAU;
        let anomaly = (0..6).fold(mean, |anomaly, _| {
            anomaly - (anomaly - eccentric * anomaly.sin() - mean) / (1.0 - eccentric * anomaly.cos()).max(0.2)
        });
        comet(brush, anomaly, 1.9);
    });
}

/// A diagram: light pushes dust aside into a curve, the sun's wind blows gas straight away.
pub(super) fn two_tails(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    stars(brush, s);
    let (sun_x, sun_y) = (w * 0.07, h * 0.5);
    let (x, y) = (w * 0.4, h * 0.46);
    let (dust, gas) = (dust(s), gas(s));
    let away = (y - sun_y).atan2(x - sun_x);
    let long = w * 0.5;
    s.view.layer(brush, 0.8, |brush| {
        sun(brush, s, (sun_x, sun_y), 11.0);
        // Light and wind on their way.
        for number in 0..10_u64 {
            let share = wrap(s.t * 0.22 + number as f32 * 0.37, 1.0);
            let (ax, ay) = (sun_x + 18.0 + (x - sun_x - 26.0) * share, sun_y + (number as f32 - 4.5) * 5.0);
            let fade = (share * std::f32::consts::PI).sin();
            let colour = if number % 2 == 0 { dust } else { gas };
            let arrow = Paint::from(colour).alpha(0.9 * fade);
            brush.line(&[(ax - 6.0, ay), (ax, ay)], 0.7, arrow);
            brush.poly(&[(ax - 0.4, ay - 1.5), (ax + 2.2, ay), (ax - 0.4, ay + 1.5)], arrow);
        }
        brush.turned(x, y, away, |brush| {
            let bend = -(h * 0.3).min(long * 0.5);
            let curved = |share: f32, side: f32| (long * share, bend * share * share + side * (3.0 + 12.0 * share));
            let mut edge: Vec<Point> = (0..=16_u8).map(|step| curved(f32::from(step) / 16.0, -1.0)).collect();
            edge.extend((0..=16_u8).rev().map(|step| curved(f32::from(step) / 16.0, 0.7)));
            brush.poly(&edge, Paint::along((0.0, 0.0), dust, (long, bend), dust).fading([0.8, 0.5, 0.0]));
            let straight = [(0.0, -2.2), (long * 1.06, 4.0), (long * 1.06, 10.0), (0.0, 2.6)];
            brush.poly(&straight, Paint::along((0.0, 0.0), gas, (long * 1.06, 7.0), gas).fading([0.9, 0.55, 0.0]));
            for grain in 0..34_u64 {
                let share = wrap(s.t * 0.13 + hash(s.seed, grain), 1.0);
                if grain % 2 == 0 {
                    let (gx, gy) = curved(share, 1.4 * hash(s.seed, grain + 40) - 0.9);
                    brush.circle(gx, gy, 0.55, Paint::from([0xff, 0xf6, 0xe0]).alpha(1.0 - share));
                } else {
                    let share = wrap(share * 2.1, 1.0);
                    let gy = 7.0 * share + (hash(s.seed, grain + 40) - 0.5) * (2.0 + 4.0 * share);
                    brush.line(
                        &[(long * share, gy), (long * share + 4.0, gy + 0.3)],
                        0.4,
                        Paint::from([0xee, 0xf8, 0xff]).alpha(1.0 - share),
                    );
                }
            }
        });
        brush.glow(x, y, 15.0, [0xe8, 0xf6, 0xff], 0.9);
        brush.circle(x, y, 3.8, [0xfa, 0xfc, 0xff]);
    });
}
