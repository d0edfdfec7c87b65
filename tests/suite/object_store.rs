//! What every [`ObjectStore`] must do: one suite for the one in memory, the embedded one and real servers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{BoxFuture, join_all};
use futures_util::{FutureExt as _, StreamExt as _, stream};
use jiff::Timestamp;
use landfall::job::fault::{Fault, FaultKind, Outcome};
use landfall::job::ids::{ObjectKey, ObjectRef};
use landfall::ports::{ByteStream, Created, ObjectStore, Opened, Promoted, Promotion, Unchanged};

/// Racers for one key.
const RACERS: usize = 16;

/// A part of a multipart upload; streams around multiples of it are where parts are cut wrongly.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// More than any stream here.
const STREAM_MAX: u64 = 64 * 1024 * 1024;

type Case = fn(Bench) -> BoxFuture<'static, ()>;

const CASES: &[(&str, Case)] = &[
    ("an absent object opens as nothing", |b| absent_opens_as_nothing(b).boxed()),
    ("an object opens with its facts and its head", |b| opens_with_facts_and_head(b).boxed()),
    ("an empty object opens with no bytes", |b| empty_opens(b).boxed()),
    ("a missing bucket is denied and not taken for a missing object", |b| missing_bucket(b).boxed()),
    ("a create leaves alone what is there", |b| create_leaves_alone(b).boxed()),
    ("of many racers exactly one creates", |b| one_creates(b).boxed()),
    ("a replace needs the ETag that stands", |b| replace_needs_etag(b).boxed()),
    ("of many racers exactly one replaces", |b| one_replaces(b).boxed()),
    ("ranges are read of the unchanged object only", |b| ranges(b).boxed()),
    ("a promotion copies bytes and sets its own attributes", |b| promotes(b).boxed()),
    ("a promotion overwrites only when it may", |b| overwrites_only_when_allowed(b).boxed()),
    ("a promotion of anything else than what was probed is refused", |b| changed_source(b).boxed()),
    ("of many promotions to one key exactly one lands", |b| one_lands(b).boxed()),
    ("keys with odd characters survive", |b| odd_keys(b).boxed()),
    ("streams of every length arrive whole", |b| streams(b).boxed()),
    ("a stream that is too long leaves nothing", |b| too_long(b).boxed()),
    ("a fault in a stream is the answer and leaves nothing", |b| broken_stream(b).boxed()),
    ("deleting what is not there is fine", |b| deletes(b).boxed()),
    ("an upload URL tells when it ends and lives a week at most", |b| url_life(b).boxed()),
];

/// Runs the whole suite in `bucket`, which must exist; what it writes is under a prefix of its own.
pub(crate) async fn conforms(store: Arc<dyn ObjectStore>, bucket: &str) {
    for (name, case) in CASES {
        println!("object store: {name}");
        let prefix = format!("conformance/{}", uuid::Uuid::new_v4());
        case(Bench { store: store.clone(), bucket: bucket.to_owned(), prefix }).await;
    }
}

/// A store and a fresh corner of a bucket.
#[derive(Clone)]
struct Bench {
    store: Arc<dyn ObjectStore>,
    bucket: String,
    prefix: String,
}

impl Bench {
    fn object(&self, name: &str) -> ObjectRef {
        let key = ObjectKey::parse(&format!("{}/{name}", self.prefix)).expect("a valid key");
        ObjectRef { bucket: self.bucket.clone(), key }
    }

    async fn create(&self, object: &ObjectRef, body: &'static [u8]) -> String {
        match self.store.create(object, "video/mp4", Bytes::from_static(body)).await.expect("created") {
            Created::Done { etag } => etag,
            Created::Exists => panic!("{object} was there already"),
        }
    }

    async fn open(&self, object: &ObjectRef) -> Option<Opened> {
        self.store.open(object, 1024).await.expect("opened")
    }

    async fn head(&self, object: &ObjectRef) -> Bytes {
        self.open(object).await.expect("the object is there").head
    }

    /// A promotion of `from`, as it stands, to `to`.
    async fn promotion(&self, from: &ObjectRef, to: &ObjectRef) -> Promotion {
        Promotion {
            from: from.clone(),
            facts: self.open(from).await.expect("the source is there").facts,
            to: to.clone(),
            overwrite: false,
            content_type: "video/webm".to_owned(),
            cache_control: Some("max-age=60".to_owned()),
            metadata: vec![("job".to_owned(), "j-1".to_owned())],
            tags: Vec::new(),
        }
    }

