//! Connections that a verifier keeps open once it has accepted them: event streams, web sockets, tunnels.
//!
//! A check belongs to the moment at which it is made. What was accepted then goes on until somebody ends it, and a
//! revocation by itself does not: this is failure mode 6.

use crate::random::law::Law;
use crate::units::time::Span;

/// How a verifier keeps connections.
#[derive(Clone, Debug, PartialEq)]
pub struct Connections {
    /// The longest life of one; none for no limit.
    pub max_age: Option<Span>,
    /// Time between two looks at the credential of an open connection; none if it is never looked at again.
    pub recheck: Option<Span>,
    /// For how long an answer under way runs on once its connection is to be closed.
    pub answer: Law,
}
