//! From a located tree to the settings of the model: every section in turn, every fault on the way.
//!
//! Names come first, so that sections may stand in any order. A part that is at fault leaves a hole and keeps its
//! number, and whatever depends on it holds back: no fault is reported that only follows from another.

use super::attacker;
use super::copies::Around;
use super::lawful::{self, Lawful};
use super::map::Map;
use super::names::{Names, Parts};
use super::playbook::Premises;
use super::routes::{self, Behind};
use super::surroundings::Surroundings;
use super::{
    bypass, caches, channels, conflicts, copies, countermeasures, credentials, defender, faults, hears, issuers,
    lineage, mints, responses, targets, verifiers,
};
use crate::document::node::Node;
use crate::model::cache::Cache;
use crate::model::channel::contract::NamedChannel;
use crate::model::credential::Credential;
use crate::model::id::IssuerId;
use crate::model::issuer::Issuer;
use crate::model::place::Target;
use crate::model::system::{PeakLoad, Start, System};
use crate::model::workload::{Arrivals, LawfulClient, OtherTraffic};
use crate::settings::context::Context;
use crate::settings::named::Named;
use crate::settings::reader::Reader;
use crate::settings::values::positive;
use crate::units::time::Span;

/// Sections with their names.
type Sections<'a> = Vec<(Named<'a>, &'a Node)>;

/// The sections of a scenario whose parts have names.
struct Written<'a> {
    credentials: Sections<'a>,
    issuers: Sections<'a>,
    caches: Sections<'a>,
    channels: Sections<'a>,
    verifiers: Sections<'a>,
    copies: Sections<'a>,
}

/// Reads the system; `top` is the scenario as a whole. Faults go to the context; none after any.
pub fn system(top: &mut Reader<'_>, parts: &mut Parts) -> Option<System> {
    let written = declare(top, parts);
    let start = start(top);
    let horizon = horizon(top);
    let give_up_after = top.positive_duration("give_up_after").unwrap_or(Span::from_nanos(86_400_000_000_000));
    let peak_load = if top.flag("peak_load").unwrap_or(false) { PeakLoad::Counted } else { PeakLoad::Ignored };
    let fronted = targets::declare(&written.verifiers, parts, top.context());

    let context = top.context();
    let mut credentials: Vec<_> =
        written.credentials.iter().map(|(name, node)| credentials::read(*name, node, parts, context)).collect();
    lineage::settle(&mut credentials, &written.credentials, parts, context);
    let issuers = issuers(&written.issuers, &credentials, parts, context);
    let channels: Vec<Option<NamedChannel>> =
        written.channels.iter().map(|(name, node)| channels::read(*name, node, parts, context)).collect();
    let mut caches: Vec<Option<Cache>> =
        written.caches.iter().map(|(name, node)| caches::read_shared(*name, node, parts, context)).collect();

    let mut behind: Behind = Vec::new();
    let mut verifiers = Vec::new();
    for (name, node) in &written.verifiers {
        let mut around =
            Surroundings { credentials: &credentials, channels: &channels, parts: &mut *parts, caches: &mut caches };
        let placed = verifiers::read(*name, node, &mut around, context);
        behind.push(placed.behind);
        verifiers.push(placed.verifier);
    }
    let found = routes::find(&behind, &fronted, parts, context);
    let map = Map { credentials: &credentials, verifiers: &verifiers, routes: found.as_deref() };

    let around = Around { credentials: &credentials, verifiers: &verifiers, channels: &channels };
    let mut owners = Names::new("owner");
    let copies: Vec<_> = written
        .copies
        .iter()
        .map(|(name, node)| copies::read(*name, node, around, &mut owners, parts, context))
        .collect();
    let attacker = top
        .section("attacker", "attacker", &attacker::KEYS, |inner| attacker::read(inner, &copies, map, parts))
        .flatten();
    let clients = lawful_clients(top, map, parts);
    let copied: Vec<_> = copies.iter().filter_map(|copy| Some(copy.stolen.as_ref()?.credential)).collect();
    let premises = Premises {
        credentials: &credentials,
        issuers: &issuers,
        verifiers: &verifiers,
        caches: &caches,
        channels: &channels,
        copied: &copied,
    };
    let defender = top
        .section("defender", "defender", &defender::KEYS, |inner| {
            defender::read(inner, attacker.as_ref(), premises, parts)
        })
        .flatten();
    let down: Vec<_> = top.named_sections("faults", faults::MOST);
    let around = faults::Around {
        credentials: &credentials,
        issuers: &issuers,
        caches: &caches,
        channels: &channels,
        verifiers: &verifiers,
        routes: found.as_deref(),
    };
    let faults: Vec<_> =
        down.into_iter().map(|(name, node)| faults::read(name, node, parts, around, top.context())).collect();

    conflicts::across_verifiers(&verifiers, &caches, &channels, parts, top.context());
    if let Some(routes) = &found {
        responses::one_a_route(routes, &verifiers, parts, top.context());
        bypass::not_behind(&written.verifiers, &written.caches, routes, &verifiers, parts, top.context());
        conflicts::shut_routes(routes, &credentials, &verifiers, parts, top.context());
    }
    conflicts::first_use_without_a_time(start, attacker.as_ref(), top);
    countermeasures::nobody_ever_revokes(defender.as_ref(), give_up_after, top);
    countermeasures::blocks_without_effect(defender.as_ref(), attacker.as_ref(), top);
    countermeasures::looks_without_effect(attacker.as_ref(), &verifiers, top);
    let streams = attacker.iter().flat_map(|attacker| &attacker.replays).map(|stream| &stream.arrivals);
    let sent = clients.iter().flatten().filter_map(Lawful::arrivals);
    let recordings: Vec<_> = streams.chain(sent).filter_map(Arrivals::recording).collect();
    conflicts::recordings_that_disagree(&recordings, &caches, top);
    countermeasures::not_known_beforehand(defender.as_ref(), &caches, &faults, &recordings, top);
    let simulated = clients.iter().filter_map(|client| match client {
        Some(Lawful::Client(client)) => Some(Some(client.as_ref().clone())),
        Some(Lawful::Others(_)) => None,
        None => Some(None),
    });
    let copies = copies::settle(copies, &simulated.collect::<Vec<_>>(), defender.as_ref(), parts, top.context());
    let (lawful, others) = split(clients.into_iter().collect::<Option<Vec<_>>>()?);
    let system = System {
        start,
        horizon: horizon?,
        give_up_after,
        credentials: credentials.into_iter().collect::<Option<_>>()?,
        issuers,
        caches: caches.into_iter().collect::<Option<_>>()?,
        channels: channels.into_iter().collect::<Option<_>>()?,
        verifiers: verifiers.into_iter().collect::<Option<_>>()?,
        targets: parts.targets.texts().map(|name| Target { name: name.to_owned() }).collect(),
        routes: found?,
        copies: copies?,
        attacker: attacker?,
        lawful,
        others,
        defender: defender?,
        faults: faults.into_iter().collect::<Option<_>>()?,
        peak_load,
    };
    mints::held_at_once(&system, top);
    hears::nothing_to_replace(&system, top);
    Some(system)
}

