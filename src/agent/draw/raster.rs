//! Filling of polygons, straight into a [`Canvas`]'s planes. A row is cut into a few lines; where the polygon's spans
//! of all of them agree, whole runs are filled as slices, and only the cells at its edges are blended one by one.

use super::canvas::{Canvas, Plane, byte, index, round};
use super::paint::{Paint, Point, Shape, Tone};

/// Lines per row: more for small shapes (letters, faces), whose edges matter most.
const LINES: usize = 4;
const LINES_OF_SMALL: usize = 8;
const SMALL_PX: f32 = 90.0;

/// A picture laid under a shape: `(x, y)` of the canvas shows `(x × scale + dx, y × scale + dy)` of the picture.
#[derive(Clone, Copy)]
pub(in crate::agent) struct Laid<'a> {
    pub(in crate::agent) picture: &'a Canvas,
    pub(in crate::agent) scale: f32,
    pub(in crate::agent) dx: f32,
    pub(in crate::agent) dy: f32,
}

enum Source<'a> {
    Flat(Tone),
    /// One tone a row: a gradient straight down.
    Rows(&'a Paint, f32, f32),
    /// Share is `origin + x × across + y × down`.
    Slope {
        tones: Vec<Tone>,
        origin: f32,
        across: f32,
        down: f32,
    },
    /// Tones by the square of the distance.
    Rings {
        tones: Vec<Tone>,
        centre: Point,
        radius: f32,
    },
    Picture(Laid<'a>, i32),
}

struct Edge {
    top: f32,
    bottom: f32,
    x: f32,
    slope: f32,
    turn: i32,
}

/// Columns of a row that a shape covers, wholly or in part.
#[derive(Debug, Clone, Copy)]
struct Run {
    from: i32,
    to: i32,
    is_solid: bool,
}

/// The part of a canvas that may be painted, in pixels: left, top, right, bottom.
pub(in crate::agent) type Clip = [i32; 4];

/// Buffers that outlive one shape.
#[derive(Default)]
pub(in crate::agent) struct Raster {
    edges: Vec<Edge>,
    crossings: Vec<(f32, i32)>,
    spans: Vec<(f32, f32)>,
    ends: Vec<usize>,
    sums: Vec<f32>,
    rows: [Row; 2],
}

#[derive(Default)]
struct Row {
    coverage: Vec<u8>,
    runs: Vec<Run>,
}

impl Row {
    fn clear(&mut self) {
        for run in self.runs.drain(..) {
            self.coverage[index(run.from)..index(run.to)].fill(0);
        }
    }
}

impl Raster {
    /// Fills the union of `rings`, closed polygons in pixels.
    pub(in crate::agent) fn fill(&mut self, canvas: &mut Canvas, clip: Clip, rings: &[Vec<Point>], paint: &Paint) {
        let source = source(paint);
        if let Source::Flat(tone) = &source
            && tone.alpha == 0
        {
            return;
        }
        self.run(canvas, clip, rings, &source);
    }

    /// Shows a picture through `rings`.
    pub(in crate::agent) fn show(
        &mut self,
        canvas: &mut Canvas,
        clip: Clip,
        rings: &[Vec<Point>],
        laid: Laid<'_>,
        alpha: f32,
    ) {
        self.run(canvas, clip, rings, &Source::Picture(laid, round(alpha * 256.0).clamp(0, 256)));
    }

    fn run(&mut self, canvas: &mut Canvas, clip: Clip, rings: &[Vec<Point>], source: &Source<'_>) {
        let [left, top, right, bottom] = clip;
        self.edges.clear();
        let (mut high, mut low) = (f32::MAX, f32::MIN);
        for ring in rings {
            let Some(last) = ring.last() else { continue };
            let mut from = *last;
            for to in ring {
                high = high.min(to.1);
                low = low.max(to.1);
                self.add_edge(from, *to);
                from = *to;
            }
        }
        let first = round(high.floor()).max(top);
        let end = round(low.ceil()).min(bottom);
        if self.edges.is_empty() || first >= end || left >= right {
            return;
        }
        self.edges.sort_unstable_by(|one, other| one.top.total_cmp(&other.top));
        let lines = if low - high < SMALL_PX { LINES_OF_SMALL } else { LINES };
        let width = index(canvas.width()) + 2;
        for row in &mut self.rows {
            row.coverage.resize(width.max(row.coverage.len()), 0);
        }
        self.sums.resize(width.max(self.sums.len()), 0.0);
        let mut started = 0;
        let mut live: Vec<usize> = Vec::new();
        let mut y = first & !1;
        while y < end {
            for half in 0..2 {
                let (row_top, is_inside) = ((y + half) as f32, (first..end).contains(&(y + half)));
                if !is_inside {
                    continue;
                }
                while started < self.edges.len() && self.edges[started].top < row_top + 1.0 {
                    live.push(started);
                    started += 1;
                }
                live.retain(|edge| self.edges[*edge].bottom > row_top);
                self.cover(index(half), row_top, lines, &live, (left, right));
            }
            self.blend(canvas, y, source);
            for row in &mut self.rows {
                row.clear();
            }
            y += 2;
        }
    }

    fn add_edge(&mut self, from: Point, to: Point) {
        if !(from.0.is_finite() && from.1.is_finite() && to.0.is_finite() && to.1.is_finite()) || from.1 == to.1 {
            return;
        }
        let (upper, lower, turn) = if from.1 < to.1 { (from, to, 1) } else { (to, from, -1) };
        let slope = (lower.0 - upper.0) / (lower.1 - upper.1);
        self.edges.push(Edge { top: upper.1, bottom: lower.1, x: upper.0, slope, turn });
    }

    /// Finds what is covered of one row.
    fn cover(&mut self, half: usize, row_top: f32, lines: usize, live: &[usize], (left, right): (i32, i32)) {
        self.spans.clear();
        self.ends.clear();
        let (least, most) = (left as f32, right as f32);
        for line in 0..lines {
            let height = row_top + (line as f32 + 0.5) / lines as f32;
            self.crossings.clear();
            for edge in live.iter().map(|edge| &self.edges[*edge]) {
                if edge.top <= height && height < edge.bottom {
                    self.crossings.push((edge.x + (height - edge.top) * edge.slope, edge.turn));
                }
            }
            self.crossings.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
            let (mut turns, mut start) = (0, 0.0);
            for (x, turn) in &self.crossings {
                let was = turns;
                turns += turn;
                if was == 0 {
                    start = *x;
                } else if turns == 0 {
                    let span = (start.clamp(least, most), x.clamp(least, most));
                    if span.1 > span.0 {
                        self.spans.push(span);
                    }
                }
            }
            self.ends.push(self.spans.len());
        }
        if !self.cover_alike(half, lines) {
            self.cover_anyhow(half, lines);
        }
    }

    /// The usual case: every line has the same number of spans, and they lie under each other.
    fn cover_alike(&mut self, half: usize, lines: usize) -> bool {
        let count = self.ends[0];
        if self.ends.iter().enumerate().any(|(line, end)| *end != count * (line + 1)) {
            return false;
        }
        let row = &mut self.rows[half];
        let mut before = i32::MIN;
        for number in 0..count {
            let spans = || (0..lines).map(|line| self.spans[line * count + number]);
            let (mut from, mut to, mut solid_from, mut solid_to) = (f32::MAX, f32::MIN, f32::MIN, f32::MAX);
            for span in spans() {
                (from, to) = (from.min(span.0), to.max(span.1));
                (solid_from, solid_to) = (solid_from.max(span.0), solid_to.min(span.1));
            }
            let (from, to) = (round(from.floor()), round(to.ceil()));
            if from < before {
                row.clear();
                return false;
            }
            before = to;
            let (solid_from, solid_to) = (round(solid_from.ceil()), round(solid_to.floor()));
            let (solid_from, solid_to) = if solid_from < solid_to { (solid_from, solid_to) } else { (to, to) };
            for x in (from..solid_from).chain(solid_to..to) {
                let cell = x as f32;
                let covered: f32 = spans().map(|span| (span.1.min(cell + 1.0) - span.0.max(cell)).max(0.0)).sum();
                row.coverage[index(x)] = byte(round(covered * 255.0 / lines as f32));
            }
            row.coverage[index(solid_from)..index(solid_to)].fill(255);
            for (from, to, is_solid) in [(from, solid_from, false), (solid_from, solid_to, true), (solid_to, to, false)]
            {
                if from < to {
                    row.runs.push(Run { from, to, is_solid });
                }
            }
        }
        true
    }

    fn cover_anyhow(&mut self, half: usize, lines: usize) {
        let (mut first, mut last) = (i32::MAX, i32::MIN);
        for (from, to) in &self.spans {
            let (start, end) = (round(from.floor()), round(to.floor()));
            first = first.min(start);
            last = last.max(end + 1);
            // Sums of differences: a cell counts for itself and all after it.
            let (start, end) = (index(start), index(end));
            let (into_start, into_end) = (from.fract(), to.fract());
            self.sums[start] += 1.0 - into_start;
            self.sums[start + 1] += into_start;
            self.sums[end] -= 1.0 - into_end;
            self.sums[end + 1] -= into_end;
        }
        if first >= last {
            return;
        }
        let row = &mut self.rows[half];
        let mut sum = 0.0;
        let cells = index(first)..index(last);
        for (cell, difference) in row.coverage[cells.clone()].iter_mut().zip(&mut self.sums[cells]) {
            sum += *difference;
            *difference = 0.0;
            *cell = byte(round(sum * 255.0 / lines as f32));
        }
        self.sums[index(last)] = 0.0;
        row.runs.push(Run { from: first, to: last, is_solid: false });
    }

    /// Blends two rows of luma and the row of chroma that they share.
    fn blend(&self, canvas: &mut Canvas, y: i32, source: &Source<'_>) {
        let [luma, u, v] = &mut canvas.planes;
        for (row, y) in self.rows.iter().zip(y..) {
            for run in &row.runs {
                let coverage = (!run.is_solid).then(|| &row.coverage[index(run.from)..index(run.to)]);
                source.lay(luma, 0, (y, run.from, run.to), coverage);
            }
        }
        let [one, other] = &self.rows;
        let mut next = 0;
        let outer = one.runs.iter().chain(&other.runs);
        let (from, to) = outer.fold((i32::MAX, i32::MIN), |(from, to), run| (from.min(run.from), to.max(run.to)));
        if from >= to {
            return;
        }
        let mut halves: Vec<u8> = Vec::new();
        let mut blended = |from: i32, to: i32, is_solid: bool| {
            if from >= to {
                return;
            }
            if !is_solid {
                let pair = |row: &Row, x: i32| {
                    let at = index(2 * x);
                    u32::from(row.coverage[at]) + u32::from(row.coverage.get(at + 1).copied().unwrap_or(0))
                };
                halves.clear();
                halves.extend((from..to).map(|x| byte(((pair(one, x) + pair(other, x) + 2) / 4).cast_signed())));
            }
            let coverage = (!is_solid).then_some(halves.as_slice());
            source.lay(u, 1, (y / 2, from, to), coverage);
            source.lay(v, 2, (y / 2, from, to), coverage);
        };
        let end = (to + 1) / 2;
        next = next.max(from / 2);
        for upper in one.runs.iter().filter(|run| run.is_solid) {
            for lower in other.runs.iter().filter(|run| run.is_solid) {
                let (start, stop) = ((upper.from.max(lower.from) + 1) / 2, upper.to.min(lower.to) / 2);
                if start < stop && start >= next {
                    blended(next, start, false);
                    blended(start, stop, true);
                    next = stop;
                }
            }
        }
        blended(next, end, false);
    }
}

fn source(paint: &Paint) -> Source<'_> {
    let tones = |curve: fn(f32) -> f32| (0..=255_u8).map(|step| paint.at(curve(f32::from(step) / 255.0))).collect();
    match paint.shape {
        Shape::Flat => Source::Flat(paint.at(0.0)),
        Shape::Linear(from, to) => {
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let length = dx * dx + dy * dy;
            if length < 1e-6 {
                return Source::Flat(paint.at(1.0));
            }
            if dx.abs() < 1e-3 * dy.abs() {
                return Source::Rows(paint, from.1, dy);
            }
            let (across, down) = (dx / length, dy / length);
            Source::Slope { tones: tones(|share| share), origin: -(from.0 * across + from.1 * down), across, down }
        }
        Shape::Glow(centre, radius) => {
            let whole = paint.at(0.0);
            let tone = |step: u8| {
                let rest = 1.0 - (f32::from(step) / 255.0).sqrt();
                Tone { alpha: round(whole.alpha as f32 * rest * rest), ..whole }
            };
            Source::Rings { tones: (0..=255).map(tone).collect(), centre, radius: radius.max(1e-3) }
        }
        Shape::Radial(centre, radius) => Source::Rings { tones: tones(f32::sqrt), centre, radius: radius.max(1e-3) },
    }
}

