//! Words: cleaning a prompt, what a word is, how long it takes to say, and setting words into sentences.
//!
//! A quoted name is one word to everything else here: its spaces are replaced by [`JOIN`] and its quotation marks by
//! [`OPEN`] and [`CLOSE`], until [`plain`] turns it back.

/// Marks of a quotation that was made one word; private use characters, which a prompt cannot bring along.
pub(super) const OPEN: char = '\u{e000}';
pub(super) const JOIN: char = '\u{e001}';
pub(super) const CLOSE: char = '\u{e002}';

/// Longer quotations than this are taken for a mark that was never closed.
const LONGEST_QUOTATION: usize = 400;

const DETERMINERS: &str = "a an the this that these those each every some any no both all another our your my his her \
    its their many several few two three four five six seven eight nine ten";
const PREPOSITIONS: &str = "of in on at by for from with without to into onto over under through across along around \
    between behind beside beyond above below near inside outside within against toward towards during before after \
    until since up down off out about as than per via past among instead while where who that which when like amid";
const CONJUNCTIONS: &str = "and or but nor so yet then";
const PLURALS: &str = "people children men women feet teeth mice geese police cattle";
const SINGULARS: &str = "bus gas lens news series chess tennis canvas atlas paris campus virus bonus focus glass \
    class physics mathematics gymnastics athletics texas brussels always mars venus christmas yes this its is was has \
    does us less plus across towards thus swiss headquarters economics politics ceramics glasses analysis basis crisis \
    oasis iris compass princess";
const ADJECTIVES: &str = "new old big small great little young fast slow warm cold hot bright dark modern good best \
    fresh clean clear soft quick calm short long high low early late red blue green black white grey gray own same \
    other first last next full free tiny huge wide deep rich fine private public local smart simple polished \
    loud open close quiet loud happy proud golden wooden real large main live daily";

/// Whether `list`, written with spaces, has this word.
pub(super) fn is_in(word: &str, list: &str) -> bool {
    // Lists are long, and most words are in none of them: so the text is searched first, and cut afterwards.
    let is_edge = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    let bytes = list.as_bytes();
    !word.is_empty()
        && list.match_indices(word).any(|(at, _)| {
            is_edge(at.checked_sub(1).and_then(|at| bytes.get(at))) && is_edge(bytes.get(at + word.len()))
        })
}

/// A word without its punctuation, in small letters.
pub(super) fn bare(word: &str) -> String {
    word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase()
}

pub(super) fn is_determiner(word: &str) -> bool {
    is_in(word, DETERMINERS)
}

pub(super) fn is_preposition(word: &str) -> bool {
    is_in(word, PREPOSITIONS)
}

pub(super) fn is_conjunction(word: &str) -> bool {
    is_in(word, CONJUNCTIONS)
}

/// Whether a word that stands before a noun only describes it.
pub(super) fn is_adjective(word: &str) -> bool {
    const NOUNS: &str = "table turntable vegetable cable stable music clinic fabric traffic picnic mechanic comic logic archive hive olive \
        dive drive five bed seed feed speed weed shed reed need fish dish finish radish family butterfly supply jelly bible people \
        plastic clinic public critic topic jive detective native executive wildlife relish";
    if is_in(word, NOUNS) {
        return false;
    }
    const ENDINGS: [&str; 11] = ["ed", "ful", "ous", "ive", "ical", "ic", "ish", "less", "able", "ible", "ly"];
    is_in(word, ADJECTIVES) || ENDINGS.iter().any(|ending| word.len() > ending.len() + 2 && word.ends_with(ending))
}

/// Whether a noun means several things.
pub(super) fn is_plural_noun(word: &str) -> bool {
    let word = word.trim_end_matches("'s").trim_end_matches("’s");
    is_in(word, PLURALS)
        || (word.len() > 2
            && word.ends_with('s')
            && !word.ends_with("ss")
            && !word.ends_with("us")
            && !is_in(word, SINGULARS))
}

/// Whether a noun phrase means several things: `rows of trees` does, `a row of trees` does not.
pub(super) fn is_plural(phrase: &str) -> bool {
    let words: Vec<String> = phrase.split_whitespace().map(bare).collect();
    let ends = |at: &usize| *at > 0 && is_preposition(&words[*at]);
    let colon = phrase.split_whitespace().position(|word| word.ends_with(':')).map_or(words.len(), |at| at + 1);
    let head = &words[..(0..colon).find(ends).unwrap_or(colon)];
    let Some(first) = head.first() else { return false };
    let is_one = is_in(first, "a an each every one this that");
    if let Some(and) = head.iter().position(|word| word == "and") {
        return !is_one || head.get(and + 1).is_some_and(|word| is_determiner(word));
    }
    if is_one {
        return false;
    }
    let counts_many = first.parse::<f32>().is_ok_and(|number| number > 1.0)
        || is_in(first, "these those many several few both two three four five six seven eight nine ten");
    counts_many || head.last().is_some_and(|last| is_plural_noun(last))
}

