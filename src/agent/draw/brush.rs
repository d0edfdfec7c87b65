//! A [`Brush`] paints shapes onto a canvas in units of its own: the shorter side of the picture is 100 of them, so that
//! what is drawn once fits every size. Camera moves are a change of its coordinates, never a resampling of pixels.

use super::canvas::{Canvas, round};
use super::fill::Laid;
use super::lettering::{Letters, Setting};
use super::paint::{Paint, Point, Shape};
use super::path::{Affine, Path, oval, stroke, taper};
use super::raster::{Clip, Raster};

/// Units along the shorter side.
pub(in crate::agent) const SHORT: f32 = 100.0;

pub(in crate::agent) struct Brush<'a> {
    canvas: &'a mut Canvas,
    raster: &'a mut Raster,
    letters: &'a Letters,
    clip: Clip,
    place: Affine,
    opacity: f32,
    /// The picture's width and height in units.
    pub(in crate::agent) w: f32,
    pub(in crate::agent) h: f32,
}

/// Pixels per unit of a picture.
pub(in crate::agent) fn unit_px(canvas: &Canvas) -> f32 {
    canvas.width().min(canvas.height()) as f32 / SHORT
}

impl<'a> Brush<'a> {
    pub(in crate::agent) fn new(canvas: &'a mut Canvas, raster: &'a mut Raster, letters: &'a Letters) -> Self {
        let unit = unit_px(canvas);
        let (width, height) = (canvas.width(), canvas.height());
        Self {
            canvas,
            raster,
            letters,
            clip: [0, 0, width, height],
            place: Affine::scaled(unit, unit),
            opacity: 1.0,
            w: width as f32 / unit,
            h: height as f32 / unit,
        }
    }

