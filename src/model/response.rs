//! Caches of whole responses, such as a CDN: what is answered from one never reaches a verifier behind it.

use super::cache::{Cache, Ttl};
use crate::units::time::Span;

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

impl ResponseCache {
    /// The longest time for which a response is served after it was put in.
    pub fn longest_life(&self) -> Span {
        let Ttl::For(ttl) = self.kept.ttl else { return Span::ZERO };
        let life = Span::from_seconds(ttl.seconds() * (1.0 + self.kept.jitter.value())).max(ttl);
        life + self.kept.stale_while_revalidate.unwrap_or(Span::ZERO)
    }
}
