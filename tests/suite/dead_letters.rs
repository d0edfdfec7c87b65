//! What every [`DeadLetters`] must do, over any broker that can be put to the test; what holds for RabbitMQ in particular,
//! and for the commands.

mod commands;
mod hostile;
pub(crate) mod rabbit;
mod replaying;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use landfall::job::fault::{Fault, FaultKind};
use landfall::job::ids::JobId;
use landfall::job::letter::{Letter, LetterFilter, LetterId, LetterName, LetterPage, LettersFound};
use landfall::ports::{DeadLetters, Intake};

use crate::broker::{Bench, TRACE, next, nothing_more, rejection};
use crate::support::memory_broker::MemoryBroker;
use crate::support::memory_letters::MemoryLetters;

/// More than any test has.
pub(crate) const ALL: usize = 1_000_000;

/// Everything that is looked at is told.
pub(crate) const EVERYTHING: LetterPage = LetterPage { skip: 0, most: ALL, look_at_most: ALL };

/// A broker whose dead letters are put to the test.
#[async_trait]
pub(crate) trait LettersBench: Bench {
    /// An operator's own handle.
    async fn letters(&self) -> Arc<dyn DeadLetters>;
}

/// Letters are told, replayed and purged as the port says. Leaves none behind.
pub(crate) async fn conforms(bench: &dyn LettersBench) {
    a_letter_tells_all_that_is_known_of_it(bench).await;
    looking_changes_nothing(bench).await;
    a_list_is_filtered_and_paged(bench).await;
    a_replayed_letter_comes_as_a_job_and_tells_so_when_it_comes_back(bench).await;
    only_what_is_named_is_purged_and_each_letter_is_saved_first(bench).await;
    of_two_operators_one_deals_with_a_letter(bench).await;
    a_body_is_any_bytes(bench).await;
    assert_eq!(list(&*bench.letters().await).await.in_queue, 0);
}

/// A job of that id, which no worker takes.
pub(crate) fn body(job: &str) -> String {
    format!(r#"{{"jobId": "{job}", "width": 1}}"#)
}

/// Has these messages rejected, in order.
async fn reject(bench: &dyn LettersBench, bodies: &[impl AsRef<[u8]>]) -> Arc<dyn Intake> {
    let intake = bench.intake().await;
    for body in bodies {
        bench.submit(body.as_ref(), Some(TRACE)).await;
        next(&*intake).await.reject(&rejection(body.as_ref())).await.expect("rejected");
    }
    intake
}

async fn reject_jobs(bench: &dyn LettersBench, count: usize) {
    let bodies: Vec<String> = (0..count).map(|number| body(&format!("job-{number}"))).collect();
    reject(bench, &bodies).await.stop().await;
}

/// Everything that is there.
pub(crate) async fn list(letters: &dyn DeadLetters) -> LettersFound {
    let found = letters.list(&LetterFilter::default(), EVERYTHING).await;
    found.unwrap_or_else(|fault| panic!("{}", fault.chain()))
}

pub(crate) fn jobs(letters: &[Letter]) -> Vec<&str> {
    letters.iter().map(|letter| letter.job_id.as_ref().map_or("", JobId::as_str)).collect()
}

pub(crate) fn ids<'a>(letters: impl IntoIterator<Item = &'a Letter>) -> BTreeSet<LetterId> {
    letters.into_iter().map(|letter| letter.id.clone()).collect()
}

/// Takes everything away.
async fn clear(letters: &dyn DeadLetters) {
    let all = ids(&list(letters).await.letters);
    let purged = letters.purge(&all, ALL, &|_| Ok(())).await.expect("dealt with");
    assert_eq!(purged.done, all, "{:?}", purged.trouble);
}

async fn a_letter_tells_all_that_is_known_of_it(bench: &dyn LettersBench) {
    reject(bench, &[body("told")]).await.stop().await;
    let letters = bench.letters().await;
    let found = list(&*letters).await;
    assert_eq!((found.letters.len(), found.meant, found.looked_at, found.in_queue, found.all), (1, 1, 1, 1, true));
    let letter = &found.letters[0];
    assert_eq!(letter.job_id, JobId::parse("told").ok());
    assert_eq!((letter.reason.as_deref(), letter.first_reason.as_deref()), (Some("invalid_job"), Some("invalid_job")));
    assert_eq!(letter.problems, rejection(b"").problems);
    assert!(letter.rejected_at.is_some() && letter.first_queue.is_some(), "{letter:?}");
    assert_eq!((letter.attempts, letter.replays, letter.copies), (Some(1), 0, 1));
    assert_eq!(letter.traceparent.as_deref(), Some(TRACE));
    assert_eq!((letter.size, letter.excerpt.as_str()), (29, body("told").as_str()));
    let whole = letters.get(&letter.id, ALL).await.expect("looked").expect("there");
    assert_eq!((&whole.letter, &whole.body[..]), (letter, body("told").as_bytes()));
    let other = LetterId::of("", "", b"other");
    assert!(letters.get(&other, ALL).await.expect("looked").is_none());
    clear(&*letters).await;
}

