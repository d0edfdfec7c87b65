//! What commands print: to people on a terminal, to programs through a pipe, to a reader who may go away.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use jiff::{Span, SpanRelativeTo, Timestamp};
use serde_json::Value;

use super::Failure;
use crate::job::text::is_fit;

/// Prints a line to standard output.
///
/// # Errors
/// A failure that ends the command without a word when nobody reads any more, as in `landfall events | head`.
pub(super) fn line(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    // A live line is worth nothing in a buffer.
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(why) if why.kind() == io::ErrorKind::BrokenPipe => Err(Failure::nobody_reads()),
        Err(why) => Err(Failure::of_io("standard output", &why)),
    }
}

/// Prints a line to standard error, for the person who watches. Nothing is left to do when it is gone.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A value as one line of JSON that commands no terminal either: what could is written as JSON's own escapes.
pub(super) fn json_line(value: &Value) -> String {
    let text = value.to_string();
    if is_fit(&text) {
        return text;
    }
    // Compact JSON has such characters only within its strings.
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if is_fit(c.encode_utf8(&mut [0; 4])) {
            line.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                line.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    line
}

/// Colours, where they are wanted: on a terminal, and without `NO_COLOR`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    on: bool,
}

impl Paint {
    /// For standard output.
    pub(super) fn of_stdout() -> Paint {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        Paint { on: io::stdout().is_terminal() && set("NO_COLOR").is_none() && !dumb }
    }

    /// What went well.
    pub(super) fn good(self, text: &str) -> String {
        self.in_colour(32, text)
    }

    /// What went wrong.
    pub(super) fn bad(self, text: &str) -> String {
        self.in_colour(31, text)
    }

    /// What matters less.
    pub(super) fn faint(self, text: &str) -> String {
        self.in_colour(2, text)
    }

    fn in_colour(self, code: u8, text: &str) -> String {
        if self.on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Reads `90s`, `5m`, `1m 30s`, `PT5M`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let parsed: jiff::SignedDuration = text.parse().map_err(|why| format!("{why}; write it like 90s or 5m"))?;
    Duration::try_from(parsed).map_err(|_| "must not be negative".to_owned())
}

/// An instant, said as such or as an age.
pub(super) fn when(text: &str) -> Result<Timestamp, String> {
    if let Ok(instant) = text.parse() {
        return Ok(instant);
    }
    let age = text.parse::<Span>().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    let age =
        age.map_err(|_| "must be an age like 90m, 2h or 7d, or an instant like 2026-11-24T04:00:00Z".to_owned())?;
    if age.is_negative() {
        return Err("must not be negative".to_owned());
    }
    Timestamp::now().checked_sub(age).map_err(|_| "is too long ago".to_owned())
}

/// Lines of a table whose columns are as wide as their widest cell.
pub(super) fn table<const COLUMNS: usize>(head: [&str; COLUMNS], rows: &[[String; COLUMNS]]) -> Vec<String> {
    let head = head.map(str::to_owned);
    let mut widths = [0; COLUMNS];
    for row in std::iter::once(&head).chain(rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: &[String; COLUMNS]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    std::iter::once(&head).chain(rows).map(line).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_of_json_commands_no_terminal_and_says_the_same() {
        let value = json!({ "a": "\u{9b}2J\u{202e}gpj.\u{e0041}\n \u{1b}[31m é 👍" });
        let line = json_line(&value);
        assert!(is_fit(&line), "{line}");
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value);
    }

    #[test]
    fn an_instant_is_said_as_such_or_as_an_age() {
        assert_eq!(when("2026-11-24T04:00:00Z").unwrap().to_string(), "2026-11-24T04:00:00Z");
        for (text, seconds) in [("90s", 90), ("2h", 7200), ("7d", 604_800), ("1w", 604_800), ("PT5M", 300)] {
            let ago = Timestamp::now().as_second() - when(text).unwrap().as_second();
            assert!((seconds..seconds + 5).contains(&ago), "{text}: {ago}");
        }
        for wrong in ["", "soon", "-2h", "2 moons", "2026", "9999999999w"] {
            assert!(when(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_table_has_columns_as_wide_as_their_widest_cell() {
        let rows = [["é".to_owned(), "2".to_owned()], ["three".to_owned(), String::new()]];
        assert_eq!(table(["ID", "COUNT"], &rows), ["ID     COUNT", "é      2", "three"]);
    }

    #[test]
    fn without_a_terminal_there_are_no_colours() {
        assert_eq!(Paint { on: false }.bad("failed"), "failed");
        assert_eq!(Paint { on: true }.bad("failed"), "\u{1b}[31mfailed\u{1b}[0m");
    }
}
