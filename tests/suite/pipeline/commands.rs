//! The commands that end: what they leave behind, and their exit codes.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;
use std::time::SystemTime;

use landfall::job::event::{CompletedData, Event, EventType, LandedResult};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::events::{assert_ffprobe_agrees, has_ffprobe, schema};
use crate::support::binary::{assert_exit, landfall, landfall_within};
use crate::support::stack::{Stack, small_job};

/// A directory with a file of jobs in it.
struct Desk {
    directory: TempDir,
}

impl Desk {
    fn new(jobs: &[String]) -> Desk {
        let desk = Desk { directory: tempfile::tempdir().expect("a directory") };
        fs::write(desk.path("jobs.jsonl"), jobs.join("\n") + "\n").expect("written");
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// `landfall run` over the jobs, with further arguments.
    async fn run(&self, more: &[&OsStr], environment: &[(String, String)]) -> Output {
        let (jobs, events) = (self.path("jobs.jsonl"), self.path("events.jsonl"));
        let mut arguments = vec![OsStr::new("run"), jobs.as_os_str(), OsStr::new("--events"), events.as_os_str()];
        arguments.extend(more);
        landfall(&arguments, environment).await
    }

    async fn run_embedded(&self) -> Output {
        self.run(&[OsStr::new("--embedded"), self.path("out").as_os_str()], &[]).await
    }

    /// The events so far, each of which matches its schema.
    fn events(&self, file: &str) -> Vec<Event> {
        let lines = fs::read_to_string(self.path(file)).expect("the file of events");
        let read = |line: &str| {
            let value: Value = serde_json::from_str(line).expect("JSON");
            let event: Event = serde_json::from_value(value.clone()).expect("an event");
            assert!(schema(event.event_type).is_valid(&value), "{value:#}");
            event
        };
        lines.lines().map(read).collect()
    }
}

fn count(events: &[Event], event_type: EventType) -> usize {
    events.iter().filter(|event| event.event_type == event_type).count()
}

/// What the completed jobs landed, repeats included.
fn results(events: &[Event]) -> Vec<LandedResult> {
    let completed = events.iter().filter(|event| event.event_type == EventType::Completed);
    let data = completed.map(|event| serde_json::from_value::<CompletedData>(event.data.clone()));
    data.flat_map(|data| data.expect("completed data").results).collect()
}

/// The files of the completed jobs' results, each as large as its event says, with the time it was written.
fn videos(media: &Path, events: &[Event]) -> BTreeMap<PathBuf, SystemTime> {
    let stat = |result: LandedResult| {
        let file = media.join(&result.key);
        let facts = fs::metadata(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
        assert_eq!(facts.len(), result.size, "{}", file.display());
        (file, facts.modified().expect("a time"))
    };
    results(events).into_iter().map(stat).collect()
}

#[tokio::test]
async fn a_run_without_servers_leaves_videos_and_events_and_a_second_one_buys_nothing() {
    let desk = Desk::new(&[small_job("one", json!({})), small_job("two", json!({ "numberResults": 2 }))]);
    assert_exit(&desk.run_embedded().await, 0);
    let first = desk.events("events.jsonl");
    assert_eq!((count(&first, EventType::Submitted), count(&first, EventType::Completed)), (2, 2));
    let before = videos(&desk.path("out/media"), &first);
    assert_eq!(before.len(), 3);

    assert_exit(&desk.run_embedded().await, 0);
    let both = desk.events("events.jsonl");
    assert_eq!(
        (count(&both, EventType::Submitted), count(&both, EventType::Completed)),
        (2, 4),
        "only announced again"
    );
    for event in both.iter().filter(|event| event.event_type == EventType::Completed) {
        let same = first.iter().find(|earlier| earlier.id == event.id).expect("no other ids");
        assert_eq!(same.data, event.data);
    }
    assert_eq!(videos(&desk.path("out/media"), &both), before, "no video is written again");
}

#[tokio::test]
async fn a_run_against_a_configured_provider_and_store_buys_once() {
    let Some(stack) = Stack::start(&[]).await else { return };
    let desk = Desk::new(&[small_job("one", json!({})), small_job("two", json!({}))]);
    for _ in 0..2 {
        assert_exit(&desk.run(&[], &stack.settings(&[])).await, 0);
    }
    let tasks = stack.tasks().await;
    assert_eq!(tasks.iter().map(|task| task.submitted).collect::<Vec<_>>(), [1, 1]);
    let events = desk.events("events.jsonl");
    let objects = stack.objects().await;
    for result in results(&events) {
        assert_eq!(objects[&format!("{}/{}", result.bucket, result.key)], (result.size, result.etag));
    }
    assert_eq!(count(&events, EventType::Completed), 4);
}

#[tokio::test]
async fn a_run_that_was_killed_goes_on_when_run_again_and_buys_nothing_twice() {
    let Some(mut stack) = Stack::start(&["--render-time", "3s"]).await else { return };
    let desk = Desk::new(&[small_job("one", json!({})), small_job("two", json!({}))]);
    let (jobs, events) = (desk.path("jobs.jsonl"), desk.path("events.jsonl"));
    let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let mut first = stack.role("run", &["run", &text(&jobs), "--events", &text(&events)]);
    stack.until_accepted(2).await;
    first.kill();
    assert_exit(&desk.run(&[], &stack.settings(&[])).await, 0);
    let tasks = stack.tasks().await;
    assert_eq!(tasks.iter().map(|task| task.accepted).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(count(&desk.events("events.jsonl"), EventType::Completed), 2);
}

#[tokio::test]
async fn a_run_in_which_a_job_fails_or_is_refused_exits_with_1_and_the_others_complete() {
    let no_picture = json!({ "inputs": { "image": "http://127.0.0.1:1/portrait.png" } });
    for bad in [small_job("bad", no_picture), small_job("bad", json!({ "fps": 24 }))] {
        let desk = Desk::new(&[bad, small_job("good", json!({}))]);
        let output = desk.run_embedded().await;
        assert_exit(&output, 1);
        let events = desk.events("events.jsonl");
        let others = count(&events, EventType::Failed) + count(&events, EventType::Rejected);
        assert_eq!((count(&events, EventType::Completed), others), (1, 1));
        let table = String::from_utf8_lossy(&output.stdout);
        assert!(table.contains("bad") && table.contains("1 of 2 jobs completed"), "{table}");
    }
}

/// The demo draws large pictures: seconds for an optimised build, minutes for this one on a busy machine.
const DEMO_PATIENCE: Duration = Duration::from_secs(600);

#[tokio::test]
async fn the_demo_needs_nothing_and_ffprobe_agrees_with_its_events() {
    let desk = Desk::new(&[]);
    let out = desk.path("out");
    // Without a PATH it finds no program, and without credentials no account.
    let nowhere = [("PATH".to_owned(), "/nonexistent".to_owned())];
    let arguments = [OsStr::new("demo"), OsStr::new("--out"), out.as_os_str()];
    assert_exit(&landfall_within(DEMO_PATIENCE, &arguments, &nowhere).await, 0);
    let events = desk.events("out/events.jsonl");
    assert_eq!(count(&events, EventType::Completed), 4);
    if !has_ffprobe() {
        return;
    }
    let results = results(&events);
    assert_eq!(results.len(), 6);
    for result in results {
        assert_ffprobe_agrees(&out.join("media").join(&result.key), &result);
    }
}

#[tokio::test]
async fn the_demo_runs_jobs_of_ones_own() {
    let desk = Desk::new(&[small_job("mine", json!({})), small_job("web", json!({ "outputFormat": "WEBM" }))]);
    let (out, jobs) = (desk.path("out"), desk.path("jobs.jsonl"));
    let arguments = [OsStr::new("demo"), OsStr::new("--out"), out.as_os_str(), OsStr::new("--jobs"), jobs.as_os_str()];
    let output = landfall(&arguments, &[]).await;
    assert_exit(&output, 0);
    let events = desk.events("out/events.jsonl");
    assert_eq!(count(&events, EventType::Completed), 2);
    let (table, media) = (String::from_utf8_lossy(&output.stdout), out.join("media"));
    assert_eq!(videos(&media, &events).len(), 2);
    assert!(table.contains(&media.display().to_string()), "{table}");
    for result in results(&events) {
        assert!(table.contains(&result.key), "{} is not in {table}", result.key);
    }
}

#[tokio::test]
async fn bad_arguments_exit_with_64() {
    let desk = Desk::new(&[]);
    let (out, missing) = (desk.path("out"), desk.path("missing.jsonl"));
    let words = |words: &'static [&'static str]| words.iter().map(OsStr::new).collect::<Vec<_>>();
    let no_jobs = [OsStr::new("demo"), OsStr::new("--out"), out.as_os_str(), OsStr::new("--jobs"), missing.as_os_str()];
    for arguments in [words(&["wroker"]), words(&["worker", "--fast"]), words(&["run"]), no_jobs.to_vec()] {
        assert_exit(&landfall(&arguments, &[]).await, 64);
    }
}

#[tokio::test]
async fn bad_configuration_exits_with_78_and_names_the_key_and_where_it_stands() {
    let desk = Desk::new(&[]);
    let file = desk.path("landfall.toml");
    fs::write(&file, "[worker]\ndrain_s = \"soon\"\n").expect("written");
    let misspelt = [("LANDFALL_WORKER__MAX_IN_FLIHGT".to_owned(), "5".to_owned())];
    for role in ["worker", "check-config"] {
        let arguments = [OsStr::new(role), OsStr::new("--config"), file.as_os_str()];
        let output = landfall(&arguments, &misspelt).await;
        assert_exit(&output, 78);
        let told = String::from_utf8_lossy(&output.stderr);
        for part in
            ["LANDFALL_WORKER__MAX_IN_FLIHGT", "worker.max_in_flight", "worker.drain_s", &file.display().to_string()]
        {
            assert!(told.contains(part), "{part} is not in {told}");
        }
    }
}

#[tokio::test]
async fn the_effective_configuration_is_shown_with_its_origins_and_without_secrets() {
    let settings = [("LANDFALL_AMQP__URL", "amqp://ann:hunter2@mq.example/%2f"), ("RUNWARE_API_KEY", "hunter2-too")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let arguments = ["check-config", "--set", "worker.drain_s=7"].map(OsStr::new);
    let output = landfall(&arguments, &settings).await;
    assert_exit(&output, 0);
    let tree = String::from_utf8_lossy(&output.stdout);
    for part in ["drain_s = 7 # --set", "# LANDFALL_AMQP__URL", "# RUNWARE_API_KEY", "mq.example", "# default"] {
        assert!(tree.contains(part), "{part} is not in {tree}");
    }
    assert!(!tree.contains("hunter2"), "{tree}");
}

#[tokio::test]
async fn an_emulator_with_a_wrong_scenario_exits_with_78_and_names_all_that_is_wrong() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("scenario.toml");
    let arguments = [OsStr::new("emulator"), OsStr::new("--scenario"), file.as_os_str()];
    let absent = landfall(&arguments, &[]).await;
    assert_exit(&absent, 78);
    fs::write(&file, "[[rules]]\nset = { putt = 1 }\n[[rules]]\nset = { put = \"later\" }\nchance = 2\n")
        .expect("written");
    let wrong = landfall(&arguments, &[]).await;
    assert_exit(&wrong, 78);
    let told = String::from_utf8_lossy(&wrong.stderr);
    for part in ["scenario.toml", "rules[0]: there is no switch 'putt'", "rules[1]: 'put' cannot be 'later'", "chance"]
    {
        assert!(told.contains(part), "{part} is not in {told}");
    }
}

#[tokio::test]
async fn the_schemas_that_are_printed_are_those_that_are_deployed() {
    let listed = landfall(&[OsStr::new("schema")], &[]).await;
    assert_exit(&listed, 0);
    let names = String::from_utf8(listed.stdout).expect("UTF-8");
    assert!(names.lines().count() >= 9, "{names}");
    for name in names.lines() {
        let printed = landfall(&["schema", name].map(OsStr::new), &[]).await;
        assert_exit(&printed, 0);
        let deployed = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/schemas").join(name);
        assert!(printed.stdout == fs::read(&deployed).expect("the file"), "deploy/schemas/{name} is another");
    }
}

#[tokio::test]
async fn a_worker_whose_broker_is_not_there_exits_with_69() {
    let nobody = "amqp://guest:guest@127.0.0.1:1/%2f?connection_timeout=500";
    let settings = [("LANDFALL_AMQP__URL", nobody), ("LANDFALL_S3__BUCKET", "b"), ("RUNWARE_API_KEY", "k")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let output = landfall(&[OsStr::new("worker")], &settings).await;
    assert_exit(&output, 69);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("127.0.0.1") && !told.contains("guest:guest"), "{told}");
}
