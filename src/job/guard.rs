//! The guard: which URLs from outside may be fetched or called.
//!
//! The URL of a result comes from outside, and fetching it runs inside: unguarded, it would let whoever controls a reply
//! read our own network. The URLs in a job go to the provider, which fetches and calls them from a network of its own.
//! A URL passes when its scheme, host and port are allowed by name *and* its address is a public one; for results the
//! second is asked again for every address a name resolves to, since names can point anywhere. Of a job's URLs only who
//! fetches them can ask that.

// Addresses only: `core` has no sockets.
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;

use ipnet::{Ipv4Net, Ipv6Net};
use url::{Host, Url};

use super::fields::{excerpt, shown};

/// Decides which URLs may be used.
#[derive(Debug, Clone)]
pub struct Guard {
    hosts: Hosts,
    allow_private: bool,
}

#[derive(Debug, Clone)]
enum Hosts {
    /// Every host with a name or address of the public internet.
    Public,
    /// These hosts.
    Listed {
        /// The setting that lists them.
        setting: &'static str,
        rules: Vec<HostRule>,
    },
}

/// A host that is allowed, with the port to which it is bound when one was given.
#[derive(Debug, Clone, PartialEq, Eq)]
struct HostRule {
    name: HostName,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum HostName {
    Exactly(Host<String>),
    /// Any host below the domain, which is kept with its leading dot.
    Below(String),
}

/// Whether a URL leads to this very machine. Such requests go through no proxy, whatever the environment says.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Names that lead into one's own network, and everything below them: reserved ones, and those that people use.
const LOCAL_NAMES: [&str; 9] =
    ["localhost", "localdomain", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa"];

/// Why a URL may not be used. Shows the host at most: the rest may carry a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAllowed {
    /// Not `http` or `https`.
    Scheme,
    /// `http`.
    PlainHttp {
        /// The URL's.
        host: String,
    },
    /// It holds a user or a password.
    UserInfo {
        /// The URL's.
        host: String,
    },
    /// It names no host.
    NoHost,
    /// A host or port that is not listed.
    Host {
        /// The URL's.
        host: String,
        /// The URL's, or its scheme's.
        port: u16,
        /// What lists the hosts.
        setting: &'static str,
    },
    /// An address, or a name, of a private network.
    PrivateAddress {
        /// The URL's.
        host: String,
    },
    /// More redirects than are followed.
    TooManyRedirects {
        /// The last URL's.
        host: String,
    },
}

impl fmt::Display for NotAllowed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotAllowed::Scheme => write!(out, "only http and https URLs are allowed"),
            NotAllowed::PlainHttp { host } => {
                write!(out, "{host} is allowed over https only, unless rescue.allow_private is set")
            }
            NotAllowed::UserInfo { host } => write!(out, "the URL on {host} holds a user or password"),
            NotAllowed::NoHost => write!(out, "the URL names no host"),
            NotAllowed::Host { host, port, setting } => {
                write!(out, "{host} on port {port} is not among the hosts of {setting}")
            }
            NotAllowed::PrivateAddress { host } => write!(
                out,
                "{host} has no public address; for a host in one's own network rescue.allow_private has to be set"
            ),
            NotAllowed::TooManyRedirects { host } => write!(out, "{host} redirects too often"),
        }
    }
}

impl std::error::Error for NotAllowed {}

impl Guard {
    /// Any public host.
    pub fn public(allow_private: bool) -> Guard {
        Guard { hosts: Hosts::Public, allow_private }
    }

    /// The hosts that `setting` lists: a host, `.domain` or `*.domain` for every host below a domain, each with an
    /// optional `:port`. Without a port only the scheme's own is allowed. The error names the rule.
    pub fn listed(setting: &'static str, hosts: &[String], allow_private: bool) -> Result<Guard, String> {
        let rules = hosts.iter().map(|rule| {
            HostRule::parse(rule).ok_or_else(|| {
                format!("{setting}: {} is no host, host:port or *.domain below a registered one", excerpt(rule))
            })
        });
        Ok(Guard { hosts: Hosts::Listed { setting, rules: rules.collect::<Result<_, String>>()? }, allow_private })
    }

