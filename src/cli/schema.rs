//! `schema`: the JSON Schema of scenarios and records, and the reference of the language, from the same tables.

use super::arguments::SchemaArguments;
use super::complaint::Complaint;
use super::exit::Exit;
use super::output;
use crate::report::json;
use crate::scenario::{reference, schema};

/// Prints a schema or the reference.
///
/// # Errors
/// If it cannot be printed.
pub fn print(arguments: &SchemaArguments) -> Result<Exit, Complaint> {
    let text = match (arguments.record, arguments.reference) {
        (true, _) => json::schema(),
        (false, true) => reference::reference(),
        (false, false) => format!("{:#}", schema::schema()),
    };
    let line = format!("{}\n", text.trim_end());
    output::print(&line).map_err(|why| Complaint::fault("print", why))?;
    Ok(Exit::Met)
}
