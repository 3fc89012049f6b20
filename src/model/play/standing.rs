//! Standing traffic: what has run for ever when a trial starts, and what it has left in each cell by then.
//!
//! Where a single cache is loaded by memoryless requests, or by one steady rhythm, the law of its entry at an
//! arbitrary moment is known and is drawn directly. Everything else starts from the nearest such law and is
//! warmed up for a time of random length. A cache that is always busy repeats itself nearly like a clock, and
//! forgets its phase slowly; so the length is spread evenly over cycles of each kind of cell, which leaves every
//! phase equally likely whatever the start was.
//!
//! Cells that see the very same requests (the caches of a gateway and of the service behind it) start by the same chance:
//! they were loaded together once, and those of equal lifetime stay in step for ever.

use super::plan::{Plan, PlanCheck, Source, Tier};
use crate::model::cache::{Cache, Coalescing, Ends, Renewal, TierAge, Ttl};
use crate::model::id::TargetId;
use crate::model::verifier::Balance;
use crate::model::workload::{Arrivals, Order};
use crate::random::law::Law;
use crate::random::stream::Stream;
use crate::units::time::{NANOS_PER_SECOND, Span};
use std::collections::BTreeMap;

/// What standing traffic leaves behind.
#[derive(Debug)]
pub struct Standing {
    /// The cells it fills.
    pub loads: Vec<CellLoad>,
    /// How long everything is warmed up, if some cell's law is not known.
    pub warm_up: Option<WarmUp>,
    /// Whether the warm-up was shortened to keep its cost within bounds.
    pub shortened: bool,
}

/// The length of a warm-up: something sure, and an even spread over each of some cycles.
#[derive(Clone, Debug, PartialEq)]
pub struct WarmUp {
    /// The shortest length, in seconds.
    least: f64,
    /// Cycles over which it is spread, in seconds.
    cycles: Vec<f64>,
}

impl WarmUp {
    /// A length, by chance.
    pub fn length(&self, chance: &mut Stream) -> Span {
        Span::from_seconds(self.cycles.iter().fold(self.least, |sum, cycle| sum + cycle * chance.uniform()))
    }

    /// Its mean, in seconds.
    pub fn mean_seconds(&self) -> f64 {
        self.least + 0.5 * self.cycles.iter().sum::<f64>()
    }
}

/// The standing requests that reach a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellLoad {
    /// The cell.
    pub cell: usize,
    /// The first cell that sees the same requests, perhaps itself: they start by the same chance.
    pub like: usize,
    /// Requests a second.
    pub rate: f64,
    /// Mean time, in seconds, from a question to the last answer that fills the cell.
    pub legs: f64,
    /// Whether all its requests come at one steady pace.
    pub paced: bool,
    /// Mean length, in seconds, of the silences between bursts.
    pub silence: f64,
    /// How they come.
    pub rhythm: Rhythm,
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
    },
    /// Neither: the law of the entry is approximated, and warmed up.
    Mixed,
}

/// At most so many requests are spent on the warm-up of a trial.
const DEAREST_WARM_UP: f64 = 100_000.0;

impl Standing {
    /// Looks at the standing sources of a plan.
    pub fn of(plan: &Plan<'_>) -> Self {
        let mut loads: BTreeMap<usize, CellLoad> = BTreeMap::new();
        let mut total_rate = 0.0;
        for (number, source) in plan.sources.iter().enumerate().filter(|(_, source)| source.standing) {
            let rate = mean_rate(&source.arrivals);
            total_rate += rate;
            for place in 0..source.routes.len() {
                add_route(plan, number, source, place, rate, &mut loads);
            }
        }
        let loads: Vec<CellLoad> = loads.into_values().collect();
        let known = loads.iter().all(|load| load.rhythm != Rhythm::Mixed);
        let (warm_up, shortened) = if known { (None, false) } else { warm_up(plan, &loads, total_rate) };
        Self { loads, warm_up, shortened }
    }
}

/// Requests a second of a source, on average.
pub fn mean_rate(arrivals: &Arrivals) -> f64 {
    match arrivals {
        Arrivals::Poisson(rate) => rate.value(),
        Arrivals::Paced { every, .. } => 1.0 / every.seconds(),
        Arrivals::Bursty { rate, burst, silence } => {
            rate.value() * burst.seconds() / (burst.seconds() + silence.seconds())
        }
        Arrivals::ClosedLoop { workers, answer, think } => {
            let cycle = sum_of_means(answer, think);
            if cycle > 0.0 { f64::from(*workers) / cycle } else { 0.0 }
        }
        Arrivals::Trace(_) => 0.0,
    }
}

/// The mean of two delays one after the other, in seconds; 0 if it is not known.
pub fn sum_of_means(one: &Law, other: &Law) -> f64 {
    let sum = one.mean_seconds().zip(other.mean_seconds()).map_or(0.0, |(one, other)| one + other);
    if sum.is_finite() { sum } else { 0.0 }
}

