//! The whole system with real parts: workers and the emulator as processes of the real binary, RabbitMQ, SeaweedFS.
//!
//! Each stack has a virtual host, a bucket and an emulator of its own, so stacks run side by side. What is seen from
//! outside becomes an [`Evidence`], and the same invariants are asserted as in the simulations.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use landfall::emulator::TaskReport;
use landfall::job::event::{CompletedData, Event, EventType, FailedData};
use landfall::job::ids::JobId;
use landfall::job::ledger::{LedgerRecord, LedgerTask, record_key};
use landfall::rabbit::{Headers, read_event};
use lapin::BasicProperties;
use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep};

use super::binary::{LOOK, PATIENCE, Role, WorkerProcess};
use super::doomed;
use super::invariants::{Evidence, is_record};
use super::mortal::Death;
use super::secrets::Secrets;
use super::servers::{Pen, RabbitMq, SeaweedFs, or_skip};
use crate::rabbit_bench::{RabbitBench, header};

/// The key that the stack's emulator takes: as long as the vendor's, and found nowhere else.
pub(crate) const PROVIDER_KEY: &str = "provider-key-of-the-tests-0123456789";

/// What a worker may take to end after its drain: the hand-back, and closing connections.
pub(crate) const END_WITHIN: Duration = Duration::from_secs(20);

/// Workers started one after the other for messages that come back late.
const ROUNDS: usize = 4;

/// Stacks that run at once: each is three busy processes or more.
const STACKS_AT_ONCE: u32 = 2;

static ROOM: Semaphore = Semaphore::const_new(STACKS_AT_ONCE as usize);

/// Settings as pairs of a variable's name and its value.
pub(crate) type Settings<'a> = &'a [(&'a str, &'a str)];

/// An event as it came to the tap.
pub(crate) struct Seen {
    pub(crate) event: Event,
    pub(crate) body: Vec<u8>,
    pub(crate) routing_key: String,
    pub(crate) properties: BasicProperties,
}

/// A message of the dead-letter queue.
pub(crate) struct DeadLetter {
    pub(crate) body: Vec<u8>,
    pub(crate) properties: BasicProperties,
}

impl DeadLetter {
    pub(crate) fn reason(&self) -> String {
        header(&self.properties, Headers::REASON).expect("a reason")
    }

    /// What is wrong with the message, as its header tells.
    pub(crate) fn problems(&self) -> String {
        header(&self.properties, Headers::PROBLEMS).expect("problems")
    }
}

/// The system around the workers.
pub(crate) struct Stack {
    // Before `pen`: processes end before their directory goes.
    _emulator: Role,
    emulator_address: String,
    pub(crate) amqp_url: String,
    pub(crate) bucket: String,
    pub(crate) store: &'static SeaweedFs,
    pub(crate) bench: RabbitBench,
    /// The queue of all events.
    pub(crate) tap: String,
    pub(crate) seen: Vec<Seen>,
    pub(crate) dead_letters: Vec<DeadLetter>,
    /// What nothing that anybody reads may hold.
    pub(crate) secrets: Secrets,
    /// Each has left a log.
    pub(crate) roles_started: usize,
    pub(crate) pen: Pen,
    _room: Arc<SemaphorePermit<'static>>,
}

impl Stack {
    /// A stack on the shared servers, its emulator started with these further arguments; nothing when a server cannot be
    /// had.
    pub(crate) async fn start(emulator_arguments: &[&str]) -> Option<Stack> {
        let broker = or_skip(RabbitMq::shared().await)?;
        let store = or_skip(SeaweedFs::shared().await)?;
        Some(Self::over(&broker.fresh_vhost(), store, emulator_arguments).await)
    }

    /// Several stacks for one test, which has all room to itself.
    pub(crate) async fn several(count: usize) -> Option<Vec<Stack>> {
        let broker = or_skip(RabbitMq::shared().await)?;
        let store = or_skip(SeaweedFs::shared().await)?;
        let room = Arc::new(ROOM.acquire_many(STACKS_AT_ONCE).await.expect("never closed"));
        let stacks = (0..count).map(|_| Self::within(room.clone(), broker.fresh_vhost(), store, &[]));
        Some(join_all(stacks).await)
    }

