//! A worker that runs on this machine, asked for its own view.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::catalogue::Check;
use super::findings as f;
use super::found::{Found, Notes};
use crate::config::Config;

/// Longest wait for the page.
const WITHIN: Duration = Duration::from_secs(3);

/// Asks `/readyz`, where `http.listen` says that it is.
pub(super) async fn examine(config: &Config, notes: &Notes) {
    notes.add(match page(config).await {
        Ok((url, 200, _)) => Found::well(Check::WorkerReady, format!("{url} is ready")),
        Ok((url, 503, causes)) => {
            let causes = causes.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
            Found::ill(&f::WORKER_UNREADY, causes, &[("url", &url), ("events", &config.amqp.events_exchange)])
        }
        Ok((url, status, _)) => {
            Found::skipped(Check::WorkerReady, format!("what listens at {url} is no worker (HTTP status {status})"))
        }
        Err(why) => Found::skipped(Check::WorkerReady, why),
    });
}

/// The page's address, its status and its text.
async fn page(config: &Config) -> Result<(String, u16, String), String> {
    let listen: SocketAddr = config.http.listen.parse().map_err(|_| "http.listen is no address".to_owned())?;
    let host = match listen.ip() {
        IpAddr::V4(address) if address.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(address) if address.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        address => address,
    };
    let url = format!("http://{}", SocketAddr::new(host, listen.port()));
    let none = |_| format!("no worker answers at {url} (http.listen); to ask one elsewhere, see its /readyz");
    let client = reqwest::Client::builder().no_proxy().timeout(WITHIN).build().map_err(none)?;
    let answer = client.get(format!("{url}/readyz")).send().await.map_err(none)?;
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap_or_default();
    Ok((url, status, text))
}
