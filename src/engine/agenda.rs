//! The agenda: what happens next, in a total order that never depends on luck.
//!
//! Events are ordered by time, then by the class of the event, then by insertion. The queue is a winner tree: events
//! lie in slots, the slots are the leaves of a complete binary tree, and every inner node repeats the earlier of its
//! two children, so that the root is the first event. Most events schedule their own successor: it takes the slot of
//! the event just taken out, and one walk from that leaf to the root puts everything right. The nodes on that walk are
//! known beforehand and the choice at each is made without a branch, which a heap cannot offer.

use crate::units::time::Moment;

/// Something that can happen; `class` breaks ties at one instant, the lower first.
pub trait Event: Copy {
    /// Rank among events at one instant, below 128.
    fn class(&self) -> u8;
}

/// What happens when, the earliest first.
#[derive(Debug)]
pub struct Agenda<E> {
    /// The root is at 1, the children of `n` at `2n` and `2n + 1`; the upper half are the leaves.
    tree: Vec<Node>,
    /// Events by slot.
    events: Vec<E>,
    /// Slots that were used and are free again.
    free: Vec<usize>,
    /// The slot of the event that was taken out last, if nothing was put there since: its leaf is still in the tree.
    vacant: Option<usize>,
    scheduled: u64,
}

/// When a slot's event happens: its time, then 7 bits of class and 56 of insertion, in one number of 127 bits. Half the
/// range of an `i128` is left free, so that the difference of two never overflows.
#[derive(Clone, Copy, Debug)]
struct Node {
    upper: i64,
    lower: u64,
    slot: usize,
}

impl Node {
    /// A slot without an event: nothing is scheduled at [`Moment::NEVER`].
    const EMPTY: Self = Self::new(Moment::NEVER, (1 << RANK_BITS) - 1, 0);

    const fn new(at: Moment, rank: u64, slot: usize) -> Self {
        Self { upper: at.nanos() >> 1, lower: at.nanos().cast_unsigned() << RANK_BITS | rank, slot }
    }

    #[inline]
    const fn at(&self) -> Moment {
        Moment::from_nanos(self.upper << 1 | (self.lower >> RANK_BITS).cast_signed())
    }

    #[inline]
    fn key(&self) -> i128 {
        i128::from(self.upper) << 64 | i128::from(self.lower)
    }

    /// The earlier of two. Which one it is cannot be foreseen, so it is picked by the sign of a difference: written as
    /// a choice it is compiled to a branch, and takes three times as long.
    #[inline]
    fn earlier(self, other: Self) -> Self {
        let mine = ((self.key() - other.key()) >> 127) as i64;
        Self {
            upper: other.upper ^ ((self.upper ^ other.upper) & mine),
            lower: other.lower ^ ((self.lower ^ other.lower) & mine.cast_unsigned()),
            slot: other.slot ^ ((self.slot ^ other.slot) & mine as usize),
        }
    }
}

/// Bits of class and insertion together.
const RANK_BITS: u32 = 63;

/// Bits of the rank that count insertions: enough for 7 * 10^16 events a trial.
const INSERTION_BITS: u32 = 56;

impl<E: Event> Default for Agenda<E> {
    fn default() -> Self {
        Self { tree: vec![Node::EMPTY; 2], events: Vec::new(), free: Vec::new(), vacant: None, scheduled: 0 }
    }
}

impl<E: Event> Agenda<E> {
    /// Forgets everything but the memory it holds.
    pub fn clear(&mut self) {
        self.tree.fill(Node::EMPTY);
        self.events.clear();
        self.free.clear();
        self.vacant = None;
        self.scheduled = 0;
    }

    /// Schedules `event`; at [`Moment::NEVER`] it is dropped.
    // Inlined by force, as `settle` is: most of what is done here falls away where the event is known.
    #[inline(always)]
    pub fn schedule(&mut self, at: Moment, event: E) {
        if at.is_never() {
            return;
        }
        let slot = match self.vacant.take() {
            Some(slot) => {
                self.events[slot] = event;
                slot
            }
            None => self.take_slot(event),
        };
        debug_assert!(event.class() < 128, "the class of an event has 7 bits");
        let rank = u64::from(event.class()) << INSERTION_BITS | self.scheduled;
        self.scheduled += 1;
        self.settle(slot, Node::new(at, rank, slot));
    }

