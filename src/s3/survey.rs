//! What can be found out about a store by looking, and what its refusals mean to who has to cure them.

use std::time::Duration;

use aws_sdk_s3::types::{BucketVersioningStatus, CreateBucketConfiguration};
use jiff::{SignedDuration, Timestamp};

use super::S3Store;
use super::classify::{Call, Cause, classify, status};
use crate::job::fault::{Fault, FaultKind, Outcome};

/// Whether a bucket keeps old versions of its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versioning {
    /// It never did.
    Off,
    /// It does.
    On,
    /// It did, and keeps what it has.
    Suspended,
}

/// What stands between us and a store: finer than a fault's kind, since each has a cure of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// No connection, or no answer.
    Unreachable,
    /// Its certificate is not trusted, or it speaks no TLS.
    Distrusted,
    /// There are no credentials.
    NoCredentials,
    /// It does not know the key, or the secret is another one.
    WrongKeys,
    /// The credentials have run out.
    ExpiredKeys,
    /// Our clock and its own differ too much.
    Clock,
    /// The bucket is in another region, which the answer may name.
    OtherRegion(Option<String>),
    /// There is no such bucket.
    NoBucket,
    /// We may not do that.
    Denied,
    /// The store has no such operation.
    NotOffered,
    /// Anything else.
    Other,
}

impl Trouble {
    /// What a fault of this adapter is about.
    pub fn of(fault: &Fault) -> Trouble {
        let chain = fault.chain();
        let Some(cause) = std::error::Error::source(fault).and_then(|source| source.downcast_ref::<Cause>()) else {
            return Trouble::unanswered(&fault.kind, &chain);
        };
        let Some(status) = cause.status else { return Trouble::unanswered(&fault.kind, &chain) };
        match (status, cause.code.as_str()) {
            (_, "RequestTimeTooSkewed") => Trouble::Clock,
            (_, "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "NotSignedUp" | "InvalidToken") => Trouble::WrongKeys,
            (_, "ExpiredToken" | "TokenRefreshRequired") => Trouble::ExpiredKeys,
            (
                _,
                "PermanentRedirect"
                | "TemporaryRedirect"
                | "AuthorizationHeaderMalformed"
                | "IllegalLocationConstraintException",
            )
            | (300..=399, _) => Trouble::OtherRegion(cause.region.clone()),
            (_, "NoSuchBucket") => Trouble::NoBucket,
            (404, "" | "NotFound") => Trouble::NoBucket,
            (501, _) | (_, "NotImplemented" | "MethodNotAllowed") => Trouble::NotOffered,
            (401 | 403, _) => Trouble::Denied,
            _ => Trouble::Other,
        }
    }

    fn unanswered(kind: &FaultKind, chain: &str) -> Trouble {
        let says = |words: &[&str]| words.iter().any(|word| chain.contains(word));
        if says(&["certificate", "InvalidContentType", "invalid peer", "corrupt message"]) {
            return Trouble::Distrusted;
        }
        match kind {
            FaultKind::Denied if says(&["credential"]) => Trouble::NoCredentials,
            FaultKind::NotSent | FaultKind::Ambiguous | FaultKind::Unavailable | FaultKind::Throttled { .. } => {
                Trouble::Unreachable
            }
            FaultKind::Denied | FaultKind::Rejected { .. } | FaultKind::Malformed | FaultKind::Bug => Trouble::Other,
        }
    }
}

impl S3Store {
    /// When the credentials end that the AWS chain gives now; `None` for those that do not.
    pub async fn credentials_end(&self) -> Outcome<Option<Timestamp>> {
        let expiry = self.signer.ask_chain().await?.expiry();
        Ok(expiry.and_then(|expiry| Timestamp::try_from(expiry).ok()))
    }

    /// How far our clock was ahead of the store's at its last answer, behind when negative; `None` before any answer.
    pub fn skew(&self) -> Option<SignedDuration> {
        self.skew.skew()
    }

    /// Lists one object at most. Of all calls this one is refused in the clearest words: it asks for a bucket, and the
    /// refusal has a body.
    pub async fn list_one(&self, bucket: &str, prefix: &str) -> Outcome<()> {
        let list = self.once.list_objects_v2().bucket(bucket).prefix(prefix).max_keys(1).send().await;
        list.map(|_| ()).map_err(|error| classify(Call::Read, format!("listing the bucket {bucket}"), error))
    }

    /// Whether the bucket keeps versions.
    pub async fn versioning(&self, bucket: &str) -> Outcome<Versioning> {
        let asked = self.once.get_bucket_versioning().bucket(bucket).send().await;
        let answer =
            asked.map_err(|error| classify(Call::Read, format!("asking for the versioning of {bucket}"), error))?;
        Ok(match answer.status() {
            Some(BucketVersioningStatus::Enabled) => Versioning::On,
            Some(BucketVersioningStatus::Suspended) => Versioning::Suspended,
            Some(_) | None => Versioning::Off,
        })
    }

    /// Makes a bucket, in the region that is configured, and waits until it is there.
    pub async fn make_bucket(&self, bucket: &str) -> Outcome<()> {
        let region = self.once.config().region().map(|region| region.as_ref().to_owned()).unwrap_or_default();
        // S3 refuses the name of its first region.
        let place = (region != "us-east-1" && !region.is_empty())
            .then(|| CreateBucketConfiguration::builder().location_constraint(region.as_str().into()).build());
        let made = self.once.create_bucket().bucket(bucket).set_create_bucket_configuration(place).send().await;
        if let Err(error) = made
            && !matches!(status(&error), Some(409))
        {
            return Err(classify(Call::Write, format!("creating the bucket {bucket}"), error));
        }
        // A new bucket is not at once everywhere.
        for _ in 0..20 {
            if self.list_one(bucket, "").await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        Ok(())
    }
}
