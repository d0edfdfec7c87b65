//! Reading a prompt: every sentence is taken for an order to the film's makers, for something to be said, or for
//! something to be shown.

use super::clauses::{self, commission, host_verb, is_style, is_style_phrase, without_filler, without_shot};
use super::notes::{Idea, Notes, Phrase, Role, kind};
use super::pieces::{Piece, items, pieces};
use super::subject;
use super::verbs;
use super::words::{
    bare, capitalised, is_determiner, is_in, is_plural, is_preposition, listing, plain, quoted, sentence,
};

/// Ideas beyond these are more than the longest film can show.
const MOST_IDEAS: usize = 120;

/// Reads a cleaned prompt.
pub(super) fn read(text: &str) -> Notes {
    let pieces = pieces(text);
    let first = pieces.first().map(|piece| plain(&piece.words.join(" "))).unwrap_or_default();
    let mut notes = Notes {
        is_english: super::tongue::is_english(text),
        brand: subject::brand(&pieces),
        kind: kind(text, &first),
        is_centred: text.to_lowercase().contains("centered") || text.to_lowercase().contains("centred"),
        ..Notes::default()
    };
    if let Some(title) = pieces.first().and_then(|piece| piece.words.iter().find_map(|word| subject::question(word))) {
        notes.subject = Some(super::words::small(&title.to_lowercase()));
        notes.title = Some(title);
    }
    let mut reader = Reader { counts: counts(text), notes, group: 0 };
    for piece in &pieces {
        reader.group += 1;
        if reader.notes.ideas.len() < MOST_IDEAS {
            reader.piece(piece);
        }
    }
    reader.notes
}

struct Reader {
    /// Whether the prompt counts: `three mistakes`, and then one, two, three.
    counts: bool,
    notes: Notes,
    group: usize,
}

impl Reader {
    fn piece(&mut self, piece: &Piece<'_>) {
        if !self.notes.is_english {
            self.foreign(&piece.words);
            return;
        }
        let (words, is_last) = without_signpost(&piece.words);
        if words.is_empty() || self.label(&words, piece.scene) {
            return;
        }
        let hint = is_last.then_some(Role::Closing);
        if self.headed(&words, piece.scene) {
            return;
        }
        if piece.scene.is_some() {
            self.listed(&words, piece.scene, hint);
        } else if let Some(at) = commission(&words, self.group == 1) {
            self.notes.occasion = subject::occasion(&words);
            self.notes.title = self.notes.title.take().or_else(|| self.notes.occasion.clone());
            self.notes.own_name = own_name(&words, at);
            self.commissioned(&words[at + 1..]);
        } else if self.group == 1 && self.announced(&words) {
        } else {
            self.free(&words, None, hint);
        }
    }

    /// Other languages: what is written is said, but for the order itself.
    fn foreign(&mut self, words: &[&str]) {
        if super::tongue::is_foreign_order(words) {
            if self.notes.title.is_none() {
                self.notes.title = self.notes.brand.is_none().then(|| super::tongue::title_of_order(words)).flatten();
            }
            return;
        }
        if super::tongue::is_foreign_style(words) {
            return;
        }
        let words = super::tongue::without_foreign_verb(words);
        let said = Phrase::Said(sentence(&words.join(" ")));
        self.add(Idea { phrases: vec![said], ..Idea::default() });
    }

    fn add(&mut self, mut idea: Idea) {
        const NUMBERS: [&str; 10] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
        let number = idea.scene.filter(|_| self.counts).and_then(|number| NUMBERS.get(number as usize - 1));
        if let (Some(number), [Phrase::Seen(text)]) = (number, idea.phrases.as_slice()) {
            let said = sentence(&format!("Number {number}: {}", super::words::lowered(text)));
            idea.phrases = vec![Phrase::Said(said)];
        }
        idea.group = self.group;
        idea.phrases.retain(|phrase| phrase.text().chars().any(char::is_alphanumeric));
        let is_empty = idea.phrases.is_empty() && idea.items.is_empty();
        if !is_empty || matches!(idea.role, Role::Opening | Role::Presenter | Role::Closing) {
            self.notes.ideas.push(idea);
        }
    }

    /// `Announce the Harbour Run, …`, `Three ways to announce Nightjar, …`.
    fn announced(&mut self, words: &[&str]) -> bool {
        let reach = words.len().min(6);
        let verb = words[..reach].iter().position(|word| {
            is_in(
                &bare(word),
                "announce introduce present promote advertise celebrate introducing announcing presenting meet",
            )
        });
        let Some(verb) = verb.filter(|at| *at + 1 < words.len() && host_verb(words).is_none_or(|host| host > *at))
        else {
            return false;
        };
        if verb > 0 && verbs::finite(&words[..verb]).is_some() {
            return false;
        }
        let colon = words.iter().position(|word| word.ends_with(':')).map_or(words.len(), |at| at + 1);
        self.describe(&subject::without_style(&words[verb + 1..colon]));
        self.structure(&words[colon..], None);
        true
    }

