//! `landfall jobs show`: everything that a job's record says, in words.

use clap::Args;
use jiff::Timestamp;
use serde_json::Value;

use super::list::{cost_usd, why_unreadable, word};
use super::terminal::{self, Paint};
use super::{Exit, Failure, Ledger, WhichJob};
use crate::dashboard::{Paragraph, explain, show as shown};
use crate::job::event::{
    CompletedData, Deviation, FailedData, FailedResult, LandedResult, Provenance, TerminalData, Timings,
};
use crate::job::ledger::{EarlierGeneration, LedgerRecord, LedgerStatus, LedgerTask, SetAside};
use crate::job::reason::Reason;
use crate::job::text::one_line;
use crate::worker::read_text;

/// Longest text of others, in characters.
const TEXT_MAX_CHARS: usize = 1000;

/// Show a job: how it stands or ended, where its videos are, what it cost, and what a failure means
///
/// This is what the ledger holds of it, whichever worker took it. A job that waits on the queue has no record yet, and where
/// in its way a job is that has not ended is known to the worker that has it in hand: see its dashboard.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  landfall jobs show lighthouse-course.lesson-3 --config landfall.toml
  landfall jobs show 5d0c1a7e-3b64-4f0a-8c1d-92e6b7a4f035         (a bare task: its taskUUID is its job id)
  landfall jobs show lighthouse-course.lesson-3 --json | jq -r '.outcome.data.results[].key'

With --json there is one line: the record as it stands in the bucket, by deploy/schemas/ledger.v1.json.

Exit codes: 0 done · 1 the ledger has no record of the job, or one that cannot be read · 64 bad arguments · 69 the store
cannot be reached · 78 bad configuration, or the store refuses us")]
pub(super) struct ShowArgs {
    #[command(flatten)]
    of: WhichJob,
}

pub(super) async fn show(args: ShowArgs) -> Result<Exit, Failure> {
    let WhichJob { job_id, json, config } = args.of;
    let ledger = Ledger::open(&config.load(&[])?.config).await?;
    let text = read_text(&ledger.store, ledger.place(), &job_id).await.map_err(|fault| Failure::of_fault(&fault))?;
    let Some(text) = text else {
        let why = "nobody has taken it yet, or its record was removed, or the id is mistyped";
        return Err(Failure::new(Exit::JobFailed, format!("the ledger has no record of job {job_id}: {why}")));
    };
    let unreadable =
        |why: String| Failure::new(Exit::JobFailed, format!("the record of job {job_id} cannot be read: {why}"));
    if json {
        let value: Value = serde_json::from_slice(&text).map_err(|why| unreadable(format!("it is damaged: {why}")))?;
        terminal::line(&terminal::json_line(&value))?;
        return Ok(Exit::Done);
    }
    let record = LedgerRecord::decode(&text).map_err(|why| unreadable(why_unreadable(&why)))?;
    in_words(&record, Paint::of_stdout()).iter().try_for_each(|line| terminal::line(line))?;
    Ok(Exit::Done)
}

/// The record for people, line by line.
fn in_words(record: &LedgerRecord, paint: Paint) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (name, text) in facts(record, paint) {
        lines.push(format!("{name:<13} {text}"));
    }
    let data = record.outcome.as_ref().map(|outcome| &outcome.data);
    let (results, failures): (&[LandedResult], &[FailedResult]) = match data {
        Some(TerminalData::Completed(CompletedData { results, .. })) => (results, &[]),
        Some(TerminalData::Failed(FailedData { results, failures, .. })) => (results, failures),
        None => (&[], &[]),
    };
    if !results.is_empty() {
        lines.push("videos".to_owned());
        results.iter().for_each(|result| lines.extend(video(result)));
    }
    if !failures.is_empty() {
        lines.push("not landed".to_owned());
        failures.iter().for_each(|failure| lines.extend(not_landed(failure, &record.tasks)));
    }
    if record.outcome.is_none() && !record.tasks.is_empty() {
        lines.push("tasks".to_owned());
        for task in &record.tasks {
            lines.push(format!(
                "  {}  {}, to {}",
                task.index,
                task.task_uuid,
                one_line(&task.destination().to_string(), TEXT_MAX_CHARS)
            ));
        }
    }
    if !record.earlier.is_empty() {
        lines.push("bought before".to_owned());
        record.earlier.iter().for_each(|earlier| lines.extend(before(earlier)));
    }
    if let Some(TerminalData::Failed(data)) = data {
        lines.push(String::new());
        lines.extend(meaning(data.reason));
    }
    lines
}

