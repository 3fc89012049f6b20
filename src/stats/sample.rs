//! A sample of whole numbers (nanoseconds or counts), some of them known only to exceed a common limit.
//!
//! A [`Collector`] takes values in; finished, it is a [`Sample`], which answers. All answers depend on the values alone,
//! not on their order. Censored values count in every rank and share, so that nothing is ever averaged over the
//! contained trials only. Beyond a million values, or fewer if so asked for, ranks are known to buckets
//! of 0.1 % ([`Sample::is_exact`] says so); ends of intervals then move outward to the edges, so that they still hold.

use super::moments::Moments;
use super::order::{EXACT_UP_TO, Ordered, Unordered};
use super::quantile::{self, Ends, Value};
use super::shape::{self, Bin};
use super::sums::Sums;
use std::sync::Arc;

/// Takes values in.
#[derive(Clone, Debug)]
pub struct Collector {
    limit: Option<i64>,
    /// Up to how many values are kept one by one.
    most: usize,
    values: Unordered,
    censored: u64,
}

/// A finished sample; a copy of it shares its values.
#[derive(Clone, Debug)]
pub struct Sample {
    limit: Option<i64>,
    values: Arc<Ordered>,
    /// Of the observed values.
    sums: Sums,
    /// Of all values, the censored ones at the limit.
    restricted: Moments,
    censored: u64,
}

impl Collector {
    /// An empty collector of values that are observed up to `limit`, or without one.
    pub fn new(limit: Option<i64>) -> Self {
        Self::keeping(limit, EXACT_UP_TO)
    }

    /// The same, but for keeping no more than so many values one by one.
    pub fn keeping(limit: Option<i64>, most: usize) -> Self {
        Self { limit, most, values: Unordered::default(), censored: 0 }
    }

    /// Takes in an observed value; one above the limit counts as censored.
    pub fn push(&mut self, value: i64) {
        if self.limit.is_some_and(|limit| value > limit) {
            self.censored += 1;
        } else {
            self.values.push_all(&[value], self.most);
        }
    }

    /// Takes in observed values, none of them above the limit.
    pub fn push_all(&mut self, values: &[i64]) {
        self.values.push_all(values, self.most);
    }

    /// Takes in a value of which only is known that it exceeds the limit. The collector must have one.
    pub fn push_censored(&mut self) {
        assert!(self.limit.is_some(), "a value was censored where there is no limit");
        self.censored += 1;
    }

    /// Makes the values ready to be asked.
    pub fn finish(self) -> Sample {
        let sums = self.values.sums();
        let values = Arc::new(self.values.sorted(sums.extent));
        let all = Sample { limit: None, values, restricted: sums.moments.clone(), sums, censored: 0 };
        match self.limit {
            Some(limit) => all.cut_at(limit, self.censored),
            None => all,
        }
    }
}

impl Sample {
    /// The same values, observed up to a limit that none of them exceeds and that so many others did.
    pub fn cut_at(&self, limit: i64, censored: u64) -> Self {
        let beyond = self.sums.extent.is_some_and(|extent| extent.greatest > limit);
        assert!(!beyond, "values lie above the limit at which they were cut");
        let mut restricted = self.sums.moments.clone();
        restricted.push_many(limit, censored);
        Self { limit: Some(limit), restricted, censored, ..self.clone() }
    }

    /// Number of values, the censored ones included.
    pub fn n(&self) -> u64 {
        self.sums.moments.n() + self.censored
    }

    /// Number of values known only to exceed the limit.
    pub fn censored(&self) -> u64 {
        self.censored
    }

    /// Number of values that are exactly 0.
    pub fn zeros(&self) -> u64 {
        self.sums.zeros
    }

    /// The limit up to which values were observed, if there is one.
    pub fn limit(&self) -> Option<i64> {
        self.limit
    }

    /// Whether every value is known, so that order statistics are exact and not edges of buckets.
    pub fn is_exact(&self) -> bool {
        self.values.is_exact()
    }

    /// The observed values in order.
    pub fn observed(&self) -> &Ordered {
        &self.values
    }

    /// The least observed value.
    pub fn min(&self) -> Option<i64> {
        self.sums.extent.map(|extent| extent.least)
    }

    /// The greatest observed value, whether or not others were censored.
    pub fn max_observed(&self) -> Option<i64> {
        self.sums.extent.map(|extent| extent.greatest)
    }

