//! Estimation: from what was collected of a column to numbers with intervals.

use super::column::Column;
use super::tallies::Kind;
use crate::metric::definition::Picture;
use crate::metric::observation::scale;
use crate::record::estimate::{Bin, Distribution, Estimate, Figure, MetricEstimate, Proportion, Quantile, Unit};
use crate::stats::interval;
use crate::stats::quantile::{Ends, Value};
use crate::stats::sample::Sample;
use crate::stats::survival::Curve;

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
    /// Values with one common limit, or none.
    Values {
        /// What was seen.
        sample: Sample,
        /// What no value exceeds, if that is known.
        ceiling: Option<i64>,
    },
    /// Durations with differing limits.
    Durations {
        /// Those that were seen to their end.
        ended: Sample,
        /// The limits of the others.
        cut: Box<Sample>,
        /// Their curve, where some were cut short.
        curve: Option<Curve>,
    },
}

/// Trials around a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Around {
    /// Trials below it.
    pub below: u64,
    /// Trials on it.
    pub at: u64,
    /// All trials.
    pub of: u64,
}

impl Finding {
    /// What those come to that were seen to their end, and the limits of those that were cut short.
    ///
    /// # Panics
    /// If values without a limit were cut short at one: a metric of the catalogue contradicts itself.
    pub fn from(ended: &Sample, cut: &Sample, kind: Kind) -> Self {
        match kind {
            Kind::Share => Self::Share { count: ended.n() - ended.zeros(), of: ended.n() },
            Kind::Values { limit: Some(limit), ceiling } => {
                Self::Values { sample: ended.cut_at(limit, cut.n()), ceiling }
            }
            Kind::Values { limit: None, ceiling } => {
                assert_eq!(cut.n(), 0, "values without a limit were cut short at one");
                Self::Values { sample: ended.clone(), ceiling }
            }
            Kind::Durations => {
                let curve = if cut.n() == 0 { None } else { Curve::fit(ended.observed(), cut.observed()) };
                Self::Durations { ended: ended.clone(), cut: Box::new(cut.clone()), curve }
            }
        }
    }

    /// Trials of which it speaks.
    pub fn n(&self) -> u64 {
        match self {
            Self::Share { of, .. } => *of,
            Self::Values { sample, .. } => sample.n(),
            Self::Durations { ended, cut, .. } => ended.n() + cut.n(),
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
            Self::Values { .. } | Self::Durations { .. } => None,
        }
    }

    /// The quantile of `p` with its interval, in the unit of the metric.
    pub fn quantile(&self, p: f64, alpha: f64, unit: Unit) -> Option<Estimate> {
        let (value, ends) = match self {
            Self::Share { .. } => return None,
            Self::Values { sample, .. } => (sample.quantile(p)?, sample.quantile_interval(p, alpha)),
            Self::Durations { curve: Some(curve), .. } => (curve.quantile(p), curve.quantile_interval(p, alpha)),
            Self::Durations { ended, curve: None, .. } => (ended.quantile(p)?, ended.quantile_interval(p, alpha)),
        };
        let Ends { low, high } = ends;
        Some(Estimate { value: figure(Some(value), unit), low: figure(low, unit), high: figure(high, unit) })
    }

    /// The mean with its interval, in the unit of the metric; restricted to the limit where something was censored.
    pub fn mean(&self, alpha: f64, unit: Unit) -> Option<Estimate> {
        let (mean, low, high) = match self {
            Self::Share { .. } => return None,
            Self::Values { sample, ceiling } => {
                let ceiling = ceiling.map(|most| most as f64);
                mean_with_ends(sample.n(), sample.mean()?, sample.sd(), ceiling, alpha)
            }
            Self::Durations { ended, curve: None, .. } => {
                mean_with_ends(ended.n(), ended.mean()?, ended.sd(), None, alpha)
            }
            Self::Durations { curve: Some(curve), .. } => {
                let limit = self.mean_limit()?;
                let found = curve.restricted_mean(limit, alpha)?;
                if found.standard_error > 0.0 {
                    (found.mean, found.interval.low, Some(found.interval.high))
                } else {
                    mean_with_ends(self.n(), found.mean, None, Some(limit as f64), alpha)
                }
            }
        };
        let at = |x: f64| Figure::At(rounded(x / scale(unit)));
        Some(Estimate { value: at(mean), low: at(low), high: high.map_or(Figure::Unbounded, at) })
    }

    /// The limit to which the mean is restricted, if it is.
    fn mean_limit(&self) -> Option<i64> {
        match self {
            Self::Values { sample, .. } if sample.censored() > 0 => sample.limit(),
            Self::Durations { ended, cut, curve: Some(_) } => Some(watched_until(ended.n() + cut.n(), cut)),
            Self::Share { .. } | Self::Values { .. } | Self::Durations { curve: None, .. } => None,
        }
    }

