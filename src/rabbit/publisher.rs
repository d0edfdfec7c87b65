//! The confirmed publisher: pipelined, and honest about every message.
//!
//! RabbitMQ returns an unroutable message before it confirms it, but a return names no publish, and lapin hands it to
//! whichever confirm comes next: of thousands in flight a few that reached no queue look delivered. So messages go out in
//! batches on a channel of their own, and a batch is judged only when every confirm of it is in: then all of its returns
//! are in too, and each is credited by its message id. Nothing is believed of a batch whose channel broke; all of it goes
//! out again under the same ids.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use futures_util::future::join_all;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::ShortString;
use lapin::{Channel, ChannelState, Confirmation, Connection, ErrorKind};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use super::classify::{fault, reply_code, within};
use super::supervisor::{Backoff, gone, publishable};
use super::topology::CHANNEL_DEADLINE;
use super::wire::Message;
use crate::job::fault::{Fault, FaultKind, Outcome};

/// Most messages of one batch. More only delays the answers of the first ones.
const BATCH_MAX: usize = 256;

/// Most bytes of bodies in one batch, unless one alone is larger: what lapin holds in memory at once.
const BATCH_MAX_BYTES: usize = 8 * 1024 * 1024;

/// Most messages that wait for the publisher; callers beyond wait for room.
const WAITING_MAX: usize = 1024;

/// Longest wait for all confirms of a batch. Quorum queues confirm after a majority has written, which takes seconds on a
/// busy disk; a batch given up too early is published twice.
const CONFIRM_DEADLINE: Duration = Duration::from_secs(20);

/// Pause before a message is offered again that the broker did not take (a full queue, a lost leader).
const NACK_PAUSE: Duration = Duration::from_millis(500);

/// A message and the caller that waits for it.
struct Publish {
    message: Message,
    reply: oneshot::Sender<Outcome<()>>,
}

/// Hands messages to the publisher. Cheap to clone.
#[derive(Clone)]
pub(super) struct PublisherHandle {
    inbox: mpsc::Sender<Publish>,
    bound: Duration,
}

impl PublisherHandle {
    /// Publishes a message and waits until it is confirmed, whatever happens to the connection meanwhile.
    ///
    /// # Errors
    /// [`Denied`](FaultKind::Denied) when a mandatory message reached no queue or there is no such exchange;
    /// [`Ambiguous`](FaultKind::Ambiguous) when the time is up.
    pub(super) async fn publish(&self, message: Message) -> Outcome<()> {
        let doing = message.doing.clone();
        let (reply, answer) = oneshot::channel();
        let published = async {
            if self.inbox.send(Publish { message, reply }).await.is_err() {
                return Err(Fault::new(FaultKind::NotSent, &doing).because("the broker's connection was closed"));
            }
            answer.await.unwrap_or_else(|_| {
                Err(Fault::new(FaultKind::Ambiguous, &doing).because("the broker's connection was closed meanwhile"))
            })
        };
        timeout(self.bound, published).await.unwrap_or_else(|_| {
            Err(Fault::new(FaultKind::Ambiguous, &doing).because(format!("not confirmed within {:?}", self.bound)))
        })
    }
}

/// The publisher's side of the queue, driven by the owner of the connection.
pub(super) struct Publisher {
    inbox: mpsc::Receiver<Publish>,
    waiting: VecDeque<Publish>,
    /// Sent and not judged yet. Kept here so that nothing is lost when the connection is.
    batch: Vec<Publish>,
    /// How many of those waiting go out one by one, to find out which of them closed the channel.
    singly: usize,
}

/// What became of a batch.
enum Judged {
    /// Each message, in the order of the batch: `None` when the broker did not take it.
    Each(Vec<Option<Outcome<()>>>),
    /// The channel broke, and nothing is certain.
    Broken(lapin::Error),
    /// No answer in time.
    TimedOut,
}

/// A publisher and the handle to it.
pub(super) fn queue(bound: Duration) -> (PublisherHandle, Publisher) {
    let (sender, inbox) = mpsc::channel(WAITING_MAX);
    let publisher = Publisher { inbox, waiting: VecDeque::new(), batch: Vec::new(), singly: 0 };
    (PublisherHandle { inbox: sender, bound }, publisher)
}

impl Publisher {
    /// Publishes over this connection for as long as it is polled. May be dropped at any await: what was not answered is
    /// published again by the next call.
    pub(super) async fn serve(&mut self, connection: &Connection) {
        let mut backoff = Backoff::default();
        loop {
            self.take_back();
            match open(connection).await {
                Ok(channel) => {
                    let trouble = self.publish_on(connection, &channel, &mut backoff).await;
                    tracing::warn!(fault = trouble.chain(), "the publishing channel is opened anew");
                }
                Err(trouble) => tracing::warn!(fault = trouble.chain(), "no channel to publish on"),
            }
            sleep(backoff.next()).await;
        }
    }