fn facts(record: &LedgerRecord, paint: Paint) -> Vec<(&'static str, String)> {
    let outcome = record.outcome.as_ref();
    let data = outcome.map(|outcome| &outcome.data);
    let mut facts = vec![("job", record.job_id.to_string()), ("status", status(record, paint))];
    let mut tell = |name, text: Option<String>| facts.extend(text.map(|text| (name, text)));
    if let Some(TerminalData::Failed(data)) = data {
        tell("why", Some(one_line(&data.message, TEXT_MAX_CHARS)));
    }
    tell("tenant", data.and_then(|data| data.job().tenant.clone()));
    let anew = if record.generation == 0 { "" } else { ", as the job was bought anew on purpose" };
    tell("generation", Some(format!("{}{anew}", record.generation)));
    tell("taken", Some(shown::instant(record.claimed_at)));
    tell("deadline", Some(shown::instant(record.deadline)));
    tell("cancel asked", record.cancel_requested_at.map(shown::instant));
    tell("set aside", record.set_aside.filter(|_| outcome.is_none()).map(set_aside));
    tell("took", data.map(timings).filter(|text| !text.is_empty()));
    tell("cost", data.map(|data| cost_usd(data).map_or_else(|| "the provider named none".to_owned(), shown::usd)));
    let context = data.and_then(|data| data.job().context.as_ref());
    tell("context", context.map(|context| one_line(&context.to_string(), TEXT_MAX_CHARS)));
    facts
}

/// How the job stands, and since when.
fn status(record: &LedgerRecord, paint: Paint) -> String {
    let ended = |at: Timestamp| format!("at {}", shown::instant(at));
    match (&record.outcome, record.status) {
        (Some(outcome), LedgerStatus::Completed) => format!("{} {}", paint.good("completed"), ended(outcome.time)),
        (Some(outcome), status) => match &outcome.data {
            TerminalData::Failed(data) => {
                format!("{} {} as {}", paint.bad(word(status)), ended(outcome.time), data.reason.code())
            }
            TerminalData::Completed(_) => format!("{} {}", word(status), ended(outcome.time)),
        },
        (None, _) if record.is_tombstone() => {
            "cancelled before anybody took it: when its message comes, it ends and buys nothing".to_owned()
        }
        (None, _) if record.cancel_requested_at.is_some() => {
            "cancelled, and not ended yet: the next worker that takes it up ends it".to_owned()
        }
        (None, status) => format!("{}: a worker is at work on it, or will be again", word(status)),
    }
}

fn set_aside(SetAside { at, suspended }: SetAside) -> String {
    let at = shown::instant(at);
    if suspended {
        format!("{at}, by a worker that was suspended; the deadline stands still until it is taken up")
    } else {
        format!("{at}, with a deadline that a suspension had moved")
    }
}

fn timings(data: &TerminalData) -> String {
    let Timings { claiming_ms, submitting_ms, generating_ms, landing_ms, total_ms } = match data {
        TerminalData::Completed(data) => data.timings,
        TerminalData::Failed(data) => data.timings,
    };
    let all = [
        ("in all", total_ms),
        ("claiming", claiming_ms),
        ("submitting", submitting_ms),
        ("generating", generating_ms),
        ("landing", landing_ms),
    ];
    let told = all.into_iter().filter(|(_, ms)| *ms > 0);
    told.map(|(name, ms)| format!("{} {name}", shown::took(ms))).collect::<Vec<_>>().join(" · ")
}

