//! How long a trial lasts: on average, and in the hundredth of the trials that last longest.
//!
//! A mean is no guide where a detection time is drawn from a heavy tail, so that both are finite by construction: no
//! delay is longer than [`LONGEST`], and a trial that nobody revokes ends by itself.

use crate::model::credential::{Age, Lifetime};
use crate::model::defender::Step;
use crate::model::play::beginning::standing::Standing;
use crate::model::play::compiled::plan::Plan;
use crate::random::law::Law;
use crate::units::time::LONGEST;

/// The parts of a trial, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lasting {
    /// Before time 0, while standing traffic is warmed up.
    pub warm_up: f64,
    /// From there to the revocation.
    pub before: f64,
    /// How much of that an attacker lets pass that has not always been there.
    pub idle: f64,
    /// From the revocation to the end.
    pub after: f64,
    /// For which share of its bound, or of that time, a door is taken to stay open: half of it on average, as an entry
    /// or a credential of uniform age does.
    pub open: f64,
    /// Which trials are meant.
    pub which: Which,
}

/// Which trials are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All of them, on average.
    Mean,
    /// One that lasts longer than 99 of 100.
    Long,
}

impl Lasting {
    /// Of the trials of a plan.
    pub fn of(plan: &Plan<'_>, which: Which) -> Self {
        let system = plan.system;
        let defender = &system.defender;
        let playbook: f64 = defender.playbook.iter().map(|step| attempts(step) * seconds(&step.takes, which)).sum();
        let delays = [defender.detects.otherwise(), &defender.triages, &defender.approves];
        let decided: f64 = delays.iter().map(|law| seconds(law, which)).sum();
        let revoked = (decided + playbook).min(LONGEST.seconds());
        // A trial whose credentials have expired is over a horizon later, revoked or not.
        let expired = plan.compromised.iter().map(|credential| life_left(plan, *credential, which)).fold(0.0, f64::max);
        let ends: f64 = delays.iter().map(|law| 1.0 - law.share_never().value()).product();
        let given_up = system.give_up_after.seconds();
        let warm_up = Standing::of(plan).warm_up.map_or(0.0, |length| match which {
            Which::Mean => 1.5 * length.seconds(),
            Which::Long => 2.0 * length.seconds(),
        });
        let before = match which {
            Which::Mean => ends * revoked.min(expired) + (1.0 - ends) * given_up.min(expired),
            Which::Long if ends < 0.99 => revoked.max(given_up).min(expired),
            Which::Long => revoked.min(expired),
        };
        let idle = match which {
            Which::Mean => idle(plan, before),
            Which::Long => 0.0,
        };
        let after = system.horizon.seconds();
        let open = match which {
            Which::Mean => 0.5,
            Which::Long => 1.0,
        };
        Self { warm_up, before, idle, after, open, which }
    }

    /// After the revocation, how long a verifier that asks goes on to ask about a credential: one that shows its end is
    /// turned away without a question from then on.
    pub fn asked_after(&self, plan: &Plan<'_>, credential: u16) -> f64 {
        if !plan.system.credentials[plan.original(credential)].kind.shows_its_end() {
            return self.after;
        }
        (life_left(plan, plan.original(credential) as u16, self.which) - self.before).clamp(0.0, self.after)
    }

    /// All of it.
    pub fn whole(&self) -> f64 {
        self.warm_up + self.before + self.after
    }
}

/// The length of a delay that ends.
fn seconds(law: &Law, which: Which) -> f64 {
    let never = law.share_never().value();
    if never >= 1.0 {
        return 0.0;
    }
    let longest = LONGEST.seconds();
    match which {
        Which::Mean => ((law.mean_within(longest) - never * longest) / (1.0 - never)).max(0.0),
        Which::Long => law.quantile(0.99 * (1.0 - never)).unwrap_or(longest).min(longest),
    }
}

/// How long it takes, of so many seconds, until the attacker has a copy and begins.
fn idle(plan: &Plan<'_>, seconds: f64) -> f64 {
    let attacker = &plan.system.attacker;
    let lying_open = attacker.steals.iter().filter(|copy| copy.behind.is_none());
    let found = lying_open.map(|copy| copy.found_after.mean_within(seconds)).fold(seconds, f64::min);
    let begins = attacker.first_try.as_ref().map_or(0.0, |law| law.mean_within(seconds));
    (found + begins).min(seconds)
}

/// Attempts at a step, on average.
fn attempts(step: &Step) -> f64 {
    let (succeeds, most) = (step.succeeds.value(), f64::from(step.retries) + 1.0);
    if succeeds > 0.0 { (1.0 / succeeds).min(most) } else { most }
}

fn life_left(plan: &Plan<'_>, credential: u16, which: Which) -> f64 {
    let credential = &plan.system.credentials[usize::from(credential)];
    match (credential.lifetime, &credential.age, which) {
        (Lifetime::Forever, _, _) => f64::INFINITY,
        (Lifetime::For(lifetime), _, Which::Long) => lifetime.seconds(),
        (Lifetime::For(lifetime), Age::UniformOverLife, Which::Mean) => lifetime.seconds() / 2.0,
        (Lifetime::For(lifetime), Age::Drawn(law), Which::Mean) => {
            lifetime.seconds() - law.mean_within(lifetime.seconds())
        }
    }
}
