//! A RabbitMQ for the tests. Each test has a virtual host of its own, so tests share one broker and run side by side.

use super::container::{self, Container, Recipe};
use super::{Unavailable, wanted};
use local::LocalNode;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use testcontainers::core::WaitFor;
use tokio::sync::OnceCell;

mod local;

/// Virtual hosts that a broker is born with. One costs 15 ms of the start and next to no memory; one made later, with
/// `rabbitmqctl`, more than half a second.
const VHOSTS: usize = 160;
/// Of a broker of one's own, which has to start more than once, and slower the more there are.
const VHOSTS_OF_ONE: usize = 4;
const USER: &str = "landfall";
/// Found nowhere else, so that a test can tell when it shows up where it should not.
const PASSWORD: &str = "broker-password-of-the-tests";

const START_WITHIN: Duration = Duration::from_secs(240);
const STOP_WITHIN: Duration = Duration::from_secs(30);

const REMEDY: &str = "run tests/run.sh, which installs one where it may; or `apt-get install rabbitmq-server`; \
    or name a broker in LANDFALL_TEST_AMQP_URL";

/// A server's certificate and its key, in PEM.
#[derive(Debug)]
pub(crate) struct Tls {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// A broker to test with: private to this process unless the environment names one.
#[derive(Debug)]
pub(crate) struct RabbitMq {
    node: Node,
    /// `amqp://user:password@host:port`
    base: String,
    /// How many virtual hosts it was born with.
    vhosts: usize,
    vhosts_given: AtomicUsize,
}

#[derive(Debug)]
enum Node {
    External { user: String },
    Local(LocalNode),
    Container(Box<Container>),
}

impl RabbitMq {
    /// The broker that all tests of this process share.
    ///
    /// # Errors
    /// Says what was tried.
    pub(crate) async fn shared() -> Result<&'static Self, Unavailable> {
        static SHARED: OnceCell<Result<RabbitMq, Unavailable>> = OnceCell::const_new();
        SHARED.get_or_init(Self::find).await.as_ref().map_err(Clone::clone)
    }

    /// A broker of one's own, to stop and to kill. It takes seconds to start, and ends with this value.
    ///
    /// # Errors
    /// Says what was tried.
    pub(crate) async fn start() -> Result<Self, Unavailable> {
        let missing = Unavailable::new("RabbitMQ of its own", REMEDY);
        Self::start_own(missing, VHOSTS_OF_ONE).await
    }

    /// A broker of one's own that listens for TLS as well. Only a program on this machine will do.
    ///
    /// # Errors
    /// Says what was tried.
    pub(crate) async fn start_with_tls(tls: Tls) -> Result<Self, Unavailable> {
        let missing = Unavailable::new("RabbitMQ with TLS", REMEDY);
        match LocalNode::start(Some(tls), VHOSTS_OF_ONE).await {
            Ok(node) => Ok(Self::at(node.port, Node::Local(node), VHOSTS_OF_ONE)),
            Err(why) => Err(missing.because(why)),
        }
    }

    async fn find() -> Result<Self, Unavailable> {
        let missing = Unavailable::new("RabbitMQ", REMEDY);
        let Ok(external) = std::env::var("LANDFALL_TEST_AMQP_URL") else {
            return Self::start_own(missing.because("LANDFALL_TEST_AMQP_URL is not set"), VHOSTS).await;
        };
        match external_broker(&external).await {
            Ok(broker) => Ok(broker),
            // Somebody wants that one: another in its place would hide that it does not work.
            Err(why) => Err(missing.because(format!("LANDFALL_TEST_AMQP_URL: {why}"))),
        }
    }

    async fn start_own(mut missing: Unavailable, vhosts: usize) -> Result<Self, Unavailable> {
        if wanted("local") {
            match LocalNode::start(None, vhosts).await {
                Ok(node) => return Ok(Self::at(node.port, Node::Local(node), vhosts)),
                Err(why) => missing = missing.because(why),
            }
        }
        if wanted("container") {
            match start_container(vhosts).await {
                Ok(node) => return Ok(Self::at(node.port, Node::Container(Box::new(node)), vhosts)),
                Err(why) => missing = missing.because(why),
            }
        }
        Err(missing)
    }

