//! Camera moves, as a change of coordinates: what is far away moves less than what is near.

use super::brush::Brush;
use super::motion::{smooth, sway};
use super::path::Affine;
use crate::agent::script::Camera;

/// Scenery is painted this far beyond the picture's edges, in units, so that no move shows where it ends.
pub(in crate::agent) const OVERSCAN: f32 = 16.0;

#[derive(Debug, Clone, Copy)]
pub(in crate::agent) struct View {
    zoom: f32,
    dx: f32,
    dy: f32,
}

impl View {
    /// Where the camera is after `share` of a shot.
    pub(in crate::agent) fn new(camera: Camera, share: f32, seconds: f32) -> Self {
        let moved = share.clamp(0.0, 1.0) * 0.7 + smooth(share) * 0.3;
        let (zoom, dx, dy) = match camera {
            Camera::Still => (1.03 + 0.012 * moved, 0.0, 0.0),
            Camera::PushIn => (1.02 + 0.16 * moved, 0.0, -1.5 * moved),
            Camera::PullOut => (1.18 - 0.16 * moved, 0.0, -1.5 + 1.5 * moved),
            Camera::PanLeft => (1.1, 7.0 * (2.0 * moved - 1.0), 0.0),
            Camera::PanRight => (1.1, 7.0 * (1.0 - 2.0 * moved), 0.0),
            Camera::Tilt => (1.1, 0.0, 6.0 * (1.0 - 2.0 * moved)),
        };
        Self { zoom, dx: dx + 0.25 * sway(seconds, 0.11, 0.0), dy: dy + 0.2 * sway(seconds, 0.09, 0.3) }
    }

    /// A closer look at the same things.
    pub(in crate::agent) fn closer(mut self, zoom: f32) -> Self {
        self.zoom *= zoom;
        self
    }

    /// Paints what is at a distance: 0 never moves, 1 moves with the camera.
    pub(in crate::agent) fn layer(self, brush: &mut Brush<'_>, depth: f32, paint: impl FnOnce(&mut Brush<'_>)) {
        let zoom = 1.0 + (self.zoom - 1.0) * depth;
        let (x, y) = (brush.w / 2.0, brush.h / 2.0);
        let place = Affine([zoom, 0.0, 0.0, zoom, x - x * zoom + self.dx * depth, y - y * zoom + self.dy * depth]);
        brush.within(place, paint);
    }
}
