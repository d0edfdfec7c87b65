//! Rescue: a paid video that did not arrive is fetched from the provider's own storage into its slot.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tracing::debug;

use super::Shared;
use super::suspension::Side;
use crate::job::fault::{Fault, FaultKind};
use crate::job::ids::{ObjectRef, ResultUrl, hex};
use crate::job::verdict::{Stage, Verdict, verdict};
use crate::ports::ByteStream;

/// Tries before a video counts as lost. The provider's storage has been seen answering 200 with no bytes for a while.
const TRIES: u32 = 5;

/// A fetched video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rescued {
    /// SHA-256 of its bytes in hex.
    pub(super) sha256: String,
}

/// Streams the video at `url` into the slot at `staging`. The error is for people.
pub(super) async fn rescue(
    shared: &Shared,
    staging: &ObjectRef,
    content_type: &str,
    url: &ResultUrl,
) -> Result<Rescued, String> {
    let (mut tries, mut store_faults) = (0, 0);
    loop {
        let trouble = match fetch_into(shared, staging, content_type, url).await {
            Ok(rescued) => return Ok(rescued),
            Err(trouble) => trouble,
        };
        let (fault, attempts) = match &trouble {
            Trouble::Source(fault) => (fault, &mut tries),
            // Trouble with our own store is never the job's fault, so it does not count as a try.
            Trouble::Store(fault) => {
                shared.suspension.note(Side::Videos, Some(fault));
                (fault, &mut store_faults)
            }
        };
        debug!(attempts, fault = fault.chain(), "a rescue failed");
        let wait = match verdict(Stage::Landing, &fault.kind, *attempts) {
            Verdict::Retry(wait) => {
                *attempts += 1;
                wait
            }
            Verdict::Wait(wait) => wait,
            Verdict::Suspend => {
                shared.suspension.raise(Side::Videos, fault);
                continue;
            }
            Verdict::Reconcile | Verdict::Fail(_) => return Err(fault.chain()),
        };
        if tries == TRIES {
            return Err(fault.chain());
        }
        shared.suspension.note_retry(Stage::Landing, fault);
        tokio::time::sleep(wait).await;
    }
}

/// Why a try failed.
enum Trouble {
    /// The provider's storage gave no video.
    Source(Fault),
    /// Our store did not take it.
    Store(Fault),
}

async fn fetch_into(
    shared: &Shared,
    staging: &ObjectRef,
    content_type: &str,
    url: &ResultUrl,
) -> Result<Rescued, Trouble> {
    let _place = shared.rescues.acquire().await;
    // Before the fetch, not between it and the write: an open stream that nobody reads is cut by the provider's storage,
    // and that would count against the video.
    shared.suspension.admit_at_all(Side::Videos).await;
    let source = |fault| Trouble::Source(not_ours(fault));
    let stream = shared.ports.results.fetch(url).await.map_err(source)?;
    let read = Arc::new(Mutex::new(Read { hash: Sha256::new(), broke: false }));
    let watched = watch(stream, read.clone());
    let max_bytes = shared.settings.landing.rescue_max_bytes;
    let written = shared.ports.store.write_stream(staging, content_type, watched, max_bytes).await;
    let Read { hash, broke } = read.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match written {
        Ok(0) => {
            let empty = "rescuing a video: its videoURL answers with no bytes";
            Err(Trouble::Source(Fault::new(FaultKind::Unavailable, empty)))
        }
        Ok(_) => Ok(Rescued { sha256: hex(&hash.finalize()) }),
        Err(fault) if broke => Err(source(fault)),
        Err(fault) => Err(Trouble::Store(fault)),
    }
}

/// What was seen of a stream.
#[derive(Clone)]
struct Read {
    hash: Sha256,
    /// It ended in a fault, which is not the store's.
    broke: bool,
}

/// The provider's storage refusing one URL says nothing about our credentials, so it suspends nothing.
fn not_ours(fault: Fault) -> Fault {
    match fault.kind {
        FaultKind::Denied => {
            let refused = FaultKind::Rejected { code: "result_denied".to_owned() };
            Fault::new(refused, "rescuing a video: the provider's storage refuses it").because(fault)
        }
        _ => fault,
    }
}

fn watch(stream: ByteStream, read: Arc<Mutex<Read>>) -> ByteStream {
    stream
        .inspect(move |chunk| {
            let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
            match chunk {
                Ok(bytes) => read.hash.update(bytes),
                Err(_) => read.broke = true,
            }
        })
        .boxed()
}
