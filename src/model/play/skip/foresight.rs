//! Foresight: what every request on a track would meet from now on, and until when, if nothing but requests came.
//!
//! Promises that as long as it holds such a request changes nothing but counts: it fills no cache, renews and drops no
//! entry, and its source goes on as before. Where that cannot be said in a few steps there is no foresight, and requests
//! are played. Mirrors `request.rs`; that the two agree is tested request by request.

use super::outlook::{Foresight, LONG_AGO};
use super::tracks::{Short, Track};
use crate::model::cache::{Renewal, Ttl};
use crate::model::channel::contract::WhenUnreadable;
use crate::model::ledger::Reason;
use crate::model::play::cell::Look;
use crate::model::play::door::stale_grace;
use crate::model::play::plan::{PlanCheck, PlanVerifier};
use crate::model::play::stand::Stand;
use crate::model::play::world::World;
use crate::model::system::PeakLoad;
use crate::model::verifier::{Balance, OutagePolicy};
use crate::model::workload::OnReject;
use crate::units::probability::Share;
use crate::units::time::{Moment, Span};

/// What a verifier says for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Word {
    accepted: bool,
    reason: Reason,
    questions: u64,
    until: Moment,
}

impl Word {
    const fn accept(reason: Reason, until: Moment) -> Self {
        Self { accepted: true, reason, questions: 0, until }
    }

    const fn reject(reason: Reason, until: Moment) -> Self {
        Self { accepted: false, reason, questions: 0, until }
    }

    const fn asked(self) -> Self {
        Self { questions: 1, ..self }
    }

    /// What both say, if it is the same.
    fn with(self, other: Self) -> Option<Self> {
        let until = self.until.min(other.until);
        let same = (self.accepted, self.reason, self.questions) == (other.accepted, other.reason, other.questions);
        same.then_some(Self { until, ..self })
    }
}

