//! The sample table of an MP4 track: how many frames, how long, and how far into the file they reach.
//!
//! Every table is bounded by the bytes of the box that holds it, so that a count alone can neither allocate nor loop.

use super::Defect;
use super::boxes::required;
use super::cursor::{Cursor, be_u32, be_u64};

/// What a sample table adds up to.
#[derive(Default)]
pub(super) struct Samples {
    /// Frames, or packets of sound.
    pub(super) count: u64,
    /// Their duration in the track's own units.
    pub(super) ticks: u64,
    /// Where the last of their bytes ends in the file.
    pub(super) data_end: u64,
}

impl Samples {
    /// Adds up the children of an `stbl`, ISO/IEC 14496-12 sections 8.6 and 8.7.
    pub(super) fn parse(stbl: &[u8]) -> Result<Self, Defect> {
        let (count, ticks) = times(required(stbl, b"stts")?)?;
        let sizes = match super::boxes::child(stbl, b"stsz")? {
            Some(stsz) => Sizes::parse(stsz)?,
            None => Sizes::parse_compact(required(stbl, b"stz2")?)?,
        };
        let runs = Runs::parse(required(stbl, b"stsc")?)?;
        let offsets = match super::boxes::child(stbl, b"stco")? {
            Some(stco) => Offsets::parse(stco, "stco", 4)?,
            None => Offsets::parse(required(stbl, b"co64")?, "co64", 8)?,
        };
        Ok(Self { count, ticks, data_end: data_end(&sizes, &runs, &offsets) })
    }
}

/// Total count and duration of an `stts`.
fn times(stts: &[u8]) -> Result<(u64, u64), Defect> {
    let mut cursor = Cursor::new(stts, "stts");
    cursor.version_and_flags()?;
    let entries = cursor.u32()?;
    let (mut count, mut ticks) = (0_u64, 0_u64);
    for entry in cursor.records(entries, 8)?.chunks_exact(8) {
        let (samples, each) = (u64::from(be_u32(entry)), u64::from(be_u32(&entry[4..])));
        count = count.saturating_add(samples);
        ticks = ticks.saturating_add(samples.saturating_mul(each));
    }
    Ok((count, ticks))
}

/// The bytes of each sample.
enum Sizes<'a> {
    Same {
        each: u64,
        count: u64,
    },
    Words(&'a [u8]),
    /// Four, eight or sixteen bits each.
    Compact {
        table: &'a [u8],
        bits: usize,
        count: usize,
    },
}

impl<'a> Sizes<'a> {
    fn parse(stsz: &'a [u8]) -> Result<Self, Defect> {
        let mut cursor = Cursor::new(stsz, "stsz");
        cursor.version_and_flags()?;
        let (each, count) = (cursor.u32()?, cursor.u32()?);
        if each != 0 {
            return Ok(Self::Same { each: u64::from(each), count: u64::from(count) });
        }
        Ok(Self::Words(cursor.records(count, 4)?))
    }

    fn parse_compact(stz2: &'a [u8]) -> Result<Self, Defect> {
        let mut cursor = Cursor::new(stz2, "stz2");
        cursor.version_and_flags()?;
        let [_, _, _, bits] = cursor.array()?;
        if !matches!(bits, 4 | 8 | 16) {
            return Err(Defect::malformed(format!("its 'stz2' has sizes of {bits} bits")));
        }
        let (bits, count) = (usize::from(bits), cursor.u32()?);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let table = cursor.take(count.saturating_mul(bits).div_ceil(8))?;
        Ok(Self::Compact { table, bits, count })
    }

    fn count(&self) -> u64 {
        match self {
            Self::Same { count, .. } => *count,
            Self::Words(table) => u64::try_from(table.len() / 4).unwrap_or(u64::MAX),
            Self::Compact { count, .. } => u64::try_from(*count).unwrap_or(u64::MAX),
        }
    }

    /// The bytes of `count` samples from the one numbered `first`; both lie within [`Sizes::count`].
    fn sum(&self, first: u64, count: u64) -> u64 {
        if let Self::Same { each, .. } = self {
            return each.saturating_mul(count);
        }
        (first..first.saturating_add(count)).map(|index| self.of(index)).fold(0, u64::saturating_add)
    }

