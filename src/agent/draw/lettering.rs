//! Letters as outlines, and lines that fit a box: text that does not fit gets smaller first and is shortened then.

use std::cell::RefCell;
use std::collections::HashMap;

use ab_glyph::{Font, FontRef, OutlineCurve};

use super::paint::Point;
use super::path::{Affine, Path};

/// Inter SemiBold, cut down to Latin, Greek and Cyrillic; its licence lies beside it.
static INTER: &[u8] = include_bytes!("assets/inter-semibold-subset.otf");

/// Line distance in font sizes.
pub(in crate::agent) const LEADING: f32 = 1.22;
/// What a letter that the font lacks takes, in font sizes.
const UNKNOWN: f32 = 0.62;

/// The typeface. Sizes are in a brush's units; one unit of the outlines is the font size.
pub(in crate::agent) struct Letters {
    font: FontRef<'static>,
    per_em: f32,
    glyphs: RefCell<HashMap<char, Glyph>>,
}

struct Glyph {
    path: Path,
    advance: f32,
}

/// A word with its place on its line.
#[derive(Debug, Clone)]
pub(in crate::agent) struct SetWord {
    pub(in crate::agent) text: String,
    pub(in crate::agent) x: f32,
    /// Its number among all words of the text.
    pub(in crate::agent) number: usize,
}

#[derive(Debug, Clone)]
pub(in crate::agent) struct SetLine {
    pub(in crate::agent) words: Vec<SetWord>,
    pub(in crate::agent) baseline: f32,
    pub(in crate::agent) width: f32,
}

/// Text set in lines, and the box it fills.
#[derive(Debug, Clone)]
pub(in crate::agent) struct Setting {
    pub(in crate::agent) lines: Vec<SetLine>,
    pub(in crate::agent) size: f32,
    pub(in crate::agent) x: f32,
    pub(in crate::agent) y: f32,
    pub(in crate::agent) w: f32,
    pub(in crate::agent) h: f32,
}

/// How lines stand in their box: 0 is left or top, 0.5 the middle, 1 right or bottom.
#[derive(Debug, Clone, Copy)]
pub(in crate::agent) struct Align {
    pub(in crate::agent) across: f32,
    pub(in crate::agent) down: f32,
}

impl Letters {
    pub(in crate::agent) fn new() -> Self {
        let font = FontRef::try_from_slice(INTER).expect("the embedded font is an OpenType file");
        let per_em = font.units_per_em().unwrap_or(1000.0);
        Self { font, per_em, glyphs: RefCell::default() }
    }

    /// What of a text can be shown: typographic variants become plain, pictographs and marks without a letter vanish.
    pub(in crate::agent) fn plain(text: &str) -> String {
        text.chars()
            .filter_map(|letter| match letter {
                '\u{2010}' | '\u{2011}' | '\u{2212}' => Some('-'),
                '\u{a0}' | '\u{2009}' | '\u{202f}' => Some(' '),
                '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => None,
                _ if letter.is_control() && !letter.is_whitespace() => None,
                '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' => None,
                other => Some(other),
            })
            .collect()
    }

    fn with_glyph<T>(&self, letter: char, take: impl FnOnce(&Glyph) -> T) -> T {
        take(self.glyphs.borrow_mut().entry(letter).or_insert_with(|| self.drawn(letter)))
    }

    fn drawn(&self, letter: char) -> Glyph {
        let id = self.font.glyph_id(letter);
        if id.0 == 0 && !letter.is_whitespace() {
            // Writing that the font does not have is hinted at, as typesetters do in a draft: a bar for each letter.
            let (left, right) = (0.03, UNKNOWN - 0.03);
            let bar = Path::new().to(left, -0.62).to(right, -0.62).to(right, -0.06).to(left, -0.06);
            return Glyph { path: bar, advance: UNKNOWN };
        }
        let at = |x: f32, y: f32| -> Point { (x / self.per_em, -y / self.per_em) };
        let mut path = Path::new();
        let mut pen = None;
        for curve in self.font.outline(id).map(|outline| outline.curves).unwrap_or_default() {
            let (from, to) = match &curve {
                OutlineCurve::Line(from, to) => (*from, *to),
                OutlineCurve::Quad(from, _, to) | OutlineCurve::Cubic(from, _, _, to) => (*from, *to),
            };
            if pen != Some((from.x, from.y)) {
                let from = at(from.x, from.y);
                path = path.start(from.0, from.1);
            }
            pen = Some((to.x, to.y));
            let end = at(to.x, to.y);
            path = match curve {
                OutlineCurve::Line(..) => path.to(end.0, end.1),
                OutlineCurve::Quad(_, by, _) => path.quad(at(by.x, by.y), end),
                OutlineCurve::Cubic(_, by, and, _) => path.cubic(at(by.x, by.y), at(and.x, and.y), end),
            };
        }
        Glyph { path, advance: self.font.h_advance_unscaled(id) / self.per_em }
    }

    /// The outlines of one line, its baseline's start at the origin of `place` and its size 1.
    pub(in crate::agent) fn outline(&self, text: &str, place: Affine) -> Vec<Vec<Point>> {
        let (mut rings, mut pen) = (Vec::new(), 0.0);
        for letter in text.chars() {
            pen += self.with_glyph(letter, |glyph| {
                rings.extend(glyph.path.flatten(place.after(Affine::moved(pen, 0.0))));
                glyph.advance
            });
        }
        rings
    }

