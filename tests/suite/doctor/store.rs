//! What can be wrong with the store, its clock, its credentials and its buckets.

use std::fs;
use std::path::Path;

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::gateway::{self, Flaw};
use super::{Report, SOON, doctor, of_store};
use crate::support::binary::{LOOK, Role};
use crate::support::servers::{Pen, SeaweedFs, or_skip, skip_or_fail};

const ONLY: [&str; 2] = ["--only", "store"];

/// Where the missing lifecycle rules are the one thing that is wrong.
const KEPT: &str = "lifecycle-missing";

async fn examine(store: &SeaweedFs, bucket: &str, more: &[(&str, &str)]) -> Report {
    doctor(&ONLY, &of_store(store, bucket, more)).await
}

async fn keys(store: &SeaweedFs, bucket: &str) -> Vec<String> {
    let listed = store.client().list_objects_v2().bucket(bucket).send().await.expect("listed");
    listed.contents().iter().filter_map(|object| Some(object.key()?.to_owned())).collect()
}

async fn deny(store: &SeaweedFs, bucket: &str, action: &str) {
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Sid": "broken", "Effect": "Deny", "Principal": "*", "Action": action,
        "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
    }]});
    let put = store.client().put_bucket_policy().bucket(bucket).policy(policy.to_string());
    put.send().await.expect("the store takes policies");
}

