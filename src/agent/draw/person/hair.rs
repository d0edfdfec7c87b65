//! Hair, behind the head and before it. The origin is the middle of the head.

// Points stand side by side there.
#[rustfmt::skip]
mod styles;

use super::cast::{Hair, Person, Shades};
use super::pose::Pose;
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{darker, lighter};
use crate::agent::draw::motion::{hash, sway};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;
use styles::{Back, Curls, Front, Outline, style};

/// What is seen behind head and neck.
pub(super) fn behind(brush: &mut Brush<'_>, person: &Person, shades: &Shades, pose: &Pose) {
    let shift = -pose.turn * 0.5;
    let hang = Hang { shift, swing: 0.4 * sway(pose.seconds, 0.31, 0.0) - pose.turn * 0.6 };
    match &style(person.hair).back {
        Back::Nothing => {}
        Back::Hair { outline, is_shaded } => {
            brush.path(&hang.path(outline), if *is_shaded { shades.hair_shade } else { shades.hair });
        }
        Back::Knot(outline) => {
            brush.circle(shift, -17.0, 5.2, shades.hair_shade);
            let light = Paint::around((shift - 1.5, -19.0), 6.0, shades.hair_light, shades.hair);
            brush.circle(shift - 0.6, -17.6, 4.4, light);
            brush.path(&hang.path(outline), shades.hair_shade);
        }
        Back::Curls { radii, size, count, floor } => around(brush, shades, shift, *radii, (*size, *count, *floor)),
        Back::Cloth(outline) => brush.path(&hang.path(outline), darker(scarf(shades), 0.22)),
    }
}

/// What is seen of it before forehead and temples.
pub(super) fn before(brush: &mut Brush<'_>, person: &Person, shades: &Shades, pose: &Pose, light: f32) {
    let style = style(person.hair);
    let hang = Hang { shift: pose.turn * 0.7, swing: 0.4 * sway(pose.seconds, 0.31, 0.0) - pose.turn * 0.4 };
    let mut strand = shades.hair_light;
    match &style.front {
        Front::Locks(locks) => {
            let sheen = Paint::along((light * 9.0, -16.0), shades.hair_light, (-light * 9.0, 0.0), shades.hair_shade)
                .via(0.45, shades.hair);
            for lock in *locks {
                brush.path(&hang.path(lock), sheen);
            }
        }
        Front::Curls(curls) => single(brush, shades, hang.shift, curls),
        Front::Temples(outline) => {
            let hang = Hang { shift: hang.shift * 0.4, ..hang };
            for outline in [Outline { is_mirrored: true, ..*outline }, *outline] {
                brush.path(&hang.path(&outline), Paint::from(shades.hair).alpha(0.75));
            }
            brush.ellipse(light * 3.4, -9.6, 3.4, 1.7, Paint::from(shades.skin_light).alpha(0.5));
        }
        Front::Band { outer, inner } => {
            let cloth = scarf(shades);
            let hang = Hang { shift: hang.shift * 0.5, ..hang };
            // Open in its middle: outer edge one way, inner edge the other.
            let inner: Vec<Point> = hang.points(inner).into_iter().rev().collect();
            let folds =
                Paint::along((light * 10.0, -14.0), lighter(cloth, 0.2), (-light * 10.0, 12.0), darker(cloth, 0.18));
            brush.path(&hang.path(outer).with(&Path::smooth(&inner)), folds);
            strand = darker(cloth, 0.3);
        }
    }
    if person.hair == Hair::Ponytail {
        tail(brush, shades, pose);
    }
    for line in style.strands {
        let line = line.map(|(x, y)| (x + hang.shift, y));
        brush.curve(&line, 0.42, Paint::from(strand).alpha(0.55));
    }
}

/// How far hair is moved: all of it with the head, and its free ends besides.
#[derive(Clone, Copy)]
struct Hang {
    shift: f32,
    swing: f32,
}

impl Hang {
    fn points(self, outline: &Outline) -> Vec<Point> {
        /// What is nearer to the middle lies on the shoulders.
        const FREE_FROM: f32 = 8.0;
        let (below, share) = outline.hangs;
        let side = if outline.is_mirrored { -1.0 } else { 1.0 };
        let moved = |(x, y): &Point| {
            let swing = if *y > below && x.abs() > FREE_FROM { self.swing * share } else { 0.0 };
            (x * side + swing + self.shift, *y)
        };
        outline.points.iter().map(moved).collect()
    }

    fn path(self, outline: &Outline) -> Path {
        Path::smooth(&self.points(outline))
    }
}

/// Curls around the head, those below `floor` left out.
fn around(brush: &mut Brush<'_>, shades: &Shades, shift: f32, (rx, ry): Point, (size, count, floor): (f32, u64, f32)) {
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

/// Curls over the forehead, one by one.
fn single(brush: &mut Brush<'_>, shades: &Shades, shift: f32, curls: &Curls) {
    for (number, (x, y, radius)) in (0..).zip(curls.curls) {
        let colour = mix(shades.hair, shades.hair_light, curls.light * hash(curls.seed, number));
        brush.circle(x + shift, *y, *radius, colour);
        if curls.shines {
            let shine = Paint::from(shades.hair_light).alpha(0.6);
            brush.arc((x + shift, *y), radius * 0.55, (0.55, 0.95), 0.4, shine);
        }
    }
}

fn scarf(shades: &Shades) -> [u8; 3] {
    mix(shades.accent, shades.cloth_light, 0.35)
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
