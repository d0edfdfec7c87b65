//! What a switch can be set to, and how that is written.
//!
//! Every value has one written form, the same in a file, over the control routes, in a marker and on the page.

use std::fmt;
use std::time::Duration;

use axum::http::StatusCode;

pub(in crate::emulator) use words::{
    Acceptance, Cost, Envelope, ErrorPlace, Fate, Media, MixedStatus, Pace, Progress, Put, PutBody, PutFraming,
    PutHeaders, PutRefused, PutResults, PutRetries, PutTimes, RunningStatus, Sizes, UnknownTask, VideoUrl, Webhook,
    WebhookBody, WebhookRetries,
};

mod words;

/// Longest time that a value may name: whoever writes more has mistyped.
const MAX_TIME: Duration = Duration::from_hours(24);

/// A value of a switch. Its default is what happens when nobody sets the switch.
pub(super) trait Value: Clone + Default + fmt::Display {
    /// The written forms and what each means, the default first.
    const FORMS: &'static [(&'static str, &'static str)];

    /// Reads a written form; nothing if it is none.
    fn read(text: &str) -> Option<Self>;
}

/// What one call meets instead of its plain answer. All but `error` and `throttled` happen after the call took effect,
/// unless the switch `acceptance` says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::emulator) enum CallFault {
    /// The plain answer.
    #[default]
    None,
    /// The plain answer, so much later.
    Slow(Duration),
    /// No answer until the client hangs up.
    Stall,
    /// The connection is reset in place of an answer.
    Reset,
    /// Half of the answer's bytes, then a reset.
    Cut,
    /// Status 200 and bytes that are no JSON.
    Malformed,
    /// A page in HTML under this status, as something on the way answers.
    Html(StatusCode),
    /// Status 200 and an empty `data`.
    Empty,
    /// The answer without every second item of `data`, beginning with the first.
    Part,
    /// The plain answer under another status.
    Status(StatusCode),
    /// The vendor's error about each task of the call, with this code and its family's status.
    Error(String),
    /// Status 429, and `Retry-After` when it is more than nothing.
    Throttled(Duration),
}

impl Value for CallFault {
    const FORMS: &'static [(&'static str, &'static str)] = &[
        ("none", "the plain answer"),
        ("slow:MS", "the plain answer, so many milliseconds later"),
        ("stall", "no answer until the client hangs up"),
        ("reset", "the connection is reset in place of an answer"),
        ("cut", "half of the answer's bytes, then a reset"),
        ("malformed", "status 200 and bytes that are no JSON"),
        ("html:STATUS", "a page in HTML under this status, as something on the way answers"),
        ("empty", "status 200 and an empty data"),
        ("part", "the answer without every second item of data, beginning with the first"),
        ("status:STATUS", "the plain answer under another status"),
        ("error:CODE", "the vendor's error with this code about each task of the POST, under the status of its family"),
        ("throttled:SECONDS", "status 429 and Retry-After; without the header when it is 0"),
    ];

    fn read(text: &str) -> Option<Self> {
        Some(match text.split_once(':') {
            None => match text {
                "none" => Self::None,
                "stall" => Self::Stall,
                "reset" => Self::Reset,
                "cut" => Self::Cut,
                "malformed" => Self::Malformed,
                "empty" => Self::Empty,
                "part" => Self::Part,
                _ => return None,
            },
            Some(("slow", ms)) => Self::Slow(time(ms, Duration::from_millis)?),
            Some(("html", status)) => Self::Html(status_code(status)?),
            Some(("status", status)) => Self::Status(status_code(status)?),
            Some(("error", code)) => Self::Error(error_code(code)?),
            Some(("throttled", seconds)) => Self::Throttled(time(seconds, Duration::from_secs)?),
            Some(_) => return None,
        })
    }
}

impl fmt::Display for CallFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Slow(delay) => write!(f, "slow:{}", delay.as_millis()),
            Self::Stall => f.write_str("stall"),
            Self::Reset => f.write_str("reset"),
            Self::Cut => f.write_str("cut"),
            Self::Malformed => f.write_str("malformed"),
            Self::Html(status) => write!(f, "html:{}", status.as_u16()),
            Self::Empty => f.write_str("empty"),
            Self::Part => f.write_str("part"),
            Self::Status(status) => write!(f, "status:{}", status.as_u16()),
            Self::Error(code) => write!(f, "error:{code}"),
            Self::Throttled(after) => write!(f, "throttled:{}", after.as_secs()),
        }
    }
}

/// A time that may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::emulator) struct After(pub(in crate::emulator) Option<Duration>);

impl Value for After {
    const FORMS: &'static [(&'static str, &'static str)] =
        &[("never", "it does not happen"), ("MS", "so many milliseconds later")];

    fn read(text: &str) -> Option<Self> {
        if text == "never" { Some(Self(None)) } else { Some(Self(Some(time(text, Duration::from_millis)?))) }
    }
}

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("never"),
            Some(delay) => write!(f, "{}", delay.as_millis()),
        }
    }
}

