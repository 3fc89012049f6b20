//! Entries among which memoryless requests are dealt out in turn: how they stand when that has gone on for ever.
//!
//! The law of each of them is known, but not that of all together: requests that come one after the other fill entries that
//! end one after the other, so entries that are near one another stay so for a while, and only slowly drift apart. They start
//! as near one another as they are in the long run ([`super::bonds`]), and are followed from there until what is left, how the
//! near ones stand among themselves, has come about. Nothing else is played meanwhile, and no request while all of them are
//! fresh.

use super::bonds::share_of_bonds;
use super::load::{CellLoad, Dealer, Rhythm};
use crate::model::cache::Ttl;
use crate::model::play::compiled::plan::Plan;
use crate::model::play::state::world::World;
use crate::random::purpose::Purpose;
use crate::random::remainder::Remainder;
use crate::random::stream::{CountStream, ExponentialStream, Stream, Trial};
use crate::units::time::{Moment, Span};
use std::f64::consts::TAU;
use std::iter;

/// Entries are followed for between one and two times so many lives of each.
const LIVES: f64 = 6.0;

/// From any other start it takes until `exp(-1.6)` is left of what is not yet as it is in the long run, a tenth on average, but
/// no more than so many lives of all of them together are followed.
const DRIFTS_APART: f64 = 1.6;
const DRIFTING_LIVES: f64 = 400.0;

/// Many entries fall into line behind one another, which takes as many cycles as this times the square of their number, as far
/// as that was simulated (30 to 100 entries). At most so many lives are followed for it: some 35 entries get there.
const IN_LINE: (f64, f64) = (0.1, 4_000.0);

/// If more requests are expected, their number is drawn at once instead of gap by gap, even if it takes some time.
const COUNTED: f64 = 12.0;

/// Entries among which requests are dealt out.
#[derive(Debug)]
pub struct DealtOut {
    /// Who deals them out.
    by: Dealer,
    /// What they carry.
    credential: usize,
    /// Requests a second to all of them.
    rate: f64,
    /// The cell at each place, with the life of its entries in seconds; none where requests fill none.
    places: Vec<Option<(usize, f64)>>,
    /// The least time for which they are followed, in seconds.
    follows: f64,
    /// How long it takes until they stand as they do in the long run, in seconds: they are followed from the issue of their
    /// credential where that is not as long ago.
    settles: f64,
    /// How often an entry is filled right after the one before it in the long run.
    bound: f64,
    /// Whose turn is next after requests of which only the mean is known.
    turns: Remainder,
}

