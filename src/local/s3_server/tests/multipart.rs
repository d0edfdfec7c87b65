//! Multipart uploads, as the rescue of a large video makes them.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use super::{BUCKET, Fixture, SECRET_KEY, client, refusal, start};

const MIB: usize = 1024 * 1024;

async fn begin(fixture: &Fixture, key: &str) -> String {
    let begun = fixture.client.create_multipart_upload().bucket(BUCKET).key(key).content_type("video/mp4");
    begun.tagging("team=red").send().await.expect("begun").upload_id.expect("an id")
}

async fn part(fixture: &Fixture, key: &str, id: &str, number: i32, bytes: Vec<u8>) -> CompletedPart {
    let part = fixture.client.upload_part().bucket(BUCKET).key(key).upload_id(id).part_number(number);
    let done = part.body(ByteStream::from(bytes)).send().await.expect("a part");
    CompletedPart::builder().part_number(number).set_e_tag(done.e_tag).build()
}

fn all(parts: Vec<CompletedPart>) -> CompletedMultipartUpload {
    CompletedMultipartUpload::builder().set_parts(Some(parts)).build()
}

#[tokio::test]
async fn parts_are_joined_in_order_with_what_the_upload_was_begun_with() {
    let fixture = Fixture::new().await;
    let id = begin(&fixture, "a.mp4").await;
    // Out of order, and one of them twice.
    let second = part(&fixture, "a.mp4", &id, 2, vec![b'2'; 3]).await;
    part(&fixture, "a.mp4", &id, 1, vec![b'x'; 7]).await;
    let first = part(&fixture, "a.mp4", &id, 1, vec![b'1'; 5 * MIB]).await;
    let listed = fixture.client.list_parts().bucket(BUCKET).key("a.mp4").upload_id(&id).max_parts(1);
    let listed = listed.send().await.expect("listed");
    assert_eq!((listed.parts().len(), listed.is_truncated), (1, Some(true)));
    assert_eq!(listed.parts()[0].size, i64::try_from(5 * MIB).ok());
    assert!(!fixture.path("a.mp4").exists(), "nothing is visible before the end");

    let complete = fixture.client.complete_multipart_upload().bucket(BUCKET).key("a.mp4").upload_id(&id);
    let done = complete.multipart_upload(all(vec![first, second])).send().await.expect("completed");
    assert!(done.e_tag.as_deref().is_some_and(|etag| etag.ends_with("-2\"")), "{:?}", done.e_tag);
    let head = fixture.client.head_object().bucket(BUCKET).key("a.mp4").send().await.expect("there");
    assert_eq!(head.e_tag, done.e_tag);
    assert_eq!(head.content_type.as_deref(), Some("video/mp4"));
    let bytes = fixture.bytes("a.mp4").await;
    assert_eq!(bytes.len(), 5 * MIB + 3);
    assert!(bytes.ends_with(b"11222"));
    let tags = fixture.client.get_object_tagging().bucket(BUCKET).key("a.mp4").send().await.expect("tags");
    assert_eq!(tags.tag_set.len(), 1);

    let copy = fixture.client.copy_object().copy_source(format!("{BUCKET}/a.mp4")).bucket(BUCKET).key("b.mp4");
    let copied = copy.copy_source_if_match(done.e_tag.expect("an ETag")).send().await.expect("copied");
    let copied = copied.copy_object_result.and_then(|result| result.e_tag).expect("an ETag");
    assert!(!copied.contains('-'), "a copy is no multipart object: {copied}");
    fixture.assert_nothing_is_left_behind();
}

#[tokio::test]
async fn parts_can_be_copied_from_an_object() {
    let fixture = Fixture::new().await;
    let etag = fixture.put("source", &vec![b's'; 6 * MIB]).await;
    let id = begin(&fixture, "a").await;
    let copy = |number: i32, range: String| {
        let copy = fixture.client.upload_part_copy().bucket(BUCKET).key("a").upload_id(&id).part_number(number);
        copy.copy_source(format!("{BUCKET}/source")).copy_source_range(range)
    };
    let mut parts = Vec::new();
    for (number, first, end) in [(1, 0, 5 * MIB), (2, 5 * MIB, 6 * MIB)] {
        let done = copy(number, format!("bytes={first}-{}", end - 1)).copy_source_if_match(&etag).send().await;
        let etag = done.expect("copied").copy_part_result.and_then(|result| result.e_tag);
        parts.push(CompletedPart::builder().part_number(number).set_e_tag(etag).build());
    }
    let past_the_end = copy(3, format!("bytes=0-{}", 6 * MIB)).send().await;
    assert_eq!(refusal(past_the_end), (400, "InvalidArgument".into()));
    let changed = copy(3, "bytes=0-1".into()).copy_source_if_match("\"0123\"").send().await;
    assert_eq!(refusal(changed), (412, "PreconditionFailed".into()));
    let complete = fixture.client.complete_multipart_upload().bucket(BUCKET).key("a").upload_id(&id);
    complete.multipart_upload(all(parts)).send().await.expect("completed");
    assert!(fixture.bytes("a").await == fixture.bytes("source").await);
    fixture.assert_nothing_is_left_behind();
}

