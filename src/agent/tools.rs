//! Programs that the agent uses where they are installed, and how it runs one: fed and read through pipes, never
//! through a shell or a file, so that nothing is left behind however a render ends.

use std::env;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Which programs may be used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tools {
    /// `ffmpeg`, for faster and smaller video, and for AAC.
    pub ffmpeg: Option<PathBuf>,
    /// `espeak-ng`, for a voice.
    pub espeak: Option<PathBuf>,
}

impl Tools {
    /// Nothing but what is built in: no process is ever started.
    pub const NONE: Self = Self { ffmpeg: None, espeak: None };

    /// What the `PATH` has.
    #[must_use]
    pub fn find() -> Self {
        Self { ffmpeg: on_path("ffmpeg"), espeak: on_path("espeak-ng") }
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    // An empty entry means the current directory, whose files nobody has vouched for.
    let path = env::var_os("PATH")?;
    let directories = env::split_paths(&path).filter(|directory| directory.is_absolute());
    directories.map(|directory| directory.join(&name)).find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Why a program did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// It could not be started.
    #[error("{program} could not be started: {source}")]
    Start {
        /// Its file name.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It ended with a failure, or before it had read everything.
    #[error("{program} failed: {message}")]
    Failed {
        /// Its file name.
        program: String,
        /// The end of what it wrote to its standard error, on one line.
        message: String,
    },
    /// It made no progress and was ended.
    #[error("{program} made no progress for {} s and was ended", patience.as_secs())]
    Stuck {
        /// Its file name.
        program: String,
        /// How long it was waited for.
        patience: Duration,
    },
}

/// Variables that a program needs to find its own files. Everything else in our environment, credentials among it, is
/// none of its business.
const HANDED_ON: [&str; 9] = [
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "ESPEAK_DATA_PATH",
    "SYSTEMROOT",
    "NIX_LD_LIBRARY_PATH",
];
/// How much of what a program complains is kept.
const COMPLAINT_BYTES: usize = 400;
/// How long a program may take to end after it has closed its output.
const LAST_BREATH: Duration = Duration::from_secs(5);

/// How much a program may ask of us.
#[derive(Debug, Clone, Copy)]
pub(in crate::agent) struct Bounds {
    /// It is ended when it neither takes input nor ends for so long.
    pub(in crate::agent) patience: Duration,
    /// Its output is read up to here; a program that writes more is ended.
    pub(in crate::agent) output_bytes: usize,
}

/// A running program. Dropping it ends it, also when a panic unwinds through its owner.
pub(in crate::agent) struct Process {
    program: String,
    patience: Duration,
    child: Arc<Mutex<Child>>,
    input: Option<ChildStdin>,
    output: Option<JoinHandle<Vec<u8>>>,
    complaints: Option<JoinHandle<String>>,
    progress: Sender<()>,
    is_stuck: Arc<AtomicBool>,
}

impl Process {
    /// Starts `program`. `arguments` never hold text of a job: that goes through [`Process::write`].
    pub(in crate::agent) fn start(program: &Path, arguments: &[String], bounds: Bounds) -> Result<Self, ToolError> {
        let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
        let mut command = Command::new(program);
        command.args(arguments).env_clear();
        command.envs(HANDED_ON.iter().filter_map(|key| env::var_os(key).map(|value| (key, value))));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|source| ToolError::Start { program: name.clone(), source })?;
        let (input, output, complaints) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let child = Arc::new(Mutex::new(child));
        let is_stuck = Arc::new(AtomicBool::new(false));
        let (progress, watched) = channel();
        let watch = (Arc::clone(&child), Arc::clone(&is_stuck));
        thread::spawn(move || watch_over(&watch.0, &watch.1, &watched, bounds.patience));
        Ok(Self {
            program: name,
            patience: bounds.patience,
            child,
            input,
            output: output.map(|pipe| thread::spawn(move || read_up_to(pipe, bounds.output_bytes))),
            complaints: complaints.map(|pipe| thread::spawn(move || read_complaints(pipe))),
            progress,
            is_stuck,
        })
    }

    /// Hands it input; waits while it is busy with what it has.
    pub(in crate::agent) fn write(&mut self, bytes: &[u8]) -> Result<(), ToolError> {
        // The watch only ends early when it ended the process, which the write tells.
        let _ = self.progress.send(());
        match self.input.as_mut().map(|input| input.write_all(bytes)) {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) | None => Err(self.failure()),
        }
    }

    /// Lets it come to its end and gives what it wrote to its standard output.
    pub(in crate::agent) fn finish(mut self) -> Result<Vec<u8>, ToolError> {
        let _ = self.progress.send(());
        drop(self.input.take());
        let bytes = self.output.take().and_then(|reader| reader.join().ok()).unwrap_or_default();
        if self.ended_well() { Ok(bytes) } else { Err(self.failure()) }
    }

    /// The same for a program whose output was bounded on purpose: what it wrote up to there counts, however it ended.
    pub(in crate::agent) fn finish_with_what_came(mut self) -> Result<Vec<u8>, ToolError> {
        let _ = self.progress.send(());
        drop(self.input.take());
        let bytes = self.output.take().and_then(|reader| reader.join().ok()).unwrap_or_default();
        if bytes.is_empty() && !self.ended_well() { Err(self.failure()) } else { Ok(bytes) }
    }

