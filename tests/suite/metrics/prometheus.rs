//! What the real Prometheus makes of the metrics, of the alerts and of the dashboard.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use landfall::telemetry::{Metrics, Readings};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

use super::deployed::{panels, read};
use crate::support::binary::{LOOK, PATIENCE};
use crate::support::servers::{Pen, skip_or_fail};

const RULES: &str = "deploy/prometheus/landfall.rules.yml";

/// A program of the package `prometheus`: in `PATH`, or where `tests/run.sh` unpacks it.
fn program(name: &str) -> Option<PathBuf> {
    let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join(".run/prometheus/usr/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).chain([unpacked]);
    let found = places.find_map(|place| Some(place.join(name)).filter(|program| program.is_file()));
    if found.is_none() {
        skip_or_fail(&format!("there is no {name}; `apt-get install prometheus`, or run tests/run.sh"));
    }
    found
}

fn checked(command: &mut Command) {
    let output = command.output().expect("the program runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}:\n{out}{err}");
}

#[test]
fn the_alerts_fire_when_they_should_and_only_then() {
    let Some(promtool) = program("promtool") else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    checked(Command::new(&promtool).args(["check", "rules"]).arg(root.join(RULES)));
    let directory = tempfile::tempdir().expect("a directory");
    let histories = directory.path().join("alerts.yml");
    let rules = root.join(RULES);
    let text = read("tests/golden/prometheus/alerts.yml").replace("RULES", rules.to_str().expect("UTF-8"));
    fs::write(&histories, text).expect("written");
    checked(Command::new(&promtool).args(["test", "rules"]).arg(&histories));
}

#[tokio::test]
async fn prometheus_scrapes_every_metric_and_evaluates_every_alert_and_panel() {
    let Some(program) = program("prometheus") else { return };
    let metrics = Metrics::new();
    let page =
        metrics.page(|| Readings { connected: true, ready: true, store_skew_s: Some(1.0), ..Readings::default() });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let worker = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, page).await });

    let pen = Pen::new("prometheus").expect("a directory");
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join(RULES);
    let config = format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: ['{}']\n\
         scrape_configs: [{{job_name: landfall, static_configs: [{{targets: ['{worker}']}}]}}]\n",
        rules.display()
    );
    let file = pen.path().join("prometheus.yml");
    fs::write(&file, config).expect("written");
    // A port that was free a moment ago: Prometheus tells nobody which one it took.
    let port = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound").port();
    let arguments = [
        format!("--config.file={}", file.display()),
        format!("--storage.tsdb.path={}", pen.path().join("data").display()),
        format!("--web.listen-address=127.0.0.1:{port}"),
    ];
    let none: [(&str, &OsStr); 0] = [];
    let running = pen.run("prometheus", &program, &arguments, &none).expect("it starts");
    let api = format!("http://127.0.0.1:{port}/api/v1");
    let deadline = Instant::now() + PATIENCE;
    while asked(&api, "landfall_build_info").await.is_none_or(|found| found.is_empty()) {
        assert!(Instant::now() < deadline, "nothing is scraped:\n{}", running.log().unwrap_or_default());
        sleep(LOOK).await;
    }

    // Histograms begin with their first value, and levels when they are set.
    let begun = metrics.text(&Readings::default());
    for metric in metrics.described().iter().filter(|metric| begun.contains(&format!("\n{}", metric.name))) {
        let found = asked(&api, metric.name).await.expect("an answer");
        assert!(!found.is_empty(), "{} was not scraped", metric.name);
    }
    for panel in panels().into_iter().filter(|panel| !panel.starts_with("label_values")) {
        let query = panel.replace("$__rate_interval", "5m").replace("$job", ".*").replace("$instance", ".*");
        assert!(asked(&api, &query).await.is_some(), "{query}");
    }
    loop {
        let rules = get(&format!("{api}/rules")).await.expect("an answer");
        let groups = rules["data"]["groups"].as_array().expect("groups").iter();
        let health: Vec<&str> = groups
            .flat_map(|group| group["rules"].as_array().expect("rules"))
            .map(|rule| rule["health"].as_str().expect("a word"))
            .collect();
        assert!(!health.contains(&"err"), "{rules:#}");
        if !health.is_empty() && health.iter().all(|health| *health == "ok") {
            break;
        }
        assert!(Instant::now() < deadline, "not every rule is evaluated: {rules:#}");
        sleep(LOOK).await;
    }
}

async fn get(url: &str) -> Option<Value> {
    reqwest::get(url).await.ok()?.json().await.ok()
}

/// What Prometheus answers to a query, if it can.
async fn asked(api: &str, query: &str) -> Option<Vec<Value>> {
    let mut url: url::Url = format!("{api}/query").parse().expect("a URL");
    url.query_pairs_mut().append_pair("query", query);
    let answer = get(url.as_str()).await?;
    if answer["status"] != "success" {
        return None;
    }
    answer["data"]["result"].as_array().cloned()
}
