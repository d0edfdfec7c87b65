//! The account: what is left of its money, and what it was used for.
//!
//! Pure, in whole millionths of a USD. A video is paid for when it is accepted and what never came is credited, so that
//! the balance is always the opening one less what all tasks cost. There is one account, whatever the key.
//!
//! The shape of `getDetails` is the vendor's. Decided here: one request of the usage is one accepted task, days are
//! those of UTC, and a credit counts for the day on which it is given.

use std::collections::VecDeque;

use axum::http::StatusCode;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Unit};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::errors::ApiError;
use super::fields::Fields;
use super::request::{self, TaskId};
use super::wire::Item;

/// The vendor's task type.
pub(super) const TASK_TYPE: &str = "accountManagement";

/// The one operation that is answered. The clients know three more for usage by day, model and key, whose answers are
/// not published in full.
const GET_DETAILS: &str = "getDetails";

/// Balance of a new account in millionths of a USD: a million USD, more than a table full of the longest tasks costs, so
/// that nothing runs out of money that was not meant to.
pub(super) const DEFAULT_BALANCE_MICRO_USD: u64 = 1_000_000_000_000;

/// Days of usage that are kept one by one: the longest window told.
const DAYS_KEPT: usize = 30;

/// The one organisation there is. Its names and dates are made up and always the same, so that answers can be compared.
const ORGANIZATION_UUID: &str = "1a2dfa11-0000-4000-8000-000000000001";
const OPENED_AT: &str = "2026-01-01T00:00:00Z";

/// Reads one `accountManagement` task object.
pub(super) fn read(task: &Map<String, Value>) -> Result<TaskId, Vec<ApiError>> {
    let mut fields = Fields::of_task(task);
    fields.choice("taskType", &[(TASK_TYPE, ())]);
    let id = request::task_id(&mut fields);
    fields.require("operation", "string");
    fields.choice("operation", &[(GET_DETAILS, ())]);
    let errors = fields.finish();
    id.filter(|_| errors.is_empty()).ok_or(errors)
}

/// An account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Account {
    balance_micro_usd: u64,
    total: Usage,
    /// The last days with any usage, oldest first.
    days: VecDeque<(Date, Usage)>,
}

/// What was bought in some time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    /// Signed: on a day without purchases a credit for one of the day before leaves less than nothing.
    micro_usd: i64,
    requests: u64,
}

impl Account {
    /// A new account that holds so much.
    pub(super) fn holding(balance_micro_usd: u64) -> Self {
        Self { balance_micro_usd, total: Usage::default(), days: VecDeque::new() }
    }

    /// Whether it can pay so much.
    pub(super) fn covers(&self, micro_usd: u64) -> bool {
        micro_usd <= self.balance_micro_usd
    }

    /// Pays for one accepted task.
    pub(super) fn charge(&mut self, now: Timestamp, micro_usd: u64) {
        self.balance_micro_usd = self.balance_micro_usd.saturating_sub(micro_usd);
        self.book(now, Usage { micro_usd: signed(micro_usd), requests: 1 });
    }

    /// Gives back what a task did not deliver.
    pub(super) fn credit(&mut self, now: Timestamp, micro_usd: u64) {
        if micro_usd > 0 {
            self.balance_micro_usd = self.balance_micro_usd.saturating_add(micro_usd);
            self.book(now, Usage { micro_usd: -signed(micro_usd), requests: 0 });
        }
    }

    fn book(&mut self, now: Timestamp, usage: Usage) {
        self.total.add(usage);
        let today = day(now);
        match self.days.iter_mut().rev().find(|(date, _)| *date == today) {
            Some((_, sum)) => sum.add(usage),
            None => self.days.push_back((today, usage)),
        }
        while self.days.len() > DAYS_KEPT {
            self.days.pop_front();
        }
    }

    /// What was used in the last so many days, today included.
    fn used_in(&self, days: i64, now: Timestamp) -> Usage {
        let today = day(now);
        let first = today.checked_sub((days - 1).days()).unwrap_or(today);
        let mut sum = Usage::default();
        self.days.iter().filter(|(date, _)| (first..=today).contains(date)).for_each(|(_, usage)| sum.add(*usage));
        sum
    }

    /// What is left, in USD.
    pub(super) fn balance_usd(&self) -> f64 {
        usd(signed(self.balance_micro_usd))
    }

