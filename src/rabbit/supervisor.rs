//! The owner of the connection: makes it, uses it until it is lost, and makes it again.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use lapin::{Channel, Connection, ConnectionProperties, Event};
use tokio::sync::watch;
use tokio::time::{Instant, interval, sleep, timeout, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use super::control::{Ear, listen};
use super::facts::Broker;
use super::intake::{Handout, consume};
use super::line::{self, Open};
use super::options::RabbitOptions;
use super::publisher::{Publisher, PublisherHandle};
use super::tap::Cable;
use super::topology::establish;
use crate::job::fault::{Fault, FaultKind, Outcome};

/// Longest wait for a stream to the broker, with TLS, and again for its handshake, with credentials, unless the
/// URL has a `connection_timeout`.
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);

/// Longest wait for the broker to agree to a close.
const CLOSE_DEADLINE: Duration = Duration::from_secs(5);

/// How often the connection and its channels are looked at. lapin tells of most losses by an event, but not of all.
const WATCH_INTERVAL: Duration = Duration::from_millis(250);

/// First pause before something is tried again.
const BACKOFF_FIRST: Duration = Duration::from_millis(100);

/// Longest pause. Longer, and a restarted broker stands idle; shorter, and a fleet of workers does not let it start.
const BACKOFF_MAX: Duration = Duration::from_secs(15);

/// How the connection to the broker stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Connected, and publishing is possible.
    Up,
    /// Connected, and the broker accepts no publishes: an alarm, usually memory or disk.
    Blocked(String),
    /// Not connected; why, or what the last attempt met.
    Down(String),
}

/// What the owner of the connection and its handles share.
pub(super) struct Shared {
    pub(super) options: RabbitOptions,
    /// The connection shall close.
    pub(super) closing: CancellationToken,
    /// Somebody waits for a delivery: consuming may start. A connection that only publishes takes no messages.
    pub(super) wanted: CancellationToken,
    /// The intake shall take nothing ahead.
    pub(super) resting: watch::Sender<bool>,
    /// The intake shall stop.
    pub(super) stopping: CancellationToken,
    /// The intake has stopped, and what it took ahead went back.
    pub(super) stopped: CancellationToken,
    link: watch::Sender<Link>,
    /// The broker of the last connection.
    broker: watch::Sender<Option<Broker>>,
    /// Connections made so far.
    connections: AtomicU64,
}

impl Shared {
    pub(super) fn new(options: RabbitOptions) -> Shared {
        Shared {
            options,
            closing: CancellationToken::new(),
            wanted: CancellationToken::new(),
            resting: watch::Sender::new(false),
            stopping: CancellationToken::new(),
            stopped: CancellationToken::new(),
            link: watch::Sender::new(Link::Down("not connected yet".to_owned())),
            broker: watch::Sender::new(None),
            connections: AtomicU64::new(0),
        }
    }

    pub(super) fn link(&self) -> Link {
        self.link.borrow().clone()
    }

    pub(super) fn broker(&self) -> Option<Broker> {
        self.broker.borrow().clone()
    }

    /// Waits until the intake is at rest, or is not.
    pub(super) async fn rests(&self, resting: bool) {
        // The sender lives as long as `self`, so this ends only when the condition holds.
        let _ = self.resting.subscribe().wait_for(|now| *now == resting).await;
    }

    /// Connections made after the first one.
    pub(super) fn reconnects(&self) -> u64 {
        self.connections.load(Ordering::Relaxed).saturating_sub(1)
    }

    pub(super) fn is_up(&self) -> bool {
        *self.link.borrow() == Link::Up
    }
}

/// Closes the connection when the last handle that keeps it is dropped.
pub(super) struct Keep {
    _guard: DropGuard,
}

impl Keep {
    pub(super) fn new(shared: &Shared) -> Keep {
        Keep { _guard: shared.closing.clone().drop_guard() }
    }
}

