//! The worker against every switch of the emulator: whatever a provider may do, each job ends in the right event, and
//! each result is bought at most once.
//!
//! Real worker, broker, store and emulator. A job orders its trouble by a marker in its prompt, so that many rows run side
//! by side and trouble each other; what holds for the whole API is switched over the control routes.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use landfall::emulator::{Emulator, EmulatorOptions};
use landfall::job::event::{CompletedData, Event, EventType, FailedData, Provenance};
use landfall::job::reason::Reason;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::stack::{Stack, small_job};

const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A row that is suspended or throttled without being told for how long waits its time; the rest is a busy machine.
const WITHIN: Duration = Duration::from_secs(240);

/// Between two steps of tasks that are moved by hand.
const STEP: Duration = Duration::from_millis(300);

/// For the rows that can only end by it.
const SHORT_DEADLINE: &str = "PT20S";

/// How a job has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Completed, with the video that was uploaded.
    Uploaded,
    /// Completed, with the video that was fetched from `videoURL`.
    Rescued,
    /// Completed, either way: which one is a matter of time.
    Completed,
    /// Failed for this reason.
    Failed(Reason),
}

/// A job whose prompt orders this.
struct Row {
    marker: &'static str,
    end: End,
    /// Whether it can only end by its deadline.
    hopeless: bool,
}

const fn row(marker: &'static str, end: End) -> Row {
    Row { marker, end, hopeless: false }
}

const fn hopeless(marker: &'static str, end: End) -> Row {
    Row { marker, end, hopeless: true }
}

/// What becomes of a task and its result.
const TASKS: &[Row] = &[
    row("pace=stepped", End::Uploaded),
    row("render-time=3000", End::Uploaded),
    hopeless("unknown-after=1000 render-time=2000", End::Uploaded),
    row("visible-after=3000", End::Uploaded),
    hopeless("fate=lost", End::Failed(Reason::DeadlineExceeded)),
    row("forget=100", End::Uploaded),
    row("forget=1000 submit=stall", End::Uploaded),
    row("running-status=pending render-time=2000", End::Uploaded),
    row("running-status=queued render-time=2000", End::Uploaded),
    row("running-status=waiting render-time=2000", End::Uploaded),
    row("running-status=scheduled render-time=2000", End::Uploaded),
    row("progress=untold", End::Uploaded),
    row("failure=processingFailed", End::Failed(Reason::ProviderFailed)),
    row("failure=providerTimeout", End::Failed(Reason::ProviderFailed)),
    row("failure=uploadFailed", End::Failed(Reason::ProviderFailed)),
    row("failure=internalServerError", End::Failed(Reason::ProviderFailed)),
    row("failure=contentPolicyViolation", End::Failed(Reason::ContentRefused)),
    row("failure=invalidValueUploadFailed", End::Failed(Reason::ProviderRejected)),
    row("failure=processingFailed error-place=data", End::Failed(Reason::ProviderFailed)),
    row("failure=processingFailed error-place=data-text", End::Failed(Reason::ProviderFailed)),
    row("cost=zero", End::Uploaded),
    row("cost=absent", End::Uploaded),
    row("video-url=absent", End::Uploaded),
    row("video-url=empty", End::Uploaded),
    row("video-url=gone", End::Uploaded),
    row("video-url=absent put=never", End::Failed(Reason::ObjectMissing)),
    row("video-url=empty put=never", End::Failed(Reason::ObjectMissing)),
    row("video-url=gone put=never", End::Failed(Reason::ObjectMissing)),
    row("video-url=gone put-body=truncated", End::Failed(Reason::ObjectInvalid)),
    row("video-url=truncated put=never", End::Failed(Reason::ObjectInvalid)),
    row("video-url=page put=never", End::Failed(Reason::ObjectInvalid)),
    row("video-url=cut put=never", End::Failed(Reason::ObjectMissing)),
    row("video-url=busy put=never", End::Failed(Reason::ObjectMissing)),
    hopeless("video-url=stalled put=never", End::Failed(Reason::DeadlineExceeded)),
    row("media=pixels-off", End::Uploaded),
    row("media=other-size", End::Uploaded),
    row("media=shorter", End::Uploaded),
    row("media=other-container", End::Uploaded),
    row("put=after-success", End::Completed),
    row("put=after-success put-delay=1000", End::Completed),
    row("put=never", End::Rescued),
    row("put-delay=2000", End::Uploaded),
    row("put-framing=chunked", End::Completed),
    row("put-headers=none", End::Uploaded),
    row("put-headers=wrong", End::Uploaded),
    row("put-headers=extra", End::Rescued),
    row("put-body=empty", End::Rescued),
    row("put-body=truncated", End::Rescued),
    row("put-body=cut", End::Rescued),
    row("put-body=other-container", End::Uploaded),
    row("put-body=shorter", End::Completed),
    row("put-body=garbage", End::Rescued),
    row("put-times=twice", End::Uploaded),
    // Headers that nobody signed are refused, and so there is something to be tried again or to fail for.
    row("put-headers=extra put-retries=none", End::Rescued),
    row("put-headers=extra put-refused=fails-task", End::Failed(Reason::ProviderFailed)),
    row("put-results=first", End::Uploaded),
    row("put-results=last", End::Uploaded),
    row("webhook=twice", End::Uploaded),
    row("webhook=out-of-order", End::Uploaded),
    row("webhook=never", End::Uploaded),
    row("webhook-delay=1000", End::Uploaded),
    row("webhook-retries=none", End::Uploaded),
    row("webhook-body=wrapped", End::Uploaded),
];

