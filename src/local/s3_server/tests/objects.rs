//! One object: its bytes, its names, what is known of it.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, Delete, MetadataDirective, ObjectIdentifier, Tag, Tagging, TaggingDirective,
};

use super::{BUCKET, Fixture, refusal};

#[tokio::test]
async fn ranges_are_read_from_either_end() {
    let fixture = Fixture::new().await;
    fixture.put("a", b"0123456789").await;
    let cases = [
        ("bytes=0-3", "0123", "bytes 0-3/10"),
        ("bytes=4-4", "4", "bytes 4-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=7-99", "789", "bytes 7-9/10"),
        ("bytes=-4", "6789", "bytes 6-9/10"),
        ("bytes=-99", "0123456789", "bytes 0-9/10"),
    ];
    for (range, bytes, content_range) in cases {
        let got = fixture.client.get_object().bucket(BUCKET).key("a").range(range).send().await.expect(range);
        assert_eq!(got.content_range.as_deref(), Some(content_range), "{range}");
        assert_eq!(got.content_length, i64::try_from(bytes.len()).ok(), "{range}");
        assert_eq!(got.body.collect().await.expect("whole").to_vec(), bytes.as_bytes(), "{range}");
    }
}

#[tokio::test]
async fn a_range_with_no_byte_in_it_is_not_satisfiable() {
    let fixture = Fixture::new().await;
    fixture.put("a", b"0123456789").await;
    fixture.put("empty", b"").await;
    let cases =
        [("a", "bytes=10-"), ("a", "bytes=-0"), ("empty", "bytes=0-"), ("empty", "bytes=0-9"), ("empty", "bytes=-5")];
    for (key, range) in cases {
        let answer = fixture.client.get_object().bucket(BUCKET).key(key).range(range).send().await;
        assert_eq!(refusal(answer), (416, "InvalidRange".into()), "{range} of {key}");
    }
}

#[tokio::test]
async fn an_empty_object_is_an_object() {
    let fixture = Fixture::new().await;
    let etag = fixture.put("empty", b"").await;
    assert_eq!(etag, "\"d41d8cd98f00b204e9800998ecf8427e\"");
    let head = fixture.client.head_object().bucket(BUCKET).key("empty").send().await.expect("there");
    assert_eq!(head.content_length, Some(0));
    assert!(fixture.bytes("empty").await.is_empty());
}

#[tokio::test]
async fn a_large_object_comes_back_as_it_went() {
    let fixture = Fixture::new().await;
    let bytes: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    fixture.put("large", &bytes).await;
    assert!(fixture.bytes("large").await == bytes);
    let got = fixture.client.get_object().bucket(BUCKET).key("large").range("bytes=-5000000").send().await;
    let tail = got.expect("there").body.collect().await.expect("whole").to_vec();
    assert!(tail == bytes[bytes.len() - 5_000_000..]);
}

#[tokio::test]
async fn keys_of_any_characters_are_files_of_the_same_name() {
    let fixture = Fixture::new().await;
    for key in ["a b.mp4", "a+b.mp4", "100%.mp4", "%2e%2e", "ünï/日本語/🎬.mp4", "a&b=c?d#e", "quote'\"<>", "..."]
    {
        fixture.put(key, key.as_bytes()).await;
        assert_eq!(std::fs::read(fixture.path(key)).expect("a plain file"), key.as_bytes());
        assert_eq!(fixture.bytes(key).await, key.as_bytes(), "{key}");
        let url = fixture.presigned_put(key).await;
        let sent = reqwest::Client::new().put(url).body("presigned").send().await.expect("an answer");
        assert_eq!(sent.status(), 200, "{key}");
        let source = format!("{BUCKET}/{key}");
        let source: String = url::form_urlencoded::byte_serialize(source.as_bytes()).collect();
        let copy = fixture.client.copy_object().copy_source(source.replace('+', "%20"));
        copy.bucket(BUCKET).key("copy").send().await.expect("copied");
        assert_eq!(fixture.bytes("copy").await, b"presigned", "{key}");
    }
}

