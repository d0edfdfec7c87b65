//! RabbitMQ under test: a producer's and operator's connection beside the worker's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use landfall::job::event::Event;
use landfall::ports::Intake;
use landfall::rabbit::{AmqpUrl, Headers, Names, Rabbit, RabbitOptions, connect, read_event};
use lapin::message::BasicGetMessage;
use lapin::options::{
    BasicAckOptions, BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions, ExchangeDeleteOptions,
    QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use tokio::time::{Instant, sleep};

use crate::broker::{Bench, SOON};
use crate::support::proxy::Proxy;

/// How often a state is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// A broker at a URL, and names on it that no other test uses.
pub(crate) struct RabbitBench {
    pub(crate) url: String,
    pub(crate) names: Names,
    /// A channel in confirm mode beside the worker's connection.
    pub(crate) channel: Channel,
    connection: Connection,
    workers: Mutex<HashMap<usize, (Rabbit, Proxy)>>,
}

impl RabbitBench {
    /// Starts on a clean slate under `prefix`.
    pub(crate) async fn new(url: &str, prefix: &str) -> RabbitBench {
        let bench = RabbitBench::connected(url, prefix).await;
        bench.clear().await;
        bench
    }

    /// Finds things as they are.
    pub(crate) async fn connected(url: &str, prefix: &str) -> RabbitBench {
        let connection = Connection::connect(url, ConnectionProperties::default()).await.expect("the broker answers");
        let channel = connection.create_channel().await.expect("a channel");
        channel.confirm_select(ConfirmSelectOptions::default()).await.expect("confirms");
        RabbitBench { url: url.to_owned(), names: Names::under(prefix), channel, connection, workers: Mutex::default() }
    }

    /// Removes what the test left on the broker.
    pub(crate) async fn clear(&self) {
        let Names { jobs, dead_letters, events, parked, control } = &self.names;
        let tap = format!("{events}.tap");
        for queue in [jobs, dead_letters, parked, &tap] {
            self.channel.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await.expect("deleted");
        }
        for exchange in [events, dead_letters, control] {
            let options = ExchangeDeleteOptions::default();
            self.channel.exchange_delete(exchange.as_str().into(), options).await.expect("deleted");
        }
    }

    /// The worker's options for this broker and these names.
    pub(crate) fn options(&self) -> RabbitOptions {
        let url = AmqpUrl::parse(&self.url).expect("the URL under test");
        RabbitOptions { names: self.names.clone(), prefetch: 10, ..RabbitOptions::new(url) }
    }

    /// A worker's connection.
    pub(crate) async fn worker(&self) -> Rabbit {
        connect(self.options()).await.unwrap_or_else(|fault| panic!("{}", fault.chain()))
    }

    /// A hop before the broker.
    pub(crate) async fn proxy(&self) -> Proxy {
        let url = url::Url::parse(&self.url).expect("the URL under test");
        Proxy::before(&format!("{}:{}", url.host_str().expect("a host"), url.port().unwrap_or(5672))).await
    }

    /// A worker's connection by way of a proxy, with what follows its URL.
    pub(crate) async fn worker_over(&self, proxy: &Proxy, query: &str) -> Rabbit {
        let url = AmqpUrl::parse(&format!("{}{query}", proxy.by_way(&self.url))).expect("the proxy's URL");
        let options = RabbitOptions { url, ..self.options() };
        connect(options).await.unwrap_or_else(|fault| panic!("{}", fault.chain()))
    }

    /// Binds a queue to the events exchange, for these routing keys.
    pub(crate) async fn tap(&self, keys: &[&str]) -> String {
        let tap = format!("{}.tap", self.names.events);
        let options = QueueDeclareOptions { durable: true, ..Default::default() };
        self.channel.queue_declare(tap.as_str().into(), options, FieldTable::default()).await.expect("declared");
        for key in keys {
            let (queue, exchange) = (tap.as_str().into(), self.names.events.as_str().into());
            let options = QueueBindOptions::default();
            self.channel
                .queue_bind(queue, exchange, (*key).into(), options, FieldTable::default())
                .await
                .expect("bound");
        }
        tap
    }

    /// Waits until somebody consumes a queue.
    pub(crate) async fn consumed(&self, queue: &str) {
        let passive = QueueDeclareOptions { passive: true, ..Default::default() };
        loop {
            // A queue that is not there closes the channel.
            let channel = self.connection.create_channel().await.expect("a channel");
            let found = channel.queue_declare(queue.into(), passive, FieldTable::default()).await;
            if found.is_ok_and(|queue| queue.consumer_count() > 0) {
                return;
            }
            sleep(LOOK).await;
        }
    }

    /// Publishes to a queue and waits for the confirm.
    pub(crate) async fn put(&self, queue: &str, body: &[u8], properties: BasicProperties) {
        let options = BasicPublishOptions { mandatory: true, ..Default::default() };
        let sent = self.channel.basic_publish("".into(), queue.into(), options, body, properties).await;
        let confirm = sent.expect("sent").await.expect("confirmed");
        assert!(confirm.is_ack() && confirm.take_message().is_none(), "no queue {queue}");
    }

    /// Takes the messages that are on a queue, waiting for as many as are expected.
    pub(crate) async fn drain(&self, queue: &str, expected: usize) -> Vec<BasicGetMessage> {
        let mut messages = Vec::new();
        let until = Instant::now() + SOON;
        loop {
            let got =
                self.channel.basic_get(queue.into(), BasicGetOptions::default()).await.expect("the queue is there");
            match got {
                Some(message) => {
                    message.ack(BasicAckOptions::default()).await.expect("acknowledged");
                    messages.push(message);
                }
                None if messages.len() >= expected || Instant::now() > until => return messages,
                None => sleep(LOOK).await,
            }
        }
    }

    /// How many dead letters there are.
    pub(crate) async fn dead_letters_now(&self) -> usize {
        self.drain(&self.names.dead_letters, 0).await.len()
    }

    /// Takes the events that came to the tap.
    pub(crate) async fn events(&self, tap: &str, expected: usize) -> Vec<Event> {
        let messages = self.drain(tap, expected).await;
        messages.iter().map(|message| read_event(&message.properties, &message.data).expect("an event")).collect()
    }
}

/// A header of a message, as text.
pub(crate) fn header(properties: &BasicProperties, name: &str) -> Option<String> {
    match properties.headers().as_ref()?.inner().get(name)? {
        AMQPValue::LongString(text) => Some(text.to_string()),
        other => Some(format!("{other:?}")),
    }
}

/// Waits until a condition holds.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + SOON;
    while !holds() {
        assert!(Instant::now() < deadline, "still not so: {what}");
        sleep(LOOK).await;
    }
}