impl World<'_> {
    /// What requests of `source` on a track meet from `now` on; none where something follows from a request.
    pub fn foresee(&self, now: Moment, source: u16, track: &Track) -> Option<Foresight> {
        let attacks = (source as usize) < self.plan.attacker_sources;
        if attacks && (self.lookout.left.is_some() || self.blocked > Share::NONE) {
            return None;
        }
        let (credential, mut until) = if attacks {
            self.carried_by_attacker(now, source, track.route)?
        } else {
            self.carried_by_client(now, source, track.route)?
        };
        if now < Moment::ZERO {
            until = until.min(Moment::ZERO);
        }
        let found = self.foresee_route(now, source, track, credential)?;
        let found = Foresight { until: until.min(found.until), ..found };
        let known = if attacks {
            self.attacker_goes_on(now, source, track, &found)
        } else {
            self.client_goes_on(now, source, &found)
        };
        known.then_some(found)
    }

    /// The same, in the shortest way that there is.
    pub(super) fn foresee_now(&self, now: Moment, source: u16, track: &Track, assured: Moment) -> Option<Foresight> {
        if let Some(short) = track.short.as_ref().filter(|_| now < assured) {
            let found = self.foresee_entry(now, source, track, assured);
            if found.is_some() || self.would_refill(now, short) {
                return found;
            }
        }
        self.foresee(now, source, track).filter(|found| found.until > now)
    }

    /// Whether a miss is answered with yes for sure, so that it fills the cache.
    #[inline]
    pub(super) fn would_refill(&self, now: Moment, short: &Short) -> bool {
        let credential = short.credential as usize;
        short.refills
            && now < self.known_at[credential * self.read_replica_width()]
            && now < self.expires[credential]
            && !self.cannot_ask(short.verifier, self.plan.verifiers[short.verifier as usize].issuer)
    }

    /// What is foreseen where nothing but the entry of a cache decides before `assured`.
    #[inline]
    fn foresee_entry(&self, now: Moment, source: u16, track: &Track, assured: Moment) -> Option<Foresight> {
        let short = track.short.as_ref().filter(|_| now < assured)?;
        let place = &self.plan.verifiers[short.verifier as usize];
        let replicas = match track.replica {
            Some(replica) => replica..replica + 1,
            None => place.first_replica..place.first_replica + place.replicas,
        };
        let mut until = assured;
        for replica in replicas {
            let cell = self.plan.cell_of(&short.tier, place.first_replica, replica, short.credential);
            until = until.min(self.cells[cell].fresh_until);
        }
        if until <= now {
            return None;
        }
        let found = Foresight {
            accepted: true,
            reason: Reason::CacheHit,
            questions: 0,
            hops: 1,
            credential: short.credential,
            until,
        };
        let attacks = (source as usize) < self.plan.attacker_sources;
        (!attacks || self.attacker_goes_on(now, source, track, &found)).then_some(found)
    }

    /// Until when nothing but the entry of its cache decides on a track, unless something happens.
    pub(super) fn assure(&self, now: Moment, source: u16, track: &Track) -> Moment {
        let Some(short) = &track.short else { return LONG_AGO };
        let attacks = (source as usize) < self.plan.attacker_sources;
        if attacks && (self.lookout.left.is_some() || self.blocked > Share::NONE) {
            return LONG_AGO;
        }
        let carried = if attacks {
            self.carried_by_attacker(now, source, track.route)
        } else {
            self.carried_by_client(now, source, track.route)
        };
        let Some((_, until)) = carried.filter(|(credential, _)| *credential == short.credential) else {
            return LONG_AGO;
        };
        let place = &self.plan.verifiers[short.verifier as usize];
        let mut replicas = place.first_replica..place.first_replica + place.replicas;
        let told =
            |replica: u32| self.replicas[replica as usize].blocked > 0 || self.denies(now, replica, short.credential);
        if short.hears && replicas.any(told) {
            return LONG_AGO;
        }
        if now < Moment::ZERO { until.min(Moment::ZERO) } else { until }
    }

    /// What an attacker presents on a route, and until when it goes on presenting that.
    fn carried_by_attacker(&self, now: Moment, source: u16, route: u16) -> Option<(u16, Moment)> {
        let plan = self.plan;
        let presents = &plan.sources[source as usize].presents[route as usize];
        let refused = self.sources[source as usize].refused;
        let mut until = Moment::NEVER;
        for credential in presents {
            let acquired = self.tally.acquired[*credential as usize];
            if acquired > now {
                until = until.min(acquired);
            } else if refused & (1 << *credential) == 0 {
                return Some((*credential, until));
            }
        }
        // Everything was refused: what is presented then is the first that it holds, if it has nothing else to try.
        match presents[..] {
            [only] if plan.sources[source as usize].mints[route as usize].is_empty() => {
                Some((only, until)).filter(|_| until.is_never())
            }
            _ => None,
        }
    }

    /// What a lawful client presents on a route, and until when it goes on presenting that.
    fn carried_by_client(&self, now: Moment, source: u16, route: u16) -> Option<(u16, Moment)> {
        let credential = self.credential_for(now, source, route)?;
        let client = source as usize - self.plan.attacker_sources;
        let original = self.plan.original(credential);
        let switched = self.switched[client * self.plan.originals + original];
        let turns =
            [Some(self.tally.replaced[client]), switched, Some(self.expires[original]), Some(self.revoked[original])];
        let next = turns.into_iter().flatten().filter(|at| *at > now).min();
        Some((credential, next.unwrap_or(Moment::NEVER)))
    }

    fn foresee_route(&self, now: Moment, source: u16, track: &Track, credential: u16) -> Option<Foresight> {
        let plan = self.plan;
        let target = plan.routes[track.route as usize].target;
        let attacks = (source as usize) < plan.attacker_sources;
        if attacks && plan.held.contains(&target) {
            return None;
        }
        let useless = attacks && self.lineage.is_useless(credential);
        let mut whole = Word::accept(Reason::NoCheck, Moment::NEVER);
        let (mut questions, mut hops) = (0, 0);
        let way = plan.hops_of(track.route);
        for (hop, verifier) in way.iter().enumerate() {
            let place = &plan.verifiers[*verifier as usize];
            if attacks && self.seen.turned_away(place.looks_at) {
                whole = Word::reject(Reason::Context, whole.until);
                break;
            }
            if hop > 0 && !self.faulted.are_joined(&way[hop - 1..=hop]) {
                whole = Word::reject(Reason::Down, whole.until);
                break;
            }
            if useless && place.check != PlanCheck::Nothing {
                whole = Word::reject(Reason::KeyMissing, whole.until);
                break;
            }
            if place.responses.is_some() {
                return None;
            }
            let word = self.foresee_place(now, source, (*verifier, track.replica), credential, target)?;
            hops += 1;
            questions += word.questions;
            whole = Word { until: whole.until.min(word.until), ..word };
            if !word.accepted {
                break;
            }
        }
        let Word { accepted, reason, until, .. } = whole;
        Some(Foresight { accepted, reason, questions, hops, credential, until })
    }

    /// What a verifier says, whichever replica a request comes to.
    fn foresee_place(
        &self,
        now: Moment,
        source: u16,
        (verifier, replica): (u16, Option<u32>),
        credential: u16,
        target: u16,
    ) -> Option<Word> {
        let place = &self.plan.verifiers[verifier as usize];
        let all = place.first_replica..place.first_replica + place.replicas;
        let at = |replica: u32| {
            let stand = Stand { verifier, replica, credential, target: Some(target) };
            self.foresee_replica(now, stand, place)
        };
        if let Some(replica) = replica {
            return at(replica);
        }
        if let (Balance::Sticky, Some(stuck)) = (place.balance, place.stuck) {
            return at(self.stuck[stuck as usize + source as usize]);
        }
        let first = at(all.start)?;
        (all.start + 1..all.end).try_fold(first, |word, replica| word.with(at(replica)?))
    }

    fn foresee_replica(&self, now: Moment, stand: Stand, place: &PlanVerifier) -> Option<Word> {
        let (verifier, credential) = (stand.verifier, stand.credential);
        let state = &self.replicas[stand.replica as usize];
        if state.blocked > 0 {
            return Some(Word::reject(self.faulted.reason(verifier), Moment::NEVER));
        }
        if place.check == PlanCheck::Nothing {
            return Some(Word::accept(Reason::NoCheck, Moment::NEVER));
        }
        if state.fetches_keys.is_some() && self.lineage.newer_key[credential as usize] {
            return None;
        }
        let at = stand.replica as usize * self.plan.credentials + credential as usize;
        if self.lacks[at] {
            return Some(Word::reject(Reason::Denied, Moment::NEVER));
        }
        if now < self.denied_until[at] {
            return Some(Word::reject(Reason::Denied, self.denied_until[at]));
        }
        let (listed, turns) = self.foresee_lists(now, place, credential);
        if listed {
            return Some(Word::reject(Reason::Listed, turns));
        }
        let ends = self.own_end(verifier, stand.replica, credential);
        if now >= ends {
            return Some(Word::reject(Reason::Credential, turns));
        }
        let bound = turns.min(ends);
        let word = if place.check == PlanCheck::Itself {
            Word::accept(Reason::Credential, bound)
        } else {
            let trusted = self.trusted_until(verifier, credential);
            if now < trusted {
                Word::accept(Reason::NewlyIssued, trusted)
            } else {
                self.foresee_caches(now, stand, place)?
            }
        };
        Some(Word { until: word.until.min(bound), ..word })
    }

    /// Whether a looked-up list rejects now, and when that may turn.
    fn foresee_lists(&self, now: Moment, place: &PlanVerifier, credential: u16) -> (bool, Moment) {
        let mut turns = Moment::NEVER;
        for channel in &self.plan.lookups[place.lookups.0 as usize..place.lookups.1 as usize] {
            if self.channels[*channel as usize].down > 0 {
                let list = self.plan.channels[*channel as usize].looked_up.as_ref();
                if list.is_some_and(|list| list.when_down == WhenUnreadable::Reject) {
                    return (true, Moment::NEVER);
                }
                continue;
            }
            let (from, until) = self.listed[*channel as usize * self.plan.credentials + credential as usize];
            if from <= now && now < until {
                return (true, until);
            }
            if now < from {
                turns = turns.min(from);
            }
        }
        (false, turns)
    }

    fn foresee_caches(&self, now: Moment, stand: Stand, place: &PlanVerifier) -> Option<Word> {
        let plan = self.plan;
        let mut fills_nearer = false;
        for tier in plan.tiers_of(place) {
            let cache = plan.cache(tier);
            if stand.passes_by(cache) {
                continue;
            }
            let cell = &self.cells[plan.cell_of(tier, place.first_replica, stand.replica, stand.credential)];
            match cell.look(now, cache) {
                Look::Fresh => {
                    let moves = cache.renewal == Renewal::EveryHit || cache.idle.is_some() || fills_nearer;
                    return (!moves).then(|| Word::accept(Reason::CacheHit, cell.fresh_until.min(cell.refresh_at)));
                }
                Look::FreshButDue | Look::StaleButServed => return None,
                Look::Denied => return Some(Word::reject(Reason::NegativeHit, cell.denied_until)),
                Look::Absent => fills_nearer |= cache.ttl != Ttl::Disabled,
            }
        }
        self.foresee_issuer(now, stand, place)
    }

    fn foresee_issuer(&self, now: Moment, stand: Stand, place: &PlanVerifier) -> Option<Word> {
        let plan = self.plan;
        if place.check != PlanCheck::AsksAtOnce || plan.system.peak_load == PeakLoad::Counted {
            return None;
        }
        let tiers = plan.tiers_of(place).iter().filter(|tier| !stand.passes_by(plan.cache(tier)));
        let mut cells = tiers.map(|tier| {
            (plan.cache(tier), &self.cells[plan.cell_of(tier, place.first_replica, stand.replica, stand.credential)])
        });
        if self.cannot_ask(stand.verifier, place.issuer) {
            let policy = plan.system.verifiers[stand.verifier as usize].when_issuer_down;
            if policy == OutagePolicy::FailOpen {
                return Some(Word::accept(Reason::Outage, Moment::NEVER));
            }
            let kept = cells.map(|(cache, cell)| cell.kept_until(cache, stale_grace(policy, cache.stale_on_error)));
            let kept = kept.filter(|kept| now < *kept).max();
            return Some(match kept {
                Some(until) => Word::accept(Reason::StaleOnOutage, until),
                None => Word::reject(Reason::Outage, Moment::NEVER),
            });
        }
        let (active, until) = self.foresee_answer(now, place.issuer, stand.credential)?;
        if active {
            let kept = cells.any(|(cache, _)| cache.ttl != Ttl::Disabled);
            return (!kept).then(|| Word::accept(Reason::Asked, until).asked());
        }
        let drops = cells.any(|(cache, cell)| cell.holds_entry() || cache.negative_ttl.is_some());
        (!drops).then(|| Word::reject(Reason::Asked, until).asked())
    }

    /// What every read replica of an issuer says of a credential, and until when; none if they differ.
    fn foresee_answer(&self, now: Moment, issuer: u16, credential: u16) -> Option<(bool, Moment)> {
        let slot = credential as usize;
        let replicas = usize::from(self.plan.system.issuers[issuer as usize].read_replicas).max(1);
        let known = &self.known_at[slot * self.read_replica_width()..][..replicas];
        let (expires, forgotten) = (self.expires[slot], self.lineage.forgotten[slot]);
        if now >= expires {
            return Some((false, Moment::NEVER));
        }
        let turns = [expires, forgotten].into_iter().filter(|at| *at > now).min().unwrap_or(Moment::NEVER);
        if now >= forgotten {
            return Some((true, turns));
        }
        let (first, last) = known
            .iter()
            .fold((Moment::NEVER, Moment::from_nanos(i64::MIN)), |(first, last), at| (first.min(*at), last.max(*at)));
        if now < first {
            Some((true, turns.min(first)))
        } else if now >= last {
            Some((false, turns))
        } else {
            None
        }
    }

    /// Whether an attacker goes on as before after such a request, and has left every mark that it would leave.
    fn attacker_goes_on(&self, now: Moment, source: u16, track: &Track, found: &Foresight) -> bool {
        let state = &self.sources[source as usize];
        let target = self.plan.routes[track.route as usize].target;
        let after = now >= self.tally.revoked_at;
        if after && self.tally.next_presented_at.is_never() {
            return false;
        }
        if found.accepted {
            let pauses = !matches!(self.plan.sources[source as usize].on_reject, OnReject::Retry | OnReject::MoveOn);
            return (now < Moment::ZERO && !after || self.tally.uses[target as usize].used)
                && !(pauses && state.rejected > 0)
                && (track.single || state.refused & (1 << found.credential) == 0);
        }
        track.single && self.plan.sources[source as usize].on_reject == OnReject::Retry
    }

    /// Whether a lawful client has left every mark that such a request would leave.
    fn client_goes_on(&self, now: Moment, source: u16, found: &Foresight) -> bool {
        if found.accepted || now < Moment::ZERO {
            return true;
        }
        let client = source as usize - self.plan.attacker_sources;
        !self.tally.first_refused[client].is_never() || !self.marks_refusal(now, client, found.credential)
    }

    /// Whether a refusal of a credential leaves a client without one that works.
    fn marks_refusal(&self, now: Moment, client: usize, credential: u16) -> bool {
        let original = self.plan.original(credential);
        let switches = self.switched[client * self.plan.originals + original].is_some();
        self.revoked[credential as usize] <= now
            || now < self.expires[credential as usize] && original != credential as usize && switches
    }

    /// How many nanoseconds a stretch lasts, in seconds.
    pub(super) fn seconds_between(from: Moment, to: Moment) -> f64 {
        to.since(from).max(Span::ZERO).seconds()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tracks::Tracks;
    use super::*;
    use crate::engine::agenda::Agenda;
    use crate::engine::simulation::{self, Model};
    use crate::model::event::Happening;
    use crate::model::play::plan::Plan;
    use crate::model::play::standing::Standing;
    use crate::random::stream::{Seed, Trial};
    use crate::scenario::load::{Input, Scenario, load};
    use crate::scenario::objectives::Catalogue;
    use std::path::Path;

    /// A world in which every request is played, and every one is foretold: what foresight says of its route must come
    /// true, and must leave all other foresights as they were.
    struct Foretold<'w, 'p> {
        world: &'w mut World<'p>,
        tracks: &'w Tracks,
        /// Requests that were foretold.
        foretold: u64,
    }

    impl Foretold<'_, '_> {
        fn all(&self, now: Moment) -> Vec<Option<Foresight>> {
            let source = |track: &Track| self.tracks.units[track.unit as usize].source;
            let foresee = |track: &Track| {
                let whole = self.world.foresee(now, source(track), track).filter(|found| found.until > now);
                let assured = self.world.assure(now, source(track), track);
                if let Some(short) = self.world.foresee_now(now, source(track), track, assured) {
                    // The short way may say it for a shorter time, and must say the same.
                    let until = whole.map_or(Moment::NEVER, |whole| whole.until);
                    assert_eq!(whole, Some(Foresight { until, ..short }), "at {now:?} on route {}", track.route);
                    assert!(short.until <= until, "{short:?} instead of {whole:?}");
                }
                whole
            };
            self.tracks.tracks.iter().map(foresee).collect()
        }

        fn compare(&mut self, now: Moment, source: u16, before: &[Option<Foresight>], asked: u64) {
            let Some(entry) = self.world.requests.as_ref().and_then(|requests| requests.last()).copied() else {
                return;
            };
            let mut met = false;
            for (track, found) in self.tracks.tracks.iter().zip(before) {
                let own = self.tracks.units[track.unit as usize].source == source && track.route == entry.route.0;
                let Some(found) = found.filter(|_| own && track.replica.is_none()) else { continue };
                let expected = (found.accepted, found.reason, found.questions);
                let came = (entry.accepted, entry.reason, self.world.tally.load.asked - asked);
                assert_eq!(came, expected, "source {source} on route {} at {now:?}", track.route);
                met = true;
            }
            if met {
                self.foretold += 1;
                // It may let more be foreseen: a mark that was missing is there now.
                for (found, before) in self.all(now).into_iter().zip(before).filter(|(_, before)| before.is_some()) {
                    assert_eq!(found, *before, "a request that was foretold changed what another would meet");
                }
            }
        }
    }

    impl Model for Foretold<'_, '_> {
        type Event = Happening;

        fn until(&self) -> Moment {
            self.world.until()
        }

        fn happen(&mut self, now: Moment, event: Happening, agenda: &mut Agenda<Happening>) {
            let Happening::Presented { source, .. } = event else {
                return self.world.happen(now, event, agenda);
            };
            let before = self.all(now);
            let (written, asked) = (self.world.requests.as_ref().map_or(0, Vec::len), self.world.tally.load.asked);
            self.world.happen(now, event, agenda);
            if self.world.requests.as_ref().map_or(0, Vec::len) == written + 1 {
                self.compare(now, source, &before, asked);
            }
        }
    }

    /// Plays trials in which every request is foretold; how many were.
    fn foretell(scenario: &Scenario, trials: u64) -> u64 {
        let plan = Plan::new(&scenario.system);
        let (tracks, standing) = (Tracks::of(&plan), Standing::of(&plan));
        let (mut world, mut agenda) = (World::new(&plan), Agenda::default());
        let mut foretold = 0;
        for number in 0..trials {
            agenda.clear();
            world.reset(Trial::new(Seed(11), number), number);
            world.requests = Some(Vec::new());
            world.begin(&standing, &mut agenda);
            let mut model = Foretold { world: &mut world, tracks: &tracks, foretold: 0 };
            simulation::play(&mut model, &mut agenda);
            foretold += model.foretold;
        }
        foretold
    }

    fn scenario(input: &Input) -> Scenario {
        load(input, &[], &Catalogue).unwrap_or_else(|_| panic!("{input:?} is a scenario")).scenario
    }

    #[test]
    fn what_is_foreseen_comes_true_in_every_shipped_scenario() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let mut foretold = 0;
        for entry in std::fs::read_dir(folder).expect("the shipped scenarios") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                foretold += foretell(&scenario(&Input::Path(path)), 2);
            }
        }
        assert!(foretold > 10_000, "{foretold}");
    }

    #[test]
    fn what_is_foreseen_comes_true_where_much_stands_in_the_way() {
        // Tiers, lists, replicas in turn and at random, leases that end, an outage with each policy, read replicas that lag,
        // credentials that end, clients that hold a replacement, sources that move on, back off or give up.
        let text = include_str!("in-the-way.yaml").to_owned();
        let input = Input::Text { name: "in the way".into(), text, folder: None };
        assert!(foretell(&scenario(&input), 20) > 10_000);
    }
}
