//! The fragments of a fragmented MP4: `moof` boxes that lie between the payload, and the `sidx` that lets most be skipped.
//! ISO/IEC 14496-12 sections 8.8 and 8.16.

use super::boxes::{FourCc, children, required};
use super::cursor::{Cursor, be_u32};
use super::movie::{Movie, SampleDefaults, Track, TrackKind, seconds};
use super::{Defect, limits};

/// What the fragments seen so far add up to.
#[derive(Default)]
pub(super) struct Fragments {
    /// In the order of the movie's tracks.
    runs: Vec<Run>,
    /// Whether fragments were passed over, so that only those that say when they begin can be placed.
    some_unseen: bool,
}

/// The samples of one track.
#[derive(Clone, Default)]
struct Run {
    start: Option<u64>,
    end: u64,
    frames: u64,
    ticks: u64,
    /// What indexes stand for, in seconds, and up to which offset of the file.
    indexed_s: f64,
    index_end: u64,
}

impl Fragments {
    /// Begins after the samples that the `moov` itself describes.
    pub(super) fn after(movie: &Movie) -> Self {
        let begin = |ticks| Run { start: (ticks > 0).then_some(0), end: ticks, ..Run::default() };
        Self { runs: movie.tracks.iter().map(|track| begin(track.samples.ticks)).collect(), some_unseen: false }
    }

    /// Notes that fragments are passed over without an index that stands for them.
    pub(super) fn skip_unseen(&mut self) {
        self.some_unseen = true;
    }

    /// Adds a `moof` that begins at offset `at`; gives the largest offset that its samples reach.
    pub(super) fn add(&mut self, movie: &Movie, moof: &[u8], at: u64) -> Result<u64, Defect> {
        let (mut next_data, mut furthest) = (at, at);
        for found in children(moof) {
            let (FourCc(kind), traf) = found?;
            if kind == *b"traf" {
                next_data = self.add_track(movie, traf, at, next_data)?;
                furthest = furthest.max(next_data);
            }
        }
        Ok(furthest)
    }

    /// Adds a `traf`; gives where its samples end.
    fn add_track(&mut self, movie: &Movie, traf: &[u8], moof_at: u64, next_data: u64) -> Result<u64, Defect> {
        let head = Head::parse(required(traf, b"tfhd")?, movie)?;
        let base = head.data_at.unwrap_or(if head.base_is_moof { moof_at } else { next_data });
        let (mut data, mut furthest) = (base, base);
        let (mut decode_time, mut frames, mut ticks) = (None, 0_u64, 0_u64);
        for found in children(traf) {
            match found? {
                (FourCc(kind), tfdt) if kind == *b"tfdt" => {
                    let mut tfdt = Cursor::new(tfdt, "tfdt");
                    let (version, _) = tfdt.version_and_flags()?;
                    decode_time = Some(tfdt.u32_or_u64(version)?);
                }
                (FourCc(kind), trun) if kind == *b"trun" => {
                    let trun = Trun::parse(trun, head.defaults)?;
                    if let Some(offset) = trun.data_offset {
                        data = base
                            .checked_add_signed(i64::from(offset))
                            .ok_or_else(|| Defect::malformed("a fragment's data begins before the file"))?;
                    }
                    data = data.saturating_add(trun.bytes);
                    furthest = furthest.max(data);
                    frames = frames.saturating_add(trun.frames);
                    ticks = ticks.saturating_add(trun.ticks);
                }
                _ => {}
            }
        }
        if self.some_unseen && decode_time.is_none() {
            let what = format!("it has more than {} fragments, and they do not say when they begin", limits::HOPS);
            return Err(Defect::too_complex(what));
        }
        if let Some(run) = self.run(movie, head.track_id) {
            let begins = decode_time.unwrap_or(run.end);
            run.start.get_or_insert(begins);
            run.end = run.end.max(begins.saturating_add(ticks));
            run.frames = run.frames.saturating_add(frames);
            run.ticks = run.ticks.saturating_add(ticks);
        }
        Ok(furthest)
    }

    fn run(&mut self, movie: &Movie, track_id: u32) -> Option<&mut Run> {
        let position = movie.tracks.iter().position(|track| track.id == track_id)?;
        self.runs.get_mut(position)
    }

