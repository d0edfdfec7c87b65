//! Jobs from JSON lines.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde::Serialize;
use tokio::sync::{Notify, mpsc};
use tracing::error;

use super::line_file::{LineFile, fault};
use super::reading;
use crate::job::event::RejectedData;
use crate::job::fault::{Fault, Outcome};
use crate::ports::{Delivery, DeliveryEnvelope, Intake, bug};

/// Gives out each line of a file or of standard input as a delivery.
///
/// The input ends for the worker when its last line was read and every delivery is settled. Until then a delivery that
/// is handed back or parked is given out again, since no one else would take it. A line that is too long is cut: the
/// check of the order refuses it for its size. Lines are read as they are asked for, and one is read ahead.
pub struct JsonLinesIntake {
    lines: tokio::sync::Mutex<mpsc::Receiver<io::Result<Vec<u8>>>>,
    name: String,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Notify,
    dead_letters: Option<LineFile>,
}

#[derive(Default)]
struct State {
    returned: VecDeque<Vec<u8>>,
    outstanding: usize,
    exhausted: bool,
    stopped: bool,
    trouble: Option<Fault>,
}

/// What [`Intake::next`] finds in the state.
enum Turn {
    Give(LineDelivery),
    Read,
    Wait,
    End,
}

impl JsonLinesIntake {
    /// Reads the file at `path`; refused messages are appended to the file at `dead_letters`, if there is one.
    pub fn open(path: &Path, dead_letters: Option<&Path>) -> Outcome<JsonLinesIntake> {
        let file = File::open(path).map_err(|why| fault(&why, format!("opening {}", path.display())))?;
        JsonLinesIntake::over(file, &path.display().to_string(), dead_letters)
    }

    /// Reads standard input until it is closed.
    pub fn stdin(dead_letters: Option<&Path>) -> Outcome<JsonLinesIntake> {
        JsonLinesIntake::over(io::stdin(), "standard input", dead_letters)
    }

    /// Reads `input`, called `name` in messages.
    pub fn over(
        input: impl Read + Send + 'static,
        name: &str,
        dead_letters: Option<&Path>,
    ) -> Outcome<JsonLinesIntake> {
        let dead_letters = dead_letters.map(LineFile::open).transpose()?;
        let lines = reading::start(input).map_err(|why| fault(&why, format!("starting to read {name}")))?;
        let shared = Shared { state: Mutex::default(), changed: Notify::new(), dead_letters };
        Ok(JsonLinesIntake { lines: tokio::sync::Mutex::new(lines), name: name.to_owned(), shared: Arc::new(shared) })
    }

    /// What went wrong with the input or the dead letters, if anything did: the run is then not complete, whatever
    /// became of its jobs.
    pub fn take_trouble(&self) -> Option<Fault> {
        self.shared.lock().trouble.take()
    }

    /// Notes what was read; the next turn gives it out.
    fn note(&self, line: Option<io::Result<Vec<u8>>>) -> Option<LineDelivery> {
        let mut state = self.shared.lock();
        match line {
            Some(Ok(body)) if !state.stopped => return Some(self.shared.give(&mut state, body, false)),
            Some(Ok(_)) => {}
            Some(Err(why)) => {
                state.exhausted = true;
                let trouble = fault(&why, format!("reading {}", self.name));
                error!(fault = trouble.chain(), "the input cannot be read any further");
                state.trouble = Some(trouble);
            }
            None => state.exhausted = true,
        }
        None
    }
}

#[async_trait]
impl Intake for JsonLinesIntake {
    async fn next(&self) -> Option<Box<dyn Delivery>> {
        loop {
            let mut changed = pin!(self.shared.changed.notified());
            changed.as_mut().enable();
            match self.shared.turn() {
                Turn::Give(delivery) => return Some(Box::new(delivery)),
                Turn::End => return None,
                Turn::Wait => changed.await,
                Turn::Read => {
                    let line = async { self.lines.lock().await.recv().await };
                    tokio::select! {
                        line = line => if let Some(delivery) = self.note(line) {
                            return Some(Box::new(delivery));
                        },
                        () = changed => {}
                    }
                }
            }
        }
    }

