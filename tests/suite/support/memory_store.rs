//! An object store in memory: conditional semantics like S3's, upload URLs that expire by a given clock, and a count of
//! requests. The conformance suite runs over it too; only therefore may simulations trust it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use jiff::Timestamp;
use landfall::job::fault::{Fault, FaultKind, Outcome};
use landfall::job::ids::{ObjectRef, PresignedUrl, hex};
use landfall::ports::{
    ByteStream, Clock, Created, Listed, Listing, ObjectFacts, ObjectListing, ObjectStore, Opened, Promoted, Promotion,
    Unchanged, UploadUrl, bug,
};
use sha2::{Digest as _, Sha256};

/// Longest life of an upload URL, like S3's.
const URL_LIFE_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// The calls that reach a store. Signing does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Operation {
    Open,
    ReadRange,
    Create,
    Replace,
    Promote,
    WriteStream,
    Remove,
    List,
}

/// An object as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredObject {
    pub(crate) bytes: Bytes,
    pub(crate) etag: String,
    pub(crate) content_type: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) metadata: HashMap<String, String>,
    pub(crate) tags: Vec<(String, String)>,
}

/// Why an upload was turned away: what a real store answers with 403 or 404.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UploadRefused {
    /// The URL is not one this store signed.
    NotSigned,
    /// It was, and its time is over.
    Expired,
}

/// Buckets in memory.
pub(crate) struct MemoryStore {
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    buckets: HashMap<String, BTreeMap<String, StoredObject>>,
    signed: HashMap<String, (ObjectRef, Timestamp)>,
    requests: BTreeMap<Operation, u64>,
    faults: BTreeMap<Operation, FaultKind>,
    /// When the credentials that sign upload URLs end.
    credentials_end: Option<Timestamp>,
    /// Streams being written, now and at most.
    streams: (u32, u32),
}

impl MemoryStore {
    /// A store with these buckets, empty.
    pub(crate) fn new(clock: Arc<dyn Clock>, buckets: &[&str]) -> MemoryStore {
        let buckets = buckets.iter().map(|&name| (name.to_owned(), BTreeMap::new())).collect();
        MemoryStore { clock, inner: Mutex::new(Inner { buckets, ..Inner::default() }) }
    }

    /// What a provider does with an upload URL: the PUT.
    pub(crate) fn upload(&self, url: &str, content_type: Option<&str>, bytes: Bytes) -> Result<(), UploadRefused> {
        let now = self.clock.now();
        let mut inner = self.lock();
        let (object, expires_at) = inner.signed.get(url).cloned().ok_or(UploadRefused::NotSigned)?;
        if now >= expires_at {
            return Err(UploadRefused::Expired);
        }
        let stored = StoredObject::new(bytes, content_type.unwrap_or("application/octet-stream"));
        inner
            .buckets
            .get_mut(&object.bucket)
            .ok_or(UploadRefused::NotSigned)?
            .insert(object.key.as_str().to_owned(), stored);
        Ok(())
    }

    /// The object at a key.
    pub(crate) fn stored(&self, object: &ObjectRef) -> Option<StoredObject> {
        self.lock().buckets.get(&object.bucket)?.get(object.key.as_str()).cloned()
    }

    /// All keys of a bucket, in order.
    pub(crate) fn keys(&self, bucket: &str) -> Vec<String> {
        self.lock().buckets.get(bucket).map(|objects| objects.keys().cloned().collect()).unwrap_or_default()
    }

    /// How often an operation was asked for.
    pub(crate) fn requests(&self, operation: Operation) -> u64 {
        self.lock().requests.get(&operation).copied().unwrap_or(0)
    }

    /// How many requests there were in all.
    pub(crate) fn requests_in_all(&self) -> u64 {
        self.lock().requests.values().sum()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no holder panics")
    }

    /// Counts a request and lets others run first, as a network would.
    async fn arrive(&self, operation: Operation) -> Outcome<()> {
        *self.lock().requests.entry(operation).or_default() += 1;
        tokio::task::yield_now().await;
        match self.lock().faults.get(&operation) {
            Some(kind) => Err(Fault::new(kind.clone(), format!("a scripted {operation:?}"))),
            None => Ok(()),
        }
    }

    /// Makes these operations fail, without effect, until [`mend`](MemoryStore::mend).
    pub(crate) fn fail(&self, operations: &[Operation], kind: &FaultKind) {
        self.lock().faults.extend(operations.iter().map(|operation| (*operation, kind.clone())));
    }

    /// Signs with credentials that end then, and upload URLs with them.
    pub(crate) fn end_credentials(&self, at: Option<Timestamp>) {
        self.lock().credentials_end = at;
    }

