//! `deploy/telemetry/README.md`: every metric and every log record, made from the declarations and from the source.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use landfall::telemetry::{Described, Metrics};

use super::records::{self, Record};

const HEAD: &str = "\
# Metrics and log records

Made from the code; do not edit. `LANDFALL_WRITE_REFERENCE=1 cargo test --test suite metrics::reference` writes it anew, and a
test compares.

What to do with them: [alerts for Prometheus](../prometheus/landfall.rules.yml) and [a dashboard for
Grafana](../grafana/landfall.json).

## Metrics

`GET /metrics` on `http.listen`, as OpenMetrics or as the older text of Prometheus. All values of all labels are known here:
no job, tenant, bucket or code of the provider is ever one. Counters begin at 0 with all their labels. A histogram `NAME` has
the series `NAME_bucket`, `NAME_sum` and `NAME_count`, and begins with its first value.
";

const LOG_HEAD: &str = "\
## Log records

Standard error, at `info` and above; `log.filter` lets less or more through. As JSON each line has `timestamp`, `level`, `target`
(the module, as `landfall::worker::job`), `message` (the text below, with `…` filled in) and the fields; what concerns a job has
its id in `span.job_id`, and while traces are on `trace_id` and `span_id`. Levels: an `ERROR` wants somebody now, a `WARN` is worth a
look when it comes often, `INFO` is the ordinary course of things. What `fault` and `why` hold is escaped and bounded.
";

/// The parts of the program, in the order in which operators meet them, and what each is about.
const PARTS: [(&str, &str); 10] = [
    ("worker", "The worker: jobs and their videos"),
    ("rabbit", "The broker"),
    ("s3", "The object store"),
    ("provider", "The provider"),
    ("telemetry", "Traces and pages"),
    ("dashboard", "The dashboard"),
    ("cli", "The process"),
    ("local", "`landfall run` and the embedded store"),
    ("media", "Media"),
    ("emulator", "`landfall emulator`"),
];

/// The page as it should be.
fn page() -> String {
    let mut page = HEAD.to_owned();
    let metrics = Metrics::new();
    let mut group = "";
    for metric in metrics.described() {
        if metric.group != group {
            group = metric.group;
            let _ = write!(page, "\n### {group}\n\n| metric | kind | labels | meaning |\n|---|---|---|---|\n");
        }
        page.push_str(&row(metric));
    }
    let _ = write!(page, "\n{LOG_HEAD}");
    let mut of_parts: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for record in records::all() {
        let part = record.file.split(['/', '.']).next().unwrap_or_default().to_owned();
        let known = of_parts.entry(part).or_default();
        if !known.contains(&record) {
            known.push(record);
        }
    }
    for (part, heading) in PARTS {
        let Some(records) = of_parts.remove(part) else { continue };
        let _ = write!(page, "\n### {heading}\n\n| level | text | fields | in |\n|---|---|---|---|\n");
        for Record { file, level, text, fields } in records {
            let fields: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
            let (level, text, fields) = (level.to_uppercase(), text.replace('|', "\\|"), fields.join(" "));
            let _ = writeln!(page, "| {level} | {text} | {fields} | `src/{file}` |");
        }
    }
    assert!(of_parts.is_empty(), "a part of the program has no heading: {:?}", of_parts.keys());
    page
}

fn row(metric: &Described) -> String {
    let labels: Vec<String> = metric
        .labels
        .iter()
        .map(|(name, values)| {
            // Versions change with each release.
            if *name == "version" { format!("`{name}`") } else { format!("`{name}`: {}", values.join(", ")) }
        })
        .collect();
    format!("| `{}` | {} | {} | {} |\n", metric.name, metric.kind.name(), labels.join("; "), metric.meaning)
}

#[test]
fn the_page_of_metrics_and_log_records_is_the_one_that_the_code_makes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/telemetry/README.md");
    let page = page();
    if std::env::var_os("LANDFALL_WRITE_REFERENCE").is_some() {
        fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("a directory");
        fs::write(&path, &page).expect("written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let differs = committed.lines().zip(page.lines()).find(|(committed, made)| committed != made);
    let why = "run `LANDFALL_WRITE_REFERENCE=1 cargo test --test suite metrics::reference`";
    assert!(committed == page, "deploy/telemetry/README.md is not up to date: {why}\n{differs:#?}");
}

#[test]
fn every_log_record_has_a_text_of_its_own() {
    for Record { file, text, .. } in records::all() {
        let words = text.split_whitespace().filter(|word| !word.contains('…')).count();
        assert!(words >= 1, "src/{file}: nobody can look up a record whose text is {text:?}");
    }
}
