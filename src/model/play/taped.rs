//! A trial that is watched while it is played: the same events on the same world, with a tape of what they did.
//!
//! Promises that a taped trial is the trial that a run counts: the tape looks at the world before and after each
//! event and touches nothing, so the path of a request knows nothing of it and costs nothing when nobody asks.

use super::compiled::plan::Plan;
use super::doors::spell::Spells;
use super::lives::Lives;
use super::state::deeds::By;
use super::state::world::World;
use crate::engine::agenda::Agenda;
use crate::engine::simulation::Model;
use crate::model::cache::{Cache, Placement};
use crate::model::channel::contract::Arrival;
use crate::model::defender::{Does, Step, Trigger};
use crate::model::event::Happening;
use crate::model::id::{CacheId, VerifierId};
use crate::model::ledger::{ClosedBy, HeldOpenBy};
use crate::model::tape::{Attempted, Entry, Scene, Stretch, Tape};
use crate::units::time::{Moment, Span};

/// A world under watch.
pub struct Taped<'w, 'p> {
    world: &'w mut World<'p>,
    tape: Tape,
    /// Until when each door was known to stay open when it was last looked at: targets, then verifiers.
    known: Vec<Moment>,
    /// Instances that the attacker had minted when they were last counted, by ring.
    minted: Vec<u32>,
    /// Recorded revocations that were undone.
    undone: Vec<u16>,
    lives: Lives,
}

/// What is compared with after an event.
#[derive(Clone, Copy)]
struct Before {
    recorded: usize,
    deliveries: usize,
}

impl Model for Taped<'_, '_> {
    type Event = Happening;

    fn until(&self) -> Moment {
        self.world.until()
    }

    fn advance(&mut self, to: Moment, agenda: &mut Agenda<Happening>) {
        self.world.advance(to, agenda);
    }

    fn happen(&mut self, now: Moment, event: Happening, agenda: &mut Agenda<Happening>) {
        let before = Before { recorded: self.world.recorded.len(), deliveries: self.world.deliveries.len() };
        // What ran out by itself before this event must be seen before the event opens it again.
        self.follow_doors(now);
        self.world.happen(now, event, agenda);
        self.follow_doors(now);
        self.note(now, event, before);
        self.note_minted(now);
        self.note_undone(now);
        self.lives.follow(self.world, now);
    }
}

impl<'w, 'p> Taped<'w, 'p> {
    /// Watches a world that is about to be played.
    pub fn new(world: &'w mut World<'p>) -> Self {
        let (targets, verifiers) = (world.plan.system.targets.len(), world.plan.verifiers.len());
        let minted = vec![0; world.plan.slots.rings.len()];
        let tape =
            Tape { targets: vec![Vec::new(); targets], verifiers: vec![Vec::new(); verifiers], ..Tape::default() };
        let lives = Lives::new(world);
        Self { world, tape, known: vec![Moment::NEVER; targets + verifiers], minted, undone: Vec::new(), lives }
    }

    /// The tape of the trial, which has ended.
    pub fn finish(mut self) -> Tape {
        self.follow_doors(self.world.end + Span::from_nanos(1));
        self.note_what_was_drawn();
        let end = self.world.end;
        self.tape.scenes.retain(|(at, _)| *at <= end);
        self.tape.scenes.sort_by_key(|(at, scene)| (*at, before_deeds(scene)));
        self.tape.lives = self.lives.finish();
        self.tape
    }

