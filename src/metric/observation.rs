//! What one trial says of a metric.

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
