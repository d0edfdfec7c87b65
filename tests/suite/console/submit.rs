//! `landfall submit`.

use std::process::Stdio;
use std::time::Duration;

use landfall::job::event::EventType;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use super::{Desk, err, json_lines, out, producer, run, until_said};
use crate::support::binary::{PATIENCE, Role, assert_exit};
use crate::support::proxy::Mode;
use crate::support::servers::{RabbitMq, or_skip};
use crate::support::stack::{Stack, small_job};

const WITHIN: Duration = Duration::from_secs(120);

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// The job, laid out over many lines.
fn pretty(job: &str) -> String {
    format!("{:#}", serde_json::from_str::<Value>(job).expect("JSON"))
}

fn bare_job(task_uuid: &str) -> String {
    let envelope: Value = serde_json::from_str(&small_job("x", json!({}))).expect("JSON");
    let mut task = envelope["request"].clone();
    task["taskUUID"] = json!(task_uuid);
    task.to_string()
}

/// What is told of each job, by its line in the file: the job's id and how it stands.
fn states(lines: &[Value]) -> Vec<(u64, &str, &str)> {
    let mut states: Vec<_> = lines
        .iter()
        .map(|line| {
            let job_id = line["jobId"].as_str().unwrap_or_default();
            (line["line"].as_u64().expect("a line"), job_id, line["state"].as_str().expect("a state"))
        })
        .collect();
    states.sort_unstable();
    states
}

#[tokio::test]
async fn submitted_jobs_are_seen_through_to_their_videos_by_one_who_knows_only_the_broker() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let worker = stack.worker(&[("LANDFALL_EVENTS__PROGRESS", "true"), ("LANDFALL_EVENTS__LANDED", "true")]).await;
    let (desk, uuid) = (Desk::new(), "5d0c1a7e-3b64-4f0a-8c1d-92e6b7a4f035");
    let jobs = [pretty(&small_job("pretty", json!({}))), bare_job(uuid)];
    let file = desk.file("jobs.json", &jobs.join("\n"));
    let output = run(&["submit", &file, "--wait", "--traceparent", TRACE], &stack.amqp_url).await;
    assert_exit(&output, 0);
    let (table, progress) = (out(&output), err(&output));
    for key in ["pretty/0.mp4".to_owned(), format!("{uuid}/0.mp4")] {
        assert!(table.contains(&format!("{}/{key}", stack.bucket)), "{key} is not in {table}");
    }
    assert!(table.contains("2 of 2 jobs completed, 2 videos"), "{table}");
    for word in ["queued", "generating", "completed"] {
        assert!(progress.contains(word), "{word} is not in {progress}");
    }
    // Once more: told again, and bought once.
    let again = run(&["submit", &file, "--wait", "--json"], &stack.amqp_url).await;
    assert_exit(&again, 0);
    let lines = json_lines(&out(&again));
    assert_eq!(states(&lines), [(1, "pretty", "completed"), (12, uuid, "completed")]);
    assert_eq!(lines[0]["event"]["data"]["results"][0]["bucket"], json!(stack.bucket));
    for output in [&output, &again] {
        stack.secrets.assert_untold("submit", &(out(output) + &err(output)));
    }
    let (evidence, _) = stack.check(vec![worker], 2, WITHIN).await;
    assert_eq!(evidence.count(EventType::Completed), 2);
    let first = stack.seen.iter().find(|seen| seen.event.event_type == EventType::Completed).expect("one");
    assert_eq!(first.event.traceparent.as_deref(), Some(TRACE));
}

