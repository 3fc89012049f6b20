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

    /// The machine did not do it.
    pub fn machine(what: &str, path: &Path, why: &io::Error) -> Self {
        let shown = crate::report::inert::text(&path.display().to_string());
        Self { exit: Exit::Fault, text: format!("error: failed to {what} {shown}: {why}") }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
