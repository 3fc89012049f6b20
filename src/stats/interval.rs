//! Intervals for shares and means, and the band of a whole distribution.
//!
//! Every interval is two-sided and holds with probability at least (Clopper-Pearson, DKW) or about
//! (Wilson, t) `1 - alpha`. Shares that decide something use Clopper-Pearson: the popular Wald interval
//! covers a share of 1 in 1000 only 63 % of the time at a thousand trials. The functions expect `alpha` in
//! `(0, 1)`, and counts that do not exceed their total.

use super::{beta, normal};
use libm::{exp, expm1, log, sqrt};

/// Two ends that hold the truth between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies between the ends or on one.
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// The exact interval of a share (Clopper and Pearson 1934); of nothing, `[0, 1]`.
pub fn clopper_pearson(count: u64, of: u64, alpha: f64) -> Interval {
    check(count, of, alpha);
    if of == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let (k, n, tail) = (count as f64, of as f64, alpha / 2.0);
    // With no hits or only hits the ends have the closed forms 1 - (a/2)^(1/n) and (a/2)^(1/n).
    let low = match count {
        0 => 0.0,
        all if all == of => exp(log(tail) / n),
        _ => beta::lower_end(k, n - k + 1.0, tail),
    };
    let high = match count {
        all if all == of => 1.0,
        0 => -expm1(log(tail) / n),
        _ => beta::upper_end(k + 1.0, n - k, tail),
    };
    Interval { low, high }
}

/// The score interval of a share (Wilson 1927), shorter and for display; of nothing, `[0, 1]`.
pub fn wilson(count: u64, of: u64, alpha: f64) -> Interval {
    check(count, of, alpha);
    if of == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let (k, n) = (count as f64, of as f64);
    let z2 = {
        let z = normal::quantile(1.0 - alpha / 2.0);
        z * z
    };
    let middle = (k + z2 / 2.0) / (n + z2);
    let half = sqrt(z2 * (k * (n - k) / n + z2 / 4.0)) / (n + z2);
    Interval {
        low: if count == 0 { 0.0 } else { (middle - half).max(0.0) },
        high: if count == of { 1.0 } else { (middle + half).min(1.0) },
    }
}

/// Student's interval of a mean, from the sample's size, mean and standard deviation; `None` below two values.
pub fn of_mean(n: u64, mean: f64, sd: f64, alpha: f64) -> Option<Interval> {
    check(0, n, alpha);
    let freedom = n.checked_sub(1).filter(|&freedom| freedom > 0)?;
    let half = t_quantile(freedom as f64, alpha) * sd / sqrt(n as f64);
    Some(Interval { low: mean - half, high: mean + half })
}

/// Ends of the mean of values that are never negative, where all `n` that were seen equal `value`: the share of values
/// that differ is bounded by [`clopper_pearson`], and each of them lies between 0 and `ceiling`. Without a ceiling
/// there is no upper end.
pub fn of_mean_of_equals(n: u64, value: f64, ceiling: Option<f64>, alpha: f64) -> (f64, Option<f64>) {
    let differ = clopper_pearson(0, n, alpha).high;
    (value * (1.0 - differ), ceiling.map(|most| value + differ * (most - value)))
}

/// Half-width of the band around an empirical distribution that holds the whole true one
/// (Dvoretzky-Kiefer-Wolfowitz with Massart's constant, 1990); at most 1.
pub fn dkw_half_width(n: u64, alpha: f64) -> f64 {
    check(0, n, alpha);
    if n == 0 { 1.0 } else { sqrt(log(2.0 / alpha) / (2.0 * n as f64)).min(1.0) }
}

/// The `t` that Student's variable exceeds in size with probability `alpha`.
fn t_quantile(freedom: f64, alpha: f64) -> f64 {
    // T^2 / (freedom + T^2) is a beta variable with parameters 1/2 and freedom/2.
    let y = beta::upper_end(0.5, freedom / 2.0, alpha);
    sqrt(freedom * y / (1.0 - y))
}

fn check(count: u64, of: u64, alpha: f64) {
    assert!(count <= of, "a count of {count} exceeds its total of {of}");
    assert!(alpha > 0.0 && alpha < 1.0, "an error probability of {alpha} is not between 0 and 1");
}

#[cfg(test)]
mod tests {
    use super::super::binomial;
    use super::*;

    fn close(found: f64, expected: f64, relative: f64) {
        assert!((found - expected).abs() <= relative * expected.abs(), "{found:e} is not {expected:e}");
    }

    #[test]
    fn no_hit_in_n_bounds_the_share_by_its_closed_form() {
        // Two-sided 95 %: 1 - 0.025^(1/n), about 3.69/n; all hits mirror it.
        for n in [1_u64, 10, 1000, 1_000_000_000] {
            let exact = -expm1(log(0.025) / n as f64);
            let none = clopper_pearson(0, n, 0.05);
            assert_eq!(none.low, 0.0);
            close(none.high, exact, 1e-13);
            let all = clopper_pearson(n, n, 0.05);
            assert_eq!(all.high, 1.0);
            close(1.0 - all.low, exact, 1e-6);
        }
        close(clopper_pearson(0, 1_000_000_000, 0.05).high * 1e9, 3.689, 1e-3);
        assert_eq!(clopper_pearson(0, 0, 0.05), Interval { low: 0.0, high: 1.0 });
    }

