//! The provider's stand-in: the same task API, real renders, real uploads, play money.
//!
//! It serves `heygen:video-agent@0` as the vendor documents it, so that everything around it can be built and tested
//! on one machine. What the vendor does not publish is decided here, in the open, next to the code that decides it.
//! It shares no type with the provider client: both are held against the golden documents in `tests/golden/provider`.
//!
//! ```text
//! socket ──▶ session                       who is there, and what they missed
//!   │▲
//!   ▼│
//! http ──▶ answer ──▶ batch ──▶ request    what a POST or message asks for, checked
//!   │        ├──────▶ scenario             which faults it meets
//!   │        ├──────▶ faults ──▶ rest      what becomes of the answer on its way
//!   │        └──────▶ tasks ──▶ wire       what is known of each task, told in the vendor's words
//!   │                   ▲
//!   └────▶ studio ──────┤                  picture, render, shelf
//!              └─▶ delivery               upload, publish, finish, webhook
//! ```

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::agent::Tools;

mod account;
mod answer;
mod avatars;
mod batch;
mod catalogue;
mod connection;
mod control;
mod delivery;
mod errors;
mod families;
mod faults;
mod fields;
mod housekeeping;
mod http;
mod journal;
mod limits;
mod media;
mod page;
mod parcel;
mod picture;
mod reach;
mod record;
mod report;
mod request;
mod rest;
mod restart;
mod safety;
pub mod scenario;
mod screenplay;
mod scripts;
mod seats;
mod session;
mod shelf;
mod socket;
mod state;
mod steps;
mod studio;
mod task;
mod tasks;
mod upload;
mod webhook;
mod wire;

#[cfg(test)]
mod tests;

pub use journal::StateError;
pub use report::{TaskReport, TaskState, UploadReport, WebhookReport};
pub use scenario::{Scenario, ScenarioError};
pub use steps::{Step, StepReport};

/// Frames per second unless told otherwise: enough to see motion, half the work of film.
const DEFAULT_FRAME_RATE: u32 = 12;

/// How long a WebSocket may be silent, as the vendor documents it.
const DEFAULT_SOCKET_SILENCE: Duration = Duration::from_secs(120);

/// How long [`Emulator::stop`] waits for connections and tasks to end.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// How an emulator behaves.
#[derive(Clone)]
pub struct EmulatorOptions {
    /// The only API key that is taken. `None` takes any key that is not empty.
    pub api_key: Option<String>,
    /// Least wall time from acceptance to success. `None`: as fast as it renders.
    pub render_time: Option<Duration>,
    /// Frames per second of the videos. The vendor's model has a rate of its own that no parameter sets.
    pub frame_rate: u32,
    /// Videos rendered at the same time; each takes one core. 0 counts as 1.
    pub renders_at_once: usize,
    /// What `videoURL` starts with, such as `http://emulator:9090`. `None`: `http://` and the address listened on.
    pub public_url: Option<String>,
    /// Hosts that pictures (`inputs.image`, uploads) may be fetched from although they have no public address: each a
    /// host or `host:port`.
    pub image_hosts: Vec<String>,
    /// How long a WebSocket may be without a message before it is closed, and how long its session waits for the client to
    /// come back after that. The vendor documents 120 seconds for both.
    pub socket_silence: Duration,
    /// Whether an `inputs.avatar` that `GET /_emulator/avatars` does not list is refused. The vendor's own list is not
    /// public, so that by default any name is a preset.
    pub strict_avatars: bool,
    /// What the account holds at the start, in millionths of a USD. Every accepted video is paid from it.
    pub balance_micro_usd: u64,
    /// Tasks that wait for one of those renders. A submission beyond them is refused with 429, and its UUID stays free.
    pub queue: usize,
    /// How long a task waits for its first render before it fails with `providerGatewayTimeout`.
    pub queue_wait: Duration,
    /// How long a task is known after it ended. Its UUID stays used, its videos go with it.
    pub retention: Duration,
    /// File that keeps tasks across a restart; their videos lie beside it. `None`: everything is forgotten at the end.
    pub state_file: Option<PathBuf>,
    /// Which faults it has, and when.
    pub scenario: Scenario,
    /// Programs with which drafts are better: none unless told otherwise, so that nothing depends on what is installed.
    pub tools: Tools,
}

impl Default for EmulatorOptions {
    fn default() -> Self {
        Self {
            api_key: None,
            render_time: None,
            frame_rate: DEFAULT_FRAME_RATE,
            renders_at_once: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            public_url: None,
            image_hosts: Vec::new(),
            strict_avatars: false,
            socket_silence: DEFAULT_SOCKET_SILENCE,
            balance_micro_usd: account::DEFAULT_BALANCE_MICRO_USD,
            queue: limits::DEFAULT_QUEUE,
            queue_wait: limits::DEFAULT_QUEUE_WAIT,
            retention: limits::DEFAULT_RETENTION,
            state_file: None,
            scenario: Scenario::default(),
            tools: Tools::NONE,
        }
    }
}

impl std::fmt::Debug for EmulatorOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmulatorOptions")
            .field("api_key", &self.api_key.as_ref().map(|_| "redacted"))
            .field("render_time", &self.render_time)
            .field("frame_rate", &self.frame_rate)
            .field("renders_at_once", &self.renders_at_once)
            .field("public_url", &self.public_url)
            .field("image_hosts", &self.image_hosts)
            .field("strict_avatars", &self.strict_avatars)
            .field("socket_silence", &self.socket_silence)
            .field("balance_micro_usd", &self.balance_micro_usd)
            .field("queue", &self.queue)
            .field("queue_wait", &self.queue_wait)
            .field("retention", &self.retention)
            .field("tools", &self.tools)
            .field("state_file", &self.state_file)
            .field("scenario", &self.scenario)
            .finish()
    }
}

