//! The plan: a system compiled once into flat arrays with dense numbers, shared by every trial and thread.
//!
//! Credentials live in slots (`slots.rs`). Instances of caches and replicas of verifiers are numbered through the whole system, so that
//! the state of a trial is a handful of vectors.

use super::capacity_plan::PlanCapacity;
use super::lane::Lane;
use super::response_plan::ResponsePlace;
use super::slots::Slots;
use crate::model::cache::Cache;
use crate::model::channel::contract::LookedUp;
use crate::model::connection::Connections;
use crate::model::fault::Part;
use crate::model::id::VerifierId;
use crate::model::system::System;
use crate::model::verifier::{Action, Balance, Check, Introspection, LooksAt};
use crate::model::workload::{Arrivals, OnReject, Order};
use crate::units::time::{Moment, Span};

/// A compiled system.
#[derive(Debug)]
pub struct Plan<'s> {
    /// The system.
    pub system: &'s System,
    /// Routes with their hops.
    pub routes: Vec<PlanRoute>,
    /// Verifiers on routes, one route after the other.
    pub hops: Vec<u16>,
    /// Verifiers.
    pub verifiers: Vec<PlanVerifier>,
    /// Tiers of verifiers, one verifier after the other, nearest first.
    pub tiers: Vec<Tier>,
    /// Looked-up lists of verifiers, one verifier after the other.
    pub lookups: Vec<u16>,
    /// Replicas of all verifiers together.
    pub replicas: u32,
    /// Instances of all caches together, with the settings of each.
    pub instances: Vec<u16>,
    /// For each cache, the verifiers that look into it.
    pub readers: Vec<Vec<u16>>,
    /// How long past its end an entry may still be taken by whoever reads it, at most, by cache.
    pub kept_past_end: Vec<Span>,
    /// Channels.
    pub channels: Vec<PlanChannel>,
    /// Sources of requests: the attacker's streams, then the lawful clients.
    pub sources: Vec<Source>,
    /// Verifiers at which sources stay with one replica, with each source.
    pub stuck: Vec<(u16, u16)>,
    /// How many of the sources are the attacker's.
    pub attacker_sources: usize,
    /// What lives in the slots of credentials.
    pub slots: Slots,
    /// Slots of credentials.
    pub credentials: usize,
    /// Credentials of the scenario, without replacements.
    pub originals: usize,
    /// Credentials of which the attacker has a copy, each once.
    pub compromised: Vec<u16>,
    /// Whether some question takes time, so that a request is decided later than it is presented.
    pub questions_travel: bool,
    /// For each lawful client and credential, never if the client presents a copy of it, until that is replaced.
    pub switches: Vec<Option<Moment>>,
    /// For each verifier, the routes it stands on.
    pub routes_of: Vec<Vec<u16>>,
    /// For each target, the routes and compromised credentials by which it could be reached.
    pub ways_to: Vec<Vec<(u16, u16)>>,
    /// Targets at which the attacker holds a connection open.
    pub held: Vec<u16>,
    /// Copies that lie behind a target, with it.
    pub hidden: Vec<(u16, u16)>,
    /// For each credential, whether the attacker has it only once it has found such a copy.
    pub only_hidden: Vec<bool>,
    /// What each issuer can answer, where that is limited; empty if it never is.
    pub capacities: Vec<Option<PlanCapacity<'s>>>,
    /// Caches of responses.
    pub responses: Vec<ResponsePlace<'s>>,
    /// How many entries they have in all.
    pub response_cells: usize,
    /// For each target, the routes and rings of minted credentials by which it could be reached.
    pub minted_ways_to: Vec<Vec<(u16, u16)>>,
    /// For each target, the verifier that is all that stands before it: its door is open exactly while that accepts.
    pub stands_alone_before: Vec<Option<u16>>,
}

/// A route.
#[derive(Clone, Copy, Debug)]
pub struct PlanRoute {
    /// Where it leads.
    pub target: u16,
    /// Its first hop.
    pub first: u32,
    /// Number of hops.
    pub hops: u32,
}

/// What a verifier looks at, with what the path of a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanCheck {
    /// Nothing.
    Nothing,
    /// The credential itself.
    Itself,
    /// An issuer that answers within the instant.
    AsksAtOnce,
    /// An issuer that takes time to answer.
    AsksWithLegs,
}

