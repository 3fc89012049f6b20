//! The price of a run, before it is run: events, steps and memory, part by part, so that the dearest can be named.
//!
//! Promises the right order, rather too much than too little: whatever a trial does again and again stands in the bill
//! of some part of the scenario. Nothing here reaches results.

use super::attribution;
use super::blocks::most_trials_held;
use super::column::Column;
use super::held_price;
use super::lasting::{Lasting, Which};
use super::request_price::requests;
use super::skipped_price::{Awake, awake, looks_after_each};
use super::tallies;
use crate::model::cache::Placement;
use crate::model::channel::work::Scope;
use crate::model::fault::{Part, When};
use crate::model::id::ChannelId;
use crate::model::ledger::RequestEntry;
use crate::model::play::compiled::plan::{Plan, PlanListener};
use crate::model::play::skip::tracks::Tracks;
use crate::model::play::trial::{Engine, Requests};
use crate::model::verifier::Action;
use crate::units::time::Span;

/// What one part of a scenario costs in one trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// The part, in words.
    pub what: String,
    /// The keys that lead to it in the scenario.
    pub path: Vec<String>,
    /// What makes it cheaper.
    pub remedy: &'static str,
    /// Events.
    pub events: f64,
    /// Steps beside events, each about as dear as one.
    pub steps: f64,
    /// Bytes that it holds while the trial is played.
    pub bytes: f64,
}

/// What a run will cost, roughly.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// Parts of a trial, on average.
    pub mean: Vec<Cost>,
    /// Parts of a trial that lasts longer than 99 of 100.
    pub long: Vec<Cost>,
    /// Bytes kept for the trials until the end of the run.
    pub kept: f64,
}

impl Price {
    /// Events of a trial, on average.
    pub fn events_per_trial(&self) -> f64 {
        self.mean.iter().map(|cost| cost.events).sum()
    }

    /// Events and steps of a trial, on average.
    pub fn work_per_trial(&self) -> f64 {
        self.mean.iter().map(Cost::work).sum()
    }

    /// Events and steps of a long trial.
    pub fn work_of_a_long_trial(&self) -> f64 {
        self.long.iter().map(Cost::work).sum()
    }

    /// Bytes that the run holds on so many threads.
    pub fn bytes(&self, threads: usize) -> f64 {
        self.kept + self.long.iter().map(|cost| cost.bytes).sum::<f64>() * threads as f64
    }
}

impl Cost {
    /// Events and steps.
    pub fn work(&self) -> f64 {
        self.events + self.steps
    }
}

/// Nanoseconds an event takes on a machine of today, to turn events into a time that is only a guide.
const NANOSECONDS_PER_EVENT: f64 = 60.0;

/// How much longer it takes to play an event where others are skipped than where all are played. Over the shipped scenarios,
/// skipping is as fast where it plays a fourth to a sixth of the events, and slower where it plays more.
const DEARER: f64 = 4.0;

/// Events that a trial costs before anything happens in it.
const FIXED: f64 = 200.0;

/// Bytes of something that is scheduled, with its place in the agenda.
const BYTES_PER_EVENT: f64 = 100.0;

/// Bytes of a request that waits for an answer, and of the question it waits for.
const BYTES_PER_WAITING: f64 = 300.0;

/// The price of `trials` trials with these columns.
pub fn price(plan: &Plan<'_>, trials: u64, columns: &[Column], played: (Requests, Engine)) -> Price {
    let bill = |which| bill(plan, &Lasting::of(plan, which), played);
    let kept = tallies::bytes(columns, trials) + attribution::bytes(trials);
    Price { mean: bill(Which::Mean), long: bill(Which::Long), kept: kept as f64 }
}

/// Whether skipping is worth its while: it takes its time to find out what can be skipped, so that what it plays costs as much
/// as some four requests that are played one by one, and more where that is found out again and again.
pub fn skipping_pays(plan: &Plan<'_>) -> bool {
    let lasts = Lasting::of(plan, Which::Mean);
    let work = |engine, dearer: f64| {
        let bill = bill(plan, &lasts, (Requests::Counted, engine));
        bill.iter().map(|cost| cost.events * dearer + cost.steps).sum::<f64>()
    };
    work(Engine::Auto, DEARER) < work(Engine::EveryRequest, 1.0)
}

/// How long a run will take on so many threads, roughly.
pub fn time(price: &Price, trials: u64, threads: usize) -> Span {
    let events = (price.work_per_trial() + FIXED) * trials as f64;
    Span::from_seconds(events * NANOSECONDS_PER_EVENT / 1e9 / threads.max(1) as f64)
}

