//! The emulator under load: many tasks in flight, submitted and polled over REST, in the process of the real binary.
//!
//! It measures and prints; a machine that is busy with other tests is slow, so only a run on purpose holds it to the goal:
//!
//! ```sh
//! LANDFALL_LOAD_TASKS=1000 cargo test --test suite emulator_load -- --nocapture
//! ```

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use crate::support::binary::{PATIENCE, Role};
use crate::support::servers::Pen;

/// Tasks in flight unless `LANDFALL_LOAD_TASKS` has another number: enough to see that the bench works.
const TASKS: usize = 100;

/// Each task is asked about this often, and by itself, as by one client for each.
const POLL_EVERY: Duration = Duration::from_secs(5);

/// Submissions and polls that are under way at once at most.
const CONNECTIONS: usize = 64;

/// Submissions a second: each is a POST of its own.
const SUBMISSIONS_PER_S: u32 = 100;

/// The goal of a run on purpose, for the slowest of a hundred requests.
const P99: Duration = Duration::from_millis(100);

struct Load {
    tasks: usize,
    /// How long tasks are in flight, and polled.
    time: Duration,
    on_purpose: bool,
}

impl Load {
    fn ordered() -> Load {
        let ordered = std::env::var("LANDFALL_LOAD_TASKS").ok().map(|text| text.parse().expect("a number of tasks"));
        let time = Duration::from_secs(if ordered.is_some() { 40 } else { 3 });
        Load { tasks: ordered.unwrap_or(TASKS), time, on_purpose: ordered.is_some() }
    }
}

/// The emulator's process, and a client for it.
struct Bench {
    // Before `pen`: a process ends before its directory goes.
    role: Role,
    url: String,
    client: reqwest::Client,
    _pen: Pen,
}

