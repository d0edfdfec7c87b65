//! The built-in encoders on a thread of their own, so that one frame is encoded while the next is painted.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::Format;
use crate::agent::draw::canvas::Canvas;
use crate::agent::{Encoder, RenderError, Sample};

/// Frames that wait: more would only take memory, as the slower of the two sides decides the pace.
const WAITING: usize = 2;
/// Below so many pixels a frame is encoded before a thread would have been told of it.
const SMALL_PIXELS: u32 = 160 * 160;

type Samples = Result<Vec<Sample>, RenderError>;

pub(super) enum Worker {
    Here {
        encoder: Box<dyn Encoder + Send>,
        keyframes: Vec<u32>,
        samples: Vec<Sample>,
    },
    /// The thread ends when its sender is gone.
    There {
        frames: SyncSender<Canvas>,
        thread: JoinHandle<Samples>,
    },
}

impl Worker {
    pub(super) fn start(mut encoder: Box<dyn Encoder + Send>, keyframes: Vec<u32>, format: &Format) -> Self {
        if format.width * format.height <= SMALL_PIXELS {
            return Self::Here { encoder, keyframes, samples: Vec::new() };
        }
        let (frames, waiting) = sync_channel(WAITING);
        let thread = thread::spawn(move || encode_all(encoder.as_mut(), &keyframes, &waiting));
        Self::There { frames, thread }
    }

    pub(super) fn push(&mut self, frame: &Canvas) -> Result<(), RenderError> {
        match self {
            Self::Here { encoder, keyframes, samples } => {
                let as_key = is_key(keyframes, samples.len());
                samples.push(encoder.encode(frame, as_key)?);
            }
            // A thread that failed has hung up; what it has to say comes with its end.
            Self::There { frames, .. } => drop(frames.send(frame.clone())),
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Samples {
        match self {
            Self::Here { samples, .. } => Ok(samples),
            Self::There { frames, thread } => {
                drop(frames);
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
        }
    }
}

fn encode_all(encoder: &mut dyn Encoder, keyframes: &[u32], waiting: &Receiver<Canvas>) -> Samples {
    let mut samples = Vec::new();
    for frame in waiting {
        samples.push(encoder.encode(&frame, is_key(keyframes, samples.len()))?);
    }
    Ok(samples)
}

fn is_key(keyframes: &[u32], at: usize) -> bool {
    u32::try_from(at).is_ok_and(|at| keyframes.binary_search(&at).is_ok())
}
