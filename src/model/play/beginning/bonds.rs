//! Bonds: how often entries that are filled in turn stand right behind one another when that has gone on for ever.
//!
//! Two entries whose fillings lie far apart know nothing of each other: the difference between them walks at random, as far
//! up as down. Where they are near one another the same requests fill both, so that the difference hardly moves, and they stay
//! near for longer than by chance. So in the long run the difference is as often here as there, but for an excess near
//! nought, which is as large whatever the life of the entries, if it is long. Starting with the excess in the right place
//! spares following entries for the many lives in which it would come about.

/// The excess, in requests, by the number of places among which these are dealt out, with an entry at each: as if the
/// difference were near nought for so many requests a cycle more than by chance, over all pairs. Simulated for 2 to 34 places;
/// from 2 to 16 this is met within a tenth, and beyond that entries are followed for long.
fn excess(places: usize) -> f64 {
    2.6 + 0.06 * (places * places) as f64
}

/// The share of entries that stand right behind the one before them, if the others stand anywhere: so large that pairs of them
/// go round the cycle together as much as they do in the long run. A cycle lasts for so many requests on average.
pub fn share_of_bonds(places: usize, cycle: f64) -> f64 {
    let excess = excess(places);
    let together = excess / (cycle + excess);
    let pairs = (places * places.saturating_sub(1) / 2) as f64;
    let (mut low, mut high) = (0.0, 1.0);
    while high - low > 1e-9 {
        let share = f64::midpoint(low, high);
        let bound: f64 = (1..places).map(|apart| (places - apart) as f64 * share.powi(apart as i32)).sum();
        if bound < together * pairs { low = share } else { high = share }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::purpose::Purpose;
    use crate::random::stream::{Seed, Trial};
    use std::f64::consts::TAU;

    /// How much of a cycle pairs of entries go round together, averaged over many cycles in which every request is played:
    /// the mean cosine of the angle between them.
    fn together(places: usize, life: f64, cycles: f64) -> f64 {
        let mut gaps = Trial::new(Seed(3), 0).open_exponential(Purpose::LawfulArrivals, 0);
        let cycle = life + (places + 1) as f64 / 2.0;
        let (mut filled, mut at, mut next) = (vec![-cycle; places], 0.0, cycle);
        let (mut sum, mut looks, mut place) = (0.0, 0.0, 0);
        while looks < cycles {
            at += gaps.unit_exponential();
            while at > next {
                let (cos, sin) = filled.iter().fold((0.0, 0.0), |(cos, sin), filled| {
                    (cos + f64::cos(TAU * filled / cycle), sin + f64::sin(TAU * filled / cycle))
                });
                sum += (cos * cos + sin * sin - places as f64) / 2.0;
                looks += 1.0;
                next += cycle;
            }
            if filled[place] + life <= at {
                filled[place] = at;
            }
            place = (place + 1) % places;
        }
        sum / looks / (places * (places - 1) / 2) as f64
    }

    #[test]
    fn the_excess_is_what_simulation_finds() {
        // Walks of the difference last for some 20 cycles, so that 40,000 of these are some thousand walks of each pair.
        for (places, life) in [(2, 28.0), (3, 34.0), (4, 40.0), (6, 53.0), (10, 77.0)] {
            let found = together(places, life, 40_000.0);
            let cycle = life + (places + 1) as f64 / 2.0;
            let expected = excess(places) / (cycle + excess(places));
            let pairs = (places * (places - 1) / 2) as f64;
            let error = 0.7 * f64::sqrt(25.0 / 40_000.0 / pairs);
            assert!((found - expected).abs() < 0.1 * expected + 3.0 * error, "{places}: {found} {expected} +- {error}");
        }
    }

    #[test]
    fn two_are_bound_as_often_as_they_are_together() {
        // Among 2 places the excess is 2.84 requests: of a cycle of 28.4, 2.84 of 31.24.
        assert!((share_of_bonds(2, 28.4) - 1.0 / 11.0).abs() < 1e-8);
        // Among three it is 3.14, and two pairs are neighbours and one is not: of a cycle of 31.4, 2 q + q^2 = 3 / 11.
        assert!((share_of_bonds(3, 31.4) - (f64::sqrt(1.0 + 3.0 / 11.0) - 1.0)).abs() < 1e-8);
        assert_eq!(share_of_bonds(1, 100.0), 0.0, "one alone is bound to nobody");
    }
}
