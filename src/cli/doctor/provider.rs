//! The provider: whether it answers, its clock, the key, and the account. Buys nothing.

use std::time::Duration;

use tokio::time::timeout;

use super::catalogue::{Area, Check};
use super::clock;
use super::findings as f;
use super::found::{Found, Notes};
use crate::job::fault::FaultKind;
use crate::provider::{AccountAnswer, RunwareApi};

/// Longest wait for the answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Seconds of the longest video that a job can ask for.
const LONGEST_S: f64 = 300.0;

/// Asks the provider about the account.
pub(super) async fn examine(api: &RunwareApi, url: &str, usd_per_second: f64, notes: &Notes) {
    let met = [("url", url)];
    let answer = match timeout(ANSWER_WITHIN, api.account()).await {
        Ok(answer) => answer.map_err(|fault| (fault.kind.clone(), fault.chain())),
        Err(_) => Err((FaultKind::Unavailable, format!("no answer within {ANSWER_WITHIN:?}"))),
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err((kind, seen)) => {
            let entry = match kind {
                FaultKind::Denied | FaultKind::Rejected { .. } | FaultKind::Malformed | FaultKind::Bug => {
                    &f::PROVIDER_STRANGE
                }
                FaultKind::NotSent | FaultKind::Ambiguous | FaultKind::Throttled { .. } | FaultKind::Unavailable => {
                    &f::PROVIDER_UNREACHABLE
                }
            };
            notes.add(Found::ill(entry, seen, &met));
            return notes.skip_rest(Area::Provider, "the provider does not answer");
        }
    };
    notes.add(Found::well(Check::ProviderConnection, url));
    let clocks = (&f::PROVIDER_CLOCK_OFF, &f::PROVIDER_CLOCK_DRIFTS);
    notes.add(clock::compare(Check::ProviderClock, clocks, api.skew(), false, None));
    match answer {
        AccountAnswer::KeyRefused(seen) => {
            notes.add(Found::ill(&f::KEY_REFUSED, seen, &met));
            notes.skip_rest(Area::Provider, "the key is refused");
        }
        AccountAnswer::NoCredit(seen) => {
            notes.add(Found::well(Check::ProviderKey, ""));
            notes.add(Found::ill(&f::BALANCE_EMPTY, seen, &met));
        }
        AccountAnswer::NotTold(seen) => {
            notes.add(Found::skipped(Check::ProviderKey, "the provider does not answer questions about the account"));
            notes.add(Found::ill(&f::BALANCE_UNTOLD, seen, &met));
        }
        AccountAnswer::Told { balance_usd } => {
            notes.add(Found::well(Check::ProviderKey, ""));
            notes.add(balance(balance_usd, usd_per_second));
        }
    }
}

fn balance(balance_usd: Option<f64>, usd_per_second: f64) -> Found {
    let Some(usd) = balance_usd else {
        return Found::ill(&f::BALANCE_UNTOLD, "an answer without a balance that could be read", &[]);
    };
    let (seen, price) = (format!("{usd:.2} USD"), LONGEST_S * usd_per_second);
    if usd <= 0.0 {
        Found::ill(&f::BALANCE_EMPTY, seen, &[])
    } else if usd < price {
        Found::ill(&f::BALANCE_LOW, seen, &[("price", &format!("{price:.2}"))])
    } else {
        Found::well(Check::ProviderBalance, seen)
    }
}