    /// The same over a broker that may be stopped.
    pub(crate) async fn over(amqp_url: &str, store: &'static SeaweedFs, emulator_arguments: &[&str]) -> Stack {
        let room = Arc::new(ROOM.acquire().await.expect("never closed"));
        Self::within(room, amqp_url.to_owned(), store, emulator_arguments).await
    }

    async fn within(
        room: Arc<SemaphorePermit<'static>>,
        amqp_url: String,
        store: &'static SeaweedFs,
        emulator_arguments: &[&str],
    ) -> Stack {
        let pen = Pen::new("stack").expect("a directory");
        let mut arguments = vec!["emulator", "--listen", "127.0.0.1:0", "--frame-rate", "4"];
        arguments.extend(emulator_arguments);
        let key = ("LANDFALL_EMULATOR_API_KEY", PROVIDER_KEY);
        let settings = owned(&[key, ("LANDFALL_LOG__FORMAT", "json"), ("LANDFALL_LOG__FILTER", "trace")]);
        let mut emulator = Role::start(&pen, "emulator", &arguments, &settings);
        let bench = RabbitBench::connected(&amqp_url, "landfall").await;
        // A worker's connection declares what there must be before an event is published or a job put.
        bench.worker().await.close().await;
        let tap = bench.tap(&["#"]).await;
        let url = emulator.told("url").await;
        let emulator_address = url.trim_start_matches("http://").trim_end_matches("/v1").to_owned();
        let mut secrets = Secrets::new(&[PROVIDER_KEY, store.secret_key()]);
        let url = url::Url::parse(&amqp_url).expect("a URL");
        // The default password of every RabbitMQ is a word that logs may hold.
        if let Some(password) = url.password().filter(|password| *password != "guest") {
            secrets.add(password);
        }
        Stack {
            _emulator: emulator,
            emulator_address,
            amqp_url,
            bucket: store.fresh_bucket().await,
            store,
            bench,
            tap,
            seen: Vec::new(),
            dead_letters: Vec::new(),
            secrets,
            roles_started: 0,
            pen,
            _room: room,
        }
    }

    /// `host:port` of the provider.
    pub(crate) fn emulator_address(&self) -> &str {
        &self.emulator_address
    }

    /// What a worker or `landfall run` needs to know of this stack. Polls are quick, as the emulator is.
    pub(crate) fn settings(&self, more: Settings<'_>) -> Vec<(String, String)> {
        let provider_url = format!("http://{}/v1", self.emulator_address);
        let mut settings = owned(&[
            ("LANDFALL_AMQP__URL", &self.amqp_url),
            ("LANDFALL_PROVIDER__URL", &provider_url),
            ("LANDFALL_PROVIDER__API_KEY", PROVIDER_KEY),
            ("LANDFALL_S3__BUCKET", &self.bucket),
            ("LANDFALL_S3__ENDPOINT", self.store.endpoint()),
            ("LANDFALL_S3__REGION", self.store.region()),
            ("LANDFALL_S3__PATH_STYLE", "true"),
            ("LANDFALL_RESCUE__ALLOW_HOSTS", &self.emulator_address),
            ("LANDFALL_RESCUE__ALLOW_PRIVATE", "true"),
            ("LANDFALL_POLL__FIRST_DELAY_MS", "200"),
            ("LANDFALL_POLL__INTERVAL_MS_MIN", "200"),
            ("LANDFALL_POLL__INTERVAL_MS_MAX", "1000"),
            ("LANDFALL_HTTP__LISTEN", "127.0.0.1:0"),
            ("LANDFALL_LOG__FORMAT", "json"),
            ("LANDFALL_LOG__FILTER", "trace"),
            ("AWS_ACCESS_KEY_ID", self.store.access_key()),
            ("AWS_SECRET_ACCESS_KEY", self.store.secret_key()),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]);
        settings.extend(owned(more));
        settings
    }

    /// Starts a worker process; it is ready when this returns.
    pub(crate) async fn worker(&mut self, more: Settings<'_>) -> WorkerProcess {
        let worker = self.start_worker(more).await;
        worker.ready_with(200).await;
        worker
    }

