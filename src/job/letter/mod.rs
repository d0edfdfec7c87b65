//! Dead letters: messages that were refused, kept with the reason until somebody decides about them.
//!
//! A letter is one refusal of one message. Its [id](LetterId) is made of what stays the same however often it is looked
//! at: the message's own id, the instant of the refusal and the body. So a message that was refused twice (a worker died
//! between dead-lettering and acknowledging it, or it was replayed in vain) is two letters, while what nobody could tell
//! apart, such as one refusal that a lost connection had published again, is one letter in several copies.

mod gathering;

use std::collections::BTreeSet;
use std::fmt;

use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::fields::Problem;
use super::ids::{JobId, hex};
use super::order::read_object;
use super::reason::Reason;

pub use gathering::{Gathering, LetterFilter, LetterPage, LettersFound};

/// Hex digits of a letter's id. Enough to tell millions of letters apart, and few enough to be copied by hand.
pub const LETTER_ID_CHARS: usize = 16;

/// Fewest of them by which a letter may be called.
pub const LETTER_ID_MIN_CHARS: usize = 4;

/// The name of a letter: 16 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LetterId(String);

impl LetterId {
    /// The id of the letter with this message id, this text for the instant of its refusal, and this body; the first two
    /// are empty where the letter has none.
    pub fn of(message_id: &str, rejected_at: &str, body: &[u8]) -> LetterId {
        let mut hash = Sha256::new();
        for part in [message_id.as_bytes(), rejected_at.as_bytes(), body] {
            // The length first, so that no two different triples read the same.
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        let mut text = hex(&hash.finalize());
        text.truncate(LETTER_ID_CHARS);
        LetterId(text)
    }

    /// Reads a whole id.
    pub fn parse(text: &str) -> Result<LetterId, String> {
        let LetterName(name) = LetterName::parse(text)?;
        if name.len() < LETTER_ID_CHARS {
            return Err(format!("must have {LETTER_ID_CHARS} hex digits, has {}", name.len()));
        }
        Ok(LetterId(name))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LetterId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The start of a letter's id, as a person writes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LetterName(String);

impl LetterName {
    /// Checks the alphabet and the length; the error says what is allowed.
    pub fn parse(text: &str) -> Result<LetterName, String> {
        let bounds = LETTER_ID_MIN_CHARS..=LETTER_ID_CHARS;
        if !bounds.contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!(
                "must be the first {LETTER_ID_MIN_CHARS} to {LETTER_ID_CHARS} hex digits of a letter's id"
            ));
        }
        Ok(LetterName(text.to_ascii_lowercase()))
    }

    /// Whether the letter of this id may be meant.
    pub fn may_mean(&self, id: &LetterId) -> bool {
        id.0.starts_with(&self.0)
    }
}

impl fmt::Display for LetterName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What is shown of a letter. All texts of others are escaped and bounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its id.
    pub id: LetterId,
    /// The job it is about, where one can be read from the body.
    pub job_id: Option<JobId>,
    /// Why it was refused: a [`Reason`]'s code; `broker.…` for what the broker dead-lettered by itself; `None` for what
    /// somebody else put there.
    pub reason: Option<String>,
    /// Why it was refused the first time, where that is known.
    pub first_reason: Option<String>,
    /// What is wrong with it, as many as its header holds.
    pub problems: Vec<Problem>,
    /// When it was refused.
    pub rejected_at: Option<Timestamp>,
    /// The queue it was on first.
    pub first_queue: Option<String>,
    /// How often it was given to a worker, where that is known.
    pub attempts: Option<u64>,
    /// How often it was replayed before.
    pub replays: u64,
    /// When it was last replayed.
    pub replayed_at: Option<Timestamp>,
    /// The message's own id.
    pub message_id: Option<String>,
    /// The producer's trace context.
    pub traceparent: Option<String>,
    /// Bytes of its body.
    pub size: u64,
    /// The start of its body, on one line.
    pub excerpt: String,
    /// How many copies there are that nobody could tell apart; they are replayed as one and purged together.
    pub copies: u64,
}

/// A letter with everything that there is of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeLetter {
    /// What is shown of it in a list.
    pub letter: Letter,
    /// Its whole body, as it came.
    pub body: Bytes,
    /// Its media type, escaped and bounded.
    pub content_type: Option<String>,
    /// All of its headers, landfall's and the producer's, as texts that are escaped and bounded, by name.
    pub headers: Vec<(String, String)>,
}

/// What became of letters that were to be replayed or purged.
#[derive(Debug, Default)]
pub struct LettersDealtWith {
    /// Done for certain.
    pub done: BTreeSet<LetterId>,
    /// May be done or not, since the broker was lost meanwhile: look again. Doing it again does no harm.
    pub unsure: BTreeSet<LetterId>,
    /// Not there, or not seen within the bound.
    pub missing: BTreeSet<LetterId>,
    /// Why what is neither done nor missing was not done.
    pub trouble: Option<super::fault::Fault>,
}

