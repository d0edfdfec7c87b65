//! What a film is about: from the order for it, and from names.

use super::clauses::{is_style_phrase, without_filler};
use super::notes::Name;
use super::pieces::Piece;
use super::verbs;
use super::words::{bare, capitalised, is_determiner, is_in, is_preposition, plain, quoted, sentence};

/// The subject and a sentence that tells what it is.
#[derive(Debug, Default)]
pub(super) struct Subject {
    pub(super) topic: Option<String>,
    pub(super) about: Option<String>,
}

/// What stands after the film's own name in the order for it, without how it should look; and the list after a colon.
pub(super) fn ordered<'a>(after: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    const STRONG: &str = "about on introducing announcing explaining showing promoting presenting celebrating featuring explains \
        introduces announces shows presents promotes teaches teaching covering advertising";
    const WEAK: &str = "for of announce promote explain introduce present celebrate advertise titled called where show launching launch";
    let colon = after.iter().position(|word| word.ends_with(':'));
    let (head, list) = after.split_at(colon.map_or(after.len(), |at| at + 1));
    let letters: Vec<String> = head.iter().map(|word| bare(word)).collect();
    let reach = letters.len().min(14);
    let strong = letters[..reach].iter().position(|word| is_in(word, STRONG));
    let weak = letters[..reach].iter().position(|word| is_in(word, WEAK));
    // `for Nimbus, a lamp that shows the weather` is about Nimbus.
    let connector = match (strong, weak) {
        (Some(strong), Some(weak)) if weak == 0 && letters[strong].ends_with('s') => Some(weak),
        (Some(strong), _) => Some(strong),
        (None, weak) => weak,
    };
    let Some(connector) = connector else { return (Vec::new(), list.to_vec()) };
    let mut words = without_style(&head[connector + 1..]);
    // `Explaining the water cycle to second graders.`
    if is_in(&letters[connector], "explaining explains teaching teaches showing") {
        let to = (1..words.len())
            .find(|at| bare(words[*at]) == "to" && words.get(at + 1).is_some_and(|next| !verbs::is_verb(&bare(next))));
        words.truncate(to.unwrap_or(words.len()));
    }
    // `Lentil soup, for four people` is about the soup.
    let aside =
        (1..words.len()).find(|at| words[at - 1].ends_with(',') && is_in(&bare(words[*at]), "for with using in"));
    words.truncate(aside.unwrap_or(words.len()));
    while words.len() > 1 && is_in(&bare(words[0]), "about on for of") {
        words.remove(0);
    }
    (words, list.to_vec())
}

/// Words of a phrase that tells how a film should look; what goes on longer tells something else.
const LONGEST_STYLE: usize = 30;

/// Without `in a warm style`, `using the picture as …`, `, with short captions`, `in 16:9`.
pub(super) fn without_style<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut end = words.len();
    for at in 0..words.len() {
        let word = bare(words[at]);
        if !is_in(&word, "in with using featuring") || at == 0 {
            continue;
        }
        if words.get(at + 1).is_some_and(|next| bare(next) == "the") {
            continue;
        }
        let stop = (at..words.len()).find(|at| words[*at].ends_with([',', ';'])).map_or(words.len(), |at| at + 1);
        if word == "using" && words[at..].iter().any(|word| is_in(&bare(word), "provided image avatar picture"))
            || stop - at <= LONGEST_STYLE && is_style_phrase(&words[at + 1..stop])
        {
            end = at;
            break;
        }
    }
    words[..end].to_vec()
}