    /// How many trials lie below a value in the unit of a metric, and how many on it; none where they are not all kept.
    pub fn around(&self, value: f64, unit: Unit) -> Option<Around> {
        let sample = match self {
            Self::Values { sample, .. } | Self::Durations { ended: sample, curve: None, .. } => sample,
            Self::Share { .. } | Self::Durations { curve: Some(_), .. } => return None,
        };
        let at = libm::round(value * scale(unit)) as i64;
        let below = sample.at_most(at.checked_sub(1)?);
        (sample.is_exact() && sample.n() > 0).then(|| Around { below, at: sample.at_most(at) - below, of: sample.n() })
    }

    /// Whether every trial showed the same.
    pub fn is_uniform(&self) -> bool {
        match self {
            Self::Share { count, of } => *count == 0 || count == of,
            Self::Values { sample, .. } => sample.sd().is_none_or(|sd| sd == 0.0),
            Self::Durations { ended, cut, .. } => {
                let equal = |some: &Sample| some.sd().is_none_or(|sd| sd == 0.0);
                (ended.n() == 0 || cut.n() == 0) && equal(ended) && equal(cut)
            }
        }
    }

    /// Whether every value is known, and not only the bucket that it lies in.
    pub fn is_exact(&self) -> bool {
        match self {
            Self::Share { .. } => true,
            Self::Values { sample, .. } => sample.is_exact(),
            Self::Durations { ended, cut, .. } => ended.is_exact() && cut.is_exact(),
        }
    }

    /// Trials that had not ended by their limit.
    pub fn censored(&self) -> u64 {
        match self {
            Self::Share { .. } => 0,
            Self::Values { sample, .. } => sample.censored(),
            Self::Durations { cut, .. } => cut.n(),
        }
    }
}

/// Until when enough of `n` trials are watched, of which some were `cut` short: not one in twenty, and of these no more than
/// half, had been before. The earliest limit of all would be the sooner the more trials there are.
fn watched_until(n: u64, cut: &Sample) -> i64 {
    let left_out = (n / 20).min((cut.n() - 1) / 2);
    cut.observed().step_at(left_out + 1).map_or(0, |step| step.low)
}

/// A mean of values that are never negative, with the ends of its interval; the upper end is none where nothing
/// bounds what trials may still show.
fn mean_with_ends(n: u64, mean: f64, sd: Option<f64>, ceiling: Option<f64>, alpha: f64) -> (f64, f64, Option<f64>) {
    match sd.filter(|sd| *sd > 0.0).and_then(|sd| interval::of_mean(n, mean, sd, alpha)) {
        Some(ends) => (mean, ends.low.max(0.0), Some(ends.high)),
        None => {
            let (low, high) = interval::of_mean_of_equals(n, mean, ceiling, alpha);
            (mean, low, high)
        }
    }
}

/// The estimates of a column that a record keeps.
pub fn estimate(column: &Column, finding: &Finding) -> MetricEstimate {
    let unit = column.metric.unit;
    let (n, censored) = (finding.n(), finding.censored());
    let at_zero = match finding {
        Finding::Share { count, of } => proportion(*count, *of, ALPHA),
        Finding::Values { sample, .. } => proportion(sample.zeros(), n, ALPHA),
        Finding::Durations { ended, .. } => proportion(ended.zeros(), n, ALPHA),
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
        mean_limit: finding.mean_limit().map(|limit| rounded(limit as f64 / scale(unit))),
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
        Finding::Values { sample, .. } => {
            let min = sample.min().map(|min| rounded(min as f64 / scale(unit)));
            (min, sample.max().map(|max| figure(Some(max), unit)))
        }
        Finding::Durations { ended, cut, .. } => {
            let min = ended.min().map(|min| rounded(min as f64 / scale(unit)));
            let max = cut.max_observed().map(Value::Beyond).or_else(|| ended.max_observed().map(Value::At));
            (min, max.map(|max| figure(Some(max), unit)))
        }
    }
}

/// Whether the distribution of a column is drawn.
pub fn is_drawn(column: &Column) -> bool {
    column.metric.picture == Picture::Drawn && !column.labels.contains_key("except")
}