    fn note(&mut self, now: Moment, event: Happening, before: Before) {
        match event {
            Happening::Attempt(number) => {
                self.note_attempt(now, self.world.attempts[number as usize].step, before);
            }
            // What an issuer revokes by itself stands past the last step of the playbook.
            _ if self.world.recorded.len() > before.recorded => {
                let past_the_last = self.world.plan.system.defender.playbook.len() as u16;
                self.note_attempt(now, past_the_last, before);
            }
            Happening::Delivered(number) => {
                let sent = self.world.deliveries[number as usize];
                let listener = self.world.plan.channels[sent.channel as usize].listeners[sent.listener as usize];
                let (channel, verifier, what) = (sent.channel, listener.verifier, sent.what);
                let about = if what == Arrival::News { self.originals_of(sent.recorded) } else { Vec::new() };
                self.tape.scenes.push((now, Scene::Arrived { channel, verifier, what, about }));
            }
            Happening::CacheRestarts(instance) => {
                let cache = CacheId(self.world.plan.instances[instance as usize]);
                self.tape.scenes.push((now, Scene::Restarted(cache)));
            }
            // What was minted has its end in its life.
            Happening::Expired(slot) if usize::from(slot) < self.world.plan.first_instance() => {
                self.tape.scenes.push((now, Scene::Expired(slot)));
            }
            _ => {}
        }
    }

    /// What the attacker undid since this was last asked.
    fn note_undone(&mut self, now: Moment) {
        for number in 0..self.world.recorded.len() as u16 {
            if self.world.recorded[number as usize].undone && !self.undone.contains(&number) {
                self.undone.push(number);
                self.tape.scenes.push((now, Scene::Undone(self.originals_of(number))));
            }
        }
    }

    /// The originals of what a recorded revocation revokes, each once.
    fn originals_of(&self, recorded: u16) -> Vec<u16> {
        let slots = &self.world.recorded[recorded as usize].credentials;
        let mut originals: Vec<u16> = slots.iter().map(|slot| self.world.plan.original(*slot) as u16).collect();
        originals.sort_unstable();
        originals.dedup();
        originals
    }

    /// What the attacker got since this was last asked.
    fn note_minted(&mut self, now: Moment) {
        let plan = self.world.plan;
        for ((ring, before), after) in plan.slots.rings.iter().zip(&mut self.minted).zip(&self.world.lineage.minted) {
            for nth in *before..*after {
                let slot = ring.first + (nth % u32::from(ring.places).max(1)) as u16;
                self.lives.minted(self.world, slot);
                let issued = self.world.lineage.issued[usize::from(slot)];
                self.tape.scenes.push((issued.min(now), Scene::Minted(ring.credential)));
            }
            *before = *after;
        }
    }

    /// A revocation as it was recorded, and the news that set out with it.
    fn note_attempt(&mut self, now: Moment, step: u16, before: Before) {
        let world = &*self.world;
        let system = world.plan.system;
        let step_of = system.defender.playbook.get(step as usize);
        let reached = step_of.map(|step| system.reached(step).iter().map(|credential| credential.0).collect());
        let recorded = &world.recorded[before.recorded..];
        let slots: Vec<u16> = recorded.iter().flat_map(|recorded| recorded.credentials.iter().copied()).collect();
        // A second revocation of the same credential tells read replicas nothing new.
        for slot in &slots {
            let credential = world.plan.original(*slot) as u16;
            let (known, scene) = (world.known_everywhere[*slot as usize], Scene::ReadReplicasKnow(credential));
            if known > now && !known.is_never() && self.tape.scenes.iter().all(|(_, told)| *told != scene) {
                self.tape.scenes.push((known, scene));
            }
        }
        let mut changed: Vec<u16> = slots.iter().map(|slot| world.plan.original(*slot) as u16).collect();
        changed.sort_unstable();
        changed.dedup();
        let named = reached.unwrap_or_else(|| changed.clone());
        self.tape.scenes.push((now, Scene::Attempted { step, end: Attempted::Recorded { named, changed } }));
        for number in before.recorded..world.recorded.len() {
            let set_out = (0..world.plan.channels.len()).filter(|channel| carries(world, *channel, number));
            self.tape.scenes.extend(set_out.filter_map(|channel| {
                let scene = setting_out(world, channel, number, before.deliveries);
                scene.map(|scene| (now, scene))
            }));
        }
    }