    fn at(port: u16, node: Node, vhosts: usize) -> Self {
        Self { node, base: base_url(port), vhosts, vhosts_given: AtomicUsize::new(0) }
    }

    /// The URL of the default virtual host, which all tests share.
    pub(crate) fn amqp_url(&self) -> String {
        format!("{}/%2f", self.base)
    }

    /// The URL of the default virtual host, over TLS.
    ///
    /// # Panics
    /// When the broker was not started with it.
    pub(crate) fn amqps_url(&self) -> String {
        let Node::Local(LocalNode { tls_port: Some(port), .. }) = self.node else { panic!("it has no TLS") };
        format!("{}/%2f", base_url(port).replace("amqp://", "amqps://"))
    }

    /// The URL of an empty virtual host that no other test gets.
    ///
    /// # Panics
    /// When the broker has given out all it was born with; when an external broker cannot be told to make one.
    pub(crate) fn fresh_vhost(&self) -> String {
        let number = self.vhosts_given.fetch_add(1, Ordering::Relaxed);
        let name = match &self.node {
            Node::External { user } => make_vhost(user, number),
            Node::Local(_) | Node::Container(_) => {
                let most = self.vhosts;
                assert!(number < most, "more than {most} tests asked for a virtual host: raise VHOSTS");
                vhost_name(number)
            }
        };
        format!("{}/{name}", self.base)
    }

    /// Kills it, as a power cut would. Confirmed messages survive; a queue or exchange declared in the moments before may
    /// not, as RabbitMQ 3 confirms declarations before they are on the disk.
    ///
    /// # Panics
    /// When the broker is not one of our own, or Docker refuses.
    pub(crate) async fn kill(&self) {
        match &self.node {
            Node::External { .. } => panic!("the broker of LANDFALL_TEST_AMQP_URL is not ours to kill"),
            Node::Local(node) => node.kill(),
            Node::Container(container) => container.stop(Duration::ZERO).await.expect("Docker kills a container"),
        }
        self.wait_until_deaf().await;
    }

    /// Ends it in good order.
    ///
    /// # Panics
    /// When the broker is not one of our own, or Docker refuses.
    pub(crate) async fn stop(&self) {
        match &self.node {
            Node::External { .. } => panic!("the broker of LANDFALL_TEST_AMQP_URL is not ours to stop"),
            Node::Local(node) => node.stop().await,
            Node::Container(container) => container.stop(STOP_WITHIN).await.expect("Docker stops a container"),
        }
        self.wait_until_deaf().await;
    }

    /// Starts it again after [`kill`](Self::kill) or [`stop`](Self::stop), at the same address, with what it had.
    ///
    /// # Panics
    /// When it does not come back.
    pub(crate) async fn start_again(&self) {
        let result = match &self.node {
            Node::External { .. } => Err("it is not ours to start".to_owned()),
            Node::Local(node) => node.launch().await,
            Node::Container(container) => match container.start_again().await {
                Ok(()) => answers(&self.amqp_url(), || None).await,
                Err(error) => Err(error),
            },
        };
        if let Err(why) = result {
            panic!("RabbitMQ does not start again: {why}");
        }
    }

    /// Has it block publishers, as when its memory runs out, or ends that.
    ///
    /// # Panics
    /// When the broker is not a local one, or does not obey.
    pub(crate) fn memory_alarm(&self, on: bool) {
        // Less than any broker uses, and the usual share.
        let watermark = if on { ["absolute", "1"].as_slice() } else { ["0.4"].as_slice() };
        self.control(&[&["set_vm_memory_high_watermark"], watermark].concat());
    }

    /// Has it take deliveries from consumers that hold them for more than a second, and look for such every second.
    ///
    /// # Panics
    /// When the broker is not a local one, or does not obey.
    pub(crate) fn lose_patience_with_consumers(&self) {
        let settings = "application:set_env(rabbit, channel_tick_interval, 1000), \
                        application:set_env(rabbit, consumer_timeout, 1000).";
        self.control(&["eval", settings]);
    }

