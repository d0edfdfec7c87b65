//! Calls to the provider whose outcome is unknown, one row for each way in which that comes about.
//!
//! Real worker, broker, store and provider, with a hop before the provider that loses, cuts and forges answers. Whatever
//! a row does, each result is bought once and each job completes.

use std::time::Duration;

use landfall::job::event::EventType;
use serde_json::json;

use crate::support::proxy::provider::{Back, Call, Fault, Met, ProviderProxy, Reach};
use crate::support::stack::{Stack, small_job};

/// Results of the jobs of one row: several jobs and several tasks each, so that a call holds many.
const RESULTS: [u32; 3] = [1, 2, 3];

/// A row that is throttled without being told for how long waits 15 s; the rest is a busy machine.
const WITHIN: Duration = Duration::from_secs(120);

/// What happens to the calls of a row, in order for each kind of call.
struct Row {
    name: &'static str,
    faults: &'static [(Call, Fault)],
}

const fn row(name: &'static str, faults: &'static [(Call, Fault)]) -> Row {
    Row { name, faults }
}

const fn submit(reach: Reach, back: Back) -> (Call, Fault) {
    (Call::Submit, Fault::new(reach, back))
}

const fn question(back: Back) -> (Call, Fault) {
    (Call::Question, Fault::new(Reach::All, back))
}

const fn recall(back: Back) -> (Call, Fault) {
    (Call::Recall, Fault::new(Reach::All, back))
}

const SUBMISSIONS: &[Row] = &[
    row("reset before it is sent", &[submit(Reach::Nothing, Back::Reset)]),
    row("sent, and the answer is lost", &[submit(Reach::All, Back::Reset)]),
    row("sent, and the answer is cut", &[submit(Reach::All, Back::Cut)]),
    row("500 after acceptance", &[submit(Reach::All, Back::Status(500))]),
    row("500 before acceptance", &[submit(Reach::Nothing, Back::Status(500))]),
    row("503 after acceptance", &[submit(Reach::All, Back::Status(503))]),
    row("504 after acceptance", &[submit(Reach::All, Back::Status(504))]),
    row("time-out after acceptance", &[submit(Reach::All, Back::Silence)]),
    row("time-out before acceptance", &[submit(Reach::Nothing, Back::Silence)]),
    row("sent twice on the way: all conflicts", &[submit(Reach::Twice, Back::Answer)]),
    row("sent twice, and the answer is lost", &[submit(Reach::Twice, Back::Reset)]),
    row("all accepted, and the answer names half of them", &[submit(Reach::All, Back::Part)]),
    row("half accepted, and the answer names those", &[submit(Reach::Half, Back::Answer)]),
    row("half accepted, and the answer is lost", &[submit(Reach::Half, Back::Reset)]),
    row("half accepted, and a 500", &[submit(Reach::Half, Back::Status(500))]),
    row("all accepted, and empty data", &[submit(Reach::All, Back::Empty)]),
    row("none accepted, and empty data", &[submit(Reach::Nothing, Back::Empty)]),
    row("throttled, and told for how long", &[submit(Reach::Nothing, Back::Throttled(Some(1)))]),
    row("throttled, and not told for how long", &[submit(Reach::Nothing, Back::Throttled(None))]),
    row("a 429 of something on the way, after acceptance", &[submit(Reach::All, Back::Status(429))]),
    row(
        "lost again and again",
        &[
            submit(Reach::Nothing, Back::Reset),
            submit(Reach::Nothing, Back::Status(502)),
            submit(Reach::All, Back::Reset),
            submit(Reach::All, Back::Status(500)),
        ],
    ),
    row(
        "lost, and nobody answers the questions",
        &[
            submit(Reach::All, Back::Reset),
            question(Back::Status(500)),
            question(Back::Reset),
            question(Back::Cut),
            question(Back::Empty),
            recall(Back::Status(503)),
            recall(Back::Empty),
        ],
    ),
];

const QUESTIONS: &[Row] = &[
    row(
        "no answer, or none that tells anything",
        &[
            question(Back::Status(500)),
            question(Back::Empty),
            question(Back::Cut),
            question(Back::Part),
            question(Back::Reset),
            question(Back::Silence),
            question(Back::Status(503)),
        ],
    ),
    row("the key is refused for a moment", &[question(Back::Locked)]),
    row("throttled, and told for how long", &[question(Back::Throttled(Some(1)))]),
    row("throttled, and not told for how long", &[question(Back::Throttled(None))]),
];

mod slow {
    #[tokio::test]
    async fn whatever_becomes_of_a_submission_or_its_answer_every_result_is_bought_once() {
        super::survive(super::SUBMISSIONS).await;
    }

    #[tokio::test]
    async fn whatever_becomes_of_a_question_it_is_no_verdict_on_the_task() {
        super::survive(super::QUESTIONS).await;
    }
}

/// Runs the rows one after the other over one stack, each with jobs and a worker of its own.
async fn survive(rows: &[Row]) {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let proxy = ProviderProxy::before(stack.emulator_address()).await;
    let (mut jobs, mut results) = (0, 0);
    for (number, row) in rows.iter().enumerate() {
        println!("row: {}", row.name);
        let met_before = proxy.met().len();
        for (call, fault) in row.faults {
            proxy.next(*call, [*fault]);
        }
        let url = format!("http://{}/v1", proxy.address());
        let settings = [
            ("LANDFALL_PROVIDER__URL", url.as_str()),
            ("LANDFALL_PROVIDER__TIMEOUT_S", "3"),
            // Long enough that all of a row's tasks share one call.
            ("LANDFALL_WORKER__SUBMIT_GATHER_MS", "1000"),
        ];
        let worker = stack.worker(&settings).await;
        for count in RESULTS {
            stack.put(small_job(&format!("row-{number}-{count}"), json!({ "numberResults": count }))).await;
            results += usize::try_from(count).expect("small");
        }
        jobs += RESULTS.len();
        let (evidence, tasks) = stack.check(vec![worker], jobs, WITHIN).await;
        assert_eq!(evidence.count(EventType::Completed), jobs, "{}", row.name);
        assert_eq!(tasks.iter().filter(|task| task.accepted == 1).count(), results, "{}", row.name);
        assert_all_met(row, &proxy.met()[met_before..]);
    }
}

/// What the row says did happen, and to a call of several tasks.
fn assert_all_met(row: &Row, met: &[Met]) {
    assert_eq!(met.len(), row.faults.len(), "{}: {met:?}", row.name);
    let first = met.iter().find(|met| met.call == row.faults[0].0).expect("met");
    assert!(first.tasks > 1, "{}: {met:?}", row.name);
}
