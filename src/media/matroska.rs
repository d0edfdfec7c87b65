//! What a Matroska file says of itself before its first cluster: RFC 9559.

use super::ebml::{children, float, unsigned};
use super::{Defect, codecs, limits};

/// Element IDs, with their length markers as they stand in the file.
pub(super) mod id {
    pub(in super::super) const EBML: u32 = 0x1A45_DFA3;
    pub(in super::super) const DOC_TYPE: u32 = 0x4282;
    pub(in super::super) const SEGMENT: u32 = 0x1853_8067;
    pub(in super::super) const INFO: u32 = 0x1549_A966;
    pub(in super::super) const TRACKS: u32 = 0x1654_AE6B;
    pub(in super::super) const CLUSTER: u32 = 0x1F43_B675;
    pub(in super::super) const TIMESTAMP: u32 = 0xE7;
    pub(in super::super) const SIMPLE_BLOCK: u32 = 0xA3;
    pub(in super::super) const BLOCK_GROUP: u32 = 0xA0;
    pub(in super::super) const BLOCK: u32 = 0xA1;
    pub(in super::super) const BLOCK_DURATION: u32 = 0x9B;
    pub(in super::super) const CRC_32: u32 = 0xBF;
    pub(in super::super) const VOID: u32 = 0xEC;
    pub(super) const TIMESTAMP_SCALE: u32 = 0x002A_D7B1;
    pub(super) const DURATION: u32 = 0x4489;
    pub(super) const TRACK_ENTRY: u32 = 0xAE;
    pub(super) const TRACK_NUMBER: u32 = 0xD7;
    pub(super) const TRACK_TYPE: u32 = 0x83;
    pub(super) const CODEC_ID: u32 = 0x86;
    pub(super) const DEFAULT_DURATION: u32 = 0x0023_E383;
    pub(super) const VIDEO: u32 = 0xE0;
    pub(super) const PIXEL_WIDTH: u32 = 0xB0;
    pub(super) const PIXEL_HEIGHT: u32 = 0xBA;
    pub(super) const CROP_BOTTOM: u32 = 0x54AA;
    pub(super) const CROP_TOP: u32 = 0x54BB;
    pub(super) const CROP_LEFT: u32 = 0x54CC;
    pub(super) const CROP_RIGHT: u32 = 0x54DD;
    pub(super) const DISPLAY_WIDTH: u32 = 0x54B0;
    pub(super) const DISPLAY_HEIGHT: u32 = 0x54BA;
    pub(super) const DISPLAY_UNIT: u32 = 0x54B2;
}

/// The `Info` element.
pub(super) struct Info {
    /// Nanoseconds of one unit of time.
    pub(super) scale_ns: u64,
    /// In seconds; `None` when the writer did not know.
    pub(super) duration_s: Option<f64>,
}

impl Info {
    /// What holds when nothing is stated.
    const SCALE_NS: u64 = 1_000_000;

    pub(super) fn parse(body: &[u8]) -> Result<Self, Defect> {
        let (mut scale_ns, mut duration) = (Self::SCALE_NS, None);
        for found in children(body) {
            match found? {
                (id::TIMESTAMP_SCALE, value) => scale_ns = unsigned(value),
                (id::DURATION, value) => duration = float(value),
                _ => {}
            }
        }
        if scale_ns == 0 {
            return Err(Defect::malformed("its unit of time is zero"));
        }
        let duration_s = duration.map(|units| units * scale_ns as f64 / 1e9);
        Ok(Self { scale_ns, duration_s: duration_s.filter(|s| s.is_finite() && *s > 0.0) })
    }
}

/// A `TrackEntry` element.
#[derive(Default)]
pub(super) struct Track {
    pub(super) number: u64,
    pub(super) kind: u64,
    pub(super) codec: Option<String>,
    /// Nanoseconds of one frame; 0 when not stated.
    pub(super) frame_ns: u64,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Track {
    /// Values of `TrackType`.
    pub(super) const VIDEO: u64 = 1;
    pub(super) const AUDIO: u64 = 2;

    fn parse(body: &[u8]) -> Result<Self, Defect> {
        let mut track = Self::default();
        for found in children(body) {
            match found? {
                (id::TRACK_NUMBER, value) => track.number = unsigned(value),
                (id::TRACK_TYPE, value) => track.kind = unsigned(value),
                (id::CODEC_ID, value) => track.codec = Some(codecs::matroska(value)),
                (id::DEFAULT_DURATION, value) => track.frame_ns = unsigned(value),
                (id::VIDEO, value) => (track.width, track.height) = shown_size(value)?,
                _ => {}
            }
        }
        Ok(track)
    }
}

/// The `Tracks` element.
pub(super) fn tracks(body: &[u8]) -> Result<Vec<Track>, Defect> {
    let mut tracks = Vec::new();
    for found in children(body) {
        let (element, content) = found?;
        if element == id::TRACK_ENTRY {
            if tracks.len() == limits::TRACKS {
                return Err(Defect::too_complex(format!("it has more than {} tracks", limits::TRACKS)));
            }
            tracks.push(Track::parse(content)?);
        }
    }
    Ok(tracks)
}

/// Width and height as shown: the stated ones where they are in pixels, else what cropping leaves.
fn shown_size(video: &[u8]) -> Result<(u32, u32), Defect> {
    let (mut pixels, mut shown, mut cropped, mut unit) = ((0, 0), (None, None), (0_u64, 0_u64), 0);
    for found in children(video) {
        let (element, body) = found?;
        let value = unsigned(body);
        match element {
            id::PIXEL_WIDTH => pixels.0 = value,
            id::PIXEL_HEIGHT => pixels.1 = value,
            id::CROP_LEFT | id::CROP_RIGHT => cropped.0 = cropped.0.saturating_add(value),
            id::CROP_TOP | id::CROP_BOTTOM => cropped.1 = cropped.1.saturating_add(value),
            id::DISPLAY_WIDTH => shown.0 = Some(value),
            id::DISPLAY_HEIGHT => shown.1 = Some(value),
            id::DISPLAY_UNIT => unit = value,
            _ => {}
        }
    }
    let left = (pixels.0.saturating_sub(cropped.0), pixels.1.saturating_sub(cropped.1));
    let (width, height) = match (unit, shown) {
        (0, (Some(width), Some(height))) => (width, height),
        _ => left,
    };
    let pixels = |value| u32::try_from(value).map_err(|_| Defect::malformed("its stated size is beyond all screens"));
    Ok((pixels(width)?, pixels(height)?))
}
