//! Which targets there are, and which verifiers stand right before each.
//!
//! A verifier fronts the targets that it names; one that names none and has nothing behind it is a target itself.
//! Targets are known before verifiers are read in full, because caches, attackers and lawful clients name them.

use super::names::Parts;
use crate::document::node::{Node, Value as Content};
use crate::settings::context::Context;
use crate::settings::named::Named;

/// The most targets.
pub const MOST: usize = 4_000;

/// Declares every target and gives, for each verifier, those right behind it.
pub fn declare(verifiers: &[(Named<'_>, &Node)], parts: &mut Parts, context: &mut Context) -> Vec<Vec<usize>> {
    let has_something_behind: Vec<&str> =
        verifiers.iter().flat_map(|(_, node)| names(node, "behind")).map(|name| name.text).collect();
    let has_something_behind: std::collections::BTreeSet<&str> = has_something_behind.into_iter().collect();
    let mut fronted = Vec::with_capacity(verifiers.len());
    for (name, node) in verifiers {
        let mut targets = Vec::new();
        for target in names(node, "fronts") {
            if target.text != name.text && parts.verifiers.position(target.text).is_some() {
                let message = format!("`{}` is the name of a verifier and of a target", target.text);
                let help = format!(
                    "to put `{}` before the verifier, write `behind: {}` at `{}`; else rename one of them",
                    name.text, name.text, target.text
                );
                context.fault(target.place, message, help);
            } else {
                targets.push(parts.targets.declare(target, context));
            }
        }
        if node.get("fronts").is_none() && !has_something_behind.contains(name.text) {
            targets.push(parts.targets.declare(*name, context));
        }
        fronted.push(targets);
    }
    if parts.targets.len() > MOST {
        let message = format!("the scenario has {} targets and at most {MOST} are allowed", parts.targets.len());
        context.fault(parts.targets.place(MOST), message, "leave some out, or let one target stand for many alike");
    }
    fronted
}

/// The names under a key, as far as they are names: their faults are reported when the section is read.
pub fn names<'a>(node: &'a Node, key: &str) -> Vec<Named<'a>> {
    let nodes: &[Node] = match node.get(key) {
        Some(Node { value: Content::Sequence(items), .. }) => items,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let well_named = |node: &'a Node| match &node.value {
        Content::Scalar { text, .. } if is_name(text) => Some(Named { text, place: node.place }),
        _ => None,
    };
    nodes.iter().filter_map(well_named).collect()
}

fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.len() <= 64 && text.chars().all(plain) && text.starts_with(|c: char| c.is_ascii_alphanumeric())
}
