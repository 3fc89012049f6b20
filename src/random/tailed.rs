//! Laws without a longest delay whose inverses are closed formulas: exponential, lognormal, Weibull, Pareto.

use crate::random::family::{Family, positive, shown_number, shown_seconds};
use crate::random::normal;
use crate::random::quantile_pair::QuantilePair;
use std::fmt;

/// The law without memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    mean: f64,
}

/// A delay whose logarithm is normal: what people mean by "usually 4 minutes, sometimes 20".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lognormal {
    median: f64,
    sigma: f64,
}

/// A power of an exponential delay; a shape below 1 has a heavier tail, above 1 a lighter one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weibull {
    shape: f64,
    scale: f64,
}

/// A power law above a least delay: the share above `x` is `(min / x)^shape`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pareto {
    min: f64,
    shape: f64,
}

impl Exponential {
    /// The exponential law of a mean in seconds.
    ///
    /// # Errors
    /// If the mean is not above zero.
    pub fn new(mean: f64) -> Result<Self, String> {
        Ok(Self { mean: positive("mean", mean)? })
    }

    /// The mean in seconds.
    pub const fn mean_seconds(self) -> f64 {
        self.mean
    }
}

impl Lognormal {
    /// The law of a median in seconds and a standard deviation of the natural logarithm.
    ///
    /// # Errors
    /// If one is not above zero.
    pub fn new(median: f64, sigma: f64) -> Result<Self, String> {
        Ok(Self { median: positive("median", median)?, sigma: positive("sigma", sigma)? })
    }

    /// The law with these quantiles.
    ///
    /// # Errors
    /// If the two lie too near to each other or too far apart for a law in double precision.
    pub fn through(pair: QuantilePair) -> Result<Self, String> {
        let (low, high) = (normal::quantile(pair.low().share()), normal::quantile(pair.high().share()));
        let sigma = pair.log_ratio() / (high - low);
        Self::new(pair.low().seconds() * libm::exp(-sigma * low), sigma)
    }
}

impl Weibull {
    /// The law of a shape and a scale in seconds (its quantile of 1 - 1/e, about p63).
    ///
    /// # Errors
    /// If one is not above zero.
    pub fn new(shape: f64, scale: f64) -> Result<Self, String> {
        Ok(Self { shape: positive("shape", shape)?, scale: positive("scale", scale)? })
    }

    /// The law with these quantiles.
    ///
    /// # Errors
    /// If the two lie too near to each other or too far apart for a law in double precision.
    pub fn through(pair: QuantilePair) -> Result<Self, String> {
        let (low, high) = (-libm::log1p(-pair.low().share()), -libm::log1p(-pair.high().share()));
        let shape = libm::log(high / low) / pair.log_ratio();
        Self::new(shape, pair.low().seconds() * libm::pow(low, -1.0 / shape))
    }
}

impl Pareto {
    /// The law of a least delay in seconds and a shape; the mean is finite above shape 1, the variance above 2.
    ///
    /// # Errors
    /// If one is not above zero.
    pub fn new(min: f64, shape: f64) -> Result<Self, String> {
        Ok(Self { min: positive("min", min)?, shape: positive("shape", shape)? })
    }

    /// The law with these quantiles.
    ///
    /// # Errors
    /// If the two lie too near to each other or too far apart for a law in double precision.
    pub fn through(pair: QuantilePair) -> Result<Self, String> {
        let (low, high) = (-libm::log1p(-pair.low().share()), -libm::log1p(-pair.high().share()));
        let shape = (high - low) / pair.log_ratio();
        Self::new(pair.low().seconds() * libm::exp(-low / shape), shape)
    }
}

impl Family for Exponential {
    #[inline]
    fn quantile(&self, p: f64) -> f64 {
        -self.mean * libm::log1p(-p)
    }
    fn cdf(&self, x: f64) -> f64 {
        -libm::expm1(-x.max(0.0) / self.mean)
    }
    fn mean(&self) -> Option<f64> {
        Some(self.mean)
    }
}

