//! Standing traffic: what has run for ever when a trial starts, and what it has left in each cell by then.
//!
//! Where a single cache is loaded by memoryless requests, or by one steady rhythm, the law of its entry at an
//! arbitrary moment is known and is drawn directly. Everything else starts from the nearest such law and is
//! warmed up for a time of random length, so that no rhythm of the warm-up can survive in the results.

use super::cell_load::{CellLoad, Rhythm};
use super::plan::{Plan, PlanCheck, Source};
use super::response_load::{self, Passing};
use crate::model::cache::{Cache, Ends, Renewal, Ttl};
use crate::model::id::TargetId;
use crate::model::verifier::Balance;
use crate::model::workload::{Arrivals, Order};
use crate::random::law::Law;
use crate::units::time::{NANOS_PER_SECOND, Span};
use std::collections::BTreeMap;

/// What standing traffic leaves behind.
#[derive(Debug)]
pub struct Standing {
    /// The cells it fills.
    pub loads: Vec<CellLoad>,
    /// The entries of response caches that it fills.
    pub responses: Vec<CellLoad>,
    /// How long everything is warmed up, if some cell's law is not known; the length is drawn from 1 to 2 times this.
    pub warm_up: Option<Span>,
    /// Whether the warm-up was shortened to keep its cost within bounds.
    pub shortened: bool,
}

/// So many cycles of the slowest cells are played before a trial begins, and at most twice as many.
const CYCLES: f64 = 8.0;

/// At most so many requests are spent on the warm-up of a trial.
const DEAREST_WARM_UP: f64 = 100_000.0;

impl Standing {
    /// Looks at the standing sources of a plan.
    pub fn of(plan: &Plan<'_>) -> Self {
        let mut loads: BTreeMap<usize, CellLoad> = BTreeMap::new();
        let mut responses = BTreeMap::new();
        response_load::add_others(plan, &mut responses);
        let mut total_rate = 0.0;
        for (number, source) in plan.sources.iter().enumerate().filter(|(_, source)| source.standing) {
            let rate = mean_rate(&source.arrivals);
            total_rate += rate;
            for place in 0..source.routes.len() {
                add_route(plan, number, source, place, rate, (&mut loads, &mut responses));
            }
        }
        let mut loads: Vec<CellLoad> = loads.into_values().collect();
        let mut roads = Roads::of(plan);
        roads.tie_together(plan, &mut loads);
        let responses: Vec<CellLoad> = responses.into_values().collect();
        let known = loads.iter().chain(&responses).all(|load| load.rhythm != Rhythm::Mixed);
        let (warm_up, shortened) = if known { (None, false) } else { warm_up(plan, &loads, total_rate) };
        Self { loads, responses, warm_up, shortened }
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
            let cycle = loop_seconds(answer, think);
            if cycle > 0.0 { f64::from(*workers) / cycle } else { 0.0 }
        }
        Arrivals::Trace(_) => 0.0,
    }
}

/// The mean time, in seconds, between two requests of a worker that waits and thinks; 0 if that is not known.
pub fn loop_seconds(answer: &Law, think: &Law) -> f64 {
    let cycle = answer.mean_seconds().zip(think.mean_seconds()).map_or(0.0, |(answer, think)| answer + think);
    if cycle.is_finite() { cycle } else { 0.0 }
}

fn add_route(
    plan: &Plan<'_>,
    number: usize,
    source: &Source,
    place: usize,
    rate: f64,
    (loads, responses): (&mut BTreeMap<usize, CellLoad>, &mut BTreeMap<usize, CellLoad>),
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
        Arrivals::Paced { every, jitter } if jitter.value() == 0.0 && alone => {
            Rhythm::Steady { source: number, every, stride: 1, offset: 0, turn_of: None }
        }
        Arrivals::Paced { every, jitter } if jitter.value() == 0.0 && source.order == Order::Enumerate => {
            Rhythm::Steady { source: number, every, stride: places, offset: place, turn_of: None }
        }
        _ => Rhythm::Mixed,
    };
    let target = TargetId(plan.routes[route as usize].target);
    let (mut rate, mut rhythm) = (rate * share, rhythm);
    for verifier in plan.hops_of(route) {
        let passing = Passing { verifier: *verifier, target: target.0, credential, rate, rhythm };
        (rate, rhythm) = response_load::add(plan, passing, responses);
        add_hop(plan, *verifier, target, credential, rate, rhythm, loads);
    }
}

