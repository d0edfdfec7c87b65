//! Product, food and music.

use super::props::{bokeh, shelf, steam, table};
use super::{Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{hash, smooth, sway, wrap};
use crate::agent::draw::path::{Affine, Path};
use crate::agent::draw::raster::{Paint, Point};

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
    let known = named.iter().find(|(words, _)| s.names(words)).map(|(_, thing)| *thing);
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

fn ring(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let gold = mix(s.look.pop, [0xe0, 0xb0, 0x50], 0.5);
    let turn = (s.t * 0.5).cos();
    brush.within(Affine::scaled(0.55 + 0.45 * turn.abs(), 1.0), |brush| {
        for (radius, width, colour) in
            [(14.0, 3.6, darker(gold, 0.3)), (14.3, 2.2, gold), (14.9, 0.8, lighter(gold, 0.5))]
        {
            brush.arc((0.0, -16.0), radius, (0.0, 1.0), width, colour);
        }
        brush.arc((0.0, -16.0), 14.2, (0.62, 0.8), 1.2, [0xff, 0xfa, 0xe6]);
    });
    let gem = s.look.lead;
    brush.poly(&[(-5.0, -31.0), (5.0, -31.0), (3.0, -28.0), (-3.0, -28.0)], darker(gold, 0.15));
    let (top, girdle, culet) = (-46.0, -41.0, -30.0);
    let shift = turn * 1.6;
    let crown = [-10.0, -5.0 + shift, 0.0 + shift, 5.0 + shift, 10.0];
    for facet in 0..4_usize {
        let shade = 0.5 + 0.5 * sway(s.t, 0.21, facet as f32 * 0.27);
        let colour = mix(darker(gem, 0.3), lighter(gem, 0.65), shade);
        brush.poly(&[(crown[facet], girdle), (crown[facet + 1], girdle), (shift * 0.4, culet)], colour);
        let flat = |at: f32| at * 0.62;
        brush.poly(
            &[
                (crown[facet], girdle),
                (crown[facet + 1], girdle),
                (flat(crown[facet + 1]), top),
                (flat(crown[facet]), top),
            ],
            mix(colour, [0xff; 3], 0.25),
        );
    }
    sparkle(brush, (-5.0, -45.0), 4.0 * sway(s.t, 0.4, 0.0).max(0.0), [0xff; 3]);
}

fn device(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (body, glow) = (darker(mix([0x40, 0x46, 0x52], s.look.lead, 0.2), 0.1), s.look.pop);
    brush.turned(0.0, -26.0, 0.09 * sway(s.t, 0.12, 0.0), |brush| {
        brush.glow(0.0, 0.0, 38.0, s.look.lead, 0.5);
        brush.round_rect(
            [-12.8, -25.0, 25.6, 50.0],
            5.0,
            Paint::along((-12.0, 0.0), lighter(body, 0.35), (12.0, 0.0), body).via(0.2, darker(body, 0.1)),
        );
        brush.round_rect([-11.4, -23.6, 22.8, 47.2], 4.0, mix(s.look.deep, [0x06, 0x08, 0x10], 0.6));
        let rise = |number: f32| smooth((wrap(s.t, 8.0) - number * 0.4) * 1.6);
        brush.arc((0.0, -11.0), 6.6, (0.0, 1.0), 1.3, mix(s.look.lead, [0; 3], 0.4));
        brush.arc((0.0, -11.0), 6.6, (0.0, 0.08 + 0.62 * rise(0.0)), 1.5, glow);
        for row in 0..4_u8 {
            let y = 1.6 + 4.8 * f32::from(row);
            let shown = rise(f32::from(row) + 1.0);
            brush.round_rect(
                [-9.4, y, 18.8 * shown.max(0.12), 3.6],
                1.2,
                Paint::from(mix(s.look.lead, [0xff; 3], 0.1)).alpha(0.75),
            );
            brush.circle(-7.6, y + 1.8, 1.0, glow);
            brush.round_rect([-5.6, y + 1.3, 9.0 * shown, 1.0], 0.5, [0xf2, 0xf4, 0xf8]);
        }
        brush.poly(&[(-11.0, -23.0), (-1.0, -23.0), (-11.0, 8.0)], Paint::from([0xff; 3]).alpha(0.07));
        brush.round_rect([-3.0, -22.4, 6.0, 1.2], 0.6, [0x04; 3]);
    });
}

fn bottle(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let glass = s.look.lead;
    let shape = Path::new()
        .to(-4.0, -37.0)
        .to(4.0, -37.0)
        .to(4.0, -33.0)
        .cubic((4.6, -29.0), (11.5, -29.0), (11.5, -23.0))
        .to(11.5, -2.5)
        .quad((11.5, 0.0), (9.0, 0.0))
        .to(-9.0, 0.0)
        .quad((-11.5, 0.0), (-11.5, -2.5))
        .to(-11.5, -23.0)
        .cubic((-11.5, -29.0), (-4.6, -29.0), (-4.0, -33.0));
    brush.path(
        &shape,
        Paint::along((-11.5, 0.0), lighter(glass, 0.3), (11.5, 0.0), darker(glass, 0.4)).via(0.35, glass),
    );
    brush.round_rect(
        [-5.0, -46.0, 10.0, 10.0],
        1.4,
        Paint::along((-5.0, 0.0), lighter(s.look.pop, 0.4), (5.0, 0.0), darker(s.look.pop, 0.3)),
    );
    brush.rect(-11.5, -20.0, 23.0, 13.0, mix(s.look.pale, [0xff; 3], 0.4));
    brush.rect(-11.5, -19.0, 23.0, 0.6, s.look.pop);
    brush.rect(-11.5, -8.6, 23.0, 0.6, s.look.pop);
    brush.circle(0.0, -13.6, 3.2, s.look.lead);
    brush.circle(0.0, -13.6, 1.6, s.look.pop);
    let glint = -8.6 + 1.6 * sway(s.t, 0.1, 0.0);
    brush.line(&[(glint, -25.0), (glint, -3.0)], 1.3, Paint::from([0xff; 3]).alpha(0.4));
}

fn parcel(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let card = mix(s.look.lead, [0xc8, 0xa0, 0x70], 0.25);
    let open = smooth((wrap(s.t, 9.0) - 1.0) / 1.6) * smooth((8.6 - wrap(s.t, 9.0)) / 0.8);
    brush.poly(&[(-18.0, -24.0), (18.0, -24.0), (12.0, -29.0), (-12.0, -29.0)], darker(card, 0.55));
    let rise = 15.0 * open;
    brush.glow(0.0, -28.0 - rise * 0.5, 22.0, s.look.pop, 0.6 * open);
    brush.circle(0.0, -22.0 - rise, 8.0, [0x1a, 0x18, 0x1c]);
    brush.circle(0.0, -22.0 - rise, 3.0, s.look.pop);
    brush.circle(0.0, -22.0 - rise, 0.8, [0xf4; 3]);
    brush.poly(
        &[(-18.0, -24.0), (0.0, -21.0), (0.0, 2.0), (-18.0, -2.0)],
        Paint::along((-18.0, 0.0), card, (0.0, 0.0), lighter(card, 0.12)),
    );
    brush.poly(
        &[(18.0, -24.0), (0.0, -21.0), (0.0, 2.0), (18.0, -2.0)],
        Paint::along((0.0, 0.0), darker(card, 0.1), (18.0, 0.0), darker(card, 0.28)),
    );
    for side in [-1.0_f32, 1.0] {
        let tip = (side * (18.0 + 10.0 * open), -24.0 - 3.0 + 9.0 * open - 8.0 * (1.0 - open) * 0.2);
        let inner = (side * (0.0 + 13.0 * open), -28.0 + 8.0 * open);
        brush.poly(
            &[(side * 18.0, -24.0), (0.0, -21.0), inner, tip],
            Paint::from(lighter(card, if side < 0.0 { 0.2 } else { 0.08 })).alpha(0.96),
        );
    }
    brush.poly(&[(-11.0, -22.8), (-7.0, -22.2), (-7.0, 0.5), (-11.0, -0.4)], s.look.pop);
    brush.poly(&[(6.0, -13.0), (13.0, -14.2), (13.0, -8.2), (6.0, -7.0)], mix(s.look.pale, [0xff; 3], 0.5));
}

fn watch(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (strap, metal) = (mix(s.look.lead, [0x50, 0x36, 0x28], 0.3), mix([0xd0, 0xd2, 0xd8], s.look.pop, 0.3));
    brush.poly(&[(-7.0, -30.0), (7.0, -30.0), (5.4, -50.0), (-5.4, -50.0)], strap);
    brush.poly(&[(-7.0, -18.0), (7.0, -18.0), (5.4, 2.0), (-5.4, 2.0)], darker(strap, 0.15));
    brush.circle(
        0.0,
        -24.0,
        15.0,
        Paint::along((-12.0, -36.0), lighter(metal, 0.4), (12.0, -12.0), darker(metal, 0.35)),
    );
    brush.circle(0.0, -24.0, 12.8, mix(s.look.pale, [0xff; 3], 0.3));
    for mark in 0..12_u8 {
        let (sine, cosine) = (f32::from(mark) / 12.0 * std::f32::consts::TAU).sin_cos();
        brush.line(&[(sine * 10.2, -24.0 - cosine * 10.2), (sine * 11.8, -24.0 - cosine * 11.8)], 0.7, s.look.deep);
    }
    for (turns, long, width, colour) in [
        (s.t * 0.004 + 0.16, 6.4, 1.3, s.look.deep),
        (s.t * 0.02 + 0.3, 9.6, 0.9, s.look.deep),
        (s.t / 15.0, 11.0, 0.4, s.look.pop),
    ] {
        let (sine, cosine) = (turns * std::f32::consts::TAU).sin_cos();
        brush.line(&[(0.0, -24.0), (sine * long, -24.0 - cosine * long)], width, colour);
    }
    brush.circle(0.0, -24.0, 1.2, s.look.pop);
    brush.round_rect([14.6, -25.6, 2.4, 3.2], 0.8, metal);
}

fn shoe(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let body = s.look.lead;
    brush.path(
        &Path::new()
            .to(-22.0, -6.0)
            .cubic((-24.0, -20.0), (-20.0, -30.0), (-14.0, -30.0))
            .to(-4.0, -28.0)
            .cubic((2.0, -20.0), (12.0, -14.0), (22.0, -13.0))
            .cubic((28.0, -11.0), (28.0, -6.0), (26.0, -5.0)),
        Paint::down(-30.0, lighter(body, 0.2), -5.0, darker(body, 0.15)),
    );
    brush.round_rect([-23.6, -6.6, 51.0, 6.6], 3.0, [0xf6, 0xf4, 0xee]);
    brush.rect(-22.0, -2.6, 48.0, 1.0, s.look.pop);
    brush.curve(&[(-18.0, -10.0), (-6.0, -14.0), (6.0, -21.0)], 2.6, s.look.pop);
    for lace in 0..4_u8 {
        let x = -3.0 + 4.0 * f32::from(lace);
        brush.line(
            &[(x - 3.0, -25.0 + 2.6 * f32::from(lace)), (x + 2.6, -22.4 + 2.6 * f32::from(lace))],
            0.9,
            [0xf6, 0xf4, 0xee],
        );
    }
}

fn kettle(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let body = s.look.lead;
    brush.arc((3.0, -25.0), 13.0, (-0.2, 0.33), 2.4, darker(s.look.deep, 0.2));
    brush.path(
        &Path::new()
            .to(-9.0, -12.0)
            .quad((-20.0, -16.0), (-22.0, -27.0))
            .to(-18.0, -29.0)
            .quad((-14.0, -20.0), (-6.0, -20.0)),
        darker(body, 0.1),
    );
    brush.path(
        &Path::new()
            .to(-9.0, -30.0)
            .to(9.0, -30.0)
            .cubic((16.0, -22.0), (16.0, -8.0), (14.0, 0.0))
            .to(-14.0, 0.0)
            .cubic((-16.0, -8.0), (-16.0, -22.0), (-9.0, -30.0)),
        Paint::along((-14.0, 0.0), lighter(body, 0.3), (14.0, 0.0), darker(body, 0.35)).via(0.4, body),
    );
    brush.ellipse(0.0, -30.0, 9.0, 2.0, darker(body, 0.25));
    brush.circle(0.0, -33.0, 1.8, s.look.pop);
    steam(brush, s, (-20.0, -30.0), 22.0);
}

fn bulb(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let light = 0.75 + 0.2 * sway(s.t, 0.3, 0.0);
    brush.glow(0.0, -30.0, 40.0, mix([0xff, 0xe0, 0x90], s.look.pop, 0.2), 0.8 * light);
    brush.path(
        &Path::new()
            .to(-6.0, -14.0)
            .cubic((-7.0, -22.0), (-14.0, -24.0), (-14.0, -33.0))
            .cubic((-14.0, -51.0), (14.0, -51.0), (14.0, -33.0))
            .cubic((14.0, -24.0), (7.0, -22.0), (6.0, -14.0)),
        Paint::around((0.0, -32.0), 18.0, [0xff, 0xf8, 0xd8], mix([0xff, 0xd8, 0x80], s.look.pop, 0.3)).alpha(0.92),
    );
    brush.curve(
        &[(-4.0, -15.0), (-5.0, -30.0), (-1.6, -27.0), (0.0, -32.0), (1.6, -27.0), (5.0, -30.0), (4.0, -15.0)],
        0.7,
        [0xe8, 0x8c, 0x30],
    );
    for row in 0..3_u8 {
        brush.round_rect(
            [-6.4, -13.6 + 3.8 * f32::from(row), 12.8, 3.0],
            1.4,
            mix([0x9a, 0x9c, 0xa4], s.look.deep, 0.3),
        );
    }
}

pub(super) fn food(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let picked = if s.names(&["coffee", "tea", "cake", "bakery", "bread", "breakfast"]) { 2 } else { s.variant % 3 };
    match picked {
        0 => bowl(brush, s),
        1 => board(brush, s),
        _ => cafe(brush, s),
    }
}

fn kitchen_wall(brush: &mut Brush<'_>, s: &Scenery<'_>, level: f32) {
    let (w, h) = (brush.w, brush.h);
    let tile = mix(s.lit([0xe8, 0xe0, 0xd2]), s.look.lead, 0.14);
    wall(brush, tile, (w * 0.5, h * 0.25));
    s.view.layer(brush, 0.3, |brush| {
        for row in 0..20_u8 {
            let y = f32::from(row) * 7.0 - 4.0;
            if y < level {
                brush.line(&[(-16.0, y), (w + 16.0, y)], 0.3, Paint::from(darker(tile, 0.25)).alpha(0.5));
                for column in 0..30_u8 {
                    let x = f32::from(column) * 10.0 - 16.0 + if row % 2 == 0 { 0.0 } else { 5.0 };
                    if x < w + 16.0 {
                        brush.line(&[(x, y), (x, y + 7.0)], 0.3, Paint::from(darker(tile, 0.25)).alpha(0.5));
                    }
                }
            }
        }
        shelf(brush, s, (w * 0.06, h * 0.26), w * 0.3, 9.0, s.seed);
        shelf(brush, s, (w * 0.64, h * 0.2), w * 0.32, 9.0, s.seed ^ 5);
        for pan in 0..4_u8 {
            let x = w * 0.42 + 7.0 * f32::from(pan);
            let swing = 0.03 * sway(s.t, 0.3, f32::from(pan) * 0.2);
            brush.turned(x, h * 0.08, swing, |brush| {
                brush.line(&[(0.0, 0.0), (0.0, 9.0)], 0.8, darker(s.look.deep, 0.1));
                brush.circle(0.0, 11.5, 3.4, mix(s.look.pop, [0x8c, 0x5a, 0x34], 0.4));
                brush.circle(0.0, 11.5, 2.6, mix(s.look.pop, [0x6a, 0x40, 0x28], 0.5));
            });
        }
        brush.rect(w * 0.4, h * 0.07, 29.0, 0.8, darker(s.look.deep, 0.2));
    });
}

fn bowl(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.62;
    kitchen_wall(brush, s, level);
    s.view.layer(brush, 0.9, |brush| {
        table(brush, level, s.lit([0x9a, 0x6a, 0x44]));
        let (x, y) = (w * 0.5, h * 0.8);
        steam(brush, s, (x, y - 22.0), 30.0);
        brush.ellipse(x, y + 3.0, 33.0, 6.0, Paint::from([0, 0, 0]).alpha(0.3));
        let china = s.lit(mix(s.look.lead, [0xf0, 0xec, 0xe4], 0.2));
        brush.path(
            &Path::new().to(x - 29.0, y - 18.0).cubic((x - 27.0, y + 2.0), (x - 14.0, y + 4.0), (x, y + 4.0)).cubic(
                (x + 14.0, y + 4.0),
                (x + 27.0, y + 2.0),
                (x + 29.0, y - 18.0),
            ),
            Paint::along((x - 29.0, 0.0), lighter(china, 0.2), (x + 29.0, 0.0), darker(china, 0.3)),
        );
        brush.ellipse(x, y - 18.0, 29.0, 7.2, lighter(china, 0.25));
        brush.ellipse(x, y - 17.6, 26.6, 6.0, s.lit([0xc8, 0x6a, 0x34]));
        for number in 0..20_u64 {
            let (sine, cosine) = (hash(s.seed, number) * std::f32::consts::TAU + s.t * 0.05).sin_cos();
            let radius = 23.0 * hash(s.seed, number + 40).sqrt();
            let colour = [[0x5c, 0x9a, 0x40], [0xf0, 0xd8, 0x8c], [0xd8, 0x48, 0x34], [0xf6, 0xf0, 0xdc]]
                [usize::try_from(number).unwrap_or(0) % 4];
            brush.ellipse(x + cosine * radius, y - 18.0 + sine * radius * 0.2, 2.4, 1.3, s.lit(colour));
        }
        brush.rect(x - 22.0, y - 8.0, 44.0, 1.2, Paint::from(s.look.pop).alpha(0.8));
        fruit(brush, s, (w * 0.14, h * 0.82), 6.0, [0xd8, 0x3c, 0x34]);
        fruit(brush, s, (w * 0.2, h * 0.87), 7.0, [0xe8, 0x5a, 0x3c]);
        fruit(brush, s, (w * 0.86, h * 0.84), 6.6, [0xf0, 0xb8, 0x34]);
    });
}

fn fruit(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, radius: f32, colour: Rgb) {
    let colour = s.lit(colour);
    brush.ellipse(x, y + radius * 0.9, radius * 1.1, radius * 0.24, Paint::from([0, 0, 0]).alpha(0.3));
    brush.circle(
        x,
        y,
        radius,
        Paint::around((x - radius * 0.35, y - radius * 0.4), radius * 1.6, lighter(colour, 0.35), darker(colour, 0.25)),
    );
    brush.path(
        &Path::new()
            .to(x, y - radius * 0.9)
            .quad((x + radius * 0.2, y - radius * 1.6), (x + radius * 0.9, y - radius * 1.4))
            .quad((x + radius * 0.6, y - radius * 0.9), (x, y - radius * 0.9)),
        s.lit([0x4c, 0x8a, 0x3c]),
    );
}

/// A board from above, a knife that cuts.
fn board(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(s.lit([0xd8, 0xcc, 0xb8]), s.look.lead, 0.25);
    wall(brush, base, (w * 0.4, h * 0.3));
    s.view.layer(brush, 1.0, |brush| {
        let (bw, bh) = ((w * 0.66).min(120.0), (h * 0.6).min(66.0));
        let (x, y) = ((w - bw) / 2.0, (h * 0.9 - bh) / 2.0);
        let wood = s.lit([0xb8, 0x80, 0x4c]);
        brush.round_rect([x + 1.5, y + 2.5, bw, bh], 4.0, Paint::from([0, 0, 0]).alpha(0.3));
        brush.round_rect(
            [x, y, bw, bh],
            4.0,
            Paint::along((x, y), lighter(wood, 0.15), (x + bw, y + bh), darker(wood, 0.1)),
        );
        for grain in 0..7_u8 {
            let gy = y + bh * (0.1 + 0.125 * f32::from(grain));
            brush.curve(
                &[(x + 3.0, gy), (x + bw * 0.4, gy + 1.4), (x + bw - 3.0, gy - 0.6)],
                0.3,
                Paint::from(darker(wood, 0.35)).alpha(0.5),
            );
        }
        let cut = wrap(s.t * 0.8, 8.0);
        let done = cut.floor();
        for slice in 0..8_u8 {
            let at = f32::from(slice);
            let moved = if at < done { 5.0 + at * 1.4 } else { 0.0 };
            let sx = x + bw * 0.3 + at * 4.6 - moved;
            let colour = s.lit([0xe8, 0x70, 0x2c]);
            brush.ellipse(sx, y + bh * 0.55, 3.2, 7.2, darker(colour, 0.2));
            brush.ellipse(
                sx - 0.7,
                y + bh * 0.55,
                2.7,
                6.6,
                Paint::around((sx, y + bh * 0.55), 8.0, lighter(colour, 0.3), colour),
            );
        }
        let down = (cut.fract() * std::f32::consts::TAU).cos() * 3.0;
        let kx = x + bw * 0.32 + done * 4.6;
        brush.turned(kx, y + bh * 0.44 + down, 1.42, |brush| {
            brush.path(
                &Path::new().to(-20.0, -2.4).to(16.0, -2.4).quad((22.0, 0.0), (14.0, 3.4)).to(-20.0, 3.0),
                Paint::down(-2.4, [0xf2, 0xf4, 0xf6], 3.4, [0xa8, 0xb0, 0xba]),
            );
            brush.round_rect([-38.0, -2.6, 19.0, 4.6], 1.6, darker(s.look.deep, 0.1));
        });
        for leaf in 0..7_u64 {
            let (lx, ly) = (x + bw * (0.66 + 0.26 * hash(s.seed, leaf)), y + bh * (0.2 + 0.6 * hash(s.seed, leaf + 9)));
            brush.turned(lx, ly, hash(s.seed, leaf + 19) * 6.0 + 0.06 * sway(s.t, 0.2, hash(s.seed, leaf)), |brush| {
                brush.path(
                    &Path::new().to(-6.0, 0.0).quad((0.0, -5.0), (6.0, 0.0)).quad((0.0, 5.0), (-6.0, 0.0)),
                    s.lit([0x52, 0x96, 0x44]),
                );
                brush.line(&[(-5.0, 0.0), (5.0, 0.0)], 0.3, s.lit([0x88, 0xc0, 0x6c]));
            });
        }
        for number in 0..5_u64 {
            let (fx, fy) = if number < 3 {
                (x - 9.0 + 5.0 * hash(s.seed, number), y + bh * (0.15 + 0.3 * number as f32))
            } else {
                (x + bw + 6.0, y + bh * (0.2 + 0.35 * (number - 3) as f32))
            };
            let colour = s.lit([0xd8, 0x34, 0x30]);
            brush.circle(
                fx,
                fy,
                5.6,
                Paint::around((fx - 2.0, fy - 2.0), 9.0, lighter(colour, 0.35), darker(colour, 0.2)),
            );
            brush.circle(fx, fy, 1.3, s.lit([0x4c, 0x86, 0x38]));
        }
    });
}

/// Coffee and cake by a window full of lights.
fn cafe(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(s.lit([0x6a, 0x4a, 0x38]), s.look.lead, 0.3);
    wall(brush, base, (w * 0.3, h * 0.2));
    bokeh(brush, s, [0.0, 0.0, w, h * 0.6], 24, 0.4);
    s.view.layer(brush, 0.9, |brush| {
        table(brush, h * 0.66, s.lit([0x7c, 0x50, 0x34]));
        let (x, y) = (w * 0.38, h * 0.84);
        let china = s.lit(mix([0xf8, 0xf4, 0xec], s.look.pale, 0.3));
        brush.ellipse(x, y + 2.0, 27.0, 5.4, Paint::from([0, 0, 0]).alpha(0.3));
        brush.ellipse(x, y, 26.0, 5.0, darker(china, 0.08));
        brush.ellipse(x, y - 0.8, 20.0, 3.4, lighter(china, 0.3));
        brush.arc((x + 18.0, y - 16.0), 6.6, (0.0, 0.52), 2.4, darker(china, 0.12));
        brush.path(
            &Path::new().to(x - 17.0, y - 27.0).cubic((x - 16.0, y - 8.0), (x - 10.0, y - 1.0), (x, y - 1.0)).cubic(
                (x + 10.0, y - 1.0),
                (x + 16.0, y - 8.0),
                (x + 17.0, y - 27.0),
            ),
            Paint::along((x - 17.0, 0.0), lighter(china, 0.3), (x + 17.0, 0.0), darker(china, 0.25)),
        );
        brush.rect(x - 16.2, y - 18.0, 32.4, 2.0, Paint::from(s.look.lead).alpha(0.9));
        brush.ellipse(x, y - 27.0, 17.0, 4.2, lighter(china, 0.4));
        brush.ellipse(x, y - 26.8, 15.2, 3.4, [0x5a, 0x34, 0x20]);
        brush.ellipse(x + 0.8 * sway(s.t, 0.15, 0.0), y - 26.8, 8.0, 1.8, [0xd8, 0xb0, 0x84]);
        brush.ellipse(x + 0.8 * sway(s.t, 0.15, 0.0), y - 26.7, 4.0, 0.9, [0x7c, 0x4c, 0x2c]);
        steam(brush, s, (x, y - 30.0), 28.0);
        let (cx, cy) = (w * 0.74, h * 0.86);
        brush.ellipse(cx, cy + 1.6, 24.0, 5.0, Paint::from([0, 0, 0]).alpha(0.3));
        brush.ellipse(cx, cy, 23.0, 4.4, china);
        let sponge = s.lit([0xe4, 0xb4, 0x70]);
        for layer in 0..3_u8 {
            let top = cy - 6.4 - 5.4 * f32::from(layer);
            brush.poly(
                &[(cx - 14.0, top + 1.0), (cx + 15.0, top - 1.0), (cx + 15.0, top + 3.6), (cx - 14.0, top + 5.4)],
                darker(sponge, 0.06 * f32::from(layer)),
            );
            brush.poly(
                &[(cx - 14.0, top + 1.0), (cx + 15.0, top - 1.0), (cx + 15.0, top + 0.4), (cx - 14.0, top + 2.4)],
                s.lit(if layer == 2 { s.look.pop } else { [0xfb, 0xf2, 0xe2] }),
            );
        }
        brush.circle(cx + 2.0, cy - 21.4, 3.4, s.lit([0xd8, 0x2c, 0x3c]));
        brush.circle(cx + 1.0, cy - 22.4, 1.0, Paint::from([0xff; 3]).alpha(0.6));
    });
}

pub(super) fn music(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let picked = if s.names(&["concert", "stage", "festival", "live", "band"]) { 1 } else { s.variant % 3 };
    match picked {
        0 => turntable(brush, s),
        1 => stage(brush, s),
        _ => listening_room(brush, s),
    }
}

fn disc(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, radius: f32, flat: f32, turns: f32) {
    brush.within(Affine([1.0, 0.0, 0.0, flat, x, y]), |brush| {
        brush.circle(0.0, 0.0, radius, [0x14, 0x12, 0x16]);
        for groove in 0..6_u8 {
            brush.arc((0.0, 0.0), radius * (0.46 + 0.085 * f32::from(groove)), (0.0, 1.0), 0.2, [0x2c, 0x2a, 0x30]);
        }
        for side in [0.0, 0.5] {
            let start = 0.1 + side + 0.008 * sway(s.t, 0.5, 0.0);
            for (wide, alpha) in [(0.1, 0.10), (0.055, 0.14)] {
                brush.arc(
                    (0.0, 0.0),
                    radius * 0.68,
                    (start - wide / 2.0, start + wide / 2.0),
                    radius * 0.44,
                    Paint::from([0xff; 3]).alpha(alpha),
                );
            }
        }
        brush.circle(0.0, 0.0, radius * 0.36, s.look.lead);
        brush.circle(0.0, 0.0, radius * 0.30, mix(s.look.lead, s.look.pale, 0.2));
        for mark in 0..3_u8 {
            let turn = turns + f32::from(mark) / 3.0;
            brush.arc((0.0, 0.0), radius * 0.22, (turn, turn + 0.16), radius * 0.05, s.look.pop);
        }
        brush.circle(0.0, 0.0, radius * 0.035, [0xf0; 3]);
    });
}

fn turntable(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let wood = mix([0x6a, 0x42, 0x2a], s.look.deep, 0.3);
    wall(brush, mix(s.look.deep, s.look.lead, 0.3), (w * 0.25, h * 0.2));
    bokeh(brush, s, [0.0, 0.0, w, h * 0.5], 14, 0.35);
    s.view.layer(brush, 1.0, |brush| {
        table(brush, h * 0.56, wood);
        let (x, y, size) = (w * 0.47, h * 0.66, w.min(130.0) * 0.29);
        brush.poly(
            &[
                (x - size * 1.3, y + size * 0.5),
                (x + size * 1.75, y + size * 0.5),
                (x + size * 1.5, y - size * 0.5),
                (x - size * 1.1, y - size * 0.5),
            ],
            Paint::down(y - size, mix(s.look.deep, [0x50; 3], 0.35), y + size, mix(s.look.deep, [0x18; 3], 0.5)),
        );
        brush.rect(
            x - size * 1.3,
            y + size * 0.5,
            size * 3.05,
            size * 0.16,
            Paint::down(y, lighter(wood, 0.15), y + size, darker(wood, 0.2)),
        );
        disc(brush, s, (x, y), size, 0.46, s.t * 0.55);
        let (px, py) = (x + size * 1.3, y - size * 0.3);
        let swing = 0.02 * sway(s.t, 0.55, 0.0) + 0.02 * (s.t * 0.05).min(3.0);
        brush.circle(px, py, size * 0.12, [0x8c, 0x8e, 0x94]);
        brush.circle(px, py, size * 0.07, mix(s.look.pop, [0xc8; 3], 0.3));
        let tip = (x + size * (0.62 - swing), y + size * 0.2);
        brush.line(&[(px, py), (px - size * 0.1, py + size * 0.44), tip], size * 0.035, [0xd4, 0xd6, 0xda]);
        brush.turned(tip.0, tip.1, 2.4, |brush| brush.round_rect([-1.0, -1.2, 4.6, 2.4], 0.5, [0x2a; 3]));
        brush.circle(x + size * 1.36, y + size * 0.34, size * 0.05, s.look.pop);
        notes(brush, s, (x, y - size * 0.5));
    });
}

fn notes(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point) {
    for number in 0..5_u64 {
        let share = wrap(s.t * 0.16 + number as f32 / 5.0, 1.0);
        let (nx, ny) =
            (x + 40.0 * (hash(s.seed, number) - 0.5) + 4.0 * sway(s.t, 0.3, hash(s.seed, number)), y - 40.0 * share);
        let fade = (share * std::f32::consts::PI).sin() * 0.9;
        let colour = Paint::from(lighter(s.look.turn(usize::try_from(number).unwrap_or(0)), 0.3)).alpha(fade);
        brush.turned(nx, ny, 0.2 * sway(s.t, 0.3, 0.2), |brush| {
            brush.ellipse(0.0, 0.0, 1.7, 1.2, colour);
            brush.line(&[(1.5, -0.4), (1.5, -7.0)], 0.5, colour);
            if number % 2 == 0 {
                brush.curve(&[(1.5, -7.0), (3.4, -5.4), (3.2, -3.4)], 0.6, colour);
            } else {
                brush.line(&[(1.5, -7.0), (6.5, -8.0), (6.5, -1.4)], 0.5, colour);
                brush.ellipse(5.0, -1.0, 1.7, 1.2, colour);
            }
        });
    }
}

fn stage(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    brush.everything(Paint::down(0.0, mix(s.look.deep, [0; 3], 0.5), h, mix(s.look.lead, [0; 3], 0.5)));
    for light in 0..6_u8 {
        let x = w * (0.08 + 0.17 * f32::from(light));
        let aim = x + 46.0 * sway(s.t, 0.16, f32::from(light) * 0.19);
        let colour = s.look.turn(light.into());
        let alpha = 0.42 + 0.18 * sway(s.t, 0.9, f32::from(light) * 0.3);
        brush.poly(
            &[(x - 1.2, 0.0), (x + 1.2, 0.0), (aim + 17.0, h * 0.88), (aim - 17.0, h * 0.88)],
            Paint::down(0.0, lighter(colour, 0.4), h * 0.88, colour).fading([alpha, alpha * 0.4, 0.03]),
        );
        brush.glow(x, 1.0, 8.0, lighter(colour, 0.5), 0.9);
    }
    s.view.layer(brush, 0.7, |brush| {
        let floor = h * 0.72;
        brush.poly(
            &[(-16.0, floor + 9.0), (w * 0.1, floor), (w * 0.9, floor), (w + 16.0, floor + 9.0)],
            darker(s.look.deep, 0.4),
        );
        for side in [-1.0_f32, 1.0] {
            for stack in 0..3_u8 {
                let (x, y) = (w * (0.5 + side * 0.38) - 7.0, floor - 15.0 * (f32::from(stack) + 1.0) + 1.0);
                brush.round_rect([x, y, 14.0, 14.6], 1.0, [0x16, 0x16, 0x1a]);
                let beat = 1.0 + 0.06 * sway(s.t, 2.0, 0.0).max(0.0);
                brush.circle(x + 7.0, y + 8.6, 4.6 * beat, [0x30, 0x30, 0x36]);
                brush.circle(x + 7.0, y + 8.6, 2.0 * beat, [0x10; 3]);
                brush.circle(x + 7.0, y + 2.6, 1.4, [0x30, 0x30, 0x36]);
            }
        }
        for player in 0..3_u8 {
            let x = w * (0.32 + 0.18 * f32::from(player));
            let nod = sway(s.t, 1.0, f32::from(player) * 0.2);
            let figure = mix(s.look.deep, [0x08; 3], 0.5);
            brush.at(x, floor + 3.0, 1.15, |brush| {
                brush.line(&[(-3.0, 0.0), (-1.4, -13.0), (0.0, -13.0)], 2.6, figure);
                brush.line(&[(3.0, 0.0), (1.4, -13.0)], 2.6, figure);
                brush.round_rect([-3.6, -25.0, 7.2, 14.0], 3.0, figure);
                brush.circle(nod * 0.5, -28.6 + nod * 0.3, 3.0, figure);
                brush.line(&[(-3.0, -23.0), (-6.4, -17.0), (2.0, -15.0 + nod)], 1.8, figure);
                brush.line(&[(3.0, -23.0), (7.0, -18.0), (9.0, -21.0 - nod)], 1.8, figure);
                brush.line(&[(-3.0, -13.0), (13.0, -23.0)], 1.0, darker(s.look.pop, 0.2));
                brush.ellipse(-2.0, -14.0, 4.6, 3.2, s.look.pop);
            });
        }
    });
    s.view.layer(brush, 1.1, |brush| {
        for head in 0..26_u64 {
            let x = -10.0 + (w + 20.0) * (head as f32 + hash(s.seed, head)) / 26.0;
            let jump = 1.6 * sway(s.t, 1.0, hash(s.seed, head)).abs();
            let y = h * (0.93 + 0.06 * hash(s.seed, head + 50)) - jump;
            let shade = mix([0x06, 0x06, 0x0a], s.look.deep, 0.3);
            brush.circle(x, y, 3.6, shade);
            brush.round_rect([x - 6.0, y + 3.0, 12.0, 20.0], 5.0, shade);
            if head % 3 == 0 {
                brush.line(&[(x - 4.4, y + 6.0), (x - 5.4 + sway(s.t, 1.0, 0.3), y - 9.0)], 1.9, shade);
            }
        }
    });
}

/// Walls of records, a chair and a lamp.
pub(super) fn listening_room(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(mix([0x5a, 0x38, 0x2c], s.look.lead, 0.4), s.look.deep, 0.25);
    wall(brush, base, (w * 0.7, h * 0.3));
    s.view.layer(brush, 0.5, |brush| {
        for row in 0..3_u8 {
            let y = h * (0.2 + 0.22 * f32::from(row));
            let mut x = -6.0;
            let mut number = u64::from(row) * 200;
            while x < w * 0.58 {
                let wide = 0.8 + 0.7 * hash(s.seed, number);
                let pull = if number % 41 == 7 { 3.0 * smooth(sway(s.t, 0.12, hash(s.seed, number))) } else { 0.0 };
                let colour = mix(
                    s.look.turn(usize::try_from(number).unwrap_or(0) % 7),
                    [0x4c, 0x40, 0x3a],
                    0.45 + 0.3 * hash(s.seed, number + 7),
                );
                brush.rect(x, y - 13.0 - pull, wide, 13.0, colour);
                x += wide + 0.14;
                number += 1;
            }
            brush.rect(-16.0, y, w * 0.58 + 16.0, 1.4, mix([0x7c, 0x4e, 0x30], s.look.deep, 0.2));
        }
    });
    s.view.layer(brush, 0.85, |brush| {
        super::props::floor(brush, h * 0.82, darker(base, 0.45), darker(base, 0.2));
        super::props::lamp(brush, s, (w * 0.9, h * 0.86), h.min(130.0) * 0.5);
        let (x, y) = (w * 0.72, h * 0.88);
        let velvet = mix(s.look.lead, [0x50, 0x20, 0x30], 0.2);
        brush.round_rect(
            [x - 15.0, y - 34.0, 30.0, 30.0],
            8.0,
            Paint::along((x - 15.0, 0.0), lighter(velvet, 0.12), (x + 15.0, 0.0), darker(velvet, 0.25)),
        );
        brush.round_rect([x - 18.0, y - 17.0, 8.0, 16.0], 4.0, lighter(velvet, 0.06));
        brush.round_rect([x + 10.0, y - 17.0, 8.0, 16.0], 4.0, darker(velvet, 0.2));
        brush.round_rect([x - 13.0, y - 14.0, 26.0, 10.0], 3.0, lighter(velvet, 0.16));
        for leg in [-13.0, 12.0] {
            brush.line(&[(x + leg, y - 2.0), (x + leg, y + 3.0)], 1.2, darker(base, 0.6));
        }
        disc(brush, s, (w * 0.3, h * 0.86), 15.0, 0.42, s.t * 0.55);
        notes(brush, s, (w * 0.3, h * 0.7));
    });
}
