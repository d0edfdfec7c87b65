//! Dead letters on RabbitMQ: looking at them, replaying and purging them.
//!
//! All of it is one [look](look) through the queue, in which each letter is either given back or settled. A letter is
//! settled last: replaying publishes it first, confirmed and returned if there is no queue, and purging has it saved first.
//! So a death in between repeats and never loses.

mod look;
mod read;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::join_all;
use jiff::Timestamp;
use lapin::message::Delivery;

use super::forward::Received;
use super::options::Names;
use super::publisher::PublisherHandle;
use super::supervisor::{Keep, Shared};
use crate::job::fault::{FaultKind, Outcome};
use crate::job::letter::{Gathering, LetterFilter, LetterId, LetterPage, LettersDealtWith, LettersFound, WholeLetter};
use crate::ports::{DeadLetters, SaveLetter};

use look::Looking;
use read::read;

/// Letters that are replayed at once: the publisher confirms many together.
const REPLAYS_AT_ONCE: usize = 64;

/// The dead-letter queue as [`DeadLetters`].
pub struct RabbitLetters {
    shared: Arc<Shared>,
    publisher: PublisherHandle,
    _keep: Arc<Keep>,
}

impl RabbitLetters {
    pub(super) fn new(shared: &Arc<Shared>, publisher: PublisherHandle, keep: Arc<Keep>) -> RabbitLetters {
        RabbitLetters { shared: Arc::clone(shared), publisher, _keep: keep }
    }
}

#[async_trait]
impl DeadLetters for RabbitLetters {
    async fn list(&self, meant: &LetterFilter, page: LetterPage) -> Outcome<LettersFound> {
        let mut looking = Looking::begin(&self.shared.options, page.look_at_most).await?;
        let mut gathering = Gathering::new(meant, page);
        loop {
            let letters = looking.next().await?;
            if letters.is_empty() {
                break;
            }
            letters.into_iter().for_each(|letter| gathering.show(read(&letter.properties, letter.data).letter));
        }
        let found = gathering.found(looking.in_queue, looking.saw_all());
        looking.end().await;
        Ok(found)
    }

    async fn get(&self, id: &LetterId, look_at_most: usize) -> Outcome<Option<WholeLetter>> {
        let mut looking = Looking::begin(&self.shared.options, look_at_most).await?;
        let mut found: Option<WholeLetter> = None;
        loop {
            let letters = looking.next().await?;
            if letters.is_empty() {
                break;
            }
            for whole in letters.into_iter().map(|letter| read(&letter.properties, letter.data)) {
                match &mut found {
                    _ if whole.letter.id != *id => {}
                    Some(found) => found.letter.copies += 1,
                    None => found = Some(whole),
                }
            }
        }
        looking.end().await;
        Ok(found)
    }

    async fn replay(&self, ids: &BTreeSet<LetterId>, look_at_most: usize) -> Outcome<LettersDealtWith> {
        self.deal(ids, look_at_most, Deed::Replay).await
    }

    async fn purge(
        &self,
        ids: &BTreeSet<LetterId>,
        look_at_most: usize,
        save: SaveLetter<'_>,
    ) -> Outcome<LettersDealtWith> {
        self.deal(ids, look_at_most, Deed::Purge(save)).await
    }
}

/// What is done with a letter before it is forgotten.
#[derive(Clone, Copy)]
enum Deed<'a> {
    Replay,
    Purge(SaveLetter<'a>),
}

/// A letter that is to be dealt with.
struct Chosen {
    whole: WholeLetter,
    delivery: Delivery,
}

impl RabbitLetters {
    async fn deal(&self, ids: &BTreeSet<LetterId>, look_at_most: usize, deed: Deed<'_>) -> Outcome<LettersDealtWith> {
        let mut looking = Looking::begin(&self.shared.options, look_at_most).await?;
        let mut dealt = LettersDealtWith { missing: ids.clone(), ..LettersDealtWith::default() };
        // After a trouble the rest is looked through all the same: else the queue would be turned around.
        let trouble = loop {
            let letters = match looking.next().await {
                Ok(letters) if letters.is_empty() => break None,
                Ok(letters) => letters,
                Err(trouble) => break Some(trouble),
            };
            let chosen = letters.into_iter().filter_map(|mut delivery| {
                let whole = read(&delivery.properties, std::mem::take(&mut delivery.data));
                ids.contains(&whole.letter.id).then_some(Chosen { whole, delivery })
            });
            let chosen: Vec<Chosen> = chosen.collect();
            for one in &chosen {
                dealt.missing.remove(&one.whole.letter.id);
            }
            if dealt.trouble.is_none() {
                self.deal_with(chosen, deed, &mut looking, &mut dealt).await;
            }
        };
        dealt.trouble = dealt.trouble.or(trouble);
        looking.end().await;
        Ok(dealt)
    }

    /// Deals with letters of one batch, as far as it goes.
    async fn deal_with(
        &self,
        chosen: Vec<Chosen>,
        deed: Deed<'_>,
        looking: &mut Looking,
        dealt: &mut LettersDealtWith,
    ) {
        let mut safe = dealt.done.clone();
        match deed {
            Deed::Replay => self.publish(&chosen, &mut safe, dealt).await,
            Deed::Purge(save) => {
                for Chosen { whole, .. } in &chosen {
                    if safe.contains(&whole.letter.id) {
                        continue;
                    }
                    if let Err(trouble) = save(whole) {
                        dealt.trouble = Some(trouble);
                        break;
                    }
                    safe.insert(whole.letter.id.clone());
                }
            }
        }
        let mut forgotten = BTreeSet::new();
        let mut outcome = Ok(());
        for Chosen { whole, delivery } in chosen.iter().filter(|one| safe.contains(&one.whole.letter.id)) {
            forgotten.insert(whole.letter.id.clone());
            if outcome.is_ok() {
                outcome = looking.forget(delivery).await;
            }
        }
        if !forgotten.is_empty() && outcome.is_ok() {
            outcome = looking.settled().await;
        }
        match outcome {
            Ok(()) => dealt.done.extend(forgotten),
            Err(trouble) => {
                dealt.unsure.extend(forgotten);
                dealt.trouble = Some(trouble);
            }
        }
    }

    /// Publishes each letter once, however many copies there are, and notes which of them are safe on the queue of jobs.
    async fn publish(&self, chosen: &[Chosen], safe: &mut BTreeSet<LetterId>, dealt: &mut LettersDealtWith) {
        let mut asked = safe.clone();
        let once: Vec<&Chosen> = chosen.iter().filter(|one| asked.insert(one.whole.letter.id.clone())).collect();
        for some in once.chunks(REPLAYS_AT_ONCE) {
            let published = join_all(some.iter().map(|one| self.publish_again(one))).await;
            for (one, published) in some.iter().zip(published) {
                let id = one.whole.letter.id.clone();
                match published {
                    Ok(()) => {
                        safe.insert(id);
                    }
                    Err(trouble) => {
                        if trouble.kind == FaultKind::Ambiguous {
                            dealt.unsure.insert(id);
                        }
                        dealt.trouble = Some(trouble);
                    }
                }
            }
            if dealt.trouble.is_some() {
                break;
            }
        }
    }

    async fn publish_again(&self, Chosen { whole, delivery }: &Chosen) -> Outcome<()> {
        let Names { jobs, dead_letters, .. } = &self.shared.options.names;
        let received = Received { queue: dead_letters, properties: &delivery.properties, redelivered: false };
        let message = received.replayed(whole.body.clone(), jobs, Timestamp::now())?;
        self.publisher.publish(message).await
    }
}
