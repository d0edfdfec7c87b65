//! What is rendered for a request. Pure.

use uuid::Uuid;

use super::render::{Presenter, Screenplay};
use super::request::VideoRequest;

/// Seeds fit into a JSON number that every language reads exactly (2^53).
const SEED_BITS: u32 = 48;

/// The film that was asked for, as result `index` of its task.
pub(super) fn asked(request: &VideoRequest, presenter: Presenter, index: u32, frame_rate: u32) -> Screenplay {
    Screenplay {
        prompt: request.prompt.clone(),
        container: request.container,
        quality: request.quality,
        width: request.width_px,
        height: request.height_px,
        duration_s: request.duration_s,
        seed: seed(request.id.uuid, index),
        presenter,
        frame_rate,
    }
}

/// The same task always gets the same seeds, and each of its results another one.
fn seed(task: Uuid, index: u32) -> u64 {
    let (high, low) = task.as_u64_pair();
    let mixed = high.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ low;
    (mixed >> (u64::BITS - SEED_BITS)).wrapping_add(u64::from(index))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::seed;

    #[test]
    fn results_of_a_task_differ_in_their_seed_and_repeat_with_its_uuid() {
        let task = Uuid::from_u128(0x0b8a_2f4c_6a33_4d0e_9a51_3f6f_1c7f_9b21);
        assert_ne!(seed(task, 0), seed(task, 1));
        assert_eq!(seed(task, 3), seed(task, 3));
        assert!(seed(Uuid::max(), 3) < 1 << 53);
    }
}
