//! `init`: a commented first scenario, which passes `check` and runs.

use super::arguments::InitArguments;
use super::complaint::Complaint;
use super::exit::Exit;
use super::folder::write_file;
use super::output;
use crate::scenario::template;
use std::io::Write as _;
use std::path::Path;

/// Writes a first scenario; an existing file is never overwritten.
///
/// # Errors
/// If the file exists or cannot be written.
pub fn init(arguments: &InitArguments) -> Result<Exit, Complaint> {
    let place = &arguments.file;
    let failed = |why| Complaint::fault("print", why);
    if place == Path::new("-") {
        output::print(template::FIRST).map_err(failed)?;
        return Ok(Exit::Met);
    }
    let shown = crate::report::inert::text(&place.display().to_string());
    if place.symlink_metadata().is_ok() {
        return Err(Complaint::usage(format!("{shown} exists and is left alone; give another name")));
    }
    write_file(place, |file| file.write_all(template::FIRST.as_bytes()))?;
    output::print(&format!("wrote {shown}; next: revdrill check {shown} && revdrill run {shown}\n")).map_err(failed)?;
    Ok(Exit::Met)
}
