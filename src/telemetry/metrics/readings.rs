//! What is not counted along the way but looked up when somebody asks for the metrics.

use std::time::Duration;

use super::Metrics;
use super::labels::Clock;
use super::process::Process;
use crate::worker::{Side, Trouble};

/// How things stand now.
#[derive(Debug, Clone, Default)]
pub struct Readings {
    /// Messages in hand.
    pub in_flight: usize,
    /// Most that may be.
    pub in_flight_max: usize,
    /// Whether `/readyz` says so.
    pub ready: bool,
    /// Whether the worker was told to stop.
    pub draining: bool,
    /// What the worker is suspended for.
    pub suspended: Vec<(Side, Trouble)>,
    /// For how long it was, in all.
    pub suspended_in_all: Duration,
    /// Whether there is a connection to the broker.
    pub connected: bool,
    /// Whether the broker accepts no publishes.
    pub blocked: bool,
    /// Connections made after the first one.
    pub reconnects: u64,
    /// How far our clock is ahead of the store's, in seconds, once it has answered.
    pub store_skew_s: Option<f64>,
    /// How far our clock is ahead of the provider's.
    pub provider_skew_s: Option<f64>,
}

impl Metrics {
    pub(super) fn take_over(&self, readings: &Readings) {
        let to = &self.0.catalogue;
        let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let flag = |yes: bool| if yes { 1.0 } else { 0.0 };
        to.in_flight.set((), number(readings.in_flight));
        to.in_flight_max.set((), number(readings.in_flight_max));
        to.ready.set((), flag(readings.ready));
        to.draining.set((), flag(readings.draining));
        for side in Side::ALL {
            for trouble in Trouble::ALL {
                to.suspended.set((side, trouble), flag(readings.suspended.contains(&(side, trouble))));
            }
        }
        to.suspended_s.take_over(readings.suspended_in_all.as_secs_f64());
        to.connected.set((), flag(readings.connected));
        to.blocked.set((), flag(readings.blocked));
        to.reconnects.take_over((), readings.reconnects);
        for (clock, skew_s) in [(Clock::Store, readings.store_skew_s), (Clock::Provider, readings.provider_skew_s)] {
            if let Some(skew_s) = skew_s {
                to.skew_s.set(clock, skew_s);
            }
        }
        if let Some(process) = Process::read() {
            to.resident_bytes.set((), process.resident_bytes);
            to.open_fds.set((), process.open_fds);
            to.max_fds.set((), process.max_fds);
            to.cpu_s.take_over(process.cpu_s);
        }
    }
}
