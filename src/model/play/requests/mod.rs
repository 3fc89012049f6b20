//! What becomes of a request: it is presented, passes verifiers and caches, may ask an issuer, and is settled.
//!
//! Begin with [`present`] and [`request`].

pub mod answer;
pub mod arrival;
pub mod capacity;
pub mod connections;
pub mod plain;
pub mod present;
pub mod question;
pub mod request;
pub mod responses;
pub mod settle;
pub mod together;
