//! Calls of `webhookURL`: one POST of JSON for each finished result, and one for the failure of a task.
//!
//! Documented are the method, the 2xx that must come within five seconds, and the pauses between tries. Not published,
//! and decided here: the number of tries, how much jitter, that a failure is told at all (in an envelope with
//! `errors`), and that redirects are not followed. No task waits for its webhooks.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::errors::ApiError;
use super::fields::SecretUrl;
use super::report::WebhookReport;
use super::scenario::values::{WebhookBody, WebhookRetries};
use super::state::SharedState;
use super::task::Run;
use super::upload::told;
use super::wire::{Item, error_envelope};

/// Longest wait for a 2xx, as documented.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The pause after the first try, as documented. Each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The longest pause, as documented.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// Tries of one call. Our decision: the pause has been at its longest once.
const TRIES: u32 = 7;

/// The share of a pause that jitter may take away. Our decision.
const JITTER: f64 = 0.5;

/// Calls under way at once; the rest wait. A receiver that hangs costs at most this many connections.
const CALLS_AT_ONCE: usize = 64;

/// What a webhook is told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Notice {
    /// The result it is about; none when the task failed.
    video: Option<Uuid>,
    body: Value,
}

impl Notice {
    /// A result is finished: `item` as polls tell it.
    pub(super) fn of_result(video: Uuid, item: &Item, form: WebhookBody) -> Self {
        let body = match form {
            WebhookBody::Flat => json!(item),
            WebhookBody::Wrapped => json!({ "data": [item] }),
        };
        Self { video: Some(video), body }
    }

    /// The task failed. Every source has this in an envelope.
    pub(super) fn of_failure(error: &ApiError) -> Self {
        Self { video: None, body: error_envelope(std::slice::from_ref(error)) }
    }

    /// The JSON that is sent.
    #[cfg(test)]
    pub(super) fn body(&self) -> &Value {
        &self.body
    }
}

/// Calls webhooks and reports each try.
pub(super) struct Caller {
    client: reqwest::Client,
    permits: Semaphore,
    state: SharedState,
}

impl Caller {
    /// A caller with connections of its own.
    pub(super) fn new(state: SharedState) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER_TIMEOUT)
            .build()?;
        Ok(Self { client, permits: Semaphore::new(CALLS_AT_ONCE), state })
    }

    /// Tells `notice` until it is taken with a 2xx or given up.
    pub(super) async fn tell(&self, task: Run, to: &SecretUrl, notice: &Notice, retries: WebhookRetries) {
        for tried in 1.. {
            let outcome = self.try_once(to, notice).await;
            let is_taken = matches!(outcome, Ok(200..=299));
            self.record(task, to, notice, outcome);
            let pause = match retries {
                WebhookRetries::OnFault => pause(tried, die()),
                WebhookRetries::None => None,
            };
            match pause {
                Some(pause) if !is_taken => tokio::time::sleep(pause).await,
                _ => return,
            }
        }
    }

    async fn try_once(&self, to: &SecretUrl, notice: &Notice) -> Result<u16, String> {
        let Ok(_permit) = self.permits.acquire().await else {
            return Err("the emulator is closing".to_owned());
        };
        let request = self
            .client
            .post(to.expose().clone())
            .header(header::CONTENT_TYPE, "application/json")
            .body(notice.body.to_string());
        match request.send().await {
            Ok(response) => Ok(response.status().as_u16()),
            Err(error) => Err(told(error)),
        }
    }

    fn record(&self, task: Run, to: &SecretUrl, notice: &Notice, outcome: Result<u16, String>) {
        let target = to.shown();
        match &outcome {
            Ok(status @ 200..=299) => tracing::info!(%task, %target, status, "webhook called"),
            Ok(status) => tracing::warn!(%task, %target, status, "the webhook was not taken"),
            Err(failure) => tracing::warn!(%task, %target, %failure, "the webhook was not answered"),
        }
        let report = WebhookReport {
            at: Timestamp::now().to_string(),
            video_uuid: notice.video.map(|video| video.to_string()),
            target,
            status: outcome.as_ref().ok().copied(),
            failure: outcome.err(),
        };
        self.state.lock().tasks.called(task, report);
    }
}

/// How long to wait after the try number `tried` that was not taken; nothing when it was the last. `die`: 0 to 1.
fn pause(tried: u32, die: f64) -> Option<Duration> {
    let doublings = tried.checked_sub(1).filter(|_| tried < TRIES)?;
    let step = FIRST_PAUSE.saturating_mul(2u32.saturating_pow(doublings)).min(LONGEST_PAUSE);
    Some(step.mul_f64(1.0 - JITTER * die.clamp(0.0, 1.0)))
}

/// A number from 0 to 1 that nobody can foretell.
fn die() -> f64 {
    f64::from(Uuid::new_v4().as_fields().0) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{TRIES, pause};

    fn pauses_ms(die: f64) -> Vec<u128> {
        (1..=TRIES).map_while(|tried| pause(tried, die)).map(|pause| pause.as_millis()).collect()
    }

    #[test]
    fn pauses_double_from_a_quarter_of_a_second_to_eight_and_then_it_is_given_up() {
        assert_eq!(pauses_ms(0.0), [250, 500, 1000, 2000, 4000, 8000]);
        assert_eq!(pause(0, 0.0), None);
        assert_eq!(pause(u32::MAX, 0.0), None);
    }

    #[test]
    fn jitter_takes_at_most_half_of_a_pause() {
        assert_eq!(pauses_ms(1.0), [125, 250, 500, 1000, 2000, 4000]);
        assert_eq!(pauses_ms(f64::INFINITY), pauses_ms(1.0));
    }
}
