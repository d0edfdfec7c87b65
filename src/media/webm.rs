//! WebM and Matroska: the elements before the first cluster, and as much of the clusters' structure as is needed to know
//! where the video ends.
//!
//! A segment that states its size, which every writer of a seekable file makes, proves by that size alone that the file is
//! whole. A live stream's states neither size nor duration: its last cluster is looked for from the end, as walking there
//! from the front would take a read for every block.

use super::ebml::{self, HEADER_BYTES, Header, NoHeader};
use super::matroska::{Info, Track, id, tracks};
use super::ranges::{Ranges, Stop};
use super::{Container, Defect, MediaFacts, RangeSource, limits};

/// Clusters at the end of a file that are tried before it is given up: bytes of the payload can look like one.
const CANDIDATES: usize = 64;

/// What precedes the first cluster.
struct Front {
    container: Container,
    info: Option<Info>,
    tracks: Option<Vec<Track>>,
    /// Where the segment says that it ends.
    segment_end: Option<u64>,
    /// Where the first cluster begins, or where the file ends without one.
    clusters_at: u64,
}

pub(super) async fn probe<S: RangeSource>(ranges: &mut Ranges<'_, S>) -> Result<MediaFacts, Stop<S::Error>> {
    let size = ranges.size();
    let front = Front::read(ranges).await?;
    let limit = front.segment_end.unwrap_or(size);
    let missing = |what: &str| match front.segment_end {
        // A segment that is complete by its own account lacks the element; another may have lost it.
        Some(_) => Defect::malformed(what),
        None => Defect::CutShort { needs: size.saturating_add(1), has: size },
    };
    let tracks = front.tracks.as_deref().ok_or_else(|| missing("it has no list of tracks before its clusters"))?;
    let info = front.info.as_ref().ok_or_else(|| missing("it has no segment information before its clusters"))?;
    let of_kind = |kind| tracks.iter().find(|track| track.kind == kind);
    let video = of_kind(Track::VIDEO).ok_or(Defect::NoVideoTrack)?;
    if front.clusters_at >= limit {
        return Err(missing("it has no clusters").into());
    }
    if video.width == 0 || video.height == 0 {
        return Err(Defect::malformed("its video track has no size").into());
    }

    let mut blocks = Blocks::new(tracks, info.scale_ns);
    let reached = blocks.walk(&ranges.in_hand(front.clusters_at), front.clusters_at, limit)?;
    let frame_rate = blocks.frame_rate(video);
    let start_ns = blocks.start_ns.unwrap_or(0);
    let whole_walked = reached >= limit;
    let ends_ns = if whole_walked {
        blocks.end_ns
    } else if front.segment_end.is_some() && info.duration_s.is_some() {
        None
    } else {
        Some(end_from_tail(ranges, blocks, reached, limit).await?)
    };
    let lasts_s = ends_ns.map(|end| end.saturating_sub(start_ns) as f64 / 1e9);
    let duration_s = match (info.duration_s, lasts_s) {
        (Some(states_s), Some(lasts_s)) if lasts_s + limits::EARLY_END_S < states_s => {
            return Err(Defect::EndsEarly { states_s, lasts_s }.into());
        }
        (Some(states_s), _) => states_s,
        (None, Some(lasts_s)) => lasts_s,
        (None, None) => return Err(missing("it has no blocks").into()),
    };
    Ok(MediaFacts {
        container: front.container,
        video_codec: video.codec.clone(),
        audio_codec: of_kind(Track::AUDIO).and_then(|track| track.codec.clone()),
        width: video.width,
        height: video.height,
        duration_s,
        frame_rate,
    })
}

impl Front {
    async fn read<S: RangeSource>(ranges: &mut Ranges<'_, S>) -> Result<Self, Stop<S::Error>> {
        let size = ranges.size();
        let (ebml, ebml_at) = element(ranges, 0, size).await?;
        let doc_type = master(ranges, &ebml, ebml_at, size).await?;
        let mut container = Container::Matroska;
        for found in ebml::children(&doc_type) {
            if let (id::DOC_TYPE, b"webm") = found? {
                container = Container::Webm;
            }
        }
        let mut at = ebml_at.saturating_add(ebml.size.unwrap_or(0));
        let (segment, segment_at) = element(ranges, at, size).await?;
        if segment.id != id::SEGMENT {
            return Err(Defect::malformed("its header is not followed by a segment").into());
        }
        let segment_end = segment.size.map(|len| segment_at.saturating_add(len));
        let limit = segment_end.unwrap_or(size);
        if limit > size {
            return Err(Defect::CutShort { needs: limit, has: size }.into());
        }
        at = segment_at;
        let mut front = Self { container, info: None, tracks: None, segment_end, clusters_at: limit };
        for _ in 0..limits::TOP_LEVEL {
            if at >= limit {
                return Ok(front);
            }
            let (part, body_at) = element(ranges, at, limit).await?;
            match part.id {
                id::CLUSTER => {
                    front.clusters_at = at;
                    return Ok(front);
                }
                id::INFO => front.info = Some(Info::parse(&master(ranges, &part, body_at, limit).await?)?),
                id::TRACKS => front.tracks = Some(tracks(&master(ranges, &part, body_at, limit).await?)?),
                _ => {}
            }
            at = end_of(&part, body_at, limit, size)?;
        }
        Err(Defect::too_complex(format!("it has more than {} elements before its clusters", limits::TOP_LEVEL)).into())
    }
}

