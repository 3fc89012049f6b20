//! The plan: a system compiled once into flat arrays with dense numbers, shared by every trial and thread.
//!
//! Credentials live in slots (`slots.rs`). Instances of caches and replicas of verifiers are numbered through the whole system, so that
//! the state of a trial is a handful of vectors.

use super::capacity_plan::{self, PlanCapacity, Way};
use super::lane::Lane;
use super::response_plan::{self, ResponsePlace};
use super::slots::Slots;
use crate::model::attacker::StolenCopy;
use crate::model::cache::{Cache, Placement, Renewal};
use crate::model::channel::contract::{LookedUp, Role};
use crate::model::connection::Connections;
use crate::model::fault::Part;
use crate::model::id::{ChannelId, CredentialId, RouteId, VerifierId};
use crate::model::system::System;
use crate::model::verifier::{Action, Balance, Check, Introspection, LooksAt, Verifier};
use crate::model::workload::{Arrivals, OnReject, Order};
use crate::units::probability::Share;
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
    /// Its routes to a target.
    pub fn places_at(&self, target: u16) -> &[(u16, u32)] {
        let first = self.places.partition_point(|(other, _)| *other < target);
        let count = self.places[first..].partition_point(|(other, _)| *other == target);
        &self.places[first..first + count]
    }
}

impl<'s> Plan<'s> {
    /// Compiles a system.
    pub fn new(system: &'s System) -> Self {
        let originals = system.credentials.len();
        let slots = Slots::of(system);
        let mut plan = Self {
            system,
            routes: Vec::new(),
            hops: Vec::new(),
            verifiers: Vec::new(),
            tiers: Vec::new(),
            lookups: Vec::new(),
            replicas: 0,
            instances: Vec::new(),
            readers: vec![Vec::new(); system.caches.len()],
            kept_past_end: vec![Span::ZERO; system.caches.len()],
            channels: Vec::new(),
            sources: Vec::new(),
            stuck: Vec::new(),
            attacker_sources: system.attacker.replays.len(),
            credentials: slots.origin.len(),
            originals,
            compromised: Vec::new(),
            questions_travel: false,
            switches: vec![None; system.lawful.len() * originals],
            routes_of: vec![Vec::new(); system.verifiers.len()],
            ways_to: vec![Vec::new(); system.targets.len()],
            capacities: Vec::new(),
            responses: Vec::new(),
            response_cells: 0,
            hidden: Vec::new(),
            only_hidden: vec![false; slots.origin.len()],
            held: system.attacker.holds_open.iter().map(|target| target.0).collect(),
            minted_ways_to: vec![Vec::new(); system.targets.len()],
            stands_alone_before: Vec::new(),
            slots,
        };
        plan.lay_verifiers();
        plan.lay_responses();
        if system.issuers.iter().any(|issuer| issuer.capacity.is_some()) {
            plan.capacities = capacity_plan::lay(system, &plan.ways_to_issuers());
        }
        plan.lay_routes();
        plan.lay_channels();
        plan.lay_compromised();
        plan.lay_ways();
        plan.lay_sources();
        plan.lay_lanes();
        plan.lay_switches();
        plan.questions_travel = plan.verifiers.iter().any(|place| place.check == PlanCheck::AsksWithLegs)
            || plan.sources.iter().any(|source| matches!(source.arrivals, Arrivals::Trace(_)));
        plan.stands_alone_before = (0..system.targets.len()).map(|target| plan.alone_before(target)).collect();
        plan
    }

    /// Bytes that the state of one trial needs, roughly.
    pub fn state_bytes(&self) -> usize {
        let cells = self.instances.len() * self.credentials * size_of::<super::cell::Cell>();
        let replicas = self.replicas as usize * (self.credentials * 8 + 512);
        let responses = self.response_cells * size_of::<super::cell::Cell>();
        cells + replicas + responses + self.routes.len() * 64
    }

