//! Where pictures may be fetched from.
//!
//! A task names any URL it likes, and the emulator fetches it from inside somebody's network. So only public addresses
//! are reached, in whatever spelling, behind whatever name, after whatever redirect; hosts of a local stack are allowed
//! one by one. The emulator's own pictures never come here: it knows them without a network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use url::{Host, Url};

/// Redirects followed: picture hosts use them.
const MAX_REDIRECTS: usize = 3;

/// Addresses that lead to no public server, with the length of their prefix: one's own networks, this machine, cloud
/// metadata, documentation, benchmarks, multicast and what is reserved, as registered with IANA.
const NOT_PUBLIC: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Of IPv6 only global unicast (2000::/3) is public, and of that not these: protocol assignments with Teredo inside,
/// documentation, and 6to4, which wraps an IPv4 address.
const GLOBAL_UNICAST: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
const NOT_GLOBAL: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Which hosts are reached.
#[derive(Debug, Clone, Default)]
pub(super) struct Reach {
    /// Allowed whatever their addresses are.
    allowed: Vec<Place>,
}

/// A host that is allowed, on one port or on every one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    host: Host<String>,
    port: Option<u16>,
}

/// Why a URL is not fetched. It names the host at most: the rest may be a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum OutOfReach {
    #[error("it is no http or https URL")]
    Scheme,
    #[error("'{0}' has no public address, and the emulator was started without --allow-image-host for it")]
    NotPublic(String),
    #[error("'{0}' is allowed on another port only")]
    Port(String),
    #[error("it is redirected too often")]
    Redirects,
}

impl Reach {
    /// Public hosts, and these: each a host or `host:port`.
    pub(super) fn allowing(places: &[String]) -> Result<Self, String> {
        let parsed =
            places.iter().map(|text| Place::parse(text).ok_or_else(|| format!("'{text}' is no host or host:port")));
        Ok(Self { allowed: parsed.collect::<Result<_, _>>()? })
    }

    /// Whether `url` may be asked for, as far as it tells. What a name stands for is looked at when it is resolved.
    pub(super) fn check(&self, url: &Url) -> Result<(), OutOfReach> {
        let host = url.host().filter(|_| matches!(url.scheme(), "http" | "https")).ok_or(OutOfReach::Scheme)?;
        let mut ports = self.ports_of(&host).peekable();
        if ports.peek().is_some() {
            let is_allowed = ports.any(|port| port.is_none() || port == url.port_or_known_default());
            return is_allowed.then_some(()).ok_or_else(|| OutOfReach::Port(host.to_string()));
        }
        let is_public = match host {
            Host::Domain(_) => true,
            Host::Ipv4(address) => is_public(address.into()),
            Host::Ipv6(address) => is_public(address.into()),
        };
        is_public.then_some(()).ok_or_else(|| OutOfReach::NotPublic(host.to_string()))
    }

    fn ports_of(&self, host: &Host<&str>) -> impl Iterator<Item = Option<u16>> {
        let host = host.to_owned();
        self.allowed.iter().filter(move |place| place.host == host).map(|place| place.port)
    }

    /// A client that stays within reach, whatever names and redirects it meets.
    pub(super) fn bind(&self, client: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        let reach = self.clone();
        let redirects = Policy::custom(move |attempt| {
            // The first of the previous URLs is the one that was asked for.
            let checked = if attempt.previous().len() > MAX_REDIRECTS {
                Err(OutOfReach::Redirects)
            } else {
                reach.check(attempt.url())
            };
            match checked {
                Ok(()) => attempt.follow(),
                Err(refused) => attempt.error(refused),
            }
        });
        // A proxy would resolve names by itself, and a referrer tell one host the URL of another.
        client.no_proxy().referer(false).redirect(redirects).dns_resolver(Arc::new(self.clone()))
    }
}

impl Resolve for Reach {
    /// The connection is made to one of the very addresses that were looked at.
    fn resolve(&self, name: Name) -> Resolving {
        let is_allowed = self.ports_of(&Host::Domain(name.as_str())).next().is_some();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let reached: Vec<SocketAddr> = found.filter(|address| is_allowed || is_public(address.ip())).collect();
            if reached.is_empty() {
                return Err(OutOfReach::NotPublic(name.as_str().to_owned()).into());
            }
            Ok(Box::new(reached.into_iter()) as Addrs)
        })
    }
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.rsplit_once(':') {
            // The colons of an IPv6 address stand in brackets.
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
            Some(_) | None => (text, None),
        };
        Some(Self { host: Host::parse(host).ok()?, port })
    }
}

/// Whether an address leads to a public server.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC.iter().any(|(net, length)| {
            let outside = u32::BITS - length;
            address.to_bits() >> outside == net.to_bits() >> outside
        }),
        IpAddr::V6(address) => {
            let is_in = |(net, length): &(Ipv6Addr, u32)| {
                let outside = u128::BITS - length;
                address.to_bits() >> outside == net.to_bits() >> outside
            };
            is_in(&GLOBAL_UNICAST) && !NOT_GLOBAL.iter().any(is_in)
        }
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{OutOfReach, Reach};

    fn check(reach: &Reach, url: &str) -> Result<(), OutOfReach> {
        reach.check(&Url::parse(url).expect("a URL"))
    }

    #[test]
    fn no_spelling_of_an_address_that_is_not_public_is_reached() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "１２７.0.0.1",
            "127.0.0.1.",
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "169.254.169.254",
            "172.31.255.255",
            "192.168.0.1",
            "192.0.0.192",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[2001:0:7f00:1::]",
            "[2001:db8::1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[ff02::1]",
        ] {
            for url in [format!("http://{host}/x"), format!("https://{host}:8443/x"), format!("http://u:p@{host}/")] {
                assert!(matches!(check(&Reach::default(), &url), Err(OutOfReach::NotPublic(_))), "{url}");
            }
        }
    }

    #[test]
    fn public_hosts_are_reached() {
        for host in ["pictures.example", "1.1.1.1", "172.32.0.1", "100.128.0.1", "[2606:4700::1111]", "[2a00:1450::1]"]
        {
            assert_eq!(check(&Reach::default(), &format!("http://{host}/x")), Ok(()), "{host}");
        }
        assert_eq!(check(&Reach::default(), "ftp://pictures.example/x"), Err(OutOfReach::Scheme));
    }

    #[test]
    fn a_host_that_is_allowed_is_reached_on_its_port_only() {
        let places = ["minio:9000", "127.0.0.1:8333", "assets", "[::1]"].map(str::to_owned);
        let reach = Reach::allowing(&places).expect("hosts");
        for url in
            ["http://minio:9000/x", "http://127.1:8333/x", "http://assets/", "https://assets:1/", "http://[::1]:5/"]
        {
            assert_eq!(check(&reach, url), Ok(()), "{url}");
        }
        assert_eq!(check(&reach, "http://minio/x"), Err(OutOfReach::Port("minio".to_owned())));
        assert_eq!(check(&reach, "http://127.0.0.1/x"), Err(OutOfReach::Port("127.0.0.1".to_owned())));
        assert!(check(&reach, "http://127.0.0.2:8333/x").is_err());
    }

    #[test]
    fn what_is_no_host_cannot_be_allowed() {
        for place in ["", "http://minio", "minio:port", "minio:70000", "a b", ":80"] {
            assert!(Reach::allowing(&[place.to_owned()]).is_err(), "{place}");
        }
    }
}
