//! The `moov` box: tracks, their codecs, sizes and durations. ISO/IEC 14496-12 section 8; the QuickTime File Format
//! Specification where it differs.

use super::boxes::{FourCc, child, children, required};
use super::codecs;
use super::cursor::Cursor;
use super::samples::Samples;
use super::{Defect, limits};

/// What a `moov` says.
pub(super) struct Movie {
    pub(super) tracks: Vec<Track>,
    /// Present in a file whose samples lie in fragments.
    pub(super) extends: Option<Extends>,
    timescale: u32,
}

/// What an `mvex` says.
pub(super) struct Extends {
    /// The duration of everything including the fragments, in seconds, where it is stated.
    pub(super) states_s: Option<f64>,
    defaults: Vec<SampleDefaults>,
}

/// What a fragment's samples are unless the fragment says otherwise.
#[derive(Clone, Copy, Default)]
pub(super) struct SampleDefaults {
    track_id: u32,
    pub(super) ticks: u32,
    pub(super) bytes: u32,
}

/// What a `trak` says.
pub(super) struct Track {
    pub(super) id: u32,
    pub(super) kind: TrackKind,
    pub(super) codec: Option<String>,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) timescale: u32,
    pub(super) samples: Samples,
    edits: Edits,
    enabled: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TrackKind {
    Video,
    Audio,
    Other,
}

/// What an edit list adds up to, in the movie's units.
#[derive(Default)]
struct Edits {
    /// Time during which nothing is shown.
    pause: u64,
    /// Time during which samples are shown; 0 when the list leaves that open.
    shown: u64,
}

impl Movie {
    pub(super) fn parse(moov: &[u8]) -> Result<Self, Defect> {
        if child(moov, b"cmov")?.is_some() {
            return Err(Defect::malformed("its 'moov' is compressed"));
        }
        let mut mvhd = Cursor::new(required(moov, b"mvhd")?, "mvhd");
        let timescale = timescale(&mut mvhd)?;
        let (mut tracks, mut extends) = (Vec::new(), None);
        for found in children(moov) {
            match found? {
                (FourCc(kind), trak) if kind == *b"trak" => {
                    if tracks.len() == limits::TRACKS {
                        return Err(Defect::too_complex(format!("it has more than {} tracks", limits::TRACKS)));
                    }
                    tracks.push(Track::parse(trak)?);
                }
                (FourCc(kind), mvex) if kind == *b"mvex" => extends = Some(Extends::parse(mvex, timescale)?),
                _ => {}
            }
        }
        Ok(Self { tracks, extends, timescale })
    }

    /// The track that a player would show: the first enabled one, else the first.
    pub(super) fn video(&self) -> Option<(usize, &Track)> {
        self.first(TrackKind::Video)
    }

    /// The track that a player would sound.
    pub(super) fn audio(&self) -> Option<(usize, &Track)> {
        self.first(TrackKind::Audio)
    }

    fn first(&self, kind: TrackKind) -> Option<(usize, &Track)> {
        let of_kind = || self.tracks.iter().enumerate().filter(|(_, track)| track.kind == kind);
        of_kind().find(|(_, track)| track.enabled).or_else(|| of_kind().next())
    }

    pub(super) fn defaults(&self, track_id: u32) -> SampleDefaults {
        let stated = self.extends.as_ref().and_then(|mvex| mvex.defaults.iter().find(|d| d.track_id == track_id));
        stated.copied().unwrap_or_default()
    }

    /// How long the samples in the `moov` itself are shown, pauses included, in seconds.
    pub(super) fn presentation_s(&self, track: &Track) -> f64 {
        let media_s = seconds(track.samples.ticks, track.timescale);
        let shown_s = seconds(track.edits.shown, self.timescale);
        // Reordered frames of varying length are shown a little longer than the samples last in decoding order. A list that is
        // much longer than its samples is wrong rather than one that repeats them.
        let is_believed = track.edits.shown > 0 && shown_s <= media_s + limits::EARLY_END_S;
        let shown_s = if is_believed { shown_s } else { media_s };
        seconds(track.edits.pause, self.timescale) + shown_s
    }
}

/// Units of a timescale as seconds; exact enough, as 2^53 units of the finest timescale are weeks.
pub(super) fn seconds(ticks: u64, timescale: u32) -> f64 {
    ticks as f64 / f64::from(timescale)
}

impl Extends {
    fn parse(mvex: &[u8], timescale: u32) -> Result<Self, Defect> {
        let (mut states_s, mut defaults) = (None, Vec::new());
        for found in children(mvex) {
            match found? {
                (FourCc(kind), mehd) if kind == *b"mehd" => {
                    let mut mehd = Cursor::new(mehd, "mehd");
                    let (version, _) = mehd.version_and_flags()?;
                    let ticks = mehd.u32_or_u64(version)?;
                    states_s = (ticks > 0).then(|| seconds(ticks, timescale));
                }
                (FourCc(kind), trex) if kind == *b"trex" && defaults.len() < limits::TRACKS => {
                    let mut trex = Cursor::new(trex, "trex");
                    trex.version_and_flags()?;
                    let (track_id, _description) = (trex.u32()?, trex.u32()?);
                    defaults.push(SampleDefaults { track_id, ticks: trex.u32()?, bytes: trex.u32()? });
                }
                _ => {}
            }
        }
        Ok(Self { states_s, defaults })
    }
}

