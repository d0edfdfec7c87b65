//! Shots: what is seen while a scene is spoken.

use super::super::script::{Camera, Scene, Shot, ShotKind, Side, Theme, Tone, Transition};
use super::beats::Beat;
use super::budget::shares;
use super::figures::figure;
use super::notes::Role;
use super::words::bare;
use crate::agent::dice::Dice;
use crate::agent::pace;

/// The pause between sentences.
const BREATH_S: f32 = 0.3;

/// A picture that is seen for less than this is only a flash.
const SHORTEST_S: f32 = 0.95;

/// What all scenes of a film share.
pub(super) struct Direction<'a> {
    pub(super) tone: Tone,
    pub(super) take: u32,
    pub(super) frame_rate: u32,
    pub(super) is_centred: bool,
    pub(super) title: &'a [String],
    /// Name and role of the presenter, for the first shot that shows them.
    pub(super) lower_third: Vec<String>,
    pub(super) general: Theme,
    pub(super) dice: &'a mut Dice,
    pub(super) seen: Seen,
}

/// What came last, so that the next shot differs.
#[derive(Debug, Default)]
pub(super) struct Seen {
    camera: Option<Camera>,
    side: u32,
    scenes: u32,
    presented: u32,
}

/// A shot before it has a length.
struct Draft {
    kind: ShotKind,
    theme: Theme,
    words: Vec<String>,
    weight: u32,
}

impl Draft {
    fn new(kind: ShotKind, theme: Theme, weight: u32) -> Self {
        Self { kind, theme, words: Vec::new(), weight }
    }

    fn with(self, words: Vec<String>) -> Self {
        Self { words, ..self }
    }
}

