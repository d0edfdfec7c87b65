//! The whole way from a script to a file, scene by scene.
//!
//! A scene's encoded pictures are kept in a [`SegmentCache`] under a key made of everything that decides them. So a script that was
//! edited costs only the scenes that changed: the others are taken from there, and sound and container are made anew.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use image::RgbImage;
use sha2::{Digest, Sha256};

use super::captions::web_vtt;
use super::draw::sheet::contact_sheet;
use super::draw::stage::Stage;
use super::film::{self, Backend, Format, Segment, SegmentEncoder};
use super::script::Script;
use super::sound;
use super::{Brief, Container, Narration, Presenter, RenderError, Tools, check, check_format};

/// Words and mouths of so many frames on either side of a scene may be seen in it: captions stay a little.
const SEEN_AROUND_S: f32 = 1.0;

/// A script that was spoken: everything is known of its film but the pictures.
pub struct Rehearsal<'a> {
    brief: &'a Brief,
    script: &'a Script,
    tools: &'a Tools,
    narration: Narration,
}

/// A finished draft.
#[derive(Debug)]
pub struct Production {
    /// The video file.
    pub file: Vec<u8>,
    /// Its captions, as WebVTT.
    pub captions: String,
    /// What it lacks because a program is not installed, or had to leave out, in words for people.
    pub notes: Vec<String>,
    /// Whether a voice speaks the narration.
    pub has_voice: bool,
    /// Indices of the scenes that were drawn; the others were taken from the cache.
    pub drawn: Vec<usize>,
}

/// A frame that is done.
pub struct Painted<'a> {
    /// How much of the film is done, 1 with the last frame.
    pub share: f32,
    /// Whether a player can begin here.
    pub is_key: bool,
    number: u32,
    stage: &'a Stage<'a>,
}

impl Painted<'_> {
    /// The words that the frame shows, whatever room there is for them.
    #[must_use]
    pub fn text(&self) -> String {
        self.stage.text(self.number)
    }
}

/// Speaks a script. With a voice this takes a second or so: run it on a thread that may block.
///
/// # Errors
/// A brief outside its bounds, a script with mistakes or of another length or frame rate than the brief's, or a program that fails.
pub fn rehearse<'a>(brief: &'a Brief, script: &'a Script, tools: &'a Tools) -> Result<Rehearsal<'a>, RenderError> {
    check(brief)?;
    script.check_for(brief)?;
    let tools = if brief.is_sketch() { &Tools::NONE } else { tools };
    Ok(Rehearsal { brief, script, tools, narration: sound::perform(brief, script, tools) })
}

