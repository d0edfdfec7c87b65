//! Space: planets, a rocket, and planets of paper.

use super::props::floor;
use super::{Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{drift, hash, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::{Affine, Path};

pub(super) fn stars(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let deep = mix([0x05, 0x07, 0x16], s.look.deep, 0.5);
    brush.everything(Paint::along((0.0, 0.0), deep, (w, h), mix(deep, s.look.lead, 0.4)));
    for cloud in 0..4_u64 {
        let (x, y) = (w * hash(s.seed, cloud), h * hash(s.seed, cloud + 10));
        brush.glow(
            x + 3.0 * drift(s.t * 0.5, hash(s.seed, cloud)),
            y,
            40.0 + 30.0 * hash(s.seed, cloud + 20),
            s.look.turn(usize::try_from(cloud).unwrap_or(0)),
            0.22,
        );
    }
    for star in 0..110_u64 {
        let depth = 0.1 + 0.4 * hash(s.seed, star + 900);
        let (x, y) = (wrap(w * hash(s.seed, star) - s.t * depth * 1.5, w), h * hash(s.seed, star + 500));
        let light = 0.4 + 0.35 * hash(s.seed, star + 700) + 0.25 * sway(s.t, 0.6, hash(s.seed, star + 77));
        brush.circle(x, y, 0.12 + 0.3 * hash(s.seed, star + 300).powi(3), Paint::from([0xff; 3]).alpha(light));
    }
}

fn planet(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, radius: f32, colour: Rgb, number: u64) {
    brush.glow(x, y, radius * 1.5, colour, 0.35);
    brush.circle(x, y, radius, colour);
    // Bands that drift: arcs of chords.
    for band in 0..5_u8 {
        let at = -0.8 + 0.4 * f32::from(band) + 0.06 * hash(s.seed, u64::from(band) + number);
        let half = radius * (1.0 - at * at).max(0.0).sqrt() * 0.98;
        let bend = radius * 0.06 * sway(s.t, 0.08, f32::from(band) * 0.3);
        let shade = if band % 2 == 0 { lighter(colour, 0.2) } else { darker(colour, 0.16) };
        brush.curve(
            &[
                (x - half * 0.93, y + at * radius),
                (x, y + at * radius + radius * 0.09 + bend),
                (x + half * 0.93, y + at * radius),
            ],
            radius * 0.12,
            Paint::from(shade).alpha(0.7),
        );
    }
    brush.circle(
        x,
        y,
        radius,
        Paint::around((x - radius * 0.5, y - radius * 0.5), radius * 1.8, [0; 3], [0; 3])
            .via(0.4, [0; 3])
            .fading([0.0, 0.1, 0.75]),
    );
}

pub(super) fn planets(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    stars(brush, s);
    let (x, y, radius) = (w * (0.3 + 0.4 * hash(s.seed, 1)), h * 0.46, w.min(h) * 0.26);
    let ring = |brush: &mut Brush<'_>, from: f32, to: f32| {
        brush.turned(x, y, -0.3, |brush| {
            brush.within(Affine::scaled(1.0, 0.26), |brush| {
                for (number, far) in [1.45, 1.62, 1.8].into_iter().enumerate() {
                    brush.arc(
                        (0.0, 0.0),
                        radius * far,
                        (from, to),
                        radius * 0.12,
                        Paint::from(lighter(s.look.turn(number + 1), 0.2)).alpha(0.85),
                    );
                }
            });
        });
    };
    s.view.layer(brush, 0.7, |brush| {
        ring(brush, -0.25, 0.25);
        planet(brush, s, (x, y), radius, s.look.lead, 1);
        ring(brush, 0.25, 0.75);
    });
    for moon in 0..3_u64 {
        let turn = s.t * (0.03 + 0.02 * moon as f32) + hash(s.seed, moon + 4);
        let (sine, cosine) = (turn * std::f32::consts::TAU).sin_cos();
        let far = radius * (1.9 + 0.5 * moon as f32);
        s.view.layer(brush, 0.9, |brush| {
            planet(
                brush,
                s,
                (x + far * cosine, y + far * 0.4 * sine),
                3.0 + 2.6 * hash(s.seed, moon + 9),
                s.look.turn(usize::try_from(moon).unwrap_or(0) + 1),
                moon + 20,
            );
        });
    }
    let fall = wrap(s.t * 0.25, 1.0);
    let (cx, cy) = (w * (1.0 - 0.9 * fall), h * (0.05 + 0.4 * fall));
    brush.taper(
        &[(cx, cy), (cx + 22.0, cy - 9.0)],
        0.8,
        0.05,
        Paint::from([0xff, 0xf8, 0xe0]).alpha((fall * std::f32::consts::PI).sin() * 0.8),
    );
}

pub(super) fn rocket(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    stars(brush, s);
    s.view.layer(brush, 0.4, |brush| planet(brush, s, (w * 0.85, h * 0.2), w.min(h) * 0.13, s.look.second, 3));
    s.view.layer(brush, 0.5, |brush| {
        brush.circle(
            w * 0.4,
            h + 92.0,
            110.0,
            Paint::around((w * 0.4, h - 10.0), 130.0, lighter(s.look.lead, 0.25), darker(s.look.lead, 0.5)),
        );
    });
    let (x, y) = (w * (0.46 + 0.05 * drift(s.t * 0.6, 0.2)), h * (0.44 + 0.04 * sway(s.t, 0.12, 0.0)));
    s.view.layer(brush, 0.9, |brush| {
        for puff in 0..16_u64 {
            let share = wrap(s.t * 0.5 + puff as f32 / 16.0, 1.0);
            let (px, py) = (x - 10.0 - 46.0 * share + 4.0 * hash(s.seed, puff) * share, y + 15.0 + 60.0 * share);
            brush.circle(
                px,
                py,
                2.0 + 8.0 * share,
                Paint::from(mix([0xff; 3], s.look.pale, 0.4)).alpha(0.5 * (1.0 - share)),
            );
        }
        brush.turned(x, y, 0.62 + 0.03 * sway(s.t, 0.3, 0.1), |brush| {
            let flame = 1.0 + 0.25 * sway(s.t, 4.0, 0.0) + 0.1 * sway(s.t, 7.3, 0.3);
            brush.glow(0.0, 24.0, 22.0, [0xff, 0xa0, 0x40], 0.6);
            brush.path(
                &Path::new()
                    .to(-5.0, 17.0)
                    .quad((-7.0, 27.0), (0.0, 17.0 + 20.0 * flame))
                    .quad((7.0, 27.0), (5.0, 17.0)),
                [0xff, 0x8c, 0x30],
            );
            brush.path(
                &Path::new()
                    .to(-3.0, 17.0)
                    .quad((-4.0, 23.0), (0.0, 17.0 + 12.0 * flame))
                    .quad((4.0, 23.0), (3.0, 17.0)),
                [0xff, 0xe8, 0x90],
            );
            for side in [-1.0_f32, 1.0] {
                brush.path(
                    &Path::new()
                        .to(side * 7.0, 2.0)
                        .quad((side * 16.0, 10.0), (side * 14.0, 20.0))
                        .to(side * 6.0, 15.0),
                    darker(s.look.pop, if side < 0.0 { 0.0 } else { 0.2 }),
                );
            }
            brush.path(
                &Path::new().to(0.0, -32.0).cubic((10.0, -22.0), (12.0, 0.0), (6.0, 17.0)).to(-6.0, 17.0).cubic(
                    (-12.0, 0.0),
                    (-10.0, -22.0),
                    (0.0, -32.0),
                ),
                Paint::along((-9.0, 0.0), [0xff; 3], (10.0, 0.0), [0xa8, 0xb0, 0xc0]).via(0.4, [0xf0, 0xf0, 0xf2]),
            );
            brush.path(
                &Path::new().to(0.0, -32.0).cubic((5.0, -27.0), (7.4, -20.0), (8.4, -15.0)).to(-8.4, -15.0).cubic(
                    (-7.4, -20.0),
                    (-5.0, -27.0),
                    (0.0, -32.0),
                ),
                s.look.pop,
            );
            brush.circle(0.0, -5.0, 4.6, darker(s.look.lead, 0.2));
            brush.circle(0.0, -5.0, 3.4, mix([0x90, 0xd0, 0xe8], s.look.lead, 0.25));
            brush.circle(-1.2, -6.2, 1.0, Paint::from([0xff; 3]).alpha(0.8));
            brush.rect(-8.4, 9.0, 16.8, 2.0, s.look.lead);
            brush.round_rect([-1.2, 8.0, 2.4, 12.0], 1.0, darker(s.look.pop, 0.15));
        });
    });
}

/// Folded planets and satellites on threads, in a great hall.
pub(super) fn paper_planets(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = if s.look.is_dark { mix(s.look.deep, s.look.lead, 0.35) } else { mix(s.look.pale, s.look.lead, 0.16) };
    wall(brush, base, (w * 0.5, h * 0.2));
    s.view.layer(brush, 0.3, |brush| {
        for arch in 0..6_u8 {
            let x = w * (f32::from(arch) / 5.0) - w * 0.0;
            let half = w * 0.07;
            let shade = darker(base, 0.14);
            brush.path(
                &Path::new()
                    .to(x - half, h * 0.84)
                    .to(x - half, h * 0.34)
                    .quad((x - half, h * 0.2), (x, h * 0.2))
                    .quad((x + half, h * 0.2), (x + half, h * 0.34))
                    .to(x + half, h * 0.84),
                Paint::down(h * 0.2, lighter(base, 0.2), h * 0.84, shade),
            );
        }
        floor(brush, h * 0.84, darker(base, 0.4), darker(base, 0.16));
    });
    for light in 0..3_u8 {
        let x = w * (0.2 + 0.3 * f32::from(light));
        brush.poly(
            &[(x - 2.0, -4.0), (x + 2.0, -4.0), (x + 24.0, h * 0.9), (x - 24.0, h * 0.9)],
            Paint::down(0.0, [0xff, 0xfa, 0xec], h * 0.9, [0xff, 0xfa, 0xec]).fading([0.26, 0.1, 0.0]),
        );
    }
    for number in 0..6_u64 {
        let depth = 0.45 + 0.1 * number as f32;
        let x = w * ((number as f32 * 0.38 + 0.13 + 0.06 * hash(s.seed, number)).fract() * 0.92 + 0.04)
            + 1.5 * drift(s.t, hash(s.seed, number));
        let y = h * (0.2 + 0.42 * hash(s.seed, number + 30)) + 1.2 * sway(s.t, 0.1, hash(s.seed, number));
        let radius = 6.0 + 10.0 * depth * (0.6 + 0.7 * hash(s.seed, number + 60));
        let colour = s.look.turn(usize::try_from(number).unwrap_or(0));
        s.view.layer(brush, depth, |brush| {
            brush.line(&[(x, -20.0), (x, y - radius)], 0.22, Paint::from(s.look.text).alpha(0.45));
            if number % 3 == 2 {
                satellite(brush, s, (x, y), radius * 0.8, colour);
            } else {
                faceted(brush, s, (x, y), radius, colour, number);
            }
        });
    }
}

/// A ball of flat triangles that turns: facets catch the light in turn.
fn faceted(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, radius: f32, colour: Rgb, number: u64) {
    let turn = s.t * 0.07 + hash(s.seed, number);
    let corner = |ring: u8, step: u8| -> (f32, f32, f32) {
        let tall = (f32::from(ring) / 4.0 * std::f32::consts::PI).cos();
        let wide = (f32::from(ring) / 4.0 * std::f32::consts::PI).sin();
        let (sine, cosine) =
            ((turn + (f32::from(step) + 0.5 * f32::from(ring % 2)) / 7.0) * std::f32::consts::TAU).sin_cos();
        (wide * sine, -tall, wide * cosine)
    };
    brush.circle(x, y, radius * 0.97, darker(colour, 0.3));
    for ring in 0..4_u8 {
        for step in 0..7_u8 {
            let shift = ring % 2;
            let triangles = [
                [corner(ring, step), corner(ring + 1, step + shift), corner(ring + 1, step + shift + 6)],
                [corner(ring, step), corner(ring, step + 1), corner(ring + 1, step + shift)],
            ];
            for [a, b, c] in triangles {
                let normal = ((a.0 + b.0 + c.0) / 3.0, (a.1 + b.1 + c.1) / 3.0, (a.2 + b.2 + c.2) / 3.0);
                if normal.2 > 0.02 {
                    let light = (-0.5 * normal.0 - 0.6 * normal.1 + 0.5 * normal.2).clamp(-0.6, 1.0);
                    let shade = if light > 0.3 {
                        lighter(colour, (light - 0.3) * 0.75)
                    } else {
                        darker(colour, (0.3 - light) * 0.5)
                    };
                    let at = |point: (f32, f32, f32)| (x + point.0 * radius, y + point.1 * radius);
                    brush.poly(&[at(a), at(b), at(c)], shade);
                }
            }
        }
    }
    if number.is_multiple_of(2) {
        brush.turned(x, y, -0.25, |brush| {
            brush.within(Affine::scaled(1.0, 0.25), |brush| {
                brush.arc((0.0, 0.0), radius * 1.5, (0.25, 0.75), radius * 0.16, lighter(s.look.pop, 0.1));
            });
        });
    }
}

fn satellite(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32, colour: Rgb) {
    brush.turned(x, y, 0.25 * sway(s.t, 0.08, 0.1), |brush| {
        for side in [-1.0_f32, 1.0] {
            for panel in 0..3_u8 {
                let left = side * (size * 0.5 + size * 0.5 * f32::from(panel));
                let fold = size * 0.1 * if panel % 2 == 0 { 1.0 } else { -1.0 };
                brush.poly(
                    &[
                        (left, -size * 0.42 + fold),
                        (left + side * size * 0.46, -size * 0.42 - fold),
                        (left + side * size * 0.46, size * 0.42 - fold),
                        (left, size * 0.42 + fold),
                    ],
                    if panel % 2 == 0 { s.look.lead } else { lighter(s.look.lead, 0.22) },
                );
            }
        }
        brush.poly(&[(0.0, -size * 0.7), (size * 0.42, 0.0), (0.0, size * 0.7)], darker(colour, 0.15));
        brush.poly(&[(0.0, -size * 0.7), (-size * 0.42, 0.0), (0.0, size * 0.7)], lighter(colour, 0.2));
        brush.circle(0.0, size * 0.8, size * 0.14, s.look.pop);
    });
}

/// A comet with its two tails: a wide one of dust, a straight one of gas, both away from the sun.
pub(super) fn comet(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    stars(brush, s);
    let (sun_x, sun_y) = (w * 1.02, h * 0.98);
    s.view.layer(brush, 0.4, |brush| {
        brush.glow(sun_x, sun_y, w.min(h) * 0.9, mix([0xff, 0xd8, 0x80], s.look.pop, 0.4), 0.7);
        brush.circle(sun_x, sun_y, w.min(h) * 0.16, mix([0xff, 0xe8, 0xa8], s.look.pop, 0.25));
    });
    let far = w.min(h) * 0.012;
    let (x, y) = (w * (0.58 + 0.1 * hash(s.seed, 3)) + 2.0 * drift(s.t, 0.2), h * 0.6 + 2.0 * drift(s.t, 0.7));
    let angle = (y - sun_y).atan2(x - sun_x);
    s.view.layer(brush, 0.8, |brush| {
        brush.turned(x, y, angle, |brush| {
            brush.at(0.0, 0.0, far, |brush| {
                let dust = mix([0xff, 0xec, 0xc4], s.look.pop, 0.35);
                let gas = mix([0x8c, 0xc8, 0xff], s.look.lead, 0.3);
                for layer in 0..4_u8 {
                    let wide = 3.0 + 3.6 * f32::from(layer);
                    let bend = 9.0 + 4.0 * f32::from(layer) + 0.8 * sway(s.t, 0.15, f32::from(layer) * 0.2);
                    let tail = Path::new()
                        .to(0.0, -3.0)
                        .quad((38.0, wide * 0.3), (78.0, bend + wide + 14.0))
                        .to(70.0, bend + wide + 22.0)
                        .quad((30.0, wide * 0.8 + 6.0), (0.0, 3.4));
                    brush.path(&tail, Paint::along((0.0, 0.0), dust, (76.0, bend), dust).fading([0.3, 0.16, 0.0]));
                }
                for ray in 0..5_u8 {
                    let spread = (f32::from(ray) - 2.0) * 1.9;
                    let long = 74.0 + 8.0 * sway(s.t, 0.5, f32::from(ray) * 0.21);
                    let tail = [(0.0, -1.4), (long, spread - 9.0), (0.0, 1.4)];
                    brush.poly(&tail, Paint::along((0.0, 0.0), gas, (long, spread), gas).fading([0.7, 0.3, 0.0]));
                }
            });
        });
        brush.glow(x, y, 16.0 * far, mix([0xe8, 0xf6, 0xff], s.look.pale, 0.3), 0.9);
        brush.circle(x, y, 3.6 * far, [0xfa, 0xfc, 0xff]);
        for grain in 0..14_u64 {
            let share = wrap(hash(s.seed, grain) + s.t * 0.06, 1.0);
            let (sine, cosine) = (angle + 0.25 * hash(s.seed, grain + 50)).sin_cos();
            let out = 60.0 * far * share;
            brush.circle(x + cosine * out, y + sine * out, 0.35, Paint::from([0xff; 3]).alpha(0.8 * (1.0 - share)));
        }
    });
}
