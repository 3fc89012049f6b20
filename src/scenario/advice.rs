//! What is allowed and should be looked at: parts that nobody uses, figures that hide the effect that is looked for.

use super::names::{Names, Parts};
use super::{advice_on_clients, advice_on_lineage};
use crate::model::cache::{Cache, Ttl};
use crate::model::channel::contract::{Brings, LookedUp, Role};
use crate::model::copy::HeldCopy;
use crate::model::credential::Lifetime;
use crate::model::defender::{Detects, Does, Revoking, Step};
use crate::model::id::{CredentialId, VerifierId};
use crate::model::questions::roughly;
use crate::model::system::{Start, System};
use crate::model::verifier::{Action, Check, Verifier};
use crate::model::workload::{Trace, TraceOrigin};
use crate::model::worst::bound;
use crate::settings::context::Context;
use crate::settings::laws;
use crate::settings::reader::Reader;
use crate::units::time::Span;

/// Parts that have a section and that nothing names.
pub fn on_unused_parts(parts: &Parts, context: &mut Context) {
    let kinds: [(&Names, &str, &str); 5] = [
        (&parts.credentials, "credential", "no verifier accepts it and nobody uses it"),
        (&parts.issuers, "issuer", "it issues nothing and nobody asks it"),
        (&parts.caches, "cache", "no verifier names it under `cache`"),
        (&parts.channels, "channel", "no verifier hears or asks it"),
        (&parts.copies, "copy", "the attacker does not find it"),
    ];
    for (names, what, why) in kinds {
        for (name, place) in names.unused() {
            context.advise(place, format!("{what} `{name}` is not used: {why}"), "use it, or remove it");
        }
    }
}

/// What only a whole system shows.
pub fn on_the_whole(system: &System, top: &mut Reader<'_>, parts: &Parts) {
    let context = top.context();
    for (at, verifier) in system.verifiers.iter().enumerate() {
        forgotten_denials(at, verifier, system, context, parts);
        unreachable_by_news(at, verifier, system, context, parts);
        outlived_horizon(at, verifier, system, context, parts);
    }
    advice_on_lineage::on_lineage(system, context, parts);
    channels_not_set_in_motion(system, context, parts);
    schedules_in_step(system, top, parts);
    recordings_cut_short(system, top);
    rough_load(system, top, parts);
    advice_on_clients::on_clients(system, top, parts);
    if !top.has("objectives") {
        let place = top.place();
        top.context().advise(
            place,
            "the scenario has no objectives, so no run of it can pass or fail",
            "add for example `objectives: [\"p99(time_to_contain) <= 60s\"]`",
        );
    }
}

/// A denial that is forgotten before the credential it denies has expired.
fn forgotten_denials(at: usize, verifier: &Verifier, system: &System, context: &mut Context, parts: &Parts) {
    if verifier.check != Check::Itself {
        return;
    }
    for hearing in &verifier.hears {
        let kept = match (hearing.action, system.channels[hearing.channel.index()].channel.role()) {
            (Action::Deny(Some(kept)), _) => kept,
            (Action::Deny(None), Role::LookedUp(LookedUp { kept_for: Some(kept), .. })) => kept,
            _ => continue,
        };
        let outlives = |lifetime: Lifetime, leeway: Span| match lifetime {
            Lifetime::Forever => true,
            Lifetime::For(span) => span + leeway > kept,
        };
        let longest = verifier.accepts.iter().map(|id| &system.credentials[id.index()]);
        for credential in longest.filter(|one| outlives(one.lifetime, verifier.leeway.unwrap_or(one.leeway))) {
            let message = format!(
                "after {kept} it is forgotten that `{}` denies `{}`, and the credential may live longer",
                verifier.name, credential.name
            );
            context.advise(
                parts.verifiers.place(at),
                message,
                "remember it for at least the lifetime and the leeway, or for good",
            );
        }
    }
}