impl Track {
    fn parse(trak: &[u8]) -> Result<Self, Defect> {
        let mdia = required(trak, b"mdia")?;
        let mut hdlr = Cursor::new(required(mdia, b"hdlr")?, "hdlr");
        hdlr.skip(8)?;
        let kind = match &hdlr.array()? {
            b"vide" => TrackKind::Video,
            b"soun" => TrackKind::Audio,
            _ => TrackKind::Other,
        };
        let head = TrackHead::parse(required(trak, b"tkhd")?)?;
        let timescale = timescale(&mut Cursor::new(required(mdia, b"mdhd")?, "mdhd"))?;
        let edits = match child(trak, b"edts")? {
            Some(edts) => child(edts, b"elst")?.map(Edits::parse).transpose()?.unwrap_or_default(),
            None => Edits::default(),
        };
        let mut track = Self {
            id: head.id,
            kind,
            codec: None,
            width: head.width,
            height: head.height,
            timescale,
            samples: Samples::default(),
            edits,
            enabled: head.enabled,
        };
        if kind == TrackKind::Other {
            // Time codes and subtitles say nothing about the video, and QuickTime's kinds need no sample table at all.
            return Ok(track);
        }
        let stbl = required(required(mdia, b"minf")?, b"stbl")?;
        track.samples = Samples::parse(stbl)?;
        if let Some(entry) = SampleEntry::parse(required(stbl, b"stsd")?, kind)? {
            track.codec = Some(entry.codec);
            if track.width == 0 || track.height == 0 {
                (track.width, track.height) = (entry.width, entry.height);
            }
        }
        if head.turned {
            (track.width, track.height) = (track.height, track.width);
        }
        Ok(track)
    }
}

/// The fields of a `tkhd` that matter here.
struct TrackHead {
    id: u32,
    enabled: bool,
    /// By a quarter, to either side.
    turned: bool,
    width: u32,
    height: u32,
}

impl TrackHead {
    fn parse(tkhd: &[u8]) -> Result<Self, Defect> {
        let mut cursor = Cursor::new(tkhd, "tkhd");
        let (version, flags) = cursor.version_and_flags()?;
        cursor.skip(if version == 0 { 8 } else { 16 })?;
        let id = cursor.u32()?;
        cursor.skip(4)?;
        cursor.u32_or_u64(version)?;
        cursor.skip(16)?;
        let [a, b, _, c, d, ..] = [(); 9].map(|()| cursor.i32());
        let (a, b, c, d) = (a?, b?, c?, d?);
        let turned = a == 0 && d == 0 && b != 0 && c != 0;
        let (width, height) = (whole(cursor.u32()?), whole(cursor.u32()?));
        Ok(Self { id, enabled: flags & 1 != 0, turned, width, height })
    }
}

/// A number of sixteen integer and sixteen fractional bits, rounded.
fn whole(fixed: u32) -> u32 {
    (fixed >> 16) + (fixed >> 15 & 1)
}

/// The timescale of an `mvhd` or an `mdhd`.
fn timescale(cursor: &mut Cursor<'_>) -> Result<u32, Defect> {
    let (version, _) = cursor.version_and_flags()?;
    cursor.skip(if version == 0 { 8 } else { 16 })?;
    match cursor.u32()? {
        0 => Err(Defect::malformed("one of its timescales is zero")),
        timescale => Ok(timescale),
    }
}

impl Edits {
    fn parse(elst: &[u8]) -> Result<Self, Defect> {
        let mut cursor = Cursor::new(elst, "elst");
        let (version, _) = cursor.version_and_flags()?;
        let entries = cursor.u32()?;
        let width = if version == 0 { 12 } else { 20 };
        let mut edits = Self::default();
        for entry in cursor.records(entries, width)?.chunks_exact(width) {
            let mut entry = Cursor::new(entry, "elst");
            let ticks = entry.u32_or_u64(version)?;
            let pauses = entry.u32_or_u64(version)? == if version == 0 { u64::from(u32::MAX) } else { u64::MAX };
            let total = if pauses { &mut edits.pause } else { &mut edits.shown };
            *total = total.saturating_add(ticks);
        }
        Ok(edits)
    }
}

/// The first entry of an `stsd`.
struct SampleEntry {
    codec: String,
    width: u32,
    height: u32,
}

impl SampleEntry {
    /// Bytes of a visual entry before its boxes, and of an audio entry by QuickTime's version of it.
    const VISUAL_BYTES: usize = 78;
    const AUDIO_BYTES: [usize; 3] = [28, 44, 64];

    fn parse(stsd: &[u8], kind: TrackKind) -> Result<Option<Self>, Defect> {
        let mut cursor = Cursor::new(stsd, "stsd");
        cursor.version_and_flags()?;
        cursor.u32()?;
        let Some((format, entry)) = children(cursor.rest()).next().transpose()? else {
            return Ok(None);
        };
        let mut cursor = Cursor::new(entry, "stsd");
        if kind == TrackKind::Video {
            cursor.skip(24)?;
            let (width, height) = (u32::from(cursor.u16()?), u32::from(cursor.u16()?));
            let codec = codecs::base_media_video(format, entry.get(Self::VISUAL_BYTES..).unwrap_or_default());
            return Ok(Some(Self { codec, width, height }));
        }
        cursor.skip(8)?;
        let version = usize::from(cursor.u16()?);
        let fixed = Self::AUDIO_BYTES.get(version).copied().unwrap_or(Self::AUDIO_BYTES[0]);
        let codec = codecs::base_media_audio(format, entry.get(fixed..).unwrap_or_default());
        Ok(Some(Self { codec, width: 0, height: 0 }))
    }
}