/// The pauses between attempts: doubling, with half of each left to chance so that workers do not come all at once.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The next pause.
    pub(super) fn next(&mut self) -> Duration {
        let pause = pause(self.attempts, f64::from(Uuid::new_v4().as_fields().0) / f64::from(u32::MAX));
        self.attempts = self.attempts.saturating_add(1);
        pause
    }
}

/// The pause after so many attempts; `chance` is from 0 to 1.
fn pause(attempts: u32, chance: f64) -> Duration {
    let whole = BACKOFF_FIRST.saturating_mul(2_u32.saturating_pow(attempts)).min(BACKOFF_MAX);
    whole.mul_f64(0.5 + chance / 2.0)
}

/// Makes the first connection, and gives up on what will not mend by itself.
pub(super) async fn first_connection(shared: &Shared) -> Outcome<Open> {
    let until = Instant::now() + shared.options.connect_within;
    let mut backoff = Backoff::default();
    loop {
        let fault = match timeout_at(until, open(&shared.options)).await {
            Ok(Ok(open)) => {
                introduce(&open.broker, shared);
                return Ok(open);
            }
            Ok(Err(fault)) => fault,
            Err(_) => {
                let waited = format!("no answer within {:?}", shared.options.connect_within);
                return Err(Fault::new(FaultKind::Ambiguous, connecting(&shared.options)).because(waited));
            }
        };
        let pause = backoff.next();
        if !fault.kind.may_mend() || Instant::now() + pause > until {
            return Err(fault);
        }
        tracing::info!(fault = fault.chain(), "the broker cannot be reached yet");
        sleep(pause).await;
    }
}

fn connecting(options: &RabbitOptions) -> String {
    format!("connecting to RabbitMQ at {}", options.url)
}

/// A connection, whatever is at its other end.
pub(super) async fn dial(options: &RabbitOptions) -> Outcome<Open> {
    let properties = ConnectionProperties::default()
        .with_connection_name(options.connection_name.as_str().into())
        .with_client_property("product".into(), "landfall".into())
        .with_client_property("version".into(), env!("CARGO_PKG_VERSION").into());
    let doing = connecting(options);
    let uri = options.url.expose();
    let deadline = uri.query.connection_timeout.map_or(CONNECT_DEADLINE, Duration::from_millis);
    line::call(uri, options.ca.as_deref(), properties, deadline, &doing).await
}

/// A connection to a broker that is fit for us, with all that must be there.
pub(super) async fn open(options: &RabbitOptions) -> Outcome<Open> {
    let open = dial(options).await?;
    let fit = match open.broker.admit() {
        Ok(()) => establish(&open.connection, options.topology, &options.names).await,
        Err(fault) => Err(fault),
    };
    match fit {
        Ok(()) => Ok(open),
        Err(fault) => {
            hang_up(open).await;
            Err(fault)
        }
    }
}

/// Ends a connection in good order, as far as the broker goes along.
pub(super) async fn hang_up(open: Open) {
    let _ = timeout(CLOSE_DEADLINE, open.connection.close(200, "bye".into())).await;
}

/// Tells of the broker, once for each that is met.
fn introduce(broker: &Broker, shared: &Shared) {
    shared.connections.fetch_add(1, Ordering::Relaxed);
    let known = shared.broker.send_replace(Some(broker.clone()));
    tracing::info!(
        broker = %shared.options.url, product = broker.product, version = broker.version, "connected to RabbitMQ"
    );
    if known.as_ref() != Some(broker) {
        for concern in broker.concerns(shared.options.held()) {
            tracing::warn!(concern, "the broker may not do as it should");
        }
    }
}

