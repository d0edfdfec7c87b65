//! S3: presigned uploads, landing, the ledger's conditional writes.
//!
//! One call of the port is one request on its happy path. Calls that may be repeated (reads, deletes, parts) are repeated
//! by the SDK. Conditional writes are not: a create whose answer was lost and that the SDK sent again would meet our own
//! object and say that another was first. Their lost answers surface as
//! [`Ambiguous`](crate::job::fault::FaultKind::Ambiguous), and the caller reads what stands there.

mod check;
mod classify;
mod clock;
mod lifecycle;
mod list;
mod presign;
mod promote;
mod spans;
mod stranger;
mod stream;
mod survey;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, Credentials, IdentityCache, RequestChecksumCalculation, ResponseChecksumValidation};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream as SdkStream;
use bytes::{Bytes, BytesMut};

use self::classify::{Call, absent, chain, classify, status};
use self::clock::ClockWatch;
use self::presign::Signer;
use self::spans::RequestSpans;
use crate::job::fault::{Fault, FaultKind, Outcome};
use crate::job::ids::{ObjectRef, PresignedUrl};
use crate::job::skew::SkewMeter;
use crate::ports::{
    ByteStream, Created, ObjectFacts, ObjectLinks, ObjectStore, Opened, Promoted, Promotion, Unchanged, UploadUrl,
};

pub use self::check::{Step, Tried};
pub use self::lifecycle::{ExpiryRule, OUR_RULES};
pub use self::presign::URL_LIFE_MAX;
pub use self::stranger::{Manner, Uploaded};
pub use self::survey::{Trouble, Versioning};

/// Longest wait for a connection, TLS included. Longer, and one dead address of several stalls a job.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest wait for the answer to one attempt, the sending of a body included.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest wait for a copy inside the store, or for the assembly of parts: both move gigabytes before they answer.
pub const COPY_TIMEOUT: Duration = Duration::from_secs(300);

/// Attempts of a call that may be repeated.
pub const REPEATABLE_ATTEMPTS: u32 = 3;

/// Largest object that S3 copies in one request (5 GiB); larger ones go in parts.
pub const COPY_WHOLE_MAX_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// Bytes of one part of a copy: 10,000 of them, S3's most, make 5 TiB, S3's largest object.
pub const COPY_PART_BYTES: u64 = 550 * 1024 * 1024;

/// Further tries after AWS's answer 409: a conflicting operation is under way, and this one had no effect.
const CONFLICT_TRIES: u32 = 3;

/// The wait before the first of them; it doubles.
const CONFLICT_WAIT: Duration = Duration::from_millis(200);

/// The region signed for where an endpoint was set and no region was named: what such stores expect.
const REGION_OF_OWN_ENDPOINT: &str = "us-east-1";

/// How the store is reached.
#[derive(Clone)]
pub struct S3Options {
    /// Where the worker talks to the store; `None` for AWS, or what the AWS environment says.
    pub endpoint: Option<String>,
    /// What upload URLs are signed for, where uploaders reach the store under another name.
    pub public_endpoint: Option<String>,
    /// What links for people's browsers are signed for, where those reach the store under yet another name.
    pub browser_endpoint: Option<String>,
    /// The region; `None` for the AWS chain.
    pub region: Option<String>,
    /// Buckets in the path (`host/bucket/key`) instead of in the host name.
    pub path_style: bool,
    /// Access key id and secret for an embedded store or a test; `None` for the AWS default chain.
    pub credentials: Option<(String, String)>,
    /// See [`CONNECT_TIMEOUT`].
    pub connect_timeout: Duration,
    /// See [`ATTEMPT_TIMEOUT`].
    pub attempt_timeout: Duration,
    /// See [`COPY_TIMEOUT`].
    pub copy_timeout: Duration,
    /// See [`COPY_WHOLE_MAX_BYTES`].
    pub copy_whole_max_bytes: u64,
    /// See [`COPY_PART_BYTES`]; at least 5 MiB.
    pub copy_part_bytes: u64,
    /// Where it is shown how far the store's clock is from ours.
    pub skew: SkewMeter,
}

