//! Shipped presets: parts of well-known products, each figure with its source, year and confidence.
//!
//! A preset is a text of the repository that is built into the program, so that no path leads to it or out of it. It
//! holds at most one part of a kind and names no other part: how parts are wired is the scenario's to say, and two
//! products, or one twice, fit into one scenario. A figure is a value of a part and where it comes from; that every
//! value has one is held by a test.

use super::preset_list::SHIPPED;
use crate::document::node::{Node, Value as Content};
use crate::document::parse::parse;
use crate::document::source::{Source, Sources};
use crate::document::suggestion::nearest;
use crate::settings::context::Context;
use crate::settings::folder::Folder;
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;

/// What stands before the name of a preset, where a scenario names one.
pub const PREFIX: &str = "preset/";

/// The key by which a part takes over what a preset says of such a part.
pub const LIKE: Key = Key::optional(
    "like",
    Value::Form("`preset/NAME`"),
    "nothing",
    "A shipped preset that it is like; what it says itself goes before. `revdrill list` names them.",
);

/// The most figures of a preset.
const MOST_FIGURES: usize = 32;

/// Keys of a preset; which settings its parts may have is decided where they are used.
const KEYS: [Key; 6] = [
    Key::required("summary", Value::Text, "What product, and which side of it."),
    Key::optional("credential", Value::Section(&[]), "none", "Settings of a credential."),
    Key::optional("issuer", Value::Section(&[]), "none", "Settings of an issuer."),
    Key::optional("channel", Value::Section(&[]), "none", "Settings of a channel."),
    Key::optional("verifier", Value::Section(&[]), "none", "Settings of a verifier."),
    Key::required("figures", Value::Sections(&FIGURE_KEYS), "Where each value comes from, by its path."),
];

const FIGURE_KEYS: [Key; 5] = [
    Key::required("confidence", Value::OneOf(&CONFIDENCES), "How far the figure can be trusted."),
    Key::required("source", Value::Text, "Where it comes from."),
    Key::optional("year", Value::Count, "none", "When that was written, or else read."),
    Key::required("says", Value::Text, "What stands there."),
    Key::required("check", Value::Text, "Where to look for the figure of one's own system."),
];

const CONFIDENCES: [&str; 3] = ["sourced", "measured", "assumption"];

/// A kind of part that a preset can describe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A credential.
    Credential,
    /// An issuer.
    Issuer,
    /// A channel.
    Channel,
    /// A verifier.
    Verifier,
}

impl Part {
    /// Every kind, in the order of the scenario language.
    pub const ALL: [Self; 4] = [Self::Credential, Self::Issuer, Self::Channel, Self::Verifier];

    /// Its name, which is the key of a preset.
    pub fn name(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::Issuer => "issuer",
            Self::Channel => "channel",
            Self::Verifier => "verifier",
        }
    }

    /// The section of a scenario in which such parts stand.
    pub fn section(self) -> &'static str {
        match self {
            Self::Credential => "credentials",
            Self::Issuer => "issuers",
            Self::Channel => "channels",
            Self::Verifier => "verifiers",
        }
    }
}

/// How far a figure can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// It stands in the text of whoever makes the product, or the standard.
    Sourced,
    /// It was measured on the product; the documents of this repository say how.
    Measured,
    /// It is an assumption: told by others, remembered, or a reading of what is told.
    Assumption,
}

impl Confidence {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sourced => "sourced",
            Self::Measured => "measured",
            Self::Assumption => "assumption",
        }
    }

    fn named(word: &str) -> Self {
        match word {
            "sourced" => Self::Sourced,
            "measured" => Self::Measured,
            _ => Self::Assumption,
        }
    }
}

/// A value of a preset and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Its path in the preset, the kind of part first: `verifier.cache.ttl`.
    pub key: String,
    /// The value as a scenario writes it.
    pub value: String,
    /// Where it comes from: an address, a document of this repository, or who assumes it.
    pub source: String,
    /// When that was written; of a text without a date, when it was read. Only an assumption may lack it.
    pub year: Option<u64>,
    /// How far it can be trusted.
    pub confidence: Confidence,
    /// What the source says.
    pub says: String,
    /// Where to look for the figure of one's own system.
    pub check: String,
}

impl Figure {
    /// Source and year, as they stand behind a figure.
    pub fn cited(&self) -> String {
        match self.year {
            Some(year) => format!("{} ({year})", self.source),
            None => self.source.clone(),
        }
    }
}

/// A preset as it was read.
#[derive(Clone, Debug)]
pub struct Preset {
    /// Its name, without `preset/`.
    pub name: &'static str,
    /// What it describes.
    pub summary: String,
    /// Its parts, each a map of settings.
    pub parts: Vec<(Part, Node)>,
    /// Its figures, in the order of the file.
    pub figures: Vec<Figure>,
}

impl Preset {
    /// The settings of its part of a kind, if it has one.
    pub fn part(&self, kind: Part) -> Option<&Node> {
        self.parts.iter().find(|(part, _)| *part == kind).map(|(_, node)| node)
    }
}

/// The text of a shipped preset.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its name, without `preset/`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

