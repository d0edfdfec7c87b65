//! Finished results on disk, and `videoURL`, which serves them.
//!
//! Files lie in a directory of the emulator's own that goes with it. A URL has the vendor's shape,
//! `…/video/os/{shard}/ws/{n}/vi/{videoUUID}.{ext}`, knows byte ranges, and ends with the task's `ttl`.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::connection::Cutoff;
use super::faults::{PAGE, PAGE_TYPE};
use super::rest::HALF_AN_ANSWER;
use super::scenario::values::VideoUrl;
use crate::agent::Container;

/// Route of `videoURL`.
pub(super) const ROUTE: &str = "/video/os/{shard}/ws/{workspace}/vi/{file}";

/// What lies beside a result and goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    /// The script that it was made from, as JSON.
    Script,
    /// Its captions, as WebVTT: served beside it.
    Captions,
}

impl Extra {
    const ALL: [Extra; 2] = [Extra::Script, Extra::Captions];

    fn extension(self) -> &'static str {
        match self {
            Extra::Script => "json",
            Extra::Captions => "vtt",
        }
    }
}

/// Extension of a file that is being written.
const PART: &str = "part";

/// The results of one emulator.
pub(super) struct Shelf {
    directory: PathBuf,
    /// The directory goes with the shelf.
    is_temporary: bool,
    results: Mutex<HashMap<Uuid, Shelved>>,
}

/// A stored result that can be asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shelved {
    pub(super) container: Container,
    /// Bytes of the file.
    pub(super) size: u64,
    /// From when on the URL answers 404.
    pub(super) expires_at: Option<Timestamp>,
    /// What the scenario has it answer until then.
    pub(super) manner: VideoUrl,
}

/// The line to whoever asks for a result.
pub(super) struct Line {
    pub(super) cutoff: Cutoff,
    /// Ends what stalls.
    pub(super) closing: CancellationToken,
}

impl Shelf {
    /// A shelf in a new directory under the system's own for temporary files.
    pub(super) fn create() -> io::Result<Self> {
        let directory = std::env::temp_dir().join(format!("landfall-emulator-{}", Uuid::new_v4()));
        std::fs::create_dir(&directory)?;
        Ok(Self { directory, is_temporary: true, results: Mutex::new(HashMap::new()) })
    }

    /// A shelf in a directory that stays, and may have results of an earlier life in it: those in `known` are kept, the
    /// rest is removed.
    pub(super) fn keep_in(directory: PathBuf, known: &HashSet<Uuid>) -> io::Result<Self> {
        std::fs::create_dir_all(&directory)?;
        for entry in std::fs::read_dir(&directory)? {
            let path = entry?.path();
            let video = path.file_stem().and_then(|stem| Uuid::parse_str(stem.to_str()?).ok());
            // What has another name than a result is not ours.
            let is_part = path.extension().is_some_and(|extension| extension == PART);
            if video.is_some_and(|video| is_part || !known.contains(&video)) {
                std::fs::remove_file(path)?;
            }
        }
        Ok(Self { directory, is_temporary: false, results: Mutex::new(HashMap::new()) })
    }

    /// Lets everyone ask for a result of an earlier life again. One whose file is gone stays away.
    pub(super) fn publish_again(
        &self,
        video: Uuid,
        container: Container,
        expires_at: Option<Timestamp>,
        manner: VideoUrl,
    ) {
        if let Ok(file) = std::fs::metadata(self.path(video, container)) {
            self.publish(video, Shelved { container, size: file.len(), expires_at, manner });
        }
    }

    /// Keeps a result. Nobody can fetch it before [`Shelf::publish`].
    pub(super) async fn store(&self, video: Uuid, container: Container, bytes: &[u8]) -> io::Result<()> {
        self.write(self.path(video, container), bytes).await
    }

    /// Keeps what lies beside a result.
    pub(super) async fn store_extra(&self, video: Uuid, extra: Extra, bytes: &[u8]) -> io::Result<()> {
        self.write(self.extra_path(video, extra), bytes).await
    }

    /// What lies beside a result that can still be fetched.
    pub(super) async fn load_extra(&self, video: Uuid, extra: Extra) -> io::Result<Bytes> {
        if !self.results().contains_key(&video) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(tokio::fs::read(self.extra_path(video, extra)).await?.into())
    }

    /// Whoever reads the file at this moment goes on reading what was there.
    async fn write(&self, path: PathBuf, bytes: &[u8]) -> io::Result<()> {
        let part = path.with_extension(PART);
        tokio::fs::write(&part, bytes).await?;
        tokio::fs::rename(part, path).await
    }

