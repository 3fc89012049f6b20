//! A system compiled: flat arrays with dense numbers that never change.
//!
//! [`plan`] holds them and [`laying`] lays them out; credentials live in [`slots`], and most requests are decided in [`lane`]s.

pub mod capacity_plan;
pub mod lane;
pub mod lanes;
pub mod laying;
pub mod plan;
pub mod response_plan;
pub mod slots;