impl Source<'_> {
    /// Blends columns `from..to` of a row of one plane, as far as they are covered.
    fn lay(&self, plane: &mut Plane, component: usize, (y, from, to): (i32, i32, i32), coverage: Option<&[u8]>) {
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
            Self::Slope { tones, origin, across, down } => {
                let (start, step) = ((origin + height * down) * 255.0, across * scale * 255.0);
                let start = start + (from as f32 + 0.5) * step;
                stepped(samples, coverage, pieces(1.0 / (across.abs() * scale).max(1e-6)), |x| {
                    let tone = tones[index(round_fast((start + x * step).clamp(0.0, 255.0)))];
                    (tone.ink[component], tone.alpha)
                });
            }
            Self::Rings { tones, centre, radius } => {
                let rise = (height - centre.1) / radius;
                let (start, step) = (((from as f32 + 0.5) * scale - centre.0) / radius, scale / radius);
                stepped(samples, coverage, pieces(radius / scale), |x| {
                    let run = start + x * step;
                    let tone = tones[index(round_fast(((run * run + rise * rise) * 255.0).min(255.0)))];
                    (tone.ink[component], tone.alpha)
                });
            }
            Self::Picture(laid, alpha) => {
                let from_plane = &laid.picture.planes[component];
                let at = (height * laid.scale + laid.dy) / scale - 0.5;
                let (start, step) = (((from as f32 + 0.5) * scale * laid.scale + laid.dx) / scale - 0.5, laid.scale);
                let lines = from_plane.lines_at(at);
                shaded(samples, coverage, |x| (lines.sample(start + x * step), *alpha));
            }
        }
    }
}

