//! Rescue: a paid video that did not arrive is fetched from the provider's own storage into its slot.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tracing::debug;

use super::Shared;
use super::suspension::Side;
use crate::job::fault::{Fault, FaultKind, Outcome};
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
    let mut tries = 0;
    loop {
        let fault = match fetch_into(shared, staging, content_type, url).await {
            Ok(rescued) => {
                shared.suspension.lift(Side::Videos);
                return Ok(rescued);
            }
            Err(fault) => fault,
        };
        debug!(tries, fault = fault.chain(), "a rescue failed");
        let (wait, counts) = match verdict(Stage::Landing, &fault.kind, tries) {
            Verdict::Retry(wait) => (wait, true),
            // The store refuses us: never the job's fault, so it does not count as a try.
            Verdict::Suspend(wait) => {
                shared.suspension.raise(Side::Videos, &fault);
                (wait, false)
            }
            Verdict::Reconcile | Verdict::Fail(_) => return Err(fault.chain()),
        };
        tries += u32::from(counts);
        if tries == TRIES {
            return Err(fault.chain());
        }
        tokio::time::sleep(wait).await;
    }
}

async fn fetch_into(shared: &Shared, staging: &ObjectRef, content_type: &str, url: &ResultUrl) -> Outcome<Rescued> {
    let stream = shared.ports.results.fetch(url).await.map_err(not_ours)?;
    let hash = Arc::new(Mutex::new(Sha256::new()));
    let hashed = hash_along(stream, hash.clone());
    let max_bytes = shared.settings.landing.rescue_max_bytes;
    let bytes = shared.ports.store.write_stream(staging, content_type, hashed, max_bytes).await?;
    if bytes == 0 {
        return Err(Fault::new(FaultKind::Unavailable, "rescuing a video: its videoURL answers with no bytes"));
    }
    let digest = hash.lock().unwrap_or_else(PoisonError::into_inner).clone().finalize();
    Ok(Rescued { sha256: hex(&digest) })
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

fn hash_along(stream: ByteStream, hash: Arc<Mutex<Sha256>>) -> ByteStream {
    stream
        .inspect(move |chunk| {
            if let Ok(bytes) = chunk {
                hash.lock().unwrap_or_else(PoisonError::into_inner).update(bytes);
            }
        })
        .boxed()
}
