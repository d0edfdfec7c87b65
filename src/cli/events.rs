//! `landfall events`: a live tail of the events.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use super::summary::size;
use super::terminal::{self, Paint, duration, json_line};
use super::{ConfigArgs, Exit, Failure, signals, worker};
use crate::job::event::{
    CompletedData, Event, EventType, FailedData, LandedData, LandedResult, ProgressData, RejectedData, SubmittedData,
};
use crate::job::ids::JobId;
use crate::job::text::one_line;
use crate::rabbit::{self, Heard, RabbitOptions, Topology};

/// How long the broker is tried for at first. What is lost later is tried again for ever.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Longest text of others in a line for people, in characters.
const TEXT_MAX_CHARS: usize = 300;

/// Watch the events as they are published
///
/// Listens to the events exchange until interrupted, and prints a line for each event that comes from then on: when, what,
/// which job, and what there is to say of it. With --json each line is the whole CloudEvent, in structured form also where
/// amqp.event_mode is binary.
///
/// It takes events away from nobody: it has a queue of its own, which goes when it ends. What was published before is not
/// shown, but a job that has ended is announced again when it is submitted again. While it listens it counts as somebody who
/// listens: a worker that would wait for a queue to be bound goes on.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  landfall events                                               everything, live
  landfall events --type completed,failed,rejected              only how jobs end
  landfall events --job lighthouse-course.lesson-3              one job
  landfall events --type job.completed --json | jq -r '.data.results[].key'
  landfall events --type failed --limit 1 --timeout 10m         wait for the next failure

The types are submitted, progress, landed, completed, failed, rejected; patterns like job.* and result.* and whole names
like dev.landfall.job.completed.v1 are taken, too. progress and landed have to be switched on at the worker.

Exit codes: 0 done: interrupted, --limit reached, or the time is up · 1 the time was up before --limit ·
64 bad arguments · 69 the broker cannot be reached · 78 bad configuration, or there is no such exchange")]
pub(super) struct EventsArgs {
    /// Only these types of events, separated by commas
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',', value_parser = types)]
    types: Vec<Types>,
    /// Only events of this job; may be given several times
    #[arg(long = "job", value_name = "ID", value_parser = JobId::parse)]
    jobs: Vec<JobId>,
    /// Print whole CloudEvents, one a line
    #[arg(long)]
    json: bool,
    /// End after so many events
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// End after so long, like 90s, 5m or 1h
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    #[command(flatten)]
    config: ConfigArgs,
}

/// Types that one word on the command line names.
#[derive(Debug, Clone)]
struct Types(Vec<EventType>);

fn types(word: &str) -> Result<Types, String> {
    let fits = |event_type: &EventType| {
        let key = event_type.routing_key();
        let (topic, kind) = key.split_once('.').unwrap_or_default();
        let is_of_topic = word.strip_suffix(".*").is_some_and(|named| named == topic);
        is_of_topic || matches!(word, "*" | "#") || word == key || word == kind || word == event_type.name()
    };
    let named: Vec<EventType> = EventType::ALL.into_iter().filter(fits).collect();
    if named.is_empty() {
        let known = EventType::ALL.map(EventType::routing_key).join(", ");
        return Err(format!("there is no such type of event; there are {known}, and the patterns job.* and result.*"));
    }
    Ok(Types(named))
}

impl EventsArgs {
    /// What to bind to. Without types that is everything, also what a later release adds.
    fn keys(&self) -> Vec<String> {
        let named: BTreeSet<&str> =
            self.types.iter().flat_map(|types| &types.0).map(|event_type| event_type.routing_key()).collect();
        if named.is_empty() { vec!["#".to_owned()] } else { named.into_iter().map(str::to_owned).collect() }
    }

    fn wants(&self, event: &Value) -> bool {
        let subject = event.get("subject").and_then(Value::as_str).unwrap_or_default();
        self.jobs.is_empty() || self.jobs.iter().any(|job| job.as_str() == subject)
    }
}

