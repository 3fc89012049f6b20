//! Polling, which several channels share: who asks every so often learns of a change at the first answer composed after it.
//!
//! The phase of a poller is one uniform, so a change of period keeps the order of phases. An answer that was
//! composed before the revocation is stale however late it arrives; one composed at its very instant knows.

use super::contract::{Listener, Revocation};
use super::work::Scope;
use crate::random::law::{Delay, Law};
use crate::random::purpose::Purpose;
use crate::random::stream::Stream;
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;
use crate::units::probability::Share;
use crate::units::time::{Moment, Span};

/// Settings that every poll has.
pub const KEYS: [Key; 5] = [
    Key::required("every", Value::Duration, "Time between two polls."),
    Key::optional("jitter", Value::Share, "0%", "Spread of each gap, to both sides, as a share of it."),
    Key::optional("loss", Value::Share, "0%", "Probability that a poll fails; the poller keeps what it had."),
    Key::optional(
        "request_leg",
        Value::Law,
        "0s",
        "Time from the poller to the source; the answer is composed at its end.",
    ),
    Key::optional("response_leg", Value::Law, "0s", "Time from the source back to the poller."),
];

/// A poll at a steady pace.
#[derive(Clone, Debug)]
pub struct Poll {
    /// Time between two polls.
    pub every: Span,
    /// Spread of each gap.
    pub jitter: Share,
    /// Probability that a poll fails.
    pub loss: Share,
    /// Time to the source.
    pub request_leg: Law,
    /// Time back.
    pub response_leg: Law,
}

/// A poll that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// When the poll started.
    pub started: Moment,
    /// When the answer was composed.
    pub composed: Moment,
    /// When it arrived.
    pub arrived: Moment,
}

impl Poll {
    /// Reads the settings; none if a required one is missing.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            jitter: reader.share("jitter").unwrap_or(Share::NONE),
            loss: reader.share("loss").unwrap_or(Share::NONE),
            request_leg: reader.law("request_leg").unwrap_or(Law::ZERO),
            response_leg: reader.law("response_leg").unwrap_or(Law::ZERO),
            every: reader.positive_duration("every")?,
        })
    }

    /// The answer by which `listener` first learns of something that can be read at the source from `known` on.
    pub fn first_after(&self, known: Moment, revocation: &Revocation<'_>, listener: Listener) -> Option<Answer> {
        first_to_know(known, self.polls(Span::ZERO, revocation, listener))
    }

    /// Polls that succeed, in the order in which they start, from a little before the first revocation of the trial, and
    /// `earlier` than that (regular ones from this revocation on), to the end of the trial. Whichever revocation asks, they
    /// are the same.
    pub fn polls<'a>(
        &'a self,
        earlier: Span,
        revocation: &'a Revocation<'a>,
        listener: Listener,
    ) -> impl Iterator<Item = Answer> + 'a {
        let mut jitter = revocation.standing(Purpose::PollJitter, listener);
        let mut luck = revocation.standing(Purpose::PollOutcome, listener);
        let mut legs = revocation.standing(Purpose::PollLegs, listener);
        let phase = revocation.standing(Purpose::PollPhase, listener).uniform();
        // Where nothing is left to chance, those between two revocations need not be gone through.
        let from = if self.is_regular() { revocation.at } else { revocation.first };
        let mut start = self.start_before(from - earlier, phase, &mut jitter);
        std::iter::from_fn(move || {
            while start <= revocation.until {
                let started = start;
                let composed = arrive(start, &self.request_leg, &mut legs);
                let arrived = composed.and_then(|at| arrive(at, &self.response_leg, &mut legs));
                let failed = luck.happens(self.loss);
                let down = revocation.down_at(composed.unwrap_or(start));
                start = start + self.gap(&mut jitter);
                if let (Some(composed), Some(arrived), false) = (composed, arrived, failed || down) {
                    return Some(Answer { started, composed, arrived });
                }
            }
            None
        })
    }

    /// The longest time from a change at the source to its arrival, if no poll can fail.
    pub fn surely_within(&self) -> Option<Span> {
        if self.loss > Share::NONE {
            return None;
        }
        let longest_gap = Span::from_seconds(self.every.seconds() * (1.0 + self.jitter.value()));
        // Asked a gap after the last that was composed too early, the first that knows may itself be the slow one.
        let request = self.request_leg.max()?;
        if self.under_way(request) > MOST_UNDER_WAY {
            // Of so many questions under way the earliest are not followed, so that the news comes later here.
            return None;
        }
        Some(longest_gap + (request - self.request_leg.min()) + self.response_leg.max()?)
    }

    /// Polls a second.
    pub fn rate(&self) -> f64 {
        1.0 / self.every.seconds()
    }

    /// Polls a second that every later revocation of a trial goes through from the first one on, as each has chances of its own.
    pub fn gone_through_again(&self) -> f64 {
        if self.is_regular() { 0.0 } else { self.rate() }
    }

    /// About how many polls are followed until one knows.
    pub fn polls_to_know(&self, scope: Scope) -> f64 {
        let succeed = 1.0 - self.loss.value();
        let legs = self.request_leg.mean_within(scope.after) + self.response_leg.mean_within(scope.after);
        let waits = (legs + scope.down) * self.rate() + MOST_UNDER_WAY as f64;
        // Questions or answers that never arrive are asked again to the end.
        let ends =
            succeed * (1.0 - self.request_leg.share_never().value()) * (1.0 - self.response_leg.share_never().value());
        if ends > 0.0 {
            (waits + 1.0 / ends).min(scope.after * self.rate() + MOST_UNDER_WAY as f64)
        } else {
            scope.after * self.rate()
        }
    }

    /// The start of a poll early enough that its question cannot be composed after `from`'s successor is.
    fn start_before(&self, from: Moment, phase: f64, jitter: &mut Stream) -> Moment {
        let longest_leg = self
            .request_leg
            .max()
            .unwrap_or_else(|| Span::from_seconds(self.request_leg.quantile(1.0 - 1e-9).unwrap_or(f64::MAX)));
        let back = 1 + self.under_way(longest_leg).min(MOST_UNDER_WAY);
        let earliest = from - Span::from_nanos(self.every.nanos().saturating_mul(back));
        if self.jitter > Share::NONE {
            // With jitter the gaps forget their phase: start at a stationary residual of a gap.
            return earliest + residual(self.every, self.jitter, phase, jitter);
        }
        // Polls lie at phase * every + k * every, for all whole k.
        let offset = Span::from_seconds(self.every.seconds() * phase).nanos();
        let ahead = (offset - earliest.nanos()).rem_euclid(self.every.nanos());
        earliest + Span::from_nanos(ahead)
    }

    /// Whether each poll is like the one before.
    fn is_regular(&self) -> bool {
        let constant = |leg: &Law| leg.max() == Some(leg.min());
        self.jitter == Share::NONE
            && self.loss == Share::NONE
            && constant(&self.request_leg)
            && constant(&self.response_leg)
    }

    /// Questions under way at once that take so long.
    fn under_way(&self, leg: Span) -> i64 {
        leg.nanos() / self.every.nanos()
    }

    fn gap(&self, jitter: &mut Stream) -> Span {
        if self.jitter > Share::NONE { spread(self.every, self.jitter, jitter.uniform()) } else { self.every }
    }
}

