//! The labels of metrics. Each has few values, all known here: nothing that a job, a tenant, a bucket or the provider
//! names is ever one.

use crate::job::event::{EventType, Provenance};
use crate::job::fault::{FaultKind, Outcome};
use crate::job::reason::Reason;
use crate::job::verdict::Stage;
use crate::ports::ErrorFamily;
use crate::worker::{Prevented, RescueState, Settled, Side, Trouble};

/// Labels of one series, as names and values.
pub(super) type Set = Vec<(&'static str, &'static str)>;

/// One label.
pub(super) trait Label: Copy + Send + Sync + 'static {
    /// Its name.
    const NAME: &'static str;

    /// All values it can have.
    fn values() -> Vec<&'static str>;

    /// This value.
    fn value(self) -> &'static str;
}

/// The labels of a metric: none, one, two, or a pair of which not all combinations exist.
pub(super) trait Labels: Copy + Send + Sync + 'static {
    /// Their names and values, for the reference.
    fn described() -> Vec<(&'static str, Vec<&'static str>)>;

    /// Every series that there can be.
    fn all() -> Vec<Set>;

    /// This series.
    fn set(self) -> Set;
}

impl Labels for () {
    fn described() -> Vec<(&'static str, Vec<&'static str>)> {
        Vec::new()
    }

    fn all() -> Vec<Set> {
        vec![Vec::new()]
    }

    fn set(self) -> Set {
        Vec::new()
    }
}

impl<A: Label> Labels for A {
    fn described() -> Vec<(&'static str, Vec<&'static str>)> {
        vec![(A::NAME, A::values())]
    }

    fn all() -> Vec<Set> {
        A::values().into_iter().map(|value| vec![(A::NAME, value)]).collect()
    }

    fn set(self) -> Set {
        vec![(A::NAME, self.value())]
    }
}

impl<A: Label, B: Label> Labels for (A, B) {
    fn described() -> Vec<(&'static str, Vec<&'static str>)> {
        vec![(A::NAME, A::values()), (B::NAME, B::values())]
    }

    fn all() -> Vec<Set> {
        let with_all_b = |a| B::values().into_iter().map(move |b| vec![(A::NAME, a), (B::NAME, b)]);
        A::values().into_iter().flat_map(with_all_b).collect()
    }

    fn set(self) -> Set {
        vec![(A::NAME, self.0.value()), (B::NAME, self.1.value())]
    }
}

/// A label over an enumeration: its name, all of it, and what each is called.
macro_rules! label {
    ($type:ty, $name:literal, $all:expr, $value:expr) => {
        impl Label for $type {
            const NAME: &'static str = $name;

            fn values() -> Vec<&'static str> {
                $all.into_iter().map(Label::value).collect()
            }

            fn value(self) -> &'static str {
                let value: fn($type) -> &'static str = $value;
                value(self)
            }
        }
    };
}

label!(Stage, "stage", Stage::ALL, Stage::name);
label!(Reason, "reason", Reason::ALL, Reason::code);
label!(EventType, "type", EventType::ALL, EventType::routing_key);
label!(Provenance, "provenance", [Provenance::Uploaded, Provenance::Rescued], |provenance| match provenance {
    Provenance::Uploaded => "uploaded",
    Provenance::Rescued => "rescued",
});
label!(Prevented, "how", Prevented::ALL, |how| match how {
    Prevented::Conflict => "conflict",
    Prevented::Asked => "asked",
    Prevented::Adopted => "adopted",
    Prevented::Finished => "finished",
});
label!(RescueState, "state", RescueState::ALL, |state| match state {
    RescueState::Begun => "begun",
    RescueState::Fetched => "fetched",
    RescueState::Failed => "failed",
});
label!(Settled, "how", Settled::ALL, |how| match how {
    Settled::Completed => "completed",
    Settled::HandedBack => "handed_back",
    Settled::Parked => "parked",
    Settled::Rejected => "rejected",
});
label!(Side, "side", Side::ALL, |side| match side {
    Side::Ledger => "ledger",
    Side::Signing => "signing",
    Side::Videos => "videos",
    Side::Submissions => "submissions",
    Side::Questions => "questions",
    Side::Events => "events",
});
label!(Trouble, "trouble", Trouble::ALL, |trouble| match trouble {
    Trouble::Refused => "refused",
    Trouble::Away => "away",
});
label!(ErrorFamily, "family", ErrorFamily::ALL, |family| match family {
    ErrorFamily::Auth => "auth",
    ErrorFamily::Quota => "quota",
    ErrorFamily::RateLimit => "rate_limit",
    ErrorFamily::Safety => "safety",
    ErrorFamily::Timeout => "timeout",
    ErrorFamily::Provider => "provider",
    ErrorFamily::Server => "server",
    ErrorFamily::NotFound => "not_found",
    ErrorFamily::Validation => "validation",
    ErrorFamily::Conflict => "conflict",
    ErrorFamily::Unknown => "unknown",
});

/// How a call to a port went: `ok`, or the kind of its fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CallResult(&'static str);

impl CallResult {
    const OK: &'static str = "ok";

    pub(super) fn of<T>(outcome: &Outcome<T>) -> CallResult {
        CallResult(match outcome {
            Ok(_) => CallResult::OK,
            Err(fault) => fault.kind.name(),
        })
    }
}

