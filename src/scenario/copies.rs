//! The section `copies`: where credentials lie, who answers for them, and how they are replaced there.
//!
//! What a copy is of, and when it is found, must be known before the attacker is read; who uses it can only be said
//! once the lawful clients are, and whether any of that has an effect once the playbook is.

use super::names::{Names, Parts};
use crate::document::node::Node;
use crate::document::source::Place;
use crate::model::attacker::StolenCopy;
use crate::model::channel::contract::{Brings, NamedChannel};
use crate::model::copy::{HeldCopy, Replaced};
use crate::model::credential::{Credential, CredentialKind};
use crate::model::defender::{Defender, Does};
use crate::model::id::{ChannelId, CredentialId, TargetId, VerifierId};
use crate::model::verifier::{Action, Check, Verifier};
use crate::model::workload::LawfulClient;
use crate::random::law::Law;
use crate::settings::context::Context;
use crate::settings::key::{Key, Value};
use crate::settings::named::Named;
use crate::settings::reader::Reader;
use crate::units::probability::Share;
use std::collections::BTreeMap;

/// Settings of a copy.
pub const KEYS: [Key; 12] = [
    Key::required("of", Value::Name, "The credential that it is a copy of."),
    Key::optional(
        "found_after",
        Value::Law,
        "0s",
        "Time until the attacker has it, from exposure, or from its first acceptance where the copy is `found_at`.",
    ),
    Key::optional(
        "found_at",
        Value::Name,
        "in the open",
        "The target behind which it lies: only who is accepted there can find it (pivoting).",
    ),
    Key::optional("found", Value::Share, "100%", "Probability that the attacker finds it at all."),
    Key::optional(
        "owner",
        Value::Name,
        "somebody of its own",
        "Who answers for it; an owner who never answers does so for all copies.",
    ),
    Key::optional("known", Value::Share, "100%", "Probability that it is in the inventory; otherwise it is missed."),
    Key::optional(
        "turns_up_after",
        Value::Law,
        "never",
        "Time from the order to replace it until it turns up, if it was missed.",
    ),
    Key::optional("takes", Value::Law, "0s", "How long it takes to replace it, once that is begun."),
    Key::optional(
        "replaced_by",
        Value::Name,
        "somebody, in the time that it takes",
        "The channel that brings the new value to the verifiers which hear it with `replace`.",
    ),
    Key::optional(
        "never",
        Value::Share,
        "0%",
        "Probability that its owner never answers; of what is stated for the copies of one owner the greatest counts.",
    ),
    Key::optional(
        "at",
        Value::Name,
        "nowhere",
        "The verifier that compares with it, and takes the new value from then on.",
    ),
    Key::optional(
        "used_by",
        Value::Name,
        "nobody",
        "The lawful client that presents it, and the new value from then on.",
    ),
];

/// Settings that say how a copy is replaced.
const OF_REPLACEMENT: [&str; 7] = ["known", "turns_up_after", "takes", "replaced_by", "never", "at", "used_by"];

/// A copy as far as it can be read before those who use it.
pub struct Written {
    /// What the attacker finds.
    pub stolen: Option<StolenCopy>,
    held: Option<HeldCopy>,
    used_by: Option<(String, Place)>,
    /// The first setting that says how it is replaced, and where.
    replacement: Option<(&'static str, Place)>,
}

/// What a copy is read with.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// Credentials.
    pub credentials: &'a [Option<Credential>],
    /// Verifiers.
    pub verifiers: &'a [Option<Verifier>],
    /// Channels.
    pub channels: &'a [Option<NamedChannel>],
}

