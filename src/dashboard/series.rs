//! What happened in each of the last minutes.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::board::End;

/// Minutes that are remembered: three hours.
pub(super) const MINUTES: usize = 180;

/// What ended within some time, and what it cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Minute {
    pub(super) completed: u64,
    pub(super) failed: u64,
    pub(super) rejected: u64,
    pub(super) spend_usd: f64,
}

impl Minute {
    /// One end.
    pub(super) fn of(end: End, spend_usd: f64) -> Minute {
        let one = |wanted| u64::from(end == wanted);
        Minute { completed: one(End::Completed), failed: one(End::Failed), rejected: one(End::Rejected), spend_usd }
    }

    pub(super) fn add(&mut self, other: Minute) {
        self.completed += other.completed;
        self.failed += other.failed;
        self.rejected += other.rejected;
        self.spend_usd += other.spend_usd;
    }

    /// All that ended.
    pub(super) fn ends(&self) -> u64 {
        self.completed + self.failed + self.rejected
    }
}

/// The last minutes in which something happened, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Series(VecDeque<(i64, Minute)>);

fn minute_of(time: Timestamp) -> i64 {
    time.as_second().div_euclid(60)
}

impl Series {
    pub(super) fn add(&mut self, now: Timestamp, happened: Minute) {
        let now = minute_of(now);
        match self.0.back_mut() {
            // A clock that was set back counts for the minute in which it was.
            Some((minute, counted)) if *minute >= now => counted.add(happened),
            Some(_) | None => self.0.push_back((now, happened)),
        }
        while self.0.len() > MINUTES {
            self.0.pop_front();
        }
    }

    /// Each of the last [`MINUTES`], the oldest first and the present one last.
    pub(super) fn minutes(&self, now: Timestamp) -> Vec<Minute> {
        let mut all = vec![Minute::default(); MINUTES];
        let now = minute_of(now);
        for (minute, counted) in &self.0 {
            let ago = usize::try_from(now.saturating_sub(*minute).max(0)).unwrap_or(usize::MAX);
            if let Some(place) = (MINUTES - 1).checked_sub(ago) {
                all[place].add(*counted);
            }
        }
        all
    }

    /// The last so many minutes together.
    pub(super) fn last(&self, now: Timestamp, minutes: usize) -> Minute {
        let mut sum = Minute::default();
        for minute in self.minutes(now).into_iter().rev().take(minutes) {
            sum.add(minute);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("an instant")
    }

    #[test]
    fn what_is_older_than_three_hours_is_forgotten() {
        let mut series = Series::default();
        for minute in 0..1000 {
            series.add(at(60 * minute + 7), Minute::of(End::Completed, 0.5));
        }
        let now = at(60 * 999 + 59);
        assert_eq!(series.0.len(), MINUTES);
        assert!(series.minutes(now).iter().all(|minute| minute.completed == 1));
        assert_eq!(series.last(now, 60), Minute { completed: 60, spend_usd: 30.0, ..Minute::default() });
        assert_eq!(series.last(now + jiff::SignedDuration::from_hours(4), 60), Minute::default());
    }

    #[test]
    fn a_quiet_minute_is_empty_and_a_clock_set_back_loses_nothing() {
        let mut series = Series::default();
        series.add(at(600), Minute::of(End::Failed, 1.0));
        series.add(at(720), Minute::of(End::Rejected, 0.0));
        series.add(at(0), Minute::of(End::Completed, 0.0));
        let minutes = series.minutes(at(725));
        let counts: Vec<u64> = minutes[MINUTES - 4..].iter().map(Minute::ends).collect();
        assert_eq!(counts, [0, 1, 0, 2]);
    }
}
