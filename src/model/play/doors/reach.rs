//! How far one replica reaches: whether what it hears can move a door at all.
//!
//! A verifier is open as long as any of its replicas is. News comes to replicas one by one, and most of them are not the
//! one that keeps a door open: looking at all the others each time would cost the square of their number.

use super::door::For;
use super::spell::{Hold, Spells};
use crate::model::play::compiled::plan::{PlanListener, Tier};
use crate::model::play::state::world::World;
use crate::model::verifier::Action;
use crate::units::time::Moment;

impl World<'_> {
    /// Until when one replica, taken alone, would accept anything of the attacker's; none where what it hears or forgets
    /// may change something at its siblings.
    pub fn reach_of_one(&self, now: Moment, listener: PlanListener, replica: u32) -> Option<Moment> {
        let verifier = listener.verifier;
        let tiers = self.plan.tiers_of(&self.plan.verifiers[verifier as usize]);
        let by_itself = |tier: &Tier| tier.per_replica && self.plan.cache(tier).bypass.is_empty();
        let apart = matches!(listener.action, Action::Evict | Action::Deny(_)) && tiers.iter().all(by_itself);
        if !self.watch.on || !apart || !self.plan.responses.is_empty() || !self.plan.held.is_empty() {
            return None;
        }
        let stolen = self.plan.compromised.iter().copied();
        let minted = (0..self.plan.slots.rings.len() as u16).flat_map(|ring| self.living(now, ring));
        let holds = stolen.chain(minted).map(|slot| self.replica_hold(now, verifier, replica, slot, For::Anybody));
        Some(holds.fold(Hold::SHUT, Hold::or).until)
    }

    /// Whether a replica that reaches no further than `reach`, before a change at it and after, may be what keeps a door
    /// behind `verifier` open. One that is known to stay open for longer is kept open by another, and one that is shut
    /// stays so if the replica is.
    pub fn may_decide(&self, now: Moment, verifier: u16, reach: Moment) -> bool {
        let plan = self.plan;
        let moves = |spells: &Spells| reach > now && reach >= spells.known_until();
        let mut targets = plan.routes_of[verifier as usize].iter().map(|route| plan.routes[*route as usize].target);
        moves(&self.watch.verifiers[verifier as usize])
            || targets.any(|target| moves(&self.watch.targets[target as usize]))
    }
}
