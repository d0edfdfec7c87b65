//! `landfall check-config`.

use clap::Args;

use super::{ConfigArgs, Exit, Failure};
use crate::config::reference;

/// Print the effective configuration with the origin of every value, or all mistakes in it
///
/// Prints the settings as TOML, secrets redacted, each with where it comes from. With mistakes, prints all of them and
/// exits with 78.
#[derive(Debug, Args)]
pub(super) struct CheckConfigArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Print a table of all settings with their defaults and meanings instead
    #[arg(long)]
    reference: bool,
}

pub(super) fn check_config(args: &CheckConfigArgs) -> Result<Exit, Failure> {
    if args.reference {
        print!("{}", reference());
    } else {
        print!("{}", args.config.load(&[])?.render());
    }
    Ok(Exit::Done)
}
