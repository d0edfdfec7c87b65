//! Events to JSON lines.

use std::path::Path;

use async_trait::async_trait;

use super::line_file::LineFile;
use crate::job::event::Event;
use crate::job::fault::Outcome;
use crate::ports::{EventSink, bug};

/// Appends each event as one line: a CloudEvent in structured JSON form.
///
/// A repeat of an event is another line with the same id, as it would be another message on a broker.
#[derive(Clone)]
pub struct JsonLinesEvents {
    file: LineFile,
}

impl JsonLinesEvents {
    /// Opens or creates the file at `path`; its directory must exist.
    pub fn open(path: &Path) -> Outcome<JsonLinesEvents> {
        Ok(JsonLinesEvents { file: LineFile::open(path)? })
    }
}

#[async_trait]
impl EventSink for JsonLinesEvents {
    /// An event that ends a job is on the disk before the job is settled; the others survive a crash of this process.
    async fn publish(&self, event: &Event) -> Outcome<()> {
        let line = serde_json::to_vec(event).map_err(|why| bug(format!("writing event {}", event.id)).because(why))?;
        self.file.append(line, event.event_type.is_terminal()).await
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::job::event::Speaker;
    use crate::job::reason::Reason;

    #[tokio::test]
    async fn each_event_is_a_line_that_can_be_read_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("events.jsonl");
        let sink = JsonLinesEvents::open(&path).unwrap();
        let speaker = Speaker { source: "pool".to_owned(), traceparent: None };
        let time = "2031-05-06T07:08:09Z".parse().unwrap();
        let events = ["a\nb", "c"]
            .map(|message| speaker.of_rejected(message.as_bytes(), None, Reason::InvalidJob, Vec::new(), time).0);
        for event in &events {
            sink.publish(event).await.unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let read: Vec<Event> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(read, events);
    }
}