    /// Publishes batch after batch until the channel is of no use any more.
    async fn publish_on(&mut self, connection: &Connection, channel: &Channel, backoff: &mut Backoff) -> Fault {
        loop {
            if self.waiting.is_empty()
                && let Some(publish) = self.inbox.recv().await
            {
                self.waiting.push_back(publish);
            }
            while self.waiting.len() < WAITING_MAX
                && let Ok(publish) = self.inbox.try_recv()
            {
                self.waiting.push_back(publish);
            }
            self.waiting.retain(|publish| !publish.reply.is_closed());
            publishable(connection).await;
            let most = if self.singly > 0 { 1 } else { BATCH_MAX };
            self.batch = next_batch(&mut self.waiting, most);
            self.singly = self.singly.saturating_sub(1);
            if self.batch.is_empty() {
                continue;
            }
            match judge(connection, channel, &self.batch).await {
                Judged::Each(verdicts) => {
                    *backoff = Backoff::default();
                    if self.answer(verdicts) {
                        sleep(NACK_PAUSE).await;
                    }
                }
                Judged::Broken(error) => return self.broken(error, backoff),
                Judged::TimedOut => {
                    self.take_back();
                    return Fault::new(FaultKind::Ambiguous, "waiting for the broker to confirm")
                        .because(format!("not confirmed within {CONFIRM_DEADLINE:?}"));
                }
            }
        }
    }

    /// Tells each caller what became of its message; true when some must be offered again.
    fn answer(&mut self, verdicts: Vec<Option<Outcome<()>>>) -> bool {
        let mut again = Vec::new();
        for (publish, verdict) in self.batch.drain(..).zip(verdicts) {
            match verdict {
                // A caller that has gone has its own answer.
                Some(verdict) => drop(publish.reply.send(verdict)),
                None => again.push(publish),
            }
        }
        let any = !again.is_empty();
        again.into_iter().rev().for_each(|publish| self.waiting.push_front(publish));
        any
    }

    /// The broker closed the channel. When that was an answer to what we sent, it is passed on; else all goes out again.
    fn broken(&mut self, error: lapin::Error, backoff: &mut Backoff) -> Fault {
        let refused = match reply_code(&error) {
            // One batch is for one exchange, so these are about every message of it.
            Some(403 | 404) => true,
            Some(406 | 311) if self.batch.len() == 1 => true,
            Some(406 | 311) => {
                self.singly = self.batch.len();
                false
            }
            _ => false,
        };
        if refused {
            // An answer is no trouble: what waits for another exchange is not held up.
            *backoff = Backoff::default();
            for publish in self.batch.drain(..) {
                let verdict = Err(fault(error.clone(), &publish.message.doing));
                drop(publish.reply.send(verdict));
            }
        }
        self.take_back();
        fault(error, "publishing")
    }

    fn take_back(&mut self) {
        self.batch.drain(..).rev().for_each(|publish| self.waiting.push_front(publish));
    }
}

async fn open(connection: &Connection) -> Outcome<Channel> {
    let channel = within(CHANNEL_DEADLINE, "opening a channel to publish on", connection.create_channel()).await?;
    let confirms = channel.confirm_select(ConfirmSelectOptions::default());
    within(CHANNEL_DEADLINE, "asking for publisher confirms", confirms).await?;
    Ok(channel)
}

/// Takes what goes out together: for one exchange, each message id once, in order.
fn next_batch(waiting: &mut VecDeque<Publish>, most: usize) -> Vec<Publish> {
    let mut batch: Vec<Publish> = Vec::new();
    let mut ids = HashSet::new();
    let mut bytes = 0;
    let mut left = VecDeque::with_capacity(waiting.len());
    for publish in waiting.drain(..) {
        let Message { exchange, message_id, body, .. } = &publish.message;
        let fits = batch.first().is_none_or(|first| {
            batch.len() < most && first.message.exchange == *exchange && bytes + body.len() <= BATCH_MAX_BYTES
        });
        if fits && ids.insert(message_id.clone()) {
            bytes += body.len();
            batch.push(publish);
        } else {
            left.push_back(publish);
        }
    }
    *waiting = left;
    batch
}

/// Publishes a batch and waits for all that the broker says of it.
async fn judge(connection: &Connection, channel: &Channel, batch: &[Publish]) -> Judged {
    let conversation = async {
        let mut confirms = Vec::with_capacity(batch.len());
        let mut unsent = None;
        for Publish { message, .. } in batch {
            // lapin never answers for a message that meets a dying channel.
            let sent = tokio::select! {
                biased;
                sent = send(channel, message) => sent,
                () = gone(channel) => Err(ErrorKind::InvalidChannelState(ChannelState::Closed, "publishing").into()),
            };
            match sent {
                Ok(confirm) => confirms.push(confirm),
                Err(error) => {
                    unsent = Some(error);
                    break;
                }
            }
        }
        (join_all(confirms).await, unsent)
    };
    tokio::pin!(conversation);
    let (confirms, unsent) = loop {
        match timeout(CONFIRM_DEADLINE, &mut conversation).await {
            Ok(answers) => break answers,
            // A broker short of memory or disk stops reading; it will go on.
            Err(_) if connection.status().blocked() => {}
            Err(_) => return Judged::TimedOut,
        }
    };
    // The confirms that were pending know why the channel closed; a send after it only knows that it is closed.
    let broken = confirms.iter().filter_map(|confirm| confirm.as_ref().err()).find(|error| reply_code(error).is_some());
    if let Some(error) = broken {
        return Judged::Broken(error.clone());
    }
    let mut confirmations = Vec::with_capacity(confirms.len());
    for confirm in confirms {
        match confirm {
            Ok(confirmation) => confirmations.push(confirmation),
            Err(error) => return Judged::Broken(error),
        }
    }
    match unsent {
        Some(error) => Judged::Broken(error),
        None => Judged::Each(credit(batch, confirmations)),
    }
}