impl Default for S3Options {
    fn default() -> S3Options {
        S3Options {
            endpoint: None,
            public_endpoint: None,
            browser_endpoint: None,
            region: None,
            path_style: false,
            credentials: None,
            connect_timeout: CONNECT_TIMEOUT,
            attempt_timeout: ATTEMPT_TIMEOUT,
            copy_timeout: COPY_TIMEOUT,
            copy_whole_max_bytes: COPY_WHOLE_MAX_BYTES,
            copy_part_bytes: COPY_PART_BYTES,
            skew: SkewMeter::default(),
        }
    }
}

/// The bucket on S3 or a store that speaks its protocol.
pub struct S3Store {
    /// Repeats what fails.
    repeating: Client,
    /// Sends everything once.
    once: Client,
    signer: Signer,
    /// Signs links for browsers.
    links: Signer,
    skew: SkewMeter,
    attempt_timeout: Duration,
    copy_timeout: Duration,
    copy_whole_max_bytes: u64,
    copy_part_bytes: u64,
    /// Set when a check saw that the store copies over an object although the copy forbade it.
    copies_unconditionally: AtomicBool,
}

impl S3Store {
    /// Prepares the clients; nothing is sent to the store yet, see [`S3Store::check`].
    ///
    /// Without a region, or without any source of credentials, the fault is
    /// [`Denied`](crate::job::fault::FaultKind::Denied).
    pub async fn connect(options: S3Options) -> Outcome<S3Store> {
        S3Store::over(&load(&options).await, &options)
    }

    fn over(shared: &SdkConfig, options: &S3Options) -> Outcome<S3Store> {
        let doing = "preparing the S3 client";
        if shared.region().is_none() {
            return Err(Fault::new(FaultKind::Denied, doing)
                .because("no AWS region is known; set s3.region (LANDFALL_S3__REGION) or AWS_REGION"));
        }
        let Some(credentials) = shared.credentials_provider() else {
            return Err(Fault::new(FaultKind::Denied, doing).because("no source of AWS credentials is known"));
        };
        // Checksums only where the protocol demands them: other vendors' stores refuse the rest.
        let base = Builder::from(shared)
            .force_path_style(options.path_style)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .interceptor(ClockWatch::on(options.skew.clone()));
        let repeat = RetryConfig::standard().with_max_attempts(REPEATABLE_ATTEMPTS);
        let signer = |endpoint: Option<&String>| {
            let mut config = base.clone().identity_cache(IdentityCache::no_cache());
            if let Some(endpoint) = endpoint {
                config = config.endpoint_url(endpoint);
            }
            Signer::new(Client::from_conf(config.build()), credentials.clone())
        };
        let public = options.public_endpoint.as_ref();
        let (signer, links) = (signer(public), signer(options.browser_endpoint.as_ref().or(public)));
        Ok(S3Store {
            repeating: Client::from_conf(base.clone().interceptor(RequestSpans).retry_config(repeat).build()),
            once: Client::from_conf(base.interceptor(RequestSpans).retry_config(RetryConfig::disabled()).build()),
            signer,
            links,
            skew: options.skew.clone(),
            attempt_timeout: options.attempt_timeout,
            copy_timeout: options.copy_timeout,
            copy_whole_max_bytes: options.copy_whole_max_bytes,
            copy_part_bytes: options.copy_part_bytes,
            copies_unconditionally: AtomicBool::new(false),
        })
    }

    /// Puts an object where the condition holds; `None` where it does not.
    async fn put_if(
        &self,
        object: &ObjectRef,
        condition: Condition<'_>,
        content_type: &str,
        body: Bytes,
    ) -> Outcome<Option<String>> {
        let doing = || format!("{} {object}", condition.verb());
        let mut patience = Patience::new();
        loop {
            let put = self
                .once
                .put_object()
                .bucket(&object.bucket)
                .key(object.key.as_str())
                .content_type(content_type)
                .body(SdkStream::from(body.clone()));
            let put = match condition {
                Condition::Absent => put.if_none_match("*"),
                Condition::Is(etag) => put.if_match(quoted(etag)),
            };
            let error = match put.send().await {
                Ok(done) => return etag_of(done.e_tag(), doing).map(Some),
                Err(error) => error,
            };
            match (status(&error), condition) {
                (Some(412), _) => return Ok(None),
                (Some(404), Condition::Is(_)) if absent(&error) => return Ok(None),
                (Some(409), _) if patience.once_more().await => {}
                _ => return Err(classify(Call::Write, doing(), error)),
            }
        }
    }

