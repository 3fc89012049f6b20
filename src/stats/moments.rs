//! Mean and spread of whole numbers, from exact sums.
//!
//! Sums and sums of squares are kept in integers wide enough never to overflow or round, so that neither the
//! order of values nor the way in which parts were merged can change a bit, and nothing cancels however far
//! the values lie from zero.

use libm::sqrt;

/// Count, sum and sum of squares of whole numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    n: u64,
    sum: i128,
    squares: Wide,
}

impl Moments {
    /// Takes in one value.
    pub fn push(&mut self, value: i64) {
        self.push_many(value, 1);
    }

    /// Takes in the same value `times` times.
    pub fn push_many(&mut self, value: i64, times: u64) {
        let size = value.unsigned_abs();
        self.n += times;
        self.sum += i128::from(value) * i128::from(times);
        self.squares.add(&Wide::product(u128::from(size) * u128::from(size), u128::from(times)));
    }

    /// Takes in some values, none of which is further from zero than `size`.
    pub fn push_all(&mut self, values: &[i64], size: u64) {
        // A square below 2^108 leaves room for 2^20 of them in 128 bits.
        if size >= 1 << 54 {
            values.iter().for_each(|&value| self.push(value));
            return;
        }
        for values in values.chunks(1 << 20) {
            let (mut sum, mut squares) = (0_i128, 0_u128);
            for &value in values {
                let size = u128::from(value.unsigned_abs());
                sum += i128::from(value);
                squares += size * size;
            }
            self.n += values.len() as u64;
            self.sum += sum;
            self.squares.add(&Wide::product(squares, 1));
        }
    }

    /// Takes in all values of another.
    pub fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.sum += other.sum;
        self.squares.add(&other.squares);
    }

    /// How many values.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Their mean, if there are any.
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.sum as f64 / self.n as f64)
    }

    /// Their standard deviation (with `n - 1`), if there are at least two.
    pub fn sd(&self) -> Option<f64> {
        if self.n < 2 {
            return None;
        }
        // n (n-1) variance = n sum(x^2) - (sum x)^2, a whole number.
        let size = self.sum.unsigned_abs();
        let scaled = self.squares.times(self.n).minus(&Wide::product(size, size));
        Some(sqrt(scaled.to_f64() / self.n as f64 / (self.n - 1) as f64))
    }
}

/// A whole number below `2^256`, lowest word first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wide([u64; 4]);

impl Wide {
    fn product(a: u128, b: u128) -> Self {
        let mut words = [0; 4];
        for (i, x) in [a as u64, (a >> 64) as u64].into_iter().enumerate() {
            let mut carry = 0_u128;
            for (j, y) in [b as u64, (b >> 64) as u64].into_iter().enumerate() {
                carry += u128::from(words[i + j]) + u128::from(x) * u128::from(y);
                words[i + j] = carry as u64;
                carry >>= 64;
            }
            words[i + 2] = carry as u64;
        }
        Self(words)
    }

    fn add(&mut self, other: &Self) {
        let mut carry = 0_u128;
        for (word, more) in self.0.iter_mut().zip(other.0) {
            carry += u128::from(*word) + u128::from(more);
            *word = carry as u64;
            carry >>= 64;
        }
        assert_eq!(carry, 0, "a sum of squares exceeds 256 bits");
    }

    fn times(&self, factor: u64) -> Self {
        let mut carry = 0_u128;
        let words = self.0.map(|word| {
            carry += u128::from(word) * u128::from(factor);
            let low = carry as u64;
            carry >>= 64;
            low
        });
        assert_eq!(carry, 0, "a scaled sum of squares exceeds 256 bits");
        Self(words)
    }

    fn minus(&self, other: &Self) -> Self {
        let mut words = [0; 4];
        let mut borrowed = false;
        for (i, word) in words.iter_mut().enumerate() {
            let (partial, first) = self.0[i].overflowing_sub(other.0[i]);
            let (rest, second) = partial.overflowing_sub(u64::from(borrowed));
            *word = rest;
            borrowed = first || second;
        }
        assert!(!borrowed, "the square of a sum exceeds n times the sum of squares");
        Self(words)
    }

    fn to_f64(&self) -> f64 {
        self.0.iter().rev().fold(0.0, |high, &word| high * 18_446_744_073_709_551_616.0 + word as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[i64]) -> Moments {
        let mut moments = Moments::default();
        values.iter().for_each(|&value| moments.push(value));
        moments
    }

    #[test]
    fn spread_does_not_depend_on_where_the_values_lie() {
        // 4, 7, 13, 16: mean 10, squares of differences 36 + 9 + 9 + 36 = 90, sd sqrt(90/3). The same shifted
        // by 10^18, where a sum of squares in doubles would have lost all digits, and by the ends of i64.
        for shift in [0, 1_000_000_000_000_000_000, -9_000_000_000_000_000_000, i64::MAX - 16, i64::MIN] {
            let found = of(&[4 + shift, 7 + shift, 13 + shift, 16 + shift]);
            assert_eq!(found.mean(), Some((10 + i128::from(shift)) as f64));
            assert_eq!(found.sd(), Some(sqrt(30.0)), "shifted by {shift}");
        }
    }

    #[test]
    fn one_value_has_a_mean_and_no_spread() {
        assert_eq!((of(&[]).mean(), of(&[]).sd()), (None, None));
        assert_eq!((of(&[-3]).mean(), of(&[-3]).sd()), (Some(-3.0), None));
    }

    #[test]
    fn merging_parts_in_any_order_is_the_same_as_one_pass() {
        let values: Vec<i64> = (0..1000).map(|i: i64| i * i * 7_919_000_000_011 - 5).collect();
        let whole = of(&values);
        let (left, right) = values.split_at(333);
        for (first, second) in [(left, right), (right, left)] {
            let mut merged = of(first);
            merged.merge(&of(second));
            assert_eq!(merged, whole);
        }
        let mut at_once = Moments::default();
        at_once.push_all(left, left.iter().map(|value| value.unsigned_abs()).max().expect("values"));
        at_once.push_all(right, u64::MAX);
        assert_eq!(at_once, whole);
        let mut repeated = Moments::default();
        repeated.push_many(-7, 5);
        assert_eq!(repeated, of(&[-7; 5]));
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        // Half at each end of i64: mean -1/2, sd about 2^63.
        let mut moments = Moments::default();
        moments.push_many(i64::MAX, 1 << 40);
        moments.push_many(i64::MIN, 1 << 40);
        assert_eq!(moments.mean(), Some(-0.5));
        let sd = moments.sd().expect("many values");
        assert!((sd / 9_223_372_036_854_775_808.0 - 1.0).abs() < 1e-12, "{sd}");
    }
}
