//! Pictures of presenters: fetching the one a task names, keeping the one that is uploaded, and one of our own for tasks
//! that need no network.
//!
//! What cannot be used has the vendor's code `invalidValueUploadFailed`. When it is found out is not published; here an
//! upload is answered with it, and a task is accepted first and fails with it, since fetching takes its time.

use std::io::Cursor;
use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::{Bytes, BytesMut};
use image::{ImageFormat, ImageReader, Limits, RgbImage};
use tokio::sync::{OnceCell, Semaphore};
use url::Url;
use uuid::Uuid;

use super::errors::ApiError;
use super::fields::SecretUrl;
use super::media::{self, Media, Upload};
use super::reach::Reach;
use super::request::{self, Picture, TaskId};
use super::state::SharedState;
use super::upload::told;
use super::wire::Item;
use crate::agent;

/// Path of our own portrait.
pub(super) const PORTRAIT_ROUTE: &str = "/_emulator/assets/portrait.png";

/// Longest a picture may take to arrive.
const FETCH_TIMEOUT: Duration = Duration::from_secs(20);

/// Largest file taken, in bytes.
const MAX_FILE_BYTES: usize = 20 * 1024 * 1024;

/// Largest width and height taken, in pixels.
const MAX_SIDE_PX: u32 = 8192;

/// Most memory the decoder may claim, in bytes. A small file can announce an enormous picture.
const MAX_DECODED_BYTES: u64 = 256 * 1024 * 1024;

/// Files on their way at once, each held in memory until it is decoded.
const FETCHES_AT_ONCE: usize = 8;

/// Pictures decoded at once, each with up to [`MAX_DECODED_BYTES`].
const DECODERS: usize = 2;

/// Width and height of our own portrait, in pixels.
const PORTRAIT_PX: u32 = 512;

/// Which of the drawn people it shows.
const PORTRAIT_SEED: u64 = 7;

/// Base64 as people write it: with its padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The code of a picture that cannot be used.
const UNUSABLE: &str = "invalidValueUploadFailed";

/// Fetches the pictures that tasks name, and keeps those that are uploaded.
pub(super) struct PictureDesk {
    client: reqwest::Client,
    reach: Reach,
    state: SharedState,
    /// What our own URLs start with: the one that is told, and those we listen on.
    own: Vec<Url>,
    base_url: String,
    portrait: OnceCell<Bytes>,
    fetches: Semaphore,
    decoders: Semaphore,
}

impl PictureDesk {
    /// A desk with its own connections. `base_url` is what URLs of kept pictures start with.
    pub(super) fn new(state: SharedState, reach: Reach, base_url: String, addr: SocketAddr) -> reqwest::Result<Self> {
        let client = reach.bind(reqwest::Client::builder()).timeout(FETCH_TIMEOUT).build()?;
        let by_name = format!("http://localhost:{}", addr.port());
        let by_number = format!("http://127.0.0.1:{}", addr.port());
        let own = [base_url.clone(), format!("http://{addr}"), by_name, by_number];
        let own = own.iter().filter_map(|url| Url::parse(url).ok()).collect();
        let (fetches, decoders) = (Semaphore::new(FETCHES_AT_ONCE), Semaphore::new(DECODERS));
        Ok(Self { client, reach, state, own, base_url, portrait: OnceCell::new(), fetches, decoders })
    }

    /// The picture that a task names, decoded and no larger than is needed to fill a square of `side_px`, or the error
    /// that fails the task. Tasks that wait to be rendered hold on to theirs.
    pub(super) async fn fetch(&self, picture: &Picture, side_px: u32) -> Result<RgbImage, ApiError> {
        let unusable = |reason: String| {
            ApiError::failed_task(UNUSABLE, format!("The picture in 'inputs.image' cannot be used: {reason}."))
                .about("inputs.image")
                .expecting("string")
        };
        let _fetching = self.fetches.acquire().await;
        let file = match picture {
            Picture::Stored(uuid) => {
                self.state.lock().media.find(*uuid).map(|media| media.file).ok_or_else(no_such_media)
            }
            Picture::At(url) => self.file(url).await,
        };
        let (picture, _) = self.decoded(file.map_err(unusable)?, side_px).await.map_err(unusable)?;
        Ok(picture)
    }

    /// Keeps what is uploaded, if it is a picture.
    pub(super) async fn receive(&self, upload: Upload) -> Result<Item, ApiError> {
        let unusable = |reason: String| {
            ApiError::refused(UNUSABLE, format!("The file in 'media' cannot be used: {reason}."))
                .about("media")
                .expecting("string")
                .of_task(Some(media::TASK_TYPE), Some(&upload.id.text))
        };
        let _fetching = self.fetches.acquire().await;
        let file = match SecretUrl::parse(&upload.media) {
            Some(url) => self.file(&url).await,
            None => inline(&upload.media),
        };
        let file = file.map_err(unusable)?;
        let (_, format) = self.decoded(file.clone(), 1).await.map_err(unusable)?;
        self.state.lock().media.keep(&upload.id, Uuid::new_v4(), Media { format, file }, &self.base_url)
    }

    /// Our own portrait as a PNG file, or nothing if it cannot be drawn.
    pub(super) async fn portrait(&self) -> Option<Bytes> {
        let draw = || async {
            let drawn = tokio::task::spawn_blocking(portrait_png).await.ok()?.ok()?;
            Some(Bytes::from(drawn))
        };
        self.portrait.get_or_try_init(|| async { draw().await.ok_or(()) }).await.ok().cloned()
    }

