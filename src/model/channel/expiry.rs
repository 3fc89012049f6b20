//! Expiry: the credential dies by itself, and nobody needs to hear anything.
//!
//! A verifier that checks a self-contained credential accepts it while its own clock shows less than `exp`
//! plus leeway (RFC 7519 section 4.1.4). No revocation changes that.

use super::contract::{Channel, ChannelKind, Delivery, Revocation, Role};
use super::work::{Scope, Work};
use crate::units::time::{Moment, Span};

/// The kind of channel that is always there.
pub const KIND: ChannelKind = ChannelKind {
    name: "expiry",
    summary: "The credential ends by itself: a verifier that checks a self-contained credential needs no news, and hears none.",
    specification: "RFC 7519 section 4.1.4 (exp), RFC 9068 section 4",
    keys: &[],
    read: |_| Some(Box::new(Expiry)),
};

/// The end of the credential itself.
#[derive(Debug)]
pub struct Expiry;

/// The first moment at which a clock that is `ahead` of true time no longer accepts a credential.
pub fn accepted_until(expires: Moment, leeway: Span, ahead: Span) -> Moment {
    if expires.is_never() { expires } else { expires + leeway - ahead }
}

impl Channel for Expiry {
    fn kind(&self) -> &'static ChannelKind {
        &KIND
    }

    fn role(&self) -> Role {
        Role::Implicit
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
    use super::*;

    #[test]
    fn a_clock_that_is_behind_accepts_longer() {
        // exp 900 s, leeway 60 s: until 960 s; a clock 5 s behind shows 960 s at 965 s.
        let exp = Moment::from_nanos(900_000_000_000);
        let leeway = Span::from_nanos(60_000_000_000);
        assert_eq!(accepted_until(exp, leeway, Span::ZERO).nanos(), 960_000_000_000);
        assert_eq!(accepted_until(exp, leeway, Span::from_nanos(-5_000_000_000)).nanos(), 965_000_000_000);
        assert!(accepted_until(Moment::NEVER, leeway, Span::SECOND).is_never());
    }
}
