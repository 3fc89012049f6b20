//! What verifiers see of the attacker beside what it presents: where it calls from, and what its requests are like.
//!
//! Drawn once a trial: an attacker stands in some network and uses some tool, and does not change either by the request.

use crate::model::attacker::Attacker;
use crate::model::verifier::LooksAt;
use crate::random::purpose::Purpose;
use crate::random::stream::Trial;

/// What a verifier that looks would see.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Whether it calls from a network that is not let in.
    from_outside: bool,
    /// Whether its requests are unlike lawful ones.
    unlike: bool,
}

impl Seen {
    /// Draws where the attacker calls from and what its requests are like.
    pub fn draw(attacker: &Attacker, trial: &Trial) -> Self {
        Self {
            from_outside: !trial.open(Purpose::AttackerNetwork, 0).happens(attacker.inside),
            unlike: !trial.open(Purpose::AttackerImitates, 0).happens(attacker.imitates),
        }
    }

    /// Whether a verifier turns it away that looks at this.
    #[inline]
    pub const fn turned_away(self, looks_at: LooksAt) -> bool {
        looks_at.network && self.from_outside || looks_at.request && self.unlike
    }
}