/// Distributions are kept of the durations that are drawn.
fn distribution(column: &Column, finding: &Finding) -> Option<Distribution> {
    let Finding::Values { sample, .. } = finding else { return None };
    if !is_drawn(column) || sample.n() == 0 {
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

#[cfg(test)]
mod tests {
    use super::super::tallies::Tally;
    use super::*;
    use crate::metric::definition::Metric;
    use crate::metric::observation::Observation as Said;
    use crate::metric::reading::Reading;
    use crate::metric::seen::Selection;
    use std::collections::BTreeMap;

    const S: i64 = 1_000_000_000;

    fn column(metric: &str) -> Column {
        let metric = Metric::named(metric).expect("a metric of the catalogue");
        Column { metric, labels: BTreeMap::new(), selection: Selection::default() }
    }

    fn found(metric: &str, said: &[Said]) -> MetricEstimate {
        let column = column(metric);
        let kind = Kind::of(&column, 60 * S);
        let (mut tally, mut reading) = (Tally::keeping(1000), Reading::default());
        said.iter().for_each(|one| reading.push(*one, kind.limit()));
        tally.take(&reading);
        let (ended, cut) = tally.finish();
        estimate(&column, &Finding::from(&ended, &cut, kind))
    }

    fn quantile(estimate: &MetricEstimate, p: f64) -> Figure {
        estimate.quantiles.iter().find(|quantile| quantile.p == p).expect("it is shown").estimate.value
    }

    #[test]
    fn of_no_trial_nothing_is_known() {
        let nothing = Proportion { count: 0, of: 0, share: 0.0, low: 0.0, high: 1.0 };
        assert_eq!(proportion(0, 0, ALPHA), nothing);
        for metric in ["time_to_contain", "time_to_contain_from_detection", "no_replay_after_revocation"] {
            let none = found(metric, &[]);
            assert_eq!((none.n, none.mean, none.min, none.max), (0, None, None, None), "{metric}");
            assert!(none.quantiles.is_empty() && none.distribution.is_none(), "{metric}");
            assert_eq!((none.at_zero, none.censored_share), (nothing, nothing), "{metric}");
        }
    }

    #[test]
    fn a_share_has_its_exact_interval() {
        // 0 of 10 by Clopper and Pearson: up to 1 - 0.025^(1/10) = 0.3085; 5 of 10: 0.1871 to 0.8129.
        let none = proportion(0, 10, 0.05);
        assert!((none.high - (1.0 - 0.025_f64.powf(0.1))).abs() < 1e-9 && none.low == 0.0);
        let half = proportion(5, 10, 0.05);
        assert!((half.low - 0.1871).abs() < 5e-5 && (half.high - 0.8129).abs() < 5e-5 && half.share == 0.5);
        let said = [Said::Was(true), Said::Was(false), Said::NotApplicable, Said::Was(true), Said::Was(true)];
        let share = found("no_replay_after_revocation", &said);
        assert_eq!((share.n, share.at_zero.count, share.at_zero.share), (4, 3, 0.75));
        assert!(share.quantiles.is_empty() && share.mean.is_none());
    }

    #[test]
    fn what_was_cut_short_lies_beyond_the_horizon_and_is_never_dropped() {
        // 0, 0, 2, 4 s and two beyond 60 s: p25 is the 2nd of 6, p50 the 3rd, p75 the 5th.
        let value = |seconds: i64| Said::Value(seconds * S);
        let cut = Said::Censored(60 * S);
        let said = [value(4), cut, value(0), value(2), value(0), cut, Said::NotApplicable];
        let seen = found("time_to_contain", &said);
        assert_eq!((seen.n, seen.censored, seen.at_zero.count, seen.censored_share.count), (6, 2, 2, 2));
        assert_eq!(
            [0.25, 0.5, 0.75].map(|p| quantile(&seen, p)),
            [Figure::At(0.0), Figure::At(2.0), Figure::Beyond(60.0)]
        );
        assert_eq!((seen.min, seen.max), (Some(0.0), Some(Figure::Beyond(60.0))));
        assert_eq!((seen.mean_is_restricted, seen.mean_limit), (true, Some(60.0)));
        let distribution = seen.distribution.expect("it is drawn");
        assert_eq!((distribution.zeros, distribution.censored, distribution.limit), (2, 2, 60.0));
        assert_eq!(distribution.histogram.iter().map(|bin| bin.count).sum::<u64>(), 2);
    }

    #[test]
    fn durations_with_limits_of_their_own_are_estimated_by_kaplan_and_meier() {
        // Ends at 1, 2, 3 s, one cut short at 2 s: survival 3/4, 1/2 and 0, so that p25 is 1 s, p50 2 s, p75 3 s. Up to
        // 2 s the mean is 1 + 3/4 = 1.75 s.
        let said = [Said::Value(S), Said::Value(2 * S), Said::Censored(2 * S), Said::Value(3 * S)];
        let seen = found("time_to_contain_from_detection", &said);
        assert_eq!((seen.n, seen.censored), (4, 1));
        assert_eq!([0.25, 0.5, 0.75].map(|p| quantile(&seen, p)), [1.0, 2.0, 3.0].map(Figure::At));
        assert_eq!(seen.mean.map(|mean| mean.value), Some(Figure::At(1.75)));
        assert_eq!((seen.min, seen.max), (Some(1.0), Some(Figure::Beyond(2.0))));
        assert!(seen.mean_is_restricted && seen.distribution.is_none());
        assert_eq!(seen.mean_limit, Some(2.0));
    }

    #[test]
    fn a_mean_up_to_differing_limits_hangs_on_no_single_one() {
        // 900 ends at 4 s, 3 cut short at 1 s and 97 at 10 s: up to 1 s, the earliest, every mean is 1 s. Up to 10 s it is
        // 4 + 6 * 97/997 s.
        let said = [vec![Said::Value(4 * S); 900], vec![Said::Censored(S); 3], vec![Said::Censored(10 * S); 97]];
        let seen = found("time_to_detect", &said.concat());
        assert_eq!(seen.mean_limit, Some(10.0));
        let value = seen.mean.expect("there are trials").value;
        assert!(matches!(value, Figure::At(x) if (x - (4.0 + 6.0 * 97.0 / 997.0)).abs() < 1e-9), "{value:?}");
        // No more than half of those that were cut short are left out, and one in twenty of all trials at most.
        let said = [vec![Said::Value(4 * S); 900], vec![Said::Censored(S); 3], vec![Said::Censored(2 * S); 3]];
        assert_eq!(found("time_to_detect", &said.concat()).mean_limit, Some(1.0));
        let said = [vec![Said::Value(4 * S); 900], vec![Said::Censored(S); 60], vec![Said::Censored(10 * S); 70]];
        assert_eq!(found("time_to_detect", &said.concat()).mean_limit, Some(1.0));
    }

    fn mean(metric: &str, said: &[Said]) -> (Figure, Figure) {
        let mean = found(metric, said).mean.expect("there are trials");
        (mean.low, mean.high)
    }

    #[test]
    fn a_mean_of_equal_values_is_as_uncertain_as_what_was_never_seen() {
        // 100 trials of 2 s: at 95 % at most u = 1 - 0.025^(1/100) = 3.6217 % of all trials differ, and these lie between
        // 0 and the horizon of 60 s: from 2 (1 - u) = 1.92757 to 2 + 58 u = 4.10056 s.
        let u = 1.0 - 0.025_f64.powf(0.01);
        let near = |figure: Figure, expected: f64| matches!(figure, Figure::At(x) if (x - expected).abs() < 1e-9);
        let (low, high) = mean("time_to_contain", &[Said::Value(2 * S); 100]);
        assert!(near(low, 2.0 * (1.0 - u)) && near(high, 2.0 + 58.0 * u), "{low:?} to {high:?}");
        // None of 100 trials saw one, and nothing says how many a trial may see.
        assert_eq!(mean("accepted_after_revocation", &[Said::Value(0); 100]), (Figure::At(0.0), Figure::Unbounded));
        // Where limits differ, neither does the latest end: it is what was seen, not what can be seen.
        let (low, high) = mean("time_to_detect", &[Said::Value(2 * S); 100]);
        assert!(near(low, 2.0 * (1.0 - u)) && high == Figure::Unbounded, "{low:?} to {high:?}");
        let (low, high) = mean("time_to_detect", &[Said::Censored(60 * S); 100]);
        assert!(near(low, 60.0 * (1.0 - u)) && high == Figure::At(60.0), "{low:?} to {high:?}");
    }

    #[test]
    fn a_mean_of_what_is_never_negative_has_no_negative_end() {
        // One of 100: mean 0.01, sd 0.1, t interval 0.01 -+ 0.0198.
        let mut said = [Said::Value(0); 100];
        said[0] = Said::Value(1);
        let (low, high) = mean("accepted_after_revocation", &said);
        assert!(low == Figure::At(0.0) && matches!(high, Figure::At(high) if (high - 0.0298).abs() < 1e-4), "{high:?}");
    }

    #[test]
    fn a_mean_of_durations_that_all_ended_is_a_plain_one() {
        // 1 and 3 s: mean 2, sd sqrt(2), half-width 12.7062 * sqrt(2) / sqrt(2); the latest end does not cut it.
        let (low, high) = mean("time_to_detect", &[Said::Value(S), Said::Value(3 * S)]);
        assert!(
            low == Figure::At(0.0) && matches!(high, Figure::At(high) if (high - 14.7062).abs() < 1e-4),
            "{high:?}"
        );
    }

    #[test]
    fn numbers_are_kept_to_twelve_figures() {
        assert_eq!(rounded(1.0 / 3.0), 0.333_333_333_333);
        assert_eq!(rounded(123_456_789.012_345_67), 123_456_789.012);
        assert_eq!((rounded(0.0), rounded(-2.5)), (0.0, -2.5));
    }
}
