//! Where presenters stand.

use super::{Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;

pub(in crate::agent::draw) fn paint(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    wall(brush, mix(s.look.lead, s.look.pale, 0.4), (w * 0.6, h * 0.3));
}
