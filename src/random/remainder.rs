//! Whose turn is next after a Poisson count of requests that are dealt out in turn: the remainder of that count, drawn at
//! once from one number.
//!
//! Promises the exact law for any mean. With `n` places and `w = exp(2 pi i / n)`, the remainder is below `r` with
//! probability `1/n` of the sum over `k` of `exp(mean (w^k - 1)) (1 - w^(-rk)) / (1 - w^-k)`, of which `k = 0` gives `r/n`.
//! All others together come to no more than `q / (1 - q)` with `q = exp(-mean (1 - cos(2 pi / n)))`, since for `k <= n/2`
//! both `sin(pi k/n) >= 2k/n` and `1 - cos(2 pi k/n) >= k (1 - cos(2 pi/n))`: a number further than that from a multiple of
//! `1/n` decides without them.

use std::f64::consts::TAU;

/// Beyond so many nepers nothing of a term is left that a draw of 53 bits can tell.
const LOST: f64 = 44.0;

/// From so many nepers on, and so far from a multiple of `1/n`, a number decides before anything is worked out:
/// `exp(-8) / (1 - exp(-8))` is less than 0.0004, and the same of 5 less than 0.0068.
const SQUEEZES: [(f64, f64); 2] = [(8.0, 0.000_4), (5.0, 0.006_8)];

/// The remainder of Poisson counts among some places.
#[derive(Clone, Copy, Debug)]
pub struct Remainder {
    places: usize,
    /// Nepers by which the slowest term fades for each request that is expected.
    fades: f64,
    /// From this mean on few numbers are so near a multiple of `1/n` that the terms are added up.
    quick_from: f64,
}

impl Remainder {
    /// The remainder among so many places; one at least.
    pub fn among(places: usize) -> Self {
        let places = places.max(1);
        let fades = if places == 1 { f64::INFINITY } else { 1.0 - libm::cos(TAU / places as f64) };
        Self { places, fades, quick_from: (libm::log(2.0 * places as f64) + 2.0) / fades }
    }

    /// Among how many places it is.
    pub fn places(&self) -> usize {
        self.places
    }

    /// The mean from which on drawing it takes a few steps; below, each draw adds up as many terms as there are places.
    pub fn quick_from(&self) -> f64 {
        self.quick_from
    }

    /// The remainder of a count of this mean at `u`, which is even on (0, 1); it rises with `u`.
    #[inline]
    pub fn at(&self, mean: f64, u: f64) -> usize {
        let n = self.places as f64;
        let even = ((u * n) as usize).min(self.places - 1);
        let within = u - even as f64 / n;
        let apart = within.min(1.0 / n - within);
        let nepers = mean * self.fades;
        let decides = |(from, far): &(f64, f64)| nepers > *from && apart > *far;
        if nepers > LOST || SQUEEZES.iter().any(decides) { even } else { self.near(even, (mean, u), apart) }
    }

    #[cold]
    fn near(&self, even: usize, (mean, u): (f64, f64), apart: f64) -> usize {
        let q = libm::exp(-mean * self.fades);
        if apart > q / (1.0 - q) {
            return even;
        }
        let mut found = even;
        while found > 0 && u < self.below(found, mean) {
            found -= 1;
        }
        while found + 1 < self.places && u >= self.below(found + 1, mean) {
            found += 1;
        }
        found
    }

    /// How probable it is that the remainder is below `r`.
    fn below(&self, r: usize, mean: f64) -> f64 {
        let (n, r) = (self.places as f64, r as f64);
        let fades = |half: f64| mean * (1.0 - libm::cos(2.0 * half));
        let term = |(k, half): (usize, f64)| {
            let turned = libm::cos(mean * libm::sin(2.0 * half) - (r - 1.0) * half);
            let term = libm::exp(-fades(half)) * turned * libm::sin(r * half) / libm::sin(half);
            // That of `n - k` is the same.
            if 2 * k == self.places { term } else { 2.0 * term }
        };
        let halves = (1..=self.places / 2).map(|k| (k, TAU * k as f64 / n / 2.0));
        (r + halves.take_while(|(_, half)| fades(*half) <= LOST).map(term).sum::<f64>()) / n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The law by adding up the law of the count itself.
    fn shares(places: usize, mean: f64) -> Vec<f64> {
        let p = |k: f64| (k * mean.ln() - mean - libm::lgamma(k + 1.0)).exp();
        let most = (mean + 20.0 * mean.sqrt() + 60.0) as usize;
        (0..places).map(|r| (r..most).step_by(places).map(|k| p(k as f64)).sum()).collect()
    }

    #[test]
    fn it_is_below_each_place_as_often_as_the_count_has_it() {
        for (places, mean) in [(2, 0.7), (3, 5.0), (4, 0.01), (4, 12.0), (7, 3.0), (20, 40.0), (20, 150.0)] {
            let (law, shares) = (Remainder::among(places), shares(places, mean));
            for r in 0..=places {
                let (below, expected) = (law.below(r, mean), shares[..r].iter().sum::<f64>());
                assert!((below - expected).abs() < 1e-11, "{places} {mean} {r}: {below}, not {expected}");
            }
        }
    }

    #[test]
    fn a_number_leads_to_the_place_whose_share_it_falls_into_whatever_is_worked_out() {
        // Means on both sides of where few terms are added up, of the squeeze, and of where nothing is left of them.
        for places in [1, 2, 3, 4, 6, 20] {
            let law = Remainder::among(places);
            for nepers in [0.01, 0.5, 2.0, 4.9, 5.1, 7.9, 8.1, 12.0, 50.0] {
                let mean = if places == 1 { nepers } else { nepers / law.fades };
                let starts: Vec<f64> = (0..=places).map(|r| law.below(r, mean)).collect();
                // Just before and after each start, and in between.
                let near = starts.iter().flat_map(|start| [start - 1e-9, start + 1e-9]);
                let between = (1..400).map(|step| f64::from(step) / 400.0 + 1e-5);
                for u in near.chain(between).filter(|u| *u > 0.0 && *u < 1.0) {
                    let expected = starts.iter().filter(|start| **start <= u).count() - 1;
                    assert_eq!(law.at(mean, u), expected.min(places - 1), "{places} places, mean {mean}, u {u}");
                }
            }
        }
    }

    #[test]
    fn among_more_places_than_can_be_told_apart_no_mean_is_quick() {
        assert!(Remainder::among(usize::MAX).quick_from() > 1e18);
    }

    #[test]
    fn all_terms_together_are_no_more_than_the_squeeze_leaves_room_for() {
        for places in 2..200 {
            let law = Remainder::among(places);
            for nepers in [0.1, 1.0, 3.0, 5.0, 8.0] {
                let mean = nepers / law.fades;
                let q = (-nepers).exp();
                let most = (0..=places).map(|r| (law.below(r, mean) - r as f64 / places as f64).abs());
                let most = most.fold(0.0, f64::max);
                assert!(most <= q / (1.0 - q) + 1e-12, "{places} places, {nepers} nepers: {most}");
                for (_, far) in SQUEEZES.iter().filter(|(from, _)| *from == nepers) {
                    assert!(q / (1.0 - q) < *far, "{nepers} nepers");
                }
            }
        }
    }
}
