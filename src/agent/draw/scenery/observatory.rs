//! The sky as it is seen from the ground: a dome, its inside, and those who look up from a hill.

use super::comets::tailed;
use super::props::{SKINS, hills, sky};
use super::space::stars;
use super::{Hour, Scenery};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{drift, hash, smooth, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;

fn at_night<'a>(s: &Scenery<'a>) -> Scenery<'a> {
    Scenery { hour: Hour::Night, ..s.clone() }
}

/// A dome on a hill, its telescope pointed at the stars.
pub(super) fn observatory(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let s = &at_night(s);
    let level = h * 0.8;
    sky(brush, s, h);
    milky_way(brush, s);
    s.view.layer(brush, 0.3, |brush| hills(brush, s.seed, level - 4.0, (9.0, 40.0), mix(s.haze(), s.look.deep, 0.6)));
    s.view.layer(brush, 0.8, |brush| {
        hills(brush, s.seed ^ 3, level + 4.0, (3.0, 60.0), darker(s.look.deep, 0.5));
        let (x, y, radius) = (w * 0.5, level - 12.0, 25.0);
        let white = mix([0xc4, 0xcc, 0xe0], s.look.lead, 0.25);
        brush.rect(
            x - radius,
            y,
            radius * 2.0,
            20.0,
            Paint::along((x - radius, 0.0), white, (x + radius, 0.0), darker(white, 0.55)),
        );
        let dome = Path::new().to(x - radius - 1.0, y).cubic(
            (x - radius - 1.0, y - radius * 1.36),
            (x + radius + 1.0, y - radius * 1.36),
            (x + radius + 1.0, y),
        );
        brush.path(
            &dome,
            Paint::along((x - radius, y - radius), lighter(white, 0.25), (x + radius, y), darker(white, 0.6)),
        );
        let turn = 4.0 * sway(s.t, 0.05, 0.0);
        let warm = mix([0xff, 0xb0, 0x60], s.look.pop, 0.4);
        let slit = [
            (x + turn - 3.0, y - radius * 1.0),
            (x + turn + 5.0, y - radius * 0.98),
            (x + turn * 1.6 + 8.0, y - 2.0),
            (x + turn * 1.6 - 3.0, y - 2.0),
        ];
        brush.poly(&slit, Paint::down(y - radius, darker(warm, 0.55), y, warm));
        brush.turned(x + turn * 1.3 + 1.0, y - 7.0, 0.5 + 0.02 * turn, |brush| {
            brush.round_rect(
                [-3.2, -26.0, 6.4, 24.0],
                1.2,
                Paint::along((-3.2, 0.0), [0xf0; 3], (3.2, 0.0), [0x80, 0x86, 0x98]),
            );
            brush.round_rect([-4.0, -28.0, 8.0, 4.0], 1.0, s.look.pop);
            brush.rect(-3.2, -13.0, 6.4, 1.4, s.look.lead);
        });
        brush.rect(x - radius - 2.0, y - 1.0, radius * 2.0 + 4.0, 2.6, darker(white, 0.35));
        brush.glow(x - 13.0, y + 13.0, 12.0, warm, 0.5);
        brush.round_rect([x - 16.0, y + 7.0, 6.0, 13.0], 0.6, mix(warm, [0xff, 0xe8, 0xb0], 0.4));
        for pane in 0..3_u8 {
            brush.rect(x - 2.0 + 8.0 * f32::from(pane), y + 8.0, 4.0, 4.6, Paint::from(warm).alpha(0.7));
        }
    });
}

