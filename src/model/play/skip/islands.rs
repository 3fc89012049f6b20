//! Islands: sources between which something may be felt within an instant.

use crate::model::defender::{Detects, Does};
use crate::model::play::compiled::plan::Plan;

/// An island.
pub struct Group {
    /// All sources on it, those that are skipped and others.
    pub sources: Vec<u16>,
    /// Whether what follows from a request there may reach beyond its own bundle.
    pub restless: bool,
}

/// The islands on which some source is skipped.
pub fn islands_of(plan: &Plan<'_>, is_skipped: impl Fn(u16) -> bool) -> Vec<Group> {
    let mut found = if reaches_far(plan) {
        vec![Group { sources: (0..plan.sources.len() as u16).collect(), restless: true }]
    } else {
        of_sources(plan)
    };
    found.retain(|group| group.sources.iter().any(|source| is_skipped(*source)));
    found
}

fn of_sources(plan: &Plan<'_>) -> Vec<Group> {
    let mut groups = Groups::new(plan.sources.len());
    // Entries belong to a credential: whoever presents the same one may meet at the same entry. Doors are those of the
    // lineage: whatever touches it lies on one island.
    let mut bearer: Vec<Option<usize>> = vec![None; plan.originals];
    let mut of_lineage: Option<usize> = None;
    for (number, source) in plan.sources.iter().enumerate() {
        for credential in source.presents.iter().flatten().map(|credential| plan.original(*credential)) {
            groups.join(*bearer[credential].get_or_insert(number), number);
            if plan.slots.lineage.contains(&(credential as u16)) {
                groups.join(*of_lineage.get_or_insert(number), number);
            }
        }
    }
    let mut at_dealer: Vec<Option<usize>> = vec![None; plan.verifiers.len()];
    for (number, source) in plan.sources.iter().enumerate() {
        for verifier in source.routes.iter().flat_map(|route| plan.hops_of(*route)) {
            if plan.verifiers[*verifier as usize].deals_in_turn() {
                groups.join(*at_dealer[*verifier as usize].get_or_insert(number), number);
            }
        }
    }
    let sources = |group: Vec<usize>| group.into_iter().map(|source| source as u16).collect();
    groups.found().into_iter().map(|group| Group { sources: sources(group), restless: false }).collect()
}

/// Whether something that follows from one request may be felt by any other: an alarm, a new credential, a queue.
fn reaches_far(plan: &Plan<'_>) -> bool {
    let system = plan.system;
    matches!(system.defender.detects, Detects::Requests { .. })
        || !system.attacker.mints.is_empty()
        || system.attacker.undoes.is_some()
        || !plan.held.is_empty()
        || !plan.hidden.is_empty()
        || !plan.capacities.is_empty()
        || !plan.responses.is_empty()
        || system.credentials.iter().any(|credential| credential.rotation.is_some())
        || system.lawful.iter().any(|client| client.refreshes.is_some())
        || system.defender.playbook.iter().any(|step| matches!(step.does, Does::RotateKey(_)))
}

/// Groups of numbers that are joined pair by pair.
pub struct Groups {
    above: Vec<usize>,
}

impl Groups {
    /// So many, each alone.
    pub fn new(count: usize) -> Self {
        Self { above: (0..count).collect() }
    }

    fn first_of(&mut self, mut one: usize) -> usize {
        while self.above[one] != one {
            self.above[one] = self.above[self.above[one]];
            one = self.above[one];
        }
        one
    }

    /// Joins two.
    pub fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first_of(one), self.first_of(other));
        self.above[one.max(other)] = one.min(other);
    }

    /// The groups in the order of their first members, each in order.
    pub fn found(mut self) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = vec![Vec::new(); self.above.len()];
        for one in 0..self.above.len() {
            let first = self.first_of(one);
            groups[first].push(one);
        }
        groups.retain(|group| !group.is_empty());
        groups
    }
}
