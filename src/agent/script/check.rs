//! Whether an edited script can be drawn and spoken, and what is wrong with it.

use std::fmt;

use super::{Scene, Script, Transition};
use crate::agent::{Brief, MAX_DURATION_S, MAX_FRAME_RATE};

/// Bounds of a script, wide enough for any that is written here. Scripts come back edited: without bounds, a few bytes of
/// JSON could ask for any amount of frames, pictures of text, and speech.
const MOST_SCENES: usize = 300;
const MOST_SHOTS: usize = 400;
const MOST_SENTENCES: usize = 60;
const MOST_LINES: usize = 12;
const LONGEST_SENTENCE: usize = 600;
const LONGEST_LINE: usize = 200;
const MOST_COLOURS: usize = 5;
const FEWEST_COLOURS: usize = 2;
/// Of the whole script: letters spoken or shown, and shots.
const MOST_LETTERS: usize = 60_000;
const MOST_SHOTS_IN_ALL: usize = 4_000;
/// So many problems are told one by one.
const MOST_PROBLEMS: usize = 40;

/// What is wrong with an edited script, everything at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ScriptError {
    /// Field by field, in the script's order; at least one.
    pub problems: Vec<Problem>,
}

/// A field that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// As in `scenes[2].shots[0].frames`.
    pub field: String,
    /// What it is, and what is allowed.
    pub message: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.problems.iter().take(MOST_PROBLEMS);
        for (at, Problem { field, message }) in told.enumerate() {
            write!(out, "{}{field} {message}", if at > 0 { "; " } else { "" })?;
        }
        match self.problems.len().saturating_sub(MOST_PROBLEMS) {
            0 => Ok(()),
            more => write!(out, "; and {more} more"),
        }
    }
}

impl Script {
    /// Whether the script can be drawn and spoken at all, whatever film it is for.
    ///
    /// # Errors
    /// All fields that are out of bounds.
    pub fn check(&self) -> Result<(), ScriptError> {
        Check::of(self).result()
    }

    /// Whether the script can be drawn and spoken as the film that is asked for: also its frame rate and its length.
    ///
    /// # Errors
    /// All fields that are out of bounds or do not fit the film.
    pub fn check_for(&self, brief: &Brief) -> Result<(), ScriptError> {
        let mut check = Check::of(self);
        if self.frame_rate != brief.frame_rate {
            check.tell("frameRate", format!("is {}, but the film has {}", self.frame_rate, brief.frame_rate));
        }
        let frames = self.total_frames();
        if frames != u64::from(brief.frames()) {
            let more = if frames < u64::from(brief.frames()) { "longer" } else { "shorter" };
            check.tell(
                "scenes",
                format!(
                    "have {frames} frames in all their shots, but the film has {}: make shots {more} by {} frames",
                    brief.frames(),
                    frames.abs_diff(brief.frames().into())
                ),
            );
        }
        check.result()
    }

    /// As [`Script::frames`], of whatever somebody wrote.
    fn total_frames(&self) -> u64 {
        self.scenes.iter().flat_map(|scene| &scene.shots).map(|shot| u64::from(shot.frames)).sum()
    }
}

/// Collects problems.
#[derive(Default)]
struct Check {
    problems: Vec<Problem>,
    letters: usize,
}

impl Check {
    fn of(script: &Script) -> Self {
        let mut check = Self::default();
        check.line("title", &script.title, 1, LONGEST_LINE);
        if let Some(brand) = &script.brand {
            check.line("brand", brand, 1, LONGEST_LINE);
        }
        check.count("palette", script.palette.len(), FEWEST_COLOURS, MOST_COLOURS, "colours");
        if let Some(name) = &script.presenter.name {
            check.line("presenter.name", name, 1, LONGEST_LINE);
        }
        if let Some(call) = &script.call_to_action {
            check.line("callToAction", call, 1, LONGEST_LINE);
        }
        let rate = usize::try_from(script.frame_rate).unwrap_or(usize::MAX);
        check.count("frameRate", rate, 1, usize::try_from(MAX_FRAME_RATE).unwrap_or(usize::MAX), "frames per second");
        check.count("scenes", script.scenes.len(), 1, MOST_SCENES, "scenes");
        for (at, scene) in script.scenes.iter().enumerate().take(MOST_SCENES) {
            check.scene(&format!("scenes[{at}]"), scene);
        }
        check.whole(script);
        check
    }

