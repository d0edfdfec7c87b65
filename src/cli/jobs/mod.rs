//! `landfall jobs`: what an operator asks about single jobs, and what the ledger says of them.

mod cancel;
mod list;
mod regenerate;
mod show;

use clap::{Args, Subcommand};

use super::{ConfigArgs, Exit, Failure, submit, terminal, wiring, worker};
use crate::config::Config;
use crate::job::ids::JobId;
use crate::s3::S3Store;

/// Look at jobs in the ledger, stop them, or buy them anew
#[derive(Debug, Args)]
pub(super) struct JobsArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(list::ListArgs),
    Show(show::ShowArgs),
    Cancel(cancel::CancelArgs),
    Regenerate(regenerate::RegenerateArgs),
}

/// Which job is meant, and how it is told of.
#[derive(Debug, Args)]
struct WhichJob {
    /// The job's id
    #[arg(value_name = "ID", value_parser = JobId::parse)]
    job_id: JobId,
    /// Print what is found as one line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) async fn jobs(args: JobsArgs) -> Result<Exit, Failure> {
    match args.action {
        Action::List(args) => list::list(args).await,
        Action::Show(args) => show::show(args).await,
        Action::Cancel(args) => cancel::cancel(args).await,
        Action::Regenerate(args) => regenerate::regenerate(args).await,
    }
}

/// The ledger of the configured bucket.
struct Ledger {
    store: S3Store,
    bucket: String,
    prefix: String,
}

impl Ledger {
    async fn open(config: &Config) -> Result<Ledger, Failure> {
        let bucket = config.bucket().map_err(Failure::of_config)?;
        let settings = config.worker_settings(bucket).map_err(Failure::of_config)?;
        let store = wiring::store(config, None).await?;
        Ok(Ledger { store, bucket: settings.ledger_bucket, prefix: settings.ledger_prefix })
    }

    fn place(&self) -> (&str, &str) {
        (&self.bucket, &self.prefix)
    }
}
