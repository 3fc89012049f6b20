//! The setting `hears` of a verifier: which channels it hears, and what it does with the news.

use super::names::Parts;
use crate::document::node::Node;
use crate::model::channel::contract::{Brings, NamedChannel, Role};
use crate::model::credential::CredentialKind;
use crate::model::id::{ChannelId, CredentialId};
use crate::model::system::System;
use crate::model::verifier::{Action, Check, Hearing};
use crate::settings::context::Context;
use crate::settings::named::Named;
use crate::settings::reader::Reader;
use crate::settings::values::{positive, word};
use crate::units::time::Span;

/// How an action is written.
pub const GRAMMAR: &str = "`evict`, `deny`, `deny for DURATION`, `refetch`, `replace` or `close`";

/// What the verifier itself looks like, as far as an action depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Ears<'a> {
    /// What it looks at; none if that is at fault, and then every action may have an effect.
    pub check: Option<&'a Check>,
    /// Whether it remembers any answer.
    pub remembers: bool,
    /// Whether it keeps connections.
    pub connects: bool,
}

/// Reads the channels that a verifier hears.
pub fn read(
    reader: &mut Reader<'_>,
    ears: Ears<'_>,
    channels: &[Option<NamedChannel>],
    parts: &mut Parts,
) -> Vec<Hearing> {
    let mut heard = Vec::new();
    for (name, node) in reader.named_sections("hears", super::channels::MOST) {
        let context = reader.context();
        let channel = parts.channels.find(name, context);
        let action = node.parsed("`hears`", &mut context.diagnostics, action);
        let (Some(channel), Some(action)) = (channel, action) else { continue };
        let named = channels.get(channel).and_then(Option::as_ref);
        let role = named.map(|named| named.channel.role());
        let brings = named.map_or(Brings::News, |named| named.channel.brings());
        if named.is_none() && matches!(action, Action::Refetch | Action::Replace) {
            // What it brings is not known.
            continue;
        }
        let Some(action) = brought(name, node, brings, action, context) else { continue };
        let suits = role.is_none_or(|role| suits(name, node, &role, action, context))
            && has_effect(name, node, ears, action, context);
        if suits {
            heard.push(Hearing { channel: ChannelId::at(channel), action });
        }
    }
    heard
}

fn action(text: &str) -> Result<Action, String> {
    if let Some(span) = text.strip_prefix("deny for ") {
        return Ok(Action::Deny(Some(positive("deny for", Span::parse(span)?)?)));
    }
    Ok(
        match word(text, &["evict", "deny", "refetch", "replace", "close"])
            .map_err(|_| format!("`{text}` is not an action; write {GRAMMAR}"))?
        {
            "evict" => Action::Evict,
            "refetch" => Action::Refetch,
            "replace" => Action::Replace,
            "close" => Action::Close,
            _ => Action::Deny(None),
        },
    )
}

/// What is done with what the channel brings; none if it brings nothing of that kind.
fn brought(name: Named<'_>, node: &Node, brings: Brings, action: Action, context: &mut Context) -> Option<Action> {
    let channel = name.text;
    match (brings, action) {
        // Keys are fetched anew in place of those that are held.
        (Brings::Keys { .. }, Action::Refetch) => return Some(Action::Replace),
        (Brings::Keys { .. }, _) => context.fault(
            node.place,
            format!("`{channel}` brings keys, and names no credential that could be denied or evicted"),
            "write `refetch`",
        ),
        (Brings::News, Action::Replace) => context.fault(
            node.place,
            format!("`{channel}` brings news and no new value"),
            "write `deny`, `evict` or `refetch`, or let a `manual` channel bring it",
        ),
        _ => return Some(action),
    }
    None
}

/// Whether the channel can be heard in this way.
fn suits(name: Named<'_>, node: &Node, role: &Role, action: Action, context: &mut Context) -> bool {
    let channel = name.text;
    match (role, action) {
        (Role::Heard, _) | (Role::LookedUp(_), Action::Deny(None)) => return true,
        (Role::LookedUp(_), Action::Deny(Some(_))) => context.fault(
            node.place,
            format!("`{channel}` is looked up at every request, so the verifier itself remembers no denial"),
            "write `deny`, and say with `kept_for` at the list how long an entry is kept",
        ),
        (Role::LookedUp(_), _) => context.fault(
            node.place,
            format!("`{channel}` is looked up at every request, so there is no news to act on"),
            "write `deny`, or set `read: polled` or `read: subscribed` at the list",
        ),
        (Role::Asked(_), _) => {
            context.fault(name.place, format!("`{channel}` is asked and not heard"), format!("write `asks: {channel}`"))
        }
        (Role::Implicit, _) => context.fault(
            name.place,
            format!("`{channel}` brings no news that could be heard"),
            "remove it: expiry needs no channel",
        ),
    }
    false
}

/// Whether the action changes anything at this verifier.
fn has_effect(name: Named<'_>, node: &Node, ears: Ears<'_>, action: Action, context: &mut Context) -> bool {
    let Some(check) = ears.check else { return true };
    let channel = name.text;
    let (message, help) = match (action, check) {
        (Action::Close, _) if ears.connects => return true,
        (Action::Close, _) => (
            format!("news from `{channel}` can close nothing where no connection is kept"),
            "say with `connections` how it keeps them, or write another action",
        ),
        (_, Check::Nothing) => (
            format!("news from `{channel}` has no effect at a verifier that checks nothing"),
            "remove it, or let the verifier check",
        ),
        (Action::Evict | Action::Refetch, Check::Itself) => (
            format!(
                "news from `{channel}` can {} nothing at a verifier that checks credentials itself",
                if action == Action::Evict { "evict" } else { "refetch" }
            ),
            "write `deny`, or let the verifier ask with `asks`",
        ),
        (Action::Replace, Check::Asks(_)) => (
            format!("`{channel}` brings nothing that a verifier which asks an issuer could replace"),
            "remove it: it holds neither values nor keys of its own",
        ),
        (Action::Evict, Check::Asks(_)) if !ears.remembers => (
            format!("news from `{channel}` can evict nothing where nothing is cached"),
            "give the verifier a `cache`, or remove it: it asks at every request anyway",
        ),
        (Action::Refetch, Check::Asks(_)) if !ears.remembers => (
            format!("an answer refetched at news from `{channel}` is kept nowhere"),
            "give the verifier a `cache`, or remove it: it asks at every request anyway",
        ),
        _ => return true,
    };
    context.fault(node.place, message, help);
    false
}

/// Reports verifiers that are handed new values and compare no credential with a value of their own.
pub fn nothing_to_replace(system: &System, top: &mut Reader<'_>) {
    let compared = |id: &CredentialId| {
        let settings = &system.credentials[id.index()];
        settings.issuer.is_none() && settings.kind == CredentialKind::StaticKey
    };
    let handed = |hearing: &&Hearing| {
        let brings = system.channels[hearing.channel.index()].channel.brings();
        hearing.action == Action::Replace && matches!(brings, Brings::Values)
    };
    for verifier in system.verifiers.iter().filter(|verifier| !verifier.accepts.iter().any(compared)) {
        for hearing in verifier.hears.iter().filter(handed) {
            let channel = &system.channels[hearing.channel.index()].name;
            let message = format!("`{channel}` brings `{}` no value that it could replace", verifier.name);
            let help = "let it accept a `static_key` without an `issuer`, or remove `replace` there";
            top.wrong("verifiers", &message, help);
        }
    }
}
