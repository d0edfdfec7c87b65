//! The command line for producers: the real binary beside a real broker, worker, store and emulator.

mod events;
mod shell;
mod submit;

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::support::binary::{LOOK, PATIENCE, Role, landfall};

/// What a producer knows: the broker, and nothing of store and provider. Pictures of the tests are on this machine.
fn producer(amqp_url: &str) -> Vec<(String, String)> {
    [("LANDFALL_AMQP__URL", amqp_url), ("LANDFALL_RESCUE__ALLOW_PRIVATE", "true")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// A directory with files of jobs.
struct Desk {
    directory: TempDir,
}

impl Desk {
    fn new() -> Desk {
        Desk { directory: tempfile::tempdir().expect("a directory") }
    }

    /// A file with this text; its path.
    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.directory.path().join(name);
        fs::write(&path, text).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    }
}

/// Runs a command of the producer's to its end.
async fn run(arguments: &[&str], amqp_url: &str) -> Output {
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    landfall(&arguments, &producer(amqp_url)).await
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// Every line of JSON among what was printed.
fn json_lines(text: &str) -> Vec<Value> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Waits until a command that still runs has printed this.
async fn until_said(role: &mut Role, what: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !role.log().contains(what) {
        assert!(role.ended().is_none(), "it ended and did not say {what:?}:\n{}", role.log());
        assert!(Instant::now() < deadline, "it does not say {what:?}:\n{}", role.log());
        sleep(LOOK).await;
    }
}
