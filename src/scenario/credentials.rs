//! The section `credentials`: what was copied, who issued it, and how long it lives by itself.

use super::lineage;
use super::names::Parts;
use super::preset::LIKE;
use crate::document::node::Node;
use crate::model::credential::{Age, Credential, CredentialKind, Lifetime, Rounding};
use crate::model::id::IssuerId;
use crate::settings::context::Context;
use crate::settings::key::{Key, Value, joined};
use crate::settings::laws;
use crate::settings::named::Named;
use crate::settings::reader::Reader;
use crate::settings::values::DurationOr;
use crate::units::time::Span;

/// The most credentials.
pub const MOST: usize = 64;

/// Names of the kinds.
pub const KINDS: [&str; 6] = ["opaque", "self_contained", "static_key", "refresh_token", "session", "certificate"];

/// Settings of a credential.
pub const KEYS: [Key; 16] = joined(&OWN_KEYS, &lineage::KEYS);

/// Settings of a credential taken alone.
const OWN_KEYS: [Key; 10] = [
    LIKE,
    Key::required(
        "kind",
        Value::OneOf(&KINDS),
        "What it is, which decides who can tell whether it is still good: `opaque`, `refresh_token` and `session` (only its issuer), `self_contained` and `certificate` (any verifier, until it expires), `static_key` (whoever compares it).",
    ),
    Key::optional("issuer", Value::Name, "none, which only a static key may have", "Who issued it and can revoke it."),
    Key::optional(
        "subject",
        Value::Name,
        "its own name, or the subject of what it is derived from",
        "Whom it stands for; `disable_subject` and `reach: subject` revoke everything of one subject.",
    ),
    Key::required("lifetime", Value::DurationOr(&["forever"]), "How long it lives from its issue."),
    Key::optional(
        "leeway",
        Value::Duration,
        "0s",
        "Clock tolerance that verifiers grant it at its expiry, unless they say otherwise.",
    ),
    Key::optional(
        "rounding",
        Value::OneOf(&["none", "down", "up"]),
        "none",
        "What becomes of fractions of a second in its expiry, which `exp` writes in whole seconds (RFC 7519 section 2).",
    ),
    Key::optional(
        "age",
        Value::Form("`uniform` (over its life) or a law of durations"),
        "uniform",
        "How old it is when it is exposed; at most its lifetime.",
    ),
    Key::optional("scopes", Value::Names, "not modelled: it passes every need", "Scopes that it carries."),
    Key::optional("environments", Value::Names, "any", "Environments in which it is meant to be used."),
];

/// Reads one; nothing if its kind, lifetime or issuer is at fault.
pub fn read(name: Named<'_>, node: &Node, parts: &mut Parts, context: &mut Context) -> Option<Credential> {
    let what = format!("credential `{}`", name.text);
    let mut reader = Reader::open(node, name.place, what, &[&KEYS], context)?;
    let kind = reader
        .one_of("kind")
        .and_then(|word| CredentialKind::ALL.iter().find(|(_, name)| *name == word))
        .map(|(kind, _)| *kind);
    let lifetime = lifetime(&mut reader);
    let named_issuer = reader.name("issuer");
    let issuer = named_issuer.and_then(|issuer| parts.issuers.find(issuer, reader.context()));
    if lifetime == Some(Lifetime::Forever) {
        reader.none_have_effect(
            &["leeway", "rounding", "age"],
            "a credential that lives for ever has no expiry; give it a `lifetime`, or remove this",
        );
    }
    let subject = reader.name("subject").map_or(name.text, |subject| subject.text).to_owned();
    let leeway = reader.duration("leeway").unwrap_or(Span::ZERO);
    let rounding = match reader.one_of("rounding") {
        Some("down") => Rounding::Down,
        Some("up") => Rounding::Up,
        _ => Rounding::None,
    };
    let age = age(&mut reader);
    let scopes = texts(&reader.names("scopes"));
    let environments = texts(&reader.names("environments"));
    let lineage = lineage::read(&mut reader, kind, parts);
    let kind = kind?;
    if kind != CredentialKind::StaticKey && !reader.has("issuer") {
        let message = format!("the {} credential `{}` has no issuer", kind.name(), name.text);
        reader.context().fault(
            name.place,
            message,
            "name its issuer with `issuer:`; only a `static_key` can do without",
        );
    }
    if named_issuer.is_some() && issuer.is_none() || kind != CredentialKind::StaticKey && issuer.is_none() {
        return None;
    }
    let issuer = issuer.map(IssuerId::at);
    let lifetime = lifetime?;
    Some(Credential {
        name: name.text.to_owned(),
        kind,
        issuer,
        subject,
        lifetime,
        leeway,
        rounding,
        age,
        scopes,
        environments,
        derived: lineage.derived,
        rotation: lineage.rotation,
        binding: lineage.binding,
    })
}

fn lifetime(reader: &mut Reader<'_>) -> Option<Lifetime> {
    let at_zero = "a lifetime of zero is no credential; write a duration above zero, or `forever`";
    Some(match reader.duration_or("lifetime", at_zero)? {
        DurationOr::Word(_) => Lifetime::Forever,
        DurationOr::For(span) => Lifetime::For(span),
    })
}

fn age(reader: &mut Reader<'_>) -> Age {
    let age = reader.parsed_with_files("age", |text, folder| match text {
        "uniform" => Ok(Age::UniformOverLife),
        law => laws::law(law, folder).map(Age::Drawn),
    });
    age.unwrap_or(Age::UniformOverLife)
}

/// The names as owned texts.
pub fn texts(names: &[Named<'_>]) -> Vec<String> {
    names.iter().map(|name| name.text.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_kinds_are_those_of_the_model() {
        assert_eq!(CredentialKind::ALL.map(|(_, name)| name), KINDS);
    }
}
