//! The line to RabbitMQ: handshakes that stall, and TLS.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use futures_util::future::join_all;
use landfall::job::event::EventType;
use landfall::job::fault::{Fault, FaultKind};
use landfall::ports::EventSink;
use landfall::rabbit::{AmqpUrl, RabbitOptions, connect};
use lapin::BasicProperties;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::broker::{event, next};
use crate::rabbit_bench::{RabbitBench, until};
use crate::support::servers::{RabbitMq, Tls, or_skip, skip_or_fail};

/// How a broker that is none treats a connection.
#[derive(Debug, Clone, Copy)]
enum Stall {
    /// Takes it and says nothing.
    Silent,
    /// Begins a greeting and goes no further.
    HalfGreeted,
    /// Ends it before the greeting.
    Ended,
    /// Greets in another tongue.
    Foreign,
}

/// A listener that treats every connection so, and where.
async fn listener(stall: Stall) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let listening = tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let said: &[u8] = match stall {
                Stall::Silent => b"",
                Stall::HalfGreeted => b"\x01\0\0\0\0\x01\0\0\x0a\0\x0a\0\x09",
                Stall::Ended => continue,
                Stall::Foreign => b"HTTP/1.1 400 Bad Request\r\n\r\n",
            };
            drop(stream.write_all(said).await);
            open.push(stream);
        }
    });
    (address, listening)
}

async fn refused(url: &str, ca: Option<String>, within: Duration) -> Fault {
    let url = AmqpUrl::parse(url).expect("a URL");
    match connect(RabbitOptions { ca, connect_within: within, ..RabbitOptions::new(url) }).await {
        Ok(_) => panic!("connected all the same"),
        Err(fault) => fault,
    }
}

/// Threads of this process, as the kernel counts them.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").expect("Linux").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handshakes_that_stall_leave_no_thread_and_no_task() {
    const ATTEMPTS: usize = 100;
    let mut listeners = Vec::new();
    let mut urls = vec!["amqp://u:p@127.0.0.1:1/%2f".to_owned()];
    for stall in [Stall::Silent, Stall::HalfGreeted, Stall::Ended, Stall::Foreign] {
        let (address, listening) = listener(stall).await;
        urls.extend(["amqp", "amqps"].map(|scheme| format!("{scheme}://u:p@{address}/%2f")));
        listeners.push(listening);
    }
    let (tasks_before, threads_before) = (Handle::current().metrics().num_alive_tasks(), threads());
    for url in &urls {
        let attempts = (0..ATTEMPTS).map(|_| refused(url, None, Duration::from_millis(300)));
        for fault in join_all(attempts).await {
            assert!(!fault.chain().contains("u:p"), "{}", fault.chain());
        }
    }
    // Threads are the process's, and other tests have theirs; two kinds of stall would leave one for each attempt.
    until("their threads end", || threads() < threads_before + ATTEMPTS).await;
    until("their tasks end", || Handle::current().metrics().num_alive_tasks() <= tasks_before).await;
    listeners.iter().for_each(JoinHandle::abort);
}

/// An authority of our own, and a certificate that it signed for 127.0.0.1.
struct Authority {
    directory: tempfile::TempDir,
}

