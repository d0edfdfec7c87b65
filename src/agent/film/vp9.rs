//! VP9 by `rusty_vp9` at its fastest preset. That encoder makes only its first frame a keyframe, so every keyframe here
//! starts a new one.

use rusty_vp9::{Vp9Encoder, Vp9EncoderConfig};

use crate::agent::draw::canvas::Canvas;
use crate::agent::{Encoder, RenderError, Sample, quantiser};

/// Quantiser indices (of 255) at quality 20 and 99.
const COARSEST_INDEX: u32 = 130;
const FINEST_INDEX: u32 = 40;
const FASTEST: u32 = 6;

pub(in crate::agent) struct Vp9 {
    encoder: Vp9Encoder,
    settings: Vp9EncoderConfig,
    size: (u32, u32),
}

impl Vp9 {
    pub(in crate::agent) fn new(width: u32, height: u32, quality: u8) -> Self {
        let settings = Vp9EncoderConfig {
            qindex: Some(quantiser(quality, COARSEST_INDEX, FINEST_INDEX)),
            lag: Some(0),
            speed: Some(FASTEST),
            ..Vp9EncoderConfig::default()
        };
        Self { encoder: Vp9Encoder::default(), settings, size: (width, height) }
    }
}

impl Encoder for Vp9 {
    fn encode(&mut self, frame: &Canvas, as_key: bool) -> Result<Sample, RenderError> {
        if as_key {
            self.encoder = Vp9Encoder::default();
            self.encoder.configure(&self.settings).map_err(failed)?;
        }
        let planes = frame.planes.each_ref().map(|plane| plane.samples.as_slice());
        let (width, height) = self.size;
        let half = width.div_ceil(2) as usize;
        self.encoder.push_frame(planes, [width as usize, half, half], width, height).map_err(failed)?;
        let packet = self.encoder.next_packet().map_err(failed)?;
        Ok(Sample { data: packet.data, is_key: packet.keyframe })
    }
}

/// The last picture once more: a frame that only tells to show what lies in the first slot (VP9 bitstream specification, 6.2,
/// `show_existing_frame`). Every frame of this encoder is put there.
pub(super) fn again() -> Sample {
    Sample { data: vec![0b1000_1000], is_key: false }
}

fn failed(error: impl std::fmt::Debug) -> RenderError {
    RenderError::Encoder { codec: "VP9", message: format!("{error:?}") }
}
