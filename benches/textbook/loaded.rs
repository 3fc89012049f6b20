//! Scenarios to measure on, and how they are loaded.

use revdrill::document::rendering::{Colour, render};
use revdrill::scenario::load::{Input, LoadError, Scenario, load};
use revdrill::scenario::objectives::Catalogue;

/// The workload cache-replay.
#[allow(dead_code, reason = "each bench takes what it measures on")]
pub const CACHE_REPLAY: (&str, &str) = ("benches/cache-replay.yaml", include_str!("../cache-replay.yaml"));

/// The scenario of the README.
#[allow(dead_code, reason = "each bench takes what it measures on")]
pub const README: (&str, &str) =
    ("scenarios/leaked-ci-token.yaml", include_str!("../../scenarios/leaked-ci-token.yaml"));

/// The scenario of a text.
///
/// # Errors
/// Its faults, as they are printed.
pub fn scenario(name: &str, text: &str) -> Result<Scenario, String> {
    let input = Input::Text { name: name.into(), text: text.into(), folder: None };
    match load(&input, &[], &Catalogue) {
        Ok(loaded) => Ok(loaded.scenario),
        Err(LoadError::Unreadable(error)) => Err(error.to_string()),
        Err(LoadError::Invalid { diagnostics, sources }) => Err(render(&diagnostics, &sources, Colour::Never)),
    }
}
