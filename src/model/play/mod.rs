//! One trial, played: the system compiled into flat arrays, a workspace that is reused, and what happens in it.
//!
//! Read in this order: [`plan`] (what never changes), [`world`] (what does), [`request`] (the path of a request
//! through verifiers and caches), [`door`] (until when a presentation would be accepted), [`start`] (how a trial
//! begins), [`trial`] (how it goes on and ends).

pub mod answer;
pub mod arrival;
pub mod blast;
pub mod capacity;
pub mod capacity_plan;
pub mod cell;
pub mod clock;
pub mod connections;
pub mod dealt;
pub mod defence;
pub mod door;
pub mod family;
pub mod faulted;
#[cfg(test)]
pub mod fixture;
pub mod happen;
pub mod held;
pub mod lane;
pub mod lanes;
pub mod lineage;
pub mod lives;
pub mod load;
pub mod measure;
pub mod memoryless;
pub mod mint;
pub mod news;
pub mod onset;
pub mod outage;
pub mod past;
pub mod plain;
pub mod plan;
pub mod present;
pub mod pursuit;
pub mod question;
pub mod queue;
pub mod reach;
pub mod replace;
pub mod request;
pub mod response;
pub mod response_load;
pub mod response_past;
pub mod response_plan;
pub mod response_streams;
pub mod responses;
pub mod roads;
pub mod saturated;
pub mod seen;
pub mod settle;
pub mod skip;
pub mod slots;
pub mod source;
pub mod spell;
pub mod stand;
pub mod standing;
pub mod start;
pub mod taped;
pub mod together;
pub mod trial;
pub mod turn;
pub mod undo;
pub mod verdict;
pub mod watch;
pub mod world;
