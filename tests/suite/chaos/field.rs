//! Where the chaos happens: workers that are killed and started again, and what stands between them and their servers.

use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep};

use super::schedule::{Act, Line, Trouble, WORKERS};
use crate::support::binary::{LOOK, PATIENCE, Role, WorkerProcess};
use crate::support::dice::Dice;
use crate::support::proxy::provider::{Odds, ProviderProxy};
use crate::support::proxy::{Mode, Proxy};
use crate::support::servers::RabbitMq;
use crate::support::stack::Stack;

/// What a worker may take to end after SIGTERM: its drain, the hand-back, and a broker that does not answer meanwhile.
const STOP_WITHIN: Duration = Duration::from_secs(60);

/// The exit code of a worker that cannot reach what it needs when it starts; whoever runs it starts it again.
const UNREACHABLE: i32 = 69;

/// How long to wait before that.
const START_AGAIN: Duration = Duration::from_millis(500);

/// Everything that can be disturbed.
pub(super) struct Field<'a> {
    stack: &'a Stack,
    broker: &'a RabbitMq,
    settings: Vec<(String, String)>,
    // Each under a lock, so that two acts on the same thing come one after the other.
    node: Mutex<()>,
    broker_line: Mutex<Proxy>,
    store_line: Mutex<Proxy>,
    provider: Mutex<ProviderProxy>,
    slots: Vec<Mutex<Slot>>,
    tally: std::sync::Mutex<Tally>,
}

/// The place of one worker.
struct Slot {
    name: String,
    starts: usize,
    worker: Option<WorkerProcess>,
}

/// What was done to the system.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) kills: usize,
    pub(super) stops: usize,
    /// Starts that found the broker or the store away.
    pub(super) vain_starts: usize,
    pub(super) broker_restarts: usize,
    pub(super) cuts: usize,
}

