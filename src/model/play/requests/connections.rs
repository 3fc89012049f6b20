//! Connections that the attacker holds open: how they come about, what ends them, and what it does then.
//!
//! With its first acceptance at such a target the attacker has a connection, and uses it until it ends: at its
//! greatest age, at a look that rejects it, when it is closed by hand, when a verifier on its way goes down or
//! restarts, or when one that keeps it is rolled out anew. Then the attacker presents its credential anew, at once.
//! Every end is an event, so a door that is held by a connection is announced to stay open without limit; what ends
//! the connection has the door looked at again.

use super::request::Step;
use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::fault::Part;
use crate::model::id::VerifierId;
use crate::model::ledger::{ClosedBy, HeldOpenBy, Reason};
use crate::model::play::compiled::plan::PlanCheck;
use crate::model::play::doors::spell::Hold;
use crate::model::play::state::held::{Held, Kept, RECONNECTS};
use crate::model::play::state::stand::Stand;
use crate::model::play::state::under_way::{Answer, Errand, Presentation};
use crate::model::play::state::world::World;
use crate::model::system::Start;
use crate::model::workload::Order;
use crate::random::purpose::Purpose;
use crate::units::time::{Moment, Span};

impl World<'_> {
    /// Until when an open connection keeps `target` open.
    pub fn connection_hold(&self, target: u16) -> Hold {
        let number = self.plan.held.iter().position(|held| *held == target);
        let open = number.map(|number| &self.connections[number]).filter(|one| one.held.is_some());
        open.map_or(Hold::SHUT, |connection| {
            let at = connection.kept.last().map(|kept| VerifierId(kept.verifier));
            Hold { until: Moment::NEVER, by: HeldOpenBy::OpenConnection, at }
        })
    }

    /// Connections of an attacker that has always been there: each as old as one is that was opened when the
    /// credential was issued, and again whenever it reached its greatest age.
    pub fn start_connections(&mut self, from: Moment, agenda: &mut Agenda<Happening>) {
        let plan = self.plan;
        if plan.system.start == Start::FirstUse {
            return;
        }
        for (number, target) in plan.held.iter().enumerate() {
            let calls = |source: &usize| {
                let source = &plan.sources[*source];
                source.standing && source.routes.iter().any(|route| plan.routes[*route as usize].target == *target)
            };
            let Some(source) = (0..plan.attacker_sources).find(calls) else { continue };
            // Who sticks to one target has never called another.
            let called = if plan.sources[source].order == Order::Stick { 1 } else { usize::MAX };
            let routes = plan.sources[source].routes.iter().take(called);
            let there = routes.filter(|route| plan.routes[**route as usize].target == *target);
            let way = there.filter_map(|route| {
                let alive = |c: &u16| {
                    let held = self.tally.acquired[*c as usize] <= from && from < self.expires[*c as usize];
                    held && self.would_be_let_through(*route, *c)
                };
                let carried = plan.sources[source].presents[*route as usize].iter().copied().find(alive);
                carried.map(|credential| Held { source: source as u16, route: *route, credential, forgotten: false })
            });
            let Some(held) = way.into_iter().next() else { continue };
            let age = self.age_at_start(from, number, held);
            self.hold_open(from - age.unwrap_or(Span::ZERO), from, number, held, age.is_none(), agenda);
        }
    }

    /// How old the connection is at `from`; none where nothing limits its age.
    fn age_at_start(&self, from: Moment, number: usize, held: Held) -> Option<Span> {
        let longest = self.longest_age(held.route)?;
        let since_issue = from.since(self.issued_at(held.credential as usize)).nanos();
        let forever = self.expires[held.credential as usize].is_never();
        let u = self.trial.open(Purpose::ConnectionAge, number as u32).uniform();
        Some(if forever {
            Span::from_seconds(longest.seconds() * u)
        } else {
            Span::from_nanos(since_issue.rem_euclid(longest.nanos()))
        })
    }

    fn longest_age(&self, route: u16) -> Option<Span> {
        let ages = self.plan.keepers_of(route).filter_map(|(_, kept)| kept.max_age);
        ages.min()
    }

    /// An acceptance at `now`: whoever holds connections open has one from here on.
    pub(super) fn connect(&mut self, now: Moment, request: &Presentation, agenda: &mut Agenda<Happening>) {
        let target = self.plan.routes[request.route as usize].target;
        let Some(number) = self.plan.held.iter().position(|held| *held == target) else { return };
        if self.connections[number].held.is_none() {
            let Presentation { source, route, credential, .. } = *request;
            let held = Held { source, route, credential, forgotten: false };
            self.hold_open(now, now, number, held, false, agenda);
            self.look_at_one(now, target, ClosedBy::Nothing);
        }
    }

    /// Opens connection `number`, as of `opened`; looks at it that would lie before `now` are over.
    fn hold_open(
        &mut self,
        opened: Moment,
        now: Moment,
        number: usize,
        held: Held,
        any_phase: bool,
        agenda: &mut Agenda<Happening>,
    ) {
        let plan = self.plan;
        let ends_at = self.longest_age(held.route).map_or(Moment::NEVER, |age| opened + age);
        let connection = &mut self.connections[number];
        connection.held = Some(held);
        connection.ends_at = ends_at;
        connection.closing = None;
        connection.kept.clear();
        for (keeper, (verifier, settings)) in plan.keepers_of(held.route).enumerate() {
            let place = &plan.verifiers[verifier as usize];
            let replica = match place.stuck {
                Some(first) => self.stuck[first as usize + held.source as usize],
                None if place.replicas == 1 => place.first_replica,
                None => {
                    let draws = connection.replicas.at(&self.trial);
                    place.first_replica + draws.index(place.replicas as usize) as u32
                }
            };
            let recheck_at = settings.recheck.map_or(Moment::NEVER, |every| {
                if any_phase {
                    let entity = (number as u32) << 16 | keeper as u32;
                    return now + self.trial.open(Purpose::RecheckPhase, entity).phase(every);
                }
                let done = now.since(opened).nanos() / every.nanos();
                opened + Span::from_nanos((done + 1) * every.nanos())
            });
            connection.kept.push(Kept { verifier, replica, recheck_at, asking: None });
            agenda.schedule(recheck_at, Happening::Rechecked { connection: number as u16, keeper: keeper as u16 });
        }
        agenda.schedule(ends_at, Happening::ConnectionEnds(number as u16));
    }

    /// A connection has reached its greatest age, or the last answer on it has ended.
    pub fn connection_ends(&mut self, now: Moment, number: u16, agenda: &mut Agenda<Happening>) {
        let connection = &self.connections[number as usize];
        if connection.held.is_some() && connection.ends_at == now {
            let cause = connection.closing.unwrap_or(ClosedBy::ConnectionAge);
            self.disconnect(now, number as usize, cause, agenda);
        }
    }

    /// A verifier looks at the credential of an open connection as it would at that of a request.
    pub fn recheck(&mut self, now: Moment, number: u16, keeper: u16, agenda: &mut Agenda<Happening>) {
        let plan = self.plan;
        let connection = &self.connections[number as usize];
        let (Some(held), None) = (connection.held, connection.closing) else { return };
        let Some(kept) = connection.kept.get(keeper as usize).copied().filter(|kept| kept.recheck_at == now) else {
            return;
        };
        let target = Some(plan.routes[held.route as usize].target);
        let stand = Stand { verifier: kept.verifier, replica: kept.replica, credential: held.credential, target };
        let place = &plan.verifiers[kept.verifier as usize];
        let step = if held.forgotten && place.check != PlanCheck::Nothing {
            Step::Reject(Reason::Credential)
        } else {
            self.stand_before(now, stand, place, None, agenda)
        };
        let every = plan.keeping(kept.verifier).and_then(|kept| kept.recheck);
        let kept = &mut self.connections[number as usize].kept[keeper as usize];
        kept.recheck_at = every.map_or(Moment::NEVER, |every| now + every);
        agenda.schedule(kept.recheck_at, Happening::Rechecked { connection: number, keeper });
        match step {
            Step::Accept(_) => {}
            Step::Reject(_) => self.tell_to_close(now, number as usize, keeper as usize, ClosedBy::Recheck, agenda),
            Step::Wait(fetch) => kept.asking = Some(fetch),
        }
    }

    /// The answer to question `fetch` is back: looks at connections that waited for it come to their end.
    pub(super) fn recheck_answered(
        &mut self,
        now: Moment,
        fetch: u32,
        answer: Answer,
        composed_at: Moment,
        agenda: &mut Agenda<Happening>,
    ) {
        let plan = self.plan;
        for number in 0..self.connections.len() {
            for keeper in 0..self.connections[number].kept.len() {
                // The answer before may have closed the connection.
                let Some(kept) = self.connections[number].kept.get(keeper).copied() else { break };
                let Some(held) = self.connections[number].held.filter(|_| kept.asking == Some(fetch)) else { continue };
                self.connections[number].kept[keeper].asking = None;
                let target = Some(plan.routes[held.route as usize].target);
                let (verifier, replica, credential) = (kept.verifier, kept.replica, held.credential);
                let stand = Stand { verifier, replica, credential, target };
                let place = &plan.verifiers[verifier as usize];
                if let Step::Reject(_) = self.take_answer(now, stand, place, answer, composed_at) {
                    self.tell_to_close(now, number, keeper, ClosedBy::Recheck, agenda);
                }
            }
        }
    }

    /// Closes every connection of the attacker at `verifier`, or at one of its replicas, because of `cause`; answers under way
    /// run on.
    pub fn close_connections(
        &mut self,
        now: Moment,
        (verifier, replica): (u16, Option<u32>),
        cause: ClosedBy,
        agenda: &mut Agenda<Happening>,
    ) {
        let kept_there = |kept: &Kept| kept.verifier == verifier && replica.is_none_or(|one| one == kept.replica);
        for number in 0..self.connections.len() {
            let keeper = self.connections[number].kept.iter().position(kept_there);
            if let Some(keeper) = keeper {
                self.tell_to_close(now, number, keeper, cause, agenda);
            }
        }
    }

    /// Ends at once every connection of the attacker that one replica of a verifier keeps: it is gone.
    pub fn drop_connections_of(&mut self, now: Moment, replica: u32, cause: ClosedBy, agenda: &mut Agenda<Happening>) {
        for number in 0..self.connections.len() {
            if self.connections[number].kept.iter().any(|kept| kept.replica == replica) {
                self.disconnect(now, number, cause, agenda);
            }
        }
    }

    /// Ends at once every connection of the attacker whose way is broken: a verifier on it is gone, or the way from one to the
    /// next.
    pub fn drop_connections_over(&mut self, now: Moment, part: Part, cause: ClosedBy, agenda: &mut Agenda<Happening>) {
        let breaks = |hops: &[u16]| match part {
            Part::Verifier(verifier) => hops.contains(&verifier.0),
            Part::Passing(outer, inner) => hops.windows(2).any(|pair| pair == [outer.0, inner.0]),
            _ => false,
        };
        for number in 0..self.connections.len() {
            let route = self.connections[number].held.map(|held| held.route);
            if route.is_some_and(|route| breaks(self.plan.hops_of(route))) {
                self.disconnect(now, number, cause, agenda);
            }
        }
    }

    fn tell_to_close(
        &mut self,
        now: Moment,
        number: usize,
        keeper: usize,
        cause: ClosedBy,
        agenda: &mut Agenda<Happening>,
    ) {
        let plan = self.plan;
        let connection = &mut self.connections[number];
        if connection.held.is_none() || connection.closing.is_some() {
            return;
        }
        let Some(settings) = plan.keeping(connection.kept[keeper].verifier) else { return };
        let runs_on = settings.answer.sample(connection.answers.at(&self.trial)).span();
        if runs_on == Some(Span::ZERO) {
            return self.disconnect(now, number, cause, agenda);
        }
        let done = runs_on.map_or(Moment::NEVER, |runs_on| now + runs_on);
        // Its greatest age ends it in any case, and that is then what ended it.
        if done < connection.ends_at {
            connection.closing = Some(cause);
            connection.ends_at = done;
            agenda.schedule(done, Happening::ConnectionEnds(number as u16));
        }
    }

    /// Another credential takes the place of one that is over: a connection that was opened with it is known by it alone.
    pub fn forget_opener(&mut self, credential: u16) {
        let held = self.connections.iter_mut().filter_map(|connection| connection.held.as_mut());
        held.filter(|held| held.credential == credential).for_each(|held| held.forgotten = true);
    }

    /// A connection is over; the attacker presents its credential anew.
    fn disconnect(&mut self, now: Moment, number: usize, cause: ClosedBy, agenda: &mut Agenda<Happening>) {
        let Some(held) = self.connections[number].held.take() else { return };
        self.connections[number].kept.clear();
        let target = self.plan.routes[held.route as usize].target;
        self.note_stream(now, target);
        // Behind whatever else happens at this instant, as a request is.
        agenda.schedule(now, Happening::Reconnects { source: held.source, route: held.route });
        self.look_at_one(now, target, cause);
    }

    /// The attacker opens a connection anew.
    pub fn reconnect(&mut self, now: Moment, source: u16, route: u16, agenda: &mut Agenda<Happening>) {
        let state = &self.sources[source as usize];
        if state.stopped {
            return;
        }
        if let Some(until) = state.pause_at(now) {
            agenda.schedule(until, Happening::Reconnects { source, route });
            return;
        }
        let number = state.presented;
        let Some(credential) = self.credential_for(now, source, route) else { return };
        let request = Presentation {
            source,
            worker: RECONNECTS,
            route,
            credential,
            at: now,
            latency: None,
            number,
            response: None,
            errand: Errand::Use,
        };
        self.send(now, &request, agenda);
    }

    /// Use of a target went on up to `now`.
    fn note_stream(&mut self, now: Moment, target: u16) {
        if now > self.tally.revoked_at {
            let seen = &mut self.tally.uses[target as usize];
            seen.used = true;
            seen.last_accepted = seen.last_accepted.max(Some(now));
        }
    }

    /// At the end of a trial: connections that are still open were used to the end.
    pub fn note_open_connections(&mut self, end: Moment) {
        for number in 0..self.connections.len() {
            if self.connections[number].held.is_some() {
                self.note_stream(end, self.plan.held[number]);
            }
        }
    }
}
