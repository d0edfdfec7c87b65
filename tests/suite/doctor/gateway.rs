//! A gateway before a real store, of the kind that people put there: it passes everything on, and some things badly.

use std::sync::Arc;

use aws_sdk_s3::presigning::PresigningConfig;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;

use crate::support::servers::SeaweedFs;

/// What it does badly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It drops the condition of a PUT.
    DropsConditions,
    /// It answers a body without a length with 501, as AWS does.
    WantsLengths,
    /// It has no lifecycle rules.
    NoLifecycle,
    /// It is in another region than is signed for.
    Elsewhere,
    /// It keeps copies waiting for ever.
    StallsCopies,
}

struct Gateway {
    store: &'static SeaweedFs,
    flaw: Flaw,
    http: reqwest::Client,
}

/// Starts one, and gives its URL.
pub(super) async fn before(store: &'static SeaweedFs, flaw: Flaw) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let gateway = Arc::new(Gateway { store, flaw, http: reqwest::Client::new() });
    let app = Router::new().fallback(pass).with_state(gateway);
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

async fn pass(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let is_put = head.method == Method::PUT;
    let has = |name: &str| head.headers.contains_key(name);
    let query = head.uri.query().unwrap_or_default();
    let refuse = |status: StatusCode, code: &str| {
        let body = format!("<Error><Code>{code}</Code><Message>Says the gateway.</Message></Error>");
        (status, [("x-amz-bucket-region", "eu-west-9")], body).into_response()
    };
    match gateway.flaw {
        Flaw::WantsLengths if is_put && has("transfer-encoding") => {
            return refuse(StatusCode::NOT_IMPLEMENTED, "NotImplemented");
        }
        Flaw::NoLifecycle if query.starts_with("lifecycle") => {
            return refuse(StatusCode::NOT_IMPLEMENTED, "NotImplemented");
        }
        Flaw::Elsewhere => return refuse(StatusCode::MOVED_PERMANENTLY, "PermanentRedirect"),
        Flaw::StallsCopies if has("x-amz-copy-source") => return std::future::pending().await,
        Flaw::DropsConditions | Flaw::WantsLengths | Flaw::NoLifecycle | Flaw::StallsCopies => {}
    }
    let body = to_bytes(body, 1 << 20).await.expect("a small body");
    let is_condition = has("if-none-match") || has("if-match");
    if gateway.flaw == Flaw::DropsConditions && is_put && is_condition && !has("x-amz-copy-source") {
        return gateway.put(head.uri.path(), body).await;
    }
    let url = format!("{}{}", gateway.store.endpoint(), head.uri);
    let sent = gateway.http.request(head.method, url).headers(head.headers).body(body).send();
    answer(sent.await.expect("the store answers")).await
}

impl Gateway {
    /// Puts an object in its own name, as the caller's signature covers the condition.
    async fn put(&self, path: &str, body: Bytes) -> Response {
        let (bucket, key) = path.trim_start_matches('/').split_once('/').expect("a bucket and a key");
        let soon = PresigningConfig::expires_in(std::time::Duration::from_secs(60)).expect("a life");
        let signed = self.store.client().put_object().bucket(bucket).key(key).presigned(soon).await.expect("signed");
        answer(self.http.put(signed.uri()).body(body).send().await.expect("the store answers")).await
    }
}

async fn answer(answer: reqwest::Response) -> Response {
    let status = answer.status();
    let mut headers = HeaderMap::new();
    for (name, value) in answer.headers().iter().filter(|(name, _)| *name != "transfer-encoding") {
        headers.append(name, value.clone());
    }
    let body = answer.bytes().await.expect("a body");
    (status, headers, Body::from(body)).into_response()
}
