//! Behaviour seen from outside, a file each, in one binary so that it links once.

mod bad_scenarios;
mod bounds;
mod first_scenario;
mod generated_pages;
mod house;
mod limits;