fn address(intake: &Arc<dyn Intake>) -> usize {
    Arc::as_ptr(intake).cast::<()>().addr()
}

#[async_trait]
impl Bench for RabbitBench {
    async fn submit(&self, body: &[u8], traceparent: Option<&str>) {
        let mut headers = FieldTable::default();
        if let Some(traceparent) = traceparent {
            headers.insert("traceparent".into(), AMQPValue::LongString(traceparent.into()));
        }
        let properties = BasicProperties::default().with_delivery_mode(2).with_headers(headers);
        self.put(&self.names.jobs, body, properties).await;
    }

    async fn intake(&self) -> Arc<dyn Intake> {
        let proxy = self.proxy().await;
        let rabbit = self.worker_over(&proxy, "").await;
        let intake: Arc<dyn Intake> = rabbit.intake();
        self.workers.lock().expect("not poisoned").insert(address(&intake), (rabbit, proxy));
        intake
    }

    async fn disconnect(&self, intake: &Arc<dyn Intake>) {
        self.workers.lock().expect("not poisoned")[&address(intake)].1.cut();
    }

    async fn dead_letters(&self) -> Vec<(Vec<u8>, String)> {
        let messages = self.drain(&self.names.dead_letters, 1).await;
        let reason = |properties: &BasicProperties| header(properties, Headers::REASON).expect("a reason");
        messages.into_iter().map(|message| (message.data.clone(), reason(&message.properties))).collect()
    }
}
