//! The yardstick: the workload cache-replay as a textbook would write it, a binary heap of events and a loop.
//!
//! Every target of speed is a ratio to this engine, measured in the same run, because times on a shared machine prove
//! nothing. It is written plainly and kept so: making it faster or slower would move every target. Every request is
//! an event; the heap is the standard library's, ordered by time and insertion; each source has a ChaCha8 stream of
//! its own and draws exponentials as `-ln(u)`; caches are two flat vectors.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const VERIFIERS: usize = 20;
const TTL: i64 = 30 * NANOS_PER_SECOND;
const REVOKED_AT: i64 = 60 * NANOS_PER_SECOND;
const END: i64 = REVOKED_AT + 90 * NANOS_PER_SECOND;
const ATTACKER_RATE: f64 = 50.0;
const LAWFUL_RATE: f64 = 200.0;

/// What can happen; the order is that at one instant and of one insertion, which never occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Revocation,
    Replay,
    Lawful,
}

/// What a trial found, in seconds from the revocation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found {
    /// The last accepted replay, 0 if none.
    pub last_accepted: f64,
    /// Accepted replays.
    pub accepted: u64,
    /// When the last entry of the stolen credential ended.
    pub time_to_contain: f64,
    /// Questions to the issuer, over the whole trial.
    pub asked: u64,
    /// Events that were played.
    pub events: u64,
}

/// A source of requests: its stream, and the verifier of its next one.
struct Source {
    generator: ChaCha8Rng,
    mean_gap: f64,
    next_verifier: usize,
}

impl Source {
    fn new(seed: u64, trial: u64, stream: u64, rate: f64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&trial.to_le_bytes());
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(stream);
        Self { generator, mean_gap: 1.0 / rate, next_verifier: 0 }
    }

    fn gap(&mut self) -> i64 {
        (unit_exponential(&mut self.generator) * self.mean_gap * NANOS_PER_SECOND as f64) as i64
    }

    fn verifier(&mut self) -> usize {
        let verifier = self.next_verifier;
        self.next_verifier = (verifier + 1) % VERIFIERS;
        verifier
    }
}

/// An exponential of mean 1.
pub fn unit_exponential(generator: &mut ChaCha8Rng) -> f64 {
    let u = ((generator.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    -u.ln()
}

/// The caches of all verifiers for one credential.
struct Caches {
    fresh_until: Vec<i64>,
}

impl Caches {
    fn new() -> Self {
        Self { fresh_until: vec![0; VERIFIERS] }
    }

    /// Whether a request is accepted; the first after an expiry asks the issuer, and loads the cache if it says yes.
    fn accept(&mut self, now: i64, verifier: usize, active: bool, asked: &mut u64) -> bool {
        if now < self.fresh_until[verifier] {
            return true;
        }
        *asked += 1;
        if active {
            self.fresh_until[verifier] = now + TTL;
        }
        active
    }
}

/// Plays one trial.
pub fn play(seed: u64, trial: u64) -> Found {
    let mut heap = BinaryHeap::new();
    let mut inserted = 0_u64;
    let mut schedule = |heap: &mut BinaryHeap<_>, at: i64, event: Event| {
        heap.push(Reverse((at, inserted, event)));
        inserted += 1;
    };
    let mut attacker = Source::new(seed, trial, 0, ATTACKER_RATE);
    let mut shop = Source::new(seed, trial, 1, LAWFUL_RATE);
    let (mut stolen, mut theirs) = (Caches::new(), Caches::new());
    let mut revoked = false;
    let mut found = Found::default();

    schedule(&mut heap, REVOKED_AT, Event::Revocation);
    schedule(&mut heap, 0, Event::Replay);
    schedule(&mut heap, shop.gap(), Event::Lawful);
    while let Some(Reverse((now, _, event))) = heap.pop() {
        if now > END {
            break;
        }
        found.events += 1;
        match event {
            Event::Revocation => {
                revoked = true;
                let last_end = stolen.fresh_until.iter().copied().max().unwrap_or(0);
                found.time_to_contain = seconds((last_end - now).max(0));
            }
            Event::Replay => {
                let verifier = attacker.verifier();
                if stolen.accept(now, verifier, !revoked, &mut found.asked) && revoked {
                    found.last_accepted = seconds(now - REVOKED_AT);
                    found.accepted += 1;
                }
                schedule(&mut heap, now + attacker.gap(), Event::Replay);
            }
            Event::Lawful => {
                let verifier = shop.verifier();
                theirs.accept(now, verifier, true, &mut found.asked);
                schedule(&mut heap, now + shop.gap(), Event::Lawful);
            }
        }
    }
    found
}

fn seconds(nanos: i64) -> f64 {
    nanos as f64 / NANOS_PER_SECOND as f64
}