    /// What was decided when the trial began, and what its tally says.
    fn note_what_was_drawn(&mut self) {
        let world = &*self.world;
        let scenes = &mut self.tape.scenes;
        let tally = &world.tally;
        let mut add = |at: Moment, scene: Scene| {
            if !at.is_never() {
                scenes.push((at.max(Moment::ZERO), scene));
            }
        };
        for (number, at) in tally.found.iter().enumerate() {
            add(*at, Scene::Found(number as u16));
        }
        add(tally.detected_at, Scene::Detected);
        add(tally.decided_at, Scene::Decided);
        for missed in &world.missed {
            let end = if missed.refused { Attempted::Refused } else { Attempted::Failed };
            add(missed.at, Scene::Attempted { step: missed.step, end });
        }
        for window in &world.faults {
            add(window.from, Scene::Down { fault: window.fault, until: window.to });
        }
        for (client, refused) in tally.first_refused.iter().enumerate() {
            add(*refused, Scene::Refused(client as u16));
            if !refused.is_never() {
                add(tally.replaced[client].max(*refused), Scene::Replaced(client as u16));
            }
        }
    }

    /// Looks at every door as it was just before `now`, and at what happened to it in this instant.
    fn follow_doors(&mut self, now: Moment) {
        if !self.world.watch.on {
            return;
        }
        let targets = self.tape.targets.len();
        for door in 0..self.known.len() {
            let spells = match door.checked_sub(targets) {
                None => self.world.watch.targets[door],
                Some(verifier) => self.world.watch.verifiers[verifier],
            };
            let stretches = match door.checked_sub(targets) {
                None => &mut self.tape.targets[door],
                Some(verifier) => &mut self.tape.verifiers[verifier],
            };
            follow(self.world, now, spells, stretches, &mut self.known[door]);
        }
    }
}

/// The place of a scene among those of one instant: what was found is known, then decided, then done.
fn before_deeds(scene: &Scene) -> u8 {
    match scene {
        Scene::Found(_) => 0,
        Scene::Detected => 1,
        Scene::Decided => 2,
        _ => 3,
    }
}

/// Follows one door. A hold that ends at `now` may still be prolonged in this instant, so it counts as open.
fn follow(world: &World<'_>, now: Moment, spells: Spells, stretches: &mut Vec<Stretch>, known: &mut Moment) {
    let seen = spells.finish(now - Span::from_nanos(1));
    let under_way = stretches.last().is_some_and(|stretch| stretch.to.is_none());
    match seen.closed_at {
        None => {
            let (until, held_by) = (spells.known_until(), spells.held_by());
            if !under_way {
                stretches.push(opened(now, held_by, seen.closed_by));
            } else if until == *known && stretches.last().is_some_and(|s| s.held_open_by == held_by) {
                return;
            }
            let entry = entry_behind(world, held_by, until);
            if let Some(stretch) = stretches.last_mut() {
                if under_way && stretch.from < now {
                    stretch.prolonged += 1;
                    stretch.prolonged_at = Some(now);
                }
                stretch.took_over |= under_way && stretch.from < now && stretch.held_open_by != held_by;
                stretch.held_open_by = held_by;
                stretch.entry = entry;
                if stretch.from == now {
                    stretch.opened_by = held_by;
                }
            }
            *known = until;
        }
        Some(closed) => {
            if stretches.is_empty() {
                stretches.push(opened(closed, seen.held_open_by, seen.closed_by));
            }
            if let Some(stretch) = stretches.last_mut().filter(|stretch| stretch.to.is_none()) {
                stretch.to = Some(closed);
                // Whose entry it was is known of what holds it last.
                stretch.entry = stretch.entry.filter(|_| stretch.held_open_by == seen.held_open_by);
                stretch.held_open_by = seen.held_open_by;
                stretch.closed_by = seen.closed_by;
            }
        }
    }
}

fn opened(from: Moment, held_open_by: (HeldOpenBy, Option<VerifierId>), closed_by: ClosedBy) -> Stretch {
    Stretch {
        from,
        to: None,
        opened_by: held_open_by,
        held_open_by,
        took_over: false,
        closed_by,
        entry: None,
        prolonged: 0,
        prolonged_at: None,
    }
}

