//! What a media file says about itself, read from a few ranges of it.
//!
//! A result is announced as completed only when the object that landed is a whole video. Downloading it to find out would
//! cost as much as everything else the worker does, and a decoder would be a large attack surface for bytes a third party
//! wrote. The containers tell enough: where their parts end, where their samples lie, which tracks they hold. So [`probe`]
//! reads headers only, hops over the payload, and compares where things should end with where the object ends.
//!
//! | file | reads beyond a 64 KiB head |
//! |---|---|
//! | MP4, MOV with `moov` first | 0; 1 when `moov` alone is larger than the head |
//! | MP4, MOV with `moov` last | 1; 2 when `moov` is larger than [`limits::INDEX_AHEAD_BYTES`] |
//! | fragmented MP4 with a `sidx` for all fragments | at most 2 |
//! | fragmented MP4 without | 1 per fragment that the last read did not cover, after [`limits::HOPS`] of them 1 for the end |
//! | WebM with sizes and a duration | 0 |
//! | WebM as a live stream writes it | 1 to 3, from the end |
//!
//! # What is noticed, and what cannot be
//! A box, element, chunk, fragment run or block that reaches past the end of the file; a missing index; a file that ends
//! more than [`limits::EARLY_END_S`] before the duration it states, where finding its end is cheap. No container lets the
//! following be noticed from headers, and a probe calls such a file sound:
//! - a fragmented MP4 without `mehd` or a `sidx` for all fragments, cut exactly behind the payload of any of them; with such
//!   a `sidx`, only what follows the last fragment, an `mfra` for seeking, can be lost unnoticed;
//! - a WebM that states neither its segment's size nor its duration, as live streams do, cut exactly between two clusters,
//!   or between two blocks where the clusters do not state their sizes either;
//! - payload bytes that were changed or zeroed in place.

mod boxes;
mod codecs;
mod cursor;
mod ebml;
mod fragments;
mod matroska;
mod movie;
mod mp4;
mod ranges;
mod samples;
#[cfg(test)]
mod tests;
mod webm;

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use ranges::{Ranges, Stop};

/// How much one probe may ask for. A hostile file can make a probe expensive only up to these.
pub mod limits {
    /// Reads of one probe. Fewer, and long files of large fragments without an index are refused; more, and such a file holds
    /// a landing slot for longer than a download would take.
    pub const READS: u32 = 512;
    /// Bytes read by one probe, and so its memory: the largest index that is accepted, and some.
    pub const BYTES: u64 = 48 << 20;
    /// The largest `moov`. An hour at 60 frames a second needs about 4 MiB.
    pub const MOOV_BYTES: u64 = 32 << 20;
    /// The largest `moof` or `sidx`: tens of thousands of samples or references.
    pub const FRAGMENT_HEAD_BYTES: u64 = 4 << 20;
    /// The largest WebM `Info` or `Tracks`. Real ones have a few hundred bytes, and kilobytes with codec private data.
    pub const WEBM_HEAD_BYTES: u64 = 1 << 20;
    /// Read at once behind the payload where the index is expected; larger than the index of a five-minute video.
    pub const INDEX_AHEAD_BYTES: u64 = 1 << 20;
    /// Read at once at the beginning, when [`probe`](super::probe) was given less.
    pub const HEAD_AHEAD_BYTES: u64 = 64 << 10;
    /// Read at once at a hop, so that small neighbours cost no read of their own.
    pub const HOP_AHEAD_BYTES: u64 = 32 << 10;
    /// Fragments reached by a read each before the rest is judged by the end of the file. More is slower; fewer gives a mean
    /// frame rate of fewer fragments.
    pub const HOPS: u32 = 12;
    /// How much of the end of a WebM of unknown size is read to find its last cluster, in rising steps.
    pub const WEBM_TAIL_BYTES: [u64; 3] = [256 << 10, 2 << 20, 8 << 20];
    /// Top-level boxes or elements of one file.
    pub const TOP_LEVEL: u32 = 100_000;
    /// Tracks of one file.
    pub const TRACKS: usize = 64;
    /// How much earlier than stated a file may end, in seconds. Writers differ by a frame or an audio packet, and some
    /// state the start of the last frame for its end.
    pub const EARLY_END_S: f64 = 1.0;
}

