//! Phrases: what is seen, said, listed and asked for, out of the words of a prompt.

use super::clauses::{is_style_phrase, without_shot};
use super::notes::Phrase;
use super::pieces::items;
use super::subject;
use super::verbs;
use super::words::{bare, is_determiner, is_in, is_plural, listing, lowered, plain, quoted, sentence};

pub(super) fn phrase_text(words: &[&str]) -> String {
    let text = plain(&words.join(" "));
    text.trim_end_matches(['.', ',', ';', ':', '!']).to_owned()
}

/// Sentences of what is seen.
pub(super) fn phrases(words: &[&str], each: bool) -> Vec<Phrase> {
    let (words, _) = without_shot(words);
    let words = words.as_slice();
    // `The baker greets the camera` is acted, not told.
    if words.iter().any(|word| bare(word) == "camera") {
        return Vec::new();
    }
    let Some(first) = words.first().map(|word| bare(word)) else { return Vec::new() };
    if is_in(&first, "how why what") {
        return vec![Phrase::Way(phrase_text(words))];
    }
    let parts = items(words);
    let acts = |part: &Vec<&str>| verbs::gerund(part).is_some();
    // `Technicians climbing a tower, checking blades, and drinking coffee` is about the same technicians.
    let goes_on = parts.iter().skip(1).any(|part| {
        let first = bare(part[0]);
        first.ends_with("ing") && verbs::base_of_ing(&first).is_some_and(|base| verbs::is_verb(&base))
    });
    // `A chart comparing a whale to a bus, an elephant and a diver` compares to all of them.
    let joins = words.iter().any(|word| bare(word) == "and");
    let goes_on = goes_on || !each && joins && parts.iter().skip(1).all(|part| !acts(part));
    if parts.len() > 1 && !(goes_on && acts(&parts[0])) && (each || parts[..parts.len() - 1].iter().any(acts)) {
        return parts
            .iter()
            .filter(|part| each || !is_style_phrase(part))
            .flat_map(|part| phrases(part, false))
            .collect();
    }
    let text = phrase_text(words);
    if verbs::finite(words).is_some() {
        return vec![Phrase::Said(sentence(&text))];
    }
    let is_bare_gerund = first.ends_with("ing")
        && words.len() > 1
        && verbs::base_of_ing(&first).is_some_and(|base| verbs::is_verb(&base));
    if is_bare_gerund && is_determiner(&bare(words[1])) {
        let base = verbs::base_of_ing(&first).unwrap_or_default();
        return vec![Phrase::Said(sentence(&format!("{base} {}", phrase_text(&words[1..]))))];
    }
    let words: Vec<&str> = text.split(' ').collect();
    match verbs::told(&words, verbs::gerund(&words).is_some_and(|at| is_plural(&words[..at].join(" ")))) {
        Some(told) => {
            let at = verbs::gerund(&words).unwrap_or(0);
            let does: Vec<&str> = told.split(' ').skip(at).collect();
            let who = articled(&lowered(&words[..at].join(" ")));
            vec![Phrase::Said(sentence(&format!("{who} {}", does.join(" "))))]
        }
        None => vec![Phrase::Seen(text)],
    }
}

/// `famous comets: Halley, Encke` with its `and`.
pub(super) fn named(words: &[&str]) -> String {
    let colon = words.iter().position(|word| word.ends_with(':')).map_or(0, |at| at + 1);
    let names: Vec<String> = items(&words[colon..]).iter().map(|item| phrase_text(item)).collect();
    format!("{} {}", words[..colon].join(" "), listing(&names)).trim().to_owned()
}

/// Short words for the pictures of a montage.
pub(super) fn labels(words: &[&str]) -> Vec<String> {
    items(words).iter().filter(|item| item.len() <= 6).map(|item| phrase_text(&without_shot(item).0)).collect()
}

/// `A and B` as an item of a list of two.
pub(super) fn split_pair(words: &[&str]) -> Vec<String> {
    let and = words.iter().position(|word| bare(word) == "and").filter(|at| *at > 0 && *at + 1 < words.len());
    match and {
        Some(at) if words.len() > 4 || words.len() == 3 => {
            vec![phrase_text(&words[..at]), phrase_text(&words[at + 1..])]
        }
        _ => vec![phrase_text(words)],
    }
}

