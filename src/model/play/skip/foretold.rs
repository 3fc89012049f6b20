//! Every request foretold: what foresight says must come true in the engine that plays every one, and leave all else as it
//! was; and what skipped requests leave behind must be what they would have left.

#[cfg(test)]
mod tests {
    use super::super::outlook::{Assurance, Foresight};
    use super::super::state::Skipping;
    use super::super::track::Track;
    use super::super::tracks::Tracks;
    use crate::engine::agenda::Agenda;
    use crate::engine::simulation::{self, Model};
    use crate::model::event::Happening;
    use crate::model::ledger::Reason;
    use crate::model::play::beginning::standing::Standing;
    use crate::model::play::compiled::plan::Plan;
    use crate::model::play::state::world::World;
    use crate::model::verifier::Balance;
    use crate::random::stream::{Seed, Trial};
    use crate::scenario::load::{Input, Scenario, load};
    use crate::scenario::objectives::Catalogue;
    use crate::units::time::{Moment, Span};
    use std::path::Path;

    /// A world in which every request is played, and every one is foretold: what foresight says of its route must come
    /// true, and must leave all other foresights as they were.
    struct Foretold<'w, 'p> {
        world: &'w mut World<'p>,
        tracks: &'w Tracks,
        /// Requests that were foretold.
        foretold: u64,
    }

    impl Foretold<'_, '_> {
        fn all(&self, now: Moment) -> Vec<Option<Foresight>> {
            let source = |track: &Track| self.tracks.units[track.unit as usize].source;
            let foresee = |track: &Track| {
                let whole = self.world.foresee(now, source(track), track).filter(|found| found.until > now);
                let mut assured = Assurance::NotLookedAt;
                let assured = self.world.assured(&mut assured, now, source(track), track);
                if let Some(short) = self.world.foresee_now(now, source(track), track, assured) {
                    // The short way may say it for a shorter time, and must say the same.
                    let until = whole.map_or(Moment::NEVER, |whole| whole.until);
                    assert_eq!(whole, Some(Foresight { until, ..short }), "at {now:?} on route {}", track.route);
                    assert!(short.until <= until, "{short:?} instead of {whole:?}");
                }
                whole
            };
            self.tracks.tracks.iter().map(foresee).collect()
        }

        fn compare(&mut self, now: Moment, source: u16, before: &[Option<Foresight>], asked: u64) {
            let Some(entry) = self.world.requests.as_ref().and_then(|requests| requests.last()).copied() else {
                return;
            };
            let mut met = false;
            for (track, found) in self.tracks.tracks.iter().zip(before) {
                let own = self.tracks.units[track.unit as usize].source == source && track.route == entry.route.0;
                let Some(found) = found.filter(|_| own && track.replica.is_none()) else { continue };
                let expected = (found.accepted, found.reason, found.questions);
                let came = (entry.accepted, entry.reason, self.world.tally.load.asked - asked);
                assert_eq!(came, expected, "source {source} on route {} at {now:?}", track.route);
                met = true;
            }
            if met {
                self.foretold += 1;
                // It may let more be foreseen: a mark that was missing is there now.
                for (found, before) in self.all(now).into_iter().zip(before).filter(|(_, before)| before.is_some()) {
                    assert_eq!(found, *before, "a request that was foretold changed what another would meet");
                }
            }
        }
    }

    impl Model for Foretold<'_, '_> {
        type Event = Happening;

        fn until(&self) -> Moment {
            self.world.until()
        }

        fn happen(&mut self, now: Moment, event: Happening, agenda: &mut Agenda<Happening>) {
            let Happening::Presented { source, .. } = event else {
                return self.world.happen(now, event, agenda);
            };
            let before = self.all(now);
            let (written, asked) = (self.world.requests.as_ref().map_or(0, Vec::len), self.world.tally.load.asked);
            self.world.happen(now, event, agenda);
            if self.world.requests.as_ref().map_or(0, Vec::len) == written + 1 {
                self.compare(now, source, &before, asked);
            }
        }
    }

    /// Plays trials in which every request is foretold; how many were.
    fn foretell(scenario: &Scenario, trials: u64) -> u64 {
        let plan = Plan::new(&scenario.system);
        let (tracks, standing) = (Tracks::of(&plan), Standing::of(&plan));
        let (mut world, mut agenda) = (World::new(&plan), Agenda::default());
        let mut foretold = 0;
        for number in 0..trials {
            agenda.clear();
            world.reset(Trial::new(Seed(11), number), number);
            world.requests = Some(Vec::new());
            world.begin(&standing, &mut agenda);
            let mut model = Foretold { world: &mut world, tracks: &tracks, foretold: 0 };
            simulation::play(&mut model, &mut agenda);
            foretold += model.foretold;
        }
        foretold
    }

    fn scenario(input: &Input) -> Scenario {
        load(input, &[], &Catalogue).unwrap_or_else(|_| panic!("{input:?} is a scenario")).scenario
    }

    #[test]
    fn what_is_foreseen_comes_true_in_every_shipped_scenario() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let mut foretold = 0;
        for entry in std::fs::read_dir(folder).expect("the shipped scenarios") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "yaml") {
                foretold += foretell(&scenario(&Input::Path(path)), 2);
            }
        }
        assert!(foretold > 10_000, "{foretold}");
    }

    /// A scenario that stands beside this file.
    fn beside(name: &str, text: &str) -> Scenario {
        scenario(&Input::Text { name: name.into(), text: text.into(), folder: None })
    }

    #[test]
    fn what_is_foreseen_comes_true_where_much_stands_in_the_way() {
        // Tiers, lists, replicas in turn and at random, leases that end, an outage with each policy, read replicas that lag,
        // credentials that end, clients that hold a replacement, sources that move on, back off or give up.
        assert!(foretell(&beside("in the way", include_str!("in-the-way.yaml")), 20) > 10_000);
    }

    #[test]
    fn what_is_foreseen_comes_true_where_ways_are_cut() {
        // Lists that cannot be read, networks that are blocked in part, verifiers that are parted, places that were left.
        assert!(foretell(&beside("cut off", include_str!("cut-off.yaml")), 20) > 10_000);
    }

    #[test]
    fn every_request_that_comes_to_a_load_balancer_takes_a_turn_and_no_other() {
        // Turns begin anywhere and end as many further on as requests came that the network did not stop, in both engines.
        let scenario = beside("cut off", include_str!("cut-off.yaml"));
        let plan = Plan::new(&scenario.system);
        let standing = Standing::of(&plan);
        for skips in [false, true] {
            let (mut world, mut agenda) = (World::new(&plan), Agenda::default());
            world.skipping = if skips { Skipping::new(&plan).map(Box::new) } else { None };
            for number in 0..50 {
                agenda.clear();
                world.reset(Trial::new(Seed(5), number), number);
                world.requests = Some(Vec::new());
                world.begin(&standing, &mut agenda);
                let before = world.turn.clone();
                simulation::play_between(&mut world, &mut agenda);
                world.catch_up(world.end + Span::from_nanos(1));
                let requests = world.requests.take().unwrap_or_default();
                for (verifier, place) in plan.verifiers.iter().enumerate() {
                    if place.replicas == 1 || place.balance != Balance::RoundRobin {
                        continue;
                    }
                    let came = requests.iter().filter(|request| {
                        plan.hops_of(request.route.0)[0] as usize == verifier && request.reason != Reason::Network
                    });
                    let expected = (u64::from(before[verifier]) + came.count() as u64) % u64::from(place.replicas);
                    assert_eq!(u64::from(world.turn[verifier]), expected, "verifier {verifier} in trial {number}");
                }
            }
        }
    }
}
