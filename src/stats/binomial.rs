//! Tail probabilities of a binomial count, exact for any number of trials a drill can play.
//!
//! `n` trials of probability `p` each; both tails are computed directly, never as one minus the other where
//! that would lose a small value.

use super::beta;

/// `P(X <= k)`.
pub fn at_most(k: u64, n: u64, p: f64) -> f64 {
    if k >= n { 1.0 } else { beta::upper(k as f64 + 1.0, (n - k) as f64, p) }
}

/// `P(X < k)`.
pub fn below(k: u64, n: u64, p: f64) -> f64 {
    k.checked_sub(1).map_or(0.0, |k| at_most(k, n, p))
}

/// `P(X >= k)`.
pub fn at_least(k: u64, n: u64, p: f64) -> f64 {
    match k {
        0 => 1.0,
        k if k > n => 0.0,
        k => beta::lower(k as f64, (n - k) as f64 + 1.0, p),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_the_sums_of_their_terms() {
        // Terms by the recurrence P(k+1) = P(k) (n-k)/(k+1) p/(1-p) from P(0) = (1-p)^n, n = 40, p = 0.3.
        let (n, p) = (40_u64, 0.3);
        let mut term = libm::pow(1.0 - p, n as f64);
        let mut sum = 0.0;
        for k in 0..=n {
            assert!((below(k, n, p) - sum).abs() < 1e-13, "below {k}");
            assert!((at_least(k, n, p) - (1.0 - sum)).abs() < 1e-13, "at least {k}");
            sum += term;
            assert!((at_most(k, n, p) - sum).abs() < 1e-13, "at most {k}");
            term *= (n - k) as f64 / (k + 1) as f64 * p / (1.0 - p);
        }
        assert_eq!(at_least(n + 1, n, p), 0.0);
    }

    #[test]
    fn certain_and_impossible_trials_have_no_spread() {
        assert_eq!((at_most(3, 10, 0.0), at_least(1, 10, 0.0)), (1.0, 0.0));
        assert_eq!((at_most(9, 10, 1.0), at_least(10, 10, 1.0)), (0.0, 1.0));
    }

    #[test]
    fn ten_million_trials_keep_nine_digits() {
        // scipy 1.x: binom.cdf(9e6 - 1, 1e7, 0.9) = 0.49973366937880564.
        assert!((below(9_000_000, 10_000_000, 0.9) - 0.499_733_669_378_805_64).abs() < 1e-9);
    }
}
