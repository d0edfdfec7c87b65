//! Metrics of the real worker over real servers, held against what can be seen from outside: events, the emulator's bill,
//! objects.

use std::collections::BTreeMap;
use std::time::Duration;

use landfall::emulator::TaskReport;
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::support::binary::{LOOK, PATIENCE, WorkerProcess};
use crate::support::scrape::Scrape;
use crate::support::stack::{Seen, Stack, small_job};

const WITHIN: Duration = Duration::from_secs(240);

async fn scrape(worker: &WorkerProcess) -> Scrape {
    let (status, text) = worker.page("/metrics").await;
    assert_eq!(status, 200);
    Scrape::read(&text)
}

/// Scrapes until a metric has added up to so much: an event is out before its message is settled and counted.
async fn scrape_until(worker: &WorkerProcess, metric: &str, sum: f64) -> Scrape {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let scrape = scrape(worker).await;
        if scrape.sum(metric) >= sum {
            return scrape;
        }
        assert!(Instant::now() < deadline, "{metric} is {} and not {sum}", scrape.sum(metric));
        sleep(LOOK).await;
    }
}

fn ordered(job_id: &str, marker: &str, more: &serde_json::Value) -> String {
    let mut request = json!({ "positivePrompt": format!("A potter shows a bowl. [[emulator: {marker}]]") });
    for (name, value) in more.as_object().expect("an object") {
        request[name] = value.clone();
    }
    small_job(job_id, request)
}

fn bill_usd(tasks: &[TaskReport]) -> f64 {
    tasks.iter().map(|task| task.billed_usd).sum()
}

/// So much money is the same, whatever the order in which it was added up.
#[track_caller]
fn assert_usd(told: f64, billed: f64) {
    assert!(billed > 0.0 && (told - billed).abs() < 1e-6, "{told} USD are told and {billed} were billed");
}

/// How many events of each type were published, repeats included.
fn published(seen: &[Seen]) -> BTreeMap<String, f64> {
    let mut counts = BTreeMap::new();
    for seen in seen {
        *counts.entry(seen.event.event_type.routing_key().to_owned()).or_default() += 1.0;
    }
    counts
}

