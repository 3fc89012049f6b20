//! `like: preset/NAME` at a part: the part laid over what a shipped preset says of such a part.
//!
//! The key is dropped once it is carried out: what is left says the same however it was written. Which figures of a
//! preset are in use is asked of the finished tree: a value that somebody replaced is theirs, and so is its source.

use super::preset::{self, Confidence, Figure, PREFIX, Part, Preset, at_path};
use crate::document::node::{Entry, Key, Node, Style, Value};
use crate::document::overlay;
use crate::document::source::{Place, Sources};
use crate::document::suggestion::listed;
use crate::settings::context::Context;

/// A part that was laid over a preset.
#[derive(Clone, Debug)]
pub struct Likeness {
    part: Part,
    name: String,
    preset: Preset,
    /// Where it is said.
    place: Place,
}

/// A figure of a preset that a scenario rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureInUse {
    /// The preset, as the scenario names it.
    pub preset: String,
    /// Where the value stands in the scenario, as `--set` takes it.
    pub path: String,
    /// The value and where it comes from.
    pub figure: Figure,
}

/// Carries out every `like`; nothing if one of them is at fault, and then all that are have been told.
pub fn expand(tree: &mut Node, sources: &mut Sources, context: &mut Context) -> Option<Vec<Likeness>> {
    let mut found = Vec::new();
    let faults_before = context.diagnostics.errors();
    for part in Part::ALL {
        let Value::Mapping(sections) = &mut tree.value else { continue };
        let Some(section) = sections.iter_mut().find(|entry| entry.key.text == part.section()) else { continue };
        let Value::Mapping(parts) = &mut section.value.value else { continue };
        for entry in parts {
            if let Some((preset, place)) = one(entry, part, sources, context) {
                found.push(Likeness { part, name: entry.key.text.clone(), preset, place });
            }
        }
    }
    (context.diagnostics.errors() == faults_before).then_some(found)
}

/// Lays one part over the preset that it is like, if it is like any, and says where it says so.
fn one(entry: &mut Entry, part: Part, sources: &mut Sources, context: &mut Context) -> Option<(Preset, Place)> {
    let Value::Mapping(settings) = &mut entry.value.value else { return None };
    let at = settings.iter().position(|setting| setting.key.text == "like")?;
    let like = settings.remove(at).value;
    let name = like.text("`like`", &mut context.diagnostics)?;
    let Some(name) = name.strip_prefix(PREFIX) else {
        let help = match preset::find(name) {
            Ok(shipped) => format!("write `like: {PREFIX}{}`", shipped.name),
            Err(_) => format!("write `like: {PREFIX}NAME`; `revdrill list` names the presets there are"),
        };
        context.fault(like.place, format!("`{name}` is not a preset"), help);
        return None;
    };
    let preset = shipped(name, like.place, sources, context)?;
    let Some(base) = preset.part(part) else {
        let has = listed(preset.parts.iter().map(|(part, _)| part.name()));
        let message = format!("`{PREFIX}{name}` describes no {}", part.name());
        context.fault(like.place, message, format!("it describes: {has}; name one that describes a {}", part.name()));
        return None;
    };
    let own = std::mem::replace(&mut entry.value, Node { value: Value::Empty, place: like.place });
    entry.value = overlay::merge(base.clone(), own, &mut context.diagnostics);
    Some((preset, like.place))
}

/// Advises where nothing is left in the finished tree of what a preset says of a part: whoever named it takes its figures
/// for those in use.
pub fn on_nothing_left(tree: &Node, likenesses: &[Likeness], context: &mut Context) {
    for Likeness { part, name, preset, place } in likenesses {
        let Some(below) = preset.part(*part) else { continue };
        let Some(finished) = tree.get(part.section()).and_then(|section| section.get(name)) else { continue };
        if says_anything(below) && !keeps_any(finished, below) {
            let message =
                format!("nothing is left of what `{PREFIX}{}` says of `{name}`: all of it is replaced", preset.name);
            context.advise(*place, message, "leave out what the preset should give, or do not name it");
        }
    }
}

fn says_anything(node: &Node) -> bool {
    node.entries().is_none_or(|entries| entries.iter().any(|entry| says_anything(&entry.value)))
}

/// Whether some value is still the one that stands below, at its place there.
fn keeps_any(finished: &Node, below: &Node) -> bool {
    match (finished.entries(), below.entries()) {
        (Some(finished), Some(below)) => finished.iter().any(|entry| {
            below.iter().any(|other| other.key.text == entry.key.text && keeps_any(&entry.value, &other.value))
        }),
        (None, None) => finished == below,
        _ => false,
    }
}

/// A document of every part of a preset, each under the preset's own name: what `extends: preset/NAME` lies over.
pub fn document(name: &str, place: Place, sources: &mut Sources, context: &mut Context) -> Option<Node> {
    let preset = shipped(name, place, sources, context)?;
    let entry =
        |key: &str, value: Value| Entry { key: Key { text: key.to_owned(), place }, value: Node { value, place } };
    let like = || Value::Scalar { text: format!("{PREFIX}{name}"), style: Style::Plain };
    let part = || Value::Mapping(vec![entry(name, Value::Mapping(vec![entry("like", like())]))]);
    let sections = preset.parts.iter().map(|(kind, _)| entry(kind.section(), part())).collect();
    Some(Node { value: Value::Mapping(sections), place })
}

fn shipped(name: &str, place: Place, sources: &mut Sources, context: &mut Context) -> Option<Preset> {
    match preset::find(name) {
        Ok(shipped) => shipped.read(sources, context),
        Err((message, help)) => {
            context.fault(place, message, help);
            None
        }
    }
}

/// The figures of presets that a finished tree still has, in the order of its parts.
pub fn in_use(tree: &Node, likenesses: &[Likeness]) -> Vec<FigureInUse> {
    let mut found = Vec::new();
    for likeness in likenesses {
        let part = tree.get(likeness.part.section()).and_then(|section| section.get(&likeness.name));
        let Some(part) = part else { continue };
        let prefix = format!("{}.", likeness.part.name());
        for figure in &likeness.preset.figures {
            let Some(key) = figure.key.strip_prefix(&prefix) else { continue };
            if at_path(part, key) == Some(&figure.value) {
                let name =
                    if likeness.name.contains('.') { format!("\"{}\"", likeness.name) } else { likeness.name.clone() };
                found.push(FigureInUse {
                    preset: format!("{PREFIX}{}", likeness.preset.name),
                    path: format!("{}.{name}.{key}", likeness.part.section()),
                    figure: figure.clone(),
                });
            }
        }
    }
    found
}

impl FigureInUse {
    /// What is taken as given, for the assumptions of a record.
    pub fn what(&self) -> String {
        format!("`{}` is {}, as in {}: {}", self.path, self.figure.value, self.preset, self.figure.says)
    }

    /// On whose word.
    pub fn source(&self) -> String {
        let Figure { check, confidence, .. } = &self.figure;
        let cited = self.figure.cited();
        match confidence {
            Confidence::Sourced => format!("{cited}; check yours: {check}"),
            Confidence::Measured => format!("measured, {cited}; check yours: {check}"),
            Confidence::Assumption => format!("assumption, {cited}; check yours: {check}"),
        }
    }
}
