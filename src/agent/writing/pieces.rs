//! Cutting a prompt into sentences and list items.

use super::words::{CLOSE, bare, is_in, quoted};

/// A sentence or an item of a list.
#[derive(Debug, Clone)]
pub(super) struct Piece<'a> {
    pub(super) words: Vec<&'a str>,
    /// The number of the scene, step or bullet that it belongs to.
    pub(super) scene: Option<u32>,
}

/// Words of a piece; more are no sentence that anybody means to be one. It bounds the time that reading takes.
const LONGEST_PIECE: usize = 120;

/// Pieces of a prompt: many times what the longest film can say.
const MOST_PIECES: usize = 1_000;

const ABBREVIATIONS: &str =
    "e.g i.e dr mr mrs ms st vs no approx prof jr sr inc ltd co dept mt ft fig z.b bzw d.h u.a sra";

/// Cuts a cleaned prompt.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut cutter = Cutter { done: Vec::new(), open: Vec::new(), scene: None, last: 0, goes_on: false };
    for line in text.split('\n') {
        let words: Vec<&str> = line.split_whitespace().collect();
        cutter.line(&words);
    }
    cutter.done.truncate(MOST_PIECES);
    cutter.done
}

struct Cutter<'a> {
    done: Vec<Piece<'a>>,
    open: Vec<&'a str>,
    scene: Option<u32>,
    last: u32,
    /// Whether the item goes on after its first sentence.
    goes_on: bool,
}

impl<'a> Cutter<'a> {
    fn line(&mut self, words: &[&'a str]) {
        let mut at = 0;
        let mut starts = true;
        while at < words.len() {
            if let Some((number, length, goes_on)) = marker(words, at, starts, self.last) {
                self.flush();
                (self.scene, self.last, self.goes_on) = (Some(number), number, goes_on);
                at += length;
                starts = false;
                continue;
            }
            let word = words[at];
            self.open.push(word);
            at += 1;
            starts = ends_sentence(word, words.get(at).copied()) || self.open.len() >= LONGEST_PIECE;
            if starts {
                self.flush();
                if !self.goes_on {
                    self.scene = None;
                }
            } else {
                starts = word.ends_with(':');
            }
        }
        self.flush();
        if !words.is_empty() {
            self.scene = None;
        }
    }

    fn flush(&mut self) {
        let is_mark = |word: &str| !word.chars().any(is_content) && !word.ends_with(['!', '?']);
        while self.open.last().is_some_and(|word| is_in(&bare(word), "and then") || is_mark(word)) {
            self.open.pop();
        }
        if self.open.iter().any(|word| word.chars().any(is_content)) {
            self.done.push(Piece { words: std::mem::take(&mut self.open), scene: self.scene });
        }
        self.open.clear();
    }
}

fn is_content(letter: char) -> bool {
    letter.is_alphanumeric() || !letter.is_ascii()
}

/// A list mark at `at`: its number, how many words it takes, and whether the item can have several sentences.
fn marker(words: &[&str], at: usize, starts: bool, last: u32) -> Option<(u32, usize, bool)> {
    let word = words[at];
    if at == 0 && matches!(word, "-" | "*" | "•" | "–" | "—" | "·" | "‣" | "▪" | "+") && words.len() > 1 {
        return Some((last + 1, 1, true));
    }
    let name = bare(word);
    if starts && is_in(&name, "scene step shot part act chapter section beat szene schritt scène escena") {
        let number: u32 = bare(words.get(at + 1)?).parse().ok().filter(|number| *number < 100)?;
        let mut end = at + 1;
        let reach = words.len().min(at + 6);
        while end < reach && !words[end].ends_with([':', '.', ')', '-', '–', '—']) {
            end += 1;
        }
        // `Scene 1 shows the harbour` has no mark after its number.
        return if end < reach { Some((number, end + 1 - at, true)) } else { Some((number, 2, true)) };
    }
    let digits = word.trim_start_matches('(').trim_end_matches([')', '.', ':']);
    let number: u32 = digits.parse().ok().filter(|number| (1..100).contains(number))?;
    let is_next = number == 1 || number == last + 1;
    let closes = word.ends_with(')');
    let stops = starts && word.ends_with(['.', ':']);
    (is_next && (closes || stops) && at + 1 < words.len()).then_some((number, 1, at == 0))
}

fn ends_sentence(word: &str, next: Option<&str>) -> bool {
    let Some(next) = next else { return true };
    let next_is_new = next.chars().find(|letter| letter.is_alphanumeric()).is_none_or(|letter| !letter.is_lowercase());
    if word.ends_with(CLOSE) {
        return next_is_new && quoted(word).is_some_and(|text| text.ends_with(['.', '!', '?', '…']));
    }
    let core = word.trim_end_matches([')', '"', '”', '’']);
    if core.ends_with(['!', '?', '。', '！', '？', '…', '।', '؟']) {
        return true;
    }
    let Some(stem) = core.strip_suffix('.') else { return false };
    let letters = stem.trim_start_matches(['(', '"']).to_lowercase();
    let is_initial =
        letters.chars().count() == 1 && stem.chars().all(char::is_alphabetic) && stem.chars().all(char::is_uppercase);
    let is_half = is_in(&letters, "a.m p.m etc u.s") && !next_is_new;
    !(is_initial || is_half || is_in(&letters, ABBREVIATIONS))
}

/// Cuts at semicolons if there are any, else at commas and before `then`; `and` before the last item goes.
pub(super) fn items<'a>(words: &[&'a str]) -> Vec<Vec<&'a str>> {
    let by_semicolon = words.iter().any(|word| word.ends_with(';'));
    let mut found: Vec<Vec<&'a str>> = vec![Vec::new()];
    for (at, word) in words.iter().enumerate() {
        let is_then = bare(word) == "then" && !by_semicolon;
        if is_then && found.last().is_some_and(|item| !item.is_empty()) {
            found.push(Vec::new());
        }
        if let Some(item) = found.last_mut() {
            item.push(word);
        }
        let cuts = if by_semicolon { word.ends_with(';') } else { word.ends_with(',') };
        if cuts && at + 1 < words.len() {
            found.push(Vec::new());
        }
    }
    for item in &mut found {
        while item.len() > 1 && is_in(&bare(item[0]), "and then or plus finally next") {
            item.remove(0);
        }
        if item.len() > 1 && item.last().is_some_and(|word| is_in(&bare(word), "and then")) {
            item.pop();
        }
    }
    found.retain(|item| item.iter().any(|word| word.chars().any(is_content)));
    found
}