    fn commissioned(&mut self, after: &[&str]) {
        let (words, list) = subject::ordered(after);
        let colon = after.len() - list.len();
        // A lesson for a club is not about the club.
        let in_it = words.iter().any(|word| quoted(word).is_some());
        let is_audience = !in_it
            && after.first().is_some_and(|word| bare(word) == "for")
            && matches!(
                self.notes.kind,
                super::notes::Kind::Training | super::notes::Kind::News | super::notes::Kind::Explainer
            );
        if !self.call(&after[..colon]) && !(is_audience && words.len() + 1 == colon) {
            self.describe(&words);
        }
        if !list.is_empty() {
            self.structure(&list, None);
        }
    }

    /// Takes a description of the subject; the first one counts.
    fn describe(&mut self, words: &[&str]) -> bool {
        let found = subject::described(words, self.notes.brand.as_ref());
        let is_news = found.topic.is_some() || found.about.is_some();
        if self.notes.subject.is_none() {
            self.notes.subject = found.topic;
        }
        let took = self.notes.about.is_none() && found.about.is_some();
        if took {
            self.notes.about = found.about;
        }
        is_news && took
    }

    /// `Tone: warm`, `Title: …`, `CTA: …`, `Narrator: …`.
    fn label(&mut self, words: &[&str], scene: Option<u32>) -> bool {
        let Some(colon) = words.iter().take(5).position(|word| word.ends_with(':')) else { return false };
        let is_medium = self.group == 1 && is_in(&bare(words[colon]), clauses::MEDIA);
        if is_medium || is_director(words) {
            return false;
        }
        let label = plain(&words[..=colon].join(" ")).to_lowercase();
        let label = label.trim_end_matches(':').trim_matches(['*', '#', ' ']);
        let rest = &words[colon + 1..];
        if rest.is_empty() {
            // A heading over a list.
            return commission(words, false).is_none();
        }
        let text = plain(&rest.join(" "));
        let last = label.split(' ').next_back().unwrap_or_default();
        match last {
            "theme" | "topic" | "subject" | "product" | "brand" | "company" | "event" | "about" => {
                self.describe(rest);
            }
            "title" | "headline" => self.notes.title = Some(text.trim_end_matches('.').to_owned()),
            "card" if is_in(label.split(' ').next().unwrap_or_default(), "end closing final last") => {
                if text.ends_with(['.', '!']) && self.notes.call.is_none() {
                    self.notes.call = Some(sentence(&text));
                    self.notes.has_end = true;
                } else {
                    self.notes.closing.push(text);
                }
            }
            "card" => self.add(Idea { role: Role::Card, items: vec![text], scene, ..Idea::default() }),
            "cta" | "action" => {
                if !self.call(words) {
                    self.notes.call = Some(sentence(&text));
                }
            }
            "date" | "place" | "location" | "address" | "price" | "hours" | "website" | "when" | "where"
            | "tickets" | "phone" => {
                self.notes.closing.push(text.trim_end_matches('.').to_owned());
            }
            "voiceover" | "voice-over" | "narrator" | "narration" | "vo" | "host" | "presenter" | "says" => {
                self.add(Idea {
                    role: Role::Presenter,
                    phrases: vec![Phrase::Said(sentence(&text))],
                    scene,
                    ..Idea::default()
                });
            }
            "text" if items(rest).len() < 2 => {
                let items = vec![text.trim_end_matches('.').to_owned()];
                self.add(Idea { role: Role::Card, items, scene, ..Idea::default() });
            }
            "points" | "bullets" | "text" | "benefits" | "features" | "ingredients" | "steps" | "facts" | "tips"
            | "rules" => {
                self.bullets(rest, Some(label.to_owned()), scene);
            }
            "opening" | "intro" | "hook" | "introduction" => self.listed(rest, scene, Some(Role::Opening)),
            "closing" | "outro" | "ending" | "end" | "finale" => self.listed(rest, scene, Some(Role::Closing)),
            "problem" | "solution" | "middle" | "main" | "story" => self.listed(rest, scene, None),
            _ if is_in(last, clauses::STYLE)
                || is_in(last, "audience length duration aspect language viewers mood feel") => {}
            _ => return false,
        }
        true
    }

