//! Polling, which several channels share: who asks every so often learns of a change at the first answer composed after it.
//!
//! The phase of a poller is one uniform, so a change of period keeps the order of phases. An answer that was
//! composed before the revocation is stale however late it arrives; one composed at its very instant knows.

use super::contract::{Listener, Revocation};
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
        first_to_know(known, self.polls(known, revocation, listener))
    }

    /// Polls that succeed, in the order in which they start, from a little before `from` to the end of the trial.
    pub fn polls<'a>(
        &'a self,
        from: Moment,
        revocation: &'a Revocation<'a>,
        listener: Listener,
    ) -> impl Iterator<Item = Answer> + 'a {
        let mut jitter = revocation.standing(Purpose::PollJitter, listener);
        let mut luck = revocation.standing(Purpose::PollOutcome, listener);
        let mut legs = revocation.standing(Purpose::PollLegs, listener);
        let phase = revocation.standing(Purpose::PollPhase, listener).uniform();
        let mut start = self.start_before(from, phase, &mut jitter);
        std::iter::from_fn(move || {
            while start <= revocation.until {
                let composed = arrive(start, &self.request_leg, &mut legs);
                let arrived = composed.and_then(|at| arrive(at, &self.response_leg, &mut legs));
                let failed = luck.happens(self.loss);
                let down = revocation.down_at(composed.unwrap_or(start));
                start = start + self.gap(&mut jitter);
                if let (Some(composed), Some(arrived), false) = (composed, arrived, failed || down) {
                    return Some(Answer { composed, arrived });
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
        // A slow question is overtaken by none: the poll after the change may be the slow one.
        let request = self.request_leg.max()?;
        Some(longest_gap + (request - self.request_leg.min()) + self.response_leg.max()?)
    }

    /// Polls a second.
    pub fn rate(&self) -> f64 {
        1.0 / self.every.seconds()
    }

    /// The start of a poll early enough that its question cannot be composed after `from`'s successor is.
    fn start_before(&self, from: Moment, phase: f64, jitter: &mut Stream) -> Moment {
        let longest_leg = self
            .request_leg
            .max()
            .unwrap_or_else(|| Span::from_seconds(self.request_leg.quantile(1.0 - 1e-9).unwrap_or(f64::MAX)));
        let back = 1 + (longest_leg.nanos() / self.every.nanos()).min(MOST_UNDER_WAY);
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

    fn gap(&self, jitter: &mut Stream) -> Span {
        if self.jitter > Share::NONE { spread(self.every, self.jitter, jitter.uniform()) } else { self.every }
    }
}

/// Of polls in the order of their start, the answer that arrives first among those composed from `known` on.
pub fn first_to_know(known: Moment, polls: impl Iterator<Item = Answer>) -> Option<Answer> {
    let mut best: Option<Answer> = None;
    for poll in polls {
        if best.is_some_and(|best| poll.composed >= best.arrived) {
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
