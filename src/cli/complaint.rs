//! Complaints: what a command says when it cannot go on, and with which exit code.

use super::exit::Exit;
use std::fmt;
use std::io;
use std::path::Path;

/// Why a command stopped.
#[derive(Debug)]
pub struct Complaint {
    /// How it ends.
    pub exit: Exit,
    /// What is said, complete as it stands.
    pub text: String,
}

impl Complaint {
    /// The operator asked for something that cannot be.
    pub fn usage(text: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, text: format!("error: {}", text.into()) }
    }

    /// We or the machine failed to do it.
    pub fn fault(what: &str, why: impl fmt::Display) -> Self {
        Self { exit: Exit::Fault, text: format!("error: failed to {what}: {why}") }
    }

    /// The machine did not do it to a file or folder.
    pub fn machine(what: &str, path: &Path, why: &io::Error) -> Self {
        Self::fault(&format!("{what} {}", crate::report::inert::text(&path.display().to_string())), why)
    }

    /// The machine did not make a file or folder.
    pub fn writing(path: &Path, why: &io::Error) -> Self {
        let why = remedy(why.kind()).map_or_else(|| why.to_string(), |remedy| format!("{why}; {remedy}"));
        Self::fault(&format!("write {}", crate::report::inert::text(&path.display().to_string())), why)
    }
}

/// What can be done where something could not be written, if that is clear.
fn remedy(why: io::ErrorKind) -> Option<&'static str> {
    match why {
        io::ErrorKind::NotFound => Some("make its folder first, or name another place"),
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            Some("a file stands where a folder should; name another place")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Some("name a place where you may write"),
        io::ErrorKind::StorageFull => Some("free some space, or name a place on another disk"),
        _ => None,
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
