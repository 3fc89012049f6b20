//! A small scenario that tests of this folder share.

use crate::scenario::load::{Input, LoadError, Scenario, load};
use crate::scenario::objectives::Catalogue;

/// A scenario with these objectives, over two gateways with caches and one that checks nothing.
pub fn scenario(objectives: &str) -> Scenario {
    let text = format!(
        "revdrill: 1\nteaches: Sizes.\nhorizon: 30m\n\
         credentials: {{ token: {{ kind: opaque, issuer: idp, lifetime: forever }} }}\n\
         channels: {{ bus: {{ kind: set_push, delay: 1s, loss: 1% }} }}\n\
         verifiers:\n  edge: {{ asks: idp, cache: {{ ttl: 5m }} }}\n  \
         ci: {{ asks: idp, cache: {{ ttl: 60s }}, hears: {{ bus: evict }} }}\n  gate: {{ checks: nothing }}\n\
         attacker: {{ steals: token, replays: {{ arrivals: poisson 2/s }} }}\n\
         defender: {{ detects: 5m, playbook: [ {{ revoke: token }} ] }}\n\
         objectives: {objectives}\n"
    );
    let input = Input::Text { name: "s.yaml".into(), text, folder: None };
    match load(&input, &[], &Catalogue) {
        Ok(loaded) => loaded.scenario,
        Err(LoadError::Unreadable(error)) => panic!("{error}"),
        Err(LoadError::Invalid { diagnostics, .. }) => panic!("{}", diagnostics.in_order()[0].message()),
    }
}
