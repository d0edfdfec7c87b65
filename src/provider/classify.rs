//! Classification: from what happened to a call to the fault the worker decides on.
//!
//! One table, [`classify`]. The question behind each row is whether a submission may have been accepted all the same:
//! where that cannot be ruled out the fault is `Ambiguous`, and the worker asks before it repeats. Questions change
//! nothing at the provider, so the same events are plain trouble there.

use std::time::Duration;

use jiff::Timestamp;

use crate::job::fault::FaultKind;
use crate::ports::ErrorFamily;

/// Longest wait taken from a `Retry-After`. Beyond it the header is a mistake, and believing it would stall the worker.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(15 * 60);

/// Which call it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// Costs money when it takes effect.
    Submit,
    /// Asks how tasks stand.
    Observe,
    /// Asks what is archived.
    Recall,
    /// Asks what the account holds.
    Account,
}

impl Call {
    /// Its name in traces.
    pub(super) fn name(self) -> &'static str {
        match self {
            Call::Submit => "submit",
            Call::Observe => "observe",
            Call::Recall => "recall",
            Call::Account => "account",
        }
    }

    /// What we are doing, for people.
    pub(super) fn doing(self, tasks: usize) -> String {
        let doing = match self {
            Call::Submit => "submitting",
            Call::Observe => "asking the provider about",
            Call::Recall => "asking the provider's archive about",
            Call::Account => return "asking the provider about the account".to_owned(),
        };
        format!("{doing} {tasks} task{}", if tasks == 1 { "" } else { "s" })
    }
}

/// What happened to a call that has no answer about its tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Happened {
    /// No request could be made of it.
    Unsendable,
    /// No connection came about: refused, no such host, no TLS.
    Unreachable,
    /// It was sent, and no whole answer came: a time-out, a reset, a cut.
    Lost,
    /// The answer is longer than any reply.
    Oversized,
    /// A whole answer that is no reply, or one that says nothing of our tasks under a status of failure.
    Opaque {
        /// The HTTP status.
        status: u16,
    },
    /// An error that names no task, or that is about us and not about the task it names.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error's family.
        family: ErrorFamily,
        /// The vendor's code.
        code: String,
    },
}

/// The kind of fault, for every call and everything that can happen to it. `after` is the answer's `Retry-After`.
pub(super) fn classify(call: Call, happened: &Happened, after: Option<Duration>) -> FaultKind {
    let costs = match call {
        Call::Submit => true,
        Call::Observe | Call::Recall | Call::Account => false,
    };
    let unless_it_costs = |kind| if costs { FaultKind::Ambiguous } else { kind };
    match happened {
        Happened::Unsendable => FaultKind::Bug,
        Happened::Unreachable => FaultKind::NotSent,
        Happened::Lost => FaultKind::Ambiguous,
        Happened::Oversized => unless_it_costs(FaultKind::Malformed),
        Happened::Opaque { status } => match status {
            // A redirect, no such path, no such method: it is not the provider's API that we are talking to.
            300..=399 | 404 | 405 | 407 => FaultKind::Denied,
            401..=403 => FaultKind::Denied,
            429 => FaultKind::Throttled { after },
            // Never looked into.
            413..=415 | 431 => FaultKind::Rejected { code: format!("http_{status}") },
            408 | 409 => unless_it_costs(FaultKind::Unavailable),
            // A used UUID is answered with 400, which means that the first submission was accepted.
            400..=499 => unless_it_costs(FaultKind::Rejected { code: format!("http_{status}") }),
            503 if !costs && after.is_some() => FaultKind::Throttled { after },
            500..=599 => unless_it_costs(FaultKind::Unavailable),
            _ => unless_it_costs(FaultKind::Malformed),
        },
        Happened::Refused { status, family, code } => match family {
            ErrorFamily::Auth | ErrorFamily::Quota => FaultKind::Denied,
            ErrorFamily::RateLimit => FaultKind::Throttled { after },
            ErrorFamily::Server | ErrorFamily::Timeout => unless_it_costs(FaultKind::Unavailable),
            ErrorFamily::Validation | ErrorFamily::Safety | ErrorFamily::NotFound => {
                FaultKind::Rejected { code: code.clone() }
            }
            ErrorFamily::Conflict => unless_it_costs(FaultKind::Rejected { code: code.clone() }),
            // The code tells nothing of the call's fate; the status has to.
            ErrorFamily::Provider | ErrorFamily::Unknown => match status {
                401..=403 => FaultKind::Denied,
                429 => FaultKind::Throttled { after },
                400..=499 => FaultKind::Rejected { code: code.clone() },
                _ => unless_it_costs(FaultKind::Unavailable),
            },
        },
    }
}

