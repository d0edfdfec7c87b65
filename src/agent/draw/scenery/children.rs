//! Children: at a table, in a yard, on steps with a book. Their heads are a quarter of them, their limbs short.

use super::glass::shard;
use super::props::{SKINS, building, floor, sky};
use super::rooms::{shelf, view_window};
use super::{Scenery, wall};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{hash, smooth, sway, wrap};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::{Affine, Path};
use crate::agent::draw::person::{self, LOOKS, Pose};

const HAIRS: [Rgb; 5] =
    [[0x2a, 0x20, 0x1e], [0x6a, 0x44, 0x2a], [0xc8, 0x94, 0x50], [0x40, 0x2c, 0x22], [0xa8, 0x58, 0x34]];

struct Child {
    cloth: Rgb,
    skin: Rgb,
    hair: Rgb,
    number: usize,
}

impl Child {
    fn new(s: &Scenery<'_>, number: usize) -> Self {
        let hair = s.lit(HAIRS[(number * 3 + 1) % 5]);
        Self { cloth: s.lit(s.look.turn(number)), skin: s.lit(SKINS[(number * 2 + 1) % 5]), hair, number }
    }

    /// A head around the origin, 1 unit high, looking to the right.
    fn head(&self, brush: &mut Brush<'_>) {
        if self.number % 3 == 1 {
            // Bunches.
            for side in [-1.0_f32, 1.0] {
                brush.circle(side * 0.46 - 0.06, -0.12, 0.18, self.hair);
            }
        }
        brush.circle(0.0, 0.0, 0.5, self.hair);
        brush.ellipse(0.1, 0.1, 0.39, 0.36, self.skin);
        brush.circle(-0.06, 0.1, 0.045, [0x20, 0x18, 0x18]);
        brush.circle(0.26, 0.1, 0.045, [0x20, 0x18, 0x18]);
        brush.curve(&[(-0.02, 0.26), (0.1, 0.32), (0.22, 0.26)], 0.05, darker(self.skin, 0.5));
        if self.number % 3 == 2 {
            brush.path(&Path::new().to(-0.5, -0.04).cubic((-0.5, -0.64), (0.5, -0.64), (0.5, -0.04)), self.cloth);
            brush.rect(0.2, -0.1, 0.48, 0.09, darker(self.cloth, 0.2));
        }
    }

    /// Running or walking, the feet on `y`, 1 × `size` high.
    fn run(&self, brush: &mut Brush<'_>, (x, y): Point, size: f32, stride: f32, way: f32) {
        let phase = stride * std::f32::consts::TAU;
        brush.ellipse(x, y, size * 0.24, size * 0.03, Paint::from([0, 0, 0]).alpha(0.25));
        brush.within(Affine([size * way, 0.0, 0.0, size, x, y - size * 0.04 * phase.sin().abs()]), |brush| {
            for (number, offset) in [0.0, std::f32::consts::PI].into_iter().enumerate() {
                let swing = (phase + offset).sin();
                let lift = (phase + offset).cos().max(0.0);
                let knee = (0.1 * swing + 0.02, -0.17 - 0.03 * lift);
                let foot = (0.17 * swing - 0.08 * lift, -0.02 - 0.1 * lift);
                let cloth = darker(self.cloth, if number == 0 { 0.6 } else { 0.5 });
                brush.line(&[(0.0, -0.3), knee, foot], 0.11, cloth);
                brush.line(&[foot, (foot.0 + 0.07, foot.1)], 0.08, [0xf0, 0xee, 0xea]);
            }
            let swing = phase.sin();
            brush.line(
                &[(-0.02, -0.55), (-0.14 * swing, -0.44), (-0.16 * swing + 0.08, -0.38)],
                0.08,
                darker(self.cloth, 0.2),
            );
            brush.round_rect([-0.14, -0.6, 0.28, 0.34], 0.11, self.cloth);
            brush.line(
                &[(0.0, -0.55), (0.14 * swing, -0.46), (0.16 * swing + 0.08, -0.42)],
                0.08,
                lighter(self.cloth, 0.14),
            );
            brush.circle(0.16 * swing + 0.09, -0.42, 0.045, self.skin);
            brush.at(0.02, -0.77, 0.42, |brush| self.head(brush));
        });
    }

