//! The contact sheet: every shot of a film on one picture.
use image::RgbImage;
/// TODO of the draw branch.
pub(in crate::agent) fn contact_sheet(stage: &mut super::stage::Stage<'_>) -> RgbImage { stage.paint(0).to_image() }