    /// Starts a worker process that may never be ready.
    pub(crate) async fn start_worker(&mut self, more: Settings<'_>) -> WorkerProcess {
        self.roles_started += 1;
        let name = format!("worker-{}", self.roles_started);
        let role = Role::start(&self.pen, &name, &["worker"], &self.settings(more));
        WorkerProcess::begun(role).await
    }

    /// Starts a worker's process that dies as told, at a call of its own.
    pub(crate) fn doomed_worker(&mut self, death: Death, more: Settings<'_>) -> Role {
        self.roles_started += 1;
        doomed::start(&self.pen, &format!("doomed-{}", self.roles_started), death, &self.settings(more))
    }

    /// Starts another role of the binary beside the workers, with what a worker would know.
    pub(crate) fn role(&mut self, name: &str, arguments: &[&str]) -> Role {
        self.roles_started += 1;
        Role::start(&self.pen, name, arguments, &self.settings(&[]))
    }

    /// Puts a message on the jobs queue, safely.
    pub(crate) async fn put(&self, message: impl AsRef<[u8]>) {
        let properties = BasicProperties::default().with_delivery_mode(2);
        self.bench.put(&self.bench.names.jobs, message.as_ref(), properties).await;
    }

    /// Makes new connections after the broker was gone.
    pub(crate) async fn reconnect(&mut self) {
        self.bench = RabbitBench::connected(&self.amqp_url, "landfall").await;
    }

    /// Looks again and again, at the events that came and at nothing else, until there is enough.
    pub(crate) async fn until(&mut self, what: &str, within: Duration, enough: impl Fn(&[Seen]) -> bool) {
        let deadline = Instant::now() + within;
        loop {
            self.look().await;
            if enough(&self.seen) {
                return;
            }
            let ids: Vec<&str> = self.seen.iter().map(|seen| seen.event.id.as_str()).collect();
            assert!(Instant::now() < deadline, "after {within:?} still not {what}; events: {ids:?}");
            sleep(LOOK).await;
        }
    }

    /// Waits until so many different messages have ended.
    pub(crate) async fn until_ended(&mut self, messages: usize, within: Duration) {
        self.until(&format!("{messages} ended"), within, |seen| ended(seen) >= messages).await;
    }

    /// Takes the events that came to the tap.
    pub(crate) async fn look(&mut self) {
        for message in self.bench.drain(&self.tap, 0).await {
            let event = read_event(&message.properties, &message.data).expect("an event");
            let routing_key = message.routing_key.to_string();
            let (body, properties) = (message.delivery.data, message.delivery.properties);
            self.seen.push(Seen { event, body, routing_key, properties });
        }
    }

    /// Every task the emulator was ever asked for.
    pub(crate) async fn tasks(&self) -> Vec<TaskReport> {
        let url = format!("http://{}/_emulator/tasks", self.emulator_address);
        let mut report: Value = reqwest::get(url).await.expect("an answer").json().await.expect("JSON");
        serde_json::from_value(report["tasks"].take()).expect("tasks")
    }

