//! Numbers that move: easing and swaying.

use crate::agent::dice::Dice;

/// A number from 0 to 1 for a place in a row: neighbours have nothing in common.
pub(in crate::agent) fn hash(seed: u64, number: u64) -> f32 {
    Dice(seed ^ number.wrapping_mul(0x2545_f491_4f6c_dd1d)).share()
}

/// Slow, fast, slow.
pub(in crate::agent) fn smooth(share: f32) -> f32 {
    let share = share.clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

/// Fast first, then settling: 0 at 0, 1 from 1 on.
pub(in crate::agent) fn settle(share: f32) -> f32 {
    1.0 - (1.0 - share.clamp(0.0, 1.0)).powi(3)
}

/// Settling with a little too much on the way.
pub(in crate::agent) fn spring(share: f32) -> f32 {
    let share = share.clamp(0.0, 1.0) - 1.0;
    1.0 + 2.2 * share.powi(3) + 1.2 * share.powi(2)
}

/// From 0 at `start` to 1 at `end`, eased.
pub(in crate::agent) fn ramp(at: f32, start: f32, end: f32) -> f32 {
    smooth((at - start) / (end - start).max(1e-4))
}

/// Swings between -1 and 1, `rate` times a second.
pub(in crate::agent) fn sway(seconds: f32, rate: f32, phase: f32) -> f32 {
    (std::f32::consts::TAU * (seconds * rate + phase)).sin()
}

/// Wanders slowly between about -1 and 1, never the same twice.
pub(in crate::agent) fn drift(seconds: f32, phase: f32) -> f32 {
    (sway(seconds, 0.21, phase)
        + 0.6 * sway(seconds, 0.137, phase * 2.3 + 0.4)
        + 0.3 * sway(seconds, 0.53, phase * 3.1))
        / 1.9
}

/// The remainder that is never negative.
pub(in crate::agent) fn wrap(value: f32, length: f32) -> f32 {
    value.rem_euclid(length)
}

/// A smooth random line: a height from -1 to 1 for each place, with bumps about 1 long.
pub(in crate::agent) fn ridge(seed: u64, place: f32) -> f32 {
    let cell = place.floor();
    #[expect(clippy::cast_possible_truncation, reason = "a place on a picture, far from the limits")]
    let number = cell as i64;
    let at = |step: i64| hash(seed, (number + step).cast_unsigned()) * 2.0 - 1.0;
    at(0) + (at(1) - at(0)) * smooth(place - cell)
}
