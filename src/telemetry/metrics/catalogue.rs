//! Every metric of a worker: declared here, once. `deploy/telemetry/README.md` is made of these declarations.
//!
//! Names follow Prometheus: base units, the unit last, `_total` for what only grows. Money is counted in US dollars as
//! the provider does.

use super::declare::{Buckets, Count, Declaring, Level, Spread, Sum};
use super::labels::{
    Adopted, CallResult, Clock, Ended, FaultName, Lack, Property, ProviderCall, Redelivered, Safe, StoreCall,
    Submission, Success, TaskCall, TimeOver, Version,
};
use crate::job::event::{EventType, Provenance};
use crate::job::reason::Reason;
use crate::job::verdict::Stage;
use crate::ports::ErrorFamily;
use crate::worker::{Prevented, RescueState, Settled, Side, Trouble};

/// A claim takes tens of milliseconds, a generation minutes; a job has an hour unless it says otherwise.
const STAGE_S: Buckets =
    Buckets(&[0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0]);

/// From an emulator next door to a provider that is given up after `provider.timeout_s`.
const PROVIDER_S: Buckets = Buckets(&[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0]);

/// From a store on the same machine to one that is in trouble; copies and streams of large videos are beyond.
const STORE_S: Buckets = Buckets(&[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0]);

/// Confirms come within milliseconds, or after an alarm of the broker.
const PUBLISH_S: Buckets = Buckets(&[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0]);

/// Up to the largest `provider.batch_max` that makes sense.
const BATCH_TASKS: Buckets = Buckets(&[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0]);

/// A well-paced poller asks a few times; every 2 s for an hour would be 1800.
const POLLS: Buckets = Buckets(&[1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 55.0, 100.0, 300.0, 1000.0]);

/// From five minutes to S3's longest, seven days.
const URL_LIFE_S: Buckets =
    Buckets(&[300.0, 900.0, 1800.0, 3600.0, 5400.0, 10800.0, 21600.0, 43200.0, 86400.0, 259_200.0, 604_800.0]);

/// Every metric.
pub(super) struct Catalogue {
    pub(super) deliveries: Count<Redelivered>,
    pub(super) settled: Count<(Settled, Safe)>,
    pub(super) claimed: Count<Adopted>,
    pub(super) in_flight: Level<()>,
    pub(super) in_flight_max: Level<()>,
    pub(super) in_stage: Level<Stage>,
    pub(super) stage_s: Spread<Stage>,
    pub(super) job_s: Spread<Success>,
    pub(super) ended: Count<Ended>,
    pub(super) time_over: Count<TimeOver>,
    pub(super) retries: Count<(Stage, FaultName)>,
    pub(super) panics: Count<()>,
    pub(super) spend_usd: Sum,
    pub(super) unpriced: Count<()>,
    pub(super) submissions: Count<Submission>,
    pub(super) prevented: Count<Prevented>,
    pub(super) landed: Count<Provenance>,
    pub(super) landed_bytes: Count<()>,
    pub(super) deviations: Count<Property>,
    pub(super) results_failed: Count<Reason>,
    pub(super) rescues: Count<(Lack, RescueState)>,
    pub(super) provider_call_s: Spread<(ProviderCall, CallResult)>,
    pub(super) provider_errors: Count<(TaskCall, ErrorFamily)>,
    pub(super) submit_tasks: Spread<()>,
    pub(super) poll_tasks: Spread<()>,
    pub(super) polls: Spread<()>,
    pub(super) store_call_s: Spread<(StoreCall, CallResult)>,
    pub(super) url_life_s: Spread<()>,
    pub(super) urls_cut_short: Count<()>,
    pub(super) publish_s: Spread<(EventType, CallResult)>,
    pub(super) connected: Level<()>,
    pub(super) blocked: Level<()>,
    pub(super) reconnects: Count<()>,
    pub(super) ready: Level<()>,
    pub(super) draining: Level<()>,
    pub(super) suspended: Level<(Side, Trouble)>,
    pub(super) suspensions: Count<(Side, Trouble)>,
    pub(super) suspended_s: Sum,
    pub(super) skew_s: Level<Clock>,
    pub(super) build: Level<Version>,
    pub(super) start_time_s: Level<()>,
    pub(super) resident_bytes: Level<()>,
    pub(super) open_fds: Level<()>,
    pub(super) max_fds: Level<()>,
    pub(super) cpu_s: Sum,
}

