//! The store: credentials, connection, clock, and each configured bucket. Its uploads are in `uploads`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;
use url::Url;
use uuid::Uuid;

use super::catalogue::{Area, Check};
use super::findings as f;
use super::found::{Found, Notes};
use super::{clock, uploads};
use crate::job::fault::Fault;
use crate::job::ids::{ObjectKey, ObjectRef};
use crate::s3::{ExpiryRule, OUR_RULES, S3Store, Step, Tried, Trouble, Versioning};

/// Longest wait for credentials: the AWS chain asks one source after the other.
const CREDENTIALS_WITHIN: Duration = Duration::from_secs(25);

/// Longest time for all that is tried of one bucket.
const BUCKET_WITHIN: Duration = Duration::from_secs(60);

/// Longest time for clearing up after an interruption.
const SWEEP_WITHIN: Duration = Duration::from_secs(10);

/// How much longer than a job's deadline its upload URL lives.
const URL_LIVES_ON: Duration = Duration::from_secs(600);

/// What is to be looked at.
pub(super) struct Patient {
    pub(super) store: S3Store,
    /// Each bucket, with the setting that names it.
    pub(super) buckets: BTreeMap<String, &'static str>,
    pub(super) ledger: (String, String),
    pub(super) staging: (String, String),
    pub(super) deadline: Duration,
    pub(super) endpoint: String,
    pub(super) region: String,
    pub(super) provider: Option<Url>,
    /// This run's own, in the names of its probes.
    run: Uuid,
}

impl Patient {
    pub(super) fn new(store: S3Store, config: &crate::config::Config, bucket: &str) -> Patient {
        let s3 = &config.s3;
        let named = |name: &Option<String>| name.clone().unwrap_or_else(|| bucket.to_owned());
        let (ledger, staging) = (named(&s3.ledger_bucket), named(&s3.staging_bucket));
        let mut buckets: BTreeMap<String, &'static str> =
            s3.allowed_buckets.iter().map(|name| (name.clone(), "allowed_buckets")).collect();
        buckets.insert(staging.clone(), "staging_bucket");
        buckets.insert(ledger.clone(), "ledger_bucket");
        buckets.insert(bucket.to_owned(), "bucket");
        Patient {
            store,
            buckets,
            ledger: (ledger, s3.ledger_prefix.clone()),
            staging: (staging, s3.staging_prefix.clone()),
            deadline: Duration::from_secs(config.worker.job_deadline_s),
            endpoint: s3.endpoint.clone().unwrap_or_else(|| "AWS".to_owned()),
            region: s3.region.clone().unwrap_or_else(|| "the region of the AWS chain".to_owned()),
            provider: config.provider.url.parse().ok(),
            run: Uuid::new_v4(),
        }
    }

    /// Below the ledger's prefix, where the start check has its own, and with a name that no record has.
    fn probe(&self) -> Result<ObjectKey, String> {
        ObjectKey::parse(&format!("{}/.probe-{}", self.ledger.1, self.run))
    }

    pub(super) fn upload(&self, number: usize) -> Result<ObjectRef, String> {
        let key = ObjectKey::parse(&format!("{}/.probe-{}-{number}", self.staging.1, self.run))?;
        Ok(ObjectRef { bucket: self.staging.0.clone(), key })
    }

