//! A name as it stands in a scenario: its text and where it is, so that whoever looks it up can point at it.

use crate::document::source::Place;

/// A name and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    /// The name.
    pub text: &'a str,
    /// Where it stands.
    pub place: Place,
}
