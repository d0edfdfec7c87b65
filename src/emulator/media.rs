//! The vendor's media storage: pictures kept under a `mediaUUID`, to be used as `inputs.image`.
//!
//! Pure: pictures are fetched and decoded by the picture desk. The vendor takes images, videos, sound and 3D models as a
//! URL, a data URI or base64; the one input of this model is a picture, so nothing else is taken here. It keeps what is
//! in use for ever and has no list; this keeps so much in memory, and in the state file if there is one.

use std::collections::{BTreeSet, HashMap};

use axum::http::StatusCode;
use bytes::Bytes;
use image::ImageFormat;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::errors::ApiError;
use super::fields::Fields;
use super::record::Change;
use super::request::{self, TaskId};
use super::wire::Item;

/// The vendor's task type and its operations.
pub(super) const TASK_TYPE: &str = "mediaStorage";
const UPLOAD: &str = "upload";
const DELETE: &str = "delete";

/// Route of `mediaURL`, in the vendor's shape.
pub(super) const ROUTE: &str = "/image/ii/{file}";

/// Pictures kept at once.
const MAX_MEDIA: usize = 1_000;

/// Bytes kept at once: with [`MAX_MEDIA`] this bounds the memory of the storage.
const MAX_MEDIA_BYTES: usize = 256 * 1024 * 1024;

/// A picture that was decoded once, as the file it came in. Clones share the bytes.
#[derive(Debug, Clone)]
pub(super) struct Media {
    pub(super) format: ImageFormat,
    pub(super) file: Bytes,
}

/// What is kept.
#[derive(Debug, Default)]
pub(super) struct MediaStorage {
    kept: HashMap<Uuid, Media>,
    /// What has to be written down, when anything has to be.
    changed: Option<BTreeSet<Uuid>>,
}

/// Something that a POST asks to be kept. It has to be fetched or decoded first.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub(super) id: TaskId,
    /// A URL, a data URI or base64.
    pub(super) media: String,
}

/// What a task asks of the storage.
#[derive(Debug)]
pub(super) enum Order {
    Upload(Upload),
    Delete { id: TaskId, media: Uuid },
}

/// Reads one `mediaStorage` task object. What is uploaded is looked into later, where it may take time.
pub(super) fn read(task: &Map<String, Value>) -> Result<Order, Vec<ApiError>> {
    let mut fields = Fields::of_task(task);
    fields.choice("taskType", &[(TASK_TYPE, ())]);
    let id = request::task_id(&mut fields);
    fields.require("operation", "string");
    fields.require("media", "string");
    let order = match fields.choice("operation", &[(UPLOAD, true), (DELETE, false)]) {
        Some(true) => {
            let media = fields.string("media").map(str::to_owned);
            id.zip(media).map(|(id, media)| Order::Upload(Upload { id, media }))
        }
        Some(false) => {
            let media = fields.parsed("media", "the mediaUUID of stored media", |text| Uuid::parse_str(text).ok());
            id.zip(media).map(|(id, media)| Order::Delete { id, media })
        }
        None => fields.string("media").and(None),
    };
    let errors = fields.finish();
    order.filter(|_| errors.is_empty()).ok_or(errors)
}

impl MediaStorage {
    /// Keeps `media` under a new UUID, unless the storage is full. `base_url` is what its URL starts with.
    pub(super) fn keep(&mut self, id: &TaskId, uuid: Uuid, media: Media, base_url: &str) -> Result<Item, ApiError> {
        let bytes: usize = self.kept.values().map(|media| media.file.len()).sum();
        if self.kept.len() >= MAX_MEDIA || bytes + media.file.len() > MAX_MEDIA_BYTES {
            return Err(full(id));
        }
        let media_url = format!("{base_url}{}", url_path(uuid, media.format));
        self.kept.insert(uuid, media);
        self.touch(uuid);
        let told = json!({ "operation": UPLOAD, "mediaUUID": uuid, "mediaURL": media_url });
        Ok(Item::of_utility(TASK_TYPE, id, told))
    }

    /// Forgets a picture.
    pub(super) fn delete(&mut self, id: &TaskId, uuid: Uuid) -> Result<Item, ApiError> {
        self.kept.remove(&uuid).ok_or_else(|| not_found(id))?;
        self.touch(uuid);
        Ok(Item::of_utility(TASK_TYPE, id, json!({ "operation": DELETE, "mediaUUID": uuid })))
    }