#[tokio::test]
async fn keys_that_would_escape_their_bucket_are_refused() {
    let fixture = Fixture::new().await;
    let outside = fixture.directory.path().join("outside");
    for key in ["../outside", "../../etc/x", "a/../../outside", "a/./b", "a//b", "a/", "/outside", "..", "a\0b"] {
        let put = fixture.client.put_object().bucket(BUCKET).key(key).body(ByteStream::from_static(b"x")).send().await;
        let (status, _code) = refusal(put);
        assert!((400..404).contains(&status), "{key:?} answered {status}");
        let get = fixture.client.get_object().bucket(BUCKET).key(key).send().await;
        assert!(refusal(get).0 >= 400, "{key:?}");
    }
    let begun = fixture.client.create_multipart_upload().bucket(BUCKET).key("../outside").send().await;
    assert!(refusal(begun).0 >= 400);
    fixture.put("a", b"1").await;
    let copy = fixture.client.copy_object().copy_source("media/..%2F.s3%2Fx").bucket(BUCKET).key("b").send().await;
    assert!(refusal(copy).0 >= 400);
    assert!(!outside.exists());
}

#[tokio::test]
async fn a_key_is_a_file_or_a_directory_and_the_first_one_stays() {
    let fixture = Fixture::new().await;
    let put = |key: &'static str| fixture.client.put_object().bucket(BUCKET).key(key).send();
    fixture.put("a", b"file").await;
    assert_eq!(refusal(put("a/b").await), (400, "InvalidRequest".into()));
    assert_eq!(refusal(put("a/b/c").await), (400, "InvalidRequest".into()));
    assert_eq!(fixture.bytes("a").await, b"file");
    fixture.put("d/e/f", b"file").await;
    assert_eq!(refusal(put("d/e").await), (400, "InvalidRequest".into()));
    assert_eq!(refusal(fixture.client.get_object().bucket(BUCKET).key("d/e").send().await), (404, "NoSuchKey".into()));
    assert_eq!(refusal(fixture.client.get_object().bucket(BUCKET).key("a/b").send().await), (404, "NoSuchKey".into()));
    fixture.client.delete_object().bucket(BUCKET).key("d/e/f").send().await.expect("removed");
    assert!(!fixture.path("d").exists(), "empty directories go with their last object");
    put("d").await.expect("the name is free again");
    fixture.assert_nothing_is_left_behind();
}

#[tokio::test]
async fn metadata_and_tags_survive_a_copy_unless_replaced() {
    let fixture = Fixture::new().await;
    let put = fixture.client.put_object().bucket(BUCKET).key("a").content_type("video/mp4").cache_control("no-cache");
    let put = put.metadata("Job", "7").tagging("team=red&stage=staging%20area").body(ByteStream::from_static(b"x"));
    put.send().await.expect("stored");
    let copy = || fixture.client.copy_object().copy_source(format!("{BUCKET}/a")).bucket(BUCKET).key("b");
    let tags = async || {
        let got = fixture.client.get_object_tagging().bucket(BUCKET).key("b").send().await.expect("tags");
        got.tag_set.iter().map(|tag| format!("{}={}", tag.key(), tag.value())).collect::<Vec<_>>()
    };
    let head = async || fixture.client.head_object().bucket(BUCKET).key("b").send().await.expect("there");

    copy().send().await.expect("copied");
    let kept = head().await;
    assert_eq!(kept.content_type.as_deref(), Some("video/mp4"));
    assert_eq!(kept.cache_control.as_deref(), Some("no-cache"));
    assert_eq!(kept.metadata.expect("metadata")["job"], "7");
    assert_eq!(tags().await, ["stage=staging area", "team=red"]);

    let replaced = copy().metadata_directive(MetadataDirective::Replace).content_type("video/webm").metadata("n", "1");
    replaced.tagging_directive(TaggingDirective::Replace).tagging("stage=final").send().await.expect("copied");
    let replaced = head().await;
    assert_eq!(replaced.content_type.as_deref(), Some("video/webm"));
    assert_eq!(replaced.cache_control, None);
    assert_eq!(replaced.metadata.expect("metadata").into_iter().collect::<Vec<_>>(), [("n".into(), "1".into())]);
    assert_eq!(tags().await, ["stage=final"]);

    let onto_itself = fixture.client.copy_object().copy_source(format!("{BUCKET}/a")).bucket(BUCKET).key("a");
    assert_eq!(refusal(onto_itself.send().await), (400, "InvalidRequest".into()));
}

