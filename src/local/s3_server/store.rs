//! The objects on disk. All of it blocks, and runs on the blocking pool through [`Store::run`].
//!
//! A write is prepared in a staging file, without any lock, and becomes visible by a rename under the store's one lock,
//! where its precondition is checked too: of any number of racers one wins. The lock is one for the whole store and not
//! one per key because removing an object also removes the directories it leaves empty, which other keys may need;
//! it is held for a few system calls, never while bytes are moved.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use s3s::crypto::{Checksum as _, Md5};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use serde::Serialize;
use uuid::Uuid;

use super::attributes::{Attributes, Checksums, Sidecar, hex, modified_unix_ns, unix_ns};
use super::conditions::Precondition;
use super::layout::{Layout, Location};

/// How much of a file is in memory while it is hashed or copied, in bytes.
pub(super) const CHUNK_BYTES: usize = 256 * 1024;

pub(super) struct Store {
    pub(super) layout: Layout,
    tree: RwLock<()>,
    /// Uploads being completed: nobody else may touch their parts.
    pub(super) completing: Mutex<HashSet<Uuid>>,
}

/// An object as it was at one moment: the open file keeps its bytes whatever is written to the key afterwards.
pub(super) struct Object {
    pub(super) file: File,
    pub(super) sidecar: Sidecar,
}

/// A file being written, not yet visible. Dropping it removes it.
pub(super) struct Staged {
    path: PathBuf,
}

/// What a write puts beside the staged bytes.
pub(super) struct Written {
    pub(super) etag: String,
    pub(super) md5: String,
    pub(super) checksums: Checksums,
    pub(super) attributes: Attributes,
}

impl Store {
    /// Makes the directories, and clears away what a killed process was writing.
    pub(super) fn open(root: PathBuf) -> io::Result<Store> {
        let layout = Layout::new(root);
        match fs::remove_dir_all(layout.staging()) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        fs::create_dir_all(layout.staging())?;
        fs::create_dir_all(layout.uploads())?;
        Ok(Store { layout, tree: RwLock::new(()), completing: Mutex::default() })
    }

