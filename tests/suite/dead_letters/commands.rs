//! `landfall dead-letters`: the real binary beside a real broker, and for one story the whole stack.

use std::ffi::OsStr;
use std::fs;
use std::process::Output;
use std::time::Duration;

use landfall::job::event::EventType;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::rabbit::{as_queued, fill, job_body};
use crate::rabbit_bench::RabbitBench;
use crate::support::binary::{LOOK, PATIENCE, Role, assert_exit, landfall};
use crate::support::servers::{Pen, RabbitMq, or_skip};
use crate::support::stack::{END_WITHIN, Stack, small_job};

const WITHIN: Duration = Duration::from_secs(120);

fn operator(amqp_url: &str) -> Vec<(String, String)> {
    vec![("LANDFALL_AMQP__URL".to_owned(), amqp_url.to_owned())]
}

/// `landfall dead-letters ARGUMENTS`.
async fn run(amqp_url: &str, arguments: &[&str]) -> Output {
    let arguments: Vec<&OsStr> =
        std::iter::once("dead-letters").chain(arguments.iter().copied()).map(OsStr::new).collect();
    landfall(&arguments, &operator(amqp_url)).await
}

/// The lines of JSON of a command that ends with this code.
async fn told(amqp_url: &str, code: i32, arguments: &[&str]) -> Vec<Value> {
    let output = run(amqp_url, &[arguments, &["--json"]].concat()).await;
    assert_exit(&output, code);
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A broker with this many letters.
async fn bench_with(letters: usize) -> Option<RabbitBench> {
    let broker = or_skip(RabbitMq::shared().await)?;
    let bench = RabbitBench::new(&broker.fresh_vhost(), "landfall").await;
    bench.worker().await.close().await;
    fill(&bench, letters, job_body).await;
    Some(bench)
}

#[tokio::test]
async fn a_refused_job_is_found_shown_and_replayed_once_its_bucket_is_allowed_and_completes() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let more = stack.store.fresh_bucket().await;
    let mut job: Value = serde_json::from_str(&small_job("elsewhere", json!({}))).expect("JSON");
    job["destination"] = json!({ "bucket": more });
    let mut worker = stack.worker(&[]).await;
    stack.put(job.to_string()).await;
    stack.until_ended(1, WITHIN).await;
    assert_eq!(worker.stop(END_WITHIN).await.code(), Some(0));

    let url = stack.amqp_url.clone();
    let listed = told(&url, 0, &["list", "--reason", "invalid_job", "--since", "1h"]).await;
    assert_eq!((listed.len(), &listed[0]["jobId"]), (1, &json!("elsewhere")), "{listed:?}");
    let id = listed[0]["id"].as_str().expect("an id");
    let shown = run(&url, &["show", &id[..6]]).await;
    assert_exit(&shown, 0);
    let shown = text(&shown.stdout);
    for part in ["invalid_job", "destination.bucket", "landfall-rejected-at", "A potter shows", id] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    assert_eq!(run(&url, &["show", id, "--body"]).await.stdout, job.to_string().into_bytes());

    let dry = told(&url, 0, &["replay", id, "--dry-run"]).await;
    assert_eq!(dry[0]["outcome"], json!("wouldReplay"));
    assert_eq!(told(&url, 0, &["list"]).await, listed, "nothing was changed");
    let done = told(&url, 0, &["replay", id]).await;
    assert_eq!(done[0]["outcome"], json!("replayed"));
    assert_eq!(told(&url, 0, &["list"]).await, [] as [Value; 0]);

    // Too early: it comes back, and tells that it was replayed.
    let mut worker = stack.worker(&[]).await;
    stack.until_waiting(0).await;
    let deadline = Instant::now() + WITHIN;
    let back = loop {
        if let Some(back) = told(&url, 0, &["list"]).await.pop() {
            break back;
        }
        assert!(Instant::now() < deadline, "it does not come back");
    };
    assert_eq!(
        (&back["replays"], &back["firstReason"], &back["attempts"]),
        (&json!(1), &json!("invalid_job"), &json!(2))
    );
    assert_ne!(back["id"], id);
    assert_eq!(worker.stop(END_WITHIN).await.code(), Some(0));

    let allowed = ("LANDFALL_S3__ALLOWED_BUCKETS", more.as_str());
    let mut worker = stack.worker(&[allowed]).await;
    told(&url, 0, &["replay", "--job", "elsewhere"]).await;
    let completed =
        |seen: &[crate::support::stack::Seen]| seen.iter().any(|seen| seen.event.event_type == EventType::Completed);
    stack.until("completed", WITHIN, completed).await;
    assert_eq!(worker.stop(END_WITHIN).await.code(), Some(0));
    assert_eq!(stack.tasks().await.len(), 1, "bought once");
    assert_eq!(told(&url, 0, &["list"]).await.len(), 0);
}

