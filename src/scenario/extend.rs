//! The document behind a scenario: its own text over those that it extends, and assignments on top.
//!
//! `extends` names files in the scenario's folder, and so may those, or shipped presets: of several, a later one lies
//! over the earlier. A file that comes to extend itself is a fault, and so are chains and crowds of unreasonable size.
//! Then every part is laid over the preset that it is `like`, the attacker over its `class`, assignments over all of
//! that, and last the failure modes are put in that `inject` names. These keys are dropped: what is left says the same
//! however it was written.

use super::class;
use super::inject;
use super::like::{self, Likeness};
use super::preset::{PREFIX, Part};
use crate::document::assignment::Assignment;
use crate::document::diagnostic::Diagnostic;
use crate::document::node::{Node, Value};
use crate::document::overlay;
use crate::document::parse::parse;
use crate::document::reading::{LARGEST, read_path};
use crate::document::source::{Source, Sources};
use crate::settings::context::Context;
use std::path::{Path, PathBuf};

/// The most files in a chain of `extends`.
pub const LONGEST_CHAIN: usize = 16;

/// The most files and presets that a scenario extends, each counted as often as it is named.
pub const MOST_BASES: usize = 64;

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

/// A document as it was put together.
#[derive(Debug)]
pub struct Resolved {
    /// The whole of it.
    pub tree: Node,
    /// Its parts that were laid over presets.
    pub likenesses: Vec<Likeness>,
}

/// The whole document; none after a fault that leaves no tree.
pub fn resolve(
    source: Source,
    origin: Origin,
    sets: &[(String, String)],
    sources: &mut Sources,
    context: &mut Context,
) -> Option<Resolved> {
    let mut bases = Bases { chain: origin.0.into_iter().collect(), depth: 1, laid: 0, sources, context };
    let mut tree = bases.under(source)?;
    // What a part is like comes before what it says, and so before what is assigned to it.
    let (likes, others): (Vec<_>, Vec<_>) =
        sets.iter().partition(|(path, _)| path.ends_with(".like") || path == "attacker.class");
    assign(&likes, &mut tree, sources, context);
    let likenesses = like::expand(&mut tree, sources, context)?;
    class::expand(&mut tree, sources, context)?;
    assign(&others, &mut tree, sources, context);
    refuse_too_late(&tree, context);
    inject::expand(&mut tree, context)?;
    Some(Resolved { tree, likenesses })
}

fn assign(sets: &[&(String, String)], tree: &mut Node, sources: &mut Sources, context: &mut Context) {
    for (path, value) in sets {
        let file = sources.add(Source::new("--set", format!("{path}={value}")));
        let Some(assignment) = Assignment::read(sources, file, &mut context.diagnostics) else { continue };
        if let Err(error) = assignment.apply(tree) {
            context.diagnostics.push(error.diagnostic());
        }
    }
}

/// What lies below a text or a part is laid there before anything is assigned: named by an assignment of the whole, it
/// would be passed over.
fn refuse_too_late(tree: &Node, context: &mut Context) {
    let mut refuse = |node: Option<&Node>, key: &str, help: String| {
        if let Some(named) = node.and_then(|node| node.get(key)) {
            let message = format!("`{key}` comes too late here: what it names is laid under before anything is set");
            context.fault(named.head(), message, help);
        }
    };
    refuse(Some(tree), "extends", "write it in the scenario, or in a file that extends this one".into());
    for part in Part::ALL {
        for entry in tree.get(part.section()).and_then(Node::entries).unwrap_or_default() {
            let help = format!("set it by itself: `--set {}.{}.like=preset/NAME`", part.section(), entry.key.text);
            refuse(Some(&entry.value), "like", help);
        }
    }
    refuse(tree.get("attacker"), "class", "set it by itself: `--set attacker.class=NAME`".into());
}

/// The texts below a scenario, as they are read.
struct Bases<'a> {
    /// The files that lead to the one that is being read, itself included.
    chain: Vec<PathBuf>,
    /// How many texts lie above each other there.
    depth: usize,
    /// How many have been laid in all.
    laid: usize,
    sources: &'a mut Sources,
    context: &'a mut Context,
}

impl Bases<'_> {
    /// A text over all that it extends.
    fn under(&mut self, source: Source) -> Option<Node> {
        let file = self.sources.add(source);
        let mut tree = parse(self.sources, file, &mut self.context.diagnostics)?;
        if tree.is_empty() {
            self.context.fault(tree.place, "the file is empty", "`revdrill init` writes a scenario to start from");
            return None;
        }
        let Some(extends) = take_extends(&mut tree) else { return Some(tree) };
        let named = extends.one_or_many("`extends`", &mut self.context.diagnostics)?;
        let mut below: Option<Node> = None;
        for one in named {
            let over = self.base(one)?;
            below = Some(match below {
                Some(base) => overlay::merge(base, over, &mut self.context.diagnostics),
                None => over,
            });
        }
        Some(match below {
            Some(base) => overlay::merge(base, tree, &mut self.context.diagnostics),
            None => tree,
        })
    }

    /// What one name stands for.
    fn base(&mut self, extends: &Node) -> Option<Node> {
        let path = extends.text("`extends`", &mut self.context.diagnostics)?;
        self.laid += 1;
        if self.laid > MOST_BASES {
            let message = format!("the scenario extends more than {MOST_BASES} files and presets");
            self.context.fault(extends.place, message, "lay fewer files over each other");
            return None;
        }
        if let Some(name) = path.strip_prefix(PREFIX) {
            return like::document(name, extends.place, self.sources, self.context);
        }
        let full = match self.context.folder.resolve(path) {
            Ok(full) => full,
            Err(fault) => {
                self.context.fault_of_text(extends.place, &fault);
                return None;
            }
        };
        if self.chain.contains(&full) {
            self.context.fault(
                extends.place,
                format!("`extends` goes round in a circle at `{path}`"),
                "a scenario cannot extend itself; remove one `extends`",
            );
            return None;
        }
        if self.depth == LONGEST_CHAIN {
            self.context.fault(
                extends.place,
                format!("the chain of `extends` has more than {LONGEST_CHAIN} files"),
                "lay fewer files over each other",
            );
            return None;
        }
        match read_path(&full) {
            Ok(source) => {
                self.chain.push(full);
                self.depth += 1;
                let tree = self.under(Source::new(path, source.text()));
                self.depth -= 1;
                self.chain.pop();
                tree
            }
            Err(error) => {
                let text = error.to_string();
                let diagnostic = Diagnostic::error(extends.place, format!("`{path}` cannot be extended: {text}"));
                self.context
                    .diagnostics
                    .push(diagnostic.help(format!("a scenario is a text of at most {LARGEST} bytes")));
                None
            }
        }
    }
}

fn take_extends(tree: &mut Node) -> Option<Node> {
    let Value::Mapping(entries) = &mut tree.value else { return None };
    let at = entries.iter().position(|entry| entry.key.text == "extends")?;
    Some(entries.remove(at).value)
}
