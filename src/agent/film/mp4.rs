//! MP4 and QuickTime files (ISO/IEC 14496-12, -14, -15; QuickTime File Format): one H.264 track and perhaps one of
//! sound, the index before both so that playing can start before the file has arrived.

use std::ops::Range;

use super::Film;
use super::audio::{AudioTrack, Coding};
use super::entries::{boxed, sound_entry, u32_of, video_entry, words};
use super::h264::{NAL_PPS, NAL_SPS, nal_type, nal_units};
use crate::agent::{RenderError, SAMPLE_RATE};

/// Ticks per frame; the track's timescale is this times the frame rate, so that every frame has a whole length.
const TICKS_PER_FRAME: u32 = 512;
const MOVIE_TIMESCALE: u32 = 1000;
/// No rotation, no scaling: the 16.16 and 2.30 fixed-point unit matrix.
const UNIT_MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// Which of the two near-identical formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agent) enum Brand {
    Mp4,
    QuickTime,
}

/// The whole file.
pub(in crate::agent) fn file(film: &Film<'_>, brand: Brand) -> Result<Vec<u8>, RenderError> {
    let pictures: Vec<Vec<u8>> = film.samples.iter().map(|sample| length_prefixed(&sample.data)).collect();
    let parameters = parameter_sets(film)?;
    let packets: &[Vec<u8>] = film.audio.map_or(&[], |audio| &audio.packets);
    let chunks = chunks(film);
    let ftyp = match brand {
        Brand::Mp4 => boxed(*b"ftyp", &[b"isom\0\0\x02\0isomiso2avc1mp41"]),
        Brand::QuickTime => boxed(*b"ftyp", &[b"qt  \0\0\x02\0qt  "]),
    };
    // The index tells where the pictures begin, which depends on its own length, which does not depend on what it
    // tells.
    let index = |first: u32| {
        let mut places = [Places::default(), Places::default()];
        let mut at = first;
        for chunk in &chunks {
            let (place, samples) = if chunk.is_sound { (1, packets) } else { (0, pictures.as_slice()) };
            places[place].chunks.push((u32_of(chunk.samples.len()), at));
            at += samples[chunk.samples.clone()].iter().map(|sample| u32_of(sample.len())).sum::<u32>();
        }
        let [mut video, sound] = places;
        video.sizes = pictures.iter().map(|picture| u32_of(picture.len())).collect();
        moov(film, brand, &parameters, &video, sound)
    };
    let first = u32_of(ftyp.len() + index(0).len() + 8);
    let mut file = ftyp;
    file.extend(index(first));
    let parts = chunks.iter().flat_map(|chunk| {
        let samples = if chunk.is_sound { packets } else { pictures.as_slice() };
        samples[chunk.samples.clone()].iter().map(Vec::as_slice)
    });
    file.extend(boxed(*b"mdat", &parts.collect::<Vec<_>>()));
    Ok(file)
}

/// Neighbouring samples of one track.
struct Chunk {
    is_sound: bool,
    samples: Range<usize>,
}

/// Where the samples of one track are.
#[derive(Default)]
struct Places {
    sizes: Vec<u32>,
    /// How many samples, and at which byte of the file.
    chunks: Vec<(u32, u32)>,
}

/// A second of pictures, then the sound of that second, and so on, so that a player need not read at two places at
/// once.
fn chunks(film: &Film<'_>) -> Vec<Chunk> {
    let frames = film.samples.len();
    let Some(audio) = film.audio else {
        return vec![Chunk { is_sound: false, samples: 0..frames }];
    };
    let (mut chunks, mut packet) = (Vec::new(), 0);
    for (second, frame) in (1..).zip((0..frames).step_by(film.frame_rate as usize)) {
        let end = (frame + film.frame_rate as usize).min(frames);
        chunks.push(Chunk { is_sound: false, samples: frame..end });
        let heard = (second * SAMPLE_RATE).div_ceil(audio.packet_samples) as usize;
        let until = if end == frames { audio.packets.len() } else { heard.min(audio.packets.len()) };
        if until > packet {
            chunks.push(Chunk { is_sound: true, samples: packet..until });
        }
        packet = until;
    }
    chunks
}