/// Reads a copy, but for who uses it.
pub fn read(
    name: Named<'_>,
    node: &Node,
    around: Around<'_>,
    owners: &mut Names,
    parts: &mut Parts,
    context: &mut Context,
) -> Written {
    let nothing = Written { stolen: None, held: None, used_by: None, replacement: None };
    let what = format!("copy `{}`", name.text);
    let Some(mut reader) = Reader::open(node, name.place, what, &[&KEYS], context) else { return nothing };
    let of = reader.name("of");
    let credential = of.and_then(|of| parts.credentials.find(of, reader.context())).map(CredentialId::at);
    let found_after = reader.law("found_after").unwrap_or(Law::ZERO);
    let found = reader.share("found").unwrap_or(Share::ALL);
    let behind = reader.name("found_at").and_then(|target| parts.targets.find(target, reader.context()));
    let behind = behind.map(TargetId::at);
    if parts.credentials.position(name.text).is_some() {
        reader.context().fault(
            name.place,
            format!("`{}` is the name of a credential and of a copy", name.text),
            "rename the copy after the place where it lies",
        );
    }
    let owner = reader.name("owner").unwrap_or(name);
    let owner = owners.declare(owner, reader.context()) as u16;
    let known = reader.share("known").unwrap_or(Share::ALL);
    let turns_up_after = reader.law("turns_up_after").unwrap_or_else(Law::never);
    if known == Share::ALL {
        reader.none_have_effect(&["turns_up_after"], "the copy is always known; say with `known` how often it is");
    }
    let takes = reader.law("takes").unwrap_or(Law::ZERO);
    let never = reader.share("never").unwrap_or(Share::NONE);
    let settings = credential.and_then(|id| around.credentials[id.index()].as_ref());
    let by = by_channel(&mut reader, settings, around, parts);
    let at = at(&mut reader, credential.zip(settings), around, parts);
    if reader.has("at") && reader.has("used_by") {
        reader.without_effect("used_by", "a copy lies at a verifier or at a client; make two copies of it");
    }
    let replacement = OF_REPLACEMENT.into_iter().find(|key| reader.has(key)).map(|key| (key, reader.place_of(key)));
    let used_by = reader.name("used_by").map(|name| (name.text.to_owned(), name.place));
    let text = name.text.to_owned();
    let replaced = by.map_or(Replaced::After(takes), Replaced::By);
    Written {
        stolen: credential.map(|credential| StolenCopy { name: text.clone(), credential, found_after, behind, found }),
        held: credential.map(|credential| HeldCopy {
            name: text,
            credential,
            owner,
            known,
            turns_up_after,
            replaced,
            never,
            at,
            used_by: None,
        }),
        used_by,
        replacement,
    }
}

/// Whether verifiers compare a credential with a value that they hold, since no issuer knows it.
fn is_compared(credential: &Credential) -> bool {
    credential.kind == CredentialKind::StaticKey && credential.issuer.is_none()
}

fn by_channel(
    reader: &mut Reader<'_>,
    credential: Option<&Credential>,
    around: Around<'_>,
    parts: &mut Parts,
) -> Option<ChannelId> {
    let name = reader.name("replaced_by")?;
    let at = parts.channels.find(name, reader.context())?;
    let help = "the channel says when the new value comes and to whom; remove it";
    reader.none_have_effect(&["known", "turns_up_after", "takes", "never", "at"], help);
    let named = around.channels[at].as_ref()?;
    let hears = |verifier: &Verifier| {
        verifier.hears.iter().any(|one| one.channel.index() == at && one.action == Action::Replace)
    };
    if named.channel.brings() != Brings::Values || !named.channel.starts_by_itself() {
        let message =
            format!("`{}` is a `{}`, which brings no new values by itself", name.text, named.channel.kind().name);
        reader.context().fault(name.place, message, "name a `manual` channel, or say with `takes` how long it takes");
    } else if !around.verifiers.iter().flatten().any(hears) && around.verifiers.iter().all(Option::is_some) {
        let message = format!("no verifier hears `{}` with `replace`", name.text);
        reader.context().fault(name.place, message, format!("write `hears: {{ {}: replace }}` at one", name.text));
    }
    if credential.is_some_and(|credential| !is_compared(credential)) {
        let help = "only a `static_key` without an issuer is compared with a value that a channel could bring";
        reader.without_effect("replaced_by", help);
    }
    Some(ChannelId::at(at))
}

