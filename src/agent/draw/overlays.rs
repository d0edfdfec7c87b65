//! What lies over a picture: name plates, labels, the progress rule and the brand's mark.

use super::brush::Brush;
use super::canvas::mix;
use super::lettering::Align;
use super::look::{Look, Rgb, WHITE, darker, deepened, readable, text_on};
use super::motion::{ramp, settle};
use super::paint::Paint;
use super::shots::Moment;
use super::zones::{Area, Zones};
use crate::agent::script::Side;

/// When a plate slides in, and how long before the shot's end it leaves.
const PLATE_IN_S: f32 = 0.35;
const PLATE_OUT_S: f32 = 0.35;

/// How far a plate has come in: 0 outside, 1 there.
fn shown(moment: &Moment<'_>) -> f32 {
    let begin = PLATE_IN_S.min(moment.length_s * 0.15);
    let came = settle((moment.seconds - begin) / 0.55);
    let left = ramp(moment.seconds, moment.length_s - PLATE_OUT_S, moment.length_s);
    if moment.length_s > 2.5 { came * (1.0 - left) } else { came }
}

/// The lower third: a name and what else is to be known, on the side that the presenter leaves free.
pub(super) fn lower_third(brush: &mut Brush<'_>, moment: &Moment<'_>) {
    let Some(name) = moment.words().first() else { return };
    let role = moment.words().get(1).map_or("", String::as_str);
    let (zones, look) = (moment.zones, moment.look);
    let is_right = moment.shot.side == Side::Left && !zones.is_upright;
    plate(brush, look, zones.plates, (name, role), is_right, shown(moment));
}

fn plate(brush: &mut Brush<'_>, look: &Look, area: Area, (name, role): (&str, &str), is_right: bool, shown: f32) {
    if shown <= 0.01 {
        return;
    }
    let [x, y, w, h] = area;
    let letters = brush.letters();
    let room = (w * 0.62).min(92.0) - 8.0;
    let align = Align { across: 0.0, down: 0.5 };
    let lines = if role.is_empty() { 1 } else { 2 };
    let name_h = if role.is_empty() { h } else { h * 0.56 };
    let set = letters.set(name, [0.0, 0.0, room, name_h], (if lines == 1 { 6.2 } else { 5.6 }, 2.4), 1, align);
    let below = letters.set(role, [0.0, name_h - 0.6, room, h - name_h], (3.6, 2.0), 1, align);
    let wide = set.w.max(below.w) + 8.0;
    let left = if is_right { x + w - wide } else { x };
    let (plate, ink) = (darker(mix(look.deep, look.lead, 0.18), 0.1), WHITE);
    let bar = readable_bar(look, plate);
    let came = wide * settle(shown * 1.15);
    let from = if is_right { left + wide - came } else { left };
    brush.clipped([from - 0.2, y - 1.0, came + 0.4, h + 2.0], |brush| {
        brush.round_rect(
            [left, y, wide, h],
            1.4,
            Paint::along((left, y), plate, (left + wide, y), deepened(look.lead)).alpha(0.94),
        );
        let bar_x = if is_right { left + wide - 1.6 } else { left };
        brush.rect(bar_x, y, 1.6, h, bar);
        let slide = (1.0 - settle((shown - 0.25) / 0.75)) * 6.0 * if is_right { 1.0 } else { -1.0 };
        let pad = if is_right { 3.0 } else { 4.4 };
        brush.at(left + pad + slide, y, 1.0, |brush| {
            brush.write(&set, ink);
            brush.write(&below, readable(mix(look.pop, WHITE, 0.35), deepened(look.lead)));
        });
    });
}

fn readable_bar(look: &Look, plate: Rgb) -> Rgb {
    readable(look.pop, plate)
}

/// A short line over scenery.
pub(super) fn label(brush: &mut Brush<'_>, moment: &Moment<'_>) {
    let Some(text) = moment.words().first() else { return };
    let second = moment.words().get(1).map_or("", String::as_str);
    let is_right = moment.shot.side == Side::Right && !moment.zones.is_upright;
    tag(brush, moment.look, moment.zones.plates, (text, second), is_right, shown(moment));
}

