//! What the S3 adapter promises beyond the port: one request for a call, large copies in parts, a check that tells, and
//! faults that say whose they are. Runs against any server given by its options.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use landfall::job::fault::{FaultKind, Outcome};
use landfall::job::ids::{ObjectKey, ObjectRef};
use landfall::ports::{Created, ObjectStore, Promoted, Promotion, Unchanged};
use landfall::s3::{S3Options, S3Store};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Smallest part a store accepts.
const PART_BYTES: u64 = 5 * 1024 * 1024;

/// Runs every case. `options` name a server with an endpoint on this machine; `bucket` must exist there.
pub(crate) async fn keeps_its_promises(options: S3Options, bucket: &str) {
    each_call_is_one_request(&options, bucket).await;
    large_objects_are_copied_in_parts(&options, bucket).await;
    the_check_passes_and_leaves_nothing(&options, bucket).await;
    the_check_names_a_missing_bucket(&options).await;
    wrong_keys_are_our_fault(&options, bucket).await;
    a_refused_connection_was_not_sent(&options, bucket).await;
}

async fn connect(options: &S3Options) -> S3Store {
    S3Store::connect(options.clone()).await.expect("options are complete")
}

fn object(bucket: &str, name: &str) -> ObjectRef {
    let key = ObjectKey::parse(&format!("adapter/{}/{name}", uuid::Uuid::new_v4())).expect("a valid key");
    ObjectRef { bucket: bucket.to_owned(), key }
}

async fn promotion(store: &S3Store, from: &ObjectRef, to: &ObjectRef) -> Promotion {
    Promotion {
        from: from.clone(),
        facts: store.open(from, 1).await.expect("opened").expect("there").facts,
        to: to.clone(),
        overwrite: false,
        content_type: "video/mp4".to_owned(),
        cache_control: None,
        metadata: vec![("job".to_owned(), "j-1".to_owned())],
        tags: vec![("team".to_owned(), "a".to_owned())],
    }
}

async fn each_call_is_one_request(options: &S3Options, bucket: &str) {
    let counter = CountingProxy::before(options.endpoint.as_deref().expect("an endpoint")).await;
    let store = connect(&S3Options { endpoint: Some(counter.url.clone()), ..options.clone() }).await;
    let (staging, last) = (object(bucket, "staging"), object(bucket, "final"));

    let body = Bytes::from_static(b"0123456789");
    let Ok(Created::Done { etag }) = store.create(&staging, "video/mp4", body.clone()).await else {
        panic!("a new key can be created")
    };
    counter.expect(1, "create");
    store.presign_put(&staging, Duration::from_secs(60)).await.expect("signed");
    counter.expect(0, "presign");
    let Ok(Unchanged::Yes(etag)) = store.replace(&staging, &etag, "video/mp4", body).await else {
        panic!("the ETag is the one that stands")
    };
    counter.expect(1, "replace");
    store.open(&staging, 4).await.expect("opened").expect("there");
    counter.expect(1, "open");
    store.read_range(&staging, &etag, 2, 3).await.expect("read");
    counter.expect(1, "ranged read");
    let promotion = promotion(&store, &staging, &last).await;
    counter.expect(1, "open");
    store.promote(&promotion).await.expect("promoted");
    counter.expect(1, "promote");
    let short = stream::iter([Ok(Bytes::from_static(b"short"))]).boxed();
    store.write_stream(&staging, "video/mp4", short, 1024).await.expect("written");
    counter.expect(1, "a short stream");
    store.remove(&staging, None).await.expect("deleted");
    counter.expect(1, "remove");
}

