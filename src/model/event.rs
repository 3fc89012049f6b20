//! What can happen in a trial, and in which order at one instant.

use crate::engine::agenda::Event;

/// Something that happens. The fields are positions in the plan or in the trial's workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A part is up again.
    FaultEnds(u32),
    /// A part goes down.
    FaultStarts(u32),
    /// An instance of a cache restarts and is empty.
    CacheRestarts(u32),
    /// A credential is issued, while what has always run is warmed up: nobody remembers anything of it.
    Issued(u16),
    /// The defender knows, or believes to.
    Detected(Alarm),
    /// An attempt of the playbook is carried out.
    Attempt(u16),
    /// The issuer composes the answer to a question.
    Composed(u32),
    /// A question that was not answered in time is asked again.
    AskedAgain(u32),
    /// News, or what a channel says beside it, arrives at a listener.
    Delivered(u32),
    /// An answer of the issuer is back at the verifier.
    Answered(u32),
    /// A copy is replaced at the verifier that compares with it.
    Replaced(u16),
    /// A credential of the compromised set expires.
    Expired(u16),
    /// An entry of a looked-up list, by its channel, begins or ends.
    Turns(u16),
    /// A verifier no longer denies what it was told to.
    DenialEnds(u16),
    /// A connection of the attacker reaches its greatest age, or the last answer on it ends.
    ConnectionEnds(u16),
    /// A verifier looks at the credential of an open connection.
    Rechecked {
        /// The connection.
        connection: u16,
        /// Which of the verifiers that keep it.
        keeper: u16,
    },
    /// The attacker opens a connection anew.
    Reconnects {
        /// The source of requests.
        source: u16,
        /// The route.
        route: u16,
    },
    /// Traffic on other credentials asks for a response that had ended.
    OthersAsk {
        /// The response cache.
        place: u16,
        /// Whose responses.
        target: u16,
        /// The entry.
        cell: u32,
    },
    /// The attacker makes its first call, to find out whether what it found works.
    Validates,
    /// The attacker finds a copy that lies behind a target, by its place in the plan.
    Finds(u16),
    /// An issuer forgets a cut-off.
    CutOffEnds,
    /// The attacker mints, by its ring.
    Mint(u16),
    /// A lawful client refreshes.
    Refresh(u16),
    /// The attacker tries to undo a recorded revocation.
    Undo(u16),
    /// A request takes the whole path, by its island.
    Stepped(u16),
    /// A request is presented; `worker` tells the workers of a closed loop apart.
    Presented {
        /// The source of requests.
        source: u16,
        /// The worker within it.
        worker: u16,
    },
}

/// What makes the defender act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// The attack has come to light.
    True,
    /// An alarm without a cause.
    False,
}

impl Event for Happening {
    /// Fault ends, fault starts, revocation, snapshot, delivery of news, expiry, request.
    #[inline]
    fn class(&self) -> u8 {
        match self {
            Self::FaultEnds(_) => 0,
            Self::FaultStarts(_) | Self::CacheRestarts(_) | Self::Issued(_) => 1,
            Self::Detected(_) | Self::Attempt(_) => 2,
            Self::Composed(_) => 3,
            Self::Delivered(_) | Self::Answered(_) | Self::Replaced(_) => 4,
            Self::Expired(_) | Self::Turns(_) | Self::DenialEnds(_) | Self::CutOffEnds => 5,
            Self::AskedAgain(_)
            | Self::ConnectionEnds(_)
            | Self::Rechecked { .. }
            | Self::Reconnects { .. }
            | Self::OthersAsk { .. }
            | Self::Presented { .. }
            | Self::Stepped(_)
            | Self::Validates
            | Self::Finds(_)
            | Self::Mint(_)
            | Self::Refresh(_)
            | Self::Undo(_) => 6,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::agenda::Agenda;
    use crate::units::time::Moment;

    #[test]
    fn at_one_instant_the_order_is_the_one_written_down() {
        let in_order = [
            Happening::FaultEnds(0),
            Happening::FaultStarts(0),
            Happening::Attempt(0),
            Happening::Composed(0),
            Happening::Delivered(0),
            Happening::Expired(0),
            Happening::Presented { source: 0, worker: 0 },
        ];
        let mut agenda = Agenda::default();
        for event in in_order.iter().rev() {
            agenda.schedule(Moment::ZERO, *event);
        }
        let played: Vec<Happening> = std::iter::from_fn(|| agenda.next_until(Moment::ZERO)).map(|(_, e)| e).collect();
        assert_eq!(played, in_order);
    }
}
