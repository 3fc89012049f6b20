//! The document behind a scenario: its own text over those that it extends, and assignments on top.
//!
//! `extends` names a file in the scenario's folder, and so may that one. A file that comes to extend itself is a fault,
//! and so is a chain of unreasonable length. The key itself is dropped: what is left says the same however it was split.

use crate::document::assignment::Assignment;
use crate::document::diagnostic::Diagnostic;
use crate::document::node::{Node, Value};
use crate::document::overlay;
use crate::document::parse::parse;
use crate::document::reading::LARGEST;
use crate::document::source::{Source, Sources};
use crate::settings::context::Context;
use std::path::{Path, PathBuf};

/// The most files in a chain of `extends`.
pub const LONGEST_CHAIN: usize = 16;

/// The file of the scenario itself, if it is one: it must not be extended by what it extends.
#[derive(Clone, Debug)]
pub struct Origin(Option<PathBuf>);

impl Origin {
    /// A file.
    pub fn at(path: &Path) -> Self {
        Self(path.canonicalize().ok())
    }

    /// No file.
    pub fn none() -> Self {
        Self(None)
    }
}

/// The whole document; none after a fault that leaves no tree.
pub fn resolve(
    source: Source,
    origin: Origin,
    sets: &[(String, String)],
    sources: &mut Sources,
    context: &mut Context,
) -> Option<Node> {
    let mut seen: Vec<PathBuf> = origin.0.into_iter().collect();
    let mut tree = with_bases(source, &mut seen, 1, sources, context)?;
    for (path, value) in sets {
        let file = sources.add(Source::new("--set", format!("{path}={value}")));
        let Some(assignment) = Assignment::read(sources, file, &mut context.diagnostics) else { continue };
        if let Err(error) = assignment.apply(&mut tree) {
            context.diagnostics.push(error.diagnostic());
        }
    }
    Some(tree)
}

fn with_bases(
    source: Source,
    seen: &mut Vec<PathBuf>,
    length: usize,
    sources: &mut Sources,
    context: &mut Context,
) -> Option<Node> {
    let file = sources.add(source);
    let mut tree = parse(sources, file, &mut context.diagnostics)?;
    if tree.is_empty() {
        context.fault(tree.place, "the file is empty", "`revdrill init` writes a scenario to start from");
        return None;
    }
    let Some(extends) = take_extends(&mut tree) else { return Some(tree) };
    let base = base(&extends, seen, length, sources, context)?;
    Some(overlay::merge(base, tree, &mut context.diagnostics))
}

fn take_extends(tree: &mut Node) -> Option<Node> {
    let Value::Mapping(entries) = &mut tree.value else { return None };
    let at = entries.iter().position(|entry| entry.key.text == "extends")?;
    Some(entries.remove(at).value)
}

fn base(
    extends: &Node,
    seen: &mut Vec<PathBuf>,
    length: usize,
    sources: &mut Sources,
    context: &mut Context,
) -> Option<Node> {
    let path = extends.text("`extends`", &mut context.diagnostics)?;
    let full = match context.folder.resolve(path) {
        Ok(full) => full,
        Err(fault) => {
            context.fault_of_text(extends.place, &fault);
            return None;
        }
    };
    if seen.contains(&full) {
        context.fault(
            extends.place,
            format!("`extends` goes round in a circle at `{path}`"),
            "a scenario cannot extend itself; remove one `extends`",
        );
        return None;
    }
    if length == LONGEST_CHAIN {
        context.fault(
            extends.place,
            format!("the chain of `extends` has more than {LONGEST_CHAIN} files"),
            "lay fewer files over each other",
        );
        return None;
    }
    seen.push(full.clone());
    match crate::document::reading::read_path(&full) {
        Ok(source) => with_bases(Source::new(path, source.text()), seen, length + 1, sources, context),
        Err(error) => {
            let text = error.to_string();
            let diagnostic = Diagnostic::error(extends.place, format!("`{path}` cannot be extended: {text}"));
            context.diagnostics.push(diagnostic.help(format!("a scenario is a text of at most {LARGEST} bytes")));
            None
        }
    }
}
