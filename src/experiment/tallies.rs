//! Tallies: what a run keeps of every trial, in memory that stops growing.
//!
//! Columns that have said the same in every trial so far share a tally: where nothing opens again, a target is first
//! contained when it is contained, and open for as long. They part at the first trial in which they differ, each with
//! what it said before, so that sharing never shows in a result.

use super::column::Column;
use crate::metric::definition::{Ceiling, Limits};
use crate::metric::reading::Reading;
use crate::record::estimate::Unit;
use crate::stats::order::EXACT_UP_TO;
use crate::stats::sample::{Collector, Sample};

/// Values that a run may keep one by one over all its columns: half a gigabyte of them.
const KEPT_IN_ALL: u64 = 1 << 26;

/// Values of a column that are kept one by one where a run is too long to keep all of them.
const KEPT_OF_A_LONG_RUN: usize = 1 << 14;

/// Bytes of the buckets of a column, which hold times of up to a century.
const BYTES_OF_BUCKETS: u64 = 512 << 10;

/// Up to how many values of a column are kept one by one, in a run of so many trials: all of them in a run of at most
/// [`EXACT_UP_TO`] trials, fewer where times of very many columns are collected, or else a few of them.
pub fn most_kept(columns: &[Column], trials: u64) -> usize {
    let short = trials <= EXACT_UP_TO as u64 && trials.saturating_mul(of_times(columns)) <= KEPT_IN_ALL;
    if short { EXACT_UP_TO } else { KEPT_OF_A_LONG_RUN }
}

/// Bytes that the tallies of these columns may take after so many trials.
pub fn bytes(columns: &[Column], trials: u64) -> u64 {
    let most = most_kept(columns, trials) as u64;
    let one = if trials <= most { trials * size_of::<i64>() as u64 } else { BYTES_OF_BUCKETS };
    one * of_times(columns)
}

/// Columns whose values may all differ; what is counted takes little room.
fn of_times(columns: &[Column]) -> u64 {
    columns.iter().filter(|column| matches!(column.metric.unit, Unit::Seconds | Unit::PerSecond)).count() as u64
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whether something was so.
    Share,
    /// Numbers with one common limit, or none.
    Values {
        /// Up to where they were observed.
        limit: Option<i64>,
        /// What none exceeds, if that is known.
        ceiling: Option<i64>,
    },
    /// Durations, each with a limit of its own.
    Durations,
}

impl Kind {
    /// That of a column, with the horizon in nanoseconds.
    pub fn of(column: &Column, horizon: i64) -> Self {
        let metric = column.metric;
        let ceiling = match metric.ceiling {
            Ceiling::None => None,
            Ceiling::Horizon => Some(horizon),
            Ceiling::HorizonPerTarget => {
                let targets = column.selection.targets.as_ref().map_or(1, Vec::len);
                Some(horizon.saturating_mul(targets as i64))
            }
        };
        match (metric.unit, metric.limits) {
            (Unit::Share, _) => Self::Share,
            (_, Limits::Differing) => Self::Durations,
            (_, Limits::Horizon) => Self::Values { limit: Some(horizon), ceiling },
            (_, Limits::None) => Self::Values { limit: None, ceiling },
        }
    }

    /// The limit above which a value counts as cut short.
    pub const fn limit(self) -> Option<i64> {
        match self {
            Self::Values { limit, .. } => limit,
            Self::Share | Self::Durations => None,
        }
    }
}

/// What is kept of a column.
#[derive(Clone, Debug)]
pub struct Tally {
    /// What was seen to its end.
    ended: Collector,
    /// Limits up to which the others were seen.
    cut: Collector,
}

/// Columns that said the same, and what they said.
#[derive(Clone, Debug)]
pub struct Shared {
    /// Their numbers.
    pub columns: Vec<usize>,
    /// What they said.
    pub tally: Tally,
}

/// The tallies of all columns.
#[derive(Clone, Debug)]
pub struct Tallies {
    shared: Vec<Shared>,
}

impl Tally {
    /// An empty tally that keeps at most so many values one by one.
    pub fn keeping(most: usize) -> Self {
        Self { ended: Collector::keeping(None, most), cut: Collector::keeping(None, most) }
    }

    /// Takes in what some trials say.
    pub fn take(&mut self, reading: &Reading) {
        self.ended.push_all(&reading.ended);
        self.cut.push_all(&reading.cut);
    }

    /// What was seen to its end, and the limits up to which the others were seen.
    pub fn finish(self) -> (Sample, Sample) {
        (self.ended.finish(), self.cut.finish())
    }
}

