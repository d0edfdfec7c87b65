//! Verbs: finding the one that makes a phrase a sentence, and giving it the form that it needs.

use super::words::{bare, is_adjective, is_conjunction, is_determiner, is_in, is_plural_noun, is_preposition};

/// Verbs that are hardly ever nouns: with an `s` after a noun, or after a plural, they make a sentence.
const VERBS: &str = "accept achieve add admire adjust announce appear apply approach arrive ask assemble attach avoid bake be \
    become begin bend blend blink blow boil bounce breathe bring browse brush build burn buy call carry carve \
    catch celebrate chase cheer chop choose clap climb collect combine come compare compete \
    connect consist consult contain continue cook cool cover create cross cycle dance decide deliver descend \
    describe dig dim dive draw dribble drift drip drive drop earn eat emerge encourage enjoy enter examine \
    exchange exercise expand explain explore fade fall fasten feed fetch fill find fit fix float flow fly fold follow \
    gather get give glide glow go grab greet grind grip grow guide hang harvest have hear help hide hold hover \
    hug hurry ignite illuminate improve include inspect install introduce invite jog join juggle jump keep kneel knead \
    laugh lay lead lean leap learn leave let lift light line listen live load look lower make march marvel measure \
    meet melt mirror mix move need negotiate observe offer open operate orbit organise organize paddle paint pass pay \
    peel perform pick place plant play point polish pour prepare present press produce protect provide pull pump push put reach \
    read receive recharge record reduce reflect release relax remain remove repair replace rest return reveal ride rinse \
    rise roll rotate row run rush sail save scan scatter score scrub see sell send separate serve set settle shake shape \
    share shine ship shoot shout show simmer sing sip sit skate sketch ski skip sleep slice slide slip smell smile soar solder sort spark \
    sparkle speak spill spin splash spread sprinkle sprint squeeze stack stand start stay steer step stir stop store stretch stroll \
    study surf surround swap sway sweep swim swing switch take talk taste teach tell test throw tie tighten tilt touch \
    trace track trade train transform travel try tune turn twist type unfold unpack unveil unwrap use visit wait wake walk \
    want warm wash watch water wave wear weave weigh welcome whisk win wind wipe work wrap write zip gleam shimmer drink wet dry soap hit kick bite lick nod bow yawn wink crack peek deliver invent discover repair restore sculpt mould mold carve polish check inspect ensure verify adjust remind retire depart resign graduate cost knock skim thank season fry grate mash marinate preheat grease knead dice garnish drain soak toss \
    rub coat brew crumble weaken strengthen lock unlock ring call dial report notify evacuate crouch secure buckle unbuckle \
    lace unlace inflate deflate tug yank label bark purr sniff chirp croak howl swarm burst crash roar \
    whistle whisper murmur echo tremble trickle gush freeze thaw sink glint twinkle dazzle glisten scurry crawl \
    slither gallop trot last belong happen seem sound matter depend need deserve lie strike beat hammer drill saw nail \
    weld glue print sign vote elect govern invest spend owe borrow lend hire promote publish broadcast \
    stream download upload encrypt protect attack detect prevent vaccinate heal cure treat diagnose recover dream wonder \
    glitter flicker bloom buzz hum rustle crackle sizzle steam rotate spiral drum rehearse stamp sew knit type scroll swipe tap \
    click charge plug unplug power pedal stroke hike camp anchor dock moor gaze stare wander roam graze hunt nest migrate hatch";

/// Verbs that are as often nouns: they count only with something after them that no noun has.
const ALSO_NOUNS: &str = "light line water wave work walk show visit play plant place point present press record rest return ride \
    roll row run sail scan score shape share ship shoot ski spark start step stop store stretch study surf swing switch test \
    touch track trade train turn twist type use wash watch wind wrap drum camp anchor dock stamp steam power charge plug \
    stroke hike cycle dance dive drive exchange exercise face fit fix guide help jog jump lead look love mix need open order \
    paint pass pay plan pump push sketch sleep smell smile spread stack stand talk taste tie travel treat tune wait welcome \
    wipe draw drop fall fade find fold glow grip hand hug lift load march measure offer cook cool cover cross build buy call \
    cost knock season coat lock ring label last sound matter strike beat hammer drill saw nail print sign vote \
    stream dream wonder bark echo crash roar whistle whisper murmur burst howl sink glint glue attack cure treat drink kick bite nod bow crack peek check bend blend blow burn catch cheer chop climb paddle peel polish pour produce harvest hide hold hum bloom buzz click tap type \
    swipe scroll spiral nest hunt sprint stroll kneel lower sip skate slice slide slip sort spin splash sprinkle squeeze stir \
    surround sweep swim throw tilt trace transform win write bake bounce boil feed flow float glide grind leap lean";

