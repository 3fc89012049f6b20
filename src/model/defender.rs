//! The defender as the scenario describes it: how long until somebody knows, decides and acts.

use super::id::CredentialId;
use crate::random::law::Law;
use crate::units::probability::Share;
use crate::units::time::Span;

/// How far a revocation goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The one credential.
    Credential,
    /// The grant it belongs to: the root of its lineage and whatever revocation cascades to from there.
    Grant,
    /// Every credential of its subject.
    Subject,
    /// Every credential of its subject that was issued before now; what is issued later is good.
    IssuedBefore,
}

/// What sets a channel in motion; failure mode 3 is a trigger that a channel does not carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A credential was revoked.
    Revoke,
    /// A subject was disabled.
    DisableSubject,
}

impl Trigger {
    /// Every trigger with its name in scenarios.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Revoke, "revoke"), (Self::DisableSubject, "disable_subject")];
}

/// A step of the playbook.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it does, as channels see it.
    pub trigger: Trigger,
    /// The credential it starts from.
    pub credential: CredentialId,
    /// How far it goes.
    pub reach: Reach,
    /// After which time the issuer forgets a cut-off; none for never.
    pub retention: Option<Span>,
    /// How long one attempt takes.
    pub takes: Law,
    /// Probability that an attempt is carried out at all.
    pub succeeds: Share,
    /// Further attempts after a failed or refused one.
    pub retries: u32,
}

/// A defender.
#[derive(Clone, Debug, PartialEq)]
pub struct Defender {
    /// Time from exposure until somebody or something knows.
    pub detects: Law,
    /// Time from knowing to having looked at it.
    pub triages: Law,
    /// Time from there to the decision.
    pub approves: Law,
    /// Steps, one after the other.
    pub playbook: Vec<Step>,
}