    /// The file behind a URL. Our own are known without asking ourselves, which no reach would allow.
    async fn file(&self, url: &SecretUrl) -> Result<Bytes, String> {
        let url = url.expose();
        if !self.own.iter().any(|own| own.origin() == url.origin()) {
            self.reach.check(url).map_err(|refused| refused.to_string())?;
            return self.download(url.clone()).await;
        }
        if url.path() == PORTRAIT_ROUTE {
            return self.portrait().await.ok_or_else(|| "it could not be drawn".to_owned());
        }
        let stored = media::file_of(url.path()).and_then(|file| self.state.lock().media.at(file));
        stored.map(|media| media.file).ok_or_else(no_such_media)
    }

    /// Decodes a file on a thread that may block.
    async fn decoded(&self, file: Bytes, side_px: u32) -> Result<(RgbImage, ImageFormat), String> {
        let _decoding = self.decoders.acquire().await;
        let decoding = tokio::task::spawn_blocking(move || {
            decode(&file).map(|(picture, format)| (shrunk(picture, side_px), format))
        });
        match decoding.await {
            Ok(decoded) => decoded.map_err(|error| error.to_string()),
            Err(_) => Err("the decoder broke down over it".to_owned()),
        }
    }

    async fn download(&self, url: Url) -> Result<Bytes, String> {
        let mut response = self.client.get(url).send().await.map_err(told)?;
        if !response.status().is_success() {
            return Err(format!("its host answered {}", response.status()));
        }
        let mut file = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(told)? {
            file.extend_from_slice(&chunk);
            if file.len() > MAX_FILE_BYTES {
                return Err(too_large());
            }
        }
        Ok(file.freeze())
    }
}

/// The refusal of a task whose picture is not in the media storage: this is known at once.
pub(super) fn not_stored(id: &TaskId) -> ApiError {
    ApiError::refused(UNUSABLE, format!("The picture in 'inputs.image' cannot be used: {}.", no_such_media()))
        .about("inputs.image")
        .expecting("string")
        .of_task(Some(request::TASK_TYPE), Some(&id.text))
}

fn no_such_media() -> String {
    "the emulator has no such picture, or no longer".to_owned()
}

fn too_large() -> String {
    format!("it is larger than {MAX_FILE_BYTES} bytes")
}

/// The file in a data URI or in plain base64.
fn inline(media: &str) -> Result<Bytes, String> {
    let base64 = match media.strip_prefix("data:") {
        Some(uri) => uri.split_once(";base64,").ok_or("it is a data URI without base64")?.1,
        None => media,
    };
    let file = BASE64.decode(base64.trim()).map_err(|_| "it is no URL, no data URI and no base64")?;
    if file.len() > MAX_FILE_BYTES { Err(too_large()) } else { Ok(file.into()) }
}

fn decode(file: &[u8]) -> image::ImageResult<(RgbImage, ImageFormat)> {
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE_PX);
    limits.max_image_height = Some(MAX_SIDE_PX);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    let format = reader.format();
    let picture = reader.decode()?.into_rgb8();
    // What was decoded had a format.
    Ok((picture, format.unwrap_or(ImageFormat::Png)))
}

/// A picture that is larger than needed to fill a square of `side_px`, at that size.
fn shrunk(picture: RgbImage, side_px: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let shorter = width.min(height);
    if shorter <= side_px {
        return picture;
    }
    let scaled = |side: u32| {
        let scaled = u64::from(side) * u64::from(side_px) / u64::from(shorter);
        u32::try_from(scaled).unwrap_or(side).max(1)
    };
    image::imageops::thumbnail(&picture, scaled(width), scaled(height))
}

/// A drawn portrait as a PNG file: the demo's image job names it.
fn portrait_png() -> image::ImageResult<Vec<u8>> {
    let mut file = Cursor::new(Vec::new());
    agent::portrait(PORTRAIT_SEED, PORTRAIT_PX).write_to(&mut file, ImageFormat::Png)?;
    Ok(file.into_inner())
}

#[cfg(test)]
mod tests {
    use super::{Cursor, ImageFormat, PORTRAIT_PX, RgbImage, decode, portrait_png, shrunk};

    #[test]
    fn the_portrait_can_be_used_as_an_input() {
        let (portrait, _) = decode(&portrait_png().expect("a PNG")).expect("a picture");
        assert_eq!(portrait.dimensions(), (PORTRAIT_PX, PORTRAIT_PX));
        assert_ne!(portrait.get_pixel(PORTRAIT_PX / 2, PORTRAIT_PX / 2), portrait.get_pixel(5, 5));
    }

    #[test]
    fn every_format_that_the_vendor_documents_is_a_picture() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Gif] {
            let mut file = Cursor::new(Vec::new());
            RgbImage::new(3, 2).write_to(&mut file, format).expect("an encoder");
            let (picture, read) = decode(file.get_ref()).expect("a picture");
            assert_eq!((picture.dimensions(), read), ((3, 2), format));
        }
    }

    #[test]
    fn a_picture_is_held_no_larger_than_it_is_needed() {
        let sizes = [((800, 400), 100, (200, 100)), ((90, 4000), 100, (90, 4000)), ((300, 900), 1, (1, 3))];
        for ((width, height), side_px, expected) in sizes {
            assert_eq!(shrunk(RgbImage::new(width, height), side_px).dimensions(), expected);
        }
    }

    #[test]
    fn what_is_no_picture_is_an_error() {
        assert!(decode(b"").is_err());
        assert!(decode(b"<html>not found</html>").is_err());
        let mut cut = portrait_png().expect("a PNG");
        cut.truncate(200);
        assert!(decode(&cut).is_err());
    }
}
