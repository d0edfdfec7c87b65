//! What shapes are filled with: a colour, or a gradient of three.

use super::canvas::{Ink, mix};
use super::fill::opacity;

/// A point in pixels or in a brush's units.
pub(in crate::agent) type Point = (f32, f32);

/// Where a fill takes its colours from. Positions are in pixels by the time a raster sees it.
#[derive(Debug, Clone, Copy)]
pub(in crate::agent) enum Shape {
    Flat,
    /// From one point to another.
    Linear(Point, Point),
    /// From a centre outwards, its radius here.
    Radial(Point, f32),
    /// Light around a centre: it fades to nothing at this radius without a visible edge.
    Glow(Point, f32),
}

/// A colour with its opacity, 0 to 1, and where it stands between the two ends, 0 to 1.
#[derive(Debug, Clone, Copy)]
pub(in crate::agent) struct Stop {
    pub(in crate::agent) at: f32,
    pub(in crate::agent) colour: [u8; 3],
    pub(in crate::agent) alpha: f32,
}

/// What a shape is filled with.
#[derive(Debug, Clone, Copy)]
pub(in crate::agent) struct Paint {
    pub(in crate::agent) shape: Shape,
    pub(in crate::agent) stops: [Stop; 3],
}

impl From<[u8; 3]> for Paint {
    fn from(colour: [u8; 3]) -> Self {
        Self { shape: Shape::Flat, stops: [Stop { at: 0.0, colour, alpha: 1.0 }; 3] }
    }
}

impl Paint {
    fn between(shape: Shape, from: [u8; 3], to: [u8; 3]) -> Self {
        let stop = |at, colour| Stop { at, colour, alpha: 1.0 };
        Self { shape, stops: [stop(0.0, from), stop(0.5, mix(from, to, 0.5)), stop(1.0, to)] }
    }

    /// From `from` at height `y0` to `to` at height `y1`.
    pub(in crate::agent) fn down(y0: f32, from: [u8; 3], y1: f32, to: [u8; 3]) -> Self {
        Self::between(Shape::Linear((0.0, y0), (0.0, y1)), from, to)
    }

    pub(in crate::agent) fn along(start: Point, from: [u8; 3], end: Point, to: [u8; 3]) -> Self {
        Self::between(Shape::Linear(start, end), from, to)
    }

    pub(in crate::agent) fn around(centre: Point, radius: f32, from: [u8; 3], to: [u8; 3]) -> Self {
        Self::between(Shape::Radial(centre, radius), from, to)
    }

    /// Sets the colour half-way.
    pub(in crate::agent) fn via(mut self, at: f32, colour: [u8; 3]) -> Self {
        self.stops[1] = Stop { at, colour, alpha: self.stops[1].alpha };
        self
    }

    /// Makes all of it more transparent.
    pub(in crate::agent) fn alpha(mut self, alpha: f32) -> Self {
        for stop in &mut self.stops {
            stop.alpha *= alpha.clamp(0.0, 1.0);
        }
        self
    }

    /// Sets the opacity at the start, half-way and at the end.
    pub(in crate::agent) fn fading(mut self, alphas: [f32; 3]) -> Self {
        for (stop, alpha) in self.stops.iter_mut().zip(alphas) {
            stop.alpha = alpha;
        }
        self
    }

    /// The colour `share` of the way.
    pub(super) fn at(&self, share: f32) -> Tone {
        let share = share.clamp(0.0, 1.0);
        let [first, middle, last] = self.stops;
        let (from, to) = if share < middle.at { (first, middle) } else { (middle, last) };
        let within = if to.at > from.at { ((share - from.at) / (to.at - from.at)).clamp(0.0, 1.0) } else { 1.0 };
        Tone {
            ink: Ink::rgb(mix(from.colour, to.colour, within)).samples(),
            alpha: opacity(from.alpha + (to.alpha - from.alpha) * within),
        }
    }
}

/// A colour as the planes hold it, with its opacity, 0 to 255.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tone {
    pub(super) ink: [u8; 3],
    pub(super) alpha: u8,
}
