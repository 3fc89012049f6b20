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
}

impl Faulted {
    /// So many verifiers, all of them well.
    pub fn new(verifiers: usize) -> Self {
        Self { down: vec![0; verifiers], cut_off: vec![0; verifiers] }
    }

    /// All are well again.
    pub fn reset(&mut self) {
        self.down.fill(0);
        self.cut_off.fill(0);
    }

    /// Whether a verifier is down.
    #[inline]
    pub fn is_down(&self, verifier: u16) -> bool {
        self.down[verifier as usize] > 0
    }

    /// Why a verifier that has no say rejects.
    pub fn reason(&self, verifier: u16) -> Reason {
        if self.is_down(verifier) { Reason::Down } else { Reason::Blocked }
    }
}
