//! The form in which the state is written down: JSON, one record per UUID. Pictures are the files that they came in.
//!
//! What can be derived is not written: a request is checked again from what was sent. Fields may be added with a default;
//! any other change is a new version of the file.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::account::Account;
use super::errors::ApiError;
use super::report::{UploadReport, WebhookReport};
use super::scenario::switches::{Behaviour, Settings};
use super::task::Finished;

/// Something that has to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// A UUID and all that is known of it.
    Task(Uuid, Vec<u8>),
    /// Nothing is known of a UUID any more.
    Removed(Uuid),
    /// Nothing is known of a UUID but that it is used.
    Spent(Uuid),
    /// The account.
    Account(Vec<u8>),
    /// A picture in the media storage: its file, or that it is deleted.
    Picture(Uuid, Option<Bytes>),
}

/// All that was written down.
#[derive(Debug, Default)]
pub(super) struct Saved {
    pub(super) tasks: Vec<TaskRecord>,
    pub(super) spent: HashSet<Uuid>,
    pub(super) account: Option<Account>,
    pub(super) pictures: Vec<(Uuid, Bytes)>,
}

impl Saved {
    /// Reads the record of a UUID. The error is for people.
    pub(super) fn add_task(&mut self, uuid: Uuid, record: &[u8]) -> Result<(), String> {
        let record = serde_json::from_slice(record).map_err(|error| format!("the record of {uuid}: {error}"))?;
        self.tasks.push(record);
        Ok(())
    }

    /// Reads the account.
    pub(super) fn set_account(&mut self, record: &[u8]) -> Result<(), String> {
        self.account = Some(serde_json::from_slice(record).map_err(|error| format!("the account: {error}"))?);
        Ok(())
    }
}

/// A value as it is written. Everything written here has text for keys, so that it cannot fail.
pub(super) fn written(record: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(record).expect("records are plain data")
}

/// One UUID.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaskRecord {
    /// As the client first wrote it.
    #[serde(rename = "taskUUID")]
    pub(super) task_uuid: String,
    pub(super) sequence: u64,
    pub(super) submitted_at: Timestamp,
    pub(super) submitted: u32,
    pub(super) conflicts: u32,
    pub(super) rejected: u32,
    /// The latest submission, in an array.
    pub(super) sent: Value,
    pub(super) refusal: Option<Vec<ApiError>>,
    pub(super) turned_away: Option<String>,
    pub(super) runs: Vec<RunRecord>,
}

/// One acceptance.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunRecord {
    /// The task that was accepted.
    pub(super) sent: Value,
    /// Switches that are not at their default.
    pub(super) switches: BTreeMap<String, String>,
    pub(super) accepted_at: Timestamp,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) results: Vec<Finished>,
    pub(super) failure: Option<ApiError>,
    pub(super) uploads: Vec<UploadReport>,
    pub(super) webhooks: Vec<WebhookReport>,
}

impl RunRecord {
    /// How the task behaves. A switch that this program does not know is told for what it is.
    pub(super) fn behaviour(&self) -> Result<Behaviour, String> {
        let mut settings = Settings::default();
        for (name, value) in &self.switches {
            settings.set(name, value).map_err(|wrong| wrong.to_string())?;
        }
        let mut behaviour = Behaviour::default();
        settings.apply(&mut behaviour);
        Ok(behaviour)
    }
}
