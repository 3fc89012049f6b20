//! Deny lists: a shared store of what is revoked, looked up at every request, polled, or subscribed to.
//!
//! Looked up, it acts as soon as the entry is written, for as long as the store can be read. Polled, it leaves
//! the rest of a period. Subscribed, it acts at once while the connection lives; publish and subscribe promises
//! nothing beyond that (Redis documents at most once), so a message sent to a broken connection is gone, and so
//! is a list kept in memory when its holder restarts.

use super::contract::{Arrival, Channel, ChannelKind, Delivery, LookedUp, Revocation, Role, WhenUnreadable};
use super::poll::{self, Poll};
use super::work::{Scope, Work};
use crate::random::law::{Delay, Law};
use crate::random::purpose::Purpose;
use crate::random::recurrence::Recurrence;
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;
use crate::units::probability::Share;
use crate::units::time::{Moment, Span};

/// A store of revoked credentials.
pub const KIND: ChannelKind = ChannelKind {
    name: "deny_list",
    summary: "A shared store of revoked credentials, looked up at every request, polled, or subscribed to.",
    specification: "common practice beside RFC 7009; Redis publish/subscribe is at most once",
    keys: &KEYS,
    read: |reader| DenyList::read(reader).map(|list| Box::new(list) as Box<dyn Channel>),
};

const KEYS: [Key; 12] = [
    Key::optional(
        "read",
        Value::OneOf(&["looked_up", "polled", "subscribed"]),
        "looked_up",
        "How verifiers read the list.",
    ),
    Key::optional(
        "delay",
        Value::Law,
        "0s",
        "Time until the entry is written (looked up, polled), or until the message arrives (subscribed). An entry that is looked up is never written if the channel or its issuer is down when it sets out.",
    ),
    Key::optional(
        "kept_for",
        Value::Duration,
        "for ever",
        "How long an entry is kept, if looked up; it must outlive the credential.",
    ),
    Key::optional(
        "when_down",
        Value::OneOf(&["accept", "reject"]),
        "accept",
        "What a verifier does while a looked-up list cannot be read.",
    ),
    Key::optional(
        "loss",
        Value::Share,
        "0%",
        "Probability that a poll fails, or that a message to one subscriber is lost; full reads never fail by it.",
    ),
    Key::optional("bus_loss", Value::Share, "0%", "Probability that a message is lost for all subscribers at once."),
    Key::optional(
        "restarts",
        Value::Law,
        "never",
        "Time between restarts of a subscriber, which lose what it held in memory.",
    ),
    Key::optional(
        "every",
        Value::Duration,
        "never",
        "Time between polls, if polled; for subscribers, between full reads of the list.",
    ),
    poll::KEYS[1],
    poll::KEYS[3],
    poll::KEYS[4],
    Key::optional("durable", Value::Flag, "false", "Whether a subscriber finds its list again after a restart."),
];

/// Settings of a deny list.
#[derive(Debug)]
pub struct DenyList {
    delay: Law,
    reading: Reading,
    kept: Kept,
}

/// Where a subscriber keeps its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    /// In memory: a restart loses it.
    InMemory,
    /// Where it is found again.
    Durably,
}

#[derive(Debug)]
enum Reading {
    LookedUp { kept_for: Option<Span>, when_down: WhenUnreadable },
    Polled(Poll),
    Subscribed { loss: Share, bus_loss: Share, restarts: Option<Recurrence>, full_reads: Option<Poll> },
}

impl DenyList {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let delay = reader.law("delay").unwrap_or(Law::ZERO);
        let how = reader.one_of("read").unwrap_or("looked_up");
        reject_foreign_settings(reader, how);
        if how == "polled" && !reader.has("every") {
            reader.wrong("read", "a polled list has no time between polls", "add `every`");
        }
        let reading = match how {
            "polled" => Reading::Polled(Poll::read(reader)?),
            "subscribed" => Reading::Subscribed {
                loss: reader.share("loss").unwrap_or(Share::NONE),
                bus_loss: reader.share("bus_loss").unwrap_or(Share::NONE),
                restarts: reader
                    .law("restarts")
                    .filter(|_| !reader.flag("durable").unwrap_or(false))
                    .map(|law| Recurrence::new(&law)),
                full_reads: if reader.has("every") {
                    Some(Poll { loss: Share::NONE, ..Poll::read(reader)? })
                } else {
                    None
                },
            },
            _ => Reading::LookedUp {
                kept_for: reader.positive_duration("kept_for"),
                when_down: if reader.one_of("when_down") == Some("reject") {
                    WhenUnreadable::Reject
                } else {
                    WhenUnreadable::Accept
                },
            },
        };
        let durable = how == "subscribed" && reader.flag("durable").unwrap_or(false);
        Some(Self { delay, reading, kept: if durable { Kept::Durably } else { Kept::InMemory } })
    }
}

