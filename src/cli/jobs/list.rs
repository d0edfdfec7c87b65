//! `landfall jobs list`: the ledger, record by record.

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::terminal::{self, when};
use super::{ConfigArgs, Exit, Failure, Ledger};
use crate::dashboard::show;
use crate::job::event::TerminalData;
use crate::job::ids::JobId;
use crate::job::ledger::{LedgerRecord, LedgerStatus, Unreadable, record_key};
use crate::job::reason::Reason;
use crate::job::text::one_line;
use crate::worker::{RECORDS_MAX, RecordText, browse};

/// Most jobs that are listed at once.
const LIMIT_MAX: u64 = 100_000;

/// Longest account of why a job failed, in characters.
const WHY_MAX_CHARS: usize = 100;

/// List jobs that the ledger knows, and how each stands
///
/// Every job that a worker has taken is there, whichever worker it was, and so is one that was cancelled before it was
/// taken; one that waits on the queue is not. Nothing is changed.
///
/// The ledger is kept by a hash of the job ids, so the list is in no order of time, but always in the same one: a list goes
/// on where another one ended with --after and its last job. A filter has to read all records that it leaves out, one
/// request to the store each; --look-at bounds that.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  landfall jobs list                                            the first 50, as the ledger has them
  landfall jobs list --after lighthouse-course.lesson-3         the next 50
  landfall jobs list --status failed --since 1d                 failed, of those that were taken in the last day
  landfall jobs list --reason provider_failed --json | jq -r .jobId
  landfall jobs list --status completed --limit 100000 --json | jq -s 'map(.costUsd // 0) | add'

With --json there is one line for each job: jobId, generation, status, reason, message, tenant, claimedAt, deadline, endedAt,
cancelRequestedAt, tasks and landed (how many of each), costUsd, and unreadable, which says why the others are not known;
null is what is not known. What the list goes on after is told as a note on standard error, and is the last line's jobId
when --limit ended it.

Exit codes: 0 done · 64 bad arguments · 69 the store cannot be reached · 78 bad configuration, or the store refuses us")]
pub(super) struct ListArgs {
    #[command(flatten)]
    filters: Filters,
    /// Most jobs listed
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=LIMIT_MAX))]
    limit: u64,
    /// Go on behind this job of an earlier list
    #[arg(long, value_name = "ID", value_parser = JobId::parse)]
    after: Option<JobId>,
    /// Most records looked at
    #[arg(long = "look-at", value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    look_at: u64,
    /// Print a line of JSON for each job
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

/// What a record must say to be listed.
#[derive(Debug, Clone, Default, Args)]
struct Filters {
    /// Only jobs that stand so; claimed: a worker is, or was, at work on it
    #[arg(long, value_enum)]
    status: Option<Status>,
    /// Only jobs that failed for this reason, like provider_failed
    #[arg(long, value_name = "REASON", value_parser = reason)]
    reason: Option<Reason>,
    /// Only jobs that were first taken since then: an age like 2h or 7d, or an instant like 2026-11-24T04:00:00Z
    #[arg(long, value_name = "WHEN", value_parser = when)]
    since: Option<Timestamp>,
    /// Only jobs that were first taken before then
    #[arg(long, value_name = "WHEN", value_parser = when)]
    before: Option<Timestamp>,
    /// Only jobs of this tenant; a record names it once the job has ended
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Status {
    Claimed,
    Completed,
    Failed,
}

fn reason(text: &str) -> Result<Reason, String> {
    let known = || Reason::ALL.map(Reason::code).join(", ");
    let found = Reason::ALL.into_iter().find(|reason| reason.code() == text);
    found.ok_or_else(|| format!("there is no such reason; there are {}", known()))
}

impl Filters {
    fn is_empty(&self) -> bool {
        let Filters { status, reason, since, before, tenant } = self;
        status.is_none() && reason.is_none() && since.is_none() && before.is_none() && tenant.is_none()
    }

