//! Where presenters stand: calm pictures of the theme, a little out of focus, the lower middle left free.

use super::city::skyline;
use super::props::{floor, hills, sky, tree};
use super::rooms::{bokeh, lamp, painting, plant, shelf, view_window};
use super::sea::quay;
use super::{Scenery, abstracts, city, club, crafts, home, music, observatory, race, space, wall, work};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{hash, sway};
use crate::agent::draw::paint::Paint;
use crate::agent::script::Theme;

pub(in crate::agent::draw) fn paint(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    match s.theme {
        Theme::City if s.is_about("bus buses bücherbus~ tram~") => city::bus_street(brush, s),
        Theme::City => skyline(brush, s),
        Theme::Nature => park(brush, s),
        Theme::Sea => quay(brush, s),
        Theme::Space if s.is_about("comet~ astronom~ telescope~ observator~ star stars") => observatory::dome(brush, s),
        Theme::Space => space::paper_planets(brush, s),
        Theme::Product | Theme::Abstract => studio(brush, s),
        Theme::Data => control_room(brush, s),
        Theme::Food => kitchen(brush, s),
        Theme::Music if s.is_about("club~ dj~ rave~ techno festival~ concert~") => club::set(brush, s),
        Theme::Music => music::listening_room(brush, s),
        Theme::Sport if s.is_about("run runs runner~ race~ marathon~ jog~") => race::set(brush, s),
        Theme::Sport => gym(brush, s),
        Theme::Travel => terminal(brush, s),
        Theme::Home => home::living_room(brush, s),
        Theme::Work if s.is_about("warehouse~ forklift~ logistic~ pallet~") => work::warehouse(brush, s),
        Theme::Work if s.is_about("workshop~ werkstatt~ carpent~ pott~ craft~ hammer~") => crafts::workshop(brush, s),
        Theme::People | Theme::Work | Theme::Learning => office(brush, s),
    }
    // As if the lens were on the presenter: everything behind is veiled.
    let veil = if s.look.is_dark { s.look.deep } else { mix(s.look.pale, s.look.lead, 0.25) };
    brush.everything(Paint::from(veil).alpha(0.30));
}

fn wall_colour(s: &Scenery<'_>) -> Rgb {
    let base = mix(mix(s.look.lead, s.look.pale, 0.55), [0xd8, 0xcc, 0xbc], 0.25);
    if s.look.is_dark { mix(darker(base, 0.5), s.look.lead, 0.2) } else { base }
}

fn office(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = wall_colour(s);
    wall(brush, base, (w * 0.5, h * 0.25));
    let is_left = s.seed.is_multiple_of(3);
    s.view.layer(brush, 0.45, |brush| {
        let at = |share: f32, wide: f32| if is_left { w * (1.0 - share) - wide } else { w * share };
        let wide = w * 0.36;
        view_window(brush, s, [at(0.03, wide), h * 0.08, wide, h * 0.5]);
        let long = w * 0.3;
        for row in 0..3_u8 {
            shelf(brush, s, (at(0.66, long), h * (0.2 + 0.19 * f32::from(row))), long, 9.0, s.seed ^ u64::from(row));
        }
        if matches!(s.theme, Theme::Learning) {
            brush.round_rect([w * 0.42, h * 0.1, w * 0.2, h * 0.26], 1.0, mix([0x26, 0x48, 0x40], s.look.lead, 0.3));
            brush.arc((w * 0.52, h * 0.23), h * 0.07, (0.0, 0.75), 0.6, Paint::from([0xff; 3]).alpha(0.8));
            brush.line(&[(w * 0.44, h * 0.33), (w * 0.6, h * 0.33)], 0.5, Paint::from([0xff; 3]).alpha(0.7));
        } else {
            painting(brush, s, [w * 0.46, h * 0.13, 17.0, 21.0], s.seed);
        }
        floor(brush, h * 0.86, darker(base, 0.5), darker(base, 0.3));
    });
    s.view.layer(brush, 0.7, |brush| {
        plant(brush, s, (if is_left { w * 0.08 } else { w * 0.93 }, h * 0.98), 46.0, s.seed);
        lamp(brush, s, (if is_left { w * 0.94 } else { w * 0.05 }, h), h.min(130.0) * 0.62);
    });
}

