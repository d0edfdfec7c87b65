//! How long words take to say, where nothing can be measured, and which language they are. What is written to last a while is read out
//! by the same measure.

/// Seconds that a syllable takes at a natural pace, and that every word takes besides its syllables.
const SYLLABLE_S: f32 = 0.165;
const WORD_S: f32 = 0.085;
/// Pauses behind a clause.
const COMMA_S: f32 = 0.16;
/// The breath after a sentence.
const BREATH_S: f32 = 0.3;
/// Most tones are spoken a little more slowly than the natural pace.
const USUAL: f32 = 1.04;
/// The longest word that is still worth saying, in syllables: beyond it is noise.
const MOST_SYLLABLES: usize = 24;

/// Seconds that a word takes by itself; 0 for one without anything to say.
pub(in crate::agent) fn word_s(word: &str) -> f32 {
    match syllables(word) {
        0 => 0.0,
        count => WORD_S + SYLLABLE_S * count as f32,
    }
}

/// Seconds of silence behind a word within its sentence.
pub(in crate::agent) fn pause_s(word: &str) -> f32 {
    let ends = word.trim_end_matches(['"', '\'', ')', '”', '’', '»']);
    if ends.ends_with([',', ';', ':', '–', '—', '.', '!', '?', '…', '、', '。', '，']) { COMMA_S } else { 0.0 }
}

/// Seconds that a sentence takes to say in a usual tone, with the breath after it; 0 for one without anything to say.
pub(in crate::agent) fn sentence_s(sentence: &str) -> f32 {
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let said_s = reading_s(&words);
    if said_s > 0.0 { said_s * USUAL + BREATH_S } else { 0.0 }
}

/// Seconds that a sentence's words take, with the pauses between them.
pub(in crate::agent) fn reading_s(words: &[&str]) -> f32 {
    let pauses_s: f32 = words.iter().rev().skip(1).map(|word| pause_s(word)).sum();
    words.iter().map(|word| word_s(word)).sum::<f32>() + pauses_s
}

/// How many syllables are spoken for a word: groups of vowels without a mute `e`, digits and signs by their names,
/// single characters of scripts that write whole syllables.
pub(in crate::agent) fn syllables(word: &str) -> usize {
    let word = word.to_lowercase();
    let (mut count, mut in_vowels, mut letters) = (0, false, 0);
    for digits in word.split(|character: char| !character.is_ascii_digit()).filter(|digits| !digits.is_empty()) {
        count += digit_syllables(digits.len());
    }
    for character in word.chars() {
        let is_vowel = is_vowel(character);
        count += match character {
            '%' => 2,
            '&' | '+' | '$' | '€' | '£' | '@' => 1,
            _ if is_syllabic(character) => 1,
            _ if is_vowel && !in_vowels => 1,
            _ => 0,
        };
        in_vowels = is_vowel;
        letters += usize::from(character.is_alphanumeric());
    }
    let bare = word.trim_matches(|character: char| !character.is_alphanumeric());
    let is_mute = bare.len() > 2
        && (bare.ends_with('e') && !bare.ends_with("le")
            || bare.ends_with("ed") && !bare.ends_with("ted") && !bare.ends_with("ded"));
    if is_mute && count > 1 && bare.is_ascii() {
        count -= 1;
    }
    if count == 0 && letters > 0 {
        count = letters.div_ceil(2);
    }
    count.min(MOST_SYLLABLES)
}

/// How many syllables a number of so many digits has: `7`, `42`, `365`, `2026`, and beyond it digit by digit.
fn digit_syllables(digits: usize) -> usize {
    match digits {
        0 | 1 => digits,
        2 => 3,
        3 => 6,
        4 => 7,
        _ => digits * 2,
    }
}

fn is_vowel(character: char) -> bool {
    matches!(
        character,
        'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'à'..='æ' | 'è'..='ï' | 'ò'..='ö' | 'ø'..='ý' | 'ă' | 'ą' | 'ę' | 'ě' | 'ı'
            | 'ő' | 'œ' | 'ů' | 'ű' | 'α' | 'ε' | 'η' | 'ι' | 'ο' | 'υ' | 'ω' | 'ά' | 'έ' | 'ή' | 'ί' | 'ό' | 'ύ' | 'ώ'
            | 'а' | 'е' | 'ё' | 'и' | 'о' | 'у' | 'ы' | 'э' | 'ю' | 'я' | 'і' | 'ї' | 'є'
    )
}

