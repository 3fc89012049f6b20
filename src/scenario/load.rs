//! From a file to a scenario: read, lay over, set, check, build; or every fault with its place.

use super::advice;
use super::advice_on_objectives;
use super::assumptions::{self, Assumption};
use super::build;
use super::extend::{self, Origin, Resolved};
use super::inject;
use super::keys::SCENARIO;
use super::like::{self, FigureInUse};
use super::names::Parts;
use super::objectives::{self, Aim, MetricNames};
use crate::document::canonical::{canonical, order};
use crate::document::diagnostic::Diagnostics;
use crate::document::node::Node;
use crate::document::reading::{self, ReadError};
use crate::document::source::{Source, Sources};
use crate::model::system::System;
use crate::settings::context::Context;
use crate::settings::folder::{FileRead, Folder, digest_of};
use crate::settings::reader::Reader;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Trials that are played unless a scenario says otherwise.
const DEFAULT_TRIALS: u64 = 10_000;

/// The most trials of a scenario.
const MOST_TRIALS: u64 = 1_000_000_000;

/// Where a scenario comes from.
#[derive(Clone, Debug)]
pub enum Input {
    /// A file.
    Path(PathBuf),
    /// Standard input; files are named from the current folder.
    StandardInput,
    /// A text under a name, with the folder from which files are named, if there is one.
    Text {
        /// The name to show.
        name: String,
        /// The text.
        text: String,
        /// The folder.
        folder: Option<PathBuf>,
    },
}

/// A scenario: what was asked, valid by construction.
#[derive(Debug)]
pub struct Scenario {
    /// What one learns from it.
    pub teaches: String,
    /// The system under drill.
    pub system: System,
    /// Failure modes that were put in, as written.
    pub injected: Vec<String>,
    /// What should hold.
    pub objectives: Vec<Aim>,
    /// Trials to play.
    pub trials: u64,
    /// Seed of all chance.
    pub seed: u64,
    /// What it rests on: what it says itself that it assumes, then the figures of presets.
    pub assumptions: Vec<Assumption>,
    /// Figures of presets that it did not replace by its own.
    pub figures: Vec<FigureInUse>,
    /// The whole scenario as one document, after `extends` and assignments: the same however it was written.
    pub resolved: serde_json::Value,
    /// The names of its parts in the order in which they are written, where several have one section.
    pub order: BTreeMap<String, Vec<String>>,
    /// Files of recorded data that it read, by path.
    pub files: Vec<FileRead>,
}

/// Sections whose parts are numbered in the order in which they are written.
const NUMBERED: [&[&str]; 9] = [
    &["credentials"],
    &["issuers"],
    &["caches"],
    &["channels"],
    &["verifiers"],
    &["copies"],
    &["lawful"],
    &["faults"],
    &["attacker", "mints"],
];

/// A scenario that may be played, and what should be looked at.
#[derive(Debug)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// Advice; no fault among it.
    pub advice: Diagnostics,
    /// The document, so that a part can be pointed at.
    pub tree: Node,
    /// The texts that advice and the document point into.
    pub sources: Sources,
}

/// Why a scenario cannot be played.
#[derive(Debug)]
pub enum LoadError {
    /// Its file cannot be read.
    Unreadable(ReadError),
    /// It has faults.
    Invalid {
        /// Faults, and advice found on the way.
        diagnostics: Diagnostics,
        /// The texts that they point into.
        sources: Sources,
    },
}