    /// How many streams were written at once, at most.
    pub(crate) fn most_streams(&self) -> u32 {
        self.lock().streams.1
    }

    /// Ends all failing.
    pub(crate) fn mend(&self) {
        self.lock().faults.clear();
    }
}

impl StoredObject {
    fn new(bytes: Bytes, content_type: &str) -> StoredObject {
        StoredObject {
            etag: hex(&Sha256::digest(&bytes)[..16]),
            bytes,
            content_type: Some(content_type.to_owned()),
            cache_control: None,
            metadata: HashMap::new(),
            tags: Vec::new(),
        }
    }

    fn facts(&self) -> ObjectFacts {
        ObjectFacts {
            size: self.bytes.len() as u64,
            etag: self.etag.clone(),
            content_type: self.content_type.clone(),
            version_id: None,
            metadata: self.metadata.clone(),
        }
    }
}

impl Inner {
    fn objects(&mut self, object: &ObjectRef) -> Outcome<&mut BTreeMap<String, StoredObject>> {
        let missing = || {
            Fault::new(FaultKind::Denied, format!("reaching {object}"))
                .because("the store answered 404 NoSuchBucket; create the bucket")
        };
        self.buckets.get_mut(&object.bucket).ok_or_else(missing)
    }
}

#[async_trait]
impl ObjectStore for MemoryStore {
    async fn presign_put(&self, object: &ObjectRef, life: Duration) -> Outcome<UploadUrl> {
        let life = life.min(URL_LIFE_MAX).max(Duration::from_secs(1));
        let expires_at = self.clock.now().checked_add(life).map_err(|why| bug("signing").because(why))?;
        let mut inner = self.lock();
        let expires_at = inner.credentials_end.map_or(expires_at, |end| end.min(expires_at));
        let url = format!("memory://{object}?signature={}", inner.signed.len());
        inner.signed.insert(url.clone(), (object.clone(), expires_at));
        Ok(UploadUrl { url: PresignedUrl::new(url), expires_at })
    }

    async fn open(&self, object: &ObjectRef, head_bytes: u64) -> Outcome<Option<Opened>> {
        self.arrive(Operation::Open).await?;
        let mut inner = self.lock();
        let Some(stored) = inner.objects(object)?.get(object.key.as_str()) else { return Ok(None) };
        let head = stored.bytes.slice(..index(head_bytes).min(stored.bytes.len()));
        Ok(Some(Opened { facts: stored.facts(), head }))
    }

    async fn read_range(&self, object: &ObjectRef, etag: &str, offset: u64, len: u64) -> Outcome<Unchanged<Bytes>> {
        self.arrive(Operation::ReadRange).await?;
        let mut inner = self.lock();
        let stored = inner.objects(object)?.get(object.key.as_str()).filter(|stored| stored.etag == etag);
        let Some(stored) = stored else { return Ok(Unchanged::No) };
        let (first, end) = (index(offset), index(offset.saturating_add(len)).min(stored.bytes.len()));
        if first >= end {
            let kind = FaultKind::Rejected { code: "InvalidRange".to_owned() };
            return Err(Fault::new(kind, format!("reading past the end of {object}")));
        }
        Ok(Unchanged::Yes(stored.bytes.slice(first..end)))
    }

    async fn create(&self, object: &ObjectRef, content_type: &str, body: Bytes) -> Outcome<Created> {
        self.arrive(Operation::Create).await?;
        let mut inner = self.lock();
        let objects = inner.objects(object)?;
        if objects.contains_key(object.key.as_str()) {
            return Ok(Created::Exists);
        }
        let stored = StoredObject::new(body, content_type);
        let etag = stored.etag.clone();
        objects.insert(object.key.as_str().to_owned(), stored);
        Ok(Created::Done { etag })
    }

    async fn replace(
        &self,
        object: &ObjectRef,
        etag: &str,
        content_type: &str,
        body: Bytes,
    ) -> Outcome<Unchanged<String>> {
        self.arrive(Operation::Replace).await?;
        let mut inner = self.lock();
        let stands = inner.objects(object)?.get_mut(object.key.as_str()).filter(|stands| stands.etag == etag);
        let Some(stands) = stands else { return Ok(Unchanged::No) };
        *stands = StoredObject::new(body, content_type);
        Ok(Unchanged::Yes(stands.etag.clone()))
    }

