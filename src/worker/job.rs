//! One job, from its delivery to its settlement.
//!
//! Read [`see_through`] first, then [`pursue`], then [`Pursuit::produce`]: they are the whole story. Everything awaited
//! here may be dropped at any await (lease, drain, deadline) and is safe to do again, because each step observes before it
//! acts.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tracing::{Instrument, error, info, info_span, warn};

use super::announce::{announce_end, publish};
use super::cancel;
use super::claim::{self, Claimed, Finished};
use super::deadline::Deadline;
use super::enter::{Entered, enter_anew, enter_ledger, is_of};
use super::in_hand::{InHand, set_aside};
use super::notice::{Prevented, Settled, Visit};
use super::persist::GaveUp;
use super::results::Pursuit;
use super::spans;
use super::stages::Stages;
use super::strikes::Suspect;
use super::{Notice, Shared};
use crate::job::control::{ControlMessage, Message};
use crate::job::event::{RejectedData, Speaker, TerminalData};
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
    let life = spans::current();
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
            spans::note_rejection(&life, &data);
            let rejected = delivery.reject(&data).await;
            suspect.acquit(rejected.is_ok()).await;
            (Settled::Rejected, rejected)
        }
    };
    spans::note_settlement(&life, how);
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
    let wish = match Message::parse(delivery.body(), &shared.settings.rules) {
        Ok(Message::Order(order)) => Wish { order: *order, generation: None },
        Ok(Message::Regenerate(wish)) => Wish { order: wish.order, generation: Some(wish.generation) },
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
    fulfil(shared, &wish, &speaker, delivery, suspect, in_hand).await
}

/// A job, and which of its generations is to be.
struct Wish {
    order: Order,
    /// As a message that comes by itself says nothing of it: the first one, or whichever the ledger knows.
    generation: Option<u32>,
}

