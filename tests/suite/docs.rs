//! The pages hold to the code: settings, reasons, links, examples, names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use landfall::config::{Sources, load, reference};
use landfall::job::event::{CompletedData, Event, EventType};
use landfall::job::order::{Order, OrderRules};
use landfall::job::reason::Reason;

const README: &str = include_str!("../../README.md");
const ARCHITECTURE: &str = include_str!("../../src/ARCHITECTURE.md");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Every file below `directory` with this extension.
fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        for path in fs::read_dir(&directory).expect("a directory").map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found
}

fn pages() -> Vec<PathBuf> {
    let mut pages = files(&root().join("deploy"), "md");
    pages.extend([root().join("README.md"), root().join("src/ARCHITECTURE.md")]);
    pages
}

/// The contents of the fenced blocks whose opening line is three backticks and `info`.
fn blocks(page: &str, info: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<(bool, String)> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(opening)) => open = Some((opening == info, String::new())),
            (Some(_), Some(_)) => found.extend(open.take().filter(|(wanted, _)| *wanted).map(|(_, text)| text)),
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    found
}

/// What stands between single backticks outside of fenced blocks.
fn code_spans(page: &str) -> BTreeSet<String> {
    let mut spans = BTreeSet::new();
    let mut fenced = false;
    let mut prose = String::new();
    for line in page.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            // Spans may be wrapped, but never across a blank line.
            prose.push_str(if line.is_empty() { "\n" } else { line });
            prose.push(' ');
        }
    }
    for paragraph in prose.split('\n') {
        spans.extend(paragraph.split('`').skip(1).step_by(2).map(str::to_owned));
    }
    spans
}

/// All of our Rust code as one text.
fn code() -> String {
    let mut all = String::new();
    for path in files(&root().join("src"), "rs").into_iter().chain(files(&root().join("tests"), "rs")) {
        all.push_str(&fs::read_to_string(path).expect("UTF-8"));
    }
    all
}

#[test]
fn the_table_of_settings_is_the_one_that_the_program_prints() {
    let table = README.split("<!-- reference -->").nth(1).and_then(|rest| rest.split("<!-- /reference -->").next());
    let table = table.expect("README.md marks the table of settings").trim();
    assert_eq!(table, reference().trim(), "paste what `landfall check-config --reference` prints into README.md");
}

#[test]
fn every_reason_has_a_row_and_a_page() {
    for reason in Reason::ALL {
        let code = reason.code();
        let link = format!("[`{code}`](deploy/errors/{code}.md)");
        assert!(README.contains(&link), "README.md has no row for {code}");
    }
}

