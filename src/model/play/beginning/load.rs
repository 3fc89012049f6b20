//! The loads of cells: which standing requests reach which cell of a cache, how often, and in what rhythm.
//!
//! A cell whose law is known from its rhythm alone is told apart from one that must be warmed up.

use crate::model::cache::{Cache, Ends, Renewal, Ttl};
use crate::model::fault::Fault;
use crate::model::id::TargetId;
use crate::model::play::compiled::plan::{Plan, PlanCheck, Source};
use crate::model::verifier::Balance;
use crate::model::workload::{Arrivals, Order};
use crate::random::recurrence::Recurrence;
use crate::units::probability::Share;
use crate::units::time::{NANOS_PER_SECOND, Span};
use std::collections::BTreeMap;

/// The standing requests that reach a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellLoad {
    /// The cell.
    pub cell: usize,
    /// Requests a second.
    pub rate: f64,
    /// How they come.
    pub rhythm: Rhythm,
    /// Whether some are dealt out in turn among several cells.
    pub in_turn: bool,
    /// The cell whose draws it takes: its own, or that of a cell with which it is always in step.
    pub draws: usize,
}

/// How the requests to a cell come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rhythm {
    /// Memoryless.
    Poisson,
    /// Evenly spaced: every `stride`-th request of a paced source, at the place `offset` in its order.
    Steady {
        /// The source.
        source: usize,
        /// The gap between two requests of the source.
        every: Span,
        /// Number of places in its order.
        stride: usize,
        /// Which of them leads to this cell.
        offset: usize,
        /// Whose turn it is that decides: the order of the source, or the load balancer of this verifier.
        turn_of: Option<u16>,
    },
    /// Memoryless before they are dealt out in turn: every `among`-th comes here.
    Dealt {
        /// Who deals them out.
        by: Dealer,
        /// Among how many.
        among: u32,
        /// At which place in that order this one is.
        place: u32,
    },
    /// Neither: the law of the entry is approximated, and warmed up.
    Mixed,
}

/// Who deals requests out in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dealer {
    /// A source that calls its targets in turn.
    Source(usize),
    /// The load balancer of a verifier.
    Balancer(u16),
}

/// Requests a second of one source as they come to a verifier.
#[derive(Clone, Copy, Debug)]
pub struct Passing {
    /// The verifier.
    pub verifier: u16,
    /// Where they go.
    pub target: u16,
    /// What they carry.
    pub credential: u16,
    /// How many there are.
    pub rate: f64,
    /// How they come.
    pub rhythm: Rhythm,
}

/// The loads of all cells, as they are found.
pub struct Loads<'p> {
    plan: &'p Plan<'p>,
    /// When each cache restarts, by its settings.
    restarts: &'p [Option<Recurrence>],
    cells: BTreeMap<usize, CellLoad>,
    /// Requests a second to each verifier.
    through: Vec<f64>,
}

/// More entries are not followed by themselves: each look at them costs a step for every one.
const MOST_DEALT: u32 = 128;

/// Requests of a source on their way along a route.
struct Traffic {
    target: TargetId,
    credential: u16,
    rate: f64,
    rhythm: Rhythm,
    /// Whether their source calls its targets in turn.
    in_turn: bool,
    /// Cells that they have passed: whatever else looks there finds what they have just left.
    passed: Vec<usize>,
}

impl<'p> Loads<'p> {
    /// No loads yet.
    pub fn new(plan: &'p Plan<'p>, restarts: &'p [Option<Recurrence>]) -> Self {
        Self { plan, restarts, cells: BTreeMap::new(), through: vec![0.0; plan.verifiers.len()] }
    }

    /// The loads, in the order of cells.
    pub fn found(self) -> Vec<CellLoad> {
        let Self { plan, cells, through, .. } = self;
        // What a load balancer deals out beside moves the turn on as well; and what a source carries elsewhere fills other
        // entries in the same turn.
        let shares_turn = |load: &CellLoad| match load.rhythm {
            Rhythm::Dealt { by: Dealer::Balancer(verifier), among, .. } => {
                through[verifier as usize] > load.rate * f64::from(among) * (1.0 + 1e-9)
            }
            Rhythm::Dealt { by: Dealer::Source(source), .. } => carries_several(&plan.sources[source]),
            _ => false,
        };
        let mixed = |load: CellLoad| if shares_turn(&load) { CellLoad { rhythm: Rhythm::Mixed, ..load } } else { load };
        cells.into_values().map(mixed).collect()
    }

