//! The state file: what is remembered across a restart, also one by SIGKILL.
//!
//! One record of JSON for each UUID, in a store with transactions (redb). A thread of its own writes what changed, as many
//! changes per commit as have come up meanwhile, so that one wait for the disk serves many answers. An answer is sent
//! only when everything is on disk that was decided up to it: so no client ever knows of what a restart forgets.
//!
//! Upload URLs are in the file, because without them nothing could go on. It is for its owner's eyes only.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use redb::backends::FileBackend;
use redb::{Database, DatabaseError, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, TableError};
use tokio::sync::watch;
use uuid::Uuid;

use super::record::{Change, Saved};

/// Form of the file. A program that reads another one refuses it.
const VERSION: u64 = 1;

const ABOUT: TableDefinition<'_, &str, u64> = TableDefinition::new("landfall-emulator");
const TASKS: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("tasks");
const SPENT: TableDefinition<'_, u128, ()> = TableDefinition::new("spent");
const ACCOUNT: TableDefinition<'_, (), &[u8]> = TableDefinition::new("account");
/// Came later: a file may be without it.
const PICTURES: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("pictures");

/// Pages of the store kept in memory, in bytes. The table has everything in memory already.
const CACHE_BYTES: usize = 8 * 1024 * 1024;

/// Changes in one commit at most.
const BATCH: usize = 10_000;

/// Wait after a commit that failed, as on a full disk. Meanwhile no answer is sent.
const PAUSE: Duration = Duration::from_secs(1);

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another process writes it.
    #[error("the state file {} is in use by another emulator: stop that one, or name another file", .0.display())]
    InUse(PathBuf),
    /// It is something else.
    #[error("{} is no state file of an emulator, and is left as it is: name another file", .0.display())]
    Foreign(PathBuf),
    /// A newer program wrote it.
    #[error("the state file {} has version {found}, and this program reads {VERSION}: use a newer one, or another file", .path.display())]
    Newer {
        /// Where it is.
        path: PathBuf,
        /// What it says.
        found: u64,
    },
    /// It cannot be believed.
    #[error("the state file {} is damaged: {reason}. Restore it from a copy, or remove it to begin anew", .path.display())]
    Damaged {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system refuses.
    #[error("the state file {} cannot be used: {error}", .path.display())]
    Io {
        /// Where it is.
        path: PathBuf,
        /// What it says.
        error: io::Error,
    },
}

impl From<StateError> for io::Error {
    fn from(error: StateError) -> Self {
        Self::other(error)
    }
}

enum Order {
    Write(Vec<Change>),
    Close,
}

/// The file, while it is written.
pub(super) struct Journal {
    orders: Sender<Order>,
    appended: AtomicU64,
    durable: watch::Receiver<u64>,
}

impl Journal {
    /// Opens or makes the file at `path`. Returns what is in it, and the thread that writes it until [`Journal::close`].
    pub(super) fn open(path: &Path) -> Result<(Self, Saved, JoinHandle<()>), StateError> {
        let mut database = open(path)?;
        let damaged = |reason: String| StateError::Damaged { path: path.to_owned(), reason };
        database.check_integrity().map_err(|error| damaged(error.to_string()))?;
        check_version(&database, path)?;
        let saved = read(&database).map_err(damaged)?;
        let (orders, ordered) = channel();
        let (written, durable) = watch::channel(0);
        let writer = std::thread::Builder::new().name("emulator-state".to_owned());
        let thread = writer
            .spawn(move || write_all(&database, &ordered, &written))
            .map_err(|error| StateError::Io { path: path.to_owned(), error })?;
        Ok((Self { orders, appended: AtomicU64::new(0), durable }, saved, thread))
    }

