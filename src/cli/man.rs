//! `landfall man`: the manual pages, made from the same declarations as `--help`.
//!
//! The rest of a page is clap_mangen's. It would run the lines of examples together, so that what stands below the options
//! in a help text is set here.

use std::io;
use std::path::PathBuf;

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::{Cli, Exit, Failure, terminal};

/// Print the manual page of the program or of a subcommand, or write all of them
///
/// The pages are made from the same declarations as --help. They are in the form that man reads; --out writes one for the
/// program and one for each subcommand.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  landfall man | man -l -                              read the program's page
  landfall man jobs cancel | man -l -                  that of a subcommand
  landfall man --out /usr/local/share/man/man1         write all of them: man landfall, man landfall-jobs-cancel")]
pub(super) struct ManArgs {
    /// The subcommand; without it the page is the program's
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    /// Write all pages into this directory, which is made if it is missing
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    out: Option<PathBuf>,
}

pub(super) fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let program = program();
    let Some(directory) = &args.out else {
        let page = page(find(&program, &args.command)?).map_err(|why| Failure::of_io("the page", &why))?;
        terminal::line(page.trim_end())?;
        return Ok(Exit::Done);
    };
    let failed = |path: &PathBuf, why: &io::Error| Failure::of_io(&path.display().to_string(), why);
    std::fs::create_dir_all(directory).map_err(|why| failed(directory, &why))?;
    let mut paths = Vec::new();
    for command in all(&program) {
        let path = directory.join(format!("{}.1", name(command)));
        let written = page(command).and_then(|page| std::fs::write(&path, page));
        written.map_err(|why| failed(&path, &why))?;
        paths.push(path);
    }
    // Last: who reads only the first lines wants all pages nevertheless.
    for path in paths {
        terminal::line(&format!("wrote {}", path.display()))?;
    }
    Ok(Exit::Done)
}

/// The whole command line. `help` is no page of its own.
fn program() -> Command {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    program
}

/// A command and all below it that help texts show.
fn all(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().filter(|below| !below.is_hide_set()).flat_map(all);
    std::iter::once(command).chain(below).collect()
}

fn find<'a>(program: &'a Command, words: &[String]) -> Result<&'a Command, Failure> {
    words.iter().try_fold(program, |command, word| {
        command.find_subcommand(word).ok_or_else(|| {
            let known: Vec<&str> =
                command.get_subcommands().filter(|below| !below.is_hide_set()).map(Command::get_name).collect();
            let there_is = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
            let name = command.get_bin_name().unwrap_or("landfall");
            Failure::new(Exit::BadArguments, format!("there is no {name} {word}; below {name} there is {there_is}"))
        })
    })
}

/// What its page is called, as `landfall-jobs-cancel`.
fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

fn page(command: &Command) -> io::Result<String> {
    let version = env!("CARGO_PKG_VERSION");
    let man = Man::new(command.clone()).source(format!("landfall {version}")).manual("landfall");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    if command.get_arguments().any(|argument| !argument.is_hide_set()) {
        man.render_options_section(&mut page)?;
    }
    if command.get_subcommands().any(|below| !below.is_hide_set()) {
        man.render_subcommands_section(&mut page)?;
    }
    let mut rest = Roff::new();
    if let Some(help) = command.get_after_help() {
        below_options(&mut rest, &help.to_string());
    }
    if name(command) != "landfall" {
        rest.control("SH", ["SEE ALSO"]).text([roman("landfall(1)")]);
    }
    rest.to_writer(&mut page)?;
    String::from_utf8(page).map_err(io::Error::other)
}

/// Examples and exit codes have sections of their own; all else are notes. What is indented stays as it stands.
fn below_options(out: &mut Roff, help: &str) {
    let mut in_notes = false;
    for paragraph in help.split("\n\n") {
        let text = if let Some(examples) = paragraph.strip_prefix("Examples:\n") {
            out.control("SH", ["EXAMPLES"]);
            in_notes = false;
            examples
        } else if let Some(codes) = paragraph.strip_prefix("Exit codes: ") {
            out.control("SH", ["EXIT STATUS"]);
            in_notes = false;
            codes
        } else {
            let (macro_name, of): (&str, &[&str]) = if in_notes { ("PP", &[]) } else { ("SH", &["NOTES"]) };
            out.control(macro_name, of.iter().copied());
            in_notes = true;
            paragraph
        };
        set(out, text);
    }
}

/// Lines that are indented keep their shape, others are filled.
fn set(out: &mut Roff, text: &str) {
    let mut is_shaped = false;
    for line in text.lines() {
        if line.starts_with("  ") != is_shaped {
            is_shaped = !is_shaped;
            out.control(if is_shaped { "nf" } else { "fi" }, []);
        }
        out.text([roman(line)]);
    }
    if is_shaped {
        out.control("fi", []);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_its_sections_and_keeps_the_lines_of_its_examples() {
        let program = program();
        for command in all(&program) {
            let page = page(command).expect("a text takes everything");
            let name = name(command);
            assert!(page.contains(".SH NAME\n") && page.contains(".SH SYNOPSIS\n"), "{name}:\n{page}");
            assert_eq!(page.matches("\n.nf\n").count(), page.matches("\n.fi\n").count(), "{name}:\n{page}");
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert_eq!(help.contains("Examples:\n"), page.contains(".SH EXAMPLES\n.nf\n"), "{name}:\n{page}");
            assert_eq!(help.contains("Exit codes: "), page.contains(".SH \"EXIT STATUS\"\n"), "{name}:\n{page}");
        }
    }

    #[test]
    fn pages_are_called_by_all_their_words_and_hidden_ones_are_left_out() {
        let program = program();
        let names: Vec<&str> = all(&program).into_iter().map(name).collect();
        assert!(names.contains(&"landfall") && names.contains(&"landfall-jobs-cancel"), "{names:?}");
        assert!(!names.contains(&"landfall-healthcheck") && !names.iter().any(|name| name.ends_with("-help")));
    }

    #[test]
    fn a_subcommand_that_is_not_there_is_told_with_those_that_are() {
        let words = ["jobs", "stop"].map(str::to_owned);
        let failure = find(&program(), &words).expect_err("there is no such subcommand");
        let said = failure.to_string();
        assert!(said.starts_with("there is no landfall jobs stop; below landfall jobs there is "), "{said}");
        assert!(said.contains("cancel"), "{said}");
    }
}
