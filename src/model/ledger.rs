//! The ledger of a trial: the moments, counts and causes from which every metric is read.

use super::id::{RouteId, TargetId, VerifierId};
use crate::units::time::{Moment, Span};

/// How a trial ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A revocation was recorded while the credential lived.
    Revoked,
    /// Every credential of the compromised set expired first.
    ExpiredBeforeRevocation,
    /// Nobody revoked it, however long one waited; the trial ended when the drill gave up.
    NeverRevoked,
}

impl Outcome {
    /// The name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::ExpiredBeforeRevocation => "expired_before_revocation",
            Self::NeverRevoked => "never_revoked",
        }
    }
}

/// What keeps a door open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeldOpenBy {
    /// Nothing: it was shut at once.
    Nothing,
    /// The verifier checks nothing.
    NoCheck,
    /// The credential itself is still good wherever it is only looked at.
    CredentialLifetime,
    /// Nobody has revoked it, or not until the end of that stretch.
    NotRevoked,
    /// A fresh entry of a cache.
    Cache,
    /// An entry that is served stale while it is fetched anew.
    StaleWhileRevalidate,
    /// An entry that is served stale while the issuer cannot be asked.
    StaleOnOutage,
    /// An answer that was composed before the revocation and is still on its way.
    AnswerInFlight,
    /// A verifier that accepts everything while it cannot ask.
    FailOpen,
    /// A read replica of the issuer that is behind.
    ReadLag,
    /// An issuer that recorded the revocation and changed nothing.
    IneffectiveRevocation,
    /// News that a verifier listens for and has not heard: not yet, or never; a list that cannot be read, or an entry that is
    /// gone from it.
    DenyListGap,
    /// A connection that the attacker opened before and still holds.
    OpenConnection,
    /// A response that is served to whoever asks for it again.
    ResponseCache,
    /// A derived credential that lives on, unrevoked or where nobody hears that it is revoked.
    DerivedCredential,
    /// A verifier that does not ask about what was just issued.
    IssuanceGrace,
    /// A cut-off that its issuer has forgotten.
    ForgottenCutOff,
    /// A revocation that the attacker has undone.
    UndoneRevocation,
    /// A copy of a shared secret that has not been replaced where it is compared.
    Copy,
}

impl HeldOpenBy {
    /// Every cause with its name in records and what it means.
    pub const ALL: [(Self, &'static str, &'static str); 19] = [
        (Self::Nothing, "nothing", "Nothing: it was shut at once."),
        (Self::NoCheck, "no_check", "The verifier checks nothing."),
        (
            Self::CredentialLifetime,
            "credential_lifetime",
            "The credential itself is still good wherever it is only looked at.",
        ),
        (Self::NotRevoked, "not_revoked", "Nobody has revoked it, or not until the end of that stretch."),
        (Self::Cache, "cache", "A fresh entry of a cache."),
        (
            Self::StaleWhileRevalidate,
            "stale_while_revalidate",
            "An entry that is served stale while it is fetched anew.",
        ),
        (Self::StaleOnOutage, "stale_on_outage", "An entry that is served stale while the issuer cannot be asked."),
        (
            Self::AnswerInFlight,
            "answer_in_flight",
            "An answer that was composed before the revocation and is still on its way.",
        ),
        (Self::FailOpen, "fail_open", "A verifier that accepts everything while it cannot ask."),
        (Self::ReadLag, "read_lag", "A read replica of the issuer that is behind."),
        (
            Self::IneffectiveRevocation,
            "ineffective_revocation",
            "An issuer that recorded the revocation and changed nothing.",
        ),
        (
            Self::DenyListGap,
            "deny_list_gap",
            "News that a verifier listens for has not come yet, or is lost; a list cannot be read, or an entry is gone from it.",
        ),
        (Self::OpenConnection, "open_connection", "A connection that the attacker opened before and still holds."),
        (Self::ResponseCache, "response_cache", "A response that is served to whoever asks for it again."),
        (
            Self::DerivedCredential,
            "derived_credential",
            "A derived credential that lives on, unrevoked or where nobody hears that it is revoked.",
        ),
        (Self::IssuanceGrace, "issuance_grace", "A verifier that does not ask about what was just issued."),
        (Self::ForgottenCutOff, "forgotten_cut_off", "A cut-off that its issuer has forgotten."),
        (Self::UndoneRevocation, "undone_revocation", "A revocation that the attacker has undone."),
        (Self::Copy, "copy", "A copy of a shared secret that has not been replaced where it is compared."),
    ];

