//! Redeployment: what verifiers hold comes with their next rollout, replica by replica.
//!
//! A rollout goes through the replicas in batches, each of which takes the time of its slowest replica; after a batch
//! there is a pause, in which somebody or something looks whether all is well. Only a step of the playbook starts one.

use super::contract::{Arrival, Brings, Channel, ChannelKind, Delivery, Revocation, Role};
use super::work::{Scope, Work};
use crate::random::law::Law;
use crate::random::purpose::Purpose;
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;
use crate::units::time::{Moment, Span};

/// A rolling redeployment.
pub const KIND: ChannelKind = ChannelKind {
    name: "redeploy",
    summary: "Verifiers are redeployed with what they are to hold, in batches of replicas; only a step starts it.",
    specification: "rolling updates, as in Kubernetes Deployments (`maxUnavailable`); no standard bounds them",
    keys: &KEYS,
    read: |reader| Redeploy::read(reader).map(|redeploy| Box::new(redeploy) as Box<dyn Channel>),
};

const KEYS: [Key; 4] = [
    Key::optional("starts_after", Value::Law, "0s", "Time from the step until the first batch begins: build, queue."),
    Key::required("takes", Value::Law, "Time that one replica takes until it is back with what is new."),
    Key::optional("batch", Value::CountOr("all"), "all", "Replicas that are redeployed at once."),
    Key::optional("pause", Value::Duration, "0s", "Time from the end of a batch to the start of the next."),
];

/// Settings of a rollout.
#[derive(Debug)]
pub struct Redeploy {
    starts_after: Law,
    takes: Law,
    batch: Option<u64>,
    pause: Span,
}

impl Redeploy {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let batch = reader.positive_count_or("batch", "all");
        if batch.is_none() {
            reader.none_have_effect(&["pause"], "all replicas are redeployed at once; say with `batch` how many are");
        }
        Some(Self {
            starts_after: reader.law("starts_after").unwrap_or(Law::ZERO),
            batch,
            pause: reader.duration("pause").unwrap_or(Span::ZERO),
            takes: reader.law("takes")?,
        })
    }
}

impl Channel for Redeploy {
    fn kind(&self) -> &'static ChannelKind {
        &KIND
    }

    fn role(&self) -> Role {
        Role::Heard
    }

    fn spread(&self, revocation: &Revocation<'_>, deliver: &mut dyn FnMut(Delivery)) {
        let starts = self.starts_after.sample(&mut revocation.common(Purpose::RedeployDelay)).span();
        // A rollout that cannot be started is not started later by itself.
        let Some(starts) = starts.filter(|_| !revocation.outages.down_at(revocation.at)) else { return };
        let mut begins = revocation.at + starts;
        let mut left = self.batch.unwrap_or(u64::MAX);
        let mut ends = begins;
        for to in 0..revocation.listeners {
            if left == 0 {
                begins = ends + self.pause;
                left = self.batch.unwrap_or(u64::MAX);
            }
            let takes = self.takes.sample(&mut revocation.chance(Purpose::RedeployDelay, to)).span();
            let at = takes.map_or(Moment::NEVER, |takes| begins + takes);
            deliver(Delivery { to, at, what: Arrival::News });
            ends = ends.max(at);
            left -= 1;
            if ends.is_never() && left == 0 {
                // A batch that hangs holds up all that follow.
                return;
            }
        }
    }

    fn work(&self, _: Scope) -> Work {
        Work { deliveries: 1.0, steps: 1.0, bytes: 0.0 }
    }

    fn surely_within(&self) -> Option<Span> {
        // How many batches there are, only those know who hear it.
        if self.batch.is_some() { None } else { Some(self.starts_after.max()? + self.takes.max()?) }
    }

    fn brings(&self) -> Brings {
        Brings::Values
    }

    fn starts_by_itself(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, S, constant, mean_seconds, seconds, uniform};
    use super::*;

    fn rollout(batch: Option<u64>) -> Redeploy {
        Redeploy { starts_after: constant(30.0), takes: constant(10.0), batch, pause: seconds(5.0) }
    }

    #[test]
    fn batches_follow_one_another_with_a_pause_between() {
        // Five replicas two at a time, from 130 s on: 140, 140, then from 145: 155, 155, then from 160: 170 s.
        let case = Case { listeners: 5, ..Case::at(1, 100 * S) };
        let ends: Vec<i64> = case.spread(&rollout(Some(2))).into_iter().map(|(at, ..)| at / S).collect();
        assert_eq!(ends, [140, 140, 155, 155, 170]);
        let at_once: Vec<i64> = case.spread(&rollout(None)).into_iter().map(|(at, ..)| at / S).collect();
        assert_eq!(at_once, [140; 5]);
        assert_eq!((rollout(None).surely_within(), rollout(Some(2)).surely_within()), (Some(seconds(40.0)), None));
    }

    #[test]
    fn a_batch_takes_the_time_of_its_slowest_replica() {
        // Two at a time, each U(0, 60) s: a batch takes 40 s on average, so the third is back after 40 + 30 s.
        // Variance of the sum 60^2 (1/18 + 1/12) = 500 s^2; n = 4000: four standard errors 1.42 s.
        let redeploy =
            Redeploy { starts_after: Law::ZERO, takes: uniform(0.0, 60.0), batch: Some(2), pause: Span::ZERO };
        let third = |n| {
            let heard = Case { listeners: 3, ..Case::at(n, 0) }.spread(&redeploy);
            heard.iter().find(|(_, to, _)| *to == 2).map(|(at, ..)| *at).expect("it is redeployed")
        };
        let mean = mean_seconds(4000, third);
        assert!((mean - 70.0).abs() < 1.42, "{mean}");
    }

    #[test]
    fn a_replica_that_never_comes_back_holds_up_the_rest() {
        let redeploy = Redeploy { takes: Law::never(), ..rollout(Some(1)) };
        let case = Case { listeners: 3, ..Case::at(1, 0) };
        assert!(case.spread(&redeploy).iter().all(|(at, ..)| Moment::from_nanos(*at).is_never()));
        assert_eq!(case.spread(&redeploy).len(), 1);
        // A rollout that cannot be started is not started later by itself.
        assert_eq!(Case::at(1, 0).with_channel_down(-S, S).spread(&rollout(None)), []);
    }
}
