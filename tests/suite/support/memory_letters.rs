//! The dead letters of a [`MemoryBroker`], trusted because the conformance suite runs over them.

use std::collections::BTreeSet;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use landfall::job::fault::Outcome;
use landfall::job::letter::{
    Gathering, Letter, LetterFilter, LetterId, LetterPage, LettersDealtWith, LettersFound, WholeLetter, job_id_of,
};
use landfall::job::text::one_line;
use landfall::ports::{DeadLetters, SaveLetter};

use super::memory_broker::{DeadLetter, MemoryBroker};

/// The dead letters of a broker in memory. Their instants are their numbers, in seconds.
pub(crate) struct MemoryLetters(pub(crate) MemoryBroker);

impl MemoryLetters {
    /// The oldest letters, with the numbers of their messages.
    fn oldest(&self, look_at_most: usize) -> Vec<(u64, WholeLetter)> {
        let letters = self.0.letters().into_iter().take(look_at_most);
        letters.map(|letter| (letter.number, whole(letter))).collect()
    }

    fn deal(
        &self,
        ids: &BTreeSet<LetterId>,
        look_at_most: usize,
        mut deed: impl FnMut(u64, &WholeLetter) -> Outcome<Option<()>>,
    ) -> LettersDealtWith {
        let mut dealt = LettersDealtWith { missing: ids.clone(), ..LettersDealtWith::default() };
        for (number, whole) in self.oldest(look_at_most) {
            let id = &whole.letter.id;
            if !ids.contains(id) {
                continue;
            }
            match deed(number, &whole) {
                Ok(Some(())) => {
                    dealt.missing.remove(id);
                    dealt.done.insert(id.clone());
                }
                Ok(None) => {}
                Err(trouble) => {
                    dealt.trouble = Some(trouble);
                    dealt.missing.remove(id);
                    break;
                }
            }
        }
        dealt
    }
}

fn whole(dead: DeadLetter) -> WholeLetter {
    let DeadLetter { number, body, rejection, envelope, past } = dead;
    let rejected_at = Timestamp::from_second(i64::try_from(number).expect("few")).expect("an instant");
    let reason = rejection.reason.code().to_owned();
    let letter = Letter {
        id: LetterId::of("", &rejected_at.to_string(), &body),
        job_id: job_id_of(&body),
        first_reason: Some(past.first_reason.unwrap_or_else(|| reason.clone())),
        reason: Some(reason),
        problems: rejection.problems,
        rejected_at: Some(rejected_at),
        first_queue: Some("jobs".to_owned()),
        attempts: Some(past.attempts),
        replays: past.replays,
        replayed_at: None,
        message_id: None,
        traceparent: envelope.traceparent,
        size: u64::try_from(body.len()).expect("in memory"),
        excerpt: one_line(&String::from_utf8_lossy(&body), 200),
        copies: 1,
    };
    WholeLetter { letter, body: Bytes::from(body), content_type: None, headers: Vec::new() }
}

#[async_trait]
impl DeadLetters for MemoryLetters {
    async fn list(&self, meant: &LetterFilter, page: LetterPage) -> Outcome<LettersFound> {
        let in_queue = self.0.letters().len();
        let mut gathering = Gathering::new(meant, page);
        self.oldest(page.look_at_most).into_iter().for_each(|(_, whole)| gathering.show(whole.letter));
        Ok(gathering.found(u64::try_from(in_queue).expect("in memory"), in_queue <= page.look_at_most))
    }

    async fn get(&self, id: &LetterId, look_at_most: usize) -> Outcome<Option<WholeLetter>> {
        let mut oldest = self.oldest(look_at_most).into_iter().map(|(_, whole)| whole);
        Ok(oldest.find(|whole| whole.letter.id == *id))
    }

    async fn replay(&self, ids: &BTreeSet<LetterId>, look_at_most: usize) -> Outcome<LettersDealtWith> {
        Ok(self.deal(ids, look_at_most, |number, _| Ok(self.0.replay_letter(number))))
    }

    async fn purge(
        &self,
        ids: &BTreeSet<LetterId>,
        look_at_most: usize,
        save: SaveLetter<'_>,
    ) -> Outcome<LettersDealtWith> {
        Ok(self.deal(ids, look_at_most, |number, whole| {
            save(whole)?;
            Ok(self.0.remove_letter(number).map(|_| ()))
        }))
    }
}
