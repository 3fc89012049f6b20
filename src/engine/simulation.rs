//! The loop: takes events in order and hands each to the model, with the clock, until the model's end.

use super::agenda::{Agenda, Event};
use crate::units::time::{Moment, Span};

/// Something that events happen to.
pub trait Model {
    /// What can happen.
    type Event: Event;

    /// The last instant that is played; it may move while playing.
    fn until(&self) -> Moment;

    /// Plays what happens before `to` without being scheduled, and schedules what must be played in its turn.
    #[inline]
    fn advance(&mut self, _to: Moment, _agenda: &mut Agenda<Self::Event>) {}

    /// Plays one event at its moment, and schedules what follows from it.
    fn happen(&mut self, now: Moment, event: Self::Event, agenda: &mut Agenda<Self::Event>);
}

/// How a play ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Played {
    /// Events that happened.
    pub events: u64,
}

/// Plays `model` until its end or until nothing is left to happen, where something happens that is not scheduled: before
/// each event the model plays what comes before it, and at the end what comes before its end.
pub fn play_between<M: Model>(model: &mut M, agenda: &mut Agenda<M::Event>) -> Played {
    let mut events = 0;
    loop {
        // An event at the very end is still played, and so is what comes before it in the last nanosecond.
        let past_the_end = model.until() + Span::from_nanos(1);
        model.advance(agenda.first_at().min(past_the_end), agenda);
        let Some((now, event)) = agenda.next_until(model.until()) else { return Played { events } };
        model.happen(now, event, agenda);
        events += 1;
    }
}

/// Plays `model` until its end or until nothing is left to happen.
#[inline]
pub fn play<M: Model>(model: &mut M, agenda: &mut Agenda<M::Event>) -> Played {
    let mut events = 0;
    while let Some((now, event)) = agenda.next_until(model.until()) {
        model.happen(now, event, agenda);
        events += 1;
    }
    Played { events }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A queue with one server: arrivals and services are exponential by inversion of a small generator.
    struct Queue {
        waiting: u64,
        area: f64,
        last: Moment,
        end: Moment,
        chance: u64,
    }

    #[derive(Clone, Copy)]
    enum QueueEvent {
        Departure,
        Arrival,
    }

    impl Event for QueueEvent {
        fn class(&self) -> u8 {
            *self as u8
        }
    }

    impl Queue {
        fn exponential(&mut self, rate: f64) -> i64 {
            self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let u = ((self.chance >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
            (-libm::log(u) / rate * 1e9) as i64
        }
    }

    impl Model for Queue {
        type Event = QueueEvent;

        fn until(&self) -> Moment {
            self.end
        }

        fn happen(&mut self, now: Moment, event: QueueEvent, agenda: &mut Agenda<QueueEvent>) {
            self.area += self.waiting as f64 * now.since(self.last).seconds();
            self.last = now;
            match event {
                QueueEvent::Arrival => {
                    self.waiting += 1;
                    let gap = self.exponential(0.5);
                    agenda.schedule(Moment::from_nanos(now.nanos() + gap), QueueEvent::Arrival);
                    if self.waiting == 1 {
                        let service = self.exponential(1.0);
                        agenda.schedule(Moment::from_nanos(now.nanos() + service), QueueEvent::Departure);
                    }
                }
                QueueEvent::Departure => {
                    self.waiting -= 1;
                    if self.waiting > 0 {
                        let service = self.exponential(1.0);
                        agenda.schedule(Moment::from_nanos(now.nanos() + service), QueueEvent::Departure);
                    }
                }
            }
        }
    }

    #[test]
    fn a_queue_with_one_server_has_its_textbook_length() {
        // M/M/1 with load 1/2: mean number in system rho / (1 - rho) = 1.
        let end = Moment::from_nanos(400_000 * 1_000_000_000);
        let mut queue = Queue { waiting: 0, area: 0.0, last: Moment::ZERO, end, chance: 42 };
        let mut agenda = Agenda::default();
        agenda.schedule(Moment::ZERO, QueueEvent::Arrival);
        let played = play(&mut queue, &mut agenda);
        let mean = queue.area / end.since(Moment::ZERO).seconds();
        assert!((mean - 1.0).abs() < 0.03, "mean number in system {mean}");
        // Two events a customer, one customer every 2 s.
        assert!((played.events as f64 / 400_000.0 - 1.0).abs() < 0.01);
    }
}
