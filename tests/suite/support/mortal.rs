//! Ports of a worker that dies at a given call: before it takes effect, or after, with the answer lost.
//!
//! In a simulation a dead worker's calls never return, as if its process was gone. What it had in hand goes back when its
//! connection is cut, which is the test's to do. In a process of its own (see [`doomed`](super::doomed)) the worker really
//! kills that process.

use std::collections::HashMap;
use std::fmt;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use landfall::job::control::ControlMessage;
use landfall::job::event::{Event, RejectedData};
use landfall::job::fault::Outcome;
use landfall::job::ids::{ObjectRef, ResultUrl, TaskUuid};
use landfall::ports::{
    ByteStream, Control, Created, Delivery, DeliveryEnvelope, EventSink, Intake, ObjectStore, Observed, Opened,
    Promoted, Promotion, Recalled, ResultFetch, Submission, Submitted, TaskApi, Unchanged, UploadUrl,
};
use landfall::worker::Ports;
use rustix::process::{Signal, getpid, kill_process};
use tokio::sync::Notify;

use super::dice::Dice;

/// The names of all calls that reach the world, as `port.method`.
pub(crate) const CALLS: [&str; 20] = [
    "intake.next",
    "intake.stop",
    "delivery.complete",
    "delivery.hand_back",
    "delivery.park",
    "delivery.reject",
    "events.publish",
    "control.broadcast",
    "store.presign_put",
    "store.open",
    "store.read_range",
    "store.create",
    "store.replace",
    "store.promote",
    "store.write_stream",
    "store.remove",
    "tasks.submit",
    "tasks.observe",
    "tasks.recall",
    "results.fetch",
];

/// One call of a worker's life: the nth of its name, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) occurrence: u32,
}

impl Call {
    /// Reads `store.open#2`.
    pub(crate) fn parse(text: &str) -> Option<Call> {
        let (name, occurrence) = text.split_once('#')?;
        let name = CALLS.into_iter().find(|call| *call == name)?;
        Some(Call { name, occurrence: occurrence.parse().ok()? })
    }
}

impl fmt::Display for Call {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}#{}", self.name, self.occurrence)
    }
}

/// On which side of a call a worker dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Before it takes effect.
    Before,
    /// After it took effect; the answer is lost.
    After,
}

/// When a worker dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// Before its nth call takes effect, counted from 0 over all calls.
    Before(u32),
    /// After its nth call took effect.
    After(u32),
    /// Whenever it touches an object whose key holds this text: the job in it is poison.
    Touching(&'static str),
    /// At the nth call of one name.
    At(Call, Side),
    /// Not at all.
    Never,
}

impl Death {
    fn is_now(self, number: u32, call: Call, side: Side) -> bool {
        match self {
            Death::Before(nth) => side == Side::Before && nth == number,
            Death::After(nth) => side == Side::After && nth == number,
            Death::At(at, when) => (at, when) == (call, side),
            Death::Touching(_) | Death::Never => false,
        }
    }
}

/// Longest pause of a dawdling worker before a call and after it. Much more, and the marks of the living are renewed so
/// late that they pass for dead.
const PAUSE_MAX_MS: usize = 1_000;

/// What dying is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// No call returns any more.
    Silence,
    /// SIGKILL, sent by the process to itself.
    Kill,
}

/// A worker's life, counted in calls.
pub(crate) struct Fate {
    death: Death,
    end: End,
    /// Where pauses come from, for a worker that takes its time over every call.
    pauses: Option<Mutex<Dice>>,
    calls: Mutex<Vec<Call>>,
    dead: AtomicBool,
    died: Notify,
}

impl Fate {
    /// Of a worker in this process.
    pub(crate) fn new(death: Death) -> Arc<Fate> {
        Fate::ending(death, End::Silence, None)
    }

    /// Of a worker in this process whose calls take a while, drawn from these dice, so that many workers get into each
    /// other's way in ever other order.
    pub(crate) fn dawdling(death: Death, dice: Dice) -> Arc<Fate> {
        Fate::ending(death, End::Silence, Some(dice))
    }

    /// Of a worker that has this process for itself. Each of its calls is told on standard error.
    pub(crate) fn of_this_process(death: Death) -> Arc<Fate> {
        Fate::ending(death, End::Kill, None)
    }

