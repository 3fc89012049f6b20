//! Credentials as the scenario describes them: what a copy is worth, and for how long.

use super::id::IssuerId;
use super::lineage::{Binding, Derivation, Rotation};
use crate::random::law::Law;
use crate::units::time::Span;

/// What kind of thing a credential is, which decides who can tell whether it is still good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// A reference that means nothing by itself: only its issuer knows (RFC 6749 section 1.4).
    Opaque,
    /// A signed token that any verifier can check alone until it expires (RFC 9068).
    SelfContained,
    /// A secret that verifiers compare, known to an issuer or to nobody but its holders.
    StaticKey,
    /// A reference that its issuer trades for access tokens (RFC 6749 section 1.5).
    RefreshToken,
    /// A reference to a session that only its issuer knows.
    Session,
    /// A signed certificate that any verifier can check alone until it ends (RFC 5280).
    Certificate,
}

impl CredentialKind {
    /// Every kind with its name in scenarios.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Opaque, "opaque"),
        (Self::SelfContained, "self_contained"),
        (Self::StaticKey, "static_key"),
        (Self::RefreshToken, "refresh_token"),
        (Self::Session, "session"),
        (Self::Certificate, "certificate"),
    ];

    /// The name in scenarios.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// Whether any verifier can see by itself when it ends.
    pub fn shows_its_end(self) -> bool {
        matches!(self, Self::SelfContained | Self::Certificate)
    }

    /// Whether it means nothing to whoever cannot ask its issuer.
    pub fn is_reference(self) -> bool {
        matches!(self, Self::Opaque | Self::RefreshToken | Self::Session)
    }
}

/// How long a credential lives from its issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// It never expires.
    Forever,
    /// It expires this long after issue.
    For(Span),
}

/// What becomes of fractions of a second in `exp`, which is written in whole seconds (RFC 7519 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Fractions are kept.
    None,
    /// `exp` is the start of its second: issue time rounded down, plus the lifetime.
    Down,
    /// `exp` is the end of its second.
    Up,
}

/// How old the credential is when the trial starts (its exposure).
#[derive(Clone, Debug, PartialEq)]
pub enum Age {
    /// Uniform over its life; a credential that lives for ever has always been there.
    UniformOverLife,
    /// Drawn from a law, cut at the lifetime.
    Drawn(Law),
}

/// A credential.
#[derive(Clone, Debug, PartialEq)]
pub struct Credential {
    /// Its name in the scenario.
    pub name: String,
    /// Its kind.
    pub kind: CredentialKind,
    /// Who issued it and can revoke it; none for a static key that only its holders know.
    pub issuer: Option<IssuerId>,
    /// Whom it stands for: `disable_subject` and reach `subject` revoke everything of one subject.
    pub subject: String,
    /// Its lifetime.
    pub lifetime: Lifetime,
    /// Clock tolerance that verifiers grant it unless they say otherwise.
    pub leeway: Span,
    /// Rounding of its expiry.
    pub rounding: Rounding,
    /// Its age at exposure.
    pub age: Age,
    /// Scopes it carries; empty means that scopes are not modelled for it and it passes every need.
    pub scopes: Vec<String>,
    /// Environments in which it is meant to be used; empty means any.
    pub environments: Vec<String>,
    /// Where it comes from, if it is derived.
    pub derived: Option<Derivation>,
    /// Whether every use of this refresh token gives a new one.
    pub rotation: Option<Rotation>,
    /// Whether a copy is of use by itself.
    pub binding: Binding,
}
