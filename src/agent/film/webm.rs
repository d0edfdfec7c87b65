//! WebM files (RFC 8794, RFC 9559): one VP9 track and perhaps one of Opus, every length known, the seek index before
//! both.

use super::Film;
use crate::agent::SAMPLE_RATE;

const EBML: u32 = 0x1a45_dfa3;
const SEGMENT: u32 = 0x1853_8067;
const SEEK_HEAD: u32 = 0x114d_9b74;
const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;
const CUES: u32 = 0x1c53_bb6b;
const CLUSTER: u32 = 0x1f43_b675;
const SIMPLE_BLOCK: u32 = 0xa3;

/// The whole file.
pub(in crate::agent) fn file(film: &Film<'_>) -> Vec<u8> {
    let header = [
        uint(0x4286, 1),
        uint(0x42f7, 1),
        uint(0x42f2, 4),
        uint(0x42f3, 8),
        element(0x4282, b"webm"),
        uint(0x4287, 4),
        uint(0x4285, 2),
    ];
    let (info, tracks) = (info(film), tracks(film));
    let clusters = clusters(film);
    // Positions are stored in eight bytes whatever they are, so the lengths of both indexes are known beforehand.
    let head_length = seek_head(0, 0, 0).len();
    let cues_at = head_length + info.len() + tracks.len();
    let clusters_at = cues_at + cues(&clusters, 0).len();
    let mut segment = seek_head(head_length, head_length + info.len(), cues_at);
    segment.extend(info);
    segment.extend(tracks);
    segment.extend(cues(&clusters, clusters_at));
    clusters.iter().for_each(|(_, cluster)| segment.extend_from_slice(cluster));
    let mut file = element(EBML, &header.concat());
    file.extend(element(SEGMENT, &segment));
    file
}

fn seek_head(info_at: usize, tracks_at: usize, cues_at: usize) -> Vec<u8> {
    let seek =
        |id: u32, at: usize| element(0x4dbb, &[element(0x53ab, &id.to_be_bytes()), position(0x53ac, at)].concat());
    element(SEEK_HEAD, &[seek(INFO, info_at), seek(TRACKS, tracks_at), seek(CUES, cues_at)].concat())
}

fn info(film: &Film<'_>) -> Vec<u8> {
    let duration_ms = film.samples.len() as f64 * 1000.0 / f64::from(film.frame_rate);
    let fields = [
        uint(0x002a_d7b1, 1_000_000),
        element(0x4489, &duration_ms.to_be_bytes()),
        element(0x4d80, b"landfall"),
        element(0x5741, b"landfall emulator"),
    ];
    element(INFO, &fields.concat())
}

fn tracks(film: &Film<'_>) -> Vec<u8> {
    // BT.601 matrix, studio range, BT.601 transfer and primaries, as the canvas makes them.
    let colour = [uint(0x55b1, 6), uint(0x55b9, 1), uint(0x55ba, 6), uint(0x55bb, 6)];
    let video = [uint(0xb0, film.width.into()), uint(0xba, film.height.into()), element(0x55b0, &colour.concat())];
    let entry = [
        uint(0xd7, 1),
        uint(0x73c5, 1),
        uint(0x83, 1),
        uint(0x9c, 0),
        uint(0x0023_e383, 1_000_000_000 / u64::from(film.frame_rate)),
        element(0x86, b"V_VP9"),
        element(0xe0, &video.concat()),
    ];
    let mut tracks = element(0xae, &entry.concat());
    if film.audio.is_some() {
        tracks.extend(sound_entry());
    }
    element(TRACKS, &tracks)
}

/// The Opus track: one channel, nothing to skip at its beginning.
fn sound_entry() -> Vec<u8> {
    // RFC 7845, section 5.1.
    let head = [b"OpusHead\x01\x01\0\0", &SAMPLE_RATE.to_le_bytes()[..], &[0, 0, 0]].concat();
    let audio = [element(0xb5, &f64::from(SAMPLE_RATE).to_be_bytes()), uint(0x9f, 1)];
    let entry = [
        uint(0xd7, 2),
        uint(0x73c5, 2),
        uint(0x83, 2),
        uint(0x9c, 0),
        element(0x86, b"A_OPUS"),
        uint(0x56aa, 0),
        // A decoder that begins in the middle listens for 80 ms before it is heard.
        uint(0x56bb, 80_000_000),
        element(0xe1, &audio.concat()),
        element(0x63a2, &head),
    ];
    element(0xae, &entry.concat())
}

