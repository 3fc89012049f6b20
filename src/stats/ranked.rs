//! Values put in order only where somebody asks: a report wants some hundred ranks of a sample, not all of them.
//!
//! One pass shares the values out to parts of equal width, the next part holding greater values; a part is sorted when
//! a rank within it is asked for. What is answered is what a full sort would say.

use super::buckets::Step;
use super::extent::Extent;
use std::sync::{Mutex, PoisonError};

/// Values that one part holds on average: few enough to be sorted at once, enough that parts are few.
const A_PART: usize = 64;

/// The most parts, so that where they end is looked up within the nearest cache of a processor.
const MOST_PARTS: usize = 4096;

/// Values in parts.
#[derive(Debug)]
pub struct Ranked {
    /// Index of the first value of each part, and the number of values.
    starts: Vec<usize>,
    width: Width,
    parts: Mutex<Parts>,
}

#[derive(Debug)]
struct Parts {
    values: Vec<i64>,
    sorted: Vec<bool>,
}

/// How values are shared out.
#[derive(Clone, Copy, Debug)]
struct Width {
    extent: Extent,
    shift: u32,
}

impl Width {
    /// Of at most so many parts, a power of two.
    fn of(extent: Extent, parts: usize) -> Self {
        let bits = u64::BITS - extent.greatest.abs_diff(extent.least).leading_zeros();
        Self { extent, shift: bits.saturating_sub(parts.ilog2()).min(u64::BITS - 1) }
    }

    fn part(self, value: i64) -> usize {
        (value.wrapping_sub(self.extent.least) as u64 >> self.shift) as usize
    }
}

impl Ranked {
    /// Shares out some values, of which `extent` tells the ends.
    pub fn new(values: &[i64], extent: Extent) -> Self {
        let width = Width::of(extent, (values.len() / A_PART).clamp(1, MOST_PARTS).next_power_of_two());
        let mut starts = vec![0; width.part(extent.greatest) + 2];
        for &value in values {
            starts[width.part(value) + 1] += 1;
        }
        for part in 1..starts.len() {
            starts[part] += starts[part - 1];
        }
        let mut next = starts.clone();
        let mut shared = vec![0; values.len()];
        for &value in values {
            let place = &mut next[width.part(value)];
            shared[*place] = value;
            *place += 1;
        }
        let sorted = vec![false; starts.len() - 1];
        Self { starts, width, parts: Mutex::new(Parts { values: shared, sorted }) }
    }

    /// How many values.
    pub fn count(&self) -> u64 {
        self.starts.last().map_or(0, |all| *all as u64)
    }

    /// The group of values equal to that of this rank (from 1); `None` past the last.
    pub fn step_at(&self, rank: u64) -> Option<Step> {
        let index = usize::try_from(rank.checked_sub(1)?).ok()?;
        if index as u64 >= self.count() {
            return None;
        }
        let part = self.starts.partition_point(|start| *start <= index) - 1;
        let start = self.starts[part];
        Some(self.sorted(part, |values| {
            let value = values[index - start];
            let from = values.partition_point(|other| *other < value);
            let to = from + values[from..].partition_point(|other| *other <= value);
            Step { low: value, high: value, count: (to - from) as u64, upto: (start + to) as u64 }
        }))
    }

    /// How many values are at most `x`.
    pub fn at_most(&self, x: i64) -> u64 {
        let extent = self.width.extent;
        if x < extent.least {
            return 0;
        }
        if x >= extent.greatest {
            return self.count();
        }
        let part = self.width.part(x);
        (self.starts[part] + self.sorted(part, |values| values.partition_point(|value| *value <= x))) as u64
    }

    /// Asks a part that is in order.
    fn sorted<T>(&self, part: usize, ask: impl FnOnce(&[i64]) -> T) -> T {
        // A part is in order or is not: nobody leaves it half sorted but by a panic, which ends the run.
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let Parts { values, sorted } = &mut *parts;
        let values = &mut values[self.starts[part]..self.starts[part + 1]];
        if !sorted[part] {
            values.sort_unstable();
            sorted[part] = true;
        }
        ask(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a full sort says of every rank.
    fn agrees(values: Vec<i64>) {
        let ranked = Ranked::new(&values, Extent::of(&values).expect("there are values"));
        let mut all = values;
        all.sort_unstable();
        assert_eq!(ranked.count(), all.len() as u64);
        for (index, &value) in all.iter().enumerate() {
            let step = ranked.step_at(index as u64 + 1).expect("a rank within the sample");
            let upto = all.partition_point(|other| *other <= value) as u64;
            let below = all.partition_point(|other| *other < value) as u64;
            assert_eq!(step, Step { low: value, high: value, count: upto - below, upto });
            assert_eq!((ranked.at_most(value), ranked.at_most(value - 1)), (upto, below));
        }
        assert_eq!((ranked.step_at(0), ranked.step_at(all.len() as u64 + 1)), (None, None));
    }

    #[test]
    fn every_rank_is_that_of_a_full_sort() {
        // Spread evenly; nearly all in one part; below and above zero over the whole range; a single value.
        agrees((0..5000).map(|i: i64| i * 7919 % 5003).collect());
        agrees((0..5000).map(|i: i64| if i == 77 { i64::MAX - 5 } else { i % 13 }).collect());
        agrees((0..3000).map(|i: i64| (i - 1500) * 6_148_914_691_236_517).chain([i64::MIN + 1, i64::MAX]).collect());
        agrees(vec![42]);
    }
}