fn add_hop(
    plan: &Plan<'_>,
    verifier: u16,
    target: TargetId,
    credential: u16,
    rate: f64,
    rhythm: Rhythm,
    loads: &mut BTreeMap<usize, CellLoad>,
) {
    let place = &plan.verifiers[verifier as usize];
    let tiers: Vec<_> = plan.tiers_of(place).iter().filter(|tier| !plan.cache(tier).bypass.contains(&target)).collect();
    let simple = tiers.len() == 1 && place.check == PlanCheck::AsksAtOnce;
    let mut seen = rate;
    for (depth, tier) in tiers.iter().enumerate() {
        let cache = plan.cache(tier);
        if cache.ttl == Ttl::Disabled {
            continue;
        }
        let instances = if tier.per_replica { place.replicas } else { 1 };
        let spread = match rhythm {
            _ if !simple || depth > 0 || !law_is_known(cache) => Rhythm::Mixed,
            Rhythm::Poisson if instances == 1 || place.balance == Balance::Random => Rhythm::Poisson,
            Rhythm::Steady { .. } if cache.jitter.value() == 0.0 && cache.ends == Ends::Exact => rhythm,
            _ => Rhythm::Mixed,
        };
        let rate = seen / f64::from(instances);
        for instance in 0..instances {
            let cell = (tier.first_instance + instance) as usize * plan.credentials + credential as usize;
            let spread = at_instance(spread, instances, instance, place.balance, verifier);
            let load = CellLoad { cell, rate, rhythm: spread, draws: cell };
            loads.entry(cell).and_modify(|load| *load = together(*load, rate, spread)).or_insert(load);
        }
        // The tier behind sees only what this one misses.
        seen = rate / (1.0 + rate * lifetime_seconds(cache)) * f64::from(instances);
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
        rhythm => rhythm,
    }
}

/// Which requests pass which verifiers: what ties cells of different verifiers to one another.
struct Roads {
    /// For each verifier, the places of sources (source, place) whose requests pass it.
    through: Vec<Vec<(usize, usize)>>,
}

impl Roads {
    fn of(plan: &Plan<'_>) -> Self {
        let mut through = vec![Vec::new(); plan.verifiers.len()];
        for (number, source) in plan.sources.iter().enumerate() {
            for (place, route) in source.routes.iter().enumerate() {
                for verifier in plan.hops_of(*route) {
                    through[*verifier as usize].push((number, place));
                }
            }
        }
        Self { through }
    }

    /// Cells that the same requests fill are not independent. If they see exactly the same requests and keep
    /// answers alike, they are in step for ever; else their joint law is not known.
    fn tie_together(&mut self, plan: &Plan<'_>, loads: &mut [CellLoad]) {
        let mut sharing: BTreeMap<(usize, usize), Vec<u16>> = BTreeMap::new();
        for (verifier, places) in self.through.iter().enumerate() {
            let asks = !plan.tiers_of(&plan.verifiers[verifier]).is_empty();
            for place in places.iter().filter(|_| asks) {
                sharing.entry(*place).or_default().push(verifier as u16);
            }
        }
        for load in loads.iter_mut() {
            let cache = plan.instances[load.cell / plan.credentials];
            let [verifier] = plan.readers[cache as usize][..] else {
                continue;
            };
            if let Rhythm::Steady { turn_of: Some(_), .. } = load.rhythm
                && self.through[verifier as usize].len() > 1
            {
                // Others move the turn on as well.
                load.rhythm = Rhythm::Mixed;
            }
            let neighbours = self.through[verifier as usize].iter().flat_map(|place| &sharing[place]);
            let first = neighbours.clone().copied().min().unwrap_or(verifier);
            if neighbours.clone().all(|other| *other == verifier) {
                continue;
            }
            let in_step = neighbours.clone().all(|other| self.in_step(plan, verifier, *other));
            if in_step && load.rhythm == Rhythm::Poisson {
                let credential = load.cell % plan.credentials;
                let tier = plan.tiers_of(&plan.verifiers[first as usize])[0];
                load.draws = tier.first_instance as usize * plan.credentials + credential;
            } else if load.rhythm == Rhythm::Poisson {
                load.rhythm = Rhythm::Mixed;
            }
        }
    }

    /// Whether two verifiers see the same requests, and keep answers in one cache each of the same kind.
    fn in_step(&self, plan: &Plan<'_>, one: u16, other: u16) -> bool {
        let kept = |verifier: u16| {
            let place = &plan.verifiers[verifier as usize];
            let [tier] = plan.tiers_of(place) else { return None };
            let alone = place.replicas == 1 && place.check == PlanCheck::AsksAtOnce;
            alone.then(|| plan.cache(tier))
        };
        let alike = |a: &Cache, b: &Cache| {
            let named = Cache { name: a.name.clone(), placement: a.placement, ..b.clone() };
            *a == named && a.ends == Ends::Exact && a.jitter.value() == 0.0
        };
        let same_requests = self.through[one as usize] == self.through[other as usize];
        same_requests && kept(one).zip(kept(other)).is_some_and(|(a, b)| alike(a, b))
    }
}

/// Two streams of requests to one cell.
fn together(load: CellLoad, rate: f64, rhythm: Rhythm) -> CellLoad {
    let rhythm =
        if load.rhythm == Rhythm::Poisson && rhythm == Rhythm::Poisson { Rhythm::Poisson } else { Rhythm::Mixed };
    CellLoad { rate: load.rate + rate, rhythm, ..load }
}

