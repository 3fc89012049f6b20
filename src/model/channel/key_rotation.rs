//! Key rotation: the issuer signs with a new key, and verifiers fetch the key set anew, by a clock or for want of a key.
//!
//! A verifier drops the old key with the first set that it fetches after the rotation, and with it every token that
//! was signed by it; until then it knows nothing of the new key. One that keeps old keys never drops any.

use super::contract::{Arrival, Brings, Channel, ChannelKind, Delivery, Revocation, Role, UnknownKey};
use super::poll::Poll;
use super::work::{Scope, Work};
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;
use crate::settings::values::positive;
use crate::units::probability::Share;
use crate::units::time::Span;

/// Fetching a key set.
pub const KIND: ChannelKind = ChannelKind {
    name: "key_rotation",
    summary: "The issuer signs with a new key; verifiers fetch its key set by a clock, or when they meet an unknown key.",
    specification: "RFC 7517 (JSON Web Key), RFC 7515 section 4.1.4 (`kid`); how long a set is kept is the verifier's choice",
    keys: &KEYS,
    read: |reader| KeyRotation::read(reader).map(|keys| Box::new(keys) as Box<dyn Channel>),
};

const REFETCH: &str = "`every DURATION`, `on_unknown_key` or `every DURATION or on_unknown_key`";

const KEYS: [Key; 6] = [
    Key::required("refetch", Value::Form(REFETCH), "When a verifier fetches the key set."),
    super::poll::KEYS[1],
    super::poll::KEYS[2],
    super::poll::KEYS[3],
    super::poll::KEYS[4],
    Key::optional("keeps_old", Value::Flag, "false", "Whether a verifier keeps keys that are gone from the set."),
];

/// Settings of a key set.
#[derive(Debug)]
pub struct KeyRotation {
    by_clock: Option<Poll>,
    unknown: UnknownKey,
    keeps_old: bool,
}

impl KeyRotation {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let jitter = reader.share("jitter").unwrap_or(Share::NONE);
        let loss = reader.share("loss").unwrap_or(Share::NONE);
        let request_leg = reader.law("request_leg").unwrap_or(crate::random::law::Law::ZERO);
        let response_leg = reader.law("response_leg").unwrap_or(crate::random::law::Law::ZERO);
        let (every, unknown) = reader.parsed("refetch", refetch)?;
        if every.is_none() {
            let help = "it is a setting of fetching by a clock; write `every DURATION or on_unknown_key`, or remove it";
            reader.none_have_effect(&["jitter", "loss", "request_leg", "response_leg"], help);
        }
        let by_clock = every.map(|every| Poll { every, jitter, loss, request_leg, response_leg });
        Some(Self { by_clock, unknown, keeps_old: reader.flag("keeps_old").unwrap_or(false) })
    }
}

fn refetch(text: &str) -> Result<(Option<Span>, UnknownKey), String> {
    let (clock, unknown) = match text.strip_suffix("on_unknown_key") {
        Some("") => return Ok((None, UnknownKey::IsFetched)),
        Some(rest) => (rest.trim_end().strip_suffix(" or").unwrap_or(rest), UnknownKey::IsFetched),
        None => (text, UnknownKey::IsRefused),
    };
    let every = clock.strip_prefix("every ").ok_or_else(|| format!("`{text}` is not understood; write {REFETCH}"))?;
    Ok((Some(positive("refetch", Span::parse(every)?)?), unknown))
}

impl Channel for KeyRotation {
    fn kind(&self) -> &'static ChannelKind {
        &KIND
    }

    fn role(&self) -> Role {
        Role::Heard
    }

    fn spread(&self, revocation: &Revocation<'_>, deliver: &mut dyn FnMut(Delivery)) {
        let Some(poll) = &self.by_clock else { return };
        for to in 0..revocation.listeners {
            if let Some(answer) = poll.first_after(revocation.at, revocation, to) {
                deliver(Delivery { to, at: answer.arrived, what: Arrival::News });
            }
        }
    }

    fn gone_through_again(&self) -> f64 {
        self.by_clock.as_ref().map_or(0.0, Poll::gone_through_again)
    }

    fn work(&self, scope: Scope) -> Work {
        let polls = self.by_clock.as_ref().map(|poll| poll.polls_to_know(scope));
        polls.map_or(Work::NOTHING, |steps| Work { deliveries: 1.0, steps, bytes: 0.0 })
    }

    fn surely_within(&self) -> Option<Span> {
        if self.keeps_old { None } else { self.by_clock.as_ref()?.surely_within() }
    }

    fn brings(&self) -> Brings {
        Brings::Keys { unknown: self.unknown, keeps_old: self.keeps_old }
    }

    fn starts_by_itself(&self) -> bool {
        false
    }

    fn requests_per_second(&self) -> f64 {
        self.by_clock.as_ref().map_or(0.0, Poll::rate)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, S, constant, seconds};
    use super::*;
    use crate::random::law::Law;

    fn keys(every: Option<f64>, unknown: UnknownKey) -> KeyRotation {
        let by_clock = every.map(|every| Poll {
            every: seconds(every),
            jitter: Share::NONE,
            loss: Share::NONE,
            request_leg: Law::ZERO,
            response_leg: constant(1.0),
        });
        KeyRotation { by_clock, unknown, keeps_old: false }
    }

    #[test]
    fn each_verifier_drops_the_old_key_at_its_next_fetch() {
        // Rotated at 1200 s: the next fetch of each lies at its phase within 600 s, and the answer takes 1 s.
        let rotation = keys(Some(600.0), UnknownKey::IsRefused);
        let case = Case { listeners: 3, ..Case::at(1, 1200 * S) };
        let mut expected: Vec<_> =
            (0..3).map(|to| (1200 * S + case.a_poll(seconds(600.0), to) + S, to, Arrival::News)).collect();
        expected.sort_unstable();
        assert_eq!(case.spread(&rotation), expected);
        assert_eq!((rotation.surely_within(), rotation.requests_per_second()), (Some(seconds(601.0)), 1.0 / 600.0));
    }

    #[test]
    fn without_a_clock_nothing_but_an_unknown_key_has_the_set_fetched() {
        let rotation = keys(None, UnknownKey::IsFetched);
        assert_eq!(Case::at(1, 0).spread(&rotation), []);
        assert_eq!((rotation.surely_within(), rotation.requests_per_second()), (None, 0.0));
        assert!(!rotation.starts_by_itself());
        let kept = KeyRotation { keeps_old: true, ..keys(Some(600.0), UnknownKey::IsRefused) };
        assert_eq!(kept.surely_within(), None);
    }

    #[test]
    fn the_three_ways_to_fetch_are_told_apart() {
        let ten = Span::parse("10m").ok();
        assert_eq!(refetch("every 10m"), Ok((ten, UnknownKey::IsRefused)));
        assert_eq!(refetch("on_unknown_key"), Ok((None, UnknownKey::IsFetched)));
        assert_eq!(refetch("every 10m or on_unknown_key"), Ok((ten, UnknownKey::IsFetched)));
        assert!(refetch("10m").is_err() && refetch("every 0s").is_err());
    }
}
