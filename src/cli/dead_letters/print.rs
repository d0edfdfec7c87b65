//! How letters are printed: as a table for people, as JSON for programs.

use std::io::{self, IsTerminal, Write};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Exit, Failure, terminal};
use crate::job::ids::hex;
use crate::job::letter::{Hope, Letter, LetterName, WholeLetter, hope};
use crate::job::text::{is_fit, one_line};

/// Longest job id in a table, and longest account of what is wrong, in characters.
const JOB_MAX_CHARS: usize = 40;
const ACCOUNT_MAX_CHARS: usize = 100;

/// Most lines of a body that are shown to a person; `--body` has all.
const BODY_LINES_MAX: usize = 200;
const BODY_LINE_MAX_CHARS: usize = 400;

/// What became of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Became {
    Replayed,
    Purged,
    WouldReplay,
    WouldPurge,
    Unsure,
    Missing,
    NotDone,
}

impl Became {
    fn code(self) -> &'static str {
        match self {
            Became::Replayed => "replayed",
            Became::Purged => "purged",
            Became::WouldReplay => "wouldReplay",
            Became::WouldPurge => "wouldPurge",
            Became::Unsure => "unsure",
            Became::Missing => "missing",
            Became::NotDone => "notDone",
        }
    }

    pub(super) fn in_words(self) -> &'static str {
        match self {
            Became::Replayed => "replayed",
            Became::Purged => "purged",
            Became::WouldReplay => "would be replayed",
            Became::WouldPurge => "would be purged",
            Became::Unsure => "may be done or not",
            Became::Missing => "is not there",
            Became::NotDone => "was not done",
        }
    }
}

/// Prints letters one way or the other.
#[derive(Clone, Copy)]
pub(super) struct Printer {
    json: bool,
}

impl Printer {
    pub(super) fn new(json: bool) -> Printer {
        Printer { json }
    }

    /// A list.
    pub(super) fn letters(self, letters: &[Letter]) -> Result<(), Failure> {
        if self.json {
            return letters.iter().try_for_each(|letter| terminal::line(&terminal::json_line(&fields(letter).into())));
        }
        if letters.is_empty() {
            return Ok(());
        }
        let rows: Vec<[String; 6]> = letters.iter().map(row).collect();
        terminal::table(HEAD, &rows).iter().try_for_each(|line| terminal::line(line))
    }

    /// What became of one letter.
    pub(super) fn dealt(self, letter: &Letter, became: Became) -> Result<(), Failure> {
        if self.json {
            let mut value = fields(letter);
            value.insert("outcome".to_owned(), became.code().into());
            return terminal::line(&terminal::json_line(&value.into()));
        }
        let mut line = format!("{} {}", in_a_line(letter), became.in_words());
        if became == Became::WouldReplay {
            let (hoped, words) = hope(letter.reason.as_deref());
            let mark = match hoped {
                Hope::Good => "",
                Hope::IfChanged => "perhaps in vain: it ",
                Hope::None => "in vain: it ",
            };
            line = format!("{line}: {mark}{words}");
        }
        terminal::line(&line)
    }

    /// A letter that was named and is not there.
    pub(super) fn missing(self, name: &LetterName) -> Result<(), Failure> {
        if self.json {
            let value = json!({ "id": name.to_string(), "outcome": Became::Missing.code() });
            return terminal::line(&terminal::json_line(&value));
        }
        terminal::line(&format!("{name} {}", Became::Missing.in_words()))
    }

    /// Everything of one letter.
    pub(super) fn whole(self, whole: &WholeLetter) -> Result<(), Failure> {
        if self.json {
            return terminal::line(&terminal::json_line(&as_json(whole)));
        }
        for (name, text) in facts(whole) {
            terminal::line(&format!("{name:<13} {text}"))?;
        }
        for problem in &whole.letter.problems {
            terminal::line(&format!("  - {problem}"))?;
        }
        if !whole.headers.is_empty() {
            terminal::line("headers")?;
        }
        for (name, value) in &whole.headers {
            terminal::line(&format!("  {name}: {value}"))?;
        }
        terminal::line("body")?;
        readable(&whole.body).iter().try_for_each(|line| terminal::line(&format!("  {line}")))
    }

    /// The body of one letter, as it came.
    pub(super) fn body(self, whole: &WholeLetter) -> Result<(), Failure> {
        let mut out = io::stdout();
        let harmless = std::str::from_utf8(&whole.body).is_ok_and(|text| text.lines().all(is_fit));
        if out.is_terminal() && !harmless {
            let words = "the body holds bytes that could command this terminal: send it to a file or a program";
            return Err(Failure::new(Exit::BadArguments, words));
        }
        match out.write_all(&whole.body).and_then(|()| out.flush()) {
            Ok(()) => Ok(()),
            Err(why) if why.kind() == io::ErrorKind::BrokenPipe => Err(Failure::nobody_reads()),
            Err(why) => Err(Failure::of_io("standard output", &why)),
        }
    }
}

