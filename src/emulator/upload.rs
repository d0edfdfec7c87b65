//! Delivery of a result to `uploadEndpoint`: one HTTP PUT of the raw bytes.
//!
//! The vendor documents the method and the body and nothing else. This uploader sends what every store takes: a
//! `Content-Length`, the container's media type, no redirect followed. What the store may get over is tried again; a
//! refusal is final. Neither fails the task: the result stays at `videoURL`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::fields::SecretUrl;
use super::render::Container;
use super::report::UploadReport;
use super::shelf::{Shelf, content_type_of};
use super::state::SharedState;
use super::task::Run;

/// Longest one PUT may take.
const PUT_TIMEOUT: Duration = Duration::from_secs(120);

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Waits between tries. One try more than waits; then the upload is given up.
const PAUSES: [Duration; 3] = [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1)];

/// Uploads under way at once. Each holds its file in memory, because a body of known length is what makes the client
/// send `Content-Length` instead of chunks, which S3 refuses.
const UPLOADS_AT_ONCE: usize = 8;

/// Sends results to where their tasks want them.
pub(super) struct Uploader {
    client: reqwest::Client,
    permits: Semaphore,
    shelf: Arc<Shelf>,
    state: SharedState,
}

impl Uploader {
    /// An uploader that takes files from `shelf` and reports each try to `state`.
    pub(super) fn new(shelf: Arc<Shelf>, state: SharedState) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(PUT_TIMEOUT)
            .build()?;
        Ok(Self { client, permits: Semaphore::new(UPLOADS_AT_ONCE), shelf, state })
    }

    /// Sends one stored result, and returns when it arrived, was refused or was given up.
    pub(super) async fn deliver(&self, task: Run, video: Uuid, container: Container, to: &SecretUrl) {
        let Ok(_permit) = self.permits.acquire().await else {
            return;
        };
        let bytes = match self.shelf.load(video, container).await {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(%task, %video, %error, "a result to upload cannot be read back");
                return;
            }
        };
        let mut pauses = PAUSES.iter();
        loop {
            let outcome = self.put(bytes.clone(), container, to).await;
            let again = is_worth_repeating(&outcome);
            self.record(task, video, bytes.len(), to, outcome);
            match pauses.next() {
                Some(pause) if again => tokio::time::sleep(*pause).await,
                _ => return,
            }
        }
    }

    async fn put(&self, bytes: Bytes, container: Container, to: &SecretUrl) -> Result<u16, String> {
        let request =
            self.client.put(to.expose().clone()).header(header::CONTENT_TYPE, content_type_of(container)).body(bytes);
        match request.send().await {
            Ok(response) => Ok(response.status().as_u16()),
            Err(error) => Err(told(error)),
        }
    }

    fn record(&self, task: Run, video: Uuid, size: usize, to: &SecretUrl, outcome: Result<u16, String>) {
        let target = to.shown();
        match &outcome {
            Ok(status) if (200..300).contains(status) => tracing::info!(%task, %video, %target, status, "uploaded"),
            Ok(status) => tracing::warn!(%task, %video, %target, status, "the upload was refused"),
            Err(failure) => tracing::warn!(%task, %video, %target, %failure, "the upload was not answered"),
        }
        let report = UploadReport {
            at: Timestamp::now().to_string(),
            video_uuid: video.to_string(),
            target,
            bytes: u64::try_from(size).unwrap_or(u64::MAX),
            status: outcome.as_ref().ok().copied(),
            failure: outcome.err(),
        };
        self.state.lock().tasks.uploaded(task, report);
    }
}

/// An error of the HTTP client with its causes and without its URL.
pub(super) fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn is_worth_repeating(outcome: &Result<u16, String>) -> bool {
    match outcome {
        Ok(status) => *status >= 500,
        Err(_) => true,
    }
}
