//! The contracts as documents: JSON Schemas of jobs, control messages, events and ledger records, and an AsyncAPI description of the queues.
//!
//! All are made from the Rust types and constants that the program itself uses; `deploy/schemas/` holds them as files, and
//! a test keeps those in step. The dialect is JSON Schema draft 7, the one that AsyncAPI 3.0 defines payloads in.

mod asyncapi;
mod control;
mod events;
mod order;
mod types;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::RecursiveTransform;
use serde_json::Value;

use super::event::EventType;
use super::ledger::LedgerRecord;

pub use types::{SHA256_HEX, instant, outcome_type, rejection_reason};

/// File name of the schema of jobs.
pub const JOB_FILE: &str = "job.v1.json";

/// File name of the schema of control messages.
pub const CONTROL_FILE: &str = "control.v1.json";

/// File name of the schema of ledger records.
pub const LEDGER_FILE: &str = "ledger.v1.json";

/// File name of the AsyncAPI document.
pub const ASYNCAPI_FILE: &str = "asyncapi.json";

/// Every document with the name of its file.
pub fn documents() -> Vec<(&'static str, Value)> {
    let mut documents = vec![(JOB_FILE, order::document()), (CONTROL_FILE, control::document())];
    for event_type in EventType::ALL {
        documents.push((event_file(event_type), events::document(event_type)));
    }
    documents.push((LEDGER_FILE, generator().into_root_schema_for::<LedgerRecord>().to_value()));
    documents.push((ASYNCAPI_FILE, asyncapi::document()));
    for (_, document) in &mut documents {
        // Whether objects keep their order depends on what else is compiled in.
        document.sort_all_objects();
    }
    documents
}

/// File name of the schema of events of one type.
pub fn event_file(event_type: EventType) -> &'static str {
    match event_type {
        EventType::Submitted => "event.job.submitted.v1.json",
        EventType::Progress => "event.job.progress.v1.json",
        EventType::Landed => "event.result.landed.v1.json",
        EventType::Completed => "event.job.completed.v1.json",
        EventType::Failed => "event.job.failed.v1.json",
        EventType::Rejected => "event.job.rejected.v1.json",
    }
}

/// Makes schemas of what landfall writes.
fn generator() -> SchemaGenerator {
    let settings = SchemaSettings::draft07().for_serialize();
    settings.with_transform(RecursiveTransform(types::plain as fn(&mut schemars::Schema))).into_generator()
}

#[cfg(test)]
mod tests;