    /// Sitting on `y` with a book on the knees, about 1 × `size` high.
    fn read(&self, brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32) {
        let nod = 0.02 * sway(s.t, 0.25, self.number as f32 * 0.3);
        brush.at(x, y, size, |brush| {
            let trousers = darker(self.cloth, 0.5);
            brush.line(&[(-0.12, -0.08), (0.28, -0.16), (0.3, 0.22)], 0.17, trousers);
            brush.line(&[(0.3, 0.24), (0.42, 0.25)], 0.12, [0xf0, 0xee, 0xea]);
            brush.path(
                &Path::new().to(-0.3, 0.04).cubic((-0.34, -0.5), (-0.2, -0.62), (0.0, -0.6)).cubic(
                    (0.14, -0.58),
                    (0.14, -0.2),
                    (0.1, 0.04),
                ),
                Paint::along((-0.3, 0.0), self.cloth, (0.1, 0.0), lighter(self.cloth, 0.14)),
            );
            brush.at(0.02, -0.84 + nod, 0.58, |brush| brush.turned(0.0, 0.0, 0.2, |brush| self.head(brush)));
            // The book, and a page that turns now and then.
            let cover = s.look.turn(self.number + 1);
            brush.poly(&[(0.14, -0.24), (0.4, -0.46), (0.44, -0.42), (0.18, -0.2)], cover);
            brush.poly(&[(0.18, -0.2), (0.44, -0.42), (0.66, -0.34), (0.42, -0.12)], [0xfb, 0xf7, 0xec]);
            brush.line(&[(0.16, -0.2), (0.42, -0.1), (0.68, -0.33)], 0.045, cover);
            let leaf = wrap(s.t * 0.22 + self.number as f32 * 0.37, 1.0) * 4.0;
            if leaf < 1.0 {
                let turn = smooth(leaf);
                brush.poly(
                    &[
                        (0.3, -0.31),
                        (0.54, -0.25),
                        (0.6 - 0.3 * turn, -0.52 + 0.1 * turn),
                        (0.4 - 0.3 * turn, -0.6 + 0.16 * turn),
                    ],
                    [0xff, 0xfc, 0xf4],
                );
            }
            brush.line(&[(-0.1, -0.46), (0.06, -0.24), (0.3, -0.2)], 0.12, darker(self.cloth, 0.14));
            brush.circle(0.33, -0.19, 0.07, self.skin);
        });
    }
}

/// Children around the tree of a yard.
pub(super) fn yard(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.6;
    sky(brush, s, level);
    s.view.layer(brush, 0.4, |brush| {
        // The houses around it.
        for (number, (x, wide, high)) in [(-0.1, 0.4, 0.58), (0.3, 0.42, 0.5), (0.72, 0.4, 0.6)].into_iter().enumerate()
        {
            let walls = s.lit(mix([0xe8, 0xd6, 0xbc], s.look.turn(number), 0.25));
            facade(brush, s, [w * x, level - h * high, w * wide, h * high], walls);
        }
        floor(brush, level, s.lit([0xb8, 0xa8, 0x90]), s.lit([0xd4, 0xc8, 0xb4]));
        brush.ellipse(w * 0.5, level + 12.0, w * 0.3, 9.0, s.lit([0x6c, 0xa0, 0x58]));
    });
    let lap = |number: usize| wrap(s.t * 0.085 + number as f32 * 0.2 + 0.03 * sway(s.t, 0.2, number as f32 * 0.3), 1.0);
    let runner = |brush: &mut Brush<'_>, number: usize| {
        let (sine, cosine) = (lap(number) * std::f32::consts::TAU).sin_cos();
        let (x, y) = (w * 0.5 + (w * 0.32).min(58.0) * cosine, level + 13.0 + 12.0 * sine);
        let way = if sine > 0.0 { -1.0 } else { 1.0 };
        let size = 23.0 + 6.0 * sine;
        Child::new(s, number).run(brush, (x, y), size, s.t * 1.5 + number as f32 * 0.3, way);
    };
    s.view.layer(brush, 0.75, |brush| {
        let behind = |number: &usize| (lap(*number) * std::f32::consts::TAU).sin() < 0.0;
        (0..5).filter(behind).for_each(|number| runner(brush, number));
        chestnut(brush, s, (w * 0.5, level + 13.0));
        (0..5).filter(|number| !behind(number)).for_each(|number| runner(brush, number));
    });
}

/// An old house seen from its yard: tall windows with frames.
fn facade(brush: &mut Brush<'_>, s: &Scenery<'_>, [x, y, w, h]: [f32; 4], walls: Rgb) {
    brush.rect(x, y, w, h, Paint::along((x, 0.0), lighter(walls, 0.06), (x + w, 0.0), darker(walls, 0.12)));
    brush.rect(x - 0.6, y - 1.0, w + 1.2, 2.4, darker(walls, 0.22));
    let columns = (w / 14.0).floor().max(1.0);
    let (mut frames, mut panes, mut column) = (Vec::new(), Vec::new(), 0.0);
    while column < columns {
        for row in 0..3_u8 {
            let (left, top) = (x + w / columns * (column + 0.5) - 3.4, y + 7.0 + 18.0 * f32::from(row));
            if top + 11.0 < y + h - 2.0 {
                frames.push([left - 0.9, top - 0.9, 8.6, 12.6]);
                for half in [0.0, 3.6] {
                    panes.push([left + half, top, 3.2, 4.4]);
                    panes.push([left + half, top + 4.9, 3.2, 5.9]);
                }
            }
        }
        column += 1.0;
    }
    brush.rects(&frames, lighter(walls, 0.45));
    brush.rects(&panes, if s.is_night() { [0xff, 0xdc, 0x98] } else { s.lit(mix([0x58, 0x78, 0x8c], s.haze(), 0.25)) });
}

