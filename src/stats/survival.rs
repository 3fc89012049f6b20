//! Durations whose observation ended at differing times (Kaplan and Meier 1958).
//!
//! Where each trial has its own limit, such as durations counted from compromise, an ordinary empirical
//! distribution is wrong: late limits would be mixed with early ones. This estimator uses each trial for as
//! long as it was seen. It assumes that what cut the observation short says nothing about what would have
//! come. The variance is Greenwood's; intervals are formed on the log-log scale, which stays inside `[0, 1]`. Where some
//! were cut short since the last end, the lower one is that of as few as are still watched (Dorey and Korn 1987); an upper one is
//! at least that of Clopper and Pearson for as many trials as the variance is worth.

use super::beta;
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
    late: Fall,
    /// None if it is the same.
    early: Option<Fall>,
    /// The longest observation, ended or not.
    last: i64,
}

/// How a curve falls.
#[derive(Clone, Debug)]
struct Fall {
    steps: Vec<Step>,
    losses: Vec<Loss>,
}

/// Some are watched no longer.
#[derive(Clone, Copy, Debug)]
struct Loss {
    /// The last time at which they were.
    time: i64,
    /// How many steps come before.
    after: usize,
    /// How many are watched from then on.
    left: u64,
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
        let late = fall(ended, cut, |end| end.high, |end, cut| end.low <= cut.high);
        let exact = ended.is_exact() && cut.is_exact();
        let early = (!exact).then(|| fall(ended, cut, |end| end.low, |end, cut| end.high <= cut.low));
        Some(Self { n: ended.count() + cut.count(), late, early, last })
    }

    /// The steps, by rising time.
    pub fn steps(&self) -> &[Step] {
        &self.late.steps
    }

    /// The probability of lasting longer than `time`; `None` where nothing was seen so late.
    pub fn survival(&self, time: i64) -> Option<f64> {
        self.is_known_at(time).then(|| self.step_before(time).map_or(1.0, |i| self.late.steps[i].survival))
    }

    /// The interval of [`Curve::survival`] at level `1 - alpha`.
    pub fn interval(&self, time: i64, alpha: f64) -> Option<Interval> {
        self.is_known_at(time).then(|| {
            let (ends, step) = (self.ends(&self.late, alpha), self.step_before(time));
            let losses = &self.late.losses[..self.late.losses.partition_point(|loss| loss.time < time)];
            let lost = losses.last().filter(|loss| loss.after == step.map_or(0, |i| i + 1));
            let usual = ends.after(step);
            Interval { low: lost.map_or(usual.low, |loss| ends.low_after(*loss)), ..usual }
        })
    }

    /// The p-quantile, the first time at which the probability of having ended reaches `p`.
    pub fn quantile(&self, p: f64) -> Value {
        let first = self.late.steps.partition_point(|step| !is_reached(step, p));
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
        let passed = early.steps.partition_point(|step| !is_reached(step, p));
        let first = first_of(0..passed as u64, |i| reached(i as usize)) as usize;
        // It may have passed before, where few were watched any more: nothing is said of what came then.
        let losses = early.losses.iter().take_while(|loss| loss.after <= first);
        let lost = losses.copied().find(|loss| ends.low_after(*loss) <= 1.0 - p);
        let low = match lost {
            Some(loss) if loss.time < self.last => Value::At(loss.time),
            _ => self.at(early, first),
        };
        // The upper end passes after the curve, and soon.
        let ends = self.ends(&self.late, alpha);
        let passed = self.late.steps.partition_point(|step| !is_reached(step, p));
        let first = (passed..self.late.steps.len()).find(|i| ends.after(Some(*i)).high <= 1.0 - p);
        let high = self.at(&self.late, first.unwrap_or(self.late.steps.len()));
        Ends { low: (!doubted).then_some(low), high: Some(high) }
    }

    /// The mean up to `limit` with its interval at level `1 - alpha`; `None` where nothing was seen so late.
    pub fn restricted_mean(&self, limit: i64, alpha: f64) -> Option<RestrictedMean> {
        if !self.is_known_at(limit) {
            return None;
        }
        let (mean, standard_error) = area(&self.late.steps, limit);
        let early = self.early.as_ref();
        let (least, error_of_least) = early.map_or((mean, standard_error), |early| area(&early.steps, limit));
        let z = normal::quantile(1.0 - alpha / 2.0);
        // Few ends make a standard error of chance: what alone the share that ends before the limit leaves open is a floor.
        let last = limit as f64;
        let (share, lasts) = (self.survival(limit)?, self.interval(limit, alpha)?);
        let by_share = |mean: f64, lasts: f64| {
            if share < 1.0 { last - (last - mean) * (1.0 - lasts) / (1.0 - share) } else { mean }
        };
        let interval = Interval {
            low: (least - z * error_of_least).min(by_share(least, lasts.low)).max(0.0),
            high: (mean + z * standard_error).max(by_share(mean, lasts.high)).min(last),
        };
        Some(RestrictedMean { mean, standard_error, interval })
    }

    /// Up to the longest observation, and for ever where nothing lasted longer than that.
    fn is_known_at(&self, time: i64) -> bool {
        time <= self.last || self.late.steps.last().is_some_and(|step| step.survival == 0.0)
    }

    /// Index of the last step at or before `time`.
    fn step_before(&self, time: i64) -> Option<usize> {
        self.late.steps.partition_point(|step| step.time <= time).checked_sub(1)
    }

    fn at(&self, fall: &Fall, index: usize) -> Value {
        fall.steps.get(index).map_or(Value::Beyond(self.last), |step| Value::At(step.time))
    }

    fn ends<'a>(&self, fall: &'a Fall, alpha: f64) -> LogLog<'a> {
        LogLog { n: self.n, steps: &fall.steps, alpha, z: normal::quantile(1.0 - alpha / 2.0) }
    }
}

