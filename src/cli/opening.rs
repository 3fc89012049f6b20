//! Opening a scenario: from a path and `--set` to something that may be played, or to every fault it has.

use super::complaint::Complaint;
use super::exit::Exit;
use super::output;
use crate::document::reading::Culprit;
use crate::document::rendering::render;
use crate::scenario::load::{Input, LoadError, Loaded, load};
use crate::scenario::objectives::Catalogue;
use std::path::Path;

/// Reads a scenario.
///
/// # Errors
/// With every fault of the file, placed, or why it could not be read.
pub fn open(file: &Path, sets: &[String]) -> Result<Loaded, Complaint> {
    let input = if file == Path::new("-") { Input::StandardInput } else { Input::Path(file.to_owned()) };
    let sets = sets.iter().map(|set| assignment(set)).collect::<Result<Vec<_>, _>>()?;
    load(&input, &sets, &Catalogue).map_err(|error| match error {
        LoadError::Unreadable(error) => {
            let exit = match error.culprit() {
                Culprit::Scenario | Culprit::Operator => Exit::Invalid,
                Culprit::Machine => Exit::Fault,
            };
            Complaint { exit, text: format!("error: {error}") }
        }
        LoadError::Invalid { diagnostics, sources } => {
            let text = render(&diagnostics, &sources, output::message_colour());
            Complaint { exit: Exit::Invalid, text }
        }
    })
}

/// The name of a scenario: the stem of its file, made safe for a folder.
pub fn name(file: &Path) -> String {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let safe: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' })
        .take(64)
        .collect();
    match safe.trim_matches(['.', '-']) {
        "" => "scenario".into(),
        safe => safe.into(),
    }
}

fn assignment(set: &str) -> Result<(String, String), Complaint> {
    let (path, value) = set.split_once('=').ok_or_else(|| {
        Complaint::usage(format!(
            "`--set {}` lacks `=`; write --set path.to.key=value",
            crate::report::inert::text(set)
        ))
    })?;
    Ok((path.to_owned(), value.to_owned()))
}
