//! Pools: islands on which every request meets one entry among a few, laid out once.
//!
//! Where a source calls its targets in turn, or a load balancer deals requests out in turn, nobody's requests are memoryless
//! at one entry: when an entry ends, somebody's requests must be played until one of them fills it anew. On a pool that
//! takes a few steps a request, because nothing counts there but the ends of its entries.

use super::short::Short;
use super::track::{BundlePlan, Track, Unit, UnitKind};
use crate::model::cache::{Cache, Ends, ExpiryCap, Ttl};
use crate::model::play::compiled::plan::Plan;
use crate::model::verifier::Balance;
use crate::random::remainder::Remainder;
use crate::units::probability::Share;
use crate::units::time::Span;
use std::ops::Range;

/// More entries, or more streams, are not looked through at once: from here on a heap of what comes next is faster.
const MOST: usize = 128;

/// A pool.
#[derive(Debug, Default)]
pub struct Pool {
    /// The cells of its entries: those of what is preferred, then in the same order those of what replaces it.
    pub cells: Vec<PooledCell>,
    /// How many entries there are of either kind.
    pub entries: usize,
    /// Its streams.
    pub units: Vec<PooledUnit>,
    /// What its sources present.
    pub presents: Vec<Presents>,
}

/// A cell of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PooledCell {
    /// Its number.
    pub number: usize,
    /// The instance of a cache that it belongs to.
    pub instance: usize,
    /// How long its entries live, where nothing but the end of the credential changes that.
    pub life: Option<Life>,
}

/// How long entries of a cell live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// From when they are filled.
    pub lasts: Span,
    /// Whether they end with what they speak of.
    pub capped: bool,
}

/// A stream of a pool.
#[derive(Debug)]
pub struct PooledUnit {
    /// The units of which it is made: one, or those of a client that meet the same entry in the same way.
    pub members: Vec<Member>,
    /// Its source.
    pub source: u16,
    /// Whether that is the attacker's.
    pub attacks: bool,
    /// Whether it calls its places in turn.
    pub dealt: bool,
    /// The first track of its first member.
    pub first: usize,
    /// Its ways: a track each of its first member.
    pub ways: Vec<Way>,
    /// The entries on them, each with the place in the order.
    pub met: Vec<(u16, u16)>,
    /// The same entries, each once.
    pub entries: Vec<u16>,
    /// Whether a load balancer deals its requests out in turn.
    pub moves_turns: bool,
    /// The verifiers at which it does, among replicas that have entries of their own.
    pub dealers: Vec<u16>,
    /// Whose turn is next, at its source and at load balancers, after requests of which only the mean is known, by the number
    /// of places that are called, less one.
    pub turns: Vec<Remainder>,
}

/// What a source presents on some ways, at all times: who chooses between credentials, on one route alone.
#[derive(Clone, Copy, Debug)]
pub struct Presents {
    /// The source.
    pub source: u16,
    /// One of these ways.
    pub track: usize,
    /// Their verifier, if it can be told to reject.
    pub told: Option<u16>,
}

/// A unit in a stream.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The unit.
    pub unit: u32,
    /// Its first track.
    pub first: usize,
    /// The route of that.
    pub route: u16,
}

/// Which entry a request meets.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// The short way of its track.
    pub short: Short,
    /// What its source presents there, by its place among all that sources of the pool present.
    pub presents: u16,
    /// The first entry, by its place among the cells.
    pub entry: u16,
    /// How many replicas take turns.
    pub in_turn: u32,
    /// Whether each of them has an entry of its own.
    pub apart: bool,
}

impl Pool {
    /// The pool of some bundles that make up an island; none if requests there may meet anything else.
    pub fn of(plan: &Plan<'_>, (tracks, units): (&[Track], &[Unit]), bundles: &[BundlePlan]) -> Option<Self> {
        let members: Vec<u32> = bundles.iter().flat_map(|bundle| &bundle.units).copied().collect();
        let in_turn = |unit: &u32| units[*unit as usize].kind == UnitKind::Dealt;
        let deals =
            bundles.iter().flat_map(|bundle| &bundle.tracks).any(|track| !tracks[*track as usize].dealers.is_empty());
        if !(deals || members.iter().any(in_turn)) {
            return None;
        }
        let mut pool = Self::default();
        for unit in members {
            let laid = &units[unit as usize];
            if laid.kind == UnitKind::Stuck {
                return None;
            }
            let ways = laid.tracks.clone().map(|track| pool.way_of(plan, laid.source, (tracks, track)));
            let ways = ways.collect::<Option<Vec<Way>>>()?;
            let member = Member { unit, first: laid.tracks.start, route: ways.first()?.short.route };
            if let Some(like) = pool.units.iter_mut().find(|known| known.takes(laid, &ways)) {
                like.members.push(member);
                continue;
            }
            let met: Vec<(u16, u16)> = (0..).zip(&ways).flat_map(|(place, way)| way.met(place)).collect();
            let mut entries: Vec<u16> = met.iter().map(|(_, entry)| *entry).collect();
            entries.sort_unstable();
            entries.dedup();
            let moves_turns = ways.iter().any(|way| way.in_turn > 1);
            pool.units.push(PooledUnit {
                members: vec![member],
                source: laid.source,
                attacks: plan.attacks(laid.source),
                dealt: laid.kind == UnitKind::Dealt,
                first: laid.tracks.start,
                turns: turns_after(&ways),
                met,
                entries,
                moves_turns,
                dealers: ways.iter().filter(|way| way.apart).map(|way| way.short.verifier).collect(),
                ways,
            });
        }
        pool.entries = pool.cells.len();
        // A slot and what replaces it lie as far apart as the originals are many.
        pool.cells.extend_from_within(..);
        pool.cells[pool.entries..].iter_mut().for_each(|cell| cell.number += plan.originals);
        (pool.entries <= MOST && pool.units.len() <= MOST).then_some(pool)
    }

