//! A broker as a process of this machine.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use super::super::ports;
use super::super::process::{Pen, Running, find_program};
use super::{STOP_WITHIN, Tls, answers, base_url, definitions};

/// A node of the `rabbitmq-server` on this machine, with its own name, directory, cookie and `epmd`.
#[derive(Debug)]
pub(super) struct LocalNode {
    // Before `pen`: the process ends before its directory goes.
    running: Mutex<Option<Running>>,
    pub(super) program: PathBuf,
    pub(super) port: u16,
    pub(super) tls_port: Option<u16>,
    pub(super) epmd_port: u16,
    dist_port: u16,
    pub(super) pen: Pen,
}

impl LocalNode {
    pub(super) async fn start(tls: Option<Tls>, vhosts: usize) -> Result<Self, String> {
        // Debian's wrapper on the PATH insists on the system's own user and directories; the first is what it wraps.
        let candidates = ["/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server"];
        let program = find_program(&candidates)
            .ok_or_else(|| format!("there is no rabbitmq-server: neither {} nor on the PATH", candidates[0]))?;
        let node =
            Self::prepare(program, tls, vhosts).map_err(|error| format!("a private rabbitmq-server: {error}"))?;
        node.launch().await.map_err(|why| format!("{}: {why}", node.program.display()))?;
        Ok(node)
    }

    fn prepare(program: PathBuf, tls: Option<Tls>, vhosts: usize) -> std::io::Result<Self> {
        let pen = Pen::new("rabbitmq")?;
        let (port, epmd_port, dist_port) = (ports::free()?, ports::free()?, ports::free()?);
        for directory in ["mnesia", "log", "home"] {
            pen.directory(directory)?;
        }
        let definitions_file = pen.path().join("definitions.json");
        fs::write(&definitions_file, definitions(vhosts))?;
        fs::write(pen.path().join("enabled_plugins"), "[].\n")?;
        let mut configuration = format!(
            "listeners.tcp.1 = 127.0.0.1:{port}\nload_definitions = {}\nlog.console = true\nlog.file = false\n",
            definitions_file.display()
        );
        let mut tls_port = None;
        if let Some(Tls { certificate, key }) = tls {
            let port = *tls_port.insert(ports::free()?);
            configuration.push_str(&format!(
                "listeners.ssl.1 = 127.0.0.1:{port}\nssl_options.certfile = {}\nssl_options.keyfile = {}\n",
                certificate.display(),
                key.display()
            ));
        }
        fs::write(pen.path().join("rabbitmq.conf"), configuration)?;
        Ok(Self { running: Mutex::new(None), program, port, tls_port, epmd_port, dist_port, pen })
    }

    pub(super) async fn launch(&self) -> Result<(), String> {
        let running = self.spawn().map_err(|error| error.to_string())?;
        *self.lock() = Some(running);
        let ended = || {
            let mut slot = self.lock();
            let running = slot.as_mut()?;
            running.ended().map(|status| format!("it ended with {status}:\n{}", running.log_tail()))
        };
        answers(&format!("{}/%2f", base_url(self.port)), ended).await.map_err(|why| {
            let tail = self.lock().as_ref().map(Running::log_tail).unwrap_or_default();
            if why.contains(&tail) { why } else { format!("{why}:\n{tail}") }
        })
    }

    pub(super) fn name(&self) -> String {
        format!("landfall-{}@localhost", self.port)
    }

    fn spawn(&self) -> std::io::Result<Running> {
        let path = |name: &str| self.pen.path().join(name).into_os_string();
        let node_name = self.name();
        let (epmd_port, dist_port) = (self.epmd_port.to_string(), self.dist_port.to_string());
        // Threads that wait without spinning, as there may be as many brokers as processors; and nodes of this
        // machine only.
        let erlang = "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}";
        let (mnesia, log, home) = (path("mnesia"), path("log"), path("home"));
        let (configuration, plugins, pid) = (path("rabbitmq.conf"), path("enabled_plugins"), path("pid"));
        let environment: [(&str, &OsStr); 14] = [
            ("HOME", &home),
            ("ERL_EPMD_PORT", epmd_port.as_ref()),
            ("ERL_EPMD_ADDRESS", "127.0.0.1".as_ref()),
            ("ERL_CRASH_DUMP_SECONDS", "0".as_ref()),
            ("RABBITMQ_CONF_ENV_FILE", "/dev/null".as_ref()),
            ("RABBITMQ_CONFIG_FILE", &configuration),
            ("RABBITMQ_DIST_PORT", dist_port.as_ref()),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", &plugins),
            ("RABBITMQ_LOG_BASE", &log),
            ("RABBITMQ_MNESIA_BASE", &mnesia),
            ("RABBITMQ_NODENAME", node_name.as_ref()),
            ("RABBITMQ_PID_FILE", &pid),
            ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", erlang.as_ref()),
            ("RABBITMQ_USE_LONGNAME", "false".as_ref()),
        ];
        // Its own `epmd`, in its process group: the one that Erlang starts by itself is a daemon, and would stay.
        let script = r#"epmd -port "$ERL_EPMD_PORT" & exec "$0""#;
        let args = ["-c".to_owned(), script.to_owned(), self.program.display().to_string()];
        self.pen.run("rabbitmq", "sh".as_ref(), &args, &environment)
    }

    pub(super) fn kill(&self) {
        *self.lock() = None;
    }

    pub(super) async fn stop(&self) {
        let running = self.lock().take();
        if let Some(mut running) = running {
            running.stop(STOP_WITHIN).await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