#[tokio::test]
async fn a_job_that_fails_or_is_rejected_exits_with_1_and_says_what_to_do() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let worker = stack.worker(&[]).await;
    let desk = Desk::new();
    let used = desk.file("used.json", &small_job("used", json!({})));
    assert_exit(&run(&["submit", &used, "--wait"], &stack.amqp_url).await, 0);

    let no_picture = json!({ "inputs": { "image": "http://127.0.0.1:1/portrait.png" } });
    let jobs = [
        small_job("good", json!({})),
        small_job("without-picture", no_picture),
        small_job("used", json!({ "duration": 6 })),
    ];
    let file = desk.file("jobs.jsonl", &jobs.join("\n"));
    let output = run(&["submit", &file, "--wait", "--json"], &stack.amqp_url).await;
    assert_exit(&output, 1);
    let lines = json_lines(&out(&output));
    let expected = [(1, "good", "completed"), (2, "without-picture", "failed"), (3, "used", "rejected")];
    assert_eq!(states(&lines), expected);
    let rejected = lines.iter().find(|line| line["state"] == "rejected").expect("one");
    assert_eq!(rejected["event"]["data"]["reason"], json!("job_id_reused"));

    let output = run(&["submit", &file, "--wait"], &stack.amqp_url).await;
    assert_exit(&output, 1);
    let table = out(&output);
    for part in [
        "good/0.mp4",
        "without-picture failed as ",
        "used was rejected as job_id_reused",
        "deploy/errors/job_id_reused.md",
        "1 of 3 jobs completed",
    ] {
        assert!(table.contains(part), "{part} is not in {table}");
    }
    assert_eq!(worker.role.log().matches("panicked").count(), 0);
    // Two of them were refused, each time that they came.
    stack.rest(vec![worker], 4, &[]).await;
}

#[tokio::test]
async fn nothing_is_sent_when_one_job_of_a_file_is_bad_unless_told_to_keep_going() {
    let Some(stack) = Stack::start(&[]).await else { return };
    let jobs = [
        small_job("good", json!({})),
        small_job("bad", json!({ "fps": 24, "height": null })),
        "{\"jobId\": \"cut\", \"request\": {".to_owned(),
        r#"{"control": "job.cancel", "jobId": "other"}"#.to_owned(),
        small_job("good-too", json!({})),
    ];
    let desk = Desk::new();
    let file = desk.file("jobs.jsonl", &jobs.join("\n"));
    for more in [&[][..], &["--dry-run"], &["--wait"]] {
        let output = run(&[&["submit", &file, "--json"], more].concat(), &stack.amqp_url).await;
        assert_exit(&output, 64);
        let lines = json_lines(&out(&output));
        let expected = [
            (1, "good", "valid"),
            (2, "bad", "invalid"),
            (3, "", "invalid"),
            (4, "other", "invalid"),
            (5, "good-too", "valid"),
        ];
        assert_eq!(states(&lines), expected);
        let told = err(&output);
        for part in [
            "3 of 5 jobs are not valid; nothing is sent",
            "line 2, job bad:",
            "request.fps is not a known field",
            "request.height",
            "line 3:",
            "`landfall jobs cancel other`",
        ] {
            assert!(told.contains(part), "{part} is not in {told}");
        }
    }
    assert_eq!(stack.jobs_waiting().await, 0);

    let output = run(&["submit", &file, "--keep-going", "--json"], &stack.amqp_url).await;
    assert_exit(&output, 1);
    let lines = json_lines(&out(&output));
    let sent: Vec<_> = states(&lines).into_iter().filter(|(_, _, state)| *state == "sent").collect();
    assert_eq!(sent, [(1, "good", "sent"), (5, "good-too", "sent")]);
    stack.until_waiting(2).await;
}