    fn way_of(&mut self, plan: &Plan<'_>, source: u16, (tracks, number): (&[Track], usize)) -> Option<Way> {
        let track = &tracks[number];
        let short =
            track.short.filter(|short| short.refills && plan.cache(&short.tier).stale_while_revalidate.is_none())?;
        let place = &plan.verifiers[short.verifier as usize];
        let (replica, in_turn) = match (track.replica, place.replicas, place.balance) {
            (Some(replica), _, _) => (replica, 1),
            (None, 1, _) => (place.first_replica, 1),
            (None, replicas, Balance::RoundRobin) => (place.first_replica, replicas),
            _ => return None,
        };
        let apart = in_turn > 1 && short.tier.per_replica;
        let replicas = replica..replica + if apart { in_turn } else { 1 };
        let life = Life::of(plan.cache(&short.tier));
        let cells = replicas.map(|replica| {
            let number = plan.cell_of(&short.tier, place.first_replica, replica, short.credential);
            PooledCell { number, instance: number / plan.credentials, life }
        });
        let entry = u16::try_from(self.entry_of(cells.collect())?).ok()?;
        let presents = Presents { source, track: number, told: short.hears.then_some(short.verifier) };
        let presents = self.place_of(plan, presents, tracks);
        Some(Way { short, presents, entry, in_turn, apart })
    }

    /// The place of what a source presents, which is added unless it is there.
    fn place_of(&mut self, plan: &Plan<'_>, presents: Presents, tracks: &[Track]) -> u16 {
        let settings = &plan.sources[presents.source as usize];
        let route = tracks[presents.track].route as usize;
        // Who chooses remembers, route by route, what was refused there.
        let chooses = tracks[presents.track].chooses;
        let known = self.presents.iter().position(|known| {
            let other = tracks[known.track].route as usize;
            (known.source, known.told) == (presents.source, presents.told)
                && !(chooses && route != other)
                && settings.presents[route] == settings.presents[other]
                && settings.mints.get(route) == settings.mints.get(other)
        });
        known.unwrap_or_else(|| {
            self.presents.push(presents);
            self.presents.len() - 1
        }) as u16
    }

    /// The place of some cells, which are added unless they are there; none if only some are.
    fn entry_of(&mut self, cells: Vec<PooledCell>) -> Option<usize> {
        let known = self.cells.windows(cells.len()).position(|known| *known == cells[..]);
        if known.is_some() || cells.iter().any(|cell| self.cells.contains(cell)) {
            return known;
        }
        self.cells.extend(&cells);
        Some(self.cells.len() - cells.len())
    }
}

/// Whose turn is next after requests on some ways: after how many rounds over them all turns are where they were, is known
/// where all ways are gone; where some are left out, after as many as any of them may need.
fn turns_after(ways: &[Way]) -> Vec<Remainder> {
    let met_by = |verifier: u16| ways.iter().filter(|way| way.short.verifier == verifier).count() as u64;
    let of_each =
        ways.iter().map(|way| u64::from(way.in_turn) / gcd(u64::from(way.in_turn), met_by(way.short.verifier)));
    let of_some = ways.iter().map(|way| u64::from(way.in_turn));
    let (of_all, of_some) = (of_each.fold(1, lcm), of_some.fold(1, lcm));
    let rounds = |called: usize| if called == ways.len() { of_all } else { of_some };
    (1..=ways.len()).map(|called| Remainder::among((rounds(called) as usize).saturating_mul(called))).collect()
}

/// The greatest number that divides both.
fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The least number that both divide; one that no count of requests comes to, where that is too great.
fn lcm(a: u64, b: u64) -> u64 {
    (a / gcd(a, b)).saturating_mul(b)
}

impl Life {
    /// The life of the entries of a plain cache, if it is the same for all of them.
    fn of(cache: &Cache) -> Option<Self> {
        let capped = cache.capped_by_expiry == ExpiryCap::Capped;
        match cache.ttl {
            Ttl::For(lasts) if cache.jitter == Share::NONE && cache.ends == Ends::Exact => Some(Self { lasts, capped }),
            _ => None,
        }
    }
}

impl PooledUnit {
    /// The route of a request on one of its ways, for whoever wants to see it: that of one of its members, which come equally
    /// often; `pick` chooses among so many.
    pub fn route_told(&self, place: usize, pick: impl FnOnce(usize) -> usize) -> u16 {
        match self.members[..] {
            [_] => self.ways[place].short.route,
            _ => self.members[pick(self.members.len())].route,
        }
    }