    fn scene(&mut self, field: &str, scene: &Scene) {
        self.line(&format!("{field}.heading"), &scene.heading, 0, LONGEST_LINE);
        self.count(&format!("{field}.narration"), scene.narration.len(), 0, MOST_SENTENCES, "sentences");
        for (at, sentence) in scene.narration.iter().enumerate().take(MOST_SENTENCES) {
            self.line(&format!("{field}.narration[{at}]"), sentence, 1, LONGEST_SENTENCE);
        }
        self.count(&format!("{field}.shots"), scene.shots.len(), 1, MOST_SHOTS, "shots");
        for (at, shot) in scene.shots.iter().enumerate().take(MOST_SHOTS) {
            let field = format!("{field}.shots[{at}]");
            let most = MAX_DURATION_S * MAX_FRAME_RATE;
            if !(1..=most).contains(&shot.frames) {
                self.tell(&format!("{field}.frames"), format!("is {}, but must be from 1 to {most}", shot.frames));
            }
            self.count(&format!("{field}.onScreen"), shot.on_screen.len(), 0, MOST_LINES, "lines");
            for (at, line) in shot.on_screen.iter().enumerate().take(MOST_LINES) {
                self.line(&format!("{field}.onScreen[{at}]"), line, 1, LONGEST_LINE);
            }
        }
    }

    /// What no field alone can tell.
    fn whole(&mut self, script: &Script) {
        let first = script.scenes.first().and_then(|scene| scene.shots.first());
        if first.is_some_and(|shot| shot.transition != Transition::Cut) {
            let message = "must be \"cut\": no shot comes before the first one".to_owned();
            self.tell("scenes[0].shots[0].transition", message);
        }
        let shots: usize = script.scenes.iter().map(|scene| scene.shots.len()).sum();
        self.count("scenes", shots, 0, MOST_SHOTS_IN_ALL, "shots in all");
        let most = u64::from(MAX_DURATION_S) * u64::from(script.frame_rate.min(MAX_FRAME_RATE));
        let frames = script.total_frames();
        if frames > most {
            let message =
                format!("have {frames} frames in all their shots, but {MAX_DURATION_S} s have {most} at most");
            self.tell("scenes", message);
        }
        if self.letters > MOST_LETTERS {
            let message =
                format!("have {} letters to say and to show, but must not have more than {MOST_LETTERS}", self.letters);
            self.tell("scenes", message);
        }
    }

    fn line(&mut self, field: &str, text: &str, least: usize, most: usize) {
        let letters = text.chars().take(MOST_LETTERS + 1).count();
        self.letters += letters;
        if !(least..=most).contains(&letters) {
            self.tell(field, format!("has {letters} letters, but must have from {least} to {most}"));
        } else if least > 0 && text.chars().all(char::is_whitespace) {
            self.tell(field, "is blank: write something, or leave the entry out".to_owned());
        }
        if text.chars().any(char::is_control) {
            self.tell(field, "has a line break or another control character: each entry is one line".to_owned());
        }
    }

    fn count(&mut self, field: &str, count: usize, least: usize, most: usize, what: &str) {
        if !(least..=most).contains(&count) {
            self.tell(field, format!("has {count} {what}, but must have from {least} to {most}"));
        }
    }

    fn tell(&mut self, field: &str, message: String) {
        self.problems.push(Problem { field: field.to_owned(), message });
    }