    /// From now on every change is noted, for [`MediaStorage::take_changes`].
    pub(super) fn note_changes(&mut self) {
        self.changed.get_or_insert_default();
    }

    fn touch(&mut self, uuid: Uuid) {
        if let Some(changed) = &mut self.changed {
            changed.insert(uuid);
        }
    }

    /// What changed since the last time.
    pub(super) fn take_changes(&mut self) -> Vec<Change> {
        let changed = self.changed.as_mut().map(std::mem::take).unwrap_or_default();
        changed.into_iter().map(|uuid| Change::Picture(uuid, self.find(uuid).map(|media| media.file))).collect()
    }

    /// Takes up pictures that were written down. The error is for people.
    pub(super) fn restore(&mut self, pictures: Vec<(Uuid, Bytes)>) -> Result<(), String> {
        for (uuid, file) in pictures {
            let format = image::guess_format(&file).map_err(|error| format!("the picture {uuid}: {error}"))?;
            self.kept.insert(uuid, Media { format, file });
        }
        Ok(())
    }

    /// The picture with this UUID.
    pub(super) fn find(&self, uuid: Uuid) -> Option<Media> {
        self.kept.get(&uuid).cloned()
    }

    /// The picture at this file name, the last part of its URL.
    pub(super) fn at(&self, file: &str) -> Option<Media> {
        let (stem, _) = file.split_once('.')?;
        let uuid = Uuid::parse_str(stem).ok()?;
        self.find(uuid).filter(|media| file_name(uuid, media.format) == file)
    }
}

/// The file name in the path of a `mediaURL`.
pub(super) fn file_of(path: &str) -> Option<&str> {
    path.strip_prefix(ROUTE.split_once('{')?.0)
}

fn url_path(uuid: Uuid, format: ImageFormat) -> String {
    ROUTE.replace("{file}", &file_name(uuid, format))
}

fn file_name(uuid: Uuid, format: ImageFormat) -> String {
    format!("{uuid}.{}", format.extensions_str().first().unwrap_or(&"bin"))
}

fn full(id: &TaskId) -> ApiError {
    let message = format!("This emulator keeps {MAX_MEDIA} pictures and {MAX_MEDIA_BYTES} bytes. Delete some first.");
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "maxMediaExceeded", message)
        .about("media")
        .of_task(Some(TASK_TYPE), Some(&id.text))
}

fn not_found(id: &TaskId) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "mediaNotFound", "No stored media has this mediaUUID.")
        .about("media")
        .expecting("string")
        .of_task(Some(TASK_TYPE), Some(&id.text))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use image::ImageFormat;
    use uuid::Uuid;

    use super::{MAX_MEDIA, MAX_MEDIA_BYTES, Media, MediaStorage, file_of};
    use crate::emulator::request::{TaskId, parse_task_id};

    fn id() -> TaskId {
        parse_task_id("0b8a2f4c-6a33-4d0e-9a51-3f6f1c7f9b21").expect("a UUID")
    }

    fn picture(bytes: usize) -> Media {
        Media { format: ImageFormat::Png, file: Bytes::from(vec![0; bytes]) }
    }

    #[test]
    fn a_picture_is_found_by_its_uuid_and_by_its_url_until_it_is_deleted() {
        let (mut storage, uuid) = (MediaStorage::default(), Uuid::new_v4());
        let item = storage.keep(&id(), uuid, picture(7), "http://host").expect("room");
        let item = serde_json::to_value(item).expect("plain data");
        let url = url::Url::parse(item["mediaURL"].as_str().expect("a URL")).expect("a URL");
        let file = file_of(url.path()).expect("of the storage");
        assert!(storage.find(uuid).is_some() && storage.at(file).is_some());
        assert!(storage.at(&file.replace("png", "jpg")).is_none());
        storage.delete(&id(), uuid).expect("kept");
        assert!(storage.find(uuid).is_none() && storage.at(file).is_none());
        assert_eq!(storage.delete(&id(), uuid).expect_err("gone").code(), "mediaNotFound");
    }

    #[test]
    fn the_storage_is_bounded_in_number_and_bytes() {
        let mut storage = MediaStorage::default();
        let mut keep = |bytes| storage.keep(&id(), Uuid::new_v4(), picture(bytes), "").map(drop);
        assert_eq!(keep(MAX_MEDIA_BYTES + 1).expect_err("too large").code(), "maxMediaExceeded");
        (0..MAX_MEDIA).for_each(|_| keep(1).expect("room"));
        assert_eq!(keep(1).expect_err("full").code(), "maxMediaExceeded");
    }
}
