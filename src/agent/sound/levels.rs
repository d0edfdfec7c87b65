//! Levels: loudness as broadcasters measure it (ITU-R BS.1770-4), a limiter, and another sampling rate.

/// Samples are measured in blocks of this length, four of which overlap in a gate of 400 ms.
const BLOCK_S: f32 = 0.1;
/// Gates below which a block does not count: absolute, and relative to what is left, in LUFS.
const SILENCE_LUFS: f64 = -70.0;
const RELATIVE_GATE: f64 = -10.0;
/// How soon the limiter looks ahead, and how slowly it lets go.
const LOOK_AHEAD_S: f32 = 0.004;
const RELEASE_S: f32 = 0.08;

/// A second-order filter in its direct form.
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    fn run(&mut self, input: f64) -> f64 {
        let output = self.b[0] * input + self.state[0];
        self.state[0] = self.b[1] * input - self.a[0] * output + self.state[1];
        self.state[1] = self.b[2] * input - self.a[1] * output;
        output
    }
}

/// Integrated loudness of one channel at 48 kHz in LUFS; `None` for silence.
pub(super) fn loudness(samples: &[f32]) -> Option<f64> {
    // The two filters of annex 1, whose numbers hold for 48 kHz.
    let mut shelf = Biquad {
        b: [1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85],
        a: [-1.690_659_293_182_41, 0.732_480_774_215_85],
        state: [0.0; 2],
    };
    let mut high_pass =
        Biquad { b: [1.0, -2.0, 1.0], a: [-1.990_047_454_833_98, 0.990_072_250_366_21], state: [0.0; 2] };
    let block = super::whole(super::RATE * BLOCK_S);
    let powers: Vec<f64> = samples
        .chunks(block)
        .map(|part| {
            let energy = part.iter().map(|sample| high_pass.run(shelf.run(f64::from(*sample))).powi(2)).sum::<f64>();
            energy / part.len() as f64
        })
        .collect();
    let gates: Vec<f64> = powers.windows(4.min(powers.len().max(1))).map(mean).collect();
    let loud = |floor: f64| gates.iter().copied().filter(|power| lufs(*power) > floor).collect::<Vec<f64>>();
    let audible = loud(SILENCE_LUFS);
    if audible.is_empty() {
        return None;
    }
    Some(lufs(mean(&loud(lufs(mean(&audible)) + RELATIVE_GATE))))
}

fn mean(powers: &[f64]) -> f64 {
    powers.iter().sum::<f64>() / powers.len().max(1) as f64
}

fn lufs(power: f64) -> f64 {
    -0.691 + 10.0 * power.max(1e-12).log10()
}