fn at(
    reader: &mut Reader<'_>,
    credential: Option<(CredentialId, &Credential)>,
    around: Around<'_>,
    parts: &mut Parts,
) -> Option<VerifierId> {
    let name = reader.name("at")?;
    let at = parts.verifiers.find(name, reader.context())?;
    let (verifier, (id, credential)) = around.verifiers[at].as_ref().zip(credential)?;
    let compares = verifier.check == Check::Itself && verifier.accepts.contains(&id) && is_compared(credential);
    if !compares {
        let message = format!("`{}` does not compare `{}` with a value of its own", name.text, credential.name);
        let help = "name a verifier that accepts it and asks nobody, and let it be a `static_key` without an issuer";
        reader.context().fault(name.place, message, help);
    }
    Some(VerifierId::at(at))
}

/// The copies, now that those who use them and the playbook are known; nothing if one is at fault.
pub fn settle(
    written: Vec<Written>,
    clients: &[Option<LawfulClient>],
    defender: Option<&Defender>,
    parts: &mut Parts,
    context: &mut Context,
) -> Option<Vec<HeldCopy>> {
    let (mut copies, mut places): (Vec<HeldCopy>, Vec<Option<Place>>) = (Vec::new(), Vec::new());
    for copy in written {
        let Some(mut held) = copy.held else { continue };
        held.used_by = copy
            .used_by
            .as_ref()
            .and_then(|(name, place)| user(Named { text: name, place: *place }, &held, clients, parts, context));
        let replaces = |defender: &Defender| {
            let of_it = |does: &Does| matches!(does, Does::Replace(one) if one.revoking.credential == held.credential);
            defender.playbook.iter().any(|step| of_it(&step.does))
        };
        if defender.is_some_and(replaces)
            && let Some(at) = parts.copies.position(&held.name)
        {
            parts.copies.mark_used(at);
        }
        if let Some((key, place)) = copy.replacement
            && defender.is_some_and(|defender| !replaces(defender))
        {
            let credential = parts.credentials.text(held.credential.index());
            let message = format!("`{key}` has no effect in copy `{}`: nobody replaces it", held.name);
            context.fault(place, message, format!("add a step `replace: {credential}`, or remove this"));
        }
        copies.push(held);
        places.push(copy.used_by.map(|(_, place)| place));
    }
    for (at, client) in clients.iter().flatten().enumerate().filter(|(_, client)| client.replaced_after.is_some()) {
        let by_copy = |id: &CredentialId| {
            copies.iter().position(|copy| copy.used_by == Some(at as u16) && copy.credential == *id)
        };
        let all: Option<Vec<usize>> = client.uses.iter().map(by_copy).collect();
        if let Some(place) = all.and_then(|all| places[*all.first()?]) {
            let message = format!("`replaced_after` has no effect at `{}`: its copies are replaced", client.name);
            context.fault(place, message, "remove it there, or do not say here who uses the copy");
        }
    }
    silence_owners(&mut copies);
    Some(copies)
}

/// Who never answers does so for all copies: the greatest probability that is stated counts for every one of an owner.
fn silence_owners(copies: &mut [HeldCopy]) {
    let mut greatest: BTreeMap<u16, Share> = BTreeMap::new();
    for copy in copies.iter() {
        let known = greatest.entry(copy.owner).or_insert(copy.never);
        *known = if copy.never > *known { copy.never } else { *known };
    }
    copies.iter_mut().for_each(|copy| copy.never = greatest[&copy.owner]);
}

/// The client that uses a copy, by its place among those that are simulated.
fn user(
    name: Named<'_>,
    held: &HeldCopy,
    clients: &[Option<LawfulClient>],
    parts: &Parts,
    context: &mut Context,
) -> Option<u16> {
    // A client at fault holds back: which of them it was is not known.
    let clients: Option<Vec<&LawfulClient>> = clients.iter().map(Option::as_ref).collect();
    let clients = clients?;
    let Some(at) = clients.iter().position(|client| client.name == name.text) else {
        let known = clients.iter().map(|client| client.name.as_str());
        let help = match crate::document::suggestion::nearest(name.text, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name a client under `lawful` that uses credentials by their names".to_owned(),
        };
        context.fault(name.place, format!("there is no lawful client `{}`", name.text), help);
        return None;
    };
    if !clients[at].uses.contains(&held.credential) {
        let credential = parts.credentials.text(held.credential.index());
        let message = format!("`{}` does not use `{credential}`", name.text);
        context.fault(name.place, message, "let it use the credential, or name another client");
    }
    Some(at as u16)
}
