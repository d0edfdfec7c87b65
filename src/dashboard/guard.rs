//! From where a request comes, as far as it can be known, and what browsers are told to keep out.
//!
//! **Local** is what was sent by a program on this machine to this machine: the peer is loopback, the `Host` is a name of
//! loopback that nobody else can take (a foreign site can let a name of its own lead here, and would then be the same
//! origin), and nothing says that somebody passed it on: behind a proxy on this machine, every peer is loopback.
//!
//! **Foreign** is what a browser says that another site's page sent. Other ports of this machine are other sites here,
//! although browsers send them our cookies.

use std::net::IpAddr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::response::Response;
use url::Url;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Headers by which proxies say that they passed a request on, beside all `x-forwarded-…`.
const FORWARDING: [&str; 7] =
    ["forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "x-original-host"];

/// Nothing but our own files and routes, no frame around it, and no script but `dashboard.js`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'; media-src 'self'";

/// Whether a request was sent on this machine, to this machine, by nobody in between.
pub(super) fn is_local(peer: IpAddr, uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    let is_forwarded =
        headers.keys().any(|name| name.as_str().starts_with("x-forwarded-") || FORWARDING.contains(&name.as_str()));
    peer.to_canonical().is_loopback()
        && host.is_some_and(is_loopback_name)
        && hosts.next().is_none()
        && uri.authority().is_none_or(|authority| is_loopback_name(authority.as_str()))
        && !is_forwarded
}

/// `localhost`, names below it, and addresses of loopback.
fn is_loopback_name(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    if authority.as_str().contains('@') {
        return false;
    }
    let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
    let address: Result<IpAddr, _> = name.trim_matches(['[', ']']).parse();
    match address {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

/// Whether a browser says that a page of another origin sent this. Following a link from elsewhere is fine: whoever does
/// sees the page, and not whoever set the link.
pub(super) fn is_foreign(method: &Method, headers: &HeaderMap) -> bool {
    let is_safe = method.is_safe();
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        let is_own = site == "same-origin" || site == "none";
        let is_link = is_safe && headers.get(SEC_FETCH_MODE).is_some_and(|mode| mode == "navigate");
        return !is_own && !is_link;
    }
    // Browsers send it with all that changes something, and do not send the other one to plain http elsewhere.
    let Some(origin) = headers.get(header::ORIGIN).filter(|_| !is_safe) else { return false };
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    !matches!((origin, host), (Some((_, origin)), Some(host)) if origin.eq_ignore_ascii_case(host))
}

/// Whether the browser is known to have come over TLS, which somebody before us ended.
pub(super) fn came_by_https(headers: &HeaderMap) -> bool {
    let told = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    told("x-forwarded-proto").eq_ignore_ascii_case("https")
        || told("forwarded").to_ascii_lowercase().contains("proto=https")
        || told("origin").starts_with("https://")
}

/// Puts the headers on an answer that keep what is foreign out of our pages, and our pages out of what is foreign. Videos
/// may come from `media` too: origins of the store.
pub(super) fn protect(response: &mut Response, media: &[String]) {
    let headers = response.headers_mut();
    let policy = media.iter().fold(POLICY.to_owned(), |policy, origin| policy + " " + origin);
    // An origin is made of characters that any header takes; should it not be, there are no videos.
    let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(POLICY));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not `no-referrer`: browsers would then send `Origin: null` with the page's own forms.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// The origin of a URL, in the form that a policy takes.
pub(super) fn origin_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    fn local(peer: &str, uri: &str, pairs: &[(&'static str, &'static str)]) -> bool {
        is_local(peer.parse().expect("an address"), &uri.parse().expect("a URI"), &headers(pairs))
    }

    #[test]
    fn local_is_who_comes_from_loopback_to_a_name_of_loopback() {
        for peer in ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"] {
            for host in ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "worker.localhost:80", "[::1]:8080", "127.0.0.2"]
            {
                assert!(local(peer, "/", &[("host", host)]), "{peer} {host}");
            }
        }
        for (peer, host) in [("10.0.0.1", "127.0.0.1"), ("192.168.1.2", "localhost"), ("::ffff:10.0.0.1", "[::1]")] {
            assert!(!local(peer, "/", &[("host", host)]), "{peer} {host}");
        }
    }

    #[test]
    fn a_name_that_somebody_else_could_take_is_not_local() {
        for host in [
            "evil.test:8080",
            "localhost.evil.test",
            "127.0.0.1.evil.test",
            "notlocalhost",
            "worker",
            "10.0.0.1",
            "0.0.0.0",
            "127.0.0.1@evil.test",
            "evil.test@127.0.0.1",
            "",
            "[::2]",
        ] {
            assert!(!local("127.0.0.1", "/", &[("host", host)]), "{host}");
        }
        assert!(!local("127.0.0.1", "/", &[]), "no host");
        assert!(!local("127.0.0.1", "/", &[("host", "localhost"), ("host", "evil.test")]), "two hosts");
        assert!(!local("127.0.0.1", "http://evil.test/", &[("host", "localhost")]), "another authority");
    }

    #[test]
    fn what_was_passed_on_is_not_local() {
        let told = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-anything", "via", "x-real-ip"];
        for name in told {
            assert!(!local("127.0.0.1", "/", &[("host", "localhost"), (name, "127.0.0.1")]), "{name}");
        }
    }

    #[test]
    fn what_a_foreign_page_sends_is_foreign_and_what_follows_a_link_is_not() {
        const HERE: (&str, &str) = ("host", "127.0.0.1:8080");
        let same = [HERE, ("sec-fetch-site", "same-origin")];
        assert!(!is_foreign(&Method::POST, &headers(&same)));
        assert!(!is_foreign(
            &Method::GET,
            &headers(&[HERE, ("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")])
        ));
        for site in ["cross-site", "same-site"] {
            let link = headers(&[HERE, ("sec-fetch-site", site), ("sec-fetch-mode", "navigate")]);
            assert!(!is_foreign(&Method::GET, &link), "{site}");
            assert!(is_foreign(&Method::POST, &link), "{site}");
            let embedded = headers(&[HERE, ("sec-fetch-site", site), ("sec-fetch-mode", "no-cors")]);
            assert!(is_foreign(&Method::GET, &embedded), "{site}");
        }
        assert!(!is_foreign(&Method::POST, &headers(&[HERE])), "a program");
        assert!(!is_foreign(&Method::POST, &headers(&[HERE, ("origin", "http://127.0.0.1:8080")])));
        for origin in ["http://127.0.0.1:8081", "http://evil.test", "null", "http://127.0.0.1"] {
            assert!(is_foreign(&Method::POST, &headers(&[HERE, ("origin", origin)])), "{origin}");
        }
    }
}
