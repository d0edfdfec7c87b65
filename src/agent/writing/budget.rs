//! Time: which sentences fit, and how many frames each scene has.

use super::super::pace;
use super::super::script::Tone;
use super::beats::{Beat, Said};
use super::notes::Role;

/// How much faster than at an easy pace may be spoken, and in a short film.
const HURRY: f32 = 1.12;
const MOST_HURRY: f32 = 1.18;
/// Silence before the first word of a scene, and in a short film.
const LEAD_S: f32 = 0.3;
const SHORT_LEAD_S: f32 = 0.12;
/// Films below this length are in a hurry.
const SHORT_FILM_S: f32 = 10.0;

/// Frames for each beat, after what does not fit was left out; they add up to `frames`.
///
/// Sentences are taken by their worth as long as there is time for them. Pictures that lost their sentence are shown
/// beside others.
pub(super) fn fit(beats: &mut Vec<Beat>, frames: u32, frame_rate: u32) -> Vec<u32> {
    let time = Time { seconds: frames as f32 / frame_rate as f32, frame_rate, frames };
    let wanted: Vec<Vec<Said>> = beats.iter_mut().map(|beat| std::mem::take(&mut beat.said)).collect();
    // Kept up to date beside the beats: it takes long to find out how long words take.
    let mut needs: Vec<u32> = beats.iter().map(|beat| time.need(beat)).collect();
    let mut is_in: Vec<bool> = beats.iter().map(|beat| !is_optional(beat) || beat.role == Role::Opening).collect();
    while sum(&needs, &is_in) > frames {
        // Lists and cards go from the end, then the closing; the opening stays.
        let last = beats.len() - 1;
        let at = (1..last).rev().chain([last]).find(|at| is_in[*at]);
        let Some(at) = at.filter(|at| *at > 0) else { break };
        is_in[at] = false;
    }
    // Something of what the prompt wants to be seen comes before the second sentence.
    if let Some(first) = beats.iter().position(|beat| beat.role == Role::Scenery) {
        is_in[first] = true;
        is_in[first] = sum(&needs, &is_in) <= frames;
    }
    let mut order: Vec<(usize, usize)> =
        wanted.iter().enumerate().flat_map(|(at, said)| (0..said.len()).map(move |index| (at, index))).collect();
    order.sort_by_key(|(at, index)| (u8::MAX - wanted[*at][*index].worth, *at, *index));
    let mut taken: Vec<Vec<(usize, Said)>> = vec![Vec::new(); beats.len()];
    for (at, index) in order {
        if !is_in[at] && !is_optional(&beats[at]) {
            continue;
        }
        let said = &wanted[at][index];
        // A short form first; what is left may be used for the long one.
        let said = Said { text: said.short.clone().unwrap_or_else(|| said.text.clone()), ..said.clone() };
        beats[at].said.push(said.clone());
        let was_in = std::mem::replace(&mut is_in[at], true);
        let need = std::mem::replace(&mut needs[at], time.need(&beats[at]));
        if sum(&needs, &is_in) <= frames {
            taken[at].push((index, said));
        } else {
            beats[at].said.pop();
            (needs[at], is_in[at]) = (need, was_in);
        }
    }
    for (beat, mut taken) in beats.iter_mut().zip(taken) {
        taken.sort_by_key(|(index, _)| *index);
        beat.said = taken.into_iter().map(|(_, said)| said).collect();
    }
    let mut needs: Vec<u32> = beats.iter().map(|beat| time.need(beat)).collect();
    show_the_rest(&needs, beats, &mut is_in, frames);
    lengthen(&time, beats, (&mut needs, &is_in), &wanted);
    say_once(beats);
    let mut kept = is_in.into_iter();
    beats.retain(|_| kept.next().unwrap_or(false));
    let needs: Vec<u32> = beats.iter().map(|beat| time.need(beat)).collect();
    // A film of a few frames is one picture.
    if needs.iter().sum::<u32>() > frames { vec![frames] } else { spread(beats, &needs, frames) }
}

/// Frames that the beats need which are in.
fn sum(needs: &[u32], is_in: &[bool]) -> u32 {
    needs.iter().zip(is_in).filter(|(_, is_in)| **is_in).map(|(need, _)| need).sum()
}