    /// Adds the requests of a source to one of the places that it calls; `responses` says what of them, as a rate and a
    /// rhythm, comes past the responses that a verifier keeps.
    pub fn add_route(
        &mut self,
        number: usize,
        source: &Source,
        place: usize,
        rate: f64,
        mut responses: impl FnMut(Passing) -> (f64, Rhythm),
    ) {
        let route = source.routes[place];
        let Some(credential) = source.presents[route as usize].first().copied() else { return };
        let places = source.routes.len();
        let share = match source.order {
            Order::Stick if place == 0 => 1.0,
            Order::Stick => return,
            Order::Enumerate | Order::Roam => 1.0 / places as f64,
        };
        let alone = places == 1 || source.order == Order::Stick;
        let rhythm = match source.arrivals {
            Arrivals::Poisson(_) if alone || source.order == Order::Roam => Rhythm::Poisson,
            Arrivals::Poisson(_) => {
                Rhythm::Dealt { by: Dealer::Source(number), among: places as u32, place: place as u32 }
            }
            Arrivals::Paced { every, jitter } if jitter.value() == 0.0 && alone => {
                Rhythm::Steady { source: number, every, stride: 1, offset: 0, turn_of: None }
            }
            Arrivals::Paced { every, jitter } if jitter.value() == 0.0 && source.order == Order::Enumerate => {
                Rhythm::Steady { source: number, every, stride: places, offset: place, turn_of: None }
            }
            _ => Rhythm::Mixed,
        };
        // Whether there are any is only known in a trial.
        let rhythm =
            if number < self.plan.attacker_sources && self.may_lack(credential) { Rhythm::Mixed } else { rhythm };
        let target = TargetId(self.plan.routes[route as usize].target);
        let in_turn = !alone && source.order == Order::Enumerate;
        let mut traffic = Traffic { target, credential, rate: rate * share, rhythm, in_turn, passed: Vec::new() };
        for verifier in self.plan.hops_of(route) {
            if number < self.plan.attacker_sources && self.plan.verifiers[*verifier as usize].always_turns_away {
                return;
            }
            let Traffic { rate, rhythm, .. } = traffic;
            // Its load balancer stands before what it keeps of responses.
            self.through[*verifier as usize] += rate;
            let passing = Passing { verifier: *verifier, target: target.0, credential, rate, rhythm };
            (traffic.rate, traffic.rhythm) = responses(passing);
            self.add_hop(*verifier, &mut traffic);
        }
    }

    /// Whether an attacker that has always been there may not have found a credential.
    fn may_lack(&self, credential: u16) -> bool {
        let mut copies = self.plan.system.attacker.steals.iter().filter(|copy| copy.credential.0 == credential);
        copies.clone().next().is_some() && copies.all(|copy| copy.found != Share::ALL || copy.behind.is_some())
    }

    /// Whether a verifier may have been kept from asking before the trial: by a fault, or while it trusted what was new.
    fn is_kept_from_asking(&self, verifier: u16) -> bool {
        let system = self.plan.system;
        let trusts = system.verifiers[verifier as usize].trusts_new_for > Span::ZERO;
        trusts || system.faults.iter().any(Fault::may_come_before_the_trial)
    }