    fn want(&self, record: &LedgerRecord) -> bool {
        let data = record.outcome.as_ref().map(|outcome| &outcome.data);
        let status = match record.status {
            LedgerStatus::Claimed => Status::Claimed,
            LedgerStatus::Completed => Status::Completed,
            LedgerStatus::Failed => Status::Failed,
        };
        let failed_for = match data {
            Some(TerminalData::Failed(data)) => Some(data.reason),
            Some(TerminalData::Completed(_)) | None => None,
        };
        let tenant = data.and_then(|data| data.job().tenant.as_ref());
        self.status.is_none_or(|wanted| wanted == status)
            && self.reason.is_none_or(|wanted| Some(wanted) == failed_for)
            && self.since.is_none_or(|since| record.claimed_at >= since)
            && self.before.is_none_or(|before| record.claimed_at < before)
            && self.tenant.as_ref().is_none_or(|wanted| Some(wanted) == tenant)
    }
}

pub(super) async fn list(args: ListArgs) -> Result<Exit, Failure> {
    let config = args.config.load(&[])?.config;
    let ledger = Ledger::open(&config).await?;
    let after = match &args.after {
        Some(job_id) => record_key(&ledger.prefix, job_id).map_err(Failure::of_config)?.to_string(),
        None => String::new(),
    };
    let (limit, look_at) = (most(args.limit), most(args.look_at));
    let mut told = Told { json: args.json, rows: Vec::new(), listed: 0, unreadable: 0 };
    let walked = walk(&ledger, after, limit, look_at, &args.filters, &mut told).await;
    // Also what was found before some trouble.
    told.end()?;
    let Walked { looked_at, rest, trouble } = walked?;
    let go_on = rest.as_ref().map_or(String::new(), |last| format!("; to go on: --after {last}"));
    if let Some(trouble) = trouble {
        return Err(Failure::new(trouble.exit, format!("{trouble}{go_on}")));
    }
    let (listed, unreadable) = (told.listed, told.unreadable);
    let of = if args.filters.is_empty() { String::new() } else { format!(" of {looked_at}") };
    let mut note = format!("{listed}{of} jobs");
    if unreadable > 0 && !args.filters.is_empty() {
        note = format!("{note}; {unreadable} records could not be read, and are not listed");
    }
    if rest.is_some() {
        let bound = if listed < limit { "--look-at" } else { "--limit" };
        note = format!("{note}; there may be more ({bound}){go_on}");
    }
    terminal::note(&note);
    Ok(Exit::Done)
}

fn most(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// How far a walk came.
struct Walked {
    looked_at: usize,
    /// The last job that was looked at, where the ledger may go on behind it.
    rest: Option<JobId>,
    /// What ended it.
    trouble: Option<Failure>,
}

/// Looks at record after record, and tells of those that are wanted.
async fn walk(
    ledger: &Ledger,
    mut after: String,
    limit: usize,
    look_at: usize,
    filters: &Filters,
    told: &mut Told,
) -> Result<Walked, Failure> {
    let mut walked = Walked { looked_at: 0, rest: None, trouble: None };
    loop {
        // Without filters no more is read than is told.
        let wanted = if filters.is_empty() { limit - told.listed } else { RECORDS_MAX };
        let page = wanted.min(look_at - walked.looked_at);
        let found = match browse((&ledger.store, &ledger.store), ledger.place(), &after, page).await {
            Ok(found) => found,
            Err(fault) => {
                walked.trouble = Some(Failure::of_fault(&fault));
                return Ok(walked);
            }
        };
        let records = found.records.len();
        for (at, record) in found.records.into_iter().enumerate() {
            walked.looked_at += 1;
            walked.rest = Some(record.job_id.clone());
            told.consider(record, filters)?;
            let is_last = at + 1 == records && found.more_after.is_none();
            if told.listed == limit && !is_last {
                return Ok(walked);
            }
        }
        match found.more_after {
            None => return Ok(Walked { rest: None, ..walked }),
            Some(_) if walked.looked_at == look_at => return Ok(walked),
            Some(key) => after = key,
        }
    }
}

/// What is told: lines of JSON at once, a table at the end, when its widths are known.
struct Told {
    json: bool,
    rows: Vec<[String; 7]>,
    listed: usize,
    unreadable: usize,
}

const HEAD: [&str; 7] = ["JOB", "STATUS", "TAKEN", "ENDED", "LANDED", "COST", "WHY"];

impl Told {
    fn consider(&mut self, RecordText { job_id, text }: RecordText, filters: &Filters) -> Result<(), Failure> {
        let (row, value) = match LedgerRecord::decode(&text) {
            Ok(record) if filters.want(&record) => (row(&record), fields(&record)),
            Ok(_) => return Ok(()),
            Err(unreadable) => {
                self.unreadable += 1;
                if !filters.is_empty() {
                    return Ok(());
                }
                unread(&job_id, &why_unreadable(&unreadable))
            }
        };
        self.listed += 1;
        if self.json {
            return terminal::line(&terminal::json_line(&value));
        }
        self.rows.push(row);
        Ok(())
    }

    fn end(&self) -> Result<(), Failure> {
        if self.rows.is_empty() {
            return Ok(());
        }
        terminal::table(HEAD, &self.rows).iter().try_for_each(|line| terminal::line(line))
    }
}

/// Why a record cannot be told of.
pub(super) fn why_unreadable(unreadable: &Unreadable) -> String {
    match unreadable {
        Unreadable::OtherSchema(schema) => {
            format!("its shape is {schema}, which this release does not know; upgrade it")
        }
        Unreadable::Damaged(why) => format!("it is damaged: {why}"),
    }
}

/// A status in a word.
pub(super) fn word(status: LedgerStatus) -> &'static str {
    match status {
        LedgerStatus::Claimed => "claimed",
        LedgerStatus::Completed => "completed",
        LedgerStatus::Failed => "failed",
    }
}

/// An instant as it can be given to `--since`.
pub(super) fn to_the_second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn row(record: &LedgerRecord) -> [String; 7] {
    let data = record.outcome.as_ref().map(|outcome| &outcome.data);
    let why = match data {
        Some(TerminalData::Failed(data)) => format!("{}: {}", data.reason.code(), data.message),
        Some(TerminalData::Completed(_)) => String::new(),
        None if record.is_tombstone() => "cancelled before it was taken".to_owned(),
        None if record.cancel_requested_at.is_some() => "cancelled, and not ended yet".to_owned(),
        None => String::new(),
    };
    let landed = data.map_or_else(|| "-".to_owned(), |data| format!("{}/{}", landed(data), record.tasks.len()));
    [
        record.job_id.to_string(),
        word(record.status).to_owned(),
        to_the_second(record.claimed_at),
        record.outcome.as_ref().map_or_else(|| "-".to_owned(), |outcome| to_the_second(outcome.time)),
        landed,
        data.and_then(cost_usd).map_or_else(|| "-".to_owned(), show::usd),
        one_line(&why, WHY_MAX_CHARS),
    ]
}

/// How many results landed.
pub(super) fn landed(data: &TerminalData) -> usize {
    match data {
        TerminalData::Completed(data) => data.results.len(),
        TerminalData::Failed(data) => data.results.len(),
    }
}

/// What the provider charged, as far as it said.
pub(super) fn cost_usd(data: &TerminalData) -> Option<f64> {
    match data {
        TerminalData::Completed(data) => data.cost_usd,
        TerminalData::Failed(data) => data.cost_usd,
    }
}

fn fields(record: &LedgerRecord) -> Value {
    let data = record.outcome.as_ref().map(|outcome| &outcome.data);
    let (reason, message) = match data {
        Some(TerminalData::Failed(data)) => (Some(data.reason.code()), Some(&data.message)),
        Some(TerminalData::Completed(_)) | None => (None, None),
    };
    json!({
        "jobId": record.job_id,
        "generation": record.generation,
        "status": word(record.status),
        "reason": reason,
        "message": message,
        "tenant": data.and_then(|data| data.job().tenant.as_ref()),
        "claimedAt": record.claimed_at,
        "deadline": record.deadline,
        "endedAt": record.outcome.as_ref().map(|outcome| outcome.time),
        "cancelRequestedAt": record.cancel_requested_at,
        "tasks": record.tasks.len(),
        "landed": data.map(landed),
        "costUsd": data.and_then(cost_usd),
        "unreadable": null,
    })
}

fn unread(job_id: &JobId, why: &str) -> ([String; 7], Value) {
    let unknown = || "-".to_owned();
    let said = one_line(&format!("cannot be read: {why}"), WHY_MAX_CHARS);
    let row = [job_id.to_string(), "?".to_owned(), unknown(), unknown(), unknown(), unknown(), said];
    let value = json!({
        "jobId": job_id, "generation": null, "status": null, "reason": null, "message": null, "tenant": null,
        "claimedAt": null, "deadline": null, "endedAt": null, "cancelRequestedAt": null, "tasks": null, "landed": null,
        "costUsd": null, "unreadable": why,
    });
    (row, value)
}