fn kitchen(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = wall_colour(s);
    wall(brush, base, (w * 0.4, h * 0.2));
    s.view.layer(brush, 0.45, |brush| {
        view_window(brush, s, [w * 0.36, h * 0.1, w * 0.28, h * 0.36]);
        for (x, long, seed) in [(w * 0.02, w * 0.28, 1), (w * 0.7, w * 0.29, 2)] {
            for row in 0..2_u8 {
                shelf(
                    brush,
                    s,
                    (x, h * (0.2 + 0.2 * f32::from(row))),
                    long,
                    9.5,
                    s.seed ^ seed ^ (u64::from(row) << 3),
                );
            }
        }
        let counter = h * 0.7;
        let front = mix(s.look.lead, s.look.deep, 0.2);
        brush.rect(-16.0, counter, w + 32.0, 3.4, lighter(mix([0xd8, 0xcc, 0xbc], s.look.pale, 0.3), 0.2));
        brush.rect(-16.0, counter + 3.4, w + 32.0, h, Paint::down(counter, front, h, darker(front, 0.3)));
        for door in 0..8_u8 {
            let x = w * f32::from(door) / 7.0 - 6.0;
            brush.round_rect(
                [x + 1.0, counter + 7.0, w / 7.0 - 3.0, h * 0.3],
                0.8,
                Paint::from(lighter(front, 0.14)).alpha(0.6),
            );
        }
        for jar in 0..4_u8 {
            let x = w * (0.06 + 0.055 * f32::from(jar));
            brush.round_rect(
                [x, counter - 9.0, 6.0, 9.0],
                1.4,
                Paint::from(mix(s.look.turn(usize::from(jar) + 1), [0xf0, 0xe8, 0xd8], 0.5)).alpha(0.9),
            );
            brush.round_rect([x + 0.4, counter - 10.4, 5.2, 1.8], 0.6, s.lit([0x90, 0x68, 0x44]));
        }
        plant(brush, s, (w * 0.88, counter), 20.0, s.seed);
        for cord in 0..3_u8 {
            let x = w * (0.3 + 0.2 * f32::from(cord));
            brush.line(&[(x, -12.0), (x, h * 0.07)], 0.3, darker(s.look.deep, 0.1));
            brush.glow(x, h * 0.1, 16.0, [0xff, 0xdc, 0xa0], 0.5);
            brush.poly(&[(x - 1.0, h * 0.06), (x + 1.0, h * 0.06), (x + 4.6, h * 0.1), (x - 4.6, h * 0.1)], s.look.pop);
        }
    });
}

fn studio(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    if matches!(s.theme, Theme::Abstract) && s.seed.is_multiple_of(2) {
        abstracts::paint(brush, s);
        return;
    }
    let base = mix(s.look.lead, if s.look.is_dark { s.look.deep } else { s.look.pale }, 0.45);
    wall(brush, base, (w * 0.5, h * 0.35));
    s.view.layer(brush, 0.4, |brush| {
        brush.circle(w * 0.5, h * 0.44, w.min(h) * 0.42, Paint::from(lighter(base, 0.16)).alpha(0.55));
        brush.arc((w * 0.5, h * 0.44), w.min(h) * 0.47, (s.t * 0.02, s.t * 0.02 + 0.7), 0.8, s.look.pop);
        for panel in 0..6_u8 {
            let x = w * (0.02 + 0.16 * f32::from(panel) + if panel > 2 { 0.12 } else { 0.0 });
            let tall = h * (0.3 + 0.35 * hash(s.seed, panel.into()));
            brush.round_rect(
                [x, h * 0.86 - tall, w * 0.1, tall],
                2.0,
                Paint::from(s.look.turn(usize::from(panel))).alpha(0.5),
            );
        }
        floor(brush, h * 0.86, darker(base, 0.4), darker(base, 0.15));
    });
    s.view.layer(brush, 0.6, |brush| {
        for side in [0.06, 0.94] {
            brush.glow(w * side, h * 0.16, 32.0, [0xff, 0xf8, 0xea], 0.55);
            let tilt = if side < 0.5 { 0.3 } else { -0.3 };
            brush.line(&[(w * side, h * 0.16), (w * side, h)], 0.8, darker(s.look.deep, 0.3));
            brush.turned(w * side, h * 0.16, tilt, |brush| {
                brush.round_rect([-9.0, -12.0, 18.0, 24.0], 1.6, darker(s.look.deep, 0.3));
                brush.round_rect([-8.0, -11.0, 16.0, 22.0], 1.2, [0xff, 0xfb, 0xf2]);
            });
        }
    });
}

