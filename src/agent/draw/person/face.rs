//! Face: its form, eyes, brows, nose, mouth, beard and glasses. The origin is the middle of the head.

use super::cast::{Beard, Glasses, Hair, Person, Shades};
use super::pose::Pose;
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::darker;
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;

const EYE_X: f32 = 3.85;
const EYE_Y: f32 = -0.9;
const MOUTH_Y: f32 = 7.1;

fn outline(person: &Person) -> Path {
    let jaw = person.jaw;
    let half =
        [(7.2, -10.2), (9.3, -4.5), (9.3, 1.0), (8.1 + jaw * 0.9, 5.8), (4.9 + jaw * 1.5, 10.2), (1.9 + jaw, 12.3)];
    let mut points: Vec<Point> = vec![(0.0, -12.4)];
    points.extend(half);
    points.extend(half.iter().rev().map(|(x, y)| (-x, *y)));
    Path::smooth(&points)
}

pub(super) fn paint(brush: &mut Brush<'_>, person: &Person, shades: &Shades, pose: &Pose, light: f32) {
    let shift = pose.turn;
    if person.hair != Hair::Scarf {
        for side in [-1.0_f32, 1.0] {
            let x = side * (9.4 - 0.5 * side * shift);
            brush.ellipse(x, 0.6, 1.6, 2.7, shades.skin_shade);
            brush.ellipse(x - side * 0.25, 0.6, 0.85, 1.7, mix(shades.skin_shade, shades.skin_deep, 0.5));
            if person.has_earrings {
                brush.circle(x + side * 0.2, 4.0, 0.75, shades.accent);
            }
        }
    }
    let face = outline(person);
    let (near, far) = ((light * 9.0, -6.0), (-light * 9.5, 7.0));
    brush.path(
        &face,
        Paint::along(near, shades.skin_light, far, mix(shades.skin, shades.skin_shade, 0.65)).via(0.5, shades.skin),
    );
    beard(brush, person, shades, shift);
    for side in [-1.0_f32, 1.0] {
        brush.glow(side * 5.2 + shift * 1.2, 3.6, 3.2, mix(shades.skin, [0xd8, 0x4a, 0x4a], 0.6), 0.34);
    }
    nose(brush, shades, shift, light);
    for side in [-1.0_f32, 1.0] {
        eye(brush, person, shades, pose, side);
        brow(brush, person, shades, pose, side);
    }
    mouth(brush, person, shades, pose);
}

fn eye(brush: &mut Brush<'_>, person: &Person, shades: &Shades, pose: &Pose, side: f32) {
    let x = side * EYE_X + pose.turn * 1.3;
    let open = 1.0 - pose.closed;
    // A smile narrows the eyes a little.
    let high = 1.42 * open * (1.0 - 0.1 * pose.smile) + 0.12 * pose.brow * open;
    brush.ellipse(x, EYE_Y - 0.2, 2.5, 2.0, Paint::from(shades.skin_deep).alpha(0.13));
    if open > 0.2 {
        let lid = Path::new()
            .to(x - 2.05, EYE_Y + 0.15)
            .cubic((x - 1.2, EYE_Y - high * 1.25), (x + 1.1, EYE_Y - high * 1.3), (x + 2.05, EYE_Y))
            .cubic((x + 1.1, EYE_Y + high * 0.95), (x - 1.2, EYE_Y + high * 0.95), (x - 2.05, EYE_Y + 0.15));
        brush.path(&lid, [0xfb, 0xf9, 0xf5]);
        let (gx, gy) = (x + pose.gaze.0 + pose.turn * 0.25, EYE_Y + pose.gaze.1);
        let radius = 1.18_f32.min(high + 0.15);
        brush.ellipse(gx, gy, 1.18, radius, darker(person.iris, 0.15));
        brush.ellipse(gx, gy + 0.2, 0.95, radius * 0.75, mix(person.iris, [0xff; 3], 0.16));
        brush.ellipse(gx, gy, 0.6, radius * 0.52, [0x12, 0x0e, 0x10]);
        brush.circle(gx - 0.38, gy - 0.42, 0.3, [0xff; 3]);
    }
    let lash = if person.has_lashes { 0.52 } else { 0.36 };
    let top = EYE_Y - high * 0.98;
    let lid = [(x - 2.15, EYE_Y + 0.2), (x - 0.9, top + 0.05), (x + 0.7, top), (x + 2.15, EYE_Y + 0.05)];
    brush.curve(&lid, lash, darker(shades.hair_shade, 0.4));
    if person.has_lashes {
        let corner = x + side * 2.1;
        brush.line(&[(corner, EYE_Y), (corner + side * 0.75, EYE_Y - 0.75)], 0.4, darker(shades.hair_shade, 0.4));
    }
    let fold = [(x - 1.7, top - 0.75), (x, top - 1.25), (x + 1.7, top - 0.75)];
    brush.curve(&fold, 0.2, Paint::from(shades.skin_deep).alpha(0.55));
}

