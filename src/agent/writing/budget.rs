//! Time: which sentences fit, and how many frames each scene has.

use super::super::script::Tone;
use super::beats::Beat;
use super::notes::Role;
use super::words::speech_s;

/// How much faster than at an easy pace may be spoken where a film is short.
const HURRY: f32 = 1.12;
/// Silence before the first word of a scene.
const LEAD_S: f32 = 0.3;

/// Frames for each beat, after what does not fit was left out; they add up to `frames`.
pub(super) fn fit(beats: &mut Vec<Beat>, frames: u32, frame_rate: u32) -> Vec<u32> {
    let seconds = frames as f32 / frame_rate as f32;
    loop {
        let needs: Vec<u32> = beats.iter().map(|beat| need(beat, seconds, frame_rate)).collect();
        let sum: u32 = needs.iter().sum();
        if sum <= frames {
            return spread(beats, &needs, frames);
        }
        if !shorten(beats) {
            return vec![frames];
        }
    }
}

/// Seconds that the beat's sentences take at an easy pace.
pub(super) fn spoken_s(beat: &Beat) -> f32 {
    beat.said.iter().map(|said| speech_s(&said.text)).sum()
}

/// Seconds that a beat would like to have.
pub(super) fn natural_s(beat: &Beat, tone: Tone) -> f32 {
    let hold = match tone {
        Tone::Calm => 2.4,
        Tone::Refined => 2.0,
        Tone::Warm | Tone::Plain => 1.5,
        Tone::Energetic => 1.0,
    };
    spoken_s(beat) + LEAD_S + hold * (1.0 + 0.3 * beat.said.len() as f32) + if beat.said.is_empty() { 5.0 } else { 0.0 }
}

fn need(beat: &Beat, film_s: f32, frame_rate: u32) -> u32 {
    let spoken = spoken_s(beat);
    let spoken = if spoken > 0.0 { spoken / HURRY + LEAD_S } else { 0.0 };
    let seen = match beat.role {
        Role::Opening => 1.2,
        Role::Closing if film_s >= 10.0 => 3.0,
        Role::Closing => 1.2,
        Role::Bullets => 0.8 + 0.5 * beat.items.len() as f32,
        Role::Montage => 1.6,
        Role::Counter | Role::Card => 1.5,
        Role::Scenery | Role::Presenter => 0.9,
    };
    whole_up(spoken.max(seen) * frame_rate as f32).max(1)
}

fn whole_up(value: f32) -> u32 {
    // At most 300 s of a bounded rate, and a prompt's sentences: far below what a u32 holds.
    let mut whole = 0_u32;
    let mut step = 1_u32 << 30;
    while step > 0 {
        if (whole + step) as f32 <= value {
            whole += step;
        }
        step >>= 1;
    }
    if (whole as f32) < value { whole + 1 } else { whole }
}

/// Takes something away; `false` once there is nothing left to take but the last beat.
fn shorten(beats: &mut Vec<Beat>) -> bool {
    let count = beats.len();
    let silent =
        beats.iter().position(|beat| beat.said.is_empty() && matches!(beat.role, Role::Scenery | Role::Presenter));
    if let Some(silent) = silent {
        beats.remove(silent);
        return true;
    }
    let least = beats
        .iter()
        .enumerate()
        .flat_map(|(at, beat)| {
            beat.said
                .iter()
                .enumerate()
                .map(move |(index, said)| (said.worth, whole_up(1000.0 - speech_s(&said.text).min(900.0)), at, index))
        })
        .min();
    if let Some((_, _, at, index)) = least {
        let said = &mut beats[at].said;
        match said[index].short.take() {
            Some(short) => said[index].text = short,
            None => drop(said.remove(index)),
        }
        return true;
    }
    if count <= 1 {
        return false;
    }
    // Silent cards and lists: from the end, but the closing stays as long as there is anything else.
    beats.remove(if count > 2 { count - 2 } else { count - 1 });
    true
}

/// Gives what is left over to those who can use it.
fn spread(beats: &[Beat], needs: &[u32], frames: u32) -> Vec<u32> {
    let weights: Vec<u32> = beats
        .iter()
        .map(|beat| {
            let said = u32::try_from(beat.said.len()).unwrap_or(9).min(9);
            let items = u32::try_from(beat.items.len()).unwrap_or(9).min(9);
            match beat.role {
                Role::Opening => 3 + said,
                Role::Closing => 4,
                Role::Bullets => 2 + items,
                Role::Montage => 3 + items,
                Role::Scenery => 2 + said + if said == 0 { 3 } else { 0 },
                Role::Presenter | Role::Counter | Role::Card => 2 + said,
            }
        })
        .collect();
    let spare = frames - needs.iter().sum::<u32>();
    let shares = shares(spare, &weights);
    needs.iter().zip(shares).map(|(need, share)| need + share).collect()
}

/// Splits a number by weights so that the parts add up to it.
pub(super) fn shares(total: u32, weights: &[u32]) -> Vec<u32> {
    let sum: u64 = weights.iter().map(|weight| u64::from(*weight)).sum::<u64>().max(1);
    let mut before = 0_u64;
    weights
        .iter()
        .map(|weight| {
            let start = u64::from(total) * before / sum;
            before += u64::from(*weight);
            u32::try_from(u64::from(total) * before / sum - start).unwrap_or(total)
        })
        .collect()
}
