//! Everything that the doctor tries and everything that it can find, with what it means and how it is cured.
//!
//! One table each, and nothing else says it: the report, the JSON and the page `deploy/doctor/README.md` are made of them.
//! Ids are contracts. In titles, meanings and cures, `{name}` stands for what was met.

use std::fmt::Write as _;

use super::findings;

/// A part of the configured world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(super) enum Area {
    /// The settings.
    Config,
    /// RabbitMQ.
    Broker,
    /// The buckets.
    Store,
    /// The task API.
    Provider,
    /// The worker that runs.
    Worker,
}

impl Area {
    pub(super) const ALL: [Area; 5] = [Area::Config, Area::Broker, Area::Store, Area::Provider, Area::Worker];

    pub(super) fn name(self) -> &'static str {
        match self {
            Area::Config => "config",
            Area::Broker => "broker",
            Area::Store => "store",
            Area::Provider => "provider",
            Area::Worker => "worker",
        }
    }
}

/// Something that is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Check {
    Configuration,
    BrokerConnection,
    BrokerVersion,
    BrokerTopology,
    BrokerPermissions,
    BrokerPublishing,
    BrokerTimeLimit,
    BrokerDeliveryLimit,
    BrokerEvents,
    BrokerWaiting,
    StoreCredentials,
    StoreConnection,
    StoreClock,
    BucketExists,
    BucketList,
    BucketWrite,
    BucketConditionalCreate,
    BucketConditionalReplace,
    BucketRead,
    BucketCopy,
    BucketConditionalCopy,
    BucketDelete,
    BucketVersioning,
    StagingLifecycle,
    UploadEndpoint,
    UploadPlain,
    UploadContentType,
    UploadChunked,
    ProviderConnection,
    ProviderClock,
    ProviderKey,
    ProviderBalance,
    WorkerReady,
}

impl Check {
    pub(super) const ALL: [Check; 33] = [
        Check::Configuration,
        Check::BrokerConnection,
        Check::BrokerVersion,
        Check::BrokerTopology,
        Check::BrokerPermissions,
        Check::BrokerPublishing,
        Check::BrokerTimeLimit,
        Check::BrokerDeliveryLimit,
        Check::BrokerEvents,
        Check::BrokerWaiting,
        Check::StoreCredentials,
        Check::StoreConnection,
        Check::StoreClock,
        Check::BucketExists,
        Check::BucketList,
        Check::BucketWrite,
        Check::BucketConditionalCreate,
        Check::BucketConditionalReplace,
        Check::BucketRead,
        Check::BucketCopy,
        Check::BucketConditionalCopy,
        Check::BucketDelete,
        Check::BucketVersioning,
        Check::StagingLifecycle,
        Check::UploadEndpoint,
        Check::UploadPlain,
        Check::UploadContentType,
        Check::UploadChunked,
        Check::ProviderConnection,
        Check::ProviderClock,
        Check::ProviderKey,
        Check::ProviderBalance,
        Check::WorkerReady,
    ];