/// Settings that have an effect only when the list is read in one of these ways.
const ONLY_WHEN: [(&str, &[&str]); 10] = [
    ("kept_for", &["looked_up"]),
    ("when_down", &["looked_up"]),
    ("loss", &["polled", "subscribed"]),
    ("bus_loss", &["subscribed"]),
    ("restarts", &["subscribed"]),
    ("durable", &["subscribed"]),
    ("every", &["polled", "subscribed"]),
    ("jitter", &["polled", "subscribed"]),
    ("request_leg", &["polled", "subscribed"]),
    ("response_leg", &["polled", "subscribed"]),
];

fn reject_foreign_settings(reader: &mut Reader<'_>, how: &str) {
    for (key, ways) in ONLY_WHEN {
        if reader.has(key) && !ways.contains(&how) {
            reader.without_effect(key, &format!("it acts only with `read: {}`", ways.join("` or `read: ")));
        }
    }
    if how == "subscribed" && !reader.has("every") {
        reader.none_have_effect(&["jitter", "request_leg", "response_leg"], "only full reads are polls; add `every`");
    }
    if how == "subscribed" && !reader.has("restarts") {
        reader.none_have_effect(&["durable"], "a subscriber that never restarts forgets nothing; add `restarts`");
    }
}

impl Channel for DenyList {
    fn kind(&self) -> &'static ChannelKind {
        &KIND
    }

    fn role(&self) -> Role {
        match self.reading {
            Reading::LookedUp { kept_for, when_down } => {
                Role::LookedUp(LookedUp { written_after: self.delay.clone(), kept_for, when_down })
            }
            _ => Role::Heard,
        }
    }

    fn spread(&self, revocation: &Revocation<'_>, deliver: &mut dyn FnMut(Delivery)) {
        match &self.reading {
            Reading::LookedUp { .. } => {}
            Reading::Polled(poll) => self.spread_by_poll(poll, revocation, deliver),
            Reading::Subscribed { loss, bus_loss, restarts, full_reads } => {
                let bus_lost =
                    revocation.common(Purpose::BusOutcome).happens(*bus_loss) || revocation.down_at(revocation.at);
                for to in 0..revocation.listeners {
                    self.message(revocation, to, bus_lost, *loss, deliver);
                    spread_by_holding(restarts.as_ref(), full_reads.as_ref(), revocation, to, deliver);
                }
            }
        }
    }

    fn gone_through_again(&self) -> f64 {
        match &self.reading {
            Reading::Polled(poll) => poll.gone_through_again(),
            Reading::Subscribed { full_reads: Some(poll), .. } => poll.gone_through_again(),
            Reading::Subscribed { full_reads: None, .. } | Reading::LookedUp { .. } => 0.0,
        }
    }

    fn work(&self, scope: Scope) -> Work {
        match &self.reading {
            Reading::LookedUp { .. } => Work::NOTHING,
            Reading::Polled(poll) => {
                let waits = self.delay.mean_within(scope.after) * poll.rate();
                Work { deliveries: 1.0, steps: waits + poll.polls_to_know(scope), bytes: 0.0 }
            }
            Reading::Subscribed { restarts, full_reads, .. } => {
                let times = |seconds: f64| restarts.as_ref().map_or(0.0, |law| law.law().times_within(seconds));
                let lost = times(scope.after);
                // With restarts all reads of the trial are followed, else those until the first that knows.
                let reads = full_reads.as_ref().map_or(0.0, |poll| match restarts {
                    Some(_) => scope.after * poll.rate(),
                    None => poll.polls_to_know(scope),
                });
                let heard = if full_reads.is_some() { lost.min(reads) + 1.0 } else { 0.0 };
                Work { deliveries: 1.0 + lost + heard, steps: times(scope.before) + lost + reads, bytes: 0.0 }
            }
        }
    }

    fn loses_again_and_again(&self) -> bool {
        matches!(self.reading, Reading::Subscribed { restarts: Some(_), .. })
    }

    fn forgets_on_restart(&self) -> bool {
        self.kept == Kept::InMemory && matches!(self.reading, Reading::Subscribed { .. })
    }

    fn surely_within(&self) -> Option<Span> {
        match &self.reading {
            Reading::LookedUp { kept_for: None, .. } => self.delay.max(),
            Reading::LookedUp { .. } => None,
            Reading::Polled(poll) => Some(self.delay.max()? + poll.surely_within()?),
            Reading::Subscribed { loss, bus_loss, restarts: None, .. }
                if *loss == Share::NONE && *bus_loss == Share::NONE =>
            {
                self.delay.max()
            }
            Reading::Subscribed { .. } => None,
        }
    }
}

