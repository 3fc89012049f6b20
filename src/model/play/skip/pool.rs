//! Pools: islands on which every request meets one entry among a few, laid out once.
//!
//! Where a source calls its targets in turn, or a load balancer deals requests out in turn, nobody's requests are memoryless
//! at one entry: when an entry ends, somebody's requests must be played until one of them fills it anew. On a pool that
//! takes a few steps a request, because nothing counts there but the ends of its entries.

use super::short::Short;
use super::track::{BundlePlan, Track, Unit, UnitKind};
use crate::model::play::plan::Plan;
use crate::model::verifier::Balance;
use std::ops::Range;

/// More entries, or more streams, are not looked through at once: from here on a heap of what comes next is faster.
const MOST: usize = 128;

/// A pool.
#[derive(Debug, Default)]
pub struct Pool {
    /// The cells of its entries: those of what is preferred, then in the same order those of what replaces it.
    pub cells: Vec<usize>,
    /// How many entries there are of either kind.
    pub entries: usize,
    /// Its streams.
    pub units: Vec<PooledUnit>,
}

/// A stream of a pool.
#[derive(Debug)]
pub struct PooledUnit {
    /// The unit.
    pub unit: u32,
    /// Its source.
    pub source: u16,
    /// Whether that is the attacker's.
    pub attacks: bool,
    /// Whether it calls its places in turn.
    pub dealt: bool,
    /// Its first track.
    pub first: usize,
    /// Its ways, a track each.
    pub ways: Vec<Way>,
    /// Whether a load balancer deals its requests out in turn.
    pub moves_turns: bool,
    /// The verifiers at which it does, among replicas that have entries of their own.
    pub dealers: Vec<u16>,
    /// If more requests than this are expected in a stretch, each place is as likely to come next as any other.
    pub evens_out: f64,
}

/// Which entry a request meets.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// The short way of its track.
    pub short: Short,
    /// Its route.
    pub route: u16,
    /// The first entry, by its place among the cells.
    pub entry: u16,
    /// The first replica.
    pub replica: u32,
    /// How many replicas take turns.
    pub in_turn: u32,
    /// Whether each of them has an entry of its own.
    pub apart: bool,
}

impl Pool {
    /// The pool of some bundles that make up an island; none if requests there may meet anything else.
    pub fn of(plan: &Plan<'_>, (tracks, units): (&[Track], &[Unit]), bundles: &[BundlePlan]) -> Option<Self> {
        let members: Vec<u32> = bundles.iter().flat_map(|bundle| &bundle.units).copied().collect();
        let in_turn = |unit: &u32| units[*unit as usize].kind == UnitKind::Dealt;
        let deals =
            bundles.iter().flat_map(|bundle| &bundle.tracks).any(|track| !tracks[*track as usize].dealers.is_empty());
        if members.len() > MOST || !(deals || members.iter().any(in_turn)) {
            return None;
        }
        let mut pool = Self::default();
        for unit in members {
            let laid = &units[unit as usize];
            if laid.kind == UnitKind::Stuck {
                return None;
            }
            let ways = tracks[laid.tracks.clone()].iter().map(|track| pool.way_of(plan, track));
            let ways = ways.collect::<Option<Vec<Way>>>()?;
            pool.units.push(PooledUnit {
                unit,
                source: laid.source,
                attacks: plan.attacks(laid.source),
                dealt: laid.kind == UnitKind::Dealt,
                first: laid.tracks.start,
                evens_out: evens_out(ways.len()),
                moves_turns: ways.iter().any(|way| way.in_turn > 1),
                dealers: ways.iter().filter(|way| way.apart).map(|way| way.short.verifier).collect(),
                ways,
            });
        }
        pool.entries = pool.cells.len();
        // A slot and what replaces it lie as far apart as the originals are many.
        pool.cells.extend_from_within(..);
        pool.cells[pool.entries..].iter_mut().for_each(|cell| *cell += plan.originals);
        (pool.entries <= MOST).then_some(pool)
    }

