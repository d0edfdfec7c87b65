//! The local video agent: from one prompt to a draft of the finished production.
//!
//! It does what the seed document says of the real agent, with procedural means: it writes a script, casts a presenter, plans shots,
//! draws scenery and graphics, speaks, captions, cuts and encodes. What comes out is a draft that shows structure, timing, words and
//! colours before a cent is spent. It knows nothing of tasks, jobs or networks, blocks its thread, and is deterministic: the same
//! brief gives the same script, and with the same tools the same film.
//!
//! ```text
//! Brief ─▶ writing ─▶ Script ─▶ sound ─▶ Narration ─┐
//!                        └────▶ draw ◀──────────────┘ ─▶ film ─▶ file
//!                                      production: the whole way, and what is kept of it
//! ```

mod brief;
pub mod captions;
mod dice;
mod draw;
pub mod film;
mod narration;
mod pace;
mod production;
pub mod script;
pub mod sound;
#[cfg(test)]
mod tests;
mod tools;
pub mod writing;

pub use brief::Brief;
pub use draw::portrait::portrait;
pub use narration::{Narration, SAMPLE_RATE, SpokenWord};
pub use production::{Painted, Production, Rehearsal, SegmentCache, rehearse};
pub use tools::{ToolError, Tools};
pub use writing::write;

use draw::canvas::Canvas;
use script::ScriptError;

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
    /// WebM with VP9, whose built-in encoder is slow: it is given fewer pictures where they are large.
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

/// Why a film cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A number is outside its bounds.
    #[error("{field} is {value}, but must be from {least} to {most}")]
    OutOfBounds {
        /// What it is.
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
    /// The script has mistakes, or is not one for this brief.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// A program that helps with encoding failed.
    #[error(transparent)]
    Tool(ToolError),
}

/// One encoded frame, as its container stores it.
#[derive(Debug, Clone)]
struct Sample {
    data: Vec<u8>,
    is_key: bool,
}

/// Takes frames in order and gives one sample for each; with `as_key` the sample needs no other to be decoded.
trait Encoder {
    fn encode(&mut self, frame: &Canvas, as_key: bool) -> Result<Sample, RenderError>;
}

/// Whether a film of this brief can be made at all.
fn check(brief: &Brief) -> Result<(), RenderError> {
    bounded("width", brief.width, MIN_SIDE, MAX_SIDE)?;
    bounded("height", brief.height, MIN_SIDE, MAX_SIDE)?;
    bounded("duration", brief.duration_s, 1, MAX_DURATION_S)?;
    bounded("frame rate", brief.frame_rate, 1, MAX_FRAME_RATE)
}

/// Whether a film can be encoded in this format.
fn check_format(format: &film::Format) -> Result<(), RenderError> {
    bounded("quality", format.quality.into(), 20, 99)?;
    let is_odd = !(format.width.is_multiple_of(2) && format.height.is_multiple_of(2));
    if is_odd && format.container != Container::Webm {
        return Err(RenderError::OddSize { width: format.width, height: format.height });
    }
    Ok(())
}

fn bounded(field: &'static str, value: u32, least: u32, most: u32) -> Result<(), RenderError> {
    let is_inside = (least..=most).contains(&value);
    if is_inside { Ok(()) } else { Err(RenderError::OutOfBounds { field, value, least, most }) }
}

/// Quality 20 to 99 on an encoder's own scale, from its value at 20 to its value at 99.
fn quantiser(quality: u8, at_20: u32, at_99: u32) -> u32 {
    let above = u32::from(quality.clamp(20, 99)) - 20;
    at_20 - (at_20 - at_99) * above / 79
}
