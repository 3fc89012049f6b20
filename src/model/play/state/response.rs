//! What a trial remembers of the defender's response: what is waited for, what an attempt is, and copies in hand.

use crate::units::time::{Moment, Span};

/// What the defender waits for while a trial is played.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lookout {
    /// Requests of the attacker up to the one that gives it away; none if no request does.
    pub left: Option<u64>,
    /// Whether the playbook has been set off.
    pub responded: bool,
}

/// What an attempt of the playbook is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The whole step.
    Whole,
    /// The end of a replacement, at which the old value is withdrawn.
    Withdrawal,
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