/// Words on a chip in the leading colour.
pub(super) fn tag(
    brush: &mut Brush<'_>,
    look: &Look,
    area: Area,
    (text, second): (&str, &str),
    is_right: bool,
    shown: f32,
) {
    if shown <= 0.01 {
        return;
    }
    let [x, y, w, h] = area;
    let align = Align { across: 0.0, down: 0.5 };
    let has_second = !second.is_empty();
    let chip_h = h * 0.72;
    let set =
        brush.letters().set(text, [0.0, 0.0, w * 0.8 - 8.0, chip_h], (5.4, 2.4), if w < 120.0 { 2 } else { 1 }, align);
    let wide = set.w + 7.0;
    let left = if is_right { x + w - wide } else { x };
    let top = y + (h - chip_h) - if has_second { 5.5 } else { 0.0 };
    let ink = text_on(look.lead);
    brush.clipped([left - 1.0, top - 1.0, (wide + 2.0) * settle(shown), h + 8.0], |brush| {
        brush.round_rect([left, top, wide, chip_h], 1.6, look.lead);
        brush.rect(
            left + 3.4,
            top + chip_h - 1.5,
            set.w * settle(shown * 1.4 - 0.4),
            0.55,
            readable(look.pop, look.lead),
        );
        brush.at(left + 3.5, top - 0.3, 1.0, |brush| brush.write(&set, ink));
        if has_second {
            let below =
                brush.letters().set(second, [left + 0.5, top + chip_h + 0.6, w * 0.8, 5.0], (3.7, 2.0), 1, align);
            brush.round_rect(
                [left, top + chip_h + 0.4, below.w + 4.0, 5.4],
                1.2,
                Paint::from(darker(look.deep, 0.2)).alpha(0.82),
            );
            brush.at(1.5, 0.0, 1.0, |brush| brush.write(&below, WHITE));
        }
    });
}

/// How much of the film is over, along the lower edge.
pub(super) fn progress(brush: &mut Brush<'_>, look: &Look, zones: &Zones, done: f32) {
    let [x, y, w, h] = zones.rule;
    let track = darker(look.deep, 0.3);
    let fill = if super::look::luma(look.pop) > 90 { look.pop } else { mix(look.pop, WHITE, 0.45) };
    brush.rect(x, y, w, h, Paint::from(track).alpha(0.85));
    brush.rect(x, y, w * done, h, fill);
}

/// Up to two letters for a brand.
pub(super) fn initials(brand: &str) -> String {
    let starts = |word: &str| word.chars().find(|letter| letter.is_alphanumeric());
    let words = brand.split_whitespace().filter(|word| word.len() > 2 || brand.len() < 6);
    let letters: String =
        words.filter_map(starts).filter(|letter| !matches!(letter, 'o' | 't' | 'a')).take(2).collect();
    let letters = if letters.is_empty() {
        brand.chars().filter(|letter| letter.is_alphanumeric()).take(1).collect()
    } else {
        letters
    };
    letters.to_uppercase()
}

/// The brand's mark: its initials in a shape of the film's colours.
pub(super) fn mark(
    brush: &mut Brush<'_>,
    look: &Look,
    brand: &str,
    (x, y): (f32, f32),
    size: f32,
    form: u64,
    shown: f32,
) {
    let letters = initials(brand);
    let grown = shown.clamp(0.0, 1.3);
    let (base, rim) = (look.lead, look.pop);
    let ink = text_on(base);
    brush.at(x, y, size / 2.0 * grown, |brush| {
        match form % 4 {
            0 => {
                brush.circle(0.0, 0.0, 1.0, rim);
                brush.circle(0.0, 0.0, 0.9, base);
            }
            1 => {
                brush.round_rect([-0.94, -0.94, 1.88, 1.88], 0.46, base);
                brush.round_rect([-0.94, 0.62, 1.88, 0.32], 0.1, rim);
            }
            2 => {
                brush.turned(0.0, 0.0, std::f32::consts::FRAC_PI_4, |brush| {
                    brush.round_rect([-0.78, -0.78, 1.56, 1.56], 0.2, rim);
                    brush.round_rect([-0.7, -0.7, 1.4, 1.4], 0.16, base);
                });
            }
            _ => {
                let corner = |turn: f32, radius: f32| {
                    let (sine, cosine) = (turn / 6.0 * std::f32::consts::TAU).sin_cos();
                    (sine * radius, cosine * radius)
                };
                let ring = |radius: f32| [0.0, 1.0, 2.0, 3.0, 4.0, 5.0].map(|turn| corner(turn, radius));
                brush.poly(&ring(1.04), rim);
                brush.poly(&ring(0.94), base);
            }
        }
        let room = if form % 4 == 2 { 1.1 } else { 1.35 };
        let align = Align { across: 0.5, down: 0.5 };
        let set = brush.letters().set(&letters, [-room / 2.0, -0.6, room, 1.2], (0.95, 0.2), 1, align);
        brush.write(&set, ink);
    });
}

pub(super) fn bug(brush: &mut Brush<'_>, look: &Look, zones: &Zones, brand: &str) {
    let [x, y, size, _] = zones.bug;
    mark(brush, look, brand, (x + size / 2.0, y + size / 2.0), size, brand.len() as u64, 1.0);
}
