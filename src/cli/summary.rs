//! What came of a run: a table for people, and the exit code.

use std::path::Path;
use std::time::Duration;

use super::{Exit, Failure, terminal};
use crate::job::event::{LandedResult, MediaData, Provenance, RejectedData, TerminalData};
use crate::job::ids::JobId;
use crate::job::reason::Reason;

/// How the jobs of a run ended.
#[derive(Debug)]
pub(super) struct Summary {
    /// Jobs that ended, in that order.
    pub(super) ended: Vec<TerminalData>,
    /// Lines that were no valid jobs.
    pub(super) rejected: Vec<RejectedData>,
    /// Jobs that were begun and not ended.
    pub(super) unfinished: usize,
    /// What is said of those.
    pub(super) go_on: &'static str,
    /// Told to stop by a signal.
    pub(super) interrupted: bool,
    /// Wall time of the run.
    pub(super) took: Duration,
}

impl Summary {
    /// Prints the table; `media` is the directory under which keys are files. Answers with the exit code.
    pub(super) fn print(&self, media: Option<&Path>) -> Result<Exit, Failure> {
        terminal::line(self.table(media).trim_end())?;
        Ok(self.exit())
    }

    /// The exit code.
    pub(super) fn exit(&self) -> Exit {
        let all_completed = self.ended.iter().all(|data| matches!(data, TerminalData::Completed(_)));
        if all_completed && self.rejected.is_empty() && self.unfinished == 0 && !self.interrupted {
            Exit::Done
        } else {
            Exit::JobFailed
        }
    }

    fn table(&self, media: Option<&Path>) -> String {
        let landed = media.map_or("landed".to_owned(), |directory| format!("landed in {}", directory.display()));
        let mut rows = vec![[landed.as_str(), "size", "media", "cost", "came by"].map(str::to_owned)];
        let mut failures = Vec::new();
        let mut cost_usd = 0.0;
        for data in &self.ended {
            let (results, cost) = match data {
                TerminalData::Completed(done) => (&done.results, done.cost_usd),
                TerminalData::Failed(failed) => {
                    let (job_id, reason) = (&failed.job.job_id, failed.reason.code());
                    failures.push(format!("{job_id} failed as {reason}: {}{}", failed.message, page(failed.reason)));
                    (&failed.results, failed.cost_usd)
                }
            };
            cost_usd += cost.unwrap_or_default();
            rows.extend(results.iter().map(|result| row(result, media.is_some())));
        }
        for data in &self.rejected {
            let name = data.job_id.as_ref().map_or("a line", JobId::as_str);
            let problems: Vec<String> = data.problems.iter().map(ToString::to_string).collect();
            let (reason, problems) = (data.reason.code(), problems.join("; "));
            failures.push(format!("{name} was rejected as {reason}: {problems}{}", page(data.reason)));
        }
        if self.unfinished > 0 {
            let jobs = if self.unfinished == 1 { "job" } else { "jobs" };
            failures.push(format!("{} {jobs} {}", self.unfinished, self.go_on));
        }
        // A head without rows says nothing.
        let mut text = if rows.len() > 1 { aligned(&rows) } else { String::new() };
        for failure in failures {
            text.push_str(&failure);
            text.push('\n');
        }
        let completed = self.ended.iter().filter(|data| matches!(data, TerminalData::Completed(_))).count();
        let videos = rows.len() - 1;
        text + &format!(
            "{completed} of {} jobs completed, {videos} videos, {cost_usd:.2} USD, {:.1} s\n",
            self.ended.len() + self.rejected.len() + self.unfinished,
            self.took.as_secs_f64()
        )
    }
}

/// Where a reason is explained, with what to do about it.
fn page(reason: Reason) -> String {
    format!("\n  what to do: deploy/errors/{}.md", reason.code())
}

fn row(result: &LandedResult, bucket_is_known: bool) -> [String; 5] {
    let LandedResult { bucket, key, .. } = result;
    let landed = if bucket_is_known { key.clone() } else { format!("{bucket}/{key}") };
    let cost = result.cost_usd.map_or("unknown".to_owned(), |usd| format!("{usd:.3} USD"));
    let came_by = match result.provenance {
        Provenance::Uploaded => "upload",
        Provenance::Rescued => "rescue",
    };
    [landed, size(result.size), facts(&result.media), cost, came_by.to_owned()]
}

pub(super) fn facts(media: &MediaData) -> String {
    let MediaData { container, video_codec, width, height, duration_seconds, frame_rate, .. } = media;
    let codec = video_codec.as_deref().unwrap_or("?");
    let rate = frame_rate.map_or(String::new(), |rate| format!(" {rate:.0} fps"));
    format!("{container} {codec} {width}x{height} {duration_seconds:.1} s{rate}")
}

pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// Columns as wide as their widest cell.
fn aligned(rows: &[[String; 5]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
