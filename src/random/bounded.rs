//! Laws between a least and a greatest delay: constant, uniform, triangular, PERT.

use crate::random::family::{Family, length, shown_seconds};
use crate::random::incomplete_beta::Beta;
use std::fmt;

/// Always the same delay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant {
    seconds: f64,
}

/// Every delay between two bounds alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniform {
    min: f64,
    max: f64,
}

/// A density that rises in a straight line to its mode and falls in another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Triangular {
    min: f64,
    mode: f64,
    max: f64,
}

/// An expert's three numbers, smooth: a beta law whose mean is `(min + 4 mode + max) / 6` (weight 4 on the mode).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pert {
    min: f64,
    mode: f64,
    max: f64,
    unit: Beta,
}

impl Constant {
    /// No delay.
    pub const ZERO: Self = Self { seconds: 0.0 };

    /// A delay in seconds.
    ///
    /// # Errors
    /// If it is negative or beyond a hundred years.
    pub fn new(seconds: f64) -> Result<Self, String> {
        Ok(Self { seconds: length("the delay", seconds)? })
    }
}

impl Uniform {
    /// The law between two bounds in seconds.
    ///
    /// # Errors
    /// If they are out of order or leave no width.
    pub fn new(min: f64, max: f64) -> Result<Self, String> {
        let (min, max) = bounds(min, max)?;
        Ok(Self { min, max })
    }
}

impl Triangular {
    /// The law of two bounds and the most likely delay, in seconds.
    ///
    /// # Errors
    /// If they are out of order or leave no width.
    pub fn new(min: f64, mode: f64, max: f64) -> Result<Self, String> {
        let (min, max) = bounds(min, max)?;
        Ok(Self { min, mode: mode_between(min, mode, max)?, max })
    }
}

impl Pert {
    /// The law of two bounds and the most likely delay, in seconds.
    ///
    /// # Errors
    /// If they are out of order or leave no width.
    pub fn new(min: f64, mode: f64, max: f64) -> Result<Self, String> {
        let (min, max) = bounds(min, max)?;
        let (mode, width) = (mode_between(min, mode, max)?, max - min);
        let unit = Beta::new(1.0 + 4.0 * (mode - min) / width, 1.0 + 4.0 * (max - mode) / width);
        Ok(Self { min, mode, max, unit })
    }
}

impl Family for Constant {
    fn quantile(&self, _p: f64) -> f64 {
        self.seconds
    }
    fn cdf(&self, x: f64) -> f64 {
        f64::from(u8::from(x >= self.seconds))
    }
    fn mean(&self) -> Option<f64> {
        Some(self.seconds)
    }
    fn min(&self) -> f64 {
        self.seconds
    }
    fn max(&self) -> Option<f64> {
        Some(self.seconds)
    }
}

impl Family for Uniform {
    #[inline]
    fn quantile(&self, p: f64) -> f64 {
        self.min + (self.max - self.min) * p
    }
    fn cdf(&self, x: f64) -> f64 {
        ((x - self.min) / (self.max - self.min)).clamp(0.0, 1.0)
    }
    fn mean(&self) -> Option<f64> {
        Some(0.5 * (self.min + self.max))
    }
    fn min(&self) -> f64 {
        self.min
    }
    fn max(&self) -> Option<f64> {
        Some(self.max)
    }
}

impl Family for Triangular {
    fn quantile(&self, p: f64) -> f64 {
        let width = self.max - self.min;
        if p * width <= self.mode - self.min {
            self.min + libm::sqrt(p * width * (self.mode - self.min))
        } else {
            self.max - libm::sqrt((1.0 - p) * width * (self.max - self.mode))
        }
    }
    fn cdf(&self, x: f64) -> f64 {
        let width = self.max - self.min;
        if x <= self.min {
            0.0
        } else if x >= self.max {
            1.0
        } else if x <= self.mode {
            (x - self.min) * (x - self.min) / (width * (self.mode - self.min))
        } else {
            1.0 - (self.max - x) * (self.max - x) / (width * (self.max - self.mode))
        }
    }
    fn mean(&self) -> Option<f64> {
        Some((self.min + self.mode + self.max) / 3.0)
    }
    fn min(&self) -> f64 {
        self.min
    }
    fn max(&self) -> Option<f64> {
        Some(self.max)
    }
}

