//! Submitting one task so that it is bought at most once.
//!
//! The task's UUID is in the ledger before the first try, and every try uses it. When an answer is lost or unclear we
//! ask: [`observe`](crate::ports::TaskApi::observe), then the archive, and only if neither tells how the task stands is the
//! same UUID sent again; a conflict then means that the first one was accepted.

use std::time::Duration;

use tracing::{debug, info, warn};

use super::claim::Claimed;
use super::deadline::{Deadline, UPLOAD_MARGIN, later};
use super::notice::Prevented;
use super::persist::persist;
use super::poller::Ended;
use super::results::{failed, gave_up, refused};
use super::submitter::Ticket;
use super::suspension::Side;
use super::{Notice, Shared};
use crate::job::event::FailedResult;
use crate::job::fault::{Fault, FaultKind};
use crate::job::ledger::LedgerTask;
use crate::job::order::Order;
use crate::job::reason::Reason;
use crate::job::verdict::{Stage, Verdict, backoff, verdict};
use crate::ports::{ErrorFamily, Observed, Recalled, Refusal, Submission, Submitted, UploadUrl};

/// How long the provider can be trusted to remember a task. A claim older than this that nobody knows of may have been
/// bought and forgotten, and is never bought again. The vendor publishes no figure.
const PROVIDER_MEMORY: Duration = Duration::from_secs(24 * 3600);

/// How a task stands once it is certain that it was accepted.
#[derive(Debug)]
pub(super) enum Standing {
    /// The provider works on it.
    Running {
        /// It was submitted earlier, by another life or worker.
        resumed: bool,
    },
    /// It has ended already.
    Ended(Ended),
}

/// What to do after one try.
enum Next {
    Done(Standing),
    /// Nothing was bought: wait and send again.
    Again(Duration),
    /// Nothing was bought, and it is no attempt: get in line again, for the turn as the probe or at a slower pace.
    InLine,
    /// A call of many was refused, perhaps for another task: wait and send this one in a call of its own.
    Alone(Duration),
    /// It may have been bought: wait and ask.
    Ask(Duration),
    Fail(FailedResult),
}

/// Gets a task accepted, with an upload URL that works until after the deadline.
pub(super) async fn submit(
    shared: &Shared,
    order: &Order,
    claimed: &Claimed,
    task: &LedgerTask,
    ticket: &Ticket,
    deadline: &Deadline,
) -> Result<Standing, FailedResult> {
    if claimed.adopted {
        let age = shared.ports.clock.now().duration_since(claimed.record.claimed_at);
        let old = Duration::try_from(age).is_ok_and(|age| age > PROVIDER_MEMORY);
        match ask(shared, task).await? {
            Asked::Stands(standing) => return Ok(prevented(shared, order, Prevented::Adopted, standing)),
            Asked::Archived if old => {
                return Ok(prevented(shared, order, Prevented::Adopted, Standing::Running { resumed: true }));
            }
            Asked::Unknown if old => {
                let message =
                    "claimed long ago, and the provider knows nothing of it: it may have been bought and forgotten";
                return Err(failed(task, Reason::SubmissionUnknown, message.to_owned()));
            }
            Asked::Archived | Asked::Unknown => {}
        }
    }
    // Alone once an answer left open whom it meant: what it says without a task's name can then only mean this one. While
    // the provider is away or asks to slow down, many calls instead of one would make that worse.
    let mut alone = false;
    let mut attempts = 0;
    loop {
        shared.suspension.admit_at_all(Side::Submissions).await;
        let submission = prepare(shared, order, task, deadline).await?;
        let next = match shared.submitter.submit(submission, alone, ticket.clone()).await {
            Ok(Submitted::Accepted) => Next::Done(Standing::Running { resumed: claimed.adopted }),
            Ok(Submitted::Conflict) => {
                info!(task_uuid = %task.task_uuid, "the provider has this task already: a second purchase was prevented");
                Next::Done(prevented(shared, order, Prevented::Conflict, Standing::Running { resumed: true }))
            }
            Ok(Submitted::Refused(refusal)) => after_refusal(shared, task, &refusal, attempts),
            Ok(Submitted::Unclear) => Next::Ask(backoff(attempts)),
            Err(fault) => {
                let next = after_fault(shared, task, &fault, alone, attempts);
                if !matches!(next, Next::Fail(_)) {
                    shared.suspension.note_retry(Stage::Submitting, &fault);
                }
                next
            }
        };
        let wait = match next {
            Next::Done(standing) => {
                shared.suspension.lift(Side::Submissions);
                return Ok(standing);
            }
            Next::Fail(failed) => return Err(failed),
            Next::InLine => continue,
            Next::Again(wait) => wait,
            Next::Alone(wait) => {
                alone = true;
                wait
            }
            Next::Ask(wait) => {
                alone = true;
                tokio::time::sleep(wait).await;
                if let Asked::Stands(standing) = ask(shared, task).await? {
                    // The call whose answer was lost was no refusal. If this is wrong, the next one tells.
                    shared.suspension.lift(Side::Submissions);
                    return Ok(prevented(shared, order, Prevented::Asked, standing));
                }
                Duration::ZERO
            }
        };
        attempts += 1;
        tokio::time::sleep(wait).await;
    }
}