/// A prompt with its quotations made single words, line breaks as they are, and nothing that cannot be read.
pub(super) fn clean(prompt: &str) -> String {
    let letters: Vec<char> = prompt
        .replace("\r\n", "\n")
        .chars()
        .map(|letter| match letter {
            '\n' => '\n',
            _ if letter.is_control() || letter.is_whitespace() || is_invisible(letter) => ' ',
            _ => letter,
        })
        .collect();
    let mut text = String::with_capacity(prompt.len());
    let mut at = 0;
    while at < letters.len() {
        match quotation(&letters, at) {
            Some(end) => {
                text.push(OPEN);
                let inside: String = letters[at + 1..end].iter().collect();
                text.push_str(&inside.split_whitespace().collect::<Vec<_>>().join(&JOIN.to_string()));
                text.push(CLOSE);
                at = end + 1;
            }
            None => {
                text.push(letters[at]);
                // Scripts without spaces have them between sentences from here on.
                if matches!(letters[at], '。' | '！' | '？') {
                    text.push(' ');
                }
                at += 1;
            }
        }
    }
    text
}

/// Formatting characters, byte order marks, and private use; joiners inside of emoji do no harm by going.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{10ffff}')
}

/// Where the quotation ends that begins at `at`, if one does.
fn quotation(letters: &[char], at: usize) -> Option<usize> {
    let close = match letters[at] {
        '"' => '"',
        '\'' => '\'',
        '“' | '„' => '”',
        '‘' => '’',
        '«' => '»',
        _ => return None,
    };
    let is_alone = at == 0 || !letters[at - 1].is_alphanumeric();
    let starts_well = letters.get(at + 1).is_some_and(|letter| !letter.is_whitespace());
    if !(is_alone && starts_well) {
        return None;
    }
    let reach = letters.len().min(at + LONGEST_QUOTATION);
    let is_close = |letter: char| letter == close || (letters[at] == '„' && letter == '“');
    let end = (at + 2..reach).take_while(|here| letters[*here] != '\n').find(|here| {
        let ends_word = letters.get(here + 1).is_none_or(|next| !next.is_alphanumeric());
        is_close(letters[*here]) && ends_word
    })?;
    letters[at + 1..end].iter().any(|letter| letter.is_alphanumeric()).then_some(end)
}

/// Text as people read it: quotations are words again, without marks.
pub(super) fn plain(text: &str) -> String {
    let text = text.replace(JOIN, " ").replace([OPEN, CLOSE], "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a quotation says, if this word is one.
pub(super) fn quoted(word: &str) -> Option<String> {
    let start = word.find(OPEN)?;
    let end = word.find(CLOSE).filter(|end| *end > start)?;
    Some(plain(&word[start..end]))
}

/// The first letter made a capital one.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The first letter made small.
pub(super) fn small(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// The first letter made small, unless the word is a name or an acronym.
pub(super) fn lowered(text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default();
    let word = bare(first);
    let is_common = is_determiner(&word)
        || is_preposition(&word)
        || is_adjective(&word)
        || super::themes::is_common(&word)
        || is_in(&word, "too very such no how why what if there here it we you");
    if !is_common {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// A phrase as a sentence: capital letter, one full stop, no word twice in a row.
pub(super) fn sentence(text: &str) -> String {
    let text = plain(text);
    let text =
        text.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | ':' | '-' | '–' | '—'));
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let is_double = words.last().is_some_and(|last| {
            last.eq_ignore_ascii_case(word) && word.len() > 1 && word.chars().all(char::is_alphabetic)
        });
        if !is_double {
            words.push(word);
        }
    }
    let text = capitalised(&words.join(" "));
    let ends =
        text.trim_end_matches(['"', '”', '’', ')', '»']).ends_with(['.', '!', '?', '…', '。', '！', '？', '।', '؟']);
    if text.is_empty() || ends { text } else { format!("{}.", text.trim_end_matches([',', ';', ':'])) }
}

/// A single sentence needs no full stop on a screen.
pub(super) fn on_screen(text: &str) -> String {
    let text = plain(text);
    match text.strip_suffix('.') {
        Some(start) if !start.contains(['.', '!', '?']) => start.to_owned(),
        _ => text,
    }
}

/// `A, B and C`.
pub(super) fn listing(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first, last] => format!("{first} and {last}"),
        [most @ .., last] => format!("{}, and {last}", most.join(", ")),
    }
}

/// A sentence in pieces that can be spoken in a breath or two, and read as captions.
pub(super) fn breaths(text: &str) -> Vec<String> {
    const LONGEST: usize = 36;
    const LETTERS: usize = 320;
    if text.split_whitespace().count() <= LONGEST && text.chars().count() <= LETTERS {
        return vec![text.to_owned()];
    }
    let mut pieces = Vec::new();
    let mut open = String::new();
    let mut count = 0;
    for word in text.split_whitespace().flat_map(short) {
        let letters = open.chars().count();
        if !open.is_empty() && letters + word.chars().count() >= LETTERS {
            pieces.push(std::mem::take(&mut open));
            count = 0;
        }
        if !open.is_empty() {
            open.push(' ');
        }
        open.push_str(&word);
        count += 1;
        if count >= LONGEST || (count >= LONGEST / 2 && word.ends_with([',', ';', ':'])) {
            pieces.push(std::mem::take(&mut open));
            count = 0;
        }
    }
    if !open.is_empty() {
        pieces.push(open);
    }
    let mut said: Vec<String> = pieces.iter().map(|piece| sentence(piece)).filter(|piece| !piece.is_empty()).collect();
    said.dedup();
    said
}

/// A word in pieces that a line can hold.
fn short(word: &str) -> Vec<String> {
    const LONGEST: usize = 60;
    let letters: Vec<char> = word.chars().collect();
    letters.chunks(LONGEST).map(|piece| piece.iter().collect()).collect()
}
