//! What the pages under `deploy/errors/` say of a reason, for showing it beside a failure.

use crate::job::reason::Reason;

/// A reason's page.
pub(crate) struct Explained {
    /// In a sentence, from its title.
    pub(crate) title: String,
    pub(crate) parts: Vec<Part>,
}

/// A heading and what stands below it.
pub(crate) struct Part {
    pub(crate) heading: Option<String>,
    pub(crate) paragraphs: Vec<Paragraph>,
}

pub(crate) struct Paragraph {
    pub(crate) is_item: bool,
    /// Text, and whether it is code.
    pub(crate) spans: Vec<(String, bool)>,
}

fn page_of(reason: Reason) -> &'static str {
    match reason {
        Reason::InvalidJob => include_str!("../../../deploy/errors/invalid_job.md"),
        Reason::JobIdReused => include_str!("../../../deploy/errors/job_id_reused.md"),
        Reason::ProviderRejected => include_str!("../../../deploy/errors/provider_rejected.md"),
        Reason::ContentRefused => include_str!("../../../deploy/errors/content_refused.md"),
        Reason::ProviderFailed => include_str!("../../../deploy/errors/provider_failed.md"),
        Reason::ObjectMissing => include_str!("../../../deploy/errors/object_missing.md"),
        Reason::ObjectInvalid => include_str!("../../../deploy/errors/object_invalid.md"),
        Reason::DestinationOccupied => include_str!("../../../deploy/errors/destination_occupied.md"),
        Reason::DeadlineExceeded => include_str!("../../../deploy/errors/deadline_exceeded.md"),
        Reason::BudgetExceeded => include_str!("../../../deploy/errors/budget_exceeded.md"),
        Reason::SubmissionUnknown => include_str!("../../../deploy/errors/submission_unknown.md"),
        Reason::Cancelled => include_str!("../../../deploy/errors/cancelled.md"),
        Reason::Internal => include_str!("../../../deploy/errors/internal.md"),
    }
}

/// What people should know of a reason. The parts about the event's fields are for those who write consumers.
pub(crate) fn explain(reason: Reason) -> Explained {
    let mut title = String::new();
    let mut parts = vec![Part { heading: None, paragraphs: Vec::new() }];
    for line in page_of(reason).lines().filter(|line| !line.trim().is_empty()) {
        if let Some(heading) = line.strip_prefix("# ") {
            title = heading.split_once(": ").map_or(heading, |(_, meaning)| meaning).to_owned();
        } else if let Some(heading) = line.strip_prefix("## ") {
            parts.push(Part { heading: Some(heading.to_owned()), paragraphs: Vec::new() });
        } else if let Some(part) = parts.last_mut() {
            let item = line.strip_prefix("- ");
            part.paragraphs.push(Paragraph { is_item: item.is_some(), spans: spans(item.unwrap_or(line)) });
        }
    }
    parts.retain(|part| part.heading.as_deref() != Some("In the event"));
    Explained { title, parts }
}

/// Code between backticks, and the rest without its emphasis and the targets of its links.
fn spans(line: &str) -> Vec<(String, bool)> {
    let pieces = line.split('`').enumerate().map(|(place, piece)| match place % 2 {
        0 => (plain(piece), false),
        _ => (piece.to_owned(), true),
    });
    pieces.filter(|(text, _)| !text.is_empty()).collect()
}

fn plain(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("](") {
        shown.push_str(before);
        rest = after.split_once(')').map_or(after, |(_, after)| after);
    }
    shown.push_str(rest);
    shown.replace(['*', '['], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_explained_with_what_was_bought_and_what_to_do() {
        for reason in Reason::ALL {
            let Explained { title, parts } = explain(reason);
            assert!(!title.is_empty() && !title.contains('`'), "{reason:?}");
            for heading in ["What was bought", "What to do"] {
                let part = parts.iter().find(|part| part.heading.as_deref() == Some(heading));
                assert!(part.is_some_and(|part| !part.paragraphs.is_empty()), "{reason:?}: {heading}");
            }
            let texts = parts.iter().flat_map(|part| &part.paragraphs).flat_map(|paragraph| &paragraph.spans);
            for (text, _) in texts.filter(|(_, is_code)| !is_code) {
                assert!(!text.contains(['`', '*', '[', ']']), "{reason:?}: {text}");
            }
        }
    }
}
