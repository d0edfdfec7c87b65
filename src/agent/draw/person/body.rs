//! Torso, clothes, arms and hands.

use super::cast::{Clothes, Hair, Person, Shades};
use super::pose::{Fingers, Hand, Pose};
use crate::agent::draw::brush::Brush;
use crate::agent::draw::canvas::mix;
use crate::agent::draw::look::{darker, lighter};
use crate::agent::draw::paint::{Paint, Point};
use crate::agent::draw::path::Path;

pub(super) fn torso(brush: &mut Brush<'_>, person: &Person, shades: &Shades, pose: &Pose, light: f32) {
    let breath = 0.3 * pose.breath;
    let half = person.shoulders;
    neck(brush, person, shades, pose);
    let y = 4.2 - breath;
    let waist = half - 3.2;
    let shape = Path::new()
        .to(-5.2, -1.2)
        .cubic((-8.0, 1.6 - breath), (-half + 3.0, 0.8 - breath), (-half, y + 3.5))
        .cubic((-half - 0.6, 18.0), (-waist - 0.8, 28.0), (-waist, 44.0))
        .to(-waist - 1.0, 90.0)
        .to(waist + 1.0, 90.0)
        .to(waist, 44.0)
        .cubic((waist + 0.8, 28.0), (half + 0.6, 18.0), (half, y + 3.5))
        .cubic((half - 3.0, 0.8 - breath), (8.0, 1.6 - breath), (5.2, -1.2))
        .quad((0.0, 2.4), (-5.2, -1.2));
    let paint = Paint::along((light * half, 0.0), shades.cloth_light, (-light * half, 30.0), shades.cloth_shade)
        .via(0.5, shades.cloth);
    brush.path(&shape, paint);
    match person.clothes {
        Clothes::Blazer => {
            opening(brush, shades, shades.shirt, 30.0, 7.2);
            lapels(brush, shades, 30.0);
            brush.circle(0.0, 36.0, 0.8, shades.cloth_shade);
        }
        Clothes::Suit => {
            opening(brush, shades, shades.shirt, 30.0, 7.6);
            tie(brush, shades);
            collar(brush, shades);
            lapels(brush, shades, 31.0);
            brush.poly(&[(10.4, 16.6), (14.4, 15.8), (14.4, 17.2), (10.4, 18.0)], shades.shirt);
        }
        Clothes::Turtleneck => {
            let roll =
                Path::new().to(-5.6, -6.6).quad((0.0, -4.4), (5.6, -6.6)).to(6.4, 0.6).quad((0.0, 3.6), (-6.4, 0.6));
            brush.path(
                &roll,
                Paint::along((light * 6.0, 0.0), shades.cloth_light, (-light * 6.0, 0.0), shades.cloth_shade),
            );
            brush.curve(&[(-5.8, -3.0), (0.0, -0.6), (5.8, -3.0)], 0.4, Paint::from(shades.cloth_shade).alpha(0.6));
        }
        Clothes::Tee => {
            skin_at_neck(brush, shades, 5.4, 3.0);
            brush.curve(&[(-6.0, -1.0), (-4.0, 2.6), (0.0, 4.2), (4.0, 2.6), (6.0, -1.0)], 1.1, shades.cloth_shade);
            brush.circle(0.0, 20.0, 4.4, Paint::from(shades.accent).alpha(0.85));
            brush.circle(0.0, 20.0, 2.3, shades.cloth);
        }
        Clothes::Hoodie => {
            skin_at_neck(brush, shades, 4.6, 2.6);
            let hood = [
                (-7.4, -3.0),
                (-10.4, 1.4),
                (-7.0, 5.4),
                (0.0, 7.4),
                (7.0, 5.4),
                (10.4, 1.4),
                (7.4, -3.0),
                (4.6, 2.2),
                (0.0, 4.4),
                (-4.6, 2.2),
            ];
            brush.path(&Path::smooth(&hood), shades.cloth_light);
            for side in [-1.0_f32, 1.0] {
                brush.curve(&[(side * 3.4, 5.8), (side * 3.8, 11.0), (side * 3.2, 16.0)], 0.6, shades.shirt);
            }
        }
        Clothes::Blouse => {
            brush.poly(&[(-5.2, -1.4), (0.0, 11.0), (5.2, -1.4), (0.0, -3.0)], shades.skin);
            brush.poly(
                &[(-4.6, -1.2), (0.0, 9.4), (4.6, -1.2), (0.0, -2.6)],
                Paint::down(-2.0, shades.skin_deep, 8.0, shades.skin).alpha(0.5),
            );
            for side in [-1.0_f32, 1.0] {
                let fold = [(side * 5.2, -1.8), (side * 8.4, 1.8), (side * 3.6, 8.4), (0.0, 12.4), (side * 1.8, 7.0)];
                brush.poly(&fold, shades.cloth_light);
            }
            brush.line(&[(0.0, 12.0), (0.4, 70.0)], 0.35, Paint::from(shades.cloth_shade).alpha(0.8));
            brush.curve(&[(-3.6, 0.6), (0.0, 5.4), (3.6, 0.6)], 0.3, shades.accent);
            brush.circle(0.0, 5.6, 0.7, shades.accent);
        }
        Clothes::Overshirt => {
            opening(brush, shades, shades.shirt, 80.0, 6.6);
            skin_at_neck(brush, shades, 4.6, 2.4);
            collar(brush, &Shades { shirt: shades.cloth_light, ..*shades });
            for side in [-1.0_f32, 1.0] {
                brush.round_rect([side * 11.5 - 3.2, 14.0, 6.4, 6.4], 0.8, Paint::from(shades.cloth_shade).alpha(0.6));
            }
        }
        Clothes::Cardigan => {
            opening(brush, shades, shades.shirt, 34.0, 5.6);
            if person.hair != Hair::Scarf {
                collar(brush, shades);
            }
            for side in [-1.0_f32, 1.0] {
                brush.taper(
                    &[(side * 5.6, -1.0), (side * 4.0, 16.0), (side * 0.8, 34.0)],
                    1.6,
                    1.8,
                    shades.cloth_light,
                );
            }
            brush.line(&[(0.0, 34.0), (0.0, 80.0)], 1.8, shades.cloth_light);
            for button in [37.0, 45.0] {
                brush.circle(0.0, button, 0.7, shades.cloth_shade);
            }
        }
    }
}

