//! Issuers as the scenario describes them: where a revocation is recorded, and who hears of it how late.

use super::capacity::Capacity;
use super::credential::CredentialKind;
use crate::random::law::Law;
use crate::units::probability::Share;

/// An issuer (OAuth: authorization server).
#[derive(Clone, Debug, PartialEq)]
pub struct Issuer {
    /// Its name in the scenario.
    pub name: String,
    /// Read replicas that answer introspection, each with its own lag; an answer comes from any of them.
    pub read_replicas: u16,
    /// How far a read replica is behind the primary store, drawn once a trial and replica.
    pub read_lag: Law,
    /// Probability that a recorded revocation changes nothing (failure mode 10).
    pub ineffective: Share,
    /// Kinds for which a revocation is answered with success and changes nothing
    /// (RFC 7009 section 2.2 lets a server answer 200 for a token it cannot revoke).
    pub ignores: Vec<CredentialKind>,
    /// Probability that a revocation is refused and records nothing.
    pub refuses: Share,
    /// How much it can answer; none if that never matters.
    pub capacity: Option<Capacity>,
}
