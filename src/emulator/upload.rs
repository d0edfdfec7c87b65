//! Delivery of a result to `uploadEndpoint`: HTTP PUT of the raw bytes.
//!
//! The vendor documents the method and the body and nothing else. By default this uploader sends what every store
//! takes: a `Content-Length`, the container's media type, no redirect followed. What the store may get over is tried
//! again; a refusal is final. All of it can be otherwise in a scenario.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use reqwest::{Body, header};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::answer::Accepted;
use super::delivery::Made;
use super::fields::SecretUrl;
use super::parcel::{self, Parcel};
use super::report::UploadReport;
use super::request::SafetyMode;
use super::scenario::values::PutRetries;
use super::screenplay;
use super::seats::Seats;
use super::shelf::Shelf;
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

/// Largest piece of a body that is sent piece by piece, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// How long a body that is cut off pauses first: the client drops what it has not yet written when a body fails.
const PAUSE_BEFORE_CUT: Duration = Duration::from_millis(100);

/// Sends results to where their tasks want them.
pub(super) struct Uploader {
    client: reqwest::Client,
    permits: Semaphore,
    shelf: Arc<Shelf>,
    seats: Arc<Seats>,
    state: SharedState,
}

impl Uploader {
    /// An uploader that takes files from `shelf`, renders what is to go in their place on `seats`, and reports each try
    /// to `state`.
    pub(super) fn new(shelf: Arc<Shelf>, seats: Arc<Seats>, state: SharedState) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(PUT_TIMEOUT)
            .build()?;
        Ok(Self { client, permits: Semaphore::new(UPLOADS_AT_ONCE), shelf, seats, state })
    }

    /// Sends one stored result, and returns when it arrived. The error says why it never will.
    pub(super) async fn deliver(&self, accepted: &Accepted, made: Made, to: &SecretUrl) -> Result<(), String> {
        tokio::time::sleep(accepted.behaviour.put_delay.0).await;
        let Ok(_permit) = self.permits.acquire().await else {
            return Err("the emulator is closing".to_owned());
        };
        let task = accepted.run;
        let parcel = match self.file(accepted, made).await {
            Ok(file) => parcel::pack(file, accepted.request.container, &accepted.behaviour),
            Err(failure) => {
                self.record(task, made.video, 0, to, &Err(failure.clone()));
                return Err(failure);
            }
        };
        let mut pauses = match accepted.behaviour.put_retries {
            PutRetries::OnFault => PAUSES.iter(),
            PutRetries::None => [].iter(),
        };
        loop {
            let outcome = self.put(parcel.clone(), to).await;
            self.record(task, made.video, parcel.bytes.len(), to, &outcome);
            match (outcome, pauses.next()) {
                (Ok(200..=299), _) => return Ok(()),
                (Ok(500..) | Err(_), Some(pause)) => tokio::time::sleep(*pause).await,
                (Ok(status), _) => return Err(format!("the endpoint answered {status}")),
                (Err(failure), None) => return Err(failure),
            }
        }
    }

    /// The file that is sent: the result itself, or what the scenario has in its place.
    async fn file(&self, accepted: &Accepted, made: Made) -> Result<Bytes, String> {
        let (request, behaviour) = (&accepted.request, &accepted.behaviour);
        match screenplay::stand_in(request, behaviour.media, behaviour.put_body, made.index) {
            Some(film) => {
                let rendered = async {
                    let seat = self.seats.take(None).await?;
                    self.seats.render(seat, accepted.run, film, None, SafetyMode::None, |_| {}).await
                };
                let rendered = rendered.await;
                rendered
                    .map(|rendered| Bytes::from(rendered.made.file))
                    .map_err(|error| format!("rendering it failed: {}", error.code()))
            }
            None => self
                .shelf
                .load(made.video, request.container)
                .await
                .map_err(|error| format!("the file cannot be read back: {}", error.kind())),
        }
    }

    async fn put(&self, parcel: Parcel, to: &SecretUrl) -> Result<u16, String> {
        let mut request = self.client.put(to.expose().clone()).headers(parcel.headers);
        if let Some(length) = parcel.announced {
            request = request.header(header::CONTENT_LENGTH, length);
        }
        let body = match parcel.announced {
            Some(_) if !parcel.is_cut => Body::from(parcel.bytes),
            Some(_) | None => in_pieces(parcel.bytes, parcel.is_cut),
        };
        match request.body(body).send().await {
            Ok(response) => Ok(response.status().as_u16()),
            Err(error) => Err(told(error)),
        }
    }

    fn record(&self, task: Run, video: Uuid, size: usize, to: &SecretUrl, outcome: &Result<u16, String>) {
        let target = to.shown();
        match outcome {
            Ok(status @ 200..=299) => tracing::info!(%task, %video, %target, status, "uploaded"),
            Ok(status) => tracing::warn!(%task, %video, %target, status, "the upload was refused"),
            Err(failure) => tracing::warn!(%task, %video, %target, %failure, "the upload failed"),
        }
        let report = UploadReport {
            at: Timestamp::now().to_string(),
            video_uuid: video.to_string(),
            target,
            bytes: u64::try_from(size).unwrap_or(u64::MAX),
            status: outcome.as_ref().ok().copied(),
            failure: outcome.as_ref().err().cloned(),
        };
        self.state.lock().tasks.uploaded(task, report);
    }
}

/// A body whose length the client does not know by itself; a cut one breaks off behind its bytes.
fn in_pieces(bytes: Bytes, is_cut: bool) -> Body {
    let starts = (0..bytes.len()).step_by(PIECE_BYTES);
    let pieces = starts.map(move |start| Ok(bytes.slice(start..bytes.len().min(start + PIECE_BYTES))));
    let pieces = stream::iter(pieces);
    if !is_cut {
        return Body::wrap_stream(pieces);
    }
    let end = stream::once(async {
        tokio::time::sleep(PAUSE_BEFORE_CUT).await;
        Err(io::Error::other("cut off, as the scenario has it"))
    });
    Body::wrap_stream(pieces.chain(end))
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
