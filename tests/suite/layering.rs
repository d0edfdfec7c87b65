//! The arrows of the architecture: who may use whom.

use std::fs;
use std::path::{Path, PathBuf};

/// Module, and the modules of this crate that it may use beside itself.
const ARROWS: &[(&str, &[&str])] = &[
    ("job", &[]),
    ("media", &[]),
    ("ports", &["job"]),
    ("worker", &["job", "ports", "media"]),
    ("rabbit", &["job", "ports"]),
    ("s3", &["job", "ports"]),
    ("provider", &["job", "ports"]),
    ("local", &["job", "ports"]),
    ("agent", &[]),
    ("emulator", &["agent"]),
    ("config", &["job", "worker"]),
    ("telemetry", &["job", "ports", "worker"]),
    ("dashboard", &["job", "ports", "worker"]),
    (
        "cli",
        &[
            "job",
            "ports",
            "worker",
            "rabbit",
            "s3",
            "provider",
            "local",
            "agent",
            "emulator",
            "config",
            "telemetry",
            "dashboard",
        ],
    ),
];

/// What the pure core may not even name.
const NOT_PURE: &[&str] = &[
    "tokio",
    "std::fs",
    "std::net",
    "std::env",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "new_v4",
    "reqwest",
    "lapin",
    "aws_",
];

fn sources(module: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let single = root.join(format!("{module}.rs"));
    if single.exists() {
        return vec![single];
    }
    let mut found = Vec::new();
    let mut waiting = vec![root.join(module)];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(&directory).expect("a directory").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                waiting.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                found.push(entry);
            }
        }
    }
    assert!(!found.is_empty(), "the module {module} has no sources: is the table of arrows out of date?");
    found
}

/// Lines of code before the unit tests, which may use anything.
fn code(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("UTF-8");
    let is_test_file = path.components().any(|part| {
        let name = part.as_os_str().to_string_lossy();
        name == "tests" || name.ends_with("tests.rs")
    });
    let lines = text.lines().take_while(|line| !is_test_file && !line.starts_with("#[cfg(test)]\nmod "));
    let mut kept: Vec<String> = Vec::new();
    for line in lines {
        if line.starts_with("mod tests {") {
            break;
        }
        if !line.trim_start().starts_with("//") {
            kept.push(line.to_owned());
        }
    }
    kept
}

#[test]
fn modules_use_only_what_the_architecture_allows() {
    let names: Vec<&str> = ARROWS.iter().map(|(module, _)| *module).collect();
    let mut wrong = Vec::new();
    for (module, allowed) in ARROWS {
        for path in sources(module) {
            for line in code(&path) {
                for used in &names {
                    let arrow = line.contains(&format!("crate::{used}::")) || line.contains(&format!("crate::{used};"));
                    if arrow && used != module && !allowed.contains(used) {
                        wrong.push(format!("{module} uses {used} in {}: {}", path.display(), line.trim()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_of_the_crate_is_in_the_table() {
    let lib = include_str!("../../src/lib.rs");
    let declared: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    for module in &declared {
        assert!(ARROWS.iter().any(|(name, _)| name == module), "{module} has no arrows");
    }
    assert_eq!(declared.len(), ARROWS.len());
}

#[test]
fn the_core_is_pure() {
    let mut wrong = Vec::new();
    for path in sources("job") {
        for line in code(&path) {
            for name in NOT_PURE {
                if line.contains(name) {
                    wrong.push(format!("{}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_wire_and_contract_types_are_serialised() {
    // Three vocabularies: what is written by hand into messages, events and records is named here.
    let contracts = ["event", "ledger", "ids", "fields", "reason", "schema"];
    for path in sources("job") {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if !contracts.contains(&name.as_str()) {
            assert!(
                !code(&path).iter().any(|line| line.contains("derive(") && line.contains("erialize")),
                "{name} derives serde"
            );
        }
    }
}
