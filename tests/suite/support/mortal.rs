//! Ports of a worker that dies at a given call: before it takes effect, or after, with the answer lost.
//!
//! A dead worker's calls never return, as if its process was gone. What it had in hand goes back when its connection is
//! cut, which is the test's to do.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
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
use tokio::sync::Notify;

/// When a worker dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// Before this call takes effect.
    Before(u32),
    /// After it took effect; the answer is lost.
    After(u32),
    /// Whenever it touches an object whose key holds this text: the job in it is poison.
    Touching(&'static str),
    /// Not at all.
    Never,
}

/// A worker's life, counted in calls.
pub(crate) struct Fate {
    death: Death,
    calls: AtomicU32,
    dead: AtomicBool,
    died: Notify,
}

impl Fate {
    pub(crate) fn new(death: Death) -> Arc<Fate> {
        Arc::new(Fate { death, calls: AtomicU32::new(0), dead: AtomicBool::new(false), died: Notify::new() })
    }

    /// Waits until the worker is dead.
    pub(crate) async fn death(&self) {
        self.died.notified().await;
    }

    /// How many calls it made so far.
    pub(crate) fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// The machine is lost, whatever the worker does just now.
    pub(crate) fn kill(&self) {
        self.dead.store(true, Ordering::SeqCst);
    }

    async fn touch(&self, object: &ObjectRef) {
        if let Death::Touching(text) = self.death
            && object.key.as_str().contains(text)
        {
            self.die().await;
        }
    }

    async fn live<T>(&self, call: impl Future<Output = T>) -> T {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        if self.death == Death::Before(number) {
            self.die().await;
        }
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
        let answer = call.await;
        if self.death == Death::After(number) {
            self.die().await;
        }
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
        answer
    }

    async fn die(&self) {
        self.dead.store(true, Ordering::SeqCst);
        self.died.notify_one();
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
        let delivery = self.1.live(self.0.next()).await?;
        Some(Box::new(Mortal(delivery, self.1.clone())))
    }

    async fn stop(&self) {
        self.1.live(self.0.stop()).await;
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
        fate.live(delivery.complete()).await
    }

    async fn hand_back(self: Box<Self>) -> Outcome<()> {
        let Mortal(delivery, fate) = *self;
        fate.live(delivery.hand_back()).await
    }

    async fn park(self: Box<Self>) -> Outcome<()> {
        let Mortal(delivery, fate) = *self;
        fate.live(delivery.park()).await
    }

    async fn reject(self: Box<Self>, rejection: &RejectedData) -> Outcome<()> {
        let Mortal(delivery, fate) = *self;
        fate.live(delivery.reject(rejection)).await
    }
}

#[async_trait]
impl EventSink for Mortal<Arc<dyn EventSink>> {
    async fn publish(&self, event: &Event) -> Outcome<()> {
        self.1.live(self.0.publish(event)).await
    }
}

#[async_trait]
impl Control for Mortal<Arc<dyn Control>> {
    async fn broadcast(&self, message: &ControlMessage) -> Outcome<()> {
        self.1.live(self.0.broadcast(message)).await
    }

    async fn next(&self) -> ControlMessage {
        let message = self.0.next().await;
        if self.1.is_dead() { std::future::pending().await } else { message }
    }
}

#[async_trait]
impl ObjectStore for Mortal<Arc<dyn ObjectStore>> {
    async fn presign_put(&self, object: &ObjectRef, life: Duration) -> Outcome<UploadUrl> {
        self.1.touch(object).await;
        self.1.live(self.0.presign_put(object, life)).await
    }

    async fn open(&self, object: &ObjectRef, head_bytes: u64) -> Outcome<Option<Opened>> {
        self.1.touch(object).await;
        self.1.live(self.0.open(object, head_bytes)).await
    }

    async fn read_range(&self, object: &ObjectRef, etag: &str, offset: u64, len: u64) -> Outcome<Unchanged<Bytes>> {
        self.1.touch(object).await;
        self.1.live(self.0.read_range(object, etag, offset, len)).await
    }

    async fn create(&self, object: &ObjectRef, content_type: &str, body: Bytes) -> Outcome<Created> {
        self.1.touch(object).await;
        self.1.live(self.0.create(object, content_type, body)).await
    }

    async fn replace(&self, object: &ObjectRef, etag: &str, kind: &str, body: Bytes) -> Outcome<Unchanged<String>> {
        self.1.touch(object).await;
        self.1.live(self.0.replace(object, etag, kind, body)).await
    }

    async fn promote(&self, promotion: &Promotion) -> Outcome<Promoted> {
        self.1.touch(&promotion.to).await;
        self.1.live(self.0.promote(promotion)).await
    }

    async fn write_stream(&self, object: &ObjectRef, kind: &str, body: ByteStream, max_bytes: u64) -> Outcome<u64> {
        self.1.touch(object).await;
        self.1.live(self.0.write_stream(object, kind, body, max_bytes)).await
    }

    async fn remove(&self, object: &ObjectRef, version_id: Option<&str>) -> Outcome<()> {
        self.1.touch(object).await;
        self.1.live(self.0.remove(object, version_id)).await
    }
}

#[async_trait]
impl TaskApi for Mortal<Arc<dyn TaskApi>> {
    fn batch_max(&self) -> usize {
        self.0.batch_max()
    }

    async fn submit(&self, tasks: &[Submission]) -> Outcome<HashMap<TaskUuid, Submitted>> {
        self.1.live(self.0.submit(tasks)).await
    }

    async fn observe(&self, tasks: &[TaskUuid]) -> Outcome<HashMap<TaskUuid, Observed>> {
        self.1.live(self.0.observe(tasks)).await
    }

    async fn recall(&self, task: TaskUuid) -> Outcome<Recalled> {
        self.1.live(self.0.recall(task)).await
    }
}

#[async_trait]
impl ResultFetch for Mortal<Arc<dyn ResultFetch>> {
    async fn fetch(&self, url: &ResultUrl) -> Outcome<ByteStream> {
        self.1.live(self.0.fetch(url)).await
    }
}
