//! Lineage as the scenario describes it: what is derived from what, what a revocation of the parent does to it, and how
//! the attacker mints more.
//!
//! A derived credential names its parent; the tree is acyclic by construction of the reader. Minting is a use of the
//! parent: at its issuer's token endpoint, or at a target that gives out credentials (AWS STS, a session endpoint).

use super::id::{CredentialId, TargetId};
use crate::random::law::Law;
use crate::units::probability::Share;
use crate::units::rate::Rate;
use crate::units::time::Span;

/// Where a credential comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Derivation {
    /// The credential that is presented to mint it.
    pub from: CredentialId,
    /// Whether revoking the parent revokes it.
    pub cascade: Cascade,
    /// The target at which it is minted; none for the token endpoint of the parent's issuer.
    pub minted_at: Option<TargetId>,
}

/// What a revocation of the parent does to a derived credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cascade {
    /// Nothing: it lives until its own end.
    None,
    /// Its issuer revokes it as well (RFC 7009 section 2.1).
    Grant,
}

impl Cascade {
    /// Every kind of cascade with its name in scenarios.
    pub const ALL: [(Self, &'static str); 2] = [(Self::None, "none"), (Self::Grant, "grant")];
}

/// Refresh token rotation (RFC 9700 section 4.14): every use gives a new refresh token and spends the one presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// What the issuer does when a spent token is presented.
    pub on_reuse: OnReuse,
    /// For so long after it was spent a token may be presented again, by whomever.
    pub grace: Span,
}

/// What an issuer does when a spent refresh token is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnReuse {
    /// It revokes the family: the token that is now in use, and what cascades from it.
    RevokeFamily,
    /// It rejects the request and nothing else.
    Reject,
    /// It takes a spent token like any other.
    Ignore,
}

impl OnReuse {
    /// Every reaction with its name in scenarios.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::RevokeFamily, "revoke_family"), (Self::Reject, "reject"), (Self::Ignore, "ignore")];
}

/// Whether a copy is of use by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Binding {
    /// Whoever holds it can use it (RFC 6750).
    Bearer,
    /// It is of use only with its key (RFC 8705, RFC 9449), which the attacker has with this probability.
    SenderConstrained {
        /// Probability that the key was stolen with the copy.
        key_stolen: Share,
    },
}

/// When somebody uses a parent to get a derived credential.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cadence {
    /// At the jumps of a Poisson process.
    Poisson(Rate),
    /// At once, then every so often.
    Every(Span),
    /// At once, then whenever the newest it holds was rejected.
    OnRejection,
    /// At once, then at the end of the newest it holds, or when that was rejected.
    AtExpiry,
}

/// A derived credential that the attacker mints.
#[derive(Clone, Debug, PartialEq)]
pub struct Minting {
    /// What it mints.
    pub credential: CredentialId,
    /// When.
    pub cadence: Cadence,
    /// How many at most.
    pub limit: Option<u32>,
}

/// An attacker that undoes a revocation while it spreads.
#[derive(Clone, Debug, PartialEq)]
pub struct Undoing {
    /// Where it can: a target at which it must still be accepted.
    pub at: TargetId,
    /// Time from the recording of a revocation until it tries.
    pub after: Law,
    /// Probability that it tries at all.
    pub chance: Share,
}
