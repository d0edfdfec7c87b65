//! What a broker says of itself when it greets a connection, and what follows from that.

use std::time::Duration;

use lapin::protocol::{AMQPClass, connection, parse_class};
use lapin::types::FieldTable;

use super::wire::as_text;
use crate::job::fault::{Fault, FaultKind, Outcome};

/// Most bytes of a greeting that are read; RabbitMQ's has about 500. One that is longer is that of an unknown broker.
pub(super) const GREETING_MAX_BYTES: usize = 16 * 1024;

/// Most bytes of a product's name or a version: they go into logs.
const NAME_MAX_BYTES: usize = 64;

/// The first release with all that is relied on: quorum queues that dead-letter at least once.
const OLDEST: (u32, u32) = (3, 10);

/// The first release in which a quorum queue drops a message that was delivered 20 times, unless it is set otherwise.
const DELIVERIES_ARE_LIMITED: (u32, u32) = (4, 0);

/// The first release in which a consumer says by itself how long it holds messages.
const CONSUMERS_SET_THEIR_TIMEOUT: (u32, u32) = (4, 3);

/// How long earlier releases let a consumer hold a message, unless they are set otherwise, which a client cannot see.
const USUAL_CONSUMER_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// A broker, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// `RabbitMQ`, or what else it calls itself; empty when it does not say.
    pub product: String,
    /// Its version, as it writes it; empty when it does not say.
    pub version: String,
}

impl Broker {
    /// Whether it calls itself RabbitMQ.
    pub fn is_rabbitmq(&self) -> bool {
        self.product == "RabbitMQ"
    }

    /// Major and minor version.
    fn release(&self) -> Option<(u32, u32)> {
        let mut parts = self.version.split(|mark: char| !mark.is_ascii_digit());
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }

