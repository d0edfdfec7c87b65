//! `landfall jobs list`, `show` and `regenerate` beside a running worker, with all the parts real.

use std::ffi::OsStr;
use std::fs;
use std::process::Output;
use std::time::Duration;

use landfall::job::event::EventType;
use serde_json::{Value, json};

use crate::support::binary::{assert_exit, landfall};
use crate::support::stack::{END_WITHIN, Stack, small_job};

const WITHIN: Duration = Duration::from_secs(120);

/// `landfall jobs ARGUMENTS`.
async fn jobs(stack: &Stack, arguments: &[&str]) -> Output {
    let arguments: Vec<&OsStr> = std::iter::once("jobs").chain(arguments.iter().copied()).map(OsStr::new).collect();
    landfall(&arguments, &stack.settings(&[])).await
}

/// The lines of JSON of a command that ends with this code.
async fn told(stack: &Stack, code: i32, arguments: &[&str]) -> Vec<Value> {
    let output = jobs(stack, &[arguments, &["--json"]].concat()).await;
    assert_exit(&output, code);
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn ids(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["jobId"].as_str().expect("an id")).collect()
}

#[tokio::test]
async fn the_ledger_is_listed_page_by_page_and_by_what_its_records_say() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    assert!(told(&stack, 0, &["list"]).await.is_empty(), "there is no job yet");
    let mut worker = stack.worker(&[]).await;
    for number in 0..12 {
        stack.put(small_job(&format!("good-{number}"), json!({}))).await;
    }
    let prompt = "A potter shows how a bowl is thrown. [[emulator: failure=processingFailed]]";
    stack.put(small_job("bad", json!({ "positivePrompt": prompt }))).await;
    stack.until_ended(13, WITHIN).await;
    let cancelled = jobs(&stack, &["cancel", "to-come", "--json"]).await;
    assert_exit(&cancelled, 0);
    assert_eq!(worker.stop(END_WITHIN).await.code(), Some(0));

    let whole = told(&stack, 0, &["list"]).await;
    assert_eq!(whole.len(), 14, "{whole:?}");
    let (mut paged, mut after) = (Vec::new(), Vec::new());
    loop {
        let arguments = [&["list", "--limit", "5"][..], &after.iter().map(String::as_str).collect::<Vec<_>>()].concat();
        let page = told(&stack, 0, &arguments).await;
        assert!(page.len() <= 5);
        let Some(last) = page.last() else { break };
        after = vec!["--after".to_owned(), last["jobId"].as_str().expect("an id").to_owned()];
        paged.extend(page);
    }
    assert_eq!(paged, whole, "page by page it is the same list");

    let completed = told(&stack, 0, &["list", "--status", "completed", "--since", "1h"]).await;
    assert_eq!(completed.len(), 12);
    for line in &completed {
        assert_eq!((&line["tasks"], &line["landed"]), (&json!(1), &json!(1)), "{line}");
        assert!(line["costUsd"].as_f64().is_some_and(|usd| usd > 0.0), "{line}");
    }
    let failed = told(&stack, 0, &["list", "--status", "failed"]).await;
    assert_eq!(ids(&failed), ["bad"]);
    let reason = failed[0]["reason"].as_str().expect("a reason");
    assert_eq!(ids(&told(&stack, 0, &["list", "--reason", reason]).await), ["bad"]);
    assert_eq!(ids(&told(&stack, 0, &["list", "--status", "claimed"]).await), ["to-come"]);
    for nothing in [["--before", "1h"], ["--tenant", "nobody"], ["--reason", "internal"]] {
        assert!(told(&stack, 0, &["list", nothing[0], nothing[1]]).await.is_empty(), "{nothing:?}");
    }

    let table = jobs(&stack, &["list", "--status", "failed", "--look-at", "3"]).await;
    assert!(text(&table.stderr).contains("to go on: --after"), "{}", text(&table.stderr));
    let table = jobs(&stack, &["list", "--limit", "14"]).await;
    let (lines, note) = (text(&table.stdout), text(&table.stderr));
    assert!(lines.starts_with("JOB") && lines.lines().count() == 15 && lines.contains(reason), "{lines}");
    assert!(note.contains("14 jobs") && !note.contains("to go on"), "{note}");
    for (code, wrong) in [
        (64, vec!["list", "--status", "done"]),
        (64, vec!["list", "--reason", "internl"]),
        (64, vec!["list", "--since", "soon"]),
        (64, vec!["list", "--after", "a/b"]),
        (64, vec!["show", "a/b"]),
        (1, vec!["show", "nobody-s"]),
    ] {
        assert_exit(&jobs(&stack, &wrong).await, code);
    }
}