    fn ending(death: Death, end: End, pauses: Option<Dice>) -> Arc<Fate> {
        let (pauses, calls, dead) = (pauses.map(Mutex::new), Mutex::default(), AtomicBool::new(false));
        Arc::new(Fate { death, end, pauses, calls, dead, died: Notify::new() })
    }

    /// Waits until the worker is dead.
    pub(crate) async fn death(&self) {
        self.died.notified().await;
    }

    /// How many calls it made so far.
    pub(crate) fn calls(&self) -> u32 {
        u32::try_from(self.calls.lock().expect("no holder panics").len()).expect("few calls")
    }

    /// The name of each.
    pub(crate) fn made(&self) -> Vec<&'static str> {
        self.calls.lock().expect("no holder panics").iter().map(|call| call.name).collect()
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// The machine is lost, whatever the worker does just now.
    pub(crate) fn kill(&self) {
        self.dead.store(true, Ordering::SeqCst);
    }

    /// A call about an object.
    async fn touch<T>(&self, name: &'static str, object: &ObjectRef, call: impl Future<Output = T>) -> T {
        if let Death::Touching(text) = self.death
            && object.key.as_str().contains(text)
        {
            self.die().await;
        }
        self.live(name, call).await
    }

    async fn live<T>(&self, name: &'static str, call: impl Future<Output = T>) -> T {
        let (number, this) = self.begin(name);
        self.pause().await;
        self.meet(number, this, Side::Before).await;
        let answer = call.await;
        self.pause().await;
        self.meet(number, this, Side::After).await;
        answer
    }

    /// Counts a call.
    fn begin(&self, name: &'static str) -> (u32, Call) {
        let mut calls = self.calls.lock().expect("no holder panics");
        let earlier = calls.iter().filter(|call| call.name == name).count();
        let call = Call { name, occurrence: u32::try_from(earlier + 1).expect("few calls") };
        let number = u32::try_from(calls.len()).expect("few calls");
        calls.push(call);
        if self.end == End::Kill {
            // In one write, so that nobody else's line comes between. Nobody reads it once the suite is gone.
            let _ = std::io::stderr().write_all(format!("{{\"call\":\"{call}\"}}\n").as_bytes());
        }
        (number, call)
    }

    async fn pause(&self) {
        let Some(dice) = &self.pauses else { return };
        let pause_ms = dice.lock().expect("no holder panics").below(PAUSE_MAX_MS);
        tokio::time::sleep(Duration::from_millis(u64::try_from(pause_ms).expect("small"))).await;
    }

    /// Dies if it is time to, and never returns when dead.
    async fn meet(&self, number: u32, call: Call, side: Side) {
        if self.death.is_now(number, call, side) {
            self.die().await;
        }
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }

    async fn die(&self) {
        self.dead.store(true, Ordering::SeqCst);
        match self.end {
            End::Silence => self.died.notify_one(),
            End::Kill => kill_process(getpid(), Signal::KILL).expect("a process may kill itself"),
        }
        std::future::pending::<()>().await;
    }
}

/// The same ports, for a worker with a fate.
pub(crate) fn mortal(ports: Ports, fate: &Arc<Fate>) -> Ports {
    Ports {
        intake: Arc::new(Mortal(ports.intake, fate.clone())),
        events: Arc::new(Mortal(ports.events, fate.clone())),
        control: Arc::new(Mortal(ports.control, fate.clone())),
        store: Arc::new(Mortal(ports.store, fate.clone())),
        tasks: Arc::new(Mortal(ports.tasks, fate.clone())),
        results: Arc::new(Mortal(ports.results, fate.clone())),
        ..ports
    }
}

struct Mortal<P>(P, Arc<Fate>);

#[async_trait]
impl Intake for Mortal<Arc<dyn Intake>> {
    async fn next(&self) -> Option<Box<dyn Delivery>> {
        let delivery = self.1.live("intake.next", self.0.next()).await?;
        Some(Box::new(Mortal(delivery, self.1.clone())))
    }

    async fn stop(&self) {
        self.1.live("intake.stop", self.0.stop()).await;
    }

    async fn rest(&self, resting: bool) {
        self.1.live("intake.rest", self.0.rest(resting)).await;
    }
}

#[async_trait]
impl Delivery for Mortal<Box<dyn Delivery>> {
    fn body(&self) -> &[u8] {
        self.0.body()
    }

