//! Pictures encoded by ffmpeg: raw I420 goes in, an elementary stream comes out, and the containers are ours.
//!
//! The settings give every segment the same parameter sets, no frame that needs a later one, one slice a frame, and
//! keyframes exactly where they are asked for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Format;
use super::h264::{NAL_IDR, NAL_PPS, NAL_SPS, nal_type, nal_units};
use crate::agent::draw::canvas::Canvas;
use crate::agent::tools::{Bounds, Process, ToolError};
use crate::agent::{Container, RenderError, Sample, quantiser};

/// Quantisers at quality 20 and 99. They are constant, so that the pictures of a scene are the same whatever is encoded before it;
/// and for drawings nothing is gained by varying them.
const X264_QP: (u32, u32) = (40, 18);
/// Constant rate factors of the other encoder, which has its own scale.
const VP9_CRF: (u32, u32) = (50, 20);
/// A frame of the largest size takes some seconds on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// More than a film within its bounds has; a program that writes more has gone wild.
const STREAM_BYTES: usize = 2 << 30;
/// NAL unit type of a coded slice of another picture than a keyframe (ISO/IEC 14496-10, table 7-1).
const NAL_SLICE: u8 = 1;

/// The encoder that `container` needs.
pub(super) fn encoder_name(container: Container) -> &'static str {
    match container {
        Container::Mp4 | Container::Mov => "libx264",
        Container::Webm => "libvpx-vp9",
    }
}

/// Whether the program has the encoder that `container` needs. It is asked once.
pub(super) fn can_encode(program: &Path, container: Container) -> bool {
    lists(program, encoder_name(container))
}

/// Whether the program lists an encoder of this name. The list is read once for each program.
pub(super) fn lists(program: &Path, encoder: &str) -> bool {
    static LISTS: Mutex<BTreeMap<PathBuf, String>> = Mutex::new(BTreeMap::new());
    let mut lists = LISTS.lock().unwrap_or_else(PoisonError::into_inner);
    let list = lists.entry(program.to_owned()).or_insert_with(|| {
        let arguments = ["-hide_banner", "-encoders"].map(str::to_owned);
        let bounds = Bounds { patience: Duration::from_secs(20), output_bytes: 1 << 20 };
        // A program that cannot say what it can do is not used.
        let list = Process::start(program, &arguments, bounds).and_then(Process::finish).unwrap_or_default();
        String::from_utf8_lossy(&list).into_owned()
    });
    list.lines().any(|line| line.split_whitespace().nth(1) == Some(encoder))
}

/// One segment on its way through ffmpeg.
pub(super) struct Stream {
    process: Process,
    container: Container,
}

impl Stream {
    pub(super) fn start(program: &Path, format: &Format, keyframes: &[u32]) -> Result<Self, RenderError> {
        let bounds = Bounds { patience: PATIENCE, output_bytes: STREAM_BYTES };
        let process = Process::start(program, &arguments(format, keyframes), bounds)?;
        Ok(Self { process, container: format.container })
    }