const AUXILIARIES: &str = "is are was were am has have had can could will would must may might should shall do does did isn't \
    aren't don't doesn't can't won't there's it's we're you're i'm it’s we’re you’re i’m can’t won’t don’t let's let’s becomes \
    become became cannot";

/// Past forms that cannot describe a noun.
const PASTS: &str = "grew rose fell began went came saw took gave wrote drove flew ate drank sang swam broke chose spoke won \
    climbed doubled tripled increased decreased reached arrived happened landed joined dropped knew felt became kept said told \
    stood ran shrank jumped slipped edged soared";

/// Words in -ing that are nouns, unless something is done to something: `building a wall`.
const NOUNS_IN_ING: &str = "building opening evening morning spring string king wing ceiling wedding painting clothing \
    lighting training meeting feeling something anything nothing everything during styling closing setting marketing \
    housing pricing fitting parking ring thing sibling darling pudding icing awning railing earring filling topping dressing \
    packaging branding engineering banking gardening beginning ending booking casting crossing greeting listing offering \
    recording ruling saving shipping sing bring swing sling sting cling fling viewing warning wiring writing dining living \
    interesting exciting amazing stunning charming welcoming inviting inspiring missing upcoming recycling swimming following \
    including";

/// Whether a word can be a verb.
pub(super) fn is_verb(word: &str) -> bool {
    is_in(word, VERBS)
}

/// The verb of a word in -ing.
pub(super) fn base_of_ing(word: &str) -> Option<String> {
    if is_in(word, "lying tying dying") {
        return Some(format!("{}ie", &word[..1]));
    }
    let stem = word.strip_suffix("ing").filter(|stem| stem.len() > 1 && stem.is_ascii())?;
    let silent = format!("{stem}e");
    let mut ends = stem.bytes().rev();
    let (last, before) = (ends.next()?, ends.next()?);
    let is_doubled = last == before && !matches!(last, b'l' | b's' | b'z' | b'f' | b'o' | b'e');
    let single = &stem[..stem.len() - 1];
    if is_verb(stem) {
        Some(stem.to_owned())
    } else if is_verb(&silent) {
        Some(silent)
    } else if last == before && is_verb(single) || is_doubled {
        Some(single.to_owned())
    } else if stem.bytes().any(|letter| b"aeiouy".contains(&letter)) {
        let is_vowel = |letter: u8| b"aeiou".contains(&letter);
        let vowels = stem.bytes().filter(|letter| is_vowel(*letter)).count();
        let is_short = vowels == 1 && is_vowel(before) && !is_vowel(last) && !matches!(last, b'w' | b'x' | b'y');
        let is_le = last == b'l' && b"bdfgkptz".contains(&before) || stem.ends_with("tr");
        let wants_e =
            is_short || is_le || stem.ends_with("at") || stem.ends_with("iz") || matches!(last, b'v' | b'c' | b'u');
        Some(if wants_e { silent } else { stem.to_owned() })
    } else {
        None
    }
}

/// The form of a verb for one or for many.
pub(super) fn conjugated(base: &str, many: bool) -> String {
    match (base, many) {
        ("be", true) => "are".to_owned(),
        ("be", false) => "is".to_owned(),
        (_, true) => base.to_owned(),
        ("have", false) => "has".to_owned(),
        _ => {
            let before_y = base.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u']));
            if let Some(stem) = before_y {
                format!("{stem}ies")
            } else if base.ends_with(['s', 'x', 'z', 'o']) || base.ends_with("ch") || base.ends_with("sh") {
                format!("{base}es")
            } else {
                format!("{base}s")
            }
        }
    }
}

