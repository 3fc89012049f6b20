//! Time to contain on the end screen: quantiles with their intervals beside a small picture of the distribution.

use super::bars::{Bar, bars, blocks};
use super::fit::{Block, Gap};
use super::line::{COLUMNS, Ink, Line, columns};
use crate::record::estimate::{MetricEstimate, Unit};
use crate::record::summary::{ObjectiveResult, Record};
use crate::report::{find, phrase};

const METRIC: &str = "time_to_contain";
const QUANTILES: [(f64, &str); 5] =
    [(0.5, "  p50"), (0.9, "  p90"), (0.95, "  p95"), (0.99, "  p99"), (0.999, "  p99.9")];

/// Where the values begin.
const VALUE: usize = 8;

/// Where other columns begin unless something in a column before is wider: intervals and labels of the bars; the width of
/// the labels, and that of the bars, which give way.
const INTERVAL: usize = 17;
const LABEL: usize = 39;
const LABELS: usize = 11;
const BAR_WIDTH: usize = 15;

/// The least width of a bar, and the columns that a share takes behind it.
const LEAST_BAR: usize = 3;
const SHARE: usize = 8;

/// The block of `time_to_contain` over all targets.
pub fn block(record: &Record) -> Block {
    let heading = Line::new(Ink::Strong, "TIME TO CONTAIN");
    let Some(estimate) = find::whole(record, METRIC).filter(|estimate| estimate.n > 0) else {
        let none = heading.with(Ink::Unsure, "  unknown: no trial was revoked (n = 0)");
        return Block { opening: vec![none], gap: Gap::Empty, ..Block::default() };
    };
    let words = format!("  after revocation, 95% intervals, n = {} revoked trials", phrase::count(estimate.n));
    let mut opening = vec![heading.with(Ink::Faint, &words)];
    let left = rows(estimate);
    let right = picture(record, estimate);
    let places = Places::of(&left, &right);
    let most = right.iter().map(|bar| bar.count).max().unwrap_or(0);
    for at in 0..left.len().max(right.len()) {
        let line = left.get(at).map_or_else(Line::default, |row| row.line(&places));
        opening.push(match right.get(at) {
            Some(bar) => bar.line(line, &places, most),
            None => line,
        });
    }
    Block { opening, gap: Gap::Empty, ..Block::default() }
}

/// What stands to the left of the picture: a name, a value and its interval, or a value as wide as both.
struct Row {
    name: &'static str,
    value: String,
    interval: Option<String>,
}

/// A bar of the picture with its share and the mark of a limit in it.
struct Drawn {
    label: String,
    count: u64,
    share: String,
    mark: String,
}

/// Where the columns begin, and the width of the bars.
struct Places {
    interval: usize,
    label: usize,
    bar: usize,
    width: usize,
}

impl Places {
    /// The usual ones, unless something is wider: then what follows moves to the right, and the bars give way.
    fn of(left: &[Row], right: &[Drawn]) -> Self {
        let widest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or(0);
        let values = widest(&mut left.iter().filter(|row| row.interval.is_some()).map(|row| columns(&row.value)));
        let interval = INTERVAL.max(VALUE + values + 1);
        let ends = |row: &Row| match &row.interval {
            Some(ends) => interval + columns(ends),
            None => VALUE + columns(&row.value),
        };
        let label = LABEL.max(widest(&mut left.iter().map(ends)) + 1);
        let bar = label + LABELS.max(widest(&mut right.iter().map(|bar| columns(&bar.label))) + 1);
        let mark = widest(&mut right.iter().map(|bar| columns(&bar.mark)));
        let width = COLUMNS.saturating_sub(bar + SHARE + mark).clamp(LEAST_BAR, BAR_WIDTH);
        Self { interval, label, bar, width }
    }
}

impl Row {
    fn line(&self, places: &Places) -> Line {
        let line = Line::new(Ink::Plain, self.name).to(VALUE).with(Ink::Strong, &self.value);
        match &self.interval {
            Some(interval) => line.to(places.interval).with(Ink::Plain, interval),
            None => line,
        }
    }
}

