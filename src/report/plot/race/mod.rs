//! The picture of a race: one trial, a lane for everybody who took part.

mod chosen;
mod lane;
pub mod picture;
mod scale;
mod spots;
