//! Ports that meet [`Trouble`]: every call may be late, fail, or take effect with its answer lost, in every way in which
//! the real adapter's can.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use landfall::job::event::{Event, RejectedData};
use landfall::job::fault::{Fault, FaultKind, Outcome};
use landfall::job::ids::{ObjectRef, ResultUrl, TaskUuid};
use landfall::ports::{
    ByteStream, Created, Delivery, DeliveryEnvelope, EventSink, Intake, ObjectStore, Observed, Opened, Promoted,
    Promotion, Recalled, ResultFetch, Submission, Submitted, TaskApi, Unchanged, UploadUrl,
};
use landfall::worker::Ports;

use super::memory_broker::MemoryBroker;
use super::trouble::Mishap::{self, After, Before};
use super::trouble::{Chance, Party, Trouble};

/// Trouble with a read of the store.
const READ: [Mishap; 6] = [
    Before(FaultKind::NotSent),
    Before(FaultKind::Unavailable),
    Before(FaultKind::Throttled { after: None }),
    Before(FaultKind::Throttled { after: Some(Duration::from_secs(3)) }),
    Before(FaultKind::Malformed),
    Before(FaultKind::Denied),
];

/// Trouble with a write to the store. Lost answers are the dangerous kind, and so the most frequent.
const WRITE: [Mishap; 7] = [
    Before(FaultKind::NotSent),
    Before(FaultKind::Unavailable),
    Before(FaultKind::Throttled { after: None }),
    Before(FaultKind::Denied),
    Before(FaultKind::Ambiguous),
    After(FaultKind::Ambiguous),
    After(FaultKind::Ambiguous),
];

/// Trouble with a submission: 5xx and time-outs are ambiguous, whether it was accepted or not.
const SUBMIT: [Mishap; 8] = [
    Before(FaultKind::NotSent),
    Before(FaultKind::Throttled { after: None }),
    Before(FaultKind::Denied),
    Before(FaultKind::Ambiguous),
    Before(FaultKind::Malformed),
    After(FaultKind::Ambiguous),
    After(FaultKind::Ambiguous),
    After(FaultKind::Malformed),
];

/// Trouble with a question to the provider.
const ASK: [Mishap; 6] = [
    Before(FaultKind::NotSent),
    Before(FaultKind::Ambiguous),
    Before(FaultKind::Unavailable),
    Before(FaultKind::Throttled { after: Some(Duration::from_secs(5)) }),
    Before(FaultKind::Malformed),
    Before(FaultKind::Denied),
];

/// Trouble with an event.
const PUBLISH: [Mishap; 5] = [
    Before(FaultKind::NotSent),
    Before(FaultKind::Unavailable),
    Before(FaultKind::Denied),
    Before(FaultKind::Ambiguous),
    After(FaultKind::Ambiguous),
];

/// Trouble with settling a delivery.
const SETTLE: [Mishap; 2] = [Before(FaultKind::Ambiguous), After(FaultKind::Ambiguous)];

/// How many fetches of one video go wrong. After five in a row it counts as lost.
const BAD_FETCHES: u32 = 3;

/// Somebody's ports under trouble.
pub(crate) fn faulty(ports: Ports, who: &str, trouble: &Arc<Trouble>, broker: &MemoryBroker) -> Ports {
    let luck = Luck { who: who.to_owned(), trouble: trouble.clone(), broker: broker.clone() };
    Ports {
        intake: Arc::new(Faulty(ports.intake, luck.clone())),
        events: Arc::new(Faulty(ports.events, luck.clone())),
        store: Arc::new(Faulty(ports.store, luck.clone())),
        tasks: Arc::new(Faulty(ports.tasks, luck.clone())),
        results: Arc::new(Faulty(ports.results, luck)),
        ..ports
    }
}

struct Faulty<P>(P, Luck);

/// What the ports of one worker share.
#[derive(Clone)]
struct Luck {
    who: String,
    trouble: Arc<Trouble>,
    broker: MemoryBroker,
}

