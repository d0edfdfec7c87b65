//! Shapes in the film's colours.

use super::{Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{darker, lighter};
use crate::agent::draw::motion::{drift, hash, ridge, sway};
use crate::agent::draw::paint::{Paint, Point};

pub(super) fn paint(brush: &mut Brush<'_>, scenery: &Scenery<'_>) {
    match scenery.variant {
        0 => ribbons(brush, scenery),
        1 => orbits(brush, scenery),
        _ => fans(brush, scenery),
    }
}

/// Bands that flow over each other.
fn ribbons(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let look = s.look;
    let (w, h) = (brush.w, brush.h);
    let base = if look.is_dark { look.deep } else { mix(look.pale, look.lead, 0.12) };
    brush.everything(Paint::along((0.0, 0.0), lighter(base, 0.05), (w, h), mix(base, look.lead, 0.4)));
    for band in 0..6_u8 {
        let depth = 0.3 + 0.14 * f32::from(band);
        let colour = [
            look.lead,
            mix(look.lead, look.pop, 0.5),
            look.second,
            look.pop,
            mix(look.second, look.lead, 0.5),
            look.deep,
        ][usize::from(band)];
        s.view.layer(brush, depth, |brush| {
            let level = h * (0.22 + 0.14 * f32::from(band));
            let line = |x: f32| {
                let place = x / 48.0 + f32::from(band) * 3.7 + s.t * (0.08 + 0.02 * f32::from(band));
                level
                    + 15.0 * ridge(s.seed ^ u64::from(band), place)
                    + 3.0 * sway(s.t + x * 0.02, 0.12, f32::from(band) * 0.2)
            };
            let mut points: Vec<Point> = Vec::new();
            let steps = 28_u8;
            for step in 0..=steps {
                let x = -16.0 + (w + 32.0) * f32::from(step) / f32::from(steps);
                points.push((x, line(x)));
            }
            points.push((w + 16.0, h + 20.0));
            points.push((-16.0, h + 20.0));
            brush.poly(
                &points,
                Paint::along((0.0, level), lighter(colour, 0.1), (w, level + 30.0), darker(colour, 0.12)).alpha(0.86),
            );
        });
    }
}

/// Discs on their ways around each other.
fn orbits(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let look = s.look;
    let (w, h) = (brush.w, brush.h);
    let base = if look.is_dark { look.deep } else { look.pale };
    wall(brush, mix(base, look.lead, 0.18), (w * 0.3, h * 0.2));
    let mut dice = s.dice();
    for disc in 0..11_usize {
        let depth = 0.25 + 0.09 * disc as f32;
        let (x, y) = (w * dice.between(0.05, 0.95), h * dice.between(0.05, 0.95));
        let radius = dice.between(4.0, 20.0) * if disc < 4 { 1.5 } else { 0.8 };
        let phase = dice.share();
        let colour = look.turn(disc);
        let (dx, dy) = (6.0 * drift(s.t * 1.4, phase), 6.0 * drift(s.t * 1.2, phase + 0.5));
        s.view.layer(brush, depth, |brush| {
            let (x, y) = (x + dx, y + dy);
            match disc % 3 {
                0 => brush.circle(
                    x,
                    y,
                    radius,
                    Paint::along(
                        (x - radius, y - radius),
                        lighter(colour, 0.2),
                        (x + radius, y + radius),
                        darker(colour, 0.15),
                    )
                    .alpha(0.92),
                ),
                1 => brush.arc((x, y), radius, (s.t * 0.05 + phase, s.t * 0.05 + phase + 0.72), radius * 0.16, colour),
                _ => {
                    brush.circle(x, y, radius * 0.5, Paint::from(colour).alpha(0.9));
                    brush.arc((x, y), radius * 0.9, (0.0, 1.0), 0.4, Paint::from(colour).alpha(0.7));
                    let (sine, cosine) = ((s.t * 0.13 + phase) * std::f32::consts::TAU).sin_cos();
                    brush.circle(x + cosine * radius * 0.9, y + sine * radius * 0.9, 1.3, look.pop);
                }
            }
        });
    }
}

/// Rows of fans that open and close, as on wallpaper of the twenties.
fn fans(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let look = s.look;
    let (w, h) = (brush.w, brush.h);
    let base = if look.is_dark { darker(look.lead, 0.62) } else { mix(look.lead, look.pale, 0.75) };
    brush.everything(Paint::down(0.0, lighter(base, 0.06), h, darker(base, 0.12)));
    let radius = 17.0;
    let (mut row, mut y) = (0_u64, -radius * 0.4);
    while y < h + radius * 2.0 {
        let mut x = if row.is_multiple_of(2) { -radius } else { 0.0 } - radius;
        let mut column = 0;
        while x < w + radius * 2.0 {
            let phase = hash(s.seed, row * 31 + column);
            let open = 0.78 + 0.16 * sway(s.t, 0.09, phase);
            s.view.layer(brush, 0.6, |brush| {
                let colour = mix(base, look.turn(usize::try_from(row + column).unwrap_or(0)), 0.32);
                brush.circle(x, y, radius, colour);
                for ring in 1..4_u8 {
                    let at = radius * open * f32::from(ring) / 4.0;
                    brush.arc((x, y), at + 3.0, (-0.25, 0.25), 0.45, Paint::from(look.pop).alpha(0.75));
                }
                brush.circle(x, y, 2.0, look.pop);
            });
            x += radius * 2.0;
            column += 1;
        }
        y += radius * 0.62;
        row += 1;
    }
    let sweep = (s.t * 0.12).fract() * (w + 80.0) - 40.0;
    brush.poly(
        &[(sweep, -5.0), (sweep + 16.0, -5.0), (sweep - 14.0, h + 5.0), (sweep - 30.0, h + 5.0)],
        Paint::from([0xff; 3]).alpha(0.07),
    );
}