    /// The URL of a virtual host for a user who may configure, write and read what these match, and nothing else. Says that
    /// the test is skipped where the broker cannot be told.
    pub(crate) fn limited_user(&self, vhost_url: &str, user: &str, rights: [&str; 3]) -> Option<String> {
        if !matches!(self.node, Node::Local(_)) {
            super::skip_or_fail("only a local broker can be told of another user");
            return None;
        }
        let mut url = url::Url::parse(vhost_url).expect("a URL");
        let vhost = url.path().trim_start_matches('/').to_owned();
        self.control(&["add_user", user, PASSWORD]);
        self.control(&[&["set_permissions", "--vhost", &vhost, user], rights.as_slice()].concat());
        url.set_username(user).expect("it takes a user");
        Some(url.into())
    }

    fn control(&self, args: &[&str]) {
        let Node::Local(node) = &self.node else { panic!("only a local broker can be told to {}", args.join(" ")) };
        // The one beside the server: the one on the path may be a wrapper that changes the user, and so the cookie.
        let output = Command::new(node.program.with_file_name("rabbitmqctl"))
            .args(["--quiet", "--node", &node.name()])
            .args(args)
            .env("HOME", node.pen.path().join("home"))
            .env("ERL_EPMD_PORT", node.epmd_port.to_string())
            .output()
            .expect("rabbitmqctl comes with rabbitmq-server");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// A killed process group is not gone at once, and its successor needs the port.
    async fn wait_until_deaf(&self) {
        let address = self.base.rsplit('@').next().unwrap_or_default();
        let deadline = Instant::now() + STOP_WITHIN;
        while tokio::net::TcpStream::connect(address).await.is_ok() {
            assert!(Instant::now() < deadline, "RabbitMQ still listens at {address}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn base_url(port: u16) -> String {
    format!("amqp://{USER}:{PASSWORD}@127.0.0.1:{port}")
}

fn vhost_name(number: usize) -> String {
    format!("test-{number}")
}

/// What a broker knows when it first starts: one user and every virtual host.
fn definitions(vhosts: usize) -> String {
    let vhosts: Vec<String> = std::iter::once("/".to_owned()).chain((0..vhosts).map(vhost_name)).collect();
    let permission = |vhost: &String| serde_json::json!({ "user": USER, "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*" });
    serde_json::json!({
        "users": [{ "name": USER, "password": PASSWORD, "tags": ["administrator"] }],
        "permissions": vhosts.iter().map(permission).collect::<Vec<_>>(),
        "vhosts": vhosts.iter().map(|name| serde_json::json!({ "name": name })).collect::<Vec<_>>(),
    })
    .to_string()
}

/// Returns once the broker takes a connection, or says why it does not. `ended` tells of a process that is gone.
async fn answers(url: &str, mut ended: impl FnMut() -> Option<String>) -> Result<(), String> {
    let deadline = Instant::now() + START_WITHIN;
    let attempt = Duration::from_secs(5);
    loop {
        let connect = lapin::Connection::connect(url, lapin::ConnectionProperties::default());
        let failure = match tokio::time::timeout(attempt, connect).await {
            Ok(Ok(connection)) => {
                drop(connection.close(200, "ready".into()).await);
                return Ok(());
            }
            Ok(Err(error)) => error.to_string(),
            Err(_elapsed) => "it takes the connection and says nothing".to_owned(),
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

async fn start_container(vhosts: usize) -> Result<Container, String> {
    let configuration = "listeners.tcp.default = 5672\nload_definitions = /etc/landfall-definitions.json\n";
    let recipe = Recipe {
        image: container::image("LANDFALL_TEST_RABBITMQ_IMAGE", "docker.io/library/rabbitmq:4.1.4-alpine"),
        port: 5672,
        ready: WaitFor::message_on_stdout("Server startup complete"),
        environment: vec![("RABBITMQ_CONFIG_FILE", "/etc/landfall-test.conf".to_owned())],
        files: vec![
            ("/etc/landfall-test.conf", configuration.to_owned()),
            ("/etc/landfall-definitions.json", definitions(vhosts)),
        ],
        command: Vec::new(),
    };
    let started = Container::start(recipe).await?;
    answers(&format!("{}/%2f", base_url(started.port)), || None).await?;
    Ok(started)
}

async fn external_broker(url: &str) -> Result<RabbitMq, String> {
    let parsed = url::Url::parse(url).map_err(|error| format!("no URL: {error}"))?;
    let authority = parsed.authority();
    let base = format!("{}://{authority}", parsed.scheme());
    answers(&format!("{base}/%2f"), || None).await?;
    let user = parsed.username().to_owned();
    Ok(RabbitMq { node: Node::External { user }, base, vhosts: VHOSTS, vhosts_given: AtomicUsize::new(0) })
}

/// Has a broker that is not ours make a virtual host. They stay: it is for a broker that is thrown away.
fn make_vhost(user: &str, number: usize) -> String {
    let ctl = std::env::var("LANDFALL_TEST_RABBITMQCTL").unwrap_or_else(|_| "rabbitmqctl".to_owned());
    let name = format!("landfall-test-{}-{number}", std::process::id());
    let tell = |args: &[&str]| {
        let script = format!("{ctl} --quiet \"$@\"");
        let output = Command::new("sh").args(["-c", &script, "rabbitmqctl"]).args(args).output();
        let output = output.expect("a shell");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "`{ctl} {}` failed; LANDFALL_TEST_RABBITMQCTL is the command for the broker of LANDFALL_TEST_AMQP_URL: {said}",
            args.join(" ")
        );
    };
    tell(&["add_vhost", &name]);
    tell(&["set_permissions", "--vhost", &name, user, ".*", ".*", ".*"]);
    name
}

#[cfg(test)]
mod tests {
    use super::super::{RabbitMq, or_skip};
    use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions};
    use lapin::types::FieldTable;
    use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};

    async fn channel(url: &str) -> Channel {
        let connection = Connection::connect(url, ConnectionProperties::default()).await.expect("a connection");
        let channel = connection.create_channel().await.expect("a channel");
        channel.confirm_select(ConfirmSelectOptions::default()).await.expect("confirms");
        channel
    }

    async fn keep(channel: &Channel, text: &str) {
        channel
            .queue_declare("kept".into(), QueueDeclareOptions::durable(), FieldTable::default())
            .await
            .expect("a queue");
        let properties = BasicProperties::default().with_delivery_mode(2);
        channel
            .basic_publish("".into(), "kept".into(), BasicPublishOptions::default(), text.as_bytes(), properties)
            .await
            .expect("published")
            .await
            .expect("confirmed");
    }

    #[tokio::test]
    async fn tests_that_share_a_broker_do_not_see_each_others_queues() {
        let Some(broker) = or_skip(RabbitMq::shared().await) else { return };
        let one = channel(&broker.fresh_vhost()).await;
        let two = channel(&broker.fresh_vhost()).await;
        channel(&broker.amqp_url()).await;
        keep(&one, "hello").await;
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let seen = two.queue_declare("kept".into(), passive, FieldTable::default()).await;
        assert!(seen.is_err(), "the queue of another virtual host");
    }

    /// Three starts of a broker.
    mod slow {
        use super::super::super::{RabbitMq, or_skip};
        use super::{channel, keep};
        use lapin::options::BasicGetOptions;
        use lapin::{Connection, ConnectionProperties};

        #[tokio::test]
        async fn a_broker_of_ones_own_keeps_what_it_confirmed_when_killed_or_stopped() {
            let Some(broker) = or_skip(RabbitMq::start().await) else { return };
            let url = broker.fresh_vhost();
            keep(&channel(&url).await, "before the stop").await;
            broker.stop().await;
            assert!(Connection::connect(&url, ConnectionProperties::default()).await.is_err(), "it is gone");
            broker.start_again().await;
            keep(&channel(&url).await, "before the kill").await;
            broker.kill().await;
            broker.start_again().await;
            let channel = channel(&url).await;
            for expected in ["before the stop", "before the kill"] {
                let got = channel.basic_get("kept".into(), BasicGetOptions { no_ack: true }).await.expect("an answer");
                assert_eq!(got.expect("a message").data, expected.as_bytes());
            }
        }
    }
}