impl Luck {
    async fn store<T>(
        &self,
        operation: &str,
        object: &ObjectRef,
        mishaps: &[Mishap],
        call: impl Future<Output = Outcome<T>>,
    ) -> Outcome<T> {
        let what = format!("{} {operation} {}", self.who, without_nonce(object.key.as_str()));
        self.trouble.meet(Party::Store, what, mishaps, call).await
    }

    async fn provider<T>(
        &self,
        operation: &str,
        tasks: &[TaskUuid],
        mishaps: &[Mishap],
        call: impl Future<Output = Outcome<T>>,
    ) -> Outcome<T> {
        let tasks: Vec<String> = tasks.iter().map(ToString::to_string).collect();
        let what = format!("{} {operation} {}", self.who, tasks.join(" "));
        self.trouble.meet(Party::Provider, what, mishaps, call).await
    }
}

impl Luck {
    /// Whether what goes wrong once in so many times goes wrong now.
    fn one_in(&self, times: usize, what: &str) -> bool {
        self.trouble.lasts() && self.trouble.chance(what).dice.below(times) == 0
    }
}

/// A staging key without its random part, which no seed decides.
fn without_nonce(key: &str) -> &str {
    if key.contains("/staging/") { key.rsplit_once('-').map_or(key, |(rest, _)| rest) } else { key }
}

#[async_trait]
impl Intake for Faulty<Arc<dyn Intake>> {
    async fn next(&self) -> Option<Box<dyn Delivery>> {
        let delivery = self.0.next().await?;
        Some(Box::new(Faulty(delivery, self.1.clone())))
    }

    async fn stop(&self) {
        self.0.stop().await;
    }

    async fn rest(&self, resting: bool) {
        self.0.rest(resting).await;
    }
}

impl Faulty<Box<dyn Delivery>> {
    fn doing(&self, settlement: &str) -> String {
        let body: Vec<u8> = self.0.body().iter().copied().take(40).collect();
        format!("{} {settlement} {}", self.1.who, String::from_utf8_lossy(&body))
    }
}

#[async_trait]
impl Delivery for Faulty<Box<dyn Delivery>> {
    fn body(&self) -> &[u8] {
        self.0.body()
    }

    fn envelope(&self) -> &DeliveryEnvelope {
        self.0.envelope()
    }

    async fn complete(self: Box<Self>) -> Outcome<()> {
        let (doing, Faulty(delivery, luck)) = (self.doing("acknowledges"), *self);
        luck.trouble.meet(Party::Broker, doing, &SETTLE, delivery.complete()).await
    }

    async fn hand_back(self: Box<Self>) -> Outcome<()> {
        let (doing, Faulty(delivery, luck)) = (self.doing("hands back"), *self);
        luck.trouble.meet(Party::Broker, doing, &SETTLE, delivery.hand_back()).await
    }

    /// Parking is a publish and an acknowledgement. When the second fails, the message is there twice.
    async fn park(self: Box<Self>) -> Outcome<()> {
        let (doing, Faulty(delivery, luck)) = (self.doing("parks"), *self);
        if luck.one_in(20, &format!("{doing} in two steps")) {
            luck.broker.put(delivery.body(), delivery.envelope().traceparent.as_deref());
            return Err(Fault::new(FaultKind::Ambiguous, "parking: the connection broke before the acknowledgement"));
        }
        luck.trouble.meet(Party::Broker, doing, &SETTLE, delivery.park()).await
    }

    async fn reject(self: Box<Self>, rejection: &RejectedData) -> Outcome<()> {
        let (doing, Faulty(delivery, luck)) = (self.doing("rejects"), *self);
        luck.trouble.meet(Party::Broker, doing, &SETTLE, delivery.reject(rejection)).await
    }
}

#[async_trait]
impl EventSink for Faulty<Arc<dyn EventSink>> {
    async fn publish(&self, event: &Event) -> Outcome<()> {
        let what = format!("{} publishes {}", self.1.who, event.id);
        self.1.trouble.meet(Party::Broker, what, &PUBLISH, self.0.publish(event)).await
    }
}

