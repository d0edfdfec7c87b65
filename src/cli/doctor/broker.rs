//! The broker: connection, version, topology, rights, limits, and what waits.

use std::time::Duration;

use tokio::time::timeout;

use super::catalogue::{Area, Check};
use super::findings as f;
use super::found::{Found, Notes};
use crate::rabbit::{Asked, Looked, Names, NoVisit, Permission, RabbitOptions, Stands, Topology, Visit, visit};

/// Longest wait for a connection, TLS and log-in included.
const CONNECT_WITHIN: Duration = Duration::from_secs(25);

/// Longest time for all declarations, and again for all rights.
const LOOK_WITHIN: Duration = Duration::from_secs(60);

const EVENTS: &str = "AMQP cannot tell who is bound; `rabbitmqctl list_bindings source_name destination_name routing_key` can, \
                      and a worker whose events reach no queue suspends itself and says so on /readyz";

/// Looks at the broker and, with `fix`, declares what is missing.
pub(super) async fn examine(options: RabbitOptions, fix: bool, notes: &Notes) {
    let address = options.url.to_string();
    let at = Place::of(&options);
    let broker = match timeout(CONNECT_WITHIN, visit(options)).await {
        Ok(Ok(broker)) => broker,
        Ok(Err(why)) => {
            notes.add(no_visit(&why, &at));
            return notes.skip_rest(Area::Broker, "there is no connection");
        }
        Err(_) => {
            let why = NoVisit::Unreachable(format!("no answer from {address} within {CONNECT_WITHIN:?}"));
            notes.add(no_visit(&why, &at));
            return notes.skip_rest(Area::Broker, "there is no connection");
        }
    };
    notes.add(Found::well(Check::BrokerConnection, &address));
    version(&broker, notes);
    if timeout(LOOK_WITHIN, topology(&broker, &at, fix, notes)).await.is_ok()
        && let Ok(rights) = timeout(LOOK_WITHIN, broker.permissions()).await
    {
        permissions(&rights, &at, notes);
        notes.add(match broker.is_blocked() {
            true => Found::ill(&f::PUBLISHING_BLOCKED, "the broker has told this connection that it is blocked", &[]),
            false => Found::well(Check::BrokerPublishing, ""),
        });
    }
    notes.add(Found::skipped(Check::BrokerEvents, EVENTS));
    notes.skip_rest(Area::Broker, "the broker took too long");
    broker.close().await;
}

/// What findings name.
struct Place {
    host: String,
    port: String,
    user: String,
    vhost: String,
    names: Names,
    topology: Topology,
}

impl Place {
    fn of(options: &RabbitOptions) -> Place {
        Place {
            host: options.url.host().to_owned(),
            port: options.url.port().to_string(),
            user: options.url.user().to_owned(),
            vhost: options.url.vhost().to_owned(),
            names: options.names.clone(),
            topology: options.topology,
        }
    }

    /// The setting that names a queue or exchange.
    fn setting(&self, name: &str) -> &'static str {
        let Names { jobs, dead_letters, events, parked, .. } = &self.names;
        let named = [
            (jobs, "jobs_queue"),
            (dead_letters, "dead_letters"),
            (events, "events_exchange"),
            (parked, "parked_queue"),
        ];
        named.iter().find(|(known, _)| known.as_str() == name).map_or("control_exchange", |(_, setting)| setting)
    }
}

fn no_visit(why: &NoVisit, at: &Place) -> Found {
    let met = [("host", &*at.host), ("port", &*at.port), ("user", &*at.user), ("vhost", &*at.vhost)];
    let (entry, seen) = match why {
        NoVisit::Unreachable(seen) => (&f::BROKER_UNREACHABLE, seen),
        NoVisit::Distrusted(seen) => (&f::BROKER_DISTRUSTED, seen),
        NoVisit::LoginRefused(seen) => (&f::LOGIN_REFUSED, seen),
        NoVisit::NoVhost(seen) => (&f::VHOST_MISSING, seen),
        NoVisit::VhostDenied(seen) => (&f::VHOST_DENIED, seen),
        NoVisit::NoBroker(seen) => (&f::NO_BROKER, seen),
    };
    Found::ill(entry, seen, &met)
}

fn version(broker: &Visit, notes: &Notes) {
    let facts = broker.broker();
    let name = format!("{} {}", facts.product, facts.version);
    notes.add(match broker.refusal() {
        Some(why) => Found::ill(&f::BROKER_TOO_OLD, why, &[]),
        None if !facts.is_rabbitmq() => Found::ill(&f::BROKER_UNKNOWN, format!("it calls itself {name}"), &[]),
        None => Found::well(Check::BrokerVersion, name),
    });
    let concern = broker.concerns().into_iter().find(|concern| concern.contains("consumer_timeout"));
    notes.add(match concern {
        Some(concern) => Found::ill(&f::LEASE_TOO_LONG, concern, &[]),
        None => Found::well(Check::BrokerTimeLimit, ""),
    });
}

