//! What the page shows of a task, in words.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use url::Url;

use crate::emulator::fields::SecretUrl;
use crate::emulator::report::{TaskReport, TaskState, UploadReport, WebhookReport};
use crate::emulator::shelf;
use crate::emulator::steps::Step;
use crate::emulator::tasks::listing::{Detail, Row};

/// Names of fields whose values are nobody's business, wherever somebody put them.
const SECRET_NAMES: [&str; 5] = ["key", "token", "secret", "password", "authorization"];

/// One task in the list.
pub(super) struct RowView {
    pub(super) uuid: String,
    pub(super) state: &'static str,
    pub(super) percent: u8,
    pub(super) prompt: String,
    pub(super) facts: String,
    pub(super) cost: String,
    pub(super) time: String,
    pub(super) time_in_full: String,
    pub(super) detail: Option<DetailView>,
}

/// All of one task.
pub(super) struct DetailView {
    pub(super) prompt: String,
    pub(super) error: Option<(String, String)>,
    pub(super) videos: Vec<VideoView>,
    /// Results that are not there yet.
    pub(super) missing: usize,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) faults: Vec<(&'static str, String)>,
    pub(super) deliveries: Vec<Delivery>,
    /// JSON, without secrets.
    pub(super) sent: String,
}

/// One finished result.
pub(super) struct VideoView {
    pub(super) uuid: String,
    pub(super) path: Option<String>,
    /// Where its captions are, if it is served.
    pub(super) captions: String,
    /// Where its script is.
    pub(super) script: String,
}

/// One try of an upload or a webhook.
pub(super) struct Delivery {
    pub(super) kind: &'static str,
    pub(super) time: String,
    pub(super) target: String,
    /// Bytes sent, of an upload.
    pub(super) size: String,
    pub(super) outcome: String,
    pub(super) is_good: bool,
}

impl RowView {
    /// `waits_for` is the step that it waits for.
    pub(super) fn of(row: Row, detail: Option<Detail>, waits_for: Option<Step>, now: Timestamp) -> Self {
        let report = row.report;
        let waiting = waits_for.map(|step| format!(" · waits to {}", step_name(step))).unwrap_or_default();
        let accepted_at = report.accepted_at.as_deref().and_then(|time| time.parse::<Timestamp>().ok());
        Self {
            state: state_name(report.state),
            percent: row.percent,
            prompt: report.prompt.clone().unwrap_or_default(),
            facts: facts_in_short(&report) + &waiting,
            cost: usd(report.billed_usd),
            time: accepted_at.map(|time| clock(time, now)).unwrap_or_default(),
            time_in_full: accepted_at.map(|time| time.to_string()).unwrap_or_default(),
            detail: detail.map(|detail| DetailView::of(&report, detail, now)),
            uuid: report.task_uuid,
        }
    }
}

impl DetailView {
    fn of(report: &TaskReport, detail: Detail, now: Timestamp) -> Self {
        let wanted = match report.state {
            TaskState::Processing | TaskState::Success => report.number_results.unwrap_or_default(),
            TaskState::Rejected | TaskState::Error => 0,
        };
        let sent = serde_json::to_string_pretty(&without_secrets("", &detail.sent)).unwrap_or_default();
        Self {
            facts: facts(report),
            faults: detail.faults.into_iter().map(|(switch, value)| (switch.name, value)).collect(),
            missing: usize::try_from(wanted).unwrap_or_default().saturating_sub(report.video_uuids.len()),
            deliveries: deliveries(report, now),
            error: report.error_code.clone().map(|code| (code, report.error_message.clone().unwrap_or_default())),
            videos: report
                .video_uuids
                .iter()
                .zip(&report.video_paths)
                .enumerate()
                .map(|(index, (uuid, path))| VideoView {
                    uuid: uuid.clone(),
                    captions: path.as_deref().and_then(shelf::captions_path).unwrap_or_default(),
                    script: format!("/_emulator/tasks/{}/script.json?result={index}", report.task_uuid),
                    path: path.clone(),
                })
                .collect(),
            prompt: detail.prompt,
            sent,
        }
    }
}

impl Delivery {
    fn of_upload(upload: &UploadReport, now: Timestamp) -> Self {
        let size = bytes(upload.bytes);
        Self { kind: "PUT", size, ..Self::of(&upload.at, &upload.target, upload.status, upload.failure.as_ref(), now) }
    }

