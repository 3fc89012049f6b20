//! Verifiers that are down or cut off from their issuer, played from a scenario: every figure found by hand.
//!
//! The attacker calls once a second from time 0 on, and the revocation comes at 600.5 s. Entries of 60 s begin at 0 s,
//! 60 s, ..., 600 s, so that the last one ends 59.5 s after the revocation.

use revdrill::experiment::blocks::Progress;
use revdrill::experiment::recording::{Drill, Settings};
use revdrill::model::ledger::{Closing, Ledger};
use revdrill::model::play::plan::Plan;
use revdrill::model::play::trial::{Player, Requests};
use revdrill::random::stream::Seed;
use revdrill::scenario::load::{Input, LoadError, load};
use revdrill::scenario::objectives::Catalogue;
use revdrill::units::time::Span;
use std::convert::Infallible;

/// The ledger of a trial with these verifiers and faults, and the bounds of the drill, beyond which a trial panics.
fn play(verifiers: &str, fault: &str) -> Result<(Ledger, Vec<Option<Span>>), String> {
    let text = format!(
        "revdrill: 1\nteaches: Faults.\nstart: first_use\nhorizon: 30m after revocation\n\
         credentials: {{ token: {{ kind: opaque, issuer: idp, lifetime: forever }} }}\n\
         verifiers: {{ {verifiers} }}\n\
         attacker: {{ steals: token, first_try: 0s, replays: {{ arrivals: every 1s }} }}\n\
         faults: {{ fault: {{ {fault} }} }}\n\
         defender: {{ detects: 600500ms, playbook: {{ revoke: token }} }}\n"
    );
    let scenario = match load(&Input::Text { name: "faults".into(), text, folder: None }, &[], &Catalogue) {
        Ok(loaded) => loaded.scenario,
        Err(LoadError::Unreadable(error)) => return Err(error.to_string()),
        Err(LoadError::Invalid { diagnostics, .. }) => return Err(diagnostics.in_order()[0].message().to_owned()),
    };
    let drill = Drill::new(&scenario);
    let settings = Settings { name: "faults".into(), seed: 1, trials: 8, threads: 1, requests: Requests::Counted };
    let Ok(_) = drill.run::<Infallible>(&settings, &Progress::default(), |_| Ok(()));
    let plan = Plan::new(&scenario.system);
    let plain = Player::new(&plan).play(Seed(1), 0, Requests::Counted).0;
    // Written down, every request takes the whole path: both ways must agree.
    assert_eq!(plain, Player::new(&plan).play(Seed(1), 0, Requests::WrittenDown).0);
    Ok((plain, drill.bounds.iter().map(|bound| bound.span).collect()))
}

const GW: &str = "gw: { asks: idp, cache: { ttl: 60s } }";

fn shut(ledger: &Ledger, door: &Closing) -> f64 {
    let revoked = ledger.revoked_at.expect("revoked");
    door.closed_at.expect("shut").since(revoked).seconds()
}

#[test]
fn a_verifier_that_is_down_rejects_everybody_and_remembers_what_it_knew() {
    // Open to 10 s, down to 30 s, open again to 59.5 s. Replays come 0.5 s, 1.5 s, ... after the revocation: 10 are
    // accepted before the fault and, at 30.5 s to 58.5 s, 29 after it. The bound is the TTL, whatever is down.
    let (ledger, bounds) = play(GW, "part: gw, from: 10s after revocation, for: 20s").expect("sound");
    assert_eq!(shut(&ledger, &ledger.whole), 59.5);
    assert_eq!(ledger.whole.reopenings, 1);
    assert_eq!(ledger.whole.open_for, Span::from_seconds(10.0 + 29.5));
    assert_eq!(ledger.uses[0].accepted_after, 10 + 29);
    assert_eq!(bounds, [Some(Span::from_seconds(60.0))]);
}

#[test]
fn even_a_verifier_that_checks_nothing_lets_nobody_in_while_it_is_down() {
    // Down from the revocation on, for 10 min; then open for good: 20 min to the end of the horizon.
    let gw = "gw: { checks: nothing }";
    let (ledger, bounds) = play(gw, "part: gw, from: 0s after revocation, for: 10m").expect("sound");
    assert_eq!(ledger.whole.closed_at, None);
    assert_eq!(ledger.whole.open_for, Span::from_seconds(1_200.0));
    assert_eq!(bounds, [None]);
}

#[test]
fn a_cut_way_leaves_one_verifier_alone_and_not_the_other() {
    // Both let everybody in who they cannot ask about; only `gw` is cut off, to 100 s after the revocation.
    let two = "gw: { asks: idp, cache: { ttl: 60s }, when_issuer_down: fail_open }, \
               other: { asks: idp, cache: { ttl: 60s }, when_issuer_down: fail_open }";
    let (ledger, bounds) = play(two, "between: [idp, gw], from: 0s after revocation, for: 100s").expect("sound");
    assert_eq!(shut(&ledger, &ledger.targets[0]), 100.0);
    // In turn with `gw` it is called at odd seconds: entries begin at 1, 61, ..., 541, which ends at 601.
    assert_eq!(shut(&ledger, &ledger.targets[1]), 0.5);
    assert_eq!(bounds, [None, Some(Span::from_seconds(60.0))]);
}

#[test]
fn a_way_that_nobody_goes_is_no_part() {
    let fault = |fault: &str| play(GW, fault).err().unwrap_or_default();
    assert_eq!(fault("between: [gw], from: 1m, for: 1m"), "a way leads from one verifier to one issuer");
    assert_eq!(fault("from: 1m, for: 1m"), "fault `fault` does not say what fails, or says it twice");
    let two = format!("{GW}, itself: {{ checks: nothing }}");
    let wrong = play(&two, "between: [itself, idp], from: 1m, for: 1m").err();
    assert_eq!(wrong.as_deref(), Some("`itself` does not ask `idp`"));
}
