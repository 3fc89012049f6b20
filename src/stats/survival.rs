//! Durations whose observation ended at differing times (Kaplan and Meier 1958).
//!
//! Where each trial has its own limit, such as durations counted from compromise, an ordinary empirical
//! distribution is wrong: late limits would be mixed with early ones. This estimator uses each trial for as
//! long as it was seen. It assumes that what cut the observation short says nothing about what would have
//! come. The variance is Greenwood's; intervals are formed on the log-log scale, which stays inside `[0, 1]`.

use super::buckets;
use super::interval::{self, Interval};
use super::normal;
use super::order::Ordered;
use super::passing::first_of;
use super::quantile::{Ends, Value};
use libm::{exp, fabs, log, pow, sqrt};

/// The estimated probability of lasting longer than a time, as a falling step function.
///
/// Where times are only known to buckets there are two of them: one that falls as late as the buckets allow, which is
/// the estimate, and one that falls as early as they allow, from which lower ends are taken.
#[derive(Clone, Debug)]
pub struct Curve {
    n: u64,
    late: Vec<Step>,
    /// None if it is the same.
    early: Option<Vec<Step>>,
    /// The longest observation, ended or not.
    last: i64,
}

/// What happens at a time at which something ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The time.
    pub time: i64,
    /// Durations that had neither ended nor been cut short before it.
    pub at_risk: u64,
    /// Durations that ended at it.
    pub ended: u64,
    /// Estimated probability of lasting longer.
    pub survival: f64,
    /// Greenwood's sum of `d / (n (n - d))`; survival squared times it is the variance of survival.
    pub greenwood: f64,
}

/// The mean of a duration up to a limit, `E min(T, limit)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RestrictedMean {
    /// The estimate: the area under the curve up to the limit.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Its normal interval, kept between 0 and the limit.
    pub interval: Interval,
}

impl Curve {
    /// The curve of some non-negative durations that ended and some that were cut short; `None` of none. At equal
    /// times, ends come before cuts.
    pub fn fit(ended: &Ordered, cut: &Ordered) -> Option<Self> {
        let greatest = |some: &Ordered| some.step_at(some.count().max(1)).map(|step| step.high);
        let last = greatest(ended).max(greatest(cut))?;
        let late = steps(ended, cut, |end| end.high, |end, cut| end.low <= cut.high);
        let exact = ended.is_exact() && cut.is_exact();
        let early = (!exact).then(|| steps(ended, cut, |end| end.low, |end, cut| end.high <= cut.low));
        Some(Self { n: ended.count() + cut.count(), late, early, last })
    }

    /// The steps, by rising time.
    pub fn steps(&self) -> &[Step] {
        &self.late
    }

    /// The probability of lasting longer than `time`; `None` where nothing was seen so late.
    pub fn survival(&self, time: i64) -> Option<f64> {
        self.is_known_at(time).then(|| self.step_before(time).map_or(1.0, |i| self.late[i].survival))
    }

    /// The interval of [`Curve::survival`] at level `1 - alpha`.
    pub fn interval(&self, time: i64, alpha: f64) -> Option<Interval> {
        self.is_known_at(time).then(|| self.ends(&self.late, alpha).after(self.step_before(time)))
    }

    /// The p-quantile, the first time at which the probability of having ended reaches `p`.
    pub fn quantile(&self, p: f64) -> Value {
        let first = self.late.partition_point(|step| !is_reached(step, p));
        self.at(&self.late, first)
    }