    /// Adds a `sidx` that lies at `at..end`; gives the offset up to which it says what lies there.
    pub(super) fn add_index(&mut self, movie: &Movie, sidx: &[u8], at: u64, end: u64) -> Result<u64, Defect> {
        let mut cursor = Cursor::new(sidx, "sidx");
        let (version, _) = cursor.version_and_flags()?;
        let (track_id, timescale) = (cursor.u32()?, cursor.u32()?);
        cursor.u32_or_u64(version)?;
        let first_offset = cursor.u32_or_u64(version)?;
        cursor.skip(2)?;
        let count = cursor.u16()?;
        let (mut bytes, mut ticks) = (first_offset, 0_u64);
        for reference in cursor.records(u32::from(count), 12)?.chunks_exact(12) {
            bytes = bytes.saturating_add(u64::from(be_u32(reference) & 0x7fff_ffff));
            ticks = ticks.saturating_add(u64::from(be_u32(&reference[4..])));
        }
        let covers = end.saturating_add(bytes);
        // An index within what an earlier one covers details it and adds nothing.
        if let Some(run) = self.run(movie, track_id).filter(|run| timescale > 0 && at >= run.index_end) {
            run.indexed_s += seconds(ticks, timescale);
            run.index_end = covers;
        }
        Ok(covers)
    }

    /// Up to which offset indexes say what lies there, for a track.
    pub(super) fn index_end(&self, track: usize) -> u64 {
        self.runs.get(track).map_or(0, |run| run.index_end)
    }

    /// Frames and their duration, of the fragments that were seen.
    pub(super) fn frames(&self, track: usize) -> (u64, u64) {
        self.runs.get(track).map_or((0, 0), |run| (run.frames, run.ticks))
    }

    /// The longest of the tracks that are seen or heard, in seconds.
    pub(super) fn duration_s(&self, movie: &Movie) -> f64 {
        let tracks = movie.tracks.iter().zip(&self.runs).filter(|(track, _)| track.kind != TrackKind::Other);
        let walked_s =
            |track: &Track, run: &Run| seconds(run.end.saturating_sub(run.start.unwrap_or(0)), track.timescale);
        tracks.map(|(track, run)| walked_s(track, run).max(run.indexed_s)).fold(0.0, f64::max)
    }
}

/// The fields of a `tfhd` that matter here.
struct Head {
    track_id: u32,
    data_at: Option<u64>,
    base_is_moof: bool,
    defaults: SampleDefaults,
}

impl Head {
    fn parse(tfhd: &[u8], movie: &Movie) -> Result<Self, Defect> {
        let mut cursor = Cursor::new(tfhd, "tfhd");
        let (_, flags) = cursor.version_and_flags()?;
        let track_id = cursor.u32()?;
        let data_at = if flags & 0x1 != 0 { Some(cursor.u64()?) } else { None };
        if flags & 0x2 != 0 {
            cursor.u32()?;
        }
        let mut defaults = movie.defaults(track_id);
        if flags & 0x8 != 0 {
            defaults.ticks = cursor.u32()?;
        }
        if flags & 0x10 != 0 {
            defaults.bytes = cursor.u32()?;
        }
        Ok(Self { track_id, data_at, base_is_moof: flags & 0x2_0000 != 0, defaults })
    }
}

/// What a `trun` adds up to.
struct Trun {
    data_offset: Option<i32>,
    frames: u64,
    ticks: u64,
    bytes: u64,
}

impl Trun {
    fn parse(trun: &[u8], defaults: SampleDefaults) -> Result<Self, Defect> {
        let mut cursor = Cursor::new(trun, "trun");
        let (_, flags) = cursor.version_and_flags()?;
        let count = cursor.u32()?;
        let frames = u64::from(count);
        let data_offset = if flags & 0x1 != 0 { Some(cursor.i32()?) } else { None };
        if flags & 0x4 != 0 {
            cursor.u32()?;
        }
        // Each of these flags adds a field of four bytes to every sample, in this order.
        let (own_ticks, own_bytes) = (flags & 0x100 != 0, flags & 0x200 != 0);
        let fields = [0x100, 0x200, 0x400, 0x800].iter().filter(|flag| flags & **flag != 0).count();
        let table = cursor.records(count, fields * 4)?;
        let sum = |field: usize| {
            table
                .chunks_exact(fields * 4)
                .map(|sample| u64::from(be_u32(&sample[field * 4..])))
                .fold(0, u64::saturating_add)
        };
        let ticks = if own_ticks { sum(0) } else { frames.saturating_mul(u64::from(defaults.ticks)) };
        let bytes =
            if own_bytes { sum(usize::from(own_ticks)) } else { frames.saturating_mul(u64::from(defaults.bytes)) };
        Ok(Self { data_offset, frames, ticks, bytes })
    }
}