impl DealtOut {
    /// The entries of a plan among which requests are dealt out.
    pub fn all(plan: &Plan<'_>, loads: &[CellLoad]) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for load in loads {
            let Rhythm::Dealt { by, among, place } = load.rhythm else { continue };
            let credential = load.cell % plan.credentials;
            let known = found.iter().position(|one| one.by == by && one.credential == credential);
            let number = known.unwrap_or_else(|| {
                found.push(Self::among(among as usize, by, (credential, load.rate)));
                found.len() - 1
            });
            let ttl = plan.system.caches[plan.instances[load.cell / plan.credentials] as usize].ttl;
            if let Ttl::For(ttl) = ttl {
                found[number].places[place as usize] = Some((load.cell, ttl.seconds()));
            }
        }
        found.iter_mut().for_each(Self::settle);
        found
    }

    fn among(places: usize, by: Dealer, (credential, rate): (usize, f64)) -> Self {
        let rate = rate * places as f64;
        Self {
            by,
            credential,
            rate,
            places: vec![None; places],
            follows: 0.0,
            settles: 0.0,
            bound: 0.0,
            turns: Remainder::among(places),
        }
    }

    /// Finds how long entries are followed, and how often they are bound. How often is known where there is one at each place,
    /// and all live as long; others start anywhere, and are followed until they have drifted apart.
    fn settle(&mut self) {
        let n = self.places.len() as f64;
        let lives = || self.places.iter().map(|place| place.map_or(0.0, |(_, life)| life));
        let longest = lives().fold(0.0, f64::max);
        let alike = lives().all(|life| life == longest);
        // An entry waits for its turn, which is one of `n` places away.
        let variance = ((n + 1.0) / 2.0 + (n * n - 1.0) / 12.0) / (self.rate * self.rate);
        let cycle = longest + self.wait();
        let in_line = (IN_LINE.0 * n * n).min(IN_LINE.1 / n) * cycle;
        let least = (LIVES * cycle).max(in_line);
        let drifts = takes_to_drift_apart(cycle, variance).min(DRIFTING_LIVES / n * cycle);
        self.settles = drifts.max(least);
        self.follows = if alike { least } else { self.settles };
        self.bound = if alike { share_of_bonds(self.places.len(), self.rate * cycle) } else { 0.0 };
    }

    /// How long an entry that has ended waits until it is filled, in seconds on average.
    fn wait(&self) -> f64 {
        (self.places.len() + 1) as f64 / (2.0 * self.rate)
    }

    /// Whether there are too many to be followed until they have fallen into line.
    pub fn is_cut_short(&self) -> bool {
        let n = self.places.len() as f64;
        IN_LINE.0 * n * n * n > IN_LINE.1
    }

    /// How the entries stand in a trial, as the seconds from now to their ends, and whose turn is next, if the credential has
    /// been there for so many seconds.
    fn stand(&self, trial: &Trial, number: u32, exists_for: f64, ends: &mut Vec<f64>) -> usize {
        let mut chance = trial.open(Purpose::DealtTurns, number);
        let mut gaps = trial.open_exponential(Purpose::DealtGaps, number);
        let counts = trial.open_counts(Purpose::DealtCounts, number);
        let longer = 1.0 + chance.uniform();
        let since = if exists_for < self.settles * longer {
            ends.clear();
            ends.extend(self.places.iter().map(|place| place.map_or(f64::INFINITY, |_| -f64::INFINITY)));
            exists_for
        } else {
            self.start(self.follows * longer, (&mut chance, &mut gaps), ends);
            self.follows * longer
        };
        let turn = chance.index(self.places.len());
        self.follow((since, turn), ends, (gaps, counts, chance))
    }

    /// How the entries stood `seconds` ago: each right behind the one before it, or anywhere.
    fn start(&self, seconds: f64, (chance, gaps): (&mut Stream, &mut ExponentialStream), ends: &mut Vec<f64>) {
        let (places, wait) = (self.places.len(), self.wait());
        ends.clear();
        ends.resize(places, f64::INFINITY);
        let first = chance.index(places);
        let mut before = None;
        for number in (first..places).chain(0..first) {
            let Some((_, life)) = self.places[number] else { continue };
            let left = match before.filter(|_| self.bound > 0.0 && chance.uniform() < self.bound) {
                Some(before) => before + gaps.unit_exponential() / self.rate,
                None => chance.uniform() * (life + wait) - wait,
            };
            before = Some(left);
            // One that had ended waits, however long ago it did.
            ends[number] = if left > 0.0 { left - seconds } else { -f64::INFINITY };
        }
    }

    /// Follows the ends of entries up to now, from so many seconds ago and from whose turn it was then; whose turn it is now.
    fn follow(
        &self,
        (since, mut turn): (f64, usize),
        ends: &mut [f64],
        (mut gaps, mut counts, mut chance): (ExponentialStream, CountStream, Stream),
    ) -> usize {
        let (places, gap) = (self.places.len(), 1.0 / self.rate);
        let mut at = -since;
        loop {
            let first = ends.iter().fold(0.0, |first, end| if *end < first { *end } else { first });
            if first > at {
                // Everything is fresh: only the turn goes on.
                let mean = (first - at) * self.rate;
                let dealt_out = if mean > self.turns.quick_from() {
                    self.turns.at(mean, chance.uniform())
                } else if mean > COUNTED {
                    (counts.poisson(mean) % places as u64) as usize
                } else {
                    let mut left = mean - gaps.unit_exponential();
                    iter::from_fn(|| (left > 0.0).then(|| left -= gaps.unit_exponential())).count() % places
                };
                turn += dealt_out;
                turn -= if turn >= places { places } else { 0 };
                at = first;
            }
            // Request by request, until the first of those is filled that have ended.
            loop {
                at += gaps.unit_exponential() * gap;
                if at >= 0.0 {
                    return turn;
                }
                let place = turn;
                turn = if turn + 1 == places { 0 } else { turn + 1 };
                let ended = ends[place];
                if ended <= at {
                    ends[place] = at + self.places[place].map_or(f64::INFINITY, |(_, life)| life);
                    if ended <= first {
                        break;
                    }
                }
            }
        }
    }
}

/// How long entries are followed, in seconds, that are filled once a `cycle` and then wait with this variance: two of them
/// drift apart by the difference of two waits a cycle. Of how they stand to each other, what goes round the cycle once dies
/// out slowest, by `exp(-(2 pi / cycle)^2 variance)` each time.
pub fn takes_to_drift_apart(cycle: f64, variance: f64) -> f64 {
    DRIFTS_APART / ((TAU / cycle) * (TAU / cycle) * variance) * cycle
}

