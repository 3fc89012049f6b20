//! The lives of what was minted on the way: when the attacker got it, and when it was revoked, expired, or was still
//! good in the end.

use super::story_events::Teller;
use crate::model::tape::Life;
use crate::record::story::EventKind as Kind;
use crate::record::story::Weight::{Decisive, Detail, Notable};
use crate::units::time::Moment;

/// How an instance stopped being good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Revoked,
    Expired,
}

impl Teller<'_> {
    /// What was minted, a lane for each credential.
    pub fn lives(&mut self) {
        let tape = self.facts.tape;
        let mut minted: Vec<u16> = tape.lives.iter().filter(|life| life.minted).map(|life| life.credential).collect();
        minted.sort_unstable();
        minted.dedup();
        for credential in minted {
            let lives: Vec<&Life> =
                tape.lives.iter().filter(|life| life.minted && life.credential == credential).collect();
            self.begins(usize::from(credential), &lives);
            self.ends(usize::from(credential), &lives);
        }
    }

    fn begins(&mut self, credential: usize, lives: &[&Life]) {
        let lane = self.facts.lanes.credentials[credential];
        for (nth, life) in lives.iter().enumerate() {
            let dead = if life.good.is_empty() { ", and is revoked already" } else { "" };
            let what = match nth {
                0 => format!("is minted by the attacker{dead}"),
                _ => format!("is minted again, number {}{dead}", nth + 1),
            };
            let after = self.facts.ledger.revoked_at.is_some_and(|revoked| life.from >= revoked);
            let weight = match nth {
                _ if after => Decisive,
                0 => Notable,
                _ => Detail,
            };
            self.tell(life.from, lane, Kind::Attack, weight, ("minted", what));
        }
    }

    /// Instances that end in one instant in the same way end together.
    fn ends(&mut self, credential: usize, lives: &[&Life]) {
        let (lane, end) = (self.facts.lanes.credentials[credential], self.facts.ledger.ended_at);
        let mut ended: Vec<(Moment, End)> = Vec::new();
        for life in lives {
            // A life that begins again, because its revocation was undone or forgotten, ends more than once.
            let ends = life.good.iter().map(|(_, to)| *to).filter(|to| *to <= end);
            ended.extend(ends.map(|to| (to, if to == life.expires { End::Expired } else { End::Revoked })));
        }
        ended.sort_unstable();
        let good = |at: Moment| {
            let then = |life: &&&Life| life.good.iter().any(|(from, to)| *from <= at && at < *to);
            lives.iter().filter(then).count()
        };
        for together in ended.chunk_by(|one, other| one == other) {
            let (at, how) = together[0];
            let (label, verb) = match how {
                End::Revoked => ("revoked", if together.len() == 1 { "is revoked" } else { "are revoked" }),
                End::Expired => ("expires", if together.len() == 1 { "expires" } else { "expire" }),
            };
            let last = good(at) == 0;
            let so_far = lives.iter().filter(|life| life.from <= at).count();
            let what = match (so_far, together.len()) {
                (1, _) => verb.to_owned(),
                (of, n) => {
                    format!("{n} of {of} that were minted {verb}{}", if last { ": none is good now" } else { "" })
                }
            };
            self.tell(at, lane, Kind::Closed, if last { Decisive } else { Detail }, (label, what));
        }
        let still = good(end);
        if still > 0 {
            let what = match (lives.len(), still) {
                (1, _) => "is still good when the trial ends".to_owned(),
                (of, 1) => format!("1 of {of} that were minted is still good when the trial ends"),
                (of, n) => format!("{n} of {of} that were minted are still good when the trial ends"),
            };
            self.tell(end, lane, Kind::Attack, Decisive, ("still good", what));
        }
    }
}