#[async_trait]
impl ObjectStore for Faulty<Arc<dyn ObjectStore>> {
    async fn presign_put(&self, object: &ObjectRef, life: Duration) -> Outcome<UploadUrl> {
        let denied = [Before(FaultKind::Denied)];
        self.1.store("signs", object, &denied, self.0.presign_put(object, life)).await
    }

    async fn open(&self, object: &ObjectRef, head_bytes: u64) -> Outcome<Option<Opened>> {
        self.1.store("opens", object, &READ, self.0.open(object, head_bytes)).await
    }

    async fn read_range(&self, object: &ObjectRef, etag: &str, offset: u64, len: u64) -> Outcome<Unchanged<Bytes>> {
        self.1.store("reads", object, &READ, self.0.read_range(object, etag, offset, len)).await
    }

    async fn create(&self, object: &ObjectRef, content_type: &str, body: Bytes) -> Outcome<Created> {
        self.1.store("creates", object, &WRITE, self.0.create(object, content_type, body)).await
    }

    async fn replace(&self, object: &ObjectRef, etag: &str, kind: &str, body: Bytes) -> Outcome<Unchanged<String>> {
        self.1.store("replaces", object, &WRITE, self.0.replace(object, etag, kind, body)).await
    }

    async fn promote(&self, promotion: &Promotion) -> Outcome<Promoted> {
        self.1.store("promotes", &promotion.from, &WRITE, self.0.promote(promotion)).await
    }

    async fn write_stream(&self, object: &ObjectRef, kind: &str, body: ByteStream, max_bytes: u64) -> Outcome<u64> {
        self.1.store("streams", object, &WRITE, self.0.write_stream(object, kind, body, max_bytes)).await
    }

    async fn remove(&self, object: &ObjectRef, version_id: Option<&str>) -> Outcome<()> {
        self.1.store("removes", object, &WRITE, self.0.remove(object, version_id)).await
    }
}

#[async_trait]
impl TaskApi for Faulty<Arc<dyn TaskApi>> {
    fn batch_max(&self) -> usize {
        self.0.batch_max()
    }

    /// An answer may be lost for the call, or for single tasks of it.
    async fn submit(&self, tasks: &[Submission]) -> Outcome<HashMap<TaskUuid, Submitted>> {
        let names: Vec<TaskUuid> = tasks.iter().map(|task| task.task_uuid).collect();
        let mut answers = self.1.provider("submits", &names, &SUBMIT, self.0.submit(tasks)).await?;
        answers.retain(|name, _| !self.1.one_in(20, &format!("{} hears of {name}", self.1.who)));
        Ok(answers)
    }

    async fn observe(&self, tasks: &[TaskUuid]) -> Outcome<HashMap<TaskUuid, Observed>> {
        self.1.provider("asks for", tasks, &ASK, self.0.observe(tasks)).await
    }

    async fn recall(&self, task: TaskUuid) -> Outcome<Recalled> {
        self.1.provider("recalls", &[task], &ASK, self.0.recall(task)).await
    }
}

/// The provider's storage, which may answer with nothing, or with less than all.
#[async_trait]
impl ResultFetch for Faulty<Arc<dyn ResultFetch>> {
    async fn fetch(&self, url: &ResultUrl) -> Outcome<ByteStream> {
        let what = format!("{} fetches {}", self.1.who, url.expose());
        let whole = self.1.trouble.meet(Party::Provider, what.clone(), &[], self.0.fetch(url)).await?;
        let Chance { mut dice, times, .. } = self.1.trouble.chance(&format!("{what} with luck"));
        if times > BAD_FETCHES || !self.1.trouble.lasts() {
            return Ok(whole);
        }
        let cut = Fault::new(FaultKind::Ambiguous, "reading a result: the connection broke");
        match dice.below(6) {
            0 => Err(Fault::new(FaultKind::Unavailable, "fetching a result")),
            1 => Err(Fault::new(FaultKind::NotSent, "fetching a result")),
            2 => Ok(futures_util::stream::empty().boxed()),
            3 => Ok(whole.take(2).chain(futures_util::stream::iter([Err(cut)])).boxed()),
            _ => Ok(whole),
        }
    }
}
