//! What shapes are filled with, mixed into the rows of a plane. All is done in 16 bits, so that a processor mixes many samples at
//! once.

use super::canvas::{Canvas, Plane, byte, round};
use super::paint::{Paint, Point, Shape, Tone};

/// A picture laid under a shape: `(x, y)` of the canvas shows `(x × scale + dx, y × scale + dy)` of the picture.
#[derive(Clone, Copy)]
pub(in crate::agent) struct Laid<'a> {
    pub(in crate::agent) picture: &'a Canvas,
    pub(in crate::agent) scale: f32,
    pub(in crate::agent) dx: f32,
    pub(in crate::agent) dy: f32,
}

/// Where the samples under a shape come from.
pub(super) enum Fill<'a> {
    Flat(Tone),
    /// One tone a row: a gradient straight down, from a height and so long.
    Rows(&'a Paint, f32, f32),
    Graded(Box<Grades>, Course),
    /// With its opacity, 0 to 255.
    Picture(Laid<'a>, u8),
}

/// A gradient's tones, from its beginning to its end, for each component of the picture.
type Grades = [[Grade; GRADES]; 3];
const GRADES: usize = 256;

/// One tone: a sample becomes `(sample × keep + add) / 256`.
#[derive(Clone, Copy, Default)]
pub(super) struct Grade {
    keep: u16,
    add: u16,
    value: u8,
    alpha: u8,
}

/// How far along its gradient a point is.
pub(super) enum Course {
    /// `origin + x × across + y × down`.
    Line { origin: f32, across: f32, down: f32 },
    /// The square of the distance.
    Rings { centre: Point, radius: f32 },
}

impl<'a> Fill<'a> {
    pub(super) fn of(paint: &'a Paint) -> Self {
        match paint.shape {
            Shape::Flat => Self::Flat(paint.at(0.0)),
            Shape::Linear(from, to) => {
                let (dx, dy) = (to.0 - from.0, to.1 - from.1);
                let length = dx * dx + dy * dy;
                if length < 1e-6 {
                    return Self::Flat(paint.at(1.0));
                }
                if dx.abs() < 1e-3 * dy.abs() {
                    return Self::Rows(paint, from.1, dy);
                }
                let (across, down) = (dx / length, dy / length);
                let course = Course::Line { origin: -(from.0 * across + from.1 * down), across, down };
                Self::Graded(grades(|share| paint.at(share)), course)
            }
            Shape::Glow(centre, radius) => {
                let whole = paint.at(0.0);
                let tone = |share: f32| {
                    let rest = 1.0 - share.sqrt();
                    Tone { alpha: opacity(f32::from(whole.alpha) / 255.0 * rest * rest), ..whole }
                };
                Self::Graded(grades(tone), Course::rings(centre, radius))
            }
            Shape::Radial(centre, radius) => {
                Self::Graded(grades(|share| paint.at(share.sqrt())), Course::rings(centre, radius))
            }
        }
    }

    /// Whether it leaves everything as it is.
    pub(super) fn is_nothing(&self) -> bool {
        match self {
            Self::Flat(tone) => tone.alpha == 0,
            Self::Picture(_, alpha) => *alpha == 0,
            Self::Rows(..) | Self::Graded(..) => false,
        }
    }

    /// Mixes it into columns `from..to` of a row of one plane, as far as they are covered.
    pub(super) fn lay(
        &self,
        plane: &mut Plane,
        component: usize,
        (y, from, to): (i32, i32, i32),
        coverage: Option<&[u8]>,
    ) {
        let scale = plane.scale() as f32;
        let (to, y) = (to.min(plane.width), y.min(plane.height - 1));
        if from >= to {
            return;
        }
        let height = (y as f32 + 0.5) * scale;
        let samples = plane.row_mut(y, from..to);
        match self {
            Self::Flat(tone) => flat(samples, tone.ink[component], tone.alpha, coverage),
            Self::Rows(paint, start, length) => {
                let tone = paint.at((height - start) / length);
                flat(samples, tone.ink[component], tone.alpha, coverage);
            }
            Self::Graded(grades, course) => {
                let grades = &grades[component];
                let left = from as f32 * scale;
                match course.columns(scale) {
                    ..200.0 => graded::<1>(samples, coverage, grades, course.steps::<1>(left, height, scale)),
                    200.0..600.0 => graded::<4>(samples, coverage, grades, course.steps::<4>(left, height, scale)),
                    _ => graded::<8>(samples, coverage, grades, course.steps::<8>(left, height, scale)),
                }
            }
            Self::Picture(laid, alpha) => {
                let from_plane = &laid.picture.planes[component];
                let lines = from_plane.lines_at((height * laid.scale + laid.dy) / scale - 0.5);
                let mut x = ((from as f32 + 0.5) * scale * laid.scale + laid.dx) / scale - 0.5;
                for (at, sample) in samples.iter_mut().enumerate() {
                    let covered = coverage.map_or(255, |coverage| coverage[at]);
                    if covered > 0 {
                        *sample = mixed(*sample, lines.sample(x), part(covered, *alpha));
                    }
                    x += laid.scale;
                }
            }
        }
    }
}

impl Course {
    fn rings(centre: Point, radius: f32) -> Self {
        Self::Rings { centre, radius: radius.max(0.5) }
    }

    /// How many columns a gradient takes from its beginning to its end.
    fn columns(&self, scale: f32) -> f32 {
        match self {
            Self::Line { across, .. } => 1.0 / (across.abs() * scale).max(1e-6),
            Self::Rings { radius, .. } => radius / scale,
        }
    }

    /// From the middle of the first `STEP` columns on.
    fn steps<const STEP: usize>(&self, left: f32, height: f32, scale: f32) -> Steps {
        let (start, wide) = (left + STEP as f32 / 2.0 * scale, STEP as f32 * scale);
        match self {
            Self::Line { origin, across, down } => {
                Steps { at: fixed(origin + height * down + start * across), by: fixed(wide * across), bend: 0 }
            }
            Self::Rings { centre, radius } => {
                let (rise, run, more) = ((height - centre.1) / radius, (start - centre.0) / radius, wide / radius);
                Steps {
                    at: fixed(run * run + rise * rise),
                    by: fixed((2.0 * run + more) * more),
                    bend: fixed(2.0 * more * more),
                }
            }
        }
    }
}

/// Numbers of grades, one after the other, as fixed point numbers with [`FRACTION`] bits: a sum costs less than a conversion.
struct Steps {
    at: i64,
    by: i64,
    bend: i64,
}

const FRACTION: u32 = 24;

/// A share of a gradient as a number of grades. No canvas is so large that it does not fit.
#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn fixed(share: f32) -> i64 {
    (f64::from(share) * ((GRADES - 1) as f64) * f64::from(1 << FRACTION)) as i64
}

