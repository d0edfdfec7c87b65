//! `landfall jobs regenerate`: the one way to buy a job twice. What is bought, and whether, the worker decides by the
//! ledger; here it is made sure that somebody wants it.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::list::{cost_usd, landed, why_unreadable, word};
use super::terminal;
use super::{ConfigArgs, Exit, Failure, Ledger, submit, worker};
use crate::config::Config;
use crate::dashboard::show as shown;
use crate::job::control::Message;
use crate::job::event::TerminalData;
use crate::job::fault::Fault;
use crate::job::ids::JobId;
use crate::job::ledger::LedgerRecord;
use crate::job::order::{Deadline, MESSAGE_MAX_BYTES, Order, OrderRules};
use crate::job::plan::{Nonce, plan};
use crate::job::regeneration::{Regeneration, Step, step};
use crate::rabbit::{self, RabbitOptions, Topology};
use crate::worker::{WorkerSettings, read_text};

/// How long the broker is tried for, and the publish.
const BROKER_WITHIN: Duration = Duration::from_secs(5);
const PUBLISH_WITHIN: Duration = Duration::from_secs(30);

/// Buy a job anew that has ended. It costs money again
///
/// Everything of the job is bought once more, also what had landed, as the job's next generation. This is the only thing
/// that buys a job twice: nothing else does, whatever crashes and however often messages come. Each generation is bought
/// once, too: to run this again is harmless until a worker has begun, and after that it is refused until the generation ends.
///
/// The ledger holds no requests, so the job's own message is needed again: --from reads it from a file of jobs, as `landfall
/// submit` takes them. Its request and destination must be those that were bought before; deadline, maxCostUsd, tenant and
/// context may be others.
///
/// What an earlier generation left at its final keys stays there: 0.mp4 is followed by 0.g1.mp4, unless the job's
/// destination.overwrite is true. Events of the new generation have ids like ID.1.completed, and its record remembers what
/// the earlier ones cost and where their videos are. The worker asks nothing: it buys when the message comes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  landfall jobs regenerate lighthouse-course.lesson-3 --from job.json --dry-run    what it would cost, and where it goes
  landfall jobs regenerate lighthouse-course.lesson-3 --from job.json              asks first
  landfall jobs regenerate lesson-3 --from jobs.jsonl --yes --json | jq .generation
  landfall events --job lighthouse-course.lesson-3                                 what comes of it

With --json there is one line: jobId, generation (the one that is to be), outcome (sent, wouldSend, notSent: the answer was no,
or unconfirmed: the broker went away meanwhile, so run it again), results, estimateUsd, places (bucket/key of each), and
before (generation, status, landed, costUsd of the last one).

Exit codes: 0 done · 1 the job cannot be bought anew: it has not ended, or the ledger does not know it, or the message is
another job's, or its deadline or price limit forbids it; or the answer was no · 64 bad arguments, or nobody could be asked ·
69 store or broker cannot be reached · 78 bad configuration")]
pub(super) struct RegenerateArgs {
    /// The job's id
    #[arg(value_name = "ID", value_parser = JobId::parse)]
    job_id: JobId,
    /// The file that the job's message is in, alone or among others; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Say what would be bought, and where it would go; send nothing
    #[arg(long)]
    dry_run: bool,
    /// Print what became of it as a line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) async fn regenerate(args: RegenerateArgs) -> Result<Exit, Failure> {
    let may_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
    if !args.yes && !args.dry_run && !may_ask {
        let words = "it costs money, and there is no terminal to ask on: say --yes to buy it all the same, or --dry-run to \
                     see what would be bought";
        return Err(Failure::new(Exit::BadArguments, words));
    }
    let config = args.config.load(&[])?.config;
    let options = options(&config)?;
    let bucket = config.bucket().map_err(Failure::of_config)?;
    let settings = config.worker_settings(bucket).map_err(Failure::of_config)?;
    let (text, order) = find(&args.from, &args.job_id, &settings.rules).await?;
    let record = last(&config, &args.job_id).await?;
    let proposal = propose(&record, &order, &settings, Timestamp::now()).map_err(|why| refused(&args.job_id, &why))?;
    let message = Regeneration::message(&args.job_id, proposal.generation, &text);
    if message.len() > MESSAGE_MAX_BYTES {
        let bytes = message.len();
        let why = format!("its message would have {bytes} bytes, and may have {MESSAGE_MAX_BYTES}");
        return Err(refused(&args.job_id, &why));
    }
    if args.dry_run {
        proposal.tell(args.json, "wouldSend")?;
        return Ok(Exit::Done);
    }
    if !args.yes && !confirmed(&proposal)? {
        if args.json {
            proposal.tell(true, "notSent")?;
        }
        terminal::note("nothing was bought");
        return Ok(Exit::JobFailed);
    }
    let rabbit = rabbit::connect(options).await.map_err(|fault| Failure::of_fault(&fault))?;
    let sent = rabbit.submit(Bytes::from(message), None).await;
    rabbit.close().await;
    if let Err(fault) = sent {
        if args.json && fault.kind.may_mend() {
            proposal.tell(true, "unconfirmed")?;
        }
        return Err(unsent(&fault));
    }
    proposal.tell(args.json, "sent")?;
    Ok(Exit::Done)
}