/// Reads a scenario and the assignments laid over it (`--set`, as paths with values), against a catalogue of metrics.
///
/// # Errors
/// If its file cannot be read, or if it has any fault: then all of them.
pub fn load(input: &Input, sets: &[(String, String)], metrics: &dyn MetricNames) -> Result<Loaded, LoadError> {
    let (source, folder, origin) = open(input).map_err(LoadError::Unreadable)?;
    let mut sources = Sources::new();
    let mut context = Context::new(folder);
    let resolved = extend::resolve(source, origin, sets, &mut sources, &mut context);
    let scenario = resolved.and_then(|resolved| Some((build(&resolved, metrics, &mut context)?, resolved)));
    match scenario {
        Some((scenario, resolved)) if context.diagnostics.errors() == 0 => {
            Ok(Loaded { scenario, advice: context.diagnostics, tree: resolved.tree, sources })
        }
        _ => {
            assert!(context.diagnostics.errors() > 0, "a scenario that cannot be built has a fault that says why");
            Err(LoadError::Invalid { diagnostics: context.diagnostics, sources })
        }
    }
}

impl Scenario {
    /// The digest of everything that decides a result apart from engine, version, seed and number of trials: the
    /// resolved document, the order of its parts, by which chance is dealt out, and every file that it reads.
    pub fn digest(&self) -> String {
        let files: Vec<String> = self.files.iter().map(|file| format!("{} {}\n", file.sha256, file.path)).collect();
        // What a command line can say as well: whoever needs it in a digest adds what holds in the end. What was injected
        // stands in the settings.
        let mut system = self.resolved.clone();
        if let Some(keys) = system.as_object_mut() {
            keys.retain(|key, _| !matches!(key.as_str(), "seed" | "trials" | inject::INJECTED));
        }
        let order = serde_json::json!(self.order);
        digest_of(format!("{system}\n{order}\n{}", files.concat()).as_bytes())
    }
}

fn open(input: &Input) -> Result<(Source, Folder, Origin), ReadError> {
    Ok(match input {
        Input::Path(path) => {
            let source = reading::read_path(path)?;
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            (source, Folder::at(parent), Origin::at(path))
        }
        Input::StandardInput => (reading::read_standard_input()?, Folder::at(Path::new(".")), Origin::none()),
        Input::Text { name, text, folder } => {
            let source = reading::read_from(name, text.as_bytes())?;
            (source, folder.as_deref().map_or_else(Folder::none, Folder::at), Origin::none())
        }
    })
}

fn build(resolved: &Resolved, metrics: &dyn MetricNames, context: &mut Context) -> Option<Scenario> {
    let tree: &Node = &resolved.tree;
    let mut top = Reader::open(tree, tree.head(), "the scenario", &[&SCENARIO], context)?;
    version(&mut top);
    let teaches = top.text("teaches");
    let trials = top.count("trials", 1..=MOST_TRIALS).unwrap_or(DEFAULT_TRIALS);
    let seed = top.count("seed", 0..=u64::MAX).unwrap_or(1);
    let items = top.one_or_many("assumptions", assumptions::MOST);
    let mut assumptions: Vec<Assumption> =
        items.into_iter().filter_map(|node| assumptions::read(node, top.context())).collect();
    let injected = inject::read(&mut top);
    let figures = like::in_use(tree, &resolved.likenesses);
    assumptions.extend(figures.iter().map(|one| Assumption { what: one.what(), source: one.source() }));
    let mut parts = Parts::new();
    let system = build::system(&mut top, &mut parts);
    let objectives = objectives::read(&mut top, metrics, &parts);
    if let (Some(system), 0) = (&system, top.context().diagnostics.errors()) {
        like::on_nothing_left(tree, &resolved.likenesses, top.context());
        advice::on_unused_parts(&parts, top.context());
        advice::on_the_whole(system, &mut top, &parts);
        advice_on_objectives::on_objectives(&objectives, system, &mut top);
    }
    let files = context.folder.files_read();
    Some(Scenario {
        teaches: teaches?,
        system: system?,
        injected,
        objectives,
        trials,
        seed,
        assumptions,
        figures,
        resolved: canonical(tree),
        order: order(tree, &NUMBERED),
        files,
    })
}

fn version(top: &mut Reader<'_>) {
    top.parsed("revdrill", |text| match text {
        "1" => Ok(()),
        _ => Err(format!("version `{text}` of the scenario language is not known here; write `revdrill: 1`")),
    });
}