    fn of_webhook(webhook: &WebhookReport, now: Timestamp) -> Self {
        Self::of(&webhook.at, &webhook.target, webhook.status, webhook.failure.as_ref(), now)
    }

    fn of(at: &str, target: &str, status: Option<u16>, failure: Option<&String>, now: Timestamp) -> Self {
        Self {
            kind: "webhook",
            time: at.parse::<Timestamp>().map(|time| clock(time, now)).unwrap_or_default(),
            target: target.to_owned(),
            size: String::new(),
            outcome: match (status, failure) {
                (Some(status), _) => status.to_string(),
                (None, Some(failure)) => failure.clone(),
                (None, None) => "no answer".to_owned(),
            },
            is_good: status.is_some_and(|status| (200..300).contains(&status)),
        }
    }
}

/// Every try, in order of time.
fn deliveries(report: &TaskReport, now: Timestamp) -> Vec<Delivery> {
    let uploads = report.uploads.iter().map(|upload| (&upload.at, Delivery::of_upload(upload, now)));
    let webhooks = report.webhooks.iter().map(|webhook| (&webhook.at, Delivery::of_webhook(webhook, now)));
    let mut tries: Vec<(Option<Timestamp>, Delivery)> =
        uploads.chain(webhooks).map(|(at, delivery)| (at.parse().ok(), delivery)).collect();
    tries.sort_by_key(|(at, _)| *at);
    tries.into_iter().map(|(_, delivery)| delivery).collect()
}

/// The state in a word, which is a class of the style sheet, too.
pub(super) fn state_name(state: TaskState) -> &'static str {
    match state {
        TaskState::Rejected => "rejected",
        TaskState::Processing => "processing",
        TaskState::Success => "success",
        TaskState::Error => "error",
    }
}

fn step_name(step: Step) -> &'static str {
    match step {
        Step::Render => "render",
        Step::Upload => "upload",
        Step::Finish => "finish",
        Step::Webhook => "webhook",
        Step::Fail => "fail",
    }
}

/// The state of that word.
pub(super) fn state_of(name: &str) -> Option<TaskState> {
    [TaskState::Rejected, TaskState::Processing, TaskState::Success, TaskState::Error]
        .into_iter()
        .find(|state| state_name(*state) == name)
}

/// Money, to the cent, or finer where cents would hide it.
pub(super) fn usd(usd: f64) -> String {
    let is_whole_cents = (usd * 100.0 - (usd * 100.0).round()).abs() < 1e-4;
    let text = if is_whole_cents { format!("{usd:.2}") } else { format!("{usd:.3}") };
    match text.split_once('.').and_then(|(whole, part)| Some((whole.parse().ok()?, part))) {
        Some((whole, part)) => format!("${}.{part}", count(whole)),
        None => format!("${text}"),
    }
}

/// A whole number with commas.
pub(super) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn bytes(size: u64) -> String {
    let size = size as f64;
    match size {
        ..1e3 => format!("{size} B"),
        ..1e6 => format!("{:.1} kB", size / 1e3),
        _ => format!("{:.1} MB", size / 1e6),
    }
}

/// The time of day, and the day if it was another one.
fn clock(time: Timestamp, now: Timestamp) -> String {
    const HALF_A_DAY: SignedDuration = SignedDuration::from_hours(12);
    let form = if now.duration_since(time) < HALF_A_DAY { "%H:%M:%S" } else { "%b %-d, %H:%M" };
    time.strftime(form).to_string()
}

fn facts_in_short(report: &TaskReport) -> String {
    let mut text = String::new();
    if let (Some(width), Some(height)) = (report.width, report.height) {
        let _ = write!(text, "{width}×{height}");
    }
    if let Some(duration) = report.duration_s {
        let _ = write!(text, " · {duration} s");
    }
    if let Some(format) = &report.output_format {
        let _ = write!(text, " · {format}");
    }
    if let Some(results) = report.number_results.filter(|results| *results > 1) {
        let _ = write!(text, " · {results} results");
    }
    if let Some(code) = &report.error_code {
        let _ = write!(text, "{}{code}", if text.is_empty() { "" } else { " · " });
    }
    text
}

