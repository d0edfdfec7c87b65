//! What happens in a history, drawn from its seed before it begins.

use std::time::Duration;

use bytes::Bytes;
use landfall::job::fault::FaultKind;
use landfall::job::ids::TaskUuid;
use landfall::job::reason::Reason;
use landfall::ports::ErrorFamily;
use serde_json::{Value, json};

use crate::support::dice::Dice;
use crate::support::memory_provider::{TaskScript, refusal};
use crate::support::mortal::Death;
use crate::support::trouble::{Outage, Party, dice_for};
use crate::support::world::{VIDEO, job, with};

/// Another whole video, of another size.
const OTHER_VIDEO: &[u8] = include_bytes!("../../golden/media/hevc-aac.mp4");

/// A history before it happens.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) seed: u64,
    /// Settings of all workers.
    pub(super) settings: Vec<String>,
    /// Most tasks in one call of the provider.
    pub(super) batch_max: usize,
    /// How long a task stays invisible.
    pub(super) visible_after: Duration,
    /// How many calls of a hundred go wrong.
    pub(super) percent: usize,
    /// When things stop going wrong.
    pub(super) calm: Duration,
    pub(super) outages: Vec<Outage>,
    /// What the world does and when, in order.
    pub(super) acts: Vec<(Duration, Act)>,
    /// Different messages among what is put.
    pub(super) messages: usize,
}

/// One thing that the world does.
#[derive(Debug, Clone)]
pub(super) enum Act {
    Put(Vec<u8>),
    /// A worker starts, to live so long.
    Start(Death),
    /// The numberth living worker dies.
    Kill(usize),
    /// It gets a SIGTERM.
    Stop(usize),
    /// Its connection to the broker breaks.
    Cut(usize),
    /// Terminal events reach a queue, or do not.
    Bind(bool),
}

impl Script {
    pub(super) fn of(seed: u64) -> Script {
        let mut dice = dice_for(seed, "script");
        let calm = Duration::from_secs(dice.between(5, 60) as u64 * 60);
        let mut acts = Vec::new();
        let messages = messages(&mut dice, &mut acts);
        workers(&mut dice, calm, &mut acts);
        acts.sort_by_key(|(at, _)| *at);
        let lease_s = *dice.pick(&[20, 60, 300, 1200]);
        Script {
            seed,
            settings: vec![
                format!("worker.lease_s={lease_s}"),
                // A look for an upload that outlasts the lease begins anew in every life.
                format!("landing.lookup_window_s={}", (lease_s / 4).min(60)),
                format!("worker.max_in_flight={}", dice.pick(&[1, 2, 3, 50])),
                format!("poll.interval_ms_max={}", dice.pick(&[10_000, 60_000])),
                format!("worker.drain_s={}", dice.pick(&[0, 5, 60])),
                format!("events.landed={}", dice.pick(&[true, false])),
                format!("events.progress={}", dice.pick(&[true, false])),
                "worker.job_deadline_s=7200".to_owned(),
            ],
            batch_max: *dice.pick(&[1, 2, 50]),
            visible_after: Duration::from_secs(*dice.pick(&[0, 0, 3, 30])),
            percent: *dice.pick(&[0, 3, 10, 25]),
            calm,
            outages: (0..dice.between(0, 3)).map(|_| outage(&mut dice, calm)).collect(),
            acts,
            messages,
        }
    }
}

fn within(dice: &mut Dice, time: Duration) -> Duration {
    Duration::from_millis(dice.between(0, usize::try_from(time.as_millis()).expect("a few hours")) as u64)
}

/// Jobs, their repeats, other jobs under their ids, and what is no job. Answers how many of them are different.
fn messages(dice: &mut Dice, acts: &mut Vec<(Duration, Act)>) -> usize {
    let mut different = 0;
    for number in 0..dice.between(1, 5) {
        let at = within(dice, Duration::from_secs(600));
        let (name, results) = (format!("job-{number}"), *dice.pick(&[1, 1, 2, 4]));
        let seconds = u32::try_from(dice.between(5, 60)).expect("small");
        let fields = fields(dice);
        let body = with(&name, results, seconds, &fields);
        for _ in 0..*dice.pick(&[0, 0, 1, 3]) {
            let later = at + within(dice, Duration::from_secs(1800));
            acts.push((later, Act::Put(body.clone().into_bytes())));
        }
        acts.push((at, Act::Put(body.into_bytes())));
        different += 1;
        // A job that is refused for its price leaves its id to others.
        if dice.below(8) == 0 && fields.iter().all(|(field, _)| *field != "maxCostUsd") {
            let other = job(&name, results, seconds + 1);
            acts.push((within(dice, Duration::from_secs(1200)), Act::Put(other.into_bytes())));
            different += 1;
        }
    }
    for number in 0..*dice.pick(&[0, 0, 1, 2]) {
        let garbage = *dice.pick(&["{ \"jobId\": \"cut", "not a job", "{\"jobId\":\"bad\",\"request\":{}}"]);
        let body = format!("{garbage}{}", " ".repeat(number));
        acts.push((within(dice, Duration::from_secs(1200)), Act::Put(body.into_bytes())));
        different += 1;
    }
    different
}