impl Tallies {
    /// Empty tallies of these columns, for a run of so many trials.
    pub fn new(columns: &[Column], trials: u64) -> Self {
        let tally = Tally::keeping(most_kept(columns, trials));
        let all = Shared { columns: (0..columns.len()).collect(), tally };
        Self { shared: if columns.is_empty() { Vec::new() } else { vec![all] } }
    }

    /// Takes in what some trials say of each column.
    pub fn take(&mut self, readings: &[Reading]) {
        let mut next = 0;
        while let Some(shared) = self.shared.get_mut(next) {
            let said = &readings[shared.columns[0]];
            let parting: Vec<usize> = shared.columns.extract_if(.., |column| readings[*column] != *said).collect();
            let others = (!parting.is_empty()).then(|| Shared { columns: parting, tally: shared.tally.clone() });
            shared.tally.take(said);
            self.shared.extend(others);
            next += 1;
        }
    }

    /// The tallies with the columns that share them.
    pub fn into_shared(self) -> Vec<Shared> {
        self.shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::definition::Metric;
    use crate::metric::seen::Selection;
    use std::collections::BTreeMap;

    fn column(metric: &str, targets: Option<Vec<usize>>) -> Column {
        let metric = Metric::named(metric).expect("a metric of the catalogue");
        Column { metric, labels: BTreeMap::new(), selection: Selection { targets, verifier: None } }
    }

    #[test]
    fn columns_that_part_keep_what_they_said_together() {
        // Two trials in which all say the same, then one in which the second says 9 and the third was cut at 7.
        let said = |ended: &[i64], cut: &[i64]| Reading { ended: ended.to_vec(), cut: cut.to_vec() };
        let mut tallies = Tallies::new(&vec![column("reopenings", None); 4], 10);
        tallies.take(&vec![said(&[4, 5], &[]); 4]);
        assert_eq!(tallies.shared.len(), 1);
        tallies.take(&[said(&[6], &[]), said(&[9], &[]), said(&[], &[7]), said(&[6], &[])]);
        let found: Vec<_> = tallies
            .into_shared()
            .into_iter()
            .map(|shared| (shared.columns, shared.tally.finish()))
            .map(|(columns, (ended, cut))| (columns, ended.n(), ended.max_observed(), cut.n()))
            .collect();
        assert_eq!(found, [(vec![0, 3], 3, Some(6), 0), (vec![1], 3, Some(9), 0), (vec![2], 2, Some(5), 1)]);
    }

    #[test]
    fn a_run_keeps_every_value_unless_it_is_long_or_wide() {
        // 2^26 values of 64 columns of times are 1,048,576 trials, beyond the million; of 128 columns they are 524,288.
        let times = |columns| vec![column("exposure_time", None); columns];
        let counts = vec![column("reopenings", None); 1000];
        let all = |columns: &[Column], trials| most_kept(columns, trials) == EXACT_UP_TO;
        assert_eq!([1_000_000, 1_000_001].map(|trials| all(&times(64), trials)), [true, false]);
        assert_eq!([524_288, 524_289].map(|trials| all(&times(128), trials)), [true, false]);
        assert!(all(&counts, 1_000_000), "what is counted takes little room");
        let kept = |most| {
            let mut tally = Tally::keeping(most);
            tally.take(&Reading { ended: (0..20_000).map(|i| i * 1_000_003).collect(), cut: Vec::new() });
            tally.ended.finish().is_exact()
        };
        assert_eq!([EXACT_UP_TO, KEPT_OF_A_LONG_RUN].map(kept), [true, false]);
    }

    #[test]
    fn no_run_keeps_more_than_half_a_gigabyte() {
        let times = |columns| vec![column("exposure_time", None); columns];
        for (columns, trials) in [(1, 10), (64, 1_000_000), (128, 524_288), (128, 524_289), (1000, 1_000_000_000)] {
            assert!(bytes(&times(columns), trials) <= 8 * KEPT_IN_ALL, "{columns} columns, {trials} trials");
        }
    }

    #[test]
    fn a_sum_over_targets_has_as_many_horizons_for_its_ceiling() {
        let ceiling = |metric, targets| match Kind::of(&column(metric, targets), 60) {
            Kind::Values { ceiling, .. } => ceiling,
            Kind::Share | Kind::Durations => None,
        };
        assert_eq!(ceiling("time_to_contain", Some(vec![0, 1])), Some(60));
        assert_eq!(ceiling("exposure_time", None), Some(60));
        assert_eq!(ceiling("exposure_time", Some(vec![0, 2])), Some(120));
        assert_eq!(ceiling("lawful_outage", None), None, "it starts before the revocation");
    }
}