#[tokio::test]
async fn jobs_come_from_standard_input_and_a_dry_run_needs_no_broker() {
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_landfall"))
        .args(["submit", "-", "--dry-run"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("a pipe");
    let array = format!("[{}, {}]", small_job("one", json!({})), pretty(&small_job("two", json!({}))));
    input.write_all(array.as_bytes()).await.expect("written");
    drop(input);
    let output = child.wait_with_output().await.expect("it ends");
    assert_exit(&output, 0);
    assert_eq!(out(&output), "valid  one\nvalid  two\n");
}

#[tokio::test]
async fn without_a_broker_or_its_queue_nothing_is_sent_and_the_exit_code_says_which() {
    let desk = Desk::new();
    let file = desk.file("job.json", &small_job("one", json!({})));
    for more in [&[][..], &["--wait"]] {
        let arguments = [&["submit", &file], more].concat();
        let output = run(&arguments, "amqp://guest:guest@127.0.0.1:1/%2f").await;
        assert_exit(&output, 69);
        assert!(err(&output).contains("127.0.0.1 port 1") && !err(&output).contains("guest:guest"), "{}", err(&output));
    }
    let Some(broker) = or_skip(RabbitMq::shared().await) else { return };
    let bare = broker.fresh_vhost();
    let output = run(&["submit", &file], &bare).await;
    assert_exit(&output, 78);
    assert!(err(&output).contains("landfall.jobs") && err(&output).contains("`landfall worker`"), "{}", err(&output));
    let output = run(&["submit", &file, "--wait"], &bare).await;
    assert_exit(&output, 78);
    assert!(err(&output).contains("landfall.events") && err(&output).contains("`landfall worker`"), "{}", err(&output));
}

#[tokio::test]
async fn a_wait_that_is_over_before_the_job_leaves_it_going_on_and_a_second_one_picks_it_up() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let desk = Desk::new();
    let file = desk.file("job.json", &small_job("slow", json!({})));
    let output = run(&["submit", &file, "--wait", "--timeout", "1s", "--json"], &stack.amqp_url).await;
    assert_exit(&output, 1);
    assert_eq!(states(&json_lines(&out(&output))), [(1, "slow", "waiting")]);
    assert!(err(&output).contains("landfall events --job slow"), "{}", err(&output));

    let mut told = Role::start(&stack.pen, "told-to-stop", &["submit", &file, "--wait"], &producer(&stack.amqp_url));
    stack.roles_started += 1;
    until_said(&mut told, "queued").await;
    told.terminate();
    assert_eq!(told.end(PATIENCE).await.code(), Some(1), "{}", told.log());
    assert!(told.log().contains("it goes on without being watched"), "{}", told.log());

    stack.until_waiting(2).await;
    let worker = stack.worker(&[]).await;
    let output = run(&["submit", &file, "--wait"], &stack.amqp_url).await;
    assert_exit(&output, 0);
    assert!(out(&output).contains("1 of 1 jobs completed"), "{}", out(&output));
    stack.rest(vec![worker], 1, &[]).await;
    let tasks = stack.tasks().await;
    assert_eq!(tasks.iter().map(|task| task.accepted).collect::<Vec<_>>(), [1], "three messages, one purchase");
}

#[tokio::test]
async fn an_event_that_comes_while_the_connection_is_lost_is_learned_of_all_the_same() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let proxy = stack.bench.proxy().await;
    let desk = Desk::new();
    let file = desk.file("job.json", &small_job("unheard", json!({})));
    let environment = producer(&proxy.by_way(&stack.amqp_url));
    let mut submit = Role::start(&stack.pen, "submit", &["submit", &file, "--wait"], &environment);
    stack.roles_started += 1;
    until_said(&mut submit, "queued").await;
    proxy.set(Mode::Refuse);
    proxy.cut();
    until_said(&mut submit, "the jobs go on, and it is tried to listen again").await;
    let worker = stack.worker(&[]).await;
    stack.until_ended(1, WITHIN).await;
    proxy.set(Mode::Pass);
    assert_eq!(submit.end(WITHIN).await.code(), Some(0), "{}", submit.log());
    let told = submit.log();
    for part in ["the job is sent again", "unheard/0.mp4", "1 of 1 jobs completed"] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    let (evidence, tasks) = stack.check(vec![worker], 1, WITHIN).await;
    assert_eq!(evidence.count(EventType::Completed), 1);
    assert_eq!(tasks.len(), 1);
}
