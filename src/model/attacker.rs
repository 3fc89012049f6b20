//! The attacker as the scenario describes it: which copies it finds, and what its automation does with them.

use super::id::{CredentialId, TargetId};
use super::lineage::{Minting, Undoing};
use super::workload::ReplayStream;
use crate::random::law::Law;
use crate::units::probability::Share;

/// A place where a credential lies and is found.
#[derive(Clone, Debug, PartialEq)]
pub struct StolenCopy {
    /// Name of the copy, or of the credential where the scenario names no copy.
    pub name: String,
    /// The credential it is a copy of.
    pub credential: CredentialId,
    /// Time from exposure, or from the first acceptance at the target behind which it lies, until the attacker has it.
    pub found_after: Law,
    /// The target behind which it lies: whoever is accepted there may find it, and goes on with it (pivoting).
    pub behind: Option<TargetId>,
    /// Probability that the attacker finds it at all.
    pub found: Share,
}

/// The call by which an attacker finds out whether a credential works before it automates anything.
#[derive(Clone, Debug, PartialEq)]
pub struct Validating {
    /// The target that it calls.
    pub at: TargetId,
    /// Time from the acceptance there until its automation begins.
    pub then: Law,
}

/// An attacker.
#[derive(Clone, Debug, PartialEq)]
pub struct Attacker {
    /// The copies it finds; never empty.
    pub steals: Vec<StolenCopy>,
    /// Time from having a copy to its first request; none for an attacker that has always been there.
    pub first_try: Option<Law>,
    /// The call that it makes first; none if its automation begins at once.
    pub validates: Option<Validating>,
    /// Probability that it calls from a network that verifiers which look at networks let in.
    pub inside: Share,
    /// Probability that its requests pass for lawful ones where verifiers look at them.
    pub imitates: Share,
    /// Probability that it comes from elsewhere by the time a network is blocked.
    pub changes_address: Share,
    /// What its automation does.
    pub replays: Vec<ReplayStream>,
    /// Targets at which it holds a connection open, each once.
    pub holds_open: Vec<TargetId>,
    /// What it mints, parents before what is derived from them.
    pub mints: Vec<Minting>,
    /// Whether it undoes revocations.
    pub undoes: Option<Undoing>,
}
