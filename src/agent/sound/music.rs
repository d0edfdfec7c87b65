//! A soft music bed: chords on a pad, broken chords above, their roots below, and a quiet pulse where the tone is
//! quick. Key, progression and melody come from the seed, pace and colour from the tone.

use super::{levels, whole};
use crate::agent::dice::Dice;
use crate::agent::script::Tone;

/// The bed has nothing above 5 kHz, so it is made at a quarter of the film's rate.
const RATE: f32 = super::RATE / 4.0;
/// Semitones of the steps of a scale.
const MAJOR: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];
const MINOR: [i32; 7] = [0, 2, 3, 5, 7, 8, 10];
/// Steps that the chords of four bars stand on.
const PROGRESSIONS: [[i32; 4]; 5] = [[0, 5, 3, 4], [0, 3, 5, 4], [0, 4, 5, 3], [0, 2, 3, 4], [0, 5, 1, 4]];
/// A whoosh rises towards its moment and falls behind it.
const WHOOSH_S: f32 = 0.5;

/// What a tone makes of it.
struct Mood {
    beats_a_minute: f32,
    scale: [i32; 7],
    /// Notes of the broken chord in a beat.
    notes: u32,
    has_pulse: bool,
    /// How much of the upper partials the pad has.
    bright: f32,
}

fn mood(tone: Tone) -> Mood {
    let (beats_a_minute, scale, notes, has_pulse, bright) = match tone {
        Tone::Calm => (62.0, MAJOR, 1, false, 0.5),
        Tone::Energetic => (118.0, MAJOR, 2, true, 1.3),
        Tone::Refined => (72.0, MINOR, 1, false, 0.7),
        Tone::Warm => (86.0, MAJOR, 2, false, 0.8),
        Tone::Plain => (94.0, MAJOR, 1, false, 0.9),
    };
    Mood { beats_a_minute, scale, notes, has_pulse, bright }
}

/// `count` samples of music at [`RATE`](super::RATE), with a whoosh around each of the moments, which are in seconds.
/// Its level is arbitrary.
pub(super) fn bed(seed: u64, tone: Tone, count: usize, whooshes: &[f32]) -> Vec<f32> {
    let mut dice = Dice(seed ^ 0x006d_7573_6963);
    let mood = mood(tone);
    let length_s = count as f32 / super::RATE;
    let mut sound = vec![0.0; count / 4 + 1];
    // Bars are stretched a little so that the film ends with one, on the first chord.
    let bar_s = 240.0 / mood.beats_a_minute;
    let bars = (length_s / bar_s).round().max(1.0);
    let bar_s = length_s / bars;
    let key = 48 + i32::try_from(dice.below(9)).unwrap_or(0) - 4;
    let progression = PROGRESSIONS[dice.below(PROGRESSIONS.len())];
    let shape = dice.below(4);
    for bar in 0..whole(bars) {
        let step = if bar + 1 == whole(bars) { 0 } else { progression[bar % 4] };
        let chord: Vec<i32> = [0, 2, 4, 8].iter().map(|third| note(&mood.scale, key, step + third)).collect();
        let start_s = bar as f32 * bar_s;
        pad(&mut sound, &mood, &chord, start_s, bar_s);
        broken_chord(&mut sound, &mood, &chord, shape, (start_s, bar_s), &mut dice);
        if mood.has_pulse {
            pulse(&mut sound, (start_s, bar_s), &mut dice);
        }
    }
    for moment in whooshes {
        whoosh(&mut sound, *moment, &mut dice);
    }
    let mut sound = levels::resample(&sound, RATE);
    sound.resize(count, 0.0);
    sound
}

/// A step of the scale as a number of semitones, 69 being 440 Hz.
fn note(scale: &[i32; 7], key: i32, step: i32) -> i32 {
    let within = usize::try_from(step.rem_euclid(7)).unwrap_or(0);
    key + 12 * step.div_euclid(7) + scale[within]
}

fn hertz(note: i32) -> f32 {
    440.0 * 2.0_f32.powf((note - 69) as f32 / 12.0)
}

/// How a tone swells and dies, in seconds.
#[derive(Clone, Copy)]
struct Shape {
    start_s: f32,
    attack_s: f32,
    hold_s: f32,
    /// How long it takes to fall to a third.
    decay_s: f32,
}

/// Adds a sine; a rotating pointer is cheaper than a sine for every sample.
fn add_tone(sound: &mut [f32], shape: Shape, hz: f32, level: f32) {
    if hz > RATE * 0.42 {
        return;
    }
    let first = whole(shape.start_s * RATE);
    let (attack, hold) = (shape.attack_s * RATE, shape.hold_s * RATE);
    let count = whole(attack + hold + 5.0 * shape.decay_s * RATE);
    let (turn_sin, turn_cos) = (hz / RATE * std::f32::consts::TAU).sin_cos();
    let fall = (-1.0 / (shape.decay_s * RATE)).exp();
    let (mut x, mut y) = (1.0_f32, 0.0_f32);
    let mut falling = level;
    for (at, sample) in sound.iter_mut().skip(first).take(count).enumerate() {
        let at = at as f32;
        let loud = if at < attack {
            level * at / attack
        } else {
            if at > attack + hold {
                falling *= fall;
            }
            falling
        };
        *sample += y * loud;
        (x, y) = (x * turn_cos - y * turn_sin, y * turn_cos + x * turn_sin);
    }
}

