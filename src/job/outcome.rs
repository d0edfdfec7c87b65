//! Outcomes: what the results of a job add up to.

use super::event::{CompletedData, EventType, FailedData, FailedResult, JobData, LandedResult, TerminalData, Timings};
use super::ledger::LedgerStatus;
use super::reason::Reason;

/// Adds up a job's results: it completes when every one landed, and fails with the reason of the first that did not, or as
/// cancelled when any was.
pub fn conclude(
    job: JobData,
    results: Vec<LandedResult>,
    failures: Vec<FailedResult>,
    timings: Timings,
) -> TerminalData {
    let costs = results.iter().map(|result| result.cost_usd).chain(failures.iter().map(|failure| failure.cost_usd));
    let cost_usd = costs.flatten().reduce(|sum, cost| sum + cost).map(micro_dollars);
    let (landed, all) = (results.len(), results.len() + failures.len());
    let cancelled = failures.iter().any(|failure| failure.reason == Reason::Cancelled);
    match failures.first() {
        Some(_) if cancelled => TerminalData::Failed(FailedData {
            job,
            reason: Reason::Cancelled,
            message: format!("the job was cancelled: {landed} of {all} results landed, failures tells of the others"),
            results,
            failures,
            cost_usd,
            timings,
        }),
        None => TerminalData::Completed(CompletedData { job, results, cost_usd, timings }),
        Some(first) => TerminalData::Failed(FailedData {
            job,
            reason: first.reason,
            message: first.message.clone(),
            results,
            failures,
            cost_usd,
            timings,
        }),
    }
}

/// Rounded to a millionth: sums of binary fractions carry noise that nobody was charged.
fn micro_dollars(usd: f64) -> f64 {
    (usd * 1e6).round() / 1e6
}

/// A job that ends before any of its results could.
pub fn refuse(job: JobData, reason: Reason, message: String, timings: Timings) -> TerminalData {
    TerminalData::Failed(FailedData {
        job,
        reason,
        message,
        results: Vec::new(),
        failures: Vec::new(),
        cost_usd: None,
        timings,
    })
}

impl TerminalData {
    /// The type of the event that says this.
    pub fn event_type(&self) -> EventType {
        match self {
            TerminalData::Completed(_) => EventType::Completed,
            TerminalData::Failed(_) => EventType::Failed,
        }
    }

    /// What the ledger says of such a job.
    pub fn status(&self) -> LedgerStatus {
        match self {
            TerminalData::Completed(_) => LedgerStatus::Completed,
            TerminalData::Failed(_) => LedgerStatus::Failed,
        }
    }

    /// Whose end it is.
    pub fn job(&self) -> &JobData {
        match self {
            TerminalData::Completed(data) => &data.job,
            TerminalData::Failed(data) => &data.job,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::ids::{JobId, TaskUuid};

    fn job() -> JobData {
        JobData { job_id: JobId::parse("j").expect("valid"), tenant: None, generation: 0, context: None }
    }

    fn failure(reason: Reason, cost_usd: Option<f64>) -> FailedResult {
        let task_uuid = TaskUuid::derive(&["t"]);
        FailedResult { index: 0, task_uuid, reason, message: "why".to_owned(), provider_code: None, cost_usd }
    }

    #[test]
    fn one_failed_result_fails_the_job_and_names_the_first_reason() {
        let failures = vec![failure(Reason::ObjectMissing, Some(1.5)), failure(Reason::Internal, None)];
        let data = conclude(job(), Vec::new(), failures, Timings::default());
        let TerminalData::Failed(failed) = &data else { panic!("must fail") };
        assert_eq!((failed.reason, failed.cost_usd, failed.failures.len()), (Reason::ObjectMissing, Some(1.5), 2));
        assert_eq!(data.status(), LedgerStatus::Failed);
    }

    #[test]
    fn terminal_data_survives_the_ledger() {
        for data in [
            conclude(job(), Vec::new(), Vec::new(), Timings::default()),
            refuse(job(), Reason::BudgetExceeded, "too dear".to_owned(), Timings::default()),
        ] {
            let text = serde_json::to_string(&data).expect("JSON");
            assert_eq!(serde_json::from_str::<TerminalData>(&text).expect("the same"), data);
        }
    }
}