    /// Runs blocking work on the store. It goes on to its end even when the caller is dropped, so a request that is
    /// cut never leaves a write half done.
    pub(super) async fn run<T, F>(self: &Arc<Self>, work: F) -> S3Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Store) -> S3Result<T> + Send + 'static,
    {
        let store = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || {
            // Logged here, where the subscriber is the process's own: requests run without one.
            work(&store).inspect_err(|error| {
                if *error.code() == S3ErrorCode::InternalError {
                    tracing::error!(%error, "the embedded S3 server's directory failed");
                }
            })
        });
        done.await.unwrap_or_else(|error| Err(S3Error::internal_error(error)))
    }

    /// True when the bucket is new.
    pub(super) fn create_bucket(&self, name: &str) -> S3Result<bool> {
        match fs::create_dir(self.layout.bucket(name)?) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(disk(error)),
        }
    }

    pub(super) fn require_bucket(&self, name: &str) -> S3Result<PathBuf> {
        let path = self.layout.bucket(name)?;
        if path.is_dir() { Ok(path) } else { Err(s3_error!(NoSuchBucket)) }
    }

    /// The buckets by name, each with the time its directory was made or, where that is unknown, last changed.
    pub(super) fn buckets(&self) -> S3Result<Vec<(String, u64)>> {
        let mut buckets = Vec::new();
        for entry in fs::read_dir(self.layout.root()).map_err(disk)? {
            let entry = entry.map_err(disk)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let about = entry.metadata().map_err(disk)?;
            if about.is_dir() && self.layout.bucket(&name).is_ok() {
                buckets.push((name, about.created().map_or_else(|_| modified_unix_ns(&about), unix_ns)));
            }
        }
        buckets.sort();
        Ok(buckets)
    }

    /// A new name in the staging directory; the file is the caller's to make.
    pub(super) fn stage(&self) -> Staged {
        Staged { path: self.layout.staging().join(Uuid::new_v4().simple().to_string()) }
    }

    pub(super) fn object(&self, bucket: &str, key: &str) -> S3Result<Object> {
        self.find(bucket, key)?.ok_or_else(|| s3_error!(NoSuchKey, "The specified key does not exist."))
    }

    pub(super) fn find(&self, bucket: &str, key: &str) -> S3Result<Option<Object>> {
        self.require_bucket(bucket)?;
        let location = self.layout.object(bucket, key)?;
        let looked = {
            let _tree = self.reading();
            look(&location).map_err(disk)?
        };
        let Some((file, recorded)) = looked else { return Ok(None) };
        // Not under the lock: reading a file that nobody recorded takes long.
        let (object, is_news) = settle(&location, file, recorded).map_err(disk)?;
        if is_news {
            self.record_if_unchanged(&location, &object).map_err(disk)?;
        }
        Ok(Some(object))
    }

    /// Checks the precondition and makes the staged bytes the object, in one step as others see it.
    pub(super) fn commit(
        &self,
        (bucket, key): (&str, &str),
        staged: Staged,
        written: Written,
        precondition: &Precondition,
    ) -> S3Result<Sidecar> {
        let location = self.layout.object(bucket, key)?;
        let about = fs::metadata(staged.path()).map_err(disk)?;
        let Written { etag, md5, checksums, attributes } = written;
        let (size, modified_unix_ns) = (about.len(), modified_unix_ns(&about));
        let sidecar = Sidecar { key: key.to_owned(), size, modified_unix_ns, etag, md5, checksums, attributes };

        let _tree = self.writing();
        self.require_bucket(bucket)?;
        self.check_locked(&location, precondition)?;
        make_room(&location)?;
        staged.rename(&location.data).map_err(disk)?;
        self.record(&location, &sidecar).map_err(disk)?;
        Ok(sidecar)
    }

    /// Looks at a precondition before the work it guards; the answer that counts is the one of [`Store::commit`].
    pub(super) fn check(&self, bucket: &str, key: &str, precondition: &Precondition) -> S3Result<()> {
        if precondition.is_none() {
            return Ok(());
        }
        precondition.check(self.find(bucket, key)?.map(|object| object.sidecar).as_ref())
    }

    /// Removes an object and the directories it leaves empty; one that is not there is removed already.
    pub(super) fn remove(&self, bucket: &str, key: &str, precondition: &Precondition) -> S3Result<()> {
        self.require_bucket(bucket)?;
        let location = self.layout.object(bucket, key)?;
        let _tree = self.writing();
        self.check_locked(&location, precondition)?;
        if look(&location).map_err(disk)?.is_none() {
            return Ok(());
        }
        fs::remove_file(&location.data).map_err(disk)?;
        match fs::remove_file(&location.sidecar) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(disk(error)),
            Ok(()) | Err(_) => {}
        }
        let parents = location.data.ancestors().skip(1).take_while(|path| *path != location.bucket);
        for parent in parents {
            if fs::remove_dir(parent).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Replaces the tags of an object and nothing else of it.
    pub(super) fn retag(&self, bucket: &str, key: &str, tags: BTreeMap<String, String>) -> S3Result<()> {
        // Settled first, so that what is locked out below is short.
        self.object(bucket, key)?;
        let location = self.layout.object(bucket, key)?;
        let _tree = self.writing();
        let Some((file, recorded)) = look(&location).map_err(disk)? else { return Err(s3_error!(NoSuchKey)) };
        let (mut object, _is_news) = settle(&location, file, recorded).map_err(disk)?;
        object.sidecar.attributes.tags = tags;
        self.record(&location, &object.sidecar).map_err(disk)
    }

    fn check_locked(&self, location: &Location, precondition: &Precondition) -> S3Result<()> {
        if precondition.is_none() {
            return Ok(());
        }
        let current = match look(location).map_err(disk)? {
            Some((file, recorded)) => Some(settle(location, file, recorded).map_err(disk)?.0.sidecar),
            None => None,
        };
        precondition.check(current.as_ref())
    }

    fn record_if_unchanged(&self, location: &Location, object: &Object) -> io::Result<()> {
        let _tree = self.writing();
        match fs::metadata(&location.data) {
            Ok(now) if object.sidecar.describes(&now) => self.record(location, &object.sidecar),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn record(&self, location: &Location, sidecar: &Sidecar) -> io::Result<()> {
        let directory = location.sidecar.parent().expect("a sidecar is always in a directory");
        fs::create_dir_all(directory)?;
        self.write_json(&location.sidecar, sidecar)
    }

    /// Writes a small file of state so that a reader sees the old one or the new one, never half.
    pub(super) fn write_json(&self, path: &Path, value: &impl Serialize) -> io::Result<()> {
        let staged = self.stage();
        fs::write(staged.path(), serde_json::to_vec(value)?)?;
        staged.rename(path)
    }

    pub(super) fn reading(&self) -> RwLockReadGuard<'_, ()> {
        // The lock guards no value that a panic could leave half changed: the state is on disk.
        self.tree.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn writing(&self) -> RwLockWriteGuard<'_, ()> {
        self.tree.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Staged {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn rename(self, to: &Path) -> io::Result<()> {
        fs::rename(&self.path, to)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Renamed or never made: nothing to remove. What cannot be removed now is cleared at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

/// A failure of the disk under the store: nobody's request is wrong.
pub(super) fn disk(error: io::Error) -> S3Error {
    let mut answer = S3Error::internal_error(error);
    answer.set_message("The server's directory could not be read or written.");
    answer
}

/// Reads all of `from`, giving each piece to `take`.
pub(super) fn read_all(mut from: impl io::Read, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(length) => take(&chunk[..length])?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The file at a key with what was recorded of it, which may be about other bytes. `None` is no object.
fn look(location: &Location) -> io::Result<Option<(File, Option<Sidecar>)>> {
    let file = match File::open(&location.data) {
        Ok(file) => file,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    if !file.metadata()?.is_file() {
        return Ok(None);
    }
    let recorded = match fs::read(&location.sidecar) {
        Ok(json) => serde_json::from_slice(&json).ok(),
        Err(error) if is_absent(&error) => None,
        Err(error) => return Err(error),
    };
    Ok(Some((file, recorded)))
}

/// The object with a sidecar that is about these bytes; true when that had to be found out by reading them.
fn settle(location: &Location, mut file: File, recorded: Option<Sidecar>) -> io::Result<(Object, bool)> {
    let about = file.metadata()?;
    if let Some(sidecar) = recorded.as_ref().filter(|sidecar| sidecar.describes(&about)) {
        return Ok((Object { file, sidecar: sidecar.clone() }, false));
    }
    let mut digest = Md5::new();
    read_all(&file, |chunk| {
        digest.update(chunk);
        Ok(())
    })?;
    file.rewind()?;
    let md5 = hex(&digest.finalize());
    let (size, modified_unix_ns) = (about.len(), modified_unix_ns(&about));
    let sidecar = match recorded {
        // The same bytes, moved or touched.
        Some(sidecar) if sidecar.md5 == md5 => Sidecar { size, modified_unix_ns, ..sidecar },
        Some(_) | None => Sidecar {
            key: location.key.clone(),
            size,
            modified_unix_ns,
            etag: md5.clone(),
            md5,
            checksums: Checksums::default(),
            attributes: Attributes::default(),
        },
    };
    Ok((Object { file, sidecar }, true))
}

/// Makes the directories above a key. A plain file cannot also be a directory, so of `a` and `a/b` the first one stays.
fn make_room(location: &Location) -> S3Result<()> {
    let clash = || {
        s3_error!(
            InvalidRequest,
            "This server keeps objects as plain files: `a` and `a/b` cannot both be objects, and one such is there."
        )
    };
    if location.data.is_dir() {
        return Err(clash());
    }
    let parent = location.data.parent().expect("a key is always below its bucket");
    match fs::create_dir_all(parent) {
        Ok(()) => Ok(()),
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotADirectory) => Err(clash()),
        Err(error) => Err(disk(error)),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
