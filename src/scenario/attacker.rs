//! The section `attacker`: which copies it finds, and what its automation does with them.

use super::arrivals;
use super::class;
use super::copies::Written;
use super::map::Map;
use super::mints;
use super::names::Parts;
use super::trace::names_targets;
use crate::model::attacker::{Attacker, StolenCopy, Validating};
use crate::model::credential::Credential;
use crate::model::id::{CredentialId, RouteId, TargetId};
use crate::model::lineage::Minting;
use crate::model::place::Route;
use crate::model::workload::{Arrivals, OnReject, Order, ReplayStream};
use crate::random::law::Law;
use crate::settings::context::Context;
use crate::settings::form::Form;
use crate::settings::key::{Key, Value};
use crate::settings::named::Named;
use crate::settings::reader::Reader;
use crate::settings::values::{number_at_least, positive, word};
use crate::units::probability::Share;
use crate::units::time::Span;

/// The most streams of replays.
pub const MOST_STREAMS: usize = 64;

/// Names of the orders in which targets are called.
pub const ORDERS: [&str; 3] = ["enumerate", "stick", "roam"];

/// Settings of the attacker.
pub const KEYS: [Key; 11] = [
    Key::optional(
        "class",
        Value::OneOf(&class::NAMES),
        "none",
        "A class of attackers, for the settings that are left out here; see [Classes of attackers](#classes-of-attackers).",
    ),
    Key::required("steals", Value::Names, "Credentials or copies that it finds."),
    Key::optional("first_try", Value::Law, "it has always been there", "Time from having a copy to its first request."),
    Key::optional(
        "validates",
        Value::Section(&VALIDATE_KEYS),
        "its automation begins with its first try",
        "The one call by which it finds out whether what it found works; rejected there, it drops it.",
    ),
    Key::optional(
        "inside",
        Value::Share,
        "0%",
        "Probability that it calls from a network that verifiers which check `network` let in.",
    ),
    Key::optional(
        "imitates",
        Value::Share,
        "0%",
        "Probability that its requests pass for lawful ones where verifiers check `request`.",
    ),
    Key::optional(
        "changes_address",
        Value::Share,
        "0%",
        "Probability that it comes from elsewhere by the time a network is blocked.",
    ),
    Key::required(
        "replays",
        Value::SectionOrList(&REPLAY_KEYS),
        "What its automation does: one stream of replays, or several; may be left out with a `class`.",
    ),
    Key::optional(
        "holds_open",
        Value::Names,
        "none",
        "Targets at which it holds a connection open from its first acceptance on, and opens another when that ends.",
    ),
    Key::optional(
        "mints",
        Value::Forms(mints::GRAMMAR),
        "nothing",
        "Derived credentials that it gets with what it holds, and when; it presents the newest first.",
    ),
    Key::optional(
        "undoes",
        Value::Section(&mints::UNDO_KEYS),
        "nothing",
        "Whether it undoes a revocation while that spreads.",
    ),
];

/// Settings of a validation.
pub const VALIDATE_KEYS: [Key; 2] = [
    Key::required("at", Value::Name, "The target that it calls."),
    Key::optional("then", Value::Law, "0s", "Time from the acceptance there until its automation begins."),
];

/// Settings of a stream of replays.
pub const REPLAY_KEYS: [Key; 4] = [
    Key::required(
        "arrivals",
        arrivals::VALUE,
        "How its requests are spaced, bursts and silences exponential with these means.",
    ),
    Key::optional("targets", Value::Names, "every target that a stolen credential opens", "Targets that it calls."),
    Key::optional("order", Value::OneOf(&ORDERS), "enumerate", "In which order it calls them."),
    Key::optional(
        "on_reject",
        Value::Form(ON_REJECT),
        "retry",
        "What it does when it is rejected (HTTP 401 or 403) and holds nothing else that was not refused there.",
    ),
];

const ON_REJECT: &str = "`retry`, `back_off(first=DURATION factor=NUMBER longest=DURATION give_up=COUNT)`, `move_on` or `give_up(after=COUNT)`";