    async fn stop(&self) {
        let mut state = self.shared.lock();
        state.stopped = true;
        state.returned.clear();
        drop(state);
        self.shared.changed.notify_waiters();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(self: &Arc<Shared>) -> Turn {
        let mut state = self.lock();
        if state.stopped {
            return Turn::End;
        }
        match state.returned.pop_front() {
            Some(body) => Turn::Give(self.give(&mut state, body, true)),
            None if !state.exhausted => Turn::Read,
            None if state.outstanding > 0 => Turn::Wait,
            None => Turn::End,
        }
    }

    fn give(self: &Arc<Shared>, state: &mut State, body: Vec<u8>, redelivered: bool) -> LineDelivery {
        state.outstanding += 1;
        let envelope = DeliveryEnvelope { redelivered, ..DeliveryEnvelope::default() };
        LineDelivery { body, envelope, held: Held(self.clone()) }
    }
}

/// One line in the worker's hands.
struct LineDelivery {
    body: Vec<u8>,
    envelope: DeliveryEnvelope,
    held: Held,
}

/// Counts a delivery as outstanding for as long as it lives, so that one lost to a bug cannot keep the input open.
struct Held(Arc<Shared>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.lock().outstanding -= 1;
        self.0.changed.notify_waiters();
    }
}

impl LineDelivery {
    fn give_back(self) {
        let mut state = self.held.0.lock();
        // Once stopped there is nothing to give it out again: it stays in the input, for another run.
        if !state.stopped {
            state.returned.push_back(self.body);
        }
    }
}

/// A refused message in the dead-letters file.
#[derive(Serialize)]
struct DeadLetter<'a> {
    #[serde(flatten)]
    rejection: &'a RejectedData,
    /// The line as it was, cut where it was too long; bytes that are no UTF-8 are replaced.
    message: &'a str,
}

#[async_trait]
impl Delivery for LineDelivery {
    fn body(&self) -> &[u8] {
        &self.body
    }

    fn envelope(&self) -> &DeliveryEnvelope {
        &self.envelope
    }

    async fn complete(self: Box<Self>) -> Outcome<()> {
        Ok(())
    }

    async fn hand_back(self: Box<Self>) -> Outcome<()> {
        self.give_back();
        Ok(())
    }

    async fn park(self: Box<Self>) -> Outcome<()> {
        self.give_back();
        Ok(())
    }

