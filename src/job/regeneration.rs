//! Buying a job anew, on purpose: the only way in which a job is bought again that was bought before.
//!
//! Whoever asks names the generation that is to be, so that the same wish is the same wish however often it comes: the
//! ledger lets one generation follow another once. An order by itself never begins a generation.

use super::event::TerminalData;
use super::ids::JobId;
use super::ledger::{EarlierGeneration, LedgerRecord};
use super::order::Order;

/// Most generations of a job after its first. The record remembers all of them.
pub const GENERATION_MAX: u32 = 99;

/// Largest record with which a generation begins, in bytes. With as much again for its end it can still be read back
/// ([`RECORD_MAX_BYTES`](super::ledger::RECORD_MAX_BYTES)).
pub const BEGINNING_MAX_BYTES: usize = 128 * 1024;

/// A job that is to be bought anew.
#[derive(Debug, Clone, PartialEq)]
pub struct Regeneration {
    /// The job, as it was bought before.
    pub order: Order,
    /// The generation that is to be: one more than the last.
    pub generation: u32,
}

/// What a wish for a generation means, by what stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It has begun, or a later one has: go on with what is there. A repeat of the wish comes to this.
    Adopt,
    /// The one before it has ended: it begins.
    Begin,
    /// It cannot be, in words.
    Refuse(String),
}

impl Regeneration {
    /// The control message that asks for it. `job` is the job's own message, which is JSON.
    pub fn message(job_id: &JobId, generation: u32, job: &[u8]) -> Vec<u8> {
        let start = format!(
            r#"{{"control":"{}","jobId":"{job_id}","generation":{generation},"job":"#,
            super::control::REGENERATE
        );
        [start.as_bytes(), job, b"}"].concat()
    }
}

/// Decides about a wish for this generation of a job whose record is this one.
pub fn step(record: &LedgerRecord, generation: u32) -> Step {
    if record.generation >= generation {
        return Step::Adopt;
    }
    if record.generation + 1 < generation {
        let next = record.generation + 1;
        return Step::Refuse(format!("must be {next}: the job's last generation is {}", record.generation));
    }
    if record.outcome.is_none() {
        return Step::Refuse(format!("cannot begin: generation {} has not ended", record.generation));
    }
    Step::Begin
}

/// The record with which `next` begins after `ended`.
///
/// # Errors
/// When `ended` has not ended, or the record of all that was before leaves no room.
pub fn follow(ended: &LedgerRecord, next: LedgerRecord) -> Result<LedgerRecord, String> {
    let Some(outcome) = &ended.outcome else {
        return Err(format!("generation {} has not ended", ended.generation));
    };
    let (results, reason, cost_usd) = match &outcome.data {
        TerminalData::Completed(data) => (&data.results, None, data.cost_usd),
        TerminalData::Failed(data) => (&data.results, Some(data.reason), data.cost_usd),
    };
    let last = EarlierGeneration {
        generation: ended.generation,
        status: ended.status,
        claimed_at: ended.claimed_at,
        ended_at: outcome.time,
        reason,
        cost_usd,
        landed: results.iter().map(|result| result.index).collect(),
        tasks: ended.tasks.clone(),
    };
    let mut earlier = ended.earlier.clone();
    earlier.push(last);
    let record = LedgerRecord { earlier, ..next };
    let bytes = record.encode()?.len();
    if bytes > BEGINNING_MAX_BYTES {
        return Err(format!(
            "the record of all generations would have {bytes} bytes, and may have {BEGINNING_MAX_BYTES}: send the work \
             under a new job id"
        ));
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::job::event::{JobData, Timings};
    use crate::job::ledger::{LedgerOutcome, LedgerTask};
    use crate::job::outcome::refuse;
    use crate::job::reason::Reason;

    fn record(generation: u32) -> LedgerRecord {
        let at = "2031-01-01T00:00:00Z".parse().unwrap();
        let record = LedgerRecord::tombstone(JobId::parse("j").unwrap(), at);
        LedgerRecord { generation, cancel_requested_at: None, ..record }
    }

    fn ended(record: LedgerRecord) -> LedgerRecord {
        let job = JobData { job_id: record.job_id.clone(), tenant: None, generation: record.generation, context: None };
        let data = refuse(job, Reason::ProviderFailed, "it failed".to_owned(), Timings::default());
        let time = "2031-01-01T00:01:00Z".parse().unwrap();
        let outcome = LedgerOutcome { event_type: data.event_type(), time, data };
        LedgerRecord { status: outcome.data.status(), outcome: Some(outcome), ..record }
    }

    #[test]
    fn a_generation_begins_once_after_the_end_of_the_one_before() {
        assert_eq!(step(&ended(record(0)), 1), Step::Begin);
        for later in [record(1), ended(record(1)), record(2)] {
            assert_eq!(step(&later, 1), Step::Adopt, "a repeat of the wish, or an old one");
        }
        assert!(matches!(step(&record(0), 1), Step::Refuse(why) if why.contains("has not ended")));
        assert!(matches!(step(&ended(record(0)), 2), Step::Refuse(why) if why.contains("must be 1")));
        assert!(matches!(step(&record(0), 3), Step::Refuse(why) if why.contains("must be 1")));
    }

    #[test]
    fn a_record_remembers_all_that_was_bought_before_up_to_a_bound() {
        let second = follow(&ended(record(0)), record(1)).unwrap();
        let third = follow(&ended(second), record(2)).unwrap();
        let earlier = third.earlier.iter();
        let told: Vec<_> = earlier.map(|earlier| (earlier.generation, earlier.reason)).collect();
        assert_eq!(told, [(0, Some(Reason::ProviderFailed)), (1, Some(Reason::ProviderFailed))]);
        assert_eq!((third.generation, &third.outcome), (2, &None));
        assert!(follow(&record(0), record(1)).is_err(), "it has not ended");

        let task: LedgerTask = serde_json::from_value(serde_json::json!({
            "index": 0, "taskUUID": "72910185-3387-4d6e-9be6-5a20ab2f6e06", "stagingBucket": "own",
            "stagingKey": "k".repeat(1024), "bucket": "media", "key": "k".repeat(1024),
            "uploadExpiresAt": "2031-01-01T00:00:00Z",
        }))
        .unwrap();
        let mut last = LedgerRecord { tasks: vec![task; 20], ..record(0) };
        let refused = (1..=GENERATION_MAX).find_map(|generation| {
            let next = LedgerRecord { generation, tasks: last.tasks.clone(), outcome: None, ..record(0) };
            last = match follow(&ended(last.clone()), next) {
                Ok(next) => next,
                Err(why) => return Some((generation, why)),
            };
            None
        });
        let (generation, why) = refused.expect("there is a bound");
        assert!(generation > 1 && why.contains("new job id"), "{generation}: {why}");
    }
}