    /// Whether another unit of its client is part of it: its requests carry the same to the same entry.
    fn takes(&self, other: &Unit, ways: &[Way]) -> bool {
        let ([way], [like]) = (&self.ways[..], ways) else { return false };
        let same = |way: &Way| (way.presents, way.short.verifier, way.entry, way.in_turn, way.apart);
        let single = !self.dealt && other.kind == UnitKind::Single;
        // A client stays at each of its targets; how often the attacker is let in at which of them counts.
        single && !self.attacks && self.source == other.source && same(way) == same(like)
    }
}

impl Way {
    /// The entries that its requests may meet, each with its place in the order of its stream.
    fn met(&self, place: u16) -> impl Iterator<Item = (u16, u16)> + use<> {
        self.entries(0).map(move |entry| (place, entry as u16))
    }

    /// The places of the entries that its requests may meet, if those of the kind that they carry begin at `first`.
    #[inline]
    pub fn entries(&self, first: usize) -> Range<usize> {
        let entry = first + self.entry as usize;
        entry..entry + if self.apart { self.in_turn as usize } else { 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tracks::Tracks;
    use super::*;
    use crate::scenario::load::{Input, load};
    use crate::scenario::objectives::Catalogue;
    use std::collections::BTreeSet;

    #[test]
    fn every_entry_that_is_met_lies_in_the_pool_once() {
        // Four replicas of one verifier, two others: six entries of the stolen token, and as many of what replaces it.
        let path = "scenarios/leaked-ci-token.yaml".into();
        let loaded = load(&Input::Path(path), &[], &Catalogue).unwrap_or_else(|faults| panic!("{faults:?}"));
        let plan = Plan::new(&loaded.scenario.system);
        let tracks = Tracks::of(&plan);
        let pool = tracks.islands[0].pool.as_ref().expect("its attacker calls its targets in turn");
        assert_eq!((tracks.islands.len(), pool.entries, pool.cells.len()), (1, 6, 12));
        let numbers: Vec<usize> = pool.cells.iter().map(|cell| cell.number).collect();
        assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), 12);
        let replaced = |cell: &usize| plan.original((cell % plan.credentials) as u16) != cell % plan.credentials;
        assert!(numbers[6..].iter().all(replaced) && !numbers[..6].iter().any(replaced));
        // The thief's requests, and those of the pipelines to each of three verifiers, with two targets behind it.
        assert_eq!(pool.units.iter().map(|unit| unit.members.len()).collect::<Vec<_>>(), [1, 2, 2, 2]);
        assert_eq!(pool.units.iter().filter(|unit| unit.moves_turns).count(), 2);
        // Either carries the same everywhere, but one of the verifiers can be told to turn that away.
        assert_eq!(pool.presents.len(), 4);
    }

    #[test]
    fn all_turns_are_where_they_were_after_as_many_rounds_as_their_replicas_take() {
        // The rounds after which all ways are where they were, and after which any one of them is.
        let rounds = |behind: &[(&str, u16, usize)]| {
            let mut text = "revdrill: 1\nteaches: x\nhorizon: 1m\n\
                credentials: { k: { kind: opaque, issuer: i, lifetime: forever } }\nverifiers:\n"
                .to_owned();
            for (name, replicas, fronts) in behind {
                let fronts: Vec<String> = (0..*fronts).map(|n| format!("{name}{n}")).collect();
                let several =
                    if *replicas > 1 { format!("replicas: {replicas}, balance: round_robin, ") } else { String::new() };
                let fronts = fronts.join(", ");
                text += &format!("  {name}: {{ asks: i, cache: {{ ttl: 1m }}, {several}fronts: [{fronts}] }}\n");
            }
            text += "attacker: { steals: k, replays: { arrivals: poisson 1/s, order: enumerate } }\n\
                defender: { detects: 1m, playbook: { revoke: k } }\n";
            let input = Input::Text { name: "turns".into(), text, folder: None };
            let loaded = load(&input, &[], &Catalogue).unwrap_or_else(|faults| panic!("{faults:?}"));
            let plan = Plan::new(&loaded.scenario.system);
            let tracks = Tracks::of(&plan);
            let unit = &tracks.islands[0].pool.as_ref().expect("its attacker calls its targets in turn").units[0];
            let turns: Vec<usize> = unit.turns.iter().map(Remainder::places).collect();
            (turns[turns.len() - 1] / turns.len(), turns[0])
        };
        // Six replicas, to which two of each round go: after three rounds. Four of each: after three. One: after six.
        assert_eq!(rounds(&[("a", 6, 2)]), (3, 6));
        assert_eq!(rounds(&[("a", 6, 4)]), (3, 6));
        assert_eq!(rounds(&[("a", 6, 1), ("b", 1, 1)]), (6, 6));
        assert_eq!(rounds(&[("a", 4, 1), ("b", 6, 1)]), (12, 12));
        assert_eq!(rounds(&[("a", 1, 3)]), (1, 1));
    }
}