    /// A line that cannot be dead-lettered is not given out again, which would go round for ever; the run is marked as
    /// [troubled](JsonLinesIntake::take_trouble), and the line is still in the input.
    async fn reject(self: Box<Self>, rejection: &RejectedData) -> Outcome<()> {
        let Some(dead_letters) = &self.held.0.dead_letters else {
            return Ok(());
        };
        let message = String::from_utf8_lossy(&self.body);
        let line = serde_json::to_vec(&DeadLetter { rejection, message: &message })
            .map_err(|why| bug("writing a dead letter").because(why))?;
        let written = dead_letters.append(line, true).await;
        if let Err(fault) = &written {
            let told = Fault::new(fault.kind.clone(), "a refused message could not be kept").because(fault.chain());
            self.held.0.lock().trouble = Some(told);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::time::Duration;

    use futures_util::FutureExt;
    use serde_json::Value;

    use super::*;
    use crate::job::event::Speaker;
    use crate::job::guard::Guard;
    use crate::job::order::{Order, OrderRules};
    use crate::job::reason::Reason;
    use crate::job::template::KeyTemplate;

    fn intake(input: &'static [u8]) -> JsonLinesIntake {
        JsonLinesIntake::over(input, "the test's input", None).unwrap()
    }

    async fn taken(intake: &JsonLinesIntake) -> Option<Box<dyn Delivery>> {
        tokio::time::timeout(Duration::from_secs(30), intake.next()).await.expect("an answer in time")
    }

    #[tokio::test]
    async fn every_line_is_given_out_once_and_the_end_waits_for_the_last_settlement() {
        let intake = intake(b"one\n\ntwo\n");
        let one = taken(&intake).await.unwrap();
        let two = taken(&intake).await.unwrap();
        assert_eq!((one.body(), two.body()), (&b"one"[..], &b"two"[..]));
        assert!(!one.envelope().redelivered);
        one.complete().await.unwrap();

        let mut end = pin!(intake.next());
        assert!(end.as_mut().now_or_never().is_none(), "a delivery is still held");
        two.complete().await.unwrap();
        assert!(end.await.is_none());
        assert!(taken(&intake).await.is_none());
        assert!(intake.take_trouble().is_none());
    }

    #[tokio::test]
    async fn what_is_handed_back_or_parked_is_given_out_again() {
        let intake = intake(b"one\n");
        taken(&intake).await.unwrap().hand_back().await.unwrap();
        let again = taken(&intake).await.unwrap();
        assert_eq!((again.body(), again.envelope().redelivered), (&b"one"[..], true));
        again.park().await.unwrap();
        taken(&intake).await.unwrap().complete().await.unwrap();
        assert!(taken(&intake).await.is_none());
    }

    #[tokio::test]
    async fn a_delivery_handed_back_wakes_who_waits_for_a_line() {
        let (input, mut more) = std::io::pipe().unwrap();
        std::io::Write::write_all(&mut more, b"one\n").unwrap();
        let intake = JsonLinesIntake::over(input, "a pipe", None).unwrap();
        let one = taken(&intake).await.unwrap();
        let mut next = pin!(intake.next());
        assert!(next.as_mut().now_or_never().is_none(), "the pipe is open and has no line");
        one.hand_back().await.unwrap();
        let again = tokio::time::timeout(Duration::from_secs(30), next).await.unwrap().unwrap();
        assert!(again.envelope().redelivered);
        again.complete().await.unwrap();
    }

    #[tokio::test]
    async fn a_take_that_is_given_up_loses_no_line() {
        let intake = intake(b"one\ntwo\nthree\n");
        let mut seen = Vec::new();
        loop {
            match tokio::time::timeout(Duration::from_micros(50), intake.next()).await {
                Ok(Some(delivery)) => {
                    seen.push(delivery.body().to_vec());
                    delivery.complete().await.unwrap();
                }
                Ok(None) => break,
                Err(_) => {}
            }
        }
        assert_eq!(seen, [&b"one"[..], b"two", b"three"]);
    }

    #[tokio::test]
    async fn stopping_ends_the_intake_also_for_what_is_handed_back_later() {
        let intake = intake(b"one\ntwo\n");
        let one = taken(&intake).await.unwrap();
        intake.stop().await;
        assert!(taken(&intake).await.is_none());
        one.hand_back().await.unwrap();
        assert!(taken(&intake).await.is_none());
    }

    #[tokio::test]
    async fn a_delivery_lost_to_a_bug_does_not_keep_the_input_open() {
        let intake = intake(b"one\n");
        drop(taken(&intake).await);
        assert!(taken(&intake).await.is_none());
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_refused_for_its_size() {
        let mut input = vec![b'x'; 3 * reading::KEPT_MAX_BYTES];
        input.extend_from_slice(b"\nnext\n");
        let intake = JsonLinesIntake::over(io::Cursor::new(input), "long lines", None).unwrap();
        let long = taken(&intake).await.unwrap();
        let rules = OrderRules {
            models: Vec::new(),
            buckets: Vec::new(),
            default_bucket: "media".to_owned(),
            default_key: KeyTemplate::parse("{jobId}").unwrap(),
            reserved: Vec::new(),
            urls: Guard::public(false),
        };
        let refused = Order::parse(long.body(), &rules).unwrap_err();
        assert!(refused.problems[0].problem.contains("at most"), "{:?}", refused.problems);
        assert_eq!(taken(&intake).await.unwrap().body(), b"next");
    }

    #[tokio::test]
    async fn a_refused_line_is_kept_with_its_reason_and_problems() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("dead-letters.jsonl");
        let intake = JsonLinesIntake::over(&b"{\"jobId\":7}\n"[..], "lines", Some(&path)).unwrap();
        let delivery = taken(&intake).await.unwrap();
        let rejection = rejection_of(delivery.body());
        delivery.reject(&rejection).await.unwrap();

        let kept: Value = serde_json::from_str(std::fs::read_to_string(&path).unwrap().trim_end()).unwrap();
        assert_eq!(kept["message"], "{\"jobId\":7}");
        assert_eq!(kept["reason"], "invalid_job");
        assert_eq!(kept["problems"][0]["field"], "jobId");
        assert!(taken(&intake).await.is_none());
    }

    #[tokio::test]
    async fn a_refused_line_that_cannot_be_kept_is_trouble_and_no_endless_round() {
        let intake = JsonLinesIntake::over(&b"x\n"[..], "lines", Some(Path::new("/dev/full"))).unwrap();
        let delivery = taken(&intake).await.unwrap();
        let rejection = rejection_of(delivery.body());
        assert!(delivery.reject(&rejection).await.is_err());
        assert!(taken(&intake).await.is_none());
        assert!(intake.take_trouble().is_some());
    }

    #[tokio::test]
    async fn an_input_that_breaks_ends_early_and_says_so() {
        let broken = io::Read::chain(&b"one\n"[..], Broken);
        let intake = JsonLinesIntake::over(broken, "a bad disk", None).unwrap();
        taken(&intake).await.unwrap().complete().await.unwrap();
        assert!(taken(&intake).await.is_none());
        let trouble = intake.take_trouble().unwrap();
        assert!(trouble.chain().contains("a bad disk"), "{}", trouble.chain());
    }

    fn rejection_of(message: &[u8]) -> RejectedData {
        let problem = crate::job::fields::Problem { field: "jobId".to_owned(), problem: "must be a string".to_owned() };
        let speaker = Speaker { source: "pool".to_owned(), traceparent: None };
        let time = jiff::Timestamp::UNIX_EPOCH;
        speaker.of_rejected(message, None, Reason::InvalidJob, vec![problem], time).1
    }

    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("unreadable sector"))
        }
    }
}