/// A wide old tree with candles of blossom, a swing on its branch.
fn chestnut(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point) {
    let (bark, leaf) = (s.lit([0x62, 0x48, 0x36]), s.lit(mix([0x4e, 0x8a, 0x48], s.look.lead, 0.15)));
    brush.ellipse(x, y, 14.0, 2.4, Paint::from([0, 0, 0]).alpha(0.25));
    brush.taper(&[(x, y), (x + 0.6, y - 30.0)], 8.0, 5.0, bark);
    for (dx, dy) in [(-17.0, -40.0), (18.0, -38.0), (2.0, -48.0)] {
        brush.taper(&[(x, y - 22.0), (x + dx, y + dy)], 3.6, 1.2, bark);
    }
    let crown = [
        (-22.0, -40.0, 13.0),
        (22.0, -39.0, 13.0),
        (-10.0, -52.0, 14.0),
        (12.0, -52.0, 14.0),
        (0.0, -40.0, 16.0),
        (0.0, -60.0, 11.0),
    ];
    for (number, (dx, dy, radius)) in crown.into_iter().enumerate() {
        let move_x = 0.5 * sway(s.t, 0.2, number as f32 * 0.2);
        brush.circle(x + dx + move_x, y + dy, radius, mix(leaf, darker(leaf, 0.3), 0.5 + 0.012 * (dy + 46.0)));
        brush.circle(
            x + dx + move_x - radius * 0.2,
            y + dy - radius * 0.25,
            radius * 0.66,
            Paint::from(lighter(leaf, 0.14)).alpha(0.55),
        );
    }
    for candle in 0..11_u64 {
        let (dx, dy) = (-30.0 + 60.0 * hash(s.seed, candle + 4), -62.0 + 26.0 * hash(s.seed, candle + 24));
        if (dx / 34.0).hypot((dy + 48.0) / 20.0) < 0.95 {
            brush.poly(
                &[(x + dx - 1.1, y + dy), (x + dx, y + dy - 4.4), (x + dx + 1.1, y + dy)],
                s.lit([0xfa, 0xee, 0xe0]),
            );
        }
    }
    let swing = 0.3 * sway(s.t, 0.35, 0.0);
    brush.turned(x + 25.0, y - 34.0, swing, |brush| {
        for rope in [-2.6_f32, 2.6] {
            brush.line(&[(rope, 0.0), (rope, 24.0)], 0.4, s.lit([0x8a, 0x70, 0x50]));
        }
        brush.rect(-3.6, 24.0, 7.2, 1.0, s.lit(s.look.pop));
    });
}

