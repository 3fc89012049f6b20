//! What one trial says of a metric.

use crate::record::estimate::Unit;

/// What one trial says of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observation {
    /// A value: nanoseconds, a count, or thousand millionths per second.
    Value(i64),
    /// Not ended after this many nanoseconds, when the trial was.
    Censored(i64),
    /// Whether it was so.
    Was(bool),
    /// The metric does not speak of this trial.
    NotApplicable,
}

/// How many stored units make one unit of the metric, as it is shown.
pub const fn scale(unit: Unit) -> f64 {
    match unit {
        Unit::Seconds | Unit::PerSecond => 1e9,
        Unit::Count | Unit::Share => 1.0,
    }
}
