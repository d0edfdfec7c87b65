//! The command line: one binary, several roles.
//!
//! Each subcommand is a file with its arguments and one function. What several roles are built from is in `wiring`.

mod check_config;
mod completions;
mod dashboard;
mod dead_letters;
#[cfg(feature = "emulator")]
mod demo;
mod doctor;
#[cfg(feature = "emulator")]
mod embedded;
#[cfg(feature = "emulator")]
mod emulator;
mod events;
mod exit;
mod healthcheck;
mod jobs;
mod man;
mod progress;
mod run;
mod schema;
mod signals;
#[cfg(feature = "emulator")]
mod storyboard;
mod submit;
mod summary;
mod terminal;
mod wiring;
mod worker;

use std::ffi::OsString;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Loaded, Sources, load};
use crate::telemetry;
use crate::worker::Ports;

pub use exit::{Exit, Failure};

/// Turns a queue of video generation jobs into verified videos in your bucket, and never buys the same video twice.
#[derive(Debug, Parser)]
#[command(name = "landfall", version, max_term_width = 110, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    role: Role,
}

const EXAMPLES: &str = "\
Examples:
  landfall demo                                   watch four jobs become videos, with nothing installed
  landfall storyboard prompt.txt                  draw a prompt before a cent is spent: script, contact sheet, draft
  landfall worker --config landfall.toml          the service: jobs from RabbitMQ, videos to S3
  landfall run jobs.jsonl --events events.jsonl   the same for a file of jobs, without a broker
  landfall submit job.json --wait                 send a job to the queue, watch it, and print where its video is
  landfall events --type completed,failed         watch how jobs end, live
  landfall jobs list --status failed              what became of jobs, from the ledger
  landfall jobs cancel ID                         stop a job, whether or not a worker is running
  landfall dead-letters list                      what was refused, and why
  landfall doctor                                 try all that is configured, and tell how to cure what is wrong
  landfall check-config                           what the settings are, and where each comes from
  landfall man | man -l -                         this, as a manual page; landfall man jobs cancel: a subcommand's

Exit codes: 0 done, 1 some job or check failed, 64 bad arguments, 69 a dependency is unreachable, 70 bug, 78 bad configuration";

/// What each does is told by its arguments: a text here would hide the one there.
#[derive(Debug, Subcommand)]
enum Role {
    #[cfg(feature = "emulator")]
    Demo(demo::DemoArgs),
    Run(run::RunArgs),
    Worker(worker::WorkerArgs),
    #[cfg(feature = "emulator")]
    Emulator(emulator::EmulatorArgs),
    #[cfg(feature = "emulator")]
    Storyboard(storyboard::StoryboardArgs),
    Submit(submit::SubmitArgs),
    Events(events::EventsArgs),
    Jobs(jobs::JobsArgs),
    DeadLetters(dead_letters::DeadLettersArgs),
    Doctor(doctor::DoctorArgs),
    CheckConfig(check_config::CheckConfigArgs),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    #[command(hide = true)]
    Healthcheck(healthcheck::HealthcheckArgs),
}

/// Where settings come from; shared by all roles that have any.
#[derive(Debug, Clone, Default, Args)]
struct ConfigArgs {
    /// A TOML file with settings
    #[arg(long, value_name = "FILE", env = "LANDFALL_CONFIG")]
    config: Option<PathBuf>,
    /// One setting; goes over file and environment, and may be repeated
    #[arg(long, value_name = "SECTION.KEY=VALUE")]
    set: Vec<String>,
}

impl ConfigArgs {
    /// Reads the tree. `presets` are a role's own defaults: file, environment and flags go over them.
    fn load(&self, presets: &[(&str, String)]) -> Result<Loaded, Failure> {
        let file = match &self.config {
            None => None,
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|why| Failure::new(Exit::BadConfiguration, format!("{}: {why}", path.display())))?;
                Some((path.clone(), text))
            }
        };
        let presets = presets.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect();
        // A variable that is not Unicode cannot be one of ours.
        let env =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let sources = Sources { presets, file, env: env.collect(), set: self.set.clone() };
        load(&sources).map_err(|errors| Failure::new(Exit::BadConfiguration, errors.to_string()))
    }

    /// Reads the tree and starts logging, and tracing, as it says.
    fn load_and_log(&self, presets: &[(&str, String)]) -> Result<Loaded, Failure> {
        let loaded = self.load(presets)?;
        let config = &loaded.config;
        let traces = wiring::traces(config).map_err(Failure::of_config)?;
        telemetry::start(&config.log.format, &config.log.filter, traces.as_ref())
            .map_err(|why| Failure::new(Exit::BadConfiguration, why.to_string()))?;
        Ok(loaded)
    }
}

/// What is put around the ports of a role's worker, before it begins.
type Wrap = Box<dyn FnOnce(Ports) -> Ports>;

/// Runs the process: parses the command line, plays the role, prints what went wrong.
///
/// `wrap` is put around the worker's ports. The binary leaves them as they are; the tests run this very entry in a process
/// of theirs whose ports kill it at a given call.
pub fn main(arguments: impl IntoIterator<Item = OsString>, wrap: impl FnOnce(Ports) -> Ports + 'static) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(why) => {
            let asked_for = !why.use_stderr();
            // Nothing sensible is left to do when standard error is gone.
            let _ = why.print();
            return if asked_for { Exit::Done } else { Exit::BadArguments }.into();
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(why) => {
            eprintln!("landfall: the runtime could not be started: {why}");
            return Exit::Bug.into();
        }
    };
    // The panic itself was printed by the hook.
    let played = async {
        let played = play(cli.role, Box::new(wrap)).await;
        telemetry::flush().await;
        played
    };
    match std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(played))) {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(failure)) => {
            if failure.exit != Exit::Done {
                terminal::note(&format!("landfall: {failure}"));
            }
            failure.exit.into()
        }
        Err(_) => Exit::Bug.into(),
    }
}

async fn play(role: Role, wrap: Wrap) -> Result<Exit, Failure> {
    match role {
        #[cfg(feature = "emulator")]
        Role::Demo(args) => Box::pin(demo::demo(args, wrap)).await,
        Role::Run(args) => Box::pin(run::run(args, wrap)).await,
        Role::Worker(args) => Box::pin(worker::worker(args, wrap)).await,
        #[cfg(feature = "emulator")]
        Role::Emulator(args) => emulator::emulator(args).await,
        #[cfg(feature = "emulator")]
        Role::Storyboard(args) => storyboard::storyboard(args).await,
        Role::Submit(args) => Box::pin(submit::submit(args)).await,
        Role::Events(args) => Box::pin(events::events(args)).await,
        Role::Jobs(args) => Box::pin(jobs::jobs(args)).await,
        Role::DeadLetters(args) => Box::pin(dead_letters::dead_letters(args)).await,
        Role::Doctor(args) => Box::pin(doctor::doctor(args)).await,
        Role::CheckConfig(args) => check_config::check_config(&args),
        Role::Schema(args) => schema::schema(&args),
        Role::Completions(args) => completions::completions(&args),
        Role::Man(args) => man::man(&args),
        Role::Healthcheck(args) => healthcheck::healthcheck(args).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
