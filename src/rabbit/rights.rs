//! Which rights the user has, tried without using them.
//!
//! AMQP has no questions, only commands. So rights are tried with commands that cannot succeed: RabbitMQ looks at the right
//! first and at the rest afterwards, and its reply code tells which of the two refused. Each command has a channel of its own,
//! since a refusal closes it. Only to the default exchange something is published, as nothing can be bound to it: in a
//! transaction that is rolled back, so that it never reaches a queue.

use std::time::Duration;

use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, ExchangeBindOptions, ExchangeDeclareOptions, QueueBindOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, ErrorKind};
use tokio::time::timeout;

use super::classify::{fault, reply_code};
use super::options::{Names, Topology};
use super::survey::{Visit, name_of};
use super::topology::{CHANNEL_DEADLINE, Part, kind, parts};
use super::wire::short;
use crate::job::fault::{Fault, FaultKind, Outcome};

/// Longest wait for the answer to a command that tries a right. A broker that accepts no publishes does not answer.
const TRY_WITHIN: Duration = Duration::from_secs(5);

/// How often a right is tried while the answer is lost: a refused publish can close the channel before the rollback is on its
/// way, which then learns of the closing and not of the reason.
const TRIES: usize = 5;

/// A queue, and an exchange, that nobody has, of the kind of name that the broker gives.
const NO_QUEUE: &str = "amq.gen-landfall-doctor";

/// What queues are called that the broker names.
const OWN: &str = "amq.gen-…";

/// A right that the worker needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// To declare.
    Configure,
    /// To publish, or to bind a queue.
    Write,
    /// To consume, or to bind to an exchange.
    Read,
}

impl Right {
    /// As `rabbitmqctl set_permissions` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Right::Configure => "configure",
            Right::Write => "write",
            Right::Read => "read",
        }
    }
}

/// Whether the worker has a right.
#[derive(Debug)]
pub struct Permission {
    /// The right.
    pub right: Right,
    /// The name that the right has to cover.
    pub name: String,
    /// What the broker answered.
    pub asked: Asked,
}

/// The answer to the question for a right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It is there.
    Granted,
    /// It is not, in the broker's words.
    Refused(String),
    /// It cannot be told, and why.
    Unknown(String),
}

/// A command that cannot succeed, or is taken back.
#[derive(Debug, Clone)]
enum Attempt {
    /// A declaration with an argument of a wrong type.
    Declare(Part),
    /// The same of a queue that the broker names.
    DeclareOwn,
    /// A subscription with an argument of a wrong type.
    Consume(String),
    /// A binding of a queue that is not there.
    Bind(String),
    /// A binding to an exchange that is not there, which takes the right to write to this one.
    Feed(String),
    /// A publish over the default exchange that is rolled back.
    Publish { routing_key: String },
}

/// What the worker needs: to declare, unless it is told not to; to consume both queues; to publish events, dead letters,
/// parked jobs and control messages; and a queue of its own for the latter.
fn needs(names: &Names, topology: Topology) -> Vec<(Right, String, Attempt)> {
    let mut needs = Vec::new();
    if topology == Topology::Declare {
        for part in parts(names) {
            let name = name_of(&part).map(str::to_owned);
            needs.extend(name.map(|name| (Right::Configure, name, Attempt::Declare(part))));
        }
    }
    needs.push((Right::Configure, OWN.to_owned(), Attempt::DeclareOwn));
    for queue in [&names.jobs, &names.parked] {
        needs.push((Right::Read, queue.clone(), Attempt::Consume(queue.clone())));
    }
    needs.push((Right::Read, names.control.clone(), Attempt::Bind(names.control.clone())));
    needs.push((Right::Read, OWN.to_owned(), Attempt::Consume(NO_QUEUE.to_owned())));
    for exchange in [&names.events, &names.dead_letters, &names.control] {
        needs.push((Right::Write, exchange.clone(), Attempt::Feed(exchange.clone())));
    }
    let parking = Attempt::Publish { routing_key: names.parked.clone() };
    needs.push((Right::Write, "amq.default".to_owned(), parking));
    needs
}

