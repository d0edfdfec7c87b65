//! Single scenes, out of words that name their kind or their content.

use super::clauses::{self, host_verb, is_style_phrase, without_filler, without_shot};
use super::figures::figure;
use super::notes::{Idea, Phrase, Role};
use super::orders::{is_generic, role};
use super::phrases::{closing_lines, labels, named, phrases, split_pair};
use super::pieces::items;
use super::read::Reader;
use super::subject;
use super::verbs;
use super::words::{bare, is_in, plain, quoted, sentence};

impl Reader {
    /// One scene out of words that name its kind or its content.
    pub(super) fn idea(&mut self, words: &[&str], scene: Option<u32>, hint: Option<Role>) {
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

    pub(super) fn bullets(&mut self, words: &[&str], label: Option<String>, scene: Option<u32>) {
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
            // Steps are told one by one.
            let orders = items.iter().all(|item| verbs::is_order(&item.split(' ').collect::<Vec<_>>()));
            let phrases =
                if orders { items.iter().map(|item| Phrase::Said(sentence(item))).collect() } else { Vec::new() };
            self.add(Idea {
                phrases,
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
        let is_said = !asked && verbs::gerund(rest).is_some() && role(rest).is_none();
        let phrases = if is_seen || is_said { phrases(&without_filler(rest), false) } else { Vec::new() };
        self.add(Idea { role: Role::Closing, phrases, scene, ..Idea::default() });
    }

    fn counter(&mut self, words: &[&str], scene: Option<u32>) {
        let text = plain(&words.join(" "));
        if let Some((number, label)) = figure(&text) {
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
