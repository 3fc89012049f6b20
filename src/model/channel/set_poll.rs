//! SET poll: the verifier fetches security event tokens every so often (RFC 8936).

use super::contract::{Arrival, Channel, ChannelKind, Delivery, Revocation, Role};
use super::poll::{self, Poll};
use super::work::{Scope, Work};
use crate::settings::key::Key;
use crate::units::time::Span;

/// Polling for security event tokens.
pub const KIND: ChannelKind = ChannelKind {
    name: "set_poll",
    summary: "The verifier polls the issuer for security events; an event is kept until it is fetched.",
    specification: "RFC 8936 (poll-based delivery of security event tokens), RFC 8417",
    keys: &KEYS,
    read: |reader| Poll::read(reader).map(|poll| Box::new(SetPoll { poll }) as Box<dyn Channel>),
};

const KEYS: [Key; 5] = poll::KEYS;

/// Settings of a poll for events.
#[derive(Debug)]
pub struct SetPoll {
    poll: Poll,
}

impl Channel for SetPoll {
    fn kind(&self) -> &'static ChannelKind {
        &KIND
    }

    fn role(&self) -> Role {
        Role::Heard
    }

    fn spread(&self, revocation: &Revocation<'_>, deliver: &mut dyn FnMut(Delivery)) {
        for to in 0..revocation.listeners {
            if let Some(answer) = self.poll.first_after(revocation.at, revocation, to) {
                deliver(Delivery { to, at: answer.arrived, what: Arrival::News });
            }
        }
    }

    fn gone_through_again(&self) -> f64 {
        self.poll.gone_through_again()
    }

    fn work(&self, scope: Scope) -> Work {
        Work { deliveries: 1.0, steps: self.poll.polls_to_know(scope), bytes: 0.0 }
    }

    fn surely_within(&self) -> Option<Span> {
        self.poll.surely_within()
    }

    fn requests_per_second(&self) -> f64 {
        self.poll.rate()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, S, constant, seconds};
    use super::*;
    use crate::random::law::Law;
    use crate::units::probability::Share;

    fn channel(every: f64, response: Law) -> SetPoll {
        let poll = Poll {
            every: seconds(every),
            jitter: Share::NONE,
            loss: Share::NONE,
            request_leg: Law::ZERO,
            response_leg: response,
        };
        SetPoll { poll }
    }

    #[test]
    fn each_listener_hears_by_its_own_next_poll() {
        // Revoked at 100 s: the next poll of each listener lies at its phase, 0 to 10 s later, and the answer takes 2 s.
        let channel = channel(10.0, constant(2.0));
        let case = Case { listeners: 3, ..Case::at(1, 100 * S) };
        let mut expected: Vec<_> =
            (0..3).map(|to| (100 * S + case.a_poll(seconds(10.0), to) + 2 * S, to, Arrival::News)).collect();
        expected.sort_unstable();
        assert_eq!(case.spread(&channel), expected);
        assert!(expected[0].0 < expected[1].0 && expected[1].0 < expected[2].0, "phases differ");
    }

    #[test]
    fn its_bound_and_its_load_follow_from_the_period() {
        // A period and an answer: 12 s; one poll in 10 s.
        let channel = channel(10.0, constant(2.0));
        assert_eq!(channel.surely_within(), Some(seconds(12.0)));
        assert_eq!(channel.requests_per_second(), 0.1);
        assert_eq!((channel.role(), channel.reaches_one_replica()), (Role::Heard, false));
    }
}
