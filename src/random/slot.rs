//! The place of a stream that may not be needed: nothing is opened before the first draw.
//!
//! Opening costs as much as a dozen draws, and most streams of a trial are never used. A slot lives as long as its
//! thread, is opened in place and closed at the end of each trial; nothing is allocated.

use crate::random::purpose::Purpose;
use crate::random::stream::{CountStream, ExponentialStream, Open, Stream, Trial};

/// Where a stream of one of the two kinds will stand once it is needed: opened at its first draw, closed at the end
/// of a trial, never allocated.
#[derive(Clone, Debug)]
pub struct Slot<S> {
    purpose: Purpose,
    entity: u32,
    opened: Option<S>,
    /// The trial that opened it, to catch a slot left open from the trial before.
    #[cfg(debug_assertions)]
    opened_by: Option<Trial>,
}

/// A slot for draws that take one word each.
pub type StreamSlot = Slot<Stream>;

/// A slot for unit exponentials.
pub type ExponentialSlot = Slot<ExponentialStream>;

/// A slot for Poisson counts.
pub type CountSlot = Slot<CountStream>;

impl<S: Open> Slot<S> {
    /// A closed slot for one purpose of one entity.
    pub const fn new(purpose: Purpose, entity: u32) -> Self {
        Self {
            purpose,
            entity,
            opened: None,
            #[cfg(debug_assertions)]
            opened_by: None,
        }
    }

    /// The stream, opened now if this is its first use in the trial.
    #[inline]
    pub fn at(&mut self, trial: &Trial) -> &mut S {
        #[cfg(debug_assertions)]
        {
            let by = *self.opened_by.get_or_insert(*trial);
            assert!(by == *trial, "the stream {:?} {} was not closed after its trial", self.purpose, self.entity);
        }
        let (purpose, entity) = (self.purpose, self.entity);
        self.opened.get_or_insert_with(|| S::open(trial, purpose, entity))
    }

    /// Ends the trial: the next use opens the stream from its beginning.
    #[inline]
    pub fn close(&mut self) {
        self.opened = None;
        #[cfg(debug_assertions)]
        {
            self.opened_by = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream::Seed;

    #[test]
    fn a_slot_begins_anew_once_it_is_closed() {
        let trial = Trial::new(Seed(1), 1);
        let mut slot = StreamSlot::new(Purpose::Balance, 4);
        let first = slot.at(&trial).uniform();
        assert_ne!(slot.at(&trial).uniform(), first);
        slot.close();
        assert_eq!(slot.at(&trial).uniform(), first);
        assert_eq!(trial.open(Purpose::Balance, 4).uniform(), first);
        slot.close();
        assert_ne!(slot.at(&Trial::new(Seed(1), 2)).uniform(), first);
        let mut exponentials = ExponentialSlot::new(Purpose::Balance, 4);
        let expected = trial.open_exponential(Purpose::Balance, 4).unit_exponential();
        assert_eq!(exponentials.at(&trial).unit_exponential(), expected);
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "was not closed after its trial")]
    fn a_slot_left_open_is_caught_in_the_next_trial() {
        let mut slot = StreamSlot::new(Purpose::Balance, 4);
        slot.at(&Trial::new(Seed(1), 1));
        slot.at(&Trial::new(Seed(1), 2));
    }
}
