//! The past of caches: the entries that standing traffic has left in them when a trial begins.

use super::cell_load::{CellLoad, Rhythm};
use super::memoryless::{Entry, poisson_entry};
use super::standing::Standing;
use super::world::World;
use crate::model::cache::{Cache, Renewal, Ttl};
use crate::model::channel::poll::spread;
use crate::random::purpose::Purpose;
use crate::random::stream::Stream;
use crate::units::time::{Moment, Span};

impl World<'_> {
    /// Fills every cell as standing traffic leaves it at `from`.
    pub(super) fn fill_cells(&mut self, from: Moment, standing: &Standing) {
        for load in &standing.loads {
            let (instance, credential) = (load.cell / self.plan.credentials, load.cell % self.plan.credentials);
            let cache = &self.plan.system.caches[self.plan.instances[instance] as usize];
            let mut chance = self.trial.open(Purpose::CacheStart, load.draws as u32);
            if self.is_young(from, credential, cache, load) {
                self.fill_since_issue(from, load, cache, &mut chance);
                continue;
            }
            let entry = match load.rhythm {
                Rhythm::Steady { .. } => self.steady_entry(from, cache, load.rhythm, &mut chance),
                Rhythm::Poisson | Rhythm::Mixed => poisson_entry(from, cache, load, self.phases[instance], &mut chance),
            };
            if let Some(entry) = entry {
                self.put(instance, credential, entry, cache);
            }
        }
    }

    /// Whether a credential was issued so few cycles ago that its entries can be followed from there.
    fn is_young(&self, from: Moment, credential: usize, cache: &Cache, load: &CellLoad) -> bool {
        let Ttl::For(ttl) = cache.ttl else { return false };
        let cycle = Span::from_seconds(ttl.seconds() + 1.0 / load.rate);
        let followed = cache.renewal == Renewal::Insertion && !matches!(load.rhythm, Rhythm::Steady { .. });
        followed
            && from.since(self.issued_at(credential)) < Span::from_nanos(cycle.nanos().saturating_mul(YOUNG_CYCLES))
    }

    /// Follows the entries of a young credential from its issue: each is loaded by the first request after the last.
    fn fill_since_issue(&mut self, from: Moment, load: &CellLoad, cache: &Cache, chance: &mut Stream) {
        let (instance, credential) = (load.cell / self.plan.credentials, load.cell % self.plan.credentials);
        let (phase, expires) = (self.phases[instance], self.expires[credential]);
        let mut at = self.issued_at(credential);
        loop {
            at = at + Span::from_seconds(chance.exponential_by_inversion() / load.rate);
            if at > from {
                return;
            }
            let Ttl::For(ttl) = cache.ttl else { return };
            let lifetime = spread(ttl, cache.jitter, chance.uniform());
            let cell = &mut self.cells[load.cell];
            cell.insert(at, at, Some(lifetime), cache, phase, expires);
            at = cell.fresh_until.min(cell.refresh_at).max(at);
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

    /// The entry that a steady rhythm leaves: any of its requests since the last expiry may have loaded it.
    fn steady_entry(&mut self, from: Moment, cache: &Cache, rhythm: Rhythm, chance: &mut Stream) -> Option<Entry> {
        let Rhythm::Steady { source, every, stride, offset, turn_of } = rhythm else { return None };
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
        let back = chance.index(per_cycle as usize) as i64;
        Some(Entry { inserted: last - Span::from_nanos(gap * back), lifetime: Some(ttl), ends: None })
    }
}

/// Cycles of a cache for which the entries of a credential are followed from its issue.
const YOUNG_CYCLES: i64 = 20;
