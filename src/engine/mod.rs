//! A discrete-event engine that knows nothing of credentials: a queue of events, and a loop that plays them.

pub mod agenda;
pub mod simulation;