async fn large_objects_are_copied_in_parts(options: &S3Options, bucket: &str) {
    let options = S3Options { copy_whole_max_bytes: 2 * PART_BYTES, copy_part_bytes: PART_BYTES, ..options.clone() };
    let store = connect(&options).await;
    let (from, to) = (object(bucket, "large ü+.mp4"), object(bucket, "large copy"));
    let size = 3 * PART_BYTES + 17;
    let bytes: Bytes = (0..size).map(|at| (at % 251).to_le_bytes()[0]).collect();
    let body = stream::iter([Ok(bytes.clone())]).boxed();
    assert_eq!(store.write_stream(&from, "video/mp4", body, size).await.expect("written"), size);

    let copy = promotion(&store, &from, &to).await;
    let Ok(Promoted::Done { etag, .. }) = store.promote(&copy).await else { panic!("nothing was in the way") };
    let opened = store.open(&to, size).await.expect("opened").expect("there");
    assert!(opened.head == bytes, "the copy differs");
    assert_eq!((opened.facts.size, opened.facts.etag), (size, etag));
    assert_eq!(opened.facts.content_type.as_deref(), Some("video/mp4"));
    assert_eq!(opened.facts.metadata.get("job").map(String::as_str), Some("j-1"));
    assert_eq!(store.promote(&copy).await.expect("answered"), Promoted::Occupied);

    let elsewhere = object(bucket, "large copy of what changed");
    let mut stale = promotion(&store, &from, &elsewhere).await;
    stale.facts.etag = "0123456789abcdef0123456789abcdef".to_owned();
    assert_eq!(store.promote(&stale).await.expect("answered"), Promoted::SourceChanged);
    let mut absent = promotion(&store, &from, &elsewhere).await;
    store.remove(&from, absent.facts.version_id.as_deref()).await.expect("deleted");
    absent.overwrite = true;
    assert_eq!(store.promote(&absent).await.expect("answered"), Promoted::SourceChanged);
    assert_eq!(store.open(&elsewhere, 1).await.expect("opened"), None);
}

async fn the_check_passes_and_leaves_nothing(options: &S3Options, bucket: &str) {
    let store = connect(options).await;
    let probe = object(bucket, "probe");
    // What an earlier check that was killed left must not make this one fail.
    store.create(&probe, "text/plain", Bytes::from_static(b"left behind")).await.expect("created");
    store.check(bucket, &probe.key).await.expect("the store keeps its promises");
    assert_eq!(store.open(&probe, 1).await.expect("opened"), None);
}

async fn the_check_names_a_missing_bucket(options: &S3Options) {
    let store = connect(options).await;
    let probe = object("landfall-no-such-bucket", "probe");
    let text = denied(store.check(&probe.bucket, &probe.key).await);
    assert!(text.contains("landfall-no-such-bucket") && text.contains("create the bucket"), "{text}");
}

async fn wrong_keys_are_our_fault(options: &S3Options, bucket: &str) {
    let (id, _) = options.credentials.clone().expect("fixed credentials");
    for (id, secret) in [(id.as_str(), "another secret"), ("nobody", "another secret")] {
        let credentials = Some((id.to_owned(), secret.to_owned()));
        let store = connect(&S3Options { credentials, ..options.clone() }).await;
        let object = object(bucket, "x");
        for text in [
            denied(store.open(&object, 1).await),
            denied(store.create(&object, "text/plain", Bytes::new()).await),
            denied(store.remove(&object, None).await),
        ] {
            assert!(text.contains("check the credentials"), "{text}");
            assert!(!text.contains("another secret"), "{text}");
        }
    }
}

async fn a_refused_connection_was_not_sent(options: &S3Options, bucket: &str) {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = free.local_addr().expect("bound");
    drop(free);
    let store = connect(&S3Options { endpoint: Some(format!("http://{address}")), ..options.clone() }).await;
    let object = object(bucket, "x");
    let created = store.create(&object, "text/plain", Bytes::new()).await;
    assert_eq!(created.expect_err("nobody listens").kind, FaultKind::NotSent);
    let opened = store.open(&object, 1).await;
    assert_eq!(opened.expect_err("nobody listens").kind, FaultKind::NotSent);
}

fn denied<T>(outcome: Outcome<T>) -> String {
    let Err(fault) = outcome else { panic!("should have been denied") };
    assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
    fault.chain()
}

/// Passes bytes on and counts request lines.
struct CountingProxy {
    url: String,
    requests: Arc<AtomicUsize>,
}

impl CountingProxy {
    async fn before(endpoint: &str) -> CountingProxy {
        let target = endpoint.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = requests.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&target).await.expect("the server is there");
                tokio::spawn(pass_on(client, server, counted.clone()));
            }
        });
        CountingProxy { url, requests }
    }

    fn expect(&self, requests: usize, call: &str) {
        assert_eq!(self.requests.swap(0, Ordering::SeqCst), requests, "requests for {call}");
    }
}

async fn pass_on(client: TcpStream, server: TcpStream, requests: Arc<AtomicUsize>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers = tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
        let seen = String::from_utf8_lossy(&buffer[..read]);
        let lines = seen.split("\r\n").filter(|line| line.ends_with(" HTTP/1.1")).count();
        requests.fetch_add(lines, Ordering::SeqCst);
        if to_server.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
    drop(to_server);
    let _ = answers.await;
}
