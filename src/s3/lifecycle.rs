//! Lifecycle rules: which of a bucket's rules delete what, and adding our own without touching the others.

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter, NoncurrentVersionExpiration,
};

use super::S3Store;
use super::classify::{Call, classify};
use crate::job::fault::{FaultKind, Outcome};

/// The rules that landfall adds, by their ids: what is left in staging, and uploads in parts that were never completed.
pub const OUR_RULES: [&str; 2] = ["landfall-staging", "landfall-incomplete-uploads"];

/// Days after which what lies in staging is deleted: upload URLs live for a week at most.
const STAGING_DAYS: i32 = 7;

/// Days after which an upload in parts is given up; none of ours takes hours.
const INCOMPLETE_DAYS: i32 = 2;

/// What an enabled rule deletes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiryRule {
    /// Its name.
    pub id: String,
    /// What the keys it is about start with.
    pub prefix: String,
    /// Whether it is about some of those objects only, by their tags or sizes.
    pub some_only: bool,
    /// Days after which it deletes objects; `None` when it does not, 0 when a date decides.
    pub days: Option<i32>,
    /// Whether it gives up uploads in parts.
    pub gives_up_uploads: bool,
}

impl ExpiryRule {
    fn of(rule: &LifecycleRule) -> ExpiryRule {
        let filter = rule.filter();
        let and = filter.and_then(LifecycleRuleFilter::and);
        #[expect(deprecated, reason = "rules of old have their prefix there")]
        let old = rule.prefix();
        let prefix = filter.and_then(LifecycleRuleFilter::prefix).or(and.and_then(|and| and.prefix())).or(old);
        let some_only = filter.is_some_and(|filter| {
            filter.tag().is_some()
                || filter.object_size_greater_than().is_some()
                || filter.object_size_less_than().is_some()
        }) || and.is_some_and(|and| {
            !and.tags().is_empty() || and.object_size_greater_than().is_some() || and.object_size_less_than().is_some()
        });
        // A rule that only clears away delete markers deletes no object.
        let expiration = rule.expiration().filter(|end| end.days().is_some() || end.date().is_some());
        ExpiryRule {
            id: rule.id().unwrap_or_default().to_owned(),
            prefix: prefix.unwrap_or_default().to_owned(),
            some_only,
            days: expiration.map(|end| end.days().unwrap_or(0)),
            gives_up_uploads: rule.abort_incomplete_multipart_upload().is_some(),
        }
    }

    /// Whether everything below `prefix` is deleted by it one day.
    pub fn clears(&self, prefix: &str) -> bool {
        self.days.is_some() && !self.some_only && format!("{prefix}/").starts_with(&self.prefix)
    }

    /// Whether it deletes anything below `prefix`.
    pub fn touches(&self, prefix: &str) -> bool {
        let below = format!("{prefix}/");
        self.days.is_some() && (below.starts_with(&self.prefix) || self.prefix.starts_with(&below))
    }
}

impl S3Store {
    /// The rules of a bucket that are in force.
    pub async fn expiry_rules(&self, bucket: &str) -> Outcome<Vec<ExpiryRule>> {
        let rules = self.rules(bucket).await?;
        Ok(rules.iter().filter(|rule| *rule.status() == ExpirationStatus::Enabled).map(ExpiryRule::of).collect())
    }

    /// Adds [`OUR_RULES`] to those that a bucket has. Where those cannot be read, nothing is written: what is put takes the
    /// place of all.
    pub async fn add_our_rules(&self, bucket: &str, staging_prefix: &str) -> Outcome<()> {
        let doing = || format!("adding lifecycle rules to {bucket}");
        let invalid = |why| crate::ports::bug(doing()).because(why);
        let mut rules = self.rules(bucket).await?;
        rules.retain(|rule| !rule.id().is_some_and(|id| OUR_RULES.contains(&id)));
        let rule = |id: &str, prefix: String| {
            let filter = LifecycleRuleFilter::builder().prefix(prefix).build();
            LifecycleRule::builder().id(id).status(ExpirationStatus::Enabled).filter(filter)
        };
        let staging = rule(OUR_RULES[0], format!("{staging_prefix}/"))
            .expiration(LifecycleExpiration::builder().days(STAGING_DAYS).build())
            .noncurrent_version_expiration(NoncurrentVersionExpiration::builder().noncurrent_days(1).build());
        let give_up = AbortIncompleteMultipartUpload::builder().days_after_initiation(INCOMPLETE_DAYS).build();
        let incomplete = rule(OUR_RULES[1], String::new()).abort_incomplete_multipart_upload(give_up);
        for ours in [staging, incomplete] {
            rules.push(ours.build().map_err(|why| invalid(why.to_string()))?);
        }
        let all = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build();
        let all = all.map_err(|why| invalid(why.to_string()))?;
        let put = self.once.put_bucket_lifecycle_configuration().bucket(bucket).lifecycle_configuration(all);
        put.send().await.map(|_| ()).map_err(|error| classify(Call::Write, doing(), error))
    }

    async fn rules(&self, bucket: &str) -> Outcome<Vec<LifecycleRule>> {
        let doing = || format!("reading the lifecycle rules of {bucket}");
        match self.once.get_bucket_lifecycle_configuration().bucket(bucket).send().await {
            Ok(answer) => Ok(answer.rules.unwrap_or_default()),
            Err(error) => {
                let fault = classify(Call::Read, doing(), error);
                // The one answer that means that there are none.
                match &fault.kind {
                    FaultKind::Rejected { code } if code == "NoSuchLifecycleConfiguration" => Ok(Vec::new()),
                    FaultKind::NotSent
                    | FaultKind::Ambiguous
                    | FaultKind::Throttled { .. }
                    | FaultKind::Unavailable
                    | FaultKind::Rejected { .. }
                    | FaultKind::Denied
                    | FaultKind::Malformed
                    | FaultKind::Bug => Err(fault),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(prefix: &str, days: Option<i32>, some_only: bool) -> ExpiryRule {
        ExpiryRule { id: "r".to_owned(), prefix: prefix.to_owned(), some_only, days, gives_up_uploads: false }
    }

    #[test]
    fn a_rule_clears_what_lies_wholly_below_its_prefix_and_touches_what_it_overlaps() {
        for (prefix, days, some_only, clears, touches) in [
            ("", Some(7), false, true, true),
            ("landfall/", Some(7), false, true, true),
            ("landfall/staging", Some(7), false, true, true),
            ("landfall/staging/", Some(0), false, true, true),
            ("landfall/staging/", Some(7), true, false, true),
            ("landfall/staging/x", Some(7), false, false, true),
            ("landfall/ledger/", Some(7), false, false, false),
            ("landfall/staging/", None, false, false, false),
            ("landfall/stagings/", Some(7), false, false, false),
        ] {
            let rule = rule(prefix, days, some_only);
            assert_eq!(
                (rule.clears("landfall/staging"), rule.touches("landfall/staging")),
                (clears, touches),
                "{rule:?}"
            );
        }
    }
}
