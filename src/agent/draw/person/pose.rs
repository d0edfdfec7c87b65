//! How a person holds themselves at a moment: breath, blinks, sway, and what speech does to head and hands.

use crate::agent::draw::motion::{drift, hash, ramp, sway};
use crate::agent::draw::paint::Point;
use crate::agent::draw::speech::{Gesture, Speech};

/// About how long it is from one blink to the next, and how long one takes.
const BLINK_EVERY_S: f32 = 3.4;
const BLINK_S: f32 = 0.22;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::agent) enum Fingers {
    Relaxed,
    Open,
    Pointing,
}

#[derive(Debug, Clone, Copy)]
pub(in crate::agent) struct Hand {
    pub(super) at: Point,
    pub(super) fingers: Fingers,
}

#[derive(Debug, Clone, Copy)]
pub(in crate::agent) struct Pose {
    /// The head's turn, -1 to 1.
    pub(super) turn: f32,
    pub(super) tilt: f32,
    pub(super) nod: f32,
    pub(super) lean: f32,
    pub(super) breath: f32,
    /// How far the eyes are closed, 0 to 1.
    pub(super) closed: f32,
    pub(super) gaze: Point,
    pub(super) brow: f32,
    pub(super) open: f32,
    pub(super) wide: f32,
    pub(super) smile: f32,
    /// Left and right in the picture.
    pub(super) hands: [Hand; 2],
    pub(super) seconds: f32,
}

impl Pose {
    /// Somebody who listens or looks about.
    pub(in crate::agent) fn idle(seed: u64, seconds: f32) -> Self {
        let phase = hash(seed, 1);
        let rest = |side: f32| Hand {
            at: (side * 5.4 + 0.5 * drift(seconds, phase + side), 39.5 + 0.5 * drift(seconds * 1.1, phase)),
            fingers: Fingers::Relaxed,
        };
        Self {
            turn: 0.35 * drift(seconds, phase),
            tilt: 0.03 * drift(seconds * 0.8, phase + 0.3),
            nod: 0.2 * drift(seconds * 1.2, phase + 0.6),
            lean: 0.012 * drift(seconds * 0.7, phase + 0.1),
            breath: sway(seconds, 0.27, phase),
            closed: blink(seed, seconds),
            gaze: (0.3 * drift(seconds * 0.6, phase + 0.9), 0.0),
            brow: 0.1 * drift(seconds, phase + 0.5),
            open: 0.0,
            wide: 0.2,
            smile: 0.75,
            hands: [rest(-1.0), rest(1.0)],
            seconds,
        }
    }

    /// Somebody in a talk: how far the mouth is open, whither they look, and how much of the talk is theirs.
    pub(in crate::agent) fn chat(&mut self, open: f32, turn: f32, share: f32) {
        self.open = open;
        self.turn = (self.turn * 0.4 + turn * 0.8).clamp(-1.0, 1.0);
        self.gaze = (0.5 * turn, 0.0);
        self.brow += 0.5 * share;
        self.hands[1].at.1 -= 15.0 * share;
        self.hands[1].at.0 += 10.0 * share;
    }

    /// A nod, `share` of the way down.
    pub(in crate::agent) fn agree(&mut self, share: f32, seconds: f32) {
        self.nod += 1.8 * share * (0.5 + 0.5 * sway(seconds, 1.4, 0.0));
        self.smile = self.smile.max(share);
        (self.gaze, self.turn) = ((0.0, 0.0), self.turn * 0.3);
    }

    /// Hands at work on a table in front, the head bent over them.
    pub(in crate::agent) fn reach(&mut self, seconds: f32) {
        self.nod += 1.2;
        self.gaze = (0.4 * sway(seconds, 0.3, 0.0), 0.6);
        self.hands[0].at = (-9.0 + 3.0 * sway(seconds, 0.35, 0.1), 35.0 + 2.0 * sway(seconds, 0.5, 0.0));
        self.hands[1].at = (10.0 + 3.0 * sway(seconds, 0.31, 0.5), 34.0 + 2.0 * sway(seconds, 0.43, 0.2));
    }

    /// Somebody who speaks: `mouth` is 0 to 1.
    pub(in crate::agent) fn speaking(seed: u64, seconds: f32, film_s: f32, mouth: f32, speech: &Speech) -> Self {
        let mut pose = Self::idle(seed, film_s);
        let stress = speech.stress(film_s);
        pose.seconds = seconds;
        pose.gaze = (pose.gaze.0 * 0.35, 0.0);
        pose.open = mouth;
        pose.wide = speech.lips(film_s).wide;
        pose.smile = 0.55 * (1.0 - mouth * 0.6);
        pose.brow = 0.15 + 0.75 * stress + 0.2 * mouth;
        pose.nod += 0.9 * stress * (0.6 + 0.4 * sway(film_s, 1.3, 0.0)) + 0.3 * mouth;
        pose.turn += 0.3 * sway(film_s, 0.19, 0.2);
        let beat = 0.9 * mouth;
        if let Some((gesture, share)) = speech.gesture(film_s) {
            let goals = goals(gesture);
            for (hand, (goal, fingers)) in pose.hands.iter_mut().zip(goals) {
                let bob = if goal.1 < 36.0 { beat } else { 0.0 };
                hand.at = (hand.at.0 + (goal.0 - hand.at.0) * share, hand.at.1 + (goal.1 + bob - hand.at.1) * share);
                if share > 0.35 {
                    hand.fingers = fingers;
                }
            }
            pose.tilt += share * if goals[0].0.0 < -15.0 { -0.03 } else { 0.03 };
        }
        pose
    }
}

/// Where the hands go: left, then right.
fn goals(gesture: Gesture) -> [(Point, Fingers); 2] {
    use Fingers::{Open, Pointing, Relaxed};
    match gesture {
        Gesture::OpenLeft => [((-29.0, 15.0), Open), ((6.0, 38.0), Relaxed)],
        Gesture::OpenRight => [((-6.0, 38.0), Relaxed), ((29.0, 15.0), Open)],
        Gesture::OpenBoth => [((-28.5, 18.0), Open), ((28.5, 18.0), Open)],
        Gesture::PointUp => [((-6.0, 38.0), Relaxed), ((23.0, 8.0), Pointing)],
        Gesture::ToHeart => [((-6.5, 38.0), Relaxed), ((-1.0, 18.0), Relaxed)],
        Gesture::Together => [((-7.0, 21.0), Open), ((7.0, 21.0), Open)],
    }
}

fn blink(seed: u64, seconds: f32) -> f32 {
    let cell = (seconds / BLINK_EVERY_S).floor().max(0.0);
    let number = u64::try_from(crate::agent::draw::canvas::round(cell)).unwrap_or(0);
    let start_s = (cell + 0.15 + 0.6 * hash(seed, number)) * BLINK_EVERY_S;
    let since = seconds - start_s;
    ramp(since, 0.0, BLINK_S * 0.4) * (1.0 - ramp(since, BLINK_S * 0.5, BLINK_S))
}