/// The entry of a cache that holds a door until then, if one does.
fn entry_behind(world: &World<'_>, (by, at): (HeldOpenBy, Option<VerifierId>), until: Moment) -> Option<Entry> {
    let in_cache = matches!(by, HeldOpenBy::Cache | HeldOpenBy::StaleWhileRevalidate | HeldOpenBy::StaleOnOutage);
    let place = &world.plan.verifiers[at.filter(|_| in_cache)?.index()];
    let of_replica = |replica: u32| {
        world.plan.tiers_of(place).iter().find_map(|tier| {
            let cache: &Cache = world.plan.cache(tier);
            let cells = world
                .plan
                .compromised
                .iter()
                .map(|credential| world.cells[world.plan.cell_of(tier, place.first_replica, replica, *credential)]);
            let holds = |cell: &super::state::cell::Cell| {
                let (fresh, stale) = cell.served_until(cache);
                let outlived = by == HeldOpenBy::StaleOnOutage && cell.holds_entry() && cell.fresh_until <= until;
                fresh == until || stale == until || outlived
            };
            let own = cache.placement == Placement::PerReplica && place.replicas > 1;
            cells.into_iter().find(holds).map(|cell| Entry {
                cache: CacheId(tier.cache),
                replica: own.then(|| replica - place.first_replica),
                answered_at: cell.composed_at,
                // Where a hit counts as use it says nothing of when the entry came here.
                loaded_at: if cache.idle.is_some() { cell.composed_at } else { cell.used_at },
            })
        })
    };
    (place.first_replica..place.first_replica + place.replicas).find_map(of_replica)
}

/// Whether a channel carries a recorded revocation.
fn carries(world: &World<'_>, channel: usize, number: usize) -> bool {
    let plan: &Plan<'_> = world.plan;
    let recorded = &world.recorded[number];
    let named = &plan.system.channels[channel];
    let issuer = recorded.credentials.first().and_then(|c| plan.system.credentials[plan.original(*c)].issuer);
    let step = match recorded.by {
        By::Step(step) => plan.system.defender.playbook.get(step as usize),
        By::Issuer => None,
    };
    match step.map(|step| &step.does) {
        Some(Does::RotateKey(by)) => by.index() == channel,
        _ => {
            let trigger = step.and_then(Step::revokes).map_or(Trigger::Revoke, |revoking| revoking.trigger);
            named.speaks_of(issuer) && named.channel.starts_by_itself() && named.carries.contains(&trigger)
        }
    }
}

/// What set out on a channel with a recorded revocation; none where nobody listens to it.
fn setting_out(world: &World<'_>, channel: usize, number: usize, first_delivery: usize) -> Option<Scene> {
    let plan: &Plan<'_> = world.plan;
    let of = &plan.channels[channel];
    let state = &world.channels[channel];
    if of.looked_up.is_some() && !of.readers.is_empty() {
        let written = world.recorded[number]
            .credentials
            .iter()
            .map(|credential| world.listed[channel * plan.credentials + *credential as usize]);
        let readable = written.filter(|(from, _)| !from.is_never()).min();
        return Some(Scene::Listed { channel: channel as u16, readable });
    }
    if of.listeners.is_empty() {
        return None;
    }
    let mut heard: Vec<u32> = world.deliveries[first_delivery..]
        .iter()
        .filter(|sent| usize::from(sent.channel) == channel && usize::from(sent.recorded) == number)
        .filter(|sent| sent.what == Arrival::News)
        .map(|sent| sent.listener)
        .collect();
    heard.sort_unstable();
    heard.dedup();
    let listeners = of.listeners.len() as u32;
    let unheard = listeners - heard.len() as u32;
    Some(Scene::Sent { channel: channel as u16, listeners, unheard, down: state.down > 0 })
}
