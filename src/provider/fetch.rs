//! The rescue's download: a result's bytes from the provider's own storage, through the [`guard`](crate::job::guard).
//!
//! The guard is asked for the URL, for every redirect, and for every address a name resolves to; the connection is made
//! to one of the very addresses it saw. Bytes are passed on as they are sent: nothing is decompressed, since what the
//! container probe checks must be what was stored.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderValue, RETRY_AFTER};
use reqwest::redirect::{Action, Attempt, Policy};
use tracing::Instrument;

use super::USER_AGENT;
use super::classify::retry_after;
use super::excerpt::{NAME_MAX_CHARS, excerpt};
use super::spans;
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::guard::{Guard, NotAllowed};
use crate::job::ids::ResultUrl;
use crate::ports::{ByteStream, ResultFetch};

/// Where the vendor keeps results: the host of `videoURL` in all of its published examples.
pub const VENDOR_RESULT_HOSTS: &[&str] = &["vm.runware.ai"];

/// Most redirects followed, each one checked by the guard.
const REDIRECTS_MAX: usize = 3;

/// The code of a URL that the guard refuses.
const URL_NOT_ALLOWED: &str = "url_not_allowed";

/// Where results may be fetched from, and for how long.
#[derive(Debug, Clone)]
pub struct FetchOptions {
    /// Hosts that results may be fetched from: a host, or `.domain` or `*.domain` for every host below a domain, each
    /// with an optional `:port`; without one only the scheme's own port.
    pub allow_hosts: Vec<String>,
    /// Whether those hosts may have private addresses and speak plain http: for local stacks.
    pub allow_private: bool,
    /// Longest time until a connection stands.
    pub connect_timeout: Duration,
    /// Longest pause between bytes.
    pub idle_timeout: Duration,
    /// Longest time for a whole fetch.
    pub total_timeout: Duration,
}

impl Default for FetchOptions {
    /// The vendor's hosts, public addresses only; 10 s to connect, 30 s between bytes, 30 min in all.
    fn default() -> FetchOptions {
        FetchOptions {
            allow_hosts: VENDOR_RESULT_HOSTS.iter().map(|host| (*host).to_owned()).collect(),
            allow_private: false,
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            total_timeout: Duration::from_secs(30 * 60),
        }
    }
}

/// Fetches results from allowed hosts.
#[derive(Debug, Clone)]
pub struct GuardedFetch {
    client: reqwest::Client,
    guard: Guard,
}

impl GuardedFetch {
    /// Checks the options and prepares the client; connects nowhere. A rule that cannot be read, and a machine without
    /// trusted certificates, are [`Denied`](FaultKind::Denied).
    pub fn new(options: FetchOptions) -> Outcome<GuardedFetch> {
        let denied = || Fault::new(FaultKind::Denied, "preparing to fetch results");
        let guard = Guard::listed("rescue.allow_hosts", &options.allow_hosts, options.allow_private)
            .map_err(|why| denied().because(why))?;
        let redirects = guard.clone();
        let client = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.idle_timeout)
            .timeout(options.total_timeout)
            // A proxy would resolve names itself, out of the guard's sight.
            .no_proxy()
            // The referrer would carry one result's URL, query and all, to another host.
            .referer(false)
            .no_gzip()
            .redirect(Policy::custom(move |attempt| follow(&redirects, attempt)))
            .dns_resolver(Arc::new(GuardedResolver { guard: guard.clone() }))
            .build()
            .map_err(|error| denied().because(error.without_url()))?;
        Ok(GuardedFetch { client, guard })
    }
}

fn follow(guard: &Guard, attempt: Attempt<'_>) -> Action {
    // The first of the previous URLs is the one that was asked for.
    if attempt.previous().len() > REDIRECTS_MAX {
        let host = attempt.url().host_str().unwrap_or_default();
        let host = excerpt(host, NAME_MAX_CHARS);
        return attempt.error(NotAllowed::TooManyRedirects { host });
    }
    match guard.check(attempt.url()) {
        Ok(()) => attempt.follow(),
        Err(refused) => attempt.error(refused),
    }
}

/// Resolves names to the addresses that the guard lets be reached.
struct GuardedResolver {
    guard: Guard,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.guard.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let reached: Vec<SocketAddr> = found.filter(|address| guard.reaches(address.ip())).collect();
            if reached.is_empty() {
                let host = excerpt(name.as_str(), NAME_MAX_CHARS);
                return Err(NotAllowed::PrivateAddress { host }.into());
            }
            Ok(Box::new(reached.into_iter()) as Addrs)
        })
    }
}