    /// Reads at most `at_most` bytes of an answer's body, within the time of one attempt.
    async fn read_body(&self, mut body: SdkStream, at_most: u64, doing: &str) -> Outcome<Bytes> {
        let lost = || Fault::new(FaultKind::Unavailable, doing);
        let at_most = usize::try_from(at_most).unwrap_or(usize::MAX);
        let reading = async {
            let mut bytes = BytesMut::new();
            while bytes.len() < at_most {
                let Some(chunk) = body.try_next().await.map_err(|why| lost().because(chain(&why)))? else { break };
                bytes.extend_from_slice(&chunk);
            }
            bytes.truncate(at_most);
            Ok(bytes.freeze())
        };
        tokio::time::timeout(self.attempt_timeout, reading)
            .await
            .unwrap_or_else(|_| Err(lost().because("the body did not arrive in time")))
    }
}

#[async_trait]
impl ObjectStore for S3Store {
    async fn presign_put(&self, object: &ObjectRef, life: Duration) -> Outcome<UploadUrl> {
        self.signer.sign_put(object, life).await
    }

    async fn open(&self, object: &ObjectRef, head_bytes: u64) -> Outcome<Option<Opened>> {
        let doing = format!("opening {object}");
        let get = self.repeating.get_object().bucket(&object.bucket).key(object.key.as_str());
        // A range cannot be empty, so that one byte is asked for where none is wanted.
        let answer = match get.range(format!("bytes=0-{}", head_bytes.max(1) - 1)).send().await {
            Ok(answer) => answer,
            Err(error) if absent(&error) => return Ok(None),
            Err(error) if status(&error) == Some(416) => {
                let headers = error.raw_response().map(|response| response.headers());
                let etag = headers.and_then(|headers| headers.get("etag")).map(unquoted).unwrap_or_default();
                return Ok(Some(Opened { facts: empty_object(etag), head: Bytes::new() }));
            }
            Err(error) => return Err(classify(Call::Read, doing, error)),
        };
        let facts = facts_of(&answer).map_err(|why| Fault::new(FaultKind::Malformed, doing.as_str()).because(why))?;
        let head = self.read_body(answer.body, head_bytes, &doing).await?;
        Ok(Some(Opened { facts, head }))
    }

    async fn read_range(&self, object: &ObjectRef, etag: &str, offset: u64, len: u64) -> Outcome<Unchanged<Bytes>> {
        let doing = format!("reading {len} bytes at {offset} of {object}");
        let Some(last) = len.checked_sub(1).and_then(|more| offset.checked_add(more)) else {
            return Err(crate::ports::bug(doing).because("a range must have a first and a last byte"));
        };
        let get = self.repeating.get_object().bucket(&object.bucket).key(object.key.as_str());
        let answer = match get.range(format!("bytes={offset}-{last}")).if_match(quoted(etag)).send().await {
            Ok(answer) => answer,
            Err(error) if status(&error) == Some(412) || absent(&error) => return Ok(Unchanged::No),
            Err(error) => return Err(classify(Call::Read, doing, error)),
        };
        let first = answer.content_range().map_or(Some(0), |range| content_range(range).map(|(first, _)| first));
        if first != Some(offset) {
            return Err(Fault::new(FaultKind::Malformed, doing).because("the store sent another range"));
        }
        self.read_body(answer.body, len, &doing).await.map(Unchanged::Yes)
    }

    async fn create(&self, object: &ObjectRef, content_type: &str, body: Bytes) -> Outcome<Created> {
        let etag = self.put_if(object, Condition::Absent, content_type, body).await?;
        Ok(etag.map_or(Created::Exists, |etag| Created::Done { etag }))
    }

    async fn replace(
        &self,
        object: &ObjectRef,
        etag: &str,
        content_type: &str,
        body: Bytes,
    ) -> Outcome<Unchanged<String>> {
        let etag = self.put_if(object, Condition::Is(etag), content_type, body).await?;
        Ok(etag.map_or(Unchanged::No, Unchanged::Yes))
    }

