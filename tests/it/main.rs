//! Behaviour seen from outside, a file each, in one binary so that it links once.

mod attacker_classes;
mod bad_scenarios;
mod bounds;
mod claims;
mod command_line;
mod context;
mod coverage_of_language;
mod dice;
#[cfg(unix)]
mod documents;
mod engines;
mod explain;
mod failure_modes;
mod faults;
mod first_scenario;
mod generated_pages;
mod given_up;
mod house;
mod lab;
mod limits;
mod long_before;
mod meaning;
mod oracle;
mod plain_requests;
mod presets;
mod random_relations;
mod random_systems;
mod random_turns;
mod reactions;
mod recordings;
mod renewed_clients;
mod shipped_scenarios;