/// Takes in all names, those of issuers also where they are only mentioned.
fn declare<'a>(top: &mut Reader<'a>, parts: &mut Parts) -> Written<'a> {
    let written = Written {
        credentials: top.named_sections("credentials", credentials::MOST),
        issuers: top.named_sections("issuers", issuers::MOST),
        caches: top.named_sections("caches", caches::MOST),
        channels: top.named_sections("channels", channels::MOST),
        verifiers: top.named_sections("verifiers", verifiers::MOST),
        copies: top.named_sections("copies", credentials::MOST * 4),
    };
    let context = top.context();
    written.credentials.iter().for_each(|(name, _)| _ = parts.credentials.declare(*name, context));
    written.issuers.iter().for_each(|(name, _)| _ = parts.issuers.declare(*name, context));
    written.caches.iter().for_each(|(name, _)| _ = parts.caches.declare(*name, context));
    written.channels.iter().for_each(|(name, _)| _ = parts.channels.declare(*name, context));
    written.copies.iter().for_each(|(name, _)| _ = parts.copies.declare(*name, context));
    for (name, _) in &written.verifiers {
        if name.text == "nothing" {
            context.fault(
                name.place,
                "no verifier may be called `nothing`",
                "`behind: nothing` means that a verifier is reached directly; rename it",
            );
        }
        parts.verifiers.declare(*name, context);
    }
    for (channel, _) in &written.channels {
        if parts.issuers.position(channel.text).is_some() {
            let message = format!("`{}` is the name of an issuer and of a channel", channel.text);
            context.fault(channel.place, message, "rename one of them: `asks` and `part` could mean either");
        }
    }
    mention_issuers(&written, parts, context);
    written
}

fn mention_issuers(written: &Written<'_>, parts: &mut Parts, context: &mut Context) {
    let of = |sections: &Sections<'_>, key: &str, into: &mut Parts, context: &mut Context| {
        for (_, node) in sections {
            for issuer in targets::names(node, key) {
                if into.channels.position(issuer.text).is_none() && into.issuers.len() < issuers::MOST {
                    into.issuers.declare(issuer, context);
                }
            }
        }
    };
    of(&written.credentials, "issuer", parts, context);
    of(&written.channels, "from", parts, context);
    of(&written.verifiers, "asks", parts, context);
}

fn issuers(
    written: &Sections<'_>,
    credentials: &[Option<Credential>],
    parts: &Parts,
    context: &mut Context,
) -> Vec<Issuer> {
    let mut found: Vec<Issuer> = parts.issuers.texts().map(issuers::by_default).collect();
    for (name, node) in written {
        if let Some(at) = parts.issuers.position(name.text) {
            found[at] = issuers::read(*name, IssuerId::at(at), node, credentials, context);
        }
    }
    found
}

fn start(top: &mut Reader<'_>) -> Start {
    let word = top.one_of("start");
    Start::ALL.iter().find(|(_, name)| Some(*name) == word).map_or(Start::Stationary, |(start, _)| *start)
}

fn horizon(top: &mut Reader<'_>) -> Option<Span> {
    top.parsed("horizon", |text| {
        positive("horizon", Span::parse(text.strip_suffix(" after revocation").unwrap_or(text))?)
    })
}

fn lawful_clients(top: &mut Reader<'_>, map: Map<'_>, parts: &mut Parts) -> Vec<Option<Lawful>> {
    let written = top.named_sections("lawful", lawful::MOST);
    written.into_iter().map(|(name, node)| lawful::read(name, node, map, parts, top.context())).collect()
}

fn split(clients: Vec<Lawful>) -> (Vec<LawfulClient>, Vec<OtherTraffic>) {
    let (mut simulated, mut computed) = (Vec::new(), Vec::new());
    for client in clients {
        match client {
            Lawful::Client(client) => simulated.push(*client),
            Lawful::Others(traffic) => computed.push(traffic),
        }
    }
    (simulated, computed)
}
