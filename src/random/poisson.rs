//! Poisson counts: how many memoryless arrivals fall into a stretch of time, drawn at once instead of one by one.
//!
//! Promises the exact law for any mean. Below ten a single word is turned into a count, rising with it; from there on
//! candidates are drawn and some are rejected, so the number of words varies: use it only in streams that hold nothing
//! else ([`super::stream::CountStream`] enforces that by type).
//!
//! Source: W. Hörmann, "The transformed rejection method for generating Poisson random variables", Insurance:
//! Mathematics and Economics 12, 1993, algorithm PTRS.

/// From this mean on, candidates are rejected; the constants of the method hold from here.
const REJECTS_FROM: f64 = 10.0;

/// A Poisson count of this mean, from as many uniform numbers of `next` as it takes. A mean of zero or less counts
/// nothing.
#[inline]
pub fn draw(mean: f64, next: impl FnMut() -> f64) -> u64 {
    if mean < REJECTS_FROM { by_inversion(mean, next) } else { by_rejection(mean, next) }
}

/// Walks up the distribution function from zero.
#[inline]
fn by_inversion(mean: f64, mut next: impl FnMut() -> f64) -> u64 {
    if mean <= 0.0 {
        return 0;
    }
    let (mut left, mut share, mut count) = (next(), libm::exp(-mean), 0_u32);
    // Beyond 200 the shares of a mean below ten are lost in rounding: nothing is left to walk through.
    while left > share && count < 200 {
        left -= share;
        count += 1;
        share *= mean / f64::from(count);
    }
    u64::from(count)
}

/// Transformed rejection with squeeze: most candidates are taken without a logarithm.
fn by_rejection(mean: f64, mut next: impl FnMut() -> f64) -> u64 {
    let b = 0.931 + 2.53 * libm::sqrt(mean);
    let a = -0.059 + 0.024_83 * b;
    let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    let squeeze = 0.9277 - 3.6224 / (b - 2.0);
    loop {
        let (u, v) = (next() - 0.5, next());
        let us = 0.5 - u.abs();
        let count = libm::floor((2.0 * a / us + b) * u + mean + 0.43);
        if us >= 0.07 && v <= squeeze {
            return count as u64;
        }
        if count < 0.0 || (us < 0.013 && v > us) {
            continue;
        }
        let bound = count * libm::log(mean) - mean - libm::lgamma(count + 1.0);
        if libm::log(v * inverse_alpha / (a / (us * us) + b)) <= bound {
            return count as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::purpose::Purpose;
    use crate::random::stream::{Seed, Trial};

    #[test]
    fn counts_follow_their_law_on_both_sides_of_the_change_of_method() {
        // Each share of n = 200,000 draws lies within 5 standard errors sqrt(p (1 - p) / n) of e^-m m^k / k!, for the
        // counts around the mean; mean and variance are m within 5 sqrt(m / n) and 5 sqrt((2 m^2 + m) / n).
        let n = 200_000_u32;
        for (entity, mean) in (0..).zip([0.3, 4.0, 9.999, 10.0, 37.5, 1500.0]) {
            let mut stream = Trial::new(Seed(3), 0).open(Purpose::SkippedCounts, entity);
            let drawn: Vec<u64> = (0..n).map(|_| draw(mean, || stream.uniform())).collect();
            let many = f64::from(n);
            let average = drawn.iter().map(|k| *k as f64).sum::<f64>() / many;
            let variance = drawn.iter().map(|k| (*k as f64 - average).powi(2)).sum::<f64>() / many;
            assert!((average - mean).abs() < 5.0 * (mean / many).sqrt(), "mean {average} of {mean}");
            assert!((variance - mean).abs() < 5.0 * ((2.0 * mean * mean + mean) / many).sqrt(), "variance {variance}");
            let spread = mean.sqrt();
            for step in -3..=3 {
                let k = (mean + f64::from(step) * spread).round().max(0.0);
                let p = (k * mean.ln() - mean - libm::lgamma(k + 1.0)).exp();
                let share = drawn.iter().filter(|drawn| **drawn == k as u64).count() as f64 / many;
                assert!((share - p).abs() < 5.0 * (p * (1.0 - p) / many).sqrt(), "{share} of {k} at {mean}, not {p}");
            }
        }
    }

    #[test]
    fn nothing_comes_in_no_time_and_much_in_a_year() {
        assert_eq!(draw(0.0, || 0.5), 0);
        // 10,000 a second for a year: 3.15 * 10^11, of standard deviation 5.6 * 10^5.
        let mean = 1e4 * 365.0 * 86_400.0;
        let mut stream = Trial::new(Seed(3), 1).open(Purpose::SkippedCounts, 0);
        let drawn = draw(mean, || stream.uniform());
        assert!((drawn as f64 - mean).abs() < 6.0 * mean.sqrt());
    }
}
