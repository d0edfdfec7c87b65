//! What is heard, and when each word is spoken.

/// The sound of a film. Its words are timed even where nobody speaks them aloud: captions and mouths follow them.
#[derive(Debug, Clone, Default)]
pub struct Narration {
    /// Every word that is spoken, in order; none begins before the one before it has ended. Sentences for which there
    /// is no time are left out.
    pub words: Vec<SpokenWord>,
    /// How far the speaker's mouth is open in each frame of the film, 0 to 255.
    pub mouth: Vec<u8>,
    /// The mixed sound, mono, [`SAMPLE_RATE`] samples a second, exactly as long as the film; empty for a silent film.
    pub samples: Vec<i16>,
    /// Whether a voice is in it, or music alone.
    pub has_voice: bool,
    /// What could not be done as the script asks, for a log.
    pub notes: Vec<String>,
}

/// Samples per second of a [`Narration`].
pub const SAMPLE_RATE: u32 = 48_000;

/// One word and its time in the film.
#[derive(Debug, Clone, PartialEq)]
pub struct SpokenWord {
    /// As it is written, with its punctuation.
    pub text: String,
    /// Index of its scene in the script.
    pub scene: usize,
    /// Index of its sentence in that scene.
    pub sentence: usize,
    /// Seconds from the beginning of the film.
    pub start_s: f32,
    /// Seconds from the beginning of the film; not before `start_s`.
    pub end_s: f32,
}