    /// Waits until the emulator has accepted so many tasks.
    pub(crate) async fn until_accepted(&self, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let accepted = self.tasks().await.iter().filter(|task| task.accepted > 0).count();
            if accepted >= count {
                return;
            }
            assert!(Instant::now() < deadline, "{accepted} of {count} tasks are accepted");
            sleep(LOOK).await;
        }
    }

    /// Messages that wait in a queue.
    async fn depth(&self, queue: &str) -> usize {
        let passive = QueueDeclareOptions { passive: true, durable: true, ..Default::default() };
        let queue = self.bench.channel.queue_declare(queue.into(), passive, FieldTable::default()).await;
        usize::try_from(queue.expect("the queue is there").message_count()).expect("a count")
    }

    /// Jobs that wait to be taken.
    pub(crate) async fn jobs_waiting(&self) -> usize {
        self.depth(&self.bench.names.jobs).await + self.depth(&self.bench.names.parked).await
    }

    /// Waits until so many jobs wait to be taken: the broker gives back what a dead worker held.
    pub(crate) async fn until_waiting(&self, jobs: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.jobs_waiting().await != jobs {
            assert!(Instant::now() < deadline, "{} jobs wait, not {jobs}", self.jobs_waiting().await);
            sleep(LOOK).await;
        }
    }

    /// Puts a video where a job's first upload shall go, as soon as the job is claimed.
    pub(crate) async fn upload_by_hand(&self, job_id: &str, video: Bytes) {
        let key = record_key("landfall/ledger", &JobId::parse(job_id).expect("an id")).expect("a key");
        let client = self.store.client();
        let deadline = Instant::now() + PATIENCE;
        let record = loop {
            match client.get_object().bucket(&self.bucket).key(key.as_str()).send().await {
                Ok(object) => break object.body.collect().await.expect("a record").into_bytes(),
                Err(_) => assert!(Instant::now() < deadline, "{job_id} is not claimed"),
            }
            sleep(LOOK).await;
        };
        let record: LedgerRecord = serde_json::from_slice(&record).expect("a record");
        let LedgerTask { staging_bucket, staging_key, .. } = &record.tasks[0];
        let put = client.put_object().bucket(staging_bucket).key(staging_key.as_str()).body(video.into());
        put.send().await.expect("uploaded");
    }

    /// Size and ETag of every object, by `bucket/key`.
    pub(crate) async fn objects(&self) -> BTreeMap<String, (u64, String)> {
        let client = self.store.client();
        let mut pages = client.list_objects_v2().bucket(&self.bucket).into_paginator().send();
        let mut objects = BTreeMap::new();
        while let Some(page) = pages.next().await {
            for object in page.expect("a listing").contents() {
                let size = u64::try_from(object.size().expect("a size")).expect("not negative");
                let etag = object.e_tag().expect("an ETag").trim_matches('"').to_owned();
                objects.insert(format!("{}/{}", self.bucket, object.key().expect("a key")), (size, etag));
            }
        }
        objects
    }

    /// Every record in the ledger.
    async fn ledger(&self) -> Vec<LedgerRecord> {
        let client = self.store.client();
        let mut records = Vec::new();
        for name in self.objects().await.into_keys() {
            let key = name.trim_start_matches(&format!("{}/", self.bucket));
            if is_record(key) {
                let answer = client.get_object().bucket(&self.bucket).key(key).send().await.expect("an answer");
                let body = answer.body.collect().await.expect("a record").into_bytes();
                records.push(serde_json::from_slice(&body).expect("a record"));
            }
        }
        records
    }

    /// Waits until so many different messages have ended and none is left anywhere, and stops the workers. A message
    /// whose event was out before its worker died comes again, and may come too late for those that are being stopped;
    /// then one more is started, with the given settings.
    pub(crate) async fn rest(&mut self, mut workers: Vec<WorkerProcess>, messages: usize, more: Settings<'_>) {
        for _ in 0..ROUNDS {
            if workers.is_empty() {
                workers.push(self.worker(more).await);
            }
            self.until_ended(messages, PATIENCE).await;
            self.until_waiting(0).await;
            for worker in &workers {
                worker.role.terminate();
            }
            for mut worker in workers.drain(..) {
                let status = worker.role.end(PATIENCE + END_WITHIN).await;
                assert_eq!(status.code(), Some(0), "the worker ends well:\n{}", worker.role.log());
            }
            if self.jobs_waiting().await == 0 {
                return;
            }
        }
        panic!("{} messages come back again and again", self.jobs_waiting().await);
    }

    /// Stops the workers once so many different messages have ended, checks every invariant, and gives what was seen.
    pub(crate) async fn check(
        &mut self,
        workers: Vec<WorkerProcess>,
        messages: usize,
        within: Duration,
    ) -> (Evidence, Vec<TaskReport>) {
        self.until_ended(messages, within).await;
        for worker in &workers {
            worker.role.terminate();
        }
        for mut worker in workers {
            let status = worker.role.end(END_WITHIN).await;
            assert_eq!(status.code(), Some(0), "the worker ends well:\n{}", worker.role.log());
        }
        let (evidence, tasks) = self.gather(messages).await;
        evidence.check();
        assert_every_purchase_is_told(&evidence, &tasks);
        self.assert_no_secret_is_told();
        (evidence, tasks)
    }

    /// What can be seen once all workers have stopped. Their connections are closed, so nothing is in anybody's hands; what
    /// was not settled waits again.
    pub(crate) async fn gather(&mut self, messages: usize) -> (Evidence, Vec<TaskReport>) {
        self.look().await;
        let letters = self.bench.drain(&self.bench.names.dead_letters, 0).await.into_iter();
        let letter = |message: lapin::message::BasicGetMessage| DeadLetter {
            body: message.delivery.data,
            properties: message.delivery.properties,
        };
        self.dead_letters.extend(letters.map(letter));
        let tasks = self.tasks().await;
        let evidence = Evidence {
            messages,
            events: self.seen.iter().map(|seen| seen.event.clone()).collect(),
            purchases: tasks.iter().map(|task| (task.task_uuid.clone(), task.accepted)).collect(),
            objects: self.objects().await,
            staging: format!("{}/landfall/staging/", self.bucket),
            queued: self.jobs_waiting().await,
            dead_letters: self.dead_letters.iter().map(|letter| (letter.body.clone(), letter.reason())).collect(),
            ledger: self.ledger().await,
            ..Evidence::default()
        };
        (evidence, tasks)
    }

    /// The logs of all roles so far, at `trace`, hold no secret, and neither does any message that they sent.
    pub(crate) fn assert_no_secret_is_told(&self) {
        let mut logs = 0;
        for entry in std::fs::read_dir(self.pen.path()).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "log") {
                let log = std::fs::read(&path).expect("a log");
                self.secrets.assert_untold(&path.display().to_string(), &String::from_utf8_lossy(&log));
                logs += 1;
            }
        }
        assert_eq!(logs, self.roles_started + 1, "a log of each role");
        for seen in &self.seen {
            self.secrets.assert_untold(&seen.event.id, &format!("{:?}", seen.properties));
            self.secrets.assert_untold(&seen.event.id, &String::from_utf8_lossy(&seen.body));
        }
        for letter in &self.dead_letters {
            self.secrets.assert_untold("a dead letter", &format!("{:?}", letter.properties));
            // The body is the producer's own, kept as it was.
            self.secrets.assert_not_ours("a dead letter", &String::from_utf8_lossy(&letter.body));
        }
    }
}