impl Rehearsal<'_> {
    /// Pictures of all shots on one sheet, with the scenes' headings and times.
    #[must_use]
    pub fn contact_sheet(&self) -> RgbImage {
        contact_sheet(&mut Stage::new(self.brief, self.script, &self.narration))
    }

    /// Makes the film. This is seconds of CPU work: run it on a thread that may block. `watch` is called after each frame, in
    /// order, also for frames that come from the cache; unwinding out of it ends all that was started.
    ///
    /// # Errors
    /// An odd side for H.264, or an encoder that fails.
    pub fn film(
        self,
        (container, quality): (Container, u8),
        cache: &SegmentCache,
        watch: &mut dyn FnMut(&Painted<'_>),
    ) -> Result<Production, RenderError> {
        let Self { brief, script, tools, narration } = self;
        let mut notes = narration.notes.clone();
        let (width, height, frame_rate) = (brief.width, brief.height, brief.frame_rate);
        let format = Format { container, width, height, frame_rate, quality };
        check_format(&format)?;
        let (backend, lacking) = film::choose(&format, tools);
        if !brief.is_sketch() {
            notes.extend(lacking);
        }

        let draft = Draft { brief, script, narration: &narration, format: &format, backend: &backend };
        let (pictures, sound) = thread::scope(|scope| {
            let sound = scope.spawn(|| film::encode_sound(&narration.samples, container, tools));
            (draft.pictures(cache, watch), sound.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let ((segments, drawn), (sound, lacking)) = (pictures?, sound?);
        notes.extend(lacking);
        let segments: Vec<&Segment> = segments.iter().map(Arc::as_ref).collect();
        let file = film::mux(&format, &segments, sound.as_ref())?;
        Ok(Production { file, captions: web_vtt(&narration), notes, has_voice: narration.has_voice, drawn })
    }
}

/// A scene on its way into the film.
struct Planned {
    index: usize,
    frames: Range<u32>,
    key: Key,
    /// What is kept of it from another time.
    segment: Option<Arc<Segment>>,
}

/// Everything that decides what is seen.
struct Draft<'a> {
    brief: &'a Brief,
    script: &'a Script,
    narration: &'a Narration,
    format: &'a Format,
    backend: &'a Backend,
}

impl Draft<'_> {
    /// The scenes' pictures, and the numbers of those that were not in the cache.
    fn pictures(
        &self,
        cache: &SegmentCache,
        watch: &mut dyn FnMut(&Painted<'_>),
    ) -> Result<(Vec<Arc<Segment>>, Vec<usize>), RenderError> {
        let (brief, script) = (self.brief, self.script);
        let held = film::held(self.format, self.backend);
        let mut stage = Stage::new(brief, script, self.narration);
        let scenes: Vec<Planned> = (script.scene_frames().into_iter().enumerate())
            .map(|(index, frames)| {
                let key = self.key(index, &frames, &stage);
                Planned { index, frames, segment: cache.get(&key), key }
            })
            .collect();
        let mut segments: Vec<Arc<Segment>> = Vec::with_capacity(scenes.len());
        let mut drawn = Vec::new();
        // Scenes that follow each other are drawn in one go: an encoder takes a while to start.
        for run in scenes.chunk_by(|one, next| one.segment.is_none() && next.segment.is_none()) {
            let frames = run[0].frames.start..run[run.len() - 1].frames.end;
            let starts = |frame| run.iter().any(|scene| scene.frames.start == frame);
            let keyframes =
                film::keyframes(frames.clone(), brief.frame_rate, |frame| starts(frame) || stage.is_cut(frame));
            let mut seen = |stage: &Stage<'_>, number: u32| {
                let is_key = keyframes.binary_search(&(number - frames.start)).is_ok();
                watch(&Painted { share: (number + 1) as f32 / brief.frames() as f32, is_key, number, stage });
            };
            if let Some(kept) = &run[0].segment {
                frames.clone().for_each(|number| seen(&stage, number));
                segments.push(Arc::clone(kept));
                continue;
            }
            let mut encoder = SegmentEncoder::new(self.format, self.backend, keyframes.clone())?;
            for number in frames.clone() {
                let at = number - frames.start;
                let key = keyframes.partition_point(|key| *key <= at).checked_sub(1).map_or(0, |last| keyframes[last]);
                if (at - key) % held == 0 {
                    encoder.push(stage.paint(number))?;
                } else {
                    encoder.repeat()?;
                }
                seen(&stage, number);
            }
            let made = encoder.finish()?.parted(run.iter().map(|scene| scene.frames.len()));
            for (scene, segment) in run.iter().zip(made) {
                drawn.push(scene.index);
                segments.push(cache.keep(scene.key, segment));
            }
        }
        Ok((segments, drawn))
    }

    /// The key of scene `index`, which has these frames.
    fn key(&self, index: usize, frames: &Range<u32>, stage: &Stage<'_>) -> Key {
        let Self { brief, script, narration, format, backend } = self;
        let mut digest = Sha256::new();
        let mut add = |part: &[u8]| {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        };
        // All that the film has in common: everything of the script but its other scenes.
        let common = Script { scenes: Vec::new(), ..(*script).clone() };
        let shots_before: usize = script.scenes[..index].iter().map(|scene| scene.shots.len()).sum();
        let neighbours = &script.scenes[index.saturating_sub(1)..=index];
        for text in [
            format!("{format:?} {backend:?} {} {} {:?}", brief.seed, brief.take, script.frames()),
            serde_json::to_string(&common).unwrap_or_default(),
            serde_json::to_string(neighbours).unwrap_or_default(),
            format!("{index} of {}, {shots_before}, {frames:?}", script.scenes.len()),
            format!("{:?}", stage.pictures(index.saturating_sub(1)..=index)),
        ] {
            add(text.as_bytes());
        }
        match &brief.presenter {
            Presenter::Avatar(name) => add(name.as_bytes()),
            Presenter::Image(picture) => add(picture.as_raw()),
            Presenter::Chosen => add(b""),
        }
        let rate = brief.frame_rate as f32;
        let seen = frames.start as f32 / rate - SEEN_AROUND_S..frames.end as f32 / rate + SEEN_AROUND_S;
        for word in narration.words.iter().filter(|word| word.end_s >= seen.start && word.start_s <= seen.end) {
            add(format!("{word:?}").as_bytes());
        }
        let mouths = frames.start.saturating_sub(brief.frame_rate) as usize..frames.end as usize;
        add(narration.mouth.get(mouths).unwrap_or_default());
        digest.finalize().into()
    }
}

type Key = [u8; 32];

/// Encoded scenes, the most recently used ones, up to a number of bytes.
pub struct SegmentCache {
    bytes_max: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    segments: HashMap<Key, (Arc<Segment>, u64)>,
    bytes: usize,
    uses: u64,
}

impl SegmentCache {
    /// A cache of so many bytes; with 0 it keeps nothing.
    #[must_use]
    pub fn of_bytes(bytes_max: usize) -> Self {
        Self { bytes_max, kept: Mutex::default() }
    }

    fn get(&self, key: &Key) -> Option<Arc<Segment>> {
        let mut kept = self.lock();
        kept.uses += 1;
        let now = kept.uses;
        let (segment, used) = kept.segments.get_mut(key)?;
        *used = now;
        Some(Arc::clone(segment))
    }

    fn keep(&self, key: Key, segment: Segment) -> Arc<Segment> {
        let segment = Arc::new(segment);
        let size = segment.bytes();
        if size > self.bytes_max {
            return segment;
        }
        let mut kept = self.lock();
        kept.uses += 1;
        let now = kept.uses;
        if kept.segments.insert(key, (Arc::clone(&segment), now)).is_none() {
            kept.bytes += size;
        }
        while kept.bytes > self.bytes_max {
            let oldest = kept.segments.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| *key);
            let Some((dropped, _)) = oldest.and_then(|key| kept.segments.remove(&key)) else { break };
            kept.bytes -= dropped.bytes();
        }
        segment
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
