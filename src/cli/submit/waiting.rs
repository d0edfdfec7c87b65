//! Following jobs until they have ended.
//!
//! The tap is bound before the first job is sent, so that no event can come before somebody listens. When the connection is
//! lost, what was published meanwhile is not heard; then the jobs that have not ended are sent again, which buys nothing
//! twice, and has the worker announce again those that have.

use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::checking::Job;
use super::sending::Sender;
use super::{Out, terminal};
use crate::cli::progress::Progress;
use crate::cli::{Exit, Failure, signals};
use crate::job::event::{Event, EventType, LandedData, ProgressData, RejectedData, TerminalData};
use crate::job::fault::{Fault, Outcome};
use crate::job::ids::JobId;
use crate::job::verdict::Stage;
use crate::rabbit::{Heard, RabbitTap};

/// After so long without a word of the jobs it is asked whether there is a worker. A job that waits behind others, or whose
/// events are switched off, is not heard of for longer.
const QUIET: Duration = Duration::from_secs(60);

/// Said of jobs that have not ended.
const GO_ON: &str = "not ended: it goes on without being watched. Run the same command again to wait for it: nothing is \
                     bought twice";
const SEVERAL_GO_ON: &str = "not ended: they go on without being watched. Run the same command again to wait for them: \
                             nothing is bought twice";

/// How the wait is over.
enum Over {
    /// All jobs ended.
    Ended,
    /// Told to stop.
    Interrupted,
    /// The time is up.
    Late,
}

/// Sends jobs and waits until they have ended.
pub(super) async fn see_through(
    sender: &Sender,
    jobs: Vec<Job>,
    timeout: Option<Duration>,
    out: Out,
) -> Result<Exit, Failure> {
    let stop = signals::stop_on_signal()?;
    let tap = sender.rabbit.tap();
    tap.listen(vec!["#".to_owned()]);
    match begin(&tap, &stop).await {
        Some(begun) => begun?,
        None => return Err(Failure::new(Exit::JobFailed, "stopped before anything was sent")),
    }
    let mut watch = Watch::new(&jobs, out);
    let over = watch.follow(sender, &tap, jobs, timeout.map(|timeout| Instant::now() + timeout), &stop).await?;
    watch.tell(&over)
}

/// Waits until the tap is bound; nothing when told to stop before.
async fn begin(tap: &RabbitTap, stop: &CancellationToken) -> Option<Result<(), Failure>> {
    loop {
        let heard = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            heard = tap.next() => heard,
        };
        match heard {
            Heard::Listening => return Some(Ok(())),
            Heard::Deaf(fault) if !fault.kind.may_mend() => return Some(Err(Failure::of_fault(&fault))),
            Heard::Deaf(fault) => terminal::note(&format!("not listening to events yet: {}", fault.chain())),
            Heard::Event(_) | Heard::Strange(_) => {}
        }
    }
}

/// The jobs that are waited for.
struct Watch {
    /// Those that have not ended. A file may hold a job more than once.
    waiting: BTreeMap<JobId, Vec<Job>>,
    /// Whose message has which SHA-256: a refusal may name no job, or be that of another message with the same id.
    messages: HashMap<String, JobId>,
    progress: Progress,
    out: Out,
    /// Why nothing is heard now.
    deaf: Option<String>,
    /// A job of ours was heard of.
    is_heard_of: bool,
    /// Jobs that ended otherwise than completed, in a way that this release does not know.
    strange: usize,
}

/// Jobs on their way: how many were confirmed, and what came of it.
type Sending<'a> = Pin<Box<dyn Future<Output = (usize, Outcome<()>)> + Send + 'a>>;

