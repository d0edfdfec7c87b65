//! Strikes: a message whose job kills the worker's process is dead-lettered after a few deaths.
//!
//! Brokers count deliveries, and those include hand-backs and lost connections. Here only deaths count. A message that is
//! given out again is a *suspect*. Before the worker looks into it, it leaves a mark with its process's name in a small
//! object beside the ledger, and wipes it off again when it is done: what still stands there is the mark of a process that
//! died, or of one that is at work on the same message. The living renew their marks ([`BEAT`]), so whoever finds
//! [`STRIKES_MAX`] marks of others watches for a while and counts only those that stand still. A message that is given out
//! for the first time costs no request.
//!
//! A process holds many jobs, and all of them are suspects when it dies. Therefore a mark stands only while its job is
//! worked on, not while it waits for the provider; and a suspect that has a mark of another process already is worked on
//! only while no other such one is (the quarantine). So a guilty message is soon alone with its marks.
//!
//! All of this is best effort: a store that cannot be reached counts nothing and holds nothing up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{debug, warn};
use uuid::Uuid;

use super::Shared;
use super::claim::RECORD_CONTENT_TYPE;
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::fields::Problem;
use crate::job::ids::{ObjectKey, ObjectRef, hex};
use crate::ports::{Created, Delivery, ObjectStore, Unchanged};

/// Deaths that make a message guilty, beside its first, which nobody watched. Fewer, and a job that was merely near when
/// machines were lost a few times is taken for the cause; more, and a guilty message kills that many more processes.
pub(super) const STRIKES_MAX: usize = 5;

/// How often a process renews its mark while it is at work. Each renewal costs two requests.
const BEAT: Duration = Duration::from_secs(15);

/// How long marks are watched before they count. Shorter than a few beats, and a slow store makes the living look dead.
const WATCH: Duration = Duration::from_secs(60);

/// Longest that a request for a strike holds its job up.
const REQUEST_WITHIN: Duration = Duration::from_secs(5);

/// Longest that wiping a mark off holds a settlement up. With what else is written when a job is given up, it has to stay
/// below what jobs get to hand back at the end of a drain.
const WIPE_WITHIN: Duration = Duration::from_secs(3);

/// Tries of one change, each lost to another process that changed the same object.
const TRIES: u32 = 10;

/// Largest object that is read back, in bytes; enough for hundreds of marks.
const MARKS_MAX_BYTES: u64 = 32 * 1024;

/// What a worker's suspects have in common.
pub(super) struct Quarantine {
    /// This life of this process.
    process: String,
    /// The number of the next beat.
    beats: Arc<AtomicU64>,
    /// Let in one at a time: suspects that were in the hands of a process that died.
    door: Arc<Semaphore>,
}

impl Quarantine {
    pub(super) fn new() -> Quarantine {
        let (process, beats, door) = (Uuid::new_v4().to_string(), Arc::default(), Arc::new(Semaphore::new(1)));
        Quarantine { process, beats, door }
    }
}

/// A message that is given out again, or one above suspicion.
pub(super) struct Suspect {
    /// `None` for a message that is given out for the first time.
    slate: Option<Slate>,
    door: Arc<Semaphore>,
    active: Mutex<Active>,
}

#[derive(Default)]
struct Active {
    /// Parts of the job that are worked on just now.
    parts: u32,
    marked: Option<Marked>,
    /// There is, or may be, an object to wipe.
    touched: bool,
}

/// A mark of ours, as long as this lives.
struct Marked {
    _permit: Option<OwnedSemaphorePermit>,
    stop: CancellationToken,
    beat: AbortOnDropHandle<()>,
}

impl Marked {
    /// Ends the beats. One that is on its way is waited for: what it writes must not stand after the mark is wiped off, as
    /// that would look like the mark of a process that died.
    async fn still(&mut self) {
        self.stop.cancel();
        // It ends by itself, and nothing is left to do if it panicked.
        let _ = (&mut self.beat).await;
    }
}

/// So many processes died with the message in hand.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Guilty(usize);

impl Guilty {
    /// What is wrong with the message.
    pub(super) fn problem(&self) -> Problem {
        let problem = format!(
            "the worker's process died at least {} times while it worked on this message; nothing more is tried with it",
            self.0
        );
        Problem { field: String::new(), problem }
    }
}

