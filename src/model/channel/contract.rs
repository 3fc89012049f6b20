//! What a channel must be able to do, whatever carries it: say when news of a revocation arrives where.
//!
//! A channel is asked once a revocation, for all its listeners, and answers with moments; the world then
//! delivers at those moments. Everything random comes from streams of the trial, one for each purpose and
//! listener, so that two settings of one channel meet the same luck. News is rare, so channels may be trait
//! objects; what a request asks of a channel (a looked-up deny list) is told once, when the system is compiled.

use super::work::{Scope, Work};
use crate::model::defender::Trigger;
use crate::model::id::IssuerId;
use crate::random::law::Law;
use crate::random::purpose::Purpose;
use crate::random::stream::{Stream, Trial};
use crate::settings::key::Key;
use crate::settings::reader::Reader;
use crate::units::time::{Moment, Span};
use std::fmt::Debug;

/// A kind of channel: its name in scenarios, what it is, and how its settings are read.
pub struct ChannelKind {
    /// Name in scenarios.
    pub name: &'static str,
    /// One sentence on what it is.
    pub summary: &'static str,
    /// Where it is specified, or what is known in practice.
    pub specification: &'static str,
    /// Its settings, beside `kind`, `from` and `carries`.
    pub keys: &'static [Key],
    /// Reads the settings; faults are reported to the reader.
    pub read: fn(&mut Reader<'_>) -> Option<Box<dyn Channel>>,
}

/// A channel of the scenario.
#[derive(Debug)]
pub struct NamedChannel {
    /// Its name in the scenario.
    pub name: String,
    /// The issuer whose revocations it carries.
    pub from: Option<IssuerId>,
    /// What sets it in motion; anything else is never heard through it (failure mode 3).
    pub carries: Vec<Trigger>,
    /// Its settings and behaviour.
    pub channel: Box<dyn Channel>,
}

impl NamedChannel {
    /// Whether it speaks of what `issuer` revokes; of a secret that no issuer knows, whoever is handed new values hears.
    pub fn speaks_of(&self, issuer: Option<IssuerId>) -> bool {
        self.from.is_none() || self.from == issuer || issuer.is_none() && self.channel.brings() == Brings::Values
    }
}

/// Who hears a channel: a replica of a verifier, by its number among the channel's listeners.
pub type Listener = u32;

/// What arrives at a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arrival {
    /// The news that the credential is revoked.
    News,
    /// The listener lost what it knew: it is as if the news had never come.
    Forgotten,
    /// The listener has no valid list any more and rejects everything.
    Blocked,
    /// The listener has a valid list again.
    Unblocked,
}

/// Something that arrives at a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// To whom.
    pub to: Listener,
    /// When.
    pub at: Moment,
    /// What.
    pub what: Arrival,
}

/// The times at which a part is down, in order, ends excluded.
#[derive(Clone, Debug, Default)]
pub struct Outages {
    /// Start and end of each, not overlapping.
    pub windows: Vec<(Moment, Moment)>,
}

impl Outages {
    /// Puts the windows in order and joins those that touch.
    pub fn join(&mut self) {
        self.windows.sort_unstable();
        let mut joined: Vec<(Moment, Moment)> = Vec::with_capacity(self.windows.len());
        for (from, to) in self.windows.drain(..) {
            match joined.last_mut() {
                Some((_, end)) if from <= *end => *end = (*end).max(to),
                _ => joined.push((from, to)),
            }
        }
        self.windows = joined;
    }

    /// Adds those of another part.
    pub fn add(&mut self, other: Option<&Self>) {
        if let Some(other) = other.filter(|other| !other.windows.is_empty()) {
            self.windows.extend(&other.windows);
            self.join();
        }
    }

    /// Whether the part is down at `at`: from the start of a window until just before its end.
    pub fn down_at(&self, at: Moment) -> bool {
        let next = self.windows.partition_point(|(start, _)| *start <= at);
        next > 0 && at < self.windows[next - 1].1
    }

    /// The end of the window that started last, at or before `at`.
    pub fn end_after(&self, at: Moment) -> Option<Moment> {
        let next = self.windows.partition_point(|(start, _)| *start <= at);
        self.windows[..next].last().map(|(_, end)| *end)
    }
}

/// A revocation as a channel meets it.
#[derive(Clone, Copy)]
pub struct Revocation<'a> {
    /// When it was recorded.
    pub at: Moment,
    /// When the first revocation of the trial was recorded: what goes on anyhow, such as polls, is the same for all.
    pub first: Moment,
    /// When the trial ends: nothing later matters.
    pub until: Moment,
    /// Number of listeners: `0..listeners` are theirs.
    pub listeners: u32,
    /// When this channel is down.
    pub outages: &'a Outages,
    /// When the issuer behind it is down.
    pub issuer_outages: &'a Outages,
    /// When faults restart its subscribers, in order.
    pub restarts: &'a [Moment],
    /// The channel's own number, so that channels have different luck.
    pub channel: u16,
    /// Which revocation of the trial this is, so that a second one has luck of its own.
    pub nth: u8,
    /// The trial's chance.
    pub trial: &'a Trial,
}