fn brow(brush: &mut Brush<'_>, person: &Person, shades: &Shades, pose: &Pose, side: f32) {
    let (x, y) = (side * EYE_X + pose.turn * 1.35, -4.5 - 0.95 * pose.brow);
    let (inner, outer) = (x - side * 2.2, x + side * 2.7);
    let points = [(inner, y + 0.35 - 0.2 * pose.brow), (x + side * 0.4, y - 0.55), (outer, y + 0.5)];
    let colour = if person.hair == Hair::Scarf { shades.hair } else { mix(shades.hair_shade, shades.hair, 0.3) };
    brush.taper(&Path::smooth_line(&points, 6), 1.0 * person.brows, 0.4 * person.brows, colour);
}

fn nose(brush: &mut Brush<'_>, shades: &Shades, shift: f32, light: f32) {
    let x = shift * 1.9;
    let side = -light;
    let shade = Path::new()
        .to(x + side * 0.25, -1.0)
        .quad((x + side * 1.2, 2.0), (x + side * 1.75, 3.4))
        .quad((x + side * 1.1, 4.5), (x, 4.3))
        .quad((x + side * 0.6, 2.0), (x + side * 0.25, -1.0));
    brush.path(&shade, Paint::from(shades.skin_deep).alpha(0.26));
    brush.curve(
        &[(x - 1.5, 3.6), (x - 0.9, 4.25), (x, 4.45), (x + 0.9, 4.25), (x + 1.5, 3.6)],
        0.36,
        Paint::from(shades.skin_deep).alpha(0.75),
    );
    brush.ellipse(x - side * 0.5, 2.5, 0.55, 0.95, Paint::from(shades.skin_light).alpha(0.55));
}

fn mouth(brush: &mut Brush<'_>, person: &Person, shades: &Shades, pose: &Pose) {
    let x = pose.turn * 1.5;
    let open = pose.open.clamp(0.0, 1.0);
    let half = 3.15 + 0.75 * pose.wide * (0.35 + 0.65 * open) + 0.35 * pose.smile;
    let gap = 2.9 * open * (1.0 - 0.18 * pose.wide);
    let lift = 0.9 * pose.smile;
    let (left, right) = ((x - half, MOUTH_Y - lift), (x + half, MOUTH_Y - lift));
    let (top, low) = (MOUTH_Y - 0.15 - gap * 0.22, MOUTH_Y + 0.25 + gap * 0.85);
    let lips = Path::new()
        .to(left.0, left.1)
        .cubic((x - half * 0.5, top - 1.15), (x - 0.5, top - 1.1), (x, top - 0.6))
        .cubic((x + 0.5, top - 1.1), (x + half * 0.5, top - 1.15), right)
        .cubic((x + half * 0.62, low + 1.5), (x - half * 0.62, low + 1.5), left);
    brush.path(
        &lips,
        Paint::down(top - 1.0, darker(shades.lips, 0.12), low + 1.2, mix(shades.lips, shades.skin_light, 0.18)),
    );
    if open > 0.06 {
        let inner = half * 0.84;
        let (l, r) = ((x - inner, left.1 + 0.2), (x + inner, left.1 + 0.2));
        let hole = Path::new()
            .to(l.0, l.1)
            .cubic((x - inner * 0.5, top - 0.25), (x + inner * 0.5, top - 0.25), r)
            .cubic((x + inner * 0.6, low + 0.55), (x - inner * 0.6, low + 0.55), l);
        brush.path(&hole, [0x48, 0x14, 0x1a]);
        if gap > 0.8 {
            brush.ellipse(x, low - 0.1, inner * 0.5, gap * 0.24, [0xc2, 0x5a, 0x5e]);
        }
        if open > 0.12 {
            let teeth = Path::new()
                .to(x - inner * 0.74, top + 0.15)
                .cubic((x - inner * 0.4, top - 0.12), (x + inner * 0.4, top - 0.12), (x + inner * 0.74, top + 0.15))
                .cubic(
                    (x + inner * 0.4, top + 0.5 + gap * 0.16),
                    (x - inner * 0.4, top + 0.5 + gap * 0.16),
                    (x - inner * 0.74, top + 0.15),
                );
            brush.path(&teeth, [0xfb, 0xf8, 0xf2]);
        }
    } else {
        let line =
            [left, (x - half * 0.4, MOUTH_Y + 0.15), (x, MOUTH_Y + 0.3), (x + half * 0.4, MOUTH_Y + 0.15), right];
        brush.curve(&line, 0.38, darker(shades.lips, 0.4));
    }
    for side in [-1.0_f32, 1.0] {
        let corner = x + side * half;
        brush.curve(
            &[(corner + side * 0.2, left.1 - 0.5), (corner + side * 0.5, left.1), (corner + side * 0.3, left.1 + 0.55)],
            0.3,
            Paint::from(shades.skin_deep).alpha(0.5),
        );
    }
    if person.beard == Beard::None {
        brush.ellipse(x, MOUTH_Y + 2.6 + gap * 0.75, 1.5, 0.4, Paint::from(shades.skin_deep).alpha(0.22));
    }
}

