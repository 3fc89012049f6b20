//! The whole scenario language in one declaration: the reader, the schema, the reference and the defaults follow it.

use super::{
    assumptions, attacker, caches, copies, credentials, defender, faults, inject, issuers, lawful, objectives,
    verifiers,
};
use crate::settings::key::{Key, Value};

/// Names of the states in which a trial can start.
pub const STARTS: [&str; 4] = ["stationary", "saturated", "first_use", "preprobed"];

/// The keys of a scenario, in the order in which they are best written.
pub const SCENARIO: [Key; 23] = [
    Key::required("revdrill", Value::Form("`1`"), "The version of this language."),
    Key::optional(
        "extends",
        Value::Form("a file, `preset/NAME`, or a list of these"),
        "nothing",
        "Scenario files in the same folder that this one is laid over, or shipped presets; of several, a later one lies over the earlier. Maps merge key by key, single values and lists replace.",
    ),
    Key::required("teaches", Value::Text, "What one learns from it, in a sentence or two."),
    Key::optional(
        "start",
        Value::OneOf(&STARTS),
        "stationary",
        "In what state a trial starts: `stationary` (what runs has run for ever), `saturated` (every cache entry has uniform age and is renewed the instant it ends, until revocation), `first_use` (caches are cold and the attacker loads them), `preprobed` (stationary, and a drill asks everywhere just before revoking).",
    ),
    Key::required(
        "horizon",
        Value::Form("a duration, as in `30m` or `30m after revocation`"),
        "How long a trial goes on after the revocation.",
    ),
    Key::optional(
        "give_up_after",
        Value::Duration,
        "1d",
        "How long, from the exposure, a trial goes on that nobody revokes.",
    ),
    Key::optional("trials", Value::Count, "10000", "Trials to play."),
    Key::optional("seed", Value::Count, "1", "Seed of all chance."),
    Key::optional("peak_load", Value::Flag, "false", "Whether the peak of the issuers' load is counted."),
    Key::required(
        "credentials",
        Value::Sections(&credentials::KEYS),
        "Credentials, each of which a copy could be stolen of.",
    ),
    Key::optional(
        "issuers",
        Value::Sections(&issuers::KEYS),
        "those that are named elsewhere, with defaults",
        "Issuers (OAuth: authorization servers).",
    ),
    Key::optional("caches", Value::Sections(&caches::SHARED_KEYS), "none", "Caches that several verifiers share."),
    Key::optional(
        "channels",
        Value::Kinds,
        "none",
        "Ways in which news of a revocation spreads; several side by side, the first news wins.",
    ),
    Key::required(
        "verifiers",
        Value::Sections(&verifiers::KEYS),
        "Gateways, services and sidecars that accept or reject.",
    ),
    Key::optional("copies", Value::Sections(&copies::KEYS), "none", "Places where a credential lies and is found."),
    Key::required("attacker", Value::Section(&attacker::KEYS), "Who replays."),
    Key::optional("lawful", Value::Sections(&lawful::KEYS), "none", "Lawful clients."),
    Key::required("defender", Value::Section(&defender::KEYS), "Who revokes."),
    Key::optional("faults", Value::Sections(&faults::KEYS), "none", "When a part is down."),
    Key::optional(
        "inject",
        Value::Form(inject::GRAMMAR),
        "nothing",
        "Failure modes to put in, everywhere where they make a difference, or at one part; see [Failure modes](#failure-modes). One that changes nothing is an error.",
    ),
    Key::optional(
        inject::INJECTED,
        Value::Form(inject::GRAMMAR),
        "nothing",
        "Failure modes that the settings hold already: what `inject` has put in, in the scenario that a record keeps. It changes nothing.",
    ),
    Key::optional(
        "objectives",
        Value::Rules(objectives::GRAMMAR),
        "none",
        "What should hold; `RULE: meant to fail, WHY` marks one that should not.",
    ),
    Key::optional(
        "assumptions",
        Value::SectionOrList(&assumptions::KEYS),
        "none",
        "Figures that were assumed, with their sources; they are shown beside the result.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::system::Start;

    #[test]
    fn the_declared_starts_are_those_of_the_model() {
        assert_eq!(Start::ALL.map(|(_, name)| name), STARTS);
    }

    /// Every declaration in the tree, with the name of its section.
    fn sections() -> Vec<(&'static str, &'static [Key])> {
        let mut found: Vec<(&'static str, &'static [Key])> = vec![("scenario", &SCENARIO)];
        let mut next = 0;
        while next < found.len() {
            for key in found[next].1 {
                match key.value {
                    Value::Section(keys)
                    | Value::Sections(keys)
                    | Value::SectionOrList(keys)
                    | Value::SectionsOrNames(keys)
                    | Value::FormOrSection(_, keys) => found.push((key.name, keys)),
                    _ => {}
                }
            }
            next += 1;
        }
        found
    }

    #[test]
    fn no_key_is_one_that_yaml_versions_read_differently() {
        for (section, keys) in sections() {
            for key in keys {
                let word = key.name.to_lowercase();
                assert!(
                    !["on", "off", "yes", "no", "y", "n", "true", "false", "null"].contains(&word.as_str()),
                    "{section}.{word}"
                );
            }
        }
    }

    #[test]
    fn every_key_is_explained_in_a_sentence_and_declared_once() {
        for (section, keys) in sections() {
            for (at, key) in keys.iter().enumerate() {
                assert!(key.doc.ends_with('.') && key.doc.len() > 5, "{section}.{}", key.name);
                assert!(keys[..at].iter().all(|other| other.name != key.name), "{section}.{} twice", key.name);
            }
        }
    }
}