    fn add_hop(&mut self, verifier: u16, traffic: &mut Traffic) {
        let plan = self.plan;
        let place = &plan.verifiers[verifier as usize];
        let tiers: Vec<_> =
            plan.tiers_of(place).iter().filter(|tier| !plan.cache(tier).bypass.contains(&traffic.target)).collect();
        let simple = tiers.len() == 1 && place.check == PlanCheck::AsksAtOnce && !self.is_kept_from_asking(verifier);
        let mut seen = traffic.rate;
        for (depth, tier) in tiers.iter().enumerate() {
            let cache = plan.cache(tier);
            if cache.ttl == Ttl::Disabled {
                continue;
            }
            let instances = if tier.per_replica { place.replicas } else { 1 };
            let spread = match traffic.rhythm {
                _ if !simple || depth > 0 || !law_is_known(cache) => Rhythm::Mixed,
                Rhythm::Poisson if instances == 1 || place.balance == Balance::Random => Rhythm::Poisson,
                Rhythm::Poisson if place.balance == Balance::RoundRobin && can_be_dealt(cache, instances) => {
                    Rhythm::Dealt { by: Dealer::Balancer(verifier), among: instances, place: 0 }
                }
                Rhythm::Dealt { among, .. } if instances == 1 && can_be_dealt(cache, among) => traffic.rhythm,
                Rhythm::Steady { .. } if cache.jitter.value() == 0.0 && cache.ends == Ends::Exact => traffic.rhythm,
                _ => Rhythm::Mixed,
            };
            let rate = seen / f64::from(instances);
            let in_turn = traffic.in_turn || instances > 1 && place.balance == Balance::RoundRobin;
            for instance in 0..instances {
                let cell = (tier.first_instance + instance) as usize * plan.credentials + traffic.credential as usize;
                let rhythm = at_instance(spread, instances, instance, place.balance, verifier);
                if !traffic.passed.contains(&cell) {
                    traffic.passed.push(cell);
                    let load = CellLoad { cell, rate, rhythm, in_turn, draws: cell };
                    self.cells.entry(cell).and_modify(|other| *other = other.and(&load)).or_insert(load);
                }
            }
            // The tier behind sees only what this one misses.
            let life = mean_life(cache, self.restarts[tier.cache as usize].as_ref(), rate);
            if life == f64::INFINITY {
                return;
            }
            seen = rate / (1.0 + rate * life) * f64::from(instances);
        }
    }
}

impl CellLoad {
    /// Whether its entry is drawn together with the others among which requests are dealt out.
    pub fn is_dealt(&self) -> bool {
        matches!(self.rhythm, Rhythm::Dealt { .. })
    }

    /// Two streams of requests to one cell.
    fn and(&self, other: &Self) -> Self {
        // A load balancer deals out whatever comes to it: two memoryless streams are one.
        let rhythm = match self.rhythm {
            Rhythm::Poisson | Rhythm::Dealt { by: Dealer::Balancer(_), .. } if self.rhythm == other.rhythm => {
                self.rhythm
            }
            _ => Rhythm::Mixed,
        };
        Self { rate: self.rate + other.rate, rhythm, in_turn: self.in_turn || other.in_turn, ..*self }
    }
}

/// A steady rhythm at one of several instances: still steady if a load balancer deals requests out in turn.
fn at_instance(rhythm: Rhythm, instances: u32, instance: u32, balance: Balance, verifier: u16) -> Rhythm {
    match rhythm {
        Rhythm::Steady { source, every, stride: 1, .. } if instances > 1 && balance == Balance::RoundRobin => {
            let (stride, offset) = (instances as usize, instance as usize);
            Rhythm::Steady { source, every, stride, offset, turn_of: Some(verifier) }
        }
        Rhythm::Steady { .. } if instances > 1 => Rhythm::Mixed,
        Rhythm::Dealt { by: by @ Dealer::Balancer(_), among, .. } => Rhythm::Dealt { by, among, place: instance },
        rhythm => rhythm,
    }
}

/// Whether a source presents one credential first at some of its targets and another elsewhere.
fn carries_several(source: &Source) -> bool {
    let mut first = source.routes.iter().filter_map(|route| source.presents[*route as usize].first());
    let one = first.next();
    first.any(|other| Some(other) != one)
}

/// Whether so many entries, among which requests are dealt out, can be followed by themselves: each ends so long after it was
/// filled, whatever comes meanwhile.
fn can_be_dealt(cache: &Cache, among: u32) -> bool {
    let timed = matches!(cache.ttl, Ttl::For(_)) && cache.renewal == Renewal::Insertion && cache.ends == Ends::Exact;
    timed
        && cache.jitter.value() == 0.0
        && cache.refresh_ahead.is_none()
        && cache.idle.is_none()
        && cache.restarts.is_none()
        && among <= MOST_DEALT
}