async fn topology(broker: &Visit, at: &Place, fix: bool, notes: &Notes) {
    let mut stands = broker.look().await;
    let missing: Vec<String> = missing(&stands);
    let mut tried = Vec::new();
    if fix && !missing.is_empty() && at.topology != Topology::None {
        tried = broker.declare().await;
        stands = broker.look().await;
    }
    for part in &stands {
        let found = of_part(part, at).of(&part.what);
        let mut of_it = tried.iter().filter(|(what, _)| *what == part.what && missing.contains(what)).peekable();
        notes.add(match (of_it.peek().is_some(), of_it.find_map(|(_, outcome)| outcome.as_ref().err())) {
            (false, _) => found,
            (true, None) => found.fixed(format!("declared {}", part.what)),
            (true, Some(why)) => found.fixed(format!("could not declare it: {}", why.chain())),
        });
    }
    notes.add(delivery_limit(&stands, at));
    notes.add(waiting(&stands, at));
}

fn missing(stands: &[Stands]) -> Vec<String> {
    stands.iter().filter(|part| matches!(part.looked, Looked::Missing)).map(|part| part.what.clone()).collect()
}

fn of_part(part: &Stands, at: &Place) -> Found {
    let setting = at.setting(&part.name);
    let topology = match at.topology {
        Topology::Declare => "declare",
        Topology::Check => "check",
        Topology::None => "none",
    };
    let met = [
        ("part", &*part.what),
        ("name", &*part.name),
        ("kind", if part.waiting.is_some() { "queue" } else { "exchange" }),
        ("vhost", &*at.vhost),
        ("topology", topology),
        ("setting", setting),
        ("SETTING", &*setting.to_uppercase()),
    ];
    match (&part.looked, at.topology) {
        (Looked::AsDeclared, _) => Found::well(Check::BrokerTopology, ""),
        (Looked::There, _) => {
            Found::well(Check::BrokerTopology, "there; not compared, for want of the right to configure it")
        }
        (Looked::Missing, Topology::Declare) => Found::ill(&f::PART_NOT_YET, "NOT_FOUND", &met),
        (Looked::Missing, Topology::Check | Topology::None) => Found::ill(&f::PART_MISSING, "NOT_FOUND", &met),
        (Looked::Otherwise(said), Topology::Declare) => Found::ill(&f::PART_OTHERWISE, said, &met),
        (Looked::Otherwise(said), Topology::Check | Topology::None) => Found::ill(&f::PART_OTHERWISE_KEPT, said, &met),
        (Looked::Unknown(fault), _) => Found::ill(&f::PART_UNKNOWN, fault.chain(), &met),
    }
}

/// A queue that is as a worker declares it has the worker's own limit.
fn delivery_limit(stands: &[Stands], at: &Place) -> Found {
    let queues = [&at.names.jobs, &at.names.parked];
    let known = stands.iter().filter(|part| part.waiting.is_some() && queues.contains(&&part.name));
    if known.filter(|part| matches!(part.looked, Looked::AsDeclared)).count() == queues.len() {
        Found::well(Check::BrokerDeliveryLimit, "out of reach")
    } else {
        Found::skipped(Check::BrokerDeliveryLimit, "it is known only of queues that are as a worker declares them")
    }
}

fn waiting(stands: &[Stands], at: &Place) -> Found {
    let of = |name: &str| stands.iter().filter(|part| part.name == name).find_map(|part| part.waiting);
    let Some((jobs, consumers)) = of(&at.names.jobs) else {
        return Found::skipped(Check::BrokerWaiting, "there is no queue of jobs");
    };
    let (parked, dead) =
        (of(&at.names.parked).map_or(0, |has| has.0), of(&at.names.dead_letters).map_or(0, |has| has.0));
    let seen = format!("{} jobs, {dead} dead letters, {consumers} consumers", jobs.saturating_add(parked));
    Found::well(Check::BrokerWaiting, seen)
}

fn permissions(rights: &[Permission], at: &Place, notes: &Notes) {
    for Permission { right, name, asked } in rights {
        // What a worker can do without is told as a warning.
        let is_wish = name.starts_with("amq.gen-") || *name == at.names.control;
        let without = match (right.name(), is_wish) {
            ("configure", false) => "A worker declares it when it starts, and is refused.",
            (_, true) => "Workers are not told of cancelled jobs, and find out when they take them up again.",
            ("read", false) => "No job can be taken from it.",
            _ if *name == at.names.events => "No event can be published; the worker suspends itself.",
            _ => {
                "Messages that are no jobs, or that take longer than the lease, cannot be handed on and block the worker."
            }
        };
        let met = [
            ("right", right.name()),
            ("name", &**name),
            ("user", &*at.user),
            ("vhost", &*at.vhost),
            ("without", without),
        ];
        let found = match asked {
            Asked::Granted => Found::well(Check::BrokerPermissions, ""),
            Asked::Unknown(why) => Found::skipped(Check::BrokerPermissions, why),
            Asked::Refused(said) if is_wish => Found::ill(&f::RIGHT_WISHED, said, &met),
            Asked::Refused(said) => Found::ill(&f::RIGHT_MISSING, said, &met),
        };
        notes.add(found.of(format!("{} {name}", right.name())));
    }
}
