//! Filling of polygons, straight into a [`Canvas`]'s planes. Each edge leaves in the cells of a row that it crosses by how much it
//! covers them and all cells after it; summed up from the left, that is the coverage. Where no edge crosses, it stays the same, and
//! whole runs are filled as slices.

use std::ops::Range;

use super::canvas::{Canvas, byte, index, round, trunc};
use super::fill::{Fill, Laid, high_byte, opacity};
use super::paint::{Paint, Point};

/// A coverage this near to none or all is none or all: sums have tails.
const NEARLY: f32 = 0.002;

struct Edge {
    top: f32,
    bottom: f32,
    x: f32,
    slope: f32,
    /// 1 for one that goes down, -1 for one that goes up.
    turn: f32,
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
    /// Which of them cross the row.
    live: Vec<usize>,
    /// What a cell is covered more than the one before it, and which cells have such a difference.
    differences: Vec<f32>,
    touched: Vec<(usize, usize)>,
    rows: [Row; 2],
    /// Columns of chroma: those that both rows cover wholly, all that one of them reaches, and how much of some is covered.
    solid: Vec<(i32, i32)>,
    reach: Vec<(i32, i32)>,
    halves: Vec<u8>,
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

    /// Cells that are all covered alike.
    fn cover_alike(&mut self, cells: Range<usize>, covered: f32) {
        let is_solid = covered.abs() > 1.0 - NEARLY;
        if !cells.is_empty() && covered.abs() > NEARLY {
            self.coverage[cells.clone()].fill(if is_solid { 255 } else { shade(covered) });
            self.runs.push(Run { from: column(cells.start), to: column(cells.end), is_solid });
        }
    }
}

impl Raster {
    /// Fills the union of `rings`, closed polygons in pixels.
    pub(in crate::agent) fn fill(&mut self, canvas: &mut Canvas, clip: Clip, rings: &[Vec<Point>], paint: &Paint) {
        self.run(canvas, clip, rings, &Fill::of(paint));
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
        self.run(canvas, clip, rings, &Fill::Picture(laid, opacity(alpha)));
    }

