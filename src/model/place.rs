//! Places: the targets that an attacker wants, and the routes of verifiers that lead to them.

use super::id::{TargetId, VerifierId};

/// Something an attacker wants: an API, a token endpoint, a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its name in the scenario.
    pub name: String,
}

/// An ordered list of verifiers before a target. A replay is accepted if every one of them accepts.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Where it leads.
    pub target: TargetId,
    /// The verifiers, outermost first; never empty.
    pub verifiers: Vec<VerifierId>,
}
