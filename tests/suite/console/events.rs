//! `landfall events`.

use std::process::Stdio;
use std::time::Duration;

use landfall::job::event::{Event, EventType};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::time::timeout;

use super::{err, json_lines, out, producer, run, until_said};
use crate::support::binary::{PATIENCE, Role, assert_exit};
use crate::support::servers::{RabbitMq, or_skip};
use crate::support::stack::{Settings, Stack, small_job};

const WITHIN: Duration = Duration::from_secs(120);

const SAY_ALL: Settings<'_> = &[("LANDFALL_EVENTS__PROGRESS", "true"), ("LANDFALL_EVENTS__LANDED", "true")];

/// `landfall events` with these arguments, listening.
async fn listening(stack: &mut Stack, name: &str, arguments: &[&str], amqp_url: &str) -> Role {
    let mut role = Role::start(&stack.pen, name, &[&["events"], arguments].concat(), &producer(amqp_url));
    stack.roles_started += 1;
    until_said(&mut role, "listening to landfall.events").await;
    role
}

/// The events that it printed so far.
fn printed(role: &Role) -> Vec<Event> {
    let events = json_lines(&role.log()).into_iter().map(serde_json::from_value::<Event>);
    events.collect::<Result<_, _>>().expect("events")
}

fn ids(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.id.as_str()).collect()
}

#[tokio::test]
async fn each_listener_sees_what_it_asks_for_and_takes_nothing_from_the_others() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let worker = stack.worker(SAY_ALL).await;
    let url = stack.amqp_url.clone();
    let mut everything = listening(&mut stack, "everything", &["--json"], &url).await;
    let ends = ["--json", "--type", "completed,failed,rejected", "--limit", "3"];
    let mut ends = listening(&mut stack, "ends", &ends, &url).await;
    let mut results = listening(&mut stack, "results", &["--json", "--type", "result.*", "--limit", "1"], &url).await;
    let mut one = listening(&mut stack, "one", &["--job", "one", "--type", "job.*"], &url).await;
    let no_picture = json!({ "inputs": { "image": "http://127.0.0.1:1/portrait.png" } });
    for job in [&small_job("one", json!({})), &small_job("two", no_picture), "{\"fps\": \"\u{1b}[31m\"}"] {
        stack.put(job).await;
    }
    assert_eq!(ends.end(WITHIN).await.code(), Some(0), "{}", ends.log());
    assert_eq!(results.end(WITHIN).await.code(), Some(0), "{}", results.log());
    until_said(&mut one, "job.completed").await;
    stack.check(vec![worker], 3, WITHIN).await;

    let seen: Vec<Event> = stack.seen.iter().map(|seen| seen.event.clone()).collect();
    let end = seen.iter().filter(|event| event.event_type.is_terminal()).cloned().collect::<Vec<_>>();
    assert_eq!(printed(&ends), end, "whole and in order");
    assert_eq!(printed(&results)[0].event_type, EventType::Landed);
    until_said(&mut everything, &end[2].id).await;
    assert_eq!(ids(&printed(&everything)), ids(&seen));
    let lines = one.log();
    for part in ["job.submitted", "1 task accepted", "one/0.mp4"] {
        assert!(lines.contains(part), "{part} is not in {lines}");
    }
    assert!(!lines.contains("two") && !lines.contains("landed"), "{lines}");
    for role in [&everything, &one] {
        role.terminate();
    }
    for mut role in [everything, one] {
        assert_eq!(role.end(PATIENCE).await.code(), Some(0), "{}", role.log());
    }
}

#[tokio::test]
async fn events_in_binary_mode_are_printed_in_structured_form() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let worker = stack.worker(&[("LANDFALL_AMQP__EVENT_MODE", "binary")]).await;
    let url = stack.amqp_url.clone();
    let mut ends = listening(&mut stack, "ends", &["--json", "--type", "job.completed", "--limit", "1"], &url).await;
    stack.put(small_job("one", json!({}))).await;
    assert_eq!(ends.end(WITHIN).await.code(), Some(0), "{}", ends.log());
    stack.check(vec![worker], 1, WITHIN).await;
    let completed = stack.seen.iter().find(|seen| seen.event.event_type == EventType::Completed).expect("one");
    let body: Value = serde_json::from_slice(&completed.body).expect("JSON");
    assert!(body.get("specversion").is_none(), "it was published in binary mode: {body}");
    assert_eq!(printed(&ends), [completed.event.clone()]);
}

#[tokio::test]
async fn a_lost_connection_is_told_and_listening_goes_on() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let proxy = stack.bench.proxy().await;
    let by_way = proxy.by_way(&stack.amqp_url);
    let mut ends = listening(&mut stack, "ends", &["--type", "completed", "--limit", "1"], &by_way).await;
    proxy.cut();
    until_said(&mut ends, "the connection to RabbitMQ is lost").await;
    until_said(&mut ends, "again; events in between were not seen").await;
    let worker = stack.worker(&[]).await;
    stack.put(small_job("one", json!({}))).await;
    assert_eq!(ends.end(WITHIN).await.code(), Some(0), "{}", ends.log());
    stack.check(vec![worker], 1, WITHIN).await;
}

#[tokio::test]
async fn a_reader_who_goes_away_ends_it_without_a_word() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let worker = stack.worker(&[]).await;
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_landfall"))
        .args(["events", "--json"])
        .envs(producer(&stack.amqp_url))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    let mut notes = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut first = String::new();
    timeout(PATIENCE, notes.read_line(&mut first)).await.expect("in time").expect("read");
    assert!(first.contains("listening"), "{first}");
    drop(child.stdout.take());
    stack.put(small_job("one", json!({}))).await;
    let status = timeout(WITHIN, child.wait()).await.expect("it ends").expect("a status");
    let mut rest = String::new();
    notes.read_to_string(&mut rest).await.expect("read");
    assert_eq!((status.code(), rest.as_str()), (Some(0), ""));
    stack.check(vec![worker], 1, WITHIN).await;
}

#[tokio::test]
async fn the_exit_code_says_why_there_is_nothing_to_see() {
    let nobody = "amqp://guest:guest@127.0.0.1:1/%2f";
    let output = run(&["events", "--type", "finished"], nobody).await;
    assert_exit(&output, 64);
    assert!(err(&output).contains("job.completed"), "{}", err(&output));
    assert_exit(&run(&["events", "--job", "../x"], nobody).await, 64);
    assert_exit(&run(&["events"], nobody).await, 69);
    let Some(broker) = or_skip(RabbitMq::shared().await) else { return };
    let output = run(&["events"], &broker.fresh_vhost()).await;
    assert_exit(&output, 78);
    assert!(err(&output).contains("landfall.events") && err(&output).contains("`landfall worker`"), "{}", err(&output));

    let Some(stack) = Stack::start(&[]).await else { return };
    let output = run(&["events", "--limit", "1", "--timeout", "1s"], &stack.amqp_url).await;
    assert_exit(&output, 1);
    let output = run(&["events", "--timeout", "1s"], &stack.amqp_url).await;
    assert_exit(&output, 0);
    assert_eq!(out(&output), "");
}