    /// `Lesson three: …`, `Three rules: …`, `Invite them to the fair: …`: a heading, and a list of what belongs to it.
    fn headed(&mut self, words: &[&str], scene: Option<u32>) -> bool {
        let Some(colon) = words.iter().position(|word| word.ends_with(':')) else { return false };
        let (head, rest) = words.split_at(colon + 1);
        if colon == 0 || rest.is_empty() {
            return false;
        }
        let first = bare(head[0]);
        let is_medium = self.group == 1
            && colon < 4
            && head.iter().any(|word| is_in(&bare(word), &format!("{} recipe", clauses::MEDIA)));
        if is_medium {
            self.commissioned(&std::iter::once("about").chain(rest.iter().copied()).collect::<Vec<_>>());
            return true;
        }
        if commission(words, self.group == 1).is_some() {
            return false;
        }
        let asks = rest.last().is_some_and(|word| word.ends_with('?'));
        if host_verb(head).is_some() && asks {
            let text = plain(&rest.join(" "));
            self.add(Idea {
                role: Role::Presenter,
                phrases: vec![Phrase::Said(sentence(&text))],
                scene,
                ..Idea::default()
            });
            return true;
        }
        if let Some((skip, None)) =
            director(head).filter(|_| is_in(&first, "highlight mention list show include add explain display"))
        {
            let (intro, _) = without_shot(&head[skip..]);
            let intro = phrase_text(&intro);
            if is_in(
                &bare(intro.split(' ').next_back().unwrap_or_default()),
                "features points benefits facts rules tips principles advantages reasons things steps highlights values",
            ) {
                self.bullets(rest, Some(intro), scene);
                return true;
            }
            let text = phrase_text(rest);
            let said = if verbs::finite(rest).is_some() { text } else { format!("{intro}: {text}") };
            if first != "include" && first != "add" && !intro.is_empty() && role(head).is_none() {
                self.add(Idea { phrases: vec![Phrase::Said(sentence(&said))], scene, ..Idea::default() });
                return true;
            }
        }
        if is_in(&first, "ask invite encourage urge remind tell") && self.call(head) {
            self.structure(rest, scene);
            return true;
        }
        let is_phrase = verbs::finite(head).is_none()
            && director(head).is_none()
            && !verbs::is_order(head)
            && first != "structure"
            && colon < 9;
        if !is_phrase || scene.is_some() {
            return false;
        }
        let text = phrase_text(head);
        if self.group == 1 {
            self.notes.title =
                self.notes.title.take().or_else(|| self.notes.brand.is_none().then(|| capitalised(&text)));
            self.structure(rest, scene);
        } else {
            self.bullets(rest, Some(text), scene);
        }
        true
    }

    /// A list of scenes after a colon.
    fn structure(&mut self, words: &[&str], scene: Option<u32>) {
        let mut in_bullets = false;
        for item in items(words) {
            let closes = item_closes(words, &item);
            if in_bullets && role(&item).is_none() && bare(item[0]) != "then" {
                if let Some(idea) = self.notes.ideas.last_mut() {
                    idea.items.push(bullet(&item));
                }
                in_bullets = !closes;
                continue;
            }
            let (mut item, is_last) = without_signpost(&item);
            while item.len() > 1 && is_in(&bare(item[0]), "with plus including") {
                item.remove(0);
            }
            let before = self.notes.ideas.len();
            self.listed(&item, scene, is_last.then_some(Role::Closing));
            in_bullets = self.notes.ideas.len() > before
                && self.notes.ideas.last().is_some_and(|idea| idea.role == Role::Bullets)
                && !closes;
        }
    }

    /// An item of a list: a scene, or a sentence like any other.
    fn listed(&mut self, words: &[&str], scene: Option<u32>, hint: Option<Role>) {
        if words.is_empty() {
            return;
        }
        // `The problem: nobody reads manuals.`
        if hint.is_none() && is_style_phrase(words) && role(words).is_none() {
            return;
        }
        if without_shot(words).1 && hint.is_none() {
            return self.idea(words, scene, hint);
        }
        let is_sentence = words.last().is_some_and(|word| word.ends_with(['.', '!', '?']));
        if hint.is_none()
            && role(words).is_none()
            && (is_sentence || verbs::finite(words).is_some() || is_director(words))
        {
            self.free(words, scene, hint);
        } else if hint.is_some() && is_director(words) {
            self.free(words, scene, hint);
        } else {
            self.idea(words, scene, hint);
        }
    }