#[tokio::test]
async fn tags_are_put_read_and_deleted_without_touching_the_object() {
    let fixture = Fixture::new().await;
    let etag = fixture.put("a", b"1").await;
    let client = &fixture.client;
    let tag = |key: &str| Tag::builder().key(key).value("ü").build().expect("a whole tag");
    let put = |tags: Vec<Tag>| {
        let tagging = Tagging::builder().set_tag_set(Some(tags)).build().expect("a tag set");
        client.put_object_tagging().bucket(BUCKET).key("a").tagging(tagging).send()
    };
    put(vec![tag("one"), tag("two")]).await.expect("tagged");
    let got = client.get_object_tagging().bucket(BUCKET).key("a").send().await.expect("tags");
    assert_eq!(got.tag_set, [tag("one"), tag("two")]);
    assert_eq!(refusal(put(vec![tag("one"), tag("one")]).await), (400, "InvalidTag".into()));
    let eleven = (0..11).map(|n| tag(&n.to_string())).collect();
    assert_eq!(refusal(put(eleven).await).0, 400);
    client.delete_object_tagging().bucket(BUCKET).key("a").send().await.expect("untagged");
    let got = client.get_object_tagging().bucket(BUCKET).key("a").send().await.expect("tags");
    assert!(got.tag_set.is_empty());
    let head = client.head_object().bucket(BUCKET).key("a").send().await.expect("there");
    assert_eq!(head.e_tag, Some(etag));
    assert_eq!(refusal(client.get_object_tagging().bucket(BUCKET).key("no").send().await).0, 404);
}

#[tokio::test]
async fn every_checksum_is_verified_wherever_the_sdk_puts_it() {
    let fixture = Fixture::new().await;
    let algorithms = [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ];
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), "streamed from a file").expect("written");
    for algorithm in algorithms {
        let put = || fixture.client.put_object().bucket(BUCKET).key("a").checksum_algorithm(algorithm.clone());
        put().body(ByteStream::from_static(b"in memory")).send().await.expect("a checksum in a header");
        let streamed = ByteStream::from_path(file.path()).await.expect("readable");
        put().body(streamed).send().await.expect("a checksum in a trailer");
        let get = fixture.client.get_object().bucket(BUCKET).key("a").checksum_mode(ChecksumMode::Enabled);
        let got = get.send().await.expect("there");
        assert_eq!(got.content_encoding, None, "how it was sent is not how it is stored");
        assert_eq!(got.body.collect().await.expect("the SDK agrees").to_vec(), b"streamed from a file");
    }
    let put = || fixture.client.put_object().bucket(BUCKET).key("b").body(ByteStream::from_static(b"x"));
    assert_eq!(refusal(put().checksum_sha256("A".repeat(43) + "=").send().await), (400, "BadDigest".into()));
    assert_eq!(refusal(put().checksum_crc32("AAAAAA==").send().await), (400, "BadDigest".into()));
    assert_eq!(refusal(put().checksum_crc64_nvme("AAAAAAAAAAA=").send().await), (400, "BadDigest".into()));
    assert_eq!(refusal(put().content_md5("1B2M2Y8AsgTpgAmY7PhCfg==").send().await), (400, "BadDigest".into()));
    assert_eq!(refusal(put().content_md5("no digest").send().await), (400, "InvalidDigest".into()));
    let url = fixture.presigned_put("b").await;
    let http = reqwest::Client::new();
    let unknown = http.put(&url).header("x-amz-checksum-xxhash3", "AAAA").body("x").send().await.expect("an answer");
    assert_eq!(unknown.status(), 501);
    let wrong = http.put(&url).header("x-amz-content-sha256", "0".repeat(64)).body("x").send().await;
    let wrong = wrong.expect("an answer");
    assert_eq!(wrong.status(), 400);
    assert!(wrong.text().await.expect("a body").contains("XAmzContentSHA256Mismatch"));
    assert!(!fixture.path("b").exists());
    put().content_md5("ndTkYSaMgDT1yFZOFVxnpg==").send().await.expect("the digest of what was sent");
    fixture.assert_nothing_is_left_behind();
}

