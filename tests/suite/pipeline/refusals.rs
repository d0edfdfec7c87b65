//! Messages that are no valid jobs: each is dead-lettered with its reason, and holds nothing up.

use std::time::Duration;

use landfall::job::event::{EventType, RejectedData};
use landfall::job::fields::Problem;
use serde_json::json;

use crate::support::stack::{Stack, small_job};

/// The body of a message, the field its reason must name, and a word that the reason must hold.
fn bad_messages() -> Vec<(Vec<u8>, &'static str, &'static str)> {
    let prompt = "p".repeat(10_001);
    vec![
        (b"\x00\xff garbage {".to_vec(), "", "JSON"),
        (vec![b'x'; 10_000_000], "", "10000000"),
        (small_job("long", json!({ "positivePrompt": prompt })).into_bytes(), "request.positivePrompt", "10001"),
        (small_job("half", json!({ "height": null })).into_bytes(), "request.height", "width"),
        (small_job("odd", json!({ "fps": 24 })).into_bytes(), "request.fps", "known"),
    ]
}

#[tokio::test]
async fn every_kind_of_bad_message_is_dead_lettered_with_a_reason_that_names_the_field() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    // Room for fewer jobs than there are bad messages: one that stayed would hold the good ones up.
    let worker = stack.worker(&[("LANDFALL_WORKER__MAX_IN_FLIGHT", "2")]).await;
    let bad = bad_messages();
    for (number, (body, _, _)) in bad.iter().enumerate() {
        stack.put(body).await;
        stack.put(small_job(&format!("behind-{number}"), json!({}))).await;
    }
    let (evidence, tasks) = stack.check(vec![worker], 2 * bad.len(), Duration::from_secs(120)).await;
    assert_eq!(evidence.count(EventType::Completed), bad.len());
    assert_eq!(tasks.len(), bad.len(), "nothing is bought for a bad message");

    for (body, field, word) in bad {
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        let letter = stack.dead_letters.iter().find(|letter| letter.body == body);
        let letter = letter.unwrap_or_else(|| panic!("{shown} is not in the dead-letter queue"));
        assert_eq!(letter.reason(), "invalid_job");
        let told: Vec<Problem> = serde_json::from_str(&letter.problems()).expect("problems");
        let names = |problem: &Problem| problem.field == field && problem.problem.contains(word);
        assert!(told.iter().any(names), "{shown}: {told:?}");

        let rejected = stack.seen.iter().filter(|seen| seen.event.event_type == EventType::Rejected);
        let mut rejected = rejected.map(|seen| {
            assert_eq!(seen.routing_key, "job.rejected");
            serde_json::from_value::<RejectedData>(seen.event.data.clone()).expect("rejected data")
        });
        let event = rejected.find(|data| data.problems.iter().any(names));
        let event = event.unwrap_or_else(|| panic!("{shown}: no event names the field"));
        assert_eq!(event.message_bytes, u64::try_from(body.len()).expect("small"));
    }
}
