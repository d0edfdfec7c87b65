//! Everything at once: real servers, three workers, and a seeded schedule of kills, outages, cuts, stalls, bad answers,
//! repeated messages and bad ones.
//!
//! `tests/run.sh --chaos --jobs N --seed S` runs it alone. A seed gives the same messages and the same trouble in the same
//! order; what the trouble meets depends on the moment, so a replay may need more than one run.

mod field;
mod report;
mod schedule;
mod tap;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;

use landfall::emulator::TaskReport;
use landfall::job::event::{CompletedData, EventType};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::support::invariants::Evidence;
use crate::support::servers::{RabbitMq, SeaweedFs, or_skip};
use crate::support::stack::{Stack, assert_every_purchase_is_told};
use field::{Field, Tally};
use report::Report;
use schedule::{DEFAULT_JOBS, Schedule, schedule};
use tap::{Producer, Tap};

/// Among all tests the same trouble each time, so that a change is judged by itself; `tests/run.sh --chaos` draws another
/// one for every run.
const DEFAULT_SEED: u64 = 1;

/// Messages that were put and have not ended: enough that no worker idles, and that trouble meets jobs at every stage.
const OUTSTANDING: usize = 100;

/// Nothing may ever take so long: an outage, a lease, and the longest wait between tries, several times over. A broker
/// alone can take half a minute to start again on a busy machine.
const STUCK_AFTER: Duration = Duration::from_secs(300);

/// How often the system is looked at as a whole.
const WATCH: Duration = Duration::from_secs(1);

mod slow {
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nothing_is_lost_and_nothing_bought_twice_whatever_goes_wrong() {
        let jobs = super::number("LANDFALL_CHAOS_JOBS").map(|jobs| usize::try_from(jobs).expect("fits"));
        let seed = super::number("LANDFALL_CHAOS_SEED").unwrap_or(super::DEFAULT_SEED);
        Box::pin(super::run(jobs.unwrap_or(super::DEFAULT_JOBS), seed)).await;
    }
}

/// A number that the environment sets.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

async fn run(jobs: usize, seed: u64) {
    let Some(broker) = or_skip(RabbitMq::start().await) else { return };
    let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
    let plan = schedule(seed, jobs);
    report::announce(jobs, seed, &plan);
    let mut stack = Stack::over(&broker.fresh_vhost(), store, &[]).await;
    let _aftermath = Aftermath { jobs, seed, logs: stack.pen.path().to_owned() };
    let began = Instant::now();
    let mut tap = Tap::on(&stack.amqp_url, &stack.tap);
    let field = Field::lay_out(&stack, &broker).await;
    let ended = tap.ended();
    let tally = tokio::select! {
        never = tap.run() => match never {},
        never = watch(&field, ended.clone(), plan.messages) => match never {},
        tally = Box::pin(live_through(&stack, &field, &plan, ended.clone())) => tally,
    };
    let (calls_met, starts, took) = (field.calls_met().await, field.starts().await, began.elapsed());
    drop(field);
    stack.roles_started += starts;
    stack.reconnect().await;
    stack.seen.append(&mut tap.seen);
    let (mut evidence, tasks) = stack.gather(plan.messages).await;
    let left_in_staging = allow_for_crashes(&mut evidence);
    let report = Report { plan: &plan, tap: &tap, tally, calls_met, took, left_in_staging };
    report.print(&evidence, &tasks);
    evidence.check();
    assert_every_purchase_is_told(&evidence, &tasks);
    assert_all_jobs_completed(&evidence, &tasks, &plan);
    stack.assert_no_secret_is_told();
}

