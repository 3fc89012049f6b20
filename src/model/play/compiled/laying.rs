//! How a plan is laid out: verifiers, caches, routes, channels and sources of a system are numbered one after the other.

use super::capacity_plan::{self, Way};
use super::plan::{Plan, PlanChannel, PlanCheck, PlanListener, PlanRoute, PlanVerifier, Source, Tier};
use super::response_plan;
use super::slots::Slots;
use crate::model::attacker::StolenCopy;
use crate::model::cache::{Cache, Placement, Renewal};
use crate::model::channel::contract::Role;
use crate::model::fault::Part;
use crate::model::id::{ChannelId, CredentialId, RouteId, VerifierId};
use crate::model::system::System;
use crate::model::verifier::{Balance, Check, Verifier};
use crate::model::workload::{Arrivals, OnReject};
use crate::units::probability::Share;
use crate::units::time::{Moment, Span};

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

    /// For each route of the plan, those of `credentials` that every verifier on it takes, if it is called at all.
    fn presentable(&self, credentials: &[u16], called: &[RouteId]) -> Vec<Vec<u16>> {
        let mut presents = vec![Vec::new(); self.routes.len()];
        for route in called {
            presents[route.index()] = credentials.iter().copied().filter(|c| self.taken_on(route.0, *c)).collect();
        }
        presents
    }
}

/// Whether every request looks into a cache, and a hit on a fresh entry leaves it as it was.
fn is_plain(cache: &Cache) -> bool {
    cache.bypass.is_empty()
        && cache.renewal == Renewal::Insertion
        && cache.idle.is_none()
        && cache.refresh_ahead.is_none()
}