/// The access unit as MP4 stores it: a length before each NAL unit, parameter sets left to the sample description.
fn length_prefixed(stream: &[u8]) -> Vec<u8> {
    let mut sample = Vec::with_capacity(stream.len() + 8);
    for unit in nal_units(stream).filter(|unit| ![NAL_SPS, NAL_PPS].contains(&nal_type(unit))) {
        sample.extend(u32_of(unit.len()).to_be_bytes());
        sample.extend(unit);
    }
    sample
}

/// Sequence and picture parameter set of the first keyframe, which all others repeat.
fn parameter_sets(film: &Film<'_>) -> Result<[Vec<u8>; 2], RenderError> {
    let failed = |message: &str| RenderError::Encoder { codec: "H.264", message: message.to_owned() };
    let find = |data, wanted| nal_units(data).find(|unit| nal_type(unit) == wanted);
    let mut sets: Option<[&[u8]; 2]> = None;
    for sample in film.samples.iter().filter(|sample| sample.is_key) {
        let (Some(sequence), Some(picture)) = (find(&sample.data, NAL_SPS), find(&sample.data, NAL_PPS)) else {
            continue;
        };
        match sets {
            None => sets = Some([sequence, picture]),
            // A reader would decode one part of the film with the other's settings.
            Some(first) if first != [sequence, picture] => return Err(failed("segments of different settings")),
            Some(_) => {}
        }
    }
    match sets {
        Some(sets) if sets[0].len() > 4 => Ok(sets.map(<[u8]>::to_vec)),
        _ => Err(failed("no parameter sets came with the first frame")),
    }
}

fn moov(film: &Film<'_>, brand: Brand, parameters: &[Vec<u8>; 2], video: &Places, sound: Places) -> Vec<u8> {
    let frames = u32_of(film.samples.len());
    let movie_length = frames * MOVIE_TIMESCALE / film.frame_rate;
    let next_track = if film.audio.is_some() { 3 } else { 2 };
    let mut mvhd = words(&[0, 0, 0, MOVIE_TIMESCALE, movie_length, 0x1_0000, 0x0100_0000, 0, 0]);
    mvhd.extend(words(&UNIT_MATRIX));
    mvhd.extend(words(&[0, 0, 0, 0, 0, 0, next_track]));
    let keys = (1..).zip(&film.samples).filter(|(_, sample)| sample.is_key).map(|(number, _)| number);
    let keys: Vec<u32> = keys.collect();
    let stss: Vec<u32> = [0, u32_of(keys.len())].into_iter().chain(keys).collect();
    let table = [
        boxed(*b"stsd", &[&words(&[0, 1]), &video_entry(film.width, film.height, brand, parameters)]),
        boxed(*b"stts", &[&words(&[0, 1, frames, TICKS_PER_FRAME])]),
        boxed(*b"stss", &[&words(&stss)]),
        sizes_and_places(video, None),
    ];
    let mut tracks = track(&TrackHead {
        brand,
        number: 1,
        movie_length,
        timescale: film.frame_rate * TICKS_PER_FRAME,
        ticks: frames * TICKS_PER_FRAME,
        handler: *b"vide",
        name: "video",
        volume: 0,
        size: [film.width << 16, film.height << 16],
        media_head: boxed(*b"vmhd", &[&words(&[1, 0, 0])]),
        table: table.concat(),
    });
    if let Some(audio) = film.audio {
        tracks.extend(sound_track(audio, brand, movie_length, sound));
    }
    boxed(*b"moov", &[&boxed(*b"mvhd", &[&mvhd]), &tracks])
}

