//! The check at start: does this bucket keep the promises that everything else rests on?
//!
//! "Never bought twice" rests on conditional writes. Some stores take the condition's header and ignore it, so that it
//! is tried, not read from a list of vendors. The same few calls show missing permissions before money is spent.

use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::S3Store;
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::ids::{ObjectKey, ObjectRef};
use crate::ports::{Created, ObjectStore as _, Promoted, Promotion, Unchanged};

/// An ETag no store would give.
const STALE_ETAG: &str = "00000000000000000000000000000000";

impl S3Store {
    /// Tries conditional create, replace and copy on `probe_key` and one key beside it, and deletes what it wrote.
    ///
    /// The key must be this process's own: two checks of one key at a time would each take the other's object for a
    /// broken promise. Faults are [`Denied`](FaultKind::Denied) where the bucket is missing, permissions are, or the store
    /// ignores conditions. A store that ignores them only on copies is accepted; promotions then look first, which leaves
    /// a moment between the look and the copy.
    pub async fn check(&self, bucket: &str, probe_key: &ObjectKey) -> Outcome<()> {
        let copy_key = ObjectKey::parse(&format!("{probe_key}.copy"))
            .map_err(|why| crate::ports::bug("naming the probe object").because(why))?;
        let probe = ObjectRef { bucket: bucket.to_owned(), key: probe_key.clone() };
        let copy = ObjectRef { bucket: bucket.to_owned(), key: copy_key };
        self.erase(&copy).await?;
        let tried = self.try_conditions(&probe, &copy).await;
        for object in [&probe, &copy] {
            let erased = self.erase(object).await;
            if tried.is_ok() {
                erased?;
            }
        }
        tried
    }

    /// Deletes what stands at a key, by its version where there is one: a check must not leave a trail of versions.
    async fn erase(&self, object: &ObjectRef) -> Outcome<()> {
        let opened = self.open(object, 1).await.map_err(|fault| match fault.kind {
            // Stores answer 403 for an absent object to those who may not list.
            FaultKind::Denied => {
                let cause = format!("{}; the worker needs s3:GetObject and s3:ListBucket", fault.chain());
                Fault::new(FaultKind::Denied, checking(object)).because(cause)
            }
            _ => fault,
        })?;
        match opened {
            Some(opened) => self.remove(object, opened.facts.version_id.as_deref()).await,
            None => Ok(()),
        }
    }

    async fn try_conditions(&self, probe: &ObjectRef, copy: &ObjectRef) -> Outcome<()> {
        let body = Bytes::from_static(b"landfall checks that this store honours conditional writes\n");
        // An object left by a check that was killed is as good a start as our own.
        self.create(probe, "text/plain", body.clone()).await?;
        if self.create(probe, "text/plain", body.clone()).await? != Created::Exists {
            return Err(ignores(probe, "If-None-Match on PUT"));
        }
        if self.replace(probe, STALE_ETAG, "text/plain", body).await? != Unchanged::No {
            return Err(ignores(probe, "If-Match on PUT"));
        }
        let Some(opened) = self.open(probe, 1).await? else {
            let cause = "an object just written cannot be read; check that the store is consistent and not a cache";
            return Err(Fault::new(FaultKind::Denied, checking(probe)).because(cause));
        };
        let promotion = Promotion {
            from: probe.clone(),
            facts: opened.facts,
            to: copy.clone(),
            overwrite: false,
            content_type: "text/plain".to_owned(),
            cache_control: None,
            metadata: Vec::new(),
            tags: Vec::new(),
        };
        self.promote(&promotion).await?;
        if self.promote(&promotion).await? != Promoted::Occupied {
            tracing::warn!(
                bucket = probe.bucket,
                "the store ignores If-None-Match on copies; each promotion now looks at the final key first"
            );
            self.copies_unconditionally.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

fn checking(probe: &ObjectRef) -> String {
    format!("checking the bucket {}", probe.bucket)
}

fn ignores(probe: &ObjectRef, what: &str) -> Fault {
    Fault::new(FaultKind::Denied, checking(probe)).because(format!(
        "the store ignores {what}: two workers could buy the same video twice; use a store with conditional writes, \
         such as AWS S3, or SeaweedFS or RadosGW in a current version"
    ))
}
