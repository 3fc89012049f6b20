//! A small distribution for the terminal: bars on a logarithmic time axis, with what happened at once and what was
//! not contained set apart, and the limits of the objectives marked.

use crate::record::estimate::{Bin, Distribution};
use crate::report::phrase;

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What the bar counts: `at once`, `to 46s` or `> 30m`.
    pub label: String,
    /// Trials in it.
    pub count: u64,
    /// Limits that lie within the bar's range.
    pub limits: Vec<f64>,
}

/// The bars of a distribution: at once, at most `groups` ranges of time, and not contained by the limit.
///
/// The record's bins are joined, never split, so that every count is exact.
pub fn bars(distribution: &Distribution, limits: &[f64], groups: usize) -> Vec<Bar> {
    let mut bars = vec![Bar { label: "at once".into(), count: distribution.zeros, limits: Vec::new() }];
    let groups_of = join(&distribution.histogram, groups);
    for group in &groups_of {
        let to = group.last().map_or(0.0, |bin| bin.to);
        let count = group.iter().fold(0_u64, |sum, bin| sum.saturating_add(bin.count));
        bars.push(Bar {
            label: format!("to {}", phrase::limit(to.min(distribution.limit))),
            count,
            limits: Vec::new(),
        });
    }
    let mut edges: Vec<f64> = groups_of.iter().filter_map(|group| group.last()).map(|bin| bin.to).collect();
    let last = edges.last().copied().unwrap_or(0.0);
    if limits.iter().any(|limit| *limit > last && *limit <= distribution.limit) {
        bars.push(Bar { label: format!("to {}", phrase::limit(distribution.limit)), count: 0, limits: Vec::new() });
        edges.push(distribution.limit);
    }
    let beyond = format!("> {}", phrase::limit(distribution.limit));
    bars.push(Bar { label: beyond, count: distribution.censored, limits: Vec::new() });
    for limit in limits {
        let at = match edges.iter().position(|to| limit <= to) {
            _ if *limit <= 0.0 => 0,
            Some(group) => group + 1,
            None => edges.len() + 1,
        };
        bars[at].limits.push(*limit);
    }
    bars
}

/// A bar of `width` columns at most, to an eighth of a column; whatever was seen at all shows.
pub fn blocks(count: u64, most: u64, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if count == 0 || most == 0 {
        return String::new();
    }
    let eighths = libm::rint(count as f64 / most as f64 * (width * 8) as f64) as usize;
    let eighths = eighths.clamp(1, width * 8);
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// Neighbouring bins in at most `groups` groups of equal width on the axis. The lowest fiftieth of the trials shares
/// the first group, so that a few tiny values do not use up the picture.
fn join(bins: &[Bin], groups: usize) -> Vec<&[Bin]> {
    let Some(last) = bins.iter().rposition(|bin| bin.count > 0) else { return Vec::new() };
    let bins = &bins[..=last];
    let total: u128 = bins.iter().map(|bin| u128::from(bin.count)).sum();
    let mut seen = 0;
    let below = bins.iter().position(|bin| {
        seen += u128::from(bin.count);
        seen * 50 > total
    });
    let first = below.unwrap_or(0);
    let wide = bins.len() - first;
    let groups = groups.min(wide).max(1);
    let mut from = 0;
    let mut joined = Vec::with_capacity(groups);
    for group in 1..=groups {
        let to = first + wide * group / groups;
        joined.push(&bins[from..to]);
        from = to;
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    fn whole(record: &crate::record::summary::Record) -> Distribution {
        record.estimates[0].distribution.clone().expect("a fixture's first estimate is drawn")
    }

    #[test]
    fn every_trial_is_in_one_bar() {
        for record in [fixture::mixed(), fixture::spread(), fixture::all_at_once(), fixture::all_censored()] {
            let counted: u64 = bars(&whole(&record), &[], 5).iter().map(|bar| bar.count).sum();
            assert_eq!(counted, record.estimates[0].n);
        }
    }

    #[test]
    fn a_limit_marks_the_bar_that_holds_it() {
        let bars = bars(&whole(&fixture::mixed()), &[60.0, 1e6, 0.0], 5);
        let marked: Vec<_> = bars.iter().map(|bar| bar.limits.clone()).collect();
        assert_eq!(marked.first(), Some(&vec![0.0]));
        assert_eq!(marked.last(), Some(&vec![1e6]));
        assert_eq!(marked.iter().filter(|limits| limits.contains(&60.0)).count(), 1);
    }

    #[test]
    fn a_limit_that_no_trial_came_near_marks_an_empty_bar_before_the_horizon() {
        let bars = bars(&whole(&fixture::all_at_once()), &[60.0], 5);
        let labels: Vec<_> = bars.iter().map(|bar| (bar.label.as_str(), bar.count, bar.limits.len())).collect();
        assert_eq!(labels, [("at once", 1_000, 0), ("to 30m", 0, 1), ("> 30m", 0, 0)]);
    }

    #[test]
    fn bars_are_in_proportion_and_a_single_trial_shows() {
        assert_eq!(blocks(10, 10, 4), "████");
        assert_eq!(blocks(5, 10, 4), "██");
        assert_eq!(blocks(1, 1_000_000, 4), "▏");
        assert_eq!(blocks(0, 10, 4), "");
    }
}