    /// The name in records.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(cause, ..)| *cause == self).map_or("", |(_, name, _)| name)
    }
}

/// What shuts a door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClosedBy {
    /// Nothing did, by the end of the trial.
    Nothing,
    /// The revocation itself, at the issuer that is asked.
    Revocation,
    /// The end of a cache entry.
    TimeToLive,
    /// The end of the credential.
    CredentialExpiry,
    /// A read replica that caught up.
    ReadReplica,
    /// A fresh answer of the issuer.
    FreshAnswer,
    /// The end of an outage.
    Recovery,
    /// News by a channel of the plan.
    Channel(u16),
    /// An entry that can now be read in a looked-up list, or a verifier that blocks without a valid list.
    List,
    /// The restart of what kept an entry or a connection, or the outage of a verifier that kept a connection.
    Restart,
    /// The greatest age of a connection.
    ConnectionAge,
    /// A look at the credential of an open connection.
    Recheck,
    /// The defender, who had open connections closed.
    ClosedConnections,
    /// A cache that was emptied by the playbook.
    Purge,
    /// A block of the attacker's network.
    NetworkBlock,
    /// The replacement of a secret where it is compared.
    Replacement,
}

/// When a door was open after the invalidation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Closing {
    /// The last instant at which it was open; none while it still is at the end.
    pub closed_at: Option<Moment>,
    /// When it was shut for the first time; none if it never was.
    pub first_closed_at: Option<Moment>,
    /// How long it was open in all.
    pub open_for: Span,
    /// How often it opened again.
    pub reopenings: u32,
    /// What kept it open last, and where.
    pub held_open_by: (HeldOpenBy, Option<VerifierId>),
    /// What shut it last.
    pub closed_by: ClosedBy,
}

/// What the attacker got at a target.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TargetUse {
    /// Whether it was accepted there at all.
    pub used: bool,
    /// The last accepted presentation after the revocation.
    pub last_accepted: Option<Moment>,
    /// Accepted presentations after the revocation.
    pub accepted_after: u64,
}

/// Requests to the issuers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    /// Questions from time 0 to the end.
    pub asked: u64,
    /// The largest number of them in a second.
    pub peak: u64,
    /// Questions that an issuer of limited capacity answered in time.
    pub served: u64,
    /// How long these took there, added up.
    pub served_for: Span,
    /// Questions that such an issuer refused, or answered too late.
    pub unserved: u64,
}

