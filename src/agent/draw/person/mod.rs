//! Drawn people, from the waist up. The origin is the base of the neck; a head is 25 units high.

mod body;
mod cast;
mod child;
mod face;
mod hair;
mod pose;

pub(in crate::agent) use cast::{LOOKS, Person};
pub(in crate::agent) use child::paint as paint_child;
pub(in crate::agent) use pose::Pose;

use super::brush::Brush;
use super::look::Look;

/// How high the top of the hair is above the base of the neck.
pub(in crate::agent) const HEAD_TOP: f32 = 38.0;

/// Paints a person. `light` is where light comes from: -1 left, 1 right.
pub(in crate::agent) fn paint(brush: &mut Brush<'_>, person: &Person, pose: &Pose, look: &Look, light: f32) {
    let shades = cast::Shades::new(person, look);
    brush.turned(0.0, 60.0, pose.lean, |brush| {
        brush.at(0.0, -60.0, 1.0, |brush| {
            let neck = (pose.turn * 0.5, -4.0);
            let head = |brush: &mut Brush<'_>, paint: &dyn Fn(&mut Brush<'_>)| {
                brush.turned(neck.0, neck.1, pose.tilt, |brush| {
                    brush.at(pose.turn * 0.9, -17.0 + pose.nod, 1.0, |brush| paint(brush));
                });
            };
            head(brush, &|brush| hair::behind(brush, person, &shades, pose));
            body::torso(brush, person, &shades, pose, light);
            head(brush, &|brush| {
                face::paint(brush, person, &shades, pose, light);
                hair::before(brush, person, &shades, pose, light);
                face::glasses(brush, person, pose);
            });
            body::arms(brush, person, &shades, pose, light);
        });
    });
}