impl Steps {
    fn next(&mut self, grades: &[Grade; GRADES]) -> Grade {
        let at = (self.at >> FRACTION).clamp(0, GRADES as i64 - 1);
        self.at += self.by;
        self.by += self.bend;
        grades[usize::try_from(at).unwrap_or(0)]
    }
}

fn grades(tone: impl Fn(f32) -> Tone) -> Box<Grades> {
    let mut grades = Box::new([[Grade::default(); GRADES]; 3]);
    for number in 0..GRADES {
        let Tone { ink, alpha } = tone(number as f32 / (GRADES - 1) as f32);
        for (component, value) in ink.into_iter().enumerate() {
            let weight = of_256(alpha);
            let add = u16::from(value) * weight + 128;
            grades[component][number] = Grade { keep: 256 - weight, add, value, alpha };
        }
    }
    grades
}

/// Mixes pieces of some columns, each in the tone of its middle: a long gradient has no more tones than that.
fn graded<const STEP: usize>(samples: &mut [u8], coverage: Option<&[u8]>, grades: &[Grade; GRADES], mut steps: Steps) {
    let (pieces, rest) = samples.as_chunks_mut::<STEP>();
    match coverage {
        None => {
            for piece in pieces {
                let Grade { keep, add, .. } = steps.next(grades);
                for sample in piece {
                    *sample = high_byte(u16::from(*sample) * keep + add);
                }
            }
            let Grade { value, alpha, .. } = steps.next(grades);
            flat(rest, value, alpha, None);
        }
        Some(coverage) => {
            let (covered, covered_rest) = coverage.as_chunks::<STEP>();
            for (piece, covered) in pieces.iter_mut().zip(covered) {
                let Grade { value, alpha, .. } = steps.next(grades);
                for (sample, covered) in piece.iter_mut().zip(covered) {
                    *sample = mixed(*sample, value, part(*covered, alpha));
                }
            }
            let Grade { value, alpha, .. } = steps.next(grades);
            flat(rest, value, alpha, Some(covered_rest));
        }
    }
}

fn flat(samples: &mut [u8], value: u8, alpha: u8, coverage: Option<&[u8]>) {
    match coverage {
        None if alpha == 255 => samples.fill(value),
        None => {
            let weight = of_256(alpha);
            samples.iter_mut().for_each(|sample| *sample = mixed(*sample, value, weight));
        }
        Some(coverage) => {
            for (sample, covered) in samples.iter_mut().zip(coverage) {
                *sample = mixed(*sample, value, part(*covered, alpha));
            }
        }
    }
}

/// `weight` 256ths of `value` over `sample`: 255 × 256 + 128 still fits.
fn mixed(sample: u8, value: u8, weight: u16) -> u8 {
    high_byte(u16::from(sample) * (256 - weight) + u16::from(value) * weight + 128)
}

/// The weight of what covers so much of a sample with so much opacity, both in 255ths.
fn part(covered: u8, alpha: u8) -> u16 {
    of_256(high_byte(u16::from(covered) * u16::from(alpha) + 255))
}

/// 255ths in 256ths, so that all stays all.
fn of_256(share: u8) -> u16 {
    u16::from(share) + u16::from(share >> 7)
}

pub(super) fn high_byte(value: u16) -> u8 {
    (value >> 8) as u8
}

/// An opacity of 0 to 1 in 255ths.
pub(super) fn opacity(alpha: f32) -> u8 {
    byte(round(alpha * 255.0))
}
