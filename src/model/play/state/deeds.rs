//! What has been done in a trial, and what has befallen its parts: revocations, attempts, denials and faults.

use super::stand::Stand;
use crate::units::time::Moment;

/// Something that a replica was told to deny.
#[derive(Clone, Copy, Debug)]
pub struct Denial {
    /// Where, and which credential.
    pub stand: Stand,
    /// By which channel.
    pub channel: u16,
    /// Until when.
    pub until: Moment,
}

/// A revocation that was recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Who revoked.
    pub by: By,
    /// When.
    pub at: Moment,
    /// Slots that it revokes.
    pub credentials: Vec<u16>,
    /// Whether the attacker has undone it.
    pub undone: bool,
}

/// Who records a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A step of the playbook.
    Step(u16),
    /// An issuer by itself.
    Issuer,
}

/// An attempt of the playbook.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attempt {
    /// The step.
    pub step: u16,
    /// When it is carried out.
    pub at: Moment,
    /// What of it.
    pub part: Part,
}

/// What an attempt of the playbook is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The whole step.
    Whole,
    /// The end of a replacement, at which the old value is withdrawn.
    Withdrawal,
}

/// An attempt of the playbook that came to nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Missed {
    /// The step.
    pub step: u16,
    /// When.
    pub at: Moment,
    /// Whether the issuer refused it; else it was not carried out.
    pub refused: bool,
}

/// A time for which a part is down.
#[derive(Clone, Copy, Debug)]
pub struct FaultWindow {
    /// Which fault of the system.
    pub fault: u16,
    /// From when; never if it went by a revocation that was not the first.
    pub from: Moment,
    /// Until when.
    pub to: Moment,
}
