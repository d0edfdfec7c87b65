//! Content checking: what `safety` asks for, by two small lists of words.
//!
//! The vendor says that key frames or all frames are checked, and not for what. Here a frame is checked by the words it
//! shows, for the renderer knows them. Decided here: a prompt with a forbidden word is refused at submission, in both
//! modes, and costs nothing; a sampled frame with a forbidden word, which can only come from the presenter's name by
//! then, fails the task; a sampled frame with an explicit word sets `NSFWContent` on its result. Both refusals are
//! `contentPolicyViolation`.

use super::errors::ApiError;
use super::request::SafetyMode;

/// Words that set `NSFWContent`.
const EXPLICIT: [&str; 7] = ["erotic", "lingerie", "naked", "nsfw", "nude", "nudity", "topless"];

/// Words that are refused.
const FORBIDDEN: [&str; 7] = ["beheading", "bloodbath", "massacre", "mutilation", "porn", "pornography", "torture"];

/// What a text holds, the worse last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Finding {
    /// To be flagged.
    Explicit,
    /// To be refused.
    Forbidden,
}

/// The worst word of a text. Words are compared whole and in any case.
fn worst(text: &str) -> Option<Finding> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let findings = words.filter_map(|word| {
        let word = word.to_lowercase();
        let is_in = |list: &[&str]| list.contains(&word.as_str());
        is_in(&FORBIDDEN).then_some(Finding::Forbidden).or_else(|| is_in(&EXPLICIT).then_some(Finding::Explicit))
    });
    findings.max()
}

/// Why a prompt is refused, if it is.
pub(super) fn check_prompt(mode: SafetyMode, prompt: &str) -> Result<(), ApiError> {
    let is_checked = mode != SafetyMode::None;
    if is_checked && worst(prompt) == Some(Finding::Forbidden) {
        let error = ApiError::refused(CODE, "The prompt violates the content policy.");
        return Err(error.about("positivePrompt").expecting("string"));
    }
    Ok(())
}

/// Looks at the frames of one film.
#[derive(Debug)]
pub(super) struct Inspector {
    mode: SafetyMode,
    found: Option<Finding>,
}

impl Inspector {
    /// An inspector that has seen nothing yet.
    pub(super) fn new(mode: SafetyMode) -> Self {
        Self { mode, found: None }
    }

    /// Looks at a frame that shows `text`, if its mode samples it.
    pub(super) fn see(&mut self, is_key: bool, text: impl FnOnce() -> String) {
        let is_sampled = match self.mode {
            SafetyMode::None => false,
            SafetyMode::Fast => is_key,
            SafetyMode::Full => true,
        };
        if is_sampled {
            self.found = self.found.max(worst(&text()));
        }
    }

    /// Whether the film is flagged, or the error that fails its task.
    pub(super) fn verdict(&self) -> Result<bool, ApiError> {
        match self.found {
            None => Ok(false),
            Some(Finding::Explicit) => Ok(true),
            Some(Finding::Forbidden) => {
                Err(ApiError::failed_task(CODE, "A frame of the video violates the content policy."))
            }
        }
    }
}

const CODE: &str = "contentPolicyViolation";

#[cfg(test)]
mod tests {
    use super::{Finding, Inspector, check_prompt, worst};
    use crate::emulator::request::SafetyMode;

    #[test]
    fn words_are_found_whole_and_in_any_case() {
        for (text, expected) in [
            ("A calm tour of a lighthouse", None),
            ("The naked-eye comet", Some(Finding::Explicit)),
            ("NUDE, then Torture!", Some(Finding::Forbidden)),
            ("tortured denuded Nudelsuppe popcorn", None),
        ] {
            assert_eq!(worst(text), expected, "{text}");
        }
    }

    #[test]
    fn a_prompt_is_refused_in_both_modes_that_check() {
        let code = |mode, prompt| check_prompt(mode, prompt).err().map(|error| error.code().to_owned());
        let refused = Some("contentPolicyViolation".to_owned());
        assert_eq!(code(SafetyMode::None, "a massacre"), None);
        assert_eq!(code(SafetyMode::Fast, "a massacre"), refused);
        assert_eq!(code(SafetyMode::Full, "a massacre"), refused);
        assert_eq!(code(SafetyMode::Full, "a nude"), None);
    }

    #[test]
    fn fast_looks_at_key_frames_and_full_at_all() {
        let verdict = |mode| {
            let mut inspector = Inspector::new(mode);
            inspector.see(true, || "a calm title".to_owned());
            inspector.see(false, || "a nude".to_owned());
            inspector.verdict().expect("nothing forbidden")
        };
        assert_eq!([SafetyMode::None, SafetyMode::Fast, SafetyMode::Full].map(verdict), [false, false, true]);
        let mut inspector = Inspector::new(SafetyMode::Fast);
        inspector.see(true, || "Presented by Massacre".to_owned());
        assert_eq!(inspector.verdict().expect_err("forbidden").code(), "contentPolicyViolation");
    }
}