/// Scales samples to a loudness; silence stays silent.
pub(super) fn normalise(samples: &mut [f32], target_lufs: f64) {
    if let Some(found) = loudness(samples) {
        let gain = decibels(target_lufs - found);
        samples.iter_mut().for_each(|sample| *sample *= gain);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a gain needs no more digits")]
fn decibels(db: f64) -> f32 {
    10_f64.powf(db / 20.0) as f32
}

/// Holds every sample within `ceiling` by turning down what is around a peak, softly before it and after it.
pub(super) fn limit(samples: &mut [f32], ceiling: f32) {
    let ahead = super::whole(super::RATE * LOOK_AHEAD_S);
    let release = (-1.0 / (super::RATE * RELEASE_S)).exp();
    let attack = (-4.0 / (super::RATE * LOOK_AHEAD_S)).exp();
    // How loud each stretch of the look-ahead is at most; a sample looks at its own and the next one.
    let peaks: Vec<f32> =
        samples.chunks(ahead).map(|part| part.iter().fold(0.0, |peak: f32, sample| peak.max(sample.abs()))).collect();
    let mut gain = 1.0_f32;
    for (at, part) in samples.chunks_mut(ahead).enumerate() {
        let peak = peaks[at].max(peaks.get(at + 1).copied().unwrap_or(0.0));
        let wanted = if peak > ceiling { ceiling / peak } else { 1.0 };
        for sample in part {
            let speed = if wanted < gain { attack } else { release };
            gain = wanted + (gain - wanted) * speed;
            *sample = (*sample * gain).clamp(-ceiling, ceiling);
        }
    }
}

/// Samples of another rate at [`RATE`](super::RATE), by band-limited interpolation: sixteen neighbours under a window.
pub(super) fn resample(samples: &[f32], rate: f32) -> Vec<f32> {
    const NEIGHBOURS: usize = 16;
    const PHASES: usize = 320;
    let ratio = rate / super::RATE;
    // Going down, frequencies that the new rate cannot hold are left out.
    let cutoff = (1.0 / ratio).min(1.0) * 0.95;
    let kernel: Vec<f32> = (0..=PHASES)
        .flat_map(|phase| {
            (0..NEIGHBOURS).map(move |tap| {
                let x = tap as f32 - (NEIGHBOURS / 2 - 1) as f32 - phase as f32 / PHASES as f32;
                let turn = std::f32::consts::PI * x * cutoff;
                let sinc = if turn.abs() < 1e-6 { 1.0 } else { turn.sin() / turn };
                let window = (std::f32::consts::PI * x / NEIGHBOURS as f32).cos().powi(2);
                sinc * window * cutoff
            })
        })
        .collect();
    let count = super::whole(samples.len() as f64 / f64::from(ratio));
    (0..count)
        .map(|at| {
            let place = at as f64 * f64::from(ratio);
            let whole = super::whole(place);
            let phase = super::whole(((place - whole as f64) * PHASES as f64).round());
            let taps = &kernel[phase * NEIGHBOURS..(phase + 1) * NEIGHBOURS];
            let first = (whole + 1).saturating_sub(NEIGHBOURS / 2);
            let skipped = (NEIGHBOURS / 2).saturating_sub(whole + 1);
            let heard = samples.get(first..).unwrap_or_default();
            taps[skipped..].iter().zip(heard).map(|(tap, sample)| tap * sample).sum()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{limit, loudness, normalise, resample};

    fn sine(hz: f32, rate: f32, seconds: f32, amplitude: f32) -> Vec<f32> {
        let count = crate::agent::sound::whole(rate * seconds);
        (0..count).map(|at| (at as f32 * hz / rate * std::f32::consts::TAU).sin() * amplitude).collect()
    }

    #[test]
    fn a_full_sine_of_1_khz_in_one_channel_has_minus_3_lufs() {
        // BS.1770-4 calibrates with 997 Hz: 0 dBFS in one channel reads -3.01.
        let found = loudness(&sine(997.0, 48_000.0, 3.0, 1.0)).expect("it sounds");
        assert!((found + 3.01).abs() < 0.05, "{found}");
        assert_eq!(loudness(&[0.0; 48_000]), None);
        assert_eq!(loudness(&[]), None);
    }

    #[test]
    fn pauses_do_not_count_as_quiet_sound() {
        let mut samples = sine(997.0, 48_000.0, 2.0, 0.1);
        samples.extend(vec![0.0; 4 * 48_000]);
        let found = loudness(&samples).expect("it sounds");
        assert!((found + 23.0).abs() < 0.7, "{found}");
    }

    #[test]
    fn normalising_reaches_its_target_and_limiting_its_ceiling() {
        let mut samples = sine(300.0, 48_000.0, 2.0, 0.01);
        normalise(&mut samples, -16.0);
        assert!((loudness(&samples).expect("it sounds") + 16.0).abs() < 0.1);
        samples[40_000] = 3.0;
        limit(&mut samples, 0.7);
        assert!(samples.iter().all(|sample| sample.abs() <= 0.7));
        let before = samples[30_000..36_000].iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        assert!(before > 0.2, "what is far from the peak keeps its level: {before}");
    }

    #[test]
    fn another_rate_keeps_the_tone_its_level_and_its_length() {
        let samples = resample(&sine(440.0, 22_050.0, 1.0, 0.5), 22_050.0);
        assert_eq!(samples.len(), 48_000);
        let expected = sine(440.0, 48_000.0, 1.0, 0.5);
        let off = samples.iter().zip(&expected).skip(500).take(46_000).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0_f32, f32::max) < 0.02);
        assert!(resample(&[], 22_050.0).is_empty());
    }
}
