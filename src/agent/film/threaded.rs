//! The built-in encoders on threads of their own, so that frames are encoded while others are painted.
//!
//! Where every keyframe starts anew, groups of pictures go to several threads in turn.

use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::{Format, vp9};
use crate::agent::draw::canvas::Canvas;
use crate::agent::{Container, Encoder, RenderError, Sample};

/// Frames that wait for one thread among several: a group of pictures, but no more bytes than this.
const WAITING_BYTES: u32 = 48 << 20;
const WAITING_MOST: u32 = 48;
/// Frames that wait for a single thread: more would only take memory, as the slower of the two sides decides the pace.
const WAITING: u32 = 2;
const THREADS_MOST: usize = 4;
/// Below so many pixels a frame is encoded before a thread would have been told of it.
const SMALL_PIXELS: u32 = 160 * 160;

/// Samples from one keyframe to the next.
type Group = Vec<Sample>;

pub(super) struct Worker {
    keyframes: Vec<u32>,
    pushed: u32,
    work: Work,
}

enum Work {
    Here { encoder: Box<dyn Encoder + Send>, groups: Vec<Group> },
    There { lanes: Vec<Lane>, groups: usize },
}

/// What a thread is sent.
enum Frame {
    Key(Canvas),
    Next(Canvas),
    /// The one before once more.
    Again,
}

/// The thread ends when its sender is gone.
struct Lane {
    frames: SyncSender<Frame>,
    thread: JoinHandle<Result<Vec<Group>, RenderError>>,
}

impl Worker {
    /// `encoder` makes one; `keyframes` are those of the frames to come.
    pub(super) fn start(
        encoder: impl Fn() -> Result<Box<dyn Encoder + Send>, RenderError>,
        keyframes: Vec<u32>,
        format: &Format,
    ) -> Result<Self, RenderError> {
        let pixels = format.width * format.height;
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let work = if pixels <= SMALL_PIXELS {
            Work::Here { encoder: encoder()?, groups: Vec::new() }
        } else {
            let (lanes, waiting) = match format.container {
                Container::Webm => (cores.min(THREADS_MOST), (WAITING_BYTES / (pixels * 3 / 2)).min(WAITING_MOST)),
                Container::Mp4 | Container::Mov => (1, WAITING),
            };
            let lanes = (0..lanes).map(|_| Ok(Lane::start(encoder()?, waiting.max(WAITING))));
            Work::There { lanes: lanes.collect::<Result<_, RenderError>>()?, groups: 0 }
        };
        Ok(Self { keyframes, pushed: 0, work })
    }

    pub(super) fn push(&mut self, frame: &Canvas) -> Result<(), RenderError> {
        let as_key = self.keyframes.binary_search(&self.pushed).is_ok();
        self.pushed += 1;
        match &mut self.work {
            Work::Here { encoder, groups } => encode(encoder.as_mut(), frame, as_key, groups)?,
            Work::There { lanes, groups } => {
                *groups += usize::from(as_key);
                let at = groups.saturating_sub(1) % lanes.len();
                // A thread that failed has hung up; what it has to say comes with its end.
                let frame = frame.clone();
                drop(lanes[at].frames.send(if as_key { Frame::Key(frame) } else { Frame::Next(frame) }));
            }
        }
        Ok(())
    }

    /// The frame before once more, where [`held`](super::held) allows it.
    pub(super) fn repeat(&mut self) {
        self.pushed += 1;
        match &mut self.work {
            Work::Here { groups, .. } => groups.last_mut().into_iter().for_each(|group| group.push(vp9::again())),
            Work::There { lanes, groups } => {
                let at = groups.saturating_sub(1) % lanes.len();
                drop(lanes[at].frames.send(Frame::Again));
            }
        }
    }

    pub(super) fn finish(self) -> Result<Vec<Sample>, RenderError> {
        let (lanes, count) = match self.work {
            Work::Here { groups, .. } => return Ok(groups.concat()),
            Work::There { lanes, groups } => (lanes, groups),
        };
        // All are told before one is waited for.
        let threads: Vec<_> = lanes.into_iter().map(|lane| lane.thread).collect();
        let ended =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|why| std::panic::resume_unwind(why)));
        let mut lanes = ended.map(|groups| Ok(groups?.into_iter())).collect::<Result<Vec<_>, RenderError>>()?;
        let all = lanes.len();
        Ok((0..count).filter_map(|group| lanes[group % all].next()).flatten().collect())
    }
}

