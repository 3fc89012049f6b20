//! The defender as the scenario describes it: how long until somebody knows, decides and acts, and what is done.

use super::id::{CacheId, ChannelId, CredentialId, VerifierId};
use crate::random::law::Law;
use crate::units::probability::Share;
use crate::units::rate::Rate;
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

/// How somebody comes to know.
#[derive(Clone, Debug, PartialEq)]
pub enum Detects {
    /// So long after the exposure, whatever the attacker does.
    After(Law),
    /// A canary lies beside a copy and may tell when the copy is taken.
    Canary {
        /// The copy, among those that the attacker steals.
        stolen: u16,
        /// Probability that it tells.
        chance: Share,
        /// Time from the taking of the copy until the defender knows.
        takes: Law,
        /// What brings it to light without the canary; the sooner of both counts.
        otherwise: Law,
    },
    /// Any request of the attacker may give it away.
    Requests {
        /// Probability that one request does.
        chance: Share,
        /// Time from that request until the defender knows.
        takes: Law,
        /// What brings it to light without a request; the sooner of both counts.
        otherwise: Law,
    },
}

impl Detects {
    /// The law by which it comes to light whatever the attacker does.
    pub const fn otherwise(&self) -> &Law {
        match self {
            Self::After(law) | Self::Canary { otherwise: law, .. } | Self::Requests { otherwise: law, .. } => law,
        }
    }

    /// Whether the moment depends on the requests of a trial, so that it is not known when the trial begins.
    pub const fn depends_on_traffic(&self) -> bool {
        matches!(self, Self::Requests { .. })
    }
}

/// What a step of the playbook does.
#[derive(Clone, Debug, PartialEq)]
pub enum Does {
    /// Records a revocation at the issuers.
    Revoke(Revoking),
    /// Empties caches.
    Purge {
        /// Which.
        what: Purged,
        /// How many of their instances.
        reaches: PurgeReach,
    },
    /// Closes the connections that a verifier keeps open.
    CloseConnections(VerifierId),
    /// Sends the news of all revocations so far once more.
    Push(ChannelId),
    /// Refuses the attacker's requests by where they come from.
    BlockNetwork(Share),
    /// Has every copy of a credential replaced.
    Replace(Replacing),
    /// Signs with a new key, which the channel brings, and withdraws the old one.
    RotateKey(ChannelId),
    /// Rolls out anew what the channel brings.
    Redeploy(ChannelId),
}

/// The replacement of every copy of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replacing {
    /// How the old value is made invalid.
    pub revoking: Revoking,
    /// Whether before or after the copies are replaced.
    pub order: ReplaceOrder,
    /// How many people replace copies; none if every owner sees to its own.
    pub workers: Option<u16>,
    /// How long the old value is kept at most for the sake of copies that are not replaced; none for no limit.
    pub longest: Option<Span>,
}

/// Which comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplaceOrder {
    /// The old value is made invalid, then copies are replaced.
    RevokeFirst,
    /// Verifiers are given the new value beside the old one, then the other copies are replaced, and when all that are
    /// known have been, the old value is made invalid.
    RotateFirst,
}

/// A revocation at the issuers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoking {
    /// What it is, as channels see it.
    pub trigger: Trigger,
    /// The credential it starts from.
    pub credential: CredentialId,
    /// How far it goes.
    pub reach: Reach,
    /// After which time the issuer forgets a cut-off; none for never.
    pub retention: Option<Span>,
}

/// What is purged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purged {
    /// A cache that verifiers share.
    Shared(CacheId),
    /// The own caches of a verifier.
    Own(VerifierId),
}

/// How many instances a purge reaches (failure mode 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PurgeReach {
    /// Every one.
    All,
    /// That of the replica which the load balancer picks.
    OneReplica,
}

/// A step of the playbook.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it does.
    pub does: Does,
    /// How long one attempt takes.
    pub takes: Law,
    /// Probability that an attempt is carried out at all.
    pub succeeds: Share,
    /// Further attempts after a failed or refused one.
    pub retries: u32,
    /// The steps that must be done before, by their place in the playbook; always smaller than its own.
    pub after: Vec<u16>,
}

impl Step {
    /// The replacement that it orders, if it does.
    pub const fn replaces(&self) -> Option<&Replacing> {
        match &self.does {
            Does::Replace(replacing) => Some(replacing),
            _ => None,
        }
    }

    /// The revocation that it records, if it does.
    pub const fn revokes(&self) -> Option<&Revoking> {
        match &self.does {
            Does::Revoke(revoking) => Some(revoking),
            Does::Replace(replacing) => Some(&replacing.revoking),
            Does::CloseConnections(_)
            | Does::Purge { .. }
            | Does::Push(_)
            | Does::BlockNetwork(_)
            | Does::RotateKey(_)
            | Does::Redeploy(_) => None,
        }
    }
}

/// A defender.
#[derive(Clone, Debug, PartialEq)]
pub struct Defender {
    /// How somebody comes to know.
    pub detects: Detects,
    /// Probability that nobody ever does.
    pub misses: Share,
    /// False alarms, which set the playbook off without a compromise being known.
    pub false_alarms: Option<Rate>,
    /// Time from knowing to having looked at it.
    pub triages: Law,
    /// Time from there to the decision.
    pub approves: Law,
    /// Steps; each names those that come before it.
    pub playbook: Vec<Step>,
}

impl Defender {
    /// The least time from exposure to the decision and to each step; none where a false alarm may come at any time.
    pub fn least_time_to_act(&self) -> Span {
        if self.false_alarms.is_some() {
            return Span::ZERO;
        }
        let detected = match &self.detects {
            Detects::After(law) => law.min(),
            Detects::Canary { takes, otherwise, .. } | Detects::Requests { takes, otherwise, .. } => {
                takes.min().min(otherwise.min())
            }
        };
        detected + self.triages.min() + self.approves.min()
    }
}
