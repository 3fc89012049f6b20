//! What is to be expected of a law within a limited time: of use where a mean is infinite, unknown, or beside the point.
//!
//! Promises finite numbers for every law, also for tails so heavy that they have no mean and for delays that never
//! end. They are sums over quantiles, finer towards the tail, so they are estimates and must not reach results.

use super::law::Law;

/// Even steps below the first tail.
const BODY: usize = 99;

/// Powers of ten by which the tail is followed, and steps in each.
const TAIL: (i32, usize) = (10, 9);

impl Law {
    /// The mean, in seconds, of what passes of a delay within `most` seconds: a longer one counts as `most`, and so
    /// does one that never ends.
    pub fn mean_within(&self, most: f64) -> f64 {
        let at = |p: f64| self.quantile(p).map_or(most, |seconds| seconds.min(most));
        let weight = 0.99 / BODY as f64;
        let body: f64 = (0..BODY).map(|n| weight * at((n as f64 + 0.5) * weight)).sum();
        let mut tail = 0.0;
        let mut left = 0.01;
        for _ in 0..TAIL.0 {
            let weight = 0.9 * left / TAIL.1 as f64;
            tail += (0..TAIL.1).map(|n| weight * at(1.0 - left + (n as f64 + 0.5) * weight)).sum::<f64>();
            left /= 10.0;
        }
        body + tail + left * at(1.0 - left / 2.0)
    }

    /// About how often something happens in `seconds` that happens again after each of these delays: at most twice
    /// too often, and one time more where nearly every delay is longer than that.
    pub fn times_within(&self, seconds: f64) -> f64 {
        // For a renewal process, T / E min(X, T) <= 1 + m(T) <= 2 T / E min(X, T) (Erickson 1973).
        if seconds > 0.0 { seconds / self.mean_within(seconds).max(1e-9) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::law_text::LawText;

    fn law(text: &str) -> Law {
        LawText::parse(text).expect("a law").resolve(|_, _| Err("no files".into())).expect("complete")
    }

    #[test]
    fn a_light_tail_has_its_mean_and_a_cut_one_what_is_left_of_it() {
        // Exponential: E min(X, t) = m (1 - exp(-t/m)); 60 s within 60 s: 60 (1 - 1/e) = 37.927 s.
        let exponential = law("exponential(mean=60s)");
        assert!((exponential.mean_within(1e9) / 60.0 - 1.0).abs() < 0.01, "{}", exponential.mean_within(1e9));
        assert!((exponential.mean_within(60.0) / 37.927 - 1.0).abs() < 0.01, "{}", exponential.mean_within(60.0));
        assert!((law("5m").mean_within(1e9) - 300.0).abs() < 1e-6);
    }

    #[test]
    fn a_tail_without_a_mean_is_cut_and_one_that_never_ends_counts_in_full() {
        // Pareto of shape 1/2 from 1 s: E min(X, t) = 2 sqrt(t) - 1, at 10^6 s 1999 s.
        let heavy = law("pareto(min=1s shape=0.5)");
        assert!((heavy.mean_within(1e6) / 1999.0 - 1.0).abs() < 0.05, "{}", heavy.mean_within(1e6));
        assert!((Law::never().mean_within(70.0) - 70.0).abs() < 1e-9);
    }

    #[test]
    fn something_that_comes_again_and_again_is_counted_within_a_factor_of_two() {
        // Every 2 s for 100 s: 50 times. Never: at most the one time that is added.
        assert!((law("2s").times_within(100.0) - 50.0).abs() < 1e-6);
        assert!(Law::never().times_within(100.0) <= 1.0 + 1e-9);
        assert_eq!(law("1ns").times_within(0.0), 0.0);
    }
}
