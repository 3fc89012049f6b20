//! When a sample is taken to follow a law: all comparisons of a case are made, and every one that fails is told.
//!
//! Means and shares: |z| <= 4. Quantiles: the exact value lies in the order-statistic interval at 1 - 6e-5,
//! skipped where n (1 - p) < 20. The whole distribution: within the band of Dvoretzky, Kiefer, Wolfowitz and
//! Massart at 1e-6. The largest value: at most the largest possible one, and a nanosecond.

use super::law::Law;
use revdrill::stats::{interval, quantile};

const MOST_Z: f64 = 4.0;
const QUANTILE_ALPHA: f64 = 6e-5;
const BAND_ALPHA: f64 = 1e-6;
const NANOS: f64 = 1e9;

/// Places at which a sample is compared with the whole law, each in steps of rank and in steps of time.
const PLACES: usize = 1_000;

/// Values of a metric over trials, in order of size: nanoseconds, or counts.
pub struct Values(Vec<i64>);

impl Values {
    /// Values in any order.
    pub fn new(mut values: Vec<i64>) -> Self {
        values.sort_unstable();
        Self(values)
    }

    /// How many there are.
    pub fn n(&self) -> u64 {
        self.0.len() as u64
    }

    /// How many of them are at most `most`.
    pub fn at_most(&self, most: i64) -> u64 {
        self.0.partition_point(|value| *value <= most) as u64
    }

    /// How many of them are just this.
    pub fn equal_to(&self, value: i64) -> u64 {
        self.at_most(value) - self.at_most(value - 1)
    }

    fn mean_and_sd(&self) -> (f64, f64) {
        let n = self.0.len() as f64;
        let mean = self.0.iter().map(|value| *value as f64).sum::<f64>() / n;
        let squares: f64 = self.0.iter().map(|value| (*value as f64 - mean).powi(2)).sum();
        (mean, (squares / (n - 1.0)).sqrt())
    }
}

/// The comparisons of a case.
pub struct Checks {
    case: String,
    faults: Vec<String>,
}

/// Makes every comparison of a case, then fails if one failed.
pub fn judge(case: &str, compare: impl FnOnce(&mut Checks)) {
    let mut checks = Checks { case: case.to_owned(), faults: Vec::new() };
    compare(&mut checks);
    assert!(checks.faults.is_empty(), "{case}:\n  {}", checks.faults.join("\n  "));
}

impl Checks {
    fn note(&mut self, what: &str, good: bool, found: &str) {
        println!("{} | {what} | {found}{}", self.case, if good { "" } else { " | FAILS" });
        if !good {
            self.faults.push(format!("{what}: {found}"));
        }
    }

    /// A plain condition.
    pub fn holds(&mut self, what: &str, good: bool, found: &str) {
        self.note(what, good, found);
    }

    /// The mean of durations, in seconds.
    pub fn mean(&mut self, what: &str, values: &Values, expected: f64) {
        self.mean_of(what, values, NANOS, expected);
    }

    /// The mean of counts.
    pub fn mean_count(&mut self, what: &str, values: &Values, expected: f64) {
        self.mean_of(what, values, 1.0, expected);
    }

    fn mean_of(&mut self, what: &str, values: &Values, scale: f64, expected: f64) {
        let (mean, sd) = values.mean_and_sd();
        let (mean, error) = (mean / scale, sd / scale / (values.n() as f64).sqrt());
        if error == 0.0 {
            let good = (mean - expected).abs() <= 1e-9 * expected.abs().max(1.0);
            return self.note(what, good, &format!("always {mean}, exact {expected}"));
        }
        let z = (mean - expected) / error;
        self.note(what, z.abs() <= MOST_Z, &format!("z = {z:+.2} (mean {mean:.6}, exact {expected:.6})"));
    }

    /// A share of trials.
    pub fn share(&mut self, what: &str, (count, of): (u64, u64), expected: f64) {
        let n = of as f64;
        if expected <= 0.0 || expected >= 1.0 {
            let good = count as f64 == expected * n;
            return self.note(what, good, &format!("{count} of {of}, exact {expected}"));
        }
        let z = (count as f64 - n * expected) / (n * expected * (1.0 - expected)).sqrt();
        let found = format!("z = {z:+.2} ({:.6}, exact {expected:.6})", count as f64 / n);
        self.note(what, z.abs() <= MOST_Z, &found);
    }

    /// A quantile, in seconds.
    pub fn quantile(&mut self, what: &str, values: &Values, p: f64, expected: f64) {
        let n = values.n();
        if (n as f64) * (1.0 - p) < 20.0 {
            return;
        }
        let ranks = quantile::interval_ranks(n, p, QUANTILE_ALPHA);
        let at = |rank: u64| values.0[rank as usize - 1] as f64 / NANOS;
        let (low, high) = (ranks.low.map_or(0.0, at), ranks.high.map_or(f64::INFINITY, at));
        let slack = 2e-9 + 1e-9 * expected;
        let good = low - slack <= expected && expected <= high + slack;
        self.note(what, good, &format!("exact {expected:.6} in [{low:.6}, {high:.6}]"));
    }

    /// The distribution at some places, against `(t, F(t))`.
    pub fn cdf(&mut self, what: &str, values: &Values, places: &[(f64, f64)]) {
        let n = values.n();
        let far = places.iter().map(|(t, expected)| {
            let found = values.at_most((t * NANOS).round() as i64) as f64 / n as f64;
            (found - expected).abs()
        });
        self.band(what, n, far.fold(0.0, f64::max));
    }

    fn band(&mut self, what: &str, n: u64, far: f64) {
        let allowed = interval::dkw_half_width(n, BAND_ALPHA);
        self.note(what, far <= allowed, &format!("at most {far:.5} apart, allowed {allowed:.5}"));
    }

    /// The largest value, in seconds.
    pub fn largest(&mut self, what: &str, values: &Values, most: f64) {
        let largest = values.0.last().map_or(0.0, |value| *value as f64 / NANOS);
        self.note(what, largest <= most + 1.000_001e-9, &format!("largest {largest:.9}, possible {most}"));
    }

    /// Durations against their whole law: weight at 0, mean, quantiles, distribution, largest value.
    pub fn law(&mut self, what: &str, values: &Values, law: &Law) {
        let n = values.n();
        let at_zero = law.cdf(0.0);
        if at_zero > 0.0 {
            self.share(&format!("{what}: none at all"), (values.at_most(0), n), at_zero);
        }
        self.mean(&format!("{what}: mean"), values, law.mean());
        for p in [0.5, 0.9, 0.99, 0.999] {
            self.quantile(&format!("{what}: p{}", p * 100.0), values, p, law.quantile(p));
        }
        let ranks = (0..PLACES).map(|place| values.0[(place * (values.0.len() - 1)) / (PLACES - 1)]);
        let times = (1..PLACES).map(|place| (place as f64 / PLACES as f64 * law.end() * NANOS) as i64);
        let far = ranks.chain(times).map(|at| distance(values, law, at)).fold(0.0, f64::max);
        self.band(&format!("{what}: distribution"), n, far);
        if let Some(most) = law.largest() {
            self.largest(&format!("{what}: largest"), values, most);
        }
    }
}

/// How far a sample is from a law at `at`; a nanosecond either way is rounding.
fn distance(values: &Values, law: &Law, at: i64) -> f64 {
    let found = values.at_most(at) as f64 / values.n() as f64;
    let (low, high) = (law.cdf((at as f64 - 1.5) / NANOS), law.cdf((at as f64 + 1.5) / NANOS));
    (low - found).max(found - high)
}