    /// A sentence that is no order for the whole film.
    fn free(&mut self, words: &[&str], scene: Option<u32>, hint: Option<Role>) {
        let first = bare(words[0]);
        let second = words.get(1).map(|word| bare(word)).unwrap_or_default();
        if first == "thank" && is_in(&second, "them viewers everyone everybody the people") {
            return;
        }
        let gives_steps = matches!(self.notes.kind, super::notes::Kind::Recipe | super::notes::Kind::Training);
        let is_step = gives_steps && is_in(&first, "add cover use keep make set avoid insert present turn close open start do don't never always")
            && !is_in(&second, "with on") && !words.iter().any(|word| is_in(&bare(word), "b-roll captions on-screen palette tone text subtitles colours colors music style camera call-to-action host presenter scene shot bullet bullets lower lower-third logo card"));
        if is_step {
            self.add(Idea { phrases: vec![Phrase::Said(sentence(&words.join(" ")))], scene, ..Idea::default() });
            return;
        }
        if self.spoken_quote(words, scene) {
            return;
        }
        if is_in(&first, "structure")
            || is_in(&first, "include add feature use") && words.iter().take(6).any(|word| word.ends_with(':'))
        {
            let colon = words.iter().position(|word| word.ends_with(':')).unwrap_or(words.len() - 1);
            let lists =
                |word: &&str| is_in(&bare(word), "scenes shots following these elements things sections parts moments");
            if first == "structure" || words[..=colon].iter().any(lists) {
                self.structure(&words[colon + 1..], scene);
                return;
            }
            if let Some((skip, role)) = director(words) {
                return self.idea(&words[skip..], scene, role);
            }
        }
        if first == "ask" && second == "for" {
            self.notes.call =
                self.notes.call.take().or_else(|| Some(sentence(&format!("We {}", phrase_text(words).to_lowercase()))));
            return;
        }
        if scene.is_none() && first == "no" {
            return;
        }
        let asks = is_in(&first, "ask invite encourage urge remind tell call challenge get");
        if asks && self.call(words) {
            return;
        }
        if let Some((skip, role)) = director(words) {
            let before = self.notes.ideas.len();
            if first == "highlight" && items(&words[skip..]).len() > 1 {
                return self.bullets(&words[skip..], Some(String::new()), scene);
            }
            if is_in(&first, "mention state") {
                if let Some(said) = amount(&words[skip..]) {
                    return self.add(Idea { phrases: vec![Phrase::Said(said)], scene, ..Idea::default() });
                }
            }
            self.directed(&words[skip..], scene, hint.or(role));
            if is_in(&first, "explain describe discuss") {
                // What is explained is spoken about, not looked at.
                for phrase in self.notes.ideas.iter_mut().skip(before).flat_map(|idea| &mut idea.phrases) {
                    if let Phrase::Seen(text) = phrase {
                        *phrase = Phrase::Topic(std::mem::take(text));
                    }
                }
            }
        } else if let Some(verb) = host_verb(words) {
            self.hosted(words, verb, scene, hint);
        } else if is_style(words) {
            // `The host should … and invite viewers to book a visit.`
            if words.iter().any(|word| is_in(&bare(word), "invite invites ask asks encourage encourages urge")) {
                self.call(words);
            }
        } else if matches!(role(words), Some(Role::Bullets | Role::Montage | Role::Card | Role::Counter)) {
            self.idea(words, scene, hint);
        } else if verbs::finite(words).is_some() || verbs::is_order(words) {
            let invites = words.iter().take(6).any(|word| is_in(&bare(word), "invites asks encourages urges"));
            if invites && self.call(words) {
                return;
            }
            let role = hint.unwrap_or(Role::Scenery);
            self.add(Idea { role, phrases: vec![Phrase::Said(sentence(&words.join(" ")))], scene, ..Idea::default() });
        } else {
            self.fragment(words, scene, hint);
        }
    }

    fn is_call(&self, words: &[&str]) -> bool {
        words.iter().any(|word| is_in(&bare(word), "call-to-action"))
    }