    /// The greatest value, which lies beyond the limit if any was censored.
    pub fn max(&self) -> Option<Value> {
        self.n().checked_sub(1).and_then(|last| self.upper(last + 1))
    }

    /// The mean; with censored values it is restricted to the limit, `E min(X, limit)`.
    pub fn mean(&self) -> Option<f64> {
        self.restricted.mean()
    }

    /// The standard deviation of what [`Sample::mean`] averages; `None` below two values.
    pub fn sd(&self) -> Option<f64> {
        self.restricted.sd()
    }

    /// The value of a rank from 1, `None` past the last; where values are bucketed, the upper edge.
    pub fn order_statistic(&self, rank: u64) -> Option<Value> {
        self.upper(rank)
    }

    /// The p-quantile `inf{t : F(t) >= p}`, `None` of no values; where values are bucketed, the upper edge.
    pub fn quantile(&self, p: f64) -> Option<Value> {
        quantile::rank(self.n(), p).and_then(|rank| self.upper(rank))
    }

    /// The ends of the interval of the p-quantile that holds with probability at least `1 - alpha`.
    pub fn quantile_interval(&self, p: f64, alpha: f64) -> Ends {
        let ranks = quantile::interval_ranks(self.n(), p, alpha);
        Ends { low: ranks.low.and_then(|rank| self.lower(rank)), high: ranks.high.and_then(|rank| self.upper(rank)) }
    }

    /// How many values are surely at most `x`: exact, save that a bucket across `x` counts as above it.
    pub fn at_most(&self, x: i64) -> u64 {
        self.values.at_most(x)
    }

    /// Points `(x, F(x))` of the empirical distribution with rising x, at most [`shape::MOST_POINTS`].
    pub fn ecdf(&self) -> Vec<(i64, f64)> {
        shape::thinned(&self.values, self.n())
    }

    /// A histogram of the positive observed values on a logarithmic axis, at most [`shape::MOST_BINS`] bins.
    pub fn histogram(&self) -> Vec<Bin> {
        shape::histogram(&self.values)
    }

    fn lower(&self, rank: u64) -> Option<Value> {
        self.values.step_at(rank).map(|step| Value::At(step.low)).or_else(|| self.beyond(rank))
    }

    fn upper(&self, rank: u64) -> Option<Value> {
        self.values.step_at(rank).map(|step| Value::At(step.high)).or_else(|| self.beyond(rank))
    }