/// What a trial left behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    /// How it ended.
    pub outcome: Outcome,
    /// When the defender knew, if it did.
    pub detected_at: Option<Moment>,
    /// Whether a false alarm set the playbook off before the defender knew.
    pub by_luck: bool,
    /// When the replacement of copies was ordered.
    pub rotation_ordered_at: Option<Moment>,
    /// When the last copy was replaced.
    pub rotated_at: Option<Moment>,
    /// When it had decided.
    pub decided_at: Option<Moment>,
    /// The first durable recording of a revocation.
    pub revoked_at: Option<Moment>,
    /// When the compromised credentials ended: revocation or expiry; none if neither came.
    pub invalidated_at: Option<Moment>,
    /// When the attacker had the first copy.
    pub acquired_at: Option<Moment>,
    /// Its first accepted use.
    pub first_use_at: Option<Moment>,
    /// Its first presentation at or after the revocation.
    pub next_presented_at: Option<Moment>,
    /// When the trial ended.
    pub ended_at: Moment,
    /// The door of each target.
    pub targets: Vec<Closing>,
    /// All doors together.
    pub whole: Closing,
    /// Each verifier taken alone.
    pub verifiers: Vec<Closing>,
    /// What the attacker got at each target.
    pub uses: Vec<TargetUse>,
    /// Targets, environments and scopes at which the attacker was accepted.
    pub blast: Blast,
    /// The same after the revocation.
    pub blast_after: Blast,
    /// Presentations by the attacker after the revocation that were rejected.
    pub rejected_after: u64,
    /// Presented before, answered with acceptance after the revocation.
    pub in_flight_accepts: u64,
    /// Lawful requests refused that carried a revoked credential.
    pub collateral_rejections: u64,
    /// Lawful requests refused that carried a valid credential.
    pub false_rejections: u64,
    /// Time that lawful clients had no working credential, added over clients.
    pub lawful_outage: Span,
    /// Requests to issuers.
    pub load: Load,
    /// Derived credentials that the attacker minted.
    pub minted: u64,
    /// Whether one of them was accepted at a target.
    pub used_derived: bool,
    /// Those of them that were still accepted somewhere at the end.
    pub surviving: u64,
    /// Events that were played.
    pub events: u64,
}

/// How far an attacker got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blast {
    /// Distinct targets.
    pub targets: u32,
    /// Distinct environments.
    pub environments: u32,
    /// Distinct scopes.
    pub scopes: u32,
}

/// Who presented a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presenter {
    /// A replay stream of the attacker.
    Attacker(u16),
    /// A lawful client.
    Lawful(u16),
}

/// Why a request was accepted or rejected, as the last verifier that decided would say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The verifier checks nothing.
    NoCheck,
    /// The credential itself was good, or had expired.
    Credential,
    /// A fresh entry of a cache.
    CacheHit,
    /// An entry served stale while it is fetched anew.
    StaleHit,
    /// An entry served stale during an outage.
    StaleOnOutage,
    /// A response that was kept, before anybody looked at the credential.
    ResponseHit,
    /// A remembered rejection.
    NegativeHit,
    /// The issuer was asked.
    Asked,
    /// The issuer could not be asked.
    Outage,
    /// News had told the verifier to deny.
    Denied,
    /// A looked-up list said so.
    Listed,
    /// The verifier had no valid list.
    Blocked,
    /// The verifier was down.
    Down,
    /// The key that the credential is bound to was missing.
    KeyMissing,
    /// It was issued so recently that the verifier did not ask.
    NewlyIssued,
    /// It was stopped on its way by a block of the attacker's network.
    Network,
    /// It came from a network that is not let in, or was unlike a lawful request.
    Context,
}

impl Reason {
    /// The name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoCheck => "no_check",
            Self::Credential => "credential",
            Self::CacheHit => "cache_hit",
            Self::StaleHit => "stale_hit",
            Self::StaleOnOutage => "stale_on_outage",
            Self::ResponseHit => "response_hit",
            Self::NegativeHit => "negative_hit",
            Self::Asked => "asked",
            Self::Outage => "outage",
            Self::Denied => "denied",
            Self::Listed => "listed",
            Self::Blocked => "blocked",
            Self::Down => "down",
            Self::KeyMissing => "key_missing",
            Self::NewlyIssued => "newly_issued",
            Self::Network => "network_block",
            Self::Context => "context",
        }
    }
}

/// One request, for a table of requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequestEntry {
    /// Who presented it.
    pub by: Presenter,
    /// Its number within its source.
    pub number: u64,
    /// When it was presented.
    pub presented_at: Moment,
    /// When it was answered.
    pub answered_at: Moment,
    /// Where it went.
    pub target: TargetId,
    /// By which route.
    pub route: RouteId,
    /// Whether every verifier accepted.
    pub accepted: bool,
    /// Why, in the words of the last verifier that decided.
    pub reason: Reason,
}