impl DenyList {
    fn spread_by_poll(&self, poll: &Poll, revocation: &Revocation<'_>, deliver: &mut dyn FnMut(Delivery)) {
        let Delay::After(delay) = self.delay.sample(&mut revocation.common(Purpose::MessageDelay)) else { return };
        for to in 0..revocation.listeners {
            if let Some(answer) = poll.first_after(revocation.at + delay, revocation, to) {
                deliver(Delivery { to, at: answer.arrived, what: Arrival::News });
            }
        }
    }

    fn message(
        &self,
        revocation: &Revocation<'_>,
        to: u32,
        bus_lost: bool,
        loss: Share,
        deliver: &mut dyn FnMut(Delivery),
    ) {
        let lost = revocation.chance(Purpose::MessageOutcome, to).happens(loss);
        let delay = self.delay.sample(&mut revocation.chance(Purpose::MessageDelay, to));
        if let (Delay::After(delay), false) = (delay, lost || bus_lost) {
            deliver(Delivery { to, at: revocation.at + delay, what: Arrival::News });
        }
    }
}

/// Every restart of a subscriber loses its list; the first full read after the revocation, and after each restart,
/// brings it (later ones would say nothing new).
fn spread_by_holding(
    restarts: Option<&Recurrence>,
    full_reads: Option<&Poll>,
    revocation: &Revocation<'_>,
    to: u32,
    deliver: &mut dyn FnMut(Delivery),
) {
    let mut reads = full_reads.map(|poll| poll.polls(Span::ZERO, revocation, to).peekable());
    let mut by_itself = restarts.into_iter().flat_map(|gaps| restarts_after(gaps, revocation, to)).peekable();
    let forced = revocation.restarts.iter().copied().filter(|at| *at > revocation.at && *at <= revocation.until);
    let mut forced = forced.peekable();
    let mut losses = std::iter::from_fn(move || match (by_itself.peek().copied(), forced.peek().copied()) {
        (Some(own), Some(other)) if other < own => forced.next(),
        (None, Some(_)) => forced.next(),
        _ => by_itself.next(),
    });
    loop {
        let loss = losses.next();
        let mut heard: Option<Moment> = None;
        // Those that start before the next restart; without one, as long as one of them may overtake the first that knows.
        while let Some(read) = reads.as_mut().and_then(|reads| {
            reads.next_if(|read| match loss {
                Some(loss) => read.started < loss,
                None => heard.is_none_or(|at| read.started < at),
            })
        }) {
            // A read that is under way at a restart is lost with the rest.
            if read.composed >= revocation.at && loss.is_none_or(|loss| read.arrived < loss) {
                heard = Some(heard.map_or(read.arrived, |at| at.min(read.arrived)));
            }
        }
        if let Some(at) = heard {
            deliver(Delivery { to, at, what: Arrival::News });
        }
        let Some(at) = loss else { return };
        deliver(Delivery { to, at, what: Arrival::Forgotten });
    }
}

