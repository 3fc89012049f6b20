//! The queue before an issuer of limited capacity.
//!
//! First come, first served: when a question will be answered is settled as it arrives, by when each server will be
//! free. So questions about other credentials need no events; they are played, up to now, whenever somebody asks, in a
//! loop of their own. What lies further back than the queue remembers is left out, unless a purge made it unlike.

use super::capacity_plan::{Feed, PlanCapacity};
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
            service: StreamSlot::new(Purpose::ServiceTime, number as u32),
            others: StreamSlot::new(Purpose::OtherQuestions, number as u32),
        }
    }

    /// Forgets the trial before.
    pub fn reset(&mut self) {
        self.purged.fill(None);
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
        let done = takes.map_or(Moment::NEVER, |takes| begins + takes);
        self.free_at[server] = done;
        Some(done)
    }

    /// Plays the questions about other credentials up to `now`.
    fn play_others(&mut self, now: Moment, capacity: &PlanCapacity<'_>, trial: &Trial) {
        if capacity.feeds.is_empty() {
            return;
        }
        let as_ever = self.purged.iter().all(Option::is_none);
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
            let most = self.rate(capacity, |feed, purged| match purged {
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
            let thinned = !as_ever && {
                let truly = self.rate(capacity, |feed, purged| match purged {
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
