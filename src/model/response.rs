//! Caches of whole responses, such as a CDN: what is answered from one never reaches a verifier behind it.

use super::cache::Cache;

/// What two requests must have in common for one to be answered with the response to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyedBy {
    /// The URL alone: whoever asks.
    Url,
    /// The URL and the credential.
    UrlAndCredential,
}

impl KeyedBy {
    /// Every key with its name in scenarios.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Url, "url"), (Self::UrlAndCredential, "url_and_credential")];
}

/// A cache of responses.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseCache {
    /// What tells its entries apart.
    pub keyed_by: KeyedBy,
    /// URLs of each target; a request asks for any of them alike.
    pub urls: u16,
    /// How an entry lives and ends.
    pub kept: Cache,
}