/// A credential that nothing ends at a verifier that checks it alone.
fn unreachable_by_news(at: usize, verifier: &Verifier, system: &System, context: &mut Context, parts: &Parts) {
    let stolen = |id: &&CredentialId| system.attacker.steals.iter().any(|copy| copy.credential == **id);
    if verifier.check == Check::Nothing {
        // Where another verifier on the way checks, as behind a CDN, it is that one which closes.
        let checks = |id: &VerifierId| system.verifiers[id.index()].check != Check::Nothing;
        let mut ways = system.routes.iter().filter(|route| route.verifiers.iter().any(|one| one.index() == at));
        if ways.any(|route| !route.verifiers.iter().any(checks)) {
            let message =
                format!("`{}` checks nothing, so no revocation ever closes what lies behind it alone", verifier.name);
            context.advise(parts.verifiers.place(at), message, "objectives can leave it out with `{except=...}`");
        }
        return;
    }
    if verifier.check != Check::Itself || verifier.hears.iter().any(|hearing| matches!(hearing.action, Action::Deny(_)))
    {
        return;
    }
    // Another verifier on the way may close what this one alone leaves open.
    let behind = system.routes.iter().filter(|route| route.verifiers.iter().any(|one| one.index() == at));
    let closes = |target| bound(system, target).span.is_some_and(|span| span <= system.horizon);
    if behind.map(|route| route.target).all(closes) {
        return;
    }
    // With a new value in its place the old one is worth nothing there.
    let replaced = |id: &&CredentialId| {
        let here = |copy: &HeldCopy| copy.credential == **id && copy.at.is_some_and(|one| one.index() == at);
        verifier.hears.iter().any(|hearing| hearing.action == Action::Replace) || system.copies.iter().any(here)
    };
    let left = verifier.accepts.iter().filter(stolen).filter(|id| !replaced(id));
    for credential in left.map(|id| &system.credentials[id.index()]) {
        let what = match (credential.kind, credential.lifetime) {
            (kind, _) if kind.is_reference() => continue,
            (_, Lifetime::Forever) => "and it never expires, so no revocation ever closes it".to_owned(),
            (_, Lifetime::For(span)) if span > system.horizon => {
                format!("and it lives {span}, longer than the horizon of {}", system.horizon)
            }
            _ => continue,
        };
        let message =
            format!("`{}` accepts `{}` without hearing of its revocation, {what}", verifier.name, credential.name);
        context.advise(
            parts.verifiers.place(at),
            message,
            "let it hear a channel with `deny`, or expect trials that are not contained",
        );
    }
}

/// The caches of a verifier whose entries may outlive the horizon, and that no news reaches.
pub fn long_caches<'s>(verifier: &'s Verifier, system: &'s System) -> impl Iterator<Item = &'s Cache> {
    let tiers = match &verifier.check {
        Check::Asks(asked) if verifier.hears.is_empty() => asked.tiers.as_slice(),
        _ => &[],
    };
    let longer = |cache: &&Cache| match cache.ttl {
        Ttl::For(ttl) => ttl >= system.horizon,
        Ttl::Forever => true,
        Ttl::Disabled => false,
    };
    tiers.iter().map(|tier| &system.caches[tier.index()]).filter(longer)
}

/// A cache whose entries outlive the horizon hides when it closes.
fn outlived_horizon(at: usize, verifier: &Verifier, system: &System, context: &mut Context, parts: &Parts) {
    for cache in long_caches(verifier, system) {
        let message = format!(
            "the entries of `{}` may outlive the horizon of {} at `{}`, so trials end before it closes",
            cache.name, system.horizon, verifier.name
        );
        context.advise(
            parts.verifiers.place(at),
            message,
            "make the horizon longer than the ttl, or expect trials that are not contained",
        );
    }
}

