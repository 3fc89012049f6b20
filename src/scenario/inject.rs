//! `inject`: failure modes put into a scenario by one line each, as edits of its document before that is read.
//!
//! The key is dropped once it is carried out: what is left says the same as a scenario that was written with the
//! faulty settings, so an injected drill can be recorded, digested and played again like any other. An injection that
//! changes nothing is an error: whoever asked for it would take the unchanged result for a proof of resilience.

use super::edit::{Workbench, take};
use super::failure_modes::{FailureMode, MODES};
use crate::document::node::Node;
use crate::document::suggestion::nearest;
use crate::settings::context::Context;

/// How an injection is written.
pub const GRAMMAR: &str = "`MODE` or `MODE at PART`, or a list of these";

/// Carries out what stands under `inject`; nothing after a fault.
pub fn expand(tree: &mut Node, context: &mut Context) -> Option<()> {
    let Some(injections) = take(tree, "inject") else { return Some(()) };
    let faults_before = context.diagnostics.errors();
    for item in injections.one_or_many("`inject`", &mut context.diagnostics)? {
        if let Some(text) = item.text("`inject`", &mut context.diagnostics) {
            one(item, text, tree, context);
        }
    }
    (context.diagnostics.errors() == faults_before).then_some(())
}

fn one(item: &Node, text: &str, tree: &mut Node, context: &mut Context) {
    let (name, at) = text.split_once(" at ").map_or((text, None), |(name, at)| (name.trim(), Some(at.trim())));
    let Some(mode) = MODES.iter().find(|mode| mode.name == name) else {
        let help = match nearest(name, MODES.iter().map(|mode| mode.name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`revdrill list` names the failure modes there are".to_owned(),
        };
        context.fault(item.place, format!("there is no failure mode `{name}`"), help);
        return;
    };
    let mut bench = Workbench { tree, at, place: item.place, changed: 0, met: false };
    (mode.edit)(&mut bench);
    if bench.changed == 0 {
        context.fault(item.place, without_change(mode, at, bench.met), mode.needs);
    }
}

fn without_change(mode: &FailureMode, at: Option<&str>, met: bool) -> String {
    match at {
        Some(at) if !met => {
            format!("`{}` cannot happen at `{at}`: there is no such part that it could change", mode.name)
        }
        Some(at) => format!("`{}` changes nothing at `{at}`", mode.name),
        None => format!("`{}` changes nothing in this scenario", mode.name),
    }
}
