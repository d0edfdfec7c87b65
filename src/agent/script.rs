//! The script: everything that is said and shown, scene by scene, before anything is drawn or spoken.
//!
//! It is an artefact of its own: written by `writing`, read and edited by people as JSON, and drawn from.
//! Scenes follow each other without a gap; a scene's shots follow each other without a gap; and the frames of all shots
//! add up to the film's.

mod check;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use check::{Problem, ScriptError};

/// A production on paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Script {
    /// The film's title, as a title card shows it.
    pub title: String,
    /// Whose film it is, if the prompt names a brand, an event or a product.
    pub brand: Option<String>,
    /// How it is spoken and cut.
    pub tone: Tone,
    /// Two to five colours; the first one leads.
    pub palette: Vec<Colour>,
    /// Who speaks.
    pub presenter: Cast,
    /// What the viewer is asked to do.
    pub call_to_action: Option<String>,
    /// Frames per second, for which the shots' frames are counted.
    pub frame_rate: u32,
    /// Whether the narration is shown as captions.
    pub captions: bool,
    /// The scenes, in order; at least one.
    pub scenes: Vec<Scene>,
}

/// One step of the story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scene {
    /// What it is about, in a few words.
    pub heading: String,
    /// What is spoken, sentence by sentence; may be empty.
    pub narration: Vec<String>,
    /// What is seen, in order; at least one shot.
    pub shots: Vec<Shot>,
}

/// One camera position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shot {
    /// What it shows.
    pub kind: ShotKind,
    /// What the scenery is made of: that of the presenter's set, too.
    pub theme: Theme,
    /// How the camera moves.
    pub camera: Camera,
    /// How the shot before gives way to this one; the first shot of a film has a cut.
    pub transition: Transition,
    /// Where the main thing stands.
    pub side: Side,
    /// Words to be read, one entry a line or bullet. What they are depends on the kind: a title and its second line, bullets, labels of
    /// a montage, name and role in a presenter's lower third, a number to count up to (`42 %`) and what it counts.
    pub on_screen: Vec<String>,
    /// Its length in frames, at least 1.
    pub frames: u32,
}

/// What a shot shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ShotKind {
    /// The title over moving scenery.
    TitleCard,
    /// The presenter, speaking to the camera; with words on screen, they are a lower third.
    Presenter,
    /// Moving scenery of the theme, with a label if there are words.
    BRoll,
    /// A list that appears point by point.
    Bullets,
    /// Several pictures of the theme in quick turns, each with one of the words.
    Montage,
    /// A number that counts up, or bars that grow, and what they mean.
    Counter,
    /// Brand, call to action, and what else the last picture has to say.
    ClosingCard,
}

/// What scenery is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each name says it")]
pub enum Theme {
    City,
    Nature,
    Product,
    People,
    Data,
    Food,
    Music,
    Sport,
    Space,
    Home,
    Work,
    Travel,
    Learning,
    Sea,
    /// Shapes in the film's colours, where no word tells what else.
    Abstract,
}

/// How the camera moves during a shot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each name says it")]
pub enum Camera {
    Still,
    PushIn,
    PullOut,
    PanLeft,
    PanRight,
    Tilt,
}

/// How one shot gives way to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each name says it")]
pub enum Transition {
    Cut,
    Dissolve,
    Wipe,
}

/// Where the main thing of a shot stands: the presenter, the text of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each name says it")]
pub enum Side {
    Left,
    Centre,
    Right,
}

/// How a film is spoken and cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Tone {
    /// Slow and soft, with dissolves.
    Calm,
    /// Quick, with cuts and wipes.
    Energetic,
    /// Measured and elegant.
    Refined,
    /// Like a friend.
    Warm,
    /// Clear and sober.
    Plain,
}

/// Who speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cast {
    /// The name in lower thirds; a picture that was handed in has none.
    pub name: Option<String>,
    /// Which of the drawn presenters, and which voice: the same number is always the same person.
    pub look: u32,
}

/// A colour, written `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour(pub [u8; 3]);

impl TryFrom<String> for Colour {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
        let channel = |at: usize| u8::from_str_radix(digits?.get(at..at + 2)?, 16).ok();
        match (channel(0), channel(2), channel(4)) {
            (Some(red), Some(green), Some(blue)) => Ok(Self([red, green, blue])),
            _ => Err(format!("{text:?} is no colour: write it like #2455c4")),
        }
    }
}

impl From<Colour> for String {
    fn from(Colour([red, green, blue]): Colour) -> Self {
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}

impl Script {
    /// Reads a script that somebody may have edited. Whether it can be drawn is for [`Script::check`] to say.
    ///
    /// # Errors
    /// The field where it stops to be a script.
    pub fn from_json(text: &[u8]) -> Result<Self, ScriptError> {
        let mut reader = serde_json::Deserializer::from_slice(text);
        let wrong = |field: String, why: &serde_json::Error| ScriptError {
            problems: vec![Problem { field, message: format!("cannot be read: {why}") }],
        };
        let script = serde_path_to_error::deserialize(&mut reader).map_err(|why| {
            // A question mark stands for what it does not know the name of.
            let path = why.path().to_string();
            let field = match path.trim_end_matches(['?', '.']) {
                "" => "script",
                field => field,
            };
            wrong(field.to_owned(), why.inner())
        })?;
        reader.end().map_err(|why| wrong("script".to_owned(), &why))?;
        Ok(script)
    }

    /// The film's length.
    #[must_use]
    pub fn frames(&self) -> u32 {
        self.scenes.iter().map(Scene::frames).sum()
    }

    /// Which frames each scene has, in order.
    #[must_use]
    pub fn scene_frames(&self) -> Vec<Range<u32>> {
        let mut next = 0;
        self.scenes
            .iter()
            .map(|scene| {
                let start = next;
                next += scene.frames();
                start..next
            })
            .collect()
    }
}

impl Scene {
    /// The scene's length.
    #[must_use]
    pub fn frames(&self) -> u32 {
        self.shots.iter().map(|shot| shot.frames).sum()
    }
}
