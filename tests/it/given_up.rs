//! Trials that nobody ever revokes are cut short for that very reason, and no verdict passes for want of them.

use revdrill::experiment::blocks::Progress;
use revdrill::experiment::recording::{Drill, Settings};
use revdrill::model::play::trial::{Engine, Requests};
use revdrill::record::summary::Verdict;
use revdrill::scenario::load::{Input, load};
use revdrill::scenario::objectives::Catalogue;
use std::convert::Infallible;

fn verdicts(misses: &str) -> Vec<Verdict> {
    let text = format!(
        "revdrill: 1\nteaches: Some are never noticed.\nhorizon: 1h after revocation\n\
         credentials: {{ a: {{ kind: opaque, issuer: idp, lifetime: forever }} }}\n\
         verifiers: {{ gw: {{ asks: idp }} }}\n\
         attacker: {{ steals: a, replays: {{ arrivals: poisson 1/d }} }}\n\
         defender: {{ detects: exponential(mean=12h), misses: {misses}, playbook: [ {{ revoke: a }} ] }}\n\
         objectives: [ p90(time_to_detect) <= 60d, p90(time_to_revoke) <= 60d, p90(time_to_contain_from_compromise) <= 60d ]\n"
    );
    let input = Input::Text { name: "s.yaml".into(), text, folder: None };
    let scenario = load(&input, &[], &Catalogue).unwrap_or_else(|_| panic!("a scenario")).scenario;
    let settings = Settings {
        name: "s".into(),
        seed: 1,
        trials: 2_000,
        threads: 2,
        requests: Requests::Counted,
        engine: Engine::Auto,
    };
    let Ok(record) = Drill::new(&scenario).run(&settings, &Progress::default(), |_| Ok::<(), Infallible>(()));
    record.objectives.iter().map(|objective| objective.verdict).collect()
}

#[test]
fn a_quantile_that_is_never_reached_does_not_pass_because_the_wait_was_cut_short() {
    // One in four is never noticed: the 90th percentile is never reached, whatever those say that were. Trials are given
    // up after a day, when e^-2 = 13.5 % of the others are not noticed either; of these all are within 60 days.
    assert_eq!(verdicts("25%"), [Verdict::Inconclusive; 3]);
}

#[test]
fn it_passes_where_those_that_are_never_noticed_are_few_enough() {
    // One in a hundred: P(later than 60 d) is 1 % and next to nothing; 2,000 trials bound that below 10 %.
    assert_eq!(verdicts("1%"), [Verdict::Pass; 3]);
}