    /// Refuses a RabbitMQ that is too old for what is asked of it. Others are not refused, but [warned of](Self::concerns).
    pub(super) fn admit(&self) -> Outcome<()> {
        match self.release() {
            Some(release) if self.is_rabbitmq() && release < OLDEST => {
                let (major, minor) = OLDEST;
                let words = format!(
                    "the broker is RabbitMQ {}, and landfall needs {major}.{minor} or later: before it, quorum queues \
                     can lose messages on their way to the dead letters",
                    self.version
                );
                Err(Fault::new(FaultKind::Denied, words))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether a queue that does not say how often it delivers a message may drop it for that.
    pub(super) fn limits_deliveries(&self) -> bool {
        self.release().filter(|_| self.is_rabbitmq()).is_none_or(|release| release >= DELIVERIES_ARE_LIMITED)
    }

    /// What an operator should know of this broker when deliveries may be held for so long.
    pub(super) fn concerns(&self, held: Duration) -> Vec<String> {
        let mut concerns = Vec::new();
        let release = self.release().filter(|_| self.is_rabbitmq());
        if release.is_none() {
            let name = if self.product.is_empty() { "an unnamed broker" } else { &self.product };
            concerns.push(format!(
                "this is {name} {}; landfall is made for RabbitMQ and tried with no other",
                self.version
            ));
        }
        if release.is_none_or(|release| release < CONSUMERS_SET_THEIR_TIMEOUT) && held >= USUAL_CONSUMER_TIMEOUT {
            concerns.push(format!(
                "a delivery may be held for {} s, and this broker takes it away after {} s unless its consumer_timeout is set \
                 higher: lower worker.lease_s, or see to that",
                held.as_secs(),
                USUAL_CONSUMER_TIMEOUT.as_secs()
            ));
        }
        concerns
    }
}

/// The first frame that a broker sends, as it comes in.
#[derive(Debug, Default)]
pub(super) struct Greeting {
    bytes: Vec<u8>,
}

impl Greeting {
    /// Takes what was read; true when no more is needed.
    pub(super) fn note(&mut self, read: &[u8]) -> bool {
        self.bytes.extend_from_slice(read);
        self.bytes.truncate(GREETING_MAX_BYTES);
        self.payload().is_some() || self.bytes.len() == GREETING_MAX_BYTES
    }

    /// The frame without its head: one byte for its kind, two for the channel, four for its size.
    fn payload(&self) -> Option<&[u8]> {
        let size: [u8; 4] = self.bytes.get(3..7)?.try_into().ok()?;
        self.bytes.get(7..)?.get(..usize::try_from(u32::from_be_bytes(size)).ok()?)
    }

    /// The broker that greeted so.
    pub(super) fn broker(&self) -> Broker {
        let said = match self.payload().map(parse_class) {
            Some(Ok((_, AMQPClass::Connection(connection::AMQPMethod::Start(start))))) => start.server_properties,
            Some(_) | None => FieldTable::default(),
        };
        let name = |key: &str| {
            let text = said.inner().get(key).and_then(as_text).unwrap_or_default();
            text.chars().filter(char::is_ascii_graphic).take(NAME_MAX_BYTES).collect()
        };
        Broker { product: name("product"), version: name("version") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broker(product: &str, version: &str) -> Broker {
        Broker { product: product.to_owned(), version: version.to_owned() }
    }

    /// A `connection.start` with these server properties, as texts.
    fn greeting(properties: &[(&str, &str)]) -> Vec<u8> {
        let mut table = Vec::new();
        for (name, value) in properties {
            table.push(u8::try_from(name.len()).expect("short"));
            table.extend(name.bytes());
            table.push(b'S');
            table.extend(u32::try_from(value.len()).expect("short").to_be_bytes());
            table.extend(value.bytes());
        }
        let mut payload = vec![0, 10, 0, 10, 0, 9];
        payload.extend(u32::try_from(table.len()).expect("short").to_be_bytes());
        payload.extend(table);
        for text in ["PLAIN", "en_US"] {
            payload.extend(u32::try_from(text.len()).expect("short").to_be_bytes());
            payload.extend(text.bytes());
        }
        let mut frame = vec![1, 0, 0];
        frame.extend(u32::try_from(payload.len()).expect("short").to_be_bytes());
        frame.extend(payload);
        frame.push(0xce);
        frame
    }

    #[test]
    fn a_greeting_tells_product_and_version_in_whatever_pieces_it_comes() {
        let bytes = greeting(&[("product", "RabbitMQ"), ("platform", "Erlang/OTP 27"), ("version", "4.0.5")]);
        for size in [1, 7, bytes.len()] {
            let mut greeting = Greeting::default();
            let complete = bytes.chunks(size).filter(|piece| greeting.note(piece)).count();
            assert!(complete >= 1, "pieces of {size}");
            assert_eq!(greeting.broker(), broker("RabbitMQ", "4.0.5"), "pieces of {size}");
        }
    }

    #[test]
    fn a_greeting_that_is_none_names_no_broker_and_is_not_kept_for_ever() {
        for bytes in [&b""[..], b"HTTP/1.1 400 Bad Request\r\n\r\n", &[0xff; 100], &greeting(&[])[..20]] {
            let mut greeting = Greeting::default();
            greeting.note(bytes);
            assert_eq!(greeting.broker(), broker("", ""), "{bytes:?}");
        }
        let mut endless = Greeting::default();
        while !endless.note(&[0xff; 1000]) {}
        assert_eq!(endless.bytes.len(), GREETING_MAX_BYTES);
        let mut rude = Greeting::default();
        rude.note(&greeting(&[("product", &"x\n".repeat(200))]));
        assert_eq!(rude.broker().product, "x".repeat(NAME_MAX_BYTES));
    }

    #[test]
    fn only_a_rabbitmq_known_to_be_too_old_is_refused() {
        for (product, version, admitted) in [
            ("RabbitMQ", "3.9.29", false),
            ("RabbitMQ", "3.10.0", true),
            ("RabbitMQ", "3.13.7+rc.1", true),
            ("RabbitMQ", "4.0.5", true),
            ("RabbitMQ", "10.0", true),
            ("RabbitMQ", "soon", true),
            ("LavinMQ", "2.4.0", true),
            ("", "", true),
        ] {
            let admission = broker(product, version).admit();
            assert_eq!(admission.is_ok(), admitted, "{product} {version}");
            if let Err(fault) = admission {
                assert_eq!(fault.kind, FaultKind::Denied);
                assert!(fault.chain().contains("3.10") && fault.chain().contains(version), "{}", fault.chain());
            }
        }
    }

    #[test]
    fn an_operator_is_told_of_strange_brokers_and_of_deliveries_held_too_long() {
        let (short, long) = (Duration::from_secs(1_500), Duration::from_secs(1_800));
        for (product, version, held, words) in [
            ("RabbitMQ", "3.10.8", short, vec![]),
            ("RabbitMQ", "4.2.0", long, vec!["consumer_timeout"]),
            ("RabbitMQ", "4.3.0", long, vec![]),
            ("LavinMQ", "2.4.0", short, vec!["LavinMQ"]),
            ("", "", long, vec!["unnamed", "consumer_timeout"]),
        ] {
            let concerns = broker(product, version).concerns(held);
            assert_eq!(concerns.len(), words.len(), "{product} {version}: {concerns:?}");
            for (concern, word) in concerns.iter().zip(words) {
                assert!(concern.contains(word), "{concern}");
            }
        }
    }
}