/// Whether the law of an entry of this cache under memoryless requests is known in closed form.
fn law_is_known(cache: &Cache) -> bool {
    let whole_seconds = match cache.ttl {
        Ttl::For(ttl) => ttl.nanos() % NANOS_PER_SECOND == 0,
        Ttl::Disabled | Ttl::Forever => true,
    };
    let plain = cache.jitter.value() == 0.0 && cache.refresh_ahead.is_none();
    if cache.ttl == Ttl::Forever {
        // There until it is idle for too long, or the cache restarts: the last request and the last restart say all.
        return true;
    }
    cache.idle.is_none()
        && (cache.ends == Ends::Exact || (whole_seconds && plain))
        && (cache.renewal == Renewal::Insertion || (plain && cache.ends == Ends::Exact))
}

/// How long an entry lives on average, in seconds, where requests come at `rate`; infinite if for good.
fn mean_life(cache: &Cache, restarts: Option<&Recurrence>, rate: f64) -> f64 {
    let life = match (cache.ttl, cache.idle) {
        (Ttl::Disabled, _) => 0.0,
        (Ttl::For(ttl), _) => ttl.seconds(),
        // A run of requests of which none comes later than the limit after the one before.
        (Ttl::Forever, Some(idle)) => libm::expm1(rate * idle.seconds()) / rate,
        (Ttl::Forever, None) => f64::INFINITY,
    };
    life.min(restarts.map_or(f64::INFINITY, Recurrence::mean_seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::play::fixture::{cache, seconds};
    use crate::random::bounded::Constant;
    use crate::random::shape::Shape;
    use crate::units::probability::Share;

    #[test]
    fn the_law_of_an_entry_is_known_only_where_one_clock_rules_it() {
        let jitter = Share::new(0.1).expect("a share");
        let whole = || Cache { ends: Ends::NextWholeSecond, ..cache(5.0) };
        let sliding = || Cache { renewal: Renewal::EveryHit, ..cache(5.0) };
        let ahead = Some(seconds(1.0));
        let restarts = Shape::Constant(Constant::new(60.0).expect("valid")).into();
        let known = [
            cache(5.0),
            Cache { jitter, ..cache(5.0) },
            Cache { refresh_ahead: ahead, ..cache(5.0) },
            Cache { ttl: Ttl::Forever, ..cache(5.0) },
            Cache { restarts: Some(restarts), ..cache(5.0) },
            Cache { ttl: Ttl::Forever, idle: Some(seconds(1.0)), ..cache(5.0) },
            whole(),
            sliding(),
        ];
        assert!(known.iter().all(law_is_known));
        let unknown = [
            Cache { idle: Some(seconds(1.0)), ..cache(5.0) },
            Cache { jitter, ..whole() },
            Cache { refresh_ahead: ahead, ..whole() },
            Cache { ttl: Ttl::For(seconds(2.5)), ..whole() },
            Cache { jitter, ..sliding() },
            Cache { ends: Ends::NextWholeSecond, ..sliding() },
        ];
        assert!(unknown.iter().all(|cache| !law_is_known(cache)));
    }

    #[test]
    fn two_rhythms_at_one_cell_are_memoryless_only_if_both_are() {
        let steady = Rhythm::Steady { source: 0, every: seconds(2.0), stride: 1, offset: 0, turn_of: None };
        let load = |rhythm| CellLoad { cell: 3, rate: 0.5, rhythm, in_turn: false, draws: 3 };
        let both = load(Rhythm::Poisson).and(&CellLoad { rate: 2.0, ..load(Rhythm::Poisson) });
        assert_eq!(both, CellLoad { rate: 2.5, ..load(Rhythm::Poisson) });
        assert_eq!(load(steady).and(&load(Rhythm::Poisson)).rhythm, Rhythm::Mixed);
        assert_eq!(load(steady).and(&load(steady)).rhythm, Rhythm::Mixed);
    }
}
