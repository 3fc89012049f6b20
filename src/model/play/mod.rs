//! One trial, played: the system compiled into flat arrays, a workspace that is reused, and what happens in it.
//!
//! Read in this order: [`compiled`] (what never changes), [`state`] (what does), [`beginning`] (how a trial begins),
//! [`requests`] (what becomes of each request), [`moves`] (what attacker and defender do), [`doors`] (until when a presentation
//! would be accepted), [`happen`] (each event), [`trial`] (how it goes on and ends, with [`blast`]), [`skip`] (how requests from
//! which nothing follows are passed), [`taped`] (how a trial is watched, with [`lives`]).

pub mod beginning;
pub mod blast;
pub mod compiled;
pub mod doors;
#[cfg(test)]
pub mod fixture;
pub mod happen;
pub mod lives;
pub mod moves;
pub mod requests;
pub mod skip;
pub mod state;
pub mod taped;
pub mod trial;