/// What can be hoped for when a letter is replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hope {
    /// It may well go through now.
    Good,
    /// Only if something was changed first.
    IfChanged,
    /// It will come back.
    None,
}

/// What can be hoped for when a letter with this reason is replayed, and why.
pub fn hope(reason: Option<&str>) -> (Hope, &'static str) {
    let known = reason.and_then(|code| Reason::ALL.into_iter().find(|reason| reason.code() == code));
    match known {
        Some(Reason::InvalidJob) => {
            (Hope::IfChanged, "is refused again unless the settings changed that it was refused for")
        }
        Some(Reason::JobIdReused) => {
            (Hope::None, "is refused again: another job has its id; submit it under a new job id and purge this")
        }
        Some(Reason::Internal) => {
            (Hope::Good, "starts with a clean slate; first mend what killed the workers, or it does so again")
        }
        Some(
            Reason::ProviderRejected
            | Reason::ContentRefused
            | Reason::ProviderFailed
            | Reason::ObjectMissing
            | Reason::ObjectInvalid
            | Reason::DestinationOccupied
            | Reason::DeadlineExceeded
            | Reason::BudgetExceeded
            | Reason::SubmissionUnknown
            | Reason::Cancelled,
        ) => (Hope::IfChanged, "has ended: its event is published again, and nothing is bought"),
        None => (Hope::Good, "was never judged by a worker, or by one of another release: it is judged now"),
    }
}

/// The job that a message is about, where one can be read from it.
pub fn job_id_of(body: &[u8]) -> Option<JobId> {
    let message = read_object(body).ok()?;
    let id = message.get("jobId").or_else(|| message.get("taskUUID"))?;
    JobId::parse(id.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_refusal_has_one_id_and_another_refusal_of_the_same_message_has_another() {
        let id = LetterId::of("m-1", "2026-11-24T10:00:00Z", b"body");
        assert_eq!(id, LetterId::of("m-1", "2026-11-24T10:00:00Z", b"body"));
        assert_eq!(LetterId::parse(id.as_str()), Ok(id.clone()));
        let others = [
            LetterId::of("m-1", "2026-11-24T10:00:01Z", b"body"),
            LetterId::of("m-2", "2026-11-24T10:00:00Z", b"body"),
            LetterId::of("m-1", "2026-11-24T10:00:00Z", b"bodY"),
            LetterId::of("m-12", "026-11-24T10:00:00Z", b"body"),
        ];
        assert!(others.iter().all(|other| *other != id), "{others:?}");
    }

    #[test]
    fn a_letter_is_called_by_the_start_of_its_id() {
        let id = LetterId::of("", "", b"body");
        for chars in LETTER_ID_MIN_CHARS..=LETTER_ID_CHARS {
            let name = LetterName::parse(&id.as_str()[..chars].to_uppercase()).unwrap();
            assert!(name.may_mean(&id));
        }
        let other = if id.as_str().starts_with("0000") { "ffff" } else { "0000" };
        assert!(!LetterName::parse(other).unwrap().may_mean(&id));
        for wrong in ["", "abc", "xyzt", "0123456789abcdef0", "12-4", "ééé"] {
            assert!(LetterName::parse(wrong).is_err(), "{wrong}");
        }
        assert!(LetterId::parse("abcd").is_err());
    }

    #[test]
    fn every_reason_says_what_replaying_is_good_for() {
        for reason in Reason::ALL {
            assert!(!hope(Some(reason.code())).1.is_empty());
        }
        assert_eq!(hope(Some("internal")).0, Hope::Good);
        assert_eq!(hope(Some("job_id_reused")).0, Hope::None);
        assert_eq!(hope(Some("broker.delivery_limit")).0, Hope::Good);
        assert_eq!(hope(None).0, Hope::Good);
    }

    #[test]
    fn the_job_is_read_from_whatever_can_be_read() {
        let uuid = "5d0c1a7e-3b64-4f0a-8c1d-92e6b7a4f035";
        assert_eq!(job_id_of(br#"{"jobId": "j-1", "request": 7}"#), JobId::parse("j-1").ok());
        assert_eq!(job_id_of(format!(r#"{{"taskUUID": "{uuid}"}}"#).as_bytes()), JobId::parse(uuid).ok());
        for body in ["", "{", "[]", r#"{"jobId": 7}"#, r#"{"jobId": "a b"}"#, "\u{0}\u{1b}"] {
            assert_eq!(job_id_of(body.as_bytes()), None, "{body}");
        }
    }
}
