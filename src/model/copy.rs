//! Copies as the scenario describes them: where a credential lies, who answers for it, and how it is replaced there.

use super::id::{ChannelId, CredentialId, VerifierId};
use crate::random::law::Law;
use crate::units::probability::Share;

/// A place where a credential lies.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldCopy {
    /// Its name in the scenario.
    pub name: String,
    /// The credential.
    pub credential: CredentialId,
    /// Who answers for it: copies of one number have one owner, who answers for all of them or for none.
    pub owner: u16,
    /// Probability that it is in the inventory.
    pub known: Share,
    /// Time from the order to replace it until it turns up, if it is not.
    pub turns_up_after: Law,
    /// How it is replaced.
    pub replaced: Replaced,
    /// Probability that its owner never answers.
    pub never: Share,
    /// The verifier that compares with it.
    pub at: Option<VerifierId>,
    /// The lawful client that presents it.
    pub used_by: Option<u16>,
}

/// How a copy is replaced.
#[derive(Clone, Debug, PartialEq)]
pub enum Replaced {
    /// Somebody does it, which takes so long.
    After(Law),
    /// When a channel has brought the new value to everybody who hears it.
    By(ChannelId),
}
