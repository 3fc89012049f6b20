//! What a request of the workload does, whatever simulator plays it; times are seconds, as the peers keep them.

use super::textbook::unit_exponential;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

const VERIFIERS: usize = 20;
const TTL: f64 = 30.0;
pub const REVOKED_AT: f64 = 60.0;
pub const END: f64 = REVOKED_AT + 90.0;

/// What a trial found.
pub struct Found {
    /// Replays accepted after the revocation.
    pub accepted: u64,
    /// Events that were played.
    pub events: u64,
}

/// Whose request it is.
#[derive(Clone, Copy)]
pub enum By {
    Attacker,
    Shop,
}

/// The state of a trial.
pub struct Workload {
    sources: [Source; 2],
    pub revoked: bool,
    pub accepted: u64,
    pub events: u64,
}

struct Source {
    generator: ChaCha8Rng,
    mean_gap: f64,
    next_verifier: usize,
    fresh_until: [f64; VERIFIERS],
}

impl Workload {
    pub fn new(trial: u64) -> Self {
        let source = |stream: u64, rate: f64| {
            let mut key = [0; 32];
            key[8..16].copy_from_slice(&trial.to_le_bytes());
            let mut generator = ChaCha8Rng::from_seed(key);
            generator.set_stream(stream);
            Source { generator, mean_gap: 1.0 / rate, next_verifier: 0, fresh_until: [0.0; VERIFIERS] }
        };
        Self { sources: [source(0, 50.0), source(1, 200.0)], revoked: false, accepted: 0, events: 0 }
    }

    /// Plays a request; the gap until the next one of its source.
    pub fn present(&mut self, now: f64, by: By) -> f64 {
        self.events += 1;
        let active = matches!(by, By::Shop) || !self.revoked;
        let source = &mut self.sources[by as usize];
        let verifier = source.next_verifier;
        source.next_verifier = (verifier + 1) % VERIFIERS;
        if now < source.fresh_until[verifier] {
            self.accepted += u64::from(!active);
        } else if active {
            source.fresh_until[verifier] = now + TTL;
        }
        unit_exponential(&mut source.generator) * source.mean_gap
    }

    /// The revocation.
    pub fn revoke(&mut self) {
        self.events += 1;
        self.revoked = true;
    }

    pub fn found(&self) -> Found {
        Found { accepted: self.accepted, events: self.events }
    }
}