impl Direction<'_> {
    /// The seconds that one shot lasts.
    fn pace_s(&self) -> f32 {
        match self.tone {
            Tone::Energetic => 2.2,
            Tone::Warm => 3.2,
            Tone::Plain => 3.8,
            Tone::Refined => 4.0,
            Tone::Calm => 5.0,
        }
    }

    /// Shoots a beat that lasts so many frames, at least 1.
    pub(super) fn scene(&mut self, beat: &Beat, frames: u32) -> Scene {
        let seconds = frames as f32 / self.frame_rate as f32;
        let mut drafts = match beat.role {
            Role::Opening => self.opening(beat, seconds),
            Role::Closing => self.closing(beat, seconds),
            Role::Bullets => self.list(beat, ShotKind::Bullets, seconds),
            Role::Montage => self.list(beat, ShotKind::Montage, seconds),
            Role::Card => vec![Draft::new(ShotKind::TitleCard, self.general, 1).with(beat.items.clone())],
            Role::Presenter => self.presented(beat, seconds),
            Role::Scenery | Role::Counter => self.scenery(beat, seconds),
        };
        self.seen.scenes += 1;
        let most = usize::try_from(frames).unwrap_or(usize::MAX);
        while drafts.len() > most {
            // A closing card or a title is what a scene of a few frames is about.
            let at = drafts
                .iter()
                .position(|draft| matches!(draft.kind, ShotKind::BRoll | ShotKind::Presenter))
                .unwrap_or(0);
            drafts.remove(at);
        }
        let weights: Vec<u32> = drafts.iter().map(|draft| draft.weight).collect();
        let count = u32::try_from(drafts.len()).unwrap_or(1);
        let lengths = shares(frames - count, &weights);
        let shots = drafts
            .into_iter()
            .zip(lengths)
            .enumerate()
            .map(|(at, (draft, length))| self.shot(draft, length + 1, at == 0))
            .collect();
        Scene {
            heading: beat.heading.clone(),
            narration: beat.said.iter().map(|said| said.text.clone()).collect(),
            shots,
        }
    }

    fn shot(&mut self, draft: Draft, frames: u32, is_first: bool) -> Shot {
        let is_presenter = draft.kind == ShotKind::Presenter;
        let mut words = draft.words;
        if is_presenter && self.seen.presented == 0 && words.is_empty() {
            words = std::mem::take(&mut self.lower_third);
        }
        self.seen.presented += u32::from(is_presenter);
        let camera = self.camera(draft.kind);
        let side = self.side(draft.kind);
        let transition = self.transition(is_first);
        Shot { kind: draft.kind, theme: draft.theme, camera, transition, side, on_screen: words, frames }
    }

    fn camera(&mut self, kind: ShotKind) -> Camera {
        let choices: &[Camera] = match (kind, self.tone) {
            (ShotKind::Presenter, Tone::Energetic) => &[Camera::PushIn, Camera::Still],
            (ShotKind::Presenter, Tone::Calm | Tone::Refined | Tone::Warm | Tone::Plain) => {
                &[Camera::Still, Camera::PushIn]
            }
            (ShotKind::Bullets | ShotKind::Counter, _) => &[Camera::Still],
            (ShotKind::TitleCard, _) => &[Camera::PushIn, Camera::PullOut],
            (ShotKind::ClosingCard, _) => &[Camera::Still, Camera::PushIn],
            (ShotKind::BRoll | ShotKind::Montage, _) => {
                &[Camera::PushIn, Camera::PanLeft, Camera::PullOut, Camera::PanRight, Camera::Tilt]
            }
        };
        let mut at = self.dice.below(choices.len());
        if self.seen.camera == Some(choices[at]) {
            at = (at + 1) % choices.len();
        }
        self.seen.camera = Some(choices[at]);
        choices[at]
    }

    fn side(&mut self, kind: ShotKind) -> Side {
        match kind {
            ShotKind::Presenter if self.is_centred => Side::Centre,
            ShotKind::Presenter | ShotKind::Bullets | ShotKind::Counter => {
                self.seen.side += 1;
                if (self.seen.side + self.take).is_multiple_of(2) { Side::Left } else { Side::Right }
            }
            ShotKind::BRoll | ShotKind::Montage => *self.dice.pick(&[Side::Left, Side::Centre, Side::Right]),
            ShotKind::TitleCard | ShotKind::ClosingCard => match self.take % 3 {
                0 => Side::Centre,
                1 => Side::Left,
                _ => Side::Right,
            },
        }
    }

    fn transition(&mut self, is_first: bool) -> Transition {
        if self.seen.scenes == 1 && is_first {
            return Transition::Cut;
        }
        let (between, within) = match self.tone {
            Tone::Calm => (Transition::Dissolve, Transition::Dissolve),
            Tone::Refined => {
                (Transition::Dissolve, if self.take.is_multiple_of(2) { Transition::Dissolve } else { Transition::Cut })
            }
            Tone::Warm => {
                (if self.take.is_multiple_of(2) { Transition::Dissolve } else { Transition::Wipe }, Transition::Cut)
            }
            Tone::Plain => {
                (if self.take.is_multiple_of(2) { Transition::Wipe } else { Transition::Dissolve }, Transition::Cut)
            }
            Tone::Energetic => (
                if (self.seen.scenes + self.take).is_multiple_of(2) { Transition::Wipe } else { Transition::Cut },
                Transition::Cut,
            ),
        };
        if is_first { between } else { within }
    }

    fn opening(&mut self, beat: &Beat, seconds: f32) -> Vec<Draft> {
        let scenery = || Draft::new(ShotKind::BRoll, beat.shows.last().map_or(self.general, |show| show.theme), 3);
        let card = Draft::new(ShotKind::TitleCard, self.general, 4).with(self.title.to_vec());
        let host = Draft::new(ShotKind::Presenter, self.general, 5);
        if seconds < SHORTEST_S {
            return vec![card];
        }
        // Too short for both: whoever presents comes with the title below.
        if seconds < 1.6 {
            return vec![host.with(self.title.to_vec())];
        }
        let mut drafts = match (self.take % 3, seconds > self.pace_s() * 1.8) {
            (0, _) => vec![card, host],
            (1, false) => vec![host, card],
            (1, true) => vec![scenery(), host, card],
            (_, false) => vec![card, host],
            (_, true) => vec![scenery(), card, host],
        };
        let extra = seconds - self.pace_s() * 2.6;
        // What a prompt wants to be seen first is seen, however short the opening.
        let is_asked = beat.shows.len() > 1 && seconds > 4.0 * SHORTEST_S;
        if extra > 0.0 && beat.said.len() > 1 || is_asked && !drafts.iter().any(|draft| draft.kind == ShotKind::BRoll) {
            drafts.push(scenery());
        }
        if extra > self.pace_s() {
            drafts.push(Draft::new(ShotKind::Presenter, self.general, 5));
        }
        drafts
    }

    fn closing(&mut self, beat: &Beat, seconds: f32) -> Vec<Draft> {
        let card = Draft::new(ShotKind::ClosingCard, self.general, 5).with(beat.items.clone());
        if seconds < 2.4 {
            return vec![card];
        }
        let mut drafts = vec![Draft::new(ShotKind::Presenter, self.general, 5), card];
        if seconds > self.pace_s() * 3.0 {
            drafts.insert(0, Draft::new(ShotKind::BRoll, self.general, 4));
        }
        drafts
    }

    fn list(&mut self, beat: &Beat, kind: ShotKind, seconds: f32) -> Vec<Draft> {
        let theme = beat.shows.first().map_or(self.general, |show| show.theme);
        let mut items = beat.items.clone();
        if kind == ShotKind::Montage && self.take % 2 == 1 {
            items.reverse();
        }
        let list = Draft::new(kind, theme, 6).with(items);
        if seconds < self.pace_s() * 2.2 {
            return vec![list];
        }
        let lead = if self.take.is_multiple_of(2) { ShotKind::BRoll } else { ShotKind::Presenter };
        vec![Draft::new(lead, theme, 3), list]
    }

    fn presented(&mut self, beat: &Beat, seconds: f32) -> Vec<Draft> {
        let mut drafts = vec![Draft::new(ShotKind::Presenter, self.general, 5)];
        if seconds > self.pace_s() * 1.8 {
            drafts.extend(self.rolls(beat, seconds * 0.5));
        }
        drafts
    }

    fn scenery(&mut self, beat: &Beat, seconds: f32) -> Vec<Draft> {
        let mut drafts = self.rolls(beat, seconds);
        if let Some(starts) = starts_s(beat).filter(|starts| starts.len() == drafts.len()) {
            let ends = starts.iter().skip(1).copied().chain([seconds]);
            for ((draft, start), end) in drafts.iter_mut().zip(&starts).zip(ends) {
                draft.weight = hundredths((end - start).max(SHORTEST_S));
            }
        }
        let figures: Vec<(String, String)> = beat.said.iter().filter_map(|said| figure(&said.text)).collect();
        let items = (beat.role == Role::Counter && beat.items.len() == 2).then(|| beat.items.clone());
        let counted = figures.into_iter().next().map(|(number, label)| {
            // `It` and the like mean what the film is about.
            let label = if label.is_empty() { self.title.first().cloned().unwrap_or_default() } else { label };
            vec![number, label]
        });
        if let Some(words) = items.or(counted) {
            let at = drafts.len() - 1;
            drafts[at] = Draft::new(ShotKind::Counter, Theme::Data, 4)
                .with(words.into_iter().filter(|word| !word.is_empty()).collect());
        }
        // Now and then the presenter comes back.
        if drafts.len() > 2 && self.seen.scenes % 3 == 2 && drafts[0].words.is_empty() {
            drafts[0] = Draft::new(ShotKind::Presenter, self.general, 4);
        }
        drafts
    }

    fn rolls(&mut self, beat: &Beat, seconds: f32) -> Vec<Draft> {
        let mut count = 1_usize;
        while (count as f32 + 0.5) * self.pace_s() < seconds && count < 40 {
            count += 1;
        }
        let room =
            (1..beat.shows.len()).take_while(|shots| *shots as f32 * SHORTEST_S < seconds - SHORTEST_S).count() + 1;
        let count = count.max(room.min(beat.shows.len()));
        (0..count)
            .map(|at| {
                let show = &beat.shows[at % beat.shows.len()];
                let label =
                    if at < beat.shows.len() && !show.label.is_empty() { vec![show.label.clone()] } else { Vec::new() };
                Draft::new(ShotKind::BRoll, show.theme, 4).with(label)
            })
            .collect()
    }
}

