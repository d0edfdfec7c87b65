//! Outlines, and where they are put: a [`Path`] in a brush's units becomes polygons in pixels under an [`Affine`].

use super::canvas::round;
use super::paint::Point;

/// `x' = a·x + c·y + e`, `y' = b·x + d·y + f`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::agent) struct Affine(pub(in crate::agent) [f32; 6]);

impl Affine {
    pub(in crate::agent) const IDENTITY: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    pub(in crate::agent) fn moved(x: f32, y: f32) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    pub(in crate::agent) fn scaled(x: f32, y: f32) -> Self {
        Self([x, 0.0, 0.0, y, 0.0, 0.0])
    }

    /// Clockwise on the screen, in radians.
    pub(in crate::agent) fn turned(angle: f32) -> Self {
        let (sine, cosine) = angle.sin_cos();
        Self([cosine, sine, -sine, cosine, 0.0, 0.0])
    }

    /// First `inner`, then this.
    pub(in crate::agent) fn after(self, inner: Self) -> Self {
        let ([a, b, c, d, e, f], [ia, ib, ic, id, ie, jf]) = (self.0, inner.0);
        Self([
            a * ia + c * ib,
            b * ia + d * ib,
            a * ic + c * id,
            b * ic + d * id,
            a * ie + c * jf + e,
            b * ie + d * jf + f,
        ])
    }

    pub(in crate::agent) fn apply(self, (x, y): Point) -> Point {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }

    /// How much longer lengths become.
    pub(in crate::agent) fn scale(self) -> f32 {
        let [a, b, c, d, ..] = self.0;
        (a * d - b * c).abs().sqrt()
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Move(Point),
    Line(Point),
    Quad(Point, Point),
    Cubic(Point, Point, Point),
}

/// One or more closed outlines of lines and curves.
#[derive(Debug, Clone, Default)]
pub(in crate::agent) struct Path(Vec<Step>);

impl Path {
    pub(in crate::agent) fn new() -> Self {
        Self::default()
    }

    pub(in crate::agent) fn to(mut self, x: f32, y: f32) -> Self {
        self.0.push(if self.0.is_empty() { Step::Move((x, y)) } else { Step::Line((x, y)) });
        self
    }

    pub(in crate::agent) fn start(mut self, x: f32, y: f32) -> Self {
        self.0.push(Step::Move((x, y)));
        self
    }

    /// This and another one; where they turn in opposite ways, the inner one is a hole.
    pub(in crate::agent) fn with(mut self, other: &Self) -> Self {
        self.0.extend(&other.0);
        self
    }

    /// A curve by way of `by`.
    pub(in crate::agent) fn quad(mut self, by: Point, to: Point) -> Self {
        self.0.push(Step::Quad(by, to));
        self
    }

    pub(in crate::agent) fn cubic(mut self, by: Point, and: Point, to: Point) -> Self {
        self.0.push(Step::Cubic(by, and, to));
        self
    }

    /// A closed, smooth outline through `points`.
    pub(in crate::agent) fn smooth(points: &[Point]) -> Self {
        let count = points.len();
        let at = |number: usize| points[number % count];
        let Some(first) = points.first() else { return Self::new() };
        let mut path = Self::new().to(first.0, first.1);
        for number in 0..count {
            let (before, from, to, next) = (at(number + count - 1), at(number), at(number + 1), at(number + 2));
            let (by, and) = handles(before, from, to, next);
            path = path.cubic(by, and, to);
        }
        path
    }

    /// An open, smooth line through `points`, as points close to each other.
    pub(in crate::agent) fn smooth_line(points: &[Point], pieces: u16) -> Vec<Point> {
        let Some(last) = points.len().checked_sub(1) else { return Vec::new() };
        let mut line = vec![points[0]];
        for number in 0..last {
            let (from, to) = (points[number], points[number + 1]);
            let (before, next) = (points[number.saturating_sub(1)], points[(number + 2).min(last)]);
            let (by, and) = handles(before, from, to, next);
            line.extend((1..=pieces).map(|piece| cubic(from, by, and, to, f32::from(piece) / f32::from(pieces))));
        }
        line
    }

