//! Load on issuers that is computed instead of simulated: polls, and lawful traffic on other credentials.
//!
//! Traffic that can change no state of the compromised credential needs no events: only this number is wanted of it.

use crate::model::play::compiled::plan::Plan;
use crate::model::questions::{Calls, Questions};
use crate::model::system::System;

/// Requests a second at the issuers, beside those that are simulated.
pub fn computed_load(plan: &Plan<'_>) -> f64 {
    let polls = plan.system.channels.iter().zip(&plan.channels);
    let polls: f64 =
        polls.map(|(named, listed)| named.channel.requests_per_second() * listed.listeners.len() as f64).sum();
    polls + of_others(plan.system)
}

fn of_others(system: &System) -> f64 {
    let calls: Vec<Calls> = system.others.iter().map(Calls::of).collect();
    Questions::settled(system, &calls).asked().iter().map(|asked| asked.rate).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load::{Input, load};
    use crate::scenario::objectives::Catalogue;

    /// 500 other credentials at 50/s, 0.1/s each: what they ask by the computation, and by what is played before an
    /// issuer of limited capacity.
    fn asked(verifiers: &str, caches: &str) -> (f64, f64) {
        let text = format!(
            "revdrill: 1\nteaches: The load of others.\nhorizon: 5m\n\
             credentials: {{ token: {{ kind: opaque, issuer: idp, lifetime: forever }} }}\n\
             issuers: {{ idp: {{ introspection: {{ servers: 1, service_time: 1ms, queue: 9, timeout: 1s }} }} }}\n\
             {caches}verifiers:\n{verifiers}\
             attacker: {{ steals: token, replays: {{ arrivals: poisson 1/s }} }}\n\
             lawful: {{ others: {{ uses: 500 other credentials, sends: poisson 50/s }} }}\n\
             defender: {{ detects: 5m, playbook: {{ revoke: token }} }}\n"
        );
        let input = Input::Text { name: "s.yaml".into(), text, folder: None };
        let scenario = load(&input, &[], &Catalogue).unwrap_or_else(|_| panic!("a scenario")).scenario;
        let plan = Plan::new(&scenario.system);
        let feeds = &plan.capacity_of(0).expect("its capacity is limited").feeds;
        (computed_load(&plan), feeds.iter().map(crate::model::play::compiled::capacity_plan::Feed::settled).sum())
    }

    fn expect(verifiers: &str, caches: &str, rate: f64) {
        let (computed, played) = asked(verifiers, caches);
        assert!((computed - rate).abs() < 1e-9, "{computed} instead of {rate} by {verifiers}");
        assert!((played - rate).abs() < 1e-9, "{played} instead of {rate} are played by {verifiers}");
    }

    /// What 500 credentials ask that are called so often each through so many entries of so long a life.
    fn through(rate: f64, entries: f64, ttl: f64) -> f64 {
        500.0 * rate / (1.0 + rate / entries * ttl)
    }

    #[test]
    fn a_credential_has_one_entry_at_a_verifier_however_many_targets_that_fronts() {
        // 0.1/s each, kept 120 s: once in 130 s, 3.846/s in all. Over four replicas an entry comes at 0.025/s: once in
        // 160 s, 500 x 4 / 160 = 12.5/s; where callers stick to one of them, there is one entry again.
        for targets in ["a", "[a, b, c]"] {
            let gw = |more: &str| format!("  gw: {{ asks: idp, cache: {{ ttl: 120s{more}, fronts: {targets} }}\n");
            expect(&gw(" }"), "", 500.0 / 130.0);
            expect(&gw(" }, replicas: 4"), "", 12.5);
            expect(&gw(" }, replicas: 4, balance: sticky"), "", 500.0 / 130.0);
            expect(&gw(", placement: per_verifier }, replicas: 4"), "", 500.0 / 130.0);
            // An entry that every hit keeps alive is missed after a gap of 120 s alone: 50/s e^-12.
            expect(&gw(", renewal: every_hit }"), "", 50.0 * libm::exp(-12.0));
        }
    }

    #[test]
    fn each_of_two_verifiers_in_a_row_has_an_entry_and_asks() {
        // Every request passes both: 500 / 130 at the first and 500 / 70 at the second, for one target or for two.
        let outer = "  outer: { asks: idp, cache: { ttl: 120s } }\n";
        for targets in ["a", "[a, b]"] {
            let inner = format!("  inner: {{ asks: idp, cache: {{ ttl: 60s }}, behind: outer, fronts: {targets} }}\n");
            expect(&format!("{outer}{inner}"), "", 500.0 / 130.0 + 500.0 / 70.0);
        }
        // One of them before both targets, and one before each: 0.05/s, kept 60 s, once in 80 s.
        let each = "  one: { asks: idp, cache: { ttl: 60s }, behind: outer }\n  two: { asks: idp, cache: { ttl: 60s }, behind: outer }\n";
        expect(&format!("{outer}{each}"), "", 500.0 / 130.0 + 2.0 * 500.0 / 80.0);
    }

    #[test]
    fn a_shared_cache_sees_what_all_verifiers_before_it_let_through() {
        let caches = "caches: { shared: { ttl: 120s } }\n";
        // Side by side each brings 0.05/s to the one entry; in a row, the second finds what the first has just left.
        let beside = "  one: { asks: idp, cache: shared }\n  two: { asks: idp, cache: shared }\n";
        expect(beside, caches, 500.0 / 130.0);
        expect(&beside.replace("shared }\n  two: {", "shared }\n  two: { behind: one,"), caches, 500.0 / 130.0);
        // Behind a cache of 60 s at each, 0.05 / (1 + 3) = 0.0125/s come from each, 0.025/s in all.
        let tiers = beside.replace("cache: shared", "cache: [{ ttl: 60s }, shared]");
        expect(&tiers, caches, through(0.025, 1.0, 120.0));
        // Over two replicas 0.025 / (1 + 1.5) = 0.01/s come from each of the four, 0.04/s in all.
        expect(&tiers.replace("idp,", "idp, replicas: 2,"), caches, through(0.04, 1.0, 120.0));
    }

    #[test]
    fn two_tiers_in_a_row_are_asked_past_at_the_first_look_after_the_inner_life() {
        // Looked into every 60 s and a gap of 10 s. Kept 60 s as well, the inner is gone whenever the outer is: once in
        // 70 s. Kept 120 s, it is asked past at the first look unless its gap was below 60 s, 1 - e^-6, then at the second.
        let gw = |tiers: &str| format!("  gw: {{ asks: idp, cache: [{tiers}], fronts: [a, b] }}\n");
        expect(&gw("{ ttl: 60s }, { ttl: 60s }"), "", 500.0 / 70.0);
        let cycle = 70.0 * (2.0 - libm::exp(-6.0));
        expect(&gw("{ ttl: 60s }, { ttl: 120s }"), "", 500.0 / cycle);
        // A copy as old as the original ends no later than that: the longer of the two counts alone.
        expect(&gw("{ ttl: 60s, age: inherited }, { ttl: 120s }"), "", 500.0 / 130.0);
        expect(&gw("{ ttl: 120s, age: inherited }, { ttl: 60s }"), "", 500.0 / 130.0);
        // Fetched anew at the first hit after 60 s.
        expect(&gw("{ ttl: 120s, refresh_ahead: 60s }"), "", 500.0 / 70.0);
    }

    #[test]
    fn requests_for_a_target_that_a_cache_is_not_asked_about_all_go_on() {
        // Half of 50/s go past it; the others come at 0.05/s a credential and are asked about once in 140 s.
        let gw = "  gw: { asks: idp, cache: { ttl: 120s, bypass: a }, fronts: [a, b] }\n";
        expect(gw, "", 25.0 + 500.0 / 140.0);
    }

    #[test]
    fn responses_that_are_kept_are_taken_off_before_the_targets_meet_at_the_gateway() {
        // Each of two targets has a response of 60 s for everybody: 25/s are 25 / 1501 behind it. A credential comes to
        // the gateway at 2 x 25 / 1501 / 500 a second.
        let gw = "  gw: { behind: cdn, asks: idp, cache: { ttl: 120s }, fronts: [a, b] }\n";
        let cdn = "  cdn: { checks: nothing, cache: { holds: responses, ttl: 60s, keyed_by: url } }\n";
        expect(&format!("{cdn}{gw}"), "", through(50.0 / 1501.0 / 500.0, 1.0, 120.0));
        // With the credential in the key it is 0.05/s a target and credential, of which 0.05 / 4 come through.
        expect(&format!("{}{gw}", cdn.replace(", keyed_by: url", "")), "", through(0.025, 1.0, 120.0));
        // Two ways to one target behind one response: still one entry for the 50/s, and half of what is left on each.
        let ways = "  one: { behind: cdn, asks: idp, cache: { ttl: 120s }, fronts: a }\n  \
                    two: { behind: cdn, asks: idp, cache: { ttl: 120s }, fronts: a }\n";
        expect(&format!("{cdn}{ways}"), "", 2.0 * through(25.0 / 3001.0 / 500.0, 1.0, 120.0));
    }
}
