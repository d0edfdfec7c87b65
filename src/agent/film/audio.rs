//! Sound tracks. Opus is built in; AAC, which MP4 and MOV players know best, comes from ffmpeg.
//!
//! Each encoder delays the sound a little. A film's sound begins by fading in from silence, so the delay is taken out
//! of that beginning instead of being declared: then sound and picture begin and end together for every reader, also
//! for those that know nothing of edit lists and pre-skip.

use std::path::Path;
use std::time::Duration;

use rusty_opus::{Application, OpusEncoder};

use super::ffmpeg;
use crate::agent::tools::{Bounds, Process, Tools};
use crate::agent::{Container, RenderError, SAMPLE_RATE};

/// Samples of one Opus packet: 20 ms.
const OPUS_PACKET: u32 = 960;
/// By how much the Opus encoder delays the sound: its look-ahead and its overlap, 2.5 ms and 4 ms.
const OPUS_DELAY: usize = 312;
/// Samples of one AAC packet; the encoder's delay is exactly one packet.
const AAC_PACKET: u32 = 1024;
/// Bits a second of one channel, at which neither voice nor music suffers audibly.
const OPUS_BITS: i32 = 72_000;
const AAC_BITS: u32 = 112_000;
/// PCM is stored in pieces of this many samples.
const PCM_PACKET: u32 = 960;

/// How a track is encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::agent) enum Coding {
    /// With the bytes of its `AudioSpecificConfig`.
    Aac {
        config: [u8; 2],
    },
    Opus,
    /// Sixteen bits, little-endian.
    Pcm,
}

/// One channel of sound at [`SAMPLE_RATE`], encoded, beginning with the film.
#[derive(Debug, Clone)]
pub struct AudioTrack {
    pub(in crate::agent) coding: Coding,
    /// All packets have `packet_samples` samples but for the last, which has what is left.
    pub(in crate::agent) packets: Vec<Vec<u8>>,
    pub(in crate::agent) packet_samples: u32,
    /// As many as the film lasts.
    pub(in crate::agent) samples: u32,
}

/// Encodes a film's sound as its container has it, and says where that is not as it should be. No samples, no track.
///
/// # Errors
/// A failing encoder.
pub fn encode(
    samples: &[i16],
    container: Container,
    tools: &Tools,
) -> Result<(Option<AudioTrack>, Vec<String>), RenderError> {
    if samples.is_empty() {
        return Ok((None, Vec::new()));
    }
    let has_aac = tools.ffmpeg.as_deref().filter(|program| ffmpeg::lists(program, "aac"));
    let (track, note) = match (container, has_aac) {
        (Container::Webm, _) => (opus(samples)?, None),
        (Container::Mp4 | Container::Mov, Some(program)) => (aac(samples, program)?, None),
        (Container::Mp4, None) => (opus(samples)?, Some("there is no ffmpeg with AAC: the sound is Opus")),
        (Container::Mov, None) => (pcm(samples), Some("there is no ffmpeg with AAC: the sound is not compressed")),
    };
    Ok((Some(track), note.map(str::to_owned).into_iter().collect()))
}

fn opus(samples: &[i16]) -> Result<AudioTrack, RenderError> {
    let failed = |error: rusty_opus::Error| RenderError::Encoder { codec: "Opus", message: error.to_string() };
    let mut encoder = OpusEncoder::new(48_000, 1, Application::Audio).map_err(failed)?;
    encoder.bitrate_bps = OPUS_BITS;
    let mut packets = Vec::new();
    let mut packet = [0_u8; 1500];
    let mut frame = [0_f32; OPUS_PACKET as usize];
    let count = samples.len().div_ceil(frame.len());
    for number in 0..count {
        for (at, value) in frame.iter_mut().enumerate() {
            let sample = samples.get(number * OPUS_PACKET as usize + at + OPUS_DELAY).copied().unwrap_or(0);
            *value = f32::from(sample) / 32_768.0;
        }
        let length = encoder.encode(&frame, frame.len(), &mut packet).map_err(failed)?;
        packets.push(packet.get(..length).unwrap_or_default().to_vec());
    }
    Ok(AudioTrack { coding: Coding::Opus, packets, packet_samples: OPUS_PACKET, samples: count_of(samples) })
}