    /// The ends of the interval of the p-quantile at level `1 - alpha`: the times at which the interval of
    /// the curve passes `1 - p` (Brookmeyer and Crowley 1982). The lower end is `None` where even the
    /// time before the first end is in doubt.
    pub fn quantile_interval(&self, p: f64, alpha: f64) -> Ends {
        let early = self.early.as_ref().unwrap_or(&self.late);
        let ends = self.ends(early, alpha);
        let doubted = ends.after(None).low < 1.0 - p;
        let reached = |i: usize| ends.after(Some(i)).low <= 1.0 - p;
        // The lower end of the curve has passed where the curve itself has.
        let passed = early.partition_point(|step| !is_reached(step, p));
        let first = first_of(0..passed as u64, |i| reached(i as usize)) as usize;
        let low = self.at(early, first);
        // The upper end passes after the curve, and soon.
        let ends = self.ends(&self.late, alpha);
        let passed = self.late.partition_point(|step| !is_reached(step, p));
        let first = (passed..self.late.len()).find(|i| ends.after(Some(*i)).high <= 1.0 - p);
        let high = self.at(&self.late, first.unwrap_or(self.late.len()));
        Ends { low: (!doubted).then_some(low), high: Some(high) }
    }

    /// The mean up to `limit` with its interval at level `1 - alpha`; `None` where nothing was seen so late.
    pub fn restricted_mean(&self, limit: i64, alpha: f64) -> Option<RestrictedMean> {
        if !self.is_known_at(limit) {
            return None;
        }
        let (mean, standard_error) = area(&self.late, limit);
        let (least, error_of_least) = self.early.as_ref().map_or((mean, standard_error), |early| area(early, limit));
        let z = normal::quantile(1.0 - alpha / 2.0);
        let interval = Interval {
            low: (least - z * error_of_least).max(0.0),
            high: (mean + z * standard_error).min(limit as f64),
        };
        Some(RestrictedMean { mean, standard_error, interval })
    }

    /// Up to the longest observation, and for ever where nothing lasted longer than that.
    fn is_known_at(&self, time: i64) -> bool {
        time <= self.last || self.late.last().is_some_and(|step| step.survival == 0.0)
    }

    /// Index of the last step at or before `time`.
    fn step_before(&self, time: i64) -> Option<usize> {
        self.late.partition_point(|step| step.time <= time).checked_sub(1)
    }

    fn at(&self, steps: &[Step], index: usize) -> Value {
        steps.get(index).map_or(Value::Beyond(self.last), |step| Value::At(step.time))
    }

    fn ends<'a>(&self, steps: &'a [Step], alpha: f64) -> LogLog<'a> {
        LogLog { n: self.n, steps, alpha, z: normal::quantile(1.0 - alpha / 2.0) }
    }
}

/// Whether the curve has fallen to `1 - p`.
fn is_reached(step: &Step, p: f64) -> bool {
    step.survival <= (1.0 - p) * (1.0 + 1e-12)
}

/// The steps of a curve, given when an end counts as such and whether it comes before a cut.
fn steps(
    ended: &Ordered,
    cut: &Ordered,
    time: impl Fn(buckets::Step) -> i64,
    comes_first: impl Fn(buckets::Step, buckets::Step) -> bool,
) -> Vec<Step> {
    let (mut survival, mut greenwood) = (1.0, 0.0);
    let mut at_risk = ended.count() + cut.count();
    let mut cuts = cut.steps().peekable();
    let step = |end: buckets::Step| {
        while let Some(cut) = cuts.next_if(|cut| !comes_first(end, *cut)) {
            at_risk -= cut.count;
        }
        let left = at_risk - end.count;
        survival *= left as f64 / at_risk as f64;
        if left > 0 {
            greenwood += end.count as f64 / (at_risk as f64 * left as f64);
        }
        let step = Step { time: time(end), at_risk, ended: end.count, survival, greenwood };
        at_risk = left;
        step
    };
    ended.steps().map(step).collect()
}

/// The area under a curve up to a limit, with its standard error.
fn area(steps: &[Step], limit: i64) -> (f64, f64) {
    // From the last step down to the first, the area between a step and the limit.
    let inside = &steps[..steps.partition_point(|step| step.time < limit)];
    let (mut area, mut until, mut variance) = (0.0, limit, 0.0);
    for step in inside.iter().rev() {
        area += step.survival * (until - step.time) as f64;
        until = step.time;
        let left = step.at_risk - step.ended;
        if left > 0 {
            variance += area * area * step.ended as f64 / (step.at_risk as f64 * left as f64);
        }
    }
    (area + until as f64, sqrt(variance))
}

