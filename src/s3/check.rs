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

/// Most versions of one probe that are deleted; a store that keeps its promises makes one.
const VERSIONS_MAX: usize = 4;

/// What is tried of a bucket, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Reading an object that is not there.
    ReadAbsent,
    /// Creating an object.
    Write,
    /// Creating it once more, which must not succeed.
    CreateOnce,
    /// Replacing it on the condition that it is another one, which must not succeed.
    ReplaceUnchanged,
    /// Reading it.
    Read,
    /// Copying it.
    Copy,
    /// Copying it once more to the same key, which must not succeed.
    CopyOnce,
    /// Deleting both.
    Delete,
}

/// How a step went.
#[derive(Debug)]
pub enum Tried {
    /// As it must.
    Well,
    /// The store said yes where it had to say no, or does not give back what it took.
    Ignored,
    /// It did not work.
    Failed(Fault),
}

impl Tried {
    fn of<T>(answer: Outcome<T>, as_it_must: impl FnOnce(T) -> bool) -> Tried {
        match answer {
            Ok(answer) => {
                if as_it_must(answer) {
                    Tried::Well
                } else {
                    Tried::Ignored
                }
            }
            Err(fault) => Tried::Failed(fault),
        }
    }
}

impl S3Store {
    /// Tries conditional create, replace and copy on `probe_key` and one key beside it, and deletes what it wrote.
    ///
    /// The key must be this process's own: two checks of one key at a time would each take the other's object for a
    /// broken promise. Faults are [`Denied`](FaultKind::Denied) where the bucket is missing, permissions are, or the store
    /// ignores conditions. A store that ignores them only on copies is accepted; promotions then look first, which leaves
    /// a moment between the look and the copy.
    pub async fn check(&self, bucket: &str, probe_key: &ObjectKey) -> Outcome<()> {
        for (step, tried) in self.try_steps(bucket, probe_key).await? {
            match (step, tried) {
                (_, Tried::Well) => {}
                (Step::ReadAbsent, Tried::Failed(fault)) if fault.kind == FaultKind::Denied => {
                    // Stores answer 403 for an absent object to those who may not list.
                    let cause = format!("{}; the worker needs s3:GetObject and s3:ListBucket", fault.chain());
                    return Err(Fault::new(FaultKind::Denied, checking(bucket)).because(cause));
                }
                (_, Tried::Failed(fault)) => return Err(fault),
                (Step::CreateOnce, Tried::Ignored) => return Err(ignores(bucket, "If-None-Match on PUT")),
                (Step::ReplaceUnchanged, Tried::Ignored) => return Err(ignores(bucket, "If-Match on PUT")),
                (Step::CopyOnce, Tried::Ignored) => tracing::warn!(
                    bucket,
                    "the store ignores If-None-Match on copies; each promotion now looks at the final key first"
                ),
                (Step::ReadAbsent | Step::Write | Step::Read | Step::Copy | Step::Delete, Tried::Ignored) => {
                    let cause =
                        "an object just written cannot be read; check that the store is consistent and not a cache";
                    return Err(Fault::new(FaultKind::Denied, checking(bucket)).because(cause));
                }
            }
        }
        Ok(())
    }