/// A time in place of the emulator's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::emulator) struct Instead(pub(in crate::emulator) Option<Duration>);

impl Value for Instead {
    const FORMS: &'static [(&'static str, &'static str)] =
        &[("own", "as the emulator was started"), ("MS", "so many milliseconds")];

    fn read(text: &str) -> Option<Self> {
        if text == "own" { Some(Self(None)) } else { Some(Self(Some(time(text, Duration::from_millis)?))) }
    }
}

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("own"),
            Some(time) => write!(f, "{}", time.as_millis()),
        }
    }
}

/// A number of which there may be no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::emulator) struct Limit(pub(in crate::emulator) Option<usize>);

impl Limit {
    /// Whether `number` is beyond it.
    pub(in crate::emulator) fn is_passed_by(self, number: usize) -> bool {
        self.0.is_some_and(|most| number > most)
    }
}

impl Value for Limit {
    const FORMS: &'static [(&'static str, &'static str)] = &[("none", "the emulator's own"), ("N", "so many at most")];

    fn read(text: &str) -> Option<Self> {
        if text == "none" { Some(Self(None)) } else { text.parse().ok().map(|most| Self(Some(most))) }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("none"),
            Some(most) => write!(f, "{most}"),
        }
    }
}

/// How long something waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::emulator) struct Delay(pub(in crate::emulator) Duration);

impl Value for Delay {
    const FORMS: &'static [(&'static str, &'static str)] = &[("0", "at once"), ("MS", "so many milliseconds later")];

    fn read(text: &str) -> Option<Self> {
        time(text, Duration::from_millis).map(Self)
    }
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.as_millis())
    }
}

/// An error code with which a task fails, if it does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::emulator) struct Failure(pub(in crate::emulator) Option<String>);

impl Value for Failure {
    const FORMS: &'static [(&'static str, &'static str)] =
        &[("none", "it does not fail"), ("CODE", "it fails with this error code, such as providerTimeout")];

    fn read(text: &str) -> Option<Self> {
        if text == "none" { Some(Self(None)) } else { error_code(text).map(|code| Self(Some(code))) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or("none"))
    }
}

fn time(text: &str, unit: fn(u64) -> Duration) -> Option<Duration> {
    text.parse().ok().map(unit).filter(|time| *time <= MAX_TIME)
}

fn status_code(text: &str) -> Option<StatusCode> {
    let status = text.parse::<StatusCode>().ok()?;
    // 1xx are no answers, and 204 and 304 carry no body.
    (status.as_u16() >= 200 && !matches!(status.as_u16(), 204 | 205 | 304)).then_some(status)
}

fn error_code(text: &str) -> Option<String> {
    const MAX_CHARS: usize = 64;
    let is_code = !text.is_empty() && text.len() <= MAX_CHARS && text.chars().all(|c| c.is_ascii_alphanumeric());
    is_code.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::{After, CallFault, Delay, Failure, Instead, Limit, PutBody, Value};

    fn assert_written_as_read<T: Value>(texts: &[&str]) {
        for text in texts {
            let value = T::read(text).unwrap_or_else(|| panic!("{text} is a form"));
            assert_eq!(value.to_string(), *text);
        }
    }

    #[test]
    fn what_is_written_reads_as_the_same_value() {
        assert_written_as_read::<CallFault>(&[
            "none",
            "slow:1500",
            "stall",
            "reset",
            "cut",
            "malformed",
            "html:502",
            "empty",
            "part",
            "status:500",
            "error:insufficientCredits",
            "throttled:3",
        ]);
        assert_written_as_read::<After>(&["never", "0", "250"]);
        assert_written_as_read::<Delay>(&["0", "86400000"]);
        assert_written_as_read::<Instead>(&["own", "0", "250"]);
        assert_written_as_read::<Limit>(&["none", "0", "16"]);
        assert_written_as_read::<Failure>(&["none", "providerTimeout"]);
        assert_written_as_read::<PutBody>(&PutBody::FORMS.iter().map(|(word, _)| *word).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for text in
            ["", "Reset", "slow", "slow:", "slow:-1", "slow:86400001", "html:99", "html:204", "error:", "error:a b"]
        {
            assert_eq!(CallFault::read(text), None, "{text}");
        }
        assert_eq!(After::read("soon"), None);
        assert_eq!(Failure::read("provider timeout"), None);
    }

    #[test]
    fn the_default_is_the_first_form() {
        assert_eq!(CallFault::default().to_string(), CallFault::FORMS[0].0);
        assert_eq!(After::default().to_string(), After::FORMS[0].0);
        assert_eq!(Delay::default().to_string(), Delay::FORMS[0].0);
        assert_eq!(Failure::default().to_string(), Failure::FORMS[0].0);
        assert_eq!(Instead::default().to_string(), Instead::FORMS[0].0);
        assert_eq!(Limit::default().to_string(), Limit::FORMS[0].0);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reading_panic(text in ".{0,40}") {
            let _ = (CallFault::read(&text), After::read(&text), Delay::read(&text), Failure::read(&text));
        }
    }
}
