//! A look through the dead-letter queue: every letter is taken in hand and, unless it is settled meanwhile, given back.
//!
//! AMQP has no way to look at a message without taking it. What a look takes is invisible to others until it is given back,
//! so it is short, and those who look take turns: the sign that somebody is at it is a queue of the broker's own kind for
//! this, exclusive to one connection and gone with it. Each look has a connection of its own. When it ends in whatever
//! way, also by SIGKILL, the broker gives back what was in hand.
//!
//! Letters are taken in batches, as AMQP bounds what is under way in messages only, not in bytes; and all that the queue
//! holds are taken, not only those that are wanted, since a quorum queue puts what it gets back behind what it got back
//! before: a look at the first few would turn the queue around a little each time.
//!
//! They are settled in transactions, each of which is one command to the queue. Settled one by one, more than 32 can be under
//! way when the broker's disk is slow; it keeps the others to itself then, and loses them when we hang up: letters that were
//! told to be dealt with would be back.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, Consumer};
use tokio::time::{Instant, sleep, timeout};

use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::rabbit::classify::{fault, reply_code, within};
use crate::rabbit::headers::count;
use crate::rabbit::line::Open;
use crate::rabbit::options::{RabbitOptions, Topology};
use crate::rabbit::supervisor;
use crate::rabbit::topology::{CHANNEL_DEADLINE, is_ours};
use crate::rabbit::wire::short;

/// Longest wait for one answer of the broker.
const STEP_DEADLINE: Duration = Duration::from_secs(15);

/// Longest that letters are taken; a look that takes longer tells of what it has. Others see none of them meanwhile.
const TAKE_WITHIN: Duration = Duration::from_secs(120);

/// Longest wait for one's turn: longer than the broker takes to notice that whoever looked is dead (heartbeats).
const TURN_WITHIN: Duration = Duration::from_secs(40);
const TURN_PAUSE: Duration = Duration::from_millis(200);

/// Letters of the first batch, and most of one. With letters of at most 256 KiB, which jobs have, that is 32 MiB.
const BATCH_FIRST: usize = 8;
const BATCH_MAX: usize = 128;

/// Bytes of one batch aimed at, judged by the largest letter of the one before.
const BATCH_BYTES: usize = 16 * 1024 * 1024;

/// How long no letter comes before the queue is asked whether it has more.
const QUIET: Duration = Duration::from_millis(500);

/// How long none comes, from a queue that says that it has none, before what was counted is believed to have gone elsewhere. A
/// busy broker hands letters over some time after it stopped counting them; what it hands over after we left is not seen.
const GONE_AFTER: Duration = Duration::from_secs(5);

/// Most letters given back at once. RabbitMQ before 4.0 keeps the order of 32 and mixes up more.
const GIVE_BACK_MAX: usize = 32;

/// How long a look waits at its end until the queue has what it was given back. The next look goes by what the queue counts, which
/// is what it has written; where somebody else consumes from it, it never has all of it.
const BACK_WITHIN: Duration = Duration::from_secs(5);
const BACK_PAUSE: Duration = Duration::from_millis(50);

/// Deliveries after which a queue that may not be ours is left alone: since 4.0 the broker drops a message after 20, unless
/// its queue says otherwise, and every look counts as one.
const DELIVERIES_MAX: i64 = 10;

/// A look under way. Dropped at any moment, everything goes back.
pub(super) struct Looking {
    channel: Channel,
    open: Open,
    queue: ShortString,
    /// How many letters there were when it began.
    pub(super) in_queue: u64,
    /// How many were taken.
    pub(super) looked_at: u64,
    /// How many will be taken.
    left: usize,
    /// The queue had no more to give.
    empty: bool,
    until: Instant,
    batch: usize,
    /// The delivery tags of what goes back at the end, by batch.
    held: Vec<BTreeSet<u64>>,
    /// The queue was found to be declared as ours.
    known_as_ours: bool,
}

impl Looking {
    /// Waits for its turn and begins a look at the oldest so many letters.
    pub(super) async fn begin(options: &RabbitOptions, look_at_most: usize) -> Outcome<Looking> {
        let name = &options.names.dead_letters;
        let doing = format!("looking at the letters on queue {name}");
        let look = RabbitOptions {
            topology: Topology::None,
            connection_name: format!("{} (dead letters)", options.connection_name),
            ..options.clone()
        };
        let open = supervisor::open(&look).await?;
        if look_at_most > 0 {
            turn(&open, name).await?;
        }
        let channel = within(CHANNEL_DEADLINE, &doing, open.connection.create_channel()).await?;
        within(STEP_DEADLINE, &doing, channel.tx_select()).await?;
        let queue = short(name, &doing)?;
        let in_queue = waiting(&channel, &queue).await?;
        Ok(Looking {
            channel,
            open,
            queue,
            in_queue,
            looked_at: 0,
            left: usize::try_from(in_queue).unwrap_or(usize::MAX).min(look_at_most),
            empty: false,
            until: Instant::now() + TAKE_WITHIN,
            batch: BATCH_FIRST,
            held: Vec::new(),
            known_as_ours: false,
        })
    }