#[tokio::test]
async fn a_job_is_shown_and_bought_anew_on_purpose_and_its_record_remembers_both() {
    let Some(mut stack) = Stack::start(&["--render-time", "2s"]).await else { return };
    let job = small_job("lesson", json!({}));
    let others = [small_job("other", json!({})), job.clone()].join("\n");
    let file = stack.pen.path().join("jobs.jsonl");
    fs::write(&file, others).expect("written");
    let file = file.to_str().expect("UTF-8").to_owned();
    let from = ["--from", file.as_str()];
    let regenerate = |more: &[&'static str]| [&["regenerate", "lesson"], &from[..], more].concat();

    assert_exit(&jobs(&stack, &regenerate(&["--yes"])).await, 1);
    let mut worker = stack.worker(&[]).await;
    stack.put(job.clone()).await;
    stack.until_accepted(1).await;
    let refused = jobs(&stack, &regenerate(&["--yes"])).await;
    assert_exit(&refused, 1);
    assert!(text(&refused.stderr).contains("has not ended"), "{}", text(&refused.stderr));
    stack.until_ended(1, WITHIN).await;

    let shown = jobs(&stack, &["show", "lesson"]).await;
    assert_exit(&shown, 0);
    for part in ["completed at", "lesson/0.mp4", "uploaded by the provider", "in all", "64×64"] {
        assert!(text(&shown.stdout).contains(part), "{part} is not in\n{}", text(&shown.stdout));
    }
    let record = told(&stack, 0, &["show", "lesson"]).await.remove(0);
    assert_eq!((&record["status"], &record["schema"]), (&json!("completed"), &json!("dev.landfall.ledger.v1")));

    // Nobody can be asked here.
    assert_exit(&jobs(&stack, &regenerate(&[])).await, 64);
    assert_exit(&jobs(&stack, &["regenerate", "elsewhere", "--from", &file, "--yes"]).await, 64);
    let dry = told(&stack, 0, &regenerate(&["--dry-run"])).await.remove(0);
    assert_eq!((&dry["generation"], &dry["outcome"]), (&json!(1), &json!("wouldSend")), "{dry}");
    let place = format!("{}/lesson/0.g1.mp4", stack.bucket);
    assert_eq!((&dry["places"][0], &dry["before"]["landed"]), (&json!(place), &json!(1)), "{dry}");
    let words = text(&jobs(&stack, &regenerate(&["--dry-run"])).await.stdout);
    assert!(words.contains(&place) && words.contains("by estimate"), "{words}");

    // Twice, as by somebody who does not know whether it was sent: it is one generation.
    for _ in 0..2 {
        let output = jobs(&stack, &regenerate(&["--yes", "--json"])).await;
        if output.status.code() == Some(1) {
            assert!(text(&output.stderr).contains("has not ended"), "the worker was faster: {}", text(&output.stderr));
            continue;
        }
        let sent: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!((&sent["generation"], &sent["outcome"]), (&json!(1), &json!("sent")), "{sent}");
    }
    stack.until_ended(2, WITHIN).await;
    stack.put(job).await;
    stack.until_waiting(0).await;
    let shown = text(&jobs(&stack, &["show", "lesson"]).await.stdout);
    assert!(shown.contains("lesson/0.g1.mp4") && shown.contains("bought before"), "{shown}");
    assert_eq!(worker.stop(END_WITHIN).await.code(), Some(0), "{}", worker.role.log());
    let (evidence, tasks) = stack.gather(2).await;
    evidence.check();
    assert_eq!((evidence.count(EventType::Completed), tasks.len()), (2, 2));
    assert!(evidence.terminal().contains_key("lesson.1.completed"));
}
