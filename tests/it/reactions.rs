//! What an attacker makes of a rejection, played from a scenario.

use revdrill::model::play::compiled::plan::Plan;
use revdrill::model::play::trial::{Player, Requests};
use revdrill::random::stream::Seed;
use revdrill::scenario::load::{Input, load};
use revdrill::scenario::objectives::Catalogue;

/// Two ways to `t`: one asks at every request, the other remembers for longer than the drill lasts.
const TWO_WAYS: &str = "
revdrill: 1
teaches: Moving on.
start: first_use
horizon: 60s after revocation
credentials:
  key: { kind: opaque, issuer: idp, lifetime: forever }
verifiers:
  asking: { asks: idp, cache: { ttl: disabled }, fronts: t }
  kept: { asks: idp, cache: { ttl: 10m }, fronts: t }
  apart: { asks: idp, cache: { ttl: 10m }, fronts: other }
attacker: { steals: key, first_try: 0s, replays: { arrivals: paced 1/s, order: enumerate, on_reject: move_on } }
defender: { detects: 10500ms, playbook: [ { revoke: key } ] }
";

#[test]
fn whoever_moves_on_leaves_the_target_by_whatever_way_it_was_called() {
    // Revoked at 10.5 s, played to 70.5 s: 60 requests, at 11 s to 70 s. The first that is asked about is rejected, and
    // `t` is left with both its ways: at most one request got there by the other way before. All others go elsewhere.
    let input = Input::Text { name: "two ways".into(), text: TWO_WAYS.into(), folder: None };
    let scenario = load(&input, &[], &Catalogue).unwrap_or_else(|_| panic!("a scenario")).scenario;
    let plan = Plan::new(&scenario.system);
    let (ledger, _) = Player::new(&plan).play(Seed(1), 0, Requests::Counted);
    let accepted = |name: &str| {
        let target = scenario.system.targets.iter().position(|target| target.name == name).expect("a target");
        ledger.uses[target].accepted_after
    };
    assert_eq!(ledger.rejected_after, 1);
    assert!(accepted("t") <= 1, "{} replays at the target that was left", accepted("t"));
    assert_eq!(accepted("t") + accepted("other"), 59);
}