    /// `Show …`, `Open with …`: what comes after.
    fn directed(&mut self, words: &[&str], scene: Option<u32>, role: Option<Role>) {
        let Some(first) = words.first().map(|word| bare(word)) else { return };
        if is_in(&first, "that") && words.len() > 2 {
            self.add(Idea {
                phrases: vec![Phrase::Said(sentence(&words[1..].join(" ")))],
                scene,
                role: role.unwrap_or_default(),
                ..Idea::default()
            });
            return;
        }
        let reach = words.len().min(5);
        let is_host = words[..reach].iter().any(|word| is_in(&bare(word), "presenter avatar host narrator"));
        if role.is_none() && is_host {
            if let Some(verb) = host_verb(words) {
                self.hosted(words, verb, scene, None);
            }
            return;
        }
        // `Begin with runners tying their shoes, then the start gun, …`
        let then = words.iter().position(|word| bare(word) == "then");
        if let Some(then) = then.filter(|then| *then > 0 && role == Some(Role::Opening)) {
            let end = if bare(words[then - 1]) == "and" { then - 1 } else { then };
            self.directed(&words[..end], scene, role);
            self.structure(&words[then + 1..], scene);
            return;
        }
        if role.is_none() && is_generic(&subject::without_style(words)) {
            return;
        }
        if role.is_none()
            && self.notes.ideas.is_empty()
            && self.notes.subject.is_none()
            && (is_in(&first, "how why what") || quoted(words[0]).is_some())
        {
            self.describe(&subject::without_style(words));
            return;
        }
        if role.is_none() && words.iter().any(|word| word.ends_with(';')) {
            self.structure(&without_shot(words).0, scene);
        } else if role.is_none() {
            self.fragment(words, scene, None);
        } else if is_style_phrase(words)
            && !words.iter().any(|word| is_in(&bare(word), "card host presenter frame title shot"))
        {
        } else if let Some(verb) = host_verb(words).filter(|_| role == Some(Role::Opening)) {
            self.add(Idea { role: Role::Opening, scene, ..Idea::default() });
            self.hosted(words, verb, scene, role);
        } else {
            self.idea(words, scene, role);
        }
    }

    /// A phrase without a verb of its own, or several with a verb each.
    fn fragment(&mut self, words: &[&str], scene: Option<u32>, hint: Option<Role>) {
        let parts = items(words);
        let looks = parts.iter().filter(|part| is_style_phrase(part) && role(part) != Some(Role::Closing)).count();
        if parts.len() > 1 && looks * 2 >= parts.len() {
            for part in parts.iter().filter(|part| role(part) == Some(Role::Closing)) {
                self.part(part, scene, hint);
            }
            return;
        }
        let in_order = words.iter().skip(1).any(|word| bare(word) == "then");
        let acts = |part: &Vec<&str>| verbs::gerund(part).is_some() || verbs::finite(part).is_some();
        let splits = parts.len() > 1
            && (in_order
                || parts.iter().any(|part| is_style_phrase(part) || role(part) == Some(Role::Closing))
                || acts(&parts[0]) && parts.iter().filter(|part| acts(part)).count() > 1);
        if splits {
            for part in parts {
                self.part(&part, scene, hint);
            }
        } else {
            self.part(words, scene, hint);
        }
    }

    fn part(&mut self, words: &[&str], scene: Option<u32>, hint: Option<Role>) {
        if is_style_phrase(words) && role(words) != Some(Role::Closing) {
            return;
        }
        let words: Vec<&str> = if bare(words[0]) == "with" { words[1..].to_vec() } else { words.to_vec() };
        match words.is_empty() {
            true => {}
            false => self.idea(&words, scene, hint),
        }
    }

    /// Whoever presents does something: speaks, invites, explains.
    fn hosted(&mut self, words: &[&str], verb: usize, scene: Option<u32>, hint: Option<Role>) {
        let action = bare(words[verb]);
        let mut rest = words[verb + 1..].to_vec();
        let mut also: Vec<&str> = Vec::new();
        let next = (1..rest.len()).find(|at| bare(rest[at - 1]) == "and" && host_verb(&["host", rest[*at]]).is_some());
        if let Some(next) = next {
            also = rest[next..].to_vec();
            rest.truncate(next - 1);
        }
        let role = hint.unwrap_or(Role::Presenter);
        let stem = action.trim_end_matches("ing").trim_end_matches('s').trim_end_matches('e');
        while rest.first().is_some_and(|word| is_in(&bare(word), "about on through viewers us directly that over into"))
        {
            rest.remove(0);
        }
        let first = rest.first().map(|word| bare(word)).unwrap_or_default();
        let mut idea = Idea { role, scene, ..Idea::default() };
        if is_in(stem, "invit ask encourag urg remind") {
            self.call(&words[verb..]);
        } else if is_in(&first, "how why what when where") {
            let way = subject::without_style(&rest);
            if self.notes.subject.is_none() {
                self.notes.subject = Some(phrase_text(&way));
            } else {
                idea.phrases.push(Phrase::Way(phrase_text(&way)));
            }
        } else if is_in(stem, "introduc present announc open") {
            let rest = subject::without_style(&rest);
            if !self.describe(&rest)
                && !rest.is_empty()
                && !is_generic(&rest)
                && self.notes.subject.as_deref() != self.notes.brand.as_ref().map(|brand| brand.text.as_str())
            {
                idea.phrases.push(Phrase::Topic(phrase_text(&rest)));
            }
        } else if is_in(stem, "explain describ talk demonstrat show report speak discus say tell summaris summariz")
            && !rest.is_empty()
        {
            let rest = subject::without_style(&rest);
            if verbs::finite(&rest).is_some() {
                idea.phrases.push(Phrase::Said(sentence(&rest.join(" "))));
            } else if !is_generic(&rest) && !is_preposition(&first) {
                idea.phrases.push(Phrase::Topic(phrase_text(&rest)));
            }
        }
        let promised = self.notes.ideas.iter().any(|idea| idea.role == Role::Presenter && idea.phrases.is_empty());
        if !(idea.phrases.is_empty() && (hint.is_none() || role == Role::Presenter && promised)) {
            self.add(idea);
        }
        if !also.is_empty() {
            let whole: Vec<&str> = std::iter::once("host").chain(also).collect();
            self.hosted(&whole, 1, scene, hint);
        }
    }