fn pcm(samples: &[i16]) -> AudioTrack {
    let packets = samples.chunks(PCM_PACKET as usize);
    let packets = packets.map(|part| part.iter().flat_map(|sample| sample.to_le_bytes()).collect()).collect();
    AudioTrack { coding: Coding::Pcm, packets, packet_samples: PCM_PACKET, samples: count_of(samples) }
}

fn aac(samples: &[i16], program: &Path) -> Result<AudioTrack, RenderError> {
    let arguments = format!(
        "-hide_banner -nostdin -loglevel error -f s16le -ar {SAMPLE_RATE} -ac 1 -i pipe:0 -vn -map_metadata -1 -c:a aac \
         -aac_coder fast -b:a {AAC_BITS} -f adts pipe:1"
    );
    let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
    let bounds = Bounds { patience: Duration::from_secs(60), output_bytes: samples.len() * 2 + (1 << 16) };
    let mut process = Process::start(program, &arguments, bounds)?;
    for part in samples.chunks(1 << 16) {
        let bytes: Vec<u8> = part.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        process.write(&bytes)?;
    }
    let stream = process.finish()?;
    let (config, mut packets) = adts_packets(&stream);
    // The first packet is the delay; behind the last sample there is nothing worth a packet.
    let wanted = samples.len().div_ceil(AAC_PACKET as usize);
    if packets.len() < wanted + 1 {
        let message = format!("ffmpeg gave {} packets of sound and {} are needed", packets.len(), wanted + 1);
        return Err(RenderError::Encoder { codec: "AAC", message });
    }
    packets.remove(0);
    packets.truncate(wanted);
    Ok(AudioTrack { coding: Coding::Aac { config }, packets, packet_samples: AAC_PACKET, samples: count_of(samples) })
}

/// The packets of an ADTS stream (ISO/IEC 13818-7, section 6.2), and its settings as MP4 states them.
fn adts_packets(stream: &[u8]) -> ([u8; 2], Vec<Vec<u8>>) {
    let mut packets = Vec::new();
    let mut config = [0; 2];
    let mut rest = stream;
    while let Some(&[0xff, flags, settings, channels, length, length_and_more, _]) = rest.first_chunk::<7>() {
        let header = if flags & 1 == 1 { 7 } else { 9 };
        let length = usize::from(channels & 3) << 11 | usize::from(length) << 3 | usize::from(length_and_more >> 5);
        let Some(packet) = rest.get(header..length) else { break };
        let (object, rate) = ((settings >> 6) + 1, settings >> 2 & 15);
        let channels = (settings & 1) << 2 | channels >> 6;
        config = [object << 3 | rate >> 1, rate << 7 | channels << 3];
        packets.push(packet.to_vec());
        rest = rest.get(length..).unwrap_or_default();
    }
    (config, packets)
}

/// A film has some minutes.
fn count_of(samples: &[i16]) -> u32 {
    u32::try_from(samples.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Coding, encode, opus, pcm};
    use crate::agent::{Container, Tools};

    fn tone(samples: usize) -> Vec<i16> {
        (0..samples).map(|at| i16::try_from(at % 100).expect("small") * 80).collect()
    }

    #[test]
    fn opus_and_pcm_packets_cover_the_sound_exactly() {
        for samples in [48_000, 48_001, 1] {
            let sound = tone(samples);
            let track = opus(&sound).expect("encodes");
            assert_eq!(track.packets.len(), samples.div_ceil(960));
            let track = pcm(&sound);
            assert_eq!(track.packets.iter().map(Vec::len).sum::<usize>(), samples * 2);
        }
    }

    #[test]
    fn without_ffmpeg_it_is_said_what_the_sound_is() {
        let coding = |container| {
            let (track, notes) = encode(&tone(4800), container, &Tools::NONE).expect("encodes");
            (track.map(|track| track.coding), notes.len())
        };
        assert_eq!(coding(Container::Webm), (Some(Coding::Opus), 0));
        assert_eq!(coding(Container::Mp4), (Some(Coding::Opus), 1));
        assert_eq!(coding(Container::Mov), (Some(Coding::Pcm), 1));
        assert!(
            encode(&[], Container::Mp4, &Tools::NONE).is_ok_and(|(track, notes)| track.is_none() && notes.is_empty())
        );
    }
}
