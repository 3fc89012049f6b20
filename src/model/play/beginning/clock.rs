//! Clocks and ages at the start of a trial: how old credentials are, and what every clock shows.

use crate::engine::agenda::Agenda;
use crate::model::cache::{ClockPhase, Ends, Placement};
use crate::model::credential::{Age, Lifetime, Rounding};
use crate::model::event::Happening;
use crate::model::play::state::world::World;
use crate::model::verifier::{ClockSkew, SkewSide};
use crate::random::purpose::Purpose;
use crate::random::stream::Stream;
use crate::units::time::{Moment, NANOS_PER_SECOND, Span};

impl World<'_> {
    pub(super) fn age_credentials(&mut self, agenda: &mut Agenda<Happening>) {
        for (number, credential) in self.plan.system.credentials.iter().enumerate() {
            let Lifetime::For(lifetime) = credential.lifetime else { continue };
            let mut chance = self.trial.open(Purpose::CredentialAge, number as u32);
            let age = match &credential.age {
                Age::UniformOverLife => Span::from_seconds(lifetime.seconds() * chance.uniform()),
                Age::Drawn(law) => law.sample(&mut chance).span().unwrap_or(lifetime).min(lifetime),
            };
            let phase = self.issuer_phase(number as u32);
            let end = Moment::ZERO - age + lifetime;
            self.expires[number] = match credential.rounding {
                Rounding::None => end,
                Rounding::Down => end.previous_whole_second(phase),
                Rounding::Up => end.next_whole_second(phase),
            };
            if self.plan.compromised.contains(&(number as u16)) {
                agenda.schedule(self.expires[number].max(Moment::ZERO), Happening::Expired(number as u16));
            }
        }
    }

    /// The phase of the clock by which a credential of the scenario is issued.
    pub fn issuer_phase(&self, credential: u32) -> Span {
        self.trial.open(Purpose::ClockPhase, ISSUER_CLOCKS | credential).phase(Span::SECOND)
    }

    /// Notes when the credentials that are there from the start were issued.
    pub(super) fn note_issues(&mut self) {
        for slot in 0..self.plan.first_instance() {
            let replaces = slot >= self.plan.originals;
            self.lineage.issued[slot] = if replaces { LONG_AGO } else { self.issued_at(slot) };
        }
    }

    /// When a credential was issued; long ago if it lives for ever.
    pub fn issued_at(&self, credential: usize) -> Moment {
        match self.plan.system.credentials[self.plan.original(credential as u16)].lifetime {
            Lifetime::Forever => LONG_AGO,
            Lifetime::For(lifetime) => {
                let settings = &self.plan.system.credentials[self.plan.original(credential as u16)];
                let rounded_up = if settings.rounding == Rounding::Up { Span::SECOND } else { Span::ZERO };
                self.expires[credential] - lifetime - rounded_up
            }
        }
    }

    pub(super) fn set_clocks(&mut self) {
        let recorded = self.recorded_clock();
        for (number, verifier) in self.plan.system.verifiers.iter().enumerate() {
            let Some(skew) = &verifier.clock_skew else { continue };
            let place = &self.plan.verifiers[number];
            for replica in place.first_replica..place.first_replica + place.replicas {
                let mut chance = self.trial.open(Purpose::ClockSkew, replica);
                self.replicas[replica as usize].ahead = ahead_by(skew, &mut chance);
            }
        }
        for (instance, cache) in self.plan.instances.iter().enumerate() {
            let cache = &self.plan.system.caches[*cache as usize];
            if cache.ends != Ends::Exact {
                self.phases[instance] = match cache.clock {
                    ClockPhase::Drawn => recorded.unwrap_or_else(|| {
                        self.trial.open(Purpose::ClockPhase, self.clock_of(instance)).phase(Span::SECOND)
                    }),
                    ClockPhase::AtStart(fraction) => fraction,
                    ClockPhase::AtRevocation(fraction) => phase_at(self.tally.planned_revocation, fraction),
                };
            }
        }
    }

    /// The number of the clock that an instance of a cache goes by: a verifier's own caches share its clock, and so the
    /// number of the first of them; a shared cache has its own.
    fn clock_of(&self, instance: usize) -> u32 {
        let plan = self.plan;
        let cache = plan.instances[instance];
        let own = |cache: u16| plan.system.caches[cache as usize].placement != Placement::Shared;
        let verifier = plan.readers[cache as usize].first().filter(|_| own(cache));
        let tiers = verifier.map_or(&[][..], |verifier| plan.tiers_of(&plan.verifiers[*verifier as usize]));
        let first = tiers.iter().filter(|tier| own(tier.cache)).map(|tier| tier.first_instance).min();
        first.unwrap_or(instance as u32)
    }

    /// The phase of every clock that nothing else sets, where a recording says what clocks showed.
    fn recorded_clock(&self) -> Option<Span> {
        self.plan.sources.iter().find_map(|source| {
            let trace = source.arrivals.recording()?;
            Some(phase_at(self.origin(trace.origin), trace.trial(self.number).clock?))
        })
    }
}

