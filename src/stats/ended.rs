//! The Kaplan-Meier interval of a quantile where every duration was seen to its end, from ranks alone.
//!
//! Without a cut the curve after `r` of `n` ends is `(n - r) / n` and Greenwood's sum is `r / (n (n - r))`, so that the
//! interval is a matter of ranks, and nobody needs all durations in order. What it says is what [`survival`] would.
//!
//! [`survival`]: super::survival

use super::interval;
use super::normal;
use super::order::Ordered;
use super::passing::first_of;
use super::quantile::{Ends, Value};
use libm::{exp, fabs, log, pow, sqrt};

/// The ends of the interval of the p-quantile at level `1 - alpha`; where values are bucketed, outer edges.
pub fn quantile_interval(ended: &Ordered, p: f64, alpha: f64) -> Ends {
    let n = ended.count();
    let ranks = Ranks { n, z: normal::quantile(1.0 - alpha / 2.0) };
    let doubted = interval::clopper_pearson(n, n, alpha).low < 1.0 - p;
    // The curve falls where values do: what it says after the first of several alike is what it says after all of them.
    let first = |passes: &dyn Fn(u64) -> bool| {
        let passed = |rank: u64| passes(ended.step_at(rank).map_or(rank, |step| step.upto));
        Some(first_of(1..n + 1, passed)).filter(|rank| *rank <= n).and_then(|rank| ended.step_at(rank))
    };
    let low = first(&|rank| ranks.low(rank) <= 1.0 - p);
    let high = first(&|rank| rank == n || ranks.high(rank) <= 1.0 - p);
    // After the last of them the curve is zero, and its upper end that before it: it has not passed. Only where all ended
    // at once there is none before it, but a bound on what may last longer.
    let high = high.map(|step| {
        let all_at_once = step.count == n && interval::clopper_pearson(0, n, alpha).high <= 1.0 - p;
        if step.upto < n || all_at_once { Value::At(step.high) } else { Value::Beyond(step.high) }
    });
    Ends { low: low.filter(|_| !doubted).map(|step| Value::At(step.low)), high }
}

/// The interval of the curve after so many of `n` ends, on the log-log scale.
struct Ranks {
    n: u64,
    z: f64,
}

impl Ranks {
    fn spread(&self, rank: u64) -> (f64, f64) {
        let (n, left) = (self.n as f64, (self.n - rank) as f64);
        let survival = left / n;
        (survival, exp(self.z * sqrt(rank as f64 / (n * left)) / fabs(log(survival))))
    }

    fn low(&self, rank: u64) -> f64 {
        if rank == self.n {
            return 0.0;
        }
        let (survival, spread) = self.spread(rank);
        pow(survival, spread)
    }

    fn high(&self, rank: u64) -> f64 {
        let (survival, spread) = self.spread(rank);
        pow(survival, 1.0 / spread)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::Collector;
    use super::super::survival::Curve;
    use super::*;

    #[test]
    fn ranks_say_what_the_curve_says() {
        // Few, many, with ties, all at once: each against the curve that is fitted step by step.
        let spread = |n: i64, different: i64| (0..n).map(|i| i * 7919 % different).collect::<Vec<i64>>();
        // Of 2500, at p = 1 % and a level of 99.9 %, the lower end passes at the first, and not at the second.
        let alike = (0..2500).map(|i: i64| i.max(2)).collect();
        let small = [vec![7], vec![3; 10], vec![3; 5000], spread(100, 89), spread(2500, 2503), alike];
        let samples = small.into_iter().chain([spread(5003, 5003), spread(30_000, 4001)]);
        for values in samples {
            let collected = |values: &[i64]| {
                let mut all = Collector::new(None);
                all.push_all(values);
                all.finish()
            };
            let (ended, none) = (collected(&values), collected(&[]));
            let curve = Curve::fit(ended.observed(), none.observed()).expect("durations");
            for p in [0.01, 0.05, 0.25, 0.5, 0.9, 0.99, 0.999] {
                for alpha in [0.05, 0.001] {
                    let expected = curve.quantile_interval(p, alpha);
                    let found = quantile_interval(ended.observed(), p, alpha);
                    assert_eq!(found, expected, "p{p} of {} at {alpha}", values.len());
                }
                assert_eq!(ended.quantile(p), Some(curve.quantile(p)));
            }
        }
    }
}