impl Drawn {
    fn line(&self, left: Line, places: &Places, most: u64) -> Line {
        left.to(places.label)
            .with(Ink::Plain, &self.label)
            .to(places.bar)
            .with(Ink::Bar, &blocks(self.count, most, places.width))
            .to(places.bar + places.width + 1)
            .with(Ink::Plain, &format!("{:>6} ", self.share))
            .with(Ink::Unsure, &self.mark)
    }
}

fn rows(estimate: &MetricEstimate) -> Vec<Row> {
    let mut rows = Vec::new();
    for (p, name) in QUANTILES {
        if let Some(quantile) = find::quantile(estimate, p) {
            let value = phrase::point(&quantile.estimate, Unit::Seconds);
            rows.push(Row { name, value, interval: Some(phrase::interval(&quantile.estimate, Unit::Seconds)) });
        }
    }
    if let Some(max) = estimate.max {
        let value = phrase::figure(max, Unit::Seconds);
        rows.push(Row { name: "  max", value, interval: Some("of this sample".into()) });
    }
    rows.push(Row { name: "  never", value: phrase::share(&estimate.censored_share), interval: None });
    rows
}

fn picture(record: &Record, estimate: &MetricEstimate) -> Vec<Drawn> {
    let Some(distribution) = &estimate.distribution else { return Vec::new() };
    // A mean is no place in the distribution of the trials: only limits that trials keep or break one by one are marked.
    let of_trials = |o: &&ObjectiveResult| o.metric == METRIC && !o.rule.contains('{') && !o.rule.starts_with("mean(");
    let on_the_whole = record.objectives.iter().filter(of_trials);
    let mut limits: Vec<f64> = on_the_whole.map(|objective| objective.limit).collect();
    limits.dedup();
    let drawn = |bar: Bar| Drawn {
        share: if bar.count == 0 { "none".into() } else { phrase::percent(bar.count as f64 / estimate.n as f64) },
        mark: mark(record, &bar),
        label: bar.label,
        count: bar.count,
    };
    bars(distribution, &limits, 5).into_iter().map(drawn).collect()
}

/// The first limit in a bar, as its rule writes it.
fn mark(record: &Record, bar: &Bar) -> String {
    let Some(first) = bar.limits.first() else { return String::new() };
    let rule = record.objectives.iter().find(|o| o.metric == METRIC && o.limit == *first).map(|o| o.rule.as_str());
    let written = rule.and_then(|rule| rule.rsplit(['=', '<', '>']).next()).map(str::trim);
    let more = if bar.limits.len() > 1 { "+" } else { "" };
    format!("◄ {}{more}", written.map_or_else(|| phrase::limit(*first), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::super::line::Colour;
    use super::*;
    use crate::record::estimate::{Estimate, Figure};
    use crate::report::fixture;

    #[test]
    fn columns_stand_below_each_other_however_wide_the_durations_are() {
        // Ends that differ in the tenth of a second beyond an hour: "1h 05m 12.3s" and "[1h 05m 12.1s, 1h 05m 12.4s]" are
        // 12 and 28 columns wide, three and six more than there is room for.
        let mut record = fixture::mixed();
        let lines = |record: &Record| -> Vec<String> {
            block(record).opening.iter().map(|line| line.render(Colour::Plain)).collect()
        };
        let usual = lines(&record);
        assert!(usual[1].starts_with("  p50   ") && usual[1][39..].starts_with("at once"), "{usual:#?}");
        for quantile in &mut record.estimates[0].quantiles {
            let [value, low, high] = [3912.3, 3912.1, 3912.4].map(Figure::At);
            quantile.estimate = Estimate { value, low, high };
        }
        let wide = lines(&record);
        assert!(wide.iter().all(|line| columns(line) <= COLUMNS && !line.contains('…')), "{wide:#?}");
        // "  p50   1h 05m 12.3s [1h 05m 12.1s, 1h 05m 12.4s] at once": 8 + 12 + 1 + 28 + 1.
        let begins = |line: &str, word: &str| line.find(word).map(|at| columns(&line[..at]));
        assert_eq!(begins(&wide[1], "at once"), Some(50), "{wide:#?}");
        assert!(wide[2..7].iter().all(|line| begins(line, "to ") == Some(50)), "{wide:#?}");
        assert!(wide.concat().contains("◄ 60s") && wide[1].ends_with("36.0%"), "{wide:#?}");
    }
}
