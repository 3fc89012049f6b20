//! `inject`: failure modes put into a scenario by one line each, as edits of its document before that is read.
//!
//! The key is dropped once it is carried out: what is left says the same as a scenario that was written with the
//! faulty settings, so an injected drill can be recorded, digested and played again like any other. What was put in
//! stands under `injected` from then on, which changes nothing, so that a record says what was done to a scenario and
//! does not do it again when it is played from there. An injection that changes nothing is an error: whoever asked for
//! it would take the unchanged result for a proof of resilience.

use super::edit::{Workbench, take, texts};
use super::failure_modes::{FailureMode, MODES};
use crate::document::node::Node;
use crate::document::suggestion::nearest;
use crate::settings::context::Context;
use crate::settings::reader::Reader;

/// How an injection is written.
pub const GRAMMAR: &str = "`MODE` or `MODE at PART`, or a list of these";

/// The key under which stands what was carried out.
pub const INJECTED: &str = "injected";

/// The most that may stand there.
const MOST: usize = 1024;

/// What is said to have been put in, in its order.
pub fn read(top: &mut Reader<'_>) -> Vec<String> {
    let items = top.one_or_many(INJECTED, MOST);
    let named = |item: &Node| {
        let text = item.text("an item of `injected`", &mut top.context().diagnostics)?;
        mode(item, split(text).0, top.context()).map(|_| text.to_owned())
    };
    items.into_iter().filter_map(named).collect()
}

/// Carries out what stands under `inject`; nothing after a fault.
pub fn expand(tree: &mut Node, context: &mut Context) -> Option<()> {
    let Some(injections) = take(tree, "inject") else { return Some(()) };
    let faults_before = context.diagnostics.errors();
    let mut done: Vec<String> =
        tree.get(INJECTED).map(texts).unwrap_or_default().into_iter().map(String::from).collect();
    for item in injections.one_or_many("`inject`", &mut context.diagnostics)? {
        if let Some(text) = item.text("`inject`", &mut context.diagnostics) {
            one(item, text, tree, context);
            done.push(text.to_owned());
        }
    }
    let done: Vec<&str> = done.iter().map(String::as_str).collect();
    let mut bench = Workbench { tree, at: None, place: injections.place, changed: 0, met: false };
    bench.pen().set_list(INJECTED, &done);
    (context.diagnostics.errors() == faults_before).then_some(())
}

/// The mode and the part of an injection.
fn split(text: &str) -> (&str, Option<&str>) {
    text.split_once(" at ").map_or((text, None), |(name, at)| (name.trim(), Some(at.trim())))
}

fn mode(item: &Node, name: &str, context: &mut Context) -> Option<&'static FailureMode> {
    let found = MODES.iter().find(|mode| mode.name == name);
    if found.is_none() {
        let help = match nearest(name, MODES.iter().map(|mode| mode.name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`revdrill list` names the failure modes there are".to_owned(),
        };
        context.fault(item.place, format!("there is no failure mode `{name}`"), help);
    }
    found
}

fn one(item: &Node, text: &str, tree: &mut Node, context: &mut Context) {
    let (name, at) = split(text);
    let Some(mode) = mode(item, name, context) else { return };
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
