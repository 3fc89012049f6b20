//! The past of caches: the entries that standing traffic has left in them when a trial begins.

use super::load::{CellLoad, Rhythm};
use super::memoryless::{Entry, poisson_entry};
use super::standing::Standing;
use crate::model::cache::{Cache, Renewal, Ttl};
use crate::model::channel::poll::spread;
use crate::model::play::state::cell::Cell;
use crate::model::play::state::world::World;
use crate::random::purpose::Purpose;
use crate::random::stream::Stream;
use crate::units::time::{Moment, Span};

impl World<'_> {
    /// Fills every cell as standing traffic leaves it at `from`.
    pub(super) fn fill_cells(&mut self, from: Moment, standing: &Standing) {
        for dealt in &standing.dealt {
            self.fill_dealt(from, dealt);
        }
        for load in standing.loads.iter().filter(|load| !load.is_dealt()) {
            let (instance, credential) = (load.cell / self.plan.credentials, load.cell % self.plan.credentials);
            let cache = &self.plan.system.caches[self.plan.instances[instance] as usize];
            let mut chance = self.trial.open(Purpose::CacheStart, self.plan.start_of(load.draws));
            let empty_at = self.last_empty(from, instance, credential, standing);
            let entry = match load.rhythm {
                Rhythm::Steady { .. } => self.steady_entry(from, empty_at, cache, load),
                _ if is_recent(from.since(empty_at), cache, load) => {
                    let clock = (self.phases[instance], self.expires[credential]);
                    let cell = &mut self.cells[load.cell];
                    fill_since(cell, (empty_at, from), load, (cache, clock), &mut chance);
                    continue;
                }
                Rhythm::Poisson | Rhythm::Dealt { .. } | Rhythm::Mixed => {
                    poisson_entry(from, cache, load, self.phases[instance], &mut chance)
                }
            };
            if let Some(entry) = entry.filter(|entry| entry.inserted >= empty_at) {
                self.put(instance, credential, entry, cache);
            }
        }
    }

    /// When a cell was empty for the last time that is known: at the issue of its credential, or the last restart.
    fn last_empty(&self, from: Moment, instance: usize, credential: usize, standing: &Standing) -> Moment {
        let issued = self.issued_at(credential);
        self.restart_gap(instance, standing).map_or(issued, |met| issued.max(from - met.age))
    }

    /// Puts an entry into a cell that was filled in the past, for as long as its cache keeps any.
    pub(super) fn remember(&mut self, cell: usize, inserted: Moment) {
        let (instance, credential) = (cell / self.plan.credentials, cell % self.plan.credentials);
        let cache = &self.plan.system.caches[self.plan.instances[instance] as usize];
        if let Ttl::For(ttl) = cache.ttl {
            self.put(instance, credential, Entry { inserted, lifetime: Some(ttl), ends: None }, cache);
        }
    }

    /// Puts an entry of the past into a cell.
    fn put(&mut self, instance: usize, credential: usize, entry: Entry, cache: &Cache) {
        let expires = self.expires[credential];
        let cell = &mut self.cells[instance * self.plan.credentials + credential];
        cell.insert(entry.inserted, entry.inserted, entry.lifetime, cache, self.phases[instance], expires);
        if let Some(end) = entry.ends {
            cell.fresh_until = end.min(cell.fresh_until);
        }
    }

    /// The entry that a steady rhythm leaves: its requests load it in turn, from the first after the cell was empty.
    fn steady_entry(&self, from: Moment, empty_at: Moment, cache: &Cache, load: &CellLoad) -> Option<Entry> {
        let Rhythm::Steady { source, every, stride, offset, turn_of } = load.rhythm else { return None };
        let next = self.first_steady(from, source, every);
        let cursor = match turn_of {
            None => self.first_place(source, stride),
            Some(verifier) => self.turn[verifier as usize] as usize,
        };
        let since_last = (cursor + stride - 1 - offset) % stride + 1;
        let last = next - Span::from_nanos(every.nanos() * since_last as i64);
        let gap = every.nanos() * stride as i64;
        let Ttl::For(ttl) = cache.ttl else {
            return (cache.ttl == Ttl::Forever).then_some(Entry { inserted: last, lifetime: None, ends: None });
        };
        let soft = ttl - cache.refresh_ahead.unwrap_or(Span::ZERO);
        let per_cycle =
            if cache.renewal == Renewal::EveryHit { 1 } else { (soft.nanos() + gap - 1).div_euclid(gap).max(1) };
        let requests = if is_recent(from.since(empty_at), cache, load) {
            last.since(empty_at).nanos().div_euclid(gap)
        } else {
            // So long ago that it may be any; the same for every cell that the source has filled ever since.
            self.trial.open(Purpose::CacheStartAge, self.plan.own_number(source)).index(1 << 40) as i64
        };
        let back = requests.rem_euclid(per_cycle);
        Some(Entry { inserted: last - Span::from_nanos(gap * back), lifetime: Some(ttl), ends: None })
    }
}

/// Follows the entries of a cell since it was empty: each is loaded by the first request after the last. The clock of
/// its cache is ahead by so much, and what the entries speak of expires then.
pub(super) fn fill_since(
    cell: &mut Cell,
    (empty_at, from): (Moment, Moment),
    load: &CellLoad,
    (cache, (phase, expires)): (&Cache, (Span, Moment)),
    chance: &mut Stream,
) {
    let Ttl::For(ttl) = cache.ttl else { return };
    let mut at = empty_at;
    loop {
        at = at + Span::from_seconds(chance.exponential_by_inversion() / load.rate);
        if at > from {
            return;
        }
        let lifetime = spread(ttl, cache.jitter, chance.uniform());
        cell.insert(at, at, Some(lifetime), cache, phase, expires);
        at = cell.fresh_until.min(cell.refresh_at).max(at);
    }
}

/// Whether a cell was empty so few cycles ago that its entries can be followed from there.
pub(super) fn is_recent(empty_for: Span, cache: &Cache, load: &CellLoad) -> bool {
    let Ttl::For(ttl) = cache.ttl else { return false };
    let cycle = Span::from_seconds(ttl.seconds() + 1.0 / load.rate);
    cache.renewal == Renewal::Insertion && empty_for < Span::from_nanos(cycle.nanos().saturating_mul(FOLLOWED_CYCLES))
}

/// Cycles of a cache for which its entries are followed from when it was empty.
const FOLLOWED_CYCLES: i64 = 20;