    fn of(&self, index: u64) -> u64 {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        match self {
            Self::Same { each, .. } => *each,
            Self::Words(table) => table.get(index.saturating_mul(4)..).map_or(0, |record| u64::from(be_u32(record))),
            Self::Compact { table, bits, .. } => {
                let byte = |at: usize| u64::from(table.get(at).copied().unwrap_or(0));
                match bits {
                    4 => byte(index / 2) >> (if index.is_multiple_of(2) { 4 } else { 0 }) & 0xf,
                    8 => byte(index),
                    _ => byte(index * 2) << 8 | byte(index * 2 + 1),
                }
            }
        }
    }
}

/// The `stsc`: from which chunk on a chunk holds how many samples.
struct Runs<'a>(&'a [u8]);

impl<'a> Runs<'a> {
    fn parse(stsc: &'a [u8]) -> Result<Self, Defect> {
        let mut cursor = Cursor::new(stsc, "stsc");
        cursor.version_and_flags()?;
        let entries = cursor.u32()?;
        cursor.records(entries, 12).map(Self)
    }

    /// First chunk, counted from 1, and samples per chunk of each run.
    fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        self.0.chunks_exact(12).map(|entry| (u64::from(be_u32(entry)), u64::from(be_u32(&entry[4..]))))
    }
}

/// Where each chunk begins.
struct Offsets<'a> {
    table: &'a [u8],
    width: usize,
}

impl<'a> Offsets<'a> {
    fn parse(body: &'a [u8], name: &'static str, width: usize) -> Result<Self, Defect> {
        let mut cursor = Cursor::new(body, name);
        cursor.version_and_flags()?;
        let entries = cursor.u32()?;
        Ok(Self { table: cursor.records(entries, width)?, width })
    }

    fn iter(&self) -> impl Iterator<Item = u64> {
        let wide = self.width == 8;
        self.table
            .chunks_exact(self.width)
            .map(move |entry| if wide { be_u64(entry) } else { u64::from(be_u32(entry)) })
    }
}

/// The largest end of any chunk that holds samples.
fn data_end(sizes: &Sizes<'_>, runs: &Runs<'_>, offsets: &Offsets<'_>) -> u64 {
    let mut runs = runs.iter().peekable();
    let (mut per_chunk, mut sample, mut end) = (0, 0_u64, 0_u64);
    for (number, offset) in (1_u64..).zip(offsets.iter()) {
        while let Some((_, samples)) = runs.next_if(|(first_chunk, _)| *first_chunk <= number) {
            per_chunk = samples;
        }
        let here = per_chunk.min(sizes.count().saturating_sub(sample));
        if here > 0 {
            end = end.max(offset.saturating_add(sizes.sum(sample, here)));
        }
        sample = sample.saturating_add(here);
    }
    end
}

#[cfg(test)]
mod tests {
    use super::{Offsets, Runs, Sizes, data_end};

    fn words(values: &[u32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_be_bytes()).collect()
    }

    #[test]
    fn the_end_of_the_data_follows_runs_of_chunks() {
        let table = words(&[10, 20, 30, 40, 50]);
        let runs = words(&[1, 2, 1, 3, 1, 1]);
        let offsets = words(&[1000, 500, 2000]);
        let (sizes, runs) = (Sizes::Words(&table), Runs(&runs));
        assert_eq!(data_end(&sizes, &runs, &Offsets { table: &offsets, width: 4 }), 2050);
        let offsets = words(&[1000, 5000, 2000]);
        assert_eq!(data_end(&sizes, &runs, &Offsets { table: &offsets, width: 4 }), 5070);
    }

    #[test]
    fn compact_sizes_are_read_at_every_width() {
        let four = Sizes::Compact { table: &[0x12, 0x30], bits: 4, count: 3 };
        assert_eq!((four.of(0), four.of(1), four.of(2), four.sum(0, 3)), (1, 2, 3, 6));
        let eight = Sizes::Compact { table: &[7, 9], bits: 8, count: 2 };
        assert_eq!(eight.sum(0, 2), 16);
        let sixteen = Sizes::Compact { table: &[1, 0, 0, 2], bits: 16, count: 2 };
        assert_eq!(sixteen.sum(0, 2), 258);
    }

    #[test]
    fn a_count_without_its_entries_is_a_defect() {
        let claims = words(&[0, 0, u32::MAX]);
        assert!(Sizes::parse(&claims).is_err());
        assert!(Sizes::parse_compact(&words(&[0, 16, u32::MAX])).is_err());
        assert!(Runs::parse(&words(&[0, u32::MAX])).is_err());
        assert!(Offsets::parse(&words(&[0, u32::MAX]), "co64", 8).is_err());
        assert!(super::times(&words(&[0, u32::MAX])).is_err());
    }
}