/// The verb of a form in -s.
pub(super) fn base_of_s(word: &str) -> Option<String> {
    let candidates = [
        word.strip_suffix("ies").map(|stem| format!("{stem}y")),
        word.strip_suffix("es").map(str::to_owned),
        word.strip_suffix('s').filter(|stem| !stem.ends_with('s')).map(str::to_owned),
    ];
    candidates.into_iter().flatten().find(|base| is_verb(base))
}

/// Where the -ing stands that tells what the things before it do: `hands folding paper`.
pub(super) fn gerund(words: &[&str]) -> Option<usize> {
    (1..words.len()).find(|at| {
        let (word, before) = (bare(words[*at]), bare(words[*at - 1]));
        let after = words.get(*at + 1).map(|next| bare(next));
        if !word.ends_with("ing") || words[*at - 1].ends_with([',', ':']) || base_of_ing(&word).is_none() {
            return false;
        }
        if is_determiner(&before) || is_preposition(&before) || is_conjunction(&before) || is_adjective(&before) {
            return false;
        }
        let acts_on = after.as_deref().is_some_and(is_determiner);
        if is_in(&word, NOUNS_IN_ING) {
            let is_door = is_in(&word, "opening closing")
                && is_in(
                    &before,
                    "door doors dome roof gate gates window windows curtain lid flower flowers eyes box book",
                );
            let is_done = is_people(&before) && after.as_deref().is_some_and(|next| !is_preposition(next));
            return acts_on || is_door || is_done;
        }
        let ends = words[*at].ends_with([',', '.', ';']);
        let follows = ends
            || after.as_deref().is_none_or(|next| is_determiner(next) || is_preposition(next) || next.ends_with("ly"));
        let known = base_of_ing(&word).is_some_and(|base| is_verb(&base));
        let has_subject = bare(words[0]) != before && is_determiner(&bare(words[0])) || is_agent(&before);
        let on_many = after.as_deref().is_some_and(is_plural_noun);
        follows && !word.starts_with("be") || (known && (has_subject || on_many)) || is_plural_noun(&before)
    })
}

/// Whether a noun is for sure about somebody.
fn is_people(word: &str) -> bool {
    is_in(word, "children people men women kids families friends students volunteers neighbours neighbors")
        || word.strip_suffix('s').is_some_and(|single| single.ends_with("er") && single.len() > 4)
}

pub(super) fn is_agent(word: &str) -> bool {
    const ENDINGS: [&str; 7] = ["er", "or", "ist", "ian", "man", "woman", "boy"];
    ENDINGS.iter().any(|ending| word.len() > ending.len() + 1 && word.ends_with(ending))
        || is_in(word, "child girl dog cat team crew family class band crowd choir chef coach guide nurse student kid")
}

/// `hands folding paper and smiling` as `hands fold paper and smile`.
pub(super) fn told(words: &[&str], many: bool) -> Option<String> {
    let at = gerund(words)?;
    let mut said: Vec<String> = words[..at].iter().map(|word| (*word).to_owned()).collect();
    let mut joins = true;
    for (index, word) in words.iter().enumerate().skip(at) {
        let letters = bare(word);
        let follows = index == at || joins;
        match base_of_ing(&letters).filter(|base| follows && (index == at || is_verb(base))) {
            Some(base) => said.push(word.to_lowercase().replacen(&letters, &conjugated(&base, many), 1)),
            None => said.push((*word).to_owned()),
        }
        joins = is_in(&letters, "and or then") || (word.ends_with(',') && index > at);
    }
    Some(said.join(" "))
}

