//! SET push: the issuer sends security event tokens to every listener (RFC 8935), with or without a promise.
//!
//! The bus may lose a message for everybody at once, or on its way to one listener. At most once, that is the
//! end of it; at least once, the sender tries again with growing pauses until an attempt gets through. A dead
//! stream swallows everything until verification finds it (SSF 1.0 section 7.1.4).

use super::contract::{Arrival, Channel, ChannelKind, Delivery, Listener, Revocation, Role};
use super::work::{Scope, Work, pauses_within};
use crate::random::law::{Delay, Law};
use crate::random::purpose::Purpose;
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;
use crate::units::probability::Share;
use crate::units::time::{Moment, Span};

/// Pushing security event tokens.
pub const KIND: ChannelKind = ChannelKind {
    name: "set_push",
    summary: "The issuer pushes a security event to each listener, at most once or with retries.",
    specification: "RFC 8935 (push-based delivery of security event tokens), RFC 8417, OpenID SSF 1.0 and CAEP 1.0",
    keys: &KEYS,
    read: |reader| SetPush::read(reader).map(|push| Box::new(push) as Box<dyn Channel>),
};

const KEYS: [Key; 9] = [
    Key::required("delay", Value::Law, "Time from sending a message to its arrival."),
    Key::optional("loss", Value::Share, "0%", "Probability that one attempt to one listener is lost."),
    Key::optional(
        "bus_loss",
        Value::Share,
        "0%",
        "Probability that the bus loses the event for every listener at once, retries included.",
    ),
    Key::optional(
        "duplicates",
        Value::Share,
        "0%",
        "Probability that a delivered event arrives a second time, after a delay of its own.",
    ),
    Key::optional(
        "delivery",
        Value::OneOf(&["at_most_once", "at_least_once"]),
        "at_most_once",
        "Whether a lost attempt is tried again.",
    ),
    Key::optional(
        "retry",
        Value::Section(&RETRY_KEYS),
        "first 1s, factor 2, attempts unlimited",
        "Pauses between attempts, with `at_least_once`.",
    ),
    Key::optional(
        "reaches",
        Value::OneOf(&["every_replica", "one_replica"]),
        "every_replica",
        "Whether all replicas of a verifier hear it, or only the one that the load balancer picks.",
    ),
    Key::optional(
        "dead",
        Value::Share,
        "0%",
        "Probability that the stream to a listener is dead at the revocation, unnoticed.",
    ),
    Key::optional(
        "verified_every",
        Value::Duration,
        "never",
        "Time between verifications, which find a dead stream and have the event sent again, with `at_least_once`.",
    ),
];

/// Settings of retries.
pub const RETRY_KEYS: [Key; 4] = [
    Key::optional("first", Value::Duration, "1s", "Pause after the first attempt."),
    Key::optional("factor", Value::Number, "2", "By how much each pause is longer than the last, at least 1."),
    Key::optional("longest", Value::Duration, "unlimited", "The longest pause."),
    Key::optional("attempts", Value::CountOr("unlimited"), "unlimited", "Attempts in all."),
];

/// Settings of a push.
#[derive(Debug)]
pub struct SetPush {
    delay: Law,
    loss: Share,
    bus_loss: Share,
    duplicates: Share,
    retry: Option<Retry>,
    reaches: Reaches,
    dead: Share,
    verified_every: Option<Span>,
}

#[derive(Debug, Clone, Copy)]
struct Retry {
    first: Span,
    factor: f64,
    longest: Option<Span>,
    attempts: Option<u64>,
}

/// Which replicas of a verifier hear a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reaches {
    EveryReplica,
    OneReplica,
}

