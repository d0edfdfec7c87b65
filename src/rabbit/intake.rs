//! Taking deliveries from the jobs queue and the parked queue, and settling them.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use jiff::Timestamp;
use lapin::options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, Connection, Consumer};
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::time::{sleep, timeout};

use super::classify::{fault, within};
use super::forward::Received;
use super::options::Names;
use super::publisher::PublisherHandle;
use super::supervisor::{Backoff, Keep, Shared, gone};
use super::topology::{CHANNEL_DEADLINE, establish};
use super::wire::{Message, short};
use crate::job::event::RejectedData;
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::ports::{Delivery, DeliveryEnvelope, Intake};

/// Longest wait for a settlement to be written out.
const SETTLE_DEADLINE: Duration = Duration::from_secs(10);

/// Longest wait for the broker to end a subscription.
const CANCEL_DEADLINE: Duration = Duration::from_secs(10);

/// Pause before a message goes back that could not be dead-lettered or parked: it is delivered again at once, and the
/// worker needs a moment to suspend its intake.
const RETURN_PAUSE: Duration = Duration::from_secs(1);

/// What the broker waits for a settlement beyond the longest that a delivery is held: parking it takes a confirm and an
/// acknowledgement.
const PATIENCE_MARGIN: Duration = Duration::from_secs(300);

/// The jobs queue and the parked queue as one [`Intake`].
pub struct RabbitIntake {
    shared: Arc<Shared>,
    taken: Mutex<mpsc::Receiver<RabbitDelivery>>,
    demand: Arc<Semaphore>,
    /// A delivery was asked for and has not come yet.
    asked: AtomicBool,
    pub(super) keep: Arc<Keep>,
}

/// Where the owner of the connection puts what it takes: one message for every time one is asked for. What is taken ahead
/// waits in the subscription, from where it can go back.
#[derive(Clone)]
pub(super) struct Handout {
    sender: mpsc::Sender<RabbitDelivery>,
    demand: Arc<Semaphore>,
}

/// An intake and its handout.
pub(super) fn queue(shared: &Arc<Shared>) -> (Handout, RabbitIntake) {
    // A place for each of the two subscriptions; the demand keeps them empty.
    let (sender, taken) = mpsc::channel(2);
    let demand = Arc::new(Semaphore::new(0));
    let handout = Handout { sender, demand: Arc::clone(&demand) };
    let (taken, asked) = (Mutex::new(taken), AtomicBool::new(false));
    (handout, RabbitIntake { shared: Arc::clone(shared), taken, demand, asked, keep: Arc::new(Keep::new(shared)) })
}

impl Handout {
    /// Waits until a delivery is asked for; `None` when nobody can any more.
    async fn asked(&self) -> Option<mpsc::Permit<'_, RabbitDelivery>> {
        // The place first: once the demand is met, nothing may be awaited, or it could be lost.
        let place = self.sender.reserve().await.ok()?;
        tokio::select! {
            () = self.sender.closed() => None,
            demand = self.demand.acquire() => {
                demand.ok()?.forget();
                Some(place)
            }
        }
    }
}

#[async_trait]
impl Intake for RabbitIntake {
    async fn next(&self) -> Option<Box<dyn Delivery>> {
        self.shared.wanted.cancel();
        let mut taken = self.taken.lock().await;
        loop {
            if !self.asked.swap(true, Ordering::SeqCst) {
                self.demand.add_permits(1);
            }
            let delivery = tokio::select! {
                biased;
                () = self.shared.stopping.cancelled() => return None,
                delivery = taken.recv() => delivery?,
            };
            self.asked.store(false, Ordering::SeqCst);
            // One of a channel that is lost by now will come again.
            if delivery.inner.acker.usable() {
                return Some(Box::new(delivery));
            }
        }
    }

    async fn stop(&self) {
        self.shared.stopping.cancel();
        if self.shared.is_up() {
            let _ = timeout(CANCEL_DEADLINE + SETTLE_DEADLINE, self.shared.stopped.cancelled()).await;
        }
        let mut taken = self.taken.lock().await;
        taken.close();
        while let Some(delivery) = taken.recv().await {
            give_back(&delivery.inner).await;
        }
    }

    async fn rest(&self, resting: bool) {
        self.shared.resting.send_replace(resting);
        // What was asked for is wanted no more. If the demand was met already, what met it is here or will be at once.
        if resting && self.asked.swap(false, Ordering::SeqCst) {
            match self.demand.try_acquire() {
                Ok(demand) => demand.forget(),
                Err(_) => {
                    let mut taken = self.taken.lock().await;
                    if let Ok(Some(delivery)) = timeout(SETTLE_DEADLINE, taken.recv()).await {
                        give_back(&delivery.inner).await;
                    }
                }
            }
        }
    }
}