#[tokio::test]
async fn after_a_known_set_of_jobs_the_metrics_are_exactly_these() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    // One task a call, so that a call which is lost is one task's.
    let settings = [
        ("LANDFALL_PROVIDER__TIMEOUT_S", "10"),
        ("LANDFALL_PROVIDER__BATCH_MAX", "1"),
        ("LANDFALL_LANDING__LOOKUP_WINDOW_S", "4"),
    ];
    let worker = stack.worker(&settings).await;
    let plain = json!({});
    stack.put(small_job("done", plain.clone())).await;
    stack.put(small_job("double", json!({ "numberResults": 2 }))).await;
    stack.put(ordered("lost-answer", "submit=reset", &plain)).await;
    stack.put(ordered("conflict", "submit=reset details=empty poll=empty", &plain)).await;
    stack.put(ordered("no-upload", "put=never", &plain)).await;
    stack.put(ordered("cut-upload", "put-body=truncated", &plain)).await;
    stack.put(ordered("other-size", "media=other-size", &plain)).await;
    stack.put(ordered("broken", "failure=processingFailed", &plain)).await;
    stack.put(ordered("unsafe", "failure=contentPolicyViolation", &plain)).await;
    stack.put(ordered("refused", "submit=error:invalidPositivePrompt", &plain)).await;
    stack.put("no job at all").await;
    stack.until_ended(11, WITHIN).await;
    stack.put(small_job("done", plain.clone())).await;
    stack.put(small_job("done", json!({ "duration": 6 }))).await;
    stack.until_ended(12, WITHIN).await;

    let scrape = scrape_until(&worker, "landfall_deliveries_settled_total", 13.0).await;
    let expected: &[(&str, &[(&str, f64)])] = &[
        ("landfall_deliveries_total", &[(r#"{redelivered="false"}"#, 13.0)]),
        (
            "landfall_deliveries_settled_total",
            &[(r#"{how="completed",safe="true"}"#, 11.0), (r#"{how="rejected",safe="true"}"#, 2.0)],
        ),
        ("landfall_jobs_claimed_total", &[(r#"{adopted="false"}"#, 10.0)]),
        (
            "landfall_jobs_ended_total",
            &[
                (r#"{outcome="completed",reason="none"}"#, 7.0),
                (r#"{outcome="failed",reason="content_refused"}"#, 1.0),
                (r#"{outcome="failed",reason="provider_failed"}"#, 1.0),
                (r#"{outcome="failed",reason="provider_rejected"}"#, 1.0),
                (r#"{outcome="rejected",reason="invalid_job"}"#, 1.0),
                (r#"{outcome="rejected",reason="job_id_reused"}"#, 1.0),
            ],
        ),
        ("landfall_results_landed_total", &[(r#"{provenance="rescued"}"#, 2.0), (r#"{provenance="uploaded"}"#, 6.0)]),
        (
            "landfall_results_failed_total",
            &[
                (r#"{reason="content_refused"}"#, 1.0),
                (r#"{reason="provider_failed"}"#, 1.0),
                (r#"{reason="provider_rejected"}"#, 1.0),
            ],
        ),
        ("landfall_results_unpriced_total", &[]),
        ("landfall_results_out_of_time_total", &[]),
        (
            "landfall_duplicates_prevented_total",
            &[(r#"{how="asked"}"#, 1.0), (r#"{how="conflict"}"#, 1.0), (r#"{how="finished"}"#, 1.0)],
        ),
        (
            "landfall_submissions_total",
            &[
                (r#"{result="accepted"}"#, 8.0),
                (r#"{result="conflict"}"#, 1.0),
                (r#"{result="failed"}"#, 2.0),
                (r#"{result="refused"}"#, 1.0),
            ],
        ),
        ("landfall_retries_total", &[(r#"{fault="ambiguous",stage="submitting"}"#, 2.0)]),
        (
            "landfall_rescues_total",
            &[
                (r#"{state="begun",why="object_invalid"}"#, 1.0),
                (r#"{state="begun",why="object_missing"}"#, 1.0),
                (r#"{state="fetched",why="object_invalid"}"#, 1.0),
                (r#"{state="fetched",why="object_missing"}"#, 1.0),
            ],
        ),
        ("landfall_deviations_total", &[(r#"{property="height"}"#, 1.0), (r#"{property="width"}"#, 1.0)]),
        (
            "landfall_provider_errors_total",
            &[
                (r#"{family="provider",operation="observe"}"#, 1.0),
                (r#"{family="safety",operation="observe"}"#, 1.0),
                (r#"{family="validation",operation="submit"}"#, 1.0),
            ],
        ),
        ("landfall_provider_call_duration_seconds_count{operation=\"fetch\"", &[(r#",result="ok"}"#, 2.0)]),
        ("landfall_submission_tasks_sum", &[("", 12.0)]),
        ("landfall_upload_url_life_seconds_count", &[("", 12.0)]),
        ("landfall_upload_urls_cut_short_total", &[]),
        ("landfall_jobs_in_flight_max", &[("", 200.0)]),
        ("landfall_broker_connected", &[("", 1.0)]),
        ("landfall_worker_ready", &[("", 1.0)]),
        // Whatever is now is nothing: all jobs are done.
        ("landfall_jobs_in_stage", &[]),
        ("landfall_suspended", &[]),
        ("landfall_suspensions_total", &[]),
        ("landfall_panics_total", &[]),
        ("landfall_broker_reconnects_total", &[]),
        ("landfall_worker_draining", &[]),
    ];
    let mut wrong = Vec::new();
    for (name, series) in expected {
        let expected: BTreeMap<String, f64> =
            series.iter().map(|(labels, value)| (format!("{name}{labels}"), *value)).collect();
        let found = scrape.nonzero(name).into_iter().filter(|(series, _)| {
            // Not the next metric whose name begins with this one.
            name.contains('{') || series.split('{').next() == Some(name)
        });
        let found: BTreeMap<String, f64> = found.map(|(series, value)| (series.to_owned(), value)).collect();
        if found != expected {
            wrong.push(format!("{name}: {found:?} and not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let (evidence, tasks) = {
        let page = worker.page("/metrics").await.1;
        stack.secrets.assert_untold("/metrics", &page);
        stack.check(vec![worker], 12, WITHIN).await
    };
    assert_usd(scrape.of("landfall_spend_usd_total"), bill_usd(&tasks));
    let final_bytes = evidence.objects.iter().filter(|(name, _)| !name.contains("/landfall/"));
    let final_bytes: u64 = final_bytes.map(|(_, (size, _))| size).sum();
    assert_eq!(scrape.of("landfall_landed_bytes_total"), f64::from(u32::try_from(final_bytes).expect("small")));
    for (key, count) in published(&stack.seen) {
        let series = format!("landfall_event_publish_duration_seconds_count{{result=\"ok\",type=\"{key}\"}}");
        assert_eq!(scrape.of(&series), count, "{key}");
    }
    for stage in ["claiming", "submitting", "generating"] {
        assert!(scrape.of(&format!("landfall_stage_duration_seconds_count{{stage=\"{stage}\"}}")) >= 10.0, "{stage}");
    }
}

#[tokio::test]
async fn a_job_that_two_workers_had_in_hand_is_paid_for_once_in_the_fleet() {
    let Some(mut stack) = Stack::start(&["--render-time", "5s"]).await else { return };
    let mut first = stack.worker(&[("LANDFALL_WORKER__DRAIN_S", "1")]).await;
    stack.put(small_job("handed-on", json!({}))).await;
    stack.until_accepted(1).await;
    let of_first = scrape_until(&first, "landfall_submissions_total", 1.0).await;
    assert_eq!(of_first.sum("landfall_jobs_in_stage"), 1.0);
    assert_eq!(of_first.of("landfall_jobs_in_flight"), 1.0);
    assert_eq!(first.stop(WITHIN).await.code(), Some(0));

    let second = stack.worker(&[]).await;
    stack.until_ended(1, WITHIN).await;
    let of_second = scrape_until(&second, "landfall_deliveries_settled_total", 1.0).await;
    assert_eq!(of_second.of("landfall_jobs_claimed_total{adopted=\"true\"}"), 1.0);
    assert_eq!(of_second.of("landfall_duplicates_prevented_total{how=\"adopted\"}"), 1.0);
    assert_eq!(of_second.sum("landfall_submissions_total"), 0.0);
    let (_, tasks) = stack.check(vec![second], 1, WITHIN).await;
    let fleet = [of_first, of_second].iter().map(|scrape| scrape.of("landfall_spend_usd_total")).sum();
    assert_usd(fleet, bill_usd(&tasks));
}

#[tokio::test]
async fn a_suspension_is_told_by_its_side_and_is_over_when_it_is_over() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let refused = json!({ "rules": [{ "set": { "submit": "error:insufficientCredits" }, "times": 1 }] });
    let url = format!("http://{}/_emulator/scenario", stack.emulator_address());
    assert_eq!(reqwest::Client::new().put(url).json(&refused).send().await.expect("an answer").status(), 200);
    let worker = stack.worker(&[]).await;
    stack.put(small_job("patient", json!({}))).await;
    let suspended = "{side=\"submissions\",trouble=\"refused\"}";
    let during = scrape_until(&worker, "landfall_suspended", 1.0).await;
    assert_eq!(during.of(&format!("landfall_suspended{suspended}")), 1.0);
    assert_eq!(
        (during.of("landfall_worker_ready"), during.of("landfall_jobs_in_stage{stage=\"submitting\"}")),
        (0.0, 1.0)
    );
    stack.until_ended(1, WITHIN).await;
    let after = scrape_until(&worker, "landfall_deliveries_settled_total", 1.0).await;
    assert_eq!((after.sum("landfall_suspended"), after.of("landfall_worker_ready")), (0.0, 1.0));
    assert_eq!(after.of(&format!("landfall_suspensions_total{suspended}")), 1.0);
    assert!(after.of("landfall_suspended_seconds_total") > 1.0);
    stack.check(vec![worker], 1, WITHIN).await;
}

#[tokio::test]
async fn the_page_speaks_open_metrics_to_whoever_asks_for_it_and_the_older_text_to_all_others() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let worker = stack.worker(&[]).await;
    let url = format!("http://{}/metrics", worker.address);
    let prometheus =
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,*/*;q=0.1";
    for (accept, kind, counter) in [
        (
            Some(prometheus),
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            "# TYPE landfall_panics counter",
        ),
        (Some("text/html"), "text/plain; version=0.0.4; charset=utf-8", "# TYPE landfall_panics_total counter"),
        (None, "text/plain; version=0.0.4; charset=utf-8", "# TYPE landfall_panics_total counter"),
    ] {
        let request = reqwest::Client::new().get(&url);
        let request = match accept {
            Some(accept) => request.header("accept", accept),
            None => request,
        };
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.headers()["content-type"], kind);
        let text = answer.text().await.expect("a text");
        assert!(text.contains(counter) && text.contains("\nlandfall_panics_total 0\n"), "{text}");
        assert_eq!(text.ends_with("# EOF\n"), kind.starts_with("application"));
    }
    stack.check(vec![worker], 0, WITHIN).await;
}
