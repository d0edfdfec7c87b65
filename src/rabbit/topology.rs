//! Queues and exchanges: declared, checked, or left alone.
//!
//! Each part is declared on a channel of its own, since a refusal closes the channel it came on.

use std::time::Duration;

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, Connection, ExchangeKind};
use tokio::time::timeout;

use super::classify::{fault, reply_code, within};
use super::options::{Names, Topology};
use super::wire::short;
use crate::job::fault::{Fault, FaultKind, Outcome};

/// Longest wait for one declaration. A cluster that elects a leader for a new quorum queue takes seconds.
pub(super) const DECLARE_DEADLINE: Duration = Duration::from_secs(15);

/// Longest wait for a channel to open.
pub(super) const CHANNEL_DEADLINE: Duration = Duration::from_secs(10);

/// Deliveries of one message after which the broker itself dead-letters it. Out of reach on purpose: such a dead letter
/// has no reason and no event, and RabbitMQ before 4.3 counts messages handed back unharmed as well. Since 4.0 a queue
/// without the argument has a limit of 20; 3.x refuses `-1` (no limit); and the argument must be the same on all, or a
/// queue declared before an upgrade of the broker is refused after it. Jobs that kill workers are counted by the worker.
const DELIVERY_LIMIT: i32 = 1_000_000;

/// One thing that must be there.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Fanout { name: String },
    Topic { name: String },
    Queue { name: String, dead_letters_to: Option<String> },
    Binding { queue: String, exchange: String },
}

/// Everything that must be there, in an order in which it can be declared.
pub(super) fn parts(names: &Names) -> Vec<Part> {
    let Names { jobs, dead_letters, events, parked, control } = names.clone();
    vec![
        // Fanout, since the broker's own dead letters keep whatever routing key they had.
        Part::Fanout { name: dead_letters.clone() },
        Part::Queue { name: dead_letters.clone(), dead_letters_to: None },
        Part::Binding { queue: dead_letters.clone(), exchange: dead_letters.clone() },
        Part::Topic { name: events },
        Part::Fanout { name: control },
        Part::Queue { name: jobs, dead_letters_to: Some(dead_letters.clone()) },
        Part::Queue { name: parked, dead_letters_to: Some(dead_letters) },
    ]
}

/// Sees to it that all queues and exchanges are there, as the setting says.
pub(super) async fn establish(connection: &Connection, topology: Topology, names: &Names) -> Outcome<()> {
    let passive = match topology {
        Topology::Declare => false,
        Topology::Check => true,
        Topology::None => return Ok(()),
    };
    for part in parts(names) {
        let channel = within(CHANNEL_DEADLINE, "opening a channel", connection.create_channel()).await?;
        settle(&channel, &part, passive).await?;
        // Best effort: the part stands, and the channel goes with its handle anyway.
        let _ = timeout(CHANNEL_DEADLINE, channel.close(200, "done".into())).await;
    }
    Ok(())
}

/// Declares each part by itself, also where another one cannot be. Tells of each queue and exchange, by what it is, whether it
/// is now as it should be; bindings are part of their queue.
pub(super) async fn establish_each(connection: &Connection, names: &Names) -> Vec<(String, Outcome<()>)> {
    let mut all = Vec::new();
    for part in parts(names) {
        let settled = async {
            let channel = within(CHANNEL_DEADLINE, "opening a channel", connection.create_channel()).await?;
            settle(&channel, &part, false).await?;
            let _ = timeout(CHANNEL_DEADLINE, channel.close(200, "done".into())).await;
            Ok(())
        };
        let settled = settled.await;
        let of = match part {
            Part::Binding { queue, .. } => Part::Queue { name: queue, dead_letters_to: None },
            part @ (Part::Fanout { .. } | Part::Topic { .. } | Part::Queue { .. }) => part,
        };
        all.push((of.describe(), settled));
    }
    all
}

/// Whether a queue that is there, and dead-letters nowhere, is declared as it would be here. Also `false` when this user may
/// not ask.
pub(super) async fn is_ours(connection: &Connection, queue: &str) -> Outcome<bool> {
    let doing = format!("comparing queue {queue}");
    let channel = within(CHANNEL_DEADLINE, &doing, connection.create_channel()).await?;
    let options = QueueDeclareOptions { durable: true, ..Default::default() };
    let declared = channel.queue_declare(short(queue, &doing)?, options, queue_arguments(None));
    match timeout(DECLARE_DEADLINE, declared).await {
        Ok(Ok(_)) => Ok(true),
        Ok(Err(error)) if matches!(reply_code(&error), Some(403 | 405 | 406)) => Ok(false),
        Ok(Err(error)) => Err(fault(error, doing)),
        Err(_) => {
            Err(Fault::new(FaultKind::Ambiguous, doing).because(format!("no answer within {DECLARE_DEADLINE:?}")))
        }
    }
}

