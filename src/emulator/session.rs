//! Sessions of the WebSocket: what a client has missed that comes back.
//!
//! The vendor keeps what could not be delivered for 120 seconds, and delivers it to whoever authenticates with the
//! session's UUID. It publishes no more than that. Here, what a client has missed is: answers that its socket did not take,
//! and what came to an end of tasks that it submitted over this session before, if no poll over it told so yet. Otherwise nothing
//! is sent unasked: the vendor's own clients poll for asynchronous tasks over a WebSocket, too.
//!
//! Pure: time comes in as a parameter.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::request::TaskId;

/// Sessions that are remembered; with the bounds below this bounds their memory. Past it the one that was left first is
/// forgotten. More than there can be sockets, so that one in use never is.
const MAX_SESSIONS: usize = 1_000;

/// Tasks that a session watches; past it the oldest is no longer told of on resumption, and polls tell it as ever.
const MAX_WATCHED: usize = 1_000;

/// Bytes of undelivered answers that are kept: a few hundred acknowledgements. Past it the oldest goes first.
const MAX_UNDELIVERED_BYTES: usize = 64 * 1024;

/// Answers that were not delivered, in order, as far as there is room.
#[derive(Default)]
pub(super) struct Backlog {
    answers: VecDeque<String>,
    bytes: usize,
}

impl Backlog {
    /// Keeps an answer, and lets go of the oldest ones for it.
    pub(super) fn push(&mut self, answer: String) {
        self.bytes += answer.len();
        self.answers.push_back(answer);
        while self.bytes > MAX_UNDELIVERED_BYTES {
            self.bytes -= self.answers.pop_front().map_or(self.bytes, |oldest| oldest.len());
        }
    }
}

/// All sessions of one emulator.
#[derive(Default)]
pub(super) struct Sessions {
    known: HashMap<Uuid, Session>,
}

struct Session {
    /// Of the API key: whoever has another one does not get in here.
    owner: [u8; 32],
    /// How many sockets use it: a client can be back before its lost socket is noticed.
    sockets: usize,
    /// When it is forgotten, if no socket uses it.
    ends_at: Timestamp,
    watched: VecDeque<Watched>,
    undelivered: Backlog,
}

/// A task that was submitted over a session.
struct Watched {
    task: TaskId,
    /// How many of its ends a poll over the session told.
    told: usize,
}

impl Sessions {
    /// Opens a session for the holder of `api_key`, or resumes the one that is `asked` for. Returns its UUID.
    ///
    /// A session that is not known (any more) begins anew under the UUID that was asked for, as the vendor is said to echo
    /// it. One that belongs to another key stays its owner's, and a text that is no UUID names none: those get a new UUID.
    pub(super) fn open(&mut self, asked: Option<&str>, api_key: &str, now: Timestamp) -> Uuid {
        self.known.retain(|_, session| session.sockets > 0 || session.ends_at > now);
        let owner: [u8; 32] = Sha256::digest(api_key).into();
        let uuid = asked
            .and_then(|text| Uuid::try_parse(text).ok())
            .filter(|uuid| self.known.get(uuid).is_none_or(|session| session.owner == owner))
            .unwrap_or_else(Uuid::new_v4);
        if !self.known.contains_key(&uuid) {
            self.make_room();
        }
        let session = self.known.entry(uuid).or_insert_with(|| Session {
            owner,
            sockets: 0,
            ends_at: now,
            watched: VecDeque::new(),
            undelivered: Backlog::default(),
        });
        session.sockets += 1;
        uuid
    }

    /// The answers that were not delivered over this session. They are, now.
    pub(super) fn take_undelivered(&mut self, session: Uuid) -> impl Iterator<Item = String> + use<> {
        let backlog = self.known.get_mut(&session).map(|session| std::mem::take(&mut session.undelivered));
        backlog.unwrap_or_default().answers.into_iter()
    }

    fn make_room(&mut self) {
        while self.known.len() >= MAX_SESSIONS {
            let unused = self.known.iter().filter(|(_, session)| session.sockets == 0);
            let Some(first) = unused.min_by_key(|(_, session)| session.ends_at).map(|(uuid, _)| *uuid) else { return };
            self.known.remove(&first);
        }
    }

    /// A task was accepted over this session.
    pub(super) fn watch(&mut self, session: Uuid, task: TaskId) {
        if let Some(session) = self.known.get_mut(&session) {
            if session.watched.len() >= MAX_WATCHED {
                session.watched.pop_front();
            }
            session.watched.push_back(Watched { task, told: 0 });
        }
    }

    /// The tasks that were accepted over this session.
    pub(super) fn watched(&self, session: Uuid) -> impl Iterator<Item = &TaskId> {
        self.known.get(&session).into_iter().flat_map(|session| &session.watched).map(|watched| &watched.task)
    }

    /// A poll over this session told so many ends of a task.
    pub(super) fn told(&mut self, session: Uuid, task: Uuid, ends: usize) {
        let watched = self.known.get_mut(&session).into_iter().flat_map(|session| &mut session.watched);
        if let Some(watched) = watched.into_iter().find(|watched| watched.task.uuid == task) {
            watched.told = ends;
        }
    }

    /// The tasks of this session that have more `ends` than it was told of.
    pub(super) fn missed(&self, session: Uuid, ends: impl Fn(Uuid) -> usize) -> Vec<TaskId> {
        let watched = self.known.get(&session).into_iter().flat_map(|session| &session.watched);
        watched.filter(|watched| ends(watched.task.uuid) > watched.told).map(|watched| watched.task.clone()).collect()
    }

