//! Introspection: the verifier asks the issuer, through whatever caches stand between.
//!
//! Nothing is spread: a verifier learns of the revocation the first time it asks again. What a question costs
//! in time is set here; what caches do to its freshness is theirs.

use super::contract::{Channel, ChannelKind, Delivery, Legs, Revocation, Role};
use super::work::{Scope, Work};
use crate::random::law::Law;
use crate::settings::key::{Key, Value};
use crate::units::time::Span;

/// Asking the issuer about each credential.
pub const KIND: ChannelKind = ChannelKind {
    name: "introspection",
    summary: "The verifier asks the issuer whether the credential is active, and may cache the answer.",
    specification: "RFC 7662; section 4 leaves the freshness of a cached answer to the verifier",
    keys: &[
        Key::optional(
            "request_leg",
            Value::Law,
            "0s",
            "Time from the verifier to the issuer; the answer is composed at its end.",
        ),
        Key::optional("response_leg", Value::Law, "0s", "Time from the issuer back to the verifier."),
    ],
    read: |reader| {
        let request = reader.law("request_leg").unwrap_or(Law::ZERO);
        let response = reader.law("response_leg").unwrap_or(Law::ZERO);
        Some(Box::new(Introspection { legs: Legs { request, response } }))
    },
};

/// Settings of a way to ask.
#[derive(Debug)]
pub struct Introspection {
    legs: Legs,
}

impl Channel for Introspection {
    fn kind(&self) -> &'static ChannelKind {
        &KIND
    }

    fn role(&self) -> Role {
        Role::Asked(self.legs.clone())
    }

    fn spread(&self, _: &Revocation<'_>, _: &mut dyn FnMut(Delivery)) {}

    fn work(&self, _: Scope) -> Work {
        Work::NOTHING
    }

    fn surely_within(&self) -> Option<Span> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, constant};
    use super::*;

    #[test]
    fn asking_spreads_nothing_and_is_sure_of_nothing() {
        let legs = Legs { request: constant(1.0), response: constant(2.0) };
        let channel = Introspection { legs: legs.clone() };
        assert_eq!(channel.role(), Role::Asked(legs));
        assert_eq!(Case::at(1, 0).spread(&channel), []);
        assert_eq!((channel.surely_within(), channel.requests_per_second()), (None, 0.0));
    }
}