/// A running emulator. Dropping it stops it without waiting.
pub struct Emulator {
    addr: SocketAddr,
    state: state::SharedState,
    studio: Arc<studio::Studio>,
    sockets: Arc<socket::Sockets>,
    closing: CancellationToken,
    server: JoinHandle<io::Result<()>>,
    /// Writes the state file.
    writer: Option<std::thread::JoinHandle<()>>,
}

impl Emulator {
    /// Listens on `listen` (port 0 picks a free one) and serves from when this returns.
    ///
    /// # Errors
    /// The address cannot be listened on, the state file cannot be used (a [`StateError`] inside), an image host is none,
    /// the directory for results cannot be made, or the HTTP client cannot be set up.
    pub async fn start(listen: SocketAddr, options: EmulatorOptions) -> io::Result<Self> {
        let reach = reach::Reach::allowing(&options.image_hosts)
            .map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
        let listener = TcpListener::bind(listen).await?;
        let addr = listener.local_addr()?;
        let render_time = options.render_time.unwrap_or_default();
        let mut state = state::State::new(render_time, options.scenario);
        state.strict_avatars = options.strict_avatars;
        state.account = account::Account::holding(options.balance_micro_usd);
        state.tasks.limits = limits::Limits {
            in_line: options.renders_at_once.max(1).saturating_add(options.queue),
            retention: options.retention,
        };
        let (journal, shelf, under_way, writer) = match &options.state_file {
            Some(path) => {
                let (journal, saved, writer) = journal::Journal::open(path)?;
                let (under_way, shelf) = restart::take_up(&mut state, saved, path)?;
                (Some(journal), shelf, under_way, Some(writer))
            }
            None => (None, shelf::Shelf::create()?, Vec::new(), None),
        };
        let (state, shelf) = (state::SharedState::new(state, journal), Arc::new(shelf));
        let closing = CancellationToken::new();
        let own_host = options.public_url.as_deref().and_then(page::host_of);
        let base_url = options.public_url.unwrap_or_else(|| format!("http://{addr}"));
        let base_url = base_url.trim_end_matches('/').to_owned();
        let pictures =
            picture::PictureDesk::new(state.clone(), reach, base_url.clone(), addr).map_err(io::Error::other)?;
        let pictures = Arc::new(pictures);
        let studio = studio::Studio::new(
            state.clone(),
            Arc::clone(&shelf),
            Arc::clone(&pictures),
            studio::Pace {
                render_time,
                frame_rate: options.frame_rate,
                renders_at_once: options.renders_at_once,
                queue_wait: options.queue_wait,
                tools: options.tools,
            },
            base_url,
            closing.clone(),
        )
        .map_err(io::Error::other)?;
        let sweeping = housekeeping::sweep_up(state.clone(), Arc::clone(&shelf), options.retention);
        tokio::spawn(closing.clone().run_until_cancelled_owned(sweeping));
        under_way.into_iter().for_each(|accepted| studio.commission(accepted));
        let sockets = Arc::new(socket::Sockets::new(options.socket_silence, closing.clone()));
        let service = http::Service {
            state: state.clone(),
            studio: Arc::clone(&studio),
            shelf,
            pictures,
            api_key: options.api_key,
            own_host,
            closing: closing.clone(),
            sockets: Arc::clone(&sockets),
        };
        let router = http::router(Arc::new(service)).into_make_service_with_connect_info::<connection::Cutoff>();
        let server = axum::serve(connection::Listener(listener), router)
            .with_graceful_shutdown(closing.clone().cancelled_owned());
        Ok(Self { addr, state, studio, sockets, closing, server: tokio::spawn(server.into_future()), writer })
    }

    /// The address listened on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The task API, for a client on this machine: `http://ADDR/v1`. WebSockets are at `ws://ADDR/v1`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.addr)
    }

    /// Every task UUID that is remembered, in order of appearance; the same as `GET /_emulator/tasks`.
    #[must_use]
    pub fn tasks(&self) -> Vec<TaskReport> {
        self.state.lock().tasks.report()
    }

    /// Puts another scenario in force; the same as `PUT /_emulator/scenario`.
    pub fn set_scenario(&self, scenario: Scenario) {
        self.state.lock().scenario.replace(scenario);
    }

    /// Lets stepped tasks, one or all, do what they wait for, and tells where they stand then; the same as
    /// `POST /_emulator/step`.
    pub async fn step(&self, task: Option<uuid::Uuid>) -> Vec<StepReport> {
        self.studio.steps().step(task).await
    }

    /// Stops serving, drops what is under way and removes the results. A render that is on a core right now ends with
    /// the frame it is at.
    pub async fn stop(mut self) {
        self.closing.cancel();
        let stopped = tokio::time::timeout(STOP_GRACE, async {
            self.studio.closed().await;
            self.sockets.closed().await;
            (&mut self.server).await
        });
        if stopped.await.is_err() {
            tracing::warn!("connections to the emulator were cut: they did not end by themselves");
            self.server.abort();
        }
        self.state.close();
        if let Some(writer) = self.writer.take() {
            // It only panics for a reason that it told.
            let _ = tokio::task::spawn_blocking(move || writer.join()).await;
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.closing.cancel();
        self.state.close();
    }
}
