//! A broker in memory, for simulations: usable under paused time, trusted because the conformance suite runs over it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use landfall::job::event::{Event, EventType, RejectedData};
use landfall::job::fault::{Fault, FaultKind, Outcome};
use landfall::ports::{Delivery, DeliveryEnvelope, EventSink, Intake};
use tokio::sync::Notify;

/// A queue of jobs, a dead-letter queue, and a record of all events.
#[derive(Clone, Default)]
pub(crate) struct MemoryBroker(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    /// Something was queued, or an intake was stopped.
    changed: Notify,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Message>,
    /// Deliveries by tag, and whose they are.
    in_hand: BTreeMap<u64, (u64, Message)>,
    /// All that were ever rejected.
    dead_letters: Vec<DeadLetter>,
    /// Those that nobody replayed or purged, oldest first.
    letters: Vec<DeadLetter>,
    events: Vec<Event>,
    /// Jobs that completed or failed, as their events say.
    ended: BTreeMap<String, u64>,
    /// So many more messages cannot be dead-lettered.
    refuse_dead_letters: u32,
    /// Messages that were acknowledged before an event told the end of their job.
    early: Vec<String>,
    /// Deliveries in one consumer's hands, at most.
    most_in_hand: usize,
    unbound: bool,
    parks: u32,
    last_number: u64,
}

#[derive(Debug, Clone)]
struct Message {
    body: Vec<u8>,
    envelope: DeliveryEnvelope,
    past: Past,
}

/// What a message's own headers would tell.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Past {
    pub(crate) attempts: u64,
    pub(crate) replays: u64,
    pub(crate) first_reason: Option<String>,
}

/// A message that was rejected, and why.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DeadLetter {
    /// Greater than that of all before it.
    pub(crate) number: u64,
    pub(crate) body: Vec<u8>,
    pub(crate) rejection: RejectedData,
    pub(crate) envelope: DeliveryEnvelope,
    pub(crate) past: Past,
}

impl MemoryBroker {
    /// Queues a job.
    pub(crate) fn put(&self, body: impl Into<Vec<u8>>, traceparent: Option<&str>) {
        let envelope = DeliveryEnvelope { traceparent: traceparent.map(str::to_owned), ..DeliveryEnvelope::default() };
        self.queue(Message { body: body.into(), envelope, past: Past::default() });
    }

    fn queue(&self, message: Message) {
        self.state().queue.push_back(message);
        self.0.changed.notify_waiters();
    }

    /// The dead letters that are there, oldest first.
    pub(crate) fn letters(&self) -> Vec<DeadLetter> {
        self.state().letters.clone()
    }

    /// Takes a dead letter away; `None` when it is gone.
    pub(crate) fn remove_letter(&self, number: u64) -> Option<DeadLetter> {
        let mut state = self.state();
        let at = state.letters.iter().position(|letter| letter.number == number)?;
        Some(state.letters.remove(at))
    }

    /// Puts a dead letter back on the queue of jobs.
    pub(crate) fn replay_letter(&self, number: u64) -> Option<()> {
        let DeadLetter { number, body, rejection, envelope, mut past } = self.remove_letter(number)?;
        past.replays += 1;
        past.first_reason.get_or_insert_with(|| rejection.reason.code().to_owned());
        let replayed_at = Some(format!("{number}.{}", past.replays));
        self.queue(Message { body, envelope: DeliveryEnvelope { redelivered: false, replayed_at, ..envelope }, past });
        Some(())
    }

    /// One more consumer, with a connection of its own.
    pub(crate) fn intake(&self) -> MemoryIntake {
        let owner = self.state().number();
        MemoryIntake { broker: self.clone(), owner, stopped: AtomicBool::new(false) }
    }

    /// Where events go.
    pub(crate) fn events(&self) -> MemoryEvents {
        MemoryEvents(self.clone())
    }

    /// Whether terminal events reach a queue; they do at first.
    pub(crate) fn bind_events(&self, bound: bool) {
        self.state().unbound = !bound;
    }

    /// All events published so far, repeats included.
    pub(crate) fn published(&self) -> Vec<Event> {
        self.state().events.clone()
    }

    /// All messages rejected so far.
    pub(crate) fn dead_letters(&self) -> Vec<DeadLetter> {
        self.state().dead_letters.clone()
    }

    /// Messages that were acknowledged before an event told the end of their job.
    pub(crate) fn acknowledged_early(&self) -> Vec<String> {
        self.state().early.clone()
    }

    /// How many deliveries one consumer held at once, at most.
    pub(crate) fn most_in_hand(&self) -> usize {
        self.state().most_in_hand
    }

    /// So many messages cannot be dead-lettered and go back.
    pub(crate) fn refuse_dead_letters(&self, times: u32) {
        self.state().refuse_dead_letters = times;
    }

    /// Messages that wait, and messages in somebody's hands.
    pub(crate) fn depth(&self) -> (usize, usize) {
        let state = self.state();
        (state.queue.len(), state.in_hand.len())
    }

    /// How often a message was parked.
    pub(crate) fn parks(&self) -> u32 {
        self.state().parks
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends a delivery; `None` when it is no longer the caller's.
    fn settle(&self, tag: u64) -> Option<Message> {
        self.state().in_hand.remove(&tag).map(|(_, message)| message)
    }

    fn requeue(&self, mut message: Message) {
        message.envelope.redelivered = true;
        self.state().queue.push_front(message);
        self.0.changed.notify_waiters();
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }
}

/// A consumer of a [`MemoryBroker`].
pub(crate) struct MemoryIntake {
    broker: MemoryBroker,
    owner: u64,
    stopped: AtomicBool,
}

impl MemoryIntake {
    /// Loses the connection: what is in hand goes back, and settling it later is in vain. Taking goes on.
    pub(crate) fn disconnect(&self) {
        let mut state = self.broker.state();
        let lost: Vec<u64> =
            state.in_hand.iter().filter(|(_, (owner, _))| *owner == self.owner).map(|(tag, _)| *tag).collect();
        for tag in lost.into_iter().rev() {
            if let Some((_, mut message)) = state.in_hand.remove(&tag) {
                message.envelope.redelivered = true;
                state.queue.push_front(message);
            }
        }
        drop(state);
        self.broker.0.changed.notify_waiters();
    }