/// A verifier.
#[derive(Clone, Debug)]
pub struct PlanVerifier {
    /// What it looks at.
    pub check: PlanCheck,
    /// Its issuer, where it asks.
    pub issuer: u16,
    /// Number of its first replica.
    pub first_replica: u32,
    /// Its replicas.
    pub replicas: u32,
    /// How requests are spread over them.
    pub balance: Balance,
    /// Where the replicas at which sources stay begin in the state of a trial, one a source, if they stay.
    pub stuck: Option<u32>,
    /// Its tiers.
    pub tiers: (u32, u32),
    /// Its nearest tier, if a fresh entry there is all that counts once no news has told otherwise: no list is looked up,
    /// no credential ends by itself, no request passes the cache by, and a hit changes nothing.
    pub plain_tier: Option<Tier>,
    /// Its looked-up lists.
    pub lookups: (u32, u32),
    /// Whether its questions or their answers may be lost on the way.
    pub may_stay_unanswered: bool,
    /// Its cache of responses, if it has one.
    pub responses: Option<u16>,
    /// For each credential, whether it takes it.
    pub takes: Vec<bool>,
    /// What it looks at beside the credential.
    pub looks_at: LooksAt,
    /// Whether the attacker never passes there for a lawful client.
    pub always_turns_away: bool,
    /// Whether it compares secrets that no issuer knows with values of its own, which are replaced by somebody.
    pub compares: bool,
}

impl PlanVerifier {
    /// Whether its load balancer deals requests out in turn.
    pub fn deals_in_turn(&self) -> bool {
        self.replicas > 1 && self.balance == Balance::RoundRobin
    }
}

/// A cache as one verifier sees it.
#[derive(Clone, Copy, Debug)]
pub struct Tier {
    /// Its settings.
    pub cache: u16,
    /// Number of its first instance.
    pub first_instance: u32,
    /// Whether each replica has an instance of its own.
    pub per_replica: bool,
}

/// A channel and who hears it.
#[derive(Clone, Debug)]
pub struct PlanChannel {
    /// Who hears it.
    pub listeners: Vec<PlanListener>,
    /// How it is looked up, if it is.
    pub looked_up: Option<LookedUp>,
    /// The verifiers that look it up.
    pub readers: Vec<u16>,
    /// Those among its listeners to which a fault may cut the way.
    pub cut: Vec<u16>,
}

/// A listener of a channel.
#[derive(Clone, Copy, Debug)]
pub struct PlanListener {
    /// The verifier.
    pub verifier: u16,
    /// The replica, or the first of those among which the load balancer picks.
    pub replica: u32,
    /// Among how many replicas the load balancer picks; 1 for a replica of its own.
    pub among: u32,
    /// What is done with the news.
    pub action: Action,
}

/// A source of requests.
#[derive(Debug)]
pub struct Source {
    /// How its requests are spaced.
    pub arrivals: Arrivals,
    /// Routes it calls.
    pub routes: Vec<u16>,
    /// In which order.
    pub order: Order,
    /// What it does when rejected.
    pub on_reject: OnReject,
    /// Whether it has run for ever when a trial starts.
    pub standing: bool,
    /// For each route (by number in the plan), the credentials it may present there.
    pub presents: Vec<Vec<u16>>,
    /// For each route, the rings of minted credentials it may present there.
    pub mints: Vec<Vec<u16>>,
    /// Its routes by target: the target, and the place among its routes; by target, then by place.
    pub places: Vec<(u16, u32)>,
    /// For each of its routes, in their order, the short way to decide a plain request there, if there is one.
    pub lanes: Vec<Option<Lane>>,
    /// Whether runs of its requests may be decided by lanes alone: it is memoryless, and there is one.
    pub plain: bool,
}

impl Source {
    /// Whether there is one credential alone that it may present on a route.
    pub fn has_one_on(&self, route: u16) -> bool {
        let mints = self.mints.get(route as usize);
        self.presents[route as usize].len() == 1 && mints.is_none_or(Vec::is_empty)
    }

    /// Its routes to a target.
    pub fn places_at(&self, target: u16) -> &[(u16, u32)] {
        let first = self.places.partition_point(|(other, _)| *other < target);
        let count = self.places[first..].partition_point(|(other, _)| *other == target);
        &self.places[first..first + count]
    }
}

impl<'s> Plan<'s> {
    /// Whether a source is the attacker's.
    #[inline]
    pub fn attacks(&self, source: u16) -> bool {
        usize::from(source) < self.attacker_sources
    }

    /// Whether a source chooses between credentials on a route, or chooses by what becomes of them there: what an attacker mints
    /// or undoes with depends on what its first stream met.
    pub fn chooses(&self, source: usize, route: u16) -> bool {
        let attacker = &self.system.attacker;
        let asked = source == 0 && (attacker.undoes.is_some() || !attacker.mints.is_empty());
        source < self.attacker_sources && (asked || !self.sources[source].has_one_on(route))
    }

    /// A number for the streams of a source that does not change when sources of the other kind are added.
    pub fn own_number(&self, source: usize) -> u32 {
        const LAWFUL: u32 = 1 << 15;
        if source < self.attacker_sources { source as u32 } else { LAWFUL | (source - self.attacker_sources) as u32 }
    }

