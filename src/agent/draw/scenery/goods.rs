//! Goods for sale. Each stands on the origin and is about 50 units high.

use super::Scenery;
use super::product::sparkle;
use super::rooms::steam;
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{darker, lighter};
use crate::agent::draw::motion::{smooth, sway, wrap};
use crate::agent::draw::paint::Paint;
use crate::agent::draw::path::{Affine, Path};

pub(super) fn ring(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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

pub(super) fn device(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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

pub(super) fn bottle(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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

pub(super) fn parcel(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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

pub(super) fn watch(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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

pub(super) fn shoe(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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

pub(super) fn kettle(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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

pub(super) fn bulb(brush: &mut Brush<'_>, s: &Scenery<'_>) {
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

/// A table lamp whose light comes and goes slowly.
pub(super) fn table_lamp(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let light = 0.72 + 0.28 * sway(s.t, 0.16, 0.0);
    let warm = mix([0xff, 0xd0, 0x88], s.look.pop, 0.25);
    // As a sunrise goes: from red to gold.
    let risen = smooth((s.t - 3.0) / 2.2);
    let rises = s.names("red sunrise~ grows growing colour~");
    let warm = if rises { mix([0xc0, 0x28, 0x20], [0xff, 0xcc, 0x60], risen) } else { warm };
    let light = if rises { light * (0.5 + 0.5 * risen) } else { light };
    brush.glow(0.0, -36.0, 46.0, warm, 0.85 * light);
    let wood = mix([0xa8, 0x78, 0x50], s.look.lead, 0.25);
    brush.round_rect(
        [-12.0, -6.0, 24.0, 6.0],
        2.6,
        Paint::along((-12.0, 0.0), lighter(wood, 0.2), (12.0, 0.0), darker(wood, 0.3)),
    );
    brush.rect(-1.4, -26.0, 2.8, 20.0, Paint::along((-1.4, 0.0), lighter(wood, 0.2), (1.4, 0.0), darker(wood, 0.3)));
    let shade = mix(warm, [0xff, 0xf8, 0xe4], 0.2 + 0.4 * light);
    brush.path(
        &Path::new()
            .to(-9.0, -50.0)
            .to(9.0, -50.0)
            .quad((13.0, -36.0), (18.0, -24.0))
            .quad((0.0, -20.0), (-18.0, -24.0)),
        Paint::down(-50.0, mix(shade, s.look.pop, 0.3), -22.0, shade),
    );
    brush.ellipse(0.0, -50.0, 9.0, 1.6, darker(shade, 0.12));
    brush.ellipse(0.0, -23.4, 17.0, 2.2, [0xff, 0xfc, 0xec]);
}

/// A book that stands with its cover to the front.
pub(super) fn book(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let cover = s.look.lead;
    brush.poly(&[(14.0, -46.0), (19.0, -44.0), (19.0, -1.6), (14.0, 0.0)], [0xf4, 0xee, 0xe0]);
    brush.round_rect(
        [-17.0, -47.0, 32.0, 47.0],
        1.2,
        Paint::along((-17.0, 0.0), lighter(cover, 0.16), (15.0, 0.0), darker(cover, 0.14)),
    );
    brush.rect(-17.0, -47.0, 4.4, 47.0, darker(cover, 0.25));
    brush.rect(-8.0, -38.0, 18.0, 2.4, s.look.pale);
    brush.rect(-8.0, -33.6, 12.0, 1.8, s.look.pop);
    brush.circle(1.0, -17.0, 7.0, s.look.pop);
    brush.poly(&[(6.0, -47.0), (9.0, -47.0), (9.0, -40.0), (7.5, -42.0), (6.0, -40.0)], s.look.second);
}

/// A mug with something hot in it.
pub(super) fn mug(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let clay = mix(s.look.lead, s.look.pale, 0.15);
    steam(brush, s, (0.0, -32.0), 22.0);
    brush.arc((15.0, -16.0), 7.4, (0.0, 1.0), 3.2, darker(clay, 0.15));
    brush.round_rect(
        [-15.0, -32.0, 30.0, 32.0],
        4.0,
        Paint::along((-15.0, 0.0), lighter(clay, 0.25), (15.0, 0.0), darker(clay, 0.3)).via(0.4, clay),
    );
    brush.ellipse(0.0, -31.6, 14.8, 3.4, lighter(clay, 0.2));
    brush.ellipse(0.0, -31.2, 12.8, 2.6, [0x5a, 0x38, 0x24]);
    brush.rect(-15.0, -12.0, 30.0, 3.0, s.look.pop);
}