impl Suspect {
    pub(super) fn of(shared: &Shared, delivery: &dyn Delivery) -> Suspect {
        let slate = if delivery.envelope().redelivered { Slate::of(shared, delivery) } else { None };
        Suspect { slate, door: shared.quarantine.door.clone(), active: Mutex::default() }
    }

    /// Begins to work on the message, unless it is guilty. Must be called before anything else looks into it.
    pub(super) async fn admit(&self) -> Result<(), Guilty> {
        let Some(slate) = &self.slate else { return Ok(()) };
        let mut active = self.active.lock().await;
        if active.parts == 0 {
            active.touched = true;
            active.marked = slate.mark(&self.door).await.unwrap_or_else(|trouble| {
                debug!(fault = trouble.chain(), "a strike could not be noted");
                Ok(None)
            })?;
        }
        active.parts += 1;
        Ok(())
    }

    /// Goes on with the job after a wait. A verdict is for [`admit`](Suspect::admit) only: by now something is bought.
    pub(super) async fn resume(&self) {
        let _ = self.admit().await;
    }

    /// Ends a part of the job: what follows is only a wait, or the settlement.
    pub(super) async fn rest(&self) {
        let Some(slate) = &self.slate else { return };
        let mut active = self.active.lock().await;
        active.parts = active.parts.saturating_sub(1);
        if active.parts == 0
            && let Some(mut marked) = active.marked.take()
        {
            let wiped = slate.clone();
            slate
                .wiping(async move {
                    marked.still().await;
                    wiped.wipe().await
                })
                .await;
        }
    }

    /// The delivery is about to be settled: our mark goes, and all of them when the message goes, too.
    pub(super) async fn acquit(&self, message_ends: bool) {
        let Some(slate) = &self.slate else { return };
        let mut active = self.active.lock().await;
        let mut marked = active.marked.take();
        if active.touched {
            let wiped = slate.clone();
            slate
                .wiping(async move {
                    if let Some(marked) = &mut marked {
                        marked.still().await;
                    }
                    if message_ends { wiped.clear().await } else { wiped.wipe().await }
                })
                .await;
        }
    }
}

/// Where the marks of one message stand: `{ledger prefix}/strikes/{SHA-256 of the body}.json`; each time that it is replayed,
/// on another slate.
#[derive(Clone)]
struct Slate {
    store: Arc<dyn ObjectStore>,
    object: ObjectRef,
    process: String,
    beats: Arc<AtomicU64>,
}

/// The marks of a message: processes, and the number of the last beat of each.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Marks {
    marks: BTreeMap<String, u64>,
}

impl Marks {
    fn of_others(&self, process: &str) -> BTreeMap<String, u64> {
        self.marks.iter().filter(|(name, _)| *name != process).map(|(name, beats)| (name.clone(), *beats)).collect()
    }
}

impl Slate {
    fn of(shared: &Shared, delivery: &dyn Delivery) -> Option<Slate> {
        let settings = &shared.settings;
        let mut message = Sha256::new_with_prefix(delivery.body());
        // Put back on purpose, it starts with a clean slate, whatever was left on its old one.
        if let Some(replayed_at) = &delivery.envelope().replayed_at {
            message.update([0]);
            message.update(replayed_at);
        }
        let key = format!("{}/strikes/{}.json", settings.ledger_prefix, hex(&message.finalize()));
        let object = ObjectRef { bucket: settings.ledger_bucket.clone(), key: ObjectKey::parse(&key).ok()? };
        let Quarantine { process, beats, .. } = &shared.quarantine;
        Some(Slate { store: shared.ports.store.clone(), object, process: process.clone(), beats: beats.clone() })
    }

    /// A number that no mark of this process had before. A mark that was wiped off and left anew, for the same message or
    /// one with the same content, must not look as if it stood still.
    fn beat(&self) -> u64 {
        self.beats.fetch_add(1, Ordering::Relaxed)
    }

