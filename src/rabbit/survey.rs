//! What can be found out about a broker by visiting it: nothing is declared, no message is taken, none arrives.

use lapin::Channel;
use lapin::options::{ExchangeDeclareOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use tokio::time::timeout;

use super::classify::{Cause, fault, reply_code, within};
use super::facts::Broker;
use super::line::Open;
use super::options::RabbitOptions;
use super::supervisor::{dial, hang_up};
use super::topology::{CHANNEL_DEADLINE, DECLARE_DEADLINE, Part, establish_each, kind, parts, queue_arguments};
use super::wire::short;
use crate::job::fault::{Fault, FaultKind, Outcome};

/// Why there is no connection: each has a cure of its own. The text is what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoVisit {
    /// Nobody listens there, nobody is of that name, or nobody answers.
    Unreachable(String),
    /// TLS cannot be agreed on.
    Distrusted(String),
    /// User or password are refused.
    LoginRefused(String),
    /// There is no such virtual host.
    NoVhost(String),
    /// The user may not use the virtual host.
    VhostDenied(String),
    /// Somebody is there who speaks no AMQP 0-9-1.
    NoBroker(String),
}

impl NoVisit {
    fn of(fault: &Fault) -> NoVisit {
        let seen = fault.chain();
        match Cause::of(fault).map(|cause| cause.code) {
            Some(Some(403)) => NoVisit::LoginRefused(seen),
            // RabbitMQ has one code for all three and tells them apart in words.
            Some(Some(530)) if seen.contains("not found") => NoVisit::NoVhost(seen),
            Some(Some(530)) => NoVisit::VhostDenied(seen),
            Some(Some(_)) => NoVisit::NoBroker(seen),
            Some(None) if fault.kind == FaultKind::NotSent => NoVisit::Unreachable(seen),
            Some(None) => NoVisit::NoBroker(seen),
            None if fault.kind == FaultKind::Denied => NoVisit::Distrusted(seen),
            None => NoVisit::Unreachable(seen),
        }
    }
}

/// How a queue or exchange stands.
#[derive(Debug)]
pub struct Stands {
    /// What it is, for people: "quorum queue landfall.jobs".
    pub what: String,
    /// Its name.
    pub name: String,
    /// What was found.
    pub looked: Looked,
    /// Messages that wait in it, and consumers, where it is a queue.
    pub waiting: Option<(u32, u32)>,
}

/// What was found of a queue or exchange.
#[derive(Debug)]
pub enum Looked {
    /// It is there, as the worker would declare it.
    AsDeclared,
    /// It is there. Whether as the worker would declare it cannot be seen without the right to configure it.
    There,
    /// It is there, and differs from what the worker would declare, in the broker's words.
    Otherwise(String),
    /// It is not there.
    Missing,
    /// No answer that tells.
    Unknown(Fault),
}

/// A connection to look around with.
pub struct Visit {
    open: Open,
    pub(super) options: RabbitOptions,
}

/// Connects as the worker would, and declares nothing.
pub async fn visit(options: RabbitOptions) -> Result<Visit, NoVisit> {
    match dial(&options).await {
        Ok(open) => Ok(Visit { open, options }),
        Err(fault) => Err(NoVisit::of(&fault)),
    }
}

impl Visit {
    /// What the broker says of itself.
    pub fn broker(&self) -> &Broker {
        &self.open.broker
    }

    /// Why the worker would refuse this broker.
    pub fn refusal(&self) -> Option<String> {
        self.broker().admit().err().map(|fault| fault.chain())
    }

    /// What an operator should know of it.
    pub fn concerns(&self) -> Vec<String> {
        self.broker().concerns(self.options.held())
    }

    /// Whether it accepts no publishes for now, as far as it has said so.
    pub fn is_blocked(&self) -> bool {
        self.open.connection.status().blocked()
    }

    /// How all queues and exchanges stand.
    pub async fn look(&self) -> Vec<Stands> {
        let mut all = Vec::new();
        for part in parts(&self.options.names) {
            let Some(name) = name_of(&part) else { continue };
            let mut waiting = None;
            let looked = match self.look_at(&part, &mut waiting).await {
                Ok(looked) => looked,
                Err(fault) => Looked::Unknown(fault),
            };
            all.push(Stands { what: part.describe(), name: name.to_owned(), looked, waiting });
        }
        all
    }

    /// Declares what the worker would, each part by itself. Tells of each, by what it is, how that went.
    pub async fn declare(&self) -> Vec<(String, Outcome<()>)> {
        establish_each(&self.open.connection, &self.options.names).await
    }

    /// Ends the connection.
    pub async fn close(self) {
        hang_up(self.open).await;
    }

    pub(super) async fn channel(&self) -> Outcome<Channel> {
        within(CHANNEL_DEADLINE, "opening a channel", self.open.connection.create_channel()).await
    }

    /// A passive declaration tells whether it is there; one with the worker's own arguments, only if it is, whether it
    /// differs. The latter changes nothing, unless somebody deletes the part between the two: then it is what the
    /// worker would have declared.
    async fn look_at(&self, part: &Part, waiting: &mut Option<(u32, u32)>) -> Outcome<Looked> {
        match self.declare_part(part, true).await? {
            Ok(counts) => *waiting = counts,
            Err(error) if reply_code(&error) == Some(404) => return Ok(Looked::Missing),
            Err(error) => return Err(fault(error, format!("looking at {}", part.describe()))),
        }
        match self.declare_part(part, false).await? {
            Ok(_) => Ok(Looked::AsDeclared),
            Err(error) if reply_code(&error) == Some(403) => Ok(Looked::There),
            Err(error) if reply_code(&error) == Some(406) => {
                let why = fault(error, "comparing").chain();
                Ok(Looked::Otherwise(why.trim_start_matches("comparing: ").to_owned()))
            }
            Err(error) => Err(fault(error, format!("comparing {}", part.describe()))),
        }
    }

    /// Declares a part on a channel of its own; a queue answers with its messages and consumers.
    async fn declare_part(&self, part: &Part, passive: bool) -> Outcome<lapin::Result<Option<(u32, u32)>>> {
        let doing = format!("looking at {}", part.describe());
        let channel = self.channel().await?;
        let answer = match part {
            Part::Fanout { name } | Part::Topic { name } => {
                let options = ExchangeDeclareOptions { durable: true, passive, ..Default::default() };
                let call = channel.exchange_declare(short(name, &doing)?, kind(part), options, FieldTable::default());
                timeout(DECLARE_DEADLINE, call).await.map(|answer| answer.map(|()| None))
            }
            Part::Queue { name, dead_letters_to } => {
                let options = QueueDeclareOptions { durable: true, passive, ..Default::default() };
                let arguments = queue_arguments(dead_letters_to.as_deref());
                let call = channel.queue_declare(short(name, &doing)?, options, arguments);
                let counts = |queue: lapin::Queue| Some((queue.message_count(), queue.consumer_count()));
                timeout(DECLARE_DEADLINE, call).await.map(|answer| answer.map(counts))
            }
            Part::Binding { .. } => Ok(Ok(None)),
        };
        let _ = timeout(CHANNEL_DEADLINE, channel.close(200, "done".into())).await;
        answer.map_err(|_| Fault::new(FaultKind::Ambiguous, doing).because("no answer in time"))
    }
}

/// Bindings have none.
pub(super) fn name_of(part: &Part) -> Option<&str> {
    match part {
        Part::Fanout { name } | Part::Topic { name } | Part::Queue { name, .. } => Some(name),
        Part::Binding { .. } => None,
    }
}