    pub(super) fn push(&mut self, frame: &Canvas) -> Result<(), RenderError> {
        for plane in &frame.planes {
            self.process.write(&plane.samples)?;
        }
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn process_id(&self) -> u32 {
        self.process.id()
    }

    pub(super) fn finish(self) -> Result<Vec<Sample>, RenderError> {
        let stream = self.process.finish()?;
        Ok(match self.container {
            Container::Mp4 | Container::Mov => access_units(&stream),
            Container::Webm => ivf_frames(&stream),
        })
    }
}

impl From<ToolError> for RenderError {
    fn from(error: ToolError) -> Self {
        Self::Tool(error)
    }
}

fn arguments(format: &Format, keyframes: &[u32]) -> Vec<String> {
    let Format { width, height, frame_rate, quality, .. } = *format;
    let mut line = format!(
        "-hide_banner -nostdin -loglevel error -f rawvideo -pix_fmt yuv420p -video_size {width}x{height} \
         -framerate {frame_rate} -i pipe:0 -an -sn -dn -map_metadata -1 -pix_fmt yuv420p -color_range tv \
         -color_primaries smpte170m -color_trc smpte170m -colorspace smpte170m -g 100000 -force_key_frames "
    );
    // Frames are counted in seconds there; six digits are enough to meet the frame meant.
    let seconds = |frame: &u32| format!("{:.6}", f64::from(*frame) / f64::from(frame_rate));
    line.push_str(&keyframes.iter().map(seconds).collect::<Vec<_>>().join(","));
    line.push_str(&match format.container {
        Container::Mp4 | Container::Mov => format!(
            " -c:v libx264 -preset ultrafast -profile:v high -qp {} -bf 0 -x264-params \
             cabac=1:no-deblock=0:scenecut=0:rc-lookahead=0:sync-lookahead=0:mbtree=0:sliced-threads=0:slices=1:repeat-headers=1:annexb=1:aud=0 \
             -bsf:v filter_units=remove_types=6|9 -f h264 pipe:1",
            quantiser(quality, X264_QP.0, X264_QP.1)
        ),
        Container::Webm => format!(
            " -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -row-mt 1 -tile-columns 1 -lag-in-frames 0 -auto-alt-ref 0 \
             -error-resilient 0 -crf {} -b:v 0 -f ivf pipe:1",
            quantiser(quality, VP9_CRF.0, VP9_CRF.1)
        ),
    });
    line.split_whitespace().map(str::to_owned).collect()
}

/// The pictures of an Annex B byte stream in which each has one slice. Parameter sets stay before their keyframe.
fn access_units(stream: &[u8]) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut data = Vec::new();
    for unit in nal_units(stream) {
        let kind = nal_type(unit);
        if ![NAL_SLICE, NAL_IDR, NAL_SPS, NAL_PPS].contains(&kind) {
            continue;
        }
        data.extend([0, 0, 0, 1]);
        data.extend(unit);
        if [NAL_SLICE, NAL_IDR].contains(&kind) {
            samples.push(Sample { data: std::mem::take(&mut data), is_key: kind == NAL_IDR });
        }
    }
    samples
}

/// The frames of an IVF stream: a header that tells its own length, then each frame behind its length and its time.
fn ivf_frames(stream: &[u8]) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut rest = match stream.get(6..8) {
        Some(&[low, high]) => stream.get(usize::from(u16::from_le_bytes([low, high]))..).unwrap_or_default(),
        _ => &[],
    };
    while let Some((length, behind)) = rest.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length) as usize;
        let Some(data) = behind.get(8..8 + length) else { break };
        samples.push(Sample { data: data.to_vec(), is_key: is_vp9_key(data) });
        rest = behind.get(8 + length..).unwrap_or_default();
    }
    samples
}

/// The frame type bit of a VP9 frame header in profile 0: frame marker, two bits of profile, no shown frame, frame
/// type.
fn is_vp9_key(data: &[u8]) -> bool {
    data.first().is_some_and(|first| first & 0b1111_1100 == 0b1000_0000)
}

#[cfg(test)]
mod tests {
    use super::{access_units, ivf_frames};

    #[test]
    fn pictures_are_parted_behind_their_slice_and_keep_their_parameter_sets() {
        let stream = [0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3, 0, 0, 1, 6, 9, 0, 0, 1, 0x65, 4, 0, 0, 1, 0x41, 5];
        let samples = access_units(&stream);
        assert_eq!(samples.iter().map(|sample| sample.is_key).collect::<Vec<_>>(), [true, false]);
        assert_eq!(samples[0].data, [0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0x65, 4]);
        assert_eq!(samples[1].data, [0, 0, 0, 1, 0x41, 5]);
    }

    #[test]
    fn a_cut_ivf_stream_gives_its_whole_frames() {
        let mut stream = vec![0; 32];
        stream[6] = 32;
        stream.extend([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x82, 7]);
        stream.extend([2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0x86, 8]);
        stream.extend([9, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0x86]);
        let samples = ivf_frames(&stream);
        assert_eq!(
            samples.iter().map(|sample| (sample.is_key, sample.data[1])).collect::<Vec<_>>(),
            [(true, 7), (false, 8)]
        );
        assert!(ivf_frames(&[]).is_empty());
    }
}
