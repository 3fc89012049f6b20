//! What a trial remembers of replicas, issuers and channels.

use crate::model::channel::contract::Outages;
use crate::units::time::{Moment, Span};

/// A replica of a verifier.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReplicaState {
    /// How far its clock is ahead of true time; negative if behind.
    pub ahead: Span,
    /// Channels for which it has no valid list.
    pub blocked: u32,
    /// The channel by which it fetches keys when it meets one that it does not know.
    pub fetches_keys: Option<u16>,
}

/// An issuer.
#[derive(Clone, Debug, Default)]
pub struct IssuerState {
    /// Faults that keep it down now.
    pub down: u32,
    /// When it is down, over the whole trial.
    pub outages: Outages,
    /// The second of its last request, and how many there were in it.
    pub second: (i64, u64),
}

/// A channel.
#[derive(Clone, Debug, Default)]
pub struct ChannelState {
    /// Faults that keep it down now.
    pub down: u32,
    /// When it is down, over the whole trial.
    pub outages: Outages,
    /// When the way from its issuer to it is cut.
    pub unfed: Outages,
    /// When faults restart its subscribers, in order.
    pub restarts: Vec<Moment>,
}
