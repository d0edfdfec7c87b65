//! What can be wrong with the provider, against the emulator and against a server that is none.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::any;
use tokio::net::TcpListener;

use super::{Report, doctor, settings};
use crate::support::binary::Role;
use crate::support::servers::Pen;
use crate::support::stack::PROVIDER_KEY;

async fn emulator(pen: &Pen, name: &str, arguments: &[&str]) -> (Role, String) {
    let all: Vec<&str> = ["emulator", "--listen", "127.0.0.1:0"].iter().chain(arguments).copied().collect();
    let settings = [("LANDFALL_EMULATOR_API_KEY", PROVIDER_KEY), ("LANDFALL_LOG__FORMAT", "json")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut role = Role::start(pen, name, &all, &settings);
    let url = role.told("url").await;
    (role, url)
}

async fn examine(url: &str, key: &str) -> Report {
    let more = [("LANDFALL_PROVIDER__URL", url), ("LANDFALL_PROVIDER__API_KEY", key)];
    doctor(&["--only", "provider"], &settings(&more)).await
}

/// A server that answers everything so.
async fn server(status: StatusCode, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/v1", listener.local_addr().expect("bound"));
    let app = Router::new().fallback(any(move || async move { (status, body) }));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

#[tokio::test]
async fn a_good_key_and_a_bad_one_and_an_empty_account_are_told_apart_and_nothing_is_bought() {
    let pen = Pen::new("provider").expect("a directory");
    let (_role, url) = emulator(&pen, "rich", &[]).await;
    let report = examine(&url, PROVIDER_KEY).await;
    report.finds_only(&[], 0);
    assert_eq!(report.of("provider-balance")[0]["seen"], "1000000.00 USD");

    let report = examine(&url, "another-key-of-the-right-length-0123456789").await;
    report.finds_only(&["provider-key-refused"], 1);
    report.names("provider-key-refused", "invalidApiKey", &["LANDFALL_PROVIDER__API_KEY", "RUNWARE_API_KEY"]);

    let (_role, empty) = emulator(&pen, "empty", &["--balance", "0"]).await;
    let report = examine(&empty, PROVIDER_KEY).await;
    report.finds_only(&["provider-balance-empty"], 1);
    report.names("provider-balance-empty", "0.00 USD", &["add credit"]);

    let (_role, low) = emulator(&pen, "low", &["--balance", "3"]).await;
    let report = examine(&low, PROVIDER_KEY).await;
    report.finds_only(&["provider-balance-low"], 0);
    report.names("provider-balance-low", "about 12.00 USD", &["add credit"]);
}

#[tokio::test]
async fn a_provider_that_does_not_tell_the_balance_is_a_warning() {
    let unknown = r#"{"errors":[{"code":"invalidTaskType","message":"No such task type."}]}"#;
    let report = examine(&server(StatusCode::BAD_REQUEST, unknown).await, PROVIDER_KEY).await;
    report.finds_only(&["provider-balance-untold"], 0);
    report.names("provider-balance-untold", "invalidTaskType", &["dashboard"]);
    let object = r#"{"data":[{"taskType":"accountManagement","balance":{"of":"something"}}]}"#;
    let report = examine(&server(StatusCode::OK, object).await, PROVIDER_KEY).await;
    report.finds_only(&["provider-balance-untold"], 0);
    assert_eq!(report.outcomes("provider-key"), ["ok"]);
}

#[tokio::test]
async fn a_refusal_without_a_reply_is_the_keys_or_the_accounts_and_another_server_is_none_of_the_provider() {
    for (status, finding) in [
        (StatusCode::FORBIDDEN, "provider-key-refused"),
        (StatusCode::PAYMENT_REQUIRED, "provider-balance-empty"),
        (StatusCode::NOT_FOUND, "provider-strange"),
        (StatusCode::OK, "provider-strange"),
        (StatusCode::BAD_GATEWAY, "provider-unreachable"),
    ] {
        let report = examine(&server(status, "<html>").await, PROVIDER_KEY).await;
        report.finds_only(&[finding], 1);
    }
    let report = examine("http://127.0.0.1:9/v1", PROVIDER_KEY).await;
    report.finds_only(&["provider-unreachable"], 1);
    report.names("provider-unreachable", "refused", &["curl -v http://127.0.0.1:9/v1", "HTTPS_PROXY", "SSL_CERT_FILE"]);
}
