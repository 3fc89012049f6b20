//! The section `assumptions`: figures that the scenario rests on, and where they come from.

use crate::document::node::Node;
use crate::settings::context::Context;
use crate::settings::key::{Key, Value};
use crate::settings::reader::Reader;

/// The most assumptions.
pub const MOST: usize = 256;

/// Settings of an assumption.
pub const KEYS: [Key; 2] = [
    Key::required("what", Value::Text, "What is assumed."),
    Key::required("source", Value::Text, "Where it comes from: a document, a measurement, a judgement."),
];

/// A figure that the scenario rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// What is assumed.
    pub what: String,
    /// Where it comes from.
    pub source: String,
}

/// Reads one.
pub fn read(node: &Node, context: &mut Context) -> Option<Assumption> {
    let mut reader = Reader::open(node, node.head(), "an assumption", &[&KEYS], context)?;
    let (what, source) = (reader.text("what"), reader.text("source"));
    Some(Assumption { what: what?, source: source? })
}
