//! Doors: until when one hypothetical presentation would be accepted, given what the world remembers now.
//!
//! A door is a target; it is open while some route with some compromised credential is, and a route while all
//! its verifiers are. A verifier is open as long as any of its replicas would accept. The hypothetical
//! presentation disturbs nothing: it fills no cache and renews no entry.

use super::spell::Hold;
use crate::model::channel::contract::WhenUnreadable;
use crate::model::channel::expiry;
use crate::model::id::{TargetId, VerifierId};
use crate::model::ledger::{ClosedBy, HeldOpenBy};
use crate::model::play::compiled::plan::PlanCheck;
use crate::model::play::compiled::slots::Ring;
use crate::model::play::state::under_way::Answer;
use crate::model::play::state::world::World;
use crate::model::response::KeyedBy;
use crate::model::verifier::OutagePolicy;
use crate::units::probability::Share;
use crate::units::time::{Moment, Span};

/// Whose caches a look passes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// The caches of this target's requests.
    Target(u16),
    /// Every cache.
    Anybody,
}

impl World<'_> {
    /// Starts to watch every door at `now`.
    pub fn start_watching(&mut self, now: Moment) {
        self.watch.start(now);
        self.expect_ends_of_denials(now);
        self.look_at_every_door(now, ClosedBy::Revocation);
    }

    /// Rejections that were remembered before anybody watched: the doors are to be looked at again when they end.
    fn expect_ends_of_denials(&mut self, now: Moment) {
        let plan = self.plan;
        for (instance, cells) in self.cells.chunks_exact(plan.credentials).enumerate() {
            let cache = plan.instances[instance] as usize;
            if plan.system.caches[cache].negative_ttl.is_some() {
                let ends = cells.iter().enumerate().filter(|(credential, _)| plan.is_of_lineage(*credential as u16));
                for until in ends.map(|(_, cell)| cell.denied_until).filter(|until| *until > now) {
                    self.wakes.extend(plan.readers[cache].iter().map(|verifier| (until, *verifier)));
                }
            }
        }
    }

    /// Looks at every door again, because of `cause`.
    pub fn look_at_every_door(&mut self, now: Moment, cause: ClosedBy) {
        if !self.watch.on {
            return;
        }
        for verifier in 0..self.plan.verifiers.len() {
            let hold = self.verifier_hold(now, verifier as u16);
            self.watch.verifiers[verifier].learn(now, hold, cause);
            self.holds[verifier] = hold;
        }
        let plan = self.plan;
        for (target, alone) in plan.stands_alone_before.iter().enumerate() {
            match alone.filter(|_| self.blocked < Share::ALL) {
                Some(verifier) => {
                    let hold = self.holds[verifier as usize];
                    debug_assert_eq!(
                        hold,
                        self.target_hold(now, target as u16),
                        "nothing else stands before the target"
                    );
                    self.watch.learn_target(now, target, hold, cause);
                }
                None => self.look_at_target(now, target, cause),
            }
        }
        self.watch.learn_whole(now, cause);
    }

    /// Looks again at the doors behind `verifier`, because of `cause`.
    pub fn look_behind(&mut self, now: Moment, verifier: u16, cause: ClosedBy) {
        if !self.watch.on {
            return;
        }
        let hold = self.verifier_hold(now, verifier);
        self.watch.verifiers[verifier as usize].learn(now, hold, cause);
        let plan = self.plan;
        for route in &plan.routes_of[verifier as usize] {
            self.watch.mark(plan.routes[*route as usize].target as usize);
        }
        for route in &plan.routes_of[verifier as usize] {
            let target = plan.routes[*route as usize].target as usize;
            if self.watch.take_mark(target) {
                self.look_at_target(now, target, cause);
            }
        }
        self.watch.learn_whole(now, cause);
    }

    /// Looks again at the doors behind every verifier that looks into `cache`.
    pub fn look_behind_cache(&mut self, now: Moment, cache: u16, cause: ClosedBy) {
        if !self.watch.on {
            return;
        }
        let plan = self.plan;
        for verifier in &plan.readers[cache as usize] {
            self.look_behind(now, *verifier, cause);
        }
    }

    /// Looks again at the door of `target`, because of `cause`.
    pub fn look_at_one(&mut self, now: Moment, target: u16, cause: ClosedBy) {
        if self.watch.on {
            self.look_at_target(now, target as usize, cause);
            self.watch.learn_whole(now, cause);
        }
    }

    fn look_at_target(&mut self, now: Moment, target: usize, cause: ClosedBy) {
        let hold = self.target_hold(now, target as u16);
        self.watch.learn_target(now, target, hold, cause);
    }

    /// Until when a presentation at `target` would be accepted.
    fn target_hold(&self, now: Moment, target: u16) -> Hold {
        // A block stops what is presented; a connection that is open stays so.
        let connection = if self.plan.held.is_empty() { Hold::SHUT } else { self.connection_hold(target) };
        if self.blocked == Share::ALL {
            return connection;
        }
        let ways = self.plan.ways_to[target as usize].iter().filter(|(_, credential)| self.has_it(now, *credential));
        let stolen = ways.map(|(route, credential)| self.route_hold(now, *route, *credential));
        let minted = self.plan.minted_ways_to[target as usize].iter();
        let minted =
            minted.flat_map(|(route, ring)| self.living(now, *ring).map(|slot| self.route_hold(now, *route, slot)));
        let presented = stolen.fold(Hold::SHUT, Hold::or).or(minted.map(of_derived).fold(Hold::SHUT, Hold::or));
        presented.or(connection)
    }

    /// What a ring holds that may still be accepted somewhere. A response that is kept for its URL alone is served to
    /// whoever asks, with whatever the attacker presents by then: the newest, dead or not.
    pub(super) fn living(&self, now: Moment, ring: u16) -> impl Iterator<Item = u16> {
        let settings = &self.plan.slots.rings[ring as usize];
        let alive = move |slot: u16| {
            settings.may_fail_open || settings.slack.is_none_or(|slack| now <= self.expires[slot as usize] + slack)
        };
        let shared = self.plan.responses.iter().any(|place| place.settings.keyed_by == KeyedBy::Url);
        let held = self.lineage.held(ring as usize, settings).enumerate();
        held.take_while(move |(nth, slot)| (shared && *nth == 0) || alive(*slot)).map(|(_, slot)| slot)
    }

    /// Minted credentials that would still be accepted at some target after `now`.
    pub fn surviving(&self, now: Moment) -> u64 {
        let opens = |ring: u16, slot: u16| {
            let ways = self.plan.minted_ways_to.iter().flatten().filter(|(_, other)| *other == ring);
            ways.map(|(route, _)| self.route_hold(now, *route, slot)).any(|hold| hold.until > now)
        };
        let rings = 0..self.plan.slots.rings.len() as u16;
        rings.map(|ring| self.living(now, ring).filter(|slot| opens(ring, *slot)).count() as u64).sum()
    }

    fn route_hold(&self, now: Moment, route: u16, credential: u16) -> Hold {
        let target = For::Target(self.plan.routes[route as usize].target);
        if !self.faulted.are_joined(self.plan.hops_of(route)) && self.plan.responses.is_empty() {
            return Hold::SHUT;
        }
        if !self.plan.responses.is_empty() {
            let hop = |verifier| self.hop_hold(now, verifier, credential, target);
            return self.route_hold_with_responses(route, hop, credential);
        }
        let hops = self.plan.hops_of(route).iter();
        hops.map(|v| self.hop_hold(now, *v, credential, target)).reduce(Hold::and).unwrap_or(Hold::SHUT)
    }

    /// Until when a verifier, taken alone, would accept any compromised credential that it takes.
    fn verifier_hold(&self, now: Moment, verifier: u16) -> Hold {
        let place = &self.plan.verifiers[verifier as usize];
        let takes = &place.takes;
        let credentials = self.plan.compromised.iter().filter(|c| takes[**c as usize] && self.has_it(now, **c));
        let stolen = credentials.map(|c| self.hop_hold(now, verifier, *c, For::Anybody)).fold(Hold::SHUT, Hold::or);
        let rings = self.plan.slots.rings.iter().enumerate().filter(|(_, ring)| ring.places > 0);
        let taken = rings.filter(|(_, ring)| takes[ring.first as usize]);
        // Who checks nothing takes what has ended, too.
        let all = place.check == PlanCheck::Nothing;
        let held = |number: usize, ring: &Ring| {
            self.lineage.held(number, ring).next().filter(|_| all).into_iter().chain(self.living(now, number as u16))
        };
        let minted = taken.flat_map(|(number, ring)| held(number, ring));
        let minted = minted.map(|slot| of_derived(self.hop_hold(now, verifier, slot, For::Anybody)));
        stolen.or(minted.fold(Hold::SHUT, Hold::or))
    }

    fn hop_hold(&self, now: Moment, verifier: u16, credential: u16, caller: For) -> Hold {
        let place = &self.plan.verifiers[verifier as usize];
        if self.faulted.is_down(verifier) {
            return Hold::SHUT;
        }
        if place.check == PlanCheck::Nothing {
            return Hold { until: Moment::NEVER, by: HeldOpenBy::NoCheck, at: Some(VerifierId(verifier)) };
        }
        if self.lineage.is_useless(credential) || self.seen.turned_away(place.looks_at) {
            return Hold::SHUT;
        }
        // Where sources stay with one replica, only those count at which the attacker's streams do.
        let sticky = place.stuck.map(|first| &self.stuck[first as usize..][..self.plan.attacker_sources]);
        let replicas = place.first_replica..place.first_replica + place.replicas;
        let reachable = replicas.filter(|r| sticky.is_none_or(|at| at.contains(r)));
        reachable.map(|r| self.replica_hold(now, verifier, r, credential, caller)).fold(Hold::SHUT, Hold::or)
    }

    pub(super) fn replica_hold(&self, now: Moment, verifier: u16, replica: u32, credential: u16, caller: For) -> Hold {
        if self.replicas[replica as usize].blocked > 0
            || self.denies(now, replica, credential)
            || self.shut_by_list(now, verifier, credential)
        {
            return Hold::SHUT;
        }
        let at = Some(VerifierId(verifier));
        let own = self.own_end(verifier, replica, credential);
        let alive = Hold { until: own, by: HeldOpenBy::CredentialLifetime, at };
        if self.plan.verifiers[verifier as usize].check == PlanCheck::Itself {
            return self.name_gap(now, alive, (verifier, credential));
        }
        self.asked_hold(now, verifier, replica, credential, caller).and_until(alive)
    }

    /// What lets a credential through that is good for ever where it is only looked at.
    fn name_gap(&self, now: Moment, hold: Hold, (verifier, credential): (u16, u16)) -> Hold {
        if !hold.until.is_never() {
            return hold;
        }
        let has_issuer = self.plan.system.credentials[self.plan.original(credential)].issuer.is_some();
        let by = if !has_issuer && !self.tally.rotation_ordered_at.is_never() {
            HeldOpenBy::Copy
        } else if has_issuer && self.revoked[credential as usize] > now {
            if self.lineage.undone[credential as usize] { HeldOpenBy::UndoneRevocation } else { HeldOpenBy::NotRevoked }
        } else if !self.plan.system.verifiers[verifier as usize].hears.is_empty() {
            HeldOpenBy::DenyListGap
        } else {
            hold.by
        };
        Hold { by, ..hold }
    }

    /// When the credential itself ends, as this replica's clock sees it; never where it cannot see.
    pub fn own_end(&self, verifier: u16, replica: u32, credential: u16) -> Moment {
        let original = self.plan.original(credential);
        let settings = &self.plan.system.credentials[original];
        if !settings.kind.shows_its_end() {
            let itself = self.plan.verifiers[verifier as usize].check == PlanCheck::Itself;
            return if itself { self.expires[credential as usize] } else { Moment::NEVER };
        }
        let leeway = self.plan.system.verifiers[verifier as usize].leeway.unwrap_or(settings.leeway);
        expiry::accepted_until(self.expires[credential as usize], leeway, self.replicas[replica as usize].ahead)
    }

    /// Whether a looked-up list rejects the credential at `now`.
    pub fn shut_by_list(&self, now: Moment, verifier: u16, credential: u16) -> bool {
        self.read_lists(now, verifier, credential).0
    }

    /// The same, and until when it stays so unless something happens.
    #[inline]
    pub fn read_lists(&self, now: Moment, verifier: u16, credential: u16) -> (bool, Moment) {
        let place = &self.plan.verifiers[verifier as usize];
        let mut turns = Moment::NEVER;
        for channel in &self.plan.lookups[place.lookups.0 as usize..place.lookups.1 as usize] {
            if self.channels[*channel as usize].down > 0 || self.faulted.is_deaf(verifier, *channel) {
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

    /// Until when caches and the issuer behind a replica would say yes.
    fn asked_hold(&self, now: Moment, verifier: u16, replica: u32, credential: u16, caller: For) -> Hold {
        let place = &self.plan.verifiers[verifier as usize];
        let at = Some(VerifierId(verifier));
        let policy = self.plan.system.verifiers[verifier as usize].when_issuer_down;
        // A question that may never arrive leaves a verifier as alone as an issuer that is down.
        let down = self.cannot_ask(verifier, place.issuer);
        let alone = down || place.may_stay_unanswered;
        let trusted = self.trusted_until(verifier, credential);
        let mut best = Hold { until: trusted, by: HeldOpenBy::IssuanceGrace, at };
        for tier in self.plan.tiers_of(place) {
            let cache = self.plan.cache(tier);
            if let For::Target(target) = caller
                && cache.bypass.contains(&TargetId(target))
            {
                continue;
            }
            let cell = &self.cells[self.plan.cell_of(tier, place.first_replica, replica, credential)];
            if cell.denied_until > now {
                return best;
            }
            let (fresh, stale) = cell.served_until(cache);
            best = best.or(Hold { until: fresh, by: HeldOpenBy::Cache, at });
            best = best.or(Hold { until: stale, by: HeldOpenBy::StaleWhileRevalidate, at });
            if alone && cell.holds_entry() {
                let kept = cell.kept_until(cache, policy.grace(cache.stale_on_error));
                best = best.or(Hold { until: kept, by: HeldOpenBy::StaleOnOutage, at });
            }
            if let Some(fetch) = cell.fetch {
                best = best.or(Hold { until: self.in_flight_until(fetch), by: HeldOpenBy::AnswerInFlight, at });
            }
        }
        if !down {
            // An entry that ends with the credential is not what keeps it alive: the issuer says yes as long.
            let issuer = self.issuer_hold(now, verifier, credential, at);
            best = if best.by == HeldOpenBy::Cache { issuer.or(best) } else { best.or(issuer) };
        }
        if alone && policy == OutagePolicy::FailOpen {
            best = best.or(Hold { until: Moment::NEVER, by: HeldOpenBy::FailOpen, at });
        }
        best
    }

    fn in_flight_until(&self, fetch: u32) -> Moment {
        let fetch = &self.fetches[fetch as usize];
        match fetch.answer {
            Some((Answer::Active, _)) => fetch.back_at,
            _ => Hold::SHUT.until,
        }
    }

    /// Until when the issuer itself would answer that the credential is active.
    fn issuer_hold(&self, now: Moment, verifier: u16, credential: u16, at: Option<VerifierId>) -> Hold {
        let forgotten = now >= self.lineage.forgotten[credential as usize];
        let known = if forgotten { Moment::NEVER } else { self.known_everywhere[credential as usize] };
        let by = match (known.is_never(), self.revoked[credential as usize].is_never()) {
            _ if forgotten => HeldOpenBy::ForgottenCutOff,
            (true, true) if self.lineage.undone[credential as usize] => HeldOpenBy::UndoneRevocation,
            (true, false) => HeldOpenBy::IneffectiveRevocation,
            (true, true) => HeldOpenBy::NotRevoked,
            (false, _) => HeldOpenBy::ReadLag,
        };
        let first_leg = self.plan.introspection(verifier).map_or(Span::ZERO, |asks| asks.request_leg.min());
        let expires = self.expires[credential as usize];
        let hold = if expires < known {
            let by = if known.is_never() { by } else { HeldOpenBy::CredentialLifetime };
            Hold { until: expires, by, at }
        } else {
            Hold { until: known, by, at }
        };
        Hold { until: hold.until - first_leg, ..hold }
    }
}

/// The hold of a derived credential: where nothing but its life keeps a door open, it is the derived one that does.
fn of_derived(hold: Hold) -> Hold {
    let lives = matches!(hold.by, HeldOpenBy::CredentialLifetime | HeldOpenBy::NotRevoked);
    if lives { Hold { by: HeldOpenBy::DerivedCredential, ..hold } } else { hold }
}
