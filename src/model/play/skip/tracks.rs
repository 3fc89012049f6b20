//! What is told apart where requests are skipped: tracks, units, bundles and islands, laid out once.
//!
//! A *track* is a way that requests of one source may take: a place in its order, and one replica there where a load
//! balancer picks at random. A *unit* is a stream of requests that is memoryless by itself: a source that calls its
//! targets in turn is one unit with a track a place; one that roams, or has one place, is thinned into a unit a track.
//! Units whose requests take turns at a load balancer make up a *bundle*: they are skipped together or not at all. Sources
//! between which something may be felt within an instant lie on one *island*; islands are played independently.

use crate::model::cache::Ttl;
use crate::model::defender::{Detects, Does};
use crate::model::lineage::Binding;
use crate::model::play::plan::{Plan, PlanCheck, Source, Tier};
use crate::model::system::PeakLoad;
use crate::model::verifier::{Balance, OutagePolicy};
use crate::model::workload::{Arrivals, OnReject, Order};
use crate::units::time::Span;
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
}

/// A way that requests of a source may take.
#[derive(Debug)]
pub struct Track {
    /// The unit that takes it.
    pub unit: u32,
    /// The place in the order of its source.
    pub place: u32,
    /// The route.
    pub route: u16,
    /// The replica, where the load balancer picks at random and each replica has a track of its own.
    pub replica: Option<u32>,
    /// Whether its source never chooses between credentials.
    pub single: bool,
    /// The verifiers on it that deal requests out in turn.
    pub dealers: Vec<u16>,
    /// The short way to play one request.
    pub short: Option<Short>,
}

/// A track on which one fresh entry decides, and a miss is answered within the instant.
#[derive(Clone, Copy, Debug)]
pub struct Short {
    /// The only verifier.
    pub verifier: u16,
    /// Its nearest cache.
    pub tier: Tier,
    /// The credential that is preferred.
    pub credential: u16,
    /// Whether that is one that the attacker steals or mints.
    pub lineage: bool,
    /// The target.
    pub target: u16,
    /// Whether the verifier can be told to reject.
    pub hears: bool,
    /// Whether a miss is one question to an issuer that answers at once, and fills this cache alone.
    pub refills: bool,
    /// Whether, beside that, a rejection leaves nothing behind but an empty cache, and its source only counts it or leaves
    /// the place.
    pub refuses: bool,
}

/// A stream of requests that is memoryless by itself.
#[derive(Debug)]
pub struct Unit {
    /// Its source.
    pub source: u16,
    /// Its bundle.
    pub bundle: u32,
    /// Its tracks.
    pub tracks: Range<usize>,
    /// Among how many replicas the requests to its place are spread, each with a unit of its own.
    pub among: u32,
    /// How it chooses among its tracks.
    pub kind: UnitKind,
}

/// How a unit chooses among its tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitKind {
    /// It has one.
    Single,
    /// One after the other.
    Dealt,
    /// The same, until rejected there.
    Stuck,
}

/// Units that are skipped together.
#[derive(Debug)]
pub struct BundlePlan {
    /// Its island.
    pub island: u16,
    /// The units.
    pub units: Vec<u32>,
    /// All their tracks.
    pub tracks: Vec<u32>,
}

/// Sources between which something may be felt within an instant.
#[derive(Debug)]
pub struct IslandPlan {
    /// The sources.
    pub sources: Vec<u16>,
    /// Its bundles.
    pub bundles: Range<usize>,
    /// Whether what follows from a request may reach beyond its own bundle.
    pub restless: bool,
    /// For each credential of the scenario, whether it is presented here.
    pub carries: Vec<bool>,
}

