//! How the attacker makes more of what it has: it mints derived credentials, and undoes revocations while they spread.

use super::lineage::from_the_roots;
use super::map::Map;
use super::names::Parts;
use crate::model::id::{CredentialId, TargetId};
use crate::model::lineage::{Cadence, Minting, Undoing};
use crate::model::play::compiled::slots::{MOST_PLACES, MOST_SLOTS, needed, places};
use crate::model::system::System;
use crate::random::law::Law;
use crate::settings::form::Form;
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;
use crate::settings::values::{positive, word};
use crate::units::probability::Share;
use crate::units::rate::Rate;
use crate::units::time::Span;

/// How minting is written.
pub const GRAMMAR: &str = "`poisson RATE`, `every DURATION`, `on_rejection` or `at_expiry` (each also `limit=COUNT`)";

/// Settings of an attacker that undoes revocations.
pub const UNDO_KEYS: [Key; 3] = [
    Key::required("at", Value::Name, "The target at which it can, as long as it is accepted there."),
    Key::optional("after", Value::Law, "0s", "Time from the recording of a revocation until it tries."),
    Key::optional("chance", Value::Share, "100%", "Probability that it tries at all."),
];

/// Reads what the attacker mints, given what it steals: parents before what is derived from them.
pub fn read(reader: &mut Reader<'_>, stolen: &[CredentialId], map: Map<'_>, parts: &mut Parts) -> Vec<Minting> {
    let mut found = Vec::new();
    for (name, node) in reader.named_sections("mints", super::credentials::MOST) {
        let context = reader.context();
        let credential = parts.credentials.find(name, context);
        let text = node.text("`mints`", &mut context.diagnostics);
        let cadence = text.and_then(|text| {
            let read = Form::parse(text).and_then(|mut form| {
                let (cadence, limit) = (cadence(&mut form)?, form.optional("limit", at_most));
                Ok((cadence, limit, form.faults()))
            });
            let (cadence, limit, faults) = read.unwrap_or_else(|fault| (Cadence::AtExpiry, None, vec![fault]));
            faults.iter().for_each(|fault| context.fault_of_text(node.place, fault));
            faults.is_empty().then_some((cadence, limit))
        });
        let (Some(at), Some((cadence, limit))) = (credential, cadence) else { continue };
        if map.credentials[at].as_ref().is_some_and(|one| one.derived.is_none()) {
            let message = format!("`{}` is derived from nothing, so the attacker cannot mint it", name.text);
            context.fault(name.place, message, "say with `from` at the credential what it is derived from");
            continue;
        }
        found.push((name, Minting { credential: CredentialId::at(at), cadence, limit }));
    }
    let parents: Vec<Option<usize>> = (0..map.credentials.len()).map(|at| parent(map, at)).collect();
    let order = if parents_are_sound(&parents) { from_the_roots(&parents) } else { return Vec::new() };
    let depth = |id: CredentialId| order.iter().position(|at| *at == id.index());
    found.sort_by_key(|(_, minting)| depth(minting.credential));
    let mut held = stolen.to_vec();
    let mut mints = Vec::new();
    for (name, minting) in found {
        let from = parents[minting.credential.index()].map(CredentialId::at);
        if let Some(from) = from.filter(|from| !held.contains(from)) {
            let message = format!(
                "the attacker cannot mint `{}`: it neither steals nor mints `{}`",
                name.text,
                parts.credentials.text(from.index())
            );
            reader.context().fault(name.place, message, "let it steal or mint that as well, or remove this");
            continue;
        }
        reachable(reader, &minting, from, map, parts);
        held.push(minting.credential);
        mints.push(minting);
    }
    if !mints.is_empty() && !reader.has("first_try") {
        let message = "an attacker that mints has a first try: what it minted before would be without end";
        reader.wrong("mints", message, "add `first_try`, for example `first_try: 0s`");
    }
    mints
}

fn parent(map: Map<'_>, at: usize) -> Option<usize> {
    map.credentials[at].as_ref()?.derived.as_ref().map(|derived| derived.from.index())
}

fn parents_are_sound(parents: &[Option<usize>]) -> bool {
    (0..parents.len()).all(|at| std::iter::successors(Some(at), |at| parents[*at]).nth(parents.len()).is_none())
}