/// How many columns of a gradient this long may have one tone.
fn pieces(length: f32) -> usize {
    usize::try_from(round(length / 110.0)).unwrap_or(1).clamp(1, 8)
}

/// Like [`round`] for what is known to be small and positive.
#[expect(clippy::cast_possible_truncation, reason = "the callers have clamped it to 0..=255")]
fn round_fast(value: f32) -> i32 {
    (value + 0.5) as i32
}

fn flat(samples: &mut [u8], value: u8, alpha: i32, coverage: Option<&[u8]>) {
    let value = i32::from(value);
    match coverage {
        None if alpha >= 256 => samples.fill(byte(value)),
        None => {
            // In 16 bits, so that a processor blends many at once: 255 × 256 + 128 still fits.
            let alpha = short(alpha);
            let (keep, add) = (256 - alpha, short(value) * alpha + 128);
            for sample in samples {
                *sample = high_byte(u16::from(*sample) * keep + add);
            }
        }
        Some(coverage) => {
            for (sample, covered) in samples.iter_mut().zip(coverage) {
                let (old, alpha) = (i32::from(*sample), (i32::from(*covered) * alpha * 257 + 32768) >> 16);
                *sample = byte(old + (((value - old) * alpha + 128) >> 8));
            }
        }
    }
}