/// What becomes of the calls about a task.
const CALLS: &[Row] = &[
    row("submit=slow:1000", End::Uploaded),
    row("submit=stall", End::Uploaded),
    row("submit=stall acceptance=never", End::Uploaded),
    row("submit=reset", End::Uploaded),
    row("submit=reset acceptance=never", End::Uploaded),
    row("submit=reset acceptance=twice", End::Uploaded),
    row("submit=reset*3 acceptance=never", End::Uploaded),
    row("submit=cut", End::Uploaded),
    row("submit=malformed", End::Uploaded),
    row("submit=html:502", End::Uploaded),
    row("submit=html:502 acceptance=never", End::Uploaded),
    row("submit=empty", End::Uploaded),
    row("submit=empty acceptance=never", End::Uploaded),
    row("submit=part", End::Uploaded),
    row("submit=status:500", End::Uploaded),
    row("submit=status:400", End::Uploaded),
    row("submit=throttled:1 acceptance=never", End::Uploaded),
    row("submit=error:rateLimitExceeded", End::Uploaded),
    row("submit=error:insufficientCredits", End::Uploaded),
    row("submit=error:invalidApiKey", End::Uploaded),
    row("submit=error:internalServerError", End::Uploaded),
    row("submit=error:internalServerError acceptance=always", End::Uploaded),
    row("submit=error:serviceUnavailable acceptance=always", End::Uploaded),
    row("submit=error:providerGatewayTimeout acceptance=always", End::Uploaded),
    row("submit=error:contentPolicyViolation", End::Failed(Reason::ContentRefused)),
    row("submit=error:invalidPositivePrompt", End::Failed(Reason::ProviderRejected)),
    hopeless("acceptance=never", End::Failed(Reason::DeadlineExceeded)),
    row("acceptance=twice", End::Uploaded),
    row("poll=slow:1000", End::Uploaded),
    row("poll=stall", End::Uploaded),
    row("poll=reset", End::Uploaded),
    row("poll=cut", End::Uploaded),
    row("poll=malformed", End::Uploaded),
    row("poll=html:503", End::Uploaded),
    row("poll=empty*3", End::Uploaded),
    row("poll=part", End::Uploaded),
    row("poll=status:500", End::Uploaded),
    row("poll=throttled:1", End::Uploaded),
    row("poll=error:invalidApiKey", End::Uploaded),
    row("poll=error:rateLimitExceeded", End::Uploaded),
    row("poll=error:internalServerError", End::Uploaded),
    row("poll=error:taskNotFound*2", End::Uploaded),
    row("submit=reset details=slow:500 poll=empty", End::Uploaded),
    row("submit=reset details=stall poll=empty", End::Uploaded),
    row("submit=reset details=reset poll=empty", End::Uploaded),
    row("submit=reset details=cut poll=empty", End::Uploaded),
    row("submit=reset details=malformed poll=empty", End::Uploaded),
    row("submit=reset details=html:502 poll=empty", End::Uploaded),
    row("submit=reset details=empty poll=empty", End::Uploaded),
    row("submit=reset details=part poll=empty", End::Uploaded),
    row("submit=reset details=status:500 poll=empty", End::Uploaded),
    row("submit=reset details=error:taskNotFound poll=empty", End::Uploaded),
    row("submit=reset details=throttled:1 poll=empty", End::Uploaded),
];

