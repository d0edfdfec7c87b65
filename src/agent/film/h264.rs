//! H.264 by `rusty_h264`: High profile, no B-frames, no look-ahead, so that each frame gives its sample at once.

use rusty_h264::{Encoder as H264Encoder, EncoderConfig, YuvPlanes};

use crate::agent::draw::canvas::Canvas;
use crate::agent::{Encoder, RenderError, Sample, quantiser};

/// Quantisers at quality 20 and 99.
const COARSEST_QP: u32 = 36;
const FINEST_QP: u32 = 18;
/// NAL unit types (ISO/IEC 14496-10, table 7-1).
pub(in crate::agent) const NAL_IDR: u8 = 5;
pub(in crate::agent) const NAL_SPS: u8 = 7;
pub(in crate::agent) const NAL_PPS: u8 = 8;

pub(in crate::agent) struct Avc {
    encoder: H264Encoder,
    size: (usize, usize),
}

impl Avc {
    pub(in crate::agent) fn new(width: u32, height: u32, quality: u8) -> Result<Self, RenderError> {
        let size = (width as usize, height as usize);
        let mut config = EncoderConfig::new(size.0, size.1);
        config.qp = u8::try_from(quantiser(quality, COARSEST_QP, FINEST_QP)).unwrap_or(26);
        // Keyframes come where the film cuts; see `Encoder::encode`.
        config.gop_size = u32::MAX;
        config.scenecut = 0;
        config.mbtree = false;
        config.lookahead = 0;
        config.num_ref_frames = 1;
        let encoder = H264Encoder::new(config).map_err(failed)?;
        Ok(Self { encoder, size })
    }
}

impl Encoder for Avc {
    fn encode(&mut self, frame: &Canvas, as_key: bool) -> Result<Sample, RenderError> {
        if as_key {
            self.encoder.request_keyframe();
        }
        let [y, u, v] = frame.planes.each_ref().map(|plane| plane.samples.as_slice());
        let (width, height) = self.size;
        let planes = YuvPlanes { width, height, y, u, v, stride_y: width, stride_c: width / 2 };
        let data = self.encoder.encode_planes(&planes).map_err(failed)?;
        let is_key = nal_units(&data).any(|unit| nal_type(unit) == NAL_IDR);
        Ok(Sample { data, is_key })
    }
}

/// The NAL units of an Annex B byte stream, without their start codes.
pub(in crate::agent) fn nal_units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts: Vec<usize> =
        stream.windows(3).enumerate().filter(|(_, code)| *code == [0, 0, 1]).map(|(at, _)| at).collect();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([stream.len()]).collect();
    starts.into_iter().zip(ends).filter_map(move |(start, end)| {
        let unit = stream.get(start + 3..end)?;
        // A unit ends with a one bit; zeros after it belong to the next start code.
        let length = unit.iter().rposition(|byte| *byte != 0)? + 1;
        unit.get(..length)
    })
}

pub(in crate::agent) fn nal_type(unit: &[u8]) -> u8 {
    unit.first().map_or(0, |header| header & 0x1f)
}

fn failed(error: impl std::fmt::Debug) -> RenderError {
    RenderError::Encoder { codec: "H.264", message: format!("{error:?}") }
}
