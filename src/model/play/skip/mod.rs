//! Skipping, exactly: requests from which nothing follows are not played one by one.
//!
//! Memoryless requests that meet only fresh entries, or only shut doors, change nothing but counts. Their number in a
//! stretch of time is Poisson, the last before its end an exponential back from it, and the first after it an
//! exponential on from it: so a stretch in which nothing can follow from a request is passed at once. Whatever breaks
//! that (a sliding entry, a paced source, a reaction, a question that travels) is played request by request, for the
//! part that it touches. It is not an approximation: the law of every trial is the same.
//!
//! Read in this order: [`reason`] (who is skipped at all), [`track`], [`tracks`], [`islands`] and [`short`] (what is told apart),
//! [`foresight`], `word` and [`outlook`] (what every request on a track would meet, and until when), [`state`] (what
//! changes), [`advance`] (the loop), [`touch`] (what events touch), [`step`] (one request), [`account`] and [`tell`]
//! (those that are skipped); then [`pool`], [`flow`], `flows`, `pooled` and `pass` (the same, faster, where a request meets
//! one entry among a few).

pub mod account;
pub mod advance;
pub mod flow;
mod flows;
pub mod foresight;
#[cfg(test)]
mod foretold;
pub mod islands;
pub mod outlook;
mod pass;
pub mod pool;
mod pooled;
pub mod reason;
pub mod short;
pub mod state;
pub mod step;
pub mod tell;
pub mod touch;
pub mod track;
pub mod tracks;
mod word;
