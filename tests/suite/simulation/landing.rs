//! Videos that come late, broken or not at all, and final keys that are taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use landfall::job::event::Provenance;
use landfall::job::fault::{FaultKind, Outcome};
use landfall::job::ids::{ObjectKey, ObjectRef, ResultUrl, TaskUuid};
use landfall::job::reason::Reason;
use landfall::ports::{ByteStream, ObjectStore as _, ResultFetch};
use landfall::worker::Ports;
use serde_json::json;

use crate::support::faulty::faulty;
use crate::support::memory_provider::TaskScript;
use crate::support::memory_store::Operation;
use crate::support::mortal::Death;
use crate::support::trouble::Trouble;
use crate::support::world::{MemoryResults, VIDEO, World, job, with};

#[tokio::test(start_paused = true)]
async fn a_video_that_does_not_arrive_is_rescued() {
    for script in [TaskScript::SkipUpload, TaskScript::UploadNothing, TaskScript::UploadCut] {
        let world = World::new();
        world.provider.script_next(script);
        world.broker.put(job("rescued", 1, 10), None);
        world.see_through().await;
        world.evidence(1).check();
        let result = &world.completed()[0].results[0];
        assert_eq!(result.provenance, Provenance::Rescued);
        assert_eq!(result.sha256.as_ref().map(String::len), Some(64));
    }
}

