//! The real binary as child processes: roles that run, and commands that end.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::servers::{Pen, Running};

/// The binary under test.
const LANDFALL: &str = env!("CARGO_BIN_EXE_landfall");

/// How long a role may take to say that it runs, and a command to end. A debug build on a busy machine is slow.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Between two looks at a state.
pub(crate) const LOOK: Duration = Duration::from_millis(50);

/// A role of the binary that runs until it is told otherwise; killed when dropped.
pub(crate) struct Role {
    name: String,
    running: Running,
}

impl Role {
    /// Starts `landfall ARGUMENTS` with its output in a file of the pen.
    pub(crate) fn start(pen: &Pen, name: &str, arguments: &[&str], environment: &[(String, String)]) -> Role {
        Role::of_program(pen, name, Path::new(LANDFALL), arguments, environment)
    }

    /// Starts another program that plays a role of the binary.
    pub(crate) fn of_program(
        pen: &Pen,
        name: &str,
        program: &Path,
        arguments: &[&str],
        environment: &[(String, String)],
    ) -> Role {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let environment: Vec<(&str, &OsStr)> =
            environment.iter().map(|(name, value)| (name.as_str(), value.as_ref())).collect();
        let running = pen.run(name, program, &arguments, &environment).expect("the program starts");
        Role { name: name.to_owned(), running }
    }

    /// Waits for a record of its log that has a field of that name, and gives the field's text.
    pub(crate) async fn told(&mut self, field: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(text) = self.tells(field) {
                return text;
            }
            assert!(self.ended().is_none(), "{} ended early:\n{}", self.name, self.log());
            assert!(Instant::now() < deadline, "{} does not tell its {field}:\n{}", self.name, self.log());
            sleep(LOOK).await;
        }
    }

    /// The text of the first field of that name in its log, if there is one by now.
    pub(crate) fn tells(&self, field: &str) -> Option<String> {
        let log = self.log();
        let mut records = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        records.find_map(|record| Some(record.get(field)?.as_str()?.to_owned()))
    }

    /// How it ended, or `None` while it runs.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.running.ended()
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.running.pid()
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        self.running.terminate();
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.running.kill();
    }

    /// Waits for its end.
    pub(crate) async fn end(&mut self, within: Duration) -> ExitStatus {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(Instant::now() < deadline, "{} does not end within {within:?}:\n{}", self.name, self.log());
            sleep(LOOK).await;
        }
    }

    /// Everything it wrote so far.
    pub(crate) fn log(&self) -> String {
        self.running.log().expect("its log can be read")
    }

    /// The end of that.
    pub(crate) fn log_tail(&self) -> String {
        self.running.log_tail()
    }
}

/// A worker process and where its health pages are.
pub(crate) struct WorkerProcess {
    pub(crate) role: Role,
    pub(crate) address: String,
}

impl WorkerProcess {
    /// Waits until a worker's process tells where its health pages are.
    pub(crate) async fn begun(mut role: Role) -> WorkerProcess {
        let address = role.told("health").await;
        WorkerProcess { role, address }
    }

    /// SIGTERM, and the wait for the end.
    pub(crate) async fn stop(&mut self, within: Duration) -> ExitStatus {
        self.role.terminate();
        self.role.end(within).await
    }

    /// Status and text of a health page.
    pub(crate) async fn page(&self, path: &str) -> (u16, String) {
        let answer = reqwest::get(format!("http://{}{path}", self.address)).await.expect("the page answers");
        (answer.status().as_u16(), answer.text().await.expect("a text"))
    }

    /// Waits until `/readyz` answers with this status, and gives its text.
    pub(crate) async fn ready_with(&self, status: u16) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (now, text) = self.page("/readyz").await;
            if now == status {
                return text;
            }
            assert!(Instant::now() < deadline, "/readyz is {now} and not {status}: {text}\n{}", self.role.log());
            sleep(LOOK).await;
        }
    }
}

/// Runs `landfall ARGUMENTS` to its end, in an environment that holds nothing but `environment` and what programs need.
pub(crate) async fn landfall(arguments: &[&OsStr], environment: &[(String, String)]) -> Output {
    landfall_within(PATIENCE, arguments, environment).await
}

/// The same, for what may take longer.
pub(crate) async fn landfall_within(
    patience: Duration,
    arguments: &[&OsStr],
    environment: &[(String, String)],
) -> Output {
    let inherited = ["PATH", "HOME", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"];
    let inherited = inherited.iter().filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?)));
    let command = tokio::process::Command::new(LANDFALL)
        .args(arguments)
        .env_clear()
        .envs(inherited)
        .envs(environment.iter().cloned())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    timeout(patience, command)
        .await
        .unwrap_or_else(|_| panic!("{arguments:?} does not end"))
        .expect("the binary starts")
}

/// The exit code of a command, which is the contract; what it wrote is for the failure's text.
pub(crate) fn assert_exit(output: &Output, code: i32) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "standard output:\n{out}\nstandard error:\n{err}");
}