fn sound_track(audio: &AudioTrack, brand: Brand, movie_length: u32, mut places: Places) -> Vec<u8> {
    let packets = u32_of(audio.packets.len());
    let last = audio.samples - audio.packet_samples * packets.saturating_sub(1);
    let (stts, each) = if audio.coding == Coding::Pcm {
        // To these formats a sample of PCM is one number.
        let is_last = |end: u32| end == packets;
        let mut end = 0;
        for (count, _) in &mut places.chunks {
            end += *count;
            *count =
                if is_last(end) { (*count - 1) * audio.packet_samples + last } else { *count * audio.packet_samples };
        }
        (words(&[0, 1, audio.samples, 1]), Some((2, audio.samples)))
    } else {
        places.sizes = audio.packets.iter().map(|packet| u32_of(packet.len())).collect();
        // The last packet is shown as far as the film goes.
        let runs = [(packets - 1, audio.packet_samples), (1, last)];
        let runs = runs.into_iter().filter(|(count, _)| *count > 0).collect::<Vec<_>>();
        let numbers = runs.iter().flat_map(|(count, length)| [*count, *length]);
        (words(&[0, u32_of(runs.len())].into_iter().chain(numbers).collect::<Vec<_>>()), None)
    };
    let table = [
        boxed(*b"stsd", &[&words(&[0, 1]), &sound_entry(audio, brand)]),
        boxed(*b"stts", &[&stts]),
        sizes_and_places(&places, each),
    ];
    track(&TrackHead {
        brand,
        number: 2,
        movie_length,
        timescale: SAMPLE_RATE,
        ticks: audio.samples,
        handler: *b"soun",
        name: "sound",
        volume: 0x0100_0000,
        size: [0, 0],
        media_head: boxed(*b"smhd", &[&words(&[0, 0])]),
        table: table.concat(),
    })
}

/// What a track's boxes say besides its samples.
struct TrackHead {
    brand: Brand,
    number: u32,
    movie_length: u32,
    timescale: u32,
    ticks: u32,
    handler: [u8; 4],
    name: &'static str,
    volume: u32,
    size: [u32; 2],
    media_head: Vec<u8>,
    table: Vec<u8>,
}

fn track(head: &TrackHead) -> Vec<u8> {
    let mut tkhd = words(&[3, 0, 0, head.number, 0, head.movie_length, 0, 0, 0, head.volume]);
    tkhd.extend(words(&UNIT_MATRIX));
    tkhd.extend(words(&head.size));
    let mdhd = words(&[0, 0, 0, head.timescale, head.ticks, 0x55c4_0000]);
    // QuickTime names the component's class and its data handler, and counts the letters of a name; MP4 ends it with
    // zero.
    let (class, data_handler, name) = match head.brand {
        Brand::Mp4 => (*b"\0\0\0\0", Vec::new(), [head.name.as_bytes(), &[0]].concat()),
        Brand::QuickTime => {
            let handler: [&[u8]; 5] = [&[0; 4], b"dhlr", b"url ", &[0; 12], b"\x04data"];
            (*b"mhlr", boxed(*b"hdlr", &handler), [&[5], head.name.as_bytes()].concat())
        }
    };
    let hdlr = boxed(*b"hdlr", &[&[0; 4], &class, &head.handler, &[0; 12], &name]);
    let url = boxed(*b"url ", &[&words(&[1])]);
    let dinf = boxed(*b"dinf", &[&boxed(*b"dref", &[&words(&[0, 1]), &url])]);
    let minf = boxed(*b"minf", &[&head.media_head, &data_handler, &dinf, &boxed(*b"stbl", &[&head.table])]);
    let mdia = boxed(*b"mdia", &[&boxed(*b"mdhd", &[&mdhd]), &hdlr, &minf]);
    boxed(*b"trak", &[&boxed(*b"tkhd", &[&tkhd]), &mdia])
}

/// `stsc`, `stsz` and `stco`; with `each`, all samples have one size, and that says how many there are.
fn sizes_and_places(places: &Places, each: Option<(u32, u32)>) -> Vec<u8> {
    let mut runs: Vec<[u32; 3]> = Vec::new();
    for (number, (count, _)) in (1..).zip(&places.chunks) {
        if runs.last().is_none_or(|[_, samples, _]| samples != count) {
            runs.push([number, *count, 1]);
        }
    }
    let stsc: Vec<u32> = [0, u32_of(runs.len())].into_iter().chain(runs.into_iter().flatten()).collect();
    let stsz: Vec<u32> = match each {
        Some((size, count)) => vec![0, size, count],
        None => [0, 0, u32_of(places.sizes.len())].into_iter().chain(places.sizes.iter().copied()).collect(),
    };
    let offsets = places.chunks.iter().map(|(_, at)| *at);
    let stco: Vec<u32> = [0, u32_of(places.chunks.len())].into_iter().chain(offsets).collect();
    let table = [(*b"stsc", stsc), (*b"stsz", stsz), (*b"stco", stco)];
    table.iter().flat_map(|(name, numbers)| boxed(*name, &[&words(numbers)])).collect()
}