pub(super) async fn events(args: EventsArgs) -> Result<Exit, Failure> {
    let config = args.config.load(&[])?.config;
    let options = RabbitOptions {
        topology: Topology::None,
        connection_name: "landfall events".to_owned(),
        connect_within: CONNECT_WITHIN,
        ..worker::broker(&config)?
    };
    let exchange = options.names.events.clone();
    let stop = signals::stop_on_signal()?;
    let until = args.timeout.map(|timeout| Instant::now() + timeout);
    let rabbit = tokio::select! {
        biased;
        () = stop.cancelled() => return Ok(Exit::Done),
        rabbit = rabbit::connect(options) => rabbit.map_err(|fault| Failure::of_fault(&fault))?,
    };
    let tap = rabbit.tap();
    tap.listen(args.keys());
    let mut tail = Tail { args, exchange, paint: Paint::of_stdout(), shown: 0, begun: false, deaf: false };
    let late = async {
        match until {
            Some(until) => sleep_until(until).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(late);
    let ended = loop {
        let heard = tokio::select! {
            biased;
            () = stop.cancelled() => break Ok(Exit::Done),
            () = &mut late => break Ok(if tail.args.limit.is_some() { Exit::JobFailed } else { Exit::Done }),
            heard = tap.next() => heard,
        };
        match tail.hear(heard) {
            Ok(false) => {}
            Ok(true) => break Ok(Exit::Done),
            Err(failure) => break Err(failure),
        }
    };
    rabbit.close().await;
    ended
}

/// What is shown.
struct Tail {
    args: EventsArgs,
    exchange: String,
    paint: Paint,
    shown: u64,
    /// It was listened before.
    begun: bool,
    /// The loss is told already.
    deaf: bool,
}

impl Tail {
    /// Shows what was heard; true when it was the last that is wanted.
    fn hear(&mut self, heard: Heard) -> Result<bool, Failure> {
        match heard {
            Heard::Event(event) if self.args.wants(&event) => {
                let line = if self.args.json { json_line(&event) } else { line(&event, self.paint) };
                terminal::line(&line)?;
                self.shown += 1;
                return Ok(self.args.limit.is_some_and(|limit| self.shown >= limit));
            }
            Heard::Event(_) => {}
            Heard::Strange(why) => terminal::note(&format!("a message {}", one_line(&why, TEXT_MAX_CHARS))),
            Heard::Listening => {
                terminal::note(&match self.begun {
                    false => format!("listening to {}", self.exchange),
                    true => format!("listening to {} again; events in between were not seen", self.exchange),
                });
                (self.begun, self.deaf) = (true, false);
            }
            Heard::Deaf(fault) if !fault.kind.may_mend() && !self.begun => return Err(Failure::of_fault(&fault)),
            Heard::Deaf(fault) => {
                if !self.deaf {
                    terminal::note(&format!("{}; trying again", fault.chain()));
                }
                self.deaf = true;
            }
        }
        Ok(false)
    }
}

/// An event in a line for people.
fn line(event: &Value, paint: Paint) -> String {
    let text = |name: &str| one_line(event.get(name).and_then(Value::as_str).unwrap_or("-"), TEXT_MAX_CHARS);
    let typed: Option<Event> = serde_json::from_value(event.clone()).ok();
    let time = typed.as_ref().map_or_else(
        || text("time"),
        |event| event.time.to_zoned_datetime(TimeZone::system()).strftime("%H:%M:%S").to_string(),
    );
    let kind = typed.as_ref().map_or_else(|| text("type"), |event| event.event_type.routing_key().to_owned());
    let kind = format!("{kind:<13}");
    let kind = match typed.as_ref().map(|event| event.event_type) {
        Some(EventType::Completed) => paint.good(&kind),
        Some(EventType::Failed | EventType::Rejected) => paint.bad(&kind),
        Some(EventType::Submitted | EventType::Progress | EventType::Landed) | None => kind,
    };
    let what = typed.map(|event| what(&event)).unwrap_or_default();
    format!("{}  {kind}  {}  {}", paint.faint(&time), text("subject"), one_line(&what, TEXT_MAX_CHARS))
        .trim_end()
        .to_owned()
}

/// What there is to say of an event; nothing where its data is not understood.
fn what(event: &Event) -> String {
    fn read<T: DeserializeOwned>(event: &Event, say: impl FnOnce(T) -> String) -> String {
        serde_json::from_value(event.data.clone()).map(say).unwrap_or_default()
    }
    match event.event_type {
        EventType::Submitted => read(event, |data: SubmittedData| match data.tasks.len() {
            1 => "1 task accepted".to_owned(),
            tasks => format!("{tasks} tasks accepted"),
        }),
        EventType::Progress => read(event, |data: ProgressData| format!("result {}: {} %", data.index, data.percent)),
        EventType::Landed => read(event, |data: LandedData| place(&data.result)),
        EventType::Completed => read(event, |data: CompletedData| {
            let places: Vec<String> = data.results.iter().map(place).collect();
            let seconds = Duration::from_millis(data.timings.total_ms).as_secs_f64();
            format!("{}; {}{seconds:.1} s", places.join(", "), cost(data.cost_usd))
        }),
        EventType::Failed => read(event, |data: FailedData| {
            format!("{}: {}; {}{} landed", data.reason.code(), data.message, cost(data.cost_usd), data.results.len())
        }),
        EventType::Rejected => read(event, |data: RejectedData| {
            let problems: Vec<String> = data.problems.iter().map(ToString::to_string).collect();
            format!("{}: {}", data.reason.code(), problems.join("; "))
        }),
    }
}

fn place(result: &LandedResult) -> String {
    format!("{}/{} ({})", result.bucket, result.key, size(result.size))
}

fn cost(usd: Option<f64>) -> String {
    usd.map_or(String::new(), |usd| format!("{usd:.3} USD, "))
}
