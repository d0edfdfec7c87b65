//! Live progress of jobs: a bar each on a terminal, plain lines elsewhere.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::summary::Summary;
use super::terminal;
use crate::job::event::{RejectedData, TerminalData};
use crate::job::ids::JobId;
use crate::job::verdict::Stage;
use crate::worker::{Notice, Observer};

/// Most bars at once. More do not fit on a screen, and what does not fit is drawn wrongly.
const BARS_MAX: usize = 20;

/// Shows how jobs go, and remembers how they ended.
pub(super) struct Progress {
    state: Mutex<State>,
}

struct State {
    display: display::Display,
    jobs: HashMap<JobId, JobState>,
    ended: Vec<TerminalData>,
    rejected: Vec<RejectedData>,
    started: Instant,
}

struct JobState {
    bar: display::Bar,
    since: Instant,
    /// Percent of each result, as far as told.
    percents: HashMap<u32, u8>,
}

impl Progress {
    /// Starts to show progress on standard error.
    pub(super) fn start() -> Progress {
        Progress::start_for(0)
    }

    /// The same for so many jobs: there may be more than have room.
    pub(super) fn start_for(jobs: usize) -> Progress {
        let state = State {
            display: display::Display::start(jobs <= BARS_MAX),
            jobs: HashMap::new(),
            ended: Vec::new(),
            rejected: Vec::new(),
            started: Instant::now(),
        };
        Progress { state: Mutex::new(state) }
    }

