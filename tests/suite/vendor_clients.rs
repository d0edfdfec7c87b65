//! The vendor's own clients, unmodified and in fixed versions, talk to the emulator.
//!
//! Each holds one conversation, a program in `tests/clients/`, and tells what it saw; here it is compared with what the
//! emulator has to say. `tests/run.sh` installs the clients from their lock files.

use std::collections::HashMap;
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use landfall::emulator::{Emulator, EmulatorOptions, TaskReport, TaskState};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::support::proxy::Proxy;
use crate::support::servers::{find_program, skip_or_fail};

const KEY: &str = "a-key-as-long-as-the-vendors-0123456789";

/// How long a conversation may take: ten to twenty seconds are the clients' own pauses.
const PATIENCE: Duration = Duration::from_secs(180);

/// Long enough for every client to find the task under way at a poll, on a busy machine too.
const RENDER_TIME: Duration = Duration::from_secs(5);

/// One of the vendor's clients, as it is installed.
struct Client {
    name: &'static str,
    interpreter: PathBuf,
    installed: PathBuf,
    program: PathBuf,
}

impl Client {
    /// The client, or nothing after saying why the test is skipped.
    fn or_skip(name: &'static str) -> Option<Client> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (interpreter, program, lock) = match name {
            "sdk-js" => ("node", "sdk-js.mjs".to_owned(), "package-lock.json".to_owned()),
            python => ("python3", format!("{python}.py"), format!("{python}.lock")),
        };
        let installed = root.join(".run/clients").join(name);
        let locked = std::fs::read(root.join("tests/clients").join(&lock)).expect("the lock file");
        let is_current = std::fs::read(installed.join(&lock)).is_ok_and(|from| from == locked);
        match find_program(&[interpreter]) {
            Some(interpreter) if is_current => {
                Some(Client { name, interpreter, installed, program: root.join("tests/clients").join(program) })
            }
            Some(_) => {
                skip_or_fail(&format!("the vendor's client {name} is not installed as locked; tests/run.sh does that"));
                None
            }
            None => {
                skip_or_fail(&format!("no {interpreter} to run the vendor's client {name} with"));
                None
            }
        }
    }

    /// Lets it talk to whom it finds at `address`, and gives what it told of each step.
    async fn converse(&self, transport: Option<&str>, address: &str, task: &str) -> HashMap<String, Value> {
        let mut command = Command::new(&self.interpreter);
        if self.name == "sdk-js" {
            // From standard input, a program finds its modules where it runs.
            let program = std::fs::File::open(&self.program).expect("the program");
            command.args(["--input-type=module", "-"]).current_dir(&self.installed).stdin(Stdio::from(program));
        } else {
            command.arg("-B").arg(&self.program).stdin(Stdio::null());
        }
        let inherited = ["PATH", "HOME", "TMPDIR"];
        let inherited = inherited.iter().filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?)));
        let running = command
            .args(transport)
            .args([address, KEY, task])
            .env_clear()
            .envs(inherited)
            .env("PYTHONPATH", &self.installed)
            .env("RUNWARE_VIDEO_INITIAL_TIMEOUT", "4000")
            .env("RUNWARE_VIDEO_POLLING_DELAY", "500")
            .kill_on_drop(true)
            .output();
        let output = timeout(PATIENCE, running).await.expect("the conversation ends").expect("the client starts");
        let told = String::from_utf8_lossy(&output.stdout);
        let cried = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} failed:\n{told}\n{cried}", self.name);
        let steps = told.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
        steps.map(|step| (step["step"].as_str().expect("a name").to_owned(), step)).collect()
    }
}

async fn emulator(render_time: Duration) -> Emulator {
    let options = EmulatorOptions {
        api_key: Some(KEY.to_owned()),
        render_time: Some(render_time),
        frame_rate: 2,
        ..EmulatorOptions::default()
    };
    Emulator::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), options).await.expect("it listens")
}