    /// Has changes written, after all that were appended before. To be called under the lock of the state.
    pub(super) fn append(&self, changes: Vec<Change>) {
        if self.orders.send(Order::Write(changes)).is_ok() {
            self.appended.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Waits until all that was appended so far is on disk.
    pub(super) async fn written(&self) {
        let appended = self.appended.load(Ordering::Acquire);
        // When the writer is gone, the emulator is closing, and nobody waits for an answer any more.
        let _ = self.durable.clone().wait_for(|durable| *durable >= appended).await;
    }

    /// Ends the writer once it has written what was appended. What comes later is not written.
    pub(super) fn close(&self) {
        // A writer that ended before has nothing left to do.
        let _ = self.orders.send(Order::Close);
    }
}

fn open(path: &Path) -> Result<Database, StateError> {
    let io_error = |error| StateError::Io { path: path.to_owned(), error };
    let file = private_file(path).map_err(io_error)?;
    let opened = FileBackend::new(file)
        .and_then(|file| Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(file));
    match opened {
        Ok(database) => Ok(database),
        Err(DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch) => {
            Err(StateError::InUse(path.to_owned()))
        }
        // It does not begin as such a store does.
        Err(DatabaseError::Storage(redb::StorageError::Io(error))) if error.kind() == io::ErrorKind::InvalidData => {
            Err(StateError::Foreign(path.to_owned()))
        }
        Err(DatabaseError::Storage(redb::StorageError::Io(error))) => Err(io_error(error)),
        Err(error) => Err(StateError::Damaged { path: path.to_owned(), reason: error.to_string() }),
    }
}

/// Opens or makes a file that only its owner can read. One that is there and empty may be anybody's to read, as somebody
/// made it beforehand.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    if file.metadata()?.len() == 0 {
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    Ok(file)
}

fn check_version(database: &Database, path: &Path) -> Result<(), StateError> {
    let damaged = |error: redb::Error| StateError::Damaged { path: path.to_owned(), reason: error.to_string() };
    match version(database).map_err(damaged)? {
        Version::Is(VERSION) => Ok(()),
        Version::Is(found) => Err(StateError::Newer { path: path.to_owned(), found }),
        Version::None => Err(StateError::Foreign(path.to_owned())),
        Version::New => begin(database).map_err(damaged),
    }
}

enum Version {
    Is(u64),
    /// It has tables and says nothing of a version.
    None,
    /// Nothing is in it yet.
    New,
}

fn version(database: &Database) -> Result<Version, redb::Error> {
    let reading = database.begin_read()?;
    match reading.open_table(ABOUT) {
        Ok(about) => Ok(about.get("version")?.map_or(Version::None, |found| Version::Is(found.value()))),
        Err(TableError::TableDoesNotExist(_)) if reading.list_tables()?.next().is_none() => Ok(Version::New),
        Err(TableError::Storage(error)) => Err(error.into()),
        Err(_) => Ok(Version::None),
    }
}

fn begin(database: &Database) -> Result<(), redb::Error> {
    let writing = database.begin_write()?;
    writing.open_table(ABOUT)?.insert("version", VERSION)?;
    writing.open_table(TASKS)?;
    writing.open_table(SPENT)?;
    writing.open_table(ACCOUNT)?;
    writing.commit()?;
    Ok(())
}

fn read(database: &Database) -> Result<Saved, String> {
    let mut saved = Saved::default();
    let told = |error: redb::Error| error.to_string();
    let reading = database.begin_read().map_err(|error| told(error.into()))?;
    let tasks = reading.open_table(TASKS).map_err(|error| told(error.into()))?;
    for item in tasks.iter().map_err(|error| told(error.into()))? {
        let (uuid, record) = item.map_err(|error| told(error.into()))?;
        saved.add_task(Uuid::from_u128(uuid.value()), record.value())?;
    }
    let spent = reading.open_table(SPENT).map_err(|error| told(error.into()))?;
    for item in spent.iter().map_err(|error| told(error.into()))? {
        let (uuid, ()) = item.map(|(uuid, _)| (uuid, ())).map_err(|error| told(error.into()))?;
        saved.spent.insert(Uuid::from_u128(uuid.value()));
    }
    let account = reading.open_table(ACCOUNT).map_err(|error| told(error.into()))?;
    if let Some(record) = account.get(()).map_err(|error| told(error.into()))? {
        saved.set_account(record.value())?;
    }
    saved.pictures = read_pictures(&reading).map_err(told)?;
    Ok(saved)
}

fn read_pictures(reading: &ReadTransaction) -> Result<Vec<(Uuid, Bytes)>, redb::Error> {
    let pictures = match reading.open_table(PICTURES) {
        Ok(pictures) => pictures,
        Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let picture = |item: Result<(redb::AccessGuard<'_, u128>, redb::AccessGuard<'_, &[u8]>), redb::StorageError>| {
        let (uuid, file) = item?;
        Ok((Uuid::from_u128(uuid.value()), Bytes::copy_from_slice(file.value())))
    };
    pictures.iter()?.map(picture).collect()
}

fn write_all(database: &Database, orders: &Receiver<Order>, written: &watch::Sender<u64>) {
    let mut number = 0;
    while let Ok(first) = orders.recv() {
        let mut is_closing = false;
        let mut changes = Vec::new();
        for order in std::iter::once(first).chain(orders.try_iter().take(BATCH)) {
            match order {
                Order::Write(more) => {
                    number += 1;
                    changes.extend(more);
                }
                Order::Close => is_closing = true,
            }
        }
        while let Err(error) = commit(database, &changes) {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the state cannot be written: no task is answered"
            );
            if is_closing {
                return;
            }
            std::thread::sleep(PAUSE);
        }
        written.send_replace(number);
        if is_closing {
            return;
        }
    }
}

fn commit(database: &Database, changes: &[Change]) -> Result<(), redb::Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let writing = database.begin_write()?;
    {
        let mut tasks = writing.open_table(TASKS)?;
        let mut spent = writing.open_table(SPENT)?;
        let mut account = writing.open_table(ACCOUNT)?;
        let mut pictures = writing.open_table(PICTURES)?;
        for change in changes {
            match change {
                Change::Task(uuid, record) => {
                    tasks.insert(uuid.as_u128(), record.as_slice())?;
                }
                Change::Removed(uuid) => {
                    tasks.remove(uuid.as_u128())?;
                }
                Change::Spent(uuid) => {
                    tasks.remove(uuid.as_u128())?;
                    spent.insert(uuid.as_u128(), ())?;
                }
                Change::Account(record) => {
                    account.insert((), record.as_slice())?;
                }
                Change::Picture(uuid, Some(file)) => {
                    pictures.insert(uuid.as_u128(), &file[..])?;
                }
                Change::Picture(uuid, None) => {
                    pictures.remove(uuid.as_u128())?;
                }
            }
        }
    }
    writing.commit()?;
    Ok(())
}
