//! Hair, behind the head and before it. The origin is the middle of the head.

use super::cast::{Hair, Person, Shades};
use super::pose::Pose;
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{darker, lighter};
use crate::agent::draw::motion::{hash, sway};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;

/// What is seen behind head and neck.
pub(super) fn behind(brush: &mut Brush<'_>, person: &Person, shades: &Shades, pose: &Pose) {
    let shift = -pose.turn * 0.5;
    let swing = 0.4 * sway(pose.seconds, 0.31, 0.0) - pose.turn * 0.6;
    match person.hair {
        Hair::Bob => {
            let points = [
                (0.0, -14.6),
                (8.0, -12.6),
                (11.6, -5.0),
                (12.4, 4.0),
                (11.4 + swing * 0.3, 10.8),
                (7.4, 12.0),
                (0.0, 10.0),
                (-7.4, 12.0),
                (-11.4 + swing * 0.3, 10.8),
                (-12.4, 4.0),
                (-11.6, -5.0),
                (-8.0, -12.6),
            ];
            moved(brush, &points, shift, shades.hair_shade);
        }
        Hair::Long => {
            let points = [
                (0.0, -14.4),
                (8.0, -12.4),
                (11.4, -5.0),
                (12.0, 8.0),
                (13.0 + swing, 22.0),
                (11.0 + swing, 33.0),
                (6.0, 31.0),
                (0.0, 24.0),
                (-6.0, 31.0),
                (-11.0 + swing, 33.0),
                (-13.0 + swing, 22.0),
                (-12.0, 8.0),
                (-11.4, -5.0),
                (-8.0, -12.4),
            ];
            moved(brush, &points, shift, shades.hair_shade);
        }
        Hair::Ponytail => {
            moved(brush, &CAP_BACK, shift, shades.hair);
        }
        Hair::Curly => locks(brush, shades, shift, (13.0, 12.6), 3.9, 22, 9.0),
        Hair::Afro => locks(brush, shades, shift, (15.2, 15.6), 4.2, 26, 6.0),
        Hair::Scarf => {
            let points = [
                (0.0, -15.2),
                (8.6, -13.0),
                (12.2, -4.0),
                (12.4, 6.0),
                (12.8, 15.0),
                (8.0, 20.0),
                (0.0, 21.0),
                (-8.0, 20.0),
                (-12.8, 15.0),
                (-12.4, 6.0),
                (-12.2, -4.0),
                (-8.6, -13.0),
            ];
            moved(brush, &points, shift, darker(scarf(shades), 0.22));
        }
        Hair::Bun => {
            brush.circle(shift, -17.0, 5.2, shades.hair_shade);
            brush.circle(
                shift - 0.6,
                -17.6,
                4.4,
                Paint::around((shift - 1.5, -19.0), 6.0, shades.hair_light, shades.hair),
            );
            moved(brush, &CAP_BACK, shift, shades.hair_shade);
        }
        Hair::Crop | Hair::SidePart | Hair::Quiff | Hair::Wavy => moved(brush, &CAP_BACK, shift, shades.hair_shade),
        Hair::Bald => {}
    }
}

const CAP_BACK: [Point; 8] =
    [(0.0, -14.2), (7.6, -12.2), (10.4, -6.0), (9.9, 2.4), (0.0, 4.0), (-9.9, 2.4), (-10.4, -6.0), (-7.6, -12.2)];

fn moved(brush: &mut Brush<'_>, points: &[Point], shift: f32, paint: impl Into<Paint>) {
    let points: Vec<Point> = points.iter().map(|(x, y)| (x + shift, *y)).collect();
    brush.path(&Path::smooth(&points), paint);
}

