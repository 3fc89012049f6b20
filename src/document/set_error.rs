//! Why a `--set` cannot be carried out: which part of its path is at fault, and what was probably meant.

use std::fmt;

use crate::document::diagnostic::Diagnostic;
use crate::document::node::DEEPEST;
use crate::document::source::Place;
use crate::document::suggestion::listed;

/// Why a value cannot be set, and which part of the argument is at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetError {
    /// The segment at fault, or the end of the argument.
    pub place: Place,
    /// What is wrong.
    pub fault: SetFault,
}

/// What is wrong with an assignment. `parent` is the path above the segment at fault; empty at the top.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetFault {
    /// There is no `=`.
    NoValue,
    /// A segment is empty.
    EmptySegment,
    /// A quoted segment is not closed, or something other than `.` or `=` follows it.
    Quote,
    /// A key in the middle of the path does not exist.
    Missing {
        /// The key.
        key: String,
        /// The path above.
        parent: String,
        /// The existing key that was probably meant.
        nearest: Option<String>,
        /// The keys that exist.
        existing: Vec<String>,
    },
    /// The new key differs from an existing one by case alone.
    Case {
        /// The new key.
        key: String,
        /// The existing key.
        existing: String,
    },
    /// What lies above has no keys and no items.
    NoParts {
        /// The path above.
        parent: String,
        /// What it is: `a single value` or `empty`.
        kind: &'static str,
    },
    /// A list was to be entered by something that is no index within it.
    NoIndex {
        /// The segment.
        segment: String,
        /// The path above.
        parent: String,
        /// How many items there are.
        items: usize,
    },
    /// The tree would get deeper than trees may be.
    TooDeep,
}

impl SetFault {
    /// What to do about it.
    fn help(&self) -> String {
        match self {
            Self::NoValue => "write `path=value`; an empty text is `path=''`".to_owned(),
            Self::EmptySegment => "write keys separated by dots, for example `verifiers.edge-gw.replicas=4`".to_owned(),
            Self::Quote => {
                "put the whole key into double quotes, for example `verifiers.\"a.b\".replicas=4`".to_owned()
            }
            Self::Missing { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::Missing { existing, .. } if existing.is_empty() => "set the whole map instead".to_owned(),
            Self::Missing { existing, key, parent, .. } => {
                let more = if existing.len() > 12 { ", ..." } else { "" };
                let there = listed(existing.iter().take(12).map(String::as_str));
                let dot = if parent.is_empty() { "" } else { "." };
                format!(
                    "there are {there}{more}; what is missing can be set as a whole: `--set '{parent}{dot}{key}={{ ... }}'`"
                )
            }
            Self::Case { existing, .. } => format!("did you mean `{existing}`?"),
            Self::NoParts { parent, .. } => format!("set `{parent}` itself, to a map if need be"),
            Self::NoIndex { items: 0, .. } => "set the whole list instead".to_owned(),
            Self::NoIndex { items, .. } => format!("items are counted from 0 to {}", items - 1),
            Self::TooDeep => "flatten it".to_owned(),
        }
    }
}

impl fmt::Display for SetFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoValue => f.write_str("there is no value to set"),
            Self::EmptySegment => f.write_str("a part of the path is empty"),
            Self::Quote => f.write_str("a quote in the path does not enclose a key"),
            Self::Missing { key, parent, .. } if parent.is_empty() => write!(f, "there is no `{key}`"),
            Self::Missing { key, parent, .. } => write!(f, "there is no `{key}` in `{parent}`"),
            Self::Case { key, existing } => write!(f, "`{key}` differs from `{existing}` by case alone"),
            Self::NoParts { parent, kind } if parent.is_empty() => write!(f, "the document is {kind} without parts"),
            Self::NoParts { parent, kind } => write!(f, "`{parent}` is {kind} without parts"),
            Self::NoIndex { segment, parent, items } => {
                write!(f, "`{segment}` is no index of `{parent}`, a list of {items}")
            }
            Self::TooDeep => write!(f, "lists and maps would be nested deeper than {DEEPEST} levels"),
        }
    }
}

impl SetError {
    /// The error at its place in the argument.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(self.place, self.fault.to_string()).help(self.fault.help())
    }
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.fault, self.fault.help())
    }
}

impl std::error::Error for SetError {}
