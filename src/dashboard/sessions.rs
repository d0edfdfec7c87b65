//! Who holds the token: comparing it, the sessions of browsers that showed it, and those who guess.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Shortest token that is taken, in characters: shorter ones can be guessed.
pub const TOKEN_MIN_CHARS: usize = 16;

/// How long a browser stays signed in.
pub(super) const SESSION_LIFE: Duration = Duration::from_secs(12 * 3600);

/// Browsers signed in at once; the one that has been for longest gives way.
const SESSIONS_MAX: usize = 64;

/// Wrong tokens that one address may send within [`GUESS_WINDOW`]. More patience helps those who guess, less locks out
/// those who mistype.
const GUESSES_MAX: u32 = 10;
const GUESS_WINDOW: Duration = Duration::from_secs(60);

/// Addresses whose guesses are remembered.
const GUESSERS_MAX: usize = 1024;

type Fingerprint = [u8; 32];

/// The token that opens the dashboard. Only its hash is kept.
#[derive(Clone)]
pub struct Token(Fingerprint);

impl Token {
    /// Checks that the token is hard to guess.
    ///
    /// # Errors
    /// Says what is wrong, without the token.
    pub fn parse(text: &str) -> Result<Token, String> {
        if text.chars().count() < TOKEN_MIN_CHARS {
            return Err(format!(
                "must have at least {TOKEN_MIN_CHARS} characters, such as what `openssl rand -hex 20` prints"
            ));
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err("must not hold white space or control characters".to_owned());
        }
        Ok(Token(fingerprint(text)))
    }

    /// Hashes are compared: how long that takes tells nothing of the token.
    fn is(&self, text: &str) -> bool {
        is_same(&self.0, &fingerprint(text))
    }
}

fn fingerprint(text: &str) -> Fingerprint {
    Sha256::digest(text.as_bytes()).into()
}

