//! `init`: a commented first scenario, which passes `check` and runs.

use super::arguments::InitArguments;
use super::complaint::Complaint;
use super::exit::Exit;
use super::output;
use super::single_file::SingleFile;
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
    let (started, mut file) = SingleFile::start(place, template::FIRST)?;
    file.write_all(template::FIRST.as_bytes()).map_err(|why| Complaint::writing(place, &why))?;
    started.finish(file)?;
    output::print(&format!("wrote {shown}; next: revdrill check {shown} && revdrill run {shown}\n")).map_err(failed)?;
    Ok(Exit::Met)
}