    /// A socket of this session is gone, and did not take these answers. Unless another one uses the session, or comes
    /// before `ends_at`, it is forgotten.
    pub(super) fn leave(&mut self, session: Uuid, undelivered: Backlog, ends_at: Timestamp) {
        if let Some(session) = self.known.get_mut(&session) {
            session.sockets = session.sockets.saturating_sub(1);
            session.ends_at = ends_at;
            for answer in undelivered.answers {
                session.undelivered.push(answer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use uuid::Uuid;

    use super::{Backlog, MAX_SESSIONS, MAX_UNDELIVERED_BYTES, MAX_WATCHED, Sessions, TaskId};

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn after(seconds: i64) -> Timestamp {
        START + SignedDuration::from_secs(seconds)
    }

    fn task(number: usize) -> TaskId {
        let uuid = Uuid::from_u128(u128::try_from(number).expect("a small number"));
        TaskId { uuid, text: uuid.to_string() }
    }

    fn resume(sessions: &mut Sessions, session: Uuid, key: &str, now: Timestamp) -> (Uuid, Vec<String>) {
        let session = sessions.open(Some(&session.to_string()), key, now);
        (session, sessions.take_undelivered(session).collect())
    }

    fn backlog(answers: &[&str]) -> Backlog {
        let mut backlog = Backlog::default();
        answers.iter().for_each(|answer| backlog.push((*answer).to_owned()));
        backlog
    }

    #[test]
    fn who_comes_back_in_time_gets_what_was_not_delivered_and_gets_it_once() {
        let mut sessions = Sessions::default();
        let session = sessions.open(None, "key", START);
        sessions.leave(session, backlog(&["one", "two"]), after(120));
        assert_eq!(
            resume(&mut sessions, session, "key", after(119)),
            (session, vec!["one".to_owned(), "two".to_owned()])
        );
        assert_eq!(resume(&mut sessions, session, "key", after(119)), (session, Vec::new()));
    }

    #[test]
    fn who_comes_back_too_late_begins_anew_under_the_same_uuid() {
        let mut sessions = Sessions::default();
        let session = sessions.open(None, "key", START);
        sessions.watch(session, task(1));
        sessions.leave(session, backlog(&["one"]), after(120));
        assert_eq!(resume(&mut sessions, session, "key", after(120)), (session, Vec::new()));
        assert!(sessions.missed(session, |_| 1).is_empty());
    }

    #[test]
    fn a_session_in_use_is_kept_as_long_as_it_is() {
        let mut sessions = Sessions::default();
        let session = sessions.open(None, "key", START);
        resume(&mut sessions, session, "key", START);
        sessions.watch(session, task(1));
        sessions.leave(session, Backlog::default(), after(120));
        sessions.open(None, "key", after(9_999));
        assert_eq!(sessions.missed(session, |_| 1).len(), 1);
    }

    #[test]
    fn another_key_and_a_text_that_is_no_uuid_get_a_session_of_their_own() {
        let mut sessions = Sessions::default();
        let session = sessions.open(None, "key", START);
        sessions.leave(session, backlog(&["secret"]), after(120));
        let (other, missed) = resume(&mut sessions, session, "other", START);
        assert!(other != session && missed.is_empty());
        let fresh = sessions.open(Some("not a UUID"), "key", START);
        assert!(fresh != session && !fresh.is_nil());
        assert_eq!(resume(&mut sessions, session, "key", START).1, ["secret"]);
    }

    #[test]
    fn a_task_is_missed_until_all_its_ends_are_told() {
        let mut sessions = Sessions::default();
        let session = sessions.open(None, "key", START);
        sessions.watch(session, task(1));
        let missed = |sessions: &Sessions, ends| sessions.missed(session, |_| ends).len();
        assert_eq!((missed(&sessions, 0), missed(&sessions, 1)), (0, 1));
        sessions.told(session, task(1).uuid, 1);
        assert_eq!((missed(&sessions, 1), missed(&sessions, 2)), (0, 1));
    }

    #[test]
    fn everything_is_bounded_and_the_oldest_goes_first() {
        let mut sessions = Sessions::default();
        let first = sessions.open(None, "key", START);
        for number in 0..=MAX_WATCHED {
            sessions.watch(first, task(number));
        }
        let missed = sessions.missed(first, |_| 1);
        assert_eq!((missed.len(), missed[0].uuid), (MAX_WATCHED, task(1).uuid));

        let half = "x".repeat(MAX_UNDELIVERED_BYTES / 2);
        sessions.leave(first, backlog(&["old", &half, &half]), after(1));
        assert_eq!(resume(&mut sessions, first, "key", START).1, [half.as_str(), &half]);
        sessions.leave(first, backlog(&["kept", &half.repeat(3)]), after(1));
        assert!(resume(&mut sessions, first, "key", START).1.is_empty(), "larger than all that is kept");
        sessions.leave(first, Backlog::default(), after(1));

        for _ in 0..MAX_SESSIONS {
            let session = sessions.open(None, "key", START);
            sessions.leave(session, backlog(&["kept"]), after(120));
        }
        assert_eq!(sessions.known.len(), MAX_SESSIONS);
        assert!(!sessions.known.contains_key(&first));
    }
}
