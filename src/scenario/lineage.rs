//! What a credential is derived from, how a refresh token rotates, and whether a copy is of use by itself.

use super::names::Parts;
use crate::document::node::Node;
use crate::model::credential::{Credential, CredentialKind};
use crate::model::id::{CredentialId, TargetId};
use crate::model::lineage::{Binding, Cascade, Derivation, OnReuse, Rotation};
use crate::settings::context::Context;
use crate::settings::key::{Key, Value};
use crate::settings::named::Named;
use crate::settings::reader::Reader;
use crate::units::probability::Share;
use crate::units::time::Span;

/// Settings of how a refresh token rotates.
pub const ROTATION_KEYS: [Key; 2] = [
    Key::optional(
        "on_reuse",
        Value::OneOf(&["revoke_family", "reject", "ignore"]),
        "revoke_family",
        "What the issuer does when a token is presented that was spent: revoke the whole family, reject the request alone, or take it.",
    ),
    Key::optional(
        "grace",
        Value::Duration,
        "0s",
        "For so long after it was spent a token may be presented again, by whomever.",
    ),
];

/// Settings of a credential that speak of its lineage.
pub const KEYS: [Key; 6] = [
    Key::optional(
        "from",
        Value::Name,
        "nothing: it is issued by itself",
        "The credential that is presented to get it: it is derived from that.",
    ),
    Key::optional(
        "cascade",
        Value::OneOf(&["none", "grant"]),
        "grant for `opaque`, `session` and `refresh_token` of the same issuer, else none",
        "Whether revoking what it is derived from revokes it as well.",
    ),
    Key::optional(
        "minted_at",
        Value::Name,
        "the token endpoint of the parent's issuer",
        "The target that gives it out to whoever presents the parent there.",
    ),
    Key::optional(
        "rotation",
        Value::Section(&ROTATION_KEYS),
        "none: the same refresh token is used again and again",
        "Every use of the refresh token gives a new one and spends the one presented.",
    ),
    Key::optional(
        "binding",
        Value::OneOf(&["bearer", "sender_constrained"]),
        "bearer",
        "Whether a copy is of use by itself (RFC 6750), or only with its key (RFC 8705, RFC 9449).",
    ),
    Key::optional("key_stolen", Value::Share, "0%", "Probability that the attacker has the key as well."),
];

/// What a credential says of its lineage; cascades and subjects are settled when all credentials are known.
#[derive(Debug)]
pub struct Lineage {
    /// Where it comes from.
    pub derived: Option<Derivation>,
    /// How it rotates.
    pub rotation: Option<Rotation>,
    /// Whether a copy is of use by itself.
    pub binding: Binding,
}

/// Reads the lineage of a credential of this kind.
pub fn read(reader: &mut Reader<'_>, kind: Option<CredentialKind>, parts: &mut Parts) -> Lineage {
    Lineage { derived: derived(reader, parts), rotation: rotation(reader, kind), binding: binding(reader) }
}

fn derived(reader: &mut Reader<'_>, parts: &mut Parts) -> Option<Derivation> {
    if !reader.has("from") {
        reader.none_have_effect(
            &["cascade", "minted_at"],
            "it is derived from nothing; say with `from` what it is derived from, or remove this",
        );
        return None;
    }
    let parent = reader.name("from").and_then(|parent| parts.credentials.find(parent, reader.context()));
    let cascade = if reader.one_of("cascade") == Some("grant") { Cascade::Grant } else { Cascade::None };
    let minted_at = reader.name("minted_at").and_then(|target| parts.targets.find(target, reader.context()));
    Some(Derivation { from: CredentialId::at(parent?), cascade, minted_at: minted_at.map(TargetId::at) })
}

fn rotation(reader: &mut Reader<'_>, kind: Option<CredentialKind>) -> Option<Rotation> {
    if reader.has("rotation") && kind.is_some_and(|kind| kind != CredentialKind::RefreshToken) {
        reader.without_effect("rotation", "only a `refresh_token` rotates; remove it");
        return None;
    }
    reader.section("rotation", "rotation", &ROTATION_KEYS, |inner| {
        let word = inner.one_of("on_reuse");
        let known = OnReuse::ALL.iter().find(|(_, name)| Some(*name) == word);
        let on_reuse = known.map_or(OnReuse::RevokeFamily, |(on_reuse, _)| *on_reuse);
        if on_reuse == OnReuse::Ignore && inner.has("grace") {
            inner.without_effect("grace", "a spent token is always taken; remove it, or set another `on_reuse`");
        }
        Rotation { on_reuse, grace: inner.duration("grace").unwrap_or(Span::ZERO) }
    })
}