    pub(in crate::agent) fn flatten(&self, place: Affine) -> Vec<Vec<Point>> {
        let mut rings: Vec<Vec<Point>> = Vec::new();
        let mut from = (0.0, 0.0);
        for step in &self.0 {
            let mut add = |points: &mut dyn Iterator<Item = Point>| {
                if let Some(ring) = rings.last_mut() {
                    ring.extend(points);
                }
            };
            match *step {
                Step::Move(to) => {
                    from = place.apply(to);
                    rings.push(vec![from]);
                }
                Step::Line(to) => {
                    from = place.apply(to);
                    add(&mut std::iter::once(from));
                }
                Step::Quad(by, to) => {
                    let (by, to) = (place.apply(by), place.apply(to));
                    let (one, other) = (mid(from, by, 2.0 / 3.0), mid(to, by, 2.0 / 3.0));
                    let count = pieces(far(from, by) + far(by, to));
                    add(&mut shares(count).map(|share| cubic(from, one, other, to, share)));
                    from = to;
                }
                Step::Cubic(by, and, to) => {
                    let (by, and, to) = (place.apply(by), place.apply(and), place.apply(to));
                    let count = pieces(far(from, by) + far(by, and) + far(and, to));
                    add(&mut shares(count).map(|share| cubic(from, by, and, to, share)));
                    from = to;
                }
            }
        }
        rings
    }
}

fn handles(before: Point, from: Point, to: Point, next: Point) -> (Point, Point) {
    let by = (from.0 + (to.0 - before.0) / 6.0, from.1 + (to.1 - before.1) / 6.0);
    let and = (to.0 - (next.0 - from.0) / 6.0, to.1 - (next.1 - from.1) / 6.0);
    (by, and)
}

fn shares(count: u16) -> impl Iterator<Item = f32> {
    (1..=count).map(move |piece| f32::from(piece) / f32::from(count))
}

/// How many straight pieces a curve of so many pixels takes before corners show.
fn pieces(pixels: f32) -> u16 {
    u16::try_from(round(1.0 + (pixels * 0.9).sqrt()).clamp(2, 64)).unwrap_or(8)
}

fn far(one: Point, other: Point) -> f32 {
    (one.0 - other.0).hypot(one.1 - other.1)
}

fn mid(one: Point, other: Point, share: f32) -> Point {
    (one.0 + (other.0 - one.0) * share, one.1 + (other.1 - one.1) * share)
}

fn cubic(from: Point, by: Point, and: Point, to: Point, share: f32) -> Point {
    let rest = 1.0 - share;
    let (a, b, c, d) = (rest * rest * rest, 3.0 * rest * rest * share, 3.0 * rest * share * share, share.powi(3));
    (a * from.0 + b * by.0 + c * and.0 + d * to.0, a * from.1 + b * by.1 + c * and.1 + d * to.1)
}

/// A circle or ellipse in pixels, seen under `place`.
pub(in crate::agent) fn oval(centre: Point, radii: Point, place: Affine) -> Vec<Point> {
    let pixels = radii.0.abs().max(radii.1.abs()) * place.scale();
    let count = u16::try_from(round(8.0 + 4.0 * pixels.max(0.0).sqrt()).clamp(8, 120)).unwrap_or(16);
    shares(count)
        .map(|share| {
            let (sine, cosine) = (share * std::f32::consts::TAU).sin_cos();
            place.apply((centre.0 + radii.0 * cosine, centre.1 + radii.1 * sine))
        })
        .collect()
}

/// A gap this many pixels wide between two pieces of a stroke would be seen, and is filled with a joint.
const GAP_PX: f32 = 0.3;

/// What a round pen `width` wide leaves along a line of points, in pixels: one ring a piece, and joints where it turns.
pub(in crate::agent) fn stroke(line: &[Point], width: f32, place: Affine) -> Vec<Vec<Point>> {
    taper(line, width, width, place)
}

/// A stroke whose width goes from `from` to `to`.
pub(in crate::agent) fn taper(line: &[Point], from: f32, to: f32, place: Affine) -> Vec<Vec<Point>> {
    let count = line.len().max(2) - 1;
    let points: Vec<(Point, f32)> = line
        .iter()
        .enumerate()
        .map(|(number, point)| {
            let share = number as f32 / count as f32;
            (place.apply(*point), (from + (to - from) * share) * place.scale() / 2.0)
        })
        .collect();
    let mut rings = Vec::with_capacity(points.len() + 4);
    let mut before: Option<Point> = None;
    for pair in points.windows(2) {
        let (((x0, y0), r0), ((x1, y1), r1)) = (pair[0], pair[1]);
        let length = far((x0, y0), (x1, y1));
        if length < 1e-3 {
            continue;
        }
        let (nx, ny) = (-(y1 - y0) / length, (x1 - x0) / length);
        // Turning the same way as the joints, so that overlaps add up and never cancel out.
        rings.push(vec![
            (x0 - nx * r0, y0 - ny * r0),
            (x1 - nx * r1, y1 - ny * r1),
            (x1 + nx * r1, y1 + ny * r1),
            (x0 + nx * r0, y0 + ny * r0),
        ]);
        let turned = before.is_none_or(|normal| far(normal, (nx, ny)) * r0 > GAP_PX);
        if turned && r0 > 0.6 {
            rings.push(oval((x0, y0), (r0, r0), Affine::IDENTITY));
        }
        before = Some((nx, ny));
    }
    if let Some((end, radius)) = points.last().filter(|(_, radius)| *radius > 0.6) {
        rings.push(oval(*end, (*radius, *radius), Affine::IDENTITY));
    }
    rings
}
