//! A tap on the events exchange: what is published, for whoever watches, and taken away from nobody.
//!
//! Each connection that taps has a queue of its own, of the broker's naming, that goes with the connection; what is
//! published while there is none is not heard. The queue is bounded and drops its oldest: a watcher who does not read may
//! miss events, but neither fills the broker nor has the worker's events refused.

use std::sync::Arc;

use futures_util::StreamExt;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, Connection, Consumer};
use serde_json::Value;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::time::sleep;

use super::classify::{fault, reply_code, within};
use super::supervisor::{Backoff, Keep};
use super::topology::CHANNEL_DEADLINE;
use super::wire::{read_attributes, short};
use crate::job::fault::{Fault, FaultKind, Outcome};

/// Events heard and not yet taken. The broker keeps what comes beyond that, and [`PREFETCH`].
const HEARD_MAX: usize = 256;

/// Events on their way to us. More only costs memory.
const PREFETCH: u16 = 256;

/// Most events that wait in the queue of a watcher who does not read.
const WAITING_MAX: i32 = 10_000;

/// What a tap tells.
#[derive(Debug)]
pub enum Heard {
    /// From now on everything that is published is heard. When it comes again, the connection was lost in between, and
    /// what was published meanwhile was not heard.
    Listening,
    /// An event, in structured form whichever way it was published.
    Event(Value),
    /// A message that is no event; what is wrong with it.
    Strange(String),
    /// Nothing is heard for now, or ever, if the fault is none that [may mend](FaultKind::may_mend). It is tried again.
    Deaf(Fault),
}

/// The events exchange, overheard.
pub struct RabbitTap {
    keys: watch::Sender<Option<Vec<String>>>,
    heard: Mutex<mpsc::Receiver<Heard>>,
    _keep: Arc<Keep>,
}

impl RabbitTap {
    /// Starts to listen for events with these routing keys, patterns allowed. The first call counts.
    pub fn listen(&self, keys: Vec<String>) {
        self.keys.send_if_modified(|wanted| {
            let first = wanted.is_none();
            if first {
                *wanted = Some(keys);
            }
            first
        });
    }

    /// What is heard next; never ends.
    pub async fn next(&self) -> Heard {
        match self.heard.lock().await.recv().await {
            Some(heard) => heard,
            // The connection is closed for good.
            None => std::future::pending().await,
        }
    }
}

/// Where the owner of the connection puts what it hears.
pub(super) struct Cable {
    keys: watch::Receiver<Option<Vec<String>>>,
    heard: mpsc::Sender<Heard>,
}

/// A tap and its cable.
pub(super) fn pair(keep: Arc<Keep>) -> (Cable, RabbitTap) {
    let (sender, heard) = mpsc::channel(HEARD_MAX);
    let (wanted, keys) = watch::channel(None);
    (Cable { keys, heard: sender }, RabbitTap { keys: wanted, heard: Mutex::new(heard), _keep: keep })
}

impl Cable {
    /// Tells that the connection is lost. Where there is no room, the next [`Heard::Listening`] tells it.
    pub(super) fn lost(&self, why: &str) {
        if self.keys.borrow().is_some() {
            let fault =
                Fault::new(FaultKind::Unavailable, "the connection to RabbitMQ is lost").because(why.to_owned());
            drop(self.heard.try_send(Heard::Deaf(fault)));
        }
    }

    /// Passes on what is heard over this connection, for as long as it is polled.
    pub(super) async fn carry(&self, connection: &Connection, exchange: &str) {
        let mut keys = self.keys.clone();
        let Ok(Some(keys)) = keys.wait_for(Option::is_some).await.map(|keys| keys.clone()) else {
            // Nobody can ask any more.
            return std::future::pending().await;
        };
        let mut backoff = Backoff::default();
        loop {
            let trouble = match subscribe(connection, exchange, &keys).await {
                Ok((_channel, consumer)) => {
                    backoff = Backoff::default();
                    self.tell(Heard::Listening).await;
                    self.pass_on(consumer).await
                }
                Err(trouble) => trouble,
            };
            tracing::warn!(fault = trouble.chain(), "events are not heard");
            self.tell(Heard::Deaf(trouble)).await;
            sleep(backoff.next()).await;
        }
    }

    /// Passes on events until the subscription ends, and tells why it did.
    async fn pass_on(&self, mut consumer: Consumer) -> Fault {
        let doing = "listening to events";
        while let Some(delivery) = consumer.next().await {
            let delivery = match delivery {
                Ok(delivery) => delivery,
                Err(error) => return fault(error, doing),
            };
            self.tell(match read_attributes(&delivery.properties, &delivery.data) {
                Ok(event) => Heard::Event(event),
                Err(why) => Heard::Strange(why),
            })
            .await;
            if let Err(error) = delivery.ack(BasicAckOptions::default()).await {
                return fault(error, doing);
            }
        }
        Fault::new(FaultKind::Unavailable, doing).because("the broker ended the subscription")
    }

    async fn tell(&self, heard: Heard) {
        // Nobody takes it any more when the handle is gone; then the connection goes, too.
        let _ = self.heard.send(heard).await;
    }
}

async fn subscribe(connection: &Connection, exchange: &str, keys: &[String]) -> Outcome<(Channel, Consumer)> {
    let doing = format!("listening to exchange {exchange}");
    let channel = within(CHANNEL_DEADLINE, &doing, connection.create_channel()).await?;
    within(CHANNEL_DEADLINE, &doing, channel.basic_qos(PREFETCH, BasicQosOptions::default())).await?;
    let options = QueueDeclareOptions { exclusive: true, auto_delete: true, ..Default::default() };
    let queue = channel.queue_declare(ShortString::default(), options, bounds());
    let queue = within(CHANNEL_DEADLINE, &doing, queue).await?.name().clone();
    for key in keys {
        let (exchange, key) = (short(exchange, &doing)?, short(key, &doing)?);
        let bind = channel.queue_bind(queue.clone(), exchange, key, QueueBindOptions::default(), FieldTable::default());
        match tokio::time::timeout(CHANNEL_DEADLINE, bind).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) if reply_code(&error) == Some(404) => {
                let way_out = "there is no such exchange: start `landfall worker`, which declares it, or correct \
                               amqp.events_exchange or the virtual host in amqp.url";
                return Err(Fault::new(FaultKind::Denied, format!("{doing}: {way_out}")).because(error.to_string()));
            }
            Ok(Err(error)) => return Err(fault(error, &doing)),
            Err(_) => return Err(Fault::new(FaultKind::Ambiguous, &doing).because("no answer in time")),
        }
    }
    let consumer = channel.basic_consume(
        queue,
        ShortString::default(),
        BasicConsumeOptions { exclusive: true, ..Default::default() },
        FieldTable::default(),
    );
    let consumer = within(CHANNEL_DEADLINE, &doing, consumer).await?;
    Ok((channel, consumer))
}

/// The oldest goes first when it is full: to refuse the newest would have the worker's own publishes refused.
fn bounds() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-max-length".into(), AMQPValue::LongInt(WAITING_MAX));
    arguments.insert("x-overflow".into(), AMQPValue::LongString("drop-head".into()));
    arguments
}