#[tokio::test]
async fn purging_takes_what_is_meant_saves_it_and_leaves_the_others_in_their_order() {
    let Some(bench) = bench_with(60).await else { return };
    let url = &bench.url;
    let pen = Pen::new("letters").expect("a directory");
    let file = pen.path().join("saved.jsonl");
    let saved = file.to_str().expect("UTF-8");
    for (code, refused) in [
        (64, vec!["purge"]),
        (64, vec!["purge", "--all"]),
        (64, vec!["purge", "--all", "--reason", "internal", "--yes"]),
        (64, vec!["purge", "--reason", "internl", "--yes"]),
        (64, vec!["replay", "12"]),
        (64, vec!["list", "--since", "soon"]),
        (1, vec!["show", "000000000000"]),
        (1, vec!["purge", "000000000000", "--yes"]),
    ] {
        assert_exit(&run(url, &refused).await, code);
    }
    let meant = ["purge", "--reason", "job_id_reused", "--limit", "5"];
    let dry = told(url, 0, &[&meant[..], &["--dry-run"]].concat()).await;
    let done = told(url, 0, &[&meant[..], &["--yes", "--save", saved]].concat()).await;
    let field = |lines: &[Value], name: &str| lines.iter().map(|line| line[name].clone()).collect::<Vec<_>>();
    assert_eq!(field(&dry, "id"), field(&done, "id"));
    assert_eq!(field(&done, "jobId"), ["job-1", "job-4", "job-7", "job-10", "job-13"]);
    assert!(field(&done, "outcome").iter().all(|outcome| outcome == "purged"));
    let lines = fs::read_to_string(&file).expect("the file");
    let bodies: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["body"].clone()).collect();
    assert_eq!(bodies, [1, 4, 7, 10, 13].map(|number| Value::from(text(&job_body(number)))));
    let again = run(url, &[&meant[..], &["--yes", "--save", saved]].concat()).await;
    assert_exit(&again, 64);
    assert!(text(&again.stderr).contains("nothing was purged"), "{}", text(&again.stderr));
    assert_eq!(fs::read_to_string(&file).expect("the file"), lines);
    let left: Vec<usize> = (0..60).filter(|number| ![1, 4, 7, 10, 13].contains(number)).collect();
    assert_eq!(as_queued(&bench, 55).await, left);
}

#[tokio::test]
async fn a_name_that_several_letters_have_is_refused_and_nothing_is_done() {
    let Some(bench) = bench_with(3_000).await else { return };
    let listed = told(&bench.url, 0, &["list", "--limit", "3000"]).await;
    let mut starts: Vec<&str> = listed.iter().map(|letter| &letter["id"].as_str().expect("an id")[..4]).collect();
    starts.sort_unstable();
    let twice =
        starts.windows(2).find(|pair| pair[0] == pair[1]).expect("of 3,000 in 65,536, two start alike")[0].to_owned();
    let refused = run(&bench.url, &["purge", &twice, "--yes"]).await;
    assert_exit(&refused, 64);
    assert!(text(&refused.stderr).contains("say more digits"), "{}", text(&refused.stderr));
    assert_eq!(told(&bench.url, 0, &["list", "--limit", "3000"]).await, listed);
}