/// Intervals of a curve on the log-log scale.
struct LogLog<'a> {
    n: u64,
    steps: &'a [Step],
    alpha: f64,
    z: f64,
}

impl LogLog<'_> {
    /// The interval of the curve from a step on, or from the start.
    fn after(&self, step: Option<usize>) -> Interval {
        let Some(i) = step else {
            // Nothing has ended: all of those at risk at the first step were seen to last.
            let at_risk = self.steps.first().map_or(self.n, |step| step.at_risk);
            return interval::clopper_pearson(at_risk, at_risk, self.alpha);
        };
        let Step { survival, greenwood, at_risk, .. } = self.steps[i];
        if survival == 0.0 {
            // The curve only falls, so an upper end before the last step still holds after it.
            let high = match i.checked_sub(1) {
                Some(before) => self.after(Some(before)).high,
                None => interval::clopper_pearson(0, at_risk, self.alpha).high,
            };
            return Interval { low: 0.0, high };
        }
        let spread = exp(self.z * sqrt(greenwood) / fabs(log(survival)));
        Interval { low: pow(survival, spread), high: pow(survival, 1.0 / spread) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::Collector;
    use super::*;

    /// A curve of durations that ended, and of some that were cut short.
    fn of(ended: &[i64], cut: &[i64]) -> Option<Curve> {
        let ordered = |values: &[i64]| {
            let mut all = Collector::new(None);
            all.push_all(values);
            all.finish()
        };
        Curve::fit(ordered(ended).observed(), ordered(cut).observed())
    }

    /// Weeks of remission of 21 leukaemia patients on 6-mercaptopurine (Freireich et al. 1963, Blood 21),
    /// the standard example of the textbooks (Cox and Oakes 1984, table 1.1).
    fn remissions() -> Curve {
        let cut = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
        of(&[6, 6, 6, 7, 10, 13, 16, 22, 23], &cut).expect("observations")
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 5e-7, "{found} is not {expected}");
    }

    #[test]
    fn the_textbook_example_is_reproduced() {
        // S(6) = 18/21, S(7) = S(6) 16/17, S(10) = S(7) 14/15 and so on by hand; standard errors and log-log
        // intervals recomputed from the formulas in Python, and agreeing with the printed 3 and 4 figures.
        let curve = remissions();
        for (time, survival, error, low, high) in [
            (6, 18.0 / 21.0, 0.076_360_4, 0.619_718_0, 0.951_551_7),
            (7, 0.806_722_7, 0.086_935_3, 0.563_146_6, 0.922_809_0),
            (10, 0.752_941_2, 0.096_349_7, 0.503_199_5, 0.889_361_8),
            (23, 0.448_179_3, 0.134_591_5, 0.188_052_0, 0.680_142_6),
        ] {
            let step = curve.steps().iter().find(|step| step.time == time).expect("a step");
            close(step.survival, survival);
            close(step.survival * sqrt(step.greenwood), error);
            let found = curve.interval(time, 0.05).expect("within the observations");
            close(found.low, low);
            close(found.high, high);
        }
        assert_eq!((curve.survival(5), curve.survival(36)), (Some(1.0), None));
        // The median is 23 weeks, with an interval from 13 weeks to beyond the 35 observed.
        assert_eq!(curve.quantile(0.5), Value::At(23));
        assert_eq!(curve.quantile(0.9), Value::Beyond(35));
        assert_eq!(
            curve.quantile_interval(0.5, 0.05),
            Ends { low: Some(Value::At(13)), high: Some(Value::Beyond(35)) }
        );
        // Restricted mean to 35 weeks: 23.29 with a standard error of 2.83.
        let mean = curve.restricted_mean(35, 0.05).expect("within the observations");
        close(mean.mean, 23.287_395_0);
        close(mean.standard_error, 2.827_467_6);
        assert_eq!(curve.restricted_mean(36, 0.05), None);
    }

    #[test]
    fn without_censoring_the_curve_is_the_empirical_one() {
        // Durations 1 to 10: S(k) = 1 - k/10, Greenwood's variance is S(1-S)/n, the mean is 5.5 and its
        // variance the sum of squared deviations over n^2, 82.5/100; quantiles are order statistics.
        let curve = of(&(1..=10).collect::<Vec<_>>(), &[]).expect("observations");
        for k in 1..10 {
            let share = 1.0 - k as f64 / 10.0;
            close(curve.survival(k).expect("known"), share);
            let step = curve.steps()[k as usize - 1];
            close(step.survival * step.survival * step.greenwood, share * (1.0 - share) / 10.0);
            assert_eq!(curve.quantile(k as f64 / 10.0), Value::At(k));
        }
        assert_eq!((curve.survival(10), curve.survival(99)), (Some(0.0), Some(0.0)));
        let mean = curve.restricted_mean(1000, 0.05).expect("nothing lasted longer than 10");
        close(mean.mean, 5.5);
        close(mean.standard_error, sqrt(0.825));
    }

    #[test]
    fn nothing_ended_is_bounded_as_no_hit_in_n() {
        // Ten that lasted: the share that does not is at most 1 - 0.025^(1/10) = 0.3085.
        let curve = of(&[], &[7; 10]).expect("observations");
        assert_eq!(curve.survival(7), Some(1.0));
        close(curve.interval(7, 0.05).expect("known").low, 1.0 - 0.308_497_1);
        assert_eq!(curve.quantile(0.1), Value::Beyond(7));
        assert_eq!(curve.quantile_interval(0.1, 0.05).low, None);
        assert_eq!(curve.quantile_interval(0.5, 0.05).low, Some(Value::Beyond(7)));
        assert_eq!(curve.restricted_mean(7, 0.05).map(|mean| mean.mean), Some(7.0));
        assert!(of(&[], &[]).is_none());
    }

    #[test]
    fn all_that_ended_at_once_leave_a_bound_not_a_certainty() {
        let curve = of(&[3; 10], &[]).expect("observations");
        let found = curve.interval(3, 0.05).expect("known");
        assert_eq!(found.low, 0.0);
        close(found.high, 0.308_497_1);
    }

    #[test]
    fn buckets_move_the_ends_of_an_interval_outward() {
        // 3000 durations of 1 to 3 s in microseconds and 300 cut short, kept one by one and in buckets of 0.1 %: the
        // interval in buckets encloses the exact one, and is wider by the width of a bucket and no more.
        let ended: Vec<i64> = (0..3000).map(|i| 1_000_000 + i * 7919 % 3001 * 667).collect();
        let cut: Vec<i64> = (0..300).map(|i| 1_000_000 + i * 6007 % 301 * 6667).collect();
        let fitted = |most: usize| {
            let ordered = |values: &[i64]| {
                let mut all = Collector::keeping(None, most);
                all.push_all(values);
                all.finish()
            };
            Curve::fit(ordered(&ended).observed(), ordered(&cut).observed()).expect("observations")
        };
        let (exact, bucketed) = (fitted(5000), fitted(10));
        for p in [0.05, 0.5, 0.9] {
            let ends = |curve: &Curve| match curve.quantile_interval(p, 0.05) {
                Ends { low: Some(Value::At(low)), high: Some(Value::At(high)) } => (low, high),
                ends => panic!("{ends:?}"),
            };
            let (inner, outer) = (ends(&exact), ends(&bucketed));
            assert!(outer.0 <= inner.0 && inner.1 <= outer.1, "{outer:?} does not enclose {inner:?}");
            assert!(inner.0 - outer.0 <= inner.0 / 500 && outer.1 - inner.1 <= inner.1 / 500, "{outer:?} {inner:?}");
        }
        let (inner, outer) = (exact.restricted_mean(2_000_000, 0.05), bucketed.restricted_mean(2_000_000, 0.05));
        let (Some(inner), Some(outer)) = (inner, outer) else { panic!("both reach so far") };
        assert!(outer.interval.low <= inner.interval.low && inner.interval.high <= outer.interval.high);
    }
}
