//! Encoders and containers.
//!
//! A film is encoded in [`Segment`]s, one for each scene. Every segment begins with a keyframe and needs no other one,
//! and all segments of a film are encoded with the same settings, so that they can be kept, exchanged one by one, and
//! put together by [`mux`] without being touched. Both backends give the same kind of segment; there is one path from
//! there on.

pub(in crate::agent) mod audio;
mod entries;
mod ffmpeg;
pub(in crate::agent) mod h264;
pub(in crate::agent) mod mp4;
#[cfg(test)]
mod tests;
mod threaded;
pub(in crate::agent) mod vp9;
pub(in crate::agent) mod webm;

use std::ops::Range;

use super::draw::canvas::Canvas;
use super::tools::Tools;
use super::{Container, Encoder, KEYFRAME_INTERVAL_S, RenderError, Sample};

pub use audio::{AudioTrack, encode as encode_sound};

/// What kind of file is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// The file format, which also decides the codec.
    pub container: Container,
    /// Pixels; even for MP4 and MOV.
    pub width: u32,
    /// Pixels; even for MP4 and MOV.
    pub height: u32,
    /// Frames per second.
    pub frame_rate: u32,
    /// 20 to 99: how finely the picture is quantised.
    pub quality: u8,
}

/// Who encodes the pictures. Segments of different backends do not go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// The encoders that this program is built with.
    BuiltIn,
    /// `ffmpeg` at this path, with `libx264` or `libvpx-vp9`.
    Ffmpeg(std::path::PathBuf),
}

/// The encoded frames of one scene, in order.
#[derive(Debug, Clone)]
pub struct Segment {
    samples: Vec<Sample>,
}

impl Segment {
    /// How many frames it has.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.samples.len()
    }

    /// The same in parts of so many frames, each of which begins with a keyframe.
    pub(in crate::agent) fn parted(self, lengths: impl Iterator<Item = usize>) -> Vec<Self> {
        let mut samples = self.samples.into_iter();
        lengths.map(|length| Self { samples: samples.by_ref().take(length).collect() }).collect()
    }

    /// How much memory its pictures take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.samples.iter().map(|sample| sample.data.len()).sum()
    }
}

/// Chooses the backend for `format`, and says what that means for the video where it is not the better one.
#[must_use]
pub fn choose(format: &Format, tools: &Tools) -> (Backend, Vec<String>) {
    let Some(program) = &tools.ffmpeg else {
        return (Backend::BuiltIn, vec![without_ffmpeg(format, "there is no ffmpeg")]);
    };
    if ffmpeg::can_encode(program, format.container) {
        return (Backend::Ffmpeg(program.clone()), Vec::new());
    }
    let why = format!("this ffmpeg has no {}", ffmpeg::encoder_name(format.container));
    (Backend::BuiltIn, vec![without_ffmpeg(format, &why)])
}

fn without_ffmpeg(format: &Format, why: &str) -> String {
    let meaning = match (format.container, format.frame_rate / held(format, &Backend::BuiltIn)) {
        (Container::Mp4 | Container::Mov, _) => ", which is slower".to_owned(),
        (Container::Webm, rate) if rate == format.frame_rate => {
            ", which takes some five times as long as MP4".to_owned()
        }
        (Container::Webm, rate) => format!("; as it takes its time, there are only {} new ones a second", rate.max(1)),
    };
    format!("{why}: the pictures are encoded by the built-in encoder{meaning}")
}

/// At which of the `frames` of a scene, counted from its first one, a keyframe is due: at the first, at cuts, and
/// wherever else a player would have to decode too much. `is_cut` is asked with numbers of the film.
pub fn keyframes(frames: Range<u32>, frame_rate: u32, mut is_cut: impl FnMut(u32) -> bool) -> Vec<u32> {
    let mut keys: Vec<u32> = Vec::new();
    for number in frames.clone() {
        let at = number - frames.start;
        if keys.last().is_none_or(|last| at - last >= KEYFRAME_INTERVAL_S * frame_rate) || is_cut(number) {
            keys.push(at);
        }
    }
    keys
}

/// Pixels a second that the built-in VP9 encoder manages on two cores.
const VP9_PIXELS_A_SECOND: u32 = 6_500_000;
/// A picture stays for no more frames than this: what moves would be lost.
const HELD_MOST: u32 = 6;

