//! Whom the emulator listens to, when a browser asks.
//!
//! It runs on developers' machines, where any web page that they have open can send requests to it. Two things keep those
//! out. **A request that changes something comes from a page of the emulator's own**: a browser says in `Sec-Fetch-Site` or
//! in `Origin` whose page sent it, and what says nothing is no browser. **A page is served only under a name that nobody
//! else can take**: a foreign site can let its own name lead to this machine, and would then be the same origin. It cannot do
//! that with an IP address, with a name without dots, or with the name of `--public-url`.
//!
//! The vendor's API itself takes any `Host`, since clients in containers reach it under names of their own. Its WebSocket also
//! takes pages of other origins, since the vendor's client runs in browsers: any of them where a key is asked for, else those
//! of this machine and its network.

use std::net::IpAddr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::Response;

use crate::emulator::reach;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Nothing but the emulator's own files and routes, no frame around it, and no script but `page.js`.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(in crate::emulator) enum Refusal {
    /// A page of somebody else sent it.
    #[error(
        "This request was sent by a web page of another origin. What changes something is only taken from the emulator's \
         own page, and from programs that are no browsers."
    )]
    ForeignOrigin,
    /// It came under a name that anybody could have.
    #[error(
        "The emulator's page is only served under an IP address, a name without dots, or the host of --public-url: \
         any other name could be that of a foreign web site that leads here."
    )]
    ForeignHost,
}

/// Who may be let in.
#[derive(Debug, Clone, Copy)]
pub(in crate::emulator) struct Door<'a> {
    /// That of `--public-url`.
    pub(in crate::emulator) own_host: Option<&'a str>,
    /// Whether only one key is taken.
    pub(in crate::emulator) is_locked: bool,
}

/// Whether a request may be answered.
pub(in crate::emulator) fn judge(
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    door: Door<'_>,
) -> Result<(), Refusal> {
    let own_host = door.own_host;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    if headers.contains_key(header::UPGRADE) && !is_for_people(path) {
        let is_taken = door.is_locked || is_of_this_network(headers, host, own_host);
        return if is_taken { Ok(()) } else { Err(Refusal::ForeignOrigin) };
    }
    if is_for_people(path) && host.is_some_and(|host| !is_ours(host, own_host)) {
        return Err(Refusal::ForeignHost);
    }
    let host = host.filter(|host| is_ours(host, own_host));
    if method.is_safe() || is_same_origin(headers, host) { Ok(()) } else { Err(Refusal::ForeignOrigin) }
}

/// The page and the control routes. Health is nobody's secret.
fn is_for_people(path: &str) -> bool {
    path == "/" || (path.starts_with("/_emulator/") && path != "/_emulator/health")
}

/// Browsers send `Sec-Fetch-Site` to addresses that they trust (https, and this machine), and `Origin` with all that
/// changes something; no page can set or leave out either. `host` is there if the name is one that only we can have.
fn is_same_origin(headers: &HeaderMap, host: Option<&str>) -> bool {
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    matches!((origin, host), (Some((_, origin)), Some(host)) if origin.eq_ignore_ascii_case(host))
}

/// Whether the page that opens a socket, if there is one, was served by something near. Anybody can serve a page under a
/// public address of theirs, so that only addresses of one's own network count, and the one that the socket is opened to.
fn is_of_this_network(headers: &HeaderMap, host: Option<&str>, own_host: Option<&str>) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Some((_, origin)) = origin.to_str().ok().and_then(|origin| origin.split_once("://")) else { return false };
    let is_same = host.is_some_and(|host| host.eq_ignore_ascii_case(origin));
    is_ours(origin, own_host) && (is_same || !address_of(origin).is_some_and(reach::is_public))
}

fn is_ours(host: &str, own_host: Option<&str>) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().trim_end_matches('.');
    address_of(host).is_some()
        || !name.contains('.')
        || name.to_ascii_lowercase().ends_with(".localhost")
        || own_host.is_some_and(|own| own.eq_ignore_ascii_case(name))
}

/// The IP address that a host is written as.
fn address_of(host: &str) -> Option<IpAddr> {
    let authority: Authority = host.parse().ok()?;
    authority.host().trim_end_matches('.').trim_matches(['[', ']']).parse().ok()
}