impl Revocation<'_> {
    /// Whether either this channel or its issuer is down at `at`.
    pub fn down_at(&self, at: Moment) -> bool {
        self.outages.down_at(at) || self.issuer_outages.down_at(at)
    }

    /// The stream of one purpose for one listener and this revocation.
    pub fn chance(&self, purpose: Purpose, listener: Listener) -> Stream {
        self.trial.open(purpose, entity(self.channel, listener).wrapping_add(u32::from(self.nth) << 28))
    }

    /// The stream of one purpose for one listener, the same for every revocation (phases of polls).
    pub fn standing(&self, purpose: Purpose, listener: Listener) -> Stream {
        self.trial.open(purpose, entity(self.channel, listener))
    }

    /// The stream of one purpose for the channel as a whole and this revocation.
    pub fn common(&self, purpose: Purpose) -> Stream {
        self.chance(purpose, COMMON)
    }
}

/// The listener number under which the channel as a whole draws.
const COMMON: Listener = 0xFFFF;

const fn entity(channel: u16, listener: Listener) -> u32 {
    // 12 bits of channel, 16 of listener: the reader refuses more of either.
    ((channel as u32 & 0xFFF) << 16) | (listener & 0xFFFF)
}

/// A list that verifiers look into at every request.
#[derive(Clone, Debug, PartialEq)]
pub struct LookedUp {
    /// Time from the revocation until the entry can be read, drawn once a revocation.
    pub written_after: Law,
    /// How long an entry is kept; none for ever.
    pub kept_for: Option<Span>,
    /// What a verifier does while the list cannot be read.
    pub when_down: WhenUnreadable,
}

/// What a verifier does while a list cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenUnreadable {
    /// It goes on as if the list were empty.
    Accept,
    /// It rejects everything.
    Reject,
}

/// How a question to the issuer travels.
#[derive(Clone, Debug, PartialEq)]
pub struct Legs {
    /// Time from the verifier to the issuer.
    pub request: Law,
    /// Time from the issuer back.
    pub response: Law,
}

/// What a channel brings to those who hear it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brings {
    /// Word that a credential is revoked.
    News,
    /// New values of what verifiers compare with, beside the news.
    Values,
    /// A set of keys.
    Keys {
        /// What becomes of a token that was signed with a key which is not in the set that is held.
        unknown: UnknownKey,
        /// Whether keys stay that are gone from the set.
        keeps_old: bool,
    },
}

/// What a verifier does with a token that was signed with an unknown key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownKey {
    /// It refuses it.
    IsRefused,
    /// It fetches the set of keys first.
    IsFetched,
}

/// What a channel is to the verifiers that name it.
#[derive(Clone, Debug, PartialEq)]
pub enum Role {
    /// News comes to listeners, who `hear` it.
    Heard,
    /// A list that is looked into at every request.
    LookedUp(LookedUp),
    /// The way by which a verifier `asks`.
    Asked(Legs),
    /// Nothing that a verifier could name.
    Implicit,
}

/// A way in which news of a revocation reaches verifiers.
pub trait Channel: Debug + Send + Sync {
    /// Its kind.
    fn kind(&self) -> &'static ChannelKind;

    /// What it is to a verifier.
    fn role(&self) -> Role;

    /// Hands every delivery that follows from `revocation` to `deliver`, in any order.
    fn spread(&self, revocation: &Revocation<'_>, deliver: &mut dyn FnMut(Delivery));

    /// The longest time from a revocation to its arrival at every listener, if it cannot be exceeded
    /// while nothing is down; none where news can be lost or late without limit.
    fn surely_within(&self) -> Option<Span>;

    /// Whether only the replica that the load balancer picks hears it (failure mode 2).
    fn reaches_one_replica(&self) -> bool {
        false
    }

    /// Whether it sends its news, so that it can be sent once more; otherwise listeners come and read.
    fn sends(&self) -> bool {
        false
    }

    /// Whether a restart takes from its subscribers what it told them.
    fn forgets_on_restart(&self) -> bool {
        false
    }

    /// Whether its subscribers lose what it told them again and again, by restarts of their own.
    fn loses_again_and_again(&self) -> bool {
        false
    }

    /// What it brings to those who hear it.
    fn brings(&self) -> Brings {
        Brings::News
    }

    /// Whether a revocation sets it in motion; otherwise only a step of the playbook does.
    fn starts_by_itself(&self) -> bool {
        true
    }

    /// Requests a second that one listener sends to the issuer through it.
    fn requests_per_second(&self) -> f64 {
        0.0
    }

    /// Polls a second that each listener goes through again for every later revocation of a trial, from the first one on.
    fn gone_through_again(&self) -> f64 {
        0.0
    }

    /// What [`Self::spread`] costs for one revocation and listener, roughly and rather too much than too little.
    fn work(&self, scope: Scope) -> Work;
}