    fn run(&mut self, canvas: &mut Canvas, clip: Clip, rings: &[Vec<Point>], fill: &Fill<'_>) {
        if fill.is_nothing() {
            return;
        }
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
        let width = index(canvas.width()) + 2;
        for row in &mut self.rows {
            row.coverage.resize(width.max(row.coverage.len()), 0);
        }
        self.differences.resize(width.max(self.differences.len()), 0.0);
        self.live.clear();
        let mut started = 0;
        let mut y = first & !1;
        while y < end {
            for half in 0..2 {
                if !(first..end).contains(&(y + half)) {
                    continue;
                }
                let row_top = (y + half) as f32;
                while started < self.edges.len() && self.edges[started].top < row_top + 1.0 {
                    self.live.push(started);
                    started += 1;
                }
                let edges = &self.edges;
                self.live.retain(|edge| edges[*edge].bottom > row_top);
                self.cover(index(half), row_top, (left as f32, right as f32));
            }
            self.blend(canvas, y, fill);
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
        let (upper, lower, turn) = if from.1 < to.1 { (from, to, 1.0) } else { (to, from, -1.0) };
        let slope = (lower.0 - upper.0) / (lower.1 - upper.1);
        self.edges.push(Edge { top: upper.1, bottom: lower.1, x: upper.0, slope, turn });
    }

    /// Finds what is covered of one row, between two columns.
    fn cover(&mut self, half: usize, row_top: f32, (left, right): (f32, f32)) {
        self.touched.clear();
        for at in 0..self.live.len() {
            let edge = &self.edges[self.live[at]];
            let (top, bottom) = (edge.top.max(row_top), edge.bottom.min(row_top + 1.0));
            let x = |height: f32| edge.x + (height - edge.top) * edge.slope;
            let (from, to, down) = (x(top), x(bottom), (bottom - top) * edge.turn);
            let (least, most) = if from < to { (from, to) } else { (to, from) };
            if least >= right || down == 0.0 {
                continue;
            }
            if least >= left && most <= right {
                self.cross(least, most, down);
                continue;
            }
            // What is left of the columns covers all of them, what is right of them none.
            let length = (most - least).max(f32::MIN_POSITIVE);
            let outside = ((left - least) / length).clamp(0.0, 1.0);
            if outside > 0.0 {
                self.cross(left, left, down * outside);
            }
            let (least, most) = (least.max(left), most.min(right));
            if most > least {
                self.cross(least, most, down * (most - least) / length);
            }
        }
        self.touched.sort_unstable();
        let (row, limit) = (&mut self.rows[half], floor(right));
        let (mut covered, mut before) = (0.0_f32, 0);
        for (start, end) in self.touched.iter().map(|(start, end)| (*start.min(&limit), *end.min(&limit))) {
            if start > before {
                row.cover_alike(before..start, covered);
                before = start;
            }
            if end > before {
                let cells = before..end;
                for (cell, difference) in row.coverage[cells.clone()].iter_mut().zip(&mut self.differences[cells]) {
                    covered += std::mem::take(difference);
                    *cell = shade(covered);
                }
                row.runs.push(Run { from: column(before), to: column(end), is_solid: false });
                before = end;
            }
        }
        row.cover_alike(before..limit, covered);
        self.differences[limit..limit + 2].fill(0.0);
    }

    /// An edge that crosses the row from column `least` to column `most` and goes `down` by this share of its height.
    fn cross(&mut self, least: f32, most: f32, down: f32) {
        let (first, last) = (floor(least), floor(most));
        let cells = &mut self.differences[first..last + 2];
        self.touched.push((first, last + 2));
        let into_first = least - first as f32;
        if first == last {
            let right = (into_first + (most - first as f32)) / 2.0;
            cells[0] += down * (1.0 - right);
            cells[1] += down * right;
            return;
        }
        let a_cell = down / (most - least);
        // The part of each cell that lies right of the edge, less what the cell before it has.
        let in_first = 1.0 - into_first;
        let into_last = most - last as f32;
        let mut before = a_cell * in_first * in_first / 2.0;
        cells[0] += before;
        let mut sum = a_cell * in_first;
        for cell in &mut cells[1..last - first] {
            let covered = sum + a_cell / 2.0;
            *cell += covered - before;
            before = covered;
            sum += a_cell;
        }
        let covered = sum + a_cell * into_last * (1.0 - into_last / 2.0);
        cells[last - first] += covered - before;
        cells[last - first + 1] += down - covered;
    }

    /// Blends two rows of luma and the row of chroma that they share.
    fn blend(&mut self, canvas: &mut Canvas, y: i32, fill: &Fill<'_>) {
        let [luma, u, v] = &mut canvas.planes;
        for (row, y) in self.rows.iter().zip(y..) {
            for run in &row.runs {
                let coverage = (!run.is_solid).then(|| &row.coverage[index(run.from)..index(run.to)]);
                fill.lay(luma, 0, (y, run.from, run.to), coverage);
            }
        }
        let [one, other] = &self.rows;
        both(&one.runs, &other.runs, &mut self.solid);
        either(&one.runs, &other.runs, &mut self.reach);
        let halves = &mut self.halves;
        let mut blended = |from: i32, to: i32, is_solid: bool| {
            if from >= to {
                return;
            }
            if !is_solid {
                let columns = 2 * index(from)..2 * index(to);
                let (one, other) = (&one.coverage[columns.clone()], &other.coverage[columns]);
                let pairs = one.chunks_exact(2).zip(other.chunks_exact(2));
                halves.clear();
                halves.extend(pairs.map(|(one, other)| {
                    let sum = [one[0], one[1], other[0], other[1]].map(u16::from).iter().sum::<u16>();
                    high_byte((sum + 2) << 6)
                }));
            }
            let coverage = (!is_solid).then_some(halves.as_slice());
            fill.lay(u, 1, (y / 2, from, to), coverage);
            fill.lay(v, 2, (y / 2, from, to), coverage);
        };
        let mut solid = self.solid.iter().copied().peekable();
        for (from, to) in self.reach.iter().copied() {
            let mut next = from;
            while let Some((start, stop)) = solid.next_if(|(start, _)| *start < to) {
                blended(next, start, false);
                blended(start, stop, true);
                next = stop;
            }
            blended(next, to, false);
        }
    }
}

/// Columns of chroma that two rows cover wholly.
fn both(one: &[Run], other: &[Run], found: &mut Vec<(i32, i32)>) {
    found.clear();
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    while let (Some(upper), Some(lower)) = (one.peek(), other.peek()) {
        let (start, stop) = ((upper.from.max(lower.from) + 1) / 2, upper.to.min(lower.to) / 2);
        if upper.is_solid && lower.is_solid && start < stop {
            found.push((start, stop));
        }
        if upper.to < lower.to {
            one.next();
        } else {
            other.next();
        }
    }
}

/// Columns of chroma that one of two rows reaches.
fn either(one: &[Run], other: &[Run], found: &mut Vec<(i32, i32)>) {
    found.clear();
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    loop {
        let is_upper = match (one.peek(), other.peek()) {
            (Some(upper), Some(lower)) => upper.from <= lower.from,
            (upper, _) => upper.is_some(),
        };
        let next = if is_upper { one.next() } else { other.next() };
        let Some(run) = next else { return };
        let (from, to) = (run.from / 2, (run.to + 1) / 2);
        match found.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => found.push((from, to)),
        }
    }
}

/// A coverage of 0 to 1, more where shapes overlap and less than 0 where they turn the other way, in 255ths.
fn shade(covered: f32) -> u8 {
    byte(round_fast(covered.abs().min(1.0) * 255.0))
}

/// The cell that a column which is not negative is in.
fn floor(x: f32) -> usize {
    index(trunc(x))
}

fn column(cell: usize) -> i32 {
    i32::try_from(cell).unwrap_or(i32::MAX)
}

/// Like [`round`] for what is not negative.
fn round_fast(value: f32) -> i32 {
    trunc(value + 0.5)
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
        let square = |x: f32, y: f32| vec![(x, y), (x + 40.0, y), (x + 40.0, y + 40.0), (x, y + 40.0)];
        let triangle = vec![(10.3, 70.2), (80.3, 70.2), (10.3, 80.2)];
        let rings = [square(10.3, 10.2), square(30.3, 20.2), triangle];
        Raster::default().fill(&mut canvas, [0, 0, 100, 90], &rings, &Paint::from([255; 3]));
        let pixels = luma(&canvas) as f32 / 219.0;
        assert!((pixels - 2950.0).abs() < 5.0, "{pixels} pixels");
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