impl Catalogue {
    pub(super) fn declare(to: &mut Declaring) -> Catalogue {
        to.group("Jobs");
        let deliveries = to.count("landfall_deliveries_total", "Messages that the broker gave out to this worker.");
        let settled = to.count(
            "landfall_deliveries_settled_total",
            "Messages settled, by what was done with them. One that is not safe was not heard by the broker and comes \
             again, which is harmless.",
        );
        let claimed = to.count(
            "landfall_jobs_claimed_total",
            "Jobs that were taken up and had not ended. An adopted one was begun by another life of the job or another \
             worker.",
        );
        let in_flight = to.level("landfall_jobs_in_flight", "Messages in hand now, whatever they hold.");
        let in_flight_max = to.level("landfall_jobs_in_flight_max", "Most that may be: worker.max_in_flight.");
        let in_stage = to.level("landfall_jobs_in_stage", "Jobs in hand now, by the stage that they are in.");
        let stage_s = to.spread(
            "landfall_stage_duration_seconds",
            STAGE_S,
            "How long jobs were in a stage, told when they leave it, whichever way.",
        );
        let job_s = to.spread(
            "landfall_job_duration_seconds",
            STAGE_S,
            "From the first claim of a job to its end, over all its lives. Jobs that end before they are claimed are \
             left out.",
        );
        let ended = to.count(
            "landfall_jobs_ended_total",
            "Jobs that ended, each counted once in the whole fleet: by the worker whose outcome stands in the ledger. \
             Announcing an outcome again counts nowhere. Rejected messages that come again count again.",
        );
        let time_over = to.count(
            "landfall_results_out_of_time_total",
            "Results whose deadline passed, or whose job was cancelled, before they were ready. Such a result may still \
             land, at a last look.",
        );
        let retries = to.count(
            "landfall_retries_total",
            "Calls that failed and are made again, by the stage whose call it was and the kind of its fault.",
        );
        let panics =
            to.count("landfall_panics_total", "Bugs: panics that cost one job or one message, not the worker.");

        to.group("Money");
        let spend_usd = to.sum(
            "landfall_spend_usd_total",
            "US dollars that the provider said it charged for results, failed ones included. Counted with the end of \
             the job, once in the whole fleet; repeats, adopted jobs and second announcements never count again.",
        );
        let unpriced = to.count(
            "landfall_results_unpriced_total",
            "Results that landed and for which the provider named no price: spend is too low by these.",
        );
        let submissions = to.count(
            "landfall_submissions_total",
            "Tasks in calls that submit, by what the answer says: accepted (bought), conflict (bought before), refused \
             (not bought), unclear or failed (asked for before it is sent again).",
        );
        let prevented = to.count(
            "landfall_duplicates_prevented_total",
            "Tasks that were not bought a second time: because the provider refused the same UUID (conflict), because \
             it knew the task when asked after a lost answer (asked) or when a job was taken up again (adopted), or \
             because the ledger says that the job had ended (finished, which counts all tasks of the job).",
        );

        to.group("Results");
        let landed = to.count(
            "landfall_results_landed_total",
            "Verified videos at their final keys, counted with the end of the job, once in the whole fleet.",
        );
        let landed_bytes = to.count("landfall_landed_bytes_total", "Bytes of these videos.");
        let deviations = to.count(
            "landfall_deviations_total",
            "Properties in which landed videos differ from what was asked for, beyond the tolerances.",
        );
        let results_failed =
            to.count("landfall_results_failed_total", "Results that did not land, counted with the end of the job.");
        let rescues = to.count(
            "landfall_rescues_total",
            "Videos fetched from the provider's storage because none arrived or a broken one did: begun, and then \
             fetched or failed, unless the time was over in between.",
        );

        to.group("Provider");
        let provider_call_s = to.spread(
            "landfall_provider_call_duration_seconds",
            PROVIDER_S,
            "Calls to the provider until the whole answer is read; fetch until a result's first byte may come.",
        );
        let provider_errors = to.count(
            "landfall_provider_errors_total",
            "Errors about single tasks in the provider's answers, by the family of its code.",
        );
        let submit_tasks = to.spread("landfall_submission_tasks", BATCH_TASKS, "Tasks in one call that submits.");
        let poll_tasks = to.spread("landfall_poll_tasks", BATCH_TASKS, "Tasks in one call that asks how they stand.");
        let polls = to.spread(
            "landfall_polls_per_result",
            POLLS,
            "How often this worker asked for a result until the provider told its end. A job has one result unless it \
             asks for more.",
        );

        to.group("Object store");
        let store_call_s = to.spread(
            "landfall_store_call_duration_seconds",
            STORE_S,
            "Calls to the object store, repeats by the SDK included. write_stream lasts as long as the fetch that \
             feeds it; presign_put reaches no store.",
        );
        let url_life_s =
            to.spread("landfall_upload_url_life_seconds", URL_LIFE_S, "Life of upload URLs when they were signed.");
        let urls_cut_short = to.count(
            "landfall_upload_urls_cut_short_total",
            "Upload URLs that end before the time asked for, because the credentials that signed them do.",
        );

        to.group("Broker");
        let publish_s = to.spread(
            "landfall_event_publish_duration_seconds",
            PUBLISH_S,
            "Publishing an event until it is confirmed, by type and by how it went; its count is that of the events.",
        );
        let connected = to.level("landfall_broker_connected", "1 while the connection to the broker stands.");
        let blocked =
            to.level("landfall_broker_blocked", "1 while the broker accepts no publishes: an alarm of memory or disk.");
        let reconnects = to.count("landfall_broker_reconnects_total", "Connections made anew after one was lost.");

        to.group("State");
        let ready =
            to.level("landfall_worker_ready", "1 while /readyz says ready: connected, not suspended, not stopping.");
        let draining = to.level("landfall_worker_draining", "1 from the moment that the worker was told to stop.");
        let suspended = to.level(
            "landfall_suspended",
            "1 while no new jobs are taken because of this side: it refuses us, or it is away. /readyz says why.",
        );
        let suspensions = to.count("landfall_suspensions_total", "How often that began.");
        let suspended_s =
            to.sum("landfall_suspended_seconds_total", "How long the worker was suspended in all, for whatever side.");
        let skew_s = to.level(
            "landfall_clock_skew_seconds",
            "How far this machine's clock is ahead of the other one's, by the last answer, to about a second; negative \
             when it is behind. S3 refuses signatures from 900 s on.",
        );

        to.group("Process");
        let build = to.level("landfall_build_info", "1, with the version of the program.");
        let start_time_s = to.level("process_start_time_seconds", "When the process began, in seconds since 1970.");
        let resident_bytes =
            to.level("process_resident_memory_bytes", "Memory in use (Linux only, as the next three).");
        let open_fds = to.level("process_open_fds", "Open files and sockets.");
        let max_fds = to.level("process_max_fds", "Most that may be open.");
        let cpu_s = to.sum("process_cpu_seconds_total", "Processor time used.");

        Catalogue {
            deliveries,
            settled,
            claimed,
            in_flight,
            in_flight_max,
            in_stage,
            stage_s,
            job_s,
            ended,
            time_over,
            retries,
            panics,
            spend_usd,
            unpriced,
            submissions,
            prevented,
            landed,
            landed_bytes,
            deviations,
            results_failed,
            rescues,
            provider_call_s,
            provider_errors,
            submit_tasks,
            poll_tasks,
            polls,
            store_call_s,
            url_life_s,
            urls_cut_short,
            publish_s,
            connected,
            blocked,
            reconnects,
            ready,
            draining,
            suspended,
            suspensions,
            suspended_s,
            skew_s,
            build,
            start_time_s,
            resident_bytes,
            open_fds,
            max_fds,
            cpu_s,
        }
    }
}