fn control_room(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    wall(brush, mix(s.look.deep, s.look.lead, 0.3), (w * 0.5, h * 0.3));
    s.view.layer(brush, 0.5, |brush| {
        for screen in 0..3_u8 {
            let mut inner = s.clone();
            inner.theme = Theme::Data;
            inner.seed = s.seed ^ u64::from(screen);
            inner.variant = u64::from(screen);
            let rect = [w * (0.03 + 0.325 * f32::from(screen)), h * 0.12, w * 0.29, h * 0.4];
            brush.round_rect([rect[0] - 1.2, rect[1] - 1.2, rect[2] + 2.4, rect[3] + 2.4], 1.4, [0x12, 0x14, 0x1a]);
            brush.framed(rect, |brush| super::paint(brush, &inner));
        }
        floor(brush, h * 0.8, mix(s.look.deep, [0; 3], 0.5), mix(s.look.deep, s.look.lead, 0.2));
    });
    bokeh(brush, s, [0.0, h * 0.55, w, h * 0.3], 12, 0.3);
}

fn park(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.66;
    sky(brush, s, level);
    s.view.layer(brush, 0.3, |brush| {
        hills(brush, s.seed, level - 4.0, (8.0, 36.0), mix(s.haze(), s.lit([0x5a, 0x8c, 0x60]), 0.55));
    });
    s.view.layer(brush, 0.5, |brush| {
        floor(brush, level, s.lit([0x4a, 0x86, 0x46]), s.lit([0x80, 0xb4, 0x64]));
        for number in 0..7_u64 {
            let x = w * (number as f32 + hash(s.seed, number)) / 7.0;
            tree(
                brush,
                s,
                (x, level + 3.0 + 6.0 * hash(s.seed, number + 8)),
                34.0 + 20.0 * hash(s.seed, number + 3),
                s.lit([0x52, 0x8e, 0x50]),
                s.seed ^ number,
            );
        }
    });
    bokeh(brush, s, [0.0, 0.0, w, h * 0.7], 10, 0.18);
}

fn gym(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(wall_colour(s), [0x60, 0x64, 0x70], 0.4);
    wall(brush, base, (w * 0.5, h * 0.2));
    s.view.layer(brush, 0.45, |brush| {
        for stripe in 0..3_u8 {
            let y = h * (0.34 + 0.05 * f32::from(stripe));
            brush.poly(
                &[(-16.0, y), (w + 16.0, y - h * 0.12), (w + 16.0, y - h * 0.12 + 2.4), (-16.0, y + 2.4)],
                s.look.turn(stripe.into()),
            );
        }
        for rack in 0..2_u8 {
            let (x, y) = (w * (0.04 + 0.66 * f32::from(rack)), h * (0.64 + 0.0));
            for row in 0..2_u8 {
                let at = y + 13.0 * f32::from(row);
                brush.rect(x, at, w * 0.27, 1.4, darker(base, 0.5));
                for weight in 0..5_u8 {
                    let wx = x + 3.0 + (w * 0.27 - 6.0) / 5.0 * f32::from(weight);
                    for side in [0.0, 5.4] {
                        brush.round_rect([wx + side, at - 6.0, 2.2, 6.0], 0.8, s.look.turn(usize::from(weight)));
                    }
                    brush.rect(wx + 2.0, at - 3.6, 3.6, 1.2, [0xa0, 0xa4, 0xac]);
                }
            }
        }
        floor(brush, h * 0.84, darker(base, 0.5), darker(base, 0.3));
    });
    s.view.layer(brush, 0.6, |brush| {
        let swing = 0.05 * sway(s.t, 0.16, 0.0);
        let side = if s.seed.is_multiple_of(2) { 0.1 } else { 0.9 };
        brush.turned(w * side, -8.0, swing, |brush| {
            brush.line(&[(0.0, 0.0), (0.0, 22.0)], 0.6, [0x50; 3]);
            brush.round_rect(
                [-7.0, 22.0, 14.0, 36.0],
                4.0,
                Paint::along((-7.0, 0.0), lighter(s.look.pop, 0.1), (7.0, 0.0), darker(s.look.pop, 0.3)),
            );
            brush.rect(-7.0, 29.0, 14.0, 1.4, [0xf0; 3]);
        });
    });
}