/// Puts every message, lets every act happen, and stops the workers once all messages have ended and all is well.
async fn live_through(stack: &Stack, field: &Field<'_>, plan: &Schedule, mut ended: watch::Receiver<usize>) -> Tally {
    field.start().await;
    tokio::join!(produce(stack, plan, ended.clone()), field.suffer(&plan.acts, &ended));
    ended.wait_for(|ended| *ended >= plan.messages).await.expect("the tap outlives this");
    field.recovered().await;
    let tally = field.tally();
    // Repeats may still wait or be in somebody's hands; what a stopped worker hands back waits again.
    loop {
        while waiting(stack).await > 0 {
            sleep(WATCH).await;
        }
        field.stop_all().await;
        if waiting(stack).await == 0 {
            return tally;
        }
        field.start().await;
    }
}

async fn waiting(stack: &Stack) -> usize {
    let names = &stack.bench.names;
    tap::waiting(&stack.amqp_url, &[&names.jobs, &names.parked]).await.expect("the broker is back")
}

/// Puts the messages, no faster than they end.
async fn produce(stack: &Stack, plan: &Schedule, mut ended: watch::Receiver<usize>) {
    let mut producer = Producer::to(&stack.amqp_url, &stack.bench.names.jobs);
    let mut different = BTreeSet::new();
    for body in &plan.bodies {
        different.insert(body);
        ended.wait_for(|ended| different.len() <= ended + OUTSTANDING).await.expect("the tap outlives the producer");
        producer.put(body).await;
    }
}

/// Sees that there is progress, and that no worker ended by itself.
async fn watch(field: &Field<'_>, mut ended: watch::Receiver<usize>, messages: usize) -> Infallible {
    let mut since = Instant::now();
    loop {
        match timeout(WATCH, ended.changed()).await {
            Ok(_changed) => since = Instant::now(),
            Err(_nothing_new) => {
                let ended = *ended.borrow();
                assert!(
                    since.elapsed() < STUCK_AFTER,
                    "{ended} of {messages} have ended, and no other in {STUCK_AFTER:?}"
                );
                field.assert_alive();
            }
        }
    }
}

/// What crashes leave behind by design: an object in staging whose worker died before it could remove it, or that the
/// provider uploaded once more, which a lifecycle rule takes. Says how many objects those are.
fn allow_for_crashes(evidence: &mut Evidence) -> usize {
    let objects = evidence.objects.len();
    evidence.objects.retain(|name, _| !name.starts_with(&evidence.staging));
    objects - evidence.objects.len()
}

/// No trouble of ours or of anybody else's fails a job, and what was bought is what was delivered.
fn assert_all_jobs_completed(evidence: &Evidence, tasks: &[TaskReport], plan: &Schedule) {
    assert_eq!(evidence.count(EventType::Failed), 0, "no job fails for trouble that is not its own");
    assert_eq!(evidence.count(EventType::Completed), plan.jobs);
    let completed = evidence.terminal().into_values().filter(|event| event.event_type == EventType::Completed);
    let data =
        completed.map(|event| serde_json::from_value::<CompletedData>(event.data.clone()).expect("completed data"));
    let results: usize = data.map(|data| data.results.len()).sum();
    assert_eq!(tasks.iter().filter(|task| task.accepted > 0).count(), results);
}

/// Says how to replay a run that failed, and keeps its logs.
struct Aftermath {
    jobs: usize,
    seed: u64,
    logs: PathBuf,
}

impl Drop for Aftermath {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("chaos-{}", self.seed));
        let keep = || -> std::io::Result<()> {
            std::fs::create_dir_all(&kept)?;
            for entry in std::fs::read_dir(&self.logs)? {
                let path = entry?.path();
                if let (Some("log"), Some(name)) = (path.extension().and_then(|name| name.to_str()), path.file_name()) {
                    std::fs::copy(&path, kept.join(name))?;
                }
            }
            Ok(())
        };
        let logs = match keep() {
            Ok(()) => format!("the logs are in {}", kept.display()),
            Err(why) => format!("the logs could not be kept: {why}"),
        };
        eprintln!("chaos: replay with tests/run.sh --chaos --jobs {} --seed {}; {logs}", self.jobs, self.seed);
    }
}