    fn result(self) -> Result<(), ScriptError> {
        if self.problems.is_empty() { Ok(()) } else { Err(ScriptError { problems: self.problems }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Presenter;
    use crate::agent::script::{Camera, Cast, Colour, Shot, ShotKind, Side, Theme, Tone};

    fn shot(frames: u32) -> Shot {
        Shot {
            kind: ShotKind::BRoll,
            theme: Theme::Sea,
            camera: Camera::Still,
            transition: Transition::Cut,
            side: Side::Left,
            on_screen: Vec::new(),
            frames,
        }
    }

    fn script() -> Script {
        let scene = |shots| Scene { heading: "Waves".to_owned(), narration: vec!["Waves come in.".to_owned()], shots };
        Script {
            title: "Low tide".to_owned(),
            brand: None,
            tone: Tone::Calm,
            palette: vec![Colour([1, 2, 3]), Colour([4, 5, 6])],
            presenter: Cast { name: None, look: 7 },
            call_to_action: None,
            frame_rate: 10,
            captions: true,
            scenes: vec![scene(vec![shot(20)]), scene(vec![shot(10), shot(20)])],
        }
    }

    fn brief() -> Brief {
        let (prompt, presenter) = ("Waves.".to_owned(), Presenter::Chosen);
        Brief { prompt, presenter, width: 64, height: 64, duration_s: 5, frame_rate: 10, seed: 1, take: 0 }
    }

    fn fields(result: Result<(), ScriptError>) -> Vec<String> {
        result.err().map_or_else(Vec::new, |error| error.problems.into_iter().map(|problem| problem.field).collect())
    }

    #[test]
    fn a_script_that_fits_its_film_is_accepted() {
        assert_eq!(script().check(), Ok(()));
        assert_eq!(script().check_for(&brief()), Ok(()));
        assert_eq!(script().scene_frames(), [0..20, 20..50]);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_by_its_field() {
        let mut bad = script();
        bad.title = String::new();
        bad.palette.truncate(1);
        bad.frame_rate = 61;
        bad.presenter.name = Some(" ".to_owned());
        bad.scenes[0].narration.push("two\nlines".to_owned());
        bad.scenes[0].shots[0].transition = Transition::Wipe;
        bad.scenes[1].shots[0].frames = 0;
        bad.scenes[1].shots[1].on_screen = vec!["x".repeat(201)];
        let wrong = [
            "title",
            "palette",
            "presenter.name",
            "frameRate",
            "scenes[0].narration[1]",
            "scenes[1].shots[0].frames",
            "scenes[1].shots[1].onScreen[0]",
            "scenes[0].shots[0].transition",
        ];
        assert_eq!(fields(bad.check()), wrong);
        let told = bad.check().expect_err("it is wrong").to_string();
        assert!(told.contains("scenes[1].shots[0].frames is 0, but must be from 1 to 18000; "), "{told}");
    }

    #[test]
    fn frames_must_add_up_to_the_film() {
        let mut long = script();
        long.scenes[1].shots[1].frames = 23;
        assert_eq!(long.check(), Ok(()));
        let told = long.check_for(&brief()).expect_err("it is too long").to_string();
        assert_eq!(
            told,
            "scenes have 53 frames in all their shots, but the film has 50: make shots shorter by 3 frames"
        );
        let other = Brief { frame_rate: 5, duration_s: 10, ..brief() };
        assert_eq!(fields(script().check_for(&other)), ["frameRate"]);
    }

    #[test]
    fn hostile_scripts_are_refused_and_cost_little() {
        let empty = Script { scenes: Vec::new(), ..script() };
        assert_eq!(fields(empty.check()), ["scenes"]);
        let mut endless = script();
        endless.scenes[0].shots = vec![shot(u32::MAX); 2000];
        assert!(fields(endless.check_for(&brief())).len() > MOST_SHOTS);
        assert!(endless.check().expect_err("it is wrong").to_string().len() < 10_000);
        let mut talking = script();
        talking.scenes = vec![Scene { narration: vec!["word ".repeat(100); 60], ..talking.scenes[0].clone() }; 250];
        assert!(fields(talking.check()).contains(&"scenes".to_owned()));
    }

    #[test]
    fn colours_are_written_like_in_a_style_sheet_and_unknown_fields_are_refused() {
        let written = serde_json::to_string(&script()).expect("a script is JSON");
        assert!(written.contains("\"palette\":[\"#010203\",\"#040506\"]"), "{written}");
        assert_eq!(Script::from_json(written.as_bytes()), Ok(script()));
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_field() {
        let written = serde_json::to_string(&script()).expect("a script is JSON");
        for (old, new, told) in [
            ("#010203", "blue", "palette[0] cannot be read: \"blue\" is no colour: write it like #2455c4"),
            (
                "\"frames\":10",
                "\"frames\":\"10\"",
                "scenes[1].shots[0].frames cannot be read: invalid type: string \"10\"",
            ),
            (
                "\"narration\":[",
                "\"narration\":[7,",
                "scenes[0].narration[0] cannot be read: invalid type: integer `7`",
            ),
            ("\"captions\"", "\"subtitles\"", "unknown field `subtitles`"),
            ("\"heading\":\"Waves\",", "", "scenes[0] cannot be read: missing field `heading`"),
            ("\"tone\":\"calm\"", "\"tone\":\"sad\"", "tone cannot be read: unknown variant `sad`"),
        ] {
            let error = Script::from_json(written.replacen(old, new, 1).as_bytes()).expect_err(new).to_string();
            assert!(error.contains(told), "{error}");
        }
        for text in ["", "[]", "{", &format!("{written} {written}")] {
            let error = Script::from_json(text.as_bytes()).expect_err(text).to_string();
            assert!(error.starts_with("script cannot be read: "), "{error}");
        }
    }
}