/// A channel that carries nothing of what the playbook does is heard in vain.
fn channels_not_set_in_motion(system: &System, context: &mut Context, parts: &Parts) {
    for (at, channel) in system.channels.iter().enumerate() {
        let by_itself = |step: &Step| match step.does {
            Does::Push(channel) | Does::RotateKey(channel) | Does::Redeploy(channel) => channel.index() == at,
            _ => false,
        };
        let carried = system.defender.playbook.iter().any(|step| {
            let carries = |revoking: &Revoking| channel.carries.contains(&revoking.trigger);
            by_itself(step) || channel.channel.starts_by_itself() && step.revokes().is_some_and(carries)
        });
        let (why, help) = if channel.channel.starts_by_itself() {
            ("the playbook does nothing that it carries", "let it carry what the playbook does".to_owned())
        } else {
            let starts =
                if matches!(channel.channel.brings(), Brings::Keys { .. }) { "rotate_key" } else { "redeploy" };
            ("no step starts it", format!("add a step `{starts}: {}`", channel.name))
        };
        if !carried {
            let message = format!("channel `{}` is never set in motion: {why}", channel.name);
            let help = format!("{help}, unless this is what the scenario shows");
            context.advise(parts.channels.place(at), message, help);
        }
    }
}

/// A recording that goes on after the horizon is not played to its end.
fn recordings_cut_short(system: &System, top: &mut Reader<'_>) {
    let from_revocation = system.recordings().filter(|trace| trace.origin == TraceOrigin::Revocation);
    let ends = from_revocation.flat_map(Trace::requests).map(|one| one.at + one.latency.unwrap_or(Span::ZERO));
    if let Some(last) = ends.max().filter(|last| *last > system.horizon) {
        let message = format!("a recording goes on until {last} after the revocation, beyond the horizon");
        let place = top.place_of("horizon");
        top.context().advise(place, message, "make the horizon longer, or expect that the rest is not played");
    }
}

/// With `first_use` the phases of caches follow the attacker's first request, so a fixed schedule of the defender falls
/// into step with a TTL that divides it.
fn schedules_in_step(system: &System, top: &mut Reader<'_>, parts: &Parts) {
    if system.start != Start::FirstUse {
        return;
    }
    let defender = &system.defender;
    let takes = defender.playbook.first().map(|step| &step.takes);
    let Detects::After(detects) = &defender.detects else { return };
    let delays = [Some(detects), Some(&defender.triages), Some(&defender.approves), takes];
    let total: Option<Span> =
        delays.into_iter().flatten().map(laws::constant).try_fold(Span::ZERO, |sum, one| Some(sum + one?));
    let first = system.attacker.first_try.as_ref().map_or(Some(Span::ZERO), laws::constant);
    let (Some(total), Some(first)) = (total, first) else { return };
    let gap = (total - first).nanos();
    for (at, verifier) in system.verifiers.iter().enumerate() {
        let Check::Asks(asked) = &verifier.check else { continue };
        for cache in asked.tiers.iter().map(|tier| &system.caches[tier.index()]) {
            if let Ttl::For(ttl) = cache.ttl
                && gap > 0
                && gap % ttl.nanos() == 0
            {
                let message = format!(
                    "the revocation always comes {} after the first request, a multiple of the ttl {ttl} at `{}`: every trial meets the same phase",
                    Span::from_nanos(gap),
                    verifier.name
                );
                top.context().advise(
                    parts.verifiers.place(at),
                    message,
                    "give `detects` or `takes` a law instead of one value, unless this is what the scenario shows",
                );
            }
        }
    }
}

/// Load by other credentials that is worked out only roughly.
fn rough_load(system: &System, top: &mut Reader<'_>, parts: &Parts) {
    for (id, why, times) in roughly(system) {
        let message = format!(
            "what other credentials ask at `{}` is counted only roughly in `issuer_load`, and may be up to {times} times as much: {why}",
            system.verifiers[id.index()].name
        );
        let help = "leave that much room in objectives on `issuer_load`";
        top.context().advise(parts.verifiers.place(id.index()), message, help);
    }
}
