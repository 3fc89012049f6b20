//! Finds estimates in a record by the names of the catalogue.

use crate::record::estimate::{MetricEstimate, Quantile, Unit};
use crate::record::summary::{ObjectiveResult, Record};

/// The estimate of `metric` for the whole system.
pub fn whole<'a>(record: &'a Record, metric: &str) -> Option<&'a MetricEstimate> {
    record.estimates.iter().find(|e| e.metric == metric && e.labels.is_empty())
}

/// The estimates of `metric` that carry `label` and no other, with its value, in the order of the record.
pub fn labelled<'a>(record: &'a Record, metric: &str, label: &str) -> Vec<(&'a str, &'a MetricEstimate)> {
    let only = |e: &'a MetricEstimate| e.labels.get(label).filter(|_| e.labels.len() == 1).map(|v| (v.as_str(), e));
    record.estimates.iter().filter(|e| e.metric == metric).filter_map(only).collect()
}

/// The quantile at probability `p`, if the estimate has it.
pub fn quantile(estimate: &MetricEstimate, p: f64) -> Option<&Quantile> {
    estimate.quantiles.iter().find(|q| (q.p - p).abs() < 1e-12)
}

/// The unit in which an objective is stated. A `share(...)` is a share whatever the metric; a metric of which the
/// record has no estimate counts as a count.
pub fn unit(record: &Record, objective: &ObjectiveResult) -> Unit {
    if objective.rule.trim_start().starts_with("share(") {
        return Unit::Share;
    }
    record.estimates.iter().find(|e| e.metric == objective.metric).map_or(Unit::Count, |e| e.unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn an_estimate_is_found_by_its_metric_and_its_only_label() {
        let record = fixture::mixed();
        assert!(whole(&record, "time_to_contain").is_some_and(|e| e.labels.is_empty()));
        assert!(whole(&record, "no_such_metric").is_none());
        let targets: Vec<_> = labelled(&record, "time_to_contain", "target").into_iter().map(|(t, _)| t).collect();
        assert_eq!(targets, ["releases", "secrets"]);
    }

    #[test]
    fn the_unit_of_a_share_does_not_depend_on_its_metric() {
        let record = fixture::mixed();
        let units: Vec<_> = record.objectives.iter().map(|o| unit(&record, o)).collect();
        assert_eq!(units, [Unit::Seconds, Unit::Share, Unit::Seconds, Unit::Count]);
    }
}
