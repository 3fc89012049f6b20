//! The world of a trial: everything that changes, in vectors that are reused from trial to trial.

use super::cell::Cell;
use super::faulted::Faulted;
use super::held::HeldConnection;
use super::lineage::Lineage;
use super::plan::Plan;
use super::queue::IssuerQueue;
use super::response::{Job, Lookout, Part};
use super::response_streams::ResponseStreams;
use super::seen::Seen;
use super::skip::state::Skipping;
use super::source::SourceState;
use super::spell::Hold;
use super::stand::Stand;
use super::turn::Together;
use super::watch::Watch;
use crate::model::channel::contract::{Arrival, Outages};
use crate::model::ledger::{Load, Outcome, RequestEntry, TargetUse};
use crate::model::workload::Arrivals;
use crate::random::gaps::Gaps;
use crate::random::purpose::Purpose;
use crate::random::slot::StreamSlot;
use crate::random::stream::{Seed, Trial};
use crate::units::probability::Share;
use crate::units::time::{Moment, Span};

/// The state of one trial over a plan.
pub struct World<'p> {
    /// The plan.
    pub plan: &'p Plan<'p>,
    /// The trial's chance.
    pub trial: Trial,
    /// Its number in the run.
    pub number: u64,
    /// Cells, by instance of a cache and credential.
    pub cells: Vec<Cell>,
    /// Replicas of verifiers.
    pub replicas: Vec<ReplicaState>,
    /// Until when a replica was told to deny a credential, by replica and credential.
    pub denied_until: Vec<Moment>,
    /// Whether a replica holds no value or key by which it could take a credential, by replica and credential.
    pub lacks: Vec<bool>,
    /// The replica at which a source stays, by what the plan lists of these.
    pub stuck: Vec<u32>,
    /// The next replica in turn, by verifier.
    pub turn: Vec<u32>,
    /// Issuers.
    pub issuers: Vec<IssuerState>,
    /// When a credential expires, by credential.
    pub expires: Vec<Moment>,
    /// When its revocation is recorded, by credential.
    pub revoked: Vec<Moment>,
    /// From when the issuer's read replicas know of it, the last of them, by credential.
    pub known_everywhere: Vec<Moment>,
    /// The same for each read replica, by credential and read replica.
    pub known_at: Vec<Moment>,
    read_replicas: usize,
    /// Looked-up lists, by channel and credential: from when and until when the entry can be read.
    pub listed: Vec<(Moment, Moment)>,
    /// What is remembered of lineage.
    pub lineage: Lineage,
    /// Channels.
    pub channels: Vec<ChannelState>,
    /// Phases of the clocks of shared caches and verifiers, by cache instance.
    pub phases: Vec<Span>,
    /// Sources of requests.
    pub sources: Vec<SourceState>,
    /// Questions under way.
    pub fetches: Vec<Fetch>,
    /// Places of questions that were answered, for reuse.
    pub free_fetches: Vec<u32>,
    /// Requests that wait for an answer.
    pub waiting: Vec<Waiting>,
    /// Places of requests that need not wait any more, for reuse.
    pub free_waiting: Vec<u32>,
    /// What arrives at listeners, in the order in which it was sent.
    pub deliveries: Vec<Sent>,
    /// What verifiers were told to deny, and by which channel.
    pub denials: Vec<Denial>,
    /// Verifiers to be looked at again, and when: what they remember turns by itself then.
    pub wakes: Vec<(Moment, u16)>,
    /// Queues before issuers of limited capacity, one for each issuer if there is any.
    pub queues: Vec<IssuerQueue>,
    /// Entries of response caches.
    pub responses: Vec<Cell>,
    /// What is drawn from on their path.
    pub response_streams: ResponseStreams,
    /// Connections that the attacker holds open, one for each target at which it does.
    pub connections: Vec<HeldConnection>,
    /// Revocations recorded in this trial.
    pub recorded: Vec<Recorded>,
    /// Attempts of the playbook.
    pub attempts: Vec<Attempt>,
    /// Attempts that came to nothing, for whoever tells the trial.
    pub missed: Vec<Missed>,
    /// Faults: part and window.
    pub faults: Vec<FaultWindow>,
    /// Doors that are watched since the invalidation.
    pub watch: Watch,
    /// Until when each verifier would accept, as it was found when every door was last looked at.
    pub holds: Vec<Hold>,
    /// Tallies of the trial.
    pub tally: Tally,
    /// Streams that are drawn from on the path of a request.
    pub streams: Streams,
    /// What the defender waits for.
    pub lookout: Lookout,
    /// When the defender is done with each step, while they are planned.
    pub step_ends: Vec<Moment>,
    /// When each copy is replaced, by copy.
    pub replaced_at: Vec<Moment>,
    /// When a lawful client that presents a copy has the new value of it, by client and credential.
    pub switched: Vec<Option<Moment>>,
    /// Whether verifiers keep the old value of a credential beside the new one, by credential.
    pub keeps_old: Vec<bool>,
    /// When a replica has taken the new value of a secret, by replica and credential; empty if nothing is replaced.
    pub taken_at: Vec<Moment>,
    /// When entries end among which requests are dealt out, while these are followed up to the start.
    pub ends: Vec<f64>,
    /// Copies to be replaced, while their times are drawn.
    pub jobs: Vec<Job>,
    /// When workers are free again, while those times are drawn.
    pub free_at: Vec<Moment>,
    /// From when the trial is played.
    pub played_from: Moment,
    /// The share of the attacker's requests that are stopped on their way.
    pub blocked: Share,
    /// Faults that verifiers suffer now.
    pub faulted: Faulted,
    /// What verifiers see of the attacker.
    pub seen: Seen,
    /// Copies behind targets that the attacker has been near, by their place in the plan.
    pub met: Vec<bool>,
    /// The last instant that is played.
    pub end: Moment,
    /// How often something has happened that may bear upon a verdict, over all trials: verdicts hold as long as it stands.
    pub happened: u64,
    /// Requests that were played in runs, after the one that was scheduled.
    pub run_on: u64,
    /// Sources that are played together.
    pub together: Together,
    /// Where requests are written down, if anybody asked.
    pub requests: Option<Vec<RequestEntry>>,
    /// What is skipped, unless every request is played.
    pub skipping: Option<Box<Skipping>>,
    /// The replica of a verifier that the request under way comes to, where that was decided before.
    pub comes_to: Option<(u16, u32)>,
}

