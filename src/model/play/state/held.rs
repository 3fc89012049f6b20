//! What a trial remembers of the connections that the attacker holds open.

use crate::model::ledger::ClosedBy;
use crate::random::purpose::Purpose;
use crate::random::slot::StreamSlot;
use crate::units::time::Moment;

/// The worker of a source that opens connections anew: none of those that pace its requests.
pub const RECONNECTS: u16 = u16::MAX;

/// A connection of the attacker, or the place for one.
#[derive(Debug)]
pub struct HeldConnection {
    /// What it carries, while it is open.
    pub held: Option<Held>,
    /// When it reaches its greatest age, or when the last answer on it ends.
    pub ends_at: Moment,
    /// What closes it, once it was told to close and an answer runs on.
    pub closing: Option<ClosedBy>,
    /// One a verifier on its route that keeps connections.
    pub kept: Vec<Kept>,
    /// Draws of the replicas that it goes to.
    pub replicas: StreamSlot,
    /// Draws of how long answers run on.
    pub answers: StreamSlot,
}

/// Whose connection it is, and where it leads.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// Its source.
    pub source: u16,
    /// The route.
    pub route: u16,
    /// What it was opened with.
    pub credential: u16,
    /// Whether another credential has that number by now; the one that it was opened with is long over.
    pub forgotten: bool,
}

/// What a verifier that keeps a connection knows of it.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// The verifier.
    pub verifier: u16,
    /// The replica that has it.
    pub replica: u32,
    /// When it looks at the credential again.
    pub recheck_at: Moment,
    /// The question that such a look waits for.
    pub asking: Option<u32>,
}

impl HeldConnection {
    /// A place for the connection number `number`.
    pub fn new(number: usize) -> Self {
        Self {
            held: None,
            ends_at: Moment::NEVER,
            closing: None,
            kept: Vec::new(),
            replicas: StreamSlot::new(Purpose::AttackerConnection, number as u32),
            answers: StreamSlot::new(Purpose::ConnectionAnswer, number as u32),
        }
    }

    /// Forgets the trial before.
    pub fn reset(&mut self) {
        self.held = None;
        self.ends_at = Moment::NEVER;
        self.closing = None;
        self.kept.clear();
        self.replicas.close();
        self.answers.close();
    }
}
