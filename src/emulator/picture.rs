//! Pictures of presenters: fetching the one a task names, and one of our own for tasks that need no network.

use std::io::Cursor;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use image::{ImageFormat, ImageReader, Limits, Rgb, RgbImage};

use super::errors::ApiError;
use super::fields::SecretUrl;

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
        let told = |error: reqwest::Error| error.without_url().to_string();
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

/// A portrait drawn from circles, as a PNG file: the demo's image job fetches it from the emulator itself.
pub(super) fn portrait_png() -> image::ImageResult<Vec<u8>> {
    let portrait = RgbImage::from_fn(PORTRAIT_PX, PORTRAIT_PX, |x, y| Rgb(portrait_pixel(x, y)));
    let mut file = Cursor::new(Vec::new());
    portrait.write_to(&mut file, ImageFormat::Png)?;
    Ok(file.into_inner())
}

/// Later shapes lie under earlier ones.
fn portrait_pixel(x: u32, y: u32) -> [u8; 3] {
    const HAIR: [u8; 3] = [62, 44, 40];
    const SKIN: [u8; 3] = [226, 178, 148];
    const INK: [u8; 3] = [40, 38, 52];
    const MOUTH: [u8; 3] = [176, 84, 82];
    const COAT: [u8; 3] = [36, 92, 120];
    // Centre, half width, half height, colour.
    let shapes: [(i64, i64, i64, i64, [u8; 3]); 8] = [
        (218, 216, 12, 14, INK),
        (294, 216, 12, 14, INK),
        (256, 284, 38, 12, MOUTH),
        (256, 244, 14, 24, [206, 152, 124]),
        (256, 226, 100, 122, SKIN),
        (256, 200, 122, 136, HAIR),
        (256, 366, 44, 60, SKIN),
        (256, 540, 210, 170, COAT),
    ];
    let (x, y) = (i64::from(x), i64::from(y));
    let covers = |(cx, cy, half_width, half_height): (i64, i64, i64, i64)| {
        let (dx, dy) = ((x - cx) * half_height, (y - cy) * half_width);
        dx * dx + dy * dy <= (half_width * half_height) * (half_width * half_height)
    };
    shapes
        .into_iter()
        .find(|(cx, cy, half_width, half_height, _)| covers((*cx, *cy, *half_width, *half_height)))
        .map_or_else(|| backdrop(y), |(.., colour)| colour)
}

fn backdrop(y: i64) -> [u8; 3] {
    let shade = u8::try_from(y * 70 / i64::from(PORTRAIT_PX)).unwrap_or(u8::MAX);
    [214 - shade, 224 - shade, 236 - shade / 2]
}

#[cfg(test)]
mod tests {
    use super::{PORTRAIT_PX, decode, portrait_png};

    #[test]
    fn the_portrait_can_be_used_as_an_input() {
        let portrait = decode(&portrait_png().expect("a PNG")).expect("a picture");
        assert_eq!(portrait.dimensions(), (PORTRAIT_PX, PORTRAIT_PX));
        assert_ne!(portrait.get_pixel(256, 226), portrait.get_pixel(5, 5));
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