    fn way_of(&mut self, plan: &Plan<'_>, track: &Track) -> Option<Way> {
        let short =
            track.short.filter(|short| short.refills && plan.cache(&short.tier).stale_while_revalidate.is_none())?;
        let place = &plan.verifiers[short.verifier as usize];
        let (replica, in_turn) = match (track.replica, place.replicas, place.balance) {
            (Some(replica), _, _) => (replica, 1),
            (None, 1, _) => (place.first_replica, 1),
            (None, replicas, Balance::RoundRobin) => (place.first_replica, replicas),
            _ => return None,
        };
        let apart = in_turn > 1 && short.tier.per_replica;
        let replicas = replica..replica + if apart { in_turn } else { 1 };
        let cells = replicas.map(|replica| plan.cell_of(&short.tier, place.first_replica, replica, short.credential));
        let entry = self.entry_of(cells.collect())?;
        Some(Way { short, route: track.route, entry: u16::try_from(entry).ok()?, replica, in_turn, apart })
    }

    /// The place of some cells, which are added unless they are there; none if only some are.
    fn entry_of(&mut self, cells: Vec<usize>) -> Option<usize> {
        let known = self.cells.windows(cells.len()).position(|known| *known == cells[..]);
        if known.is_some() || cells.iter().any(|cell| self.cells.contains(cell)) {
            return known;
        }
        self.cells.extend(&cells);
        Some(self.cells.len() - cells.len())
    }
}

impl Way {
    /// The places of the entries that its requests may meet, if those of the kind that they carry begin at `first`.
    #[inline]
    pub fn entries(&self, first: usize) -> Range<usize> {
        let entry = first + self.entry as usize;
        entry..entry + if self.apart { self.in_turn as usize } else { 1 }
    }
}

/// The mean from which on a Poisson count is even among `places`: no remainder differs from its share by more than 1e-19,
/// less than any draw of 53 bits can tell.
fn evens_out(places: usize) -> f64 {
    // The remainder's law is uniform but for terms `exp(mean (w - 1))` over the other roots of unity w.
    44.0 / (1.0 - libm::cos(std::f64::consts::TAU / places.max(2) as f64))
}

#[cfg(test)]
mod tests {
    use super::super::tracks::Tracks;
    use super::*;
    use crate::scenario::load::{Input, load};
    use crate::scenario::objectives::Catalogue;

    #[test]
    fn beyond_its_bound_a_poisson_count_leaves_every_remainder_as_often() {
        // Five places: the bound is 44 / (1 - cos 72 degrees) = 63.7. There the sum of e^-m m^k / k! over k = r, r + 5, ...
        // is 1/5 for each r up to rounding; at a tenth of it the terms of the law differ by up to 2/5 e^-4.4 = 0.005.
        let shares = |mean: f64| -> Vec<f64> {
            let p = |k: u32| (f64::from(k) * mean.ln() - mean - libm::lgamma(f64::from(k) + 1.0)).exp();
            (0..5).map(|r| (0..60).map(|turn| p(r + 5 * turn)).sum()).collect()
        };
        let bound = evens_out(5);
        assert!((bound - 63.68).abs() < 0.01, "{bound}");
        assert!(shares(bound).iter().all(|share| (share - 0.2).abs() < 1e-12));
        let uneven = shares(bound / 10.0).iter().map(|share| (share - 0.2).abs()).fold(0.0, f64::max);
        assert!((0.001..0.005).contains(&uneven), "{uneven}");
    }

    #[test]
    fn every_entry_that_is_met_lies_in_the_pool_once() {
        // Four replicas of one verifier, two others: six entries of the stolen token, and as many of what replaces it.
        let path = "scenarios/leaked-ci-token.yaml".into();
        let loaded = load(&Input::Path(path), &[], &Catalogue).unwrap_or_else(|faults| panic!("{faults:?}"));
        let plan = Plan::new(&loaded.scenario.system);
        let tracks = Tracks::of(&plan);
        let pool = tracks.islands[0].pool.as_ref().expect("its attacker calls its targets in turn");
        assert_eq!((tracks.islands.len(), pool.entries, pool.cells.len()), (1, 6, 12));
        let mut cells = pool.cells.clone();
        cells.sort_unstable();
        cells.dedup();
        assert_eq!(cells.len(), 12);
        let replaced = |cell: &usize| plan.original((cell % plan.credentials) as u16) != cell % plan.credentials;
        assert!(pool.cells[6..].iter().all(replaced) && !pool.cells[..6].iter().any(replaced));
        // The thief's requests and those of the pipelines to six targets, a stream each.
        assert_eq!(pool.units.len(), 7);
        assert_eq!(pool.units.iter().filter(|unit| unit.moves_turns).count(), 3);
    }
}