    fn take(&self) -> Option<MemoryDelivery> {
        let mut state = self.broker.state();
        let mut message = state.queue.pop_front()?;
        message.past.attempts += 1;
        let tag = state.number();
        state.in_hand.insert(tag, (self.owner, message.clone()));
        let in_hand = state.in_hand.values().filter(|(owner, _)| *owner == self.owner).count();
        state.most_in_hand = state.most_in_hand.max(in_hand);
        Some(MemoryDelivery { broker: self.broker.clone(), tag, message })
    }
}

#[async_trait]
impl Intake for MemoryIntake {
    async fn next(&self) -> Option<Box<dyn Delivery>> {
        loop {
            let mut changed = std::pin::pin!(self.broker.0.changed.notified());
            changed.as_mut().enable();
            if self.stopped.load(Ordering::SeqCst) {
                return None;
            }
            if let Some(delivery) = self.take() {
                return Some(Box::new(delivery));
            }
            changed.await;
        }
    }

    async fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.broker.0.changed.notify_waiters();
    }
}

impl Drop for MemoryIntake {
    fn drop(&mut self) {
        self.disconnect();
    }
}

/// A delivery of a [`MemoryBroker`]; dropped unsettled, it goes back.
struct MemoryDelivery {
    broker: MemoryBroker,
    tag: u64,
    message: Message,
}

impl MemoryDelivery {
    fn settle(&self) -> Outcome<Message> {
        self.broker.settle(self.tag).ok_or_else(|| {
            Fault::new(FaultKind::Ambiguous, "settling a delivery")
                .because("its connection is lost; it will come again")
        })
    }
}

#[async_trait]
impl Delivery for MemoryDelivery {
    fn body(&self) -> &[u8] {
        &self.message.body
    }

    fn envelope(&self) -> &DeliveryEnvelope {
        &self.message.envelope
    }

    async fn complete(self: Box<Self>) -> Outcome<()> {
        let message = self.settle()?;
        let mut state = self.broker.state();
        match job_of(&message.body) {
            Some((job, generation)) if state.ended.get(&job).is_some_and(|ended| *ended >= generation) => {}
            _ if is_cancel(&message.body) => {}
            Some(_) | None => state.early.push(String::from_utf8_lossy(&message.body).into_owned()),
        }
        Ok(())
    }

    async fn hand_back(self: Box<Self>) -> Outcome<()> {
        let message = self.settle()?;
        self.broker.requeue(message);
        Ok(())
    }

    async fn park(self: Box<Self>) -> Outcome<()> {
        let mut message = self.settle()?;
        message.envelope.redelivered = false;
        let mut state = self.broker.state();
        state.parks += 1;
        state.queue.push_back(message);
        drop(state);
        self.broker.0.changed.notify_waiters();
        Ok(())
    }

    async fn reject(self: Box<Self>, rejection: &RejectedData) -> Outcome<()> {
        let message = self.settle()?;
        let mut state = self.broker.state();
        if state.refuse_dead_letters > 0 {
            state.refuse_dead_letters -= 1;
            drop(state);
            self.broker.requeue(message);
            return Err(
                Fault::new(FaultKind::Denied, "dead-lettering a message").because("there is no exchange for it")
            );
        }
        let Message { body, envelope, past } = message;
        let letter = DeadLetter { number: state.number(), body, rejection: rejection.clone(), envelope, past };
        state.dead_letters.push(letter.clone());
        state.letters.push(letter);
        Ok(())
    }
}

impl Drop for MemoryDelivery {
    fn drop(&mut self) {
        if let Some(message) = self.broker.settle(self.tag) {
            self.broker.requeue(message);
        }
    }
}

/// The job that a message names.
/// Whose message it is, and which generation it asks for at least.
fn job_of(body: &[u8]) -> Option<(String, u64)> {
    let message: serde_json::Value = serde_json::from_slice(body).ok()?;
    let id = message.get("jobId").or_else(|| message.get("taskUUID"))?;
    Some((id.as_str()?.to_owned(), generation_of(&message)))
}

fn generation_of(value: &serde_json::Value) -> u64 {
    value.get("generation").and_then(serde_json::Value::as_u64).unwrap_or_default()
}

/// Whether a message asks for a job to stop, which ends in no event of its own.
fn is_cancel(body: &[u8]) -> bool {
    serde_json::from_slice(body).is_ok_and(|message: serde_json::Value| message["control"] == "job.cancel")
}

/// The events of a [`MemoryBroker`].
pub(crate) struct MemoryEvents(MemoryBroker);

#[async_trait]
impl EventSink for MemoryEvents {
    async fn publish(&self, event: &Event) -> Outcome<()> {
        let mut state = self.0.state();
        if state.unbound && event.event_type.is_terminal() {
            return Err(Fault::new(FaultKind::Denied, format!("publishing event {}", event.id)).because("312 NO_ROUTE"));
        }
        if !state.unbound {
            state.events.push(event.clone());
            if let (EventType::Completed | EventType::Failed, Some(job)) = (event.event_type, event.subject.clone()) {
                let ended = state.ended.entry(job).or_default();
                *ended = generation_of(&event.data).max(*ended);
            }
        }
        Ok(())
    }
}