    async fn write(&self, object: &ObjectRef, body: ByteStream, max_bytes: u64) -> Outcome<u64> {
        self.store.write_stream(object, "video/mp4", body, max_bytes).await
    }
}

fn kind<T>(outcome: Outcome<T>) -> Option<FaultKind> {
    outcome.err().map(|fault| fault.kind)
}

async fn absent_opens_as_nothing(bench: Bench) {
    assert_eq!(bench.open(&bench.object("absent")).await, None);
}

async fn opens_with_facts_and_head(bench: Bench) {
    let object = bench.object("object");
    let etag = bench.create(&object, b"0123456789").await;
    assert!(!etag.is_empty() && !etag.contains('"'), "ETags are passed without quotes: {etag}");
    for (asked, head) in [(0, ""), (1, "0"), (4, "0123"), (10, "0123456789"), (4096, "0123456789")] {
        let opened = bench.store.open(&object, asked).await.expect("opened").expect("there");
        assert_eq!(opened.head, head.as_bytes(), "head of {asked}");
        assert_eq!(opened.facts.size, 10);
        assert_eq!(opened.facts.etag, etag);
        assert_eq!(opened.facts.content_type.as_deref(), Some("video/mp4"));
        assert_eq!(opened.facts.metadata, HashMap::new());
    }
}

async fn empty_opens(bench: Bench) {
    let object = bench.object("empty");
    bench.create(&object, b"").await;
    let opened = bench.open(&object).await.expect("there");
    assert_eq!((opened.facts.size, opened.head.len()), (0, 0));
}

async fn missing_bucket(bench: Bench) {
    let object = ObjectRef { bucket: "landfall-no-such-bucket".to_owned(), key: bench.object("x").key };
    assert_eq!(kind(bench.store.open(&object, 1).await), Some(FaultKind::Denied));
}

async fn create_leaves_alone(bench: Bench) {
    let object = bench.object("object");
    bench.create(&object, b"first").await;
    let second = bench.store.create(&object, "video/mp4", Bytes::from_static(b"second")).await;
    assert_eq!(second.expect("answered"), Created::Exists);
    assert_eq!(bench.head(&object).await, "first");
}

async fn one_creates(bench: Bench) {
    let object = bench.object("object");
    let race = (0..RACERS).map(|racer| {
        let (bench, object) = (bench.clone(), object.clone());
        async move {
            let body = Bytes::from(format!("racer {racer}"));
            let created = bench.store.create(&object, "text/plain", body.clone()).await.expect("answered");
            (created, body)
        }
    });
    let won: Vec<_> = join_all(race).await.into_iter().filter(|(created, _)| *created != Created::Exists).collect();
    assert_eq!(won.len(), 1, "{won:?}");
    assert_eq!(bench.head(&object).await, won[0].1);
}

async fn replace_needs_etag(bench: Bench) {
    let (object, body) = (bench.object("object"), Bytes::from_static(b"new"));
    let absent = bench.store.replace(&object, "0123456789abcdef0123456789abcdef", "video/mp4", body.clone()).await;
    assert_eq!(absent.expect("answered"), Unchanged::No);
    assert_eq!(bench.open(&object).await, None);

    let old = bench.create(&object, b"old").await;
    let Unchanged::Yes(new) = bench.store.replace(&object, &old, "video/webm", body.clone()).await.expect("replaced")
    else {
        panic!("the ETag was the one that stood")
    };
    let opened = bench.open(&object).await.expect("there");
    assert_eq!((opened.facts.etag, opened.head), (new, body));
    assert_eq!(opened.facts.content_type.as_deref(), Some("video/webm"));

    let stale = bench.store.replace(&object, &old, "video/mp4", Bytes::from_static(b"stale")).await;
    assert_eq!(stale.expect("answered"), Unchanged::No);
    assert_eq!(bench.head(&object).await, "new");
}

async fn one_replaces(bench: Bench) {
    let object = bench.object("object");
    let etag = bench.create(&object, b"old").await;
    let race = (0..RACERS).map(|racer| {
        let (bench, object, etag) = (bench.clone(), object.clone(), etag.clone());
        async move {
            let body = Bytes::from(format!("racer {racer}"));
            bench.store.replace(&object, &etag, "text/plain", body).await.expect("answered")
        }
    });
    let won: Vec<_> = join_all(race).await.into_iter().filter(|done| *done != Unchanged::No).collect();
    assert_eq!(won.len(), 1, "{won:?}");
    assert_eq!(won[0], Unchanged::Yes(bench.open(&object).await.expect("there").facts.etag));
}

