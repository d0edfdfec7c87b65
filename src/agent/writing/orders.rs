//! Words that order a film: what comes next, what is shown, and what kind of scene it is.

use super::clauses::host_verb;
use super::figures::figure;
use super::notes::Role;
use super::phrases::phrase_text;
use super::subject;
use super::words::{bare, is_determiner, is_in, is_preposition, plain, quoted};

/// Whether a text speaks of so many things of a kind, which its list then tells.
pub(super) fn counts(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().take(60).map(bare).collect();
    words.windows(3).any(|run| {
        let is_number = is_in(&run[0], "two three four five six seven eight nine ten") || run[0].parse::<u32>().is_ok();
        let things = "mistakes tips reasons ways rules things facts myths signs habits ideas lessons benefits secrets tricks advantages";
        is_number && (is_in(&run[1], things) || is_in(&run[2], things))
    })
}

/// Without `Then`, `Next,`, `After that,`; and whether it was `finally`.
pub(super) fn without_signpost<'a>(words: &[&'a str]) -> (Vec<&'a str>, bool) {
    const TWO: [&str; 7] = ["after that", "and then", "and finally", "to finish", "to close", "to end", "to start"];
    let mut rest = words.to_vec();
    let mut is_last = false;
    while rest.len() > 1 {
        let first = bare(rest[0]);
        let pair = format!("{first} {}", bare(rest[1]));
        is_last |= is_in(&first, "finally lastly")
            || matches!(pair.as_str(), "and finally" | "to finish" | "to close" | "to end");
        if TWO.contains(&pair.as_str()) && rest.len() > 2 {
            rest.drain(..2);
        } else if is_in(&first, "then next finally lastly afterwards secondly thirdly firstly")
            || is_in(&first, "first second third meanwhile") && rest[0].ends_with(',')
        {
            rest.remove(0);
        } else {
            break;
        }
    }
    (rest, is_last)
}

/// Verbs and phrases that direct the film, and the role of what follows.
pub(super) fn director(words: &[&str]) -> Option<(usize, Option<Role>)> {
    const SHOW: &str = "show include feature display film capture depict portray picture illustrate highlight showcase insert cover present \
        incorporate introduce explain describe mention announce promote advertise celebrate demonstrate discuss add see say state";
    let first = bare(words.first()?);
    let second = words.get(1).map(|word| bare(word)).unwrap_or_default();
    let third = words.get(2).map(|word| bare(word)).unwrap_or_default();
    if is_in(&first, "open start begin opening starting") && is_in(&second, "with on in by at from") {
        return Some((2, Some(Role::Opening)));
    }
    if is_in(&first, "end close finish conclude ending closing") && is_in(&second, "with on by in") {
        return Some((2, Some(Role::Closing)));
    }
    if is_in(&first, "kick wrap sign") && is_in(&second, "off up") && is_in(&third, "with on by") {
        return Some((3, Some(if first == "kick" { Role::Opening } else { Role::Closing })));
    }
    if is_in(&first, "cut zoom pan transition move switch fade dissolve go follow continue focus jump return") {
        let skip = 1
            + usize::from(is_in(&second, "to in on across over with into back through along by out"))
            + usize::from(is_in(&second, "in back out") && is_in(&third, "on to"));
        return (skip > 1 && words.len() > skip).then_some((skip, None));
    }
    if !is_in(&first, SHOW) || words.len() < 2 {
        return None;
    }
    // `Explain in a few seconds how it works`, `Show viewers how it works`.
    let how = (1..words.len().min(9)).find(|at| is_in(&bare(words[*at]), "how why what that"));
    let is_aside =
        how.is_some_and(|_| is_in(&second, "in to viewers people briefly clearly step quickly simply us them"));
    Some((how.filter(|_| is_aside).unwrap_or(1), None))
}

pub(super) fn is_director(words: &[&str]) -> bool {
    director(words).is_some()
}

/// The kind of scene that a phrase names.
pub(super) fn role(words: &[&str]) -> Option<Role> {
    let letters: Vec<String> = words.iter().map(|word| bare(word)).collect();
    let has = |list: &str| letters.iter().any(|word| is_in(word, list));
    let text = letters.join(" ");
    let says = |phrase: &str| text.contains(phrase);
    if has("bullet bullets checklist")
        || says("key points")
        || has("overlays labels text graphics")
            && has("for highlighting listing reading")
            && letters.len() > 4
            && !has("montage")
    {
        return Some(Role::Bullets);
    }
    if has("cta call-to-action closing outro sign-off goodbye")
        || says("call to action")
        || says("end card")
        || says("at the end")
        || says("final frame")
        || says("opening hours")
    {
        return Some(Role::Closing);
    }
    if has("montage") {
        return Some(Role::Montage);
    }
    if says("title card")
        || says("card reading")
        || says("text reading")
        || says("title reading")
        || says("intertitle")
        || (has("caption card sign banner") && words.iter().any(|word| quoted(word).is_some()))
    {
        return Some(Role::Card);
    }
    if (says("the number") || says("counter")) && figure(&plain(&words.join(" "))).is_some() {
        return Some(Role::Counter);
    }
    let reach = letters.len().min(5);
    let leads = |list: &str| letters[..reach].iter().any(|word| is_in(word, list));
    let of_host = has("host presenter avatar narrator") || says("to camera");
    if leads("opening hook intro") && (of_host || letters.len() < 6) || leads("opening") && leads("introduction hero") {
        return Some(Role::Opening);
    }
    if of_host && (leads("host presenter avatar narrator return returning back segment") || host_verb(words).is_some())
    {
        return Some(Role::Presenter);
    }
    None
}

/// Whether the item was the last of its list, after `and`.
pub(super) fn item_closes(words: &[&str], item: &[&str]) -> bool {
    words.windows(2).any(|pair| bare(pair[0]) == "and" && std::ptr::eq(pair[1], item[0]))
}

/// What a film calls itself: `Make a 30-second safety film for a rowing club` is a safety film for a rowing club.
pub(super) fn own_name(words: &[&str], medium: usize) -> Option<String> {
    let is_frame = |word: &str| {
        let word = bare(word);
        is_determiner(&word)
            || word.contains("second")
            || word.contains("minute")
            || word.starts_with(|letter: char| letter.is_ascii_digit())
            || is_in(&word, "short quick brief polished need want please create make produce generate write")
    };
    let start = (0..medium).rev().find(|at| is_frame(words[*at])).map_or(0, |at| at + 1);
    let colon = words.iter().position(|word| word.ends_with(':')).map_or(words.len(), |at| at + 1);
    let name = subject::without_style(&words[start..colon.max(start)]);
    (name.len() > 1).then(|| phrase_text(&name))
}

/// Words that stand for the film's own subject.
pub(super) fn is_generic(words: &[&str]) -> bool {
    words.iter().map(|word| bare(word)).all(|word| {
        is_determiner(&word) || is_preposition(&word) || is_in(&word, "and benefit benefits topic subject product museum brand video audience viewers viewer camera film theme message \
            story event place project idea service host presenter clear concise language words thank thanks you host everyone home flat episode show company shop club course itself friendly warm short brief main key")
    })
}
