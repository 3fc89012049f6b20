//! Pictures of distributions, drawn as SVG.

mod axis;
mod canvas;
mod cdf;
mod curve;
mod histogram;
mod label;
mod limits;
mod palette;
pub mod race;
pub mod time_to_contain;