/// Inside a dome, its slit open to the stars: where an astronomer stands.
pub(super) fn dome(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    stars(brush, s);
    s.view.layer(brush, 0.3, |brush| tailed(brush, s, (w * 0.44, h * 0.26), -0.5, (1.6, 26.0)));
    let shell = mix(mix([0x50, 0x58, 0x74], s.look.lead, 0.3), s.look.deep, if s.look.is_dark { 0.5 } else { 0.2 });
    s.view.layer(brush, 0.5, |brush| {
        let (left, right) = (w * 0.3, w * 0.7);
        for side in [-1.0_f32, 1.0] {
            let (edge, out) = if side < 0.0 { (left, -20.0) } else { (right, w + 20.0) };
            brush.path(
                &Path::new()
                    .to(edge, -20.0)
                    .quad((edge + side * 3.0, h * 0.4), (edge + side * 10.0, h + 20.0))
                    .to(out, h + 20.0)
                    .to(out, -20.0),
                Paint::along((edge, 0.0), lighter(shell, 0.12), (out, 0.0), darker(shell, 0.4)),
            );
            for rib in 1..4_u8 {
                let x = edge + (out - edge) * f32::from(rib) / 4.0;
                brush.line(&[(x, -20.0), (x + side * 6.0, h)], 0.6, Paint::from(darker(shell, 0.4)).alpha(0.7));
            }
            brush.line(
                &[(edge, -20.0), (edge + side * 3.6, h * 0.5), (edge + side * 10.0, h + 10.0)],
                1.4,
                lighter(shell, 0.3),
            );
        }
        brush.rect(-20.0, h * 0.7, w + 40.0, h, Paint::down(h * 0.7, darker(shell, 0.15), h, darker(shell, 0.55)));
        brush.rect(-20.0, h * 0.7 - 1.4, w + 40.0, 2.0, lighter(shell, 0.25));
    });
    s.view.layer(brush, 0.6, |brush| {
        let (x, y) = (w * if s.seed.is_multiple_of(2) { 0.16 } else { 0.84 }, h * 0.62);
        let lean = if x < w * 0.5 { 0.6 } else { -0.6 };
        brush.poly(&[(x - 9.0, h * 0.9), (x + 9.0, h * 0.9), (x + 3.0, y), (x - 3.0, y)], darker(shell, 0.35));
        brush.turned(x, y, lean + 0.02 * sway(s.t, 0.08, 0.0), |brush| {
            brush.round_rect(
                [-5.4, -46.0, 10.8, 60.0],
                1.6,
                Paint::along((-5.4, 0.0), [0xf0; 3], (5.4, 0.0), [0x78, 0x80, 0x94]),
            );
            brush.round_rect([-6.6, -49.0, 13.2, 6.0], 1.4, s.look.pop);
            brush.rect(-5.4, -14.0, 10.8, 1.8, s.look.lead);
            brush.round_rect([-2.0, 13.0, 4.0, 7.0], 0.8, [0x30, 0x32, 0x3a]);
        });
        brush.circle(x, y, 4.4, darker(shell, 0.2));
    });
}

fn milky_way(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    for star in 0..90_u64 {
        let share = hash(s.seed, star + 1400);
        let off = (hash(s.seed, star + 1500) + hash(s.seed, star + 1600) - 1.0) * 26.0;
        let (x, y) = (w * share + off * 0.4, h * (0.72 - 0.7 * share) + off);
        let light = 0.35 + 0.3 * sway(s.t, 0.5, hash(s.seed, star));
        brush.circle(
            x,
            y,
            0.2 + 0.2 * hash(s.seed, star + 1700),
            Paint::from(lighter(s.look.turn(usize::from(star % 4 == 0)), 0.75)).alpha(light),
        );
    }
}