/// Of polls in the order of their start, the answer that arrives first among those composed from `known` on.
pub fn first_to_know(known: Moment, polls: impl Iterator<Item = Answer>) -> Option<Answer> {
    let mut best: Option<Answer> = None;
    for poll in polls {
        // One that starts later may be composed sooner than one before it.
        if best.is_some_and(|best| poll.started >= best.arrived) {
            break;
        }
        let sooner = best.is_none_or(|best| poll.arrived < best.arrived);
        if poll.composed >= known && sooner {
            best = Some(poll);
        }
    }
    best
}

/// Polls of one poller that may be under way at once; more are not followed back.
const MOST_UNDER_WAY: i64 = 64;

fn arrive(from: Moment, leg: &Law, legs: &mut Stream) -> Option<Moment> {
    match leg.sample(legs) {
        Delay::After(span) => Some(from + span),
        Delay::Never => None,
    }
}

/// `span` spread to both sides by `share` of itself, at the uniform `u`.
pub fn spread(span: Span, share: Share, u: f64) -> Span {
    Span::from_seconds(span.seconds() * (1.0 + share.value() * (2.0 * u - 1.0)))
}

/// Time left, at a moment that knows nothing of it, of a gap that is spread by `share` around `every`: the gap
/// met is drawn by its length, and the moment falls anywhere in it.
pub fn residual(every: Span, share: Share, u: f64, stream: &mut Stream) -> Span {
    let (low, high) = (1.0 - share.value(), 1.0 + share.value());
    let length = libm::sqrt(low * low + stream.uniform() * (high * high - low * low));
    Span::from_seconds(every.seconds() * length * u)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, S, constant, mean_seconds, seconds, share, uniform};
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

    fn with_legs(request: f64, response: f64) -> Poll {
        Poll { request_leg: constant(request), response_leg: constant(response), ..poll(10.0) }
    }

    fn first(poll: &Poll, case: &Case) -> Option<(i64, i64)> {
        let revocation = case.revocation();
        let answer = poll.first_after(revocation.at, &revocation, 0)?;
        Some((answer.composed.nanos(), answer.arrived.nanos()))
    }

    fn answer(composed: i64, arrived: i64) -> Answer {
        let [composed, arrived] = [composed, arrived].map(Moment::from_nanos);
        Answer { started: composed, composed, arrived }
    }

    #[test]
    fn an_answer_composed_at_the_very_instant_of_the_revocation_knows() {
        // A poll starts at s, its answer is composed at s + 2 and arrives at s + 5 s. Revoked at s + 2 s sharp, that
        // one knows; a nanosecond later, only the one of s + 10: composed at s + 12, arrived at s + 15 s.
        let poll = with_legs(2.0, 3.0);
        let start = Case::at(1, 0).a_poll(poll.every, 0) + 50 * S;
        assert_eq!(first(&poll, &Case::at(1, start + 2 * S)), Some((start + 2 * S, start + 5 * S)));
        assert_eq!(first(&poll, &Case::at(1, start + 2 * S + 1)), Some((start + 12 * S, start + 15 * S)));
    }

    #[test]
    fn a_stale_answer_in_flight_does_not_know_and_a_slow_one_is_overtaken() {
        // Known from 10 on: the answer composed at 9 is stale though it arrives at 30; of those of 10 and 20, which
        // arrive at 40 and 23, the later question brings the news.
        let polls = [answer(9, 30), answer(10, 40), answer(20, 23), answer(23, 24)];
        assert_eq!(first_to_know(Moment::from_nanos(10), polls.into_iter()), Some(answer(20, 23)));
        assert_eq!(first_to_know(Moment::from_nanos(10), polls[..1].iter().copied()), None);
        // One that starts at 12 and is under way until 50 does not hide the one after it.
        let slow = Answer { started: Moment::from_nanos(12), ..answer(50, 50) };
        let polls = [answer(10, 40), slow, answer(20, 23)];
        assert_eq!(first_to_know(Moment::from_nanos(10), polls.into_iter()), Some(answer(20, 23)));
        // Of two that arrive together the earlier question stands.
        let together = [answer(10, 23), answer(20, 23)];
        assert_eq!(first_to_know(Moment::from_nanos(10), together.into_iter()), Some(answer(10, 23)));
    }

    #[test]
    fn questions_that_meet_an_outage_fail_and_the_next_one_after_it_knows() {
        // Polls are composed at s + 2, s + 12, s + 22 ...; down from s + 2 to just before s + 22 s: the third knows.
        let poll = with_legs(2.0, 3.0);
        let start = Case::at(2, 0).a_poll(poll.every, 0) + 50 * S;
        let case = Case::at(2, start + 2 * S).with_channel_down(start + 2 * S, start + 22 * S);
        assert_eq!(first(&poll, &case), Some((start + 22 * S, start + 25 * S)));
        let mut issuer = Case::at(2, start + 2 * S);
        issuer.issuer_down = case.down.clone();
        assert_eq!(first(&poll, &issuer), first(&poll, &case));
    }

    #[test]
    fn every_revocation_of_a_trial_meets_the_same_polls() {
        // Jitter, loss and legs of any length: what one poll met does not hang on who asks.
        let poll = Poll { jitter: share(0.4), loss: share(0.5), request_leg: uniform(0.0, 30.0), ..poll(10.0) };
        for number in 0..20 {
            let case = Case::at(number, 0);
            let later = Revocation { at: Moment::from_nanos(35 * S), ..case.revocation() };
            let polls = |revocation: &Revocation<'_>| poll.polls(seconds(50.0), revocation, 0).collect::<Vec<_>>();
            assert_eq!(polls(&case.revocation()), polls(&later), "trial {number}");
        }
        assert!(!poll.is_regular() && with_legs(2.0, 3.0).is_regular());
    }

    #[test]
    fn a_question_that_overtakes_others_brings_the_news() {
        // Asked every 5 s, each question under way for anything up to 30 s, and answered at once: the first that is composed
        // after the revocation brings the news. A question that was asked s ago has been composed in the last t seconds with
        // probability (min(s, 30) - min((s - t)^+, 30)) / 30; the mean is the integral of the chance that none has.
        let poll = Poll { request_leg: uniform(0.0, 30.0), ..poll(5.0) };
        let composed = |s: f64, t: f64| (s.min(30.0) - (s - t).clamp(0.0, 30.0)) / 30.0;
        let none = |t: f64, last: f64| (0..40).map(|k| 1.0 - composed(last + 5.0 * f64::from(k), t)).product::<f64>();
        let times = || (0..600).map(|step| (f64::from(step) + 0.5) * 0.05);
        let phases = || (0..100).map(|step| (f64::from(step) + 0.5) * 0.05);
        let mean = times().flat_map(|t| phases().map(move |last| none(t, last))).sum::<f64>() * 0.05 / 100.0;
        let found = mean_seconds(20_000, |n| first(&poll, &Case::at(n, 0)).expect("it comes").1);
        // The standard deviation is about 3.7 s: four standard errors are 0.105 s.
        assert!((found - mean).abs() < 0.105, "{found} {mean}");
    }

    #[test]
    fn a_poller_whose_polls_all_fail_never_knows() {
        assert_eq!(first(&Poll { loss: Share::ALL, ..poll(10.0) }, &Case::at(3, 0)), None);
        assert_eq!(first(&Poll { response_leg: Law::never(), ..poll(10.0) }, &Case::at(3, 0)), None);
    }

    #[test]
    fn a_poll_that_may_fail_costs_its_share_of_periods() {
        // Half of the polls fail: 5 s until the first on average, and one more period for each failure, 1 on average:
        // 15 s. Variance 10^2/12 + 10^2 * 2 = 208.3; n = 4000: four standard errors are 0.91 s.
        let lossy = Poll { loss: share(0.5), ..poll(10.0) };
        let mean = mean_seconds(4000, |n| first(&lossy, &Case::at(n, 0)).map_or(1000 * S, |(_, at)| at));
        assert!((mean - 15.0).abs() < 0.91, "{mean}");
    }

    #[test]
    fn the_wait_for_a_poll_is_the_residual_of_its_gap() {
        // Without jitter uniform on 10 s: mean 5, variance 100/12. With gaps uniform on 5..15 s: E G^2 / 2 E G =
        // (1000/12 ... in full (15^3 - 5^3) / (3 * 10)) / 20 = 108.33 / 20 = 5.4167 s; second moment E G^3 / 3 E G =
        // (15^4 - 5^4) / (4 * 10) / 30 = 41.67, variance 12.33. n = 20000: four standard errors 0.082 and 0.099 s.
        let mean = |poll: &Poll| mean_seconds(20_000, |n| first(poll, &Case::at(n, 0)).expect("it never fails").1);
        let (steady, spread) = (poll(10.0), Poll { jitter: share(0.5), ..poll(10.0) });
        assert!((mean(&steady) - 5.0).abs() < 0.082, "{}", mean(&steady));
        assert!((mean(&spread) - 65.0 / 12.0).abs() < 0.099, "{}", mean(&spread));
    }

    #[test]
    fn every_gap_lies_within_its_jitter() {
        // 10 s spread by 20 %: from 8 to 12 s.
        let (jittered, case) = (Poll { jitter: share(0.2), ..poll(10.0) }, Case::at(4, 0));
        let revocation = case.revocation();
        let composed: Vec<i64> =
            jittered.polls(Span::ZERO, &revocation, 0).map(|answer| answer.composed.nanos()).collect();
        assert!(composed.len() > 80);
        assert!(composed.windows(2).all(|pair| (8 * S..=12 * S).contains(&(pair[1] - pair[0]))));
        assert_eq!([0.0, 0.5, 1.0].map(|u| spread(seconds(10.0), share(0.2), u)), [8.0, 10.0, 12.0].map(seconds));
    }

    #[test]
    fn news_never_takes_longer_than_is_sure() {
        // Gap at most 12 s, a question at most 3 - 1 s slower than the one before, the answer back within 4 s: 18 s.
        let full =
            Poll { jitter: share(0.2), request_leg: uniform(1.0, 3.0), response_leg: uniform(0.0, 4.0), ..poll(10.0) };
        assert_eq!(full.surely_within(), Some(seconds(18.0)));
        let longest = (0..5000).filter_map(|n| first(&full, &Case::at(n, 0))).map(|(_, at)| at).max();
        assert!(longest.is_some_and(|at| (12 * S..=18 * S).contains(&at)), "{longest:?}");
        assert_eq!(Poll { loss: share(0.01), ..poll(10.0) }.surely_within(), None);
        assert_eq!(Poll { request_leg: Law::never(), ..poll(10.0) }.surely_within(), None);
    }

    #[test]
    fn what_is_sure_holds_for_questions_that_take_many_periods() {
        // Asked every second, each question under way for 50 or for 500 s: composed a second apart all the same.
        for under_way in [50.0, 500.0] {
            let slow = Poll { request_leg: constant(under_way), ..poll(1.0) };
            let (_, arrived) = first(&slow, &Case::at(5, 0)).expect("a poll succeeds");
            assert!(slow.surely_within().is_none_or(|sure| arrived <= sure.nanos()), "{under_way}: {arrived}");
        }
    }
}
