//! The values of a sample: few different ones counted, many kept, and in narrow buckets where they are too many.
//!
//! How they are held depends on the values and their number alone, not on their order. Counted and kept values are exact; a bucketed one is known to lie between two edges, never guessed within them.

use super::buckets::{Buckets, Step};
use super::extent::Extent;
use super::ranked::Ranked;
use super::sums::Sums;

/// Up to so many values all are kept, unless fewer are asked for; beyond, ranks are known to the edges of a bucket.
pub const EXACT_UP_TO: usize = 1_000_000;

/// Whole numbers from 0 to below this are counted one by one, however many there are.
const COUNTED: usize = 2048;

/// Values as they come.
#[derive(Clone, Debug)]
pub enum Unordered {
    /// All of them are this one.
    Equal {
        /// The value.
        value: i64,
        /// How often.
        count: u64,
    },
    /// How many of each small whole number.
    Counted(Box<[u64; COUNTED]>),
    /// Every one of them.
    Kept(Vec<i64>),
    /// How many in each bucket.
    Bucketed(Box<Buckets>),
}

/// Values in rising order.
#[derive(Debug)]
pub enum Ordered {
    /// Every one of them.
    Kept(Ranked),
    /// Groups of equal values, or the occupied buckets.
    Grouped(Vec<Step>),
}

impl Default for Unordered {
    /// No values yet.
    fn default() -> Self {
        Self::Equal { value: 0, count: 0 }
    }
}

impl Unordered {
    /// Takes in values, at most `most` of all are kept one by one.
    pub fn push_all(&mut self, values: &[i64], most: usize) {
        match self {
            _ if values.is_empty() => {}
            Self::Equal { value, count } if all_are(values, *value) => *count += values.len() as u64,
            Self::Equal { count: 0, .. } if all_are(values, values[0]) => {
                *self = Self::Equal { value: values[0], count: values.len() as u64 };
            }
            Self::Counted(counts) if are_small(values) => values.iter().for_each(|&value| counts[value as usize] += 1),
            Self::Kept(kept) if kept.len() + values.len() <= most => kept.extend_from_slice(values),
            Self::Bucketed(buckets) => buckets.push_all(values),
            _ => {
                self.widen(values.len() as u64, are_small(values), most);
                self.push_all(values, most);
            }
        }
    }

    /// Makes the values ready to be asked; `extent` tells the ends of all of them, where there are any.
    pub fn sorted(self, extent: Option<Extent>) -> Ordered {
        match self {
            Self::Kept(values) => match extent {
                Some(extent) => Ordered::Kept(Ranked::new(&values, extent)),
                None => Ordered::Grouped(Vec::new()),
            },
            Self::Equal { .. } | Self::Counted(_) => {
                let (mut steps, mut upto) = (Vec::new(), 0);
                self.each(|value, count| {
                    upto += count;
                    steps.push(Step { low: value, high: value, count, upto });
                });
                Ordered::Grouped(steps)
            }
            Self::Bucketed(buckets) => Ordered::Grouped(buckets.steps()),
        }
    }

    /// What is known exactly of the values.
    pub fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        match self {
            Self::Bucketed(buckets) => sums.merge(buckets.sums()),
            Self::Kept(values) => sums.take_all(values),
            Self::Equal { .. } | Self::Counted(_) => self.each(|value, count| sums.take(value, count)),
        }
        sums
    }

    /// How many values, where they are not bucketed.
    fn count(&self) -> u64 {
        let mut all = 0;
        self.each(|_, count| all += count);
        all
    }

    /// Visits the values where they are not bucketed, each with how often it is there; smaller ones first where they are counted.
    fn each(&self, mut visit: impl FnMut(i64, u64)) {
        match self {
            Self::Equal { count: 0, .. } => {}
            Self::Equal { value, count } => visit(*value, *count),
            Self::Counted(counts) => {
                let there = counts.iter().enumerate().filter(|(_, count)| **count > 0);
                there.for_each(|(value, count)| visit(value as i64, *count));
            }
            Self::Kept(values) => values.iter().for_each(|value| visit(*value, 1)),
            Self::Bucketed(_) => unreachable!("what is bucketed stays so"),
        }
    }

    fn add(&mut self, value: i64, count: u64) {
        match self {
            Self::Equal { .. } => unreachable!("values that differ are not held as equal ones"),
            Self::Counted(counts) => counts[value as usize] += count,
            Self::Kept(values) => values.extend((0..count).map(|_| value)),
            Self::Bucketed(buckets) => buckets.push(value, count),
        }
    }

    /// Holds the values in the next way that has room for `more` of them, small ones or not.
    fn widen(&mut self, more: u64, small: bool, most: usize) {
        let of_small = matches!(self, Self::Equal { value, count } if *count == 0 || is_small(*value));
        let mut wider = if of_small && small {
            Self::Counted(Box::new([0; COUNTED]))
        } else if self.count() + more <= most as u64 {
            Self::Kept(Vec::new())
        } else {
            Self::Bucketed(Box::default())
        };
        self.each(|value, count| wider.add(value, count));
        *self = wider;
    }
}

fn all_are(values: &[i64], one: i64) -> bool {
    values.iter().fold(0, |differing, value| differing | (value ^ one)) == 0
}

