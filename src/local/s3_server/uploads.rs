//! Multipart uploads on disk: a directory per upload, in it what the upload was begun with, and a file and a record per
//! part. They survive a restart, as the objects do.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::SystemTime;

use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::ETag;
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::attributes::{Attributes, Checksums, Sidecar, hex, unix_ns};
use super::body::{Received, computed, fields, hasher_of};
use super::conditions::Precondition;
use super::store::{Store, Written, disk, read_all};

/// S3's bounds on parts: the highest number, and the fewest bytes of every part but the last.
pub(super) const PART_NUMBER_MAX: i32 = 10_000;
const PART_BYTES_MIN: u64 = 5 * 1024 * 1024;

/// What an upload was begun with.
#[derive(Serialize, Deserialize)]
struct Begun {
    bucket: String,
    key: String,
    attributes: Attributes,
}

/// One part that arrived.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) number: i32,
    pub(super) size: u64,
    pub(super) md5: String,
    pub(super) checksums: Checksums,
    pub(super) modified_unix_ns: u64,
}

/// A part as the completing request names it.
pub(super) struct Named {
    pub(super) number: i32,
    pub(super) etag: Option<ETag>,
    pub(super) checksums: Checksums,
}

/// The upload a request speaks of. All three must agree: an id is no right to write another key.
pub(super) struct UploadRef {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) id: String,
}

/// While it lives, its upload is being completed and refuses everything else.
struct Completing<'a> {
    store: &'a Store,
    id: Uuid,
}

impl Store {
    pub(super) fn begin_upload(&self, bucket: &str, key: &str, attributes: Attributes) -> S3Result<String> {
        self.require_bucket(bucket)?;
        self.layout.object(bucket, key)?;
        let id = Uuid::new_v4();
        let directory = self.layout.upload(id);
        fs::create_dir(&directory).map_err(disk)?;
        let begun = Begun { bucket: bucket.to_owned(), key: key.to_owned(), attributes };
        self.write_json(&begun_path(&directory), &begun).map_err(disk)?;
        Ok(id.simple().to_string())
    }

    /// Keeps a part; one of the same number that was there is replaced.
    pub(super) fn put_part(&self, upload: &UploadRef, number: i32, received: Received) -> S3Result<Part> {
        let Received { staged, size, md5, checksums } = received;
        let part = Part { number, size, md5, checksums, modified_unix_ns: unix_ns(SystemTime::now()) };
        let _tree = self.writing();
        let (id, _begun) = self.begun(upload)?;
        self.refuse_completing(id)?;
        let directory = self.layout.upload(id);
        staged.rename(&part_path(&directory, number)).map_err(disk)?;
        self.write_json(&record_path(&directory, number), &part).map_err(disk)?;
        Ok(part)
    }

    /// The parts that arrived, by number.
    pub(super) fn parts(&self, upload: &UploadRef) -> S3Result<BTreeMap<i32, Part>> {
        let _tree = self.reading();
        let (id, _begun) = self.begun(upload)?;
        let mut parts = BTreeMap::new();
        for entry in fs::read_dir(self.layout.upload(id)).map_err(disk)? {
            let path = entry.map_err(disk)?.path();
            let is_record = path.extension().is_some_and(|extension| extension == "part-json");
            if is_record && let Some(part) = read_json::<Part>(&path)? {
                parts.insert(part.number, part);
            }
        }
        Ok(parts)
    }

    pub(super) fn abort_upload(&self, upload: &UploadRef) -> S3Result<()> {
        let _tree = self.writing();
        let (id, _begun) = self.begun(upload)?;
        self.refuse_completing(id)?;
        fs::remove_dir_all(self.layout.upload(id)).map_err(disk)
    }