    /// Whether every letter was looked at that was there when it began.
    pub(super) fn saw_all(&self) -> bool {
        self.empty || self.looked_at >= self.in_queue
    }

    /// The next letters, or none when all that will be looked at were. What is not [forgotten](Looking::forget) goes back.
    pub(super) async fn next(&mut self) -> Outcome<Vec<Delivery>> {
        let most = self.batch.min(self.left);
        if most == 0 || self.empty || Instant::now() > self.until {
            return Ok(Vec::new());
        }
        let letters = self.take(most).await?;
        self.held.push(letters.iter().map(|letter| letter.delivery_tag).collect());
        self.empty = letters.len() < most;
        self.left = self.left.saturating_sub(letters.len());
        self.looked_at += u64::try_from(letters.len()).unwrap_or(u64::MAX);
        let largest = letters.iter().map(|letter| letter.data.len()).max().unwrap_or(0);
        self.batch = (BATCH_BYTES / largest.max(1)).clamp(1, (self.batch * 2).min(BATCH_MAX));
        self.beware(&letters).await?;
        Ok(letters)
    }

    async fn take(&self, most: usize) -> Outcome<Vec<Delivery>> {
        let doing = format!("taking letters from queue {}", self.queue);
        let prefetch = u16::try_from(most).unwrap_or(u16::MAX);
        let qos = self.channel.basic_qos(prefetch, BasicQosOptions { global: false });
        within(STEP_DEADLINE, &doing, qos).await?;
        let (tag, arguments) = (ShortString::default(), FieldTable::default());
        let consume = self.channel.basic_consume(self.queue.clone(), tag, BasicConsumeOptions::default(), arguments);
        let mut consumer = within(STEP_DEADLINE, &doing, consume).await?;
        let mut letters = Vec::with_capacity(most);
        let mut last = Instant::now();
        while letters.len() < most {
            match timeout(QUIET, consumer.next()).await {
                Ok(Some(Ok(letter))) => {
                    letters.push(letter);
                    last = Instant::now();
                }
                Ok(Some(Err(error))) => return Err(unreadable(fault(error, doing))),
                Ok(None) => {
                    return Err(Fault::new(FaultKind::Unavailable, doing).because("the broker ended the subscription"));
                }
                Err(_) if Instant::now() > self.until => break,
                // Somebody else took the rest, or the broker is slow.
                Err(_) if last.elapsed() < GONE_AFTER => {}
                Err(_) if waiting(&self.channel, &self.queue).await? == 0 => break,
                Err(_) => {}
            }
        }
        self.leave(consumer, &mut letters).await?;
        Ok(letters)
    }

    /// Ends a subscription and takes what was still on its way.
    async fn leave(&self, mut consumer: Consumer, letters: &mut Vec<Delivery>) -> Outcome<()> {
        let doing = format!("leaving queue {}", self.queue);
        let cancel = self.channel.basic_cancel(consumer.tag(), BasicCancelOptions::default());
        within(STEP_DEADLINE, &doing, cancel).await?;
        let rest = async {
            while let Some(letter) = consumer.next().await {
                letters.push(letter?);
            }
            Ok(())
        };
        within(STEP_DEADLINE, &doing, rest).await
    }

    /// Stops before looking makes the broker drop a letter for having been delivered too often.
    async fn beware(&mut self, letters: &[Delivery]) -> Outcome<()> {
        let most = letters.iter().filter_map(|letter| count(&letter.properties, "x-delivery-count")).max().unwrap_or(0);
        if most < DELIVERIES_MAX || self.known_as_ours || !self.open.broker.limits_deliveries() {
            return Ok(());
        }
        self.known_as_ours = is_ours(&self.open.connection, self.queue.as_str()).await?;
        if self.known_as_ours {
            return Ok(());
        }
        let words = format!(
            "a letter was given out {most} times by now, and this queue is not declared as landfall declares it: unless it \
             has a higher x-delivery-limit of its own, RabbitMQ drops a message after 20. Move the letters to a queue that \
             landfall declared (amqp.topology = declare, and a shovel), or raise its limit and take them by other means"
        );
        Err(Fault::new(FaultKind::Denied, format!("looking at the letters on queue {}", self.queue)).because(words))
    }

    /// Takes a letter of the last batch off the queue, for certain only once [`settled`](Looking::settled) says so.
    pub(super) async fn forget(&mut self, letter: &Delivery) -> Outcome<()> {
        let doing = format!("acknowledging a letter of queue {}", self.queue);
        if let Some(batch) = self.held.last_mut() {
            batch.remove(&letter.delivery_tag);
        }
        let ack = self.channel.basic_ack(letter.delivery_tag, BasicAckOptions::default());
        within(STEP_DEADLINE, doing, ack).await
    }