/// Reads the attacker; nothing if what it steals is at fault.
pub fn read(reader: &mut Reader<'_>, copies: &[Written], map: Map<'_>, parts: &mut Parts) -> Option<Attacker> {
    let mut steals = Vec::new();
    let mut whole = true;
    for name in reader.names("steals") {
        match stolen(name, copies, parts, reader.context()) {
            Some(copy) => steals.push(copy),
            None => whole = false,
        }
    }
    let mut ids: Vec<CredentialId> = steals.iter().map(|copy| copy.credential).collect();
    ids.dedup();
    let mints = mints::read(reader, &ids, map, parts);
    ids.extend(mints.iter().map(|minting| minting.credential));
    let undoes = mints::undoes(reader, &ids, map, parts);
    let open = map.open_to(&ids);
    if whole && !steals.is_empty() && open.is_empty() && map.routes.is_some_and(|routes| !routes.is_empty()) {
        let mintable = |one: &Credential| one.derived.as_ref().is_some_and(|edge| ids.contains(&edge.from));
        let help = if map.credentials.iter().flatten().any(mintable) {
            "say with `mints` what it gets with it, or let the verifiers on some route all accept it"
        } else {
            "let the verifiers on some route all accept it, or steal another credential"
        };
        reader.wrong("steals", "nothing that the attacker steals opens any target", help);
    }
    let mut replays = Vec::new();
    for node in reader.one_or_many("replays", MOST_STREAMS) {
        let Some(mut inner) = Reader::open(node, node.head(), "a stream of replays", &[&REPLAY_KEYS], reader.context())
        else {
            continue;
        };
        replays.extend(stream(&mut inner, &open, map, parts));
    }
    let first_try = reader.law("first_try");
    let has_trace = replays.iter().any(|stream| matches!(stream.arrivals, Arrivals::Trace(_)));
    if has_trace
        && replays.iter().all(|stream| matches!(stream.arrivals, Arrivals::Trace(_)))
        && reader.has("first_try")
        && mints.is_empty()
    {
        reader.without_effect("first_try", "the recording says when each request is made; remove one of both");
    }
    if !has_trace && !reader.has("first_try") && !reader.was_meant("first_try") {
        found_by_who_was_always_there(&steals, reader);
    }
    let validates = validates(reader, &open, map, parts);
    hidden_behind_what_opens(&steals, &mints, map, reader);
    let holds_open = holds_open(reader, &replays, map, parts);
    let changes_address = reader.share("changes_address").unwrap_or(Share::NONE);
    let inside = reader.share("inside").unwrap_or(Share::NONE);
    let imitates = reader.share("imitates").unwrap_or(Share::NONE);
    (!steals.is_empty()).then_some(Attacker {
        steals,
        first_try,
        validates,
        inside,
        imitates,
        changes_address,
        replays,
        holds_open,
        mints,
        undoes,
    })
}

/// Who has always been there has had what it finds as long.
fn found_by_who_was_always_there(steals: &[StolenCopy], reader: &mut Reader<'_>) {
    if steals.iter().any(|copy| copy.found_after != Law::ZERO) {
        let message = "`found_after` contradicts an attacker without `first_try`, which has always had what it finds";
        reader.wrong("steals", message, "add `first_try`, for example `first_try: 0s`, or remove `found_after`");
    }
}

/// The call that it makes first.
fn validates(reader: &mut Reader<'_>, open: &[RouteId], map: Map<'_>, parts: &mut Parts) -> Option<Validating> {
    if reader.has("validates") && !reader.has("first_try") && !reader.was_meant("first_try") {
        let help = "an attacker that has always been there validates nothing; say with `first_try` when it calls first";
        reader.without_effect("validates", help);
    }
    reader
        .section("validates", "validates", &VALIDATE_KEYS, |inner| {
            let then = inner.law("then").unwrap_or(Law::ZERO);
            let named = inner.name("at")?;
            let at = TargetId::at(parts.targets.find(named, inner.context())?);
            let leads = |id: &RouteId| map.routes.is_none_or(|routes| routes[id.index()].target == at);
            if !open.is_empty() && !open.iter().any(leads) {
                let message = format!("nothing that the attacker steals opens `{}`", named.text);
                inner.context().fault(named.place, message, "name a target that what it finds first opens");
            }
            Some(Validating { at, then })
        })
        .flatten()
}