async fn ranges(bench: Bench) {
    let object = bench.object("object");
    let etag = bench.create(&object, b"0123456789").await;
    for (offset, len, part) in [(0, 3, "012"), (4, 2, "45"), (9, 1, "9"), (7, 100, "789")] {
        let read = bench.store.read_range(&object, &etag, offset, len).await.expect("read");
        assert_eq!(read, Unchanged::Yes(Bytes::from(part)), "{len} at {offset}");
    }
    let past = bench.store.read_range(&object, &etag, 10, 1).await;
    assert!(matches!(kind(past), Some(FaultKind::Rejected { .. })));
    let stale = bench.store.read_range(&object, "0123456789abcdef0123456789abcdef", 0, 3).await;
    assert_eq!(stale.expect("answered"), Unchanged::No);
    let absent = bench.store.read_range(&bench.object("absent"), &etag, 0, 3).await;
    assert_eq!(absent.expect("answered"), Unchanged::No);
}

async fn promotes(bench: Bench) {
    let (from, to) = (bench.object("staging"), bench.object("final/video.webm"));
    bench.create(&from, b"a video").await;
    let mut promotion = bench.promotion(&from, &to).await;
    promotion.tags = vec![("team".to_owned(), "a b/c".to_owned()), ("k".to_owned(), "v".to_owned())];
    let Promoted::Done { etag, .. } = bench.store.promote(&promotion).await.expect("promoted") else {
        panic!("nothing was in the way")
    };
    let opened = bench.open(&to).await.expect("there");
    assert_eq!(opened.head, "a video");
    assert_eq!(opened.facts.etag, etag);
    assert_eq!(opened.facts.content_type.as_deref(), Some("video/webm"));
    assert_eq!(opened.facts.metadata, HashMap::from([("job".to_owned(), "j-1".to_owned())]));
    assert_eq!(bench.head(&from).await, "a video", "a promotion leaves the source");
}

async fn overwrites_only_when_allowed(bench: Bench) {
    let (from, to) = (bench.object("staging"), bench.object("final"));
    bench.create(&from, b"new").await;
    bench.create(&to, b"old").await;
    let mut promotion = bench.promotion(&from, &to).await;
    assert_eq!(bench.store.promote(&promotion).await.expect("answered"), Promoted::Occupied);
    assert_eq!(bench.head(&to).await, "old");
    promotion.overwrite = true;
    assert!(matches!(bench.store.promote(&promotion).await, Ok(Promoted::Done { .. })));
    assert_eq!(bench.head(&to).await, "new");
}

/// Where the bucket has versions, what was probed stays what it was, and is what gets copied.
async fn changed_source(bench: Bench) {
    let (from, to) = (bench.object("staging"), bench.object("final"));
    let probed = bench.create(&from, b"probed").await;
    let mut promotion = bench.promotion(&from, &to).await;
    let changed = bench.store.replace(&from, &probed, "video/mp4", Bytes::from_static(b"another")).await;
    assert!(matches!(changed, Ok(Unchanged::Yes(_))));
    for gone in [false, true] {
        if gone {
            bench.store.remove(&from, None).await.expect("deleted");
        }
        for overwrite in [false, true] {
            promotion.overwrite = overwrite;
            let answer = bench.store.promote(&promotion).await.expect("answered");
            if promotion.facts.version_id.is_none() {
                assert_eq!(answer, Promoted::SourceChanged, "gone: {gone}, overwrite: {overwrite}");
                assert_eq!(bench.open(&to).await, None);
                continue;
            }
            assert!(matches!(answer, Promoted::Done { .. }), "{answer:?}");
            assert_eq!(bench.head(&to).await, "probed");
            bench.store.remove(&to, None).await.expect("deleted");
        }
    }
}

async fn one_lands(bench: Bench) {
    let to = bench.object("final");
    let race = (0..RACERS).map(|racer| {
        let (bench, to) = (bench.clone(), to.clone());
        async move {
            let from = bench.object(&format!("staging-{racer}"));
            let body = Bytes::from(format!("racer {racer}"));
            bench.store.create(&from, "video/mp4", body).await.expect("created");
            let promotion = bench.promotion(&from, &to).await;
            bench.store.promote(&promotion).await.expect("answered")
        }
    });
    let answers = join_all(race).await;
    let landed = answers.iter().filter(|answer| matches!(answer, Promoted::Done { .. })).count();
    let occupied = answers.iter().filter(|answer| **answer == Promoted::Occupied).count();
    assert_eq!((landed, occupied), (1, RACERS - 1), "{answers:?}");
}

