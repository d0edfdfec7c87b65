//! Finding the jobs in a file: JSON lines, an array, or values one after the other, however they are laid out.
//!
//! Every job is kept as the bytes that the producer wrote, with the line it begins on. A job that is no JSON does not hide
//! those behind it: reading goes on at the next line that begins with `{`.

use serde::de::IgnoredAny;
use serde_json::Deserializer;

/// Something in the file that ought to be a job.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli) struct Found<'a> {
    /// The line it begins on, from 1.
    pub(in crate::cli) line: usize,
    /// What it says, or why that is no JSON.
    pub(in crate::cli) text: Result<&'a [u8], String>,
}

/// Every job of a file.
pub(in crate::cli) fn jobs_of(file: &[u8]) -> Vec<Found<'_>> {
    // How some editors begin a file.
    let at = if file.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut reader = Reader { file, at, counted: (0, 1), found: Vec::new() };
    while reader.skip_space() {
        if reader.file[reader.at] == b'[' {
            reader.read_array();
        } else {
            reader.read_value();
        }
    }
    reader.found
}

struct Reader<'a> {
    file: &'a [u8],
    at: usize,
    /// An offset, and the line it is on: lines are counted once.
    counted: (usize, usize),
    found: Vec<Found<'a>>,
}

impl<'a> Reader<'a> {
    /// Goes on to what is not white; false at the end.
    fn skip_space(&mut self) -> bool {
        let rest = &self.file[self.at..];
        let white = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        self.at += rest.iter().take_while(|byte| white(byte)).count();
        self.at < self.file.len()
    }

    /// Reads one value; false when it was none, and reading has to go on elsewhere.
    fn read_value(&mut self) -> bool {
        let line = self.line();
        let column = self.file[..self.at].iter().rev().take_while(|byte| **byte != b'\n').count();
        let rest = &self.file[self.at..];
        let mut values = Deserializer::from_slice(rest).into_iter::<IgnoredAny>();
        match values.next() {
            Some(Ok(_)) => {
                let length = values.byte_offset();
                self.found.push(Found { line, text: Ok(&rest[..length]) });
                self.at += length;
                true
            }
            Some(Err(why)) => {
                self.found.push(Found { line, text: Err(in_the_file(&why, line, column)) });
                self.at = self.next_beginning();
                false
            }
            None => false,
        }
    }

    /// Reads the values of an array.
    fn read_array(&mut self) {
        let line = self.line();
        self.at += 1;
        let mut is_first = true;
        while self.skip_space() {
            match (self.file[self.at], is_first) {
                (b']', _) => {
                    self.at += 1;
                    return;
                }
                (b',', false) => {
                    self.at += 1;
                    if !self.skip_space() {
                        break;
                    }
                }
                (_, true) => {}
                (_, false) => {
                    let line = self.line();
                    self.found.push(Found { line, text: Err("a comma is missing before it".to_owned()) });
                    self.at = self.next_beginning();
                    return;
                }
            }
            is_first = false;
            if !self.read_value() {
                return;
            }
        }
        self.found.push(Found { line, text: Err("the array that begins here is not closed with ]".to_owned()) });
    }

    /// The line of where we are.
    fn line(&mut self) -> usize {
        let (from, line) = self.counted;
        let more = self.file[from..self.at].iter().filter(|byte| **byte == b'\n').count();
        self.counted = (self.at, line + more);
        line + more
    }

    /// The next line that begins with `{`.
    fn next_beginning(&self) -> usize {
        let next = self.file[self.at..].windows(2).position(|pair| pair == b"\n{");
        next.map_or(self.file.len(), |found| self.at + found + 1)
    }
}

/// What is wrong, with the place where it is wrong in the file; the value begins on this line, after so many columns.
fn in_the_file(why: &serde_json::Error, line: usize, before: usize) -> String {
    let text = why.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    let column = if why.line() <= 1 { before + why.column() } else { why.column() };
    format!("is no JSON: {what} at line {}, column {column}", line + why.line().max(1) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line and the text of each job, or what its error begins with.
    fn found(file: &str) -> Vec<(usize, String)> {
        let text = |found: Found<'_>| match found.text {
            Ok(text) => String::from_utf8_lossy(text).into_owned(),
            Err(why) => format!("! {why}"),
        };
        jobs_of(file.as_bytes()).into_iter().map(|found| (found.line, text(found))).collect()
    }

    fn at(line: usize, text: &str) -> (usize, String) {
        (line, text.to_owned())
    }

    #[test]
    fn jobs_are_found_in_every_layout_with_the_line_they_begin_on() {
        let lines = [at(1, r#"{"a":1}"#), at(2, r#"{"b":2}"#)];
        assert_eq!(found("{\"a\":1}\n{\"b\":2}\n"), lines);
        assert_eq!(found("\u{feff}{\"a\":1}\r\n{\"b\":2}"), lines);
        assert_eq!(found("[{\"a\":1},\n {\"b\":2}]\n"), lines);
        assert_eq!(found("{\n \"a\": [\n {}]\n}\n\n{\"b\":2}"), [at(1, "{\n \"a\": [\n {}]\n}"), at(6, r#"{"b":2}"#)]);
        assert_eq!(found("{\"a\":1}{\"b\":2}"), [at(1, r#"{"a":1}"#), at(1, r#"{"b":2}"#)]);
        assert_eq!(found("[]"), []);
        assert_eq!(found(" \n\t\n"), []);
    }

    #[test]
    fn what_is_no_object_is_found_too_for_the_rules_to_refuse() {
        assert_eq!(
            found("7\n\"x\"\nnull [[1], 2]"),
            [at(1, "7"), at(2, "\"x\""), at(3, "null"), at(3, "[1]"), at(3, "2")]
        );
    }

    #[test]
    fn a_job_that_is_no_json_does_not_hide_those_behind_it() {
        let found = found("{\"a\":1}\n{\"b\": {\"c\":\n{\"d\":4}\n{\n  \"e\": 5,\n}\n{\"f\":6}\n");
        let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 2, 3, 4, 7], "{found:?}");
        assert!(found[1].1.starts_with("! is no JSON: "), "{found:?}");
        assert!(found[3].1.contains("line 6, column 1"), "{found:?}");
        assert_eq!(found[4].1, "{\"f\":6}");
    }

    #[test]
    fn what_is_wrong_with_an_array_is_told() {
        for (file, why) in [
            ("[{\"a\":1}\n{\"b\":2}]", "a comma is missing"),
            ("[{\"a\":1},\n", "is not closed"),
            ("[{\"a\":1},]", "is no JSON"),
            ("[{\"a\":1}", "is not closed"),
        ] {
            let found = found(file);
            assert_eq!(found[0], at(1, r#"{"a":1}"#), "{file}");
            assert!(found[1].1.contains(why), "{file}: {found:?}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic_or_go_on_for_ever() {
        for file in
            ["]", "}", ",", "[,", "{", "[", "{\"a\":1},{\"b\":2}", "\u{0}", "[[[[", "nul", "\"", "{\"a\":\"\n{\n{"]
        {
            assert!(!found(file).is_empty(), "{file}");
        }
        let deep = "[".repeat(100_000);
        assert!(found(&deep).iter().any(|(_, text)| text.starts_with('!')));
    }
}
