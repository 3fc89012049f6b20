//! What a distribution looks like, in few enough points to draw: its steps thinned, and a histogram.
//!
//! Every point that is kept lies exactly on the empirical distribution: thinning leaves points out and never
//! moves one. Atoms keep both ends of their step, because a jump is what a reader must see.

use super::buckets::Step;
use super::order::Ordered;
use libm::{ceil, log10, pow};

/// The most points that a thinned distribution has.
pub const MOST_POINTS: usize = 512;

/// The most bins that a histogram has.
pub const MOST_BINS: usize = 60;

/// A bin of a histogram, `from < x <= to`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Lower edge, excluded.
    pub from: f64,
    /// Upper edge, included.
    pub to: f64,
    /// Values in the bin.
    pub count: u64,
}

/// A step holds an atom if it has more than one in so many of the values.
const ATOM_ONE_IN: u64 = 100;
/// Points spread evenly over the probabilities.
const EVEN_POINTS: u64 = 256;
/// Points that halve their distance to the top, two a halving, so that a tail is not one straight line.
const TAIL_POINTS: i32 = 48;

/// At most [`MOST_POINTS`] points `(x, F(x))` of the distribution of `n` values, of which `seen` are those
/// that were observed: all points if they are few; else both ends, both sides of every atom, and points
/// spread over the probabilities, denser in the upper tail.
pub fn thinned(seen: &Ordered, n: u64) -> Vec<(i64, f64)> {
    let point = |step: Step| (step.high, step.upto as f64 / n as f64);
    let first: Vec<Step> = seen.steps().take(MOST_POINTS + 1).collect();
    if first.len() <= MOST_POINTS {
        return first.into_iter().map(point).collect();
    }
    let step = |rank: u64| seen.step_at(rank.max(1));
    let count = seen.count();
    let mut kept: Vec<Step> = [1, count].into_iter().filter_map(step).collect();
    // Ranks so far apart that no atom lies between two of them.
    let apart = (n / ATOM_ONE_IN).max(1);
    let atoms = (1..=count / apart).filter_map(|j| step(j * apart)).filter(|atom| atom.count > n / ATOM_ONE_IN);
    kept.extend(atoms.flat_map(|atom| [Some(atom), step(atom.upto - atom.count)]).flatten());
    let even = (1..EVEN_POINTS).map(|j| j as f64 / EVEN_POINTS as f64);
    let tail = (1..=TAIL_POINTS).map(|j| 1.0 - pow(0.5, f64::from(j) / 2.0) / EVEN_POINTS as f64);
    kept.extend(even.chain(tail).filter_map(|share| step(ceil(share * count as f64) as u64)));
    kept.sort_unstable_by_key(|step| step.upto);
    kept.dedup_by_key(|step| step.upto);
    kept.into_iter().map(point).collect()
}

/// A histogram of the positive values with edges at powers of ten and ten bins between (fewer where that
/// would exceed [`MOST_BINS`]); bins run from the least to the greatest value without a gap.
pub fn histogram(seen: &Ordered) -> Vec<Bin> {
    let not_positive = seen.at_most(0);
    let (Some(first), Some(last)) = (seen.step_at(not_positive + 1), seen.step_at(seen.count().max(1))) else {
        return Vec::new();
    };
    let edges = [10, 5, 4, 3]
        .into_iter()
        .map(|per_decade| edges(first.high, last.high, per_decade))
        .find(|edges| edges.len() <= MOST_BINS + 1)
        .expect("positive 64-bit integers span 19 decades, which three bins each cover in 58");
    let mut below = not_positive;
    let mut bin = |ends: &[f64]| {
        // Whole numbers are at most an edge if they are at most its floor; beyond 64 bits it is cut to the greatest.
        let upto = seen.at_most(ends[1] as i64).max(below);
        let count = upto - below;
        below = upto;
        Bin { from: ends[0], to: ends[1], count }
    };
    edges.windows(2).map(&mut bin).collect()
}