/// Pursues a job, also over a panic, and announces how it ended.
async fn fulfil(
    shared: &Shared,
    wish: &Wish,
    speaker: &Speaker,
    delivery: &dyn Delivery,
    suspect: &Suspect,
    in_hand: &InHand,
) -> Settlement {
    let order = &wish.order;
    let life = spans::current();
    spans::note_order(&life, order);
    let span = info_span!("job", job_id = order.job_id.as_str());
    async {
        let visit = Visit::begin(&*shared.ports.observer, order);
        let pursued = pursue(shared, wish, speaker, suspect, in_hand, &visit);
        let ended = match AssertUnwindSafe(pursued).catch_unwind().await {
            Ok(ended) => ended,
            Err(_) => fail_after_panic(shared, wish, &visit).await,
        };
        let (reason, field, problem) = match ended {
            Ending::Announce(outcome) => {
                spans::note_end(&life, &outcome.data);
                return announce(shared, speaker, outcome).await;
            }
            Ending::HandBack => return Settlement::HandBack,
            Ending::Reused => {
                let problem = "belongs to a job with other content: its request or destination differ".to_owned();
                (Reason::JobIdReused, "jobId", problem)
            }
            Ending::Refused(why) => (Reason::InvalidJob, "generation", why),
        };
        let problems = vec![Problem { field: field.to_owned(), problem }];
        reject(shared, speaker, delivery, Some(order.job_id.clone()), reason, problems).await
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
    /// The generation that was wished for cannot begin.
    Refused(String),
    /// Not at all: whoever takes the message next finds out what it comes to.
    HandBack,
}

/// The path of a job. A repeat takes the same path: it finds the record, the running task, the landed video.
async fn pursue(
    shared: &Shared,
    wish: &Wish,
    speaker: &Speaker,
    suspect: &Suspect,
    in_hand: &InHand,
    visit: &Visit<'_>,
) -> Ending {
    let observer = &*shared.ports.observer;
    let order = &wish.order;
    let mut stages = Stages::begin(shared, order, wish.generation.unwrap_or_default(), visit);
    let cancellable = shared.cancellations.enter(&order.job_id);
    let claiming = spans::stage(Stage::Claiming);
    let entering = async {
        match wish.generation {
            Some(generation) => enter_anew(shared, order, generation, speaker).await,
            None => enter_ledger(shared, order).await,
        }
    };
    let claimed = match entering.instrument(claiming.clone()).await {
        Ok(Entered::Claimed(claimed)) => claimed,
        Ok(Entered::Reused) => return Ending::Reused,
        Ok(Entered::Refused(why)) => return Ending::Refused(why),
        Ok(Entered::Unannounced) => return Ending::HandBack,
        Ok(Entered::TooDear(message)) => {
            return unclaimed(shared, stages.refused(Reason::BudgetExceeded, message));
        }
        Err(GaveUp { reason, message }) => {
            return unclaimed(shared, stages.refused(reason, message));
        }
    };
    claiming.record("landfall.adopted", claimed.adopted);
    drop(claiming);
    if let Some(outcome) = claimed.record.outcome {
        info!("the job ended before: announcing its outcome again");
        let tasks = claimed.record.tasks.len();
        observer.notice(&Notice::Prevented { job_id: &order.job_id, how: Prevented::Finished, tasks });
        return Ending::Announce(outcome);
    }
    info!(adopted = claimed.adopted, tasks = claimed.record.tasks.len(), "claimed");
    observer.notice(&Notice::Claimed { job_id: &order.job_id, adopted: claimed.adopted });
    stages.since = claimed.record.claimed_at;
    stages.job.generation = claimed.record.generation;
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
    let ending = finish(shared, &claimed, outcome).instrument(spans::stage(Stage::Announcing)).await;
    in_hand.let_go();
    ending
}

/// Writes the outcome down. What is announced is what stands there.
async fn finish(shared: &Shared, claimed: &Claimed, outcome: LedgerOutcome) -> Ending {
    let standing = match claim::finish(shared, claimed, outcome.clone()).await {
        Ok(Finished::As(standing)) => standing,
        Ok(Finished::Superseded) => {
            info!("the job was bought anew meanwhile: its message goes back, for the later generation");
            return Ending::HandBack;
        }
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
    if announce_end(shared, speaker, &outcome).await.is_err() {
        return Settlement::HandBack;
    }
    let data = outcome.data;
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
    if publish(shared, &event).await.is_err() {
        return Settlement::HandBack;
    }
    let problems: Vec<String> = data.problems.iter().take(5).map(ToString::to_string).collect();
    warn!(event = event.id, reason = reason.code(), problems = problems.join("; "), "rejected");
    shared.ports.observer.notice(&Notice::Rejected { data: &data });
    Settlement::Reject(data)
}

/// A bug in one job fails that job. Its record, if it has one, remembers that.
async fn fail_after_panic(shared: &Shared, wish: &Wish, visit: &Visit<'_>) -> Ending {
    error!("a bug: the job panicked; it fails as internal");
    shared.ports.observer.notice(&Notice::Panicked);
    let (order, wished) = (&wish.order, wish.generation.unwrap_or_default());
    let found = claim::find(shared, &order.job_id).await;
    let known = found.as_ref().ok().and_then(Option::as_ref).map_or(wished, |claimed| claimed.record.generation);
    let stages = Stages::begin(shared, order, known.max(wished), visit);
    let outcome = stages.refused(Reason::Internal, "a bug in landfall stopped this job".to_owned());
    match found {
        Ok(Some(claimed)) if !is_of(&claimed.record, order) => Ending::Reused,
        // The generation that was wished for had not begun.
        Ok(Some(claimed)) if claimed.record.generation < wished => unclaimed(shared, outcome),
        Ok(Some(Claimed { record: LedgerRecord { outcome: Some(standing), .. }, .. })) => Ending::Announce(standing),
        Ok(Some(claimed)) => finish(shared, &claimed, outcome).await,
        Ok(None) | Err(_) => unclaimed(shared, outcome),
    }
}