impl Label for CallResult {
    const NAME: &'static str = "result";

    fn values() -> Vec<&'static str> {
        [CallResult::OK].into_iter().chain(FaultKind::NAMES).collect()
    }

    fn value(self) -> &'static str {
        self.0
    }
}

/// The kind of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FaultName(&'static str);

impl FaultName {
    pub(super) fn of(kind: &FaultKind) -> FaultName {
        FaultName(kind.name())
    }
}

impl Label for FaultName {
    const NAME: &'static str = "fault";

    fn values() -> Vec<&'static str> {
        FaultKind::NAMES.to_vec()
    }

    fn value(self) -> &'static str {
        self.0
    }
}

/// Yes or no, of something.
macro_rules! flag {
    ($(#[$doc:meta])* $type:ident, $name:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) struct $type(pub(super) bool);

        label!($type, $name, [$type(false), $type(true)], |$type(yes)| if yes { "true" } else { "false" });
    };
}

flag!(
    /// Whether a message was given out before.
    Redelivered, "redelivered"
);
flag!(
    /// Whether a job's record was written by another life of it, or another worker.
    Adopted, "adopted"
);
flag!(
    /// Whether the broker has heard of a settlement.
    Safe, "safe"
);

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Completed,
    Failed(Reason),
    Rejected(Reason),
}

impl Ended {
    const OUTCOMES: [&'static str; 3] = ["completed", "failed", "rejected"];
    const NO_REASON: &'static str = "none";

    fn pairs() -> impl Iterator<Item = Ended> {
        let rejections = [Reason::InvalidJob, Reason::JobIdReused, Reason::Internal];
        let failures = Reason::ALL.into_iter().filter(|reason| {
            let only_rejects = matches!(reason, Reason::InvalidJob | Reason::JobIdReused);
            !only_rejects
        });
        [Ended::Completed].into_iter().chain(failures.map(Ended::Failed)).chain(rejections.map(Ended::Rejected))
    }
}

impl Labels for Ended {
    fn described() -> Vec<(&'static str, Vec<&'static str>)> {
        let reasons = [Ended::NO_REASON].into_iter().chain(Reason::ALL.map(Reason::code));
        vec![("outcome", Ended::OUTCOMES.to_vec()), ("reason", reasons.collect())]
    }

    fn all() -> Vec<Set> {
        Ended::pairs().map(Labels::set).collect()
    }

    fn set(self) -> Set {
        let [completed, failed, rejected] = Ended::OUTCOMES;
        let (outcome, reason) = match self {
            Ended::Completed => (completed, Ended::NO_REASON),
            Ended::Failed(reason) => (failed, reason.code()),
            Ended::Rejected(reason) => (rejected, reason.code()),
        };
        vec![("outcome", outcome), ("reason", reason)]
    }
}

/// A label of our own: the enumeration, and what its values are called.
macro_rules! own_label {
    ($(#[$doc:meta])* $type:ident, $name:literal, { $($variant:ident => $value:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $type {
            $($variant,)+
        }

        label!($type, $name, [$($type::$variant),+], |label| match label {
            $($type::$variant => $value,)+
        });
    };
}

own_label!(
    /// How a job ended, without the reason.
    Success, "outcome", { Completed => "completed", Failed => "failed", }
);
own_label!(
    /// What became of one task in a call that submits.
    Submission, "result", {
        Accepted => "accepted",
        Conflict => "conflict",
        Refused => "refused",
        Unclear => "unclear",
        Failed => "failed",
    }
);
own_label!(
    /// Why the time of a result was over.
    TimeOver, "why", { Deadline => "deadline", Cancelled => "cancelled", }
);
own_label!(
    /// Why a video is rescued.
    Lack, "why", { Missing => "object_missing", Invalid => "object_invalid", }
);
own_label!(
    /// In what a video differs from what was asked for.
    Property, "property", {
        Container => "container",
        Width => "width",
        Height => "height",
        Duration => "durationSeconds",
        Other => "other",
    }
);
own_label!(
    /// Whose clock it is.
    Clock, "clock", { Store => "store", Provider => "provider", }
);
own_label!(
    /// The calls of the task API, and the fetching of results.
    ProviderCall, "operation", {
        Submit => "submit",
        Observe => "observe",
        Recall => "recall",
        Fetch => "fetch",
    }
);
own_label!(
    /// The calls whose answers tell errors of single tasks.
    TaskCall, "operation", { Submit => "submit", Observe => "observe", }
);
own_label!(
    /// The calls of the object store.
    StoreCall, "operation", {
        PresignPut => "presign_put",
        Open => "open",
        ReadRange => "read_range",
        Create => "create",
        Replace => "replace",
        Promote => "promote",
        WriteStream => "write_stream",
        Remove => "remove",
    }
);

impl Property {
    /// Of a deviation in an event.
    pub(super) fn named(name: &str) -> Property {
        let named = [Property::Container, Property::Width, Property::Height, Property::Duration];
        named.into_iter().find(|property| property.value() == name).unwrap_or(Property::Other)
    }
}

/// The program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version;

label!(Version, "version", [Version], |_| env!("CARGO_PKG_VERSION"));
