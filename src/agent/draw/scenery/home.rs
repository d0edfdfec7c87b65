//! Home: a living room, a house in its garden.

use super::props::{floor, hills, sky, tree};
use super::rooms::{lamp, painting, plant, view_window};
use super::{Hour, Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{darker, lighter};
use crate::agent::draw::motion::{hash, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;

pub(super) fn living_room(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(mix(s.look.lead, s.look.pale, 0.6), [0xe0, 0xd4, 0xc4], 0.3);
    let base = if s.is_night() || s.look.is_dark { darker(base, 0.45) } else { base };
    wall(brush, base, (w * 0.3, h * 0.3));
    let ground = h * 0.76;
    s.view.layer(brush, 0.5, |brush| {
        view_window(brush, s, [w * 0.08, h * 0.12, w * 0.3, h * 0.4]);
        for side in [0.055, 0.405] {
            let sway_x = 0.5 * sway(s.t, 0.14, side);
            brush.path(
                &Path::new()
                    .to(w * side - 3.6, h * 0.08)
                    .to(w * side + 3.6, h * 0.08)
                    .quad((w * side + 2.0 + sway_x, h * 0.4), (w * side + 3.4 + sway_x, h * 0.68))
                    .to(w * side - 3.4 + sway_x, h * 0.68),
                Paint::along((w * side - 4.0, 0.0), s.look.second, (w * side + 4.0, 0.0), darker(s.look.second, 0.2)),
            );
        }
        painting(brush, s, [w * 0.58, h * 0.14, w.min(140.0) * 0.13, w.min(140.0) * 0.15], s.seed);
        painting(
            brush,
            s,
            [w * 0.58 + w.min(140.0) * 0.17, h * 0.19, w.min(140.0) * 0.09, w.min(140.0) * 0.11],
            s.seed ^ 3,
        );
        floor(brush, ground, s.lit([0x8a, 0x60, 0x42]), s.lit([0xb4, 0x86, 0x60]));
        brush.rect(-16.0, ground - 2.0, w + 32.0, 2.0, lighter(base, 0.25));
    });
    s.view.layer(brush, 0.8, |brush| {
        brush.ellipse(w * 0.56, h * 0.9, w * 0.4, 8.0, mix(s.look.pop, base, 0.35));
        brush.ellipse(w * 0.56, h * 0.9, w * 0.35, 6.6, mix(s.look.pop, base, 0.55));
        lamp(brush, s, (w * 0.93, h * 0.87), h.min(130.0) * 0.56);
        let (x, y, wide) = (w * 0.63, h * 0.87, w.min(130.0) * 0.24);
        let sofa = s.look.lead;
        brush.round_rect(
            [x - wide, y - 28.0, wide * 2.0, 24.0],
            5.0,
            Paint::down(y - 28.0, lighter(sofa, 0.12), y, darker(sofa, 0.15)),
        );
        brush.line(&[(x, y - 27.0), (x, y - 14.0)], 0.4, darker(sofa, 0.3));
        brush.round_rect([x - wide - 4.0, y - 19.0, 9.0, 17.0], 4.0, darker(sofa, 0.08));
        brush.round_rect([x + wide - 5.0, y - 19.0, 9.0, 17.0], 4.0, darker(sofa, 0.2));
        for seat in [-1.0_f32, 1.0] {
            brush.round_rect(
                [x - wide * 0.5 + seat * wide * 0.44 - wide * 0.43 + wide * 0.5, y - 15.0, wide * 0.86, 10.0],
                2.6,
                lighter(sofa, 0.14),
            );
        }
        brush.turned(x - wide * 0.66, y - 20.0, -0.2, |brush| {
            brush.round_rect([-5.0, -5.0, 10.0, 10.0], 2.2, s.look.pop);
        });
        brush.turned(x + wide * 0.6, y - 20.0, 0.25, |brush| {
            brush.round_rect([-5.0, -5.0, 10.0, 10.0], 2.2, s.look.second);
        });
        cat(brush, s, (x + wide * 0.1, y - 14.4));
        for leg in [-1.0_f32, 1.0] {
            brush.rect(x + leg * wide * 0.86, y - 4.0, 1.4, 4.6, darker(s.look.deep, 0.2));
        }
        plant(brush, s, (w * 0.44, h * 0.86), 34.0, s.seed);
    });
}

fn cat(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point) {
    let fur = mix([0x4a, 0x44, 0x46], s.look.deep, 0.3);
    let breath = 0.25 * sway(s.t, 0.25, 0.0);
    let wag = 1.6 * sway(s.t, 0.3, 0.2);
    brush.curve(
        &[(x + 6.0, y - 0.6), (x + 9.0, y - 0.4), (x + 11.0, y - 2.6 + wag), (x + 10.0, y - 4.6 + wag)],
        1.3,
        fur,
    );
    brush.ellipse(x, y - 2.6 - breath * 0.5, 7.0, 3.2 + breath, fur);
    brush.circle(x - 6.0, y - 4.0, 2.7, fur);
    for ear in [-1.5_f32, 1.2] {
        brush.poly(&[(x - 6.0 + ear - 1.0, y - 5.6), (x - 6.0 + ear, y - 8.4), (x - 6.0 + ear + 1.2, y - 5.8)], fur);
    }
    for eye in [-0.9_f32, 0.9] {
        brush.line(&[(x - 6.0 + eye - 0.5, y - 4.2), (x - 6.0 + eye + 0.5, y - 4.2)], 0.3, [0xf0, 0xd8, 0x60]);
    }
}

/// A house in its garden, its windows lit in the evening.
pub(super) fn house(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.72;
    sky(brush, s, level);
    s.view.layer(brush, 0.3, |brush| {
        hills(brush, s.seed, level - 2.0, (7.0, 34.0), mix(s.haze(), s.lit([0x5c, 0x8c, 0x60]), 0.6));
    });
    s.view.layer(brush, 0.7, |brush| {
        floor(brush, level, s.lit([0x4a, 0x80, 0x42]), s.lit([0x78, 0xac, 0x5c]));
        let (x, y, half) = (w * 0.5, level + 6.0, w.min(140.0) * 0.22);
        let walls = s.lit(mix([0xf2, 0xe8, 0xd8], s.look.pale, 0.4));
        let roof = s.lit(s.look.lead);
        brush.rect(x + half * 0.5, y - half * 1.55, half * 0.2, half * 0.5, darker(roof, 0.3));
        for puff in 0..4_u8 {
            let share = wrap(s.t * 0.12 + f32::from(puff) / 4.0, 1.0);
            brush.circle(
                x + half * 0.6 + 8.0 * share + sway(s.t, 0.2, share),
                y - half * 1.6 - 22.0 * share,
                1.6 + 3.6 * share,
                Paint::from([0xf4; 3]).alpha(0.4 * (1.0 - share)),
            );
        }
        brush.rect(
            x - half,
            y - half * 0.9,
            half * 2.0,
            half * 0.9,
            Paint::along((x - half, 0.0), lighter(walls, 0.1), (x + half, 0.0), darker(walls, 0.12)),
        );
        brush.poly(
            &[
                (x - half * 1.16, y - half * 0.88),
                (x - half * 0.6, y - half * 1.5),
                (x + half * 0.6, y - half * 1.5),
                (x + half * 1.16, y - half * 0.88),
            ],
            Paint::down(y - half * 1.5, lighter(roof, 0.08), y - half, darker(roof, 0.2)),
        );
        let is_lit = s.is_night() || s.hour == Hour::Dusk;
        let glass = if is_lit { [0xff, 0xd8, 0x8c] } else { s.lit([0x5c, 0x84, 0x9c]) };
        for column in [-0.68_f32, 0.4] {
            let (wx, wy, ww, wh) = (x + half * column, y - half * 0.66, half * 0.34, half * 0.36);
            if is_lit {
                brush.glow(wx + ww / 2.0, wy + wh / 2.0, half * 0.5, [0xff, 0xd0, 0x80], 0.4);
            }
            brush.rect(wx - 0.8, wy - 0.8, ww + 1.6, wh + 1.6, lighter(walls, 0.5));
            brush.rect(wx, wy, ww, wh, glass);
            brush.rect(wx + ww / 2.0 - 0.3, wy, 0.6, wh, lighter(walls, 0.5));
            brush.rect(wx, wy + wh / 2.0, ww, 0.6, lighter(walls, 0.5));
            brush.rect(wx - 1.4, wy + wh + 0.8, ww + 2.8, 1.8, s.lit(s.look.pop));
        }
        brush.round_rect([x - half * 0.14, y - half * 0.6, half * 0.3, half * 0.6], 1.2, s.lit(s.look.pop));
        brush.circle(x + half * 0.1, y - half * 0.3, 0.6, [0xf0, 0xd8, 0x90]);
        brush.poly(
            &[(x - half * 0.14, y), (x + half * 0.16, y), (x + half * 0.6, h + 16.0), (x - half * 0.5, h + 16.0)],
            s.lit([0xd8, 0xcc, 0xb4]),
        );
        for side in 0..4_u64 {
            let tx = if side < 2 { w * (0.05 + 0.13 * side as f32) } else { w * (0.7 + 0.13 * side as f32 - 0.2) };
            tree(
                brush,
                s,
                (tx, level + 8.0 + 4.0 * hash(s.seed, side)),
                32.0 + 14.0 * hash(s.seed, side + 4),
                s.lit([0x4a, 0x84, 0x48]),
                s.seed ^ side,
            );
        }
    });
}

/// A bed under a window, a lamp on the night table, a cat on the blanket.
pub(super) fn bedroom(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let hour = if s.names("dark") { Hour::Night } else { s.hour };
    let s = &Scenery { hour, ..s.clone() };
    let (w, h) = (brush.w, brush.h);
    let base = mix(mix(s.look.lead, s.look.pale, 0.5), [0x8c, 0x84, 0x9c], 0.25);
    let base = if s.is_night() || s.look.is_dark { darker(base, 0.5) } else { darker(base, 0.1) };
    wall(brush, base, (w * 0.2, h * 0.55));
    s.view.layer(brush, 0.45, |brush| {
        view_window(brush, s, [w * 0.4, h * 0.1, w * 0.4, h * 0.34]);
        floor(brush, h * 0.8, s.lit([0x6e, 0x4e, 0x3a]), s.lit([0x8e, 0x68, 0x4c]));
    });
    s.view.layer(brush, 0.85, |brush| {
        let (left, right, top) = (w * 0.3, w * 1.02, h * 0.66);
        let wood = s.lit([0x7a, 0x54, 0x3a]);
        brush.round_rect([left - 2.0, top - 24.0, 6.0, 40.0], 2.0, darker(wood, 0.15));
        brush.rect(left, top + 8.0, right - left, 8.0, wood);
        brush.round_rect([left + 2.0, top - 2.0, right - left, 12.0], 3.0, mix(s.look.pale, [0xff; 3], 0.4));
        brush.turned(left + 12.0, top - 5.0, -0.12, |brush| {
            brush.round_rect([-8.0, -5.0, 19.0, 9.0], 4.0, mix(s.look.pale, [0xff; 3], 0.7));
        });
        let blanket = s.look.lead;
        let rise = 0.6 * sway(s.t, 0.2, 0.0);
        brush.path(
            &Path::new()
                .to(left + 22.0, top + 11.0)
                .to(left + 22.0, top - 3.0)
                .cubic((left + 34.0, top - 9.0 - rise), (w * 0.8, top - 8.0 - rise), (right, top - 4.0))
                .to(right, top + 11.0),
            Paint::down(top - 9.0, lighter(blanket, 0.16), top + 11.0, darker(blanket, 0.12)),
        );
        brush.rect(left + 22.0, top - 3.0, 3.4, 14.0, s.look.pop);
        cat(brush, s, (w * 0.68, top - 5.6 - rise * 0.5));
        // The night table and its lamp, the warmest thing in the room.
        let (x, y) = (w * 0.15, h * 0.68);
        let glow = 0.5 + 0.2 * sway(s.t, 0.12, 0.0);
        brush.glow(x, y - 16.0, 44.0, mix([0xff, 0xc8, 0x80], s.look.pop, 0.3), glow);
        lamp(brush, s, (x, y), 28.0);
        brush.rect(x - 10.0, y, 20.0, 2.0, lighter(wood, 0.1));
        brush.rect(x - 8.6, y + 2.0, 17.2, h * 0.2, wood);
        brush.circle(x, y + 7.0, 0.9, s.look.pop);
    });
}