async fn send(channel: &Channel, message: &Message) -> lapin::Result<lapin::PublisherConfirm> {
    let options = BasicPublishOptions { mandatory: message.mandatory, immediate: false };
    let (exchange, key) = (message.exchange.clone(), message.routing_key.clone());
    channel.basic_publish(exchange, key, options, &message.body, message.properties.clone()).await
}

/// Credits each return to the message it names, whichever confirm carried it.
fn credit(batch: &[Publish], confirmations: Vec<Confirmation>) -> Vec<Option<Outcome<()>>> {
    let mut returned: HashMap<String, String> = HashMap::new();
    let mut taken = Vec::with_capacity(confirmations.len());
    for confirmation in confirmations {
        taken.push(match &confirmation {
            Confirmation::Ack(_) => Some(true),
            Confirmation::Nack(_) => Some(false),
            Confirmation::NotRequested => None,
        });
        if let Some(message) = confirmation.take_message() {
            let id = message.properties.message_id().as_ref().map(ShortString::to_string).unwrap_or_default();
            returned.insert(id, format!("{} {}", message.reply_code, message.reply_text));
        }
    }
    let verdicts = batch.iter().zip(taken).map(|(Publish { message, .. }, taken)| match taken {
        Some(true) => Some(match returned.get(&message.message_id) {
            Some(words) => Err(unroutable(message, words)),
            None => Ok(()),
        }),
        Some(false) => None,
        None => Some(Err(Fault::new(FaultKind::Bug, &message.doing).because("the channel was not in confirm mode"))),
    });
    verdicts.collect()
}

fn unroutable(message: &Message, words: &str) -> Fault {
    let doing = &message.doing;
    let way_out = if message.exchange.as_str().is_empty() {
        "there is no such queue; declare it".to_owned()
    } else {
        format!("no queue is bound to it for {}; bind one, so that nothing is lost", message.routing_key)
    };
    Fault::new(FaultKind::Denied, format!("{doing}: {way_out}")).because(words.to_owned())
}

#[cfg(test)]
mod tests {
    use lapin::BasicProperties;

    use super::*;

    fn publish(exchange: &str, id: &str, bytes: usize) -> Publish {
        let message = Message {
            exchange: exchange.into(),
            routing_key: "key".into(),
            message_id: id.to_owned(),
            properties: BasicProperties::default(),
            body: vec![0; bytes].into(),
            mandatory: true,
            doing: "testing".to_owned(),
        };
        Publish { message, reply: oneshot::channel().0 }
    }

    fn ids<'a>(publishes: impl IntoIterator<Item = &'a Publish>) -> Vec<&'a str> {
        publishes.into_iter().map(|publish| publish.message.message_id.as_str()).collect()
    }

    #[test]
    fn a_batch_is_for_one_exchange_and_holds_each_id_once() {
        let mut waiting = [("x", "a"), ("y", "b"), ("x", "c"), ("x", "a"), ("x", "d")]
            .map(|(exchange, id)| publish(exchange, id, 1))
            .into_iter()
            .collect();
        assert_eq!(ids(&next_batch(&mut waiting, 9)), ["a", "c", "d"]);
        assert_eq!(ids(&waiting), ["b", "a"]);
        assert_eq!(ids(&next_batch(&mut waiting, 9)), ["b"]);
        assert_eq!(ids(&next_batch(&mut waiting, 9)), ["a"]);
    }

    #[test]
    fn a_batch_is_bounded_in_messages_and_bytes_but_takes_one_however_large() {
        let mut waiting: VecDeque<_> = ["a", "b", "c"].map(|id| publish("x", id, 1)).into_iter().collect();
        assert_eq!(ids(&next_batch(&mut waiting, 2)), ["a", "b"]);
        let huge = BATCH_MAX_BYTES + 1;
        let mut waiting: VecDeque<_> = ["a", "b"].map(|id| publish("x", id, huge)).into_iter().collect();
        assert_eq!(ids(&next_batch(&mut waiting, 9)), ["a"]);
        assert_eq!(ids(&next_batch(&mut waiting, 9)), ["b"]);
    }

    #[test]
    fn a_message_that_the_broker_did_not_take_is_offered_again_and_the_others_are_answered() {
        let batch = ["a", "b"].map(|id| publish("x", id, 1));
        let verdicts = credit(&batch, vec![Confirmation::Nack(None), Confirmation::Ack(None)]);
        assert!(verdicts[0].is_none());
        assert!(matches!(verdicts[1], Some(Ok(()))));
    }
}
