//! What can be wrong, what it means, and how it is cured: the table of findings.

use super::catalogue::{Check, Entry, Grade};

const IAM_LIST: &str = "allow it in the policy of the identity: `{\"Effect\": \"Allow\", \"Action\": \"s3:ListBucket\", \"Resource\": \
    \"arn:aws:s3:::{bucket}\"}`";
const IAM_OBJECTS: &str = "allow it in the policy of the identity: `{\"Effect\": \"Allow\", \"Action\": [\"s3:GetObject\", \
    \"s3:PutObject\", \"s3:DeleteObject\"], \"Resource\": \"arn:aws:s3:::{bucket}/*\"}`";
const BUCKET_POLICY: &str =
    "a Deny in the bucket's own policy goes over every Allow: `aws s3api get-bucket-policy --bucket {bucket}`";
const NTP: &str = "keep both clocks in step: `timedatectl set-ntp true`, or chrony, on the machine itself; a container has the \
    clock of its machine";
const FIX_RULES: &str = "`landfall doctor --fix` adds two rules and leaves those that are there";
const RULES: &str = "or put them yourself, together with the other rules of the bucket: `{\"Rules\": [{\"ID\": \"landfall-staging\", \
    \"Status\": \"Enabled\", \"Filter\": {\"Prefix\": \"{prefix}/\"}, \"Expiration\": {\"Days\": 7}, \
    \"NoncurrentVersionExpiration\": {\"NoncurrentDays\": 1}}, {\"ID\": \"landfall-incomplete-uploads\", \"Status\": \
    \"Enabled\", \"Filter\": {\"Prefix\": \"\"}, \"AbortIncompleteMultipartUpload\": {\"DaysAfterInitiation\": 2}}]}`";
const CONDITIONAL_STORES: &str =
    "use a store with conditional writes: AWS S3, or SeaweedFS or RadosGW in a current version";
const PUBLIC_ENDPOINT: &str = "set s3.public_endpoint (LANDFALL_S3__PUBLIC_ENDPOINT) to the store's address as the provider sees it: https, a \
    public name, the same buckets";

/// Declares the findings, and all of them as a list.
macro_rules! findings {
    ($($name:ident = $id:literal: $check:ident $grade:ident, $title:literal, $means:literal, [$($cure:expr),+ $(,)?];)+) => {
        $(pub(super) const $name: Entry = Entry {
            id: $id,
            check: Check::$check,
            grade: Grade::$grade,
            title: $title,
            means: $means,
            cures: &[$($cure),+],
        };)+

        /// All findings, in the order of the checks.
        pub(super) const ALL: &[Entry] = &[$($name),+];
    };
}

