//! What a worker makes of replayed messages: whole workers on in-memory ports, under paused time.

use landfall::job::event::EventType;
use landfall::job::ids::{ObjectKey, ObjectRef};
use landfall::ports::{Created, DeadLetters, ObjectStore};
use sha2::{Digest, Sha256};

use super::{ALL, ids, list};
use crate::support::memory_letters::MemoryLetters;
use crate::support::mortal::Death;
use crate::support::world::{World, job};

/// One worker after the other until everything came to rest; how many of them died.
async fn deaths_until_rest(world: &World, death: Death) -> u32 {
    let mut deaths = 0;
    loop {
        let worker = world.mortal_worker(death);
        tokio::select! {
            () = worker.fate.death() => {
                deaths += 1;
                worker.bury();
                assert!(deaths < 100, "no end of dying");
            }
            () = world.rest() => {
                worker.terminate().await;
                return deaths;
            }
        }
    }
}

async fn replay_all(world: &World) {
    let letters = MemoryLetters(world.broker.clone());
    let all = ids(&list(&letters).await.letters);
    assert_eq!(letters.replay(&all, ALL).await.expect("dealt with").done, all);
}

#[tokio::test(start_paused = true)]
async fn a_message_condemned_for_killing_workers_completes_when_it_is_replayed_after_the_cause_is_mended() {
    let world = World::new();
    world.broker.put(job("poison", 1, 5), None);
    deaths_until_rest(&world, Death::Touching("poison/0.mp4")).await;
    assert_eq!(list(&MemoryLetters(world.broker.clone())).await.letters[0].reason.as_deref(), Some("internal"));
    replay_all(&world).await;
    assert_eq!(deaths_until_rest(&world, Death::Never).await, 0);
    let evidence = world.evidence(2);
    evidence.check();
    assert_eq!((evidence.count(EventType::Completed), evidence.count(EventType::Rejected)), (1, 1));
    assert_eq!(world.provider.all_counts().len(), 1, "what was bought is not bought again");
}

/// Marks of the dead that a worker left when it died itself, just after it had dead-lettered the message.
async fn leave_marks(world: &World, body: &str) {
    let hash: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    let key = ObjectKey::parse(&format!("landfall/ledger/strikes/{hash}.json")).expect("a key");
    let marks = r#"{"marks": {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}}"#;
    let marks = bytes::Bytes::from_static(marks.as_bytes());
    let object = ObjectRef { bucket: "own".to_owned(), key };
    let created = world.store.create(&object, "application/json", marks).await.expect("the store is there");
    assert!(matches!(created, Created::Done { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_replayed_message_is_not_judged_by_the_deaths_before() {
    // An earlier life handed it back, so that it is a suspect now: without a replay the marks condemn it.
    for (replayed, completed) in [(false, 0), (true, 1)] {
        let world = World::new();
        let poison = job("poison", 1, 5);
        if replayed {
            world.broker.put("no job", None);
            world.see_through().await;
            world.broker.put(poison.clone(), None);
            deaths_until_rest(&world, Death::Touching("/poison.json")).await;
            let letters = MemoryLetters(world.broker.clone());
            let found = list(&letters).await.letters;
            let poisoned = ids(found.iter().filter(|letter| letter.reason.as_deref() == Some("internal")));
            assert_eq!(letters.replay(&poisoned, ALL).await.expect("dealt with").done.len(), 1);
        } else {
            world.broker.put(poison.clone(), None);
        }
        leave_marks(&world, &poison).await;
        let unlucky = world.mortal_worker(Death::Touching("/poison.json"));
        unlucky.fate.death().await;
        unlucky.bury();
        assert_eq!(deaths_until_rest(&world, Death::Never).await, 0);
        let evidence = world.evidence(if replayed { 3 } else { 1 });
        evidence.check();
        assert_eq!(evidence.count(EventType::Completed), completed, "replayed: {replayed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_replayed_message_that_kills_again_is_condemned_again() {
    let world = World::new();
    world.broker.put(job("poison", 1, 5), None);
    deaths_until_rest(&world, Death::Touching("/poison.json")).await;
    replay_all(&world).await;
    let deaths = deaths_until_rest(&world, Death::Touching("/poison.json")).await;
    assert!((2..=6).contains(&deaths), "{deaths} deaths");
    let letter = list(&MemoryLetters(world.broker.clone())).await.letters.remove(0);
    assert_eq!((letter.reason.as_deref(), letter.replays), (Some("internal"), 1));
}
