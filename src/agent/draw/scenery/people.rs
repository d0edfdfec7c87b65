//! People: friends at a table, passers-by on a square.

use super::children::passer_by;
use super::props::{SKINS, floor, hills, sky, tree, walker};
use super::rooms::{plant, shelf, view_window};
use super::{Scenery, wall};
use crate::agent::dice::Dice;
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{darker, lighter};
use crate::agent::draw::motion::{hash, smooth, sway, wrap};
use crate::agent::draw::paint::Paint;
use crate::agent::draw::path::Path;
use crate::agent::draw::person::{self, LOOKS, Pose};

const CHILDREN: &str = "children child kid~ kinder~ family families pupil~";

/// Three or four people together at a table.
pub(super) fn circle_of_friends(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(s.look.lead, s.look.pale, if s.look.is_dark { 0.15 } else { 0.55 });
    wall(brush, base, (w * 0.4, h * 0.2));
    s.view.layer(brush, 0.35, |brush| {
        view_window(brush, s, [w * 0.32, h * 0.06, w * 0.36, h * 0.34]);
        shelf(brush, s, (w * 0.02, h * 0.2), w * 0.24, 8.0, s.seed);
        plant(brush, s, (w * 0.93, h * 0.7), 40.0, s.seed);
    });
    let count = if w > h { 4 } else { 3 };
    let mut dice = Dice(s.seed);
    let first = dice.below(LOOKS.len());
    for number in 0..count {
        let share = (number as f32 + 0.5) / count as f32;
        let person = &LOOKS[(first + number * 5) % LOOKS.len()];
        let seed = s.seed ^ number as u64;
        let mut pose = Pose::idle(seed, s.t + 3.0 * hash(seed, 4));
        // They take turns in talking and look at each other.
        let turn = (s.t * 0.35 + hash(s.seed, 9)).rem_euclid(count as f32);
        let speaks = smooth(1.4 - 2.0 * (turn - number as f32 - 0.5).abs());
        pose.chat(
            speaks * (0.3 + 0.5 * sway(s.t, 2.6, hash(seed, 2)).abs()),
            (turn - 0.5 - number as f32).clamp(-1.0, 1.0),
            speaks,
        );
        let size = w.min(h * 1.2) / 100.0 * if count == 4 { 0.66 } else { 0.7 };
        s.view.layer(brush, 0.75, |brush| {
            let (x, y) = (w * (0.04 + 0.92 * share), h * (0.47 + 0.03 * (number % 2) as f32));
            if number % 2 == 1 && person.can_be_young() && s.names(CHILDREN) {
                brush.at(x, y + 6.0, size, |brush| person::paint_child(brush, person, &pose, s.look, -1.0));
            } else {
                brush.at(x, y, size, |brush| person::paint(brush, person, &pose, s.look, -1.0));
            }
        });
    }
    s.view.layer(brush, 1.0, |brush| {
        let wood = s.lit([0xa0, 0x70, 0x48]);
        brush.path(
            &Path::new()
                .to(-20.0, h + 20.0)
                .to(-20.0, h * 0.82)
                .quad((w / 2.0, h * 0.74), (w + 20.0, h * 0.82))
                .to(w + 20.0, h + 20.0),
            Paint::down(h * 0.76, lighter(wood, 0.15), h, darker(wood, 0.25)),
        );
        for cup in 0..3_u8 {
            let (x, y) = (w * (0.22 + 0.28 * f32::from(cup)), h * 0.87);
            brush.ellipse(x, y + 0.4, 4.2, 1.0, Paint::from([0, 0, 0]).alpha(0.25));
            brush.poly(
                &[(x - 3.0, y - 6.4), (x + 3.0, y - 6.4), (x + 2.4, y), (x - 2.4, y)],
                s.look.turn(usize::from(cup) + 1),
            );
            brush.ellipse(x, y - 6.4, 3.0, 0.8, [0x4a, 0x2c, 0x1c]);
            brush.arc((x + 3.4, y - 3.4), 1.6, (0.0, 0.5), 0.7, s.look.turn(usize::from(cup) + 1));
        }
    });
}

/// People walking across a square with trees.
pub(super) fn square(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.56;
    sky(brush, s, level);
    s.view.layer(brush, 0.3, |brush| {
        hills(brush, s.seed, level, (5.0, 24.0), mix(s.haze(), s.lit([0x5c, 0x8c, 0x64]), 0.6));
    });
    s.view.layer(brush, 0.5, |brush| {
        for number in 0..6_u64 {
            tree(
                brush,
                s,
                (w * (number as f32 + hash(s.seed, number)) / 6.0, level + 5.0),
                26.0 + 9.0 * hash(s.seed, number + 5),
                s.lit([0x5c, 0x92, 0x54]),
                s.seed ^ number,
            );
        }
        floor(brush, level + 4.0, s.lit([0xc0, 0xb4, 0xa0]), s.lit([0xd8, 0xd0, 0xc0]));
        for line in 0..9_u8 {
            let x = w * (f32::from(line) / 8.0 * 1.6 - 0.3);
            brush.line(
                &[(w / 2.0 + (x - w / 2.0) * 0.4, level + 4.0), (x, h + 12.0)],
                0.3,
                Paint::from(s.lit([0x98, 0x8c, 0x7c])).alpha(0.5),
            );
        }
    });
    let has_children = s.names(CHILDREN);
    let mut order: Vec<u64> = (0..13).collect();
    order.sort_by(|one, other| hash(s.seed, one + 90).total_cmp(&hash(s.seed, other + 90)));
    for number in order {
        let depth = hash(s.seed, number + 90);
        let way = if hash(s.seed, number + 5) < 0.5 { 1.0 } else { -1.0 };
        let speed = 4.0 + 3.0 * hash(s.seed, number) + 3.0 * depth;
        let along = wrap(s.t * speed + w * 1.4 * hash(s.seed, number + 50), w + 50.0) - 25.0;
        let x = if way > 0.0 { along } else { w - along };
        let at = usize::try_from(number).unwrap_or(0);
        s.view.layer(brush, 0.55 + 0.5 * depth, |brush| {
            if has_children && number % 2 == 0 {
                let place = (x, level + 9.0 + (h * 0.92 - level - 9.0) * depth);
                passer_by(brush, s, place, 15.0 + 17.0 * depth, (at, s.t * speed * 0.2 + depth, way));
                return;
            }
            walker(
                brush,
                (x, level + 9.0 + (h * 0.92 - level - 9.0) * depth),
                18.0 + 22.0 * depth,
                (s.lit(s.look.turn(at)), s.lit(SKINS[at % 5])),
                s.t * speed * 0.16 + depth,
                way,
            );
        });
    }
}