#[tokio::test]
async fn a_store_that_is_well_is_left_as_it_was() {
    let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
    let bucket = store.fresh_bucket().await;
    let other = store.fresh_bucket().await;
    let report = examine(store, &bucket, &[("LANDFALL_S3__ALLOWED_BUCKETS", &other)]).await;
    report.finds_only(&[KEPT], 0);
    report.names(KEPT, "No rule clears it", &["doctor --fix", "landfall-staging", "DaysAfterInitiation"]);
    assert_eq!(report.outcomes("bucket-conditional-create"), ["ok", "ok"], "each bucket is tried");
    for check in ["upload-plain", "upload-content-type", "upload-chunked", "store-clock"] {
        assert_eq!(report.outcomes(check), ["ok"], "{check}");
    }
    for bucket in [bucket, other] {
        assert_eq!(keys(store, &bucket).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_missing_bucket_is_named_and_made_with_fix() {
    let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
    let bucket = format!("{}-missing", store.fresh_bucket().await);
    let report = examine(store, &bucket, &[]).await;
    report.finds_only(&["bucket-missing"], 1);
    let make = format!("aws s3 mb s3://{bucket}");
    report.names("bucket-missing", &format!("no bucket {bucket}"), &["doctor --fix", &make, "LANDFALL_S3__BUCKET"]);

    let fix = ["--only", "store", "--fix"];
    let report = doctor(&fix, &of_store(store, &bucket, &[])).await;
    report.finds_only(&[], 0);
    let fixed: Vec<&str> = report.found.iter().filter_map(|found| found["fixed"].as_str()).collect();
    assert_eq!(fixed.len(), 2, "{fixed:?}");
    assert!(fixed[0].contains("made the bucket") && fixed[1].contains("added the lifecycle rules"), "{fixed:?}");
    examine(store, &bucket, &[]).await.finds_only(&[], 0);
}

#[tokio::test]
async fn fixing_lifecycle_rules_keeps_those_that_are_there() {
    let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
    let bucket = store.fresh_bucket().await;
    put_rule(store, &bucket, "logs", "logs/", 30).await;
    doctor(&["--only", "store", "--fix"], &of_store(store, &bucket, &[])).await.finds_only(&[], 0);
    let rules = store.client().get_bucket_lifecycle_configuration().bucket(&bucket).send().await.expect("rules");
    let mut ids: Vec<&str> = rules.rules().iter().filter_map(|rule| rule.id()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["landfall-incomplete-uploads", "landfall-staging", "logs"]);
}

#[tokio::test]
async fn rules_that_delete_the_ledger_or_too_early_are_named() {
    let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
    let bucket = store.fresh_bucket().await;
    put_rule(store, &bucket, "everything", "landfall/", 90).await;
    let report = examine(store, &bucket, &[]).await;
    report.finds_only(&["lifecycle-ledger-expires"], 1);
    report.names("lifecycle-ledger-expires", "everything", &["landfall/ledger/", "LANDFALL_S3__LEDGER_BUCKET"]);

    put_rule(store, &bucket, "hasty", "landfall/staging/", 1).await;
    let report = examine(store, &bucket, &[("LANDFALL_WORKER__JOB_DEADLINE_S", "172800")]).await;
    report.finds_only(&["lifecycle-too-early"], 0);
    report.names("lifecycle-too-early", "a job may take 172800 s", &["7 is never too short"]);
}

async fn put_rule(store: &SeaweedFs, bucket: &str, id: &str, prefix: &str, days: i32) {
    let rule = LifecycleRule::builder()
        .id(id)
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix(prefix).build())
        .expiration(LifecycleExpiration::builder().days(days).build())
        .build()
        .expect("a rule");
    let all = BucketLifecycleConfiguration::builder().rules(rule).build().expect("rules");
    let put = store.client().put_bucket_lifecycle_configuration().bucket(bucket).lifecycle_configuration(all);
    put.send().await.expect("the store takes rules");
}

#[tokio::test]
async fn a_denied_write_is_named_with_the_permission_that_is_missing() {
    let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
    let bucket = store.fresh_bucket().await;
    deny(store, &bucket, "s3:PutObject").await;
    let report = examine(store, &bucket, &[]).await;
    report.finds_only(&["bucket-write-denied", KEPT], 1);
    let resource = format!("arn:aws:s3:::{bucket}/*");
    report.names("bucket-write-denied", "AccessDenied", &["s3:PutObject", &resource, "get-bucket-policy --bucket"]);
    assert_eq!(report.outcomes("bucket-copy"), ["skipped"]);
    assert_eq!(report.outcomes("upload-plain"), ["skipped"]);
}

#[tokio::test]
async fn a_denied_list_is_named_with_the_permission_that_is_missing() {
    let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
    let bucket = store.fresh_bucket().await;
    deny(store, &bucket, "s3:ListBucket").await;
    let report = examine(store, &bucket, &[]).await;
    report.finds_only(&["bucket-list-denied", KEPT], 1);
    report.names("bucket-list-denied", "403 instead of 404", &["s3:ListBucket", &format!("arn:aws:s3:::{bucket}\\\"")]);
    assert_eq!(report.outcomes("bucket-write"), ["ok"], "the rest is tried all the same");
}

#[tokio::test]
async fn a_store_without_conditional_creates_is_named_with_what_could_be_bought_twice() {
    let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
    let bucket = store.fresh_bucket().await;
    let gateway = gateway::before(store, Flaw::DropsConditions).await;
    let report = examine(store, &bucket, &[("LANDFALL_S3__ENDPOINT", &gateway)]).await;
    report.finds_only(&["bucket-no-conditional-create", "bucket-no-conditional-replace", KEPT], 1);
    report.names("bucket-no-conditional-create", "buy the same video twice", &["AWS S3", "a proxy or gateway"]);
    assert_eq!(keys(store, &bucket).await, Vec::<String>::new(), "nothing is left");
}

#[tokio::test]
async fn what_aws_answers_otherwise_is_a_warning_and_says_what_follows() {
    let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
    let bucket = store.fresh_bucket().await;
    let gateway = gateway::before(store, Flaw::WantsLengths).await;
    let report = examine(store, &bucket, &[("LANDFALL_S3__ENDPOINT", &gateway)]).await;
    report.finds_only(&[KEPT, "upload-chunked-refused"], 0);
    report.names("upload-chunked-refused", "501", &["rescue.enabled"]);

    let gateway = gateway::before(store, Flaw::NoLifecycle).await;
    let report = examine(store, &bucket, &[("LANDFALL_S3__ENDPOINT", &gateway)]).await;
    report.finds_only(&["lifecycle-not-offered"], 0);
    report.names(
        "lifecycle-not-offered",
        "no lifecycle rules",
        &["landfall/staging/", "never anything below landfall/ledger/"],
    );
}

#[tokio::test]
async fn a_bucket_in_another_region_is_named_with_the_region() {
    let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
    let gateway = gateway::before(store, Flaw::Elsewhere).await;
    let report = examine(store, "media", &[("LANDFALL_S3__ENDPOINT", &gateway)]).await;
    report.finds_only(&["bucket-elsewhere"], 1);
    report.names("bucket-elsewhere", "signed for us-east-1", &["s3.region (LANDFALL_S3__REGION) to eu-west-9"]);
}

#[tokio::test]
async fn a_private_or_loopback_public_endpoint_is_named_where_the_provider_is_out_on_the_internet() {
    let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
    let bucket = store.fresh_bucket().await;
    let provider = ("LANDFALL_PROVIDER__URL", "https://api.runware.ai/v1");
    let report = examine(store, &bucket, &[provider]).await;
    report.finds_only(&[KEPT, "upload-endpoint-loopback"], 1);
    report.names("upload-endpoint-loopback", "provider at api.runware.ai", &["s3.public_endpoint", "seaweedfs:8333"]);

    // Of these addresses, unlike of those that begin with 10, no machine in the way answers for others.
    let report = examine(store, &bucket, &[provider, ("LANDFALL_S3__PUBLIC_ENDPOINT", "http://[fd00::1]:1")]).await;
    assert_eq!(report.findings(), [KEPT, "upload-endpoint-private", "upload-unreached"], "{}", report.text);
    report.names("upload-endpoint-private", "fd00::1 is no public address", &["LANDFALL_S3__PUBLIC_ENDPOINT"]);
}

#[tokio::test]
async fn wrong_credentials_and_expired_ones_and_those_that_end_soon_are_told_apart() {
    let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
    let bucket = store.fresh_bucket().await;
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        let report = examine(store, &bucket, &[(name, "WRONG0KEY0OF0THE0TESTS")]).await;
        report.finds_only(&["store-keys-wrong"], 1);
        report.names("store-keys-wrong", "403", &["AWS_SECRET_ACCESS_KEY", store.endpoint()]);
    }
    let pen = Pen::new("credentials").expect("a directory");
    let hour = jiff::SignedDuration::from_hours(1);
    let now = jiff::Timestamp::now();
    let report = examine_with(store, &bucket, pen.path(), now - hour).await;
    report.finds_only(&["store-credentials-expired"], 1);
    report.names("store-credentials-expired", "they ended at", &["aws sso login", "credential_process"]);
    assert_eq!(report.outcomes("bucket-exists"), ["skipped"]);
    // SeaweedFS refuses a session token that it did not give; what is left of its life is told all the same.
    let report = examine_with(store, &bucket, pen.path(), now + hour).await;
    report.names("store-credentials-short", "in 3", &["3600 s, and 10 minutes", "LANDFALL_WORKER__JOB_DEADLINE_S"]);
}

/// Examines with credentials from a process, which end at this time.
async fn examine_with(store: &SeaweedFs, bucket: &str, directory: &Path, end: jiff::Timestamp) -> Report {
    let given = json!({
        "Version": 1, "AccessKeyId": store.access_key(), "SecretAccessKey": store.secret_key(), "SessionToken": "t", "Expiration": end,
    });
    fs::write(directory.join("given.json"), given.to_string()).expect("written");
    let profile = format!("[default]\ncredential_process = cat {}\n", directory.join("given.json").display());
    fs::write(directory.join("profile"), profile).expect("written");
    let mut settings = of_store(store, bucket, &[]);
    settings.retain(|(name, _)| !name.starts_with("AWS_ACCESS") && !name.starts_with("AWS_SECRET"));
    settings.push(("AWS_CONFIG_FILE".to_owned(), directory.join("profile").display().to_string()));
    doctor(&ONLY, &settings).await
}

#[tokio::test]
async fn a_clock_that_is_twenty_minutes_off_is_named_as_the_clock() {
    let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
    let Some(library) = faketime() else { return };
    let bucket = store.fresh_bucket().await;
    for (offset, way) in [("+20m", "20 minutes ahead of the store's"), ("-20m", "20 minutes behind the store's")] {
        let fake = [("LD_PRELOAD", library.as_str()), ("FAKETIME", offset), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
        let report = examine(store, &bucket, &fake).await;
        report.finds_only(&["store-clock-off"], 1);
        report.names("store-clock-off", way, &["timedatectl set-ntp true"]);
        assert_eq!(report.of("store-credentials")[0]["seen"], "the clock has to be set first", "{}", report.text);
    }
}

/// The library that gives a process another time.
fn faketime() -> Option<String> {
    let found = fs::read_dir("/usr/lib").into_iter().flatten().flatten().find_map(|entry| {
        let library = entry.path().join("faketime/libfaketime.so.1");
        library.is_file().then(|| library.display().to_string())
    });
    if found.is_none() {
        skip_or_fail("there is no libfaketime; `apt-get install faketime`, or run tests/run.sh");
    }
    found
}

#[tokio::test]
async fn an_interrupted_examination_leaves_nothing() {
    let Some(store) = or_skip(SeaweedFs::shared().await) else { return };
    let bucket = store.fresh_bucket().await;
    let gateway = gateway::before(store, Flaw::StallsCopies).await;
    let pen = Pen::new("interrupted").expect("a directory");
    let settings = of_store(store, &bucket, &[("LANDFALL_S3__ENDPOINT", &gateway)]);
    let mut role = Role::start(&pen, "doctor", &["doctor", "--only", "store"], &settings);
    let deadline = Instant::now() + SOON;
    while keys(store, &bucket).await.is_empty() {
        assert!(Instant::now() < deadline && role.ended().is_none(), "no probe is written:\n{}", role.log());
        sleep(LOOK).await;
    }
    role.terminate();
    assert_eq!(role.end(SOON).await.code(), Some(1), "{}", role.log());
    assert!(role.log().contains("interrupted"), "{}", role.log());
    assert_eq!(keys(store, &bucket).await, Vec::<String>::new());
}
