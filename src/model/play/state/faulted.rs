//! What verifiers suffer at the moment: which of them are down, and which are cut off from their issuer.
//!
//! Issuers and channels count for themselves how many faults keep them down. A verifier that is down rejects everything;
//! one that is cut off from its issuer is left to its caches and its policy, as if the issuer were down for it alone.

use crate::model::ledger::Reason;

/// Faults that verifiers suffer now, by verifier.
#[derive(Clone, Debug)]
pub struct Faulted {
    /// How many faults keep it down.
    pub down: Vec<u32>,
    /// How many cut it off from the issuer that it asks.
    pub cut_off: Vec<u32>,
    /// Ways from channels to verifiers that are cut, each as often as faults cut it.
    deaf: Vec<(u16, u16)>,
    /// The same for ways from verifiers to those behind them.
    parted: Vec<(u16, u16)>,
}

impl Faulted {
    /// So many verifiers, all of them well.
    pub fn new(verifiers: usize) -> Self {
        Self { down: vec![0; verifiers], cut_off: vec![0; verifiers], deaf: Vec::new(), parted: Vec::new() }
    }

    /// All are well again.
    pub fn reset(&mut self) {
        self.down.fill(0);
        self.cut_off.fill(0);
        self.deaf.clear();
        self.parted.clear();
    }

    /// Whether a verifier is down.
    #[inline]
    pub fn is_down(&self, verifier: u16) -> bool {
        self.down[verifier as usize] > 0
    }

    /// The way from a channel to a verifier is cut once more, or once less.
    pub fn deafen(&mut self, verifier: u16, channel: u16, change: i32) {
        cut(&mut self.deaf, (verifier, channel), change);
    }

    /// The way from a verifier to one behind it is cut once more, or once less.
    pub fn part(&mut self, outer: u16, inner: u16, change: i32) {
        cut(&mut self.parted, (outer, inner), change);
    }

    /// Whether a verifier cannot reach a channel.
    #[inline]
    pub fn is_deaf(&self, verifier: u16, channel: u16) -> bool {
        !self.deaf.is_empty() && self.deaf.contains(&(verifier, channel))
    }

    /// Whether no way between the verifiers of a route is cut.
    #[inline]
    pub fn are_joined(&self, hops: &[u16]) -> bool {
        self.parted.is_empty() || hops.windows(2).all(|two| !self.parted.contains(&(two[0], two[1])))
    }

    /// Why a verifier that has no say rejects.
    pub fn reason(&self, verifier: u16) -> Reason {
        if self.is_down(verifier) { Reason::Down } else { Reason::Blocked }
    }
}

fn cut(ways: &mut Vec<(u16, u16)>, way: (u16, u16), change: i32) {
    if change > 0 {
        ways.push(way);
    } else if let Some(at) = ways.iter().position(|other| *other == way) {
        ways.swap_remove(at);
    }
}
