//! `landfall storyboard`: script, contact sheet and draft video of a prompt, without any job.

use std::fs::File;
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{Exit, Failure, terminal};
use crate::agent::script::Script;
use crate::agent::{self, Brief, Container, Presenter, Production, RenderError, SegmentCache, Tools};

/// A prompt may have as many characters as the model takes.
const PROMPT_CHARS_MAX: usize = 10_000;

/// Bytes that are read of a prompt or a script; beyond it, it is neither.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Characters shown of a heading or a sentence.
const SHOWN_CHARS: usize = 200;

/// Draw a prompt before a cent is spent: script, contact sheet and draft video
///
/// Reads a prompt as the video agent gets it, writes the script that it makes of it, and draws that as a draft: scenes, timing, words
/// and colours, a drawn presenter, captions, and a voice where espeak-ng is installed. What the real agent will film looks otherwise.
///
/// The script is yours to change: edit DIR/script.json and pass it with --script.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  landfall storyboard prompt.txt                                    writes storyboard/script.json, contact-sheet.png, draft.mp4, captions.vtt
  echo 'A calm tour of a lighthouse' | landfall storyboard - --duration 20
  landfall storyboard prompt.txt --size 1080x1920 --avatar Mara_WarmWelcome_Front_public --out mara
  landfall storyboard prompt.txt --take 1 --out other               another result of the same prompt
  landfall storyboard --script storyboard/script.json --out edited  the same film with what you changed

Exit codes: 0 done, 64 bad arguments, 69 a file cannot be read or written, 78 the script has mistakes, all of which are told")]
pub(super) struct StoryboardArgs {
    /// A file with the prompt, or - for standard input
    #[arg(value_name = "PROMPT.txt", required_unless_present = "script")]
    prompt: Option<PathBuf>,
    /// Where everything is written; what stands there under the same names is replaced
    #[arg(long, value_name = "DIR", default_value = "storyboard")]
    out: PathBuf,
    /// Draw this script instead of writing one; its length and frame rate are the film's
    #[arg(long, value_name = "FILE", conflicts_with_all = ["prompt", "duration", "frame_rate"])]
    script: Option<PathBuf>,
    /// Width and height in pixels
    #[arg(long, value_name = "WxH", default_value = "1280x720", value_parser = size)]
    size: (u32, u32),
    /// Length in seconds
    #[arg(long, value_name = "S", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=i64::from(agent::MAX_DURATION_S)))]
    duration: u32,
    /// File format of the draft
    #[arg(long, value_enum, default_value_t = FileFormat::Mp4)]
    format: FileFormat,
    /// How finely the picture is compressed
    #[arg(long, value_name = "20..99", default_value_t = 95, value_parser = clap::value_parser!(u8).range(20..=99))]
    quality: u8,
    /// A preset presenter, as in inputs.avatar
    #[arg(long, value_name = "NAME", conflicts_with = "image")]
    avatar: Option<String>,
    /// A picture of the presenter (PNG, JPEG, WebP, BMP, GIF), as in inputs.image
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    /// Decides what the prompt leaves open
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Which of several results of the same prompt
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=3))]
    take: u32,
    /// Frames per second
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=i64::from(agent::MAX_FRAME_RATE)))]
    frame_rate: u32,
    /// Use no ffmpeg and no espeak-ng, even where they are installed
    #[arg(long)]
    built_in: bool,
    /// Print what was made as one line of JSON
    #[arg(long)]
    json: bool,
}

/// File formats, as the model names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FileFormat {
    Mp4,
    Webm,
    Mov,
}

impl FileFormat {
    fn container(self) -> Container {
        match self {
            FileFormat::Mp4 => Container::Mp4,
            FileFormat::Webm => Container::Webm,
            FileFormat::Mov => Container::Mov,
        }
    }

    fn extension(self) -> &'static str {
        match self {
            FileFormat::Mp4 => "mp4",
            FileFormat::Webm => "webm",
            FileFormat::Mov => "mov",
        }
    }
}