impl<'a> Field<'a> {
    /// The hops, and no worker yet.
    pub(super) async fn lay_out(stack: &'a Stack, broker: &'a RabbitMq) -> Field<'a> {
        let broker_url = url::Url::parse(&stack.amqp_url).expect("a URL");
        let broker_address = format!("127.0.0.1:{}", broker_url.port().expect("a port"));
        let broker_line = Proxy::before(&broker_address).await;
        let store_line = Proxy::before(stack.store.endpoint().trim_start_matches("http://")).await;
        let provider = ProviderProxy::before(stack.emulator_address()).await;
        // A heartbeat that short notices some of the stalls and sits out the others.
        let amqp_url = format!("{}?heartbeat=2", broker_line.by_way(&stack.amqp_url));
        let settings = [
            ("LANDFALL_AMQP__URL", amqp_url),
            // The provider's uploads meet the same trouble: the URLs it gets are signed for this endpoint.
            ("LANDFALL_S3__ENDPOINT", format!("http://{}", store_line.address())),
            ("LANDFALL_PROVIDER__URL", format!("http://{}/v1", provider.address())),
            ("LANDFALL_PROVIDER__TIMEOUT_S", "5".to_owned()),
            ("LANDFALL_LANDING__LOOKUP_WINDOW_S", "5".to_owned()),
            ("LANDFALL_WORKER__MAX_IN_FLIGHT", "20".to_owned()),
            // So short that outages outlast them: jobs are parked, and stopped workers hand back.
            ("LANDFALL_WORKER__LEASE_S", "20".to_owned()),
            ("LANDFALL_WORKER__DRAIN_S", "1".to_owned()),
            ("LANDFALL_LOG__FILTER", "info,landfall=debug".to_owned()),
        ];
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let slot = |number| Slot { name: format!("worker-{number}"), starts: 0, worker: None };
        Field {
            settings: stack.settings(&settings),
            stack,
            broker,
            node: Mutex::default(),
            broker_line: Mutex::new(broker_line),
            store_line: Mutex::new(store_line),
            provider: Mutex::new(provider),
            slots: (0..WORKERS).map(|number| Mutex::new(slot(number))).collect(),
            tally: std::sync::Mutex::default(),
        }
    }

    /// Starts all workers.
    pub(super) async fn start(&self) {
        for slot in &self.slots {
            self.start_worker(&mut *slot.lock().await).await;
        }
    }

    /// Lets every act come in its time, and returns once all of them are over.
    pub(super) async fn suffer(&self, acts: &[Act], ended: &watch::Receiver<usize>) {
        let each = acts.iter().map(|act| {
            let mut ended = ended.clone();
            async move {
                ended.wait_for(|ended| *ended >= act.after).await.expect("the tap outlives the acts");
                sleep(act.pause).await;
                self.carry_out(act.trouble).await;
            }
        });
        futures_util::future::join_all(each).await;
    }

    async fn carry_out(&self, trouble: Trouble) {
        match trouble {
            Trouble::KillWorker { slot, away } => {
                let mut slot = self.slots[slot].lock().await;
                self.kill(&mut slot);
                sleep(away).await;
                self.start_worker(&mut slot).await;
            }
            Trouble::StopWorker { slot, away } => {
                let mut slot = self.slots[slot].lock().await;
                self.stop(&mut slot).await;
                sleep(away).await;
                self.start_worker(&mut slot).await;
            }
            Trouble::KillAllWorkers { away } => {
                let mut slots = Vec::new();
                for slot in &self.slots {
                    slots.push(slot.lock().await);
                }
                slots.iter_mut().for_each(|slot| self.kill(slot));
                sleep(away).await;
                futures_util::future::join_all(slots.iter_mut().map(|slot| self.start_worker(slot))).await;
            }
            Trouble::KillBroker { away } => self.restart_broker(true, away).await,
            Trouble::StopBroker { away } => self.restart_broker(false, away).await,
            Trouble::Cut { line, times, pause } => {
                let line = self.line(line).lock().await;
                for _ in 0..times {
                    self.cut(&line);
                    sleep(pause).await;
                }
            }
            Trouble::Refuse { line, lasts } => {
                let line = self.line(line).lock().await;
                line.set(Mode::Refuse);
                self.cut(&line);
                sleep(lasts).await;
                line.set(Mode::Pass);
            }
            Trouble::Stall { line, lasts } => self.set_for(line, Mode::Stall, lasts).await,
            Trouble::Slow { line, by, lasts } => self.set_for(line, Mode::Delay(by), lasts).await,
            Trouble::Provider { weather, per_mille, seed, lasts } => {
                let provider = self.provider.lock().await;
                let dice = Dice::new(u64::try_from(seed).expect("fits"));
                provider.by_chance(Some(Odds { dice, per_mille, faults: weather.faults() }));
                sleep(lasts).await;
                provider.by_chance(None);
            }
        }
    }

    fn line(&self, line: Line) -> &Mutex<Proxy> {
        match line {
            Line::Broker => &self.broker_line,
            Line::Store => &self.store_line,
        }
    }

    fn cut(&self, line: &Proxy) {
        line.cut();
        self.count(|tally| tally.cuts += 1);
    }

    async fn set_for(&self, line: Line, mode: Mode, lasts: Duration) {
        let line = self.line(line).lock().await;
        line.set(mode);
        sleep(lasts).await;
        line.set(Mode::Pass);
    }

    async fn restart_broker(&self, hard: bool, away: Duration) {
        let _node = self.node.lock().await;
        if hard {
            self.broker.kill().await;
        } else {
            self.broker.stop().await;
        }
        sleep(away).await;
        self.broker.start_again().await;
        self.count(|tally| tally.broker_restarts += 1);
    }

    fn kill(&self, slot: &mut Slot) {
        slot.assert_alive();
        slot.worker = None;
        self.count(|tally| tally.kills += 1);
    }

    async fn stop(&self, slot: &mut Slot) {
        slot.assert_alive();
        let mut worker = slot.worker.take().expect("just alive");
        let status = worker.stop(STOP_WITHIN).await;
        assert_eq!(status.code(), Some(0), "{} ends well:\n{}", slot.name, worker.role.log_tail());
        self.count(|tally| tally.stops += 1);
    }

    /// Starts a worker, as often as it takes: what it needs may be away. Whether that goes on for too long is for whoever
    /// watches the progress to say.
    async fn start_worker(&self, slot: &mut Slot) {
        let mut deadline = Instant::now() + PATIENCE;
        slot.starts += 1;
        let mut role = self.launch(slot);
        loop {
            if let Some(address) = role.tells("health") {
                slot.worker = Some(WorkerProcess { role, address });
                return;
            }
            if let Some(status) = role.ended() {
                assert_eq!(status.code(), Some(UNREACHABLE), "{} does not start:\n{}", slot.name, role.log_tail());
                self.count(|tally| tally.vain_starts += 1);
                sleep(START_AGAIN).await;
                slot.starts += 1;
                role = self.launch(slot);
                deadline = Instant::now() + PATIENCE;
            }
            assert!(Instant::now() < deadline, "{} does not start:\n{}", slot.name, role.log_tail());
            sleep(LOOK).await;
        }
    }

    fn launch(&self, slot: &Slot) -> Role {
        Role::start(&self.stack.pen, &format!("{}-life-{}", slot.name, slot.starts), &["worker"], &self.settings)
    }

    /// Waits until every worker is ready, by itself.
    pub(super) async fn recovered(&self) {
        for slot in &self.slots {
            let mut slot = slot.lock().await;
            slot.assert_alive();
            slot.worker.as_ref().expect("just alive").ready_with(200).await;
        }
    }

    /// That no worker ended but those that were killed or stopped.
    pub(super) fn assert_alive(&self) {
        for slot in &self.slots {
            // One that is locked is being killed or started; at the beginning they are started one after the other.
            if let Ok(mut slot) = slot.try_lock()
                && slot.worker.is_some()
            {
                slot.assert_alive();
            }
        }
    }

    /// Stops all workers in good order, at once.
    pub(super) async fn stop_all(&self) {
        let stop = async |slot: &Mutex<Slot>| self.stop(&mut *slot.lock().await).await;
        futures_util::future::join_all(self.slots.iter().map(stop)).await;
    }

    fn count(&self, what: impl FnOnce(&mut Tally)) {
        what(&mut self.tally.lock().expect("no holder panics"));
    }

    pub(super) fn tally(&self) -> Tally {
        *self.tally.lock().expect("no holder panics")
    }

    /// Worker processes that were started, in vain or not.
    pub(super) async fn starts(&self) -> usize {
        let mut starts = 0;
        for slot in &self.slots {
            starts += slot.lock().await.starts;
        }
        starts
    }

    /// Calls to the provider that met a fault.
    pub(super) async fn calls_met(&self) -> usize {
        self.provider.lock().await.met().len()
    }
}

impl Slot {
    fn assert_alive(&mut self) {
        let worker = self.worker.as_mut().expect("it was started");
        if let Some(status) = worker.role.ended() {
            panic!("{} ended by itself with {status}:\n{}", self.name, worker.role.log_tail());
        }
    }
}
