//! `landfall run`: a file of jobs, without a broker.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::progress::Progress;
use super::summary::Summary;
use super::wiring::{self, StoreKeys};
use super::{ConfigArgs, Exit, Failure, Wrap, signals};
use crate::config::Config;
use crate::local::LocalControl;
use crate::local::json_lines::{JsonLinesEvents, JsonLinesIntake};

/// Run jobs from a JSON-lines file and write their events to another, without a broker
///
/// Runs every job of a JSON-lines file to its end. Running the same file again buys nothing twice: the ledger remembers,
/// and finished jobs are only announced again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  landfall run jobs.jsonl --events events.jsonl --config landfall.toml
  landfall run jobs.jsonl --events events.jsonl --embedded out   (emulator and S3 server in this process)")]
pub(super) struct RunArgs {
    /// One job a line, bare tasks or envelopes; `-` reads standard input
    #[arg(value_name = "JOBS.jsonl")]
    jobs: PathBuf,
    /// Where events are appended, one a line
    #[arg(long, value_name = "FILE")]
    events: PathBuf,
    /// Where refused lines are appended with their reasons
    #[arg(long, value_name = "FILE")]
    dead_letters: Option<PathBuf>,
    /// Use an emulator and an S3 server in this process, with its objects under this directory
    #[cfg(feature = "emulator")]
    #[arg(long, value_name = "DIR")]
    embedded: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) async fn run(args: RunArgs, wrap: Wrap) -> Result<Exit, Failure> {
    let files = Files { jobs: args.jobs, events: args.events, dead_letters: args.dead_letters };
    #[cfg(feature = "emulator")]
    if let Some(directory) = &args.embedded {
        let embedded = super::embedded::Embedded::start(directory).await?;
        let config = args.config.load_and_log(&embedded.presets())?.config;
        let summary = see_through(&config, embedded.store_keys(), files, wrap).await;
        embedded.stop().await;
        return summary.and_then(|summary| summary.print(None));
    }
    let config = args.config.load_and_log(&[])?.config;
    see_through(&config, None, files, wrap).await.and_then(|summary| summary.print(None))
}

/// What to do about jobs that were begun and not ended.
const GO_ON: &str = "were begun and not ended; run the same file again to go on";

/// The files of a run.
pub(super) struct Files {
    /// Jobs, one a line.
    pub(super) jobs: PathBuf,
    /// Events, one a line.
    pub(super) events: PathBuf,
    /// Refused lines with their reasons.
    pub(super) dead_letters: Option<PathBuf>,
}

/// Runs all jobs of a file to their end, with progress on standard error.
pub(super) async fn see_through(
    config: &Config,
    store_keys: StoreKeys,
    files: Files,
    wrap: Wrap,
) -> Result<Summary, Failure> {
    let setup = wiring::set_up(config, wrap)?;
    let stop = signals::stop_on_signal()?;
    let dead_letters = files.dead_letters.as_deref();
    let opened = if files.jobs.as_os_str() == "-" {
        JsonLinesIntake::stdin(dead_letters)
    } else {
        JsonLinesIntake::open(&files.jobs, dead_letters)
    };
    let intake = Arc::new(opened.map_err(|fault| Failure::new(Exit::BadArguments, fault.chain()))?);
    let events =
        JsonLinesEvents::open(&files.events).map_err(|fault| Failure::new(Exit::BadArguments, fault.chain()))?;
    let progress = Arc::new(Progress::start());
    let control = Arc::new(LocalControl::new());
    let broker = wiring::Broker { intake: intake.clone(), events: Arc::new(events), control };
    let worker = wiring::worker(config, setup, store_keys, broker, progress.clone()).await?;
    let stopped = stop.clone();
    worker.run(stop).await;
    if let Some(trouble) = intake.take_trouble() {
        return Err(Failure::of_fault(&trouble));
    }
    Ok(progress.finish(stopped.is_cancelled(), GO_ON))
}
