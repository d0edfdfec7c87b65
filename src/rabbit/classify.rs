//! From lapin's errors to faults, in one place.

use std::future::Future;
use std::io;
use std::time::Duration;

use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};
use lapin::{Error, ErrorKind};
use tokio::time::timeout;

use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::text::one_line;

/// Longest cause kept, in characters: a reply text of the protocol has at most 255, in lapin's words around it.
const CAUSE_MAX_CHARS: usize = 600;

/// Awaits a call to the broker for at most `deadline`. No answer in time is ambiguous.
pub(super) async fn within<T>(
    deadline: Duration,
    doing: impl Into<String>,
    call: impl Future<Output = lapin::Result<T>>,
) -> Outcome<T> {
    match timeout(deadline, call).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(fault(error, doing)),
        Err(_) => Err(Fault::new(FaultKind::Ambiguous, doing).because(format!("no answer within {deadline:?}"))),
    }
}

/// A fault for an error of lapin's.
pub(super) fn fault(error: Error, doing: impl Into<String>) -> Fault {
    let kind = kind_of(error.kind());
    // lapin prints its source within its own text; as a source it would be said twice.
    Fault::new(kind, doing).because(one_line(&error.to_string(), CAUSE_MAX_CHARS))
}

/// The reply code of the broker's own refusal, when the error is one.
pub(super) fn reply_code(error: &Error) -> Option<u16> {
    match error.kind() {
        ErrorKind::ProtocolError(refusal) => Some(refusal.get_id()),
        _ => None,
    }
}

fn kind_of(error: &ErrorKind) -> FaultKind {
    match error {
        ErrorKind::ChannelsLimitReached => FaultKind::Unavailable,
        ErrorKind::InvalidProtocolVersion(_) | ErrorKind::ParsingError(_) => FaultKind::Malformed,
        // lapin checks its own state before it sends anything.
        ErrorKind::InvalidChannel(_) | ErrorKind::InvalidChannelState(..) | ErrorKind::InvalidConnectionState(_) => {
            FaultKind::NotSent
        }
        ErrorKind::IOError(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::AddrNotAvailable => FaultKind::NotSent,
            _ => FaultKind::Ambiguous,
        },
        ErrorKind::RuntimeShutdownError(_) => FaultKind::Ambiguous,
        ErrorKind::ProtocolError(refusal) => match refusal.kind() {
            AMQPErrorKind::Soft(soft) => kind_of_soft(soft),
            AMQPErrorKind::Hard(hard) => kind_of_hard(hard),
        },
        ErrorKind::AuthProviderError(_) => FaultKind::Denied,
        ErrorKind::SerialisationError(_) | ErrorKind::FutureCompleted | ErrorKind::NoDefaultRuntime => FaultKind::Bug,
        ErrorKind::MissingHeartbeatError => FaultKind::Ambiguous,
        // lapin's list is open: what a later version adds may have taken effect.
        _ => FaultKind::Ambiguous,
    }
}

/// Refusals that end a channel.
fn kind_of_soft(error: &AMQPSoftError) -> FaultKind {
    match error {
        AMQPSoftError::CONTENTTOOLARGE => FaultKind::Rejected { code: "CONTENT_TOO_LARGE".to_owned() },
        AMQPSoftError::PRECONDITIONFAILED => FaultKind::Rejected { code: "PRECONDITION_FAILED".to_owned() },
        AMQPSoftError::NOROUTE
        | AMQPSoftError::NOCONSUMERS
        | AMQPSoftError::ACCESSREFUSED
        | AMQPSoftError::NOTFOUND
        | AMQPSoftError::RESOURCELOCKED => FaultKind::Denied,
    }
}

/// Refusals that end the connection.
fn kind_of_hard(error: &AMQPHardError) -> FaultKind {
    match error {
        AMQPHardError::CONNECTIONFORCED | AMQPHardError::INTERNALERROR => FaultKind::Ambiguous,
        AMQPHardError::RESOURCEERROR => FaultKind::Unavailable,
        AMQPHardError::INVALIDPATH | AMQPHardError::NOTALLOWED | AMQPHardError::NOTIMPLEMENTED => FaultKind::Denied,
        AMQPHardError::FRAMEERROR
        | AMQPHardError::SYNTAXERROR
        | AMQPHardError::COMMANDINVALID
        | AMQPHardError::CHANNELERROR
        | AMQPHardError::UNEXPECTEDFRAME => FaultKind::Bug,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lapin::protocol::AMQPError;

    use super::*;

    fn refusal(code: u16) -> ErrorKind {
        let refusal = AMQPError::from_id(code, "said the broker".into()).expect("a code of the protocol");
        ErrorKind::ProtocolError(refusal)
    }

    fn io_error(kind: io::ErrorKind) -> ErrorKind {
        ErrorKind::IOError(Arc::new(io::Error::from(kind)))
    }

    #[test]
    fn an_error_says_whether_it_may_have_taken_effect_and_whose_fault_it_is() {
        let precondition = FaultKind::Rejected { code: "PRECONDITION_FAILED".to_owned() };
        for (error, kind) in [
            (refusal(403), FaultKind::Denied),
            (refusal(404), FaultKind::Denied),
            (refusal(406), precondition),
            (refusal(320), FaultKind::Ambiguous),
            (refusal(501), FaultKind::Bug),
            (refusal(506), FaultKind::Unavailable),
            (refusal(530), FaultKind::Denied),
            (refusal(541), FaultKind::Ambiguous),
            (io_error(io::ErrorKind::ConnectionRefused), FaultKind::NotSent),
            (io_error(io::ErrorKind::ConnectionReset), FaultKind::Ambiguous),
            (io_error(io::ErrorKind::TimedOut), FaultKind::Ambiguous),
            (ErrorKind::InvalidChannel(7), FaultKind::NotSent),
            (ErrorKind::MissingHeartbeatError, FaultKind::Ambiguous),
            (ErrorKind::ChannelsLimitReached, FaultKind::Unavailable),
            (ErrorKind::AuthProviderError("no token".to_owned()), FaultKind::Denied),
            (ErrorKind::FutureCompleted, FaultKind::Bug),
        ] {
            assert_eq!(fault(error.clone().into(), "testing").kind, kind, "{error:?}");
        }
    }

    #[test]
    fn the_brokers_words_stay_on_their_line() {
        let forged = "x\nERROR forged\u{1b}[2J\u{202e}".to_owned() + &"y".repeat(200);
        let refusal = AMQPError::from_id(404, forged.as_str().into()).expect("a code of the protocol");
        let chain = fault(ErrorKind::ProtocolError(refusal).into(), "publishing to x").chain();
        assert!(!chain.contains(['\n', '\u{1b}', '\u{202e}']) && chain.contains("\\u{a}"), "{chain}");
        assert!(chain.chars().count() < 700, "{chain}");
    }

    #[test]
    fn a_fault_tells_the_brokers_own_words_once() {
        let chain = fault(refusal(404).into(), "publishing to x").chain();
        assert_eq!(chain.matches("said the broker").count(), 1, "{chain}");
        assert!(chain.starts_with("publishing to x: "), "{chain}");
    }
}
