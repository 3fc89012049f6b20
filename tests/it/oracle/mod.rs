//! The simulator held to closed forms, through the scenario language alone.
//!
//! Every test plays a scenario as a user would write it, with seed 1, and compares what comes out with figures
//! worked out by hand: published closed forms (`truths.json`), neighbours of them derived in the first lines of
//! each test, and relations that must hold between two scenarios. A formula that disagrees is a fault to be
//! found, in the model, in the formula or in the scenario; no seed is tuned.
//!
//! `cargo test --release oracle -- --nocapture` shows the statistic of every comparison.

mod acceptance;
mod capacity;
mod connections;
mod copies;
mod coverage;
mod credentials;
mod defence;
mod drill;
mod law;
mod lineage;
mod meetings;
mod metamorphic;
mod news;
mod one_cache;
mod outages;
mod playbook;
mod published;
mod pursuit;
mod responses;
mod restarts;
mod several_caches;