#[tokio::test(start_paused = true)]
async fn a_final_key_that_may_not_be_read_for_a_while_is_not_taken_for_somebody_elses() {
    let world = World::new();
    world.broker.put(job("ours", 1, 10), None);
    // The first worker dies after the promotion; the upload still stands in staging.
    world.store.fail(&[Operation::Remove, Operation::Replace], &FaultKind::Unavailable);
    let first = world.worker();
    tokio::time::sleep(Duration::from_secs(600)).await;
    first.bury();
    world.store.mend();
    let second = world.worker();
    tokio::time::timeout(Duration::from_secs(600), async {
        while world.store.requests(Operation::Promote) < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await
    .expect("it is promoted again");
    world.store.fail(&[Operation::Open], &FaultKind::Denied);
    tokio::time::sleep(Duration::from_secs(60)).await;
    world.store.mend();
    world.rest().await;
    second.terminate().await;
    world.evidence(1).check();
    assert_eq!(world.completed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_upload_between_the_proof_and_the_promotion_is_not_promoted_unproved() {
    let world = World::new();
    world.broker.put(job("swapped", 1, 10), None);
    // Nothing goes wrong with the calls, but each takes a moment.
    let slow = Arc::new(Trouble::new(1, Duration::ZERO, 0, Vec::new()));
    let worker = world.worker_over(Death::Never, |ports| faulty(ports, "w", &slow, &world.broker));
    while world.store.requests(Operation::Open) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let staged = world.store.keys("own").into_iter().find(|key| key.contains("/staging/")).expect("an upload");
    let staged = ObjectRef { bucket: "own".to_owned(), key: ObjectKey::parse(&staged).expect("a key") };
    let half = MemoryResults(Bytes::from_static(&VIDEO[..VIDEO.len() / 2]));
    let half = half.fetch(&ResultUrl::parse("https://example.com").expect("a URL")).await.expect("half a video");
    world.store.write_stream(&staged, "video/mp4", half, u64::MAX).await.expect("written");
    assert_eq!(world.store.requests(Operation::Promote), 0, "it came in between");
    world.rest().await;
    worker.terminate().await;
    world.evidence(1).check();
    assert_eq!(world.completed()[0].results[0].size, VIDEO.len() as u64);
}

/// Gives half a video first, and a whole one from then on.
struct HalfFirst(AtomicBool);

#[async_trait]
impl ResultFetch for HalfFirst {
    async fn fetch(&self, url: &ResultUrl) -> Outcome<ByteStream> {
        let bytes = if self.0.swap(true, Ordering::SeqCst) { VIDEO } else { &VIDEO[..VIDEO.len() / 2] };
        MemoryResults(Bytes::from_static(bytes)).fetch(url).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_rescue_that_is_spoilt_before_its_proof_is_repeated() {
    let world = World::new();
    world.provider.script_next(TaskScript::SkipUpload);
    world.broker.put(job("spoilt", 1, 10), None);
    let results = Arc::new(HalfFirst(AtomicBool::new(false)));
    let worker = world.worker_over(Death::Never, |ports| Ports { results, ..ports });
    world.rest().await;
    worker.terminate().await;
    world.evidence(1).check();
    assert_eq!(world.completed()[0].results[0].provenance, Provenance::Rescued);
}

#[tokio::test(start_paused = true)]
async fn a_late_upload_is_waited_for() {
    let world = World::new();
    world.provider.script_next(TaskScript::UploadLate(Duration::from_secs(20)));
    world.broker.put(job("late", 1, 10), None);
    world.see_through().await;
    world.evidence(1).check();
    assert_eq!(world.completed()[0].results[0].provenance, Provenance::Uploaded);
}

#[tokio::test(start_paused = true)]
async fn a_second_upload_after_the_verification_changes_nothing_that_was_announced() {
    let world = World::new();
    world.provider.script_next(TaskScript::UploadAgain(Duration::from_secs(60), Bytes::from_static(b"something else")));
    world.broker.put(job("again", 1, 10), None);
    world.see_through().await;
    world.evidence(1).check();
    let result = world.completed()[0].results[0].clone();
    tokio::time::sleep(Duration::from_secs(120)).await;
    let uploads: u32 = world.provider.all_counts().into_values().map(|counts| counts.uploads).sum();
    assert_eq!(uploads, 2, "the second upload is accepted: its URL still lives");
    let key = ObjectKey::parse(&result.key).expect("a key");
    let stored = world.store.stored(&ObjectRef { bucket: result.bucket, key }).expect("it stands");
    assert_eq!((stored.etag, stored.bytes), (result.etag, Bytes::from_static(VIDEO)));
}

#[tokio::test(start_paused = true)]
async fn a_video_that_is_nowhere_fails_with_its_reason_and_cost() {
    for (script, reason) in [
        (TaskScript::SkipUpload, Reason::ObjectMissing),
        (TaskScript::UploadNothing, Reason::ObjectInvalid),
        (TaskScript::UploadCut, Reason::ObjectInvalid),
    ] {
        let mut world = World::new();
        world.results.0 = Bytes::new();
        world.provider.script_next(script);
        world.broker.put(job("lost", 1, 10), None);
        world.see_through().await;
        world.evidence(1).check();
        let data = &world.failed()[0];
        assert_eq!((data.reason, data.cost_usd), (reason, Some(0.3)));
        assert!(data.message.contains("could not be fetched"), "{}", data.message);
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_few_videos_are_rescued_at_once() {
    let world = World::new();
    for number in 0..50 {
        world.provider.script_next(TaskScript::SkipUpload);
        world.broker.put(job(&format!("job-{number}"), 1, 5), None);
    }
    world.see_through().await;
    world.evidence(50).check();
    let most = world.store.most_streams();
    assert!((1..=8).contains(&most), "{most} streams at once");
}

#[tokio::test(start_paused = true)]
async fn an_object_at_the_final_key_is_never_replaced_unasked() {
    let world = World::new();
    let shared_key = json!({ "key": "films/the-one.mp4" });
    world.broker.put(with("first", 1, 10, &[("destination", shared_key.clone())]), None);
    world.see_through().await;
    world.broker.put(with("second", 1, 10, &[("destination", shared_key)]), None);
    world.see_through().await;
    world.evidence(2).check();
    let data = &world.failed()[0];
    assert_eq!(data.reason, Reason::DestinationOccupied);
    let uuid: TaskUuid = data.failures[0].task_uuid;
    assert_eq!(world.provider.counts(uuid).purchases, 1);
    assert!(data.message.contains("landfall/staging/second/"), "it says where the paid video is: {}", data.message);
}