/// A long table with children who sort by colour.
pub(super) fn sorting(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let base = mix(s.look.lead, s.look.pale, if s.look.is_dark { 0.15 } else { 0.6 });
    wall(brush, base, (w * 0.4, h * 0.2));
    s.view.layer(brush, 0.35, |brush| {
        view_window(brush, s, [w * 0.34, h * 0.04, w * 0.32, h * 0.26]);
        shelf(brush, s, (w * 0.03, h * 0.2), w * 0.24, 8.0, s.seed);
        shelf(brush, s, (w * 0.72, h * 0.2), w * 0.25, 8.0, s.seed ^ 9);
    });
    let count: usize = if w > h { 4 } else { 3 };
    let first = usize::try_from(s.seed % 7).unwrap_or(0);
    let mut seen = 0;
    s.view.layer(brush, 0.75, |brush| {
        for look in LOOKS.iter().cycle().skip(first * 3).filter(|look| look.can_be_young()).take(count) {
            let seed = s.seed ^ seen;
            let mut pose = Pose::idle(seed, s.t + 3.0 * hash(seed, 4));
            pose.reach(s.t + 2.0 * hash(seed, 5));
            let at = (seen as f32 + 0.5) / count as f32;
            brush.at(w * (0.04 + 0.92 * at), h * (0.55 + 0.02 * (seen % 2) as f32), 0.78, |brush| {
                person::paint_child(brush, look, &pose, s.look, -1.0);
            });
            seen += 1;
        }
    });
    let is_glass = s.is_about("glass shard~ pebble~");
    s.view.layer(brush, 1.0, |brush| {
        let wood = s.lit([0xb0, 0x80, 0x54]);
        let top = h * 0.7;
        brush.rect(-20.0, top, w + 40.0, h, Paint::down(top, lighter(wood, 0.15), h, darker(wood, 0.2)));
        brush.rect(-20.0, top, w + 40.0, 0.8, lighter(wood, 0.35));
        for bowl in 0..4_u64 {
            let x = w * (0.14 + 0.24 * bowl as f32);
            let y = h * 0.79;
            let china = [0xf6, 0xf2, 0xea];
            brush.ellipse(x, y + 3.0, 11.0, 2.4, Paint::from([0, 0, 0]).alpha(0.22));
            for piece in 0..7_u64 {
                let px = x - 6.6 + 2.2 * piece as f32;
                heap(brush, s, (px, y - 3.4 - 1.6 * hash(s.seed, piece + 10 * bowl)), 2.4, (bowl, is_glass));
            }
            brush.path(
                &Path::new().to(x - 10.0, y - 3.0).cubic((x - 9.0, y + 4.0), (x + 9.0, y + 4.0), (x + 10.0, y - 3.0)),
                Paint::along((x - 10.0, 0.0), china, (x + 10.0, 0.0), darker(china, 0.2)),
            );
            // One more falls into its bowl.
            let share = wrap(s.t * 0.5 + bowl as f32 * 0.27, 1.0);
            heap(brush, s, (x + 2.0, y - 20.0 + 15.0 * share * share), 2.2, (bowl, is_glass));
        }
        for loose in 0..18_u64 {
            let (x, y) = (w * hash(s.seed, loose + 300), h * (0.86 + 0.1 * hash(s.seed, loose + 330)));
            heap(brush, s, (x, y), 2.2, (loose, is_glass));
        }
    });
}

fn heap(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32, (number, is_glass): (u64, bool)) {
    if is_glass {
        shard(brush, s, (x, y), size, number % 4);
    } else {
        brush.round_rect(
            [x - size, y - size * 0.7, size * 2.0, size * 1.4],
            size * 0.4,
            s.look.turn(usize::try_from(number).unwrap_or(0)),
        );
    }
}

/// Stone steps on a square, children reading on them.
pub(super) fn reading_steps(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    let level = h * 0.34;
    sky(brush, s, level);
    s.view.layer(brush, 0.4, |brush| {
        for house in 0..5_u64 {
            let walls = s.lit(mix([0xe0, 0xc4, 0xa0], s.look.turn(usize::try_from(house).unwrap_or(0)), 0.3));
            building(
                brush,
                s,
                [w * (0.24 * house as f32 - 0.1), level, w * 0.22, h * (0.2 + 0.1 * hash(s.seed, house))],
                walls,
                (house | 1, false),
            );
        }
        brush.rect(-20.0, level, w + 40.0, h, s.lit([0xb4, 0xa8, 0x98]));
    });
    s.view.layer(brush, 0.85, |brush| {
        let stone = s.lit([0xc8, 0xbc, 0xa8]);
        let steps = 5_u8;
        let high = (h - level) / f32::from(steps) * 1.06;
        for step in 0..steps {
            let at = f32::from(step);
            let y = level + 2.0 + high * at;
            brush.rect(-20.0, y, w + 40.0, high * 0.4, lighter(stone, 0.18 - 0.03 * at));
            brush.rect(
                -20.0,
                y + high * 0.4,
                w + 40.0,
                high * 0.62,
                Paint::down(y + high * 0.4, darker(stone, 0.16), y + high, darker(stone, 0.05)),
            );
            // Whoever sits on this step.
            let places: &[(f32, usize)] = match step {
                1 => &[(0.24, 0), (0.7, 4)],
                2 => &[(0.5, 2)],
                3 => &[(0.16, 1), (0.8, 3)],
                _ => &[],
            };
            for (x, number) in places {
                let child = Child::new(s, *number);
                child.read(brush, s, (w * x, y + high * 0.36), 20.0 + 3.6 * at);
                let (bx, by) = (w * x - 13.0 - at, y + high * 0.3);
                for book in 0..=number % 3 {
                    brush.round_rect(
                        [bx - 5.0, by - 2.4 * book as f32 - 2.2, 10.0 - book as f32, 2.2],
                        0.4,
                        s.look.turn(book + number),
                    );
                }
            }
        }
    });
}

/// One child of a number, on the way: for pictures of places.
pub(super) fn passer_by(
    brush: &mut Brush<'_>,
    s: &Scenery<'_>,
    at: Point,
    size: f32,
    (number, stride, way): (usize, f32, f32),
) {
    Child::new(s, number).run(brush, at, size, stride, way);
}
