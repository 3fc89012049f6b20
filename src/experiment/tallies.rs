//! Tallies: what a run keeps of every trial for one column, in memory that stops growing.

use super::column::Column;
use crate::metric::catalogue::{Ceiling, Limits, Observation};
use crate::record::estimate::Unit;
use crate::stats::sample::Collector;
use crate::stats::survival;

/// Observations with limits of their own that are kept; beyond, a run estimates from these, which are the first, and
/// the record says so.
pub const MOST_SURVIVALS: usize = 1_000_000;

/// What is kept of one column.
#[derive(Debug)]
pub enum Tally {
    /// Trials in which it was so, of those in which it could have been.
    Share {
        /// In which it was so.
        count: u64,
        /// In which it could have been.
        of: u64,
    },
    /// Values with one common limit, or none.
    Values {
        /// What was seen.
        seen: Collector,
        /// What no value exceeds, if that is known.
        ceiling: Option<i64>,
    },
    /// Durations, each with a limit of its own.
    Durations {
        /// The first [`MOST_SURVIVALS`] of them.
        kept: Vec<survival::Observation>,
        /// How many came after these.
        left_out: u64,
    },
}

impl Tally {
    /// An empty tally for a column, with the horizon in nanoseconds.
    pub fn new(column: &Column, horizon: i64) -> Self {
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
            (Unit::Share, _) => Self::Share { count: 0, of: 0 },
            (_, Limits::Differing) => Self::Durations { kept: Vec::new(), left_out: 0 },
            (_, Limits::Horizon) => Self::Values { seen: Collector::new(Some(horizon)), ceiling },
            (_, Limits::None) => Self::Values { seen: Collector::new(None), ceiling },
        }
    }

    /// Takes in what one trial says.
    pub fn push(&mut self, observation: Observation) {
        match (self, observation) {
            (_, Observation::NotApplicable) => {}
            (Self::Share { count, of }, Observation::Was(was)) => {
                *count += u64::from(was);
                *of += 1;
            }
            (Self::Values { seen, .. }, Observation::Value(value)) => seen.push(value),
            (Self::Values { seen, .. }, Observation::Censored(_)) => seen.push_censored(),
            (Self::Durations { kept, left_out }, Observation::Value(_) | Observation::Censored(_))
                if kept.len() == MOST_SURVIVALS =>
            {
                *left_out += 1;
            }
            (Self::Durations { kept, .. }, Observation::Value(value)) => kept.push(survival::Observation::Ended(value)),
            (Self::Durations { kept, .. }, Observation::Censored(limit)) => {
                kept.push(survival::Observation::Censored(limit));
            }
            (tally, observation) => {
                unreachable!("{observation:?} does not fit {tally:?}: a metric of the catalogue contradicts its unit")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::catalogue::{Metric, Selection};
    use std::collections::BTreeMap;

    fn tally(metric: &str, targets: Option<Vec<usize>>) -> Tally {
        let metric = Metric::named(metric).expect("a metric of the catalogue");
        Tally::new(&Column { metric, labels: BTreeMap::new(), selection: Selection { targets, verifier: None } }, 60)
    }

    #[test]
    fn durations_that_are_not_kept_are_counted() {
        let mut full = tally("time_to_detect", None);
        (0..MOST_SURVIVALS).for_each(|_| full.push(Observation::Value(1)));
        full.push(Observation::NotApplicable);
        full.push(Observation::Censored(7));
        full.push(Observation::Value(9));
        let Tally::Durations { kept, left_out } = full else { panic!("{full:?}") };
        assert_eq!((kept.len(), left_out), (MOST_SURVIVALS, 2));
    }

    #[test]
    fn a_sum_over_targets_has_as_many_horizons_for_its_ceiling() {
        let ceiling = |tally| if let Tally::Values { ceiling, .. } = tally { ceiling } else { None };
        assert_eq!(ceiling(tally("time_to_contain", Some(vec![0, 1]))), Some(60));
        assert_eq!(ceiling(tally("exposure_time", None)), Some(60));
        assert_eq!(ceiling(tally("exposure_time", Some(vec![0, 2]))), Some(120));
        assert_eq!(ceiling(tally("lawful_outage", None)), None, "it starts before the revocation");
    }
}
