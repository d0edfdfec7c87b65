//! `landfall submit`: jobs onto the queue, checked before and followed after.

mod checking;
mod reading;
mod sending;
mod waiting;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use self::checking::{Bad, Job, Rules, check};
pub(super) use self::reading::jobs_of;
use super::terminal::{self, duration};
use super::{ConfigArgs, Exit, Failure};
use crate::config::Config;
use crate::job::ids::JobId;

/// Largest file, in bytes. All of it is in memory at once.
const FILE_MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Put jobs on the queue, after checking them; with --wait, see them through
///
/// Reads one job or many from FILE: JSON lines, an array, or one JSON object after the other, in the forms that the worker
/// takes. Checks all of them with the worker's own rules before anything is sent, and tells everything that is wrong with
/// all of them, with line and field. Sends nothing if any is wrong, unless --keep-going. A job is sent when the broker has
/// confirmed it.
///
/// The rules are those of the configuration: give it the worker's, or what it says of [amqp], [s3] and [provider]. Only
/// amqp.url is really needed, and no key and no S3 credentials are.
///
/// To send a job again is harmless at any time, also when it is not known whether it was sent: the same jobId is never
/// bought twice. A job that has ended is announced again, and so --wait tells its result.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  landfall submit job.json --wait                      send a job, watch it, print where its video is
  landfall submit jobs.jsonl --dry-run                 only check them
  landfall submit jobs.jsonl --wait --timeout 1h --json | jq -r 'select(.state == \"failed\") | .jobId'
  my-producer | landfall submit - --set amqp.url=amqp://user:password@mq.example/%2f

With --json there is one line for each job: line, jobId, state, and for a job that ended its event, for one that is not
valid its problems, for one that is not confirmed why. The state is one of
  invalid        not sent; problems says what is wrong
  valid          not sent: --dry-run, or another job is invalid
  sent           on the queue
  unconfirmed    the broker went away meanwhile: it may be on the queue. Send it again
  completed, failed, rejected                   how it ended, with --wait
  waiting        not ended when --wait was over. It goes on

Exit codes: 0 done; with --wait: all completed · 1 a job failed, was rejected, or has not ended in time; with --keep-going:
a job is not valid · 64 bad arguments, or a job is not valid and nothing was sent · 69 the broker cannot be reached ·
78 bad configuration, or there is no such queue")]
pub(super) struct SubmitArgs {
    /// The file of jobs; `-` reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Wait until the jobs have ended: shows progress, and prints what came of them
    #[arg(long)]
    wait: bool,
    /// Wait so long at most, like 90s, 5m or 1h; the jobs go on after that
    #[arg(long, value_name = "DURATION", value_parser = duration, requires = "wait")]
    timeout: Option<Duration>,
    /// Print a line of JSON for each job
    #[arg(long)]
    json: bool,
    /// Only check the jobs; nothing is contacted
    #[arg(long, conflicts_with = "wait")]
    dry_run: bool,
    /// Send the jobs that are valid although others are not
    #[arg(long)]
    keep_going: bool,
    /// The trace that the jobs belong to, as a W3C traceparent; it goes on into provider calls and events.
    /// By default that in the environment variable TRACEPARENT, if there is one
    #[arg(long, value_name = "TRACEPARENT", value_parser = traceparent)]
    traceparent: Option<String>,
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) async fn submit(args: SubmitArgs) -> Result<Exit, Failure> {
    let config = args.config.load(&[])?.config;
    let traceparent = args.traceparent.clone().map_or_else(inherited_traceparent, |given| Ok(Some(given)))?;
    let text = read(&args.file).await?;
    let rules = rules(&config)?;
    let (mut good, mut bad): (Vec<Job>, Vec<Bad>) = (Vec::new(), Vec::new());
    for checked in check(&text, &rules) {
        match checked {
            Ok(job) => good.push(job),
            Err(refused) => bad.push(refused),
        }
    }
    drop(text);
    let out = Out { json: args.json };
    let file = if args.file.as_os_str() == "-" { "standard input".to_owned() } else { args.file.display().to_string() };
    if good.is_empty() && bad.is_empty() {
        return Err(Failure::new(Exit::BadArguments, format!("{file} holds no job")));
    }
    out.bad(&file, &bad, good.len(), args.keep_going)?;
    let has_bad = !bad.is_empty();
    if args.dry_run || (has_bad && !args.keep_going) || good.is_empty() {
        out.only_checked(&good)?;
        return Ok(if has_bad { Exit::BadArguments } else { Exit::Done });
    }
    let sender = sending::Sender::connect(&config, traceparent).await?;
    let ended = if args.wait {
        waiting::see_through(&sender, good, args.timeout, out).await
    } else {
        sending::send(&sender, &good, out).await
    };
    sender.close().await;
    Ok(if has_bad { Exit::JobFailed } else { ended? })
}

