//! Two settings compared trial by trial, under the same chance.
//!
//! Common random numbers make the two results of a trial alike, so that their difference varies far less
//! than either: intervals are of the difference within pairs, never of two separate samples.

use super::binomial;
use super::interval::{self, Interval};
use libm::sqrt;

/// The mean of the differences, second less first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanDifference {
    /// Pairs.
    pub n: u64,
    /// Mean difference.
    pub mean: f64,
    /// Standard deviation of the differences.
    pub sd: f64,
    /// Student's interval of the mean difference.
    pub interval: Interval,
}

/// The mean difference within pairs (`second - first`) with its interval at level `1 - alpha`; `None` below
/// two pairs.
pub fn mean_difference(pairs: &[(f64, f64)], alpha: f64) -> Option<MeanDifference> {
    let n = pairs.len() as f64;
    let differences = || pairs.iter().map(|(first, second)| second - first);
    // In two passes: the second one repairs the rounding of the first and does not cancel.
    let rough = differences().sum::<f64>() / n;
    let mean = rough + differences().map(|d| d - rough).sum::<f64>() / n;
    let squares: f64 = differences().map(|d| (d - mean) * (d - mean)).sum();
    let sd = sqrt(squares / (n - 1.0));
    let interval = interval::of_mean(pairs.len() as u64, mean, sd, alpha)?;
    Some(MeanDifference { n: pairs.len() as u64, mean, sd, interval })
}

/// How often a yes or no differed within pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Discordance {
    /// Pairs in which only the first was so.
    pub only_first: u64,
    /// Pairs in which only the second was so.
    pub only_second: u64,
    /// All pairs, those included in which both or neither was so.
    pub of: u64,
}

impl Discordance {
    /// Takes in the answers of one pair.
    pub fn push(&mut self, first: bool, second: bool) {
        self.of += 1;
        self.only_first += u64::from(first && !second);
        self.only_second += u64::from(second && !first);
    }

    /// The difference of the two shares, second less first; `None` of no pairs.
    pub fn difference(&self) -> Option<f64> {
        (self.of > 0).then(|| (self.only_second as f64 - self.only_first as f64) / self.of as f64)
    }

    /// An interval of the difference that holds with probability at least `1 - alpha`: exact intervals of
    /// both kinds of discordance, each at half the error.
    pub fn interval(&self, alpha: f64) -> Interval {
        let first = interval::clopper_pearson(self.only_first, self.of, alpha / 2.0);
        let second = interval::clopper_pearson(self.only_second, self.of, alpha / 2.0);
        Interval { low: second.low - first.high, high: second.high - first.low }
    }

    /// The p-value of McNemar's exact test: were both kinds of discordance equally likely, the probability
    /// of a split at least as uneven.
    pub fn p_value(&self) -> f64 {
        let (few, both) = (self.only_first.min(self.only_second), self.only_first + self.only_second);
        (2.0 * binomial::at_most(few, both, 0.5)).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_shift_is_found_without_spread() {
        // Pairs differ by exactly 0.5 however much they vary themselves.
        let pairs: Vec<_> = (0..100).map(|i| f64::from(i * i)).map(|x| (x, x + 0.5)).collect();
        let found = mean_difference(&pairs, 0.05).expect("many pairs");
        assert_eq!((found.n, found.mean, found.sd), (100, 0.5, 0.0));
        assert_eq!(found.interval, Interval { low: 0.5, high: 0.5 });
    }

    #[test]
    fn the_mean_difference_has_the_interval_of_student() {
        // Differences 1, 2, 3, 4, 5: mean 3, sd sqrt(2.5), t(4) at 95 % 2.776445: half-width 1.963243.
        let pairs = [(1.0, 2.0), (1.0, 3.0), (7.0, 10.0), (0.0, 4.0), (-5.0, 0.0)];
        let found = mean_difference(&pairs, 0.05).expect("five pairs");
        assert_eq!((found.mean, found.sd), (3.0, sqrt(2.5)));
        assert!((found.interval.high - 4.963_243).abs() < 1e-6 && (found.interval.low - 1.036_757).abs() < 1e-6);
        assert_eq!(mean_difference(&pairs[..1], 0.05), None);
        assert_eq!(mean_difference(&[], 0.05), None);
    }

    #[test]
    fn mcnemar_counts_the_splits_of_a_fair_coin() {
        // 1 against 9: 2 (1 + 10) / 2^10. 5 against 5 and none at all are as even as can be.
        let of = |only_first, only_second| Discordance { only_first, only_second, of: 100 };
        assert!((of(1, 9).p_value() - 22.0 / 1024.0).abs() < 1e-14);
        assert!((of(9, 1).p_value() - 22.0 / 1024.0).abs() < 1e-14);
        assert!((of(0, 20).p_value() - libm::pow(0.5, 19.0)).abs() < 1e-15);
        assert_eq!((of(5, 5).p_value(), of(0, 0).p_value()), (1.0, 1.0));
    }

    #[test]
    fn pairs_are_counted_by_who_said_yes() {
        let mut found = Discordance::default();
        for (first, second) in [(true, true), (true, false), (false, true), (false, true), (false, false)] {
            found.push(first, second);
        }
        assert_eq!(found, Discordance { only_first: 1, only_second: 2, of: 5 });
        assert_eq!(found.difference(), Some(0.2));
        assert_eq!(Discordance::default().difference(), None);
    }

    #[test]
    fn the_interval_of_a_difference_covers_and_mirrors() {
        // No discordance in 1000 pairs: each kind at most 1 - 0.0125^(1/1000) = 0.00437 either way.
        let none = Discordance { of: 1000, ..Discordance::default() }.interval(0.05);
        assert!((none.high - 0.004_372_4).abs() < 1e-6 && none.low == -none.high, "{none:?}");
        let more = Discordance { only_first: 10, only_second: 60, of: 1000 }.interval(0.05);
        let less = Discordance { only_first: 60, only_second: 10, of: 1000 }.interval(0.05);
        assert!(more.low > 0.0 && more.contains(0.05));
        assert_eq!((more.low, more.high), (-less.high, -less.low));
    }
}