    /// `says “Good morning.”`: a quotation that is a sentence.
    fn spoken_quote(&mut self, words: &[&str], scene: Option<u32>) -> bool {
        if is_in(&bare(words[0]), "end close finish conclude") {
            return false;
        }
        let said: Vec<Phrase> = (0..words.len())
            .filter_map(|at| {
                let text = quoted(words[at])?;
                let before = at.checked_sub(1).map(|at| bare(words[at])).unwrap_or_default();
                let is_speech = is_in(&before, "says say saying line words asks ask tells announces reads")
                    && !words[..at].iter().any(|word| is_in(&bare(word), "card screen on-screen text title sign"));
                let is_sentence = text.split(' ').count() > 4 && text.ends_with(['.', '!', '?']);
                (is_speech || is_sentence && words.len() <= 2).then(|| Phrase::Said(sentence(&text)))
            })
            .collect();
        let found = !said.is_empty();
        if found {
            self.add(Idea { role: Role::Presenter, phrases: said, scene, ..Idea::default() });
        }
        found
    }

    /// Finds what viewers are asked to do, and keeps it.
    fn call(&mut self, words: &[&str]) -> bool {
        let Some(call) = call(words) else { return false };
        // `Come to the opening of a bakery.`
        if let Some(subject) = call.strip_prefix("Come to ").filter(|_| self.notes.subject.is_none()) {
            self.notes.subject = Some(subject.trim_end_matches('.').to_owned());
        }
        if self.notes.call.is_none() {
            self.notes.call = Some(call);
        }
        true
    }

    /// One scene out of words that name its kind or its content.
    fn idea(&mut self, words: &[&str], scene: Option<u32>, hint: Option<Role>) {
        let role = hint.or_else(|| role(words)).unwrap_or_default();
        let asked = self.call(words);
        match role {
            Role::Bullets => return self.bullets(words, None, scene),
            Role::Closing => return self.closing(words, scene, asked),
            Role::Card => {
                let items = words.iter().filter_map(|word| quoted(word)).collect();
                return self.add(Idea { role, items, scene, ..Idea::default() });
            }
            Role::Counter => return self.counter(words, scene),
            Role::Opening | Role::Presenter => {
                if let Some(verb) = host_verb(words) {
                    self.add(Idea { role, scene, ..Idea::default() });
                    return self.hosted(words, verb, scene, Some(role));
                }
            }
            Role::Scenery | Role::Montage => {}
        }
        let (rest, was_cut) = without_shot(words);
        let rest = without_filler(&subject::without_style(&rest));
        let speaks = matches!(role, Role::Opening | Role::Presenter);
        let is_host = rest.iter().any(|word| is_in(&bare(word), clauses::HOSTS));
        let is_dull = is_style_phrase(&rest) || is_generic(&rest) || is_host || role == Role::Presenter && !was_cut;
        if !speaks && was_cut && is_style_phrase(&rest) {
            return;
        }
        if speaks && is_dull || rest.is_empty() {
            return self.add(Idea { role, scene, ..Idea::default() });
        }
        let is_names = role == Role::Montage
            && (rest.iter().any(|word| word.ends_with(':')) || items(&rest).iter().all(|item| item.len() < 4));
        let phrases = if is_names { vec![Phrase::Seen(named(&rest))] } else { phrases(&rest, role == Role::Montage) };
        let rest = rest
            .iter()
            .position(|word| word.ends_with(':'))
            .map_or(rest.as_slice(), |colon| &rest[colon + 1..])
            .to_vec();
        let items = if role == Role::Montage { labels(&rest) } else { Vec::new() };
        self.add(Idea { role, phrases, items, scene, ..Idea::default() });
    }

