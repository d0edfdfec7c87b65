//! Counting what a worker tells of its jobs.

use super::Metrics;
use super::catalogue::Catalogue;
use super::labels::{Adopted, Ended, FaultName, Lack, Property, Redelivered, Safe, Success, TimeOver};
use crate::job::event::{FailedResult, LandedResult, TerminalData};
use crate::job::reason::Reason;
use crate::worker::{Notice, Observer};

impl Observer for Metrics {
    fn notice(&self, notice: &Notice<'_>) {
        let to = &self.0.catalogue;
        match notice {
            Notice::Delivered { redelivered } => to.deliveries.inc(Redelivered(*redelivered)),
            Notice::Claimed { adopted, .. } => to.claimed.inc(Adopted(*adopted)),
            Notice::Stage { stage, before, .. } => {
                leave(to, *before);
                to.in_stage.inc(*stage);
            }
            Notice::Left { stage, .. } => leave(to, *stage),
            Notice::Prevented { how, tasks, .. } => to.prevented.add(*how, u64::try_from(*tasks).unwrap_or(u64::MAX)),
            Notice::Generated { polls, .. } => to.polls.observe((), f64::from(*polls)),
            Notice::Rescue { why, state, .. } => {
                let lack = if *why == Reason::ObjectInvalid { Lack::Invalid } else { Lack::Missing };
                to.rescues.inc((lack, *state));
            }
            Notice::TimeOver { cancelled, .. } => {
                to.time_over.inc(if *cancelled { TimeOver::Cancelled } else { TimeOver::Deadline });
            }
            Notice::Concluded { data } => conclude(to, data),
            Notice::Rejected { data } => to.ended.inc(Ended::Rejected(data.reason)),
            Notice::Settled { how, safe } => to.settled.inc((*how, Safe(*safe))),
            Notice::Retried { stage, kind } => to.retries.inc((*stage, FaultName::of(kind))),
            Notice::Suspended { side, trouble, .. } => to.suspensions.inc((*side, *trouble)),
            Notice::Panicked => to.panics.inc(()),
            // What is read when it is asked for, or follows from the others.
            Notice::Taken { .. } | Notice::Progress { .. } | Notice::Ended { .. } | Notice::Resumed { .. } => {}
        }
    }
}

fn leave(to: &Catalogue, before: Option<(crate::job::verdict::Stage, std::time::Duration)>) {
    if let Some((stage, spent)) = before {
        to.in_stage.dec(stage);
        to.stage_s.observe(stage, spent.as_secs_f64());
    }
}

/// Counts a job whose end this worker decided: everything about money and videos is counted here and nowhere else.
fn conclude(to: &Catalogue, data: &TerminalData) {
    let (ended, success, cost_usd, timings) = match data {
        TerminalData::Completed(data) => (Ended::Completed, Success::Completed, data.cost_usd, data.timings),
        TerminalData::Failed(data) => (Ended::Failed(data.reason), Success::Failed, data.cost_usd, data.timings),
    };
    let (landed, failed): (&[LandedResult], &[FailedResult]) = match data {
        TerminalData::Completed(data) => (&data.results, &[]),
        TerminalData::Failed(data) => (&data.results, &data.failures),
    };
    to.ended.inc(ended);
    if timings.total_ms > 0 {
        to.job_s.observe(success, std::time::Duration::from_millis(timings.total_ms).as_secs_f64());
    }
    // Refused by the client of the provider already, and here once more: a counter takes nothing else.
    to.spend_usd.add(cost_usd.filter(|usd| usd.is_finite() && *usd > 0.0).unwrap_or_default());
    for result in landed {
        to.landed.inc(result.provenance);
        to.landed_bytes.add((), result.size);
        if result.cost_usd.is_none() {
            to.unpriced.inc(());
        }
        for deviation in &result.deviations {
            to.deviations.inc(Property::named(&deviation.property));
        }
    }
    for result in failed {
        to.results_failed.inc(result.reason);
    }
}
