//! What stands around a verifier when it is read: the parts that it may name, as far as they could be read themselves.

use super::names::Parts;
use crate::model::cache::Cache;
use crate::model::channel::contract::NamedChannel;
use crate::model::credential::Credential;

/// What a verifier is read with.
pub struct Surroundings<'a> {
    /// Credentials, as far as they could be read.
    pub credentials: &'a [Option<Credential>],
    /// Channels, as far as they could be read.
    pub channels: &'a [Option<NamedChannel>],
    /// Names.
    pub parts: &'a mut Parts,
    /// Shared caches first; own ones are added.
    pub caches: &'a mut Vec<Option<Cache>>,
}