    fn bullets(&mut self, words: &[&str], label: Option<String>, scene: Option<u32>) {
        let letters: Vec<String> = words.iter().map(|word| bare(word)).collect();
        let (mut start, mut intro) = (0, label);
        if intro.is_none() {
            let mark = letters
                .iter()
                .position(|word| {
                    is_in(word, "bullet bullets points labels text overlays graphics list titles checklist items")
                })
                .unwrap_or(0);
            let after = (mark..letters.len()).find(|at| {
                is_in(&letters[*at], "for highlighting listing showing covering of reading with saying on about")
                    || words[*at].ends_with(':')
            });
            start = after.map_or(mark + 1, |at| at + 1);
            let such = (start..letters.len()).find(|at| {
                is_in(&letters[*at], "like including")
                    || words[*at].ends_with(':')
                    || letters[*at] == "as" && letters[at - 1] == "such"
            });
            if let Some(such) = such {
                let end = if letters[such] == "as" { such - 1 } else { such + usize::from(words[such].ends_with(':')) };
                intro = Some(plain(&words[start..end.max(start)].join(" ")));
                start = such + 1;
            }
        }
        let items: Vec<String> =
            items(&words[start.min(words.len())..]).iter().flat_map(|item| split_pair(item)).collect();
        let items: Vec<String> =
            items.into_iter().filter(|item| !is_in(&bare(item), "points point text list")).collect();
        if !items.is_empty() {
            self.add(Idea {
                role: Role::Bullets,
                items,
                intro: intro.filter(|intro| !intro.is_empty()),
                scene,
                ..Idea::default()
            });
        }
    }

    fn closing(&mut self, words: &[&str], scene: Option<u32>, asked: bool) {
        for line in closing_lines(words) {
            let words: Vec<&str> = line.split(' ').collect();
            let is_end = (line.ends_with(['.', '!', '?']) || words.len() > 2 && verbs::is_order(&words))
                && self.notes.call.is_none();
            if is_end {
                // The prompt's own last words are spoken, too.
                self.notes.call = Some(sentence(&line));
                self.notes.has_end = true;
            } else if !self.notes.closing.contains(&line) {
                self.notes.closing.push(line);
            }
        }
        if let Some(verb) = host_verb(words).filter(|_| !asked) {
            return self.hosted(words, verb, scene, Some(Role::Closing));
        }
        // `… steam rising, and ask viewers to …`
        let asking = |word: &&str| is_in(&bare(word), "ask invite encourage urge asking inviting");
        let before = words.iter().position(asking).filter(|at| asked && *at > 2);
        let words = &words[..before.map_or(words.len(), |at| at - usize::from(bare(words[at - 1]) == "and"))];
        let asked = asked && before.is_none();
        let (rest, was_cut) = without_shot(words);
        let rest = subject::without_style(&rest);
        let ends =
            rest.len().checked_sub(3).filter(|at| rest[*at..].iter().map(|word| bare(word)).eq(["at", "the", "end"]));
        let rest = &rest[..ends.unwrap_or(rest.len())];
        let is_host = rest.iter().any(|word| is_in(&bare(word), clauses::HOSTS));
        let is_seen = !asked
            && !is_host
            && !rest.is_empty()
            && !is_generic(rest)
            && role(rest).is_none()
            && closing_lines(words).is_empty()
            && (was_cut || !is_style_phrase(rest));
        let is_said = !asked && verbs::gerund(&rest).is_some() && role(&rest).is_none();
        let phrases = if is_seen || is_said { phrases(&without_filler(&rest), false) } else { Vec::new() };
        self.add(Idea { role: Role::Closing, phrases, scene, ..Idea::default() });
    }

    fn counter(&mut self, words: &[&str], scene: Option<u32>) {
        let text = plain(&words.join(" "));
        if let Some((number, label)) = super::figures::figure(&text) {
            let digits = number.split(' ').next().unwrap_or_default();
            let is_known = self
                .notes
                .ideas
                .iter()
                .flat_map(|idea| &idea.phrases)
                .any(|phrase| phrase.text().split(' ').any(|word| word.trim_end_matches('%') == digits));
            if is_known {
                // The sentence that tells it gets the counter.
                return;
            }
            let said = if label.is_empty() {
                format!("The number to remember: {number}")
            } else {
                format!("{number} {label}")
            };
            self.add(Idea {
                role: Role::Counter,
                phrases: vec![Phrase::Said(sentence(&said))],
                items: vec![number, label],
                scene,
                ..Idea::default()
            });
        }
    }
}

/// Whether a text speaks of so many things of a kind, which its list then tells.
fn counts(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().take(60).map(bare).collect();
    words.windows(3).any(|run| {
        let is_number = is_in(&run[0], "two three four five six seven eight nine ten") || run[0].parse::<u32>().is_ok();
        let things = "mistakes tips reasons ways rules things facts myths signs habits ideas lessons benefits secrets tricks advantages";
        is_number && (is_in(&run[1], things) || is_in(&run[2], things))
    })
}