fn beard(brush: &mut Brush<'_>, person: &Person, shades: &Shades, shift: f32) {
    let jaw = person.jaw;
    let x = shift * 0.8;
    let full = [
        (-9.3, -0.5),
        (-8.6 - jaw * 0.5, 5.2),
        (-5.2 - jaw * 1.4, 10.6),
        (-1.8 - jaw, 13.0),
        (1.8 + jaw, 13.0),
        (5.2 + jaw * 1.4, 10.6),
        (8.6 + jaw * 0.5, 5.2),
        (9.3, -0.5),
        (7.6 + x * 0.4, 3.6),
        (4.6 + x, 5.0),
        (2.2 + x, 4.7),
        (x, 5.3),
        (-2.2 + x, 4.7),
        (-4.6 + x, 5.0),
        (-7.6 + x * 0.4, 3.6),
    ];
    match person.beard {
        Beard::None => {}
        Beard::Stubble => brush.path(&Path::smooth(&full), Paint::from(shades.hair_shade).alpha(0.2)),
        Beard::Full => brush
            .path(&Path::smooth(&full), Paint::down(0.0, mix(shades.hair, shades.skin, 0.1), 13.0, shades.hair_shade)),
        Beard::Moustache => {
            let lip = [
                (-3.9 + x, 6.1),
                (-1.6 + x, 4.7),
                (x, 5.2),
                (1.6 + x, 4.7),
                (3.9 + x, 6.1),
                (1.7 + x, 6.2),
                (x, 5.9),
                (-1.7 + x, 6.2),
            ];
            brush.path(&Path::smooth(&lip), mix(shades.hair, shades.hair_shade, 0.25));
        }
    }
}

pub(super) fn glasses(brush: &mut Brush<'_>, person: &Person, pose: &Pose) {
    let frame = [0x2a, 0x26, 0x2c];
    let shift = pose.turn * 1.4;
    for side in [-1.0_f32, 1.0] {
        let x = side * (EYE_X + 0.15) + shift;
        let temple = [(x + side * 3.0, EYE_Y - 0.6), (side * 9.4, EYE_Y - 0.4)];
        match person.glasses {
            Glasses::None => return,
            Glasses::Round => {
                brush.circle(x, EYE_Y + 0.3, 3.0, Paint::from([0xff; 3]).alpha(0.10));
                brush.arc((x, EYE_Y + 0.3), 3.05, (0.0, 1.0), 0.5, frame);
            }
            Glasses::Square => {
                let (l, t, r, b) = (x - 3.1, EYE_Y - 2.0, x + 3.1, EYE_Y + 2.5);
                brush.round_rect([l, t, r - l, b - t], 1.0, Paint::from([0xff; 3]).alpha(0.10));
                brush.line(&[(l, t), (r, t), (r - 0.3, b), (l + 0.3, b), (l, t)], 0.6, frame);
            }
        }
        brush.line(&temple, 0.45, frame);
        brush.line(&[(x - 1.6, EYE_Y + 1.4), (x + 0.4, EYE_Y - 1.2)], 0.35, Paint::from([0xff; 3]).alpha(0.35));
    }
    brush.curve(&[(shift - 0.95, EYE_Y), (shift, EYE_Y - 0.5), (shift + 0.95, EYE_Y)], 0.5, frame);
}