fn add_route(
    plan: &Plan<'_>,
    number: usize,
    source: &Source,
    place: usize,
    rate: f64,
    loads: &mut BTreeMap<usize, CellLoad>,
) {
    let route = source.routes[place];
    let Some(credential) = source.presents[route as usize].first().copied() else { return };
    let places = source.routes.len();
    let target = TargetId(plan.routes[route as usize].target);
    let share = match source.order {
        Order::Stick if place == 0 => 1.0,
        Order::Stick => return,
        Order::Enumerate | Order::Roam => 1.0 / places as f64,
    };
    let alone = places == 1 || source.order == Order::Stick;
    let rhythm = match source.arrivals {
        Arrivals::Poisson(_) if alone || source.order == Order::Roam => Rhythm::Poisson,
        Arrivals::Paced { every, jitter } if jitter.value() == 0.0 && alone => {
            Rhythm::Steady { source: number, every, stride: 1, offset: 0 }
        }
        Arrivals::Paced { every, jitter } if jitter.value() == 0.0 && source.order == Order::Enumerate => {
            Rhythm::Steady { source: number, every, stride: places, offset: place }
        }
        _ => Rhythm::Mixed,
    };
    let silence = match source.arrivals {
        Arrivals::Bursty { silence, .. } => silence.seconds(),
        _ => 0.0,
    };
    let paced = matches!(source.arrivals, Arrivals::Paced { jitter, .. } if jitter.value() == 0.0);
    let requests = Requests { target, credential, rate: rate * share, rhythm, paced, silence };
    let hops = plan.hops_of(route);
    // Memoryless requests leave a known law in each of several caches on a route, but not in all of them together.
    let caching = hops.iter().filter(|verifier| caches_for(plan, **verifier, target).next().is_some()).count();
    let mut like = None;
    for verifier in hops {
        add_hop(plan, *verifier, &requests, caching == 1, &mut like, loads);
    }
}

/// Standing requests as they come to a verifier.
struct Requests {
    target: TargetId,
    credential: u16,
    rate: f64,
    rhythm: Rhythm,
    paced: bool,
    silence: f64,
}

/// The tiers of a verifier that keep anything of requests to `target`.
fn caches_for<'p>(plan: &'p Plan<'p>, verifier: u16, target: TargetId) -> impl Iterator<Item = &'p Tier> {
    let tiers = plan.tiers_of(&plan.verifiers[verifier as usize]).iter();
    tiers.filter(move |tier| !plan.cache(tier).bypass.contains(&target) && plan.cache(tier).ttl != Ttl::Disabled)
}

fn add_hop(
    plan: &Plan<'_>,
    verifier: u16,
    requests: &Requests,
    alone: bool,
    like: &mut Option<usize>,
    loads: &mut BTreeMap<usize, CellLoad>,
) {
    let place = &plan.verifiers[verifier as usize];
    let legs = plan.introspection(verifier).map_or(0.0, |asks| sum_of_means(&asks.request_leg, &asks.response_leg));
    let tiers: Vec<&Tier> = caches_for(plan, verifier, requests.target).collect();
    let simple = tiers.len() == 1 && place.check == PlanCheck::AsksAtOnce;
    // What a tier lets through comes as often as it is loaded.
    let (mut rate, mut paced) = (requests.rate, requests.paced);
    for tier in tiers {
        let cache = plan.cache(tier);
        let instances = if tier.per_replica { place.replicas } else { 1 };
        // A sticky source sends all its requests to one of them.
        let reached = if place.balance == Balance::Sticky { 1.0 } else { f64::from(instances) };
        let legs = settling_seconds(cache, rate / reached, legs);
        let rhythm = match requests.rhythm {
            _ if !simple || !law_is_known(cache) => Rhythm::Mixed,
            Rhythm::Poisson if alone && (instances == 1 || place.balance == Balance::Random) => Rhythm::Poisson,
            Rhythm::Steady { .. } if instances == 1 && cache.jitter.value() == 0.0 && cache.ends == Ends::Exact => {
                requests.rhythm
            }
            _ => Rhythm::Mixed,
        };
        let paced_here = paced && (instances == 1 || place.balance != Balance::Random);
        for instance in 0..instances {
            let cell = (tier.first_instance + instance) as usize * plan.credentials + requests.credential as usize;
            let like = if instances == 1 {
                *like.get_or_insert(loads.get(&cell).map_or(cell, |load| load.like))
            } else {
                cell
            };
            let load = CellLoad {
                cell,
                like,
                rate: rate / reached,
                legs,
                paced: paced_here,
                silence: requests.silence,
                rhythm,
            };
            loads.entry(cell).and_modify(|before| *before = together(*before, load)).or_insert(load);
        }
        if cache.age == TierAge::Restarts && cache.renewal == Renewal::Insertion {
            (rate, paced) = (reached / cycle_seconds(cache, rate / reached, legs, paced_here), reached == 1.0);
        }
    }
}