/// For how many frames a picture stays. The built-in VP9 encoder would otherwise take much longer than the film lasts.
pub(in crate::agent) fn held(format: &Format, backend: &Backend) -> u32 {
    let Format { container, width, height, frame_rate, .. } = *format;
    match (backend, container) {
        (Backend::BuiltIn, Container::Webm) => {
            (width * height).saturating_mul(frame_rate).div_ceil(VP9_PIXELS_A_SECOND).clamp(1, HELD_MOST)
        }
        (Backend::BuiltIn | Backend::Ffmpeg(_), _) => 1,
    }
}

/// Encodes one scene, frame by frame, while the next frame is being painted. Dropping it ends whatever it runs.
pub(in crate::agent) struct SegmentEncoder {
    work: Work,
    pushed: u32,
}

enum Work {
    Ffmpeg(ffmpeg::Stream),
    Thread(threaded::Worker),
}

impl SegmentEncoder {
    /// `keyframes` come from [`keyframes`].
    pub(in crate::agent) fn new(format: &Format, backend: &Backend, keyframes: Vec<u32>) -> Result<Self, RenderError> {
        let work = match backend {
            Backend::Ffmpeg(program) => Work::Ffmpeg(ffmpeg::Stream::start(program, format, &keyframes)?),
            Backend::BuiltIn => Work::Thread(threaded::Worker::start(|| built_in(format), keyframes, format)?),
        };
        Ok(Self { work, pushed: 0 })
    }

    /// Takes the next frame.
    pub(in crate::agent) fn push(&mut self, frame: &Canvas) -> Result<(), RenderError> {
        self.pushed += 1;
        match &mut self.work {
            Work::Ffmpeg(stream) => stream.push(frame),
            Work::Thread(worker) => worker.push(frame),
        }
    }

    /// Takes the frame before once more, where [`held`] allows it.
    pub(in crate::agent) fn repeat(&mut self) -> Result<(), RenderError> {
        self.pushed += 1;
        match &mut self.work {
            Work::Thread(worker) => worker.repeat(),
            Work::Ffmpeg(_) => {
                let message = "ffmpeg is given every frame".to_owned();
                return Err(RenderError::Encoder { codec: "video", message });
            }
        }
        Ok(())
    }

    /// Which process encodes, if it is one of its own.
    #[cfg(test)]
    fn process_id(&self) -> Option<u32> {
        match &self.work {
            Work::Ffmpeg(stream) => Some(stream.process_id()),
            Work::Thread(_) => None,
        }
    }

    /// Waits for the last frame and gives them all.
    pub(in crate::agent) fn finish(self) -> Result<Segment, RenderError> {
        let samples = match self.work {
            Work::Ffmpeg(stream) => stream.finish()?,
            Work::Thread(worker) => worker.finish()?,
        };
        let is_whole = samples.len() == self.pushed as usize && samples.first().is_none_or(|first| first.is_key);
        if !is_whole {
            let message = format!("{} frames came out for the {} that went in", samples.len(), self.pushed);
            return Err(RenderError::Encoder { codec: "video", message });
        }
        Ok(Segment { samples })
    }
}

fn built_in(format: &Format) -> Result<Box<dyn Encoder + Send>, RenderError> {
    let Format { width, height, quality, .. } = *format;
    Ok(match format.container {
        Container::Mp4 | Container::Mov => Box::new(h264::Avc::new(width, height, quality)?),
        Container::Webm => Box::new(vp9::Vp9::new(width, height, quality)),
    })
}

/// What the containers write: frames of equal length, in order, and perhaps sound.
pub(in crate::agent) struct Film<'a> {
    pub(in crate::agent) width: u32,
    pub(in crate::agent) height: u32,
    pub(in crate::agent) frame_rate: u32,
    pub(in crate::agent) samples: Vec<&'a Sample>,
    pub(in crate::agent) audio: Option<&'a AudioTrack>,
}

/// Puts segments and sound together to a whole file.
///
/// # Errors
/// Segments without a frame, or of different encoders or settings.
pub fn mux(format: &Format, segments: &[&Segment], audio: Option<&AudioTrack>) -> Result<Vec<u8>, RenderError> {
    let film = Film {
        width: format.width,
        height: format.height,
        frame_rate: format.frame_rate,
        samples: segments.iter().flat_map(|segment| &segment.samples).collect(),
        audio,
    };
    if film.samples.is_empty() {
        return Err(RenderError::Encoder { codec: "video", message: "there is not one frame".to_owned() });
    }
    match format.container {
        Container::Mp4 => mp4::file(&film, mp4::Brand::Mp4),
        Container::Mov => mp4::file(&film, mp4::Brand::QuickTime),
        Container::Webm => Ok(webm::file(&film)),
    }
}