async fn looking_changes_nothing(bench: &dyn LettersBench) {
    reject_jobs(bench, 100).await;
    let letters = bench.letters().await;
    let first = list(&*letters).await;
    let expected: Vec<String> = (0..100).map(|number| format!("job-{number}")).collect();
    assert_eq!(jobs(&first.letters), expected);
    for _ in 0..3 {
        letters.get(&first.letters[70].id, ALL).await.expect("looked").expect("there");
        assert_eq!(list(&*letters).await, first);
    }
    let counted = LetterPage { look_at_most: 0, ..EVERYTHING };
    let counted = letters.list(&LetterFilter::default(), counted).await.expect("counted");
    assert_eq!((counted.letters.len(), counted.looked_at, counted.in_queue, counted.all), (0, 0, 100, false));
    clear(&*letters).await;
}

async fn a_list_is_filtered_and_paged(bench: &dyn LettersBench) {
    reject_jobs(bench, 10).await;
    let letters = bench.letters().await;
    let everything = list(&*letters).await.letters;
    let at = |number: usize| everything[number].rejected_at;
    let name = LetterName::parse(everything[7].id.as_str()).expect("a name");
    let any = LetterFilter::default;
    for (filter, expected) in [
        (LetterFilter { job_id: JobId::parse("job-3").ok(), ..any() }, vec!["job-3"]),
        (LetterFilter { reason: Some(Some("internal".to_owned())), ..any() }, vec![]),
        (LetterFilter { reason: Some(None), ..any() }, vec![]),
        (LetterFilter { since: at(8), ..any() }, vec!["job-8", "job-9"]),
        (LetterFilter { before: at(2), ..any() }, vec!["job-0", "job-1"]),
        (LetterFilter { names: vec![name], ..any() }, vec!["job-7"]),
    ] {
        let found = letters.list(&filter, EVERYTHING).await.expect("looked");
        assert_eq!(jobs(&found.letters), expected, "{filter:?}");
        assert_eq!((found.meant, found.looked_at), (u64::try_from(expected.len()).expect("few"), 10));
    }
    let page = LetterPage { skip: 4, most: 3, look_at_most: ALL };
    let found = letters.list(&any(), page).await.expect("looked");
    assert_eq!((jobs(&found.letters), found.meant), (vec!["job-4", "job-5", "job-6"], 10));
    let part = letters.list(&any(), LetterPage { look_at_most: 4, ..EVERYTHING }).await.expect("looked");
    assert_eq!((part.looked_at, part.in_queue, part.all), (4, 10, false));
    assert_eq!(list(&*letters).await.letters, everything);
    clear(&*letters).await;
}

async fn a_replayed_letter_comes_as_a_job_and_tells_so_when_it_comes_back(bench: &dyn LettersBench) {
    reject_jobs(bench, 3).await;
    let letters = bench.letters().await;
    let before = list(&*letters).await.letters;
    let gone = LetterId::of("", "", b"gone");
    let mut chosen = ids([&before[1]]);
    chosen.insert(gone.clone());
    let dealt = letters.replay(&chosen, ALL).await.expect("dealt with");
    assert_eq!((dealt.done, dealt.missing), (ids([&before[1]]), BTreeSet::from([gone])));
    assert!(dealt.unsure.is_empty() && dealt.trouble.is_none());
    assert_eq!(jobs(&list(&*letters).await.letters), ["job-0", "job-2"]);
    let intake = bench.intake().await;
    let delivery = next(&*intake).await;
    assert_eq!(delivery.body(), body("job-1").as_bytes());
    let envelope = delivery.envelope().clone();
    assert_eq!((envelope.traceparent.as_deref(), envelope.redelivered), (Some(TRACE), false));
    assert!(envelope.replayed_at.is_some());
    delivery.reject(&rejection(b"again")).await.expect("rejected");
    nothing_more(&*intake).await;
    intake.stop().await;
    let after = list(&*letters).await.letters;
    assert_eq!(jobs(&after), ["job-0", "job-2", "job-1"]);
    let back = &after[2];
    assert_ne!(back.id, before[1].id, "another refusal is another letter");
    assert_eq!((back.replays, back.attempts, back.first_reason.as_deref()), (1, Some(2), Some("invalid_job")));
    clear(&*letters).await;
}