    /// A published result has another file now.
    pub(super) fn replaced(&self, video: Uuid, size: u64) {
        if let Some(shelved) = self.results().get_mut(&video) {
            shelved.size = size;
        }
    }

    /// The bytes of a stored result.
    pub(super) async fn load(&self, video: Uuid, container: Container) -> io::Result<Bytes> {
        Ok(tokio::fs::read(self.path(video, container)).await?.into())
    }

    /// Lets everyone ask for a stored result until it expires.
    pub(super) fn publish(&self, video: Uuid, shelved: Shelved) {
        self.results().insert(video, shelved);
    }

    /// Removes results that go with their tasks, and those whose URL has ended.
    pub(super) async fn sweep(&self, gone: &HashSet<Uuid>, now: Timestamp) {
        let mut paths = Vec::new();
        {
            let mut results = self.results();
            results.retain(|video, shelved| {
                let stays = !gone.contains(video) && shelved.expires_at.is_none_or(|end| now < end);
                if !stays {
                    paths.extend(self.paths(*video, shelved.container));
                }
                stays
            });
        }
        remove(paths).await;
    }

    /// Answers a request for the file `name`.
    pub(super) async fn serve(&self, name: &str, headers: &HeaderMap, now: Timestamp, line: Line) -> Response {
        let Some((video, shelved)) = self.find(name) else {
            return self.serve_captions(name, now).await;
        };
        let path = self.path(video, shelved.container);
        if shelved.expires_at.is_some_and(|end| now >= end) {
            self.results().remove(&video);
            remove(self.paths(video, shelved.container)).await;
            return StatusCode::NOT_FOUND.into_response();
        }
        let (size, end) = match shelved.manner {
            VideoUrl::Given => (shelved.size, End::Whole),
            VideoUrl::Empty => (0, End::Whole),
            VideoUrl::Truncated => (shelved.size / 2, End::Whole),
            VideoUrl::Cut => (shelved.size, End::Cut(line.cutoff)),
            VideoUrl::Stalled => (shelved.size, End::Stalled(line.closing)),
            VideoUrl::Page => return ([(header::CONTENT_TYPE, PAGE_TYPE)], PAGE).into_response(),
            VideoUrl::Busy => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
            VideoUrl::Absent | VideoUrl::Gone => return StatusCode::NOT_FOUND.into_response(),
        };
        let wanted = match headers.get(header::RANGE).and_then(|range| range.to_str().ok()) {
            Some(range) => Span::of_range(range, size),
            None => Span::Whole,
        };
        send(path, Shelved { size, ..shelved }, wanted, end).await.unwrap_or_else(|error| {
            tracing::error!(%video, %error, "a finished result cannot be read back");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        })
    }

