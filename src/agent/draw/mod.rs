//! Drawing. A [`stage::Stage`] paints a script's frames; everything is procedural, and a pure function of the frame.

mod brush;
mod camera;
pub(super) mod canvas;
mod cards;
mod fill;
mod lettering;
mod lists;
mod look;
mod motion;
mod overlays;
mod paint;
mod path;
mod person;
mod phrases;
mod picture;
pub(super) mod portrait;
mod presenter;
mod raster;
mod scenery;
pub(in crate::agent) mod sheet;
mod shots;
mod sketch;
mod speech;
pub(super) mod stage;
#[cfg(test)]
mod tests;
mod zones;
