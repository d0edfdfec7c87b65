//! `landfall dead-letters replay` and `purge`: the letters that are meant are found first, shown or asked about, and only
//! then dealt with, by their whole ids. So a dry run is the same way without the last step.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;

use super::choice::{Filters, names};
use super::print::{Became, Printer};
use super::{ConfigArgs, Desk, Exit, Failure, LIMIT_MAX, LookBound, terminal};
use crate::cli::dead_letters::print::as_json;
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::letter::{Letter, LetterId, LetterName, LetterPage, LettersDealtWith, WholeLetter};
use crate::ports::DeadLetters;

/// Put dead letters back on the queue of jobs
///
/// Each letter goes back as it came, marked as replayed, and only then leaves the dead letters. A death in between leaves it
/// on both: the worker meets its job twice then, and buys it once. Nothing is lost in any case.
///
/// Mend first what a letter was refused for. invalid_job: the settings that it was refused for, like s3.allowed_buckets;
/// a message that is wrong in itself comes back. internal: what killed the workers; it starts with a clean slate.
/// job_id_reused: comes back as long as the ledger knows the other job; submit it under a new job id and purge the letter. A
/// letter that comes back shows how often it was replayed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  landfall dead-letters replay 3f9a 77c0                            these two
  landfall dead-letters replay --reason invalid_job --since 1d --dry-run
  landfall dead-letters replay --job lighthouse-course.lesson-3
  landfall dead-letters replay --all --limit 100000 --json

With --json there is one line for each letter, with the fields of `list --json` and outcome: replayed, wouldReplay, missing
(its other fields are null), unsure (the broker went away meanwhile: look again; repeating does no harm), or notDone.

Exit codes: 0 done · 1 something that was named is not there, or something was not done · 64 bad arguments, or several
letters are called so · 69 the broker cannot be reached, or somebody else looks for too long · 78 bad configuration, or
there is no such queue")]
pub(super) struct ReplayArgs {
    #[command(flatten)]
    meant: Meant,
    /// Say what would be replayed, and what can be hoped for; change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    bound: LookBound,
    /// Print a line of JSON for each letter
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

/// Throw dead letters away for good
///
/// Only those that are named, or to which all filters apply; everything only with --all. Asks before it does, and where there
/// is no terminal to ask on, --yes must have been said. With --save each letter is safe in a file before it goes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  landfall dead-letters purge 3f9a
  landfall dead-letters purge --before 30d --save old-letters.jsonl --yes
  landfall dead-letters purge --reason job_id_reused --dry-run
  jq -c '.body | fromjson' old-letters.jsonl | landfall submit -    what was saved, as jobs again

With --json there is one line for each letter, with the fields of `list --json` and outcome: purged, wouldPurge, missing
(its other fields are null), unsure (the broker went away meanwhile: look again), or notDone. The lines that --save writes
are those of `show --json`.

Exit codes: 0 done · 1 something that was named is not there, or something was not done · 64 bad arguments, several letters
are called so, or nobody could be asked · 69 the broker cannot be reached, or somebody else looks for too long ·
78 bad configuration, or there is no such queue")]
pub(super) struct PurgeArgs {
    #[command(flatten)]
    meant: Meant,
    /// Say what would be purged; change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Write each letter to this new file before it goes, as a line of JSON
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    #[command(flatten)]
    bound: LookBound,
    /// Print a line of JSON for each letter
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

/// The letters that something is done with.
#[derive(Debug, Args)]
struct Meant {
    /// Letters' ids, or their first digits (at least 4)
    #[arg(value_name = "ID", value_parser = LetterName::parse)]
    ids: Vec<LetterName>,
    #[command(flatten)]
    filters: Filters,
    /// All letters
    #[arg(long, conflicts_with_all = ["ids", "reason", "job", "since", "before"])]
    all: bool,
    /// Most letters at once, the oldest ones
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=LIMIT_MAX))]
    limit: u64,
}