/// Curls around the head, those below `floor` left out.
fn locks(brush: &mut Brush<'_>, shades: &Shades, shift: f32, (rx, ry): (f32, f32), size: f32, count: u64, floor: f32) {
    brush.ellipse(shift, -3.0, rx * 0.94, ry * 0.92, shades.hair_shade);
    for lock in 0..count {
        let turn = lock as f32 / count as f32 * std::f32::consts::TAU;
        let (sine, cosine) = turn.sin_cos();
        let far = 0.86 + 0.14 * hash(3, lock);
        let (x, y) = (shift + rx * far * cosine * 0.92, -3.5 + ry * far * sine * 0.88);
        if y < floor {
            let radius = size * (0.75 + 0.5 * hash(9, lock));
            brush.circle(x, y, radius, mix(shades.hair_shade, shades.hair, 0.35 + 0.65 * hash(5, lock)));
        }
    }
}

fn scarf(shades: &Shades) -> [u8; 3] {
    mix(shades.accent, shades.cloth_light, 0.35)
}

/// What is seen of it before forehead and temples.
pub(super) fn before(brush: &mut Brush<'_>, person: &Person, shades: &Shades, pose: &Pose, light: f32) {
    let shift = pose.turn * 0.7;
    let sheen = Paint::along((light * 9.0, -16.0), shades.hair_light, (-light * 9.0, 0.0), shades.hair_shade)
        .via(0.45, shades.hair);
    match person.hair {
        Hair::Crop => {
            let points = [
                (-9.7, -1.0),
                (-10.2, -6.5),
                (-7.6, -12.6),
                (0.0, -14.9),
                (7.6, -12.6),
                (10.2, -6.5),
                (9.7, -1.0),
                (8.9, -4.6),
                (7.3, -8.3),
                (3.4, -9.5),
                (-3.4, -9.5),
                (-7.3, -8.3),
                (-8.9, -4.6),
            ];
            cap(brush, &points, shift, sheen);
        }
        Hair::SidePart => {
            let points = [
                (-9.7, 0.4),
                (-10.6, -6.0),
                (-8.0, -13.2),
                (-1.0, -16.4),
                (7.0, -14.4),
                (10.8, -7.4),
                (9.8, 0.2),
                (8.9, -4.6),
                (7.6, -7.4),
                (2.0, -8.2),
                (-3.6, -10.6),
                (-7.0, -8.0),
                (-8.8, -4.6),
            ];
            cap(brush, &points, shift, sheen);
            strands(
                brush,
                shades,
                shift,
                &[[(-4.0, -11.0), (2.0, -13.6), (8.4, -9.4)], [(-3.0, -10.4), (2.4, -11.8), (8.2, -7.6)]],
            );
        }
        Hair::Quiff => {
            let points = [
                (-9.6, -0.6),
                (-10.0, -6.5),
                (-8.6, -12.0),
                (-7.2, -16.4),
                (0.0, -18.6),
                (7.0, -16.8),
                (9.6, -11.0),
                (10.0, -6.0),
                (9.6, -0.6),
                (8.8, -5.0),
                (6.6, -9.4),
                (0.0, -10.4),
                (-6.0, -9.2),
                (-8.8, -5.0),
            ];
            cap(brush, &points, shift, sheen);
            strands(
                brush,
                shades,
                shift,
                &[[(-5.6, -10.0), (-4.0, -14.6), (1.4, -17.2)], [(-1.0, -10.6), (1.4, -14.2), (6.0, -15.4)]],
            );
        }
        Hair::Wavy => {
            let points = [
                (-9.9, 1.4),
                (-11.2, -4.0),
                (-10.0, -9.0),
                (-7.8, -14.0),
                (-2.4, -15.4),
                (2.6, -16.4),
                (8.2, -14.0),
                (10.8, -8.4),
                (11.0, -3.0),
                (9.9, 1.4),
                (8.9, -4.0),
                (7.0, -7.6),
                (3.0, -9.6),
                (-1.0, -8.6),
                (-5.0, -10.0),
                (-8.4, -5.6),
            ];
            cap(brush, &points, shift, sheen);
            strands(
                brush,
                shades,
                shift,
                &[[(-6.6, -9.6), (-1.0, -13.6), (6.0, -12.4)], [(-2.0, -9.2), (3.4, -11.8), (8.6, -8.0)]],
            );
        }
        Hair::Bob => {
            let left = [
                (0.6, -14.8),
                (-6.4, -14.2),
                (-11.4, -8.0),
                (-12.6, 1.0),
                (-12.0, 9.6),
                (-9.0, 10.6),
                (-8.8, 2.0),
                (-7.6, -4.6),
                (-3.0, -8.6),
                (2.0, -11.0),
            ];
            let right = [
                (-0.4, -14.8),
                (6.8, -14.2),
                (11.4, -8.0),
                (12.6, 1.0),
                (12.0, 9.6),
                (9.0, 10.6),
                (9.0, 2.0),
                (8.4, -4.4),
                (5.6, -8.6),
                (1.0, -11.0),
            ];
            cap(brush, &right, shift, sheen);
            cap(brush, &left, shift, sheen);
            strands(
                brush,
                shades,
                shift,
                &[[(0.0, -14.0), (-7.0, -9.0), (-10.4, 2.0)], [(2.0, -13.6), (8.6, -8.0), (10.6, 3.0)]],
            );
        }
        Hair::Long => {
            let swing = 0.4 * sway(pose.seconds, 0.31, 0.0) - pose.turn * 0.4;
            let left = [
                (0.4, -14.6),
                (-6.6, -14.0),
                (-11.2, -7.6),
                (-11.8, 3.0),
                (-12.6, 14.0),
                (-12.6 + swing, 26.0),
                (-8.6 + swing, 28.0),
                (-9.0, 14.0),
                (-9.2, 2.0),
                (-8.0, -4.4),
                (-4.4, -8.6),
                (0.4, -11.8),
            ];
            let right: Vec<Point> =
                left.iter().map(|(x, y)| (-x + if *y > 20.0 { 2.0 * swing } else { 0.0 }, *y)).collect();
            cap(brush, &right, shift, sheen);
            cap(brush, &left, shift, sheen);
            strands(
                brush,
                shades,
                shift,
                &[[(-1.0, -14.0), (-8.6, -8.0), (-10.6, 8.0)], [(1.0, -14.0), (8.6, -8.0), (10.6, 8.0)]],
            );
        }
        Hair::Curly => {
            for (number, (x, y, radius)) in [
                (-9.4, -5.0, 2.7),
                (-8.0, -8.6, 2.9),
                (-5.0, -11.2, 3.0),
                (-1.4, -12.2, 3.0),
                (2.6, -12.0, 3.1),
                (6.2, -10.2, 3.0),
                (8.6, -7.4, 2.8),
                (9.7, -3.8, 2.4),
                (-9.9, -1.2, 2.1),
            ]
            .into_iter()
            .enumerate()
            {
                let colour = mix(shades.hair, shades.hair_light, 0.45 * hash(11, number as u64));
                brush.circle(x + shift, y, radius, colour);
                brush.arc((x + shift, y), radius * 0.55, (0.55, 0.95), 0.4, Paint::from(shades.hair_light).alpha(0.6));
            }
        }
        Hair::Afro => {
            for (number, (x, y, radius)) in [
                (-9.2, -6.4, 2.6),
                (-6.6, -9.4, 2.7),
                (-3.0, -10.9, 2.6),
                (1.0, -11.2, 2.6),
                (4.8, -10.4, 2.7),
                (7.8, -8.0, 2.7),
                (9.4, -5.0, 2.3),
            ]
            .into_iter()
            .enumerate()
            {
                brush.circle(x + shift, y, radius, mix(shades.hair, shades.hair_light, 0.25 * hash(13, number as u64)));
            }
        }
        Hair::Bun | Hair::Ponytail => {
            let points = [
                (-9.8, -0.6),
                (-10.4, -6.4),
                (-7.8, -12.4),
                (0.0, -14.8),
                (7.8, -12.4),
                (10.4, -6.4),
                (9.8, -0.6),
                (9.0, -4.6),
                (6.4, -8.0),
                (0.6, -10.4),
                (-5.8, -8.6),
                (-8.8, -4.6),
            ];
            cap(brush, &points, shift, sheen);
            if person.hair == Hair::Ponytail {
                tail(brush, shades, pose);
            }
            strands(
                brush,
                shades,
                shift,
                &[[(-7.0, -8.4), (-3.0, -12.0), (2.0, -14.0)], [(1.0, -10.6), (5.0, -12.2), (7.4, -11.6)]],
            );
        }
        Hair::Bald => {
            for side in [-1.0_f32, 1.0] {
                let points =
                    [(side * 9.5, 0.6), (side * 9.9, -4.0), (side * 8.9, -7.0), (side * 8.7, -3.4), (side * 8.7, 0.4)];
                cap(brush, &points, shift * 0.4, Paint::from(shades.hair).alpha(0.75));
            }
            brush.ellipse(light * 3.4, -9.6, 3.4, 1.7, Paint::from(shades.skin_light).alpha(0.5));
        }
        Hair::Scarf => {
            let cloth = scarf(shades);
            // A band around the face, open in its middle: outer edge one way, inner edge the other.
            let outer = [
                (0.0, -15.4),
                (8.4, -13.2),
                (12.0, -5.0),
                (12.2, 5.0),
                (9.4, 13.0),
                (0.0, 17.4),
                (-9.4, 13.0),
                (-12.2, 5.0),
                (-12.0, -5.0),
                (-8.4, -13.2),
            ];
            let inner = [
                (0.0, -9.8),
                (6.0, -8.4),
                (8.4, -2.6),
                (8.3, 3.6),
                (5.4, 9.6),
                (0.0, 12.2),
                (-5.4, 9.6),
                (-8.3, 3.6),
                (-8.4, -2.6),
                (-6.0, -8.4),
            ];
            ring(
                brush,
                &outer,
                &inner,
                shift * 0.5,
                Paint::along((light * 10.0, -14.0), lighter(cloth, 0.2), (-light * 10.0, 12.0), darker(cloth, 0.18)),
            );
            strands(
                brush,
                &Shades { hair_light: darker(cloth, 0.3), ..*shades },
                shift,
                &[
                    [(-6.0, -13.0), (-10.4, -5.0), (-10.2, 6.0)],
                    [(6.0, -13.0), (10.4, -5.0), (10.2, 6.0)],
                    [(-6.0, 13.0), (0.0, 15.6), (6.4, 12.6)],
                ],
            );
        }
    }
}