/// The header at `at`, and where its body begins.
async fn element<S: RangeSource>(
    ranges: &mut Ranges<'_, S>,
    at: u64,
    limit: u64,
) -> Result<(Header, u64), Stop<S::Error>> {
    let wanted = HEADER_BYTES.min(limit.saturating_sub(at)).max(1);
    let bytes = ranges.get(at, wanted, limits::HOP_AHEAD_BYTES).await?;
    match ebml::header(&bytes) {
        Ok(header) => {
            let body_at = at + header.len;
            Ok((header, body_at))
        }
        Err(NoHeader::Short) => {
            Err(Defect::CutShort { needs: at.saturating_add(wanted).saturating_add(1), has: ranges.size() }.into())
        }
        Err(NoHeader::Invalid) => Err(Defect::malformed(format!("there is no element at byte {at}")).into()),
    }
}

/// The whole body of an element that is small in every real file.
async fn master<S: RangeSource>(
    ranges: &mut Ranges<'_, S>,
    part: &Header,
    body_at: u64,
    limit: u64,
) -> Result<bytes::Bytes, Stop<S::Error>> {
    let len = end_of(part, body_at, limit, ranges.size())? - body_at;
    if len > limits::WEBM_HEAD_BYTES {
        let what = format!("its element {:X} has {len} bytes and {} are looked at", part.id, limits::WEBM_HEAD_BYTES);
        return Err(Defect::too_complex(what).into());
    }
    let bytes = ranges.get(body_at, len, limits::HOP_AHEAD_BYTES).await?;
    Ok(bytes.slice(..usize::try_from(len).unwrap_or(usize::MAX).min(bytes.len())))
}

/// Where an element of known size ends, which must be within what holds it.
fn end_of(part: &Header, body_at: u64, limit: u64, size: u64) -> Result<u64, Defect> {
    let Some(len) = part.size else {
        return Err(Defect::malformed(format!("its element {:X} does not state its size", part.id)));
    };
    let end = body_at.saturating_add(len);
    if end <= limit {
        Ok(end)
    } else if limit == size {
        Err(Defect::CutShort { needs: end, has: size })
    } else {
        Err(Defect::malformed(format!("its element {:X} is larger than the one around it", part.id)))
    }
}

/// Where the last block ends, in nanoseconds, found from the end of the file. `blocks` was walked up to `reached`, and goes on
/// from there once the tail is long enough to meet it.
async fn end_from_tail<S: RangeSource>(
    ranges: &mut Ranges<'_, S>,
    mut blocks: Blocks<'_>,
    reached: u64,
    limit: u64,
) -> Result<u64, Stop<S::Error>> {
    for tail_bytes in limits::WEBM_TAIL_BYTES {
        let from = limit.saturating_sub(tail_bytes).max(reached);
        let tail = ranges.get(from, limit - from, 0).await?;
        if from == reached {
            blocks.walk(&tail, reached, limit)?;
            return blocks.end_ns.ok_or_else(|| Defect::malformed("its clusters hold no blocks").into());
        }
        for at in cluster_candidates(&tail).take(CANDIDATES) {
            let mut blocks = Blocks::new(blocks.tracks, blocks.scale_ns);
            match blocks.walk(&tail[at..], from.saturating_add(u64::try_from(at).unwrap_or(u64::MAX)), limit) {
                Ok(_) => {
                    if let Some(end_ns) = blocks.end_ns {
                        return Ok(end_ns);
                    }
                }
                // Payload that looked like a cluster.
                Err(Defect::Malformed { .. }) => {}
                Err(defect) => return Err(defect.into()),
            }
        }
    }
    let [.., searched] = limits::WEBM_TAIL_BYTES;
    Err(Defect::too_complex(format!("no cluster begins within its last {searched} bytes")).into())
}

/// Where a cluster seems to begin: its ID, a size, and the ID of an element that clusters begin with.
fn cluster_candidates(tail: &[u8]) -> impl Iterator<Item = usize> {
    let marker = id::CLUSTER.to_be_bytes();
    let begins = |at: &usize| {
        let cluster = &tail[*at..];
        let first = ebml::header(cluster).ok().and_then(|header| cluster.get(usize::try_from(header.len).ok()?..));
        let first = first.and_then(|first| ebml::header(first).ok());
        first.is_some_and(|first| matches!(first.id, id::TIMESTAMP | id::CRC_32 | id::VOID))
    };
    tail.windows(marker.len()).enumerate().filter(move |(_, four)| *four == marker).map(|(at, _)| at).filter(begins)
}

