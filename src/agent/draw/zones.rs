//! Where things may stand, so that nothing lies on anything else. In a brush's units, as `[x, y, w, h]`.

pub(in crate::agent) type Area = [f32; 4];

#[derive(Debug, Clone, Copy)]
pub(in crate::agent) struct Zones {
    pub(in crate::agent) margin: f32,
    pub(in crate::agent) is_upright: bool,
    /// Two lines of captions.
    pub(in crate::agent) captions: Area,
    pub(in crate::agent) caption_size: f32,
    /// What cards and lists may fill: above the captions, below the brand mark.
    pub(in crate::agent) content: Area,
    /// Name plates and labels, just above the captions.
    pub(in crate::agent) plates: Area,
    pub(in crate::agent) bug: Area,
    pub(in crate::agent) rule: Area,
}

impl Zones {
    pub(in crate::agent) fn new(w: f32, h: f32, has_captions: bool) -> Self {
        let is_upright = h > w * 1.05;
        let margin = if is_upright { 7.0 } else { 6.5 };
        let rule_h = 1.1;
        let caption_size = if is_upright { 6.0 } else { 5.0 };
        let caption_h = caption_size * 2.9;
        // Upright films are seen in feeds that lay their own buttons over the lowest part.
        let below = if is_upright { (h * 0.11).max(6.0) } else { 5.5 };
        let caption_w = (w - 2.0 * margin).min(if is_upright { w } else { 128.0 });
        let captions = [(w - caption_w) / 2.0, h - below - caption_h, caption_w, caption_h];
        let floor = if has_captions { captions[1] - 2.0 } else { h - below.min(h * 0.1) - 1.0 };
        let bug_size = 8.0;
        let top = margin + if is_upright { bug_size + 2.0 } else { 0.0 };
        let plate_h = 13.5;
        Self {
            margin,
            is_upright,
            captions,
            caption_size,
            content: [margin, top, w - 2.0 * margin, floor - top],
            plates: [margin, floor - plate_h - 1.0, w - 2.0 * margin, plate_h],
            bug: [w - margin - bug_size, margin * 0.8, bug_size, bug_size],
            rule: [0.0, h - rule_h, w, rule_h],
        }
    }
}