/// `… inviting viewers to book a table` as `Book a table.`
pub(super) fn call(words: &[&str]) -> Option<String> {
    const ASKS: &str = "invite inviting invites ask asking asks encourage encouraging encourages urge urging urges remind reminding reminds \
        tell telling tells prompting prompt get action call-to-action cta challenge reminder invitation";
    let letters: Vec<String> = words.iter().map(|word| bare(word)).collect();
    let asks = letters.iter().position(|word| is_in(word, ASKS))?;
    if let Some(text) = words[asks..].iter().take(3).find_map(|word| quoted(word)) {
        return Some(sentence(&text));
    }
    // `Remind everyone of the meeting` is to be remembered.
    let of = (asks + 1..letters.len().min(asks + 4)).find(|at| is_in(&letters[*at], "of about"));
    if let Some(of) = of.filter(|of| letters[asks].starts_with("remind") && of + 1 < words.len()) {
        return Some(sentence(&format!("remember {}", words[of + 1..].join(" "))));
    }
    let to = (asks + 1..letters.len().min(asks + 8)).find(|at| {
        letters[*at] == "to" && letters.get(at + 1).is_some_and(|next| next != "action" && next != "camera")
    })?;
    let rest = subject::without_style(&words[to + 1..]);
    let first = bare(rest.first()?);
    let mut said: Vec<String> = Vec::new();
    if is_determiner(&first) || quoted(rest[0]).is_some() || is_in(&first, "our") {
        said.push("Come to".to_owned());
    }
    for word in &rest {
        let swapped = match bare(word).as_str() {
            "their" => word.replace("their", "your"),
            "themselves" => word.replace("themselves", "yourself"),
            _ => (*word).to_owned(),
        };
        said.push(swapped);
    }
    Some(sentence(&said.join(" ")))
}

/// What a last picture is to say: what the words ask for, and what they quote.
pub(super) fn closing_lines(words: &[&str]) -> Vec<String> {
    const ASKED: [(&str, &str); 9] = [
        ("opening hours", "Opening hours"),
        ("address", "Address"),
        ("date", "Date"),
        ("location", "Location"),
        ("website", "Website"),
        ("phone number", "Phone"),
        ("price", "Price"),
        ("tickets", "Tickets"),
        ("qr code", "QR code"),
    ];
    let text = format!(" {} ", words.iter().map(|word| bare(word)).collect::<Vec<_>>().join(" "));
    let mut lines: Vec<String> = words.iter().filter_map(|word| quoted(word)).collect();
    lines.extend(
        ASKED.iter().filter(|(asked, _)| text.contains(&format!(" {asked} "))).map(|(_, line)| (*line).to_owned()),
    );
    lines
}

/// With the article that notes leave out: `runner at night` is a runner at night, `warm light` stays what it is.
pub(super) fn articled(text: &str) -> String {
    const MASS: &str = "bread water steam light rain snow smoke music dough oil sand fire wind sunlight moonlight fog dust air wine coffee \
        safety security tea milk paper glass traffic ink hair food soup rice flour butter cheese sugar salt wood metal steel leather cotton \
        wool gold silver ice gas energy electricity power space time life work art history nature grass moss soil \
        clay lava foam fur laughter applause silence darkness weather thunder lightning jewelry jewellery furniture equipment \
        information software hardware everything everyone everybody everybody's someone nobody nothing something each it \
        evaporation condensation half plenty lots more less enough no home breakfast lunch dinner sparkle glitter confetti neon";
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some(first) = words.first().map(|word| bare(word)) else { return text.to_owned() };
    let letters: Vec<String> = words.iter().map(|word| bare(word)).collect();
    let end =
        (1..words.len()).find(|at| super::words::is_preposition(&letters[*at]) || words[at - 1].ends_with([',', ':']));
    let end = end.or_else(|| verbs::gerund(&words)).unwrap_or(words.len());
    let head = &letters[end - 1];
    let is_abstract = ["ship", "ness", "ity", "ism", "ance", "ence", "ing", "tion", "hood", "th", "ly"]
        .iter()
        .any(|ending| head.ends_with(ending));
    let is_name = words[0].starts_with(|letter: char| !letter.is_lowercase());
    let is_open = is_determiner(&first) || super::words::is_preposition(&first) || is_name || is_abstract;
    let has_more = letters[..end].iter().any(|word| word == "and" || is_determiner(word));
    if is_open
        || has_more
        || is_plural(text)
        || is_in(head, MASS)
        || super::words::is_adjective(head)
        || head.is_empty()
    {
        return text.to_owned();
    }
    let article =
        if first.starts_with(['a', 'e', 'i', 'o', 'u']) && !first.starts_with("one") && !first.starts_with("uni") {
            "an"
        } else {
            "a"
        };
    format!("{article} {text}")
}

/// `the price of 1.2 million euros` as a sentence.
pub(super) fn amount(words: &[&str]) -> Option<String> {
    let of = words.iter().position(|word| bare(word) == "of").filter(|at| *at > 0)?;
    let is_number = words.get(of + 1)?.starts_with(|letter: char| letter.is_ascii_digit() || "$€£".contains(letter));
    is_number.then(|| sentence(&format!("{} is {}", words[..of].join(" "), words[of + 1..].join(" "))))
}
