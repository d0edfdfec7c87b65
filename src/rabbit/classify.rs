//! From lapin's errors to faults, in one place.

use std::fmt;
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
    let text = one_line(&error.to_string(), CAUSE_MAX_CHARS);
    Fault::new(kind, doing).because(Cause { code: reply_code(&error), text })
}

/// Why a call failed: the source of its fault, kept apart from its words for those who explain them.
#[derive(Debug)]
pub(super) struct Cause {
    /// The broker's reply code, when it was the broker that refused.
    pub(super) code: Option<u16>,
    text: String,
}

impl Cause {
    /// The cause of a fault, when it is an error of lapin's.
    pub(super) fn of(fault: &Fault) -> Option<&Cause> {
        std::error::Error::source(fault)?.downcast_ref()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl std::error::Error for Cause {}

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
    use lapin::types::generation::GenError;
    use lapin::{ChannelState, ConnectionState};

    use super::*;

    fn refusal(code: u16) -> ErrorKind {
        let refusal = AMQPError::from_id(code, "said the broker".into()).expect("a code of the protocol");
        ErrorKind::ProtocolError(refusal)
    }

    fn io_error(kind: io::ErrorKind) -> ErrorKind {
        ErrorKind::IOError(Arc::new(io::Error::from(kind)))
    }

    /// Every reply code of AMQP 0-9-1, and which fault it is.
    fn reply_codes() -> [(u16, FaultKind); 18] {
        let rejected = |code: &str| FaultKind::Rejected { code: code.to_owned() };
        [
            (311, rejected("CONTENT_TOO_LARGE")),
            (312, FaultKind::Denied),
            (313, FaultKind::Denied),
            (320, FaultKind::Ambiguous),
            (402, FaultKind::Denied),
            (403, FaultKind::Denied),
            (404, FaultKind::Denied),
            (405, FaultKind::Denied),
            (406, rejected("PRECONDITION_FAILED")),
            (501, FaultKind::Bug),
            (502, FaultKind::Bug),
            (503, FaultKind::Bug),
            (504, FaultKind::Bug),
            (505, FaultKind::Bug),
            (506, FaultKind::Unavailable),
            (530, FaultKind::Denied),
            (540, FaultKind::Denied),
            (541, FaultKind::Ambiguous),
        ]
    }

    #[test]
    fn every_reply_code_of_the_protocol_is_a_fault() {
        for (code, kind) in reply_codes() {
            let error = fault(refusal(code).into(), "testing");
            assert_eq!(error.kind, kind, "{code}");
        }
        let known: Vec<u16> = (0..1000).filter(|code| AMQPError::from_id(*code, "".into()).is_some()).collect();
        assert_eq!(known, reply_codes().map(|(code, _)| code));
    }

    /// Except a protocol of another version, and what cannot be parsed, which only lapin itself can make.
    #[test]
    fn every_error_of_the_client_says_whether_it_may_have_taken_effect_and_whose_fault_it_is() {
        for (error, kind) in [
            (ErrorKind::ChannelsLimitReached, FaultKind::Unavailable),
            (ErrorKind::InvalidChannel(7), FaultKind::NotSent),
            (ErrorKind::InvalidChannelState(ChannelState::Closed, "testing"), FaultKind::NotSent),
            (ErrorKind::InvalidConnectionState(ConnectionState::Closed), FaultKind::NotSent),
            (io_error(io::ErrorKind::ConnectionRefused), FaultKind::NotSent),
            (io_error(io::ErrorKind::HostUnreachable), FaultKind::NotSent),
            (io_error(io::ErrorKind::NetworkUnreachable), FaultKind::NotSent),
            (io_error(io::ErrorKind::AddrNotAvailable), FaultKind::NotSent),
            (io_error(io::ErrorKind::ConnectionReset), FaultKind::Ambiguous),
            (io_error(io::ErrorKind::ConnectionAborted), FaultKind::Ambiguous),
            (io_error(io::ErrorKind::BrokenPipe), FaultKind::Ambiguous),
            (io_error(io::ErrorKind::UnexpectedEof), FaultKind::Ambiguous),
            (io_error(io::ErrorKind::TimedOut), FaultKind::Ambiguous),
            (ErrorKind::RuntimeShutdownError(Arc::new(io::ErrorKind::Other.into())), FaultKind::Ambiguous),
            (ErrorKind::SerialisationError(Arc::new(GenError::NotYetImplemented)), FaultKind::Bug),
            (ErrorKind::AuthProviderError("no token".to_owned()), FaultKind::Denied),
            (ErrorKind::FutureCompleted, FaultKind::Bug),
            (ErrorKind::NoDefaultRuntime, FaultKind::Bug),
            (ErrorKind::MissingHeartbeatError, FaultKind::Ambiguous),
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
