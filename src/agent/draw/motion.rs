//! Numbers that move: easing, swaying, and choices that are always the same for the same seed.

/// A small deterministic source of choices (SplitMix64).
#[derive(Debug, Clone)]
pub(in crate::agent) struct Dice(pub(in crate::agent) u64);

impl Dice {
    pub(in crate::agent) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `count` numbers from 0.
    pub(in crate::agent) fn below(&mut self, count: u64) -> u64 {
        self.roll() % count.max(1)
    }

    pub(in crate::agent) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        let at = usize::try_from(self.below(choices.len() as u64)).unwrap_or(0);
        choices[at]
    }

    /// A number from 0 to 1.
    pub(in crate::agent) fn share(&mut self) -> f32 {
        (self.roll() >> 40) as f32 / (1_u64 << 24) as f32
    }

    pub(in crate::agent) fn between(&mut self, least: f32, most: f32) -> f32 {
        least + (most - least) * self.share()
    }

    pub(in crate::agent) fn chance(&mut self, share: f32) -> bool {
        self.share() < share
    }
}

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
