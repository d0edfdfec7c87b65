//! What stands about outdoors: sky and weather, plants, buildings, traffic. Unless it says otherwise, a thing stands on
//! `(x, y)` and is about `size` units high.

use super::{Hour, Scenery};
use crate::agent::dice::Dice;
use crate::agent::draw::brush::Brush;
use crate::agent::draw::camera::OVERSCAN;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{hash, ridge, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::{Affine, Path};

/// Sky with sun or moon, stars at night and clouds by day, down to `horizon`.
pub(super) fn sky(brush: &mut Brush<'_>, s: &Scenery<'_>, horizon: f32) {
    let (w, h) = (brush.w, brush.h);
    let (top, low) = s.sky_colours();
    brush.everything(Paint::down(0.0, top, horizon.min(h), low).via(0.55, mix(top, low, 0.5)));
    let mut dice = s.dice();
    let (x, y) = (w * dice.between(0.15, 0.85), horizon * dice.between(0.2, 0.5));
    if s.is_night() {
        for star in 0..70 {
            let (sx, sy) = (w * hash(s.seed, star), horizon * 0.95 * hash(s.seed, star + 500));
            let light = 0.35 + 0.4 * hash(s.seed, star + 900) + 0.25 * sway(s.t, 0.5, hash(s.seed, star + 77));
            brush.circle(sx, sy, 0.16 + 0.22 * hash(s.seed, star + 300), Paint::from([0xff; 3]).alpha(light));
        }
    }
    s.view.layer(brush, 0.12, |brush| match s.hour {
        Hour::Day => {
            brush.glow(x, y, 30.0, [0xff, 0xf6, 0xd8], 0.7);
            brush.circle(x, y, 5.4, [0xff, 0xf8, 0xe0]);
        }
        Hour::Morning | Hour::Dusk => {
            let low_y = horizon - 7.0;
            brush.glow(x, low_y, 46.0, mix([0xff, 0xc0, 0x80], s.look.pop, 0.25), 0.75);
            brush.circle(x, low_y, 8.0, [0xff, 0xe6, 0xb8]);
        }
        Hour::Night => {
            brush.glow(x, y, 22.0, [0xcc, 0xd8, 0xff], 0.35);
            brush.circle(x, y, 5.0, [0xf2, 0xf0, 0xe2]);
            brush.circle(x + 1.6, y - 1.0, 1.0, [0xd8, 0xd6, 0xcc]);
            brush.circle(x - 1.4, y + 1.2, 1.3, [0xd8, 0xd6, 0xcc]);
        }
    });
    let count = if s.is_night() { 2 } else { 5 };
    for cloud_number in 0..count {
        let depth = 0.12 + 0.06 * cloud_number as f32;
        let (y, size) =
            (horizon * (0.1 + 0.55 * hash(s.seed, cloud_number + 40)), 5.0 + 8.0 * hash(s.seed, cloud_number + 60));
        let speed = 0.5 + 0.9 * hash(s.seed, cloud_number + 80);
        let x = wrap(w * hash(s.seed, cloud_number + 20) + s.t * speed, w + 80.0) - 40.0;
        s.view.layer(brush, depth, |brush| cloud(brush, s, (x, y), size));
    }
}

pub(super) fn cloud(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32) {
    let (_, low) = s.sky_colours();
    let light = match s.hour {
        Hour::Day => [0xff; 3],
        Hour::Morning | Hour::Dusk => mix([0xff, 0xe8, 0xd8], low, 0.3),
        Hour::Night => mix(low, [0x60, 0x70, 0xa0], 0.35),
    };
    let paint = |light: Rgb| Paint::from(light).alpha(if s.is_night() { 0.4 } else { 0.85 });
    let puff = |dx: f32, dy: f32, radius: f32| (x + dx * size, y + dy * size, radius * size);
    let mut rings = Path::new();
    for (cx, cy, radius) in [
        puff(-1.3, 0.05, 0.45),
        puff(-0.6, -0.2, 0.62),
        puff(0.25, -0.42, 0.78),
        puff(1.0, -0.1, 0.55),
        puff(1.6, 0.1, 0.36),
    ] {
        rings = rings.with(&round_path(cx, cy, radius));
    }
    let base = Path::new()
        .to(x - 1.7 * size, y + 0.05 * size)
        .to(x + 1.9 * size, y + 0.05 * size)
        .to(x + 1.9 * size, y + 0.42 * size)
        .to(x - 1.7 * size, y + 0.42 * size);
    brush.path(&rings.with(&base), paint(light));
}

fn round_path(x: f32, y: f32, radius: f32) -> Path {
    let k = radius * 0.5523;
    Path::new()
        .to(x + radius, y)
        .cubic((x + radius, y + k), (x + k, y + radius), (x, y + radius))
        .cubic((x - k, y + radius), (x - radius, y + k), (x - radius, y))
        .cubic((x - radius, y - k), (x - k, y - radius), (x, y - radius))
        .cubic((x + k, y - radius), (x + radius, y - k), (x + radius, y))
}

/// A line of hills, from one side to the other and down to the lower edge.
pub(super) fn hills(brush: &mut Brush<'_>, seed: u64, level: f32, (high, long): (f32, f32), paint: impl Into<Paint>) {
    let (w, h) = (brush.w, brush.h);
    let steps = 48_u8;
    let mut points: Vec<Point> = Vec::with_capacity(52);
    for step in 0..=steps {
        let x = -OVERSCAN + (w + 2.0 * OVERSCAN) * f32::from(step) / f32::from(steps);
        let bump = ridge(seed, x / long) + 0.35 * ridge(seed ^ 9, x / long * 2.7);
        points.push((x, level - high * bump));
    }
    points.push((w + OVERSCAN, h + OVERSCAN));
    points.push((-OVERSCAN, h + OVERSCAN));
    brush.poly(&points, paint);
}

/// Mountains with snow: triangles whose lit side is lighter.
pub(super) fn peaks(brush: &mut Brush<'_>, seed: u64, level: f32, size: f32, colour: Rgb, snow: Rgb) {
    let w = brush.w;
    let count = 7_u64;
    for peak in 0..count {
        let x = -OVERSCAN + (w + 2.0 * OVERSCAN) * (peak as f32 + 0.2 + 0.6 * hash(seed, peak)) / count as f32;
        let high = size * (0.55 + 0.45 * hash(seed, peak + 30));
        let half = high * (0.75 + 0.3 * hash(seed, peak + 60));
        let top = level - high;
        brush.poly(
            &[(x - half, level + 2.0), (x, top), (x + half, level + 2.0)],
            Paint::down(top, colour, level, lighter(colour, 0.12)),
        );
        brush.poly(
            &[(x, top), (x + half, level + 2.0), (x + half * 0.12, level + 2.0), (x - half * 0.08, top + high * 0.5)],
            Paint::from(darker(colour, 0.25)).alpha(0.75),
        );
        let (l, r) = ((x - half * 0.28, top + high * 0.28), (x + half * 0.28, top + high * 0.28));
        brush.poly(
            &[
                (x, top),
                r,
                (x + half * 0.12, top + high * 0.22),
                (x, top + high * 0.34),
                (x - half * 0.1, top + high * 0.22),
                l,
            ],
            snow,
        );
    }
}

/// Level ground or water from `level` down.
pub(super) fn floor(brush: &mut Brush<'_>, level: f32, near: Rgb, far: Rgb) {
    let (w, h) = (brush.w, brush.h);
    brush.rect(-OVERSCAN, level, w + 2.0 * OVERSCAN, h - level + OVERSCAN, Paint::down(level, far, h, near));
}

pub(super) fn tree(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32, leaf: Rgb, seed: u64) {
    let bend = 0.02 * sway(s.t, 0.22, hash(seed, 1)) * size;
    let trunk = s.lit([0x5c, 0x42, 0x30]);
    if hash(seed, 2) < 0.45 {
        brush.poly(&[(x - size * 0.035, y), (x + size * 0.035, y), (x + bend * 0.4, y - size * 0.3)], trunk);
        for tier in 0..3_u8 {
            let at = f32::from(tier);
            let (base, half) = (y - size * (0.14 + 0.24 * at), size * (0.26 - 0.055 * at));
            let tip = base - size * 0.40;
            let shift = bend * (0.3 + 0.35 * at);
            brush.poly(
                &[(x - half + shift * 0.5, base), (x + shift, tip), (x + half + shift * 0.5, base)],
                mix(leaf, darker(leaf, 0.3), 0.3 * (2.0 - at)),
            );
            brush.poly(
                &[(x + shift * 0.6, base), (x + shift, tip), (x + half + shift * 0.5, base)],
                Paint::from(darker(leaf, 0.3)).alpha(0.5),
            );
        }
    } else {
        brush.taper(&[(x, y), (x + bend * 0.5, y - size * 0.55)], size * 0.09, size * 0.04, trunk);
        for (dx, dy, radius) in
            [(-0.2, -0.52, 0.2), (0.2, -0.55, 0.2), (0.0, -0.72, 0.27), (-0.1, -0.6, 0.22), (0.12, -0.82, 0.17)]
        {
            let (cx, cy) = (x + dx * size + bend, y + dy * size);
            brush.circle(cx, cy, radius * size, mix(leaf, darker(leaf, 0.35), 0.5 - dy - 0.6));
            brush.circle(
                cx - radius * size * 0.25,
                cy - radius * size * 0.3,
                radius * size * 0.6,
                Paint::from(lighter(leaf, 0.18)).alpha(0.5),
            );
        }
    }
}

/// Tufts along the lower edge, out of focus.
pub(super) fn grass(brush: &mut Brush<'_>, s: &Scenery<'_>, level: f32, colour: Rgb) {
    let w = brush.w;
    let mut x = -OVERSCAN;
    let mut number = 0;
    while x < w + OVERSCAN {
        let high = 6.0 + 9.0 * hash(s.seed, number + 700);
        let lean = 2.0 * sway(s.t, 0.25, x * 0.02) + 3.0 * (hash(s.seed, number + 800) - 0.5);
        brush.taper(
            &Path::smooth_line(&[(x, level + 6.0), (x + lean * 0.3, level - high * 0.4), (x + lean, level - high)], 4),
            1.3,
            0.1,
            mix(colour, darker(colour, 0.4), hash(s.seed, number)),
        );
        x += 1.6 + 1.4 * hash(s.seed, number + 600);
        number += 1;
    }
}

/// A tower block with rows of windows, some of them lit.
pub(super) fn building(
    brush: &mut Brush<'_>,
    s: &Scenery<'_>,
    [x, y, w, h]: [f32; 4],
    colour: Rgb,
    (seed, is_far): (u64, bool),
) {
    let top = y - h;
    brush.rect(
        x,
        top,
        w,
        h + OVERSCAN,
        Paint::along((x, 0.0), lighter(colour, 0.06), (x + w, 0.0), darker(colour, 0.14)),
    );
    match Dice(seed).below(4) {
        0 => brush.rect(x + w * 0.3, top - 3.0, w * 0.4, 3.0, darker(colour, 0.1)),
        1 => brush.poly(&[(x, top), (x + w / 2.0, top - w * 0.4), (x + w, top)], darker(colour, 0.08)),
        2 => brush.line(&[(x + w * 0.5, top), (x + w * 0.5, top - 7.0)], 0.4, colour),
        _ => brush.rect(x - 0.5, top - 0.8, w + 1.0, 1.4, darker(colour, 0.2)),
    }
    let (across, step) = (3.0, 4.2);
    if brush.pixels(across) < 2.2 {
        return;
    }
    let lit = if s.is_night() || s.hour == Hour::Dusk { 0.55 } else { 0.12 };
    let columns = ((w - 1.2) / across).floor().max(1.0);
    let gap = (w - 1.2) / columns;
    let (mut row, mut wy) = (0_u64, top + 2.0);
    let (mut bright, mut dark) = (Vec::new(), Vec::new());
    while wy < y - 1.0 {
        let mut column = 0_u64;
        while (column as f32) < columns {
            let number = row * 97 + column;
            let flickers = hash(seed, number + 5000) < 0.06 && sway(s.t, 0.1, hash(seed, number)) < 0.0;
            let panes = if hash(seed, number) < lit && !flickers { &mut bright } else { &mut dark };
            panes.push([x + 0.9 + gap * column as f32, wy, gap * 0.55, step * 0.5]);
            column += 1;
        }
        wy += step;
        row += 1;
    }
    brush.rects(&bright, mix([0xff, 0xd8, 0x8a], s.look.pop, 0.25));
    // From afar only the lit ones are seen.
    if !is_far {
        brush.rects(&dark, mix(colour, s.haze(), 0.28));
    }
}

/// A car seen from its side, its wheels on `y`; `way` is 1 to the right.
pub(super) fn car(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32, colour: Rgb, way: f32) {
    brush.within(Affine([size * way, 0.0, 0.0, size, x, y]), |brush| {
        brush.ellipse(0.0, 0.02, 1.25, 0.08, Paint::from([0, 0, 0]).alpha(0.3));
        let body = [
            (-1.2, -0.15),
            (-1.22, -0.42),
            (-0.9, -0.5),
            (-0.55, -0.86),
            (0.35, -0.88),
            (0.72, -0.52),
            (1.15, -0.42),
            (1.22, -0.15),
        ];
        brush.poly(&body, Paint::down(-0.9, lighter(colour, 0.2), -0.1, darker(colour, 0.15)));
        brush.poly(
            &[(-0.7, -0.52), (-0.48, -0.79), (-0.08, -0.8), (-0.08, -0.52)],
            mix([0x1c, 0x2a, 0x3a], s.haze(), 0.4),
        );
        brush.poly(&[(0.0, -0.52), (0.0, -0.8), (0.3, -0.8), (0.56, -0.52)], mix([0x1c, 0x2a, 0x3a], s.haze(), 0.4));
        for wheel in [-0.7, 0.72] {
            brush.circle(wheel, -0.12, 0.2, [0x18, 0x18, 0x1c]);
            brush.circle(wheel, -0.12, 0.09, [0x9a, 0x9c, 0xa4]);
        }
        if s.is_night() || s.hour == Hour::Dusk {
            brush.glow(1.2, -0.32, 1.2, [0xff, 0xee, 0xb8], 0.6);
            brush.glow(-1.2, -0.34, 0.5, [0xff, 0x40, 0x30], 0.7);
        }
    });
}

/// Somebody small, walking or standing; `stride` turns the legs.
pub(super) fn walker(
    brush: &mut Brush<'_>,
    (x, y): Point,
    size: f32,
    (cloth, skin): (Rgb, Rgb),
    stride: f32,
    way: f32,
) {
    let swing = (stride * std::f32::consts::TAU).sin() * 0.5;
    brush.within(Affine([size * way, 0.0, 0.0, size, x, y]), |brush| {
        brush.ellipse(0.0, 0.0, 0.2, 0.03, Paint::from([0, 0, 0]).alpha(0.25));
        for leg in [swing, -swing] {
            let knee = (leg * 0.16 + 0.02, -0.24);
            brush.line(
                &[(0.0, -0.47), knee, (leg * 0.34 - if leg < 0.0 { 0.05 } else { 0.0 }, -0.02)],
                0.095,
                darker(cloth, 0.5),
            );
        }
        brush.line(&[(0.0, -0.72), (-swing * 0.2, -0.56), (-swing * 0.3 + 0.05, -0.45)], 0.07, darker(cloth, 0.22));
        brush.round_rect([-0.11, -0.78, 0.22, 0.36], 0.09, cloth);
        brush.line(&[(0.0, -0.73), (swing * 0.2, -0.57), (swing * 0.3 + 0.05, -0.46)], 0.07, lighter(cloth, 0.12));
        brush.circle(0.015, -0.88, 0.082, skin);
        brush.ellipse(-0.01, -0.915, 0.088, 0.06, darker(skin, 0.7));
    });
}

pub(super) const SKINS: [Rgb; 5] =
    [[0xf2, 0xc8, 0xa8], [0xdc, 0xa6, 0x7c], [0xb8, 0x80, 0x58], [0x8c, 0x5a, 0x3c], [0x66, 0x40, 0x2c]];