/// Restarts of a subscriber after the revocation: one history, which the start of the trial meets in the middle,
/// whichever revocation asks.
fn restarts_after(gaps: &Recurrence, revocation: &Revocation<'_>, to: u32) -> impl Iterator<Item = Moment> {
    let mut times = revocation.standing(Purpose::SubscriberRestart, to);
    let mut next = gaps.met(&mut times).map(|met| Moment::ZERO + met.left);
    let (from, until) = (revocation.at, revocation.until);
    std::iter::from_fn(move || {
        loop {
            let at = next.filter(|at| *at <= until)?;
            next = gaps.law().sample(&mut times).span().map(|up| at + up.max(Span::from_nanos(1)));
            if at > from {
                return Some(at);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, S, constant, seconds, share, uniform};
    use super::*;

    fn poll(every: f64) -> Poll {
        Poll {
            every: seconds(every),
            jitter: Share::NONE,
            loss: Share::NONE,
            request_leg: Law::ZERO,
            response_leg: Law::ZERO,
        }
    }

    fn list(delay: f64, reading: Reading) -> DenyList {
        DenyList { delay: constant(delay), reading, kept: Kept::InMemory }
    }

    fn subscribed(loss: Share, restarts: Option<Law>, full_reads: Option<Poll>) -> DenyList {
        let restarts = restarts.map(|law| Recurrence::new(&law));
        list(2.0, Reading::Subscribed { loss, bus_loss: Share::NONE, restarts, full_reads })
    }

    #[test]
    fn a_list_that_is_looked_up_sends_nothing_and_says_how_it_is_read() {
        let reading = |kept_for| Reading::LookedUp { kept_for, when_down: WhenUnreadable::Reject };
        let kept = list(2.0, reading(Some(seconds(60.0))));
        assert_eq!(Case::at(1, 0).spread(&kept), []);
        let expected =
            LookedUp { written_after: constant(2.0), kept_for: Some(seconds(60.0)), when_down: WhenUnreadable::Reject };
        assert_eq!(kept.role(), Role::LookedUp(expected));
        // Kept for ever it is sure after 2 s; an entry that is dropped is no promise.
        assert_eq!(kept.surely_within(), None);
        assert_eq!(list(2.0, reading(None)).surely_within(), Some(seconds(2.0)));
    }

    #[test]
    fn a_polled_list_is_read_at_the_first_poll_after_the_entry_is_written() {
        // Written 2 s after the revocation, which comes 9 s after the poll p: 1 s too late for that of p + 10.
        let polled = list(2.0, Reading::Polled(poll(10.0)));
        let p = Case::at(1, 0).a_poll(seconds(10.0), 0) + 100 * S;
        let case = Case { listeners: 2, ..Case::at(1, p + 9 * S) };
        assert!(case.spread(&polled).contains(&(p + 20 * S, 0, Arrival::News)));
        assert_eq!(case.spread(&polled).len(), 2);
        assert_eq!(polled.surely_within(), Some(seconds(12.0)));
        assert_eq!((polled.role(), polled.requests_per_second()), (Role::Heard, 0.0));
    }

    #[test]
    fn a_message_to_a_broken_connection_is_gone() {
        let sound = subscribed(Share::NONE, None, None);
        assert_eq!(Case::at(2, 0).spread(&sound), [(2 * S, 0, Arrival::News)]);
        assert_eq!(Case::at(2, 0).with_channel_down(0, 1).spread(&sound), []);
        assert_eq!(Case::at(2, 0).spread(&subscribed(Share::ALL, None, None)), []);
        let mut issuer_down = Case::at(2, 0).with_channel_down(0, 1);
        std::mem::swap(&mut issuer_down.down, &mut issuer_down.issuer_down);
        assert_eq!(issuer_down.spread(&sound), []);
    }

    /// When each restart of one subscriber loses its list.
    fn forgotten(case: &Case, list: &DenyList) -> Vec<i64> {
        case.spread(list).into_iter().filter(|(_, _, what)| *what == Arrival::Forgotten).map(|(at, ..)| at).collect()
    }

    #[test]
    fn a_subscribed_list_is_forgotten_at_every_restart() {
        // Every 400 s for ever, so first anywhere in 400 s: mean 200 s, four standard errors 4 x 400 / sqrt(12 x 400) = 23 s.
        let forgetful = subscribed(Share::NONE, Some(constant(400.0)), None);
        let first = |number| {
            let found = forgotten(&Case::at(number, 0), &forgetful);
            let expected: Vec<i64> = (0..3).map(|k| found[0] + k * 400 * S).filter(|at| *at <= 1000 * S).collect();
            assert!(found == expected && found[0] < 400 * S, "{found:?}");
            found[0] as f64 / S as f64
        };
        let mean = (0..400).map(first).sum::<f64>() / 400.0;
        assert!((mean - 200.0).abs() < 23.1, "{mean}");
        let news = (2 * S, 0, Arrival::News);
        assert!(Case::at(3, 0).spread(&forgetful).contains(&news));
    }

    #[test]
    fn full_reads_bring_back_what_was_lost_or_forgotten() {
        // The message is lost; read in full every 300 s at its phase. Lost at 0 and forgotten at every restart: the first
        // read after each brings news, the others say nothing new.
        let read = subscribed(Share::ALL, Some(constant(400.0)), Some(poll(300.0)));
        for number in 0..20 {
            let case = Case::at(number, 0);
            let phase = case.a_poll(seconds(300.0), 0);
            let news = case.spread(&read).into_iter().filter(|(_, _, what)| *what == Arrival::News);
            let news: Vec<i64> = news.map(|(at, ..)| at).collect();
            let first_after =
                |from: i64| (0..5).map(|k| phase + k * 300 * S).find(|at| *at >= from).filter(|at| *at <= 1000 * S);
            let lost = std::iter::once(0).chain(forgotten(&case, &read));
            let mut expected: Vec<i64> = lost.filter_map(first_after).collect();
            expected.dedup();
            assert_eq!(news, expected);
        }
    }

    #[test]
    fn a_full_read_that_overtakes_others_brings_the_news_unless_a_restart_ends_it() {
        // The message is lost, and each read takes anything up to 30 s: what a poll brings first, a full read does.
        let slow = || Poll { request_leg: uniform(0.0, 20.0), response_leg: uniform(0.0, 10.0), ..poll(5.0) };
        let news = |spread: Vec<(i64, u32, Arrival)>| {
            spread.into_iter().filter(|(_, _, what)| *what == Arrival::News).map(|(at, ..)| at).collect::<Vec<i64>>()
        };
        for number in 0..50 {
            let case = Case::at(number, 0);
            let polled = slow().first_after(Moment::ZERO, &case.revocation(), 0).map(|answer| answer.arrived.nanos());
            assert_eq!(news(case.spread(&subscribed(Share::ALL, None, Some(slow())))).first().copied(), polled);
            // After a restart at 20 s nothing comes of what was asked before it: whatever is heard then was asked later.
            let restart = [Moment::from_nanos(20 * S)];
            let restarted = Revocation { restarts: &restart, ..case.revocation() };
            let read = subscribed(Share::ALL, None, Some(slow()));
            let mut heard = Vec::new();
            read.spread(&restarted, &mut |delivery| heard.push((delivery.at, delivery.what)));
            let later = slow();
            let asked_later = later.polls(Span::ZERO, &restarted, 0).filter(|answer| answer.started >= restart[0]);
            let first = asked_later.take(20).map(|answer| answer.arrived).min();
            let after = heard.iter().find(|(at, what)| *what == Arrival::News && *at >= restart[0]);
            assert_eq!(after.map(|(at, _)| *at), first);
        }
    }

    #[test]
    fn what_the_bus_loses_no_subscriber_hears() {
        let reading = |bus_loss| Reading::Subscribed { loss: Share::NONE, bus_loss, restarts: None, full_reads: None };
        let case = Case { listeners: 3, ..Case::at(5, 0) };
        assert_eq!(case.spread(&list(2.0, reading(Share::ALL))), []);
        assert_eq!(case.spread(&list(2.0, reading(Share::NONE))).len(), 3);
    }

    #[test]
    fn only_a_subscription_that_neither_loses_nor_forgets_has_a_bound() {
        assert_eq!(subscribed(Share::NONE, None, None).surely_within(), Some(seconds(2.0)));
        assert_eq!(subscribed(share(0.01), None, None).surely_within(), None);
        assert_eq!(subscribed(Share::NONE, Some(constant(400.0)), None).surely_within(), None);
        let bus = Reading::Subscribed { loss: Share::NONE, bus_loss: share(0.01), restarts: None, full_reads: None };
        assert_eq!(list(2.0, bus).surely_within(), None);
    }
}