/// A replica of a verifier.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReplicaState {
    /// How far its clock is ahead of true time; negative if behind.
    pub ahead: Span,
    /// Channels for which it has no valid list.
    pub blocked: u32,
    /// The channel by which it fetches keys when it meets one that it does not know.
    pub fetches_keys: Option<u16>,
}

/// An issuer.
#[derive(Clone, Debug, Default)]
pub struct IssuerState {
    /// Faults that keep it down now.
    pub down: u32,
    /// When it is down, over the whole trial.
    pub outages: Outages,
    /// The second of its last request, and how many there were in it.
    pub second: (i64, u64),
}

/// A channel.
#[derive(Clone, Debug, Default)]
pub struct ChannelState {
    /// Faults that keep it down now.
    pub down: u32,
    /// When it is down, over the whole trial.
    pub outages: Outages,
    /// When the way from its issuer to it is cut.
    pub unfed: Outages,
    /// When faults restart its subscribers, in order.
    pub restarts: Vec<Moment>,
}

/// A question to an issuer.
#[derive(Clone, Copy, Debug)]
pub struct Fetch {
    /// The verifier that asked.
    pub verifier: u16,
    /// Its replica, counted over all verifiers.
    pub replica: u32,
    /// The credential.
    pub credential: u16,
    /// The time for the way back, where it is known beforehand.
    pub way_back: Option<Span>,
    /// What the issuer answered, and when it composed that.
    pub answer: Option<(Answer, Moment)>,
    /// When the answer will be back.
    pub back_at: Moment,
    /// The first and the last request that wait for it.
    pub waiting: Option<(u32, u32)>,
    /// The target for which it was asked, if a request stands behind it.
    pub target: Option<u16>,
    /// When it was sent, the last time.
    pub sent_at: Moment,
    /// How often it may still be asked again.
    pub retries: u8,
    /// Whether an issuer of limited capacity has worked on it.
    pub served: bool,
}

/// What an issuer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The credential is active.
    Active,
    /// It is not.
    Inactive,
    /// It could not be asked.
    Unreachable,
}