    /// Paints with other coordinates: what is at `inner` of them lies at `place` of the present ones.
    pub(in crate::agent) fn within(&mut self, place: Affine, paint: impl FnOnce(&mut Brush<'_>)) {
        self.changed(self.place.after(place), self.opacity, self.clip, (self.w, self.h), paint);
    }

    pub(in crate::agent) fn at(&mut self, x: f32, y: f32, scale: f32, paint: impl FnOnce(&mut Brush<'_>)) {
        self.within(Affine::moved(x, y).after(Affine::scaled(scale, scale)), paint);
    }

    pub(in crate::agent) fn turned(&mut self, x: f32, y: f32, angle: f32, paint: impl FnOnce(&mut Brush<'_>)) {
        self.within(Affine::moved(x, y).after(Affine::turned(angle)), paint);
    }

    pub(in crate::agent) fn faded(&mut self, opacity: f32, paint: impl FnOnce(&mut Brush<'_>)) {
        if opacity > 0.004 {
            self.changed(self.place, self.opacity * opacity.min(1.0), self.clip, (self.w, self.h), paint);
        }
    }

    /// Paints nothing outside of a rectangle, whose place and size become those of the whole picture if `as_whole`.
    pub(in crate::agent) fn clipped(&mut self, [x, y, w, h]: [f32; 4], paint: impl FnOnce(&mut Brush<'_>)) {
        let (from, to) = (self.place.apply((x, y)), self.place.apply((x + w, y + h)));
        let [left, top, right, bottom] = self.clip;
        let even = |pixels: f32| round(pixels) & !1;
        let clip = [
            left.max(even(from.0)),
            top.max(even(from.1)),
            right.min(if to.0 >= right as f32 - 1.0 { right } else { even(to.0) }),
            bottom.min(if to.1 >= bottom as f32 - 1.0 { bottom } else { even(to.1) }),
        ];
        if clip[0] < clip[2] && clip[1] < clip[3] {
            self.changed(self.place, self.opacity, clip, (self.w, self.h), paint);
        }
    }

    /// A picture in the picture: clipped to a rectangle, whose shorter side is 100 units again.
    pub(in crate::agent) fn framed(&mut self, rect: [f32; 4], paint: impl FnOnce(&mut Brush<'_>)) {
        let [x, y, w, h] = rect;
        let unit = w.min(h) / SHORT;
        let place = self.place.after(Affine::moved(x, y).after(Affine::scaled(unit, unit)));
        self.clipped(rect, |brush| {
            let (opacity, clip) = (brush.opacity, brush.clip);
            brush.changed(place, opacity, clip, (w / unit, h / unit), paint);
        });
    }

    fn changed(
        &mut self,
        place: Affine,
        opacity: f32,
        clip: Clip,
        (w, h): (f32, f32),
        paint: impl FnOnce(&mut Brush<'_>),
    ) {
        let (canvas, raster) = (&mut *self.canvas, &mut *self.raster);
        paint(&mut Brush { canvas, raster, letters: self.letters, clip, place, opacity, w, h });
    }

    /// How many pixels a length has.
    pub(in crate::agent) fn pixels(&self, units: f32) -> f32 {
        units * self.place.scale()
    }

    pub(in crate::agent) fn letters(&self) -> &'a Letters {
        self.letters
    }

    fn rings(&mut self, rings: &[Vec<Point>], paint: Paint) {
        if is_invisible(rings) {
            return;
        }
        let mut paint = if self.opacity < 1.0 { paint.alpha(self.opacity) } else { paint };
        let place = self.place;
        paint.shape = match paint.shape {
            Shape::Flat => Shape::Flat,
            Shape::Linear(from, to) => Shape::Linear(place.apply(from), place.apply(to)),
            Shape::Radial(centre, radius) => Shape::Radial(place.apply(centre), radius * place.scale()),
            Shape::Glow(centre, radius) => Shape::Glow(place.apply(centre), radius * place.scale()),
        };
        self.raster.fill(self.canvas, self.clip, rings, &paint);
    }

    pub(in crate::agent) fn path(&mut self, path: &Path, paint: impl Into<Paint>) {
        let rings = path.flatten(self.place);
        self.rings(&rings, paint.into());
    }

    pub(in crate::agent) fn poly(&mut self, points: &[Point], paint: impl Into<Paint>) {
        let ring = points.iter().map(|point| self.place.apply(*point)).collect();
        self.rings(&[ring], paint.into());
    }

    pub(in crate::agent) fn rect(&mut self, x: f32, y: f32, w: f32, h: f32, paint: impl Into<Paint>) {
        self.poly(&[(x, y), (x + w, y), (x + w, y + h), (x, y + h)], paint);
    }

    /// Many rectangles in one colour, which costs much less than one after the other.
    pub(in crate::agent) fn rects(&mut self, rects: &[[f32; 4]], paint: impl Into<Paint>) {
        let corners = |[x, y, w, h]: &[f32; 4]| [(*x, *y), (x + w, *y), (x + w, y + h), (*x, y + h)];
        let rings: Vec<Vec<Point>> =
            rects.iter().map(|rect| corners(rect).map(|corner| self.place.apply(corner)).to_vec()).collect();
        self.rings(&rings, paint.into());
    }

    /// Fills the whole clip, wherever the camera is.
    pub(in crate::agent) fn everything(&mut self, paint: impl Into<Paint>) {
        let [left, top, right, bottom] = self.clip.map(|side| side as f32);
        self.rings(&[vec![(left, top), (right, top), (right, bottom), (left, bottom)]], paint.into());
    }

    pub(in crate::agent) fn round_rect(&mut self, [x, y, w, h]: [f32; 4], radius: f32, paint: impl Into<Paint>) {
        let ring = self.rounded([x, y, w, h], radius);
        self.rings(&[ring], paint.into());
    }

    fn rounded(&self, [x, y, w, h]: [f32; 4], radius: f32) -> Vec<Point> {
        let radius = radius.min(w / 2.0).min(h / 2.0).max(0.0);
        let steps = u16::try_from(round(2.0 + self.pixels(radius).sqrt()).clamp(2, 24)).unwrap_or(8);
        let corners = [
            (x + w - radius, y + radius),
            (x + w - radius, y + h - radius),
            (x + radius, y + h - radius),
            (x + radius, y + radius),
        ];
        let mut ring = Vec::new();
        for (quarter, corner) in (0_u8..).zip(corners) {
            for step in 0..=steps {
                let angle =
                    (f32::from(step) / f32::from(steps) + f32::from(quarter) - 1.0) * std::f32::consts::FRAC_PI_2;
                let (sine, cosine) = angle.sin_cos();
                ring.push(self.place.apply((corner.0 + radius * cosine, corner.1 + radius * sine)));
            }
        }
        ring
    }

    pub(in crate::agent) fn circle(&mut self, x: f32, y: f32, radius: f32, paint: impl Into<Paint>) {
        self.ellipse(x, y, radius, radius, paint);
    }

    pub(in crate::agent) fn ellipse(&mut self, x: f32, y: f32, rx: f32, ry: f32, paint: impl Into<Paint>) {
        let ring = oval((x, y), (rx, ry), self.place);
        self.rings(&[ring], paint.into());
    }

    /// Soft light around a point.
    pub(in crate::agent) fn glow(&mut self, x: f32, y: f32, radius: f32, colour: [u8; 3], alpha: f32) {
        let light = Paint { shape: Shape::Glow((x, y), radius), ..Paint::from(colour) };
        self.circle(x, y, radius, light.alpha(alpha));
    }

    pub(in crate::agent) fn line(&mut self, points: &[Point], width: f32, paint: impl Into<Paint>) {
        let rings = stroke(points, width, self.place);
        self.rings(&rings, paint.into());
    }

    /// A smooth line through points.
    pub(in crate::agent) fn curve(&mut self, points: &[Point], width: f32, paint: impl Into<Paint>) {
        let reach =
            points.windows(2).map(|pair| (pair[0].0 - pair[1].0).hypot(pair[0].1 - pair[1].1)).fold(0.0, f32::max);
        let pieces = u16::try_from(round(self.pixels(reach) / 5.0).clamp(2, 12)).unwrap_or(6);
        self.line(&Path::smooth_line(points, pieces), width, paint);
    }

    pub(in crate::agent) fn taper(&mut self, points: &[Point], from: f32, to: f32, paint: impl Into<Paint>) {
        let rings = taper(points, from, to, self.place);
        self.rings(&rings, paint.into());
    }

    /// Part of a ring, from `start` to `end`, in turns clockwise from the top.
    pub(in crate::agent) fn arc(
        &mut self,
        centre: Point,
        radius: f32,
        (start, end): (f32, f32),
        width: f32,
        paint: impl Into<Paint>,
    ) {
        let steps = u16::try_from(round(6.0 + (end - start).abs() * 60.0).clamp(2, 90)).unwrap_or(30);
        let points: Vec<Point> = (0..=steps)
            .map(|step| {
                let turn = start + (end - start) * f32::from(step) / f32::from(steps) - 0.25;
                let (sine, cosine) = (turn * std::f32::consts::TAU).sin_cos();
                (centre.0 + radius * cosine, centre.1 + radius * sine)
            })
            .collect();
        self.line(&points, width, paint);
    }

    /// A rounded window on a picture: `(0, 0, 1, 1)` of `part` would be all of it.
    pub(in crate::agent) fn picture(&mut self, rect: [f32; 4], radius: f32, picture: &Canvas, part: [f32; 4]) {
        let ring = self.rounded(rect, radius);
        let from = self.place.apply((rect[0], rect[1]));
        let scale = part[2] * picture.width() as f32 / self.pixels(rect[2]).max(1e-3);
        let dx = part[0] * picture.width() as f32 - from.0 * scale;
        let dy = part[1] * picture.height() as f32 - from.1 * scale;
        let laid = Laid { picture, scale, dx, dy };
        self.raster.show(self.canvas, self.clip, &[ring], laid, self.opacity);
    }

    /// Writes lines that have been set. Too small to be read, they are left out.
    pub(in crate::agent) fn write(&mut self, setting: &Setting, paint: impl Into<Paint>) {
        let paint = paint.into();
        for line in &setting.lines {
            for word in &line.words {
                self.word(&word.text, (word.x, line.baseline), setting.size, paint);
            }
        }
    }

    pub(in crate::agent) fn word(&mut self, text: &str, (x, baseline): Point, size: f32, paint: impl Into<Paint>) {
        if self.pixels(size) < 3.0 {
            return;
        }
        let place = self.place.after(Affine::moved(x, baseline).after(Affine::scaled(size, size)));
        let rings = self.letters.outline(text, place);
        self.rings(&rings, paint.into());
    }
}

/// A third of a pixel in each direction leaves no trace: small films are spared most of their details.
const LEAST_PX: f32 = 0.34;

fn is_invisible(rings: &[Vec<Point>]) -> bool {
    let mut points = rings.iter().flatten();
    let Some(first) = points.next() else { return true };
    points.all(|point| (point.0 - first.0).abs() < LEAST_PX && (point.1 - first.1).abs() < LEAST_PX)
}