/// Without `Then`, `Next,`, `After that,`; and whether it was `finally`.
fn without_signpost<'a>(words: &[&'a str]) -> (Vec<&'a str>, bool) {
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
fn director(words: &[&str]) -> Option<(usize, Option<Role>)> {
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

fn is_director(words: &[&str]) -> bool {
    director(words).is_some()
}

/// The kind of scene that a phrase names.
fn role(words: &[&str]) -> Option<Role> {
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
    if (says("the number") || says("counter")) && super::figures::figure(&plain(&words.join(" "))).is_some() {
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
fn item_closes(words: &[&str], item: &[&str]) -> bool {
    words.windows(2).any(|pair| bare(pair[0]) == "and" && std::ptr::eq(pair[1], item[0]))
}

/// What a film calls itself: `Make a 30-second safety film for a rowing club` is a safety film for a rowing club.
fn own_name(words: &[&str], medium: usize) -> Option<String> {
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

/// `the price of 1.2 million euros` as a sentence.
fn amount(words: &[&str]) -> Option<String> {
    let of = words.iter().position(|word| bare(word) == "of").filter(|at| *at > 0)?;
    let is_number = words.get(of + 1)?.starts_with(|letter: char| letter.is_ascii_digit() || "$€£".contains(letter));
    is_number.then(|| sentence(&format!("{} is {}", words[..of].join(" "), words[of + 1..].join(" "))))
}

/// Words that stand for the film's own subject.
fn is_generic(words: &[&str]) -> bool {
    words.iter().map(|word| bare(word)).all(|word| {
        is_determiner(&word) || is_preposition(&word) || is_in(&word, "and benefit benefits topic subject product museum brand video audience viewers viewer camera film theme message \
            story event place project idea service host presenter clear concise language words host everyone home flat episode show company shop club course itself friendly warm short brief main key")
    })
}

fn phrase_text(words: &[&str]) -> String {
    let text = plain(&words.join(" "));
    text.trim_end_matches(['.', ',', ';', ':', '!']).to_owned()
}

/// Sentences of what is seen.
fn phrases(words: &[&str], each: bool) -> Vec<Phrase> {
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
        // `Crowd jumping` is about the crowd.
        Some(told)
            if verbs::gerund(&words) == Some(1)
                && verbs::is_agent(&first)
                && words[0].starts_with(|letter: char| first.starts_with(letter.to_ascii_lowercase())) =>
        {
            vec![Phrase::Said(sentence(&format!("the {}", super::words::small(&told))))]
        }
        Some(told) => vec![Phrase::Said(sentence(&told))],
        None => vec![Phrase::Seen(text)],
    }
}

/// `famous comets: Halley, Encke` with its `and`.
fn named(words: &[&str]) -> String {
    let colon = words.iter().position(|word| word.ends_with(':')).map_or(0, |at| at + 1);
    let names: Vec<String> = items(&words[colon..]).iter().map(|item| phrase_text(item)).collect();
    format!("{} {}", words[..colon].join(" "), listing(&names)).trim().to_owned()
}

/// Short words for the pictures of a montage.
fn labels(words: &[&str]) -> Vec<String> {
    items(words).iter().filter(|item| item.len() <= 6).map(|item| bullet(&without_shot(item).0)).collect()
}

fn bullet(words: &[&str]) -> String {
    phrase_text(words)
}

/// `A and B` as an item of a list of two.
fn split_pair(words: &[&str]) -> Vec<String> {
    let and = words.iter().position(|word| bare(word) == "and").filter(|at| *at > 0 && *at + 1 < words.len());
    match and {
        Some(at) if words.len() > 4 || words.len() == 3 => vec![bullet(&words[..at]), bullet(&words[at + 1..])],
        _ => vec![bullet(words)],
    }
}

/// `… inviting viewers to book a table` as `Book a table.`
fn call(words: &[&str]) -> Option<String> {
    const ASKS: &str = "invite inviting invites ask asking asks encourage encouraging encourages urge urging urges remind reminding reminds \
        tell telling tells prompting prompt get action call-to-action cta challenge reminder invitation";
    let letters: Vec<String> = words.iter().map(|word| bare(word)).collect();
    let asks = letters.iter().position(|word| is_in(word, ASKS))?;
    if let Some(text) = words[asks..].iter().take(3).find_map(|word| quoted(word)) {
        return Some(sentence(&text));
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
fn closing_lines(words: &[&str]) -> Vec<String> {
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
