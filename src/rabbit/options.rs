//! What can be set about the broker.

use std::fmt;
use std::time::Duration;

use lapin::uri::AMQPUri;

/// Heartbeat when the URL names none, in seconds. A dead connection is noticed after about twice as long; much less, and
/// a busy machine drops good connections.
const HEARTBEAT_S: u16 = 10;

/// How the broker is reached and what is expected of it.
#[derive(Debug, Clone)]
pub struct RabbitOptions {
    /// The broker.
    pub url: AmqpUrl,
    /// Certificates of authorities, in PEM, that are trusted with the broker's besides the system's; for `amqps` only.
    pub ca: Option<String>,
    /// What to do about queues and exchanges.
    pub topology: Topology,
    /// What they are called.
    pub names: Names,
    /// Most unsettled deliveries of each of the two queues, at least 1. With the jobs a worker may hold at once this is
    /// just enough to keep it busy; more only keeps messages from other workers.
    pub prefetch: u16,
    /// How events are written.
    pub mode: EventMode,
    /// What the broker's own pages call this connection.
    pub connection_name: String,
    /// How long the first connection is tried for, while the broker cannot be reached.
    pub connect_within: Duration,
    /// How long a publish is tried for, across lost connections, before it ends as ambiguous.
    pub publish_within: Duration,
    /// How long a message that was taken ahead waits for the worker to have room before it goes back for another one.
    /// Together with the lease it must stay below the broker's consumer timeout, 30 minutes by default.
    pub hold_ahead: Duration,
    /// How long a worker holds a delivery at most, from when it has it.
    pub lease: Duration,
}

impl RabbitOptions {
    /// The defaults for a broker.
    pub fn new(url: AmqpUrl) -> RabbitOptions {
        RabbitOptions {
            url,
            ca: None,
            topology: Topology::Declare,
            names: Names::default(),
            prefetch: 200,
            mode: EventMode::Structured,
            connection_name: "landfall".to_owned(),
            connect_within: Duration::from_secs(15),
            publish_within: Duration::from_secs(60),
            hold_ahead: Duration::from_secs(300),
            lease: Duration::from_secs(1200),
        }
    }

    /// How long a delivery may be unsettled, from when the broker sent it.
    pub(super) fn held(&self) -> Duration {
        self.hold_ahead.saturating_add(self.lease)
    }
}

/// What to do about queues and exchanges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    /// Declare them, and refuse to start when they are there with other arguments.
    Declare,
    /// Only see that they are there.
    Check,
    /// Take them for granted.
    None,
}

/// What queues and exchanges are called; each at most 255 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The queue of jobs.
    pub jobs: String,
    /// The exchange of rejected messages, and the queue bound to it.
    pub dead_letters: String,
    /// The topic exchange of events.
    pub events: String,
    /// The queue of jobs handed on before their lease ran out.
    pub parked: String,
    /// The fanout exchange over which workers tell one another about jobs.
    pub control: String,
}

impl Default for Names {
    fn default() -> Names {
        Names::under("landfall")
    }
}

impl Names {
    /// `{prefix}.jobs`, `{prefix}.dead-letters`, `{prefix}.events`, `{prefix}.parked`, `{prefix}.control`.
    pub fn under(prefix: &str) -> Names {
        Names {
            jobs: format!("{prefix}.jobs"),
            dead_letters: format!("{prefix}.dead-letters"),
            events: format!("{prefix}.events"),
            parked: format!("{prefix}.parked"),
            control: format!("{prefix}.control"),
        }
    }
}

/// How an event becomes a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventMode {
    /// The whole event as JSON, `application/cloudevents+json`.
    Structured,
    /// Its attributes as headers, its data as the body.
    Binary,
}

/// A broker's address with its credentials. Formatted without them.
#[derive(Clone, PartialEq, Eq)]
pub struct AmqpUrl(AMQPUri);

impl AmqpUrl {
    /// Reads `amqp://user:password@host:port/vhost`, or `amqps://` for TLS. The virtual host is percent-encoded: the
    /// default one is `%2f`. `heartbeat` in seconds and `connection_timeout` in milliseconds may follow as a query.
    ///
    /// # Errors
    /// A text for people that does not repeat the URL, which may hold a password.
    pub fn parse(text: &str) -> Result<AmqpUrl, String> {
        let url = url::Url::parse(text).map_err(|error| format!("is not a URL: {error}"))?;
        if !matches!(url.scheme(), "amqp" | "amqps") {
            return Err("must start with amqp:// or amqps://".to_owned());
        }
        // lapin's parser overlooks an IPv6 host and would connect to this machine instead. It also repeats the whole URL
        // in its errors, so those are not passed on.
        let v6 = url.host_str().and_then(|host| host.strip_prefix('[')).and_then(|host| host.strip_suffix(']'));
        let mut uri: AMQPUri = text
            .parse()
            .map_err(|_| "must read amqp://user:password@host:port/vhost, with /%2f for the default vhost")?;
        if let Some(host) = v6 {
            uri.authority.host = host.to_owned();
        }
        uri.query.heartbeat.get_or_insert(HEARTBEAT_S);
        Ok(AmqpUrl(uri))
    }

    /// The host.
    pub fn host(&self) -> &str {
        &self.0.authority.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.0.authority.port
    }

    /// The user, for messages about what that user may do.
    pub fn user(&self) -> &str {
        &self.0.authority.userinfo.username
    }

    /// The virtual host.
    pub fn vhost(&self) -> &str {
        &self.0.vhost
    }

    /// The address and the credentials, for the connection only.
    pub(super) fn expose(&self) -> AMQPUri {
        self.0.clone()
    }
}

impl fmt::Display for AmqpUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AMQPUri { scheme, authority, vhost, .. } = &self.0;
        write!(out, "{scheme}://{} port {} vhost {vhost}", authority.host, authority.port)
    }
}

impl fmt::Debug for AmqpUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn options_are_formatted_without_the_credentials() {
        let options = RabbitOptions::new(AmqpUrl::parse("amqps://ann:s3cret@mq.example:5671/%2f").unwrap());
        let shown = format!("{options:?} {}", options.url);
        assert!(shown.contains("amqps://mq.example port 5671 vhost /"), "{shown}");
        assert!(!shown.contains("s3cret") && !shown.contains("ann"), "{shown}");
    }

    #[test]
    fn an_ipv6_broker_is_not_mistaken_for_this_machine() {
        assert_eq!(AmqpUrl::parse("amqp://u:p@[2001:db8::7]:5673/x").unwrap().0.authority.host, "2001:db8::7");
    }

    #[test]
    fn a_bad_url_is_refused_without_repeating_it() {
        for text in [
            "s3cret",
            "http://u:s3cret@h/",
            "amqp:s3cret",
            "amqp://u:s3cret@h:99999/",
            "amqp://u:s3cret@h/?heartbeat=x",
        ] {
            let error = AmqpUrl::parse(text).unwrap_err();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
