//! Faults: what can go wrong at a port, said so that a decision can follow.
//!
//! Every adapter maps its errors into these kinds in one function. A kind says whether the call took effect and whose
//! fault it is, never what to do: that is [`super::verdict`]'s. Expected outcomes (an absent object, an unknown task, a
//! used UUID) are no faults but variants of the port's answers.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// What kind of trouble a call met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// The call never left, or was turned away before it could take effect: repeating it is safe.
    NotSent,
    /// It may have taken effect: a time-out, a reset, a cut answer, a 5xx. Ask before repeating what costs.
    Ambiguous,
    /// Asked to slow down, for so long if it was said. Did not take effect.
    Throttled {
        /// How long to wait at least.
        after: Option<Duration>,
    },
    /// The other side is there and says it cannot serve now. Did not take effect.
    Unavailable,
    /// Refused for what was asked; repeating the same will be refused again.
    Rejected {
        /// The other side's own code.
        code: String,
    },
    /// Refused for who we are: credentials, permissions, credit, a missing bucket or exchange. Never the job's fault.
    Denied,
    /// The answer could not be understood.
    Malformed,
    /// We broke our own rules.
    Bug,
}

impl FaultKind {
    /// The names of all kinds.
    pub const NAMES: [&'static str; 8] =
        ["not_sent", "ambiguous", "throttled", "unavailable", "rejected", "denied", "malformed", "bug"];

    /// The kind's name in metrics and on pages, without what it holds.
    pub fn name(&self) -> &'static str {
        match self {
            FaultKind::NotSent => "not_sent",
            FaultKind::Ambiguous => "ambiguous",
            FaultKind::Throttled { .. } => "throttled",
            FaultKind::Unavailable => "unavailable",
            FaultKind::Rejected { .. } => "rejected",
            FaultKind::Denied => "denied",
            FaultKind::Malformed => "malformed",
            FaultKind::Bug => "bug",
        }
    }

    /// Whether waiting may help at all.
    pub fn may_mend(&self) -> bool {
        match self {
            FaultKind::NotSent | FaultKind::Ambiguous | FaultKind::Throttled { .. } | FaultKind::Unavailable => true,
            FaultKind::Rejected { .. } | FaultKind::Denied | FaultKind::Malformed | FaultKind::Bug => false,
        }
    }
}

/// An error at a port: its [kind](FaultKind), what we were doing, and the cause.
///
/// Neither text may hold a presigned URL, a key or a token; adapters strip them before they make a fault.
#[derive(Debug)]
pub struct Fault {
    /// What kind of trouble it was.
    pub kind: FaultKind,
    doing: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The result of a call at a port.
pub type Outcome<T> = Result<T, Fault>;

impl Fault {
    /// A fault of `kind` while `doing` something ("reading the ledger record of job 7").
    pub fn new(kind: FaultKind, doing: impl Into<String>) -> Fault {
        Fault { kind, doing: doing.into(), source: None }
    }

    /// Adds the cause, which is printed after what we were doing.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Fault {
        self.source = Some(source.into());
        self
    }

    /// The whole chain on one line: what we were doing, and each cause after a colon.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.doing)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn Error + 'static))
    }
}