/// Owns the connection until it shall close.
pub(super) async fn own(
    shared: Arc<Shared>,
    mut open: Open,
    mut publisher: Publisher,
    (taken, ear, cable): (Handout, Ear, Cable),
    handle: PublisherHandle,
) {
    loop {
        shared.link.send_replace(Link::Up);
        let connection = &open.connection;
        // Whatever else lives as long as one connection has its place here.
        let lost = tokio::select! {
            biased;
            () = shared.closing.cancelled() => None,
            why = lost(connection, &shared.link) => Some(why),
            () = Box::pin(take(connection, &shared, &taken, &handle)) => None,
            () = Box::pin(publisher.serve(connection)) => None,
            () = Box::pin(listen(connection, &shared, &ear)) => None,
            () = Box::pin(cable.carry(connection, &shared.options.names.events)) => None,
        };
        let Some(why) = lost else { break };
        tracing::warn!(why, "the connection to RabbitMQ is lost");
        cable.lost(&why);
        shared.link.send_replace(Link::Down(why));
        if shared.stopping.is_cancelled() {
            shared.stopped.cancel();
        }
        drop(open);
        match reconnect(&shared).await {
            Some(next) => open = next,
            None => return,
        }
    }
    shared.link.send_replace(Link::Down("closed".to_owned()));
    hang_up(open).await;
}

/// Consumes both queues from when the intake is first asked until it is stopped; else leaves the connection to others.
async fn take(connection: &Connection, shared: &Shared, taken: &Handout, publisher: &PublisherHandle) {
    let names = &shared.options.names;
    tokio::select! {
        biased;
        () = shared.stopping.cancelled() => {}
        () = shared.wanted.cancelled() => {
            tokio::join!(
                consume(connection, shared, &names.parked, taken, publisher),
                consume(connection, shared, &names.jobs, taken, publisher),
            );
        }
    }
    shared.stopped.cancel();
    std::future::pending::<()>().await;
}

/// Waits until the connection is lost, and tells why.
async fn lost(connection: &Connection, link: &watch::Sender<Link>) -> String {
    let mut events = pin!(connection.events_listener());
    let mut looks = interval(WATCH_INTERVAL);
    let mut last_error = None;
    loop {
        tokio::select! {
            Some(event) = events.next() => match event {
                Event::ConnectionBlocked(why) => {
                    tracing::warn!(why, "RabbitMQ accepts no publishes for now");
                    link.send_replace(Link::Blocked(why));
                }
                Event::ConnectionUnblocked => {
                    tracing::info!("RabbitMQ accepts publishes again");
                    link.send_replace(Link::Up);
                }
                Event::Error(error) => last_error = Some(error.to_string()),
                _ => {}
            },
            _ = looks.tick() => {}
        }
        if !connection.status().connected() {
            return last_error.unwrap_or_else(|| "the connection ended without a reason".to_owned());
        }
    }
}

/// Waits while the broker accepts no publishes.
pub(super) async fn publishable(connection: &Connection) {
    while connection.status().blocked() {
        sleep(WATCH_INTERVAL).await;
    }
}

/// Waits until a channel is of no use any more.
pub(super) async fn gone(channel: &Channel) {
    while channel.status().connected() {
        sleep(WATCH_INTERVAL).await;
    }
}

/// Tries until there is a connection, or it shall close.
async fn reconnect(shared: &Shared) -> Option<Open> {
    let mut backoff = Backoff::default();
    loop {
        let attempt = async {
            sleep(backoff.next()).await;
            open(&shared.options).await
        };
        let opened: Result<Open, Fault> = tokio::select! {
            () = shared.closing.cancelled() => return None,
            opened = attempt => opened,
        };
        match opened {
            Ok(open) => {
                introduce(&open.broker, shared);
                return Some(open);
            }
            Err(fault) => {
                tracing::warn!(fault = fault.chain(), "still no connection to RabbitMQ");
                shared.link.send_replace(Link::Down(fault.chain()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit_and_half_of_each_is_left_to_chance() {
        assert_eq!(pause(0, 0.0), BACKOFF_FIRST / 2);
        assert_eq!(pause(0, 1.0), BACKOFF_FIRST);
        assert_eq!(pause(3, 1.0), BACKOFF_FIRST * 8);
        assert_eq!(pause(u32::MAX, 1.0), BACKOFF_MAX);
        assert_eq!(pause(u32::MAX, 0.0), BACKOFF_MAX / 2);
    }
}