fn neck(brush: &mut Brush<'_>, person: &Person, shades: &Shades, pose: &Pose) {
    let half = 4.4 + 0.9 * person.jaw;
    let x = pose.turn * 0.5;
    let shape = Path::new()
        .to(-half + x, -12.0)
        .cubic((-half + x, -4.0), (-half - 0.6, -2.6), (-half - 3.6, 0.6))
        .quad((0.0, 6.0), (half + 3.6, 0.6))
        .cubic((half + 0.6, -2.6), (half + x, -4.0), (half + x, -12.0));
    brush.path(&shape, Paint::down(-8.0, shades.skin_deep, 1.5, shades.skin).via(0.45, shades.skin_shade));
}

fn skin_at_neck(brush: &mut Brush<'_>, shades: &Shades, half: f32, deep: f32) {
    let shape = Path::new()
        .to(-half - 0.4, -1.8)
        .quad((0.0, deep * 2.2), (half + 0.4, -1.8))
        .quad((0.0, -0.6), (-half - 0.4, -1.8));
    brush.path(&shape, Paint::down(-2.0, shades.skin_shade, deep, shades.skin));
}

/// What is worn under an open jacket.
fn opening(brush: &mut Brush<'_>, shades: &Shades, inner: [u8; 3], low: f32, half: f32) {
    brush.poly(
        &[(-half, 1.0), (0.0, low), (half, 1.0), (4.6, -1.4), (-4.6, -1.4)],
        Paint::down(0.0, darker(inner, 0.12), 14.0, inner),
    );
    let shade = Path::new().to(-4.9, -1.8).quad((0.0, 5.2), (4.9, -1.8)).quad((0.0, -1.0), (-4.9, -1.8));
    brush.path(&shade, Paint::down(-2.0, shades.skin_shade, 2.6, shades.skin));
}

fn lapels(brush: &mut Brush<'_>, shades: &Shades, low: f32) {
    for side in [-1.0_f32, 1.0] {
        let lapel = [
            (side * 5.4, -2.2),
            (side * 9.6, 5.0),
            (side * 12.4, 8.4),
            (side * 9.4, 10.4),
            (side * 9.6, 12.6),
            (0.0, low),
            (side * 4.6, 8.0),
        ];
        brush.poly(&lapel, mix(shades.cloth, shades.cloth_light, 0.7));
        brush.line(
            &[(side * 12.4, 8.4), (side * 9.4, 10.4), (side * 9.6, 12.6), (0.0, low), (0.0, 80.0)],
            0.4,
            Paint::from(shades.cloth_shade).alpha(0.8),
        );
    }
}

fn collar(brush: &mut Brush<'_>, shades: &Shades) {
    for side in [-1.0_f32, 1.0] {
        brush.poly(
            &[(side * 5.0, -3.2), (side * 6.6, -0.6), (side * 4.4, 5.2), (side * 0.4, 2.2)],
            lighter(shades.shirt, 0.1),
        );
        brush.line(
            &[(side * 6.6, -0.6), (side * 4.4, 5.2), (side * 0.4, 2.2)],
            0.25,
            Paint::from(darker(shades.shirt, 0.4)).alpha(0.6),
        );
    }
}

fn tie(brush: &mut Brush<'_>, shades: &Shades) {
    brush.poly(&[(-1.9, 2.4), (1.9, 2.4), (1.2, 5.4), (-1.2, 5.4)], darker(shades.accent, 0.2));
    brush.poly(&[(-1.2, 5.2), (1.2, 5.2), (2.8, 26.0), (0.0, 30.0), (-2.8, 26.0)], shades.accent);
}

/// Where the elbow is when a hand is there. Upper arms hang, and forearms come towards the viewer, so that they are
/// seen shortened.
fn elbow(shoulder: Point, hand: Point, side: f32) -> Point {
    let raised = ((37.0 - hand.1) / 26.0).clamp(0.0, 1.0);
    let apart = (side * hand.0 / 26.0).clamp(0.0, 1.0);
    (shoulder.0 + side * (3.6 + 2.6 * raised * apart), shoulder.1 + 19.0 - 2.0 * raised)
}