fn facts(report: &TaskReport) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let (Some(width), Some(height)) = (report.width, report.height) {
        facts.push(("size", format!("{width}×{height}")));
    }
    facts.extend(report.duration_s.map(|duration| ("duration", format!("{duration} s"))));
    facts.extend(report.output_format.clone().map(|format| ("outputFormat", format)));
    facts.extend(report.number_results.map(|results| ("numberResults", results.to_string())));
    facts.extend(report.input.clone().map(|input| ("presenter", input)));
    facts.push(("safety", if report.safety_checked { "checked" } else { "not checked" }.to_owned()));
    facts.push(("webhook", if report.webhook { "wanted" } else { "none" }.to_owned()));
    facts.push(("billed", usd(report.billed_usd)));
    facts.push(("submitted", times(report.submitted)));
    if report.conflicts > 0 {
        facts.push(("conflicts", times(report.conflicts)));
    }
    if report.rejected > 0 {
        facts.push(("rejected", times(report.rejected)));
    }
    facts
}

fn times(number: u32) -> String {
    match number {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{number} times"),
    }
}

/// A request that may be shown: of URLs host and path only, of secrets nothing. The prompt is what it is.
fn without_secrets(name: &str, value: &Value) -> Value {
    let lower = name.to_lowercase();
    match value {
        _ if SECRET_NAMES.iter().any(|secret| lower.contains(secret)) => "(not shown)".into(),
        Value::String(text) if name == "positivePrompt" => text.as_str().into(),
        Value::String(text) => shown(&lower, text).into(),
        Value::Array(items) => items.iter().map(|item| without_secrets(name, item)).collect(),
        Value::Object(object) => {
            let shown = |(name, value): (&String, &Value)| (name.clone(), without_secrets(name, value));
            object.iter().map(shown).collect::<Map<String, Value>>().into()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// `name` is in lower case.
fn shown(name: &str, text: &str) -> String {
    if let Some(url) = SecretUrl::parse(text) {
        return url.shown();
    }
    let is_like_a_url = text.contains("://") || (text.contains('?') && text.contains('=')) || Url::parse(text).is_ok();
    // Where a URL belongs, what is none may still hold what was to be one.
    if is_like_a_url || name.contains("url") || name.contains("endpoint") || name == "image" {
        return "(not shown)".to_owned();
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::{bytes, clock, count, usd, without_secrets};

    #[test]
    fn numbers_read_well() {
        assert_eq!([0.0, 0.165, 1.98, 12.0].map(usd), ["$0.00", "$0.165", "$1.98", "$12.00"]);
        assert_eq!(usd(999_999.967), "$999,999.967");
        assert_eq!([count(7), count(999), count(1_000), count(12_345_678)], ["7", "999", "1,000", "12,345,678"]);
        assert_eq!([bytes(999), bytes(12_345), bytes(7_654_321)], ["999 B", "12.3 kB", "7.7 MB"]);
    }

    #[test]
    fn a_time_of_another_day_has_its_day() {
        let time: Timestamp = "2026-03-01T09:05:07Z".parse().expect("a time");
        assert_eq!(clock(time, "2026-03-01T10:00:00Z".parse().expect("a time")), "09:05:07");
        assert_eq!(clock(time, "2026-03-02T10:00:00Z".parse().expect("a time")), "Mar 1, 09:05");
    }

    #[test]
    fn a_request_is_shown_without_signatures_log_ins_and_keys() {
        let sent = json!({
            "positivePrompt": "Read https://example.com/?page=1 aloud",
            "duration": 5,
            "uploadEndpoint": "https://u:pw@store.test/bucket/key.mp4?X-Amz-Signature=SECRET",
            "webhookURL": "hooks.test/x?token=SECRET",
            "inputs": {"image": "data:image/png;base64,SECRET", "avatar": "Ada_Front"},
            "apiKey": "SECRET",
            "routing": {"via": "ftp://u:SECRET@host/x", "list": ["https://h.test/p?sig=SECRET", "eu"], "Token": {"a": "SECRET"}},
        });
        assert_eq!(
            without_secrets("", &sent),
            json!({
                "positivePrompt": "Read https://example.com/?page=1 aloud",
                "duration": 5,
                "uploadEndpoint": "store.test/bucket/key.mp4",
                "webhookURL": "(not shown)",
                "inputs": {"image": "(not shown)", "avatar": "Ada_Front"},
                "apiKey": "(not shown)",
                "routing": {"via": "(not shown)", "list": ["h.test/p", "eu"], "Token": "(not shown)"},
            })
        );
    }
}
