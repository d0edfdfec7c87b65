//! A presenter who was handed in as a picture: found by the face, and shown with slow motion.

use image::RgbImage;
use image::imageops::FilterType;

use super::brush::Brush;
use super::canvas::Canvas;
use super::zones::Area;

/// The picture in the size that it is shown in, and where its face is.
pub(in crate::agent) struct Portrayed {
    picture: Canvas,
    /// The middle of the face, as shares of width and height.
    face: (f32, f32),
}

/// Pictures are looked at this small; faces are large.
const LOOK_PX: u32 = 96;

impl Portrayed {
    pub(super) fn new(picture: &RgbImage, frame: &Canvas) -> Self {
        let face = face(picture);
        // A little more than the frame, so that it stays sharp when the camera comes nearer.
        let side = |pixels: i32| pixels.max(1) as f32 * 1.2;
        let (width, height) = (picture.width().max(1) as f32, picture.height().max(1) as f32);
        let scale = (side(frame.width()) / width).max(side(frame.height()) / height).min(1.0);
        let px = |length: f32| u32::try_from(super::canvas::round(length * scale)).unwrap_or(1).max(2);
        let fitted = image::imageops::resize(picture, px(width), px(height), FilterType::CatmullRom);
        Self { picture: Canvas::from_image(&fitted), face }
    }

    /// Shows it in a rounded window, the face a little above the middle; `zoom` 1 shows as much as possible.
    pub(super) fn paint(&self, brush: &mut Brush<'_>, area: Area, radius: f32, zoom: f32, shift: (f32, f32)) {
        let [_, _, w, h] = area;
        let (pw, ph) = (self.picture.width() as f32, self.picture.height() as f32);
        // The largest part of the picture that has the window's shape.
        let (mut part_w, mut part_h) = (1.0, pw / ph * h / w);
        if part_h > 1.0 {
            (part_w, part_h) = (1.0 / part_h, 1.0);
        }
        let (part_w, part_h) = (part_w / zoom.max(1.0), part_h / zoom.max(1.0));
        let left = (self.face.0 - part_w / 2.0 + shift.0).clamp(0.0, 1.0 - part_w);
        let top = (self.face.1 - part_h * 0.42 + shift.1).clamp(0.0, 1.0 - part_h);
        brush.picture(area, radius, &self.picture, [left, top, part_w, part_h]);
    }
}

/// The middle of the largest patch of skin in the upper part, if there is one, else the middle of the upper part.
fn face(picture: &RgbImage) -> (f32, f32) {
    let small = image::imageops::thumbnail(picture, LOOK_PX, LOOK_PX);
    let (mut sum, mut x_sum, mut y_sum) = (0.0_f32, 0.0_f32, 0.0_f32);
    for (x, y, pixel) in small.enumerate_pixels() {
        let (across, down) = (x as f32 / LOOK_PX as f32, y as f32 / LOOK_PX as f32);
        if is_skin(pixel.0) && down < 0.8 {
            // Faces are near the middle and above it; hands and warm walls mostly are not.
            let weight = (1.0 - 1.4 * (across - 0.5).abs()).max(0.05) * (1.0 - 0.9 * (down - 0.36).abs()).max(0.05);
            let weight = weight * weight;
            sum += weight;
            x_sum += weight * across;
            y_sum += weight * down;
        }
    }
    let all = (LOOK_PX * LOOK_PX) as f32;
    if sum < all * 0.01 { (0.5, 0.4) } else { (x_sum / sum, (y_sum / sum).clamp(0.15, 0.7)) }
}

/// Whether a colour can be that of skin, of whatever complexion: by its chroma.
fn is_skin(rgb: [u8; 3]) -> bool {
    let [_, u, v] = super::canvas::Ink::rgb(rgb).samples();
    (80..=126).contains(&u) && (134..=172).contains(&v) && rgb[0] > 50
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn the_face_is_found_by_its_skin_and_else_taken_to_be_in_the_middle() {
        let blank = RgbImage::from_pixel(200, 100, Rgb([40, 60, 90]));
        assert_eq!(face(&blank), (0.5, 0.4));
        for skin in [[0xe8, 0xb8, 0x94], [0x8a, 0x58, 0x3a]] {
            let mut picture = blank.clone();
            for (x, y, pixel) in picture.enumerate_pixels_mut() {
                if x.abs_diff(60) < 20 && y.abs_diff(30) < 15 {
                    *pixel = Rgb(skin);
                }
            }
            let (x, y) = face(&picture);
            assert!((x - 0.3).abs() < 0.04 && (y - 0.3).abs() < 0.05, "{x} {y}");
        }
    }
}
