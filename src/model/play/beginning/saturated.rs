//! A saturated start: every entry is renewed the instant it expires, and has any age of its life at the revocation.

use crate::model::cache::{Cache, Ends, ExpiryCap, Renewal, TierAge, Ttl};
use crate::model::play::state::world::World;
use crate::random::purpose::Purpose;
use crate::random::stream::Stream;
use crate::units::time::{Moment, NANOS_PER_SECOND, Span};

impl World<'_> {
    /// Entries that are always fresh until the revocation gives each its age.
    pub fn fill_for_good(&mut self) {
        for (instance, cache) in self.plan.instances.iter().enumerate() {
            if self.plan.system.caches[*cache as usize].ttl == Ttl::Disabled {
                continue;
            }
            for credential in 0..self.plan.originals {
                let expires = self.expires[credential];
                let cell = &mut self.cells[instance * self.plan.credentials + credential];
                cell.fresh_until = match self.plan.system.caches[*cache as usize].capped_by_expiry {
                    ExpiryCap::Capped => expires,
                    ExpiryCap::Ignored => Moment::NEVER,
                };
                cell.composed_at = Moment::ZERO;
            }
        }
    }

    /// Gives every entry the age that it has when it is renewed the instant it expires, until `now`; those of credentials that
    /// had ended before were given theirs then.
    pub fn saturate_at(&mut self, now: Moment) {
        for credential in 0..self.plan.originals {
            if self.expires[credential] >= now || !self.plan.compromised.contains(&(credential as u16)) {
                self.saturate_credential(now, credential);
            }
        }
    }

    /// The same for what is kept of one credential: the issuer says yes no longer.
    pub fn saturate_credential(&mut self, now: Moment, credential: usize) {
        for verifier in 0..self.plan.verifiers.len() {
            let place = &self.plan.verifiers[verifier];
            for replica in place.first_replica..place.first_replica + place.replicas {
                self.saturate_tiers(now, verifier, replica, credential);
            }
        }
    }

    fn saturate_tiers(&mut self, now: Moment, verifier: usize, replica: u32, credential: usize) {
        let plan = self.plan;
        let place = &plan.verifiers[verifier];
        let mut behind: Option<(Moment, Span)> = None;
        for tier in plan.tiers_of(place).iter().rev() {
            let cache = plan.cache(tier);
            let cell = self.plan.cell_of(tier, place.first_replica, replica, credential as u16);
            let instance = cell / plan.credentials;
            let mut chance = self.trial.open(Purpose::CacheStart, plan.start_of(cell));
            let entry = saturated_entry(now, cache, behind, self.phases[instance], &mut chance);
            let expires = self.expires[credential];
            self.cells[cell].evict();
            if let Some((inserted, composed, lifetime)) = entry {
                self.cells[cell].insert(inserted, composed, lifetime, cache, self.phases[instance], expires);
                behind = lifetime.map(|lifetime| (composed, lifetime));
            }
        }
    }
}

/// The entry, its composition and lifetime, of a cache whose entries are renewed the instant they expire.
pub(super) fn saturated_entry(
    now: Moment,
    cache: &Cache,
    behind: Option<(Moment, Span)>,
    phase: Span,
    chance: &mut Stream,
) -> Option<(Moment, Moment, Option<Span>)> {
    let (u, length) = (chance.uniform(), chance.uniform());
    let ttl = match cache.ttl {
        Ttl::Disabled => return None,
        Ttl::Forever => return Some((now, now, None)),
        Ttl::For(ttl) => ttl,
    };
    if cache.renewal == Renewal::EveryHit {
        return Some((now, now, Some(ttl)));
    }
    if let (TierAge::Inherited, Some((composed, lifetime))) = (cache.age, behind) {
        return inherited_entry(now, ttl, composed, lifetime, u);
    }
    if cache.ends != Ends::Exact {
        // Renewed on whole seconds, an entry lives T or T + 1 seconds, and ends on any of the next ones alike.
        let lives = ttl.nanos().div_euclid(NANOS_PER_SECOND) + i64::from(cache.ends == Ends::NextWholeSecond);
        let steps = libm::floor(u * lives as f64);
        let end = now.next_whole_second(phase) + Span::from_seconds(steps);
        if lives == 0 {
            // Less than a second, cut down: it lives only where it is put in late enough in its second.
            let inserted = end - ttl;
            return (inserted <= now).then_some((inserted, inserted, Some(ttl)));
        }
        let inserted = end - Span::from_seconds(lives as f64);
        return Some((inserted, inserted, Some(ttl)));
    }
    let (low, high) = (1.0 - cache.jitter.value(), 1.0 + cache.jitter.value());
    let lives = ttl.seconds() * libm::sqrt(low * low + length * (high * high - low * low));
    let inserted = now - Span::from_seconds(lives * u);
    Some((inserted, inserted, Some(Span::from_seconds(lives))))
}

