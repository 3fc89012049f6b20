//! The beta law: its distribution function and the inverse, for parameters of moderate size.
//!
//! It serves the PERT law, whose parameters lie between 1 and 5; accurate to about 13 figures in the lower tail there.
//! Built on `libm` alone, so that platforms agree. Source: DLMF 8.17.22 (continued fraction), 8.17.4 (symmetry).

use crate::random::continued_fraction;
use crate::random::root;

/// A beta law on the unit interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beta {
    alpha: f64,
    beta: f64,
    /// The complete function, `B(alpha, beta)`.
    complete: f64,
}

impl Beta {
    /// The law of two parameters above zero.
    pub fn new(alpha: f64, beta: f64) -> Self {
        let complete = libm::tgamma(alpha) * libm::tgamma(beta) / libm::tgamma(alpha + beta);
        Self { alpha, beta, complete }
    }

    /// The probability of a value at most `x`.
    pub fn cdf(self, x: f64) -> f64 {
        if x <= 0.0 {
            0.0
        } else if x >= 1.0 {
            1.0
        } else if x < (self.alpha + 1.0) / (self.alpha + self.beta + 2.0) {
            self.near_zero(x)
        } else {
            1.0 - self.mirrored().near_zero(1.0 - x)
        }
    }

    /// The value that is not exceeded with probability `p`.
    pub fn quantile(self, p: f64) -> f64 {
        if p > 0.5 { 1.0 - self.mirrored().lower_quantile(1.0 - p) } else { self.lower_quantile(p) }
    }

    /// The law of one minus the value.
    fn mirrored(self) -> Self {
        Self { alpha: self.beta, beta: self.alpha, complete: self.complete }
    }

    fn lower_quantile(self, p: f64) -> f64 {
        if p <= 0.0 {
            return 0.0;
        }
        // The leading term of the distribution function near 0, kept below the mean.
        let leading = libm::exp(libm::log(p * self.alpha * self.complete) / self.alpha);
        let start = leading.min(self.alpha / (self.alpha + self.beta));
        root::zero(start, 0.0, 1.0, |x| (self.cdf(x) - p, self.weight(x) / (x * (1.0 - x))))
    }

    fn near_zero(self, x: f64) -> f64 {
        let Self { alpha, beta, .. } = self;
        let fraction = continued_fraction::value(1.0, |n| {
            let m = libm::floor(n / 2.0);
            let over = (alpha + n - 1.0) * (alpha + n);
            let even = n == 2.0 * m;
            let numerator = if even { m * (beta - m) * x } else { -(alpha + m) * (alpha + beta + m) * x };
            (numerator / over, 1.0)
        });
        self.weight(x) / (alpha * fraction)
    }

    /// `x^alpha (1-x)^beta / B(alpha, beta)`
    fn weight(self, x: f64) -> f64 {
        libm::exp(self.alpha * libm::log(x) + self.beta * libm::log1p(-x)) / self.complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_parameters_give_polynomials() {
        // I_x(2, 4) = 10 x^2 - 20 x^3 + 15 x^4 - 4 x^5 (expand 20 x (1-x)^3 and integrate); I_x(1, 5) = 1 - (1-x)^5.
        for x in [1e-6, 0.1, 0.25, 0.374, 0.376, 0.5, 0.9, 0.999] {
            let two_four = x * x * (10.0 + x * (-20.0 + x * (15.0 - 4.0 * x)));
            assert!((Beta::new(2.0, 4.0).cdf(x) / two_four - 1.0).abs() < 1e-13, "(2, 4) at {x}");
            let one_five = -libm::expm1(5.0 * libm::log1p(-x));
            assert!((Beta::new(1.0, 5.0).cdf(x) / one_five - 1.0).abs() < 1e-13, "(1, 5) at {x}");
        }
    }

    #[test]
    fn the_inverse_takes_the_distribution_function_back() {
        for (alpha, beta) in [(1.0, 5.0), (5.0, 1.0), (3.0, 3.0), (1.7, 4.3), (4.999, 1.001)] {
            let law = Beta::new(alpha, beta);
            for p in [1e-16, 1e-9, 0.01, 0.3, 0.5, 0.500_001, 0.8, 0.99, 1.0 - 1e-12] {
                let back = law.cdf(law.quantile(p));
                // An x near 1 is known to 1e-16 only, and the density is at most 5: 5e-16 beside the relative error.
                assert!((back - p).abs() < 1e-12 * p.min(1.0 - p) + 1e-15, "({alpha}, {beta}) at {p}: {back}");
            }
            assert_eq!((law.quantile(0.0), law.quantile(1.0)), (0.0, 1.0));
        }
    }
}
