//! The small traits through which the worker reaches the world.
//!
//! Adapters implement them (`rabbit`, `s3`, `provider`, `local`), decorators wrap them, tests fake them; one conformance
//! suite runs over every implementation. Expected outcomes are variants of the answers; [`Fault`]s are trouble.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::Span;

use crate::job::control::ControlMessage;
use crate::job::event::{Event, RejectedData};
use crate::job::fault::{Fault, Outcome};
use crate::job::ids::{ObjectRef, PresignedUrl, ResultUrl, TaskUuid};
use crate::job::letter::{LetterFilter, LetterId, LetterPage, LettersDealtWith, LettersFound, WholeLetter};

/// Where jobs come from.
#[async_trait]
pub trait Intake: Send + Sync {
    /// Waits for the next delivery. `None` when there will be no more: the input ended, or [`stop`](Intake::stop) was
    /// called. Lost connections are the adapter's to restore; they are never an end.
    async fn next(&self) -> Option<Box<dyn Delivery>>;

    /// Stops taking. What was taken ahead and not yet given out by [`next`](Intake::next) goes back.
    async fn stop(&self);

    /// From now on nothing is taken ahead, or it may be again. At rest nobody asks for deliveries; what was asked for, or taken
    /// ahead, and not given out by [`next`](Intake::next) goes back, so that others have it.
    async fn rest(&self, _resting: bool) {}
}

/// One message in our hands, settled exactly once, by a method that consumes it.
///
/// A delivery dropped unsettled goes back to its source when the connection ends.
#[async_trait]
pub trait Delivery: Send + Sync {
    /// The message.
    fn body(&self) -> &[u8];

    /// What came with it.
    fn envelope(&self) -> &DeliveryEnvelope;

    /// The job is done and announced: forget the message.
    async fn complete(self: Box<Self>) -> Outcome<()>;

    /// Give the message back for another worker to take at once. Not a failure of the job.
    async fn hand_back(self: Box<Self>) -> Outcome<()>;

    /// Move the message on to the parked queue before the lease runs out. Not a failure of the job.
    async fn park(self: Box<Self>) -> Outcome<()>;

    /// Dead-letter the message together with the reason.
    async fn reject(self: Box<Self>, rejection: &RejectedData) -> Outcome<()>;
}

/// What comes with a message beside its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryEnvelope {
    /// The producer's trace context (W3C `traceparent`).
    pub traceparent: Option<String>,
    /// Whether the message was given out before.
    pub redelivered: bool,
    /// The broker's queue that it came from; none where there is no broker.
    pub queue: Option<String>,
    /// Its id, as whoever sent it says.
    pub message_id: Option<String>,
    /// When it was sent, as whoever sent it says.
    pub sent_at: Option<Timestamp>,
    /// When an operator put it back from the dead letters, as a text that tells one time from another.
    pub replayed_at: Option<String>,
}

/// Where events go.
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Publishes an event and waits until it is safe: persisted and routed to at least one queue, where the sink can
    /// tell. A terminal event that no one is bound to is [`Denied`](crate::job::fault::FaultKind::Denied).
    async fn publish(&self, event: &Event) -> Outcome<()>;
}

/// What workers tell one another.
///
/// Best effort: a message may be lost, since it only hastens what stands in the ledger.
#[async_trait]
pub trait Control: Send + Sync {
    /// Tells all workers, the one that speaks too.
    async fn broadcast(&self, message: &ControlMessage) -> Outcome<()>;

    /// Waits for what is said next, by anybody. Never ends by itself; what is said before the first call may be missed.
    async fn next(&self) -> ControlMessage;
}

/// Messages that were refused, kept with their reasons until somebody decides about them.
///
/// Looking changes nothing, but it may take each letter for a moment: one that somebody else has in hand is not seen, and
/// those who look through the same port wait for one another.
#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// Looks at the letters from the oldest on, and tells of those that are meant.
    async fn list(&self, meant: &LetterFilter, page: LetterPage) -> Outcome<LettersFound>;

    /// One letter as a whole, among the oldest `look_at_most`; `None` when it is not there.
    async fn get(&self, id: &LetterId, look_at_most: usize) -> Outcome<Option<WholeLetter>>;

    /// Puts letters back where jobs come from, oldest first, as they came but marked as replayed, and then forgets them here.
    /// Whatever happens in between, none is lost; one may be replayed twice.
    async fn replay(&self, ids: &BTreeSet<LetterId>, look_at_most: usize) -> Outcome<LettersDealtWith>;

    /// Forgets letters for good, each after `save` took it; one that `save` does not take stays, and so do those after it.
    async fn purge(
        &self,
        ids: &BTreeSet<LetterId>,
        look_at_most: usize,
        save: SaveLetter<'_>,
    ) -> Outcome<LettersDealtWith>;
}

/// Takes a letter before it is gone.
pub type SaveLetter<'a> = &'a (dyn Fn(&WholeLetter) -> Outcome<()> + Send + Sync);

