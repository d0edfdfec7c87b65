//! The task API over a WebSocket: the same task objects, the same answers, on the same path.
//!
//! The first message authenticates and is answered with a `connectionSessionUUID`; with one in it, it resumes that session
//! and its client gets what it missed ([`super::session`]). A socket over which no message goes for a while is closed; a `ping` is one,
//! a control frame of the WebSocket protocol is none.
//!
//! What the vendor does not publish, and is decided here:
//! - Every task object is answered in a frame of its own. The vendor's Python client reads no `data` of a frame that has
//!   `errors`, so that in a frame for a whole message one refusal would hide its neighbours' acknowledgements.
//! - Before authentication everything is answered with `missingApiKey`, and after a bad key with `invalidApiKey` again. The
//!   socket stays open: some clients would take being hung up on for a bad line, and come back with the same key for ever.
//! - What a client missed comes when it was quiet for a second. The vendor's Python client first asks anew by itself for all
//!   that it lacks, and takes an answer that it no longer waits for as one to its next question about the task.
//! - A fault that a call meets is that of its own frame. One that resets or cuts takes the socket with it, and one that
//!   stalls makes it mute. A status has no place here; what has none but that is a frame like any other.
//! - A socket whose client does not read is not read from either. That bounds what waits to be sent to one answer.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use uuid::Uuid;

use super::answer::{self, Answer};
use super::batch::{Authentication, Call};
use super::connection::Cutoff;
use super::errors::ApiError;
use super::faults::Outcome;
use super::http::{self, MAX_BODY_BYTES, Service};
use super::rest;
use super::session::Backlog;
use super::wire::Item;

/// Sockets at a time, which bounds their memory. The vendor publishes no limit.
pub(super) const MAX_SOCKETS: usize = 256;

/// How long a client may take to accept one answer. Longer than any network stalls that recovers.
const SEND_PATIENCE: Duration = Duration::from_secs(30);

/// How long a client that came back has to be quiet before it is told what it missed.
pub(super) const CATCH_UP_PAUSE: Duration = Duration::from_secs(1);

/// Answers over one socket that the scenario may have delayed at a time. Past it, the next one is waited for.
const MAX_LATE: usize = 256;

/// How long a closed socket is kept for the client's side of the goodbye. Well within the time that the emulator has to stop.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);

/// What all sockets of one emulator have in common.
pub(super) struct Sockets {
    free: Arc<Semaphore>,
    open: TaskTracker,
    closing: CancellationToken,
    silence: Duration,
}

/// The place that an open socket takes.
struct Place {
    _one_of_so_many: OwnedSemaphorePermit,
    _waited_for: TaskTrackerToken,
}

impl Sockets {
    /// No sockets yet. Each is closed after `silence` without a message, and all of them at `closing`.
    pub(super) fn new(silence: Duration, closing: CancellationToken) -> Self {
        Self { free: Arc::new(Semaphore::new(MAX_SOCKETS)), open: TaskTracker::new(), closing, silence }
    }

    fn enter(&self) -> Option<Place> {
        let permit = Arc::clone(&self.free).try_acquire_owned().ok()?;
        Some(Place { _one_of_so_many: permit, _waited_for: self.open.token() })
    }

    /// Waits until every socket is closed, after `closing`.
    pub(super) async fn closed(&self) {
        self.open.close();
        self.open.wait().await;
    }
}

/// `GET /v1`: turns the connection into a WebSocket.
pub(super) async fn upgrade(
    State(service): State<Arc<Service>>,
    ConnectInfo(cutoff): ConnectInfo<Cutoff>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(_) if !headers.contains_key(header::UPGRADE) => return http::wrong_method().await,
        Err(rejection) => return http::error_response(rejection.status(), "invalidUpgrade", rejection.body_text()),
    };
    let Some(place) = service.sockets.enter() else {
        let message = format!("This emulator has {MAX_SOCKETS} WebSockets open and takes no more.");
        return http::error_response(StatusCode::SERVICE_UNAVAILABLE, "serviceUnavailable", message);
    };
    upgrade.max_message_size(MAX_BODY_BYTES).max_frame_size(MAX_BODY_BYTES).on_upgrade(async move |socket| {
        Line::new(service, socket, cutoff).serve().await;
        drop(place);
    })
}

/// One socket.
struct Line {
    service: Arc<Service>,
    socket: WebSocket,
    access: Access,
    last_message_at: Instant,
    /// When to tell what was missed before this socket.
    catch_up_at: Option<Instant>,
    /// The tasks that were submitted before this socket: of others it has missed nothing.
    earlier: HashSet<Uuid>,
    /// Answers that the scenario delays, and until when.
    late: Vec<(Instant, Frame)>,
    /// Answers that the socket did not take.
    undelivered: Backlog,
    cutoff: Cutoff,
    fate: Fate,
}