/// What the blocks walked so far add up to.
struct Blocks<'a> {
    tracks: &'a [Track],
    scale_ns: u64,
    cluster_ticks: u64,
    start_ns: Option<u64>,
    end_ns: Option<u64>,
    block_start_ns: u64,
    /// First and last frame of the first video track, in nanoseconds, and how many there were.
    frames: Option<(u64, u64, u32)>,
}

impl<'a> Blocks<'a> {
    fn new(tracks: &'a [Track], scale_ns: u64) -> Self {
        Self { tracks, scale_ns, cluster_ticks: 0, start_ns: None, end_ns: None, block_start_ns: 0, frames: None }
    }

    /// Walks the elements of the segment from `at` on, of which `data` are the bytes in hand; gives where it had to stop.
    /// Clusters and block groups are entered, everything else is hopped over.
    fn walk(&mut self, data: &[u8], at: u64, limit: u64) -> Result<u64, Defect> {
        let mut here = at;
        while here < limit {
            let left = usize::try_from(here - at).ok().and_then(|hopped| data.get(hopped..)).unwrap_or_default();
            let in_hand = u64::try_from(left.len()).unwrap_or(u64::MAX);
            let part = match ebml::header(left) {
                Ok(part) => part,
                Err(NoHeader::Short) if here.saturating_add(in_hand) < limit => return Ok(here),
                Err(NoHeader::Short) => return Err(Defect::CutShort { needs: limit.saturating_add(1), has: limit }),
                Err(NoHeader::Invalid) => return Err(Defect::malformed(format!("there is no element at byte {here}"))),
            };
            let body_at = here.saturating_add(part.len);
            let body = usize::try_from(part.len).ok().and_then(|len| left.get(len..)).unwrap_or_default();
            let end = match (part.id, part.size) {
                (id::CLUSTER, None) => body_at,
                _ => end_of(&part, body_at, limit, limit)?,
            };
            let len = usize::try_from(end - body_at).unwrap_or(usize::MAX);
            here = match part.id {
                id::CLUSTER | id::BLOCK_GROUP => body_at,
                _ => end,
            };
            self.element(part.id, body.get(..len).unwrap_or(body));
        }
        Ok(here)
    }

    /// Takes note of an element that says when something is shown; `body` may be cut, as only its beginning matters.
    fn element(&mut self, id: u32, body: &[u8]) {
        match id {
            id::TIMESTAMP => self.cluster_ticks = ebml::unsigned(body),
            id::SIMPLE_BLOCK | id::BLOCK => self.block(body),
            id::BLOCK_DURATION => {
                let end = self.block_start_ns.saturating_add(ebml::unsigned(body).saturating_mul(self.scale_ns));
                self.end_ns = self.end_ns.max(Some(end));
            }
            _ => {}
        }
    }

    fn block(&mut self, body: &[u8]) {
        let Some((number, offset)) = block_head(body) else {
            return;
        };
        let Some(track) = self.tracks.iter().find(|track| track.number == number) else {
            return;
        };
        let ticks = self.cluster_ticks.saturating_add_signed(i64::from(offset));
        let start = ticks.saturating_mul(self.scale_ns);
        self.block_start_ns = start;
        self.start_ns = Some(self.start_ns.map_or(start, |first| first.min(start)));
        self.end_ns = self.end_ns.max(Some(start.saturating_add(track.frame_ns)));
        let first_video = self.tracks.iter().find(|track| track.kind == Track::VIDEO);
        if first_video.is_some_and(|video| video.number == number) {
            let (first, last, count) = self.frames.unwrap_or((start, start, 0));
            self.frames = Some((first.min(start), last.max(start), count.saturating_add(1)));
        }
    }

    /// As stated by the track, else as counted over the blocks in hand.
    fn frame_rate(&self, video: &Track) -> Option<f64> {
        if video.frame_ns > 0 {
            return Some(1e9 / video.frame_ns as f64);
        }
        let (first, last, count) = self.frames?;
        (last > first).then(|| f64::from(count - 1) * 1e9 / (last - first) as f64)
    }
}

/// The track number and the time offset that a block begins with.
fn block_head(body: &[u8]) -> Option<(u64, i16)> {
    let len = ebml::number_len(*body.first()?);
    let number = body.get(..len).filter(|_| len <= 8)?;
    let marker = 1_u64.checked_shl(u32::try_from(7 * len).ok()?)?;
    let offset = body.get(len..)?.first_chunk().map(|bytes| i16::from_be_bytes(*bytes))?;
    Some((ebml::unsigned(number) & (marker - 1), offset))
}