impl SetPush {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let again = reader.one_of("delivery") == Some("at_least_once");
        let retry = reader.section("retry", "retry", &RETRY_KEYS, |inner| Retry {
            first: inner.positive_duration("first").unwrap_or(Span::SECOND),
            factor: inner.number_at_least("factor", 1.0).unwrap_or(2.0),
            longest: inner.positive_duration("longest"),
            attempts: inner.positive_count_or("attempts", "unlimited"),
        });
        if retry.is_some() && !again {
            reader
                .without_effect("retry", "only a delivery `at_least_once` tries again; add `delivery: at_least_once`");
        }
        let default_retry = Retry { first: Span::SECOND, factor: 2.0, longest: None, attempts: None };
        let dead = reader.share("dead").unwrap_or(Share::NONE);
        let verified_every = reader.positive_duration("verified_every");
        if verified_every.is_some() && dead == Share::NONE {
            reader.without_effect(
                "verified_every",
                "verification finds dead streams; say with `dead` how often there is one",
            );
        }
        if verified_every.is_some() && !again {
            reader.without_effect(
                "verified_every",
                "what a dead stream swallowed is only sent again by a delivery `at_least_once`; add `delivery: at_least_once`",
            );
        }
        Some(Self {
            loss: reader.share("loss").unwrap_or(Share::NONE),
            bus_loss: reader.share("bus_loss").unwrap_or(Share::NONE),
            duplicates: reader.share("duplicates").unwrap_or(Share::NONE),
            retry: again.then(|| retry.unwrap_or(default_retry)),
            reaches: if reader.one_of("reaches") == Some("one_replica") {
                Reaches::OneReplica
            } else {
                Reaches::EveryReplica
            },
            dead,
            verified_every,
            delay: reader.law("delay")?,
        })
    }

    /// The first arrival at `to` of an event that is sent from `sent` on: every attempt is followed up to the end of
    /// the trial, those at a steady pace that fall into one outage in a single step.
    fn first_arrival(&self, revocation: &Revocation<'_>, to: Listener, sent: Moment) -> Option<Moment> {
        if self.loss == Share::ALL {
            return None;
        }
        let mut luck = revocation.chance(Purpose::MessageOutcome, to);
        let mut delays = revocation.chance(Purpose::MessageDelay, to);
        let mut left = self.retry.map_or(1, |retry| retry.attempts.unwrap_or(u64::MAX));
        let mut pause = self.retry.map_or(Span::ZERO, |retry| retry.first);
        let mut at = sent;
        let mut first: Option<Moment> = None;
        while left > 0 && at <= revocation.until && first.is_none_or(|first| first > at) {
            let next = self.retry.map_or(pause, |retry| retry.after(pause));
            if let Some(end) = down_until(revocation, at) {
                // Nothing gets through, so that a steady sender can be met again at its first attempt after the end.
                let steps = if next == pause { steps_over(at, end.min(revocation.until), pause).min(left) } else { 1 };
                left -= steps;
                at = at + Span::from_nanos(pause.nanos().saturating_mul(steps.cast_signed()));
            } else {
                let lost = luck.happens(self.loss);
                if let (Delay::After(delay), false) = (self.delay.sample(&mut delays), lost) {
                    first = Some(first.map_or(at + delay, |first| first.min(at + delay)));
                }
                left -= 1;
                at = at + pause;
            }
            pause = next;
        }
        first
    }

    /// When the event is first sent to `to`: at once, or when verification finds that its stream was dead.
    fn sent_at(&self, revocation: &Revocation<'_>, to: Listener) -> Option<Moment> {
        let mut health = revocation.chance(Purpose::StreamHealth, to);
        if !health.happens(self.dead) {
            return Some(revocation.at);
        }
        // At most once, what was swallowed is gone; at least once, it is sent again on the verified stream.
        let every = self.verified_every.filter(|_| self.retry.is_some())?;
        Some(revocation.at + Span::from_seconds(every.seconds() * health.uniform()))
    }
}

/// The end of the outage of the channel or of its issuer that `at` falls into, if it does.
fn down_until(revocation: &Revocation<'_>, at: Moment) -> Option<Moment> {
    let both = [revocation.outages, revocation.issuer_outages];
    both.into_iter().filter(|outages| outages.down_at(at)).filter_map(|outages| outages.end_after(at)).max()
}

/// How many pauses after `at` an attempt first falls on `end` or later; at least one.
fn steps_over(at: Moment, end: Moment, pause: Span) -> u64 {
    let (gap, pause) = ((end.nanos() - at.nanos()).max(0).cast_unsigned(), pause.nanos().max(1).cast_unsigned());
    gap.div_ceil(pause).max(1)
}

impl Retry {
    fn after(self, pause: Span) -> Span {
        let next = Span::from_seconds(pause.seconds() * self.factor);
        self.longest.map_or(next, |longest| next.min(longest))
    }
}