fn short(value: i32) -> u16 {
    u16::try_from(value).unwrap_or(0)
}

/// What is left after a division by 256.
fn high_byte(value: u16) -> u8 {
    value.to_be_bytes()[0]
}

/// Blends pieces of `step` columns, each in the tone of its middle: a long gradient has no more tones than that.
fn stepped(samples: &mut [u8], coverage: Option<&[u8]>, step: usize, tone: impl Fn(f32) -> (u8, i32)) {
    if step < 2 {
        return shaded(samples, coverage, tone);
    }
    let half = (step as f32 - 1.0) / 2.0;
    for (number, piece) in samples.chunks_mut(step).enumerate() {
        let (value, alpha) = tone((number * step) as f32 + half);
        let covered = coverage.map(|coverage| &coverage[number * step..number * step + piece.len()]);
        flat(piece, value, alpha, covered);
    }
}

fn shaded(samples: &mut [u8], coverage: Option<&[u8]>, tone: impl Fn(f32) -> (u8, i32)) {
    let mut x = 0.0;
    let blended = |sample: &mut u8, x: f32, covered: i32| {
        let (value, alpha) = tone(x);
        let (old, alpha) = (i32::from(*sample), (covered * alpha * 257 + 32768) >> 16);
        *sample = byte(old + (((i32::from(value) - old) * alpha + 128) >> 8));
    };
    match coverage {
        None => {
            for sample in samples {
                blended(sample, x, 255);
                x += 1.0;
            }
        }
        Some(coverage) => {
            for (sample, covered) in samples.iter_mut().zip(coverage) {
                if *covered != 0 {
                    blended(sample, x, i32::from(*covered));
                }
                x += 1.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luma(canvas: &Canvas) -> u32 {
        canvas.planes[0].samples.iter().map(|luma| u32::from(*luma) - 16).sum()
    }

    #[test]
    fn a_polygon_covers_its_area_and_overlaps_count_once() {
        let mut canvas = Canvas::new(100, 90);
        let triangle = vec![(10.3, 10.2), (80.3, 10.2), (10.3, 60.2)];
        let rings = [triangle.clone(), triangle];
        Raster::default().fill(&mut canvas, [0, 0, 100, 90], &rings, &Paint::from([255; 3]));
        let pixels = luma(&canvas) as f32 / 219.0;
        assert!((pixels - 1750.0).abs() < 12.0, "{pixels} pixels");
    }

    #[test]
    fn shapes_beyond_every_edge_are_clipped() {
        let mut canvas = Canvas::new(33, 21);
        let star = vec![(-50.0, 3.0), (90.0, 7.0), (-20.0, 40.0), (16.0, -70.0), (20.0, 90.0), (f32::NAN, 1.0)];
        for paint in [
            Paint::from([255; 3]).alpha(0.5),
            Paint::along((0.0, 0.0), [9; 3], (33.0, 21.0), [200; 3]),
            Paint::around((5.0, 5.0), 20.0, [0; 3], [255; 3]),
            Paint::down(0.0, [1, 2, 3], 20.0, [255; 3]),
        ] {
            Raster::default().fill(&mut canvas, [0, 0, 33, 21], std::slice::from_ref(&star), &paint);
        }
        assert!(luma(&canvas) > 0);
    }

    #[test]
    fn a_gradient_begins_and_ends_with_its_colours() {
        let mut canvas = Canvas::new(64, 64);
        let all = [vec![(0.0, 0.0), (64.0, 0.0), (64.0, 64.0), (0.0, 64.0)]];
        let paint = Paint::along((0.0, 0.0), [0; 3], (64.0, 0.0), [255; 3]);
        Raster::default().fill(&mut canvas, [0, 0, 64, 64], &all, &paint);
        let row = &canvas.planes[0].samples[..64];
        assert!(row[0] < 22 && row[63] > 228 && row.is_sorted(), "{row:?}");
    }
}
