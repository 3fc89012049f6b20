//! Short ways: where one fresh entry decides, a request is played in a few steps.

use crate::model::cache::Ttl;
use crate::model::lineage::Binding;
use crate::model::play::compiled::plan::{Plan, PlanCheck, Tier};
use crate::model::system::PeakLoad;
use crate::model::verifier::OutagePolicy;
use crate::model::workload::{OnReject, Order};
use crate::units::time::Span;

/// A track on which one fresh entry decides, and a miss is answered within the instant.
#[derive(Clone, Copy, Debug)]
pub struct Short {
    /// The only verifier.
    pub verifier: u16,
    /// Its nearest cache.
    pub tier: Tier,
    /// The credential that is preferred.
    pub credential: u16,
    /// What replaces it.
    pub replacement: u16,
    /// Whether doors hang on it: the attacker steals or mints it.
    pub lineage: bool,
    /// The route.
    pub route: u16,
    /// Its target.
    pub target: u16,
    /// Whether the verifier can be told to reject.
    pub hears: bool,
    /// Whether a miss is one question to an issuer that answers at once, and fills this cache alone.
    pub refills: bool,
    /// Whether, beside that, a rejection leaves nothing behind but an empty cache, and its source only counts it or leaves
    /// the place.
    pub refuses: bool,
}

impl Short {
    /// The short way of a source on a route, if there is one.
    pub fn of(plan: &Plan<'_>, number: usize, route: u16) -> Option<Self> {
        let source = &plan.sources[number];
        let credential = *source.presents[route as usize].first()?;
        let [verifier] = plan.hops_of(route) else { return None };
        let target = plan.routes[route as usize].target;
        let bound = plan.system.credentials[plan.original(credential)].binding != Binding::Bearer;
        let attacks = plan.attacks(number as u16);
        let looked_at = attacks && plan.verifiers[*verifier as usize].looks_at.anything();
        // An acceptance where connections are held may open one, and something may be found behind a target.
        let follows = plan.held.contains(&target) || plan.hidden.iter().any(|(_, behind)| *behind == target);
        if follows || looked_at || attacks && bound {
            return None;
        }
        let place = &plan.verifiers[*verifier as usize];
        let tier = place.plain_tier?;
        let settings = &plan.system.verifiers[*verifier as usize];
        let refills = place.check == PlanCheck::AsksAtOnce
            && place.tiers.1 - place.tiers.0 == 1
            && place.responses.is_none()
            && matches!(plan.cache(&tier).ttl, Ttl::For(_))
            && plan.system.issuers[place.issuer as usize].read_replicas <= 1
            && plan.system.peak_load == PeakLoad::Ignored
            && settings.trusts_new_for == Span::ZERO;
        let lineage = plan.opens_doors(credential);
        let cache = plan.cache(&tier);
        let plain = cache.negative_ttl.is_none()
            && cache.stale_while_revalidate.is_none()
            && cache.stale_on_error.is_none()
            && !matches!(settings.when_issuer_down, OutagePolicy::Stale(_));
        let counts = match source.on_reject {
            OnReject::Retry => true,
            OnReject::MoveOn => source.routes.len() > 1 && source.order == Order::Enumerate,
            OnReject::BackOff { .. } | OnReject::GiveUp { .. } => false,
        };
        let refuses = refills && plain && counts && !plan.chooses(number, route);
        let hears = plan.is_told(*verifier);
        let replacement = plan.replacement(plan.original(credential) as u16);
        Some(Self {
            verifier: *verifier,
            tier,
            credential,
            replacement,
            lineage,
            route,
            target,
            hears,
            refills,
            refuses,
        })
    }

    /// The same for requests that carry `credential`: the one that is preferred, or what replaces it.
    #[inline]
    pub fn carrying(&self, credential: u16) -> Self {
        Self { credential, lineage: self.lineage && credential == self.credential, ..*self }
    }
}
