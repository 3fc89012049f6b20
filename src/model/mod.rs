//! The system under drill: what the scenario describes, and how one trial of it is played.

pub mod attacker;
pub mod bound;
pub mod cache;
pub mod capacity;
pub mod channel;
pub mod connection;
pub mod copy;
pub mod credential;
pub mod defender;
pub mod event;
pub mod fault;
pub mod filling;
pub mod id;
pub mod issuer;
pub mod ledger;
pub mod lineage;
pub mod lingering;
pub mod mintable;
pub mod place;
pub mod play;
pub mod response;
pub mod system;
pub mod tape;
pub mod verifier;
pub mod workload;
pub mod worst;
