//! A scrape of metrics, read the way Prometheus does.

use std::collections::{BTreeMap, BTreeSet};

/// The value of every series, by its name and its labels in order: `name{a="1",b="2"}`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scrape(BTreeMap<String, f64>);

impl Scrape {
    /// Reads either text. What stands in a bucket of a histogram is left out.
    pub(crate) fn read(text: &str) -> Scrape {
        let samples = text.lines().filter(|line| !line.starts_with('#') && !line.contains("_bucket{"));
        let sample = |line: &str| {
            let (series, value) = line.rsplit_once(' ').expect("a series and a value");
            let (name, labels) = match series.split_once('{') {
                None => (series, BTreeSet::new()),
                // No value of ours holds a comma.
                Some((name, labels)) => {
                    (name, labels.trim_end_matches('}').split(',').filter(|label| !label.is_empty()).collect())
                }
            };
            let labels: Vec<&str> = labels.into_iter().collect();
            let series = if labels.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", labels.join(",")) };
            (series, value.parse().expect("a number"))
        };
        Scrape(samples.map(sample).collect())
    }

    /// The value of one series; 0 when there is none.
    pub(crate) fn of(&self, series: &str) -> f64 {
        self.0.get(series).copied().unwrap_or_default()
    }

    /// The sum over all series of a metric.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        let of_it = self.0.iter().filter(|(series, _)| series.split('{').next() == Some(name));
        of_it.map(|(_, value)| value).sum()
    }

    /// All series of metrics that begin so and are not 0.
    pub(crate) fn nonzero(&self, prefix: &str) -> BTreeMap<&str, f64> {
        let told = self.0.iter().filter(|(series, value)| series.starts_with(prefix) && **value != 0.0);
        told.map(|(series, value)| (series.as_str(), *value)).collect()
    }

    /// The names of all series.
    pub(crate) fn series(&self) -> BTreeSet<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}