/// Whether the law of an entry of this cache under memoryless requests is known in closed form.
fn law_is_known(cache: &Cache) -> bool {
    let whole_seconds = match cache.ttl {
        Ttl::For(ttl) => ttl.nanos() % NANOS_PER_SECOND == 0,
        Ttl::Disabled | Ttl::Forever => true,
    };
    let plain = cache.jitter.value() == 0.0 && cache.refresh_ahead.is_none();
    cache.idle.is_none()
        && cache.restarts.is_none()
        && (cache.ends == Ends::Exact || (whole_seconds && plain))
        && (cache.renewal == Renewal::Insertion || (plain && cache.ends == Ends::Exact))
}

fn warm_up(plan: &Plan<'_>, loads: &[CellLoad], total_rate: f64) -> (Option<Span>, bool) {
    let lifetimes = plan.verifiers.iter().map(|place| {
        let tiers = plan.tiers_of(place).iter().map(|tier| plan.cache(tier));
        tiers
            .map(|cache| lifetime_seconds(cache) + cache.stale_while_revalidate.map_or(0.0, Span::seconds))
            .sum::<f64>()
    });
    let longest = lifetimes.fold(response_load::longest_life(plan), f64::max);
    let slowest =
        loads.iter().filter(|load| load.rhythm == Rhythm::Mixed).map(|load| 1.0 / load.rate).fold(0.0, f64::max);
    let cycle = longest + slowest.min(10.0 * longest) + 1.0;
    let affordable = DEAREST_WARM_UP / total_rate.max(1e-9);
    // At high rates entries are renewed almost at once, so that the law from which the warm-up starts is near the true one.
    (Some(Span::from_seconds((CYCLES * cycle).min(affordable))), 2.0 * cycle > affordable)
}

/// How long an entry lives, in seconds; one that lives for ever needs no warm-up.
fn lifetime_seconds(cache: &Cache) -> f64 {
    match cache.ttl {
        Ttl::For(ttl) => ttl.seconds(),
        Ttl::Disabled | Ttl::Forever => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{cache, seconds};
    use super::*;
    use crate::random::bounded::Constant;
    use crate::random::shape::Shape;
    use crate::units::probability::Share;
    use crate::units::rate::Rate;

    fn constant(seconds: f64) -> Law {
        Shape::Constant(Constant::new(seconds).expect("valid")).into()
    }

    #[test]
    fn mean_rates_follow_from_the_spacing() {
        // 1/8 s; 20/s in 10 s of every 60 s; 4 workers that take 1.5 + 0.5 s each.
        let rate = |value| Rate::per_second(value).expect("a rate");
        let paced = Arrivals::Paced { every: seconds(8.0), jitter: Share::NONE };
        let bursty = Arrivals::Bursty { rate: rate(20.0), burst: seconds(10.0), silence: seconds(50.0) };
        let workers = |think| Arrivals::ClosedLoop { workers: 4, answer: constant(1.5), think };
        assert_eq!(mean_rate(&Arrivals::Poisson(rate(2.5))), 2.5);
        assert_eq!(mean_rate(&paced), 0.125);
        assert!((mean_rate(&bursty) - 20.0 / 6.0).abs() < 1e-12);
        assert_eq!(mean_rate(&workers(constant(0.5))), 2.0);
        // A worker that may never come back has no mean cycle, and counts as none.
        assert_eq!(mean_rate(&workers(Law::never())), 0.0);
        assert_eq!(loop_seconds(&constant(1.5), &Law::never()), 0.0);
    }

    #[test]
    fn the_law_of_an_entry_is_known_only_where_one_clock_rules_it() {
        let jitter = Share::new(0.1).expect("a share");
        let whole = || Cache { ends: Ends::NextWholeSecond, ..cache(5.0) };
        let sliding = || Cache { renewal: Renewal::EveryHit, ..cache(5.0) };
        let ahead = Some(seconds(1.0));
        let known = [
            cache(5.0),
            Cache { jitter, ..cache(5.0) },
            Cache { refresh_ahead: ahead, ..cache(5.0) },
            Cache { ttl: Ttl::Forever, ..cache(5.0) },
            whole(),
            sliding(),
        ];
        assert!(known.iter().all(law_is_known));
        let unknown = [
            Cache { idle: Some(seconds(1.0)), ..cache(5.0) },
            Cache { restarts: Some(constant(60.0)), ..cache(5.0) },
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
        let load = |rhythm| CellLoad { cell: 3, rate: 0.5, rhythm, draws: 3 };
        let both = together(load(Rhythm::Poisson), 2.0, Rhythm::Poisson);
        assert_eq!(both, CellLoad { cell: 3, rate: 2.5, rhythm: Rhythm::Poisson, draws: 3 });
        assert_eq!(together(load(steady), 2.0, Rhythm::Poisson).rhythm, Rhythm::Mixed);
        assert_eq!(together(load(steady), 0.5, steady).rhythm, Rhythm::Mixed);
    }
}