/// Turns what is introduced into a topic and a sentence about it.
pub(super) fn described(words: &[&str], brand: Option<&Name>) -> Subject {
    let words = without_filler(words);
    let Some(first) = words.first().map(|word| bare(word)) else { return Subject::default() };
    let whole = plain(&words.join(" ")).trim_end_matches(['.', ',', ';', ':', '!']).to_owned();
    if is_in(&first, "how why what") {
        return Subject { topic: Some(whole), about: None };
    }
    let name_at = brand.and_then(|brand| {
        words
            .iter()
            .position(|word| quoted(word).is_some_and(|name| Name::new(&name).text == brand.text))
            .map(|at| (at, at + 1))
            .or_else(|| span(&words, &brand.text))
    });
    let Some(((start, end), brand)) = name_at.zip(brand) else {
        if verbs::finite(&words).is_some() {
            return Subject { about: Some(sentence(&whole)), topic: Some(whole) };
        }
        let about = verbs::told(&words, super::words::is_plural(&whole)).map(|text| sentence(&text));
        return Subject { topic: Some(whole), about };
    };
    let name = brand.spoken();
    let rest = &words[end..];
    let rest_text = plain(&rest.join(" "));
    let rest_text = rest_text.trim_end_matches(['.', ',', ';', ':']);
    let before: Vec<&str> =
        words[..start].iter().copied().filter(|word| !is_in(&bare(word), "called named titled dubbed")).collect();
    let was_called = before.len() < start;
    let begins = rest.first().map(|word| bare(word)).unwrap_or_default();
    let is_apposition = words[end - 1].ends_with(',') && (is_determiner(&begins) || verbs::finite(rest).is_none());
    let about = if rest.is_empty() || rest_text.is_empty() {
        None
    } else if is_apposition && is_determiner(&begins)
        || begins.ends_with("ing") && verbs::base_of_ing(&begins).is_some()
    {
        Some(format!("{name} is {rest_text}"))
    } else if begins.ends_with("ed") && rest.get(1).is_some_and(|next| is_preposition(&bare(next))) && start > 1 {
        Some(format!("{name} is {}, {rest_text}", plain(&before.join(" "))))
    } else if is_in(&begins, "that which who") {
        Some(format!("{name} {}", plain(&rest[1..].join(" "))))
    } else {
        None
    };
    let noun = plain(&before.join(" "));
    let noun = noun.trim_end_matches([',', ':', '.']);
    let is_noun = before.len() > 1
        && is_determiner(&bare(before[0]))
        && (was_called || before.iter().all(|word| !is_preposition(&bare(word))));
    let about = about.or_else(|| {
        (is_noun && (was_called || before.len() > 2)).then(|| {
            let tail =
                if begins.is_empty() || !is_preposition(&begins) { String::new() } else { format!(" {rest_text}") };
            format!("{name} is {noun}{tail}")
        })
    });
    Subject { topic: Some(brand.text.clone()), about: about.map(|text| sentence(&indefinite(&text))) }
}

/// `Nimbus is the lamp` introduces nothing; `Nimbus is a lamp` does.
fn indefinite(text: &str) -> String {
    text.replacen(" is the new ", " is a new ", 1)
}

/// Where the words of a name stand.
fn span(words: &[&str], name: &str) -> Option<(usize, usize)> {
    let name: Vec<String> = name.split(' ').map(bare).collect();
    (0..words.len().checked_sub(name.len() - 1)?)
        .find(|at| (0..name.len()).all(|offset| bare(words[at + offset]) == name[offset]))
        .map(|at| (at, at + name.len()))
}

