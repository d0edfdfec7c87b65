//! What was found, one for each check and what it is about; and where it is gathered while it is found.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::catalogue::{Area, Check, Entry, Grade, fill};
use crate::job::text::one_line;

/// Longest text shown of what was seen, in characters: foreign words are in it.
const SEEN_MAX_CHARS: usize = 600;

/// The outcome of a check.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) check: Check,
    /// What it was tried of, where a check is of several things: a bucket, a queue, a right.
    pub(super) subject: Option<String>,
    /// What was seen; of a check that was skipped, why.
    pub(super) seen: String,
    pub(super) outcome: Outcome,
    /// What `--fix` did.
    pub(super) fixed: Option<String>,
}

#[derive(Debug)]
pub(super) enum Outcome {
    Well,
    Skipped,
    Ill(Ill),
}

/// Something that is wrong, in the words of the catalogue.
#[derive(Debug)]
pub(super) struct Ill {
    pub(super) entry: &'static Entry,
    pub(super) title: String,
    pub(super) means: String,
    pub(super) cures: Vec<String>,
}

impl Found {
    pub(super) fn well(check: Check, seen: impl AsRef<str>) -> Found {
        Found::new(check, seen.as_ref(), Outcome::Well)
    }

    pub(super) fn skipped(check: Check, why: impl AsRef<str>) -> Found {
        Found::new(check, why.as_ref(), Outcome::Skipped)
    }

    /// A finding of the catalogue. `met` is what stands for the names in its texts.
    pub(super) fn ill(entry: &'static Entry, seen: impl AsRef<str>, met: &[(&str, &str)]) -> Found {
        let ill = Ill {
            entry,
            title: fill(entry.title, met),
            means: fill(entry.means, met),
            cures: entry.cures.iter().map(|cure| fill(cure, met)).collect(),
        };
        Found::new(entry.check, seen.as_ref(), Outcome::Ill(ill))
    }

    fn new(check: Check, seen: &str, outcome: Outcome) -> Found {
        Found { check, subject: None, seen: one_line(seen, SEEN_MAX_CHARS), outcome, fixed: None }
    }

    pub(super) fn of(mut self, subject: impl Into<String>) -> Found {
        self.subject = Some(subject.into());
        self
    }

    pub(super) fn fixed(mut self, how: impl Into<String>) -> Found {
        self.fixed = Some(how.into());
        self
    }

    pub(super) fn grade(&self) -> Option<Grade> {
        match &self.outcome {
            Outcome::Ill(ill) => Some(ill.entry.grade),
            Outcome::Well | Outcome::Skipped => None,
        }
    }

    pub(super) fn is_skipped(&self) -> bool {
        matches!(self.outcome, Outcome::Skipped)
    }

    /// One object; its fields are documented in the help.
    pub(super) fn as_json(&self) -> Value {
        let (word, ill) = match &self.outcome {
            Outcome::Well => ("ok", None),
            Outcome::Skipped => ("skipped", None),
            Outcome::Ill(ill) => (ill.entry.grade.name(), Some(ill)),
        };
        json!({
            "area": self.check.area().name(),
            "check": self.check.id(),
            "subject": self.subject,
            "outcome": word,
            "seen": self.seen,
            "finding": ill.map(|ill| ill.entry.id),
            "title": ill.map(|ill| &ill.title),
            "means": ill.map(|ill| &ill.means),
            "cures": ill.map(|ill| &ill.cures),
            "fixed": self.fixed,
        })
    }
}

/// What was found so far. Kept outside of those who look, so that it outlasts them when they are stopped.
pub(super) struct Notes {
    found: Mutex<Vec<Found>>,
    /// Whether somebody watches standard error.
    watched: bool,
}

impl Notes {
    pub(super) fn new() -> Notes {
        Notes { found: Mutex::default(), watched: std::io::stderr().is_terminal() }
    }

    pub(super) fn add(&self, found: Found) {
        let mut all = self.lock();
        if self.watched {
            let count = all.len() + 1;
            // Nothing sensible is left to do when standard error is gone.
            let _ = write!(std::io::stderr(), "\r\x1b[2K{count} tried, last {}", found.check.id());
        }
        all.push(found);
    }

    /// Notes all checks of an area of which nothing is known, as skipped.
    pub(super) fn skip_rest(&self, area: Area, why: &str) {
        let untried = Check::ALL.into_iter().filter(|check| check.area() == area);
        let known: Vec<Check> = self.lock().iter().map(|found| found.check).collect();
        for check in untried.filter(|check| !known.contains(check)) {
            self.add(Found::skipped(check, why));
        }
    }

    /// Whether anything of this check is known.
    pub(super) fn knows(&self, check: Check) -> bool {
        self.lock().iter().any(|found| found.check == check)
    }

    /// Whether anything of this check is known to be wrong.
    pub(super) fn is_ill(&self, check: Check) -> bool {
        self.lock().iter().any(|found| found.check == check && found.grade() == Some(Grade::Failure))
    }

    /// Whether this check failed of one subject.
    pub(super) fn is_ill_of(&self, check: Check, subject: &str) -> bool {
        let all = self.lock();
        let mut failed = all.iter().filter(|found| found.check == check && found.grade() == Some(Grade::Failure));
        failed.any(|found| found.subject.as_deref() == Some(subject))
    }

    /// All of it, in the order of the checks.
    pub(super) fn take(&self) -> Vec<Found> {
        if self.watched {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
        let mut all = std::mem::take(&mut *self.lock());
        all.sort_by_key(|found| found.check);
        all
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Found>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
