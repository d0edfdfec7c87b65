//! The command as a whole: a stack that is well, settings that are not, what people see, and the page.

use std::ffi::OsStr;
use std::path::Path;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;

use super::{doctor, settings};
use crate::support::binary::{assert_exit, landfall};
use crate::support::stack::Stack;

#[tokio::test]
async fn a_stack_with_a_worker_is_well_and_the_worker_is_asked() {
    let Some(mut stack) = Stack::start(&[]).await else { return };
    let worker = stack.worker(&[]).await;
    let mut settings = stack.settings(&[]);
    settings.push(("LANDFALL_HTTP__LISTEN".to_owned(), worker.address.clone()));
    let report = doctor(&["--fix"], &settings).await;
    report.finds_only(&[], 0);
    assert_eq!(report.outcomes("worker-ready"), ["ok"], "{}", report.text);
    assert_eq!(report.of("broker-waiting")[0]["seen"], "0 jobs, 0 dead letters, 1 consumers");

    let output = landfall(&[OsStr::new("doctor")], &settings).await;
    assert_exit(&output, 0);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.ends_with(" well\n") && text.lines().count() < 20, "greens are compact:\n{text}");
    assert!(text.contains("✓ broker        connection (amqp://"), "{text}");
    stack.look().await;
    assert!(stack.seen.is_empty(), "nothing is published");
    assert!(stack.tasks().await.is_empty(), "nothing is bought");
}

#[tokio::test]
async fn mistakes_in_the_settings_come_first_and_all_together() {
    let more = [("LANDFALL_S3__PATH_STYLE", "perhaps"), ("LANDFALL_POLL__INTERVAL_MS_MIN", "99000000000")];
    let report = doctor(&[], &settings(&more)).await;
    report.finds_only(&["setting-wrong", "setting-wrong"], 78);
    report.names("setting-wrong", "LANDFALL_S3__PATH_STYLE", &["landfall check-config"]);
    assert!(report.found.iter().skip(2).all(|found| found["outcome"] == "skipped"), "{}", report.text);

    let mut settings = settings(&[("LANDFALL_S3__BUCKET", ""), ("LANDFALL_PROVIDER__API_KEY", "")]);
    settings.push(("LANDFALL_AMQP__URL".to_owned(), "http://u:s3cret-of-the-tests@h/".to_owned()));
    let report = doctor(&[], &settings).await;
    assert_eq!((report.findings(), report.code), (vec!["setting-missing"; 3], Some(78)), "{}", report.text);
    for setting in ["LANDFALL_S3__BUCKET", "LANDFALL_PROVIDER__API_KEY", "amqp://"] {
        assert!(report.text.contains(setting), "{setting} is not named:\n{}", report.text);
    }
    assert!(!report.text.contains("s3cret-of-the-tests"), "{}", report.text);
}

#[tokio::test]
async fn a_worker_that_takes_no_jobs_is_asked_for_its_cause() {
    let causes = "the events reach no queue\nthe provider refuses the key\n";
    let app = Router::new().route("/readyz", get(move || async move { (StatusCode::SERVICE_UNAVAILABLE, causes) }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound").to_string();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let report = doctor(&["--only", "worker"], &settings(&[("LANDFALL_HTTP__LISTEN", &address)])).await;
    report.finds_only(&["worker-unready"], 0);
    report.names(
        "worker-unready",
        "the events reach no queue; the provider refuses the key",
        &["rabbitmqadmin", "landfall.events"],
    );

    let report = doctor(&["--only", "worker"], &settings(&[("LANDFALL_HTTP__LISTEN", "127.0.0.1:1")])).await;
    report.finds_only(&[], 0);
    assert_eq!(report.outcomes("worker-ready"), ["skipped"]);
}

#[tokio::test]
async fn people_read_the_cause_and_the_cure_first_and_the_names_last() {
    let arguments = ["doctor", "--only", "broker"].map(OsStr::new);
    let output = landfall(&arguments, &settings(&[("LANDFALL_AMQP__URL", "amqp://u:p@127.0.0.1:1/%2f")])).await;
    assert_exit(&output, 1);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "✗ the broker cannot be reached  broker-connection");
    for part in ["  seen   ", "  means  ", "  cure   "] {
        assert!(lines.iter().any(|line| line.starts_with(part)), "{part}:\n{text}");
    }
    assert_eq!(lines.last(), Some(&"✗ 1 failure: broker-connection   ✓ 0 well"));
    assert!(!text.contains('\u{1b}') && output.stderr.is_empty(), "no terminal, no colours and no progress");
}

#[tokio::test]
async fn the_page_about_checks_and_findings_is_the_one_that_the_program_prints() {
    let output = landfall(&["doctor", "--reference"].map(OsStr::new), &[]).await;
    assert_exit(&output, 0);
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/doctor/README.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(page == said, "run `landfall doctor --reference > deploy/doctor/README.md`");
}