/// A request that waits for an answer.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// The request.
    pub request: Presentation,
    /// The hop at which it waits, by its place on the route.
    pub hop: u32,
    /// The replica it was sent to there.
    pub replica: u32,
    /// The next request that waits for the same answer.
    pub next: Option<u32>,
}

/// A request on its way.
#[derive(Clone, Copy, Debug)]
pub struct Presentation {
    /// Its source.
    pub source: u16,
    /// The worker within the source.
    pub worker: u16,
    /// The route.
    pub route: u16,
    /// The credential.
    pub credential: u16,
    /// When it was presented.
    pub at: Moment,
    /// How long its recorded answer took, if it was recorded.
    pub latency: Option<Span>,
    /// Its number within its source.
    pub number: u64,
    /// The response cache that it has passed, and the entry there that its acceptance fills.
    pub response: Option<(u16, u32)>,
    /// What it is for.
    pub errand: Errand,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Its target.
    Use,
    /// A derived credential, by its ring.
    Mint(u16),
    /// Undoing a recorded revocation.
    Undo(u16),
    /// Finding out whether what was found works at all.
    Validate,
}

/// Something on its way to a listener.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// The channel.
    pub channel: u16,
    /// Which recorded revocation it speaks of.
    pub recorded: u16,
    /// The listener.
    pub listener: u32,
    /// The replica that hears it.
    pub replica: u32,
    /// When.
    pub at: Moment,
    /// What it says.
    pub what: Arrival,
}

/// Something that a replica was told to deny.
#[derive(Clone, Copy, Debug)]
pub struct Denial {
    /// Where, and which credential.
    pub stand: Stand,
    /// By which channel.
    pub channel: u16,
    /// Until when.
    pub until: Moment,
}

/// A revocation that was recorded.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Who revoked.
    pub by: By,
    /// When.
    pub at: Moment,
    /// Slots that it revokes.
    pub credentials: Vec<u16>,
    /// Whether the attacker has undone it.
    pub undone: bool,
}

/// Who records a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A step of the playbook.
    Step(u16),
    /// An issuer by itself.
    Issuer,
}

/// An attempt of the playbook.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attempt {
    /// The step.
    pub step: u16,
    /// When it is carried out.
    pub at: Moment,
    /// What of it.
    pub part: Part,
}

/// An attempt of the playbook that came to nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Missed {
    /// The step.
    pub step: u16,
    /// When.
    pub at: Moment,
    /// Whether the issuer refused it; else it was not carried out.
    pub refused: bool,
}

/// A time for which a part is down.
#[derive(Clone, Copy, Debug)]
pub struct FaultWindow {
    /// Which fault of the system.
    pub fault: u16,
    /// From when; never if it went by a revocation that was not the first.
    pub from: Moment,
    /// Until when.
    pub to: Moment,
}

/// Moments and counts of a trial, as they come.
#[derive(Clone, Debug)]
pub struct Tally {
    /// How the trial ends, as far as is known.
    pub outcome: Outcome,
    /// When the defender knows.
    pub detected_at: Moment,
    /// Whether a false alarm set the playbook off first.
    pub by_luck: bool,
    /// When it has decided.
    pub decided_at: Moment,
    /// When the replacement of copies was first ordered.
    pub rotation_ordered_at: Moment,
    /// When a revocation was first recorded.
    pub revoked_at: Moment,
    /// When it will be recorded, if all goes as planned.
    pub planned_revocation: Moment,
    /// When the compromised credentials ended.
    pub invalidated_at: Moment,
    /// When the attacker has each copy, by copy.
    pub found: Vec<Moment>,
    /// When the attacker has each credential, by credential.
    pub acquired: Vec<Moment>,
    /// The first accepted use.
    pub first_use_at: Moment,
    /// The first presentation after the revocation.
    pub next_presented_at: Moment,
    /// When each lawful client holds the replacement, by client.
    pub replaced: Vec<Moment>,
    /// When each lawful client was first refused after the revocation, by client.
    pub first_refused: Vec<Moment>,
    /// What the attacker got, by target.
    pub uses: Vec<TargetUse>,
    /// Its rejected presentations after the revocation.
    pub rejected_after: u64,
    /// Presented before, accepted after.
    pub in_flight_accepts: u64,
    /// Refused with a revoked credential.
    pub collateral_rejections: u64,
    /// Refused with a valid one.
    pub false_rejections: u64,
    /// Questions.
    pub load: Load,
    /// Derived credentials that the attacker minted.
    pub minted: u64,
    /// Whether one of them was accepted at a target.
    pub used_derived: bool,
}