    /// Whether the URL may be used, as far as the URL tells.
    pub fn check(&self, url: &Url) -> Result<(), NotAllowed> {
        let host = url.host().ok_or(NotAllowed::NoHost)?;
        let told = || shown(&host.to_string());
        match url.scheme() {
            "https" => {}
            "http" if self.allow_private => {}
            "http" => return Err(NotAllowed::PlainHttp { host: told() }),
            _ => return Err(NotAllowed::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotAllowed::UserInfo { host: told() });
        }
        // A name that is listed may be local: what it resolves to is asked where it is fetched.
        let listed = match &self.hosts {
            Hosts::Public => false,
            Hosts::Listed { rules, .. } if rules.iter().any(|rule| rule.allows(&host, url)) => true,
            Hosts::Listed { setting, .. } => {
                let port = url.port_or_known_default().unwrap_or_default();
                return Err(NotAllowed::Host { host: told(), port, setting });
            }
        };
        let reached = match &host {
            Host::Domain(name) => listed || self.allow_private || !is_local(name),
            Host::Ipv4(address) => self.reaches(IpAddr::V4(*address)),
            Host::Ipv6(address) => self.reaches(IpAddr::V6(*address)),
        };
        if reached { Ok(()) } else { Err(NotAllowed::PrivateAddress { host: told() }) }
    }

    /// Whether an address may be connected to.
    pub fn reaches(&self, address: IpAddr) -> bool {
        self.allow_private || is_public(address)
    }
}

/// Whether a name is one of a private network: without a dot, or below a name that no public server has.
fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let below = |own: &str| name.strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    !name.contains('.') || LOCAL_NAMES.into_iter().any(below)
}

impl HostRule {
    fn parse(rule: &str) -> Option<HostRule> {
        let (name, port) = match rule.rsplit_once(':') {
            // The colons of an IPv6 address stand in brackets.
            Some((name, port)) if !port.contains(']') => (name, Some(port.parse().ok().filter(|port| *port > 0)?)),
            Some(_) | None => (rule, None),
        };
        let name = match name.strip_prefix('*').unwrap_or(name).strip_prefix('.') {
            Some(domain) => match Host::parse(domain).ok()? {
                // A rule for a whole top-level domain is a mistake.
                Host::Domain(domain) if domain.trim_end_matches('.').contains('.') => {
                    HostName::Below(format!(".{domain}"))
                }
                Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => return None,
            },
            None if name.contains('*') => return None,
            None => HostName::Exactly(Host::parse(name).ok()?),
        };
        Some(HostRule { name, port })
    }

    fn allows(&self, host: &Host<&str>, url: &Url) -> bool {
        let named = match &self.name {
            HostName::Exactly(name) => host.to_owned() == *name,
            HostName::Below(domain) => match host {
                Host::Domain(name) => name.len() > domain.len() && name.ends_with(domain.as_str()),
                Host::Ipv4(_) | Host::Ipv6(_) => false,
            },
        };
        let through = match self.port {
            Some(port) => url.port_or_known_default() == Some(port),
            // A URL has no port of its own when it is the scheme's.
            None => url.port().is_none(),
        };
        named && through
    }
}

/// Networks that are not the public internet (IANA's special-purpose registries), multicast included.
const NOT_PUBLIC_V4: [Ipv4Net; 16] = [
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 31, 196, 0, 24),
    v4(192, 88, 99, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
];

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

/// The part of IPv6 that is handed out for the public internet, and what is set apart within it: protocol assignments
/// with Teredo, documentation, 6to4.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);
const NOT_PUBLIC_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
];

/// Where networks without IPv4 see IPv4 hosts (NAT64): the address within decides.
const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);

const fn v6(s: [u16; 8], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]), prefix)
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) if NAT64.contains(&address) => {
            let [.., a, b, c, d] = address.octets();
            is_public(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
        }
        IpAddr::V6(address) => GLOBAL_V6.contains(&address) && !NOT_PUBLIC_V6.iter().any(|net| net.contains(&address)),
    }
}

#[cfg(test)]
mod tests;
