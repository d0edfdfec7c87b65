//! MP4 and MOV: a walk over the top-level boxes that reads what describes the video and hops over what is the video.

use super::boxes::{BoxAt, FourCc, HEADER_BYTES, MIN_HEADER_BYTES, header};
use super::fragments::Fragments;
use super::movie::{Movie, seconds};
use super::ranges::{Ranges, Stop};
use super::{Container, Defect, Looks, MediaFacts, RangeSource, limits};

/// Brands of files that share the format but are still images.
const IMAGE_BRANDS: [&[u8; 4]; 7] = [b"avif", b"avis", b"heic", b"heix", b"heif", b"mif1", b"msf1"];

/// What matters of an `ftyp`: its major brand.
const BRAND_BYTES: u64 = 4;

/// Read behind a box that is read anyway: room for the headers of padding and payload.
const NEXT_HEADERS_BYTES: u64 = 64;

/// What the walk has found so far.
#[derive(Default)]
struct Found {
    brand: Option<FourCc>,
    movie: Option<Movie>,
    fragments: Fragments,
    payload_seen: bool,
}

pub(super) async fn probe<S: RangeSource>(ranges: &mut Ranges<'_, S>) -> Result<MediaFacts, Stop<S::Error>> {
    let size = ranges.size();
    let (mut found, mut at, mut boxes, mut hops) = (Found::default(), 0, 0_u32, 0_u32);
    while at < size {
        boxes += 1;
        if boxes > limits::TOP_LEVEL {
            return Err(Defect::too_complex(format!("it has more than {} boxes", limits::TOP_LEVEL)).into());
        }
        if ranges.in_hand(at).is_empty() {
            if let Some(beyond) = found.leap(at) {
                at = beyond;
                continue;
            }
            hops += 1;
            if hops == limits::HOPS && found.is_fragmented() {
                at = found.leap_to_tail(ranges, at).await?;
            }
        }
        let wanted = HEADER_BYTES.min(size - at).max(MIN_HEADER_BYTES);
        let bytes = ranges.get(at, wanted, found.ahead()).await?;
        let part = header(&bytes, at, size)?;
        if part.end > size {
            return Err(Defect::CutShort { needs: part.end, has: size }.into());
        }
        found.take(ranges, at, &part).await?;
        at = part.end;
    }
    Ok(found.facts(size)?)
}

impl Found {
    /// How much to read when the next box is not in hand.
    fn ahead(&self) -> u64 {
        if self.movie.is_none() && self.payload_seen { limits::INDEX_AHEAD_BYTES } else { limits::HOP_AHEAD_BYTES }
    }

    fn is_fragmented(&self) -> bool {
        self.movie.as_ref().is_some_and(|movie| movie.extends.is_some())
    }

    /// The end of what an index covers, once enough fragments were seen to know the frame rate.
    fn leap(&self, at: u64) -> Option<u64> {
        let (video, _) = self.movie.as_ref()?.video()?;
        let frames_known = self.fragments.frames(video).0 > 0;
        let beyond = self.fragments.index_end(video);
        (frames_known && beyond > at).then_some(beyond)
    }

    /// Where a fragment begins within the last bytes of the file; `at` when there is none. A long row of fragments would take
    /// a read each, and how the file ends is all that those between could tell.
    async fn leap_to_tail<S: RangeSource>(
        &mut self,
        ranges: &mut Ranges<'_, S>,
        at: u64,
    ) -> Result<u64, Stop<S::Error>> {
        let from = ranges.size().saturating_sub(limits::INDEX_AHEAD_BYTES).max(at);
        let tail = ranges.get(from, ranges.size() - from, 0).await?;
        // A `moof` begins with an `mfhd`, whose size is always the same.
        let begins = |bytes: &[u8]| &bytes[4..8] == b"moof" && bytes[8..] == *b"\0\0\0\x10mfhd";
        let Some(hopped) = tail.windows(16).position(begins).and_then(|hopped| u64::try_from(hopped).ok()) else {
            return Ok(at);
        };
        self.fragments.skip_unseen();
        Ok(from + hopped)
    }

