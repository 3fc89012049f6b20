//! Where a request stands: a verifier, one of its replicas, and what is presented there.

/// A verifier at which a request stands.
#[derive(Clone, Copy)]
pub struct Stand {
    /// The verifier.
    pub verifier: u16,
    /// Its replica, counted over all verifiers.
    pub replica: u32,
    /// The credential presented.
    pub credential: u16,
}
