//! The start of a trial: in what order everything is set up, and from when standing traffic is played.

use super::standing::Standing;
use crate::engine::agenda::Agenda;
use crate::model::event::Happening;
use crate::model::play::state::seen::Seen;
use crate::model::play::state::world::World;
use crate::model::system::Start;
use crate::model::verifier::Balance;
use crate::model::workload::Order;
use crate::random::purpose::Purpose;
use crate::units::time::{Moment, Span};

impl World<'_> {
    /// Sets everything up that a trial begins with.
    pub fn begin(&mut self, standing: &Standing, agenda: &mut Agenda<Happening>) {
        self.plan_defence(agenda);
        self.age_credentials(agenda);
        self.note_issues();
        self.set_clocks();
        let from = self.standing_since(standing);
        self.plan_faults(from, agenda);
        self.plan_issues(from, agenda);
        self.set_turns();
        match self.plan.system.start {
            Start::Stationary | Start::Preprobed => {
                self.fill_cells(from, standing);
                self.fill_responses(from, standing);
            }
            Start::Saturated => {
                self.fill_for_good();
                self.fill_responses_for_good();
            }
            Start::FirstUse => {}
        }
        self.start_other_requests(from, agenda);
        self.plan_restarts(from, standing, agenda);
        self.seen = Seen::draw(&self.plan.system.attacker, &self.trial);
        self.start_attacker(from, agenda);
        self.start_connections(from, agenda);
        self.start_lawful(from, agenda);
        self.start_refreshing(agenda);
    }

    /// Credentials that are issued during a warm-up.
    fn plan_issues(&self, from: Moment, agenda: &mut Agenda<Happening>) {
        for credential in 0..self.plan.first_instance() {
            let issued = self.lineage.issued[credential];
            if from < issued && issued <= Moment::ZERO {
                agenda.schedule(issued, Happening::Issued(credential as u16));
            }
        }
    }

    /// From when standing traffic is played: time 0, or earlier where it must be warmed up.
    fn standing_since(&self, standing: &Standing) -> Moment {
        let stationary = matches!(self.plan.system.start, Start::Stationary | Start::Preprobed);
        match standing.warm_up {
            Some(length) if stationary => {
                let longer = 1.0 + self.trial.open(Purpose::WarmUp, 0).uniform();
                Moment::ZERO - Span::from_seconds(length.seconds() * longer)
            }
            _ => Moment::ZERO,
        }
    }

    /// Load balancers that deal out in turn stand anywhere in it, and so do sources that have called their targets in turn for
    /// ever.
    fn set_turns(&mut self) {
        let cold = if self.plan.system.start == Start::FirstUse { self.plan.attacker_sources } else { 0 };
        for (source, settings) in self.plan.sources.iter().enumerate().skip(cold).filter(|(_, source)| source.standing)
        {
            if settings.order == Order::Enumerate && settings.routes.len() > 1 {
                self.sources[source].cursor = self.first_place(source, settings.routes.len());
            }
        }
        for (verifier, place) in self.plan.verifiers.iter().enumerate() {
            if place.replicas > 1 && place.balance == Balance::RoundRobin {
                let mut chance = self.trial.open(Purpose::FirstTurn, verifier as u32);
                self.turn[verifier] = chance.index(place.replicas as usize) as u32;
            }
        }
    }
}