    async fn take<S: RangeSource>(
        &mut self,
        ranges: &mut Ranges<'_, S>,
        at: u64,
        part: &BoxAt,
    ) -> Result<(), Stop<S::Error>> {
        match (&part.kind.0, &self.movie) {
            (b"ftyp", _) if part.end - part.body >= BRAND_BYTES => {
                let bytes = ranges.get(part.body, BRAND_BYTES, limits::HOP_AHEAD_BYTES).await?;
                self.brand = bytes.first_chunk().copied().map(FourCc);
            }
            (b"mdat", _) => self.payload_seen = true,
            (b"moov", None) => {
                let movie = Movie::parse(&body(ranges, part, limits::MOOV_BYTES).await?)?;
                self.fragments = Fragments::after(&movie);
                self.movie = Some(movie);
            }
            (b"moof", Some(movie)) => {
                let moof = body(ranges, part, limits::FRAGMENT_HEAD_BYTES).await?;
                let needs = self.fragments.add(movie, &moof, at)?;
                within(ranges.size(), needs)?;
            }
            (b"sidx", Some(movie)) => {
                let sidx = body(ranges, part, limits::FRAGMENT_HEAD_BYTES).await?;
                let needs = self.fragments.add_index(movie, &sidx, at, part.end)?;
                within(ranges.size(), needs)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn facts(self, size: u64) -> Result<MediaFacts, Defect> {
        let Some(movie) = self.movie else {
            if self.brand.is_some_and(|FourCc(brand)| IMAGE_BRANDS.contains(&&brand)) {
                return Err(Defect::NotAVideo { looks_like: Looks::Image });
            }
            // Whatever index the file once had would have followed what is here.
            return Err(Defect::CutShort { needs: size.saturating_add(MIN_HEADER_BYTES), has: size });
        };
        for track in &movie.tracks {
            within(size, track.samples.data_end)?;
        }
        let Some((index, video)) = movie.video() else {
            return Err(Defect::NoVideoTrack);
        };
        let (fragment_frames, fragment_ticks) = self.fragments.frames(index);
        let frames = video.samples.count.saturating_add(fragment_frames);
        let ticks = video.samples.ticks.saturating_add(fragment_ticks);
        if frames == 0 && movie.extends.is_some() {
            return Err(Defect::CutShort { needs: size.saturating_add(MIN_HEADER_BYTES), has: size });
        }
        if frames == 0 || video.width == 0 || video.height == 0 {
            return Err(Defect::malformed("its video track has no frames or no size"));
        }
        let presented = [movie.video(), movie.audio()].into_iter().flatten();
        let in_moov_s = presented.map(|(_, track)| movie.presentation_s(track)).fold(0.0, f64::max);
        let duration_s = match &movie.extends {
            Some(extends) => {
                let lasts_s = self.fragments.duration_s(&movie).max(in_moov_s);
                let states_s = extends.states_s.unwrap_or(lasts_s);
                if lasts_s + limits::EARLY_END_S < states_s {
                    return Err(Defect::EndsEarly { states_s, lasts_s });
                }
                lasts_s
            }
            None => in_moov_s,
        };
        let container = match self.brand {
            None | Some(FourCc([b'q', b't', b' ', b' '])) => Container::Mov,
            Some(_) => Container::Mp4,
        };
        Ok(MediaFacts {
            container,
            video_codec: video.codec.clone(),
            audio_codec: movie.audio().and_then(|(_, track)| track.codec.clone()),
            width: video.width,
            height: video.height,
            duration_s,
            frame_rate: (ticks > 0).then(|| frames as f64 / seconds(ticks, video.timescale)),
        })
    }
}

/// The body of a box, and the next headers with it where one read can fetch both.
async fn body<S: RangeSource>(
    ranges: &mut Ranges<'_, S>,
    part: &BoxAt,
    max_bytes: u64,
) -> Result<bytes::Bytes, Stop<S::Error>> {
    let len = part.end - part.body;
    if len > max_bytes {
        let what = format!("its box '{}' has {len} bytes and {max_bytes} are looked at", part.kind);
        return Err(Defect::too_complex(what).into());
    }
    let bytes = ranges.get(part.body, len, len + NEXT_HEADERS_BYTES).await?;
    Ok(bytes.slice(..usize::try_from(len).unwrap_or(usize::MAX).min(bytes.len())))
}

fn within(size: u64, needs: u64) -> Result<(), Defect> {
    if needs > size { Err(Defect::CutShort { needs, has: size }) } else { Ok(()) }
}