    /// Captions have the name of their video, and live as long. What goes wrong with the video does not go wrong with them.
    async fn serve_captions(&self, name: &str, now: Timestamp) -> Response {
        let video = name.strip_suffix(".vtt").and_then(|stem| Uuid::parse_str(stem).ok());
        let shelved = video.and_then(|video| self.results().get(&video).copied());
        let is_there = shelved.is_some_and(|shelved| {
            let is_gone = matches!(shelved.manner, VideoUrl::Absent | VideoUrl::Gone);
            !is_gone && shelved.expires_at.is_none_or(|end| now < end)
        });
        match video.filter(|_| is_there) {
            Some(video) => match self.load_extra(video, Extra::Captions).await {
                Ok(captions) => ([(header::CONTENT_TYPE, "text/vtt; charset=utf-8")], captions).into_response(),
                Err(_) => StatusCode::NOT_FOUND.into_response(),
            },
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }

    fn find(&self, name: &str) -> Option<(Uuid, Shelved)> {
        let (stem, extension) = name.split_once('.')?;
        let video = Uuid::parse_str(stem).ok()?;
        let shelved = *self.results().get(&video)?;
        (extension == extension_of(shelved.container)).then_some((video, shelved))
    }

    fn path(&self, video: Uuid, container: Container) -> PathBuf {
        self.directory.join(format!("{video}.{}", extension_of(container)))
    }

    fn extra_path(&self, video: Uuid, extra: Extra) -> PathBuf {
        self.directory.join(format!("{video}.{}", extra.extension()))
    }

    /// A result and what lies beside it.
    fn paths(&self, video: Uuid, container: Container) -> Vec<PathBuf> {
        let extras = Extra::ALL.into_iter().map(|extra| self.extra_path(video, extra));
        extras.chain([self.path(video, container)]).collect()
    }

    fn results(&self) -> MutexGuard<'_, HashMap<Uuid, Shelved>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody can ask for them again; a file that cannot be removed now goes with the directory.
async fn remove(paths: Vec<PathBuf>) {
    for path in paths {
        let _ = tokio::fs::remove_file(path).await;
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        if !self.is_temporary {
            return;
        }
        if let Err(error) = std::fs::remove_dir_all(&self.directory) {
            tracing::warn!(directory = %self.directory.display(), %error, "cannot remove the results' directory");
        }
    }
}

/// When the URL of a result ends that could be fetched from `at` on, if its task says so.
pub(super) fn expiry(at: Timestamp, ttl_s: Option<u32>) -> Option<Timestamp> {
    at.checked_add(SignedDuration::from_secs(i64::from(ttl_s?))).ok()
}

/// The path of `videoURL`. The vendor's shard looks like `a19d05`; this one comes from the UUID.
pub(super) fn url_path(video: Uuid, container: Container) -> String {
    let [first, second, ..] = video.into_bytes();
    format!("/video/os/a{:02}d{:02}/ws/1/vi/{video}.{}", first % 100, second % 100, extension_of(container))
}

/// The path of a `videoURL`, behind whatever `--public-url` put before it.
pub(super) fn path_of(video_url: &str) -> Option<&str> {
    video_url.find("/video/os/").map(|start| &video_url[start..])
}

/// Where the captions of the video at this path are.
pub(super) fn captions_path(video_path: &str) -> Option<String> {
    Some(format!("{}.{}", video_path.rsplit_once('.')?.0, Extra::Captions.extension()))
}

/// Media type of a container.
pub(super) fn content_type_of(container: Container) -> &'static str {
    match container {
        Container::Mp4 => "video/mp4",
        Container::Webm => "video/webm",
        Container::Mov => "video/quicktime",
    }
}

fn extension_of(container: Container) -> &'static str {
    match container {
        Container::Mp4 => "mp4",
        Container::Webm => "webm",
        Container::Mov => "mov",
    }
}

/// The part of a file that a request wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Span {
    Whole,
    /// First and last byte, both included.
    Part(u64, u64),
    Unsatisfiable,
}

impl Span {
    /// RFC 9110, one range. Several ranges, other units and nonsense are ignored, as the RFC allows.
    fn of_range(range: &str, size: u64) -> Self {
        let bounds = range.strip_prefix("bytes=").and_then(|bounds| bounds.split_once('-'));
        let Some((first, last)) = bounds else {
            return Self::Whole;
        };
        let number = |text: &str| text.trim().parse::<u64>().ok();
        let (first, last) = match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => (first, last),
            (Some(first), None) if last.trim().is_empty() => (first, u64::MAX),
            (None, Some(0)) if first.trim().is_empty() => return Self::Unsatisfiable,
            (None, Some(tail)) if first.trim().is_empty() => (size.saturating_sub(tail), u64::MAX),
            _ => return Self::Whole,
        };
        match size.checked_sub(1) {
            Some(end) if first <= end => Self::Part(first, last.min(end)),
            _ => Self::Unsatisfiable,
        }
    }
}

/// How a body ends.
enum End {
    /// With its last byte.
    Whole,
    /// In the middle, with a reset.
    Cut(Cutoff),
    /// In the middle, with nothing more until the client hangs up or the emulator closes.
    Stalled(CancellationToken),
}

impl End {
    /// How many of so many announced bytes come before it.
    fn bytes_before(&self, length: u64) -> u64 {
        match self {
            Self::Whole => length,
            Self::Cut(_) | Self::Stalled(_) => length / 2,
        }
    }

    /// A body of these bytes that ends so.
    fn after(self, bytes: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
        let reset = || io::Result::Err(io::ErrorKind::ConnectionReset.into());
        match self {
            Self::Whole => Body::from_stream(bytes),
            Self::Cut(cutoff) => Body::from_stream(bytes.chain(stream::once(async move {
                tokio::time::sleep(HALF_AN_ANSWER).await;
                cutoff.now();
                reset()
            }))),
            Self::Stalled(closing) => Body::from_stream(bytes.chain(stream::once(async move {
                closing.cancelled().await;
                reset()
            }))),
        }
    }
}

