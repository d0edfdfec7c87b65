//! Pixels. A [`Canvas`] is one I420 picture, the form both codecs take, so that no frame is ever converted: colours are
//! turned into luma and chroma once, when an [`Ink`] is made. Whole rows are filled and copied as slices; only the
//! edges of shapes and the glyphs of text are blended pixel by pixel.

use std::ops::Range;

use image::{Rgb, RgbImage};

/// A colour as BT.601 studio-range luma and chroma.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agent) struct Ink([u8; 3]);

impl Ink {
    pub(in crate::agent) fn rgb(rgb: [u8; 3]) -> Self {
        let [r, g, b] = rgb.map(i32::from);
        Self([
            byte(16 + ((66 * r + 129 * g + 25 * b + 128) >> 8)),
            byte(128 + ((-38 * r - 74 * g + 112 * b + 128) >> 8)),
            byte(128 + ((112 * r - 94 * g - 18 * b + 128) >> 8)),
        ])
    }

    /// Luma and the two of chroma.
    pub(in crate::agent) fn samples(self) -> [u8; 3] {
        self.0
    }

    fn to_rgb(self) -> [u8; 3] {
        let [y, u, v] = self.0.map(i32::from);
        let (c, d, e) = (298 * (y - 16) + 128, u - 128, v - 128);
        [byte((c + 409 * e) >> 8), byte((c - 100 * d - 208 * e) >> 8), byte((c + 516 * d) >> 8)]
    }
}

/// A rectangle in pixels; it may hang over the canvas, which clips it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agent) struct Rect {
    pub(in crate::agent) x: i32,
    pub(in crate::agent) y: i32,
    pub(in crate::agent) w: i32,
    pub(in crate::agent) h: i32,
}

impl Rect {
    pub(in crate::agent) const fn new(x: i32, y: i32, w: i32, h: i32) -> Self {
        Self { x, y, w, h }
    }
}

/// One colour component of the picture. `scale` is 1 for luma, 2 for chroma, which has half the rows and columns.
#[derive(Debug, Clone)]
pub(in crate::agent) struct Plane {
    pub(in crate::agent) width: i32,
    pub(in crate::agent) height: i32,
    scale: i32,
    pub(in crate::agent) samples: Vec<u8>,
}

impl Plane {
    fn new(width: i32, height: i32, scale: i32, value: u8) -> Self {
        let (width, height) = ((width + scale - 1) / scale, (height + scale - 1) / scale);
        Self { width, height, scale, samples: vec![value; index(width) * index(height)] }
    }

    /// How many of the canvas's columns one of this plane's stands for.
    pub(in crate::agent) fn scale(&self) -> i32 {
        self.scale
    }

    pub(in crate::agent) fn row_mut(&mut self, y: i32, columns: Range<i32>) -> &mut [u8] {
        let start = index(y) * index(self.width);
        &mut self.samples[start + index(columns.start)..start + index(columns.end)]
    }

    fn row(&self, y: i32, columns: Range<i32>) -> &[u8] {
        let start = index(y) * index(self.width);
        &self.samples[start + index(columns.start)..start + index(columns.end)]
    }

    /// The two rows that a height lies between, to be sampled along.
    pub(in crate::agent) fn lines_at(&self, y: f32) -> Lines<'_> {
        let y = y.clamp(0.0, (self.height - 1) as f32);
        let above = round(y.floor());
        let below = (above + 1).min(self.height - 1);
        let share = round(y.fract() * 256.0);
        Lines { above: self.row(above, 0..self.width), below: self.row(below, 0..self.width), share }
    }

    /// `rect` of the canvas in this plane's own rows and columns, cut to the plane.
    fn clip(&self, rect: Rect) -> (Range<i32>, Range<i32>) {
        let cut = |from: i32, length: i32, limit: i32| {
            let start = from.div_euclid(self.scale).clamp(0, limit);
            let end = (from + length + self.scale - 1).div_euclid(self.scale);
            start..end.clamp(start, limit)
        };
        (cut(rect.y, rect.h, self.height), cut(rect.x, rect.w, self.width))
    }

    /// Fills what lies between the two sides that `extent` gives for a height on the canvas, with soft edges: four
    /// heights are taken per row, and a pixel is covered as far as those spans cover it.
    fn fill_between(&mut self, bounds: Rect, value: u8, extent: &dyn Fn(f32) -> Option<(f32, f32)>) {
        let scale = self.scale as f32;
        let (rows, columns) = self.clip(bounds);
        let (first, last) = (columns.start as f32, columns.end as f32);
        for y in rows {
            let mut spans = [(0.0_f32, 0.0_f32); 4];
            for (span, quarter) in spans.iter_mut().zip([0.125, 0.375, 0.625, 0.875]) {
                if let Some((left, right)) = extent((y as f32 + quarter) * scale) {
                    *span = ((left / scale).clamp(first, last), (right / scale).clamp(first, last));
                }
            }
            let outer = spans.iter().filter(|span| span.1 > span.0);
            let (from, to) = outer.fold((last, first), |(from, to), span| (from.min(span.0), to.max(span.1)));
            if from >= to {
                continue;
            }
            let solid_from = round(spans.iter().fold(first, |side, span| side.max(span.0)).ceil());
            let solid_to = round(spans.iter().fold(last, |side, span| side.min(span.1)).floor());
            let (from, to) = (round(from.floor()), round(to.ceil()));
            let (solid_from, solid_to) = if solid_from < solid_to { (solid_from, solid_to) } else { (to, to) };
            self.row_mut(y, solid_from..solid_to).fill(value);
            for x in (from..solid_from).chain(solid_to..to) {
                let pixel = x as f32;
                let covered = |span: &(f32, f32)| (span.1.min(pixel + 1.0) - span.0.max(pixel)).max(0.0);
                let alpha = round(spans.iter().map(covered).sum::<f32>() * 64.0);
                blend(&mut self.row_mut(y, x..x + 1)[0], value, alpha);
            }
        }
    }
}

