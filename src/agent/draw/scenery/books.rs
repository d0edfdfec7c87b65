//! A library on wheels.

use super::children::passer_by;
use super::city::street;
use super::props::{SKINS, floor, walker};
use super::{Hour, Scenery};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::camera::OVERSCAN;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{Rgb, darker, lighter};
use crate::agent::draw::motion::{hash, sway};
use crate::agent::draw::paint::{Paint, Point};

/// Rows of books in a box, seen from their backs; those of a colour are painted at once.
fn spines(brush: &mut Brush<'_>, s: &Scenery<'_>, [x, y, w, h]: [f32; 4], rows: u8) {
    let wood = s.lit([0x8a, 0x60, 0x40]);
    brush.rect(x, y, w, h, darker(wood, 0.45));
    let row_h = h / f32::from(rows);
    let mut books: [Vec<[f32; 4]>; 6] = Default::default();
    let mut boards = Vec::new();
    for row in 0..rows {
        let board = y + row_h * f32::from(row + 1);
        let mut at = x + 0.4;
        let mut number = u64::from(row) * 97;
        while at < x + w - 0.8 {
            let wide = row_h * (0.12 + 0.16 * hash(s.seed, number));
            let high = row_h * (0.56 + 0.3 * hash(s.seed, number + 40));
            let colour = usize::try_from(number * 5 + number / 3).unwrap_or(0) % books.len();
            books[colour].push([at, board - high, wide.min(x + w - at - 0.4), high]);
            at += wide + row_h * 0.015;
            number += 1;
        }
        boards.push([x, board - row_h * 0.06, w, row_h * 0.08]);
    }
    for (number, rects) in books.iter().enumerate() {
        let colour = mix(
            s.look.turn(number),
            [[0xd8, 0x8c, 0x6c], [0xf4, 0xea, 0xd8]][number / 3],
            0.35 * (number / 2) as f32 * 0.6,
        );
        brush.rects(rects, s.lit(colour));
    }
    brush.rects(&boards, lighter(wood, 0.1));
}

/// The bus on the market square, its side open: shelves inside, children before them.
pub(super) fn book_bus(brush: &mut Brush<'_>, s: &Scenery<'_>) {
    let (w, h) = (brush.w, brush.h);
    street(brush, s);
    let level = h * 0.8;
    s.view.layer(brush, 0.95, |brush| {
        floor(brush, level - 2.0, s.lit([0x90, 0x86, 0x7c]), s.lit([0xb8, 0xac, 0x9c]));
        for row in 0..3_u8 {
            let y = level + 1.0 + 6.0 * f32::from(row);
            brush.line(&[(-OVERSCAN, y), (w + OVERSCAN, y)], 0.3, Paint::from(s.lit([0x70, 0x66, 0x5c])).alpha(0.5));
        }
        let size = (w * 0.9).min(126.0) / 126.0;
        let (x, y) = (w * 0.5, level + 3.0);
        open_bus(brush, s, (x, y), size);
        let walk = |number: f32| 3.0 * sway(s.t, 0.12, number);
        let foot = level + 8.0;
        for (number, (dx, tall)) in [(-27.0, 24.0), (-10.0, 21.0), (7.0, 25.0)].into_iter().enumerate() {
            let way = if walk(number as f32 * 0.3 + 0.25) > 0.0 { 1.0 } else { -1.0 };
            let stride = s.t * 0.5 + number as f32 * 0.3;
            passer_by(
                brush,
                s,
                (x + dx * size + walk(number as f32 * 0.3), foot + 2.0 * number as f32),
                tall * size.max(0.8),
                (number, stride, way),
            );
        }
        walker(
            brush,
            (x + 33.0 * size, foot + 3.0),
            36.0 * size.max(0.8),
            (s.lit(s.look.second), s.lit(SKINS[2])),
            0.03 * sway(s.t, 0.3, 0.0),
            -1.0,
        );
        // A box of books to be looked through.
        let (bx, by) = (x - 46.0 * size, foot + 3.0);
        brush.rect(bx - 8.0, by - 7.0, 16.0, 7.0, s.lit([0xa0, 0x74, 0x4c]));
        for book in 0..5_u8 {
            brush.turned(bx - 6.0 + 3.0 * f32::from(book), by - 6.0, -0.1 + 0.05 * f32::from(book), |brush| {
                brush.rect(-1.1, -4.4, 2.2, 6.0, s.look.turn(usize::from(book)));
            });
        }
    });
}