/// What all of the API does, and jobs that meet it: all in one call, or each in a call of its own.
const HABITS: &[(&str, &[Row])] = &[
    ("unknown-task=not-found", &[row("submit=reset acceptance=never", End::Uploaded)]),
    ("unknown-task=not-found", PARTLY_REFUSED),
    ("mixed-status=207", PARTLY_REFUSED),
    ("mixed-status=400", PARTLY_REFUSED),
    ("envelope=full", PARTLY_REFUSED),
    // Fewer than the worker gathers.
    ("max-tasks=1", PARTLY_REFUSED),
    ("max-body=1500", PARTLY_REFUSED),
    // The jobs here ask for less.
    ("sizes=family", &[row("cost=exact", End::Failed(Reason::ProviderRejected))]),
];

/// The emulator takes no marker that it cannot read.
const PARTLY_REFUSED: &[Row] = &[
    row("cost=exact", End::Uploaded),
    row("no-such-switch=1", End::Failed(Reason::ProviderRejected)),
    row("visible-after=1000", End::Uploaded),
];

/// Written forms that need no row: the reason stands beside.
const WITHOUT_A_ROW: &[(&str, &str)] = &[];

/// Every form of every switch but the defaults has a row.
#[tokio::test]
async fn no_switch_of_the_emulator_is_without_a_row() {
    let emulator = Emulator::start(LOOPBACK, EmulatorOptions::default()).await.expect("a free port");
    let url = format!("http://{}/_emulator/switches", emulator.addr());
    let catalogue: Value = reqwest::get(url).await.expect("an answer").json().await.expect("JSON");
    let markers = TASKS.iter().chain(CALLS).map(|row| row.marker).chain(HABITS.iter().map(|(habit, _)| *habit));
    let set: BTreeSet<(&str, &str)> = markers.flat_map(settings_of).collect();
    let mut without = Vec::new();
    for switch in catalogue["switches"].as_array().expect("a list") {
        let name = switch["name"].as_str().expect("a name");
        for form in switch["values"].as_array().expect("forms").iter().skip(1) {
            let form = form["value"].as_str().expect("a form");
            let is_set = set.iter().any(|(other, value)| *other == name && has_form(value, form));
            if !is_set && !WITHOUT_A_ROW.contains(&(name, form)) {
                without.push(format!("{name}={form}"));
            }
        }
    }
    assert!(without.is_empty(), "no row sets {}", without.join(", "));
}

fn settings_of(marker: &str) -> impl Iterator<Item = (&str, &str)> {
    marker.split(' ').map(|entry| {
        let (name, value) = entry.split_once('=').expect("an entry");
        (name, value.split('*').next().expect("a value"))
    })
}

/// Whether a value is of a form of the catalogue, in which numbers and codes are told by words in capitals.
fn has_form(value: &str, form: &str) -> bool {
    let parts = |text: &str| text.split_once(':').map(|(word, _)| word.to_owned());
    match (parts(value), parts(form)) {
        (Some(value), Some(form)) => value == form,
        (None, None) => value == form || form.chars().all(|c| c.is_ascii_uppercase()),
        _ => false,
    }
}

mod slow {
    #[tokio::test]
    async fn whatever_a_provider_does_with_a_task_its_job_ends_in_the_right_event() {
        super::survive(super::TASKS).await;
    }

    #[tokio::test]
    async fn whatever_a_provider_does_with_a_call_its_job_ends_in_the_right_event() {
        super::survive(super::CALLS).await;
    }

