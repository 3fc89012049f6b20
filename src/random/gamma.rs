//! The gamma law: a delay made of several steps in a row.

use crate::random::family::{Family, positive, shown_number, shown_seconds};
use crate::random::incomplete_gamma;
use crate::random::quantile_pair::QuantilePair;
use crate::random::root;
use std::fmt;

/// Shapes for which the distribution function is accurate; beyond the upper end the law is all but a constant.
const LEAST_SHAPE: f64 = 0.01;
const GREATEST_SHAPE: f64 = 1e6;

/// The law of a shape (the number of steps, where it is whole) and a mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gamma {
    shape: f64,
    mean: f64,
}

impl Gamma {
    /// The law of a shape between 0.01 and a million, and a mean in seconds.
    ///
    /// # Errors
    /// If the shape lies outside that range, or the mean is not above zero.
    pub fn new(shape: f64, mean: f64) -> Result<Self, String> {
        if !(LEAST_SHAPE..=GREATEST_SHAPE).contains(&shape) {
            return Err(format!("shape is {shape}; the shape of a gamma law lies between 0.01 and 1000000"));
        }
        Ok(Self { shape, mean: positive("mean", mean)? })
    }

    /// The law with these quantiles: their ratio falls as the shape rises, so one shape fits.
    ///
    /// # Errors
    /// If the two lie too near to each other or too far apart for any gamma law.
    pub fn through(pair: QuantilePair) -> Result<Self, String> {
        let (low, high) = (pair.low(), pair.high());
        let ratio = high.seconds() / low.seconds();
        let within = |shape| {
            incomplete_gamma::quantile(shape, high.share()) <= ratio * incomplete_gamma::quantile(shape, low.share())
        };
        if within(LEAST_SHAPE) || !within(GREATEST_SHAPE) {
            let word = if within(LEAST_SHAPE) { "too far apart" } else { "too near to each other" };
            return Err(format!(
                "{} and {} lie {word} for a gamma law; write a lognormal law instead",
                low.name(),
                high.name()
            ));
        }
        let shape = root::smallest(LEAST_SHAPE, GREATEST_SHAPE, within);
        Self::new(shape, shape * high.seconds() / incomplete_gamma::quantile(shape, high.share()))
    }
}

impl Family for Gamma {
    fn quantile(&self, p: f64) -> f64 {
        incomplete_gamma::quantile(self.shape, p) * (self.mean / self.shape)
    }
    fn cdf(&self, x: f64) -> f64 {
        incomplete_gamma::tails(self.shape, x * (self.shape / self.mean)).0
    }
    fn mean(&self) -> Option<f64> {
        Some(self.mean)
    }
}

impl fmt::Display for Gamma {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gamma(shape={} mean={})", shown_number(self.shape), shown_seconds(self.mean))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::quantile_pair::QuantilePoint;

    fn through(low: (f64, f64), high: (f64, f64)) -> Result<Gamma, String> {
        let point = |(share, seconds)| QuantilePoint::new(share, seconds).expect("a valid quantile");
        Gamma::through(QuantilePair::new(point(low), point(high)).expect("they rise"))
    }

    #[test]
    fn a_law_through_two_quantiles_has_them() {
        for (low, high) in [((0.5, 240.0), (0.95, 1200.0)), ((0.05, 1.0), (0.95, 1.1)), ((0.1, 1e-6), (0.9, 1e6))] {
            let law = through(low, high).expect("a law");
            assert!((law.quantile(low.0) / low.1 - 1.0).abs() < 1e-9, "{law}: {}", law.quantile(low.0));
            assert!((law.quantile(high.0) / high.1 - 1.0).abs() < 1e-9, "{law}: {}", law.quantile(high.0));
        }
    }

    #[test]
    fn quantiles_of_an_exponential_law_give_shape_one() {
        // Mean 10 s: p50 = 10 ln 2, p95 = 10 ln 20.
        let law = through((0.5, 6.931_471_805_599_453), (0.95, 29.957_322_735_539_91)).expect("a law");
        assert!((law.shape - 1.0).abs() < 1e-9 && (law.mean - 10.0).abs() < 1e-8, "{law}");
    }

    #[test]
    fn quantiles_that_no_gamma_law_has_are_refused() {
        assert!(through((0.5, 1.0), (0.95, 1.000_01)).expect_err("shape beyond a million").contains("too near"));
        assert!(through((0.5, 1e-9), (0.51, 1e9)).expect_err("shape below 0.01").contains("too far"));
        assert!(Gamma::new(0.0, 1.0).is_err() && Gamma::new(2.0, 0.0).is_err());
    }
}