async fn only_what_is_named_is_purged_and_each_letter_is_saved_first(bench: &dyn LettersBench) {
    reject_jobs(bench, 6).await;
    let letters = bench.letters().await;
    let before = list(&*letters).await.letters;
    let saved = Mutex::new(Vec::new());
    let chosen = ids([&before[1], &before[4]]);
    let save = |whole: &landfall::job::letter::WholeLetter| {
        saved.lock().expect("not poisoned").push(whole.body.clone());
        Ok(())
    };
    let dealt = letters.purge(&chosen, ALL, &save).await.expect("dealt with");
    assert_eq!((dealt.done, dealt.missing.len()), (chosen.clone(), 0));
    assert_eq!(*saved.lock().expect("not poisoned"), [body("job-1"), body("job-4")]);
    assert_eq!(jobs(&list(&*letters).await.letters), ["job-0", "job-2", "job-3", "job-5"]);
    let again = letters.purge(&chosen, ALL, &|_| Ok(())).await.expect("dealt with");
    assert_eq!((again.done.len(), again.missing), (0, chosen));
    // A full disk: what could not be saved stays.
    let full = |whole: &landfall::job::letter::WholeLetter| match jobs(std::slice::from_ref(&whole.letter))[0] {
        "job-0" => Ok(()),
        _ => Err(Fault::new(FaultKind::Denied, "saving").because("no room")),
    };
    let all = ids(&list(&*letters).await.letters);
    let stopped = letters.purge(&all, ALL, &full).await.expect("dealt with");
    assert_eq!(stopped.done, ids([&before[0]]));
    assert!(stopped.trouble.is_some_and(|trouble| trouble.chain().contains("no room")));
    assert_eq!(jobs(&list(&*letters).await.letters), ["job-2", "job-3", "job-5"]);
    clear(&*letters).await;
}

async fn of_two_operators_one_deals_with_a_letter(bench: &dyn LettersBench) {
    reject_jobs(bench, 40).await;
    let (one, other) = (bench.letters().await, bench.letters().await);
    let all = ids(&list(&*one).await.letters);
    let none = |_: &landfall::job::letter::WholeLetter| Ok(());
    let (first, second, looked) =
        futures_util::join!(one.purge(&all, ALL, &none), other.purge(&all, ALL, &none), list(&*other));
    let (first, second) = (first.expect("dealt with"), second.expect("dealt with"));
    assert!(looked.all, "nobody sees half of them: {looked:?}");
    assert!(first.done.is_disjoint(&second.done));
    assert_eq!(first.done.union(&second.done).count(), 40);
    assert_eq!((first.missing, second.missing), (second.done, first.done));
}

async fn a_body_is_any_bytes(bench: &dyn LettersBench) {
    let bodies = [Vec::new(), vec![0, 255, 10, 27], vec![b'x'; 1024 * 1024]];
    reject(bench, &bodies).await.stop().await;
    let letters = bench.letters().await;
    let found = list(&*letters).await.letters;
    for (letter, body) in found.iter().zip(&bodies) {
        let whole = letters.get(&letter.id, ALL).await.expect("looked").expect("there");
        assert!(whole.body == body[..] && letter.size == u64::try_from(body.len()).expect("small"));
        assert!(letter.excerpt.chars().count() <= 200 && landfall::job::text::is_fit(&letter.excerpt));
    }
    assert_eq!(found.len(), 3);
    clear(&*letters).await;
}

/// The bench of a broker in memory.
struct MemoryBench(MemoryBroker);

#[async_trait]
impl Bench for MemoryBench {
    async fn submit(&self, body: &[u8], traceparent: Option<&str>) {
        self.0.put(body, traceparent);
    }

    async fn intake(&self) -> Arc<dyn Intake> {
        Arc::new(self.0.intake())
    }

    async fn disconnect(&self, _intake: &Arc<dyn Intake>) {
        unreachable!("no connection is lost here");
    }

    async fn dead_letters(&self) -> Vec<(Vec<u8>, String)> {
        unreachable!("they are looked at through the port");
    }
}

#[async_trait]
impl LettersBench for MemoryBench {
    async fn letters(&self) -> Arc<dyn DeadLetters> {
        Arc::new(MemoryLetters(self.0.clone()))
    }
}

#[tokio::test(start_paused = true)]
async fn the_memory_broker_has_dead_letters_like_any_other() {
    conforms(&MemoryBench(MemoryBroker::default())).await;
}