/// Streams that are drawn from on the path of a request, opened at their first draw.
pub struct Streams {
    /// Spreading over replicas, by verifier.
    pub balance: Vec<StreamSlot>,
    /// Choosing a read replica, by issuer.
    pub read_replica: Vec<StreamSlot>,
    /// Lifetimes of entries, by instance of a cache and credential of the scenario, each with what replaces it or is minted as it.
    pub lifetime: Vec<StreamSlot>,
    /// Times between restarts, by instance of a cache.
    pub restarts: Vec<StreamSlot>,
    /// Ways to the issuer and back, by replica.
    pub request_leg: Vec<StreamSlot>,
    /// Ways back, by replica.
    pub response_leg: Vec<StreamSlot>,
    /// Exponential gaps between arrivals, by source; none where gaps are of another kind.
    pub gaps: Vec<Option<Gaps>>,
    /// Everything else about the spacing of a source, by source.
    pub spacing: Vec<StreamSlot>,
    /// Choice of route, by source.
    pub order: Vec<StreamSlot>,
    /// Minting, by ring.
    pub minting: Vec<StreamSlot>,
    /// Refreshing, by lawful client.
    pub refreshing: Vec<StreamSlot>,
    /// Requests that a block of the network stops, by source of the attacker.
    pub network: Vec<StreamSlot>,
}

impl<'p> World<'p> {
    /// A world for `plan`, to be reset before each trial.
    pub fn new(plan: &'p Plan<'p>) -> Self {
        let system = plan.system;
        let read_replicas = system.issuers.iter().map(|i| usize::from(i.read_replicas)).max().unwrap_or(1).max(1);
        Self {
            plan,
            trial: Trial::new(Seed(0), 0),
            number: 0,
            cells: vec![Cell::default(); plan.instances.len() * plan.credentials],
            replicas: vec![ReplicaState::default(); plan.replicas as usize],
            denied_until: vec![Moment::LONG_AGO; plan.replicas as usize * plan.credentials],
            lacks: vec![false; plan.replicas as usize * plan.credentials],
            stuck: Vec::with_capacity(plan.stuck.len()),
            turn: vec![0; plan.verifiers.len()],
            issuers: vec![IssuerState::default(); system.issuers.len()],
            expires: vec![Moment::NEVER; plan.credentials],
            revoked: vec![Moment::NEVER; plan.credentials],
            known_everywhere: vec![Moment::NEVER; plan.credentials],
            known_at: vec![Moment::NEVER; plan.credentials * read_replicas],
            read_replicas,
            listed: vec![(Moment::NEVER, Moment::NEVER); system.channels.len() * plan.credentials],
            lineage: Lineage::new(plan),
            channels: vec![ChannelState::default(); system.channels.len()],
            phases: vec![Span::ZERO; plan.instances.len()],
            sources: plan.sources.iter().map(|source| SourceState::new(source, plan)).collect(),
            fetches: Vec::new(),
            free_fetches: Vec::new(),
            waiting: Vec::new(),
            free_waiting: Vec::new(),
            deliveries: Vec::new(),
            denials: Vec::new(),
            wakes: Vec::new(),
            queues: (0..plan.capacities.len())
                .map(|number| IssuerQueue::new(plan.capacity_of(number as u16), number))
                .collect(),
            responses: vec![Cell::default(); plan.response_cells],
            response_streams: ResponseStreams::new(plan.responses.len()),
            connections: (0..plan.held.len()).map(HeldConnection::new).collect(),
            recorded: Vec::new(),
            attempts: Vec::new(),
            missed: Vec::new(),
            faults: Vec::new(),
            watch: Watch::new(plan),
            holds: vec![Hold::SHUT; plan.verifiers.len()],
            tally: Tally::new(plan),
            streams: Streams::new(plan),
            lookout: Lookout::default(),
            step_ends: Vec::new(),
            replaced_at: vec![Moment::NEVER; system.copies.len()],
            switched: vec![None; system.lawful.len() * plan.originals],
            keeps_old: vec![false; plan.originals],
            taken_at: vec![Moment::NEVER; plan.values_to_take()],
            ends: Vec::new(),
            jobs: Vec::new(),
            free_at: Vec::new(),
            played_from: Moment::ZERO,
            blocked: Share::NONE,
            faulted: Faulted::new(plan.verifiers.len()),
            seen: Seen::default(),
            met: vec![false; plan.hidden.len()],
            end: Moment::ZERO,
            happened: 0,
            run_on: 0,
            together: Together::default(),
            requests: None,
            skipping: None,
            comes_to: None,
        }
    }