impl Lane {
    fn start(mut encoder: Box<dyn Encoder + Send>, waiting: u32) -> Self {
        let (frames, waiting) = sync_channel(usize::try_from(waiting).unwrap_or(1));
        let thread = thread::spawn(move || encode_all(encoder.as_mut(), &waiting));
        Self { frames, thread }
    }
}

fn encode_all(encoder: &mut dyn Encoder, waiting: &Receiver<Frame>) -> Result<Vec<Group>, RenderError> {
    let mut groups: Vec<Group> = Vec::new();
    for frame in waiting {
        match frame {
            Frame::Key(frame) => encode(encoder, &frame, true, &mut groups)?,
            Frame::Next(frame) => encode(encoder, &frame, false, &mut groups)?,
            Frame::Again => groups.last_mut().into_iter().for_each(|group| group.push(vp9::again())),
        }
    }
    Ok(groups)
}

fn encode(encoder: &mut dyn Encoder, frame: &Canvas, as_key: bool, groups: &mut Vec<Group>) -> Result<(), RenderError> {
    let sample = encoder.encode(frame, as_key)?;
    match groups.last_mut() {
        Some(group) if !as_key => group.push(sample),
        _ => groups.push(vec![sample]),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives each frame's first sample, and fails at 200.
    struct Echo;

    impl Encoder for Echo {
        fn encode(&mut self, frame: &Canvas, as_key: bool) -> Result<Sample, RenderError> {
            match frame.planes[0].samples[0] {
                200 => Err(RenderError::Encoder { codec: "echo", message: "200".to_owned() }),
                first => Ok(Sample { data: vec![first], is_key: as_key }),
            }
        }
    }

    fn encoded(container: Container, side: u32, frames: impl Iterator<Item = u8>) -> Result<Vec<Sample>, RenderError> {
        let format = Format { container, width: side, height: side, frame_rate: 24, quality: 90 };
        let mut worker = Worker::start(|| Ok(Box::new(Echo)), vec![0, 3, 4, 9, 60], &format)?;
        for first in frames {
            let mut frame = Canvas::new(8, 8);
            frame.planes[0].samples[0] = first;
            worker.push(&frame)?;
        }
        worker.finish()
    }

    #[test]
    fn frames_come_out_in_their_order_whoever_encodes_them() {
        for (container, side) in [(Container::Webm, 320), (Container::Mp4, 320), (Container::Webm, 32)] {
            let samples = encoded(container, side, 0..100).expect("no frame fails");
            assert!(samples.iter().map(|sample| sample.data[0]).eq(0..100), "{container:?} {side}");
            let keys: Vec<u8> = samples.iter().filter(|sample| sample.is_key).map(|sample| sample.data[0]).collect();
            assert_eq!(keys, [0, 3, 4, 9, 60]);
            assert!(encoded(container, side, 0..0).expect("nothing fails").is_empty());
            assert!(encoded(container, side, 150..255).is_err(), "a frame that fails is no film");
        }
    }

    #[test]
    fn a_picture_that_stays_is_told_in_a_byte() {
        for side in [32, 320] {
            let format = Format { container: Container::Webm, width: side, height: side, frame_rate: 24, quality: 90 };
            let mut worker = Worker::start(|| Ok(Box::new(Echo)), vec![0, 3], &format).expect("it starts");
            for number in 0..6_u8 {
                if number.is_multiple_of(3) {
                    worker.push(&Canvas::new(8, 8)).expect("no frame fails");
                } else {
                    worker.repeat();
                }
            }
            let samples = worker.finish().expect("no frame fails");
            let firsts: Vec<u8> = samples.iter().map(|sample| sample.data[0]).collect();
            assert_eq!(firsts, [16, 0x88, 0x88, 16, 0x88, 0x88]);
            assert!(samples.iter().all(|sample| sample.data.len() == 1));
        }
    }
}
