//! The revocation: what an issuer records, and the news of it as it arrives at verifiers.

use crate::engine::agenda::Agenda;
use crate::model::channel::contract::{Arrival, Brings, Delivery, Revocation};
use crate::model::defender::{Revoking, Trigger};
use crate::model::event::Happening;
use crate::model::id::{CredentialId, IssuerId};
use crate::model::ledger::{ClosedBy, Outcome};
use crate::model::play::compiled::plan::PlanListener;
use crate::model::play::state::deeds::{By, Denial, Recorded};
use crate::model::play::state::stand::Stand;
use crate::model::play::state::under_way::Sent;
use crate::model::play::state::world::World;
use crate::model::system::Start;
use crate::model::verifier::Action;
use crate::random::law::Delay;
use crate::random::purpose::Purpose;
use crate::random::stream::Trial;
use crate::units::time::Moment;

/// News that sets out.
#[derive(Clone, Copy, Debug)]
pub struct Spreading {
    /// When.
    pub now: Moment,
    /// The channel that carries it.
    pub channel: u16,
    /// The recorded revocation of which it speaks.
    pub recorded: u16,
    /// The step that sends it, which has luck of its own.
    pub nth: u16,
}

impl World<'_> {
    /// A revocation is recorded, and news of it sets out.
    pub(super) fn revoke(&mut self, now: Moment, step: u16, revoking: &Revoking, agenda: &mut Agenda<Happening>) {
        let reached = self.plan.system.reached_by(revoking);
        let forgotten = revoking.retention.map_or(Moment::NEVER, |retention| now + retention);
        if !forgotten.is_never() {
            agenda.schedule(forgotten, Happening::CutOffEnds);
        }
        let (first, slots) = self.begin_revocation(now, &reached, forgotten);
        self.spread_revocation(now, (By::Step(step), revoking.trigger), &slots, agenda);
        self.end_revocation(now, first);
    }

    /// An issuer revokes by itself what was used twice.
    pub fn issuer_revokes(&mut self, now: Moment, reached: &[CredentialId], agenda: &mut Agenda<Happening>) {
        if self.tally.outcome == Outcome::ExpiredBeforeRevocation {
            return;
        }
        // The trial is about the attacker's lineage: what nobody stole neither begins its horizon nor ends it.
        let touches = reached.iter().any(|c| self.plan.slots.lineage.contains(&c.0));
        if touches && self.tally.revoked_at.is_never() {
            self.end = now + self.plan.system.horizon;
            self.move_faults(now, agenda);
        }
        let (first, slots) = self.begin_revocation(now, reached, Moment::NEVER);
        self.spread_revocation(now, (By::Issuer, Trigger::Revoke), &slots, agenda);
        self.end_revocation(now, first);
    }

    fn spread_revocation(&mut self, now: Moment, by: (By, Trigger), slots: &[u16], agenda: &mut Agenda<Happening>) {
        for issuer in self.issuers_of(slots) {
            self.take_effect(now, by, issuer, slots, agenda);
        }
    }

    /// Every instance of these credentials that was issued until now is about to be revoked, until it is `forgotten`;
    /// says whether this is the first revocation in the attacker's lineage, and names the slots.
    pub(super) fn begin_revocation(
        &mut self,
        now: Moment,
        reached: &[CredentialId],
        forgotten: Moment,
    ) -> (bool, Vec<u16>) {
        let touches = reached.iter().any(|c| self.plan.slots.lineage.contains(&c.0));
        // After the last has expired there is nothing left to race for.
        let first = touches && self.tally.outcome == Outcome::NeverRevoked;
        if first {
            self.prepare_revocation(now);
        }
        let slots = self.issued_of(reached);
        for slot in slots.iter().map(|slot| *slot as usize) {
            // A cut-off that was forgotten is as if it had never been.
            if self.lineage.forgotten[slot] <= now {
                self.forget_revocation(slot as u16);
                self.lineage.forgotten[slot] = Moment::NEVER;
            }
            // A cut-off takes nothing away from a revocation that is for good.
            let for_good = self.revoked[slot] <= now && now < self.lineage.forgotten[slot];
            let kept = if for_good { self.lineage.forgotten[slot] } else { forgotten };
            self.lineage.forgotten[slot] = kept.max(forgotten);
            self.revoked[slot] = self.revoked[slot].min(now);
        }
        (first, slots)
    }

    /// A revocation is recorded.
    pub(super) fn end_revocation(&mut self, now: Moment, first: bool) {
        if first {
            self.tally.revoked_at = now;
            self.tally.invalidated_at = now;
            self.tally.outcome = Outcome::Revoked;
            self.start_watching(now);
        } else {
            self.look_at_every_door(now, ClosedBy::Revocation);
        }
    }

    /// The instances of some credentials that are there: what the scenario names, and what was minted or refreshed.
    fn issued_of(&self, reached: &[CredentialId]) -> Vec<u16> {
        let plan = self.plan;
        let mut found: Vec<u16> = reached.iter().map(|id| id.0).collect();
        for (number, ring) in plan.slots.rings.iter().enumerate() {
            if reached.contains(&CredentialId(ring.credential)) {
                found.extend(self.lineage.held(number, ring));
            }
        }
        for (client, own) in plan.slots.refreshed.iter().enumerate() {
            let refreshed = self.lineage.clients[client].refreshed;
            let own = own.iter().filter(|(origin, _)| refreshed && reached.contains(&CredentialId(*origin)));
            found.extend(own.map(|(_, slot)| *slot));
        }
        found
    }

    /// What the start of the scenario asks for at the instant before the first revocation.
    fn prepare_revocation(&mut self, now: Moment) {
        match self.plan.system.start {
            Start::Saturated => {
                self.saturate_at(now);
                self.saturate_responses(now);
            }
            Start::Preprobed => self.probe_every_target(now),
            Start::Stationary | Start::FirstUse => {}
        }
    }

    /// Asks "still works?" once at every target, at the instant before a revocation: whatever way the question
    /// goes, its answer is in the caches by then.
    fn probe_every_target(&mut self, now: Moment) {
        let plan = self.plan;
        for ways in &plan.ways_to {
            let Some((route, credential)) = ways.first().copied() else { continue };
            let target = plan.routes[route as usize].target;
            let mut on = None;
            for verifier in plan.hops_of(route) {
                let replica = self.replica_for(*verifier, &plan.verifiers[*verifier as usize], 0);
                if let Some(number) = plan.verifiers[*verifier as usize].responses {
                    let entry = plan.responses[number as usize].cell(replica, target, credential, 0);
                    if entry.is_some_and(|cell| now < self.responses[cell].fresh_until) {
                        // Answered there: the question goes no further.
                        on = None;
                        break;
                    }
                    on = entry.map(|cell| (number, cell));
                }
                self.probe(now, Stand { verifier: *verifier, replica, credential, target: Some(target) });
            }
            if let Some((number, cell)) = on.filter(|_| now < self.expires[credential as usize]) {
                self.keep_response(now, number, cell, target);
            }
        }
    }

    /// The issuers of some credentials, each once; none stands for a credential that no issuer knows.
    fn issuers_of(&self, credentials: &[u16]) -> Vec<Option<IssuerId>> {
        let mut issuers: Vec<_> =
            credentials.iter().map(|c| self.plan.system.credentials[self.plan.original(*c)].issuer).collect();
        issuers.sort_unstable();
        issuers.dedup();
        issuers
    }

    /// One issuer makes its credentials invalid, unless it only says so, and its channels carry the news.
    fn take_effect(
        &mut self,
        now: Moment,
        (by, trigger): (By, Trigger),
        issuer: Option<IssuerId>,
        credentials: &[u16],
        agenda: &mut Agenda<Happening>,
    ) {
        let number = self.luck_of(by);
        let changed = self.changed_by(number, issuer, credentials);
        if changed.is_empty() {
            return;
        }
        for credential in &changed {
            self.tell_read_replicas(now, *credential);
        }
        let recorded = u16::try_from(self.recorded.len()).expect("at most 15 steps and 65,535 issuers in all");
        self.recorded.push(Recorded { by, at: now, credentials: changed, undone: false });
        self.plan_undoing(now, recorded, agenda);
        for channel in 0..self.plan.system.channels.len() {
            let named = &self.plan.system.channels[channel];
            let moved = named.carries.contains(&trigger) && named.channel.starts_by_itself();
            if moved && named.speaks_of(issuer) {
                self.set_out(Spreading { now, channel: channel as u16, recorded, nth: number }, agenda);
            }
        }
    }

    /// The number under which a revocation has its luck: that of its step; past the last step for what issuers do.
    fn luck_of(&self, by: By) -> u16 {
        match by {
            By::Step(step) => step,
            By::Issuer => self.plan.system.defender.playbook.len() as u16,
        }
    }

    /// Those of some credentials that a revocation at `issuer` really changes.
    fn changed_by(&self, step: u16, issuer: Option<IssuerId>, credentials: &[u16]) -> Vec<u16> {
        let settings = issuer.map(|issuer| &self.plan.system.issuers[issuer.index()]);
        let only_recorded = settings.zip(issuer).is_some_and(|(settings, issuer)| {
            let entity = u32::from(issuer.0) << 16 | u32::from(step);
            self.trial.open(Purpose::Ineffective, entity).happens(settings.ineffective)
        });
        let of = |c: &u16| &self.plan.system.credentials[self.plan.original(*c)];
        let changes = |c: &u16| of(c).issuer == issuer && !settings.is_some_and(|s| s.ignores.contains(&of(c).kind));
        if only_recorded { Vec::new() } else { credentials.iter().copied().filter(changes).collect() }
    }

    /// Read replicas of the issuer learn of a revocation, each after its lag.
    pub(super) fn tell_read_replicas(&mut self, now: Moment, credential: u16) {
        let Some(issuer) = self.plan.system.credentials[self.plan.original(credential)].issuer else { return };
        let settings = &self.plan.system.issuers[issuer.index()];
        let width = self.read_replica_width();
        // Without read replicas the primary store answers, and knows at once.
        let mut last = now;
        for replica in 0..usize::from(settings.read_replicas.max(1)) {
            let entity = u32::from(issuer.0) << 16 | replica as u32;
            let lag = settings.read_lag.sample(&mut self.trial.open(Purpose::ReadLag, entity));
            let knows = if let Delay::After(lag) = lag { now + lag } else { Moment::NEVER };
            let known = &mut self.known_at[credential as usize * width + replica];
            *known = (*known).min(knows);
            last = last.max(*known);
        }
        self.known_everywhere[credential as usize] = last;
    }

    /// News sets out on a channel.
    pub(super) fn set_out(&mut self, spreading: Spreading, agenda: &mut Agenda<Happening>) {
        let Spreading { now, channel, recorded, nth } = spreading;
        let plan = self.plan;
        let named = &plan.system.channels[channel as usize];
        let listeners = &plan.channels[channel as usize].listeners;
        let state = &self.channels[channel as usize];
        let mut issuer_outages = state.unfed.clone();
        issuer_outages.add(named.from.map(|issuer| &self.issuers[issuer.index()].outages));
        let revocation = Revocation {
            at: now,
            first: self.recorded.first().map_or(now, |recorded| recorded.at),
            until: self.end,
            listeners: listeners.len() as u32,
            outages: &state.outages,
            issuer_outages: &issuer_outages,
            restarts: &state.restarts,
            channel,
            nth: nth as u8,
            trial: &self.trial,
        };
        let mut found: Vec<Delivery> = Vec::new();
        let cut = &self.plan.channels[channel as usize].cut;
        let is_cut = |to: u32| cut.contains(&listeners[to as usize].verifier);
        named.channel.spread(&revocation, &mut |delivery| {
            if cut.is_empty() || !is_cut(delivery.to) {
                found.push(delivery);
            }
        });
        // For whom the way to the channel is cut, it is down meanwhile; what it draws for each listener stays the same.
        for verifier in cut {
            let mut outages = self.cut_from(*verifier, channel);
            outages.add(Some(&state.outages));
            named.channel.spread(&Revocation { outages: &outages, ..revocation }, &mut |delivery| {
                if listeners[delivery.to as usize].verifier == *verifier {
                    found.push(delivery);
                }
            });
        }
        for delivery in found {
            let number = self.deliveries.len() as u32;
            let replica = hearing_replica(listeners[delivery.to as usize], number, &self.trial);
            agenda.schedule(delivery.at, Happening::Delivered(number));
            self.deliveries.push(Sent {
                channel,
                recorded,
                listener: delivery.to,
                replica,
                at: delivery.at,
                what: delivery.what,
            });
        }
        self.write_list(spreading, agenda);
    }

    /// Writes the revocation into a looked-up list.
    fn write_list(&mut self, spreading: Spreading, agenda: &mut Agenda<Happening>) {
        let Spreading { now, channel, recorded, nth } = spreading;
        let Some(list) = &self.plan.channels[channel as usize].looked_up else { return };
        // Neither a channel that is down or cut off nor an issuer that is down writes anything.
        let from = self.plan.system.channels[channel as usize].from;
        let state = &self.channels[channel as usize];
        let silent = from.is_some_and(|issuer| self.issuers[issuer.index()].down > 0);
        if state.down > 0 || state.unfed.down_at(now) || silent {
            return;
        }
        let entity = u32::from(channel) << 16 | u32::from(nth);
        let Delay::After(delay) = list.written_after.sample(&mut self.trial.open(Purpose::ListDelay, entity)) else {
            return;
        };
        let from = now + delay;
        let until = list.kept_for.map_or(Moment::NEVER, |kept| from + kept);
        for credential in &self.recorded[recorded as usize].credentials {
            let entry = &mut self.listed[channel as usize * self.plan.credentials + *credential as usize];
            // A second revocation takes nothing away from what the first has written.
            let runs_on = !entry.0.is_never() && entry.1 >= from;
            *entry = if runs_on { (entry.0.min(from), entry.1.max(until)) } else { (from, until) };
        }
        agenda.schedule(from, Happening::Turns(channel));
        agenda.schedule(until, Happening::Turns(channel));
    }

    /// Something in a looked-up list begins or ends.
    pub fn list_turns(&mut self, now: Moment, channel: u16) {
        let plan = self.plan;
        for verifier in &plan.channels[channel as usize].readers {
            self.look_behind(now, *verifier, ClosedBy::List);
        }
    }

    /// Something arrives at a listener.
    pub fn delivered(&mut self, now: Moment, number: u32, agenda: &mut Agenda<Happening>) {
        let sent = self.deliveries[number as usize];
        let listener = self.plan.channels[sent.channel as usize].listeners[sent.listener as usize];
        let replica = sent.replica;
        let before = self.reach_of_one(now, listener, replica);
        match sent.what {
            Arrival::Blocked => self.replicas[replica as usize].blocked += 1,
            Arrival::Unblocked => {
                let blocked = &mut self.replicas[replica as usize].blocked;
                *blocked = blocked.saturating_sub(1);
            }
            Arrival::News | Arrival::Forgotten => {
                for index in 0..self.recorded[sent.recorded as usize].credentials.len() {
                    let credential = self.recorded[sent.recorded as usize].credentials[index];
                    // The place may hold something else by now, which the news does not speak of.
                    if self.lineage.issued[credential as usize] > self.recorded[sent.recorded as usize].at {
                        continue;
                    }
                    let stand = Stand { verifier: listener.verifier, replica, credential, target: None };
                    self.hear(now, stand, listener.action, sent, agenda);
                }
            }
        }
        let channel = &self.plan.system.channels[sent.channel as usize].channel;
        if sent.what == Arrival::News && channel.brings() == Brings::Values && !channel.starts_by_itself() {
            // A replica that is rolled out anew keeps no connection.
            self.drop_connections_of(now, replica, ClosedBy::Channel(sent.channel), agenda);
        }
        let reach = before.and_then(|before| Some(before.max(self.reach_of_one(now, listener, replica)?)));
        if reach.is_none_or(|reach| self.may_decide(now, listener.verifier, reach)) {
            self.look_behind(now, listener.verifier, ClosedBy::Channel(sent.channel));
        }
    }

    /// A listener loses what one channel told it; what others told it stays.
    fn forget_denial(&mut self, stand: Stand, channel: u16) {
        self.denials.retain(|denial| denial.stand != stand || denial.channel != channel);
        let others = self.denials.iter().filter(|denial| denial.stand == stand).map(|denial| denial.until);
        let until = others.max().unwrap_or(Moment::LONG_AGO);
        self.denied_until[stand.replica as usize * self.plan.credentials + stand.credential as usize] = until;
    }

    fn hear(&mut self, now: Moment, stand: Stand, action: Action, sent: Sent, agenda: &mut Agenda<Happening>) {
        let plan = self.plan;
        let place = &plan.verifiers[stand.verifier as usize];
        let denial = stand.replica as usize * plan.credentials + stand.credential as usize;
        let channel = ClosedBy::Channel(sent.channel);
        match (sent.what, action) {
            (Arrival::Forgotten, _) => self.forget_denial(stand, sent.channel),
            (_, Action::Deny(lasts)) => {
                let until = lasts.map_or(Moment::NEVER, |lasts| now + lasts);
                self.denied_until[denial] = self.denied_until[denial].max(until);
                self.denials.push(Denial { stand, channel: sent.channel, until });
                agenda.schedule(until, Happening::DenialEnds(stand.verifier));
            }
            (_, Action::Close) => {
                self.close_connections(now, (stand.verifier, Some(stand.replica)), channel, agenda);
            }
            (_, Action::Replace) => match plan.system.channels[sent.channel as usize].channel.brings() {
                Brings::Keys { .. } => self.hear_new_key(stand.replica, stand.credential, sent.channel),
                Brings::Values | Brings::News => self.take_new_value(now, stand.replica, stand.credential),
            },
            (_, Action::Evict | Action::Refetch) => {
                for tier in plan.tiers_of(place) {
                    let cell = self.plan.cell_of(tier, place.first_replica, stand.replica, stand.credential);
                    self.cells[cell].evict();
                    // The verifier itself is looked at once all has been heard.
                    if plan.readers[tier.cache as usize] != [stand.verifier] {
                        self.look_behind_cache(now, tier.cache, channel);
                    }
                }
                if action == Action::Refetch {
                    self.fetch_anew(now, stand, agenda);
                }
            }
        }
    }
}

/// The replica that hears a delivery: the listener itself, or the one that the load balancer picks this time.
fn hearing_replica(listener: PlanListener, delivery: u32, trial: &Trial) -> u32 {
    if listener.among == 1 {
        return listener.replica;
    }
    listener.replica + trial.open(Purpose::ListeningReplica, delivery).index(listener.among as usize) as u32
}