/// Whether a value is among those that are counted one by one.
const fn is_small(value: i64) -> bool {
    0 <= value && value < COUNTED as i64
}

/// Whether all of them are: their number is a power of two, so that the bits of all values tell.
fn are_small(values: &[i64]) -> bool {
    is_small(values.iter().fold(0, |bits, value| bits | value))
}

impl Ordered {
    /// How many values.
    pub fn count(&self) -> u64 {
        match self {
            Self::Kept(values) => values.count(),
            Self::Grouped(steps) => steps.last().map_or(0, |step| step.upto),
        }
    }

    /// Whether equal values are told from others everywhere.
    pub fn is_exact(&self) -> bool {
        match self {
            Self::Kept(_) => true,
            Self::Grouped(steps) => steps.iter().all(|step| step.low == step.high),
        }
    }

    /// The group of equal values, or the bucket, that holds the value of this rank (from 1); `None` past the last.
    pub fn step_at(&self, rank: u64) -> Option<Step> {
        assert!(rank > 0, "ranks are counted from 1");
        match self {
            Self::Kept(values) => values.step_at(rank),
            Self::Grouped(steps) => steps.get(steps.partition_point(|step| step.upto < rank)).copied(),
        }
    }

    /// How many values are surely at most `x`; exact unless a bucket reaches across `x`.
    pub fn at_most(&self, x: i64) -> u64 {
        match self {
            Self::Kept(values) => values.at_most(x),
            Self::Grouped(steps) => {
                let surely = steps.partition_point(|step| step.high <= x);
                surely.checked_sub(1).map_or(0, |last| steps[last].upto)
            }
        }
    }

    /// The groups of equal values (or buckets), rising.
    pub fn steps(&self) -> impl Iterator<Item = Step> + '_ {
        let next = |upto: u64| if upto < self.count() { self.step_at(upto + 1) } else { None };
        std::iter::successors(next(0), move |step| next(step.upto))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(values: impl Iterator<Item = i64>) -> Unordered {
        let mut all = Unordered::default();
        values.collect::<Vec<i64>>().chunks(1000).for_each(|some| {
            all.push_all(some, EXACT_UP_TO);
        });
        all
    }

    #[test]
    fn the_millionth_value_is_kept_and_the_next_one_is_bucketed() {
        let million = EXACT_UP_TO as i64;
        assert!(matches!(collected(0..million), Unordered::Kept(_)));
        assert!(matches!(collected(0..=million), Unordered::Bucketed(_)));
    }

    #[test]
    fn small_numbers_and_equal_ones_stay_exact_however_many_there_are() {
        // Two million of 0 to 2047 in turn, and two million of one large number: nothing is kept one by one.
        let counted = collected((0..2_000_000).map(|i| i % 2048));
        assert!(matches!(counted, Unordered::Counted(_)));
        let ordered = counted.sorted(None);
        assert!(ordered.is_exact());
        // 2,000,000 = 976 * 2048 + 1152: the numbers below 1152 come once more than the others.
        assert_eq!((ordered.at_most(0), ordered.at_most(1151), ordered.count()), (977, 977 * 1152, 2_000_000));
        let equal = collected(std::iter::repeat_n(5_000_000_007, 2_000_000));
        assert!(matches!(equal, Unordered::Equal { value: 5_000_000_007, count: 2_000_000 }));
        // A million equal ones, then one that differs: too many to keep.
        let mut many = collected(std::iter::repeat_n(5_000_000_007, EXACT_UP_TO));
        many.push_all(&[4], EXACT_UP_TO);
        assert!(matches!(many, Unordered::Bucketed(_)));
    }

    #[test]
    fn a_bucketed_rank_encloses_the_true_value() {
        // Values 0, 1000, 2000, ...: the true value of rank r is 1000 (r - 1).
        let n = 1_500_000_i64;
        let ordered =
            collected((0..n).rev().map(|i| i * 1000)).sorted(Some(Extent { least: 0, greatest: (n - 1) * 1000 }));
        for rank in [1, 2, 3, 750_000, 1_485_000, 1_500_000] {
            let Step { low, high, .. } = ordered.step_at(rank).expect("a rank within the sample");
            let truth = 1000 * (rank as i64 - 1);
            assert!(low <= truth && truth <= high && high - low <= truth / 1000, "{low} {truth} {high}");
        }
        assert_eq!(ordered.step_at(1).map(|step| (step.low, step.high)), Some((0, 0)));
        assert_eq!(ordered.step_at(1_500_001), None);
        assert!(!ordered.is_exact());
        assert_eq!(ordered.count(), 1_500_000);
        let counted = ordered.at_most(500_000_000);
        assert!((499_500..=500_001).contains(&counted), "{counted} of 500001 values counted");
    }

    #[test]
    fn equal_values_are_one_step() {
        let ordered = collected([5, -1, 5, 0].into_iter()).sorted(Some(Extent { least: -1, greatest: 5 }));
        let step = |value, count, upto| Step { low: value, high: value, count, upto };
        assert_eq!(ordered.steps().collect::<Vec<_>>(), [step(-1, 1, 1), step(0, 1, 2), step(5, 2, 4)]);
        assert_eq!((ordered.at_most(-2), ordered.at_most(0), ordered.at_most(9)), (0, 2, 4));
    }
}