/// Consumes a queue over this connection until the intake is stopped, subscribing anew whenever a subscription ends.
pub(super) async fn consume(
    connection: &Connection,
    shared: &Shared,
    queue: &str,
    taken: &Handout,
    publisher: &PublisherHandle,
) {
    let mut backoff = Backoff::default();
    let mut anew = false;
    while !shared.stopping.is_cancelled() {
        tokio::select! {
            () = shared.stopping.cancelled() => return,
            () = shared.rests(false) => {}
        }
        let trouble = match subscribe(connection, shared, queue, anew).await {
            Ok((channel, consumer)) => {
                backoff = Backoff::default();
                let pump = Pump { shared, queue, channel, taken, publisher };
                match pump.run(consumer).await {
                    Ended::Stopped => return,
                    Ended::Crowded | Ended::Resting => continue,
                    Ended::Cancelled => Fault::new(FaultKind::Unavailable, format!("consuming queue {queue}"))
                        .because("the broker ended the subscription"),
                    Ended::Broken(error) => fault(error, format!("consuming queue {queue}")),
                }
            }
            Err(trouble) => trouble,
        };
        tracing::warn!(queue, fault = trouble.chain(), "the subscription is taken up anew");
        anew = true;
        tokio::select! {
            () = shared.stopping.cancelled() => {}
            () = sleep(backoff.next()) => {}
        }
    }
}

/// Subscribes on a channel of its own, so that trouble with one queue is not the other's. `anew` sees to the topology
/// first: a queue may have been deleted.
async fn subscribe(connection: &Connection, shared: &Shared, queue: &str, anew: bool) -> Outcome<(Channel, Consumer)> {
    let doing = format!("subscribing to queue {queue}");
    if anew {
        establish(connection, shared.options.topology, &shared.options.names).await?;
    }
    let channel = within(CHANNEL_DEADLINE, &doing, connection.create_channel()).await?;
    let qos = channel.basic_qos(shared.options.prefetch, BasicQosOptions { global: false });
    within(CHANNEL_DEADLINE, &doing, qos).await?;
    let (name, tag) = (short(queue, &doing)?, ShortString::default());
    let arguments = patience(shared.options.held());
    let consumer = channel.basic_consume(name, tag, BasicConsumeOptions::default(), arguments);
    let consumer = within(CHANNEL_DEADLINE, &doing, consumer).await?;
    Ok((channel, consumer))
}

/// How long the broker shall wait for a settlement. RabbitMQ takes it from each consumer since 4.3, and overlooks it before.
fn patience(held: Duration) -> FieldTable {
    let millis = i64::try_from(held.saturating_add(PATIENCE_MARGIN).as_millis()).unwrap_or(i64::MAX);
    let mut arguments = FieldTable::default();
    arguments.insert("x-consumer-timeout".into(), AMQPValue::LongLongInt(millis));
    arguments
}

/// One subscription.
struct Pump<'a> {
    shared: &'a Shared,
    queue: &'a str,
    channel: Channel,
    taken: &'a Handout,
    publisher: &'a PublisherHandle,
}

/// Why a subscription ended.
enum Ended {
    /// The intake was stopped, and what was taken ahead went back.
    Stopped,
    /// The broker cancelled it: the queue was deleted, or lost its leader.
    Cancelled,
    /// The worker had no room for too long, and what was taken ahead went back for others.
    Crowded,
    /// The intake is at rest, and what was taken ahead went back.
    Resting,
    /// The channel or the connection broke.
    Broken(lapin::Error),
}

