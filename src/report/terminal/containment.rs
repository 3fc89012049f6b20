//! Time to contain on the end screen: quantiles with their intervals beside a small picture of the distribution.

use super::bars::{Bar, bars, blocks};
use super::fit::{Block, Gap};
use super::line::{Ink, Line};
use crate::record::estimate::{MetricEstimate, Unit};
use crate::record::summary::{ObjectiveResult, Record};
use crate::report::{find, phrase};

const METRIC: &str = "time_to_contain";
const QUANTILES: [(f64, &str); 5] = [(0.5, "p50"), (0.9, "p90"), (0.95, "p95"), (0.99, "p99"), (0.999, "p99.9")];

/// Columns: values, intervals, labels of the bars, bars, shares.
const VALUE: usize = 8;
const INTERVAL: usize = 17;
const LABEL: usize = 39;
const BAR: usize = 50;
const BAR_WIDTH: usize = 15;
const SHARE: usize = BAR + BAR_WIDTH + 1;

/// The block of `time_to_contain` over all targets.
pub fn block(record: &Record) -> Block {
    let heading = Line::new(Ink::Strong, "TIME TO CONTAIN");
    let Some(estimate) = find::whole(record, METRIC).filter(|estimate| estimate.n > 0) else {
        let none = heading.with(Ink::Unsure, "  unknown: no trial was revoked (n = 0)");
        return Block { opening: vec![none], gap: Gap::Empty, ..Block::default() };
    };
    let words = format!("  after revocation, 95% intervals, n = {} revoked trials", phrase::count(estimate.n));
    let mut opening = vec![heading.with(Ink::Faint, &words)];
    let mut left = quantiles(estimate);
    left.push(never(estimate));
    let right = picture(record, estimate);
    left.resize(left.len().max(right.len()), Line::default());
    for (at, line) in left.into_iter().enumerate() {
        opening.push(match right.get(at) {
            Some(bar) => beside(line, bar),
            None => line,
        });
    }
    Block { opening, gap: Gap::Empty, ..Block::default() }
}

fn quantiles(estimate: &MetricEstimate) -> Vec<Line> {
    let row = |name: &str, value: &str, interval: &str| {
        Line::new(Ink::Plain, &format!("  {name}"))
            .to(VALUE)
            .with(Ink::Strong, value)
            .to(INTERVAL)
            .with(Ink::Plain, interval)
    };
    let mut lines = Vec::new();
    for (p, name) in QUANTILES {
        if let Some(quantile) = find::quantile(estimate, p) {
            let value = phrase::point(&quantile.estimate, Unit::Seconds);
            lines.push(row(name, &value, &phrase::interval(&quantile.estimate, Unit::Seconds)));
        }
    }
    if let Some(max) = estimate.max {
        lines.push(row("max", &phrase::figure(max, Unit::Seconds), "of this sample"));
    }
    lines
}

fn picture(record: &Record, estimate: &MetricEstimate) -> Vec<Line> {
    let Some(distribution) = &estimate.distribution else { return Vec::new() };
    // A mean is no place in the distribution of the trials: only limits that trials keep or break one by one are marked.
    let of_trials = |o: &&ObjectiveResult| o.metric == METRIC && !o.rule.contains('{') && !o.rule.starts_with("mean(");
    let on_the_whole = record.objectives.iter().filter(of_trials);
    let mut limits: Vec<f64> = on_the_whole.map(|objective| objective.limit).collect();
    limits.dedup();
    let bars = bars(distribution, &limits, 5);
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(0);
    bars.iter().map(|bar| drawn(bar, &mark(record, bar), most, estimate.n)).collect()
}

/// The first limit in a bar, as its rule writes it.
fn mark(record: &Record, bar: &Bar) -> String {
    let Some(first) = bar.limits.first() else { return String::new() };
    let rule = record.objectives.iter().find(|o| o.metric == METRIC && o.limit == *first).map(|o| o.rule.as_str());
    let written = rule.and_then(|rule| rule.rsplit(['=', '<', '>']).next()).map(str::trim);
    let more = if bar.limits.len() > 1 { "+" } else { "" };
    format!("◄ {}{more}", written.map_or_else(|| phrase::limit(*first), str::to_owned))
}

fn drawn(bar: &Bar, mark: &str, most: u64, n: u64) -> Line {
    let share = if bar.count == 0 { "none".into() } else { phrase::percent(bar.count as f64 / n as f64) };
    Line::new(Ink::Plain, &bar.label)
        .to(BAR - LABEL)
        .with(Ink::Bar, &blocks(bar.count, most, BAR_WIDTH))
        .to(SHARE - LABEL)
        .with(Ink::Plain, &format!("{share:>6} "))
        .with(Ink::Unsure, mark)
}

fn beside(left: Line, right: &Line) -> Line {
    left.to(LABEL).followed_by(right)
}

fn never(estimate: &MetricEstimate) -> Line {
    Line::new(Ink::Plain, "  never").to(VALUE).with(Ink::Strong, &phrase::share(&estimate.censored_share))
}