fn video(result: &LandedResult) -> Vec<String> {
    let place = one_line(&format!("{}/{}", result.bucket, result.key), TEXT_MAX_CHARS);
    let came_by = match result.provenance {
        Provenance::Uploaded => "uploaded by the provider",
        Provenance::Rescued => "fetched from the provider",
    };
    let cost = result.cost_usd.map_or(String::new(), |usd| format!(" · {}", shown::usd(usd)));
    let media = one_line(&shown::media(&result.media), TEXT_MAX_CHARS);
    let mut lines = vec![
        format!("  {}  {place}", result.index),
        format!("     {media} · {}{cost} · {came_by}", shown::size(result.size)),
        format!("     task {}, etag {}{}", result.task_uuid, one_line(&result.etag, TEXT_MAX_CHARS), version(result)),
    ];
    lines.extend(result.sha256.as_ref().map(|sha256| format!("     sha256 {}", one_line(sha256, TEXT_MAX_CHARS))));
    lines.extend(result.deviations.iter().map(deviation));
    lines
}

fn version(result: &LandedResult) -> String {
    let version = result.version_id.as_ref();
    version.map_or(String::new(), |version| format!(", version {}", one_line(version, TEXT_MAX_CHARS)))
}

fn deviation(Deviation { property, asked, found }: &Deviation) -> String {
    one_line(&format!("     differs in {property}: asked {asked}, found {found}"), TEXT_MAX_CHARS)
}

/// A result that failed. What was uploaded of it may still lie in its slot.
fn not_landed(failure: &FailedResult, tasks: &[LedgerTask]) -> Vec<String> {
    let said = one_line(&failure.message, TEXT_MAX_CHARS);
    let cost = failure.cost_usd.map_or(String::new(), |usd| format!(" · {}", shown::usd(usd)));
    let slot = tasks.iter().find(|task| task.task_uuid == failure.task_uuid).map(LedgerTask::staging);
    let mut lines = vec![
        format!("  {}  {}: {said}{cost}", failure.index, failure.reason.code()),
        format!("     task {}", failure.task_uuid),
    ];
    lines.extend(
        slot.map(|slot| {
            format!("     what was uploaded, if anything: {}", one_line(&slot.to_string(), TEXT_MAX_CHARS))
        }),
    );
    lines
}

/// An earlier generation, and where its videos are.
fn before(earlier: &EarlierGeneration) -> Vec<String> {
    let EarlierGeneration { generation, status, ended_at, reason, cost_usd, landed, tasks, .. } = earlier;
    let why = reason.map_or(String::new(), |reason| format!(" as {}", reason.code()));
    let cost = cost_usd.map_or(String::new(), |usd| format!(" · {}", shown::usd(usd)));
    let mut lines =
        vec![format!("  generation {generation}: {}{why} at {}{cost}", word(*status), shown::instant(*ended_at))];
    for task in tasks.iter().filter(|task| landed.contains(&task.index)) {
        lines.push(format!("     {}", one_line(&task.destination().to_string(), TEXT_MAX_CHARS)));
    }
    lines
}

/// What the page about a reason says.
fn meaning(reason: Reason) -> Vec<String> {
    let explained = explain(reason);
    let mut lines = vec![format!("{}: {}", reason.code(), explained.title)];
    for part in &explained.parts {
        lines.extend(part.heading.iter().cloned());
        lines.extend(part.paragraphs.iter().map(|paragraph| format!("  {}", sentence(paragraph))));
    }
    lines
}

fn sentence(paragraph: &Paragraph) -> String {
    let text: String = paragraph.spans.iter().map(|(text, _)| text.as_str()).collect();
    if paragraph.is_item { format!("- {text}") } else { text }
}

#[cfg(test)]
mod tests;
