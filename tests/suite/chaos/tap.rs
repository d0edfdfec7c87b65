//! A producer and a consumer that outlive their broker's restarts.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use futures_util::StreamExt as _;
use landfall::job::event::Event;
use landfall::rabbit::read_event;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    QueueDeclareOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::support::stack::Seen;

/// How long a broker may take to connect, to confirm, and to say nothing before it is taken for gone.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

const AGAIN: Duration = Duration::from_millis(200);

/// Events sent ahead. Small, as they come again when the connection is lost.
const PREFETCH: u16 = 100;

/// Takes every event as it comes.
pub(super) struct Tap {
    url: String,
    queue: String,
    /// Acknowledged only once they are in here.
    pub(super) seen: Vec<Seen>,
    ended: BTreeSet<String>,
    count: watch::Sender<usize>,
    ids: BTreeSet<String>,
    /// Events that workers published again. What the tap itself takes again, after a lost acknowledgement, is none.
    pub(super) repeats: usize,
    last_progress: Instant,
    /// The longest time in which nothing ended, and how many had ended by then.
    pub(super) longest_pause: (Duration, usize),
}

impl Tap {
    pub(super) fn on(url: &str, queue: &str) -> Tap {
        Tap {
            url: url.to_owned(),
            queue: queue.to_owned(),
            seen: Vec::new(),
            ended: BTreeSet::new(),
            count: watch::Sender::new(0),
            ids: BTreeSet::new(),
            repeats: 0,
            last_progress: Instant::now(),
            longest_pause: (Duration::ZERO, 0),
        }
    }

    /// How many different messages have ended so far.
    pub(super) fn ended(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }

    /// Takes events until it is dropped.
    pub(super) async fn run(&mut self) -> Infallible {
        self.last_progress = Instant::now();
        loop {
            // A broker that goes away is what this run is about.
            let _ = self.listen().await;
            sleep(AGAIN).await;
        }
    }

    async fn listen(&mut self) -> lapin::Result<()> {
        let (_connection, channel) = open(&self.url).await?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions::default();
        let queue = self.queue.as_str().into();
        let mut events = channel.basic_consume(queue, "tap".into(), options, FieldTable::default()).await?;
        loop {
            let delivery = match timeout(ANSWERS_WITHIN, events.next()).await {
                Ok(Some(delivery)) => delivery?,
                Ok(None) => return Ok(()),
                Err(_silence) if channel.status().connected() => continue,
                Err(_silence) => return Ok(()),
            };
            let event = read_event(&delivery.properties, &delivery.data).expect("an event");
            self.note(&event, delivery.redelivered);
            let routing_key = delivery.routing_key.to_string();
            let acker = delivery.acker.clone();
            self.seen.push(Seen { event, body: delivery.data, routing_key, properties: delivery.properties });
            acker.ack(BasicAckOptions::default()).await?;
        }
    }

    fn note(&mut self, event: &Event, redelivered: bool) {
        let again = !self.ids.insert(event.id.clone());
        self.repeats += usize::from(again && !redelivered);
        if event.event_type.is_terminal() && self.ended.insert(event.id.clone()) {
            self.longest_pause = self.longest_pause.max((self.last_progress.elapsed(), self.ended.len() - 1));
            self.last_progress = Instant::now();
            self.count.send_replace(self.ended.len());
        }
    }
}

/// Puts messages on a queue, each safely.
pub(super) struct Producer {
    url: String,
    queue: String,
    line: Option<(Connection, Channel)>,
}

impl Producer {
    pub(super) fn to(url: &str, queue: &str) -> Producer {
        Producer { url: url.to_owned(), queue: queue.to_owned(), line: None }
    }

    /// Puts a message, as often as it takes until the broker confirms it. So it may be there twice.
    pub(super) async fn put(&mut self, body: &str) {
        while !matches!(timeout(ANSWERS_WITHIN, self.try_put(body)).await, Ok(Ok(true))) {
            self.line = None;
            sleep(AGAIN).await;
        }
    }

    async fn try_put(&mut self, body: &str) -> lapin::Result<bool> {
        let (_, channel) = match &mut self.line {
            Some(line) => line,
            line => line.insert(open(&self.url).await?),
        };
        let options = BasicPublishOptions { mandatory: true, ..Default::default() };
        let properties = BasicProperties::default().with_delivery_mode(2);
        let queue = self.queue.as_str().into();
        let confirm = channel.basic_publish("".into(), queue, options, body.as_bytes(), properties).await?.await?;
        Ok(confirm.is_ack() && confirm.take_message().is_none())
    }
}

/// How many messages wait in these queues.
pub(super) async fn waiting(url: &str, queues: &[&str]) -> lapin::Result<usize> {
    let (_connection, channel) = open(url).await?;
    let passive = QueueDeclareOptions { passive: true, durable: true, ..Default::default() };
    let mut messages = 0;
    for queue in queues {
        let queue = channel.queue_declare((*queue).into(), passive, FieldTable::default()).await?;
        messages += usize::try_from(queue.message_count()).expect("a count");
    }
    Ok(messages)
}

/// A connection with a channel in confirm mode.
async fn open(url: &str) -> lapin::Result<(Connection, Channel)> {
    let connecting = Connection::connect(url, ConnectionProperties::default());
    let Ok(connection) = timeout(ANSWERS_WITHIN, connecting).await else {
        return Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into());
    };
    let connection = connection?;
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    Ok((connection, channel))
}
