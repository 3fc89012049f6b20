//! Lives: from when to when each credential in the attacker's lineage was good at its issuer, for the tape of a trial.
//!
//! Promises the truth of the issuer's own store: a revocation that was recorded and ignored ends no life, one that was
//! undone or forgotten begins it again. Where it is accepted all the same is the matter of doors. The world keeps only
//! what holds now, and takes the place of a dead instance for another, so a life is followed while it is lived.

use super::state::world::World;
use crate::model::tape::Life;
use crate::units::time::Moment;

/// The lives of a trial that is being played.
#[derive(Debug, Default)]
pub struct Lives {
    under_way: Vec<Lived>,
    past: Vec<Life>,
    /// Recorded revocations, and how many of them were undone, when lives were last looked at.
    seen: (usize, usize),
}

/// A life that may not be over.
#[derive(Debug)]
struct Lived {
    slot: u16,
    life: Life,
    /// Since when it has been as `ends` says.
    since: Moment,
    ends: Ends,
}

/// What ends a life, if nothing else happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ends {
    revoked: Moment,
    /// From when the issuer has forgotten that.
    forgotten: Moment,
    expires: Moment,
}

impl Ends {
    fn of(world: &World<'_>, slot: u16) -> Self {
        let at = usize::from(slot);
        let issued_by_somebody = world.plan.system.credentials[world.plan.original(slot)].issuer.is_some();
        let ignored = issued_by_somebody && world.known_everywhere[at].is_never();
        Self {
            revoked: if ignored { Moment::NEVER } else { world.revoked[at] },
            forgotten: world.lineage.forgotten[at],
            expires: world.expires[at],
        }
    }

    /// When it is good from one moment until another.
    fn good(self, from: Moment, until: Moment) -> impl Iterator<Item = (Moment, Moment)> {
        let until = until.min(self.expires);
        let spans = [(from, until.min(self.revoked)), (from.max(self.forgotten.max(self.revoked)), until)];
        spans.into_iter().filter(|(from, until)| from < until)
    }
}

impl Lives {
    /// The stolen credentials, good from the exposure on.
    pub fn new(world: &World<'_>) -> Self {
        let mut lives = Self::default();
        for credential in &world.plan.compromised {
            lives.begin(world, *credential, Moment::ZERO, false);
        }
        lives
    }

    /// An instance was minted into `slot`; what lay there is dead.
    pub fn minted(&mut self, world: &World<'_>, slot: u16) {
        if let Some(at) = self.under_way.iter().position(|lived| lived.slot == slot) {
            let dead = self.under_way.remove(at);
            self.past.push(dead.over());
        }
        self.begin(world, slot, world.lineage.issued[usize::from(slot)], true);
    }

    fn begin(&mut self, world: &World<'_>, slot: u16, from: Moment, minted: bool) {
        let credential = world.plan.original(slot) as u16;
        let ends = Ends::of(world, slot);
        let life = Life { credential, minted, from, expires: ends.expires, good: Vec::new() };
        self.under_way.push(Lived { slot, life, since: from, ends });
    }

    /// Looks at every life again, if a revocation was recorded or undone.
    pub fn follow(&mut self, world: &World<'_>, now: Moment) {
        let seen = (world.recorded.len(), world.recorded.iter().filter(|recorded| recorded.undone).count());
        if seen == self.seen {
            return;
        }
        self.seen = seen;
        for lived in &mut self.under_way {
            let ends = Ends::of(world, lived.slot);
            if ends != lived.ends {
                lived.life.good.extend(lived.ends.good(lived.since, now));
                lived.life.expires = ends.expires;
                (lived.since, lived.ends) = (now, ends);
            }
        }
    }

    /// All of them, at the end of the trial, in the order in which they began.
    pub fn finish(mut self) -> Vec<Life> {
        self.past.extend(self.under_way.into_iter().map(Lived::over));
        self.past.sort_by_key(|life| (life.from, life.credential));
        self.past
    }
}

impl Lived {
    fn over(mut self) -> Life {
        self.life.good.extend(self.ends.good(self.since, Moment::NEVER));
        self.life
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: i64) -> Moment {
        Moment::from_nanos(seconds * 1_000_000_000)
    }

    fn good(revoked: Moment, forgotten: Moment, expires: Moment) -> Vec<(Moment, Moment)> {
        Ends { revoked, forgotten, expires }.good(at(10), at(100)).collect()
    }

    #[test]
    fn a_life_ends_with_what_comes_first() {
        // From 10 s until 100 s at most: revoked at 40 s, expired at 70 s, revoked before it began, neither.
        let never = Moment::NEVER;
        assert_eq!(good(at(40), never, at(70)), [(at(10), at(40))]);
        assert_eq!(good(at(80), never, at(70)), [(at(10), at(70))]);
        assert_eq!(good(at(5), never, at(70)), []);
        assert_eq!(good(never, never, never), [(at(10), at(100))]);
    }

    #[test]
    fn a_cut_off_that_is_forgotten_gives_the_rest_of_a_life_back() {
        // Revoked at 40 s, forgotten at 60 s, expired at 70 s.
        assert_eq!(good(at(40), at(60), at(70)), [(at(10), at(40)), (at(60), at(70))]);
        assert_eq!(good(at(40), at(80), at(70)), [(at(10), at(40))]);
    }
}