/// Two neighbouring rows, and how far a height is from the first to the second, 0 to 256.
pub(in crate::agent) struct Lines<'a> {
    above: &'a [u8],
    below: &'a [u8],
    share: i32,
}

impl Lines<'_> {
    pub(in crate::agent) fn sample(&self, x: f32) -> u8 {
        let last = self.above.len() - 1;
        let x = x.clamp(0.0, last as f32);
        let eighths = trunc(x * 256.0);
        let (left, share) = (index(eighths >> 8), eighths & 255);
        let right = (left + 1).min(last);
        let across = |row: &[u8]| i32::from(row[left]) * (256 - share) + i32::from(row[right]) * share;
        let sum = across(self.above) * (256 - self.share) + across(self.below) * self.share;
        byte((sum + (1 << 15)) >> 16)
    }
}

/// One picture: Y, U and V planes, chroma rounded up where a side is odd.
#[derive(Debug, Clone)]
pub(in crate::agent) struct Canvas {
    pub(in crate::agent) planes: [Plane; 3],
}

impl Canvas {
    pub(in crate::agent) fn new(width: i32, height: i32) -> Self {
        let plane = |scale, value| Plane::new(width.max(1), height.max(1), scale, value);
        Self { planes: [plane(1, 16), plane(2, 128), plane(2, 128)] }
    }

    pub(in crate::agent) fn width(&self) -> i32 {
        self.planes[0].width
    }

    pub(in crate::agent) fn height(&self) -> i32 {
        self.planes[0].height
    }

    pub(in crate::agent) fn bounds(&self) -> Rect {
        Rect::new(0, 0, self.width(), self.height())
    }

    /// An ellipse around `centre`, drawn only inside `clip`.
    pub(in crate::agent) fn ellipse(&mut self, clip: Rect, centre: (f32, f32), radii: (f32, f32), ink: Ink) {
        let (top, bottom) = (round((centre.1 - radii.1).floor()), round((centre.1 + radii.1).ceil()));
        self.fill_between(clip, top..bottom, ink, &|y| {
            let rise = (y - centre.1) / radii.1;
            let half = radii.0 * (1.0 - rise * rise).max(0.0).sqrt();
            (half > 0.0).then_some((centre.0 - half, centre.0 + half))
        });
    }

    /// The band between two parallel slanted sides: at height `y` it spans `left + slant × y` and `width` more.
    pub(in crate::agent) fn slanted_band(&mut self, clip: Rect, left: f32, width: f32, slant: f32, ink: Ink) {
        self.fill_between(clip, clip.y..clip.y + clip.h, ink, &|y| Some((left + slant * y, left + slant * y + width)));
    }

    fn fill_between(&mut self, clip: Rect, rows: Range<i32>, ink: Ink, extent: &dyn Fn(f32) -> Option<(f32, f32)>) {
        let top = clip.y.max(rows.start);
        let bounds = Rect::new(clip.x, top, clip.w, (clip.y + clip.h).min(rows.end) - top);
        if bounds.h > 0 {
            for (plane, value) in self.planes.iter_mut().zip(ink.0) {
                plane.fill_between(bounds, value, extent);
            }
        }
    }

