//! Upload URLs: signed offline, for the public endpoint, with nothing but `host` signed. Links for browsers are made alike.
//!
//! Whoever uploads sends headers of its own; each further signed header would be a 403 for it. A URL dies with the
//! credentials that signed it, whatever its query says, so the credentials are looked at before every signature and the
//! life is cut to theirs. The snapshot that was looked at is the one that signs: what is promised is what was signed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Config, Credentials, ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_s3::presigning::PresigningConfig;
use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tracing::instrument::WithSubscriber as _;
use tracing::subscriber::NoSubscriber;

use super::classify::{Call, chain, classify};
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::ids::{ObjectRef, PresignedUrl};
use crate::ports::{UploadUrl, bug};

/// Longest life of a presigned URL: S3 refuses longer ones.
pub const URL_LIFE_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// How far back signatures are dated: a store whose clock is behind ours takes a URL at once, where it would else refuse
/// what comes from its future. Further back, and URLs that live for a week would end noticeably early.
const DATED_BACK: Duration = Duration::from_secs(60);

/// How long credentials that would cut a URL short are used before the chain is asked for better ones. Asking more
/// often would cost a call to the metadata or token service for every signature.
const CREDENTIALS_RECHECK: Duration = Duration::from_secs(60);

/// How long any credentials are held, also those without an expiry: keys in files and variables are rotated too.
const CREDENTIALS_HELD: Duration = Duration::from_secs(15 * 60);

/// Longest wait for the chain, which bounds not all of its sources: a process or a token service may stall, and every
/// signature waits for it. Shorter gives up on slow log-ins.
const CREDENTIALS_WITHIN: Duration = Duration::from_secs(20);

/// Signs with the credentials of the day.
pub(super) struct Signer {
    client: Client,
    chain: SharedCredentialsProvider,
    held: Mutex<Option<Held>>,
}

struct Held {
    credentials: Credentials,
    since: SystemTime,
}

struct Terms {
    presigning: PresigningConfig,
    credentials: Credentials,
    end: SystemTime,
}

impl Signer {
    /// `client` must be set to the endpoint that is signed for, and cache no identity.
    pub(super) fn new(client: Client, chain: SharedCredentialsProvider) -> Signer {
        Signer { client, chain, held: Mutex::new(None) }
    }

    /// Signs a PUT of `object` for `life`, or for as long as the credentials last.
    pub(super) async fn sign_put(&self, object: &ObjectRef, life: Duration) -> Outcome<UploadUrl> {
        let doing = || format!("signing an upload of {object}");
        let Terms { presigning, credentials, end } = self.terms(life, &doing).await?;
        let signed = self
            .client
            .put_object()
            .bucket(&object.bucket)
            .key(object.key.as_str())
            .customize()
            .config_override(Config::builder().credentials_provider(credentials))
            .presigned(presigning)
            // At trace level the SDK logs what it signs, a session token in the query included.
            .with_subscriber(NoSubscriber::default())
            .await
            .map_err(|error| classify(Call::Read, doing(), error))?;
        let expires_at = Timestamp::try_from(end).map_err(|why| bug(doing()).because(why))?;
        Ok(UploadUrl { url: PresignedUrl::new(signed.uri().to_owned()), expires_at })
    }

    /// Signs a GET of `object`, likewise.
    pub(super) async fn sign_get(&self, object: &ObjectRef, life: Duration) -> Outcome<PresignedUrl> {
        let doing = || format!("signing a link to {object}");
        let Terms { presigning, credentials, .. } = self.terms(life, &doing).await?;
        let signed = self
            .client
            .get_object()
            .bucket(&object.bucket)
            .key(object.key.as_str())
            .customize()
            .config_override(Config::builder().credentials_provider(credentials))
            .presigned(presigning)
            .with_subscriber(NoSubscriber::default())
            .await
            .map_err(|error| classify(Call::Read, doing(), error))?;
        Ok(PresignedUrl::new(signed.uri().to_owned()))
    }

    /// From when to when a URL made now is good, and by whose signature.
    async fn terms(&self, life: Duration, doing: &(dyn Fn() -> String + Sync)) -> Outcome<Terms> {
        let now = whole_seconds(SystemTime::now());
        let wanted = now + Duration::from_secs(life.min(URL_LIFE_MAX).as_secs().max(1));
        // The life that S3 bounds begins with the date: the longest URLs are dated back less.
        let start = (now - DATED_BACK).max(wanted - URL_LIFE_MAX);
        let credentials = self.credentials(wanted, now).await?;
        let end = credentials.expiry().map_or(wanted, |expiry| whole_seconds(expiry).min(wanted));
        if end <= now {
            let cure = "the S3 credentials have expired: renew them, or what the AWS default chain gets them from";
            return Err(Fault::new(FaultKind::Denied, doing()).because(cure));
        }
        let presigning = PresigningConfig::builder()
            .start_time(start)
            .expires_in(end.duration_since(start).map_err(|why| bug(doing()).because(why))?)
            .build()
            .map_err(|why| bug(doing()).because(why))?;
        Ok(Terms { presigning, credentials, end })
    }

