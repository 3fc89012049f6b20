//! Chance: streams of random numbers that belong to a purpose, and the laws of delays drawn from them.

pub mod bits;
pub mod bounded;
pub mod continued_fraction;
pub mod empirical;
pub mod family;
pub mod gamma;
pub mod incomplete_beta;
pub mod incomplete_gamma;
pub mod law;
pub mod law_arguments;
pub mod law_error;
pub mod law_families;
pub mod law_grammar;
pub mod law_shown;
pub mod law_text;
pub mod normal;
pub mod purpose;
pub mod quantile_pair;
pub mod recurrence;
pub mod root;
pub mod shape;
pub mod slot;
pub mod stream;
pub mod tailed;
pub mod ziggurat;
