//! Until when a presentation would be accepted, whether or not anybody makes it.
//!
//! [`door`] asks the world, [`spell`] and [`watch`] remember what was announced.

pub mod door;
pub mod reach;
pub mod spell;
pub mod watch;
