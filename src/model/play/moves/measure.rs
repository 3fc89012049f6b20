//! What steps of the playbook do beside revoking: caches are emptied, connections are closed, news
//! is sent again, a network is blocked.
//!
//! None of them makes a credential invalid, so none of them is the moment from which containment is counted.

use super::news::Spreading;
use crate::engine::agenda::Agenda;
use crate::model::defender::{Does, PurgeReach, Purged, Trigger};
use crate::model::event::Happening;
use crate::model::id::ChannelId;
use crate::model::ledger::ClosedBy;
use crate::model::play::state::deeds::Part;
use crate::model::play::state::deeds::{Attempt, By};
use crate::model::play::state::world::World;
use crate::random::purpose::Purpose;
use crate::units::probability::Share;
use crate::units::time::Moment;

impl World<'_> {
    /// An attempt of the playbook is carried out, whether or not everything has expired by then: leeway, kept responses and
    /// connections may outlive that.
    pub fn attempt(&mut self, now: Moment, number: u16, agenda: &mut Agenda<Happening>) {
        let Attempt { step, part, .. } = self.attempts[number as usize];
        match &self.plan.system.defender.playbook[step as usize].does {
            Does::Revoke(revoking) => self.revoke(now, step, revoking, agenda),
            Does::Purge { what, reaches } => self.purge(now, step, *what, *reaches),
            Does::CloseConnections(verifier) => {
                self.close_connections(now, (verifier.0, None), ClosedBy::ClosedConnections, agenda);
            }
            Does::Push(channel) => self.push_again(now, step, *channel, agenda),
            Does::Replace(replacing) if part == Part::Whole => self.order_replacement(now, step, replacing, agenda),
            Does::Replace(replacing) => self.withdraw(now, step, replacing, agenda),
            Does::RotateKey(channel) => self.rotate_key(now, step, *channel, agenda),
            Does::Redeploy(channel) => self.send_all(now, step, *channel, agenda),
            Does::BlockNetwork(share) => self.block_network(now, *share),
        }
    }

    /// Every entry of some caches, of answers or of responses, is gone.
    fn purge(&mut self, now: Moment, step: u16, what: Purged, reaches: PurgeReach) {
        match what {
            Purged::Shared(cache) => self.purge_cache(now, cache.0, ClosedBy::Purge),
            Purged::Own(verifier) => {
                let place = &self.plan.verifiers[verifier.index()];
                let replicas = match reaches {
                    PurgeReach::All => place.first_replica..place.first_replica + place.replicas,
                    PurgeReach::OneReplica => {
                        let mut pick = self.trial.open(Purpose::PurgedReplica, u32::from(step));
                        let picked = place.first_replica + pick.index(place.replicas as usize) as u32;
                        picked..picked + 1
                    }
                };
                self.purge_replicas(now, verifier.0, replicas, ClosedBy::Purge);
            }
        }
    }

    /// The news of every revocation so far that a channel carries sets out on it once more.
    fn push_again(&mut self, now: Moment, step: u16, channel: ChannelId, agenda: &mut Agenda<Happening>) {
        let named = &self.plan.system.channels[channel.index()];
        for recorded in 0..self.recorded.len() {
            let of = &self.recorded[recorded];
            let slot = of.credentials.first();
            let issuer = slot.and_then(|c| self.plan.system.credentials[self.plan.original(*c)].issuer);
            let carried = match of.by {
                By::Issuer => named.carries.contains(&Trigger::Revoke),
                By::Step(step) => self.carried(channel, &self.plan.system.defender.playbook[step as usize].does),
            };
            if carried && named.speaks_of(issuer) {
                self.set_out(Spreading { now, channel: channel.0, recorded: recorded as u16, nth: step }, agenda);
            }
        }
    }

    /// Whether a channel carries the news of what a step did. New keys travel by their own channel and no other: whatever
    /// else carries news of revocations did not carry theirs the first time either.
    fn carried(&self, channel: ChannelId, does: &Does) -> bool {
        let carries = |trigger| self.plan.system.channels[channel.index()].carries.contains(trigger);
        match does {
            Does::RotateKey(keys) => *keys == channel,
            Does::Revoke(revoking) => carries(&revoking.trigger),
            Does::Replace(replacing) => carries(&replacing.revoking.trigger),
            Does::Purge { .. }
            | Does::Push(_)
            | Does::Redeploy(_)
            | Does::BlockNetwork(_)
            | Does::CloseConnections(_) => false,
        }
    }

    /// A channel that only a step sets in motion sets out with every revocation so far of which it speaks.
    fn send_all(&mut self, now: Moment, step: u16, channel: ChannelId, agenda: &mut Agenda<Happening>) {
        let named = &self.plan.system.channels[channel.index()];
        for recorded in 0..self.recorded.len() {
            let credential = self.recorded[recorded].credentials.first();
            let issuer = credential.and_then(|c| self.plan.system.credentials[self.plan.original(*c)].issuer);
            if named.speaks_of(issuer) {
                self.set_out(Spreading { now, channel: channel.0, recorded: recorded as u16, nth: step }, agenda);
            }
        }
    }

    /// The attacker's requests are refused by where they come from, unless it comes from elsewhere by then.
    fn block_network(&mut self, now: Moment, share: Share) {
        let gets_round = self.plan.system.attacker.changes_address;
        if self.trial.open(Purpose::AddressChange, 0).happens(gets_round) {
            return;
        }
        // A share of the rest is blocked by every further block.
        let open = (1.0 - self.blocked.value()) * (1.0 - share.value());
        self.blocked = Share::new(1.0 - open).unwrap_or(Share::ALL);
        if self.blocked == Share::ALL {
            self.look_at_every_door(now, ClosedBy::NetworkBlock);
        }
    }

    /// Whether a request of the attacker is stopped on its way by a block of its network.
    #[inline]
    pub fn stopped_on_the_way(&mut self, source: usize) -> bool {
        self.blocked > Share::NONE
            && source < self.plan.attacker_sources
            && self.streams.network[source].at(&self.trial).happens(self.blocked)
    }
}
