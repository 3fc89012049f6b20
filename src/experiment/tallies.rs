//! Tallies: what a run keeps of every trial for one column, in memory that stops growing.

use crate::metric::catalogue::{Limits, Metric, Observation};
use crate::record::estimate::Unit;
use crate::stats::sample::Collector;
use crate::stats::survival;

/// Observations with limits of their own that are kept; beyond, a run estimates from these.
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
    /// Values with one common limit.
    Values(Collector),
    /// Durations, each with a limit of its own.
    Durations(Vec<survival::Observation>),
}

impl Tally {
    /// An empty tally for a metric, with the common limit in nanoseconds.
    pub fn new(metric: &Metric, horizon: i64) -> Self {
        match (metric.unit, metric.limits) {
            (Unit::Share, _) => Self::Share { count: 0, of: 0 },
            (_, Limits::Differing) => Self::Durations(Vec::new()),
            (_, Limits::Horizon) => Self::Values(Collector::new(Some(horizon))),
            (_, Limits::None) => Self::Values(Collector::new(None)),
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
            (Self::Values(values), Observation::Value(value)) => values.push(value),
            (Self::Values(values), Observation::Censored(_)) => values.push_censored(),
            (Self::Durations(kept), Observation::Value(value)) if kept.len() < MOST_SURVIVALS => {
                kept.push(survival::Observation::Ended(value));
            }
            (Self::Durations(kept), Observation::Censored(limit)) if kept.len() < MOST_SURVIVALS => {
                kept.push(survival::Observation::Censored(limit));
            }
            (Self::Durations(_), Observation::Value(_) | Observation::Censored(_)) => {}
            (tally, observation) => {
                unreachable!("{observation:?} does not fit {tally:?}: a metric of the catalogue contradicts its unit")
            }
        }
    }
}
