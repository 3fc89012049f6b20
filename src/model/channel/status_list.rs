//! Status lists and CRLs: the issuer publishes who is revoked, caches hand it on, clients poll it.
//!
//! News passes three clocks one after the other: the next publication, the next refresh of the cache between,
//! the next poll that succeeds. A list has a validity; a client that could not fetch a new one in time either
//! goes on with the old one (soft fail) or rejects everything until it has a valid one again.

use super::contract::{Arrival, Channel, ChannelKind, Delivery, Listener, Revocation, Role};
use super::poll::{self, Answer, Poll};
use crate::random::purpose::Purpose;
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;
use crate::units::time::{Moment, Span};

/// Polling a published list.
pub const KIND: ChannelKind = ChannelKind {
    name: "status_list",
    summary: "The issuer publishes a list of what is revoked (status list, CRL); a cache may hand it on; verifiers poll it.",
    specification: "draft-ietf-oauth-status-list (still a draft), RFC 5280 section 5 (CRL)",
    keys: &KEYS,
    read: |reader| StatusList::read(reader).map(|list| Box::new(list) as Box<dyn Channel>),
};

const KEYS: [Key; 9] = [
    Key::optional(
        "published_every",
        Value::Duration,
        "at once",
        "Time between two publications; left out, a revocation is on the list at once.",
    ),
    Key::optional(
        "cached_for",
        Value::Duration,
        "no cache",
        "Lifetime in a cache (CDN) between the issuer and the clients, which other clients keep busy.",
    ),
    Key::optional(
        "validity",
        Value::Duration,
        "unlimited",
        "How long a fetched list may be used, from its composition.",
    ),
    Key::optional(
        "when_expired",
        Value::OneOf(&["accept", "reject"]),
        "accept",
        "What a client does with a list past its validity: accept is soft fail.",
    ),
    poll::KEYS[0],
    poll::KEYS[1],
    poll::KEYS[2],
    poll::KEYS[3],
    poll::KEYS[4],
];

/// Settings of a published list.
#[derive(Debug)]
pub struct StatusList {
    published_every: Option<Span>,
    cached_for: Option<Span>,
    /// How long a list is good, where its end matters.
    hard_validity: Option<Span>,
    poll: Poll,
}

impl StatusList {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let validity = reader.positive_duration("validity");
        let hard = reader.one_of("when_expired") == Some("reject");
        if hard && validity.is_none() {
            reader
                .without_effect("when_expired", "a list without `validity` never expires; say how long it may be used");
        }
        if validity.is_some() && !hard {
            reader.without_effect("validity", "an expired list is used on unless `when_expired: reject`");
        }
        let list = Self {
            published_every: reader.positive_duration("published_every"),
            cached_for: reader.positive_duration("cached_for"),
            hard_validity: validity,
            poll: Poll::read(reader)?,
        };
        if let Some(validity) = list.hard_validity
            && validity < list.poll.every
        {
            reader.wrong(
                "validity",
                "the list expires before the next poll, so verifiers reject everything in between",
                "make `validity` longer than `every`",
            );
            return None;
        }
        Some(list)
    }

    /// The first moment at which a client can fetch a list that knows of a revocation at `revoked`.
    fn available_from(&self, revocation: &Revocation<'_>) -> Moment {
        let mut phases = revocation.trial.open(Purpose::StatusListPhase, u32::from(revocation.channel));
        let (publication, cache) = (phases.uniform(), phases.uniform());
        let published =
            self.published_every.map_or(revocation.at, |every| next_tick(revocation.at, every, publication));
        self.cached_for.map_or(published, |every| next_tick(published, every, cache))
    }

    /// Blocks and unblocks a client whose list runs out before it gets another.
    fn enforce_validity(
        &self,
        revocation: &Revocation<'_>,
        to: Listener,
        polls: &[Answer],
        deliver: &mut dyn FnMut(Delivery),
    ) {
        let Some(validity) = self.hard_validity else { return };
        let mut good_until: Option<Moment> = None;
        for Answer { composed, arrived } in polls.iter().copied() {
            if let Some(end) = good_until.filter(|end| *end < arrived && arrived > revocation.at) {
                deliver(Delivery { to, at: end.max(revocation.at), what: Arrival::Blocked });
                deliver(Delivery { to, at: arrived, what: Arrival::Unblocked });
            }
            let end = composed + validity;
            good_until = Some(good_until.map_or(end, |good| good.max(end)));
        }
        let end = good_until.unwrap_or(revocation.at);
        if end <= revocation.until {
            deliver(Delivery { to, at: end.max(revocation.at), what: Arrival::Blocked });
        }
    }
}

/// The first tick at or after `from` of a clock that ticks every `every`, at a phase given as a share of it.
fn next_tick(from: Moment, every: Span, phase: f64) -> Moment {
    let offset = Span::from_seconds(every.seconds() * phase).nanos();
    from + Span::from_nanos((offset - from.nanos()).rem_euclid(every.nanos()))
}

impl Channel for StatusList {
    fn kind(&self) -> &'static ChannelKind {
        &KIND
    }

    fn role(&self) -> Role {
        Role::Heard
    }

    fn spread(&self, revocation: &Revocation<'_>, deliver: &mut dyn FnMut(Delivery)) {
        let available = self.available_from(revocation);
        for to in 0..revocation.listeners {
            let answer = match self.hard_validity {
                None => self.poll.first_after(available, revocation, to),
                Some(validity) => {
                    // One history of polls decides both about the news and about the age of the list.
                    let polls: Vec<Answer> = self.poll.polls(revocation.at - validity, revocation, to).collect();
                    self.enforce_validity(revocation, to, &polls, deliver);
                    poll::first_to_know(available, polls.into_iter())
                }
            };
            if let Some(answer) = answer {
                deliver(Delivery { to, at: answer.arrived, what: Arrival::News });
            }
        }
    }

    fn surely_within(&self) -> Option<Span> {
        let waits = self.published_every.unwrap_or(Span::ZERO) + self.cached_for.unwrap_or(Span::ZERO);
        self.poll.surely_within().map(|poll| poll + waits)
    }

    fn requests_per_second(&self) -> f64 {
        // A cache in between answers the clients and asks the issuer itself, once for all of them.
        if self.cached_for.is_some() { 0.0 } else { self.poll.rate() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_tick_lies_on_the_grid_and_not_before() {
        // Ticks at 3, 13, 23 s: after 13 s sharp the next is 13 s, a nanosecond later 23 s.
        let every = Span::from_nanos(10_000_000_000);
        assert_eq!(next_tick(Moment::from_nanos(13_000_000_000), every, 0.3).nanos(), 13_000_000_000);
        assert_eq!(next_tick(Moment::from_nanos(13_000_000_001), every, 0.3).nanos(), 23_000_000_000);
    }
}