    #[test]
    fn clopper_pearson_agrees_with_other_libraries() {
        // scipy: beta.ppf(0.025, k, n-k+1) and beta.ppf(0.975, k+1, n-k); but for 1 of 10^9 the roots of
        // (1-x)^n = 0.975 and (1-x)^n + n x (1-x)^(n-1) = 0.025 by mpmath at 60 digits.
        for (k, n, low, high) in [
            (5, 10, 0.187_086_028_447_398_55, 0.812_913_971_552_601_5),
            (3, 20, 0.032_070_937_185_463_7, 0.378_926_826_545_313_96),
            (1, 1000, 2.531_748_749_129_404e-5, 5.558_924_279_826_672e-3),
            (17, 1000, 9.933_512_592_716_534e-3, 2.707_949_686_485_136_7e-2),
            (1, 1_000_000_000, 2.531_780_798_396_937e-11, 5.571_643_378_203_115e-9),
            (500_000_000, 1_000_000_000, 0.499_969_009_748_422_3, 0.500_030_990_251_577_7),
        ] {
            let found = clopper_pearson(k, n, 0.05);
            close(found.low, low, 1e-10);
            close(found.high, high, 1e-10);
        }
    }

    #[test]
    fn clopper_pearson_covers_every_share_at_its_level() {
        // Exact coverage: the sum of binomial probabilities of the counts whose interval holds p, n = 60.
        let n = 60;
        let ends: Vec<_> = (0..=n).map(|k| clopper_pearson(k, n, 0.05)).collect();
        for step in 1..200 {
            let p = f64::from(step) / 200.0;
            let chance = |k: u64| binomial::at_most(k, n, p) - binomial::below(k, n, p);
            let covered: f64 = (0..=n).filter(|&k| ends[k as usize].contains(p)).map(chance).sum();
            assert!((0.95..0.9999).contains(&covered), "a share of {p} is covered with probability {covered}");
        }
    }

    #[test]
    fn wilson_solves_its_quadratic() {
        // Both ends p satisfy (k/n - p)^2 = z^2 p (1-p) / n.
        let (k, n) = (17, 1000);
        let found = wilson(k, n, 0.05);
        for p in [found.low, found.high] {
            let left = (0.017 - p) * (0.017 - p);
            close(left, 1.959_963_984_540_054 * 1.959_963_984_540_054 * p * (1.0 - p) / 1000.0, 1e-10);
        }
        assert!(found.low < 0.017 && found.high > 0.017);
        assert_eq!((wilson(0, n, 0.05).low, wilson(n, n, 0.05).high), (0.0, 1.0));
    }

    #[test]
    fn student_quantiles_agree_with_the_tables() {
        // Any table of Student's t, two-sided 5 % and 1 %; digits from scipy's t.ppf. One degree of freedom
        // is Cauchy: tan(pi (1/2 - alpha/2)).
        for (freedom, five, one) in [
            (1.0, 12.706_204_736_174_694, 63.656_741_162_871_526),
            (2.0, 4.302_652_729_749_462, 9.924_843_200_918_287),
            (9.0, 2.262_157_162_798_205, 3.249_835_541_592_126),
            (30.0, 2.042_272_456_301_237_8, 2.749_995_653_567_225_4),
            (1e6, 1.959_966_356_814_107, 2.575_834_220_105_334_4),
            (1e9, 1.959_963_986_912_325, 2.575_829_308_465_448_4),
        ] {
            close(t_quantile(freedom, 0.05), five, 1e-9);
            close(t_quantile(freedom, 0.01), one, 1e-9);
        }
    }

    #[test]
    fn a_mean_needs_two_values() {
        // n = 10, mean 5, sd 2: half-width 2.262157 * 2 / sqrt(10) = 1.430714.
        assert_eq!(of_mean(1, 5.0, 0.0, 0.05), None);
        let found = of_mean(10, 5.0, 2.0, 0.05).expect("ten values");
        close(found.high - 5.0, 1.430_714, 1e-6);
        close(5.0 - found.low, 1.430_714, 1e-6);
    }

    #[test]
    fn equal_values_leave_a_share_that_may_differ() {
        // n = 10 at 95 %: u = 1 - 0.025^(1/10) = 0.308497; of 2 with a ceiling of 12 from 2 (1 - u) to 2 + 10 u.
        let (low, high) = of_mean_of_equals(10, 2.0, Some(12.0), 0.05);
        close(low, 2.0 * 0.691_503, 1e-6);
        close(high.expect("there is a ceiling"), 5.084_97, 1e-6);
        assert_eq!(of_mean_of_equals(10, 0.0, None, 0.05), (0.0, None));
    }

    #[test]
    fn the_band_shrinks_with_the_root_of_n() {
        // sqrt(ln 40 / 2000) = 0.042947 for n = 1000 at 95 %.
        close(dkw_half_width(1000, 0.05), 0.042_947, 1e-4);
        assert_eq!((dkw_half_width(0, 0.05), dkw_half_width(1, 0.05)), (1.0, 1.0));
    }
}