async fn odd_keys(bench: Bench) {
    let names = ["a b+c", "50%", "100%25", "ünï/cødé", "日本", "q?x=1&y#z", "~(a)[b]{c}!$'*,;:@=", "%2e%2e"];
    for name in names {
        let (from, to) = (bench.object(&format!("from {name}")), bench.object(&format!("to {name}")));
        bench.create(&from, b"odd").await;
        let promotion = bench.promotion(&from, &to).await;
        let promoted =
            bench.store.promote(&promotion).await.unwrap_or_else(|fault| panic!("{name}: {}", fault.chain()));
        assert!(matches!(promoted, Promoted::Done { .. }), "{name}");
        assert_eq!(bench.head(&to).await, "odd", "{name}");
        bench.store.remove(&to, None).await.expect("deleted");
        assert_eq!(bench.open(&to).await, None, "{name}");
    }
}

async fn streams(bench: Bench) {
    let lengths = [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, 20 * 1024 * 1024 + 7];
    for length in lengths {
        let object = bench.object(&format!("stream of {length}"));
        bench.create(&object, b"what a broken attempt left").await;
        let written = bench.write(&object, pattern(length), STREAM_MAX).await.expect("written");
        assert_eq!(written, length as u64);
        let opened = bench.store.open(&object, STREAM_MAX).await.expect("opened").expect("there");
        assert_eq!(opened.facts.size, length as u64);
        assert!(opened.head == pattern_bytes(0, length), "the bytes of {length} arrived changed");
        assert!(length == 0 || opened.facts.content_type.as_deref() == Some("video/mp4"));
    }
}

async fn too_long(bench: Bench) {
    for (length, max_bytes) in [(11, 10), (2 * PART_BYTES, PART_BYTES as u64 + 5)] {
        let object = bench.object(&format!("too long by {length}"));
        let outcome = bench.write(&object, pattern(length), max_bytes).await;
        assert!(matches!(kind(outcome), Some(FaultKind::Rejected { .. })));
        assert_eq!(bench.open(&object).await, None);
    }
    let object = bench.object("just fits");
    assert_eq!(bench.write(&object, pattern(10), 10).await.expect("written"), 10);
}

async fn broken_stream(bench: Bench) {
    for before in [3, PART_BYTES + 3] {
        let object = bench.object(&format!("broken after {before}"));
        let cut = stream::once(async { Err(Fault::new(FaultKind::Unavailable, "reading from a source that broke")) });
        let outcome = bench.write(&object, pattern(before).chain(cut).boxed(), STREAM_MAX).await;
        let fault = outcome.expect_err("the stream broke");
        assert_eq!(fault.to_string(), "reading from a source that broke");
        assert_eq!(bench.open(&object).await, None);
    }
}

async fn deletes(bench: Bench) {
    let object = bench.object("object");
    bench.create(&object, b"x").await;
    for _ in 0..2 {
        bench.store.remove(&object, None).await.expect("deleted");
        assert_eq!(bench.open(&object).await, None);
    }
    bench.create(&object, b"again").await;
    let version_id = bench.open(&object).await.expect("there").facts.version_id;
    bench.store.remove(&object, version_id.as_deref()).await.expect("deleted");
    assert_eq!(bench.open(&object).await, None);
}

async fn url_life(bench: Bench) {
    let week = 7 * 24 * 3600;
    for (asked_s, life_s) in [(60, 60), (3600, 3600), (30 * 24 * 3600, week)] {
        let signed = bench.store.presign_put(&bench.object("upload"), Duration::from_secs(asked_s)).await;
        let left_s = signed.expect("signed").expires_at.as_second() - Timestamp::now().as_second();
        assert!((life_s - 5..=life_s).contains(&left_s), "asked for {asked_s} s, got {left_s} s");
    }
}

/// `length` bytes in chunks of an odd size.
fn pattern(length: usize) -> ByteStream {
    const CHUNK: usize = 1_000_003;
    let chunks = (0..length.div_ceil(CHUNK)).map(move |chunk| {
        let first = chunk * CHUNK;
        Ok(pattern_bytes(first, CHUNK.min(length - first)))
    });
    stream::iter(chunks).boxed()
}

/// Bytes that tell their position, so that parts in the wrong order show.
fn pattern_bytes(first: usize, length: usize) -> Bytes {
    (first..first + length).map(|at| u8::try_from((at ^ (at >> 8) ^ (at >> 16)) & 0xff).expect("masked")).collect()
}
