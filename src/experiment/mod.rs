//! The experiment: many trials of one scenario, collected, estimated, judged and recorded.

pub mod attribution;
pub mod blocks;
pub mod column;
pub mod computed_load;
pub mod estimation;
pub mod judgement;
pub mod lasting;
pub mod price;
pub mod recording;
pub mod request_price;
pub mod tabulation;
pub mod tallies;
pub mod wording;
