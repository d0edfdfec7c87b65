//! The report for people: problems first with their cures, what is well on a few lines, and the problems' names last.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::catalogue::{Area, Check, Grade};
use super::found::{Found, Ill, Outcome};

/// Columns of a line. Commands and snippets are never broken.
const WIDTH: usize = 100;

/// What is seen in a check that is well is told beside its name up to this length.
const TOLD_MAX_CHARS: usize = 60;

/// From how many on checks that were not tried are counted instead of named.
const NAMED_MAX: usize = 4;

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) is_on: bool,
}

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.is_on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn graded(self, grade: Grade, text: &str) -> String {
        match grade {
            Grade::Failure => self.with("1;31", text),
            Grade::Warning => self.with("1;33", text),
        }
    }

    fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    fn green(self, text: &str) -> String {
        self.with("32", text)
    }
}

/// The whole report.
pub(super) fn report(all: &[Found], paint: Paint) -> String {
    let mut out = String::new();
    let graded = |wanted: Grade| all.iter().filter(move |found| found.grade() == Some(wanted));
    for grade in [Grade::Failure, Grade::Warning] {
        for found in graded(grade) {
            if let Outcome::Ill(ill) = &found.outcome {
                problem(&mut out, found, ill, paint);
            }
        }
    }
    for found in all.iter().filter(|found| found.fixed.is_some() && found.grade().is_none()) {
        let _ = writeln!(out, "{} {}\n", paint.green("✓ fixed"), found.fixed.as_deref().unwrap_or_default());
    }
    greens(&mut out, all, paint);
    untried(&mut out, all, paint);
    let _ = writeln!(out, "\n{}", last(all, paint));
    out
}

fn mark(grade: Grade) -> &'static str {
    match grade {
        Grade::Failure => "✗",
        Grade::Warning => "!",
    }
}

fn problem(out: &mut String, found: &Found, ill: &Ill, paint: Paint) {
    let grade = ill.entry.grade;
    let head = format!("{} {}", mark(grade), ill.title);
    let _ = writeln!(out, "{}  {}", paint.graded(grade, &head), paint.dim(found.check.id()));
    let mut part = |name: &str, text: &str| {
        for (at, line) in wrapped(text, WIDTH - 9).iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            let _ = writeln!(out, "  {} {line}", paint.dim(&format!("{name:<6}")));
        }
    };
    part("seen", &found.seen);
    part("means", &ill.means);
    for (at, cure) in ill.cures.iter().enumerate() {
        part(if at == 0 { "cure" } else { "" }, cure);
    }
    if let Some(fixed) = &found.fixed {
        part("--fix", fixed);
    }
    out.push('\n');
}

/// A line for each group of checks that are well; the first word of an id is its group.
fn greens(out: &mut String, all: &[Found], paint: Paint) {
    let mut groups: Vec<(&str, BTreeMap<Check, Vec<&Found>>)> = Vec::new();
    for found in all.iter().filter(|found| matches!(found.outcome, Outcome::Well)) {
        let group = split(found.check).0;
        let known = groups.iter().position(|(name, _)| *name == group).unwrap_or_else(|| {
            groups.push((group, BTreeMap::new()));
            groups.len() - 1
        });
        groups[known].1.entry(found.check).or_default().push(found);
    }
    for (group, checks) in groups {
        let words: Vec<String> = checks.iter().map(|(check, found)| green(*check, found)).collect();
        for (at, line) in wrapped(&words.join(", "), WIDTH - 16).iter().enumerate() {
            let name = if at == 0 { group } else { "" };
            let mark = if at == 0 { paint.green("✓") } else { " ".to_owned() };
            let _ = writeln!(out, "{mark} {name:<13} {line}");
        }
    }
}

/// The group of a check, and its name there.
fn split(check: Check) -> (&'static str, &'static str) {
    check.id().split_once('-').unwrap_or((check.id(), ""))
}

/// `topology ×7`, or `version (RabbitMQ 4.1.4)`.
fn green(check: Check, found: &[&Found]) -> String {
    let name = split(check).1;
    match found {
        [one] if !one.seen.is_empty() && one.seen.chars().count() <= TOLD_MAX_CHARS => format!("{name} ({})", one.seen),
        [_] => name.to_owned(),
        several => format!("{name} ×{}", several.len()),
    }
}

