//! How far the attacker got: distinct targets, environments and scopes, counted once at the end of a trial.

use super::state::world::World;
use crate::model::ledger::{Blast, TargetUse};

impl World<'_> {
    /// How far it got over the targets that count; a target is where the last verifier before it stands.
    pub fn blast(&self, counts: impl Fn(&TargetUse) -> bool) -> Blast {
        let reached: Vec<bool> = self.tally.uses.iter().map(counts).collect();
        let mut environments: Vec<&str> = Vec::new();
        let mut scopes: Vec<&str> = Vec::new();
        for route in self.plan.system.routes.iter().filter(|route| reached[route.target.index()]) {
            if let Some(last) = route.verifiers.last() {
                let verifier = &self.plan.system.verifiers[last.index()];
                environments.extend(verifier.environment.as_deref());
                scopes.extend(verifier.needs.as_deref());
            }
        }
        Blast {
            targets: reached.iter().filter(|reached| **reached).count() as u32,
            environments: distinct(environments),
            scopes: distinct(scopes),
        }
    }
}

fn distinct(mut names: Vec<&str>) -> u32 {
    names.sort_unstable();
    names.dedup();
    names.len() as u32
}
