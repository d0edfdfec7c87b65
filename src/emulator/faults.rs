//! What a client gets to see of an answer: faults of calls, as values that a transport carries out.

use std::time::Duration;

use axum::http::StatusCode;

use super::scenario::values::CallFault;
use super::wire::Reply;

/// What something on the way answers in the vendor's place.
pub(super) const PAGE: &str = "<html>\r\n<head><title>Error</title></head>\r\n<body>\r\n<center><h1>Error</h1></center>\r\n\
                    <hr><center>gateway</center>\r\n</body>\r\n</html>\r\n";

/// Media type of that.
pub(super) const PAGE_TYPE: &str = "text/html; charset=utf-8";

/// What becomes of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is told after this time.
    Told(Message, Duration),
    /// Half of its bytes are told, then the connection is reset.
    Cut(Message),
    /// The connection is reset.
    Reset,
    /// Nothing is told until the client hangs up.
    Stalled,
}

/// An answer as it is sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) retry_after: Option<Duration>,
    pub(super) body: String,
}

/// Does to a reply what a fault does. The errors that some faults order are in the reply already.
pub(super) fn outcome(reply: Reply, fault: &CallFault) -> Outcome {
    let at_once = |message| Outcome::Told(message, Duration::ZERO);
    match fault {
        CallFault::None | CallFault::Error(_) => at_once(Message::of(&reply)),
        CallFault::Throttled(after) => {
            let retry_after = (!after.is_zero()).then_some(*after);
            at_once(Message { retry_after, ..Message::of(&reply) })
        }
        CallFault::Slow(delay) => Outcome::Told(Message::of(&reply), *delay),
        CallFault::Stall => Outcome::Stalled,
        CallFault::Reset => Outcome::Reset,
        CallFault::Cut => Outcome::Cut(Message::of(&reply)),
        CallFault::Malformed => {
            let Message { body, .. } = Message::of(&reply);
            let half = body.chars().take(body.chars().count() / 2).collect();
            at_once(Message::json(StatusCode::OK, half))
        }
        CallFault::Html(status) => {
            at_once(Message { status: *status, content_type: PAGE_TYPE, retry_after: None, body: PAGE.to_owned() })
        }
        CallFault::Empty => at_once(Message::of(&reply.emptied())),
        CallFault::Part => at_once(Message::of(&reply.halved())),
        CallFault::Status(status) => at_once(Message { status: *status, ..Message::of(&reply) }),
    }
}

impl Message {
    /// The whole reply.
    pub(super) fn of(reply: &Reply) -> Self {
        Self::json(reply.status(), reply.body().to_string())
    }

    fn json(status: StatusCode, body: String) -> Self {
        Self { status, content_type: "application/json", retry_after: None, body }
    }
}

/// The code that a fault puts about every task of a POST.
pub(super) fn ordered_code(fault: &CallFault) -> Option<&str> {
    match fault {
        CallFault::Error(code) => Some(code),
        CallFault::Throttled(_) => Some("rateLimitExceeded"),
        CallFault::None
        | CallFault::Slow(_)
        | CallFault::Stall
        | CallFault::Reset
        | CallFault::Cut
        | CallFault::Malformed
        | CallFault::Html(_)
        | CallFault::Empty
        | CallFault::Part
        | CallFault::Status(_) => None,
    }
}