#[tokio::test]
async fn a_reader_keeps_the_object_it_began_with() {
    let fixture = Fixture::new().await;
    let old = vec![b'o'; 4_000_000];
    fixture.put("a", &old).await;
    let reading = fixture.client.get_object().bucket(BUCKET).key("a").send().await.expect("there");
    fixture.put("a", b"new").await;
    assert!(reading.body.collect().await.expect("whole").to_vec() == old);
    let reading = fixture.client.get_object().bucket(BUCKET).key("a").send().await.expect("there");
    fixture.client.delete_object().bucket(BUCKET).key("a").send().await.expect("removed");
    assert_eq!(reading.body.collect().await.expect("whole").to_vec(), b"new");
}

#[tokio::test]
async fn a_file_the_user_put_or_changed_is_an_object_with_its_own_etag() {
    let fixture = Fixture::new().await;
    let client = &fixture.client;
    std::fs::create_dir(fixture.path("mine")).expect("made");
    std::fs::write(fixture.path("mine/a.mp4"), "").expect("written");
    let head = client.head_object().bucket(BUCKET).key("mine/a.mp4").send().await.expect("there");
    assert_eq!(head.e_tag.as_deref(), Some("\"d41d8cd98f00b204e9800998ecf8427e\""));

    let put = client.put_object().bucket(BUCKET).key("b").content_type("video/mp4").body(ByteStream::from_static(b"1"));
    let etag = put.send().await.expect("stored").e_tag;
    let moved = fixture.path("moved");
    std::fs::copy(fixture.path("b"), &moved).expect("copied");
    std::fs::remove_file(fixture.path("b")).expect("removed");
    std::fs::copy(&moved, fixture.path("b")).expect("restored");
    let head = client.head_object().bucket(BUCKET).key("b").send().await.expect("there");
    assert_eq!((head.e_tag, head.content_type.as_deref()), (etag.clone(), Some("video/mp4")), "the same bytes");

    std::fs::write(fixture.path("b"), "other bytes").expect("written");
    let head = client.head_object().bucket(BUCKET).key("b").send().await.expect("there");
    assert_ne!(head.e_tag, etag);
    assert_eq!(head.content_length, Some(11));
    assert_eq!(head.content_type.as_deref(), Some("binary/octet-stream"));
}

#[tokio::test]
async fn objects_are_deleted_alone_and_in_batches() {
    let fixture = Fixture::new().await;
    let client = &fixture.client;
    for key in ["a", "b/c", "b/d"] {
        fixture.put(key, b"1").await;
    }
    client.delete_object().bucket(BUCKET).key("a").send().await.expect("removed");
    client.delete_object().bucket(BUCKET).key("a").send().await.expect("removed already");
    assert_eq!(refusal(client.head_object().bucket(BUCKET).key("a").send().await).0, 404);
    let identify = |key: &str| ObjectIdentifier::builder().key(key).build().expect("a key");
    let objects = ["b/c", "b/d", "absent", "../outside"].map(identify).to_vec();
    let delete = Delete::builder().set_objects(Some(objects)).build().expect("objects");
    let done = client.delete_objects().bucket(BUCKET).delete(delete).send().await.expect("answered");
    assert_eq!(done.deleted().len(), 3);
    assert_eq!(done.errors()[0].key(), Some("../outside"));
    assert!(!fixture.path("b").exists());
}
