//! The world of a trial: everything that changes, in vectors that are reused from trial to trial.

use super::cell::Cell;
use super::deeds::{Attempt, Denial, FaultWindow, Missed, Recorded};
use super::faulted::Faulted;
use super::held::HeldConnection;
use super::lineage::Lineage;
use super::lookout::{Job, Lookout};
use super::parts::{ChannelState, IssuerState, ReplicaState};
use super::queue::IssuerQueue;
use super::response_streams::ResponseStreams;
use super::seen::Seen;
use super::source::SourceState;
use super::streams::Streams;
use super::tally::Tally;
use super::turn::Together;
use super::under_way::{Fetch, Sent, Waiting};
use crate::model::ledger::RequestEntry;
use crate::model::play::compiled::plan::Plan;
use crate::model::play::doors::spell::Hold;
use crate::model::play::doors::watch::Watch;
use crate::model::play::skip::state::Skipping;
use crate::random::purpose::Purpose;
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
            sources: (0..)
                .zip(&plan.sources)
                .map(|(number, source)| SourceState::new(source, plan.attacks(number), plan))
                .collect(),
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

impl Plan<'_> {
    /// Bytes that the state of one trial needs, roughly.
    pub fn state_bytes(&self) -> usize {
        let cells = self.instances.len() * self.credentials * size_of::<Cell>();
        let replicas = self.replicas as usize * (self.credentials * 8 + 512);
        let responses = self.response_cells * size_of::<Cell>();
        cells + replicas + responses + self.routes.len() * 64
    }
}
