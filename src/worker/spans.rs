//! A job's spans, for those who collect traces: one for each life of the job in a worker's hands, and below it one for each
//! stage of each result. Adapters put the spans of their calls below those.
//!
//! All have the target [`SPANS`]: while nobody collects traces none of them is made, and log lines never show them. What
//! they say of a failure is what the job's event says of it. Their numbers are `i64`: unsigned ones would arrive as texts.

use tracing::field::Empty;
use tracing::{Span, info_span};

use super::notice::Settled;
use crate::job::event::{FailedResult, RejectedData, TerminalData};
use crate::job::ledger::LedgerTask;
use crate::job::order::Order;
use crate::job::text::one_line;
use crate::job::verdict::Stage;
use crate::ports::{Clock, Delivery, Propagation, SPANS};

/// Longest text of a failure in a span, in characters: collectors cut or refuse what is long.
const TEXT_MAX_CHARS: usize = 500;

/// One life of a job: from its delivery to its settlement, in the producer's trace where the message names one.
pub(super) fn life(delivery: &dyn Delivery, clock: &dyn Clock, propagation: &Propagation) -> Span {
    let envelope = delivery.envelope();
    let span = info_span!(
        target: SPANS,
        "process",
        otel.name = envelope.queue.as_ref().map(|queue| format!("process {queue}")),
        otel.kind = "consumer",
        otel.status_description = Empty,
        error.type = Empty,
        messaging.system = envelope.queue.as_ref().map(|_| "rabbitmq"),
        messaging.operation.name = "process",
        messaging.operation.type = "process",
        messaging.destination.name = envelope.queue,
        messaging.message.id = envelope.message_id,
        messaging.message.body.size = i64::try_from(delivery.body().len()).ok(),
        landfall.message.age_s = envelope.sent_at.map(|sent| clock.now().duration_since(sent).as_secs().max(0)),
        landfall.redelivered = envelope.redelivered,
        landfall.replayed = envelope.replayed_at.is_some(),
        landfall.job.id = Empty,
        landfall.job.tenant = Empty,
        landfall.outcome = Empty,
        landfall.cost_usd = Empty,
        landfall.settlement = Empty,
    );
    if let Some(traceparent) = &envelope.traceparent {
        (propagation.follow)(&span, traceparent);
    }
    span
}

/// Whose life it is.
pub(super) fn note_order(life: &Span, order: &Order) {
    life.record("landfall.job.id", order.job_id.as_str());
    life.record("landfall.job.tenant", order.tenant.as_deref());
}

/// How the job ended.
pub(super) fn note_end(life: &Span, data: &TerminalData) {
    match data {
        TerminalData::Completed(done) => {
            life.record("landfall.outcome", "completed");
            life.record("landfall.cost_usd", done.cost_usd);
        }
        TerminalData::Failed(end) => {
            life.record("landfall.outcome", "failed");
            life.record("landfall.cost_usd", end.cost_usd);
            note_error(life, end.reason.code(), &end.message);
        }
    }
}

/// Why the message was no job.
pub(super) fn note_rejection(life: &Span, data: &RejectedData) {
    life.record("landfall.outcome", "rejected");
    let problem = data.problems.first().map(ToString::to_string).unwrap_or_default();
    note_error(life, data.reason.code(), &problem);
}

/// What became of the delivery.
pub(super) fn note_settlement(life: &Span, how: Settled) {
    let how = match how {
        Settled::Completed => "completed",
        Settled::HandedBack => "handed_back",
        Settled::Parked => "parked",
        Settled::Rejected => "rejected",
    };
    life.record("landfall.settlement", how);
}

/// A stage of a whole job.
pub(super) fn stage(stage: Stage) -> Span {
    info_span!(target: SPANS, "stage", otel.name = stage.name(), landfall.adopted = Empty)
}

/// A stage of one result.
pub(super) fn stage_of(stage: Stage, task: &LedgerTask) -> Span {
    info_span!(
        target: SPANS,
        "stage",
        otel.name = stage.name(),
        otel.status_description = Empty,
        error.type = Empty,
        landfall.result.index = i64::from(task.index),
        landfall.task.uuid = %task.task_uuid,
    )
}

/// How a stage of a result went. `None`: the time was over first.
pub(super) fn note_result<T>(span: &Span, result: Option<&Result<T, FailedResult>>) {
    match result {
        Some(Ok(_)) => {}
        Some(Err(failed)) => note_error(span, failed.reason.code(), &failed.message),
        None => note_error(span, "stopped", "the deadline passed or the job was cancelled"),
    }
}

fn note_error(span: &Span, kind: &str, text: &str) {
    if !span.is_disabled() {
        span.record("error.type", kind);
        span.record("otel.status_description", one_line(text, TEXT_MAX_CHARS));
    }
}

/// The span that we are in, if it is one of traces: log lines have theirs, which must not travel to other jobs' calls.
pub(super) fn current() -> Span {
    let span = Span::current();
    if span.metadata().is_some_and(|metadata| metadata.target() == SPANS) { span } else { Span::none() }
}

/// Where a call runs that is made for several jobs. One that is alone has it in its own span. Else it runs below the first
/// one's, in a span that is linked with the others'.
pub(super) fn of_call(callers: &[Span]) -> Span {
    match callers {
        [] => Span::none(),
        [alone] => alone.clone(),
        [first, others @ ..] => {
            let call = info_span!(target: SPANS, parent: first, "shared call", landfall.tasks = i64::try_from(callers.len()).ok());
            for other in others {
                call.follows_from(other);
            }
            call
        }
    }
}

/// Leads from the others' spans to the call that was made for them, too.
pub(super) fn link_back(callers: &[Span], call: &Span) {
    for other in callers.iter().skip(1) {
        other.follows_from(call);
    }
}