/// A tier that inherits the age of the one behind, whose entry was composed at `composed` and lives `lifetime`:
/// followed from long ago, renewal by renewal.
fn inherited_entry(
    now: Moment,
    ttl: Span,
    composed: Moment,
    lifetime: Span,
    u: f64,
) -> Option<(Moment, Moment, Option<Span>)> {
    const RENEWALS_BACK: i64 = 64;
    let back = Span::from_nanos(ttl.nanos().max(lifetime.nanos()).saturating_mul(RENEWALS_BACK));
    // Renewals repeat after as many whole lifetimes of the entry behind as fit into one of these.
    let repeats = (ttl.nanos() / lifetime.nanos().max(1)).max(1) * lifetime.nanos();
    let mut at = now - back + Span::from_seconds(Span::from_nanos(repeats).seconds() * u);
    let origin_at = |at: Moment| {
        let cycles = at.since(composed).nanos().div_euclid(lifetime.nanos());
        composed + Span::from_nanos(cycles.saturating_mul(lifetime.nanos()))
    };
    loop {
        let origin = origin_at(at);
        let end = origin + ttl;
        if end > now {
            return Some((at, origin, Some(ttl)));
        }
        // An entry that is too old to be kept is passed through until the tier behind renews its own.
        at = if end > at { end } else { origin + lifetime };
        if at > now {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::play::fixture::{at, cache, seconds};
    use crate::model::play::state::cell::Cell;
    use crate::random::stream::{Seed, Trial};

    const N: u64 = 20_000;

    fn chance(number: u64) -> Stream {
        Trial::new(Seed(3), number).open(Purpose::CacheStart, 0)
    }

    /// Four standard errors of a share of the draws.
    fn four(p: f64) -> f64 {
        4.0 * (p * (1.0 - p) / N as f64).sqrt()
    }

    fn saturated(cache: &Cache, phase: Span) -> Vec<(f64, f64)> {
        let one = |number| {
            let entry = saturated_entry(at(100.0), cache, None, phase, &mut chance(number)).expect("an entry");
            let (inserted, composed, lifetime) = entry;
            let mut cell = Cell::default();
            cell.insert(inserted, composed, lifetime, cache, phase, Moment::NEVER);
            (at(100.0).since(inserted).seconds(), cell.fresh_until.since(at(100.0)).seconds())
        };
        (0..N).map(one).collect()
    }

    #[test]
    fn a_saturated_entry_has_any_age_of_its_life() {
        // Uniform on 5 s: mean 2.5 s, four standard errors 4 * 5 / sqrt(12 * 20,000) = 0.041 s; always fresh.
        let found = saturated(&cache(5.0), Span::ZERO);
        let mean = found.iter().map(|(_, left)| left).sum::<f64>() / N as f64;
        assert!((mean - 2.5).abs() < 0.041, "{mean}");
        assert!(found.iter().all(|(age, left)| *age >= 0.0 && *left > 0.0 && (age + left - 5.0).abs() < 1e-8));
    }

    #[test]
    fn a_saturated_entry_that_ends_on_a_whole_second_lives_whole_seconds() {
        // At 100 s a clock 0.3 s ahead has 0.7 s to its next whole second. Renewed on whole seconds a TTL of 3 s gives
        // 3 s (ends 0.7, 1.7 or 2.7 s on) or, with the next one, 4 s (up to 3.7 s on), each alike.
        for (ends, lives) in [(Ends::PreviousWholeSecond, 3), (Ends::NextWholeSecond, 4)] {
            let found = saturated(&Cache { ends, ..cache(3.0) }, seconds(0.3));
            let p = 1.0 / f64::from(lives);
            for step in 0..lives {
                let left = f64::from(step) + 0.7;
                let share = found.iter().filter(|one| (one.1 - left).abs() < 1e-8).count() as f64 / N as f64;
                assert!((share - p).abs() < four(p), "{ends:?}: {share} with {left} s left");
            }
            assert!(found.iter().all(|(age, left)| (age + left - f64::from(lives)).abs() < 1e-8));
        }
    }

    #[test]
    fn a_saturated_entry_below_a_second_is_there_only_late_in_its_second() {
        // A TTL of 0.5 s cut down to the start of a second lives only if it is put in during the second half of one. At
        // 100 s a clock 0.3 s ahead is in its first half; 0.8 s ahead, 0.2 s are left of what was put in 0.3 s ago.
        let short = Cache { ends: Ends::PreviousWholeSecond, ..cache(0.5) };
        assert!(saturated_entry(at(100.0), &short, None, seconds(0.3), &mut chance(0)).is_none());
        let (age, left) = saturated(&short, seconds(0.8))[0];
        assert!((age - 0.3).abs() < 1e-8 && (left - 0.2).abs() < 1e-8, "{age} {left}");
    }

    #[test]
    fn a_tier_that_inherits_the_age_ends_with_its_origin() {
        // The tier behind renews every 10 s, last at 95 s. In front a TTL of 10 s ends together with it, at 105 s.
        let (origin, lifetime) = (at(95.0), seconds(10.0));
        for u in [0.01, 0.4, 0.99] {
            let (inserted, composed, kept) =
                inherited_entry(at(100.0), seconds(10.0), origin, lifetime, u).expect("an entry");
            assert_eq!((composed, kept), (origin, Some(seconds(10.0))));
            assert!(inserted >= origin && inserted <= at(100.0));
        }
        // A TTL of 3 s is over at 98 s, and nothing is kept until the tier behind renews at 105 s.
        assert!(inherited_entry(at(100.0), seconds(3.0), origin, lifetime, 0.4).is_none());
        assert!(inherited_entry(at(97.0), seconds(3.0), origin, lifetime, 0.4).is_some());
        // A TTL of 25 s is copied from the origin of its last renewal, 25 s at most ago: at 75, 85 or 95 s.
        for u in [0.01, 0.4, 0.99] {
            let (_, composed, _) = inherited_entry(at(100.0), seconds(25.0), origin, lifetime, u).expect("an entry");
            assert!([75.0, 85.0, 95.0].map(at).contains(&composed) && composed + seconds(25.0) > at(100.0));
        }
    }
}
