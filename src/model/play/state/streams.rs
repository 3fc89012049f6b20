//! The streams from which requests draw, each opened at its first draw.

use crate::model::play::compiled::plan::Plan;
use crate::model::workload::Arrivals;
use crate::random::gaps::Gaps;
use crate::random::purpose::Purpose;
use crate::random::slot::StreamSlot;

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

impl Streams {
    /// All of them, closed.
    pub fn new(plan: &Plan<'_>) -> Self {
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

    /// Ends the trial: the next draw of each opens it from its beginning.
    pub fn close(&mut self) {
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
