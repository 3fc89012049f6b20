//! The whole system under drill, as the scenario describes it: valid by construction, with dense ids.

use super::attacker::Attacker;
use super::cache::Cache;
use super::channel::contract::NamedChannel;
use super::copy::HeldCopy;
use super::credential::{Credential, CredentialKind};
use super::defender::{Defender, Does, Reach, Revoking, Step};
use super::fault::{Ails, Fault, Part};
use super::id::{ChannelId, CredentialId};
use super::issuer::Issuer;
use super::lineage::Cascade;
use super::place::{Route, Target};
use super::verifier::{SkewSide, Verifier};
use super::workload::{Arrivals, LawfulClient, OtherTraffic, Trace};
use crate::units::probability::Share;
use crate::units::time::Span;

/// In what state a trial starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// What runs before time 0 has run for ever.
    Stationary,
    /// Every entry has uniform age and is renewed the instant it expires, until revocation.
    Saturated,
    /// Caches are cold and the attacker's first request loads them.
    FirstUse,
    /// Stationary, and a drill asks "still works?" at every target just before revoking.
    Preprobed,
}

impl Start {
    /// Every start with its name in scenarios.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Stationary, "stationary"),
        (Self::Saturated, "saturated"),
        (Self::FirstUse, "first_use"),
        (Self::Preprobed, "preprobed"),
    ];

    /// The name in scenarios.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(start, _)| *start == self).map_or("", |(_, name)| name)
    }
}

/// A system, its attacker, its defender and its lawful clients.
#[derive(Debug)]
pub struct System {
    /// In what state a trial starts.
    pub start: Start,
    /// How long a revoked trial runs after revocation.
    pub horizon: Span,
    /// How long, from time 0, a trial runs that nobody revokes.
    pub give_up_after: Span,
    /// Credentials.
    pub credentials: Vec<Credential>,
    /// Issuers.
    pub issuers: Vec<Issuer>,
    /// Caches, own and shared, by settings.
    pub caches: Vec<Cache>,
    /// Channels that carry news.
    pub channels: Vec<NamedChannel>,
    /// Verifiers.
    pub verifiers: Vec<Verifier>,
    /// Targets.
    pub targets: Vec<Target>,
    /// Routes, grouped by target.
    pub routes: Vec<Route>,
    /// Copies of credentials.
    pub copies: Vec<HeldCopy>,
    /// The attacker.
    pub attacker: Attacker,
    /// Lawful clients that are simulated.
    pub lawful: Vec<LawfulClient>,
    /// Lawful traffic that only loads issuers.
    pub others: Vec<OtherTraffic>,
    /// The defender.
    pub defender: Defender,
    /// Faults.
    pub faults: Vec<Fault>,
    /// Whether the peak of the issuer's load is to be counted.
    pub peak_load: PeakLoad,
}

impl System {
    /// The recordings that are replayed.
    pub fn recordings(&self) -> impl Iterator<Item = &Trace> {
        let streams = self.attacker.replays.iter().map(|stream| &stream.arrivals);
        let clients = self.lawful.iter().map(|client| &client.arrivals);
        streams.chain(clients).filter_map(Arrivals::recording)
    }

    /// How far the clocks of a verifier can be behind, at most; none without limit.
    pub fn clock_behind(&self, verifier: &Verifier) -> Option<Span> {
        let skew = match &verifier.clock_skew {
            Some(skew) if skew.side != SkewSide::Ahead => skew.by.max()?,
            _ => Span::ZERO,
        };
        let of = |part: Part| matches!(part, Part::Verifier(id) if self.verifiers[id.index()].name == verifier.name);
        // Windows of one fault do not overlap, those of several may.
        let behind = self.faults.iter().filter(|fault| of(fault.part)).map(|fault| match fault.ails {
            Ails::ClockOff(ahead) => (Span::ZERO - ahead).max(Span::ZERO),
            Ails::Down | Ails::Slow(_) | Ails::Restarted => Span::ZERO,
        });
        Some(behind.fold(skew, |sum, behind| sum + behind))
    }

    /// Whether a verifier never lets the attacker through, whatever it presents: it looks at where a request comes from, or
    /// what it is like, and the attacker never passes for a lawful client.
    pub fn always_turns_away(&self, verifier: &Verifier) -> bool {
        let looks = verifier.looks_at;
        looks.network && self.attacker.inside == Share::NONE || looks.request && self.attacker.imitates == Share::NONE
    }

    /// Credentials that a step revokes, in order.
    pub fn reached(&self, step: &Step) -> Vec<CredentialId> {
        match step.does {
            Does::RotateKey(channel) => self.signed_for(channel),
            _ => step.revokes().map_or_else(Vec::new, |revoking| self.reached_by(revoking)),
        }
    }

    /// Credentials that are signed with the key that a channel brings, in order.
    pub fn signed_for(&self, channel: ChannelId) -> Vec<CredentialId> {
        let from = self.channels[channel.index()].from;
        let signed = |one: &Credential| one.kind == CredentialKind::SelfContained && one.issuer == from;
        let all = self.credentials.iter().enumerate();
        all.filter(|(_, one)| signed(one)).map(|(number, _)| CredentialId::at(number)).collect()
    }

    /// Credentials that a revocation reaches, in order: those that its reach names, and what cascades from them.
    pub fn reached_by(&self, revoking: &Revoking) -> Vec<CredentialId> {
        let start = revoking.credential;
        let named = match revoking.reach {
            Reach::Credential => vec![start],
            Reach::Grant => vec![start, self.root_of_grant(start)],
            Reach::Subject | Reach::IssuedBefore => {
                let subject = &self.credentials[start.index()].subject;
                let same = self.credentials.iter().enumerate().filter(|(_, one)| one.subject == *subject);
                same.map(|(number, _)| CredentialId::at(number)).collect()
            }
        };
        self.with_cascades(named)
    }

    /// What the attacker steals and what it mints, each as often as it does: its lineage.
    pub fn attacked(&self) -> impl Iterator<Item = CredentialId> {
        let minted = self.attacker.mints.iter().map(|minting| minting.credential);
        self.attacker.steals.iter().map(|copy| copy.credential).chain(minted)
    }

    /// These credentials and whatever revoking them revokes, in order.
    pub fn with_cascades(&self, mut found: Vec<CredentialId>) -> Vec<CredentialId> {
        let mut next = 0;
        while next < found.len() {
            let follows = |one: &super::credential::Credential| {
                one.derived.as_ref().is_some_and(|edge| edge.from == found[next] && edge.cascade == Cascade::Grant)
            };
            let children = self.credentials.iter().enumerate().filter(|(_, one)| follows(one));
            let children: Vec<CredentialId> = children.map(|(number, _)| CredentialId::at(number)).collect();
            found.extend(children);
            next += 1;
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The credential at the root of a grant: as far up as one issuer issued.
    fn root_of_grant(&self, id: CredentialId) -> CredentialId {
        let above = |id: &CredentialId| {
            let one = &self.credentials[id.index()];
            let from = one.derived.as_ref()?.from;
            (self.credentials[from.index()].issuer == one.issuer).then_some(from)
        };
        std::iter::successors(Some(id), above).last().unwrap_or(id)
    }
}

/// Whether the peak of the issuer's load is counted, which costs a little on the path of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeakLoad {
    /// It is.
    Counted,
    /// It is not.
    Ignored,
}