    async fn promote(&self, promotion: &Promotion) -> Outcome<Promoted> {
        self.arrive(Operation::Promote).await?;
        let Promotion { from, to, facts, .. } = promotion;
        let mut inner = self.lock();
        let taken = inner.objects(to)?.contains_key(to.key.as_str());
        let source = inner.objects(from)?.get(from.key.as_str()).filter(|source| source.etag == facts.etag).cloned();
        if taken && !promotion.overwrite {
            return Ok(Promoted::Occupied);
        }
        let Some(source) = source else { return Ok(Promoted::SourceChanged) };
        let copy = StoredObject {
            content_type: Some(promotion.content_type.clone()),
            cache_control: promotion.cache_control.clone(),
            metadata: promotion.metadata.iter().cloned().collect(),
            tags: promotion.tags.clone(),
            ..source
        };
        let etag = copy.etag.clone();
        inner.objects(to)?.insert(to.key.as_str().to_owned(), copy);
        Ok(Promoted::Done { etag, version_id: None })
    }

    async fn write_stream(
        &self,
        object: &ObjectRef,
        content_type: &str,
        mut body: ByteStream,
        max_bytes: u64,
    ) -> Outcome<u64> {
        {
            let mut inner = self.lock();
            inner.streams.0 += 1;
            inner.streams.1 = inner.streams.1.max(inner.streams.0);
        }
        let arrived = self.arrive(Operation::WriteStream).await;
        self.lock().streams.0 -= 1;
        arrived?;
        let mut bytes = BytesMut::new();
        while let Some(chunk) = body.next().await.transpose()? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > index(max_bytes) {
                let kind = FaultKind::Rejected { code: "too_large".to_owned() };
                return Err(Fault::new(kind, format!("writing a stream to {object}")));
            }
        }
        let size = bytes.len() as u64;
        let stored = StoredObject::new(bytes.freeze(), content_type);
        self.lock().objects(object)?.insert(object.key.as_str().to_owned(), stored);
        Ok(size)
    }

    async fn remove(&self, object: &ObjectRef, _version_id: Option<&str>) -> Outcome<()> {
        self.arrive(Operation::Remove).await?;
        self.lock().objects(object)?.remove(object.key.as_str());
        Ok(())
    }
}

#[async_trait]
impl ObjectListing for MemoryStore {
    async fn list(&self, bucket: &str, prefix: &str, after: &str, most: usize) -> Outcome<Listing> {
        self.arrive(Operation::List).await?;
        let missing = || Fault::new(FaultKind::Denied, format!("listing {bucket}"));
        let inner = self.lock();
        let objects = inner.buckets.get(bucket).ok_or_else(missing)?;
        let mut found = objects.iter().filter(|(key, _)| key.starts_with(prefix) && key.as_str() > after);
        let most = most.clamp(1, 1000);
        let listed =
            |(key, stored): (&String, &StoredObject)| Listed { key: key.clone(), size: stored.bytes.len() as u64 };
        let objects = found.by_ref().take(most).map(listed).collect();
        Ok(Listing { objects, more: found.next().is_some() })
    }
}

fn index(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use landfall::job::ids::ObjectKey;

    /// A clock that a test sets, in seconds.
    struct SetClock(Mutex<i64>);

    impl Clock for SetClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(*self.0.lock().expect("no holder panics")).expect("within range")
        }
    }

    #[tokio::test]
    async fn a_provider_uploads_until_the_url_expires_and_only_with_a_signed_one() {
        let clock = Arc::new(SetClock(Mutex::new(1000)));
        let store = MemoryStore::new(clock.clone(), &["b"]);
        let object = ObjectRef { bucket: "b".to_owned(), key: ObjectKey::parse("staging/k").expect("a key") };
        let signed = store.presign_put(&object, Duration::from_secs(60)).await.expect("signed");
        assert_eq!(signed.expires_at.as_second(), 1060);
        let url = signed.url.expose();

        assert_eq!(store.upload("memory://b/staging/k", None, Bytes::new()), Err(UploadRefused::NotSigned));
        assert_eq!(store.upload(&format!("{url}1"), None, Bytes::new()), Err(UploadRefused::NotSigned));
        *clock.0.lock().expect("no holder panics") = 1059;
        assert_eq!(store.upload(url, Some("video/mp4"), Bytes::from_static(b"video")), Ok(()));
        *clock.0.lock().expect("no holder panics") = 1060;
        assert_eq!(store.upload(url, None, Bytes::from_static(b"too late")), Err(UploadRefused::Expired));

        assert_eq!(store.keys("b"), ["staging/k"]);
        assert_eq!(store.stored(&object).expect("uploaded").bytes, "video");
        assert_eq!(store.requests_in_all(), 0, "neither signing nor the provider's PUT is a request of ours");
        store.open(&object, 1).await.expect("opened");
        assert_eq!((store.requests(Operation::Open), store.requests_in_all()), (1, 1));
    }
}
