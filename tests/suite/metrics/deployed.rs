//! The dashboard and the alerts in `deploy/` use nothing but metrics that there are, with labels and values that these have.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use landfall::telemetry::{Described, Kind, Metrics};
use serde_json::Value;

/// Labels that Prometheus gives to all series.
const OF_PROMETHEUS: [&str; 4] = ["job", "instance", "le", "alertname"];

pub(super) fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Every expression of the dashboard.
pub(super) fn panels() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/landfall.json")).expect("JSON");
    let mut found = Vec::new();
    let mut waiting = vec![&dashboard];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(map) => {
                let asked = ["expr", "definition"].into_iter().filter_map(|name| map.get(name)?.as_str());
                found.extend(asked.map(str::to_owned));
                waiting.extend(map.values());
            }
            Value::Array(items) => waiting.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

/// What is wrong with the metrics, and the selectors behind them, in this text.
fn mistakes(text: &str, described: &[Described]) -> Vec<String> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(is_of_name) {
        let end = rest[at..].find(|c| !is_of_name(c)).map_or(rest.len(), |length| at + length);
        let word = &rest[at..end];
        rest = &rest[end..];
        if !["landfall_", "process_"].iter().any(|prefix| word.starts_with(prefix)) {
            continue;
        }
        let Some(metric) = described.iter().find(|metric| series(metric).iter().any(|name| name == word)) else {
            found.push(format!("there is no metric {word}"));
            continue;
        };
        let Some(selector) = rest.strip_prefix('{').and_then(|rest| rest.split('}').next()) else { continue };
        for matcher in selector.split(',') {
            found.extend(mismatch(matcher, metric));
        }
    }
    found
}

/// As a scrape shows it.
fn series(metric: &Described) -> Vec<String> {
    match metric.kind {
        Kind::Counter | Kind::Gauge => vec![metric.name.to_owned()],
        Kind::Histogram => ["bucket", "sum", "count"].map(|part| format!("{}_{part}", metric.name)).into(),
    }
}

fn mismatch(matcher: &str, metric: &Described) -> Option<String> {
    let Some((label, value)) = matcher.split_once('=') else { return Some(format!("{matcher} matches nothing")) };
    let (label, value) = (label.trim_end_matches('!'), value.trim_matches(['~', '"']));
    if OF_PROMETHEUS.contains(&label) {
        return None;
    }
    let Some((_, values)) = metric.labels.iter().find(|(name, _)| *name == label) else {
        return Some(format!("{} has no label {label}", metric.name));
    };
    let strange: Vec<&str> = value.split('|').filter(|value| !values.contains(value)).collect();
    (!strange.is_empty()).then(|| format!("{label} of {} is never {}", metric.name, strange.join(", ")))
}

/// Labels by which is grouped or joined.
fn groupings(text: &str) -> BTreeSet<&str> {
    let lists = ["by (", "on (", "without ("].iter().flat_map(|word| text.split(word).skip(1));
    lists.flat_map(|rest| rest.split(')').next().unwrap_or_default().split(", ")).collect()
}

#[test]
fn the_dashboard_and_the_alerts_use_metrics_that_there_are() {
    let metrics = Metrics::new();
    let described = metrics.described();
    let labels: BTreeSet<&str> =
        described.iter().flat_map(|metric| metric.labels.iter().map(|(name, _)| *name)).chain(OF_PROMETHEUS).collect();
    let texts = panels().into_iter().chain([read("deploy/prometheus/landfall.rules.yml")]);
    let mut wrong = Vec::new();
    for text in texts {
        wrong.extend(mistakes(&text, described));
        wrong.extend(groupings(&text).difference(&labels).map(|label| format!("there is no label {label}: {text}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_metric_a_label_or_a_value_that_there_is_not_is_noticed() {
    let metrics = Metrics::new();
    let of = |text: &str| mistakes(text, metrics.described());
    assert!(of("rate(landfall_panics_total[5m]) / process_open_fds").is_empty());
    assert_eq!(of("sum(landfall_panics)"), ["there is no metric landfall_panics"]);
    assert_eq!(of("landfall_panics_total_sum"), ["there is no metric landfall_panics_total_sum"]);
    assert_eq!(of(r#"landfall_suspended{job=~"$job",place="x"}"#), ["landfall_suspended has no label place"]);
    let wrong = of(r#"landfall_jobs_ended_total{outcome=~"completed|done",reason!="internal"}"#);
    assert_eq!(wrong, ["outcome of landfall_jobs_ended_total is never done"]);
    assert_eq!(groupings("sum by (le, stage) (x) and on (job) y"), BTreeSet::from(["le", "stage", "job"]));
}

#[test]
fn the_dashboard_shows_every_metric_and_every_alert_says_what_to_do() {
    let all = panels().join("\n");
    let metrics = Metrics::new();
    let hidden: Vec<&str> =
        metrics.described().iter().map(|metric| metric.name).filter(|name| !all.contains(name)).collect();
    // What is more for a question than for a picture.
    let left_out = [
        "landfall_deliveries_total",
        "landfall_jobs_claimed_total",
        "landfall_results_out_of_time_total",
        "landfall_panics_total",
        "landfall_results_unpriced_total",
        "landfall_deviations_total",
        "landfall_rescues_total",
        "landfall_upload_urls_cut_short_total",
        "landfall_suspensions_total",
        "landfall_suspended_seconds_total",
        "process_start_time_seconds",
    ];
    assert_eq!(hidden, left_out);
    let rules = read("deploy/prometheus/landfall.rules.yml");
    let alerts: Vec<&str> = rules.split("- alert: ").skip(1).collect();
    assert!(alerts.len() >= 15);
    for alert in alerts {
        for part in ["expr: ", "labels: { severity: ", "summary: ", "description: "] {
            assert!(alert.contains(part), "no {part}:\n{alert}");
        }
    }
}
