//! Manual: people at a partner are told, and act when they get to it, or never.
//!
//! One owner acts for every listener at once: what differs between listeners is nothing that a contract says.

use super::contract::{Arrival, Brings, Channel, ChannelKind, Delivery, Revocation, Role};
use super::work::{Scope, Work};
use crate::random::law::Law;
use crate::random::purpose::Purpose;
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;
use crate::units::probability::Share;
use crate::units::time::Span;

/// People who are told and act.
pub const KIND: ChannelKind = ChannelKind {
    name: "manual",
    summary: "People are told, and act when they get to it, or never.",
    specification: "a call, a ticket or a clause of a contract; no standard bounds it",
    keys: &KEYS,
    read: |reader| Manual::read(reader).map(|manual| Box::new(manual) as Box<dyn Channel>),
};

const KEYS: [Key; 3] = [
    Key::required("owner", Value::Name, "Who is told."),
    Key::required("takes", Value::Law, "Time from telling them until they have acted."),
    Key::optional("never", Value::Share, "0%", "Probability that they never do; another push tells them again."),
];

/// Settings of people who are told.
#[derive(Debug)]
pub struct Manual {
    takes: Law,
    never: Share,
}

impl Manual {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        reader.name("owner")?;
        let never = reader.share("never").unwrap_or(Share::NONE);
        if never == Share::ALL {
            reader.wrong("never", "they never act", "write a share below 100%, or remove the channel");
        }
        Some(Self { takes: reader.law("takes")?, never })
    }
}

impl Channel for Manual {
    fn kind(&self) -> &'static ChannelKind {
        &KIND
    }

    fn role(&self) -> Role {
        Role::Heard
    }

    fn spread(&self, revocation: &Revocation<'_>, deliver: &mut dyn FnMut(Delivery)) {
        let acts = !revocation.common(Purpose::ManualOutcome).happens(self.never);
        let takes = self.takes.sample(&mut revocation.common(Purpose::ManualDelay)).span();
        if let Some(takes) = takes.filter(|_| acts && !revocation.outages.down_at(revocation.at)) {
            for to in 0..revocation.listeners {
                deliver(Delivery { to, at: revocation.at + takes, what: Arrival::News });
            }
        }
    }

    fn work(&self, _: Scope) -> Work {
        Work { deliveries: 1.0, steps: 1.0, bytes: 0.0 }
    }

    fn surely_within(&self) -> Option<Span> {
        if self.never == Share::NONE { self.takes.max() } else { None }
    }

    fn sends(&self) -> bool {
        true
    }

    fn brings(&self) -> Brings {
        Brings::Values
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, S, constant, seconds, share};
    use super::*;

    #[test]
    fn all_listeners_are_served_when_the_owner_acts() {
        // Told at 100 s, acts 50 s later, for each of three listeners.
        let manual = Manual { takes: constant(50.0), never: Share::NONE };
        let case = Case { listeners: 3, ..Case::at(1, 100 * S) };
        let expected: Vec<_> = (0..3).map(|to| (150 * S, to, Arrival::News)).collect();
        assert_eq!(case.spread(&manual), expected);
        assert_eq!((manual.surely_within(), manual.brings()), (Some(seconds(50.0)), Brings::Values));
    }

    #[test]
    fn an_owner_who_never_answers_serves_nobody() {
        // A share of 30 % over 4000 trials: four standard errors are 0.029. It hits all listeners together.
        let manual = Manual { takes: constant(1.0), never: share(0.3) };
        let counts: Vec<usize> =
            (0..4000).map(|n| Case { listeners: 2, ..Case::at(n, 0) }.spread(&manual).len()).collect();
        assert!(counts.iter().all(|count| [0, 2].contains(count)));
        let silent = counts.iter().filter(|count| **count == 0).count() as f64 / 4000.0;
        assert!((silent - 0.3).abs() < 0.029, "{silent}");
        assert_eq!(manual.surely_within(), None);
        // A channel that is down reaches nobody at that instant.
        let down = Case::at(1, 0).with_channel_down(-S, S);
        assert_eq!(down.spread(&Manual { takes: constant(1.0), never: Share::NONE }), []);
    }
}
