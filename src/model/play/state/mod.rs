//! What changes in a trial: the world, and what each part of it remembers.
//!
//! Begin with [`world`]; it is reused from trial to trial. [`cell`], [`parts`], [`source`], [`refusals`] and [`lineage`] are
//! what is remembered, [`under_way`] what is not settled, [`deeds`] and [`tally`] what has happened, [`streams`] and
//! [`response_streams`] what is drawn from.

pub mod cell;
pub mod deeds;
pub mod faulted;
pub mod held;
pub mod lineage;
pub mod lookout;
pub mod parts;
pub mod queue;
pub mod refusals;
pub mod response_streams;
pub mod seen;
pub mod source;
pub mod stand;
pub mod streams;
pub mod tally;
pub mod turn;
pub mod under_way;
pub mod verdict;
pub mod world;