    /// Shows `share` of another picture of the same size over this one.
    pub(in crate::agent) fn dissolve(&mut self, over: &Self, share: f32) {
        let alpha = round(share * 256.0).clamp(0, 256);
        for (to, from) in self.planes.iter_mut().zip(&over.planes) {
            for (sample, other) in to.samples.iter_mut().zip(&from.samples) {
                let old = i32::from(*sample);
                *sample = byte(old + (((i32::from(*other) - old) * alpha + 128) >> 8));
            }
        }
    }

    pub(in crate::agent) fn from_image(picture: &RgbImage) -> Self {
        let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
        let mut canvas = Self::new(side(picture.width()), side(picture.height()));
        let [luma, u, v] = &mut canvas.planes;
        let half = u.width;
        for (y, row) in (0..).zip(picture.rows()) {
            for (x, pixel) in (0..).zip(row) {
                let Ink(sample) = Ink::rgb(pixel.0);
                luma.samples[index(y) * index(luma.width) + index(x)] = sample[0];
                if x % 2 == 0 && y % 2 == 0 {
                    let at = index(y / 2) * index(half) + index(x / 2);
                    u.samples[at] = sample[1];
                    v.samples[at] = sample[2];
                }
            }
        }
        canvas
    }

    pub(in crate::agent) fn to_image(&self) -> RgbImage {
        let [luma, u, v] = &self.planes;
        let side = |pixels: i32| u32::try_from(pixels).unwrap_or(0);
        RgbImage::from_fn(side(luma.width), side(luma.height), |x, y| {
            let at = y as usize * index(luma.width) + x as usize;
            let half = (y / 2) as usize * index(u.width) + (x / 2) as usize;
            Rgb(Ink([luma.samples[at], u.samples[half], v.samples[half]]).to_rgb())
        })
    }
}

/// `share` of the way from one colour to another.
pub(in crate::agent) fn mix(from: [u8; 3], to: [u8; 3], share: f32) -> [u8; 3] {
    let blend = |channel: usize| {
        let (from, to) = (f32::from(from[channel]), f32::from(to[channel]));
        byte(trunc(from + (to - from) * share + 0.5))
    };
    [blend(0), blend(1), blend(2)]
}

/// The whole part; a processor has one instruction for it.
#[expect(clippy::cast_possible_truncation, reason = "saturates, and no canvas is near that large")]
pub(in crate::agent) fn trunc(value: f32) -> i32 {
    value as i32
}

/// The nearest whole pixel.
#[expect(clippy::cast_possible_truncation, reason = "saturates, and no canvas is near that large")]
pub(in crate::agent) fn round(pixels: f32) -> i32 {
    pixels.round() as i32
}

fn blend(sample: &mut u8, value: u8, alpha: i32) {
    let old = i32::from(*sample);
    *sample = byte(old + (((i32::from(value) - old) * alpha + 128) >> 8));
}

pub(in crate::agent) fn byte(value: i32) -> u8 {
    value.clamp(0, 255) as u8
}

/// A coordinate that clipping has already made non-negative.
pub(in crate::agent) fn index(coordinate: i32) -> usize {
    usize::try_from(coordinate).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_survive_the_way_to_luma_and_chroma_and_back() {
        for colour in [[0, 0, 0], [255, 255, 255], [217, 58, 63], [31, 158, 151], [47, 111, 222]] {
            let back = Ink::rgb(colour).to_rgb();
            assert!(colour.iter().zip(back).all(|(was, is)| was.abs_diff(is) <= 4), "{colour:?} became {back:?}");
        }
    }

    #[test]
    fn shapes_hanging_over_the_edge_are_clipped() {
        let mut canvas = Canvas::new(33, 21);
        let ink = Ink::rgb([255; 3]);
        canvas.ellipse(Rect::new(-9, -9, 60, 60), (33.0, 21.0), (30.0, 50.0), ink);
        canvas.slanted_band(Rect::new(-5, -5, 100, 100), -20.0, 90.0, 0.5, ink);
        assert_eq!(canvas.to_image().dimensions(), (33, 21));
    }

    #[test]
    fn a_disc_covers_its_area() {
        let mut canvas = Canvas::new(100, 100);
        canvas.ellipse(canvas.bounds(), (50.3, 49.6), (40.0, 40.0), Ink([216, 128, 128]));
        let painted: u32 = canvas.planes[0].samples.iter().map(|luma| u32::from(*luma) - 16).sum();
        assert!((painted / 200).abs_diff(5027) < 15, "{} pixels", painted / 200);
    }

    #[test]
    fn an_image_keeps_its_colours() {
        let image = RgbImage::from_pixel(7, 5, Rgb([200, 40, 60]));
        let back = Canvas::from_image(&image).to_image();
        assert!(back.pixels().all(|pixel| pixel.0.iter().zip([200_u8, 40, 60]).all(|(is, was)| is.abs_diff(was) <= 4)));
    }
}