    async fn promote(&self, promotion: &Promotion) -> Outcome<Promoted> {
        self.copy(promotion).await
    }

    async fn write_stream(
        &self,
        object: &ObjectRef,
        content_type: &str,
        body: ByteStream,
        max_bytes: u64,
    ) -> Outcome<u64> {
        self.write_parts(object, content_type, body, max_bytes).await
    }

    async fn remove(&self, object: &ObjectRef, version_id: Option<&str>) -> Outcome<()> {
        let delete = self.repeating.delete_object().bucket(&object.bucket).key(object.key.as_str());
        match delete.set_version_id(version_id.map(str::to_owned)).send().await {
            Ok(_) => Ok(()),
            Err(error) if absent(&error) => Ok(()),
            Err(error) => Err(classify(Call::Write, format!("deleting {object}"), error)),
        }
    }
}

#[async_trait]
impl ObjectLinks for S3Store {
    async fn presign_get(&self, object: &ObjectRef, life: Duration) -> Outcome<PresignedUrl> {
        self.links.sign_get(object, life).await
    }
}

/// What must hold of a key for a write to it.
#[derive(Debug, Clone, Copy)]
enum Condition<'a> {
    Absent,
    Is(&'a str),
}

impl Condition<'_> {
    fn verb(self) -> &'static str {
        match self {
            Condition::Absent => "creating",
            Condition::Is(_) => "replacing",
        }
    }
}

/// Patience with the answer 409.
struct Patience {
    left: u32,
    wait: Duration,
}

impl Patience {
    fn new() -> Patience {
        Patience { left: CONFLICT_TRIES, wait: CONFLICT_WAIT }
    }

    /// Waits before another try; false when there were enough.
    async fn once_more(&mut self) -> bool {
        if self.left == 0 {
            return false;
        }
        tokio::time::sleep(self.wait).await;
        self.left -= 1;
        self.wait *= 2;
        true
    }
}

async fn load(options: &S3Options) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(options.connect_timeout)
        .operation_attempt_timeout(options.attempt_timeout)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts);
    if let Some(endpoint) = &options.endpoint {
        // The whole chain would ask the metadata service of a cloud that this store is not part of, and wait for it.
        let named = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
            .or_else(ProfileFileRegionProvider::new())
            .or_else(Region::new(REGION_OF_OWN_ENDPOINT));
        loader = loader.endpoint_url(endpoint).region(named);
    }
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some((id, secret)) = &options.credentials {
        loader = loader.credentials_provider(Credentials::new(id, secret, None, None, "landfall settings"));
    }
    loader.load().await
}

fn facts_of(answer: &GetObjectOutput) -> Result<ObjectFacts, String> {
    let size = match answer.content_range() {
        Some(range) => content_range(range).map(|(_, size)| size).ok_or("its Content-Range cannot be read")?,
        None => answer.content_length().and_then(|size| size.try_into().ok()).ok_or("its size is not told")?,
    };
    Ok(ObjectFacts {
        size,
        etag: answer.e_tag().map(unquoted).ok_or("it has no ETag")?,
        content_type: answer.content_type().map(str::to_owned),
        version_id: answer.version_id().map(str::to_owned),
        metadata: answer.metadata().cloned().unwrap_or_default(),
    })
}

/// Every range of an empty object is refused, and the refusal tells little more.
fn empty_object(etag: String) -> ObjectFacts {
    ObjectFacts { size: 0, etag, content_type: None, version_id: None, metadata: HashMap::new() }
}

/// First byte and size of the whole from `bytes 0-99/1234`.
fn content_range(header: &str) -> Option<(u64, u64)> {
    let (range, size) = header.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.trim().parse().ok()?, size.trim().parse().ok()?))
}

fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

fn unquoted(etag: &str) -> String {
    etag.trim_start_matches("W/").trim_matches('"').to_owned()
}

/// The ETag of a write's answer. Without it nobody can tell later what was written.
fn etag_of(etag: Option<&str>, doing: impl Fn() -> String) -> Outcome<String> {
    etag.map(unquoted)
        .ok_or_else(|| Fault::new(FaultKind::Ambiguous, doing()).because("the store's answer holds no ETag"))
}