/// The letters that were found to be meant.
struct Found {
    letters: Vec<Letter>,
    missing: Vec<LetterName>,
    /// How many more are meant than `--limit` or `--look-at` let in, as far as it is known.
    more: String,
}

impl Meant {
    fn check(&self) -> Result<(), Failure> {
        if self.ids.is_empty() && self.filters.is_empty() && !self.all {
            let words = "say which letters: their ids, filters like --reason and --before, or --all";
            return Err(Failure::new(Exit::BadArguments, words));
        }
        Ok(())
    }

    async fn find(&self, desk: &Desk, bound: &LookBound) -> Result<Found, Failure> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let look_at_most = bound.most();
        // All that may be called so must be seen, or a name could stand for two without anybody noticing.
        let most = if self.ids.is_empty() { limit } else { look_at_most };
        let page = LetterPage { skip: 0, most, look_at_most };
        let filter = self.filters.filter(self.ids.clone());
        let found = desk.letters.list(&filter, page).await.map_err(|fault| Failure::of_fault(&fault))?;
        let resolved = names(&self.ids, &found.letters).map_err(|why| Failure::new(Exit::BadArguments, why))?;
        let copies: u64 = found.letters.iter().map(|letter| letter.copies).sum();
        let mut more = String::new();
        if copies < found.meant {
            more = format!("; {} more are meant (--limit)", found.meant - copies);
        }
        if !found.all {
            more = format!("{more}; {} were not looked at (--look-at)", found.in_queue.saturating_sub(found.looked_at));
        }
        Ok(Found { letters: found.letters, missing: resolved.missing, more })
    }
}

pub(super) async fn replay(args: ReplayArgs) -> Result<Exit, Failure> {
    args.meant.check()?;
    let deed = Deed {
        meant: &args.meant,
        bound: &args.bound,
        dry_run: args.dry_run,
        would: Became::WouldReplay,
        done: Became::Replayed,
    };
    let desk = Desk::open(&args.config).await?;
    let ended = deed
        .run(&desk, Printer::new(args.json), async |_, ids| Ok(Some(desk.letters.replay(ids, args.bound.most()).await)))
        .await;
    desk.close().await;
    ended
}

pub(super) async fn purge(args: PurgeArgs) -> Result<Exit, Failure> {
    args.meant.check()?;
    let may_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
    if !args.yes && !args.dry_run && !may_ask {
        let words =
            "there is no terminal to ask on: say --yes to purge all the same, or --dry-run to see what would go";
        return Err(Failure::new(Exit::BadArguments, words));
    }
    let deed = Deed {
        meant: &args.meant,
        bound: &args.bound,
        dry_run: args.dry_run,
        would: Became::WouldPurge,
        done: Became::Purged,
    };
    let desk = Desk::open(&args.config).await?;
    let ended = deed
        .run(&desk, Printer::new(args.json), async |found, ids| {
            if !args.yes && !confirmed(found)? {
                return Ok(None);
            }
            let file = args.save.clone().map(Saving::begin).transpose()?;
            let save = |whole: &WholeLetter| file.as_ref().map_or(Ok(()), |file| file.save(whole));
            Ok(Some(desk.letters.purge(ids, args.bound.most(), &save).await))
        })
        .await;
    desk.close().await;
    ended
}

/// What replaying and purging have in common.
struct Deed<'a> {
    meant: &'a Meant,
    bound: &'a LookBound,
    dry_run: bool,
    would: Became,
    done: Became,
}

