//! What a sentence of a prompt is for: told to whoever makes the film, or to whoever watches it.

use super::verbs;
use super::words::{bare, is_determiner, is_in, is_preposition};

/// What a film can be called.
pub(super) const MEDIA: &str = "video videos film clip ad advert commercial promo explainer teaser trailer spot reel short \
    animation tutorial presentation announcement documentary message lesson report episode tour recap vlog story \
    showreel infomercial movie bulletin briefing portrait walkthrough testimonial introduction invitation greeting \
    module guide news flash segment update appeal";

/// Verbs that order a film.
const ORDERS: &str = "create make produce generate write design film build craft develop prepare shoot give record render need \
    want please compose animate deliver";

/// What is about the look of a film, and never said in it.
pub(super) const STYLE: &str = "palette colour colours color colors tone style lighting camera cuts transitions transition pace \
    pacing music soundtrack captions subtitles titles labels typography font fonts grain bokeh mood look feel aesthetic vibe \
    editing graphics overlays lower-third lower-thirds thirds third animations visuals energy b-roll voiceover voice-over \
    narration branding rhythm resolution ratio format focus footage edits edit cutaways delivery depth accents atmosphere \
    scenes scene shots video film avatar presenter host result animation voice text sound design score backdrop \
    quality frame frames motion movement movements imagery close-ups closeups gradients hues tones shades audio beat beats layout \
    orientation dissolves fades wipes zooms sentence sentences seconds testimonial testimonials interview interviews composition script typefaces icons cinematography pace. angles light highlights finish subtitles";

pub(super) const HOSTS: &str = "host presenter avatar narrator speaker person moderator anchor he she hosts newsreader";
/// People who may be hosts, or seen at work.
pub(super) const TRADES: &str = "teacher coach instructor trainer guide chef doctor expert baker nurse engineer scientist reporter \
    tutor agent captain ranger ceo director founder owner manager mayor professor astronomer curator principal chairwoman chairman";

const SPEECH: &str = "introduces introducing introduce presents presenting present explains explaining explain welcomes \
    welcoming welcome greets greeting greet opens opening says saying say tells telling tell talks talking talk speaks \
    speaking speak shows showing show announces announcing announce invites inviting invite asks asking ask demonstrates \
    demonstrating demonstrate describes describing describe reads reading returns returning return walks stands sits smiles \
    reports reporting report guides guiding guide appears reminds reminding remind leads encourages encouraging urges closes \
    closing addresses looks summarises summarizes ends begins starts";

fn letters(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| bare(word)).collect()
}

/// Where the film's own name stands in an order for one: `Create a 45-second promo …`, `A short promo for …`.
pub(super) fn commission(words: &[&str], is_first: bool) -> Option<usize> {
    let letters = letters(words);
    let reach = letters.len().min(16);
    let ordered = letters.iter().take(6).any(|word| is_in(word, ORDERS))
        && (is_in(&letters[0], ORDERS) || is_in(&letters[0], "i we you please can could"));
    let described = is_first
        || is_in(&letters[0], "a an the this our my short quick brief")
        || letters[0].parse::<u32>().is_ok()
        || letters[0].contains("-second");
    if !(ordered || described) {
        return None;
    }
    let first = (0..reach).find(|at| {
        let ends = letters.get(at + 1).is_none_or(|next| {
            is_preposition(next)
                || is_in(
                    next,
                    "introducing announcing explaining showing promoting presenting celebrating featuring \
                called titled to in using aimed inviting teaching telling welcoming advertising designed intended",
                )
        }) || words[*at].ends_with([':', ',', '.', ';']);
        is_in(&letters[*at], MEDIA) && (ends || ordered && at + 1 < reach && is_in(&letters[at + 1], MEDIA))
    })?;
    let last = if letters.get(first + 1).is_some_and(|next| is_in(next, MEDIA)) { first + 1 } else { first };
    // `The film crew arrives` orders nothing.
    (ordered || verbs::finite(&words[..last]).is_none()).then_some(last)
}

/// Whether a phrase without a verb tells how the film should look or sound.
pub(super) fn is_style_phrase(words: &[&str]) -> bool {
    let letters = letters(words);
    if letters.is_empty() || letters.iter().any(|word| is_in(word, "16:9 9:16 1:1 4k hd fps 1080p 720p")) {
        return true;
    }
    let second = letters.get(1).map(String::as_str).unwrap_or_default();
    if letters[0] == "look" && is_preposition(second) || is_determiner(second) && verbs::is_order(words) {
        return false;
    }
    let content: Vec<&String> = letters.iter().filter(|word| !is_determiner(word) && *word != "and").collect();
    let is_thing = content.len() == 1 && super::colours::is_thing(content[0]);
    if !content.is_empty()
        && !is_thing
        && content.iter().all(|word| super::colours::is_colour(word) || is_in(word, STYLE))
    {
        return true;
    }
    let is_manner =
        |word: &str| super::words::is_adjective(word) || super::colours::is_colour(word) || is_in(word, "but very");
    let colours = content.iter().filter(|word| super::colours::colour(word).is_some()).count();
    if !is_thing && content.iter().all(|word| is_manner(word)) || colours > 1 && colours * 2 >= content.len() {
        return true;
    }
    let end = letters.iter().position(|word| is_preposition(word)).filter(|at| *at > 0).unwrap_or(letters.len());
    if letters[..end]
        .last()
        .is_some_and(|head| is_in(head, "palette colours colors tone mood soundtrack feel aesthetic"))
    {
        return true;
    }
    // `Warm light` is a look, `morning light on the floor` is a picture.
    let is_picture =
        end < letters.len() && is_in(&letters[end - 1], "light voice sound frame frames text score sounds audio");
    verbs::gerund(words).is_none()
        && verbs::finite(words).is_none()
        && !is_picture
        && letters[..end].last().is_some_and(|head| is_in(head, STYLE))
        && !letters.iter().any(|word| is_in(word, "of showing showcasing"))
}

