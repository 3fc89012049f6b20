//! Replacing secrets: when each copy is replaced, what verifiers take meanwhile, and when the old value is withdrawn.
//!
//! With `revoke_first` the old value is worth nothing once a holder has the new one, and at an issuer at once. With
//! `rotate_first` verifiers are given the new value beside the old one, then the other copies are replaced, and the old
//! value is withdrawn when all known copies have been. A secret that no issuer knows is revoked when its replacement is
//! ordered (`model.md`, moments): whatever still takes it then is exposure.

use super::news::Spreading;
use crate::engine::agenda::Agenda;
use crate::model::channel::contract::{Brings, UnknownKey};
use crate::model::copy::{HeldCopy, Replaced};
use crate::model::credential::CredentialKind;
use crate::model::defender::{ReplaceOrder, Replacing};
use crate::model::event::Happening;
use crate::model::id::ChannelId;
use crate::model::ledger::ClosedBy;
use crate::model::play::state::deeds::Part;
use crate::model::play::state::deeds::{Attempt, By, Recorded};
use crate::model::play::state::lookout::Job;
use crate::model::play::state::world::World;
use crate::random::purpose::Purpose;
use crate::units::time::Moment;

impl World<'_> {
    /// Draws what follows from a replacement that is ordered at `order`, as far as no channel brings it: when copies are
    /// replaced, and when the old value is withdrawn.
    pub(super) fn draw_replacement(&mut self, order: Moment, replacing: &Replacing) -> Moment {
        let plan = self.plan;
        let of = |copy: &HeldCopy| copy.credential == replacing.revoking.credential;
        let copies = &plan.system.copies;
        let longest = replacing.longest.map_or(Moment::NEVER, |longest| order + longest);
        if replacing.order == ReplaceOrder::RevokeFirst {
            self.replace_copies(order, replacing.workers, of);
            self.note_switches();
            return order;
        }
        let first = |copy: &HeldCopy| of(copy) && is_held_by_verifiers(copy);
        let given = self.replace_copies(order, replacing.workers, first).min(longest);
        let rest = |copy: &HeldCopy| of(copy) && !is_held_by_verifiers(copy);
        let done = if copies.iter().any(rest) { self.replace_copies(given, replacing.workers, rest) } else { given };
        self.note_switches();
        done.min(longest)
    }

    /// Draws when some copies are replaced that people begin with at `from`, and when the last known one is.
    fn replace_copies(&mut self, from: Moment, workers: Option<u16>, of: impl Fn(&HeldCopy) -> bool) -> Moment {
        let plan = self.plan;
        self.jobs.clear();
        let mut last = from;
        for (number, copy) in plan.system.copies.iter().enumerate().filter(|(_, copy)| of(copy)) {
            let Replaced::After(takes) = &copy.replaced else {
                // The channel has said by now when it brings the new value.
                last = last.max(self.replaced_at[number]);
                continue;
            };
            let mut luck = self.trial.open(Purpose::CopyMissed, number as u32);
            let known = luck.happens(copy.known);
            let answers = !self.trial.open(Purpose::CopyOwner, u32::from(copy.owner)).happens(copy.never);
            let takes = takes.sample(&mut self.trial.open(Purpose::CopyReplaced, number as u32)).span();
            let turns_up = if known {
                from
            } else {
                let after = copy.turns_up_after.sample(&mut luck).span();
                after.map_or(Moment::NEVER, |after| if from.is_never() { Moment::NEVER } else { from + after })
            };
            self.replaced_at[number] = Moment::NEVER;
            match takes.filter(|_| answers && !turns_up.is_never()) {
                Some(takes) => self.jobs.push(Job { copy: number as u16, known, from: turns_up, takes }),
                // Nobody waits for a copy that nobody knows of; one whose owner is silent is waited for.
                None if known => last = Moment::NEVER,
                None => {}
            }
        }
        self.jobs.sort_by_key(|job| job.from);
        self.free_at.clear();
        for index in 0..self.jobs.len() {
            let job = self.jobs[index];
            let begins = self.next_worker(job.from, workers);
            let done = begins + job.takes;
            self.replaced_at[job.copy as usize] = done;
            if workers.is_some() {
                self.free_at.push(done);
            }
            if job.known {
                last = last.max(done);
            }
        }
        last
    }

    /// When somebody begins with a copy that waits from `from` on: at once, unless all of some workers are busy.
    fn next_worker(&mut self, from: Moment, workers: Option<u16>) -> Moment {
        if workers.is_none_or(|workers| self.free_at.len() < usize::from(workers)) {
            return from;
        }
        let soonest = self.free_at.iter().enumerate().min_by_key(|(_, at)| **at).map(|(place, _)| place);
        soonest.map_or(from, |place| self.free_at.swap_remove(place).max(from))
    }

    /// When each lawful client that presents a copy has the new value of it: when the last of its copies is replaced.
    fn note_switches(&mut self) {
        let plan = self.plan;
        let used = || {
            let copies = plan.system.copies.iter().zip(0..);
            copies.filter_map(|(copy, number): (_, usize)| {
                let row = usize::from(copy.used_by?) * plan.originals;
                Some((row + copy.credential.index(), number))
            })
        };
        used().for_each(|(at, _)| self.switched[at] = None);
        for (at, number) in used() {
            self.switched[at] = self.switched[at].max(Some(self.replaced_at[number]));
        }
    }

    /// A replacement is ordered.
    pub(super) fn order_replacement(
        &mut self,
        now: Moment,
        step: u16,
        replacing: &Replacing,
        agenda: &mut Agenda<Happening>,
    ) {
        self.tally.rotation_ordered_at = self.tally.rotation_ordered_at.min(now);
        let credential = replacing.revoking.credential.0;
        let known_to_issuer = self.plan.system.credentials[credential as usize].issuer.is_some();
        if known_to_issuer {
            if replacing.order == ReplaceOrder::RevokeFirst {
                self.revoke(now, step, &replacing.revoking, agenda);
            }
            return;
        }
        self.only_old_value(credential);
        self.keeps_old[credential as usize] = replacing.order == ReplaceOrder::RotateFirst;
        let sent = self.deliveries.len();
        self.revoke(now, step, &replacing.revoking, agenda);
        for (number, copy) in self.plan.system.copies.iter().enumerate() {
            if copy.credential.0 == credential
                && let Replaced::By(channel) = copy.replaced
            {
                self.replaced_at[number] = self.brought_everywhere(channel, sent);
            }
        }
        let withdrawn = self.draw_replacement(now, replacing);
        for (number, copy) in self.plan.system.copies.iter().enumerate() {
            if copy.credential.0 == credential && copy.at.is_some() {
                agenda.schedule(self.replaced_at[number], Happening::Replaced(number as u16));
            }
        }
        if replacing.order == ReplaceOrder::RotateFirst && !withdrawn.is_never() {
            let number = self.attempts.len() as u16;
            self.attempts.push(Attempt { step, at: withdrawn, part: Part::Withdrawal });
            agenda.schedule(withdrawn, Happening::Attempt(number));
        }
    }

    /// When the last listener of a channel has what it was sent since `first`; never if one does not get it.
    fn brought_everywhere(&self, channel: ChannelId, first: usize) -> Moment {
        let listeners = self.plan.channels[channel.index()].listeners.len() as u32;
        let arrivals = |listener: u32| {
            let sent = self.deliveries[first..].iter();
            sent.filter(move |sent| sent.channel == channel.0 && sent.listener == listener).map(|sent| sent.at).min()
        };
        (0..listeners).map(|listener| arrivals(listener).unwrap_or(Moment::NEVER)).max().unwrap_or(Moment::NEVER)
    }

    /// No verifier that compares a credential with a value of its own knows the new value yet.
    fn only_old_value(&mut self, credential: u16) {
        let plan = self.plan;
        let new = plan.replacement(credential) as usize;
        for place in plan.verifiers.iter().filter(|place| place.compares && place.takes[credential as usize]) {
            for replica in place.first_replica..place.first_replica + place.replicas {
                self.lacks[replica as usize * plan.credentials + new] = true;
            }
        }
    }

    /// A copy is replaced at the verifier that compares with it.
    pub fn copy_replaced(&mut self, now: Moment, copy: u16) {
        let copy = &self.plan.system.copies[copy as usize];
        let Some(verifier) = copy.at else { return };
        let place = &self.plan.verifiers[verifier.index()];
        for replica in place.first_replica..place.first_replica + place.replicas {
            self.take_new_value(now, replica, copy.credential.0);
        }
        self.look_behind(now, verifier.0, ClosedBy::Replacement);
    }

    /// A replica takes the new value, and drops the old one unless it is kept until all have been replaced.
    /// Only a secret of the scenario that no issuer knows is compared, and nothing that was minted.
    pub(super) fn take_new_value(&mut self, now: Moment, replica: u32, credential: u16) {
        let settings = self.plan.system.credentials.get(credential as usize);
        if settings.is_none_or(|settings| settings.issuer.is_some()) {
            return;
        }
        let row = replica as usize * self.plan.credentials;
        if let Some(taken) = self.taken_at.get_mut(replica as usize * self.plan.originals + credential as usize) {
            *taken = (*taken).min(now);
        }
        self.lacks[row + self.plan.replacement(credential) as usize] = false;
        if !self.keeps_old[credential as usize] {
            self.lacks[row + credential as usize] = true;
        }
    }

    /// Everything that is known has been replaced: the old value is made invalid.
    pub(super) fn withdraw(&mut self, now: Moment, step: u16, replacing: &Replacing, agenda: &mut Agenda<Happening>) {
        let credential = replacing.revoking.credential.0;
        if self.plan.system.credentials[credential as usize].issuer.is_some() {
            self.revoke(now, step, &replacing.revoking, agenda);
            return;
        }
        let plan = self.plan;
        self.keeps_old[credential as usize] = false;
        let (old, new) = (credential as usize, plan.replacement(credential) as usize);
        for place in plan.verifiers.iter().filter(|place| place.compares && place.takes[old]) {
            for replica in place.first_replica..place.first_replica + place.replicas {
                let row = replica as usize * plan.credentials;
                // One that was not given the new value goes on with the old one.
                if !self.lacks[row + new] {
                    self.lacks[row + old] = true;
                }
            }
        }
        self.look_at_every_door(now, ClosedBy::Replacement);
    }

    /// The issuer signs with a new key, and everything that was signed with the old one is revoked.
    pub(super) fn rotate_key(&mut self, now: Moment, step: u16, channel: ChannelId, agenda: &mut Agenda<Happening>) {
        let plan = self.plan;
        let named = &plan.system.channels[channel.index()];
        let Brings::Keys { unknown, .. } = named.channel.brings() else { return };
        let reached = plan.system.signed_for(channel);
        let (first, credentials) = self.begin_revocation(now, &reached, Moment::NEVER);
        for credential in &credentials {
            self.tell_read_replicas(now, *credential);
        }
        for credential in &reached {
            self.lineage.newer_key[plan.replacement(credential.0) as usize] = true;
        }
        for listener in &plan.channels[channel.index()].listeners {
            for credential in &reached {
                let new = plan.replacement(credential.0) as usize;
                self.lacks[listener.replica as usize * plan.credentials + new] = true;
            }
            self.replicas[listener.replica as usize].fetches_keys =
                (unknown == UnknownKey::IsFetched).then_some(channel.0);
        }
        self.let_others_sign_in(now, named.from);
        let recorded = self.recorded.len() as u16;
        self.recorded.push(Recorded { by: By::Step(step), at: now, credentials, undone: false });
        self.set_out(Spreading { now, channel: channel.0, recorded, nth: step }, agenda);
        self.end_revocation(now, first);
    }

    /// A token that was signed with a new key meets a replica that does not know the key: it fetches the set first.
    pub fn meet_unknown_key(&mut self, now: Moment, verifier: u16, replica: u32, slot: u16) {
        let Some(channel) = self.replicas[replica as usize].fetches_keys else { return };
        let plan = self.plan;
        let named = &plan.system.channels[channel as usize];
        let signed = |slot: u16| {
            let settings = &plan.system.credentials[plan.original(slot)];
            settings.kind == CredentialKind::SelfContained && settings.issuer == named.from
        };
        if !signed(slot) {
            return;
        }
        if self.channels[channel as usize].down > 0 || named.from.is_some_and(|i| self.issuers[i.index()].down > 0) {
            return;
        }
        for slot in 0..plan.credentials as u16 {
            if self.revoked[slot as usize] <= now && signed(slot) {
                self.hear_new_key(replica, slot, channel);
            }
        }
        self.look_behind(now, verifier, ClosedBy::Channel(channel));
    }

    /// A replica has the new set of keys, as far as it concerns what lies in one slot.
    pub(super) fn hear_new_key(&mut self, replica: u32, credential: u16, channel: u16) {
        self.replicas[replica as usize].fetches_keys = None;
        let brings = self.plan.system.channels[channel as usize].channel.brings();
        let row = replica as usize * self.plan.credentials;
        if self.lineage.newer_key[credential as usize] {
            return;
        }
        if (credential as usize) < self.plan.originals {
            for slot in (self.plan.originals..self.plan.credentials).filter(|slot| self.lineage.newer_key[*slot]) {
                if self.plan.original(slot as u16) == credential as usize {
                    self.lacks[row + slot] = false;
                }
            }
        }
        if !matches!(brings, Brings::Keys { keeps_old: true, .. }) {
            self.lacks[row + credential as usize] = true;
        }
    }

    /// When every copy has been replaced of which the replacement was ordered; none if it was not.
    pub fn rotated_at(&self) -> Option<Moment> {
        if self.tally.rotation_ordered_at.is_never() {
            return None;
        }
        let of = |copy: &HeldCopy| {
            let steps = self.plan.system.defender.playbook.iter();
            steps.filter_map(|step| step.replaces()).any(|one| one.revoking.credential == copy.credential)
        };
        let copies = self.plan.system.copies.iter().zip(&self.replaced_at);
        let last = copies.filter(|(copy, _)| of(copy)).map(|(_, at)| *at).max();
        Some(last.unwrap_or(self.tally.rotation_ordered_at))
    }

    /// When a lawful client that presents copies has new values of all of them that are taken wherever it calls; none
    /// for a client that presents no copy.
    pub fn provided_at(&self, client: usize) -> Option<Moment> {
        let plan = self.plan;
        let row = &self.switched[client * plan.originals..][..plan.originals];
        let presented = row.iter().enumerate().filter_map(|(credential, at)| Some((credential, (*at)?)));
        let source = &plan.sources[plan.attacker_sources + client];
        let met = |credential: usize| {
            let hops = source.routes.iter().flat_map(|route| plan.hops_of(*route));
            let places = hops.map(|verifier| &plan.verifiers[*verifier as usize]).filter(|place| place.compares);
            let replicas = places.flat_map(|place| place.first_replica..place.first_replica + place.replicas);
            replicas.filter_map(move |replica| self.taken_at.get(replica as usize * plan.originals + credential))
        };
        let issued = |credential: usize| plan.system.credentials[credential].issuer.is_some();
        let ready = |(credential, switched): (usize, Moment)| {
            let taken = if issued(credential) { None } else { met(credential).copied().max() };
            taken.map_or(switched, |taken| taken.max(switched))
        };
        presented.map(ready).max()
    }
}

/// Whether it is a verifier that holds a copy, and compares with it.
fn is_held_by_verifiers(copy: &HeldCopy) -> bool {
    copy.at.is_some() || matches!(copy.replaced, Replaced::By(_))
}