impl Tracks {
    /// Tells the requests of a plan apart.
    pub fn of(plan: &Plan<'_>) -> Self {
        let mut tracks = Self::default();
        for number in 0..plan.sources.len() {
            let first = tracks.units.len();
            if may_skip(plan, number) {
                tracks.lay_source(plan, number);
            }
            tracks.units_of.push(first..tracks.units.len());
        }
        tracks.lay_islands(plan);
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
            let in_turn = |verifier: &&u16| {
                let at = &plan.verifiers[**verifier as usize];
                at.replicas > 1 && at.balance == Balance::RoundRobin
            };
            let dealers = plan.hops_of(route).iter().filter(in_turn).copied().collect();
            let short = short(plan, number, source, route);
            Track {
                unit,
                place: *place as u32,
                route,
                replica: *replica,
                single: is_single(plan, number),
                dealers,
                short,
            }
        }));
        let tracks = first..self.tracks.len();
        self.units.push(Unit { source: number as u16, bundle: 0, tracks, among, kind });
    }

    fn lay_islands(&mut self, plan: &Plan<'_>) {
        let sources = islands_of(plan, self);
        let bundles = self.bundles_of(plan);
        for (number, (members, restless)) in sources.into_iter().enumerate() {
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
            let mut carries = vec![false; plan.originals];
            let presented = members.iter().flat_map(|source| plan.sources[*source as usize].presents.iter().flatten());
            presented.for_each(|credential| carries[plan.original(*credential)] = true);
            let bundles = first..self.bundles.len();
            self.islands.push(IslandPlan { sources: members, bundles, restless, carries });
        }
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

/// Whether a source never chooses between credentials.
fn is_single(plan: &Plan<'_>, number: usize) -> bool {
    let source = &plan.sources[number];
    let mut held: Vec<u16> = source.presents.iter().flatten().copied().collect();
    held.sort_unstable();
    held.dedup();
    number >= plan.attacker_sources || held.len() <= 1 && source.mints.iter().all(Vec::is_empty)
}

/// Whether requests of a source are memoryless and nothing is scheduled by their answers.
fn may_skip(plan: &Plan<'_>, number: usize) -> bool {
    let client = number.checked_sub(plan.attacker_sources).map(|client| &plan.system.lawful[client]);
    let follows = client.is_some_and(|client| client.refreshes.is_some());
    // Where an acceptance may lead to another copy, every request of the attacker is played.
    let leads_on = number < plan.attacker_sources && !plan.hidden.is_empty();
    matches!(plan.sources[number].arrivals, Arrivals::Poisson(_)) && !follows && !leads_on
}

/// The replicas of the only verifier on a route, if its load balancer picks among several at random.
fn spread_at_random(plan: &Plan<'_>, route: u16) -> Option<Range<u32>> {
    let [verifier] = plan.hops_of(route) else { return None };
    let place = &plan.verifiers[*verifier as usize];
    let at_random = place.replicas > 1 && place.balance == Balance::Random && place.responses.is_none();
    at_random.then(|| place.first_replica..place.first_replica + place.replicas)
}

fn short(plan: &Plan<'_>, number: usize, source: &Source, route: u16) -> Option<Short> {
    let credential = *source.presents[route as usize].first()?;
    let [verifier] = plan.hops_of(route) else { return None };
    let target = plan.routes[route as usize].target;
    let bound = plan.system.credentials[plan.original(credential)].binding != Binding::Bearer;
    let attacks = number < plan.attacker_sources;
    let looked_at = attacks && plan.verifiers[*verifier as usize].looks_at.anything();
    // An acceptance where connections are held may open one, and something may be found behind a target.
    let follows = plan.held.contains(&target) || plan.hidden.iter().any(|(_, behind)| *behind == target);
    if follows || looked_at || attacks && bound {
        return None;
    }
    let place = &plan.verifiers[*verifier as usize];
    let tier = place.plain_tier?;
    let settings = &plan.system.verifiers[*verifier as usize];
    let refills = place.check == PlanCheck::AsksAtOnce
        && place.tiers.1 - place.tiers.0 == 1
        && place.responses.is_none()
        && matches!(plan.cache(&tier).ttl, Ttl::For(_))
        && plan.system.issuers[place.issuer as usize].read_replicas <= 1
        && plan.system.peak_load == PeakLoad::Ignored
        && settings.trusts_new_for == Span::ZERO;
    let lineage = plan.slots.lineage.contains(&(plan.original(credential) as u16));
    let cache = plan.cache(&tier);
    let plain = cache.negative_ttl.is_none()
        && cache.stale_while_revalidate.is_none()
        && cache.stale_on_error.is_none()
        && !matches!(settings.when_issuer_down, OutagePolicy::Stale(_));
    let counts = match source.on_reject {
        OnReject::Retry => true,
        OnReject::MoveOn => source.routes.len() > 1 && source.order == Order::Enumerate,
        OnReject::BackOff { .. } | OnReject::GiveUp { .. } => false,
    };
    let refuses = refills && plain && counts && is_single(plan, number);
    let hears = plan.is_told(*verifier);
    Some(Short { verifier: *verifier, tier, credential, lineage, target, hears, refills, refuses })
}

/// The islands, each with whether what follows from a request there may reach beyond its own bundle.
fn islands_of(plan: &Plan<'_>, tracks: &Tracks) -> Vec<(Vec<u16>, bool)> {
    let skipped: Vec<usize> = (0..plan.sources.len()).filter(|source| !tracks.units_of[*source].is_empty()).collect();
    if skipped.is_empty() {
        return Vec::new();
    }
    if reaches_far(plan) {
        return vec![(skipped.iter().map(|source| *source as u16).collect(), true)];
    }
    let mut groups = Groups::new(plan.sources.len());
    // Entries belong to a credential: whoever presents the same one may meet at the same entry. Doors are those of the
    // lineage: whatever touches it lies on one island.
    let mut bearer: Vec<Option<usize>> = vec![None; plan.originals];
    let mut of_lineage: Option<usize> = None;
    for (number, source) in plan.sources.iter().enumerate() {
        for credential in source.presents.iter().flatten().map(|credential| plan.original(*credential)) {
            groups.join(*bearer[credential].get_or_insert(number), number);
            if plan.slots.lineage.contains(&(credential as u16)) {
                groups.join(*of_lineage.get_or_insert(number), number);
            }
        }
    }
    let mut at_dealer: Vec<Option<usize>> = vec![None; plan.verifiers.len()];
    for track in &tracks.tracks {
        let source = tracks.units[track.unit as usize].source as usize;
        for verifier in &track.dealers {
            groups.join(*at_dealer[*verifier as usize].get_or_insert(source), source);
        }
    }
    let islands = groups.found().into_iter().map(|members| {
        let skipped = members.into_iter().filter(|source| !tracks.units_of[*source].is_empty());
        (skipped.map(|source| source as u16).collect::<Vec<u16>>(), false)
    });
    islands.filter(|(members, _)| !members.is_empty()).collect()
}

/// Whether something that follows from one request may be felt by any other: an alarm, a new credential, a queue.
fn reaches_far(plan: &Plan<'_>) -> bool {
    let system = plan.system;
    matches!(system.defender.detects, Detects::Requests { .. })
        || !system.attacker.mints.is_empty()
        || system.attacker.undoes.is_some()
        || !plan.held.is_empty()
        || !plan.hidden.is_empty()
        || !plan.capacities.is_empty()
        || !plan.responses.is_empty()
        || system.credentials.iter().any(|credential| credential.rotation.is_some())
        || system.lawful.iter().any(|client| client.refreshes.is_some())
        || system.defender.playbook.iter().any(|step| matches!(step.does, Does::RotateKey(_)))
}

/// Groups of numbers that are joined pair by pair.
struct Groups {
    above: Vec<usize>,
}

impl Groups {
    fn new(count: usize) -> Self {
        Self { above: (0..count).collect() }
    }

    fn first_of(&mut self, mut one: usize) -> usize {
        while self.above[one] != one {
            self.above[one] = self.above[self.above[one]];
            one = self.above[one];
        }
        one
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first_of(one), self.first_of(other));
        self.above[one.max(other)] = one.min(other);
    }

    /// The groups in the order of their first members, each in order.
    fn found(mut self) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = vec![Vec::new(); self.above.len()];
        for one in 0..self.above.len() {
            let first = self.first_of(one);
            groups[first].push(one);
        }
        groups.retain(|group| !group.is_empty());
        groups
    }
}
