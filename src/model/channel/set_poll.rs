//! SET poll: the verifier fetches security event tokens every so often (RFC 8936).

use super::contract::{Arrival, Channel, ChannelKind, Delivery, Revocation, Role};
use super::poll::{self, Poll};
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

    fn surely_within(&self) -> Option<Span> {
        self.poll.surely_within()
    }

    fn requests_per_second(&self) -> f64 {
        self.poll.rate()
    }
}
