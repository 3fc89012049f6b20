//! Verifiers as the scenario describes them: gateways, services and sidecars that accept or reject.

use super::cache::ClockPhase;
use super::connection::Connections;
use super::id::{CacheId, ChannelId, CredentialId, IssuerId};
use super::response::ResponseCache;
use crate::random::law::Law;
use crate::units::time::Span;

/// How requests are spread over the replicas of a verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balance {
    /// Any replica with the same probability, request by request.
    Random,
    /// One after the other, over all requests together.
    RoundRobin,
    /// A caller stays at the replica that chance gave it.
    Sticky,
}

impl Balance {
    /// Every policy with its name in scenarios.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Random, "random"), (Self::RoundRobin, "round_robin"), (Self::Sticky, "sticky")];
}

/// What a verifier does while it cannot ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutagePolicy {
    /// It rejects what it does not remember.
    FailClosed,
    /// It accepts everything.
    FailOpen,
    /// It goes on with what it remembers, for at most this long past the end of the entry.
    Stale(Span),
}

impl OutagePolicy {
    /// How long past its end an entry may be served while the issuer cannot be asked, where its cache keeps entries for
    /// `on_error` past their end.
    pub fn grace(self, on_error: Option<Span>) -> Span {
        let by_policy = match self {
            Self::Stale(longest) => longest,
            Self::FailClosed | Self::FailOpen => Span::ZERO,
        };
        by_policy.max(on_error.unwrap_or(Span::ZERO))
    }
}

/// What a verifier looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// Nothing: whoever presents anything is let in, and no revocation ever reaches it.
    Nothing,
    /// The credential itself: its expiry if it is self-contained, its value if it is a static key.
    Itself,
    /// Its issuer, through whatever caches stand between.
    Asks(Introspection),
}

/// How a verifier asks an issuer (RFC 7662).
#[derive(Clone, Debug, PartialEq)]
pub struct Introspection {
    /// Whom it asks.
    pub issuer: IssuerId,
    /// Time from the verifier to the issuer; the answer is composed at its end.
    pub request_leg: Law,
    /// Time from the issuer back.
    pub response_leg: Law,
    /// Caches on the way, nearest first.
    pub tiers: Vec<CacheId>,
}

/// What a verifier does with news from a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Forgets what it cached: the next request asks again.
    Evict,
    /// Rejects the credential, for a time or for good.
    Deny(Option<Span>),
    /// Asks its issuer at once and remembers the answer.
    Refetch,
    /// Closes open connections; whoever had one may try to open another.
    Close,
    /// Takes the new value or key in place of the old one.
    Replace,
}

/// A subscription of a verifier to a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hearing {
    /// The channel.
    pub channel: ChannelId,
    /// What is done when news arrives.
    pub action: Action,
}

/// How far a verifier's clock is off.
#[derive(Clone, Debug, PartialEq)]
pub struct ClockSkew {
    /// By how much, drawn once a trial and replica.
    pub by: Law,
    /// To which side.
    pub side: SkewSide,
}

/// The side to which a clock is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkewSide {
    /// It shows a later time: credentials expire early there.
    Ahead,
    /// It shows an earlier time: credentials live longer there.
    Behind,
    /// Either, with the same probability.
    Either,
}

/// Whether a verifier looks at the environment that a credential is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnvironmentCheck {
    /// It rejects a credential that is meant for other environments than its own.
    Checked,
    /// It takes the credential of any environment.
    Unchecked,
}

/// What a verifier looks at, with every request, beside the credential: it turns away whoever does not pass for a lawful
/// client. Legacy middleware looks at neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LooksAt {
    /// The network that the request comes from.
    pub network: bool,
    /// What the request itself is like: device, client, habits.
    pub request: bool,
}

impl LooksAt {
    /// Whether it looks at anything.
    pub const fn anything(self) -> bool {
        self.network || self.request
    }
}

/// A verifier.
#[derive(Clone, Debug, PartialEq)]
pub struct Verifier {
    /// Its name in the scenario.
    pub name: String,
    /// What it looks at.
    pub check: Check,
    /// Credentials it takes; the reader fills in those it could take where the scenario names none.
    pub accepts: Vec<CredentialId>,
    /// Scope it wants to see, if it looks.
    pub needs: Option<String>,
    /// Environment in which it stands, if that is modelled.
    pub environment: Option<String>,
    /// Whether it looks at the environment that a credential is meant for.
    pub environment_check: EnvironmentCheck,
    /// What else it looks at with every request.
    pub looks_at: LooksAt,
    /// Copies of it behind one name.
    pub replicas: u16,
    /// How requests are spread over them.
    pub balance: Balance,
    /// Clock tolerance for expiry; none means what the credential says.
    pub leeway: Option<Span>,
    /// How far its replicas' clocks are off.
    pub clock_skew: Option<ClockSkew>,
    /// Where the whole seconds of its clock fall; caches of its own follow it.
    pub clock: ClockPhase,
    /// What it does while it cannot ask.
    pub when_issuer_down: OutagePolicy,
    /// For so long after its issue it takes a credential without asking (failure mode 8).
    pub trusts_new_for: Span,
    /// The channels it hears.
    pub hears: Vec<Hearing>,
    /// How it keeps connections, if a connection lasts longer than one answer.
    pub connections: Option<Connections>,
    /// The responses that it keeps, if it does; then it checks nothing.
    pub responses: Option<ResponseCache>,
}