    fn met<'a>(&'a self, bucket: &'a str, setting: &'a str, upper: &'a str) -> [(&'static str, &'a str); 8] {
        [
            ("bucket", bucket),
            ("setting", setting),
            ("SETTING", upper),
            ("endpoint", &self.endpoint),
            ("region", &self.region),
            ("prefix", &self.staging.1),
            ("ledger", &self.ledger.1),
            ("there", "the region of the bucket: `aws s3api get-bucket-location`"),
        ]
    }

    /// Deletes what was left when the examination was not let finish.
    pub(super) async fn sweep(&self) {
        let sweeping = async {
            if let Ok(probe) = self.probe() {
                for bucket in self.buckets.keys() {
                    let _ = self.store.erase_probes(bucket, &probe).await;
                }
            }
            for object in (0..uploads::MANNERS.len()).filter_map(|number| self.upload(number).ok()) {
                let _ = self.store.erase_upload(&object).await;
            }
        };
        // Best effort: staging's lifecycle rule takes the rest.
        let _ = timeout(SWEEP_WITHIN, sweeping).await;
    }

    /// Looks at the store and, with `fix`, makes missing buckets and lifecycle rules.
    pub(super) async fn examine(&self, fix: bool, notes: &Notes) {
        if !self.credentials(notes).await {
            return notes.skip_rest(Area::Store, "there are no credentials to try it with");
        }
        for (bucket, setting) in &self.buckets {
            match timeout(BUCKET_WITHIN, self.examine_bucket(bucket, setting, fix, notes)).await {
                Ok(Go::On) => {}
                Ok(Go::Stop(why)) => return notes.skip_rest(Area::Store, why),
                Err(_) => {
                    let met = self.met(bucket, setting, "");
                    let seen = format!("not done within {BUCKET_WITHIN:?}");
                    notes.add(Found::ill(&f::BUCKET_TROUBLE, seen, &met).of(bucket));
                }
            }
        }
        notes.skip_rest(Area::Store, "the bucket has to be cured first");
    }

    /// Whether there are any that live.
    async fn credentials(&self, notes: &Notes) -> bool {
        let ill = |entry, seen: String| {
            notes.add(Found::ill(entry, seen, &[("deadline", &self.deadline.as_secs().to_string())]));
        };
        let end = match timeout(CREDENTIALS_WITHIN, self.store.credentials_end()).await {
            Ok(Ok(end)) => end,
            Ok(Err(fault)) => {
                ill(&f::NO_CREDENTIALS, fault.chain());
                return false;
            }
            Err(_) => {
                ill(&f::NO_CREDENTIALS, format!("no answer from the AWS default chain within {CREDENTIALS_WITHIN:?}"));
                return false;
            }
        };
        let Some(end) = end else { return true };
        let left = end.duration_since(Timestamp::now());
        if left <= SignedDuration::ZERO {
            ill(&f::CREDENTIALS_EXPIRED, format!("they ended at {end:.0}"));
            return false;
        }
        if left.unsigned_abs() < self.deadline + URL_LIVES_ON {
            ill(&f::CREDENTIALS_SHORT, format!("they end at {end:.0}, in {} s", left.as_secs()));
        }
        true
    }

    async fn examine_bucket(&self, bucket: &str, setting: &str, fix: bool, notes: &Notes) -> Go {
        let upper = setting.to_uppercase();
        let met = self.met(bucket, setting, &upper);
        let mut made = None;
        let mut listed = self.store.list_one(bucket, &self.ledger.1).await;
        if fix
            && let Err(fault) = &listed
            && Trouble::of(fault) == Trouble::NoBucket
        {
            made = Some(self.store.make_bucket(bucket).await.map_err(|fault| fault.chain()));
            listed = self.store.list_one(bucket, &self.ledger.1).await;
        }
        let answered = listed.as_ref().err().map(|fault| (Trouble::of(fault), fault));
        if let Some(why) = self.store_itself(answered.as_ref().map(|(trouble, fault)| (trouble, *fault)), bucket, notes)
        {
            return Go::Stop(why);
        }
        let (well, found) = match &answered {
            None => (true, Found::well(Check::BucketExists, "")),
            Some((Trouble::NoBucket, fault)) => (false, Found::ill(&f::BUCKET_MISSING, fault.chain(), &met)),
            Some((Trouble::OtherRegion(there), fault)) => {
                let there = there.as_deref().map(|there| ("there", there));
                let met: Vec<_> = there.into_iter().chain(met).collect();
                (false, Found::ill(&f::BUCKET_ELSEWHERE, fault.chain(), &met))
            }
            Some((Trouble::Denied, fault)) => (true, Found::ill(&f::LIST_DENIED, fault.chain(), &met)),
            Some((_, fault)) => (false, Found::ill(&f::BUCKET_TROUBLE, fault.chain(), &met)),
        };
        let found = match made {
            Some(Ok(())) => found.fixed(format!("made the bucket {bucket}")),
            Some(Err(why)) => found.fixed(format!("could not make it: {why}")),
            None => found,
        };
        match answered {
            None => notes.add(Found::well(Check::BucketList, "").of(bucket)),
            // What may not be listed is there.
            Some((Trouble::Denied, _)) => notes.add(Found::well(Check::BucketExists, "").of(bucket)),
            Some(_) => {}
        }
        notes.add(found.of(bucket));
        if well {
            self.try_bucket(bucket, &met, notes).await;
            self.rules(bucket, &met, fix, notes).await;
            if *bucket == self.staging.0 && !notes.is_ill_of(Check::BucketWrite, bucket) {
                uploads::examine(self, &met, notes).await;
            }
        }
        Go::On
    }

    /// What the first answer tells of the store as a whole; the reason to stop where nothing more can be tried.
    fn store_itself(&self, answered: Option<(&Trouble, &Fault)>, bucket: &str, notes: &Notes) -> Option<&'static str> {
        let met = self.met(bucket, "", "");
        let known = |check| notes.knows(check);
        let unreached = match answered {
            Some((Trouble::Unreachable, fault)) => Some(Found::ill(&f::STORE_UNREACHABLE, fault.chain(), &met)),
            Some((Trouble::Distrusted, fault)) => Some(Found::ill(&f::STORE_DISTRUSTED, fault.chain(), &met)),
            Some((Trouble::NoCredentials, fault)) => Some(Found::ill(&f::NO_CREDENTIALS, fault.chain(), &met)),
            Some(_) | None => None,
        };
        if let Some(found) = unreached {
            notes.add(found);
            return Some("the store cannot be reached");
        }
        if !known(Check::StoreConnection) {
            notes.add(Found::well(Check::StoreConnection, &self.endpoint));
            let clocks = (&f::STORE_CLOCK_OFF, &f::STORE_CLOCK_DRIFTS);
            let seen = answered.map(|(_, fault)| fault.chain());
            let claims = matches!(answered, Some((Trouble::Clock, _)));
            notes.add(clock::compare(Check::StoreClock, clocks, self.store.skew(), claims, seen.as_deref()));
        }
        let keys = match answered {
            // A clock that is off makes every refusal, whatever it is called.
            Some(_) if notes.is_ill(Check::StoreClock) => return Some("the clock has to be set first"),
            Some((Trouble::WrongKeys, fault)) => Some(Found::ill(&f::KEYS_WRONG, fault.chain(), &met)),
            Some((Trouble::ExpiredKeys, fault)) => Some(Found::ill(&f::CREDENTIALS_EXPIRED, fault.chain(), &met)),
            Some(_) | None => None,
        };
        if let Some(found) = keys {
            notes.add(found);
            return Some("the store refuses the credentials");
        }
        if !known(Check::StoreCredentials) {
            notes.add(Found::well(Check::StoreCredentials, ""));
        }
        None
    }

    async fn try_bucket(&self, bucket: &str, met: &[(&str, &str)], notes: &Notes) {
        let steps = match self.probe() {
            Ok(probe) => {
                self.store.try_steps(bucket, &probe).await.map_err(|fault| fault.chain()).map(|steps| (steps, probe))
            }
            Err(why) => Err(why),
        };
        let (steps, probe) = match steps {
            Ok(steps) => steps,
            Err(why) => return notes.add(Found::ill(&f::BUCKET_TROUBLE, why, met).of(bucket)),
        };
        let probe = probe.to_string();
        let met: Vec<_> = met.iter().copied().chain([("probe", probe.as_str())]).collect();
        let reached = steps.last().map(|(step, _)| *step);
        for (step, tried) in steps {
            if let Some(found) = of_step(step, &tried, &met) {
                notes.add(found.of(bucket));
            }
        }
        // Steps come in order, and one that failed ends those that need it.
        let untried = match reached {
            Some(Step::ReadAbsent | Step::Write) => AFTER_WRITE,
            Some(_) | None => &[],
        };
        for check in untried {
            notes.add(Found::skipped(*check, "bucket-write failed").of(bucket));
        }
        notes.add(
            match self.store.versioning(bucket).await {
                Ok(Versioning::Off) => Found::well(Check::BucketVersioning, "off"),
                Ok(Versioning::On) => Found::well(Check::BucketVersioning, "on"),
                Ok(Versioning::Suspended) => Found::well(Check::BucketVersioning, "suspended"),
                Err(fault) => Found::skipped(Check::BucketVersioning, unreadable(&fault, "s3:GetBucketVersioning")),
            }
            .of(bucket),
        );
    }

    /// Lifecycle rules: of the bucket with staging, that they clear it; of the ledger's, that they spare it.
    async fn rules(&self, bucket: &str, met: &[(&str, &str)], fix: bool, notes: &Notes) {
        let (is_staging, is_ledger) = (bucket == self.staging.0, bucket == self.ledger.0);
        if !is_staging && !is_ledger {
            return;
        }
        let mut rules = match self.store.expiry_rules(bucket).await {
            Ok(rules) => rules,
            Err(fault) if Trouble::of(&fault) == Trouble::NotOffered && is_staging => {
                return notes.add(Found::ill(&f::NO_LIFECYCLE, fault.chain(), met).of(bucket));
            }
            Err(fault) => {
                let why = unreadable(&fault, "s3:GetLifecycleConfiguration");
                return notes.add(Found::skipped(Check::StagingLifecycle, why).of(bucket));
            }
        };
        let mut fixed = None;
        if fix && is_staging && self.judge(&rules, true, is_ledger, met).is_some_and(|found| is_missing(&found)) {
            let added = self.store.add_our_rules(bucket, &self.staging.1).await;
            fixed = Some(match &added {
                Ok(()) => format!("added the lifecycle rules {} to {bucket}", OUR_RULES.join(" and ")),
                Err(fault) => format!("could not add them: {}", fault.chain()),
            });
            rules = self.store.expiry_rules(bucket).await.unwrap_or(rules);
        }
        let found = self.judge(&rules, is_staging, is_ledger, met);
        let found = found.unwrap_or_else(|| Found::well(Check::StagingLifecycle, "")).of(bucket);
        notes.add(match fixed {
            Some(how) => found.fixed(how),
            None => found,
        });
    }

    /// What is wrong with the rules of a bucket.
    fn judge(&self, rules: &[ExpiryRule], is_staging: bool, is_ledger: bool, met: &[(&str, &str)]) -> Option<Found> {
        let with = |rule: &ExpiryRule| {
            let days = rule.days.map_or_else(String::new, |days| format!(" after {days} days"));
            format!("the rule {:?} deletes what is below {:?}{days}", rule.id, rule.prefix)
        };
        let seen = format!("{} rules in force", rules.len());
        if let Some(rule) = rules.iter().find(|rule| is_ledger && rule.touches(&self.ledger.1)) {
            let rule = with(rule);
            let met: Vec<_> = met.iter().copied().chain([("rule", rule.as_str())]).collect();
            return Some(Found::ill(&f::LEDGER_EXPIRES, seen, &met));
        }
        if !is_staging {
            return None;
        }
        let deadline = self.deadline.as_secs();
        let early = |rule: &&ExpiryRule| {
            let days = rule.days.and_then(|days| u64::try_from(days).ok()).unwrap_or(u64::MAX);
            rule.touches(&self.staging.1) && days.saturating_mul(86_400) < deadline
        };
        if let Some(rule) = rules.iter().find(early) {
            let (rule, deadline) = (with(rule), deadline.to_string());
            let met: Vec<_> = met.iter().copied().chain([("rule", &*rule), ("deadline", &*deadline)]).collect();
            return Some(Found::ill(&f::STAGING_EXPIRES_EARLY, seen, &met));
        }
        let cleared = rules.iter().any(|rule| rule.clears(&self.staging.1));
        let gives_up = rules.iter().any(|rule| rule.gives_up_uploads && rule.prefix.is_empty());
        let missing = match (cleared, gives_up) {
            (true, true) => return None,
            (false, true) => "No rule clears it",
            (true, false) => "No rule gives up uploads in parts that were never completed",
            (false, false) => "No rule clears it, and none gives up uploads in parts that were never completed",
        };
        let met: Vec<_> = met.iter().copied().chain([("missing", missing)]).collect();
        Some(Found::ill(&f::STAGING_KEPT, seen, &met))
    }
}