    /// Whether a source is the attacker's.
    #[inline]
    pub fn attacks(&self, source: u16) -> bool {
        usize::from(source) < self.attacker_sources
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

    fn lay_verifiers(&mut self) {
        let mut first_instance: Vec<Option<u32>> = vec![None; self.system.caches.len()];
        for (number, verifier) in self.system.verifiers.iter().enumerate() {
            let replicas = u32::from(verifier.replicas);
            let first_tier = self.tiers.len() as u32;
            let (mut check, mut issuer) = match verifier.check {
                Check::Nothing => (PlanCheck::Nothing, 0),
                Check::Itself | Check::Asks(_) => (PlanCheck::Itself, 0),
            };
            let mut may_stay_unanswered = false;
            if let Check::Asks(asks) = &verifier.check {
                issuer = asks.issuer.0;
                may_stay_unanswered =
                    asks.request_leg.share_never() > Share::NONE || asks.response_leg.share_never() > Share::NONE;
                let at_once = asks.request_leg.max() == Some(Span::ZERO) && asks.response_leg.max() == Some(Span::ZERO);
                let limited = self.system.issuers[asks.issuer.index()].capacity.is_some();
                may_stay_unanswered |= limited;
                check = if at_once && !limited { PlanCheck::AsksAtOnce } else { PlanCheck::AsksWithLegs };
                for id in &asks.tiers {
                    let cache = &self.system.caches[id.index()];
                    let first = *first_instance[id.index()].get_or_insert_with(|| {
                        let first = self.instances.len() as u32;
                        let count = if cache.placement == Placement::PerReplica { replicas } else { 1 };
                        self.instances.extend(std::iter::repeat_n(id.0, count as usize));
                        first
                    });
                    let per_replica = cache.placement == Placement::PerReplica;
                    self.tiers.push(Tier { cache: id.0, first_instance: first, per_replica });
                    self.readers[id.index()].push(number as u16);
                    let grace = verifier.when_issuer_down.grace(cache.stale_on_error);
                    let grace = grace.max(cache.stale_while_revalidate.unwrap_or(Span::ZERO));
                    let kept = &mut self.kept_past_end[id.index()];
                    *kept = grace.max(*kept);
                }
            }
            let first_lookup = self.lookups.len() as u32;
            for hearing in &verifier.hears {
                if matches!(self.system.channels[hearing.channel.index()].channel.role(), Role::LookedUp(_)) {
                    self.lookups.push(hearing.channel.0);
                }
            }
            let bare = self.lookups.len() as u32 == first_lookup && !self.sees_ends(verifier);
            let nearest = self.tiers.get(first_tier as usize).copied();
            let stays = verifier.balance == Balance::Sticky && replicas > 1;
            let stuck = stays.then_some(self.stuck.len() as u32);
            if stays {
                let sources = self.system.attacker.replays.len() + self.system.lawful.len();
                self.stuck.extend((0..sources).map(|source| (number as u16, source as u16)));
            }
            let origins = self.slots.origin.iter();
            let takes = origins.map(|c| verifier.accepts.contains(&CredentialId(*c))).collect();
            self.verifiers.push(PlanVerifier {
                check,
                issuer,
                first_replica: self.replicas,
                replicas,
                balance: verifier.balance,
                stuck,
                tiers: (first_tier, self.tiers.len() as u32),
                plain_tier: nearest.filter(|tier| bare && is_plain(self.cache(tier))),
                lookups: (first_lookup, self.lookups.len() as u32),
                may_stay_unanswered,
                responses: None,
                takes,
                looks_at: verifier.looks_at,
                always_turns_away: self.system.always_turns_away(verifier),
                compares: verifier.check == Check::Itself,
            });
            self.replicas += replicas;
        }
    }

    /// Whether a verifier takes a credential that ends by itself wherever it is looked at.
    fn sees_ends(&self, verifier: &Verifier) -> bool {
        let mut taken = verifier.accepts.iter().map(|id| &self.system.credentials[id.index()]);
        taken.any(|credential| credential.kind.shows_its_end())
    }

    fn ways_to_issuers(&self) -> Vec<Way> {
        let instances = |tier: &Tier, replicas| if tier.per_replica { replicas } else { 1 };
        let way = |place: &PlanVerifier| {
            let tiers = self.tiers_of(place).iter();
            let tiers = tiers.map(|tier| (tier.cache, tier.first_instance, instances(tier, place.replicas)));
            Way { tiers: tiers.collect() }
        };
        self.verifiers.iter().map(way).collect()
    }

    fn lay_responses(&mut self) {
        let first: Vec<u32> = self.verifiers.iter().map(|place| place.first_replica).collect();
        (self.responses, self.response_cells) = response_plan::lay(self.system, self.credentials, &first);
        for (number, place) in (0..).zip(&self.responses) {
            self.verifiers[place.verifier as usize].responses = Some(number);
        }
    }

    fn lay_routes(&mut self) {
        for (number, route) in self.system.routes.iter().enumerate() {
            let first = self.hops.len() as u32;
            for verifier in &route.verifiers {
                self.hops.push(verifier.0);
                self.routes_of[verifier.index()].push(number as u16);
            }
            self.routes.push(PlanRoute { target: route.target.0, first, hops: route.verifiers.len() as u32 });
        }
    }

    fn lay_channels(&mut self) {
        for (number, named) in self.system.channels.iter().enumerate() {
            let looked_up = match named.channel.role() {
                Role::LookedUp(list) => Some(list),
                Role::Heard | Role::Asked(_) | Role::Implicit => None,
            };
            let mut channel = PlanChannel { listeners: Vec::new(), looked_up, readers: Vec::new(), cut: Vec::new() };
            for (index, verifier) in self.system.verifiers.iter().enumerate() {
                let place = &self.verifiers[index];
                let way = Part::Hearing(VerifierId::at(index), ChannelId::at(number));
                if channel.looked_up.is_none() && self.system.faults.iter().any(|fault| fault.takes_down(way)) {
                    channel.cut.push(index as u16);
                }
                for hearing in verifier.hears.iter().filter(|hearing| hearing.channel.index() == number) {
                    if channel.looked_up.is_some() {
                        channel.readers.push(index as u16);
                        continue;
                    }
                    let listener = |replica, among| PlanListener {
                        verifier: index as u16,
                        replica,
                        among,
                        action: hearing.action,
                    };
                    if named.channel.reaches_one_replica() {
                        channel.listeners.push(listener(place.first_replica, place.replicas));
                    } else {
                        channel.listeners.extend((0..place.replicas).map(|r| listener(place.first_replica + r, 1)));
                    }
                }
            }
            self.channels.push(channel);
        }
    }

    fn lay_compromised(&mut self) {
        for copy in &self.system.attacker.steals {
            if !self.compromised.contains(&copy.credential.0) {
                self.compromised.push(copy.credential.0);
            }
        }
        let steals = &self.system.attacker.steals;
        let behind = |(number, copy): (usize, &StolenCopy)| Some((number as u16, copy.behind?.0));
        self.hidden = steals.iter().enumerate().filter_map(behind).collect();
        for credential in &self.compromised {
            let mut copies = steals.iter().filter(|copy| copy.credential.0 == *credential);
            self.only_hidden[*credential as usize] = copies.all(|copy| copy.behind.is_some());
        }
    }

    fn lay_ways(&mut self) {
        for route in 0..self.routes.len() as u16 {
            let taken = self.compromised.iter().filter(|c| self.taken_on(route, **c)).map(|c| (route, *c));
            let ways: Vec<(u16, u16)> = taken.collect();
            let target = self.routes[route as usize].target as usize;
            self.ways_to[target].extend(ways);
            let minted = self.rings_taken_on(route).into_iter().map(|ring| (route, ring));
            let minted: Vec<(u16, u16)> = minted.collect();
            self.minted_ways_to[target].extend(minted);
        }
    }

    /// The verifier on the only way to a target, where it would accept there whatever it would accept anywhere.
    fn alone_before(&self, target: usize) -> Option<u16> {
        let ([(route, credential)], []) = (&self.ways_to[target][..], &self.minted_ways_to[target][..]) else {
            return None;
        };
        let [verifier] = self.hops_of(*route) else { return None };
        let place = &self.verifiers[*verifier as usize];
        let others = self.compromised.iter().filter(|other| *other != credential);
        let takes_others = others.copied().chain(self.slots.rings.iter().map(|ring| ring.first));
        let passes_by = self.tiers_of(place).iter().any(|tier| !self.cache(tier).bypass.is_empty());
        let more = passes_by || !self.held.is_empty() || !self.responses.is_empty();
        let mut takes_others = takes_others.filter(|other| place.takes[*other as usize]);
        (!more && takes_others.next().is_none()).then_some(*verifier)
    }

    fn lay_sources(&mut self) {
        let attacker = &self.system.attacker;
        for stream in &attacker.replays {
            let recorded = matches!(stream.arrivals, Arrivals::Trace(_));
            self.sources.push(Source {
                arrivals: stream.arrivals.clone(),
                routes: stream.routes.iter().map(|route| route.0).collect(),
                order: stream.order,
                on_reject: stream.on_reject,
                standing: attacker.first_try.is_none() && !recorded,
                presents: self.presentable(&self.compromised, &stream.routes),
                mints: (0..self.routes.len() as u16).map(|route| self.rings_taken_on(route)).collect(),
                places: Vec::new(),
                lanes: Vec::new(),
                plain: false,
            });
        }
        for client in &self.system.lawful {
            let uses: Vec<u16> = client.uses.iter().map(|credential| credential.0).collect();
            self.sources.push(Source {
                arrivals: client.arrivals.clone(),
                routes: client.routes.iter().map(|route| route.0).collect(),
                order: client.order,
                on_reject: OnReject::Retry,
                standing: !matches!(client.arrivals, Arrivals::Trace(_)),
                presents: self.presentable(&uses, &client.routes),
                mints: Vec::new(),
                places: Vec::new(),
                lanes: Vec::new(),
                plain: false,
            });
        }
    }

    fn lay_switches(&mut self) {
        for copy in &self.system.copies {
            if let Some(client) = copy.used_by {
                self.switches[usize::from(client) * self.originals + copy.credential.index()] = Some(Moment::NEVER);
            }
        }
    }

    /// The rings whose credential every verifier on `route` takes.
    fn rings_taken_on(&self, route: u16) -> Vec<u16> {
        let rings = (0..self.slots.rings.len() as u16).filter(|ring| self.slots.rings[*ring as usize].places > 0);
        rings.filter(|ring| self.taken_on(route, self.slots.rings[*ring as usize].first)).collect()
    }

    /// Whether something can tell a verifier to reject what its caches would let in: news, or a fault.
    pub(super) fn is_told(&self, verifier: u16) -> bool {
        let fails = |part: Part| part == Part::Verifier(VerifierId(verifier));
        !self.system.verifiers[verifier as usize].hears.is_empty()
            || self.system.faults.iter().any(|fault| fails(fault.part))
    }

    /// For each route of the plan, those of `credentials` that every verifier on it takes, if it is called at all.
    fn presentable(&self, credentials: &[u16], called: &[RouteId]) -> Vec<Vec<u16>> {
        let mut presents = vec![Vec::new(); self.routes.len()];
        for route in called {
            presents[route.index()] = credentials.iter().copied().filter(|c| self.taken_on(route.0, *c)).collect();
        }
        presents
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

/// Whether every request looks into a cache, and a hit on a fresh entry leaves it as it was.
fn is_plain(cache: &Cache) -> bool {
    cache.bypass.is_empty()
        && cache.renewal == Renewal::Insertion
        && cache.idle.is_none()
        && cache.refresh_ahead.is_none()
}
