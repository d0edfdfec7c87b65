//! The sockets: accepting, limiting and ending connections, and what must happen to a request before `s3s` reads it.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::service::S3Service;
use s3s::{Body, HttpError, HttpResponse};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Dispatch;
use tracing::instrument::WithSubscriber as _;

/// How long requests in progress may go on after the stop; what is slower is cut, and its client sees a reset.
const DRAIN: Duration = Duration::from_secs(5);
/// Connections served at once. More wait in the kernel's queue, so a flood of clients cannot use up the process's files.
const CONNECTIONS_MAX: usize = 1024;
/// How long to wait when the machine has no file left for a new connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts connections until `stop`; each is served in a task of its own.
pub(super) async fn accept(listener: TcpListener, service: S3Service, tasks: TaskTracker, stop: CancellationToken) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await.expect("the semaphore is never closed");
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            () = stop.cancelled() => return,
            next = next => next,
        };
        match accepted {
            Ok((socket, _peer)) => {
                let (service, stop) = (service.clone(), stop.clone());
                tasks.spawn(async move {
                    serve(socket, service, stop).await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the embedded S3 server could not accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(socket: TcpStream, service: S3Service, stop: CancellationToken) {
    let http = auto::Builder::new(TokioExecutor::new());
    let answer = service_fn(move |request| answer(service.clone(), request));
    let mut connection = pin!(http.serve_connection(TokioIo::new(socket), answer));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(DRAIN, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error, "a connection to the embedded S3 server broke");
    }
}

/// One request. `s3s` logs whole requests, presigned query and authorization header included, so it runs without a
/// subscriber; the line of log is written here, from what is no secret.
async fn answer(service: S3Service, request: Request<Incoming>) -> Result<HttpResponse, HttpError> {
    let (mut parts, body) = request.into_parts();
    hoist(parts.uri.query().unwrap_or_default(), &mut parts.headers);
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let request = Request::from_parts(parts, Body::from(body));

    let answered = service.call(request).with_subscriber(Dispatch::none()).await;
    match &answered {
        Ok(response) => tracing::debug!(%method, path, status = response.status().as_u16(), "embedded S3 server"),
        Err(_) => tracing::error!(%method, path, "the embedded S3 server could not form an answer"),
    }
    answered
}

/// A signer may move `x-amz-*` headers into the query of a presigned URL, and S3 reads them there. `s3s` does not, so
/// a checksum bound to the URL would go unchecked.
fn hoist(query: &str, headers: &mut HeaderMap) {
    let pairs = || url::form_urlencoded::parse(query.as_bytes());
    if !pairs().any(|(name, _)| name.eq_ignore_ascii_case("x-amz-signature")) {
        return;
    }
    for (name, value) in pairs() {
        let name = name.to_ascii_lowercase();
        if !name.starts_with("x-amz-") || SIGNATURE_PARAMETERS.contains(&name.as_str()) {
            continue;
        }
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(&value)) else { continue };
        headers.entry(name).or_insert(value);
    }
}

/// Parameters that are the signature's own and never were headers of the operation.
const SIGNATURE_PARAMETERS: [&str; 8] = [
    "x-amz-algorithm",
    "x-amz-content-sha256",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];
