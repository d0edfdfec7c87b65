//! A product on its plinth.

use super::glass::{bottles, lantern};
use super::goods::{book, bottle, bulb, device, kettle, mug, parcel, ring, shoe, table_lamp, watch};
use super::pictures::{is_named, words};
use super::props::SKINS;
use super::rooms::{bokeh, plant, shelf, table, view_window};
use super::vehicles::bicycle;
use super::work::arm;
use super::{Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{hash, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};

type PaintThing = fn(&mut Brush<'_>, &Scenery<'_>);

/// What can be for sale, and the words for it.
const THINGS: [(PaintThing, &str); 14] = [
    (lantern, "lantern~ laterne~"),
    (bottles, "bottles flaschen vase~ glassware carafe~"),
    (table_lamp, "lamp~ lampe~ light-switch"),
    (ring, "ring jewel~ gem~ diamond~ necklace~ earring~ schmuck"),
    (device, "device phone~ smartphone~ app apps tablet~ gadget~ handy"),
    (bottle, "bottle~ perfume~ cream soap~ serum~ flask~ jar flasche~ shampoo~"),
    (parcel, "parcel~ gift~ package~ subscription crate~ kit"),
    (watch, "watch clock~ timer~ wristwatch uhr"),
    (shoe, "shoe~ sneaker~ boot boots schuh~"),
    (kettle, "kettle~ teapot~ pitcher jug"),
    (mug, "mug~ cup cups tasse~ coffee"),
    (bicycle_of, "bike~ bicycle~ e-bike~ cycl~ fahrrad~"),
    (book, "book~ novel~ notebook~ diary buch bücher"),
    (bulb, "bulb~ energy electricity"),
];

/// Whether a word names one of the things.
pub(super) fn is_thing(word: &str) -> bool {
    THINGS.iter().any(|(_, names)| names.split(' ').any(|name| is_named(word, name)))
}

fn bicycle_of(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    bicycle(brush, s, 0.1, s.is_about("cargo~ lasten~"));
}

/// The thing where it is used: on a table by a window, seen from near.
pub(super) fn on_a_table(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(mix(s.look.pale, s.look.lead, 0.3), [0xd8, 0xd0, 0xc8], 0.2);
    let base = if s.look.is_dark || s.is_night() { darker(base, 0.5) } else { base };
    wall(brush, base, (w * 0.75, h * 0.3));
    let level = h * 0.68;
    s.view.layer(brush, 0.4, |brush| {
        view_window(brush, s, [w * 0.06, h * 0.1, w * 0.36, h * 0.4]);
        shelf(brush, s, (w * 0.6, h * 0.26), w * 0.34, 9.0, s.seed);
    });
    s.view.layer(brush, 0.95, |brush| {
        table(brush, level, s.lit([0xa8, 0x7c, 0x54]));
        plant(brush, s, (w * 0.86, h * 0.8), 30.0, s.seed);
        let size = w.min(h) * 0.0125;
        let (x, y) = (w * 0.5, level + (h - level) * 0.36);
        brush.ellipse(x, y, 20.0 * size, 2.6 * size, Paint::from([0, 0, 0]).alpha(0.3));
        brush.at(x, y, size, |brush| thing(brush, s));
    });
}

/// The thing on a table, and a finger that taps it.
pub(super) fn touched(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base =
        mix(mix(s.look.pale, s.look.lead, 0.4), s.look.deep, if s.look.is_dark || s.is_night() { 0.5 } else { 0.08 });
    wall(brush, base, (w * 0.4, h * 0.4));
    bokeh(brush, s, [0.0, 0.0, w, h * 0.6], 10, 0.18);
    let level = h * 0.62;
    s.view.layer(brush, 0.95, |brush| {
        table(brush, level, s.lit([0xa8, 0x7c, 0x54]));
        let (x, y) = (w * 0.46, level + 8.0);
        brush.ellipse(x, y, 26.0, 3.4, Paint::from([0, 0, 0]).alpha(0.3));
        brush.at(x, y, 1.35, |brush| thing(brush, s));
        // Twice, then a pause.
        let time = wrap(s.t, 2.4);
        let tap = [0.5_f32, 0.9].into_iter().map(|at| (1.0 - (time - at).abs() / 0.16).max(0.0)).fold(0.0, f32::max);
        let (tx, ty) = (x + 15.0 + 7.0 * (1.0 - tap), y - 5.0 - 6.0 * (1.0 - tap));
        for ring in 0..2_u8 {
            let share = ((time - 0.6 - 0.4 * f32::from(ring)) / 0.7).clamp(0.0, 1.0);
            if share > 0.0 && share < 1.0 {
                brush.arc(
                    (x + 12.0, y - 4.0),
                    3.0 + 14.0 * share,
                    (0.0, 1.0),
                    0.9,
                    Paint::from([0xff; 3]).alpha(0.8 * (1.0 - share)),
                );
            }
        }
        arm(
            brush,
            (w * 0.5 + 62.0, h + 10.0),
            (tx + 7.0, ty + 4.0),
            (s.look.lead, s.lit(SKINS[usize::try_from(s.seed % 5).unwrap_or(0)])),
        );
    });
}

/// What the words name, the most telling first. It stands on the origin, about 50 units high.
fn thing(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let known = |word: &str| {
        let is_it = |(_, names): &&(PaintThing, &str)| names.split(' ').any(|name| is_named(word, name));
        THINGS.iter().find(is_it).map(|(paint, _)| *paint)
    };
    let paint = s.hints.iter().find_map(|hints| words(hints).find_map(known));
    paint.unwrap_or(parcel)(brush, s);
}

pub(super) fn plinth(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = if s.look.is_dark { mix(s.look.deep, s.look.lead, 0.28) } else { mix(s.look.pale, s.look.lead, 0.22) };
    wall(brush, base, (w * 0.5, h * 0.36));
    bokeh(brush, s, [0.0, 0.0, w, h * 0.7], 12, 0.16);
    let floor = h * 0.74;
    brush.rect(-20.0, floor, w + 40.0, h, Paint::down(floor, darker(base, 0.1), h, darker(base, 0.42)));
    let (cx, size) = (w * 0.5, w.min(h) * 0.0125);
    // A beam of light from above.
    let beam = 0.2 + 0.03 * sway(s.t, 0.2, 0.0);
    brush.poly(
        &[(cx - 9.0, -4.0), (cx + 9.0, -4.0), (cx + 44.0, floor + 8.0), (cx - 44.0, floor + 8.0)],
        Paint::down(0.0, [0xff, 0xf8, 0xe8], floor, [0xff, 0xf8, 0xe8]).fading([beam, beam * 0.6, 0.05]),
    );
    s.view.layer(brush, 1.0, |brush| {
        let (wide, top) = (31.0 * size, floor + 1.0);
        let plinth = mix(s.look.lead, base, 0.35);
        brush.rect(
            cx - wide,
            top,
            wide * 2.0,
            8.0 * size,
            Paint::along((cx - wide, 0.0), darker(plinth, 0.3), (cx + wide, 0.0), darker(plinth, 0.45))
                .via(0.35, lighter(plinth, 0.1)),
        );
        brush.ellipse(cx, top + 8.0 * size, wide, 5.6 * size, darker(plinth, 0.38));
        brush.ellipse(
            cx,
            top,
            wide,
            5.6 * size,
            Paint::along((cx - wide, top), lighter(plinth, 0.28), (cx + wide, top), plinth),
        );
        brush.ellipse(cx, top + 0.4, 15.0 * size, 2.6 * size, Paint::from([0, 0, 0]).alpha(0.28));
        let hover = 1.2 * sway(s.t, 0.22, 0.0);
        brush.at(cx, top - 1.0 + hover, size, |brush| thing(brush, s));
        for spark in 0..7_u64 {
            let shine = sway(s.t, 0.35, hash(s.seed, spark)).max(0.0).powi(3);
            let (x, y) = (cx + 50.0 * (hash(s.seed, spark + 7) - 0.5), floor - 46.0 * hash(s.seed, spark + 17) - 4.0);
            sparkle(brush, (x, y), 2.6 * shine, [0xff, 0xfc, 0xf0]);
        }
    });
}

pub(super) fn sparkle(brush: &mut Brush<'_>, (x, y): Point, size: f32, colour: Rgb) {
    if size < 0.15 {
        return;
    }
    let thin = size * 0.13;
    brush.poly(
        &[
            (x, y - size),
            (x + thin, y - thin),
            (x + size, y),
            (x + thin, y + thin),
            (x, y + size),
            (x - thin, y + thin),
            (x - size, y),
            (x - thin, y - thin),
        ],
        colour,
    );
}