    /// Read replicas of the issuer that has most of them: the width of `known_at`.
    #[inline]
    pub fn read_replica_width(&self) -> usize {
        self.read_replicas
    }

    /// Whether a replica turns a credential away by itself: it was told to, or does not know its value or key.
    #[inline]
    pub fn denies(&self, now: Moment, replica: u32, credential: u16) -> bool {
        let at = replica as usize * self.plan.credentials + credential as usize;
        now < self.denied_until[at] || self.lacks[at]
    }

    /// Draws the replica of `verifier` at which `source` stays.
    fn sticky_replica(&self, verifier: u16, source: u16) -> u32 {
        let place = &self.plan.verifiers[verifier as usize];
        let entity = u32::from(verifier) << 16 | self.plan.own_number(usize::from(source));
        let mut chance = self.trial.open(Purpose::StickyReplica, entity);
        place.first_replica + chance.index(place.replicas as usize) as u32
    }

    /// Forgets the trial before and takes the chance of the next, which is trial `number` of the run.
    pub fn reset(&mut self, trial: Trial, number: u64) {
        self.trial = trial;
        self.number = number;
        self.happened += 1;
        self.run_on = 0;
        self.together.reset();
        self.cells.fill(Cell::default());
        self.replicas.fill(ReplicaState::default());
        self.denied_until.fill(Moment::LONG_AGO);
        self.lacks.fill(false);
        let plan = self.plan;
        self.stuck.clear();
        for (verifier, source) in &plan.stuck {
            let replica = self.sticky_replica(*verifier, *source);
            self.stuck.push(replica);
        }
        self.turn.fill(0);
        for issuer in &mut self.issuers {
            issuer.down = 0;
            issuer.outages.windows.clear();
            issuer.second = (i64::MIN, 0);
        }
        for channel in &mut self.channels {
            channel.down = 0;
            channel.outages.windows.clear();
            channel.unfed.windows.clear();
            channel.restarts.clear();
        }
        for moments in [&mut self.expires, &mut self.revoked, &mut self.known_everywhere, &mut self.known_at] {
            moments.fill(Moment::NEVER);
        }
        self.listed.fill((Moment::NEVER, Moment::NEVER));
        self.lineage.reset();
        self.fetches.clear();
        self.free_fetches.clear();
        self.waiting.clear();
        self.free_waiting.clear();
        self.deliveries.clear();
        self.denials.clear();
        self.wakes.clear();
        self.connections.iter_mut().for_each(HeldConnection::reset);
        self.queues.iter_mut().for_each(IssuerQueue::reset);
        self.responses.fill(Cell::default());
        self.response_streams.close();
        self.recorded.clear();
        self.attempts.clear();
        self.missed.clear();
        self.blocked = Share::NONE;
        self.replaced_at.fill(Moment::NEVER);
        self.switched.copy_from_slice(&self.plan.switches);
        self.keeps_old.fill(false);
        self.taken_at.fill(Moment::NEVER);
        self.faults.clear();
        self.faulted.reset();
        self.met.fill(false);
        self.watch.reset();
        self.tally.reset();
        self.streams.close();
        for (state, source) in self.sources.iter_mut().zip(&self.plan.sources) {
            state.reset(source);
        }
        if let Some(skipping) = &mut self.skipping {
            skipping.reset();
        }
    }
}