#[async_trait]
impl ResultFetch for GuardedFetch {
    /// Redirects are followed where the guard allows them. An answer other than 200 is a fault: 4xx is
    /// [`Rejected`](FaultKind::Rejected) with the code `http_` and the status, 5xx [`Unavailable`](FaultKind::Unavailable). A
    /// stream that ends in a fault was cut; one that ends without was whole as far as HTTP can tell.
    async fn fetch(&self, url: &ResultUrl) -> Outcome<ByteStream> {
        let url = url.expose();
        let host = excerpt(url.host_str().unwrap_or("no host"), NAME_MAX_CHARS);
        let doing = format!("fetching a result from {host}");
        self.guard.check(url).map_err(|refused| not_allowed(&doing, refused))?;
        let request = self.client.get(url.clone()).header(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let span = spans::of_fetch(url);
        let sent = request.send().instrument(span.clone()).await.map_err(|error| unsent(&doing, error));
        match &sent {
            Ok(response) => spans::note_status(&span, response.status().as_u16()),
            Err(fault) => spans::note_fault(&span, fault),
        }
        let response = sent?;
        check_head(&doing, &response)?;
        let bytes = response.bytes_stream();
        Ok(bytes.map_err(move |error| Fault::new(FaultKind::Ambiguous, &*doing).because(error.without_url())).boxed())
    }
}

fn not_allowed(doing: &str, refused: NotAllowed) -> Fault {
    Fault::new(FaultKind::Rejected { code: URL_NOT_ALLOWED.to_owned() }, doing).because(refused)
}

fn unsent(doing: &str, error: reqwest::Error) -> Fault {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(link) = cause {
        if let Some(refused) = link.downcast_ref::<NotAllowed>() {
            return not_allowed(doing, refused.clone());
        }
        cause = link.source();
    }
    let kind = if error.is_connect() { FaultKind::NotSent } else { FaultKind::Ambiguous };
    Fault::new(kind, doing).because(error.without_url())
}

fn check_head(doing: &str, response: &reqwest::Response) -> Outcome<()> {
    let status = response.status().as_u16();
    let after = || {
        let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        header.and_then(|header| retry_after(header, Timestamp::now()))
    };
    let kind = match status {
        200 => {
            let encoding = response.headers().get(CONTENT_ENCODING);
            if encoding.is_none_or(|encoding| encoding == "identity") {
                return Ok(());
            }
            let why = "the bytes come compressed, although they were asked for as they are";
            return Err(Fault::new(FaultKind::Malformed, doing).because(why));
        }
        429 => FaultKind::Throttled { after: after() },
        300..=499 => FaultKind::Rejected { code: format!("http_{status}") },
        500..=599 => FaultKind::Unavailable,
        _ => FaultKind::Malformed,
    };
    Err(Fault::new(kind, doing).because(format!("HTTP status {status}")))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use std::time::Duration;

    use futures_util::TryStreamExt;

    use super::{FetchOptions, GuardedFetch};
    use crate::job::fault::{Fault, FaultKind, Outcome};
    use crate::job::ids::ResultUrl;
    use crate::ports::ResultFetch;
    use crate::provider::scripted::{Act, Scripted, answer, cut_answer, head};

    fn local_options(hosts: Vec<String>) -> FetchOptions {
        FetchOptions { allow_hosts: hosts, allow_private: true, ..FetchOptions::default() }
    }

    fn local(hosts: Vec<String>) -> GuardedFetch {
        GuardedFetch::new(local_options(hosts)).unwrap()
    }

    async fn fetch(fetch: &GuardedFetch, url: &str) -> Outcome<Vec<u8>> {
        let stream = fetch.fetch(&ResultUrl::parse(url).unwrap()).await?;
        stream.try_fold(Vec::new(), async |all, bytes| Ok([all.as_slice(), &bytes].concat())).await
    }

    async fn fetch_from(acts: Vec<Act>) -> (Outcome<Vec<u8>>, Scripted) {
        let server = Scripted::start(acts).await;
        let allowed = local(vec![server.address.to_string()]);
        let url = format!("http://{}/v.mp4?token=secret", server.address);
        (fetch(&allowed, &url).await, server)
    }

    fn is_guarded(fault: &Fault) -> bool {
        fault.kind == FaultKind::Rejected { code: "url_not_allowed".to_owned() }
    }

    #[tokio::test]
    async fn a_result_is_streamed_as_it_is_sent() {
        let (body, server) = fetch_from(vec![answer(200, "", b"bytes of a video")]).await;
        assert_eq!(body.unwrap(), b"bytes of a video");
        let request = server.requests().remove(0);
        assert!(request.starts_with("GET /v.mp4?token=secret HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("accept-encoding: identity\r\n"), "{request}");
        let (empty, _server) = fetch_from(vec![answer(200, "", b"")]).await;
        assert_eq!(empty.unwrap(), b"");
    }

    #[tokio::test]
    async fn a_cut_reset_or_stalled_stream_ends_in_a_fault() {
        for act in [
            cut_answer(200, b"half"),
            Act::SayAndReset(head(200, "", 100, b"half")),
            Act::SayAndReset(Vec::new()),
            Act::SayAndStall(head(200, "", 100, b"half")),
            Act::SayAndStall(Vec::new()),
            Act::Say(Vec::new()),
        ] {
            let server = Scripted::start(vec![act]).await;
            let mut options = local_options(vec![server.address.to_string()]);
            options.idle_timeout = Duration::from_millis(200);
            let url = format!("http://{}/v.mp4?token=secret", server.address);
            let fault = fetch(&GuardedFetch::new(options).unwrap(), &url).await.unwrap_err();
            assert_eq!(fault.kind, FaultKind::Ambiguous, "{}", fault.chain());
            assert!(!fault.chain().contains("secret"), "{}", fault.chain());
        }
    }

    #[tokio::test]
    async fn only_a_plain_200_is_a_result() {
        let rejected = |code: &str| FaultKind::Rejected { code: code.to_owned() };
        for (act, expected) in [
            (answer(206, "", b"x"), FaultKind::Malformed),
            (answer(200, "content-encoding: gzip\r\n", b"x"), FaultKind::Malformed),
            (answer(304, "", b""), rejected("http_304")),
            (answer(403, "", b""), rejected("http_403")),
            (answer(404, "", b""), rejected("http_404")),
            (answer(429, "retry-after: 3\r\n", b""), FaultKind::Throttled { after: Some(Duration::from_secs(3)) }),
            (answer(503, "", b""), FaultKind::Unavailable),
        ] {
            assert_eq!(fetch_from(vec![act]).await.0.unwrap_err().kind, expected);
        }
    }

    #[tokio::test]
    async fn a_redirect_is_followed_to_an_allowed_place_only() {
        let target = Scripted::start(vec![answer(200, "", b"moved here")]).await;
        let location = format!("location: http://{}/elsewhere\r\n", target.address);
        let source = Scripted::start(vec![answer(302, &location, b"")]).await;
        let url = format!("http://{}/v?token=secret", source.address);

        let both = local(vec![source.address.to_string(), target.address.to_string()]);
        assert_eq!(fetch(&both, &url).await.unwrap(), b"moved here");
        assert!(!target.requests()[0].contains("referer"), "{}", target.requests()[0]);

        let fault = fetch(&local(vec![source.address.to_string()]), &url).await.unwrap_err();
        assert!(is_guarded(&fault) && fault.chain().contains("rescue.allow_hosts"), "{}", fault.chain());
        assert_eq!(target.requests().len(), 1);
    }

    #[tokio::test]
    async fn a_circle_of_redirects_is_left() {
        let (outcome, server) = fetch_from(vec![answer(302, "location: /v.mp4\r\n", b"")]).await;
        assert!(is_guarded(&outcome.unwrap_err()));
        assert_eq!(server.requests().len(), 4);
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_a_private_address_is_refused() {
        let options = FetchOptions { allow_hosts: vec!["localhost:9".to_owned()], ..FetchOptions::default() };
        let strict = GuardedFetch::new(options).unwrap();
        let fault = fetch(&strict, "https://localhost:9/v?token=secret").await.unwrap_err();
        assert!(is_guarded(&fault), "{}", fault.chain());
        assert!(fault.chain().contains("rescue.allow_private") && !fault.chain().contains("secret"));
    }

    #[tokio::test]
    async fn a_url_beyond_the_guard_is_refused_before_any_connection() {
        let server = Scripted::start(vec![answer(200, "", b"x")]).await;
        let vendor_only = GuardedFetch::new(FetchOptions::default()).unwrap();
        let url = format!("https://{}/v?token=secret", server.address);
        let fault = fetch(&vendor_only, &url).await.unwrap_err();
        assert!(is_guarded(&fault) && !fault.chain().contains("secret"), "{}", fault.chain());
        assert!(server.requests().is_empty());
    }

    #[test]
    fn a_rule_that_cannot_be_read_is_denied_by_name() {
        let options = FetchOptions { allow_hosts: vec!["*".to_owned()], ..FetchOptions::default() };
        let fault = GuardedFetch::new(options).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Denied);
        assert!(fault.chain().contains("rescue.allow_hosts"), "{}", fault.chain());
    }
}