#[test]
fn every_type_of_event_is_named() {
    for event_type in EventType::ALL {
        assert!(README.contains(event_type.name()), "README.md does not name {}", event_type.name());
    }
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).expect("UTF-8");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            let is_relative = !target.is_empty() && !target.contains("://") && !target.contains("::");
            if is_relative && !page.parent().expect("a file is in a directory").join(target).exists() {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_path_that_is_named_exists() {
    let mut missing = Vec::new();
    for span in code_spans(README).into_iter().chain(code_spans(ARCHITECTURE)) {
        let is_path = ["src/", "tests/", "deploy/"].iter().any(|top| span.starts_with(top));
        if is_path && !span.contains(' ') && !root().join(&span).exists() {
            missing.push(span);
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

/// The rules of a worker that is configured with nothing but a bucket.
fn default_rules() -> OrderRules {
    let sources = Sources { set: vec!["s3.bucket=media".to_owned()], ..Sources::default() };
    let config = load(&sources).expect("the defaults are valid").config;
    config.worker_settings("media").expect("the defaults are valid").rules
}

#[test]
fn every_job_that_is_shown_is_a_valid_job() {
    let jobs = blocks(README, "json job");
    assert!(jobs.len() >= 2, "README.md shows a bare task and an envelope, marked as `json job`");
    for job in jobs {
        if let Err(refused) = Order::parse(job.as_bytes(), &default_rules()) {
            panic!("{job}\n{:?}", refused.problems);
        }
    }
}

#[test]
fn every_event_that_is_shown_is_a_valid_event() {
    let events = blocks(README, "json event");
    assert!(!events.is_empty(), "README.md shows an event, marked as `json event`");
    for event in events {
        let event: Event = serde_json::from_str(&event).expect("an event");
        assert_eq!(event.event_type, EventType::Completed);
        serde_json::from_value::<CompletedData>(event.data).expect("data of a completed event");
    }
}

#[test]
fn every_other_json_that_is_shown_is_json() {
    for block in blocks(README, "json") {
        serde_json::from_str::<serde_json::Value>(&block).expect("JSON");
    }
}

/// The words that follow the program's name wherever a page shows how to call it.
fn subcommands_shown(page: &str) -> BTreeSet<String> {
    let lines: Vec<String> =
        blocks(page, "sh").iter().flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    let calls = code_spans(page).into_iter().chain(lines);
    calls
        .filter_map(|call| {
            let arguments = call.strip_prefix("landfall ").or_else(|| call.strip_prefix("cargo run --release -- "))?;
            arguments.split(' ').next().map(str::to_owned)
        })
        .filter(|word| !word.starts_with('-'))
        .collect()
}

#[test]
fn every_subcommand_that_is_shown_exists() {
    let help = Command::new(env!("CARGO_BIN_EXE_landfall")).arg("--help").output().expect("the program runs");
    let help = String::from_utf8(help.stdout).expect("UTF-8");
    let listed = help.split("Commands:").nth(1).and_then(|rest| rest.split("Options:").next()).expect("a list");
    let commands: BTreeSet<&str> =
        listed.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    let mut shown = subcommands_shown(README);
    shown.extend(subcommands_shown(ARCHITECTURE));
    assert!(shown.contains("demo") && shown.contains("worker"), "{shown:?}");
    for command in shown {
        assert!(commands.contains(command.as_str()), "there is no `landfall {command}`");
    }
}

#[test]
fn every_test_that_is_named_exists() {
    let code = code();
    // Names of tests are sentences; settings, fields and reasons have fewer words.
    let sentences = code_spans(README).into_iter().filter(|span| {
        span.split('_').count() >= 4 && span.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    });
    let missing: Vec<String> = sentences.filter(|name| !code.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_parameter_of_the_model_has_a_row_with_a_test() {
    let names = [
        "taskType",
        "taskUUID",
        "outputType",
        "outputFormat",
        "outputQuality",
        "webhookURL",
        "deliveryMethod",
        "uploadEndpoint",
        "safety.checkContent",
        "safety.mode",
        "ttl",
        "includeCost",
        "numberResults",
        "inputs.avatar",
        "inputs.image",
        "model",
        "positivePrompt",
        "width",
        "height",
        "duration",
        "routing",
    ];
    let table = README.split("| parameter | what the emulator does with it | shown by |").nth(1).expect("the table");
    let rows: Vec<Vec<&str>> =
        table.lines().skip(1).take_while(|line| line.starts_with('|')).map(|row| row.split('|').collect()).collect();
    for name in names {
        let is_told = rows.iter().any(|cells| cells[1].contains(&format!("`{name}`")) && cells[3].contains('`'));
        assert!(is_told, "the emulator's table has no row for {name} with a test");
    }
}

#[test]
fn everything_that_the_walkthroughs_name_exists() {
    let code = code();
    let modules: Vec<&str> = include_str!("../../src/lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    let mut missing = Vec::new();
    for span in code_spans(ARCHITECTURE) {
        let Some((module, _)) = span.split_once("::") else { continue };
        let name = span.rsplit("::").next().unwrap_or_default();
        let kinds = ["fn", "struct", "enum", "trait", "const", "mod"];
        let is_declared = kinds.iter().any(|kind| {
            code.match_indices(&format!("{kind} {name}")).any(|(at, found)| {
                !code[at + found.len()..].starts_with(|next: char| next.is_alphanumeric() || next == '_')
            })
        });
        let is_ours = modules.contains(&module);
        if is_ours && !is_declared {
            missing.push(span);
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_unit_of_systemd_gives_time_to_drain_and_does_not_repeat_what_cannot_work() {
    let unit = fs::read_to_string(root().join("deploy/systemd/landfall.service")).expect("UTF-8");
    let of = |name: &str| {
        let value = unit.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_else(|| panic!("the unit has no {name}"))
    };
    let stop_s: u64 = of("TimeoutStopSec").parse().expect("seconds");
    let sources = Sources { set: vec!["s3.bucket=media".to_owned()], ..Sources::default() };
    let drain_s = load(&sources).expect("the defaults are valid").config.worker.drain_s;
    assert!(stop_s >= drain_s + 45, "it is killed while it settles and closes");
    assert_eq!((of("Restart"), of("RestartPreventExitStatus")), ("on-failure", "64 78"));
    assert!(of("ExecStart").ends_with("/landfall worker"));

    // systemd's own opinion, where it can be had; the program and its manual pages are not installed here.
    let directory = tempfile::tempdir().expect("a directory");
    let copy = directory.path().join("landfall.service");
    let here = unit.replace("/usr/local/bin/landfall", "/bin/sh");
    let lines: Vec<&str> = here.lines().filter(|line| !line.starts_with("Documentation=")).collect();
    fs::write(&copy, lines.join("\n") + "\n").expect("written");
    let Ok(verified) = Command::new("systemd-analyze").arg("verify").arg(&copy).output() else { return };
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    let about_it: Vec<&str> = said.lines().filter(|line| line.contains("landfall.service")).collect();
    assert!(about_it.is_empty(), "{about_it:#?}");
}