/// Headers of everything that belongs to the page.
pub(in crate::emulator) fn protect(response: &mut Response) {
    let protections = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: browsers would then send `Origin: null` with the page's own requests.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in protections {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};

    use super::{Door, Refusal, judge};

    const OPEN: Door<'_> = Door { own_host: None, is_locked: false };

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn what_changes_something_comes_from_our_page_or_from_no_browser() {
        const HERE: (&str, &str) = ("host", "127.0.0.1:8081");
        for (sent, is_taken) in [
            (vec![HERE], true),
            (vec![HERE, ("origin", "http://127.0.0.1:8081")], true),
            (vec![HERE, ("origin", "http://127.0.0.1:3000")], false),
            (vec![HERE, ("origin", "https://evil.test")], false),
            (vec![HERE, ("origin", "null")], false),
            (vec![HERE, ("sec-fetch-site", "same-origin"), ("origin", "http://localhost:5173")], true),
            (vec![HERE, ("sec-fetch-site", "none")], true),
            (vec![HERE, ("sec-fetch-site", "same-site")], false),
            (vec![HERE, ("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1:8081")], false),
            (vec![("origin", "http://127.0.0.1:8081")], false),
            (vec![("host", "evil.test:8081"), ("origin", "http://evil.test:8081")], false),
        ] {
            for path in ["/v1", "/_emulator/rules"] {
                let judged = judge(&Method::POST, path, &headers(&sent), OPEN);
                assert_eq!(judged.is_ok(), is_taken, "{path} {sent:?} {judged:?}");
            }
        }
        let foreign = headers(&[HERE, ("sec-fetch-site", "cross-site")]);
        assert_eq!(judge(&Method::GET, "/", &foreign, OPEN), Ok(()), "a link from elsewhere may lead here");
        assert_eq!(judge(&Method::DELETE, "/_emulator/rules", &foreign, OPEN), Err(Refusal::ForeignOrigin));
    }

    #[test]
    fn a_socket_is_opened_by_pages_of_this_network_or_with_a_key() {
        for (origin, is_near) in [
            ("http://localhost:3000", true),
            ("http://192.168.1.7:5173", true),
            ("http://127.0.0.1:8081", true),
            ("http://[fd00::7]:5173", true),
            ("http://10.0.0.5", true),
            ("https://evil.test", false),
            ("http://8.8.8.8", false),
            ("http://8.8.8.8:8081", false),
            ("http://[2606:4700::1111]", false),
            ("null", false),
            ("file://", false),
        ] {
            let sent = headers(&[("host", "127.0.0.1:8081"), ("upgrade", "websocket"), ("origin", origin)]);
            assert_eq!(judge(&Method::GET, "/v1", &sent, OPEN).is_ok(), is_near, "{origin}");
            assert_eq!(judge(&Method::GET, "/v1", &sent, Door { is_locked: true, ..OPEN }), Ok(()), "{origin}");
        }
        let own = [("host", "8.8.8.8:8081"), ("upgrade", "websocket"), ("origin", "http://8.8.8.8:8081")];
        assert_eq!(judge(&Method::GET, "/v1", &headers(&own), OPEN), Ok(()), "its own page on a public address");
        let program = headers(&[("host", "emulator.test"), ("upgrade", "websocket")]);
        assert_eq!(judge(&Method::GET, "/v1", &program, OPEN), Ok(()));
    }

    #[test]
    fn the_page_is_served_under_names_that_no_foreign_site_can_take() {
        for (host, is_ours) in [
            ("127.0.0.1:8081", true),
            ("192.168.1.7", true),
            ("[::1]:8081", true),
            ("localhost:8081", true),
            ("emulator:8081", true),
            ("Stand-In.Example:443", true),
            ("dev.localhost", true),
            ("evil.test:8081", false),
            ("127.0.0.1.evil.test", false),
            ("evil.test.", false),
            ("stand-in.example.evil.test", false),
            ("not a host", false),
        ] {
            let sent = headers(&[("host", host)]);
            for path in ["/", "/_emulator/tasks"] {
                let judged = judge(&Method::GET, path, &sent, Door { own_host: Some("stand-in.example"), ..OPEN });
                assert_eq!(judged.is_ok(), is_ours, "{host}");
            }
            for path in ["/v1", "/_emulator/health", "/video/os/a/ws/1/vi/x.mp4"] {
                assert_eq!(judge(&Method::GET, path, &sent, OPEN), Ok(()), "{host} {path}");
            }
        }
    }
}