    /// Ends the display; what is known by now is the summary. `go_on` says how one goes on with jobs that have not ended.
    pub(super) fn finish(&self, interrupted: bool, go_on: &'static str) -> Summary {
        let mut state = self.lock();
        let ended = std::mem::take(&mut state.ended);
        let rejected = std::mem::take(&mut state.rejected);
        let unfinished = state.jobs.len();
        Summary { ended, rejected, unfinished, go_on, interrupted, took: state.started.elapsed() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Progress {
    fn notice(&self, notice: &Notice<'_>) {
        match notice {
            Notice::Stage { job_id, stage, .. } => self.stage(job_id, *stage, stage.name()),
            Notice::Progress { job_id, index, percent } => self.generated(job_id, *index, *percent),
            Notice::Ended { data } => self.ended(data),
            // A job that leaves unfinished keeps its bar: it comes again, or the run ends without it.
            Notice::Delivered { .. }
            | Notice::Taken { .. }
            | Notice::Claimed { .. }
            | Notice::Prevented { .. }
            | Notice::Generated { .. }
            | Notice::Rescue { .. }
            | Notice::TimeOver { .. }
            | Notice::Concluded { .. }
            | Notice::Left { .. }
            | Notice::Settled { .. }
            | Notice::Retried { .. }
            | Notice::Suspended { .. }
            | Notice::Resumed { .. }
            | Notice::Panicked => {}
            Notice::Rejected { data } => self.rejected(data, None),
        }
    }
}

/// The same from other sources than a worker in this process.
impl Progress {
    /// A job is in a stage, which is shown under this name.
    pub(super) fn stage(&self, job_id: &JobId, stage: Stage, name: &'static str) {
        let mut state = self.lock();
        let state = &mut *state;
        let job = state.jobs.entry(job_id.clone()).or_insert_with(|| JobState {
            bar: state.display.bar(job_id.as_str()),
            since: Instant::now(),
            percents: HashMap::new(),
        });
        job.bar.show(share(stage, 0), name, job.since.elapsed());
    }

    /// A result is made to so many percent.
    pub(super) fn generated(&self, job_id: &JobId, index: u32, percent: u8) {
        if let Some(job) = self.lock().jobs.get_mut(job_id) {
            job.percents.insert(index, percent);
            let sum: u32 = job.percents.values().map(|percent| u32::from(*percent)).sum();
            let mean = sum / u32::try_from(job.percents.len().max(1)).unwrap_or(1);
            job.bar.advance(share(Stage::Generating, mean));
        }
    }

    /// A line for the person who watches, between the bars.
    pub(super) fn note(&self, text: &str) {
        self.lock().display.note(text);
    }

    /// A job ended.
    pub(super) fn ended(&self, data: &TerminalData) {
        let mut state = self.lock();
        if let Some(job) = state.jobs.remove(&data.job().job_id) {
            let word = match data {
                TerminalData::Completed(_) => "completed".to_owned(),
                TerminalData::Failed(failed) => format!("failed: {}", failed.reason.code()),
            };
            job.bar.end(&word, job.since.elapsed());
        }
        state.ended.push(data.clone());
    }

    /// A message was refused; it was that of this job, where one was shown for it.
    pub(super) fn rejected(&self, data: &RejectedData, shown: Option<&JobId>) {
        let mut state = self.lock();
        let word = format!("rejected: {}", data.reason.code());
        match shown.and_then(|job_id| state.jobs.remove(job_id)) {
            Some(job) => job.bar.end(&word, job.since.elapsed()),
            None => {
                let name = data.job_id.as_ref().map_or("a message", JobId::as_str);
                state.display.bar(name).end(&word, Duration::ZERO);
            }
        }
        state.rejected.push(data.clone());
    }
}

/// How much of a job is done, in percent: most of the time goes into generating.
fn share(stage: Stage, percent: u32) -> u64 {
    u64::from(match stage {
        Stage::Claiming => 0,
        Stage::Submitting => 3,
        Stage::Generating => 5 + percent.min(100) * 80 / 100,
        Stage::Landing => 88,
        Stage::Announcing => 97,
    })
}

/// Bars on a terminal.
#[cfg(feature = "emulator")]
mod display {
    use std::io::IsTerminal;
    use std::time::Duration;

    use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

    use super::{plain, terminal};

    pub(super) enum Display {
        Bars(MultiProgress),
        Lines,
    }

    pub(super) enum Bar {
        Bar(ProgressBar),
        Line(plain::Line),
    }

    impl Display {
        pub(super) fn start(fits: bool) -> Display {
            let bars = fits && std::io::stderr().is_terminal();
            if bars { Display::Bars(MultiProgress::new()) } else { Display::Lines }
        }

        pub(super) fn note(&self, text: &str) {
            match self {
                // Nothing is left to do when standard error is gone.
                Display::Bars(all) => drop(all.println(text)),
                Display::Lines => terminal::note(text),
            }
        }

        pub(super) fn bar(&self, name: &str) -> Bar {
            let Display::Bars(all) = self else { return Bar::Line(plain::Line::new(name)) };
            let style = ProgressStyle::with_template("{prefix:32!} {bar:30} {elapsed:>4} {wide_msg}")
                .expect("the template is a constant");
            let bar =
                all.add(ProgressBar::new(100).with_style(style.progress_chars("━╸ ")).with_prefix(name.to_owned()));
            bar.enable_steady_tick(Duration::from_millis(250));
            Bar::Bar(bar)
        }
    }

    impl Bar {
        pub(super) fn show(&mut self, percent: u64, stage: &'static str, after: Duration) {
            match self {
                Bar::Bar(bar) => {
                    bar.set_position(percent);
                    bar.set_message(stage);
                }
                Bar::Line(line) => line.show(stage, after),
            }
        }

        pub(super) fn advance(&self, percent: u64) {
            if let Bar::Bar(bar) = self {
                bar.set_position(percent);
            }
        }

        pub(super) fn end(self, word: &str, after: Duration) {
            match self {
                Bar::Bar(bar) => {
                    bar.set_position(100);
                    bar.finish_with_message(word.to_owned());
                }
                Bar::Line(mut line) => line.show(word, after),
            }
        }
    }
}

/// A build without the demo has no bars.
#[cfg(not(feature = "emulator"))]
mod display {
    use std::time::Duration;

    use super::plain::Line;
    use super::terminal;

    pub(super) struct Display;

    pub(super) struct Bar(Line);

    impl Display {
        pub(super) fn start(_fits: bool) -> Display {
            Display
        }

        pub(super) fn note(&self, text: &str) {
            terminal::note(text);
        }

        pub(super) fn bar(&self, name: &str) -> Bar {
            Bar(Line::new(name))
        }
    }

    impl Bar {
        pub(super) fn show(&mut self, _percent: u64, stage: &'static str, after: Duration) {
            self.0.show(stage, after);
        }

        pub(super) fn advance(&self, _percent: u64) {}

        pub(super) fn end(mut self, word: &str, after: Duration) {
            self.0.show(word, after);
        }
    }
}

/// Lines for logs and pipes.
mod plain {
    use std::time::Duration;

    use super::terminal;

    pub(super) struct Line {
        name: String,
    }

    impl Line {
        pub(super) fn new(name: &str) -> Line {
            Line { name: name.to_owned() }
        }

        pub(super) fn show(&mut self, word: &str, after: Duration) {
            terminal::note(&format!("{:>6.1} s  {}  {word}", after.as_secs_f64(), self.name));
        }
    }
}
