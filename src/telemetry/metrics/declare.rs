//! Declaring metrics: name, kind, labels and meaning in one place, from which the registry and the reference are made.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::labels::{Labels, Set};

/// What a metric is, for the reference and for whoever checks dashboards against it.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    /// What it is about, as a heading.
    pub group: &'static str,
    /// As a scrape shows it; histograms add `_bucket`, `_sum` and `_count`.
    pub name: &'static str,
    /// Counter, gauge or histogram.
    pub kind: Kind,
    /// Its labels with all values that each can have.
    pub labels: Vec<(&'static str, Vec<&'static str>)>,
    /// What it says, for people.
    pub meaning: &'static str,
}

/// What kind of metric it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts values by size.
    Histogram,
}

impl Kind {
    /// As Prometheus calls it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        }
    }
}

/// Counts, by labels.
pub(super) struct Count<L>(Family<Set, Counter>, PhantomData<L>);

impl<L: Labels> Count<L> {
    pub(super) fn inc(&self, labels: L) {
        self.add(labels, 1);
    }

    pub(super) fn add(&self, labels: L, count: u64) {
        self.0.get_or_create(&labels.set()).inc_by(count);
    }

    /// Takes over what somebody else counts.
    pub(super) fn take_over(&self, labels: L, count: u64) {
        self.0.get_or_create(&labels.set()).inner().store(count, Ordering::Relaxed);
    }
}

/// A sum that only grows and is no whole number.
pub(super) struct Sum(Family<Set, Counter<f64, AtomicU64>>);

impl Sum {
    pub(super) fn add(&self, amount: f64) {
        self.0.get_or_create(&().set()).inc_by(amount);
    }

    /// Takes over what somebody else adds up.
    pub(super) fn take_over(&self, amount: f64) {
        self.0.get_or_create(&().set()).inner().store(amount.to_bits(), Ordering::Relaxed);
    }
}

/// A value that goes up and down, by labels.
pub(super) struct Level<L>(Family<Set, Gauge<f64, AtomicU64>>, PhantomData<L>);

impl<L: Labels> Level<L> {
    pub(super) fn set(&self, labels: L, value: f64) {
        self.0.get_or_create(&labels.set()).set(value);
    }

    pub(super) fn inc(&self, labels: L) {
        self.0.get_or_create(&labels.set()).inc();
    }

    pub(super) fn dec(&self, labels: L) {
        self.0.get_or_create(&labels.set()).dec();
    }
}

/// How values are spread, by labels.
pub(super) struct Spread<L>(Family<Set, Histogram, Buckets>, PhantomData<L>);

impl<L: Labels> Spread<L> {
    pub(super) fn observe(&self, labels: L, value: f64) {
        self.0.get_or_create(&labels.set()).observe(value);
    }
}

/// The upper bounds of a histogram's buckets.
#[derive(Clone, Copy)]
pub(super) struct Buckets(pub(super) &'static [f64]);

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

/// Takes declarations. Whatever is counted begins at 0 with all its labels, so that the first event of a kind is an
/// increase and not the beginning of a series; histograms begin with their first value, as most have many labels.
#[derive(Default)]
pub(super) struct Declaring {
    pub(super) registry: Registry,
    pub(super) described: Vec<Described>,
    group: &'static str,
}

impl Declaring {
    /// The heading of what follows.
    pub(super) fn group(&mut self, group: &'static str) {
        self.group = group;
    }

    pub(super) fn count<L: Labels>(&mut self, name: &'static str, meaning: &'static str) -> Count<L> {
        let family = Family::<Set, Counter>::default();
        for set in L::all() {
            drop(family.get_or_create(&set));
        }
        self.describe::<L>(name, Kind::Counter, meaning);
        self.registry.register(without_total(name), plain(meaning), family.clone());
        Count(family, PhantomData)
    }

    pub(super) fn sum(&mut self, name: &'static str, meaning: &'static str) -> Sum {
        let family = Family::<Set, Counter<f64, AtomicU64>>::default();
        drop(family.get_or_create(&().set()));
        self.describe::<()>(name, Kind::Counter, meaning);
        self.registry.register(without_total(name), plain(meaning), family.clone());
        Sum(family)
    }

    pub(super) fn level<L: Labels>(&mut self, name: &'static str, meaning: &'static str) -> Level<L> {
        let family = Family::<Set, Gauge<f64, AtomicU64>>::default();
        self.describe::<L>(name, Kind::Gauge, meaning);
        self.registry.register(name, plain(meaning), family.clone());
        Level(family, PhantomData)
    }

    pub(super) fn spread<L: Labels>(
        &mut self,
        name: &'static str,
        buckets: Buckets,
        meaning: &'static str,
    ) -> Spread<L> {
        let family = Family::new_with_constructor(buckets);
        self.describe::<L>(name, Kind::Histogram, meaning);
        self.registry.register(name, plain(meaning), family.clone());
        Spread(family, PhantomData)
    }

    fn describe<L: Labels>(&mut self, name: &'static str, kind: Kind, meaning: &'static str) {
        self.described.push(Described { group: self.group, name, kind, labels: L::described(), meaning });
    }
}

/// The encoder adds the suffix to every counter.
fn without_total(name: &'static str) -> &'static str {
    name.strip_suffix("_total").unwrap_or(name)
}

/// The registry adds the full stop.
fn plain(meaning: &'static str) -> &'static str {
    meaning.strip_suffix('.').unwrap_or(meaning)
}