    #[cfg(test)]
    pub(in crate::agent) fn id(&self) -> u32 {
        self.child.lock().unwrap_or_else(PoisonError::into_inner).id()
    }

    fn ended_well(&self) -> bool {
        let deadline = Instant::now() + LAST_BREATH;
        while Instant::now() < deadline {
            match self.child.lock().unwrap_or_else(PoisonError::into_inner).try_wait() {
                Ok(Some(status)) => return status.success(),
                Ok(None) => thread::sleep(Duration::from_millis(1)),
                Err(_) => return false,
            }
        }
        false
    }

    /// Ends it and says why it failed.
    fn failure(&mut self) -> ToolError {
        end(&self.child);
        let program = self.program.clone();
        if self.is_stuck.load(Ordering::Acquire) {
            return ToolError::Stuck { program, patience: self.patience };
        }
        let said = self.complaints.take().and_then(|reader| reader.join().ok()).unwrap_or_default();
        let message = if said.is_empty() { "it ended early and said nothing".to_owned() } else { said };
        ToolError::Failed { program, message }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&self.child);
    }
}

fn end(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    // Whether it had already ended is all the same; waiting takes it off the system's list.
    let _ = child.kill();
    let _ = child.wait();
}

/// Ends `child` when nothing is heard from its owner for `patience`; leaves when the owner is gone.
fn watch_over(child: &Mutex<Child>, is_stuck: &AtomicBool, progress: &Receiver<()>, patience: Duration) {
    loop {
        match progress.recv_timeout(patience) {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                is_stuck.store(true, Ordering::Release);
                return end(child);
            }
        }
    }
}

/// Everything up to `limit` bytes; closing the pipe there ends most programs that go on writing.
fn read_up_to(pipe: impl Read, limit: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What came before an error is what there is; the exit status tells the rest.
    let _ = pipe.take(limit as u64).read_to_end(&mut bytes);
    bytes
}

/// The end of a stream, on one line.
fn read_complaints(mut pipe: impl Read) -> String {
    let mut last = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        match pipe.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => last.extend_from_slice(buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
        let surplus = last.len().saturating_sub(COMPLAINT_BYTES);
        last.drain(..surplus);
    }
    let text: String = String::from_utf8_lossy(&last).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(all(test, unix))]
mod tests {
    use std::path::Path;
    use std::time::{Duration, Instant};

    use super::{Bounds, Process, ToolError, on_path};

    const BOUNDS: Bounds = Bounds { patience: Duration::from_secs(30), output_bytes: 1 << 20 };

    fn start(program: &str, arguments: &[&str], bounds: Bounds) -> Process {
        let program = on_path(program).expect("every Unix has it");
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Process::start(&program, &arguments, bounds).expect("it starts")
    }

    #[test]
    fn what_goes_in_comes_out_and_more_than_a_pipe_holds() {
        let mut cat = start("cat", &[], BOUNDS);
        let bytes = vec![7; 300_000];
        cat.write(&bytes).expect("cat reads");
        assert_eq!(cat.finish().expect("cat succeeds"), bytes);
    }

    #[test]
    fn output_is_bounded() {
        let yes = start("yes", &[], Bounds { output_bytes: 1000, ..BOUNDS });
        assert_eq!(yes.finish_with_what_came().expect("something came").len(), 1000);
    }

    #[test]
    fn a_program_that_makes_no_progress_is_ended() {
        let sleep = start("sleep", &["100"], Bounds { patience: Duration::from_millis(200), ..BOUNDS });
        let began = Instant::now();
        let error = sleep.finish().expect_err("it hangs");
        assert!(matches!(error, ToolError::Stuck { .. }), "{error}");
        assert!(began.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn a_failure_tells_what_the_program_said() {
        let error = start("cat", &["/no/such/file"], BOUNDS).finish().expect_err("there is no such file");
        assert!(error.to_string().contains("/no/such/file"), "{error}");
        let error = Process::start(Path::new("/no/such/program"), &[], BOUNDS).err().expect("there is none");
        assert!(error.to_string().starts_with("program could not be started"), "{error}");
    }

    #[test]
    fn programs_do_not_see_our_secrets() {
        let seen = start("env", &[], BOUNDS).finish().expect("env succeeds");
        let seen = String::from_utf8(seen).expect("text");
        // Cargo sets this one for every test.
        assert!(std::env::var("CARGO_MANIFEST_DIR").is_ok());
        assert!(seen.contains("PATH=") && !seen.contains("CARGO_MANIFEST_DIR"), "{seen}");
    }

    #[test]
    fn a_dropped_process_has_ended() {
        let sleep = start("sleep", &["100"], BOUNDS);
        let id = sleep.id().to_string();
        drop(sleep);
        let lives = start("kill", &["-0", &id], BOUNDS).finish();
        assert!(lives.is_err(), "process {id} is still there");
    }
}
