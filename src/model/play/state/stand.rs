//! Where a request stands: a verifier, one of its replicas, and what is presented there.

use crate::model::cache::Cache;
use crate::model::id::TargetId;

/// A verifier at which a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// The verifier.
    pub verifier: u16,
    /// Its replica, counted over all verifiers.
    pub replica: u32,
    /// The credential presented.
    pub credential: u16,
    /// The target it is presented for; none where no request stands behind it.
    pub target: Option<u16>,
}

impl Stand {
    /// Whether what stands here goes past a cache.
    #[inline]
    pub fn passes_by(&self, cache: &Cache) -> bool {
        !cache.bypass.is_empty() && self.target.is_some_and(|target| cache.bypass.contains(&TargetId(target)))
    }
}