const HEAD: [&str; 6] = ["ID", "REFUSED", "REASON", "JOB", "REPLAYS", "WHY"];

fn row(letter: &Letter) -> [String; 6] {
    [
        letter.id.to_string(),
        letter.rejected_at.map_or_else(|| "-".to_owned(), to_the_second),
        letter.reason.clone().unwrap_or_else(|| "-".to_owned()),
        letter.job_id.as_ref().map_or_else(|| "-".to_owned(), |id| one_line(id.as_str(), JOB_MAX_CHARS)),
        letter.replays.to_string(),
        account(letter),
    ]
}

/// A letter in a line, for questions and reports.
pub(super) fn in_a_line(letter: &Letter) -> String {
    let about = letter.job_id.as_ref().map_or_else(String::new, |id| format!(" {id}"));
    let reason = letter.reason.as_deref().unwrap_or("no reason");
    let at = letter.rejected_at.map_or_else(String::new, |at| format!(" at {}", to_the_second(at)));
    format!("{:.8}{about} ({reason}{at})", letter.id)
}

/// What is wrong with it, or else how it begins.
fn account(letter: &Letter) -> String {
    let copies = if letter.copies > 1 { format!("{} copies; ", letter.copies) } else { String::new() };
    let why = match letter.problems.as_slice() {
        [] => letter.excerpt.clone(),
        [one] => one.to_string(),
        [first, rest @ ..] => format!("{first}; and {} more", rest.len()),
    };
    one_line(&format!("{copies}{why}"), ACCOUNT_MAX_CHARS)
}

fn to_the_second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn facts(WholeLetter { letter, content_type, .. }: &WholeLetter) -> Vec<(&'static str, String)> {
    let mut facts = vec![("id", letter.id.to_string())];
    let mut tell = |name, text: Option<String>| facts.extend(text.map(|text| (name, text)));
    tell("job", letter.job_id.as_ref().map(ToString::to_string));
    tell("reason", Some(letter.reason.clone().unwrap_or_else(|| "none was given".to_owned())));
    tell("first reason", letter.first_reason.clone().filter(|first| Some(first) != letter.reason.as_ref()));
    tell("refused", letter.rejected_at.map(|at| at.to_string()));
    tell("first queue", letter.first_queue.clone());
    tell("attempts", letter.attempts.map(|attempts| attempts.to_string()));
    let replayed = |at: Timestamp| format!("{} times, last at {at}", letter.replays);
    tell("replayed", letter.replayed_at.map(replayed));
    tell("message id", letter.message_id.clone());
    tell("content type", content_type.clone());
    tell("traceparent", letter.traceparent.clone());
    tell("size", Some(format!("{} bytes", letter.size)));
    tell("copies", Some(letter.copies.to_string()).filter(|_| letter.copies > 1));
    tell("replaying it", Some(hope(letter.reason.as_deref()).1.to_owned()));
    facts
}

/// A body for people: JSON laid out, anything else as text in which nothing commands a terminal.
fn readable(body: &[u8]) -> Vec<String> {
    let text = match serde_json::from_slice::<Value>(body) {
        Ok(value) => format!("{value:#}"),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let mut lines: Vec<String> =
        text.lines().take(BODY_LINES_MAX).map(|line| one_line(line, BODY_LINE_MAX_CHARS)).collect();
    if text.lines().count() > BODY_LINES_MAX {
        lines.push(format!("… ({} bytes altogether; --body has all)", body.len()));
    }
    lines
}

/// The fields of a list.
fn fields(letter: &Letter) -> Map<String, Value> {
    let value = json!({
        "id": letter.id.as_str(),
        "jobId": letter.job_id,
        "reason": letter.reason,
        "firstReason": letter.first_reason,
        "problems": letter.problems,
        "rejectedAt": letter.rejected_at,
        "firstQueue": letter.first_queue,
        "attempts": letter.attempts,
        "replays": letter.replays,
        "replayedAt": letter.replayed_at,
        "messageId": letter.message_id,
        "traceparent": letter.traceparent,
        "size": letter.size,
        "copies": letter.copies,
        "excerpt": letter.excerpt,
    });
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Everything of a letter.
pub(super) fn as_json(whole: &WholeLetter) -> Value {
    let mut value = fields(&whole.letter);
    value.insert("contentType".to_owned(), json!(whole.content_type));
    let headers = whole.headers.iter().map(|(name, text)| (name.clone(), json!(text)));
    value.insert("headers".to_owned(), Value::Object(headers.collect()));
    match std::str::from_utf8(&whole.body) {
        Ok(text) => value.insert("body".to_owned(), text.into()),
        Err(_) => value.insert("bodyHex".to_owned(), hex(&whole.body).into()),
    };
    value.into()
}