impl Family for Lognormal {
    #[inline]
    fn quantile(&self, p: f64) -> f64 {
        self.median * libm::exp(self.sigma * normal::quantile(p))
    }
    fn cdf(&self, x: f64) -> f64 {
        if x <= 0.0 { 0.0 } else { normal::cdf(libm::log(x / self.median) / self.sigma) }
    }
    fn mean(&self) -> Option<f64> {
        finite(self.median * libm::exp(0.5 * self.sigma * self.sigma))
    }
}

impl Family for Weibull {
    #[inline]
    fn quantile(&self, p: f64) -> f64 {
        self.scale * libm::pow(-libm::log1p(-p), 1.0 / self.shape)
    }
    fn cdf(&self, x: f64) -> f64 {
        -libm::expm1(-libm::pow(x.max(0.0) / self.scale, self.shape))
    }
    fn mean(&self) -> Option<f64> {
        finite(self.scale * libm::tgamma(1.0 + 1.0 / self.shape))
    }
}

impl Family for Pareto {
    #[inline]
    fn quantile(&self, p: f64) -> f64 {
        self.min * libm::exp(-libm::log1p(-p) / self.shape)
    }
    fn cdf(&self, x: f64) -> f64 {
        if x <= self.min { 0.0 } else { -libm::expm1(-self.shape * libm::log(x / self.min)) }
    }
    fn mean(&self) -> Option<f64> {
        (self.shape > 1.0).then(|| self.min * self.shape / (self.shape - 1.0))
    }
    fn min(&self) -> f64 {
        self.min
    }
}

impl fmt::Display for Exponential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exponential(mean={})", shown_seconds(self.mean))
    }
}

impl fmt::Display for Lognormal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lognormal(p50={} p95={})", shown_seconds(self.median), shown_seconds(self.quantile(0.95)))
    }
}

impl fmt::Display for Weibull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "weibull(shape={} scale={})", shown_number(self.shape), shown_seconds(self.scale))
    }
}

impl fmt::Display for Pareto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pareto(min={} shape={})", shown_seconds(self.min), shown_number(self.shape))
    }
}

fn finite(mean: f64) -> Option<f64> {
    mean.is_finite().then_some(mean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::quantile_pair::QuantilePoint;

    fn pair(low: (f64, f64), high: (f64, f64)) -> QuantilePair {
        let point = |(share, seconds)| QuantilePoint::new(share, seconds).expect("a valid quantile");
        QuantilePair::new(point(low), point(high)).expect("they rise")
    }

    #[test]
    fn a_law_through_two_quantiles_has_them() {
        let asked = pair((0.5, 240.0), (0.95, 1200.0));
        let laws: [Box<dyn Family>; 3] = [
            Box::new(Lognormal::through(asked).expect("a law")),
            Box::new(Weibull::through(asked).expect("a law")),
            Box::new(Pareto::through(asked).expect("a law")),
        ];
        for law in laws {
            assert!((law.quantile(0.5) - 240.0).abs() < 1e-9 && (law.quantile(0.95) - 1200.0).abs() < 1e-9, "{law}");
        }
    }

    #[test]
    fn a_central_range_puts_the_median_at_its_geometric_middle() {
        // 5 % and 95 % lie as far from the median on the scale of logarithms: sqrt(20 s * 240 s) = 69.282032... s.
        let law = Lognormal::through(pair((0.05, 20.0), (0.95, 240.0))).expect("a law");
        assert!((law.quantile(0.5) - 69.282_032_302_755_1).abs() < 1e-10);
        assert_eq!(law.to_string(), "lognormal(p50=1m9.282s p95=4m)");
    }

    #[test]
    fn the_mean_of_four_and_twenty_minutes_lies_between_them() {
        // sigma = ln 5 / 1.6448536 = 0.9784688, so the mean is 240 s * exp(sigma^2 / 2) = 387.35419 s.
        let law = Lognormal::through(pair((0.5, 240.0), (0.95, 1200.0))).expect("a law");
        assert!((law.mean().expect("it has one") - 387.354_19).abs() < 1e-5);
    }

    #[test]
    fn a_heavy_tail_has_no_mean() {
        assert_eq!(Pareto::new(1.0, 1.0).map(|law| law.mean()), Ok(None));
        assert_eq!(Pareto::new(1.0, 1.5).map(|law| law.mean()), Ok(Some(3.0)));
        assert_eq!(Lognormal::new(1.0, 40.0).map(|law| law.mean()), Ok(None));
    }
}