fn binding(reader: &mut Reader<'_>) -> Binding {
    let constrained = reader.one_of("binding") == Some("sender_constrained");
    let key_stolen = reader.share("key_stolen");
    if !constrained {
        let help = "a bearer credential has no key; set `binding: sender_constrained`, or remove this";
        reader.none_have_effect(&["key_stolen"], help);
        return Binding::Bearer;
    }
    Binding::SenderConstrained { key_stolen: key_stolen.unwrap_or(Share::NONE) }
}

/// Settles what only all credentials together say: cycles, subjects, and cascades that were left out.
pub fn settle(
    credentials: &mut [Option<Credential>],
    written: &[(Named<'_>, &Node)],
    parts: &Parts,
    context: &mut Context,
) {
    let parents: Vec<Option<usize>> = credentials
        .iter()
        .map(|one| one.as_ref().and_then(|one| one.derived.as_ref()).map(|derived| derived.from.index()))
        .collect();
    if report_cycle(&parents, parts, context) {
        return;
    }
    for at in from_the_roots(&parents) {
        let Some(parent) = parents[at].and_then(|parent| credentials[parent].clone()) else { continue };
        let (name, node) = written[at];
        let Some(credential) = &mut credentials[at] else { continue };
        if node.get("subject").is_none() {
            credential.subject.clone_from(&parent.subject);
        }
        let same_issuer = parent.issuer.is_some() && parent.issuer == credential.issuer;
        let Some(derived) = &mut credential.derived else { continue };
        if derived.minted_at.is_none() && parent.issuer.is_none() {
            let message = format!("no issuer knows `{}`, so none can trade it for `{}`", parent.name, name.text);
            context.fault(name.place, message, "say with `minted_at` which target gives it out, or name an issuer");
        }
        if node.get("cascade").is_none() {
            let kept_by_issuer = credential.kind.is_reference() && same_issuer;
            derived.cascade = if kept_by_issuer { Cascade::Grant } else { Cascade::None };
        } else if derived.cascade == Cascade::Grant && !same_issuer {
            let message =
                format!("revoking `{}` cannot revoke `{}`: they come from different issuers", parent.name, name.text);
            context.fault(name.place, message, "set `cascade: none`, or name the same issuer at both");
        }
    }
}

/// Numbers of credentials, parents before what is derived from them; there is no cycle.
pub fn from_the_roots(parents: &[Option<usize>]) -> Vec<usize> {
    let depth = |at: usize| std::iter::successors(Some(at), |at| parents[*at]).count();
    let mut order: Vec<usize> = (0..parents.len()).collect();
    order.sort_by_key(|at| depth(*at));
    order
}

fn report_cycle(parents: &[Option<usize>], parts: &Parts, context: &mut Context) -> bool {
    let returns = |from: usize| {
        let way: Vec<usize> = std::iter::successors(parents[from], |at| parents[*at]).take(parents.len()).collect();
        way.iter().position(|at| *at == from).map(|length| way[..=length].to_vec())
    };
    let Some((from, way)) = (0..parents.len()).find_map(|from| Some((from, returns(from)?))) else { return false };
    let shown: Vec<&str> = std::iter::once(&from).chain(&way).map(|at| parts.credentials.text(*at)).collect();
    let message = format!("`from` goes round in a circle: {}", shown.join(" from "));
    context.fault(parts.credentials.place(from), message, "something must be issued by itself; remove one `from`");
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_words_are_those_of_the_model() {
        let words = |key: &Key| match key.value {
            Value::OneOf(words) => words.to_vec(),
            _ => panic!("{} is not one of several words", key.name),
        };
        assert_eq!(OnReuse::ALL.map(|(_, name)| name).to_vec(), words(&ROTATION_KEYS[0]));
        assert_eq!(Cascade::ALL.map(|(_, name)| name).to_vec(), words(&KEYS[1]));
    }

    #[test]
    fn parents_come_before_what_is_derived_from_them() {
        // 0 from 2, 1 from 0, 2 from nothing.
        assert_eq!(from_the_roots(&[Some(2), Some(0), None]), [2, 0, 1]);
    }
}
