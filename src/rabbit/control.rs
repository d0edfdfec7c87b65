//! Control messages between workers: a fanout exchange, and for each connection that listens a queue that goes with it.
//!
//! What is said while a connection is lost is not heard: a broadcast only hastens what stands in the ledger anyway.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use lapin::options::{BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Connection, Consumer};
use tokio::sync::{Mutex, mpsc};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::classify::within;
use super::publisher::PublisherHandle;
use super::supervisor::{Backoff, Keep, Shared};
use super::topology::CHANNEL_DEADLINE;
use super::wire::{Message, short};
use crate::job::control::ControlMessage;
use crate::job::fault::Outcome;
use crate::ports::Control;

/// Messages heard and not yet taken. What comes beyond that is dropped: it stands in the ledger.
const HEARD_MAX: usize = 256;

/// The exchange of control messages as a [`Control`].
pub struct RabbitControl {
    publisher: PublisherHandle,
    exchange: String,
    heard: Mutex<mpsc::Receiver<ControlMessage>>,
    wanted: CancellationToken,
    _keep: Arc<Keep>,
}

/// Where the owner of the connection puts what it hears.
pub(super) struct Ear {
    heard: mpsc::Sender<ControlMessage>,
    /// Somebody wants to hear: a connection that only publishes listens to nothing.
    wanted: CancellationToken,
}

/// A control and its ear.
pub(super) fn pair(exchange: &str, publisher: PublisherHandle, keep: Arc<Keep>) -> (Ear, RabbitControl) {
    let (sender, heard) = mpsc::channel(HEARD_MAX);
    let wanted = CancellationToken::new();
    let ear = Ear { heard: sender, wanted: wanted.clone() };
    let heard = Mutex::new(heard);
    (ear, RabbitControl { publisher, exchange: exchange.to_owned(), heard, wanted, _keep: keep })
}

#[async_trait]
impl Control for RabbitControl {
    async fn broadcast(&self, message: &ControlMessage) -> Outcome<()> {
        self.publisher.publish(broadcast(message, &self.exchange)?).await
    }

    async fn next(&self) -> ControlMessage {
        self.wanted.cancel();
        match self.heard.lock().await.recv().await {
            Some(message) => message,
            // The connection is closed for good.
            None => std::future::pending().await,
        }
    }
}

fn broadcast(message: &ControlMessage, exchange: &str) -> Outcome<Message> {
    let doing = format!("telling all workers over exchange {exchange}");
    let message_id = Uuid::new_v4().to_string();
    let properties = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_message_id(short(&message_id, &doing)?);
    Ok(Message {
        exchange: short(exchange, &doing)?,
        routing_key: ShortString::default(),
        message_id,
        properties,
        body: Bytes::from(message.to_json()),
        // Where no worker runs there is nobody to tell.
        mandatory: false,
        doing,
    })
}

/// Listens over this connection for as long as it is polled.
pub(super) async fn listen(connection: &Connection, shared: &Shared, ear: &Ear) {
    ear.wanted.cancelled().await;
    let mut backoff = Backoff::default();
    loop {
        match subscribe(connection, &shared.options.names.control).await {
            Ok((_channel, mut consumer)) => {
                backoff = Backoff::default();
                while let Some(Ok(delivery)) = consumer.next().await {
                    match ControlMessage::read(&delivery.data) {
                        Some(message) => drop(ear.heard.try_send(message)),
                        None => tracing::debug!("a control message of another release is not understood"),
                    }
                }
            }
            Err(trouble) => tracing::warn!(fault = trouble.chain(), "control messages of other workers are not heard"),
        }
        sleep(backoff.next()).await;
    }
}

/// A queue of the broker's naming, for this connection only. Nothing waits in it while nobody listens.
async fn subscribe(connection: &Connection, exchange: &str) -> Outcome<(Channel, Consumer)> {
    let doing = format!("listening to exchange {exchange}");
    let channel = within(CHANNEL_DEADLINE, &doing, connection.create_channel()).await?;
    let options = QueueDeclareOptions { exclusive: true, auto_delete: true, ..Default::default() };
    let queue = channel.queue_declare(ShortString::default(), options, FieldTable::default());
    let queue = within(CHANNEL_DEADLINE, &doing, queue).await?.name().clone();
    let (key, options) = (ShortString::default(), QueueBindOptions::default());
    let bound = channel.queue_bind(queue.clone(), short(exchange, &doing)?, key, options, FieldTable::default());
    within(CHANNEL_DEADLINE, &doing, bound).await?;
    let (tag, options) = (ShortString::default(), BasicConsumeOptions { no_ack: true, ..Default::default() });
    let consumer = channel.basic_consume(queue, tag, options, FieldTable::default());
    let consumer = within(CHANNEL_DEADLINE, &doing, consumer).await?;
    Ok((channel, consumer))
}
