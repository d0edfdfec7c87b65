//! Which letters are meant, as it is said on the command line.

use clap::Args;
use jiff::Timestamp;

use super::Resolved;
use crate::cli::terminal::when;
use crate::job::ids::JobId;
use crate::job::letter::{Letter, LetterFilter, LetterName};
use crate::job::reason::Reason;

/// What letters without a reason are called.
const NO_REASON: &str = "none";

/// What a letter must be to be meant.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Filters {
    /// Only letters refused for this reason, like invalid_job; `none` for those that nobody gave one, broker.REASON for
    /// what the broker dead-lettered by itself
    #[arg(long, value_name = "REASON", value_parser = reason)]
    reason: Option<Reasoned>,
    /// Only letters about this job
    #[arg(long, value_name = "ID", value_parser = JobId::parse)]
    job: Option<JobId>,
    /// Only letters refused since then: an age like 2h or 7d, or an instant like 2026-11-24T04:00:00Z
    #[arg(long, value_name = "WHEN", value_parser = when)]
    since: Option<Timestamp>,
    /// Only letters refused before then
    #[arg(long, value_name = "WHEN", value_parser = when)]
    before: Option<Timestamp>,
}

impl Filters {
    /// Whether nothing is said.
    pub(super) fn is_empty(&self) -> bool {
        self.filter(Vec::new()).is_empty()
    }

    /// The filter, for letters of these names.
    pub(super) fn filter(&self, names: Vec<LetterName>) -> LetterFilter {
        LetterFilter {
            names,
            reason: self.reason.clone().map(|Reasoned(reason)| reason),
            job_id: self.job.clone(),
            since: self.since,
            before: self.before,
        }
    }
}

/// A reason, or that there is none.
#[derive(Debug, Clone)]
struct Reasoned(Option<String>);

fn reason(text: &str) -> Result<Reasoned, String> {
    let known = Reason::ALL.map(Reason::code);
    if text == NO_REASON {
        Ok(Reasoned(None))
    } else if known.contains(&text) || text.starts_with("broker.") {
        Ok(Reasoned(Some(text.to_owned())))
    } else {
        Err(format!("there is no such reason; there are {}, {NO_REASON}, and broker.REASON", known.join(", ")))
    }
}

/// The letters that these names stand for, among all those that may be meant.
pub(super) fn names(called: &[LetterName], letters: &[Letter]) -> Result<Resolved, String> {
    let mut resolved = Resolved::default();
    for name in called {
        let meant: Vec<&Letter> = letters.iter().filter(|letter| name.may_mean(&letter.id)).collect();
        match meant.as_slice() {
            [] => resolved.missing.push(name.clone()),
            [letter] => resolved.ids.push(letter.id.clone()),
            several => {
                let ids: Vec<&str> = several.iter().take(10).map(|letter| letter.id.as_str()).collect();
                return Err(format!(
                    "{} dead letters are called {name}: {}; say more digits",
                    several.len(),
                    ids.join(", ")
                ));
            }
        }
    }
    Ok(resolved)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_reason_is_one_that_there_is() {
        assert_eq!(reason("invalid_job").unwrap().0.as_deref(), Some("invalid_job"));
        assert_eq!(reason("broker.delivery_limit").unwrap().0.as_deref(), Some("broker.delivery_limit"));
        assert_eq!(reason("none").unwrap().0, None);
        assert!(reason("invalid").unwrap_err().contains("invalid_job"));
    }
}