    /// Takes the first event if it happens no later than `until`.
    #[inline]
    pub fn next_until(&mut self, until: Moment) -> Option<(Moment, E)> {
        self.vacate();
        let first = self.tree[1];
        let at = first.at();
        if at > until || at.is_never() {
            return None;
        }
        self.vacant = Some(first.slot);
        Some((at, self.events[first.slot]))
    }

    /// When the first event happens; never if there is none.
    #[inline]
    pub fn first_at(&mut self) -> Moment {
        self.vacate();
        self.tree[1].at()
    }

    /// Number of events that are scheduled.
    pub fn len(&self) -> usize {
        self.events.len() - self.free.len() - usize::from(self.vacant.is_some())
    }

    /// Whether nothing is scheduled.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes out for good what was taken out last and was not replaced.
    #[inline(always)]
    fn vacate(&mut self) {
        if let Some(slot) = self.vacant.take() {
            self.settle(slot, Node::EMPTY);
            self.free.push(slot);
        }
    }

    /// Puts a node into the leaf of a slot, and the winners on the way to the root.
    #[inline(always)]
    fn settle(&mut self, slot: usize, node: Node) {
        let mut place = self.tree.len() / 2 + slot;
        let mut winner = node;
        self.tree[place] = node;
        while place > 1 {
            winner = winner.earlier(self.tree[place ^ 1]);
            place /= 2;
            self.tree[place] = winner;
        }
    }

    #[inline(never)]
    fn take_slot(&mut self, event: E) -> usize {
        if let Some(slot) = self.free.pop() {
            self.events[slot] = event;
            return slot;
        }
        if self.events.len() == self.tree.len() / 2 {
            self.grow();
        }
        self.events.push(event);
        self.events.len() - 1
    }

    /// Twice as many leaves.
    #[cold]
    fn grow(&mut self) {
        let leaves = self.tree.len() / 2;
        let mut tree = vec![Node::EMPTY; 4 * leaves];
        tree[2 * leaves..3 * leaves].copy_from_slice(&self.tree[leaves..]);
        for place in (1..2 * leaves).rev() {
            tree[place] = tree[2 * place].earlier(tree[2 * place + 1]);
        }
        self.tree = tree;
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
    fn moments_far_apart_are_told_apart() {
        // The earliest and the latest moment there can be: their difference has more bits than either.
        let moments = [i64::MAX - 1, i64::MIN, 0, -1, 1, i64::MIN + 1];
        let mut agenda = Agenda::default();
        for (tag, at) in (0..).zip(moments) {
            agenda.schedule(Moment::from_nanos(at), Tagged(127, tag));
        }
        agenda.schedule(Moment::NEVER, Tagged(0, 6));
        let order: Vec<(i64, u32)> =
            std::iter::from_fn(|| agenda.next_until(Moment::NEVER)).map(|(at, event)| (at.nanos(), event.1)).collect();
        assert_eq!(order, [(i64::MIN, 1), (i64::MIN + 1, 5), (-1, 3), (0, 2), (1, 4), (i64::MAX - 1, 0)]);
        assert!(agenda.is_empty());
    }

    #[test]
    fn an_agenda_that_was_cleared_is_as_good_as_new() {
        let mut agenda = Agenda::default();
        for at in 0..9 {
            agenda.schedule(Moment::from_nanos(at), Tagged(0, 7));
        }
        agenda.next_until(Moment::NEVER);
        agenda.clear();
        assert!(agenda.is_empty() && agenda.next_until(Moment::NEVER).is_none());
        agenda.schedule(Moment::from_nanos(3), Tagged(0, 1));
        agenda.schedule(Moment::from_nanos(3), Tagged(0, 2));
        let order: Vec<u32> = std::iter::from_fn(|| agenda.next_until(Moment::NEVER)).map(|(_, e)| e.1).collect();
        assert_eq!(order, [1, 2]);
    }

    #[test]
    fn nothing_comes_after_the_end() {
        let mut agenda = Agenda::default();
        agenda.schedule(Moment::from_nanos(10), Tagged(0, 0));
        assert!(agenda.next_until(Moment::from_nanos(9)).is_none());
        assert!(agenda.next_until(Moment::from_nanos(10)).is_some());
    }
}