impl Tally {
    fn new(plan: &Plan<'_>) -> Self {
        Self {
            outcome: Outcome::NeverRevoked,
            detected_at: Moment::NEVER,
            by_luck: false,
            rotation_ordered_at: Moment::NEVER,
            decided_at: Moment::NEVER,
            revoked_at: Moment::NEVER,
            planned_revocation: Moment::NEVER,
            invalidated_at: Moment::NEVER,
            found: vec![Moment::NEVER; plan.system.attacker.steals.len()],
            acquired: vec![Moment::NEVER; plan.credentials],
            first_use_at: Moment::NEVER,
            next_presented_at: Moment::NEVER,
            replaced: vec![Moment::NEVER; plan.system.lawful.len()],
            first_refused: vec![Moment::NEVER; plan.system.lawful.len()],
            uses: vec![TargetUse::default(); plan.system.targets.len()],
            rejected_after: 0,
            in_flight_accepts: 0,
            collateral_rejections: 0,
            false_rejections: 0,
            load: Load::default(),
            minted: 0,
            used_derived: false,
        }
    }

    fn reset(&mut self) {
        let Self { found, acquired, replaced, first_refused, uses, .. } = self;
        for moments in [found, acquired, replaced, first_refused] {
            moments.fill(Moment::NEVER);
        }
        uses.fill(TargetUse::default());
        self.outcome = Outcome::NeverRevoked;
        for moment in [
            &mut self.detected_at,
            &mut self.decided_at,
            &mut self.rotation_ordered_at,
            &mut self.revoked_at,
            &mut self.planned_revocation,
            &mut self.invalidated_at,
            &mut self.first_use_at,
            &mut self.next_presented_at,
        ] {
            *moment = Moment::NEVER;
        }
        self.by_luck = false;
        self.rejected_after = 0;
        self.in_flight_accepts = 0;
        self.collateral_rejections = 0;
        self.false_rejections = 0;
        self.load = Load::default();
        self.minted = 0;
        self.used_derived = false;
    }
}

impl Streams {
    fn new(plan: &Plan<'_>) -> Self {
        let slots =
            |purpose: Purpose, count: usize| (0..count as u32).map(|n| StreamSlot::new(purpose, n)).collect::<Vec<_>>();
        let attackers = plan.attacker_sources;
        let spacing = |n: usize| {
            if n < attackers { (Purpose::AttackerSpacing, n) } else { (Purpose::LawfulSpacing, n - attackers) }
        };
        let gaps = |n: usize| {
            let (purpose, entity) =
                if n < attackers { (Purpose::AttackerArrivals, n) } else { (Purpose::LawfulArrivals, n - attackers) };
            match &plan.sources[n].arrivals {
                Arrivals::Poisson(rate) | Arrivals::Bursty { rate, .. } => {
                    Some(Gaps::new(purpose, entity as u32, rate.mean_gap_seconds()))
                }
                Arrivals::Paced { .. } | Arrivals::ClosedLoop { .. } | Arrivals::Trace(_) => None,
            }
        };
        let order =
            |n: usize| if n < attackers { (Purpose::AttackerOrder, n) } else { (Purpose::LawfulOrder, n - attackers) };
        Self {
            balance: slots(Purpose::Balance, plan.verifiers.len()),
            read_replica: slots(Purpose::ReadReplica, plan.system.issuers.len()),
            lifetime: slots(Purpose::CacheLifetime, plan.instances.len() * plan.originals),
            restarts: slots(Purpose::RestartTimes, plan.instances.len()),
            request_leg: slots(Purpose::RequestLeg, plan.replicas as usize),
            response_leg: slots(Purpose::ResponseLeg, plan.replicas as usize),
            gaps: (0..plan.sources.len()).map(gaps).collect(),
            spacing: (0..plan.sources.len()).map(spacing).map(|(p, n)| StreamSlot::new(p, n as u32)).collect(),
            order: (0..plan.sources.len()).map(order).map(|(p, n)| StreamSlot::new(p, n as u32)).collect(),
            minting: slots(Purpose::MintTimes, plan.slots.rings.len()),
            refreshing: slots(Purpose::RefreshTimes, plan.system.lawful.len()),
            network: slots(Purpose::NetworkBlock, attackers),
        }
    }

    fn close(&mut self) {
        let Self {
            balance,
            read_replica,
            lifetime,
            restarts,
            request_leg,
            response_leg,
            gaps,
            spacing,
            order,
            minting,
            refreshing,
            network,
        } = self;
        let all = [
            balance,
            read_replica,
            lifetime,
            restarts,
            request_leg,
            response_leg,
            spacing,
            order,
            minting,
            refreshing,
            network,
        ];
        for slots in all {
            slots.iter_mut().for_each(StreamSlot::close);
        }
        gaps.iter_mut().flatten().for_each(Gaps::close);
    }
}