    /// The width of one line.
    pub(in crate::agent) fn measure(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|letter| self.with_glyph(letter, |glyph| glyph.advance)).sum::<f32>() * size
    }

    /// Sets `text` in the box `[x, y, w, h]` as large as fits, between `largest` and `smallest`, on at most `rows`
    /// lines.
    pub(in crate::agent) fn set(
        &self,
        text: &str,
        area: [f32; 4],
        (largest, smallest): (f32, f32),
        rows: usize,
        align: Align,
    ) -> Setting {
        let text = Self::plain(text);
        let words: Vec<&str> = text.split_whitespace().collect();
        let [_, _, w, h] = area;
        let mut size = largest.max(smallest);
        loop {
            let room = rows.min(lines_in(h, size));
            let lines = self.wrapped(&words, size, w);
            let is_wide = words.iter().any(|word| self.measure(word, size) > w);
            if lines.len() <= room && !is_wide {
                return self.placed(&self.balanced(&words, size, w, lines.len()), area, size, align);
            }
            if size <= smallest {
                let lines = self.shortened(lines, room.max(1), size, w);
                return self.placed(&lines, area, size, align);
            }
            size = (size * 0.94).max(smallest);
        }
    }

    fn wrapped(&self, words: &[&str], size: f32, width: f32) -> Vec<Vec<String>> {
        let space = self.measure(" ", size);
        let (mut lines, mut used): (Vec<Vec<String>>, f32) = (Vec::new(), 0.0);
        for word in words {
            let length = self.measure(word, size);
            match lines.last_mut() {
                Some(line) if used + space + length <= width => {
                    line.push((*word).to_owned());
                    used += space + length;
                }
                _ => {
                    lines.push(vec![(*word).to_owned()]);
                    used = length;
                }
            }
        }
        lines
    }

    /// As many lines, of more equal length.
    fn balanced(&self, words: &[&str], size: f32, width: f32, rows: usize) -> Vec<Vec<String>> {
        let mut best = self.wrapped(words, size, width);
        let mut narrow = width;
        for _ in 0..12 {
            narrow *= 0.94;
            let lines = self.wrapped(words, size, narrow);
            let is_wide = words.iter().any(|word| self.measure(word, size) > narrow);
            if lines.len() > rows || is_wide {
                break;
            }
            best = lines;
        }
        best
    }

    fn shortened(&self, mut lines: Vec<Vec<String>>, rows: usize, size: f32, width: f32) -> Vec<Vec<String>> {
        let is_cut = lines.len() > rows;
        lines.truncate(rows);
        for line in &mut lines {
            for word in line.iter_mut() {
                if self.measure(word, size) > width {
                    while word.chars().count() > 1 && self.measure(word, size) + self.measure("…", size) > width {
                        word.pop();
                    }
                    word.push('…');
                }
            }
        }
        if let Some(last) = lines.last_mut().filter(|_| is_cut) {
            while last.len() > 1 && self.measure(&last.join(" "), size) + self.measure("…", size) > width {
                last.pop();
            }
            if let Some(word) = last.last_mut().filter(|word| !word.ends_with('…')) {
                word.push('…');
            }
        }
        lines
    }

    fn placed(&self, lines: &[Vec<String>], [x, y, w, h]: [f32; 4], size: f32, align: Align) -> Setting {
        let space = self.measure(" ", size);
        let height = lines.len() as f32 * size * LEADING;
        let top = y + (h - height) * align.down;
        let (mut set, mut number) = (Vec::new(), 0);
        for (row, line) in lines.iter().enumerate() {
            let width = self.measure(&line.join(" "), size);
            let mut pen = x + (w - width) * align.across;
            let mut words = Vec::new();
            for word in line {
                let length = self.measure(word, size);
                words.push(SetWord { text: word.clone(), x: pen, number });
                pen += length + space;
                number += 1;
            }
            // Capitals of this font are 0.73 high: so they stand in the middle of their line.
            let baseline = top + (row as f32 + 0.5) * size * LEADING + size * 0.36;
            set.push(SetLine { words, baseline, width });
        }
        let wide = set.iter().map(|line| line.width).fold(0.0, f32::max);
        Setting { lines: set, size, x: x + (w - wide) * align.across, y: top, w: wide, h: height }
    }
}

fn lines_in(height: f32, size: f32) -> usize {
    usize::try_from(super::canvas::round((height / (size * LEADING) + 0.02).floor())).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_inside_their_box_whatever_its_size() {
        let letters = Letters::new();
        let texts =
            ["One", "A few words that need lines", &"many words ".repeat(99), &"unbroken".repeat(40), "日本語 🎉"];
        for text in texts {
            for (w, h) in [(40.0, 16.0), (90.0, 50.0), (20.0, 90.0)] {
                let align = Align { across: 0.5, down: 0.5 };
                let set = letters.set(text, [10.0, 20.0, w, h], (30.0, 3.0), 9, align);
                assert!(!set.lines.is_empty(), "{text:.20}");
                assert!(set.x >= 9.9 && set.x + set.w <= 10.1 + w, "{text:.20} in {w}x{h}: {}", set.w);
                assert!(set.y >= 19.9 && set.y + set.h <= 20.1 + h, "{text:.20} in {w}x{h}: {}", set.h);
            }
        }
    }

    #[test]
    fn pictographs_vanish_and_variants_become_plain() {
        assert_eq!(Letters::plain("Go\u{2011}to 🚀 e\u{301}t\u{a0}al"), "Go-to  et al");
        assert!(!Letters::new().outline("日", Affine::IDENTITY).is_empty());
    }
}
