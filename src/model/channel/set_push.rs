//! SET push: the issuer sends security event tokens to every listener (RFC 8935), with or without a promise.
//!
//! The bus may lose a message for everybody at once, or on its way to one listener. At most once, that is the
//! end of it; at least once, the sender tries again with growing pauses until an attempt gets through. A dead
//! stream swallows everything until verification finds it (SSF 1.0 section 7.1.4).

use super::contract::{Arrival, Channel, ChannelKind, Delivery, Listener, Revocation, Role};
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
        "Time between verifications, which find a dead stream and have the event sent again.",
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

/// Steps in which the attempts of one sender are followed. The end of the trial comes first unless pauses are
/// absurdly short: attempts at a steady pace that fall into one outage are a single step.
const MOST_STEPS: u64 = 2_000_000;

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

    /// The first arrival at `to` of an event that is sent from `sent` on.
    fn first_arrival(&self, revocation: &Revocation<'_>, to: Listener, sent: Moment) -> Option<Moment> {
        let mut luck = revocation.chance(Purpose::MessageOutcome, to);
        let mut delays = revocation.chance(Purpose::MessageDelay, to);
        let mut left = self.retry.map_or(1, |retry| retry.attempts.unwrap_or(u64::MAX));
        let mut pause = self.retry.map_or(Span::ZERO, |retry| retry.first);
        let mut at = sent;
        let mut first: Option<Moment> = None;
        for _ in 0..MOST_STEPS {
            if left == 0 || at > revocation.until || first.is_some_and(|first| first <= at) {
                break;
            }
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

    fn surely_within(&self) -> Option<Span> {
        let certain = self.loss == Share::NONE && self.bus_loss == Share::NONE && self.dead == Share::NONE;
        if certain && self.reaches == Reaches::EveryReplica { self.delay.max() } else { None }
    }

    fn reaches_one_replica(&self) -> bool {
        self.reaches == Reaches::OneReplica
    }
}
