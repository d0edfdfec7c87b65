//! The crash matrix: the real worker process is killed at every call between taking a job and settling it.
//!
//! A [`Scenario`] is a way through the worker's code, and lists the calls at which it dies, each before and after its
//! effect. `slow` runs every row over a real broker, store and emulator. A port that gets a new method, and a path that
//! gets a new call, fail until they have rows here.

mod slow;

use serde_json::json;

use crate::support::mortal::{CALLS, Call, Death, Side};
use crate::support::stack::{Settings, small_job};

/// A way of a job through the worker, up to the death of the one that had it.
struct Scenario {
    name: &'static str,
    /// The message of a job under this id.
    message: fn(&str) -> String,
    /// How many videos the job is of.
    videos: usize,
    /// Settings of the worker that dies.
    settings: Settings<'static>,
    /// Settings of the one that goes on.
    heirs: Settings<'static>,
    /// Where an earlier life died already.
    earlier: Option<Death>,
    /// The worker is told to stop once it made this call.
    stopped_at: Option<&'static str>,
    /// Whether the test uploads the video in the provider's place.
    by_hand: bool,
    /// The job is cancelled once the worker made this call. It may complete all the same: what dies is the word.
    cancelled_at: Option<&'static str>,
    /// The job has ended before, and what the worker takes is the wish to buy it anew.
    anew: bool,
    /// Whether `calls` names every call of its life.
    whole: bool,
    /// The calls at which the worker dies.
    calls: &'static [(&'static str, Times)],
}

/// How often a call is made in the scenario's undisturbed life.
#[derive(Debug, Clone, Copy)]
enum Times {
    /// Each time is a row.
    Exactly(u32),
    /// More often when things take longer; the first ones are rows.
    AtLeast(u32),
}

/// A question far off, so that the job is still generating when its lease or its worker ends.
const ASK_LATER: (&str, &str) = ("LANDFALL_POLL__FIRST_DELAY_MS", "60000");

/// Nobody listens there: no upload arrives.
const NOWHERE: (&str, &str) = ("LANDFALL_S3__PUBLIC_ENDPOINT", "http://127.0.0.1:1");

const LOOK_BRIEFLY: (&str, &str) = ("LANDFALL_LANDING__LOOKUP_WINDOW_S", "1");

/// What most scenarios have in common: a small job of one video that completes.
const PLAIN: Scenario = Scenario {
    name: "",
    message: |id| small_job(id, json!({})),
    videos: 1,
    settings: &[],
    heirs: &[],
    earlier: None,
    stopped_at: None,
    by_hand: false,
    cancelled_at: None,
    anew: false,
    whole: false,
    calls: &[],
};

const fn died(name: &'static str, side: Side) -> Option<Death> {
    Some(Death::At(Call { name, occurrence: 1 }, side))
}

const SCENARIOS: [Scenario; 11] = [
    Scenario {
        name: "two results",
        message: |id| small_job(id, json!({ "numberResults": 2 })),
        videos: 2,
        settings: &[("LANDFALL_EVENTS__LANDED", "true")],
        whole: true,
        calls: &[
            ("intake.next", Times::AtLeast(1)),
            ("store.create", Times::Exactly(1)),
            ("store.presign_put", Times::Exactly(2)),
            ("tasks.submit", Times::AtLeast(1)),
            ("tasks.observe", Times::AtLeast(1)),
            ("store.open", Times::AtLeast(2)),
            ("store.promote", Times::Exactly(2)),
            ("store.remove", Times::Exactly(2)),
            ("store.replace", Times::Exactly(1)),
            ("events.publish", Times::Exactly(4)),
            ("delivery.complete", Times::Exactly(1)),
        ],
        ..PLAIN
    },
    Scenario {
        name: "rescued",
        settings: &[NOWHERE, LOOK_BRIEFLY],
        heirs: &[NOWHERE, LOOK_BRIEFLY],
        calls: &[
            ("results.fetch", Times::Exactly(1)),
            ("store.write_stream", Times::Exactly(1)),
            ("store.promote", Times::Exactly(1)),
            ("store.remove", Times::Exactly(1)),
        ],
        ..PLAIN
    },
    Scenario {
        name: "index at the end",
        settings: &[NOWHERE],
        heirs: &[NOWHERE],
        by_hand: true,
        calls: &[("store.read_range", Times::Exactly(1))],
        ..PLAIN
    },
    Scenario {
        name: "claimed before",
        earlier: died("tasks.submit", Side::Before),
        calls: &[
            // The claim, and a mark each for claiming, landing and ending: a job that comes again is a suspect.
            ("store.create", Times::Exactly(4)),
            ("store.open", Times::AtLeast(1)),
            ("tasks.observe", Times::AtLeast(1)),
            ("tasks.recall", Times::Exactly(1)),
            ("store.presign_put", Times::Exactly(1)),
            ("tasks.submit", Times::Exactly(1)),
        ],
        ..PLAIN
    },
    Scenario {
        name: "promoted before",
        earlier: died("store.remove", Side::Before),
        calls: &[
            ("store.promote", Times::Exactly(1)),
            ("store.open", Times::Exactly(8)),
            ("store.remove", Times::Exactly(4)),
            ("store.replace", Times::Exactly(1)),
        ],
        ..PLAIN
    },
    Scenario {
        name: "finished before",
        earlier: died("delivery.complete", Side::Before),
        whole: true,
        calls: &[
            ("intake.next", Times::AtLeast(1)),
            ("store.create", Times::Exactly(2)),
            ("store.open", Times::Exactly(2)),
            ("events.publish", Times::Exactly(1)),
            ("store.remove", Times::Exactly(1)),
            ("delivery.complete", Times::Exactly(1)),
        ],
        ..PLAIN
    },
    Scenario {
        name: "parked",
        settings: &[ASK_LATER, ("LANDFALL_WORKER__LEASE_S", "1")],
        calls: &[("delivery.park", Times::AtLeast(1))],
        ..PLAIN
    },
    Scenario {
        name: "handed back",
        settings: &[ASK_LATER, ("LANDFALL_WORKER__DRAIN_S", "0")],
        stopped_at: Some("events.publish"),
        calls: &[("intake.stop", Times::AtLeast(1)), ("delivery.hand_back", Times::Exactly(1))],
        ..PLAIN
    },
    Scenario {
        name: "cancelled",
        settings: &[ASK_LATER],
        cancelled_at: Some("events.publish"),
        calls: &[("store.replace", Times::AtLeast(1)), ("control.broadcast", Times::Exactly(1))],
        ..PLAIN
    },
    Scenario {
        name: "bought anew",
        videos: 2,
        anew: true,
        calls: &[
            // The record of the job that ended, and the video.
            ("store.open", Times::AtLeast(2)),
            // The end of the first generation, once more.
            ("events.publish", Times::Exactly(3)),
            ("store.replace", Times::Exactly(2)),
            ("tasks.submit", Times::AtLeast(1)),
        ],
        ..PLAIN
    },
    Scenario {
        name: "rejected",
        message: |id| small_job(id, json!({ "fps": 24 })),
        videos: 0,
        whole: true,
        calls: &[
            ("intake.next", Times::AtLeast(1)),
            ("events.publish", Times::Exactly(1)),
            ("delivery.reject", Times::Exactly(1)),
        ],
        ..PLAIN
    },
];

