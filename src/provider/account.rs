//! The account behind the key: whether the key is accepted, and what is left. Buys nothing.

use std::sync::PoisonError;

use jiff::SignedDuration;
use uuid::Uuid;

use super::RunwareApi;
use super::classify::Call;
use super::wire::{ErrorItem, Question};
use crate::job::fault::Outcome;
use crate::job::ids::TaskUuid;
use crate::ports::{ErrorFamily, bug};

/// What the provider says of the account.
#[derive(Debug, Clone, PartialEq)]
pub enum AccountAnswer {
    /// The key is accepted.
    Told {
        /// What the account holds, in US dollars, where the answer says so in a way that is known.
        balance_usd: Option<f64>,
    },
    /// The key is not, or the account is closed.
    KeyRefused(String),
    /// The account has no credit, so that it is told nothing.
    NoCredit(String),
    /// The provider does not answer this question; of the key it complains of nothing.
    NotTold(String),
}

impl RunwareApi {
    /// Asks what the account holds.
    pub async fn account(&self) -> Outcome<AccountAnswer> {
        let name = TaskUuid::parse(&Uuid::new_v4().to_string()).map_err(|why| bug("naming a question").because(why))?;
        let mut answer = self.call(Call::Account, &[name], &[Question::get_account(name)]).await?;
        let Some(reply) = answer.reply.take() else {
            let fault = answer.opaque();
            return match answer.status {
                401 | 403 => Ok(AccountAnswer::KeyRefused(fault.chain())),
                402 => Ok(AccountAnswer::NoCredit(fault.chain())),
                _ => Err(fault),
            };
        };
        let Some(ErrorItem { refusal, .. }) = reply.errors.into_iter().next() else {
            let is_success = (200..=299).contains(&answer.status);
            return is_success
                .then_some(AccountAnswer::Told { balance_usd: reply.balance_usd })
                .ok_or_else(|| answer.opaque());
        };
        let said = answer.refused(&refusal);
        match refusal.family {
            ErrorFamily::Auth => Ok(AccountAnswer::KeyRefused(said.chain())),
            ErrorFamily::Quota => Ok(AccountAnswer::NoCredit(said.chain())),
            ErrorFamily::RateLimit | ErrorFamily::Server | ErrorFamily::Timeout => Err(said),
            ErrorFamily::Safety
            | ErrorFamily::Provider
            | ErrorFamily::NotFound
            | ErrorFamily::Validation
            | ErrorFamily::Conflict
            | ErrorFamily::Unknown => Ok(AccountAnswer::NotTold(said.chain())),
        }
    }

    /// How far our clock was ahead of the provider's at its last answer, behind when negative; `None` before any answer.
    pub fn skew(&self) -> Option<SignedDuration> {
        self.skew.lock().unwrap_or_else(PoisonError::into_inner).seen()
    }
}