/// What became of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Nothing.
    Whole,
    /// It took an answer no more, and takes no further one.
    Lost,
    /// The scenario has nothing answered any more, until the client hangs up.
    Mute,
    /// The scenario had the connection reset.
    Broken,
}

/// An answer as it is sent.
struct Frame {
    text: String,
    /// What the session is told with it, if it answers a poll.
    told: Option<Told>,
}

/// So many ends of a task.
#[derive(Clone, Copy)]
struct Told {
    session: Uuid,
    task: Uuid,
    ends: usize,
}

/// Who is at the other end.
enum Access {
    /// Nobody that is known, with what they are told about it.
    Refused(ApiError),
    /// The holder of a session.
    Granted(Uuid),
}

/// Why a socket ends.
#[derive(Debug, Clone, Copy)]
enum Ending {
    /// The client went, or its line did.
    Gone,
    Silent,
    /// A message could not be read. A client that breaks the protocol is told the same.
    Unreadable,
    Closing,
}

impl Line {
    fn new(service: Arc<Service>, socket: WebSocket, cutoff: Cutoff) -> Self {
        let access = Access::Refused(answer::missing_key());
        Self {
            service,
            socket,
            access,
            last_message_at: Instant::now(),
            catch_up_at: None,
            earlier: HashSet::new(),
            late: Vec::new(),
            undelivered: Backlog::default(),
            cutoff,
            fate: Fate::Whole,
        }
    }

    async fn serve(mut self) {
        let ending = self.converse().await;
        tracing::debug!(?ending, "a socket ends");
        self.leave();
        self.hang_up(ending).await;
    }