impl Authority {
    /// `None` where there is no openssl to make one.
    fn new() -> Option<Authority> {
        let authority = Authority { directory: tempfile::tempdir().expect("a directory") };
        let path = |name: &str| authority.path(name).display().to_string();
        let (ca, ca_key, server, key, request) =
            (path("ca.pem"), path("ca.key"), path("server.pem"), path("server.key"), path("server.csr"));
        let extensions = path("extensions");
        std::fs::write(&extensions, "subjectAltName = IP:127.0.0.1\nextendedKeyUsage = serverAuth\n").expect("written");
        let fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let root = ["-x509", "-days", "2", "-subj", "/CN=landfall test authority", "-keyout", &ca_key, "-out", &ca];
        let asked = ["-subj", "/CN=landfall test broker", "-keyout", &key, "-out", &request];
        let signed = ["-req", "-in", &request, "-CA", &ca, "-CAkey", &ca_key, "-CAcreateserial", "-days", "2"];
        let written = ["-extfile", &extensions, "-out", &server];
        openssl(&[&["req"][..], &fresh, &root].concat())?;
        openssl(&[&["req"][..], &fresh, &asked].concat())?;
        openssl(&[&["x509"][..], &signed, &written].concat())?;
        Some(authority)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn certificate(&self) -> String {
        std::fs::read_to_string(self.path("ca.pem")).expect("written")
    }
}

fn openssl(args: &[&str]) -> Option<()> {
    let Ok(output) = Command::new("openssl").args(args).output() else {
        skip_or_fail("there is no openssl to make certificates with; apt-get install openssl");
        return None;
    };
    assert!(output.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_is_spoken_to_over_tls_when_its_certificate_is_good_and_never_otherwise() {
    let (Some(ours), Some(strangers)) = (Authority::new(), Authority::new()) else { return };
    let tls = Tls { certificate: ours.path("server.pem"), key: ours.path("server.key") };
    let Some(broker) = or_skip(RabbitMq::start_with_tls(tls).await) else { return };
    let bench = RabbitBench::new(&broker.amqp_url(), "tls").await;
    let url = broker.amqps_url();

    let options =
        RabbitOptions { url: AmqpUrl::parse(&url).expect("a URL"), ca: Some(ours.certificate()), ..bench.options() };
    let rabbit = connect(options).await.unwrap_or_else(|fault| panic!("{}", fault.chain()));
    assert_eq!(rabbit.broker().expect("connected").product, "RabbitMQ");
    let tap = bench.tap(&["#"]).await;
    let large = vec![b'x'; 1024 * 1024];
    bench.put(&bench.names.jobs, &large, BasicProperties::default()).await;
    let delivery = next(&*rabbit.intake()).await;
    assert!(delivery.body() == large);
    rabbit.events().publish(&event(EventType::Completed, "job-1")).await.expect("published");
    assert_eq!(bench.events(&tap, 1).await.len(), 1);
    delivery.complete().await.expect("completed");
    rabbit.close().await;

    let patient = Duration::from_secs(20);
    let by_name = url.replace("127.0.0.1", "localhost");
    let plain = broker.amqp_url().replace("amqp://", "amqps://");
    for (url, ca, why) in [
        (&url, None, "an unknown authority"),
        (&url, Some(strangers.certificate()), "another authority"),
        (&by_name, Some(ours.certificate()), "another host"),
        (&plain, Some(ours.certificate()), "a port without TLS"),
    ] {
        let asked = Instant::now();
        let fault = refused(url, ca, patient).await;
        assert_eq!(fault.kind, FaultKind::Denied, "{why}: {}", fault.chain());
        assert!(fault.chain().contains("amqp.ca_file"), "{why}: {}", fault.chain());
        assert!(asked.elapsed() < patient, "{why}: waiting does not mend it");
    }
    bench.clear().await;
}

/// What a worker says of its `ca_file` before it connects to anything.
#[test]
fn a_file_of_certificates_that_holds_none_is_a_mistake_in_the_configuration() {
    let directory = tempfile::tempdir().expect("a directory");
    let empty = directory.path().join("empty.pem");
    std::fs::write(&empty, "no certificate\n").expect("written");
    for (file, said) in [(empty.as_path(), "holds no certificate"), (Path::new("/nowhere/ca.pem"), "No such file")] {
        let output = Command::new(env!("CARGO_BIN_EXE_landfall"))
            .args(["worker", "--set", "s3.bucket=b", "--set", "provider.api_key=k-0123456789-0123456789-0123456789"])
            .args(["--set", &format!("amqp.ca_file={}", file.display())])
            .output()
            .expect("it runs");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(78), "{words}");
        assert!(words.contains("amqp.ca_file") && words.contains(said), "{words}");
    }
}
