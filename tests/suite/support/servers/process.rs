//! Servers as child processes, and the certainty that none is left behind.
//!
//! A test process can end by a panic, by `exit`, or by SIGKILL from somebody's time limit; neither destructors nor those of
//! statics run then. So every server's directory has a **guard**: a shell that waits at a pipe from this process. The
//! kernel closes the pipe however this process ends; the guard then runs what was left with it, kills every process
//! group noted in the directory, and removes the directory.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Waits for the pipe's end, then clears the directory `$0` up. What was killed can write for a moment more, so that an `rm`
/// may find its directory not empty.
const GUARD: &str = r#"
cat >/dev/null
for last in "$0"/last/*; do [ -e "$last" ] && sh "$last"; done
for group in "$0"/groups/*; do [ -e "$group" ] && kill -s KILL -- "-${group##*/}"; done
for attempt in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$0" && break; sleep 0.5; done
"#;

/// Notes its own process id, which is its group's too, and becomes the server. Noted by the child itself, so that there is
/// no moment at which it runs unnoted; when the directory is gone already, it does not start.
const NOTED: &str = r#": >"$0/$$" && exec "$@""#;

/// How much of a log goes into an error message, in bytes.
const LOG_TAIL: u64 = 3_000;

/// The kernel takes no longer to end a process, unless the machine is out of memory or its disk hangs.
const DEAD_WITHIN: Duration = Duration::from_secs(20);

/// A directory for one server's files, cleared up together with what runs in it.
#[derive(Debug)]
pub(crate) struct Pen {
    path: PathBuf,
    guard: Child,
}

impl Pen {
    /// # Errors
    /// When the directory or the guard cannot be made.
    pub(crate) fn new(name: &str) -> io::Result<Self> {
        let path = tempfile::Builder::new().prefix(&format!("landfall-test-{name}-")).tempdir()?.keep();
        fs::create_dir(path.join("groups"))?;
        fs::create_dir(path.join("last"))?;
        let guard = Command::new("sh")
            .args(["-c", GUARD])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Not of our group: a Ctrl-C on the terminal ends the tests, and the guard then has its work to do.
            .process_group(0)
            .spawn()?;
        Ok(Self { path, guard })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes an empty directory of that name and gives its path.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn directory(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// Leaves a shell script with the guard, to be run when this process has ended or the pen is dropped.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn at_last(&self, name: &str, script: &str) -> io::Result<()> {
        fs::write(self.path.join("last").join(name), script)
    }

    /// Starts a program in a process group of its own, with its output appended to the log `name`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn run(
        &self,
        name: &str,
        program: &Path,
        args: &[String],
        environment: &[(&str, &OsStr)],
    ) -> io::Result<Running> {
        let log = self.path.join(format!("{name}.log"));
        let output = File::options().create(true).append(true).open(&log)?;
        let groups = self.path.join("groups");
        let child = Command::new("sh")
            .args(["-c", NOTED])
            .arg(&groups)
            .arg(program)
            .args(args)
            // What a killed process could not clear away goes with the pen.
            .env("TMPDIR", &self.path)
            .envs(environment.iter().copied())
            .current_dir(&self.path)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()?;
        let note = groups.join(child.id().to_string());
        Ok(Running { child, note, log, gone: false })
    }
}

impl Drop for Pen {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        drop(self.guard.wait());
    }
}

/// A process group of one server.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    note: PathBuf,
    log: PathBuf,
    /// Once the group is gone its number may belong to somebody else.
    gone: bool,
}

impl Running {
    /// How its first process ended, or `None` while that runs.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Kills the whole group, as a power cut would.
    pub(crate) fn kill(&mut self) {
        if std::mem::replace(&mut self.gone, true) {
            return;
        }
        self.signal("KILL");
        let deadline = Instant::now() + DEAD_WITHIN;
        while self.ended().is_none() {
            assert!(Instant::now() < deadline, "process group {} does not die of SIGKILL", self.child.id());
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(fs::remove_file(&self.note));
    }

    /// Asks the whole group to end, and kills it after `patience`.
    pub(crate) async fn stop(&mut self, patience: Duration) {
        self.signal("TERM");
        let deadline = Instant::now() + patience;
        while self.ended().is_none() && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.kill();
    }

    /// Its first process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks the whole group to end, and does not wait.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Everything it wrote so far.
    ///
    /// # Errors
    /// When its log cannot be read.
    pub(crate) fn log(&self) -> io::Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(&self.log)?).into_owned())
    }

    /// The end of what it wrote, for an error message.
    pub(crate) fn log_tail(&self) -> String {
        let read = || -> io::Result<String> {
            let mut file = File::open(&self.log)?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL)))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        read().unwrap_or_else(|error| format!("(its log cannot be read: {error})"))
    }

    fn signal(&self, name: &str) {
        // `kill` of the shell, as a machine may have no other; a group that is gone already is no error.
        let script = format!("kill -s {name} -- -{}", self.child.id());
        drop(Command::new("sh").args(["-c", &script]).stderr(Stdio::null()).status());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The first of `candidates` that is a file, or that is a bare name found on `PATH`.
pub(crate) fn find_program(candidates: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    candidates.iter().find_map(|candidate| {
        if candidate.contains('/') {
            return Some(PathBuf::from(candidate)).filter(|file| file.is_file());
        }
        std::env::split_paths(&path).map(|directory| directory.join(candidate)).find(|file| file.is_file())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exists(group: u32) -> bool {
        let script = format!("kill -s 0 -- -{group}");
        let status = Command::new("sh").args(["-c", &script]).stderr(Stdio::null()).status();
        status.expect("a shell").success()
    }

    #[test]
    fn a_dropped_pen_leaves_neither_process_nor_file() {
        let pen = Pen::new("drop").expect("a pen");
        let path = pen.path().to_owned();
        let ran = std::env::temp_dir().join(format!("landfall-test-ran-{}", std::process::id()));
        pen.at_last("note", &format!("echo ran >'{}'", ran.display())).expect("a script");
        let sleep = pen.run("sleep", Path::new("sleep"), &["600".to_owned()], &[]).expect("a process");
        let group = sleep.child.id();
        assert!(exists(group), "it runs");

        // Not dropped: as in a test process that is killed, only the guard is there to end it.
        let mut sleep = std::mem::ManuallyDrop::new(sleep);
        drop(pen);

        drop(sleep.child.wait());
        assert!(!exists(group), "the guard killed it");
        assert!(!path.exists(), "the guard removed the directory");
        assert_eq!(fs::read_to_string(&ran).expect("written by the script"), "ran\n");
        fs::remove_file(&ran).expect("a file");
    }

    #[test]
    fn the_log_tail_tells_what_a_server_said_last() {
        let pen = Pen::new("tail").expect("a pen");
        let script = ["-c".to_owned(), "seq 1 5000; echo the end >&2".to_owned()];
        let mut shell = pen.run("shell", Path::new("sh"), &script, &[]).expect("a process");
        assert!(shell.child.wait().expect("an end").success());
        assert!(shell.ended().is_some());
        let tail = shell.log_tail();
        assert!(tail.ends_with("the end\n"), "{tail}");
        assert!(tail.len() < 4_000, "{}", tail.len());
    }
}
