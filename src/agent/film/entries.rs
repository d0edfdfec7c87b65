//! What the sample descriptions of MP4 and QuickTime say of a codec, and the writing of boxes.

use super::audio::{AudioTrack, Coding};
use super::mp4::Brand;
use crate::agent::SAMPLE_RATE;

pub(super) fn video_entry(width: u32, height: u32, brand: Brand, [sequence, picture]: &[Vec<u8>; 2]) -> Vec<u8> {
    let mut avc_c = vec![1, sequence[1], sequence[2], sequence[3], 0xff, 0xe1];
    avc_c.extend(u16_of(sequence.len()).to_be_bytes());
    avc_c.extend(sequence);
    avc_c.push(1);
    avc_c.extend(u16_of(picture.len()).to_be_bytes());
    avc_c.extend(picture);
    // High profile adds chroma format 4:2:0 and 8 bits of depth.
    avc_c.extend([0xfd, 0xf8, 0xf8, 0]);
    // BT.601 primaries, transfer and matrix, as the canvas makes them; studio range.
    let colour: &[u8] = match brand {
        Brand::Mp4 => b"nclx\0\x06\0\x06\0\x06\0",
        Brand::QuickTime => b"nclc\0\x06\0\x06\0\x06",
    };
    let (width, height) = (u16_of(width as usize).to_be_bytes(), u16_of(height as usize).to_be_bytes());
    let resolution: [u8; 8] = [0, 0x48, 0, 0, 0, 0x48, 0, 0];
    let boxes = [boxed(*b"avcC", &[&avc_c]), boxed(*b"colr", &[colour]), boxed(*b"pasp", &[&words(&[1, 1])])].concat();
    let entry: [&[u8]; 10] = [
        &[0, 0, 0, 0, 0, 0, 0, 1],
        &[0; 16],
        &width,
        &height,
        &resolution,
        &[0, 0, 0, 0, 0, 1],
        &[0; 32],
        &[0, 24],
        &[0xff, 0xff],
        &boxes,
    ];
    boxed(*b"avc1", &entry)
}

pub(super) fn sound_entry(audio: &AudioTrack, brand: Brand) -> Vec<u8> {
    match (&audio.coding, brand) {
        (Coding::Aac { config }, Brand::Mp4) => {
            boxed(*b"mp4a", &[&sound_head(0, 0), &elementary_stream(audio, *config)])
        }
        (Coding::Aac { config }, Brand::QuickTime) => {
            // Version 1 adds how packets relate to samples, and hides the rest in a box of its own.
            let version_1 = words(&[audio.packet_samples, 0, 0, 2]);
            let parts = [
                boxed(*b"frma", &[b"mp4a"]),
                boxed(*b"mp4a", &[&[0; 4]]),
                elementary_stream(audio, *config),
                boxed(*b"\0\0\0\0", &[]),
            ];
            boxed(*b"mp4a", &[&sound_head(1, 0xfffe), &version_1, &boxed(*b"wave", &[&parts.concat()])])
        }
        (Coding::Opus, _) => {
            // One channel, no samples to skip, no gain.
            let d_ops = [&[0, 1, 0, 0][..], &SAMPLE_RATE.to_be_bytes(), &[0, 0, 0]].concat();
            boxed(*b"Opus", &[&sound_head(0, 0), &boxed(*b"dOps", &[&d_ops])])
        }
        (Coding::Pcm, _) => boxed(*b"sowt", &[&sound_head(0, 0)]),
    }
}

/// The fields that all kinds of sound have: one channel of sixteen bits.
fn sound_head(version: u16, compression: u16) -> Vec<u8> {
    let mut head = vec![0, 0, 0, 0, 0, 0, 0, 1];
    let numbers = [version, 0, 0, 0, 1, 16, compression, 0, u16::try_from(SAMPLE_RATE).unwrap_or(0), 0];
    head.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    head
}

/// The `esds` box (ISO/IEC 14496-1, section 7.2.6): MPEG-4 audio with these settings.
fn elementary_stream(audio: &AudioTrack, config: [u8; 2]) -> Vec<u8> {
    let bytes: usize = audio.packets.iter().map(Vec::len).sum();
    let bits_a_second = u32::try_from(bytes as u64 * 8 * u64::from(SAMPLE_RATE) / u64::from(audio.samples.max(1)));
    let rate = bits_a_second.unwrap_or(0).to_be_bytes();
    let specific = descriptor(5, &[&config]);
    let decoder = descriptor(4, &[&[0x40, 0x15, 0, 0x18, 0], &rate, &rate, &specific]);
    let stream = descriptor(3, &[&[0, 2, 0], &decoder, &descriptor(6, &[&[2]])]);
    boxed(*b"esds", &[&[0; 4], &stream])
}

/// A tag, a length that fits seven bits here, and the content.
fn descriptor(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    [&[tag, u8::try_from(content.len()).unwrap_or(0x7f)], content.as_slice()].concat()
}

pub(super) fn boxed(name: [u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let length = 8 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut bytes = Vec::with_capacity(length);
    bytes.extend(u32_of(length).to_be_bytes());
    bytes.extend(name);
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

pub(super) fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// A film within its bounds stays far below 4 GiB.
pub(super) fn u32_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn u16_of(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}
