use super::*;
use crate::job::event::{CompletedData, JobData, Timings};
use crate::job::fields::Problem;
use crate::job::guard::Guard;
use crate::job::order::OrderRules;
use crate::job::template::KeyTemplate;
use crate::ports::SystemClock;

fn board() -> Board {
    Board::new(Arc::new(SystemClock), 0.1)
}

fn order(job_id: &str) -> Order {
    let rules = OrderRules {
        models: vec!["heygen:video-agent@0".to_owned()],
        buckets: Vec::new(),
        default_bucket: "media".to_owned(),
        default_key: KeyTemplate::parse("{jobId}/{index}.{ext}").expect("a template"),
        reserved: Vec::new(),
        urls: Guard::public(false),
    };
    let message = format!(
        r#"{{"jobId":"{job_id}","tenant":"acme","request":{{"taskType":"videoInference","model":"heygen:video-agent@0",
            "positivePrompt":"A\u202etale","duration":10,"numberResults":2}}}}"#
    );
    Order::parse(message.as_bytes(), &rules).expect("an order")
}

fn completed(job_id: &JobId) -> TerminalData {
    let job = JobData { job_id: job_id.clone(), tenant: None, generation: 0, context: None };
    let timings = Timings { total_ms: 1, ..Timings::default() };
    TerminalData::Completed(CompletedData { job, results: Vec::new(), cost_usd: Some(0.5), timings })
}

const ALL: Part =
    Part { flights_from: 0, flights: usize::MAX, end: None, ended_from: 0, ended: usize::MAX, finished: usize::MAX };

#[test]
fn a_job_is_in_flight_from_when_it_is_taken_until_it_leaves() {
    let (board, order) = (board(), order("one"));
    board.notice(&Notice::Taken { order: &order });
    let job_id = &order.job_id;
    board.notice(&Notice::Stage { job_id, stage: Stage::Generating, before: None });
    for (index, percent) in [(0, 100), (1, 50), (7, 99)] {
        board.notice(&Notice::Progress { job_id, index, percent });
    }
    let flight = board.flight(job_id).expect("in flight");
    assert_eq!((flight.stage, flight.percent(), flight.results), (Stage::Generating, Some(75), 2));
    assert_eq!((flight.estimate_usd, flight.prompt.as_str()), (2.0, r"A\u{202e}tale"));
    // The same job from a second delivery, which leaves first.
    board.notice(&Notice::Taken { order: &order });
    board.notice(&Notice::Left { job_id, stage: None });
    assert_eq!(board.overview(ALL).flying, 1);
    board.notice(&Notice::Left { job_id, stage: None });
    assert_eq!((board.overview(ALL).flying, board.flight(job_id).is_none()), (0, true));
    board.notice(&Notice::Left { job_id, stage: None });
}

#[test]
fn an_end_that_is_only_told_again_is_shown_and_not_counted() {
    let (board, order) = (board(), order("one"));
    let data = completed(&order.job_id);
    for is_first in [true, false] {
        board.notice(&Notice::Taken { order: &order });
        if is_first {
            board.notice(&Notice::Concluded { data: &data });
        }
        board.notice(&Notice::Ended { data: &data });
        board.notice(&Notice::Left { job_id: &order.job_id, stage: None });
    }
    let seen = board.overview(ALL);
    assert_eq!((seen.totals.completed, seen.totals.spend_usd, seen.last_hour), (1, 0.5, seen.totals));
    let repeats: Vec<bool> = seen.ended.iter().map(|ended| ended.is_repeat).collect();
    assert_eq!(repeats, [true, false]);
}

#[test]
fn of_ten_thousand_ends_the_last_five_hundred_are_remembered_and_all_are_counted() {
    let board = board();
    for number in 0..10_000 {
        let order = order(&format!("job-{number}"));
        let data = completed(&order.job_id);
        board.notice(&Notice::Taken { order: &order });
        board.notice(&Notice::Concluded { data: &data });
        board.notice(&Notice::Ended { data: &data });
        board.notice(&Notice::Left { job_id: &order.job_id, stage: None });
    }
    let problem = Problem { field: "message".to_owned(), problem: "x".repeat(10_000) };
    let rejected = RejectedData {
        job_id: None,
        reason: Reason::InvalidJob,
        problems: vec![problem],
        message_sha256: String::new(),
        message_bytes: 1,
    };
    board.notice(&Notice::Rejected { data: &rejected });
    let seen = board.overview(ALL);
    assert_eq!((seen.totals.completed, seen.totals.rejected, seen.found), (10_000, 1, ENDED_MAX));
    assert_eq!(seen.ended.len(), ENDED_MAX);
    assert!(seen.ended[0].message.chars().count() <= TEXT_MAX_CHARS);
    assert_eq!(seen.ended[1].job_id.as_ref().map(JobId::as_str), Some("job-9999"));
    let state = board.state();
    assert!(state.in_flight.is_empty() && state.numbers.is_empty());
    drop(state);
    let failed = board.overview(Part { end: Some(End::Failed), ..ALL });
    assert_eq!((failed.found, failed.ended.len()), (0, 0));
}
