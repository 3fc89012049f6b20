//! The hold model on the standard library's heap: take the first event, schedule it again a gap later, over and over.
//!
//! The gaps are drawn beforehand, so that the queue is measured and nothing else.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A heap of events under the hold model.
pub struct Hold {
    heap: BinaryHeap<Reverse<(i64, u64, u32)>>,
    inserted: u64,
}

impl Hold {
    /// A heap with as many pending events, each a gap from 0.
    pub fn new(pending: u32, gaps: &[i64]) -> Self {
        let heap = (0..pending).map(|event| Reverse((gaps[event as usize], u64::from(event), event))).collect();
        Self { heap, inserted: u64::from(pending) }
    }

    /// Takes and schedules again as many events as there are gaps; a digest of their order.
    pub fn run(&mut self, gaps: &[i64]) -> u64 {
        let mut digest = 0_u64;
        for gap in gaps {
            let Some(Reverse((now, _, event))) = self.heap.pop() else { break };
            digest = digest.wrapping_mul(31).wrapping_add(u64::from(event));
            self.heap.push(Reverse((now + gap, self.inserted, event)));
            self.inserted += 1;
        }
        digest
    }
}