    /// Tries each [`Step`] on `probe_key` and one key beside it, and deletes what it wrote. Steps that need one that failed
    /// are left out.
    pub async fn try_steps(&self, bucket: &str, probe_key: &ObjectKey) -> Outcome<Vec<(Step, Tried)>> {
        let [probe, copy] = probes(bucket, probe_key)?;
        let mut steps = Vec::new();
        let absent = Tried::of(self.erase(&copy).await, |()| true);
        // Who may not look may still write; who cannot even be reached is not asked again.
        let go_on = !matches!(&absent, Tried::Failed(fault) if fault.kind != FaultKind::Denied);
        steps.push((Step::ReadAbsent, absent));
        if !go_on {
            return Ok(steps);
        }
        let body = Bytes::from_static(b"landfall checks that this store honours conditional writes\n");
        // An object left by a check that was killed is as good a start as our own.
        let written = Tried::of(self.create(&probe, "text/plain", body.clone()).await, |_| true);
        let go_on = matches!(written, Tried::Well);
        steps.push((Step::Write, written));
        if !go_on {
            return Ok(steps);
        }
        let again = self.create(&probe, "text/plain", body.clone()).await;
        steps.push((Step::CreateOnce, Tried::of(again, |created| created == Created::Exists)));
        let replaced = self.replace(&probe, STALE_ETAG, "text/plain", body).await;
        steps.push((Step::ReplaceUnchanged, Tried::of(replaced, |replaced| replaced == Unchanged::No)));
        self.try_copies(&probe, &copy, &mut steps).await;
        let erased = (self.erase(&probe).await, self.erase(&copy).await);
        steps.push((Step::Delete, Tried::of(erased.0.and(erased.1), |()| true)));
        Ok(steps)
    }

    async fn try_copies(&self, probe: &ObjectRef, copy: &ObjectRef, steps: &mut Vec<(Step, Tried)>) {
        let facts = match self.open(probe, 1).await {
            Ok(Some(opened)) => opened.facts,
            Ok(None) => return steps.push((Step::Read, Tried::Ignored)),
            Err(fault) => return steps.push((Step::Read, Tried::Failed(fault))),
        };
        steps.push((Step::Read, Tried::Well));
        let promotion = Promotion {
            from: probe.clone(),
            facts,
            to: copy.clone(),
            overwrite: false,
            content_type: "text/plain".to_owned(),
            cache_control: None,
            metadata: Vec::new(),
            tags: Vec::new(),
        };
        let copied = Tried::of(self.promote(&promotion).await, |_| true);
        let go_on = matches!(copied, Tried::Well);
        steps.push((Step::Copy, copied));
        if go_on {
            let again = Tried::of(self.promote(&promotion).await, |promoted| promoted == Promoted::Occupied);
            if matches!(again, Tried::Ignored) {
                self.copies_unconditionally.store(true, Ordering::Relaxed);
            }
            steps.push((Step::CopyOnce, again));
        }
    }

    /// Deletes what [`try_steps`](Self::try_steps) may have left when it was not let finish.
    pub async fn erase_probes(&self, bucket: &str, probe_key: &ObjectKey) -> Outcome<()> {
        let [probe, copy] = probes(bucket, probe_key)?;
        self.erase(&probe).await.and(self.erase(&copy).await)
    }

    /// Deletes what stands at a key, by its version where there is one: a check must not leave a trail of versions.
    pub(super) async fn erase(&self, object: &ObjectRef) -> Outcome<()> {
        for _ in 0..VERSIONS_MAX {
            let Some(opened) = self.open(object, 1).await? else { break };
            self.remove(object, opened.facts.version_id.as_deref()).await?;
            if opened.facts.version_id.is_none() {
                break;
            }
        }
        Ok(())
    }
}

fn probes(bucket: &str, probe_key: &ObjectKey) -> Outcome<[ObjectRef; 2]> {
    let copy_key = ObjectKey::parse(&format!("{probe_key}.copy"))
        .map_err(|why| crate::ports::bug("naming the probe object").because(why))?;
    Ok([probe_key.clone(), copy_key].map(|key| ObjectRef { bucket: bucket.to_owned(), key }))
}

fn checking(bucket: &str) -> String {
    format!("checking the bucket {bucket}")
}

fn ignores(bucket: &str, what: &str) -> Fault {
    Fault::new(FaultKind::Denied, checking(bucket)).because(format!(
        "the store ignores {what}: two workers could buy the same video twice; use a store with conditional writes, \
         such as AWS S3, or SeaweedFS or RadosGW in a current version"
    ))
}
