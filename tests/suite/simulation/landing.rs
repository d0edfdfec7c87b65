//! Videos that come late, broken or not at all, and final keys that are taken.

use std::time::Duration;

use bytes::Bytes;
use landfall::job::event::Provenance;
use landfall::job::ids::{ObjectKey, ObjectRef, TaskUuid};
use landfall::job::reason::Reason;
use serde_json::json;

use super::{completed, failed, see_through};
use crate::support::memory_provider::TaskScript;
use crate::support::world::{VIDEO, World, job, with};

#[tokio::test(start_paused = true)]
async fn a_video_that_does_not_arrive_is_rescued() {
    for script in [TaskScript::SkipUpload, TaskScript::UploadNothing, TaskScript::UploadCut] {
        let world = World::new();
        world.provider.script_next(script);
        world.broker.put(job("rescued", 1, 10), None);
        see_through(&world).await;
        world.evidence(1).check();
        let result = &completed(&world)[0].results[0];
        assert_eq!(result.provenance, Provenance::Rescued);
        assert_eq!(result.sha256.as_ref().map(String::len), Some(64));
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_upload_is_waited_for() {
    let world = World::new();
    world.provider.script_next(TaskScript::UploadLate(Duration::from_secs(20)));
    world.broker.put(job("late", 1, 10), None);
    see_through(&world).await;
    world.evidence(1).check();
    assert_eq!(completed(&world)[0].results[0].provenance, Provenance::Uploaded);
}

#[tokio::test(start_paused = true)]
async fn a_second_upload_after_the_verification_changes_nothing_that_was_announced() {
    let world = World::new();
    world.provider.script_next(TaskScript::UploadAgain(Duration::from_secs(60)));
    world.broker.put(job("again", 1, 10), None);
    see_through(&world).await;
    world.evidence(1).check();
    let result = completed(&world)[0].results[0].clone();
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
        see_through(&world).await;
        world.evidence(1).check();
        let data = &failed(&world)[0];
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
    see_through(&world).await;
    world.evidence(50).check();
    let most = world.store.most_streams();
    assert!((1..=8).contains(&most), "{most} streams at once");
}

#[tokio::test(start_paused = true)]
async fn an_object_at_the_final_key_is_never_replaced_unasked() {
    let world = World::new();
    let shared_key = json!({ "key": "films/the-one.mp4" });
    world.broker.put(with("first", 1, 10, &[("destination", shared_key.clone())]), None);
    see_through(&world).await;
    world.broker.put(with("second", 1, 10, &[("destination", shared_key)]), None);
    see_through(&world).await;
    world.evidence(2).check();
    let data = &failed(&world)[0];
    assert_eq!(data.reason, Reason::DestinationOccupied);
    let uuid: TaskUuid = data.failures[0].task_uuid;
    assert_eq!(world.provider.counts(uuid).purchases, 1);
    assert!(data.message.contains("landfall/staging/second/"), "it says where the paid video is: {}", data.message);
}
