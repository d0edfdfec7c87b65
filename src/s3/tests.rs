//! The adapter against a server that answers what it is told, or nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_config::credential_process::CredentialProcessProvider;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use jiff::Timestamp;

use super::*;
use crate::job::ids::ObjectKey;

/// What the server does with a request.
#[derive(Clone, Copy)]
enum Answer {
    /// Sends this status and body.
    Say(u16, &'static str),
    /// The same, dated so many seconds from now.
    Dated(i64, u16, &'static str),
    /// Reads the request and closes the connection.
    HangUp,
    /// Reads the request and keeps still.
    Nothing,
}

/// Answers requests in the order of `script`, the last one for ever.
struct Server {
    url: String,
    requests: Arc<AtomicUsize>,
}

impl Server {
    async fn start(script: &'static [Answer]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let requests = Arc::new(AtomicUsize::new(0));
        let served = requests.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, script, served.clone()));
            }
        });
        Server { url, requests }
    }

    async fn store(&self) -> S3Store {
        S3Store::connect(options(&self.url)).await.expect("options are complete")
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// Serves one request; the answer closes the connection.
async fn serve(mut connection: TcpStream, script: &[Answer], served: Arc<AtomicUsize>) {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match connection.read_buf(&mut request).await {
            Ok(1..) => {}
            _ => return,
        }
    }
    let turn = served.fetch_add(1, Ordering::SeqCst);
    match script[turn.min(script.len() - 1)] {
        Answer::HangUp => {}
        Answer::Nothing => std::future::pending().await,
        Answer::Say(status, body) => say(connection, status, "", body).await,
        Answer::Dated(from_now_s, status, body) => {
            let date = Timestamp::now() + jiff::SignedDuration::from_secs(from_now_s);
            let date = format!("date: {}\r\n", date.strftime("%a, %d %b %Y %H:%M:%S GMT"));
            say(connection, status, &date, body).await;
        }
    }
}

async fn say(mut connection: TcpStream, status: u16, headers: &str, body: &str) {
    let head = format!("HTTP/1.1 {status} X\r\netag: \"e1\"\r\nretry-after: 7\r\nconnection: close\r\n{headers}");
    let answer = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
    connection.write_all(answer.as_bytes()).await.expect("the client listens");
    // Closed only after the client, or a reset could overtake the answer.
    let _ = tokio::io::copy(&mut connection, &mut tokio::io::sink()).await;
}

fn options(endpoint: &str) -> S3Options {
    S3Options {
        endpoint: Some(endpoint.to_owned()),
        region: Some("us-east-1".to_owned()),
        path_style: true,
        credentials: Some(("id".to_owned(), "secret".to_owned())),
        attempt_timeout: Duration::from_millis(500),
        copy_timeout: Duration::from_millis(500),
        ..S3Options::default()
    }
}

fn object(key: &str) -> ObjectRef {
    ObjectRef { bucket: "videos".to_owned(), key: ObjectKey::parse(key).expect("a valid key") }
}

async fn create(store: &S3Store) -> Outcome<Created> {
    store.create(&object("k"), "text/plain", Bytes::from_static(b"x")).await
}

fn promotion() -> Promotion {
    Promotion {
        from: object("from"),
        facts: ObjectFacts { size: 1, ..empty_object("e1".to_owned()) },
        to: object("to"),
        overwrite: true,
        content_type: "video/mp4".to_owned(),
        cache_control: None,
        metadata: Vec::new(),
        tags: Vec::new(),
    }
}