/// Everything that was written.
struct Written {
    script: PathBuf,
    sheet: PathBuf,
    draft: PathBuf,
    captions: PathBuf,
}

pub(super) async fn storyboard(args: StoryboardArgs) -> Result<Exit, Failure> {
    let drawing = tokio::task::spawn_blocking(move || draw(&args));
    match drawing.await {
        Ok(drawn) => drawn,
        Err(why) => std::panic::resume_unwind(why.into_panic()),
    }
}

/// All of it is work for one thread that may block.
fn draw(args: &StoryboardArgs) -> Result<Exit, Failure> {
    let (brief, script) = read(args)?;
    let tools = if args.built_in { Tools::NONE } else { Tools::find() };
    let written = Written::below(&args.out, args.format)?;
    // The script comes first: it is there to be read while the film is being drawn.
    put(&written.script, to_json(&script)?.as_bytes())?;
    let rehearsal = agent::rehearse(&brief, &script, &tools).map_err(|why| failed(&why))?;
    put(&written.sheet, &png(&rehearsal.contact_sheet())?)?;
    let bar = progress(brief.frames());
    let made = rehearsal.film((args.format.container(), args.quality), &SegmentCache::of_bytes(0), &mut |_| bar.inc(1));
    bar.finish_and_clear();
    let made = made.map_err(|why| failed(&why))?;
    put(&written.draft, &made.file)?;
    put(&written.captions, made.captions.as_bytes())?;
    if args.json { print_json(&brief, &script, &made, &written) } else { print(&brief, &script, &made, &written) }
}

/// What is asked for, and the script: the one that is given, or one that is written for it.
fn read(args: &StoryboardArgs) -> Result<(Brief, Script), Failure> {
    let presenter = match (&args.avatar, &args.image) {
        (Some(name), _) => Presenter::Avatar(name.clone()),
        (None, Some(path)) => Presenter::Image(picture(path)?),
        (None, None) => Presenter::Chosen,
    };
    let mut brief = Brief {
        prompt: String::new(),
        presenter,
        width: args.size.0,
        height: args.size.1,
        duration_s: args.duration,
        frame_rate: args.frame_rate,
        seed: args.seed,
        take: args.take,
    };
    if let Some(path) = &args.script {
        let wrong = |why: &dyn std::fmt::Display| Failure::of_config(format!("{}: {why}", path.display()));
        let script = Script::from_json(text(path)?.as_bytes()).map_err(|why| wrong(&why))?;
        // Before its frames are added up.
        script.check().map_err(|why| wrong(&why))?;
        brief.frame_rate = script.frame_rate;
        brief.duration_s = (script.frames() / script.frame_rate).max(1);
        return Ok((brief, script));
    }
    let path = args.prompt.as_deref().unwrap_or(Path::new("-"));
    brief.prompt = text(path)?.trim().to_owned();
    match brief.prompt.chars().count() {
        1..=PROMPT_CHARS_MAX => {}
        0 => return Err(Failure::new(Exit::BadArguments, format!("{}: there is no prompt in it", path.display()))),
        chars => {
            let told =
                format!("{}: a prompt has at most {PROMPT_CHARS_MAX} characters, and this one {chars}", path.display());
            return Err(Failure::new(Exit::BadArguments, told));
        }
    }
    let script = agent::write(&brief);
    Ok((brief, script))
}