/// Whether a sentence tells how the film should be made.
pub(super) fn is_style(words: &[&str]) -> bool {
    let letters = letters(words);
    let Some(first) = letters.first() else { return true };
    let second = letters.get(1).map(String::as_str).unwrap_or_default();
    let is_music = |word: &String| is_in(word, "guitar piano strings synth synths drums ukulele violins percussion");
    let is_short = letters.len() < 6 && !letters.iter().any(|word| is_preposition(word));
    if is_short && letters.iter().any(is_music) && verbs::finite(words).is_none() {
        return true;
    }
    if is_in(
        first,
        "keep ensure emphasise emphasize maintain avoid make use set apply match render aim think imagine prefer adopt employ leverage balance deliver give",
    ) {
        return true;
    }
    if is_in(first, "testimonial testimonials") || first == "a" && is_in(second, "testimonial") {
        return true;
    }
    if first == "do" && second == "not" || first == "don't" || is_in(first, "without optionally") {
        return true;
    }
    if is_in(first, "let have") && letters.iter().take(5).any(|word| is_in(word, HOSTS) || is_in(word, STYLE)) {
        return true;
    }
    let verb = verbs::finite(words);
    let subject = &letters[..verb.unwrap_or(0)];
    let about_film = subject.iter().any(|word| is_in(word, STYLE));
    let modal = verb.is_some_and(|at| is_in(&letters[at], "should must is are shall needs can will may"));
    if about_film && modal {
        return true;
    }
    if letters.iter().any(|word| is_in(word, "16:9 9:16")) {
        return true;
    }
    let speaks = subject.iter().any(|word| is_in(word, HOSTS)) && letters.iter().any(|word| word == "camera");
    speaks || (verb.is_none() && is_style_phrase(words))
}

/// A host's doing: the verb's place, if the sentence is about whoever presents.
pub(super) fn host_verb(words: &[&str]) -> Option<usize> {
    let letters = letters(words);
    let start = usize::from(is_in(letters.first()?, "have let with where and"));
    let reach = letters.len().min(start + 9);
    let host = (start..reach).find(|at| is_in(&letters[*at], HOSTS) || is_in(&letters[*at], TRADES))?;
    if letters[start..host].iter().any(|word| is_preposition(word)) && letters[host] != "picture" {
        return None;
    }
    let is_trade = !is_in(&letters[host], HOSTS);
    (host + 1..letters.len().min(host + 9)).find(|at| {
        is_in(&letters[*at], SPEECH)
            && !(is_trade && is_in(&letters[*at], "opens shows walks stands sits smiles looks opening showing closes"))
    })
}

/// Words for shots, which stand before what is seen in them.
const SHOT_NOUNS: &str = "shot shots close-up close-ups closeup closeups b-roll broll footage montage scene scenes section segment \
    view views clip clips cutaway cutaways moment moments frame sequence overlay overlays graphics graphic diagram diagrams animation \
    animations image images visuals part intro introduction inserts insert hook beat vignette vignettes glimpse glimpses \
    timelapse time-lapse pan flyover opening inserts infographic infographics shoot picture pictures portrait portraits photo photos \
    panorama titles";
const AFTER_SHOT: &str = "of showing highlighting featuring with in about illustrating where explaining presenting introducing \
    demonstrating that on depicting revealing capturing displaying through inside at from over visualising visualizing covering";

/// What is seen, without the words for the shot: `fast close-ups of hands` becomes `hands`.
pub(super) fn without_shot<'a>(words: &[&'a str]) -> (Vec<&'a str>, bool) {
    let mut rest = words.to_vec();
    let mut was_cut = false;
    for _ in 0..4 {
        let letters = letters(&rest);
        let reach = letters.len().min(7);
        let noun = (0..reach).find(|at| {
            is_in(&letters[*at], SHOT_NOUNS)
                && !letters[..*at].iter().any(|word| {
                    is_preposition(word)
                        || word.ends_with("ing")
                            && !is_in(word, "moving sweeping opening closing establishing engaging inspiring")
                })
                && letters.get(at + 1).is_some_and(|next| is_in(next, AFTER_SHOT))
                && !rest[*at].ends_with([',', ';'])
        });
        let Some(noun) = noun else { break };
        let mut start = noun + 2;
        if letters.get(noun + 1).is_some_and(|next| next == "that") {
            start += 1;
        }
        if start >= rest.len() {
            break;
        }
        rest.drain(..start);
        was_cut = true;
    }
    let letters = letters(&rest);
    if rest.len() > 1
        && is_in(
            &letters[0],
            "highlighting showing featuring illustrating depicting showcasing revealing presenting demonstrating",
        )
    {
        rest.remove(0);
        was_cut = true;
    }
    (rest, was_cut)
}

/// Words that praise the picture or say that it is made up.
pub(super) fn without_filler<'a>(words: &[&'a str]) -> Vec<&'a str> {
    const FILLER: &str =
        "fictional imagined imaginary fictitious macro b-roll cinematic close-up closeup slow-motion stylised stylized";
    // `Gears in extreme close-up` are gears.
    let shot = words.iter().position(|word| is_in(&bare(word), "close-up closeup slow-motion"));
    let within = shot.and_then(|shot| (shot.saturating_sub(2)..shot).find(|at| *at > 0 && bare(words[*at]) == "in"));
    let words = &words[..within.unwrap_or(words.len())];
    words.iter().filter(|word| !is_in(&bare(word), FILLER)).copied().collect()
}