/// A frame or a packet of sound, in the order of playing.
struct Block<'a> {
    at_ms: u64,
    track: u8,
    is_key: bool,
    data: &'a [u8],
}

fn blocks<'a>(film: &'a Film<'_>) -> Vec<Block<'a>> {
    let pictures = (0_u64..).zip(&film.samples).map(|(number, sample)| {
        let at_ms = (number * 1000 + u64::from(film.frame_rate / 2)) / u64::from(film.frame_rate);
        Block { at_ms, track: 1, is_key: sample.is_key, data: &sample.data }
    });
    let mut blocks: Vec<Block<'a>> = pictures.collect();
    if let Some(audio) = film.audio {
        let length_ms = u64::from(audio.packet_samples) * 1000 / u64::from(SAMPLE_RATE);
        let packets = (0_u64..).zip(&audio.packets);
        blocks.extend(packets.map(|(number, data)| Block { at_ms: number * length_ms, track: 2, is_key: true, data }));
    }
    // A picture comes before the sound of the same moment, so that clusters begin with it.
    blocks.sort_by_key(|block| (block.at_ms, block.track));
    blocks
}

/// One cluster per keyframe, with the millisecond it begins at.
fn clusters(film: &Film<'_>) -> Vec<(u64, Vec<u8>)> {
    let mut clusters: Vec<(u64, Vec<u8>)> = Vec::new();
    for block in blocks(film) {
        if block.track == 1 && block.is_key || clusters.is_empty() {
            clusters.push((block.at_ms, uint(0xe7, block.at_ms)));
        }
        if let Some((start_ms, content)) = clusters.last_mut() {
            content.extend(simple_block(&block, block.at_ms - *start_ms));
        }
    }
    clusters.into_iter().map(|(start_ms, content)| (start_ms, element(CLUSTER, &content))).collect()
}

/// Keyframes are at most a few seconds apart, far below the 32 s that a block's own 16-bit time can reach.
fn simple_block(block: &Block<'_>, since_cluster_ms: u64) -> Vec<u8> {
    let time = i16::try_from(since_cluster_ms).unwrap_or(i16::MAX).to_be_bytes();
    let flags = if block.is_key { 0x80 } else { 0 };
    element(SIMPLE_BLOCK, &[&[0x80 | block.track, time[0], time[1], flags], block.data].concat())
}

fn cues(clusters: &[(u64, Vec<u8>)], clusters_at: usize) -> Vec<u8> {
    let mut at = clusters_at;
    let mut points = Vec::new();
    for (start_ms, cluster) in clusters {
        let place = element(0xb7, &[uint(0xf7, 1), position(0xf1, at)].concat());
        points.extend(element(0xbb, &[uint(0xb3, *start_ms), place].concat()));
        at += cluster.len();
    }
    element(CUES, &points)
}

/// An element with a length of eight bytes when it is long, of one byte when it is short.
fn element(id: u32, content: &[u8]) -> Vec<u8> {
    let length = content.len() as u64;
    let id = id.to_be_bytes();
    let mut bytes: Vec<u8> = id.into_iter().skip_while(|byte| *byte == 0).collect();
    match u8::try_from(length) {
        Ok(short) if short < 0x7f => bytes.push(0x80 | short),
        _ => bytes.extend((length | 1 << 56).to_be_bytes()),
    }
    bytes.extend_from_slice(content);
    bytes
}

fn uint(id: u32, value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(7);
    element(id, bytes.get(start..).unwrap_or(&bytes))
}

/// A place in the segment, always in eight bytes.
fn position(id: u32, at: usize) -> Vec<u8> {
    element(id, &(at as u64).to_be_bytes())
}
