//! Schemas of events: the CloudEvents attributes with the `data` of each type.

use serde_json::{Value, json};

use super::generator;
use crate::job::event::{
    CompletedData, Event, EventType, FailedData, LandedData, ProgressData, RejectedData, SubmittedData,
};

const OPEN: &str = "A CloudEvent 1.0 in structured JSON form. Consumers must ignore fields they do not know, here and in \
     everything below: later releases add some under the same type. What would change a meaning gets a new type.";

/// The schema of events of one type.
pub(super) fn document(event_type: EventType) -> Value {
    let mut generator = generator();
    let data = match event_type {
        EventType::Submitted => generator.subschema_for::<SubmittedData>(),
        EventType::Progress => generator.subschema_for::<ProgressData>(),
        EventType::Landed => generator.subschema_for::<LandedData>(),
        EventType::Completed => generator.subschema_for::<CompletedData>(),
        EventType::Failed => generator.subschema_for::<FailedData>(),
        EventType::Rejected => generator.subschema_for::<RejectedData>(),
    };
    let mut document = generator.into_root_schema_for::<Event>().to_value();
    document["title"] = event_type.name().into();
    document["description"] = format!("{} {OPEN}", when(event_type)).into();
    document["properties"]["type"] = json!({ "type": "string", "const": event_type.name() });
    document["properties"]["data"] = data.to_value();
    if event_type != EventType::Rejected {
        document["properties"]["subject"]["description"] = "The job id.".into();
        if let Some(required) = document["required"].as_array_mut() {
            required.push("subject".into());
        }
    }
    document
}

/// When an event of this type is published, in one sentence.
pub(super) fn when(event_type: EventType) -> &'static str {
    match event_type {
        EventType::Submitted => "All tasks of a job were accepted by the provider. Optional, by setting.",
        EventType::Progress => "The provider reported progress of one result. Optional, and not published by default.",
        EventType::Landed => "One result is verified at its final key. Optional, by setting.",
        EventType::Completed => "A job completed: every result is verified at its final key.",
        EventType::Failed => "A job failed for good; lists what landed all the same, and why the rest did not.",
        EventType::Rejected => "A message was no valid job, and is dead-lettered; nothing was bought for it.",
    }
}