    /// A number for the stream of what a cell holds at the start, which does not change when credentials are added.
    pub fn start_of(&self, cell: usize) -> u32 {
        let (instance, credential) = (cell / self.credentials, cell % self.credentials);
        // At most 100,000 replicas with four tiers each, and 64 credentials that are there from the start.
        debug_assert!(instance < 1 << 20 && credential < 1 << 12, "{instance} and {credential} share 32 bits");
        (credential as u32) << 20 | instance as u32
    }

    /// The credential that replaces `credential`.
    #[inline]
    pub fn replacement(&self, credential: u16) -> u16 {
        credential + self.originals as u16
    }

    /// The credential of the scenario that `credential` is or replaces.
    #[inline]
    pub fn original(&self, credential: u16) -> usize {
        let number = credential as usize;
        if number < self.originals { number } else { self.slots.origin[number] as usize }
    }

    /// The cell of a tier that serves a replica, for a credential.
    #[inline]
    pub fn cell_of(&self, tier: &Tier, first_replica: u32, replica: u32, credential: u16) -> usize {
        let instance =
            if tier.per_replica { tier.first_instance + (replica - first_replica) } else { tier.first_instance };
        instance as usize * self.credentials + credential as usize
    }

    /// Whether a slot holds what the attacker steals or mints, or what replaces it.
    #[inline]
    pub fn is_of_lineage(&self, credential: u16) -> bool {
        self.slots.lineage.contains(&(self.original(credential) as u16))
    }

    /// Whether doors hang on a slot: what is accepted of the attacker may follow from what is kept of it. What replaces a
    /// stolen credential is never the attacker's.
    #[inline]
    pub fn opens_doors(&self, credential: u16) -> bool {
        let replaces = (self.originals..self.first_instance()).contains(&(credential as usize));
        !replaces && self.is_of_lineage(credential)
    }

    /// Values that replicas may take in place of others: one a replica and credential, if anything is replaced at all.
    pub fn values_to_take(&self) -> usize {
        let replaces = self.system.defender.playbook.iter().any(|step| step.replaces().is_some());
        if replaces { self.replicas as usize * self.originals } else { 0 }
    }

    /// The tiers of a verifier, nearest first.
    #[inline]
    pub fn tiers_of(&self, verifier: &PlanVerifier) -> &[Tier] {
        &self.tiers[verifier.tiers.0 as usize..verifier.tiers.1 as usize]
    }

    /// The settings of a tier's cache.
    #[inline]
    pub fn cache(&self, tier: &Tier) -> &'s Cache {
        &self.system.caches[tier.cache as usize]
    }

    /// How a verifier asks, if it does.
    pub fn introspection(&self, verifier: u16) -> Option<&'s Introspection> {
        match &self.system.verifiers[verifier as usize].check {
            Check::Asks(introspection) => Some(introspection),
            Check::Nothing | Check::Itself => None,
        }
    }

    /// The slot of the first instance that is minted or refreshed; those before are there from the start.
    #[inline]
    pub fn first_instance(&self) -> usize {
        2 * self.originals
    }

    /// Whether something can tell a verifier to reject what its caches would let in: news, or a fault.
    pub fn is_told(&self, verifier: u16) -> bool {
        let fails = |part: Part| part == Part::Verifier(VerifierId(verifier));
        !self.system.verifiers[verifier as usize].hears.is_empty()
            || self.system.faults.iter().any(|fault| fails(fault.part))
    }

    /// Whether every verifier on `route` takes `credential`.
    pub fn taken_on(&self, route: u16, credential: u16) -> bool {
        self.hops_of(route).iter().all(|v| self.verifiers[*v as usize].takes[credential as usize])
    }

    /// What an issuer can answer, where that is limited.
    #[inline]
    pub fn capacity_of(&self, issuer: u16) -> Option<&PlanCapacity<'s>> {
        self.capacities.get(issuer as usize)?.as_ref()
    }

    /// How a verifier keeps connections, if it does.
    pub fn keeping(&self, verifier: u16) -> Option<&'s Connections> {
        self.system.verifiers[verifier as usize].connections.as_ref()
    }

    /// The verifiers on a route that keep connections, and how.
    pub fn keepers_of(&self, route: u16) -> impl Iterator<Item = (u16, &'s Connections)> {
        self.hops_of(route).iter().filter_map(|verifier| Some((*verifier, self.keeping(*verifier)?)))
    }

    /// The verifiers on a route, outermost first.
    #[inline]
    pub fn hops_of(&self, route: u16) -> &[u16] {
        let route = self.routes[route as usize];
        &self.hops[route.first as usize..(route.first + route.hops) as usize]
    }
}
