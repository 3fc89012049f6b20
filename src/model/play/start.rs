//! The start of a trial: clocks, ages, what standing traffic has left in caches, and the first of every event.

use super::standing::{CellLoad, Rhythm, Standing, loop_seconds};
use super::world::{Attempt, FaultWindow, Missed, World};
use crate::engine::agenda::Agenda;
use crate::model::cache::{Cache, ClockPhase, Ends, Renewal, TierAge, Ttl};
use crate::model::channel::poll::spread;
use crate::model::credential::{Age, Lifetime, Rounding};
use crate::model::event::Happening;
use crate::model::fault::{Part, When};
use crate::model::id::CredentialId;
use crate::model::system::Start;
use crate::model::verifier::{Balance, ClockSkew, SkewSide};
use crate::model::workload::{Arrivals, Order};
use crate::random::law::{Delay, Law};
use crate::random::purpose::Purpose;
use crate::random::stream::Stream;
use crate::units::time::{Moment, NANOS_PER_SECOND, Span};

impl World<'_> {
    /// Sets everything up that a trial begins with.
    pub fn begin(&mut self, standing: &Standing, agenda: &mut Agenda<Happening>) {
        self.plan_defence(agenda);
        self.age_credentials(agenda);
        self.set_clocks();
        let from = self.standing_since(standing);
        self.plan_faults(from, agenda);
        self.set_turns();
        match self.plan.system.start {
            Start::Stationary | Start::Preprobed => self.fill_cells(from, standing),
            Start::Saturated => self.fill_for_good(),
            Start::FirstUse => {}
        }
        self.plan_restarts(from, agenda);
        self.start_attacker(from, agenda);
        self.start_lawful(from, agenda);
    }

    /// The defender's moments are drawn at once: in this model they do not depend on traffic.
    fn plan_defence(&mut self, agenda: &mut Agenda<Happening>) {
        let defender = &self.plan.system.defender;
        let draw = |law: &Law, purpose| after(law.sample(&mut self.trial.open(purpose, 0)));
        let detected = draw(&defender.detects, Purpose::Detection).map(|span| Moment::ZERO + span);
        let decided = detected.and_then(|at| {
            Some(at + draw(&defender.triages, Purpose::Triage)? + draw(&defender.approves, Purpose::Approval)?)
        });
        self.tally.detected_at = detected.unwrap_or(Moment::NEVER);
        self.tally.decided_at = decided.unwrap_or(Moment::NEVER);
        if let Some(decided) = decided {
            self.plan_attempts(decided);
        }
        for (number, attempt) in self.attempts.iter().enumerate() {
            agenda.schedule(attempt.at, Happening::Attempt(number as u16));
        }
        let compromised = &self.plan.compromised;
        let planned = self.attempts.iter().find(|attempt| {
            let step = &defender.playbook[attempt.step as usize];
            self.plan.reached(step).iter().any(|c| compromised.contains(c))
        });
        self.tally.planned_revocation = planned.map_or(Moment::NEVER, |attempt| attempt.at);
        self.end = match planned {
            Some(attempt) => attempt.at + self.plan.system.horizon,
            None => Moment::ZERO + self.plan.system.give_up_after,
        };
    }

    fn plan_attempts(&mut self, decided: Moment) {
        let mut at = decided;
        for (number, step) in self.plan.system.defender.playbook.iter().enumerate() {
            let entity = number as u32;
            let mut delays = self.trial.open(Purpose::StepDelay, entity);
            let mut luck = self.trial.open(Purpose::StepOutcome, entity);
            for _ in 0..=step.retries {
                let Some(takes) = after(step.takes.sample(&mut delays)) else { return };
                at = at + takes;
                let (carried_out, refused) = (luck.happens(step.succeeds), luck.uniform());
                if carried_out && refused >= self.refusal(step.credential) {
                    self.attempts.push(Attempt { step: number as u16, at });
                    break;
                }
                self.missed.push(Missed { step: number as u16, at, refused: carried_out });
            }
        }
    }

    fn refusal(&self, credential: CredentialId) -> f64 {
        let issuer = self.plan.system.credentials[credential.index()].issuer;
        issuer.map_or(0.0, |issuer| self.plan.system.issuers[issuer.index()].refuses.value())
    }

    fn age_credentials(&mut self, agenda: &mut Agenda<Happening>) {
        for (number, credential) in self.plan.system.credentials.iter().enumerate() {
            let Lifetime::For(lifetime) = credential.lifetime else { continue };
            let mut chance = self.trial.open(Purpose::CredentialAge, number as u32);
            let age = match &credential.age {
                Age::UniformOverLife => Span::from_seconds(lifetime.seconds() * chance.uniform()),
                Age::Drawn(law) => after(law.sample(&mut chance)).unwrap_or(lifetime).min(lifetime),
            };
            let phase = self.trial.open(Purpose::ClockPhase, ISSUER_CLOCKS | number as u32).phase(Span::SECOND);
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

    fn set_clocks(&mut self) {
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
                    ClockPhase::Drawn => recorded
                        .unwrap_or_else(|| self.trial.open(Purpose::ClockPhase, instance as u32).phase(Span::SECOND)),
                    ClockPhase::AtStart(fraction) => fraction,
                    ClockPhase::AtRevocation(fraction) => phase_at(self.tally.planned_revocation, fraction),
                };
            }
        }
    }

    /// The phase of every clock that nothing else sets, where a recording says what clocks showed.
    fn recorded_clock(&self) -> Option<Span> {
        self.plan.sources.iter().find_map(|source| {
            let trace = source.arrivals.recording()?;
            Some(phase_at(self.origin(trace.origin), trace.trial(self.number).clock?))
        })
    }

    /// Load balancers that deal out in turn stand anywhere in it.
    fn set_turns(&mut self) {
        for (verifier, place) in self.plan.verifiers.iter().enumerate() {
            if place.replicas > 1 && place.balance == Balance::RoundRobin {
                let mut chance = self.trial.open(Purpose::FirstTurn, verifier as u32);
                self.turn[verifier] = chance.index(place.replicas as usize) as u32;
            }
        }
    }

    /// From when standing traffic is played: time 0, or earlier where it must be warmed up.
    fn standing_since(&self, standing: &Standing) -> Moment {
        let stationary = matches!(self.plan.system.start, Start::Stationary | Start::Preprobed);
        match standing.warm_up {
            Some(length) if stationary => {
                let longer = 1.0 + self.trial.open(Purpose::WarmUp, 0).uniform();
                Moment::ZERO - Span::from_seconds(length.seconds() * longer)
            }
            _ => Moment::ZERO,
        }
    }

    fn plan_faults(&mut self, from: Moment, agenda: &mut Agenda<Happening>) {
        for (number, fault) in self.plan.system.faults.iter().enumerate() {
            let mut times = self.trial.open(Purpose::FaultTimes, number as u32);
            let mut add = |from: Moment, to: Moment| self.faults.push(FaultWindow { fault: number as u16, from, to });
            match &fault.when {
                When::FromStart { from, lasts } => {
                    let (start, length) = (after(from.sample(&mut times)), after(lasts.sample(&mut times)));
                    if let Some(start) = start {
                        let start = Moment::ZERO + start;
                        add(start, length.map_or(Moment::NEVER, |length| start + length));
                    }
                }
                When::FromRevocation { from, lasts } => {
                    let length = after(lasts.sample(&mut times));
                    if !self.tally.planned_revocation.is_never() {
                        let start = self.tally.planned_revocation + *from;
                        add(start, length.map_or(Moment::NEVER, |length| start + length));
                    }
                }
                When::Recurring { mtbf, mttr } => recur(from, self.end, *mtbf, *mttr, &mut times, add),
            }
        }
        // A window that is over before the trial begins, or that has no length, takes nothing down.
        self.faults.retain(|window| window.to > window.from.max(from));
        for (number, window) in self.faults.iter().enumerate() {
            agenda.schedule(window.from.max(from), Happening::FaultStarts(number as u32));
            agenda.schedule(window.to, Happening::FaultEnds(number as u32));
            let outages = match self.plan.system.faults[window.fault as usize].part {
                Part::Issuer(issuer) => &mut self.issuers[issuer.index()].outages,
                Part::Channel(channel) => &mut self.channels[channel.index()].outages,
            };
            outages.windows.push((window.from, window.to));
        }
        for outages in
            self.issuers.iter_mut().map(|i| &mut i.outages).chain(self.channels.iter_mut().map(|c| &mut c.outages))
        {
            outages.join();
        }
    }

    fn plan_restarts(&mut self, from: Moment, agenda: &mut Agenda<Happening>) {
        for (instance, cache) in self.plan.instances.iter().enumerate() {
            let Some(law) = &self.plan.system.caches[*cache as usize].restarts else { continue };
            let mut chance = self.trial.open(Purpose::FirstRestart, instance as u32);
            if let Some(left) = residual(law, &mut chance) {
                agenda.schedule(from + left, Happening::CacheRestarts(instance as u32));
            }
        }
    }

    /// Schedules the next restart of an instance of a cache, if it ever restarts.
    pub fn schedule_restart(&mut self, now: Moment, instance: u32, agenda: &mut Agenda<Happening>) {
        let cache = &self.plan.system.caches[self.plan.instances[instance as usize] as usize];
        let Some(law) = &cache.restarts else { return };
        let mut times = self.trial.open(Purpose::RestartTimes, instance.wrapping_add(now.nanos() as u32));
        if let Some(span) = after(law.sample(&mut times)) {
            agenda.schedule(now + span.max(Span::from_nanos(1)), Happening::CacheRestarts(instance));
        }
    }

    /// Fills every cell as standing traffic leaves it at `from`.
    fn fill_cells(&mut self, from: Moment, standing: &Standing) {
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

    /// When a credential was issued; long ago if it lives for ever.
    fn issued_at(&self, credential: usize) -> Moment {
        match self.plan.system.credentials[credential % self.plan.originals].lifetime {
            Lifetime::Forever => Moment::from_nanos(i64::MIN / 2),
            Lifetime::For(lifetime) => {
                let settings = &self.plan.system.credentials[credential % self.plan.originals];
                let rounded_up = if settings.rounding == Rounding::Up { Span::SECOND } else { Span::ZERO };
                self.expires[credential] - lifetime - rounded_up
            }
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

    /// When a paced source that has run for ever next sends.
    fn first_steady(&self, from: Moment, source: usize, every: Span) -> Moment {
        from + Span::from_seconds(
            every.seconds() * self.trial.open(Purpose::FirstArrival, self.plan.own_number(source)).uniform(),
        )
    }

    /// The place in its order at which a source that has run for ever stands.
    fn first_place(&self, source: usize, places: usize) -> usize {
        self.trial.open(Purpose::FirstPlace, self.plan.own_number(source)).index(places)
    }

    /// Entries that are always fresh until the revocation gives each its age.
    fn fill_for_good(&mut self) {
        for (instance, cache) in self.plan.instances.iter().enumerate() {
            if self.plan.system.caches[*cache as usize].ttl == Ttl::Disabled {
                continue;
            }
            for credential in 0..self.plan.originals {
                let expires = self.expires[credential];
                let cell = &mut self.cells[instance * self.plan.credentials + credential];
                cell.fresh_until = match self.plan.system.caches[*cache as usize].capped_by_expiry {
                    crate::model::cache::ExpiryCap::Capped => expires,
                    crate::model::cache::ExpiryCap::Ignored => Moment::NEVER,
                };
                cell.composed_at = Moment::ZERO;
            }
        }
    }

    /// Gives every entry the age that it has when it is renewed the instant it expires, until `now`.
    pub fn saturate_at(&mut self, now: Moment) {
        for verifier in 0..self.plan.verifiers.len() {
            let place = &self.plan.verifiers[verifier];
            for replica in place.first_replica..place.first_replica + place.replicas {
                for credential in 0..self.plan.originals {
                    self.saturate_tiers(now, verifier, replica, credential);
                }
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
            let mut chance = self.trial.open(Purpose::CacheStart, cell as u32);
            let entry = saturated_entry(now, cache, behind, self.phases[instance], &mut chance);
            let expires = self.expires[credential];
            self.cells[cell].evict();
            if let Some((inserted, composed, lifetime)) = entry {
                self.cells[cell].insert(inserted, composed, lifetime, cache, self.phases[instance], expires);
                behind = lifetime.map(|lifetime| (composed, lifetime));
            }
        }
    }

    fn start_attacker(&mut self, from: Moment, agenda: &mut Agenda<Happening>) {
        let attacker = &self.plan.system.attacker;
        for (number, copy) in attacker.steals.iter().enumerate() {
            let found = after(copy.found_after.sample(&mut self.trial.open(Purpose::CopyFound, number as u32)));
            let at = found.map_or(Moment::NEVER, |span| Moment::ZERO + span);
            self.tally.found[number] = at;
            let acquired = &mut self.tally.acquired[copy.credential.index()];
            *acquired = (*acquired).min(at);
        }
        let has_one = self.tally.found.iter().min().copied().unwrap_or(Moment::NEVER);
        let first_use = self.plan.system.start == Start::FirstUse;
        for source in 0..self.plan.attacker_sources {
            if let Arrivals::Trace(_) = self.plan.sources[source].arrivals {
                // Whoever was recorded had what it presented, no later than its first request.
                if let Some(first) = self.start_recording(source, agenda) {
                    for credential in &self.plan.compromised {
                        let acquired = &mut self.tally.acquired[*credential as usize];
                        *acquired = (*acquired).min(first);
                    }
                }
            } else if let Some(law) = &attacker.first_try {
                let waits = after(law.sample(&mut self.trial.open(Purpose::AttackerFirstTry, 0)));
                let at = if has_one.is_never() {
                    Moment::NEVER
                } else {
                    waits.map_or(Moment::NEVER, |waits| has_one + waits)
                };
                self.start_cold(source, at, agenda);
            } else if first_use {
                self.start_cold(source, has_one, agenda);
            } else {
                // An attacker that has always been there has had its copies as long.
                self.tally.acquired.iter_mut().filter(|at| !at.is_never()).for_each(|at| *at = from.min(*at));
                self.start_standing(source, from, agenda);
            }
        }
    }

    fn start_lawful(&mut self, from: Moment, agenda: &mut Agenda<Happening>) {
        for (client, settings) in self.plan.system.lawful.iter().enumerate() {
            let source = self.plan.attacker_sources + client;
            let replaced = settings
                .replaced_after
                .as_ref()
                .and_then(|law| after(law.sample(&mut self.trial.open(Purpose::LawfulReplacement, client as u32))));
            let revocation = self.tally.planned_revocation;
            self.tally.replaced[client] = match replaced {
                Some(span) if !revocation.is_never() => revocation + span,
                _ => Moment::NEVER,
            };
            match self.plan.sources[source].arrivals {
                Arrivals::Trace(_) => _ = self.start_recording(source, agenda),
                _ => self.start_standing(source, from, agenda),
            }
        }
    }

    /// A source that begins at `at` with a request at once.
    fn start_cold(&mut self, source: usize, at: Moment, agenda: &mut Agenda<Happening>) {
        match &self.plan.sources[source].arrivals {
            Arrivals::ClosedLoop { workers, .. } => {
                for worker in 0..*workers {
                    agenda.schedule(at, Happening::Presented { source: source as u16, worker });
                }
                return;
            }
            Arrivals::Bursty { burst, silence, .. } if !at.is_never() => {
                self.start_bursts(at, source, burst.seconds(), silence.seconds(), true);
            }
            _ => {}
        }
        agenda.schedule(at, Happening::Presented { source: source as u16, worker: 0 });
    }

    /// A source that has run for ever at `from`.
    fn start_standing(&mut self, source: usize, from: Moment, agenda: &mut Agenda<Happening>) {
        let settings = &self.plan.sources[source];
        if settings.order == Order::Enumerate && settings.routes.len() > 1 {
            self.sources[source].cursor = self.first_place(source, settings.routes.len());
        }
        let presented = |worker| Happening::Presented { source: source as u16, worker };
        match &settings.arrivals {
            Arrivals::Paced { every, .. } => agenda.schedule(self.first_steady(from, source, *every), presented(0)),
            Arrivals::Bursty { burst, silence, .. } => {
                self.start_bursts(from, source, burst.seconds(), silence.seconds(), false);
                if let Some(first) = self.next_arrival(from, source) {
                    agenda.schedule(first, presented(0));
                }
            }
            Arrivals::ClosedLoop { workers, answer, think } => {
                let cycle = loop_seconds(answer, think);
                let mut chance = self.trial.open(Purpose::FirstArrival, self.plan.own_number(source));
                for worker in 0..*workers {
                    agenda.schedule(from + Span::from_seconds(cycle * chance.uniform()), presented(worker));
                }
            }
            Arrivals::Poisson(_) | Arrivals::Trace(_) => {
                if let Some(first) = self.next_arrival(from, source) {
                    agenda.schedule(first, presented(0));
                }
            }
        }
    }

    /// Schedules the first request of a recording, which may lie before time 0; says when it is made.
    fn start_recording(&self, source: usize, agenda: &mut Agenda<Happening>) -> Option<Moment> {
        if let Arrivals::Trace(trace) = &self.plan.sources[source].arrivals {
            let origin = self.origin(trace.origin);
            if let (Some(first), false) = (trace.trial(self.number).requests.first(), origin.is_never()) {
                agenda.schedule(origin + first.at, Happening::Presented { source: source as u16, worker: 0 });
                return Some(origin + first.at);
            }
        }
        None
    }
}

/// Cycles of a cache for which the entries of a credential are followed from its issue.
const YOUNG_CYCLES: i64 = 20;

/// Set in the entity of clocks that belong to issuers of credentials.
const ISSUER_CLOCKS: u32 = 1 << 31;

/// An entry of the past.
#[derive(Clone, Copy, Debug)]
struct Entry {
    inserted: Moment,
    lifetime: Option<Span>,
    /// Its end, where it does not follow from insertion and lifetime.
    ends: Option<Moment>,
}

fn after(delay: Delay) -> Option<Span> {
    match delay {
        Delay::After(span) => Some(span),
        Delay::Never => None,
    }
}

fn ahead_by(skew: &ClockSkew, chance: &mut Stream) -> Span {
    let side = chance.uniform();
    let by = after(skew.by.sample(chance)).unwrap_or(Span::ZERO);
    match skew.side {
        SkewSide::Ahead => by,
        SkewSide::Behind => Span::ZERO - by,
        SkewSide::Either if side < 0.5 => by,
        SkewSide::Either => Span::ZERO - by,
    }
}

/// Time left, at a moment that knows nothing of it, of a gap drawn from `law`: the gap that is met is drawn by its
/// length, here among evenly spaced quantiles, and the moment falls anywhere in it.
fn residual(law: &Law, chance: &mut Stream) -> Option<Span> {
    const QUANTILES: usize = 256;
    let gaps: Vec<f64> = (0..QUANTILES).map_while(|n| law.quantile((n as f64 + 0.5) / QUANTILES as f64)).collect();
    let (mut met, within) = (chance.uniform() * gaps.iter().sum::<f64>(), chance.uniform());
    let gap = gaps.iter().find(|gap| {
        met -= **gap;
        met < 0.0
    });
    gap.map(|gap| Span::from_seconds(gap * within))
}

/// The phase of a clock that shows `fraction` of a second at `at`.
fn phase_at(at: Moment, fraction: Span) -> Span {
    let at = if at.is_never() { 0 } else { at.nanos() };
    Span::from_nanos((fraction.nanos() - at).rem_euclid(NANOS_PER_SECOND))
}

/// The entry that memoryless requests at a rate leave at `now`: with `T / (T + gap)` it is fresh and of uniform
/// age; else it ended an exponential time ago, and may still be served stale.
fn poisson_entry(now: Moment, cache: &Cache, load: &CellLoad, phase: Span, chance: &mut Stream) -> Option<Entry> {
    let gap = 1.0 / load.rate;
    let (u, length) = (chance.uniform(), chance.uniform());
    let ttl = match cache.ttl {
        Ttl::Disabled => return None,
        Ttl::Forever => {
            let last_use = now - Span::from_seconds(-libm::log(u) * gap);
            return Some(Entry { inserted: last_use, lifetime: None, ends: None });
        }
        Ttl::For(ttl) => ttl,
    };
    if cache.renewal == Renewal::EveryHit {
        let since_use = Span::from_seconds(-libm::log(u) * gap);
        return Some(Entry { inserted: now - since_use, lifetime: Some(ttl), ends: None });
    }
    if cache.ends != Ends::Exact && cache.jitter.value() == 0.0 && ttl.nanos() % NANOS_PER_SECOND == 0 {
        return whole_second_entry(now, cache.ends, ttl, gap, phase, u);
    }
    let ahead = cache.refresh_ahead.unwrap_or(Span::ZERO).seconds();
    let mean = ttl.seconds() - ahead;
    let fresh = mean / (mean + gap);
    let (low, high) =
        ((1.0 - cache.jitter.value()) * ttl.seconds() - ahead, (1.0 + cache.jitter.value()) * ttl.seconds() - ahead);
    if u < fresh {
        // The lifetime that is met is drawn by its length.
        let soft = libm::sqrt(low * low + length * (high * high - low * low));
        let age = soft * (u / fresh);
        Some(Entry {
            inserted: now - Span::from_seconds(age),
            lifetime: Some(Span::from_seconds(soft + ahead)),
            ends: None,
        })
    } else {
        let since_end = -libm::log((u - fresh) / (1.0 - fresh)) * gap;
        let soft = low + length * (high - low);
        Some(Entry {
            inserted: now - Span::from_seconds(since_end + soft),
            lifetime: Some(Span::from_seconds(soft + ahead)),
            ends: None,
        })
    }
}

/// The same for an entry that ends on a whole second: given the clock, the time left is one of whole steps.
fn whole_second_entry(now: Moment, ends: Ends, ttl: Span, gap: f64, phase: Span, u: f64) -> Option<Entry> {
    let to_next = now.next_whole_second(phase).since(now);
    let c = to_next.seconds();
    // Seconds that every entry lives at least, and the longest lifetime, one more.
    let sure = ttl.seconds() - if ends == Ends::PreviousWholeSecond { 1.0 } else { 0.0 };
    let idle = libm::exp(-1.0 / gap);
    let cycle = idle / (1.0 - idle) + sure + 1.0;
    let at = u * cycle;
    let last_step = (1.0 - libm::exp(-(1.0 - c) / gap)) / (1.0 - idle);
    let steps = if at < sure {
        libm::floor(at)
    } else if at < sure + last_step {
        sure
    } else {
        // No request since: it ended at the start of this second, or a geometric number of seconds before.
        let beyond = (at - sure - last_step) / (cycle - sure - last_step);
        -1.0 - libm::floor(-libm::log1p(-beyond) * gap)
    };
    let end = now + to_next + Span::from_seconds(steps);
    Some(Entry { inserted: end - ttl, lifetime: Some(ttl), ends: Some(end) })
}

/// The entry, its composition and lifetime, of a cache whose entries are renewed the instant they expire.
fn saturated_entry(
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

/// Failures and repairs from `from` to `end`, stationary at `from`.
fn recur(from: Moment, end: Moment, mtbf: Span, mttr: Span, times: &mut Stream, mut add: impl FnMut(Moment, Moment)) {
    let (up, down) = (mtbf.seconds(), mttr.seconds());
    let mut at = from;
    if times.uniform() < down / (up + down) {
        let repaired = at + Span::from_seconds(down * times.exponential_by_inversion());
        add(at, repaired);
        at = repaired;
    }
    loop {
        at = at + Span::from_seconds(up * times.exponential_by_inversion());
        if at > end {
            return;
        }
        let repaired = at + Span::from_seconds(down * times.exponential_by_inversion()) + Span::from_nanos(1);
        add(at, repaired);
        at = repaired;
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{at, cache, seconds};
    use super::*;
    use crate::random::stream::{Seed, Trial};
    use crate::units::probability::Share;

    const N: u64 = 20_000;

    fn chance(number: u64) -> Stream {
        Trial::new(Seed(3), number).open(Purpose::CacheStart, 0)
    }

    fn load(rate: f64) -> CellLoad {
        CellLoad { cell: 0, rate, rhythm: Rhythm::Poisson, draws: 0 }
    }

    /// Ends of the entries that memoryless requests leave, in seconds from `now`, as a cell works them out.
    fn ends_left(now: Moment, cache: &Cache, rate: f64, phase: Span) -> Vec<f64> {
        let left = |number| {
            let entry = poisson_entry(now, cache, &load(rate), phase, &mut chance(number)).expect("an entry");
            let mut cell = super::super::cell::Cell::default();
            cell.insert(entry.inserted, entry.inserted, entry.lifetime, cache, phase, Moment::NEVER);
            entry.ends.map_or(cell.fresh_until, |end| end.min(cell.fresh_until)).since(now).seconds()
        };
        (0..N).map(left).collect()
    }

    fn share(of: &[f64], is_so: impl Fn(f64) -> bool) -> f64 {
        of.iter().filter(|left| is_so(**left)).count() as f64 / of.len() as f64
    }

    /// Four standard errors of a share of the draws.
    fn four(p: f64) -> f64 {
        4.0 * (p * (1.0 - p) / N as f64).sqrt()
    }

    #[test]
    fn memoryless_requests_leave_a_fresh_entry_of_uniform_age() {
        // T = 5 s, a request every 2 s on average: a cycle is T and a gap, so fresh T / (T + 2) = 5/7, uniform on T:
        // at most 1 s left in 1/7. Absent 2/7, ended an exponential time of mean 2 s ago: more than 3 s in 2/7 e^-1.5.
        let left = ends_left(at(100.0), &cache(5.0), 0.5, Span::ZERO);
        for (found, p) in [
            (share(&left, |left| left > 0.0), 5.0 / 7.0),
            (share(&left, |left| left > 0.0 && left <= 1.0), 1.0 / 7.0),
            (share(&left, |left| left < -3.0), 2.0 / 7.0 * (-1.5_f64).exp()),
        ] {
            assert!((found - p).abs() < four(p), "{found} instead of {p}");
        }
        assert!(left.iter().all(|left| *left <= 5.0));
    }

    #[test]
    fn a_lifetime_that_is_met_is_met_by_its_length() {
        // T uniform on 2.5..7.5 s: cycle 5 + 2 s. Fresh with more than x left: the integral of P(T > t) from x on, over
        // 7; for x = 5 that is 2.5 / 2 / 5 * 2.5 = 0.625, so 0.0893; for x = 0 it is 5/7.
        let spread = Cache { jitter: Share::new(0.5).expect("a share"), ..cache(5.0) };
        let left = ends_left(at(100.0), &spread, 0.5, Span::ZERO);
        for (x, p) in [(0.0, 5.0 / 7.0), (5.0, 0.625 / 7.0)] {
            let found = share(&left, |left| left > x);
            assert!((found - p).abs() < four(p), "{found} instead of {p}");
        }
    }

    #[test]
    fn an_entry_that_is_refreshed_ahead_is_fresh_more_often() {
        // Due 2 s before its end at 5 s: a cycle is 3 s and a gap of 2 s. Not fresh if no request came in those 2 s and
        // later still: the gap lasts longer than 2 s, expected overshoot 2 e^-1 s, so 2 e^-1 / 5 = 0.1472 are not fresh.
        let ahead = Cache { refresh_ahead: Some(seconds(2.0)), ..cache(5.0) };
        let left = ends_left(at(100.0), &ahead, 0.5, Span::ZERO);
        let p = 2.0 * (-1.0_f64).exp() / 5.0;
        let found = share(&left, |left| left <= 0.0);
        assert!((found - p).abs() < four(p), "{found} instead of {p}");
    }

    #[test]
    fn a_sliding_entry_ends_a_lifetime_after_the_last_request() {
        // The last request lies an exponential time of mean 2 s back: fresh if less than 5 s, 1 - e^-2.5 = 0.9179.
        let sliding = Cache { renewal: Renewal::EveryHit, ..cache(5.0) };
        let left = ends_left(at(100.0), &sliding, 0.5, Span::ZERO);
        let p = 1.0 - (-2.5_f64).exp();
        let found = share(&left, |left| left > 0.0);
        assert!((found - p).abs() < four(p), "{found} instead of {p}");
    }

    #[test]
    fn what_keeps_nothing_holds_nothing_and_what_keeps_for_ever_never_ends() {
        let entry = |ttl| poisson_entry(at(9.0), &Cache { ttl, ..cache(1.0) }, &load(1.0), Span::ZERO, &mut chance(0));
        assert!(entry(Ttl::Disabled).is_none());
        assert!(entry(Ttl::Forever).is_some_and(|entry| entry.lifetime.is_none() && entry.inserted < at(9.0)));
    }

    /// Seconds left, at times of one phase of the clock, of the entry that requests leave which are played one by one.
    fn played(cache: &Cache, gap: f64, phase: Span, fraction: f64, looks: u32) -> Vec<f64> {
        let mut gaps = Trial::new(Seed(5), 0).open(Purpose::LawfulArrivals, 0);
        let mut cell = super::super::cell::Cell::default();
        let (mut next, mut left) = (Moment::ZERO, Vec::new());
        for look in 0..looks {
            let now = at(f64::from(look) + fraction);
            while next < now {
                if next >= cell.fresh_until {
                    let Ttl::For(ttl) = cache.ttl else { unreachable!("it has a TTL") };
                    cell.insert(next, next, Some(ttl), cache, phase, Moment::NEVER);
                }
                next = next + seconds(gap * gaps.exponential_by_inversion());
            }
            left.push(cell.fresh_until.since(now).seconds());
        }
        left.split_off(1000)
    }

    #[test]
    fn an_entry_that_ends_on_a_whole_second_has_the_law_that_long_play_gives_it() {
        // T = 3 s, a request every 2 s on average, seen 0.1 s after its clock's whole second and 0.1 s before the next.
        // 20,000 draws against 400,000 seconds of play (some 80,000 cycles): the standard error of a share p is at most
        // sqrt(p (1 - p) (1/20,000 + 1/80,000)), of which four are 0.0158 at p = 1/2.
        for ends in [Ends::PreviousWholeSecond, Ends::NextWholeSecond] {
            for fraction in [0.8, 0.6] {
                let whole = Cache { ends, ..cache(3.0) };
                let phase = seconds(0.3);
                let played = played(&whole, 2.0, phase, fraction, 400_000);
                let drawn = ends_left(at(100.0 + fraction), &whole, 0.5, phase);
                for x in [-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0] {
                    let (p, found) = (share(&played, |left| left > x), share(&drawn, |left| left > x));
                    let error = 4.0 * (p * (1.0 - p) * (1.0 / 20_000.0 + 1.0 / 80_000.0)).sqrt();
                    assert!((found - p).abs() <= error, "{ends:?} at {fraction}: {found} instead of {p} beyond {x}");
                }
            }
        }
    }

    fn saturated(cache: &Cache, phase: Span) -> Vec<(f64, f64)> {
        let one = |number| {
            let entry = saturated_entry(at(100.0), cache, None, phase, &mut chance(number)).expect("an entry");
            let (inserted, composed, lifetime) = entry;
            let mut cell = super::super::cell::Cell::default();
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

    #[test]
    fn a_clock_shows_its_fraction_at_the_moment_that_is_named() {
        // 0.3 s at 12.9 s: whole seconds at 12.6 s, so that the clock is 0.4 s ahead. Without a moment it is time 0.
        assert_eq!(phase_at(at(12.9), seconds(0.3)), seconds(0.4));
        assert_eq!(at(12.9).previous_whole_second(seconds(0.4)), at(12.6));
        assert_eq!(phase_at(Moment::NEVER, seconds(0.3)), seconds(0.3));
    }

    #[test]
    fn a_part_that_fails_again_and_again_is_down_for_its_share_of_time() {
        // Up 8 s and down 2 s on average: down at the start, and at any moment, in 20 % of trials.
        let down_at = |number: u64, moment: Moment| {
            let (mut times, mut down) = (chance(number), false);
            recur(at(0.0), at(60.0), seconds(8.0), seconds(2.0), &mut times, |from, to| {
                down |= from <= moment && moment < to;
            });
            down
        };
        for moment in [0.0, 50.0] {
            let share = (0..N).filter(|number| down_at(*number, at(moment))).count() as f64 / N as f64;
            assert!((share - 0.2).abs() < four(0.2), "{share} at {moment} s");
        }
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
