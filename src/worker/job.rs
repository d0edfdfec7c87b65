//! One job, from its delivery to its settlement.
//!
//! Read [`see_through`] first, then [`pursue`], then [`Pursuit::produce`]: they are the whole story. Everything awaited
//! here may be dropped at any await (lease, drain, deadline) and is safe to do again, because each step observes before it
//! acts.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tracing::{Instrument, error, info, info_span, warn};

use super::cancel;
use super::claim::{self, Claimed};
use super::deadline::Deadline;
use super::enter::{Entered, enter_ledger, is_of};
use super::in_hand::{InHand, set_aside};
use super::notice::{Prevented, Settled, Visit};
use super::persist::{GaveUp, persist};
use super::results::Pursuit;
use super::stages::Stages;
use super::strikes::Suspect;
use super::suspension::Side;
use super::{Notice, Shared};
use crate::job::control::{ControlMessage, Message};
use crate::job::event::{Event, RejectedData, Speaker, TerminalData, to_value};
use crate::job::fields::Problem;
use crate::job::ids::JobId;
use crate::job::ledger::{LedgerOutcome, LedgerRecord};
use crate::job::order::Order;
use crate::job::outcome::conclude;
use crate::job::reason::Reason;
use crate::job::verdict::Stage;
use crate::ports::Delivery;

/// Wait before a message goes back over which we panicked. Shorter makes a bug a busy loop.
const PANIC_PAUSE: Duration = Duration::from_secs(10);

/// What becomes of a delivery.
enum Settlement {
    Complete,
    HandBack,
    Park,
    Reject(RejectedData),
}

/// Sees a delivery through and settles it. Never panics, whatever the job does.
pub(super) async fn see_through(shared: &Shared, delivery: Box<dyn Delivery>) {
    let observer = &*shared.ports.observer;
    observer.notice(&Notice::Delivered { redelivered: delivery.envelope().redelivered });
    let in_hand = InHand::default();
    let suspect = Suspect::of(shared, &*delivery);
    let judged = async {
        match AssertUnwindSafe(judge(shared, &*delivery, &suspect, &in_hand)).catch_unwind().await {
            Ok(settlement) => settlement,
            Err(_) => {
                error!("a bug: the worker panicked over a message, which goes back");
                observer.notice(&Notice::Panicked);
                tokio::time::sleep(PANIC_PAUSE).await;
                Settlement::HandBack
            }
        }
    };
    let settlement = tokio::select! {
        biased;
        settlement = judged => settlement,
        () = shared.give_up.cancelled() => Settlement::HandBack,
        () = tokio::time::sleep(shared.settings.lease) => Settlement::Park,
    };
    let (how, settled) = match settlement {
        Settlement::Complete => {
            suspect.acquit(true).await;
            (Settled::Completed, delivery.complete().await)
        }
        Settlement::HandBack => {
            leave(shared, &suspect, &in_hand).await;
            (Settled::HandedBack, delivery.hand_back().await)
        }
        Settlement::Park => {
            leave(shared, &suspect, &in_hand).await;
            (Settled::Parked, delivery.park().await)
        }
        // Its marks go last: a message that comes back, as it could not be dead-lettered, is still known for what it is.
        Settlement::Reject(data) => {
            let rejected = delivery.reject(&data).await;
            suspect.acquit(rejected.is_ok()).await;
            (Settled::Rejected, rejected)
        }
    };
    observer.notice(&Notice::Settled { how, safe: settled.is_ok() });
    if let Err(fault) = settled {
        // The broker will deliver it again, and the ledger makes that harmless.
        warn!(fault = fault.chain(), "a delivery could not be settled and will come again");
    }
}

/// Leaves a job unfinished. Both parts are bounded, and together they must fit into the end of a drain.
async fn leave(shared: &Shared, suspect: &Suspect, in_hand: &InHand) {
    futures_util::join!(suspect.acquit(false), set_aside(shared, in_hand));
}

