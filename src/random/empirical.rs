//! The law of delays that were measured: each as likely as it occurred.

use crate::random::family::{Family, length};
use std::fmt;
use std::sync::Arc;

/// The measured delays in rising order, at least one. Copies share them.
#[derive(Clone, Debug, PartialEq)]
pub struct Empirical {
    sorted: Arc<[f64]>,
    mean: f64,
}

impl Empirical {
    /// The law of measured delays in seconds, in any order.
    ///
    /// # Errors
    /// If there are none, or one is negative, no number, or beyond a hundred years; it is named by its place, counted
    /// from 1.
    pub fn new(mut seconds: Vec<f64>) -> Result<Self, String> {
        if seconds.is_empty() {
            return Err("there are no values; a law needs at least one".into());
        }
        for (place, &value) in (1..).zip(&seconds) {
            length(&format!("value {place}"), value)?;
        }
        seconds.sort_by(f64::total_cmp);
        let mean = seconds.iter().sum::<f64>() / seconds.len() as f64;
        Ok(Self { sorted: seconds.into(), mean })
    }

    /// How many delays were measured.
    pub fn count(&self) -> usize {
        self.sorted.len()
    }
}

impl Family for Empirical {
    /// The smallest measured delay that at least a share `p` of them do not exceed.
    fn quantile(&self, p: f64) -> f64 {
        let n = self.sorted.len();
        let rank = (libm::ceil(p * n as f64) as usize).clamp(1, n);
        // The product may round up past a whole number: step back where the rank before it is enough.
        let enough = rank > 1 && (rank - 1) as f64 / n as f64 >= p;
        self.sorted[rank - 1 - usize::from(enough)]
    }
    fn cdf(&self, x: f64) -> f64 {
        self.sorted.partition_point(|&value| value <= x) as f64 / self.sorted.len() as f64
    }
    fn mean(&self) -> Option<f64> {
        Some(self.mean)
    }
    fn min(&self) -> f64 {
        self.sorted[0]
    }
    fn max(&self) -> Option<f64> {
        self.sorted.last().copied()
    }
}

impl fmt::Display for Empirical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "empirical({} values)", self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measured_delay_has_its_share() {
        // Five values: each holds a fifth; at exactly k/5 the quantile is still the k-th.
        let law = Empirical::new(vec![3.0, 1.0, 2.0, 5.0, 4.0]).expect("a law");
        for (p, value) in
            [(0.0, 1.0), (0.1, 1.0), (0.2, 1.0), (0.200_001, 2.0), (0.6, 3.0), (0.8, 4.0), (0.81, 5.0), (1.0, 5.0)]
        {
            assert_eq!(law.quantile(p), value, "at {p}");
        }
        assert_eq!((law.cdf(0.9), law.cdf(1.0), law.cdf(4.5), law.mean()), (0.0, 0.2, 0.8, Some(3.0)));
    }

    #[test]
    fn a_quantile_never_skips_a_rank_through_rounding() {
        // With n values 1..=n the quantile of the double nearest to k/n is k, however the product rounds.
        for n in 1..200_u32 {
            let law = Empirical::new((1..=n).map(f64::from).collect()).expect("a law");
            for k in 1..=n {
                assert_eq!(law.quantile(f64::from(k) / f64::from(n)), f64::from(k), "{k} of {n}");
            }
        }
    }

    #[test]
    fn values_that_are_no_delays_are_named_by_their_place() {
        for (values, word) in [(vec![], "no values"), (vec![1.0, -2.0], "value 2"), (vec![f64::NAN], "value 1")] {
            assert!(Empirical::new(values).expect_err("no delays").contains(word));
        }
    }
}
