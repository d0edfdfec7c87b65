//! MP4 and QuickTime files (ISO/IEC 14496-12, -14, -15; QuickTime File Format): one H.264 track, the index before the
//! pictures so that playing can start before the file has arrived.

use super::h264::{NAL_PPS, NAL_SPS, nal_type, nal_units};
use crate::agent::{Film, RenderError};

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
pub(in crate::agent) fn file(film: &Film, brand: Brand) -> Result<Vec<u8>, RenderError> {
    let samples: Vec<Vec<u8>> = film.samples.iter().map(|sample| length_prefixed(&sample.data)).collect();
    let parameters = parameter_sets(film)?;
    let ftyp = match brand {
        Brand::Mp4 => boxed(*b"ftyp", &[b"isom\0\0\x02\0isomiso2avc1mp41"]),
        Brand::QuickTime => boxed(*b"ftyp", &[b"qt  \0\0\x02\0qt  "]),
    };
    // The index tells where the pictures begin, which depends on its own length, which does not depend on what it tells.
    let length = moov(film, brand, &samples, &parameters, 0).len();
    let first_picture = u32_of(ftyp.len() + length + 8);
    let mut file = ftyp;
    file.extend(moov(film, brand, &samples, &parameters, first_picture));
    let pictures: Vec<&[u8]> = samples.iter().map(Vec::as_slice).collect();
    file.extend(boxed(*b"mdat", &pictures));
    Ok(file)
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

/// Sequence and picture parameter set of the first keyframe; the encoder repeats the same ones at every other.
fn parameter_sets(film: &Film) -> Result<[Vec<u8>; 2], RenderError> {
    let first = film.samples.first().map_or(&[][..], |sample| &sample.data);
    let find = |wanted| nal_units(first).find(|unit| nal_type(unit) == wanted).map(<[u8]>::to_vec);
    match (find(NAL_SPS), find(NAL_PPS)) {
        (Some(sequence), Some(picture)) if sequence.len() > 4 => Ok([sequence, picture]),
        _ => Err(RenderError::Encoder {
            codec: "H.264",
            message: "no parameter sets came with the first frame".to_owned(),
        }),
    }
}

fn moov(film: &Film, brand: Brand, samples: &[Vec<u8>], parameters: &[Vec<u8>; 2], first_picture: u32) -> Vec<u8> {
    let frames = u32_of(samples.len());
    let timescale = film.frame_rate * TICKS_PER_FRAME;
    let movie_length = frames * MOVIE_TIMESCALE / film.frame_rate;
    let mut mvhd = words(&[0, 0, 0, MOVIE_TIMESCALE, movie_length, 0x1_0000, 0x0100_0000, 0, 0]);
    mvhd.extend(words(&UNIT_MATRIX));
    mvhd.extend(words(&[0, 0, 0, 0, 0, 0, 2]));
    let mut tkhd = words(&[3, 0, 0, 1, 0, movie_length, 0, 0, 0, 0]);
    tkhd.extend(words(&UNIT_MATRIX));
    tkhd.extend(words(&[film.width << 16, film.height << 16]));
    let mdhd = words(&[0, 0, 0, timescale, frames * TICKS_PER_FRAME, 0x55c4_0000]);
    // QuickTime names the component's class and its data handler, MP4 leaves both out.
    let (class, data_handler, name): (_, _, &[u8]) = match brand {
        Brand::Mp4 => (*b"\0\0\0\0", Vec::new(), b"video\0"),
        Brand::QuickTime => {
            let handler: [&[u8]; 5] = [&[0; 4], b"dhlr", b"url ", &[0; 12], b"\x04data"];
            (*b"mhlr", boxed(*b"hdlr", &handler), b"\x05video")
        }
    };
    let hdlr = boxed(*b"hdlr", &[&[0; 4], &class, b"vide", &[0; 12], name]);
    let vmhd = boxed(*b"vmhd", &[&words(&[1, 0, 0])]);
    let url = boxed(*b"url ", &[&words(&[1])]);
    let dinf = boxed(*b"dinf", &[&boxed(*b"dref", &[&words(&[0, 1]), &url])]);
    let stbl = sample_table(film, brand, samples, parameters, first_picture);
    let minf = boxed(*b"minf", &[&vmhd, &data_handler, &dinf, &stbl]);
    let mdia = boxed(*b"mdia", &[&boxed(*b"mdhd", &[&mdhd]), &hdlr, &minf]);
    let trak = boxed(*b"trak", &[&boxed(*b"tkhd", &[&tkhd]), &mdia]);
    boxed(*b"moov", &[&boxed(*b"mvhd", &[&mvhd]), &trak])
}

fn sample_table(
    film: &Film,
    brand: Brand,
    samples: &[Vec<u8>],
    parameters: &[Vec<u8>; 2],
    first_picture: u32,
) -> Vec<u8> {
    let frames = u32_of(samples.len());
    let stts = words(&[0, 1, frames, TICKS_PER_FRAME]);
    let keys = (1..).zip(&film.samples).filter(|(_, sample)| sample.is_key).map(|(number, _)| number);
    let keys: Vec<u32> = keys.collect();
    let stss: Vec<u32> = [0, u32_of(keys.len())].into_iter().chain(keys).collect();
    let stsc = words(&[0, 1, 1, frames, 1]);
    let sizes = samples.iter().map(|sample| u32_of(sample.len()));
    let stsz: Vec<u32> = [0, 0, frames].into_iter().chain(sizes).collect();
    let stco = words(&[0, 1, first_picture]);
    let stsd = boxed(*b"stsd", &[&words(&[0, 1]), &sample_description(film, brand, parameters)]);
    let table =
        [(*b"stts", stts), (*b"stss", words(&stss)), (*b"stsc", stsc), (*b"stsz", words(&stsz)), (*b"stco", stco)];
    let rest: Vec<u8> = table.iter().flat_map(|(name, content)| boxed(*name, &[content])).collect();
    boxed(*b"stbl", &[&stsd, &rest])
}

fn sample_description(film: &Film, brand: Brand, [sequence, picture]: &[Vec<u8>; 2]) -> Vec<u8> {
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
    let (width, height) = (u16_of(film.width as usize).to_be_bytes(), u16_of(film.height as usize).to_be_bytes());
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

fn boxed(name: [u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let length = 8 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut bytes = Vec::with_capacity(length);
    bytes.extend(u32_of(length).to_be_bytes());
    bytes.extend(name);
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// A film within its bounds stays far below 4 GiB.
fn u32_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn u16_of(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}
