//! One suite per port, over every implementation.

use std::sync::Arc;

use landfall::emulator::{Emulator, EmulatorOptions};
use landfall::job::event::Event;
use landfall::local::LocalControl;
use landfall::local::json_lines::JsonLinesEvents;
use landfall::local::s3_server::S3Server;
use landfall::ports::SystemClock;
use landfall::provider::{ApiKey, ProviderOptions, RunwareApi};
use landfall::s3::{S3Options, S3Store};

use crate::dead_letters::rabbit as dead_letters;
use crate::support::memory_provider::{MemoryOptions, MemoryProvider};
use crate::support::memory_store::MemoryStore;
use crate::support::servers::{RabbitMq, SeaweedFs, or_skip};
use crate::{
    broker, cancelling, object_listing, object_store, presigned, rabbit, rabbit_outages, s3_adapter, task_api,
};

fn options_of(seaweed: &SeaweedFs) -> S3Options {
    S3Options {
        endpoint: Some(seaweed.endpoint().to_owned()),
        region: Some(seaweed.region().to_owned()),
        path_style: true,
        credentials: Some((seaweed.access_key().to_owned(), seaweed.secret_key().to_owned())),
        ..S3Options::default()
    }
}

/// An S3 server in this process, over a directory that goes with it.
async fn embedded() -> (S3Server, S3Options, tempfile::TempDir) {
    let directory = tempfile::tempdir().expect("a directory");
    let listen = "127.0.0.1:0".parse().expect("an address");
    let (key, secret) = ("embedded-key", "embedded-secret");
    let server = S3Server::start(listen, directory.path().to_owned(), key, secret).await.expect("started");
    server.create_bucket("bench").await.expect("a bucket");
    let options = S3Options {
        endpoint: Some(server.url()),
        region: Some("us-east-1".to_owned()),
        path_style: true,
        credentials: Some((key.to_owned(), secret.to_owned())),
        ..S3Options::default()
    };
    (server, options, directory)
}

async fn store(options: S3Options) -> Arc<S3Store> {
    Arc::new(S3Store::connect(options).await.expect("options are complete"))
}

