//! Drawing and encoding of the emulator's videos.
//!
//! A [`Screenplay`] goes through pure planning (`scenes`), painting frame by frame (`stage` on `canvas`, `text` and
//! `portrait`), one of two encoders (`h264`, `vp9`) and one of two containers (`mp4`, which also writes MOV, and `webm`).
//! No frame outlives its encoding; only the encoded film is held. The same screenplay gives the same bytes.

mod brief;
mod draw;
mod film;
mod narration;
mod scenes;
pub mod script;
mod stage;
#[cfg(test)]
mod tests;
pub mod writing;

pub use brief::Brief;
pub use draw::portrait::portrait;
pub use narration::{Narration, SAMPLE_RATE, SpokenWord};

use draw::canvas::Canvas;
use film::{h264, mp4, vp9, webm};
use stage::Stage;

/// The longest side in pixels; both encoders hold a few pictures of this size.
pub const MAX_SIDE: u32 = 4096;
/// The shortest side in pixels; below it no text can be read.
pub const MIN_SIDE: u32 = 32;
/// The longest film in seconds, the model's own limit.
pub const MAX_DURATION_S: u32 = 300;
/// The highest frame rate.
pub const MAX_FRAME_RATE: u32 = 60;

/// A player that seeks decodes at most this much to get to any frame.
const KEYFRAME_INTERVAL_S: u32 = 2;

/// File formats the model offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// MP4 with H.264, its index at the front.
    Mp4,
    /// WebM with VP9, whose encoder takes some ten times as long as the other.
    Webm,
    /// QuickTime with H.264, its index at the front.
    Mov,
}

/// Who is seen speaking.
#[derive(Debug, Clone)]
pub enum Presenter {
    /// A drawn person, always the same one for the same name; a lower third shows the name as far as its first `_`.
    Avatar(String),
    /// This picture, cropped to the presenter's place.
    Image(image::RgbImage),
    /// A drawn person picked by the seed.
    Chosen,
}

/// Everything that decides a video.
#[derive(Debug, Clone)]
pub struct Screenplay {
    /// What the video is about: its sentences are what is shown.
    pub prompt: String,
    /// The file format, which also decides the codec.
    pub container: Container,
    /// 20 to 99: how finely the picture is quantised.
    pub quality: u8,
    /// Pixels, [`MIN_SIDE`] to [`MAX_SIDE`]; even for MP4 and MOV.
    pub width: u32,
    /// Pixels, [`MIN_SIDE`] to [`MAX_SIDE`]; even for MP4 and MOV.
    pub height: u32,
    /// Seconds, 1 to [`MAX_DURATION_S`]; the film has exactly this length.
    pub duration_s: u32,
    /// Decides colours, cast and motion.
    pub seed: u64,
    /// Who is seen speaking.
    pub presenter: Presenter,
    /// Frames per second, 1 to [`MAX_FRAME_RATE`].
    pub frame_rate: u32,
}

/// Why a screenplay cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A number is outside its bounds.
    #[error("{field} is {value}, but must be from {least} to {most}")]
    OutOfBounds {
        /// The field of the screenplay.
        field: &'static str,
        /// What it holds.
        value: u32,
        /// The lower bound.
        least: u32,
        /// The upper bound.
        most: u32,
    },
    /// H.264 in 4:2:0 has no way to state an odd size.
    #[error("the size {width}x{height} has an odd side, which H.264 cannot state: choose even sides, or WebM")]
    OddSize {
        /// The width asked for, in pixels.
        width: u32,
        /// The height asked for, in pixels.
        height: u32,
    },
    /// The encoder refused a frame.
    #[error("the {codec} encoder failed: {message}")]
    Encoder {
        /// Which one.
        codec: &'static str,
        /// What it said.
        message: String,
    },
}

/// One encoded frame, as its container stores it.
struct Sample {
    data: Vec<u8>,
    is_key: bool,
}

