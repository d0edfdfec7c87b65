//! One name per codec, whatever the container calls it. Names are ffmpeg's, so that people can compare.

use super::boxes::{FourCc, child};
use super::cursor::Cursor;

/// The longest name of a codec that is passed on as the file states it.
const NAME_CHARS: usize = 32;

/// The video codec of a sample entry; `children` are the boxes within the entry.
pub(super) fn base_media_video(format: FourCc, children: &[u8]) -> String {
    let name = match &format.0 {
        b"avc1" | b"avc2" | b"avc3" | b"avc4" => "h264",
        b"hvc1" | b"hev1" | b"hvc2" | b"hev2" | b"dvh1" | b"dvhe" => "hevc",
        b"av01" => "av1",
        b"vp08" => "vp8",
        b"vp09" => "vp9",
        b"apcn" | b"apch" | b"apcs" | b"apco" | b"ap4h" | b"ap4x" => "prores",
        b"jpeg" | b"mjpa" | b"mjpb" => "mjpeg",
        b"png " => "png",
        b"h263" | b"s263" => "h263",
        b"mp4v" => match object_type(children) {
            Some(0x60..=0x65) => "mpeg2video",
            Some(0x6a) => "mpeg1video",
            Some(0x6c) => "mjpeg",
            _ => "mpeg4",
        },
        _ => return printable(&format.to_string()),
    };
    name.to_owned()
}

/// The audio codec of a sample entry; `children` are the boxes within the entry.
pub(super) fn base_media_audio(format: FourCc, children: &[u8]) -> String {
    let name = match &format.0 {
        b"Opus" => "opus",
        b".mp3" => "mp3",
        b"ac-3" => "ac3",
        b"ec-3" => "eac3",
        b"fLaC" => "flac",
        b"alac" => "alac",
        b"lpcm" | b"sowt" | b"twos" | b"raw " | b"NONE" | b"in24" | b"in32" | b"fl32" | b"fl64" | b"ipcm" | b"fpcm" => {
            "pcm"
        }
        b"mp4a" => match object_type(children) {
            Some(0x69 | 0x6b) => "mp3",
            Some(0xa5) => "ac3",
            Some(0xa6) => "eac3",
            Some(0xad) => "opus",
            Some(0xdd) => "vorbis",
            _ => "aac",
        },
        _ => return printable(&format.to_string()),
    };
    name.to_owned()
}

/// The codec of a Matroska `CodecID`, as in <https://www.matroska.org/technical/codec_specs.html>.
pub(super) fn matroska(codec_id: &[u8]) -> String {
    let text = String::from_utf8_lossy(codec_id);
    let text = text.trim_end_matches('\0');
    let known = [
        ("V_VP8", "vp8"),
        ("V_VP9", "vp9"),
        ("V_AV1", "av1"),
        ("V_MPEG4/ISO/AVC", "h264"),
        ("V_MPEGH/ISO/HEVC", "hevc"),
        ("V_MPEG4/ISO", "mpeg4"),
        ("V_PRORES", "prores"),
        ("V_MJPEG", "mjpeg"),
        ("A_OPUS", "opus"),
        ("A_VORBIS", "vorbis"),
        ("A_AAC", "aac"),
        ("A_MPEG/L3", "mp3"),
        ("A_AC3", "ac3"),
        ("A_EAC3", "eac3"),
        ("A_FLAC", "flac"),
        ("A_PCM", "pcm"),
    ];
    let named = known.iter().find(|(prefix, _)| text.starts_with(prefix));
    named.map_or_else(|| printable(text), |(_, name)| (*name).to_owned())
}

fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' }).take(NAME_CHARS).collect()
}

/// The object type of an `esds` box, ISO/IEC 14496-1 section 7.2.6.6. QuickTime hides the box within a `wave`.
fn object_type(entry_children: &[u8]) -> Option<u8> {
    let within = match child(entry_children, b"esds").ok()? {
        Some(esds) => esds,
        None => child(child(entry_children, b"wave").ok()??, b"esds").ok()??,
    };
    decoder_config(within).ok()
}

fn decoder_config(esds: &[u8]) -> Result<u8, super::Defect> {
    let mut cursor = Cursor::new(esds, "esds");
    cursor.version_and_flags()?;
    let mut tag = descriptor(&mut cursor)?;
    if tag == 3 {
        cursor.u16()?;
        let flags = cursor.u8()?;
        if flags & 0x80 != 0 {
            cursor.u16()?;
        }
        if flags & 0x40 != 0 {
            let url_bytes = cursor.u8()?;
            cursor.skip(usize::from(url_bytes))?;
        }
        if flags & 0x20 != 0 {
            cursor.u16()?;
        }
        tag = descriptor(&mut cursor)?;
    }
    if tag == 4 { cursor.u8() } else { Err(super::Defect::malformed("its 'esds' holds no decoder configuration")) }
}

/// A descriptor's tag; its length, up to four bytes of seven bits, is passed over.
fn descriptor(cursor: &mut Cursor<'_>) -> Result<u8, super::Defect> {
    let tag = cursor.u8()?;
    for _ in 0..4 {
        if cursor.u8()? & 0x80 == 0 {
            break;
        }
    }
    Ok(tag)
}
