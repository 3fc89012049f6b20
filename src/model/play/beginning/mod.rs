//! How a trial begins: clocks, first requests, and what has run for ever by then.
//!
//! Begin with [`start`]. What standing traffic has left in caches is found by [`standing`] and put there by [`past`]: by a law
//! that is known ([`memoryless`]), or by following it ([`dealt`]).

pub mod bonds;
pub mod clock;
pub mod dealt;
pub mod load;
pub mod memoryless;
pub mod onset;
pub mod pace;
pub mod past;
pub mod queue_memory;
pub mod response_load;
pub mod response_past;
pub mod roads;
pub mod saturated;
pub mod standing;
pub mod start;