impl Shipped {
    /// Reads it; its text joins the sources, so that a fault in what it says can be shown where it stands.
    pub fn read(&self, sources: &mut Sources, context: &mut Context) -> Option<Preset> {
        let file = sources.add(Source::new(&format!("{PREFIX}{}", self.name), self.text));
        let tree = parse(sources, file, &mut context.diagnostics)?;
        let mut reader = Reader::open(&tree, tree.head(), "a preset", &[&KEYS], context)?;
        let summary = reader.text("summary")?;
        let parts: Vec<(Part, Node)> =
            Part::ALL.into_iter().filter_map(|part| Some((part, reader.node(part.name())?.clone()))).collect();
        let written = reader.named_sections("figures", MOST_FIGURES);
        let context = reader.context();
        let figures = written.into_iter().map(|(key, node)| {
            let mut reader = Reader::open(node, key.place, format!("figure `{}`", key.text), &[&FIGURE_KEYS], context)?;
            let Some(value) = at_path(&tree, key.text) else {
                reader.context().fault(key.place, format!("there is no value at `{}`", key.text), "correct the path");
                return None;
            };
            Some(Figure {
                key: key.text.to_owned(),
                value: value.to_owned(),
                source: reader.text("source")?,
                year: reader.count("year", 1990..=2100),
                confidence: Confidence::named(reader.one_of("confidence")?),
                says: reader.text("says")?,
                check: reader.text("check")?,
            })
        });
        Some(Preset { name: self.name, summary, figures: figures.collect::<Option<_>>()?, parts })
    }
}

/// The single value at a path of keys joined by dots.
pub fn at_path<'a>(tree: &'a Node, path: &str) -> Option<&'a str> {
    match &path.split('.').try_fold(tree, |node, key| node.get(key))?.value {
        Content::Scalar { text, .. } => Some(text),
        _ => None,
    }
}

/// The preset of a name, without `preset/`.
///
/// # Errors
/// If there is none: the fault and its remedy, as two fragments.
pub fn find(name: &str) -> Result<Shipped, (String, String)> {
    let found = SHIPPED.iter().find(|(shipped, _)| *shipped == name);
    found.map(|(name, text)| Shipped { name, text }).ok_or_else(|| {
        let help = match nearest(name, SHIPPED.iter().map(|(shipped, _)| *shipped)) {
            Some(near) => format!("did you mean `{PREFIX}{near}`?"),
            None => "`revdrill list` names the presets there are".to_owned(),
        };
        (format!("there is no preset `{name}`"), help)
    })
}

/// Every shipped preset, in the order of their names.
///
/// # Panics
/// If one of them has a fault, which is a fault of the program: a test reads them all.
pub fn all() -> Vec<Preset> {
    let mut sources = Sources::new();
    let mut context = Context::new(Folder::none());
    let shipped = SHIPPED.iter().map(|(name, text)| Shipped { name, text });
    shipped.map(|one| one.read(&mut sources, &mut context).expect("a shipped preset is sound")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paths of all single values and lists of a part.
    fn leaves(node: &Node, path: &str, found: &mut Vec<String>) {
        match node.entries() {
            Some(entries) => {
                entries.iter().for_each(|entry| leaves(&entry.value, &format!("{path}.{}", entry.key.text), found))
            }
            None => found.push(path.to_owned()),
        }
    }

    #[test]
    fn every_value_of_a_preset_says_where_it_comes_from() {
        // `kind` is how a thing is modelled and no figure; every other value has exactly one.
        for preset in all() {
            let mut expected = Vec::new();
            preset.parts.iter().for_each(|(part, node)| leaves(node, part.name(), &mut expected));
            expected.retain(|path| !path.ends_with(".kind"));
            let mut told: Vec<_> = preset.figures.iter().map(|figure| figure.key.clone()).collect();
            expected.sort();
            told.sort();
            assert_eq!(told, expected, "{}", preset.name);
        }
    }

    #[test]
    fn a_figure_that_is_no_assumption_has_a_source_that_can_be_opened_and_a_year() {
        for preset in all() {
            for figure in &preset.figures {
                let good = match figure.confidence {
                    Confidence::Sourced => figure.source.starts_with("https://") && figure.year.is_some(),
                    Confidence::Measured => figure.source.starts_with("docs/") && figure.year.is_some(),
                    Confidence::Assumption => true,
                };
                assert!(good, "{}: {figure:?}", preset.name);
            }
        }
    }

    #[test]
    fn a_preset_names_no_other_part() {
        // A part that is taken over under another name must not depend on names that the scenario does not have.
        let naming = ["issuer", "subject", "scopes", "environments", "from", "asks", "accepts", "hears", "behind"];
        for preset in all() {
            for (part, node) in &preset.parts {
                assert!(naming.iter().all(|key| node.get(key).is_none()), "{} {part:?}", preset.name);
            }
        }
    }

    #[test]
    fn the_list_is_what_lies_in_the_folder() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("presets");
        let entries = std::fs::read_dir(folder).expect("the folder is shipped");
        let mut files: Vec<String> =
            entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().replace(".yaml", "")).collect();
        files.sort();
        let listed: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, files);
    }

    #[test]
    fn an_unknown_preset_is_told_with_the_one_that_was_meant() {
        let help = |name: &str| find(name).expect_err("unknown").1;
        assert_eq!(help("kubernets-webhook"), "did you mean `preset/kubernetes-webhook`?");
        for name in ["../presets/kong", "kong/../kong-introspection", "/etc/passwd", "", "kong-introspection.yaml/"] {
            assert!(find(name).is_err(), "{name}");
        }
    }
}
