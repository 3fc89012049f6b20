//! What all readers of one scenario share: the faults found so far, and the folder whose files it may read.

use super::folder::Folder;
use crate::document::diagnostic::{Diagnostic, Diagnostics};
use crate::document::source::Place;

/// Faults and files of the scenario that is being read.
#[derive(Debug)]
pub struct Context {
    /// Faults and advice so far.
    pub diagnostics: Diagnostics,
    /// The scenario's folder.
    pub folder: Folder,
}

impl Context {
    /// Nothing found yet, in a folder.
    pub fn new(folder: Folder) -> Self {
        Self { diagnostics: Diagnostics::new(), folder }
    }

    /// Reports a fault and its remedy.
    pub fn fault(&mut self, place: Place, message: impl AsRef<str>, help: impl AsRef<str>) {
        self.diagnostics.push(Diagnostic::error(place, message).help(help));
    }

    /// Reports a fault told in one piece, `what is wrong; what to do`, as the parsers of quantities do.
    pub fn fault_of_text(&mut self, place: Place, text: &str) {
        let diagnostic = match text.rsplit_once("; ") {
            Some((message, help)) => Diagnostic::error(place, message).help(help),
            None => Diagnostic::error(place, text),
        };
        self.diagnostics.push(diagnostic);
    }

    /// Reports something that is allowed and should be looked at.
    pub fn advise(&mut self, place: Place, message: impl AsRef<str>, help: impl AsRef<str>) {
        self.diagnostics.push(Diagnostic::advice(place, message).help(help));
    }
}
