//! Which letters are meant, and what is told of a look at all of them.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::{Letter, LetterId, LetterName};
use crate::job::ids::JobId;

/// Which letters are meant: those to which all of this applies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LetterFilter {
    /// Called by one of these names; any, when there are none.
    pub names: Vec<LetterName>,
    /// Refused for this reason, as in [`Letter::reason`]; `Some(None)` for letters without one.
    pub reason: Option<Option<String>>,
    /// About this job.
    pub job_id: Option<JobId>,
    /// Refused at this instant or later. A letter whose instant is not known is not meant.
    pub since: Option<Timestamp>,
    /// Refused before this instant. A letter whose instant is not known is not meant.
    pub before: Option<Timestamp>,
}

impl LetterFilter {
    /// Whether it says nothing: every letter is meant.
    pub fn is_empty(&self) -> bool {
        *self == LetterFilter::default()
    }

    /// Whether this letter is meant.
    pub fn means(&self, letter: &Letter) -> bool {
        let LetterFilter { names, reason, job_id, since, before } = self;
        (names.is_empty() || names.iter().any(|name| name.may_mean(&letter.id)))
            && reason.as_ref().is_none_or(|reason| *reason == letter.reason)
            && job_id.as_ref().is_none_or(|job_id| Some(job_id) == letter.job_id.as_ref())
            && since.is_none_or(|since| letter.rejected_at.is_some_and(|at| at >= since))
            && before.is_none_or(|before| letter.rejected_at.is_some_and(|at| at < before))
    }
}

/// How much is looked at, and how much of it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LetterPage {
    /// Letters that are meant and passed over, the oldest ones.
    pub skip: usize,
    /// Most letters told.
    pub most: usize,
    /// Most letters looked at.
    pub look_at_most: usize,
}

/// What was found among the letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LettersFound {
    /// The letters that are meant, oldest first, each once.
    pub letters: Vec<Letter>,
    /// How many are meant, copies included and whether or not they are told.
    pub meant: u64,
    /// How many were looked at, copies included.
    pub looked_at: u64,
    /// Whether that was all there are; else there may be more that are meant.
    pub all: bool,
    /// How many there were altogether when looking began, copies included, as far as the broker told.
    pub in_queue: u64,
}

/// Gathers what is told of a look: of all letters shown to it only the oldest are kept, in bounded memory.
#[derive(Debug)]
pub struct Gathering<'a> {
    filter: &'a LetterFilter,
    page: LetterPage,
    /// By age, and letters of one age in the order in which they were shown. What has no age comes first.
    kept: BTreeMap<Age, Letter>,
    ages: HashMap<LetterId, Age>,
    meant: u64,
    looked_at: u64,
}

/// The instant of a refusal, and the place among those shown.
type Age = (Option<Timestamp>, u64);