/// Scripts in which a character is a syllable: kana, Han, Hangul.
fn is_syllabic(character: char) -> bool {
    matches!(character, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Words that hardly any other language of the list has.
const TELLTALES: [(&str, &[&str]); 6] = [
    (
        "de",
        &["der", "die", "das", "und", "ist", "nicht", "ein", "eine", "mit", "für", "wir", "sie", "auf", "von", "zu"],
    ),
    (
        "fr",
        &["le", "les", "des", "et", "est", "une", "dans", "pour", "nous", "vous", "avec", "du", "sur", "qui", "pas"],
    ),
    ("es", &["el", "los", "las", "y", "es", "una", "con", "para", "por", "del", "que", "nuestro", "más", "su", "como"]),
    ("it", &["il", "gli", "di", "è", "una", "con", "per", "che", "della", "nel", "non", "sono", "più", "e", "nostra"]),
    ("pt", &["os", "uma", "com", "para", "não", "do", "da", "é", "mais", "nossa", "você", "em", "ao", "seu", "e"]),
    (
        "nl",
        &[
            "het", "een", "en", "van", "niet", "voor", "wij", "met", "zijn", "ook", "deze", "naar", "onze", "bij",
            "maar",
        ],
    ),
];
const ENGLISH: [&str; 24] = [
    "the", "and", "of", "to", "is", "with", "for", "your", "you", "we", "our", "that", "this", "it", "are", "from",
    "be", "as", "at", "on", "in", "a", "an", "by",
];

/// The language of a text by its script, or by its most frequent small words; English unless something else is obvious.
pub(in crate::agent) fn language(text: &str) -> &'static str {
    let count = |range: &[std::ops::RangeInclusive<char>]| {
        text.chars().filter(|character| range.iter().any(|part| part.contains(character))).count()
    };
    let letters = text.chars().filter(|character| character.is_alphabetic()).count();
    let scripts: [(&str, usize); 10] = [
        ("ja", count(&['\u{3041}'..='\u{30ff}'])),
        ("ko", count(&['\u{ac00}'..='\u{d7a3}'])),
        ("cmn", count(&['\u{3400}'..='\u{9fff}'])),
        ("uk", count(&['і'..='ї', 'є'..='є', 'ґ'..='ґ'])),
        ("ru", count(&['\u{400}'..='\u{4ff}'])),
        ("el", count(&['\u{370}'..='\u{3ff}'])),
        ("ar", count(&['\u{600}'..='\u{6ff}'])),
        ("he", count(&['\u{590}'..='\u{5ff}'])),
        ("hi", count(&['\u{900}'..='\u{97f}'])),
        ("ka", count(&['\u{10a0}'..='\u{10ff}'])),
    ];
    // Kana stand between Han, and the letters of Ukrainian between those of all Cyrillic: few of them tell.
    let telling = |name: &str| if matches!(name, "ja" | "uk") { letters / 25 } else { letters / 2 };
    if let Some((name, _)) = scripts.iter().find(|(name, found)| *found > telling(name)) {
        return name;
    }
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| word.trim_matches(|character: char| !character.is_alphanumeric()).to_lowercase())
        .collect();
    let hits = |list: &[&str]| words.iter().filter(|word| list.contains(&word.as_str())).count();
    let best = TELLTALES
        .iter()
        .map(|(name, list)| (hits(list), *name))
        .fold((0, "en"), |best, found| if found.0 > best.0 { found } else { best });
    if best.0 >= 3 && best.0 > 2 * hits(&ENGLISH) && best.0 * 12 >= words.len() { best.1 } else { "en" }
}

#[cfg(test)]
mod tests {
    use super::{language, sentence_s, syllables, word_s};

    #[test]
    fn syllables_are_those_that_are_spoken() {
        let known = [
            ("boat", 1),
            ("harbour", 2),
            ("lighthouse", 3),
            ("everyone", 4),
            ("turned", 1),
            ("started", 2),
            ("table", 2),
            ("museum", 2),
            ("loaves", 1),
            ("42", 2),
            ("7", 2),
            ("Größe", 2),
            ("город", 2),
            ("かな", 2),
            ("NASA", 2),
            ("x", 1),
            ("—", 0),
            ("", 0),
        ];
        for (word, expected) in known {
            let found = syllables(word);
            assert!(found.abs_diff(expected) <= 1, "{word}: {found}");
            assert_eq!(found == 0, expected == 0, "{word}");
        }
        assert!(word_s(&"x".repeat(10_000)) < 5.0, "a word without an end has one all the same");
    }

    #[test]
    fn a_sentence_takes_as_long_as_people_take() {
        let sentence =
            "Loaves leave the oven at dawn while the ferry crew picks up warm rolls for the day on the other side.";
        let rate = sentence.split(' ').count() as f32 / sentence_s(sentence);
        assert!((2.2..3.4).contains(&rate), "{rate} words a second");
        assert_eq!(sentence_s(" — "), 0.0);
    }

    #[test]
    fn other_languages_are_told_only_where_they_are_obvious() {
        assert_eq!(language("The boats leave at nine, and the captain waits for you."), "en");
        assert_eq!(language("Wir fahren mit dem Boot auf das Meer, und die Sonne ist da."), "de");
        assert_eq!(language("Nous partons avec le bateau et la mer est calme pour vous."), "fr");
        assert_eq!(language("Лодки уходят в море."), "ru");
        assert_eq!(language("Човни йдуть у море, і їх видно здалеку."), "uk");
        assert_eq!(language("船は朝に出ます。"), "ja");
        assert_eq!(language("船早上离开港口。"), "cmn");
        assert_eq!(language("Visit our café in Düsseldorf: le petit bateau."), "en");
        assert_eq!(language(""), "en");
    }
}