fn bill(plan: &Plan<'_>, lasts: &Lasting, played: (Requests, Engine)) -> Vec<Cost> {
    let mut bill = vec![of_state(plan)];
    bill.extend(of_sources(plan, lasts, played));
    bill.extend(of_channels(plan, lasts));
    bill.extend(of_faults(plan, lasts));
    bill.extend(of_restarts(plan, lasts));
    bill.extend(of_capacities(plan, lasts));
    bill.extend(of_responses(plan, lasts));
    bill.extend(of_connections(plan, lasts));
    bill
}

fn path(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

/// The state of a trial is reset before each; the defender's own events come once.
fn of_state(plan: &Plan<'_>) -> Cost {
    let cells = plan.instances.len() * plan.credentials + plan.replicas as usize * (plan.credentials + 8);
    Cost {
        what: "the state of replicas and caches".into(),
        path: path(&["verifiers"]),
        remedy: "lower `replicas`, or use fewer credentials",
        events: (plan.system.defender.playbook.len() + plan.compromised.len()) as f64,
        steps: cells as f64 / 16.0,
        bytes: plan.state_bytes() as f64,
    }
}

fn of_sources<'a>(
    plan: &'a Plan<'_>,
    lasts: &'a Lasting,
    (written_down, engine): (Requests, Engine),
) -> impl Iterator<Item = Cost> + 'a {
    let (awake, looks) = match engine {
        Engine::Auto => {
            let tracks = Tracks::of(plan);
            (awake(plan, &tracks), looks_after_each(&tracks))
        }
        Engine::EveryRequest => (vec![Awake::ALWAYS; plan.sources.len()], vec![0.0; plan.sources.len()]),
    };
    plan.sources.iter().enumerate().map(move |(number, source)| {
        let found = requests(plan, source, lasts);
        let skipped = awake[number].skipped(&found);
        let (what, path) = if number < plan.attacker_sources {
            let one = number.to_string();
            ("the attacker's requests".to_owned(), path(&["attacker", "replays", &one, "arrivals"]))
        } else {
            let name = &plan.system.lawful[number - plan.attacker_sources].name;
            (format!("the requests of `{name}`"), path(&["lawful", name, "sends"]))
        };
        let kept = match written_down {
            Requests::Counted => 0.0,
            Requests::WrittenDown => {
                let trials = most_trials_held(written_down) as f64;
                found.presented * trials * size_of::<RequestEntry>() as f64
            }
        };
        let events = (found.events - skipped).max(0.0);
        Cost {
            what,
            path,
            remedy: "lower the rate, the horizon or the time until revocation, or make a question take less time",
            events,
            // Each request that was skipped is thought of after all where every one is written down.
            steps: found.steps
                + events * looks[number]
                + if written_down == Requests::WrittenDown { skipped } else { 0.0 },
            bytes: found.waiting * BYTES_PER_WAITING + kept,
        }
    })
}

fn of_channels<'a>(plan: &'a Plan<'_>, lasts: &'a Lasting) -> impl Iterator<Item = Cost> + 'a {
    plan.system.channels.iter().zip(&plan.channels).enumerate().map(move |(number, (named, listed))| {
        let down = seconds_down(plan, Part::Channel(ChannelId::at(number)), lasts)
            + named.from.map_or(0.0, |issuer| seconds_down(plan, Part::Issuer(issuer), lasts));
        let scope = Scope { before: lasts.before, after: lasts.after, down };
        let one = named.channel.work(scope);
        let carried = plan
            .system
            .defender
            .playbook
            .iter()
            .filter(|step| step.revokes().is_some_and(|revoking| named.carries.contains(&revoking.trigger)));
        let revocations = carried.count() as f64;
        let heard = listed.listeners.len() as f64 * revocations;
        let deliveries = one.deliveries * heard;
        let looks: f64 = listed.listeners.iter().map(|listener| looks(plan, *listener)).sum();
        // The clock starts at the first revocation, or at one before it that an issuer makes by itself.
        let families = plan.system.credentials.iter().filter(|one| one.rotation.is_some()).count() as f64;
        let later = (revocations + families - 1.0).max(0.0) * listed.listeners.len() as f64;
        let again = later * named.channel.gone_through_again() * lasts.after;
        let written = if listed.looked_up.is_some() { 2.0 * revocations } else { 0.0 };
        Cost {
            what: format!("what channel `{}` sends", named.name),
            path: path(&["channels", &named.name]),
            remedy: "let it poll, try again or restart less often, or let fewer replicas hear it",
            events: deliveries + written,
            // What is denied for a time, or asked for again, brings events of its own.
            steps: again + one.steps * heard + deliveries + one.deliveries * revocations * looks,
            bytes: deliveries * BYTES_PER_EVENT + one.bytes,
        }
    })
}