/// Where the bytes come from.
#[async_trait]
pub trait RangeSource: Send + Sync {
    /// Why a read did not give the bytes asked for; handed through by [`probe`] as it is.
    type Error: Send;

    /// Gives exactly `len` bytes from `offset`, or an error. Only ranges within the size given to [`probe`] are asked for,
    /// and `len` is never 0.
    async fn read(&self, offset: u64, len: u64) -> Result<Bytes, Self::Error>;
}

/// What a probe found.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// A whole video, as far as its headers tell.
    Sound(MediaFacts),
    /// Not a video, or not a whole one.
    Broken(Defect),
}

/// What a sound file says about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct MediaFacts {
    /// The kind of file.
    pub container: Container,
    /// `h264`, `hevc`, `av1`, `vp8`, `vp9`, `prores`, `mpeg4` and so on, as ffmpeg names them; for others the container's own
    /// code, printable and short. `None` when a file with a video track leaves it empty.
    pub video_codec: Option<String>,
    /// `aac`, `opus`, `vorbis`, `mp3`, `pcm` and so on; `None` without an audio track.
    pub audio_codec: Option<String>,
    /// Pixels from left to right as a player shows the video: after rotation, with pixels made square.
    pub width: u32,
    /// Pixels from top to bottom as a player shows the video.
    pub height: u32,
    /// From the first frame or sound to the end of the last, in seconds. For MP4 and MOV counted from the samples, not taken
    /// from a header that may lie; for WebM as stated, or counted where nothing is stated.
    pub duration_s: f64,
    /// Mean frames per second; `None` when the file does not say and counting would cost reads.
    pub frame_rate: Option<f64>,
}

/// The kinds of file that can be sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Container {
    /// ISO base media file, whatever its brand.
    Mp4,
    /// QuickTime: brand `qt  `, or no brand at all.
    Mov,
    /// Matroska of document type `webm`.
    Webm,
    /// Matroska of any other document type. Not one of the formats that can be ordered, but told apart.
    Matroska,
}

impl Container {
    /// The name used in events: `mp4`, `mov`, `webm`, `matroska`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Mov => "mov",
            Self::Webm => "webm",
            Self::Matroska => "matroska",
        }
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a file is not a whole video. `Display` says it for people.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Defect {
    /// Zero bytes.
    #[error("the file is empty")]
    Empty,
    /// Its first bytes are those of something else.
    #[error("the file is no MP4, MOV or WebM: {looks_like}")]
    NotAVideo {
        /// What the first bytes look like.
        looks_like: Looks,
    },
    /// The file refers to bytes that it does not have.
    #[error("the file is cut short: it has {has} bytes and needs at least {needs}")]
    CutShort {
        /// The smallest size, in bytes, that would hold what was referred to; the true size may be larger.
        needs: u64,
        /// The size in bytes.
        has: u64,
    },
    /// The last frame ends well before the duration that the file states.
    #[error("the file is cut short: it states {states_s:.1} s and ends after {lasts_s:.1} s")]
    EndsEarly {
        /// The stated duration in seconds.
        states_s: f64,
        /// Where the last frame or sound ends, in seconds.
        lasts_s: f64,
    },
    /// A well-formed file with no video in it.
    #[error("the file has no video track")]
    NoVideoTrack,
    /// Its structure contradicts itself or is of a kind that is not read.
    #[error("the file is malformed or unsupported: {what}")]
    Malformed {
        /// What is wrong, as a clause.
        what: String,
    },
    /// Looking at it would take more than [`limits`] allow.
    #[error("the file is too complex to look at: {what}")]
    TooComplex {
        /// Which limit it goes beyond, as a clause.
        what: String,
    },
}

