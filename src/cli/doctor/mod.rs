//! `landfall doctor`: tries the configured world as a stranger would, and tells of each failure how it is cured.
//!
//! The adapters look and tell what they saw; what that means stands in one table (`findings`); `found` keeps what was
//! found; `report` shows it.

mod broker;
mod catalogue;
mod clock;
mod findings;
mod found;
mod provider;
mod report;
mod store;
mod uploads;
mod worker_page;

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use clap::Args;

use self::catalogue::{Area, Check, Grade};
use self::found::{Found, Notes};
use self::report::Paint;
use self::store::Patient;
use super::{ConfigArgs, Exit, Failure, signals, wiring, worker};
use crate::config::Config;
use crate::job::skew::SkewMeter;
use crate::s3::{S3Options, S3Store};

/// Longest wait for one answer of the store: an operator watches.
const STORE_ATTEMPT: Duration = Duration::from_secs(10);

/// Try everything that is configured, and tell what is wrong, what it means and how to cure it
///
/// Tries the broker, the buckets, an upload as the provider would send it, the provider's key and account, and a worker that
/// runs on this machine. It buys nothing, takes no message, publishes none, and deletes the few objects that it writes.
///
/// With --fix it makes buckets that are missing, adds two lifecycle rules beside those that are there, and declares queues
/// and exchanges that are missing. It changes nothing that exists and deletes nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  landfall doctor --config landfall.toml          try everything
  landfall doctor --only store,provider           try these only: config, broker, store, provider, worker
  landfall doctor --fix                           make what is missing, and try again
  landfall doctor --json | jq 'select(.outcome == \"failure\")'

JSON: one object a line, with area, check, subject (a bucket, a queue, a right), outcome (ok, warning, failure, skipped), seen (of a
skipped check: why), finding, title, means, cures, fixed; null where there is none. The ids of checks and findings are stable.

Exit codes: 0 no failures (warnings are none), 1 some check failed, 64 bad arguments, 78 bad configuration")]
pub(super) struct DoctorArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Make what is missing: buckets, lifecycle rules for staging, queues and exchanges
    #[arg(long)]
    fix: bool,
    /// Print one line of JSON for each check
    #[arg(long)]
    json: bool,
    /// Try only these parts
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    only: Vec<Area>,
    /// Print the page about all checks and findings instead
    #[arg(long)]
    reference: bool,
}

pub(super) async fn doctor(args: DoctorArgs) -> Result<Exit, Failure> {
    if args.reference {
        show(&catalogue::reference());
        return Ok(Exit::Done);
    }
    let notes = Notes::new();
    let wanted = |area: Area| args.only.is_empty() || args.only.contains(&area);
    let interrupted = match args.config.load(&[]) {
        Ok(loaded) => examine(&loaded.config, args.fix, wanted, &notes).await?,
        Err(mistakes) => {
            note_mistakes(&mistakes, &notes);
            for area in Area::ALL.into_iter().filter(|area| wanted(*area)) {
                notes.skip_rest(area, "the configuration has mistakes");
            }
            false
        }
    };
    let all = notes.take();
    if args.json {
        show(&all.iter().map(|found| format!("{}\n", found.as_json())).collect::<String>());
    } else {
        let is_on =
            std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        show(&report::report(&all, Paint { is_on }));
    }
    if interrupted {
        return Err(Failure::new(Exit::JobFailed, "interrupted: not everything was tried"));
    }
    let failed = |found: &Found| found.grade() == Some(Grade::Failure);
    Ok(match all.iter().find(|found| failed(found)) {
        // The settings come first.
        Some(found) if found.check == Check::Configuration => Exit::BadConfiguration,
        Some(_) => Exit::JobFailed,
        None => Exit::Done,
    })
}

/// A reader that has gone wants no more.
fn show(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Each mistake by itself.
fn note_mistakes(mistakes: &Failure, notes: &Notes) {
    let text = mistakes.to_string();
    let (head, each) = text.split_once('\n').unwrap_or((&text, ""));
    let each: Vec<&str> = if each.is_empty() { vec![head] } else { each.lines().collect() };
    for mistake in each {
        notes.add(Found::ill(&findings::MISTAKE, mistake.trim(), &[]));
    }
}

/// Looks at all parts side by side; true when it was stopped by a signal. What is left behind then is deleted.
async fn examine(config: &Config, fix: bool, wanted: impl Fn(Area) -> bool, notes: &Notes) -> Result<bool, Failure> {
    let stop = signals::stop_on_signal()?;
    let patient = if wanted(Area::Store) { patient(config, notes).await } else { None };
    let broker = async {
        if !wanted(Area::Broker) {
            return;
        }
        match worker::broker(config) {
            Ok(options) => Box::pin(broker::examine(options, fix, notes)).await,
            Err(why) => unusable("amqp.url or amqp.ca_file", &why, Area::Broker, notes),
        }
    };
    let store = async {
        if let Some(patient) = &patient {
            Box::pin(patient.examine(fix, notes)).await;
        }
    };
    let provider = async {
        if !wanted(Area::Provider) {
            return;
        }
        match wiring::provider(config, SkewMeter::default()) {
            Ok(api) => {
                let url = &config.provider.url;
                provider::examine(&api, url, config.provider.usd_per_second, notes).await;
            }
            Err(why) => unusable("the provider's key", &why, Area::Provider, notes),
        }
    };
    let page = async {
        if wanted(Area::Worker) {
            worker_page::examine(config, notes).await;
        }
    };
    let stopped = tokio::select! {
        ((), (), (), ()) = async { tokio::join!(broker, store, provider, page) } => false,
        () = stop.cancelled() => true,
    };
    if let (true, Some(patient)) = (stopped, &patient) {
        patient.sweep().await;
    }
    if !notes.knows(Check::Configuration) && wanted(Area::Config) {
        notes.add(Found::well(Check::Configuration, ""));
    }
    Ok(stopped)
}

/// The store and its buckets, where the settings name any.
async fn patient(config: &Config, notes: &Notes) -> Option<Patient> {
    let bucket = match config.bucket() {
        Ok(bucket) => bucket,
        Err(why) => {
            unusable("s3.bucket", &Failure::of_config(why), Area::Store, notes);
            return None;
        }
    };
    let options = S3Options { attempt_timeout: STORE_ATTEMPT, ..wiring::store_options(config, None) };
    match S3Store::connect(options).await {
        Ok(store) => Some(Patient::new(store, config, bucket)),
        Err(fault) => {
            unusable("s3.region", &Failure::of_fault(&fault), Area::Store, notes);
            None
        }
    }
}

/// A setting without which a part cannot be tried.
fn unusable(setting: &str, why: &Failure, area: Area, notes: &Notes) {
    let why = why.to_string();
    let cure = "see what is said above; `landfall check-config` prints what is in force, and --reference all settings";
    notes.add(Found::ill(&findings::SETTING_MISSING, why, &[("setting", setting), ("cure", cure)]).of(setting));
    notes.skip_rest(area, "the configuration does not allow it");
}
