//! Foresight: what every request on a track would meet from now on, and until when, if nothing but requests came.
//!
//! Promises that as long as it holds such a request changes nothing but counts: it fills no cache, renews and drops no
//! entry, and its source goes on as before. Where that cannot be said in a few steps there is no foresight, and requests
//! are played. Mirrors `requests/request.rs`; that the two agree is tested request by request.

use super::outlook::{Assurance, Foresight};
use super::short::Short;
use super::track::Track;
use super::word::Word;
use crate::model::ledger::Reason;
use crate::model::play::state::world::World;
use crate::model::workload::OnReject;
use crate::units::probability::Share;
use crate::units::time::{Moment, Span};

impl World<'_> {
    /// What requests of `source` on a track meet from `now` on; none where something follows from a request.
    pub fn foresee(&self, now: Moment, source: u16, track: &Track) -> Option<Foresight> {
        let attacks = self.plan.attacks(source);
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
    pub(super) fn foresee_now(&self, now: Moment, source: u16, track: &Track, assured: Assurance) -> Option<Foresight> {
        if let Some((short, (until, credential))) = track.short.as_ref().zip(assured.beyond(now)) {
            let short = short.carrying(credential);
            let found = self.foresee_entry(now, source, track, (&short, until));
            if found.is_some() || self.would_refill(now, &short) {
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

    /// What is foreseen where nothing but the entry of a cache decides before a moment.
    #[inline]
    fn foresee_entry(
        &self,
        now: Moment,
        source: u16,
        track: &Track,
        (short, assured): (&Short, Moment),
    ) -> Option<Foresight> {
        let place = &self.plan.verifiers[short.verifier as usize];
        let replicas = match track.replica.or_else(|| self.stays_at(short.verifier, source)) {
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
        let attacks = self.plan.attacks(source);
        (!attacks || self.attacker_goes_on(now, source, track, &found)).then_some(found)
    }

    /// What is assured of a track, looked up once after everything that happens.
    #[inline]
    pub(super) fn assured(&self, known: &mut Assurance, now: Moment, source: u16, track: &Track) -> Assurance {
        if *known == Assurance::NotLookedAt {
            let found = self.assure(now, source, track);
            *known = found.map_or(Assurance::None, |(until, credential)| Assurance::Until(until, credential));
        }
        *known
    }

    /// Until when nothing but the entry of its cache decides on a track, unless something happens, and for which credential;
    /// none if more does.
    pub(super) fn assure(&self, now: Moment, source: u16, track: &Track) -> Option<(Moment, u16)> {
        let short = track.short.as_ref()?;
        let attacks = self.plan.attacks(source);
        if attacks && (self.lookout.left.is_some() || self.blocked > Share::NONE) {
            return None;
        }
        let carried = if attacks {
            self.carried_by_attacker(now, source, track.route)
        } else {
            self.carried_by_client(now, source, track.route)
        };
        let known = |credential| credential == short.credential || !attacks && credential == short.replacement;
        let (credential, until) = carried.filter(|(credential, _)| known(*credential))?;
        if attacks && track.chooses && self.was_refused(source, track.route, credential) {
            // Let in, it is what it would mint or undo with next.
            return None;
        }
        let place = &self.plan.verifiers[short.verifier as usize];
        let mut replicas = place.first_replica..place.first_replica + place.replicas;
        let told = |replica: u32| self.replicas[replica as usize].blocked > 0 || self.denies(now, replica, credential);
        if short.hears && replicas.any(told) {
            return None;
        }
        Some((if now < Moment::ZERO { until.min(Moment::ZERO) } else { until }, credential))
    }

    /// From when on a source has anything to present on a route; before that a request there is none.
    pub(super) fn holds_from(&self, source: u16, route: u16) -> Moment {
        let settings = &self.plan.sources[source as usize];
        if !self.plan.attacks(source) || !settings.mints[route as usize].is_empty() {
            return Moment::LONG_AGO;
        }
        let acquired = settings.presents[route as usize].iter().map(|held| self.tally.acquired[*held as usize]);
        acquired.min().unwrap_or(Moment::NEVER)
    }

    /// What an attacker presents on a route, and until when it goes on presenting that.
    fn carried_by_attacker(&self, now: Moment, source: u16, route: u16) -> Option<(u16, Moment)> {
        let plan = self.plan;
        let presents = &plan.sources[source as usize].presents[route as usize];
        let mut until = Moment::NEVER;
        for credential in presents {
            let acquired = self.tally.acquired[*credential as usize];
            if acquired > now {
                until = until.min(acquired);
            } else if !self.was_refused(source, route, *credential) {
                return Some((*credential, until));
            }
        }
        // Everything that it holds was refused: it presents the first of that, if it has nothing else to try.
        match presents[..] {
            [only] if plan.sources[source as usize].mints[route as usize].is_empty() => {
                (self.tally.acquired[only as usize] <= now).then_some((only, Moment::NEVER))
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
        let attacks = plan.attacks(source);
        if attacks && plan.held.contains(&target) {
            return None;
        }
        let useless = attacks && self.lineage.is_useless(credential);
        let mut whole = Word::accept(Reason::NoCheck, Moment::NEVER);
        let (mut questions, mut hops) = (0, 0);
        let way = plan.hops_of(track.route);
        for (hop, verifier) in way.iter().enumerate() {
            let place = &plan.verifiers[*verifier as usize];
            if let Some(reason) = self.stopped_before(place, (way, hop), (attacks, useless)) {
                whole = Word::reject(reason, whole.until);
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

    /// Whether an attacker goes on as before after such a request, and has left every mark that it would leave.
    pub(super) fn attacker_goes_on(&self, now: Moment, source: u16, track: &Track, found: &Foresight) -> bool {
        let state = &self.sources[source as usize];
        let target = self.plan.routes[track.route as usize].target;
        let after = now >= self.tally.revoked_at;
        if after && self.tally.next_presented_at.is_never() {
            return false;
        }
        if found.accepted && self.finds_something(target) {
            return false;
        }
        if found.accepted {
            let pauses = !matches!(self.plan.sources[source as usize].on_reject, OnReject::Retry | OnReject::MoveOn);
            return (now < Moment::ZERO && !after || self.tally.uses[target as usize].used)
                && !(pauses && state.rejected > 0)
                && !(track.chooses && self.was_refused(source, track.route, found.credential));
        }
        !track.chooses && self.plan.sources[source as usize].on_reject == OnReject::Retry
    }

    /// Whether who is let in at a target for the first time looks around there.
    fn finds_something(&self, target: u16) -> bool {
        self.plan.hidden.iter().zip(&self.met).any(|((_, behind), met)| *behind == target && !met)
    }

    /// Whether a lawful client has left every mark that such a request would leave.
    pub(super) fn client_goes_on(&self, now: Moment, source: u16, found: &Foresight) -> bool {
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
