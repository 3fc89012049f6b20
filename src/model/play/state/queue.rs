//! The queue before an issuer of limited capacity.
//!
//! First come, first served: when a question will be answered is settled as it arrives, by when each server will be
//! free. So questions about other credentials need no events; they are played, up to now, whenever somebody asks, in a
//! loop of their own. What lies further back than the queue remembers is left out, unless a purge made it unlike.

use crate::model::play::compiled::capacity_plan::{Feed, PlanCapacity};
use crate::random::purpose::Purpose;
use crate::random::slot::StreamSlot;
use crate::random::stream::Trial;
use crate::units::time::{Moment, Span};
use std::collections::VecDeque;

/// The queue before an issuer.
#[derive(Debug)]
pub struct IssuerQueue {
    /// Up to when questions about other credentials were played; none if none were.
    played_to: Option<Moment>,
    /// When each server is free.
    free_at: Vec<Moment>,
    /// When those that wait will begin, in their order.
    waiting: VecDeque<Moment>,
    /// Questions about other credentials that will be asked again, and how often still.
    again: VecDeque<(Moment, u8)>,
    /// When the entries of each feed were lost.
    purged: Vec<Option<Moment>>,
    /// How many times as long every question takes, by each fault that lasts.
    slow: Vec<f64>,
    /// Whether it was slow once, so that nothing of its past may be left out.
    was_slow: bool,
    /// Sign-ins that come evenly: from when, until when, and how many a second.
    sign_ins: Vec<(Moment, Moment, f64)>,
    service: StreamSlot,
    others: StreamSlot,
}

impl IssuerQueue {
    /// A queue before the issuer `number`.
    pub fn new(capacity: Option<&PlanCapacity<'_>>, number: usize) -> Self {
        let servers = capacity.map_or(0, |capacity| usize::from(capacity.settings.servers));
        Self {
            played_to: None,
            free_at: vec![Moment::ZERO; servers],
            waiting: VecDeque::new(),
            again: VecDeque::new(),
            purged: vec![None; capacity.map_or(0, |capacity| capacity.feeds.len())],
            slow: Vec::new(),
            was_slow: false,
            sign_ins: Vec::new(),
            service: StreamSlot::new(Purpose::ServiceTime, number as u32),
            others: StreamSlot::new(Purpose::OtherQuestions, number as u32),
        }
    }

    /// Forgets the trial before.
    pub fn reset(&mut self) {
        self.purged.fill(None);
        self.slow.clear();
        self.was_slow = false;
        self.sign_ins.clear();
        self.start_empty(None);
        self.service.close();
        self.others.close();
    }

    fn start_empty(&mut self, at: Option<Moment>) {
        self.played_to = at;
        self.free_at.fill(Moment::from_nanos(i64::MIN / 2));
        self.waiting.clear();
        self.again.clear();
    }

    /// A question arrives: when it is answered; none if it is refused.
    pub fn arrive(&mut self, now: Moment, capacity: &PlanCapacity<'_>, trial: &Trial) -> Option<Moment> {
        self.play_others(now, capacity, trial);
        self.take_in(now, capacity, trial)
    }

    fn take_in(&mut self, now: Moment, capacity: &PlanCapacity<'_>, trial: &Trial) -> Option<Moment> {
        while self.waiting.front().is_some_and(|begins| *begins <= now) {
            self.waiting.pop_front();
        }
        let (server, free_at) = self.free_at.iter().copied().enumerate().min_by_key(|(_, free_at)| *free_at)?;
        let begins = now.max(free_at);
        if begins > now {
            if self.waiting.len() >= capacity.settings.queue as usize {
                return None;
            }
            self.waiting.push_back(begins);
        }
        let takes = capacity.settings.service_time.sample(self.service.at(trial)).span();
        let times = self.slow.iter().copied().fold(1.0, f64::max);
        let takes = if times > 1.0 { takes.map(|takes| Span::from_seconds(takes.seconds() * times)) } else { takes };
        let done = takes.map_or(Moment::NEVER, |takes| begins + takes);
        self.free_at[server] = done;
        Some(done)
    }