/// The rules of the worker, as far as the configuration says them.
fn rules(config: &Config) -> Result<Rules, Failure> {
    let bucket = config.s3.bucket.as_deref();
    let settings = config.worker_settings(Rules::bucket_or_unknown(bucket)).map_err(Failure::of_config)?;
    Ok(Rules { rules: settings.rules, bucket_is_known: bucket.is_some() })
}

/// Reads a file of jobs; `-` is standard input.
pub(super) async fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let path = file.to_owned();
    let reading = tokio::task::spawn_blocking(move || -> std::io::Result<Vec<u8>> {
        let mut text = Vec::new();
        if path.as_os_str() == "-" {
            std::io::stdin().lock().take(FILE_MAX_BYTES + 1).read_to_end(&mut text)?;
        } else {
            std::fs::File::open(&path)?.take(FILE_MAX_BYTES + 1).read_to_end(&mut text)?;
        }
        Ok(text)
    });
    let read = reading.await.unwrap_or_else(|why| Err(std::io::Error::other(why)));
    let text =
        read.map_err(|why| Failure::new(Exit::BadArguments, format!("{} cannot be read: {why}", file.display())))?;
    if text.len() as u64 > FILE_MAX_BYTES {
        let why = format!("{} has more than {} MiB; split it", file.display(), FILE_MAX_BYTES / 1024 / 1024);
        return Err(Failure::new(Exit::BadArguments, why));
    }
    Ok(text)
}

fn inherited_traceparent() -> Result<Option<String>, Failure> {
    match std::env::var("TRACEPARENT") {
        Ok(text) if !text.is_empty() => traceparent(&text)
            .map(Some)
            .map_err(|why| Failure::new(Exit::BadArguments, format!("the environment variable TRACEPARENT {why}"))),
        _ => Ok(None),
    }
}

/// Checks the form of version 00 of W3C Trace Context, which later versions begin with.
fn traceparent(text: &str) -> Result<String, String> {
    const WRONG: &str = "must be like 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, in lower case";
    let is_hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_id = |part: &str, length| is_hex(part, length) && part.bytes().any(|byte| byte != b'0');
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [version, trace, parent, flags]
            if is_hex(version, 2) && *version != "ff" && is_id(trace, 32) && is_id(parent, 16) && is_hex(flags, 2) =>
        {
            Ok(text.to_owned())
        }
        _ => Err(WRONG.to_owned()),
    }
}

/// How what became of the jobs is told.
#[derive(Debug, Clone, Copy)]
struct Out {
    json: bool,
}

impl Out {
    /// A line of JSON about a job, where JSON is wanted.
    fn json(self, line: usize, job_id: Option<&JobId>, state: &str, more: (&str, Value)) -> Result<(), Failure> {
        if !self.json {
            return Ok(());
        }
        let mut about = json!({ "line": line, "jobId": job_id, "state": state });
        if !more.1.is_null() {
            about[more.0] = more.1;
        }
        terminal::line(&terminal::json_line(&about))
    }

    /// Everything that is wrong with the jobs of a file.
    fn bad(self, file: &str, bad: &[Bad], good: usize, keep_going: bool) -> Result<(), Failure> {
        for Bad { line, job_id, problems } in bad {
            self.json(*line, job_id.as_ref(), "invalid", ("problems", json!(problems)))?;
        }
        if bad.is_empty() {
            return Ok(());
        }
        let sent = match (keep_going, good) {
            (_, 0) | (false, _) => "nothing is sent",
            (true, _) => "the others are sent",
        };
        terminal::note(&format!("{file}: {} of {} jobs are not valid; {sent}", bad.len(), good + bad.len()));
        for Bad { line, job_id, problems } in bad {
            let name = job_id.as_ref().map_or(String::new(), |job_id| format!(", job {job_id}"));
            terminal::note(&format!("  line {line}{name}:"));
            for problem in problems {
                terminal::note(&format!("    {problem}"));
            }
        }
        Ok(())
    }

    /// The jobs that are valid and are not sent.
    fn only_checked(self, good: &[Job]) -> Result<(), Failure> {
        for job in good {
            self.json(job.line, Some(&job.id), "valid", ("", Value::Null))?;
            if !self.json {
                terminal::line(&format!("valid  {}", job.id))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::traceparent;

    #[test]
    fn only_what_the_trace_context_allows_is_a_traceparent() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(traceparent(good).as_deref(), Ok(good));
        for bad in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "00-0af7651916cd43dd8448eb211c80319c\r\n-b7ad6b7169203331-01",
        ] {
            assert!(traceparent(bad).is_err(), "{bad:?}");
        }
    }
}