/// Whether the curve has fallen to `1 - p`.
fn is_reached(step: &Step, p: f64) -> bool {
    step.survival <= (1.0 - p) * (1.0 + 1e-12)
}

/// How a curve falls, given when an end counts as such and whether it comes before a cut.
fn fall(
    ended: &Ordered,
    cut: &Ordered,
    time: impl Fn(buckets::Step) -> i64,
    comes_first: impl Fn(buckets::Step, buckets::Step) -> bool,
) -> Fall {
    let (mut survival, mut greenwood) = (1.0, 0.0);
    let mut at_risk = ended.count() + cut.count();
    let mut cuts = cut.steps().peekable();
    let (mut steps, mut losses) = (Vec::new(), Vec::new());
    for end in ended.steps() {
        while let Some(cut) = cuts.next_if(|cut| !comes_first(end, *cut)) {
            at_risk -= cut.count;
            losses.push(Loss { time: cut.low, after: steps.len(), left: at_risk });
        }
        let left = at_risk - end.count;
        survival *= left as f64 / at_risk as f64;
        if left > 0 {
            greenwood += end.count as f64 / (at_risk as f64 * left as f64);
        }
        steps.push(Step { time: time(end), at_risk, ended: end.count, survival, greenwood });
        at_risk = left;
    }
    for cut in cuts {
        at_risk -= cut.count;
        losses.push(Loss { time: cut.low, after: steps.len(), left: at_risk });
    }
    Fall { steps, losses }
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
            // Nothing has ended: all were seen to last.
            return interval::clopper_pearson(self.n, self.n, self.alpha);
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
        let spread = self.spread(survival, greenwood);
        // Near 1 the log-log scale is too sure of its upper end: it is no lower than that of as many trials, none of
        // them cut short, as have this variance.
        let as_many = (1.0 - survival) / (survival * greenwood);
        let exact = beta::upper_end(as_many * survival + 1.0, as_many * (1.0 - survival), self.alpha / 2.0);
        Interval { low: pow(survival, spread), high: pow(survival, 1.0 / spread).max(exact) }
    }

    fn spread(&self, survival: f64, greenwood: f64) -> f64 {
        exp(self.z * sqrt(greenwood) / fabs(log(survival)))
    }

    /// The lower end once some are watched no longer: its variance is that of as few as are left.
    fn low_after(&self, loss: Loss) -> f64 {
        if loss.left == 0 {
            return 0.0;
        }
        let Some(i) = loss.after.checked_sub(1) else {
            return interval::clopper_pearson(loss.left, loss.left, self.alpha).low;
        };
        let Step { survival, greenwood, at_risk, ended, .. } = self.steps[i];
        if survival == 0.0 {
            return 0.0;
        }
        let fewer = (at_risk - ended) as f64 / loss.left as f64;
        pow(survival, self.spread(survival, greenwood * fewer))
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
        // S(6) = 18/21, S(7) = S(6) 16/17, S(10) = S(7) 14/15 and so on by hand; standard errors and lower ends recomputed
        // from the formulas in Python, and agreeing with the printed 3 and 4 figures. The printed upper ends are 0.952,
        // 0.923, 0.889 and 0.680; those of Clopper and Pearson, of the 21, 20.63, 20.04 and 13.65 trials that the variance
        // is worth (by scipy), are greater.
        let curve = remissions();
        for (time, survival, error, low, high) in [
            (6, 18.0 / 21.0, 0.076_360_4, 0.619_718_0, 0.969_511_0),
            (7, 0.806_722_7, 0.086_935_3, 0.563_146_6, 0.944_843_3),
            (10, 0.752_941_2, 0.096_349_7, 0.503_199_5, 0.915_124_0),
            (23, 0.448_179_3, 0.134_591_5, 0.188_052_0, 0.731_196_9),
        ] {
            let step = curve.steps().iter().find(|step| step.time == time).expect("a step");
            close(step.survival, survival);
            close(step.survival * sqrt(step.greenwood), error);
            let found = curve.interval(time, 0.05).expect("within the observations");
            close(found.low, low);
            close(found.high, high);
        }
        assert_eq!((curve.survival(5), curve.survival(36)), (Some(1.0), None));
        // The median is 23 weeks, and its interval reaches beyond the 35 observed. It begins at 13 weeks by the ends at the steps
        // alone, where 0.5032 is the lower one at 10 weeks; one of 14 is lost then, and exp(1.96 sqrt(14/13) 0.1280 /
        // 0.2838) takes it to 0.4916.
        assert_eq!(curve.quantile(0.5), Value::At(23));
        assert_eq!(curve.quantile(0.9), Value::Beyond(35));
        assert_eq!(
            curve.quantile_interval(0.5, 0.05),
            Ends { low: Some(Value::At(10)), high: Some(Value::Beyond(35)) }
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
