//! Standing traffic: what has run for ever when a trial starts, and what it has left in each cell by then.
//!
//! Where a single cache is loaded by memoryless requests, or by one steady rhythm, the law of its entry at an
//! arbitrary moment is known and is drawn directly; where such requests are dealt out in turn among several, these entries
//! are followed by themselves (`dealt.rs`). Everything else starts from the nearest such law and is
//! warmed up for a time of random length, so that no rhythm of the warm-up can survive in the results.

use super::dealt::{DealtOut, takes_to_drift_apart};
use super::load::{CellLoad, Loads, Rhythm};
use super::pace::mean_rate;
use super::queue_memory;
use super::response_load;
use super::roads::Roads;
use crate::model::cache::{Cache, Ttl};
use crate::model::play::compiled::plan::{Plan, Source};
use crate::model::workload::Arrivals;
use crate::random::recurrence::Recurrence;
use crate::units::time::Span;
use std::collections::BTreeMap;

/// What standing traffic leaves behind.
#[derive(Debug)]
pub struct Standing {
    /// The cells it fills.
    pub loads: Vec<CellLoad>,
    /// Those of them among which memoryless requests are dealt out in turn.
    pub dealt: Vec<DealtOut>,
    /// The entries of response caches that it fills.
    pub responses: Vec<CellLoad>,
    /// When each cache restarts, by its settings.
    pub restarts: Vec<Option<Recurrence>>,
    /// How long everything is warmed up, if some cell's law is not known; the length is drawn from 1 to 2 times this.
    pub warm_up: Option<Span>,
    /// Whether the warm-up was shortened to keep its cost within bounds, to less than a cycle or two.
    pub shortened: bool,
}

/// So many cycles of the slowest cells are played before a trial begins, and at most twice as many.
const CYCLES: f64 = 8.0;

/// At most so many requests are spent on the warm-up of a trial.
const DEAREST_WARM_UP: f64 = 100_000.0;

/// For at least so many of these where something keeps its distance among what is dealt out in turn.
const DISTURBED: f64 = 6_000.0;

/// No more than so many, and up to twice as many where the length falls out so, beyond [`CYCLES`], that entries that are filled in
/// turn may drift apart.
const DEAREST_DRIFT: f64 = 20_000.0;

impl Standing {
    /// Looks at the standing sources of a plan.
    pub fn of(plan: &Plan<'_>) -> Self {
        let restarts: Vec<_> =
            plan.system.caches.iter().map(|cache| cache.restarts.as_ref().map(Recurrence::new)).collect();
        let mut loads = Loads::new(plan, &restarts);
        let mut responses = BTreeMap::new();
        response_load::add_others(plan, &mut responses);
        let mut total_rate = 0.0;
        for (number, source) in plan.sources.iter().enumerate().filter(|(_, source)| source.standing) {
            let rate = mean_rate(&source.arrivals);
            total_rate += rate;
            for place in 0..source.routes.len() {
                loads.add_route(number, source, place, rate, |passing| {
                    response_load::add(plan, passing, &mut responses)
                });
            }
        }
        let mut loads = loads.found();
        Roads::of(plan).tie_together(plan, &mut loads);
        let responses: Vec<CellLoad> = responses.into_values().collect();
        let known = loads.iter().chain(&responses).all(|load| load.rhythm != Rhythm::Mixed);
        let (warm_up, shortened) = if known { (None, false) } else { warm_up(plan, &loads, total_rate) };
        let affordable = Span::from_seconds(affordable(total_rate));
        let queues = queue_memory::longest(plan);
        let shortened = shortened || queues.is_some_and(|length| length > affordable);
        let warm_up = warm_up.max(queues.map(|length| length.min(affordable)));
        let dealt = DealtOut::all(plan, &loads);
        Self { loads, dealt, responses, restarts, warm_up, shortened }
    }
}

/// How long a warm-up may be, in seconds, where so many requests come every second.
fn affordable(total_rate: f64) -> f64 {
    DEAREST_WARM_UP / total_rate.max(1e-9)
}

fn warm_up(plan: &Plan<'_>, loads: &[CellLoad], total_rate: f64) -> (Option<Span>, bool) {
    let lifetimes = plan.verifiers.iter().map(|place| {
        let tiers = plan.tiers_of(place).iter().map(|tier| plan.cache(tier));
        tiers
            .map(|cache| lifetime_seconds(cache) + cache.stale_while_revalidate.map_or(0.0, Span::seconds))
            .sum::<f64>()
    });
    let longest = lifetimes.fold(response_load::longest_life(plan), f64::max);
    // A cache that keeps for ever and restarts is empty until somebody asks, however long that takes.
    let waits = plan.system.caches.iter().any(|cache| cache.ttl == Ttl::Forever && cache.restarts.is_some());
    let patience = if waits { f64::INFINITY } else { 10.0 * longest };
    let mixed = loads.iter().filter(|load| load.rhythm == Rhythm::Mixed && load.rate > 0.0);
    let slowest = mixed.map(|load| (1.0 / load.rate).min(patience)).fold(0.0, f64::max);
    let cycle = longest + slowest + 1.0;
    let affordable = affordable(total_rate);
    let drifting = drifts_for(plan, loads, total_rate).min(DEAREST_DRIFT / total_rate.max(1e-9));
    // At high rates entries are renewed almost at once, so that the law from which the warm-up starts is near the true one.
    (Some(Span::from_seconds((CYCLES * cycle).max(drifting).min(affordable))), 2.0 * cycle > affordable)
}

/// How long it takes, in seconds, until entries that are filled in turn stand to one another nearly as they do in the long
/// run: each waits for its turn once a cycle, evenly for anything up to a gap, after a life that is even as well.
///
/// Where some requests keep their distance, only the others disturb the turn: for as long as some thousand requests take.
fn drifts_for(plan: &Plan<'_>, loads: &[CellLoad], total_rate: f64) -> f64 {
    let drifting = loads.iter().filter(|load| load.rhythm == Rhythm::Mixed && load.in_turn && load.rate > 0.0);
    let lasts = drifting.map(|load| {
        let cache = &plan.system.caches[plan.instances[load.cell / plan.credentials] as usize];
        let (gap, life) = (1.0 / load.rate, lifetime_seconds(cache));
        let spread = life * cache.jitter.value();
        takes_to_drift_apart(life + gap / 2.0, (gap * gap / 4.0 + spread * spread) / 3.0)
    });
    let longest = lasts.fold(0.0, f64::max);
    let memoryless = |source: &Source| !source.standing || matches!(source.arrivals, Arrivals::Poisson(_));
    if longest == 0.0 || plan.sources.iter().all(memoryless) {
        return longest;
    }
    longest.max(DISTURBED / total_rate.max(1e-9))
}

/// How long an entry lives without a request, in seconds; one that lives for ever needs no warm-up.
fn lifetime_seconds(cache: &Cache) -> f64 {
    match cache.ttl {
        Ttl::For(ttl) => ttl.seconds(),
        Ttl::Disabled => 0.0,
        Ttl::Forever => cache.idle.map_or(0.0, Span::seconds),
    }
}
