//! Presets for `inputs.avatar`.
//!
//! The vendor's list is not public, and production jobs name presets that nobody here knows. So any name is taken, each a
//! drawn person of its own; these are listed to choose from, and `strict_avatars` refuses all others, to find typing
//! mistakes.

use super::errors::ApiError;
use super::request::{self, TaskId};

/// The presets that are listed, in the vendor's style: person, manner, pose, `public`. The first one is the vendor's own,
/// from its published example.
pub(super) const PRESETS: [&str; 12] = [
    "Judy_ConfidentSpeaking_Front_public",
    "Amara_WarmWelcome_Front_public",
    "Bruno_CalmTeaching_Side_public",
    "Chiara_CasualTalking_Sitting_public",
    "Daniel_BusinessPitch_Front_public",
    "Elif_NewsReading_Front_public",
    "Farah_ConfidentSpeaking_Side_public",
    "Goran_WorkshopGuiding_Standing_public",
    "Hana_CasualTalking_Front_public",
    "Ivo_CalmTeaching_Front_public",
    "Mara_WarmWelcome_Front_public",
    "Noor_BusinessPitch_Standing_public",
];

/// The refusal of a name that is not listed.
pub(super) fn unknown(id: &TaskId) -> ApiError {
    ApiError::invalid("inputs.avatar", "string", "the name of a preset")
        .allowing(&PRESETS)
        .of_task(Some(request::TASK_TYPE), Some(&id.text))
}