    /// Plays the questions about other credentials up to `now`.
    fn play_others(&mut self, now: Moment, capacity: &PlanCapacity<'_>, trial: &Trial) {
        if capacity.feeds.is_empty() && self.sign_ins.is_empty() {
            self.played_to = Some(now);
            return;
        }
        let steady = self.purged.iter().all(Option::is_none) && self.sign_ins.is_empty();
        let as_ever = steady && !self.was_slow;
        let remembered = now - capacity.forgets;
        let mut at = match self.played_to {
            Some(at) if !as_ever || at >= remembered => at,
            _ => {
                self.start_empty(Some(remembered));
                remembered
            }
        };
        loop {
            // Candidates come at the highest rate that is possible, and are thinned out to the true one.
            let most = self.signing_in(at).1
                + self.rate(capacity, |feed, purged| match purged {
                    Some(_) => (feed.keys * feed.rate).max(feed.settled()),
                    None => feed.settled(),
                });
            let gap = if most > 0.0 { self.others.at(trial).exponential_by_inversion() / most } else { f64::INFINITY };
            let next = if gap.is_finite() { at + Span::from_seconds(gap) } else { Moment::NEVER };
            while let Some((when, left)) = self.again.front().copied().filter(|(when, _)| *when <= next.min(now)) {
                self.again.pop_front();
                self.ask_for_others(when, left, capacity, trial);
            }
            if next > now {
                break;
            }
            at = next;
            let thinned = !steady && {
                let truly = self.signing_in(at).0
                    + self.rate(capacity, |feed, purged| match purged {
                        Some(purged) => feed.since_purge(at.since(purged).seconds()),
                        None => feed.settled(),
                    });
                self.others.at(trial).uniform() * most >= truly
            };
            if !thinned {
                self.ask_for_others(at, capacity.settings.retries, capacity, trial);
            }
        }
        // Without memory, the next of them may as well be drawn anew from here.
        self.played_to = Some(now);
    }

    fn rate(&self, capacity: &PlanCapacity<'_>, of: impl Fn(&Feed, Option<Moment>) -> f64) -> f64 {
        capacity.feeds.iter().zip(&self.purged).map(|(feed, purged)| of(feed, *purged)).sum()
    }

    /// Sign-ins a second at `at`; at most so many a second after it.
    fn signing_in(&self, at: Moment) -> (f64, f64) {
        let ahead = self.sign_ins.iter().filter(|(_, to, _)| at < *to);
        let most = ahead.clone().map(|(.., rate)| rate).sum();
        (ahead.filter(|(from, ..)| *from <= at).map(|(.., rate)| rate).sum(), most)
    }

    /// A fault begins that makes every question take so many times as long.
    pub fn slow_down(&mut self, now: Moment, times: f64, capacity: &PlanCapacity<'_>, trial: &Trial) {
        self.play_others(now, capacity, trial);
        self.was_slow = true;
        self.slow.push(times);
    }

    /// Such a fault ends.
    pub fn speed_up(&mut self, now: Moment, times: f64, capacity: &PlanCapacity<'_>, trial: &Trial) {
        self.play_others(now, capacity, trial);
        if let Some(at) = self.slow.iter().position(|other| *other == times) {
            self.slow.swap_remove(at);
        }
    }

    /// So many lawful clients sign in again, spread evenly over a time.
    pub fn sign_in(&mut self, now: Moment, (count, within): (f64, Span), capacity: &PlanCapacity<'_>, trial: &Trial) {
        self.play_others(now, capacity, trial);
        self.sign_ins.push((now, now + within, count / within.seconds()));
    }

    fn ask_for_others(&mut self, at: Moment, left: u8, capacity: &PlanCapacity<'_>, trial: &Trial) {
        let done = self.take_in(at, capacity, trial);
        let timeout = capacity.settings.timeout;
        if left > 0 && done.is_none_or(|done| done.since(at) > timeout) {
            self.again.push_back((at + timeout, left - 1));
        }
    }