/// Where the verb stands that makes the words a sentence, as far as can be told from word lists.
pub(super) fn finite(words: &[&str]) -> Option<usize> {
    let letters: Vec<String> = words.iter().map(|word| bare(word)).collect();
    let first = letters.first()?;
    if is_in(first, AUXILIARIES) && first != "let's" && !first.contains(['\'', '’']) {
        return None;
    }
    // A clause inside has a verb of its own: `exhibits where children learn how folds mirror principles` is no sentence.
    let opens_clause = |word: &str| {
        is_in(word, "that who which where whose how why what when while as until because if so before after")
    };
    let mut inside = 0_usize;
    for at in 0..letters.len() {
        // `That is why …` begins with a pronoun.
        let is_pronoun = at == 0 && is_in(&letters[0], "that what who which how why where");
        if opens_clause(&letters[at]) && !is_pronoun {
            inside += 1;
        } else if is_finite_at(&letters, words, at) {
            if inside == 0 {
                return Some(at);
            }
            inside -= 1;
        }
    }
    None
}

fn is_finite_at(letters: &[String], words: &[&str], at: usize) -> bool {
    let word = letters[at].as_str();
    if is_in(word, AUXILIARIES) {
        return at > 0 || word.contains(['\'', '’']);
    }
    let Some(before) = at.checked_sub(1).map(|at| letters[at].as_str()) else { return false };
    let is_pronoun = is_in(before, "i you we they he she it everyone everybody nobody who");
    if is_determiner(before) && !is_pronoun || is_preposition(before) && before != "that" {
        return false;
    }
    if is_in(word, PASTS) || is_pronoun && word.len() > 4 && word.ends_with("ed") {
        return true;
    }
    // `The host, a young astronomer, starts with a question.`
    let is_aside = words[at - 1].ends_with(',') && words[..at - 1].iter().any(|word| word.ends_with(','));
    if is_adjective(before) && !before.ends_with("ly")
        || is_conjunction(before)
        || words[at - 1].ends_with(',') && !is_aside
    {
        return false;
    }
    let after = letters.get(at + 1).map(String::as_str);
    let ends = words[at].ends_with(['.', '!', '?', ';']) || after.is_none();
    let is_free = after.is_some_and(|next| {
        ((is_determiner(next) || is_in(next, "it you us them him me") || is_preposition(next) || next.ends_with("ly"))
            || next.starts_with(|letter: char| letter.is_ascii_digit())
            || next == "and" && letters.get(at + 2).is_some_and(|next| base_of_s(next).is_some()))
            && (next != "of" || is_in(word, "smells tastes consists thinks dreams"))
    });
    if let Some(base) = base_of_s(word) {
        // `The astronomer welcomes visitors.`
        let is_free = is_free || at > 1 && is_determiner(&letters[at - 2]) && after.is_some_and(is_plural_noun);
        let is_activity = letters[0].ends_with("ing");
        return (!is_plural_noun(before) || is_activity)
            && (is_free
                || ends && (is_determiner(&letters[0]) || at > 1 && is_determiner(&letters[at - 2]))
                || !is_in(&base, ALSO_NOUNS));
    }
    // `Two colleagues, Ylva and Samuel, retire.`
    let head =
        words[..at].iter().position(|word| word.ends_with(',')).filter(|_| is_aside).map(|at| letters[at].as_str());
    let many = is_plural_noun(head.unwrap_or(before)) || is_pronoun && !is_in(before, "he she it");
    let is_free = is_free || after.is_some_and(is_adjective);
    many && is_verb(word) && (is_free || !is_in(word, ALSO_NOUNS)) && (!ends || !is_in(word, ALSO_NOUNS))
}

/// Whether the words begin with an order to whoever watches: `Check the lid`.
pub(super) fn is_order(words: &[&str]) -> bool {
    let first = words.first().map(|word| bare(word)).unwrap_or_default();
    let second = words.get(1).map(|word| bare(word)).unwrap_or_default();
    // `Steam rises` orders nothing.
    if is_in(&first, ALSO_NOUNS) && finite(words).is_some() {
        return false;
    }
    let starts = is_in(&first, "always never don't don’t please")
        || (first == "do" && second == "not")
        || (is_verb(&first) && !is_in(&first, "be"))
        // `Skim the foam`, whatever skimming is.
        || (is_in(&second, "the a an your it them") && !is_determiner(&first) && !is_preposition(&first) && !is_conjunction(&first)
            && !first.ends_with("ing") && !first.ends_with("ly") && !is_in(&first, "half such what even just only once not all"));
    starts && !(is_in(&first, ALSO_NOUNS) && second.is_empty())
}
