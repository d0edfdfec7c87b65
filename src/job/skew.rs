//! Clocks that disagree: ours, and those of whom we talk to.
//!
//! Signatures carry the time, and a store refuses them when its clock and ours are too far apart: S3 at 15 minutes, some
//! stores for any time in their future. Every HTTP answer says what time its sender believes it is, so that the
//! difference is known long before anything is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Differences up to this are none: a `Date` has whole seconds, and clocks that are kept in step differ by less.
pub const SKEW_TOLERATED: Duration = Duration::from_secs(30);

/// How far our clock is ahead of another one, as its last answer told. Cheap to clone; clones share it.
#[derive(Debug, Clone)]
pub struct SkewMeter(Arc<AtomicI64>);

/// Nothing was told yet.
const UNTOLD: i64 = i64::MIN;

impl Default for SkewMeter {
    fn default() -> SkewMeter {
        SkewMeter(Arc::new(AtomicI64::new(UNTOLD)))
    }
}

impl SkewMeter {
    /// By how much ours is ahead, negative when it is behind; `None` before the first answer.
    pub fn skew(&self) -> Option<SignedDuration> {
        let told = self.0.load(Ordering::Relaxed);
        (told != UNTOLD).then(|| SignedDuration::from_millis(told))
    }

    fn tell(&self, skew: SignedDuration) {
        self.0.store(i64::try_from(skew.as_millis()).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

/// What is known of another clock; says so only when it changes.
#[derive(Debug, Default)]
pub struct SkewWatch {
    meter: SkewMeter,
    /// What was said last; `None` while the clocks agree.
    told: Option<SignedDuration>,
}

/// Something new about another clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkewNews {
    /// Ours is this much ahead; behind when negative.
    Apart(SignedDuration),
    /// They agree again.
    Agreed,
}

impl SkewWatch {
    /// A watch that also shows on `meter` what every answer tells.
    pub fn on(meter: SkewMeter) -> SkewWatch {
        SkewWatch { meter, told: None }
    }

    /// Takes note of an answer's `Date` header, for a request sent and answered at these times of our own clock.
    ///
    /// The date was written somewhere between the two, however long the answer took. One that cannot be read is passed
    /// over.
    pub fn note(&mut self, date: &str, sent: Timestamp, answered: Timestamp) -> Option<SkewNews> {
        let theirs = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date.trim()).ok()?;
        let skew = if theirs < sent {
            sent.duration_since(theirs)
        } else if theirs > answered {
            answered.duration_since(theirs)
        } else {
            SignedDuration::ZERO
        };
        self.meter.tell(skew);
        let apart = |one: SignedDuration, other: SignedDuration| (one - other).unsigned_abs() > SKEW_TOLERATED;
        let known = self.told.unwrap_or(SignedDuration::ZERO);
        if skew.unsigned_abs() <= SKEW_TOLERATED {
            return self.told.take().map(|_| SkewNews::Agreed);
        }
        // A difference near the bound must not be told again and again.
        if self.told.is_some() && !apart(skew, known) {
            return None;
        }
        self.told = Some(skew);
        Some(SkewNews::Apart(skew))
    }

    /// How far ours was ahead at the last answer, behind when negative; `None` when no answer had a date.
    pub fn seen(&self) -> Option<SignedDuration> {
        self.meter.skew()
    }
}

/// For people, of a difference: what it is, what it means, what to do. `whose` is the other one's clock, as "the store".
pub fn apart(skew: SignedDuration, whose: &str) -> String {
    let (seconds, way) = (skew.as_secs().unsigned_abs(), if skew.is_positive() { "ahead of" } else { "behind" });
    format!(
        "this machine's clock is {seconds} s {way} that of {whose}: signatures may be refused and deadlines missed; keep \
         both in step (NTP)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: &str = "Mon, 03 Feb 2031 12:00:00 GMT";

    fn at(clock: &str) -> Timestamp {
        format!("2031-02-03T{clock}Z").parse().expect("an instant")
    }

    fn note(watch: &mut SkewWatch, sent: &str, answered: &str) -> Option<i64> {
        watch.note(NOON, at(sent), at(answered)).map(|news| match news {
            SkewNews::Apart(skew) => skew.as_secs(),
            SkewNews::Agreed => 0,
        })
    }

    #[test]
    fn a_difference_is_told_once_and_again_when_it_changes_or_ends() {
        let mut watch = SkewWatch::default();
        for (sent, answered, told) in [
            ("12:00:00", "12:00:01", None),
            ("12:00:30", "12:00:31", None),
            ("12:00:31", "12:00:32", Some(31)),
            ("12:00:32", "12:00:33", None),
            ("12:01:01", "12:01:02", None),
            ("12:10:00", "12:10:01", Some(600)),
            ("11:49:00", "11:50:00", Some(-600)),
            ("11:49:00", "11:50:10", None),
            ("12:00:00", "12:00:00", Some(0)),
            ("12:00:00", "12:00:00", None),
        ] {
            assert_eq!(note(&mut watch, sent, answered), told, "{sent} {answered}");
        }
    }

    #[test]
    fn a_slow_answer_is_no_skew() {
        let mut watch = SkewWatch::default();
        assert_eq!(note(&mut watch, "11:50:00", "12:10:00"), None);
        assert_eq!(watch.note("yesterday", at("00:00:00"), at("00:00:00")), None);
        assert_eq!(watch.note("", at("00:00:00"), at("00:00:00")), None);
    }

    #[test]
    fn the_message_says_which_clock_is_ahead_and_what_to_do() {
        let ahead = apart(SignedDuration::from_secs(90), "the store");
        assert!(ahead.contains("90 s ahead of that of the store") && ahead.contains("NTP"), "{ahead}");
        let behind = apart(SignedDuration::from_secs(-90), "the provider");
        assert!(behind.contains("90 s behind that of the provider"), "{behind}");
    }
}