impl Defect {
    fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed { what: what.into() }
    }

    fn too_complex(what: impl Into<String>) -> Self {
        Self::TooComplex { what: what.into() }
    }
}

/// What the first bytes of a file that is no video look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// An HTML page: often a login or error page behind a URL.
    Html,
    /// XML: often an S3 error.
    Xml,
    /// JSON: often an API's error.
    Json,
    /// PNG, JPEG, GIF, WebP, AVIF or HEIC.
    Image,
    /// AVI, FLV, MPEG, Ogg, MP3, WAV or FLAC: media, but no container that is read here.
    OtherMedia,
    /// Nothing that is recognised.
    Unknown,
}

impl fmt::Display for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Html => "its first bytes look like an HTML page",
            Self::Xml => "its first bytes look like XML",
            Self::Json => "its first bytes look like JSON",
            Self::Image => "its first bytes look like an image",
            Self::OtherMedia => "its first bytes look like another media format",
            Self::Unknown => "its first bytes are of no known kind",
        })
    }
}

/// Looks at the file of `size` bytes behind `source`.
///
/// `head` is what is already known of its beginning: nothing, some bytes or the whole file. 64 KiB make most probes cost no
/// read or one, as the module's table says.
///
/// # Errors
/// Only what `source` returns. Everything a file can be is a [`Verdict`].
pub async fn probe<S: RangeSource>(source: &S, size: u64, head: Bytes) -> Result<Verdict, S::Error> {
    let mut ranges = Ranges::new(source, size, head);
    match look(&mut ranges).await {
        Ok(facts) => Ok(Verdict::Sound(facts)),
        Err(Stop::Defect(defect)) => Ok(Verdict::Broken(defect)),
        Err(Stop::Source(error)) => Err(error),
    }
}

async fn look<S: RangeSource>(ranges: &mut Ranges<'_, S>) -> Result<MediaFacts, Stop<S::Error>> {
    let size = ranges.size();
    if size == 0 {
        return Err(Defect::Empty.into());
    }
    let first = ranges.get(0, size.min(SNIFFED_BYTES), limits::HEAD_AHEAD_BYTES).await?;
    match sniff(&first) {
        Kind::BaseMedia => mp4::probe(ranges).await,
        Kind::Matroska => webm::probe(ranges).await,
        Kind::Other(looks_like) => Err(Defect::NotAVideo { looks_like }.into()),
    }
}

/// Enough for every magic number below and for a page's first tag behind a comment or blank lines.
const SNIFFED_BYTES: u64 = 512;

enum Kind {
    BaseMedia,
    Matroska,
    Other(Looks),
}

fn sniff(first: &[u8]) -> Kind {
    if first.starts_with(&matroska::id::EBML.to_be_bytes()) {
        return Kind::Matroska;
    }
    if let Some(b"ftyp" | b"styp" | b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot") = first.get(4..8) {
        return Kind::BaseMedia;
    }
    let images: [&[u8]; 4] = [b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM"];
    let media: [&[u8]; 7] = [b"FLV", b"OggS", b"ID3", b"fLaC", b"\x00\x00\x01\xba", b"\x30\x26\xb2\x75", b"\xff\xfb"];
    let riff = first.starts_with(b"RIFF");
    let transport_stream = first.first() == Some(&0x47) && first.get(188) == Some(&0x47);
    let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start().to_ascii_lowercase();
    Kind::Other(if images.iter().any(|magic| first.starts_with(magic)) || riff && first.get(8..12) == Some(b"WEBP") {
        Looks::Image
    } else if riff || transport_stream || media.iter().any(|magic| first.starts_with(magic)) {
        Looks::OtherMedia
    } else if text.starts_with(b"<") {
        let html = [&b"<!doctype html"[..], b"<html"].iter().any(|tag| text.windows(tag.len()).any(|at| at == *tag));
        if html { Looks::Html } else { Looks::Xml }
    } else if text.starts_with(b"{") || text.starts_with(b"[") {
        Looks::Json
    } else {
        Looks::Unknown
    })
}
