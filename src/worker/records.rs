//! Looking through the ledger, for those who only look: commands for people. No worker does.

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::claim::place;
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::ids::{JobId, ObjectRef};
use crate::job::ledger::{RECORD_MAX_BYTES, job_of_record};
use crate::ports::{ObjectListing, ObjectStore};

/// Most records of one look. All of them are in memory at once, 25 MB of them if each is as large as one may be.
pub const RECORDS_MAX: usize = 100;

/// Records read at once.
const AT_ONCE: usize = 16;

/// A job's record, as it stands in the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordText {
    /// The job, by the record's key.
    pub job_id: JobId,
    /// The record, or what stands in its place.
    pub text: Bytes,
}

/// Part of the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// The records, in the order of the listing.
    pub records: Vec<RecordText>,
    /// The key after which to go on, where there is more.
    pub more_after: Option<String>,
}

/// Reads records in the order of their keys, from behind the key `after` (from the first on, where that is empty): at
/// most `most`, and at most [`RECORDS_MAX`]. There may be fewer, or none, although there is more.
///
/// # Errors
/// Those of the store.
pub async fn browse(
    (listing, store): (&dyn ObjectListing, &dyn ObjectStore),
    (bucket, prefix): (&str, &str),
    after: &str,
    most: usize,
) -> Outcome<Records> {
    let listed = listing.list(bucket, &format!("{prefix}/"), after, most.clamp(1, RECORDS_MAX)).await?;
    let last = listed.objects.last().map(|object| object.key.clone());
    let jobs: Vec<JobId> = listed.objects.iter().filter_map(|object| job_of_record(prefix, &object.key)).collect();
    let reads = jobs.into_iter().map(async |job_id| {
        let text = read_text(store, (bucket, prefix), &job_id).await?;
        Ok(text.map(|text| RecordText { job_id, text }))
    });
    let read: Vec<Option<RecordText>> = stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
    // What was deleted in between is gone.
    let records = read.into_iter().flatten().collect();
    Ok(Records { records, more_after: last.filter(|_| listed.more) })
}

/// Reads the record of a job as it stands there, whether or not it can be understood.
///
/// # Errors
/// Those of the store.
pub async fn read_text(store: &dyn ObjectStore, ledger: (&str, &str), job_id: &JobId) -> Outcome<Option<Bytes>> {
    let object: ObjectRef = place(ledger, job_id).map_err(|why| Fault::new(FaultKind::Bug, why))?;
    Ok(store.open(&object, RECORD_MAX_BYTES).await?.map(|opened| opened.head))
}
