//! How a process ends.

use std::fmt;
use std::process::ExitCode;

use crate::job::fault::{Fault, FaultKind};

/// The exit codes, in the numbers of `sysexits.h` where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Some job failed, or some check of the doctor's.
    JobFailed,
    /// The command line is wrong.
    BadArguments,
    /// A dependency is unreachable.
    Unreachable,
    /// A bug.
    Bug,
    /// The configuration is wrong.
    BadConfiguration,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::JobFailed => 1,
            Exit::BadArguments => 64,
            Exit::Unreachable => 69,
            Exit::Bug => 70,
            Exit::BadConfiguration => 78,
        })
    }
}

/// Why a role could not be played: what is printed, and the exit code.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    text: String,
}

impl Failure {
    /// Nobody reads any more what is printed: no failure of ours, and nobody to tell it to.
    pub fn nobody_reads() -> Failure {
        Failure::new(Exit::Done, String::new())
    }

    /// A failure in words.
    pub fn new(exit: Exit, text: impl Into<String>) -> Failure {
        Failure { exit, text: text.into() }
    }

    /// A fault met while a role was set up.
    pub fn of_fault(fault: &Fault) -> Failure {
        let exit = match fault.kind {
            FaultKind::Denied | FaultKind::Rejected { .. } => Exit::BadConfiguration,
            FaultKind::NotSent
            | FaultKind::Ambiguous
            | FaultKind::Throttled { .. }
            | FaultKind::Unavailable
            | FaultKind::Malformed => Exit::Unreachable,
            FaultKind::Bug => Exit::Bug,
        };
        Failure::new(exit, fault.chain())
    }

    /// A file or socket that could not be used.
    pub fn of_io(what: &str, why: &std::io::Error) -> Failure {
        Failure::new(Exit::Unreachable, format!("{what}: {why}"))
    }

    /// A setting that is missing or wrong.
    pub fn of_config(problem: impl Into<String>) -> Failure {
        Failure::new(Exit::BadConfiguration, problem)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}