async fn send(path: PathBuf, shelved: Shelved, wanted: Span, end: End) -> io::Result<Response> {
    let size = shelved.size;
    let (status, first, length, content_range) = match wanted {
        Span::Whole => (StatusCode::OK, 0, size, None),
        Span::Part(first, last) => {
            (StatusCode::PARTIAL_CONTENT, first, last - first + 1, Some(format!("bytes {first}-{last}/{size}")))
        }
        Span::Unsatisfiable => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0, Some(format!("bytes */{size}"))),
    };
    let mut file = tokio::fs::File::open(path).await?;
    file.seek(io::SeekFrom::Start(first)).await?;
    let sent = end.bytes_before(length);
    let mut response = Response::new(end.after(ReaderStream::new(file.take(sent))));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type_of(shelved.container)));
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some(value) = content_range.and_then(|text| HeaderValue::try_from(text).ok()) {
        headers.insert(header::CONTENT_RANGE, value);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use axum::http::{HeaderMap, StatusCode};
    use jiff::{SignedDuration, Timestamp};
    use tokio_util::sync::CancellationToken;
    use uuid::Uuid;

    use super::{Line, Shelf, Shelved, Span, expiry, url_path};
    use crate::agent::Container;
    use crate::emulator::connection::Cutoff;
    use crate::emulator::scenario::values::VideoUrl;

    fn line() -> Line {
        Line { cutoff: Cutoff::new(), closing: CancellationToken::new() }
    }

    fn shelved(container: Container, expires_at: Option<Timestamp>) -> Shelved {
        Shelved { container, size: 5, expires_at, manner: VideoUrl::Given }
    }

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        for (range, span) in [
            ("bytes=0-0", Span::Part(0, 0)),
            ("bytes=2-5", Span::Part(2, 5)),
            ("bytes=8-99", Span::Part(8, 9)),
            ("bytes=4-", Span::Part(4, 9)),
            ("bytes=-3", Span::Part(7, 9)),
            ("bytes=-99", Span::Part(0, 9)),
            ("bytes=10-", Span::Unsatisfiable),
            ("bytes=-0", Span::Unsatisfiable),
            ("bytes=5-2", Span::Whole),
            ("bytes=0-1,4-5", Span::Whole),
            ("chapters=1-2", Span::Whole),
            ("bytes=x-y", Span::Whole),
        ] {
            assert_eq!(Span::of_range(range, 10), span, "{range}");
        }
        assert_eq!(Span::of_range("bytes=0-", 0), Span::Unsatisfiable);
    }

    #[tokio::test]
    async fn a_result_is_served_until_its_time_is_over() {
        let shelf = Shelf::create().expect("a directory");
        let video = Uuid::new_v4();
        let name = format!("{video}.webm");
        let status = async |now| shelf.serve(&name, &HeaderMap::new(), now, line()).await.status();
        shelf.store(video, Container::Webm, b"bytes").await.expect("stored");
        assert_eq!(status(Timestamp::UNIX_EPOCH).await, StatusCode::NOT_FOUND, "not published yet");
        let end = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(60);
        shelf.publish(video, shelved(Container::Webm, Some(end)));
        assert_eq!(status(Timestamp::UNIX_EPOCH).await, StatusCode::OK);
        assert_eq!(status(end).await, StatusCode::NOT_FOUND);
        assert!(shelf.load(video, Container::Webm).await.is_err(), "the file is gone, too");
    }

    #[tokio::test]
    async fn a_sweep_removes_what_is_over_though_nobody_asks() {
        let shelf = Shelf::create().expect("a directory");
        let (ended, gone, kept) = (Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4());
        let end = expiry(Timestamp::UNIX_EPOCH, Some(60));
        for (video, end) in [(ended, end), (gone, None), (kept, None)] {
            shelf.store(video, Container::Mp4, b"bytes").await.expect("stored");
            shelf.publish(video, shelved(Container::Mp4, end));
        }
        shelf.sweep(&HashSet::from([gone]), end.expect("an end")).await;
        let left = |video| shelf.load(video, Container::Mp4);
        assert!(left(ended).await.is_err() && left(gone).await.is_err() && left(kept).await.is_ok());
    }

    #[test]
    fn the_directory_goes_with_the_shelf() {
        let shelf = Shelf::create().expect("a directory");
        let directory = shelf.directory.clone();
        assert!(directory.is_dir());
        drop(shelf);
        assert!(!directory.exists());
    }

    #[test]
    fn the_url_has_the_vendors_shape() {
        let video = Uuid::from_u128(0x1305_0000_0000_4000_8000_0000_0000_0001);
        assert_eq!(
            url_path(video, Container::Mov),
            "/video/os/a19d05/ws/1/vi/13050000-0000-4000-8000-000000000001.mov"
        );
    }
}