fn pad(sound: &mut [f32], mood: &Mood, chord: &[i32], start_s: f32, bar_s: f32) {
    let attack_s = (bar_s * 0.3).min(0.7);
    let shape = Shape { start_s, attack_s, hold_s: bar_s - attack_s, decay_s: 0.35 };
    for (voice, note) in chord.iter().enumerate() {
        let level = if voice == 3 { 0.04 } else { 0.1 };
        // Two strings that are never quite in tune.
        let hz = hertz(note + 12);
        add_tone(sound, shape, hz * 1.002, level);
        add_tone(sound, shape, hz * 0.998, level);
        add_tone(sound, shape, hz * 2.0, level * 0.35 * mood.bright);
        add_tone(sound, shape, hz * 3.001, level * 0.15 * mood.bright);
    }
    let root = hertz(chord[0] - if chord[0] > 52 { 24 } else { 12 });
    add_tone(sound, shape, root * 2.0, 0.09);
    add_tone(sound, shape, root, 0.14);
}

fn broken_chord(sound: &mut [f32], mood: &Mood, chord: &[i32], shape: usize, bar: (f32, f32), dice: &mut Dice) {
    const ORDERS: [[usize; 8]; 4] =
        [[0, 1, 2, 1, 0, 1, 2, 1], [0, 2, 1, 2, 3, 2, 1, 2], [2, 1, 0, 1, 2, 3, 2, 1], [0, 1, 2, 3, 2, 1, 0, 2]];
    let (start_s, bar_s) = bar;
    let notes = 4 * mood.notes;
    for number in 0..notes {
        // Here and there a note is left out, never the first.
        if number > 0 && dice.below(6) == 0 {
            continue;
        }
        let place = ORDERS[shape][number as usize % 8];
        let hz = hertz(chord[place] + 24);
        let level = if number == 0 { 0.11 } else { 0.07 + 0.02 * dice.between(-1.0, 1.0) };
        let start_s = start_s + bar_s * number as f32 / notes as f32;
        let shape = Shape { start_s, attack_s: 0.008, hold_s: 0.0, decay_s: 0.28 };
        add_tone(sound, shape, hz, level);
        add_tone(sound, Shape { decay_s: 0.12, ..shape }, hz * 2.0, level * 0.4);
    }
}

/// A soft drum on every beat and a breath of noise between them.
fn pulse(sound: &mut [f32], (start_s, bar_s): (f32, f32), dice: &mut Dice) {
    for beat in 0..4 {
        let at_s = start_s + bar_s * beat as f32 / 4.0;
        let first = whole(at_s * RATE);
        let mut phase = 0.0_f32;
        for (at, sample) in sound.iter_mut().skip(first).take(whole(0.2 * RATE)).enumerate() {
            let t = at as f32 / RATE;
            phase += (48.0 + 70.0 * (-t * 35.0).exp()) / RATE * std::f32::consts::TAU;
            *sample += phase.sin() * 0.22 * (-t * 18.0).exp();
        }
        let between = whole((at_s + bar_s / 8.0) * RATE);
        let mut last = 0.0;
        for (at, sample) in sound.iter_mut().skip(between).take(whole(0.06 * RATE)).enumerate() {
            let noise = dice.between(-1.0, 1.0);
            *sample += (noise - last) * 0.02 * (-(at as f32) / RATE * 70.0).exp();
            last = noise;
        }
    }
}

/// Noise through a band that wanders up and down again.
fn whoosh(sound: &mut [f32], moment_s: f32, dice: &mut Dice) {
    let start_s = (moment_s - WHOOSH_S * 0.4).max(0.0);
    let count = whole(WHOOSH_S * RATE);
    let (mut low, mut band) = (0.0_f32, 0.0_f32);
    for (at, sample) in sound.iter_mut().skip(whole(start_s * RATE)).take(count).enumerate() {
        let swell = (std::f32::consts::PI * at as f32 / count as f32).sin();
        let tuning = 2.0 * (std::f32::consts::PI * (250.0 + 1500.0 * swell) / RATE).sin();
        low += tuning * band;
        let high = dice.between(-1.0, 1.0) - low - 0.6 * band;
        band += tuning * high;
        *sample += band * swell * swell * 0.16;
    }
}

#[cfg(test)]
mod tests {
    use super::bed;
    use crate::agent::script::Tone;

    #[test]
    fn music_is_the_same_for_a_seed_and_fills_its_time() {
        for tone in [Tone::Calm, Tone::Energetic, Tone::Refined, Tone::Warm, Tone::Plain] {
            let music = bed(7, tone, 48_000 * 6 + 1, &[3.0]);
            assert_eq!(music.len(), 48_000 * 6 + 1);
            assert_eq!(music, bed(7, tone, 48_000 * 6 + 1, &[3.0]));
            assert_ne!(music, bed(8, tone, 48_000 * 6 + 1, &[3.0]));
            for second in music.chunks(48_000).take(6) {
                let power = second.iter().map(|sample| sample * sample).sum::<f32>() / 48_000.0;
                assert!(power > 1e-4 && power < 0.5, "{tone:?}: {power}");
            }
        }
        assert!(bed(1, Tone::Plain, 0, &[]).is_empty());
    }
}