    /// Joins the named parts into the object. After a refusal the upload is as it was.
    pub(super) fn complete_upload(
        &self,
        upload: &UploadRef,
        named: &[Named],
        whole: &Checksums,
        precondition: &Precondition,
    ) -> S3Result<Sidecar> {
        let (id, begun) = self.begun(upload)?;
        let _completing = self.completing(id)?;
        let chosen = choose(&self.parts(upload)?, named)?;
        self.check(&begun.bucket, &begun.key, precondition)?;

        let directory = self.layout.upload(id);
        let staged = self.stage();
        let mut joined = File::create(staged.path()).map_err(disk)?;
        let mut hasher = hasher_of(whole);
        let (mut of_all, mut of_parts) = (Md5::new(), Md5::new());
        for part in &chosen {
            let mut of_part = Md5::new();
            let bytes = File::open(part_path(&directory, part.number)).map_err(disk)?;
            read_all(bytes, |chunk| {
                of_part.update(chunk);
                of_all.update(chunk);
                hasher.update(chunk);
                joined.write_all(chunk)
            })
            .map_err(disk)?;
            let md5 = of_part.finalize();
            // A kill between a part's two renames can leave a record of other bytes.
            if hex(&md5) != part.md5 {
                return Err(s3_error!(InvalidPart, "Part {} is damaged; upload it again.", part.number));
            }
            of_parts.update(&md5);
        }
        drop(joined);
        let checksums = computed(hasher);
        if checksums != *whole {
            return Err(s3_error!(BadDigest, "The checksum you specified did not match the calculated checksum."));
        }
        let etag = format!("{}-{}", hex(&of_parts.finalize()), chosen.len());
        let md5 = hex(&of_all.finalize());
        let written = Written { etag, md5, checksums, attributes: begun.attributes };
        let sidecar = self.commit((&begun.bucket, &begun.key), staged, written, precondition)?;
        fs::remove_dir_all(directory).map_err(disk)?;
        Ok(sidecar)
    }

    fn begun(&self, upload: &UploadRef) -> S3Result<(Uuid, Begun)> {
        self.require_bucket(&upload.bucket)?;
        let no_such_upload = || s3_error!(NoSuchUpload, "The specified multipart upload does not exist.");
        // Parsed before it is part of any path.
        let id = Uuid::try_parse(&upload.id).map_err(|_| no_such_upload())?;
        let begun = read_json::<Begun>(&begun_path(&self.layout.upload(id)))?.ok_or_else(no_such_upload)?;
        if begun.bucket != upload.bucket || begun.key != upload.key {
            return Err(no_such_upload());
        }
        Ok((id, begun))
    }

    fn completing(&self, id: Uuid) -> S3Result<Completing<'_>> {
        // Under the lock that writers of parts hold, so that none of them is half done.
        let _tree = self.writing();
        let mut completing = self.completing.lock().unwrap_or_else(PoisonError::into_inner);
        if completing.insert(id) { Ok(Completing { store: self, id }) } else { Err(s3_error!(OperationAborted)) }
    }

    fn refuse_completing(&self, id: Uuid) -> S3Result<()> {
        let completing = self.completing.lock().unwrap_or_else(PoisonError::into_inner);
        if completing.contains(&id) { Err(s3_error!(OperationAborted)) } else { Ok(()) }
    }
}

impl Drop for Completing<'_> {
    fn drop(&mut self) {
        self.store.completing.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// The named parts, when they are there, as named, in order, and large enough.
fn choose(parts: &BTreeMap<i32, Part>, named: &[Named]) -> S3Result<Vec<Part>> {
    if named.is_empty() {
        return Err(s3_error!(MalformedXML, "A completed upload names at least one part."));
    }
    if !named.is_sorted_by(|a, b| a.number < b.number) {
        return Err(s3_error!(InvalidPartOrder));
    }
    let mut chosen = Vec::with_capacity(named.len());
    for name in named {
        let part = parts.get(&name.number).filter(|part| is_as_named(part, name));
        let part = part.ok_or_else(|| s3_error!(InvalidPart, "Part {} is not there, or not as named.", name.number))?;
        chosen.push(part.clone());
    }
    let (_last, others) = chosen.split_last().expect("at least one part was named");
    if others.iter().any(|part| part.size < PART_BYTES_MIN) {
        return Err(s3_error!(EntityTooSmall, "Your proposed upload is smaller than the minimum allowed size"));
    }
    Ok(chosen)
}

fn is_as_named(part: &Part, name: &Named) -> bool {
    let etag = name.etag.as_ref().is_none_or(|etag| etag.value() == part.md5);
    let mut checksums = fields(&part.checksums).into_iter().zip(fields(&name.checksums));
    etag && checksums.all(|((_, has), (_, named))| named.is_none() || named == has)
}

fn begun_path(directory: &Path) -> PathBuf {
    directory.join("upload.json")
}

fn part_path(directory: &Path, number: i32) -> PathBuf {
    directory.join(format!("{number:05}.part"))
}

fn record_path(directory: &Path, number: i32) -> PathBuf {
    directory.join(format!("{number:05}.part-json"))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> S3Result<Option<T>> {
    match fs::read(path) {
        Ok(json) => serde_json::from_slice(&json).map(Some).map_err(|error| disk(error.into())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk(error)),
    }
}