/// Before anything that is played.
const LONG_AGO: Moment = Moment::from_nanos(i64::MIN / 2);

/// Set in the entity of clocks that belong to issuers of credentials.
const ISSUER_CLOCKS: u32 = 1 << 31;

fn ahead_by(skew: &ClockSkew, chance: &mut Stream) -> Span {
    let side = chance.uniform();
    let by = skew.by.sample(chance).span().unwrap_or(Span::ZERO);
    match skew.side {
        SkewSide::Ahead => by,
        SkewSide::Behind => Span::ZERO - by,
        SkewSide::Either if side < 0.5 => by,
        SkewSide::Either => Span::ZERO - by,
    }
}

/// The phase of a clock that shows `fraction` of a second at `at`.
fn phase_at(at: Moment, fraction: Span) -> Span {
    let at = if at.is_never() { 0 } else { at.nanos() };
    Span::from_nanos((fraction.nanos() - at).rem_euclid(NANOS_PER_SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::play::fixture::{at, seconds};
    use crate::random::law::Law;
    use crate::random::stream::{Seed, Trial};

    const N: u64 = 20_000;

    fn chance(number: u64) -> Stream {
        Trial::new(Seed(3), number).open(Purpose::CacheStart, 0)
    }

    /// Four standard errors of a share of the draws.
    fn four(p: f64) -> f64 {
        4.0 * (p * (1.0 - p) / N as f64).sqrt()
    }

    #[test]
    fn a_clock_shows_its_fraction_at_the_moment_that_is_named() {
        // 0.3 s at 12.9 s: whole seconds at 12.6 s, so that the clock is 0.4 s ahead. Without a moment it is time 0.
        assert_eq!(phase_at(at(12.9), seconds(0.3)), seconds(0.4));
        assert_eq!(at(12.9).previous_whole_second(seconds(0.4)), at(12.6));
        assert_eq!(phase_at(Moment::NEVER, seconds(0.3)), seconds(0.3));
    }

    #[test]
    fn a_clock_is_off_to_its_side() {
        let by = || -> Law {
            crate::random::shape::Shape::Constant(crate::random::bounded::Constant::new(2.0).expect("valid")).into()
        };
        let ahead = |side, number| ahead_by(&ClockSkew { by: by(), side }, &mut chance(number));
        assert_eq!(ahead(SkewSide::Ahead, 0), seconds(2.0));
        assert_eq!(ahead(SkewSide::Behind, 0), seconds(-2.0));
        let either = (0..N).filter(|number| ahead(SkewSide::Either, *number) == seconds(2.0)).count() as f64 / N as f64;
        assert!((either - 0.5).abs() < four(0.5), "{either}");
    }
}
