//! RabbitMQ: taking jobs, publishing events.
//!
//! One task owns the connection and its channels and restores them when they are lost (`supervisor`); what callers hold
//! are handles to it. The stream beneath is our own, so that it can be hung up (`line`). lapin's own recovery is not used: when it gives up it leaves every stream pending without a word.
//! A delivery keeps the channel it came from, so that a tag of a lost channel can never settle a message of a new one.
//! Events and dead letters go through one publisher, which believes a confirm only when it has seen all of its batch
//! (`publisher`).

mod classify;
mod control;
mod facts;
mod forward;
mod headers;
mod intake;
mod letters;
mod line;
mod options;
mod publisher;
mod rights;
mod supervisor;
mod survey;
mod tap;
mod topology;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::job::event::Event;
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::ports::EventSink;

pub use control::RabbitControl;
pub use facts::Broker;
pub use headers::Headers;
pub use intake::RabbitIntake;
pub use letters::RabbitLetters;
pub use options::{AmqpUrl, EventMode, Names, RabbitOptions, Topology};
pub use rights::{Asked, Permission, Right};
pub use supervisor::Link;
pub use survey::{Looked, NoVisit, Stands, Visit, visit};
pub use tap::{Heard, RabbitTap};
pub use wire::read_event;

use publisher::PublisherHandle;
use supervisor::Shared;

/// Longest that [`Rabbit::close`] waits for the owner of the connection; what is left then is dropped.
const CLOSE_DEADLINE: Duration = Duration::from_secs(10);

/// Most bytes of a connection name; it is one property in a frame of at least 4 KiB.
const CONNECTION_NAME_MAX_BYTES: usize = 256;

/// Connects to the broker, sees to the topology, and starts the task that owns the connection.
///
/// A broker that cannot be reached yet is tried again for [`RabbitOptions::connect_within`].
///
/// # Errors
/// [`Denied`](FaultKind::Denied) for what will not mend by itself: refused credentials, a missing virtual host, a queue
/// or exchange that is missing or declared otherwise; otherwise the last fault met within the time.
pub async fn connect(options: RabbitOptions) -> Outcome<Rabbit> {
    let options = check(options)?;
    let (publisher, publishes) = publisher::queue(options.publish_within);
    let shared = Arc::new(Shared::new(options));
    let open = supervisor::first_connection(&shared).await?;
    let (taken, intake) = intake::queue(&shared);
    let exchange = &shared.options.names.control;
    let (ear, control) = control::pair(exchange, publisher.clone(), Arc::clone(&intake.keep));
    let (cable, tap) = tap::pair(Arc::clone(&intake.keep));
    let handouts = (taken, ear, cable);
    let owner = tokio::spawn(supervisor::own(Arc::clone(&shared), open, publishes, handouts, publisher.clone()));
    let events = RabbitEvents {
        publisher,
        exchange: shared.options.names.events.clone(),
        mode: shared.options.mode,
        _keep: Arc::clone(&intake.keep),
    };
    Ok(Rabbit {
        shared,
        intake: Arc::new(intake),
        events: Arc::new(events),
        control: Arc::new(control),
        tap: Arc::new(tap),
        owner: Mutex::new(Some(owner)),
    })
}

fn check(options: RabbitOptions) -> Outcome<RabbitOptions> {
    let names = &options.names;
    for name in [&names.jobs, &names.dead_letters, &names.events, &names.parked, &names.control] {
        wire::short(name, "naming the queues and exchanges")?;
    }
    if options.prefetch == 0 {
        return Err(Fault::new(FaultKind::Denied, "a prefetch of 0 means no limit at RabbitMQ; set at least 1"));
    }
    if options.connection_name.len() > CONNECTION_NAME_MAX_BYTES {
        return Err(Fault::new(FaultKind::Denied, "the connection's name is longer than 256 bytes"));
    }
    Ok(options)
}

/// A connection to RabbitMQ that restores itself. Closed by [`close`](Rabbit::close), or when it and all its handles
/// are dropped.
pub struct Rabbit {
    shared: Arc<Shared>,
    intake: Arc<RabbitIntake>,
    events: Arc<RabbitEvents>,
    control: Arc<RabbitControl>,
    tap: Arc<RabbitTap>,
    owner: Mutex<Option<JoinHandle<()>>>,
}

impl Rabbit {
    /// Where jobs come from: the jobs queue and the parked queue. Always the same handle; consuming starts when it is
    /// first asked for a delivery.
    pub fn intake(&self) -> Arc<RabbitIntake> {
        Arc::clone(&self.intake)
    }

    /// Where events go.
    pub fn events(&self) -> Arc<RabbitEvents> {
        Arc::clone(&self.events)
    }

    /// What workers tell one another. Listening starts when it is first asked for a message.
    pub fn control(&self) -> Arc<RabbitControl> {
        Arc::clone(&self.control)
    }

    /// The messages that were dead-lettered. Each call has a connection of its own beside this one.
    pub fn dead_letters(&self) -> RabbitLetters {
        RabbitLetters::new(&self.shared, self.events.publisher.clone(), Arc::clone(&self.intake.keep))
    }

    /// Everything that is published on the events exchange, for whoever watches. Listening starts when it is asked for.
    pub fn tap(&self) -> Arc<RabbitTap> {
        Arc::clone(&self.tap)
    }

    /// Puts a job on the jobs queue, as a producer would, and waits until it is safe there.
    ///
    /// # Errors
    /// As for events; [`Denied`](FaultKind::Denied) when there is no such queue.
    pub async fn submit(&self, job: Bytes, traceparent: Option<&str>) -> Outcome<()> {
        let message = wire::job_message(job, traceparent, &self.shared.options.names.jobs)?;
        self.events.publisher.publish(message).await
    }

    /// Whether the connection is up and the broker accepts publishes, for readiness.
    pub fn is_connected(&self) -> bool {
        self.link() == Link::Up
    }

    /// How the connection stands, with the cause when it is not up.
    pub fn link(&self) -> Link {
        self.shared.link()
    }

    /// How often the connection was made anew after it was lost.
    pub fn reconnects(&self) -> u64 {
        self.shared.reconnects()
    }

    /// What the broker said of itself when it was last connected to.
    pub fn broker(&self) -> Option<Broker> {
        self.shared.broker()
    }

    /// Closes the connection. Deliveries in hand go back to their queues; publishes that were not confirmed yet end as
    /// [`Ambiguous`](FaultKind::Ambiguous).
    pub async fn close(&self) {
        self.shared.closing.cancel();
        if let Some(owner) = self.owner.lock().await.take()
            && timeout(CLOSE_DEADLINE, owner).await.is_err()
        {
            tracing::warn!("the broker's connection did not close in time and is dropped");
        }
    }
}

/// The events exchange as an [`EventSink`].
pub struct RabbitEvents {
    publisher: PublisherHandle,
    exchange: String,
    mode: EventMode,
    _keep: Arc<supervisor::Keep>,
}

#[async_trait]
impl EventSink for RabbitEvents {
    async fn publish(&self, event: &Event) -> Outcome<()> {
        self.publisher.publish(wire::event_message(event, self.mode, &self.exchange)?).await
    }
}