pub(super) fn arms(brush: &mut Brush<'_>, person: &Person, shades: &Shades, pose: &Pose, light: f32) {
    for (hand, side) in pose.hands.iter().zip([-1.0_f32, 1.0]) {
        arm(brush, person, shades, pose, (hand, side, light));
    }
}

fn arm(brush: &mut Brush<'_>, person: &Person, shades: &Shades, pose: &Pose, (hand, side, light): (&Hand, f32, f32)) {
    let shoulder = (side * (person.shoulders - 3.6), 8.6 - 0.3 * pose.breath);
    let elbow = elbow(shoulder, hand.at, side);
    let (dx, dy) = (hand.at.0 - elbow.0, hand.at.1 - elbow.1);
    let angle = dy.atan2(dx);
    let wrist = (hand.at.0 - angle.cos() * 2.2, hand.at.1 - angle.sin() * 2.2);
    let is_bare = person.clothes == Clothes::Tee;
    let (sleeve, shade) = (mix(shades.cloth, shades.cloth_shade, 0.25), shades.cloth_shade);
    // At the shoulder it has the torso's colour there, so that no joint is seen.
    let joint = if side == light {
        mix(shades.cloth, shades.cloth_light, 0.55)
    } else {
        mix(shades.cloth, shades.cloth_shade, 0.42)
    };
    brush.taper(&[shoulder, elbow], 8.8, 7.4, Paint::along(shoulder, joint, elbow, sleeve));
    // A darker line under the arm parts it from the body.
    brush.line(
        &[(shoulder.0 - side * 3.6, shoulder.1 + 6.0), (elbow.0 - side * 2.6, elbow.1 - 2.0)],
        0.5,
        Paint::from(shade).alpha(0.8),
    );
    if is_bare {
        brush.taper(&[mid(shoulder, elbow, 0.55), elbow, wrist], 6.4, 4.2, shades.skin_shade);
        brush.taper(&[shoulder, mid(shoulder, elbow, 0.6)], 8.8, 8.4, joint);
    } else {
        brush.taper(&[elbow, mid(elbow, wrist, 0.9)], 7.4, 5.6, mix(shades.cloth, shades.cloth_light, 0.25));
        brush.taper(&[mid(elbow, wrist, 0.86), mid(elbow, wrist, 0.94)], 5.9, 5.7, shade);
    }
    fingers(brush, shades, hand, wrist, angle, side);
}

fn fingers(brush: &mut Brush<'_>, shades: &Shades, hand: &Hand, wrist: Point, angle: f32, side: f32) {
    // Drawn pointing to the right, its thumb above.
    let flip = if angle.cos() * side > 0.0 { 1.0 } else { -1.0 };
    let lean = match hand.fingers {
        Fingers::Relaxed => angle,
        Fingers::Open => angle - side * 0.25,
        Fingers::Pointing => -std::f32::consts::FRAC_PI_2 + side * 0.12,
    };
    let (skin, shade) = (shades.skin, shades.skin_deep);
    brush.turned(wrist.0, wrist.1, lean, |brush| {
        brush.at(0.0, 0.0, 1.12, |brush| {
            brush.taper(&[(-1.4, 0.0), (2.6, 0.0)], 3.9, 5.4, mix(skin, shades.skin_shade, 0.3));
            for finger in 0..4_u8 {
                let row = f32::from(finger) - 1.5;
                let long = [4.0, 4.7, 4.4, 3.4][usize::from(finger)];
                let (spread, reach) = match hand.fingers {
                    Fingers::Relaxed => (0.25, 0.62),
                    Fingers::Open => (0.95, 1.0),
                    Fingers::Pointing => (0.0, if finger == 0 { 1.25 } else { 0.12 }),
                };
                let row = row * flip * side;
                let base = (3.4, row * 1.22);
                let tip = (3.4 + long * reach, row * (1.22 + spread * 0.55));
                brush.line(&[base, tip], 1.45, skin);
                if finger > 0 {
                    brush.line(
                        &[
                            (3.4, (row - 0.5 * flip * side) * 1.24),
                            (3.2 + long * reach * 0.6, (row - 0.5 * flip * side) * 1.3),
                        ],
                        0.2,
                        Paint::from(shade).alpha(0.5),
                    );
                }
            }
            let thumb = match hand.fingers {
                Fingers::Open => [(0.6, -1.8), (2.2, -4.4)],
                Fingers::Relaxed => [(0.8, -1.8), (4.2, -2.9)],
                Fingers::Pointing => [(1.2, -1.4), (4.0, 0.4)],
            };
            let thumb = thumb.map(|(x, y)| (x, y * flip * side));
            brush.line(&thumb, 1.7, mix(skin, shades.skin_light, 0.3));
        });
    });
}

fn mid(one: Point, other: Point, share: f32) -> Point {
    (one.0 + (other.0 - one.0) * share, one.1 + (other.1 - one.1) * share)
}