/// Reports a target that gives out credentials and does not let the parent in.
fn reachable(reader: &mut Reader<'_>, minting: &Minting, from: Option<CredentialId>, map: Map<'_>, parts: &Parts) {
    let minted_at =
        map.credentials[minting.credential.index()].as_ref().and_then(|one| one.derived.as_ref()?.minted_at);
    let (Some(target), Some(from), Some(routes)) = (minted_at, from, map.routes) else { return };
    let known = map.credentials.iter().all(Option::is_some) && map.verifiers.iter().all(Option::is_some);
    let open = map.open_to(&[from]);
    if known && !open.iter().any(|route| routes[route.index()].target == target) {
        let message = format!(
            "`{}` is minted at `{}`, which `{}` does not open",
            parts.credentials.text(minting.credential.index()),
            parts.targets.text(target.index()),
            parts.credentials.text(from.index())
        );
        reader.wrong("mints", &message, "let the verifiers before that target accept the parent");
    }
}

/// A cadence as a form; `limit` is read by the caller.
///
/// # Errors
/// A fragment that says what is wrong.
pub fn cadence(form: &mut Form) -> Result<Cadence, String> {
    const HEADS: [&str; 4] = ["poisson", "every", "on_rejection", "at_expiry"];
    let head =
        word(&form.head, &HEADS).map_err(|_| format!("`{}` is not a way to mint; write {GRAMMAR}", form.head))?;
    let any_rate = Rate::per_second(1.0).expect("one a second is a rate");
    Ok(match head {
        "poisson" => Cadence::Poisson(form.rest(Rate::parse).unwrap_or(any_rate)),
        "every" => Cadence::Every(form.rest(|text| positive("every", Span::parse(text)?)).unwrap_or(Span::SECOND)),
        "on_rejection" => Cadence::OnRejection,
        _ => Cadence::AtExpiry,
    })
}

fn at_most(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|count| (1..=100_000).contains(count))
        .ok_or_else(|| format!("`{text}` is not a number of credentials; write 1 to 100000"))
}

/// Reports minting of which the attacker would hold more at once than there is room for.
pub fn held_at_once(system: &System, top: &mut Reader<'_>) {
    for minting in &system.attacker.mints {
        let name = &system.credentials[minting.credential.index()].name;
        let message = match places(system, minting) {
            Some(held) if held <= MOST_PLACES => continue,
            Some(held) => {
                format!("the attacker would hold up to {held} of `{name}` at once, and at most {MOST_PLACES} are kept")
            }
            None => format!("what the attacker mints of `{name}` is good for ever, so it would hold more and more"),
        };
        top.wrong("attacker", &message, "give it a `limit`, a shorter lifetime, or let it mint less often");
    }
    let slots = needed(system);
    if slots > MOST_SLOTS {
        let message = format!(
            "{slots} credentials may be held at once, of all that are named, minted and refreshed, and at most \
             {MOST_SLOTS} are kept"
        );
        top.wrong("attacker", &message, "give what it mints a `limit`, shorter lifetimes, or let it mint less often");
    }
}

/// Reads whether the attacker undoes revocations.
pub fn undoes(reader: &mut Reader<'_>, stolen: &[CredentialId], map: Map<'_>, parts: &mut Parts) -> Option<Undoing> {
    let place = reader.place_of("undoes");
    let undoing = reader.section("undoes", "undoes", &UNDO_KEYS, |inner| {
        let at = inner.name("at").and_then(|target| parts.targets.find(target, inner.context()));
        let after = inner.law("after").unwrap_or(Law::ZERO);
        let chance = inner.share("chance").unwrap_or(Share::ALL);
        if chance == Share::NONE {
            inner.wrong("chance", "it never tries", "write a share above 0%, or remove `undoes`");
        }
        Some(Undoing { at: TargetId::at(at?), after, chance })
    });
    let undoing = undoing.flatten()?;
    let known = map.credentials.iter().all(Option::is_some) && map.verifiers.iter().all(Option::is_some);
    if let Some(routes) = map.routes.filter(|_| known)
        && !map.open_to(stolen).iter().any(|route| routes[route.index()].target == undoing.at)
    {
        let message = format!("no credential of the attacker opens `{}`", parts.targets.text(undoing.at.index()));
        reader.context().fault(place, message, "name a target that it can reach");
        return None;
    }
    Some(undoing)
}