/// How many different messages have ended.
pub(crate) fn ended(seen: &[Seen]) -> usize {
    let terminal = seen.iter().filter(|seen| seen.event.event_type.is_terminal());
    terminal.map(|seen| seen.event.id.as_str()).collect::<BTreeSet<_>>().len()
}

/// A task is accepted at most once under its UUID, so a second purchase of a result would go under another: no task may
/// be bought that the job's event does not name.
pub(crate) fn assert_every_purchase_is_told(evidence: &Evidence, tasks: &[TaskReport]) {
    let mut named = BTreeSet::new();
    for event in evidence.terminal().values() {
        if event.event_type == EventType::Completed {
            let data: CompletedData = serde_json::from_value(event.data.clone()).expect("completed data");
            named.extend(data.results.iter().map(|result| result.task_uuid.to_string()));
        } else if event.event_type == EventType::Failed {
            let data: FailedData = serde_json::from_value(event.data.clone()).expect("failed data");
            named.extend(data.results.iter().map(|result| result.task_uuid.to_string()));
            named.extend(data.failures.iter().map(|failure| failure.task_uuid.to_string()));
        }
    }
    for task in tasks.iter().filter(|task| task.accepted > 0) {
        assert!(named.contains(&task.task_uuid), "task {} was bought and is told by no event", task.task_uuid);
    }
}

/// A job in an envelope, as cheap to render as can be, with `changes` over its request; `null` takes a field away.
pub(crate) fn small_job(job_id: &str, changes: Value) -> String {
    let mut request = json!({
        "taskType": "videoInference",
        "model": "heygen:video-agent@0",
        "positivePrompt": "A potter shows how a bowl is thrown.",
        "width": 64,
        "height": 64,
        "duration": 5,
    });
    for (name, value) in changes.as_object().expect("an object") {
        request[name] = value.clone();
    }
    request.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    json!({ "jobId": job_id, "request": request }).to_string()
}

fn owned(settings: Settings<'_>) -> Vec<(String, String)> {
    settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
