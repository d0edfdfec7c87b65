//! What shells and readers get: completions that complete, manual pages that can be read.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{err, out};
use crate::support::binary::{assert_exit, landfall};

async fn printed(arguments: &[&str]) -> String {
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    let output = landfall(&arguments, &[]).await;
    assert_exit(&output, 0);
    assert_eq!(err(&output), "");
    out(&output)
}

/// What bash offers for the last of these words.
fn offered(script: &Path, words: &[&str]) -> Vec<String> {
    let complete = "source \"$1\"; shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); \
                    _landfall landfall \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"; \
                    printf '%s\\n' \"${COMPREPLY[@]}\"";
    let asked = Command::new("bash").args(["-c", complete, "bash"]).arg(script).args(words).output();
    let answer = asked.expect("bash runs");
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    String::from_utf8(answer.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn bash_completes_subcommands_and_options_with_the_script_that_is_printed() {
    let script = printed(&["completions", "bash"]).await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("landfall.bash");
    fs::write(&path, script).expect("written");
    let checked = Command::new("bash").arg("-n").arg(&path).output().expect("bash runs");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    assert_eq!(offered(&path, &["landfall", "ev"]), ["events"]);
    assert_eq!(offered(&path, &["landfall", "dead-letters", "rep"]), ["replay"]);
    assert_eq!(offered(&path, &["landfall", "submit", "--wa"]), ["--wait"]);
    for shell in ["elvish", "fish", "powershell", "zsh"] {
        let script = printed(&["completions", shell]).await;
        assert!(script.contains("dead-letters") && script.contains("keep-going"), "{shell}");
    }
}

#[tokio::test]
async fn every_manual_page_is_rendered_without_a_complaint() {
    let directory = tempfile::tempdir().expect("a directory");
    let pages = directory.path().join("man1");
    let said = printed(&["man", "--out", pages.to_str().expect("UTF-8")]).await;
    let written: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("wrote ")).collect();
    let there = fs::read_dir(&pages).expect("the directory is made").count();
    assert!(there == written.len() && there > 15, "{said}");
    assert_eq!(
        printed(&["man", "submit"]).await.trim_end(),
        fs::read_to_string(pages.join("landfall-submit.1")).expect("a page").trim_end()
    );
    let groff = |page: &str| {
        let options = ["-man", "-Kutf8", "-Tutf8", "-P-cbu", "-rLL=110n", "-ww"];
        Command::new("groff").args(options).arg(page).output()
    };
    for page in written {
        let Ok(rendered) = groff(page) else {
            // That every page has its sections is tested in `src/cli/man.rs`, too.
            println!("there is no groff: the pages are not rendered");
            return;
        };
        let complaints = String::from_utf8_lossy(&rendered.stderr);
        // Which dash a hyphen becomes is the distribution's choice.
        let text = String::from_utf8_lossy(&rendered.stdout).replace(['\u{2010}', '\u{2212}'], "-");
        assert!(rendered.status.success() && complaints.is_empty(), "{page}: {complaints}");
        assert!(text.contains("NAME") && text.contains("SYNOPSIS"), "{page}:\n{text}");
        if page.ends_with("/landfall-submit.1") {
            let example = "       landfall submit job.json --wait                      send a job, watch it";
            assert!(text.contains("\nEXAMPLES\n") && text.contains(example), "{text}");
            assert!(text.contains("\nEXIT STATUS\n"), "{text}");
        }
    }
}
