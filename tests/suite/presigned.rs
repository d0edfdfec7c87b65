//! Upload URLs against a server that checks them: what was signed is accepted with any headers, all else is refused.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream;
use jiff::Timestamp;
use landfall::job::ids::{ObjectKey, ObjectRef};
use landfall::ports::{ObjectLinks, ObjectStore, UploadUrl};
use reqwest::{Body, Client, Method, StatusCode, Url};

/// Life of URLs that are not meant to expire here.
const LIFE: Duration = Duration::from_secs(300);

/// Life of one that is.
const SHORT_LIFE: Duration = Duration::from_secs(2);

/// How much later than promised a server may notice.
const EXPIRY_NOTICED_WITHIN: Duration = Duration::from_secs(10);

const VIDEO: &[u8] = b"not really a video";

/// Runs every case in `bucket`, which must exist on a store that is reached over HTTP.
pub(crate) async fn refuses_what_was_not_signed(store: Arc<dyn ObjectStore>, bucket: &str) {
    let bench = Bench {
        store,
        http: Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().expect("a client"),
        bucket: bucket.to_owned(),
        prefix: format!("presigned/{}", uuid::Uuid::new_v4()),
    };
    any_content_type_is_accepted(&bench).await;
    the_same_url_uploads_again(&bench).await;
    tampered_urls_are_refused(&bench).await;
    other_hosts_and_methods_are_refused(&bench).await;
    expired_urls_are_refused(&bench).await;
    chunked_uploads_arrive_whole_or_not_at_all(&bench).await;
}

