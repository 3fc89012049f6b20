//! What a sample supports: intervals, quantiles, distributions. Imports nothing of the house.

pub mod beta;
pub mod binomial;
pub mod buckets;
pub mod extent;
pub mod interval;
pub mod moments;
pub mod normal;
pub mod order;
pub mod paired;
pub mod passing;
pub mod quantile;
pub mod ranked;
pub mod sample;
pub mod shape;
pub mod sums;
pub mod survival;
