//! Numbers with their uncertainty: intervals, quantiles and distributions as a record keeps them.
//!
//! Durations are in seconds, shares in `[0, 1]`. A number that lies beyond what a trial could see is not a
//! number here: it is [`Figure::Beyond`] the limit; an interval end that the sample cannot support is
//! [`Figure::Unbounded`]; and a worst case that has no bound at all is [`Figure::Limitless`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A value that a sample supports, or the reason why it has none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// A number in the metric's unit.
    At(f64),
    /// Above this limit, which is the last that a trial could see (the horizon).
    Beyond(f64),
    /// No bound can be given from so few trials.
    Unbounded,
    /// Above every number: no bound exists, however many trials there are.
    Limitless,
}

/// An estimate with the two ends of its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The point estimate.
    pub value: Figure,
    /// Lower end of the interval.
    pub low: Figure,
    /// Upper end of the interval.
    pub high: Figure,
}

/// A share of trials, with a Clopper-Pearson interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Proportion {
    /// Trials in which it was so.
    pub count: u64,
    /// Trials in which it could have been so.
    pub of: u64,
    /// `count / of`; 0 where `of` is 0, and then nothing is known.
    pub share: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
}

/// A quantile with its order-statistic interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quantile {
    /// The probability, in `(0, 1)`.
    pub p: f64,
    /// The quantile `inf{t : F(t) >= p}` and its 95 % interval.
    #[serde(flatten)]
    pub estimate: Estimate,
}

/// The unit of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// A count per trial.
    Count,
    /// A share of trials, in `[0, 1]`.
    Share,
    /// Events per second.
    PerSecond,
}

/// What is known of one metric for one choice of labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricEstimate {
    /// Name of the metric, as `revdrill list` gives it.
    pub metric: String,
    /// Labels such as `target` or `verifier`; empty for the whole system.
    pub labels: BTreeMap<String, String>,
    /// Unit of every number below.
    pub unit: Unit,
    /// Trials in which the metric has a meaning (for `time_to_contain`: the revoked ones).
    pub n: u64,
    /// Of these, trials that had not ended by the limit: known only to lie beyond it.
    pub censored: u64,
    /// The share of trials that had not ended by the limit, with its interval.
    pub censored_share: Proportion,
    /// The share of trials at exactly 0, with its interval; for a metric of unit share, the share at 1.
    pub at_zero: Proportion,
    /// Mean with a t interval. With censoring it is the restricted mean up to the limit.
    pub mean: Option<Estimate>,
    /// Whether `mean` is restricted to the limit because some trials were censored.
    pub mean_is_restricted: bool,
    /// The limit to which `mean` is restricted: the horizon, or where limits differ the time until which 19 of 20 trials
    /// were watched.
    pub mean_limit: Option<f64>,
    /// Smallest and largest value seen among the uncensored.
    pub min: Option<f64>,
    /// Largest value seen among the uncensored; `Beyond` the limit if any was censored.
    pub max: Option<Figure>,
    /// Quantiles with their intervals; empty for a metric of unit share.
    pub quantiles: Vec<Quantile>,
    /// The distribution, where the metric is a duration and is drawn.
    pub distribution: Option<Distribution>,
}

/// An empirical distribution, thinned for drawing, with its atom and its censored share apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Distribution {
    /// Points `(x, F(x))` of the empirical distribution, x rising, both ends included.
    pub cdf: Vec<(f64, f64)>,
    /// Half-width of the band that holds the whole curve with 95 % confidence (DKW-Massart).
    pub band: f64,
    /// The common limit in seconds beyond which trials are censored.
    pub limit: f64,
    /// Histogram of the positive uncensored values on a logarithmic axis.
    pub histogram: Vec<Bin>,
    /// Trials at exactly 0.
    pub zeros: u64,
    /// Trials beyond the limit.
    pub censored: u64,
}

/// One bin of a histogram: `from < x <= to`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bin {
    /// Lower edge in seconds, excluded.
    pub from: f64,
    /// Upper edge in seconds, included.
    pub to: f64,
    /// Trials in the bin.
    pub count: u64,
}