fn terminal(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    sky(brush, s, h * 0.7);
    s.view.layer(brush, 0.3, |brush| {
        hills(brush, s.seed, h * 0.66, (4.0, 30.0), mix(s.haze(), s.lit([0x5c, 0x80, 0x6c]), 0.6));
        floor(brush, h * 0.66, s.lit([0x70, 0x74, 0x7c]), s.lit([0x98, 0x9c, 0xa4]));
        let x = (s.t * 2.4 + w * hash(s.seed, 3)).rem_euclid(w + 90.0) - 45.0;
        let y = h * 0.62;
        let white = s.lit([0xf6, 0xf6, 0xf4]);
        brush.round_rect([x - 24.0, y - 4.0, 48.0, 7.0], 3.5, white);
        brush.poly(
            &[(x - 24.0, y - 1.0), (x - 29.0, y - 13.0), (x - 23.0, y - 13.0), (x - 15.0, y - 3.0)],
            s.lit(s.look.lead),
        );
        brush.poly(
            &[(x - 6.0, y + 1.0), (x + 6.0, y + 1.0), (x - 10.0, y + 9.0), (x - 14.0, y + 9.0)],
            darker(white, 0.2),
        );
        brush.rect(x - 18.0, y - 0.4, 40.0, 0.8, s.lit(s.look.pop));
    });
    s.view.layer(brush, 0.6, |brush| {
        let frame = mix(s.look.deep, [0x60, 0x64, 0x6c], 0.4);
        for post in 0..7_u8 {
            brush.rect(w * f32::from(post) / 6.0 - 0.8, -16.0, 1.6, h + 32.0, frame);
        }
        brush.rect(-16.0, h * 0.14, w + 32.0, 1.4, frame);
        brush.rect(
            -16.0,
            h * 0.8,
            w + 32.0,
            h,
            Paint::down(h * 0.8, mix(s.look.pale, [0xb0; 3], 0.5), h, mix(s.look.deep, [0x80; 3], 0.5)),
        );
        let board = [w * 0.62, h * 0.02, w * 0.34, h * 0.16];
        brush.round_rect(board, 1.2, [0x14, 0x16, 0x1c]);
        for row in 0..4_u8 {
            let y = board[1] + 2.0 + (board[3] - 3.0) * f32::from(row) / 4.0;
            brush.rect(board[0] + 2.0, y, board[2] * 0.4, 1.6, s.look.pop);
            brush.rect(
                board[0] + board[2] * 0.6,
                y,
                board[2] * 0.3 * (0.5 + 0.5 * hash(s.seed, row.into())),
                1.6,
                [0xf0, 0xee, 0xe4],
            );
        }
        for case in 0..2_u8 {
            let (x, y) = (w * (0.06 + 0.1 * f32::from(case)), h * 0.93);
            brush.line(
                &[(x + 3.0, y - 16.0), (x + 3.0, y - 25.0), (x + 8.0, y - 25.0), (x + 8.0, y - 16.0)],
                0.6,
                [0x60; 3],
            );
            brush.round_rect([x, y - 17.0, 11.0, 17.0], 1.8, s.look.turn(usize::from(case) + 1));
            for rib in 0..3_u8 {
                brush.line(
                    &[(x + 3.0 + 2.5 * f32::from(rib), y - 15.0), (x + 3.0 + 2.5 * f32::from(rib), y - 2.0)],
                    0.4,
                    Paint::from([0, 0, 0]).alpha(0.2),
                );
            }
        }
    });
}
