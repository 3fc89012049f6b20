//! Counts of whole numbers in buckets of at most 0.1 % width, for samples too large to keep.
//!
//! Holds any `i64`; sizes below 2048 are exact. Buckets are those of an HDR histogram with three significant
//! figures, one for each sign, so that two collections of the same values are equal however they came about.

use super::sums::Sums;
use hdrhistogram::Histogram;

/// A group of values that are equal, or not told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// None of them is lower.
    pub low: i64,
    /// None of them is higher.
    pub high: i64,
    /// How many they are.
    pub count: u64,
    /// How many values are at most `high`.
    pub upto: u64,
}

/// The buckets of both signs.
#[derive(Clone, Debug)]
pub struct Buckets {
    /// Zero and above.
    up: Histogram<u64>,
    /// Sizes of the values below zero.
    down: Histogram<u64>,
    sums: Sums,
}

impl Default for Buckets {
    /// No values yet.
    fn default() -> Self {
        // Resizing, so that the sign that never occurs costs little.
        let fresh = || Histogram::new(3).expect("three significant figures are allowed");
        Self { up: fresh(), down: fresh(), sums: Sums::default() }
    }
}

impl Buckets {
    /// Takes in values.
    pub fn push_all(&mut self, values: &[i64]) {
        self.sums.take_all(values);
        values.iter().for_each(|&value| self.count(value, 1));
    }

    /// Takes in a value as often as said.
    pub fn push(&mut self, value: i64, times: u64) {
        self.sums.take(value, times);
        self.count(value, times);
    }

    /// What is known exactly of the values.
    pub fn sums(&self) -> &Sums {
        &self.sums
    }

    fn count(&mut self, value: i64, times: u64) {
        let side = if value < 0 { &mut self.down } else { &mut self.up };
        side.record_n(value.unsigned_abs(), times).expect("a resizing histogram takes any size up to 2^63");
    }

    /// The occupied buckets, rising, with their lowest and highest possible values; the ends of all are exact.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps: Vec<Step> = occupied(&self.down)
            .map(|(low, high, count)| Step { low: negative(high), high: negative(low), count, upto: 0 })
            .collect();
        steps.reverse();
        steps.extend(occupied(&self.up).map(|(low, high, count)| Step {
            low: capped(low),
            high: capped(high),
            count,
            upto: 0,
        }));
        let mut upto = 0;
        for step in &mut steps {
            upto += step.count;
            step.upto = upto;
        }
        if let (Some(extent), Some(first)) = (self.sums.extent, steps.first_mut()) {
            first.low = extent.least;
        }
        if let (Some(extent), Some(last)) = (self.sums.extent, steps.last_mut()) {
            last.high = extent.greatest;
        }
        steps
    }
}

/// Lowest value, highest value and count of each occupied bucket.
fn occupied(side: &Histogram<u64>) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
    side.iter_recorded().map(|bucket| {
        let size = bucket.value_iterated_to();
        (side.lowest_equivalent(size), side.highest_equivalent(size), bucket.count_at_value())
    })
}

fn capped(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

fn negative(size: u64) -> i64 {
    0_i64.checked_sub_unsigned(size).unwrap_or(i64::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_a_bucket_of_a_thousandth() {
        // Three significant figures: sizes below 2048 alone in their bucket, above it a width of 1/1024 at most.
        let values = [i64::MIN, -5_000_000_007, -2048, -1, 0, 1, 2047, 3_600_000_000_001, 1 << 62, i64::MAX];
        let mut buckets = Buckets::default();
        values.iter().for_each(|&value| buckets.push(value, 1));
        let steps = buckets.steps();
        assert_eq!(steps.len(), values.len());
        for (step, value) in steps.iter().zip(values) {
            assert!(step.low <= value && value <= step.high && step.count == 1, "{value} in {step:?}");
            let width = step.high.abs_diff(step.low);
            assert!(width <= value.unsigned_abs() / 1024, "{value} in {step:?}");
        }
        assert_eq!(steps.last().map(|step| step.upto), Some(10));
    }
}