/// Methods of the ports that have no rows, and why.
const NO_CALLS: [(&str, &str); 13] = [
    ("delivery.body", "reads memory"),
    ("delivery.envelope", "reads memory"),
    ("tasks.batch_max", "reads memory"),
    ("control.next", "takes nothing: what it hears stands in the ledger"),
    ("intake.rest", "called while an operator has paused the worker: no job of what it gives back was begun"),
    ("links.presign_get", "signs for people's browsers, and asks nobody"),
    ("listing.list", "asked by commands and pages, and by no worker"),
    ("letters.list", "asked by commands and pages, and by no worker"),
    ("letters.get", "asked by commands and pages, and by no worker"),
    ("letters.replay", "asked by commands and pages, and by no worker"),
    ("letters.purge", "asked by commands and pages, and by no worker"),
    ("clock.now", "reads the machine's clock"),
    ("observer.notice", "tells the worker's own process"),
];

/// `port.method` of every method of a trait in these lines of code.
fn methods(source: &str) -> Vec<String> {
    let mut port = None;
    let mut found = Vec::new();
    for line in source.lines() {
        if let Some(header) = line.strip_prefix("pub trait ") {
            port = header.split(':').next().map(field);
        } else if line == "}" {
            port = None;
        } else if let (Some(port), Some(method)) = (port, method(line)) {
            found.push(format!("{port}.{method}"));
        }
    }
    found
}

fn method(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix("async fn ").or_else(|| line.strip_prefix("fn "))?.split('(').next()
}

/// What the worker calls a port.
fn field(port: &str) -> &str {
    match port {
        "Intake" => "intake",
        "Delivery" => "delivery",
        "EventSink" => "events",
        "Control" => "control",
        "ObjectStore" => "store",
        "TaskApi" => "tasks",
        "ResultFetch" => "results",
        "ObjectLinks" => "links",
        "ObjectListing" => "listing",
        "DeadLetters" => "letters",
        "Clock" => "clock",
        "Observer" => "observer",
        other => panic!("{other} is a new port: give it a name here, a place in `mortal`, and rows"),
    }
}

#[test]
fn every_method_of_every_port_is_a_call_that_can_be_died_at_or_has_a_reason() {
    let sources = [include_str!("../../src/ports.rs"), include_str!("../../src/worker/notice.rs")];
    let mut declared: Vec<String> = sources.iter().flat_map(|source| methods(source)).collect();
    let mut known: Vec<String> =
        CALLS.into_iter().chain(NO_CALLS.map(|(method, _)| method)).map(str::to_owned).collect();
    declared.sort();
    known.sort();
    assert_eq!(declared, known);
}

#[test]
fn every_call_has_a_row() {
    for call in CALLS {
        let listed = |scenario: &Scenario| scenario.calls.iter().any(|(name, _)| *name == call);
        assert!(SCENARIOS.iter().any(listed), "{call} has no row in the crash matrix");
    }
}