impl Watch {
    fn new(jobs: &[Job], out: Out) -> Watch {
        let mut waiting: BTreeMap<JobId, Vec<Job>> = BTreeMap::new();
        for job in jobs {
            waiting.entry(job.id.clone()).or_default().push(job.clone());
        }
        let messages = jobs.iter().map(|job| (job.sha256.clone(), job.id.clone())).collect();
        let progress = Progress::start_for(waiting.len());
        Watch { waiting, messages, progress, out, deaf: None, is_heard_of: false, strange: 0 }
    }

    async fn follow(
        &mut self,
        sender: &Sender,
        tap: &RabbitTap,
        jobs: Vec<Job>,
        until: Option<Instant>,
        stop: &CancellationToken,
    ) -> Result<Over, Failure> {
        let late = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(late);
        let mut first: Option<Sending<'_>> = Some(Box::pin(sender.send_all(&jobs)));
        let mut again: Option<Sending<'_>> = None;
        let mut quiet_until = Instant::now() + QUIET;
        while first.is_some() || !self.waiting.is_empty() {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(Over::Interrupted),
                () = &mut late => return Ok(Over::Late),
                (confirmed, sent) = or_never(&mut first) => {
                    first = None;
                    sent.map_err(|fault| self.unsent(sender, &fault, confirmed, &jobs))?;
                    for job_id in self.waiting.keys() {
                        self.progress.stage(job_id, Stage::Claiming, "queued");
                    }
                    quiet_until = Instant::now() + QUIET;
                }
                (_, sent) = or_never(&mut again) => {
                    again = None;
                    if let Err(fault) = sent {
                        self.progress.note(&format!("the jobs could not be sent again: {}", fault.chain()));
                    }
                }
                heard = tap.next() => match heard {
                    Heard::Event(event) => self.hear(event)?,
                    Heard::Strange(why) => self.progress.note(&format!("a message among the events {why}")),
                    Heard::Deaf(fault) => self.lose(&fault),
                    Heard::Listening => {
                        self.deaf = None;
                        if first.is_none() {
                            again = Some(self.send_again(sender));
                        }
                    }
                },
                () = sleep_until(quiet_until), if !self.is_heard_of => {
                    self.is_heard_of = true;
                    let queue = &sender.queue;
                    self.progress.note(&format!("nothing heard of them yet; does a `landfall worker` take jobs from {queue}?"));
                }
            }
        }
        Ok(Over::Ended)
    }

    fn lose(&mut self, fault: &Fault) {
        if self.deaf.is_none() {
            self.progress.note(&format!("{}; the jobs go on, and it is tried to listen again", fault.chain()));
        }
        self.deaf = Some(fault.chain());
    }

    /// Their events may have been missed: who sends a job again is told again how it ended.
    fn send_again<'a>(&self, sender: &'a Sender) -> Sending<'a> {
        let jobs: Vec<Job> = self.waiting.values().filter_map(|same| same.first().cloned()).collect();
        self.progress.note(&format!(
            "listening again. Events may have been missed: {} sent again, so that the worker tells again what has ended; \
             nothing is bought twice",
            if jobs.len() == 1 { "the job is".to_owned() } else { format!("{} jobs are", jobs.len()) }
        ));
        Box::pin(async move { sender.send_all(&jobs).await })
    }

    fn unsent(&self, sender: &Sender, fault: &Fault, confirmed: usize, jobs: &[Job]) -> Failure {
        let open = |job: &Job| self.waiting.contains_key(&job.id);
        sender.trouble(fault, confirmed, jobs, open, self.out)
    }

    fn hear(&mut self, value: Value) -> Result<(), Failure> {
        // What a later release may add is none of the events that end a job.
        let Ok(event) = serde_json::from_value::<Event>(value.clone()) else { return Ok(()) };
        if event.event_type == EventType::Rejected {
            return self.hear_refusal(&event, value);
        }
        let subject = event.subject.as_deref().and_then(|subject| JobId::parse(subject).ok());
        let Some(job_id) = subject.filter(|job_id| self.waiting.contains_key(job_id)) else { return Ok(()) };
        self.is_heard_of = true;
        match event.event_type {
            EventType::Submitted => self.progress.stage(&job_id, Stage::Generating, "generating"),
            EventType::Progress => {
                if let Ok(data) = serde_json::from_value::<ProgressData>(event.data) {
                    self.progress.generated(&job_id, data.index, data.percent);
                }
            }
            EventType::Landed => {
                if serde_json::from_value::<LandedData>(event.data).is_ok() {
                    self.progress.stage(&job_id, Stage::Landing, "landing");
                }
            }
            EventType::Completed | EventType::Failed => {
                match terminal_data(&event) {
                    Some(data) => self.progress.ended(&data),
                    None => self.not_understood(&job_id, event.event_type),
                }
                let state = if event.event_type == EventType::Completed { "completed" } else { "failed" };
                self.end(&job_id, state, &value)?;
            }
            EventType::Rejected => {}
        }
        Ok(())
    }

    fn hear_refusal(&mut self, event: &Event, value: Value) -> Result<(), Failure> {
        let sha256 = event.data.get("messageSha256").and_then(Value::as_str).unwrap_or_default();
        let Some(job_id) = self.messages.get(sha256).filter(|job_id| self.waiting.contains_key(job_id)).cloned() else {
            return Ok(());
        };
        match serde_json::from_value::<RejectedData>(event.data.clone()) {
            Ok(data) => self.progress.rejected(&data, Some(&job_id)),
            Err(_) => self.not_understood(&job_id, EventType::Rejected),
        }
        self.end(&job_id, "rejected", &value)
    }

    fn not_understood(&mut self, job_id: &JobId, event_type: EventType) {
        let kind = event_type.routing_key();
        self.progress.note(&format!("job {job_id} ended as {kind}; its event is of a release that is not known here"));
        self.strange += usize::from(event_type != EventType::Completed);
    }

    fn end(&mut self, job_id: &JobId, state: &str, event: &Value) -> Result<(), Failure> {
        for job in self.waiting.remove(job_id).unwrap_or_default() {
            self.out.json(job.line, Some(&job.id), state, ("event", event.clone()))?;
        }
        Ok(())
    }

    /// Tells what came of it all.
    fn tell(self, over: &Over) -> Result<Exit, Failure> {
        for job in self.waiting.values().flatten() {
            self.out.json(job.line, Some(&job.id), "waiting", ("", json!(null)))?;
        }
        let unfinished = self.waiting.len();
        let go_on = if unfinished == 1 { GO_ON } else { SEVERAL_GO_ON };
        let mut summary = self.progress.finish(matches!(over, Over::Interrupted), go_on);
        summary.unfinished = unfinished;
        let mut exit = summary.exit();
        if self.strange > 0 {
            exit = Exit::JobFailed;
        }
        if self.out.json {
            if unfinished > 0 {
                terminal::note(&format!("{unfinished} {go_on}"));
            }
        } else {
            summary.print(None)?;
        }
        if let Some(job_id) = self.waiting.keys().next() {
            terminal::note(&format!("to watch from here on: landfall events --job {job_id}"));
        }
        match (over, self.deaf) {
            (Over::Late, Some(why)) => Err(Failure::new(Exit::Unreachable, format!("the broker is away: {why}"))),
            _ => Ok(exit),
        }
    }
}

fn terminal_data(event: &Event) -> Option<TerminalData> {
    let data = event.data.clone();
    match event.event_type {
        EventType::Completed => serde_json::from_value(data).ok().map(TerminalData::Completed),
        EventType::Failed => serde_json::from_value(data).ok().map(TerminalData::Failed),
        EventType::Submitted | EventType::Progress | EventType::Landed | EventType::Rejected => None,
    }
}

async fn or_never(sending: &mut Option<Sending<'_>>) -> (usize, Outcome<()>) {
    match sending {
        Some(sending) => sending.await,
        None => std::future::pending().await,
    }
}
