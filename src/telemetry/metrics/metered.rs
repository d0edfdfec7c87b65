//! Ports that are timed: thin decorators, which add no call to any port.
//!
//! They stand next to the adapters, so that what the worker adds (waiting for its turn while a side is away) is not
//! counted as the other side's slowness. A call that is dropped on the way is not counted.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use super::Metrics;
use super::labels::{CallResult, ProviderCall, StoreCall, Submission as Fate, TaskCall};
use crate::job::event::Event;
use crate::job::fault::Outcome;
use crate::job::ids::{ObjectRef, ResultUrl, TaskUuid};
use crate::ports::{
    ByteStream, Created, EventSink, ObjectStore, Observed, Opened, Promoted, Promotion, Recalled, ResultFetch,
    Submission, Submitted, TaskApi, Unchanged, UploadUrl,
};
use crate::worker::Ports;

/// A URL whose life is shorter than asked for by no more than this is not cut short: stores count in whole seconds.
const LIFE_TOLERANCE: Duration = Duration::from_secs(5);

/// A port whose calls are timed.
struct Metered<P: ?Sized> {
    port: Arc<P>,
    metrics: Metrics,
}

impl Metrics {
    /// The same ports, timed.
    pub fn metered(&self, ports: Ports) -> Ports {
        let metrics = || self.clone();
        Ports {
            events: Arc::new(Metered { port: ports.events, metrics: metrics() }),
            store: Arc::new(Metered { port: ports.store, metrics: metrics() }),
            tasks: Arc::new(Metered { port: ports.tasks, metrics: metrics() }),
            results: Arc::new(Metered { port: ports.results, metrics: metrics() }),
            ..ports
        }
    }
}

/// The outcome of a call, and how long it took in seconds.
async fn timed<T>(call: impl Future<Output = Outcome<T>>) -> (Outcome<T>, f64) {
    let began = Instant::now();
    let outcome = call.await;
    (outcome, began.elapsed().as_secs_f64())
}

impl<P: ?Sized> Metered<P> {
    async fn stored<T>(&self, operation: StoreCall, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        let (outcome, took_s) = timed(call).await;
        self.metrics.0.catalogue.store_call_s.observe((operation, CallResult::of(&outcome)), took_s);
        outcome
    }

    async fn provided<T>(&self, operation: ProviderCall, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        let (outcome, took_s) = timed(call).await;
        self.metrics.0.catalogue.provider_call_s.observe((operation, CallResult::of(&outcome)), took_s);
        outcome
    }
}

#[async_trait]
impl EventSink for Metered<dyn EventSink> {
    async fn publish(&self, event: &Event) -> Outcome<()> {
        let (outcome, took_s) = timed(self.port.publish(event)).await;
        self.metrics.0.catalogue.publish_s.observe((event.event_type, CallResult::of(&outcome)), took_s);
        outcome
    }
}

#[async_trait]
impl ObjectStore for Metered<dyn ObjectStore> {
    async fn presign_put(&self, object: &ObjectRef, life: Duration) -> Outcome<UploadUrl> {
        let signed = self.stored(StoreCall::PresignPut, self.port.presign_put(object, life)).await?;
        let given = Duration::try_from(signed.expires_at.duration_since(Timestamp::now())).unwrap_or_default();
        let to = &self.metrics.0.catalogue;
        to.url_life_s.observe((), given.as_secs_f64());
        if given + LIFE_TOLERANCE < life {
            to.urls_cut_short.inc(());
        }
        Ok(signed)
    }

    async fn open(&self, object: &ObjectRef, head_bytes: u64) -> Outcome<Option<Opened>> {
        self.stored(StoreCall::Open, self.port.open(object, head_bytes)).await
    }

    async fn read_range(&self, object: &ObjectRef, etag: &str, offset: u64, len: u64) -> Outcome<Unchanged<Bytes>> {
        self.stored(StoreCall::ReadRange, self.port.read_range(object, etag, offset, len)).await
    }

    async fn create(&self, object: &ObjectRef, content_type: &str, body: Bytes) -> Outcome<Created> {
        self.stored(StoreCall::Create, self.port.create(object, content_type, body)).await
    }

    async fn replace(&self, object: &ObjectRef, etag: &str, kind: &str, body: Bytes) -> Outcome<Unchanged<String>> {
        self.stored(StoreCall::Replace, self.port.replace(object, etag, kind, body)).await
    }

    async fn promote(&self, promotion: &Promotion) -> Outcome<Promoted> {
        self.stored(StoreCall::Promote, self.port.promote(promotion)).await
    }

    async fn write_stream(&self, object: &ObjectRef, kind: &str, body: ByteStream, max_bytes: u64) -> Outcome<u64> {
        self.stored(StoreCall::WriteStream, self.port.write_stream(object, kind, body, max_bytes)).await
    }

    async fn remove(&self, object: &ObjectRef, version_id: Option<&str>) -> Outcome<()> {
        self.stored(StoreCall::Remove, self.port.remove(object, version_id)).await
    }
}

#[async_trait]
impl TaskApi for Metered<dyn TaskApi> {
    fn batch_max(&self) -> usize {
        self.port.batch_max()
    }

    async fn submit(&self, tasks: &[Submission]) -> Outcome<HashMap<TaskUuid, Submitted>> {
        let to = &self.metrics.0.catalogue;
        to.submit_tasks.observe((), count(tasks));
        let outcome = self.provided(ProviderCall::Submit, self.port.submit(tasks)).await;
        for task in tasks {
            to.submissions.inc(match outcome.as_ref().map(|answers| answers.get(&task.task_uuid)) {
                Ok(Some(Submitted::Accepted)) => Fate::Accepted,
                Ok(Some(Submitted::Conflict)) => Fate::Conflict,
                Ok(Some(Submitted::Refused(refusal))) => {
                    to.provider_errors.inc((TaskCall::Submit, refusal.family));
                    Fate::Refused
                }
                Ok(Some(Submitted::Unclear) | None) => Fate::Unclear,
                Err(_) => Fate::Failed,
            });
        }
        outcome
    }

    async fn observe(&self, tasks: &[TaskUuid]) -> Outcome<HashMap<TaskUuid, Observed>> {
        let to = &self.metrics.0.catalogue;
        to.poll_tasks.observe((), count(tasks));
        let outcome = self.provided(ProviderCall::Observe, self.port.observe(tasks)).await;
        for observed in outcome.iter().flat_map(HashMap::values) {
            match observed {
                Observed::Failed(refusal) => to.provider_errors.inc((TaskCall::Observe, refusal.family)),
                Observed::Running { .. } | Observed::Succeeded(_) | Observed::Unseen => {}
            }
        }
        outcome
    }

    async fn recall(&self, task: TaskUuid) -> Outcome<Recalled> {
        self.provided(ProviderCall::Recall, self.port.recall(task)).await
    }
}

#[async_trait]
impl ResultFetch for Metered<dyn ResultFetch> {
    async fn fetch(&self, url: &ResultUrl) -> Outcome<ByteStream> {
        self.provided(ProviderCall::Fetch, self.port.fetch(url)).await
    }
}

/// So many, as a value of a histogram; batches are far smaller than what a u32 holds.
fn count<T>(tasks: &[T]) -> f64 {
    f64::from(u32::try_from(tasks.len()).unwrap_or(u32::MAX))
}