/// Optional fields of an envelope.
fn fields(dice: &mut Dice) -> Vec<(&'static str, Value)> {
    let mut fields = Vec::new();
    if dice.below(3) == 0 {
        fields.push(("deadline", json!(format!("PT{}M", dice.between(1, 30)))));
    }
    if dice.below(4) == 0 {
        fields.push(("context", json!({ "order": dice.below(1000) })));
    }
    if dice.below(10) == 0 {
        fields.push(("maxCostUsd", json!(0.01)));
    }
    if dice.below(5) == 0 {
        fields.push(("destination", json!({ "overwrite": true })));
    }
    fields
}

/// The lives of workers. The first one starts at once.
fn workers(dice: &mut Dice, calm: Duration, acts: &mut Vec<(Duration, Act)>) {
    for number in 0..dice.between(1, 3) {
        let death = death(dice);
        acts.push((Duration::from_secs(number as u64 * 5), Act::Start(death)));
    }
    for _ in 0..dice.between(0, 10) {
        let at = within(dice, calm);
        match dice.below(5) {
            0 => acts.push((at, Act::Kill(dice.below(3)))),
            1 => acts.push((at, Act::Stop(dice.below(3)))),
            2 | 3 => acts.push((at, Act::Cut(dice.below(3)))),
            _ => {
                acts.push((at, Act::Bind(false)));
                acts.push((at + within(dice, Duration::from_secs(300)), Act::Bind(true)));
            }
        }
        let death = death(dice);
        acts.push((at + within(dice, Duration::from_secs(120)), Act::Start(death)));
    }
}

/// When a worker dies by itself, in calls.
fn death(dice: &mut Dice) -> Death {
    let call = u32::try_from(dice.between(1, 150)).expect("small");
    *dice.pick(&[Death::Never, Death::Before(call), Death::After(call)])
}

fn outage(dice: &mut Dice, calm: Duration) -> Outage {
    let begin = within(dice, calm);
    let kinds = [FaultKind::NotSent, FaultKind::Denied, FaultKind::Unavailable, FaultKind::Ambiguous];
    Outage {
        party: *dice.pick(&[Party::Store, Party::Provider, Party::Broker]),
        begin,
        end: begin + within(dice, Duration::from_secs(600)),
        kind: dice.pick(&kinds).clone(),
    }
}

/// What becomes of a task, and why it may fail for that.
pub(super) struct Plot {
    pub(super) script: Option<TaskScript>,
    /// Whether the provider's own storage has the video.
    pub(super) fetchable: bool,
    pub(super) reasons: Vec<Reason>,
}

/// What becomes of a task: known from its name, so that it does not matter when it is submitted.
pub(super) fn plot(seed: u64, task: TaskUuid) -> Plot {
    let mut dice = dice_for(seed, &task.to_string());
    let seconds = Duration::from_secs(dice.between(0, 90) as u64);
    let well = |script| Plot { script, fetchable: true, reasons: Vec::new() };
    let badly = |script, reason| Plot { script: Some(script), fetchable: true, reasons: vec![reason] };
    let safety = || refusal(ErrorFamily::Safety, "contentPolicyViolation");
    match dice.below(40) {
        0 => badly(TaskScript::Refuse(refusal(ErrorFamily::Validation, "invalidDuration")), Reason::ProviderRejected),
        1 => badly(TaskScript::Refuse(safety()), Reason::ContentRefused),
        2 => badly(TaskScript::Fail(refusal(ErrorFamily::Provider, "providerError")), Reason::ProviderFailed),
        3 => badly(TaskScript::Fail(safety()), Reason::ContentRefused),
        // It ends with the deadline.
        4 => well(Some(TaskScript::Lose)),
        5 => Plot { fetchable: false, ..badly(TaskScript::SkipUpload, Reason::ObjectMissing) },
        6 => Plot { fetchable: false, ..badly(TaskScript::UploadCut, Reason::ObjectInvalid) },
        7..=9 => well(Some(TaskScript::SkipUpload)),
        10 | 11 => well(Some(TaskScript::UploadNothing)),
        12 | 13 => well(Some(TaskScript::UploadCut)),
        14..=17 => well(Some(TaskScript::UploadLate(seconds))),
        18..=20 => well(Some(TaskScript::UploadAgain(seconds, Bytes::from_static(OTHER_VIDEO)))),
        21..=23 => well(Some(TaskScript::UploadAgain(seconds, Bytes::from_static(&VIDEO[..2000])))),
        _ => well(None),
    }
}