/// Pictures of which nothing is said: for themselves if there is time, or else beside their neighbours.
fn show_the_rest(needs: &[u32], beats: &mut [Beat], is_in: &mut [bool], frames: u32) {
    for at in 0..beats.len() {
        if is_in[at] || beats[at].role != Role::Scenery {
            continue;
        }
        is_in[at] = true;
        if sum(needs, is_in) <= frames {
            continue;
        }
        is_in[at] = false;
        let near = |other: &usize| is_in[*other] && beats[*other].role == Role::Scenery;
        let before = (0..at).rev().find(near);
        let after = (at + 1..beats.len()).find(near);
        let shows = std::mem::take(&mut beats[at].shows);
        if let Some(before) = before {
            beats[before].shows.extend(shows);
        } else if let Some(after) = after {
            beats[after].shows.splice(0..0, shows).for_each(drop);
        }
    }
}

/// Says in full what has a short form, where there is time.
fn lengthen(time: &Time, beats: &mut [Beat], (needs, is_in): (&mut [u32], &[bool]), wanted: &[Vec<Said>]) {
    for (at, wanted) in wanted.iter().enumerate() {
        for said in wanted {
            let Some(index) = beats[at].said.iter().position(|now| Some(&now.text) == said.short.as_ref()) else {
                continue;
            };
            let short = std::mem::replace(&mut beats[at].said[index].text, said.text.clone());
            let need = std::mem::replace(&mut needs[at], time.need(&beats[at]));
            if sum(needs, is_in) > time.frames {
                beats[at].said[index].text = short;
                needs[at] = need;
            }
        }
    }
}

/// Leaves out what was said just before.
fn say_once(beats: &mut [Beat]) {
    let mut before = String::new();
    for beat in beats {
        beat.said.retain(|said| std::mem::replace(&mut before, said.text.clone()) != said.text);
    }
}

/// Whether the beat is left out when nothing is said in it.
fn is_optional(beat: &Beat) -> bool {
    matches!(beat.role, Role::Scenery | Role::Presenter)
}

/// The film's length.
struct Time {
    seconds: f32,
    frame_rate: u32,
    frames: u32,
}

impl Time {
    /// Frames below which a beat makes no sense.
    fn need(&self, beat: &Beat) -> u32 {
        let is_short = self.seconds < SHORT_FILM_S;
        let (hurry, lead_s) = if is_short { (MOST_HURRY, SHORT_LEAD_S) } else { (HURRY, LEAD_S) };
        let spoken = spoken_s(beat);
        let spoken = if spoken > 0.0 { spoken / hurry + lead_s } else { 0.0 };
        let seen = match beat.role {
            Role::Opening | Role::Closing if self.seconds < 6.0 => 1.0,
            Role::Opening => 1.2,
            Role::Closing if !is_short => 3.0,
            Role::Closing => 1.2,
            Role::Bullets => 0.8 + 0.5 * beat.items.len() as f32,
            Role::Montage => 1.6,
            Role::Counter | Role::Card => 1.3,
            Role::Scenery | Role::Presenter => 0.9,
        };
        whole_up(spoken.max(seen) * self.frame_rate as f32).max(1)
    }
}

/// Seconds that the beat's sentences take at an easy pace.
pub(super) fn spoken_s(beat: &Beat) -> f32 {
    beat.said.iter().map(|said| pace::sentence_s(&said.text)).sum()
}

/// Seconds that a beat would like to have.
pub(super) fn natural_s(beat: &Beat, tone: Tone) -> f32 {
    let hold = match tone {
        Tone::Calm => 2.4,
        Tone::Refined => 2.0,
        Tone::Warm | Tone::Plain => 1.5,
        Tone::Energetic => 1.0,
    };
    spoken_s(beat) + LEAD_S + hold * (1.0 + 0.3 * beat.said.len() as f32) + if beat.said.is_empty() { 6.5 } else { 0.0 }
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

/// Gives what is left over to those who can use it.
fn spread(beats: &[Beat], needs: &[u32], frames: u32) -> Vec<u32> {
    let weights: Vec<u32> = beats
        .iter()
        .map(|beat| {
            let said = u32::try_from(beat.said.len()).unwrap_or(9).min(9);
            let items = u32::try_from(beat.items.len()).unwrap_or(9).min(9);
            match beat.role {
                Role::Opening => 3,
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