    /// Credentials that last until `wanted` where the chain has such, else the longest-lived it gives.
    async fn credentials(&self, wanted: SystemTime, now: SystemTime) -> Outcome<Credentials> {
        let mut held = self.held.lock().await;
        let alive = held.as_ref().filter(|held| held.credentials.expiry().is_none_or(|expiry| expiry > now));
        if let Some(Held { credentials, since }) = alive {
            let lasting = credentials.expiry().is_none_or(|expiry| expiry >= wanted);
            let held_at_most = if lasting { CREDENTIALS_HELD } else { CREDENTIALS_RECHECK };
            if now.duration_since(*since).is_ok_and(|age| age < held_at_most) {
                return Ok(credentials.clone());
            }
        }
        let credentials = match (self.ask_chain().await, alive) {
            (Ok(credentials), _) => credentials,
            // What still works is better than nothing while the source of credentials is away.
            (Err(_), Some(held)) => held.credentials.clone(),
            (Err(fault), None) => return Err(fault),
        };
        *held = Some(Held { credentials: credentials.clone(), since: now });
        Ok(credentials)
    }

    /// Credentials fresh from the chain.
    pub(super) async fn ask_chain(&self) -> Outcome<Credentials> {
        let denied = || Fault::new(FaultKind::Denied, "getting S3 credentials from the AWS default chain");
        match timeout(CREDENTIALS_WITHIN, self.chain.provide_credentials()).await {
            Ok(given) => given.map_err(|error| denied().because(chain(&error))),
            Err(_) => Err(denied().because(format!("no answer within {CREDENTIALS_WITHIN:?}"))),
        }
    }
}

