//! What is known exactly of values however they are held: mean and spread, zeros, and both ends.

use super::extent::Extent;
use super::moments::Moments;

/// Sums over values.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// Number, mean and spread.
    pub moments: Moments,
    /// How many are exactly 0.
    pub zeros: u64,
    /// Both ends; none of no values.
    pub extent: Option<Extent>,
}

impl Sums {
    /// Takes in values.
    pub fn take_all(&mut self, values: &[i64]) {
        let Some(extent) = Extent::of(values) else { return };
        let Extent { least, greatest } = extent;
        self.moments.push_all(values, least.unsigned_abs().max(greatest.unsigned_abs()));
        if least <= 0 && greatest >= 0 {
            self.zeros += values.iter().map(|value| u64::from(*value == 0)).sum::<u64>();
        }
        self.widen(extent);
    }

    /// Takes in a value as often as said.
    pub fn take(&mut self, value: i64, count: u64) {
        self.moments.push_many(value, count);
        self.zeros += if value == 0 { count } else { 0 };
        self.widen(Extent::only(value));
    }

    /// Takes in what others were summed up from.
    pub fn merge(&mut self, other: &Self) {
        self.moments.merge(&other.moments);
        self.zeros += other.zeros;
        other.extent.into_iter().for_each(|extent| self.widen(extent));
    }

    fn widen(&mut self, extent: Extent) {
        self.extent = Some(self.extent.map_or(extent, |so_far| so_far.and(extent)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_at_once_are_each_of_them() {
        // -3, 0, 0, 5: four values, two zeros, mean 1/2.
        let (mut at_once, mut each) = (Sums::default(), Sums::default());
        at_once.take_all(&[5, 0, -3, 0]);
        [(5, 1), (-3, 1), (0, 2)].into_iter().for_each(|(value, count)| each.take(value, count));
        for sums in [at_once, each] {
            assert_eq!((sums.moments.n(), sums.zeros, sums.moments.mean()), (4, 2, Some(0.5)));
            assert_eq!(sums.extent, Some(Extent { least: -3, greatest: 5 }));
        }
    }
}
