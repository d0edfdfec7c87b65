//! `landfall healthcheck`: container images have no curl.

use std::time::Duration;

use clap::Args;

use super::{Exit, Failure};

/// How long a health page may take.
const WITHIN: Duration = Duration::from_secs(3);

/// Ask a health page; for container health checks
///
/// Asks a page; exits with 0 on a 2xx answer, else with 69 and what it said.
#[derive(Debug, Args)]
pub(super) struct HealthcheckArgs {
    /// The page
    #[arg(long, default_value = "http://127.0.0.1:8080/readyz")]
    url: String,
}

pub(super) async fn healthcheck(args: HealthcheckArgs) -> Result<Exit, Failure> {
    let unreachable =
        |why: reqwest::Error| Failure::new(Exit::Unreachable, format!("{}: {}", args.url, why.without_url()));
    let client = reqwest::Client::builder().no_proxy().timeout(WITHIN).build().map_err(unreachable)?;
    let answer = client.get(&args.url).send().await.map_err(unreachable)?;
    if answer.status().is_success() {
        return Ok(Exit::Done);
    }
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    Err(Failure::new(Exit::Unreachable, format!("{}: {status}: {}", args.url, text.trim())))
}