    async fn converse(&mut self) -> Ending {
        while matches!(self.fate, Fate::Whole | Fate::Mute) {
            let silent_at = self.last_message_at + self.service.sockets.silence;
            let late_at = self.late.iter().map(|(due_at, _)| *due_at).min();
            let message = tokio::select! {
                biased;
                () = self.service.sockets.closing.cancelled() => return Ending::Closing,
                message = self.socket.recv() => message,
                () = when(late_at) => {
                    self.tell_late().await;
                    continue;
                }
                () = when(self.catch_up_at) => {
                    self.catch_up().await;
                    continue;
                }
                () = sleep_until(silent_at) => return Ending::Silent,
            };
            match message {
                Some(Ok(Message::Text(_) | Message::Binary(_))) if self.fate == Fate::Mute => {}
                Some(Ok(Message::Text(text))) => self.take(text.as_bytes()).await,
                Some(Ok(Message::Binary(bytes))) => self.take(&bytes).await,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_))) | None => return Ending::Gone,
                Some(Err(_)) => return Ending::Unreadable,
            }
        }
        Ending::Gone
    }

    async fn take(&mut self, body: &[u8]) {
        self.last_message_at = Instant::now();
        let read = answer::read(&self.service.state.lock(), body);
        let batch = match read {
            Ok(batch) => batch,
            Err(error) => return self.tell(Answer::of_error(error), None).await,
        };
        if let Some(authentication) = batch.authentication {
            self.authenticate(&authentication).await;
        }
        match &self.access {
            Access::Granted(session) => self.perform(*session, batch.calls).await,
            Access::Refused(error) => self.tell(Answer::of_error(error.clone()), None).await,
        }
        self.catch_up_at = self.catch_up_at.map(|_| Instant::now() + CATCH_UP_PAUSE);
    }

    /// Takes a key instead of the one before, if there was one. A refusal is left to be told.
    async fn authenticate(&mut self, authentication: &Authentication) {
        self.leave();
        let key = authentication.api_key.as_str();
        if let Err(error) = answer::authenticate(Some(key), self.service.api_key.as_deref()) {
            self.access = Access::Refused(error);
            return;
        }
        let asked = authentication.session.as_deref();
        let (session, earlier) = {
            let sessions = &mut self.service.state.lock().sessions;
            let session = sessions.open(asked, key, Timestamp::now());
            (session, sessions.watched(session).map(|task| task.uuid).collect())
        };
        self.earlier = earlier;
        self.access = Access::Granted(session);
        self.catch_up_at = asked.map(|_| Instant::now() + CATCH_UP_PAUSE);
        self.tell(Answer::of_item(Item::authenticated(session)), None).await;
    }

    /// Tells what was missed before this socket and was not asked for since.
    async fn catch_up(&mut self) {
        self.catch_up_at = None;
        let Access::Granted(session) = self.access else { return };
        if self.fate != Fate::Whole {
            return;
        }
        let (undelivered, ended) = {
            let mut state = self.service.state.lock();
            let undelivered = state.sessions.take_undelivered(session);
            (undelivered, state.sessions.missed(session, |task| state.tasks.ends(task)))
        };
        let ended = ended.into_iter().filter(|task| self.earlier.contains(&task.uuid)).collect::<Vec<_>>();
        for text in undelivered {
            self.deliver(Frame { text, told: None }).await;
        }
        self.perform(session, ended.into_iter().map(Call::GetResponse)).await;
    }

    /// Answers each call as a POST of this one call is answered.
    async fn perform(&mut self, session: Uuid, calls: impl IntoIterator<Item = Call>) {
        for call in calls {
            let polled = if let Call::GetResponse(task) = &call { Some(task.uuid) } else { None };
            let (answer, told) = {
                let mut state = self.service.state.lock();
                let answer = answer::answer_calls(&mut state, &[call], Timestamp::now());
                for accepted in &answer.accepted {
                    state.sessions.watch(session, accepted.request.id.clone());
                }
                (answer, polled.map(|task| Told { session, task, ends: state.tasks.ends(task) }))
            };
            self.tell(answer, told).await;
        }
    }

    /// Carries out what an answer ordered, and sends it. Every answer over a WebSocket goes through here.
    async fn tell(&mut self, answer: Answer, told: Option<Told>) {
        match self.service.carry_out(answer).await {
            Outcome::Told(message, Duration::ZERO) => self.deliver(Frame { text: message.body, told }).await,
            Outcome::Told(message, delay) => {
                if self.late.len() >= MAX_LATE {
                    self.service.sockets.closing.run_until_cancelled(tokio::time::sleep(delay)).await;
                    self.tell_late().await;
                }
                self.late.push((Instant::now() + delay, Frame { text: message.body, told }));
            }
            Outcome::Cut(message) => {
                self.fate = Fate::Broken;
                self.cutoff.after(message.body.len() / 2);
                // It fails, as it should.
                drop(self.socket.send(Message::text(message.body)).await);
                tokio::time::sleep(rest::HALF_AN_ANSWER).await;
            }
            Outcome::Reset => {
                self.fate = Fate::Broken;
                self.cutoff.now();
            }
            Outcome::Stalled => self.fate = Fate::Mute,
        }
    }

    /// Sends the delayed answers whose time has come.
    async fn tell_late(&mut self) {
        let now = Instant::now();
        let (due, late): (Vec<_>, Vec<_>) = std::mem::take(&mut self.late).into_iter().partition(|(at, _)| *at <= now);
        self.late = late;
        for (_, frame) in due {
            self.deliver(frame).await;
        }
    }

    /// Sends a frame. One that the socket does not take is kept for the session; what a poll would have told is missed.
    async fn deliver(&mut self, frame: Frame) {
        let is_taken = match self.fate {
            Fate::Whole => self.takes(&frame.text).await,
            Fate::Lost => false,
            // What the scenario does away with nobody is told.
            Fate::Mute | Fate::Broken => return,
        };
        if !is_taken {
            self.fate = Fate::Lost;
            return self.keep(frame);
        }
        self.last_message_at = Instant::now();
        if let Some(Told { session, task, ends }) = frame.told {
            self.service.state.lock().sessions.told(session, task, ends);
        }
    }

    async fn takes(&mut self, text: &str) -> bool {
        tokio::select! {
            biased;
            sent = timeout(SEND_PATIENCE, self.socket.send(Message::text(text))) => matches!(sent, Ok(Ok(()))),
            () = self.service.sockets.closing.cancelled() => false,
        }
    }

    fn keep(&mut self, frame: Frame) {
        if frame.told.is_none() {
            self.undelivered.push(frame.text);
        }
    }

    /// Gives up the session, if there is one: it is kept for as long as a socket may be silent.
    fn leave(&mut self) {
        if let Access::Granted(session) = self.access {
            let silence = SignedDuration::try_from(self.service.sockets.silence).unwrap_or(SignedDuration::MAX);
            let ends_at = Timestamp::now().saturating_add(silence).unwrap_or(Timestamp::MAX);
            for (_, frame) in std::mem::take(&mut self.late) {
                self.keep(frame);
            }
            let undelivered = std::mem::take(&mut self.undelivered);
            self.service.state.lock().sessions.leave(session, undelivered, ends_at);
            self.access = Access::Refused(answer::missing_key());
        }
    }

    async fn hang_up(mut self, ending: Ending) {
        let (code, reason) = match ending {
            Ending::Gone => return,
            Ending::Silent => (close_code::NORMAL, "no message for too long".to_owned()),
            Ending::Unreadable => {
                (close_code::SIZE, format!("a message could not be read, or is larger than {MAX_BODY_BYTES} bytes"))
            }
            Ending::Closing => (close_code::AWAY, "the emulator stops".to_owned()),
        };
        let goodbye = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
        let goodbyes = async {
            self.socket.send(goodbye).await.ok()?;
            // Closing a line on which something still comes in resets it, and the client would not read the goodbye.
            while let Some(Ok(_)) = self.socket.recv().await {}
            Some(())
        };
        // Whoever does not answer a goodbye is left without.
        drop(timeout(CLOSE_PATIENCE, goodbyes).await);
    }
}

/// At this time, or never.
async fn when(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