findings! {
    MISTAKE = "setting-wrong": Configuration Failure,
        "the configuration has a mistake",
        "No role starts with it, and nothing else was tried.",
        [
            "correct the setting that is named; `landfall check-config` prints what is in force and where each value \
             comes from",
        ];
    SETTING_MISSING = "setting-missing": Configuration Failure,
        "{setting} is not usable",
        "The worker does not start without it.",
        ["{cure}"];
    BROKER_UNREACHABLE = "broker-unreachable": BrokerConnection Failure,
        "the broker cannot be reached",
        "No job is taken and no event published; the worker gives up after a while at its start, and later tries for \
         ever.",
        [
            "correct host and port of amqp.url (LANDFALL_AMQP__URL): 5672 for amqp, 5671 for amqps",
            "see that RabbitMQ runs (`rabbitmq-diagnostics ping`) and that no firewall or network policy is between: \
             `nc -vz {host} {port}` from this machine",
        ];
    BROKER_DISTRUSTED = "broker-distrusted": BrokerConnection Failure,
        "the broker's certificate is not trusted",
        "No credentials were sent, and the worker does not start.",
        [
            "the certificate must name the host that stands in amqp.url, and be signed by an authority of this \
             system or of amqp.ca_file (LANDFALL_AMQP__CA_FILE, PEM)",
            "amqps needs a port with TLS, usually 5671: `openssl s_client -connect {host}:{port}` shows what is there",
        ];
    LOGIN_REFUSED = "broker-login-refused": BrokerConnection Failure,
        "the broker refuses user or password",
        "The worker does not start; one that runs tries for ever after a lost connection.",
        [
            "correct user and password in amqp.url (LANDFALL_AMQP__URL); characters like @ : / % are percent-encoded \
             there, so that p@ss is p%40ss",
            "or set the password at the broker: `rabbitmqctl change_password {user} NEW`",
            "guest is let in from the broker's own machine only: make a user: `rabbitmqctl add_user landfall \
             PASSWORD`",
        ];
    VHOST_MISSING = "broker-vhost-missing": BrokerConnection Failure,
        "there is no virtual host {vhost}",
        "The worker does not start.",
        [
            "make it, and let the user in: `rabbitmqctl add_vhost {vhost}`, then `rabbitmqctl set_permissions \
             --vhost {vhost} {user} \".*\" \".*\" \".*\"`",
            "or correct it in amqp.url (LANDFALL_AMQP__URL): what follows the slash is its name, percent-encoded; \
             the default one, /, is %2f",
        ];
    VHOST_DENIED = "broker-vhost-denied": BrokerConnection Failure,
        "the user {user} may not use the virtual host {vhost}",
        "The worker does not start.",
        [
            "`rabbitmqctl set_permissions --vhost {vhost} {user} \".*\" \".*\" \".*\"`, or narrower: \
             `broker-permissions` then tells what is missing",
        ];
    NO_BROKER = "broker-strange": BrokerConnection Failure,
        "what answers there speaks no AMQP 0-9-1",
        "The worker does not start.",
        [
            "correct scheme and port in amqp.url: amqp on 5672, amqps on 5671; 15672 is the management page",
        ];
    BROKER_TOO_OLD = "broker-too-old": BrokerVersion Failure,
        "the broker is too old",
        "The worker refuses it: quorum queues of such a release can lose messages on their way to the dead letters.",
        ["upgrade RabbitMQ to 3.10 or later"];
    BROKER_UNKNOWN = "broker-unknown": BrokerVersion Warning,
        "this is not RabbitMQ",
        "landfall is made for RabbitMQ and tried with no other; quorum queues and dead-lettering may be missing.",
        ["use RabbitMQ 3.10 or later"];
    PART_NOT_YET = "broker-part-not-yet": BrokerTopology Warning,
        "{part} is not there yet",
        "A worker declares it when it starts (amqp.topology is declare). What producers send before that is lost.",
        ["`landfall doctor --fix` declares it now; or start a worker"];
    PART_MISSING = "broker-part-missing": BrokerTopology Failure,
        "{part} is not there",
        "amqp.topology is {topology}, so that no worker declares it, and none can work without it.",
        [
            "`landfall doctor --fix` declares it, unless amqp.topology is none",
            "or set amqp.topology to declare (LANDFALL_AMQP__TOPOLOGY), with a user who may",
            "or make it by hand: README, The broker, says what it is",
        ];
    PART_OTHERWISE = "broker-part-otherwise": BrokerTopology Failure,
        "{part} is there and declared otherwise",
        "A queue cannot be changed once it is there, and the worker does not start: what it relies on (nothing lost, \
         dead letters kept, no limit of deliveries) may not hold.",
        [
            "when it is empty, delete it and let a worker or `landfall doctor --fix` declare it: `rabbitmqctl \
             delete_{kind} --vhost {vhost} {name}`, or on the management page",
            "or name another one in amqp.{setting} (LANDFALL_AMQP__{SETTING})",
            "or, knowing what differs, set amqp.topology to check: the worker then takes it as it is",
        ];
    PART_OTHERWISE_KEPT = "broker-part-otherwise-kept": BrokerTopology Warning,
        "{part} is declared otherwise than a worker would",
        "amqp.topology is {topology}, so that the worker takes it as it is. What it relies on (nothing lost, dead \
         letters kept, no limit of deliveries) may not hold.",
        ["look at what differs; README, The broker, says what each has to be"];
    PART_UNKNOWN = "broker-part-unknown": BrokerTopology Warning,
        "{part} cannot be looked at",
        "Nothing is known of it.",
        ["see what the broker says above, and try again"];
    RIGHT_MISSING = "broker-right-missing": BrokerPermissions Failure,
        "the user {user} may not {right} {name}",
        "{without}",
        [
            "`rabbitmqctl set_permissions --vhost {vhost} {user} CONFIGURE WRITE READ`, three regular expressions, \
             of which the one for {right} has to match {name}. It replaces all three; `rabbitmqctl \
             list_user_permissions {user}` shows those in force",
        ];
    RIGHT_WISHED = "broker-right-wished": BrokerPermissions Warning,
        "the user {user} may not {right} {name}",
        "{without}",
        [
            "give it the right: `rabbitmqctl set_permissions --vhost {vhost} {user} CONFIGURE WRITE READ`, three \
             regular expressions, of which the one for {right} has to match {name}. Queues for control messages are \
             named by the broker and begin with amq.gen-",
        ];
    PUBLISHING_BLOCKED = "broker-blocked": BrokerPublishing Failure,
        "the broker accepts no publishes",
        "It raised an alarm, usually for memory or disk. Jobs cannot be sent and events wait until it is gone; \
         nothing is lost.",
        [
            "`rabbitmq-diagnostics alarms` names it; make room on the disk, or give it more memory",
        ];
    LEASE_TOO_LONG = "broker-lease-too-long": BrokerTimeLimit Warning,
        "deliveries may be held longer than the broker lets them",
        "It closes the channel of a consumer that holds a message for longer; all jobs of that worker then go back \
         at once. Nothing is bought twice.",
        [
            "lower worker.lease_s (LANDFALL_WORKER__LEASE_S) to 1200",
            "or raise consumer_timeout in the broker's rabbitmq.conf, and take this as settled",
        ];
    NO_CREDENTIALS = "store-no-credentials": StoreCredentials Failure,
        "there are no S3 credentials",
        "The worker does not start: nothing can be read, written or signed.",
        [
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the machine or pod a role; the \
             AWS default chain is asked",
        ];
    CREDENTIALS_EXPIRED = "store-credentials-expired": StoreCredentials Failure,
        "the S3 credentials have expired",
        "Nothing can be read, written or signed; the worker suspends itself, and no job is failed for it.",
        [
            "renew them: `aws sso login`, or new AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or \
             mend what the AWS chain gets them from (credential_process, role)",
            "if they should be fresh, look at this machine's clock",
        ];
    CREDENTIALS_SHORT = "store-credentials-short": StoreCredentials Warning,
        "the S3 credentials end soon",
        "An upload URL dies with the credentials that signed it. While they end before a job's deadline nothing is \
         bought for it, and the worker suspends itself until the chain gives longer ones.",
        [
            "let the role or session live longer than worker.job_deadline_s, {deadline} s, and 10 minutes: \
             `--duration-seconds`, the role's maximum session duration",
            "or give jobs a shorter deadline: worker.job_deadline_s (LANDFALL_WORKER__JOB_DEADLINE_S)",
        ];
    KEYS_WRONG = "store-keys-wrong": StoreCredentials Failure,
        "the store refuses the S3 credentials",
        "It does not know the key, or the secret is another one. The worker does not start.",
        [
            "correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile that is used; both must be of the \
             store at {endpoint}",
            "temporary credentials need AWS_SESSION_TOKEN as well",
        ];
    STORE_UNREACHABLE = "store-unreachable": StoreConnection Failure,
        "the store cannot be reached",
        "The worker does not start; one that runs suspends itself until the store is back.",
        [
            "correct s3.endpoint (LANDFALL_S3__ENDPOINT), or leave it out for AWS; see that the store runs and that \
             this machine may connect: `curl -v {endpoint}`",
            "without s3.path_style (LANDFALL_S3__PATH_STYLE=true) the bucket is put before the host, as \
             {bucket}.HOST, which stores of one's own seldom have a name for",
        ];
    STORE_DISTRUSTED = "store-distrusted": StoreConnection Failure,
        "the store's certificate is not trusted",
        "Nothing was sent, and the worker does not start.",
        [
            "the certificate must name the host of s3.endpoint and be signed by an authority that this system \
             trusts; SSL_CERT_FILE names a file with another one",
            "a store without TLS needs http:// in s3.endpoint",
        ];
    STORE_CLOCK_OFF = "store-clock-off": StoreClock Failure,
        "this machine's clock is {skew} {way} the store's",
        "S3 refuses every request whose time is more than 15 minutes off, as RequestTimeTooSkewed or as a plain 403: \
         with this clock no credentials are good. What else the store refuses may come from it.",
        [NTP];
    STORE_CLOCK_DRIFTS = "store-clock-drifts": StoreClock Warning,
        "this machine's clock is {skew} {way} the store's",
        "From 15 minutes on S3 refuses every request; upload URLs and deadlines are off by as much already now.",
        [NTP];
    BUCKET_MISSING = "bucket-missing": BucketExists Failure,
        "there is no bucket {bucket}",
        "The worker does not start; one that runs suspends itself. No job is failed for it.",
        [
            "`landfall doctor --fix` makes it, where the credentials may; or `aws s3 mb s3://{bucket}`",
            "or correct its name: s3.{setting} (LANDFALL_S3__{SETTING})",
            "or another store is meant: s3.endpoint (LANDFALL_S3__ENDPOINT)",
        ];
    BUCKET_ELSEWHERE = "bucket-elsewhere": BucketExists Failure,
        "the bucket {bucket} is in another region or behind another endpoint",
        "The store refuses every request that is signed for {region}.",
        [
            "set s3.region (LANDFALL_S3__REGION) to {there}",
            "all buckets of one worker must be in one region",
        ];
    LIST_DENIED = "bucket-list-denied": BucketList Failure,
        "listing the bucket {bucket} is denied",
        "Without it AWS answers 403 instead of 404 for an object that is not there yet, which looks like a refusal: \
         the worker does not start. `landfall jobs list` needs it too.",
        [
            IAM_LIST,
            BUCKET_POLICY,
        ];
    WRITE_DENIED = "bucket-write-denied": BucketWrite Failure,
        "writing to the bucket {bucket} is denied",
        "No job can be claimed, so that nothing is bought; the worker does not start, and one that runs suspends \
         itself.",
        [
            IAM_OBJECTS,
            BUCKET_POLICY,
        ];
    CONDITIONS_IGNORED = "bucket-no-conditional-create": BucketConditionalCreate Failure,
        "the store does not honour conditional creates",
        "It took a second object under a key with If-None-Match: *, or refuses the condition. Two workers could \
         claim one job and buy the same video twice, so that the worker refuses this store.",
        [
            CONDITIONAL_STORES,
            "a proxy or gateway before the store can drop the header, too: point s3.endpoint at the store itself",
            "only the ledger needs it where no bucket is shared: but every configured bucket is tried",
        ];
    REPLACE_IGNORED = "bucket-no-conditional-replace": BucketConditionalReplace Failure,
        "the store does not honour conditional replaces",
        "It replaced an object although If-Match named another ETag, or refuses the condition. The end of a job \
         could overwrite what another worker wrote; the worker refuses this store.",
        [CONDITIONAL_STORES];
    READ_DENIED = "bucket-read-denied": BucketRead Failure,
        "reading from the bucket {bucket} is denied",
        "No video can be verified and no job resumed; the worker does not start.",
        [
            IAM_OBJECTS,
            BUCKET_POLICY,
        ];
    READ_STALE = "bucket-read-stale": BucketRead Failure,
        "an object just written cannot be read",
        "The store is not consistent, or a cache answers in its place: a worker would buy again what it does not see.",
        [
            "point s3.endpoint at the store itself, not at a cache or a replica of it",
        ];
    COPY_DENIED = "bucket-copy-denied": BucketCopy Failure,
        "copying inside the bucket {bucket} is denied",
        "No video can be brought from staging to its final key; the worker does not start.",
        [
            IAM_OBJECTS,
            "with versions also s3:GetObjectVersion; with tags s3:GetObjectTagging and s3:PutObjectTagging",
        ];
    COPY_OVERWRITES = "bucket-copy-overwrites": BucketConditionalCopy Warning,
        "the store ignores conditions on copies",
        "The worker looks at the final key before each copy instead, which leaves a moment in which another object \
         there can be replaced.",
        [
            "nothing has to be done where nobody else writes to the final keys; else use a store with conditional \
             copies, such as AWS S3 or SeaweedFS",
        ];
    DELETE_DENIED = "bucket-delete-denied": BucketDelete Failure,
        "deleting from the bucket {bucket} is denied",
        "What was moved out of staging stays there as well, and the probe objects of this check stay: {probe}. The \
         worker does not start.",
        [
            IAM_OBJECTS,
            "with versions also s3:DeleteObjectVersion and s3:GetObjectVersion",
        ];
    BUCKET_TROUBLE = "bucket-trouble": BucketExists Failure,
        "the bucket {bucket} does not do as it should",
        "The worker does not start with such a store.",
        ["see what the store says above; try again, and look at its own log"];
    LEDGER_EXPIRES = "lifecycle-ledger-expires": StagingLifecycle Failure,
        "a lifecycle rule deletes the ledger",
        "{rule}. The ledger is what remembers that a video was bought: when a record is gone, its job can be bought \
         again.",
        [
            "narrow the rule with a prefix that does not hold {ledger}/, or put the ledger into another bucket: \
             s3.ledger_bucket (LANDFALL_S3__LEDGER_BUCKET)",
        ];
    STAGING_KEPT = "lifecycle-missing": StagingLifecycle Warning,
        "nothing clears staging",
        "{missing}. A worker that is killed can leave an upload behind, and a failed job leaves its video: without a \
         rule they stay, and are paid for, for ever.",
        [
            FIX_RULES,
            RULES,
        ];
    STAGING_EXPIRES_EARLY = "lifecycle-too-early": StagingLifecycle Warning,
        "staging is cleared before jobs end",
        "{rule}, and a job may take {deadline} s. An upload could be gone before it is looked at; it is then fetched \
         from the provider again, if that still has it.",
        [
            "raise the days of the rule above the longest deadline; 7 is never too short",
        ];
    NO_LIFECYCLE = "lifecycle-not-offered": StagingLifecycle Warning,
        "the store has no lifecycle rules",
        "Nothing clears staging by itself.",
        [
            "delete what is older than 7 days below {prefix}/ by other means, such as a daily `aws s3api` or `mc rm \
             --older-than 7d` job; never anything below {ledger}/",
        ];
    ENDPOINT_PRIVATE = "upload-endpoint-private": UploadEndpoint Failure,
        "upload URLs lead to {host}, which the provider cannot reach",
        "{address} is no public address, and {provider} is out on the internet: no upload ever arrives. Each video \
         would be fetched from the provider afterwards, if at all.",
        [PUBLIC_ENDPOINT];
    ENDPOINT_LOOPBACK = "upload-endpoint-loopback": UploadEndpoint Failure,
        "upload URLs lead to {host}, which is this machine to everybody who reads it",
        "{address} is a loopback address, and the provider at {provider} would look for the store on itself: no \
         upload ever arrives.",
        [
            PUBLIC_ENDPOINT,
            "where both run in one network, as with docker compose, the store's name in that network will do: \
             http://seaweedfs:8333",
        ];
    ENDPOINT_UNRESOLVED = "upload-endpoint-unknown": UploadEndpoint Failure,
        "the host of upload URLs, {host}, has no address",
        "Nobody can upload there, unless the provider resolves names otherwise than this machine does.",
        [
            PUBLIC_ENDPOINT,
            "without s3.path_style (LANDFALL_S3__PATH_STYLE=true) the bucket is put before the host, and that name \
             must exist, too",
        ];
    ENDPOINT_PLAIN = "upload-endpoint-plain": UploadEndpoint Warning,
        "uploads go over plain http",
        "Whoever is between the provider and the store can read the videos, and use an upload URL until it expires.",
        ["put TLS before the store and set s3.public_endpoint to https"];
    UPLOAD_UNREACHED = "upload-unreached": UploadPlain Failure,
        "nobody answers where upload URLs lead",
        "From this machine {host} cannot be reached. If the provider cannot either, no upload arrives.",
        [
            "see that the store answers there: `curl -v {url}`",
            "where only this machine cannot reach its own public name (a firewall, NAT), try from outside: any \
             answer, 403 too, is a good one",
            PUBLIC_ENDPOINT,
        ];
    UPLOAD_REFUSED = "upload-refused": UploadPlain Failure,
        "an upload through a presigned URL is refused",
        "The provider's uploads would be, too. Videos are then fetched from the provider afterwards, if at all.",
        [
            "s3.public_endpoint must lead to the same store under a host that the store takes for its own: a proxy \
             between must pass the Host header on unchanged",
            "and the credentials need s3:PutObject below {prefix}/ in {bucket}",
        ];
    TYPED_UPLOAD_REFUSED = "upload-content-type-refused": UploadContentType Warning,
        "an upload with a Content-Type is refused",
        "Which headers the provider sends is not published; if it names the media type, its uploads fail here.",
        ["look for a proxy or a bucket policy that minds the header"];
    CHUNKED_REFUSED = "upload-chunked-refused": UploadChunked Warning,
        "an upload in chunks, without a length, is refused",
        "AWS itself answers so (501), as do many stores. Whether the provider sends a length is not published; if it \
         does not, uploads fail, and each video is fetched from it afterwards.",
        [
            "nothing has to be done: rescue.enabled (on by default) is the way out; see whether the events of your \
             jobs say `rescued`",
        ];
    UPLOAD_LOST = "upload-lost": UploadPlain Failure,
        "an upload was taken and is not in the bucket",
        "What answers at {host} is not the store at {endpoint}, or not the same bucket.",
        [
            "s3.public_endpoint must be another name of the very store that s3.endpoint leads to",
        ];
    PROVIDER_UNREACHABLE = "provider-unreachable": ProviderConnection Failure,
        "the provider cannot be reached",
        "Nothing can be bought; a worker suspends itself until it answers.",
        [
            "see that this machine may connect: `curl -v {url}`; where only a proxy leads out, set HTTPS_PROXY",
            "a proxy that opens TLS needs its certificate in SSL_CERT_FILE",
            "correct provider.url (LANDFALL_PROVIDER__URL)",
        ];
    PROVIDER_STRANGE = "provider-strange": ProviderConnection Failure,
        "what answers at provider.url is not the task API",
        "Every submission would fail; a worker suspends itself.",
        [
            "correct provider.url (LANDFALL_PROVIDER__URL); the vendor's is https://api.runware.ai/v1",
        ];
    PROVIDER_CLOCK_OFF = "provider-clock-off": ProviderClock Failure,
        "this machine's clock is {skew} {way} the provider's",
        "If the store agrees with the provider, every request to it is refused, and deadlines are missed.",
        [NTP];
    PROVIDER_CLOCK_DRIFTS = "provider-clock-drifts": ProviderClock Warning,
        "this machine's clock is {skew} {way} the provider's",
        "Deadlines are off by as much, and more will be refused the more it grows.",
        [NTP];
    KEY_REFUSED = "provider-key-refused": ProviderKey Failure,
        "the provider refuses the key",
        "Nothing can be bought; a worker suspends itself, and no job is failed for it.",
        [
            "put a key of your account, from the vendor's dashboard, into LANDFALL_PROVIDER__API_KEY, \
             RUNWARE_API_KEY or the file of provider.api_key_file; `landfall check-config` tells which of them is used",
            "a key belongs to one provider: see that provider.url (LANDFALL_PROVIDER__URL) is where it comes from",
        ];
    BALANCE_EMPTY = "provider-balance-empty": ProviderBalance Failure,
        "the provider's account has no credit",
        "Every submission is refused; a worker suspends itself until there is credit, and no job is failed for it.",
        [
            "add credit to the account in the vendor's dashboard; the worker goes on by itself",
        ];
    BALANCE_LOW = "provider-balance-low": ProviderBalance Warning,
        "the provider's account is nearly empty",
        "The longest video that a job can ask for (300 s) costs about {price} USD at provider.usd_per_second. When \
         the credit is used up, the worker suspends itself.",
        ["add credit to the account, or let the vendor do so automatically"];
    BALANCE_UNTOLD = "provider-balance-untold": ProviderBalance Warning,
        "the provider does not tell the balance",
        "Whether there is credit shows with the first job. The key was not refused.",
        ["look at the account in the vendor's dashboard"];
    WORKER_UNREADY = "worker-unready": WorkerReady Warning,
        "the worker at {url} takes no jobs",
        "It goes on by itself when the cause is gone.",
        [
            "see the cause above, which is the worker's own",
            "if events reach no queue: bind one before the first job: `rabbitmqadmin declare queue name=my-events \
             durable=true`, then `rabbitmqadmin declare binding source={events} destination=my-events routing_key='#'`",
        ];
}