#[tokio::test]
async fn the_memory_store_is_an_object_store() {
    object_store::conforms(Arc::new(MemoryStore::new(Arc::new(SystemClock), &["bench"])), "bench").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_server_is_an_object_store() {
    let (server, options, _directory) = embedded().await;
    object_store::conforms(store(options).await, "bench").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_server_refuses_what_was_not_signed() {
    let (server, options, _directory) = embedded().await;
    presigned::refuses_what_was_not_signed(store(options).await, "bench").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_into_the_embedded_server_read_and_do_nothing_else() {
    let (server, options, _directory) = embedded().await;
    let store = store(options).await;
    presigned::links_read_and_do_nothing_else(store.clone(), &*store, "bench").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_into_seaweedfs_read_and_do_nothing_else() {
    let Some(seaweed) = or_skip(SeaweedFs::shared().await) else { return };
    let store = store(options_of(seaweed)).await;
    presigned::links_read_and_do_nothing_else(store.clone(), &*store, &seaweed.fresh_bucket().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_s3_adapter_keeps_its_promises_on_the_embedded_server() {
    let (server, options, _directory) = embedded().await;
    s3_adapter::keeps_its_promises(options, "bench").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seaweedfs_is_an_object_store() {
    let Some(seaweed) = or_skip(SeaweedFs::shared().await) else { return };
    object_store::conforms(store(options_of(seaweed)).await, &seaweed.fresh_bucket().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seaweedfs_refuses_what_was_not_signed() {
    let Some(seaweed) = or_skip(SeaweedFs::shared().await) else { return };
    presigned::refuses_what_was_not_signed(store(options_of(seaweed)).await, &seaweed.fresh_bucket().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_s3_adapter_keeps_its_promises_on_seaweedfs() {
    let Some(seaweed) = or_skip(SeaweedFs::shared().await) else { return };
    s3_adapter::keeps_its_promises(options_of(seaweed), &seaweed.fresh_bucket().await).await;
}

#[tokio::test]
async fn the_memory_store_can_be_listed() {
    object_listing::conforms(Arc::new(MemoryStore::new(Arc::new(SystemClock), &["bench"])), "bench").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_server_can_be_listed() {
    let (server, options, _directory) = embedded().await;
    object_listing::conforms(store(options).await, "bench").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seaweedfs_can_be_listed() {
    let Some(seaweed) = or_skip(SeaweedFs::shared().await) else { return };
    object_listing::conforms(store(options_of(seaweed)).await, &seaweed.fresh_bucket().await).await;
}

#[tokio::test(start_paused = true)]
async fn the_memory_provider_is_a_task_api() {
    let provider = MemoryProvider::new(MemoryOptions::default(), Arc::new(|_, _| Box::pin(async {})));
    task_api::conforms(&provider, "memory://nowhere").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_with_the_emulator_behind_it_is_a_task_api() {
    let options = EmulatorOptions { frame_rate: 2, ..EmulatorOptions::default() };
    let emulator = Emulator::start("127.0.0.1:0".parse().expect("an address"), options).await.expect("it listens");
    let url = emulator.url().parse().expect("a URL");
    let key = ApiKey::parse("a-key-as-long-as-the-vendors-0123456789").expect("a key");
    let client = RunwareApi::new(ProviderOptions::new(url, key)).expect("a client");
    task_api::conforms(&client, "http://127.0.0.1:1/").await;
    emulator.stop().await;
}

#[tokio::test]
async fn a_file_of_lines_is_an_event_sink() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("events.jsonl");
    let sink = JsonLinesEvents::open(&path).expect("opened");
    let mut read = 0;
    broker::event_sink_conforms(&sink, async |count| {
        let text = std::fs::read_to_string(&path).expect("UTF-8");
        let lines: Vec<Event> = text.lines().map(|line| serde_json::from_str(line).expect("an event")).collect();
        let arrived = lines[read..].to_vec();
        read = lines.len();
        assert_eq!(arrived.len(), count);
        arrived
    })
    .await;
}

#[tokio::test]
async fn the_workers_of_one_process_hear_one_another() {
    let first = LocalControl::new();
    cancelling::control_conforms([&first, &first.another(), &first.another()], "local").await;
}

/// A test of the RabbitMQ adapter on a virtual host of its own.
macro_rules! on_rabbitmq {
    ($module:ident: $($case:ident),+ $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            let Some(broker) = or_skip(RabbitMq::shared().await) else { return };
            $module::$case(&broker.fresh_vhost(), stringify!($case)).await;
        }
    )+};
}

on_rabbitmq!(
    rabbit:
    conforms_as_an_intake,
    conforms_as_an_event_sink,
    conforms_as_a_control,
    credits_every_returned_message_to_its_own_publish,
    publishes_repeats_of_one_event,
    names_a_missing_exchange,
    refuses_a_queue_declared_otherwise,
    checks_without_declaring,
    tells_why_it_cannot_connect,
    dead_letters_with_reason_and_properties,
    gives_back_what_it_cannot_dead_letter,
    takes_up_a_queue_that_was_deleted,
    takes_up_a_queue_that_somebody_else_makes_again,
    hands_back_as_often_as_it_must,
    knows_the_brokers_product_and_version,
    takes_nothing_before_it_is_asked,
    passes_on_what_it_has_no_room_for,
);

on_rabbitmq!(
    dead_letters:
    conforms_as_dead_letters,
    keeps_the_order_of_the_queue,
    lets_everybody_see_everything,
    looks_while_letters_come,
    loses_nothing_when_the_wire_is_cut,
    keeps_letters_that_cannot_be_replayed,
    says_why_it_cannot_look,
    shows_what_others_put_there,
);

on_rabbitmq!(
    rabbit_outages:
    loses_nothing_while_the_wire_is_cut_again_and_again,
    notices_a_connection_that_is_open_and_dead,
    publishes_again_what_was_not_confirmed,
    settles_nothing_by_the_tags_of_a_lost_channel,
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rabbitmq_may_restart_run_out_of_memory_and_lose_patience_under_a_worker() {
    // A broker of its own: the others must not lose theirs.
    let Some(broker) = or_skip(RabbitMq::start().await) else { return };
    let url = broker.amqp_url();
    rabbit_outages::survives_a_restart_of_the_broker(
        &url,
        "restart",
        async || broker.kill().await,
        async || broker.start_again().await,
    )
    .await;
    rabbit_outages::waits_while_the_broker_blocks(&url, "alarm", async |on| broker.memory_alarm(on)).await;
    broker.lose_patience_with_consumers();
    rabbit_outages::outlives_the_brokers_patience(&url, "patience").await;
}
