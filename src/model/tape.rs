//! The tape of a trial: what happened in it, in the model's own numbers, for whoever wants to tell it as a story.
//!
//! A tape is taken only of a trial that somebody asked about; it holds what a ledger sums up: every stretch for which
//! a door was open and what held it, every attempt of the playbook, every piece of news. It changes nothing.

use super::channel::contract::Arrival;
use super::id::{CacheId, VerifierId};
use super::ledger::{ClosedBy, HeldOpenBy, RequestEntry};
use crate::units::time::Moment;

/// What happened in a trial.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tape {
    /// What happened to somebody, in order of time where it was played, else as it was drawn.
    pub scenes: Vec<(Moment, Scene)>,
    /// For each target, when its door was open since the invalidation.
    pub targets: Vec<Vec<Stretch>>,
    /// The same for each verifier taken alone.
    pub verifiers: Vec<Vec<Stretch>>,
    /// Every request since time 0, in order of presentation.
    pub requests: Vec<RequestEntry>,
    /// The credentials that the attacker stole or minted, in the order in which their lives began.
    pub lives: Vec<Life>,
}

/// The life of a credential in the attacker's lineage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// The credential of the scenario that it is an instance of.
    pub credential: u16,
    /// Whether it was minted in the trial, and not stolen.
    pub minted: bool,
    /// When it was issued; of one that was stolen, the exposure.
    pub from: Moment,
    /// When it expires; never where it does not.
    pub expires: Moment,
    /// From when to when it was good at its issuer; to never where nothing ended it.
    pub good: Vec<(Moment, Moment)>,
}

/// A stretch of time for which a door was open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// When it began.
    pub from: Moment,
    /// When it was shut; none if it was still open at the end.
    pub to: Option<Moment>,
    /// What held it open when it began, and where.
    pub opened_by: (HeldOpenBy, Option<VerifierId>),
    /// What holds it open; once it is shut, what did for the longest stretch.
    pub held_open_by: (HeldOpenBy, Option<VerifierId>),
    /// Whether one thing took over from another.
    pub took_over: bool,
    /// What shut it.
    pub closed_by: ClosedBy,
    /// Its entry, if that is one of a cache and held it to the end.
    pub entry: Option<Entry>,
    /// How often what held it was prolonged or took over from something else.
    pub prolonged: u64,
    /// When that last happened.
    pub prolonged_at: Option<Moment>,
}

/// An entry of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The settings of its cache.
    pub cache: CacheId,
    /// The replica of the verifier that held it, from 0; none where its replicas share the instance.
    pub replica: Option<u32>,
    /// When the issuer composed the answer.
    pub answered_at: Moment,
    /// When it was put in.
    pub loaded_at: Moment,
}

/// How an attempt of the playbook ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempted {
    /// It was not carried out.
    Failed,
    /// The issuer refused it.
    Refused,
    /// It was recorded.
    Recorded {
        /// Credentials that it names.
        named: Vec<u16>,
        /// Those of them that it really ended.
        changed: Vec<u16>,
    },
}

/// Something that happened; numbers are those of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scene {
    /// The attacker found a copy.
    Found(u16),
    /// The defender knew.
    Detected,
    /// It had decided.
    Decided,
    /// A step of the playbook was attempted.
    Attempted {
        /// The step.
        step: u16,
        /// How it ended.
        end: Attempted,
    },
    /// The attacker got an instance of a derived credential.
    Minted(u16),
    /// The last read replica learned that this credential is revoked.
    ReadReplicasKnow(u16),
    /// News set out on a channel.
    Sent {
        /// The channel.
        channel: u16,
        /// Who listens.
        listeners: u32,
        /// How many of them will not hear of it before the trial ends.
        unheard: u32,
        /// Whether the channel was down.
        down: bool,
    },
    /// An entry of a looked-up list began; none if it was not written.
    Listed {
        /// The channel.
        channel: u16,
        /// From when and until when it could be read.
        readable: Option<(Moment, Moment)>,
    },
    /// Something arrived at a replica of a verifier.
    Arrived {
        /// The channel.
        channel: u16,
        /// The verifier.
        verifier: u16,
        /// What.
        what: Arrival,
        /// Which credentials the news is about, by their originals; none where it is no news.
        about: Vec<u16>,
    },
    /// The attacker undid a revocation of these credentials, by their originals.
    Undone(Vec<u16>),
    /// A part went down, until then.
    Down {
        /// The fault.
        fault: u16,
        /// When it was up again.
        until: Moment,
    },
    /// An instance of a cache lost everything.
    Restarted(CacheId),
    /// A compromised credential expired.
    Expired(u16),
    /// A lawful client was refused with a revoked credential for the first time.
    Refused(u16),
    /// A lawful client held the replacement.
    Replaced(u16),
}
