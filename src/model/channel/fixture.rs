//! A revocation that channels are asked about in tests, with times in whole nanoseconds.

use super::contract::{Arrival, Channel, Delivery, Listener, Outages, Revocation};
use crate::random::bounded::{Constant, Uniform};
use crate::random::law::Law;
use crate::random::purpose::Purpose;
use crate::random::shape::Shape;
use crate::random::stream::{Seed, Trial};
use crate::units::probability::Share;
use crate::units::time::{Moment, Span};

/// Nanoseconds in a second.
pub const S: i64 = 1_000_000_000;

/// A revocation by channel 0 in one trial.
pub struct Case {
    /// When.
    pub at: i64,
    /// When the trial ends.
    pub until: i64,
    /// Listeners.
    pub listeners: u32,
    /// When the channel is down.
    pub down: Outages,
    /// When its issuer is down.
    pub issuer_down: Outages,
    /// The chance of the trial.
    pub trial: Trial,
}

impl Case {
    /// A revocation at `at` that one listener is to hear of within 1000 seconds.
    pub fn at(number: u64, at: i64) -> Self {
        let (down, issuer_down) = (Outages::default(), Outages::default());
        Self { at, until: at + 1000 * S, listeners: 1, down, issuer_down, trial: Trial::new(Seed(7), number) }
    }

    /// The same with the channel down from `from` until `to`.
    pub fn with_channel_down(mut self, from: i64, to: i64) -> Self {
        self.down.windows.push((Moment::from_nanos(from), Moment::from_nanos(to)));
        self
    }

    /// As a channel meets it.
    pub fn revocation(&self) -> Revocation<'_> {
        Revocation {
            at: Moment::from_nanos(self.at),
            first: Moment::from_nanos(self.at),
            until: Moment::from_nanos(self.until),
            listeners: self.listeners,
            outages: &self.down,
            issuer_outages: &self.issuer_down,
            restarts: &[],
            channel: 0,
            nth: 0,
            trial: &self.trial,
        }
    }

    /// What arrives where and when, in the order of time and then of the listeners.
    pub fn spread(&self, channel: &dyn Channel) -> Vec<(i64, Listener, Arrival)> {
        let mut found = Vec::new();
        channel.spread(&self.revocation(), &mut |Delivery { to, at, what }| found.push((at.nanos(), to, what)));
        found.sort_unstable();
        found
    }

    /// When the first news arrives at listener 0, counted from the revocation.
    pub fn first_news(&self, channel: &dyn Channel) -> Option<i64> {
        let news = self.spread(channel).into_iter().find(|(_, to, what)| (*to, *what) == (0, Arrival::News));
        news.map(|(at, ..)| at - self.at)
    }

    /// One moment at which a poller without jitter starts a poll: the others lie whole periods from it.
    pub fn a_poll(&self, every: Span, listener: Listener) -> i64 {
        let phase = self.revocation().standing(Purpose::PollPhase, listener).uniform();
        Span::from_seconds(every.seconds() * phase).nanos()
    }
}

/// A span of seconds.
pub fn seconds(seconds: f64) -> Span {
    Span::from_seconds(seconds)
}

/// A share.
pub fn share(value: f64) -> Share {
    Share::new(value).expect("a share")
}

/// Always so many seconds.
pub fn constant(seconds: f64) -> Law {
    Shape::Constant(Constant::new(seconds).expect("valid")).into()
}

/// Any number of seconds between two.
pub fn uniform(low: f64, high: f64) -> Law {
    Shape::Uniform(Uniform::new(low, high).expect("valid")).into()
}

/// The mean, in seconds, over `n` trials of what one of them gives in nanoseconds.
pub fn mean_seconds(n: u64, one: impl Fn(u64) -> i64) -> f64 {
    (0..n).map(|number| one(number) as f64 / S as f64).sum::<f64>() / n as f64
}
