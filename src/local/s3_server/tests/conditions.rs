//! Conditional writes: of many, one.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use futures_util::future::join_all;

use super::{BUCKET, Fixture, refusal};

const RACERS: usize = 16;

/// The number of the one racer that won; all others must have been told that the condition failed.
fn the_one_winner(statuses: Vec<u16>) -> usize {
    let winners: Vec<_> = statuses.iter().enumerate().filter(|(_, status)| **status == 200).map(|(at, _)| at).collect();
    assert_eq!(winners.len(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), RACERS - 1, "{statuses:?}");
    winners[0]
}

fn status<T, E: aws_sdk_s3::error::ProvideErrorMetadata>(answer: Result<T, aws_sdk_s3::error::SdkError<E>>) -> u16 {
    if answer.is_ok() { 200 } else { refusal(answer).0 }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_conditional_creators_one_wins() {
    let fixture = Fixture::new().await;
    for round in 0..5 {
        let key = &format!("claims/{round}.json");
        let put = async |racer: usize| {
            let body = ByteStream::from(format!("racer {racer}").into_bytes());
            let put = fixture.client.put_object().bucket(BUCKET).key(key).if_none_match("*").body(body);
            status(put.send().await)
        };
        let winner = the_one_winner(join_all((0..RACERS).map(put)).await);
        assert_eq!(fixture.bytes(key).await, format!("racer {winner}").into_bytes());
    }
    fixture.assert_nothing_is_left_behind();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_conditional_copies_one_wins() {
    let fixture = Fixture::new().await;
    for racer in 0..RACERS {
        fixture.put(&format!("staging/{racer}"), format!("video {racer}").as_bytes()).await;
    }
    for round in 0..5 {
        let key = &format!("final/{round}.mp4");
        let copy = async |racer: usize| {
            let copy = fixture.client.copy_object().copy_source(format!("{BUCKET}/staging/{racer}"));
            status(copy.bucket(BUCKET).key(key).if_none_match("*").send().await)
        };
        let winner = the_one_winner(join_all((0..RACERS).map(copy)).await);
        assert_eq!(fixture.bytes(key).await, format!("video {winner}").into_bytes());
    }
    fixture.assert_nothing_is_left_behind();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_replacements_of_one_state_one_wins() {
    let fixture = Fixture::new().await;
    let seen = fixture.put("ledger.json", b"claimed").await;
    let put = async |racer: usize| {
        let body = ByteStream::from(format!("completed by {racer}").into_bytes());
        let put = fixture.client.put_object().bucket(BUCKET).key("ledger.json").if_match(&seen).body(body);
        status(put.send().await)
    };
    let winner = the_one_winner(join_all((0..RACERS).map(put)).await);
    assert_eq!(fixture.bytes("ledger.json").await, format!("completed by {winner}").into_bytes());
}

#[tokio::test]
async fn a_replacement_needs_the_state_it_names() {
    let fixture = Fixture::new().await;
    let put = |key: &str, etag: &str| {
        let body = ByteStream::from_static(b"new");
        fixture.client.put_object().bucket(BUCKET).key(key).if_match(etag).body(body).send()
    };
    assert_eq!(refusal(put("absent", "\"0123\"").await), (404, "NoSuchKey".into()));
    let first = fixture.put("a", b"old").await;
    assert_eq!(refusal(put("a", "\"0123\"").await), (412, "PreconditionFailed".into()));
    put("a", &first).await.expect("the state is the one named");
    assert_eq!(refusal(put("a", &first).await), (412, "PreconditionFailed".into()));
    assert_eq!(fixture.bytes("a").await, b"new");
}

#[tokio::test]
async fn a_create_can_be_repeated_after_the_object_is_gone() {
    let fixture = Fixture::new().await;
    let create = || fixture.client.put_object().bucket(BUCKET).key("a").if_none_match("*").send();
    create().await.expect("absent");
    assert_eq!(refusal(create().await), (412, "PreconditionFailed".into()));
    fixture.client.delete_object().bucket(BUCKET).key("a").send().await.expect("removed");
    create().await.expect("absent again");
}

#[tokio::test]
async fn a_copy_is_of_the_state_that_was_probed_or_not_at_all() {
    let fixture = Fixture::new().await;
    let probed = fixture.put("staging", b"the video").await;
    let copy = || {
        let copy = fixture.client.copy_object().copy_source(format!("{BUCKET}/staging"));
        copy.bucket(BUCKET).key("final").copy_source_if_match(&probed).send()
    };
    copy().await.expect("unchanged since the probe");
    fixture.put("staging", b"overwritten").await;
    assert_eq!(refusal(copy().await), (412, "PreconditionFailed".into()));
    assert_eq!(fixture.bytes("final").await, b"the video");
    fixture.assert_nothing_is_left_behind();
}

#[tokio::test]
async fn a_multipart_upload_can_be_completed_as_a_create() {
    let fixture = Fixture::new().await;
    let client = &fixture.client;
    let complete = async || {
        let begun = client.create_multipart_upload().bucket(BUCKET).key("a").send().await.expect("begun");
        let id = begun.upload_id.expect("an id");
        let body = ByteStream::from_static(b"part");
        let part = client.upload_part().bucket(BUCKET).key("a").upload_id(&id).part_number(1).body(body);
        let part = part.send().await.expect("a part");
        let part = CompletedPart::builder().part_number(1).set_e_tag(part.e_tag).build();
        let parts = CompletedMultipartUpload::builder().parts(part).build();
        let complete = client.complete_multipart_upload().bucket(BUCKET).key("a").upload_id(&id);
        (complete.multipart_upload(parts).if_none_match("*").send().await, id)
    };
    complete().await.0.expect("absent");
    let (refused, id) = complete().await;
    assert_eq!(refusal(refused), (412, "PreconditionFailed".into()));
    let left = client.list_parts().bucket(BUCKET).key("a").upload_id(&id).send().await.expect("as it was");
    assert_eq!(left.parts().len(), 1);
    client.abort_multipart_upload().bucket(BUCKET).key("a").upload_id(&id).send().await.expect("aborted");
    fixture.assert_nothing_is_left_behind();
}

#[tokio::test]
async fn a_read_answers_its_conditions() {
    let fixture = Fixture::new().await;
    let etag = fixture.put("a", b"1").await;
    let get = || fixture.client.get_object().bucket(BUCKET).key("a");
    get().if_match(&etag).send().await.expect("the same");
    assert_eq!(refusal(get().if_match("\"0123\"").send().await).0, 412);
    assert_eq!(refusal(get().if_none_match(&etag).send().await).0, 304);
    get().if_none_match("\"0123\"").send().await.expect("another");
    let head = fixture.client.head_object().bucket(BUCKET).key("a").if_match("\"0123\"").send().await;
    assert_eq!(refusal(head).0, 412);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_come_and_go_do_not_take_their_neighbours_directory_away() {
    let fixture = Fixture::new().await;
    let come_and_go = async |racer: usize| {
        for _round in 0..20 {
            let key = format!("deep/er/{racer}");
            fixture.put(&key, b"1").await;
            fixture.client.delete_object().bucket(BUCKET).key(&key).send().await.expect("removed");
        }
    };
    join_all((0..8).map(come_and_go)).await;
    assert!(!fixture.path("deep").exists());
    fixture.assert_nothing_is_left_behind();
}
