//! Estimation: from what was collected of a column to numbers with intervals.

use super::column::Column;
use super::tallies::Tally;
use crate::metric::catalogue::scale;
use crate::record::estimate::{Bin, Distribution, Estimate, Figure, MetricEstimate, Proportion, Quantile, Unit};
use crate::stats::interval;
use crate::stats::quantile::{Ends, Value};
use crate::stats::sample::Sample;
use crate::stats::survival::{Curve, Observation};

/// Total error of the intervals that are shown.
pub const ALPHA: f64 = 0.05;

/// Quantiles that are shown.
pub const SHOWN: [f64; 8] = [0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999];

/// A column ready to be asked for any statistic.
#[derive(Debug)]
pub enum Finding {
    /// A share of trials.
    Share {
        /// Trials in which it was so.
        count: u64,
        /// Trials in which it could have been.
        of: u64,
    },
    /// Values with one common limit.
    Values(Sample),
    /// Durations with differing limits; none if there was no trial.
    Durations {
        /// Observations.
        seen: Vec<Observation>,
        /// Their curve.
        curve: Option<Curve>,
    },
}

impl Finding {
    /// What a tally comes to.
    pub fn from(tally: Tally) -> Self {
        match tally {
            Tally::Share { count, of } => Self::Share { count, of },
            Tally::Values(values) => Self::Values(values.finish()),
            Tally::Durations(seen) => Self::Durations { curve: Curve::fit(&seen), seen },
        }
    }

    /// Trials of which it speaks.
    pub fn n(&self) -> u64 {
        match self {
            Self::Share { of, .. } => *of,
            Self::Values(sample) => sample.n(),
            Self::Durations { seen, .. } => seen.len() as u64,
        }
    }

    /// The share with its interval, for a column of that unit.
    pub fn share(&self, alpha: f64) -> Option<Estimate> {
        match self {
            Self::Share { of: 0, .. } => None,
            Self::Share { count, of } => {
                let p = proportion(*count, *of, alpha);
                Some(Estimate { value: Figure::At(p.share), low: Figure::At(p.low), high: Figure::At(p.high) })
            }
            Self::Values(_) | Self::Durations { .. } => None,
        }
    }

    /// The quantile of `p` with its interval, in the unit of the metric.
    pub fn quantile(&self, p: f64, alpha: f64, unit: Unit) -> Option<Estimate> {
        let (value, ends) = match self {
            Self::Share { .. } => return None,
            Self::Values(sample) => (sample.quantile(p)?, sample.quantile_interval(p, alpha)),
            Self::Durations { curve, .. } => {
                let curve = curve.as_ref()?;
                (curve.quantile(p), curve.quantile_interval(p, alpha))
            }
        };
        let Ends { low, high } = ends;
        Some(Estimate { value: figure(Some(value), unit), low: figure(low, unit), high: figure(high, unit) })
    }

    /// The mean with its interval, in the unit of the metric; restricted to the limit where something was censored.
    pub fn mean(&self, alpha: f64, unit: Unit) -> Option<Estimate> {
        match self {
            Self::Share { .. } => None,
            Self::Values(sample) => {
                let value = Figure::At(rounded(sample.mean()? / scale(unit)));
                let ends = sample.mean_interval(alpha);
                let end = |at: Option<f64>| at.map_or(Figure::Unbounded, |at| Figure::At(rounded(at / scale(unit))));
                Some(Estimate { value, low: end(ends.map(|i| i.low)), high: end(ends.map(|i| i.high)) })
            }
            Self::Durations { seen, curve } => {
                let limit = common_limit(seen)?;
                let mean = curve.as_ref()?.restricted_mean(limit, alpha)?;
                let at = |x: f64| Figure::At(rounded(x / scale(unit)));
                Some(Estimate { value: at(mean.mean), low: at(mean.interval.low), high: at(mean.interval.high) })
            }
        }
    }

    fn censored(&self) -> u64 {
        match self {
            Self::Share { .. } => 0,
            Self::Values(sample) => sample.censored(),
            Self::Durations { seen, .. } => {
                seen.iter().filter(|o| matches!(o, Observation::Censored(_))).count() as u64
            }
        }
    }
}

/// The earliest limit at which an observation was cut short, or the latest end if none was: up to there, all is known.
fn common_limit(seen: &[Observation]) -> Option<i64> {
    let cut = seen.iter().filter_map(|o| if let Observation::Censored(at) = o { Some(*at) } else { None }).min();
    cut.or_else(|| {
        seen.iter()
            .map(|o| match o {
                Observation::Ended(at) | Observation::Censored(at) => *at,
            })
            .max()
    })
}