/// A link reads one object, whole or in parts, until it expires, and does nothing else.
pub(crate) async fn links_read_and_do_nothing_else(store: Arc<dyn ObjectStore>, links: &dyn ObjectLinks, bucket: &str) {
    let prefix = format!("links/{}", uuid::Uuid::new_v4());
    let http = Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().expect("a client");
    let bench = Bench { store, http, bucket: bucket.to_owned(), prefix };
    let object = bench.object("mine ü+.mp4");
    bench.store.create(&object, "video/mp4", Bytes::from_static(VIDEO)).await.expect("created");
    let link = links.presign_get(&object, LIFE).await.expect("signed");
    let answer = bench.http.get(link.expose()).send().await.expect("answered");
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "video/mp4");
    assert_eq!(answer.bytes().await.expect("a body"), VIDEO);
    let part = bench.http.get(link.expose()).header("range", "bytes=4-9").send().await.expect("answered");
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.bytes().await.expect("a body"), VIDEO[4..=9]);
    for method in [Method::PUT, Method::DELETE] {
        let request = bench.http.request(method.clone(), link.expose()).body(VIDEO);
        let status = request.send().await.expect("answered").status();
        assert!(refused(status), "{method}: {status}");
    }
    let other = bench.object("theirs.mp4");
    bench.store.create(&other, "video/mp4", Bytes::from_static(VIDEO)).await.expect("created");
    let moved = link.expose().replacen("mine%20%C3%BC%2B.mp4", "theirs.mp4", 1);
    assert_ne!(moved, link.expose());
    assert!(refused(bench.http.get(moved).send().await.expect("answered").status()), "another object");
    let absent = links.presign_get(&bench.object("absent"), LIFE).await.expect("nothing is asked of the store");
    assert_eq!(bench.http.get(absent.expose()).send().await.expect("answered").status(), StatusCode::NOT_FOUND);

    let short = links.presign_get(&object, SHORT_LIFE).await.expect("signed");
    let patience = Instant::now() + SHORT_LIFE + EXPIRY_NOTICED_WITHIN;
    while bench.http.get(short.expose()).send().await.expect("answered").status().is_success() {
        assert!(Instant::now() < patience, "an expired link still works");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

struct Bench {
    store: Arc<dyn ObjectStore>,
    http: Client,
    bucket: String,
    prefix: String,
}

impl Bench {
    fn object(&self, name: &str) -> ObjectRef {
        let key = ObjectKey::parse(&format!("{}/{name}", self.prefix)).expect("a valid key");
        ObjectRef { bucket: self.bucket.clone(), key }
    }

    async fn sign(&self, object: &ObjectRef, life: Duration) -> UploadUrl {
        self.store.presign_put(object, life).await.expect("signed")
    }

    async fn put(&self, url: &str, content_type: Option<&str>) -> StatusCode {
        let mut put = self.http.put(url).body(VIDEO);
        if let Some(content_type) = content_type {
            put = put.header("content-type", content_type);
        }
        put.send().await.expect("answered").status()
    }

    async fn content(&self, object: &ObjectRef) -> Option<Bytes> {
        self.store.open(object, 1024).await.expect("opened").map(|opened| opened.head)
    }
}

/// Vendors differ in which 4xx they choose.
fn refused(status: StatusCode) -> bool {
    (400..=403).contains(&status.as_u16())
}

async fn any_content_type_is_accepted(bench: &Bench) {
    for content_type in [None, Some("video/mp4"), Some("application/octet-stream"), Some("text/plain; charset=utf-8")] {
        let object = bench.object("any type ü+%.mp4");
        let signed = bench.sign(&object, LIFE).await;
        let status = bench.put(signed.url.expose(), content_type).await;
        assert!(status.is_success(), "{content_type:?}: {status}");
        let opened = bench.store.open(&object, 1024).await.expect("opened").expect("there");
        assert_eq!(opened.head, VIDEO);
        // Some stores take a generic type for none and guess by the key.
        if content_type.is_some_and(|it| it != "application/octet-stream") {
            assert_eq!(opened.facts.content_type.as_deref(), content_type);
        }
        bench.store.remove(&object, None).await.expect("deleted");
    }
}

/// Which is why no URL ever points at a final key.
async fn the_same_url_uploads_again(bench: &Bench) {
    let object = bench.object("again");
    let signed = bench.sign(&object, LIFE).await;
    for _ in 0..2 {
        assert!(bench.put(signed.url.expose(), None).await.is_success());
    }
}

async fn tampered_urls_are_refused(bench: &Bench) {
    let (object, other) = (bench.object("mine"), bench.object("theirs"));
    let signed = bench.sign(&object, LIFE).await;
    let url = signed.url.expose();
    let last = if url.contains("X-Amz-Signature=0") { '1' } else { '0' };
    let signature_at = url.find("X-Amz-Signature=").expect("signed by query") + "X-Amz-Signature=".len();
    let mut other_signature = url.to_owned();
    other_signature.replace_range(signature_at..=signature_at, &last.to_string());
    let (unsigned, _) = url.split_once('?').expect("a query");
    let tampered = [
        ("signature", other_signature),
        ("key", url.replacen("/mine?", "/theirs?", 1)),
        ("life", url.replacen("X-Amz-Expires=", "X-Amz-Expires=1", 1)),
        ("no signature", unsigned.to_owned()),
    ];
    for (what, tampered) in tampered {
        assert_ne!(tampered, url, "{what}");
        let status = bench.put(&tampered, None).await;
        assert!(refused(status), "{what}: {status}");
    }
    assert_eq!(bench.content(&object).await, None);
    assert_eq!(bench.content(&other).await, None);
    assert!(bench.put(url, None).await.is_success(), "the URL itself still works");
}

async fn other_hosts_and_methods_are_refused(bench: &Bench) {
    let object = bench.object("host");
    let signed = bench.sign(&object, LIFE).await;
    let url = Url::parse(signed.url.expose()).expect("a URL");
    let elsewhere = bench.http.put(url.clone()).header("host", "elsewhere.example").body(VIDEO);
    let status = elsewhere.send().await.expect("answered").status();
    assert!(status.is_client_error(), "another host: {status}");
    for method in [Method::DELETE, Method::GET] {
        let status = bench.http.request(method.clone(), url.clone()).send().await.expect("answered").status();
        assert!(refused(status), "{method}: {status}");
    }
    assert_eq!(bench.content(&object).await, None);
}

async fn expired_urls_are_refused(bench: &Bench) {
    let object = bench.object("expired");
    let signed = bench.sign(&object, SHORT_LIFE).await;
    let patience = Instant::now() + SHORT_LIFE + EXPIRY_NOTICED_WITHIN;
    let mut last_accepted = None;
    loop {
        let asked_at = Timestamp::now();
        let status = bench.put(signed.url.expose(), None).await;
        if !status.is_success() {
            assert!(refused(status), "{status}");
            break;
        }
        last_accepted = Some(asked_at);
        assert!(Instant::now() < patience, "an expired URL is still accepted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let last_accepted = last_accepted.expect("the URL works before it expires");
    assert!(last_accepted.as_second() <= signed.expires_at.as_second() + 1, "accepted long after its end");
}

/// Whether a store takes `Transfer-Encoding: chunked` differs (AWS answers 501); what it takes must be whole.
async fn chunked_uploads_arrive_whole_or_not_at_all(bench: &Bench) {
    let object = bench.object("chunked");
    let signed = bench.sign(&object, LIFE).await;
    let (first, second) = VIDEO.split_at(5);
    let chunks = stream::iter([Ok::<_, std::io::Error>(first), Ok(second)]);
    let put = bench.http.put(signed.url.expose()).body(Body::wrap_stream(chunks));
    let status = put.send().await.expect("answered").status();
    println!("presigned: a chunked upload is answered {status}");
    let expected = status.is_success().then(|| Bytes::from_static(VIDEO));
    assert_eq!(bench.content(&object).await, expected, "{status}");
}