    /// Leaves our mark; through the door, if others left theirs.
    async fn mark(&self, door: &Arc<Semaphore>) -> Outcome<Result<Option<Marked>, Guilty>> {
        let (mut permit, mut watched) = (None, false);
        for _ in 0..TRIES {
            let (mut found, etag) = self.read().await?;
            let others = found.of_others(&self.process);
            if others.len() >= STRIKES_MAX && !watched {
                let deaths = self.watch(&others).await?;
                if deaths >= STRIKES_MAX {
                    return Ok(Err(Guilty(deaths)));
                }
                watched = true;
                continue;
            }
            if !others.is_empty() && permit.is_none() {
                debug!(marks = others.len(), "a message that was in the hands of other processes waits for its turn");
                permit = door.clone().acquire_owned().await.ok();
                continue;
            }
            found.marks.insert(self.process.clone(), self.beat());
            if self.write(&found, etag.as_deref()).await? {
                let stop = CancellationToken::new();
                let beat = AbortOnDropHandle::new(tokio::spawn(self.clone().renew(stop.clone())));
                return Ok(Ok(Some(Marked { _permit: permit, stop, beat })));
            }
        }
        Ok(Ok(None))
    }

    /// How many of these processes are dead: they neither renewed their marks nor wiped them off.
    async fn watch(&self, seen: &BTreeMap<String, u64>) -> Outcome<usize> {
        warn!(marks = seen.len(), object = %self.object, "a message may have killed workers: watching whose marks move");
        tokio::time::sleep(WATCH).await;
        let (now, _) = self.read().await?;
        Ok(seen.iter().filter(|(name, beats)| now.marks.get(*name) == Some(beats)).count())
    }

    async fn renew(self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(BEAT)).await.is_some() {
            let renewed = self.change(|marks| {
                marks.insert(self.process.clone(), self.beat());
            });
            if let Err(trouble) = renewed.await {
                debug!(fault = trouble.chain(), "a mark could not be renewed");
            }
        }
    }

    async fn wipe(&self) -> Outcome<()> {
        self.change(|marks| {
            marks.remove(&self.process);
        })
        .await
    }

    async fn clear(&self) -> Outcome<()> {
        within(self.store.remove(&self.object, None)).await
    }

    /// Waits for a mark to be wiped off, but not long. What takes longer goes on by itself: the mark of a living process
    /// must not stay behind, as it would count as a death.
    async fn wiping(&self, wipe: impl Future<Output = Outcome<()>> + Send + 'static) {
        match timeout(WIPE_WITHIN, tokio::spawn(wipe)).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(trouble))) => debug!(fault = trouble.chain(), "a mark could not be wiped off"),
            Ok(Err(ended)) => debug!(%ended, "a mark could not be wiped off"),
            Err(_) => debug!(object = %self.object, "a mark is still being wiped off"),
        }
    }

    /// Changes the marks, again and again while others do, too.
    async fn change(&self, edit: impl Fn(&mut BTreeMap<String, u64>)) -> Outcome<()> {
        for _ in 0..TRIES {
            let (found, etag) = self.read().await?;
            let mut changed = found.clone();
            edit(&mut changed.marks);
            if changed == found {
                return Ok(());
            }
            // A mark that another process leaves at this very moment goes, too: then one death too few is counted.
            if changed.marks.is_empty() {
                return self.clear().await;
            }
            if self.write(&changed, etag.as_deref()).await? {
                return Ok(());
            }
        }
        Err(Fault::new(FaultKind::Unavailable, format!("changing {}: others keep changing it", self.object)))
    }

    /// The marks and the object's ETag; what cannot be read counts for nothing.
    async fn read(&self) -> Outcome<(Marks, Option<String>)> {
        let opened = within(self.store.open(&self.object, MARKS_MAX_BYTES)).await?;
        Ok(opened.map_or_else(Default::default, |opened| {
            (serde_json::from_slice(&opened.head).unwrap_or_default(), Some(opened.facts.etag))
        }))
    }

    /// `false` when somebody else changed the object meanwhile.
    async fn write(&self, marks: &Marks, etag: Option<&str>) -> Outcome<bool> {
        let body = Bytes::from(serde_json::to_vec(marks).expect("names and numbers are always JSON"));
        match etag {
            None => {
                let created = within(self.store.create(&self.object, RECORD_CONTENT_TYPE, body)).await?;
                Ok(matches!(created, Created::Done { .. }))
            }
            Some(etag) => {
                let replaced = within(self.store.replace(&self.object, etag, RECORD_CONTENT_TYPE, body)).await?;
                Ok(matches!(replaced, Unchanged::Yes(_)))
            }
        }
    }
}

async fn within<T>(request: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    timeout(REQUEST_WITHIN, request).await.unwrap_or_else(|_| {
        Err(Fault::new(FaultKind::Ambiguous, "keeping count of strikes").because("the store took too long"))
    })
}