fn open_bus(brush: &mut Brush<'_>, s: &Scenery<'_>, (x, y): Point, size: f32) {
    let colour: Rgb = s.lit(s.look.lead);
    let warm = [0xff, 0xe8, 0xb8];
    brush.at(x, y, size, |brush| {
        brush.ellipse(0.0, 0.0, 62.0, 2.6, Paint::from([0, 0, 0]).alpha(0.3));
        brush.round_rect(
            [-60.0, -52.0, 120.0, 47.0],
            6.0,
            Paint::down(-52.0, lighter(colour, 0.14), -5.0, darker(colour, 0.14)),
        );
        brush.rect(-60.0, -14.0, 120.0, 3.4, s.lit(s.look.pop));
        // The cab to the left.
        let glass = mix([0x2c, 0x40, 0x52], s.haze(), 0.3);
        brush.round_rect([-58.6, -45.0, 13.0, 21.0], 2.4, glass);
        brush
            .poly(&[(-57.0, -26.0), (-51.0, -44.0), (-48.0, -44.0), (-54.0, -26.0)], Paint::from([0xff; 3]).alpha(0.2));
        brush.round_rect([-43.0, -45.0, 11.0, 38.0], 1.4, darker(colour, 0.25));
        brush.round_rect([-41.6, -43.0, 8.2, 16.0], 1.0, glass);
        // The open side, its flap as a roof.
        let hatch = [-29.0, -42.0, 74.0, 28.0];
        spines(brush, s, hatch, 3);
        brush.glow(8.0, -30.0, 40.0, warm, if matches!(s.hour, Hour::Night | Hour::Dusk) { 0.6 } else { 0.28 });
        let flap = s.lit(mix(s.look.second, [0xff; 3], 0.15));
        brush.poly(
            &[
                (-29.0, -44.0),
                (45.0, -44.0),
                (50.0, -52.0 + 0.3 * sway(s.t, 0.3, 0.0)),
                (-34.0, -52.0 + 0.3 * sway(s.t, 0.3, 0.0)),
            ],
            flap,
        );
        for stripe in 0..6_u8 {
            let left = -29.0 + 12.4 * f32::from(stripe);
            let out = -34.0 + 14.0 * f32::from(stripe);
            if stripe % 2 == 0 {
                brush.poly(
                    &[(left, -44.0), (left + 12.4, -44.0), (out + 14.0, -52.0), (out, -52.0)],
                    s.lit([0xfa, 0xf4, 0xe8]),
                );
            }
        }
        // A large book painted on the back.
        brush.path(
            &crate::agent::draw::path::Path::new()
                .to(52.0, -30.0)
                .quad((49.0, -33.0), (47.0, -31.0))
                .to(47.0, -20.0)
                .quad((49.0, -22.0), (52.0, -19.0))
                .quad((55.0, -22.0), (57.4, -20.0))
                .to(57.4, -31.0)
                .quad((55.0, -33.0), (52.0, -30.0)),
            [0xff, 0xfa, 0xee],
        );
        brush.line(&[(52.0, -30.0), (52.0, -19.4)], 0.6, darker(colour, 0.4));
        for step in 0..2_u8 {
            brush.rect(
                -43.0 - 2.0 * f32::from(step),
                -6.0 + 3.0 * f32::from(step),
                14.0 + 2.0 * f32::from(step),
                2.6,
                [0x60, 0x62, 0x6a],
            );
        }
        for wheel in [-50.0, 34.0] {
            brush.circle(wheel, -6.0, 7.4, [0x1c, 0x1c, 0x22]);
            brush.circle(wheel, -6.0, 3.6, [0x9a, 0x9c, 0xa4]);
        }
        brush.circle(-59.0, -17.0, 1.8, [0xff, 0xf0, 0xb8]);
    });
}
