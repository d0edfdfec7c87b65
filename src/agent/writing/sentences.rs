//! Sentences that are no order for the whole film: what is to be shown, who does what, and what is said as it is.

use super::clauses::{host_verb, is_style, is_style_phrase, without_shot};
use super::notes::{Idea, Kind, Phrase, Role};
use super::orders::{director, is_generic, role};
use super::phrases::{amount, phrase_text};
use super::pieces::items;
use super::read::Reader;
use super::subject;
use super::verbs;
use super::words::{bare, is_in, is_preposition, quoted, sentence, small};

impl Reader {
    /// A sentence that is no order for the whole film.
    pub(super) fn free(&mut self, words: &[&str], scene: Option<u32>, hint: Option<Role>) {
        if self.particular(words, scene) {
            return;
        }
        if let Some((skip, role)) = director(words) {
            self.ordered(&bare(words[0]), &words[skip..], scene, hint.or(role));
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
            // `Join us.` at the end.
            let is_late = self.group * 2 > self.total
                && words.len() < 9
                && !matches!(self.notes.kind, Kind::Recipe | Kind::Training);
            if is_late && self.notes.call.is_none() && is_in(&bare(words[0]), CALLS) {
                self.notes.call = Some(sentence(&words.join(" ")));
                return;
            }
            let invites = words.iter().take(6).any(|word| is_in(&bare(word), "invites asks encourages urges"));
            if !(invites && self.call(words)) {
                self.said(words, scene, hint);
            }
        } else {
            self.fragment(words, scene, hint);
        }
    }

    /// A sentence that is said as it is.
    fn said(&mut self, words: &[&str], scene: Option<u32>, hint: Option<Role>) {
        let phrases = vec![Phrase::Said(sentence(&words.join(" ")))];
        self.add(Idea { role: hint.unwrap_or_default(), phrases, scene, ..Idea::default() });
    }

    /// Sentences that their first words give away.
    fn particular(&mut self, words: &[&str], scene: Option<u32>) -> bool {
        let first = bare(words[0]);
        let second = words.get(1).map(|word| bare(word)).unwrap_or_default();
        let is_thanks = first == "thank" && is_in(&second, "them viewers everyone everybody the people");
        if is_thanks || scene.is_none() && first == "no" {
            return true;
        }
        // `Reassure people that parking stays free.`
        let that = (1..words.len().min(5)).find(|at| bare(words[*at]) == "that").filter(|at| *at + 2 < words.len());
        if let Some(that) =
            that.filter(|_| is_in(&first, "tell remind reassure assure inform promise stress emphasise emphasize"))
        {
            // `Emphasise that the video should feel …` is told to nobody who watches.
            if !is_style(&words[that + 1..]) {
                self.said(&words[that + 1..], scene, None);
            }
            return true;
        }
        let gives_steps = matches!(self.notes.kind, Kind::Recipe | Kind::Training);
        if gives_steps && is_step(words) {
            self.said(words, scene, None);
            return true;
        }
        if self.spoken_quote(words, scene) {
            return true;
        }
        let colon = words.iter().take(6).position(|word| word.ends_with(':'));
        if first == "structure" || is_in(&first, "include add feature use") && colon.is_some() {
            let colon = words.iter().position(|word| word.ends_with(':')).unwrap_or(words.len() - 1);
            let lists =
                |word: &&str| is_in(&bare(word), "scenes shots following these elements things sections parts moments");
            if first == "structure" || words[..=colon].iter().any(lists) {
                self.structure(&words[colon + 1..], scene);
                return true;
            }
            if let Some((skip, role)) = director(words) {
                self.idea(&words[skip..], scene, role);
                return true;
            }
        }
        if first == "ask" && second == "for" {
            let call = || Some(sentence(&format!("We {}", small(&phrase_text(words)))));
            self.notes.call = self.notes.call.take().or_else(call);
            return true;
        }
        is_in(&first, "ask invite encourage urge remind tell call challenge get") && self.call(words)
    }

    /// What an order of the film's says, by its verb.
    fn ordered(&mut self, verb: &str, words: &[&str], scene: Option<u32>, role: Option<Role>) {
        if verb == "highlight" && items(words).len() > 1 {
            return self.bullets(words, Some(String::new()), scene);
        }
        if let Some(said) = amount(words).filter(|_| is_in(verb, "mention state")) {
            return self.add(Idea { phrases: vec![Phrase::Said(said)], scene, ..Idea::default() });
        }
        let before = self.notes.ideas.len();
        self.directed(words, scene, role);
        if is_in(verb, "explain describe discuss") {
            // What is explained is spoken about, not looked at.
            for phrase in self.notes.ideas.iter_mut().skip(before).flat_map(|idea| &mut idea.phrases) {
                if let Phrase::Seen(text) = phrase {
                    *phrase = Phrase::Topic(std::mem::take(text));
                }
            }
        }
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
    pub(super) fn fragment(&mut self, words: &[&str], scene: Option<u32>, hint: Option<Role>) {
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
    pub(super) fn hosted(&mut self, words: &[&str], verb: usize, scene: Option<u32>, hint: Option<Role>) {
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
        if first == "that" && rest.len() > 2 {
            idea.phrases.push(Phrase::Said(sentence(&rest[1..].join(" "))));
            return self.add(idea);
        }
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
}

/// What viewers are asked in so many words.
const CALLS: &str = "join visit come book call subscribe order register donate apply sign buy try discover follow get reserve download support vote adopt";

/// In a recipe or a training film: `Cover the pot`, which elsewhere would be an order for the camera.
fn is_step(words: &[&str]) -> bool {
    const STEPS: &str = "add cover use keep make set avoid insert present turn close open start do don't never always";
    const FILM: &str = "b-roll captions on-screen palette tone text subtitles colours colors music style camera \
        call-to-action host presenter scene shot bullet bullets lower lower-third logo card";
    is_in(&bare(words[0]), STEPS)
        && !words.get(1).is_some_and(|word| is_in(&bare(word), "with on"))
        && !words.iter().any(|word| is_in(&bare(word), FILM))
}
