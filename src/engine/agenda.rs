//! The agenda: what happens next, in a total order that never depends on luck.
//!
//! Events are ordered by time, then by the class of the event, then by insertion. The queue is a winner tree: events
//! lie in slots, the slots are the leaves of a complete binary tree, and every inner node repeats the earlier of its
//! two children, so that the root is the first event. Most events schedule their own successor: it takes the slot of
//! the event just taken out, and one walk from that leaf to the root puts everything right. The nodes on that walk are
//! known beforehand and the choice at each is made without a branch, which a heap cannot offer.

use crate::units::time::Moment;
use std::hint::select_unpredictable;

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
    /// Events by slot, and their rank among those at one instant: 7 bits of class, then 56 of insertion.
    events: Vec<(E, u64)>,
    /// Slots that were used and are free again.
    free: Vec<u32>,
    /// The slot of the event that was taken out last, if nothing was put there since: its leaf is still in the tree.
    vacant: Option<u32>,
    scheduled: u64,
}

/// Where an event stands among those of its instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rank(u64);

/// When a slot's event happens.
#[derive(Clone, Copy, Debug)]
struct Node {
    at: Moment,
    slot: u32,
}

impl Node {
    /// A slot without an event: nothing is scheduled at [`Moment::NEVER`].
    const EMPTY: Self = Self { at: Moment::NEVER, slot: 0 };
}

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
        debug_assert!(event.class() < 128, "the class of an event has 7 bits");
        let ranked = (event, u64::from(event.class()) << INSERTION_BITS | self.scheduled);
        self.scheduled += 1;
        let slot = match self.vacant.take() {
            Some(slot) => {
                self.events[slot as usize] = ranked;
                slot
            }
            None => self.take_slot(ranked),
        };
        self.settle(slot, Node { at, slot });
    }

    /// Takes the first event if it happens no later than `until`.
    #[inline]
    pub fn next_until(&mut self, until: Moment) -> Option<(Moment, E)> {
        self.vacate();
        let first = self.tree[1];
        if first.at > until || first.at.is_never() {
            return None;
        }
        self.vacant = Some(first.slot);
        Some((first.at, self.events[first.slot as usize].0))
    }

    /// The same as [`Agenda::next_if`], with what puts it back where it was.
    pub fn borrow_if(&mut self, until: Moment, wanted: impl Fn(E) -> bool) -> Option<(Moment, E, Rank)> {
        let (at, event) = self.next_if(until, wanted)?;
        let rank = self.vacant.map(|slot| self.events[slot as usize].1)?;
        Some((at, event, Rank(rank)))
    }

    /// Puts back an event that was taken out with [`Agenda::borrow_if`], among those of its instant where it was.
    pub fn put_back(&mut self, at: Moment, event: E, rank: Rank) {
        self.vacate();
        let slot = self.take_slot((event, rank.0));
        self.settle(slot, Node { at, slot });
    }

    /// Takes the first event if it happens no later than `until` and is as wanted.
    #[inline]
    pub fn next_if(&mut self, until: Moment, wanted: impl Fn(E) -> bool) -> Option<(Moment, E)> {
        self.vacate();
        let first = self.tree[1];
        let is_next = first.at <= until && !first.at.is_never() && wanted(self.events[first.slot as usize].0);
        if is_next { self.next_until(until) } else { None }
    }

    /// When the first event that is still scheduled happens; never if there is none. Unlike [`Agenda::first_at`] it leaves
    /// the place of the event taken out last for whatever is scheduled next.
    #[inline]
    pub fn second_at(&self) -> Moment {
        let Some(slot) = self.vacant else { return self.tree[1].at };
        let mut place = self.tree.len() / 2 + slot as usize;
        let mut first = Moment::NEVER;
        while place > 1 {
            first = first.min(self.tree[place ^ 1].at);
            place /= 2;
        }
        first
    }

    /// When the first event happens; never if there is none.
    #[inline]
    pub fn first_at(&mut self) -> Moment {
        self.vacate();
        self.tree[1].at
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
    ///
    /// Which of two comes first cannot be foreseen, so no branch is taken on it: the walk goes by time alone, and is
    /// gone once more by rank where two events happen at one instant, which is rare.
    #[inline(always)]
    fn settle(&mut self, slot: u32, node: Node) {
        let leaf = self.tree.len() / 2 + slot as usize;
        let mut place = leaf;
        let mut winner = node;
        let mut tied = false;
        self.tree[place] = node;
        while place > 1 {
            let other = self.tree[place ^ 1];
            tied |= winner.at == other.at && !winner.at.is_never();
            let first = winner.at < other.at;
            winner = Node {
                at: select_unpredictable(first, winner.at, other.at),
                slot: select_unpredictable(first, winner.slot, other.slot),
            };
            place /= 2;
            self.tree[place] = winner;
        }
        if tied {
            self.settle_by_rank(leaf);
        }
    }

    /// The winners on the way from a leaf to the root, where time alone does not tell.
    #[cold]
    fn settle_by_rank(&mut self, leaf: usize) {
        let mut place = leaf;
        while place > 1 {
            place /= 2;
            self.tree[place] = self.earlier(self.tree[2 * place], self.tree[2 * place + 1]);
        }
    }

    /// The earlier of two nodes, by time and then by rank; of two without an event, either.
    fn earlier(&self, one: Node, other: Node) -> Node {
        let key = |node: Node| (node.at, self.events.get(node.slot as usize).map_or(u64::MAX, |(_, rank)| *rank));
        if key(one) <= key(other) { one } else { other }
    }

    #[inline(never)]
    fn take_slot(&mut self, ranked: (E, u64)) -> u32 {
        if let Some(slot) = self.free.pop() {
            self.events[slot as usize] = ranked;
            return slot;
        }
        if self.events.len() == self.tree.len() / 2 {
            self.grow();
        }
        self.events.push(ranked);
        self.events.len() as u32 - 1
    }

    /// Twice as many leaves.
    #[cold]
    fn grow(&mut self) {
        let leaves = self.tree.len() / 2;
        let mut tree = vec![Node::EMPTY; 4 * leaves];
        tree[2 * leaves..3 * leaves].copy_from_slice(&self.tree[leaves..]);
        for place in (1..2 * leaves).rev() {
            tree[place] = self.earlier(tree[2 * place], tree[2 * place + 1]);
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
    fn what_is_put_back_stands_where_it_stood() {
        let mut agenda = Agenda::default();
        for tag in 0..4 {
            agenda.schedule(Moment::ZERO, Tagged(0, tag));
        }
        let taken: Vec<_> = (0..2).filter_map(|_| agenda.borrow_if(Moment::NEVER, |_| true)).collect();
        for (at, event, rank) in taken.into_iter().rev() {
            agenda.put_back(at, event, rank);
        }
        let order: Vec<u32> = std::iter::from_fn(|| agenda.next_until(Moment::NEVER)).map(|(_, e)| e.1).collect();
        assert_eq!(order, [0, 1, 2, 3]);
    }

    #[test]
    fn the_second_is_known_while_the_first_is_out() {
        let mut agenda = Agenda::default();
        for (tag, at) in (0..).zip([7, 3, 9, 5]) {
            agenda.schedule(Moment::from_nanos(at), Tagged(0, tag));
        }
        assert_eq!(agenda.second_at().nanos(), 3, "nothing is out: the second is the first");
        agenda.next_until(Moment::NEVER);
        assert_eq!(agenda.second_at().nanos(), 5);
        agenda.schedule(Moment::from_nanos(4), Tagged(0, 4));
        assert_eq!(agenda.next_if(Moment::NEVER, |event| event.1 == 3), None, "4 comes before 3");
        assert_eq!(agenda.next_if(Moment::from_nanos(3), |_| true), None, "it is not time yet");
        assert_eq!(agenda.next_if(Moment::from_nanos(4), |event| event.1 == 4), Some((at_nanos(4), Tagged(0, 4))));
        let rest: Vec<u32> = std::iter::from_fn(|| agenda.next_until(Moment::NEVER)).map(|(_, e)| e.1).collect();
        assert_eq!(rest, [3, 0, 2]);
        assert!(agenda.second_at().is_never());
    }

    fn at_nanos(nanos: i64) -> Moment {
        Moment::from_nanos(nanos)
    }

    #[test]
    fn nothing_comes_after_the_end() {
        let mut agenda = Agenda::default();
        agenda.schedule(Moment::from_nanos(10), Tagged(0, 0));
        assert!(agenda.next_until(Moment::from_nanos(9)).is_none());
        assert!(agenda.next_until(Moment::from_nanos(10)).is_some());
    }
}
