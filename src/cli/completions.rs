//! `landfall completions`.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::{Cli, Exit, Failure, terminal};

/// Print a script that completes subcommands and options in your shell
///
/// The script is made from the same declarations as --help. Make it anew after an update.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  landfall completions bash > ~/.local/share/bash-completion/completions/landfall
  landfall completions zsh > ~/.zfunc/_landfall            with fpath+=~/.zfunc before compinit in ~/.zshrc
  landfall completions fish > ~/.config/fish/completions/landfall.fish
  eval \"$(landfall completions bash)\"                      for this shell only")]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "landfall", &mut script);
    terminal::line(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Exit::Done)
}
