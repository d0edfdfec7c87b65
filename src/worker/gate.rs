//! The gate: store and provider behind the breaker.
//!
//! Every call to a side that is away waits here for its turn as the probe or for another one's success, and every answer
//! tells whether the side is there. Submissions, events and streams pass by:
//! `submitter`, `job` and `rescue` know more of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::suspension::{Side, Suspension};
use super::{Ports, WorkerSettings};
use crate::job::fault::Outcome;
use crate::job::ids::{ObjectRef, TaskUuid};
use crate::ports::{
    ByteStream, Created, ObjectStore, Observed, Opened, Promoted, Promotion, Recalled, Submission, Submitted, TaskApi,
    Unchanged, UploadUrl,
};

/// The same ports, behind the breaker.
pub(super) fn gated(ports: Ports, settings: &WorkerSettings, suspension: &Suspension) -> Ports {
    let store = GatedStore {
        store: ports.store,
        suspension: suspension.clone(),
        ledger: (settings.ledger_bucket.clone(), format!("{}/", settings.ledger_prefix)),
    };
    let tasks = GatedTasks { tasks: ports.tasks, suspension: suspension.clone() };
    Ports { store: Arc::new(store), tasks: Arc::new(tasks), ..ports }
}

struct GatedStore {
    store: Arc<dyn ObjectStore>,
    suspension: Suspension,
    /// The bucket of the ledger, and what its keys start with.
    ledger: (String, String),
}

impl GatedStore {
    fn side(&self, object: &ObjectRef) -> Side {
        let (bucket, prefix) = &self.ledger;
        if object.bucket == *bucket && object.key.as_str().starts_with(prefix) { Side::Ledger } else { Side::Videos }
    }

    async fn through<T>(&self, object: &ObjectRef, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        self.suspension.through(self.side(object), call).await
    }
}

#[async_trait]
impl ObjectStore for GatedStore {
    async fn presign_put(&self, object: &ObjectRef, life: Duration) -> Outcome<UploadUrl> {
        // Reaches no store.
        self.store.presign_put(object, life).await
    }

    async fn open(&self, object: &ObjectRef, head_bytes: u64) -> Outcome<Option<Opened>> {
        self.through(object, self.store.open(object, head_bytes)).await
    }

    async fn read_range(&self, object: &ObjectRef, etag: &str, offset: u64, len: u64) -> Outcome<Unchanged<Bytes>> {
        self.through(object, self.store.read_range(object, etag, offset, len)).await
    }

    async fn create(&self, object: &ObjectRef, content_type: &str, body: Bytes) -> Outcome<Created> {
        self.through(object, self.store.create(object, content_type, body)).await
    }

    async fn replace(&self, object: &ObjectRef, etag: &str, kind: &str, body: Bytes) -> Outcome<Unchanged<String>> {
        self.through(object, self.store.replace(object, etag, kind, body)).await
    }

    async fn promote(&self, promotion: &Promotion) -> Outcome<Promoted> {
        self.through(&promotion.to, self.store.promote(promotion)).await
    }

    async fn write_stream(&self, object: &ObjectRef, kind: &str, body: ByteStream, max_bytes: u64) -> Outcome<u64> {
        // Whoever made the stream has waited for the store before that. A stream that waits here is cut at its source.
        let written = self.store.write_stream(object, kind, body, max_bytes).await;
        // A fault may be the stream's own. Whoever made the stream can tell.
        if written.is_ok() {
            self.suspension.note(self.side(object), None);
        }
        written
    }

    async fn remove(&self, object: &ObjectRef, version_id: Option<&str>) -> Outcome<()> {
        self.through(object, self.store.remove(object, version_id)).await
    }
}

struct GatedTasks {
    tasks: Arc<dyn TaskApi>,
    suspension: Suspension,
}

#[async_trait]
impl TaskApi for GatedTasks {
    fn batch_max(&self) -> usize {
        self.tasks.batch_max()
    }

    async fn submit(&self, tasks: &[Submission]) -> Outcome<HashMap<TaskUuid, Submitted>> {
        self.tasks.submit(tasks).await
    }

    async fn observe(&self, tasks: &[TaskUuid]) -> Outcome<HashMap<TaskUuid, Observed>> {
        self.suspension.through(Side::Questions, self.tasks.observe(tasks)).await
    }

    async fn recall(&self, task: TaskUuid) -> Outcome<Recalled> {
        self.suspension.through(Side::Questions, self.tasks.recall(task)).await
    }
}