fn report(emulator: &Emulator, task: &str) -> Option<TaskReport> {
    emulator.tasks().into_iter().find(|report| report.task_uuid == task)
}

/// Both results of the task, told apart, paid, and served as videos.
async fn assert_results(emulator: &Emulator, task: &str, saw: &HashMap<String, Value>) {
    let results = saw["results"]["results"].as_array().expect("results");
    let uuids: Vec<&str> = results.iter().filter_map(|result| result["videoUUID"].as_str()).collect();
    let report = report(emulator, task).expect("a known task");
    assert_eq!(uuids, report.video_uuids.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((uuids.len(), report.state), (2, TaskState::Success));
    for result in results {
        assert_eq!((&result["taskUUID"], &result["status"]), (&json!(task), &json!("success")));
        assert_eq!(result["cost"], 0.165);
        let video = reqwest::get(result["videoURL"].as_str().expect("a URL")).await.expect("an answer");
        assert_eq!(
            (video.status().as_u16(), &video.headers()["content-type"]),
            (200, &"video/mp4".parse().expect("text"))
        );
    }
}

/// The used UUID is refused, and the task that was given no picture failed after it was accepted.
fn assert_refusals(emulator: &Emulator, task: &str, saw: &HashMap<String, Value>, conflict_code: &str) {
    let conflict = &saw["conflict"];
    assert_eq!((&conflict["code"], &conflict["task"]), (&json!(conflict_code), &json!(task)));
    assert_eq!(conflict["parameter"], "taskUUID");
    assert_eq!(report(emulator, task).map(|report| (report.accepted, report.conflicts)), Some((1, 1)));

    let failure = &saw["failure"];
    let failed = report(emulator, failure["task"].as_str().expect("a task")).expect("a known task");
    assert_eq!((failed.accepted, failed.state), (1, TaskState::Error));
    assert_eq!(failure["parameter"], "inputs.image");
}

/// A picture was stored, and the one model found.
fn assert_utilities(saw: &HashMap<String, Value>) {
    let media = saw["stored"]["media"].as_str().expect("a text");
    assert!(Uuid::parse_str(media).is_ok(), "{media}");
    assert_eq!(saw["models"]["found"], json!(["heygen:video-agent@0"]));
}

async fn assert_sdk_converses(transport: &str) {
    let Some(client) = Client::or_skip("runware-sdk") else { return };
    let emulator = emulator(RENDER_TIME).await;
    let task = Uuid::new_v4().to_string();
    let saw = client.converse(Some(transport), &emulator.addr().to_string(), &task).await;
    assert_results(&emulator, &task, &saw).await;
    // The client gives families instead of codes.
    assert_refusals(&emulator, &task, &saw, "validation");
    assert_eq!(saw["failure"]["code"], "validation");
    let progress = saw["progress"]["progress"].as_array().expect("a list");
    assert!(progress.iter().any(|share| (1..100).contains(&share.as_i64().unwrap_or(0))), "{progress:?}");
    assert_eq!(saw["details"]["response"]["data"], saw["results"]["results"]);
    assert_eq!(saw["details"]["request"][0]["numberResults"], 2);
    assert_eq!(saw["bad key"]["code"], "auth");
    // Two results were paid, and the failed one was credited.
    let full = EmulatorOptions::default().balance_micro_usd as f64 / 1e6;
    let balance = saw["account"]["balance"].as_f64().expect("a number");
    assert!((full - balance - 0.33).abs() < 1e-6, "{balance}");
    assert_utilities(&saw);
    emulator.stop().await;
}

#[tokio::test]
async fn runware_sdk_gets_its_videos_over_rest() {
    assert_sdk_converses("rest").await;
}

#[tokio::test]
async fn runware_sdk_gets_its_videos_over_a_websocket() {
    assert_sdk_converses("websocket").await;
}

#[tokio::test]
async fn runware_gets_its_videos() {
    let Some(client) = Client::or_skip("runware-0.5") else { return };
    let emulator = emulator(RENDER_TIME).await;
    let task = Uuid::new_v4().to_string();
    let saw = client.converse(None, &emulator.addr().to_string(), &task).await;
    let one = &saw["one result"]["results"];
    assert_eq!((one.as_array().map(Vec::len), &one[0]["status"]), (Some(1), &json!("success")));
    assert_results(&emulator, &task, &saw).await;
    assert_refusals(&emulator, &task, &saw, "conflictTaskUUID");
    assert_eq!(saw["failure"]["code"].as_str(), failure_code(&emulator, &saw).as_deref());
    assert_eq!((&saw["details"]["request"], &saw["details"]["response"]), (&json!([task]), &json!(2)));
    let told = saw["bad key"]["message"].as_str().expect("a text");
    assert!(told.contains("The API key is not valid."), "{told}");
    assert_utilities(&saw);
    emulator.stop().await;
}

#[tokio::test]
async fn sdk_js_gets_its_videos() {
    let Some(client) = Client::or_skip("sdk-js") else { return };
    let emulator = emulator(RENDER_TIME).await;
    let task = Uuid::new_v4().to_string();
    let saw = client.converse(None, &emulator.addr().to_string(), &task).await;
    assert_results(&emulator, &task, &saw).await;
    assert_refusals(&emulator, &task, &saw, "conflictTaskUUID");
    assert_eq!(saw["failure"]["code"].as_str(), failure_code(&emulator, &saw).as_deref());
    assert!(saw["progress"]["progress"][0].as_u64().is_some_and(|share| share < 100));
    assert_eq!(saw["details"]["response"]["data"], saw["results"]["results"]);
    assert_eq!((&saw["bad key"]["code"], &saw["bad key"]["parameter"]), (&json!("invalidApiKey"), &json!("apiKey")));
    assert_utilities(&saw);
    emulator.stop().await;
}

fn failure_code(emulator: &Emulator, saw: &HashMap<String, Value>) -> Option<String> {
    report(emulator, saw["failure"]["task"].as_str()?)?.error_code
}

/// The client needs a second or two to come back, resumes its session, and asks anew for what it lacks.
#[tokio::test]
async fn runware_sdk_comes_back_after_its_line_was_cut_and_gets_its_videos() {
    let Some(client) = Client::or_skip("runware-sdk") else { return };
    let emulator = emulator(Duration::from_millis(1500)).await;
    let proxy = Proxy::before(&emulator.addr().to_string()).await;
    let task = Uuid::new_v4().to_string();
    let conversation = client.converse(Some("websocket"), proxy.address(), &task);
    let cut = async {
        let deadline = Instant::now() + PATIENCE;
        while report(&emulator, &task).is_none() {
            assert!(Instant::now() < deadline, "the task never arrived");
            sleep(Duration::from_millis(10)).await;
        }
        proxy.cut();
    };
    let (saw, ()) = tokio::join!(conversation, cut);
    assert_results(&emulator, &task, &saw).await;
    assert_eq!(report(&emulator, &task).map(|report| report.accepted), Some(1));
    emulator.stop().await;
}

/// The lines of README that show how to point a client at the emulator are lines of the programs that run here.
#[test]
fn the_readme_shows_what_these_conversations_do() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("a text");
    let readme = read("README.md");
    for (heading, program) in [
        ("runware-sdk 1.8.0", "tests/clients/runware-sdk.py"),
        ("runware 0.5.24", "tests/clients/runware-0.5.py"),
        ("@runware/sdk-js 1.3.2", "tests/clients/sdk-js.mjs"),
    ] {
        let program = read(program);
        let lines: Vec<&str> = program.lines().map(str::trim).collect();
        let (_, block) = readme.split_once(&format!(" {heading}, with ")).unwrap_or_else(|| panic!("no {heading}"));
        let (shown, _) = block.split_once("```").expect("the end of the block");
        for line in shown.lines().skip(1).map(str::trim) {
            assert!(lines.contains(&line), "README shows a line for {heading} that no test runs: {line}");
        }
    }
}