/// The bucket: uploads, landing, and the ledger's conditional writes.
///
/// ETags are passed without quotes.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// Signs a PUT of `object` that anyone holding the URL may send, with any headers, until it expires.
    ///
    /// The life is cut to that of the credentials; the answer tells when it ends.
    async fn presign_put(&self, object: &ObjectRef, life: Duration) -> Outcome<UploadUrl>;

    /// Looks at an object and reads its first `head_bytes` bytes (fewer if it is shorter), in one request.
    async fn open(&self, object: &ObjectRef, head_bytes: u64) -> Outcome<Option<Opened>>;

    /// Reads `len` bytes at `offset`, provided that the object is still the one with this ETag.
    async fn read_range(&self, object: &ObjectRef, etag: &str, offset: u64, len: u64) -> Outcome<Unchanged<Bytes>>;

    /// Creates an object, provided that none is there: of many racers exactly one gets [`Created::Done`].
    async fn create(&self, object: &ObjectRef, content_type: &str, body: Bytes) -> Outcome<Created>;

    /// Replaces an object, provided that it is still the one with this ETag. Answers with the new ETag.
    async fn replace(
        &self,
        object: &ObjectRef,
        etag: &str,
        content_type: &str,
        body: Bytes,
    ) -> Outcome<Unchanged<String>>;

    /// Copies exactly what was probed to its final key, in the store, with new attributes.
    async fn promote(&self, promotion: &Promotion) -> Outcome<Promoted>;

    /// Writes a stream of unknown length as one object, in parts, with bounded memory; at most `max_bytes`.
    ///
    /// A fault in the stream is the answer, and nothing is left behind.
    async fn write_stream(
        &self,
        object: &ObjectRef,
        content_type: &str,
        body: ByteStream,
        max_bytes: u64,
    ) -> Outcome<u64>;

    /// Deletes an object, or the version given. Deleting what is not there is fine.
    async fn remove(&self, object: &ObjectRef, version_id: Option<&str>) -> Outcome<()>;
}

/// Links to finished objects, for people's browsers.
#[async_trait]
pub trait ObjectLinks: Send + Sync {
    /// Signs a GET of `object` that anyone holding the URL may send until it expires. Nothing is asked of the store: the
    /// object may be gone.
    async fn presign_get(&self, object: &ObjectRef, life: Duration) -> Outcome<PresignedUrl>;
}

/// What stands in a bucket. The worker never asks: commands and pages for people do.
#[async_trait]
pub trait ObjectListing: Send + Sync {
    /// The objects whose keys begin with `prefix`, those after the key `after` (all, where that is empty): at most `most`,
    /// and at most a thousand. They come in the byte order of their keys, as on S3, or directory by directory, each in
    /// byte order, as on SeaweedFS; so only a key from this very listing is a good one to go on after.
    async fn list(&self, bucket: &str, prefix: &str, after: &str, most: usize) -> Outcome<Listing>;
}

/// Part of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The objects.
    pub objects: Vec<Listed>,
    /// Whether there are more, after the last of these.
    pub more: bool,
}

/// An object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key, as the store has it: not every key is one that we would make.
    pub key: String,
    /// Bytes.
    pub size: u64,
}

/// Bytes as they arrive.
pub type ByteStream = BoxStream<'static, Outcome<Bytes>>;

/// A signed upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadUrl {
    /// The URL, a secret.
    pub url: PresignedUrl,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// What a store says of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectFacts {
    /// Bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// As the uploader sent it.
    pub content_type: Option<String>,
    /// Where the bucket has versions.
    pub version_id: Option<String>,
    /// User metadata, lower-case names.
    pub metadata: HashMap<String, String>,
}

/// An object's facts and its first bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What the store says of it.
    pub facts: ObjectFacts,
    /// Its first bytes.
    pub head: Bytes,
}

/// The outcome of a conditional create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// It is ours.
    Done {
        /// The new object's ETag.
        etag: String,
    },
    /// An object was there already.
    Exists,
}

/// The outcome of something done only to an unchanged object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unchanged<T> {
    /// It was unchanged, and this is what came of it.
    Yes(T),
    /// It is another one by now, or gone.
    No,
}

/// A copy from staging to the final key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    /// The staging object.
    pub from: ObjectRef,
    /// What was probed: the copy is conditional on its ETag.
    pub facts: ObjectFacts,
    /// The final key.
    pub to: ObjectRef,
    /// Whether an object at the final key may be replaced.
    pub overwrite: bool,
    /// The final object's media type.
    pub content_type: String,
    /// Its `Cache-Control`.
    pub cache_control: Option<String>,
    /// Its user metadata.
    pub metadata: Vec<(String, String)>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
}

/// The outcome of a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promoted {
    /// The final object stands.
    Done {
        /// Its ETag, without quotes.
        etag: String,
        /// Its version, where the bucket has versions.
        version_id: Option<String>,
    },
    /// The staging object is no longer the one that was probed.
    SourceChanged,
    /// Another object stands at the final key, and it may not be replaced.
    Occupied,
}

