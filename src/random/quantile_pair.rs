//! Two quantiles that fix a law, as people say it: `p50=4m p95=20m`.

use crate::random::family;

/// One quantile: a share of the delays, and the seconds that this share does not exceed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantilePoint {
    share: f64,
    seconds: f64,
}

/// Two quantiles in rising order: of different shares, positive and unequal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantilePair {
    low: QuantilePoint,
    high: QuantilePoint,
}

impl QuantilePoint {
    /// The delay that `share` of all delays, strictly between none and all, do not exceed.
    ///
    /// # Errors
    /// If the share is none or all, or the delay is not above zero.
    pub fn new(share: f64, seconds: f64) -> Result<Self, String> {
        if !(share > 0.0 && share < 1.0) {
            return Err(format!("{share} is not the share of a quantile; write for example p50 or p99.9"));
        }
        let point = Self { share, seconds };
        family::positive(&point.name(), seconds)?;
        family::length(&point.name(), seconds)?;
        Ok(point)
    }

    /// The share in (0, 1).
    pub const fn share(self) -> f64 {
        self.share
    }

    /// The quantile in seconds.
    pub const fn seconds(self) -> f64 {
        self.seconds
    }

    /// As scenarios name it: `p95`.
    pub fn name(self) -> String {
        format!("p{}", libm::rint(self.share * 1e11) / 1e9)
    }
}

impl QuantilePair {
    /// Two quantiles, in either order.
    ///
    /// # Errors
    /// If the shares are the same, or the delays do not rise with them.
    pub fn new(one: QuantilePoint, other: QuantilePoint) -> Result<Self, String> {
        let (low, high) = if one.share <= other.share { (one, other) } else { (other, one) };
        if low.share == high.share {
            return Err(format!("{} stands twice; give two different quantiles", low.name()));
        }
        let shown = |point: QuantilePoint| format!("{}={}", point.name(), family::shown_seconds(point.seconds));
        if low.seconds == high.seconds {
            let value = family::shown_seconds(low.seconds);
            return Err(format!(
                "{} equals {}; for a delay that never varies write `{value}`",
                shown(low),
                shown(high)
            ));
        }
        if low.seconds > high.seconds {
            return Err(format!("{} lies above {}; exchange the two values", shown(low), shown(high)));
        }
        Ok(Self { low, high })
    }

    /// The quantile of the smaller share.
    pub const fn low(self) -> QuantilePoint {
        self.low
    }

    /// The quantile of the larger share.
    pub const fn high(self) -> QuantilePoint {
        self.high
    }

    /// The natural logarithm of how many times the higher quantile is the lower.
    pub fn log_ratio(self) -> f64 {
        libm::log(self.high.seconds / self.low.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_rise_with_their_shares() {
        let point = |share, seconds| QuantilePoint::new(share, seconds).expect("a valid quantile");
        let pair = QuantilePair::new(point(0.95, 20.0), point(0.5, 4.0)).expect("they rise");
        assert_eq!((pair.low().seconds(), pair.high().seconds()), (4.0, 20.0));
        for (one, other, word) in [
            (point(0.5, 20.0), point(0.95, 4.0), "p50=20s lies above p95=4s"),
            (point(0.5, 4.0), point(0.95, 4.0), "p50=4s equals p95=4s"),
            (point(0.5, 4.0), point(0.5, 5.0), "p50 stands twice"),
        ] {
            let error = QuantilePair::new(one, other).expect_err("they do not rise");
            assert!(error.starts_with(word), "{error}");
        }
    }

    #[test]
    fn a_quantile_has_a_share_between_none_and_all_and_a_positive_delay() {
        for (share, seconds) in [(0.0, 1.0), (1.0, 1.0), (f64::NAN, 1.0), (0.5, 0.0), (0.5, -1.0), (0.5, 4e9)] {
            assert!(QuantilePoint::new(share, seconds).is_err(), "{share} {seconds}");
        }
        assert_eq!(QuantilePoint::new(0.999, 1.0).map(QuantilePoint::name), Ok("p99.9".into()));
    }
}