/// The estimates of a column that a record keeps.
pub fn estimate(column: &Column, finding: &Finding) -> MetricEstimate {
    let unit = column.metric.unit;
    let (n, censored) = (finding.n(), finding.censored());
    let at_zero = match finding {
        Finding::Share { count, of } => proportion(*count, *of, ALPHA),
        Finding::Values(sample) => proportion(sample.zeros(), n, ALPHA),
        Finding::Durations { seen, .. } => {
            proportion(seen.iter().filter(|o| **o == Observation::Ended(0)).count() as u64, n, ALPHA)
        }
    };
    let quantile = |p: f64| Some(Quantile { p, estimate: finding.quantile(p, ALPHA, unit)? });
    let (min, max) = extremes(finding, unit);
    MetricEstimate {
        metric: column.metric.name.to_owned(),
        labels: column.labels.clone(),
        unit,
        n,
        censored,
        censored_share: proportion(censored, n, ALPHA),
        at_zero,
        mean: finding.mean(ALPHA, unit),
        mean_is_restricted: censored > 0,
        min,
        max,
        quantiles: SHOWN.into_iter().filter_map(quantile).collect(),
        distribution: distribution(column, finding),
    }
}

/// A share of trials with its Clopper-Pearson interval; of no trial nothing is known.
pub fn proportion(count: u64, of: u64, alpha: f64) -> Proportion {
    if of == 0 {
        return Proportion { count, of, share: 0.0, low: 0.0, high: 1.0 };
    }
    let interval = interval::clopper_pearson(count, of, alpha);
    Proportion {
        count,
        of,
        share: rounded(count as f64 / of as f64),
        low: rounded(interval.low),
        high: rounded(interval.high),
    }
}

fn extremes(finding: &Finding, unit: Unit) -> (Option<f64>, Option<Figure>) {
    match finding {
        Finding::Share { .. } => (None, None),
        Finding::Values(sample) => {
            let min = sample.min().map(|min| rounded(min as f64 / scale(unit)));
            (min, sample.max().map(|max| figure(Some(max), unit)))
        }
        Finding::Durations { seen, .. } => {
            let ended = || seen.iter().filter_map(|o| if let Observation::Ended(at) = o { Some(*at) } else { None });
            let cut =
                seen.iter().filter_map(|o| if let Observation::Censored(at) = o { Some(*at) } else { None }).max();
            let max = cut.map(Value::Beyond).or_else(|| ended().max().map(Value::At));
            (ended().min().map(|min| rounded(min as f64 / scale(unit))), max.map(|max| figure(Some(max), unit)))
        }
    }
}

/// Distributions are kept of the durations that are drawn: counted from revocation, with one common limit.
fn distribution(column: &Column, finding: &Finding) -> Option<Distribution> {
    let drawn = matches!(
        column.metric.name,
        "time_to_contain" | "last_accepted_replay" | "propagation_delay" | "exposure_time"
    );
    let Finding::Values(sample) = finding else { return None };
    if !drawn || sample.n() == 0 || column.labels.contains_key("except") {
        return None;
    }
    let seconds = |nanos: i64| rounded(nanos as f64 / scale(Unit::Seconds));
    let edge = |nanos: f64| rounded(nanos / scale(Unit::Seconds));
    let bins = sample.histogram().into_iter();
    Some(Distribution {
        cdf: sample.ecdf().into_iter().map(|(x, p)| (seconds(x), rounded(p))).collect(),
        band: rounded(interval::dkw_half_width(sample.n(), ALPHA)),
        limit: sample.limit().or(sample.max_observed()).map_or(0.0, seconds),
        histogram: bins.map(|bin| Bin { from: edge(bin.from), to: edge(bin.to), count: bin.count }).collect(),
        zeros: sample.zeros(),
        censored: sample.censored(),
    })
}

fn figure(value: Option<Value>, unit: Unit) -> Figure {
    match value {
        None => Figure::Unbounded,
        Some(Value::At(at)) => Figure::At(rounded(at as f64 / scale(unit))),
        Some(Value::Beyond(limit)) => Figure::Beyond(rounded(limit as f64 / scale(unit))),
    }
}

/// Twelve significant figures: below what any interval means, above the last bits in which platforms might differ.
pub fn rounded(x: f64) -> f64 {
    format!("{x:.11e}").parse().unwrap_or(x)
}