fn cap(brush: &mut Brush<'_>, points: &[Point], shift: f32, paint: impl Into<Paint>) {
    moved(brush, points, shift, paint);
}

fn strands(brush: &mut Brush<'_>, shades: &Shades, shift: f32, lines: &[[Point; 3]]) {
    for line in lines {
        let line = line.map(|(x, y)| (x + shift, y));
        brush.curve(&line, 0.42, Paint::from(shades.hair_light).alpha(0.55));
    }
}

/// A tail over the shoulder.
fn tail(brush: &mut Brush<'_>, shades: &Shades, pose: &Pose) {
    let swing = 0.5 * sway(pose.seconds, 0.31, 0.0) - pose.turn * 0.6;
    let line = Path::smooth_line(&[(8.8, 2.0), (11.8, 8.0), (11.6 + swing, 16.0), (9.6 + swing * 1.6, 25.0)], 6);
    let (upper, lower) = line.split_at(line.len() / 2 + 1);
    brush.taper(lower, 6.0, 1.0, shades.hair_shade);
    brush.taper(upper, 3.4, 6.2, shades.hair);
    brush.taper(lower, 4.6, 0.6, shades.hair);
    brush.curve(&[(10.0, 5.0), (11.4, 11.0), (10.8 + swing, 19.0)], 0.5, Paint::from(shades.hair_light).alpha(0.6));
    brush.circle(9.4, 3.2, 2.1, shades.accent);
}

/// What lies between two closed lines.
fn ring(brush: &mut Brush<'_>, outer: &[Point], inner: &[Point], shift: f32, paint: Paint) {
    let first = Path::smooth(&outer.iter().map(|(x, y)| (x + shift, *y)).collect::<Vec<_>>());
    let second = Path::smooth(&inner.iter().rev().map(|(x, y)| (x + shift, *y)).collect::<Vec<_>>());
    brush.path(&first.with(&second), paint);
}