/// Two streams of requests to one cell.
fn together(load: CellLoad, other: CellLoad) -> CellLoad {
    let rhythm =
        if load.rhythm == Rhythm::Poisson && other.rhythm == Rhythm::Poisson { Rhythm::Poisson } else { Rhythm::Mixed };
    let (rate, silence) = (load.rate + other.rate, load.silence.min(other.silence));
    CellLoad { rate, rhythm, paced: false, silence, ..load }
}

/// Mean time, in seconds, from the question that begins a cycle to the last answer that fills the cell: where every
/// request asks for itself, those that come while the first is under way fill it again.
fn settling_seconds(cache: &Cache, rate: f64, legs: f64) -> f64 {
    match cache.coalescing {
        Coalescing::Shared => legs,
        Coalescing::Separate => legs + legs - (1.0 - libm::exp(-rate * legs)) / rate,
    }
}

/// Mean time, in seconds, from one load of a cell to the next: the life of an entry, the way of a question, and the
/// wait for the next request, which at a steady pace makes it a whole number of gaps.
fn cycle_seconds(cache: &Cache, rate: f64, legs: f64, paced: bool) -> f64 {
    let (lives, gap) = (life_seconds(cache) + legs, 1.0 / rate);
    if paced { libm::ceil(lives / gap).max(1.0) * gap } else { lives + gap }
}

/// Whether the law of an entry of this cache under memoryless requests is known in closed form.
fn law_is_known(cache: &Cache) -> bool {
    let whole_seconds = match cache.ttl {
        Ttl::For(ttl) => ttl.nanos() % NANOS_PER_SECOND == 0,
        Ttl::Disabled | Ttl::Forever => true,
    };
    let plain = cache.jitter.value() == 0.0 && cache.refresh_ahead.is_none();
    (cache.idle.is_none() || (cache.ttl == Ttl::Forever && plain))
        && cache.restarts.is_none()
        && (cache.ends == Ends::Exact || (whole_seconds && plain))
        && (cache.renewal == Renewal::Insertion || (plain && cache.ends == Ends::Exact))
}

/// How long cells whose law is not known are warmed up, and whether that is cut short.
fn warm_up(plan: &Plan<'_>, loads: &[CellLoad], total_rate: f64) -> (Option<WarmUp>, bool) {
    let mixed = loads.iter().filter(|load| load.rhythm == Rhythm::Mixed);
    let mut cycles: Vec<f64> = mixed
        .map(|load| {
            let cache = &plan.system.caches[plan.instances[load.cell / plan.credentials] as usize];
            let cycle = cycle_seconds(cache, load.rate, load.legs, load.paced) + load.silence;
            // What is hardly ever loaded has forgotten everything after a few lives.
            cycle.min(LIVES_FORGOTTEN * (life_seconds(cache) + load.legs) + load.silence)
        })
        .collect();
    cycles.sort_by(|a, b| b.total_cmp(a));
    cycles.dedup_by(|shorter, longer| *longer - *shorter < 1e-6 * *longer);
    let least = CYCLES_SURE * cycles.first().copied().unwrap_or(0.0) + 1.0;
    cycles.truncate(MOST_CYCLES);
    // Twice, so that a cycle that is not known exactly leaves next to nothing of its phase.
    cycles = cycles.iter().flat_map(|cycle| [*cycle, *cycle]).collect();
    let wanted = WarmUp { least, cycles };
    let affordable = DEAREST_WARM_UP / total_rate.max(1e-9) / wanted.mean_seconds();
    if affordable >= 1.0 {
        return (Some(wanted), false);
    }
    let cycles = wanted.cycles.iter().map(|cycle| cycle * affordable).collect();
    (Some(WarmUp { least: least * affordable, cycles }), true)
}

/// Cycles, of the longest, that every warm-up lasts.
const CYCLES_SURE: f64 = 1.5;

/// Different cycles over which a warm-up is spread.
const MOST_CYCLES: usize = 3;

/// Lives of an entry after which a cell that is hardly ever loaded shows nothing of its start.
const LIVES_FORGOTTEN: f64 = 11.0;

/// How long an entry serves before it is fetched anew, in seconds; one that lives for ever needs no warm-up.
fn life_seconds(cache: &Cache) -> f64 {
    let restarts = cache.restarts.as_ref().and_then(Law::mean_seconds).filter(|mean| mean.is_finite());
    let otherwise = cache.idle.map(Span::seconds).into_iter().chain(restarts).reduce(f64::min);
    match cache.ttl {
        Ttl::For(ttl) => {
            let serves = (ttl - cache.refresh_ahead.unwrap_or(Span::ZERO)).seconds();
            restarts.map_or(serves, |restarts| serves.min(restarts))
        }
        Ttl::Disabled => 0.0,
        Ttl::Forever => otherwise.unwrap_or(0.0),
    }
}