fn is_same(one: &Fingerprint, other: &Fingerprint) -> bool {
    one.iter().zip(other).fold(0, |different, (one, other)| different | (one ^ other)) == 0
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denied {
    /// There is no token that could open.
    NoToken,
    /// It was not this one.
    Wrong,
    /// Too many wrong ones came from there; any is refused for so long.
    Wait(Duration),
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    id: Fingerprint,
    /// What its forms have to hold.
    pub(super) csrf: String,
}

impl Session {
    /// Whether a form came from one of this session's own pages.
    pub(super) fn sent(&self, csrf: &str) -> bool {
        is_same(&fingerprint(&self.csrf), &fingerprint(csrf))
    }
}

/// The doorkeeper.
pub(super) struct Sessions {
    token: Option<Token>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sessions: HashMap<Fingerprint, (String, Instant)>,
    guesses: HashMap<IpAddr, (u32, Instant)>,
}

impl Sessions {
    pub(super) fn new(token: Option<Token>) -> Sessions {
        Sessions { token, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is a token at all.
    pub(super) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Whether this is the token. Wrong ones are counted against the address that they come from.
    pub(super) fn check(&self, token: &str, peer: IpAddr, now: Instant) -> Result<(), Denied> {
        let Some(own) = &self.token else { return Err(Denied::NoToken) };
        let mut state = self.state();
        let guesser = network_of(peer);
        let (guesses, since) = state.guesses.get(&guesser).copied().unwrap_or((0, now));
        let left = GUESS_WINDOW.saturating_sub(now.saturating_duration_since(since));
        if guesses >= GUESSES_MAX && !left.is_zero() {
            return Err(Denied::Wait(left));
        }
        if own.is(token) {
            state.guesses.remove(&guesser);
            return Ok(());
        }
        let counted = if left.is_zero() { (1, now) } else { (guesses + 1, since) };
        if state.guesses.len() >= GUESSERS_MAX && !state.guesses.contains_key(&guesser) {
            let oldest = state.guesses.iter().min_by_key(|(_, (_, since))| *since).map(|(peer, _)| *peer);
            oldest.and_then(|oldest| state.guesses.remove(&oldest));
        }
        state.guesses.insert(guesser, counted);
        Err(Denied::Wrong)
    }

    /// Signs a browser in. Answers with what its cookie holds, which is kept nowhere.
    pub(super) fn begin(&self, now: Instant) -> String {
        let cookie = random() + &random();
        let mut state = self.state();
        if state.sessions.len() >= SESSIONS_MAX {
            let oldest = state.sessions.iter().min_by_key(|(_, (_, since))| *since).map(|(id, _)| *id);
            oldest.and_then(|oldest| state.sessions.remove(&oldest));
        }
        state.sessions.insert(fingerprint(&cookie), (random(), now));
        cookie
    }

    /// The session of a cookie.
    pub(super) fn find(&self, cookie: &str, now: Instant) -> Option<Session> {
        let id = fingerprint(cookie);
        let mut state = self.state();
        state.sessions.retain(|_, (_, since)| now.saturating_duration_since(*since) < SESSION_LIFE);
        state.sessions.get(&id).map(|(csrf, _)| Session { id, csrf: csrf.clone() })
    }

    /// Whether a session is still there.
    pub(super) fn lasts(&self, session: &Session, now: Instant) -> bool {
        let state = self.state();
        let since = state.sessions.get(&session.id).map(|(_, since)| *since);
        since.is_some_and(|since| now.saturating_duration_since(since) < SESSION_LIFE)
    }

    /// Signs a browser out.
    pub(super) fn end(&self, session: &Session) {
        self.state().sessions.remove(&session.id);
    }
}

/// 122 random bits.
fn random() -> String {
    Uuid::new_v4().simple().to_string()
}

/// Whoever has one address of an IPv6 network usually has all of it.
fn network_of(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "a-token-of-the-tests";

    fn door() -> Sessions {
        Sessions::new(Some(Token::parse(TOKEN).expect("a token")))
    }

    fn from(peer: &str) -> IpAddr {
        peer.parse().expect("an address")
    }

    #[test]
    fn a_token_is_long_and_of_one_word() {
        for bad in ["", "short", "fifteen-letters", "has a space in its middle", "has\ta tab in its middle"] {
            assert!(Token::parse(bad).is_err(), "{bad}");
        }
        assert!(Token::parse("sixteen-letters-").is_ok());
    }

    #[test]
    fn who_guesses_has_to_wait_and_nobody_else() {
        let (door, begin) = (door(), Instant::now());
        for _ in 0..GUESSES_MAX {
            assert_eq!(door.check("wrong", from("10.0.0.1"), begin), Err(Denied::Wrong));
        }
        let later = begin + Duration::from_secs(10);
        let wait = Err(Denied::Wait(Duration::from_secs(50)));
        assert_eq!(door.check(TOKEN, from("10.0.0.1"), later), wait, "the right one may be a guess, too");
        assert_eq!(door.check(TOKEN, from("10.0.0.2"), later), Ok(()));
        assert_eq!(door.check(TOKEN, from("10.0.0.1"), begin + GUESS_WINDOW), Ok(()));
    }

    #[test]
    fn a_network_of_version_6_guesses_as_one() {
        let (door, now) = (door(), Instant::now());
        for host in 1..=GUESSES_MAX {
            assert_eq!(door.check("wrong", from(&format!("2001:db8::{host:x}")), now), Err(Denied::Wrong));
        }
        assert!(matches!(door.check("wrong", from("2001:db8::ffff"), now), Err(Denied::Wait(_))));
        assert_eq!(door.check("wrong", from("2001:db8:0:1::1"), now), Err(Denied::Wrong));
    }

    #[test]
    fn guessers_are_bounded() {
        let (door, now) = (door(), Instant::now());
        for number in 0..3000_u32 {
            let _ = door.check("wrong", std::net::Ipv4Addr::from_bits(number).into(), now);
        }
        assert_eq!(door.state().guesses.len(), GUESSERS_MAX);
    }

    #[test]
    fn a_session_lasts_until_it_is_ended_or_old_and_there_are_not_many() {
        let (door, begin) = (door(), Instant::now());
        let cookie = door.begin(begin);
        assert!(!cookie.contains(TOKEN));
        let session = door.find(&cookie, begin).expect("signed in");
        assert!(session.sent(&session.csrf) && !session.sent("") && !session.sent("another"));
        assert!(door.find("another", begin).is_none());
        assert!(door.lasts(&session, begin) && !door.lasts(&session, begin + SESSION_LIFE));
        assert!(door.find(&cookie, begin + SESSION_LIFE).is_none());
        let cookie = door.begin(begin);
        let session = door.find(&cookie, begin).expect("signed in");
        door.end(&session);
        assert!(door.find(&cookie, begin).is_none());
        for second in 0..200 {
            door.begin(begin + Duration::from_secs(second));
        }
        assert_eq!(door.state().sessions.len(), SESSIONS_MAX);
    }

    #[test]
    fn without_a_token_nobody_is_let_in() {
        let door = Sessions::new(None);
        assert_eq!(door.check("", from("127.0.0.1"), Instant::now()), Err(Denied::NoToken));
    }
}