/// Encoded frames of equal length, in order.
struct Film {
    width: u32,
    height: u32,
    frame_rate: u32,
    samples: Vec<Sample>,
}

/// Takes frames in order and gives one sample for each; with `as_key` the sample needs no other to be decoded.
trait Encoder {
    fn encode(&mut self, frame: &Canvas, as_key: bool) -> Result<Sample, RenderError>;
}

/// A frame that was just painted and encoded.
pub struct Painted<'a> {
    /// How much of the film is done, 1 with the last frame.
    pub share: f32,
    /// Whether a player can begin here.
    pub is_key: bool,
    stage: &'a Stage<'a>,
}

impl Painted<'_> {
    /// The words that the frame shows, whatever room there is for them.
    #[must_use]
    pub fn text(&self) -> String {
        self.stage.text()
    }
}

/// Renders the film and returns the whole file. This is seconds of CPU work: run it on a thread that may block.
/// `watch` is called after each frame.
///
/// # Errors
/// A screenplay outside its bounds, an odd side for H.264, or a failing encoder.
pub fn render(screenplay: &Screenplay, watch: &mut dyn FnMut(&Painted<'_>)) -> Result<Vec<u8>, RenderError> {
    check(screenplay)?;
    let (width, height) = (screenplay.width, screenplay.height);
    let mut encoder: Box<dyn Encoder> = match screenplay.container {
        Container::Mp4 | Container::Mov => Box::new(h264::Avc::new(width, height, screenplay.quality)?),
        Container::Webm => Box::new(vp9::Vp9::new(width, height, screenplay.quality)),
    };
    let mut stage = Stage::new(screenplay, scenes::plan(screenplay));
    let frames = screenplay.duration_s * screenplay.frame_rate;
    let mut film = Film { width, height, frame_rate: screenplay.frame_rate, samples: Vec::new() };
    let mut since_key = 0;
    for number in 0..frames {
        let as_key = stage.is_cut(number) || since_key >= KEYFRAME_INTERVAL_S * screenplay.frame_rate;
        since_key = if as_key { 1 } else { since_key + 1 };
        film.samples.push(encoder.encode(stage.paint(number), as_key)?);
        watch(&Painted { share: (number + 1) as f32 / frames as f32, is_key: as_key, stage: &stage });
    }
    Ok(match screenplay.container {
        Container::Mp4 => mp4::file(&film, mp4::Brand::Mp4)?,
        Container::Mov => mp4::file(&film, mp4::Brand::QuickTime)?,
        Container::Webm => webm::file(&film),
    })
}

fn check(screenplay: &Screenplay) -> Result<(), RenderError> {
    let bounded = |field, value, least, most| {
        let is_inside = (least..=most).contains(&value);
        if is_inside { Ok(()) } else { Err(RenderError::OutOfBounds { field, value, least, most }) }
    };
    bounded("width", screenplay.width, MIN_SIDE, MAX_SIDE)?;
    bounded("height", screenplay.height, MIN_SIDE, MAX_SIDE)?;
    bounded("duration", screenplay.duration_s, 1, MAX_DURATION_S)?;
    bounded("frame rate", screenplay.frame_rate, 1, MAX_FRAME_RATE)?;
    bounded("quality", screenplay.quality.into(), 20, 99)?;
    let is_odd = !(screenplay.width.is_multiple_of(2) && screenplay.height.is_multiple_of(2));
    if is_odd && screenplay.container != Container::Webm {
        return Err(RenderError::OddSize { width: screenplay.width, height: screenplay.height });
    }
    Ok(())
}

/// Quality 20 to 99 on an encoder's own scale, from its value at 20 to its value at 99.
fn quantiser(quality: u8, at_20: u32, at_99: u32) -> u32 {
    let above = u32::from(quality.clamp(20, 99)) - 20;
    at_20 - (at_20 - at_99) * above / 79
}