    /// Commits what the broker was told before.
    pub(super) async fn settled(&self) -> Outcome<()> {
        let doing = format!("settling letters of queue {}", self.queue);
        within(STEP_DEADLINE, doing, self.channel.tx_commit()).await?;
        waiting(&self.channel, &self.queue).await.map(|_| ())
    }

    /// Gives back what was not forgotten, in its order, and hangs up.
    pub(super) async fn end(self) {
        if let Err(trouble) = self.give_back().await {
            // Whatever was not given back goes back with the connection, perhaps in another order.
            tracing::debug!(fault = trouble.chain(), "letters go back with the connection");
        }
        supervisor::hang_up(self.open).await;
    }

    async fn give_back(&self) -> Outcome<()> {
        let doing = format!("giving letters back to queue {}", self.queue);
        // Each batch by itself: RabbitMQ sorts what goes back at once by its subscription, in an order of its own.
        for batch in &self.held {
            let tags: Vec<u64> = batch.iter().copied().collect();
            for last in tags.chunks(GIVE_BACK_MAX).filter_map(<[u64]>::last) {
                let options = BasicNackOptions { multiple: true, requeue: true };
                within(STEP_DEADLINE, &doing, self.channel.basic_nack(*last, options)).await?;
                // One after the other, as the broker merges what comes faster than it can write.
                self.settled().await?;
            }
        }
        self.all_back().await
    }

    /// Waits until the queue counts what it was given back.
    async fn all_back(&self) -> Outcome<()> {
        let given = u64::try_from(self.held.iter().map(BTreeSet::len).sum::<usize>()).unwrap_or(u64::MAX);
        let until = Instant::now() + BACK_WITHIN;
        while waiting(&self.channel, &self.queue).await? < given && Instant::now() < until {
            sleep(BACK_PAUSE).await;
        }
        Ok(())
    }
}

/// Adds the way out to a fault of the client's, which ends the connection over a name that is no UTF-8.
fn unreadable(fault: Fault) -> Fault {
    if fault.kind != FaultKind::Malformed {
        return fault;
    }
    let words = "one of the oldest letters has a message id, a header's name or a routing key that is no UTF-8, so nothing \
                 behind it can be looked at; take it off the queue with the broker's own tools";
    Fault::new(FaultKind::Malformed, words).because(fault.chain())
}

/// Waits until nobody else looks at these letters, and sees to it that nobody else does as long as this connection lasts.
async fn turn(open: &Open, dead_letters: &str) -> Outcome<()> {
    let doing = format!("waiting for our turn with queue {dead_letters}");
    let name = short(&format!("{dead_letters}.looking"), &doing)?;
    let until = Instant::now() + TURN_WITHIN;
    loop {
        // A refusal closes the channel that it comes on.
        let channel = within(CHANNEL_DEADLINE, &doing, open.connection.create_channel()).await?;
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString("classic".into()));
        let options = QueueDeclareOptions { exclusive: true, auto_delete: true, ..Default::default() };
        let declared = timeout(STEP_DEADLINE, channel.queue_declare(name.clone(), options, arguments)).await;
        let refusal = match declared {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => return Err(Fault::new(FaultKind::Ambiguous, doing).because("no answer from the broker")),
        };
        match reply_code(&refusal) {
            Some(405) if Instant::now() < until => sleep(TURN_PAUSE).await,
            Some(405) => {
                let words = "somebody else has been looking at them for a while; try again when that has ended";
                return Err(Fault::new(FaultKind::Unavailable, doing).because(words));
            }
            Some(403) => {
                tracing::debug!(%name, "this user may not declare the sign: nobody is kept from looking at the same time");
                return Ok(());
            }
            _ => return Err(fault(refusal, doing)),
        }
    }
}

/// How many letters wait on the queue, without those in anybody's hands.
async fn waiting(channel: &Channel, queue: &ShortString) -> Outcome<u64> {
    let doing = format!("counting the letters on queue {queue}");
    let options = QueueDeclareOptions { passive: true, ..Default::default() };
    let declared = timeout(STEP_DEADLINE, channel.queue_declare(queue.clone(), options, FieldTable::default())).await;
    match declared {
        Ok(Ok(queue)) => Ok(u64::from(queue.message_count())),
        Ok(Err(error)) if reply_code(&error) == Some(404) => {
            let words = "it is not there; a worker declares it when it first starts (amqp.dead_letters names it)";
            Err(Fault::new(FaultKind::Denied, format!("{doing}: {words}")).because(error.to_string()))
        }
        Ok(Err(error)) => Err(fault(error, doing)),
        Err(_) => Err(Fault::new(FaultKind::Ambiguous, doing).because("no answer from the broker")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_that_the_client_cannot_read_is_told_with_the_way_out() {
        let told = unreadable(Fault::new(FaultKind::Malformed, "taking letters").because("Parsing Error")).chain();
        assert!(
            told.contains("UTF-8") && told.contains("broker's own tools") && told.contains("Parsing Error"),
            "{told}"
        );
        assert_eq!(unreadable(Fault::new(FaultKind::Ambiguous, "taking letters")).chain(), "taking letters");
    }
}
