//! Environments and scopes: where a credential is taken, as the scenario lays it out.

use revdrill::scenario::load::{Input, LoadError, Scenario, load};
use revdrill::scenario::objectives::Catalogue;

/// A token of the test environment, two gateways, and these settings of the one in production.
fn read(token: &str, prod: &str) -> Result<Scenario, String> {
    let text = format!(
        "revdrill: 1\nteaches: Context.\nhorizon: 30m\n\
         credentials: {{ token: {{ kind: opaque, issuer: idp, lifetime: forever, {token} }} }}\n\
         verifiers:\n  test-gw: {{ asks: idp, environment: test, checks_context: environment }}\n  \
         prod-gw: {{ asks: idp, {prod} }}\n  other-gw: {{ asks: idp, environment: test, fronts: other }}\n\
         attacker: {{ steals: token, replays: {{ arrivals: poisson 1/s }} }}\n\
         defender: {{ detects: 10m, playbook: {{ revoke: token }} }}\n"
    );
    match load(&Input::Text { name: "context".into(), text, folder: None }, &[], &Catalogue) {
        Ok(loaded) => Ok(loaded.scenario),
        Err(LoadError::Unreadable(error)) => Err(error.to_string()),
        Err(LoadError::Invalid { diagnostics, .. }) => Err(diagnostics.in_order()[0].message().to_owned()),
    }
}

/// Targets that the attacker calls.
fn called(scenario: &Scenario) -> Vec<&str> {
    let system = &scenario.system;
    let routes = system.attacker.replays[0].routes.iter();
    routes.map(|route| system.targets[system.routes[route.index()].target.index()].name.as_str()).collect()
}

#[test]
fn legacy_middleware_takes_the_credential_of_any_environment() {
    let shared = read("environments: [test, prod]", "environment: prod, checks_context: environment").expect("sound");
    assert_eq!(called(&shared), ["test-gw", "prod-gw", "other"]);
    let legacy = read("environments: test", "environment: prod").expect("sound");
    assert_eq!(called(&legacy), ["test-gw", "prod-gw", "other"]);
    // Where no environment is modelled for a credential, it passes every check.
    let anywhere = read("scopes: [read]", "environment: prod, checks_context: environment").expect("sound");
    assert_eq!(called(&anywhere), ["test-gw", "prod-gw", "other"]);
}

#[test]
fn a_verifier_that_checks_the_environment_takes_no_credential_of_another() {
    // Nothing else passes it, so that the way is one that nobody goes: a scenario says so.
    let checked = read("environments: test", "environment: prod, checks_context: environment").err();
    assert_eq!(checked.as_deref(), Some("no credential passes every verifier on the way to `prod-gw`: prod-gw"));
    let two = read(
        "environments: test }, live: { kind: opaque, issuer: idp, lifetime: forever, environments: prod",
        "environment: prod, checks_context: environment",
    );
    assert_eq!(called(&two.expect("sound")), ["test-gw", "other"]);
}

#[test]
fn a_check_of_the_environment_needs_one() {
    let fault = read("scopes: [read]", "checks_context: environment").err().unwrap_or_default();
    assert!(fault.contains("`checks_context`"), "{fault}");
}
