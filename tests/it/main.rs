//! Behaviour seen from outside, a file each, in one binary so that it links once.

mod bad_scenarios;
mod command_line;
mod first_scenario;
mod generated_pages;
mod house;
mod limits;
mod shipped_scenarios;
