//! The two texts that metrics are told in: OpenMetrics, and the older one of Prometheus for whoever does not ask for it.

/// The media type of OpenMetrics.
pub(super) const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The media type of the older text.
pub(super) const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Makes the older text of OpenMetrics: there a counter's head has the counter's whole name, and there is no end mark.
pub(super) fn plain(open_metrics: &str) -> String {
    let mut text = String::with_capacity(open_metrics.len());
    // `# HELP` comes before `# TYPE`, and it takes the type to know the name.
    let mut help = None;
    for line in open_metrics.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            help = rest.split_once(' ');
            continue;
        }
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let total = if rest.ends_with(" counter") { "_total" } else { "" };
            let (name, kind) = rest.split_once(' ').unwrap_or((rest, "untyped"));
            if let Some((_, meaning)) = help.take() {
                text.push_str(&format!("# HELP {name}{total} {meaning}\n"));
            }
            text.push_str(&format!("# TYPE {name}{total} {kind}\n"));
        } else if line != "# EOF" {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_have_their_whole_name_and_the_rest_stays() {
        let open_metrics = "# HELP jobs Jobs that ended.\n# TYPE jobs counter\njobs_total{outcome=\"failed\"} 1\n\
                            # HELP skew_seconds How far.\n# TYPE skew_seconds gauge\nskew_seconds -1.5\n# EOF\n";
        let expected = "# HELP jobs_total Jobs that ended.\n# TYPE jobs_total counter\n\
                        jobs_total{outcome=\"failed\"} 1\n\
                        # HELP skew_seconds How far.\n# TYPE skew_seconds gauge\nskew_seconds -1.5\n";
        assert_eq!(plain(open_metrics), expected);
    }
}
