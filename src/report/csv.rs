//! The estimates of a record as a table, one row a metric and choice of labels.
//!
//! Headers are the field's terms and the row of a metric leaves empty what it does not have. Durations are in
//! seconds and shares in `[0, 1]`, as the record has them, to the last digit; a figure that no trial could see is
//! `> limit`, an interval end that the sample cannot support is `inf`, or 0, below which
//! nothing that is measured lies.

use super::{find, inert};
use crate::record::estimate::{Estimate, Figure, MetricEstimate, Proportion, Unit};
use crate::record::summary::Record;

const QUANTILES: [(f64, &str); 5] = [(0.5, "p50"), (0.9, "p90"), (0.95, "p95"), (0.99, "p99"), (0.999, "p99.9")];

/// The estimates as CSV with a header row.
pub fn summary(record: &Record) -> Vec<u8> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let in_memory = "a table in memory takes every row of the header's length";
    table.write_record(header()).expect(in_memory);
    for estimate in &record.estimates {
        table.write_record(row(estimate)).expect(in_memory);
    }
    table.into_inner().expect("a table in memory is always flushed")
}

fn header() -> Vec<String> {
    let mut header: Vec<String> = ["metric", "labels", "unit", "n", "censored"].map(String::from).to_vec();
    for name in ["share", "censored_share", "share_at_zero", "mean"] {
        header.extend([name.to_owned(), format!("{name}_low"), format!("{name}_high")]);
    }
    header.extend(["mean_is_restricted".to_owned(), "min".to_owned()]);
    for (_, name) in QUANTILES {
        header.extend([name.to_owned(), format!("{name}_low"), format!("{name}_high")]);
    }
    header.extend(["max".to_owned(), "mean_limit".to_owned()]);
    header
}

fn row(estimate: &MetricEstimate) -> Vec<String> {
    let labels: Vec<String> = estimate.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let mut row = vec![
        inert::text(&inert::cell(&estimate.metric)),
        inert::text(&inert::cell(&labels.join(";"))),
        unit(estimate.unit).to_owned(),
        estimate.n.to_string(),
        estimate.censored.to_string(),
    ];
    let [share, censored, at_zero] = match estimate.unit {
        Unit::Share => [Some(&estimate.at_zero), None, None],
        Unit::Seconds => [None, Some(&estimate.censored_share), Some(&estimate.at_zero)],
        Unit::Count | Unit::PerSecond => [None, None, Some(&estimate.at_zero)],
    };
    for of_trials in [share, censored, at_zero] {
        row.extend(proportion(of_trials));
    }
    row.extend(ends(estimate.mean.as_ref()));
    row.push(estimate.mean.map_or(String::new(), |_| estimate.mean_is_restricted.to_string()));
    row.push(estimate.min.map_or(String::new(), |min| min.to_string()));
    for (p, _) in QUANTILES {
        row.extend(ends(find::quantile(estimate, p).map(|q| &q.estimate)));
    }
    row.push(estimate.max.map_or(String::new(), |max| figure(max, "")));
    row.push(estimate.mean_limit.map_or(String::new(), |limit| limit.to_string()));
    row
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "seconds",
        Unit::Count => "count",
        Unit::Share => "share",
        Unit::PerSecond => "per_second",
    }
}

fn proportion(share: Option<&Proportion>) -> [String; 3] {
    match share {
        Some(p) if p.of > 0 => [p.share, p.low, p.high].map(|number| number.to_string()),
        Some(_) | None => Default::default(),
    }
}

fn ends(estimate: Option<&Estimate>) -> [String; 3] {
    estimate.map_or_else(Default::default, |e| [figure(e.value, ""), figure(e.low, "0"), figure(e.high, "inf")])
}

fn figure(figure: Figure, unbounded: &str) -> String {
    match figure {
        Figure::At(value) => value.to_string(),
        Figure::Beyond(limit) => format!("> {limit}"),
        Figure::Unbounded => unbounded.to_owned(),
        Figure::Limitless => "inf".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use std::collections::BTreeMap;

    /// Rows as maps from header to cell.
    fn table(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_reader(bytes);
        let header: Vec<String> = reader.headers().expect("a header").iter().map(String::from).collect();
        let cells = |row: csv::StringRecord| header.iter().cloned().zip(row.iter().map(String::from)).collect();
        reader.records().map(|row| cells(row.expect("a row of the header's length"))).collect()
    }

    #[test]
    fn every_estimate_is_a_row_with_the_numbers_of_the_record() {
        let record = fixture::mixed();
        let rows = table(&summary(&record));
        assert_eq!(rows.len(), record.estimates.len());
        for (row, estimate) in rows.iter().zip(&record.estimates) {
            assert_eq!(row["metric"], estimate.metric);
            assert_eq!(row["n"], estimate.n.to_string());
            if let Some(Figure::At(p99)) = find::quantile(estimate, 0.99).map(|q| q.estimate.value) {
                assert_eq!(row["p99"].parse::<f64>(), Ok(p99));
            }
        }
        assert_eq!(rows[1]["labels"], "target=releases");
    }

    #[test]
    fn censored_figures_print_as_beyond_and_missing_ends_as_infinite() {
        let rows = table(&summary(&fixture::all_censored()));
        assert_eq!((rows[0]["p50"].as_str(), rows[0]["max"].as_str()), ("> 1800", "> 1800"));
        assert_eq!(rows[0]["p99.9_high"], "inf");
        assert_eq!(rows[0]["min"], "");
    }

    #[test]
    fn a_share_is_told_from_a_share_of_zeros() {
        let record = fixture::mixed();
        for (row, estimate) in table(&summary(&record)).iter().zip(&record.estimates) {
            assert_eq!(row["share"].is_empty(), estimate.unit != Unit::Share);
            assert_eq!(row["share_at_zero"].is_empty(), estimate.unit == Unit::Share);
        }
    }

    #[test]
    fn names_that_look_like_formulas_are_inert() {
        let mut record = fixture::mixed();
        record.estimates[0].metric = "=cmd()".into();
        record.estimates[0].labels = BTreeMap::from([("@target".into(), "a\u{1b}[2J\",b".into())]);
        let rows = table(&summary(&record));
        assert_eq!(rows[0]["metric"], "'=cmd()");
        assert_eq!(rows[0]["labels"], "'@target=a\u{FFFD}[2J\",b");
    }
}