/// Whether the rest of the buckets can be tried.
enum Go {
    On,
    Stop(&'static str),
}

const AFTER_WRITE: &[Check] = &[
    Check::BucketConditionalCreate,
    Check::BucketConditionalReplace,
    Check::BucketRead,
    Check::BucketCopy,
    Check::BucketConditionalCopy,
    Check::BucketDelete,
];

fn is_missing(found: &Found) -> bool {
    matches!(&found.outcome, super::found::Outcome::Ill(ill) if ill.entry.id == f::STAGING_KEPT.id)
}

fn unreadable(fault: &Fault, action: &str) -> String {
    match Trouble::of(fault) {
        Trouble::Denied => format!("the credentials may not look ({action}); a worker needs it not"),
        _ => fault.chain(),
    }
}

/// What a step of the trial tells; nothing of a first look that went well.
fn of_step(step: Step, tried: &Tried, met: &[(&str, &str)]) -> Option<Found> {
    let check = match step {
        Step::ReadAbsent | Step::Read => Check::BucketRead,
        Step::Write => Check::BucketWrite,
        Step::CreateOnce => Check::BucketConditionalCreate,
        Step::ReplaceUnchanged => Check::BucketConditionalReplace,
        Step::Copy => Check::BucketCopy,
        Step::CopyOnce => Check::BucketConditionalCopy,
        Step::Delete => Check::BucketDelete,
    };
    let fault = match tried {
        Tried::Well if step == Step::ReadAbsent => return None,
        Tried::Well => return Some(Found::well(check, "")),
        Tried::Ignored => None,
        Tried::Failed(fault) => Some(fault),
    };
    let trouble = fault.map(Trouble::of);
    let entry = match (step, &trouble) {
        (_, Some(Trouble::NoBucket)) => &f::BUCKET_MISSING,
        (Step::CreateOnce, _) | (Step::Write, Some(Trouble::NotOffered)) => &f::CONDITIONS_IGNORED,
        (Step::ReplaceUnchanged, _) => &f::REPLACE_IGNORED,
        (Step::CopyOnce, _) => &f::COPY_OVERWRITES,
        (Step::Read, None) => &f::READ_STALE,
        // Without the right to list, that is what is answered; it has been told.
        (Step::ReadAbsent, Some(Trouble::Denied)) => return None,
        (Step::Read, Some(Trouble::Denied)) => &f::READ_DENIED,
        (Step::Write, Some(Trouble::Denied)) => &f::WRITE_DENIED,
        (Step::Copy, Some(Trouble::Denied)) => &f::COPY_DENIED,
        (Step::Delete, Some(Trouble::Denied)) => &f::DELETE_DENIED,
        (Step::ReadAbsent | Step::Read | Step::Write | Step::Copy | Step::Delete, _) => &f::BUCKET_TROUBLE,
    };
    let seen = fault.map_or_else(|| "the store said yes where it had to say no".to_owned(), Fault::chain);
    Some(Found::ill(entry, seen, met))
}
