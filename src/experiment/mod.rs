//! The experiment: many trials of one scenario, collected, estimated, judged and recorded.

pub mod attribution;
pub mod blocks;
pub mod chosen_trial;
pub mod column;
pub mod computed_load;
pub mod estimation;
#[cfg(test)]
mod fixture;
pub mod held_price;
pub mod judgement;
pub mod lasting;
pub mod playing;
pub mod price;
pub mod recording;
pub mod request_price;
pub mod skipped_price;
pub mod story_doors;
pub mod story_events;
pub mod story_lanes;
pub mod story_lives;
pub mod story_words;
pub mod summing_up;
pub mod tabulation;
pub mod tallies;
pub mod telling;
pub mod wording;
