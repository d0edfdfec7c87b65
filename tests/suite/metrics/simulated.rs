//! Metrics of simulated workers.

use std::collections::BTreeMap;
use std::sync::Arc;

use landfall::job::event::CompletedData;
use landfall::telemetry::{Metrics, Readings};
use landfall::worker::Ports;
use serde_json::json;

use crate::support::memory_provider::{MemoryOptions, TaskScript};
use crate::support::mortal::{CALLS, Death};
use crate::support::scrape::Scrape;
use crate::support::world::{Hand, World, job, with};

fn scrape(metrics: &Metrics) -> Scrape {
    Scrape::read(&metrics.text(&Readings::default()))
}

/// A worker whose ports are metered, with a fate around them.
fn metered(world: &World, metrics: &Metrics, death: Death) -> Hand {
    let (metrics, observer) = (metrics.clone(), Arc::new(metrics.clone()));
    world.worker_over(death, move |ports| metrics.metered(Ports { observer, ..ports }))
}

/// Several results, one of them to be rescued, and events on the way.
fn eventful_world() -> World {
    let world = World::with(MemoryOptions::default(), &["events.landed=true"]);
    world.provider.script_next(TaskScript::SkipUpload);
    world.broker.put(job("eventful", 2, 10), None);
    world
}

fn told_usd(world: &World) -> f64 {
    let told: BTreeMap<String, CompletedData> =
        world.completed().into_iter().map(|data| (data.job.job_id.to_string(), data)).collect();
    told.values().filter_map(|data| data.cost_usd).sum()
}

#[tokio::test(start_paused = true)]
async fn every_call_to_store_provider_and_exchange_is_timed_once_under_its_own_name() {
    let (world, metrics) = (eventful_world(), Metrics::new());
    let worker = metered(&world, &metrics, Death::Never);
    world.rest().await;
    let made = worker.fate.made();
    worker.terminate().await;
    let scrape = scrape(&metrics);
    let count_of = |call: &str| {
        let (port, operation) = call.split_once('.').expect("a port and a call");
        let prefix = match port {
            "store" => format!("landfall_store_call_duration_seconds_count{{operation=\"{operation}\","),
            "tasks" | "results" => format!("landfall_provider_call_duration_seconds_count{{operation=\"{operation}\","),
            "events" => "landfall_event_publish_duration_seconds_count{".to_owned(),
            _ => return None,
        };
        Some(scrape.nonzero(&prefix).values().sum::<f64>())
    };
    for call in CALLS {
        let calls = made.iter().filter(|made| **made == call).count();
        if let Some(timed) = count_of(call) {
            assert_eq!(timed, f64::from(u32::try_from(calls).expect("few")), "{call}");
        }
    }
}

#[test]
fn every_call_of_a_metered_port_has_its_name_among_the_labels() {
    let metrics = Metrics::new();
    let operations = |metric: &str| -> Vec<&'static str> {
        let described = metrics.described().iter().find(|described| described.name == metric).expect("it is declared");
        let (_, values) = described.labels.iter().find(|(name, _)| *name == "operation").expect("its calls");
        values.clone()
    };
    let of_ports = |ports: &[&str]| -> Vec<&'static str> {
        let calls = CALLS.into_iter().filter_map(|call| call.split_once('.'));
        calls.filter(|(port, _)| ports.contains(port)).map(|(_, call)| call).collect()
    };
    assert_eq!(operations("landfall_store_call_duration_seconds"), of_ports(&["store"]));
    assert_eq!(operations("landfall_provider_call_duration_seconds"), of_ports(&["tasks", "results"]));
}

#[tokio::test(start_paused = true)]
async fn wherever_its_worker_dies_no_dollar_is_counted_twice() {
    let (world, metrics) = (eventful_world(), Metrics::new());
    let undisturbed = metered(&world, &metrics, Death::Never);
    world.rest().await;
    let calls = undisturbed.fate.calls();
    undisturbed.terminate().await;
    assert_eq!(scrape(&metrics).of("landfall_spend_usd_total"), told_usd(&world));

    let mut uncounted = 0;
    for death in (0..calls).flat_map(|call| [Death::Before(call), Death::After(call)]) {
        let (world, metrics) = (eventful_world(), Metrics::new());
        let first = metered(&world, &metrics, death);
        tokio::select! {
            () = first.fate.death() => {}
            () = world.rest() => {}
        }
        first.bury();
        let second = metered(&world, &metrics, Death::Never);
        world.rest().await;
        second.terminate().await;
        let scrape = scrape(&metrics);
        let (spend, ended) = (scrape.of("landfall_spend_usd_total"), scrape.sum("landfall_jobs_ended_total"));
        let landed = scrape.sum("landfall_results_landed_total");
        if ended == 0.0 {
            // It died between writing the end down and counting it; then nothing of the job is counted.
            assert_eq!((spend, landed), (0.0, 0.0), "{death:?}");
            uncounted += 1;
        } else {
            assert_eq!((spend, ended, landed), (told_usd(&world), 1.0, 2.0), "{death:?}");
        }
    }
    assert_eq!(uncounted, 1, "only the death right after the record was finished loses the count");
}

#[tokio::test(start_paused = true)]
async fn no_series_grows_with_jobs_and_what_is_now_goes_back_to_nothing() {
    let (mut world, metrics) = (World::new(), Metrics::new());
    world.observer = Arc::new(metrics.clone());
    let mut series = Vec::new();
    for round in 0..3 {
        for number in 0..7 {
            let tenant = json!(format!("tenant-{round}-{number}"));
            let name = format!("job-{round}-{number}");
            world.broker.put(with(&name, 1 + number % 3, 10, &[("tenant", tenant)]), None);
            world.broker.put(format!("garbage {round} {number}"), None);
        }
        world.see_through().await;
        let scrape = scrape(&metrics);
        assert_eq!(scrape.nonzero("landfall_jobs_in_stage"), BTreeMap::new());
        let settled = scrape.sum("landfall_deliveries_settled_total");
        assert_eq!((scrape.sum("landfall_deliveries_total"), settled), (14.0 * f64::from(round + 1), settled));
        series.push(scrape.series().into_iter().map(str::to_owned).collect::<Vec<_>>());
    }
    assert_eq!(series[0], series[1]);
    assert_eq!(series[0], series[2]);
}