    /// The value of a rank among the censored ones.
    fn beyond(&self, rank: u64) -> Option<Value> {
        self.limit.filter(|_| rank <= self.n()).map(Value::Beyond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_core::{Rng, SeedableRng};

    fn sample(limit: Option<i64>, values: impl IntoIterator<Item = i64>) -> Sample {
        let mut collector = Collector::new(limit);
        values.into_iter().for_each(|value| collector.push(value));
        collector.finish()
    }

    #[test]
    fn an_empty_sample_answers_nothing() {
        let none = sample(Some(10), []);
        assert_eq!((none.n(), none.mean(), none.sd(), none.min(), none.max()), (0, None, None, None, None));
        assert_eq!(none.quantile(0.5), None);
        assert_eq!(none.quantile_interval(0.5, 0.05), Ends { low: None, high: None });
        assert!(none.ecdf().is_empty() && none.histogram().is_empty());
    }

    #[test]
    fn a_quantile_among_the_censored_lies_beyond_the_limit() {
        // 1..=8 observed and two censored at 100: ranks 1 to 8 are values, 9 and 10 lie beyond.
        let mut collector = Collector::new(Some(100));
        (1..=8).for_each(|value| collector.push(value));
        collector.push_censored();
        collector.push(101);
        let found = collector.finish();
        assert_eq!((found.n(), found.censored(), found.max_observed()), (10, 2, Some(8)));
        assert_eq!(found.quantile(0.8), Some(Value::At(8)));
        assert_eq!(found.quantile(0.9), Some(Value::Beyond(100)));
        assert_eq!(found.max(), Some(Value::Beyond(100)));
        assert_eq!((found.order_statistic(10), found.order_statistic(11)), (Some(Value::Beyond(100)), None));
        // The median of ten values lies between the ranks 2 and 9.
        let ends = found.quantile_interval(0.5, 0.05);
        assert_eq!(ends, Ends { low: Some(Value::At(2)), high: Some(Value::Beyond(100)) });
        // Restricted mean (36 + 200) / 10; its spread from 204 + 20000 - 10 * 23.6^2 over 9.
        assert_eq!(found.mean(), Some(23.6));
        let variance = (204.0 + 20_000.0 - 10.0 * 23.6 * 23.6) / 9.0;
        assert!((found.sd().expect("ten values") - libm::sqrt(variance)).abs() < 1e-9);
        assert_eq!(found.ecdf().last(), Some(&(8, 0.8)));
    }

    #[test]
    fn zeros_and_shares_are_counted() {
        let found = sample(None, [0, 5, 0, 7, 7, -2]);
        assert_eq!((found.zeros(), found.min(), found.max()), (2, Some(-2), Some(Value::At(7))));
        assert_eq!((found.at_most(-3), found.at_most(0), found.at_most(7)), (0, 3, 6));
        assert_eq!(found.histogram().iter().map(|bin| bin.count).sum::<u64>(), 3);
    }

    #[test]
    fn a_bucketed_interval_encloses_the_exact_one() {
        // 1.2 million values 1000, 2000, ... in scrambled order: the value of rank r is 1000 r.
        let n = 1_200_000_i64;
        let found = sample(None, (0..n).map(|i| (i * 7_368_787 % n + 1) * 1000));
        assert!(!found.is_exact());
        let ranks = quantile::interval_ranks(1_200_000, 0.99, 0.05);
        let ends = found.quantile_interval(0.99, 0.05);
        let (Some(Value::At(low)), Some(Value::At(high))) = (ends.low, ends.high) else { panic!("{ends:?}") };
        let exact = [ranks.low, ranks.high].map(|rank| 1000 * rank.expect("a large sample") as i64);
        assert!(low <= exact[0] && exact[0] - low < exact[0] / 1000, "{low} is not just below {}", exact[0]);
        assert!(high >= exact[1] && high - exact[1] < exact[1] / 1000, "{high} is not just above {}", exact[1]);
        // The exact sums stay exact: mean 1000 (n + 1) / 2; so do the ends.
        assert_eq!(found.mean(), Some(500.0 * (n + 1) as f64));
        assert_eq!((found.min(), found.max()), (Some(1000), Some(Value::At(1000 * n))));
    }

    /// How many of 2000 samples of a thousand have a p-quantile interval at 95 % that holds `truth`.
    fn covered(p: f64, truth: i64, draw: impl Fn(u64) -> i64) -> u32 {
        let mut chance = ChaCha8Rng::seed_from_u64(7);
        let mut covered = 0;
        for _ in 0..2000 {
            let ends = sample(None, (0..1000).map(|_| draw(chance.next_u64()))).quantile_interval(p, 0.05);
            let (Some(Value::At(low)), Some(Value::At(high))) = (ends.low, ends.high) else { panic!("{ends:?}") };
            covered += u32::from(low <= truth && truth <= high);
        }
        covered
    }

    #[test]
    fn the_interval_of_a_p99_covers_it_at_its_level_and_is_not_uselessly_wide() {
        // Uniform on 2^62 values. 1862 is the binomial quantile at 1e-4 of 2000 covers with probability 0.95;
        // 1998 are 99.9 %. Exact: P(983 <= Bin(1000, 0.99) < 997) = 0.978, so about 1956.
        let found = covered(0.99, (0.99 * (1_u64 << 62) as f64) as i64, |bits| (bits >> 2) as i64);
        assert!((1862..=1998).contains(&found), "{found} of 2000 intervals cover");
    }

    #[test]
    fn the_interval_of_a_median_covers_an_atom() {
        // First 0 with probability 0.65, else 1: the median is 0. Then 0 with probability 1/2, else uniform:
        // F(0) = 1/2, so the median is 0 again, at the very edge of its atom.
        let below = |bits: u64, share: f64| (bits as f64) < share * 18_446_744_073_709_551_616.0;
        assert!(covered(0.5, 0, |bits| i64::from(!below(bits, 0.65))) >= 1862);
        assert!(covered(0.5, 0, |bits| if below(bits, 0.5) { 0 } else { (bits >> 2) as i64 }) >= 1862);
    }
}
