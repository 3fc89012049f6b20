//! What the defender waits for, and the copies that it has in hand.

use crate::units::time::{Moment, Span};

/// What the defender waits for while a trial is played.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lookout {
    /// Requests of the attacker up to the one that gives it away; none if no request does.
    pub left: Option<u64>,
    /// Whether the playbook has been set off.
    pub responded: bool,
}

/// A copy that somebody is to replace.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Which.
    pub copy: u16,
    /// Whether it was in the inventory, so that others wait for it.
    pub known: bool,
    /// From when it waits.
    pub from: Moment,
    /// How long it takes.
    pub takes: Span,
}
