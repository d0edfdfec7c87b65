//! Listing: order, pages, groups.

use super::{BUCKET, Fixture, refusal};

/// Keys and groups of all pages, in the order they came.
async fn listed(fixture: &Fixture, prefix: &str, delimiter: Option<&str>, page: i32) -> (Vec<String>, Vec<String>) {
    let (mut keys, mut groups, mut token) = (Vec::new(), Vec::new(), None);
    loop {
        let list = fixture.client.list_objects_v2().bucket(BUCKET).prefix(prefix).max_keys(page);
        let list = list.set_delimiter(delimiter.map(str::to_owned)).set_continuation_token(token);
        let got = list.send().await.expect("a page");
        assert!(got.key_count.expect("a count") <= page);
        keys.extend(got.contents().iter().filter_map(|object| object.key().map(str::to_owned)));
        groups.extend(got.common_prefixes().iter().filter_map(|group| group.prefix().map(str::to_owned)));
        token = got.next_continuation_token;
        assert_eq!(token.is_some(), got.is_truncated == Some(true));
        if token.is_none() {
            return (keys, groups);
        }
    }
}

#[tokio::test]
async fn pages_of_any_size_give_every_key_once_in_byte_order() {
    let fixture = Fixture::new().await;
    // In byte order: `-`, `.`, `/`, `0` stand right around the separator.
    let keys = ["Z", "a-b", "a.b", "a/b", "a/b-", "a/b0/c", "a/c", "a0", "b c+%", "ü/日本"];
    for key in keys {
        fixture.put(key, b"1").await;
    }
    for page in [1, 2, 3, 1000] {
        assert_eq!(listed(&fixture, "", None, page).await.0, keys, "pages of {page}");
        assert_eq!(listed(&fixture, "a/", None, page).await.0, ["a/b", "a/b-", "a/b0/c", "a/c"]);
        assert_eq!(listed(&fixture, "a/b", None, page).await.0, ["a/b", "a/b-", "a/b0/c"]);
        assert!(listed(&fixture, "nothing/", None, page).await.0.is_empty());
        let (plain, groups) = listed(&fixture, "", Some("/"), page).await;
        assert_eq!(plain, ["Z", "a-b", "a.b", "a0", "b c+%"]);
        assert_eq!(groups, ["a/", "ü/"]);
        let (plain, groups) = listed(&fixture, "a", Some("b"), page).await;
        assert_eq!((plain, groups), (vec!["a/c".into(), "a0".into()], vec!["a-b".into(), "a.b".into(), "a/b".into()]));
    }
}

#[tokio::test]
async fn a_listing_tells_what_a_head_tells() {
    let fixture = Fixture::new().await;
    let etag = fixture.put("a", b"123").await;
    let got = fixture.client.list_objects_v2().bucket(BUCKET).send().await.expect("listed");
    let head = fixture.client.head_object().bucket(BUCKET).key("a").send().await.expect("there");
    let object = &got.contents()[0];
    assert_eq!((object.e_tag(), object.size()), (Some(etag.as_str()), Some(3)));
    let (of_list, of_head) = (object.last_modified().expect("a time"), head.last_modified().expect("a time"));
    assert_eq!(of_list.secs(), of_head.secs());
}

#[tokio::test]
async fn a_listing_starts_after_a_key_and_refuses_a_made_up_token() {
    let fixture = Fixture::new().await;
    for key in ["a", "a0b", "b/c"] {
        fixture.put(key, b"1").await;
    }
    let list = || fixture.client.list_objects_v2().bucket(BUCKET);
    let got = list().start_after("a0b").send().await.expect("listed");
    let keys: Vec<_> = got.contents().iter().filter_map(|object| object.key()).collect();
    assert_eq!(keys, ["b/c"]);
    for token in ["made up", "x6161", "kzz", "k616", "ü"] {
        let answer = list().continuation_token(token).send().await;
        assert_eq!(refusal(answer), (400, "InvalidArgument".into()), "{token}");
    }
    let none = list().max_keys(0).send().await.expect("listed");
    assert_eq!((none.key_count, none.is_truncated), (Some(0), Some(false)));
    let encoded = list().prefix("b/").encoding_type(aws_sdk_s3::types::EncodingType::Url).send().await;
    assert_eq!(encoded.expect("listed").contents()[0].key(), Some("b/c"));
}