async fn settle(channel: &Channel, part: &Part, passive: bool) -> Outcome<()> {
    let verb = if passive { "checking" } else { "declaring" };
    let doing = format!("{verb} {}", part.describe());
    let declared = match part {
        Part::Fanout { name } | Part::Topic { name } => {
            let options = ExchangeDeclareOptions { durable: true, passive, ..Default::default() };
            let call = channel.exchange_declare(short(name, &doing)?, kind(part), options, FieldTable::default());
            timeout(DECLARE_DEADLINE, call).await
        }
        Part::Queue { name, dead_letters_to } => {
            let options = QueueDeclareOptions { durable: true, passive, ..Default::default() };
            let call =
                channel.queue_declare(short(name, &doing)?, options, queue_arguments(dead_letters_to.as_deref()));
            timeout(DECLARE_DEADLINE, call).await.map(|answer| answer.map(|_| ()))
        }
        // AMQP has no way to ask for a binding.
        Part::Binding { .. } if passive => return Ok(()),
        Part::Binding { queue, exchange } => {
            let (queue, exchange) = (short(queue, &doing)?, short(exchange, &doing)?);
            let key = ShortString::default();
            let call = channel.queue_bind(queue, exchange, key, QueueBindOptions::default(), FieldTable::default());
            timeout(DECLARE_DEADLINE, call).await
        }
    };
    match declared {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(refused(error, doing)),
        Err(_) => {
            Err(Fault::new(FaultKind::Ambiguous, doing).because(format!("no answer within {DECLARE_DEADLINE:?}")))
        }
    }
}

/// The kind of an exchange.
pub(super) fn kind(part: &Part) -> ExchangeKind {
    if matches!(part, Part::Topic { .. }) { ExchangeKind::Topic } else { ExchangeKind::Fanout }
}

/// What the broker refused, whose fault it is, and the way out.
fn refused(error: lapin::Error, doing: String) -> Fault {
    let way_out = match reply_code(&error) {
        Some(404) => "it is not there; create it, or set amqp.topology to declare",
        Some(406) => {
            "it is there already and declared otherwise; delete it when it is empty, name another one, \
             or set amqp.topology to check"
        }
        Some(403) => "this user may not; grant configure permission, or set amqp.topology to check or none",
        Some(405) => "another connection holds it exclusively; end that one, or name another",
        _ => return fault(error, doing),
    };
    Fault::new(FaultKind::Denied, format!("{doing}: {way_out}")).because(error.to_string())
}

impl Part {
    pub(super) fn describe(&self) -> String {
        match self {
            Part::Fanout { name } => format!("fanout exchange {name}"),
            Part::Topic { name } => format!("topic exchange {name}"),
            Part::Queue { name, .. } => format!("quorum queue {name}"),
            Part::Binding { queue, exchange } => format!("binding of queue {queue} to exchange {exchange}"),
        }
    }
}

/// Replicated, and where there is a dead-letter exchange, nothing is dropped on the way to it.
pub(super) fn queue_arguments(dead_letters_to: Option<&str>) -> FieldTable {
    let text = |value: &str| AMQPValue::LongString(value.into());
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), text("quorum"));
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongInt(DELIVERY_LIMIT));
    if let Some(exchange) = dead_letters_to {
        arguments.insert("x-dead-letter-exchange".into(), text(exchange));
        arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
        // What at-least-once asks for.
        arguments.insert("x-overflow".into(), text("reject-publish"));
    }
    arguments
}

#[cfg(test)]
mod tests {
    use lapin::ErrorKind;
    use lapin::protocol::AMQPError;

    use super::*;

    #[test]
    fn a_queue_is_declared_after_the_exchange_it_dead_letters_to() {
        let parts = parts(&Names::default());
        for (at, part) in parts.iter().enumerate() {
            if let Part::Queue { dead_letters_to: Some(exchange), .. } = part {
                let declared = |part: &Part| matches!(part, Part::Fanout { name } if name == exchange);
                assert!(parts[..at].iter().any(declared), "{part:?}");
            }
        }
    }

    #[test]
    fn a_refusal_names_the_part_what_differs_and_the_way_out() {
        let words = "PRECONDITION_FAILED - inequivalent arg 'x-queue-type'";
        let error =
            AMQPError::from_id(406, words.into()).map(ErrorKind::ProtocolError).expect("a code of the protocol");
        let fault = refused(error.into(), "declaring quorum queue landfall.jobs".to_owned());
        assert_eq!(fault.kind, FaultKind::Denied);
        for text in ["landfall.jobs", "declared otherwise", "amqp.topology", "x-queue-type"] {
            assert!(fault.chain().contains(text), "{}", fault.chain());
        }
    }
}