impl Attempt {
    async fn run(&self, channel: &Channel, doing: &str) -> Outcome<lapin::Result<()>> {
        let wrong = |name: &str, value| {
            let mut arguments = FieldTable::default();
            arguments.insert(name.into(), value);
            arguments
        };
        let text = AMQPValue::LongString("no number".into());
        Ok(match self {
            Attempt::Declare(part @ (Part::Fanout { name } | Part::Topic { name })) => {
                let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
                let arguments = wrong("alternate-exchange", AMQPValue::LongInt(0));
                channel.exchange_declare(short(name, doing)?, kind(part), options, arguments).await
            }
            Attempt::Declare(Part::Queue { name, .. }) => declare(channel, short(name, doing)?, text).await,
            // Never needed: the rights to both ends are.
            Attempt::Declare(Part::Binding { .. }) => Ok(()),
            Attempt::DeclareOwn => declare(channel, ShortString::default(), text).await,
            Attempt::Consume(queue) => {
                let arguments = wrong("x-priority", text);
                let (tag, options) = (ShortString::default(), BasicConsumeOptions::default());
                channel.basic_consume(short(queue, doing)?, tag, options, arguments).await.map(drop)
            }
            Attempt::Bind(exchange) => {
                let (key, options) = (ShortString::default(), QueueBindOptions::default());
                let (queue, exchange) = (short(NO_QUEUE, doing)?, short(exchange, doing)?);
                channel.queue_bind(queue, exchange, key, options, FieldTable::default()).await
            }
            Attempt::Feed(exchange) => {
                let (key, options) = (ShortString::default(), ExchangeBindOptions::default());
                let (exchange, from) = (short(exchange, doing)?, short(NO_QUEUE, doing)?);
                channel.exchange_bind(exchange, from, key, options, FieldTable::default()).await
            }
            Attempt::Publish { routing_key } => publish(channel, short(routing_key, doing)?).await,
        })
    }
}

async fn declare(channel: &Channel, queue: ShortString, length: AMQPValue) -> lapin::Result<()> {
    let mut arguments = FieldTable::default();
    arguments.insert("x-max-length".into(), length);
    let options = QueueDeclareOptions { durable: true, ..Default::default() };
    channel.queue_declare(queue, options, arguments).await.map(drop)
}

async fn publish(channel: &Channel, routing_key: ShortString) -> lapin::Result<()> {
    channel.tx_select().await?;
    let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
    drop(channel.basic_publish(ShortString::default(), routing_key, options, b"", properties).await?);
    channel.tx_rollback().await
}

impl Visit {
    /// Which of the rights that the worker needs it has.
    pub async fn permissions(&self) -> Vec<Permission> {
        let mut all = Vec::new();
        let mut stuck = (!self.broker().is_rabbitmq())
            .then(|| "only RabbitMQ is known to look at rights before anything else".to_owned());
        for (right, name, attempt) in needs(&self.options.names, self.options.topology) {
            let asked = match &stuck {
                Some(why) => Asked::Unknown(why.clone()),
                None => match self.try_right(right, &name, &attempt).await {
                    Ok(asked) => asked,
                    // What hangs or hangs up once would do so each time.
                    Err(fault) => Asked::Unknown(stuck.insert(fault.chain()).clone()),
                },
            };
            all.push(Permission { right, name, asked });
        }
        all
    }

    async fn try_right(&self, right: Right, name: &str, attempt: &Attempt) -> Outcome<Asked> {
        let doing = format!("trying the right to {} {name}", right.name());
        let mut tries = 1;
        let answer = loop {
            let channel = self.channel().await?;
            let answer = timeout(TRY_WITHIN, attempt.run(&channel, &doing)).await;
            let _ = timeout(CHANNEL_DEADLINE, channel.close(200, "done".into())).await;
            let Ok(answer) = answer else {
                let why = format!("no answer within {TRY_WITHIN:?}");
                return Err(Fault::new(FaultKind::Ambiguous, doing).because(why));
            };
            let is_lost = |error: &lapin::Error| matches!(error.kind(), ErrorKind::InvalidChannelState(..));
            match &answer {
                Ok(Err(error)) if is_lost(error) && tries < TRIES => tries += 1,
                _ => break answer,
            }
        };
        match answer? {
            Ok(()) => Ok(Asked::Granted),
            Err(error) => match reply_code(&error) {
                // What is refused may be to read from the other end, which is looked at afterwards and never needed.
                Some(403) if matches!(attempt, Attempt::Feed(_)) && error.to_string().contains(NO_QUEUE) => {
                    Ok(Asked::Granted)
                }
                Some(403) => Ok(Asked::Refused(fault(error, doing).chain())),
                // Refused only after the right was granted: for the argument, or because nothing is there.
                Some(404..=406) => Ok(Asked::Granted),
                _ => Err(fault(error, doing)),
            },
        }
    }
}