/// What follows when one listener has heard something: the doors behind it are looked at, by what all its replicas hold.
fn looks(plan: &Plan<'_>, listener: PlanListener) -> f64 {
    let place = &plan.verifiers[usize::from(listener.verifier)];
    let shared = plan.tiers_of(place).iter().any(|tier| !tier.per_replica);
    let once = 1.0 + plan.routes_of[usize::from(listener.verifier)].len() as f64;
    let all = f64::from(place.replicas) * plan.compromised.len() as f64 * once;
    match listener.action {
        // What one replica forgets moves a door only if that replica kept it open.
        Action::Evict | Action::Deny(None) if !shared => once,
        // Looked at when it begins and when it ends.
        Action::Deny(Some(_)) => 2.0 * all,
        Action::Evict | Action::Deny(None) | Action::Refetch | Action::Close | Action::Replace => all,
    }
}

/// Seconds, after the revocation, in which a part is down.
fn seconds_down(plan: &Plan<'_>, part: Part, lasts: &Lasting) -> f64 {
    let faults = plan.system.faults.iter().filter(|fault| fault.part == part);
    let down = faults.map(|fault| match &fault.when {
        When::FromStart { lasts: length, .. } | When::FromRevocation { lasts: length, .. } => {
            length.mean_within(lasts.after)
        }
        When::Recurring { mtbf, mttr } => lasts.after * mttr.seconds() / (mtbf.seconds() + mttr.seconds()).max(1e-9),
    });
    down.sum::<f64>().min(lasts.after)
}

fn of_faults<'a>(plan: &'a Plan<'_>, lasts: &'a Lasting) -> impl Iterator<Item = Cost> + 'a {
    plan.system.faults.iter().map(move |fault| {
        let windows = match &fault.when {
            When::FromStart { .. } | When::FromRevocation { .. } => 1.0,
            When::Recurring { mtbf, mttr } => 1.0 + lasts.whole() / (mtbf.seconds() + mttr.seconds()).max(1e-9),
        };
        Cost {
            what: format!("fault `{}`", fault.name),
            path: path(&["faults", &fault.name]),
            remedy: "raise `mtbf`, or shorten the horizon",
            events: 2.0 * windows,
            steps: 0.0,
            bytes: windows * 2.0 * BYTES_PER_EVENT,
        }
    })
}

fn of_capacities<'a>(plan: &'a Plan<'_>, lasts: &'a Lasting) -> impl Iterator<Item = Cost> + 'a {
    plan.capacities.iter().zip(&plan.system.issuers).filter_map(move |(capacity, issuer)| {
        Some(Cost {
            what: format!("what others ask `{}`", issuer.name),
            path: path(&["issuers", &issuer.name, "introspection"]),
            remedy: "lower the rate or the credentials of `load`, or shorten the horizon",
            events: 0.0,
            steps: held_price::other_questions(plan, capacity.as_ref()?, lasts),
            bytes: 0.0,
        })
    })
}

fn of_responses<'a>(plan: &'a Plan<'_>, lasts: &'a Lasting) -> impl Iterator<Item = Cost> + 'a {
    plan.responses.iter().map(move |place| {
        let verifier = &plan.system.verifiers[usize::from(place.verifier)].name;
        Cost {
            what: format!("the requests of others that keep responses at `{verifier}` warm"),
            path: path(&["verifiers", verifier, "cache"]),
            remedy: "lower the rate of `load` or `urls`, or raise `ttl`",
            events: held_price::other_requests(plan, place, lasts),
            steps: 0.0,
            bytes: 0.0,
        }
    })
}

fn of_connections<'a>(plan: &'a Plan<'_>, lasts: &'a Lasting) -> impl Iterator<Item = Cost> + 'a {
    plan.held.iter().map(move |target| Cost {
        what: format!("the connection held open at `{}`", plan.system.targets[usize::from(*target)].name),
        path: path(&["attacker", "holds_open"]),
        remedy: "raise `recheck` or `max_age` where connections are kept, or shorten the horizon",
        events: held_price::connection(plan, *target, lasts),
        steps: 0.0,
        bytes: 0.0,
    })
}

fn of_restarts<'a>(plan: &'a Plan<'_>, lasts: &'a Lasting) -> impl Iterator<Item = Cost> + 'a {
    plan.system.caches.iter().enumerate().filter_map(move |(number, cache)| {
        let restarts = cache.restarts.as_ref()?;
        let instances = plan.instances.iter().filter(|instance| usize::from(**instance) == number).count() as f64;
        let keys = match cache.placement {
            Placement::Shared => path(&["caches", &cache.name, "restarts"]),
            Placement::PerReplica | Placement::PerVerifier => path(&["verifiers", &cache.name, "cache", "restarts"]),
        };
        Some(Cost {
            what: format!("the restarts of cache `{}`", cache.name),
            path: keys,
            remedy: "let it restart less often",
            events: instances * restarts.times_within(lasts.whole()),
            steps: 0.0,
            bytes: 0.0,
        })
    })
}
