//! The gaps between memoryless arrivals, drawn ahead a few at a time.
//!
//! What happens next hangs on the gap just taken, so a draw that waits for its turn holds up all that follows; drawn
//! ahead, it is there. They are the gaps of the stream, one by one, whatever the number drawn ahead.

use crate::random::purpose::Purpose;
use crate::random::slot::ExponentialSlot;
use crate::random::stream::Trial;
use crate::units::time::{Moment, Span};

/// At most so many gaps are drawn ahead.
const AHEAD: usize = 16;

/// The gaps between the arrivals of one source, from a stream of unit exponentials that holds nothing else.
#[derive(Clone, Debug)]
pub struct Gaps {
    slot: ExponentialSlot,
    mean: f64,
    /// Gaps drawn ahead: those from `next` on.
    drawn: [Span; AHEAD],
    next: usize,
    /// How many were drawn ahead last; few at first, because many trials need few.
    batch: usize,
}

impl Gaps {
    /// The gaps, `mean` seconds on average, for one purpose of one entity; nothing is drawn yet.
    pub const fn new(purpose: Purpose, entity: u32, mean: f64) -> Self {
        Self { slot: ExponentialSlot::new(purpose, entity), mean, drawn: [Span::ZERO; AHEAD], next: AHEAD, batch: 1 }
    }

    /// The next gap.
    #[inline]
    pub fn take(&mut self, trial: &Trial) -> Span {
        if self.next >= AHEAD {
            self.draw(trial);
        }
        let gap = self.drawn[self.next];
        self.next += 1;
        gap
    }

    /// How many arrivals come before `until`, the first of them at `at`, and when the next one comes.
    pub fn count(&mut self, trial: &Trial, mut at: Moment, until: Moment) -> (u64, Moment) {
        let mut count = 0;
        while at < until {
            if self.next >= AHEAD {
                self.draw(trial);
            }
            let before = self.next;
            while self.next < AHEAD && at < until {
                at = at + self.drawn[self.next];
                self.next += 1;
            }
            count += self.next - before;
        }
        (count as u64, at)
    }

    /// Ends the trial: the next gap is the first of the stream again.
    pub fn close(&mut self) {
        self.slot.close();
        self.next = AHEAD;
        self.batch = 1;
    }

    #[inline(never)]
    fn draw(&mut self, trial: &Trial) {
        self.batch = (2 * self.batch).min(AHEAD);
        self.next = AHEAD - self.batch;
        let stream = self.slot.at(trial);
        for gap in &mut self.drawn[self.next..] {
            *gap = Span::from_seconds(stream.unit_exponential() * self.mean);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream::Seed;

    #[test]
    fn arrivals_are_counted_as_they_would_come_one_by_one() {
        let trial = Trial::new(Seed(5), 3);
        let (mut counted, mut taken) =
            (Gaps::new(Purpose::LawfulArrivals, 1, 0.1), Gaps::new(Purpose::LawfulArrivals, 1, 0.1));
        let (mut at, mut next) = (Moment::ZERO, Moment::ZERO);
        for until in [0.0, 0.05, 3.0, 3.0, 40.0].map(|seconds| Moment::ZERO + Span::from_seconds(seconds)) {
            let (count, then) = counted.count(&trial, at, until);
            let mut one_by_one = 0;
            while next < until {
                next = next + taken.take(&trial);
                one_by_one += 1;
            }
            assert_eq!((count, then), (one_by_one, next));
            at = then;
        }
    }

    #[test]
    fn gaps_are_those_of_the_stream_one_by_one() {
        // Each gap is a unit exponential of the stream times the mean; 100 of them take several batches of every size.
        let mut gaps = Gaps::new(Purpose::LawfulArrivals, 3, 0.25);
        for number in [1, 2, 1] {
            let trial = Trial::new(Seed(5), number);
            let mut stream = trial.open_exponential(Purpose::LawfulArrivals, 3);
            for _ in 0..100 {
                assert_eq!(gaps.take(&trial), Span::from_seconds(stream.unit_exponential() * 0.25));
            }
            gaps.close();
        }
    }
}