#[tokio::test]
async fn a_conditional_write_whose_answer_is_lost_is_ambiguous_and_sent_once() {
    for script in [&[Answer::HangUp], &[Answer::Nothing], &[Answer::Say(500, "")], &[Answer::Say(502, "<html>")]] {
        let server = Server::start(script).await;
        let fault = create(&server.store().await).await.expect_err("no answer");
        assert_eq!(fault.kind, FaultKind::Ambiguous, "{}", fault.chain());
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn a_read_is_sent_again() {
    let server = Server::start(&[Answer::HangUp, Answer::Say(500, ""), Answer::Say(200, "hello")]).await;
    let opened = server.store().await.open(&object("k"), 100).await.expect("answered in the end").expect("there");
    assert_eq!((opened.head.as_ref(), opened.facts.size, server.requests()), (b"hello".as_ref(), 5, 3));
}

#[tokio::test]
async fn a_read_without_an_answer_had_no_effect() {
    let server = Server::start(&[Answer::Say(500, "")]).await;
    let fault = server.store().await.open(&object("k"), 100).await.expect_err("no answer");
    assert_eq!(fault.kind, FaultKind::Unavailable, "{}", fault.chain());
}

#[tokio::test]
async fn a_conflict_is_tried_again_a_few_times() {
    let server = Server::start(&[Answer::Say(409, ""), Answer::Say(409, ""), Answer::Say(200, "")]).await;
    assert_eq!(create(&server.store().await).await.expect("created"), Created::Done { etag: "e1".to_owned() });
    assert_eq!(server.requests(), 3);

    let server = Server::start(&[Answer::Say(409, "")]).await;
    assert_eq!(create(&server.store().await).await.expect_err("busy").kind, FaultKind::Unavailable);
}

#[tokio::test]
async fn a_store_that_asks_to_slow_down_says_for_how_long() {
    let server = Server::start(&[Answer::Say(503, "<Error><Code>SlowDown</Code></Error>")]).await;
    let fault = create(&server.store().await).await.expect_err("throttled");
    assert_eq!(fault.kind, FaultKind::Throttled { after: Some(Duration::from_secs(7)) });
}

#[tokio::test]
async fn a_copy_that_fails_after_its_200_did_not_succeed() {
    let server = Server::start(&[Answer::Say(200, "<Error><Code>InternalError</Code></Error>")]).await;
    let fault = server.store().await.promote(&promotion()).await.expect_err("failed");
    assert_eq!(fault.kind, FaultKind::Ambiguous, "{}", fault.chain());
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn an_empty_range_is_a_bug_of_ours_and_never_sent() {
    let server = Server::start(&[Answer::Nothing]).await;
    let fault = server.store().await.read_range(&object("k"), "e1", 0, 0).await.expect_err("empty");
    assert_eq!((fault.kind, server.requests()), (FaultKind::Bug, 0));
}

#[tokio::test]
async fn a_connection_that_never_came_about_was_not_used() {
    let server = Server::start(&[Answer::Nothing]).await;
    // It accepts connections and never answers the handshake.
    let tls = server.url.replace("http:", "https:");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let free = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    for endpoint in [&tls, &free] {
        let options = S3Options { connect_timeout: Duration::from_millis(300), ..self::options(endpoint) };
        let fault = create(&S3Store::connect(options).await.expect("complete")).await.expect_err("no connection");
        assert_eq!(fault.kind, FaultKind::NotSent, "{}", fault.chain());
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn uploads_are_signed_for_the_public_endpoint() {
    let public = Some("https://media.example".to_owned());
    let options = S3Options { public_endpoint: public, region: None, ..options("http://127.0.0.1:9") };
    let store = S3Store::connect(options).await.expect("complete");
    let signed = store.presign_put(&object("k"), Duration::from_secs(60)).await.expect("signed");
    let url = signed.url.expose();
    assert!(url.starts_with("https://media.example/videos/k?"), "the path and host are not the public ones");
    assert!(url.contains("X-Amz-SignedHeaders=host&"));
}

#[tokio::test]
async fn without_credentials_every_call_is_denied() {
    let server = Server::start(&[Answer::Nothing]).await;
    let options = options(&server.url);
    let broken = aws_sdk_s3::config::SharedCredentialsProvider::new(CredentialProcessProvider::new("false".into()));
    let shared = load(&options).await.into_builder().credentials_provider(broken).build();
    let store = S3Store::over(&shared, &options).expect("complete");
    let fault = create(&store).await.expect_err("unsigned");
    assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
    let fault = store.open(&object("k"), 1).await.expect_err("unsigned");
    assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
    let fault = store.presign_put(&object("k"), Duration::from_secs(60)).await.expect_err("unsigned");
    assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
    assert_eq!(server.requests(), 0);
}

#[test]
fn content_ranges_are_read_or_refused() {
    assert_eq!(content_range("bytes 0-99/1234"), Some((0, 1234)));
    assert_eq!(content_range("bytes 5-5/6"), Some((5, 6)));
    for unreadable in ["", "bytes */0", "bytes 0-99/*", "items 0-1/2", "bytes 0"] {
        assert_eq!(content_range(unreadable), None, "{unreadable}");
    }
}

#[test]
fn etags_lose_their_quotes_and_nothing_else() {
    for (header, etag) in [("\"abc\"", "abc"), ("abc", "abc"), ("W/\"abc-2\"", "abc-2")] {
        assert_eq!(unquoted(header), etag);
    }
}

#[tokio::test]
async fn a_full_or_read_only_store_fails_no_job_and_says_how_to_mend_it() {
    let stores: [(&[Answer], &str); 5] = [
        (&[Answer::Say(507, "<Error><Code>XMinioStorageFull</Code></Error>")], "make room"),
        (&[Answer::Say(507, "")], "make room"),
        (&[Answer::Say(403, "<Error><Code>QuotaExceeded</Code></Error>")], "make room"),
        (&[Answer::Say(403, "<Error><Code>AccessDenied</Code></Error>")], "allowed to do"),
        (&[Answer::Say(405, "<Error><Code>MethodNotAllowed</Code></Error>")], "read-only"),
    ];
    for (script, cure) in stores {
        let server = Server::start(script).await;
        let store = server.store().await;
        let body = futures_util::stream::iter([Ok(Bytes::from_static(b"x"))]);
        for fault in [
            create(&store).await.expect_err("refused"),
            store.replace(&object("k"), "e1", "text/plain", Bytes::new()).await.expect_err("refused"),
            store.promote(&promotion()).await.expect_err("refused"),
            store.write_stream(&object("k"), "video/mp4", Box::pin(body), 100).await.expect_err("refused"),
        ] {
            assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
            assert!(fault.chain().contains(cure), "{}", fault.chain());
        }
    }
}

#[tokio::test]
async fn a_denied_look_is_denied_and_never_an_absent_object() {
    let server = Server::start(&[Answer::Say(403, "")]).await;
    let store = server.store().await;
    for fault in [
        store.open(&object("k"), 1).await.expect_err("denied"),
        store.read_range(&object("k"), "e1", 0, 1).await.map(|_| ()).expect_err("denied"),
        store.etag(&object("k")).await.map(|_| ()).expect_err("denied"),
    ] {
        assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
    }
}

#[tokio::test]
async fn a_store_that_ignores_conditions_is_refused_with_the_way_out() {
    // It takes every write, also those that it should have refused.
    let server =
        Server::start(&[Answer::Say(404, "<Error><Code>NoSuchKey</Code></Error>"), Answer::Say(200, "")]).await;
    let probe = ObjectKey::parse("landfall/ledger/.probe").expect("a key");
    let fault = server.store().await.check("videos", &probe).await.expect_err("refused");
    let chain = fault.chain();
    assert_eq!(fault.kind, FaultKind::Denied, "{chain}");
    for part in ["videos", "ignores If-None-Match", "buy the same video twice", "use a store with conditional writes"] {
        assert!(chain.contains(part), "{chain}");
    }
}

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no holder panics").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_store_whose_clock_is_another_is_warned_about_once_also_when_it_refuses() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let told = || {
        let log = String::from_utf8(log.0.lock().expect("no holder panics").clone()).expect("text");
        (log.matches("ahead of that of the store").count(), log.matches("agree again").count())
    };
    const SCRIPT: &[Answer] = &[
        Answer::Dated(0, 200, "x"),
        Answer::Dated(-600, 200, "x"),
        Answer::Dated(-600, 403, "<Error><Code>RequestTimeTooSkewed</Code></Error>"),
        Answer::Dated(0, 200, "x"),
        Answer::Say(200, "x"),
    ];
    let server = Server::start(SCRIPT).await;
    let store = server.store().await;
    for (turn, expected) in [(0, 0), (1, 0), (1, 0), (1, 1), (1, 1)].into_iter().enumerate() {
        if let Err(fault) = create(&store).await {
            assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
            assert!(fault.chain().contains("keep both in step"), "{}", fault.chain());
        }
        assert_eq!(told(), expected, "answer {turn}");
    }
}