    pub(super) fn id(self) -> &'static str {
        self.row().0
    }

    pub(super) fn area(self) -> Area {
        self.row().1
    }

    /// What is tried.
    pub(super) fn tries(self) -> &'static str {
        self.row().2
    }

    #[rustfmt::skip]
    fn row(self) -> (&'static str, Area, &'static str) {
        use Area::{Broker, Config, Provider, Store, Worker};
        match self {
            Check::Configuration => ("configuration", Config, "the settings can be read, and none that the worker needs is missing"),
            Check::BrokerConnection => ("broker-connection", Broker, "name, port, TLS, user, password and virtual host of `amqp.url`"),
            Check::BrokerVersion => ("broker-version", Broker, "a RabbitMQ that is new enough"),
            Check::BrokerTopology => ("broker-topology", Broker, "each queue and exchange is there, with the arguments that the worker gives it: a passive declaration, then, only where it exists, an equal one, which changes nothing"),
            Check::BrokerPermissions => ("broker-permissions", Broker, "the user's rights, by commands that RabbitMQ refuses for another reason once the right is granted; what is published is rolled back"),
            Check::BrokerPublishing => ("broker-publishing", Broker, "the broker accepts publishes; an alarm for memory or disk stops them"),
            Check::BrokerTimeLimit => ("broker-time-limit", Broker, "`worker.lease_s` against the time for which this release lets a consumer hold a message, unless its `consumer_timeout` was changed, which a client cannot see"),
            Check::BrokerDeliveryLimit => ("broker-delivery-limit", Broker, "the queue's own limit of deliveries is out of reach: it would dead-letter without a reason and without an event"),
            Check::BrokerEvents => ("broker-events", Broker, "nothing: AMQP cannot tell whether a queue is bound to the events exchange. `worker-ready` tells it of a worker that runs"),
            Check::BrokerWaiting => ("broker-waiting", Broker, "how many jobs and dead letters wait, and how many consumers there are, for information"),
            Check::StoreCredentials => ("store-credentials", Store, "the AWS chain gives credentials, the store knows them, and they live longer than a job's deadline"),
            Check::StoreConnection => ("store-connection", Store, "the store answers, over TLS where the endpoint says so"),
            Check::StoreClock => ("store-clock", Store, "this machine's clock against the store's"),
            Check::BucketExists => ("bucket-exists", Store, "each configured bucket is there, in the region that is signed for"),
            Check::BucketList => ("bucket-list", Store, "listing"),
            Check::BucketWrite => ("bucket-write", Store, "writing a probe object below the ledger's prefix"),
            Check::BucketConditionalCreate => ("bucket-conditional-create", Store, "creating it again with `If-None-Match: *`, which must fail"),
            Check::BucketConditionalReplace => ("bucket-conditional-replace", Store, "replacing it with a stale `If-Match`, which must fail"),
            Check::BucketRead => ("bucket-read", Store, "reading it"),
            Check::BucketCopy => ("bucket-copy", Store, "copying it inside the store"),
            Check::BucketConditionalCopy => ("bucket-conditional-copy", Store, "copying it again with `If-None-Match: *`, which must fail"),
            Check::BucketDelete => ("bucket-delete", Store, "deleting both; nothing of the probes stays"),
            Check::BucketVersioning => ("bucket-versioning", Store, "whether the bucket keeps versions, for information"),
            Check::StagingLifecycle => ("staging-lifecycle", Store, "lifecycle rules clear staging, give up incomplete uploads, and leave the ledger alone"),
            Check::UploadEndpoint => ("upload-endpoint", Store, "the provider can reach the host that upload URLs are signed for, by what its name resolves to here"),
            Check::UploadPlain => ("upload-plain", Store, "a PUT to a presigned URL on the public endpoint, by a client that knows nothing of S3"),
            Check::UploadContentType => ("upload-content-type", Store, "the same with `Content-Type: video/mp4`"),
            Check::UploadChunked => ("upload-chunked", Store, "the same in chunks, without a length"),
            Check::ProviderConnection => ("provider-connection", Provider, "`provider.url` answers as the task API does"),
            Check::ProviderClock => ("provider-clock", Provider, "this machine's clock against the provider's"),
            Check::ProviderKey => ("provider-key", Provider, "the key is accepted. Nothing is bought"),
            Check::ProviderBalance => ("provider-balance", Provider, "the account holds enough for the longest video"),
            Check::WorkerReady => ("worker-ready", Worker, "`/readyz` of a worker on this machine, at `http.listen`"),
        }
    }
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grade {
    Warning,
    Failure,
}

impl Grade {
    pub(super) fn name(self) -> &'static str {
        match self {
            Grade::Warning => "warning",
            Grade::Failure => "failure",
        }
    }
}

/// What is said of a finding.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its stable name.
    pub(super) id: &'static str,
    pub(super) check: Check,
    pub(super) grade: Grade,
    pub(super) title: &'static str,
    pub(super) means: &'static str,
    /// One thing to do each; the first helps most often.
    pub(super) cures: &'static [&'static str],
}

/// Puts what was met in the place of `{name}`.
pub(super) fn fill(text: &str, met: &[(&str, &str)]) -> String {
    met.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// The page about all of it, in Markdown.
pub(super) fn reference() -> String {
    let mut page = String::from(HEAD);
    for area in Area::ALL {
        let _ = write!(page, "\n## {}\n", area.name());
        for check in Check::ALL.into_iter().filter(|check| check.area() == area) {
            let _ = write!(page, "\n### `{}`\n\nTries: {}.\n", check.id(), check.tries());
            for entry in findings::ALL.iter().filter(|entry| entry.check == check) {
                let title = entry.title.replace('{', "`{").replace('}', "}`");
                let _ = write!(page, "\n**`{}`**, a {}: {title}. {}\n\n", entry.id, entry.grade.name(), entry.means);
                for cure in entry.cures {
                    let _ = writeln!(page, "- {cure}");
                }
            }
        }
    }
    page
}

const HEAD: &str = "\
# What `landfall doctor` tries and finds

Made by `landfall doctor --reference`; a test keeps it in step. Each check has a stable id, and so has each finding; both stand
in the JSON as `check` and `finding`. `{name}` stands for what was met.
";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_kebab_case_and_each_is_given_once() {
        let checks = Check::ALL.iter().map(|check| check.id());
        let findings = findings::ALL.iter().map(|entry| entry.id);
        for ids in [checks.collect::<Vec<_>>(), findings.collect::<Vec<_>>()] {
            assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
            for id in ids {
                assert!(id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{id}");
            }
        }
    }

    #[test]
    fn every_finding_has_a_meaning_and_a_cure_and_texts_are_filled() {
        for entry in findings::ALL {
            // What is filled in last is a sentence of its own.
            let is_said = entry.means.ends_with(['.', '}']);
            assert!(is_said && !entry.cures.is_empty() && !entry.title.ends_with('.'), "{}", entry.id);
        }
        assert_eq!(fill("make {a} from {b}: {\"Rules\"}", &[("a", "x"), ("b", "y")]), "make x from y: {\"Rules\"}");
    }
}