impl Bench {
    async fn start(arguments: &[&str]) -> Bench {
        let pen = Pen::new("load").expect("a directory");
        let all = [&["emulator", "--listen", "127.0.0.1:0", "--frame-rate", "1"], arguments].concat();
        let settings = [("LANDFALL_LOG__FORMAT", "json"), ("LANDFALL_LOG__FILTER", "info")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut role = Role::start(&pen, "emulator", &all, &settings);
        let url = role.told("url").await;
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        Bench { role, url, client, _pen: pen }
    }

    /// Sends one POST and tells how long the whole answer took.
    async fn post(&self, body: Value) -> (Duration, Value) {
        let began = Instant::now();
        let sent = self.client.post(&self.url).bearer_auth("any key").json(&body).send().await;
        let answer: Value = sent.expect("an answer").json().await.expect("JSON");
        (began.elapsed(), answer)
    }

    async fn report(&self) -> (Duration, Value) {
        let began = Instant::now();
        let url = self.url.replace("/v1", "/_emulator/tasks");
        let report: Value = self.client.get(url).send().await.expect("an answer").json().await.expect("JSON");
        (began.elapsed(), report)
    }

    /// Submits these tasks, one each at its time, and returns how long each answer took.
    async fn submit(&self, tasks: &[Value]) -> Vec<Duration> {
        let gap = Duration::from_secs(1) / SUBMISSIONS_PER_S;
        let began = Instant::now();
        let calls = tasks.iter().zip(0..).map(|(task, number)| async move {
            sleep_until(began + gap * number).await;
            let (took, answer) = self.post(json!([task])).await;
            assert_eq!(answer["data"][0]["taskUUID"], task["taskUUID"], "{answer}");
            took
        });
        stream::iter(calls).buffer_unordered(CONNECTIONS).collect().await
    }

    /// Asks about each task by itself, again and again until `end`, evenly spread.
    async fn poll(&self, tasks: &[Value], end: Instant) -> Vec<Duration> {
        let began = Instant::now();
        let gap = POLL_EVERY / u32::try_from(tasks.len()).expect("few");
        let times = (0..).map(|number| began + gap * number).take_while(|at| *at < end);
        let calls = tasks.iter().cycle().zip(times).map(|(task, at)| async move {
            sleep_until(at).await;
            let question = json!([{"taskType": "getResponse", "taskUUID": task["taskUUID"]}]);
            let (took, answer) = self.post(question).await;
            assert!(answer["data"][0]["status"].is_string(), "{answer}");
            took
        });
        stream::iter(calls).buffer_unordered(CONNECTIONS).collect().await
    }

    /// Waits until every task has ended, and tells how many of them well.
    async fn ended(&self, count: usize) -> usize {
        let deadline = Instant::now() + PATIENCE * 10;
        loop {
            let (_, report) = self.report().await;
            let tasks = report["tasks"].as_array().expect("a list");
            let in_state = |state: &str| tasks.iter().filter(|task| task["state"] == state).count();
            if tasks.len() == count && in_state("processing") == 0 {
                return in_state("success");
            }
            assert!(Instant::now() < deadline, "{} of {count} still run", in_state("processing"));
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Most memory that the process ever had, in KiB, where the system tells it.
    fn peak_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.role.pid())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    fn peak(&self) -> String {
        self.peak_kib().map_or_else(|| "not told here".to_owned(), |kib| format!("{} MiB", kib / 1024))
    }
}

fn task(extra: &Value) -> Value {
    let mut task = json!({
        "taskType": "videoInference", "taskUUID": Uuid::new_v4().to_string(), "model": "heygen:video-agent@0",
        "positivePrompt": "A short tour of a lighthouse", "width": 64, "height": 64, "duration": 5,
    });
    for (name, value) in extra.as_object().expect("an object") {
        task[name.as_str()] = value.clone();
    }
    task
}

/// The value below which so many of a thousand lie.
fn per_mille(sorted: &[Duration], share: usize) -> Duration {
    sorted.get((sorted.len() * share).div_ceil(1000).saturating_sub(1)).copied().unwrap_or_default()
}

/// Prints the figures of some requests and returns the 99th percentile.
fn told(what: &str, mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    let [half, most, all] = [500, 990, 1000].map(|share| per_mille(&took, share));
    println!("load: {what}: {} requests, p50 {half:.1?}, p99 {most:.1?}, max {all:.1?}", took.len());
    most
}

fn load_average() -> String {
    std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim().to_owned()
}

/// Submits `load` tasks besides `others`, polls them while they are in flight, and returns the 99th percentiles.
async fn measure(bench: &Bench, load: &Load) -> Vec<Duration> {
    let tasks: Vec<Value> = (0..load.tasks).map(|_| task(&json!({}))).collect();
    let until = Instant::now() + load.time;
    let submissions = bench.submit(&tasks).await;
    let polls = bench.poll(&tasks, until).await;
    vec![told("submissions", submissions), told("polls", polls)]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_in_flight_are_answered_quickly() {
    let load = Load::ordered();
    let least = format!("{}s", load.time.as_secs());
    let bench = Bench::start(&["--render-time", &least]).await;
    println!("load: {} tasks in flight, cheapest media; load average before: {}", load.tasks, load_average());
    let most = measure(&bench, &load).await;
    assert_eq!(bench.ended(load.tasks).await, load.tasks);
    let (took, _) = bench.report().await;
    println!(
        "load: the list of all tasks took {took:.1?}; peak memory {}; load average {}",
        bench.peak(),
        load_average()
    );
    assert!(!load.on_purpose || most.iter().all(|p99| *p99 < P99), "slower than {P99:?}: {most:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_file_slows_nobody_down() {
    let load = Load::ordered();
    let pen = Pen::new("load-state").expect("a directory");
    let file = pen.path().join("state");
    let least = format!("{}s", load.time.as_secs());
    let bench = Bench::start(&["--render-time", &least, "--state", file.to_str().expect("UTF-8")]).await;
    println!("load: {} tasks in flight and in a file; load average before: {}", load.tasks, load_average());
    let most = measure(&bench, &load).await;
    assert_eq!(bench.ended(load.tasks).await, load.tasks);
    let size = std::fs::metadata(&file).expect("a file").len();
    println!("load: the file has {} KiB; peak memory {}; load average {}", size / 1024, bench.peak(), load_average());
    assert!(!load.on_purpose || most.iter().all(|p99| *p99 < P99), "slower than {P99:?}: {most:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_renders_on_every_core_starve_no_request() {
    let load = Load::ordered();
    let bench = Bench::start(&[]).await;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!(
        "load: {} tasks in flight behind {cores} long renders; load average before: {}",
        load.tasks,
        load_average()
    );
    let long: Vec<Value> = (0..cores).map(|_| task(&json!({"width": 1920, "height": 1080, "duration": 300}))).collect();
    bench.post(Value::Array(long)).await;
    let most = measure(&bench, &load).await;
    println!("load: peak memory {}; load average {}", bench.peak(), load_average());
    assert!(!load.on_purpose || most.iter().all(|p99| *p99 < P99), "slower than {P99:?}: {most:?}");
}

/// Fills the table. Only on purpose: it renders so many videos.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_table_stays_usable() {
    let Some(count) = std::env::var("LANDFALL_LOAD_TABLE").ok().map(|text| text.parse().expect("a number")) else {
        println!("load: not filled; LANDFALL_LOAD_TABLE=20000 fills the table");
        return;
    };
    let bench = Arc::new(Bench::start(&["--queue", "30000"]).await);
    // Each with a prompt of the length that prompts have.
    let prompt = "A short tour of a lighthouse, told by its keeper. ".repeat(20);
    let tasks: Vec<Value> = (0..count).map(|_| task(&json!({"positivePrompt": prompt}))).collect();
    let batches = tasks.chunks(100).map(|batch| bench.post(Value::from(batch.to_vec())));
    let took: Vec<Duration> = stream::iter(batches).buffered(1).map(|(took, _)| took).collect().await;
    told("submissions of 100", took);
    assert_eq!(bench.ended(count).await, count);
    let mut reports = Vec::new();
    for _ in 0..10 {
        reports.push(bench.report().await.0);
    }
    told("lists of all tasks", reports);
    println!("load: {count} ended tasks, peak memory {}; load average {}", bench.peak(), load_average());
}
