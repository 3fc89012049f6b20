//! The reference of metrics and objectives, in Markdown, made from the catalogue: it cannot fall behind what is read.

use super::catalogue::METRICS;
use super::definition::{Better, Labels, Limits, Metric};
use crate::model::ledger::HeldOpenBy;
use crate::record::estimate::Unit;
use std::fmt::Write as _;

const HEAD: &str = "\
# Metrics and objectives

This page is made from the catalogue of metrics (`revdrill list` names the same ones).

## Objectives

An objective is one line: `STATISTIC(METRIC) COMPARISON LIMIT`, or `STATISTIC(METRIC{LABEL=PART}) COMPARISON LIMIT`.

| statistic | of which metrics | limit |
|---|---|---|
| `p50`, `p99`, `p99.9`: a quantile, any number between 0 and 100, both excluded | all but those of unit `share` | as the unit says |
| `mean` | all but those of unit `share` | as the unit says |
| `share`: the share of trials in which it was so | those of unit `share` | a percentage: `95%` |
| `bound`: the analytic worst case, which no trial exceeds; it fails where analysis does not promise the limit, whether or not a trial ever comes near it; `bound(edge)` is short for `bound(time_to_contain{target=edge})` | `time_to_contain` | a duration: `5m` |

| unit | how a limit is written |
|---|---|
| `seconds` | a duration: `60s`, `1h30m` |
| `count` | a number: `3`, `0.5` |
| `per_second` | a rate: `20/s`, `30/h` |
| `share` | a percentage: `95%` |

Comparisons are `<=`, `<`, `>=` and `>`. `max(...)` and `min(...)` are refused, because no number of trials decides them.
An objective that ends in `: meant to fail, WHY` is met by failing.

A label selects a part of the system: `{target=NAME}` one target, `{target=[A, B]}` several, `{except=[A, B]}` all but
these, `{verifier=NAME}` one verifier. Without a label a metric speaks of the whole system.

## Metrics

*Better* says which direction is better for the defender. The definition says over which trials a metric speaks; a trial
that it does not speak of counts neither for nor against. Where limits differ per trial, trials are observed for differing
times, and the Kaplan-Meier estimator stands in for the plain distribution.

| metric | unit | labels | better | definition |
|---|---|---|---|---|
";

const CAUSES: &str = "
## What held a door open

The record (`attribution`, key `held_open_by`) and the end screen count what kept the target open that was shut last after the
revocation, for the longest stretch if one thing did after another; `revdrill explain` says of each target of one trial what
did when:

| cause | what it is |
|---|---|
";

/// The reference.
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    for metric in METRICS {
        row(metric, &mut page);
    }
    page += CAUSES;
    for (_, name, meaning) in HeldOpenBy::ALL {
        writeln!(page, "| `{name}` | {meaning} |").expect("a string takes every line");
    }
    page
}

fn row(metric: &Metric, page: &mut String) {
    let labels: Vec<String> = metric.label_names().iter().map(|label| format!("`{label}`")).collect();
    let labels = match metric.labels {
        Labels::None => "none".to_owned(),
        Labels::Target => labels.join(", "),
        Labels::Verifier => format!("{}, required", labels.join(", ")),
    };
    let better = match metric.better {
        Better::Lower => "lower",
        Better::Higher => "higher",
    };
    let limits = match metric.limits {
        Limits::Differing if !metric.definition.contains("Kaplan-Meier") => " Limits differ per trial (Kaplan-Meier).",
        Limits::None | Limits::Horizon | Limits::Differing => "",
    };
    let definition = metric.definition.replace('|', "\\|");
    writeln!(page, "| `{}` | {} | {labels} | {better} | {definition}{limits} |", metric.name, unit(metric.unit))
        .expect("a string takes every line");
}

/// The unit as `summary.csv` names it.
fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "`seconds`",
        Unit::Count => "`count`",
        Unit::Share => "`share`",
        Unit::PerSecond => "`per_second`",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::objective::Objective;

    #[test]
    fn every_metric_has_one_row_with_its_definition() {
        let page = reference();
        for metric in METRICS {
            let rows: Vec<&str> =
                page.lines().filter(|line| line.starts_with(&format!("| `{}` |", metric.name))).collect();
            assert_eq!(rows.len(), 1, "{}", metric.name);
            assert!(rows[0].contains(&metric.definition.replace('|', "\\|")), "{}", metric.name);
            assert_eq!(rows[0].replace("\\|", "").matches('|').count(), 6, "a row has five cells: {}", rows[0]);
        }
    }

    #[test]
    fn every_cause_has_one_row_with_what_it_means() {
        let page = reference();
        for (_, name, meaning) in HeldOpenBy::ALL {
            assert_eq!(page.matches(&format!("| `{name}` | {meaning} |\n")).count(), 1, "{name}");
        }
    }

    #[test]
    fn the_forms_that_the_page_shows_are_read() {
        for rule in [
            "p99.9(time_to_contain) <= 1h30m",
            "mean(false_rejections) < 0.5",
            "mean(issuer_load) <= 30/h",
            "share(contained{target=[a, b]}) >= 95%",
            "p50(time_to_contain{except=[a, b]}) > 60s",
            "bound(edge) <= 5m",
        ] {
            assert!(Objective::parse(rule).is_ok(), "{rule}");
        }
        assert!(Objective::parse("max(time_to_contain) <= 5m").is_err());
    }
}