/// The edges `10^(k / per_decade)` from the last one below `least` to the first one not below `greatest`.
fn edges(least: i64, greatest: i64, per_decade: i32) -> Vec<f64> {
    let (least, greatest) = (least as f64, greatest as f64);
    let edge = |k: i32| pow(10.0, f64::from(k) / f64::from(per_decade));
    let near = |x: f64| ceil(f64::from(per_decade) * log10(x)) as i32;
    // The logarithm is near enough to be one off at most: start one early and let the edges decide.
    let from = (near(least) - 2..).take_while(|&k| edge(k) < least).last().unwrap_or(near(least) - 2);
    let to = (near(greatest) - 1..).find(|&k| edge(k) >= greatest).unwrap_or(near(greatest));
    (from..=to).map(edge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps of the given values, rising, each as often as said.
    fn steps(values: impl Iterator<Item = (i64, u64)>) -> Ordered {
        let mut upto = 0;
        let step = |(value, count)| {
            upto += count;
            Step { low: value, high: value, count, upto }
        };
        Ordered::Grouped(values.map(step).collect())
    }

    #[test]
    fn few_steps_are_all_kept_and_censored_values_keep_the_curve_below_one() {
        // Three observed values and one censored: F = 1/4, 2/4, 3/4.
        let points = thinned(&steps([(0, 1), (7, 1), (9, 1)].into_iter()), 4);
        assert_eq!(points, [(0, 0.25), (7, 0.5), (9, 0.75)]);
    }

    #[test]
    fn a_thinned_curve_keeps_its_ends_and_its_atoms() {
        // 100,000 single values with an atom of a twentieth of all at 50,000: its foot and its top stay.
        let all = steps((1..=100_000).map(|x| (x, if x == 50_000 { 5001 } else { 1 })));
        let points = thinned(&all, 105_000);
        assert!(points.len() <= MOST_POINTS && points.len() > 200, "{} points", points.len());
        assert_eq!(points.first(), Some(&(1, 1.0 / 105_000.0)));
        assert_eq!(points.last(), Some(&(100_000, 1.0)));
        assert!(points.contains(&(49_999, 49_999.0 / 105_000.0)));
        assert!(points.contains(&(50_000, 55_000.0 / 105_000.0)));
        assert!(points.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
        // Nowhere but at the atom does the curve jump by more than a 256th (and a little for rounding).
        let jumps = points.windows(2).filter(|pair| pair[1].1 - pair[0].1 > 1.1 / 256.0).count();
        assert_eq!(jumps, 1);
        // The worst thousandth of the values is not left to its end point alone.
        assert!(points.iter().filter(|(_, share)| *share > 0.999).count() > 5);
    }

    #[test]
    fn many_atoms_do_not_exceed_the_limit() {
        // 90 atoms of over a hundredth each, apart from one another, among single values.
        let all = steps((1..=9000).map(|x| (x, if x % 100 == 0 { 10_000 } else { 1 })));
        let points = thinned(&all, 908_910);
        assert!(points.len() <= MOST_POINTS, "{} points", points.len());
    }

    #[test]
    fn bins_hold_every_positive_value_once() {
        // 1 to 1000, one each, and zeros which a log axis cannot hold. Edges 10^(k/10): the bin that ends at
        // 10 starts at 7.94 and holds 8, 9, 10; the one before it starts at 6.31 and holds 7.
        let all = steps((0..=1000).map(|x| (x, 1)));
        let bins = histogram(&all);
        assert_eq!(bins.iter().map(|bin| bin.count).sum::<u64>(), 1000);
        let ten = bins.iter().position(|bin| bin.to == 10.0).expect("an edge at ten");
        assert_eq!((bins[ten - 1].count, bins[ten].count), (1, 3));
        assert!(bins.windows(2).all(|pair| pair[0].to == pair[1].from));
        assert_eq!((bins[0].to, bins[bins.len() - 1].to, bins.len()), (1.0, 1000.0, 31));
    }

    #[test]
    fn the_widest_range_takes_wider_bins() {
        let bins = histogram(&steps([(1, 2), (i64::MAX, 3)].into_iter()));
        assert!(bins.len() <= MOST_BINS, "{} bins", bins.len());
        assert_eq!((bins[0].count, bins[bins.len() - 1].count), (2, 3));
        assert!(histogram(&steps([(-4, 1), (0, 9)].into_iter())).is_empty());
    }
}