/// What lies behind a target is only found if something else leads there.
fn hidden_behind_what_opens(steals: &[StolenCopy], mints: &[Minting], map: Map<'_>, reader: &mut Reader<'_>) {
    let Some(routes) = map.routes.filter(|_| map.verifiers.iter().all(Option::is_some)) else { return };
    // Found one after the other, each may lead to the next.
    let mut held: Vec<CredentialId> = mints.iter().map(|minting| minting.credential).collect();
    held.extend(steals.iter().filter(|copy| copy.behind.is_none()).map(|copy| copy.credential));
    let mut left: Vec<&StolenCopy> = steals.iter().filter(|copy| copy.behind.is_some()).collect();
    loop {
        let open = map.open_to(&held);
        let reached = |copy: &&StolenCopy| open.iter().any(|id| Some(routes[id.index()].target) == copy.behind);
        let (found, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(reached);
        left = rest;
        if found.is_empty() {
            break;
        }
        held.extend(found.iter().map(|copy| copy.credential));
    }
    for copy in left {
        let message =
            format!("the attacker never finds `{}`: nothing that it has before opens the target there", copy.name);
        reader.wrong("steals", &message, "let it steal what opens the target of `found_at`, or name another target");
    }
}

/// The targets at which it holds connections open: replays must lead there, over a verifier that keeps connections.
fn holds_open(reader: &mut Reader<'_>, replays: &[ReplayStream], map: Map<'_>, parts: &mut Parts) -> Vec<TargetId> {
    let mut found = Vec::new();
    for name in reader.names("holds_open") {
        let Some(at) = parts.targets.find(name, reader.context()) else { continue };
        let target = TargetId::at(at);
        found.push(target);
        let Some(routes) = map.routes else { continue };
        let leads = |id: &RouteId| routes[id.index()].target == target;
        let called = replays.iter().filter(|stream| !matches!(stream.arrivals, Arrivals::Trace(_)));
        if !called.flat_map(|stream| &stream.routes).any(leads) {
            reader.context().fault(
                name.place,
                format!("no stream of replays calls `{}`, so no connection is opened there", name.text),
                "let one call it, or name another target; recordings hold none open",
            );
        }
        let keeps = |route: &&Route| {
            route.verifiers.iter().any(|at| map.verifiers[at.index()].as_ref().is_none_or(|v| v.connections.is_some()))
        };
        if !routes.iter().filter(|route| route.target == target).all(|route| keeps(&route)) {
            reader.context().fault(
                name.place,
                format!("a way to `{}` passes no verifier that keeps connections", name.text),
                "say with `connections: { max_age: 1h }` at a verifier on each way how long it keeps them",
            );
        }
    }
    found
}

fn stolen(name: Named<'_>, copies: &[Written], parts: &mut Parts, context: &mut Context) -> Option<StolenCopy> {
    if let Some(at) = parts.copies.position(name.text) {
        parts.copies.mark_used(at);
        return copies[at].stolen.clone();
    }
    if let Some(at) = parts.credentials.position(name.text) {
        parts.credentials.mark_used(at);
        return Some(StolenCopy {
            name: name.text.to_owned(),
            credential: CredentialId::at(at),
            found_after: Law::ZERO,
            behind: None,
            found: Share::ALL,
        });
    }
    let help = if parts.copies.is_empty() {
        parts.credentials.remedy(name.text)
    } else {
        format!(
            "among copies: {}; among credentials: {}",
            parts.copies.remedy(name.text),
            parts.credentials.remedy(name.text)
        )
    };
    context.fault(name.place, format!("there is no credential or copy `{}`", name.text), help);
    None
}

fn stream(reader: &mut Reader<'_>, open: &[RouteId], map: Map<'_>, parts: &mut Parts) -> Option<ReplayStream> {
    let arrivals = arrivals::read(reader, "arrivals", parts);
    let targets = reader.names("targets");
    let routes = map.narrowed(open.to_vec(), &targets, "no stolen credential opens", parts, reader.context());
    let order = order(reader, Order::Enumerate);
    let on_reject = reader.form("on_reject", on_reject).unwrap_or(OnReject::Retry);
    if let Some(Arrivals::Trace(trace)) = &arrivals
        && names_targets(trace)
    {
        reader.none_have_effect(
            &["order", "on_reject", "targets"],
            "the rows of the recording name their targets; remove one of both",
        );
        map.all_reached(trace, &routes, "no stolen credential opens", "arrivals", reader, parts);
    }
    Some(ReplayStream { arrivals: arrivals?, routes, order, on_reject })
}

/// The order under `order`.
pub fn order(reader: &mut Reader<'_>, default: Order) -> Order {
    let word = reader.one_of("order");
    Order::ALL.iter().find(|(_, name)| Some(*name) == word).map_or(default, |(order, _)| *order)
}

fn on_reject(form: &mut Form, _: &mut Context) -> Result<OnReject, String> {
    let head = word(&form.head, &["retry", "back_off", "move_on", "give_up"])
        .map_err(|_| format!("`{}` is not a reaction to rejection; write {ON_REJECT}", form.head))?;
    Ok(match head {
        "back_off" => {
            let first = form.required("first", |text| positive("first", Span::parse(text)?)).unwrap_or(Span::SECOND);
            let longest = form.optional("longest", |text| positive("longest", Span::parse(text)?));
            if first < Span::from_nanos(1_000_000) {
                return Err("`first` is shorter than 1ms, so that a rejection would make the attacker faster than any tool; write at least `1ms`".into());
            }
            if longest.is_some_and(|longest| longest < first) {
                return Err("`longest` is shorter than `first`; make it at least as long".into());
            }
            OnReject::BackOff {
                first,
                factor: form.optional("factor", |text| number_at_least(text, 1.0)).unwrap_or(2.0),
                longest,
                give_up: form.optional("give_up", rejections),
            }
        }
        "give_up" => OnReject::GiveUp { after: form.required("after", rejections).unwrap_or(1) },
        "move_on" => OnReject::MoveOn,
        _ => OnReject::Retry,
    })
}

fn rejections(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|count| (1..=1_000_000).contains(count))
        .ok_or_else(|| format!("`{text}` is not a number of rejections; write 1 to 1000000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_orders_are_those_of_the_model() {
        assert_eq!(Order::ALL.map(|(_, name)| name), ORDERS);
    }
}