/// The brand, event or product that the film is for: a quotation, or a name after words that announce one.
pub(super) fn brand(pieces: &[Piece<'_>]) -> Option<Name> {
    const SCREEN: &str = "reading reads read says say saying text caption headline word words line lines labelled labeled tagline slogan \
        slogan: motto title titled card tells question with";
    let named = |text: &str| text.split(' ').next().is_some_and(|first| is_in(&bare(first), "how why what when where"));
    for piece in pieces {
        for (at, word) in piece.words.iter().enumerate() {
            let Some(name) = quoted(word) else { continue };
            let before = at.checked_sub(1).map(|at| bare(piece.words[at])).unwrap_or_default();
            let is_name = name.split(' ').count() <= 6
                && name.chars().any(char::is_uppercase)
                && !name.ends_with(['.', ',', '?'])
                && !named(&name);
            if is_name && !is_in(&before, SCREEN) {
                let mut name = Name::new(&name);
                name.has_article |= before == "the" && !bare(&name.text).starts_with("the ");
                return Some(name);
            }
        }
    }
    let announced = |list: &str| {
        pieces.iter().find_map(|piece| {
            (1..piece.words.len()).find_map(|at| {
                let before = bare(piece.words[at - 1]);
                (is_in(&before, list) && !piece.words[at - 1].ends_with([',', '.']))
                    .then(|| proper(&piece.words, at))
                    .flatten()
            })
        })
    };
    let employer = pieces.first().and_then(|piece| {
        (2..piece.words.len()).find_map(|at| {
            let pair = (bare(piece.words[at - 2]), bare(piece.words[at - 1]));
            (is_in(&pair.0, "employees staff team colleagues members customers") && is_in(&pair.1, "of at"))
                .then(|| proper(&piece.words, at))
                .flatten()
        })
    });
    announced("called named brand dubbed meet").or(employer).or_else(|| {
        announced("introducing introduces introduce announcing announce promote advertise celebrate for about presenting promoting welcome visit join launching")
    })
}

/// A quoted title that asks or tells something: `Why Comets Have Two Tails`.
pub(super) fn question(word: &str) -> Option<String> {
    let title = quoted(word)?;
    let first = title.split(' ').next().map(bare)?;
    (is_in(&first, "how why what") && !title.ends_with(['?', '.', '!'])).then_some(title)
}

/// A name at `at`: words with capital letters, and what joins them.
fn proper(words: &[&str], at: usize) -> Option<Name> {
    const NO_NAMES: &str = "i monday tuesday wednesday thursday friday saturday sunday january february march april may june july august \
        september october november december instagram tiktok youtube linkedin facebook b-roll b2b cta hd ai it q1 q2 q3 q4 english \
        german french spanish christmas easter a an the this our my your we you hr ceo faq usa uk eu";
    if at > 0
        && is_in(&bare(words[at - 1]), "for")
        && words[..at].iter().any(|word| is_in(&bare(word), "greeting message wishes invitation card"))
    {
        return None;
    }
    let is_capital = |word: &str| word.chars().next().is_some_and(char::is_uppercase);
    let mut end = at;
    let mut start = at;
    if bare(words.get(at)?) == "the" {
        start += 1;
        end += 1;
    }
    while end < words.len() {
        let word = words[end];
        let joins = end > start
            && (is_in(word, "& and of the for de la du di von + +")
                && words.get(end + 1).is_some_and(|next| is_capital(next)));
        // `and` joins a name only as a sign: two names are not one.
        if !(is_capital(word) || joins && word != "and") || (end == start && is_in(&bare(word), NO_NAMES)) {
            break;
        }
        end += 1;
        if word.ends_with([',', '.', ':', ';', '!', '?']) {
            break;
        }
    }
    if end == start || end - start > 6 {
        return None;
    }
    let text = plain(&words[start..end].join(" "));
    let mut name = Name::new(&text);
    name.has_article |= start > at;
    (name.text.chars().count() > 1).then_some(name)
}

/// A title out of a phrase: its beginning, without article and without what would hang in the air.
pub(super) fn title(phrase: &str) -> String {
    let words: Vec<&str> = phrase.split_whitespace().collect();
    let skip = usize::from(words.len() > 1 && is_in(&bare(words[0]), "a an the our my your"));
    heading(&words[skip..].join(" "))
}

/// The beginning of a sentence or a phrase.
pub(super) fn heading(phrase: &str) -> String {
    const LONGEST: usize = 7;
    // Words that lean on the next one, also in the other languages that prompts are written in.
    const LEANING: &str = "and or but to der die das dem den des ein eine einen einem einer im am zum zur beim vom in an auf aus bei \
        mit nach seit von zu für durch ohne um und oder el la los las un una de del en con por para y o le les du des une dans \
        avec pour sur et ou il lo gli di da nel nella per e";
    let words: Vec<&str> = phrase.split_whitespace().collect();
    let mut end = words.len().min(LONGEST);
    let clause = (1..end).find(|at| {
        *at > 2 && words[at - 1].ends_with([',', ';', ':', '.', '!', '?'])
            || is_in(&bare(words[*at]), "that which who inspired opening introducing where because while")
    });
    let colon = (1..end).find(|at| words[at - 1].ends_with(':') && *at < words.len());
    if let Some(colon) = colon {
        // `Famous comets: …` heads a list.
        end = colon;
    } else if let Some(clause) = clause {
        end = clause;
    } else if words.len() > LONGEST {
        let preposition = (2..=LONGEST)
            .rev()
            .find(|at| words.get(*at).is_some_and(|word| is_preposition(&bare(word)) || bare(word) == "and"));
        end = preposition.unwrap_or(end);
    }
    let was_cut = end < words.len();
    let is_way = words.first().is_some_and(|first| is_in(&bare(first), "how why what"));
    while end > 1
        && was_cut
        && !is_way
        && (is_preposition(&bare(words[end - 1]))
            || is_determiner(&bare(words[end - 1]))
            || is_in(&bare(words[end - 1]), LEANING))
    {
        end -= 1;
    }
    // `You find your bunk and switch [on …]` ends before what is only begun.
    if was_cut && end > 4 && end < words.len() && is_in(&bare(words[end - 2]), "and und y et e") {
        end -= 2;
    }
    let text = words[..end].join(" ");
    capitalised(text.trim_end_matches(['.', ',', ';', ':']))
}

/// What is wished to whom: `a birthday greeting for Ines`.
pub(super) fn occasion(words: &[&str]) -> Option<String> {
    const WISHES: [(&str, &str); 6] = [
        ("birthday", "Happy birthday"),
        ("anniversary", "Happy anniversary"),
        ("wedding", "Congratulations"),
        ("congratulations", "Congratulations"),
        ("thank-you", "Thank you"),
        ("farewell", "Goodbye"),
    ];
    let letters: Vec<String> = words.iter().map(|word| bare(word)).collect();
    let (_, wish) = WISHES.iter().find(|(occasion, _)| letters.iter().any(|word| word == occasion))?;
    letters.iter().position(|word| is_in(word, "greeting greetings message wishes card"))?;
    let name = letters.iter().position(|word| word == "for").and_then(|at| words.get(at + 1));
    let name = name.filter(|name| name.chars().next().is_some_and(char::is_uppercase));
    Some(match name {
        Some(name) => format!("{wish}, {}!", plain(name).trim_matches(|letter: char| !letter.is_alphanumeric())),
        None => format!("{wish}!"),
    })
}