    fn envelope(&self) -> &DeliveryEnvelope {
        self.0.envelope()
    }

    async fn complete(self: Box<Self>) -> Outcome<()> {
        let Mortal(delivery, fate) = *self;
        fate.live("delivery.complete", delivery.complete()).await
    }

    async fn hand_back(self: Box<Self>) -> Outcome<()> {
        let Mortal(delivery, fate) = *self;
        fate.live("delivery.hand_back", delivery.hand_back()).await
    }

    async fn park(self: Box<Self>) -> Outcome<()> {
        let Mortal(delivery, fate) = *self;
        fate.live("delivery.park", delivery.park()).await
    }

    async fn reject(self: Box<Self>, rejection: &RejectedData) -> Outcome<()> {
        let Mortal(delivery, fate) = *self;
        fate.live("delivery.reject", delivery.reject(rejection)).await
    }
}

#[async_trait]
impl EventSink for Mortal<Arc<dyn EventSink>> {
    async fn publish(&self, event: &Event) -> Outcome<()> {
        self.1.live("events.publish", self.0.publish(event)).await
    }
}

#[async_trait]
impl Control for Mortal<Arc<dyn Control>> {
    async fn broadcast(&self, message: &ControlMessage) -> Outcome<()> {
        self.1.live("control.broadcast", self.0.broadcast(message)).await
    }

    async fn next(&self) -> ControlMessage {
        let message = self.0.next().await;
        if self.1.is_dead() { std::future::pending().await } else { message }
    }
}

#[async_trait]
impl ObjectStore for Mortal<Arc<dyn ObjectStore>> {
    async fn presign_put(&self, object: &ObjectRef, life: Duration) -> Outcome<UploadUrl> {
        self.1.touch("store.presign_put", object, self.0.presign_put(object, life)).await
    }

    async fn open(&self, object: &ObjectRef, head_bytes: u64) -> Outcome<Option<Opened>> {
        self.1.touch("store.open", object, self.0.open(object, head_bytes)).await
    }

    async fn read_range(&self, object: &ObjectRef, etag: &str, offset: u64, len: u64) -> Outcome<Unchanged<Bytes>> {
        self.1.touch("store.read_range", object, self.0.read_range(object, etag, offset, len)).await
    }

    async fn create(&self, object: &ObjectRef, content_type: &str, body: Bytes) -> Outcome<Created> {
        self.1.touch("store.create", object, self.0.create(object, content_type, body)).await
    }

    async fn replace(&self, object: &ObjectRef, etag: &str, kind: &str, body: Bytes) -> Outcome<Unchanged<String>> {
        self.1.touch("store.replace", object, self.0.replace(object, etag, kind, body)).await
    }

    async fn promote(&self, promotion: &Promotion) -> Outcome<Promoted> {
        self.1.touch("store.promote", &promotion.to, self.0.promote(promotion)).await
    }

    async fn write_stream(&self, object: &ObjectRef, kind: &str, body: ByteStream, max_bytes: u64) -> Outcome<u64> {
        self.1.touch("store.write_stream", object, self.0.write_stream(object, kind, body, max_bytes)).await
    }

    async fn remove(&self, object: &ObjectRef, version_id: Option<&str>) -> Outcome<()> {
        self.1.touch("store.remove", object, self.0.remove(object, version_id)).await
    }
}

#[async_trait]
impl TaskApi for Mortal<Arc<dyn TaskApi>> {
    fn batch_max(&self) -> usize {
        self.0.batch_max()
    }

    async fn submit(&self, tasks: &[Submission]) -> Outcome<HashMap<TaskUuid, Submitted>> {
        self.1.live("tasks.submit", self.0.submit(tasks)).await
    }

    async fn observe(&self, tasks: &[TaskUuid]) -> Outcome<HashMap<TaskUuid, Observed>> {
        self.1.live("tasks.observe", self.0.observe(tasks)).await
    }

    async fn recall(&self, task: TaskUuid) -> Outcome<Recalled> {
        self.1.live("tasks.recall", self.0.recall(task)).await
    }
}

#[async_trait]
impl ResultFetch for Mortal<Arc<dyn ResultFetch>> {
    async fn fetch(&self, url: &ResultUrl) -> Outcome<ByteStream> {
        self.1.live("results.fetch", self.0.fetch(url)).await
    }
}