/// Two who look up from a hill: constellations are drawn star by star, a comet stands among them.
pub(super) fn stargazers(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    const FIGURES: [&[(f32, f32)]; 3] = [
        // The plough, the archer's belt, the queen's chair.
        &[(0.0, 0.5), (0.2, 0.3), (0.36, 0.34), (0.5, 0.42), (0.56, 0.7), (0.84, 0.74), (0.9, 0.46), (0.5, 0.42)],
        &[
            (0.1, 0.0),
            (0.34, 0.42),
            (0.0, 0.9),
            (0.34, 0.42),
            (0.5, 0.46),
            (0.66, 0.5),
            (0.9, 0.1),
            (0.66, 0.5),
            (1.0, 1.0),
        ],
        &[(0.0, 0.2), (0.26, 0.7), (0.5, 0.3), (0.74, 0.76), (1.0, 0.16)],
    ];
    let (w, h) = (brush.w, brush.h);
    let s = &at_night(s);
    sky(brush, s, h);
    let time = wrap(s.t, 14.0);
    s.view.layer(brush, 0.3, |brush| {
        for (number, figure) in FIGURES.iter().enumerate() {
            let at = number as f32;
            let (x, y, size) = (w * (0.07 + 0.3 * at), h * (0.08 + 0.1 * hash(s.seed, number as u64)), w * 0.22);
            let place = |(px, py): (f32, f32)| (x + px * size, y + py * size.min(h * 0.34));
            let shown = (time - 1.6 * at + 1.5) * 2.4;
            for (step, pair) in figure.windows(2).enumerate() {
                let (from, to) = (place(pair[0]), place(pair[1]));
                let share = smooth(shown - step as f32);
                if share > 0.0 {
                    let tip = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
                    brush.line(&[from, tip], 0.35, Paint::from(lighter(s.look.pop, 0.4)).alpha(0.7));
                }
            }
            for point in *figure {
                let (px, py) = place(*point);
                brush.glow(px, py, 2.6, [0xe0, 0xee, 0xff], 0.6);
                brush.circle(px, py, 0.75, [0xff; 3]);
            }
        }
        tailed(brush, s, (w * 0.72, h * 0.5), -0.7, (1.1, 17.0));
    });
    s.view.layer(brush, 0.9, |brush| {
        let ground = darker(s.look.deep, 0.55);
        let top = h * 0.86;
        brush.path(
            &Path::new()
                .to(-20.0, h + 20.0)
                .to(-20.0, top + 4.0)
                .quad((w * 0.4, top - 14.0), (w + 20.0, top + 8.0))
                .to(w + 20.0, h + 20.0),
            ground,
        );
        let (x, y) = (w * 0.36, top - 4.0);
        gazer(brush, s, (x, y), 25.0, (s.look.lead, 1), 0.25 * sway(s.t, 0.1, 0.0));
        gazer(brush, s, (x + 13.0, y + 0.6), 17.0, (s.look.pop, 3), 0.25 * sway(s.t, 0.13, 0.4));
        // Their own telescope on its three legs.
        let (tx, ty) = (x + 31.0, y + 1.0);
        for leg in [-4.6_f32, 0.4, 5.0] {
            brush.line(&[(tx, ty - 11.0), (tx + leg, ty)], 0.8, darker([0x60, 0x64, 0x70], 0.2));
        }
        brush.turned(tx, ty - 12.0, -0.75, |brush| {
            brush.round_rect([-7.0, -1.6, 17.0, 3.2], 0.8, mix([0xd8, 0xdc, 0xe8], s.look.lead, 0.3));
            brush.rect(9.0, -2.1, 2.4, 4.2, s.look.pop);
        });
    });
}

/// Somebody seen from behind, the head in the neck, an arm up to the sky.
fn gazer(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32, (cloth, skin): (Rgb, usize), lift: f32) {
    let (cloth, skin) = (s.lit(cloth), s.lit(SKINS[skin]));
    let is_small = size < 20.0;
    brush.at(x, y, size, |brush| {
        for leg in [-0.07_f32, 0.07] {
            brush.line(&[(leg, -0.42), (leg * 1.3, 0.0)], 0.11, darker(s.look.deep, 0.3));
        }
        brush.round_rect([-0.15, -0.76, 0.3, 0.4], 0.1, cloth);
        brush.line(&[(0.11, -0.7), (0.27, -0.84 - lift * 0.1), (0.36, -1.08 - lift * 0.2)], 0.08, lighter(cloth, 0.12));
        brush.circle(0.36, -1.1 - lift * 0.2, 0.05, skin);
        brush.line(&[(-0.12, -0.7), (-0.19, -0.42)], 0.08, darker(cloth, 0.2));
        let head = if is_small { 0.14 } else { 0.11 };
        brush.circle(-0.02, -0.87 - 0.02 * drift(s.t, x), head, darker(skin, 0.72));
        brush.ellipse(0.05, -0.9, head * 0.5, head * 0.6, skin);
    });
}