/// What was not tried, by the reason. Many checks of one part are counted.
fn untried(out: &mut String, all: &[Found], paint: Paint) {
    let mut reasons: Vec<(&str, Area, Vec<&str>)> = Vec::new();
    for found in all.iter().filter(|found| found.is_skipped()) {
        let (name, area) = (found.check.id(), found.check.area());
        match reasons.iter_mut().find(|(why, of, _)| *why == found.seen && *of == area) {
            Some((_, _, names)) if names.contains(&name) => {}
            Some((_, _, names)) => names.push(name),
            None => reasons.push((&found.seen, area, vec![name])),
        }
    }
    for (why, area, names) in reasons {
        let names = match names.len() {
            many @ NAMED_MAX.. => format!("{many} checks of the {}", area.name()),
            _ => names.join(", "),
        };
        for (at, line) in wrapped(&format!("{names}: {why}"), WIDTH - 12).iter().enumerate() {
            let name = if at == 0 { "- not tried" } else { "" };
            let _ = writeln!(out, "{}", paint.dim(&format!("{name:<11} {line}")));
        }
    }
}

/// How many of each; and, where anything is wrong, what, as the last thing that stands on the terminal.
fn last(all: &[Found], paint: Paint) -> String {
    let names = |grade: Grade| -> Vec<&str> {
        let mut names: Vec<&str> =
            all.iter().filter(|found| found.grade() == Some(grade)).map(|found| found.check.id()).collect();
        names.dedup();
        names
    };
    let (failures, warnings) = (names(Grade::Failure), names(Grade::Warning));
    let count = |grade: Grade| all.iter().filter(|found| found.grade() == Some(grade)).count();
    let well = all.iter().filter(|found| matches!(found.outcome, Outcome::Well)).count();
    let told = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    let mut parts = Vec::new();
    if !failures.is_empty() {
        let text = format!("{}: {}", told(count(Grade::Failure), "failure"), failures.join(", "));
        parts.push(paint.graded(Grade::Failure, &format!("✗ {text}")));
    }
    if !warnings.is_empty() {
        let text = format!("{}: {}", told(count(Grade::Warning), "warning"), warnings.join(", "));
        parts.push(paint.graded(Grade::Warning, &format!("! {text}")));
    }
    parts.push(paint.green(&format!("✓ {well} well")));
    parts.join("   ")
}

/// Lines of at most `width` columns where words allow it. What stands in backticks is one word.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut in_code = false;
    for word in text.split(' ') {
        match words.last_mut() {
            Some(open) if in_code => *open = format!("{open} {word}"),
            Some(_) | None => words.push(word.to_owned()),
        }
        in_code ^= word.matches('`').count() % 2 == 1;
    }
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => *line = format!("{line} {word}"),
            Some(_) | None => lines.push(word),
        }
    }
    if text.is_empty() { Vec::new() } else { lines }
}

#[cfg(test)]
mod tests {
    use super::super::findings;
    use super::*;

    #[test]
    fn lines_end_at_words_and_commands_stay_whole() {
        assert_eq!(wrapped("", 10), Vec::<String>::new());
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("run `a b c d e f` now", 9), ["run", "`a b c d e f`", "now"]);
    }

    #[test]
    fn problems_come_first_and_last_and_what_is_well_in_between() {
        let all = [
            Found::well(Check::BrokerVersion, "RabbitMQ 4.1.4"),
            Found::well(Check::BrokerTopology, "").of("a"),
            Found::well(Check::BrokerTopology, "").of("b"),
            Found::ill(&findings::VHOST_MISSING, "NOT_ALLOWED", &[("vhost", "x"), ("user", "u")]),
            Found::ill(&findings::BALANCE_UNTOLD, "HTTP 400", &[]),
            Found::skipped(Check::BucketCopy, "bucket-write failed"),
            Found::skipped(Check::BucketRead, "bucket-write failed"),
        ];
        let text = report(&all, Paint { is_on: false });
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "✗ there is no virtual host x  broker-connection");
        assert!(text.contains("\n✓ broker        version (RabbitMQ 4.1.4), topology ×2\n"), "{text}");
        assert!(text.contains("\n- not tried bucket-copy, bucket-read: bucket-write failed\n"), "{text}");
        assert_eq!(
            *lines.last().expect("some"),
            "✗ 1 failure: broker-connection   ! 1 warning: provider-balance   ✓ 3 well"
        );
        assert!(!text.contains('\u{1b}') && report(&all, Paint { is_on: true }).contains("\u{1b}[1;31m"));
    }
}
