//! Status lists and CRLs: the issuer publishes who is revoked, caches hand it on, clients poll it.
//!
//! News passes three clocks one after the other: the next publication, the next refresh of the cache between,
//! the next poll that succeeds. A list has a validity, which is written in it and counts from its publication, however
//! long a cache keeps it; a client that could not fetch a new one in time either goes on with the old one (soft fail) or
//! rejects everything until it has a valid one again.

use super::contract::{Arrival, Channel, ChannelKind, Delivery, Listener, Revocation, Role};
use super::poll::{self, Answer, Poll};
use super::work::{Scope, Work};
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
        "Time between two publications; left out, a list is composed for whoever fetches it, and a revocation is on it at once.",
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
        "How long a list may be used, from its publication, however long a cache keeps it.",
    ),
    Key::optional(
        "when_expired",
        Value::OneOf(&["accept", "reject"]),
        "accept",
        "What a client does with a list past its validity: accept is soft fail. Lawful refusals before the revocation are not modelled.",
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

    /// The clocks of publication and cache in a trial.
    fn clocks(&self, revocation: &Revocation<'_>) -> Clocks {
        let mut phases = revocation.trial.open(Purpose::StatusListPhase, u32::from(revocation.channel));
        let mut clock = |every: Option<Span>| {
            let phase = phases.uniform();
            every.map(|every| (every, phase))
        };
        Clocks { publication: clock(self.published_every), cache: clock(self.cached_for) }
    }

    /// How long before it is fetched a list may have been published.
    fn oldest(&self) -> Span {
        self.published_every.unwrap_or(Span::ZERO) + self.cached_for.unwrap_or(Span::ZERO)
    }

    /// Blocks and unblocks a client whose list runs out before it gets another.
    fn enforce_validity(
        &self,
        revocation: &Revocation<'_>,
        (to, clocks): (Listener, Clocks),
        polls: &[Answer],
        deliver: &mut dyn FnMut(Delivery),
    ) {
        let Some(validity) = self.hard_validity else { return };
        let mut by_arrival = polls.to_vec();
        by_arrival.sort_by_key(|answer| answer.arrived);
        // Whatever was composed before these polls has run out by the revocation.
        let mut good_until = revocation.at;
        for Answer { composed, arrived, .. } in by_arrival {
            let end = clocks.published_before(composed) + validity;
            if end <= arrived {
                continue;
            }
            if good_until < arrived && arrived > revocation.at {
                deliver(Delivery { to, at: good_until, what: Arrival::Blocked });
                deliver(Delivery { to, at: arrived, what: Arrival::Unblocked });
            }
            good_until = good_until.max(end);
        }
        if good_until <= revocation.until {
            deliver(Delivery { to, at: good_until, what: Arrival::Blocked });
        }
    }
}

/// The clocks of a trial between a revocation and whoever polls: how often each ticks, and at which share of that.
#[derive(Clone, Copy)]
struct Clocks {
    publication: Option<(Span, f64)>,
    cache: Option<(Span, f64)>,
}

impl Clocks {
    /// The first moment at which a client can fetch a list that knows of a revocation at `revoked`.
    fn available_from(self, revoked: Moment) -> Moment {
        let next =
            |from, clock: Option<(Span, f64)>| clock.map_or(from, |(every, phase)| next_tick(from, every, phase));
        next(next(revoked, self.publication), self.cache)
    }

    /// When the list was published that is fetched at `fetched`.
    fn published_before(self, fetched: Moment) -> Moment {
        let last = |to, clock: Option<(Span, f64)>| clock.map_or(to, |(every, phase)| last_tick(to, every, phase));
        last(last(fetched, self.cache), self.publication)
    }
}

