//! Which order statistics are a quantile and the ends of its interval.
//!
//! The p-quantile of a sample is `inf{t : F(t) >= p}`, its `ceil(n p)`-th smallest value. Its interval runs
//! between two order statistics whose ranks come from the binomial law alone: no assumption on the
//! distribution, atoms and ties included, and coverage at least the nominal level (Wilks 1941; David and
//! Nagaraja 2003, section 7.1). Where the sample is too small for an end, there is none: no number is made up.
//! Bootstrap and batch intervals are not offered, because at high quantiles they cover far less than they say.

use super::binomial;
use libm::{ceil, fabs, log, log1p, rint};

/// A value of a sample that was observed up to a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Observed.
    At(i64),
    /// Only known to exceed this limit.
    Beyond(i64),
}

/// The ends of a quantile's interval; `None` where the sample cannot bound that side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Lower end.
    pub low: Option<Value>,
    /// Upper end.
    pub high: Option<Value>,
}

/// The ranks, from 1, of the order statistics that are the ends of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranks {
    /// Rank of the lower end.
    pub low: Option<u64>,
    /// Rank of the upper end.
    pub high: Option<u64>,
}

/// The rank, from 1, of the p-quantile of `n` values; `None` of no values.
pub fn rank(n: u64, p: f64) -> Option<u64> {
    check(p);
    if n == 0 {
        return None;
    }
    // 0.07 * 100 is 7.000000000000001 in binary: a product within rounding of a whole number is that number.
    let product = n as f64 * p;
    let whole = rint(product);
    let rank = if fabs(product - whole) <= 8.0 * f64::EPSILON * product { whole } else { ceil(product) };
    Some((rank as u64).clamp(1, n))
}

/// Ranks of the two-sided interval at level `1 - alpha` of the p-quantile of `n` values.
pub fn interval_ranks(n: u64, p: f64, alpha: f64) -> Ranks {
    Ranks { low: lower_rank(n, p, alpha / 2.0), high: upper_rank(n, p, alpha / 2.0) }
}

/// The largest rank whose value exceeds the p-quantile with probability at most `alpha`.
pub fn lower_rank(n: u64, p: f64, alpha: f64) -> Option<u64> {
    check(p);
    let good = last_where(n, |rank| binomial::below(rank, n, p) <= alpha);
    (good > 0).then_some(good)
}

/// The smallest rank whose value falls short of the p-quantile with probability at most `alpha`.
pub fn upper_rank(n: u64, p: f64, alpha: f64) -> Option<u64> {
    check(p);
    let bad = last_where(n, |rank| binomial::at_least(rank, n, p) > alpha);
    (bad < n).then_some(bad + 1)
}

/// The least number of values that can bound the p-quantile from above with error at most `alpha` on that
/// side: the least `n` with `p^n <= alpha`.
pub fn trials_for_upper_end(p: f64, alpha: f64) -> u64 {
    check(p);
    ceil(log(alpha) / log(p)).max(1.0) as u64
}

/// The least number of values that can bound the p-quantile from below with error at most `alpha` on that
/// side: the least `n` with `(1 - p)^n <= alpha`.
pub fn trials_for_lower_end(p: f64, alpha: f64) -> u64 {
    check(p);
    ceil(log(alpha) / log1p(-p)).max(1.0) as u64
}

/// The last of `1..=n` that satisfies a condition which, once false, stays false; 0 if none does.
fn last_where(n: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut good, mut bad) = (0, n + 1);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if holds(middle) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    good
}

fn check(p: f64) {
    assert!(p > 0.0 && p < 1.0, "a quantile at {p} is not between 0 and 1");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_ignores_the_rounding_of_its_product() {
        // n p is whole in decimal, though not always in binary: 0.07 * 100 = 7.000000000000001.
        for (n, p, expected) in [
            (1000, 0.99, 990),
            (1000, 0.999, 999),
            (100, 0.07, 7),
            (100, 0.29, 29),
            (1_000_000_000, 0.999_99, 999_990_000),
        ] {
            assert_eq!(rank(n, p), Some(expected), "{p} of {n}");
        }
        // Otherwise round up: 0.5 * 3 = 1.5, 0.99 * 7 = 6.93; a tiny p is the smallest value.
        assert_eq!((rank(3, 0.5), rank(7, 0.99), rank(5, 1e-9)), (Some(2), Some(7), Some(1)));
        assert_eq!(rank(0, 0.5), None);
    }

    #[test]
    fn ranks_agree_with_a_scan_of_the_binomial() {
        // Sums of binomial terms, built by recurrence and scanned from each side.
        for (n, p) in [(10_u64, 0.5), (60, 0.9), (100, 0.9), (200, 0.05)] {
            let mut at_most = vec![libm::pow(1.0 - p, n as f64)];
            let mut term = at_most[0];
            for k in 0..n {
                term *= (n - k) as f64 / (k + 1) as f64 * p / (1.0 - p);
                at_most.push(at_most[k as usize] + term);
            }
            let low = (1..=n).rev().find(|&l| at_most[l as usize - 1] <= 0.025);
            let high = (1..=n).find(|&u| 1.0 - at_most[u as usize - 1] <= 0.025);
            assert_eq!(interval_ranks(n, p, 0.05), Ranks { low, high }, "p = {p}, n = {n}");
        }
    }

    #[test]
    fn ranks_agree_with_another_library() {
        // From scipy's binom.cdf and binom.sf, stepping from binom.ppf.
        for (n, p, low, high) in [
            (10, 0.5, 2, 9),
            (1000, 0.5, 469, 532),
            (1000, 0.99, 983, 997),
            (10_000_000, 0.5, 4_996_901, 5_003_100),
            (10_000_000, 0.999, 9_989_804, 9_990_196),
            (1_000_000_000, 0.999_99, 999_989_804, 999_990_197),
        ] {
            assert_eq!(interval_ranks(n, p, 0.05), Ranks { low: Some(low), high: Some(high) }, "p = {p}, n = {n}");
        }
    }

    #[test]
    fn a_small_sample_bounds_only_one_side() {
        // p99 two-sided at 95 % needs 0.99^n <= 0.025: n >= 368.
        assert_eq!(interval_ranks(367, 0.99, 0.05), Ranks { low: Some(359), high: None });
        assert_eq!(interval_ranks(368, 0.99, 0.05), Ranks { low: Some(360), high: Some(368) });
        assert_eq!(interval_ranks(0, 0.99, 0.05), Ranks { low: None, high: None });
        // One value says nothing on the median at 95 %: P(X < q) may be one half.
        assert_eq!(interval_ranks(1, 0.5, 0.05), Ranks { low: None, high: None });
    }

    #[test]
    fn the_least_sample_for_an_upper_end_is_the_one_of_wilks() {
        // One-sided 95 %: 29, 299, 2995, 29956, 299572 for p90 to p99.999 (p^n <= 0.05).
        for (p, n) in [(0.9, 29), (0.99, 299), (0.999, 2995), (0.999_9, 29_956), (0.999_99, 299_572)] {
            assert_eq!(trials_for_upper_end(p, 0.05), n);
            assert_eq!(upper_rank(n, p, 0.05), Some(n));
            assert_eq!(upper_rank(n - 1, p, 0.05), None);
        }
        // The lower end of a p1 mirrors the upper end of a p99.
        assert_eq!(trials_for_lower_end(0.01, 0.05), 299);
        assert_eq!((lower_rank(299, 0.01, 0.05), lower_rank(298, 0.01, 0.05)), (Some(1), None));
    }
}
