//! Text: breaking it into lines that fit a box, and turning each word into a [`Mask`].

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};

use super::canvas::{Mask, Rect, round};

/// Inter SemiBold, cut down to Latin, Greek and Cyrillic; its licence lies beside it.
static INTER: &[u8] = include_bytes!("assets/inter-semibold-subset.otf");

/// Line distance in font heights.
const LEADING: f32 = 1.24;

/// A word with the place of its mask on the canvas.
#[derive(Debug, Clone)]
pub(in crate::agent) struct PlacedWord {
    pub(in crate::agent) mask: Mask,
    pub(in crate::agent) x: i32,
    pub(in crate::agent) y: i32,
}

/// Words set in lines, and the box they really fill.
#[derive(Debug, Clone)]
pub(in crate::agent) struct Block {
    pub(in crate::agent) words: Vec<PlacedWord>,
    pub(in crate::agent) area: Rect,
}

/// The largest and the smallest font height to try, in pixels.
#[derive(Debug, Clone, Copy)]
pub(in crate::agent) struct Sizes {
    pub(in crate::agent) largest: f32,
    pub(in crate::agent) smallest: f32,
}

pub(in crate::agent) struct Typeface {
    font: FontRef<'static>,
}

impl Typeface {
    pub(in crate::agent) fn new() -> Self {
        Self { font: FontRef::try_from_slice(INTER).expect("the embedded font is an OpenType file") }
    }

    /// Sets `text` flush left and vertically centred in `area`, as large as fits. What does not fit at the smallest
    /// size is cut with an ellipsis.
    pub(in crate::agent) fn set(&self, text: &str, area: Rect, sizes: Sizes) -> Block {
        let width = area.w as f32;
        let mut size = sizes.largest.max(sizes.smallest);
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let mut lines = self.wrap(&words, size, width);
        while size > sizes.smallest && !self.fits(&lines, size, area) {
            size = (size * 0.93).max(sizes.smallest);
            lines = self.wrap(&words, size, width);
        }
        if !self.fits(&lines, size, area) {
            let whole = words.iter().flat_map(|word| self.broken(word, size, width)).collect::<Vec<_>>();
            lines = self.wrap(&whole, size, width);
            self.shorten(&mut lines, size, area);
        }
        self.place(&lines, size, area)
    }

    fn wrap(&self, words: &[String], size: f32, width: f32) -> Vec<Vec<String>> {
        let space = self.measure(" ", size);
        let mut lines: Vec<Vec<String>> = Vec::new();
        let mut used = 0.0;
        for word in words {
            let length = self.measure(word, size);
            match lines.last_mut() {
                Some(line) if used + space + length <= width => {
                    line.push(word.clone());
                    used += space + length;
                }
                _ => {
                    lines.push(vec![word.clone()]);
                    used = length;
                }
            }
        }
        lines
    }

    fn fits(&self, lines: &[Vec<String>], size: f32, area: Rect) -> bool {
        let high_enough = lines.len() as f32 * size * LEADING <= area.h as f32;
        high_enough && lines.iter().flatten().all(|word| self.measure(word, size) <= area.w as f32)
    }

    /// A word too long for a line, in pieces that are not.
    fn broken(&self, word: &str, size: f32, width: f32) -> Vec<String> {
        let mut pieces = vec![String::new()];
        let mut used = 0.0;
        for letter in word.chars() {
            let length = self.measure(letter.encode_utf8(&mut [0; 4]), size);
            if used + length > width && used > 0.0 {
                pieces.push(String::new());
                used = 0.0;
            }
            used += length;
            pieces.last_mut().into_iter().for_each(|piece| piece.push(letter));
        }
        pieces
    }

    fn shorten(&self, lines: &mut Vec<Vec<String>>, size: f32, area: Rect) {
        let room = round((area.h as f32 / (size * LEADING)).floor()).max(1);
        let room = usize::try_from(room).unwrap_or(1);
        if lines.len() <= room {
            return;
        }
        lines.truncate(room);
        let Some(last) = lines.last_mut() else { return };
        while last.len() > 1 && self.measure(&last.join(" "), size) + self.measure("…", size) > area.w as f32 {
            last.pop();
        }
        if let Some(word) = last.last_mut() {
            while word.chars().count() > 1 && self.measure(word, size) + self.measure("…", size) > area.w as f32 {
                word.pop();
            }
            word.push('…');
        }
    }

    fn place(&self, lines: &[Vec<String>], size: f32, area: Rect) -> Block {
        let space = self.measure(" ", size);
        let height = lines.len() as f32 * size * LEADING;
        let top = area.y as f32 + ((area.h as f32 - height) / 2.0).max(0.0);
        let (mut words, mut widest) = (Vec::new(), 0.0_f32);
        for (row, line) in lines.iter().enumerate() {
            let y = round(top + row as f32 * size * LEADING);
            let mut x = area.x as f32;
            for word in line {
                words.push(PlacedWord { mask: self.mask(word, size), x: round(x), y });
                x += self.measure(word, size) + space;
            }
            widest = widest.max(x - space - area.x as f32);
        }
        Block { words, area: Rect::new(area.x, round(top), round(widest), round(height)) }
    }

    /// The width of one line of text in pixels.
    pub(in crate::agent) fn measure(&self, text: &str, size: f32) -> f32 {
        let font = self.font.as_scaled(PxScale::from(size));
        text.chars().map(|letter| font.h_advance(font.glyph_id(letter))).sum()
    }

    /// One line of text, its baseline so that the line is `LEADING` font heights high.
    pub(in crate::agent) fn mask(&self, text: &str, size: f32) -> Mask {
        let font = self.font.as_scaled(PxScale::from(size));
        let mut mask = Mask::new(round(self.measure(text, size).ceil()) + 2, round(size * LEADING).max(1));
        let baseline = font.ascent() + (size * LEADING - font.height()) / 2.0;
        let mut pen = 1.0;
        for letter in text.chars() {
            let id = font.glyph_id(letter);
            let glyph: Glyph = id.with_scale_and_position(size, point(pen, baseline));
            pen += font.h_advance(id);
            let Some(outline) = self.font.outline_glyph(glyph) else { continue };
            let (left, top) = (round(outline.px_bounds().min.x), round(outline.px_bounds().min.y));
            outline.draw(|x, y, coverage| {
                let (x, y) = (left.saturating_add_unsigned(x), top.saturating_add_unsigned(y));
                mask.cover(x, y, coverage);
            });
        }
        mask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_inside_their_box_whatever_its_size() {
        let typeface = Typeface::new();
        let texts = ["One", "A few words that need lines", &"many words ".repeat(200), &"unbroken".repeat(40)];
        for text in texts {
            for (w, h) in [(40, 16), (90, 50), (300, 120), (60, 400)] {
                let area = Rect::new(10, 20, w, h);
                let block = typeface.set(text, area, Sizes { largest: 60.0, smallest: 10.0 });
                assert!(!block.words.is_empty());
                for word in &block.words {
                    assert!(word.x >= area.x && word.x + word.mask.width <= area.x + w + 4, "{text:.20} in {w}x{h}");
                    assert!(word.y >= area.y && word.y + word.mask.height <= area.y + h + 2, "{text:.20} in {w}x{h}");
                }
            }
        }
    }

    #[test]
    fn letters_cover_pixels_and_spaces_do_not() {
        let typeface = Typeface::new();
        assert!(typeface.mask("Aж", 20.0).coverage.contains(&255));
        assert!(typeface.mask("  ", 20.0).coverage.iter().all(|coverage| *coverage == 0));
    }
}
