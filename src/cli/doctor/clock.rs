//! Clocks that disagree.

use std::time::Duration;

use jiff::SignedDuration;

use super::catalogue::{Check, Entry};
use super::found::Found;
use crate::job::skew::SKEW_TOLERATED;

/// From which difference on S3 refuses signatures.
const REFUSED_FROM: Duration = Duration::from_secs(15 * 60);

/// Compares our clock with that of whoever answered. `claims` tells that the answer itself complains of the clock.
pub(super) fn compare(
    check: Check,
    (off, drifts): (&'static Entry, &'static Entry),
    skew: Option<SignedDuration>,
    claims: bool,
    answer: Option<&str>,
) -> Found {
    let Some(skew) = skew else {
        return match claims {
            true => Found::ill(off, answer.unwrap_or_default(), &[("skew", "too far"), ("way", "from")]),
            false => Found::skipped(check, "its answers have no date"),
        };
    };
    let (told, way) = (told(skew.unsigned_abs()), if skew.is_positive() { "ahead of" } else { "behind" });
    let met = [("skew", &*told), ("way", way)];
    let seen = || answer.map_or_else(|| "the Date of its answer".to_owned(), str::to_owned);
    if claims || skew.unsigned_abs() >= REFUSED_FROM {
        Found::ill(off, seen(), &met)
    } else if skew.unsigned_abs() > SKEW_TOLERATED {
        Found::ill(drifts, "the Date of its answer", &met)
    } else {
        Found::well(check, "")
    }
}

fn told(skew: Duration) -> String {
    match skew.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} minutes", (seconds + 30) / 60),
        seconds => format!("{} hours", (seconds + 1800) / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::super::findings as f;
    use super::*;

    fn id_of(skew_s: i64, claims: bool) -> &'static str {
        let clocks = (&f::STORE_CLOCK_OFF, &f::STORE_CLOCK_DRIFTS);
        let found = compare(Check::StoreClock, clocks, Some(SignedDuration::from_secs(skew_s)), claims, None);
        match found.outcome {
            super::super::found::Outcome::Ill(ill) => ill.entry.id,
            _ => "well",
        }
    }

    #[test]
    fn a_clock_is_off_from_where_signatures_are_refused_or_when_the_store_says_so() {
        for (skew_s, claims, id) in [
            (20, false, "well"),
            (-31, false, "store-clock-drifts"),
            (899, false, "store-clock-drifts"),
            (900, false, "store-clock-off"),
            (-1200, false, "store-clock-off"),
            (0, true, "store-clock-off"),
        ] {
            assert_eq!(id_of(skew_s, claims), id, "{skew_s} {claims}");
        }
        for (seconds, text) in [(31, "31 s"), (1199, "20 minutes"), (1201, "20 minutes"), (86_399, "24 hours")] {
            assert_eq!(told(Duration::from_secs(seconds)), text);
        }
    }
}