impl Channel for SetPush {
    fn kind(&self) -> &'static ChannelKind {
        &KIND
    }

    fn role(&self) -> Role {
        Role::Heard
    }

    fn spread(&self, revocation: &Revocation<'_>, deliver: &mut dyn FnMut(Delivery)) {
        if revocation.common(Purpose::BusOutcome).happens(self.bus_loss) {
            return;
        }
        for to in 0..revocation.listeners {
            let arrived = self.sent_at(revocation, to).and_then(|sent| self.first_arrival(revocation, to, sent));
            let Some(at) = arrived else { continue };
            deliver(Delivery { to, at, what: Arrival::News });
            let mut again = revocation.chance(Purpose::Duplicate, to);
            if again.happens(self.duplicates)
                && let Delay::After(delay) = self.delay.sample(&mut again)
            {
                deliver(Delivery { to, at: at + delay, what: Arrival::News });
            }
        }
    }

    fn work(&self, scope: Scope) -> Work {
        let deliveries = 1.0 + self.duplicates.value();
        let Some(retry) = self.retry else { return Work { deliveries, steps: 1.0, bytes: 0.0 } };
        if self.loss == Share::ALL {
            return Work { deliveries, steps: 1.0, bytes: 0.0 };
        }
        // It is tried again until an attempt has arrived.
        let pauses = retry.first.seconds() / (1.0 - self.loss.value());
        let lasts = (self.delay.mean_within(scope.after) + scope.down + pauses).min(scope.after);
        let attempts = retry.attempts.map_or(f64::INFINITY, |attempts| attempts as f64);
        let longest = retry.longest.map_or(f64::INFINITY, Span::seconds);
        let steps = pauses_within(retry.first.seconds(), retry.factor, longest, lasts).min(attempts);
        Work { deliveries, steps: 1.0 + steps, bytes: 0.0 }
    }

    fn surely_within(&self) -> Option<Span> {
        let certain = self.loss == Share::NONE && self.bus_loss == Share::NONE && self.dead == Share::NONE;
        if certain && self.reaches == Reaches::EveryReplica { self.delay.max() } else { None }
    }

    fn sends(&self) -> bool {
        true
    }

    fn reaches_one_replica(&self) -> bool {
        self.reaches == Reaches::OneReplica
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, S, constant, mean_seconds, seconds, share, uniform};
    use super::*;
    use crate::random::shape::Shape;
    use crate::random::tailed::Exponential;

    fn push(delay: f64) -> SetPush {
        SetPush {
            delay: constant(delay),
            loss: Share::NONE,
            bus_loss: Share::NONE,
            duplicates: Share::NONE,
            retry: None,
            reaches: Reaches::EveryReplica,
            dead: Share::NONE,
            verified_every: None,
        }
    }

    /// Pauses of 1, 2, 4 ... s.
    fn retry() -> Retry {
        Retry { first: Span::SECOND, factor: 2.0, longest: None, attempts: None }
    }

    #[test]
    fn a_message_that_is_not_lost_arrives_after_its_delay_everywhere() {
        let case = Case { listeners: 3, ..Case::at(1, 100 * S) };
        let expected: Vec<_> = (0..3).map(|to| (102 * S, to, Arrival::News)).collect();
        assert_eq!(case.spread(&push(2.0)), expected);
    }

    #[test]
    fn a_message_that_is_lost_and_not_sent_again_arrives_never() {
        let lost = SetPush { loss: Share::ALL, ..push(2.0) };
        assert_eq!(Case::at(1, 0).spread(&lost), []);
        // The channel is down at the instant at which it is sent, and only then.
        assert_eq!(Case::at(1, 0).with_channel_down(0, 1).spread(&push(2.0)), []);
        assert_eq!(Case::at(1, 0).with_channel_down(-S, 0).first_news(&push(2.0)), Some(2 * S));
    }

    #[test]
    fn retries_come_after_one_three_and_seven_seconds() {
        // Attempts at 0, 1, 3, 7 s, each 0.5 s under way: the first one after the end of the outage gets through.
        let again = SetPush { retry: Some(retry()), ..push(0.5) };
        for (down_for, arrives) in [(0.0, 0.5), (0.2, 1.5), (1.0, 1.5), (1.1, 3.5), (3.0, 3.5), (3.1, 7.5), (7.1, 15.5)]
        {
            let case = Case::at(2, 50 * S).with_channel_down(40 * S, 50 * S + seconds(down_for).nanos());
            assert_eq!(case.first_news(&again), Some(seconds(arrives).nanos()), "down for {down_for} s");
        }
    }

    #[test]
    fn pauses_stop_growing_and_attempts_end() {
        // No pause above 2 s: 0, 1, 3, 5, 7 s; at most three attempts: 0, 1, 3 s and no more.
        let down = |seconds| Case::at(3, 0).with_channel_down(-S, seconds * S);
        let paced = SetPush { retry: Some(Retry { longest: Some(seconds(2.0)), ..retry() }), ..push(0.0) };
        assert_eq!(down(4).first_news(&paced), Some(5 * S));
        let few = SetPush { retry: Some(Retry { attempts: Some(3), ..retry() }), ..push(0.0) };
        assert_eq!(down(3).first_news(&few), Some(3 * S));
        assert_eq!(down(4).first_news(&few), None);
    }

    #[test]
    fn attempts_without_a_limit_do_not_end_before_the_trial() {
        // One a millisecond, of which 99.99 % are lost: none of the first 20,000 gets through with probability e^-2 =
        // 13.5 %, and then it is one after more than 20 s. Of 400 trials that are 54; four standard errors are 27.
        let paced = Retry { first: seconds(0.001), factor: 1.0, ..retry() };
        let lossy = SetPush { loss: share(0.9999), retry: Some(paced), ..push(0.0) };
        let late = |n| Case::at(n, 0).first_news(&lossy).is_some_and(|at| at > 20 * S);
        let late = (0..400).filter(|n| late(*n)).count();
        assert!((27..=81).contains(&late), "{late}");
        // What is always lost is not waited for.
        let lost = SetPush { loss: Share::ALL, ..lossy };
        assert_eq!(Case::at(1, 0).first_news(&lost), None);
    }

    #[test]
    fn lost_attempts_are_paid_in_pauses() {
        // Half of the attempts are lost, one a second: 1 s on average, variance 2; n = 4000: four standard errors 0.09.
        let lossy = SetPush { loss: share(0.5), retry: Some(Retry { factor: 1.0, ..retry() }), ..push(0.0) };
        let mean = mean_seconds(4000, |n| Case::at(n, 0).first_news(&lossy).expect("it gets through"));
        assert!((mean - 1.0).abs() < 0.09, "{mean}");
    }

    #[test]
    fn what_the_bus_loses_nobody_hears_retries_or_not() {
        // A share of 30 % over 4000 trials: four standard errors are 0.029. It hits all listeners of a trial together.
        let bus = SetPush { bus_loss: share(0.3), retry: Some(retry()), ..push(1.0) };
        let heard = |n| Case { listeners: 2, ..Case::at(n, 0) }.spread(&bus).len();
        let counts: Vec<usize> = (0..4000).map(heard).collect();
        assert!(counts.iter().all(|count| [0, 2].contains(count)));
        let lost = counts.iter().filter(|count| **count == 0).count() as f64 / 4000.0;
        assert!((lost - 0.3).abs() < 0.029, "{lost}");
    }

    #[test]
    fn a_duplicate_arrives_after_a_delay_of_its_own() {
        // 2 s, and 2 s more.
        let twice = SetPush { duplicates: Share::ALL, ..push(2.0) };
        assert_eq!(Case::at(4, 0).spread(&twice), [(2 * S, 0, Arrival::News), (4 * S, 0, Arrival::News)]);
    }

    #[test]
    fn a_dead_stream_delivers_only_if_verification_finds_it_and_the_event_is_sent_again() {
        let dead = SetPush { dead: Share::ALL, ..push(0.0) };
        assert_eq!(Case::at(5, 0).first_news(&dead), None);
        assert_eq!(Case::at(5, 0).first_news(&SetPush { verified_every: Some(seconds(10.0)), ..dead }), None);
        let unverified = SetPush { dead: Share::ALL, retry: Some(retry()), ..push(0.0) };
        assert_eq!(Case::at(5, 0).first_news(&unverified), None);
        // Verified every 10 s at any phase: 5 s on average; n = 4000: four standard errors 0.18 s.
        let found = SetPush { verified_every: Some(seconds(10.0)), ..unverified };
        let mean = mean_seconds(4000, |n| Case::at(n, 0).first_news(&found).expect("found"));
        assert!((mean - 5.0).abs() < 0.18, "{mean}");
    }

    #[test]
    fn only_a_push_that_cannot_be_lost_to_any_replica_has_a_bound() {
        let sure = SetPush { delay: uniform(1.0, 4.0), ..push(0.0) };
        assert_eq!(sure.surely_within(), Some(seconds(4.0)));
        let one = || SetPush { reaches: Reaches::OneReplica, ..push(1.0) };
        let unsure = [
            SetPush { loss: share(0.1), retry: Some(retry()), ..push(1.0) },
            SetPush { bus_loss: share(0.1), ..push(1.0) },
            SetPush { dead: share(0.1), ..push(1.0) },
            SetPush { delay: Shape::Exponential(Exponential::new(1.0).expect("valid")).into(), ..push(1.0) },
            one(),
        ];
        assert!(unsure.iter().all(|push| push.surely_within().is_none()));
        assert!(one().reaches_one_replica() && !sure.reaches_one_replica());
    }
}