/// The task stands, and is not bought again.
fn prevented(shared: &Shared, order: &Order, how: Prevented, standing: Standing) -> Standing {
    shared.ports.observer.notice(&Notice::Prevented { job_id: &order.job_id, how, tasks: 1 });
    standing
}

async fn prepare(
    shared: &Shared,
    order: &Order,
    task: &LedgerTask,
    deadline: &Deadline,
) -> Result<Submission, FailedResult> {
    let staging = task.staging();
    let signed = persist(&shared.suspension, Side::Signing, Stage::Claiming, || async {
        let left = deadline.left();
        let signed = shared.ports.store.presign_put(&staging, left + UPLOAD_MARGIN).await?;
        if signed.expires_at < later(shared.ports.clock.now(), left) {
            Err(short_lived(left, &signed))
        } else {
            Ok(signed)
        }
    });
    let signed = signed.await.map_err(|why| gave_up(task, why))?;
    let fields = order.request.fields.clone();
    Ok(Submission { task_uuid: task.task_uuid, fields, upload: signed.url })
}

/// An upload URL dies with the credentials that signed it, and a video that finds it dead is paid for and cannot arrive.
fn short_lived(left: Duration, signed: &UploadUrl) -> Fault {
    let cause = format!(
        "the S3 credentials end at {}, and the job has until {} s from now: nothing is bought. Give the worker \
         credentials that live longer, or its jobs a shorter deadline (worker.job_deadline_s, or the job's own)",
        signed.expires_at,
        left.as_secs()
    );
    Fault::new(FaultKind::Denied, "signing an upload").because(cause)
}

/// The provider answered about this task: what its error means for a purchase.
fn after_refusal(shared: &Shared, task: &LedgerTask, refusal: &Refusal, attempts: u32) -> Next {
    let wait = backoff(attempts);
    match refusal.family {
        ErrorFamily::Conflict => Next::Done(Standing::Running { resumed: true }),
        ErrorFamily::RateLimit => Next::InLine,
        ErrorFamily::Auth | ErrorFamily::Quota => {
            let doing = format!("submitting a task: {}: {}", refusal.code, refusal.message);
            after_fault(shared, task, &Fault::new(FaultKind::Denied, doing), true, attempts)
        }
        ErrorFamily::Server | ErrorFamily::Timeout | ErrorFamily::NotFound => Next::Ask(wait),
        ErrorFamily::Safety | ErrorFamily::Validation | ErrorFamily::Provider | ErrorFamily::Unknown => {
            Next::Fail(refused(task, refusal))
        }
    }
}

/// The call failed as a whole.
fn after_fault(shared: &Shared, task: &LedgerTask, fault: &Fault, alone: bool, attempts: u32) -> Next {
    match verdict(Stage::Submitting, &fault.kind, attempts) {
        Verdict::Retry(wait) => {
            debug!(attempts, fault = fault.chain(), "a submission was not taken, will try again");
            Next::Again(wait)
        }
        // The submitter slows down for everybody.
        Verdict::Wait(_) => Next::InLine,
        Verdict::Suspend => {
            shared.suspension.raise(Side::Submissions, fault);
            Next::InLine
        }
        Verdict::Reconcile => {
            warn!(attempts, fault = fault.chain(), "a submission's outcome is unknown: asking for it");
            Next::Ask(backoff(attempts))
        }
        // A call of many tasks may have been refused for another one: only a call alone speaks of this one.
        Verdict::Fail(_) if !alone => Next::Alone(backoff(0)),
        Verdict::Fail(reason) => Next::Fail(failed(task, reason, fault.chain())),
    }
}

/// What the provider knows of a task.
enum Asked {
    /// It was accepted.
    Stands(Standing),
    /// Its name is in the archive, and nothing else is said of it. It may have been accepted, and it may as well have
    /// been refused; while the provider surely remembers, sending it again tells which.
    Archived,
    /// Nothing is known of it anywhere.
    Unknown,
}

/// Asks whether the provider knows the task.
async fn ask(shared: &Shared, task: &LedgerTask) -> Result<Asked, FailedResult> {
    let api = &*shared.ports.tasks;
    let task_uuid = task.task_uuid;
    match shared.poller.ask(task_uuid).await {
        Observed::Running { .. } => return Ok(Asked::Stands(Standing::Running { resumed: true })),
        Observed::Succeeded(success) => return Ok(Asked::Stands(Standing::Ended(Ok(success)))),
        Observed::Failed(refusal) => return Ok(Asked::Stands(Standing::Ended(Err(refusal)))),
        Observed::Unseen => {}
    }
    let recalled = persist(&shared.suspension, Side::Questions, Stage::Generating, || async {
        match api.recall(task_uuid).await {
            // The archive is a hint: one that cannot answer knows nothing.
            Err(Fault { kind: FaultKind::Rejected { .. } | FaultKind::Malformed, .. }) => Ok(Recalled::Nothing),
            answer => answer,
        }
    });
    match recalled.await.map_err(|why| gave_up(task, why))? {
        Recalled::Known => Ok(Asked::Archived),
        Recalled::Nothing => Ok(Asked::Unknown),
    }
}
