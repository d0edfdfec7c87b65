//! What is asked of the agent.

use super::Presenter;

/// Films whose longer side is at most this are sketched, in pixels.
const SKETCH_SIDE_PX: u32 = 80;

/// Everything that decides what is said and shown. The same brief gives the same production.
#[derive(Debug, Clone)]
pub struct Brief {
    /// What the video is about and how it is to be made, 1 to 10,000 characters.
    pub prompt: String,
    /// Who is seen speaking.
    pub presenter: Presenter,
    /// Pixels, [`MIN_SIDE`](super::MIN_SIDE) to [`MAX_SIDE`](super::MAX_SIDE); even for MP4 and MOV.
    pub width: u32,
    /// Pixels, [`MIN_SIDE`](super::MIN_SIDE) to [`MAX_SIDE`](super::MAX_SIDE); even for MP4 and MOV.
    pub height: u32,
    /// Seconds, 1 to [`MAX_DURATION_S`](super::MAX_DURATION_S); the film has exactly this length.
    pub duration_s: u32,
    /// Frames per second, 1 to [`MAX_FRAME_RATE`](super::MAX_FRAME_RATE).
    pub frame_rate: u32,
    /// Decides all that the prompt leaves open. Results of one task have different ones.
    pub seed: u64,
    /// Which of several results of one task this is, from 0: takes differ in what an eye notices first.
    pub take: u32,
}

impl Brief {
    /// Whether the film is too small to be watched. It is sketched then, by nothing but what is built in: tests of queues and load make
    /// such films by the thousand, and starting a program takes longer than all the rest of one.
    #[must_use]
    pub fn is_sketch(&self) -> bool {
        self.width.max(self.height) <= SKETCH_SIDE_PX
    }

    /// How many frames the film has.
    #[must_use]
    pub fn frames(&self) -> u32 {
        self.duration_s * self.frame_rate
    }
}