fn refused(job_id: &JobId, why: &str) -> Failure {
    Failure::new(Exit::JobFailed, format!("job {job_id} cannot be bought anew: {why}"))
}

/// The job's message in the file, and what it orders.
async fn find(file: &Path, job_id: &JobId, rules: &OrderRules) -> Result<(Vec<u8>, Order), Failure> {
    let text = submit::read(file).await?;
    let mut problems = Vec::new();
    for found in submit::jobs_of(&text) {
        let Ok(text) = found.text else { continue };
        match Message::parse(text, rules) {
            Ok(Message::Order(order)) if order.job_id == *job_id => return Ok((text.to_vec(), *order)),
            Ok(_) => {}
            Err(refused) if refused.job_id.as_ref() == Some(job_id) => {
                problems.extend(refused.problems.iter().map(|problem| format!("\n  line {}: {problem}", found.line)));
            }
            Err(_) => {}
        }
    }
    let name = file.display();
    if problems.is_empty() {
        let why = format!("{name} holds no message of job {job_id}; it must be the job's own, as it was first sent");
        return Err(Failure::new(Exit::BadArguments, why));
    }
    Err(Failure::new(Exit::BadArguments, format!("{name}: job {job_id} is not valid:{}", problems.concat())))
}

/// The job's record.
async fn last(config: &Config, job_id: &JobId) -> Result<LedgerRecord, Failure> {
    let ledger = Ledger::open(config).await?;
    let text = read_text(&ledger.store, ledger.place(), job_id).await.map_err(|fault| Failure::of_fault(&fault))?;
    let Some(text) = text else {
        return Err(refused(job_id, "the ledger has no record of it; `landfall submit` buys it for the first time"));
    };
    LedgerRecord::decode(&text).map_err(|why| refused(job_id, &format!("its record: {}", why_unreadable(&why))))
}

/// What would be bought.
#[derive(Debug, Clone, PartialEq)]
struct Proposal {
    job_id: JobId,
    generation: u32,
    estimate_usd: f64,
    /// Where each result goes, if it begins today.
    places: Vec<String>,
    before: Before,
}

/// How the last generation ended.
#[derive(Debug, Clone, PartialEq)]
struct Before {
    generation: u32,
    status: &'static str,
    /// Of a failure.
    reason: Option<&'static str>,
    at: Timestamp,
    landed: usize,
    cost_usd: Option<f64>,
}

/// Decides whether the job may be bought anew. The worker decides it again, by its own settings, when it takes the message.
fn propose(
    record: &LedgerRecord,
    order: &Order,
    settings: &WorkerSettings,
    now: Timestamp,
) -> Result<Proposal, String> {
    if record.fingerprint != order.fingerprint {
        return Err(
            "the message has another request or destination than the job that the ledger knows; send it under a new \
                    job id"
                .to_owned(),
        );
    }
    let generation = record.generation + 1;
    let outcome = match (&record.outcome, step(record, generation)) {
        (Some(outcome), Step::Begin) => outcome,
        (_, Step::Refuse(why)) => {
            return Err(format!("generation {generation} {why}; `landfall jobs cancel` stops it"));
        }
        (None, Step::Begin | Step::Adopt) | (Some(_), Step::Adopt) => return Err("it has not ended".to_owned()),
    };
    if let Some(Deadline::At(deadline)) = order.deadline
        && deadline <= now
    {
        return Err(format!(
            "its deadline, {deadline}, has passed: it would end before anything is bought. Give the message \
                            another one"
        ));
    }
    let estimate_usd = order.estimate_usd(settings.usd_per_second);
    if let Some(max_usd) = order.max_cost_usd.filter(|max_usd| estimate_usd > *max_usd) {
        return Err(format!("it may cost {estimate_usd:.2} USD, and its maxCostUsd is {max_usd:.2}"));
    }
    let tasks = plan(order, generation, now, Nonce([0; 16]), &settings.scope)?;
    let reason = match &outcome.data {
        TerminalData::Failed(data) => Some(data.reason.code()),
        TerminalData::Completed(_) => None,
    };
    Ok(Proposal {
        job_id: record.job_id.clone(),
        generation,
        estimate_usd,
        places: tasks.iter().map(|task| task.destination.to_string()).collect(),
        before: Before {
            generation: record.generation,
            status: word(record.status),
            reason,
            at: outcome.time,
            landed: landed(&outcome.data),
            cost_usd: cost_usd(&outcome.data),
        },
    })
}

