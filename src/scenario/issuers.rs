//! The section `issuers`: where a revocation is recorded, who reads it how late, and whether it does anything.

use super::capacity;
use super::credentials::KINDS;
use super::preset::LIKE;
use crate::document::node::Node;
use crate::model::credential::{Credential, CredentialKind};
use crate::model::id::IssuerId;
use crate::model::issuer::Issuer;
use crate::random::law::Law;
use crate::settings::context::Context;
use crate::settings::key::{Key, Value};
use crate::settings::named::Named;
use crate::settings::reader::Reader;
use crate::units::probability::Share;

/// The most issuers.
pub const MOST: usize = 64;

/// Settings of an issuer.
pub const KEYS: [Key; 5] = [
    LIKE,
    Key::optional(
        "read_replicas",
        Value::Count,
        "1 with a `read_lag`, else 0",
        "Read replicas that answer introspection, each with a lag of its own; with none, the primary store answers.",
    ),
    Key::optional("read_lag", Value::Law, "0s", "How far a read replica is behind the primary store."),
    Key::optional(
        "revocation",
        Value::Section(&REVOCATION_KEYS),
        "every revocation takes effect",
        "How revocations fail.",
    ),
    Key::optional(
        "introspection",
        Value::Section(&capacity::KEYS),
        "every question is answered at once",
        "How much it can answer; what is refused or comes too late is as if it were down.",
    ),
];

/// Settings of how revocations fail.
pub const REVOCATION_KEYS: [Key; 3] = [
    Key::optional("ineffective", Value::Share, "0%", "Probability that a recorded revocation changes nothing."),
    Key::optional(
        "ignores",
        Value::SomeOf(&KINDS),
        "none",
        "Kinds of credential for which a revocation is answered with success and changes nothing (RFC 7009 section 2.2).",
    ),
    Key::optional("refuses", Value::Share, "0%", "Probability that a revocation is refused and records nothing."),
];

/// An issuer that has no section of its own.
pub fn by_default(name: &str) -> Issuer {
    Issuer {
        name: name.to_owned(),
        read_replicas: 0,
        read_lag: Law::ZERO,
        ineffective: Share::NONE,
        ignores: Vec::new(),
        refuses: Share::NONE,
        capacity: None,
    }
}

/// Reads one.
pub fn read(
    name: Named<'_>,
    id: IssuerId,
    node: &Node,
    credentials: &[Option<Credential>],
    context: &mut Context,
) -> Issuer {
    let mut issuer = by_default(name.text);
    let what = format!("issuer `{}`", name.text);
    let Some(mut reader) = Reader::open(node, name.place, what, &[&KEYS], context) else { return issuer };
    let lags = reader.has("read_lag");
    issuer.read_lag = reader.law("read_lag").unwrap_or(Law::ZERO);
    issuer.read_replicas = reader.count("read_replicas", 0..=100).map_or(u16::from(lags), |count| count as u16);
    if reader.has("read_replicas") && !lags {
        reader.without_effect(
            "read_replicas",
            "replicas without a lag answer like the primary store; say with `read_lag` how far they are behind",
        );
    }
    if lags && issuer.read_replicas == 0 {
        reader.without_effect("read_lag", "there is no read replica that could lag; set `read_replicas` to at least 1");
    }
    issuer.capacity = capacity::read(&mut reader);
    reader.section("revocation", "revocation", &REVOCATION_KEYS, |inner| {
        issuer.ineffective = inner.share("ineffective").unwrap_or(Share::NONE);
        issuer.refuses = inner.share("refuses").unwrap_or(Share::NONE);
        for word in inner.some_of("ignores").unwrap_or_default() {
            let kinds = CredentialKind::ALL.iter().filter(|(_, name)| *name == word);
            issuer.ignores.extend(kinds.map(|(kind, _)| *kind));
            let issued = |credential: &Credential| credential.issuer == Some(id) && credential.kind.name() == word;
            if credentials.iter().all(Option::is_some) && !credentials.iter().flatten().any(issued) {
                inner.without_effect(
                    "ignores",
                    &format!("`{}` issues no credential of kind `{word}`; remove it", name.text),
                );
            }
        }
    });
    issuer
}
