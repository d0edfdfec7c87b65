//! Pieces that begin with a heading and a colon.

use super::clauses::{self, commission, host_verb, without_shot};
use super::notes::{Idea, Phrase, Role};
use super::orders::{director, is_director, role};
use super::phrases::phrase_text;
use super::pieces::items;
use super::read::Reader;
use super::verbs;
use super::words::{bare, capitalised, is_in, plain, sentence};

impl Reader {
    /// `Tone: warm`, `Title: …`, `CTA: …`, `Narrator: …`.
    pub(super) fn label(&mut self, words: &[&str], scene: Option<u32>) -> bool {
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
        let (begins, last) =
            (label.split(' ').next().unwrap_or_default(), label.split(' ').next_back().unwrap_or_default());
        // `Opening shot: …`, `B-roll: …`, `Finish with: …`
        match begins {
            "b-roll" | "broll" | "footage" | "shots" | "scenes" => self.structure(rest, scene),
            "opening" | "intro" | "hook" | "introduction" | "open" | "start" => {
                self.listed(rest, scene, Some(Role::Opening));
            }
            "ending" | "outro" | "finale" | "final" if last != "card" => self.listed(rest, scene, Some(Role::Closing)),
            "tagline" | "slogan" | "motto" | "claim" => {
                self.notes.has_end |= self.notes.call.is_none();
                self.notes.call = self.notes.call.take().or_else(|| Some(sentence(&text)));
            }
            _ => return self.labelled(label, last, &text, words, rest, scene),
        }
        true
    }

    /// What the last word of a label makes of the rest.
    fn labelled(
        &mut self,
        label: &str,
        last: &str,
        text: &str,
        words: &[&str],
        rest: &[&str],
        scene: Option<u32>,
    ) -> bool {
        let text = text.to_owned();
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
            "text" | "on-screen" | "onscreen" | "caption" if items(rest).len() < 2 => {
                let items = vec![text.trim_end_matches('.').to_owned()];
                self.add(Idea { role: Role::Card, items, scene, ..Idea::default() });
            }
            "points" | "bullets" | "text" | "on-screen" | "onscreen" | "benefits" | "features" | "ingredients"
            | "steps" | "facts" | "tips" | "rules" => {
                self.bullets(rest, Some(label.to_owned()), scene);
            }
            "closing" | "outro" | "ending" | "end" | "finale" => self.listed(rest, scene, Some(Role::Closing)),
            "problem" | "solution" | "middle" | "main" | "story" => self.listed(rest, scene, None),
            _ if is_in(last, clauses::STYLE)
                || is_in(last, "audience length duration aspect language viewers mood feel") => {}
            _ => return false,
        }
        true
    }

    /// `Lesson three: …`, `Three rules: …`, `Invite them to the fair: …`: a heading, and a list of what belongs to it.
    pub(super) fn headed(&mut self, words: &[&str], scene: Option<u32>) -> bool {
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
            let on_screen = head.iter().any(|word| is_in(&bare(word), "text caption title headline words card"));
            if on_screen {
                let items = vec![plain(&rest.join(" ")).trim_end_matches('.').to_owned()];
                self.add(Idea { role: Role::Card, items, scene, ..Idea::default() });
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
}