    #[tokio::test]
    async fn whatever_habits_a_provider_has_jobs_complete() {
        super::survive_habits().await;
    }
}

/// Which tasks share a call to the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Calls {
    /// None: what is ordered of a call holds for its own task only.
    Single,
    /// All that come together.
    Shared,
}

/// Runs all rows at once over one stack.
async fn survive(rows: &[Row]) {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    survive_over(&mut stack, rows, Calls::Single).await;
}

async fn survive_over(stack: &mut Stack, rows: &[Row], calls: Calls) {
    let batch_max = match calls {
        Calls::Single => "1",
        Calls::Shared => "50",
    };
    let settings = [
        ("LANDFALL_PROVIDER__TIMEOUT_S", "3"),
        ("LANDFALL_LANDING__LOOKUP_WINDOW_S", "4"),
        ("LANDFALL_WORKER__SUBMIT_GATHER_MS", "500"),
        ("LANDFALL_PROVIDER__BATCH_MAX", batch_max),
    ];
    let worker = stack.worker(&settings).await;
    for (number, row) in rows.iter().enumerate() {
        stack.put(job(number, row)).await;
    }
    let steps = tokio::spawn(step_for_ever(stack.emulator_address().to_owned()));
    let (evidence, _) = stack.check(vec![worker], rows.len(), WITHIN).await;
    steps.abort();
    let ends: BTreeMap<&str, &Event> =
        evidence.terminal().into_values().filter_map(|event| Some((event.subject.as_deref()?, event))).collect();
    let wrong: Vec<String> = rows
        .iter()
        .enumerate()
        .filter_map(|(number, row)| {
            let event = ends.get(id(number).as_str()).expect("every message ended");
            (!is_end(event, row.end)).then(|| format!("{}: not {:?} but {:?}", row.marker, row.end, event.data))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The hand that moves tasks on which wait for one.
async fn step_for_ever(emulator: String) {
    let client = reqwest::Client::new();
    loop {
        client.post(format!("http://{emulator}/_emulator/step")).send().await.expect("an answer");
        sleep(STEP).await;
    }
}

/// Each habit in turn.
async fn survive_habits() {
    for (habit, rows) in HABITS {
        println!("habit: {habit}");
        let Some(mut stack) = Stack::start(&[]).await else { return };
        let (name, value) = habit.split_once('=').expect("an entry");
        let scenario = json!({ "rules": [{ "set": { name: value } }] });
        let url = format!("http://{}/_emulator/scenario", stack.emulator_address());
        let answer = reqwest::Client::new().put(url).json(&scenario).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        survive_over(&mut stack, rows, Calls::Shared).await;
    }
}

fn is_end(event: &Event, end: End) -> bool {
    let provenance = || -> Provenance {
        let data: CompletedData = serde_json::from_value(event.data.clone()).expect("completed data");
        data.results[0].provenance
    };
    let reason = || -> Reason {
        let data: FailedData = serde_json::from_value(event.data.clone()).expect("failed data");
        data.reason
    };
    let is_completed = event.event_type == EventType::Completed;
    match end {
        End::Uploaded => is_completed && provenance() == Provenance::Uploaded,
        End::Rescued => is_completed && provenance() == Provenance::Rescued,
        End::Completed => is_completed,
        End::Failed(wanted) => event.event_type == EventType::Failed && reason() == wanted,
    }
}

fn id(number: usize) -> String {
    format!("row-{number}")
}

fn job(number: usize, row: &Row) -> String {
    let prompt = format!("A potter shows how a bowl is thrown. [[emulator: {}]]", row.marker);
    // Jobs name public hosts only, so that no webhook arrives; nor would the worker take it. It has to do without.
    let webhook = row.marker.starts_with("webhook").then_some("https://hooks.invalid/landed");
    let request = json!({ "positivePrompt": prompt, "includeCost": true, "webhookURL": webhook });
    let job = small_job(&id(number), request);
    let mut job: Value = serde_json::from_str(&job).expect("JSON");
    if row.hopeless {
        job["deadline"] = SHORT_DEADLINE.into();
    }
    job.to_string()
}
