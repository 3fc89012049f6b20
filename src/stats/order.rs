//! The values of a sample in order: each of them up to a million, in narrow buckets beyond.
//!
//! Whether values are kept or bucketed depends on their number alone, so that the parts of a sample may be
//! merged in any order. A bucketed value is known to lie between two edges, never guessed within them.

use super::buckets::{Buckets, Step};

/// Up to so many values all are kept; beyond, ranks are known to the edges of a bucket.
pub const EXACT_UP_TO: usize = 1_000_000;

/// Values as they come.
#[derive(Clone, Debug)]
pub enum Unordered {
    /// Every one of them.
    Exact(Vec<i64>),
    /// How many in each bucket.
    Bucketed(Box<Buckets>),
}

/// Values in rising order.
#[derive(Clone, Debug)]
pub enum Ordered {
    /// Every one of them.
    Exact(Vec<i64>),
    /// The occupied buckets.
    Bucketed(Vec<Step>),
}

impl Unordered {
    /// Takes in one value.
    pub fn push(&mut self, value: i64) {
        match self {
            Self::Exact(values) if values.len() < EXACT_UP_TO => values.push(value),
            _ => self.bucketed().push(value),
        }
    }

    /// Takes in all values of another.
    pub fn merge(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Exact(mine), Self::Exact(theirs)) if mine.len() + theirs.len() <= EXACT_UP_TO => mine.extend(theirs),
            (_, Self::Exact(theirs)) => {
                let mine = self.bucketed();
                theirs.into_iter().for_each(|value| mine.push(value));
            }
            (_, Self::Bucketed(theirs)) => self.bucketed().merge(&theirs),
        }
    }

    /// Puts the values in order; `min` and `max` are the exact ends of all of them, where there are any.
    pub fn sorted(self, min: Option<i64>, max: Option<i64>) -> Ordered {
        match self {
            Self::Exact(mut values) => {
                values.sort_unstable();
                Ordered::Exact(values)
            }
            Self::Bucketed(buckets) => {
                let mut steps = buckets.steps();
                if let (Some(first), Some(min)) = (steps.first_mut(), min) {
                    first.low = min;
                }
                if let (Some(last), Some(max)) = (steps.last_mut(), max) {
                    last.high = max;
                }
                Ordered::Bucketed(steps)
            }
        }
    }

    fn bucketed(&mut self) -> &mut Buckets {
        if let Self::Exact(values) = self {
            let mut buckets = Buckets::default();
            values.iter().for_each(|&value| buckets.push(value));
            *self = Self::Bucketed(Box::new(buckets));
        }
        match self {
            Self::Bucketed(buckets) => buckets,
            Self::Exact(_) => unreachable!("the values were moved into buckets above"),
        }
    }
}

impl Ordered {
    /// How many values.
    pub fn count(&self) -> u64 {
        match self {
            Self::Exact(values) => values.len() as u64,
            Self::Bucketed(steps) => steps.last().map_or(0, |step| step.upto),
        }
    }

    /// The least and the greatest that the value of this rank (from 1) can be; `None` past the last.
    pub fn at(&self, rank: u64) -> Option<(i64, i64)> {
        assert!(rank > 0, "ranks are counted from 1");
        match self {
            Self::Exact(values) => {
                let index = usize::try_from(rank - 1).ok()?;
                values.get(index).map(|&value| (value, value))
            }
            Self::Bucketed(steps) => {
                let index = steps.partition_point(|step| step.upto < rank);
                steps.get(index).map(|step| (step.low, step.high))
            }
        }
    }

    /// How many values are surely at most `x`; exact unless a bucket reaches across `x`.
    pub fn at_most(&self, x: i64) -> u64 {
        match self {
            Self::Exact(values) => values.partition_point(|&value| value <= x) as u64,
            Self::Bucketed(steps) => {
                let surely = steps.partition_point(|step| step.high <= x);
                surely.checked_sub(1).map_or(0, |last| steps[last].upto)
            }
        }
    }

    /// The groups of equal values (or buckets), rising.
    pub fn steps(&self) -> Vec<Step> {
        match self {
            Self::Bucketed(steps) => steps.clone(),
            Self::Exact(values) => {
                let mut upto = 0;
                let step = |equal: &[i64]| {
                    let count = equal.len() as u64;
                    upto += count;
                    Step { low: equal[0], high: equal[0], count, upto }
                };
                values.chunk_by(|a, b| a == b).map(step).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(values: impl Iterator<Item = i64>) -> Unordered {
        let mut all = Unordered::Exact(Vec::new());
        values.for_each(|value| all.push(value));
        all
    }

    #[test]
    fn the_millionth_value_is_kept_and_the_next_one_is_bucketed() {
        let million = EXACT_UP_TO as i64;
        assert!(matches!(collected(0..million), Unordered::Exact(_)));
        assert!(matches!(collected(0..=million), Unordered::Bucketed(_)));
    }

    #[test]
    fn parts_merge_to_the_same_order_either_way() {
        // Two exact parts that exceed a million together, and a bucketed one with an exact one.
        for (split, total) in [(600_000_i64, 1_200_000_i64), (1_100_000, 1_200_000), (300, 1000)] {
            let (min, max) = (Some(0), Some((total - 1) * 7919));
            let part = |from: i64, to: i64| collected((from..to).map(|i| i * 7919));
            let whole = part(0, total).sorted(min, max).steps();
            let mut forward = part(0, split);
            forward.merge(part(split, total));
            let mut backward = part(split, total);
            backward.merge(part(0, split));
            assert_eq!(forward.sorted(min, max).steps(), whole);
            assert_eq!(backward.sorted(min, max).steps(), whole);
        }
    }

    #[test]
    fn a_bucketed_rank_encloses_the_true_value() {
        // Values 0, 1000, 2000, ...: the true value of rank r is 1000 (r - 1).
        let n = 1_500_000_i64;
        let ordered = collected((0..n).rev().map(|i| i * 1000)).sorted(Some(0), Some((n - 1) * 1000));
        for rank in [1, 2, 3, 750_000, 1_485_000, 1_500_000] {
            let (low, high) = ordered.at(rank).expect("a rank within the sample");
            let truth = 1000 * (rank as i64 - 1);
            assert!(low <= truth && truth <= high && high - low <= truth / 1000, "{low} {truth} {high}");
        }
        assert_eq!(ordered.at(1), Some((0, 0)));
        assert_eq!(ordered.at(1_500_001), None);
        assert_eq!(ordered.count(), 1_500_000);
        let counted = ordered.at_most(500_000_000);
        assert!((499_500..=500_001).contains(&counted), "{counted} of 500001 values counted");
    }

    #[test]
    fn equal_values_are_one_step() {
        let ordered = collected([5, -1, 5, 0].into_iter()).sorted(Some(-1), Some(5));
        let step = |value, count, upto| Step { low: value, high: value, count, upto };
        assert_eq!(ordered.steps(), [step(-1, 1, 1), step(0, 1, 2), step(5, 2, 4)]);
        assert_eq!((ordered.at_most(-2), ordered.at_most(0), ordered.at_most(9)), (0, 2, 4));
    }
}
