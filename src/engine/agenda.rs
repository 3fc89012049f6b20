//! The agenda: what happens next, in a total order that never depends on luck.
//!
//! Events are ordered by time, then by the class of the event, then by insertion. The queue is a binary heap
//! over a reused vector. Most events schedule their own successor, so taking the first event leaves its place
//! vacant, and the next one to be scheduled is put there and sinks: one walk through the heap instead of two.

use crate::units::time::Moment;

/// Something that can happen; `class` breaks ties at one instant, the lower first.
pub trait Event: Copy {
    /// Rank among events at one instant.
    fn class(&self) -> u8;
}

/// What happens when, the earliest first.
#[derive(Debug)]
pub struct Agenda<E> {
    heap: Vec<Entry<E>>,
    /// Whether the first place of the heap was taken out and not filled again.
    vacant: bool,
    scheduled: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    at: i64,
    /// Class in the high byte, order of insertion below.
    rank: u64,
    event: E,
}

impl<E> Entry<E> {
    #[inline]
    fn before(&self, other: &Self) -> bool {
        (self.at, self.rank) < (other.at, other.rank)
    }
}

/// Bits of the rank that count insertions: enough for 7 * 10^16 events a trial.
const INSERTION_BITS: u32 = 56;

impl<E: Event> Default for Agenda<E> {
    fn default() -> Self {
        Self { heap: Vec::new(), vacant: false, scheduled: 0 }
    }
}

impl<E: Event> Agenda<E> {
    /// Forgets everything but the memory it holds.
    pub fn clear(&mut self) {
        self.heap.clear();
        self.vacant = false;
        self.scheduled = 0;
    }

    /// Schedules `event`; at [`Moment::NEVER`] it is dropped.
    #[inline]
    pub fn schedule(&mut self, at: Moment, event: E) {
        if at.is_never() {
            return;
        }
        let rank = u64::from(event.class()) << INSERTION_BITS | self.scheduled;
        self.scheduled += 1;
        let entry = Entry { at: at.nanos(), rank, event };
        if self.vacant {
            self.vacant = false;
            self.heap[0] = entry;
            self.sink();
        } else {
            self.heap.push(entry);
            self.rise();
        }
    }

    /// Takes the first event if it happens no later than `until`.
    #[inline]
    pub fn next_until(&mut self, until: Moment) -> Option<(Moment, E)> {
        self.close_gap();
        let first = self.heap.first()?;
        if first.at > until.nanos() {
            return None;
        }
        self.vacant = true;
        Some((Moment::from_nanos(first.at), first.event))
    }

    /// Number of events that are scheduled.
    pub fn len(&self) -> usize {
        self.heap.len() - usize::from(self.vacant)
    }

    /// Whether nothing is scheduled.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    fn close_gap(&mut self) {
        if self.vacant {
            self.vacant = false;
            if let Some(last) = self.heap.pop()
                && let Some(first) = self.heap.first_mut()
            {
                *first = last;
                self.sink();
            }
        }
    }

    #[inline]
    fn rise(&mut self) {
        let mut child = self.heap.len() - 1;
        let entry = self.heap[child];
        while child > 0 {
            let parent = (child - 1) / 2;
            if !entry.before(&self.heap[parent]) {
                break;
            }
            self.heap[child] = self.heap[parent];
            child = parent;
        }
        self.heap[child] = entry;
    }

    #[inline]
    fn sink(&mut self) {
        let entry = self.heap[0];
        let mut parent = 0;
        loop {
            let mut child = 2 * parent + 1;
            if child >= self.heap.len() {
                break;
            }
            if child + 1 < self.heap.len() && self.heap[child + 1].before(&self.heap[child]) {
                child += 1;
            }
            if !self.heap[child].before(&entry) {
                break;
            }
            self.heap[parent] = self.heap[child];
            parent = child;
        }
        self.heap[parent] = entry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Tagged(u8, u32);

    impl Event for Tagged {
        fn class(&self) -> u8 {
            self.0
        }
    }

    #[test]
    fn events_come_by_time_then_class_then_insertion() {
        let mut agenda = Agenda::default();
        for (at, class, tag) in [(5, 1, 0), (3, 2, 1), (3, 1, 2), (3, 1, 3), (-4, 9, 4)] {
            agenda.schedule(Moment::from_nanos(at), Tagged(class, tag));
        }
        let order: Vec<u32> =
            std::iter::from_fn(|| agenda.next_until(Moment::NEVER)).map(|(_, event)| event.1).collect();
        assert_eq!(order, [4, 2, 3, 1, 0]);
    }

    #[test]
    fn an_agenda_agrees_with_a_sorted_list_whatever_the_interleaving() {
        // A linear congruential sequence decides what is scheduled and taken; the truth is a sorted vector.
        let mut agenda = Agenda::default();
        let mut truth: Vec<(i64, u8, u64, u32)> = Vec::new();
        let mut x: u64 = 7;
        for n in 0..20_000_u32 {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if x >> 62 != 0 {
                let (at, class) = (((x >> 40) % 50) as i64, ((x >> 33) % 3) as u8);
                agenda.schedule(Moment::from_nanos(at), Tagged(class, n));
                truth.push((at, class, u64::from(n), n));
            } else {
                truth.sort_unstable();
                let expected = (!truth.is_empty()).then(|| truth.remove(0));
                let got = agenda.next_until(Moment::NEVER);
                assert_eq!(got.map(|(at, e)| (at.nanos(), e.1)), expected.map(|(at, _, _, n)| (at, n)));
            }
            assert_eq!(agenda.len(), truth.len());
        }
    }

    #[test]
    fn nothing_comes_after_the_end() {
        let mut agenda = Agenda::default();
        agenda.schedule(Moment::from_nanos(10), Tagged(0, 0));
        assert!(agenda.next_until(Moment::from_nanos(9)).is_none());
        assert!(agenda.next_until(Moment::from_nanos(10)).is_some());
    }
}
