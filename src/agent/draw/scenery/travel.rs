//! Travel: an aeroplane, a train, a map.

use super::Scenery;
use super::props::{cloud, hills, peaks, sky, tree};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::camera::OVERSCAN;
use crate::agent::draw::canvas::{mix, round};
use crate::agent::draw::look::{darker, lighter};
use crate::agent::draw::motion::{drift, hash, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::{Affine, Path};

/// An aeroplane above the clouds.
pub(super) fn flight(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    sky(brush, s, h);
    for row in 0..2_u8 {
        for number in 0..5_u64 {
            let speed = 4.0 + 5.0 * f32::from(row);
            let x = wrap(w * hash(s.seed, number + 30 * u64::from(row)) * 1.5 - s.t * speed, w + 90.0) - 45.0;
            let y = h * (0.6 + 0.2 * f32::from(row)) + 12.0 * hash(s.seed, number);
            s.view
                .layer(brush, 0.4 + 0.3 * f32::from(row), |brush| cloud(brush, s, (x, y), 10.0 + 7.0 * f32::from(row)));
        }
    }
    let (x, y) = (w * 0.5 + 4.0 * drift(s.t, 0.1), h * 0.42 + 3.0 * drift(s.t * 0.8, 0.6));
    let size = (w.min(130.0)) / 110.0;
    s.view.layer(brush, 0.9, |brush| {
        brush.within(
            Affine::moved(x, y)
                .after(Affine::turned(-0.1 + 0.02 * sway(s.t, 0.15, 0.0)))
                .after(Affine::scaled(size, size)),
            |brush| {
                let (white, shade) = (s.lit([0xf8, 0xf6, 0xf2]), s.lit([0xc0, 0xc6, 0xd0]));
                brush.poly(&[(-4.0, 0.0), (-14.0, -13.0), (-9.0, -13.0), (9.0, -1.0)], shade);
                let body = Path::new()
                    .to(-32.0, -1.0)
                    .quad((-20.0, -4.4), (18.0, -4.4))
                    .quad((30.0, -4.0), (33.0, 0.4))
                    .quad((30.0, 3.6), (16.0, 4.0))
                    .quad((-14.0, 4.2), (-32.0, -1.0));
                brush.path(&body, Paint::down(-4.0, white, 4.0, shade));
                brush.poly(&[(-31.0, -2.0), (-37.0, -13.0), (-31.0, -13.0), (-21.0, -3.6)], s.lit(s.look.lead));
                brush.poly(&[(-29.0, -1.0), (-37.0, 2.4), (-33.0, 3.0), (-23.0, 1.0)], s.lit(s.look.pop));
                brush.rect(-22.0, 1.0, 46.0, 1.0, s.lit(s.look.lead));
                for pane in 0..12_u8 {
                    brush.circle(-17.0 + 3.0 * f32::from(pane), -1.2, 0.62, s.lit([0x3a, 0x50, 0x6a]));
                }
                brush.poly(&[(25.0, -3.4), (29.6, -2.4), (30.6, -0.8), (25.4, -0.8)], s.lit([0x2c, 0x3c, 0x52]));
                brush.poly(
                    &[(0.0, 1.6), (10.0, 1.6), (-9.0, 17.0), (-14.0, 17.0)],
                    Paint::down(0.0, white, 17.0, shade),
                );
                brush.round_rect([-3.0, 6.0, 8.0, 3.6], 1.8, s.lit(s.look.lead));
            },
        );
    });
}

/// A train over a viaduct.
pub(super) fn railway(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.66;
    sky(brush, s, level);
    s.view.layer(brush, 0.2, |brush| {
        peaks(
            brush,
            s.seed,
            level,
            h * 0.38,
            mix(s.haze(), s.lit([0x58, 0x70, 0x94]), 0.6),
            mix(s.haze(), [0xff; 3], 0.8),
        );
    });
    s.view.layer(brush, 0.4, |brush| {
        hills(brush, s.seed ^ 3, level + 2.0, (8.0, 34.0), mix(s.haze(), s.lit([0x56, 0x86, 0x52]), 0.75));
    });
    s.view.layer(brush, 0.6, |brush| {
        let (deck, stone) = (h * 0.58, s.lit([0xa8, 0x98, 0x86]));
        let step = 17.0;
        let mut x = -OVERSCAN;
        while x < w + OVERSCAN {
            brush.rect(x, deck, 3.6, h * 0.4, Paint::along((x, 0.0), stone, (x + 3.6, 0.0), darker(stone, 0.25)));
            brush.arc((x + step / 2.0 + 1.8, deck + 9.0), 8.0, (-0.25, 0.25), 2.6, stone);
            x += step;
        }
        brush.rect(-OVERSCAN, deck - 0.5, w + 2.0 * OVERSCAN, 3.0, lighter(stone, 0.08));
        let front = wrap(s.t * 15.0 + w * 0.55, w * 1.9);
        for wagon in 0..4_u8 {
            let x = front - f32::from(wagon) * 27.0;
            let colour = s.lit(if wagon == 0 { s.look.lead } else { mix(s.look.lead, s.look.pale, 0.12) });
            if wagon == 0 {
                brush.path(
                    &Path::new()
                        .to(x - 26.0, deck - 9.4)
                        .to(x - 8.0, deck - 9.4)
                        .quad((x + 2.0, deck - 8.0), (x + 3.6, deck - 1.0))
                        .to(x - 26.0, deck - 1.0),
                    colour,
                );
            } else {
                brush.round_rect([x - 26.0, deck - 9.4, 26.0, 8.4], 0.8, colour);
            }
            brush.rect(x - 26.0, deck - 3.4, 26.0, 0.9, s.lit(s.look.pop));
            for pane in 0..6_u8 {
                brush.round_rect(
                    [x - 24.4 + 3.9 * f32::from(pane), deck - 8.0, 2.9, 3.0],
                    0.5,
                    if s.is_night() { [0xff, 0xdc, 0x98] } else { s.lit([0x2c, 0x3e, 0x50]) },
                );
            }
        }
    });
    s.view.layer(brush, 0.85, |brush| {
        hills(brush, s.seed ^ 8, h * 0.86, (4.0, 30.0), s.lit([0x4e, 0x7c, 0x46]));
        for number in 0..6_u64 {
            tree(
                brush,
                s,
                (w * hash(s.seed, number), h * 0.93),
                16.0 + 12.0 * hash(s.seed, number + 9),
                s.lit([0x3a, 0x6c, 0x44]),
                s.seed ^ number,
            );
        }
    });
}

/// A map on which a way is drawn from pin to pin.
pub(super) fn map(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let water = mix([0x9c, 0xcc, 0xdc], s.look.lead, 0.3);
    brush.everything(water);
    s.view.layer(brush, 0.6, |brush| {
        for number in 0..5_u64 {
            let (x, y) = (w * hash(s.seed, number + 3), h * hash(s.seed, number + 13));
            let mut points = Vec::new();
            for corner in 0..11_u64 {
                let (sine, cosine) = (corner as f32 / 11.0 * std::f32::consts::TAU).sin_cos();
                let radius = 22.0 * (0.6 + 0.7 * hash(s.seed, number * 17 + corner));
                points.push((x + radius * 1.35 * cosine, y + radius * sine));
            }
            let land = mix([0xea, 0xe2, 0xc8], s.look.pale, 0.4);
            brush.at(0.0, 0.8, 1.0, |brush| brush.path(&Path::smooth(&points), darker(water, 0.16)));
            brush.path(&Path::smooth(&points), if number % 2 == 0 { land } else { mix(land, [0xb4, 0xcc, 0x98], 0.5) });
        }
        for line in 1..12_u8 {
            let at = f32::from(line) * 18.0 - 14.0;
            brush.line(&[(at, -9.0), (at - 8.0, h + 9.0)], 0.2, Paint::from([0xff; 3]).alpha(0.5));
            brush.line(&[(-9.0, at), (w + 9.0, at + 6.0)], 0.2, Paint::from([0xff; 3]).alpha(0.5));
        }
    });
    s.view.layer(brush, 1.0, |brush| {
        let stops = [(0.16, 0.62), (0.36, 0.34), (0.58, 0.56), (0.82, 0.28)].map(|(x, y): Point| {
            (w * x, h * (y + 0.12 * (hash(s.seed, round(x * 100.0).unsigned_abs().into()) - 0.5)))
        });
        let line = Path::smooth_line(&stops, 24);
        let shown = (wrap(s.t, 7.0) / 4.5).min(1.0) * (line.len() - 1) as f32;
        for (number, pair) in line.windows(2).enumerate() {
            if number % 2 == 0 && (number as f32) < shown {
                brush.line(pair, 1.0, s.look.lead);
            }
        }
        for (number, (x, y)) in stops.into_iter().enumerate() {
            let reached = shown >= number as f32 * 24.0 - 1.0;
            let hop = if reached { 1.0 + 0.05 * sway(s.t, 0.7, number as f32 * 0.2) } else { 0.6 };
            let colour = if reached { s.look.pop } else { mix(s.look.pop, water, 0.6) };
            brush.ellipse(x, y + 0.3, 2.4, 0.8, Paint::from([0, 0, 0]).alpha(0.25));
            brush.at(x, y, hop, |brush| {
                brush.path(
                    &Path::new()
                        .to(0.0, 0.0)
                        .cubic((-1.6, -4.0), (-4.2, -5.4), (-4.2, -8.6))
                        .cubic((-4.2, -14.2), (4.2, -14.2), (4.2, -8.6))
                        .cubic((4.2, -5.4), (1.6, -4.0), (0.0, 0.0)),
                    colour,
                );
                brush.circle(0.0, -8.8, 1.7, [0xff; 3]);
            });
        }
    });
}