#[tokio::test]
async fn a_completion_that_does_not_fit_its_parts_is_refused_and_can_be_repeated() {
    let fixture = Fixture::new().await;
    let id = begin(&fixture, "a").await;
    let small = part(&fixture, "a", &id, 1, vec![b'1'; 10]).await;
    let last = part(&fixture, "a", &id, 2, vec![b'2'; 10]).await;
    let complete = |parts: Vec<CompletedPart>| {
        let complete = fixture.client.complete_multipart_upload().bucket(BUCKET).key("a").upload_id(&id);
        complete.multipart_upload(all(parts)).send()
    };
    assert_eq!(refusal(complete(vec![small.clone(), last.clone()]).await).1, "EntityTooSmall");
    assert_eq!(refusal(complete(vec![last.clone(), small.clone()]).await).1, "InvalidPartOrder");
    let absent = CompletedPart::builder().part_number(3).e_tag("\"0123\"").build();
    assert_eq!(refusal(complete(vec![absent]).await).1, "InvalidPart");
    let other = CompletedPart::builder().part_number(1).e_tag("\"0123\"").build();
    assert_eq!(refusal(complete(vec![other]).await).1, "InvalidPart");
    assert!(!fixture.path("a").exists());
    complete(vec![small.clone()]).await.expect("one part may be small");
    assert_eq!(refusal(complete(vec![small]).await), (404, "NoSuchUpload".into()));
    assert_eq!(fixture.bytes("a").await, vec![b'1'; 10]);
    fixture.assert_nothing_is_left_behind();
}

#[tokio::test]
async fn an_upload_is_bound_to_its_id_and_key() {
    let fixture = Fixture::new().await;
    let id = begin(&fixture, "a").await;
    for (key, id) in [("b", id.as_str()), ("a", "../../media"), ("a", "00000000000000000000000000000000")] {
        let part = fixture.client.upload_part().bucket(BUCKET).key(key).upload_id(id).part_number(1).send().await;
        assert_eq!(refusal(part), (404, "NoSuchUpload".into()), "{key} {id}");
        let abort = fixture.client.abort_multipart_upload().bucket(BUCKET).key(key).upload_id(id).send().await;
        assert_eq!(refusal(abort), (404, "NoSuchUpload".into()), "{key} {id}");
    }
    let zero = fixture.client.upload_part().bucket(BUCKET).key("a").upload_id(&id).part_number(0).send().await;
    assert_eq!(refusal(zero), (400, "InvalidArgument".into()));
    fixture.client.abort_multipart_upload().bucket(BUCKET).key("a").upload_id(&id).send().await.expect("aborted");
    let after = fixture.client.list_parts().bucket(BUCKET).key("a").upload_id(&id).send().await;
    assert_eq!(refusal(after), (404, "NoSuchUpload".into()));
    fixture.assert_nothing_is_left_behind();
}

#[tokio::test]
async fn an_upload_goes_on_after_a_restart() {
    let fixture = Fixture::new().await;
    let id = begin(&fixture, "a").await;
    let first = part(&fixture, "a", &id, 1, b"one".to_vec()).await;
    let Fixture { server, directory, client: _client } = fixture;
    server.stop().await;
    let server = start(directory.path()).await;
    let client = client(&server.url(), SECRET_KEY);
    let complete = client.complete_multipart_upload().bucket(BUCKET).key("a").upload_id(&id);
    complete.multipart_upload(all(vec![first])).send().await.expect("completed");
    assert_eq!(std::fs::read(directory.path().join("media/a")).expect("there"), b"one");
}
