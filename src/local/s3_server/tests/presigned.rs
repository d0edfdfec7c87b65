//! Presigned URLs: what they open, and all they must not.

use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::StatusCode;

use super::{BUCKET, Fixture, SECRET_KEY, client, presigned_put};

async fn put(url: &str) -> StatusCode {
    reqwest::Client::new().put(url).body("a video").send().await.expect("an answer").status()
}

#[tokio::test]
async fn a_url_with_only_the_host_signed_takes_any_content_type() {
    let fixture = Fixture::new().await;
    let http = reqwest::Client::new();
    for content_type in ["video/mp4", "application/octet-stream", "not even a media type"] {
        let url = fixture.presigned_put("a.mp4").await;
        let sent = http.put(&url).header("content-type", content_type).header("x-made-by", "anyone").body("a video");
        assert_eq!(sent.send().await.expect("an answer").status(), 200);
        let head = fixture.client.head_object().bucket(BUCKET).key("a.mp4").send().await.expect("stored");
        assert_eq!(head.content_type.as_deref(), Some(content_type));
    }
    let url = fixture.presigned_put("b.mp4").await;
    assert_eq!(put(&url).await, 200, "no content type at all");
    assert_eq!(fixture.bytes("b.mp4").await, b"a video");
}

#[tokio::test]
async fn a_url_past_its_life_is_refused() {
    let fixture = Fixture::new().await;
    let hour_ago = SystemTime::now() - Duration::from_secs(3600);
    let url = presigned_put(&fixture.client, "a", Duration::from_secs(60), hour_ago).await;
    assert_eq!(put(&url).await, 403);
    let url = presigned_put(&fixture.client, "a", Duration::from_secs(7200), hour_ago).await;
    assert_eq!(put(&url).await, 200, "an old URL with a long life is good");
}

#[tokio::test]
async fn a_url_opens_no_other_key_bucket_or_method() {
    let fixture = Fixture::new().await;
    fixture.server.create_bucket("other").await.expect("a bucket");
    let url = fixture.presigned_put("a").await;
    assert_eq!(put(&url.replace("/media/a?", "/media/b?")).await, 403);
    assert_eq!(put(&url.replace("/media/a?", "/media/a/b?")).await, 403);
    assert_eq!(put(&url.replace("/media/a?", "/other/a?")).await, 403);
    let http = reqwest::Client::new();
    for method in [reqwest::Method::GET, reqwest::Method::DELETE, reqwest::Method::HEAD] {
        let answer = http.request(method.clone(), &url).send().await.expect("an answer");
        assert_eq!(answer.status(), 403, "{method}");
    }
    assert!(!fixture.path("a").exists() && !fixture.path("b").exists());
}

#[tokio::test]
async fn a_url_with_a_changed_signature_life_or_query_is_refused() {
    let fixture = Fixture::new().await;
    let url = fixture.presigned_put("a").await;
    let (before, signature) = url.split_once("X-Amz-Signature=").expect("signed");
    let flipped = if signature.starts_with('0') { "1" } else { "0" };
    assert_eq!(put(&format!("{before}X-Amz-Signature={flipped}{}", &signature[1..])).await, 403);
    assert_eq!(put(&url.replace("X-Amz-Expires=60", "X-Amz-Expires=600000")).await, 403);
    assert_eq!(put(&format!("{url}&x-amz-tagging=a%3Db")).await, 403);
    assert_eq!(put(&url).await, 200, "the URL itself was good");
}

#[tokio::test]
async fn a_url_is_good_at_the_host_it_was_signed_for_and_no_other() {
    let fixture = Fixture::new().await;
    let url = fixture.presigned_put("a").await;
    let sent = reqwest::Client::new().put(&url).header("host", "store.example:9000").body("a video");
    assert_eq!(sent.send().await.expect("an answer").status(), 403);

    let elsewhere = client("http://store.example:9000", SECRET_KEY);
    let url = presigned_put(&elsewhere, "a", Duration::from_secs(60), SystemTime::now()).await;
    let here = url.replace("http://store.example:9000", &fixture.server.url());
    assert_eq!(put(&here).await, 403);
    let sent = reqwest::Client::new().put(&here).header("host", "store.example:9000").body("a video");
    assert_eq!(sent.send().await.expect("an answer").status(), 200, "a proxy that keeps the host is no tampering");
}

#[tokio::test]
async fn a_wrong_secret_an_unknown_key_and_no_signature_are_refused() {
    let fixture = Fixture::new().await;
    let forged = client(&fixture.server.url(), "another secret");
    let url = presigned_put(&forged, "a", Duration::from_secs(60), SystemTime::now()).await;
    assert_eq!(put(&url).await, 403);
    let answer = forged.put_object().bucket(BUCKET).key("a").send().await;
    assert_eq!(super::refusal(answer), (403, "SignatureDoesNotMatch".into()));
    let url = fixture.presigned_put("a").await;
    assert_eq!(put(&url.replace("test-access", "some-access")).await, 403);
    assert_eq!(put(url.split('?').next().expect("a path")).await, 403);
}

#[tokio::test]
async fn a_body_of_unstated_length_is_answered_as_aws_does() {
    let fixture = Fixture::new().await;
    let url = fixture.presigned_put("a").await;
    let chunks = futures_util::stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"a video"))]);
    let sent = reqwest::Client::new().put(&url).body(reqwest::Body::wrap_stream(chunks));
    let answer = sent.send().await.expect("an answer");
    assert_eq!(answer.status(), 501);
    assert!(answer.text().await.expect("a body").contains("<Code>NotImplemented</Code>"));
    assert!(!fixture.path("a").exists());
    fixture.assert_nothing_is_left_behind();
}

#[tokio::test]
async fn a_checksum_bound_into_the_url_is_checked() {
    let fixture = Fixture::new().await;
    let config = aws_sdk_s3::presigning::PresigningConfig::expires_in(Duration::from_secs(60)).expect("in bounds");
    // The CRC of no bytes at all, in the query: there some SDKs put it when they presign before they know the body.
    let put_object = fixture.client.put_object().bucket(BUCKET).key("a").customize();
    let bound = put_object.mutate_request(|request| {
        let uri = format!("{}&x-amz-checksum-crc32=AAAAAA%3D%3D", request.uri());
        request.set_uri(uri).expect("a URL");
    });
    let bound = bound.presigned(config).await.expect("signed");
    assert!(bound.uri().contains("x-amz-checksum-crc32="), "{bound:?}");
    assert_eq!(put(bound.uri()).await, 400);
    assert!(!fixture.path("a").exists());
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing() {
    use tokio::io::AsyncWriteExt as _;
    let fixture = Fixture::new().await;
    let url = fixture.presigned_put("a").await;
    let (host, path) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("a URL");
    let mut socket = tokio::net::TcpStream::connect(fixture.server.addr()).await.expect("connected");
    let head = format!("PUT /{path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 1000\r\n\r\nhalf a video");
    socket.write_all(head.as_bytes()).await.expect("sent");
    let staging = fixture.directory.path().join(".s3/tmp");
    until("the body is being written", || count(&staging) == 1).await;
    drop(socket);
    until("what was written is removed", || count(&staging) == 0).await;
    assert!(!fixture.path("a").exists());
}

fn count(directory: &Path) -> usize {
    std::fs::read_dir(directory).expect("a directory of the server").count()
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait).await.expect(what);
}