/// What a `Retry-After` header asks for: seconds, or an HTTP date as seen from `now`.
pub(super) fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    let wait = match header.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(header).ok()?;
            Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO)
        }
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::{Call, Happened, RETRY_AFTER_MAX, classify, retry_after};
    use crate::job::fault::FaultKind;
    use crate::ports::ErrorFamily;

    const AFTER: Option<Duration> = Some(Duration::from_secs(7));

    fn rejected(code: &str) -> FaultKind {
        FaultKind::Rejected { code: code.to_owned() }
    }

    fn opaque(status: u16) -> Happened {
        Happened::Opaque { status }
    }

    fn refused(status: u16, family: ErrorFamily) -> Happened {
        Happened::Refused { status, family, code: "someCode".to_owned() }
    }

    #[test]
    fn every_event_has_its_fault() {
        use FaultKind::{Ambiguous, Bug, Denied, Malformed, NotSent, Throttled, Unavailable};
        let throttled = Throttled { after: AFTER };
        let some_code = || rejected("someCode");
        // What happened, the fault of a submit, the fault of a question.
        let rows = [
            (Happened::Unsendable, Bug, Bug),
            (Happened::Unreachable, NotSent, NotSent),
            (Happened::Lost, Ambiguous, Ambiguous),
            (Happened::Oversized, Ambiguous, Malformed),
            (opaque(100), Ambiguous, Malformed),
            (opaque(200), Ambiguous, Malformed),
            (opaque(204), Ambiguous, Malformed),
            (opaque(302), Denied, Denied),
            (opaque(400), Ambiguous, rejected("http_400")),
            (opaque(401), Denied, Denied),
            (opaque(402), Denied, Denied),
            (opaque(403), Denied, Denied),
            (opaque(404), Denied, Denied),
            (opaque(405), Denied, Denied),
            (opaque(407), Denied, Denied),
            (opaque(408), Ambiguous, Unavailable),
            (opaque(409), Ambiguous, Unavailable),
            (opaque(413), rejected("http_413"), rejected("http_413")),
            (opaque(415), rejected("http_415"), rejected("http_415")),
            (opaque(422), Ambiguous, rejected("http_422")),
            (opaque(429), throttled.clone(), throttled.clone()),
            (opaque(431), rejected("http_431"), rejected("http_431")),
            (opaque(500), Ambiguous, Unavailable),
            (opaque(502), Ambiguous, Unavailable),
            (opaque(503), Ambiguous, throttled.clone()),
            (opaque(504), Ambiguous, Unavailable),
            (opaque(999), Ambiguous, Malformed),
            (refused(200, ErrorFamily::Auth), Denied, Denied),
            (refused(402, ErrorFamily::Quota), Denied, Denied),
            (refused(400, ErrorFamily::RateLimit), throttled.clone(), throttled.clone()),
            (refused(400, ErrorFamily::Server), Ambiguous, Unavailable),
            (refused(504, ErrorFamily::Timeout), Ambiguous, Unavailable),
            (refused(400, ErrorFamily::Validation), some_code(), some_code()),
            (refused(500, ErrorFamily::Validation), some_code(), some_code()),
            (refused(400, ErrorFamily::Safety), some_code(), some_code()),
            (refused(404, ErrorFamily::NotFound), some_code(), some_code()),
            (refused(400, ErrorFamily::Conflict), Ambiguous, some_code()),
            (refused(400, ErrorFamily::Provider), some_code(), some_code()),
            (refused(500, ErrorFamily::Provider), Ambiguous, Unavailable),
            (refused(200, ErrorFamily::Unknown), Ambiguous, Unavailable),
            (refused(401, ErrorFamily::Unknown), Denied, Denied),
            (refused(402, ErrorFamily::Unknown), Denied, Denied),
            (refused(422, ErrorFamily::Unknown), some_code(), some_code()),
            (refused(429, ErrorFamily::Unknown), throttled.clone(), throttled.clone()),
            (refused(503, ErrorFamily::Unknown), Ambiguous, Unavailable),
        ];
        for (happened, submit, question) in rows {
            assert_eq!(classify(Call::Submit, &happened, AFTER), submit, "submit: {happened:?}");
            assert_eq!(classify(Call::Observe, &happened, AFTER), question, "observe: {happened:?}");
            assert_eq!(classify(Call::Recall, &happened, AFTER), question, "recall: {happened:?}");
            assert_eq!(classify(Call::Account, &happened, AFTER), question, "account: {happened:?}");
        }
    }

    #[test]
    fn a_503_that_names_no_wait_is_unavailable() {
        assert_eq!(classify(Call::Observe, &opaque(503), None), FaultKind::Unavailable);
        assert_eq!(classify(Call::Submit, &opaque(503), None), FaultKind::Ambiguous);
    }

    #[test]
    fn no_status_lets_an_unread_submission_pass_for_refused_that_may_be_a_conflict() {
        for status in (100..=299).chain([400, 408, 409, 422]).chain(500..=599) {
            assert_eq!(classify(Call::Submit, &opaque(status), AFTER), FaultKind::Ambiguous, "{status}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_bounded() {
        let now: Timestamp = "2031-02-03T10:00:00Z".parse().expect("an instant");
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (header, expected) in [
            ("0", seconds(0)),
            (" 7 ", seconds(7)),
            ("999999999", Some(RETRY_AFTER_MAX)),
            ("Mon, 03 Feb 2031 10:00:30 GMT", seconds(30)),
            ("Mon, 03 Feb 2031 09:00:00 GMT", seconds(0)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(header, now), expected, "{header:?}");
        }
    }
}
