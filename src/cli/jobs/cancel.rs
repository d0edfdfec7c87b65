//! `landfall jobs cancel`: the mark in the ledger, and the word to the workers.

use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::{Exit, Failure, Ledger, WhichJob, worker};
use crate::config::Config;
use crate::job::control::ControlMessage;
use crate::job::event::TerminalData;
use crate::job::fault::{Fault, Outcome};
use crate::job::ids::JobId;
use crate::ports::{Clock as _, Control as _, SystemClock};
use crate::rabbit::{self, RabbitOptions, Topology};
use crate::worker::{CancelFound, request_cancel};

/// How long the broker is tried for. The mark in the ledger stands by then.
const BROKER_WITHIN: Duration = Duration::from_secs(5);

/// Tries of the mark in the ledger, with a pause between them.
const LEDGER_TRIES: u32 = 4;
const LEDGER_PAUSE: Duration = Duration::from_secs(1);

/// Stop a job: buy nothing more of it, and wait no longer for what was bought
///
/// What was not bought yet is not bought any more. What the provider is at work on goes on there, since the provider cannot
/// be stopped, and is not waited for. What it has finished and uploaded is still brought to its final key. The job's failed
/// event tells for each result whether it was bought, and what it cost.
///
/// A job that is not known yet ends when its message comes, and buys nothing. A job that has ended stays as it is.
/// This works whether or not a worker is running.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  landfall jobs cancel lighthouse-course.lesson-3 --config landfall.toml
  landfall jobs cancel 5d0c1a7e-3b64-4f0a-8c1d-92e6b7a4f035 --json    (a bare task: its taskUUID is its job id)

Exit codes: 0 done, 64 bad arguments, 69 the store cannot be reached, or the broker cannot and so no worker was told")]
pub(super) struct CancelArgs {
    #[command(flatten)]
    of: WhichJob,
}

pub(super) async fn cancel(args: CancelArgs) -> Result<Exit, Failure> {
    let WhichJob { job_id, json, config } = args.of;
    let config = config.load(&[])?.config;
    let options = worker::broker(&config)?;
    let found = mark(&config, &job_id).await?;
    // Only a job under way is in any worker's hands.
    let told = match &found {
        CancelFound::UnderWay => Some(tell(options, &job_id).await),
        CancelFound::NotBegun | CancelFound::Ended(_) => None,
    };
    let untold = told.as_ref().and_then(|told| told.as_ref().err()).map(Fault::chain);
    if json {
        println!("{}", as_json(&job_id, &found, told.as_ref().map(Result::is_ok), untold.as_deref()));
    } else {
        println!("{}", in_words(&job_id, &found));
    }
    let Some(untold) = untold else { return Ok(Exit::Done) };
    Err(Failure::new(
        Exit::Unreachable,
        format!(
            "job {job_id} is marked as cancelled, but running workers were not told: {untold}. A worker that is at work on the \
             job finds out when it takes it up again, after {} s at most (worker.lease_s); run this again to tell them",
            config.worker.lease_s
        ),
    ))
}

/// Marks the job in the ledger.
async fn mark(config: &Config, job_id: &JobId) -> Result<CancelFound, Failure> {
    let ledger = Ledger::open(config).await?;
    let mut tries = 1;
    loop {
        match request_cancel(&ledger.store, ledger.place(), job_id, SystemClock.now()).await {
            Ok(found) => return Ok(found),
            Err(fault) if tries < LEDGER_TRIES && fault.kind.may_mend() => tokio::time::sleep(LEDGER_PAUSE).await,
            Err(fault) => return Err(Failure::of_fault(&fault)),
        }
        tries += 1;
    }
}

/// Tells the running workers.
async fn tell(options: RabbitOptions, job_id: &JobId) -> Outcome<()> {
    let options = RabbitOptions {
        topology: Topology::None,
        connection_name: "landfall jobs".to_owned(),
        connect_within: BROKER_WITHIN,
        publish_within: BROKER_WITHIN,
        ..options
    };
    let rabbit = rabbit::connect(options).await?;
    let told = rabbit.control().broadcast(&ControlMessage::CancelJob { job_id: job_id.clone() }).await;
    rabbit.close().await;
    told
}

fn in_words(job_id: &JobId, found: &CancelFound) -> String {
    match found {
        CancelFound::NotBegun => {
            format!("job {job_id} has not begun: when its message comes, it ends as cancelled and buys nothing")
        }
        CancelFound::UnderWay => {
            format!("job {job_id} is cancelled: its failed event will tell what was bought and what it cost")
        }
        CancelFound::Ended(outcome) => match &outcome.data {
            TerminalData::Completed(data) => format!(
                "job {job_id} had ended before and stays as it is: completed at {} with {} result(s)",
                outcome.time,
                data.results.len()
            ),
            TerminalData::Failed(data) => format!(
                "job {job_id} had ended before and stays as it is: failed at {} as {}",
                outcome.time,
                data.reason.code()
            ),
        },
    }
}

fn as_json(job_id: &JobId, found: &CancelFound, told: Option<bool>, untold: Option<&str>) -> String {
    let (word, outcome) = match found {
        CancelFound::NotBegun => ("not_begun", None),
        CancelFound::UnderWay => ("under_way", None),
        CancelFound::Ended(outcome) => ("ended", Some(outcome)),
    };
    json!({ "jobId": job_id, "found": word, "outcome": outcome, "workersTold": told, "why": untold }).to_string()
}
