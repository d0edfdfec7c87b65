//! The fuzz targets over their committed corpus and the golden files, as an ordinary test: what was found stays fixed.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

#[expect(unreachable_pub, reason = "in the fuzz targets this is a crate of its own")]
#[path = "../fuzz/checks/mod.rs"]
mod checks;

/// A target, what it checks, and where else its seeds come from.
type Target = (&'static str, fn(&[u8]), &'static [&'static str]);

const TARGETS: [Target; 4] = [
    ("order", checks::order::check, &["deploy/examples"]),
    ("reply", checks::reply::check, &["tests/golden/provider"]),
    ("record", checks::record::check, &[]),
    ("probe", checks::probe::check, &["tests/golden/media"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn inputs(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap_or_else(|why| panic!("{}: {why}", directory.display()));
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    found
}

#[test]
fn every_input_of_the_corpus_passes_its_target() {
    let mut failed = Vec::new();
    for (name, check, more) in TARGETS {
        let corpus = inputs(&root().join("tests/fuzz/corpus").join(name));
        assert!(corpus.len() >= 5, "{name} has {} inputs", corpus.len());
        for path in corpus.into_iter().chain(more.iter().flat_map(|directory| inputs(&root().join(directory)))) {
            let input = fs::read(&path).expect("a file");
            if catch_unwind(|| check(&input)).is_err() {
                failed.push(path);
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn every_target_is_built_by_the_fuzzer_and_run_here() {
    let declared = include_str!("../fuzz/Cargo.toml");
    assert_eq!(declared.matches("[[bin]]").count(), TARGETS.len());
    for (name, ..) in TARGETS {
        assert!(declared.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
        let target = root().join(format!("tests/fuzz/fuzz_targets/{name}.rs"));
        assert!(fs::read_to_string(target).expect("a target").contains(&format!("{name}::check(")), "{name}");
    }
}