impl Pump<'_> {
    async fn run(self, mut consumer: Consumer) -> Ended {
        loop {
            let delivery = tokio::select! {
                biased;
                () = self.shared.stopping.cancelled() => return self.wind_down(consumer).await,
                () = self.shared.rests(true) => {
                    self.wind_down(consumer).await;
                    return Ended::Resting;
                }
                delivery = consumer.next() => match delivery {
                    Some(Ok(delivery)) => delivery,
                    Some(Err(error)) => return Ended::Broken(error),
                    None => return Ended::Cancelled,
                },
            };
            tokio::select! {
                biased;
                () = self.shared.stopping.cancelled() => {
                    give_back(&delivery).await;
                    return self.wind_down(consumer).await;
                }
                () = self.shared.rests(true) => {
                    give_back(&delivery).await;
                    self.wind_down(consumer).await;
                    return Ended::Resting;
                }
                () = sleep(self.shared.options.hold_ahead) => {
                    give_back(&delivery).await;
                    self.wind_down(consumer).await;
                    return Ended::Crowded;
                }
                place = self.taken.asked() => match place {
                    Some(place) => place.send(self.hand_out(delivery)),
                    None => {
                        give_back(&delivery).await;
                        return self.wind_down(consumer).await;
                    }
                },
            }
        }
    }

    fn hand_out(&self, inner: lapin::message::Delivery) -> RabbitDelivery {
        let received = Received { queue: self.queue, properties: &inner.properties, redelivered: inner.redelivered };
        RabbitDelivery {
            envelope: received.envelope(),
            queue: self.queue.to_owned(),
            inner,
            names: self.shared.options.names.clone(),
            publisher: self.publisher.clone(),
            channel: self.channel.clone(),
        }
    }

    /// Ends the subscription and gives back what it took ahead. Deliveries in the worker's hands keep the channel open.
    async fn wind_down(self, consumer: Consumer) -> Ended {
        let cancel = self.channel.basic_cancel(consumer.tag(), BasicCancelOptions::default());
        if let Err(trouble) = within(CANCEL_DEADLINE, format!("leaving queue {}", self.queue), cancel).await {
            tracing::warn!(fault = trouble.chain(), "messages taken ahead go back when the connection ends");
            return Ended::Stopped;
        }
        let mut ahead = pin!(consumer);
        let drained = async {
            while let Some(Ok(delivery)) = ahead.next().await {
                give_back(&delivery).await;
            }
        };
        let _ = timeout(SETTLE_DEADLINE, drained).await;
        Ended::Stopped
    }
}

/// Gives back a message that no worker has seen. If that fails, it goes back with the connection.
async fn give_back(delivery: &lapin::message::Delivery) {
    let options = BasicNackOptions { requeue: true, multiple: false };
    let _ = timeout(SETTLE_DEADLINE, delivery.acker.nack(options)).await;
}

/// A message of RabbitMQ's.
///
/// It holds the channel it came on, which therefore stays open until the last of its deliveries is settled; once that
/// channel is lost, settling is [`Ambiguous`](FaultKind::Ambiguous), since the message will come again.
pub(super) struct RabbitDelivery {
    inner: lapin::message::Delivery,
    envelope: DeliveryEnvelope,
    queue: String,
    names: Names,
    publisher: PublisherHandle,
    channel: Channel,
}

#[async_trait]
impl Delivery for RabbitDelivery {
    fn body(&self) -> &[u8] {
        &self.inner.data
    }

    fn envelope(&self) -> &DeliveryEnvelope {
        &self.envelope
    }

    async fn complete(self: Box<Self>) -> Outcome<()> {
        self.acknowledge().await
    }

    async fn hand_back(self: Box<Self>) -> Outcome<()> {
        let doing = format!("handing a message back to queue {}", self.queue);
        let options = BasicNackOptions { requeue: true, multiple: false };
        self.settle(doing, self.inner.acker.nack(options)).await
    }

    async fn park(mut self: Box<Self>) -> Outcome<()> {
        let body = Bytes::from(std::mem::take(&mut self.inner.data));
        let message = self.received().parked(body, &self.names.parked);
        self.pass_on(message).await
    }

    async fn reject(mut self: Box<Self>, rejection: &RejectedData) -> Outcome<()> {
        let body = Bytes::from(std::mem::take(&mut self.inner.data));
        let message = self.received().dead_letter(body, rejection, &self.names.dead_letters, Timestamp::now());
        self.pass_on(message).await
    }
}

impl RabbitDelivery {
    fn received(&self) -> Received<'_> {
        let properties = &self.inner.properties;
        Received { queue: &self.queue, properties, redelivered: self.inner.redelivered }
    }

    /// Publishes the message elsewhere and, once that is confirmed, forgets it here. Otherwise it goes back.
    async fn pass_on(&self, message: Outcome<Message>) -> Outcome<()> {
        let published = match message {
            Ok(message) => self.publisher.publish(message).await,
            Err(fault) => Err(fault),
        };
        match published {
            Ok(()) => self.acknowledge().await,
            Err(fault) => {
                sleep(RETURN_PAUSE).await;
                give_back(&self.inner).await;
                Err(fault)
            }
        }
    }

    async fn acknowledge(&self) -> Outcome<()> {
        let doing = format!("acknowledging a message of queue {}", self.queue);
        self.settle(doing, self.inner.acker.ack(BasicAckOptions::default())).await
    }

    /// When the channel is gone, lapin answers `false` and not an error, or, if it goes meanwhile, nothing at all.
    async fn settle(&self, doing: String, call: impl Future<Output = lapin::Result<bool>>) -> Outcome<()> {
        let written = tokio::select! {
            biased;
            written = within(SETTLE_DEADLINE, &doing, call) => written,
            () = gone(&self.channel) => Ok(false),
        };
        match written? {
            true => Ok(()),
            false => {
                Err(Fault::new(FaultKind::Ambiguous, doing)
                    .because("its channel is lost; the delivery will come again"))
            }
        }
    }
}