    /// What `getDetails` answers. No key is told, not even in part.
    pub(super) fn details(&self, id: &TaskId, now: Timestamp) -> Item {
        Item::of_utility(
            TASK_TYPE,
            id,
            json!({
                "operation": GET_DETAILS,
                "organizationUUID": ORGANIZATION_UUID,
                "organizationName": "Landfall Emulator",
                "AIRSource": "landfall",
                "balance": self.balance_usd(),
                "team": [{
                    "name": "Local Developer",
                    "email": "developer@landfall.invalid",
                    "roles": ["Owner"],
                    "joinedAt": OPENED_AT,
                }],
                "apiKeys": [{
                    "name": "local",
                    "apiKey": "********",
                    "description": "Every key that this emulator accepts",
                    "enabled": true,
                    "createdAt": OPENED_AT,
                    "lastUsedAt": now.round(Unit::Second).unwrap_or(now).to_string(),
                    "requests": self.total.requests,
                }],
                "usage": {
                    "total": self.total.told(),
                    "today": self.used_in(1, now).told(),
                    "last7Days": self.used_in(7, now).told(),
                    "last30Days": self.used_in(30, now).told(),
                },
            }),
        )
    }
}

impl Default for Account {
    fn default() -> Self {
        Self::holding(DEFAULT_BALANCE_MICRO_USD)
    }
}

impl Usage {
    fn add(&mut self, more: Self) {
        self.micro_usd += more.micro_usd;
        self.requests += more.requests;
    }

    fn told(self) -> Value {
        json!({ "credits": usd(self.micro_usd), "requests": self.requests })
    }
}

/// The refusal of a task that the account cannot pay. Nothing of it is documented but the code and the status.
pub(super) fn no_credit(id: &TaskId) -> ApiError {
    ApiError::new(StatusCode::PAYMENT_REQUIRED, "insufficientCredits", "The account has too few credits for this task.")
        .of_task(Some(request::TASK_TYPE), Some(&id.text))
}

fn day(now: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(now).date()
}

fn signed(micro_usd: u64) -> i64 {
    i64::try_from(micro_usd).unwrap_or(i64::MAX)
}

/// For the wire, which has USD as JSON numbers.
fn usd(micro_usd: i64) -> f64 {
    // Whole millionths up to 2^53 are exact: nine thousand million dollars.
    micro_usd as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use serde_json::{Value, json};

    use super::{Account, DAYS_KEPT};
    use crate::emulator::request::parse_task_id;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn details(account: &Account, now: Timestamp) -> Value {
        let id = parse_task_id("0b8a2f4c-6a33-4d0e-9a51-3f6f1c7f9b21").expect("a UUID");
        serde_json::to_value(account.details(&id, now)).expect("plain data")
    }

    fn days(count: i64) -> Timestamp {
        START + SignedDuration::from_hours(24 * count)
    }

    #[test]
    fn the_balance_falls_with_what_is_charged_and_rises_with_what_is_credited() {
        let mut account = Account::holding(1_000_000);
        assert!(account.covers(1_000_000) && !account.covers(1_000_001));
        account.charge(START, 990_000);
        assert!(account.covers(10_000) && !account.covers(10_001));
        account.credit(START, 660_000);
        let told = details(&account, START);
        assert_eq!(told["balance"], 0.67);
        assert_eq!(told["usage"]["total"], json!({"credits": 0.33, "requests": 1}));
    }

    #[test]
    fn usage_is_told_for_windows_of_days() {
        let mut account = Account::holding(10_000_000);
        for (day, micro_usd) in [(0, 1_000_000), (25, 200_000), (29, 30_000), (29, 30_000)] {
            account.charge(days(day), micro_usd);
        }
        let told = details(&account, days(29));
        assert_eq!(told["usage"]["today"], json!({"credits": 0.06, "requests": 2}));
        assert_eq!(told["usage"]["last7Days"], json!({"credits": 0.26, "requests": 3}));
        assert_eq!(told["usage"]["last30Days"], json!({"credits": 1.26, "requests": 4}));
        assert_eq!(details(&account, days(30))["usage"]["last30Days"]["credits"], 0.26);
        assert_eq!(details(&account, days(30))["usage"]["total"]["credits"], 1.26);
    }

    #[test]
    fn an_account_in_use_for_years_keeps_a_month_of_days() {
        let mut account = Account::holding(u64::MAX);
        (0..1000).for_each(|day| account.charge(days(day), 1));
        assert_eq!(account.days.len(), DAYS_KEPT);
        assert_eq!(details(&account, days(999))["usage"]["last30Days"]["requests"], 30);
    }
}