/// Runs a command and kills it after a while; whether it was still at it.
async fn killed(bench: &RabbitBench, pen: &Pen, name: &str, arguments: &[&str], after: Duration) -> bool {
    let mut role = Role::start(pen, name, arguments, &operator(&bench.url));
    sleep(after).await;
    let at_it = role.ended().is_none();
    role.kill();
    at_it
}

#[tokio::test]
async fn a_list_that_is_killed_in_the_middle_loses_nothing() {
    let Some(bench) = bench_with(2_000).await else { return };
    let pen = Pen::new("letters").expect("a directory");
    let mut at_it = 0;
    for round in 0..12_u32 {
        let after = Duration::from_millis(40) * (round + 1);
        at_it += u32::from(killed(&bench, &pen, &format!("list-{round}"), &["dead-letters", "list"], after).await);
    }
    assert!(at_it > 2, "{at_it} were killed in time");
    // The next one waits until the broker has noticed, and sees everything.
    assert_eq!(told(&bench.url, 0, &["list", "--limit", "3000"]).await.len(), 2_000);
    let mut all = as_queued(&bench, 2_000).await;
    all.sort_unstable();
    assert_eq!(all, (0..2_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_replay_that_is_killed_in_the_middle_loses_nothing_and_can_be_done_again() {
    let Some(bench) = bench_with(1_500).await else { return };
    let pen = Pen::new("letters").expect("a directory");
    let (mut at_it, mut round) = (0, 0);
    while round < 12 {
        round += 1;
        let arguments = ["dead-letters", "replay", "--all", "--limit", "100000"];
        let after = Duration::from_millis(60) * round;
        at_it += u32::from(killed(&bench, &pen, &format!("replay-{round}"), &arguments, after).await);
    }
    assert!(at_it > 2, "{at_it} were killed in time");
    assert_exit(&run(&bench.url, &["replay", "--all", "--limit", "100000"]).await, 0);
    assert_eq!(told(&bench.url, 0, &["list"]).await.len(), 0);
    let job = |message: &lapin::message::BasicGetMessage| text(&message.data);
    let mut jobs: Vec<String> = bench.drain(&bench.names.jobs, 1_500).await.iter().map(job).collect();
    let replayed = jobs.len();
    jobs.sort_unstable();
    jobs.dedup();
    assert_eq!(jobs.len(), 1_500, "every job is on its queue again; {replayed} messages");
}

#[tokio::test]
async fn many_letters_take_little_memory() {
    let Some(bench) = bench_with(0).await else { return };
    let padding = "x".repeat(20_000);
    fill(&bench, 5_000, |number| format!(r#"{{"jobId": "job-{number}", "padding": "{padding}"}}"#).into_bytes()).await;
    let pen = Pen::new("letters").expect("a directory");
    let mut role = Role::start(&pen, "list", &["dead-letters", "list"], &operator(&bench.url));
    let deadline = Instant::now() + PATIENCE;
    let mut most_kb = 0;
    while role.ended().is_none() {
        assert!(Instant::now() < deadline, "it does not end:\n{}", role.log());
        let status = fs::read_to_string(format!("/proc/{}/status", role.pid())).unwrap_or_default();
        let peak =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        most_kb = most_kb.max(peak.unwrap_or(0_u64));
        sleep(LOOK / 10).await;
    }
    assert!(role.log().contains("5000"), "{}", role.log());
    assert!((1..100_000).contains(&most_kb), "{most_kb} kB, of 100 MB of letters");
    println!("{most_kb} kB at most for 100 MB of letters");
}

#[tokio::test]
async fn a_broker_that_is_not_there_ends_the_commands_with_69() {
    let nobody = "amqp://guest:guest@127.0.0.1:1/%2f?connection_timeout=500";
    let output = run(nobody, &["list"]).await;
    assert_exit(&output, 69);
    assert!(!text(&output.stderr).contains("guest:guest"), "{}", text(&output.stderr));
    assert_exit(&run(nobody, &["show", "x"]).await, 64);
}