/// Checks the message and pursues the job in it, also over a panic.
async fn judge(shared: &Shared, delivery: &dyn Delivery, suspect: &Suspect, in_hand: &InHand) -> Settlement {
    let traceparent = delivery.envelope().traceparent.clone();
    let speaker = Speaker { source: shared.settings.pool.clone(), traceparent };
    if let Err(guilty) = suspect.admit().await {
        // Not even its job id is read: that may be what kills.
        return reject(shared, &speaker, delivery, None, Reason::Internal, vec![guilty.problem()]).await;
    }
    let order = match Message::parse(delivery.body(), &shared.settings.rules) {
        Ok(Message::Order(order)) => *order,
        Ok(Message::Control(message)) => {
            let Err(GaveUp { reason, message: why }) = cancel::obey(shared, &message).await else {
                return Settlement::Complete;
            };
            let ControlMessage::CancelJob { job_id } = message;
            let problems = vec![Problem { field: "jobId".to_owned(), problem: format!("cannot be cancelled: {why}") }];
            return reject(shared, &speaker, delivery, Some(job_id), reason, problems).await;
        }
        Err(refused) => {
            return reject(shared, &speaker, delivery, refused.job_id, Reason::InvalidJob, refused.problems).await;
        }
    };
    let span = info_span!("job", job_id = order.job_id.as_str());
    async {
        let visit = Visit::begin(&*shared.ports.observer, &order);
        let pursued = pursue(shared, &order, &speaker, suspect, in_hand, &visit);
        let ended = match AssertUnwindSafe(pursued).catch_unwind().await {
            Ok(ended) => ended,
            Err(_) => fail_after_panic(shared, &order, &visit).await,
        };
        match ended {
            Ending::Announce(outcome) => announce(shared, &speaker, outcome).await,
            Ending::Reused => {
                let problem = "belongs to a job with other content: its request or destination differ".to_owned();
                let problems = vec![Problem { field: "jobId".to_owned(), problem }];
                reject(shared, &speaker, delivery, Some(order.job_id.clone()), Reason::JobIdReused, problems).await
            }
        }
    }
    .instrument(span)
    .await
}

/// How a job ended.
enum Ending {
    /// With this outcome, which stands in the ledger where the job has a record.
    Announce(LedgerOutcome),
    /// It never began: its id belongs to another job.
    Reused,
}

/// The path of a job. A repeat takes the same path: it finds the record, the running task, the landed video.
async fn pursue(
    shared: &Shared,
    order: &Order,
    speaker: &Speaker,
    suspect: &Suspect,
    in_hand: &InHand,
    visit: &Visit<'_>,
) -> Ending {
    let observer = &*shared.ports.observer;
    let mut stages = Stages::begin(shared, order, visit);
    let cancellable = shared.cancellations.enter(&order.job_id);
    let claimed = match enter_ledger(shared, order).await {
        Ok(Entered::Claimed(claimed)) => claimed,
        Ok(Entered::Reused) => return Ending::Reused,
        Ok(Entered::TooDear(message)) => {
            return unclaimed(shared, stages.refused(Reason::BudgetExceeded, message));
        }
        Err(GaveUp { reason, message }) => {
            return unclaimed(shared, stages.refused(reason, message));
        }
    };
    if let Some(outcome) = claimed.record.outcome {
        info!("the job ended before: announcing its outcome again");
        let tasks = claimed.record.tasks.len();
        observer.notice(&Notice::Prevented { job_id: &order.job_id, how: Prevented::Finished, tasks });
        return Ending::Announce(outcome);
    }
    info!(adopted = claimed.adopted, tasks = claimed.record.tasks.len(), "claimed");
    observer.notice(&Notice::Claimed { job_id: &order.job_id, adopted: claimed.adopted });
    stages.since = claimed.record.claimed_at;
    if claimed.record.is_tombstone() {
        let record = LedgerRecord { fingerprint: order.fingerprint.clone(), ..claimed.record };
        let outcome = stages.refused(Reason::Cancelled, "the job was cancelled before it began".to_owned());
        return finish(shared, &Claimed { record, ..claimed }, outcome).await;
    }
    if claimed.record.cancel_requested_at.is_some() {
        cancellable.token.cancel();
    }
    let deadline = Deadline::of(shared, &claimed.record, cancellable.token.clone());
    in_hand.hold(claimed.clone(), deadline.clone());

    let pursuit = Pursuit { shared, order, speaker, suspect, claimed: &claimed, deadline: &deadline, stages: &stages };
    let (results, failures) = pursuit.produce().await;
    suspect.resume().await;
    stages.enter(Stage::Announcing);
    let data = conclude(stages.job.clone(), results, failures, stages.timings());
    let outcome = LedgerOutcome { event_type: data.event_type(), time: shared.ports.clock.now(), data };
    let ending = finish(shared, &claimed, outcome).await;
    in_hand.let_go();
    ending
}