/// The last tick at or before `to` of such a clock.
fn last_tick(to: Moment, every: Span, phase: f64) -> Moment {
    let next = next_tick(to, every, phase);
    if next == to { to } else { next - every }
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
        let clocks = self.clocks(revocation);
        let available = clocks.available_from(revocation.at);
        for to in 0..revocation.listeners {
            let news = |answer: Answer| Delivery { to, at: answer.arrived, what: Arrival::News };
            match self.hard_validity {
                None => self.poll.first_after(available, revocation, to).map(news).into_iter().for_each(&mut *deliver),
                Some(validity) => {
                    // One history of polls decides both about the news and about the age of the list. A list that brings
                    // the news is read before it ends a blockade, or the door would open for an instant.
                    let polls: Vec<Answer> = self.poll.polls(validity, revocation, to).collect();
                    let first = poll::first_to_know(available, polls.iter().copied());
                    first.map(news).into_iter().for_each(&mut *deliver);
                    self.enforce_validity(revocation, (to, clocks), &polls, deliver);
                }
            }
        }
    }

    fn gone_through_again(&self) -> f64 {
        self.poll.gone_through_again()
    }

    fn work(&self, scope: Scope) -> Work {
        let waits = (self.oldest().seconds() * self.poll.rate()).min(scope.after * self.poll.rate());
        let Some(validity) = self.hard_validity else {
            return Work { deliveries: 1.0, steps: waits + self.poll.polls_to_know(scope), bytes: 0.0 };
        };
        let polls = (validity.seconds() + scope.after) * self.poll.rate();
        let renewed = self.poll.every.max(validity).max(self.cached_for.unwrap_or(Span::ZERO));
        let most = (scope.after / renewed.seconds()).min(polls) + 1.0;
        // Where a list outlives several polls, it only lapses if all of them fail, or while nobody can be asked.
        let when_fetched = (validity - self.oldest()).max(Span::ZERO);
        let in_its_life = libm::floor(when_fetched.seconds() * self.poll.rate());
        let lapses = if in_its_life >= 2.0 {
            let all_fail = libm::pow(self.poll.loss.value(), in_its_life);
            (polls * all_fail + scope.down / validity.seconds() + f64::from(u8::from(scope.down > 0.0))).min(most)
        } else {
            most
        };
        // The answers are kept twice: by composition and by arrival.
        Work { deliveries: 1.0 + 2.0 * lapses, steps: polls, bytes: 2.0 * size_of::<Answer>() as f64 * polls }
    }

    fn surely_within(&self) -> Option<Span> {
        let told = self.poll.surely_within().map(|poll| poll + self.oldest());
        // No list from before the revocation may be used for longer, whether a newer one comes or not.
        told.into_iter().chain(self.hard_validity).min()
    }

    fn requests_per_second(&self) -> f64 {
        // A cache in between answers the clients and asks the issuer itself, once for all of them.
        if self.cached_for.is_some() { 0.0 } else { self.poll.rate() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, S, mean_seconds, seconds};
    use super::*;
    use crate::random::law::Law;
    use crate::units::probability::Share;

    #[test]
    fn the_next_tick_lies_on_the_grid_and_not_before() {
        // Ticks at 3, 13, 23 s: after 13 s sharp the next is 13 s, a nanosecond later 23 s.
        let every = Span::from_nanos(10_000_000_000);
        assert_eq!(next_tick(Moment::from_nanos(13_000_000_000), every, 0.3).nanos(), 13_000_000_000);
        assert_eq!(next_tick(Moment::from_nanos(13_000_000_001), every, 0.3).nanos(), 23_000_000_000);
    }

    fn list(published: Option<f64>, cached: Option<f64>, validity: Option<f64>) -> StatusList {
        StatusList {
            published_every: published.map(seconds),
            cached_for: cached.map(seconds),
            hard_validity: validity.map(seconds),
            poll: Poll {
                every: seconds(10.0),
                jitter: Share::NONE,
                loss: Share::NONE,
                request_leg: Law::ZERO,
                response_leg: Law::ZERO,
            },
        }
    }

    #[test]
    fn news_passes_publication_then_cache_then_poll() {
        // Each clock ticks at its phase: publication every 60 s, cache every 30 s, poll every 10 s; the next tick of
        // the first at or after the revocation, of the second after that, of the third after that.
        let list = list(Some(60.0), Some(30.0), None);
        for number in 0..50 {
            let case = Case::at(number, 100 * S);
            let mut phases = case.trial.open(Purpose::StatusListPhase, 0);
            let (first, second) = (phases.uniform(), phases.uniform());
            let tick = |from: i64, every: i64, offset: i64| from + (offset - from).rem_euclid(every * S);
            let published = tick(case.at, 60, seconds(60.0 * first).nanos());
            let cached = tick(published, 30, seconds(30.0 * second).nanos());
            let polled = tick(cached, 10, case.a_poll(seconds(10.0), 0));
            assert_eq!(case.spread(&list), [(polled, 0, Arrival::News)]);
        }
    }

    #[test]
    fn the_waits_for_the_three_clocks_add() {
        // 30 + 15 + 5 = 50 s on average, never above 100 s; variance (3600 + 900 + 100) / 12, n = 4000: four standard
        // errors 1.24 s. Left out, a clock costs nothing: 5 s.
        let full = list(Some(60.0), Some(30.0), None);
        let news = |list: &StatusList, n| Case::at(n, 0).first_news(list).expect("it arrives");
        let mean = mean_seconds(4000, |n| news(&full, n));
        assert!((mean - 50.0).abs() < 1.24, "{mean}");
        assert_eq!(full.surely_within(), Some(seconds(100.0)));
        assert!((0..4000).all(|n| news(&full, n) <= 100 * S));
        assert_eq!(list(None, None, None).surely_within(), Some(seconds(10.0)));
    }

    /// When somebody is told, and when it is shut for good: told, or blocked until it is.
    fn told_and_shut(list: &StatusList, case: &Case) -> (i64, i64) {
        let spread = case.spread(list);
        let told = spread.iter().find(|(_, _, what)| *what == Arrival::News).map_or(i64::MAX, |(at, ..)| *at);
        let blocked = spread.iter().filter(|(at, _, what)| *what == Arrival::Blocked && *at <= told);
        (told, blocked.map(|(at, ..)| *at).max().unwrap_or(told))
    }

    #[test]
    fn a_list_from_a_cache_is_as_old_as_it_is() {
        // Published every 60 s and cached for 30 s, polled every 10 s, good for 70 s from publication. Told within 100 s, or
        // turned away before: whatever was published before the revocation is of no use 70 s after it at the latest.
        let list = list(Some(60.0), Some(30.0), Some(70.0));
        assert_eq!(list.surely_within(), Some(seconds(70.0)));
        let mut later = 0;
        for number in 0..200 {
            let case = Case::at(number, 1000 * S);
            let (told, shut) = told_and_shut(&list, &case);
            assert!(shut <= case.at + 70 * S, "trial {number}: {shut}");
            later += u32::from(told > case.at + 70 * S);
        }
        assert!(later > 20, "news alone often comes later: {later}");
    }

    #[test]
    fn a_cached_list_runs_out_before_news_comes_from_the_cache() {
        // Composed for the cache, which keeps it for 300 s; good for 120 s, polled every 10 s. At the revocation its age is
        // even on 0 to 300 s, and a list that knows comes 300 s after it was composed: it is of use for another (120 - age) s
        // or not at all, 24 s on average. Of 4000, four standard errors are 2.4 s.
        let list = list(None, Some(300.0), Some(120.0));
        let mean = mean_seconds(4000, |number| told_and_shut(&list, &Case::at(number, 1000 * S)).1 - 1000 * S);
        assert!((mean - 24.0).abs() < 2.4, "{mean}");
    }

    #[test]
    fn a_cache_in_between_takes_the_load_off_the_issuer() {
        assert_eq!(list(None, None, None).requests_per_second(), 0.1);
        assert_eq!(list(None, Some(30.0), None).requests_per_second(), 0.0);
    }

    /// A case revoked a second after the poll `p`, with the channel down for so many seconds around that poll.
    fn around_a_poll(number: u64, down_from: i64, down_to: i64) -> (i64, Case) {
        let p = Case::at(number, 0).a_poll(seconds(10.0), 0) + 100 * S;
        let case = Case::at(number, p + S).with_channel_down(p + down_from * S, p + down_to * S);
        (p, Case { until: p + 45 * S, ..case })
    }

    #[test]
    fn a_hard_failing_list_blocks_between_its_end_and_the_next_poll() {
        // The list of poll p is good until p + 12 s. Polls at p + 10 and p + 20 s fail, the one of p + 30 s succeeds.
        let list = list(None, None, Some(12.0));
        let (p, case) = around_a_poll(1, 1, 25);
        let expected = [(p + 12 * S, Arrival::Blocked), (p + 30 * S, Arrival::News), (p + 30 * S, Arrival::Unblocked)];
        assert_eq!(case.spread(&list).into_iter().map(|(at, _, what)| (at, what)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_list_that_ran_out_before_the_revocation_blocks_from_the_revocation_on() {
        // Down since p - 55 s, so that the last list ran out long ago: blocked at the revocation, p + 1 s, until the
        // poll of p + 30 s. In every trial, whatever the phase of the poll to the look back at older lists.
        let list = list(None, None, Some(12.0));
        for number in 0..50 {
            let (p, case) = around_a_poll(number, -55, 25);
            let found: Vec<_> = case.spread(&list).into_iter().map(|(at, _, what)| (at, what)).collect();
            let expected = [(p + S, Arrival::Blocked), (p + 30 * S, Arrival::News), (p + 30 * S, Arrival::Unblocked)];
            assert_eq!(found, expected, "trial {number}");
        }
    }

    #[test]
    fn a_list_fetched_in_time_blocks_nothing_and_soft_fail_goes_on() {
        let (p, case) = around_a_poll(2, 1, 9);
        assert_eq!(case.spread(&list(None, None, Some(12.0))), [(p + 10 * S, 0, Arrival::News)]);
        let (p, case) = around_a_poll(2, -55, 25);
        assert_eq!(case.spread(&list(None, None, None)), [(p + 30 * S, 0, Arrival::News)]);
    }

    /// Blocks by hand-made answers (composed, arrived), in seconds; revoked at 0, lists good for 15 s, seen until 60 s.
    fn blocks(answers: &[(i64, i64)]) -> Vec<(i64, Arrival)> {
        let at = |seconds: i64| Moment::from_nanos(seconds * S);
        let answers: Vec<Answer> = answers
            .iter()
            .map(|(composed, arrived)| Answer {
                started: at(*composed),
                composed: at(*composed),
                arrived: at(*arrived),
            })
            .collect();
        let case = Case { until: 60 * S, ..Case::at(0, 0) };
        let mut found = Vec::new();
        let clocks = Clocks { publication: None, cache: None };
        list(None, None, Some(15.0)).enforce_validity(&case.revocation(), (0, clocks), &answers, &mut |delivery| {
            found.push((delivery.at.nanos() / S, delivery.what));
        });
        found
    }

    #[test]
    fn a_slow_answer_that_is_overtaken_blocks_nobody() {
        use Arrival::{Blocked, Unblocked};
        // The list of 0 ends at 15; that of 20 arrives at 20 and ends at 35; the slow one of 10, which arrives at 30,
        // changes nothing; that of 50 arrives at 50 and lasts beyond 60.
        let expected = [(15, Blocked), (20, Unblocked), (35, Blocked), (50, Unblocked)];
        assert_eq!(blocks(&[(0, 0), (10, 30), (20, 20), (50, 50)]), expected);
        // A list that is past its end when it arrives, composed at 10 and there at 40, lets nobody in.
        assert_eq!(blocks(&[(0, 0), (10, 40), (50, 50)]), [(15, Blocked), (50, Unblocked)]);
    }
}