impl Proposal {
    fn tell(&self, as_json: bool, outcome: &str) -> Result<(), Failure> {
        if as_json {
            return terminal::line(&terminal::json_line(&self.as_json(outcome)));
        }
        let Proposal { job_id, generation, .. } = self;
        if outcome == "sent" {
            return terminal::line(&format!(
                "sent: generation {generation} of job {job_id} is bought when a worker takes it, for about {}; its events \
                 are {job_id}.{generation}.completed and the like",
                shown::usd(self.estimate_usd)
            ));
        }
        self.in_words().iter().try_for_each(|line| terminal::line(line))
    }

    /// What would be bought, and what there is already.
    fn in_words(&self) -> Vec<String> {
        let Proposal { job_id, generation, estimate_usd, places, before } = self;
        let cost = before
            .cost_usd
            .map_or_else(|| "no cost was named".to_owned(), |usd| format!("it cost {}", shown::usd(usd)));
        let why = before.reason.map_or(String::new(), |reason| format!(" as {reason}"));
        let results = if places.len() == 1 { "1 result".to_owned() } else { format!("{} results", places.len()) };
        let mut lines = vec![
            format!(
                "job {job_id}: generation {} {}{why} at {} with {} landed; {cost}",
                before.generation,
                before.status,
                shown::instant(before.at),
                before.landed
            ),
            format!(
                "generation {generation} buys {results} anew, for about {} by estimate:",
                shown::usd(*estimate_usd)
            ),
        ];
        lines.extend(places.iter().map(|place| format!("  {place}")));
        lines
    }

    fn as_json(&self, outcome: &str) -> Value {
        let Before { generation, status, reason, at, landed, cost_usd } = &self.before;
        json!({
            "jobId": self.job_id,
            "generation": self.generation,
            "outcome": outcome,
            "results": self.places.len(),
            "estimateUsd": self.estimate_usd,
            "places": self.places,
            "before": {
                "generation": generation, "status": status, "reason": reason, "endedAt": at, "landed": landed, "costUsd": cost_usd,
            },
        })
    }
}

/// Asks the person at the terminal.
fn confirmed(proposal: &Proposal) -> Result<bool, Failure> {
    for line in proposal.in_words() {
        terminal::note(&line);
    }
    let mut err = io::stderr().lock();
    let _ = write!(err, "Buy it anew? [y/N] ");
    let _ = err.flush();
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(|why| Failure::of_io("standard input", &why))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// How the queue of jobs is reached.
fn options(config: &Config) -> Result<RabbitOptions, Failure> {
    Ok(RabbitOptions {
        topology: Topology::None,
        connection_name: "landfall jobs".to_owned(),
        connect_within: BROKER_WITHIN,
        publish_within: PUBLISH_WITHIN,
        ..worker::broker(config)?
    })
}

/// The broker did not confirm the wish.
fn unsent(fault: &Fault) -> Failure {
    let failure = Failure::of_fault(fault);
    let what = if fault.kind.may_mend() {
        "it is not known whether the message is on the queue of jobs. Run this again, which is harmless: a generation is \
         bought once"
    } else {
        "nothing was sent. There may be no queue of jobs at this broker: start `landfall worker`, which declares it, or \
         correct amqp.jobs_queue or the virtual host in amqp.url"
    };
    Failure::new(failure.exit, format!("{what}\n{failure}"))
}

#[cfg(test)]
mod tests;
