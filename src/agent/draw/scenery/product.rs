//! A product on its plinth.

use super::goods::{bottle, bulb, device, kettle, parcel, ring, shoe, watch};
use super::rooms::bokeh;
use super::{Scenery, named_in, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{hash, sway};
use crate::agent::draw::paint::{Paint, Point};

pub(super) fn product(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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
        brush.arc((cx, top), wide * 0.0, (0.0, 0.0), 0.0, plinth);
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

/// What is for sale: what the words name, else one of a few. It stands on the origin, 50 units high.
fn thing(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let named = [
        (["ring", "jewel", "gem", "diamond"], 0),
        (["necklace", "earring", "gold", "atelier"], 0),
        (["device", "phone", "app", "screen"], 1),
        (["gadget", "key", "tech", "digital"], 1),
        (["bottle", "perfume", "cream", "soap"], 2),
        (["drink", "oil", "serum", "care"], 2),
        (["box", "parcel", "gift", "package"], 3),
        (["subscription", "club", "crate", "kit"], 3),
        (["watch", "clock", "time", "timer"], 4),
        (["shoe", "sneaker", "boot", "run"], 5),
        (["kettle", "coffee", "tea", "mug"], 6),
        (["lamp", "light", "bulb", "energy"], 7),
    ];
    // The scene knows better than the prompt what is meant.
    let known = s
        .hints
        .iter()
        .find_map(|hints| named.iter().find(|(words, _)| named_in(hints, words)).map(|(_, thing)| *thing));
    match known.unwrap_or(s.variant % 5) {
        0 => ring(brush, s),
        1 => device(brush, s),
        2 => bottle(brush, s),
        3 => parcel(brush, s),
        4 => watch(brush, s),
        5 => shoe(brush, s),
        6 => kettle(brush, s),
        _ => bulb(brush, s),
    }
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
