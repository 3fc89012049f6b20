//! The revocation: what an issuer records, and the news of it as it arrives at verifiers.

use super::plan::PlanListener;
use super::stand::Stand;
use super::world::{Errand, Presentation, Recorded, Sent, World};
use crate::engine::agenda::Agenda;
use crate::model::channel::contract::{Arrival, Outages, Revocation};
use crate::model::defender::Step;
use crate::model::event::Happening;
use crate::model::ledger::{ClosedBy, Outcome};
use crate::model::system::Start;
use crate::model::verifier::Action;
use crate::random::law::Delay;
use crate::random::purpose::Purpose;
use crate::units::time::Moment;

impl World<'_> {
    /// An attempt of the playbook is carried out: a revocation is recorded, and news of it sets out.
    pub fn attempt(&mut self, now: Moment, number: u16, agenda: &mut Agenda<Happening>) {
        if self.tally.outcome == Outcome::ExpiredBeforeRevocation {
            return;
        }
        let attempt = self.attempts[number as usize];
        let step = &self.plan.system.defender.playbook[attempt.step as usize];
        let credentials = self.plan.reached(step);
        let first = credentials.iter().any(|c| self.plan.compromised.contains(c)) && self.tally.revoked_at.is_never();
        if first {
            self.prepare_revocation(now, agenda);
        }
        for credential in &credentials {
            let known = &mut self.revoked[*credential as usize];
            *known = (*known).min(now);
        }
        if attempt.effective {
            self.take_effect(now, number, step, credentials, agenda);
        }
        if first {
            self.tally.revoked_at = now;
            self.tally.invalidated_at = now;
            self.tally.outcome = Outcome::Revoked;
            self.start_watching(now);
        } else {
            self.look_at_every_door(now, ClosedBy::Revocation);
        }
    }

    /// What the start of the scenario asks for at the instant before the first revocation.
    fn prepare_revocation(&mut self, now: Moment, agenda: &mut Agenda<Happening>) {
        match self.plan.system.start {
            Start::Saturated => self.saturate_at(now),
            Start::Preprobed => self.probe_every_target(now, agenda),
            Start::Stationary | Start::FirstUse => {}
        }
    }

    /// Asks "still works?" once at every target, at the instant before a revocation.
    fn probe_every_target(&mut self, now: Moment, agenda: &mut Agenda<Happening>) {
        for target in 0..self.plan.ways_to.len() {
            let Some((route, credential)) = self.plan.ways_to[target].first().copied() else { continue };
            let errand = Errand::Probe;
            let probe =
                Presentation { source: 0, worker: 0, route, credential, at: now, latency: None, number: 0, errand };
            // A probe is the defender's: it fills caches and is otherwise not counted.
            self.pass(now, &probe, 0, agenda);
        }
    }

    fn take_effect(
        &mut self,
        now: Moment,
        number: u16,
        step: &Step,
        credentials: Vec<u16>,
        agenda: &mut Agenda<Happening>,
    ) {
        for credential in &credentials {
            self.tell_read_replicas(now, *credential);
        }
        let nth = u8::try_from(self.recorded.len()).unwrap_or(u8::MAX);
        self.recorded.push(Recorded { credentials });
        let issuer = self.plan.system.credentials[step.credential.index()].issuer;
        for channel in 0..self.plan.system.channels.len() {
            let named = &self.plan.system.channels[channel];
            let from_here = named.from.is_none() || named.from == issuer;
            if from_here && named.carries.contains(&step.trigger) {
                self.set_out(now, channel as u16, nth, number, agenda);
            }
        }
    }

    /// Read replicas of the issuer learn of a revocation, each after its lag.
    fn tell_read_replicas(&mut self, now: Moment, credential: u16) {
        let Some(issuer) = self.plan.system.credentials[credential as usize].issuer else { return };
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
    fn set_out(&mut self, now: Moment, channel: u16, nth: u8, attempt: u16, agenda: &mut Agenda<Happening>) {
        let plan = self.plan;
        let named = &plan.system.channels[channel as usize];
        let listeners = &plan.channels[channel as usize].listeners;
        let nobody = Outages::default();
        let issuer_outages = named.from.map_or(&nobody, |issuer| &self.issuers[issuer.index()].outages);
        let revocation = Revocation {
            at: now,
            until: self.end,
            listeners: listeners.len() as u32,
            outages: &self.channels[channel as usize].outages,
            issuer_outages,
            channel,
            nth,
            trial: &self.trial,
        };
        let deliveries = &mut self.deliveries;
        named.channel.spread(&revocation, &mut |delivery| {
            agenda.schedule(delivery.at, Happening::Delivered(deliveries.len() as u32));
            deliveries.push(Sent { channel, recorded: nth, listener: delivery.to, what: delivery.what });
        });
        self.write_list(now, channel, nth, attempt, agenda);
    }

    /// Writes the revocation into a looked-up list.
    fn write_list(&mut self, now: Moment, channel: u16, nth: u8, attempt: u16, agenda: &mut Agenda<Happening>) {
        let Some(list) = &self.plan.channels[channel as usize].looked_up else { return };
        if self.channels[channel as usize].down > 0 {
            return;
        }
        let entity = u32::from(channel) << 16 | u32::from(attempt);
        let Delay::After(delay) =
            list.written_after.sample(&mut self.trial.open(Purpose::MessageDelay, entity | 0xFFFF))
        else {
            return;
        };
        let from = now + delay;
        let until = list.kept_for.map_or(Moment::NEVER, |kept| from + kept);
        for credential in &self.recorded[nth as usize].credentials {
            self.listed[channel as usize * self.plan.credentials + *credential as usize] = (from, until);
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
        let replica = self.listening_replica(listener);
        match sent.what {
            Arrival::Blocked => self.replicas[replica as usize].blocked += 1,
            Arrival::Unblocked => {
                let blocked = &mut self.replicas[replica as usize].blocked;
                *blocked = blocked.saturating_sub(1);
            }
            Arrival::News | Arrival::Forgotten => {
                for index in 0..self.recorded[sent.recorded as usize].credentials.len() {
                    let credential = self.recorded[sent.recorded as usize].credentials[index];
                    let stand = Stand { verifier: listener.verifier, replica, credential };
                    self.hear(now, stand, listener.action, sent, agenda);
                }
            }
        }
        self.look_behind(now, listener.verifier, ClosedBy::Channel(sent.channel));
    }

    /// The replica that hears, where the load balancer picks one.
    fn listening_replica(&self, listener: PlanListener) -> u32 {
        if listener.among == 1 {
            return listener.replica;
        }
        let mut chance = self.trial.open(Purpose::ListeningReplica, u32::from(listener.verifier));
        listener.replica + chance.index(listener.among as usize) as u32
    }

    fn hear(&mut self, now: Moment, stand: Stand, action: Action, sent: Sent, agenda: &mut Agenda<Happening>) {
        let plan = self.plan;
        let place = &plan.verifiers[stand.verifier as usize];
        let denial = stand.replica as usize * plan.credentials + stand.credential as usize;
        let channel = ClosedBy::Channel(sent.channel);
        match (sent.what, action) {
            (Arrival::Forgotten, _) => self.denied_until[denial] = Moment::from_nanos(i64::MIN),
            (_, Action::Deny(lasts)) => {
                let until = lasts.map_or(Moment::NEVER, |lasts| now + lasts);
                self.denied_until[denial] = self.denied_until[denial].max(until);
                agenda.schedule(until, Happening::DenialEnds(stand.verifier));
            }
            (_, Action::Evict | Action::Refetch) => {
                for tier in plan.tiers_of(place) {
                    let cell = self.plan.cell_of(tier, place.first_replica, stand.replica, stand.credential);
                    self.cells[cell].evict();
                    self.look_behind_cache(now, tier.cache, channel);
                }
                if action == Action::Refetch {
                    self.fetch_anew(now, stand, agenda);
                }
            }
        }
    }
}
