//! Children: the head of a grown-up on a body of two thirds, with a rounder face.

use super::cast::{Beard, Clothes, Glasses, Hair, Shades};
use super::{Person, Pose, body, face, hair};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::look::Look;
use crate::agent::draw::path::Affine;

/// How much of an adult's body a child has, and how much of an adult's head.
const BODY: f32 = 0.62;
const HEAD: (f32, f32) = (1.06, 0.96);

impl Person {
    /// Whether a child can look like this.
    pub(in crate::agent) fn can_be_young(&self) -> bool {
        let is_grown = self.beard != Beard::None || self.hair == Hair::Bald || self.glasses == Glasses::Square;
        !is_grown && self.hair_colour.iter().map(|channel| u32::from(*channel)).sum::<u32>() < 540
    }
}

/// Paints a child, to the same measure as [`super::paint`] paints adults.
pub(in crate::agent) fn paint(brush: &mut Brush<'_>, person: &Person, pose: &Pose, look: &Look, light: f32) {
    let clothes = match person.clothes {
        Clothes::Tee | Clothes::Hoodie | Clothes::Overshirt => person.clothes,
        Clothes::Turtleneck | Clothes::Cardigan => Clothes::Hoodie,
        Clothes::Blazer | Clothes::Suit | Clothes::Blouse => Clothes::Tee,
    };
    let shoulders = person.shoulders.min(16.5);
    let young = Person { jaw: 0.35, shoulders, clothes, has_lashes: false, ..*person };
    let shades = Shades::new(&young, look);
    let sunk = |brush: &mut Brush<'_>, paint: &dyn Fn(&mut Brush<'_>)| {
        brush.turned(pose.turn * 0.5, -3.0, pose.tilt * 1.4, |brush| {
            let place = Affine([HEAD.0, 0.0, 0.0, HEAD.1, pose.turn * 0.9, -12.8 + pose.nod]);
            brush.within(place, |brush| paint(brush));
        });
    };
    sunk(brush, &|brush| hair::behind(brush, &young, &shades, pose));
    brush.at(0.0, 0.0, BODY, |brush| body::torso(brush, &young, &shades, pose, light));
    sunk(brush, &|brush| {
        face::paint(brush, &young, &shades, pose, light);
        hair::before(brush, &young, &shades, pose, light);
        face::glasses(brush, &young, pose);
    });
    brush.at(0.0, 0.0, BODY, |brush| body::arms(brush, &young, &shades, pose, light));
}