/// The provider's task API.
#[async_trait]
pub trait TaskApi: Send + Sync {
    /// Most tasks in one call of [`submit`](TaskApi::submit) or [`observe`](TaskApi::observe).
    fn batch_max(&self) -> usize;

    /// Submits tasks in one call. The answer holds at most one entry per task; a task without an entry is
    /// [`Submitted::Unclear`]. A fault is about the call as a whole.
    async fn submit(&self, tasks: &[Submission]) -> Outcome<HashMap<TaskUuid, Submitted>>;

    /// Asks how tasks stand, in one call. A task without an entry is [`Observed::Unseen`].
    async fn observe(&self, tasks: &[TaskUuid]) -> Outcome<HashMap<TaskUuid, Observed>>;

    /// Asks the provider's archive whether it ever executed a task. Absence is a hint, never a proof.
    async fn recall(&self, task: TaskUuid) -> Outcome<Recalled>;
}

/// One task to submit.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The task's name.
    pub task_uuid: TaskUuid,
    /// The checked request's fields, see [`crate::job::request::Request::fields`].
    pub fields: Map<String, Value>,
    /// Where the provider shall upload to.
    pub upload: PresignedUrl,
}

/// What became of one submitted task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// Acknowledged.
    Accepted,
    /// The UUID was used before: the first submission was accepted.
    Conflict,
    /// Refused; nothing was bought.
    Refused(Refusal),
    /// The answer says nothing certain of it.
    Unclear,
}

/// How a task stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Observed {
    /// Accepted and not ended.
    Running {
        /// Percent, when the provider says.
        progress: Option<u8>,
    },
    /// Ended well.
    Succeeded(TaskSuccess),
    /// Ended badly.
    Failed(Refusal),
    /// Nothing is said of it. Unknown and not yet visible look alike.
    Unseen,
}

/// What a successful task yields.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskSuccess {
    /// The provider's name for the video.
    pub video_uuid: Option<String>,
    /// Where it can be fetched for a while.
    pub video_url: Option<ResultUrl>,
    /// US dollars charged.
    pub cost_usd: Option<f64>,
}

/// What the provider's archive holds of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recalled {
    /// It was executed.
    Known,
    /// Nothing is archived under this name.
    Nothing,
}

/// An error of the provider about one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What it means for us.
    pub family: ErrorFamily,
    /// The vendor's code, raw, bounded in length.
    pub code: String,
    /// The vendor's text, bounded in length.
    pub message: String,
    /// The parameters it is about.
    pub parameters: Vec<String>,
}

/// The vendor's error families (codes are many and unstable; the family is what we act on).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorFamily {
    /// The key or account is not accepted: our fault.
    Auth,
    /// No credit: our fault.
    Quota,
    /// Too many requests: wait.
    RateLimit,
    /// The content is refused.
    Safety,
    /// The task took too long and ended.
    Timeout,
    /// The model behind the API failed; the task ended.
    Provider,
    /// The API itself failed: on a submit the outcome is unknown.
    Server,
    /// The task is not known, or not any more: ask again before believing.
    NotFound,
    /// The request is wrong.
    Validation,
    /// The UUID was used before.
    Conflict,
    /// A code of no known family: treated like a failed task, and the raw code is shown.
    Unknown,
}

impl ErrorFamily {
    /// Every family.
    pub const ALL: [ErrorFamily; 11] = [
        ErrorFamily::Auth,
        ErrorFamily::Quota,
        ErrorFamily::RateLimit,
        ErrorFamily::Safety,
        ErrorFamily::Timeout,
        ErrorFamily::Provider,
        ErrorFamily::Server,
        ErrorFamily::NotFound,
        ErrorFamily::Validation,
        ErrorFamily::Conflict,
        ErrorFamily::Unknown,
    ];
}

/// Fetches results from the provider's own storage, through the guard on where that may be.
#[async_trait]
pub trait ResultFetch: Send + Sync {
    /// Starts to fetch. A URL that the guard refuses is [`Rejected`](crate::job::fault::FaultKind::Rejected).
    async fn fetch(&self, url: &ResultUrl) -> Outcome<ByteStream>;
}

/// The time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The target of spans and events that are for traces alone: log lines do not show them, and while traces are off they
/// cost nothing.
pub const SPANS: &str = "landfall-spans";

/// How our spans join those of others. The default is for a process whose traces are off.
#[derive(Debug, Clone, Copy)]
pub struct Propagation {
    /// Makes what a message's `traceparent` names the parent of a span that was just made. What cannot be read is none.
    pub follow: fn(span: &Span, traceparent: &str),
    /// The `traceparent` under which others go on from a span.
    pub traceparent: fn(span: &Span) -> Option<String>,
}

impl Default for Propagation {
    fn default() -> Propagation {
        Propagation { follow: |_, _| {}, traceparent: |_| None }
    }
}

/// A fault for a rule that an adapter broke itself.
pub fn bug(doing: impl Into<String>) -> Fault {
    Fault::new(crate::job::fault::FaultKind::Bug, doing)
}
