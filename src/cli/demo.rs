//! `landfall demo`: the whole pipeline in one process, with nothing to install.

use std::path::{Path, PathBuf};

use clap::Args;

use super::embedded::{Embedded, MEDIA_BUCKET};
use super::run::{Files, see_through};
use super::{ConfigArgs, Exit, Failure, Wrap, terminal};

const SAMPLE_JOBS: &str = include_str!("demo_jobs.jsonl");

/// Everything in one process, nothing to install: emulator, S3 server and worker on a few sample jobs
///
/// Starts the provider's emulator and an S3 server in this process and sees four sample jobs through the real worker:
/// claimed, submitted, rendered, uploaded to presigned URLs, verified, announced. No account, no network, no bill.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Where everything goes: videos under media/, events in events.jsonl
    #[arg(long, value_name = "DIR", default_value = "landfall-demo")]
    out: PathBuf,
    /// Jobs of your own, one JSON object a line, instead of the sample jobs
    #[arg(long, value_name = "FILE")]
    jobs: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) async fn demo(args: DemoArgs, wrap: Wrap) -> Result<Exit, Failure> {
    let embedded = Embedded::start(&args.out).await?;
    let mut presets = embedded.presets();
    // Progress is what people came to see; warnings still show.
    presets.push(("log.filter", "warn".to_owned()));
    let config = args.config.load_and_log(&presets)?.config;
    let jobs = match args.jobs {
        Some(jobs) => jobs,
        None => write_sample_jobs(&args.out, &embedded.portrait_url()).await?,
    };
    let events = args.out.join("events.jsonl");
    let files = Files { jobs, events: events.clone(), dead_letters: Some(args.out.join("dead-letters.jsonl")) };
    let summary = see_through(&config, embedded.store_keys(), files, wrap).await;
    embedded.stop().await;
    let exit = summary?.print(Some(&args.out.join(MEDIA_BUCKET)))?;
    terminal::line(&format!("events: {}", events.display()))?;
    Ok(exit)
}

/// The sample jobs under names of their own for this run: a job of the same name would be finished already.
async fn write_sample_jobs(out: &Path, portrait: &str) -> Result<PathBuf, Failure> {
    let run = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S").to_string();
    let jobs = SAMPLE_JOBS.replace("{run}", &run).replace("{portrait}", portrait);
    let path = out.join("jobs.jsonl");
    tokio::fs::write(&path, jobs).await.map_err(|why| Failure::of_io(&path.display().to_string(), &why))?;
    Ok(path)
}