/// A file's text, or that of standard input for `-`.
fn text(path: &Path) -> Result<String, Failure> {
    let failed = |why| Failure::of_io(&path.display().to_string(), &why);
    let mut source: Box<dyn std::io::Read> =
        if path == Path::new("-") { Box::new(std::io::stdin()) } else { Box::new(File::open(path).map_err(failed)?) };
    let mut text = String::new();
    source.by_ref().take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

fn picture(path: &Path) -> Result<image::RgbImage, Failure> {
    let opened = image::ImageReader::open(path).and_then(image::ImageReader::with_guessed_format);
    let reader = opened.map_err(|why| Failure::of_io(&path.display().to_string(), &why))?;
    let decoded = reader.decode();
    let unusable =
        |why| Failure::new(Exit::BadArguments, format!("{} is no picture that can be used: {why}", path.display()));
    Ok(decoded.map_err(unusable)?.into_rgb8())
}

impl Written {
    fn named(&self) -> [(&'static str, &Path); 4] {
        [("script", &self.script), ("contactSheet", &self.sheet), ("draft", &self.draft), ("captions", &self.captions)]
    }

    /// Makes the directory.
    fn below(directory: &Path, format: FileFormat) -> Result<Written, Failure> {
        std::fs::create_dir_all(directory).map_err(|why| Failure::of_io(&directory.display().to_string(), &why))?;
        let at = |name: &str| directory.join(name);
        Ok(Written {
            script: at("script.json"),
            sheet: at("contact-sheet.png"),
            draft: at(&format!("draft.{}", format.extension())),
            captions: at("captions.vtt"),
        })
    }
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|why| Failure::of_io(&path.display().to_string(), &why))
}

fn progress(frames: u32) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("drawing {bar:40} {percent:>3} % {elapsed}").expect("the template is a constant");
    ProgressBar::new(frames.into()).with_style(style.progress_chars("━╸ "))
}

fn to_json(script: &Script) -> Result<String, Failure> {
    let written = serde_json::to_string_pretty(script);
    written
        .map(|json| json + "\n")
        .map_err(|why| Failure::new(Exit::Bug, format!("the script cannot be written: {why}")))
}

fn png(sheet: &image::RgbImage) -> Result<Vec<u8>, Failure> {
    let mut file = std::io::Cursor::new(Vec::new());
    let written = sheet.write_to(&mut file, image::ImageFormat::Png);
    written.map_err(|why| Failure::new(Exit::Bug, format!("the contact sheet cannot be written: {why}")))?;
    Ok(file.into_inner())
}

fn failed(why: &RenderError) -> Failure {
    let exit = match why {
        RenderError::OutOfBounds { .. } | RenderError::OddSize { .. } => Exit::BadArguments,
        RenderError::Script(_) => Exit::BadConfiguration,
        RenderError::Encoder { .. } | RenderError::Tool(_) => Exit::Unreachable,
    };
    Failure::new(exit, why.to_string())
}

fn print(brief: &Brief, script: &Script, made: &Production, written: &Written) -> Result<Exit, Failure> {
    terminal::line(&format!("{} ({}x{}, {} s)", shown(&script.title), brief.width, brief.height, brief.duration_s))?;
    for (scene, frames) in script.scenes.iter().zip(script.scene_frames()) {
        let start_s = frames.start / script.frame_rate;
        terminal::line(&format!("  {}:{:02}  {}", start_s / 60, start_s % 60, shown(&scene.heading)))?;
        for sentence in &scene.narration {
            terminal::line(&format!("        {}", shown(sentence)))?;
        }
    }
    for (what, path) in written.named() {
        terminal::line(&format!("{what:<14} {}", path.display()))?;
    }
    for note in &made.notes {
        terminal::note(&format!("note: {note}"));
    }
    Ok(Exit::Done)
}

fn print_json(brief: &Brief, script: &Script, made: &Production, written: &Written) -> Result<Exit, Failure> {
    let files: serde_json::Map<String, serde_json::Value> =
        written.named().into_iter().map(|(what, path)| (what.to_owned(), json!(path))).collect();
    let said = json!({
        "title": script.title, "scenes": script.scenes.len(), "width": brief.width, "height": brief.height,
        "durationSeconds": brief.duration_s, "frameRate": brief.frame_rate, "hasVoice": made.has_voice,
        "notes": made.notes, "files": files,
    });
    terminal::line(&terminal::json_line(&said))?;
    Ok(Exit::Done)
}

/// Texts of a prompt command no terminal.
fn shown(text: &str) -> String {
    crate::job::text::one_line(text, SHOWN_CHARS)
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let sides =
        text.split_once(['x', 'X']).and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    sides.ok_or_else(|| "write it like 1280x720".to_owned())
}
