//! `landfall dead-letters`: what was refused, why, and what becomes of it.

mod choice;
mod deal;
mod print;

use std::time::Duration;

use clap::{Args, Subcommand};

use self::choice::{Filters, names};
use self::deal::{PurgeArgs, ReplayArgs};
use self::print::Printer;
use super::terminal;
use super::{ConfigArgs, Exit, Failure, worker};
use crate::job::letter::{LetterFilter, LetterId, LetterName, LetterPage, LettersFound};
use crate::ports::DeadLetters;
use crate::rabbit::{self, Rabbit, RabbitLetters, RabbitOptions, Topology};

/// How long the broker is tried for, and how long one letter's replay.
const BROKER_WITHIN: Duration = Duration::from_secs(5);
const REPLAY_WITHIN: Duration = Duration::from_secs(60);

/// Most letters that are told or dealt with at once.
const LIMIT_MAX: u64 = 100_000;

/// Look at refused messages, try them again, or throw them away
#[derive(Debug, Args)]
pub(super) struct DeadLettersArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(ListArgs),
    Show(ShowArgs),
    Replay(ReplayArgs),
    Purge(PurgeArgs),
}

/// List dead letters, the oldest first, with the reason of each
///
/// A dead letter is a message that was no valid job, or whose job id another job has, or that killed workers. Looking changes
/// nothing: every letter stays where it is, and in its order.
///
/// One message can be several letters: one for each time that it was refused.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  landfall dead-letters list                                        the oldest 50
  landfall dead-letters list --reason invalid_job --since 2h        refused in the last two hours
  landfall dead-letters list --job lighthouse-course.lesson-3
  landfall dead-letters list --limit 1000 --json | jq -r .jobId

With --json there is one line for each letter: id, jobId, reason, firstReason, problems (field, problem), rejectedAt,
firstQueue, attempts, replays, replayedAt, messageId, traceparent, size, copies, excerpt; null is what is not known.

Exit codes: 0 done · 64 bad arguments · 69 the broker cannot be reached, or somebody else looks for too long ·
78 bad configuration, or there is no such queue")]
struct ListArgs {
    #[command(flatten)]
    filters: Filters,
    /// Most letters listed
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=LIMIT_MAX))]
    limit: u64,
    #[command(flatten)]
    bound: LookBound,
    /// Print a line of JSON for each letter
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

/// Show a dead letter: why it was refused, its headers, and its body
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  landfall dead-letters show 3f9a
  landfall dead-letters show 3f9a --body > job.json                 to mend it, and submit it
  landfall dead-letters show 3f9a --json | jq '.body | fromjson'

With --json there is one line with the fields of `list --json` and contentType, headers (by name, as texts), and body, or
bodyHex for one that is no UTF-8.

Exit codes: 0 done · 1 there is no such letter · 64 bad arguments, or several letters are called so · 69 the broker cannot
be reached, or somebody else looks for too long · 78 bad configuration, or there is no such queue")]
struct ShowArgs {
    /// The letter's id, or its first digits (at least 4)
    #[arg(value_name = "ID", value_parser = LetterName::parse)]
    id: LetterName,
    /// Print the body and nothing else, as it came
    #[arg(long, conflicts_with = "json")]
    body: bool,
    #[command(flatten)]
    bound: LookBound,
    /// Print it as a line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

/// How far is looked; shared by all actions.
#[derive(Debug, Args)]
struct LookBound {
    /// Most letters looked at, from the oldest on; a look at only a part of the queue turns it around by that part
    #[arg(long = "look-at", value_name = "N", default_value_t = 100_000,
        value_parser = clap::value_parser!(u32).range(1..))]
    look_at: u32,
}

impl LookBound {
    fn most(&self) -> usize {
        usize::try_from(self.look_at).unwrap_or(usize::MAX)
    }
}

pub(super) async fn dead_letters(args: DeadLettersArgs) -> Result<Exit, Failure> {
    match args.action {
        Action::List(args) => list(args).await,
        Action::Show(args) => show(args).await,
        Action::Replay(args) => deal::replay(args).await,
        Action::Purge(args) => deal::purge(args).await,
    }
}

async fn list(args: ListArgs) -> Result<Exit, Failure> {
    let filter = args.filters.filter(Vec::new());
    let most = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let page = LetterPage { skip: 0, most, look_at_most: args.bound.most() };
    let desk = Desk::open(&args.config).await?;
    let found = desk.letters.list(&filter, page).await;
    desk.close().await;
    let found = found.map_err(|fault| Failure::of_fault(&fault))?;
    Printer::new(args.json).letters(&found.letters)?;
    terminal::note(&counts(&found));
    Ok(Exit::Done)
}

async fn show(args: ShowArgs) -> Result<Exit, Failure> {
    let desk = Desk::open(&args.config).await?;
    let shown = async {
        let resolved = desk.resolve(std::slice::from_ref(&args.id), args.bound.most()).await?;
        match resolved.ids.first() {
            Some(id) => desk.letters.get(id, args.bound.most()).await.map_err(|fault| Failure::of_fault(&fault)),
            None => Ok(None),
        }
    };
    let whole = shown.await;
    desk.close().await;
    let Some(whole) = whole? else {
        return Err(Failure::new(Exit::JobFailed, format!("there is no dead letter {}", args.id)));
    };
    let printer = Printer::new(args.json);
    if args.body {
        printer.body(&whole)?;
    } else {
        printer.whole(&whole)?;
    }
    Ok(Exit::Done)
}

/// What was looked at, in a sentence.
fn counts(found: &LettersFound) -> String {
    let LettersFound { letters, meant, looked_at, all, in_queue } = found;
    let copies: u64 = letters.iter().map(|letter| letter.copies).sum();
    let listed = if copies == *meant {
        format!("{meant} of {looked_at} dead letters")
    } else {
        format!("the oldest {} of {meant} dead letters that are meant, of {looked_at} altogether", letters.len())
    };
    if *all {
        listed
    } else {
        format!("{listed}; {} more were not looked at (--look-at)", in_queue.saturating_sub(*looked_at))
    }
}

/// A connection for one command.
struct Desk {
    rabbit: Rabbit,
    letters: RabbitLetters,
}

/// What names on the command line stand for.
#[derive(Default)]
struct Resolved {
    ids: Vec<LetterId>,
    missing: Vec<LetterName>,
}

impl Desk {
    async fn open(config: &ConfigArgs) -> Result<Desk, Failure> {
        let config = config.load(&[])?.config;
        let options = RabbitOptions {
            topology: Topology::None,
            connection_name: "landfall dead-letters".to_owned(),
            connect_within: BROKER_WITHIN,
            publish_within: REPLAY_WITHIN,
            ..worker::broker(&config)?
        };
        let rabbit = rabbit::connect(options).await.map_err(|fault| Failure::of_fault(&fault))?;
        Ok(Desk { letters: rabbit.dead_letters(), rabbit })
    }

    /// Finds the letters that are called by these names; each must be one letter's only.
    async fn resolve(&self, called: &[LetterName], look_at_most: usize) -> Result<Resolved, Failure> {
        let filter = LetterFilter { names: called.to_vec(), ..LetterFilter::default() };
        let page = LetterPage { skip: 0, most: look_at_most, look_at_most };
        let found = self.letters.list(&filter, page).await.map_err(|fault| Failure::of_fault(&fault))?;
        names(called, &found.letters).map_err(|why| Failure::new(Exit::BadArguments, why))
    }

    async fn close(self) {
        self.rabbit.close().await;
    }
}
