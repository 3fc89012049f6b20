//! Tracks, units, bundles and islands, laid out once.
//!
//! Sources between which something may be felt within an instant lie on one *island*; islands are played independently.

use super::islands::{Group, Groups, islands_of};
use super::pool::Pool;
use super::reason::{self, Played};
use super::short::Short;
use super::track::{BundlePlan, Track, Unit, UnitKind};
use crate::model::play::compiled::plan::Plan;
use crate::model::verifier::Balance;
use crate::model::workload::Order;
use std::ops::Range;

/// How requests are told apart.
#[derive(Debug, Default)]
pub struct Tracks {
    /// Tracks, one unit after the other.
    pub tracks: Vec<Track>,
    /// Units, one source after the other.
    pub units: Vec<Unit>,
    /// Bundles, one island after the other.
    pub bundles: Vec<BundlePlan>,
    /// Islands.
    pub islands: Vec<IslandPlan>,
    /// The units of each source; none where its requests are never skipped.
    pub units_of: Vec<Range<usize>>,
    /// The island of each source, skipped or not; none where nothing it does can be felt by one that is skipped.
    pub island_of: Vec<Option<u16>>,
    /// The same for each credential of the scenario.
    pub island_with: Vec<Option<u16>>,
    /// For each verifier, the bundles with a way through it or through one that shares a cache with it.
    pub behind: Vec<Vec<u32>>,
}

/// Sources between which something may be felt within an instant.
#[derive(Debug)]
pub struct IslandPlan {
    /// The sources on it that are skipped.
    pub sources: Vec<u16>,
    /// Its bundles.
    pub bundles: Range<usize>,
    /// Whether what follows from a request may reach beyond its own bundle.
    pub restless: bool,
    /// Its entries and streams, where every request meets one entry among a few.
    pub pool: Option<Box<Pool>>,
}

impl Tracks {
    /// Tells the requests of a plan apart.
    pub fn of(plan: &Plan<'_>) -> Self {
        let mut tracks = Self::default();
        for number in 0..plan.sources.len() {
            let first = tracks.units.len();
            if reason::how(plan, number as u16) == Played::Skipped {
                tracks.lay_source(plan, number);
            }
            tracks.units_of.push(first..tracks.units.len());
        }
        tracks.lay_islands(plan);
        tracks.behind =
            (0..plan.verifiers.len() as u16).map(|verifier| tracks.bundles_behind(plan, verifier)).collect();
        tracks
    }

    fn lay_source(&mut self, plan: &Plan<'_>, number: usize) {
        let source = &plan.sources[number];
        if source.routes.len() > 1 && source.order != Order::Roam {
            let kind = if source.order == Order::Stick { UnitKind::Stuck } else { UnitKind::Dealt };
            let places: Vec<(usize, Option<u32>)> = (0..source.routes.len()).map(|place| (place, None)).collect();
            self.lay_unit(plan, number, &places, 1, kind);
            return;
        }
        for place in 0..source.routes.len() {
            match spread_at_random(plan, source.routes[place]) {
                Some(replicas) => {
                    let among = replicas.len() as u32;
                    for replica in replicas {
                        self.lay_unit(plan, number, &[(place, Some(replica))], among, UnitKind::Single);
                    }
                }
                None => self.lay_unit(plan, number, &[(place, None)], 1, UnitKind::Single),
            }
        }
    }

    fn lay_unit(
        &mut self,
        plan: &Plan<'_>,
        number: usize,
        places: &[(usize, Option<u32>)],
        among: u32,
        kind: UnitKind,
    ) {
        let source = &plan.sources[number];
        let (first, unit) = (self.tracks.len(), self.units.len() as u32);
        self.tracks.extend(places.iter().map(|(place, replica)| {
            let route = source.routes[*place];
            let in_turn = |verifier: &&u16| plan.verifiers[**verifier as usize].deals_in_turn();
            let dealers = plan.hops_of(route).iter().filter(in_turn).copied().collect();
            let short = Short::of(plan, number, route);
            Track {
                unit,
                place: *place as u32,
                route,
                replica: *replica,
                chooses: plan.chooses(number, route),
                dealers,
                short,
            }
        }));
        let tracks = first..self.tracks.len();
        self.units.push(Unit { source: number as u16, bundle: 0, tracks, among, kind });
    }

    fn lay_islands(&mut self, plan: &Plan<'_>) {
        let islands = islands_of(plan, |source| !self.units_of[source as usize].is_empty());
        let bundles = self.bundles_of(plan);
        self.island_of = vec![None; plan.sources.len()];
        self.island_with = vec![None; plan.originals];
        for (number, Group { sources, restless }) in islands.into_iter().enumerate() {
            sources.iter().for_each(|source| self.island_of[*source as usize] = Some(number as u16));
            let members: Vec<u16> =
                sources.iter().copied().filter(|source| !self.units_of[*source as usize].is_empty()).collect();
            let first = self.bundles.len();
            for units in &bundles {
                if members.contains(&self.units[units[0] as usize].source) {
                    let bundle = self.bundles.len() as u32;
                    units.iter().for_each(|unit| self.units[*unit as usize].bundle = bundle);
                    let tracks = units.iter().flat_map(|unit| self.units[*unit as usize].tracks.clone());
                    let tracks = tracks.map(|track| track as u32).collect();
                    self.bundles.push(BundlePlan { island: number as u16, units: units.clone(), tracks });
                }
            }
            let presented = sources.iter().flat_map(|source| plan.sources[*source as usize].presents.iter().flatten());
            presented.for_each(|credential| self.island_with[plan.original(*credential)] = Some(number as u16));
            let bundles = first..self.bundles.len();
            let pool = Pool::of(plan, (&self.tracks, &self.units), &self.bundles[bundles.clone()]);
            self.islands.push(IslandPlan { sources: members, bundles, restless, pool: pool.map(Box::new) });
        }
    }

    fn bundles_behind(&self, plan: &Plan<'_>, verifier: u16) -> Vec<u32> {
        let tiers = plan.tiers_of(&plan.verifiers[verifier as usize]).iter();
        let mut sharing: Vec<u16> = tiers.flat_map(|tier| &plan.readers[tier.cache as usize]).copied().collect();
        sharing.push(verifier);
        let through = |track: &u32| {
            let way = plan.hops_of(self.tracks[*track as usize].route);
            way.iter().any(|hop| sharing.contains(hop))
        };
        let bundles = (0..).zip(&self.bundles);
        bundles.filter(|(_, bundle)| bundle.tracks.iter().any(through)).map(|(number, _)| number).collect()
    }

    /// Units that share a load balancer at which they take turns.
    fn bundles_of(&self, plan: &Plan<'_>) -> Vec<Vec<u32>> {
        let mut groups = Groups::new(self.units.len());
        let mut at_dealer: Vec<Option<usize>> = vec![None; plan.verifiers.len()];
        for track in &self.tracks {
            for verifier in &track.dealers {
                let first = *at_dealer[*verifier as usize].get_or_insert(track.unit as usize);
                groups.join(first, track.unit as usize);
            }
        }
        groups.found().into_iter().map(|units| units.into_iter().map(|unit| unit as u32).collect()).collect()
    }
}

/// The replicas of the only verifier on a route, if its load balancer picks among several at random.
fn spread_at_random(plan: &Plan<'_>, route: u16) -> Option<Range<u32>> {
    let [verifier] = plan.hops_of(route) else { return None };
    let place = &plan.verifiers[*verifier as usize];
    let at_random = place.replicas > 1 && place.balance == Balance::Random && place.responses.is_none();
    at_random.then(|| place.first_replica..place.first_replica + place.replicas)
}