impl World<'_> {
    /// Fills entries among which requests are dealt out as that leaves them at `from`.
    pub(super) fn fill_dealt(&mut self, from: Moment, dealt: &DealtOut) {
        let exists_for = from.since(self.issued_at(dealt.credential)).seconds();
        let mut ends = std::mem::take(&mut self.ends);
        let filled = dealt.places.iter().flatten().map(|(cell, _)| *cell).min().unwrap_or(0);
        let turn = dealt.stand(&self.trial, self.plan.start_of(filled), exists_for, &mut ends);
        let filled = dealt.places.iter().zip(&ends).filter(|(_, end)| end.is_finite());
        for ((cell, life), end) in filled.filter_map(|(place, end)| Some(((*place)?, *end))) {
            self.remember(cell, from + Span::from_seconds(end - life));
        }
        match dealt.by {
            Dealer::Source(source) => self.sources[source].cursor = turn,
            Dealer::Balancer(verifier) => self.turn[verifier as usize] = turn as u32,
        }
        self.ends = ends;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream::Seed;

    const N: u64 = 4_000;

    fn dealt_out(rate: f64, lives: &[f64]) -> DealtOut {
        let mut dealt = DealtOut::among(lives.len(), Dealer::Source(0), (0, rate / lives.len() as f64));
        dealt.places = lives.iter().enumerate().map(|(cell, life)| Some((cell, *life))).collect();
        dealt.settle();
        dealt
    }

    /// For each number of entries, in how many trials so many of them are fresh now; and how often each is.
    fn fresh(places: usize, mut stand: impl FnMut(Trial, &mut Vec<f64>)) -> (Vec<f64>, Vec<f64>) {
        let (mut together, mut each, mut ends) = (vec![0.0; places + 1], vec![0.0; places], Vec::new());
        for number in 0..N {
            stand(Trial::new(Seed(5), number), &mut ends);
            together[ends.iter().filter(|end| **end > 0.0).count()] += 1.0 / N as f64;
            each.iter_mut().zip(&ends).filter(|(_, end)| **end > 0.0).for_each(|(each, _)| *each += 1.0 / N as f64);
        }
        (together, each)
    }

    fn assert_near(found: &[f64], expected: &[f64]) {
        for (one, other) in found.iter().zip(expected) {
            let error = (2.0 * other.max(0.001) * (1.0 - other).max(0.001) / N as f64).sqrt();
            assert!((one - other).abs() < 4.0 * error, "{found:?} {expected:?}");
        }
    }

    /// Plays every request from so long ago, when all were empty.
    fn played(rate: f64, lives: &[f64], since: f64, trial: Trial, ends: &mut Vec<f64>) {
        let mut gaps = trial.open_exponential(Purpose::LawfulArrivals, 0);
        *ends = vec![-f64::INFINITY; lives.len()];
        let (mut at, mut place) = (gaps.unit_exponential() / rate - since, 0);
        while at < 0.0 {
            if ends[place] <= at {
                ends[place] = at + lives[place];
            }
            place = (place + 1) % lives.len();
            at += gaps.unit_exponential() / rate;
        }
    }

    #[test]
    fn each_entry_is_fresh_for_its_life_of_each_cycle() {
        // Four places, 0.1 a second, life T = 60 s. While an entry lives, N requests of mean 6 come, and from its end on the
        // one that is its turn is 4 - N mod 4 away: so it waits W = sum p(n) (4 - n mod 4) / 0.1 on average, and is fresh for
        // T / (T + W) of the time.
        let p = |n: u32| f64::exp(f64::from(n) * 6.0_f64.ln() - 6.0 - libm::lgamma(f64::from(n) + 1.0));
        let wait: f64 = (0..60).map(|n| p(n) * f64::from(4 - n % 4) / 0.1).sum();
        let dealt = dealt_out(0.1, &[60.0; 4]);
        let (_, each) = fresh(4, |trial, ends| _ = dealt.stand(&trial, 0, f64::INFINITY, ends));
        assert_near(&each, &[60.0 / (60.0 + wait); 4]);
    }

    #[test]
    fn entries_stand_together_as_if_every_request_had_been_played() {
        for (rate, lives) in [(0.1, vec![60.0; 4]), (0.1, vec![90.0, 180.0, 120.0]), (0.16, vec![300.0; 4])] {
            let dealt = dealt_out(rate, &lives);
            let (together, each) = fresh(lives.len(), |trial, ends| _ = dealt.stand(&trial, 0, f64::INFINITY, ends));
            let (all, alone) = fresh(lives.len(), |trial, ends| played(rate, &lives, 40_000.0, trial, ends));
            assert_near(&together, &all);
            assert_near(&each, &alone);
        }
    }

    /// The greatest distance between two empirical distribution functions.
    fn distance(mut one: Vec<f64>, mut other: Vec<f64>) -> f64 {
        one.sort_by(f64::total_cmp);
        other.sort_by(f64::total_cmp);
        let share = |values: &[f64], at: f64| values.partition_point(|value| *value <= at) as f64 / values.len() as f64;
        one.iter().chain(&other).map(|at| (share(&one, *at) - share(&other, *at)).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn the_last_to_end_is_as_late_and_as_far_behind_the_first_as_if_every_request_had_been_played() {
        // Entries that begin anywhere and are followed as long as these lie 0.04 from the long run; at 10,000 trials chance
        // alone goes beyond 0.0276 once in a thousand times.
        let (rate, lives) = (1.0 / 6.0, [300.0; 4]);
        let dealt = dealt_out(rate, &lives);
        let spread = |ends: &[f64]| {
            let left = ends.iter().map(|end| end.max(0.0));
            let (first, last) = left.fold((f64::MAX, 0.0), |(first, last), end| (end.min(first), end.max(last)));
            (last, last - first)
        };
        let trials = (0..10_000).map(|number| Trial::new(Seed(6), number));
        let (mut found, mut expected, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        for trial in trials {
            dealt.stand(&trial, 0, f64::INFINITY, &mut ends);
            found.push(spread(&ends));
            played(rate, &lives, 50_000.0, trial, &mut ends);
            expected.push(spread(&ends));
        }
        let (found_last, found_spread) = found.into_iter().unzip();
        let (last, spread) = expected.into_iter().unzip();
        assert!(distance(found_last, last) < 0.0276);
        assert!(distance(found_spread, spread) < 0.0276);
    }

    #[test]
    fn what_was_issued_some_lives_ago_stands_as_if_every_request_had_been_played_since() {
        // Filled one after the other from the issue on, after 15 lives the entries are still near one another.
        let (rate, lives) = (1.0 / 6.0, [300.0; 4]);
        let dealt = dealt_out(rate, &lives);
        let mut ends = Vec::new();
        let mut last = |stand: &mut dyn FnMut(Trial, &mut Vec<f64>)| {
            let trials = (0..4_000).map(|number| Trial::new(Seed(7), number));
            let last = |trial| {
                stand(trial, &mut ends);
                ends.iter().fold(0.0, |last, end| end.max(last))
            };
            trials.map(last).collect::<Vec<f64>>()
        };
        let found = last(&mut |trial, ends| _ = dealt.stand(&trial, 0, 4_500.0, ends));
        let expected = last(&mut |trial, ends| played(rate, &lives, 4_500.0, trial, ends));
        let for_ever = last(&mut |trial, ends| _ = dealt.stand(&trial, 0, f64::INFINITY, ends));
        // At 4,000 trials chance goes beyond 0.0436 once in a thousand times.
        assert!(distance(found, expected.clone()) < 0.0436);
        assert!(distance(for_ever, expected) > 0.1);
    }

    #[test]
    fn before_its_issue_nobody_remembers_a_credential() {
        // 20 s after it was issued, at 0.1 a second in turn: the first entry was filled unless no request came, 1 - e^-2; the
        // third only if three came, 1 - 5 e^-2. Whose turn was first is not known: each is as likely as the other.
        let dealt = dealt_out(0.1, &[60.0; 4]);
        let (together, each) = fresh(4, |trial, ends| _ = dealt.stand(&trial, 0, 20.0, ends));
        let none = f64::exp(-2.0);
        let shares = [none, 2.0 * none, 2.0 * none, 4.0 / 3.0 * none, 1.0 - (5.0 + 4.0 / 3.0) * none];
        assert_near(&together, &shares);
        let mean: f64 = (0..5).map(|filled| filled as f64 * shares[filled]).sum();
        assert_near(&each, &[mean / 4.0; 4]);
    }

    #[test]
    fn more_than_thirty_four_are_not_followed_to_the_end() {
        // A tenth of the square of 34 cycles are 34^3 / 10 = 3,930 lives, of 35 already 4,288.
        assert!(!dealt_out(5.0, &[60.0; 34]).is_cut_short());
        assert!(dealt_out(5.0, &[60.0; 35]).is_cut_short());
    }

    #[test]
    fn whose_turn_is_next_may_be_anybody() {
        let dealt = dealt_out(0.3, &[60.0; 3]);
        let mut turns = [0.0; 3];
        for number in 0..N {
            turns[dealt.stand(&Trial::new(Seed(5), number), 0, f64::INFINITY, &mut Vec::new())] += 1.0 / N as f64;
        }
        assert_near(&turns, &[1.0 / 3.0; 3]);
    }
}