/// Signatures know no fractions of a second; the promise must not either.
fn whole_seconds(time: SystemTime) -> SystemTime {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use aws_config::credential_process::CredentialProcessProvider;
    use aws_sdk_s3::config::{BehaviorVersion, IdentityCache, Region};
    use url::Url;

    use super::*;
    use crate::job::ids::ObjectKey;

    const HOUR: Duration = Duration::from_secs(3600);

    fn signer(expiry: Option<SystemTime>, path_style: bool) -> Signer {
        let token = expiry.map(|_| "session-token".to_owned());
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", token, expiry, "test");
        let provider = SharedCredentialsProvider::new(credentials);
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .endpoint_url("https://media.example")
            .force_path_style(path_style)
            .identity_cache(IdentityCache::no_cache())
            .build();
        Signer::new(Client::from_conf(config), provider)
    }

    fn object(key: &str) -> ObjectRef {
        ObjectRef { bucket: "videos".to_owned(), key: ObjectKey::parse(key).expect("a valid key") }
    }

    fn parts(signed: &UploadUrl) -> (Url, HashMap<String, String>) {
        let url = Url::parse(signed.url.expose()).expect("a URL");
        let query = url.query_pairs().into_owned().collect();
        (url, query)
    }

    #[tokio::test]
    async fn only_the_host_is_signed_and_no_checksum_is_asked_for() {
        let signed = signer(None, true).sign_put(&object("staging/a b+ü.mp4"), HOUR).await.expect("signed");
        let (url, query) = parts(&signed);
        assert_eq!(query["X-Amz-SignedHeaders"], "host");
        assert_eq!(query["X-Amz-Expires"], "3660");
        assert!(query["X-Amz-Credential"].contains("/eu-central-1/s3/aws4_request"));
        assert!(!signed.url.expose().to_ascii_lowercase().contains("checksum"), "checksum parameters make S3 refuse");
        assert_eq!(url.host_str(), Some("media.example"));
        assert_eq!(url.path(), "/videos/staging/a%20b%2B%C3%BC.mp4");
    }

    #[tokio::test]
    async fn the_bucket_is_in_the_host_where_paths_are_not_wanted() {
        let signed = signer(None, false).sign_put(&object("k"), HOUR).await.expect("signed");
        let (url, _) = parts(&signed);
        assert_eq!((url.host_str(), url.path()), (Some("videos.media.example"), "/k"));
    }

    #[tokio::test]
    async fn the_promised_end_is_what_the_url_says() {
        for (expiry_in, life) in [(None, HOUR), (Some(HOUR), 2 * HOUR), (Some(2 * HOUR), HOUR)] {
            let expiry = expiry_in.map(|left| SystemTime::now() + left);
            let signed = signer(expiry, true).sign_put(&object("k"), life).await.expect("signed");
            let (_, query) = parts(&signed);
            let start = Timestamp::strptime("%Y%m%dT%H%M%S%z", query["X-Amz-Date"].replace('Z', "+0000"));
            let expires_s: i64 = query["X-Amz-Expires"].parse().expect("seconds");
            assert_eq!(start.expect("a date").as_second() + expires_s, signed.expires_at.as_second());
            let longest = (expiry_in.unwrap_or(life).min(life) + DATED_BACK).as_secs();
            assert!((longest - 3..=longest).contains(&expires_s.unsigned_abs()), "{expires_s} s of {longest} s");
            assert!(signed.expires_at <= Timestamp::now() + expiry_in.unwrap_or(life).min(life));
        }
    }

    #[tokio::test]
    async fn a_url_is_dated_back_so_that_a_store_whose_clock_is_behind_accepts_it_at_once() {
        let signed = signer(None, true).sign_put(&object("k"), HOUR).await.expect("signed");
        let date = parts(&signed).1["X-Amz-Date"].replace('Z', "+0000");
        let date = Timestamp::strptime("%Y%m%dT%H%M%S%z", date).expect("a date");
        let back = Timestamp::now().duration_since(date).as_secs();
        assert!((60..70).contains(&back), "{back} s");
    }

    #[tokio::test]
    async fn credentials_that_would_end_too_early_are_exchanged_for_better_ones_before_signing() {
        let now = whole_seconds(SystemTime::now());
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("credentials.json");
        // What a credential process, an instance's role or a token service does: give what is valid at present.
        let chain = CredentialProcessProvider::new(format!("cat {}", file.display()));
        let chain = SharedCredentialsProvider::new(chain);
        let give = |id: &str, life: Duration| {
            let expiry = Timestamp::try_from(now + life).expect("an instant");
            let keys = format!(r#""AccessKeyId":"{id}","SecretAccessKey":"s","SessionToken":"t""#);
            std::fs::write(&file, format!(r#"{{"Version":1,{keys},"Expiration":"{expiry}"}}"#)).expect("written");
        };
        let signer = Signer { chain, ..signer(None, true) };
        let minute = Duration::from_secs(60);
        for (given, given_life, asked_after, life, id) in [
            ("first", HOUR, Duration::ZERO, minute, "first"),
            // Asked a moment ago: the chain will have no better ones yet.
            ("second", 3 * HOUR, minute / 2, 2 * HOUR, "first"),
            // Good enough.
            ("second", 3 * HOUR, 2 * minute, minute, "first"),
            ("second", 3 * HOUR, 2 * minute, 2 * HOUR, "second"),
            ("third", 6 * HOUR, 3 * minute, 2 * HOUR, "second"),
            ("third", 6 * HOUR, HOUR, 4 * HOUR, "third"),
        ] {
            give(given, given_life);
            let at = now + asked_after;
            let credentials = signer.credentials(at + life, at).await.expect("some");
            assert_eq!(credentials.access_key_id(), id, "after {asked_after:?} for {life:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_of_credentials_that_stalls_holds_up_one_signature_and_suspends_when_none_are_left() {
        let now = whole_seconds(SystemTime::now());
        let held = Held { credentials: Credentials::new("old", "s", None, Some(now + HOUR), "test"), since: now };
        let chain = SharedCredentialsProvider::new(CredentialProcessProvider::new("sleep 30".to_owned()));
        let signer = Signer { chain, held: Mutex::new(Some(held)), ..signer(None, true) };
        let began = tokio::time::Instant::now();
        for asked_after in [2, 3, 4] {
            let at = now + CREDENTIALS_RECHECK * 2 + Duration::from_secs(asked_after);
            let credentials = signer.credentials(at + HOUR, at).await.expect("some");
            assert_eq!(credentials.access_key_id(), "old");
        }
        assert_eq!(began.elapsed().as_secs(), CREDENTIALS_WITHIN.as_secs());
        let late = now + 2 * HOUR;
        let fault = signer.credentials(late + HOUR, late).await.expect_err("none are left");
        assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
    }

    #[tokio::test]
    async fn no_url_lives_longer_than_a_week() {
        let signed = signer(None, true).sign_put(&object("k"), 1000 * HOUR).await.expect("signed");
        assert_eq!(parts(&signed).1["X-Amz-Expires"], "604800");
    }

    #[tokio::test]
    async fn expired_credentials_are_our_fault() {
        let expired = SystemTime::now() - Duration::from_secs(5);
        let fault = signer(Some(expired), true).sign_put(&object("k"), HOUR).await.expect_err("cannot sign");
        assert_eq!(fault.kind, FaultKind::Denied, "{}", fault.chain());
    }

    #[tokio::test]
    async fn signing_leaves_no_token_in_the_log_even_at_trace() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        tracing::trace!("the log works");
        let expiry = SystemTime::now() + HOUR;
        let signed = signer(Some(expiry), true).sign_put(&object("k"), HOUR).await.expect("signed");
        drop(guard);
        assert!(signed.url.expose().contains("session-token"));
        let logged = String::from_utf8(log.0.lock().expect("no holder panics").clone()).expect("text");
        assert!(logged.contains("the log works"));
        for secret in ["session-token", "X-Amz-Signature"] {
            assert!(!logged.contains(secret), "{logged}");
        }
    }

    /// A log in memory.
    #[derive(Clone, Default)]
    struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no holder panics").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
}