impl Family for Pert {
    fn quantile(&self, p: f64) -> f64 {
        self.min + (self.max - self.min) * self.unit.quantile(p)
    }
    fn cdf(&self, x: f64) -> f64 {
        self.unit.cdf((x - self.min) / (self.max - self.min))
    }
    fn mean(&self) -> Option<f64> {
        Some((self.min + 4.0 * self.mode + self.max) / 6.0)
    }
    fn min(&self) -> f64 {
        self.min
    }
    fn max(&self) -> Option<f64> {
        Some(self.max)
    }
}

impl fmt::Display for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown_seconds(self.seconds))
    }
}

impl fmt::Display for Uniform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", shown_seconds(self.min), shown_seconds(self.max))
    }
}

impl fmt::Display for Triangular {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [min, mode, max] = [self.min, self.mode, self.max].map(shown_seconds);
        write!(f, "triangular(min={min} mode={mode} max={max})")
    }
}

impl fmt::Display for Pert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [min, mode, max] = [self.min, self.mode, self.max].map(shown_seconds);
        write!(f, "pert(min={min} mode={mode} max={max})")
    }
}

fn bounds(min: f64, max: f64) -> Result<(f64, f64), String> {
    let (min, max) = (length("min", min)?, length("max", max)?);
    let [low, high] = [min, max].map(shown_seconds);
    if min == max {
        return Err(format!("min equals max; for a delay that never varies write `{low}`"));
    }
    if min > max {
        return Err(format!("min={low} lies above max={high}; exchange the two values"));
    }
    Ok((min, max))
}

fn mode_between(min: f64, mode: f64, max: f64) -> Result<f64, String> {
    if (min..=max).contains(&mode) {
        return Ok(mode);
    }
    let [min, mode, max] = [min, mode, max].map(shown_seconds);
    Err(format!("mode={mode} lies outside {min}..{max}; the most likely delay lies between the bounds"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_triangle_splits_its_area_at_the_mode() {
        // Bounds 0 and 10, mode 4: the share below the mode is 4 / 10; half of that lies below 4 / sqrt 2.
        let law = Triangular::new(0.0, 4.0, 10.0).expect("a law");
        assert!((law.cdf(4.0) - 0.4).abs() < 1e-15);
        assert!((law.quantile(0.2) - 4.0 / 2.0_f64.sqrt()).abs() < 1e-14);
        assert!((law.quantile(0.7) - (10.0 - 18.0_f64.sqrt())).abs() < 1e-14);
    }

    #[test]
    fn a_mode_at_a_bound_leaves_one_side() {
        // Mode at the lower bound: the density falls from the start, F(x) = 1 - (1 - x)^2 on the unit interval.
        let law = Triangular::new(0.0, 0.0, 1.0).expect("a law");
        assert!((law.quantile(0.75) - 0.5).abs() < 1e-15);
        // PERT with its mode there is the beta law (1, 5): F(x) = 1 - (1 - x)^5.
        let law = Pert::new(0.0, 0.0, 1.0).expect("a law");
        assert!((law.cdf(0.5) - (1.0 - 1.0 / 32.0)).abs() < 1e-14);
    }

    #[test]
    fn bounds_are_in_order_and_leave_width() {
        assert!(Uniform::new(3.0, 1.0).expect_err("out of order").contains("exchange"));
        assert!(Uniform::new(3.0, 3.0).expect_err("no width").contains("write `3s`"));
        assert!(Pert::new(1.0, 4.0, 3.0).expect_err("mode outside").starts_with("mode=4s lies outside 1s..3s"));
        assert!(Constant::new(-1.0).is_err() && Uniform::new(-1.0, 1.0).is_err());
    }
}
