//! Numbers worth a picture of their own.

use super::words::{bare, is_in, is_preposition};

const CURRENCIES: &str = "euros euro dollars pounds";

/// The number of a sentence, as a counter shows it, and what it counts.
pub(super) fn figure(text: &str) -> Option<(String, String)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    (0..words.len()).find_map(|at| {
        let core = words[at]
            .trim_matches(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '%' | '$' | '€' | '£' | '+'));
        let digits: String = core.chars().filter(|letter| letter.is_ascii_digit()).collect();
        let is_number = !digits.is_empty()
            && core
                .chars()
                .all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ',' | '%' | '$' | '€' | '£' | '+'));
        if !is_number || digits.len() > 12 {
            return None;
        }
        let next = words.get(at + 1).map(|word| bare(word)).unwrap_or_default();
        let is_percent = core.ends_with('%')
            || is_in(&next, "percent per-cent")
            || words.get(at + 1).is_some_and(|word| word.starts_with('%'));
        let money = core.starts_with(['$', '€', '£']) || core.ends_with(['€', '$', '£']) || is_in(&next, CURRENCIES);
        let scale = is_in(&next, "million billion thousand");
        let is_year = digits.len() == 4 && core.len() == 4 && (core.starts_with("19") || core.starts_with("20"));
        let is_large = digits.len() >= 3 && !is_year && !core.contains(':');
        if !(is_percent || money || scale || is_large) {
            return None;
        }
        // `6 million euros` belong together.
        let currency = words.get(at + 2).map(|word| bare(word)).filter(|word| scale && is_in(word, CURRENCIES));
        let spelled = is_percent && !core.ends_with('%') || scale || is_in(&next, CURRENCIES);
        let mut number = core.trim_end_matches(['%', '.', ',']).to_owned();
        let after = at + 1 + usize::from(spelled) + usize::from(currency.is_some());
        if is_percent {
            number.push_str(" %");
        } else if spelled {
            number = format!("{number} {next}");
        }
        if let Some(currency) = currency {
            number = format!("{number} {currency}");
        }
        Some((number, label(&words, at, after)))
    })
}

/// What is counted: what follows the number, or else what comes before it. Empty if that is only a pronoun.
fn label(words: &[&str], at: usize, after: usize) -> String {
    const LONGEST: usize = 6;
    const PRONOUNS: &str = "it this that these those they we you i he she there here";
    let trim = |words: &[&str]| {
        words.join(" ").trim_matches(|letter: char| !letter.is_alphanumeric() && letter != ')').to_owned()
    };
    let follows = !words[after - 1].ends_with(['.', ',', ';', '!', '?']) && after < words.len();
    if follows {
        let rest = &words[after..];
        let end =
            rest.iter().position(|word| word.ends_with(['.', ',', ';', '!', '?'])).map_or(rest.len(), |at| at + 1);
        let rest = &rest[..end.min(LONGEST)];
        let begins = bare(rest[0]);
        let is_when = is_in(&begins, "this last next each every a per twice half");
        if !is_when && (!is_preposition(&begins) || begins == "of") {
            let mut end = rest.len();
            while end > 1 && (is_preposition(&bare(rest[end - 1])) || is_in(&bare(rest[end - 1]), "a the and")) {
                end -= 1;
            }
            return trim(&rest[..end]);
        }
    }
    let verb = words[..at].iter().skip(1).position(|word| {
        is_in(&bare(word), "is are was were rose fell grew climbed dropped reached to by has have saves cost costs stay stays remain remains start starts increased decreased the number")
    });
    let verb = verb.map(|verb| verb + 1);
    let before = &words[..verb.unwrap_or(at).min(LONGEST)];
    let is_pronoun = before.len() < 2 && before.iter().all(|word| is_in(&bare(word), PRONOUNS));
    match verb.map(|verb| bare(words[verb])) {
        Some(verb) if is_pronoun && verb.starts_with("cost") => "Price".to_owned(),
        _ if is_pronoun => String::new(),
        _ => trim(before),
    }
}