impl Deed<'_> {
    /// Finds what is meant and does it. `act` answers with nothing when it was not allowed to.
    async fn run(
        &self,
        desk: &Desk,
        printer: Printer,
        act: impl AsyncFn(&[Letter], &BTreeSet<LetterId>) -> Result<Option<Outcome<LettersDealtWith>>, Failure>,
    ) -> Result<Exit, Failure> {
        let Found { letters, missing, more } = self.meant.find(desk, self.bound).await?;
        for name in &missing {
            printer.missing(name)?;
        }
        let ended = if missing.is_empty() { Exit::Done } else { Exit::JobFailed };
        if self.dry_run {
            for letter in &letters {
                printer.dealt(letter, self.would)?;
            }
            terminal::note(&format!("{} {}{more}", letters.len(), self.would.in_words()));
            return Ok(ended);
        }
        if letters.is_empty() {
            terminal::note(&format!("0 {}{more}", self.done.in_words()));
            return Ok(ended);
        }
        let ids: BTreeSet<LetterId> = letters.iter().map(|letter| letter.id.clone()).collect();
        let Some(dealt) = act(&letters, &ids).await? else {
            terminal::note("nothing was done");
            return Ok(Exit::JobFailed);
        };
        let dealt = dealt.map_err(|fault| Failure::of_fault(&fault))?;
        self.tell(&letters, dealt, &more, printer, ended)
    }

    fn tell(
        &self,
        letters: &[Letter],
        dealt: LettersDealtWith,
        more: &str,
        printer: Printer,
        ended: Exit,
    ) -> Result<Exit, Failure> {
        let mut done = 0;
        for letter in letters {
            let outcome = if dealt.done.contains(&letter.id) {
                done += 1;
                self.done
            } else if dealt.unsure.contains(&letter.id) {
                Became::Unsure
            } else if dealt.trouble.is_none() {
                // Somebody else was faster.
                Became::Missing
            } else {
                Became::NotDone
            };
            printer.dealt(letter, outcome)?;
        }
        let all = letters.len();
        let counted = if done == all { format!("{done}") } else { format!("{done} of {all}") };
        terminal::note(&format!("{counted} {}{more}", self.done.in_words()));
        match dealt.trouble {
            Some(trouble) => {
                let exit = if trouble.kind.may_mend() { Exit::Unreachable } else { Exit::JobFailed };
                Err(Failure::new(exit, format!("{}; what is left stays where it is", trouble.chain())))
            }
            None if done < all => Ok(Exit::JobFailed),
            None => Ok(ended),
        }
    }
}

/// Asks the person at the terminal.
fn confirmed(letters: &[Letter]) -> Result<bool, Failure> {
    for letter in letters.iter().take(10) {
        terminal::note(&super::print::in_a_line(letter));
    }
    if letters.len() > 10 {
        terminal::note(&format!("… and {} more", letters.len() - 10));
    }
    let mut err = io::stderr().lock();
    let _ = write!(err, "Throw {} dead letters away for good? [y/N] ", letters.len());
    let _ = err.flush();
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(|why| Failure::of_io("standard input", &why))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The file that letters are saved to.
struct Saving {
    path: PathBuf,
    file: std::fs::File,
}

impl Saving {
    /// A new file, for its owner only: bodies may hold what was entrusted to a producer.
    fn begin(path: PathBuf) -> Result<Saving, Failure> {
        use std::os::unix::fs::OpenOptionsExt;
        let opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        match opened {
            Ok(file) => Ok(Saving { path, file }),
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {
                let words = format!("{} is there already: name a new file, nothing was purged", path.display());
                Err(Failure::new(Exit::BadArguments, words))
            }
            Err(why) => Err(Failure::new(Exit::BadArguments, format!("{}: {why}; nothing was purged", path.display()))),
        }
    }

    /// Writes a letter down so that it survives us.
    fn save(&self, whole: &WholeLetter) -> Outcome<()> {
        let mut line = as_json(whole).to_string();
        line.push('\n');
        let mut file = &self.file;
        file.write_all(line.as_bytes()).and_then(|()| file.sync_data()).map_err(|why| {
            Fault::new(FaultKind::Denied, format!("saving a letter to {}", self.path.display())).because(why)
        })
    }
}
