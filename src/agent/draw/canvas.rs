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
    fn an_image_keeps_its_colours() {
        let image = RgbImage::from_pixel(7, 5, Rgb([200, 40, 60]));
        let back = Canvas::from_image(&image).to_image();
        assert!(back.pixels().all(|pixel| pixel.0.iter().zip([200_u8, 40, 60]).all(|(is, was)| is.abs_diff(was) <= 4)));
    }
}