/// When each thing that a scene shows is spoken of, in seconds, so that no label stands under the words of another: at
/// its own sentence, or at its name within one. Nothing, if that cannot be told.
fn starts_s(beat: &Beat) -> Option<Vec<f32>> {
    let (mut at_s, mut sentences, mut words) = (0.0, Vec::new(), Vec::new());
    for said in &beat.said {
        sentences.push(at_s);
        for word in said.text.split_whitespace() {
            words.push((bare(word), at_s));
            at_s += pace::word_s(word) + pace::pause_s(word);
        }
        at_s += BREATH_S;
    }
    if beat.shows.len() < 2 {
        return None;
    }
    if sentences.len() == beat.shows.len() {
        return Some(sentences);
    }
    // The first picture is there from the start.
    let (mut from, mut starts) = (0, vec![0.0]);
    for show in &beat.shows[1..] {
        let name = bare(show.label.split(' ').next()?);
        let at = (from..words.len()).find(|at| !name.is_empty() && words[*at].0 == name)?;
        starts.push(words[at].1);
        from = at + 1;
    }
    Some(starts)
}

fn hundredths(seconds: f32) -> u32 {
    let mut count = 0_u32;
    while count < 60_000 && (count as f32) < seconds * 100.0 {
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::super::beats::{Said, Show};
    use super::*;

    fn beat(said: &[&str], labels: &[&str]) -> Beat {
        let said = said.iter().map(|text| Said::new((*text).to_owned(), 60)).collect();
        let shows = labels.iter().map(|label| Show { theme: Theme::Work, label: (*label).to_owned() }).collect();
        Beat { role: Role::Scenery, heading: String::new(), said, shows, items: Vec::new() }
    }

    #[test]
    fn a_thing_is_seen_from_when_it_is_spoken_of() {
        let listed = beat(&["Look at an alarm, a blue light, and a mirror."], &["Alarm", "Blue light", "Mirror"]);
        let starts = starts_s(&listed).expect("all are named");
        assert!(starts[0] == 0.0 && starts[1] > 0.9 && starts[2] > starts[1] + 0.5, "{starts:?}");
        let told = beat(&["A gun.", "Feet run on and on over wet stones.", "Water."], &["Gun", "", ""]);
        let starts = starts_s(&told).expect("each has a sentence");
        assert!(starts[2] - starts[1] > starts[1] - starts[0], "{starts:?}");
        assert_eq!(starts_s(&beat(&["Here we go."], &["Alarm", "Mirror"])), None);
    }
}
