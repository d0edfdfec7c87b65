//! Pictures of presenters: fetching the one a task names, and one of our own for tasks that need no network.

use std::io::Cursor;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use image::{ImageFormat, ImageReader, Limits, RgbImage};

use super::errors::ApiError;
use super::fields::SecretUrl;
use super::render;
use super::upload::told;

/// Longest a picture may take to arrive.
const FETCH_TIMEOUT: Duration = Duration::from_secs(20);

/// Largest file taken, in bytes.
const MAX_FILE_BYTES: usize = 20 * 1024 * 1024;

/// Largest width and height taken, in pixels.
const MAX_SIDE_PX: u32 = 8192;

/// Most memory the decoder may claim, in bytes. A small file can announce an enormous picture.
const MAX_DECODED_BYTES: u64 = 256 * 1024 * 1024;

/// Redirects followed: picture hosts use them.
const MAX_REDIRECTS: usize = 3;

/// Width and height of our own portrait, in pixels.
const PORTRAIT_PX: u32 = 512;

/// Which of the drawn people it shows.
const PORTRAIT_SEED: u64 = 7;

/// Fetches the pictures that tasks name.
pub(super) struct PictureDesk {
    client: reqwest::Client,
}

impl PictureDesk {
    /// A desk with its own connections.
    pub(super) fn new() -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::limited(MAX_REDIRECTS))
            .timeout(FETCH_TIMEOUT)
            .build()?;
        Ok(Self { client })
    }

    /// The picture behind `url`, decoded, or the error that fails the task.
    pub(super) async fn fetch(&self, url: &SecretUrl) -> Result<RgbImage, ApiError> {
        let file = self.download(url).await.map_err(|reason| unusable(&reason))?;
        match tokio::task::spawn_blocking(move || decode(&file)).await {
            Ok(decoded) => decoded.map_err(|error| unusable(&error.to_string())),
            Err(_) => Err(unusable("the decoder broke down over it")),
        }
    }

    async fn download(&self, url: &SecretUrl) -> Result<Bytes, String> {
        let mut response = self.client.get(url.expose().clone()).send().await.map_err(told)?;
        if !response.status().is_success() {
            return Err(format!("its host answered {}", response.status()));
        }
        let mut file = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(told)? {
            file.extend_from_slice(&chunk);
            if file.len() > MAX_FILE_BYTES {
                return Err(format!("it is larger than {MAX_FILE_BYTES} bytes"));
            }
        }
        Ok(file.freeze())
    }
}

fn unusable(reason: &str) -> ApiError {
    ApiError::failed_task("invalidInputsImage", format!("The picture in 'inputs.image' cannot be used: {reason}."))
        .about("inputs.image")
        .expecting("string")
}

fn decode(file: &[u8]) -> image::ImageResult<RgbImage> {
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE_PX);
    limits.max_image_height = Some(MAX_SIDE_PX);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    Ok(reader.decode()?.into_rgb8())
}

/// A drawn portrait as a PNG file: the demo's image job fetches it from the emulator itself.
pub(super) fn portrait_png() -> image::ImageResult<Vec<u8>> {
    let mut file = Cursor::new(Vec::new());
    render::portrait(PORTRAIT_SEED, PORTRAIT_PX).write_to(&mut file, ImageFormat::Png)?;
    Ok(file.into_inner())
}

#[cfg(test)]
mod tests {
    use super::{PORTRAIT_PX, decode, portrait_png};

    #[test]
    fn the_portrait_can_be_used_as_an_input() {
        let portrait = decode(&portrait_png().expect("a PNG")).expect("a picture");
        assert_eq!(portrait.dimensions(), (PORTRAIT_PX, PORTRAIT_PX));
        assert_ne!(portrait.get_pixel(PORTRAIT_PX / 2, PORTRAIT_PX / 2), portrait.get_pixel(5, 5));
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
