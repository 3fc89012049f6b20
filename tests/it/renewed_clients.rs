//! A lawful client whose credential has expired goes on with the next one, whatever is revoked later.

use revdrill::model::play::compiled::plan::Plan;
use revdrill::model::play::trial::{Player, Requests};
use revdrill::random::stream::Seed;
use revdrill::scenario::load::{Input, load};
use revdrill::scenario::objectives::Catalogue;

/// The client's credential expires at 1 min; the attacker's other one keeps the race going until the revocation of both.
const EXPIRED_BEFORE: &str = "
revdrill: 1
teaches: What has expired is not taken up again when it is revoked.
horizon: 5m after revocation
credentials:
  short: { kind: opaque, issuer: idp, lifetime: 1m, age: 0s }
  long: { kind: opaque, issuer: idp, lifetime: forever }
verifiers:
  api: { asks: idp, accepts: short }
  other: { asks: idp, accepts: long }
attacker: { steals: [short, long], replays: { arrivals: poisson 1/s } }
lawful: { client: { uses: short, sends: every 10s } }
defender: { detects: 10m, playbook: [ { revoke: short }, { revoke: long } ] }
";

#[test]
fn the_revocation_of_an_expired_credential_costs_nobody_anything() {
    // From 1 min on the client presents the next value, which nobody revokes.
    let input = Input::Text { name: "expired".into(), text: EXPIRED_BEFORE.into(), folder: None };
    let scenario = load(&input, &[], &Catalogue).unwrap_or_else(|_| panic!("a scenario")).scenario;
    let plan = Plan::new(&scenario.system);
    let mut player = Player::new(&plan);
    for trial in 0..10 {
        let (ledger, _) = player.play(Seed(1), trial, Requests::Counted);
        assert!(ledger.revoked_at.is_some(), "trial {trial}");
        assert_eq!(ledger.collateral_rejections, 0, "trial {trial}");
    }
}
