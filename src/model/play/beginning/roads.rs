//! Roads: which requests pass which verifiers, and so which cells are filled by the same requests.

use super::load::{CellLoad, Rhythm};
use crate::model::cache::{Cache, Ends};
use crate::model::play::compiled::plan::{Plan, PlanCheck};
use std::collections::{BTreeMap, BTreeSet};

/// Which requests pass which verifiers: what ties cells of different verifiers to one another.
pub struct Roads {
    /// For each verifier, the places of sources (source, place) whose requests pass it.
    through: Vec<Vec<(usize, usize)>>,
}

impl Roads {
    /// The roads of a plan.
    pub fn of(plan: &Plan<'_>) -> Self {
        let mut through = vec![Vec::new(); plan.verifiers.len()];
        for (number, source) in plan.sources.iter().enumerate() {
            for (place, route) in source.routes.iter().enumerate() {
                for verifier in plan.hops_of(*route) {
                    through[*verifier as usize].push((number, place));
                }
            }
        }
        Self { through }
    }

    /// Cells that the same requests fill are not independent. If they see exactly the same requests and keep
    /// answers alike, they are in step for ever; else their joint law is not known.
    pub fn tie_together(&self, plan: &Plan<'_>, loads: &mut [CellLoad]) {
        let mut sharing: BTreeMap<(usize, usize), Vec<u16>> = BTreeMap::new();
        for (verifier, places) in self.through.iter().enumerate() {
            let asks = !plan.tiers_of(&plan.verifiers[verifier]).is_empty();
            for place in places.iter().filter(|_| asks) {
                sharing.entry(*place).or_default().push(verifier as u16);
            }
        }
        for load in loads.iter_mut() {
            let readers = &plan.readers[plan.instances[load.cell / plan.credentials] as usize];
            let Some(reader) = readers.first() else { continue };
            if let Rhythm::Steady { turn_of: Some(_), .. } = load.rhythm
                && self.through[*reader as usize].len() > 1
            {
                // Others move the turn on as well.
                load.rhythm = Rhythm::Mixed;
            }
            // Who sees some of the same requests, and keeps answers elsewhere than here alone.
            let only_here = |v: &u16| readers.contains(v) && plan.tiers_of(&plan.verifiers[*v as usize]).len() == 1;
            let roads = readers.iter().flat_map(|reader| &self.through[*reader as usize]);
            let others: BTreeSet<u16> =
                roads.flat_map(|road| &sharing[road]).copied().filter(|v| !only_here(v)).collect();
            if others.is_empty() || !load.is_dealt() && load.rhythm != Rhythm::Poisson {
                continue;
            }
            let alone = readers.len() == 1 && !load.is_dealt();
            if alone && others.iter().all(|other| self.in_step(plan, *reader, *other)) {
                let first = others.first().map_or(*reader, |other| *other.min(reader));
                let tier = plan.tiers_of(&plan.verifiers[first as usize])[0];
                load.draws = tier.first_instance as usize * plan.credentials + load.cell % plan.credentials;
            } else {
                load.rhythm = Rhythm::Mixed;
            }
        }
    }

    /// Whether two verifiers see the same requests, and keep answers in one cache each of the same kind.
    fn in_step(&self, plan: &Plan<'_>, one: u16, other: u16) -> bool {
        let kept = |verifier: u16| {
            let place = &plan.verifiers[verifier as usize];
            let [tier] = plan.tiers_of(place) else { return None };
            let alone = place.replicas == 1 && place.check == PlanCheck::AsksAtOnce;
            alone.then(|| plan.cache(tier))
        };
        let alike = |a: &Cache, b: &Cache| {
            let named = Cache { name: a.name.clone(), placement: a.placement, ..b.clone() };
            *a == named && a.ends == Ends::Exact && a.jitter.value() == 0.0 && a.restarts.is_none()
        };
        let same_requests = self.through[one as usize] == self.through[other as usize];
        same_requests && kept(one).zip(kept(other)).is_some_and(|(a, b)| alike(a, b))
    }
}