/// Writes the outcome down. What is announced is what stands there.
async fn finish(shared: &Shared, claimed: &Claimed, outcome: LedgerOutcome) -> Ending {
    let standing = match claim::finish(shared, claimed, outcome.clone()).await {
        Ok(standing) => standing,
        Err(GaveUp { reason, message }) => {
            error!(reason = reason.code(), why = message, "the ledger could not be finished; announcing all the same");
            outcome.clone()
        }
    };
    // Another worker's is that worker's to tell: no two write the same, as it has the time.
    if standing == outcome {
        shared.ports.observer.notice(&Notice::Concluded { data: &standing.data });
    }
    Ending::Announce(standing)
}

/// The outcome of a job that has no record to write it down in.
fn unclaimed(shared: &Shared, outcome: LedgerOutcome) -> Ending {
    shared.ports.observer.notice(&Notice::Concluded { data: &outcome.data });
    Ending::Announce(outcome)
}

/// Publishes the terminal event until it is safe.
async fn announce(shared: &Shared, speaker: &Speaker, outcome: LedgerOutcome) -> Settlement {
    let LedgerOutcome { event_type, time, data } = outcome;
    let event = speaker.of_job(event_type, data.job(), "", time, to_value(&data));
    if let Err(settlement) = publish(shared, &event).await {
        return settlement;
    }
    match &data {
        TerminalData::Completed(done) => info!(results = done.results.len(), cost_usd = done.cost_usd, "completed"),
        TerminalData::Failed(end) => warn!(reason = end.reason.code(), why = end.message, "failed"),
    }
    shared.ports.observer.notice(&Notice::Ended { data: &data });
    Settlement::Complete
}

/// Announces that a message is no valid job, and dead-letters it.
async fn reject(
    shared: &Shared,
    speaker: &Speaker,
    delivery: &dyn Delivery,
    job_id: Option<JobId>,
    reason: Reason,
    problems: Vec<Problem>,
) -> Settlement {
    let now = shared.ports.clock.now();
    let (event, data) = speaker.of_rejected(delivery.body(), job_id, reason, problems, now);
    if let Err(settlement) = publish(shared, &event).await {
        return settlement;
    }
    let problems: Vec<String> = data.problems.iter().take(5).map(ToString::to_string).collect();
    warn!(event = event.id, reason = reason.code(), problems = problems.join("; "), "rejected");
    shared.ports.observer.notice(&Notice::Rejected { data: &data });
    Settlement::Reject(data)
}

async fn publish(shared: &Shared, event: &Event) -> Result<(), Settlement> {
    let events = &*shared.ports.events;
    let publish = || shared.suspension.through(Side::Events, events.publish(event));
    persist(&shared.suspension, Side::Events, Stage::Announcing, publish).await.map_err(|gave_up| {
        error!(event = event.id, why = gave_up.message, "an event could not be published; its message goes back");
        Settlement::HandBack
    })
}

/// A bug in one job fails that job. Its record, if it has one, remembers that.
async fn fail_after_panic(shared: &Shared, order: &Order, visit: &Visit<'_>) -> Ending {
    error!("a bug: the job panicked; it fails as internal");
    shared.ports.observer.notice(&Notice::Panicked);
    let stages = Stages::begin(shared, order, visit);
    let outcome = stages.refused(Reason::Internal, "a bug in landfall stopped this job".to_owned());
    match claim::find(shared, &order.job_id).await {
        Ok(Some(claimed)) if !is_of(&claimed.record, order) => Ending::Reused,
        Ok(Some(Claimed { record: LedgerRecord { outcome: Some(standing), .. }, .. })) => Ending::Announce(standing),
        Ok(Some(claimed)) => finish(shared, &claimed, outcome).await,
        Ok(None) | Err(_) => unclaimed(shared, outcome),
    }
}