    /// The entries of some instance of a cache are lost.
    pub fn purge(&mut self, now: Moment, instance: u32, capacity: &PlanCapacity<'_>, trial: &Trial) {
        let concerned = |feed: &Feed| feed.instance == Some(instance);
        if !capacity.feeds.iter().any(concerned) {
            return;
        }
        self.play_others(now, capacity, trial);
        let feeds = capacity.feeds.iter().zip(&mut self.purged).filter(|(feed, _)| concerned(feed));
        feeds.for_each(|(_, purged)| *purged = Some(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::capacity::Capacity;
    use crate::model::play::fixture::{at, seconds};
    use crate::random::bounded::Constant;
    use crate::random::law::Law;
    use crate::random::shape::Shape;
    use crate::random::stream::Seed;

    fn capacity(servers: u16, service: f64, queue: u32) -> Capacity {
        let service_time: Law = Shape::Constant(Constant::new(service).expect("valid")).into();
        Capacity { servers, service_time, queue, timeout: seconds(1.0), retries: 0 }
    }

    #[test]
    fn questions_are_served_in_their_order_and_refused_without_a_place() {
        // Two servers of 10 s and one place to wait. At 0 and 1 s both are taken, until 10 and 11 s; at 2 s one waits
        // until 10 s and is done at 20 s; at 3 s there is no place; at 10 s there is one again, and it is done at 21 s.
        let settings = capacity(2, 10.0, 1);
        let plan = PlanCapacity { settings: &settings, feeds: Vec::new(), forgets: seconds(60.0) };
        let mut queue = IssuerQueue::new(Some(&plan), 0);
        let trial = Trial::new(Seed(1), 0);
        queue.reset();
        let done: Vec<_> = [0.0, 1.0, 2.0, 3.0, 10.0].map(|now| queue.arrive(at(now), &plan, &trial)).into();
        assert_eq!(done, [Some(at(10.0)), Some(at(11.0)), Some(at(20.0)), None, Some(at(21.0))]);
    }

    #[test]
    fn a_lost_cache_fills_the_servers_with_questions_about_others() {
        // 1000 credentials asked about at 0.1/s each, kept 60 s: 1000 / 70 = 14.3/s settled. With many servers that
        // take 1 s, those busy at an instant are the questions of the last second, a Poisson count: 14.3 on average;
        // a second after a purge the mean is the integral of 100 e^(-s / 10) over it, 1000 (1 - e^(-0.1)) = 95.2.
        // Over 400 trials the standard error is sqrt(95.2 / 400) = 0.49, of which four are 1.95 (0.76 before it).
        let settings = capacity(1000, 1.0, 0);
        let feed = Feed { instance: Some(7), keys: 1000.0, rate: 0.1, ttl: 60.0 };
        let plan = PlanCapacity { settings: &settings, feeds: vec![feed], forgets: seconds(5.0) };
        let mut queue = IssuerQueue::new(Some(&plan), 0);
        let busy = |queue: &IssuerQueue, now: Moment| queue.free_at.iter().filter(|free| **free > now).count() as f64;
        let (mut before, mut after) = (0.0, 0.0);
        for number in 0..400 {
            let trial = Trial::new(Seed(1), number);
            queue.reset();
            queue.play_others(at(100.0), &plan, &trial);
            before += busy(&queue, at(100.0)) / 400.0;
            queue.purge(at(200.0), 7, &plan, &trial);
            queue.play_others(at(201.0), &plan, &trial);
            after += busy(&queue, at(201.0)) / 400.0;
        }
        assert!((before - 1000.0 / 70.0).abs() < 0.76, "{before}");
        assert!((after - 1000.0 * (1.0 - (-0.1_f64).exp())).abs() < 1.95, "{after}");
    }

    #[test]
    fn a_slow_server_works_longer_on_what_comes_meanwhile() {
        // One server of 1 s, three times as slow from 10 s to 20 s: a question at 11 s is done at 14 s, one at 13 s waits for
        // it and is done at 17 s, and one at 21 s is done at 22 s.
        let settings = capacity(1, 1.0, 5);
        let plan = PlanCapacity { settings: &settings, feeds: Vec::new(), forgets: seconds(60.0) };
        let mut queue = IssuerQueue::new(Some(&plan), 0);
        let trial = Trial::new(Seed(1), 0);
        queue.reset();
        assert_eq!(queue.arrive(at(1.0), &plan, &trial), Some(at(2.0)));
        queue.slow_down(at(10.0), 3.0, &plan, &trial);
        assert_eq!(queue.arrive(at(11.0), &plan, &trial), Some(at(14.0)));
        assert_eq!(queue.arrive(at(13.0), &plan, &trial), Some(at(17.0)));
        queue.speed_up(at(20.0), 3.0, &plan, &trial);
        assert_eq!(queue.arrive(at(21.0), &plan, &trial), Some(at(22.0)));
    }
}