impl<'a> Gathering<'a> {
    /// Of letters that are meant, the part that the page asks for.
    pub fn new(filter: &'a LetterFilter, page: LetterPage) -> Gathering<'a> {
        Gathering { filter, page, kept: BTreeMap::new(), ages: HashMap::new(), meant: 0, looked_at: 0 }
    }

    /// One more letter was looked at.
    pub fn show(&mut self, letter: Letter) {
        self.looked_at += 1;
        if !self.filter.means(&letter) {
            return;
        }
        self.meant += 1;
        if let Some(known) = self.ages.get(&letter.id).and_then(|age| self.kept.get_mut(age)) {
            known.copies += 1;
            return;
        }
        let age = (letter.rejected_at, self.looked_at);
        self.ages.insert(letter.id.clone(), age);
        self.kept.insert(age, letter);
        if self.kept.len() > self.page.skip.saturating_add(self.page.most)
            && let Some((_, youngest)) = self.kept.pop_last()
        {
            self.ages.remove(&youngest.id);
        }
    }

    /// What was found.
    pub fn found(self, in_queue: u64, all: bool) -> LettersFound {
        let letters = self.kept.into_values().skip(self.page.skip).collect();
        LettersFound { letters, meant: self.meant, looked_at: self.looked_at, all, in_queue }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn letter(body: &str, second: Option<i64>) -> Letter {
        let rejected_at = second.map(|second| Timestamp::from_second(second).unwrap());
        Letter {
            id: LetterId::of("", &rejected_at.map(|at| at.to_string()).unwrap_or_default(), body.as_bytes()),
            job_id: JobId::parse(body).ok(),
            reason: Some("internal".to_owned()),
            first_reason: None,
            problems: Vec::new(),
            rejected_at,
            first_queue: None,
            attempts: None,
            replays: 0,
            replayed_at: None,
            message_id: None,
            traceparent: None,
            size: 0,
            excerpt: body.to_owned(),
            copies: 1,
        }
    }

    fn gathered(letters: &[Letter], filter: &LetterFilter, skip: usize, most: usize) -> (Vec<String>, LettersFound) {
        let mut gathering = Gathering::new(filter, LetterPage { skip, most, look_at_most: usize::MAX });
        letters.iter().cloned().for_each(|letter| gathering.show(letter));
        let found = gathering.found(0, true);
        (found.letters.iter().map(|letter| letter.excerpt.clone()).collect(), found)
    }

    #[test]
    fn a_letter_is_meant_when_everything_applies_and_one_of_unknown_age_by_no_time() {
        let at = |second| Some(Timestamp::from_second(second).unwrap());
        let some = letter("job-1", Some(100));
        let ageless = letter("job-1", None);
        let job_id = JobId::parse("job-1").ok();
        let with = |since, before| LetterFilter { since: at(since), before: at(before), ..LetterFilter::default() };
        assert!(LetterFilter::default().means(&some) && LetterFilter::default().means(&ageless));
        assert!(with(100, 101).means(&some) && !with(101, 200).means(&some) && !with(0, 100).means(&some));
        assert!(!with(0, 1000).means(&ageless));
        for (filter, means) in [
            (LetterFilter { job_id: job_id.clone(), ..LetterFilter::default() }, true),
            (LetterFilter { job_id: JobId::parse("job-2").ok(), ..LetterFilter::default() }, false),
            (LetterFilter { reason: Some(Some("internal".to_owned())), ..LetterFilter::default() }, true),
            (LetterFilter { reason: Some(None), ..LetterFilter::default() }, false),
            (LetterFilter { reason: Some(None), job_id, ..LetterFilter::default() }, false),
        ] {
            assert_eq!(filter.means(&some), means, "{filter:?}");
            assert!(!filter.is_empty());
        }
    }

    #[test]
    fn the_oldest_are_told_first_whatever_order_they_were_shown_in_and_copies_are_one() {
        let shown = [("d", Some(4)), ("b", Some(2)), ("a", None), ("c", Some(3)), ("b", Some(2)), ("e", Some(4))];
        let shown = shown.map(|(body, second)| letter(body, second));
        let all = LetterFilter::default();
        let (bodies, found) = gathered(&shown, &all, 0, 10);
        assert_eq!(bodies, ["a", "b", "c", "d", "e"]);
        assert_eq!(found.letters.iter().map(|letter| letter.copies).collect::<Vec<_>>(), [1, 2, 1, 1, 1]);
        assert_eq!((found.meant, found.looked_at), (6, 6));
        assert_eq!(gathered(&shown, &all, 1, 2).0, ["b", "c"]);
        assert_eq!(gathered(&shown, &all, 4, 2).0, ["e"]);
        assert_eq!(gathered(&shown, &all, 9, 2).0, [""; 0]);
        assert_eq!(gathered(&shown, &all, 0, 0).0, [""; 0]);
        let (bodies, found) = gathered(&shown, &LetterFilter { job_id: JobId::parse("b").ok(), ..all }, 0, 10);
        assert_eq!((bodies, found.meant, found.looked_at), (vec!["b".to_owned()], 2, 6));
    }
}
